"""Dimensions of a formula: do its units fit together, and does its result have the unit that is declared?

A formula sees plain numbers in the declared units, so two things can go wrong: dimensions that do not match, and equal
dimensions in units of different size (nm + µm), which no dimension check would see. A literal hides a unit: added, it
takes the unit of its neighbour; multiplied, it may be a conversion factor, and then only dimensions are compared.
Everything found here is a warning, since the number is what the text says; who asks strictly has an error where
dimensions differ for sure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from suyuan.quantity.finding import Finding, Refused, Severity, finding
from suyuan.quantity.formula.formula import Call, Formula, Name, Number, constant_value
from suyuan.quantity.formula.model import Model
from suyuan.quantity.formula.text import at, spelling
from suyuan.quantity.unit import ONE, Unit, parse_unit, ratio

_SAME = frozenset({"negative", "abs", "sum", "mean"})
_ALIKE = frozenset({"add", "subtract", "hypot", "atan2"})


KELVIN = parse_unit("K")
ICE_POINT = 273.15


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a sub-expression stands for. unit: None = not known; sure: the size of the unit, not only its dimension;
    constant: value of a literal expression, whose unit nobody wrote; text: the piece of the formula; weight: how many
    times the zero of °C stands in it (1: a temperature, 0: a difference, nan: either, anything else has no meaning)."""

    unit: Unit | None = None
    sure: bool = False
    constant: float | None = None
    text: str = ""
    weight: float = 0.0


def dimensions(
    formula: Formula,
    units: Mapping[str, Unit],
    declared: Unit | None = None,
    where: str = "formula",
    strict: bool = False,
) -> tuple[Unit | None, tuple[Finding, ...]]:
    """Unit of a formula's result, with findings where units do not fit.

    units: name → declared unit; a name without one makes everything unknown that it enters.
    declared: unit of the result, compared with the one found; strict: dimensions that differ are an error, except where
    a literal factor may hide a unit.
    Returns the unit (None where it is unknown or a literal factor hides its size) and warnings.

    >>> from suyuan.quantity.unit import parse_unit
    >>> nm, um = parse_unit("nm"), parse_unit("um")
    >>> dimensions(Formula("a + b"), {"a": nm, "b": um})[1][0].code
    'formula.unit.scale'
    >>> dimensions(Formula("a + 1000*b"), {"a": nm, "b": um})
    (Unit(symbol='nm', ...), ())
    """
    meanings = {spelling(name): Meaning(unit, sure=True) for name, unit in units.items()}
    meaning, findings = _meaning(formula, meanings, where, strict)
    findings += _result(meaning, declared, where, strict)
    return _unit(meaning, declared), findings


def model_dimensions(
    model: Model, units: Mapping[str, Unit], declared: Mapping[str, Unit] | None = None
) -> tuple[dict[str, Unit | None], tuple[Finding, ...]]:
    """Unit of each definition and output of a model, with findings as in `dimensions`.

    units: input → unit; declared: output → unit.
    """
    meanings = {spelling(name): Meaning(unit, sure=True) for name, unit in units.items()}
    outputs = {name for name, _ in model.outputs}
    found: dict[str, Unit | None] = {}
    findings: list[Finding] = []
    for place, name, formula in model.formulas():
        meaning, warnings = _meaning(formula, meanings, place)
        findings += warnings
        if place.startswith("definitions."):
            meanings[name] = meaning
        wanted = (declared or {}).get(name) if name in outputs else None
        findings += _result(meaning, wanted, place)
        found[name] = _unit(meaning, wanted)
    return found, tuple(findings)


def _meaning(
    formula: Formula, meanings: Mapping[str, Meaning], where: str, strict: bool = False
) -> tuple[Meaning, tuple[Finding, ...]]:
    reader = _Reader(formula, meanings, where, strict)
    return formula.fold(reader.number, reader.name, reader.call), tuple(reader.findings)


def _unit(meaning: Meaning, declared: Unit | None) -> Unit | None:
    if meaning.sure:
        return meaning.unit
    fits = meaning.unit is not None and declared is not None and meaning.unit.dimension == declared.dimension
    return declared if fits else None


def _severity(sure: bool) -> Severity:
    return "error" if sure else "warning"


