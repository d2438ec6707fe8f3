"""The uncertainty that a capability promises, over its interval: a value, a table, a function or a matrix.

Every form but the free formula is, piece by piece, a quadratic: with y the quantity value in the interval's unit,
U² = c₀ + c₁y + c₂y² (absolute, in the U unit), or (U/|y|)² = c₀ + c₁y + c₂y² (relative). So the largest U over an
interval, and where U meets a limit, are exact and need no search.
"""

from __future__ import annotations

from dataclasses import dataclass

from suyuan.quantity.unit import Unit

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
