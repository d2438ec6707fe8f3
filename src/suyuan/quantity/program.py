"""A measurement model recorded once: a straight list of operations that any engine can run.

The model is an ordinary Python function. It is called once with recorded variables, which know their unit but no
value; each ufunc becomes one instruction of the derivative table. The list is then evaluated on slices of arrays and
swept backwards for the partial derivatives. A model that looks at values (if x > 0), or reduces, cannot be recorded
and is run eagerly instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.derivative import Partial, operation, unit_rule
from suyuan.quantity.finding import Refused
from suyuan.quantity.operators import Operators
from suyuan.quantity.unit import ONE, Unit, ratio

Array = NDArray[Any]


class NotRecordable(Exception):
    """The model does something that a recorded variable does not know; run it eagerly."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """slot[result] = ufunc(slot[operands]); `factors` convert each operand's difference into the unit wanted."""

    ufunc: np.ufunc
    partials: tuple[Partial, ...]
    operands: tuple[int, ...]
    result: int


@dataclass(slots=True)
class Program:
    """Slots 0 … inputs − 1 are the inputs, then constants and results in order of recording."""

    inputs: int
    instructions: list[Instruction] = field(default_factory=list)
    constants: dict[int, Any] = field(default_factory=dict)
    units: list[Unit] = field(default_factory=list)
    outputs: tuple[int, ...] = ()
    names: tuple[str, ...] | None = None
    uncertain: set[int] = field(default_factory=set)

    def new_slot(self, unit: Unit) -> int:
        self.units.append(unit)
        return len(self.units) - 1

    def constant(self, value: Any) -> int:
        slot = self.new_slot(ONE)
        self.constants[slot] = float(value) if np.ndim(value) == 0 else np.asarray(value, dtype=float)
        return slot

    def run(self, values: list[Any]) -> None:
        """Fill the slots of results; `values` holds inputs and constants and has room for all slots."""
        for step in self.instructions:
            values[step.result] = step.ufunc(*[values[slot] for slot in step.operands])

    def sweep(self, values: Sequence[Any], output: int) -> dict[int, Any]:
        """Partial derivatives of one output with respect to each uncertain input, as arrays or floats."""
        bars: dict[int, Any] = {output: 1.0}
        for step in reversed(self.instructions):
            bar = bars.pop(step.result, None)
            if bar is None:
                continue
            operands = [values[slot] for slot in step.operands]
            for slot, partial in zip(step.operands, step.partials, strict=True):
                if slot not in self.uncertain:
                    continue
                slope = _product(bar, partial(operands, values[step.result]))
                bars[slot] = slope if slot not in bars else bars[slot] + slope
        return {slot: bar for slot, bar in bars.items() if slot < self.inputs}


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
        row = operation(ufunc)
        program = self._program
        slots = [x._slot if isinstance(x, Variable) else program.constant(_number(x)) for x in inputs]
        exponent = program.constants.get(slots[1]) if ufunc is np.power else None
        rule = unit_rule(ufunc, [program.units[s] for s in slots], exponent if isinstance(exponent, float) else None)
        slots = [_converted(program, s, wanted) for s, wanted in zip(slots, rule.wanted, strict=True)]
        result = program.new_slot(rule.result)
        if any(s in program.uncertain for s in slots):
            program.uncertain.add(result)
        program.instructions.append(Instruction(ufunc, row.partials, tuple(slots), result))
        return Variable(program, result)

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
    if unit.kind == "point" and wanted.kind == "point" and unit.offset != wanted.offset:
        raise NotRecordable
    factor = ratio(unit.as_difference(), wanted.as_difference())
    if factor == 1.0:
        return slot
    row = operation(np.multiply)
    result = program.new_slot(wanted)
    if slot in program.uncertain:
        program.uncertain.add(result)
    program.instructions.append(
        Instruction(np.multiply, row.partials, (slot, program.constant(factor)), result)
    )
    return result


def record(model: Callable[..., Any], units: Sequence[Unit], uncertain: Sequence[bool], names: Sequence[str]) -> Program:
    """Run the model once on recorded variables. names: '' for a positional argument, else the keyword.

    Raises NotRecordable if the model cannot be recorded, Refused for what no engine may do (units, unlisted ufuncs).
    """
    program = Program(len(units), units=list(units))
    program.uncertain.update(i for i, flag in enumerate(uncertain) if flag)
    variables = [Variable(program, slot) for slot in range(len(units))]
    positional = [v for v, name in zip(variables, names, strict=True) if not name]
    try:
        result = model(*positional, **{n: v for v, n in zip(variables, names, strict=True) if n})
    except (NotRecordable, Refused):
        raise
    except (TypeError, AttributeError, ValueError) as error:
        raise NotRecordable from error
    program.names = tuple(result) if isinstance(result, dict) else None
    parts = list(result.values()) if isinstance(result, dict) else result
    several = isinstance(parts, tuple | list)
    listed = parts if several else [parts]
    if not all(isinstance(x, Variable) for x in listed):
        raise NotRecordable
    program.outputs = tuple(x._slot for x in listed)
    if several and program.names is None:
        program.names = ()
    return program
