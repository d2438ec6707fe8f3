"""Sums over hours as tables of weighted slopes, before influences are put on.

A sum is linear, so its component for a certificate's parameter is the weighted sum of slopes, and no hour is an object.
Hours that were measured enter both sums of their period by their share: these follow one another and are added run by
run. Hours that stand for lost ones are few, and are added one by one. Rows of a period whose hours have not changed are
taken over from older tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.sums import runs
from suyuan.carbon.monitoring.lost.lost import RATE
from suyuan.carbon.monitoring.year.channelled import Channelled
from suyuan.carbon.monitoring.year.totals import Weights
from suyuan.quantity.influence import Influence
from suyuan.series.form import Applied

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.lost.estimate import Estimate
    from suyuan.carbon.monitoring.year.made import Made

Array = NDArray[Any]
More = Sequence[Mapping[str, Any]]
"""For each period, by name of a channel or constant, further weights of running hours (r,) in its legal sum, of hours
that were measured in part; under «» pairs of weights and quantities of the time before the year."""


@dataclass(frozen=True, eq=False)
class Own:
    """What readings of a month bring to sums of their own. column (c,): of p periods, i < p enters both sums of period
    i; p + 2i its legal sum only, p + 2i + 1 its best one; weights (c, elements)."""

    influence: Influence
    column: NDArray[np.int64]
    weights: NDArray[np.float64]
    periods: int

    @cached_property
    def both(self) -> NDArray[np.float64]:
        """Legal and best of all periods together (2, elements)."""
        further = self.column - self.periods
        each = np.stack([(further < 0) | (further % 2 == kind) for kind in (0, 1)])
        return np.asarray(each.astype(float) @ self.weights)


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Legal and best sums of p periods, one after the other, before influences are put on.

    periods; constants: name → (2p,); slopes: role → Σ weight·slope (2p, rules, k); rules: role → certificates; scatter:
    place of a month → what its readings have of their own.
    """

    periods: tuple[Weights, ...]
    constants: Mapping[str, NDArray[np.float64]]
    slopes: Mapping[str, NDArray[np.float64]]
    rules: Mapping[str, tuple[Applied, ...]]
    scatter: Mapping[int, Own]


def tables(made: Made, periods: Sequence[Weights], more: More) -> Tables:
    """The tables of some periods, which follow one another."""
    spans, count = _Spans(made, periods), len(periods)
    entries, scatter = _Entries.of_periods(periods), _Scatter(made, count)
    constants: dict[str, NDArray[np.float64]] = {}
    slopes: dict[str, NDArray[np.float64]] = {}
    hours = entries.around(spans.hours)
    for name, gain in made.gains(hours).items():
        weight = spans.share * gain[spans.hours.start - hours.start : spans.hours.stop - hours.start]
        few = entries.of(name, gain[entries.hour - hours.start], more)
        if name not in made.channels:
            further = np.bincount(few.column, few.weight, minlength=3 * count)
            constants[name] = _real(np.concatenate([spans.added(weight), further[count:]]))
            continue
        one = made.channels[name]
        if not one.rules:
            continue  # no minute of it counts
        row, owner = entries.rows(one) if few.hour is entries.hour else one.rows(few.hour)
        each, column = (few.weight, few.column) if owner is None else (few.weight[owner], few.column[owner])
        table = spans.slopes(one, weight)
        _add_few(table, one, row, column, each)
        slopes[name] = _real(table)
        if name in made.own:
            rows, first = spans.rows_of(one)
            scatter.add_runs(name, first, weight[one.hour[rows] - spans.hours.start] * one.own[rows], rows.start)
            scatter.add(name, row, column, each * one.own[row])
    if RATE in made.own:
        u = made.own[RATE].u
        scatter.add_runs(RATE, [(one.span.start, one.span.stop) for one in periods], spans.share * u[spans.hours],
                         spans.hours.start)  # fmt: skip
        scatter.add(RATE, entries.hour, entries.column, entries.weight * u[entries.hour])
    return Tables(tuple(periods), constants, slopes, {name: made.channels[name].rules for name in slopes},
                  scatter.tables())  # fmt: skip


