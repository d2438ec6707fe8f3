"""A formula over corrected readings, evaluated, swept for its derivatives and summed by period, slice by slice.

Most corrections are lines in the reading while one certificate holds, y = a·count + b, and so is what a formula does to
one of them with numbers (a unit, a reference state). Those steps are done once a run on the numbers a and b; what is
left is done on a few columns that stay in the cache. For a line ∂y/∂p = rate·count + base, so of z = f(y₁ … y_m)
the sums Σ ∂z/∂y, Σ (∂z/∂y)·count and Σ (∂z/∂y)² of each stream hold all that its certificate contributes; no column
of a certificate is made. Derivatives are those of the one table, by the reverse sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.program import Instruction, run
from suyuan.series.form import Applied, Form, Line
from suyuan.series.gathered import lengths
from suyuan.series.products import SAFE, Product, Room, product
from suyuan.series.resolution import ratio
from suyuan.series.view import View

Array = NDArray[Any]
SLICE = 15_360
"""Rows that are swept at once: some twenty columns of them stay in the cache."""
_BOTH = frozenset({np.add, np.subtract})
_ONE = frozenset({np.negative, np.positive})


@dataclass(frozen=True, slots=True)
class Straight:
    """A slot that is a line in the count of one stream: slope·count + zero; factor: ∂slot/∂y of the stream's value."""

    place: int
    slope: float
    zero: float
    factor: float


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A product's columns x = slope·count + zero (m,), each of the stream at a place; Σ ∂z/∂parameter (k,) =
    Σ_x base (m, k)·Σ ∂z/∂x + rate (m, k)·Σ (∂z/∂x)·count; noise (m,): ∂x/∂reading."""

    places: tuple[int, ...]
    slope: Array
    zero: Array
    base: Array
    rate: Array
    noise: Array


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A formula under certain certificates: what is done on numbers is done, steps are left for each row.

    slots: what stands in each before a row is known; lines: slots to be filled as lines; lined (m): each stream's line,
    None where its correction is none; scales (m): reading = count·scale.
    """

    form: Form
    members: tuple[Applied, ...]
    slots: tuple[Any, ...]
    lines: tuple[tuple[int, Straight], ...]
    steps: tuple[Instruction, ...]
    lined: tuple[Line | None, ...]
    scales: tuple[float, ...]
    product: Product | None
    made: Made | None

    @property
    def parameters(self) -> int:
        """How many parameters all certificates have."""
        return sum(len(rule.names) for rule in self.members)


@lru_cache(maxsize=1024)
def plan(form: Form, members: tuple[Applied, ...], resolutions: tuple[Any, ...]) -> Plan:
    """The plan of a formula (inputs: one stream each, in their order) under certificates; made once a run of rows."""
    scales = tuple(float(multiple / power) for multiple, power in map(ratio, resolutions))
    lined = tuple(rule.line for rule in members)
    held = {
        place: Straight(place, line.slope * scale, line.zero, 1.0)
        for place, (line, scale) in enumerate(zip(lined, scales, strict=True)) if line is not None
    }  # fmt: skip
    slots: list[Any] = [None] * len(form.program.units)
    for slot, number in form.program.constants.items():
        slots[slot] = number
    rest = []
    with np.errstate(all="ignore"):
        for step in form.steps:
            if not _folded(step, slots, held):
                rest.append(step)
    used = {slot for step in rest for slot in step.operands} | set(form.program.outputs)
    lines = tuple((slot, line) for slot, line in held.items() if slot in used)
    made = found = None
    if len(lines) == len(used & set(held)) and all(line is not None for line in lined):
        found = product(form.program, rest, slots, [slot for slot, _ in lines])
        made = None if found is None else _made(found, dict(lines), members, lined, scales)
    return Plan(form, members, tuple(slots), lines, tuple(rest), lined, scales, found, made)


def _made(
    found: Product, lines: dict[int, Straight], members: Sequence[Applied], lined: Sequence[Line | None],
    scales: Sequence[float],
) -> Made:  # fmt: skip
    """The numbers of a product: of its columns, and of the parameters in terms of the sums over its columns."""
    mine = [lines[slot] for slot in found.slots]
    first = np.cumsum([0, *(len(rule.names) for rule in members)])
    base, rate = (np.zeros((len(mine), int(first[-1]))) for _ in range(2))
    for row, straight in enumerate(mine):
        line, at = lined[straight.place], slice(first[straight.place], first[straight.place + 1])
        assert line is not None
        base[row, at] = straight.factor * line.base
        rate[row, at] = straight.factor * line.rate * scales[straight.place]
    places = tuple(straight.place for straight in mine)
    noise = np.array([lined[x.place].slope * x.factor for x in mine])  # type: ignore[union-attr]
    return Made(places, np.array([x.slope for x in mine]), np.array([x.zero for x in mine]), base, rate, noise)


