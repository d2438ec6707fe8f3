"""Random-effects means against the equations and likelihoods that define them, written out with whole matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.comparison.consensus import (
    arithmetic_mean,
    dersimonian_laird,
    hartung_knapp,
    linear_pool,
    mandel_paule,
    power_moderated_mean,
    reml,
    weighted_mean,
)
from suyuan.comparison.equivalence import degrees_of_equivalence
from suyuan.quantity.finding import Refused

RULES = (dersimonian_laird, mandel_paule, reml)
ALL = (*RULES, hartung_knapp, power_moderated_mean, linear_pool)
SEED = 20260107
results = st.lists(st.tuples(st.floats(-50, 50), st.floats(0.05, 20)), min_size=2, max_size=12).map(
    lambda rows: tuple(np.array(column) for column in zip(*rows, strict=True))
)


def a_covariance(seed: int, n: int) -> Any:
    """Results of n laboratories, of which the first few share two standards, with their covariance."""
    rng = np.random.default_rng(seed)
    u = 10.0 ** rng.uniform(-1.0, 0.7, n)
    shared = np.zeros((n, 2))
    shared[: n // 2, 0], shared[1 : n // 2 + 1, 1] = rng.uniform(-1.0, 1.0, n // 2), rng.uniform(0.2, 1.0, n // 2)
    matrix = np.diag(u**2) + shared @ shared.T
    return rng.multivariate_normal(np.zeros(n), matrix + np.eye(n)), matrix


def restricted(x: Any, v: Any, t: float) -> float:
    """The restricted log-likelihood with the whole matrix."""
    whole = v + t * np.eye(len(x))
    inverse = np.linalg.inv(whole)
    mean = inverse.sum(axis=0) @ x / inverse.sum()
    r = x - mean
    return float(-0.5 * (np.linalg.slogdet(whole)[1] + np.log(inverse.sum()) + r @ inverse @ r))


def chi2(x: Any, v: Any, t: float) -> float:
    inverse = np.linalg.inv(v + t * np.eye(len(x)))
    r = x - inverse.sum(axis=0) @ x / inverse.sum()
    return float(r @ inverse @ r)


def moment(x: Any, v: Any) -> float:
    """DerSimonian and Laird's τ² with the whole matrix."""
    inverse = np.linalg.inv(v)
    spare = np.trace(inverse) - np.sum(inverse.sum(axis=0) ** 2) / inverse.sum()
    return max(0.0, (chi2(x, v, 0.0) - len(x) + 1) / float(spare))


def check_rules(x: Any, v: Any, u: Any, covariance: Any) -> None:
    n = len(x)
    found = {act: act(x, u, None, covariance) for act in RULES}
    t = {act: float(f.further["tau2"]) for act, f in found.items()}
    assert t[dersimonian_laird] == pytest.approx(moment(x, v), rel=1e-6, abs=1e-9)
    if t[mandel_paule] > 0.0:
        assert chi2(x, v, t[mandel_paule]) == pytest.approx(n - 1, rel=1e-7)
    else:
        assert chi2(x, v, 0.0) <= (n - 1) * (1 + 1e-9)
    high = float(np.sum((x - x.mean()) ** 2)) + 1e-3
    grid = np.concatenate([[0.0], np.geomspace(1e-6 * np.min(np.diagonal(v)), high, 400)])
    best = max(restricted(x, v, s) for s in grid)
    assert restricted(x, v, t[reml]) >= best - 1e-9
    for act, f in found.items():
        inverse = np.linalg.inv(v + t[act] * np.eye(n))
        weights = inverse.sum(axis=0) / inverse.sum()
        np.testing.assert_allclose(f.weights, weights, atol=1e-8)
        assert f.value == pytest.approx(float(weights @ x), abs=1e-8 * (1.0 + np.abs(x).max()))
        assert f.u == pytest.approx(float(inverse.sum() ** -0.5), rel=1e-8)
        np.testing.assert_allclose(f.covariance, v @ weights, atol=1e-8 * np.diagonal(v).max())


@given(data=results)
@settings(max_examples=80, deadline=None)
def test_each_rule_solves_its_own_equation(data: Any) -> None:
    x, u = data
    check_rules(x, np.diag(u**2), u, None)


@pytest.mark.parametrize("seed", range(25))
def test_correlated_results_solve_the_same_equations_with_their_matrix(seed: int) -> None:
    x, matrix = a_covariance(seed, 4 + seed % 7)
    check_rules(x, matrix, None, matrix)


def test_a_diagonal_covariance_changes_nothing() -> None:
    rng = np.random.default_rng(SEED)
    x, u = rng.normal(0, 4, 9), rng.uniform(0.1, 5, 9)
    inside = np.arange(9) != 4
    for act in (*ALL, weighted_mean):
        plain, given_ = act(x, u, inside), act(x, None, inside, np.diag(u**2))
        assert given_.value == pytest.approx(float(plain.value), rel=1e-9)
        assert given_.u == pytest.approx(float(plain.u), rel=1e-9)
        np.testing.assert_allclose(given_.covariance, plain.covariance, atol=1e-9)


