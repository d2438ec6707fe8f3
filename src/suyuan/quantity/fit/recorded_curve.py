"""A curve f(x, p) from a formula or a Python function, with first and second derivatives from the derivative table.

The function is recorded once (`program`); a run and one reverse sweep give f, ∂f/∂p and ∂f/∂x on all points. Run with
values that carry a tangent, the same sweep gives a row of second derivatives: the table is differentiated by itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.formula.formula import Formula, parse
from suyuan.quantity.program import NotRecordable, Program, record, run
from suyuan.quantity.quantity import quantity
from suyuan.quantity.second_order import Jet, tangent

Array = NDArray[np.float64]
Model = Formula | str | Callable[..., Any]


@dataclass(frozen=True, slots=True, eq=False)
class RecordedCurve:
    """A recorded program whose input 0 is x and whose further inputs are the parameters, in the order of `names`."""

    names: tuple[str, ...]
    program: Program
    text: str = ""

    def value(self, x: Array, p: Array) -> Array:
        return np.asarray(self._values(x, p)[self.program.outputs[0]] + np.zeros_like(x))

    def slopes(self, x: Array, p: Array) -> tuple[Array, Array, Array]:
        output = self.program.outputs[0]
        steps, _ = self.program.needed([output])
        values = self._values(x, p)
        with np.errstate(all="ignore"):
            bars = self.program.sweep(steps, values, output)
        slopes = [np.broadcast_to(bars.get(slot, 0.0), x.shape) for slot in range(len(self.names) + 1)]
        return values[output] + np.zeros_like(x), np.stack(slopes[1:], axis=1), np.array(slopes[0])

    def curvature(self, x: Array, p: Array) -> tuple[Array, Array, Array]:
        k = len(self.names)
        table = np.empty((k + 1, k + 1, x.size))
        output = self.program.outputs[0]
        steps, _ = self.program.needed([output])
        for column in range(k + 1):
            values = self._start(x, p)
            values[column] = Jet(values[column], 1.0)
            with np.errstate(all="ignore"):
                run(steps, values)
                bars = self.program.sweep(steps, values, output)
            for row in range(k + 1):
                table[row, column] = tangent(bars.get(row, 0.0))
        return table[0, 0], table[0, 1:].T.copy(), np.moveaxis(table[1:, 1:], 2, 0).copy()

    def shown(self, p: Array) -> Array:
        return p

    def _values(self, x: Array, p: Array) -> list[Any]:
        values = self._start(x, p)
        with np.errstate(all="ignore"):
            run(self.program.instructions, values)
        return values

    def _start(self, x: Array, p: Array) -> list[Any]:
        values = self.program.values()
        values[0] = x
        values[1 : len(self.names) + 1] = list(p)
        if x.dtype == np.longdouble:  # constants as the decimals that were written
            given = self.program.constants
            values = [
                np.longdouble(repr(float(v))) if i in given and np.ndim(v) == 0 else v for i, v in enumerate(values)
            ]
        return values


def read_curve(
    model: Model, start: Mapping[str, Any] | Sequence[Any], x: Array, variable: str = "x"
) -> tuple[RecordedCurve, Array]:
    """The curve and its start vector.

    model: a `Formula` or its text in `variable` and the parameters, or a Python function f(x, p₁, p₂, …).
    start: name → start value, or start values in the order of the function's arguments. Raises Refused.
    """
    if isinstance(model, str):
        formula_of_text, findings = parse(model, where="model")
        if formula_of_text is None:
            raise Refused(*findings)
        model = formula_of_text
    if isinstance(model, Formula):
        names, first = _names_of_formula(model, start, variable)
        formula = model

        def function(x: Any, *p: Any) -> Any:
            return formula.evaluate({variable: x, **dict(zip(names, p, strict=True))})
    else:
        names, first = _names_of_function(model, start)
        function = model
    faults = [
        finding("fit.parameter.start", f"start.{name}", name=name, given=str(value)[:60])
        for name, value in zip(names, first, strict=True)
        if isinstance(value, bool) or not isinstance(value, int | float | np.floating | np.integer)
        or not np.isfinite(value)
    ]  # fmt: skip
    if faults or not names:
        raise Refused(*(faults or [finding("fit.model.names", "start", names="-", variable=variable)]))
    p = np.array(first, dtype=float)
    return RecordedCurve(names, _recorded(function, x, p), getattr(model, "text", "")), p


def _names_of_formula(
    formula: Formula, start: Mapping[str, Any] | Sequence[Any], variable: str
) -> tuple[tuple[str, ...], list[Any]]:
    if not isinstance(start, Mapping):
        names = tuple(name for name in formula.names if name != variable)
        start = dict(zip(names, start, strict=False)) if len(names) == len(start) else {}
    wanted = set(formula.names) - {variable}
    odd = sorted(wanted.symmetric_difference(start))
    if odd:
        raise Refused(finding("fit.model.names", "model", names=", ".join(odd), variable=variable))
    return tuple(start), list(start.values())


def _names_of_function(
    model: Callable[..., Any], start: Mapping[str, Any] | Sequence[Any]
) -> tuple[tuple[str, ...], list[Any]]:
    try:
        arguments = [a for a in inspect.signature(model).parameters.values() if a.kind is not a.KEYWORD_ONLY][1:]
    except (TypeError, ValueError):
        arguments = []
    names = [a.name for a in arguments if a.kind is not a.VAR_POSITIONAL]
    if any(a.kind is a.VAR_POSITIONAL for a in arguments) or not arguments:
        names = list(start) if isinstance(start, Mapping) else [f"p{i}" for i in range(1, len(start) + 1)]
    odd = sorted(set(names).symmetric_difference(start)) if isinstance(start, Mapping) else []
    if odd or len(names) != len(start):
        raise Refused(finding("fit.model.names", "model", names=", ".join(odd or names), variable="x"))
    return tuple(names), [start[n] for n in names] if isinstance(start, Mapping) else list(start)


def _recorded(function: Callable[..., Any], x: Array, p: Array) -> Program:
    inputs = [quantity(x, 1.0), *(quantity(value, 1.0) for value in p)]
    try:
        program = record(function, inputs, {})
    except NotRecordable as error:
        cause = error.__cause__
        told = cause is not None and not isinstance(cause, NotRecordable)
        reason = f"{type(cause).__name__}: {cause}"[:160] if told else "if, sum, […]"
        raise Refused(finding("fit.model.form", "model", reason=reason)) from error
    if len(program.outputs) != 1 or program.shapes()[program.outputs[0]] not in ((), x.shape):
        raise Refused(finding("fit.model.form", "model", reason="shape"))
    return program