def _result(meaning: Meaning, declared: Unit | None, where: str, strict: bool = False) -> tuple[Finding, ...]:
    if meaning.unit is None or declared is None:
        return ()
    if meaning.unit.dimension != declared.dimension:
        severity = _severity(strict and meaning.sure)
        return (finding("formula.unit.result", where, severity, unit=meaning.unit, declared=declared),)
    found = _zero(meaning, declared, where)
    if found:
        return found
    factor = ratio(meaning.unit, declared)
    if meaning.sure and not math.isclose(factor, 1.0, rel_tol=1e-9):
        code = "formula.unit.result_scale"
        return (finding(code, where, "warning", unit=meaning.unit, declared=declared, factor=f"{factor:.9g}"),)
    return ()


def _zero(meaning: Meaning, declared: Unit, where: str) -> tuple[Finding, ...]:
    """A temperature declared as a difference, or the reverse, or something that is neither."""
    if declared.dimension != KELVIN.dimension or not meaning.sure or meaning.unit is None or math.isnan(meaning.weight):
        return ()
    if math.isclose(meaning.weight, 0.0, abs_tol=1e-9) or math.isclose(meaning.weight, 1.0):
        is_point = meaning.weight > 0.5
        if is_point == (declared.kind == "point"):
            return ()
        kind = "temperature" if is_point else "difference"
        return (finding("formula.unit.result_point", where, "warning", unit=kind, declared=declared),)
    return (finding("formula.unit.points_added", where, "warning", part=meaning.text, weight=f"{meaning.weight:g}"),)


def _weight(function: str, operands: Sequence[Meaning]) -> float:
    """How many times the zero of °C stands in a result; adding or taking away 273.15 is a change of scale."""
    first = operands[0]
    if function in ("negative", "positive"):
        return -first.weight if function == "negative" else first.weight
    if len(operands) < 2:
        return 0.0
    second = operands[1]
    if function in ("add", "subtract"):
        shift, other = (second.constant, first) if first.constant is None else (first.constant, second)
        if shift is not None and math.isclose(abs(shift), ICE_POINT):
            less = (shift < 0.0) == (function == "add") and (function == "add" or first is other)
            # Kelvin less 273.15 is a temperature in °C, and also the difference from the ice point.
            return math.nan if less and other.unit == KELVIN and other.weight == 0.0 else 0.0
        return first.weight + (second.weight if function == "add" else -second.weight)
    if function == "multiply" and (first.constant is not None or second.constant is not None):
        return first.weight * (second.constant or 0.0) + second.weight * (first.constant or 0.0)
    if function == "divide" and second.constant:
        return first.weight / second.constant
    return 0.0


def is_pure(constant: float) -> bool:
    """Whether a literal factor reads as a coefficient of the model (2, ½, 4/3·π), not as a conversion (1000, 60).

    >>> is_pure(0.5), is_pure(4 / 3 * math.pi), is_pure(1000.0), is_pure(0.001)
    (True, True, False, False)
    """
    for part in (abs(constant), abs(constant) / math.pi, abs(constant) / math.pi**2):
        if part == 0 or not math.isfinite(part):
            return False
        near = Fraction(part).limit_denominator(9)
        if 0 < near.numerator <= 9 and math.isclose(float(near), part, rel_tol=1e-12):
            return True
    return False


