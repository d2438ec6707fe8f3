"""A formula at its estimates: where it has no value, and where it has no derivative.

The formula is evaluated step by step; the first step of a chain that turns finite values into something else is named
with its piece of the text and the value that caused it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.formula.formula import FUNCTIONS, OPERATORS, Call, Formula, Name, Number
from suyuan.quantity.formula.model import Model
from suyuan.quantity.formula.text import at, nearest, spelling

_LOGARITHMS = frozenset({"log", "log10", "log1p"})
_DOMAIN = frozenset({"sqrt", "asin", "acos", "power"})
_TABLE = {**OPERATORS, **FUNCTIONS}


@dataclass(frozen=True, slots=True)
class Traced:
    """A value on its way: the array, its piece of the text, and whether an input is in it. None: already reported."""

    array: NDArray[np.float64] | None
    text: str
    varies: bool


def check_at(formula: Formula, values: Mapping[str, ArrayLike], where: str = "formula") -> tuple[Finding, ...]:
    """Findings of a formula at estimates: division by zero, no real value, overflow, lengths, no derivative.

    values: name → number or array (estimates in the declared units). No derivative is a warning, the rest are errors.

    >>> check_at(Formula("a/(b - c)"), {"a": 1, "b": 2, "c": 2})[0].parameters[:3]
    (('column', '1'), ('divisor', 'b - c'), ('part', 'a/(b - c)'))
    """
    arrays, findings = _estimates(values, formula.names)
    return (*findings, *_walk(formula, arrays, where)[1])


def check_model_at(model: Model, values: Mapping[str, ArrayLike]) -> tuple[Finding, ...]:
    """Findings of all formulas of a model at the estimates of its inputs (see `check_at`)."""
    arrays, found = _estimates(values, model.inputs)
    findings = list(found)
    for place, name, formula in model.formulas():
        value, more = _walk(formula, arrays, place)
        findings += more
        if place.startswith("definitions."):
            arrays[name] = value.array
    return tuple(findings)


def _estimates(
    values: Mapping[str, ArrayLike], names: tuple[str, ...]
) -> tuple[dict[str, NDArray[np.float64] | None], tuple[Finding, ...]]:
    arrays: dict[str, NDArray[np.float64] | None] = {}
    findings: list[Finding] = []
    given = {spelling(name): value for name, value in values.items()}
    for name in names:
        where = f"inputs.{name}"
        arrays[name] = None
        if name not in given:
            findings.append(finding("formula.name.unknown", where, name=name, nearest=nearest(name, given), column="—"))
            continue
        try:
            array = np.asarray(given[name], np.float64)
        except (TypeError, ValueError):
            findings.append(finding("formula.value.input", where, name=name, value=repr(given[name])[:60]))
            continue
        bad = ~np.isfinite(array)
        if np.any(bad):
            findings.append(finding("formula.value.input", where, name=name, value=_shown(array, bad)))
        else:
            arrays[name] = array
    return arrays, tuple(findings)


def _walk(
    formula: Formula, arrays: Mapping[str, NDArray[np.float64] | None], where: str
) -> tuple[Traced, tuple[Finding, ...]]:
    tracer = _Tracer(formula, arrays, where)
    with np.errstate(all="ignore"):
        result = formula.fold(tracer.number, tracer.name, tracer.call)
    return result, tuple(tracer.findings)


def _shown(array: NDArray[np.float64], at_mask: NDArray[np.bool_]) -> str:
    """The first marked value, with its index in an array."""
    mask = np.broadcast_to(at_mask, np.broadcast_shapes(array.shape, at_mask.shape))
    first = tuple(int(i) for i in np.argwhere(mask)[0])
    value = np.broadcast_to(array, mask.shape)[first]
    return f"{value:g}" if not first else f"{value:g} [{', '.join(map(str, first))}]"


@dataclass(slots=True)
class _Tracer:
    """One pass over a formula; `findings` grow as it goes."""

    formula: Formula
    arrays: Mapping[str, NDArray[np.float64] | None]
    where: str
    findings: list[Finding] = field(default_factory=list)

    def number(self, step: Number) -> Traced:
        return Traced(np.asarray(step.value), self.formula.slice(step), varies=False)

    def name(self, step: Name) -> Traced:
        return Traced(self.arrays.get(step.name), self.formula.slice(step), varies=True)

    def call(self, step: Call, operands: list[Traced]) -> Traced:
        text, varies = self.formula.slice(step), any(o.varies for o in operands)
        arguments = [o.array for o in operands if o.array is not None]
        if len(arguments) < len(operands):
            return Traced(None, text, varies)
        try:
            result = np.asarray(_TABLE[step.function](*arguments), np.float64)
        except ValueError:
            shapes = " / ".join(str(a.shape) for a in arguments)
            self.report("formula.value.shape", step, shapes=shapes)
            return Traced(None, text, varies)
        bad = ~np.isfinite(result)
        if np.any(bad):
            self.explain(step, operands, arguments, result)
            return Traced(None, text, varies)
        rough = _not_differentiable(step.function, operands, arguments)
        if rough is not None and np.any(rough):
            argument, value = operands[0].text, _shown(arguments[0], rough)
            self.report("formula.value.not_differentiable", step, "warning", argument=argument, value=value)
        return Traced(result, text, varies)

    def explain(self, step: Call, operands: list[Traced], arguments: list[NDArray[np.float64]], result: Any) -> None:
        """Why finite arguments gave a value that is not."""
        bad = ~np.isfinite(result)
        divisor = 1 if step.function == "divide" else 0 if step.function == "power" else None
        if divisor is not None and np.any(bad & (arguments[divisor] == 0)):
            zero = bad & (arguments[divisor] == 0)
            value = _shown(arguments[divisor], zero)
            self.report("formula.value.division", step, divisor=operands[divisor].text, value=value)
        elif step.function in _LOGARITHMS or (step.function in _DOMAIN and np.any(np.isnan(result))):
            value = _shown(arguments[0], bad)
            self.report("formula.value.domain", step, argument=operands[0].text, value=value, function=step.function)
        else:
            reduced = step.function in ("sum", "mean")
            value = f"{np.max(np.abs(arguments[0])):g}" if reduced else _shown(arguments[0], bad)
            self.report("formula.value.overflow", step, argument=operands[0].text, value=value)

    def report(self, code: str, step: Call, severity: Any = "error", **parameters: str) -> None:
        piece = self.formula.slice(step)
        part = piece if len(piece) <= 60 else piece[:57] + "…"
        place = at(self.where, step.start)
        self.findings.append(finding(code, place, severity, part=part, column=step.start + 1, **parameters))


def _not_differentiable(function: str, operands: list[Traced], arguments: list[NDArray[np.float64]]) -> Any:
    """Mask of the points where the value exists and the derivative by a varying argument does not."""
    x = arguments[0]
    if function == "power":
        exponent = arguments[1]
        flat = operands[0].varies and (x == 0) & (exponent < 1) & (exponent != 0)
        return flat | (operands[1].varies & (x <= 0))
    if not any(o.varies for o in operands):
        return None
    if function in ("sqrt", "abs"):
        return x == 0
    if function in ("hypot", "atan2"):
        return (x == 0) & (arguments[1] == 0)
    if function in ("asin", "acos"):
        return np.abs(x) == 1
    return None
