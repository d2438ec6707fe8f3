"""What must hold of every comparison: invariance, balance, both ways to one answer, Monte Carlo, and bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.comparison import consensus
from suyuan.comparison.consensus import (
    arithmetic_mean,
    consistency,
    dersimonian_laird,
    generalised_least_squares,
    hartung_knapp,
    linear_pool,
    mandel_paule,
    power_moderated_mean,
    reml,
    weighted_mean,
)
from suyuan.comparison.equivalence import (
    degrees_of_equivalence,
    equivalence_of_quantities,
    pairwise,
    reference_from_outside,
)
from suyuan.comparison.proficiency import scores
from suyuan.comparison.proficiency.robust import algorithm_a
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import quantity

ESTIMATORS = (
    arithmetic_mean,
    weighted_mean,
    dersimonian_laird,
    mandel_paule,
    reml,
    hartung_knapp,
    power_moderated_mean,
    linear_pool,
)
SEED = 20260101
results = st.lists(st.tuples(st.floats(-50, 50), st.floats(0.05, 20)), min_size=3, max_size=12).map(
    lambda rows: tuple(np.array(column) for column in zip(*rows, strict=True))
)


@pytest.mark.parametrize("estimate", ESTIMATORS)
@given(data=results, shift=st.floats(-1e6, 1e6), scale=st.sampled_from([1e-9, 1.0, 1e9]))
@settings(max_examples=60, deadline=None)
def test_shift_and_unit_change_nothing(estimate: Any, data: Any, shift: float, scale: float) -> None:
    x, u = data
    first, other = estimate(x, u), estimate((x + shift) * scale, u * scale)
    size = np.abs(x).max() + np.abs(u).max() + abs(shift)
    assert other.value / scale - shift == pytest.approx(float(first.value), abs=1e-8 * size)
    assert other.u / scale == pytest.approx(float(first.u), rel=1e-5, abs=1e-14 * size)  # a scatter is rounded
    assert np.sum(first.weights) == pytest.approx(1.0, abs=1e-12)
    assert np.sum(first.weights * (x - first.value)) == pytest.approx(0.0, abs=1e-10 * size)


@given(data=results)
@settings(max_examples=200, deadline=None)
def test_mandel_paule_solves_its_equation(data: Any) -> None:
    x, u = data
    found = mandel_paule(x, u)
    left = np.sum((x - found.value) ** 2 / (u**2 + found.tau**2))
    if found.tau > 0.0:
        assert left == pytest.approx(len(x) - 1, rel=1e-9)
    else:
        assert left <= len(x) - 1 + 1e-9 and consistency(x, u).chi2 <= len(x) - 1 + 1e-9


def test_a_root_that_newton_from_the_scatter_misses() -> None:
    """One tiny uncertainty beside wide scatter: an iteration from the sample variance falls below zero and says 0."""
    x, u = np.array([0.0, 3.0, -4.0, 6.0, 1.0]), np.array([1e-9, 0.1, 0.1, 0.2, 0.1])
    found = mandel_paule(x, u)
    assert found.tau > 3.0
    assert np.sum((x - found.value) ** 2 / (u**2 + found.tau**2)) == pytest.approx(4.0, rel=1e-12)


def test_many_measurands_at_once_are_the_same_one_by_one() -> None:
    rng = np.random.default_rng(SEED)
    x, u = rng.normal(0, 5, (4, 6, 9)), rng.uniform(0.5, 6, (4, 6, 9))
    inside = np.arange(9) != 3
    for estimate in ESTIMATORS:
        many = degrees_of_equivalence(x, u, estimate(x, u, inside))
        for place in np.ndindex(4, 6):
            alone = degrees_of_equivalence(x[place], u[place], estimate(x[place], u[place], inside))
            np.testing.assert_allclose(many.d[place], alone.d, rtol=1e-11, atol=1e-12)
            np.testing.assert_allclose(many.u[place], alone.u, rtol=1e-11)
    robust = algorithm_a(x)
    np.testing.assert_allclose(robust.s[2, 3], algorithm_a(x[2, 3]).s, rtol=1e-11)
    np.testing.assert_allclose(pairwise(x, u).U[1, 1], pairwise(x[1, 1], u[1, 1]).U)


@given(data=results)
@settings(max_examples=100, deadline=None)
def test_what_a_contributor_shares_with_the_reference(data: Any) -> None:
    x, u = data
    inside = np.arange(len(x)) != 0
    found = weighted_mean(x, u, inside)
    doe = degrees_of_equivalence(x, u, found)
    assert doe.u[0] == pytest.approx(np.hypot(u[0], found.u), rel=1e-12)
    np.testing.assert_allclose(doe.u[1:] ** 2, u[1:] ** 2 - found.u**2, atol=1e-10 * u.max() ** 2)
    diagonal, test = generalised_least_squares(x, np.diag(u**2), inside)
    assert diagonal.value == pytest.approx(float(found.value), abs=1e-9)
    assert test.chi2 == pytest.approx(float(consistency(x, u, inside).chi2), rel=1e-8, abs=1e-9)


def shared_standard() -> tuple[list[Any], np.ndarray[Any, Any]]:
    """Five results; the first three trace to one standard, one of them does not contribute."""
    standard = quantity(0.0, 0.8, "mg")
    own = [quantity(v, u, "mg") for v, u in ((10.1, 0.5), (10.9, 0.7), (9.4, 0.6), (12.0, 0.9), (10.2, 0.4))]
    return [q + standard if i < 3 else q for i, q in enumerate(own)], np.array([True, True, False, True, True])


@pytest.mark.parametrize("method", ["weighted", "arithmetic"])
def test_quantities_and_numbers_say_the_same(method: Any) -> None:
    row, inside = shared_standard()
    reference, d, found = equivalence_of_quantities(row, method, inside)
    plain = degrees_of_equivalence([float(q.value) for q in row], [float(q.u) for q in row], found)
    np.testing.assert_allclose(d.value, plain.d, atol=1e-12)
    np.testing.assert_allclose(d.u, plain.u, rtol=1e-10)
    assert float(reference.u) == pytest.approx(float(found.u), rel=1e-12)
    assert found.covariance[2] == pytest.approx(float(covariance(row[2], reference)), rel=1e-12)
    assert plain.u[2] < np.hypot(float(row[2].u), float(reference.u)), "it shares the standard without contributing"


@pytest.mark.parametrize("method", ["weighted", "arithmetic"])
def test_simulated_comparisons_scatter_as_stated(method: Any) -> None:
    row, inside = shared_standard()
    _, d, found = equivalence_of_quantities(row, method, inside)
    rng = np.random.default_rng(SEED)
    own, shared = np.array([0.5, 0.7, 0.6, 0.9, 0.4]), np.array([0.8, 0.8, 0.8, 0.0, 0.0])
    draws = rng.standard_normal((200_000, 5)) * own + rng.standard_normal((200_000, 1)) * shared
    seen = np.std(draws - (draws @ found.weights)[:, None], axis=0)
    np.testing.assert_allclose(seen, d.u, rtol=0.008)  # five standard errors of a standard deviation


def test_temperatures_have_a_reference_too() -> None:
    _, d, found = equivalence_of_quantities([quantity(20.0, 0.1, "degC"), quantity(293.35, 0.1, "K")])
    assert found.value == pytest.approx(20.1) and d.value.tolist() == pytest.approx([-0.1, 0.1])


def test_pairs_need_no_reference() -> None:
    row, _ = shared_standard()
    x, u = [float(q.value) for q in row], [float(q.u) for q in row]
    matrix = np.array([[float(covariance(a, b)) for b in row] for a in row])
    pairs = pairwise(x, u, matrix)
    np.testing.assert_allclose(pairs.d, -pairs.d.T)
    assert pairs.u[0, 1] == pytest.approx(float((row[0] - row[1]).u), rel=1e-12)
    assert np.all(np.diagonal(pairs.En) == 0.0)


def test_zeta_of_a_contributor_is_its_degree_of_equivalence() -> None:
    x, u = np.array([1.0, 2.0, 4.0]), np.array([0.5, 0.4, 1.0])
    found = weighted_mean(x, u)
    zeta = scores.zeta(x, u, found.value, found.u, found.covariance)
    np.testing.assert_allclose(zeta, 2.0 * degrees_of_equivalence(x, u, found).En)


def test_algorithm_a_stands_still_and_is_unbiased() -> None:
    rng = np.random.default_rng(SEED)
    x = rng.normal(50.0, 3.0, (300, 200))
    found = algorithm_a(x)
    low, high = found.value - 1.5 * found.s, found.value + 1.5 * found.s
    kept = np.clip(x, low[:, None], high[:, None])
    np.testing.assert_allclose(kept.mean(axis=1), found.value, rtol=1e-12)
    z = np.linspace(-10.0, 10.0, 400_001)
    density = np.exp(-0.5 * z**2)
    factor = np.sum(density * np.clip(z, -1.5, 1.5) ** 2) / np.sum(density)
    np.testing.assert_allclose(kept.std(axis=1, ddof=1) / factor**0.5, found.s, rtol=1e-8)
    assert found.s.mean() == pytest.approx(3.0, rel=0.01)


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("results.few", lambda: mandel_paule([1.0], [0.1])),
        ("results.few", lambda: consensus.median([])),
        ("results.few", lambda: generalised_least_squares([1.0], [[1.0]])),
        ("results.not_finite", lambda: weighted_mean([1.0, float("nan")], [0.1, 0.1])),
        ("results.shape", lambda: weighted_mean([1.0, 2.0], [0.1, 0.1, 0.1])),
        ("uncertainty.not_positive", lambda: weighted_mean([1.0, 2.0], [0.1, 0.0])),
        ("contributing.shape", lambda: weighted_mean([1.0, 2.0], [0.1, 0.1], [True])),
        ("covariance.shape", lambda: generalised_least_squares([1.0, 2.0], [[1.0]])),
        ("covariance.indefinite", lambda: generalised_least_squares([1.0, 2.0], [[1.0, 2.0], [2.0, 1.0]])),
        ("covariance.singular", lambda: generalised_least_squares([1.0, 2.0], [[1.0, 1.0], [1.0, 1.0]])),
        ("robust.ties", lambda: algorithm_a([1.0, 1.0, 1.0, 2.0])),
        ("method.unknown", lambda: equivalence_of_quantities(quantity([1.0, 2.0], 0.1), "mode")),  # type: ignore[arg-type]
        ("coverage", lambda: pairwise([1.0, 2.0], [0.1, 0.1], k=0.0)),
        ("reference.foreign", lambda: degrees_of_equivalence([1.0, 2.0], 0.1, weighted_mean([1.0, 2.0], [3.0, 4.0]))),
        ("reference.negative", lambda: reference_from_outside(1.0, -0.1, 3)),
        ("score.spread", lambda: scores.z([1.0], 1.0, 0.0)),
        ("score.zero", lambda: scores.percent_difference([1.0], 0.0)),
    ],
)
def test_bad_input_is_told(code: str, asked: Any) -> None:
    with pytest.raises(Refused) as told:
        asked()
    assert told.value.findings[0].code == f"comparison.{code}"
