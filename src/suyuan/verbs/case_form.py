"""The case document: the public exchange form of a question, read strictly.

Form v1 (kind «model») with Suyuan's additions: inputs from certificates, units, limits, the day of use, the identity of
the evaluation. Every wrong field is a finding with a JSON pointer; nothing is guessed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from suyuan.certificate.certificate import CertificateReference, Text, one_line
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.formula.model import Model, read_model
from suyuan.quantity.type_b import DISTRIBUTIONS as STATED
from suyuan.verbs.document import parse_json as parse_json
from suyuan.verbs.document import pointed

Interval = Literal["symmetric", "shortest"]
LEAST_DOF = 0.1
TRIALS, LEAST_TRIALS, MOST_TRIALS = 1_000_000, 1_000, 100_000_000
MOST_DIGITS = 2
WANTS = ("first_order", "second_order", "monte_carlo", "validation")
INTERVALS: tuple[Interval, ...] = ("symmetric", "shortest")
BOUNDS = ("larger", "independent", "together")
DISTRIBUTIONS = frozenset((*STATED, "observations", "certificate"))
FIELDS = frozenset(
    ("model", "definitions", "inputs", "correlations", "observed_together", "columns", "want", "coverage_probability",
     "truncate_dof", "interval", "trials", "digits", "seed", "unit", "limits", "guard_factor", "evaluation", "day",
     "title", "x_unit", "y_unit", "bounds")
)  # fmt: skip
INPUT_FIELDS = frozenset(("name", "distribution", "parameters", "dof", "unit", "label", "source"))


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """One input as written. reference, place, index, at: only for distribution «certificate»."""

    name: str
    distribution: str
    parameters: Mapping[str, Any]
    where: str
    dof: float = math.inf
    unit: str | None = None
    label: Text = field(default_factory=dict)
    source: str = ""
    reference: CertificateReference | None = None
    place: str = ""
    index: int | None = None
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Tolerance limits of an output, in its unit; None is an open side."""

    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Sampling:
    """How Monte Carlo is done. trials: draws, at least; digits: significant digits of u for the adaptive procedure of
    JCGM 101 7.9, None = a fixed number of trials; interval: the coverage interval to state; seed: of the draws."""

    trials: int = TRIALS
    digits: int | None = None
    interval: Interval = "symmetric"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """A model case, checked. outputs: names in order; single: the model is one expression."""

    model: Model
    single: bool
    outputs: tuple[str, ...]
    entries: tuple[CaseEntry, ...]
    correlations: tuple[tuple[str, str, float], ...]
    observed_together: tuple[tuple[str, ...], ...]
    columns: Mapping[str, Any]
    want: tuple[str, ...]
    sampling: Sampling
    probability: float
    truncate_dof: bool
    units: Mapping[str, str]
    limits: Mapping[str, Limits]
    guard_factor: float
    evaluation: str
    bounds: str
    day: date | None
    title: Text
    document: Mapping[str, Any]


