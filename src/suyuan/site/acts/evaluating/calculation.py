"""Calculations of every kind: the form of a kind to a case, the case to its answer, and a case back to its form.

Each kind has one `Form`: the names of its fields, how they become the `input` of a case, how an `input` fills them
again, and which field a place in the case belongs to. Fields are kept as typed; what is no number stays in its field
and becomes a finding beside it. What a form does not show (fields of other programs) travels with it unchanged.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.unit import parse_unit
from suyuan.site.acts.evaluating.columns import shown
from suyuan.site.acts.evaluating.numbers import number_of
from suyuan.verbs.case_form import parse_json
from suyuan.verbs.cases import answer

log = logging.getLogger(__name__)
Fields = Mapping[str, str]
LARGEST = 8 * 2**20
UNITS = ("unit", "x_unit", "y_unit")
LONG = frozenset(
    (
        "data",
        "values",
        "predict",
        "inverse",
        "inverse_readings",
        "starts",
        "rest",
        "model",
        "covariance",
        "value_raw",
        "item_raw",
        "error_raw",
    )
)
"""Fields that hold many numbers or lines."""


class Reader:
    """Takes numbers out of fields; what is none becomes a finding whose place is the field."""

    def __init__(self, fields: Fields, rest: Mapping[str, Any] | None = None) -> None:
        self.fields = fields
        self.rest = rest or {}
        self.findings: list[Finding] = []

    def text(self, name: str) -> str:
        return self.fields.get(name, "").strip()

    def number(self, name: str) -> float:
        """A number that must be there."""
        given = self.text(name)
        if not given:
            self.findings.append(finding("site.calculate.empty", name))
            return 0.0
        value = number_of(given)
        if value is None:
            self.findings.append(finding("site.calculate.number", name, given=given[:40]))
            return 0.0
        return value

    def optional(self, name: str) -> float | None:
        """A number, or None where nothing was typed."""
        return self.number(name) if self.text(name) else None

    def whole(self, name: str) -> Any:
        """A number that should be a whole one; the verb says so where it is not."""
        value = self.number(name)
        return int(value) if value.is_integer() else value

    def told(self, found: tuple[Finding, ...]) -> None:
        self.findings.extend(found)


@dataclass(frozen=True)
class Form:
    """How one kind is asked. names: its fields in order; own: names in the `input` that the form shows; places: name in
    the `input` → field, where they differ."""

    kind: str
    names: tuple[str, ...]
    own: frozenset[str]
    to_input: Callable[[Reader], dict[str, Any]]
    from_input: Callable[[Mapping[str, Any]], dict[str, str]]
    places: Callable[[list[str]], str]
    blank: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Calculation:
    """A calculation as it stands. case: what was asked; answer: None where there is none; findings: each at a field of
    the form or at its place in the case (`field_of`)."""

    kind: str
    fields: Fields
    case: Mapping[str, Any]
    answer: Mapping[str, Any] | None
    findings: tuple[Finding, ...] = ()

    @property
    def input(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.case["input"]
        return found


def forms() -> Mapping[str, Form]:
    """Kind → form."""
    from suyuan.site.acts.evaluating.calculation_fit import FORMS as FITS
    from suyuan.site.acts.evaluating.calculation_risk import FORMS as RISKS
    from suyuan.site.acts.evaluating.calculation_type_a import FORMS as TYPE_A

    return {form.kind: form for form in (*FITS, *RISKS, *TYPE_A)}


def sent(form: Form, given: Mapping[str, str]) -> dict[str, str]:
    """The fields that a page sent, with what the form begins with where nothing was sent."""
    return {
        name: given.get(name, form.blank.get(name, ""))[: 400_000 if name in LONG else 400]
        for name in (*form.names, "rest")
    }


def calculate(form: Form, fields: Fields) -> Calculation:
    """The answer to a form; nothing is written."""
    case, found = document(form, fields)
    if errors(found):
        return Calculation(form.kind, fields, case, None, found)
    try:
        made = answer(case)
    except Refused as refused:
        return Calculation(form.kind, fields, case, None, (*found, *refused.findings))
    except (ArithmeticError, ValueError) as error:  # numbers beyond what a float holds; kept in the log, not hidden
        log.exception("a case of kind %s could not be computed", form.kind)
        beyond = finding("site.calculate.beyond", "/input", reason=f"{type(error).__name__}: {error}"[:200])
        return Calculation(form.kind, fields, case, None, (*found, beyond))
    told = tuple(_finding(row) for row in made.get("findings", ()))
    return Calculation(form.kind, fields, case, made, (*found, *told))


def _finding(row: Mapping[str, Any]) -> Finding:
    """A finding of an answer as a value again: its sentences are made in the language of the page."""
    parameters = tuple(sorted((str(k), str(v)) for k, v in mapping(row.get("parameters")).items()))
    return Finding(row["code"], row["where"], row["severity"], parameters, row["rule"])


def document(form: Form, fields: Fields) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """The case of a form, as the command line takes it, and what in the form is wrong."""
    rest = rest_of(fields.get("rest", ""), form)
    reader = Reader(fields, rest)
    body = {**rest, **form.to_input(reader)}
    units = [told for name in UNITS if name in form.names for told in unit_fault(reader.text(name), name)]
    reader.told(tuple(units))
    stated = {name: value for name, value in body.items() if value is not None}
    return {"kind": form.kind, "input": stated}, tuple(dict.fromkeys(reader.findings))


def unit_fault(text: str, where: str) -> tuple[Finding, ...]:
    """Why a text is no unit; a misspelt one would stand in every answer."""
    if not text:
        return ()
    try:
        parse_unit(text)
    except Refused as refused:
        return tuple(replace(item, where=where) for item in refused.findings)
    return ()


def rest_of(text: str, form: Form) -> dict[str, Any]:
    """What of an opened case the form does not show."""
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        found = {}
    return {k: v for k, v in found.items() if k not in form.own} if isinstance(found, dict) else {}


def field_of(form: Form, item: Finding) -> str:
    """The field of the form that caused a finding; «» where none did."""
    parts = item.where.split("/")
    name = form.places(parts[2:] if parts[:2] == ["", "input"] and len(parts) > 2 else [item.where])
    return name if name in form.names else ""


def filled(form: Form, body: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a form from the `input` of a case, whatever it holds."""
    rest = {k: v for k, v in body.items() if k not in form.own}
    fields = {**form.blank, **form.from_input(body)}
    return {name: fields.get(name, "") for name in form.names} | {
        "rest": json.dumps(rest, ensure_ascii=False) if rest else ""
    }