def _folded(step: Instruction, slots: list[Any], held: dict[int, Straight]) -> bool:
    """Do one step on numbers, or on the numbers of a line; False where it must be done for each row."""
    given = [slots[slot] if slot not in held else held[slot].zero for slot in step.operands]
    if any(x is None or np.ndim(x) for x in given):
        return False
    lines = [at for at, slot in enumerate(step.operands) if slot in held]
    if len(lines) > 1 or (lines and not _keeps_lines(step.ufunc, lines[0])):
        return False
    value = step.ufunc(*given)
    if not lines:
        slots[step.result] = value
        return True
    line, factor = held[step.operands[lines[0]]], float(step.partials[lines[0]](given, value))
    if not (np.isfinite(value) and np.isfinite(factor)):
        return False
    held[step.result] = Straight(line.place, line.slope * factor, float(value), line.factor * factor)
    return True


def _keeps_lines(ufunc: Any, operand: int) -> bool:
    """Whether an operation with numbers makes a line of a line."""
    return ufunc in _BOTH or ufunc in _ONE or ufunc is np.multiply or (ufunc is np.true_divide and operand == 0)


@dataclass(frozen=True, slots=True, eq=False)
class Summed:
    """Sums over the rows of each period (p,): count, Σw, Σ w·z, Σ of squares of what readings have of their own,
    slope (p, k): Σ w·∂z/∂parameter."""

    count: Array
    weight: Array
    value: Array
    own: Array
    slope: Array

    @property
    def finite(self) -> bool:
        """Whether every sum is a number; what readings have of their own may be not known."""
        return bool(np.isfinite(self.value.sum() + self.slope.sum()))


class Layout:
    """Where periods lie among rows, and which rows count how much.

    edges (p,): where each period begins; weight (n,), None for 1 of every row; count (p,): rows that count; weights
    (p,): Σw. Of periods with equally many rows (all but the first and the last) a sum of products is one scalar product
    each, which needs no column for the products.
    """

    def __init__(self, edges: Array, rows: int, good: Array | None = None, weight: Array | None = None) -> None:
        self.edges, self.rows = edges, rows
        self.size = lengths(edges, rows)
        one = None if good is None else good.astype(np.float64)
        self.count = self.size.astype(float) if one is None else self.total(one)
        self.weight, self.weights = one, self.count
        if weight is not None:
            self.weight = weight if good is None else np.where(good, weight, 0.0)
            self.weights = self.total(self.weight)
        self._width, self._head, self._tail = 0, 0, rows
        if len(edges) > 3 and (self.size[1:-1] == self.size[1]).all() and self.size[1] >= _WIDE:
            self._width = int(self.size[1])
            self._head = 0 if self.size[0] == self._width else int(edges[1])
            self._tail = rows if self.size[-1] == self._width else int(edges[-1])

    def total(self, x: Array) -> Array:
        """Σ x of each period (p,)."""
        found: Array = np.add.reduceat(x, self.edges)
        return found

    def totals(self, table: Array) -> Array:
        """Σ x of each period (m, p) of several columns (m, n)."""
        if not self._width:
            return np.asarray(np.add.reduceat(table, self.edges, axis=1))
        found, head, tail = np.empty((len(table), len(self.edges))), self._head, self._tail
        cut = table[:, head:tail].reshape(len(table), -1, self._width)
        np.matmul(cut, np.ones(self._width), out=found[:, int(head > 0) : found.shape[1] - int(tail < self.rows)])
        if head:
            found[:, 0] = table[:, :head].sum(axis=1)
        if tail < self.rows:
            found[:, -1] = table[:, tail:].sum(axis=1)
        return found

    def products(self, x: Array, y: Array) -> Array:
        """Σ x·y of each period (p,)."""
        if not self._width:
            return self.total(x * y)
        found, head, tail = np.empty(len(self.edges)), self._head, self._tail
        a, b = (z[head:tail].reshape(-1, self._width) for z in (x, y))
        np.vecdot(a, b, out=found[int(head > 0) : len(found) - int(tail < self.rows)])
        if head:
            found[0] = x[:head] @ y[:head]
        if tail < self.rows:
            found[-1] = x[tail:] @ y[tail:]
        return found

    def squares(self, table: Array) -> Array:
        """Σ x² of each period (m, p) of several columns (m, n)."""
        if not self._width:
            return np.stack([self.products(x, x) for x in table])
        found, head, tail = np.empty((len(table), len(self.edges))), self._head, self._tail
        cut = table[:, head:tail].reshape(len(table), -1, self._width)
        np.vecdot(cut, cut, out=found[:, int(head > 0) : found.shape[1] - int(tail < self.rows)])
        if head:
            np.vecdot(table[:, :head], table[:, :head], out=found[:, 0])
        if tail < self.rows:
            np.vecdot(table[:, tail:], table[:, tail:], out=found[:, -1])
        return found


