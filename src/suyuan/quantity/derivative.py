"""The one derivative table: each elementary operation with its value, its partial derivatives and its unit rule.

A partial p of y = f(x₁, x₂) gives both directions: the tangent is dy = p·dx, its transpose is x̄ = p·ȳ. Operators on
quantities, the recorded program of `propagate` and the reverse sweep read this table and nothing else.

A partial is a function of (inputs, output) that returns an array, or the float 1.0 or −1.0 where it is constant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.unit import ONE, Unit, added, ratio, subtracted

Array = NDArray[Any]
Partial = Callable[[Sequence[Any], Any], Any]


@dataclass(frozen=True, slots=True)
class UnitRule:
    """How units pass: `wanted` are the units into which the operands are converted, `result` that of the value."""

    wanted: tuple[Unit, ...]
    result: Unit


@dataclass(frozen=True, slots=True)
class Operation:
    """One elementary operation. ufunc: its value; partials: one a operand; units: operand units → UnitRule."""

    name: str
    ufunc: np.ufunc
    partials: tuple[Partial, ...]
    units: Callable[..., UnitRule]


def _dimensionless(*units: Unit) -> UnitRule:
    for unit in units:
        ratio(unit, ONE)
    return UnitRule((ONE,) * len(units), ONE)


def _same(unit: Unit) -> UnitRule:
    if unit.kind == "point":
        raise Refused(finding("quantity.unit.point", unit=unit.symbol, operation="negation, absolute value"))
    return UnitRule((unit,), unit)


def _identity(unit: Unit) -> UnitRule:
    return UnitRule((unit,), unit)


def _add(a: Unit, b: Unit) -> UnitRule:
    result = added(a, b)
    scale = result.as_difference()
    return UnitRule(tuple(result if u.kind == "point" else scale for u in (a, b)), result)


def _subtract(a: Unit, b: Unit) -> UnitRule:
    result = subtracted(a, b)
    point = a if a.kind == "point" else None
    scale = result.as_difference()
    return UnitRule(tuple(point if u.kind == "point" and point is not None else scale for u in (a, b)), result)


def _both(a: Unit, b: Unit) -> UnitRule:
    result = subtracted(a, b)
    return UnitRule((result, result), result)


def _angle(a: Unit, b: Unit) -> UnitRule:
    return UnitRule((_both(a, b).result,) * 2, ONE)


OPERATIONS: Mapping[np.ufunc, Operation] = {
    op.ufunc: op
    for op in (
        Operation("add", np.add, (lambda x, y: 1.0, lambda x, y: 1.0), _add),
        Operation("subtract", np.subtract, (lambda x, y: 1.0, lambda x, y: -1.0), _subtract),
        Operation(
            "multiply", np.multiply, (lambda x, y: x[1], lambda x, y: x[0]), lambda a, b: UnitRule((a, b), a * b)
        ),
        Operation(
            "divide",
            np.true_divide,
            (lambda x, y: 1.0 / x[1], lambda x, y: -y / x[1]),
            lambda a, b: UnitRule((a, b), a / b),
        ),
        Operation(
            "power",
            np.power,
            (lambda x, y: _power_slope(*x), lambda x, y: y * np.log(x[0])),
            _dimensionless,
        ),
        Operation("negative", np.negative, (lambda x, y: -1.0,), _same),
        Operation("positive", np.positive, (lambda x, y: 1.0,), _identity),
        Operation("absolute", np.absolute, (lambda x, y: _sign(x[0]),), _same),
        Operation("square", np.square, (lambda x, y: 2.0 * x[0],), lambda a: UnitRule((a,), a * a)),
        Operation("reciprocal", np.reciprocal, (lambda x, y: -y * y,), lambda a: UnitRule((a,), ONE / a)),
        Operation("sqrt", np.sqrt, (lambda x, y: 0.5 / y,), lambda a: UnitRule((a,), a ** Fraction(1, 2))),
        Operation("exp", np.exp, (lambda x, y: y,), _dimensionless),
        Operation("expm1", np.expm1, (lambda x, y: y + 1.0,), _dimensionless),
        Operation("log", np.log, (lambda x, y: 1.0 / x[0],), _dimensionless),
        Operation("log10", np.log10, (lambda x, y: 1.0 / (x[0] * np.log(10.0)),), _dimensionless),
        Operation("log1p", np.log1p, (lambda x, y: 1.0 / (1.0 + x[0]),), _dimensionless),
        Operation("sin", np.sin, (lambda x, y: np.cos(x[0]),), _dimensionless),
        Operation("cos", np.cos, (lambda x, y: -np.sin(x[0]),), _dimensionless),
        Operation("tan", np.tan, (lambda x, y: 1.0 + y * y,), _dimensionless),
        Operation("arcsin", np.arcsin, (lambda x, y: 1.0 / np.sqrt(1.0 - x[0] * x[0]),), _dimensionless),
        Operation("arccos", np.arccos, (lambda x, y: -1.0 / np.sqrt(1.0 - x[0] * x[0]),), _dimensionless),
        Operation("arctan", np.arctan, (lambda x, y: 1.0 / (1.0 + x[0] * x[0]),), _dimensionless),
        Operation("sinh", np.sinh, (lambda x, y: np.cosh(x[0]),), _dimensionless),
        Operation("cosh", np.cosh, (lambda x, y: np.sinh(x[0]),), _dimensionless),
        Operation("tanh", np.tanh, (lambda x, y: 1.0 - y * y,), _dimensionless),
        Operation(
            "arctan2",
            np.arctan2,
            (lambda x, y: x[1] / (x[0] ** 2 + x[1] ** 2), lambda x, y: -x[0] / (x[0] ** 2 + x[1] ** 2)),
            _angle,
        ),
        Operation("hypot", np.hypot, (lambda x, y: x[0] / y, lambda x, y: x[1] / y), _both),
    )
}


def _power_slope(base: Any, exponent: Any) -> Any:
    """p·x^(p−1); nothing for p = 0, also at x = 0 where x^(p−1) has no value."""
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = exponent * base ** (exponent - 1.0)
    zero = _estimate(exponent) == 0.0
    return np.where(zero, 0.0, slope) if np.any(zero) else slope


def _estimate(x: Any) -> Any:
    """The plain numbers of an operand that carries derivatives of its own."""
    return getattr(x, "estimate", x)


def _sign(x: Any) -> Any:
    """The derivative of |x|: ±1, and not a number at 0, where there is none."""
    sign = np.sign(_estimate(x))
    return np.where(sign == 0.0, np.nan, sign)


def operation(ufunc: np.ufunc) -> Operation:
    """The table's row of a ufunc; any other ufunc is refused by name."""
    row = OPERATIONS.get(ufunc)
    if row is None:
        raise Refused(finding("quantity.operation.unlisted", operation=ufunc.__name__))
    return row


def unit_rule(ufunc: np.ufunc, units: Sequence[Unit], exponent: float | None = None) -> UnitRule:
    """The unit rule of one operation; a power of a quantity with unit needs a constant exponent."""
    row = operation(ufunc)
    if ufunc is np.power and units[0] != ONE and exponent is not None:
        ratio(units[1], ONE)
        return UnitRule((units[0], ONE), units[0] ** exponent)
    return row.units(*units)
