"""What an engine is asked about the rows of a stack, and a month from what it answers.

An engine adds the rows against which nothing can speak, by the hour; all others come back one by one and are judged as
rows in memory are. Both together are the month, whatever else a row may be told of. An engine can where corrections are
lines and no quarters of hours are judged; else it is refused with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.channel import Held
from suyuan.carbon.monitoring.hours.gathered import Gathered, gathered
from suyuan.carbon.monitoring.hours.minutes import CLASSES, Flags, Minutes
from suyuan.carbon.monitoring.hours.month import Course
from suyuan.carbon.monitoring.hours.sums import Sums, together
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.counted import Counted, Rows, Span
from suyuan.series.periods import HOUR

Array = NDArray[Any]
Answer = Mapping[str, Array]
WIDE = 2.0**62
EDGE = 1e-9
"""Readings nearer than this share to the end of an interval come back, so that one rule judges them."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A table as it lies. name: that it has on the engine; kinds: column → «int64», «float64», «string» or
    «timestamp('UTC')»; time, status: columns; classes: flag of the device → class; group: column, «» for none."""

    name: str
    kinds: Mapping[str, str]
    time: str
    status: str = ""
    classes: Mapping[Any, str] = field(default_factory=dict)
    group: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What an engine said of a stack, in the order of time: hours, and the rows that are not plain; source: what was
    read."""

    rows: Rows
    shelf: Shelf
    hours: Answer
    others: Answer
    source: str


def rows_of(course: Course, shelf: Shelf, within: tuple[int, int]) -> Rows:
    """What an engine has to know. within: first and last µs (excluded) of the rows that are wanted.

    Raises Refused with everything that an engine cannot do.
    """
    told = [*_unfit(course), *_unread(course, shelf)]
    if told:
        raise Refused(*told)
    shift, load = int(course.calendar.begin[0] % HOUR), course.model.stack.load
    kinds = {name: shelf.kinds[name] for name in (shelf.time, shelf.status, load, shelf.group) if name}
    columns = tuple(Counted(one.channel.column, shelf.kinds[one.channel.column], tuple(_spans(course, one, within)))
                    for one in course.held.values())  # fmt: skip
    edges = {at - (at - shift) % HOUR for one in course.held.values() for at in one.starts if (at - shift) % HOUR}
    apart = tuple((at, at + HOUR) for at in sorted(edges) if within[0] - HOUR < at < within[1])
    quiet = tuple(flag for flag, word in shelf.classes.items() if not CLASSES[word])
    step = round(course.asks.step * 1_000_000)
    return Rows(
        shelf.name, columns, shelf.time, within, shift, step, shelf.status, quiet, load, shelf.group, apart, kinds
    )


def _unfit(course: Course) -> list[Finding]:
    """Why hours of a stack need all its rows in memory."""
    stack, begin, why = course.model.stack.id, course.calendar.begin, []
    if course.asks.quadrants is not None:
        why.append(finding("carbon.engine.scheme", stack, stack=stack))
    if bool((begin % HOUR != begin[0] % HOUR).any()):
        why.append(finding("carbon.engine.clock", stack, stack=stack))
    for role, one in course.held.items():
        if any(line is None for rule, line in zip(one.rules, one.lines, strict=True) if rule is not None):
            why.append(finding("carbon.engine.bends", stack, stack=stack, role=role))
    return why


def _unread(course: Course, shelf: Shelf) -> list[Finding]:
    """Columns that are not there, or of a kind that is not read."""
    numbers = [one.channel.column for one in course.held.values()]
    numbers += [course.model.stack.load] if course.model.stack.load else []
    wanted = {**dict.fromkeys(numbers, ("int64", "float64")), shelf.time: ("int64", "timestamp('UTC')")}
    if shelf.status:
        wanted[shelf.status] = ("int64", "string")
    return [
        finding(
            "carbon.engine.column", shelf.name, column=name, kind=shelf.kinds.get(name, "—"), wanted=", ".join(fits)
        )
        for name, fits in wanted.items()
        if shelf.kinds.get(name) not in fits
    ]


def _spans(course: Course, one: Held, within: tuple[int, int]) -> list[Span]:
    """The readings that are plain under the certificates of a channel; neighbours that say the same are one."""
    found: list[Span] = []
    role, codes = one.channel.role, [code / one.channel.resolution for code in course.limits.codes]
    allowed = course.limits.low.get(role, -math.inf), course.limits.high.get(role, math.inf)
    for start, end, rule, lines in zip(one.starts, one.windows.end.tolist(), one.rules, one.lines, strict=True):
        if end <= within[0] or start >= within[1] or rule is None or lines is None:
            continue
        intervals = [_interval(float(lines[0, 1]), float(lines[0, 0]), allowed)]
        if rule.correction.range is not None:
            intervals.append(_interval(*rule.raw_scale, rule.correction.range))
        low, high = max(one[0] for one in intervals), min(one[1] for one in intervals)
        low = max([low, *(code + abs(code) * EDGE for code in codes if code < high and code >= low)])
        span = Span(max(start, within[0]), min(end, within[1]), low, high)
        if found and found[-1].end == span.begin and (found[-1].low, found[-1].high) == (low, high):
            found[-1] = replace(found[-1], end=span.end)
        else:
            found.append(span)
    return found


