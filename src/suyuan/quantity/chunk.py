"""One chunk of a Monte Carlo run: draws of the influences, the inputs made of them, the model evaluated on them.

Each input is x = value + Σ component · z over the elements of its influences, so inputs (and results of other models)
that share an influence share its draws. All arrays of a chunk are made once and used again for the next one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.draw import Fill, Sampler, divisor, sampler
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence
from suyuan.quantity.program import Instruction, NotRecordable, Program, record, run
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.sampled import Sampled, run_in_parts
from suyuan.quantity.stream import CHUNK, Stream
from suyuan.quantity.unit import ONE, Unit

Array = NDArray[Any]
Shape = tuple[int, ...]
LARGEST = 2_000_000_000
"""Bytes that a run may take."""
MOST_COMPONENTS, MOST_VALUES = 100_000, 4_000
"""Components of one input and values of all inputs that one draw may need: a chunk of 4000 values takes 0.5 GB."""


@dataclass(frozen=True, slots=True)
class Target:
    """component · z enters one value of one input."""

    slot: int
    position: int
    component: Any


@dataclass(frozen=True, slots=True)
class Element:
    """One element of an influence with everything it enters; joint: √(χ²/ν) that divides it, kept under the id."""

    influence: Influence
    index: int
    sampler: Sampler
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """Name within the model's structure, unit, shape; parts: 2 for a complex output, real and imaginary, else 1."""

    name: str
    unit: Unit
    shape: Shape
    parts: int

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def numbers(self) -> Iterator[str]:
        """A name for each output number."""
        for part in ("",) if self.parts == 1 else (".real", ".imag"):
            for index in np.ndindex(self.shape):
                yield self.name + part + (f"[{', '.join(map(str, index))}]" if index else "")


@dataclass(frozen=True, slots=True)
class Plan:
    """What every chunk of a run repeats.

    names, inputs: arguments that are quantities; elements: drawn in this order; divisors: influence id → common divisor
    of a joint group of Student's t; model: of the inputs alone; program: the recorded model, or None; rebuild: outputs
    back into the model's structure.
    """

    names: tuple[str, ...]
    inputs: tuple[Quantity, ...]
    elements: tuple[Element, ...]
    divisors: Mapping[str, Fill]
    model: Callable[..., Any]
    program: Program | None
    outputs: tuple[Output, ...]
    rebuild: Callable[[list[Any]], Any]

    @property
    def rows(self) -> int:
        """Numbers that one draw yields."""
        return sum(output.size * output.parts for output in self.outputs)

    @property
    def names_of_rows(self) -> tuple[str, ...]:
        """A name for each of them."""
        return tuple(name for output in self.outputs for name in output.numbers())


def plan_of(model: Callable[..., Any], inputs: Sequence[Quantity], names: Sequence[str]) -> Plan:
    """The plan of a model of quantities. Raises Refused for what cannot be drawn or run."""
    for name, q in zip(names, inputs, strict=True):
        _few_enough(q.size if q.blocks else 0, MOST_VALUES, name)
    _few_enough(sum(q.size for q in inputs if q.blocks), MOST_VALUES, ", ".join(names)[:80])
    elements, divisors = _elements(inputs, names)
    program: Program | None
    try:
        program = record(model, inputs, {})
        program.shapes()  # operands that do not broadcast
    except (NotRecordable, ValueError):
        program = None
    with np.errstate(all="ignore"):
        if program is None:
            found, rebuild, keys = leaves(_call(model, [Sampled(q.value[..., None], q.unit) for q in inputs]))
            listed = [x if isinstance(x, Sampled) else Sampled(np.asarray(x)[..., None], ONE) for x in found]
        else:
            values = program.values()
            run(program.instructions, values)
            listed = [Sampled(np.asarray(values[s])[..., None], program.units[s]) for s in program.outputs]
            rebuild, keys = program.rebuild, _keys(program.rebuild, len(listed))
    outputs = tuple(
        Output(key, x.unit, x.shape, 2 if np.iscomplexobj(x.draws) else 1) for key, x in zip(keys, listed, strict=True)
    )
    return Plan(tuple(names), tuple(inputs), elements, divisors, model, program, outputs, rebuild)


