"""Draws: each distribution against its law, keys, joint groups."""

from __future__ import annotations

import math

import numpy as np
import pytest

from suyuan.quantity import type_b
from suyuan.quantity.distribution import LAWS, law
from suyuan.quantity.influence import Influence
from suyuan.quantity.montecarlo.draw import SAMPLERS, sampler
from suyuan.quantity.montecarlo.simulation import monte_carlo
from suyuan.quantity.montecarlo.stream import CHUNK, Stream
from suyuan.quantity.quantity import Quantity, joint, quantity

from .numbered import numbered_identities  # noqa: F401

CHUNKS = 8
EVALUATED = {
    "normal": type_b.normal(3.0, 0.2),
    "student_t": type_b.student_t(3.0, 0.2, 5.0),
    "student_t by std": type_b.student_t_std(3.0, 0.2, 4.0),
    "student_t of 2.5 degrees": type_b.student_t(3.0, 0.2, 2.5),
    "rectangular": type_b.rectangular(3.0, 0.2),
    "triangular": type_b.triangular(3.0, 0.2),
    "trapezoid": type_b.trapezoid(3.0, 0.2, 0.4),
    "trapezoid, nearly a rectangle": type_b.trapezoid(3.0, 0.2, 0.99),
    "arcsine": type_b.arcsine(3.0, 0.2),
    "curvilinear_trapezoid": type_b.curvilinear_trapezoid(3.0, 0.2, 0.08),
    "curvilinear_trapezoid, widest": type_b.curvilinear_trapezoid(3.0, 0.2, 0.2),
    "gamma": type_b.gamma(2.5, 0.3),
    "gamma of small shape": type_b.gamma(0.4, 0.3),
    "exponential": type_b.exponential(0.7),
    "sample": type_b.sample([1.0, 2.0, 4.0, 4.0, 9.0]),
    "histogram": type_b.histogram([0.0, 1.0, 1.5, 4.0], [3.0, 0.0, 7.0]),
}


def of(evaluated: type_b.Evaluated, **more: object) -> Quantity:
    x = evaluated
    return quantity(x.value, x.u, dof=x.dof, distribution=x.distribution, parameters=x.parameters, **more)  # type: ignore[arg-type]


def draws_of(influence: Influence, element: int = 0) -> np.ndarray:
    how, stream = sampler(influence, element), Stream(7)
    z, work = np.empty((CHUNKS, CHUNK)), np.empty(CHUNK)
    for chunk in range(CHUNKS):
        how.fill(stream.at(influence.id, element, chunk), z[chunk], work)
    return np.sort(z.ravel() * how.scale + how.shift)


def kolmogorov(z: np.ndarray, cdf: np.ndarray) -> float:
    steps = np.arange(1, z.size + 1) / z.size
    return float(max(np.max(np.abs(cdf - steps)), np.max(np.abs(cdf - steps + 1.0 / z.size))))


@pytest.mark.parametrize("name", EVALUATED)
def test_draws_follow_their_law(name: str) -> None:
    x = EVALUATED[name]
    expected = law(x.distribution, x.u, x.dof, x.parameters)
    influence = Influence("a" * 32, 1, np.array([x.u]), x.dof, x.distribution, parameters=x.parameters)
    z = draws_of(influence)
    assert sampler(influence).std == pytest.approx(expected.std, rel=1e-12)
    if expected.atoms:
        values, counts = np.unique(np.round(z, 9), return_counts=True)
        wanted, share = np.unique(np.round(expected.atoms, 9), return_counts=True)
        assert values == pytest.approx(wanted)
        np.testing.assert_allclose(counts / z.size, share / share.sum(), atol=5.0 * math.sqrt(0.25 / z.size))
    else:
        assert kolmogorov(z, expected.cdf(z)) < 1.63 / math.sqrt(z.size)  # 1 % of honest samples are further off
    assert z[0] >= expected.low - 1e-12 and z[-1] <= expected.high + 1e-12
    q = (np.arange(20_000) + 0.5) / 20_000
    fourth = np.mean(expected.ppf(q) ** 4)
    assert abs(z.mean()) < 4.0 * expected.std / math.sqrt(z.size)
    if x.distribution != "student_t" or x.dof > 8.0:
        assert abs(z.var() - 1.0) < 4.5 * math.sqrt(max(fourth - 1.0, 1e-4) / z.size)


def test_every_law_has_draws_and_a_test() -> None:
    assert SAMPLERS.keys() == LAWS.keys()
    assert {x.distribution for x in EVALUATED.values()} | {"unknown"} == set(LAWS)


def test_tails_of_the_normal() -> None:
    z = draws_of(Influence("b" * 32))
    for limit in (2.0, 3.0, 4.0):
        wanted = math.erfc(limit / math.sqrt(2.0))
        assert abs(np.mean(np.abs(z) > limit) - wanted) < 4.0 * math.sqrt(wanted / z.size)


