"""Sums of corrected readings by period and certificate, and the quantities that they make.

A sum is linear, so its component for an influence is the sum of components: Σ w·∂y/∂p for each parameter p of each
certificate is enough, and the influences are put on afterwards, in O(n + influences). What each reading has of its own
adds in squares: Σ (w·∂y/∂raw·u)². NumPy and every engine of columns make the same sums; what follows is the same code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense, Own, every_element
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, identity
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE, Unit
from suyuan.series.asof import Status
from suyuan.series.form import Applied
from suyuan.series.periods import Periods
from suyuan.series.rows import unit_text

Array = NDArray[Any]
_VALID = int(Status.VALID)
_VALID_WITHOUT = np.array([_VALID, int(Status.WITHOUT)])
Tally = tuple[Array, Array, Array]
NO_TALLY: Tally = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Sums over the readings with a value, one row a period and certificate (a period may have several).

    stream: id; unit: of the values, weight_unit: of the weights; periods: None where all is one; period (p,): its
    number; rule (p,): index into `rules`; count (p,), weight (p,): readings, Σw; value (p,): Σ w·y; own (p,): the sum
    of squares of what readings have of their own, NaN where not known; slope (p, k): Σ w·∂y/∂parameter, padded with 0.
    tally: (period, status, readings) of all readings, also those without a value; source: what was read, as text;
    flagged: (period, mark, readings) of those with a value that somebody speaks against (`quality.use`).
    """

    stream: str
    unit: Unit
    periods: Periods | None
    period: NDArray[np.int64]
    rule: NDArray[np.int64]
    count: NDArray[np.int64]
    weight: NDArray[np.float64]
    value: NDArray[np.float64]
    own: NDArray[np.float64]
    slope: NDArray[np.float64]
    rules: tuple[Applied, ...]
    tally: tuple[Array, Array, Array]
    source: str
    weight_unit: Unit = ONE
    flagged: tuple[Array, Array, Array] = NO_TALLY

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The periods that have a value, ascending."""
        return _places(self.period)[0]

    def by_period(self, column: Array) -> Array:
        """A column summed over the certificates of each period of `numbers`."""
        numbers, at = _places(self.period)
        return np.bincount(at, column, minlength=len(numbers))

    def readings(self, number: Array, *statuses: Status) -> NDArray[np.int64]:
        """How many readings of some statuses (all by default) each of some periods has; number (g,): ascending."""
        at, there = self._among(number)
        if statuses:
            there &= np.isin(np.arange(len(Status)), statuses)[self.tally[1]]
        return self._counted(at, there, len(number))

    def valued(self, number: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How many readings each of some periods has with a value, and in all; number (g,): ascending."""
        at, there = self._among(number)
        return self._counted(at, there & (self.tally[1] == _VALID), len(number)), self._counted(at, there, len(number))

    def _among(self, number: Array) -> tuple[Array, Array]:
        """The place of each row of the tally among some periods, and whether it lies in one."""
        period = self.tally[0]
        if not len(number):
            return period, np.zeros(len(period), np.bool_)
        at = np.searchsorted(number, period)
        return at, (at < len(number)) & (number[np.minimum(at, len(number) - 1)] == period)

    def _counted(self, at: Array, there: Array, size: int) -> NDArray[np.int64]:
        some = slice(None) if there.all() else there
        return np.bincount(at[some], self.tally[2][some], minlength=size).astype(np.int64)

    def one(self) -> Gathered:
        """All periods as one."""
        return self.regrouped(None, np.zeros_like)

    def days(self, zone: tzinfo = UTC) -> Gathered:
        """Sums by hour as sums by day of a zone."""
        days = Periods("day", zone)
        return self.regrouped(days, days.number)

    def regrouped(self, periods: Periods | None, number: Callable[[Array], Array]) -> Gathered:
        """The sums by longer periods. number: of the periods that are here, the numbers of those in which they lie."""
        tally, flagged = (merged(number(one[0]), *one[1:]) for one in (self.tally, self.flagged))
        return replace(self, periods=periods, period=number(self.period), tally=tally, flagged=flagged).condensed()

    def condensed(self) -> Gathered:
        """The same with one row a period and certificate, in the order of periods."""
        period, rule, order = self.period, self.rule, None
        if ((period[1:] < period[:-1]) | ((period[1:] == period[:-1]) & (rule[1:] < rule[:-1]))).any():
            order = np.lexsort((rule, period))
            period, rule = period[order], rule[order]
        fresh = (period[1:] != period[:-1]) | (rule[1:] != rule[:-1])
        if order is None and fresh.all():
            return self
        first = np.flatnonzero(np.append(True, fresh))
        columns = {n: getattr(self, n) for n in ("count", "weight", "value", "own", "slope")}
        sums: dict[str, Any] = {n: np.add.reduceat(x if order is None else x[order], first) for n, x in columns.items()}
        return replace(self, period=period[first], rule=rule[first], **sums)

    def within(self, number: Array) -> Gathered:
        """Some periods only; the tally of all stays."""
        wanted = np.sort(number)
        at = np.searchsorted(wanted, self.period)
        some = np.flatnonzero(np.append(wanted, 0)[at] == self.period) if len(wanted) else at[:0]
        some = some[at[some] < len(wanted)]
        if len(some) == len(self.period):
            return self
        names = ("period", "rule", "count", "weight", "value", "own", "slope")
        return replace(self, **{name: getattr(self, name).take(some, axis=0) for name in names})

    def sums(self) -> Quantity:
        """Σ w·y of each period of `numbers` (g,), as quantities that share the certificates' influences.

        Raises Refused where there is none, or where what each reading has of its own is not known.
        """
        if self.unit.kind == "point":
            raise Refused(finding("quantity.unit.point", unit=self.unit.symbol, operation="sum"))
        return self.total(self.unit if self.weight_unit == ONE else self.unit * self.weight_unit)

    def total(self, unit: Unit) -> Quantity:
        """Σ w·y of each period under a unit that the caller vouches for: weights may sum to one, or to zero."""
        one = self.condensed()
        return one._quantity(unit, *_places(one.period))

    def means(self) -> Quantity:
        """Σ w·y/Σw of each period of `numbers` (g,)."""
        one = self.condensed()
        numbers, at = _places(one.period)
        weight = np.bincount(at, one.weight, minlength=len(numbers))
        if np.any(weight == 0.0):
            raise Refused(finding("series.sums.weight", self.stream))
        return one._quantity(self.unit, numbers, at, 1.0 / weight)

    def _quantity(self, unit: Unit, numbers: Array, at: Array, share: Array | None = None) -> Quantity:
        """The sums of each period (g,), each multiplied by a share (g,); at (p,): the place of each row's period."""
        if not len(numbers):
            raise Refused(finding("series.sums.none", self.stream))
        if not np.isfinite(self.slope.sum()) and not np.isfinite(self.slope).all():
            raise Refused(finding("series.sums.no_slope", self.stream))
        value, own = (np.bincount(at, column, minlength=len(numbers)) for column in (self.value, self.own))
        if np.isnan(own).any():
            raise Refused(finding("series.sums.u_unknown", self.stream))
        slope, u = self.slope, np.sqrt(own)
        if share is not None:
            slope, u, value = slope * share[at][:, None], u * share, value * share
        return Quantity(value, unit, {**self._shared(slope, at, len(numbers)), **self._own(unit, numbers, u)})

    def _shared(self, slope: Array, at: Array, size: int) -> dict[str, Block]:
        """Blocks for the influences of the certificates: component = Σ over parameters of c · Σ w·∂y/∂p.

        slope (p, k); at (p,): the place of each row's period. The components of all influences of few elements are one
        table; one of many (a mean of many readings) has as many rows of weights as parameters.
        """
        used = np.flatnonzero(np.bincount(self.rule, minlength=len(self.rules)))
        marks: dict[str, Influence] = {}
        count: dict[str, int] = {}
        for rule in used:
            for influence, rows in self.rules[rule].influences:
                blocks.check_same(marks.setdefault(influence.id, influence), influence)
                count[influence.id] = count.get(influence.id, 0) + len(rows)
        cells = sum(mark.size for mark in marks.values()) * size
        if cells > blocks.LARGEST:
            raise Refused(finding("quantity.components.too_large", entries=cells, values=size))
        few = {key: mark for key, mark in marks.items() if mark.size <= count[key]}
        first = dict(zip(few, np.cumsum([0, *(mark.size for mark in few.values())]).tolist(), strict=False))
        table = np.zeros((sum(mark.size for mark in few.values()), size))
        many: dict[str, list[tuple[Array, Array, Array]]] = {}
        for one, mine in _by_rule(self.rule, used):
            given, here = self.rules[one].influences, at[mine]
            lines = np.array([first[i.id] + n for i, _ in given if i.id in few for n in range(i.size)], np.int64)
            if len(lines):
                rows = self.rules[one].components
                if len(lines) < rows.shape[1]:
                    rows = np.concatenate([r for i, r in given if i.id in few], axis=1)
                _put(table, lines, here, rows.T @ slope[mine, : len(rows)].T)
            for influence, rows in given:
                if influence.id not in few:
                    many.setdefault(influence.id, []).append((here, slope[mine, : len(rows)], rows))
        made = {key: Block(mark, None, Dense(table[first[key] : first[key] + mark.size])) for key, mark in few.items()}
        return made | {key: _rows_of(marks[key], parts, size) for key, parts in many.items()}

    def _own(self, unit: Unit, numbers: Array, u: Array) -> dict[str, Block]:
        """The block for what readings have of their own: one independent element a period.

        Its identity follows from what it holds, so that the same sums made twice are the same quantity.
        """
        if not u.any():
            return {}
        kind = "" if self.periods is None else self.periods.name
        content = hashlib.sha256(np.ascontiguousarray(u, "<f8").tobytes() + numbers.astype("<i8").tobytes())
        mark = identity("series own", self.stream, self.source, kind, content.hexdigest())
        influence = Influence(mark, u.size, u, unit=unit_text(unit), label=self.stream)
        return {mark: Block(influence, Own(every_element(u.size), u[None]))}


