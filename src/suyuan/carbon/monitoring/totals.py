"""Sums over hours as quantities: measured hours, hours that stand for lost ones, and what nobody can know of a gap.

Every legal value and every best estimate is a weighted sum of hours that were measured. A sum is linear, so its
component for a certificate's parameter is the weighted sum of slopes, and certificates are put on afterwards: what they
have in common stays in common, and no hour is an object.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.batch import Measured
from suyuan.carbon.monitoring.lost import RATE, Estimate, Replaced, Running
from suyuan.carbon.monitoring.month import Course
from suyuan.quantity.block import Block, Dense, check_same, combine
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, Source, identity
from suyuan.quantity.linear_map import linear_map
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import parse_unit
from suyuan.series.form import Applied

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.made import Made

Array = NDArray[Any]
MASS = parse_unit("t")
GAP, OWN = "hours without a measurement", "scatter of readings"
"""Texts of the sources of what is not known of a gap, and of what readings have of their own."""


@dataclass(frozen=True, slots=True, eq=False)
class Channelled:
    """A channel over the running hours of the year, one row an hour and certificate, in order.

    hour (n,): running hour; rule (n,): index into rules; slope (n, k): ∂mean/∂parameter; own (n,): u of what a row has
    of its own; value (r,): hourly mean, NaN where there is none; first, count (r,): place and number of an hour's rows;
    edges: where the rows of each month begin, and end.
    """

    hour: NDArray[np.int64]
    rule: NDArray[np.int64]
    slope: NDArray[np.float64]
    own: NDArray[np.float64]
    value: NDArray[np.float64]
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    edges: NDArray[np.int64]
    rules: tuple[Applied, ...]

    def rows(self, hour: Array) -> tuple[Array, Array | None]:
        """The rows of some hours, and which hour each belongs to, None where each has one; an hour may have several."""
        count = self.count[hour]
        if len(hour) and count.min() == 1 == count.max():
            return self.first[hour], None
        owner = np.repeat(np.arange(len(hour)), count)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        return self.first[hour][owner] + within, owner


def channelled(
    course: Course, months: Mapping[int, Measured], running: Running, role: str, beside: Channelled | None = None
) -> Channelled:
    """One channel over the running hours. beside: another one, which has most often rows of the same hours."""
    every = [one.means[role] for one in months.values()]
    rules: dict[int, Applied] = {}
    numbers = []
    for one in every:
        known = [list(rules).index(id(r)) for r in one.rules if rules.setdefault(id(r), r)]
        same = known == list(range(len(known)))
        numbers.append(one.rule if same else np.array(known, np.int64)[one.rule])
    wide = max((one.slope.shape[1] for one in every), default=0)
    slopes = [one.slope if one.slope.shape[1] == wide else
              np.pad(one.slope, ((0, 0), (0, wide - one.slope.shape[1]))) for one in every]  # fmt: skip
    own, value = (np.concatenate([getattr(one, name) for one in every]) for name in ("own", "value"))
    hour = running.at(np.concatenate([one.hour + course.calendar.of_month(m).start
                                      for m, one in zip(months, every, strict=True)]))  # fmt: skip
    edges = np.cumsum([0, *(len(one.hour) for one in every)])
    if beside is not None and np.array_equal(hour, beside.hour):
        hour, first, count = beside.hour, beside.first, beside.count
    else:
        count = np.bincount(hour, minlength=len(running))
        first = np.cumsum(count) - count
    mean = np.bincount(hour, value, minlength=len(running)).astype(float)
    mean[count == 0] = np.nan
    return Channelled(hour, np.concatenate(numbers), np.concatenate(slopes), np.sqrt(own), mean, first, count, edges,
                      tuple(rules.values()))  # fmt: skip


@dataclass(frozen=True, eq=False)
class Weights:
    """How hours enter the sums of one period.

    hour, weight (m,): measured running hours in both sums; further: (legal, best), each hours and weights of measured
    hours that stand for lost ones; earlier (2, e): of hours before the year; gaps: best estimates with the hours of
    each that fall into the period; value (2,): the sums.
    """

    hour: NDArray[np.int64]
    weight: NDArray[np.float64]
    further: tuple[tuple[NDArray[np.int64], NDArray[np.float64]], tuple[NDArray[np.int64], NDArray[np.float64]]]
    earlier: NDArray[np.float64]
    gaps: tuple[tuple[Estimate, float], ...]
    value: NDArray[np.float64]


def weights(
    running: Running, part: slice, measured: Array, legal: Replaced | None, found: Sequence[Estimate], value: Array
) -> Weights:
    """The weights of the hours of one period.

    part: its running hours; measured (r,): which of them are; legal: replacement of the rate, None where parts of it
    are replaced instead; found: best estimates; value (2, r): legal and best t/h.
    """
    ahead = 0 if legal is None else legal.ahead
    base = np.flatnonzero(measured[part]) + part.start
    share = running.share[base]
    earlier = np.zeros((2, ahead))
    more: list[tuple[int, float]] = []
    for one in () if legal is None else legal.within(part):
        start, stop = max(one.gap.start - ahead, part.start), min(one.gap.stop - ahead, part.stop)
        hours = float(np.add.reduce(running.share[start:stop]))
        for hour, weight in zip(one.hours, one.weights, strict=True):
            if hour < ahead:
                earlier[0, hour] += hours * weight
            else:
                more.append((hour - ahead, hours * weight))
    gaps = []
    for guess in found:
        if guess.gap.start < part.stop and guess.gap.stop > part.start:
            inside = running.share[max(guess.gap.start, part.start) : min(guess.gap.stop, part.stop)]
            gaps.append((guess, float(np.add.reduce(inside))))
    sums = np.nansum(value[:, part] * running.share[part], axis=1)
    legal_hours = np.array([hour for hour, _ in more], np.int64), np.array([weight for _, weight in more])
    none = np.zeros(0, np.int64)
    best_hours = (
        np.concatenate([none, *(guess.hours for guess, _ in gaps)]),
        np.concatenate([np.zeros(0), *(np.full(len(g.hours), hours / len(g.hours)) for g, hours in gaps)]),
    )
    return Weights(base, share, (legal_hours, best_hours), earlier, tuple(gaps), sums)


def summed(made: Made, periods: Sequence[Weights], more: Sequence[Mapping[str, Any]]) -> Quantity:
    """Legal and best sums of some periods, one after the other (2p,), in t; every block is dense.

    more: for each period, by name of a channel or constant, further weights of running hours (r,) in its legal sum, of
    hours that were measured in part; under «» pairs of weights and quantities of the time before the year.
    """
    value = np.concatenate([one.value for one in periods]) if periods else np.zeros(0)
    entries, scatter = _Entries.of_periods(periods), _Scatter(made, len(periods))
    terms = _before(made, periods, more)
    parts: dict[str, list[Block]] = {}
    placed: dict[int, tuple[Array, Array | None]] = {}
    for name, gain in made.gain.items():
        mine = entries.of(name, gain, more)
        if name not in made.channels:
            whole = np.bincount(mine.column, mine.weight, minlength=3 * len(periods))
            terms.append((_real(whole[:, None]), made.course.model.quantity(name).reshape(1)))
            continue
        one = made.channels[name]
        if not one.rules:
            continue  # no minute of it counts
        if mine.hour is not entries.hour:
            row, owner = one.rows(mine.hour)
        else:
            row, owner = placed.get(id(one.first)) or placed.setdefault(id(one.first), one.rows(mine.hour))
        weight, column = (mine.weight, mine.column) if owner is None else (mine.weight[owner], mine.column[owner])
        for part in _certified(one, name, _slopes(one, row, column, weight, len(periods))):
            parts.setdefault(part.influence.id, []).append(part)
        if name in made.own:
            scatter.add(name, row, column, weight * one.own[row])
    if RATE in made.own:
        scatter.add(RATE, entries.hour, entries.column, entries.weight * made.own[RATE].u[entries.hour])
    for key, part in linear_map(value, terms, MASS).blocks.items():
        parts.setdefault(key, []).append(part)
    found = {key: same[0] if len(same) == 1 else combine([(1.0, one, 1) for one in same], value.shape)
             for key, same in parts.items()}  # fmt: skip
    return Quantity(value, MASS, {**found, **scatter.blocks(), **_gaps(made, periods)})


def _before(made: Made, periods: Sequence[Weights], more: Sequence[Mapping[str, Any]]) -> list[tuple[Array, Quantity]]:
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

    def blocks(self) -> dict[str, Block]:
        """By influence: only columns that it enters have a row."""
        found = {}
        for month, parts in self.parts.items():
            influence = self.made.scatter(month)
            column, element, component = (np.concatenate([part[i] for part in parts]) for i in range(3))
            columns = np.flatnonzero(np.bincount(column))
            at = np.zeros(3 * self.size, np.int64)
            at[columns] = np.arange(len(columns))
            size = influence.size
            table = np.bincount(at[column] * size + element, component, minlength=len(columns) * size)
            weights = table.reshape(len(columns), size)
            found[influence.id] = Block(influence, None, Dense(_entering(columns, self.size), weights))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Scattered:
    """What rows have of their own. u (n,); edges: where the rows of each month begin, and end."""

    u: NDArray[np.float64]
    edges: NDArray[np.int64]


def scattered(made: Made) -> dict[str, Scattered]:
    """Channel → what its rows have of their own; under «rate» of hours as a whole, where they are replaced as a whole:
    u² = Σ (∂rate/∂mean·u)²."""
    channels = {name: one for name, one in made.channels.items() if made.course.held[name].channel.u}
    if RATE not in made.legal or not channels:
        return {name: Scattered(one.own, one.edges) for name, one in channels.items()}
    square = np.zeros(len(made.running))
    for name, one in channels.items():
        square += np.bincount(one.hour, (made.gain[name][one.hour] * one.own) ** 2, minlength=len(square))
    place = [made.course.calendar.of_month(month) for month in made.months]
    edges = np.searchsorted(made.running.place, [*(one.start for one in place), place[-1].stop])
    return {RATE: Scattered(np.sqrt(square), edges)}


def _slopes(one: Channelled, row: Array, column: Array, weight: Array, periods: int) -> NDArray[np.float64]:
    """Σ weight·∂mean/∂parameter by sum and certificate (2p, rules, k)."""
    count, wide = len(one.rules), one.slope.shape[1]
    key = column * count + one.rule[row] if count > 1 else column
    found = np.empty((3 * periods * count, wide))
    for k in range(wide):
        found[:, k] = np.bincount(key, weight * one.slope[row, k], minlength=len(found))
    return _real(found.reshape(3 * periods, count, wide))


def _certified(one: Channelled, name: str, slopes: NDArray[np.float64]) -> Iterator[Block]:
    """What the certificates of a channel bring to sums. slopes (2p, rules, k).

    An influence of few elements has their components; one of many (a mean of many readings) rows of weights.
    """
    if not np.isfinite(slopes).all():
        raise Refused(finding("series.sums.no_slope", name))
    entries: dict[str, list[tuple[Array, Array]]] = {}
    marks: dict[str, Influence] = {}
    for at, rule in enumerate(one.rules):
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


def scatter_of(stack: str, begin: int, u: Array) -> Influence:
    """What readings of a month have of their own; its identity follows from what it holds."""
    mark = identity("carbon own", stack, str(begin), hashlib.sha256(np.ascontiguousarray(u).tobytes()).hexdigest())
    return Influence(mark, len(u), u, label=stack, source=Source(text=OWN))


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


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """What nobody can know of gaps: an influence for each month in which some begin, with an element a gap.

    of_month: number → influence; place: start of a gap → (month, element).
    """

    of_month: Mapping[int, Influence]
    place: Mapping[int, tuple[int, int]]


def unknown(course: Course, running: Running, found: Sequence[Estimate]) -> Unknown:
    """The influences of best estimates; their identity follows from stack, and when, how long and how uncertain."""
    grouped: dict[int, list[Estimate]] = {}
    for guess in found:
        grouped.setdefault(int(course.calendar.month[running.place[guess.gap.start]]), []).append(guess)
    influences, place = {}, {}
    for month, mine in grouped.items():
        begin = course.calendar.begin[running.place[[guess.gap.start for guess in mine]]].astype("<i8").tobytes()
        sd = np.array([guess.sd for guess in mine])
        held = np.array([(guess.gap.hours, guess.value, guess.sd) for guess in mine], "<f8").tobytes()
        mark = identity("carbon gaps", course.model.stack.id, hashlib.sha256(begin + held).hexdigest())
        influences[month] = Influence(mark, len(sd), sd, unit="t/h", label=GAP, source=Source(text=GAP))
        place.update({guess.gap.start: (month, at) for at, guess in enumerate(mine)})
    return Unknown(influences, place)


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
