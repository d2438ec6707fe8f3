"""The derivative table: partials against complex steps or central differences, unit rules, nothing unlisted."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from suyuan.quantity.derivative import OPERATIONS, operation, unit_rule
from suyuan.quantity.finding import Refused
from suyuan.quantity.propagate import propagate
from suyuan.quantity.quantity import quantity
from suyuan.quantity.second_order import second_order
from suyuan.quantity.unit import ONE, parse_unit

DOMAIN: dict[str, tuple[float, float]] = {
    "power": (0.2, 3.0),
    "sqrt": (0.1, 9.0),
    "log": (0.1, 9.0),
    "log10": (0.1, 9.0),
    "log1p": (-0.8, 4.0),
    "arcsin": (-0.95, 0.95),
    "arccos": (-0.95, 0.95),
    "reciprocal": (0.3, 4.0),
    "divide": (0.3, 4.0),
    "absolute": (-4.0, 4.0),
    "arctan2": (-4.0, 4.0),
    "hypot": (-4.0, 4.0),
}
NOT_ANALYTIC = ("absolute", "arctan2", "hypot")
rows = pytest.mark.parametrize("name", sorted(op.name for op in OPERATIONS.values()))
BY_NAME = {op.name: op for op in OPERATIONS.values()}


def slope(ufunc: Callable[..., Any], points: list[np.ndarray], at: int, analytic: bool) -> np.ndarray:
    """∂f/∂x_at by a complex step, or by central differences of fourth order."""

    def moved(h: complex) -> np.ndarray:
        return np.asarray(ufunc(*[p + h if i == at else p for i, p in enumerate(points)]))

    if analytic:
        return np.imag(moved(1e-30j)) / 1e-30
    h = 1e-3
    return np.real(8.0 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12.0 * h)


@rows
def test_partials(name: str) -> None:
    row = BY_NAME[name]
    rng = np.random.default_rng(20_260_101)
    low, high = DOMAIN.get(name, (-2.0, 2.0))
    points = [rng.uniform(low, high, 400) for _ in range(row.ufunc.nin)]
    if name in NOT_ANALYTIC:  # keep the differences away from the kink at the origin
        points = [np.where(np.abs(p) < 0.2, p + 0.5, p) for p in points]
    value = row.ufunc(*points)
    assert len(row.partials) == row.ufunc.nin
    for at, partial in enumerate(row.partials):
        found = np.broadcast_to(partial(points, value), value.shape)
        analytic = name not in NOT_ANALYTIC
        expected = slope(row.ufunc, points, at, analytic)
        np.testing.assert_allclose(found, expected, rtol=1e-12 if analytic else 1e-8, atol=1e-13 if analytic else 1e-9)


@rows
def test_key_is_the_ufunc_and_arity_agrees(name: str) -> None:
    row = BY_NAME[name]
    assert OPERATIONS[row.ufunc] is row and row.ufunc.nout == 1


def test_power_at_its_edges() -> None:
    partial = BY_NAME["power"].partials[0]
    x = np.array([0.0, 0.0, 0.0, -2.0, -2.0, 0.0])
    p = np.array([2.0, 1.0, 0.0, 3.0, -1.0, 0.5])
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(partial([x, p], x**p), [0.0, 1.0, 0.0, 12.0, -0.25, np.inf])


def test_unlisted_ufuncs_are_refused_by_name() -> None:
    for ufunc in (np.floor, np.sign, np.maximum, np.mod, np.heaviside, np.isnan, np.logaddexp):
        with pytest.raises(Refused) as refused:
            operation(ufunc)
        assert refused.value.findings[0].code == "quantity.operation.unlisted"
        assert ufunc.__name__ in str(refused.value)


# ---------------------------------------------------------------- units


@pytest.mark.parametrize(
    ("ufunc", "units", "result"),
    [
        (np.add, ("m", "mm"), "m"),
        (np.subtract, ("mm", "m"), "mm"),
        (np.multiply, ("N", "m"), "N m"),
        (np.true_divide, ("V", "A"), "V/A"),
        (np.square, ("mm",), "mm2"),
        (np.reciprocal, ("s",), "1/s"),
        (np.sqrt, ("m2",), "m"),
        (np.negative, ("kg",), "kg"),
        (np.positive, ("degC",), "degC"),
        (np.absolute, ("kg",), "kg"),
        (np.exp, ("%",), "1"),
        (np.log, ("1",), "1"),
        (np.sin, ("deg",), "1"),
        (np.arcsin, ("1",), "1"),
        (np.arctan2, ("mm", "m"), "1"),
        (np.hypot, ("mm", "m"), "mm"),
    ],
)
def test_unit_rules(ufunc: np.ufunc, units: tuple[str, ...], result: str) -> None:
    rule = unit_rule(ufunc, [parse_unit(u) for u in units])
    assert rule.result.converts_to(parse_unit(result)) and rule.result.factor == parse_unit(result).factor
    assert rule.result.kind == parse_unit(result).kind
    assert len(rule.wanted) == len(units)


@pytest.mark.parametrize(
    ("ufunc", "units"),
    [
        (np.add, ("m", "s")),
        (np.subtract, ("m", "1")),
        (np.exp, ("m",)),
        (np.log, ("K",)),
        (np.sin, ("m",)),
        (np.hypot, ("m", "kg")),
        (np.arctan2, ("m", "kg")),
        (np.power, ("m", "1")),
        (np.power, ("1", "m")),
    ],
)
def test_units_that_do_not_fit_are_refused(ufunc: np.ufunc, units: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as refused:
        unit_rule(ufunc, [parse_unit(u) for u in units])
    assert refused.value.findings[0].code == "quantity.unit.dimension"


def test_power_takes_a_constant_exponent() -> None:
    assert unit_rule(np.power, [parse_unit("mm"), ONE], 3.0).result == parse_unit("mm") ** 3
    assert unit_rule(np.power, [parse_unit("m"), ONE], 1.0 / 3.0).result == parse_unit("m^(1/3)")
    with pytest.raises(Refused):
        unit_rule(np.power, [parse_unit("m"), ONE], math.nan)
    assert (quantity(4.0, 0.1, "m2") ** quantity(0.5, None)).unit.converts_to(parse_unit("m"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (lambda: quantity(1.0, 0.1, "m") + quantity(1.0, 1.0, "mm"), (1.001, math.hypot(0.1, 0.001))),
        (lambda: quantity(1.0, 0.1, "mm") - quantity(1.0, 0.001, "m"), (-999.0, math.hypot(0.1, 1.0))),
        (lambda: np.sin(quantity(30.0, 1.0, "deg")), (0.5, math.cos(math.pi / 6) * math.pi / 180)),
        (lambda: np.exp(quantity(50.0, 1.0, "%")), (math.exp(0.5), 0.01 * math.exp(0.5))),
        (lambda: np.hypot(quantity(3.0, 0.1, "m"), quantity(4000.0, 1.0, "mm")), (5.0, math.hypot(0.06, 0.0008))),
        (lambda: np.arctan2(quantity(1.0, 0.01, "m"), quantity(1000.0, None, "mm")), (math.pi / 4, 0.005)),
        (lambda: quantity(50.0, 1.0, "%") ** quantity(2.0, None), (2500.0, 100.0)),
    ],
)
def test_operands_are_converted_with_their_uncertainty(value: Callable[[], Any], expected: tuple[float, float]) -> None:
    q = value()
    assert float(q.value) == pytest.approx(expected[0], rel=1e-12)
    assert float(q.u) == pytest.approx(expected[1], rel=1e-12)


def test_powers_at_zero_and_with_an_uncertain_exponent() -> None:
    """x**b has slope 0 by b at x = 0, b > 0; x**a at a = 0 keeps its mixed derivatives (2 by a ln x)."""
    y = quantity(0.0, 0.1) ** quantity(2.0, 0.1)
    assert float(y.u) == 0.0
    x = propagate(lambda base, power: base**power, quantity([0.0, 1.0], 0.1), quantity(2.0, 0.1))
    assert x.u == pytest.approx([0.0, 0.2])
    done = second_order(lambda base, power: base**power, quantity(2.0, 0.1), quantity(0.0, 0.1))
    ln, s = np.log(2.0), 0.1
    exact = (0.5 * ln**4 + 0.25 + ln * ln**3 - ln * 0.25) * s**4  # ½ f_aa², f_xa² = ¼, f_a f_aaa, f_a f_axx = −ln 2/4
    assert float(done.u**2 - done.u_first**2) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(
    ("ufunc", "x", "slope"),
    [
        (np.tanh, 12.0, "1.510053818e-10"),
        (np.tanh, -25.0, "7.714999392e-22"),
        (np.tanh, 800.0, "0"),
        (np.expm1, -40.0, "4.248354255e-18"),
    ],
)
def test_slopes_keep_their_digits_near_a_limit(ufunc: np.ufunc, x: float, slope: str) -> None:
    """1 − tanh² x and 1 + expm1 x would cancel; slopes by mpmath with 40 digits."""
    for value in (x, [x, 0.0]):
        found = ufunc(quantity(value, 1.0)).u.ravel()[0]
        assert float(found) == pytest.approx(float(slope), rel=1e-9, abs=0.0)
