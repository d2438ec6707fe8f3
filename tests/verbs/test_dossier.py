"""A dossier and an annual report follow from what is known on a day; what ends is a finding the day after."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from suyuan.centre.dossier import computed
from suyuan.centre.dossier_checks import completeness
from suyuan.certificate.certificate import Certificate
from suyuan.certificate.typed import read_typed
from suyuan.procedure.matter import Event, Matter
from suyuan.report.service.annual import annual_document
from suyuan.report.service.dossier import dossier_document
from suyuan.traceability.evidence import Anchor, Evidence, Statement
from suyuan.verbs.centre.annual import year_on
from suyuan.verbs.centre.dossier import dossier_on
from suyuan.verbs.register.registers import read
from suyuan.verbs.snapshot import Documents, Snapshot, snapshot

DAY, LAB, SHA = date(2026, 6, 1), "演示长度所", "a" * 64


def certificate(number: str, parent: str = "", **more: Any) -> Certificate:
    used = [{"name": {"zh": "标准"}, "certificate": {"issuer": "NIM", "number": parent}}] if parent else []
    document = {
        "suyuan": "typed-certificate", "issuer": "NIM", "number": number, "act": "calibration", "ended": "2026-01-10",
        "issued": "2026-01-12", "valid_until": "2027-01-11", "equipment": used,
        "item": {"name": {"zh": "量块"}, "manufacturer": "M", "model": "K", "serial": number},
        "results": [{"name": {"en": "length"}, "value": ["10.00002", "100.00003"], "unit": "mm",
                     "U": ["0.00004", "0.00006"], "k": "2"}],
    } | more  # fmt: skip
    made, found = read_typed(json.dumps(document).encode())
    assert made is not None, [f.to_json() for f in found]
    return made


def rows() -> dict[str, list[dict[str, Any]]]:
    length = {"quantity": "length", "interval": {"low": "10", "high": "100", "unit": "mm"}}
    people = [("P1", "演示甲"), ("P2", "演示乙")]
    return {
        "centre": [{
            "id": "c", "name": {"zh": "演示中心", "en": "Demo Centre"}, "scope": "centre", "grade": "municipal",
            "host": {"zh": LAB}, "host_independent": True, "document": SHA, "laboratories": [LAB],
            "industry": "marine-power", "demand": ["N1", "N2"], "region": "310000",
        }],
        "capability": [{
            "id": "L1", **length, "uncertainty": {"form": "value", "U": "0.2", "unit": "um", "k": "2"},
            "method": "JJG 146-2011", "item": "gauge block", "persons": "2",
            "budget": [{"symbol": "s", "label": {"zh": "标准"}, "u": "0.1"}],
            "standards": [{"issuer": "NIM", "number": "W-1"}],
        }],
        "need": [
            {"id": n, **length, "target": {"U": U, "unit": "um", "k": "2"}, "organisation": {"zh": f"演示厂{n}"},
             "industry": "marine-power", "criticality": c}
            for n, U, c in (("N1", "0.5", "3"), ("N2", "0.05", "1"))
        ],
        "competence_unit": [{"id": "U1", "title": {"zh": "量块"}, "activity": "perform", **length,
                             "item": "gauge block", "method": "JJG 146-2011"}],
        "person": [{"id": id, "name": {"zh": name}} for id, name in people],
        "authorisation": [
            {"id": f"A{id}", "person": id, "unit": "U1", "granted": "2025-06-01", "valid_until": "2026-12-31",
             "by": "演示丙", "basis": ["E1"]}
            for id, _ in people
        ],
        "centre_record": [
            {"id": f"F{y}", "centre": "c", "kind": "fund_plan", "title": {"zh": "计划"}, "day": "2026-01-05",
             "value": "1000000", "unit": "元", "year": str(y), "group": "市财政", "document": SHA}
            for y in (2026, 2027, 2028)
        ],
    }  # fmt: skip


def known(day: date = DAY, statements: tuple[Statement, ...] = (), matters: tuple[Matter, ...] = ()) -> Snapshot:
    evidence = Evidence(
        certificates=(
            certificate("R-1", ended="2025-06-01", issued="2025-06-02", valid_until="2028-06-01"),
            certificate("W-1", "R-1"),
        ),
        anchors=(Anchor("national_primary_standard", "NIM", "R-1", {"en": "primary"}, "KCDB"),),
        statements=statements,
    )  # fmt: skip
    head = {"suyuan": "register", "organisation": {"zh": LAB}, "number": "1", "day": "2026-01-20"}
    register, found = read(json.dumps(head | {"rows": rows()}).encode())
    assert register is not None and not register.refused, [f.to_json() for f in found]
    return snapshot(evidence, Documents((register,), matters), day)


def life(*papers: str) -> Matter:
    content = {
        "documents": {name: f"{n:064x}" for n, name in enumerate(papers, 1)},
        "term": {"from": "2026-04-01", "until": "2028-03-31"},
        "milestones": [
            {"id": "M1", "title": {"zh": "建标"}, "start": "2026-05-01", "end": "2027-05-01", "owner": "甲"}
        ],
    }
    event = Event("applied", datetime(2026, 3, 1, 9, tzinfo=UTC), "演示甲", "host", content)
    return Matter("centre", "M1", {"zh": "演示"}, {"zh": LAB}, {"centre": "c"}, {}, (event,))


def codes(at: Snapshot) -> set[tuple[str, str]]:
    dossier = dossier_on(at, "c")
    assert dossier is not None
    return {(item.code, item.where) for item in completeness(dossier)}


def test_a_dossier_follows_from_the_registers_and_the_graph() -> None:
    dossier = dossier_on(known(), "c")
    assert dossier is not None
    (claim,) = dossier.capabilities
    assert claim.supported and claim.chain is True and claim.persons == ("P1", "P2") and claim.laboratory == LAB
    assert claim.uncertainty == "U=0.2 µm, k=2" and claim.interval == "10~100 mm"
    assert [(need.id, need.met) for need in dossier.needs] == [("N1", True), ("N2", False)]
    numbers = computed(dossier)
    assert numbers["coverage"].value == pytest.approx(75.0) and numbers["persons"].value == 2
    assert numbers["money_planned"].value == pytest.approx(300.0) and numbers["money_spent"].value is None
    assert numbers["standards"].value == 1
    assert all(address.partition(":")[0] in ("row", "document") for n in numbers.values() for address in n.evidence
               if n.name != "sources")  # fmt: skip


def test_what_is_missing_is_found_and_what_is_there_is_not() -> None:
    found = codes(known())
    assert ("dossier.document.missing", "document/application") in found
    assert ("dossier.enterprises.few", "needs") in found
    assert not {code for code, where in found if where.startswith(("capability/", "person/", "fund/"))}
    papers = ("demand_survey", "application", "task_book", "feasibility", "capability_plan", "funding_letter")
    assert not {c for c, where in codes(known(matters=(life(*papers),))) if where.startswith("document/")}


def test_an_expired_certificate_is_found_the_day_after() -> None:
    where = "capability/L1/certificate/W-1"
    assert ("dossier.capability.expired", where) not in codes(known(date(2027, 1, 11)))
    assert ("dossier.capability.expired", where) in codes(known(date(2027, 1, 12)))


def test_a_withdrawn_certificate_is_found_when_it_is_known() -> None:
    said = Statement("withdrawn", "NIM", "W-1", date(2026, 5, 1), known=date(2026, 5, 2))
    where = "capability/L1/certificate/W-1"
    assert ("dossier.capability.withdrawn", where) in codes(known(statements=(said,)))
    assert ("dossier.capability.withdrawn", where) not in codes(known(date(2026, 4, 30), statements=(said,)))


def test_a_lapsed_authorisation_is_found_the_day_after() -> None:
    before, after = codes(known(date(2026, 12, 31))), codes(known(date(2027, 1, 1)))
    assert ("dossier.person.lapsed", "person/P1") in after - before
    assert any(code.startswith("dossier.capability.persons") for code, _ in after - before)


def test_words_are_held_against_the_records() -> None:
    dossier = dossier_on(known(), "c", texts={"application": {"zh": "满足率 90 %，授权人员 2 人。"}})
    assert dossier is not None
    wrong = [dict(i.parameters) for i in completeness(dossier) if i.code == "dossier.number.disagrees"]
    assert [(w["given"], w["computed"]) for w in wrong] == [("90", "75")]


def test_term_and_milestones_come_from_the_life_cycle() -> None:
    dossier = dossier_on(known(matters=(life("application"),)), "c")
    assert dossier is not None
    assert dossier.term == (date(2026, 4, 1), date(2028, 3, 31))
    assert [(m.id, m.owner, m.end) for m in dossier.milestones] == [("M1", "甲", date(2027, 5, 1))]
    paper = dossier.paper("application")
    assert paper is not None and paper.signed == "演示甲" and paper.day == date(2026, 3, 1)


def test_documents_are_made_of_live_records() -> None:
    at = known(matters=(life("application", "task_book"),))
    dossier = dossier_on(at, "c")
    assert dossier is not None
    assert dossier_document(dossier) == dossier_document(replace(dossier))
    year = year_on(None, at, "c", 2026)
    assert year is not None and annual_document(year).number == "c-2026"
    assert dossier_on(at, "nobody") is None and year_on(None, at, "nobody", 2026) is None
