"""A model recorded for columns: what is done in each row, and what is done with sums over rows.

A formula may say sum(x) or mean(x): what stands inside is done a row, what stands outside is done with the sums. A
value a row and a sum over all rows do not mix in one query: x − mean(x) needs two passes, and is refused at its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from suyuan.quantity.block import Block, Own
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.formula.formula import FUNCTIONS, OPERATORS, Call, Formula
from suyuan.quantity.formula.model import RESULT, Model
from suyuan.quantity.formula.text import at, spelling
from suyuan.quantity.formula.units import model_dimensions
from suyuan.quantity.influence import Influence
from suyuan.quantity.program import NotRecordable, Program, Variable, record
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE, Unit, parse_unit
from suyuan.series.reading import Input, Reading

_TABLE = {**OPERATORS, **FUNCTIONS}
_REDUCE = frozenset({"sum", "mean"})
Place = tuple[str, int, int]
Totals = Mapping[str, Quantity]


class _Hidden:
    """A value that exists only after the sums."""


_HIDDEN = _Hidden()


@dataclass(frozen=True, slots=True)
class Recorded:
    """The program of one row and what its outputs are.

    outputs: names of the program's outputs; units: theirs, or None where a formula declares none; inputs: name of each
    input slot; pieces: slot → place and text of what it computes; after: from sums over rows and their count to the
    results, where the model has sums of its own; findings: units that do not fit.
    """

    program: Program
    outputs: tuple[str, ...]
    units: Mapping[str, Unit]
    inputs: tuple[str, ...]
    pieces: Mapping[int, tuple[str, str]]
    after: Callable[[Totals, Any], dict[str, Any]] | None = None
    findings: tuple[Any, ...] = ()


def recorded(
    model: Formula | Model | Callable[..., Any], inputs: Mapping[str, Input], unit: str | Mapping[str, str] | None
) -> Recorded:
    """Record a model with declared inputs. Raises Refused where it cannot be done on columns, saying where."""
    if isinstance(model, Formula):
        model = Model(((RESULT, model),))
    if isinstance(model, Model):
        return _of_formulas(model, inputs, unit)
    return _of_function(model, inputs, unit)


def _placeholder(name: str, given: Input, plain: bool) -> Any:
    """What the model is called with: a column is an array whose length nobody asks."""
    if isinstance(given, Quantity):
        return given.relabelled(ONE) if plain else given
    if not isinstance(given, Reading):
        return float(given)
    unit = ONE if plain else _unit(given.unit)
    uncertain = given.independent is not None or given.shared
    mark = Influence(id=f"series {name}", size=2)
    parts = {mark.id: Block(mark, Own(np.arange(2)[None], np.ones((1, 2))))} if uncertain else {}
    return Quantity(np.ones(2), unit, parts)


def _unit(unit: str | Unit) -> Unit:
    return parse_unit(unit) if isinstance(unit, str) else unit


def _record(model: Callable[..., Any], given: Mapping[str, Any]) -> Program:
    try:
        return record(model, (), given)
    except NotRecordable as error:
        cause = error.__cause__
        if isinstance(cause, Refused):
            raise cause from None
        reason = f"{type(cause).__name__}: {cause}" if cause and not isinstance(cause, NotRecordable) else "—"
        raise Refused(finding("series.model.not_recordable", "model", reason=reason)) from None


def _slots(given: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, x in given.items() if isinstance(x, Quantity))


# ---------------------------------------------------------------- Python functions


def _of_function(
    model: Callable[..., Any], inputs: Mapping[str, Input], unit: str | Mapping[str, str] | None
) -> Recorded:
    given = {name: _placeholder(name, x, plain=False) for name, x in inputs.items()}
    names: list[str] = []

    def named(**values: Any) -> Any:
        result = model(**values)
        names[:] = (
            list(result)
            if isinstance(result, dict)
            else [str(i) for i in range(len(result))]
            if type(result) in (tuple, list)
            else [RESULT]
        )
        return result

    program = _record(named, given)
    found = {name: program.units[slot] for name, slot in zip(names, program.outputs, strict=True)}
    wanted = _declared(unit, names)
    return Recorded(program, tuple(names), {**found, **wanted}, _slots(given), {})


def _declared(unit: str | Mapping[str, str] | None, names: Any) -> dict[str, Unit]:
    if unit is None:
        return {}
    if isinstance(unit, str):
        return {name: parse_unit(unit) for name in names}
    return {name: parse_unit(text) for name, text in unit.items() if name in set(names)}


# ---------------------------------------------------------------- formulas


def _of_formulas(model: Model, inputs: Mapping[str, Input], unit: str | Mapping[str, str] | None) -> Recorded:
    spelled = {spelling(name): x for name, x in inputs.items()}
    missing = [name for name in model.inputs if name not in spelled]
    if missing:
        raise Refused(*(finding("series.input.missing", f"inputs.{n}", name=n) for n in missing))
    used = {name: x for name, x in spelled.items() if name in model.inputs}
    given = {name: _placeholder(name, x, plain=True) for name, x in used.items()}
    reductions = _reductions(model, {name for name, x in used.items() if isinstance(x, Reading)})
    pieces: dict[int, tuple[str, str]] = {}

    def rows(**values: Any) -> Any:
        sums: dict[str, Any] = {}

        def call(place: str, formula: Formula, step: Call, arguments: list[Any]) -> Any:
            key = (place, step.start, step.end)
            if step.function in _REDUCE and key in reductions:
                sums[reductions[key]] = arguments[0]
                return _HIDDEN
            if any(x is _HIDDEN for x in arguments):
                return _HIDDEN
            if step.function in _REDUCE:
                return arguments[0]  # of a scalar: itself
            result = _TABLE[step.function](*arguments)
            if isinstance(result, Variable):
                pieces.setdefault(result._slot, (at(place, step.start), formula.slice(step)))
            return result

        return _walk(model, values, call) if not reductions else (_walk(model, values, call), sums)[1]

    program = _record(rows, given)
    outputs = tuple(reductions.values()) if reductions else tuple(name for name, _ in model.outputs)
    names = [name for name, _ in model.outputs]
    wanted = _declared(unit, names)
    stated = {name: _unit(x.unit) for name, x in used.items() if isinstance(x, Quantity | Reading)}
    findings = model_dimensions(model, stated, wanted)[1]
    units = {name: wanted.get(name, ONE) for name in names}
    after = _after(model, used, reductions) if reductions else None
    return Recorded(program, outputs, units, _slots(given), pieces, after, findings)


def _walk(
    model: Model, values: Mapping[str, Any], call: Callable[[str, Formula, Call, list[Any]], Any]
) -> dict[str, Any]:
    """All formulas of a model, each operation by `call`; values of the outputs by name."""
    known, outputs = dict(values), {}
    for place, name, formula in model.formulas():
        value = formula.fold(
            lambda step: np.float64(step.value),
            lambda step: known[step.name],
            lambda step, arguments, place=place, formula=formula: call(place, formula, step, arguments),  # type: ignore[misc]
        )
        if place.startswith("definitions."):
            known[name] = value
        else:
            outputs[name] = value
    return outputs


def _reductions(model: Model, rows: set[str]) -> dict[Place, str]:
    """The sums and means over rows, each with a name. Raises Refused where a row's value meets a sum."""
    found: dict[Place, str] = {}

    def call(place: str, formula: Formula, step: Call, levels: list[Any]) -> str:
        if step.function in _REDUCE and levels == ["row"]:
            found[(place, step.start, step.end)] = f"{step.function}_{len(found) + 1}"
            return "sum"
        if {"row", "sum"} <= set(levels):
            part = formula.slice(step)
            raise Refused(finding("series.reduction.mixed", at(place, step.start), part=part, column=step.start + 1))
        return next((level for level in ("row", "sum") if level in levels), "scalar")

    levels: dict[str, Any] = {name: "row" if name in rows else "scalar" for name in model.inputs}
    results = _walk(
        model, levels, lambda p, f, s, a: call(p, f, s, ["scalar" if isinstance(x, float) else x for x in a])
    )
    if found:
        for name, level in results.items():
            if level == "row":
                raise Refused(finding("series.reduction.outputs", f"model.{name}", name=name))
    return found


def _after(
    model: Model, inputs: Mapping[str, Input], reductions: Mapping[Place, str]
) -> Callable[[Totals, Any], dict[str, Any]]:
    """What is done with the sums: the same formulas, a reduction being its sum, or its sum divided by the count."""
    plain = {
        name: _HIDDEN if isinstance(x, Reading) else _placeholder(name, x, plain=True) for name, x in inputs.items()
    }

    def after(totals: Totals, count: Any) -> dict[str, Any]:
        def call(place: str, formula: Formula, step: Call, arguments: list[Any]) -> Any:
            key = reductions.get((place, step.start, step.end)) if step.function in _REDUCE else None
            if key is not None:
                return totals[key] if step.function == "sum" else totals[key] * (1.0 / count)
            if any(x is _HIDDEN for x in arguments):
                return _HIDDEN
            return arguments[0] if step.function in _REDUCE else _TABLE[step.function](*arguments)

        with np.errstate(all="ignore"):
            return _walk(model, plain, call)

    return after
