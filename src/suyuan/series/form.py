"""The model of a correction, recorded once for all corrections that have it, and run on arrays of readings.

A thousand certificates of one laboratory have one model and differ in its numbers. So the program is recorded by the
model's text, and each segment of readings runs it with its certificate's numbers in slices that stay in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.correction import RAW, Correction
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.influence import Influence
from suyuan.quantity.program import Instruction, Program, run
from suyuan.quantity.unit import Unit, convert
from suyuan.series.reading import Independent, Reading
from suyuan.series.recorded import recorded

Array = NDArray[Any]
SLICE = 32_768
"""Readings that are corrected at once: a few columns of them stay in the cache."""
Slope = Any
"""A partial derivative over some readings: an array, or a float where all agree."""


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A model as a program: names of its input slots and the steps to its value; straight: a line in the reading."""

    program: Program
    names: tuple[str, ...]
    steps: tuple[Instruction, ...]
    straight: bool = False

    def slots(self, raw: Any, numbers: Mapping[str, float]) -> list[Any]:
        """What stands in each slot before the program runs."""
        first = [raw if name == RAW else numbers[name] for name in self.names]
        constants = self.program.constants
        return first + [constants.get(slot) for slot in range(len(first), len(self.program.units))]

    def value(self, raw: Array, numbers: Mapping[str, float], room: Array) -> None:
        """Put the corrected values (n,) of raw ones (n,) into a room (n,)."""
        slots = self.slots(raw, numbers)
        output = self.program.outputs[0]
        run(self.steps, slots, {output: room})
        if slots[output] is not room:  # the model is the reading itself, or a number
            room[...] = slots[output]

    def slopes(self, raw: Array, numbers: Mapping[str, float]) -> dict[str, Slope]:
        """∂f/∂raw and ∂f/∂parameter by name; names without effect are absent."""
        slots = self.slots(raw, numbers)
        with np.errstate(all="ignore"):  # where there is no value, there is no slope
            run(self.steps, slots)
            bars = self.program.sweep(self.steps, slots, self.program.outputs[0])
        return {name: bars[slot] for slot, name in enumerate(self.names) if slot in bars}


def form_of(correction: Correction) -> Form:
    """The program of a correction's model. Raises Refused for a model that cannot be done reading by reading."""
    model = correction.model
    key = model.text if isinstance(model, Formula) else model
    try:
        return _form(key, tuple(sorted(correction.parameters)))
    except Refused as refused:
        raise Refused(
            finding(
                "series.correction.model", correction.id, reason_zh=_why(refused, "zh"), reason_en=_why(refused, "en")
            )
        ) from None


def _why(refused: Refused, language: str) -> str:
    from suyuan.quantity.finding import sentences

    return "; ".join(sentences(f, language)["what"] for f in refused.findings)


@lru_cache(maxsize=256)
def _form(model: str | Callable[..., Any], names: tuple[str, ...]) -> Form:
    given = {name: Reading(name, "1", Independent(1.0)) for name in (RAW, *names)}
    made = recorded(Formula(model) if isinstance(model, str) else model, given, None)
    if made.after is not None or len(made.program.outputs) != 1:
        raise Refused(finding("series.correction.not_a_row", "model"))
    program = made.program
    steps, _ = program.needed(program.outputs)
    return Form(program, made.inputs, tuple(steps), _straight(program, made.inputs, steps))


def _straight(program: Program, names: tuple[str, ...], steps: Iterable[Instruction]) -> bool:
    """Whether a model is a polynomial of degree 0 or 1 in the reading, whatever its parameters are."""
    degree = {slot: int(name == RAW) for slot, name in enumerate(names)}
    for step in steps:
        given = [degree.get(slot, 0) for slot in step.operands]
        if not any(given):
            found = 0
        elif step.ufunc in (np.add, np.subtract, np.negative, np.positive):
            found = max(given)
        elif step.ufunc is np.multiply:
            found = sum(given)
        elif step.ufunc is np.true_divide and not given[1]:
            found = given[0]
        else:
            return False
        degree[step.result] = found
    return degree.get(program.outputs[0], 0) <= 1


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A corrected reading as a line: y = slope·reading + zero, ∂y/∂p = rate·reading + base for each parameter (k,), and
    ∂y/∂reading = slope; the reading in the stream's unit, the value in the wanted one."""

    slope: float
    zero: float
    rate: Array
    base: Array