@pytest.mark.parametrize("act", [*RULES, weighted_mean, arithmetic_mean])
@pytest.mark.parametrize("seed", [3, 8, 11])
def test_degrees_of_equivalence_under_covariance_scatter_as_stated(act: Any, seed: int) -> None:
    """The result of a laboratory varies by what it states, the reference value by the effects of all as well."""
    x, matrix = a_covariance(seed, 6)
    inside = np.arange(6) != 2
    u = np.sqrt(np.diagonal(matrix))
    found = act(4.0 * x, u, inside, matrix)
    doe = degrees_of_equivalence(4.0 * x, u, found)
    rng = np.random.default_rng(SEED)
    errors = rng.multivariate_normal(np.zeros(6), matrix, 200_000)
    effects = rng.standard_normal((200_000, 6)) * found.tau
    seen = np.std(errors - ((errors + effects) @ found.weights)[:, None], axis=0)
    np.testing.assert_allclose(doe.u, seen, rtol=0.01)


def test_weighting_by_stated_uncertainties_does_not_hide_the_correlation() -> None:
    """Ten equal results that share nearly all of their uncertainty: the mean is hardly better than one of them."""
    matrix = np.full((10, 10), 0.99) + 0.01 * np.eye(10)
    x = np.linspace(-0.1, 0.1, 10)
    blind, told = weighted_mean(x, np.ones(10)), weighted_mean(x, np.ones(10), None, matrix)
    assert blind.u == pytest.approx(10**-0.5)
    assert told.u == pytest.approx((0.99 + 0.01 / 10) ** 0.5)
    assert told.value == pytest.approx(float(blind.value))
    common = np.full((3, 3), 0.25) + np.diag([1.0, 2.0, 3.0])
    alone = power_moderated_mean([1.0, 5.0, 9.0], np.sqrt(np.diagonal(common)))
    joint = power_moderated_mean([1.0, 5.0, 9.0], None, None, common)
    assert joint.u > alone.u, "what all share does not average out"


def test_a_power_moderated_mean_of_correlated_results_has_degrees_of_equivalence() -> None:
    """Its own u² may claim less than its weights give it; a difference of a negative variance is none (no refusal)."""
    u = np.array([1.0, 5.0, 25.0])
    x, matrix = np.array([0.0, 0.1, 0.2]), np.outer(u, u) * (0.9 + 0.1 * np.eye(3))
    found = power_moderated_mean(x, None, None, matrix)
    assert found.u**2 < found.weights @ matrix @ found.weights, "or the case shows nothing"
    doe = degrees_of_equivalence(x, u, found)
    assert np.all(doe.u > 0.0)
    np.testing.assert_array_less(np.abs(found.covariance), u * found.u)
    alone, diagonal = power_moderated_mean(x, u), power_moderated_mean(x, None, None, np.diag(u**2))
    np.testing.assert_allclose(diagonal.u, alone.u, rtol=1e-12)
    np.testing.assert_allclose(diagonal.covariance, alone.covariance, rtol=1e-12)


@pytest.mark.parametrize(("precise", "imprecise", "taus"), [(0.05, 0.5, (2.0232, 0.0)), (0.02, 1.0, (0.0, 1.6443))])
def test_two_maxima_are_told_and_the_higher_is_taken(precise: float, imprecise: float, taus: Any) -> None:
    """Three precise laboratories that agree beside two apart: no scatter, or much, explains them."""
    x, u = np.array([0.0, 0.01, -0.01, 3.0, -3.0]), np.array([precise] * 3 + [imprecise] * 2)
    found = reml(x, u)
    told = [f for f in found.findings if f.code == "comparison.random_effects.two_maxima"]
    assert len(told) == 1 and told[0].severity == "warning" and int(found.further["maxima"]) == 2
    named = [float(t) for t in dict(told[0].parameters)["taus"].split(", ")]
    assert named == pytest.approx(taus, rel=1e-3)
    assert found.tau == pytest.approx(taus[0], rel=1e-4)
    heights = [restricted(x, np.diag(u**2), tau**2) for tau in named]
    assert heights[0] > heights[1]
    for near in (0.98, 1.02):
        assert restricted(x, np.diag(u**2), max(taus) ** 2) > restricted(x, np.diag(u**2), (near * max(taus)) ** 2)
    many = reml(np.tile(x, (5, 1)), np.tile(u, (5, 1)))
    np.testing.assert_allclose(many.tau, found.tau, rtol=1e-12)
    assert dict(next(f for f in many.findings if f.code == told[0].code).parameters)["count"] == "5"


