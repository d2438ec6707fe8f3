"""The best estimate of lost hours: what most likely left the stack, and how far such estimates are off in this year.

The estimate of a gap is the mean of valid hours beside it, as many on each side as the gap is long; where the load of
the unit is recorded, hours are compared at their load: the fitted line of rate against load carries the mean of the
hours beside to the load of the lost ones. How far off it may be is what the year itself says: gaps of the same length
are taken out of its measured hours everywhere, estimated alike, and the root mean square of the errors is the standard
uncertainty of the gap's mean, one error for all its hours. Beyond what the year can tell there is no estimate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.substitution import Gap, Series
from suyuan.quantity.table import Row, load

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.kept import Kept

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far estimates reach. around: valid hours beside a gap on each side, at least; longest, longest_by_load: hours
    of a gap that is estimated; share: of the running hours that must be measured; blocks: independent gaps of a length
    that must fit into the measured year so that their errors are known; growth: exponent by which the error of longer
    ones grows with their length."""

    around: int
    longest: int
    longest_by_load: int
    share: float
    blocks: float
    growth: float


ROWS = ("best_hours", "best_longest", "best_share", "best_blocks", "best_growth")
"""The rows that say how far estimates reach."""


@cache
def reach_rows() -> tuple[Row, ...]:
    """The rows by which estimates are made, in the order of `ROWS`."""
    every = {str(row["name"]): row for row in load("suyuan.carbon", "monitoring_plausible")}
    return tuple(every[name] for name in ROWS)


