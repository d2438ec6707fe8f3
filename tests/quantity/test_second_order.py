"""Second order against exact moments of polynomials in normal variables, and against finite differences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import joint, quantity
from suyuan.quantity.second_order import Jet, second_order

MEAN = st.floats(-3, 3)
SPREAD = st.floats(0.01, 0.5)


@given(MEAN, SPREAD, MEAN, SPREAD, st.floats(-0.95, 0.95))
def test_product_of_correlated_normals_is_exact(m: float, s: float, n: float, t: float, r: float) -> None:
    """Var(XY) of a bivariate normal is known in closed form, and E(XY) = mn + rst."""
    a, b = joint([m, n], [s, t], [[1.0, r], [r, 1.0]])
    y = second_order(lambda x, z: x * z, a, b)
    c = r * s * t
    assert float(y.u) ** 2 == pytest.approx(m * m * t * t + n * n * s * s + 2 * m * n * c + s * s * t * t + c * c)
    assert float(y.shift) == pytest.approx(c, abs=1e-14)


@given(MEAN, SPREAD)
def test_square_is_exact_and_cube_to_fourth_order(m: float, s: float) -> None:
    x = quantity(m, s)
    assert float(second_order(lambda v: v * v, x).u) ** 2 == pytest.approx(4 * m * m * s * s + 2 * s**4)
    assert float(second_order(lambda v: v**3, x).u) ** 2 == pytest.approx(9 * m**4 * s * s + 36 * m * m * s**4)


FUNCTIONS = (
    lambda x, z: np.exp(x * z) / (1.0 + z**2),
    lambda x, z: np.sin(x) * np.log(3.5 + z) + abs(x + 10.0),
    lambda x, z: np.arctan2(x, 4.0 + z) + np.hypot(x, z + 5.0),
    lambda x, z: (4.0 + x) ** (z / 4.0) - np.tanh(z) * np.sqrt(5.0 + x),
)


@pytest.mark.parametrize("model", FUNCTIONS)
@settings(max_examples=20, deadline=None)
@given(st.floats(-1, 1), st.floats(-1, 1))
def test_third_derivatives_are_those_of_finite_differences(model: Any, x: float, z: float) -> None:
    """f_xzz from nested jets against central differences."""
    y = model(Jet(Jet(Jet(x, 1.0), 0.0), 0.0), Jet(Jet(Jet(z, 0.0), 1.0), 1.0))
    h = 2e-3

    def zz(at: float) -> float:
        points = (-2, -1, 0, 1, 2)
        weights = (-1 / 12, 4 / 3, -5 / 2, 4 / 3, -1 / 12)
        return sum(w * float(model(at, z + k * h)) for k, w in zip(points, weights, strict=True)) / h**2

    numeric = (zz(x - 2 * h) - 8 * zz(x - h) + 8 * zz(x + h) - zz(x + 2 * h)) / (12 * h)
    assert y.tangent.tangent.tangent == pytest.approx(numeric, rel=1e-4, abs=1e-4)


def test_arrays_agree_with_their_values_one_by_one() -> None:
    shared = quantity(0.3, 0.1)
    x = quantity([1.0, 2.0, 3.0], [0.1, 0.2, 0.3])
    y = second_order(lambda a, b: np.exp(a * b), x, shared)
    for i in range(3):
        assert float(y.u[i]) == pytest.approx(float(second_order(lambda a, b: np.exp(a * b), x[i], shared).u))


def test_units_pass_and_structures_are_kept() -> None:
    a, b = quantity(2.0, 0.1, "m"), quantity(30.0, 2.0, "cm")
    done = second_order(lambda p, q: {"sum": p + q, "area": p * q}, a, b)
    assert done["sum"].unit.symbol == "m"
    assert float(done["sum"].u) == pytest.approx(math.hypot(0.1, 0.02))
    assert float(done["area"].u) == pytest.approx(math.sqrt((30 * 0.1) ** 2 + (2 * 2.0) ** 2 + (0.1 * 2.0) ** 2))


def test_a_distribution_does_not_enter_but_degrees_of_freedom_stay() -> None:
    x = quantity(1.0, 0.1, dof=9.0, distribution="student_t")
    assert float(second_order(lambda v: v * v, x).dof) == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("model", "code"),
    [
        (lambda x: x if x > 0 else -x, "quantity.second_order.not_recordable"),
        (lambda x: np.sqrt(x - 1.0), "quantity.second_order.no_derivative"),
        (lambda x: abs(x - 1.0), "quantity.second_order.no_derivative"),
    ],
)
def test_what_has_no_second_order_is_refused(model: Any, code: str) -> None:
    with pytest.raises(Refused) as refused, np.errstate(all="ignore"):
        second_order(model, quantity(1.0, 0.1))
    assert refused.value.findings[0].code == code


def test_too_many_elements_are_refused() -> None:
    many = quantity(np.arange(3000.0), 1.0).sum()
    with pytest.raises(Refused) as refused:
        second_order(lambda x: x * x, many)
    assert refused.value.findings[0].code == "quantity.second_order.many"


def test_a_variance_whose_series_must_not_be_cut_is_refused() -> None:
    """At the inflection of a steep bump the terms of fourth order outweigh all others."""
    with pytest.raises(Refused) as refused:
        second_order(lambda x: np.exp(-(x**2)), quantity(0.5, 3.0))
    assert refused.value.findings[0].code == "quantity.second_order.negative"
