"""The public account: counted from documents, rows and matters only; unknown apart; the same again for any past day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.centre.records import Centre
from suyuan.procedure.matter import Event, Matter
from suyuan.traceability.evidence import Outcome, Statement
from suyuan.verbs.centre.account import GATHERED, Item, Value, account, change, indicators, region_names
from suyuan.verbs.snapshot import Snapshot, snapshot
from tests.capability.service import World
from tests.capability.service import at as moment
from tests.demonstration import demonstration
from tests.verbs.test_gaps import DAY, EVIDENCE, WORK, at

EXPIRED = date(2027, 1, 12)


def of(known: Snapshot, id: str) -> Value:
    return account(known, [id])[0]


def test_each_indicator_has_a_definition_and_a_way_to_count_it() -> None:
    listed = indicators()
    assert [one.id for one in listed] == list(GATHERED)
    assert all(one.status == "proposed" and one.source for one in listed), "nobody published these definitions"
    assert all(text.get("zh") and text.get("en") for one in listed for text in (one.title, one.means, one.how))
    assert {one.form for one in listed} == {"count", "share", "median"}
    assert region_names()["31"] == {"zh": "上海", "en": "Shanghai"}


def test_an_expired_certificate_is_seen_in_every_indicator_on_the_day_after() -> None:
    last, after = at(EXPIRED - timedelta(days=1)), at(EXPIRED)
    for id, (before, now) in {
        "capabilities_hold": (1.0, 0.0), "needs_met": (0.2, 0.0), "certificates_valid": (1.0, 0.5),
    }.items():  # fmt: skip
        assert of(last, id).value == pytest.approx(before), id
        assert of(after, id).value == pytest.approx(now), id
    item = of(after, "capabilities_hold").items[0]
    assert (item.state, item.why["zh"], item.address) == ("does_not", "溯源链断了", "row:capability/演示长度实验室/C")
    moved = change(of(last, "capabilities_hold"), of(after, "capabilities_hold"))
    assert moved.difference == -1.0
    assert moved.better is False


def test_a_withdrawal_counts_from_the_day_on_which_it_was_known() -> None:
    said = Statement("withdrawn", *WORK, date(2026, 3, 1), DAY, source="letter")
    evidence = replace(EVIDENCE, statements=(said,))
    assert of(at(DAY - timedelta(days=1), evidence), "capabilities_hold").value == 1.0
    assert of(at(DAY, evidence), "capabilities_hold").value == 0.0
    groups = of(at(DAY, evidence), "certificates_valid").groups
    assert [(why["en"], state, n) for why, state, n in groups] == [("valid", "counts", 1), ("withdrawn", "does_not", 1)]


@pytest.mark.parametrize(
    ("customer", "state"), [("演示中心", "does_not"), ("演示院", "does_not"), ("演示厂", "counts")]
)
def test_an_order_of_the_own_house_is_no_outside_service(customer: str, state: str) -> None:
    """A centre, its host and its laboratories are one house, here as in the guards of an order."""
    world = World()
    house = Centre("c", {"zh": "演示中心"}, "centre", "municipal", {"zh": "演示院"}, laboratories=("演示所",))
    world.register("2026-02-01", "演示局", centre=[house])
    days = {"asked": "2026-03-01", "offered": "2026-03-02", "received": "2026-03-03", "certified": "2026-03-04"}
    events = tuple(Event(act, moment(day), "a", "provider") for act, day in days.items())
    fields = {"provider": "演示所"}
    world.matters["order", "O-1"] = Matter("order", "O-1", {"zh": "校准"}, {"zh": customer}, fields, {}, events)
    assert [item.state for item in of(world.known("2026-04-01"), "orders_outside").items] == [state]


def test_verdicts_stand_apart_and_what_nobody_can_say_is_an_interval() -> None:
    value = of(at(), "needs_met")
    assert {why["zh"]: n for why, _, n in value.groups} == {"能测": 1, "未知": 1, "测不全": 1, "测不准": 1, "测不了": 1}
    assert (value.low, value.high) == (pytest.approx(0.2), pytest.approx(0.4))
    assert value.unknown == 1
    assert {item.address for item in value.items} >= {"row:need/演示船厂/met", "row:need/演示船厂/mass"}


def test_before_anything_was_registered_nothing_is_known_and_later_none_is_zero() -> None:
    early = at(date(2025, 6, 1))
    assert of(early, "capabilities_hold").value is None
    assert of(early, "gaps_closed").value is None, "a day without registers knows of no gap"
    assert of(at(), "gaps_closed").value == 0.0
    assert of(at(), "single_units").value is None, "no units are registered: nothing to count from"
    moved = change(of(early, "capabilities_hold"), of(at(), "capabilities_hold"))
    assert (moved.difference, moved.better) == (None, None)


def test_less_is_better_where_the_definition_says_so() -> None:
    one = next(i for i in indicators() if i.id == "single_units")
    two = tuple(Item(f"row:competence_unit/{n}", {"": str(n)}, "counts", {"zh": "只有一人"}) for n in range(2))
    assert change(Value(one, DAY, two), Value(one, DAY, two[:1])).better is True
    assert change(Value(one, DAY, two[:1]), Value(one, DAY, two)).better is False
    assert change(Value(one, DAY, two), Value(one, DAY, two)).better is None


def test_comparisons_of_the_last_years_count_with_their_verdict() -> None:
    def outcome(member: str, verdict: str, measured: date, remedied: date | None = None) -> Outcome:
        return Outcome("K1", "d", member, {"zh": member}, "L50", {}, "mm", measured, verdict, "En", None, 0.0, None,  # type: ignore[arg-type]
                       None, None, "length", remedied=remedied)  # fmt: skip

    found = (
        outcome("A", "satisfactory", DAY - timedelta(days=30)),
        outcome("B", "unsatisfactory", DAY - timedelta(days=30), DAY - timedelta(days=2)),
        outcome("C", "undetermined", DAY), outcome("D", "satisfactory", DAY - timedelta(days=2000)),
        outcome("E", "satisfactory", DAY + timedelta(days=1)),
    )  # fmt: skip
    value = of(at(DAY, replace(EVIDENCE, outcomes=found)), "comparisons_satisfactory")
    assert [(i.owner["zh"], i.state) for i in value.items] == [("A", "counts"), ("B", "does_not"), ("C", "unknown")]
    assert value.items[1].why["en"] == "unsatisfactory, measured again since"
    assert {i.held for i in value.items} == {"parties"}
    assert (value.low, value.high) == (pytest.approx(1 / 3), pytest.approx(2 / 3))


@given(st.lists(st.sampled_from(("counts", "does_not", "unknown")), max_size=30), st.sampled_from(indicators()))
def test_the_interval_holds_what_is_proven_and_every_item_once(states: list[str], one: object) -> None:
    items = tuple(
        Item(f"row:x/{n}", {}, state, {"zh": state}, size=float(n))  # type: ignore[arg-type]
        for n, state in enumerate(states)
    )
    value = Value(one, DAY, items)  # type: ignore[arg-type]
    assert sum(n for _, _, n in value.groups) == value.total == len(states)
    if value.low is not None and value.high is not None:
        assert 0.0 <= value.low <= value.high
        if value.indicator.form == "share":
            assert value.high <= 1.0


@pytest.fixture(scope="module")
def demo() -> Snapshot:
    from suyuan.store.folder import Store

    store = Store(demonstration(date(2026, 11, 23)))
    return snapshot(store.evidence(), store.service(), date(2026, 11, 23))


def test_the_demo_s_account(demo: Snapshot) -> None:
    values = {value.indicator.id: value for value in account(demo)}
    assert (values["capabilities_hold"].counted, values["capabilities_hold"].total) == (25, 29)
    assert (values["needs_met"].counted, values["needs_met"].total) == (5, 14)
    assert values["centres"].unknown > 0, "a centre on paper only is unknown, not counted"
    assert values["response_days"].value is not None and values["response_days"].unknown >= 1
    assert values["comparisons_satisfactory"].low == pytest.approx(0.75)
    assert {item.held for item in values["authorised_persons"].items} == {"person"}
    assert {item.held for item in values["orders_outside"].items} == {"parties"}
    for value in values.values():
        addresses = [(item.address, item.owner.get("zh"), item.title.get("")) for item in value.items]
        assert len(set(addresses)) == len(addresses), f"{value.indicator.id}: an item is counted twice"
        assert all(item.address.partition(":")[2] for item in value.items), "each item names its evidence"


def test_a_past_day_is_given_again_from_the_same_documents(demo: Snapshot) -> None:
    past = demo.day - timedelta(days=60)
    one, two = (account(snapshot(demo.evidence, demo.documents, past)) for _ in range(2))
    assert [(v.value, v.items) for v in one] == [(v.value, v.items) for v in two]
    assert [v.value for v in one] != [v.value for v in account(demo)]
