"""Propagation of a whole model: first order, on arrays, in slices that stay in the cache.

y = f(x₁ … x_J), u²(y) = Σᵢ Σⱼ (∂f/∂xᵢ)(∂f/∂xⱼ) u(xᵢ, xⱼ)  (GUM 5.2.2, E.3). One forward run and one reverse sweep of
the recorded model a slice give all partial derivatives; the chain rule of the blocks gives the components.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense, Own
from suyuan.quantity.program import NotRecordable, Program, record
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE

Array = NDArray[Any]
SLICE = 16_384


def propagate(model: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Evaluate a model on quantities (and plain numbers or arrays), first order.

    model: a Python function of its arguments in ufuncs and arithmetic; it may return one quantity, a tuple or a
    dict. Arguments broadcast as in NumPy. The same as model(*args, **kwargs), only faster; a model that cannot be
    recorded (it branches on values, or sums) is evaluated by operators. Returns what the model returns, in
    quantities. Raises Refused where the operators would.

    >>> from suyuan.quantity.quantity import quantity
    >>> r = propagate(lambda v, i: v / i, quantity(5.0, 0.01, "V"), quantity(0.02, 1e-4, "A"))
    >>> round(float(r.value), 6), r.unit.dsi
    (250.0, '\\\\volt\\\\per\\\\ampere')
    """
    inputs = [*args, *kwargs.values()]
    names = [""] * len(args) + list(kwargs)
    units = [x.unit if isinstance(x, Quantity) else ONE for x in inputs]
    uncertain = [isinstance(x, Quantity) and bool(x.blocks) for x in inputs]
    try:
        program = record(model, units, uncertain, names)
    except NotRecordable:
        return model(*args, **kwargs)
    results = tuple(_evaluate(program, inputs))
    if program.names is None:
        return results[0]
    return dict(zip(program.names, results, strict=True)) if program.names else results


