"""The windows of many subjects as one small table, in the form in which any engine can join readings to it.

Engines differ in how they join by an interval, and some do it row against row. So time is cut into cells of 2^k µs, a
window stands once for each cell that it touches, and readings meet it by equal key and cell; start ≤ t < end is then
asked of few. What the correction needs (parameters, resolution, range, offset of the zone) stands in its columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timezone
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.formula.formula import Formula
from suyuan.series.asof import FIRST, LAST, Subject, Windows
from suyuan.series.form import Applied
from suyuan.series.periods import DAY, HOUR, SECOND, Offsets, Periods, offsets
from suyuan.series.resolution import ratio
from suyuan.series.stream import Stream

Array = NDArray[Any]
Columns = Mapping[str, Array]
Form = dict[tuple[Any, int], tuple[int, Applied, Any]]
"""Rules of one model: identity of the object → number among them, rule, key of its readings."""
CELLS = 4
"""Cells a window on average: more make the table of windows longer, fewer make candidates that do not match."""
NARROW = 600 * SECOND
"""Width of cells from which on they hold so many readings that counting by cells is worth a second pass. Our own
choice."""
HUGE = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What stands under one key of a table of readings: a stream, under one instrument and configuration.

    resolution: unit per count, the stream's where None; u: what each reading has of its own, in the stream's unit, None
    where it is not known (or stands in a column).
    """

    stream: Stream
    subject: Subject
    resolution: Decimal | None = None
    u: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The table of readings. Its columns: key (whole numbers or text), time (int64, µs), count (int64, empty where
    missing), u (float64, empty where the source's counts) or «» where there is no such column, mark (int64, who speaks
    against a reading and whether it is taken out, see `quality.use`) or «»; text: whether keys are text; span: first
    and last time, needed for a zone whose clocks are set; version: what is read, as text."""

    name: str = "readings"
    key: str = "stream"
    time: str = "time"
    count: str = "count"
    u: str = ""
    mark: str = ""
    text: bool = True
    span: tuple[int, int] | None = None
    version: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Windows cut where clocks are set: key number and window of each, start, end, shift, beginning of the stretch."""

    keys: tuple[Any, ...]
    key: Array
    window: Array
    start: Array
    end: Array
    shift: Array
    begin: Array
    status: Array


def stretches(periods: Periods | None, span: tuple[int, int] | None) -> Offsets:
    """The stretches of one offset over the readings. Raises Refused where clocks are set and there is no span."""
    if periods is None:
        return Offsets(np.array([FIRST], dtype=np.int64), np.zeros(1, dtype=np.int64))
    if span is None and not isinstance(periods.zone, timezone):
        raise Refused(finding("series.periods.span", str(periods.zone)))
    return offsets(periods.zone, *(span or (0, 0)))


def pieces_of(held: Mapping[Any, Windows], periods: Periods | None, span: tuple[int, int] | None) -> Pieces:
    """Windows cut where clocks are set."""
    stretch = stretches(periods, span)
    cuts, shifts = stretch.begin, stretch.shift
    rows: list[tuple[Array, ...]] = []
    for number, one in enumerate(held.values()):
        start = np.union1d(one.start, cuts)
        window = one.at(start)
        at = np.searchsorted(cuts, start, side="right") - 1
        end = np.append(start[1:], LAST)
        rows.append((np.full(len(start), number), window, start, end, shifts[at], cuts[at], one.status[window]))
    columns = [np.concatenate(c) for c in zip(*rows, strict=True)] if rows else [np.zeros(0, np.int64)] * 7
    return Pieces(tuple(held), *columns)


@dataclass(frozen=True, slots=True)
class Cell:
    """Cells of 2^power µs between the first and the last boundary; times beyond belong to the outermost ones."""

    power: int
    low: int
    high: int

    def of(self, time: Array) -> Array:
        return np.asarray(np.clip(time >> self.power, self.low, self.high))


