"""Propagation of a whole model: first order, on arrays, in slices that stay in the cache.

y = f(x₁ … x_J), u²(y) = Σᵢ Σⱼ (∂f/∂xᵢ)(∂f/∂xⱼ) u(xᵢ, xⱼ)  (GUM 5.2.2, E.3). One forward run and one reverse sweep of
the recorded model a slice give all partial derivatives; the chain rule of the blocks gives the components.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense, Own, axes, pad
from suyuan.quantity.components import Components
from suyuan.quantity.program import NotRecordable, Program, record, run
from suyuan.quantity.quantity import Quantity

Array = NDArray[Any]
Shape = tuple[int, ...]
At = tuple[Any, ...]
SLICE = 16_384
"""Values a slice: the some twenty intermediate arrays of a model of ordinary length then fit in a level-2 cache."""


def propagate(model: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Evaluate a model on quantities (and plain numbers or arrays), first order.

    model: a Python function of its arguments in ufuncs and arithmetic; it may return one quantity, a tuple, a list or
    a dict. Arguments broadcast as in NumPy. The same as model(*args, **kwargs), only faster; a model that cannot be
    recorded (it branches on values, or sums) is evaluated by operators, so it may be called twice. Returns what the
    model returns. Raises Refused where the operators would.

    >>> from suyuan.quantity.quantity import quantity
    >>> r = propagate(lambda v, i: v / i, quantity(5.0, 0.01, "V"), quantity(0.02, 1e-4, "A"))
    >>> round(float(r.value), 6), r.unit.dsi
    (250.0, '\\\\volt\\\\ampere\\\\tothe{-1}')
    """
    try:
        program = record(model, args, kwargs)
    except NotRecordable:
        return model(*args, **kwargs)
    shapes = program.shapes()
    together: dict[Shape, list[int]] = {}
    for slot in dict.fromkeys(program.outputs):
        together.setdefault(shapes[slot], []).append(slot)
    results: dict[int, Quantity] = {}
    for shape, slots in together.items():
        results |= _evaluate(program, slots, _Grid.of(shape), shapes)
    return program.rebuild([results[slot] for slot in program.outputs])


