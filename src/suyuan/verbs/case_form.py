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
from suyuan.quantity.type_b import likely
from suyuan.verbs.document import number_in, pointed
from suyuan.verbs.document import parse_json as parse_json
from suyuan.verbs.series.summary_input import faults
from suyuan.verbs.wants import Reader, absent_or_wrong, missing

Interval = Literal["symmetric", "shortest"]
LEAST_DOF = 0.1
TRIALS, LEAST_TRIALS, MOST_TRIALS = 1_000_000, 1_000, 100_000_000
MOST_DIGITS = 2
WANTS = ("first_order", "second_order", "monte_carlo", "validation")
INTERVALS: tuple[Interval, ...] = ("symmetric", "shortest")
BOUNDS = ("larger", "independent", "together")
DISTRIBUTIONS = frozenset((*STATED, "observations", "certificate", "series"))
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
        raise Refused(absent_or_wrong(document, "input", "", "object"))
    body = {name: value for name, value in body.items() if value is not None}  # null is absent
    for name in sorted(set(body) - FIELDS):
        reader.warn("case.field.unknown", f"/input/{name}", field=name)
    entries = reader.entries(body)
    formula = body.get("model")
    if (isinstance(formula, dict) and not all(isinstance(v, str) for v in formula.values())) or not formula:
        formula = None
    if not isinstance(formula, str | dict):
        reader.add(absent_or_wrong(body, "model", "/input", "formula"))
        raise Refused(*reader.findings)
    definitions = body.get("definitions") or {}
    if not isinstance(definitions, dict) or not all(isinstance(v, str) for v in definitions.values()):
        reader.wrong("/input/definitions", "definitions", definitions)
        definitions = {}
    model, found = read_model(formula, definitions, [e.name for e in entries])
    reader.findings.extend(pointed(found, {e.name: e.where for e in entries}))
    outputs = tuple(name for name, _ in model.outputs) if model else ()
    single = isinstance(formula, str)
    columns = body.get("columns")
    if columns is not None and not isinstance(columns, dict):
        reader.wrong("/input/columns", "columns", columns)
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


def _all_of(row: Any, names: set[str]) -> bool:
    return all(isinstance(name, str) and name in names for name in row)


def _other(row: Any, names: set[str]) -> str:
    """The first in a row that is none of the names."""
    return next(str(name)[:60] for name in row if not (isinstance(name, str) and name in names))


