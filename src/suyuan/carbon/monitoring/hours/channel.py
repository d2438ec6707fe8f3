"""One channel of a stack: its certificates by time, and its minutes under them.

What nothing speaks against is told by the least and the largest reading of a stretch under one certificate; these and
the sums by hour are taken one after the other, while the column is in the cache.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.minutes import NOTHING, Mark, Marked, Minutes, marked, united
from suyuan.carbon.monitoring.hours.plausible import Limits
from suyuan.carbon.monitoring.hours.stack import Channel
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.unit import parse_unit
from suyuan.series.asof import Status, Windows, windows_of
from suyuan.series.form import Applied, applied

Array = NDArray[Any]
Lines = NDArray[np.float64]
"""(1 + k, 2): a and b of the value and of the slope for each parameter as functions a + b·reading."""


@dataclass(frozen=True, eq=False)
class Held:
    """A channel and the certificates that count for it as known at some time.

    rules: window → what corrects it, None where nothing does; lines: the same as lines, None where it bends.
    """

    channel: Channel
    windows: Windows
    rules: tuple[Applied | None, ...]
    lines: tuple[Lines | None, ...]

    @cached_property
    def starts(self) -> list[int]:
        """When windows begin, µs."""
        return [int(at) for at in self.windows.start]

    def differs(self, other: Held) -> list[tuple[int, int]]:
        """The spans of time, µs, in which another certificate counts, or none, or one again."""
        starts = [one.starts for one in (self, other)]
        if starts[0] == starts[1] and self.counting == other.counting:
            return []
        edges = sorted({*starts[0], *starts[1]})
        return [
            (start, end)
            for start, end in zip(edges, [*edges[1:], int(self.windows.end[-1])], strict=True)
            if self.counting[bisect_right(starts[0], start) - 1] != other.counting[bisect_right(starts[1], start) - 1]
        ]

    @cached_property
    def counting(self) -> tuple[str, ...]:
        """Window → the certificate that gives values; empty where none does."""
        pairs = zip(self.windows.corrections, self.windows.status.tolist(), strict=True)
        return tuple(one.id if one is not None and status == Status.VALID else "" for one, status in pairs)


def held(channel: Channel, corrections: Iterable[Correction], known: int) -> Held:
    """The certificates of a channel as known at a time, µs, ready to be applied."""
    return all_held((channel,), corrections, known)[0]


def all_held(channels: Sequence[Channel], corrections: Iterable[Correction], known: int) -> tuple[Held, ...]:
    """The same for several channels; corrections are looked through once."""
    several = windows_of(corrections, known, [channel.subject for channel in channels])
    return tuple(_held(channel, found) for channel, found in zip(channels, several, strict=True))


def _held(channel: Channel, found: Windows) -> Held:
    pairs = [
        _ruled(one, channel) if one is not None and status == Status.VALID else (None, None)
        for one, status in zip(found.corrections, found.status.tolist(), strict=True)
    ]
    return Held(channel, found, tuple(rule for rule, _ in pairs), tuple(lines for _, lines in pairs))


@lru_cache(maxsize=1024)
def _ruled(one: Correction, channel: Channel) -> tuple[Applied, Lines | None]:
    """A correction for what a channel records, counts with a resolution too, and its lines."""
    rule = applied(one, parse_unit(channel.unit), channel.target)
    factor, offset = rule.raw_scale
    if channel.resolution != 1.0:
        rule = replace(rule, raw_scale=(factor * channel.resolution, offset))
    return rule, _lines(rule)


_PROBE = np.array([0.0, 1.0])


def _lines(rule: Applied) -> Lines | None:
    """Value and slopes as lines; None where the model bends.

    The program tells: where ∂f/∂raw is a number and not a column, f is a + b·raw, and so is every ∂f/∂parameter.
    """
    raw = rule.raw(_PROBE)
    with np.errstate(all="ignore"):
        own, slopes = rule.slopes(raw)
        if isinstance(own, np.ndarray) and own.ndim:
            return None
        value = np.empty(2)
        rule.value(raw, value)
    table = np.array([value, *(np.broadcast_to(np.asarray(one, float), (2,)) for one in slopes)])
    if not np.isfinite(table).all():
        return None
    return np.stack([table[:, 0], table[:, 1] - table[:, 0]], axis=1)


@dataclass(frozen=True, slots=True)
class Straight:
    """Readings from `low` to `high`, as recorded, lie in the range of a certificate, and their values a + b·reading are
    plausible."""

    low: float
    high: float
    a: float
    b: float


@lru_cache(maxsize=4096)
def _straight(rule: Applied, low: float, high: float) -> Straight | None:
    """What is known of a line beforehand; None where it says nothing. low, high: of plausible values."""
    lines, (factor, offset) = _lines(rule), rule.raw_scale
    if lines is None or not lines[0, 1] or not factor:
        return None
    a, b = float(lines[0, 0]), float(lines[0, 1])
    ends = [sorted(((low - a) / b, (high - a) / b))]
    if rule.correction.range is not None:
        ends.append(sorted((x - offset) / factor for x in rule.correction.range))
    first, last = max(one[0] for one in ends), min(one[1] for one in ends)
    edge = 1e-12 * max([abs(x) for x in (first, last) if math.isfinite(x)], default=0.0)  # readings there are looked at
    return Straight(first + edge, last - edge, a, b)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A channel's minutes. reading (n,): as recorded, 0 where one is missing; marked: what speaks against minutes;
    stretches: (start, stop, window), in order; curves: start → corrected values where the model bends; zeros: places of
    implausible readings that are exactly zero; low, high: least and largest value; ends: least and largest reading
    that is there, None where minutes are lost for what a certificate or a limit says, or where a model bends; added:
    Σ reading between cuts, None where there are none; shown: least and largest reading that is there, as recorded."""

    held: Held
    reading: NDArray[np.floating[Any]]
    marked: Marked
    stretches: tuple[tuple[int, int, int], ...]
    curves: Mapping[int, NDArray[np.float64]]
    zeros: NDArray[np.int64]
    low: float
    high: float
    ends: tuple[float, float] | None
    added: Array | None = None
    shown: tuple[float, float] = (math.inf, -math.inf)


