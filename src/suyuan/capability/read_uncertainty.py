"""The uncertainty of a capability from its fields; shapes in `suyuan.capability.read`."""

from __future__ import annotations

import math
from typing import Any

from suyuan.capability.interval import Interval
from suyuan.capability.matching.cover import at_most
from suyuan.capability.uncertainty import Form, Formula, Grid, Line, Matrix, RootSum, Table, Uncertainty, Value
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Refused
from suyuan.quantity.formula.formula import parse
from suyuan.quantity.unit import ONE, Unit, parse_unit

FORMS = ("value", "table", "root_sum", "line", "formula", "matrix")
LEAST, MOST = 1e-100, 1e100
"""Sizes that a number of a measurement can have, whatever its unit."""


def absurd(inner: Fields, number: float, *path: str | int) -> bool:
    """Whether a number has a size that no measurement has; it is told at its place. Squares of the rest stay finite."""
    if number == 0.0 or math.isinf(number) or LEAST <= abs(number) <= MOST:
        return False
    inner.report("capability.read.absurd", *path, field=str(path[0]), given=f"{number:g}", least=LEAST, most=MOST)
    return True


def read_uncertainty(inner: Fields, interval: Interval, like: tuple[Any, ...]) -> Uncertainty | None:
    """An uncertainty, or None where a fault was reported.

    interval: of the capability; like: the dimension that an absolute U must have, empty where nobody knows.
    """
    form = inner.choice("form", FORMS, "value")
    if not form:  # what the other fields should be is not known, so none of them is wrong
        return None
    scale, unit = fraction_unit(inner, interval, like)
    k = inner.number("k")
    if k is None:
        inner.report("capability.read.k_assumed", "k", severity="warning")
    elif not k.value > 0.0:
        inner.report("capability.read.positive", "k", field="k", given=k.printed)
        return None
    read, units = _form(inner, form, interval, scale if scale is not None else 1.0)
    inner.close()
    if scale is None or read is None:
        return None
    return Uncertainty(read, k.value if k is not None else 2.0, unit, units)


def fraction_unit(inner: Fields, interval: Interval | None, like: tuple[Any, ...]) -> tuple[float | None, Unit | None]:
    """The factor of the numbers and the unit of an absolute U (None where relative); a factor None where it is wrong.

    A unit of dimension one («%») beside an interval that has a dimension makes U relative; with "relative": true it may
    stand too. Any other unit beside "relative" contradicts it.
    """
    relative = _relative(inner)
    text = inner.text("unit")
    if not text:
        if not relative:
            inner.report("typed.field.missing", "unit", field="unit")
            return None, None
        return _relative_scale(inner, ONE, interval)
    unit = unit_in(inner, text)
    if unit is None:
        return None, None
    own = interval.unit.dimension if interval is not None else unit.dimension
    if relative or (unit.dimension == ONE.dimension != own and like != ONE.dimension):
        if unit.dimension != ONE.dimension:
            inner.report("capability.read.relative_unit", "unit", unit=unit.symbol)
            return None, None
        return _relative_scale(inner, unit, interval)
    if like and unit.dimension != like:
        of = interval.unit.symbol if interval is not None else ""
        inner.report("capability.read.U_dimension", "unit", given=unit.symbol, unit=of)
        return None, None
    return 1.0, unit.as_difference()


def fraction_given(inner: Fields, uncertainty: Uncertainty) -> float:
    """The factor that makes figures given beside U, in its unit, plain fractions where U is relative; else 1."""
    text = inner.text("unit")
    return parse_unit(text).factor if uncertainty.relative and text else 1.0


def _relative_scale(inner: Fields, unit: Unit, interval: Interval | None) -> tuple[float, None]:
    if interval is not None and interval.unit.offset:
        inner.report("capability.read.relative_point", "unit", severity="warning", unit=interval.unit.symbol)
    return unit.factor, None


def _relative(inner: Fields) -> bool:
    if not inner.has("relative"):
        return False
    value = inner.content["relative"]
    if isinstance(value, bool) or str(value).casefold() in ("true", "false"):
        return str(value).casefold() == "true"
    inner.report("typed.field.type", "relative", field="relative", expected_zh="true 或 false",
                 expected_en="true or false")  # fmt: skip
    return False


def unit_in(inner: Fields, text: str, key: str = "unit") -> Unit | None:
    """The unit that a text names, or None with a finding at its key."""
    try:
        return parse_unit(text)
    except Refused as refused:
        for item in refused.findings:
            inner.report(item.code, key, severity=item.severity, **dict(item.parameters))
        return None


