"""Sums of the minutes of a channel by hour.

Where a correction is a line, as nearly all are, the sum of corrected values follows from the sum of readings, and so
does every slope: a minute is then read once and corrected by the hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.channel import NONE, Column, add

Array = NDArray[Any]


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
        self._windows: dict[tuple[int, int], NDArray[np.int64]] = {}

    def of(self, start: int, stop: int) -> Frame:
        """The frame of minutes start … stop − 1."""
        key = (start, stop)
        if key not in self._made:
            self._made[key] = _frame(self, start, stop)
        return self._made[key]

    def window(self, frame: Frame, number: int) -> NDArray[np.int64]:
        """The number of a window for each hour of a frame."""
        key = (len(frame.hour), number)
        if key not in self._windows:
            self._windows[key] = np.full(len(frame.hour), number)
        return self._windows[key]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """hour (m,): those that have a minute here; cuts (m,): where each begins; inside: minutes that do not count, as
    places from the first; first: where among them those of the next hour begin; owner: the place of that hour among
    `hour`; count (m,): minutes that count."""

    hour: NDArray[np.int64]
    cuts: NDArray[np.int64]
    inside: NDArray[np.int64]
    first: NDArray[np.int64]
    owner: NDArray[np.int64]
    count: NDArray[np.int64]

    def total(self, x: Any, added: Array | None = None) -> NDArray[np.float64]:
        """Σ over the minutes of each hour that count, of a column or of a number. added: Σ over all minutes of each
        hour, where it is known."""
        if not isinstance(x, np.ndarray) or not x.ndim:
            return np.asarray(float(x) * self.count)
        left = add(x, self.cuts) if added is None else added.copy()
        if not len(self.inside):
            return left.astype(float)
        away = add(x[self.inside], self.first)
        left[self.owner] -= away
        if left.dtype.kind == "i" or max(away.max(), -away.min()) <= KEPT * max(left.max(), -left.min()):
            return left.astype(float)
        x = x.copy()  # what does not count is so large that taking it off again would leave nothing of the rest
        x[self.inside] = 0.0
        return np.add.reduceat(x, self.cuts, dtype=float)


KEPT = 100.0
"""So many times the largest sum of an hour may what is taken off it be: two digits of sixteen."""


def _frame(made: Frames, start: int, stop: int) -> Frame:
    drop, edges = made.drop, made.edges
    if start == 0 and stop == edges[-1]:
        first, cuts, inside, hour = 0, edges, drop, made.hour
    else:
        first = int(np.searchsorted(edges, start, side="right")) - 1
        last = int(np.searchsorted(edges, stop, side="left"))
        cuts = np.minimum(np.maximum(edges[first : last + 1], start), stop) - start
        part = slice(*np.searchsorted(drop, [start, stop]))
        inside, hour = drop[part] - start, made.hour[part] - first
    size = cuts[1:] - cuts[:-1]
    bounds = runs(hour)
    owner = hour[bounds[:-1]]
    full = bool(size.all())
    size[owner] -= bounds[1:] - bounds[:-1]
    if full:
        return Frame(np.arange(first, first + len(size)), cuts[:-1], inside, bounds[:-1], owner, size)
    there = np.flatnonzero(cuts[1:] - cuts[:-1])
    return Frame(there + first, cuts[there], inside, bounds[:-1], there.searchsorted(owner), size[there])


def runs(x: Array) -> NDArray[np.int64]:
    """Where each run of equal numbers begins, and the last ends.

    >>> runs(np.array([3, 3, 5])).tolist()
    [0, 2, 3]
    """
    if not len(x):
        return np.zeros(1, np.int64)
    other = np.ones(len(x) + 1, bool)
    np.not_equal(x[1:], x[:-1], other[1:-1])
    return np.flatnonzero(other)


def sums(made: Column, frames: Frames) -> Sums:
    """Sums of a channel by hour."""
    parts = [_of_stretch(made, one, frames) for one in made.stretches]
    if not parts:
        return Sums(NONE, NONE, NONE, np.zeros(0))
    return parts[0] if len(parts) == 1 else together(parts)


def together(
    parts: Sequence[Sums], hour: NDArray[np.int64] | None = None, count: NDArray[np.int64] | None = None
) -> Sums:
    """Rows of several. hour, count: of all, where they are known."""
    wide = max((0 if p.curve is None else p.curve.shape[1] for p in parts), default=0)
    curve = None
    if wide:
        filled = [np.zeros((len(p.hour), 0)) if p.curve is None else p.curve for p in parts]
        curve = np.concatenate([np.pad(c, ((0, 0), (0, wide - c.shape[1]))) for c in filled])
    if hour is None or count is None:
        hour, count = (np.concatenate([getattr(p, name) for p in parts]) for name in ("hour", "count"))
    window, reading = (np.concatenate([getattr(p, name) for p in parts]) for name in ("window", "reading"))
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
    added = made.added if stop - start == len(made.reading) else None
    return Sums(frame.hour, frames.window(frame, window), frame.count, frame.total(reading, added), curve)