@cache
def reach() -> Reach:
    """How far estimates reach, as the rows say.

    >>> reach().around
    24
    """
    hours, longest, share, blocks, growth = (row["value"] for row in reach_rows())
    return Reach(int(hours), int(longest["alone"]), int(longest["load"]), float(share), float(blocks), float(growth))


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What the lost hours of a gap most likely were: value · factor.

    hours: the valid ones that it is the mean of; value, sd: their mean in t/h and its standard uncertainty for the gap;
    factor (h,): for each lost hour, by its load, None where that does not count; group: first lost hour of the gaps
    that have one error together.
    """

    gap: Gap
    hours: NDArray[np.int64]
    value: float
    sd: float
    factor: NDArray[np.float64] | None
    group: int

    def stands_as(self, other: Estimate | None) -> bool:
        """Whether the same hours stand for the gap in the same way; how far off they may be is another matter."""
        if other is None or self.value != other.value or len(self.hours) != len(other.hours):
            return False
        if self.factor is None or other.factor is None:
            return self.factor is other.factor and bool((self.hours[[0, -1]] == other.hours[[0, -1]]).all())
        return np.array_equal(self.factor, other.factor)


@dataclass(frozen=True, slots=True)
class Unguessed:
    """A gap of which nothing can be said. hours: of it and those that hang together with it; why: «long», «share» or
    «beside»."""

    gap: Gap
    hours: int
    why: str


def estimates(
    value: Array, gaps: Sequence[Gap], by: Reach, at_load: Array | None = None, held: Kept | None = None
) -> tuple[list[Estimate], list[Unguessed]]:
    """The best estimate of each gap of the rate, and the gaps that have none.

    value (r,): t/h of running hours, NaN where lost; gaps: of these; at_load (r,): load of each, NaN where it is not
    known; held: what of an older year still holds.
    """
    if not gaps:
        return [], []
    series = Series(value, np.isfinite(value))
    enough = 100.0 * len(series.places) >= by.share * len(value)
    curve = _curve(series, at_load) if enough else None
    everywhere = curve is not None and bool(np.isfinite(curve).all())
    at_hand = None if curve is None else curve[series.places]
    plain, flat = _Year(series.there, by), None if at_hand is None else _Year(series.there / at_hand, by)
    old = held.estimates() if held is not None else {}
    found: list[Estimate] = []
    none: list[Unguessed] = []
    for group in _groups(gaps):
        lost = sum(gap.stop - gap.start for gap in group)
        sides = _Sides.of(series, group, max(by.around, lost))
        key = _rounded(lost), _rounded(sides.middle - sides.first), _rounded(sides.end - sides.after)
        shape = curve if curve is not None and (everywhere or _known(curve, group)) else None
        why = _why(lost, by.longest if shape is None else by.longest_by_load, enough, sides.count)
        spread = math.inf if why or lost > by.longest else plain.spread(key)
        beside = math.nan
        if not why and shape is not None and flat is not None and at_hand is not None:
            beside = sides.mean(at_hand)
            told = flat.spread(key) * beside
            spread, shape = (told, shape) if told < spread else (spread, None)
        if math.isinf(spread):
            none += [Unguessed(gap, lost, why or "long") for gap in group]
            continue
        mean, hours = sides.mean(series.there), sides.hours(series)
        for gap in group:
            factor = None if shape is None else shape[gap.start : gap.stop] / beside
            one = Estimate(gap, hours, mean, spread, factor, group[0].start)
            before = old.get(gap.start)
            same = before is not None and before.sd == spread and before.group == one.group and one.stands_as(before)
            found.append(before if before is not None and same else one)
    return found, none


@dataclass(frozen=True, slots=True)
class _Sides:
    """The valid hours beside a gap, as places among all valid ones: first … middle − 1 come before it, after … end − 1
    after it."""

    first: int
    middle: int
    after: int
    end: int

    @classmethod
    def of(cls, series: Series, group: Sequence[Gap], count: int) -> _Sides:
        """Up to `count` on each side."""
        before = series.last(group[0].start, count)
        after = before.stop if len(group) == 1 else series.next(group[-1].stop, count).start
        return cls(before.start, before.stop, after, min(after + count, len(series.places)))

    @property
    def count(self) -> int:
        """Of both sides."""
        return self.middle - self.first + self.end - self.after

    def hours(self, series: Series) -> NDArray[np.int64]:
        """The hours themselves."""
        if self.after == self.middle:
            return series.places[self.first : self.end]
        return np.concatenate([series.places[self.first : self.middle], series.places[self.after : self.end]])

    def mean(self, there: Array) -> float:
        """Of a column over all valid hours."""
        if self.after == self.middle:  # no hour between the sides is valid
            return float(np.add.reduce(there[self.first : self.end])) / self.count
        both = np.add.reduce(there[self.first : self.middle]) + np.add.reduce(there[self.after : self.end])
        return float(both) / self.count


def filled(value: Array, found: Sequence[Estimate]) -> NDArray[np.float64]:
    """The rate with estimates in the place of lost hours; NaN where there is none."""
    best = value.copy()
    for one in found:
        best[one.gap.start : one.gap.stop] = one.value if one.factor is None else one.value * one.factor
    return best


def _why(lost: int, longest: int, enough: bool, beside: int) -> str:
    """Why nothing can be said of a gap; empty where something can."""
    if not enough:
        return "share"
    return "long" if lost > longest else "beside" if beside < 2 else ""


def _groups(gaps: Sequence[Gap]) -> list[list[Gap]]:
    """Gaps that hang together: fewer valid hours stand between two than the shorter of them has lost."""
    found: list[list[Gap]] = []
    for gap in gaps:
        found.append([gap])
        while len(found) > 1:
            a, b = found[-2:]
            if b[0].start - a[-1].stop >= min(sum(one.hours for one in a), sum(one.hours for one in b)):
                break
            found[-2:] = [a + b]
    return found


# ---------------------------------------------------------------- how far off


class _Year:
    """How far estimates of gaps taken out of the measured hours are off. value (n,): of the measured hours in order."""

    def __init__(self, value: Array, by: Reach) -> None:
        self.size, self.by = len(value), by
        middle = float(np.mean(value)) if len(value) else 0.0
        self._sum = np.concatenate(([0.0], np.cumsum(value - middle)))
        self._told: dict[tuple[int, int, int], float] = {}

    def spread(self, key: tuple[int, int, int]) -> float:
        """Standard uncertainty of the mean of a gap, estimated from the hours beside it. key: hours of the gap, before
        and after it, rounded.

        √mean d² of d = mean of the hours taken out − mean of those beside, where at least `blocks` such gaps fit into
        the year side by side; of longer ones the largest length that does, times (length/that length)^growth.
        """
        if key not in self._told:
            self._told[key] = self._spread(*key)
        return self._told[key]

    def _spread(self, lost: int, before: int, after: int) -> float:
        most = self._longest(lost, before, after)
        if most < 1:
            return math.inf
        share = most / lost
        sides = [side if share == 1.0 else min(side, max(self.by.around * bool(side), round(side * share)))
                 for side in (before, after)]  # fmt: skip
        return self._off(most, *sides) * math.pow(lost / most, self.by.growth)

    def _longest(self, lost: int, before: int, after: int) -> int:
        """The largest length up to that of a gap of which enough fit into the year, with sides in proportion."""
        blocks, size = self.by.blocks, self.size
        if size - before - after >= blocks * lost:
            return lost
        return max(int(size / (blocks + (before + after) / lost)), 0)

    def _off(self, lost: int, before: int, after: int) -> float:
        size = self.size - before - lost - after + 1
        if size < 1:
            return math.inf
        start, first, stop, end = (self._sum[at : at + size] for at in accumulate((0, before, lost, after)))
        inside = stop - first
        off = inside * (1.0 / lost + 1.0 / (before + after)) - (end - start) / (before + after)
        return math.sqrt(float(off @ off) / size)


@lru_cache(maxsize=16384)
def _rounded(hours: int) -> int:
    """The next of eight lengths an octave, so that few are asked for."""
    return hours if hours < 8 else round(2.0 ** (math.ceil(8.0 * math.log2(hours)) / 8.0))


# ---------------------------------------------------------------- load


def _known(curve: Array, group: Sequence[Gap]) -> bool:
    return all(bool(np.isfinite(curve[gap.start : gap.stop]).all()) for gap in group)


KNOWN = 0.9
"""Share of the measured hours whose load must be known, so that the load says anything."""


def _curve(series: Series, at_load: Array | None) -> NDArray[np.float64] | None:
    """The rate by load (r,), t/h: the line through measured hours, NaN where no load is known; None where there is no
    load, or none that the rate rises with. Loads beyond those of measured hours are taken as the last of these; a
    measured hour of which no load is known stands at its own rate."""
    if at_load is None or len(series.places) < 3:
        return None
    x, y = at_load[series.places], series.there
    blind = None
    if not math.isfinite(float(np.add.reduce(x))):
        blind = ~np.isfinite(x)
        if np.count_nonzero(blind) > (1.0 - KNOWN) * len(x):
            return None
        x, y = x[~blind], y[~blind]
    middle, level = float(np.add.reduce(x)) / len(x), float(np.add.reduce(y)) / len(y)
    apart = x - middle
    square = float(apart @ apart)
    rise = float(apart @ y) / square if square > 0.0 else 0.0
    line = np.clip(at_load, np.minimum.reduce(x), np.maximum.reduce(x)) - middle
    line *= rise
    line += level
    if blind is not None:
        line[series.places[blind]] = series.there[blind]
    return line if rise > 0.0 and float(np.fmin.reduce(line)) > 0.0 else None