def read_case(document: Mapping[str, Any]) -> tuple[Case, tuple[Finding, ...]]:
    """A model case from its document. Raises Refused with every fault found."""
    reader = _Reader()
    kind, body = document.get("kind"), document.get("input")
    if kind != "model":
        raise Refused(finding("case.kind.unknown", where="/kind", kind=str(kind)[:60], known="model"))
    if not isinstance(body, dict):
        raise Refused(finding("case.field.missing", where="/input", field="input"))
    body = {name: value for name, value in body.items() if value is not None}  # null is absent
    for name in sorted(set(body) - FIELDS):
        reader.warn("case.field.unknown", f"/input/{name}", field=name)
    entries = reader.entries(body.get("inputs"))
    formula = body.get("model")
    if (isinstance(formula, dict) and not all(isinstance(v, str) for v in formula.values())) or not formula:
        formula = None
    if not isinstance(formula, str | dict):
        reader.fail("case.field.missing", "/input/model", field="model")
        raise Refused(*reader.findings)
    definitions = body.get("definitions") or {}
    if not isinstance(definitions, dict) or not all(isinstance(v, str) for v in definitions.values()):
        reader.fail("case.field.wrong", "/input/definitions", field="definitions", expected="name → expression")
        definitions = {}
    model, found = read_model(formula, definitions, [e.name for e in entries])
    reader.findings.extend(pointed(found, {e.name: e.where for e in entries}))
    outputs = tuple(name for name, _ in model.outputs) if model else ()
    single = isinstance(formula, str)
    columns = body.get("columns")
    if columns is not None and not isinstance(columns, dict):
        reader.fail("case.field.wrong", "/input/columns", field="columns", expected="name → [number, …]")
    case = Case(
        model=model or Model(()),
        single=single,
        outputs=outputs,
        entries=entries,
        correlations=reader.correlations(body.get("correlations"), entries),
        observed_together=reader.groups(body.get("observed_together"), entries),
        columns=columns if isinstance(columns, dict) else {},
        want=reader.want(body.get("want")),
        sampling=reader.sampling(body),
        probability=reader.number(body.get("coverage_probability", 0.95), "/input/coverage_probability", 0.0, 1.0),
        truncate_dof=reader.truth(body.get("truncate_dof"), "truncate_dof"),
        units=reader.by_output(body.get("unit"), outputs, single, "unit", str),
        limits=reader.limits(body.get("limits"), outputs, single),
        guard_factor=reader.guard_factor(body.get("guard_factor", 1.0)),
        evaluation=reader.evaluation(body.get("evaluation")),
        bounds=reader.bounds(body.get("bounds")),
        day=reader.day(body.get("day")),
        title=_text(body.get("title")),
        document=document,
    )
    if errors(reader.findings) or model is None:
        raise Refused(*reader.findings)
    return case, tuple(reader.findings)


def _text(value: Any) -> Text:
    if isinstance(value, str):
        return {"": value} if value else {}
    if isinstance(value, dict):
        return {str(k): str(v) for k, v in value.items() if v}
    return {}