def _by_rule(rule: Array, used: Array) -> Iterator[tuple[int, Any]]:
    """The rows of each rule: a slice where they stand together."""
    edges = [0, *(np.flatnonzero(rule[1:] != rule[:-1]) + 1).tolist(), len(rule)]
    if len(edges) <= 4 * len(used) + 1:
        for start, stop in pairwise(edges):
            yield int(rule[start]), slice(start, stop)
    else:
        for one in used:
            yield int(one), np.flatnonzero(rule == one)


def tallied(period: Array, rows: Array, count: Array) -> tuple[Array, Array, Array]:
    """A tally of rows (p,) of some periods of which some count (p,) and the others are without a value."""
    both = np.stack([count, rows - count], axis=1).ravel()
    some = np.flatnonzero(both)
    return period[some >> 1], _VALID_WITHOUT[some & 1], both[some]


def _places(period: Array) -> tuple[Array, Array]:
    """The different periods, ascending, and the place of each row among them; rows in order need no search."""
    if len(period) and (period[1:] >= period[:-1]).all():
        first = np.append(True, period[1:] != period[:-1])
        return period[first], np.cumsum(first) - 1
    numbers, at = np.unique(period, return_inverse=True)
    return numbers, at


def _put(table: Array, lines: Array, at: Array, columns: Array) -> None:
    """Add columns (l, p) to some lines of a table at some places (p,), each once."""
    if int(at[-1]) - int(at[0]) + 1 == len(at) and (at[1:] > at[:-1]).all():
        table[lines, int(at[0]) : int(at[-1]) + 1] += columns
    else:
        table[np.ix_(lines, at)] += columns


