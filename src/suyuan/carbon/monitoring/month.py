"""One month of a stack: what speaks against its hours, which of them count, and the sums of their minutes.

A month is made of its minutes alone, so that a year is made of twelve, and one that a certificate changes is made again
without the others being read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.calendar import Calendar
from suyuan.carbon.monitoring.channel import Column, Frames, Held, Sums, column, sums
from suyuan.carbon.monitoring.minutes import NOTHING, Limits, Mark, Marked, Minutes, flagged, united
from suyuan.carbon.monitoring.stack import Model
from suyuan.carbon.rule import Rules
from suyuan.series.periods import HOUR

Array = NDArray[Any]
REASONS = (
    Mark.NO_CERTIFICATE, Mark.OUT_OF_CONTROL, Mark.FAULT, Mark.OUT_OF_RANGE, Mark.IMPLAUSIBLE, Mark.MAINTENANCE,
    Mark.CALIBRATION, Mark.MISSING,
)  # fmt: skip
"""Of marks with equally many minutes in an hour the earlier one is its reason."""
_REASONS = np.array([int(mark) for mark in REASONS], np.uint16)
QUARTER = 900.0
"""Seconds in a quarter of an hour."""
_OFF, _CALIBRATION = int(Mark.NOT_OPERATING), REASONS.index(Mark.CALIBRATION)


@dataclass(frozen=True, slots=True)
class Implausible:
    """Minutes of a channel beyond what is plausible though no flag speaks against them. zeros: of them exactly 0;
    low, high: least and largest value of the month; hours: of the month, that have such a minute."""

    minutes: int
    zeros: int
    low: float
    high: float
    hours: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Runs of minutes that do not count, whatever their marks, longer than the scheme says. begin (e,): µs; rows (e,);
    mark (e,): all marks of the run together."""

    begin: NDArray[np.int64]
    rows: NDArray[np.int64]
    mark: NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class Month:
    """The hours (h,) of a month.

    number: 1 to 12; operating: fraction of each hour in which the unit ran; reason: mark that took most minutes of an
    hour that is lost, 0 where it is measured, `NOT_OPERATING` where the unit stood, or nothing else took any; rows:
    minutes that were recorded; valid: part of the rate → hours that count; sums: role → sums of its minutes, hours
    numbered within the month; again: times that came twice; implausible: by role; expired: role → hours without a
    certificate; calibrated: hours with a minute of calibration; events: long runs of minutes that do not count; held:
    role → certificates by whose windows the sums are kept; ends: role → least and largest reading, where all minutes
    that are there count for their certificates; source: what was read.
    """

    number: int
    operating: NDArray[np.float64]
    reason: NDArray[np.uint16]
    rows: NDArray[np.int64]
    valid: Mapping[str, NDArray[np.bool_]]
    sums: Mapping[str, Sums]
    again: NDArray[np.int64]
    implausible: Mapping[str, Implausible]
    expired: Mapping[str, NDArray[np.int64]]
    calibrated: NDArray[np.bool_]
    events: Events
    held: Mapping[str, Held]
    ends: Mapping[str, tuple[float, float]]
    source: str

    def __len__(self) -> int:
        return len(self.operating)


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """What makes an hour count, as the scheme in force says. scope: «all» where the marks of all channels count
    together, «each» where each part of the rate is judged by itself; minutes, share (%) or quadrants: what is wanted,
    the others None; step: seconds from row to row; event: minutes above which a run of lost ones is listed, day: hours
    that a day needs, both None where the scheme says nothing."""

    scope: str
    minutes: float | None
    share: float | None
    quadrants: int | None
    step: float
    event: float | None = None
    day: int | None = None

    @property
    def possible(self) -> int:
        """Rows that an hour can have."""
        return round(3600.0 / self.step)

    def counts(self, valid: Array, operating: Array, quarters: Array) -> NDArray[np.bool_]:
        """Which hours count. valid, operating (h,): rows that are valid, and in which the unit ran; quarters (2, h): of
        the hour, how many have a valid row, and in how many the unit ran."""
        some = valid > 0
        if self.minutes is not None:
            return np.asarray(some & (valid * self.step >= 60.0 * self.minutes))
        if self.share is not None:
            return np.asarray(some & (100.0 * valid >= self.share * operating))
        assert self.quadrants is not None
        return np.asarray(some & (quarters[0] >= np.minimum(self.quadrants, quarters[1])))


