"""Sums over hours as quantities: measured hours, hours that stand for lost ones, and what nobody can know of a gap.

Every legal value and every best estimate is a weighted sum of hours that were measured, so a month is one row of
weights times the hours, and what certificates have in common stays in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.lost import Estimate, Replaced, Running
from suyuan.quantity.block import Block, Dense
from suyuan.quantity.influence import Influence, Source, identity
from suyuan.quantity.linear_map import linear_map
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import parse_unit

Array = NDArray[Any]
MASS = parse_unit("t")
GAP = "hours without a measurement"
"""Text of the source of what is not known of a gap."""


@dataclass(frozen=True, eq=False)
class Hours:
    """Where the measured running hours of the year stand. sources: quantities; number (r,): of the source; place (r,):
    in it, −1 where an hour is lost; earlier: the hours before the year, None where there are none."""

    sources: tuple[Quantity, ...]
    number: NDArray[np.int16]
    place: NDArray[np.int64]
    earlier: Quantity | None = None

    @cached_property
    def value(self) -> NDArray[np.float64]:
        """The values of running hours (r,), NaN where lost."""
        found = np.full(len(self.place), np.nan)
        for number, one in enumerate(self.sources):
            mine = np.flatnonzero((self.number == number) & (self.place >= 0))
            found[mine] = one.value[self.place[mine]] if one.ndim else one.value
        return found

    def terms(self, weights: Array, first: int = 0, earlier: Array | None = None) -> list[tuple[Array, Quantity]]:
        """Pairs of weights (k, n) and quantities (n,) for weights (k, s) of running hours from `first` on.

        earlier (k, e): weights of the hours before the year. Hours of no weight are left out, save that a run of them
        is taken whole: it needs no copy.
        """
        at = np.flatnonzero(weights.any(axis=0) & (self.place[first : first + weights.shape[1]] >= 0)) + first
        found = []
        for number in np.unique(self.number[at]):
            mine = at[self.number[at] == number]
            place = self.place[mine]
            whole = len(place) and place[-1] - place[0] + 1 == len(place)
            key: Any = slice(int(place[0]), int(place[-1]) + 1) if whole else place
            found.append((weights[:, mine - first], self.sources[number][key]))
        if self.earlier is not None and earlier is not None and earlier.any():
            found.append((earlier, self.earlier))
        return found


@dataclass(frozen=True, eq=False)
class Weights:
    """How hours enter the sums of one month: rows legal and best. hours (2, s): of running hours from `first` on;
    earlier (2, e): of hours before the year; plain (2,): what is a number; gaps: best estimates with the hours of each
    that fall into the month; value (2,): the sums."""

    first: int
    hours: NDArray[np.float64]
    earlier: NDArray[np.float64]
    gaps: tuple[tuple[Estimate, float], ...]
    value: NDArray[np.float64]

    def same(self, other: Weights) -> bool:
        """Whether both sum the same hours in the same way."""
        return (
            self.first == other.first
            and np.array_equal(self.hours, other.hours)
            and np.array_equal(self.earlier, other.earlier)
            and [(e.gap, e.sd, t) for e, t in self.gaps] == [(e.gap, e.sd, t) for e, t in other.gaps]
        )


def weights(
    running: Running, part: slice, measured: Array, legal: Replaced | None, found: Sequence[Estimate], value: Array
) -> Weights:
    """The weights of the hours of one period.

    part: its running hours; measured (r,): which of them are; legal: replacement of the rate, None where parts of it
    are replaced instead; found: best estimates; value (2, r): legal and best t/h.
    """
    ahead = 0 if legal is None else legal.ahead
    share = np.zeros(len(running))
    share[part] = running.share[part]
    table = np.zeros((2, len(running)))
    table[:, part] = running.share[part] * measured[part]
    earlier = np.zeros((2, ahead))
    if legal is not None:
        for one in legal.made:
            start, stop = one.gap.start - ahead, one.gap.stop - ahead
            if stop <= part.start or start >= part.stop:
                continue
            hours = float(share[start:stop].sum())
            for hour, weight in zip(one.hours, one.weights, strict=True):
                row, at = (earlier, hour) if hour < ahead else (table, hour - ahead)
                row[0, at] += hours * weight
    gaps = []
    for guess in found:
        if guess.gap.stop <= part.start or guess.gap.start >= part.stop:
            continue
        hours = float(share[guess.gap.start : guess.gap.stop].sum())
        table[1, guess.hours] += hours / len(guess.hours)
        gaps.append((guess, hours))
    used = np.flatnonzero(table.any(axis=0))
    low, high = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 0)
    sums = np.nansum(value[:, part] * running.share[part], axis=1)
    return Weights(low, table[:, low:high].copy(), earlier, tuple(gaps), sums)


def summed(
    one: Weights, hours: Hours, marks: Mapping[int, str], more: Sequence[tuple[Array, Quantity]] = ()
) -> Quantity:
    """Legal and best sum (2,) in t. marks: start of a gap → identity of what is not known of it; more: other terms."""
    made = linear_map(one.value, [*hours.terms(one.hours, one.first, one.earlier), *more], MASS)
    if not one.gaps:
        return made
    blocks = dict(made.blocks)
    for guess, share in one.gaps:
        mark = marks[guess.gap.start]
        influence = Influence(mark, 1, np.array([guess.sd]), unit="t/h", label=GAP, source=Source(text=GAP))
        blocks[mark] = Block(influence, None, Dense(np.array([[0.0, share * guess.sd]])))
    return Quantity(one.value, MASS, blocks)


def mark_of(stack: str, begin: int, guess: Estimate) -> str:
    """The identity of what is not known of a gap: of the stack, when it began, and how long and uncertain it is."""
    return identity("carbon gap", stack, str(begin), str(guess.gap.hours), repr(guess.value), repr(guess.sd))
