"""The course of corrected readings as a picture needs it: least and greatest of each stretch, gaps with their reasons.

A screen has a thousand columns of points. Of the readings that fall into one column the least and the greatest are
kept, so a spike a single reading wide is seen however far one stands away. Nothing is averaged and nothing invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.series.asof import Status
from suyuan.series.block import NO_TIME
from suyuan.series.view import View

Array = NDArray[Any]
SILENT = -1
"""Stands among codes of `Status` for a time in which there is no reading at all."""
SILENCE = 2.5
"""Steps between readings beyond which a line is not drawn through: two are missing. Our own choice."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Readings in the order of time. time (n,): µs, of those with a value; value (n,); U (n,): k·u, as far as u is
    known; first, last: of all readings with a time; gaps: runs without a value; whole: readings with a time."""

    time: NDArray[np.int64]
    value: NDArray[np.float64]
    U: NDArray[np.float64]
    first: int
    last: int
    gaps: Gaps
    whole: int
    silence: int

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """Runs of readings without a value, in order. first (g,): µs, of the first of them; last (g,): of the next reading
    after them; status (g,): codes of `Status`, `SILENT` where there is no reading; readings (g,)."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    status: NDArray[np.int8]
    readings: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first)

    def within(self, first: int, last: int) -> Gaps:
        """Those that touch first ≤ time < last."""
        keep = (self.first < last) & (self.last > first)
        return Gaps(self.first[keep], self.last[keep], self.status[keep], self.readings[keep])


def course(views: Sequence[View], k: float = 2.0, step: float | None = None) -> Course:
    """The course of the views of a stream's blocks.

    k: coverage factor of U; step: seconds between readings; the commonest step where None.
    """
    columns = [_columns(view) for view in views] or [(np.zeros(0, np.int64), *(np.zeros(0),) * 2, np.zeros(0, np.int8))]
    time, value, u, status = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    if len(time) > 1 and not bool(np.all(time[1:] >= time[:-1])):
        order = np.argsort(time, kind="stable")
        time, value, u, status = time[order], value[order], u[order], status[order]
    silence = _silence(time, step)
    first, last = (int(time[0]), int(time[-1])) if len(time) else (0, 0)
    valid = status == Status.VALID
    return Course(
        time[valid], value[valid], k * u[valid], first, last, _gaps(time, status, silence), len(time), silence,
    )  # fmt: skip


def _columns(view: View) -> tuple[Array, Array, Array, Array]:
    known = view.block.time != NO_TIME
    columns = (view.block.time, view.value, view.u_known, view.status)
    return columns if known.all() else tuple(c[known] for c in columns)


def _silence(time: Array, step: float | None) -> int:
    """µs between readings beyond which one is missing."""
    if step is None:
        steps = np.diff(time)
        steps = steps[steps > 0]
        step = float(np.median(steps)) / 1e6 if len(steps) else 0.0
    return int(SILENCE * step * 1e6) or int(np.iinfo(np.int64).max)


def _gaps(time: Array, status: Array, silence: int) -> Gaps:
    """Runs of one status that is not valid, and times without any reading."""
    if not len(time):
        return Gaps(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros(0, np.int64))
    begin = np.flatnonzero(np.append(True, status[1:] != status[:-1]))
    end = np.append(begin[1:], len(status))
    bad = status[begin] != Status.VALID
    begin, end = begin[bad], end[bad]
    after = time[np.minimum(end, len(time) - 1)]
    quiet = np.flatnonzero(np.diff(time) > silence)
    first = np.concatenate([time[begin], time[quiet]])
    last = np.concatenate([after, time[quiet + 1]])
    kinds = np.concatenate([status[begin], np.full(len(quiet), SILENT, np.int8)])
    readings = np.concatenate([end - begin, np.zeros(len(quiet), np.int64)])
    order = np.argsort(first, kind="stable")
    return Gaps(first[order], last[order], kinds[order].astype(np.int8), readings[order])


# ---------------------------------------------------------------- thinned


@dataclass(frozen=True, slots=True, eq=False)
class Thinned:
    """What a picture of a width shows. time (m,): µs; low, high (m,): least and greatest value of the readings of one
    column, equal where there is one; U_low, U_high (m,): the least of value − U, the greatest of value + U; broken
    (m,): whether no line leads to it from the one before; gaps: of the span; readings: with a value in the span;
    single: whether each point is one reading."""

    first: int
    last: int
    time: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    U_low: NDArray[np.float64]
    U_high: NDArray[np.float64]
    broken: NDArray[np.bool_]
    gaps: Gaps
    readings: int
    single: bool

    def __len__(self) -> int:
        return len(self.time)


def thinned(given: Course, first: int, last: int, width: int) -> Thinned:
    """Least and greatest value of the readings of each of `width` columns over first ≤ time < last.

    Fewer than two readings a column are given one by one. O(n) in the readings of the span, without a copy of them.
    """
    a, b = (int(x) for x in np.searchsorted(given.time, [first, last]))
    time, value, U = given.time[a:b], given.value[a:b], given.U[a:b]
    if b - a <= 2 * width:
        began = ended = time
        low = high = value
        under, over = value - U, value + U
    else:
        edges = first + (last - first) * np.arange(width + 1) // width
        cut = np.searchsorted(time, edges)
        filled = cut[:-1][np.diff(cut) > 0]
        stop = np.append(filled[1:], b - a)
        began, ended = time[filled], time[stop - 1]
        low, high = np.minimum.reduceat(value, filled), np.maximum.reduceat(value, filled)
        under, over = np.minimum.reduceat(value - U, filled), np.maximum.reduceat(value + U, filled)
    gaps = given.gaps.within(first, last)
    middle = began + (ended - began) // 2
    return Thinned(
        first, last, middle, low, high, under, over, _broken(began, ended, gaps), gaps, b - a, b - a <= 2 * width,
    )  # fmt: skip


def _broken(began: Array, ended: Array, gaps: Gaps) -> NDArray[np.bool_]:
    """Whether a gap begins between the end of a point and the beginning of the next."""
    if not len(began):
        return np.zeros(0, np.bool_)
    before = np.searchsorted(gaps.first, ended[:-1], side="left")
    after = np.searchsorted(gaps.first, began[1:], side="left")
    return np.append(True, after > before)


def widest(gaps: Gaps, most: int) -> Gaps:
    """The longest gaps, in order of time."""
    if len(gaps) <= most:
        return gaps
    keep = np.sort(np.argsort(gaps.last - gaps.first, kind="stable")[-most:])
    return Gaps(gaps.first[keep], gaps.last[keep], gaps.status[keep], gaps.readings[keep])


def merged(gaps: Gaps, near: int) -> Gaps:
    """Gaps of one reason that follow one another within a time are one, so that a lane of a picture can be drawn."""
    parts = [_merged(gaps, code, near) for code in np.unique(gaps.status)] or [gaps]
    columns = [np.concatenate([getattr(p, n) for p in parts]) for n in ("first", "last", "status", "readings")]
    order = np.argsort(columns[0], kind="stable")
    return Gaps(*(column[order] for column in columns))


def _merged(gaps: Gaps, code: int, near: int) -> Gaps:
    mine = gaps.status == code
    first, last, readings = gaps.first[mine], np.maximum.accumulate(gaps.last[mine]), gaps.readings[mine]
    begin = np.flatnonzero(np.append(True, first[1:] - last[:-1] > near))
    end = np.append(begin[1:], len(first)) - 1
    return Gaps(first[begin], last[end], gaps.status[mine][begin], np.add.reduceat(readings, begin))