_WIDE = 12
"""Rows of a period from which on scalar products are faster."""


def summed(
    plan: Plan, views: Sequence[View], at: Any, edges: Array, weight: Array | None, room: Room
) -> Summed | None:  # fmt: skip
    """The sums of the rows at some places by period; None where no row has a value.

    at: places in the order of time, in one run; edges: where each period begins among them; weight (n,): of each row,
    or which rows count; room: memory that is used again.
    """
    good = _good(plan, views, at, weight)
    if good is not None and not good.any():
        return None
    if weight is not None and weight.dtype == bool:
        weight = None
    counts = [view.block.count[at] for view in views]
    with np.errstate(all="ignore"):
        if plan.made is not None and _safe(plan, views):
            multiplied = _multiplied(plan, views, at, counts, Layout(edges, len(counts[0]), good, weight), room)
            if multiplied.finite:
                return multiplied
        found = _summed(plan, views, at, counts, Layout(edges, len(counts[0]), good, weight))
        return found if found.finite else _careful(plan, views, at, edges, good, weight)


def _safe(plan: Plan, views: Sequence[View]) -> bool:
    """Whether no digits are lost where sums with counts are had from sums without."""
    assert plan.made is not None
    largest = np.array([max(map(abs, views[place].block.ends)) for place in plan.made.places], float)
    return bool((np.abs(plan.made.zero) <= SAFE * np.abs(plan.made.slope) * largest).all())


def _multiplied(
    plan: Plan, views: Sequence[View], at: Any, counts: Sequence[Array], layout: Layout, room: Room
) -> Summed:
    """The sums of a product of lines."""
    made, found = plan.made, plan.product
    assert made is not None and found is not None
    many = len(made.places)
    table = room.table(many + 1, layout.rows)
    x, z = table[:many], table[-1]
    for row, place in enumerate(made.places):
        np.copyto(x[row], counts[place])
    x += (made.zero / made.slope)[:, None]  # count + zero/slope: the slopes come out of the product
    np.multiply(x[0], found.factor * float(np.prod(made.slope**found.powers)), out=z)
    for row in range(1, many):
        (np.multiply if found.powers[row] > 0.0 else np.true_divide)(z, x[row], out=z)
    if layout.weight is not None:
        z *= layout.weight
    bar = np.true_divide(z, x, out=x)  # slope·∂z/∂x, up to its sign
    value, first = layout.total(z), layout.totals(bar) * (found.powers / made.slope)[:, None]
    second = (found.powers[:, None] * value - made.zero[:, None] * first) / made.slope[:, None]
    noise = made.noise / made.slope
    for row, place in enumerate(made.places):
        u = views[place].own_u(at)
        if isinstance(u, np.ndarray):
            bar[row] *= u
        else:
            noise[row] *= u
    own = noise**2 @ layout.squares(bar)
    return Summed(layout.count, layout.weights, value, own, first.T @ made.base + second.T @ made.rate)


def _good(plan: Plan, views: Sequence[View], at: Any, weight: Array | None) -> Array | None:
    """The rows in which every stream has a reading within its range and that have a weight; None for all."""
    good = None if weight is None or weight.all() else weight if weight.dtype == bool else weight != 0.0
    for view, rule in zip(views, plan.members, strict=True):
        status = None if view.whole(rule) else view.standing(at, rule)
        if status is not None:
            valid = status == 0
            good = valid if good is None else good & valid
    return good


