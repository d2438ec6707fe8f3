"""Sums of corrected readings by period and certificate, and the quantities that they make.

A sum is linear, so its component for an influence is the sum of components: Σ w·∂y/∂p for each parameter p of each
certificate is enough, and the influences are put on afterwards, in O(n + influences). What each reading has of its own
adds in squares: Σ (w·∂y/∂raw·u)². NumPy and every engine of columns make the same sums; what follows is the same code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from suyuan.series.view import Segment, View

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Sums over the readings with a value, one row a period and certificate (a period may have several).

    stream: id; unit: of the values, weight_unit: of the weights; periods: None where all is one; period (p,): its
    number; rule (p,): index into `rules`; count (p,), weight (p,): readings, Σw; value (p,): Σ w·y; own (p,): the sum
    of squares of what readings have of their own, NaN where not known; slope (p, k): Σ w·∂y/∂parameter, padded with 0.
    tally: (period, status, readings) of all readings, also those without a value; source: what was read, as text.
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

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The periods that have a value, ascending."""
        return _places(self.period)[0]

    def by_period(self, column: Array) -> Array:
        """A column summed over the certificates of each period of `numbers`."""
        numbers, at = _places(self.period)
        return np.bincount(at, column, minlength=len(numbers))

    def readings(self, number: Array, *statuses: Status) -> NDArray[np.int64]:
        """How many readings of some statuses (all by default) each of some periods has."""
        period, status, count = self.tally
        taken = np.isin(status, statuses) if statuses else np.ones(len(period), dtype=bool)
        at = np.searchsorted(number, period)
        taken &= (at < len(number)) & (number[np.minimum(at, len(number) - 1)] == period) if len(number) else False
        found: NDArray[np.int64] = np.bincount(at[taken], count[taken], minlength=len(number)).astype(np.int64)
        return found

    def one(self) -> Gathered:
        """All periods as one."""
        return replace(self, periods=None, period=np.zeros_like(self.period), tally=_merged(
            np.zeros_like(self.tally[0]), *self.tally[1:]))  # fmt: skip

    def within(self, number: Array) -> Gathered:
        """Some periods only; the tally of all stays."""
        keep = np.isin(self.period, number)
        cut = {n: getattr(self, n)[keep] for n in ("period", "rule", "count", "weight", "value", "own", "slope")}
        return replace(self, **cut)

    def sums(self) -> Quantity:
        """Σ w·y of each period of `numbers` (g,), as quantities that share the certificates' influences.

        Raises Refused where there is none, or where what each reading has of its own is not known.
        """
        if self.unit.kind == "point":
            raise Refused(finding("quantity.unit.point", unit=self.unit.symbol, operation="sum"))
        return self.total(self.unit if self.weight_unit == ONE else self.unit * self.weight_unit)

    def total(self, unit: Unit) -> Quantity:
        """Σ w·y of each period under a unit that the caller vouches for: weights may sum to one, or to zero."""
        if not len(self.period):
            raise Refused(finding("series.sums.none", self.stream))
        if not np.isfinite(self.slope).all():
            raise Refused(finding("series.sums.no_slope", self.stream))
        if np.isnan(self.own).any():
            raise Refused(finding("series.sums.u_unknown", self.stream))
        total = self.by_period(self.value)
        return Quantity(total, unit, {**self._shared(len(total)), **self._own(unit)})

    def means(self) -> Quantity:
        """Σ w·y/Σw of each period of `numbers` (g,)."""
        weight = self.by_period(self.weight)
        if np.any(weight == 0.0):
            raise Refused(finding("series.sums.weight", self.stream))
        at = np.searchsorted(self.numbers, self.period)
        share = 1.0 / weight[at]
        scaled = replace(
            self, value=self.value * share, own=self.own * share**2, slope=self.slope * share[:, None], weight_unit=ONE
        )
        return scaled.total(self.unit)

    def _shared(self, size: int) -> dict[str, Block]:
        """Blocks for the influences of the certificates: component = Σ over parameters of c · Σ w·∂y/∂p."""
        at = np.searchsorted(self.numbers, self.period)
        entries: dict[str, list[tuple[Array, Array, Array]]] = {}
        marks: dict[str, Influence] = {}
        for rule in np.unique(self.rule):
            mine = np.flatnonzero(self.rule == rule) if len(self.rules) > 1 else slice(None)
            one = self.rules[rule]
            for influence, rows in one.influences:
                blocks.check_same(marks.setdefault(influence.id, influence), influence)
                entries.setdefault(influence.id, []).append((at[mine], self.slope[mine, : len(rows)], rows))
        if sum(marks[key].size for key in entries) * size > blocks.LARGEST:
            cells = sum(marks[key].size for key in entries) * size
            raise Refused(finding("quantity.components.too_large", entries=cells, values=size))
        return {key: _block(marks[key], parts, size) for key, parts in entries.items()}

    def _own(self, unit: Unit) -> dict[str, Block]:
        """The block for what readings have of their own: one independent element a period.

        Its identity follows from what it holds, so that the same sums made twice are the same quantity.
        """
        u = np.sqrt(self.by_period(self.own))
        if not u.any():
            return {}
        kind = "" if self.periods is None else self.periods.name
        content = hashlib.sha256(np.ascontiguousarray(u, "<f8").tobytes() + self.numbers.astype("<i8").tobytes())
        mark = identity("series own", self.stream, self.source, kind, content.hexdigest())
        influence = Influence(mark, u.size, u, unit=unit_text(unit), label=self.stream)
        return {mark: Block(influence, Own(every_element(u.size), u[None]))}


