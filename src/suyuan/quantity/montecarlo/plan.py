"""The plan of a Monte Carlo run: which influence elements are drawn, what they enter, what the model returns.

Each input is x = value + Σ component · z over the elements of its influences, so inputs (and results of other models)
that share an influence share its draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence
from suyuan.quantity.montecarlo.draw import Fill, Sampler, divisor, sampler
from suyuan.quantity.montecarlo.sampled import Sampled
from suyuan.quantity.program import NotRecordable, Program, record, run
from suyuan.quantity.quantity import Quantity
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
    """One element of an influence, how it is drawn and all that it enters."""

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
        shapes = program.shapes()  # refuses operands that do not broadcast
        largest = max((math.prod(shapes[s]) for s in program.uncertain), default=0)
        _few_enough(largest, MOST_VALUES, "model")
    except (NotRecordable, ValueError, ArithmeticError, LookupError):
        program = None
    with np.errstate(all="ignore"):
        if program is None:
            found, rebuild, keys = leaves(called(model, [Sampled(q.value[..., None], q.unit) for q in inputs]))
            listed = [x if isinstance(x, Sampled) else Sampled(np.asarray(x)[..., None], ONE) for x in found]
        else:
            values = program.values()
            run(program.instructions, values)
            listed = [Sampled(np.asarray(values[s])[..., None], program.units[s]) for s in program.outputs]
            rebuild, keys = program.rebuild, _keys(program.rebuild, len(listed))
    outputs = tuple(
        Output(key, x.unit, x.shape, 2 if np.iscomplexobj(x.draws) else 1) for key, x in zip(keys, listed, strict=True)
    )
    _few_enough(sum(x.size for x in listed), MOST_VALUES, "model")
    if not any(x.size for x in listed):
        raise Refused(finding("montecarlo.output.none", "model"))
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


def called(model: Callable[..., Any], inputs: Sequence[Sampled]) -> Any:
    """The model on sampled numbers. Whatever it cannot do with them is Refused with the reason."""
    try:
        result = model(*inputs)
    except (TypeError, AttributeError, ValueError, ArithmeticError, LookupError, MemoryError) as error:
        raise Refused(
            finding("montecarlo.model.unsupported", "model", reason=f"{type(error).__name__}: {error}")
        ) from error
    for key, leaf in zip(leaves(result)[2], leaves(result)[0], strict=True):
        if not isinstance(leaf, Sampled | int | float | complex | np.ndarray | np.number):
            reason = f"{key}: {type(leaf).__name__}"
            raise Refused(finding("montecarlo.model.unsupported", "model", reason=reason))
    return result
