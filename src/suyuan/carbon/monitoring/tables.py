"""Sums over hours as quantities: tables of weighted slopes first, their influences afterwards.

A sum is linear, so its component for a certificate's parameter is the weighted sum of slopes, and certificates are put
on afterwards: what they have in common stays in common, and no hour is an object. Rows of a period whose hours have not
changed are taken over from older tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.lost import RATE
from suyuan.carbon.monitoring.totals import MASS, Channelled, Weights
from suyuan.quantity.block import Block, Dense, check_same, combine
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence
from suyuan.quantity.linear_map import linear_map
from suyuan.quantity.quantity import Quantity
from suyuan.series.form import Applied

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.made import Made

Array = NDArray[Any]
More = Sequence[Mapping[str, Any]]
"""For each period, by name of a channel or constant, further weights of running hours (r,) in its legal sum, of hours
that were measured in part; under «» pairs of weights and quantities of the time before the year."""


Own = tuple[Influence, NDArray[np.int64], NDArray[np.float64]]
"""What readings of a month have of their own, the columns (c,) of entries that it enters, and weights (c, elements)."""


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
    """The tables of some periods."""
    entries, scatter, count = _Entries.of_periods(periods), _Scatter(made, len(periods)), len(periods)
    constants: dict[str, NDArray[np.float64]] = {}
    slopes: dict[str, NDArray[np.float64]] = {}
    placed: dict[int, tuple[Array, Array | None]] = {}
    for name, gain in made.gain.items():
        mine = entries.of(name, gain, more)
        if name not in made.channels:
            constants[name] = _real(np.bincount(mine.column, mine.weight, minlength=3 * count))
            continue
        one = made.channels[name]
        if not one.rules:
            continue  # no minute of it counts
        if mine.hour is not entries.hour:
            row, owner = one.rows(mine.hour)
        else:
            row, owner = placed.get(id(one.first)) or placed.setdefault(id(one.first), one.rows(mine.hour))
        weight, column = (mine.weight, mine.column) if owner is None else (mine.weight[owner], mine.column[owner])
        slopes[name] = _slopes(one, row, column, weight, count)
        if name in made.own:
            scatter.add(name, row, column, weight * one.own[row])
    if RATE in made.own:
        scatter.add(RATE, entries.hour, entries.column, entries.weight * made.own[RATE].u[entries.hour])
    return Tables(tuple(periods), constants, slopes, {name: made.channels[name].rules for name in slopes},
                  scatter.tables())  # fmt: skip


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
        if parts:
            scatter[month] = (parts[-1][0], np.concatenate([part[1] for part in parts]),
                              np.concatenate([part[2] for part in parts]))  # fmt: skip
    return Tables(tuple(periods), constants, slopes, {name: made.channels[name].rules for name in slopes}, scatter)


def _kept(old: Tables, month: int, places: Sequence[int]) -> Iterator[Own]:
    """What a month brings to periods that are kept."""
    if month not in old.scatter:
        return
    influence, column, weights = old.scatter[month]
    count = len(old.periods)
    keep = ~np.isin(np.where(column < count, column, (column - count) // 2), places)
    if keep.all():
        yield influence, column, weights
    elif keep.any():
        yield influence, column[keep], weights[keep]


def _moved(fresh: Tables, month: int, places: Sequence[int], count: int) -> Iterator[Own]:
    """What a month brings to periods made anew, by their columns among all."""
    if month not in fresh.scatter:
        return
    influence, column, weights = fresh.scatter[month]
    few, at = len(fresh.periods), np.array(places, np.int64)
    further = np.maximum(column - few, 0)
    yield influence, np.where(column < few, at[np.minimum(column, few - 1)],
                              count + 2 * at[further // 2] + further % 2), weights  # fmt: skip


def quantity_of(made: Made, found: Tables, more: More) -> Quantity:
    """Legal and best sums of some periods, one after the other (2p,), in t; every block is dense."""
    periods = found.periods
    value = np.concatenate([one.value for one in periods]) if periods else np.zeros(0)
    terms = _before(made, periods, more)
    terms += [(column[:, None], made.course.model.quantity(name).reshape(1))
              for name, column in found.constants.items()]  # fmt: skip
    parts: dict[str, list[Block]] = {}
    for name, slopes in found.slopes.items():
        for part in _certified(found.rules[name], name, slopes):
            parts.setdefault(part.influence.id, []).append(part)
    for key, part in linear_map(value, terms, MASS).blocks.items():
        parts.setdefault(key, []).append(part)
    blocks = {key: same[0] if len(same) == 1 else combine([(1.0, one, 1) for one in same], value.shape)
              for key, same in parts.items()}  # fmt: skip
    for influence, column, weights in found.scatter.values():
        blocks[influence.id] = Block(influence, None, Dense(_entering(column, len(periods)), weights))
    return Quantity(value, MASS, {**blocks, **_gaps(made, periods)})


def summed(made: Made, periods: Sequence[Weights], more: More) -> Quantity:
    """Legal and best sums of some periods, one after the other (2p,), in t."""
    return quantity_of(made, tables(made, periods, more), more)


def _before(made: Made, periods: Sequence[Weights], more: More) -> list[tuple[Array, Quantity]]:
    """What hours before the year bring to each sum."""
    found = []
    for at, (period, further) in enumerate(zip(periods, more, strict=True)):
        pairs = [*further.get("", ())]
        if made.hours_before is not None and period.earlier.any():
            pairs.append((period.earlier, made.hours_before))
        for table, quantity in pairs:
            rows = np.zeros((2 * len(periods), table.shape[1]))
            rows[2 * at : 2 * at + 2] = table
            found.append((rows, quantity))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Entries:
    """Weights of hours in sums, as (hour, column, weight) (m,).

    Of p periods, column i < p enters both sums of period i; p + 2i its legal sum only, p + 2i + 1 its best one.
    """

    hour: NDArray[np.int64]
    column: NDArray[np.int64]
    weight: NDArray[np.float64]

    @classmethod
    def of_periods(cls, periods: Sequence[Weights]) -> _Entries:
        """The weights of some periods."""
        count = len(periods)
        parts = [(at, one.hour, one.weight) for at, one in enumerate(periods)]
        parts += [(count + 2 * at + k, *one.further[k]) for at, one in enumerate(periods) for k in (0, 1)]
        column = [np.full(len(hour), at) for at, hour, _ in parts]
        hour, weight = (np.concatenate([part[i] for part in parts]) for i in (1, 2))
        return cls(hour, np.concatenate(column), weight)

    def of(self, name: str, gain: Array, more: Sequence[Mapping[str, Any]]) -> _Entries:
        """The same for a channel or constant, by its slope, with what else there is for it in legal sums."""
        hour, column, weight = [self.hour], [self.column], [self.weight * gain[self.hour]]
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


def _entering(columns: Array, periods: int) -> Array:
    """Which sums (c, 2p) columns of entries enter, 1 or 0."""
    found = np.zeros((len(columns), 2 * periods))
    both = columns < periods
    at = np.arange(len(columns))
    found[at[both], 2 * columns[both]] = found[at[both], 2 * columns[both] + 1] = 1.0
    found[at[~both], columns[~both] - periods] = 1.0
    return found


class _Scatter:
    """What readings have of their own: one influence a month, with one element a row of each channel."""

    def __init__(self, made: Made, size: int) -> None:
        self.made, self.size = made, size
        self.parts: dict[int, list[tuple[Array, Array, Array]]] = {}

    def add(self, name: str, row: Array, column: Array, component: Array) -> None:
        """Components of some rows of a channel, or of hours of the rate."""
        edges = self.made.own[name].edges
        month = np.searchsorted(edges, row, side="right") - 1
        for at in np.flatnonzero(np.bincount(month)).tolist():
            mine = np.flatnonzero(month == at)
            if len(mine):
                element = row[mine] - edges[at] + self.made.offsets[name][at]
                self.parts.setdefault(at, []).append((column[mine], element, component[mine]))

    def tables(self) -> dict[int, Own]:
        """By place of the month: only columns that it enters have a row."""
        found: dict[int, Own] = {}
        for month, parts in self.parts.items():
            influence = self.made.scatter(month)
            column, element, component = (np.concatenate([part[i] for part in parts]) for i in range(3))
            columns = np.flatnonzero(np.bincount(column))
            at = np.zeros(3 * self.size, np.int64)
            at[columns] = np.arange(len(columns))
            size = influence.size
            table: Array = np.bincount(at[column] * size + element, component, minlength=len(columns) * size)
            found[month] = (influence, columns, table.reshape(len(columns), size))
        return found


def _slopes(one: Channelled, row: Array, column: Array, weight: Array, periods: int) -> NDArray[np.float64]:
    """Σ weight·∂mean/∂parameter by sum and certificate (2p, rules, k)."""
    count, wide = len(one.rules), one.slope.shape[1]
    key = column * count + one.rule[row] if count > 1 else column
    found = np.empty((3 * periods * count, wide))
    for k in range(wide):
        found[:, k] = np.bincount(key, weight * one.slope[row, k], minlength=len(found))
    return _real(found.reshape(3 * periods, count, wide))


def _certified(rules: Sequence[Applied], name: str, slopes: NDArray[np.float64]) -> Iterator[Block]:
    """What the certificates of a channel bring to sums. slopes (2p, rules, k).

    An influence of few elements has their components; one of many (a mean of many readings) rows of weights.
    """
    if not np.isfinite(slopes).all():
        raise Refused(finding("series.sums.no_slope", name))
    entries: dict[str, list[tuple[Array, Array]]] = {}
    marks: dict[str, Influence] = {}
    for at, rule in enumerate(rules):
        for influence, rows in rule.influences:
            check_same(marks.setdefault(influence.id, influence), influence)
            entries.setdefault(influence.id, []).append((slopes[:, at, : len(rows)], rows))
    for key, parts in entries.items():
        influence = marks[key]
        if influence.size <= sum(len(rows) for _, rows in parts):
            scale = sum((slope @ rows for slope, rows in parts[1:]), parts[0][0] @ parts[0][1])
            yield Block(influence, None, Dense(scale.T))
        else:
            scale = np.concatenate([slope.T for slope, _ in parts])
            yield Block(influence, None, Dense(scale, np.concatenate([rows for _, rows in parts])))


def _gaps(made: Made, periods: Sequence[Weights]) -> dict[str, Block]:
    """What is not known of each gap: one error for all its hours, in the best estimate only."""
    scales: dict[int, NDArray[np.float64]] = {}
    for at, one in enumerate(periods):
        for guess, share in one.gaps:
            month, element = made.unknown.place[guess.gap.start]
            if month not in scales:
                scales[month] = np.zeros((made.unknown.of_month[month].size, 2 * len(periods)))
            scales[month][element, 2 * at + 1] = share * guess.sd
    influences = {month: made.unknown.of_month[month] for month in scales}
    return {one.id: Block(one, None, Dense(scales[month])) for month, one in influences.items()}


def total(sums: Quantity, first: int) -> Quantity:
    """The sum of every second value from one on, of sums as `summed` makes them; only what it depends on is kept."""
    found = {}
    for key, part in sums.blocks.items():
        assert part.dense is not None
        scale, weights = np.add.reduce(part.dense.scale[:, first::2], 1), part.dense.weights
        if weights is not None:
            scale, weights = np.ones(1), (scale @ weights)[None]
        if np.count_nonzero(scale if weights is None else weights):
            found[key] = Block(part.influence, None, Dense(scale, weights))
    return Quantity(sums.value[first::2].sum(), MASS, found)
