"""Drift of the travelling standard: the textbook line, a Kalman smoother, brute force, and Monte Carlo."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.comparison.consensus import generalised_least_squares
from suyuan.comparison.drift import MODELS, DriftModel, Pilot, against_drift, brought_to_date, drift
from suyuan.comparison.equivalence import pairwise
from suyuan.comparison.random_walk import random_walk
from suyuan.quantity.finding import Refused

DAYS, VALUES = [0.0, 30.0, 61.0, 92.0], [10.0002, 10.0011, 10.0019, 10.0031]
AT = [10.0, 20.0, 45.0, 75.0]


def codes(found: Any) -> list[str]:
    return [f.code for f in found.findings]


def test_line_by_definition() -> None:
    t, y, at, u = np.array(DAYS), np.array(VALUES), np.array(AT), 0.0005
    found = drift(Pilot(t, y, u), at)
    stt = np.sum((t - t.mean()) ** 2)
    slope = np.sum((t - t.mean()) * y) / stt
    line = y.mean() + slope * (t - t.mean())
    s2 = np.sum((y - line) ** 2) / 2
    assert found.coefficients == pytest.approx([y.mean() - slope * t.mean(), slope], rel=1e-12)
    assert found.residual_sd == pytest.approx(math.sqrt(s2), rel=1e-9) and found.dof == 2
    centred = at - t.mean()
    expected = u**2 + s2 * (0.25 + np.multiply.outer(centred, centred) / stt)
    assert found.covariance == pytest.approx(expected, rel=1e-9)
    assert found.u_coefficients[1] == pytest.approx(math.sqrt(s2 / stt), rel=1e-9)
    # two-sided t of the slope with 2 degrees of freedom: P(|T| > t) = 1 − t/√(2 + t²)
    ratio = slope / math.sqrt(s2 / stt)
    assert found.p == pytest.approx(1.0 - ratio / math.sqrt(2.0 + ratio**2), rel=1e-6)


@pytest.mark.parametrize("model", ["none", "linear", "polynomial"])
def test_weighted_by_the_normal_equations(model: DriftModel) -> None:
    t, y, at = np.array(DAYS), np.array(VALUES), np.array(AT)
    u = np.array([1.0, 2.0, 1.5, 0.7]) * 1e-4
    degree = {"none": 0, "linear": 1, "polynomial": 2}[model]
    found = drift(Pilot(t, y, 0.0, u), at, model, 2)
    design, basis = np.vander(t, degree + 1, increasing=True), np.vander(at, degree + 1, increasing=True)
    covariance = np.linalg.inv(design.T @ (design / u[:, None] ** 2))
    assert found.reference == pytest.approx(basis @ covariance @ design.T @ (y / u**2), rel=1e-10)
    assert found.covariance == pytest.approx(basis @ covariance @ basis.T, rel=1e-6)
    assert found.residual_sd is None and found.dof == math.inf


def test_covariance_by_monte_carlo() -> None:
    """Draw the pilot's common error, its repeats and the laboratories; the scatter of d is the covariance of d."""
    rng = np.random.default_rng(20240611)
    t, at, draws = np.array([0.0, 20.0, 50.0, 60.0, 90.0]), np.array([10.0, 40.0, 80.0]), 20_000
    repeat, u, own = 0.02, 0.05, np.array([0.03, 0.04, 0.06])
    common = rng.normal(0.0, u, draws)
    readings = 5.0 + 0.01 * t + common[:, None] + rng.normal(0.0, repeat, (draws, t.size))
    results = 5.0 + 0.01 * at + rng.normal(0.0, own, (draws, at.size))
    design, basis = np.vander(t, 2, increasing=True), np.vander(at, 2, increasing=True)
    drawn = results - readings @ (np.linalg.pinv(design).T @ basis.T)
    standard = drift(Pilot(t, readings[0], u, repeat), at)
    found, joint = against_drift(results[0], own, standard)
    assert joint == pytest.approx(np.cov(drawn.T), abs=4.0 * 0.07**2 * math.sqrt(2.0 / draws))
    assert found.d == pytest.approx(drawn[0], abs=1e-12)
    moved, V = brought_to_date(results[0], own, standard, pilot=True)
    day = np.append(basis @ np.linalg.pinv(design), (np.array([[1.0, t.mean()]]) @ np.linalg.pinv(design)), axis=0)
    lines = readings @ day.T
    both = np.column_stack([results - lines[:, :3] + lines[:, 3:], lines[:, 3]])
    assert moved == pytest.approx(both[0], abs=1e-12)
    assert pytest.approx(np.cov(both.T), abs=4.0 * 0.07**2 * math.sqrt(2.0 / draws)) == V


