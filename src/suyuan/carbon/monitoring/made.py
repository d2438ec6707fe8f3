"""How a year of a stack was made, so that the sums of any period can be had with their influences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.batch import Measured
from suyuan.carbon.monitoring.kept import Kept
from suyuan.carbon.monitoring.lost import RATE, Before, Estimate, Replaced, Running
from suyuan.carbon.monitoring.month import Course
from suyuan.carbon.monitoring.parts import lost_hours
from suyuan.carbon.monitoring.tables import Tables, merged, quantity_of, summed, tables
from suyuan.carbon.monitoring.totals import (
    Channelled,
    Scattered,
    Unknown,
    Weights,
    scatter_of,
    scattered,
    unknown,
    weights,
)
from suyuan.quantity.influence import Influence
from suyuan.quantity.quantity import Quantity

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Made:
    """How a year was made, so that other periods can be summed and a later one need not do all again.

    months: number → month with its means; channels: role → means over running hours; parts, values: part of the rate →
    as measured, and legal (r,); measured (r,): hours in which all parts are; rates (2, r): legal and best t/h; gain:
    name of a channel or constant → ∂rate/∂name (r,), 0 where an hour is lost; part_gain: part → the same for it;
    legal: target → replacement; guesses: best estimates; kept: what was taken over from an older year.
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
    kept: Kept

    @property
    def hours_before(self) -> Quantity | None:
        """The rate before the year."""
        return self.before.values.get(RATE)

    @cached_property
    def own(self) -> Mapping[str, Scattered]:
        """What hours have of their own."""
        return scattered(self)

    @cached_property
    def unknown(self) -> Unknown:
        """What nobody can know of gaps."""
        return unknown(self.course, self.running, self.guesses)

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

    def summed(self, parts: Sequence[slice]) -> Quantity:
        """Legal and best of periods of running hours, one after the other (2p,)."""
        return summed(self, [self.weights(part) for part in parts], self._more(parts))

    def _more(self, parts: Sequence[slice]) -> list[Mapping[str, Any]]:
        return [{} if RATE in self.legal else lost_hours(self, part) for part in parts]

    @cached_property
    def spans(self) -> list[slice]:
        """The running hours of each month."""
        place = [self.course.calendar.of_month(month) for month in self.months]
        edges = [np.searchsorted(self.running.place, [one.start, one.stop]).tolist() for one in place]
        return [slice(first, last) for first, last in edges]

    @cached_property
    def tables(self) -> Tables:
        """The tables of all months; rows of months of which nothing has changed are those of the older year."""
        fresh = [at for at in range(len(self.spans)) if at not in self.kept.months]
        if self.kept.tables is not None and not fresh:
            return self.kept.tables
        anew = [self.weights(self.spans[at]) for at in fresh]
        more = self._more([self.spans[at] for at in fresh])
        made = tables(self, anew, more)
        return made if self.kept.tables is None else merged(self, self.kept.tables, made, fresh)

    @cached_property
    def by_month(self) -> Quantity:
        """Legal and best of each month, one after the other (2m,)."""
        return quantity_of(self, self.tables, self._more(self.spans))
