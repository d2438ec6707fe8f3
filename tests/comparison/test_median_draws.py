"""Procedure B: published cases, an independent simulation, Stein's identity, both ways to the median's distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from suyuan.comparison.consensus import median_draws
from suyuan.comparison.consensus.median_draws import median_monte_carlo
from suyuan.comparison.consensus.median_exact import median_distribution
from suyuan.comparison.consensus.median_network import WIDEST, Medians, network
from suyuan.comparison.equivalence import degrees_of_equivalence
from suyuan.quantity.finding import Refused

from .published import agrees, key_comparisons

SEED = 20260101
DRAWS = 200_000


def some(n: int, seed: int = 0) -> Any:
    rng = np.random.default_rng(SEED + seed)
    return rng.normal(10.0, 1.0, n), rng.uniform(0.3, 2.0, n)


@pytest.mark.parametrize("case", key_comparisons("median_monte_carlo"), ids=lambda c: c.id)
def test_published(case: Any) -> None:
    found = median_monte_carlo(case.x, case.u, case.inside, draws=1000)
    agrees(case, "median_monte_carlo", {"value": found.value, "u": found.u, "lo": found.low, "hi": found.high})
    assert found.further["exact"]


@pytest.mark.parametrize("n", [1, 2, 5, 8, 21])
def test_drawn_and_evaluated_agree(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x, u = some(n)
    sure = median_monte_carlo(x, u, draws=DRAWS)
    monkeypatch.setattr(median_draws, "median_distribution", lambda x, u: None)
    drawn = median_monte_carlo(x, u, draws=DRAWS)
    assert sure.further["exact"] and not drawn.further["exact"]
    error = float(sure.u) / DRAWS**0.5
    assert float(drawn.value) == pytest.approx(float(sure.value), abs=5 * error)
    assert float(drawn.u) == pytest.approx(float(sure.u), abs=5 * error)
    for a, b in ((drawn.low, sure.low), (drawn.high, sure.high)):
        assert float(a) == pytest.approx(float(b), abs=15 * error)  # a quantile of 2.5 % has 2.7 times the error


@pytest.mark.parametrize("n", [4, 7])
def test_evaluated_as_by_another_quadrature(n: int) -> None:
    """The median of equal Gaussians: an order statistic with a known density, or two of them."""
    found = median_distribution(np.zeros(n), np.ones(n))
    assert found is not None
    from scipy.special import comb, ndtr

    t = np.linspace(-9.0, 9.0, 1201)
    F, f = ndtr(t), np.exp(-0.5 * t * t) / np.sqrt(2 * np.pi)
    h = t[1] - t[0]
    if n % 2:
        p = n * comb(n - 1, n // 2) * F ** (n // 2) * (1 - F) ** (n // 2) * f * h
        variance = float(p @ t**2)
    else:
        m = n // 2
        joint = n * (n - 1) * comb(n - 2, m - 1) * np.outer((F ** (m - 1)) * f, ((1 - F) ** (m - 1)) * f)
        lower = np.tril(np.ones_like(joint), 0).T - 0.5 * np.eye(t.size)
        variance = float(np.sum(joint * lower * (0.5 * (t[:, None] + t)) ** 2) * h * h)
    assert found.sd**2 == pytest.approx(variance, rel=1e-4 if n % 2 == 0 else 1e-9)
    assert found.mean == pytest.approx(0.0, abs=1e-9) and found.high == pytest.approx(-found.low, abs=1e-9)


@pytest.mark.parametrize("n", [5, 8])
@pytest.mark.parametrize("correlated", [False, True])
def test_against_a_plain_simulation(n: int, correlated: bool) -> None:
    """Draws of NumPy's own, medians by np.median, quantiles by np.quantile; one laboratory is left out."""
    x, u = some(n + 1)
    inside = np.arange(n + 1) != 2
    covariance = np.diag(u**2) + (0.5 * np.outer(u, u) * (1 - np.eye(n + 1)) if correlated else 0.0)
    found = median_monte_carlo(x, u, inside, covariance if correlated else None, draws=DRAWS)
    z = np.random.default_rng(SEED).multivariate_normal(x, covariance, DRAWS, method="cholesky")
    middle = np.median(z[:, inside], axis=1)
    d = z - middle[:, None]
    error = u / DRAWS**0.5
    low, high = np.quantile(d, [0.025, 0.975], axis=0)
    assert np.all(np.abs(found.further["d_low"] - low) < 18 * error)
    assert np.all(np.abs(found.further["d_high"] - high) < 18 * error)
    doe = degrees_of_equivalence(x, u, found)
    np.testing.assert_allclose(doe.u, d.std(axis=0), rtol=0.012)
    assert float(found.u) == pytest.approx(middle.std(), rel=0.012)
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-12) and found.weights[2] == 0.0
    if not correlated:
        assert found.covariance[2] == 0.0, "one left out is independent of the reference"


def test_covariance_is_weight_times_variance() -> None:
    """Stein's identity for Gaussians: cov(xᵢ, median) = Σ Vᵢⱼ E[∂median/∂xⱼ], and the derivative is the weight."""
    x, u = some(9)
    found = median_monte_carlo(x, u, draws=1_000_000)
    np.testing.assert_allclose(found.covariance, found.weights * u**2, atol=0.004 * float(u.max()) ** 2)


