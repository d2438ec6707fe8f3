"""One channel of a stack: its certificates by time, its minutes under them, and their sums by hour.

Where a correction is a line, as nearly all are, the sum of corrected values follows from the sum of readings, and so
does every slope: a minute is then read once and corrected by the hour.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.minutes import NOTHING, Limits, Mark, Marked, Minutes, marked, united
from suyuan.carbon.monitoring.stack import Channel
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.unit import parse_unit
from suyuan.series.asof import Status, Windows, windows
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

    def differs(self, other: Held) -> list[tuple[int, int]]:
        """The spans of time, µs, in which another certificate counts, or none, or one again."""
        starts = [one.windows.start.tolist() for one in (self, other)]
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
    found = windows(corrections, known, channel.subject)
    pairs = [
        _ruled(one, channel) if one is not None and status == Status.VALID else (None, None)
        for one, status in zip(found.corrections, found.status, strict=True)
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


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A channel's minutes. reading (n,): as recorded, 0 where one is missing; marked: what speaks against minutes;
    stretches: (start, stop, window), in order; curves: start → corrected values where the model bends; zeros: places of
    implausible readings that are exactly zero; low, high: least and largest value; ends: least and largest reading
    that is there, None where minutes are lost for what a certificate or a limit says, or where a model bends."""

    held: Held
    reading: NDArray[np.floating[Any]]
    marked: Marked
    stretches: tuple[tuple[int, int, int], ...]
    curves: Mapping[int, NDArray[np.float64]]
    zeros: NDArray[np.int64]
    low: float
    high: float
    ends: tuple[float, float] | None


def column(minutes: Minutes, held: Held, limits: Limits) -> Column:
    """A channel of some minutes under its certificates. Raises Refused for a column that is not there."""
    name = held.channel.column
    given = minutes.columns.get(name)
    if given is None:
        raise Refused(finding("carbon_monitoring.minutes.column", name, role=held.channel.role,
                              known=", ".join(minutes.columns)))  # fmt: skip
    reading, lost, least = _present(np.asarray(given), held.channel.resolution, limits.codes)
    edges = [*minutes.time.searchsorted(held.windows.start).tolist(), len(minutes)]
    reader = _Reader(held, reading, lost, limits, least)
    for window, (start, stop) in enumerate(pairwise(edges)):
        if start < stop:
            reader.take(start, stop, window)
    marks = united([marked(lost, Mark.MISSING), *reader.marks]) if reader.marks or len(lost) else NOTHING
    zeros = np.concatenate(reader.zeros) if reader.zeros else np.zeros(0, np.int64)
    ends = None if reader.marks or reader.curves else (reader.least, reader.most)
    return Column(held, reading, marks, tuple(reader.stretches), reader.curves, zeros, reader.low, reader.high, ends)


def _present(
    reading: Array, resolution: float, codes: Sequence[float]
) -> tuple[Array, NDArray[np.int64], float | None]:
    """Readings with 0 in the place of missing ones, and the places of these: NaN, infinite, or a code; and the least
    reading where none is missing."""
    if not len(reading):
        return reading, np.zeros(0, np.int64), None
    counted = reading.dtype.kind in "iu"
    least = float(reading.min())
    if (counted or np.isfinite(np.add.reduce(reading))) and least * resolution > max(codes, default=-np.inf):
        return reading, np.zeros(0, np.int64), least
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
        ends = np.array([self.bottom if whole else there.min(), there.max()], float)
        self.least, self.most = min(self.least, float(ends[0])), max(self.most, float(ends[1]))
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