def _places(period: Array) -> tuple[Array, Array]:
    """The different periods, ascending, and the place of each row among them; rows in order need no search."""
    if len(period) and (period[1:] >= period[:-1]).all():
        first = np.append(True, period[1:] != period[:-1])
        return period[first], np.cumsum(first) - 1
    numbers, at = np.unique(period, return_inverse=True)
    return numbers, at


def _block(influence: Influence, parts: Sequence[tuple[Array, Array, Array]], size: int) -> Block:
    """Few elements: their components; many (a mean of many readings): as many rows of weights as parameters."""
    count = sum(rows.shape[0] for _, _, rows in parts)
    if influence.size <= count:
        scale = np.zeros((influence.size, size))
        for at, slope, rows in parts:
            add = (slope @ rows).T
            for r in range(influence.size):  # a certificate may stand twice in a period, from two blocks
                scale[r] += np.bincount(at, add[r], minlength=size)
        return Block(influence, None, Dense(scale))
    scale, done = np.zeros((count, size)), 0
    for at, slope, rows in parts:
        for r in range(rows.shape[0]):
            scale[done + r] += np.bincount(at, slope[:, r], minlength=size)
        done += rows.shape[0]
    return Block(influence, None, Dense(scale, np.concatenate([rows for _, _, rows in parts])))


def _merged(period: Array, status: Array, count: Array) -> tuple[Array, Array, Array]:
    """A tally with one row a period and status."""
    key = period * len(Status) + status
    which, at = np.unique(key, return_inverse=True)
    total = np.bincount(at, count, minlength=len(which)).astype(np.int64)
    return which // len(Status), (which % len(Status)).astype(np.int8), total


# ---------------------------------------------------------------- from a view


def gather(
    view: View, periods: Periods | None = None, weight: Array | None = None, weight_unit: Unit = ONE
) -> Gathered:
    """The sums of a view by period.

    periods: hours or days; one sum of all where None. weight (n,): an exact number a reading, in the order of the
    block, 1 where None.
    """
    block = view.block
    if weight is not None and np.shape(weight) != (len(view),):
        raise Refused(finding("series.sums.weights", view.stream.id, shape=np.shape(weight), size=len(view)))
    rows: list[_Rows] = []
    rules: list[Applied] = []
    tally: list[tuple[Array, Array, Array]] = []
    for segment in view.segments:
        at = view.positions(segment)
        if segment.window < 0:
            continue  # without a time there is no period
        number = np.zeros(segment.stop - segment.start, np.int64) if periods is None else periods.number(block.time[at])
        status = view.status[at]
        valid = status == Status.VALID
        whole = bool(valid.all())
        edges = _edges(number)
        tally.extend(_tallied(number, status, edges, whole))
        if segment.rule is None or not valid.any():
            continue
        if not whole:
            at = np.arange(segment.start, segment.stop)[valid] if block.order is None else block.order[
                segment.start : segment.stop][valid]  # fmt: skip
            number = number[valid]
            edges = _edges(number)
        rows.append(_summed(view, segment.rule, at, number[edges], edges, weight))
        rules.append(segment.rule)
    return _joined(view, periods, rows, rules, tally, weight_unit)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Sums of one segment, a row a period; slope (k, p)."""

    period: Array
    count: Array
    weight: Array
    value: Array
    own: Array
    slope: list[Array]


def _edges(number: Array) -> Array:
    """Where a run of equal numbers begins."""
    return np.append(0, np.flatnonzero(number[1:] != number[:-1]) + 1) if len(number) else np.zeros(0, np.int64)


def _tallied(number: Array, status: Array, edges: Array, whole: bool) -> list[tuple[Array, Array, Array]]:
    period, size = number[edges], np.diff(np.append(edges, len(number)))
    if whole:
        return [(period, np.zeros(len(period), np.int8), size)]
    found = []
    for code in np.unique(status):
        count = np.add.reduceat((status == code).astype(np.int64), edges)
        found.append((period[count > 0], np.full(int((count > 0).sum()), code, np.int8), count[count > 0]))
    return found


def _summed(view: View, rule: Applied, at: Any, period: Array, edges: Array, weight: Array | None) -> _Rows:
    """The sums of one segment's readings with a value."""
    value = view.value[at]
    size = np.diff(np.append(edges, len(value)))
    w: Any = 1.0 if weight is None else weight[at]

    def total(x: Any) -> Array:
        """Σ over each run of an array, or of a number."""
        if isinstance(x, np.ndarray) and x.ndim:
            return np.add.reduceat(x, edges)
        return np.asarray(float(x) * size)

    own, slopes = rule.slopes(rule.raw(view.readings(at)))
    weights = total(w)
    u = view.own_u(at)
    return _Rows(
        period,
        size,
        weights,
        total(value if weight is None else w * value),
        total((w * own * u) ** 2),
        [total(w * s) if isinstance(s, np.ndarray) and s.ndim else float(s) * weights for s in slopes],
    )


