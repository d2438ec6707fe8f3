"""The pairs of needs and capabilities that agree in measurand, one after the other, with what each need asks for.

Only the block of a need's kind of quantity is looked at; pairs come by the chunk, all pairs of a need in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.capability import NODES, STAGES
from suyuan.capability.interval import Interval
from suyuan.capability.matching.columns import (
    STANDINGS,
    Bools,
    CapabilityColumns,
    Codes,
    Dimension,
    Floats,
    Kind,
    dimension_of_unit,
    in_si,
)
from suyuan.capability.matching.cover import GUARD
from suyuan.capability.matching.gates import SERVES, kept_conditions
from suyuan.capability.need import Need
from suyuan.capability.taxonomy import condition_word, item_chain, kinds_asked, plain, quantity_key

Rows = NDArray[np.intp]
CHUNK = 1 << 16
"""Pairs that are worked on together: their columns fit the cache."""


@dataclass(frozen=True, slots=True)
class Task:
    """A need with one block of capabilities. number: of the need; positions: rows that agree in measurand; met: which
    of them meet its conditions; other: interval of another quantity; same: the block has the need's dimension; level:
    no scale of the block has a zero of its own."""

    need: Need
    number: int
    positions: Rows
    met: Bools
    other: bool = False
    same: bool = True
    level: bool = True


@dataclass(frozen=True, slots=True)
class Numbers:
    """What tasks ask for, one number a task: interval in SI units, zero of its scale, (U_target/k)² (not-a-number: no
    target), whether it is a fraction, code of its dimension, whether that is the interval's, day (not-a-number: none),
    limits of days and price (infinite: none), standings that serve as bits (negative: none asked for)."""

    low: Floats
    high: Floats
    zero: Floats
    limit: Floats
    fraction: Bools
    U_unit: Codes
    own_unit: Bools
    day: Floats
    days: Floats
    price: Floats
    serving: Codes
    other: Bools
    same: Bools
    level: Bools


@dataclass(frozen=True, slots=True)
class Chunk:
    """Tasks with their pairs one after the other. counts: pairs of each task; position, met: of each pair; numbers: of
    each task; span: of each need its pairs."""

    tasks: Sequence[Task]
    counts: NDArray[np.intp]
    position: Rows
    met: Bools
    numbers: Numbers
    span: Mapping[int, slice]

    def need(self, row: int) -> Need:
        """The need of a pair."""
        return self.tasks[int(np.searchsorted(np.cumsum(self.counts), row, side="right"))].need


def chunks(columns: CapabilityColumns, needs: Sequence[Need], day: date | None) -> Iterator[Chunk]:
    """All pairs of needs with capabilities that agree in measurand; needs of one kind of quantity after one another, so
    that its block stays in the cache."""
    blocks: dict[str, list[tuple[Kind, tuple[int, int]]]] = {}
    for kind, rows in columns.kinds.items():
        blocks.setdefault(kind[0], []).append((kind, rows))
    finder = _Finder(columns)
    tasks: list[Task] = []
    size = 0
    kinds = [quantity_key(need.quantity) for need in needs]
    for number in sorted(range(len(needs)), key=kinds.__getitem__):
        need = needs[number]
        known = kinds_asked(need.quantity, need.item)
        own = list(finder.tasks(need, number, [block for kind in known for block in blocks.get(kind, ())]))
        pairs = sum(len(task.positions) for task in own)
        if tasks and size + pairs > CHUNK:
            yield _chunk(columns, tasks, day)
            tasks, size = [], 0
        tasks += own or [Task(need, number, np.zeros(0, np.intp), np.zeros(0, bool))]
        size += pairs
    if tasks:
        yield _chunk(columns, tasks, day)


class _Finder:
    """Rows that agree with a need."""

    def __init__(self, columns: CapabilityColumns) -> None:
        self.columns = columns
        self._level: dict[int, bool] = {}
        self._items = {item: code for code, item in enumerate(columns.items)}

    def level(self, start: int, stop: int) -> bool:
        """Whether no scale of a block has a zero of its own."""
        if start not in self._level:
            self._level[start] = not self.columns.zero[start:stop].any()
        return self._level[start]

    def serving(self, item: str) -> list[int]:
        """Codes of the items that serve a wanted one: itself and what it is a case of, as `gates.SUITS` has it."""
        return [self._items[own] for own in item_chain(item) if own in self._items]

    def tasks(self, need: Need, number: int, blocks: Sequence[tuple[Kind, tuple[int, int]]]) -> Iterator[Task]:
        of = quantity_key(need.interval_of) if need.interval_of else ""
        own_kind = quantity_key(need.quantity)
        for (kind, interval_of, dimension), (start, stop) in blocks:
            if not (of and interval_of and of != interval_of):
                positions = self.agreeing(need, start, stop)
                if kind != own_kind:  # of the broader kind only what names the item
                    positions = positions[self.columns.item[positions] != 0]
                met = self.conditions(need, start, stop)
                own = np.ones(len(positions), bool) if met is None else met
                if len(own) != len(positions):
                    own = own.take(positions - start)
                same = dimension == dimension_of_unit(need.interval.unit)
                yield Task(need, number, positions, own, bool(of or interval_of), same, self.level(start, stop))

    def agreeing(self, need: Need, start: int, stop: int) -> Rows:
        """Rows of a block that agree in item and analyte."""
        if not need.item and not need.analyte:
            return np.arange(start, stop)
        agrees = np.ones(stop - start, bool)
        if need.item:
            item = self.columns.item[start:stop]
            agrees = item == 0
            for code in self.serving(need.item):
                agrees |= item == code
        if need.analyte:
            wanted, known = plain(need.analyte), self.columns.analytes
            agrees &= self.columns.analyte[start:stop] == (known.index(wanted) if wanted in known else -2)
        return start + np.flatnonzero(agrees)

    def conditions(self, need: Need, start: int, stop: int) -> Bools | None:
        """Which rows of a block meet the conditions of a need (one that is not stated is not met); None: all."""
        if not need.conditions and not need.stage and not need.node:
            return None
        met = np.ones(stop - start, bool)
        for name, wanted in need.conditions.items():
            here = np.zeros(stop - start, bool)
            if isinstance(wanted, Interval):
                self._inside(name, wanted, start, here)
            elif (rows := self.columns.words.get((name, condition_word(wanted)))) is not None:
                here[rows[_within(rows, start, stop)] - start] = True
            met &= here
        for word, known, bits in ((need.stage, STAGES, self.columns.stages), (need.node, NODES, self.columns.nodes)):
            if word:
                own = bits[start:stop]
                met &= (own == 0) | (own & (1 << known.index(word) if word in known else 0) != 0)
        return met

    def _inside(self, name: str, wanted: Interval, start: int, here: Bools) -> None:
        stated = self.columns.ranges.get((name, dimension_of_unit(wanted.unit)))
        if stated is None:
            return
        some = _within(stated.rows, start, start + len(here))
        here[stated.rows[some] - start] = _meets(name, wanted, stated.low[some], stated.high[some])


def unsure(columns: CapabilityColumns, need: Need, positions: Rows) -> Bools:
    """Which rows fail none of the conditions of a need and leave one open: not stated, or not comparable."""
    open_, fails = np.zeros((2, len(positions)), bool)
    for name, wanted in need.conditions.items():
        if isinstance(wanted, Interval):
            there, met = _stated_inside(columns, name, wanted, positions)
        else:
            said = [(word, rows) for (known, word), rows in columns.words.items() if known == name]
            there, met = np.zeros((2, len(positions)), bool)
            for word, rows in said:
                here = _place(rows, positions)[1]
                there |= here
                met |= here & (word == condition_word(wanted))
        fails |= there & ~met
        open_ |= ~there
    for word, names, bits in ((need.stage, STAGES, columns.stages), (need.node, NODES, columns.nodes)):
        own = bits[positions]
        fails |= bool(word) & (own != 0) & (own & (1 << names.index(word) if word in names else 0) == 0)
    return np.asarray(open_ & ~fails)


def _stated_inside(columns: CapabilityColumns, name: str, wanted: Interval, positions: Rows) -> tuple[Bools, Bools]:
    """Which rows state a comparable interval of a condition, and which of these meet the wanted one."""
    stated = columns.ranges.get((name, dimension_of_unit(wanted.unit)))
    if stated is None or not len(stated.rows):
        none = np.zeros(len(positions), bool)
        return none, none
    at, there = _place(stated.rows, positions)
    return there, there & _meets(name, wanted, stated.low[at], stated.high[at])


def _place(rows: Codes, positions: Rows) -> tuple[Rows, Bools]:
    """Where positions stand among ascending rows, and whether they do."""
    if not len(rows):
        return np.zeros(len(positions), np.intp), np.zeros(len(positions), bool)
    at = np.minimum(np.searchsorted(rows, positions.astype(rows.dtype)), len(rows) - 1)
    return at, rows[at] == positions


def _meets(name: str, wanted: Interval, low: Floats, high: Floats) -> Bools:
    """Whether stated intervals meet a wanted one, as `gates._inside`; ends in SI units."""
    begin, end = in_si(wanted)
    if name in kept_conditions():
        return np.asarray((begin <= raised(low, 1)) & (high <= raised(np.array(end), 1)))
    return np.asarray((low <= raised(np.array(begin), 1)) & (end <= raised(high, 1)))


def _within(rows: Codes, start: int, stop: int) -> slice:
    """Where ascending rows lie between two; the bounds have their type, else all rows would be converted."""
    first, last = np.searchsorted(rows, np.array([start, stop], rows.dtype))
    return slice(int(first), int(last))


def raised(ends: Floats, sign: int) -> Floats:
    """Ends moved up (1) or down (−1) by the rounding of a conversion: a ≤ raised(b, 1) is `cover.at_most(a, b)`."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(ends), ends + sign * GUARD * np.abs(ends), ends)


