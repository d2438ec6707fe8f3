"""The uncertainty that a capability promises, over its interval: a value, a table, a function or a matrix.

Every form but the free formula is, piece by piece, a quadratic: with y the quantity value in the interval's unit,
U² = c₀ + c₁y + c₂y² (absolute, in the U unit), or (U/|y|)² = c₀ + c₁y + c₂y² (relative). So the largest U over an
interval, and where U meets a limit, are exact and need no search.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.capability.interval import Interval
from suyuan.capability.matching.cover import common, contains
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.formula.formula import Formula as Expression
from suyuan.quantity.unit import Unit

Wanted = str | Interval
"""A condition as a need states it: a word, or an interval (a single value is an interval of no width)."""

Grid = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """One U for the whole interval."""

    U: float


@dataclass(frozen=True, slots=True)
class Table:
    """U at points of the interval (ascending, in its unit), straight lines between; outside the points: not stated."""

    points: Grid
    U: Grid


@dataclass(frozen=True, slots=True)
class RootSum:
    """Q[a, b·L] = √(a² + (b·L)²): a in the U unit, b in U unit per interval unit."""

    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Line:
    """a + b·|L|, where a scope says a sum and not a root: a in the U unit, b in U unit per interval unit."""

    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Formula:
    """Any expression in x (in the interval's unit) and in named conditions (in the units of `Uncertainty.units`)."""

    text: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """U on a grid: rows by points of the interval, columns by points of one numeric condition (frequency …), bilinear
    between. condition: its name; grid: its points, ascending, in `unit`."""

    points: Grid
    condition: str
    grid: Grid
    unit: Unit
    U: tuple[Grid, ...]


Form = Value | Table | RootSum | Line | Formula | Matrix


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Expanded uncertainty of a capability. form; k: coverage factor that it is stated with; unit: of an absolute U (as
    a difference), None where U is relative (a plain fraction of the value); units: of a formula's conditions."""

    form: Form
    k: float = 2.0
    unit: Unit | None = None
    units: tuple[tuple[str, Unit], ...] = ()

    @property
    def relative(self) -> bool:
        """Whether U is a fraction of the quantity value."""
        return self.unit is None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the interval on which one quadratic holds: U² (or (U/|y|)² where U is relative) = c₀ + c₁y + c₂y².

    low, high: its ends, y in the unit of the interval; branch: where U depends on a condition that is itself an
    interval, one branch for each of its values that can be the worst; the largest U of all branches counts; ends: U at
    both ends of a straight piece, from which it is known without the rounding of c.
    """

    low: float
    high: float
    c: tuple[float, float, float]
    branch: int = 0
    ends: tuple[float, float] | None = None

    def U(self, y: float) -> float:
        """U (or U/|y|) at a value of the piece."""
        if self.ends is not None:
            share = (y - self.low) / (self.high - self.low) if self.high > self.low else 0.0
            return self.ends[0] * (1.0 - share) + self.ends[1] * share
        return math.sqrt(max(self.c[0] + self.c[1] * y + self.c[2] * y * y, 0.0))


def at(
    uncertainty: Uncertainty, y: ArrayLike, unit: Unit, conditions: Mapping[str, Wanted] | None = None
) -> NDArray[np.float64]:
    """U at quantity values, with the k of the statement.

    y: quantity values, any shape, in `unit` (that of the capability's interval); conditions: of the need, for a matrix
    or a formula; where one is an interval, the largest U over it counts.
    Returns U in `uncertainty.unit`, or in `unit` as a difference where it is relative (U = r·|y|); not-a-number where
    nothing is stated. Raises Refused where a condition that U depends on is not stated, or a formula has no value.

    Gauge block, Q[0.03; 0.3·L/m] µm at 100 mm is 0.0424 µm:

    >>> from suyuan.quantity.unit import parse_unit
    >>> q = Uncertainty(RootSum(0.03, 0.0003), unit=parse_unit("um"))
    >>> round(float(at(q, 100.0, parse_unit("mm"))), 4)
    0.0424
    """
    values = np.asarray(y, np.float64)
    stated = _stated(uncertainty, values, conditions or {})
    return stated * np.abs(values) if uncertainty.relative else stated


def unit_at(uncertainty: Uncertainty, unit: Unit) -> Unit:
    """The unit that `at` gives U in. unit: of the capability's interval."""
    return uncertainty.unit if uncertainty.unit is not None else unit.as_difference()


def _stated(u: Uncertainty, y: NDArray[np.float64], conditions: Mapping[str, Wanted]) -> NDArray[np.float64]:
    form = u.form
    if isinstance(form, Value):
        return np.full(y.shape, form.U)
    if isinstance(form, Table):
        return np.asarray(np.interp(y, form.points, form.U, np.nan, np.nan))
    if isinstance(form, RootSum):
        return np.hypot(form.a, form.b * y)
    if isinstance(form, Line):
        return form.a + form.b * np.abs(y)
    if isinstance(form, Matrix):
        columns = [np.interp(y, form.points, column, np.nan, np.nan) for column in _columns(form, conditions)]
        return np.asarray(np.max(columns, axis=0))
    return _formula(form, u.units, y, conditions)


def pieces(
    uncertainty: Uncertainty, interval: Interval, conditions: Mapping[str, Wanted] | None = None
) -> tuple[Piece, ...] | None:
    """U over an interval as quadratics; None for a free formula, which has none.

    interval: the capability's own; conditions: as in `at`. Where nothing is stated (outside a table) there is no piece.
    Raises Refused where the condition of a matrix is not stated or lies outside it.
    """
    form, low, high = uncertainty.form, interval.low, interval.high
    if isinstance(form, Value):
        return (Piece(low, high, (form.U * form.U, 0.0, 0.0)),)
    if isinstance(form, RootSum):
        return (Piece(low, high, (form.a * form.a, 0.0, form.b * form.b)),)
    if isinstance(form, Line):
        sides = ((low, min(high, 0.0), -form.b), (max(low, 0.0), high, form.b))
        return tuple(Piece(x, y, (form.a * form.a, 2.0 * form.a * b, b * b)) for x, y, b in sides if x <= y)
    if isinstance(form, Table):
        return tuple(_straight(form.points, form.U, interval, 0))
    if isinstance(form, Matrix):
        columns = enumerate(_columns(form, conditions or {}))
        return tuple(piece for at, column in columns for piece in _straight(form.points, column, interval, at))
    return None


def _straight(points: Grid, U: Sequence[float], interval: Interval, branch: int) -> Iterator[Piece]:
    if len(points) == 1:
        yield Piece(points[0], points[0], (U[0] * U[0], 0.0, 0.0), branch)
    for i in range(len(points) - 1):
        part = common((points[i], points[i + 1]), (interval.low, interval.high))
        if part is not None:
            slope = (U[i + 1] - U[i]) / (points[i + 1] - points[i])
            c = U[i] - slope * points[i]
            ends = (U[i] + slope * (part[0] - points[i]), U[i] + slope * (part[1] - points[i]))
            ends = (ends[0], U[i + 1] if part[1] == points[i + 1] else ends[1])
            yield Piece(*part, (c * c, 2.0 * c * slope, slope * slope), branch, ends)


def _columns(form: Matrix, conditions: Mapping[str, Wanted]) -> list[list[float]]:
    """The columns of a matrix among which the largest U is, for a value or an interval of its condition."""
    wanted = conditions.get(form.condition)
    if not isinstance(wanted, Interval):
        raise Refused(finding("capability.uncertainty.condition", form.condition, condition=form.condition))
    there = wanted.to(form.unit)
    if not contains((form.grid[0], form.grid[-1]), (there.low, there.high)):
        raise Refused(
            finding("capability.uncertainty.outside", form.condition, condition=form.condition,
                    low=f"{form.grid[0]:g}", high=f"{form.grid[-1]:g}", unit=form.unit.symbol,
                    given=_between(there))
        )  # fmt: skip
    inside = [g for g in form.grid if there.low < g < there.high]
    at = sorted({there.low, *inside, there.high})
    return [[float(np.interp(value, form.grid, row)) for row in form.U] for value in at]


def _between(interval: Interval) -> str:
    return f"{interval.low:g}" if interval.low == interval.high else f"{interval.low:g} … {interval.high:g}"


STEPS = 17
"""Values of a condition that a formula is evaluated at where the need states an interval of it."""


def _formula(
    form: Formula, units: tuple[tuple[str, Unit], ...], y: NDArray[np.float64], conditions: Mapping[str, Wanted]
) -> NDArray[np.float64]:
    expression = Expression(form.text)
    known, values = dict(units), {}
    for name in expression.names:
        if name == "x":
            continue
        wanted = conditions.get(name)
        if not isinstance(wanted, Interval):
            raise Refused(finding("capability.uncertainty.condition", name, condition=name))
        there = wanted.to(known.get(name, wanted.unit))
        values[name] = np.unique(np.linspace(there.low, there.high, STEPS))
    names = list(values)
    worst = np.full(y.shape, -np.inf)
    for row in np.stack(np.meshgrid(*values.values()), -1).reshape(-1, len(names)) if names else [()]:
        given = dict(zip(names, row, strict=True))
        found = np.broadcast_to(np.asarray(expression.evaluate({"x": y, **given}), np.float64), y.shape)
        worst = np.maximum(worst, found)
    return np.where(np.isfinite(worst) & (worst > 0.0), worst, np.nan)
