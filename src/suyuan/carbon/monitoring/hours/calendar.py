"""The hours of a year by local clocks: each is one of real time, so the hour that clocks show twice is two hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, finding
from suyuan.series.periods import HOUR, Periods, offsets

Array = NDArray[Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER = HOUR // 4


@dataclass(frozen=True, eq=False)
class Calendar:
    """Hours of a year. begin (h,): µs since 1970-01-01T00:00Z; month (h,): 1 to 12; day (h,): of the year, from 0.

    year, zone: whose clocks count; end: of the last hour, µs.
    """

    year: int
    zone: tzinfo
    begin: NDArray[np.int64]
    month: NDArray[np.int8]
    day: NDArray[np.int16]
    end: int

    def __len__(self) -> int:
        return len(self.begin)

    @property
    def quarter(self) -> NDArray[np.int8]:
        """1 to 4 (h,)."""
        return np.asarray((self.month - 1) // 3 + 1, np.int8)

    @cached_property
    def _edges(self) -> list[int]:
        return [int(at) for at in np.searchsorted(self.month, np.arange(1, 14, dtype=np.int8))]

    def of_month(self, month: int) -> slice:
        """The hours of a month."""
        return slice(self._edges[month - 1], self._edges[month])

    def span(self, month: int) -> tuple[int, int]:
        """Beginning and end of a month, µs."""
        part = self.of_month(month)
        return int(self.begin[part.start]), int(self.begin[part.stop]) if part.stop < len(self) else self.end

    def told(self, hour: int) -> str:
        """An hour by local clocks with its offset, as findings name it."""
        moment = _EPOCH + timedelta(microseconds=int(self.begin[hour]))
        return moment.astimezone(self.zone).isoformat(timespec="minutes")


@lru_cache(maxsize=8)
def calendar(year: int, zone: tzinfo) -> Calendar:
    """The hours of a year.

    >>> from datetime import timezone
    >>> len(calendar(2024, timezone(timedelta(hours=8))))
    8784
    """
    first, last = (int((datetime(y, 1, 1, tzinfo=zone) - _EPOCH).total_seconds()) * 1_000_000 for y in (year, year + 1))
    steps = np.arange(first, last, _QUARTER)  # clocks are set by quarters of an hour, if at all
    begin = np.unique(np.maximum(Periods("hour", zone).number(steps), first))
    shift = offsets(zone, first, last)
    local = (begin + shift.shift[shift.at(begin)]).astype("datetime64[us]")
    month = local.astype("datetime64[M]").astype(int) % 12 + 1
    day = (local.astype("datetime64[D]") - np.datetime64(f"{year}-01-01")).astype(int)
    return Calendar(year, zone, begin, month.astype(np.int8), day.astype(np.int16), last)


def from_local(stamps: Array, zone: tzinfo) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Stamps of local clocks, µs without a zone, as µs since 1970-01-01T00:00Z, in the order in which they were taken.

    Where clocks go back, stamps of the second pass are those after the first jump back, or the second of each where all
    stand there twice, as hourly rows do; where only one pass is there, nobody can say which. Returns the times; the
    places of stamps that no clock shows (spring), whose times are moved by the jump; and the places of stamps of an
    hour that clocks show twice where only one pass was found.
    """
    given = np.asarray(stamps, np.int64)
    if not given.size:
        empty = np.zeros(0, np.int64)
        return given.copy(), empty, empty
    shift = offsets(zone, int(given.min()), int(given.max()))
    time = np.empty_like(given)
    skipped, unclear = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    local_begin = shift.begin[1:] + shift.shift[1:]
    before_end = shift.begin[1:] + shift.shift[:-1]
    edges = np.where(local_begin < before_end, local_begin, before_end)
    at = np.searchsorted(edges, given, side="right")
    for i, (low, high) in enumerate(zip(local_begin, before_end, strict=True)):
        if low < high:  # clocks go back: low … high is shown twice
            inside = np.flatnonzero((given >= low) & (given < high))
            second = _second_pass(given[inside])
            later = given >= high
            at[later & (at < i + 1)] = i + 1
            at[inside] = i
            at[inside[second]] = i + 1
            if not second.any():
                unclear.append(inside)
        else:
            skipped.append(np.flatnonzero((given >= high) & (given < low)))
            at[skipped[-1]] = i
    time = given - shift.shift[at]
    return time, np.concatenate(skipped), np.concatenate(unclear)


def _second_pass(given: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which stamps of an hour that clocks show twice (n,) are of its second pass; none where only one pass is there."""
    steps = np.diff(given)
    back = np.flatnonzero(steps < 0)
    if len(back):
        return np.asarray(np.arange(len(given)) > back[0])
    in_pairs = len(given) % 2 == 0 and not steps[::2].any() and bool((steps[1::2] > 0).all())
    return np.asarray((np.arange(len(given)) % 2 == 1) & in_pairs)


def clock_told(calendar: Calendar, skipped: Array, unclear: Array, time: Array) -> tuple[Finding, ...]:
    """Findings about stamps of local clocks: times that no clock showed, and an hour of which one pass is missing."""
    found = []
    for code, places in (("carbon_monitoring.clock.skipped", skipped), ("carbon_monitoring.clock.unclear", unclear)):
        if len(places):
            hour = int(np.searchsorted(calendar.begin, time[places[0]], side="right") - 1)
            found.append(finding(code, calendar.told(hour), "warning", rows=len(places)))
    return tuple(found)
