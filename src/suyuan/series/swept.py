"""A formula over corrected readings, evaluated, swept for its derivatives and summed by period, slice by slice.

Most corrections are lines in the reading while one certificate holds, y = a·count + b, and so is what a formula does to
one of them with numbers (a unit, a reference state). Those steps are done once a run on the numbers a and b; what is
left is done on a few columns that stay in the cache. For a line ∂y/∂p = rate·count + base, so of z = f(y₁ … y_m)
the sums Σ ∂z/∂y, Σ (∂z/∂y)·count and Σ (∂z/∂y)² of each stream hold all that its certificate contributes; no column
of a certificate is made. Derivatives are those of the one table, by the reverse sweep.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.program import Instruction, run
from suyuan.series.form import Applied, Form, Line
from suyuan.series.layout import Layout
from suyuan.series.products import SAFE, Product, Room, product, quotients
from suyuan.series.resolution import ratio
from suyuan.series.view import View

Array = NDArray[Any]
SLICE, LONG = 15_360, 44_640
"""Rows that are swept at once: some twenty columns of them stay in the cache; and rows of a product, which has fewer
columns and more calls."""
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
    """What a product makes of its columns x = count + shift (m, 1), each of the stream at a place: z = whole·Π x^e, and
    with Σ z/x, Σ z (m + 1,) of those, Σ ∂z/∂parameter (k,) = sums·slopes (m + 1, k); noise (m,): (∂x/∂reading)², that
    goes with Σ (z/x)²."""

    places: tuple[int, ...]
    shift: Array
    whole: float
    slopes: Array
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
    """The numbers of a product. Of a column a·count + b with ∂x/∂parameter = rate·count + base the sums are those of
    z/x: Σ ∂z/∂x = e·Σ z/x, and Σ (∂z/∂x)·count = (e·Σz − b·Σ ∂z/∂x)/a; a comes out of the product."""
    mine = [lines[slot] for slot in found.slots]
    first = np.cumsum([0, *(len(rule.names) for rule in members)])
    slope, zero = np.array([x.slope for x in mine]), np.array([x.zero for x in mine])
    whole = found.factor * float(np.prod(slope**found.powers))
    slopes = np.zeros((len(mine) + 1, int(first[-1])))
    for row, straight in enumerate(mine):
        line, at = lined[straight.place], slice(first[straight.place], first[straight.place + 1])
        assert line is not None
        rate = line.rate * scales[straight.place] / slope[row]
        part = whole * found.powers[row] * straight.factor / slope[row]
        slopes[row, at] = part * (line.base - zero[row] * rate)
        slopes[-1, at] = part * slope[row] * rate
    noise = np.array([lined[x.place].slope * x.factor for x in mine])  # type: ignore[union-attr]
    places = tuple(straight.place for straight in mine)
    return Made(places, (zero / slope)[:, None], whole, slopes, (whole * noise / slope) ** 2)


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

    @classmethod
    def nothing(cls, periods: int, parameters: int) -> Summed:
        """Sums of no row."""
        count, weight, value, own = np.zeros((4, periods))
        return cls(count, weight, value, own, np.zeros((periods, parameters)))

    @property
    def finite(self) -> bool:
        """Whether every sum is a number; what readings have of their own may be not known."""
        return bool(np.isfinite(self.value.sum() + self.slope.sum()))

    def add(self, periods: slice, other: Summed) -> None:
        """Add the sums of further rows of some of the periods."""
        for name in ("count", "weight", "value", "own", "slope"):
            getattr(self, name)[periods] += getattr(other, name)


_ROOM = Room()


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of a block in one run, to be summed.

    part: their places in the order of time; edges (p,): where each period begins among them; lost: those of them that
    must not count, ascending, None for none; factor (n,): exact numbers by which they are multiplied, None for 1.
    """

    plan: Plan
    views: tuple[View, ...]
    part: slice
    edges: Array
    lost: Array | None
    factor: Array | None

    def slices(self, layout: Layout, most: int) -> Iterator[tuple[slice, Any, Layout]]:
        """Slices that stay in the cache: their periods, where their rows stand in the blocks, and their layout."""
        block, start = self.views[0].block, self.part.start
        for periods, rows, mine in layout.cut(most):
            yield periods, block.places(slice(start + rows.start, start + rows.stop)), mine

    def layout(self) -> Layout:
        """Which rows count: those in which every stream has a reading within its range, too."""
        rows, mask = self.part.stop - self.part.start, None
        for view, rule in zip(self.views, self.plan.members, strict=True):
            status = None if view.whole(rule) else view.standing(view.block.places(self.part), rule)
            if status is not None:
                mask = status != 0 if mask is None else mask | (status != 0)
        lost = self.lost
        if mask is not None:
            if lost is not None:
                mask[lost] = True
            lost = np.flatnonzero(mask)
        return Layout(self.edges, rows, lost if lost is not None and len(lost) else None, self.factor)


