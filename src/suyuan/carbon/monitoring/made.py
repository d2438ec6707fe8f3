"""How a year of a stack was made: what its sums need, month by month, so that what has not changed is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.batch import Measured
from suyuan.carbon.monitoring.lost import RATE, Before, Estimate, Replaced, Running
from suyuan.carbon.monitoring.month import Course
from suyuan.carbon.monitoring.parts import lost_hours
from suyuan.carbon.monitoring.totals import (
    Channelled,
    Scattered,
    Weights,
    scatter_of,
    scattered,
    summed,
    weights,
)
from suyuan.quantity.influence import Influence
from suyuan.quantity.quantity import Quantity

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Piece:
    """The sums of one month, with what they were made of: an unchanged month is not summed again. sources: the months
    that its hours are of; group, row: where the sums stand, legal at 2·row; settled: whether the weights say all."""

    weights: Weights
    sources: tuple[Measured, ...]
    group: Quantity
    row: int
    settled: bool


@dataclass(frozen=True, eq=False)
class Made:
    """How a year was made, so that other periods can be summed and a later one need not do all again.

    months: number → month with its means; channels: role → means over running hours; parts, values: part of the rate →
    as measured, and legal (r,); measured (r,): hours in which all parts are; rates (2, r): legal and best t/h; gain:
    name of a channel or constant → ∂rate/∂name (r,), 0 where an hour is lost; part_gain: part → the same for it;
    legal: target → replacement; guesses: best estimates; marks: start of a gap → identity of what is not known of it.
    """

    course: Course
    months: Mapping[int, Measured]
    running: Running
    channels: Mapping[str, Channelled]
    parts: Mapping[str, NDArray[np.float64]]
    values: Mapping[str, NDArray[np.float64]]
    measured: NDArray[np.bool_]
    rates: NDArray[np.float64]
    gain: Mapping[str, NDArray[np.float64]]
    part_gain: Mapping[str, Mapping[str, NDArray[np.float64]]]
    legal: Mapping[str, Replaced]
    guesses: tuple[Estimate, ...]
    before: Before
    marks: Mapping[int, str]
    pieces: dict[int, Piece]

    @property
    def hours_before(self) -> Quantity | None:
        """The rate before the year."""
        return self.before.values.get(RATE)

    @cached_property
    def own(self) -> Mapping[str, Scattered]:
        """What hours have of their own."""
        return scattered(self)

    @cached_property
    def offsets(self) -> Mapping[str, list[int]]:
        """Name → where its rows begin among the scatter of each month."""
        found: dict[str, list[int]] = {}
        done = np.zeros(len(self.months), np.int64)
        for role, one in self.own.items():
            found[role] = done.tolist()
            done = done + np.diff(one.edges)
        return found

    def scatter(self, month: int) -> Influence:
        """What the readings of a month have of their own, by its place among the months."""
        u = np.concatenate([one.u[one.edges[month] : one.edges[month + 1]] for one in self.own.values()])
        number = list(self.months)[month]
        return scatter_of(self.course.model.stack.id, self.course.calendar.span(number)[0], u)

    def weights(self, part: slice) -> Weights:
        """The weights of some running hours."""
        return weights(self.running, part, self.measured, self.legal.get(RATE), self.guesses, self.rates)

    def summed(self, parts: Sequence[slice], given: Sequence[Weights] | None = None) -> Quantity:
        """Legal and best of periods of running hours, one after the other (2p,)."""
        periods = given or [self.weights(part) for part in parts]
        more = [{} if RATE in self.legal else lost_hours(self, part) for part in parts]
        return summed(self, periods, more)


def pieces(made: Made, previous: Mapping[int, Piece]) -> dict[int, Piece]:
    """The sums of each month; previous ones where they are made of the same hours."""
    found: dict[int, Piece] = {}
    fresh: list[tuple[int, slice, Weights, tuple[Measured, ...], bool]] = []
    for month in made.months:
        place = made.course.calendar.of_month(month)
        first, last = np.searchsorted(made.running.place, [place.start, place.stop]).tolist()
        one = made.weights(slice(first, last))
        sources = _sources(made, one)
        settled = RATE in made.legal or bool(made.measured[first:last].all())
        old = previous.get(month)
        if old is not None and settled and old.settled and _same(old, one, sources):
            found[month] = old
        else:
            fresh.append((month, slice(first, last), one, sources, settled))
    group = made.summed([row[1] for row in fresh], [row[2] for row in fresh]) if fresh else None
    for at, (month, _, one, sources, settled) in enumerate(fresh):
        assert group is not None
        found[month] = Piece(one, sources, group, at, settled)
    return dict(sorted(found.items()))


def _sources(made: Made, one: Weights) -> tuple[Measured, ...]:
    """The months that the hours of some weights are of."""
    hours = (one.hour, one.further[0][0], one.further[1][0])
    ends = [(int(hour.min()), int(hour.max())) for hour in hours if len(hour)]
    if not ends:
        return ()
    place = made.running.place[[min(low for low, _ in ends), max(high for _, high in ends)]]
    first, last = made.course.calendar.month[place].tolist()
    return tuple(made.months[m] for m in range(first, last + 1) if m in made.months)


def _same(old: Piece, one: Weights, sources: tuple[Measured, ...]) -> bool:
    known = [id(source) for source in sources] == [id(source) for source in old.sources]
    return known and old.weights.same(one)