# ---------------------------------------------------------------- numbers


def _chunk(columns: CapabilityColumns, tasks: Sequence[Task], day: date | None) -> Chunk:
    codes = {dimension: code for code, dimension in enumerate(columns.dimensions)}
    table = [_numbers(task, codes, day) for task in tasks]
    types = (float, float, float, float, bool, np.int32, bool, float, float, float, np.int32, bool, bool, bool)
    numbers = Numbers(*(np.array(column, kind) for column, kind in zip(zip(*table, strict=True), types, strict=True)))
    counts = np.array([len(task.positions) for task in tasks])
    span: dict[int, slice] = {}
    end = 0
    for task, count in zip(tasks, counts.tolist(), strict=True):
        begin = span[task.number].start if task.number in span else end
        end += count
        span[task.number] = slice(begin, end)
    position = np.concatenate([task.positions for task in tasks])
    return Chunk(tasks, counts, position, np.concatenate([task.met for task in tasks]), numbers, span)


def _numbers(task: Task, codes: Mapping[Dimension, int], day: date | None) -> tuple[float, ...]:
    need, unit, target = task.need, task.need.interval.unit, task.need.target
    low, high = in_si(need.interval)
    own = dimension_of_unit(unit)
    wanted, limit, dimension = need.service_day(day), np.nan, own
    if target is not None:
        limit = (target.U * (1.0 if target.unit is None else target.unit.factor) / target.k) ** 2
        dimension = own if target.unit is None else dimension_of_unit(target.unit)
    kinds = SERVES.get(need.standing, (need.standing,))
    return (
        low, high, unit.offset, limit, target is not None and target.relative,
        codes.get(dimension, -2), dimension == own,
        np.nan if wanted is None else wanted.toordinal(),
        np.inf if need.days_most is None else need.days_most,
        np.inf if need.price_most is None else need.price_most,
        sum(1 << STANDINGS.index(kind) for kind in kinds if kind in STANDINGS) if need.standing else -1,
        task.other, task.same, task.level,
    )  # fmt: skip
