"""Collecting what a slice-wise evaluation finds: the components of a result influence by influence, or only the
uncertainty that follows from them.

A plan knows how the components on one influence follow from the partial derivatives of a slice. The structure of the
inputs' blocks decides: a matrix product for shared influences, a product for independent elements, the general chain
rule for anything else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense, Own, axes, pad
from suyuan.quantity.components import Blocks, Components, Deferred

Array = NDArray[Any]
Shape = tuple[int, ...]
At = tuple[Any, ...]
Slopes = Sequence[Any]
SLICE = 12_800
"""Values a slice: the some twenty intermediate arrays of a model of ordinary length then fit in a level-2 cache."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The shape of a result and the axis along which it is cut: its longest, counted from the end; 0 for a scalar."""

    shape: Shape
    axis: int

    @classmethod
    def of(cls, shape: Shape) -> Grid:
        return cls(shape, len(shape) - int(np.argmax(shape)) if shape else 0)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def cuts(self, shape: Shape) -> bool:
        """Whether an array of this shape, which broadcasts to the grid's, has the axis."""
        return bool(self.axis) and len(shape) >= self.axis and shape[-self.axis] == self.shape[-self.axis] != 1

    def slices(self, values: int) -> Iterator[At]:
        """Indices of slices of so many values; each fits every array that has the axis, whatever axes lead."""
        if not self.axis:
            yield (...,)
            return
        length, rest = self.shape[-self.axis], (slice(None),) * (self.axis - 1)
        count = max(1, math.ceil(self.size / max(1, values)))
        step = max(1, math.ceil(length / count))  # of equal size, as near as may be
        for start in range(0, length, step):
            yield (..., slice(start, min(length, start + step)), *rest)

    def full(self, array: Array) -> Array:
        """An array of slots or ranks (k, …) seen as (k, *shape)."""
        ndim = len(self.shape)
        return np.broadcast_to(pad(array, array.ndim - 1, ndim), (array.shape[0], *self.shape))


class Scratch:
    """Memory for one slice, taken once: given back and taken again, fresh pages would cost more than the arithmetic."""

    def __init__(self) -> None:
        self.room = np.empty(0)

    def of(self, shape: Shape) -> Array:
        """An array of this shape with anything in it; the one given before is overwritten."""
        size = math.prod(shape)
        if self.room.size < size:
            self.room = np.empty(size)
        return self.room[:size].reshape(shape)


class Shared:
    """An influence that enters only through inputs of constant components: one matrix product a slice."""

    def __init__(self, parts: Mapping[int, Block], grid: Grid) -> None:
        self.inputs, self.ones = tuple(parts), (1,) * len(grid.shape)
        dense = [b.dense for b in parts.values() if b.dense is not None]
        self.influence, self.weights = next(iter(parts.values())).influence, dense[0].weights
        self.matrix = np.stack([d.scale.reshape(-1) for d in dense], axis=1)
        self.scratch = Scratch()
        self.constant: Array | None = None

    def rows(self, slopes: Slopes) -> int:
        """How many arrays of the result's shape are wanted: none where the model is linear in these inputs."""
        if all(np.ndim(slope) == 0 for slope in slopes):
            self.constant = (self.matrix @ np.array(slopes, dtype=float)).reshape(-1, *self.ones)
            return 0
        return len(self.matrix)

    def take(self, slopes: Slopes, at: At, target: Array) -> None:
        """Write the components of a slice."""
        if self.constant is not None:
            return
        if len(slopes) == 1:
            np.multiply(slopes[0], self.matrix.reshape(-1, *self.ones), out=target)
            return
        table = self.scratch.of((len(slopes), *target.shape[1:]))
        for row, slope in zip(table, slopes, strict=True):
            row[...] = slope
        if table.ndim == 2:
            np.matmul(self.matrix, table, out=target)
        else:
            target[...] = (self.matrix @ table.reshape(len(slopes), -1)).reshape(target.shape)

    def block(self, room: Array) -> Block:
        """The block, from all slices."""
        return Block(self.influence, None, Dense(room if self.constant is None else self.constant, self.weights))


class Elementwise:
    """An influence array that enters by the same elements everywhere: one product an input a slice."""

    def __init__(self, parts: Mapping[int, Block], grid: Grid) -> None:
        self.inputs = tuple(parts)
        own = [b.own for b in parts.values() if b.own is not None]
        self.influence, index = next(iter(parts.values())).influence, own[0].index
        self.index = pad(index, index.ndim - 1, len(grid.shape))
        self.given = [grid.full(o.coefficient) for o in own]
        self.in_order = self.index.shape[1:] == grid.shape and blocks.in_order(self.index, self.influence.size)

    def rows(self, slopes: Slopes) -> int:
        return len(self.index)

    def take(self, slopes: Slopes, at: At, target: Array) -> None:
        np.multiply(slopes[0], self.given[0][at], out=target)
        for slope, given in zip(slopes[1:], self.given[1:], strict=True):
            target += slope * given[at]

    def block(self, room: Array) -> Block:
        return Block(self.influence, Own(self.index, room))