@dataclass(frozen=True, eq=False)
class Applied:
    """A correction ready to be applied to readings of one unit, for values in one unit.

    raw_scale, value_scale: (factor, offset) from the stream's unit to the certificate's raw unit, and from the
    certificate's unit to the wanted one; names: of the parameters, in the order of their columns.
    """

    correction: Correction
    form: Form
    numbers: Mapping[str, float]
    raw_scale: tuple[float, float]
    value_scale: tuple[float, float]
    names: tuple[str, ...]

    @property
    def certificates(self) -> tuple[str, ...]:
        """Names of the certificates that stand behind it."""
        return (self.correction.certificate,)

    @cached_property
    def influences(self) -> tuple[tuple[Influence, Array], ...]:
        """Each influence with the components (k, elements) of the k parameters."""
        found: dict[str, tuple[Influence, Array]] = {}
        for at, q in enumerate(self.correction.parameters.values()):
            for key, part in q.blocks.items():
                known, rows = found.setdefault(key, (part.influence, np.zeros((len(self.names), part.influence.size))))
                blocks.check_same(known, part.influence)
                rows[at] += blocks.components(part, ())[:, 0]
        return tuple(found.values())

    @cached_property
    def components(self) -> Array:
        """Those of all influences side by side (k, elements)."""
        return np.concatenate([rows for _, rows in self.influences] or [np.zeros((len(self.names), 0))], axis=1)

    @cached_property
    def covariance(self) -> Array:
        """Of the parameters (k, k)."""
        covariance = np.zeros((len(self.names), len(self.names)))
        for _, rows in self.influences:
            covariance += rows @ rows.T
        return covariance

    def raw(self, reading: Array) -> Array:
        """Readings in the stream's unit as the certificate's raw values."""
        return _scaled(reading, self.raw_scale)

    def value(self, raw: Array, room: Array) -> None:
        """Put corrected values (n,) in the wanted unit into a room (n,); NaN or infinite where the model has none."""
        self.form.value(raw, self.numbers, room)
        if self.value_scale != (1.0, 0.0):
            room[...] = _scaled(room, self.value_scale)

    def slopes(self, raw: Array) -> tuple[Slope, list[Slope]]:
        """∂y/∂reading, and ∂y/∂parameter in the order of `names`."""
        factor = self.value_scale[0]
        bars = self.form.slopes(raw, self.numbers)
        own = _times(bars.get(RAW, 0.0), self.raw_scale[0] * factor)
        return own, [_times(bars.get(name, 0.0), factor) for name in self.names]

    @cached_property
    def line(self) -> Line | None:
        """The correction as a line in the reading, None where it is none, or has no finite numbers.

        A line is known from two points: the model is run and swept there, so that its derivatives are those of the one
        table. The points lie as far apart as the calibrated range says readings are.
        """
        if not self.form.straight:
            return None
        far = max(map(abs, self.correction.range or (0.0,))) or 1.0
        reading = np.array([0.0, far])
        raw, value = self.raw(reading), np.empty(2)
        with np.errstate(all="ignore"):
            self.value(raw, value)
            own, slopes = self.slopes(raw)
            base, end = np.stack([np.broadcast_to(s, 2) for s in slopes], axis=1) if slopes else np.zeros((2, 0))
            found = Line(float(np.broadcast_to(own, 2)[0]), float(value[0]), (end - base) / far, base)
        numbers = np.concatenate([[found.slope, found.zero, value[1]], found.rate, found.base])
        return found if np.isfinite(numbers).all() else None

    def outside(self, raw: Array) -> Array | None:
        """Which raw values lie outside the calibrated range; None where none does."""
        if self.correction.range is None or not raw.size:
            return None
        low, high = self.correction.range
        if raw.min() >= low and raw.max() <= high:
            return None
        return (raw < low) | (raw > high)


def _times(slope: Slope, factor: float) -> Slope:
    return slope if factor == 1.0 else slope * factor


def _scaled(x: Array, scale: tuple[float, float]) -> Array:
    factor, offset = scale
    if factor != 1.0:
        x = x * factor
    return x + offset if offset != 0.0 else x


@lru_cache(maxsize=4096)
def applied(correction: Correction, reading: Unit, value: Unit) -> Applied:
    """A correction for readings in one unit and values in another; made once, since a year has many blocks.

    Raises Refused where units do not convert.
    """
    return Applied(
        correction,
        form_of(correction),
        {name: float(q.value) for name, q in correction.parameters.items()},
        _scale(reading, correction.unit_of_raw, correction.id),
        _scale(correction.unit_of_value, value, correction.id),
        tuple(correction.parameters),
    )


def _scale(source: Unit, target: Unit, where: str) -> tuple[float, float]:
    if source == target:
        return 1.0, 0.0
    if not source.converts_to(target):
        raise Refused(finding("series.correction.unit", where, unit=source.symbol, wanted=target.symbol))
    zero, one = (float(convert(np.float64(x), source, target)) for x in (0.0, 1.0))
    return one - zero, zero


def slices(start: int, stop: int) -> Iterator[slice]:
    """Slices of a segment that stay in the cache."""
    for at in range(start, stop, SLICE):
        yield slice(at, min(at + SLICE, stop))