class _Spans:
    """The measured hours of periods. hours: from the first to behind the last; share: what each weighs, 0 where it is
    lost."""

    def __init__(self, made: Made, periods: Sequence[Weights]) -> None:
        self.spans = [one.span for one in periods]
        self.hours = slice(self.spans[0].start, self.spans[-1].stop) if periods else slice(0, 0)
        self.share = made.measured_share[self.hours]

    def added(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Σ over each period (p,) of a column over all hours."""
        at = self.hours.start
        return np.array([np.add.reduce(x[one.start - at : one.stop - at]) for one in self.spans])

    def rows_of(self, one: Channelled) -> tuple[slice, list[tuple[int, int]]]:
        """The rows of a channel in all hours, and in each period."""
        parts = [one.span(span) for span in self.spans]
        return one.span(self.hours), [(part.start, part.stop) for part in parts]

    def slopes(self, one: Channelled, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Σ weight·∂mean/∂parameter by period and certificate (3p, rules, k), in the first p rows. weight: of hours."""
        count = len(one.rules)
        found = np.zeros((3 * len(self.spans) * count, len(one.slope)))
        rows, parts = self.rows_of(one)
        if rows.start == rows.stop:
            return found.reshape(-1, count, len(one.slope))
        # a run of rows is one certificate's in one period, or in none
        edges, rule = np.array(parts, np.int64) - rows.start, one.rule[rows]
        begins = np.array(sorted({*runs(rule).tolist(), *edges.ravel().tolist()} - {len(rule)}), np.int64)
        period = edges[:, 0].searchsorted(begins, side="right") - 1
        inside = begins < edges[period, 1]
        key = (period * count + rule[begins])[inside]
        each = weight[one.hour[rows] - self.hours.start]
        for k, slope in enumerate(one.slope[:, rows]):
            np.add.at(found[:, k], key, np.add.reduceat(each * slope, begins)[inside])
        return found.reshape(-1, count, len(one.slope))


def _add_few(table: Array, one: Channelled, row: Array, column: Array, weight: Array) -> None:
    """Add Σ weight·∂mean/∂parameter of some rows to a table (3p, rules, k)."""
    count = len(one.rules)
    key = column * count + one.rule[row] if count > 1 else column
    for k in range(len(one.slope)):
        table[:, :, k] += np.bincount(key, weight * one.slope[k, row], minlength=len(table) * count).reshape(-1, count)


def merged(made: Made, old: Tables, fresh: Tables, places: Sequence[int]) -> Tables:
    """Older tables with some periods made anew. places: which they are among the old ones; fresh: in this order."""
    count, periods = len(old.periods), list(old.periods)
    for at, one in zip(places, fresh.periods, strict=True):
        periods[at] = one
    rows = np.array([(2 * at, 2 * at + 1) for at in places], np.int64).ravel()
    constants = {name: column.copy() for name, column in old.constants.items()}
    for name, column in fresh.constants.items():
        constants[name][rows] = column
    slopes = {}
    for name, table in fresh.slopes.items():
        rules = made.channels[name].rules
        known = {id(rule): at for at, rule in enumerate(rules)}
        slopes[name] = np.zeros((2 * count, len(rules), table.shape[2]))
        for at, rule in enumerate(old.rules.get(name, ())):
            if id(rule) in known:  # else no period that is kept has it
                wide = min(table.shape[2], old.slopes[name].shape[2])
                slopes[name][:, known[id(rule)], :wide] = old.slopes[name][:, at, :wide]
        slopes[name][rows] = table
    scatter: dict[int, Own] = {}
    for month in sorted({*old.scatter, *fresh.scatter}):
        parts = [*_kept(old, month, places), *_moved(fresh, month, places, count)]
        if len(parts) == 1:
            scatter[month] = parts[0]
        elif parts:
            scatter[month] = Own(parts[-1].influence, np.concatenate([part.column for part in parts]),
                                 np.concatenate([part.weights for part in parts]), count)  # fmt: skip
    return Tables(tuple(periods), constants, slopes, {name: made.channels[name].rules for name in slopes}, scatter)


def regapped(old: Tables, found: Sequence[Estimate]) -> Tables:
    """Older tables with the estimates of today: the same hours stand for a gap, but how far off they may be follows
    from the whole year."""
    now = {one.gap.start: one for one in found}
    periods = tuple(replace(one, gaps=tuple((now.get(guess.gap.start, guess), hours) for guess, hours in one.gaps))
                    for one in old.periods)  # fmt: skip
    return replace(old, periods=periods)


def _kept(old: Tables, month: int, places: Sequence[int]) -> Iterator[Own]:
    """What a month brings to periods that are kept."""
    one = old.scatter.get(month)
    if one is None:
        return
    count = len(old.periods)
    period = [at if at < count else (at - count) // 2 for at in one.column.tolist()]
    keep = [at not in places for at in period]
    if all(keep):
        yield one
    elif any(keep):
        yield Own(one.influence, one.column[keep], one.weights[keep], count)


def _moved(fresh: Tables, month: int, places: Sequence[int], count: int) -> Iterator[Own]:
    """What a month brings to periods made anew, by their columns among all."""
    one = fresh.scatter.get(month)
    if one is None:
        return
    few, at = len(fresh.periods), np.array(places, np.int64)
    further = np.maximum(one.column - few, 0)
    column = np.where(one.column < few, at[np.minimum(one.column, few - 1)],
                      count + 2 * at[further // 2] + further % 2)  # fmt: skip
    yield Own(one.influence, column, one.weights, count)


@dataclass(frozen=True, slots=True, eq=False)
class _Entries:
    """Weights of hours in sums, as (hour, column, weight) (m,); columns as `Own` has them; placed: rows of channels."""

    hour: NDArray[np.int64]
    column: NDArray[np.int64]
    weight: NDArray[np.float64]
    placed: dict[int, tuple[Array, Array | None]] = field(default_factory=dict)

    def rows(self, one: Channelled) -> tuple[Array, Array | None]:
        """The rows of a channel, and whose they are; mostly all channels have the same."""
        key = id(one.first)
        return self.placed.get(key) or self.placed.setdefault(key, one.rows(self.hour))

    @classmethod
    def of_periods(cls, periods: Sequence[Weights]) -> _Entries:
        """The hours that stand for lost ones in some periods."""
        parts = [part for one in periods for part in one.further]
        sizes = [len(hour) for hour, _ in parts]
        column = np.repeat(np.arange(len(periods), 3 * len(periods)), sizes)
        hour, weight = (np.concatenate([part[i] for part in parts]) if parts else np.zeros(0) for i in (0, 1))
        return cls(hour.astype(np.int64, copy=False), column, weight)

    def around(self, hours: slice) -> slice:
        """Hours and all of these."""
        if not len(self.hour):
            return hours
        return slice(min(hours.start, int(self.hour.min())), max(hours.stop, int(self.hour.max()) + 1))

    def of(self, name: str, gain: Array, more: More) -> _Entries:
        """The same for a channel or constant, by its slope (m,), with what else there is for it in legal sums."""
        hour, column, weight = [self.hour], [self.column], [self.weight * gain]
        for at, further in enumerate(more):
            if name in further:
                there = np.flatnonzero(further[name])
                hour.append(there)
                column.append(np.full(len(there), len(more) + 2 * at))
                weight.append(further[name][there])
        if len(hour) == 1:
            return _Entries(hour[0], column[0], weight[0])
        return _Entries(np.concatenate(hour), np.concatenate(column), np.concatenate(weight))


def _real(table: Array) -> Array:
    """Columns of entries (3p, …) as sums (2p, …): what enters both, and what enters one."""
    count = len(table) // 3
    found: Array = np.repeat(table[:count], 2, axis=0) + table[count:]
    return found


class _Scatter:
    """What readings have of their own: one influence a month, with one element a row of each channel."""

    def __init__(self, made: Made, size: int) -> None:
        self.made, self.size = made, size
        self.runs: dict[int, list[tuple[int, int, Array]]] = {}
        self.parts: dict[int, list[tuple[Array, Array, Array]]] = {}

    def add_runs(self, name: str, spans: Sequence[tuple[int, int]], component: Array, begin: int) -> None:
        """Components of rows of a channel, or of hours of the rate, that follow one another in each period.

        begin: of the first component.
        """
        edges = self.made.own[name].edges
        for column, (start, stop) in enumerate(spans):
            month = int(edges.searchsorted(start, side="right")) - 1
            while start < stop:
                end = min(stop, int(edges[month + 1]))
                if start < end:
                    element = start - int(edges[month]) + self.made.offsets[name][month]
                    self.runs.setdefault(month, []).append((column, element, component[start - begin : end - begin]))
                start, month = end, month + 1

    def add(self, name: str, row: Array, column: Array, component: Array) -> None:
        """Components of some rows of a channel, or of hours of the rate."""
        edges = self.made.own[name].edges
        month = edges.searchsorted(row, side="right") - 1
        for at in np.flatnonzero(np.bincount(month)).tolist():
            mine = np.flatnonzero(month == at)
            element = row[mine] - edges[at] + self.made.offsets[name][at]
            self.parts.setdefault(at, []).append((column[mine], element, component[mine]))

    def tables(self) -> dict[int, Own]:
        """By place of the month: only columns that it enters have a row."""
        found: dict[int, Own] = {}
        for month in sorted({*self.runs, *self.parts}):
            influence = self.made.scatter(month)
            begun, few = self.runs.get(month, []), self.parts.get(month, [])
            entered = {at for at, _, _ in begun}.union(*(column.tolist() for column, _, _ in few))
            columns = np.array(sorted(entered), np.int64)
            table = np.zeros((len(columns), influence.size))
            for at, first, run in begun:
                table[columns.searchsorted(at), first : first + len(run)] += run
            for column, element, component in few:
                np.add.at(table, (columns.searchsorted(column), element), component)
            found[month] = Own(influence, columns, table, self.size)
        return found