def _careful(
    plan: Plan, views: Sequence[View], at: Any, edges: Array, good: Array | None, weight: Array | None
) -> Summed | None:  # fmt: skip
    """The same where some rows have no number: those are left out, and what stands in rows that are left out is taken
    from one that counts, since nothing times zero would not be zero."""
    counts = [view.block.count[at] for view in views]
    z = np.broadcast_to(_values(plan, views, at, counts)[0][plan.form.program.outputs[0]], counts[0].shape)
    good = np.isfinite(z) if good is None else good & np.isfinite(z)
    if not good.any():
        return None
    first = int(np.flatnonzero(good)[0])
    counts = [np.where(good, count, count[first]) for count in counts]
    return _summed(plan, views, at, counts, Layout(edges, len(good), None if good.all() else good, weight))


def _values(plan: Plan, views: Sequence[View], at: Any, counts: Sequence[Array]) -> tuple[list[Any], list[Any]]:
    """Every slot of the formula, and the counts as doubles (for lines) or raw values."""
    numbers: list[Any] = []
    slots = list(plan.slots)
    for place, (view, rule, line, count) in enumerate(zip(views, plan.members, plan.lined, counts, strict=True)):
        if line is not None:
            numbers.append(count.astype(np.float64))
            continue
        multiple, power = ratio(view.block.resolution)
        raw = rule.raw(count * float(multiple) / float(power))
        slots[place] = np.empty(len(raw))
        rule.value(raw, slots[place])
        numbers.append(raw)
    for slot, straight in plan.lines:
        room = numbers[straight.place] * straight.slope
        if straight.zero:
            room += straight.zero
        slots[slot] = room
    run(plan.steps, slots)
    return slots, numbers


def _summed(plan: Plan, views: Sequence[View], at: Any, counts: Sequence[Array], layout: Layout) -> Summed:
    """The sums by the formula's values and its reverse sweep, which begins with the weight of each row."""
    slots, numbers = _values(plan, views, at, counts)
    output, weight = plan.form.program.outputs[0], layout.weight
    bars = plan.form.program.sweep(plan.steps, slots, output, 1.0 if weight is None else weight)

    def total(x: Any, y: Any = 1.0) -> Array:
        """Σ x·y over each period of arrays, or of numbers in each row that counts."""
        if isinstance(x, np.ndarray) and x.ndim:
            if isinstance(y, np.ndarray) and y.ndim:
                return layout.products(x, y)
            return layout.total(x) * float(y)
        if isinstance(y, np.ndarray) and y.ndim:
            return layout.total(y) * float(x)
        return layout.weights * (float(x) * float(y))

    z = slots[output]
    value = total(z) if weight is None or not np.ndim(z) else total(z, weight)
    straight = dict(plan.lines)
    slope, own, done = np.zeros((len(layout.edges), plan.parameters)), np.zeros(len(layout.edges)), 0
    for place, (view, rule, line, scale) in enumerate(zip(views, plan.members, plan.lined, plan.scales, strict=True)):
        mine = slice(done, done + len(rule.names))
        done = mine.stop
        bar, factor = _bar(bars, straight, place)
        u = view.own_u(at)
        if line is None:
            gain, parts = rule.slopes(numbers[place])
            for k, part in enumerate(parts):
                slope[:, mine.start + k] = total(bar, part)
            noise = bar * gain * u
            own += total(noise, noise)
            continue
        first, second = total(bar), total(bar, numbers[place])
        np.multiply(first[:, None], factor * line.base, out=slope[:, mine])
        slope[:, mine] += second[:, None] * (factor * scale * line.rate)
        if isinstance(u, np.ndarray):
            bar, u = bar * u, 1.0
        if factor * line.slope != 0.0:
            own += total(bar, bar) * (factor * line.slope * u) ** 2
    return Summed(layout.count, layout.weights, value, own, slope)


def _bar(bars: dict[int, Any], straight: dict[int, Straight], place: int) -> tuple[Any, float]:
    """∂z/∂y of one stream as a column and the number by which it is multiplied."""
    parts = [(bar, straight[slot].factor if slot in straight else 1.0) for slot, bar in bars.items()
             if (straight[slot].place if slot in straight else slot) == place]  # fmt: skip
    if not parts:
        return 0.0, 1.0
    if len(parts) == 1:
        return parts[0]
    return sum(bar * factor for bar, factor in parts), 1.0
