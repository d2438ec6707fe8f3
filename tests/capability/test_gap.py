"""Gaps: need minus capability, clustered and ranked; and how one is closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from suyuan.capability.capability import Capability, Term
from suyuan.capability.gaps.cluster import clusters, envelope, merged, rank, together
from suyuan.capability.gaps.gap import Gap, closed, gap, gaps, side
from suyuan.capability.interval import Interval
from suyuan.capability.matching.gate import Support
from suyuan.capability.matching.match import Match, match
from suyuan.capability.need import Need, Target, Wanted
from suyuan.capability.read import need as read_need
from suyuan.capability.uncertainty import RootSum, Uncertainty, Value
from suyuan.capability.write import need_row
from suyuan.procedure.register import Context
from suyuan.quantity.fields import Fields
from suyuan.quantity.unit import parse_unit

MM, UM, M, NM = parse_unit("mm"), parse_unit("um"), parse_unit("m"), parse_unit("nm")
DAY = date(2026, 3, 1)
LAB = {"zh": "演示长度实验室"}
WHOLE = Support("complete", (), "supported", 3)


def need(id: str = "N", low: float = 1.0, high: float = 100.0, U: float | None = 0.05, **more: Any) -> Need:
    target = None if U is None else Target(U, UM)
    given: dict[str, Any] = {"target": target} | more
    return Need(id, {"zh": given.pop("firm", "演示工厂")}, "length", Interval(low, high, MM), **given)


def capability(id: str = "C", low: float = 0.5, high: float = 100.0, a: float = 0.03, **more: Any) -> Capability:
    given: dict[str, Any] = {"uncertainty": Uncertainty(RootSum(a, 0.0003), unit=UM)} | more
    return Capability(id, LAB, "length", Interval(low, high, MM), **given)


def answer(wanted: Need, *has: Capability, support: Support = WHOLE, day: date = DAY) -> Match:
    return match(wanted, has, {c.key: support for c in has}, day)


def the_gap(wanted: Need, *has: Capability, support: Support = WHOLE) -> Gap:
    found = gap(answer(wanted, *has, support=support))
    assert found is not None
    return found


def test_what_can_be_met_is_no_gap() -> None:
    assert gap(answer(need(), capability())) is None
    assert gaps([answer(need(), capability()), answer(need("2", high=500.0), capability())])[0].key == ("演示工厂", "2")


def test_nothing_there() -> None:
    found = the_gap(need())
    assert (found.kind, found.gate, found.factor, found.nearest) == ("cannot", "measurand", None, None)
    assert found.missing == (Interval(1.0, 100.0, MM),)


def test_a_relative_target_at_nil_is_said_first_whoever_is_nearest() -> None:
    asks = replace(need(low=0.0), target=Target(0.001))
    found = the_gap(asks, capability(low=0.0))
    assert found.nearest is not None and found.findings[0].code == "capability.match.relative_at_zero"
    assert "capability.match.relative_at_zero" not in [f.code for f in the_gap(need(U=0.001), capability()).findings]


def test_a_part_is_missing() -> None:
    found = the_gap(need(high=500.0), capability())
    assert (found.kind, found.gate, found.nearest) == ("partly", "interval", (LAB["zh"], "C"))
    assert found.missing == (Interval(100.0, 500.0, MM),)


def test_too_uncertain_by_a_factor_with_the_term_that_dominates() -> None:
    terms = (Term("u_s", {"zh": "标准器"}, 0.05), Term("u_t", {"zh": "温度"}, 0.02))
    found = the_gap(need(), capability(uncertainty=Uncertainty(Value(0.12), unit=UM), budget=terms))
    assert (found.kind, found.gate) == ("not_accurate", "uncertainty")
    assert found.factor == pytest.approx(2.4)
    assert found.dominant is not None and found.dominant.term.symbol == "u_s"


@pytest.mark.parametrize("support", [Support("broken"), Support("complete", tested="contradicted"), Support("unknown")])
def test_a_chain_that_does_not_carry_is_a_gap(support: Support) -> None:
    found = the_gap(need(), capability(), support=support)
    assert (found.kind, found.gate) == ("not_accurate", "chain")
    assert found.factor is not None and found.factor < 1.0 and found.findings


def test_without_a_target_it_is_not_proven() -> None:
    found = the_gap(need(U=None), capability())
    assert found.kind == "unknown" and not found.proven


# ---------------------------------------------------------------- closing


def test_a_closed_gap_has_the_evidence_of_both_sides() -> None:
    was = answer(need(), capability(a=0.12, standards=(("NIM", "W-1"),)), day=date(2025, 3, 1))
    now = answer(need(), capability("C2", standards=(("NIM", "W-2"),)))
    open_ = gap(was)
    assert open_ is not None
    found = closed(open_, side(was, ("aa",)), side(now, ("bb", "bb")))
    assert found is not None and found.kind == "not_accurate"
    assert found.before.factor == pytest.approx((0.12**2 + 0.03**2) ** 0.5 / 0.05)
    assert (found.before.documents, found.after.documents) == (("aa",), ("bb",))
    assert (found.before.standards, found.after.standards) == ((("NIM", "W-1"),), (("NIM", "W-2"),))
    assert found.after.capabilities == ((LAB["zh"], "C2"),)


def test_what_does_not_close_a_gap() -> None:
    was, now = answer(need(), day=date(2025, 3, 1)), answer(need(), capability())
    open_ = gap(was)
    assert open_ is not None
    assert closed(open_, side(was), side(was)) is None  # still open
    assert closed(open_, side(now), side(now)) is None  # was never open
    assert closed(open_, side(answer(need())), side(now)) is None  # the same day
    unproven = the_gap(need(U=None), capability())
    assert closed(unproven, side(was), side(now)) is None


# ---------------------------------------------------------------- the same need twice


def test_one_need_of_two_firms_is_one() -> None:
    a = need("1", firm="甲", criticality=3, firms=2, size=10.0, size_unit="台/年")
    b = Need("2", {"zh": "乙"}, "长度", Interval(0.001, 0.1, M), Target(75.0, NM, k=3.0), criticality=5, size=5.0,
             size_unit="台/年")  # fmt: skip
    (one,) = merged([a, b])
    assert (one.need.firms, one.need.criticality, one.need.size) == (3, 5, 15.0)
    assert [n.id for n in one.several] == ["1", "2"]
    assert merged([a, replace(b, size=None)])[0].need.size is None  # not known is not 0
    assert merged([a, replace(b, size_unit="万元")])[0].need.size is None
    assert merged([a, replace(a, id="3")])[0].need.firms == 2  # one firm said it twice


@pytest.mark.parametrize("change", [
    {"interval": Interval(1.0, 200.0, MM)}, {"target": Target(0.06, UM)}, {"target": Target(0.05)}, {"item": "量块"},
    {"conditions": {"site": "on site"}}, {"standing": "accredited"}, {"stage": "use"}, {"analyte": "CO2"},
])  # fmt: skip
def test_what_differs_stays_two(change: Any) -> None:
    assert len(merged([need("1"), replace(need("2"), **change)])) == 2


# ---------------------------------------------------------------- clusters


def cluster_ids(*needs: Need) -> list[list[str]]:
    return [[g.need.id for g in c.gaps] for c in clusters(the_gap(n) for n in needs)]


def test_overlapping_and_adjoining_gaps_are_one_cluster() -> None:
    assert cluster_ids(need("1"), need("2", 90.0, 300.0), need("3", 300.0, 400.0)) == [["1", "2", "3"]]
    assert cluster_ids(need("1"), need("2", 150.0, 300.0)) == [["1", "2"]]  # within a factor of two
    assert cluster_ids(need("1"), need("2", 1000.0, 3000.0)) == [["1"], ["2"]]


def test_the_order_of_the_gaps_does_not_matter() -> None:
    some = [need("1"), need("2", 150.0, 300.0), need("3", 1000.0, 3000.0), need("4", 0.2, 2.0)]
    assert cluster_ids(*some) == cluster_ids(*reversed(some))


@pytest.mark.parametrize("change", [
    {"quantity": "mass"}, {"item": "扭力扳手"}, {"analyte": "CO2"}, {"target": None},
    {"conditions": {"site": "on site"}},
])  # fmt: skip
def test_what_no_one_could_close_together_stays_apart(change: Any) -> None:
    first = need("1", item="量块", conditions={"site": "laboratory"})
    assert len(cluster_ids(first, replace(first, id="2", **change))) == 2


def test_a_broader_item_joins() -> None:
    assert cluster_ids(need("1", item="直流充电桩"), need("2", item="充电桩")) == [["1", "2"]]


def test_failing_at_different_gates_stays_apart() -> None:
    far = gap(answer(need("1", high=500.0), capability()))
    poor = gap(answer(need("2"), capability(a=0.2)))
    assert far is not None and poor is not None and len(clusters([far, poor])) == 2


def test_conditions_together() -> None:
    hz = parse_unit("Hz")
    a: dict[str, Wanted] = {"site": "现场", "frequency": Interval(10.0, 50.0, hz)}
    assert together(a, {"site": "on-site"}) is not None
    joined = together(a, {"frequency": Interval(40.0, 90.0, hz)})
    assert joined is not None and joined["frequency"] == Interval(10.0, 90.0, hz)
    assert together(a, {"frequency": Interval(60.0, 90.0, hz)}) is None
    assert together(a, {"site": "laboratory"}) is None
    assert together(a, {"frequency": "high"}) is None


def test_the_envelope_mixes_relative_and_absolute_targets() -> None:
    found = envelope([need("1", 1.0, 10.0, 0.5), need("2", 2.0, 30.0, None, target=Target(1e-4))])
    assert (found.interval.low, found.interval.high) == (1.0, 30.0)
    assert found.target is not None and abs(found.target.U - 0.2) < 1e-12  # 1e-4 of 2 mm in µm
    assert found.target.unit == UM and found.id == "1+2"


targets = st.one_of(
    st.builds(lambda u: Target(u, UM), st.floats(0.001, 10.0)),
    st.builds(lambda u, k: Target(u, NM, k), st.floats(1.0, 1e4), st.sampled_from([1.0, 2.0, 3.0])),
    st.builds(Target, st.floats(1e-7, 1e-2)),
)
needs = st.builds(
    lambda low, width, target: need("x", low, low + width, None, target=target),
    st.floats(0.1, 1000.0), st.floats(0.0, 1000.0), targets,
)  # fmt: skip


@example([need("x", 1.0, 1.0, 1.0), need("y", 2.0, 2.0 + 4e-11, 1.0)], 1.0, 0.0)  # narrower than a conversion rounds
@example([need("x", 1.0, 2.0, 0.5)], 1.0, 1.9e-160)  # a slope that moves nothing
@given(st.lists(needs, min_size=1, max_size=5), st.floats(0.0005, 20.0), st.floats(0.0, 1e-3))
def test_whoever_meets_the_envelope_meets_every_need(several: list[Need], a: float, b: float) -> None:
    has = capability(low=0.05, high=5000.0, uncertainty=Uncertainty(RootSum(a, b), unit=UM))
    if answer(envelope(several), has).verdict == "can":
        assert [answer(one, has).verdict for one in several] == ["can"] * len(several)


# ---------------------------------------------------------------- ranking


def test_rank_is_a_published_formula_and_keeps_the_unknown_apart() -> None:
    some = clusters([
        the_gap(need("small", size=10.0, size_unit="台/年", criticality=5, firms=2)),
        the_gap(need("large", 1e4, 2e4, size=1000.0, size_unit="台/年", criticality=2)),
        the_gap(need("money", 1e6, 2e6, size=5.0, size_unit="万元")),
        the_gap(need("urgent", 1e8, 2e8, criticality=5, firms=40)),
        the_gap(need("vague", 1e10, 2e10, criticality=1)),
    ])  # fmt: skip
    found = rank(some)
    assert found.rule["status"] == "proposed"
    assert [(r.cluster.envelope.id, r.score) for r in found.known["台/年"]] == [("large", 2000.0), ("small", 100.0)]
    assert [r.cluster.envelope.id for r in found.known["万元"]] == ["money"]  # another unit does not compare
    assert [(r.cluster.envelope.id, r.score) for r in found.apart] == [("urgent", None), ("vague", None)]
    assert rank([]).known == {} and rank([]).apart == ()


def test_a_size_of_nil_is_known() -> None:
    (one,) = clusters([the_gap(need("1", size=0.0, size_unit="台/年"))])
    assert rank([one]).known["台/年"][0].score == 0.0


def test_a_cluster_counts_each_firm_once() -> None:
    (one,) = clusters(
        [the_gap(need("1", firms=3)), the_gap(need("2", high=90.0, firms=2)), the_gap(need("3", firm="乙"))]
    )
    assert one.firms == 4 and one.kinds == {"cannot": 3}


def test_what_nobody_stated_is_ranked_apart_as_an_interval() -> None:
    stated = the_gap(need("stated", size=10.0, size_unit="台/年", criticality=1))
    silent = the_gap(need("silent", 1e4, 2e4, size=1000.0, size_unit="台/年", unstated=("criticality",)))
    uncounted = the_gap(need("uncounted", 1e8, 2e8, criticality=4, unstated=("firms",)))
    ranking = rank(clusters([stated, silent, uncounted]))
    assert [row.cluster.envelope.id for row in ranking.known["台/年"]] == ["stated"]
    assert [(row.cluster.envelope.id, row.cluster.weight, row.score) for row in ranking.apart] == [
        ("uncounted", (4.0, float("inf")), None), ("silent", (1.0, 5.0), None)]  # fmt: skip


def test_a_need_keeps_what_it_did_not_state() -> None:
    row = {"id": "N", "quantity": "length", "interval": {"low": "1", "high": "2", "unit": "mm"}, "firms": "2"}
    read = read_need(Fields(row), Context({"zh": "厂"}, date(2026, 1, 1)))
    assert read is not None and read.unstated == ("criticality",)
    assert "criticality" not in need_row(read) and need_row(read)["firms"] == 2