@pytest.mark.parametrize("model", MODELS)
def test_the_day_does_not_change_what_is_compared(model: DriftModel) -> None:
    """Pairs, and degrees of equivalence with a common reference value, are those of any day."""
    x, u = [10.0013, 10.0001, 10.0042, 10.002], [0.0008, 0.001, 0.0009, 0.0012]
    pilot = Pilot(DAYS, VALUES, 0.0005, 0.00015)
    results = []
    for date in (None, 0.0, 400.0):
        moved, V = brought_to_date(x, u, drift(pilot, AT, model, 2, date))
        mean, _ = generalised_least_squares(moved, V)
        pairs = pairwise(moved, np.sqrt(np.diag(V)), V)
        results.append((pairs.d, pairs.U, moved - mean.value, mean.weights))
    if model == "none":
        for other in results[1:]:
            assert all(np.allclose(a, b, atol=1e-9) for a, b in zip(results[0], other, strict=True))
    for other in results[1:]:
        assert np.allclose(results[0][0], other[0], atol=1e-9) and np.allclose(results[0][1], other[1], rtol=1e-6)


def test_what_the_pilot_is_off_cancels_between_laboratories() -> None:
    x, u = [10.0013, 10.0001], [0.0008, 0.001]
    off = [brought_to_date(x, u, drift(Pilot(DAYS, VALUES, pilot), AT[:2]))[1] for pilot in (0.0, 5.0)]
    assert off[0] == pytest.approx(off[1])
    found, joint = against_drift(x, u, drift(Pilot(DAYS, VALUES, 5.0), AT[:2]))
    assert found.u == pytest.approx([5.0, 5.0], rel=1e-6)
    assert math.sqrt(joint[0, 0] + joint[1, 1] - 2 * joint[0, 1]) == pytest.approx(
        float(pairwise(x, u, off[0]).u[0, 1]), rel=1e-4
    )


# ---------------------------------------------------------------- random walk


def kalman(t: Any, y: Any, u: Any, sigma: float, at: float) -> tuple[float, float]:
    """Level at one day by a Kalman filter from the left and one from the right, joined; diffuse at the start."""
    ends = []
    for sign in (1.0, -1.0):
        order = np.argsort(sign * t)
        level, variance, now = 0.0, 1e8, None
        for i in order:
            if sign * t[i] > sign * at:
                break
            variance += 0.0 if now is None else sigma**2 * abs(t[i] - now)
            gain = variance / (variance + u[i] ** 2)
            level, variance, now = level + gain * (y[i] - level), (1.0 - gain) * variance, t[i]
        ends.append((level, variance + (0.0 if now is None else sigma**2 * abs(at - now))))
    (a, v), (b, w) = ends
    return (a * w + b * v) / (v + w), v * w / (v + w)


@pytest.mark.parametrize("at", [-5.0, 3.0, 17.5, 33.0, 60.0])
def test_walk_is_the_kalman_smoother(at: float) -> None:
    rng = np.random.default_rng(5)
    t = np.array([0.0, 10.0, 20.0, 25.0, 40.0])
    y, u, sigma = rng.normal(0.0, 1.0, 5), np.array([0.3, 0.5, 0.2, 0.4, 0.3]), 0.15
    found = random_walk(t, y, np.array([at]), u, sigma)
    value, variance = kalman(t, y, u, sigma, at)
    assert found.reference[0] == pytest.approx(value, abs=1e-6)
    assert found.covariance[0, 0] == pytest.approx(variance, rel=1e-5)


def test_walk_is_estimated_by_the_restricted_likelihood() -> None:
    """Against a dense grid of the textbook form −½(log|V| + log|1ᵀV⁻¹1| + rᵀV⁻¹r)."""
    rng = np.random.default_rng(11)
    t = np.sort(rng.uniform(0.0, 100.0, 12))
    u = rng.uniform(0.1, 0.3, 12)
    y = 3.0 + np.cumsum(rng.normal(0.0, 0.1 * np.sqrt(np.diff(t, prepend=0.0)))) + rng.normal(0.0, u)

    def restricted(sigma: float) -> float:
        V = np.diag(u**2) + sigma**2 * np.minimum.outer(t, t)
        inverse = np.linalg.inv(V)
        total = inverse.sum()
        r = y - (inverse.sum(axis=0) @ y) / total
        return float(-0.5 * (np.linalg.slogdet(V)[1] + math.log(total) + r @ inverse @ r))

    grid = np.linspace(0.0, 0.6, 3001)
    best = grid[int(np.argmax([restricted(s) for s in grid]))]
    found = random_walk(t, y, t, u)
    assert found.sigma == pytest.approx(best, abs=3e-4) and found.sigma > 0.0
    ratio = 2.0 * (restricted(found.sigma) - restricted(0.0))
    assert found.p == pytest.approx(0.5 * math.erfc(math.sqrt(ratio / 2.0)), rel=1e-6)


def test_walk_with_unknown_repeatability_by_brute_force() -> None:
    rng = np.random.default_rng(3)
    t = np.arange(15.0)
    y = np.cumsum(rng.normal(0.0, 0.3, 15)) + rng.normal(0.0, 0.2, 15)
    found = random_walk(t, y, t)

    def restricted(s: float, sigma: float) -> float:
        V = s**2 * np.eye(15) + sigma**2 * np.minimum.outer(t + 1.0, t + 1.0)
        inverse = np.linalg.inv(V)
        r = y - (inverse.sum(axis=0) @ y) / inverse.sum()
        return float(-0.5 * (np.linalg.slogdet(V)[1] + math.log(inverse.sum()) + r @ inverse @ r))

    here = restricted(found.s, found.sigma)
    others = [restricted(s, q) for s in np.linspace(0.02, 0.8, 60) for q in np.linspace(0.0, 0.8, 60)]
    assert here >= max(others) - 1e-9 and here <= max(others) + 0.01