def _float(value: Any) -> float:
    """A number of a document; nan for a text, a truth value, or whole digits beyond all floats."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.nan


def _all_of(row: Any, names: set[str]) -> bool:
    return all(isinstance(name, str) and name in names for name in row)


class _Reader:
    """Collects findings while fields are read."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def fail(self, code: str, where: str, **parameters: object) -> None:
        self.findings.append(finding(code, where, "error", "", **parameters))

    def warn(self, code: str, where: str, **parameters: object) -> None:
        self.findings.append(finding(code, where, "warning", "", **parameters))

    def number(self, value: Any, where: str, low: float, high: float) -> float:
        """A number strictly between low and high."""
        if not low < _float(value) < high:
            expected = "a number" if math.isinf(high) else f"a number between {low:g} and {high:g}"
            self.fail("case.field.wrong", where, field=where.rsplit("/", 1)[-1], expected=expected)
            return math.nan
        return float(value)

    def guard_factor(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 100.0:
            self.fail(
                "case.field.wrong", "/input/guard_factor", field="guard_factor", expected="a number from 0 to 100"
            )
            return 1.0
        return float(value)

    def entries(self, rows: Any) -> tuple[CaseEntry, ...]:
        if not isinstance(rows, list):
            self.fail("case.field.missing", "/input/inputs", field="inputs")
            return ()
        result = []
        for position, row in enumerate(rows):
            where = f"/input/inputs/{position}"
            if not isinstance(row, dict) or not isinstance(row.get("name"), str) or not row["name"]:
                self.fail("case.field.missing", f"{where}/name", field="name")
                continue
            result.append(self._entry(row, where))
        return tuple(result)

    def _entry(self, row: Mapping[str, Any], where: str) -> CaseEntry:
        name, distribution, parameters = row["name"], row.get("distribution"), row.get("parameters")
        if not isinstance(distribution, str) or distribution not in DISTRIBUTIONS:
            self.fail("case.distribution.unknown", f"{where}/distribution", name=name, given=str(distribution)[:60])
        if not isinstance(parameters, dict):
            self.fail("case.field.missing", f"{where}/parameters", field="parameters")
            parameters = {}
        for field_name in sorted(set(row) - INPUT_FIELDS):
            self.warn("case.field.unknown", f"{where}/{field_name}", field=field_name)
        dof = row.get("dof")
        if dof is not None and not _float(dof) >= LEAST_DOF:
            self.fail("case.field.wrong", f"{where}/dof", field="dof", expected=f"a number from {LEAST_DOF}")
            dof = None
        unit = row.get("unit")
        if unit is not None and not isinstance(unit, str):
            self.fail("case.field.wrong", f"{where}/unit", field="unit", expected="a unit as text")
        entry = CaseEntry(
            name, str(distribution), parameters, where, math.inf if dof is None else float(dof),
            unit if isinstance(unit, str) else None, _text(row.get("label")), str(row.get("source") or ""),
        )  # fmt: skip
        return self._from_certificate(entry) if distribution == "certificate" else entry

    def _from_certificate(self, entry: CaseEntry) -> CaseEntry:
        p, where = entry.parameters, f"{entry.where}/parameters"
        for key in ("number", "place"):
            if not isinstance(p.get(key), str) or not p[key]:
                self.fail("case.field.missing", f"{where}/{key}", field=key)
        index, at, digest = p.get("index"), p.get("at"), p.get("sha256") or ""
        if index is not None and (isinstance(index, bool) or not isinstance(index, int) or index < 0):
            self.fail("case.field.wrong", f"{where}/index", field="index", expected="0, 1, 2 …")
            index = None
        if at is not None and not math.isfinite(_float(at)):
            self.fail("case.field.wrong", f"{where}/at", field="at", expected="a number")
            at = None
        if not isinstance(digest, str) or not re.fullmatch(r"(|[0-9a-fA-F]{64})", digest):
            self.fail("case.field.wrong", f"{where}/sha256", field="sha256", expected="64 hexadecimal digits")
            digest = ""
        reference = CertificateReference(
            one_line(str(p.get("issuer") or "")), one_line(str(p.get("number") or "")), "sha256" if digest else "",
            digest.lower(), where=entry.where,
        )  # fmt: skip
        return CaseEntry(
            entry.name, entry.distribution, p, entry.where, entry.dof, entry.unit, entry.label, entry.source,
            reference, str(p.get("place") or ""), index, None if at is None else float(at),
        )  # fmt: skip

    def correlations(self, rows: Any, entries: tuple[CaseEntry, ...]) -> tuple[tuple[str, str, float], ...]:
        names = {e.name for e in entries}
        result: list[tuple[str, str, float]] = []
        for position, row in enumerate(self.rows(rows, "correlations", "[[input, other input, r], …]")):
            where = f"/input/correlations/{position}"
            ok = isinstance(row, list | tuple) and len(row) == 3 and _all_of(row[:2], names)
            if not ok or row[0] == row[1]:
                self.fail("case.field.wrong", where, field="correlations", expected="[input, other input, r]")
                continue
            r = row[2]
            if isinstance(r, bool) or not isinstance(r, int | float) or not -1.0 <= r <= 1.0:
                self.fail("case.field.wrong", where, field="correlations", expected="r from −1 to 1")
                continue
            if any({a, b} == {row[0], row[1]} and other != r for a, b, other in result):
                self.fail("case.correlation.twice", where, first=row[0], second=row[1])
                continue
            result.append((str(row[0]), str(row[1]), float(r)))
        return tuple(result)

    def groups(self, rows: Any, entries: tuple[CaseEntry, ...]) -> tuple[tuple[str, ...], ...]:
        observed = {e.name for e in entries if e.distribution == "observations"}
        result: list[tuple[str, ...]] = []
        for position, row in enumerate(self.rows(rows, "observed_together", "[[input, other input, …], …]")):
            where, field_name = f"/input/observed_together/{position}", "observed_together"
            if not isinstance(row, list) or not row or not _all_of(row, observed):
                expected = "names of inputs with distribution «observations»"
                self.fail("case.field.wrong", where, field=field_name, expected=expected)
            elif len(set(row)) < len(row) or any(name in group for name in row for group in result):
                self.fail("case.field.wrong", where, field=field_name, expected="each input once, in one group")
            else:
                result.append(tuple(row))
        return tuple(result)

    def rows(self, value: Any, name: str, expected: str) -> list[Any]:
        """A list of rows; absent, there are none."""
        if value is None or isinstance(value, list):
            return value or []
        self.fail("case.field.wrong", f"/input/{name}", field=name, expected=expected)
        return []

    def truth(self, value: Any, name: str) -> bool:
        if value is not None and not isinstance(value, bool):
            self.fail("case.field.wrong", f"/input/{name}", field=name, expected="true or false")
        return value is True

    def want(self, value: Any) -> tuple[str, ...]:
        if value is None:
            return ("first_order",)
        if not isinstance(value, list) or not value or not all(v in WANTS for v in value):
            self.fail("case.field.wrong", "/input/want", field="want", expected=", ".join(WANTS))
            return ("first_order",)
        return tuple(value)

    def sampling(self, body: Mapping[str, Any]) -> Sampling:
        digits = body.get("digits")
        if digits is not None:
            digits = self.whole(digits, "/input/digits", 1, MOST_DIGITS)
        usual = TRIALS if digits is None else LEAST_TRIALS
        trials = self.whole(body.get("trials", usual), "/input/trials", LEAST_TRIALS, MOST_TRIALS)
        wanted = body.get("interval", INTERVALS[0])
        interval = next((kind for kind in INTERVALS if kind == wanted), None)
        if interval is None:
            self.fail("case.field.wrong", "/input/interval", field="interval", expected=", ".join(INTERVALS))
        seed = self.whole(body.get("seed", 0), "/input/seed", 0, 2**63 - 1)
        return Sampling(max(trials, usual), digits, interval or "symmetric", seed)

    def whole(self, value: Any, where: str, low: int, high: int) -> int:
        """A whole number from low to high; 1e6 is one."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            expected = f"a whole number from {low} to {high}"
            self.fail("case.field.wrong", where, field=where.rsplit("/", 1)[-1], expected=expected)
            return low
        return value

    def by_output(self, value: Any, outputs: tuple[str, ...], single: bool, name: str, kind: type) -> Mapping[str, Any]:
        if value is None:
            return {}
        if isinstance(value, kind):
            return dict.fromkeys(outputs, value)
        named = isinstance(value, dict) and not single and set(value) <= set(outputs)
        if named and all(isinstance(x, kind) for x in value.values()):
            return dict(value)
        self.fail("case.field.wrong", f"/input/{name}", field=name, expected="one value, or output → value")
        return {}

    def limits(self, value: Any, outputs: tuple[str, ...], single: bool) -> Mapping[str, Limits]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fail("case.field.wrong", "/input/limits", field="limits", expected="{lower, upper}")
            return {}
        if single or set(value) <= {"lower", "upper"}:
            one = self._limit(value, "/input/limits")
            return dict.fromkeys(outputs, one)
        result = {}
        for name, row in value.items():
            if name not in outputs or not isinstance(row, dict):
                self.fail("case.field.wrong", f"/input/limits/{name}", field="limits", expected="output → limits")
            else:
                result[name] = self._limit(row, f"/input/limits/{name}")
        return result

    def _limit(self, row: Mapping[str, Any], where: str) -> Limits:
        ends: dict[str, float | None] = {}
        for side in ("lower", "upper"):
            given = row.get(side)
            ends[side] = None if given is None else self.number(given, f"{where}/{side}", -math.inf, math.inf)
        if set(row) - {"lower", "upper"} or (ends["lower"] is None and ends["upper"] is None):
            self.fail("case.field.wrong", where, field="limits", expected="lower, upper or both")
        if ends["lower"] is not None and ends["upper"] is not None and ends["lower"] >= ends["upper"]:
            self.fail("case.limits.reversed", where, lower=ends["lower"], upper=ends["upper"])
        return Limits(ends["lower"], ends["upper"])

    def evaluation(self, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{32}", value):
            self.fail("case.field.wrong", "/input/evaluation", field="evaluation", expected="32 hexadecimal digits")
            return ""
        return value

    def bounds(self, value: Any) -> str:
        if value is not None and value not in BOUNDS:
            self.fail("case.field.wrong", "/input/bounds", field="bounds", expected=", ".join(BOUNDS))
        return value if value in BOUNDS else ""

    def day(self, value: Any) -> date | None:
        if value is None:
            return None
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail("case.field.wrong", "/input/day", field="day", expected="a date, YYYY-MM-DD")
            return None