# ---------------------------------------------------------------- sums by hour


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums of the minutes that count, one row an hour and certificate.

    hour (r,): number among the hours; window (r,): of the certificate; count (r,); reading (r,): Σ reading; curve: for
    certificates whose model bends, (r, 2 + k): Σ value, Σ own², Σ slopes; zeros elsewhere, None where none bends.
    """

    hour: NDArray[np.int64]
    window: NDArray[np.int64]
    count: NDArray[np.int64]
    reading: NDArray[np.float64]
    curve: NDArray[np.float64] | None = None


class Frames:
    """How minutes that count lie in hours; made once for all channels of which the same minutes count.

    drop: places of the minutes that do not count, ascending; edges (h + 1,): places at which the hours begin, and the
    last ends; hour: of each minute in drop.
    """

    def __init__(self, drop: NDArray[np.int64], edges: NDArray[np.int64], hour: NDArray[np.int64]) -> None:
        self.drop, self.edges, self.hour = drop, edges, hour
        self._made: dict[tuple[int, int], Frame] = {}

    def of(self, start: int, stop: int) -> Frame:
        """The frame of minutes start … stop − 1."""
        key = (start, stop)
        if key not in self._made:
            self._made[key] = _frame(self, start, stop)
        return self._made[key]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """hour (m,): those that have a minute here; cuts (m,): where each begins; inside: minutes that do not count, as
    places from the first; owner: the place of its hour among `hour` for each of these; count (m,): minutes that
    count."""

    hour: NDArray[np.int64]
    cuts: NDArray[np.int64]
    inside: NDArray[np.int64]
    owner: NDArray[np.int64]
    count: NDArray[np.int64]

    def total(self, x: Any) -> NDArray[np.float64]:
        """Σ over the minutes of each hour that count, of a column or of a number."""
        if not isinstance(x, np.ndarray) or not x.ndim:
            return np.asarray(float(x) * self.count)
        added = np.add.reduceat(x, self.cuts, dtype=np.int64 if x.dtype.kind in "iu" else float).astype(float)
        if not len(self.inside):
            return added
        away = np.bincount(self.owner, x[self.inside], minlength=len(self.cuts))
        left: NDArray[np.float64] = added - away
        if max(away.max(), -away.min()) <= KEPT * max(left.max(), -left.min()):
            return left
        x = x.copy()  # what does not count is so large that taking it off again would leave nothing of the rest
        x[self.inside] = 0.0
        return np.add.reduceat(x, self.cuts, dtype=float)


KEPT = 100.0
"""So many times the largest sum of an hour may what is taken off it be: two digits of sixteen."""


def _frame(made: Frames, start: int, stop: int) -> Frame:
    drop, edges = made.drop, made.edges
    if start == 0 and stop == edges[-1]:
        size = edges[1:] - edges[:-1]
        if size.all():
            count = size - np.bincount(made.hour, minlength=len(size))
            return Frame(np.arange(len(size)), edges[:-1], drop, made.hour, count)
        first, cuts, inside = 0, edges, drop
    else:
        first = int(np.searchsorted(edges, start, side="right")) - 1
        last = int(np.searchsorted(edges, stop, side="left"))
        cuts = np.minimum(np.maximum(edges[first : last + 1], start), stop) - start
        inside = drop[slice(*np.searchsorted(drop, [start, stop]))] - start
    size = cuts[1:] - cuts[:-1]
    there = np.flatnonzero(size)
    cuts = cuts[there]
    owner = np.searchsorted(cuts, inside, side="right") - 1
    count = size[there] - np.bincount(owner, minlength=len(cuts))
    return Frame(there + first, cuts, inside, owner, count)


def sums(made: Column, frames: Frames) -> Sums:
    """Sums of a channel by hour."""
    parts = [_of_stretch(made, one, frames) for one in made.stretches]
    if not parts:
        none = np.zeros(0, np.int64)
        return Sums(none, none, none, np.zeros(0))
    return parts[0] if len(parts) == 1 else together(parts)


def together(parts: Sequence[Sums]) -> Sums:
    """Rows of several."""
    wide = max((0 if p.curve is None else p.curve.shape[1] for p in parts), default=0)
    curve = None
    if wide:
        filled = [np.zeros((len(p.hour), 0)) if p.curve is None else p.curve for p in parts]
        curve = np.concatenate([np.pad(c, ((0, 0), (0, wide - c.shape[1]))) for c in filled])
    names = ("hour", "window", "count", "reading")
    hour, window, count, reading = (np.concatenate([getattr(p, name) for p in parts]) for name in names)
    return Sums(hour, window, count, reading, curve)


def _of_stretch(made: Column, stretch: tuple[int, int, int], frames: Frames) -> Sums:
    start, stop, window = stretch
    frame, reading, curve = frames.of(start, stop), made.reading[start:stop], None
    if made.held.lines[window] is None:
        rule, u = made.held.rules[window], made.held.channel.u_of_record
        assert rule is not None
        with np.errstate(all="ignore"):
            own, slopes = rule.slopes(rule.raw(reading))
            curve = np.stack([frame.total(x) for x in (made.curves[start], (own * u) ** 2, *slopes)], axis=1)
    return Sums(frame.hour, np.full(len(frame.hour), window), frame.count, frame.total(reading), curve)


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """Hourly means of a channel under its certificates, one row an hour and certificate, in the unit of the model.

    hour (n,): number among the hours, ascending; rule (n,): index into rules; value, own (n,): what the row adds to the
    mean, and the square of what it has of its own; slope (n, k): ∂mean/∂parameter.
    """

    hour: NDArray[np.int64]
    rule: NDArray[np.int64]
    value: NDArray[np.float64]
    own: NDArray[np.float64]
    slope: NDArray[np.float64]
    rules: tuple[Applied, ...]

    def parted(self, edges: Sequence[int]) -> list[Means]:
        """The hours from each edge to the next, numbered from the first of them."""
        return [
            Means(self.hour[a:b] - first, self.rule[a:b], self.value[a:b], self.own[a:b], self.slope[a:b], self.rules)
            for first, (a, b) in zip(edges, pairwise(self.hour.searchsorted(edges).tolist()), strict=False)
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of sums that are wanted, in the order of hours. keep (n,): which; hour, count (n,); once: whether each hour
    has one row only."""

    keep: NDArray[np.int64]
    hour: NDArray[np.int64]
    count: NDArray[np.float64]
    once: bool