def test_no_walk_is_the_mean() -> None:
    values = [1.0, 2.0, 1.0, 2.0, 1.0, 2.0]
    found = drift(Pilot(range(6), values), [0.5, 9.0], "random_walk")
    assert found.walk == 0.0 and found.p == 1.0
    assert found.reference == pytest.approx([1.5, 1.5])
    assert found.u_reference == pytest.approx(np.std(values, ddof=1) / math.sqrt(6))
    assert codes(found) == ["comparison.drift.outside", "comparison.drift.still"]


@settings(deadline=None, max_examples=50)
@given(st.floats(-1e6, 1e6), st.sampled_from([1e-6, 1.0, 1e6]), st.sampled_from(MODELS), st.booleans())
def test_shift_and_scale(shift: float, scale: float, model: DriftModel, stated: bool) -> None:
    y = np.array([0.0, 0.7, 1.1, 2.4, 2.2])
    t, at = np.array([0.0, 2.0, 4.0, 5.0, 9.0]), np.array([1.0, 7.0])
    one = drift(Pilot(t, y, 0.3, 0.2 if stated else None), at, model, 2)
    other = drift(Pilot(t + 100.0, shift * scale + scale * y, 0.3 * scale, 0.2 * scale if stated else None),
                  at + 100.0, model, 2)  # fmt: skip
    close = 1e-9 + 1e-11 * abs(shift)
    assert (other.reference - shift * scale) / scale == pytest.approx(one.reference, abs=3e-5 + close)
    assert other.u_reference / scale == pytest.approx(one.u_reference, abs=3e-5 + close)


# ---------------------------------------------------------------- what is told


def test_what_a_pilot_must_know() -> None:
    assert codes(drift(Pilot([0.0, 50.0], [1.0, 2.0], 0.0, 0.1), [25.0])) == ["comparison.drift.unchecked"]
    assert codes(drift(Pilot(DAYS, VALUES), [10.0, 99.0])) == ["comparison.drift.outside"]
    assert codes(drift(Pilot(DAYS, VALUES), AT, "none")) == ["comparison.drift.significant"]
    assert codes(drift(Pilot(DAYS, [1.0, 1.2, 0.9, 1.1]), AT)) == ["comparison.drift.insignificant"]
    assert codes(drift(Pilot(DAYS, VALUES, 0.0, 1e-6), AT)) == ["comparison.drift.scatter"]
    assert codes(drift(Pilot(DAYS, [1.0] * 4), AT)) == ["comparison.drift.no_scatter", "comparison.drift.insignificant"]


@pytest.mark.parametrize(
    ("pilot", "model", "degree", "code"),
    [
        (Pilot([0.0, 1.0], [1.0, 2.0]), "linear", 1, "comparison.drift.few"),
        (Pilot([3.0, 3.0, 3.0], [1.0, 2.0, 1.5]), "linear", 1, "comparison.drift.few"),
        (Pilot([0.0], [1.0]), "none", 1, "comparison.drift.few"),
        (Pilot([0.0, 1.0], [1.0, 2.0], 0.0, 0.1), "random_walk", 1, None),
        (Pilot([0.0], [1.0], 0.0, 0.1), "random_walk", 1, "comparison.drift.few"),
        (Pilot(DAYS, VALUES), "spline", 1, "comparison.drift.model"),
        (Pilot(DAYS, VALUES), "polynomial", 9, "comparison.drift.degree"),
        (Pilot(DAYS, VALUES, -1.0), "linear", 1, "comparison.drift.u_pilot"),
        (Pilot(DAYS, VALUES, math.nan), "linear", 1, "comparison.drift.u_pilot"),
        (Pilot(DAYS, VALUES, 0.0, 0.1, -1.0), "random_walk", 1, "comparison.drift.walk"),
        (Pilot(DAYS, VALUES, 0.0, None, 1.0), "random_walk", 1, "comparison.drift.walk_alone"),
        (Pilot(DAYS, VALUES, 0.0, 0.0), "linear", 1, "comparison.uncertainty.not_positive"),
        (Pilot(DAYS, VALUES[:3]), "linear", 1, "comparison.results.shape"),
        (Pilot(DAYS, [1.0, math.nan, 2.0, 3.0]), "linear", 1, "comparison.results.not_finite"),
    ],
)  # fmt: skip
def test_bad_input(pilot: Pilot, model: Any, degree: int, code: str | None) -> None:
    if code is None:
        assert np.all(np.isfinite(drift(pilot, AT, model, degree).covariance))
        return
    with pytest.raises(Refused) as refused:
        drift(pilot, AT, model, degree)
    assert [f.code for f in refused.value.findings] == [code]
    with pytest.raises(Refused):
        against_drift([1.0], [0.1], drift(Pilot(DAYS, VALUES), AT))