def judge(rules: Rules, step: float) -> Judge:
    """What the scheme wants of an hour."""

    def stated(name: str) -> Any:
        return rules.value(name) if name in rules.rows else None

    return Judge(str(rules.value("valid_scope")), stated("valid_minutes"), stated("valid_share"),
                 stated("valid_quadrants"), step, stated("event_minutes"), stated("day_hours"))  # fmt: skip


@dataclass(frozen=True, eq=False)
class Course:
    """What a month is made with: calendar, model, certificates by role, what an hour needs, and what is plausible."""

    calendar: Calendar
    model: Model
    held: Mapping[str, Held]
    asks: Judge
    limits: Limits


def of_minutes(number: int, given: Minutes, course: Course) -> Month:
    """A month from its minutes; rows of other months are left out."""
    first, last = course.calendar.span(number)
    minutes, again = given.ordered()
    inside = np.searchsorted(minutes.time, [first, last])
    if inside[0] > 0 or inside[1] < len(minutes):
        minutes = minutes.taken(slice(int(inside[0]), int(inside[1])))
    begin = course.calendar.begin[course.calendar.of_month(number)]
    edges, each = _edges(minutes.time, begin, course.asks.possible)
    columns = {role: column(minutes, one, course.limits) for role, one in course.held.items()}
    flags = flagged(minutes, course.model.stack.load)
    shape = _Hours(minutes.time, begin, edges, each, course.asks)
    lost = _lost(columns, flags, shape, course)
    valid = {key: one.valid(shape) for key, one in {id(one): one for one in lost.values()}.items()}
    frames = {key: Frames(one.place, edges, one.hour) for key, one in {id(one): one for one in lost.values()}.items()}
    added = {
        role: sums(columns[role], frames[id(lost[factor])])
        for factor in course.model.factors
        for role in course.model.roles(factor)
    }
    every = np.logical_and.reduce(list(valid.values()))
    whole = lost[course.model.factors[0]]
    if len(valid) > 1:
        whole = _Lost.of(united(Marked(one.place, one.mark) for one in lost.values()), shape)
    operating, reason, calibrated = whole.reasons(shape, every)
    return Month(
        number, operating, reason, np.diff(edges), {f: valid[id(lost[f])] for f in course.model.factors}, added, again,
        *_doubts(columns, flags, shape), calibrated, whole.events(shape), course.held,
        {role: one.ends for role, one in columns.items() if one.ends is not None}, given.source,
    )  # fmt: skip


def _edges(time: Array, begin: Array, possible: int) -> tuple[NDArray[np.int64], int]:
    """Places at which hours begin, and the last ends; and rows of each hour where all have what is possible, else 0."""
    if len(time) == len(begin) * possible and bool((time[::possible] == begin).all()):
        return np.arange(len(begin) + 1) * possible, possible
    return np.append(time.searchsorted(begin), len(time)).astype(np.int64), 0


@dataclass(frozen=True, slots=True, eq=False)
class _Hours:
    """time (n,): of the minutes; begin (h,): of the hours, µs; edges (h + 1,): places at which they begin; each: rows
    of an hour, 0 where hours differ."""

    time: NDArray[np.int64]
    begin: NDArray[np.int64]
    edges: NDArray[np.int64]
    each: int
    asks: Judge

    def of(self, places: Array) -> Array:
        """The hour of minutes by place."""
        if self.each:
            return places // self.each
        return np.searchsorted(self.edges, places, side="right") - 1