class Mixed:
    """Any other structure: the slopes are kept, and the general chain rule joins them at the end."""

    def __init__(self, parts: Mapping[int, Block], grid: Grid) -> None:
        self.inputs, self.parts, self.grid = tuple(parts), tuple(parts.values()), grid

    def rows(self, slopes: Slopes) -> int:
        return len(slopes)

    def take(self, slopes: Slopes, at: At, target: Array) -> None:
        for row, slope in zip(target, slopes, strict=True):
            row[...] = slope

    def block(self, room: Array) -> Block:
        terms = [(slope, part, axes(part)) for slope, part in zip(room, self.parts, strict=True)]
        return blocks.combine(terms, self.grid.shape)


Plan = Shared | Elementwise | Mixed


def plan(parts: Mapping[int, Block], grid: Grid) -> Plan:
    """How the block of one influence is collected; parts: input → its block."""
    given = list(parts.values())
    for part in given[1:]:
        blocks.check_same(given[0].influence, part.influence)
    first = given[0]
    if all(b.own is None and b.dense is not None and b.dense.scale[0].size == 1 for b in given):
        if all(
            b.dense is not None and first.dense is not None and b.dense.weights is first.dense.weights for b in given
        ):
            return Shared(parts, grid)
    elif grid.shape and all(b.own is not None and b.dense is None for b in given):
        shared = [b.own.index for b in given if b.own is not None]
        if all(index is shared[0] or np.array_equal(index, shared[0]) for index in shared):
            return Elementwise(parts, grid)
    return Mixed(parts, grid)


class Kept:
    """Keeps the components of all values."""

    def __init__(self, plans: Sequence[Plan], grid: Grid) -> None:
        self.plans, self.grid = plans, grid
        self.rooms: list[Array] = []

    def take(self, slopes: Mapping[int, Any], at: At) -> None:
        given = [[slopes.get(position, 0.0) for position in p.inputs] for p in self.plans]
        if not self.rooms:
            self._make_room(given)
        for p, own, room in zip(self.plans, given, self.rooms, strict=True):
            p.take(own, at, room[at])

    def _make_room(self, given: Sequence[Slopes]) -> None:
        """One allocation for all components, as in `Scratch`."""
        rows = [p.rows(slopes) for p, slopes in zip(self.plans, given, strict=True)]
        room = np.empty((sum(rows), *self.grid.shape))
        self.rooms = [room[end - count : end] for end, count in zip(np.cumsum(rows), rows, strict=True)]

    def components(self) -> Components:
        if not self.rooms:  # an empty array has no slices
            self._make_room([[0.0] * len(p.inputs) for p in self.plans])
        made = [p.block(room) for p, room in zip(self.plans, self.rooms, strict=True)]
        return Components.of({part.influence.id: part for part in made})


class Summed:
    """Keeps the uncertainty of all values and of their sum; the components are forgotten with each slice."""

    def __init__(self, plans: Sequence[Shared | Elementwise], grid: Grid, make: Callable[[], Blocks]) -> None:
        self.plans = sorted(plans, key=_weighted)  # rows of one standard deviation each come first, in one piece
        self.grid, self.make = grid, make
        self.u = np.empty(grid.shape)
        self.scratch = Scratch()
        self.rows: list[slice] = []
        self.plain, self.constant = 0, 0.0
        self.sums: list[Any] = [0.0] * len(plans)
        """Of a shared influence Σ components over all values, row by row; of independent elements Σ component²."""

    def _lay_out(self, given: Sequence[Slopes]) -> None:
        """Which rows of a slice's components belong to which influence."""
        for p, own in zip(self.plans, given, strict=True):
            start = self.rows[-1].stop if self.rows else 0
            self.rows.append(slice(start, start + p.rows(own)))
            if not _weighted(p):
                self.plain = self.rows[-1].stop
            if isinstance(p, Shared) and p.constant is not None:
                self.constant += float(blocks.variance(p.block(p.constant)).reshape(()))

    def take(self, slopes: Mapping[int, Any], at: At) -> None:
        given = [[slopes.get(position, 0.0) for position in p.inputs] for p in self.plans]
        if not self.rows:
            self._lay_out(given)
        u = self.u[at]
        room = self.scratch.of((self.rows[-1].stop if self.rows else 0, *u.shape))
        for p, own, rows in zip(self.plans, given, self.rows, strict=True):
            p.take(own, at, room[rows])
        plain = room[: self.plain]
        np.einsum("r...,r...->...", plain, plain, out=u)
        for n, (p, rows) in enumerate(zip(self.plans, self.rows, strict=True)):
            components = room[rows]
            if isinstance(p, Elementwise):
                self.sums[n] += float(np.vdot(components, components))
            elif p.constant is not None:
                self.sums[n] = self.sums[n] + p.constant.ravel() * u.size
            else:
                self.sums[n] = self.sums[n] + np.add.reduce(components.reshape(len(components), -1), axis=1)
                if p.weights is not None:
                    u += blocks.variance(p.block(components))
        if self.constant:
            u += self.constant
        np.sqrt(u, out=u)

    def components(self) -> Components:
        total = 0.0
        for p, found in zip(self.plans, self.sums, strict=True):
            if isinstance(p, Elementwise):
                total += found
            else:
                total += float(blocks.variance(Block(p.influence, None, Dense(found, p.weights))))
        self.u.setflags(write=False)
        return Deferred(self.make, self.u, total**0.5)


def _weighted(p: Shared | Elementwise) -> bool:
    return isinstance(p, Shared) and p.weights is not None
