"""The laws: distribution function, density and quantile agree; mean 0 and the standard deviation stated; tails."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from suyuan.quantity import type_b
from suyuan.quantity.distribution import LAWS, Law, law
from suyuan.quantity.finding import Refused
from suyuan.quantity.type_b import Evaluated

KNOWN: dict[str, Evaluated] = {
    "normal": type_b.normal(1.0, 0.3),
    "t": type_b.student_t(0.0, 2.0, 4.5),
    "t of infinite variance": type_b.student_t(0.0, 2.0, 1.5),
    "t by its standard deviation": type_b.student_t_std(0.0, 2.0, 5.0),
    "rectangle": type_b.rectangular(3.0, 0.2),
    "triangle": type_b.triangular(0.0, 0.2),
    "trapezoid": type_b.trapezoid(0.0, 5.0, 0.4),
    "trapezoid without top": type_b.trapezoid(0.0, 5.0, 0.0),
    "trapezoid without sides": type_b.trapezoid(0.0, 5.0, 1.0),
    "arcsine": type_b.arcsine(0.0, 1.5),
    "curvilinear": type_b.curvilinear_trapezoid(0.0, 1.0, 0.3),
    "curvilinear to a point": type_b.curvilinear_trapezoid(0.0, 1.0, 1.0),
    "curvilinear, sharp": type_b.curvilinear_trapezoid(0.0, 1.0, 0.0),
    "gamma": type_b.gamma(4.0, 0.25),
    "gamma, steep": type_b.gamma(0.4, 2.0),
    "exponential": type_b.exponential(0.7),
    "histogram": type_b.histogram([0.0, 1.0, 2.0, 4.0], [1, 0, 3]),
}


def of(known: Evaluated) -> Law:
    return law(known.distribution, known.u, known.dof, known.parameters)


LEVELS = np.array([1e-9, 1e-4, 0.01, 0.2, 0.5, 0.7, 0.99, 1.0 - 1e-9])


@pytest.mark.parametrize("name", KNOWN)
def test_quantile_inverts_the_distribution_function(name: str) -> None:
    one = of(KNOWN[name])
    # Near infinite density and at steep ends the argument itself is rounded.
    close = 2e-4 if name == "gamma, steep" else 2e-8 if name == "arcsine" else 1e-12
    assert one.cdf(one.ppf(LEVELS)) == pytest.approx(LEVELS, abs=close)
    assert one.above(one.from_above(LEVELS)) == pytest.approx(LEVELS, abs=close)
    x = one.ppf(LEVELS)
    assert one.cdf(x) + one.above(x) == pytest.approx(np.ones(LEVELS.size), abs=1e-12)
    assert np.all(np.diff(x) >= 0.0) and np.all((x >= one.low) & (x <= one.high))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", KNOWN)
def test_density_is_the_derivative(name: str) -> None:
    """∫ f between any two points is the difference of F; points where the quadrature copes with infinite densities."""
    one = of(KNOWN[name])
    marks = np.unique(np.concatenate([one.ppf(np.array([0.01, 0.1, 0.35, 0.6, 0.9, 0.99])), one.kinks]))
    for a, b in pairwise(marks):
        area = quad(lambda z: float(one.pdf(np.asarray(z))), a, b, limit=400, epsabs=1e-12)[0]
        assert area == pytest.approx(float(one.cdf(b) - one.cdf(a)), abs=1e-7)


@pytest.mark.parametrize("name", KNOWN)
def test_mean_and_standard_deviation(name: str) -> None:
    one = of(KNOWN[name])
    if math.isinf(one.std):
        assert KNOWN[name].dof <= 2.0
        return
    mean = quad(lambda q: float(one.ppf(np.asarray(q)) + one.from_above(np.asarray(q))), 0.0, 0.5, limit=400)[0]
    square = quad(
        lambda q: float(one.ppf(np.asarray(q)) ** 2 + one.from_above(np.asarray(q)) ** 2), 0.0, 0.5, limit=400
    )[0]
    assert mean == pytest.approx(0.0, abs=1e-8)
    assert math.sqrt(square) == pytest.approx(one.std, rel=1e-4 if one.name == "student_t" else 1e-8)


@pytest.mark.parametrize("name", KNOWN)
def test_nothing_beyond_the_support(name: str) -> None:
    """An exponential quantity has no density below its zero."""
    one = of(KNOWN[name])
    for end, side in ((one.low, -1.0), (one.high, 1.0)):
        if math.isfinite(end):
            beyond = np.array([end + side * 1e-6, end + side * 5.0])
            assert np.all(one.pdf(beyond) == 0.0)
            assert one.cdf(beyond) == pytest.approx(np.full(2, 0.0 if side < 0 else 1.0), abs=1e-15)
        else:
            assert float(one.cdf(np.asarray(end))) == (0.0 if side < 0 else 1.0)


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=30).filter(lambda v: len(set(v)) > 1))
@settings(max_examples=50, deadline=None)
def test_sample_is_its_own_distribution(values: list[int]) -> None:
    known = type_b.sample(values)
    one = of(known)
    array = np.array(values, float)
    for x in (-51.0, -0.5, 10.5, 51.0):
        assert float(one.cdf((x - known.value) / known.u)) == pytest.approx(np.mean(array <= x), abs=1e-12)
    q = (np.arange(array.size) + 0.5) / array.size
    assert known.value + known.u * one.ppf(q) == pytest.approx(np.sort(array), abs=1e-9)
    with pytest.raises(Refused):
        one.pdf(np.zeros(1))


def test_far_tails_keep_their_digits() -> None:
    assert float(law("normal").above(np.asarray(30.0))) == pytest.approx(4.906713927148187e-198, rel=1e-12)
    assert float(law("normal").from_above(np.asarray(4.906713927148187e-198))) == pytest.approx(30.0, rel=1e-12)
    gamma = law("gamma", 0.5, parameters=(("shape", 4.0), ("scale", 0.25)))
    assert float(gamma.above(np.asarray(38.0))) == pytest.approx(
        math.exp(-80.0) * sum(80.0**k / math.factorial(k) for k in range(4)), rel=1e-10
    )


def test_every_law_is_tried() -> None:
    assert {of(known).name for known in KNOWN.values()} | {"sample", "unknown"} == set(LAWS) | {"sample"}