def _joined(
    view: View, periods: Periods | None, rows: Sequence[_Rows], rules: Sequence[Applied],
    tally: Sequence[tuple[Array, Array, Array]], weight_unit: Unit,
) -> Gathered:  # fmt: skip
    def column(name: str, kind: Any) -> Array:
        return np.concatenate([getattr(r, name) for r in rows]).astype(kind) if rows else np.zeros(0, kind)

    wide = max((len(r.slope) for r in rows), default=0)
    slope = np.zeros((sum(len(r.period) for r in rows), wide))
    done = 0
    for r in rows:
        for k, s in enumerate(r.slope):
            slope[done : done + len(r.period), k] = s
        done += len(r.period)
    empty = (np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros(0, np.int64))
    counted = tuple(np.concatenate(part) for part in zip(*tally, strict=True)) if tally else empty
    return Gathered(
        view.stream.id, view.unit, periods, column("period", np.int64),
        np.repeat(np.arange(len(rows)), [len(r.period) for r in rows]).astype(np.int64),
        column("count", np.int64), column("weight", float), column("value", float), column("own", float), slope,
        tuple(rules), _merged(*counted), view.block.digest, weight_unit,
    )  # fmt: skip


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
    wide = max(part.slope.shape[1] for part in given)
    padded = [np.pad(part.slope, ((0, 0), (0, wide - part.slope.shape[1]))) for part in given]
    joined: dict[str, Any] = {
        n: np.concatenate([getattr(p, n) for p in given]) for n in ("period", "count", "weight", "value", "own")
    }
    tally = _merged(*(np.concatenate([p.tally[i] for p in given]) for i in range(3)))
    return replace(
        first, **joined, rule=np.concatenate(places), slope=np.concatenate(padded), rules=tuple(rules.values()),
        tally=tally, source=" ".join(sorted({p.source for p in given})),
    )  # fmt: skip


# ---------------------------------------------------------------- readings


def each_reading(view: View, where: Array) -> Quantity:
    """Readings with a value as one array of quantities; see `View.quantity`."""
    if view.random_of_reading is None:
        raise Refused(finding("series.sums.u_unknown", view.stream.id))
    index = np.full(len(view), -1, dtype=np.int64)
    index[where] = np.arange(len(where))
    parts: dict[str, list[tuple[Array, Array, Array]]] = {}
    marks: dict[str, Influence] = {}
    for segment in view.segments:
        if segment.rule is None:
            continue
        positions = np.arange(segment.start, segment.stop)[None][0] if view.block.order is None else view.block.order[
            segment.start : segment.stop]  # fmt: skip
        positions = positions[index[positions] >= 0]
        if not len(positions):
            continue
        slope = _columns(view, segment, positions)
        for influence, rows in segment.rule.influences:
            blocks.check_same(marks.setdefault(influence.id, influence), influence)
            parts.setdefault(influence.id, []).append((index[positions], slope, rows))
    shared = {key: _block(marks[key], given, len(where)) for key, given in parts.items()}
    u = np.nan_to_num(view.random[where])
    mark = identity("series reading", view.stream.id, view.block.digest, str(view.known), _digest(view.random))
    everyone = np.nan_to_num(view.random)
    own = {}
    if u.any():
        influence = Influence(mark, len(view), everyone, unit=unit_text(view.unit), label=view.stream.id)
        own = {mark: Block(influence, Own(where[None], u[None]))}
    return Quantity(view.value[where], view.unit, {**shared, **own})


def _columns(view: View, segment: Segment, positions: Array) -> Array:
    """∂y/∂parameter (n, k) at some readings of a segment."""
    assert segment.rule is not None
    _, slopes = segment.rule.slopes(segment.rule.raw(view.readings(positions)))
    return (
        np.stack([np.broadcast_to(s, positions.shape) for s in slopes], axis=1)
        if slopes
        else np.zeros((len(positions), 0))
    )


def _digest(array: Array) -> str:
    return hashlib.sha256(np.ascontiguousarray(array, "<f8").tobytes()).hexdigest()


def marks_of(rules: Iterable[Applied]) -> Mapping[str, Influence]:
    """Influence id → influence of some certificates."""
    return {i.id: i for rule in rules for i, _ in rule.influences}
