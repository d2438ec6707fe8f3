"""The `input` of a study read strictly, and its result written for JSON."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from suyuan.quantity.finding import Finding, Refused
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.verbs.comparison.form import Form
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import absent_or_wrong, called, wrong

Answer = dict[str, Any]
Result = TypeVar("Result")
MAIN = ("readings", "decisions", "values", "master", "sensor", "Cp_observed", "drift", "in_tolerance", "artefacts")
"""Fields that hold the observations of a study: what is said of the whole study is said of them."""
SHARED = ("unit", "title", "x_unit", "y_unit", "time_unit", "file")


class StudyForm(Form):
    """Reads the fields of a study; a field that nobody knows is a warning."""

    def __init__(self, body: Mapping[str, Any], fields: Sequence[str]) -> None:
        super().__init__(body, (*fields, *SHARED))
        for name in ("title", "x_unit", "y_unit", "time_unit"):
            if not isinstance(self.body.get(name, ""), str | None):
                self.wrong(f"/input/{name}", "text", self.body[name])
        self.main = next((name for name in MAIN if name in self.body), "")

    def optional(self, name: str, otherwise: float | None = None) -> float | None:
        """A finite number, or what counts where it is absent."""
        return self.number(name) if name in self.body else otherwise

    def required(self, *names: str) -> None:
        """Report fields that are absent."""
        for name in names:
            if name not in self.body:
                self.add(absent_or_wrong({}, name, "/input", "numbers"))

    def reference(self, name: str = "reference") -> Quantity | float:
        """A number, or {value, u} or {value, U, k, unit?, label?} of a certificate as a quantity."""
        given = self.body.get(name)
        if not isinstance(given, Mapping):
            return self.number(name)
        value, u = stated(given)
        if math.isnan(value) or math.isnan(u):
            self.add(wrong(f"/input/{name}", "assigned", given))
            return math.nan
        return quantity(value, u, self.unit or "1", label=str(given.get("label", name)))


def stated(given: Mapping[str, Any]) -> tuple[float, float]:
    """Value and standard uncertainty of {value, u} or {value, U, k}; nan for what is none.

    >>> stated({"value": 10, "U": 0.006}), stated({"value": 10, "U": 1, "k": 0})
    ((10.0, 0.003), (10.0, nan))
    """
    value, u, k = (number_in(given.get(name)) for name in ("value", "u", "k"))
    if given.get("u") is None:
        k = 2.0 if given.get("k") is None else k
        u = number_in(given.get("U")) / k if k > 0.0 else math.nan
    return value if math.isfinite(value) else math.nan, u if math.isfinite(u) and u >= 0.0 else math.nan


def asked_of(act: Callable[[], Result]) -> Result:
    """The result of a study, with the places of its findings as pointers of the case; raises Refused."""
    try:
        return act()
    except Refused as refused:
        raise Refused(*pointed(refused.findings)) from None


def pointed(findings: Iterable[Finding], main: str = "") -> list[Finding]:
    """Findings of a study that was told to stand at «/input»: «/input.readings.3» is /input/readings/3, and speaks of
    «readings»; what is said of the whole study is said of its main field."""
    made = []
    for item in findings:
        where = item.where.replace(".", "/") if item.where.startswith("/input") else f"/input/{item.where}".rstrip("/")
        name = next((part for part in reversed(where.split("/")[2:]) if not part.isdecimal()), main)
        made += called([replace(item, where=where)], name) if name else [replace(item, where=where)]
    return made


def answered(form: StudyForm, answer: Mapping[str, Any], found: Iterable[Finding]) -> Answer:
    """An answer for JSON with the findings of the form and of the study."""
    told = dict.fromkeys((*form.findings, *pointed(found, form.main)))
    return {**{key: plain(value) for key, value in answer.items()}, "findings": [f.to_json() for f in told]}


def plain(value: Any) -> Any:
    """A result as JSON has it: arrays as lists, a quantity as {value, u, dof}; what is unknown is null."""
    if isinstance(value, Quantity):
        return {"value": plain(value.value), "u": plain(value.u), "dof": plain(value.dof), "unit": str(value.unit)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