def column(minutes: Minutes, held: Held, limits: Limits, cuts: NDArray[np.int64] | None = None) -> Column:
    """A channel of some minutes under its certificates. cuts: where hours begin, each of which has a minute.

    Raises Refused for a column that is not there.
    """
    name = held.channel.column
    given = minutes.columns.get(name)
    if given is None:
        raise Refused(finding("carbon_monitoring.minutes.column", name, role=held.channel.role,
                              known=", ".join(minutes.columns)))  # fmt: skip
    reading, lost, least = present(np.asarray(given), held.channel.resolution, limits.codes)
    reader = _Reader(held, reading, lost, limits, least)
    for start, stop, window in _stretches(minutes.time, held):
        reader.take(start, stop, window)
    added = None if cuts is None else add(reading, cuts)
    marks = united([marked(lost, Mark.MISSING), *reader.marks]) if reader.marks or len(lost) else NOTHING
    zeros = np.concatenate(reader.zeros) if reader.zeros else NONE
    ends = None if reader.marks or reader.curves else (reader.least, reader.most)
    return Column(held, reading, marks, tuple(reader.stretches), reader.curves, zeros, reader.low, reader.high, ends,
                  added, (reader.least * held.channel.resolution, reader.most * held.channel.resolution))  # fmt: skip


def add(x: Array, cuts: NDArray[np.int64]) -> Array:
    """Σ from each cut to the next; exact for counts."""
    return np.asarray(np.add.reduceat(x, cuts, dtype=np.int64 if x.dtype.kind in "iu" else float))


def _stretches(time: NDArray[np.int64], held: Held) -> list[tuple[int, int, int]]:
    """(start, stop, window) of minutes in order, for each window that has some."""
    if not len(time):
        return []
    first, last = (max(bisect_right(held.starts, int(at)) - 1, 0) for at in (time[0], time[-1]))
    if first == last:
        return [(0, len(time), first)]
    edges = [0, *time.searchsorted(held.windows.start[first + 1 : last + 1]).tolist(), len(time)]
    return [(a, b, first + at) for at, (a, b) in enumerate(pairwise(edges)) if a < b]


NONE = np.zeros(0, np.int64)