def _interval(factor: float, offset: float, ends: tuple[float, float]) -> tuple[float, float]:
    """The recorded numbers whose offset + factor·x lies well between two; none where that is not told."""
    if not factor:
        return WIDE, -WIDE
    low, high = sorted(min(max((x - offset) / factor, -WIDE), WIDE) for x in ends)
    return low + abs(low) * EDGE, high - abs(high) * EDGE


# ---------------------------------------------------------------- what it answers


def doubled(hours: Answer) -> bool:
    """Whether two rows of an hour may have one time."""
    if "seen low" not in hours:
        return True
    bits = np.bitwise_count(np.asarray(hours["seen low"], np.int64)) + np.bitwise_count(
        np.asarray(hours["seen high"], np.int64))  # fmt: skip
    return bool((bits != np.asarray(hours["rows"])).any())


def gathered_of(number: int, told: Told, course: Course) -> Gathered:
    """A month from what an engine said."""
    first, last = course.calendar.span(number)
    part = course.calendar.of_month(number)
    begin = course.calendar.begin[part]
    hours = _within(told.hours, "hour", first, last)
    rest = _within(told.others, told.rows.time, first, last)
    few = gathered(number, _minutes(told, rest, course), course)
    hour = begin.searchsorted(hours["hour"])
    rows = np.zeros(len(begin), np.int64)
    rows[hour] = hours["rows"]
    step = round(course.asks.step * 1_000_000)
    lost = {id(one): replace(one, place=(one.time - first) // step) for one in few.lost.values()}
    sums, ends = {}, {}
    for role in few.sums:
        sums[role] = _sums(course.held[role], few.sums[role], hours, hour, begin)
    for role, one in course.held.items():
        if role in few.ends:
            ends[role] = _wider(few.ends[role], hours, one.channel.column)
    shown = {}
    for role, one in course.held.items():
        counts = one.channel.resolution
        low, high = few.shown.get(role, (math.inf, -math.inf))
        low, high = _wider((low / counts, high / counts), hours, one.channel.column)
        if low <= high:
            shown[role] = low * counts, high * counts
    by_factor = {factor: lost[id(one)] for factor, one in few.lost.items()}
    load = _load(few, told, hours, hour, rest, begin)
    return replace(few, rows=rows, lost=by_factor, sums=sums, ends=ends, load=load, shown=shown)


def _within(answer: Answer, key: str, first: int, last: int) -> Answer:
    part = slice(*np.searchsorted(answer[key], [first, last]).tolist())
    return {name: column[part] for name, column in answer.items()}


def _minutes(told: Told, rest: Answer, course: Course) -> Minutes:
    """The rows that came back, as rows in memory; what is empty is NaN."""
    rows = told.rows
    names = [one.name for one in rows.columns] + ([rows.load] if rows.load else [])
    columns = {name: _numbers(rest[name]) for name in dict.fromkeys(names)}
    flags: tuple[Flags, ...] = ()
    if rows.status:
        known = list(told.shelf.classes)
        code = np.array([known.index(flag) for flag in np.asarray(rest[rows.status]).tolist()], np.int64)
        flags = (Flags(code, tuple(told.shelf.classes.values())),)
    return Minutes(np.asarray(rest[rows.time], np.int64), columns, flags, told.source)


def _numbers(column: Array) -> Array:
    return np.ma.filled(column.astype(float), np.nan) if isinstance(column, np.ma.MaskedArray) else column


def _sums(one: Held, few: Sums, hours: Answer, hour: Array, begin: Array) -> Sums:
    """Sums of plain rows and of those that came back, one row an hour and certificate."""
    n = np.asarray(hours["n"], np.int64)
    there = np.flatnonzero(n > 0)
    at = hour[there]
    plain = Sums(at, one.windows.at(begin[at]), n[there],
                 _numbers(hours[f"sum {one.channel.column}"])[there].astype(float))  # fmt: skip
    both = together([plain, few])
    order = np.lexsort([both.window, both.hour])
    first = np.flatnonzero(np.append(True, (np.diff(both.hour[order]) != 0) | (np.diff(both.window[order]) != 0)))
    if not len(order):
        return plain
    return Sums(both.hour[order][first], both.window[order][first], np.add.reduceat(both.count[order], first),
                np.add.reduceat(both.reading[order], first))  # fmt: skip


def _wider(ends: tuple[float, float], hours: Answer, name: str) -> tuple[float, float]:
    """Least and largest reading of rows that came back and of plain ones."""
    least, most = (_numbers(hours[f"{word} {name}"]).astype(float) for word in ("least", "most"))
    return (float(np.fmin.reduce(least, initial=ends[0])), float(np.fmax.reduce(most, initial=ends[1])))


def _load(few: Gathered, told: Told, hours: Answer, hour: Array, rest: Answer, begin: Array) -> Array | None:
    """Mean load of each hour over its rows in which it is above zero."""
    if few.load is None:
        return None
    total, count = np.zeros(len(begin)), np.zeros(len(begin))
    total[hour], count[hour] = _numbers(hours[f"sum {told.rows.load}"]), hours["n"]
    given = _numbers(rest[told.rows.load])
    on = given > 0
    at = np.searchsorted(begin, rest[told.rows.time][on], side="right") - 1
    total += np.bincount(at, given[on], minlength=len(begin))
    count += np.bincount(at, minlength=len(begin))
    with np.errstate(invalid="ignore"):
        return np.asarray(total / count)
