"""One channel of a stack: its certificates by time, its minutes under them, and their sums by hour.

Where a correction is a line, as nearly all are, the sum of corrected values follows from the sum of readings, and so
does every slope: a minute is then read once and corrected by the hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.minutes import Limits, Mark, Minutes
from suyuan.carbon.monitoring.stack import Channel
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.unit import parse_unit
from suyuan.series.asof import Status, Windows, windows
from suyuan.series.form import Applied, applied
from suyuan.series.gathered import Gathered
from suyuan.series.periods import Periods

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
        edges = np.unique(np.concatenate([self.windows.start, other.windows.start]))
        ends = np.append(edges[1:], self.windows.end[-1])
        found = []
        for start, end in zip(edges.tolist(), ends.tolist(), strict=True):
            mine, theirs = (_counting(one.windows, start) for one in (self, other))
            if mine != theirs:
                found.append((start, end))
        return found


def _counting(held: Windows, at: int) -> str:
    """Which certificate gives values at a time; empty where none does."""
    window = int(held.at(np.array([at]))[0])
    one = held.corrections[window]
    return one.id if one is not None and held.status[window] == Status.VALID else ""


def held(channel: Channel, corrections: Iterable[Correction], known: int) -> Held:
    """The certificates of a channel as known at a time, µs, ready to be applied."""
    found = windows(corrections, known, channel.subject)
    unit = parse_unit(channel.unit)
    rules = tuple(
        applied(one, unit, channel.target) if one is not None and status == Status.VALID else None
        for one, status in zip(found.corrections, found.status, strict=True)
    )
    return Held(channel, found, rules, tuple(None if rule is None else _lines(rule) for rule in rules))


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


@dataclass(eq=False)
class Column:
    """A channel's minutes. reading (n,): as recorded; mark (n,): what speaks against each, None where nothing does;
    stretches: (start, stop, window), in order; curves: start → corrected values where the model bends; zeros: places of
    implausible readings that are exactly zero; low, high: least and largest value."""

    held: Held
    reading: NDArray[np.floating[Any]]
    mark: NDArray[np.uint16] | None = None
    stretches: list[tuple[int, int, int]] = field(default_factory=list)
    curves: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    zeros: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    low: float = np.inf
    high: float = -np.inf

    def put(self, at: Any, mark: int) -> None:
        """Mark some minutes."""
        if self.mark is None:
            self.mark = np.zeros(len(self.reading), np.uint16)
        self.mark[at] |= np.uint16(mark)


def column(minutes: Minutes, held: Held, limits: Limits) -> Column:
    """A channel of some minutes under its certificates. Raises Refused for a column that is not there."""
    name = held.channel.column
    given = minutes.columns.get(name)
    if given is None:
        raise Refused(finding("carbon_monitoring.minutes.column", name, role=held.channel.role,
                              known=", ".join(minutes.columns)))  # fmt: skip
    made = Column(held, np.asarray(given))
    if not len(minutes):
        return made
    low = float(made.reading.min())
    if not np.isfinite(np.add.reduce(made.reading)) or any(low <= code for code in limits.codes):
        lost = _missing(made.reading, limits.codes)
        made.put(lost, Mark.MISSING)
        made.reading = np.where(lost, np.nan, made.reading)
    edges = np.append(np.searchsorted(minutes.time, held.windows.start, side="left"), len(minutes))
    for window in np.flatnonzero(edges[1:] > edges[:-1]):
        start, stop = int(edges[window]), int(edges[window + 1])
        if held.rules[window] is None:
            made.put(slice(start, stop), Mark.NO_CERTIFICATE)
        else:
            _under(made, int(window), start, stop, limits)
    return made


def _missing(reading: Array, codes: Sequence[float]) -> NDArray[np.bool_]:
    """Which readings are missing: NaN, infinite, or a code."""
    lost = ~np.isfinite(reading)
    for code in codes:
        lost |= reading == code
    return np.asarray(lost)


def _under(made: Column, window: int, start: int, stop: int, limits: Limits) -> None:
    """Put a stretch under one certificate, and mark what is outside its range or implausible."""
    rule, lines = made.held.rules[window], made.held.lines[window]
    assert rule is not None
    made.stretches.append((start, stop, window))
    reading = made.reading[start:stop]
    with np.errstate(all="ignore"):
        ends = np.array([np.fmin.reduce(reading), np.fmax.reduce(reading)], float)
        if rule.outside(rule.raw(ends)) is not None:
            outside = rule.outside(rule.raw(reading))
            if outside is not None:
                made.put(np.flatnonzero(outside) + start, Mark.OUT_OF_RANGE)
        if lines is None:
            bent_value = np.empty(len(reading))
            rule.value(rule.raw(reading), bent_value)
            value: Array = bent_value
            made.curves[start] = bent_value
            reached = np.array([np.fmin.reduce(value), np.fmax.reduce(value)])
        else:
            value = reading  # corrected only where a value is looked at
            reached = np.sort(lines[0, 0] + lines[0, 1] * ends)
        made.low, made.high = float(np.fmin(made.low, reached[0])), float(np.fmax(made.high, reached[1]))
        role = made.held.channel.role
        low, high = limits.low.get(role, -np.inf), limits.high.get(role, np.inf)
        bent = lines is None and not np.isfinite(np.add.reduce(value))
        if reached[0] < low or reached[1] > high or bent:
            seen = value if lines is None else lines[0, 0] + lines[0, 1] * reading
            _implausible(made, ~((seen >= low) & (seen <= high)), start, stop)


def _implausible(made: Column, bad: Array, start: int, stop: int) -> None:
    if made.mark is not None:
        bad = bad & ((made.mark[start:stop] & Mark.MISSING) == 0)
    places = np.flatnonzero(bad) + start
    if len(places):
        made.put(places, Mark.IMPLAUSIBLE)
        made.zeros = np.concatenate([made.zeros, places[made.reading[places] == 0.0]])


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


def sums(made: Column, drop: NDArray[np.int64], edges: NDArray[np.int64], offset: int = 0) -> Sums:
    """Sums of a channel by hour. drop: places of the minutes that do not count, ascending; edges (h + 1,): places at
    which the hours begin, and the last ends; offset: number of the first hour."""
    parts = [_of_stretch(made, one, drop, edges) for one in made.stretches]
    if not parts:
        none = np.zeros(0, np.int64)
        return Sums(none, none, none, np.zeros(0))
    one = parts[0] if len(parts) == 1 else together(parts)
    return Sums(one.hour + offset, one.window, one.count, one.reading, one.curve)


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


def _of_stretch(made: Column, stretch: tuple[int, int, int], drop: Array, edges: Array) -> Sums:
    start, stop, window = stretch
    if start == 0 and stop == edges[-1]:
        first, cuts, inside = 0, edges, drop
    else:
        first = int(np.searchsorted(edges, start, side="right")) - 1
        last = int(np.searchsorted(edges, stop, side="left"))
        cuts = np.minimum(np.maximum(edges[first : last + 1], start), stop) - start
        inside = drop[slice(*np.searchsorted(drop, [start, stop]))] - start
    size = cuts[1:] - cuts[:-1]
    there = np.flatnonzero(size)
    cuts, size = cuts[there], size[there]
    count = size
    if len(inside):
        count = size - np.bincount(np.searchsorted(cuts, inside, side="right") - 1, minlength=len(cuts))

    def total(x: Any) -> Array:
        if not isinstance(x, np.ndarray) or not x.ndim:
            return np.asarray(float(x) * count)
        if len(inside):
            x = x.copy()
            x[inside] = 0.0
        return np.asarray(np.add.reduceat(x, cuts, dtype=float))

    reading, curve = made.reading[start:stop], None
    if made.held.lines[window] is None:
        rule, u = made.held.rules[window], made.held.channel.u
        assert rule is not None
        with np.errstate(all="ignore"):
            own, slopes = rule.slopes(rule.raw(reading))
            curve = np.stack([total(made.curves[start]), total((own * u) ** 2), *(total(s) for s in slopes)], axis=1)
    return Sums(there + first, np.full(len(there), window), count, total(reading), curve)


def gathered(held: Held, rows: Sums, wanted: NDArray[np.bool_], begin: NDArray[np.int64], source: str) -> Gathered:
    """The sums as values and slopes under their certificates, for the hours that are wanted.

    wanted (h,): hours; begin (h,): their beginnings, µs; source: what was read.
    """
    keep = wanted[rows.hour] & (rows.count > 0)
    hour, window, count, reading = rows.hour[keep], rows.window[keep], rows.count[keep], rows.reading[keep]
    used = [w for w in range(len(held.rules)) if held.rules[w] is not None and (window == w).any()]
    rules = tuple(rule for w in used if (rule := held.rules[w]) is not None)
    wide = max((len(rule.names) for rule in rules), default=0)
    value, own, slope = np.zeros(len(hour)), np.zeros(len(hour)), np.zeros((len(hour), wide))
    number = np.zeros(len(hour), np.int64)
    for at, w in enumerate(used):
        mine: Any = slice(None) if len(used) == 1 else np.flatnonzero(window == w)
        number[mine] = at
        lines = held.lines[w]
        if lines is None:
            assert rows.curve is not None
            table = rows.curve[keep][mine]
            value[mine], own[mine] = table[:, 0], table[:, 1]
            slope[mine, : len(rules[at].names)] = table[:, 2 : 2 + len(rules[at].names)]
            continue
        n, x = count[mine], reading[mine]
        value[mine] = lines[0, 0] * n + lines[0, 1] * x
        own[mine] = n * (lines[0, 1] * held.channel.u) ** 2
        for k, (a, b) in enumerate(lines[1:]):
            slope[mine, k] = a * n + b * x
    status = np.zeros(len(hour), np.int8)
    return Gathered(
        held.channel.column, held.channel.target, _HOURS, begin[hour], number, count, count.astype(float), value, own,
        slope, rules, (begin[hour], status, count), source,
    )  # fmt: skip


_HOURS = Periods("hour")