def rows_of(hour: NDArray[np.int64], count: NDArray[np.int64], wanted: NDArray[np.bool_]) -> Rows:
    """The rows for the hours that are wanted (h,), of channels of which the same minutes count."""
    keep = np.flatnonzero(wanted[hour] & (count > 0))
    if len(hour) > 1 and not (hour[1:] >= hour[:-1]).all():
        keep = keep[np.argsort(hour[keep], kind="stable")]
    kept = hour[keep]
    return Rows(keep, kept, count[keep].astype(float), bool((kept[1:] > kept[:-1]).all()))


def means(held: Held, rows: Sums, taken: Rows) -> Means:
    """The hourly means of a channel."""
    keep, hour, count = taken.keep, taken.hour, taken.count
    window, mean = rows.window[keep], rows.reading[keep] / count
    used = [w for w in np.flatnonzero(np.bincount(window)).tolist() if held.rules[w] is not None]
    ordered = bool((window[1:] >= window[:-1]).all())
    rules = tuple(rule for w in used if (rule := held.rules[w]) is not None)
    wide = max((len(rule.names) for rule in rules), default=0)
    value, own, slope = np.zeros(len(hour)), np.zeros(len(hour)), np.zeros((wide, len(hour)))
    number = np.zeros(len(hour), np.int64)
    for at, w in enumerate(used):
        mine: Any = slice(*window.searchsorted([w, w + 1]).tolist()) if ordered else np.flatnonzero(window == w)
        number[mine] = at
        lines = held.lines[w]
        if lines is None:
            assert rows.curve is not None
            table = rows.curve[keep][mine].T / count[mine]
            value[mine], own[mine] = table[0], table[1] / count[mine]
            slope[: len(rules[at].names), mine] = table[2 : 2 + len(rules[at].names)]
            continue
        x = mean[mine]
        value[mine] = lines[0, 0] + lines[0, 1] * x
        own[mine] = (lines[0, 1] * held.channel.u_of_record) ** 2 / count[mine]
        for k, (a, b) in enumerate(lines[1:]):
            slope[k, mine] = a + b * x
    if not taken.once:  # an hour has several certificates
        share = count / np.bincount(hour, count)[hour]
        value, own, slope = value * share, own * share**2, slope * share
    return Means(hour, number, value, own, slope.T, rules)
