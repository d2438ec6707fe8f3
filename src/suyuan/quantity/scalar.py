"""One operation on single numbers by plain floats, where the machinery of arrays would cost more than the arithmetic.

The derivatives are those of the one table, whose partials take floats as well as arrays; only the values are computed
here by Python's own functions. Whatever is out of the ordinary (a unit to be converted, a pole, an overflow, a root of
a negative number) is left to the arrays, which say what it is.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from suyuan.quantity.components import NOTHING, Components
from suyuan.quantity.derivative import Partial, operation, unit_rule
from suyuan.quantity.unit import ONE, Unit

_VALUES: Mapping[Any, Callable[..., float]] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.true_divide: operator.truediv,
    np.power: operator.pow,
    np.negative: operator.neg,
    np.positive: operator.pos,
    np.absolute: abs,
    np.square: lambda x: x * x,
    np.reciprocal: lambda x: 1.0 / x,
    np.sqrt: math.sqrt,
    np.exp: math.exp,
    np.expm1: math.expm1,
    np.log: math.log,
    np.log10: math.log10,
    np.log1p: math.log1p,
    np.sin: math.sin,
    np.cos: math.cos,
    np.tan: math.tan,
    np.arcsin: math.asin,
    np.arccos: math.acos,
    np.arctan: math.atan,
    np.sinh: math.sinh,
    np.cosh: math.cosh,
    np.tanh: math.tanh,
    np.arctan2: math.atan2,
    np.hypot: math.hypot,
}
_ROWS: Mapping[Any, tuple[Callable[..., float], tuple[Partial, ...]]] = {
    ufunc: (value, operation(ufunc).partials) for ufunc, value in _VALUES.items()
}
_UNITS: dict[tuple[Any, ...], tuple[Unit, Unit, Unit | None]] = {}
"""(operation, identity of the units, exponent) → the units, kept alive with their identity, and the result."""


MANY = 10_000
"""Combinations of units that are remembered."""


def evaluated(
    ufunc: Any, values: tuple[float, ...], units: tuple[Unit, Unit], parts: Sequence[Components]
) -> tuple[float, Unit, Components] | None:
    """Value, unit and components of an operation on one or two numbers, or None where arrays must do it.

    units: of the operands (of one operand twice); parts: their components. Raises Refused as the unit rules do.
    """
    row = _ROWS.get(ufunc)
    if row is None or len(row[1]) != len(values):
        return None
    exponent = None
    if ufunc is np.power and parts[1] is NOTHING and units[1] == ONE:
        exponent = values[1]
    unit = resulting(ufunc, *units, exponent)
    if unit is None:
        return None
    try:
        value = row[0](*values)
        if type(value) is not float:
            return None
        terms = [
            (float(partial(values, value)), part)
            for partial, part in zip(row[1], parts, strict=True)
            if part is not NOTHING
        ]
    except (ArithmeticError, ValueError):
        return None
    return value, unit, Components(terms) if terms else NOTHING


def resulting(ufunc: Any, a: Unit, b: Unit, exponent: float | None) -> Unit | None:
    """The unit of the result; None where an operand must be converted first."""
    key = (ufunc, id(a), id(b), exponent)
    known = _UNITS.get(key)
    if known is None:
        operands = (a, b) if ufunc.nin == 2 else (a,)
        rule = unit_rule(ufunc, operands, exponent)
        as_they_are = all(wanted == unit for wanted, unit in zip(rule.wanted, operands, strict=True))
        if len(_UNITS) >= MANY:
            _UNITS.clear()
        known = _UNITS[key] = (a, b, rule.result if as_they_are else None)
    return known[2]
