"""Homogeneity and stability of items: published cases, the root of the expanded criterion, and simulated items."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from suyuan.comparison.proficiency.homogeneity import (
    expanded_factors,
    homogeneity,
    sigma_with_heterogeneity,
    stability,
)
from suyuan.quantity.finding import Refused

from .cases import Case, agrees, cases_of

SEED = 20260103


@pytest.mark.parametrize("case", cases_of("homogeneity"), ids=lambda c: c["id"])
def test_case(case: Case) -> None:
    found = homogeneity([row["values"] for row in case["input"]["data"]], case["input"]["sigma_pt"])
    for term, want in case["expected"].items():
        got = getattr(found, term.removesuffix("2")) ** 2 if term[-1] == "2" and term[0] == "s" else None
        agrees(case, term, term, getattr(found, term) if got is None else got, want)
    assert len(case["expected"]) >= 6


def test_the_expanded_limit_is_the_root_of_a_variance() -> None:
    """A program that compares s_s with c itself passes or fails items by the size of their unit."""
    rng = np.random.default_rng(SEED)
    x = rng.normal(100.0, 1.0, (10, 1)) + rng.normal(0.0, 0.2, (10, 2))
    found = homogeneity(x, 3.0)
    assert found.expanded_limit == pytest.approx(np.sqrt(found.expanded_c))
    for scale in (1e-3, 1e3):
        other = homogeneity(x * scale, 3.0 * scale)
        assert other.passes_expanded == found.passes_expanded and other.passes == found.passes
        assert other.expanded_limit == pytest.approx(found.expanded_limit * scale)
    wrong = [float(homogeneity(x * scale, 3.0 * scale).s_s) <= float(homogeneity(x * scale, 3.0 * scale).expanded_c)
             for scale in (1e-3, 1e3)]  # fmt: skip
    assert wrong[0] != wrong[1], "without the root the verdict depends on the unit"


def test_factors_are_those_printed() -> None:
    """F₁ and F₂ for two replicates, g = 7 … 20, as rounded in the standard's table; the ends were read."""
    printed = {7: (2.10, 1.43), 8: (2.01, 1.25), 9: (1.94, 1.11), 10: (1.88, 1.01), 20: (1.59, 0.57)}
    for g, want in printed.items():
        assert tuple(round(f, 2) for f in expanded_factors(g, 2)) == want
    f1, f2 = expanded_factors(6, 3)
    assert f1 == pytest.approx(stats.chi2.ppf(0.95, 5) / 5)
    assert f2 == pytest.approx((stats.f.ppf(0.95, 5, 12) - 1) / 3)


def test_components_are_those_of_the_analysis_of_variance() -> None:
    x = np.random.default_rng(SEED).normal(0, 1, (4, 12, 3)) + np.random.default_rng(1).normal(0, 2, (4, 12, 1))
    found = homogeneity(x, [5.0, 6.0, 7.0, 8.0])
    for i in range(4):
        between = 3 * np.var(x[i].mean(axis=1), ddof=1)
        within = np.sum((x[i] - x[i].mean(axis=1, keepdims=True)) ** 2) / 24
        assert found.s_w[i] ** 2 == pytest.approx(within)
        assert found.s_s[i] ** 2 == pytest.approx((between - within) / 3)
        assert between / within == pytest.approx(stats.f_oneway(*x[i]).statistic)
    assert found.limit.tolist() == pytest.approx([1.5, 1.8, 2.1, 2.4])


def test_items_at_the_limit_fail_the_expanded_criterion_five_times_in_a_hundred() -> None:
    """The expanded criterion is a test at 5 % for items whose s_s is just 0.3 σ_pt."""
    rng = np.random.default_rng(SEED)
    for noise in (0.05, 0.3, 1.0):
        x = rng.normal(0, 0.3, (40_000, 10, 1)) + rng.normal(0, noise, (40_000, 10, 2))
        found = homogeneity(x, 1.0)
        assert np.mean(~found.passes_expanded) == pytest.approx(0.05, abs=0.02)
        assert np.mean(found.s_w**2) == pytest.approx(noise**2, rel=0.02)