@dataclass(frozen=True, slots=True, eq=False)
class _Lost:
    """Minutes that do not count: their places, marks and hours."""

    place: NDArray[np.int64]
    mark: NDArray[np.uint16]
    hour: NDArray[np.int64]

    @classmethod
    def of(cls, marks: Marked, shape: _Hours) -> _Lost:
        return cls(marks.place, marks.mark, shape.of(marks.place))

    def count(self, mark: int, size: int) -> Array:
        """Minutes with a mark in each hour; what is said of minutes in which the unit stood does not count."""
        ran = np.uint16(mark if mark == _OFF else mark | _OFF)
        return np.bincount(self.hour[(self.mark & ran) == mark], minlength=size)

    def valid(self, shape: _Hours) -> NDArray[np.bool_]:
        """Which hours count."""
        size = len(shape.begin)
        rows = shape.edges[1:] - shape.edges[:-1] - np.bincount(self.hour, minlength=size)
        off = self.count(Mark.NOT_OPERATING, size)
        quarters = self._quarters(shape, rows) if shape.asks.quadrants is not None else rows
        return shape.asks.counts(rows, shape.asks.possible - off, quarters)

    def _quarters(self, shape: _Hours, rows: Array) -> Array:
        """Quarters of each hour with a row that counts, and quarters in which the unit ran, (2, h). rows (h,): that
        count; one that is longer than a quarter is a mean, and stands for all that it spans."""
        long, off = shape.asks.step / QUARTER, (self.mark & np.uint16(_OFF)) != 0
        if long > 1.0:
            ran = shape.asks.possible - self.count(_OFF, len(shape.begin))
            return np.minimum(4, np.ceil(np.stack([rows, ran]) * long - 1e-9))
        begin = (shape.begin[:, None] + np.arange(4) * (HOUR // 4)).ravel()
        edges = np.append(np.searchsorted(shape.time, begin), len(shape.time))
        quarter = np.searchsorted(edges, self.place, side="right") - 1
        lost, still = (np.bincount(at, minlength=len(begin)) for at in (quarter, quarter[off]))
        filled, ran = np.diff(edges) > lost, still < round(1.0 / long)
        return np.stack([filled, ran]).reshape(2, -1, 4).sum(axis=2)

    def events(self, shape: _Hours) -> Events:
        """Long runs, whatever the marks of their minutes."""
        if not len(self.place):
            return Events(self.place, self.place, self.mark)
        cuts = (np.flatnonzero(self.place[1:] - self.place[:-1] != 1) + 1).tolist()
        first = np.array([0, *cuts], np.int64)
        rows = np.array([*cuts, len(self.place)], np.int64) - first
        long = rows * shape.asks.step > 60.0 * (shape.asks.event or 0.0)
        mark = np.bitwise_or.reduceat(self.mark, first)
        return Events(shape.time[self.place[first]][long], rows[long], mark[long])

    def reasons(self, shape: _Hours, every: Array) -> tuple[Array, Array, Array]:
        """Fraction of each hour in which the unit ran, why it is lost, and whether it has a minute of calibration."""
        size, possible = len(shape.begin), shape.asks.possible
        seen = int(np.bitwise_or.reduce(self.mark)) if len(self.mark) else 0
        table = np.zeros((len(REASONS), size), np.int64)
        for at, mark in enumerate(_REASONS.tolist()):
            if seen & mark:
                table[at] = self.count(mark, size)
        table[-1] += possible - (shape.edges[1:] - shape.edges[:-1])
        reason = _REASONS[np.argmax(table, axis=0)]
        off = self.count(Mark.NOT_OPERATING, size) if seen & _OFF else np.zeros(size, np.int64)
        operating = 1.0 - np.minimum(off / possible, 1.0)
        reason[every] = 0
        reason[(operating == 0.0) | ~(every | table.any(axis=0))] = _OFF
        return operating, reason, table[_CALIBRATION] > 0


def _lost(
    columns: Mapping[str, Column], flags: Mapping[str, Marked], shape: _Hours, course: Course
) -> dict[str, _Lost]:
    """Part of the rate → minutes that do not count: by the marks of all channels, or of those that it is made of."""

    def of(roles: Sequence[str]) -> _Lost:
        mine = [more for role in roles for more in (flags.get(role, NOTHING), columns[role].marked)]
        return _Lost.of(united([flags[""], *mine]), shape)

    model = course.model
    if course.asks.scope == "all":
        every = dict.fromkeys(role for factor in model.factors for role in model.roles(factor))
        return dict.fromkeys(model.factors, of(tuple(every)))
    return {factor: of(model.roles(factor)) for factor in model.factors}


def _doubts(
    columns: Mapping[str, Column], flags: Mapping[str, Marked], shape: _Hours
) -> tuple[dict[str, Implausible], dict[str, Array]]:
    """By role: minutes that are implausible though no flag speaks against them, and hours without a certificate."""
    implausible: dict[str, Implausible] = {}
    expired: dict[str, Array] = {}
    for role, one in columns.items():
        if not len(one.marked):
            continue
        loud = united([flags[""], flags.get(role, NOTHING)]).place
        bad = one.marked.having(Mark.IMPLAUSIBLE)
        bad = bad[~np.isin(bad, loud)]
        if len(bad):
            zeros = int((~np.isin(one.zeros, loud)).sum())
            implausible[role] = Implausible(len(bad), zeros, one.low, one.high, np.unique(shape.of(bad)))
        without = one.marked.having(Mark.NO_CERTIFICATE)
        if len(without):
            expired[role] = np.unique(shape.of(without))
    return implausible, expired
