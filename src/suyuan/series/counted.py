"""Rows of several columns added by the hour, as unbound Ibis expressions: what grows with them is done where they lie.

A row is plain where nothing can speak against it: its flag is a quiet one, its load is above zero, every reading is
there and well within what its certificate covers and what can be, and its time is not set apart. Plain rows leave a few
numbers an hour: how many, and Σ, least and largest of each column. All others, few among many, are told one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from typing import Any

from suyuan.series.periods import HOUR

BEGIN = "hour"
"""Column of answers: when an hour begins, µs."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, begin ≤ t < end in µs, in which readings from low to high are plain."""

    begin: int
    end: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Counted:
    """A column of readings. kind: «int64» or «float64»; spans: in order; at times beyond them no reading is plain."""

    name: str
    kind: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table of rows.

    name: that it has on the engine; columns: of readings; time: column of µs since 1970-01-01T00:00Z, or of timestamps
    of full seconds; within: first and last µs (excluded) of the rows that are wanted; shift: µs by which hours begin
    after full ones of UTC; step: µs from one row to the next; status: column of flags, quiet: those that say nothing
    against a row; load: column that is above zero while a unit runs; group: column that tells tables apart; each of
    these «» where there is none; apart: times, µs, whose rows are told one by one; kinds: of time, status, load and
    group where they are not «int64».
    """

    name: str
    columns: tuple[Counted, ...]
    time: str
    within: tuple[int, int]
    shift: int = 0
    step: int = 0
    status: str = ""
    quiet: tuple[Any, ...] = ()
    load: str = ""
    group: str = ""
    apart: tuple[tuple[int, int], ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)


def hours(rows: Rows) -> Any:
    """(Group and) hour → rows: how many; seen low, seen high: see `seen`; n: plain rows; Σ «sum c» over these of each
    column and of the load, and of each column «least c» and «most c»."""
    table = _table(rows)
    table = table.mutate(plain=_plain(rows, table))
    plain, names = table["plain"], [one.name for one in rows.columns]
    found = {"rows": table.count(), **_seen(rows, table), "n": plain.sum()}
    found |= {f"sum {c}": plain.ifelse(table[c], 0).sum() for c in [*names, *([rows.load] if rows.load else [])]}
    for name in names:
        reading = plain.ifelse(table[name], None)
        found |= {f"least {name}": reading.min(), f"most {name}": reading.max()}
    return table.group_by(*_hourly(rows, table)).aggregate(**found)


def times(rows: Rows) -> Any:
    """(Group and) hour → rows, and how many different times they have; takes long: where `seen` leaves it open."""
    table = _table(rows)
    return table.group_by(*_hourly(rows, table)).aggregate(rows=table.count(), times=table[rows.time].nunique())


HALF = 30
"""Steps of an hour that one number can tell."""


def _seen(rows: Rows, table: Any) -> dict[str, Any]:
    """Σ 2^k over rows in step k of their hour, low and high steps apart: it has as many ones as there are rows exactly
    where no two rows are in one step. Nothing where an hour has too many steps."""
    import ibis

    if not rows.step or rows.step * 2 * HALF < HOUR:
        return {}
    step = ((table[rows.time] - rows.shift) % HOUR) // rows.step
    one, none = ibis.literal(1, "int64"), ibis.literal(0, "int64")
    return {
        "seen low": (step < HALF).ifelse(one << (step % HALF), none).sum(),
        "seen high": (step >= HALF).ifelse(one << (step % HALF), none).sum(),
    }


def _hourly(rows: Rows, table: Any) -> list[Any]:
    begin = (table[rows.time] - (table[rows.time] - rows.shift) % HOUR).name(BEGIN)
    return [*([rows.group] if rows.group else []), begin]


def others(rows: Rows) -> Any:
    """The rows that are not plain: group, time, status, load and readings."""
    table = _table(rows)
    return table.filter(~_plain(rows, table))


def _table(rows: Rows) -> Any:
    """The rows that are wanted, times in µs."""
    import ibis

    kinds = {one.name: one.kind for one in rows.columns}
    for name in (rows.time, rows.status, rows.load, rows.group):
        if name:
            kinds.setdefault(name, rows.kinds.get(name, "int64"))
    table = ibis.table(kinds, name=rows.name)
    if kinds[rows.time] != "int64":
        table = table.mutate(**{rows.time: table[rows.time].epoch_seconds().cast("int64") * 1_000_000})
    first, last = rows.within
    return table.filter((table[rows.time] >= first) & (table[rows.time] < last))


def _plain(rows: Rows, table: Any) -> Any:
    """Whether nothing can speak against a row; what is not known is not plain."""
    time = table[rows.time]
    wanted = [table[rows.status].isin(list(rows.quiet))] if rows.status else []
    wanted += (
        [(table[rows.load] > 0) & _finite(table[rows.load], rows.kinds.get(rows.load, "int64"))] if rows.load else []
    )
    for one in rows.columns:
        reading = table[one.name]
        wanted.append(_any(_during(time, s.begin, s.end) & reading.between(s.low, s.high) for s in one.spans))
        wanted.append(_finite(reading, one.kind))
    wanted += [~_during(time, begin, end) for begin, end in rows.apart]
    return reduce(and_, wanted).fill_null(False)


def _finite(reading: Any, kind: str) -> Any:
    found = reading.notnull()
    return found & ~reading.isnan() & ~reading.isinf() if kind == "float64" else found


def _during(time: Any, begin: int, end: int) -> Any:
    return (time >= begin) & (time < end)


def _any(conditions: Iterable[Any]) -> Any:
    import ibis

    return reduce(or_, conditions, ibis.literal(False))
