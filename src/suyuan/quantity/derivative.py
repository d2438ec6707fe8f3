"""The one derivative table: each elementary operation with its value, its partial derivatives and its unit rule.

A partial p of y = f(x₁, x₂) gives both directions: the tangent is dy = p·dx, its transpose is x̄ = p·ȳ. Operators on
quantities, the recorded program of `propagate`, the reverse sweep and the columns of a database read this table and
nothing else.

A partial is a function of (inputs, output) that returns an array, or the float 1.0 or −1.0 where it is constant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

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
    """One elementary operation. ufunc: its value; partials: one a operand; units: operand units → UnitRule.

    column: the value as an Ibis expression of Ibis columns (of arithmetic an operand may be a float). Where there is no
    value (division by zero, logarithm of a negative number) engines raise, answer NULL or infinity, each as it likes;
    a comparison a row would cost more than the operation, so it is left to who reads the answer.
    form: how the tangent of complex numbers passes, since some operations have no complex derivative: dy = p·dx
    («linear»), Re(p·dx) («real») or conj(p·dx) («conjugate»). Of real numbers all three are p·dx.
    """

    name: str
    ufunc: Any
    partials: tuple[Partial, ...]
    units: Callable[..., UnitRule]
    column: Callable[..., Any] | None = None
    form: Literal["linear", "real", "conjugate"] = "linear"


def _expm1(x: Any) -> Any:
    """eˣ − 1 without cancellation: (u − 1)·x/ln u with u = eˣ rounded (Kahan)."""
    u = x.exp()
    near = (x.abs() < 1.0) & (u != 1.0)
    return near.ifelse((u - 1.0) * x / near.ifelse(u, 2.0).log(), (x.abs() < 1.0).ifelse(x, u - 1.0))


def _log1p(x: Any) -> Any:
    """ln(1 + x) without cancellation: x·ln u/(u − 1) with u = 1 + x rounded (Kahan)."""
    u = x + 1.0
    return (u == 1.0).ifelse(x, x * u.log() / (u - 1.0))


def _sinh(x: Any) -> Any:
    e = _expm1(x.abs())
    return (x < 0.0).ifelse(-1.0, 1.0) * 0.5 * (e + e / (e + 1.0))


def _cosh(x: Any) -> Any:
    return 0.5 * (x.exp() + (-x).exp())


def _tanh(x: Any) -> Any:
    e = _expm1(x.abs() * -2.0)
    return (x < 0.0).ifelse(1.0, -1.0) * e / (e + 2.0)


def _hypot(x: Any, y: Any) -> Any:
    """The larger times √(1 + ratio²): squares of the operands may leave the range of double precision."""
    a, b = x.abs(), y.abs()
    larger, smaller = (a >= b).ifelse(a, b), (a >= b).ifelse(b, a)
    slope = smaller / (larger == 0.0).ifelse(1.0, larger)
    return larger * (1.0 + slope * slope).sqrt()


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
        Operation("add", np.add, (lambda x, y: 1.0, lambda x, y: 1.0), _add, lambda a, b: a + b),
        Operation("subtract", np.subtract, (lambda x, y: 1.0, lambda x, y: -1.0), _subtract, lambda a, b: a - b),
        Operation(
            "multiply",
            np.multiply,
            (lambda x, y: x[1], lambda x, y: x[0]),
            lambda a, b: UnitRule((a, b), a * b),
            lambda a, b: a * b,
        ),
        Operation(
            "divide",
            np.true_divide,
            (lambda x, y: 1.0 / x[1], lambda x, y: -y / x[1]),
            lambda a, b: UnitRule((a, b), a / b),
            lambda a, b: a / b,
        ),
        Operation(
            "power",
            np.power,
            (lambda x, y: _power_slope(*x), lambda x, y: _power_growth(x[0], y)),
            _dimensionless,
            lambda a, b: a**b,
        ),
        Operation("negative", np.negative, (lambda x, y: -1.0,), _same, lambda x: -x),
        Operation("positive", np.positive, (lambda x, y: 1.0,), _identity, lambda x: x),
        Operation("absolute", np.absolute, (lambda x, y: _sign(x[0]),), _same, lambda x: x.abs(), "real"),
        Operation("square", np.square, (lambda x, y: 2.0 * x[0],), lambda a: UnitRule((a,), a * a), lambda x: x * x),
        Operation(
            "reciprocal",
            np.reciprocal,
            (lambda x, y: -y * y,),
            lambda a: UnitRule((a,), ONE / a),
            lambda x: 1.0 / x,
        ),
        Operation(
            "sqrt",
            np.sqrt,
            (lambda x, y: 0.5 / y,),
            lambda a: UnitRule((a,), a ** Fraction(1, 2)),
            lambda x: x.sqrt(),
        ),
        Operation("exp", np.exp, (lambda x, y: y,), _dimensionless, lambda x: x.exp()),
        Operation("expm1", np.expm1, (lambda x, y: np.exp(x[0]),), _dimensionless, _expm1),
        Operation("log", np.log, (lambda x, y: 1.0 / x[0],), _dimensionless, lambda x: x.log()),
        Operation(
            "log10",
            np.log10,
            (lambda x, y: 1.0 / (x[0] * np.log(10.0)),),
            _dimensionless,
            lambda x: x.log10(),
        ),
        Operation("log1p", np.log1p, (lambda x, y: 1.0 / (1.0 + x[0]),), _dimensionless, _log1p),
        Operation("sin", np.sin, (lambda x, y: np.cos(x[0]),), _dimensionless, lambda x: x.sin()),
        Operation("cos", np.cos, (lambda x, y: -np.sin(x[0]),), _dimensionless, lambda x: x.cos()),
        Operation("tan", np.tan, (lambda x, y: 1.0 + y * y,), _dimensionless, lambda x: x.tan()),
        Operation(
            "arcsin",
            np.arcsin,
            (lambda x, y: 1.0 / np.sqrt(1.0 - x[0] * x[0]),),
            _dimensionless,
            lambda x: x.asin(),
        ),
        Operation(
            "arccos",
            np.arccos,
            (lambda x, y: -1.0 / np.sqrt(1.0 - x[0] * x[0]),),
            _dimensionless,
            lambda x: x.acos(),
        ),
        Operation("arctan", np.arctan, (lambda x, y: 1.0 / (1.0 + x[0] * x[0]),), _dimensionless, lambda x: x.atan()),
        Operation("sinh", np.sinh, (lambda x, y: np.cosh(x[0]),), _dimensionless, _sinh),
        Operation("cosh", np.cosh, (lambda x, y: np.sinh(x[0]),), _dimensionless, _cosh),
        Operation("tanh", np.tanh, (lambda x, y: _tanh_slope(x[0], y),), _dimensionless, _tanh),
        Operation(
            "arctan2",
            np.arctan2,
            (lambda x, y: x[1] / (x[0] ** 2 + x[1] ** 2), lambda x, y: -x[0] / (x[0] ** 2 + x[1] ** 2)),
            _angle,
            lambda y, x: y.atan2(x),
        ),
        Operation("hypot", np.hypot, (lambda x, y: x[0] / y, lambda x, y: x[1] / y), _both, _hypot),
    )
}


OF_COMPLEX: Mapping[Any, Operation] = {
    op.ufunc: op
    for op in (
        Operation("conjugate", np.conjugate, (lambda x, y: 1.0,), _identity, form="conjugate"),
        Operation("real", np.real, (lambda x, y: 1.0,), _identity, form="real"),
        Operation("imag", np.imag, (lambda x, y: -1j,), _same, form="real"),
        Operation(
            "angle", np.angle, (lambda x, y: -1j / x[0],), lambda a: UnitRule((_same(a).result,), ONE), form="real"
        ),
    )
}
"""The rows that take complex numbers apart; a column has none."""


def _power_slope(base: Any, exponent: Any) -> Any:
    """p·x^(p−1); nothing for p = 0 at x = 0, where x^(p−1) has no value."""
    if type(base) is float and base > 0.0:
        return exponent * base ** (exponent - 1.0)
    if type(exponent) is float and exponent == 0.0:
        return 0.0 * base  # a constant has no slope, whatever derivatives the base carries
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = exponent * base ** (exponent - 1.0)
    return _nothing_where(_estimate(exponent) == 0.0, _estimate(base) == 0.0, slope, 0.0)


def _power_growth(base: Any, power: Any) -> Any:
    """x^p·ln x, the slope by the exponent; nothing at x = 0 for p > 0, where ln x has no value."""
    return power * np.log(_nothing_where(_estimate(base) == 0.0, _estimate(power) == 0.0, base, 1.0))


def _tanh_slope(x: Any, y: Any) -> Any:
    """1/cosh² x, of real numbers without the cancellation of 1 − y² where y is close to ±1."""
    if not (isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")):
        return 1.0 - y * y
    e = np.exp(-2.0 * np.abs(x))
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


def _nothing_where(first: Any, second: Any, x: Any, instead: float) -> Any:
    """x, but `instead` where both conditions hold; x itself, derivatives and all, where they never do."""
    return _replaced(first, second, x, instead) if np.any(first) and np.any(second) else x


def _replaced(first: Any, second: Any, x: Any, instead: float) -> Any:
    """x, but the constant `instead` where both hold, without derivatives there; columns know no «and» of NumPy."""
    if hasattr(x, "primal"):
        return type(x)(_replaced(first, second, x.primal, instead), _replaced(first, second, x.tangent, 0.0))
    return np.where(first, np.where(second, instead, x), x)


def _estimate(x: Any) -> Any:
    """The plain numbers of an operand that carries derivatives of its own."""
    return getattr(x, "estimate", x)


def _sign(x: Any) -> Any:
    """The derivative of |x|: ±1 (complex: conj(x)/|x|), and not a number at 0, where there is none."""
    sign = np.conjugate(np.sign(_estimate(x)))
    return np.where(sign == 0.0, np.nan, sign)


def operation(ufunc: Any) -> Operation:
    """The table's row of a ufunc (or np.real, np.imag, np.angle); any other is refused by name."""
    row = OPERATIONS.get(ufunc) or OF_COMPLEX.get(ufunc)
    if row is None:
        raise Refused(finding("quantity.operation.unlisted", operation=ufunc.__name__))
    return row


def unit_rule(ufunc: Any, units: Sequence[Unit], exponent: float | None = None) -> UnitRule:
    """The unit rule of one operation; a power of a quantity with unit needs a constant exponent."""
    row = operation(ufunc)
    if ufunc is np.power and units[0] != ONE and exponent is not None:
        ratio(units[1], ONE)
        return UnitRule((units[0], ONE), units[0] ** exponent)
    return row.units(*units)