def _elements(inputs: Sequence[Quantity], names: Sequence[str]) -> tuple[tuple[Element, ...], dict[str, Fill]]:
    """All influence elements that enter the inputs, influence by influence."""
    targets: dict[str, dict[int, list[Target]]] = {}
    influences: dict[str, tuple[Influence, int]] = {}
    for slot, q in enumerate(inputs):
        for key, part in q.blocks.items():
            known, _ = influences.setdefault(key, (part.influence, slot))
            blocks.check_same(known, part.influence)
            _few_enough(part.influence.size * q.size, blocks.LARGEST, names[slot])
            table = blocks.components(part, q.shape)
            mine = targets.setdefault(key, {})
            pairs = np.argwhere(table)
            _few_enough(len(pairs), MOST_COMPONENTS, names[slot])
            for element, position in pairs.tolist():
                mine.setdefault(element, []).append(Target(slot, position, table[element, position].item()))
    made: list[Element] = []
    divisors: dict[str, Fill] = {}
    for key, (influence, slot) in influences.items():
        common = divisor(influence)
        if common is not None:
            divisors[key] = common
        for index in sorted(targets[key]):
            how = sampler(influence, index)
            if not math.isfinite(how.std) or (common is not None and influence.dof <= 2.0):
                raise Refused(finding("montecarlo.variance.infinite", names[slot], dof=f"{influence.dof:g}",
                                      influence=influence.label or influence.id))  # fmt: skip
            made.append(Element(influence, index, how, tuple(targets[key][index])))
    return tuple(made), divisors


def _few_enough(entries: int, most: int, where: str) -> None:
    if entries > most:
        raise Refused(finding("montecarlo.input.too_large", where, entries=entries, most=most))


def _keys(rebuild: Callable[[list[Any]], Any], count: int) -> list[str]:
    """Names of the outputs: keys of a dict, places of a tuple, «result» where there is one."""
    shaped = rebuild(list(range(count)))
    if isinstance(shaped, dict):
        return [str(key) for key in shaped]
    return [str(place) for place in range(count)] if isinstance(shaped, tuple | list) else ["result"]


def leaves(result: Any) -> tuple[list[Any], Callable[[list[Any]], Any], list[str]]:
    """Outputs of a model that was called, how to put them back, and their names."""
    if isinstance(result, dict):
        keys = tuple(result)
        return list(result.values()), lambda made: dict(zip(keys, made, strict=True)), [str(k) for k in keys]
    if type(result) in (tuple, list):
        return list(result), type(result), [str(i) for i in range(len(result))]
    return [result], lambda made: made[0], ["result"]


def _call(model: Callable[..., Any], inputs: Sequence[Sampled]) -> Any:
    """The model on sampled numbers. Whatever it cannot do with them is Refused with the reason."""
    try:
        result = model(*inputs)
    except (TypeError, AttributeError, ValueError, ArithmeticError, IndexError) as error:
        raise Refused(finding("montecarlo.model.unsupported", "model", reason=error)) from error
    for key, leaf in zip(leaves(result)[2], leaves(result)[0], strict=True):
        if not isinstance(leaf, Sampled | int | float | complex | np.ndarray | np.number):
            reason = f"{key}: {type(leaf).__name__}"
            raise Refused(finding("montecarlo.model.unsupported", "model", reason=reason))
    return result