def present(reading: Array, resolution: float, codes: Sequence[float]) -> tuple[Array, NDArray[np.int64], float | None]:
    """Readings with 0 in the place of missing ones, and the places of these: NaN, infinite, or a code; and the least
    reading where none is missing."""
    if not len(reading):
        return reading, NONE, None
    counted = reading.dtype.kind in "iu"
    least = float(np.minimum.reduce(reading))
    if (counted or np.isfinite(np.add.reduce(reading))) and least * resolution > max(codes, default=-np.inf):
        return reading, NONE, least
    lost = ~np.isfinite(reading)
    for code in (round(c / resolution) if counted else c / resolution for c in codes):
        lost |= reading == code
    return np.where(lost, 0.0, reading), np.flatnonzero(lost), None


class _Reader:
    """Takes a channel stretch by stretch, each under one certificate."""

    def __init__(
        self, held: Held, reading: Array, lost: NDArray[np.int64], limits: Limits, bottom: float | None
    ) -> None:
        self.held, self.reading, self.lost, self.bottom = held, reading, lost, bottom
        role = held.channel.role
        self.allowed = limits.low.get(role, -np.inf), limits.high.get(role, np.inf)
        self.marks: list[Marked] = []
        self.zeros: list[NDArray[np.int64]] = []
        self.stretches: list[tuple[int, int, int]] = []
        self.curves: dict[int, NDArray[np.float64]] = {}
        self.low, self.high = np.inf, -np.inf
        self.least, self.most = np.inf, -np.inf

    def take(self, start: int, stop: int, window: int) -> None:
        """Minutes start … stop − 1."""
        rule, lines = self.held.rules[window], self.held.lines[window]
        if rule is None:
            self.marks.append(marked(np.arange(start, stop), Mark.NO_CERTIFICATE))
            return
        self.stretches.append((start, stop, window))
        there = self._there(start, stop)
        if not len(there):
            return
        whole = self.bottom is not None and stop - start == len(self.reading)
        least = self.bottom if whole and self.bottom is not None else float(np.minimum.reduce(there))
        most = float(np.maximum.reduce(there))
        self.least, self.most = min(self.least, least), max(self.most, most)
        known = _straight(rule, *self.allowed)
        if known is not None and known.low <= least and most <= known.high:
            values = known.a + known.b * least, known.a + known.b * most
            self.low, self.high = min(self.low, *values), max(self.high, *values)
            return
        ends = np.array([least, most])
        with np.errstate(all="ignore"):
            if rule.outside(rule.raw(ends)) is not None:
                outside = rule.outside(rule.raw(self.reading[start:stop]))
                assert outside is not None
                self._mark(outside, start, Mark.OUT_OF_RANGE)
            if lines is None:
                curve = np.empty(stop - start)
                rule.value(rule.raw(self.reading[start:stop]), curve)
                self._judge(curve, start, np.fmin.reduce(curve), np.fmax.reduce(curve))
                self.curves[start] = np.nan_to_num(curve, nan=0.0, posinf=0.0, neginf=0.0)
                return
            low, high = sorted((lines[0, 0] + lines[0, 1] * ends).tolist())
            self._judge(None if self._fits(low, high) else lines[0, 0] + lines[0, 1] * self.reading[start:stop],
                        start, low, high)  # fmt: skip

    def _there(self, start: int, stop: int) -> Array:
        """Readings of a stretch that are not missing."""
        reading = self.reading[start:stop]
        if not len(self.lost):
            return reading
        inside = self.lost[(self.lost >= start) & (self.lost < stop)] - start
        return np.delete(reading, inside)

    def _fits(self, low: float, high: float) -> bool:
        return low >= self.allowed[0] and high <= self.allowed[1]

    def _judge(self, value: Array | None, start: int, low: float, high: float) -> None:
        """Mark implausible values (n,); None where the ends say that none is."""
        self.low, self.high = min(self.low, float(low)), max(self.high, float(high))
        if value is None or (self._fits(low, high) and np.isfinite(np.add.reduce(value))):
            return
        bad = ~((value >= self.allowed[0]) & (value <= self.allowed[1]) & np.isfinite(value))
        places = self._mark(bad, start, Mark.IMPLAUSIBLE)
        self.zeros.append(places[self.reading[places] == 0.0])

    def _mark(self, bad: Array, start: int, mark: int) -> NDArray[np.int64]:
        """Mark minutes of a stretch whose reading is there."""
        places = np.flatnonzero(bad) + start
        if len(self.lost):
            places = places[~np.isin(places, self.lost)]
        self.marks.append(marked(places, mark))
        return places