def _form(
    inner: Fields, form: str, interval: Interval, scale: float
) -> tuple[Form | None, tuple[tuple[str, Unit], ...]]:
    if form == "value":
        U = _sizes(inner, "U", scale)
        if U is not None and len(U) != 1:
            inner.report("capability.read.one_U", "U", count=len(U))
            return None, ()
        return (Value(U[0]) if U else None), ()
    if form == "table":
        return _table(inner, interval, scale), ()
    if form in ("root_sum", "line"):
        a, b = inner.number("a", required=True), inner.number("b", required=True)
        if a is None or b is None:
            return None, ()
        for name, number in (("a", a), ("b", b)):
            if number.value < 0.0:
                inner.report("capability.read.negative", name, field=name, given=number.printed)
                return None, ()
            if absurd(inner, number.value, name):
                return None, ()
        if a.value == b.value == 0.0:
            inner.report("capability.read.positive", "a", field="a", given=a.printed)
            return None, ()
        return (RootSum if form == "root_sum" else Line)(a.value * scale, b.value * scale), ()
    return _formula(inner, scale) if form == "formula" else (_matrix(inner, interval, scale), ())


def _sizes(inner: Fields, key: str, scale: float) -> Grid | None:
    """Uncertainties: each above nil."""
    numbers = inner.numbers(key, required=True)
    for at, number in enumerate(numbers):
        if not number.value > 0.0:
            path = (key, at) if isinstance(inner.content.get(key), list) else (key,)
            inner.report("capability.read.positive", *path, field=key, given=number.printed)
            return None
        if absurd(inner, number.value, key):
            return None
    return tuple(number.value * scale for number in numbers) or None


def _ascending(inner: Fields, key: str) -> Grid | None:
    points = tuple(number.value for number in inner.numbers(key, required=True))
    if any(absurd(inner, point, key) for point in points):
        return None
    for at in range(1, len(points)):
        if not points[at - 1] < points[at]:
            inner.report("capability.read.ascending", key, at, field=key, first=f"{points[at - 1]:g}",
                         second=f"{points[at]:g}")  # fmt: skip
            return None
    return points or None


def _points(inner: Fields, interval: Interval) -> Grid | None:
    points = _ascending(inner, "points")
    if points is None:
        return None
    told = {"low": f"{interval.low:g}", "high": f"{interval.high:g}", "unit": interval.unit.symbol}
    ends = {"first": f"{points[0]:g}", "last": f"{points[-1]:g}"}
    if not (at_most(interval.low, points[0]) and at_most(points[-1], interval.high)):
        inner.report("capability.read.points_beyond", "points", severity="warning", **told, **ends)
    if not (at_most(points[0], interval.low) and at_most(interval.high, points[-1])):
        inner.report("capability.read.points_short", "points", severity="warning", **told, **ends)
    return points


def _table(inner: Fields, interval: Interval, scale: float) -> Table | None:
    points, U = _points(inner, interval), _sizes(inner, "U", scale)
    if points is None or U is None:
        return None
    if len(points) != len(U):
        inner.report("capability.read.table", "U", points=len(points), given=len(U))
        return None
    return Table(points, U)


def _formula(inner: Fields, scale: float) -> tuple[Formula | None, tuple[tuple[str, Unit], ...]]:
    text = inner.text("text", required=True)
    units: list[tuple[str, Unit]] = []
    given = inner.inner("units")
    for name in given.content if given is not None else ():
        assert given is not None
        word = given.text(name, required=True)
        if word and (unit := unit_in(given, word, name)) is not None:
            units.append((name, unit))
    if not text:
        return None, ()
    _, found = parse(text, where=inner.where("text"))
    if scale != 1.0 and not found:  # given in %, kept as a fraction
        text = f"({text})*{scale!r}"
        _, found = parse(text, where=inner.where("text"))
    inner.found += found
    return (None if found else Formula(text)), tuple(units)


def _matrix(inner: Fields, interval: Interval, scale: float) -> Matrix | None:
    points, grid = _points(inner, interval), _ascending(inner, "grid")
    condition, word = inner.text("condition", required=True), inner.text("grid_unit", required=True)
    unit = unit_in(inner, word, "grid_unit") if word else None
    given = inner.content.get("U")
    inner.asked.add("U")
    if not isinstance(given, list) or not given or not all(isinstance(row, list) for row in given):
        inner.report("typed.field.type", "U", field="U", expected_zh="[[数, …], …]", expected_en="[[number, …], …]")
        return None
    rows = [_sizes(Fields({"U": row}, inner.where("U", at), inner.found), "U", scale) for at, row in enumerate(given)]
    if points is None or grid is None or unit is None or not condition or any(row is None for row in rows):
        return None
    good = tuple(row for row in rows if row is not None)
    if len(good) != len(points) or any(len(row) != len(grid) for row in good):
        inner.report("capability.read.matrix", "U", rows=len(points), columns=len(grid))
        return None
    return Matrix(points, condition, grid, unit, good)
