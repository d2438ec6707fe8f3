"""A guideline from its document, strictly: what would give two readers two scores is refused with its place.

{"suyuan": "guideline", "number": …, "version": "1", "title": {"zh": …}, "scope": "centre", "total": "100",
 "source": …, "status": "proposed", "documents": {"task_book": {"zh": …}},
 "limits": {"preparation_years": {"value": "3", "unit": "a", "source": …, "status": …}},
 "gates": [{"id": "G1", "title": …, "rule": {"measure": "count", "kind": "host"}, "least": "1", "source": …}],
 "conditions": [{"id": "A", "title": …, "weight": "20", "indicators": [
    {"id": "A1", "title": …, "weight": "5", "rule": {"measure": "share", "kind": "standard", "years": "3"},
     "unit": "1", "curve": [["0", "0"], ["1", "1"]], "evidence": …, "source": …, "status": "proposed"}]}]}
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, cast, get_args

from suyuan.centre.facts import KINDS
from suyuan.centre.guideline import Condition, Gate, Guideline, Indicator, Measure, Rule
from suyuan.centre.records import SCOPES
from suyuan.certificate.certificate import Text
from suyuan.quantity.fields import Fields, open_document
from suyuan.quantity.finding import Finding, errors
from suyuan.quantity.table import STATUSES

GUIDELINE = "guideline"
MEASURES: tuple[str, ...] = get_args(Measure)
SIGNED = ("sum", "median", "least", "ratio")
"""Measures whose value may lie below zero; the others count or share."""
_CLOSE = 1e-9


def read_guideline(document: bytes) -> tuple[Guideline | None, tuple[Finding, ...]]:
    """A guideline from its document, or None where it cannot be counted with; findings carry JSON pointers.

    Refused: weights that do not sum to what is stated, curves that do not ascend or leave 0…1, unknown measures and
    kinds of facts, a row called confirmed without a source, two rows of one id, an indicator without a rule.
    """
    root, found = open_document(document, GUIDELINE)
    if root is None:
        return None, tuple(found)
    source, status = _sourced(root)
    documents = {name: root_documents.names(name, required=True) for root_documents in _inner(root, "documents")
                 for name in root_documents.content}  # fmt: skip
    first, last = root.day("valid_from"), root.day("valid_until")
    if first is not None and last is not None and last < first:
        root.report("centre.guideline.period", "valid_until", first=first, last=last)
    gates = tuple(_gate(row, documents) for row in root.several("gates"))
    conditions = tuple(_condition(row) for row in root.several("conditions", required=True))
    value = Guideline(
        root.text("number", required=True), root.text("version", required=True), root.names("title", required=True),
        root.choice("scope", SCOPES), gates, conditions, root.text("procedure") or "centre", documents,
        _limits(root), first, last, source, status, hashlib.sha256(document).hexdigest(),
    )  # fmt: skip
    _once(root, "gates", [gate.id for gate in gates])
    _once(root, "conditions", [condition.id for condition in conditions])
    _once(root, "conditions", [indicator.id for condition in conditions for indicator in condition.indicators])
    _summed(root, "total", sum(i.weight for c in conditions for i in c.indicators))
    if not any(i.weight > 0 for c in conditions for i in c.indicators):
        root.report("centre.guideline.weightless", "conditions")
    root.close()
    return (None if errors(found) else value), tuple(found)


def _inner(row: Fields, key: str) -> tuple[Fields, ...]:
    inner = row.inner(key)
    return () if inner is None else (inner,)


def _sourced(row: Fields) -> tuple[str, str]:
    """Source and status of a row; what is called confirmed or recomputed must say where it can be read."""
    status, source = row.choice("status", sorted(STATUSES), "proposed"), row.text("source")
    if not source:
        firm = status in ("confirmed", "recomputed")
        row.report("centre.guideline.unsourced", "source", severity="error" if firm else "warning", status=status)
    return source, status


def _condition(row: Fields) -> Condition:
    indicators = tuple(_indicator(inner) for inner in row.several("indicators", required=True))
    _summed(row, "weight", sum(indicator.weight for indicator in indicators))
    value = Condition(row.text("id", required=True), row.names("title", required=True), indicators)
    row.close()
    return value


def _summed(row: Fields, key: str, weight: float) -> None:
    """The stated sum of weights, where one is stated."""
    stated = row.number(key)
    if stated is not None and not math.isclose(stated.value, weight, rel_tol=_CLOSE, abs_tol=_CLOSE):
        row.report("centre.guideline.weights", key, stated=stated.printed, weights=f"{weight:g}")


def _indicator(row: Fields) -> Indicator:
    weight = row.number("weight", required=True)
    if weight is not None and weight.value < 0:
        row.report("centre.guideline.weight_negative", "weight", given=weight.printed)
    judged = row.content.get("judged") is True
    row.asked.add("judged")
    rule = _rule(row)
    if judged == (rule is not None):
        row.report("centre.guideline.ruled", "rule", id=row.text("id"))
    source, status = _sourced(row)
    value = Indicator(
        row.text("id", required=True), row.names("title", required=True), 0.0 if weight is None else weight.value,
        rule, row.text("unit") or "1", _curve(row, needed=not judged), row.names("evidence"), judged, source, status,
    )  # fmt: skip
    row.close()
    return value


def _curve(row: Fields, needed: bool) -> tuple[tuple[float, float], ...]:
    given = row.content.get("curve")
    if not row.has("curve"):
        if needed:
            row.report("centre.guideline.curve_absent", "curve")
        return ()
    if not isinstance(given, list) or not all(isinstance(point, list) and len(point) == 2 for point in given):
        row.report("centre.guideline.curve_form", "curve")
        return ()
    points = []
    for place, pair in enumerate(given):
        x, y = (row.one_number(number, "curve", place, end) for end, number in enumerate(pair))
        if x is None or y is None:
            return ()
        if not 0.0 <= y.value <= 1.0:
            row.report("centre.guideline.curve_score", "curve", place, 1, given=y.printed)
        points.append((x.value, y.value))
    for place, (first, second) in enumerate(pairwise(points), start=1):
        if second[0] <= first[0]:
            row.report(
                "centre.guideline.curve_order", "curve", place, 0, before=f"{first[0]:g}", given=f"{second[0]:g}"
            )
    if len(points) < 2:
        row.report("centre.guideline.curve_absent", "curve")
    return tuple(points)


def _rule(row: Fields) -> Rule | None:
    inner = row.inner("rule")
    if inner is None:
        return None
    measure, kind = inner.choice("measure", MEASURES), inner.choice("kind", KINDS)
    against = inner.choice("against", KINDS) if inner.has("against") else ""
    if (measure == "ratio") != bool(against):
        inner.report("centre.guideline.against", "against", measure=measure)
    years = inner.number("years")
    if years is not None and years.value < 1 / 12:
        inner.report("centre.guideline.years", "years", given=years.printed)
    where = {key: text for place in _inner(inner, "where") for key in place.content if (text := place.text(key))}
    value = Rule(cast("Measure", measure), kind, against, 0.0 if years is None else years.value, where)
    inner.close()
    return value


def _gate(row: Fields, documents: Mapping[str, Text]) -> Gate:
    least, most, rule, name = row.number("least"), row.number("most"), _rule(row), row.text("document")
    if rule is not None and least is None and most is None:
        row.report("centre.guideline.gate_limit", "least")
    if least is not None and most is not None and least.value > most.value:
        row.report("centre.guideline.gate_order", "least", least=least.printed, most=most.printed)
    if rule is not None and most is None and least is not None and least.value <= 0 and rule.measure not in SIGNED:
        row.report("centre.guideline.gate_open", "least", least=least.printed)
    if name and name not in documents:
        row.report("centre.guideline.gate_document", "document", given=name, known=", ".join(documents) or "—")
    source, status = _sourced(row)
    value = Gate(
        row.text("id", required=True), row.names("title", required=True), rule,
        None if least is None else least.value, None if most is None else most.value, name, source, status,
    )  # fmt: skip
    row.close()
    return value


def _limits(root: Fields) -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for limits in _inner(root, "limits"):
        for name in limits.content:
            for row in _inner(limits, name):
                value, (source, status) = row.number("value", required=True), _sourced(row)
                unit = row.text("unit")
                row.close()
                found[name] = {
                    "value": None if value is None else value.value, "unit": unit, "source": source, "status": status,
                }  # fmt: skip
    return found


def _once(root: Fields, key: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for id in ids:
        if id and id in seen:
            root.report("centre.guideline.twice", key, id=id)
        seen.add(id)


# ---------------------------------------------------------------- back to a document


def guideline_document(guideline: Guideline) -> bytes:
    """The document of a guideline; read again it gives an equal one (but for the digest of other bytes)."""
    content = {
        "suyuan": GUIDELINE, "number": guideline.number, "version": guideline.version,
        "title": dict(guideline.title), "scope": guideline.scope, "procedure": guideline.procedure,
        "total": _shown(sum(i.weight for c in guideline.conditions for i in c.indicators)),
        "valid_from": guideline.valid_from and guideline.valid_from.isoformat(),
        "valid_until": guideline.valid_until and guideline.valid_until.isoformat(),
        "source": guideline.source, "status": guideline.status,
        "documents": {name: dict(title) for name, title in guideline.documents.items()},
        "limits": {
            name: {**limit, "value": None if limit["value"] is None else _shown(limit["value"])}
            for name, limit in guideline.limits.items()
        },
        "gates": [_gate_row(gate) for gate in guideline.gates],
        "conditions": [
            {
                "id": condition.id, "title": dict(condition.title),
                "weight": _shown(sum(i.weight for i in condition.indicators)),
                "indicators": [_indicator_row(indicator) for indicator in condition.indicators],
            }
            for condition in guideline.conditions
        ],
    }  # fmt: skip
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _shown(number: float) -> str:
    return repr(int(number)) if number == int(number) else repr(number)


def _rule_row(rule: Rule | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    row: dict[str, Any] = {"measure": rule.measure, "kind": rule.kind}
    if rule.against:
        row["against"] = rule.against
    if rule.years:
        row["years"] = _shown(rule.years)
    if rule.where:
        row["where"] = dict(rule.where)
    return row


def _gate_row(gate: Gate) -> dict[str, Any]:
    row = {
        "id": gate.id, "title": dict(gate.title), "rule": _rule_row(gate.rule),
        "least": None if gate.least is None else _shown(gate.least),
        "most": None if gate.most is None else _shown(gate.most),
        "document": gate.document or None, "source": gate.source, "status": gate.status,
    }  # fmt: skip
    return {key: value for key, value in row.items() if value is not None}


def _indicator_row(indicator: Indicator) -> dict[str, Any]:
    row = {
        "id": indicator.id, "title": dict(indicator.title), "weight": _shown(indicator.weight),
        "rule": _rule_row(indicator.rule), "unit": indicator.unit,
        "curve": [[_shown(x), _shown(y)] for x, y in indicator.curve] or None,
        "evidence": dict(indicator.evidence) or None, "judged": indicator.judged or None,
        "source": indicator.source, "status": indicator.status,
    }  # fmt: skip
    return {key: value for key, value in row.items() if value is not None}