@dataclass(frozen=True, slots=True)
class _Grid:
    """The shape of a result and the axis along which it is cut: its longest, counted from the end; 0 for a scalar."""

    shape: Shape
    axis: int

    @classmethod
    def of(cls, shape: Shape) -> _Grid:
        return cls(shape, len(shape) - int(np.argmax(shape)) if shape else 0)

    def cuts(self, shape: Shape) -> bool:
        """Whether an array of this shape, which broadcasts to the grid's, has the axis."""
        return bool(self.axis) and len(shape) >= self.axis and shape[-self.axis] == self.shape[-self.axis] != 1

    def slices(self) -> Iterator[At]:
        """Indices of the slices; each fits every array that has the axis, whatever axes lead."""
        if not self.axis:
            yield (...,)
            return
        length, rest = self.shape[-self.axis], (slice(None),) * (self.axis - 1)
        step = max(1, SLICE * length // max(1, int(np.prod(self.shape, dtype=int))))
        for start in range(0, length, step):
            yield (..., slice(start, min(length, start + step)), *rest)

    def full(self, array: Array) -> Array:
        """An array of slots or ranks (k, …) seen as (k, *shape)."""
        ndim = len(self.shape)
        return np.broadcast_to(pad(array, array.ndim - 1, ndim), (array.shape[0], *self.shape))


def _evaluate(program: Program, slots: Sequence[int], grid: _Grid, shapes: Sequence[Shape]) -> dict[int, Quantity]:
    """Outputs of one shape: what has the axis is computed slice by slice, the rest once."""
    steps, used = program.needed(slots)
    values = program.values()
    run((s for s in steps if not grid.cuts(shapes[s.result])), values)
    cut = [slot for slot in used if grid.cuts(shapes[slot]) and values[slot] is not None]
    sliced = [s for s in steps if grid.cuts(shapes[s.result])]
    sinks = {slot: _Sink(program, slot, grid) for slot in slots}
    local = list(values)
    for at in grid.slices():
        for slot in cut:
            local[slot] = values[slot][at]
        run(sliced, local)
        for slot, sink in sinks.items():
            sink.take(local[slot], program.sweep(steps, local, slot), at)
    return {slot: sink.quantity() for slot, sink in sinks.items()}


class _Sink:
    """Collects one output slice by slice: its values and, per influence, its block."""

    def __init__(self, program: Program, slot: int, grid: _Grid) -> None:
        self.unit, self.value = program.units[slot], np.empty(grid.shape)
        _, used = program.needed([slot])
        users: dict[str, dict[int, Block]] = {}
        for position, q in enumerate(program.inputs):
            if position in used:
                for key, part in q.blocks.items():
                    users.setdefault(key, {})[position] = part
        self.plans = [_plan(parts, grid) for parts in users.values()]
        self.roomy = False

    def take(self, value: Any, slopes: dict[int, Any], at: At) -> None:
        self.value[at] = value
        given = [[slopes.get(position, 0.0) for position in plan.parts] for plan in self.plans]
        if not self.roomy:
            self._make_room(given)
        for plan, own in zip(self.plans, given, strict=True):
            plan.take(own, at)

    def _make_room(self, given: Sequence[Sequence[Any]]) -> None:
        """One allocation for all components: many of medium size would go back to the system at every call, and fresh
        pages cost more than the arithmetic."""
        rows = [plan.rows(slopes) for plan, slopes in zip(self.plans, given, strict=True)]
        room = np.empty((sum(rows), *self.value.shape))
        for plan, end, count in zip(self.plans, np.cumsum(rows), rows, strict=True):
            plan.room = room[end - count : end]
        self.roomy = True

    def quantity(self) -> Quantity:
        if not self.roomy:  # an empty array has no slices
            self._make_room([[0.0] * len(plan.parts) for plan in self.plans])
        made = [plan.block() for plan in self.plans]
        return Quantity._of(self.value, self.unit, Components.of({part.influence.id: part for part in made}))


class _Shared:
    """An influence that enters only through inputs of constant components: one matrix product a slice."""

    room: Array

    def __init__(self, parts: dict[int, Block], grid: _Grid) -> None:
        self.parts, self.ones = parts, (1,) * len(grid.shape)
        dense = [b.dense for b in parts.values() if b.dense is not None]
        self.influence, self.weights = next(iter(parts.values())).influence, dense[0].weights
        self.matrix = np.stack([d.scale.reshape(-1) for d in dense], axis=1)
        self.constant: Array | None = None

    def rows(self, slopes: Sequence[Any]) -> int:
        """How many arrays of the result's shape are wanted: none where the model is linear in these inputs."""
        if all(np.ndim(slope) == 0 for slope in slopes):
            self.constant = (self.matrix @ np.array(slopes, dtype=float)).reshape(-1, *self.ones)
            return 0
        return len(self.matrix)

    def take(self, slopes: Sequence[Any], at: At) -> None:
        if self.constant is not None:
            return
        target = self.room[at]
        if len(slopes) == 1:
            np.multiply(slopes[0], self.matrix.reshape(-1, *self.ones), out=target)
            return
        table = np.empty((len(slopes), *target.shape[1:]))
        for row, slope in zip(table, slopes, strict=True):
            row[...] = slope
        if table.ndim == 2:
            np.matmul(self.matrix, table, out=target)
        else:
            target[...] = (self.matrix @ table.reshape(len(slopes), -1)).reshape(target.shape)

    def block(self) -> Block:
        return Block(self.influence, None, Dense(self.room if self.constant is None else self.constant, self.weights))


class _Elementwise:
    """An influence array that enters by the same elements everywhere: one product an input a slice."""

    room: Array

    def __init__(self, parts: dict[int, Block], grid: _Grid) -> None:
        self.parts = parts
        own = [b.own for b in parts.values() if b.own is not None]
        self.influence, index = next(iter(parts.values())).influence, own[0].index
        self.index = pad(index, index.ndim - 1, len(grid.shape))
        self.given = [grid.full(o.coefficient) for o in own]

    def rows(self, slopes: Sequence[Any]) -> int:
        return len(self.index)

    def take(self, slopes: Sequence[Any], at: At) -> None:
        target = self.room[at]
        np.multiply(slopes[0], self.given[0][at], out=target)
        for slope, given in zip(slopes[1:], self.given[1:], strict=True):
            target += slope * given[at]

    def block(self) -> Block:
        return Block(self.influence, Own(self.index, self.room))


class _Mixed:
    """Any other structure: the slopes are kept, and the general chain rule joins them at the end."""

    room: Array

    def __init__(self, parts: dict[int, Block], grid: _Grid) -> None:
        self.parts, self.grid = parts, grid

    def rows(self, slopes: Sequence[Any]) -> int:
        return len(slopes)

    def take(self, slopes: Sequence[Any], at: At) -> None:
        for row, slope in enumerate(slopes):
            self.room[(row, *at)] = slope

    def block(self) -> Block:
        terms = [(slope, part, axes(part)) for slope, part in zip(self.room, self.parts.values(), strict=True)]
        return blocks.combine(terms, self.grid.shape)


def _plan(parts: dict[int, Block], grid: _Grid) -> _Shared | _Elementwise | _Mixed:
    """How the block of one influence is collected; parts: input → its block."""
    given = list(parts.values())
    for part in given[1:]:
        blocks.check_same(given[0].influence, part.influence)
    first = given[0]
    if all(b.own is None and b.dense is not None and b.dense.scale[0].size == 1 for b in given):
        if all(
            b.dense is not None and first.dense is not None and b.dense.weights is first.dense.weights for b in given
        ):
            return _Shared(parts, grid)
    elif grid.shape and all(b.own is not None and b.dense is None for b in given):
        shared = [b.own.index for b in given if b.own is not None]
        if all(index is shared[0] or np.array_equal(index, shared[0]) for index in shared):
            return _Elementwise(parts, grid)
    return _Mixed(parts, grid)