def read(data: bytes, name: str) -> dict[str, Any]:
    """A case document of any kind from a file or from pasted text. Raises Refused where it is none."""
    found = parse_json(data, name)
    if found.get("suyuan") == "result" and isinstance(found.get("case"), dict):
        found = found["case"]
    if not isinstance(found.get("input"), dict):
        raise Refused(finding("case.field.missing", f"{name}: /input", field="input"))
    known = ("model", *forms())
    if found.get("kind") not in known:
        told = str(found.get("kind"))[:60]
        raise Refused(finding("site.calculate.kind", name, kind=told, known=", ".join(known)))
    return found


def exported(case: Mapping[str, Any]) -> bytes:
    """The case as the command line takes it."""
    return json.dumps(case, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8") + b"\n"


# ---------------------------------------------------------------- from a case to texts


def number_text(value: Any) -> str:
    """A number of a case as a field shows it; what is none stays as it is, so that nothing is lost."""
    return shown(value) if not isinstance(value, list | dict) else json.dumps(value, ensure_ascii=False)


def numbers(value: Any) -> list[Any]:
    """A list of a case; what is no list is one element."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def mapping(value: Any) -> Mapping[str, Any]:
    """An object of a case; what is none is empty."""
    return value if isinstance(value, Mapping) else {}


def title_text(value: Any) -> str:
    """A title, in whatever language it is."""
    if isinstance(value, Mapping):
        return str(value.get("zh") or next(iter(value.values()), ""))
    return str(value or "")