def cells(pieces: Pieces) -> Cell:
    """A width with about `CELLS` cells a window, for the windows that begin and end somewhere."""
    edges = np.unique(pieces.start[pieces.start > FIRST])
    if not len(edges):
        return Cell(40, 0, 0)
    low, high = int(edges[0]), int(edges[-1])
    streams = max(len(pieces.keys), 1)
    cells = max(CELLS * len(pieces.start) // streams, 1)
    width = max((high - low) // cells, 1)
    power = max(int(width).bit_length(), 10)
    return Cell(power, (low >> power) - 1, (high >> power) + 1)


def aligned(pieces: Pieces, periods: Periods | None) -> int | None:
    """The widest cells, µs, in which neither a window nor a period begins; None where they would be narrow."""
    unit = HOUR if periods is not None and periods.kind == "hour" else DAY
    edges = np.concatenate([pieces.start[pieces.start > FIRST], pieces.end[pieces.end < LAST], pieces.shift, [unit]])
    width = int(np.gcd.reduce(edges.astype(np.int64)))
    return width if width >= NARROW else None


def rows_of(
    pieces: Pieces, cell: Cell, rules: Mapping[Any, list[Applied | None]], sources: Mapping[Any, Source],
    names: Table, mine: Form | None,
) -> tuple[Columns, tuple[tuple[Applied, Any], ...]]:  # fmt: skip
    """The table of windows: one row a window and cell; all of them, or those of one form with its parameters."""
    every = [rules[pieces.keys[k]][w] for k, w in zip(pieces.key, pieces.window, strict=True)]
    marks = [(pieces.keys[k], id(rule)) for k, rule in zip(pieces.key, every, strict=True)]
    taken = np.arange(len(every)) if mine is None else np.array(
        [i for i, rule in enumerate(every) if rule is not None and marks[i] in mine], dtype=np.int64)  # fmt: skip
    first, last = cell.of(pieces.start[taken]), cell.of(pieces.end[taken] - 1)
    repeat = last - first + 1
    at = np.repeat(np.arange(len(taken)), repeat)
    offset = np.arange(len(at)) - np.repeat(np.cumsum(repeat) - repeat, repeat)
    row = taken[at]
    key = np.array(pieces.keys, dtype=object if names.text else np.int64)[pieces.key[row]] if len(row) else np.zeros(
        0, dtype=object if names.text else np.int64)  # fmt: skip
    scale = np.array([ratio(s.resolution or s.stream.resolution) for s in sources.values()], dtype=float).reshape(-1, 2)
    ranges = np.array([_range(rule) for rule in every], dtype=float).reshape(-1, 2)
    raws = np.array([rule.raw_scale if rule else (1.0, 0.0) for rule in every], dtype=float).reshape(-1, 2)
    own = np.array([s.u or 0.0 for s in sources.values()], dtype=float)
    stated = np.array([s.u is not None for s in sources.values()], dtype=np.int64)
    columns: dict[str, Array] = {
        "wkey": key, "wcell": first[at] + offset, "start": pieces.start[row], "end": pieces.end[row],
        "shift": pieces.shift[row], "begin": pieces.begin[row], "status": pieces.status[row].astype(np.int64),
        "multiple": scale[pieces.key[row], 0], "power": scale[pieces.key[row], 1], "low": ranges[row, 0],
        "high": ranges[row, 1], "factor": raws[row, 0], "zero": raws[row, 1], "own_u": own[pieces.key[row]],
        "stated": stated[pieces.key[row]],
    }  # fmt: skip
    if mine is None:
        return columns, ()
    used = [every[i] for i in row]
    listed = tuple((rule, key) for _, rule, key in sorted(mine.values(), key=lambda row: row[0]))
    columns["rule"] = np.array([mine[marks[i]][0] for i in row], dtype=np.int64)
    for k, name in enumerate(listed[0][0].names):
        columns[f"p{k}"] = np.array([rule.numbers[name] for rule in used if rule is not None], dtype=float)
    return columns, listed


def _range(rule: Applied | None) -> tuple[float, float]:
    return (-HUGE, HUGE) if rule is None or rule.correction.range is None else rule.correction.range


def by_form(rules: Mapping[Any, list[Applied | None]]) -> dict[Any, Form]:
    """Rules of one model and one pair of units together; one certificate under two keys is two rules."""
    found: dict[Any, Form] = {}
    for key_of_readings, listed in rules.items():
        for rule in listed:
            if rule is not None:
                model = rule.correction.model
                key = (model.text if isinstance(model, Formula) else model, rule.names, rule.value_scale)
                mine = found.setdefault(key, {})
                mine.setdefault((key_of_readings, id(rule)), (len(mine), rule, key_of_readings))
    return found