def _rows_of(influence: Influence, parts: Sequence[tuple[Array, Array, Array]], size: int) -> Block:
    """As many rows of weights as parameters."""
    scale, done = np.zeros((sum(rows.shape[0] for _, _, rows in parts), size)), 0
    for at, slope, rows in parts:
        _put(scale, np.arange(done, done + len(rows)), at, slope.T)
        done += len(rows)
    return Block(influence, None, Dense(scale, np.concatenate([rows for _, _, rows in parts])))


def block_of(influence: Influence, parts: Sequence[tuple[Array, Array, Array]], size: int) -> Block:
    """Few elements: their components; many: as many rows of weights as parameters."""
    if influence.size > sum(rows.shape[0] for _, _, rows in parts):
        return _rows_of(influence, parts, size)
    scale, lines = np.zeros((influence.size, size)), np.arange(influence.size)
    for at, slope, rows in parts:
        _put(scale, lines, at, rows.T @ slope.T)
    return Block(influence, None, Dense(scale))


def stacked(tables: Sequence[Array]) -> Array:
    """Tables (p, k) one under another, narrower ones padded with 0."""
    found = np.zeros((sum(len(one) for one in tables), max((one.shape[1] for one in tables), default=0)))
    done = 0
    for one in tables:
        found[done : done + len(one), : one.shape[1]] = one
        done += len(one)
    return found


