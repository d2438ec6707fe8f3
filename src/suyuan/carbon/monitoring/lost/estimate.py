"""The best estimate of lost hours: what most likely left the stack, and how far such estimates are off in this year.

The estimate of a gap is the mean of valid hours beside it, as many on each side as the gap is long; where the load of
the unit is recorded, hours are compared at their load: the fitted line of rate against load carries the mean of the
hours beside to the load of the lost ones. How far off it may be is what the year itself says: gaps of the same length
are taken out of its measured hours everywhere and estimated from the hours beside them (where the load counts, by means
of rate over load; lengths are taken up to the next eighth of an octave), and the root mean square of the errors is the
standard uncertainty of the gap's mean, one error for all its hours. Beyond what the year can tell there is no estimate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.lost.beside import Beside, besides
from suyuan.carbon.monitoring.lost.substitution import Gap, Series, gaps_of
from suyuan.quantity.table import Row, load

Array = NDArray[Any]
NOTHING: Mapping[int, Sequence[Estimate]] = MappingProxyType({})


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
    that have one error together; idle: load added in the factor, that which the unit has for nothing, NaN where the
    factor hangs on rates too.
    """

    gap: Gap
    hours: NDArray[np.int64]
    value: float
    sd: float
    factor: NDArray[np.float64] | None
    group: int
    idle: float = math.nan

    def stands_as(self, other: Estimate | None) -> bool:
        """Whether the same hours stand for the gap in the same way; how far off they may be is another matter."""
        if other is None or self.value != other.value or self.hours is not other.hours:
            return False
        return (self.factor is None) == (other.factor is None) and (self.factor is None or self.idle == other.idle)


@dataclass(frozen=True, slots=True)
class Unguessed:
    """A gap of which nothing can be said. hours: of it and those that hang together with it; why: «long», «share» or
    «beside»."""

    gap: Gap
    hours: int
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Guesses:
    """The best estimates of a year: of the gaps that have one, of those that have none, and the hours beside them."""

    found: tuple[Estimate, ...] = ()
    none: tuple[Unguessed, ...] = ()
    besides: tuple[Beside, ...] = ()


def estimates(
    value: Array, by: Reach, at_load: Array | None = None, groups: tuple[Beside, ...] = (),
    former: Mapping[int, Sequence[Estimate]] = NOTHING,
) -> Guesses:  # fmt: skip
    """The best estimate of each gap of the rate.

    value (r,): t/h of running hours, NaN where lost; at_load (r,): load of each, NaN where it is not known; groups:
    the gaps with the hours beside them, where they are known; former: first lost hour of a group → its estimates in an
    older year, where the hours beside it are as before.
    """
    series = Series(value, np.isfinite(value))
    groups = groups or besides(series, gaps_of(~series.valid), by.around)
    if not groups:
        return Guesses()
    enough = 100.0 * len(series.places) >= by.share * len(value)
    curve = _curve(series, at_load) if enough else None
    plain = _Year(series.there, by)
    flat = None if curve is None else _Year(series.there / curve.there, by)
    if flat is not None and curve is not None:
        day = (by.around,) * 3
        curve = curve if flat.spread(day) * float(np.mean(curve.there)) < plain.spread(day) else None
    found: list[Estimate] = []
    none: list[Unguessed] = []
    for group in groups:
        shape = curve if curve is not None and curve.known(group) else None
        why = _why(group, by.longest if shape is None else by.longest_by_load, enough)
        beside = 1.0 if shape is None or why else shape.mean(group)
        spread = math.inf if why else (plain if shape is None or flat is None else flat).spread(group.key) * beside
        if math.isinf(spread):
            none += [Unguessed(gap, group.lost, why or "long") for gap in group.gaps]
            continue
        found += _of_group(group, series.there, (shape, beside, spread), former.get(group.start, ()))
    return Guesses(tuple(found), tuple(none), groups)


def _of_group(
    group: Beside, there: Array, by: tuple[_Curve | None, float, float], old: Sequence[Estimate]
) -> Iterator[Estimate]:
    """The estimates of gaps that hang together. by: what they go with, its mean over the hours beside, and how far off
    they may be; old: of an older year, of the same hours at the same rates."""
    shape, beside, spread = by
    idle = math.nan if shape is None else shape.idle
    if old and (old[0].factor is None) == (shape is None) and (shape is None or old[0].idle == idle):
        for one in old:
            yield Estimate(one.gap, one.hours, one.value, spread, one.factor, one.group, idle)
        return
    mean = group.mean(there)
    for gap in group.gaps:
        factor = None if shape is None else shape.column[gap.start : gap.stop] / beside
        yield Estimate(gap, group.hours, mean, spread, factor, group.start, idle)


def filled(value: Array, found: Sequence[Estimate]) -> NDArray[np.float64]:
    """The rate with estimates in the place of lost hours; NaN where there is none."""
    best = value.copy()
    for one in found:
        best[one.gap.start : one.gap.stop] = one.value if one.factor is None else one.value * one.factor
    return best


def _why(group: Beside, longest: int, enough: bool) -> str:
    """Why nothing can be said of gaps; empty where something can."""
    if not enough:
        return "share"
    return "long" if group.lost > longest else "beside" if group.count < 2 else ""


# ---------------------------------------------------------------- how far off


ENOUGH = 2000
"""Places of a year at which gaps are taken out; more say the same."""


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
        step = max(size // ENOUGH, 1)
        start, first, stop, end = (self._sum[at : at + size : step] for at in accumulate((0, before, lost, after)))
        inside = stop - first
        off = inside * (1.0 / lost + 1.0 / (before + after)) - (end - start) / (before + after)
        return math.sqrt(float(off @ off) / len(off))


# ---------------------------------------------------------------- load


KNOWN = 0.9
"""Share of the measured hours whose load must be known, so that the load says anything."""
STEP = 0.02
"""Of the mean load: to so much the idle load is rounded, so that another certificate does not move every estimate."""


@dataclass(frozen=True, eq=False)
class _Curve:
    """What the rate goes with: load and the idle load. column (r,): over running hours, NaN where no load is known;
    there: over the measured ones; whole: whether every load is known."""

    column: NDArray[np.float64]
    there: NDArray[np.float64]
    idle: float
    whole: bool

    @cached_property
    def _sum(self) -> NDArray[np.float64]:
        return np.concatenate(([0.0], np.cumsum(self.there)))

    def mean(self, group: Beside) -> float:
        """Over the hours beside some gaps."""
        total = self._sum
        both = total[group.middle] - total[group.first] + total[group.end] - total[group.after]
        return float(both) / group.count

    def known(self, group: Beside) -> bool:
        """Whether the load of all hours of some gaps is known."""
        return self.whole or all(bool(np.isfinite(self.column[gap.start : gap.stop]).all()) for gap in group.gaps)


def _curve(series: Series, at_load: Array | None) -> _Curve | None:
    """The line of rate against load through the measured hours, in units of load; None where there is no load, or none
    that the rate rises with. Loads beyond those of measured hours are taken as the last of these; a measured hour of
    which no load is known stands at its own rate."""
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
    if rise <= 0.0 or middle <= 0.0:
        return None
    idle = round((level / rise - middle) / (STEP * middle)) * STEP * middle
    column = np.clip(at_load, np.minimum.reduce(x), np.maximum.reduce(x)) + idle
    if blind is not None:
        column[series.places[blind]] = series.there[blind] / rise
    if float(np.fmin.reduce(column)) <= 0.0:
        return None
    known = idle if blind is None else math.nan  # then another certificate moves it
    return _Curve(column, column[series.places], known, bool(np.isfinite(np.add.reduce(column))))
