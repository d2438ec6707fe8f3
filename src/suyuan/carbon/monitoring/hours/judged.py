"""Which hours count, why others are lost, and how long: made at once for all months that were read together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.gathered import Gathered, Lost
from suyuan.carbon.monitoring.hours.minutes import Mark, Marked, united
from suyuan.carbon.monitoring.hours.month import REASONS, Course, Events, Judge, Month

Array = NDArray[Any]
_REASONS = np.array([int(mark) for mark in REASONS], np.uint16)
_OFF, _CALIBRATION = int(Mark.NOT_OPERATING), int(Mark.CALIBRATION)


def judged(months: Sequence[Gathered], course: Course) -> list[Month]:
    """Months from what their minutes say, in the order given."""
    if not months:
        return []
    first = np.concatenate(([0], np.cumsum([len(one.rows) for one in months])))
    rows = np.concatenate([one.rows for one in months])
    groups = {id(months[0].lost[factor]): factor for factor in course.model.factors}
    lost = {key: _Several([one.lost[factor] for one in months], first) for key, factor in groups.items()}
    valid = {key: one.valid(rows, course.asks) for key, one in lost.items()}
    every = np.logical_and.reduce(list(valid.values()))
    whole = lost[id(months[0].lost[course.model.factors[0]])]
    if len(groups) > 1:
        whole = _Several([_all(one) for one in months], first)
    operating, reason, calibrated = whole.reasons(rows, every, course.asks)
    events = whole.events(course.asks)
    counts = {factor: valid[id(months[0].lost[factor])] for factor in course.model.factors}
    found = []
    for at, one in enumerate(months):
        part = slice(int(first[at]), int(first[at + 1]))
        mine = {key: column[part] for key, column in valid.items()}
        found.append(Month(
            one.number, operating[part], reason[part], one.rows,
            {factor: mine[id(months[0].lost[factor])] for factor in counts}, one.sums, one.again, one.implausible,
            one.outside, one.expired, calibrated[part], events[at], course.held, one.ends, one.source, one.load,
            one.burning, one.shown,
        ))  # fmt: skip
    return found


def _all(one: Gathered) -> Lost:
    """Minutes that do not count for any part of the rate."""
    lost = list({id(part): part for part in one.lost.values()}.values())
    marks = united(Marked(part.place, part.mark) for part in lost)
    place = np.concatenate([part.place for part in lost])
    _, at = np.unique(place, return_index=True)
    hour, time = (np.concatenate([getattr(part, name) for part in lost])[at] for name in ("hour", "time"))
    return Lost(marks.place, marks.mark, hour, time, None)


class _Several:
    """Minutes of several months that do not count."""

    def __init__(self, months: Sequence[Lost], first: NDArray[np.int64]) -> None:
        self.months, self.size = months, int(first[-1])
        self.mark = np.concatenate([one.mark for one in months])
        self.hour = np.concatenate([one.hour + at for one, at in zip(months, first.tolist(), strict=False)])
        self.rows = np.bincount(self.hour, minlength=self.size)
        self.seen = int(np.bitwise_or.reduce(self.mark)) if len(self.mark) else 0
        self._counts: dict[int, Array] = {}

    def count(self, mark: int) -> Array:
        """Minutes with a mark in each hour; what is said of minutes in which the unit stood does not count."""
        if mark not in self._counts:
            ran = np.uint16(mark if mark == _OFF else mark | _OFF)
            some = self.hour[(self.mark & ran) == mark] if self.seen & mark else self.hour[:0]
            self._counts[mark] = np.bincount(some, minlength=self.size)
        return self._counts[mark]

    def valid(self, rows: Array, asks: Judge) -> NDArray[np.bool_]:
        """Which hours count. rows (h,): that were recorded."""
        good = rows - self.rows
        given = [one.quarters for one in self.months if one.quarters is not None]
        quarters = np.concatenate(given, axis=1) if given else good
        return asks.counts(good, asks.possible - self.count(_OFF), quarters)

    def events(self, asks: Judge) -> list[Events]:
        """Long runs of each month, whatever the marks of their minutes."""
        edges = list(accumulate((len(one.place) for one in self.months), initial=0))
        other = np.ones(len(self.mark) + 1, bool)
        for one, start, stop in zip(self.months, edges, edges[1:], strict=False):
            np.not_equal(one.place[1:], one.place[:-1] + 1, other[start + 1 : stop])
        bounds = np.flatnonzero(other)
        first, size = bounds[:-1], bounds[1:] - bounds[:-1]
        long = np.flatnonzero(size * asks.step > 60.0 * (asks.event or 0.0))
        mark = np.bitwise_or.reduceat(self.mark, first)[long] if len(first) else self.mark
        first, size = first[long], size[long]
        parts = first.searchsorted(edges).tolist()
        return [
            Events(one.time[first[a:b] - start], size[a:b], mark[a:b])
            for one, start, a, b in zip(self.months, edges, parts, parts[1:], strict=False)
        ]

    def reasons(self, rows: Array, every: Array, asks: Judge) -> tuple[Array, Array, Array]:
        """Fraction of each hour in which the unit ran, why it is lost, and whether it has a minute of calibration."""
        lost = np.flatnonzero(~every)
        table = np.zeros((len(REASONS), len(lost)), np.int64)
        for at, mark in enumerate(_REASONS.tolist()):
            if self.seen & mark:
                table[at] = self.count(mark)[lost]
        table[-1] += asks.possible - rows[lost]
        operating = 1.0 - np.minimum(self.count(_OFF) / asks.possible, 1.0)
        why = _REASONS[np.argmax(table, axis=0)]
        why[~table.any(axis=0)] = _OFF
        reason = np.zeros(self.size, np.uint16)
        reason[lost] = why
        reason[operating == 0.0] = _OFF
        return operating, reason, self.count(_CALIBRATION) > 0
