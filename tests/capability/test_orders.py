"""Shared resources, bookings and orders: rows read, clashes found, response times and outside service counted."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.capability.sharing.order import Booking, clashing, orders, queue, share, times
from suyuan.capability.sharing.resource import Resource, catalogue, coverage, resource
from suyuan.centre.records import Centre
from suyuan.procedure.admission import Outside, admit, refusals
from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.register import read_register
from suyuan.quantity.finding import LANGUAGES, sentences
from suyuan.talent.records import Authorisation, CompetenceUnit
from suyuan.verbs.matter.matters import procedure_named
from tests.capability.service import BIDDER, FACTORY, SHA, World, at, capability, documents, person

# ---------------------------------------------------------------- resources


def delivered(*rows: dict[str, Any]) -> tuple[tuple[Resource, ...], list[str]]:
    document = {"suyuan": "register", "organisation": {"zh": BIDDER}, "number": "1", "day": "2026-05-01",
                "rows": {"resource": list(rows)}}  # fmt: skip
    register, found = read_register(json.dumps(document).encode(), {"resource": resource})
    for item in found:
        for language in LANGUAGES:
            assert "?" not in "".join(sentences(item, language).values()), item
    return (register.rows["resource"] if register else ()), [f"{f.code} {f.where}" for f in found]


GOOD: dict[str, Any] = {
    "id": "R-1", "kind": "instrument", "name": {"zh": "干涉仪", "en": "interferometer"}, "quantity": "length",
    "item": "gauge block", "interval": {"low": "0.5", "high": "100", "unit": "mm"},
    "U": {"value": "0.05", "unit": "um", "k": "2"}, "certificate": {"issuer": "NIM", "number": "R-1"},
    "region": "310115", "shared": "public", "capacity": "2", "days": "5", "price": "800", "contact": "业务室",
    "source": "register",
}  # fmt: skip


def test_a_resource_is_read() -> None:
    rows, told = delivered(GOOD)
    assert told == [] and rows[0].certificate == ("NIM", "R-1") and rows[0].capacity == 2
    assert rows[0].interval is not None and rows[0].interval.high == 100 and rows[0].U is not None


def test_bad_rows_are_told_with_their_place_and_the_good_go_in() -> None:
    rows, told = delivered(
        GOOD,
        GOOD | {"id": "a", "interval": {"low": "100", "high": "0.5", "unit": "mm"}},
        GOOD | {"id": "b", "interval": {"low": "1", "high": "2", "unit": "blorgs"}},
        GOOD | {"id": "c", "kind": "spaceship"},
        GOOD | {"id": "d", "U": {"value": "-1", "unit": "um"}},
        GOOD | {"id": "e", "available_from": "2026-06-01", "available_until": "2026-05-01"},
        GOOD | {"id": "f", "capacity": "0"},
        GOOD | {"id": "g", "price": "-5"},
        GOOD | {"id": "h", "quantity": "mass"},
        GOOD | {"id": "i", "U": {"value": "1", "unit": "kg"}},
    )
    assert [r.id for r in rows] == ["R-1"]
    assert told == [
        "capability.resource.backwards /rows/resource/1/interval/low",
        "quantity.unit.unknown /rows/resource/2/interval/unit",
        "typed.field.choice /rows/resource/3/kind",
        "capability.resource.positive /rows/resource/4/U/value",
        "capability.resource.period /rows/resource/5/available_until",
        "capability.resource.positive /rows/resource/6/capacity",
        "capability.resource.positive /rows/resource/7/price",
        "capability.resource.dimension /rows/resource/8/interval",
        "capability.resource.U_dimension /rows/resource/9/U",
    ]


def test_doubts_about_a_resource_are_warnings() -> None:
    bare = {"id": "x", "kind": "reference_material", "name": "气体", "valid_until": "2026-01-01", "region": "Shanghai"}
    rows, told = delivered(bare)
    assert len(rows) == 1 and rows[0].region == ""
    assert {line.split()[0] for line in told} == {
        "capability.resource.expired", "capability.resource.untraced", "capability.resource.quantity",
        "capability.resource.shared", "capability.resource.region", "capability.resource.code",
    }  # fmt: skip
    assert catalogue(rows, date(2026, 5, 1)) == () and catalogue(rows, date(2025, 5, 1)) == rows


def test_coverage_counts_and_keeps_the_unknown_apart() -> None:
    rows, _ = delivered(GOOD, GOOD | {"id": "2", "region": "3205"}, GOOD | {"id": "3", "region": ""})
    found = coverage(rows, [capability()], regions=["33"])
    assert found.regions == ("31", "32", "33") and found.count("31", "instrument") == 1
    assert found.count("33", "instrument") == 0 and found.unknown.sum() == 2
    deep = coverage(rows, digits=6)
    assert deep.regions == ("310115",) and deep.unknown.sum() == 2, "a city says nothing of its districts"
    assert coverage([]).counts.shape[0] == 0
    assert [r.id for r in catalogue(rows, date(2026, 5, 1), {"kind": "instrument", "region": "31"})] == ["R-1"]


# ---------------------------------------------------------------- bookings


def booked(number: str, first: int, last: int, pieces: int = 1) -> Booking:
    start = date(2026, 5, 1)
    return Booking(number, ("L", "R"), start + timedelta(first), start + timedelta(last), pieces)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 8), st.integers(1, 3)), max_size=8),
    st.tuples(st.integers(0, 20), st.integers(0, 8), st.integers(1, 3)),
    st.integers(1, 6),
)
def test_a_clash_is_a_day_with_too_many(held: list[tuple[int, int, int]], asked: Any, capacity: int) -> None:
    rows = [booked(str(i), first, first + length, pieces) for i, (first, length, pieces) in enumerate(held)]
    wanted = booked("new", asked[0], asked[0] + asked[1], asked[2])
    days = range(asked[0], asked[0] + asked[1] + 1)
    most = max(sum(p for f, length, p in held if f <= day <= f + length) for day in days)
    told = clashing(wanted, rows, capacity)
    assert told is not None and bool(told) == (most + asked[2] > capacity)


def test_an_unknown_capacity_is_unknown_and_backwards_days_are_told() -> None:
    assert clashing(booked("new", 1, 2), [], None) is None
    told = clashing(booked("new", 2, 1), [], 3)
    assert told is not None and told[0].code == "capability.order.backwards"


# ---------------------------------------------------------------- orders through their procedure

ORDER = ("order", "O-1")
CUSTOMER, PROVIDER = ("客", "customer"), ("甲", "provider")


@pytest.fixture
def world() -> World:
    made = World()
    rows, _ = delivered(GOOD | {"capacity": "1"})
    made.register("2026-01-01", BIDDER, resource=rows, capability=[capability()])
    return made


def ordered(world: World, number: str = "O-1", owner: str = FACTORY, **fields: Any) -> tuple[str, str]:
    given = {"provider": BIDDER, "resource": "R-1", "customer_region": "320500", "customer_sector": "C38"} | fields
    world.open("order", number, owner, given, customer=("客",), provider=("甲",))
    return "order", number


def run(world: World, key: tuple[str, str], days: tuple[str, ...] = ("2026-05-01", "2026-05-03")) -> None:
    world.step(key, "asked", "2026-04-20", *CUSTOMER, need="量块 10 mm")
    world.step(key, "offered", "2026-04-22", *PROVIDER, **{"price": "800", "from": days[0], "until": days[1]})
    world.step(key, "accepted", "2026-04-23", *CUSTOMER)
    world.step(key, "received", "2026-05-01", *PROVIDER, condition="good")
    world.step(key, "measured", "2026-05-03", *PROVIDER)
    world.step(key, "certified", "2026-05-06", *PROVIDER, documents=documents("certificate"))


def test_an_order_from_asking_to_satisfaction(world: World) -> None:
    key = ordered(world)
    run(world, key)
    assert "capability.order.satisfaction" in world.refused(
        key, "closed", "2026-05-08", *CUSTOMER, satisfaction="great"
    )
    assert "challenge.order.in_time" in world.refused(key, "lapsed", "2026-05-08", *PROVIDER)
    world.step(key, "complained", "2026-05-08", *CUSTOMER, reason="缺一页")
    world.step(key, "answered", "2026-05-10", *PROVIDER, documents=documents("answer"))
    assert world.step(key, "closed", "2026-05-12", *CUSTOMER, satisfaction="4").ended
    found = orders(world.matters.values())
    assert (found.outside[0], found.response[0], found.service[0]) == (1, 2.0, 5.0)
    assert (found.satisfaction[0], found.price[0], bool(found.complained[0])) == (4.0, 800.0, True)
    assert share(found).groups == {"320500": 1} and share(found, "sector").groups == {"C38": 1}


def test_two_orders_do_not_hold_one_thing_on_one_day(world: World) -> None:
    run(world, ordered(world))
    second = ordered(world, "O-2")
    world.step(second, "asked", "2026-04-24", *CUSTOMER, need="量块")
    told = world.refused(second, "offered", "2026-04-25", *PROVIDER, **{"price": "1", "from": "2026-05-03",
                                                                        "until": "2026-05-05"})  # fmt: skip
    assert "capability.order.clash" in told
    world.step(
        second, "offered", "2026-04-25", *PROVIDER, **{"price": "1", "from": "2026-05-04", "until": "2026-05-05"}
    )
    strange = ordered(world, "O-3", resource="R-9")
    world.step(strange, "asked", "2026-04-24", *CUSTOMER, need="量块")
    told = world.refused(strange, "offered", "2026-04-25", *PROVIDER, **{"price": "1", "from": "2026-06-03",
                                                                         "until": "2026-06-05"})  # fmt: skip
    assert "capability.order.resource" in told


def test_impartiality(world: World) -> None:
    key = ordered(world, "O-4", BIDDER)
    world.step(key, "asked", "2026-04-20", *CUSTOMER, need="自用")
    dates = {"price": "0", "from": "2026-07-01", "until": "2026-07-02"}
    assert "capability.order.own_house" in world.refused(key, "offered", "2026-04-22", *PROVIDER, **dates)
    world.step(key, "offered", "2026-04-22", *PROVIDER, impartiality="盲样", **dates)
    both = ordered(world, "O-5")
    world.matters[both] = Matter("order", "O-5", {"zh": "O-5"}, {"zh": FACTORY}, world.matters[both].fields,
                                 {"customer": ("甲",), "provider": ("甲",)})  # fmt: skip
    world.step(both, "asked", "2026-04-20", "甲", "customer", need="x")
    assert "capability.order.both" in world.refused(both, "offered", "2026-04-22", *PROVIDER, **dates)
    house = Centre("Z", {"zh": "演示中心"}, "centre", "municipal", {"zh": FACTORY}, laboratories=(BIDDER,))
    world.register("2026-01-01", BIDDER, centre=[house])
    hosted = ordered(world, "O-6")
    world.step(hosted, "asked", "2026-04-20", *CUSTOMER, need="x")
    assert "capability.order.own_house" in world.refused(hosted, "offered", "2026-04-22", *PROVIDER, **dates)


def plain(number: str, owner: str, provider: str, *events: Event, **fields: Any) -> Matter:
    return Matter("order", number, {"zh": number}, {"zh": owner} if owner else {}, {"provider": provider, **fields},
                  events=events)  # fmt: skip


def test_shares_are_intervals_where_customers_are_unknown() -> None:
    done = (Event("asked", at("2026-04-20"), "a", "customer"), Event("offered", at("2026-04-21"), "b", "provider"),
            Event("certified", at("2026-05-06"), "b", "provider", {"documents": {"certificate": SHA}}))  # fmt: skip
    found = orders(
        [
            plain("1", FACTORY, BIDDER, *done),
            plain("2", "演示依托单位", BIDDER, *done),
            plain("3", "", BIDDER, *done),
            plain("4", FACTORY, BIDDER, *done[:1]),
            Matter("bid", "5", {}, {}, events=done),
        ],
        {BIDDER: ["演示依托单位"]},
    )
    whole = share(found)
    assert (whole.outside, whole.own, whole.unknown, whole.groups) == (1, 1, 1, {"": 1})
    assert (round(whole.low, 3), round(whole.high, 3)) == (0.333, 0.667)
    assert [t.count for t in queue(found)] == [1, 1] and times(found.response).open == 1
    nothing = orders([])
    assert len(nothing) == 0 and np.isnan(share(nothing).low) and np.isnan(times(nothing.response).median)
    assert len(found.of(BIDDER)) == 4


def test_a_resource_is_open_to_whom_its_owner_says(world: World) -> None:
    rows, _ = delivered(
        GOOD | {"id": "IN", "shared": "inside"}, GOOD | {"id": "MEM", "shared": "members"},
        GOOD | {"id": "PAST", "available_until": "2026-05-10"}, {**GOOD, "id": "MUTE", "shared": ""},
    )  # fmt: skip
    world.register("2026-01-02", BIDDER, resource=rows)
    dates = {"price": "1", "from": "2026-05-09", "until": "2026-05-12"}
    for id, code in (("IN", "not_open"), ("MEM", "not_open"), ("MUTE", "not_open"), ("PAST", "not_available")):
        key = ordered(world, f"O-{id}", resource=id)
        world.step(key, "asked", "2026-04-20", *CUSTOMER, need="x")
        assert f"capability.order.{code}" in world.refused(key, "offered", "2026-04-22", *PROVIDER, **dates)
    member = Resource("M-1", "expert", {"zh": FACTORY}, {"zh": "专家"})
    world.register("2026-01-03", FACTORY, resource=[member])
    assert world.step(("order", "O-MEM"), "offered", "2026-04-22", *PROVIDER, **dates).state.name == "offered"


def test_only_an_authorised_person_issues_the_certificate(world: World) -> None:
    unit = CompetenceUnit("U-1", {"zh": "签发量块"}, "sign", "length", "gauge block")
    world.register("2026-01-02", BIDDER, person=[person("甲", BIDDER)], competence_unit=[unit])
    key = ordered(world, "O-9", resource="", capability="C-1")
    world.step(key, "asked", "2026-04-20", *CUSTOMER, need="x")
    world.step(key, "offered", "2026-04-22", *PROVIDER, **{"price": "1", "from": "2026-05-01", "until": "2026-05-02"})
    world.step(key, "accepted", "2026-04-23", *CUSTOMER)
    world.step(key, "received", "2026-05-01", *PROVIDER, condition="good")
    world.step(key, "measured", "2026-05-02", *PROVIDER)
    told = world.refused(key, "certified", "2026-05-03", *PROVIDER, documents=documents("certificate"))
    assert told[0] == "procedure.guard.failed" and any(code.startswith("talent.sign") for code in told)
    granted = Authorisation("A-1", "甲", "U-1", {"zh": BIDDER}, date(2026, 5, 1), date(2026, 5, 1), date(2028, 5, 1),
                            "主任")  # fmt: skip
    world.register("2026-05-01", BIDDER, authorisation=[granted])
    where = world.step(key, "certified", "2026-05-03", *PROVIDER, documents=documents("certificate"))
    assert where.state.name == "certified"


@pytest.mark.parametrize(
    ("first", "last", "codes"),
    [("2026-06-10", "2026-06-01", ["procedure.event.backwards"]), ("soon", "2026-06-01", ["procedure.event.due"]),
     ("2026-06-10", "2026-06-10", [])],
)  # fmt: skip
def test_an_offer_ends_not_before_it_begins(first: str, last: str, codes: list[str]) -> None:
    law = procedure_named("order")
    roles = {"customer": ("buyer",), "provider": ("maker",)}
    begun = Matter("order", "O-9", {"zh": "校准"}, {"zh": FACTORY}, roles=roles)
    begun = admit(law, begun, Event("asked", at("2026-06-01"), "buyer", "customer", {"need": "N-1"}))
    offer = Event("offered", at("2026-06-02"), "maker", "provider", {"price": "800", "from": first, "until": last})
    passed = {"resource_open": (), "not_clashing": (), "impartial": ()}
    assert [f.code for f in refusals(law, begun, offer, Outside(passed, {}, None))] == codes