def _evaluate(program: Program, inputs: Sequence[Any]) -> list[Quantity]:
    values: list[Any] = [x.value if isinstance(x, Quantity) else np.asarray(x, dtype=float) for x in inputs]
    values += [program.constants.get(slot) for slot in range(len(inputs), len(program.units))]
    shape = np.broadcast_shapes(*(np.shape(v) for v in values if v is not None))
    sinks = [_Sink(program.units[slot], inputs, shape) for slot in program.outputs]
    rows = shape[0] if shape else 1
    step = max(1, SLICE // max(1, int(np.prod(shape[1:], dtype=int))))
    for start in range(0, rows, step):
        stop = min(rows, start + step)
        local = [_cut(v, shape, start, stop) if v is not None else None for v in values]
        program.run(local)
        for slot, sink in zip(program.outputs, sinks, strict=True):
            sink.take(local[slot], program.sweep(local, slot), start, stop)
    return [sink.quantity() for sink in sinks]


def _cut(value: Any, shape: tuple[int, ...], start: int, stop: int) -> Any:
    """The rows of an array that has the result's first axis; anything else broadcasts as it is."""
    if np.ndim(value) < len(shape) or not shape or np.shape(value)[0] == 1:
        return value
    return value[start:stop]


class _Sink:
    """Collects one output slice by slice: its values and, per influence, its block."""

    def __init__(self, unit: Any, inputs: Sequence[Any], shape: tuple[int, ...]) -> None:
        self.unit, self.shape, self.inputs = unit, shape, inputs
        self.value = np.empty(shape)
        users: dict[str, list[int]] = {}
        for position, q in enumerate(inputs):
            if isinstance(q, Quantity):
                for key in q.blocks:
                    users.setdefault(key, []).append(position)
        self.plans = [_plan(inputs, key, who, shape) for key, who in users.items()]

    def take(self, value: Any, slopes: dict[int, Any], start: int, stop: int) -> None:
        at = slice(start, stop) if self.shape else ()
        self.value[at] = value
        size = (stop - start, *self.shape[1:]) if self.shape else ()
        for plan in self.plans:
            plan.take(slopes, start, stop, size)

    def quantity(self) -> Quantity:
        parts = {}
        for plan in self.plans:
            part = plan.block()
            parts[part.influence.id] = part
        return Quantity._of(self.value, self.unit, parts)


class _Shared:
    """An influence that enters only through inputs of constant components: one matrix product a slice."""

    def __init__(self, blocks_: Sequence[Block], positions: Sequence[int], shape: tuple[int, ...]) -> None:
        self.influence, self.positions = blocks_[0].influence, positions
        dense = [b.dense for b in blocks_ if b.dense is not None]
        self.weights = dense[0].weights
        self.matrix = np.stack([d.scale.reshape(-1) for d in dense], axis=1)
        self.scale = np.empty((self.matrix.shape[0], *shape))
        self.ndim = len(shape)

    def take(self, slopes: dict[int, Any], start: int, stop: int, size: tuple[int, ...]) -> None:
        target = self.scale[:, start:stop] if self.ndim else self.scale
        if len(self.positions) == 1:
            slope = slopes.get(self.positions[0], 0.0)
            np.multiply(slope, self.matrix.reshape(-1, *([1] * self.ndim)), out=target)
            return
        table = np.empty((len(self.positions), *size))
        for row, position in enumerate(self.positions):
            table[row] = slopes.get(position, 0.0)
        flat = self.matrix @ table.reshape(len(self.positions), -1)
        target[...] = flat.reshape(target.shape)

    def block(self) -> Block:
        return Block(self.influence, None, Dense(self.scale, self.weights))


class _Elementwise:
    """An influence array that enters through one input of the full shape: one product a slice."""

    def __init__(self, part: Block, position: int, shape: tuple[int, ...]) -> None:
        assert part.own is not None
        self.part, self.position = part, position
        self.given = np.broadcast_to(part.own.coefficient, (part.own.coefficient.shape[0], *shape))
        self.coefficient = np.empty(self.given.shape)

    def take(self, slopes: dict[int, Any], start: int, stop: int, size: tuple[int, ...]) -> None:
        slope = slopes.get(self.position, 0.0)
        np.multiply(slope, self.given[:, start:stop], out=self.coefficient[:, start:stop])

    def block(self) -> Block:
        assert self.part.own is not None
        return Block(self.part.influence, Own(self.part.own.index, self.coefficient))


class _Mixed:
    """Any other structure: the general chain rule on each slice, joined at the end."""

    def __init__(self, inputs: Sequence[Any], key: str, positions: Sequence[int], shape: tuple[int, ...]) -> None:
        self.inputs, self.key, self.positions, self.shape = inputs, key, positions, shape
        self.slopes: dict[int, Array] = {p: np.zeros(shape) for p in positions}

    def take(self, slopes: dict[int, Any], start: int, stop: int, size: tuple[int, ...]) -> None:
        for position in self.positions:
            self.slopes[position][slice(start, stop) if self.shape else ()] = slopes.get(position, 0.0)

    def block(self) -> Block:
        terms = [(self.slopes[p], self.inputs[p].blocks[self.key], self.inputs[p].ndim) for p in self.positions]
        return blocks.combine(terms, self.shape)


def _plan(inputs: Sequence[Any], key: str, who: Sequence[int], shape: tuple[int, ...]) -> Any:
    parts = [inputs[p].blocks[key] for p in who]
    for part in parts[1:]:
        blocks.check_same(parts[0].influence, part.influence)
    flat = all(b.own is None and b.dense is not None and b.dense.scale[0].size == 1 for b in parts)
    if flat and all(b.dense.weights is parts[0].dense.weights for b in parts):
        return _Shared(parts, who, shape)
    alone = len(who) == 1 and parts[0].dense is None and parts[0].own is not None
    if alone and shape and inputs[who[0]].shape == shape:
        return _Elementwise(parts[0], who[0], shape)
    return _Mixed(inputs, key, who, shape)
