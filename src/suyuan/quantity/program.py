"""A measurement model recorded once: a straight list of operations that any engine can run.

The model is an ordinary Python function. It is called once with a recorded variable in place of each quantity, which
knows its unit but no value; each ufunc becomes one instruction of the derivative table. The list is then evaluated on
slices of arrays and swept backwards for the partial derivatives. A model that looks at values (if x > 0), reduces,
or has complex numbers cannot be recorded and is run eagerly instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.derivative import Partial, operation, unit_rule
from suyuan.quantity.finding import Refused
from suyuan.quantity.operators import Operators
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.scalar import resulting
from suyuan.quantity.unit import ONE, Unit, ratio

Array = NDArray[Any]
Shape = tuple[int, ...]


_ANYWHERE: Mapping[int, Array] = {}


class NotRecordable(Exception):
    """The model does something that a recorded variable does not know; run it eagerly."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """slot[result] = ufunc(slot[operands])."""

    ufunc: np.ufunc
    partials: tuple[Partial, ...]
    operands: tuple[int, ...]
    result: int


@dataclass(slots=True)
class Program:
    """Slots 0 … len(inputs) − 1 are the inputs, then constants and results in order of recording.

    uncertain: slots that depend on an input with influences; rebuild: puts the outputs back into the form (one value,
    tuple, list, dict) that the model returned.
    """

    inputs: tuple[Quantity, ...]
    units: list[Unit]
    uncertain: set[int]
    instructions: list[Instruction] = field(default_factory=list)
    constants: dict[int, Any] = field(default_factory=dict)
    outputs: tuple[int, ...] = ()
    rebuild: Callable[[list[Quantity]], Any] = lambda results: results[0]

    def new_slot(self, unit: Unit) -> int:
        self.units.append(unit)
        return len(self.units) - 1

    def constant(self, value: Any) -> int:
        slot = self.new_slot(ONE)
        # A copy: the program may run again when the caller has long put other numbers into his array.
        self.constants[slot] = np.float64(value) if np.ndim(value) == 0 else np.array(value, dtype=float)
        return slot

    def append(self, ufunc: np.ufunc, operands: tuple[int, ...], unit: Unit) -> int:
        """One more instruction; the slot of its result."""
        result = self.new_slot(unit)
        if not self.uncertain.isdisjoint(operands):
            self.uncertain.add(result)
        self.instructions.append(Instruction(ufunc, operation(ufunc).partials, operands, result))
        return result

    def values(self) -> list[Any]:
        """Values of inputs and constants by slot, with None where a result will stand."""
        known: list[Any] = [q.value for q in self.inputs]
        return known + [self.constants.get(slot) for slot in range(len(known), len(self.units))]

    def shapes(self) -> list[Shape]:
        """The shape of every slot. Raises ValueError where operands do not broadcast."""
        shapes = [np.shape(value) for value in self.values()]
        for step in self.instructions:
            given = {shapes[slot] for slot in step.operands} - {()}
            shapes[step.result] = given.pop() if len(given) == 1 else np.broadcast_shapes(*given)
        return shapes

    def needed(self, outputs: Iterable[int]) -> tuple[list[Instruction], set[int]]:
        """The instructions that some outputs depend on, and all slots that they depend on."""
        slots, steps = set(outputs), []
        for step in reversed(self.instructions):
            if step.result in slots:
                slots.update(step.operands)
                steps.append(step)
        return steps[::-1], slots

    def sweep(
        self, steps: Sequence[Instruction], values: Sequence[Any], output: int, weight: Any = 1.0
    ) -> dict[int, Any]:
        """Partial derivatives of one output, times a weight, with respect to each uncertain input, as arrays or floats.

        Some steps only: then also with respect to the slots that the others would have filled.
        """
        bars: dict[int, Any] = {output: weight}
        for step in reversed(steps):
            bar = bars.pop(step.result, None)
            if bar is None:
                continue
            operands = [values[slot] for slot in step.operands]
            for slot, partial in zip(step.operands, step.partials, strict=True):
                if slot in self.uncertain:
                    slope = _product(bar, partial(operands, values[step.result]))
                    bars[slot] = slope if slot not in bars else bars[slot] + slope
        return bars


def run(steps: Iterable[Instruction], values: list[Any], rooms: Mapping[int, Array] = _ANYWHERE) -> None:
    """Fill the slots of results; rooms: arrays in which some of them are to stand."""
    for step in steps:
        values[step.result] = step.ufunc(*[values[slot] for slot in step.operands], out=rooms.get(step.result))


def _product(a: Any, b: Any) -> Any:
    if isinstance(a, float) and a == 1.0:
        return b
    if isinstance(b, float) and b == 1.0:
        return a
    return a * b


class Variable(Operators):
    """A recorded variable: a slot of a program. It has a unit but no value."""

    __slots__ = ("_program", "_slot")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, program: Program, slot: int) -> None:
        self._program, self._slot = program, slot

    @property
    def unit(self) -> Unit:
        return self._program.units[self._slot]

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Variable:
        if method != "__call__" or kwargs:
            raise NotRecordable
        program = self._program
        slots = [x._slot if isinstance(x, Variable) else program.constant(_number(x)) for x in inputs]
        exponent = program.constants.get(slots[1]) if ufunc is np.power else None
        exponent = exponent if isinstance(exponent, float) else None
        units = [program.units[s] for s in slots]
        as_they_are = resulting(ufunc, units[0], units[-1], exponent)
        if as_they_are is not None:
            return Variable(program, program.append(ufunc, tuple(slots), as_they_are))
        rule = unit_rule(ufunc, units, exponent)
        operands = tuple(_converted(program, s, wanted) for s, wanted in zip(slots, rule.wanted, strict=True))
        return Variable(program, program.append(ufunc, operands, rule.result))

    def _unknown(self, *args: Any, **kwargs: Any) -> Any:
        raise NotRecordable

    __array_function__ = __array__ = __bool__ = __float__ = __int__ = __index__ = __len__ = __iter__ = _unknown
    __getitem__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = sum = mean = reshape = _unknown


def _number(x: Any) -> Any:
    if isinstance(x, int | float | np.floating | np.integer) or (isinstance(x, np.ndarray) and x.dtype.kind in "fiu"):
        return x
    raise NotRecordable


def _converted(program: Program, slot: int, wanted: Unit) -> int:
    """A slot in the wanted unit: itself, or one more multiplication by the ratio of the units."""
    unit = program.units[slot]
    if unit == wanted:
        return slot
    if unit.kind == "point" or wanted.kind == "point":
        raise NotRecordable  # the zero of the scale moves too; the operators know how
    factor = ratio(unit, wanted)
    return slot if factor == 1.0 else program.append(np.multiply, (slot, program.constant(factor)), wanted)


def record(model: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Program:
    """Run the model once with recorded variables for quantities; other arguments pass as they are.

    Raises NotRecordable if the model cannot be recorded, or refuses: the operators then say what is wrong.
    """
    inputs = tuple(x for x in (*args, *kwargs.values()) if isinstance(x, Quantity))
    if any(q.is_complex for q in inputs):
        raise NotRecordable  # slices and slopes are real
    program = Program(inputs, [q.unit for q in inputs], {slot for slot, q in enumerate(inputs) if q.blocks})
    program.constants.update(
        (slot, float(q.value)) for slot, q in enumerate(inputs) if not q.blocks and q.ndim == 0 and q.unit == ONE
    )
    slots = iter(range(len(inputs)))

    def recorded(x: Any) -> Any:
        return Variable(program, next(slots)) if isinstance(x, Quantity) else x

    try:
        result = model(*[recorded(x) for x in args], **{name: recorded(x) for name, x in kwargs.items()})
    except (NotRecordable, Refused, TypeError, AttributeError, ValueError) as error:
        raise NotRecordable from error
    listed = [result]
    if isinstance(result, dict):
        listed, keys = list(result.values()), tuple(result)
        program.rebuild = lambda results: dict(zip(keys, results, strict=True))
    elif type(result) in (tuple, list):
        listed, program.rebuild = list(result), type(result)
    if not listed or not all(isinstance(x, Variable) and x._program is program for x in listed):
        raise NotRecordable
    program.outputs = tuple(x._slot for x in listed)
    return program