@given(
    rows=st.lists(st.lists(st.floats(-10, 10), min_size=2, max_size=2), min_size=3, max_size=8),
    shift=st.floats(-1000, 1000),
    seed=st.integers(0, 100),
)
@settings(max_examples=60, deadline=None)
def test_origin_and_order_change_nothing(rows: list[list[float]], shift: float, seed: int) -> None:
    x = np.array(rows)
    order = np.random.default_rng(seed).permutation(len(x))
    one, other = homogeneity(x, 2.0), homogeneity((x + shift)[order][:, ::-1], 2.0)
    assert other.s_w == pytest.approx(float(one.s_w), abs=1e-9)
    assert other.s_s**2 == pytest.approx(float(one.s_s) ** 2, abs=1e-9)
    assert other.mean - shift == pytest.approx(float(one.mean), abs=1e-9)


def test_findings_say_how_items_passed() -> None:
    flat = np.full((10, 2), 5.0)
    assert [f.code for f in homogeneity(flat, 1.0).findings] == []
    apart = flat + np.arange(10)[:, None]
    assert [f.code for f in homogeneity(apart, 1.0).findings] == ["comparison.homogeneity.fails"]
    near = flat + 0.1 * np.arange(10)[:, None]
    found = homogeneity(near[:9], 1.0)
    assert [f.code for f in found.findings] == ["comparison.homogeneity.few_items"]
    noisy = 0.13 * np.arange(10)[:, None] + np.array([[0.0, 0.2]]) * np.where(np.arange(10) % 2, 1, -1)[:, None]
    found = homogeneity(noisy, 1.0)
    assert not found.passes and found.passes_expanded
    assert [f.code for f in found.findings] == ["comparison.homogeneity.expanded"]
    assert sigma_with_heterogeneity(0.3, 0.4) == pytest.approx(0.5)


def test_stability_of_items() -> None:
    before = np.array([[[10.0, 10.2], [9.9, 10.1]], [[1.0, 1.2], [0.9, 1.1]]])
    after = before + np.array([0.5, 0.05])[:, None, None]
    found = stability(before, after, 1.0)
    np.testing.assert_allclose(found.difference, [0.5, 0.05])
    np.testing.assert_allclose(found.u, np.sqrt(2 * np.var([10.1, 10.0], ddof=1) / 2))
    assert found.passes.tolist() == [False, True] and found.passes_expanded.tolist() == [False, True]
    assert [f.code for f in found.findings] == ["comparison.stability.fails"]
    wide = stability(before[0], after[0], 1.2)
    assert [f.code for f in wide.findings] == ["comparison.stability.expanded"]


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("homogeneity.few", lambda: homogeneity([1.0, 2.0], 1.0)),
        ("homogeneity.few", lambda: homogeneity([[1.0], [2.0]], 1.0)),
        ("homogeneity.few", lambda: homogeneity([[1.0, 2.0]], 1.0)),
        ("results.not_finite", lambda: homogeneity([[1.0, 2.0], [1.0, float("nan")]], 1.0)),
        ("sigma.not_positive", lambda: homogeneity([[1.0, 2.0], [1.0, 2.0]], 0.0)),
        ("results.shape", lambda: homogeneity([[1.0, 2.0], [1.0, 2.0]], [1.0, 2.0])),
        ("homogeneity.few", lambda: stability([1.0, 2.0], [1.0], 1.0)),
        ("results.shape", lambda: stability(np.ones((2, 3, 2)), np.ones((3, 3, 2)), 1.0)),
    ],
)
def test_bad_input_is_told(code: str, asked: Any) -> None:
    with pytest.raises(Refused) as told:
        asked()
    assert told.value.findings[0].code == f"comparison.{code}"
