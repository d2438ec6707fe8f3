"""Hours and days of a time zone, as whole numbers that an engine can compute too.

A day is one of local clocks: it has 23 or 25 hours where clocks are set. An hour is always one of real time, known by
its beginning, so the hour that clocks show twice is two hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.series.asof import FIRST, LAST

Array = NDArray[Any]
SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST, _LATEST = -70 * 365 * DAY, 130 * 365 * DAY  # about 1900 to 2100: beyond, clocks are taken as at the edge


@dataclass(frozen=True, slots=True, eq=False)
class Offsets:
    """Stretches of one offset. begin (s,): µs, the first `FIRST`; shift (s,): µs that local clocks are ahead of UTC."""

    begin: NDArray[np.int64]
    shift: NDArray[np.int64]

    def at(self, time: Array) -> Array:
        """The stretch of each time."""
        return np.searchsorted(self.begin, time, side="right") - 1

    @property
    def end(self) -> Array:
        return np.append(self.begin[1:], LAST)


def offsets(zone: tzinfo, first: int, last: int) -> Offsets:
    """The stretches of one offset of a zone over some time, found by halving.

    zone: an IANA zone or a fixed offset, as an object: who opens the table of zones is the caller.
    """
    return _offsets(zone, *(min(max(t, _EARLIEST), _LATEST) // DAY for t in (first - DAY, last + 2 * DAY)))


@lru_cache(maxsize=512)
def _offsets(zone: tzinfo, first: int, last: int) -> Offsets:
    """The same from day to day, kept: clocks are asked once for each day."""
    low, high = first * DAY, last * DAY
    if isinstance(zone, timezone):  # one offset for ever
        low = high
    begin, shift = [FIRST], [_shift(zone, low)]
    at = low
    while at < high:
        after = min(at + DAY, high)
        new = _shift(zone, after)
        if new != shift[-1]:
            before, since = at // SECOND, after // SECOND
            while since - before > 1:
                middle = (before + since) // 2
                before, since = (middle, since) if _shift(zone, middle * SECOND) == shift[-1] else (before, middle)
            begin.append(since * SECOND)
            shift.append(new)
        at = after
    return Offsets(np.array(begin, dtype=np.int64), np.array(shift, dtype=np.int64))


def _shift(zone: tzinfo, time: int) -> int:
    moment = (_EPOCH + timedelta(microseconds=time // SECOND * SECOND)).astimezone(zone)
    return round((moment.utcoffset() or timedelta()).total_seconds() * SECOND)


@dataclass(frozen=True, slots=True)
class Periods:
    """Hours or days of a zone.

    The number of an hour is its beginning in µs; that of a day is counted from 1970-01-01 by local clocks.

    >>> from datetime import timezone
    >>> days = Periods("day", timezone(timedelta(hours=8)))
    >>> days.number(np.array([0, 16 * HOUR - 1, 16 * HOUR])).tolist()
    [0, 0, 1]
    """

    kind: Literal["hour", "day"]
    zone: tzinfo = UTC

    def __post_init__(self) -> None:
        if self.kind not in ("hour", "day"):
            raise Refused(finding("series.periods.kind", given=str(self.kind)[:40]))
        if not isinstance(self.zone, tzinfo):
            raise Refused(finding("series.periods.zone", given=str(self.zone)[:40]))

    @property
    def name(self) -> str:
        return f"{self.kind} {self.zone}"

    def number(self, time: Array) -> NDArray[np.int64]:
        """The number of the period of each time (n,), µs; ascending with time."""
        if not time.size:
            return np.zeros(0, dtype=np.int64)
        stretch = offsets(self.zone, int(time.min()), int(time.max()))
        if len(stretch.begin) == 1:
            return np.asarray(self.of(time, stretch.shift[0], FIRST))
        at = stretch.at(time)
        return np.asarray(self.of(time, stretch.shift[at], stretch.begin[at]))

    def runs(self, time: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The periods (g,) that some ascending times (n,), µs, lie in, and where in them each begins (g,)."""
        if not len(time):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        stretch = offsets(self.zone, int(time[0]), int(time[-1]))
        step = 1 if self.kind == "day" else HOUR
        if len(stretch.begin) == 1:
            shift = int(stretch.shift[0])
            first, last = (int(self.of(int(t), shift, FIRST)) for t in (time[0], time[-1]))
            if (last - first) // step < len(time):  # few periods are looked for in many times, not the reverse
                number = np.arange(first, last + step, step, dtype=np.int64)
                edges = _found(time, number * DAY - shift if self.kind == "day" else number)
                some = np.append(edges[1:], len(time)) > edges
                return (number, edges) if some.all() else (number[some], edges[some])
        each = self.number(time)
        edges = np.append(0, np.flatnonzero(each[1:] != each[:-1]) + 1)
        return each[edges], edges

    def of(self, time: Any, shift: Any, begin: Any) -> Any:
        """The number from the offset and the beginning of its stretch; an hour does not begin before that."""
        if self.kind == "day":
            return (time + shift) // DAY
        return np.maximum((time + shift) // HOUR * HOUR - shift, begin)

    def bounds(self, number: Array) -> tuple[Array, Array]:
        """Beginning and end (n,), µs, of periods by number."""
        if not number.size:
            return number, number
        unit = DAY if self.kind == "day" else 1
        stretch = offsets(self.zone, int(number.min()) * unit - DAY, int(number.max()) * unit + 2 * DAY)
        if self.kind == "day":
            return _midnight(stretch, number), _midnight(stretch, number + 1)
        at = stretch.at(number)
        shift = stretch.shift[at]
        return number, np.minimum((number + shift) // HOUR * HOUR + HOUR - shift, stretch.end[at])


def _found(time: Array, begin: Array) -> NDArray[np.int64]:
    """Where in ascending times (n,) the first lies that is not before each of some moments (g,), as a search tells; a
    regular clock is asked first, and its answers are checked."""
    first, last = int(time[0]), int(time[-1])
    if last > first:
        guess = np.ceil((begin - first) * ((len(time) - 1) / (last - first)) - 1e-6).astype(np.int64)
        guess = np.clip(guess, 0, len(time) - 1)
        if (time[guess] >= begin).all() and ((time[guess - 1] < begin) | (guess == 0)).all():
            return guess
    return np.asarray(np.searchsorted(time, begin))


def _midnight(stretch: Offsets, day: Array) -> Array:
    """The first moment of a local day: the earliest of the moments at which some offset says midnight and holds, or
    the jump that skips midnight."""
    local = day.astype(np.int64) * DAY
    found = np.full(day.shape, LAST, dtype=np.int64)
    for begin, end, shift in zip(stretch.begin, stretch.end, stretch.shift, strict=True):
        moment = np.maximum(local - shift, begin)
        found = np.where(moment < end, np.minimum(found, moment), found)
    return found
