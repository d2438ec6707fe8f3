"""Coverage factors, effective degrees of freedom, expanded uncertainty."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from suyuan.quantity.coverage import coverage_factor, expanded, truncated, welch_satterthwaite
from suyuan.quantity.finding import Refused
from suyuan.quantity.montecarlo.region import coverage_factor_ellipsoid


@pytest.mark.parametrize(
    ("dof", "p", "k"),
    [  # GUM table G.2
        (1, 0.6827, 1.84),
        (1, 0.95, 12.71),
        (1, 0.99, 63.66),
        (2, 0.9545, 4.53),
        (5, 0.95, 2.57),
        (16, 0.99, 2.92),
        (50, 0.95, 2.01),
        (100, 0.9973, 3.077),
        (math.inf, 0.95, 1.960),
        (math.inf, 0.9973, 3.000),
    ],
)
def test_table_g2(dof: float, p: float, k: float) -> None:
    assert coverage_factor(p, dof) == pytest.approx(k, abs=0.005)


def test_agrees_with_an_independent_quantile_on_arrays() -> None:
    dof = np.array([0.5, 1.0, 2.5, 16.7, 1e6, math.inf])
    for p in (0.5, 0.95, 0.999999):
        k = coverage_factor(p, dof)
        assert np.allclose(k[:-1], stats.t.isf(0.5 * (1 - p), dof[:-1]), rtol=1e-9)  # type: ignore[index]
        assert k[-1] == pytest.approx(stats.norm.isf(0.5 * (1 - p)))  # type: ignore[index]


def test_no_factor_without_degrees_of_freedom() -> None:
    assert all(math.isnan(k) for k in coverage_factor(0.95, np.array([0.0, -1.0, math.nan])))  # type: ignore[union-attr]


@pytest.mark.parametrize("p", [0, 1, -0.1, 95, math.nan, "0.95", None])
def test_probability_out_of_range_is_refused(p: float) -> None:
    with pytest.raises(Refused) as caught:
        coverage_factor(p)
    assert caught.value.findings[0].code == "evaluation.coverage.probability"


def test_welch_satterthwaite() -> None:
    # One component with finite dof keeps it; an equal one without uncertainty of u makes it four times larger.
    assert welch_satterthwaite([2.0], [7]) == 7
    assert welch_satterthwaite([1.0, 1.0], [5, math.inf]) == pytest.approx(20)
    assert welch_satterthwaite([1.0, 1.0], [5, 5]) == pytest.approx(10)
    assert welch_satterthwaite([1.0, 2.0], [math.inf, math.inf]) == math.inf
    assert welch_satterthwaite([0.0, 2.0], [3, math.inf]) == math.inf
    assert welch_satterthwaite([0.0, 0.0], [3, 4]) == math.inf


def test_welch_satterthwaite_in_any_unit_and_on_arrays() -> None:
    u = np.array([[25.0, 1.0, 0.0], [9.7, 1.0, 0.0]])
    dof = np.array([18, 25.6])
    expected = [welch_satterthwaite(u[:, j], dof) for j in range(3)]
    for scale in (1.0, 1e-90, 1e90):  # fourth powers of these leave the double range
        assert np.allclose(welch_satterthwaite(u * scale, dof), expected)
    per_element = welch_satterthwaite(u, np.broadcast_to(dof[:, None], u.shape))
    assert np.allclose(per_element, expected)


def test_truncation() -> None:
    assert [truncated(x) for x in (16.7, 16.0, 15.9999999999999, math.inf, 0.4)] == [16, 16, 16, math.inf, 0.4]
    assert math.isnan(truncated(math.nan))  # type: ignore[arg-type]


def test_gum_h1_expanded() -> None:
    """GUM H.1.7: U₉₉ = t₉₉(16)·32 nm = 93 nm; not truncated it is 92.6."""
    e = expanded(50_000_838, 32, 16.7, 0.99, truncate=True)
    assert (e.dof, round(e.k, 2), round(e.U), round(e.low), round(e.high)) == (16, 2.92, 93, 50000745, 50000931)  # type: ignore[arg-type]
    assert expanded(50_000_838, 32, 16.7, 0.99).U < e.U


def test_expanded_array_and_unknown() -> None:
    e = expanded([1.0, 2.0, 3.0], [0.1, math.nan, 0.0], [math.inf, 5.0, 5.0], 0.95)
    assert e.U[0] == pytest.approx(0.196, abs=1e-4)  # type: ignore[index]
    assert math.isnan(e.U[1]) and math.isnan(e.low[1])  # type: ignore[index]
    assert e.U[2] == 0  # type: ignore[index]
    with pytest.raises(Refused) as caught:
        expanded(1.0, -0.1, math.inf, 0.95)
    assert caught.value.findings[0].code == "evaluation.uncertainty.negative"


@pytest.mark.parametrize("p", [1e-100, 1e-40, 0.0999999, 0.1000001, 0.4999999])
def test_small_probabilities_keep_their_digits(p: float) -> None:
    """Against the density in the middle: k → p/(2 f(0)) for small p, and the distribution function elsewhere."""
    for dof, law in ((math.inf, stats.norm), (3.0, stats.t(3.0)), (0.5, stats.t(0.5))):
        k = coverage_factor(p, dof)
        expected = 2.0 * k * law.pdf(0.0) if p < 1e-5 else 2.0 * law.cdf(k) - 1.0
        assert expected == pytest.approx(p, rel=1e-9)
    for m in (1, 2, 7):
        ellipse = coverage_factor_ellipsoid(p, m)
        small = ellipse**m / (2.0 ** (m / 2.0) * math.gamma(m / 2.0 + 1.0))
        assert (small if p < 1e-5 else stats.chi2.cdf(ellipse**2, m)) == pytest.approx(p, rel=1e-9)