def summed(runs: Sequence[Rows]) -> list[Summed | None]:
    """The sums of some runs by period; None where no row of one has a value.

    All columns are done first, then what follows from their sums: what a processor has at hand stays there.
    """
    layouts = [rows.layout() for rows in runs]
    with np.errstate(all="ignore"):
        columns = [_multiplied(rows, layout) for rows, layout in zip(runs, layouts, strict=True)]
        return [_sums(*one) for one in zip(runs, layouts, columns, strict=True)]


def _sums(rows: Rows, layout: Layout, columns: tuple[Array, Array] | None) -> Summed | None:
    if layout.bad is not None and len(layout.bad) == layout.rows:
        return None
    plan = rows.plan
    if columns is not None and plan.made is not None:
        made, (sums, squares) = plan.made, columns
        own = [rows.views[place].random_of_reading for place in made.places]
        noise = made.noise * [1.0 if isinstance(u, np.ndarray) else np.nan if u is None else u * u for u in own]
        found = Summed(layout.count, layout.weights, made.whole * sums[-1], noise @ squares, sums.T @ made.slopes)
        if found.finite:
            return found
    whole = Summed.nothing(len(rows.edges), plan.parameters)
    for periods, at, mine in rows.slices(layout, SLICE):
        found = _summed(plan, rows.views, at, [view.block.count[at] for view in rows.views], mine)
        whole.add(periods, found if found.finite else _careful(plan, rows.views, at, mine))
    return whole


def _safe(made: Made, views: Sequence[View]) -> bool:
    """Whether no digits are lost where sums with counts are had from sums without."""
    largest = [max(map(abs, views[place].block.ends)) for place in made.places]
    return all(abs(shift) <= SAFE * one for (shift,), one in zip(made.shift.tolist(), largest, strict=True))


def _multiplied(rows: Rows, layout: Layout) -> tuple[Array, Array] | None:
    """Σ z/x and Σ z (m + 1, p), and Σ (z/x)² (m, p), of a product of lines; None where it is none."""
    made, found, views = rows.plan.made, rows.plan.product, rows.views
    if made is None or found is None or not _safe(made, views):
        return None
    many, periods = len(made.places), len(rows.edges)
    sums, squares = np.zeros((many + 1, periods)), np.zeros((many, periods))
    counts = [views[place].block.count for place in made.places]
    own = [(row, u) for row, p in enumerate(made.places) if isinstance(u := views[p].random_of_reading, np.ndarray)]
    for some, at, mine in rows.slices(layout, LONG):
        table = _ROOM.table(many + 1, mine.rows)
        x = table[:many]
        for row, count in enumerate(counts):
            np.copyto(x[row], count[at])
        x += made.shift
        quotients(found, x, table[many], mine.factor)
        if mine.bad is not None:
            table[:, mine.bad] = 0.0
        sums[:, some] += mine.totals(table)
        for row, u in own:
            x[row] *= u[at]
        squares[:, some] += mine.squares(x)
    return sums, squares


def _careful(plan: Plan, views: Sequence[View], at: Any, layout: Layout) -> Summed:
    """The same where some rows have no number: those are left out, and what stands in rows that are left out is taken
    from one that counts, since nothing times zero would not be zero."""
    counts = [view.block.count[at] for view in views]
    z = np.broadcast_to(_values(plan, views, at, counts)[0][plan.form.program.outputs[0]], counts[0].shape)
    good = np.isfinite(z)
    if layout.bad is not None:
        good[layout.bad] = False
    if not good.any():
        return Summed.nothing(len(layout.edges), plan.parameters)
    first = int(np.flatnonzero(good)[0])
    counts = [np.where(good, count, count[first]) for count in counts]
    mine = Layout(layout.edges, layout.rows, np.flatnonzero(~good), layout.factor)
    return _summed(plan, views, at, counts, mine)


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
