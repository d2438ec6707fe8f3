"""Precision by ISO 5725-2: published cases, printed critical values, simulated laboratories, decisions on record."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from suyuan.comparison.precision.decisions import Names, OutlierDecision, decided
from suyuan.comparison.precision.mandel import h_critical, k_critical, mandel
from suyuan.comparison.precision.outliers import (
    cochran,
    cochran_critical,
    grubbs,
    grubbs_critical,
    grubbs_double,
    grubbs_double_critical,
    outlier_tests,
    undecided,
)
from suyuan.comparison.precision.repeatability import cells_of, repeatability, repeatability_e691, replicates
from suyuan.comparison.precision.youden import ranks, youden
from suyuan.quantity.finding import Refused

from .cases import Case, agrees, cases_of

SEED = 20260104
PRECISION = cases_of("precision")


def table(case: Case) -> Any:
    return np.array([row["values"] for row in case["input"]["data"]])


@pytest.mark.parametrize("case", PRECISION, ids=lambda c: c["id"])
def test_case(case: Case) -> None:
    x = table(case)
    found = repeatability(x)
    plot, high, low = mandel(found.cells), grubbs(found.cells.mean, "high"), grubbs(found.cells.mean, "low")
    variances = cochran(found.cells.s, x.shape[1])
    got = {
        **{term: getattr(found, term) for term in ("mean", "s_r", "s_L", "s_R")},
        "r_limit": found.r, "R_limit": found.R, "h": plot.h, "k": plot.k,
        "cochran_C": variances.statistic, "cochran_crit_5": variances.straggler, "cochran_crit_1": variances.outlier,
        "grubbs_high": high.statistic, "grubbs_low": low.statistic, "grubbs_crit_5": high.straggler,
    }  # fmt: skip
    assert set(case["expected"]) == set(got)
    for term, want in case["expected"].items():
        agrees(case, term, term, got[term], want)


def test_all_materials_at_once_are_the_same_one_by_one() -> None:
    x = np.stack([table(case) for case in PRECISION])
    many = repeatability(x)
    plot = mandel(many.cells)
    for i in range(len(x)):
        alone = repeatability(x[i])
        for term in ("mean", "s_r", "s_L", "s_R", "r", "R", "n_mean"):
            assert getattr(many, term)[i] == pytest.approx(float(getattr(alone, term)), rel=1e-12)
        np.testing.assert_allclose(plot.h[i], mandel(alone.cells).h)
    assert many.findings[0].code == "comparison.precision.no_between"


def test_both_standards_agree_where_replicates_are_equal() -> None:
    x = np.stack([table(case) for case in PRECISION])
    iso, e691 = repeatability(x), repeatability_e691(x)
    np.testing.assert_allclose(e691.s_r, iso.s_r)
    np.testing.assert_allclose(e691.s_R, iso.s_R)
    np.testing.assert_allclose(e691.r / iso.r, 2.8 / (1.959963984540054 * 2**0.5))
    np.testing.assert_allclose(e691.s_x, x.mean(axis=2).std(axis=1, ddof=1))


def test_unequal_numbers_are_as_in_the_formulas() -> None:
    rows = [[1.0, 1.4, 1.1], [2.0, 2.3], [1.5, 1.1, 1.6, 1.4], [1.9]]
    found = repeatability(*replicates(rows))
    n = np.array([3, 2, 4, 1])
    means = np.array([np.mean(row) for row in rows])
    s_r2 = sum(np.sum((np.array(row) - np.mean(row)) ** 2) for row in rows) / 6
    m = np.sum(n * means) / 10
    s_d2 = np.sum(n * (means - m) ** 2) / 3
    assert found.n_mean == pytest.approx((10 - 30 / 10) / 3) and found.N == 10 and found.dof == 6
    assert found.s_r == pytest.approx(s_r2**0.5) and found.mean == pytest.approx(m)
    assert found.s_L == pytest.approx(((s_d2 - s_r2) / ((10 - 3) / 3)) ** 0.5)
    assert np.isnan(found.cells.s[3]), "one result has no scatter, which is not zero"
    assert mandel(found.cells).findings[0].code == "comparison.precision.common_count"


def test_simulated_laboratories_give_their_components_back() -> None:
    rng = np.random.default_rng(SEED)
    x = 50.0 + rng.normal(0, 2.0, (20_000, 8, 1)) + rng.normal(0, 1.0, (20_000, 8, 4))
    there = np.ones(x.shape, bool)
    there[:, :3, 2:] = False
    found = repeatability(np.where(there, x, np.nan), there)
    assert np.mean(found.s_r**2) == pytest.approx(1.0, rel=0.01)
    assert np.mean(found.s_L**2) == pytest.approx(4.0, rel=0.03)
    assert np.mean(np.abs(x[:, 4, 0] - x[:, 5, 0]) < np.sqrt(2) * 1.959964 * 5**0.5) == pytest.approx(0.95, abs=0.006)


@given(
    rows=st.lists(st.lists(st.floats(-5, 5), min_size=3, max_size=3), min_size=4, max_size=8),
    shift=st.floats(-1e4, 1e4),
    scale=st.sampled_from([1e-6, 1.0, 1e6]),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_unit_origin_and_order_change_nothing(rows: list[list[float]], shift: float, scale: float, seed: int) -> None:
    x = np.array(rows)
    order = np.random.default_rng(seed).permutation(len(x))
    one, other = repeatability(x), repeatability((x[order] + shift) * scale)
    for term in ("s_r", "s_R"):
        assert getattr(other, term) / scale == pytest.approx(float(getattr(one, term)), abs=1e-9)
    assert other.mean / scale - shift == pytest.approx(float(one.mean), abs=1e-8)


# ------------------------------------------------------------------ critical values


def test_critical_values_of_mandel_are_those_printed() -> None:
    """ISO 5725-2, table of indicators at 1 %; k for p = 8, n = 2 is 2.256 and printed as 2.25."""
    printed_h = {3: 1.15, 4: 1.49, 5: 1.72, 6: 1.87, 7: 1.98, 8: 2.06, 9: 2.13, 10: 2.18, 12: 2.25, 14: 2.30}
    for p, want in printed_h.items():
        assert h_critical(p, 0.01) == pytest.approx(want, abs=0.0051)
    printed_k = {(3, 2): 1.71, (3, 10): 1.39, (5, 4): 1.73, (8, 2): 2.25, (8, 4): 1.81, (10, 3): 2.00, (14, 10): 1.52}
    for (p, n), want in printed_k.items():
        assert k_critical(p, n, 0.01) == pytest.approx(want, abs=0.0063)


def test_critical_values_of_grubbs_and_cochran_are_those_printed() -> None:
    """ISO 5725-2, tables for Cochran's and Grubbs' tests at 5 % and 1 %; three means cannot exceed 1.1547."""
    double = {5: (0.0090, 0.0018), 6: (0.0349, 0.0116), 7: (0.0708, 0.0308), 8: (0.1101, 0.0563), 9: (0.1492, 0.0851),
              10: (0.1864, 0.1150)}  # fmt: skip
    for p, (five, one) in double.items():
        assert grubbs_double_critical(p, 0.05) == pytest.approx(five, abs=2e-4)
        assert grubbs_double_critical(p, 0.01) == pytest.approx(one, abs=2e-4)
    for p, (five, one) in {3: (1.155, 1.155), 5: (1.715, 1.764), 6: (1.887, 1.973), 10: (2.290, 2.482)}.items():
        assert grubbs_critical(p, 0.05) == pytest.approx(five, abs=8e-4)
        assert grubbs_critical(p, 0.01) == pytest.approx(one, abs=8e-4)
    assert cochran_critical(10, 2, 0.05) == pytest.approx(0.602, abs=6e-4)


@pytest.mark.parametrize("p", [4, 5, 12, 40])
def test_simulated_means_exceed_the_double_grubbs_value_as_often_as_said(p: int) -> None:
    rng = np.random.default_rng(SEED)
    x = rng.standard_normal((100_000, p))
    high, low = grubbs_double(x, "high"), grubbs_double(x, "low")
    for limit, alpha in ((high.straggler, 0.05), (high.outlier, 0.01)):
        seen = np.mean((high.statistic < limit) | (low.statistic < limit))
        assert seen == pytest.approx(alpha, abs=5.0 * (alpha / 100_000) ** 0.5)


def test_simulated_laboratories_exceed_the_other_values_as_often_as_said() -> None:
    rng = np.random.default_rng(SEED)
    x = rng.standard_normal((100_000, 8, 3))
    cells = cells_of(x)
    plot = mandel(cells)
    for limit, alpha in ((plot.h_straggler[0], 0.05), (plot.h_outlier[0], 0.01)):
        assert np.mean(np.abs(plot.h) > limit) == pytest.approx(alpha, rel=0.05)
    for limit, alpha in ((plot.k_straggler[0], 0.05), (plot.k_outlier[0], 0.01)):
        assert np.mean(plot.k > limit) == pytest.approx(alpha, rel=0.05)
    found = cochran(cells.s, 3)
    assert np.mean(found.statistic > found.straggler) == pytest.approx(0.05, rel=0.06)
    high, low = grubbs(cells.mean, "high"), grubbs(cells.mean, "low")
    either = (high.state != "correct") | (low.state != "correct")
    assert np.mean(either) == pytest.approx(0.05, rel=0.06)


# ------------------------------------------------------------------ decisions


def glucose() -> tuple[Any, Names]:
    return np.stack([table(case) for case in PRECISION]), Names(tuple(f"Lab{i}" for i in range(1, 9)), tuple("ABCD"))


def test_tests_propose_and_keep_everyone() -> None:
    x, names = glucose()
    seen = outlier_tests(cells_of(x), names)
    assert [(d.lab, d.measurand, d.test, d.state) for d in seen] == [
        ("Lab4", "C", "cochran", "outlier"),
        ("Lab4", "C", "grubbs_high", "straggler"),
    ]
    assert all(d.kept and not d.person for d in seen)
    assert repeatability(x, decisions=seen, names=names).s_r[2] == repeatability(x).s_r[2]
    assert undecided(seen, ()) == list(seen)


def test_a_laboratory_is_left_out_by_a_person_with_a_reason() -> None:
    x, names = glucose()
    seen = outlier_tests(cells_of(x), names)
    choice = decided(seen[0], False, "demo person", "two vials were exchanged, see the log")
    found = repeatability(x, decisions=(choice,), names=names)
    without = repeatability(np.delete(x[2], 3, axis=0))
    assert found.s_R[2] == pytest.approx(float(without.s_R)) and found.p.tolist() == [8, 8, 7, 8]
    assert found.decisions == (choice,) and found.cells.n[2, 3] == 0 and np.isnan(found.cells.mean[2, 3])
    assert found.s_r[0] == repeatability(x[0]).s_r
    assert np.isnan(mandel(found.cells).h[2, 3])
    assert [d.test for d in undecided(seen, (choice,))] == ["grubbs_high"]
    again = outlier_tests(cells_of(x, decisions=(choice,), names=names), names)
    assert all((d.lab, d.measurand) != ("Lab4", "C") for d in again)
    e691 = repeatability_e691(x, decisions=(choice,), names=names)
    assert e691.s_R[2] == pytest.approx(float(without.s_R))


@pytest.mark.parametrize(("person", "reason"), [("", "it lies apart"), ("demo person", ""), ("  ", "\t")])
def test_nobody_is_dropped_silently(person: str, reason: str) -> None:
    x, names = glucose()
    silent = OutlierDecision("Lab4", "C", "cochran", 0.72, 0.62, "outlier", False, person, reason)
    for asked in (
        lambda: repeatability(x, decisions=(silent,), names=names),
        lambda: decided(silent, True, person, reason),
    ):
        with pytest.raises(Refused) as told:
            asked()
        assert told.value.findings[0].code == "comparison.decision.unsigned"


def test_two_alike_mask_each_other_from_the_single_test_only() -> None:
    means = np.array([10.1, 10.2, 9.9, 10.0, 9.8, 10.1, 14.0, 14.1])
    x = means[:, None] + np.array([-0.1, 0.1])
    seen = outlier_tests(cells_of(x))
    assert {d.test for d in seen if d.state == "outlier"} == {"grubbs_double_high"}
    assert [d.lab for d in seen if d.test == "grubbs_double_high"] == ["7", "8"]


def test_missing_cells_are_counted() -> None:
    x, names = glucose()
    there = np.ones(x.shape, bool)
    there[0, 5] = False
    found = repeatability(np.where(there, x, np.nan), there, names=names)
    assert found.p.tolist() == [7, 8, 8, 8] and found.N[0] == 21
    assert found.s_r[0] == pytest.approx(float(repeatability(np.delete(x[0], 5, axis=0)).s_r))


# ------------------------------------------------------------------ Youden


def test_youden_of_two_materials() -> None:
    x, _ = glucose()
    a, b = x[0].mean(axis=1), x[1].mean(axis=1)
    found = youden(a, b)
    assert found.pearson_r == pytest.approx(stats.pearsonr(a, b).statistic)
    assert found.spearman_r == pytest.approx(stats.spearmanr(a, b).statistic)
    off = (a - np.median(a)) - (b - np.median(b))
    assert found.suspect == np.argmax(np.abs(off))
    np.testing.assert_allclose(np.abs(found.distance), np.abs(off) / 2**0.5)
    tied = np.array([1.0, 2.0, 2.0, 5.0, 1.0])
    np.testing.assert_allclose(ranks(tied), stats.rankdata(tied))


@pytest.mark.parametrize("kind", ["robust", "classical"])
def test_the_ellipse_holds_ninety_five_in_a_hundred(kind: Any) -> None:
    covariance = np.array([[4.0, 1.5], [1.5, 1.0]])
    a, b = np.random.default_rng(SEED).multivariate_normal([10.0, 5.0], covariance, 20_000).T
    found = youden(a, b, ellipse=kind)
    assert np.mean(found.outside) == pytest.approx(0.05, abs=0.006)
    np.testing.assert_allclose(found.ellipse.covariance, covariance, rtol=0.06)
    sizes, directions = np.linalg.eigh(covariance)
    np.testing.assert_allclose(found.ellipse.half_axes, found.ellipse.k * np.sqrt(sizes[::-1]), rtol=0.03)
    assert found.ellipse.angle == pytest.approx(np.arctan2(*directions[::-1, 1]) % np.pi, abs=0.02)


def test_the_robust_ellipse_is_not_widened_by_those_outside() -> None:
    rng = np.random.default_rng(SEED)
    bias = rng.normal(0, 1, 30)
    a, b = bias + rng.normal(0, 0.3, 30), bias + rng.normal(0, 0.3, 30)
    a[:2], b[:2] = 15.0, -15.0
    robust, classical = youden(a, b), youden(a, b, ellipse="classical")
    assert robust.outside[:2].all() and robust.ellipse.half_axes[0] < 0.5 * classical.ellipse.half_axes[0]
    there = np.ones(32, bool)
    there[31] = False
    padded = youden(np.append(a, [0.0, np.nan]), np.append(b, [0.1, 1.0]), there)
    assert padded.n == 31 and np.isnan(padded.distance[31]) and not padded.outside[31]


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("precision.shape", lambda: repeatability([1.0, 2.0])),
        ("precision.few", lambda: repeatability([[1.0, 2.0]])),
        ("precision.few", lambda: repeatability([[1.0], [2.0]])),
        ("results.not_finite", lambda: repeatability([[1.0, float("nan")], [1.0, 2.0]])),
        ("reported.form", lambda: repeatability([[1.0, 2.0], [1.0, 2.0]], [True, False, True])),
        ("results.few", lambda: replicates([[], []])),
        ("precision.unequal", lambda: repeatability_e691(*replicates([[1.0, 2.0], [1.0, 2.0, 3.0]]))),
        ("precision.few", lambda: repeatability_e691([[1.0], [2.0]])),
        ("results.few", lambda: mandel(cells_of([[1.0, 2.0], [2.0, 3.0]]))),
        ("precision.no_scatter", lambda: mandel(cells_of([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]))),
        ("precision.no_scatter", lambda: cochran([0.0, 0.0], 2)),
        ("precision.no_scatter", lambda: grubbs([1.0, 1.0, 1.0], "high")),
        ("results.few", lambda: grubbs([1.0, 2.0], "high")),
        ("results.few", lambda: grubbs_double([1.0, 2.0, 3.0], "high")),
        ("uncertainty.negative", lambda: cochran([-1.0, 1.0], 2)),
        ("decision.names", lambda: repeatability([[1.0, 2.0], [1.0, 3.0]], names=Names(("a", "a")))),
        ("decision.foreign", lambda: repeatability([[1.0, 2.0], [1.0, 3.0]], decisions=(
            OutlierDecision("nobody", "", "", None, None, "correct"),))),
        ("results.few", lambda: youden([1.0, 2.0], [1.0, 2.0])),
        ("results.shape", lambda: youden([1.0, 2.0, 3.0], [1.0, 2.0])),
        ("precision.no_scatter", lambda: youden([1.0, 1.0, 1.0], [1.0, 2.0, 3.0])),
        ("youden.line", lambda: youden([1.0, 2.0, 4.0], [1.0, 2.0, 4.0], ellipse="classical")),
        ("youden.ellipse", lambda: youden([1.0, 2.0, 4.0], [1.0, 2.0, 3.0], ellipse="square")),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_bad_input_is_told(code: str, asked: Any) -> None:
    with pytest.raises(Refused) as told:
        asked()
    assert told.value.findings[0].code == f"comparison.{code}"
