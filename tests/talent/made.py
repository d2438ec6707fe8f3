"""Small registers for the tests: one laboratory, its people, what they were granted."""

from __future__ import annotations

from datetime import date
from typing import Any

from suyuan.capability.interval import Interval
from suyuan.quantity.unit import parse_unit
from suyuan.talent.joined import Records, join
from suyuan.talent.records import (
    Authorisation,
    AuthorisationEvent,
    CompetenceUnit,
    EvidenceItem,
    Person,
    Requirement,
)
from suyuan.traceability.evidence import Outcome

LAB = {"zh": "演示甲所", "en": "Demo Lab A"}
OTHER = {"zh": "演示乙所", "en": "Demo Lab B"}
DAY = date(2026, 6, 1)
KINDS: dict[type, str] = {
    Person: "person",
    CompetenceUnit: "competence_unit",
    Requirement: "requirement",
    EvidenceItem: "evidence",
    Authorisation: "authorisation",
    AuthorisationEvent: "authorisation_event",
}


def records(*values: Any, outcomes: tuple[Outcome, ...] = (), owner: str = "演示甲所") -> Records:
    """Records of one register; a pair (owner, value) belongs to another one."""
    rows: dict[str, list[tuple[str, Any]]] = {}
    for value in values:
        held = value if isinstance(value, tuple) else (owner, value)
        rows.setdefault(KINDS[type(held[1])], []).append(held)
    return join(rows, outcomes)


def person(id: str = "P-1", name: str = "演示甲", organisation: dict[str, str] = LAB, **more: Any) -> Person:
    return Person(id, {"zh": name, "en": f"Demo {name}"}, organisation, **more)


def unit(id: str = "U-1", quantity: str = "length", activity: Any = "sign", **more: Any) -> CompetenceUnit:
    given = {"item": "gauge block", "method": "JJG 146", "edition": "2011", "interval": interval(0.5, 100.0, "mm")}
    return CompetenceUnit(id, {"zh": f"单元 {id}", "en": f"unit {id}"}, activity, quantity, **{**given, **more})


def interval(low: float, high: float, unit: str) -> Interval:
    return Interval(low, high, parse_unit(unit))


def granted(id: str = "A-1", person: str = "P-1", unit: str = "U-1", **more: Any) -> Authorisation:
    given: dict[str, Any] = {
        "laboratory": LAB, "granted": date(2025, 1, 10), "valid_from": date(2025, 1, 10),
        "valid_until": date(2027, 1, 9), "by": "P-9", "edition": "2011",
    }  # fmt: skip
    return Authorisation(id, person, unit, **{**given, **more})


def shown(id: str = "E-1", kind: Any = "training", day: date = date(2025, 1, 5), **more: Any) -> EvidenceItem:
    return EvidenceItem(id, more.pop("person", "P-1"), kind, day, **more)


def event(kind: Any, day: date, id: str = "X-1", authorisation: str = "A-1", **more: Any) -> AuthorisationEvent:
    return AuthorisationEvent(id, authorisation, kind, day, "P-9", {"zh": "原因", "en": "reason"}, **more)


def outcome(verdict: Any, measured: date, person: str = "P-1", **more: Any) -> Outcome:
    given: dict[str, Any] = {
        "comparison": "演示比对-1", "digest": f"comparison:{measured}:{verdict}", "member": "L1", "laboratory": LAB,
        "measurand": "gb50", "name": {"zh": "50 mm 量块"}, "unit": "µm", "measured": measured, "verdict": verdict,
        "score_name": "En", "score": 0.4 if verdict == "satisfactory" else 1.6, "value": 0.1, "U": 0.05, "d": 0.1,
        "U_d": 0.08, "quantity": "length", "nominal": "50 mm", "measured_by": person,
    }  # fmt: skip
    return Outcome(**{**given, **more})