def test_weights_are_the_derivatives() -> None:
    x, u = some(7)
    found = median_monte_carlo(x, u, draws=1_000_000)
    for i in range(7):
        step = 1e-3 * np.eye(7)[i]
        ends = [median_distribution(x + s - 10.0, u) for s in (step, -step)]
        assert ends[0] is not None and ends[1] is not None
        assert found.weights[i] == pytest.approx((ends[0].mean - ends[1].mean) / 2e-3, abs=0.0025)


def test_seed_draws_and_those_left_out() -> None:
    x, u = some(6)
    first, again, other = (median_monte_carlo(x, u, draws=20_000, seed=s) for s in (1, 1, 2))
    assert np.array_equal(first.further["d_low"], again.further["d_low"])
    assert not np.array_equal(first.further["d_low"], other.further["d_low"])


def test_t_draws_have_heavier_tails() -> None:
    x, u = np.zeros(5), np.ones(5)
    plain = median_monte_carlo(x, u, draws=DRAWS)
    wide = median_monte_carlo(x, u, draws=DRAWS, dof=[2.0, 3.0, 3.0, np.inf, 4.0])
    rng = np.random.default_rng(SEED)
    z = np.column_stack([rng.standard_t(v, DRAWS) if np.isfinite(v) else rng.standard_normal(DRAWS)
                         for v in (2.0, 3.0, 3.0, np.inf, 4.0)])  # fmt: skip
    assert float(wide.u) == pytest.approx(np.median(z, axis=1).std(), rel=0.015) and wide.u > plain.u
    assert wide.findings[0].code == "comparison.median.tails"
    assert degrees_of_equivalence(x, u, wide).u.shape == (5,)
    same = median_monte_carlo(x, u, draws=DRAWS, dof=np.full(5, np.inf))
    assert np.array_equal(same.further["d_low"], plain.further["d_low"])


def test_one_result_is_its_own_median() -> None:
    found = median_monte_carlo([3.0, 4.0], [0.2, 0.5], [True, False], draws=DRAWS)
    assert float(found.value) == pytest.approx(3.0) and float(found.u) == pytest.approx(0.2)
    doe = degrees_of_equivalence([3.0, 4.0], [0.2, 0.5], found)
    assert doe.u[0] < 1e-6 and doe.u[1] == pytest.approx(np.hypot(0.2, 0.5), rel=1e-9)
    assert found.further["d_low"][0] == 0.0 == found.further["d_high"][0]


def test_equal_results_and_full_correlation() -> None:
    """Draws that are equal share the draw: weights still sum to one."""
    found = median_monte_carlo([1.0, 1.0, 1.0], np.ones(3), covariance=np.ones((3, 3)), draws=20_000)
    assert found.weights.sum() == pytest.approx(1.0) and float(found.u) == pytest.approx(1.0, rel=0.03)


@pytest.mark.parametrize("scale", [1e-15, 1e15])
def test_scale_and_shift(scale: float) -> None:
    x, u = some(9)
    plain, other = median_monte_carlo(x, u, draws=20_000), median_monte_carlo(x * scale, u * scale, draws=20_000)
    assert float(other.value) == pytest.approx(scale * float(plain.value), rel=1e-12)
    np.testing.assert_allclose(other.further["d_high"], scale * plain.further["d_high"], rtol=1e-4)


def test_a_tiny_uncertainty_keeps_its_digits() -> None:
    """One u a millionth of the others: double precision, and still the distribution of the middle one of three."""
    found = median_monte_carlo([0.0, 0.0, 0.0], [1.0, 1.0, 1e-6], draws=DRAWS)
    z = np.random.default_rng(SEED).standard_normal((DRAWS, 3)) * [1.0, 1.0, 1e-6]
    assert float(found.u) == pytest.approx(np.median(z, axis=1).std(), rel=0.02)


@pytest.mark.parametrize("n", [1, 2, 3, 6, 17, 32, 33, WIDEST, WIDEST + 1])
def test_network_finds_the_middle(n: int) -> None:
    rows = np.random.default_rng(SEED).integers(0, 50, (n, 200)).astype(float)
    kept, medians = rows.copy(), Medians(n)
    for _ in range(2):
        lower, upper = medians.of(list(rows))
        assert np.array_equal(0.5 * (lower + upper), np.median(rows, axis=0)) and np.array_equal(rows, kept)


def test_network_of_nine_is_short() -> None:
    assert len(network(9)) <= 24


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("median.draws", lambda: median_monte_carlo([1.0, 2.0], [1.0, 1.0], draws=10)),
        ("median.dof_correlated", lambda: median_monte_carlo([1.0, 2.0], [1.0, 1.0], None, np.eye(2), dof=[3.0, 4.0])),
        ("dof.not_positive", lambda: median_monte_carlo([1.0, 2.0], [1.0, 1.0], dof=[3.0, 0.0])),
        ("dof.not_positive", lambda: median_monte_carlo([1.0, 2.0], [1.0, 1.0], dof=[3.0, np.nan])),
        ("uncertainty.not_positive", lambda: median_monte_carlo([1.0, 2.0], [1.0, 0.0])),
        ("results.shape", lambda: median_monte_carlo([1.0, 2.0], [1.0, 1.0], dof=[3.0, 1.0, 2.0])),
    ],
)
def test_bad_input_is_told(code: str, asked: Any) -> None:
    with pytest.raises(Refused) as told:
        asked()
    assert told.value.findings[0].code == f"comparison.{code}"