class Worker:
    """Buffers, generators and program of one thread."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.plan, self.stream = plan, Stream(seed)
        self.raw, self.work = np.empty(CHUNK), np.empty(CHUNK)
        self.divisors = {key: np.empty(CHUNK) for key in plan.divisors}
        self.inputs: list[Array] = []
        self.offsets: list[Array] = []
        for q in plan.inputs:
            self.inputs.append(np.empty((q.size if q.blocks else 0, CHUNK), dtype=q.value.dtype))
            self.offsets.append(np.array(q.value).reshape(-1))
        for element in plan.elements:
            for t in element.targets:
                self.offsets[t.slot][t.position] += t.component * element.sampler.shift
        self.single = [
            len(e.targets) == 1 and not np.iscomplexobj(self.inputs[e.targets[0].slot]) for e in plan.elements
        ]
        self.first = self._first_targets()
        for x, constant in zip(self.inputs, self.offsets, strict=True):
            x[:] = constant[: len(x), None]  # what no influence enters stays so
        shaped = [_shaped(q, x) for q, x in zip(plan.inputs, self.inputs, strict=True)]
        self.compiled = None if plan.program is None else Compiled(plan.program, shaped)
        self.sampled = [Sampled(x, q.unit) for q, x in zip(plan.inputs, shaped, strict=True)]
        self.eager = [] if self.compiled else [
            np.empty((*o.shape, CHUNK), dtype=complex if o.parts == 2 else float) for o in plan.outputs
        ]  # fmt: skip

    def _first_targets(self) -> list[tuple[bool, ...]]:
        """For each element, whether each of its targets is written to for the first time."""
        seen: set[tuple[int, int]] = set()
        result = []
        for element in self.plan.elements:
            row = []
            for t in element.targets:
                row.append((t.slot, t.position) not in seen)
                seen.add((t.slot, t.position))
            result.append(tuple(row))
        return result

    def draw(self, chunk: int) -> None:
        """Fill the inputs with their draws."""
        plan, work = self.plan, self.work
        for key, fill in plan.divisors.items():
            influence = next(e.influence for e in plan.elements if e.influence.id == key)
            fill(self.stream.at(key, influence.size, chunk), self.divisors[key], work)
        for element, alone, first in zip(plan.elements, self.single, self.first, strict=True):
            key, how = element.influence.id, element.sampler
            generator = self.stream.at(key, element.index, chunk)
            alone = alone and first[0]
            target = element.targets[0]
            raw = self.inputs[target.slot][target.position] if alone else self.raw
            how.fill(generator, raw, work)
            common = self.divisors.get(key)
            if common is not None:
                raw /= common
            for t, new in zip(element.targets, first, strict=True):
                x, factor = self.inputs[t.slot][t.position], t.component * how.scale
                if new:
                    np.multiply(raw, factor, out=x)
                    x += self.offsets[t.slot][t.position]
                elif np.iscomplexobj(x):
                    x += raw * factor
                else:
                    np.multiply(raw, factor, out=work)
                    x += work

    def evaluate(self, chunk: int) -> list[Array]:
        """The outputs of one chunk, each (*shape, CHUNK), in buffers that the next chunk overwrites."""
        with np.errstate(all="ignore"):
            self.draw(chunk)
            if self.compiled is not None:
                return self.compiled.run()
            run_in_parts(self._model, self.sampled, self.eager)
            return self.eager

    def _model(self, inputs: list[Sampled]) -> list[Array]:
        found, _, keys = leaves(_call(self.plan.model, inputs))
        outputs = self.plan.outputs
        listed = [x if isinstance(x, Sampled) else Sampled(np.asarray(x)[..., None], ONE) for x in found]
        if keys != [o.name for o in outputs] or any(x.shape != o.shape for x, o in zip(listed, outputs, strict=True)):
            raise Refused(finding("montecarlo.model.structure", "model", first=", ".join(o.name for o in outputs),
                                  second=", ".join(keys)))  # fmt: skip
        return [x.to(o.unit).draws for x, o in zip(listed, outputs, strict=True)]

    def example(self, draw: int) -> str:
        """The values of the inputs at one draw of the chunk evaluated last, by name."""
        pairs = zip(self.plan.names, self.sampled, strict=True)
        return ", ".join(f"{name} = {_short(x.draws[..., draw])}" for name, x in pairs)


def _shaped(q: Quantity, draws: Array) -> Array:
    """The draws of an input in its shape; a constant repeats itself without memory."""
    shape = (*q.shape, CHUNK)
    return draws.reshape(shape) if q.blocks else np.broadcast_to(q.value[..., None], shape)


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