@dataclass(slots=True)
class _Reader:
    """One pass over a formula; `findings` grow as it goes."""

    formula: Formula
    meanings: Mapping[str, Meaning]
    where: str
    strict: bool = False
    findings: list[Finding] = field(default_factory=list)

    def number(self, step: Number) -> Meaning:
        return Meaning(constant=step.value, text=self.formula.slice(step))

    def name(self, step: Name) -> Meaning:
        known = self.meanings.get(step.name, Meaning())
        weight = 1.0 if known.unit is not None and known.unit.kind == "point" else known.weight
        return Meaning(known.unit, known.sure, known.constant, self.formula.slice(step), weight)

    def call(self, step: Call, operands: list[Meaning]) -> Meaning:
        text = self.formula.slice(step)
        if all(o.constant is not None for o in operands):
            return Meaning(constant=constant_value(step.function, [o.constant for o in operands]), text=text)
        try:
            unit, sure = self.rule(step, operands)
        except Refused:  # an exponent that no unit has: the dimension is lost, the number is not
            unit, sure = None, False
        return Meaning(unit, sure, None, text, _weight(step.function, operands))

    def rule(self, step: Call, operands: list[Meaning]) -> tuple[Unit | None, bool]:
        """Unit of the result, and whether its size is known."""
        function = step.function
        if function in _SAME:
            return operands[0].unit, operands[0].sure
        if function in _ALIKE:
            unit, sure = self.alike(step, operands[0], operands[1])
            return (ONE, True) if function == "atan2" else (unit, sure)
        if function == "power":
            return self.power(step, operands[0], operands[1])
        if function == "sqrt":
            size = self.size(step, operands[0])
            return None if size is None else size ** Fraction(1, 2), operands[0].sure
        if function in ("multiply", "divide"):
            return self.product(step, operands[0], operands[1])
        for operand in operands:
            self.plain(step, operand)
        return ONE, True

    def product(self, step: Call, a: Meaning, b: Meaning) -> tuple[Unit | None, bool]:
        sizes: list[Unit | None] = []
        sure = True
        for operand in (a, b):
            if operand.constant is not None:
                sizes.append(ONE)
                sure = sure and is_pure(operand.constant)
            else:
                sizes.append(self.size(step, operand))
                sure = sure and operand.sure
        left, right = sizes
        if left is None or right is None:
            return None, False
        return (left * right if step.function == "multiply" else left / right), sure

    def alike(self, step: Call, a: Meaning, b: Meaning) -> tuple[Unit | None, bool]:
        """Sum, difference, hypot, atan2: both in one unit; a literal takes that of its neighbour."""
        if a.constant is not None or b.constant is not None:
            known = b if a.constant is not None else a
            return (None if known.unit is None else known.unit.as_difference()), known.sure
        if a.unit is None or b.unit is None:
            return None, False
        parameters = {"part": self.formula.slice(step), "left": a.unit, "right": b.unit, "column": step.start + 1}
        place = at(self.where, step.start)
        if a.unit.dimension != b.unit.dimension:
            severity = _severity(self.strict and a.sure and b.sure)
            self.findings.append(finding("formula.unit.dimension", place, severity, **_texts(parameters)))
            return None, False
        factor = ratio(b.unit, a.unit)
        if a.sure and b.sure and not math.isclose(factor, 1.0, rel_tol=1e-9):
            parameters["factor"] = f"{factor:.9g}"
            self.findings.append(finding("formula.unit.scale", place, "warning", **_texts(parameters)))
            return a.unit.as_difference(), False
        kinds = [u for u in (a.unit, b.unit) if u.kind == "point"]
        stays = len(kinds) == 1 and (step.function == "add" or a.unit.kind == "point")
        unit = kinds[0] if stays else (a if a.sure else b).unit
        return (unit if stays or unit is None else unit.as_difference()), a.sure or b.sure

    def power(self, step: Call, base: Meaning, exponent: Meaning) -> tuple[Unit | None, bool]:
        if exponent.constant is not None:
            size = self.size(step, base)
            exact = (
                Fraction(exponent.constant).limit_denominator(60) if math.isfinite(exponent.constant) else Fraction(1)
            )
            return (None if size is None else size**exact), base.sure
        self.plain(step, base)
        self.plain(step, exponent)
        return ONE, True

    def size(self, step: Call, operand: Meaning) -> Unit | None:
        """The unit as that of a difference; a note where a temperature with its own zero is multiplied."""
        if operand.unit is not None and operand.unit.kind == "point":
            parameters = {"part": self.formula.slice(step), "argument": operand.text, "unit": operand.unit}
            place = at(self.where, step.start)
            self.findings.append(
                finding("formula.unit.point", place, "note", column=step.start + 1, **_texts(parameters))
            )
            return operand.unit.as_difference()
        return operand.unit

    def plain(self, step: Call, operand: Meaning) -> None:
        """A warning unless the operand is a pure number (an angle: in radians)."""
        unit = operand.unit
        if operand.constant is not None or unit is None:
            return
        if unit.dimension == ONE.dimension and (not operand.sure or math.isclose(ratio(unit, ONE), 1.0, rel_tol=1e-9)):
            return
        function = "**" if step.function == "power" else step.function
        parameters = {"part": self.formula.slice(step), "argument": operand.text, "unit": unit, "function": function}
        place = at(self.where, step.start)
        self.findings.append(
            finding("formula.unit.dimensionless", place, "warning", column=step.start + 1, **_texts(parameters))
        )


def _texts(parameters: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in parameters.items()}
