"""One chunk of a Monte Carlo run: draws of the influences, the inputs made of them, the model evaluated on them.

All arrays of a chunk are made once and used again for the next one, so that they stay in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.montecarlo.draw import Fill
from suyuan.quantity.montecarlo.plan import Element, Plan, called, leaves
from suyuan.quantity.montecarlo.sampled import Sampled, run_in_parts
from suyuan.quantity.montecarlo.stream import CHUNK, Stream
from suyuan.quantity.program import Instruction, Program, run
from suyuan.quantity.unit import ONE

Array = NDArray[Any]
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """raw · factor enters the draws x of one value; offset: added with the first that enters, None for those after."""

    x: Array
    factor: Any
    offset: Any


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """Draw one element into `raw`, divide it by what its group shares, let it enter the inputs."""

    influence: str
    element: int
    fill: Fill
    raw: Array
    common: Array | None
    entries: tuple[Entry, ...]


class Inputs:
    """Draws of all inputs of one thread.

    arrays: one an input, (*shape, CHUNK); a constant repeats itself without memory.
    """

    def __init__(self, plan: Plan, seed: int) -> None:
        self.stream, self.raw, self.work = Stream(seed), np.empty(CHUNK), np.empty(CHUNK)
        sizes = {e.influence.id: e.influence.size for e in plan.elements}
        self.common = {key: (sizes[key], fill, np.empty(CHUNK)) for key, fill in plan.divisors.items()}
        self.arrays: list[Array] = []
        for q in plan.inputs:
            constant = np.broadcast_to(q.value[..., None], (*q.shape, CHUNK))
            self.arrays.append(constant.copy() if q.blocks else constant)  # what no influence enters stays so
        rows = [array.reshape(-1, CHUNK) for array in self.arrays]
        offsets = [np.array(q.value).reshape(-1) for q in plan.inputs]
        for element in plan.elements:
            for t in element.targets:
                offsets[t.slot][t.position] += t.component * element.sampler.shift
        entered: set[tuple[int, int]] = set()
        self.moves = [self._move(element, rows, offsets, entered) for element in plan.elements]

    def _move(
        self, element: Element, rows: Sequence[Array], offsets: Sequence[Array], entered: set[tuple[int, int]]
    ) -> Move:
        entries = []
        for t in element.targets:
            first = (t.slot, t.position) not in entered
            entered.add((t.slot, t.position))
            offset = offsets[t.slot][t.position] if first else None
            entries.append(Entry(rows[t.slot][t.position], t.component * element.sampler.scale, offset))
        key, only = element.influence.id, entries[0]
        in_place = len(entries) == 1 and only.offset is not None and np.isrealobj(only.x)
        common = self.common[key][2] if key in self.common else None
        raw = only.x if in_place else self.raw
        return Move(key, element.index, element.sampler.fill, raw, common, tuple(entries))

    def draw(self, chunk: int) -> None:
        """Fill the arrays with the draws of one chunk."""
        stream, work = self.stream, self.work
        for key, (size, fill, out) in self.common.items():
            fill(stream.at(key, size, chunk), out, work)  # the place after the last element
        for move in self.moves:
            raw = move.raw
            move.fill(stream.at(move.influence, move.element, chunk), raw, work)
            if move.common is not None:
                raw /= move.common
            for entry in move.entries:
                if entry.offset is not None:
                    np.multiply(raw, entry.factor, out=entry.x)
                    np.add(entry.x, entry.offset, out=entry.x)
                elif np.isrealobj(entry.x):
                    np.multiply(raw, entry.factor, out=work)
                    np.add(entry.x, work, out=entry.x)
                else:
                    np.add(entry.x, raw * entry.factor, out=entry.x)


class Worker:
    """Inputs and model of one thread."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.plan, self.inputs = plan, Inputs(plan, seed)
        arrays = self.inputs.arrays
        self.sampled = [Sampled(x, q.unit) for q, x in zip(plan.inputs, arrays, strict=True)]
        self.compiled: Compiled | None = None
        self.out: list[Array] = []
        if plan.program is not None:
            self.compiled = Compiled(plan.program, arrays)
        else:
            kinds = [complex if output.parts == 2 else float for output in plan.outputs]
            self.out = [np.empty((*o.shape, CHUNK), dtype=kind) for o, kind in zip(plan.outputs, kinds, strict=True)]

    def evaluate(self, chunk: int) -> list[Array]:
        """The outputs of one chunk, each (*shape, CHUNK), in buffers that the next chunk overwrites."""
        with np.errstate(all="ignore"):  # a value that is not finite is counted, not warned of
            self.inputs.draw(chunk)
            if self.compiled is not None:
                return self.compiled.run()
            run_in_parts(self._model, self.sampled, self.out)
            return self.out

    def _model(self, inputs: list[Sampled]) -> list[Array]:
        found, _, keys = leaves(called(self.plan.model, inputs))
        outputs = self.plan.outputs
        listed = [x if isinstance(x, Sampled) else Sampled(np.asarray(x)[..., None], ONE) for x in found]
        if keys != [o.name for o in outputs] or any(x.shape != o.shape for x, o in zip(listed, outputs, strict=True)):
            first, second = ([f"{name} {shape}" for name, shape in pairs] for pairs in (
                [(o.name, o.shape) for o in outputs], [(k, x.shape) for k, x in zip(keys, listed, strict=True)]
            ))  # fmt: skip
            raise Refused(finding("montecarlo.model.structure", "model", first=", ".join(first),
                                  second=", ".join(second)))  # fmt: skip
        return [x.to(o.unit).draws for x, o in zip(listed, outputs, strict=True)]

    def example(self, draw: int) -> str:
        """The values of the inputs at one draw of the chunk evaluated last, by name."""
        pairs = zip(self.plan.names, self.inputs.arrays, strict=True)
        return ", ".join(f"{name} = {_short(x[..., draw])}" for name, x in pairs)


