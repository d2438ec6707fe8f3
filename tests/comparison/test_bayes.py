"""Hierarchical Bayes: published cases, brute quadrature, derivatives, limits in which models meet, and bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.comparison.consensus.bayes import hierarchical_bayes
from suyuan.comparison.consensus.bayes_dof import hierarchical_bayes_dof
from suyuan.comparison.equivalence import degrees_of_equivalence
from suyuan.comparison.results import Consensus
from suyuan.quantity.finding import Refused

from .published import agrees, key_comparisons

Array = np.ndarray[Any, Any]
X = np.array([15.0, 15.0, 30.0, 18.0, 24.0, -9.0, 33.0, 12.5, 8.8])
U = np.array([9.0, 14.0, 10.0, 13.0, 9.0, 7.0, 9.0, 8.6, 10.0])
DOF = np.array([500.0, 119.0, 94.0, 9.0, 50.0, 72.0, 205.0, 5.0, 55.0])
MODELS: dict[str, Callable[..., Consensus]] = {
    "gauss": hierarchical_bayes,
    "laplace": lambda x, u, *a, **k: hierarchical_bayes(x, u, *a, effects="laplace", **k),
    "dof": lambda x, u, *a, **k: hierarchical_bayes_dof(x, u, *a, dof=np.resize([3.0, np.inf, 8.0, 40.0], len(x)), **k),
}


def said(found: Consensus) -> dict[str, Any]:
    return {"value": found.value, "u": found.u, "lo": found.low, "hi": found.high, **found.further}


@pytest.mark.parametrize("case", key_comparisons("hierarchical_bayes"), ids=lambda c: c.id)
def test_published(case: Any) -> None:
    agrees(case, "hierarchical_bayes", said(hierarchical_bayes(case.x, case.u, case.inside)))


@pytest.mark.parametrize("case", key_comparisons("hierarchical_bayes_dof"), ids=lambda c: c.id)
def test_published_with_dof(case: Any) -> None:
    agrees(case, "hierarchical_bayes_dof", said(hierarchical_bayes_dof(case.x, case.u, case.inside, dof=case.dof)))


def brute(density: Callable[[Array, Array], Array], tau_scale: float, mu: Array, tau: Array) -> dict[str, float]:
    """Moments and quantiles of a posterior by plain sums over a fine grid of μ and τ, in double precision."""
    m, t = np.meshgrid(mu, tau)
    log_p = density(m, t) - np.log1p((t / tau_scale) ** 2)
    p = np.exp(log_p - log_p.max())
    p *= np.gradient(tau)[:, None]
    p[0] *= 0.5
    p /= p.sum()
    along, across = p.sum(axis=0), p.sum(axis=1)
    mean = float(along @ mu)
    below = np.cumsum(along) - 0.5 * along
    low, high = np.interp([0.025, 0.975], below, mu)
    tau_median = float(np.interp(0.5, np.cumsum(across) - 0.5 * across, tau))
    return {
        "value": mean,
        "u": float(np.sqrt(along @ (mu - mean) ** 2)),
        "lo": low,
        "hi": high,
        "tau_median": tau_median,
    }


def by_sums(model: str, x: Array, u: Array, dof: Array, tau_scale: float, sigma_scale: float) -> dict[str, float]:
    mu, tau = np.linspace(-70.0, 100.0, 801), np.sinh(np.linspace(0.0, 8.0, 240)) * 0.3

    def density(m: Array, t: Array) -> Array:
        total = np.zeros_like(m)
        for xi, ui, v in zip(x, u, dof, strict=True):
            if model == "laplace":  # a Gaussian whose variance is exponential with mean τ², by q = s²
                node, weight = np.polynomial.legendre.leggauss(40)
                part = np.zeros_like(m)
                for s, w in zip(3.0 * (node + 1.0), weight, strict=True):
                    variance = ui**2 + (t * s) ** 2
                    part += w * s * np.exp(-s * s - 0.5 * (xi - m) ** 2 / variance) / np.sqrt(variance)
                total += np.log(part)
            elif np.isinf(v):
                total += -0.5 * np.log(ui**2 + t**2) - 0.5 * (xi - m) ** 2 / (ui**2 + t**2)
            else:
                log_s = np.linspace(np.log(ui) - 4.0, np.log(ui) + 6.0, 100)
                part = np.zeros_like(m)
                for s in np.exp(log_s):
                    weight = s * s**-v * ui**v * np.exp(0.5 * v * (1 - ui**2 / s**2)) / (1 + (s / sigma_scale) ** 2)
                    part += weight * np.exp(-0.5 * (xi - m) ** 2 / (s * s + t * t)) / np.sqrt(s * s + t * t)
                total += np.log(part)
        return total

    return brute(density, tau_scale, mu, tau)


def test_gauss_and_dof_by_plain_sums() -> None:
    x, u, dof = X[:5], U[:5], np.array([4.0, np.inf, 10.0, np.inf, 30.0])
    plain = said(hierarchical_bayes(x, u, tau_scale=8.0))
    for term, want in by_sums("gauss", x, u, np.full(5, np.inf), 8.0, 9.0).items():
        assert float(plain[term]) == pytest.approx(want, abs=0.01), term
    known = said(hierarchical_bayes_dof(x, u, dof=dof, tau_scale=8.0, sigma_scale=7.0))
    for term, want in by_sums("dof", x, u, dof, 8.0, 7.0).items():
        assert float(known[term]) == pytest.approx(want, abs=0.01), term


def test_laplace_by_plain_sums() -> None:
    found = said(hierarchical_bayes(X[:6], U[:6], effects="laplace", tau_scale=8.0))
    for term, want in by_sums("laplace", X[:6], U[:6], np.full(6, np.inf), 8.0, 9.0).items():
        assert float(found[term]) == pytest.approx(want, abs=0.01), term


@pytest.mark.parametrize("model", MODELS)
def test_weights_are_the_derivatives(model: str) -> None:
    found = MODELS[model](X, U, tau_scale=9.0)
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-8)
    for i in range(X.size):
        step = 0.01 * np.eye(X.size)[i]
        ends = [float(MODELS[model](X + s, U, tau_scale=9.0).value) for s in (step, -step)]
        assert found.weights[i] == pytest.approx((ends[0] - ends[1]) / 0.02, abs=2e-6)


def test_laplace_weighs_the_far_one_less() -> None:
    far = int(np.argmin(X))
    laplace, gauss = (MODELS[m](X, U).weights[far] for m in ("laplace", "gauss"))
    assert laplace < 0.7 * gauss


def test_models_meet() -> None:
    """Infinite degrees of freedom are none; a diagonal covariance is none; large ones are nearly infinite."""
    plain = hierarchical_bayes(X, U)
    infinite, diagonal = hierarchical_bayes_dof(X, U, dof=np.inf), hierarchical_bayes(X, U, covariance=np.diag(U**2))
    nearly = hierarchical_bayes_dof(X, U, dof=np.full(9, 1e5), sigma_scale=1e6)
    for found, tolerance in ((infinite, 1e-8), (diagonal, 1e-10), (nearly, 1e-3)):
        for a, b in ((found.value, plain.value), (found.u, plain.u), (found.low, plain.low), (found.tau, plain.tau)):
            assert float(a) == pytest.approx(float(b), abs=tolerance * 5.0)
        np.testing.assert_allclose(found.weights, plain.weights, atol=tolerance)
        np.testing.assert_allclose(found.further["effects"], plain.further["effects"], atol=tolerance * 10.0)
        assert float(found.further["tau_sd"]) == pytest.approx(float(plain.further["tau_sd"]), rel=max(tolerance, 1e-4))


def test_shrunk_values_lie_between() -> None:
    found = hierarchical_bayes(X, U)
    effects = found.further["effects"]
    assert np.all((effects - X) * (float(found.value) - X) > 0.0) and np.ptp(effects) < np.ptp(X)


def test_correlated_by_plain_sums() -> None:
    x, u = X[:5], U[:5]
    covariance = np.diag(u**2) + 0.6 * np.outer(u, u) * (1 - np.eye(5))
    found = said(hierarchical_bayes(x, u, covariance=covariance, tau_scale=8.0))

    def density(m: Array, t: Array) -> Array:
        size, vectors = np.linalg.eigh(covariance)
        g, z = vectors.sum(axis=0), vectors.T @ x
        variance = size + t[..., None] ** 2
        return -0.5 * np.sum(np.log(variance) + (z - g * m[..., None]) ** 2 / variance, axis=-1)

    want = brute(density, 8.0, np.linspace(-110.0, 140.0, 1001), np.sinh(np.linspace(0.0, 9.0, 600)) * 0.3)
    for term, value in want.items():
        assert float(found[term]) == pytest.approx(value, abs=0.02), term


@pytest.mark.parametrize("model", MODELS)
@given(
    rows=st.lists(st.tuples(st.floats(-50, 50), st.floats(0.5, 20)), min_size=4, max_size=7),
    shift=st.floats(-1e4, 1e4),
    scale=st.sampled_from([1e-9, 1.0, 1e9]),
)
@settings(max_examples=4, deadline=None)
def test_shift_unit_and_order(model: str, rows: Any, shift: float, scale: float) -> None:
    x, u = (np.array(column) for column in zip(*rows, strict=True))
    first = MODELS[model](x, u, tau_scale=5.0)
    other = MODELS[model]((x + shift) * scale, u * scale, tau_scale=5.0 * scale)
    tolerance = 1e-5 * float(first.u) + 1e-11 * abs(shift)
    for a, b in (
        (other.value / scale - shift, first.value),
        (other.u / scale, first.u),
        (other.tau / scale, first.tau),
    ):
        assert float(a) == pytest.approx(float(b), abs=tolerance)
    assert other.weights.sum() == pytest.approx(1.0, abs=1e-6)
    if model != "dof":
        back = MODELS[model](x[::-1], u[::-1], tau_scale=5.0)
        np.testing.assert_allclose(back.weights[::-1], first.weights, atol=1e-6)


def test_uncertainties_of_very_different_size() -> None:
    """One u a hundred-thousandth of the others, in agreement and not: the same by both ways of integration."""
    u = np.array([1e-5, 1.0, 1.2, 0.8, 1.0])
    for x in ([0.0, 0.3, -0.4, 0.1, -0.2], [3.0, 0.3, -0.4, 0.1, -0.2]):
        plain, plane = hierarchical_bayes(x, u), hierarchical_bayes_dof(x, u, dof=np.inf)
        assert float(plane.value) == pytest.approx(float(plain.value), abs=1e-5)
        assert float(plane.u) == pytest.approx(float(plain.u), abs=1e-5)
        assert np.all(degrees_of_equivalence(x, u, plain).u >= 0.0)


def test_who_does_not_contribute() -> None:
    inside = np.arange(9) != 5
    found, alone = hierarchical_bayes(X, U, inside), hierarchical_bayes(X[inside], U[inside])
    assert float(found.value) == pytest.approx(float(alone.value), abs=1e-12) and found.weights[5] == 0.0
    assert degrees_of_equivalence(X, U, found).u[5] == pytest.approx(np.hypot(U[5], float(found.u)))


def test_few_results_are_told() -> None:
    found = hierarchical_bayes([1.0, 2.0, 4.0], [0.5, 0.5, 0.5])
    assert [f.code for f in found.findings] == ["comparison.bayes.few"] and np.isfinite(found.u)


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("results.few", lambda: hierarchical_bayes([1.0, 2.0], [0.5, 0.5])),
        ("bayes.scale", lambda: hierarchical_bayes([1.0, 1.0, 1.0, 2.0], np.full(4, 0.5))),
        ("bayes.scale", lambda: hierarchical_bayes_dof([1.0, 1.0, 1.0], np.full(3, 0.5), dof=5.0)),
        ("bayes.scale_given", lambda: hierarchical_bayes([1.0, 2.0, 3.0], np.full(3, 0.5), tau_scale=0.0)),
        ("bayes.scale_given", lambda: hierarchical_bayes_dof(X, U, dof=5.0, sigma_scale=float("nan"))),
        ("bayes.model", lambda: hierarchical_bayes(X, U, effects="cauchy")),  # type: ignore[arg-type]
        ("bayes.covariance", lambda: hierarchical_bayes(X, U, covariance=np.diag(U**2), effects="laplace")),
        ("bayes.covariance", lambda: hierarchical_bayes_dof(X, U, covariance=np.diag(U**2), dof=5.0)),
        ("covariance.singular", lambda: hierarchical_bayes(X, U, covariance=np.outer(U, U))),
        ("dof.not_positive", lambda: hierarchical_bayes_dof(X, U, dof=-1.0)),
        ("uncertainty.not_positive", lambda: hierarchical_bayes(X, 0.0 * U)),
    ],
)
def test_bad_input_is_told(code: str, asked: Any) -> None:
    with pytest.raises(Refused) as told:
        asked()
    assert told.value.findings[0].code == f"comparison.{code}"


def test_all_equal_with_a_scale_of_ones_own() -> None:
    found = hierarchical_bayes(np.full(5, 7.0), np.full(5, 0.5), tau_scale=0.5)
    assert float(found.value) == pytest.approx(7.0) and float(found.u) > 0.5 / np.sqrt(5.0)


def test_work_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from suyuan.comparison.consensus import bayes_plane

    monkeypatch.setattr(bayes_plane, "CELLS", 1000)
    with pytest.raises(Refused) as told:
        hierarchical_bayes_dof(X, U, dof=DOF)
    assert told.value.findings[0].code == "comparison.bayes.accuracy"
