"""How a year of a stack was made, so that the sums of any period can be had with their influences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.batch import Measured
from suyuan.carbon.monitoring.hours.month import Course
from suyuan.carbon.monitoring.lost.estimate import Guesses
from suyuan.carbon.monitoring.lost.lost import RATE, Before, Replaced, Running
from suyuan.carbon.monitoring.year.biased import Biased
from suyuan.carbon.monitoring.year.channelled import Channelled
from suyuan.carbon.monitoring.year.kept import Kept
from suyuan.carbon.monitoring.year.parts import lost_hours
from suyuan.carbon.monitoring.year.quantities import quantity_of, totals_of
from suyuan.carbon.monitoring.year.rates import Rates, gains, part_gains
from suyuan.carbon.monitoring.year.tables import Tables, merged, regapped, tables
from suyuan.carbon.monitoring.year.totals import (
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

    months: number → month with its means; channels: role → means over running hours; rates: as measured; values: part
    of the rate → legal (r,); legal_rate, best_rate (r,): t/h, lost hours filled; legal: target → replacement; guesses:
    best estimates; kept: what was taken over from an older year; biased: known biases, in the best rate only.
    """

    course: Course
    months: Mapping[int, Measured]
    running: Running
    channels: Mapping[str, Channelled]
    rates: Rates
    values: Mapping[str, NDArray[np.float64]]
    legal_rate: NDArray[np.float64]
    best_rate: NDArray[np.float64]
    legal: Mapping[str, Replaced]
    guesses: Guesses
    before: Before
    kept: Kept
    biased: Biased | None = None

    @property
    def hours_before(self) -> Quantity | None:
        """The rate before the year."""
        return self.before.values.get(RATE)

    @property
    def measured(self) -> NDArray[np.bool_]:
        """Running hours in which all parts of the rate are measured (r,)."""
        return self.rates.measured

    @cached_property
    def mass(self) -> NDArray[np.float64]:
        """Legal and best t of each running hour (2, r), NaN where there is none."""
        found = np.empty((2, len(self.running)))
        np.multiply(self.legal_rate, self.running.share, found[0])
        np.multiply(self.best_rate, self.running.share, found[1])
        return found

    @cached_property
    def measured_share(self) -> NDArray[np.float64]:
        """What each running hour weighs in sums (r,), 0 where it is lost."""
        return np.where(self.measured, self.running.share, 0.0)

    @cached_property
    def part_gains(self) -> Mapping[str, Mapping[str, NDArray[np.float64]]]:
        """Part of the rate → name of a channel or constant → ∂part/∂name (r,)."""
        return part_gains(self.course.model, self.channels)

    @cached_property
    def _gained(self) -> dict[tuple[int, int], Mapping[str, NDArray[np.float64]]]:
        return {}

    def gains(self, hours: slice) -> Mapping[str, NDArray[np.float64]]:
        """Name of a channel or constant → ∂rate/∂name of running hours that follow one another, 0 where one is lost."""
        for (first, last), found in self._gained.items():
            if first <= hours.start and hours.stop <= last:
                part = slice(hours.start - first, hours.stop - first)
                return {name: column[part] for name, column in found.items()}
        found = gains(self.course.model, self.channels, self.rates, hours)
        self._gained[hours.start, hours.stop] = found
        return found

    @cached_property
    def own(self) -> Mapping[str, Scattered]:
        """What hours have of their own."""
        return scattered(self)

    @cached_property
    def unknown(self) -> Unknown:
        """What nobody can know of gaps."""
        return unknown(self.course, self.running, self.guesses.found, self.kept.unknown)

    @cached_property
    def offsets(self) -> Mapping[str, list[int]]:
        """Name → where its rows begin among the scatter of each month."""
        found: dict[str, list[int]] = {}
        done = np.zeros(len(self.months), np.int64)
        for role, one in self.own.items():
            found[role] = done.tolist()
            done = done + np.diff(one.edges)
        return found

    @cached_property
    def scatters(self) -> dict[int, Influence]:
        """Place of a month → what its readings have of their own, as far as it has been asked for."""
        return dict(self.kept.scatters)

    def scatter(self, month: int) -> Influence:
        """What the readings of a month have of their own, by its place among the months."""
        if month not in self.scatters:
            begin = self.course.calendar.begin[self.running.place]
            hours = {}
            for name, one in self.own.items():
                rows = slice(int(one.edges[month]), int(one.edges[month + 1]))
                hours[name] = begin[rows] if name == RATE else begin[self.channels[name].hour[rows]]
            read = self.months[list(self.months)[month]].month.source
            self.scatters[month] = scatter_of(self.course.model.stack.id, read, hours)
        return self.scatters[month]

    def weights(self, parts: Sequence[slice]) -> list[Weights]:
        """The weights of running hours in sums of periods."""
        tonnes = self.mass
        if np.isnan(np.add.reduce(tonnes, axis=None)):
            tonnes = np.nan_to_num(tonnes)
        return weights(self.running, parts, self.legal.get(RATE), self.guesses.found, tonnes, self.biased)

    def summed(self, parts: Sequence[slice]) -> Quantity:
        """Legal and best of periods of running hours, one after the other (2p,)."""
        more = self._more(parts)
        return quantity_of(self, tables(self, self.weights(parts), more), more)

    def _more(self, parts: Sequence[slice]) -> list[Mapping[str, Any]]:
        return [{} if RATE in self.legal else lost_hours(self, part) for part in parts]

    @cached_property
    def spans(self) -> list[slice]:
        """The running hours of each month."""
        place = [self.course.calendar.of_month(month) for month in self.months]
        edges = self.running.place.searchsorted([edge for one in place for edge in (one.start, one.stop)]).tolist()
        return [slice(first, last) for first, last in zip(edges[::2], edges[1::2], strict=True)]

    @cached_property
    def tables(self) -> Tables:
        """The tables of all months; rows of months of which nothing has changed are those of the older year."""
        fresh = [at for at in range(len(self.spans)) if at not in self.kept.months]
        old = None if self.kept.tables is None else regapped(self.kept.tables, self.guesses.found)
        if old is not None and not fresh:
            return old
        parts = [self.spans[at] for at in fresh]
        made = tables(self, self.weights(parts), self._more(parts))
        return made if old is None else merged(self, old, made, fresh)

    @cached_property
    def by_month(self) -> Quantity:
        """Legal and best of each month, one after the other (2m,)."""
        return quantity_of(self, self.tables, self._more(self.spans))

    @cached_property
    def totals(self) -> tuple[Quantity, Quantity]:
        """Legal and best of all months."""
        return totals_of(self, self.tables, self._more(self.spans))