def _short(values: Array) -> str:
    return f"{values.item():.9g}" if values.ndim == 0 else np.array2string(values, precision=6, threshold=6)


class Compiled:
    """A recorded program bound to buffers: constants computed once, results that nobody needs any more overwritten."""

    def __init__(self, program: Program, inputs: Sequence[Array]) -> None:
        shapes = program.shapes()
        values: list[Any] = list(program.values())
        with np.errstate(all="ignore"):
            at_estimates = list(values)
            run(program.instructions, at_estimates)
        steps, used = program.needed(program.outputs)
        drawn = {slot for slot in program.uncertain if slot in used}
        bound: list[Any] = [v if v is None or np.ndim(v) == 0 else np.asarray(v)[..., None] for v in values]
        for slot in range(len(program.inputs)):
            if slot in drawn:
                bound[slot] = inputs[slot]
        last = {slot: i for i, step in enumerate(steps) for slot in step.operands}
        last |= dict.fromkeys(program.outputs, len(steps))
        free: dict[tuple[Shape, Any], list[Array]] = {}
        self.steps: list[tuple[Callable[..., Any], tuple[Any, ...], Array]] = []
        for i, step in enumerate(steps):
            operands = tuple(bound[slot] for slot in step.operands)
            if step.result not in drawn:
                with np.errstate(all="ignore"):
                    bound[step.result] = step.ufunc(*operands)
                continue
            for slot in set(step.operands):
                if last[slot] == i and slot in drawn and slot >= len(program.inputs):
                    free.setdefault((shapes[slot], bound[slot].dtype), []).append(bound[slot])
            kind = np.asarray(at_estimates[step.result]).dtype
            spare = free.get((shapes[step.result], kind))
            bound[step.result] = spare.pop() if spare else np.empty((*shapes[step.result], CHUNK), dtype=kind)
            self.steps.append((*_cheaper(step, operands), bound[step.result]))
        self.outputs = [
            bound[slot] if slot in drawn else np.broadcast_to(bound[slot], (*shapes[slot], CHUNK))
            for slot in program.outputs
        ]

    def run(self) -> list[Array]:
        for function, operands, out in self.steps:
            function(*operands, out=out)
        return self.outputs


def _cheaper(step: Instruction, operands: tuple[Any, ...]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A square or reciprocal instead of a power: the same number, ten times sooner."""
    if step.ufunc is np.power and np.ndim(operands[1]) == 0 and np.isrealobj(operands[1]):
        simple = {2.0: np.square, 1.0: np.positive, -1.0: np.reciprocal}.get(float(operands[1]))
        if simple is not None:
            return simple, operands[:1]
    function: Any = step.ufunc
    if isinstance(function, np.ufunc):
        return function, operands

    def into(*values: Any, out: Array) -> None:  # real and imaginary part and angle are plain functions in NumPy
        np.copyto(out, function(*values))

    return into, operands
