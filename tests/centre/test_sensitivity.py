"""Ranks under drawn weights, and the smallest change of weights that swaps two, against a linear programme."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from suyuan.centre.candidates import readiness
from suyuan.centre.columns import columns
from suyuan.centre.facts import Fact
from suyuan.centre.guideline import Condition, Gate, Guideline, Indicator, Rule
from suyuan.centre.scorecard import Scorecards, score
from suyuan.centre.sensitivity import rank_interval, sensitivity, smallest_swap

DAY = date(2026, 6, 1)
NAME = {"zh": "演示", "en": "demo"}


def cards(scores: dict[str, list[float | None]], weights: list[float], least: float | None = None) -> Scorecards:
    """Cards with given scores: a single fact whose value is the score; None: unknown."""
    rows = tuple(
        Indicator(f"I{i}", NAME, weight, Rule("sum", "novelty", where={"for": str(i)}), curve=((0.0, 0.0), (1.0, 1.0)))
        for i, weight in enumerate(weights)
    )
    gates = (Gate("G", NAME, Rule("count", "host"), least=least),) if least else ()
    facts = [
        Fact(centre, "novelty", "n", value=value, detail={"for": str(i)})
        for centre, values in scores.items()
        for i, value in enumerate(values)
        if value is not None
    ]
    facts += [Fact(centre, "host", "h") for centre in scores if centre != "no host"]
    guideline = Guideline("g", "1", NAME, "centre", gates, (Condition("A", NAME, rows),))
    return score(columns(facts, tuple(scores)), guideline, DAY)


def test_shares_are_probabilities_and_a_better_one_always_wins() -> None:
    found = sensitivity(cards({"a": [0.9, 0.9, 0.2], "b": [0.8, 0.8, 0.1], "c": [0.1, 0.9, 0.9]}, [5, 3, 2]), 3000)
    assert found.shares.sum(axis=0) == pytest.approx(1.0) and found.shares.sum(axis=1) == pytest.approx(1.0)
    assert found.before[0, 1] == 1.0 and found.before[0, 2] + found.before[2, 0] == pytest.approx(1.0)
    pairs = {(a, b) for a, b, _ in found.unsure(0.999)}
    assert ("a", "b") not in pairs


def test_the_share_of_draws_is_that_of_the_distribution() -> None:
    """Two indicators: the first centre wins where w₀ > 1/2; w₀ ~ Beta(κp, κ(1−p)), here symmetric about 1/2."""
    found = sensitivity(cards({"a": [1.0, 0.0], "b": [0.0, 1.0]}, [1, 1]), 20_000, 10.0)
    assert found.shares[0, 0] == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(20_000))
    from scipy.stats import beta

    found = sensitivity(cards({"a": [1.0, 0.0], "b": [0.0, 1.0]}, [3, 2]), 20_000, 10.0)
    assert found.shares[0, 0] == pytest.approx(beta(6, 4).sf(0.5), abs=0.015)


def test_the_same_seed_gives_the_same_answer_and_ties_share_ranks() -> None:
    table = cards({"a": [0.5, 0.5], "b": [0.5, 0.5], "c": [0.1, None]}, [1, 1])
    one, two = sensitivity(table, 500, seed=4), sensitivity(table, 500, seed=4)
    assert np.array_equal(one.shares, two.shares)
    assert one.shares[0, 0] == pytest.approx(one.shares[1, 0])
    assert not np.array_equal(one.shares, sensitivity(table, 500, seed=5).shares)
    assert one.best.tolist() == [1, 1, 1] and one.worst.tolist() == [2, 2, 3]
    low, high = (sensitivity(table, 500, unknown=taken).shares[2, 0] for taken in ("low", "high"))
    assert low == 0.0 < high
    with pytest.raises(ValueError, match="positive"):
        sensitivity(table, 0)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), min_size=1, max_size=6))
def test_rank_intervals(rows: list[tuple[int, int]]) -> None:
    low = np.array([float(a) for a, _ in rows])
    high = np.array([float(a + b) for a, b in rows])
    best, worst = rank_interval(low, high)
    for i in range(len(rows)):
        others = [j for j in range(len(rows)) if j != i]
        assert best[i] == 1 + sum(low[j] > high[i] for j in others)
        assert worst[i] == 1 + sum(high[j] > low[i] for j in others)


unit = st.integers(0, 10).map(lambda v: v / 10)


@settings(max_examples=80, deadline=None)
@given(st.integers(2, 6).flatmap(lambda n: st.tuples(*[st.lists(unit, min_size=n, max_size=n)] * 2,
                                                    st.lists(st.integers(1, 9), min_size=n, max_size=n))))  # fmt: skip
def test_smallest_swap_is_that_of_a_linear_programme(given: tuple[list[float], list[float], list[int]]) -> None:
    a, b, weights = given
    table = cards({"a": list(a), "b": list(b)}, [float(w) for w in weights])
    found = smallest_swap(table, "a", "b")
    difference, n = np.array(a) - np.array(b), len(a)
    # δ = up − down, both ≥ 0, down ≤ w; least Σ down
    solved = linprog(
        np.r_[np.zeros(n), np.ones(n)],
        A_eq=np.vstack([np.r_[np.ones(n), -np.ones(n)], np.r_[difference, -difference]]),
        b_eq=[0.0, -float(np.array(weights) @ difference)],
        bounds=[(0, None)] * n + [(0, w) for w in weights],
    )
    assert solved.success == np.isfinite(found.moved)
    if solved.success:
        assert found.moved == pytest.approx(solved.fun, abs=1e-7)
        changed = np.array(weights, float)
        for name, amount in found.gives.items():
            changed[int(name[1:])] -= amount
            changed[int(str(found.to)[1:])] += amount
        assert changed.min() >= -1e-9 and changed @ difference == pytest.approx(0.0, abs=1e-9)


def test_only_a_candidate_with_all_gates_passed_is_recommended() -> None:
    table = cards(
        {"no host": [1.0, 1.0], "ripe": [0.7, 0.6], "open": [0.5, None], "weak": [0.1, 0.1]}, [50, 50], least=1.0
    )
    rows = {row.centre: row for row in readiness(table)}
    assert {name: row.stage for name, row in rows.items()} == {
        "ripe": "recommend", "open": "nearly", "weak": "nurture", "no host": "nearly",
    }  # fmt: skip
    assert rows["no host"].missing[0].kind == "gate_unknown"
    assert [(m.kind, m.row.id) for m in rows["open"].missing] == [("unknown", "I1"), ("low", "I0")]
    assert readiness(table)[0].centre == "ripe"


def test_one_of_which_nothing_is_known_stands_behind_the_known_ones() -> None:
    """Its upper end is high because everything is open; that is no merit."""
    table = cards({"no host": [None, None], "weak": [0.1, 0.1]}, [50, 50], least=1.0)
    found = readiness(table)
    assert [(row.centre, row.stage, row.known) for row in found] == [
        ("weak", "nurture", True), ("no host", "nearly", False),
    ]  # fmt: skip