def lengths(edges: Array, rows: int) -> NDArray[np.int64]:
    """How many rows each of some runs has; edges (p,): where they begin."""
    found = np.empty(len(edges), np.int64)
    np.subtract(edges[1:], edges[:-1], out=found[:-1])
    found[-1:] = rows - edges[-1:]
    return found


def merged(period: Array, status: Array, count: Array) -> tuple[Array, Array, Array]:
    """A tally with one row a period and status (or mark)."""
    same = period[1:] == period[:-1]
    if ((period[1:] < period[:-1]) | (same & (status[1:] < status[:-1]))).any():
        order = np.lexsort((status, period))
        period, status, count = period[order], status[order], count[order]
        same = period[1:] == period[:-1]
    fresh = ~same | (status[1:] != status[:-1])
    if fresh.all():
        return period, status.astype(np.int8), count.astype(np.int64, copy=False)
    first = np.flatnonzero(np.append(len(period) > 0, fresh))
    total = np.add.reduceat(count, first) if len(first) else count
    return period[first], status[first].astype(np.int8), total.astype(np.int64, copy=False)


def together(parts: Iterable[Gathered]) -> Gathered:
    """The sums of several blocks of one stream as one. Raises Refused for nothing, other streams, units or periods."""
    given = tuple(parts)
    if not given:
        raise Refused(finding("series.sums.none", ""))
    first = given[0]
    for part in given[1:]:
        if (part.stream, part.unit, part.weight_unit) != (first.stream, first.unit, first.weight_unit):
            raise Refused(finding("series.sums.mixed", part.stream, first=first.stream, unit=first.unit.symbol))
        if (part.periods and part.periods.name) != (first.periods and first.periods.name):
            raise Refused(finding("series.sums.periods", part.stream))
    rules: dict[int, Applied] = {}
    index: dict[int, int] = {}
    places = []
    for part in given:
        place = []
        for rule in part.rules:
            key = id(rule.correction)
            index.setdefault(key, len(index))
            rules.setdefault(key, rule)
            place.append(index[key])
        places.append(np.array(place, dtype=np.int64)[part.rule] if len(part.rule) else part.rule)
    joined: dict[str, Any] = {
        n: np.concatenate([getattr(p, n) for p in given]) for n in ("period", "count", "weight", "value", "own")
    }
    tally, flagged = (merged(*(np.concatenate([getattr(p, name)[i] for p in given]) for i in range(3)))
                      for name in ("tally", "flagged"))  # fmt: skip
    return replace(
        first, **joined, rule=np.concatenate(places), slope=stacked([p.slope for p in given]),
        rules=tuple(rules.values()), tally=tally, flagged=flagged, source=" ".join(sorted({p.source for p in given})),
    )  # fmt: skip


def marks_of(rules: Iterable[Applied]) -> Mapping[str, Influence]:
    """Influence id → influence of some certificates."""
    return {i.id: i for rule in rules for i, _ in rule.influences}