@pytest.mark.parametrize("act", ALL)
def test_equal_values_and_the_ends_of_all_magnitudes(act: Any) -> None:
    equal = act([7.5, 7.5, 7.5], [0.1, 0.2, 0.3])
    assert equal.value == 7.5 and equal.tau == 0.0 and np.isfinite(equal.u)
    rng = np.random.default_rng(SEED)
    x, u = rng.normal(0, 3, 8), rng.uniform(0.2, 2, 8)
    first = act(x, u)
    for scale in (1e-30, 1e30, 1e-12, 1e15):
        other = act(x * scale, u * scale)
        assert other.value / scale == pytest.approx(float(first.value), rel=1e-9)
        assert other.u / scale == pytest.approx(float(first.u), rel=1e-9)
        assert other.tau / scale == pytest.approx(float(first.tau), rel=1e-8, abs=1e-12)
    apart = act([1e-30, 2.0, 1e30, -3.0], [1e-30, 1.0, 1e30, 1e-30])
    for number in (apart.value, apart.u, apart.tau, apart.weights, apart.covariance):
        assert np.all(np.isfinite(number))


@pytest.mark.parametrize("act", ALL)
def test_many_at_once_are_the_same_one_by_one(act: Any) -> None:
    rng = np.random.default_rng(SEED)
    x, u = rng.normal(0, 3, (3, 40, 7)), 10.0 ** rng.uniform(-2, 1, (3, 40, 7))
    inside = np.arange(7) != 0
    many = act(x, u, inside)
    for place in np.ndindex(3, 40):
        alone = act(x[place], u[place], inside)
        for name in ("value", "u", "tau", "low", "high"):
            if getattr(alone, name) is not None:
                got = getattr(many, name)[place]
                assert got == pytest.approx(float(getattr(alone, name)), rel=1e-9, abs=1e-12)
    row, matrix = a_covariance(1, 7)
    both = act(np.array([row, 2.0 * row]), None, inside, matrix)
    np.testing.assert_allclose(both.value[1], act(2.0 * row, None, inside, matrix).value, rtol=1e-9)


def test_hartung_knapp_is_its_definition() -> None:
    x, u = np.array([10.1, 10.4, 9.7, 10.9, 10.0]), np.array([0.1, 0.2, 0.15, 0.3, 0.1])
    for between, act in (("dersimonian_laird", dersimonian_laird), ("mandel_paule", mandel_paule), ("reml", reml)):
        base = act(x, u)
        w = 1.0 / (u**2 + base.tau**2)
        q = float(np.sum(w * (x - base.value) ** 2) / 4)
        for modified in (False, True):
            found = hartung_knapp(x, u, modified=modified, between=between)  # type: ignore[arg-type]
            factor = max(1.0, q) if modified else q
            assert found.u == pytest.approx((factor / w.sum()) ** 0.5, rel=1e-12)
            assert found.high - found.low == pytest.approx(2 * 2.7764451051977987 * float(found.u), rel=1e-12)
    with pytest.raises(Refused):
        hartung_knapp(x, u, between="sidik")  # type: ignore[arg-type]


def test_an_interval_narrower_than_stated_is_told_and_keeps_differences_real() -> None:
    """One laboratory far better than the others, and all agree: q is near zero and u below what it states itself."""
    x, u = np.array([5.0, 5.001, 4.999]), np.array([0.01, 5.0, 5.0])
    found = hartung_knapp(x, u)
    assert "comparison.hartung_knapp.narrow" in {f.code for f in found.findings}
    assert np.all(np.isfinite(degrees_of_equivalence(x, u, found).u))
    assert "comparison.hartung_knapp.narrow" not in {f.code for f in hartung_knapp(x, u, modified=True).findings}


def test_the_pool_has_the_quantiles_of_the_mixture() -> None:
    rng = np.random.default_rng(SEED)
    x, u = np.array([15, 15, 30, 18, 24, -9, 33, 12.5, 8.8]), np.array([9, 14, 10, 13, 9, 7, 9, 8.6, 10.0])
    which = rng.integers(0, 9, 400_000)
    draws = x[which] + u[which] * rng.standard_normal(which.size)
    found = linear_pool(x, u)
    assert found.u == pytest.approx(draws.std(), rel=0.006)
    assert (draws < found.low).mean() == pytest.approx(0.025, abs=0.0013)
    assert (draws > found.high).mean() == pytest.approx(0.025, abs=0.0013)


def test_what_a_reader_must_know_is_told() -> None:
    def codes(found: Any) -> set[str]:
        return {f.code.removeprefix("comparison.") for f in found.findings}

    apart, u = [1.0, 5.0, 9.0, 2.0], [0.1, 0.1, 0.2, 0.3]
    assert codes(mandel_paule(apart, u)) == {"random_effects.few", "random_effects.u_without_tau"}
    assert codes(hartung_knapp(apart, u)) == {"random_effects.few"}
    assert codes(reml([1.0, 1.01] * 4, [0.1, 0.2] * 4)) == {"random_effects.bound"}
    assert codes(weighted_mean(apart, u)) == {"consistency.failed"}
    assert codes(weighted_mean([1.0, 1.01], [0.1, 0.2])) == set()
    assert codes(weighted_mean([1.0, 1.3], [0.1, 0.2])) == {"consistency.birge"}
    many = mandel_paule([[1.0, 1.0], [1.0, 9.0]], [0.1, 0.1])
    bound = next(f for f in many.findings if f.code == "comparison.random_effects.bound")
    assert dict(bound.parameters) == {"count": "1", "total": "2"}