class _Reader(Reader):
    """Collects findings while fields are read."""

    def number(self, value: Any, where: str, low: float, high: float) -> float:
        """A number strictly between low and high."""
        if not low < number_in(value) < high:
            want = "number" if math.isinf(high) else "number_between"
            self.wrong(where, want, value, low=f"{low:g}", high=f"{high:g}")
            return math.nan
        return float(value)

    def guard_factor(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 100.0:
            self.wrong("/input/guard_factor", "number_from_to", value, low=0, high=100)
            return 1.0
        return float(value)

    def entries(self, body: Mapping[str, Any]) -> tuple[CaseEntry, ...]:
        rows = body.get("inputs")
        if not isinstance(rows, list):
            self.add(absent_or_wrong(body, "inputs", "/input", "inputs"))
            return ()
        result = []
        for position, row in enumerate(rows):
            where = f"/input/inputs/{position}"
            if not isinstance(row, dict):
                self.wrong(where, "input", row)
                continue
            if not isinstance(row.get("name"), str) or not row["name"]:
                self.add(absent_or_wrong(row, "name", where, "text"))
                continue
            result.append(self._entry(row, where))
        return tuple(result)

    def _entry(self, row: Mapping[str, Any], where: str) -> CaseEntry:
        name, distribution, parameters = row["name"], row.get("distribution"), row.get("parameters")
        if not isinstance(distribution, str) or distribution not in DISTRIBUTIONS:
            if distribution is None:
                self.add(missing(f"{where}/distribution", "one_of", choices=", ".join(sorted(DISTRIBUTIONS))))
            else:
                near, known = likely(str(distribution), DISTRIBUTIONS), " ".join(sorted(DISTRIBUTIONS))
                place, given = f"{where}/distribution", str(distribution)[:60]
                self.fail("case.distribution.unknown", place, name=name, given=given, nearest=near, known=known)
        if not isinstance(parameters, dict):
            self.add(absent_or_wrong(row, "parameters", where, "object"))
            parameters = {}
        for field_name in sorted(set(row) - INPUT_FIELDS):
            self.warn("case.field.unknown", f"{where}/{field_name}", field=field_name)
        dof = row.get("dof")
        if dof is not None and not number_in(dof) >= LEAST_DOF:
            self.wrong(f"{where}/dof", "number_from", dof, low=LEAST_DOF)
            dof = None
        unit = row.get("unit")
        if unit is not None and not isinstance(unit, str):
            self.wrong(f"{where}/unit", "unit", unit)
        entry = CaseEntry(
            name, str(distribution), parameters, where, math.inf if dof is None else float(dof),
            unit if isinstance(unit, str) else None, _text(row.get("label")), str(row.get("source") or ""),
        )  # fmt: skip
        if distribution == "series":
            for fault in faults(parameters, f"{where}/parameters"):
                self.add(fault)
        return self._from_certificate(entry) if distribution == "certificate" else entry

    def _from_certificate(self, entry: CaseEntry) -> CaseEntry:
        p, where = entry.parameters, f"{entry.where}/parameters"
        for key in ("number", "place"):
            if not isinstance(p.get(key), str) or not p[key]:
                self.add(absent_or_wrong(p, key, where, "text"))
        index, at, digest = p.get("index"), p.get("at"), p.get("sha256") or ""
        if index is not None and (isinstance(index, bool) or not isinstance(index, int) or index < 0):
            self.wrong(f"{where}/index", "whole_from", index, low=0)
            index = None
        if at is not None and not math.isfinite(number_in(at)):
            self.wrong(f"{where}/at", "number", at)
            at = None
        if not isinstance(digest, str) or not re.fullmatch(r"(|[0-9a-fA-F]{64})", digest):
            self.wrong(f"{where}/sha256", "hexadecimal", digest, count=64)
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
        for position, row in enumerate(self.rows(rows, "correlations", "correlations")):
            where = f"/input/correlations/{position}"
            ok = isinstance(row, list | tuple) and len(row) == 3
            if ok and not _all_of(row[:2], names):
                self.wrong(where, "correlation_input", row, name=_other(row[:2], names))
                continue
            if not ok or row[0] == row[1]:
                self.wrong(where, "correlation", row)
                continue
            r = row[2]
            if isinstance(r, bool) or not isinstance(r, int | float) or not -1.0 <= r <= 1.0:
                self.wrong(where, "correlation_r", row)
                continue
            if any({a, b} == {row[0], row[1]} and other != r for a, b, other in result):
                self.fail("case.correlation.twice", where, first=row[0], second=row[1])
                continue
            result.append((str(row[0]), str(row[1]), float(r)))
        return tuple(result)

    def groups(self, rows: Any, entries: tuple[CaseEntry, ...]) -> tuple[tuple[str, ...], ...]:
        observed = {e.name for e in entries if e.distribution == "observations"}
        result: list[tuple[str, ...]] = []
        for position, row in enumerate(self.rows(rows, "observed_together", "together")):
            where = f"/input/observed_together/{position}"
            if not isinstance(row, list) or not row:
                self.wrong(where, "observed", row)
            elif not _all_of(row, observed):
                self.wrong(where, "observed_input", row, name=_other(row, observed))
            elif len(set(row)) < len(row) or any(name in group for name in row for group in result):
                self.wrong(where, "observed_once", row)
            else:
                result.append(tuple(row))
        return tuple(result)

    def rows(self, value: Any, name: str, want: str) -> list[Any]:
        """A list of rows; absent, there are none."""
        if value is None or isinstance(value, list):
            return value or []
        self.wrong(f"/input/{name}", want, value)
        return []

    def want(self, value: Any) -> tuple[str, ...]:
        if value is None:
            return ("first_order",)
        if not isinstance(value, list) or not value or not all(v in WANTS for v in value):
            self.wrong("/input/want", "some_of", value, choices=", ".join(WANTS))
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
            self.wrong("/input/interval", "one_of", wanted, choices=", ".join(INTERVALS))
        seed = self.whole(body.get("seed", 0), "/input/seed", 0, 2**63 - 1)
        return Sampling(max(trials, usual), digits, interval or "symmetric", seed)

    def by_output(self, value: Any, outputs: tuple[str, ...], single: bool, name: str, kind: type) -> Mapping[str, Any]:
        if value is None:
            return {}
        if isinstance(value, kind):
            return dict.fromkeys(outputs, value)
        named = isinstance(value, dict) and not single and set(value) <= set(outputs)
        if named and all(isinstance(x, kind) for x in value.values()):
            return dict(value)
        self.wrong(f"/input/{name}", "by_output", value, outputs=", ".join(outputs))
        return {}

    def limits(self, value: Any, outputs: tuple[str, ...], single: bool) -> Mapping[str, Limits]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.wrong("/input/limits", "limits", value)
            return {}
        if single or set(value) <= {"lower", "upper"}:
            one = self._limit(value, "/input/limits")
            return dict.fromkeys(outputs, one)
        result = {}
        for name, row in value.items():
            if name not in outputs or not isinstance(row, dict):
                self.wrong(f"/input/limits/{name}", "limits_by_output", row, outputs=", ".join(outputs))
            else:
                result[name] = self._limit(row, f"/input/limits/{name}")
        return result

    def _limit(self, row: Mapping[str, Any], where: str) -> Limits:
        ends: dict[str, float | None] = {}
        for side in ("lower", "upper"):
            given = row.get(side)
            ends[side] = None if given is None else self.number(given, f"{where}/{side}", -math.inf, math.inf)
        if set(row) - {"lower", "upper"} or (ends["lower"] is None and ends["upper"] is None):
            self.wrong(where, "limits", row)
        if ends["lower"] is not None and ends["upper"] is not None and ends["lower"] >= ends["upper"]:
            self.fail("case.limits.reversed", where, lower=ends["lower"], upper=ends["upper"])
        return Limits(ends["lower"], ends["upper"])

    def evaluation(self, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{32}", value):
            self.wrong("/input/evaluation", "hexadecimal", value, count=32)
            return ""
        return value

    def bounds(self, value: Any) -> str:
        if value is not None and value not in BOUNDS:
            self.wrong("/input/bounds", "one_of", value, choices=", ".join(BOUNDS))
        return value if value in BOUNDS else ""

    def day(self, value: Any) -> date | None:
        if value is None:
            return None
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.wrong("/input/day", "date", value)
            return None
