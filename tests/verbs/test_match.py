"""A need against everything that is known on a day: what happens to a standard or a person changes the answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.capability.need import Need, Target
from suyuan.capability.uncertainty import RootSum, Uncertainty
from suyuan.capability.write import capability_row
from suyuan.certificate.certificate import Certificate
from suyuan.certificate.typed import read_typed
from suyuan.procedure.register import Register
from suyuan.quantity.unit import parse_unit
from suyuan.talent.records import Authorisation, AuthorisationEvent, CompetenceUnit, Person
from suyuan.traceability.evidence import Anchor, Evidence, Statement
from suyuan.verbs.matching.match import match_all, match_need, persons_on, supports_on
from suyuan.verbs.matching.written import match_json, register_of
from suyuan.verbs.snapshot import Documents, Snapshot, snapshot

MM, UM = parse_unit("mm"), parse_unit("um")
LAB, FIRM = {"zh": "演示长度实验室"}, {"zh": "演示轴承厂"}
NEED = Need("N", FIRM, "length", Interval(10.0, 100.0, MM), Target(0.06, UM))
HAS = Capability("C", LAB, "length", Interval(0.5, 100.0, MM), Uncertainty(RootSum(0.03, 0.0001), unit=UM),
                 standards=(("NIM", "W-1"),))  # fmt: skip


def certificate(number: str, *parents: str) -> Certificate:
    document = {
        "suyuan": "typed-certificate", "issuer": "NIM", "number": number, "act": "calibration", "ended": "2026-01-10",
        "issued": "2026-01-12", "valid_until": "2027-01-11", "item": {"name": {"zh": "量块"}},
        "equipment": [{"name": {"zh": "标准"}, "certificate": {"issuer": "NIM", "number": p}} for p in parents],
        "results": [{"name": {"en": "length"}, "value": ["10", "100"], "unit": "mm", "U": "0.00002", "k": "2"}],
    }  # fmt: skip
    found, _ = read_typed(json.dumps(document).encode())
    assert found is not None
    return found


EVIDENCE = Evidence(
    certificates=(certificate("R-1"), certificate("W-1", "R-1")),
    anchors=(Anchor("national_primary_standard", "NIM", "R-1", {"en": "primary"}, "KCDB"),),
)
PEOPLE: dict[str, Any] = {
    "person": tuple(Person(p, {"zh": p}, LAB, employed_from=date(2020, 1, 1)) for p in ("甲", "乙")),
    "competence_unit": (CompetenceUnit("U", {"zh": "量块"}, "perform", "length"),),
    "authorisation": tuple(
        Authorisation(f"A-{p}", p, "U", LAB, date(2026, 1, 1), date(2026, 1, 1), until, "主任")
        for p, until in (("甲", date(2026, 6, 30)), ("乙", date(2026, 12, 31)))
    ),
}


def at(day: str, has: Capability = HAS, evidence: Evidence = EVIDENCE, **rows: Any) -> Snapshot:
    whole = {"capability": (has,), "need": (NEED,), **rows}
    return snapshot(evidence, Documents((Register(LAB, "1", date(2026, 1, 15), whole),)), date.fromisoformat(day))


def test_the_last_day_of_a_certificate_is_the_last_day_of_the_match() -> None:
    assert match_need(at("2027-01-11"), NEED).verdict == "can"
    late = match_need(at("2027-01-12"), NEED)
    assert late.verdict == "not_accurate" and late.nearest is not None and late.nearest.failed == ("chain",)
    assert [route.kind for route in late.routes] == ["recalibrate", "challenge"]


def test_a_withdrawn_certificate_counts_from_the_day_it_is_known() -> None:
    said = Statement("withdrawn", "NIM", "W-1", date(2026, 3, 1), date(2026, 3, 5))
    evidence = replace(EVIDENCE, statements=(said,))
    assert match_need(at("2026-03-04", evidence=evidence), NEED).verdict == "can"
    assert match_need(at("2026-03-05", evidence=evidence), NEED).verdict == "not_accurate"


def test_without_its_standards_a_capability_is_stated_only() -> None:
    bare = replace(HAS, standards=())
    assert match_need(at("2026-03-01", bare), NEED).verdict == "not_accurate"
    found = match_need(at("2026-03-01", bare), NEED, "stated")
    assert found.verdict == "can" and found.single[0].gate("chain").findings[0].severity == "warning"


def test_who_is_authorised_on_the_day_counts() -> None:
    asks = replace(HAS, persons=2)
    assert persons_on(at("2026-06-30", asks, **PEOPLE)) == {asks.key: 2}
    assert match_need(at("2026-06-30", asks, **PEOPLE), NEED).verdict == "can"
    july = match_need(at("2026-07-01", asks, **PEOPLE), NEED)
    assert july.nearest is not None and july.nearest.failed == ("people",) and july.nearest.support.persons == 1
    assert [route.kind for route in july.routes] == ["authorise", "challenge"]
    stopped = AuthorisationEvent("E", "A-甲", "suspended", date(2026, 3, 1), "主任")
    march = at("2026-03-02", asks, **PEOPLE, authorisation_event=(stopped,))
    assert supports_on(march)[asks.key].persons == 1


def test_somebody_must_perform_and_somebody_must_sign() -> None:
    asks = replace(HAS, persons=1)
    signs = CompetenceUnit("S", {"zh": "量块签发"}, "sign", "length")
    units = {"competence_unit": (*PEOPLE["competence_unit"], signs)}
    without = at("2026-03-01", asks, **PEOPLE | units)
    assert persons_on(without) == {asks.key: 0} and supports_on(without)[asks.key].lacking == "sign"
    assert match_need(without, NEED).verdict == "not_accurate"
    granted = replace(PEOPLE["authorisation"][1], id="A-S", unit="S")
    both = at("2026-03-01", asks, **PEOPLE | units | {"authorisation": (*PEOPLE["authorisation"], granted)})
    assert persons_on(both) == {asks.key: 1} and match_need(both, NEED).verdict == "can"


def test_a_capability_that_promises_less_than_its_evidence_is_not_proven() -> None:
    better = replace(HAS, uncertainty=Uncertainty(RootSum(0.005, 0.0), unit=UM))  # its standard: 0.02 µm
    found = match_need(at("2026-03-01", better), NEED)
    assert found.verdict == "not_accurate" and not found.adequate
    assert found.nearest is not None and found.nearest.failed == ("uncertainty",)
    assert [route.kind for route in found.routes] == ["challenge"]


def test_nobody_known_is_not_nobody() -> None:
    asks = replace(HAS, persons=1)
    found = match_need(at("2026-03-01", asks), NEED)
    assert persons_on(at("2026-03-01", asks)) == {}
    assert found.nearest is not None and found.nearest.gate("people").state == "unknown"
    others = {**PEOPLE, "authorisation": tuple(replace(a, unit="V") for a in PEOPLE["authorisation"])}
    others["competence_unit"] = (CompetenceUnit("V", {"zh": "质量"}, "perform", "mass"),)
    assert persons_on(at("2026-03-01", asks, **others)) == {asks.key: 0}


def test_all_needs_at_once_are_each_by_itself() -> None:
    here = at("2026-03-01")
    assert [m.verdict for m in match_all(here)] == [match_need(here, NEED).verdict] == ["can"]


def test_a_match_is_plain_json_with_its_proof() -> None:
    zero = replace(NEED, interval=Interval(0.0, 100.0, MM), target=Target(1e-6))
    for need in (NEED, zero, replace(NEED, target=None)):
        plain = json.loads(json.dumps(match_json(match_need(at("2027-02-01"), need)), allow_nan=False))
        assert plain["verdict"] in ("not_accurate", "partly", "unknown") and len(plain["examined"][0]["gates"]) == 8
        assert all(f["zh"]["what"] and f["en"]["what"] for g in plain["examined"][0]["gates"] for f in g["findings"])


def test_a_confidential_need_is_told_by_its_verdict_only() -> None:
    plain = match_json(match_need(at("2026-03-01"), replace(NEED, confidential=True)))
    assert plain == {"need": {"id": "N", "quantity": "length"}, "verdict": "can"}


@pytest.mark.parametrize("shape", ["row", "rows", "register"])
def test_a_file_of_capabilities_in_three_shapes(shape: str) -> None:
    row = capability_row(HAS)
    document: dict[str, Any] = {
        "row": row, "rows": {"capabilities": [row]},
        "register": {"suyuan": "register", "organisation": LAB, "number": "1", "day": "2026-01-01",
                     "rows": {"capability": [row]}},
    }[shape]  # fmt: skip
    register, found = register_of(document, "capability", "2026-01-01")
    assert register is not None and register.rows["capability"] == (HAS,) and not found