def test_variates_are_the_exact_functions_of_their_uniform_numbers() -> None:
    """The tangent of the half angle against NumPy's cosine and sine, from the same stream."""
    stream, work, out, half = Stream(1), np.empty(CHUNK), np.empty(CHUNK), CHUNK // 2
    uniform = stream.at("u", 0, 0).random(2 * CHUNK)
    how = sampler(Influence("u"))
    how.fill(stream.at("u", 0, 0), out, work)
    radius, angle = np.sqrt(-2.0 * np.log1p(-uniform[:half])), 2.0 * np.pi * uniform[half:CHUNK] - np.pi
    np.testing.assert_allclose(out, np.concatenate([radius * np.cos(angle), radius * np.sin(angle)]), atol=1e-14)
    sine = np.sin(np.pi * uniform[:CHUNK] - 0.5 * np.pi)
    how = sampler(Influence("u", distribution="arcsine"))
    how.fill(stream.at("u", 0, 0), out, work)
    np.testing.assert_allclose(how.scale * out, math.sqrt(2.0) * sine, atol=1e-14)
    for dof in (0.7, 3.0, 18.0, 1e6):
        how = sampler(Influence("u", dof=dof, distribution="student_t"))
        how.fill(stream.at("u", 0, 0), out, work)
        wanted = np.sqrt(dof * ((1.0 - uniform[CHUNK:]) ** (-2.0 / dof) - 1.0)) * sine
        np.testing.assert_allclose(how.scale * out, wanted, rtol=1e-9, atol=1e-4 if dof > 1e5 else 1e-12)


def test_both_halves_of_a_chunk_are_independent() -> None:
    """Box and Muller give a cosine and a sine of one angle: two numbers that must not know of each other."""
    z, work = np.empty(CHUNK), np.empty(CHUNK)
    stream, first, second = Stream(3), [], []
    for chunk in range(20):
        sampler(Influence("c" * 32)).fill(stream.at("c", 0, chunk), z, work)
        first.append(z[: CHUNK // 2].copy())
        second.append(z[CHUNK // 2 :].copy())
    a, b = np.concatenate(first), np.concatenate(second)
    bound = 4.0 / math.sqrt(a.size)
    assert abs(np.corrcoef(a, b)[0, 1]) < bound
    assert abs(np.corrcoef(a * a, b * b)[0, 1]) < bound
    assert abs(np.corrcoef(np.abs(a), b)[0, 1]) < bound


def test_keys_part_streams() -> None:
    def head(seed: int, influence: str, element: int, chunk: int) -> float:
        return float(Stream(seed).at(influence, element, chunk).random())

    keys = [(s, i, e, c) for s in (0, 1, -1, 10**30) for i in ("x", "y") for e in (0, 1) for c in (0, 1)]
    assert len({head(*key) for key in keys}) == len(keys)
    assert head(0, "x", 1, 1) == head(0, "x", 1, 1)


def test_a_normal_with_finite_dof_stays_normal() -> None:
    """Only the distribution says what is drawn; degrees of freedom alone make no t."""
    y = monte_carlo(lambda x: x + 0.0, quantity(0.0, 1.0, dof=3.0), trials=200_000)
    assert y.u == pytest.approx(1.0, abs=0.01)
    assert y.symmetric.high == pytest.approx(1.96, abs=0.02)


@pytest.mark.parametrize(("dof", "spread"), [(math.inf, 1.0), (6.0, math.sqrt(6.0 / 4.0))])
def test_joint_group(dof: float, spread: float) -> None:
    """Correlation kept; a t group is a multivariate t: its elements are dependent even where uncorrelated."""
    kind = "normal" if math.isinf(dof) else "student_t"
    a, b, c = joint([1.0, 2.0, 3.0], [0.1, 0.2, 0.3], [[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1]], dof=dof, distribution=kind)
    run = monte_carlo(lambda a, b, c: (a, b, c), a, b, c, trials=300_000)[0].run
    matrix = run.covariance()
    np.testing.assert_allclose(np.sqrt(np.diag(matrix)), spread * np.array([0.1, 0.2, 0.3]), rtol=0.02)
    assert run.correlation()[0, 1] == pytest.approx(0.6, abs=0.01)
    assert run.correlation()[0, 2] == pytest.approx(0.0, abs=0.01)
    z = (run.draws - run.mean[:, None]) ** 2  # type: ignore[operator]
    ranks = np.argsort(np.argsort(z, axis=1), axis=1)
    dependence = float(np.corrcoef(ranks[0], ranks[2])[0, 1])
    assert dependence > 0.05 if math.isfinite(dof) else abs(dependence) < 0.01


def test_marginal_of_a_t_group_is_t() -> None:
    a, b = joint([0.0, 0.0], [1.0, 2.0], [[1, -0.5], [-0.5, 1]], dof=5.0, distribution="student_t")
    y = monte_carlo(lambda a, b: (a, b), a, b, trials=200_000)
    for one, u in zip(y, (1.0, 2.0), strict=True):
        cdf = law("student_t", 1.0, 5.0).cdf(one.draws / u)
        assert kolmogorov(one.draws, cdf) < 1.63 / math.sqrt(one.trials)


def test_elements_of_an_array_have_their_own_scale() -> None:
    u = np.array([0.1, 1.0, 10.0])
    x = quantity(np.array([1.0, 2.0, 3.0]), u, distribution="student_t", dof=9.0, parameters=(("scale", 0.1),))
    y = monte_carlo(lambda x: x * 1.0, x, trials=100_000)
    assert y.mean.shape == (3,)
    np.testing.assert_allclose(y.u, 0.1 * math.sqrt(9.0 / 7.0), rtol=0.02)  # a scale is in the quantity's unit


def test_units_do_not_disturb_parameters() -> None:
    x = type_b.curvilinear_trapezoid(10.0, 0.5, 0.1)
    q = quantity(x.value, x.u, "mm", distribution=x.distribution, parameters=x.parameters).to("um")
    y = monte_carlo(lambda q: q * 1.0, q, trials=50_000)
    assert y.draws[0] >= 10_000.0 - 600.0 and y.draws[-1] <= 10_000.0 + 600.0
    assert y.u == pytest.approx(x.u * 1000.0, rel=0.02)
    assert y.unit.symbol == "um" or y.unit.dsi == "\\micro\\metre"
