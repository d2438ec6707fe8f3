"""A report as a document and back: canonical JSON in columns, numbers as text that reads back to the same numbers."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from suyuan.comparison.advice import Advice
from suyuan.comparison.round.evaluation import Evaluation, Found
from suyuan.comparison.round.inputs import column, inputs_fields
from suyuan.comparison.round.protocol import ReferenceRule
from suyuan.comparison.round.report import OutcomeRow, Report
from suyuan.comparison.round.write import events_fields, protocol_fields
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding

REPORT = "comparison-report"
LARGEST = 200_000_000
"""Bytes of a report: 200 laboratories × 50 measurands by all methods with their submissions stay far below."""
JUDGED = ("d", "u_d", "U_d", "score", "zeta", "D_percent", "ratio")


def report_fields(report: Report) -> dict[str, Any]:
    """The fields of a report's document."""
    return {
        "suyuan": REPORT,
        "state": report.state,
        "number": report.number,
        "version": report.version,
        "issued": report.issued,
        "software": report.software,
        "blind": report.blind,
        "protocol": protocol_fields(report.protocol),
        "protocol_digest": report.protocol_digest,
        "events": events_fields(report.events),
        "measurands": [measurand_fields(e, report.protocol.reference) for e in report.evaluations],
        "outcomes": [outcome_fields(o) for o in report.outcomes],
        "findings": [finding_fields(f) for f in report.findings],
    }


def report_document(report: Report) -> bytes:
    """A report as its canonical document; its SHA-256 is what the events of a round name as a draft."""
    return canonical(report_fields(report))


def measurand_fields(e: Evaluation, rule: ReferenceRule) -> dict[str, Any]:
    """Inputs and evaluations of one measurand. Matrices between laboratories follow from x, u and covariance and are
    not written."""
    drift = e.travelled.drift
    return {
        "measurand": e.measurand.id,
        "inputs": inputs_fields(e.inputs),
        "digest": e.digest,
        "x": column(e.travelled.x),
        "u": column(e.travelled.u),
        "drift": None if drift is None else columns_of(drift),
        "methods": [method_fields(f, rule) | {"digest": e.digest} for f in e.methods],
        "refused": [
            {"method": method, "findings": [finding_fields(f) for f in why]} for method, why in e.refused.items()
        ],
        "advice": None if e.advice is None else advice_fields(e.advice),
        "linked": None if e.linked is None else columns_of(e.linked),
        "findings": [finding_fields(f) for f in e.findings],
    }


def advice_fields(advice: Advice) -> dict[str, Any]:
    """Which methods suit the results, and why."""
    return {
        "tests": [{"name": t.name, "statistic": number(t.statistic), "p": number(t.p)} for t in advice.tests],
        "suggestions": [
            {"method": s.method, "findings": [finding_fields(f) for f in s.reasons]} for s in advice.suggestions
        ],
        "findings": [finding_fields(f) for f in advice.cautions],
    }


def method_fields(f: Found, rule: ReferenceRule) -> dict[str, Any]:
    """What one method finds, with all that is needed to find it again."""
    c = f.consensus
    return {
        "method": f.method,
        "constants": rule.constants,
        "seed": rule.seed,
        "draws": rule.draws,
        "value": number(c.value),
        "u": number(c.u),
        "U": number(f.U),
        "tau": number(c.tau),
        "low": None if c.low is None else number(c.low),
        "high": None if c.high is None else number(c.high),
        "chi2": number(f.chi2),
        "dof": f.dof,
        "p": number(f.p),
        "weights": column(c.weights),
        "covariance": column(c.covariance),
        "further": [
            {"name": name, "values": column(np.asarray(v, float)), "shape": list(np.shape(v))}
            for name, v in c.further.items()
        ],
        **{key: column(getattr(f.judged, key)) for key in JUDGED},
        "verdict": list(f.judged.verdict),
        "why": list(f.judged.why),
        "left_value": None if f.left_value is None else column(f.left_value),
        "left_u": None if f.left_u is None else column(f.left_u),
        "findings": [finding_fields(x) for x in c.findings],
    }  # fmt: skip


def number(x: Any) -> float | None:
    """One number, None where it is none."""
    return column(np.asarray(x, float))[0]


def columns_of(value: Any) -> dict[str, Any]:
    """A dataclass of arrays, numbers and findings as fields."""
    fields: dict[str, Any] = {}
    for f in dataclasses.fields(value):
        held = getattr(value, f.name)
        if isinstance(held, np.ndarray):
            fields[f.name] = [column(row) for row in held] if held.ndim > 1 else column(held)
        elif isinstance(held, float | np.floating):
            fields[f.name] = number(held)
        elif f.name == "findings":
            fields[f.name] = [finding_fields(x) for x in held]
        else:
            fields[f.name] = held
    return fields


def outcome_fields(row: OutcomeRow) -> dict[str, Any]:
    """One outcome; `organisation` is the laboratory's name in its languages."""
    fields = {f.name: getattr(row, f.name) for f in dataclasses.fields(row)}
    fields["organisation"] = dict(fields.pop("laboratory"))
    fields["name"] = dict(row.name)
    fields["standards"] = [{"issuer": issuer, "number": n} for issuer, n in row.standards]
    return fields


def finding_fields(f: Finding) -> dict[str, Any]:
    """A finding without its sentences, which the table has."""
    return {"code": f.code, "where": f.where, "severity": f.severity, "parameters": dict(f.parameters), "rule": f.rule}
