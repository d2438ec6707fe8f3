"""Scores from facts: every measure against a plain count, unknown apart, totals as intervals, gates, drill-down."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.centre.columns import columns
from suyuan.centre.compare_versions import compare
from suyuan.centre.facts import Fact
from suyuan.centre.guideline import Condition, Gate, Guideline, Indicator, Rule
from suyuan.centre.measure import first_day, measured
from suyuan.centre.scorecard import Judgement, score
from suyuan.centre.shipped import guideline as shipped

DAY = date(2026, 6, 1)
NAME = {"zh": "演示", "en": "demo"}
STRAIGHT = ((0.0, 0.0), (1.0, 1.0))


def indicator(
    id: str, rule: Rule | None, weight: float = 1.0, curve: tuple[tuple[float, float], ...] = STRAIGHT
) -> Indicator:
    return Indicator(id, NAME, weight, rule, curve=curve, judged=rule is None, source="test")


def guideline(*rows: Indicator, gates: tuple[Gate, ...] = ()) -> Guideline:
    return Guideline("g", "1", NAME, "centre", gates, (Condition("A", NAME, rows),))


facts_of_one_kind = st.lists(
    st.builds(
        Fact,
        st.sampled_from(["a", "b", "c"]),
        st.just("standard"),
        st.sampled_from(["s", "t", "u", "v"]),
        st.sampled_from([True, False, None]),
        st.one_of(st.none(), st.integers(0, 9).map(float)),
        st.integers(0, 3).map(float),
        valid_from=st.one_of(st.none(), st.integers(-4000, 30).map(lambda d: DAY + timedelta(d))),
        valid_until=st.one_of(st.none(), st.integers(-30, 30).map(lambda d: DAY + timedelta(d))),
        origin=st.sampled_from(["computed", "declared"]),
    ),
    max_size=7,
)


def plain(facts: list[Fact], centre: str, rule: Rule) -> tuple[float, float, int]:
    """The same by a loop: every way in which the unknown may turn out, one after the other."""
    rows = []
    for fact in facts:
        since, until = fact.valid_from or date.min, fact.valid_until or date.max
        if fact.centre != centre or not since <= DAY <= until:
            continue
        good = None if fact.good and fact.origin == "declared" else fact.good
        if rule.years:
            if fact.valid_from is None:
                good = None if good else good
            elif fact.valid_from < DAY.replace(year=DAY.year - int(rule.years)):
                continue
        rows.append((good, fact))
    if not rows:
        return -math.inf, math.inf, 0
    results = []
    for answer in product(*[[good] if good is not None else [True, False] for good, _ in rows]):
        good_ones = [fact for yes, (_, fact) in zip(answer, rows, strict=True) if yes]
        if rule.measure == "count":
            results.append(float(len(good_ones)))
        elif rule.measure == "share":
            results.append(len(good_ones) / len(rows))
        elif rule.measure == "weighted_share":
            whole = sum(f.weight for _, f in rows)
            if not whole:
                return -math.inf, math.inf, len(rows)
            results.append(sum(f.weight for f in good_ones) / whole)
        elif rule.measure == "distinct":
            results.append(float(len({f.subject for f in good_ones})))
        elif rule.measure == "sum":
            if any(f.value is None for f in good_ones):
                return -math.inf, math.inf, len(rows)
            results.append(sum(f.value or 0.0 for f in good_ones))
    return min(results), max(results), len(rows)


@settings(max_examples=150, deadline=None)
@given(
    facts_of_one_kind,
    st.sampled_from(["count", "share", "weighted_share", "distinct", "sum"]),
    st.sampled_from([0.0, 3.0]),
)
def test_the_interval_holds_every_way_the_unknown_may_turn_out(facts: list[Fact], measure: str, years: float) -> None:
    rule = Rule(measure, "standard", years=years)  # type: ignore[arg-type]
    found = measured(columns(facts, ["a", "b", "c"]), rule, DAY)
    for at, centre in enumerate("abc"):
        low, high, count = plain(facts, centre, rule)
        assert found.facts[at] == count
        assert (found.low[at], found.high[at]) == pytest.approx((low, high))


@settings(max_examples=150, deadline=None)
@given(facts_of_one_kind, st.sampled_from(["median", "least"]))
def test_median_and_least_hold_every_value(facts: list[Fact], measure: str) -> None:
    found = measured(columns(facts, ["a"]), Rule(measure, "standard"), DAY)  # type: ignore[arg-type]
    rows = [f for f in facts if f.centre == "a" and (f.valid_from or DAY) <= DAY <= (f.valid_until or DAY)]
    known = [
        f.value for f in rows if f.value is not None and f.good is not None and not (f.good and f.origin == "declared")
    ]
    work = median if measure == "median" else min
    if not rows:
        assert found.unknown[0]
    elif len(known) == len(rows):
        assert found.low[0] == found.high[0] == work(known)
    else:
        for other in (-1.0, 4.5, 99.0):
            filled = work([*known, *[other] * (len(rows) - len(known))])
            assert found.low[0] <= filled <= found.high[0]


def test_a_fact_of_the_same_day_years_ago_still_counts() -> None:
    for years in (1, 2, 3, 4, 5):
        day = DAY.replace(year=DAY.year - years)
        given = [Fact("a", "training", f"t{n}", valid_from=day - timedelta(n)) for n in range(3)]
        assert measured(columns(given), Rule("count", "training", years=float(years)), DAY).low[0] == 1.0
    assert date.fromordinal(first_day(date(2024, 2, 29), 1.0)) == date(2023, 3, 1)
    assert date.fromordinal(first_day(date(2026, 3, 31), 1 / 12)) == date(2026, 3, 1)
    assert first_day(DAY, 5000.0) == date.min.toordinal()


def test_ratio_and_years_and_where() -> None:
    facts = [
        Fact("a", "fund_plan", "s", value=100.0, valid_from=date(2025, 1, 1), detail={"year": "2025"}),
        Fact("a", "fund_plan", "s", value=100.0, valid_from=date(2025, 1, 1), detail={"year": "2026"}),
        Fact("a", "fund_actual", "s", value=150.0, valid_from=date(2025, 1, 1), detail={"year": "2025", "kind": "x"}),
        Fact("b", "fund_actual", "s", value=150.0),
        Fact("c", "fund_actual", "s", value=150.0, good=None),
        Fact("c", "fund_plan", "s", value=100.0),
    ]
    table = columns(facts)
    ratio = measured(table, Rule("ratio", "fund_actual", "fund_plan"), DAY)
    assert (ratio.low[0], ratio.high[0]) == (1.5, 1.5), "of 2026 nobody knows what was spent"
    assert ratio.unknown.tolist() == [False, True, False] and ratio.facts[1] == 0
    assert (ratio.low[2], ratio.high[2]) == (0.0, 1.5)
    assert measured(table, Rule("years", "fund_plan"), DAY).low[0] == 2.0
    bare = [Fact("a", "fund_plan", "t", good=None, detail={"year": "2029"}),
            Fact("a", "fund_plan", "t", value=0.0, detail={"year": "2030"})]  # fmt: skip
    years = measured(columns([*facts, *bare]), Rule("years", "fund_plan"), DAY)
    assert (years.low[0], years.high[0]) == (2.0, 3.0), "no amount: perhaps; nothing: no year"
    assert measured(table, Rule("count", "fund_actual", where={"kind": "x"}), DAY).facts.tolist() == [1, 0, 0]
    assert measured(table, Rule("count", "fund_actual", where={"kind": "y"}), DAY).facts.tolist() == [0, 0, 0]


def test_missing_evidence_is_unknown_and_neither_zero_nor_full() -> None:
    made = guideline(indicator("A1", Rule("share", "standard"), 3.0), indicator("A2", Rule("count", "novelty"), 7.0))
    facts = [Fact("a", "standard", "s"), Fact("a", "standard", "t", False)]
    card = score(columns(facts, ["a", "b"]), made, DAY).card("a")
    assert [row.indicator.id for row in card.unknown] == ["A2"]
    assert (card.low, card.high) == pytest.approx((1.5, 8.5))
    empty = score(columns(facts, ["a", "b"]), made, DAY).card("b")
    assert (empty.low, empty.high) == (0.0, 10.0) and len(empty.unknown) == 2


def test_declared_without_document_does_not_count() -> None:
    made = guideline(indicator("A1", Rule("share", "standard")))
    card = score(columns([Fact("a", "standard", "s", origin="declared")]), made, DAY).card("a")
    assert (card.low, card.high) == (0.0, 1.0)


def test_a_band_turns_inside_the_interval() -> None:
    band = ((0.5, 0.0), (0.8, 1.0), (1.2, 1.0), (1.5, 0.0))
    made = guideline(indicator("E2", Rule("ratio", "fund_actual", "fund_plan"), curve=band))
    facts = [
        Fact("a", "fund_plan", "s", value=1.0),
        Fact("a", "fund_actual", "s", value=0.4),
        Fact("a", "fund_actual", "t", None, 1.2),
    ]
    row = score(columns(facts), made, DAY).card("a").rows[0]
    assert (row.low, row.high) == pytest.approx((0.4, 1.6))
    assert (row.score_low, row.score_high) == (0.0, 1.0)  # both ends score nothing, the middle everything


def test_gates() -> None:
    share = Rule("share", "standard")
    gates = (Gate("G1", NAME, share, least=1.0), Gate("G2", NAME, document="task_book"), Gate("G3", NAME),
             Gate("G4", NAME, Rule("count", "standard"), most=1.0))  # fmt: skip
    made = guideline(indicator("A1", share), gates=gates)
    facts = [
        Fact("a", "standard", "s"), Fact("a", "document", "d", True, detail={"name": "task_book"}),
        Fact("b", "standard", "s", False), Fact("b", "document", "d", False, detail={"name": "task_book"}),
        Fact("c", "standard", "s", None), Fact("c", "standard", "t"),
    ]  # fmt: skip
    cards = score(
        columns(facts), made, DAY, {("a", "G3"): Judgement(1.0, None, 2), ("b", "G3"): Judgement(0.0, None, 2)}
    )
    assert [[g.passed for g in cards.card(c).gates] for c in "abc"] == [
        [True, True, True, True], [False, False, False, True], [None, None, None, None],
    ]  # fmt: skip
    assert [cards.card(c).passed for c in "abc"] == [True, False, None]


def test_reviewers_spread_reaches_the_total() -> None:
    made = guideline(
        indicator("P1", None, 6.0), indicator("P2", None, 4.0), indicator("A1", Rule("share", "standard"), 10.0)
    )
    said = {("a", "P1"): Judgement(0.5, 0.1, 3), ("a", "P2"): Judgement(1.0, 0.2, 3)}
    card = score(columns([Fact("a", "standard", "s")]), made, DAY, said).card("a")
    assert (card.low, card.high) == (17.0, 17.0)
    assert card.spread == pytest.approx(math.hypot(0.6, 0.8))
    assert not score(columns([Fact("a", "standard", "s")]), made, DAY).card("a").spread
    assert score(columns([Fact("a", "standard", "s")]), made, DAY).card("a").unknown[0].indicator.id == "P1"


def test_drill_down_names_the_facts() -> None:
    facts = [
        Fact("b", "standard", "x"), Fact("a", "novelty", "n"), Fact("a", "standard", "s", False),
        Fact("a", "standard", "t"), Fact("a", "standard", "u", None),
        Fact("a", "standard", "old", valid_until=DAY - timedelta(1)),
    ]  # fmt: skip
    made = guideline(indicator("A1", Rule("share", "standard")))
    found = score(columns(facts), made, DAY).facts_of("a", "A1")
    assert {name: rows.tolist() for name, rows in found.items()} == {"good": [3], "bad": [2], "unknown": [4]}


def test_any_past_day_and_provenance() -> None:
    facts = [
        Fact("a", "standard", "s", valid_from=date(2025, 1, 1), valid_until=date(2025, 12, 31)),
        Fact("a", "standard", "t", False),
    ]
    made = replace(guideline(indicator("A1", Rule("share", "standard"))), digest="d")
    table = columns(facts)
    then, now = (score(table, made, day).card("a") for day in (date(2025, 12, 31), date(2026, 1, 1)))
    assert (then.low, now.low) == (0.5, 0.0)
    assert then.provenance.inputs == now.provenance.inputs and then.provenance.day != now.provenance.day
    assert then.provenance.guideline_digest == "d" and then.provenance.code
    assert score(columns(facts[:1]), made, DAY).provenance.inputs != now.provenance.inputs
    judged = score(table, made, DAY, {("a", "X"): Judgement(1.0)})
    assert judged.provenance.inputs != now.provenance.inputs


def test_two_versions_explain_the_whole_change() -> None:
    one = guideline(indicator("A1", Rule("share", "standard"), 6.0), indicator("A2", Rule("count", "novelty"), 4.0))
    two = guideline(indicator("A1", Rule("share", "standard"), 5.0, ((0.5, 0.0), (1.0, 1.0))),
                    indicator("P1", None, 5.0),
                    gates=(Gate("G1", NAME, Rule("count", "standard"), least=1.0),))  # fmt: skip
    facts = [
        Fact("a", "standard", "s"),
        *[Fact("a", "standard", f"t{i}", i > 0) for i in range(3)],
        Fact("a", "novelty", "n"),
    ]
    table = columns(facts)
    first = score(table, one, DAY).card("a")
    second = score(table, two, DAY, {("a", "P1"): Judgement(0.4, 0.1, 2)}).card("a")
    found = compare(first, second)
    assert {c.id: c.why for c in found.changes} == {"A1": ("curve", "weight"), "P1": ("added",), "A2": ("removed",)}
    assert sum(c.change for c in found.changes) == pytest.approx(found.change)
    assert [g.id for g in found.gates] == ["G1"]
    assert compare(first, first).change == 0.0 and compare(first, first).changes[0].why == ("same",)


def test_no_facts_at_all() -> None:
    made = guideline(indicator("A1", Rule("share", "standard")), indicator("A2", Rule("median", "order")))
    cards = score(columns([], ["a"]), made, DAY)
    assert (cards.card("a").low, cards.card("a").high) == (0.0, 2.0)
    assert score(columns([]), made, DAY).centres == ()
    with pytest.raises(KeyError):
        cards.card("nobody")
    assert np.isfinite(cards.total[0]).all()


def test_a_gate_without_any_limit_is_never_passed() -> None:
    """The reader refuses one; where it is made otherwise nobody can say that it is passed."""
    law = shipped("DRAFT-CENTRE")
    assert law is not None
    open_ = replace(law, gates=(Gate("G", {"zh": "空"}, Rule("count", "host")),))
    card = score(columns([Fact("c", "host", "h")]), open_, DAY)
    assert card.card("c").gates[0].passed is None
