"""Facts of a centre from live evidence: an expired certificate changes gates and score; nothing declared counts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from suyuan.centre.commitments import Status, reply_of_2024
from suyuan.centre.compare_versions import compare
from suyuan.centre.dossier_checks import completeness
from suyuan.centre.facts import KINDS
from suyuan.centre.guideline import Guideline
from suyuan.centre.records import Commitment
from suyuan.centre.shipped import guideline
from suyuan.certificate.certificate import Certificate
from suyuan.certificate.typed import read_typed
from suyuan.procedure.conflict import About, Affiliation, Reviewer, barred, house_rules
from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.review import Criterion, Panel, Score
from suyuan.traceability.evidence import Anchor, Evidence, Outcome, Statement
from suyuan.verbs.centre.commitments import commitments
from suyuan.verbs.centre.dossier import dossier_on
from suyuan.verbs.centre.facts import all_facts, facts
from suyuan.verbs.centre.register_of_centres import directory, map_places, register_of_centres
from suyuan.verbs.centre.score import guideline_of, scorecard, scorecards, trend, versions_of
from suyuan.verbs.matter.centre_guards import GUARDS as CHECKS
from suyuan.verbs.matter.centre_guards import Asked, guards
from suyuan.verbs.register.registers import read
from suyuan.verbs.snapshot import Documents, Snapshot, snapshot

DAY = date(2026, 6, 1)
LAB, SHA = "演示长度所", "a" * 64


def draft(version: str) -> Guideline:
    made = guideline("DRAFT-CENTRE", version)
    assert made is not None
    return made


DRAFT = draft("1")


def certificate(number: str, parents: tuple[str, ...] = (), issuer: str = "NIM", **more: Any) -> Certificate:
    document = {
        "suyuan": "typed-certificate", "issuer": issuer, "number": number, "act": "calibration",
        "ended": "2026-01-10", "issued": "2026-01-12", "valid_until": "2027-01-11",
        "item": {"name": {"zh": "量块", "en": "gauge block"}, "manufacturer": "M", "model": "K", "serial": number},
        "equipment": [
            {"name": {"zh": "标准"}, "certificate": {"issuer": "NIM", "number": parent}} for parent in parents
        ],
        "results": [{"name": {"en": "length"}, "value": ["10.00002", "100.00003"], "unit": "mm",
                     "U": ["0.00004", "0.00008"], "k": "2"}],
    } | more  # fmt: skip
    made, found = read_typed(json.dumps(document).encode())
    assert made is not None, [f.to_json() for f in found]
    return made


def evidence() -> Evidence:
    """A declared anchor R-1, a working standard W-1 that rests on it, a customer's certificate that used W-1."""
    return Evidence(
        certificates=(
            certificate("R-1", ended="2025-06-01", issued="2025-06-02", valid_until="2028-06-01"),
            certificate("W-1", ("R-1",)),
            certificate("K-1", ("W-1",), LAB, ended="2026-02-01", issued="2026-02-02"),
        ),
        anchors=(Anchor("national_primary_standard", "NIM", "R-1", {"en": "primary"}, "KCDB"),),
        outcomes=(
            Outcome("CMP-1", "d" * 64, "m", {"zh": LAB}, "x", {"en": "length"}, "mm", date(2025, 3, 1), "satisfactory",
                    "E_n", 0.4, 10.0, 1e-4, 0.0, 1e-4, "length", "10 mm", (("NIM", "W-1"),)),
        ),
    )  # fmt: skip


def rows(**more: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    length = {"quantity": "length", "interval": {"low": "10", "high": "100", "unit": "mm"}}
    given: dict[str, list[dict[str, Any]]] = {
        "centre": [{
            "id": "c", "name": {"zh": "演示中心", "en": "demo centre"}, "scope": "centre", "grade": "municipal",
            "host": {"zh": LAB}, "host_independent": True, "document": SHA, "laboratories": [LAB],
            "industry": "marine-power", "demand": ["N1", "N2"], "region": "310000", "guideline": "DRAFT-CENTRE",
            "partners": ["演示工厂"],
        }],
        "capability": [{
            "id": "L1", **length, "uncertainty": {"form": "value", "U": "0.2", "unit": "um", "k": "2"},
            "standards": [{"issuer": "NIM", "number": "W-1"}],
        }],
        "need": [
            {"id": "N1", **length, "target": {"U": "0.5", "unit": "um"}, "criticality": "5"},
            {"id": "N2", **length, "target": {"U": "0.05", "unit": "um"}, "criticality": "1"},
        ],
        "centre_record": [
            {"id": "F1", "centre": "c", "kind": "fund_plan", "title": {"zh": "计划"}, "day": "2026-01-05",
             "value": "100", "unit": "万元", "year": "2026", "group": "city", "document": SHA},
            {"id": "F2", "centre": "c", "kind": "fund_actual", "title": {"zh": "实际"}, "day": "2026-01-05",
             "value": "90", "unit": "万元", "year": "2026", "group": "city"},
            {"id": "E1", "centre": "c", "kind": "environment", "title": {"zh": "温度"}, "day": "2026-01-15",
             "value": "20.3", "low": "19.8", "high": "20.2", "group": "L-1", "document": SHA},
            {"id": "T1", "centre": "c", "kind": "status", "title": {"zh": "成立"}, "day": "2021-07-01",
             "detail": {"state": "established", "source": "news A"}},
            {"id": "T2", "centre": "c", "kind": "status", "title": {"zh": "成立"}, "day": "2024-03-01",
             "detail": {"state": "established", "source": "news B"}},
        ],
    }  # fmt: skip
    return given | more


def known(day: date = DAY, matters: tuple[Matter, ...] = (), proof: Evidence | None = None, **more: Any) -> Snapshot:
    head = {"suyuan": "register", "organisation": {"zh": LAB}, "number": "1", "day": "2026-01-20"}
    register, found = read(json.dumps(head | {"rows": rows(**more)}).encode())
    assert register is not None and not register.refused, [f.to_json() for f in found]
    return snapshot(evidence() if proof is None else proof, Documents((register,), matters), day)


def told(at: Snapshot, kind: str) -> dict[str, bool | None]:
    return {fact.subject: fact.good for fact in facts(at, "c") if fact.kind == kind}


def test_facts_come_from_the_graph() -> None:
    at = known()
    assert told(at, "standard") == {"NIM W-1": True}
    assert set(told(at, "chain_link").values()) == {True} and len(told(at, "chain_link")) == 3
    assert told(at, "capability") == {"L1": True} and told(at, "capability_compared") == {"L1": True}
    assert told(at, "budget") == {"L1": False}
    assert told(at, "need") == {"N1": True, "N2": False}
    assert told(at, "comparison") == {"CMP-1 x": True}
    assert told(at, "scope") == {"marine-power": True} and told(at, "host") == {LAB: True}
    adequacy = [f.value for f in facts(at, "c") if f.kind == "adequacy"]
    assert adequacy == [pytest.approx(2.5)]
    assert {fact.kind for fact in all_facts(at)} <= set(KINDS)
    assert all(fact.evidence for fact in all_facts(at) if fact.good)


def test_a_withdrawn_standard_makes_its_links_bad_and_its_capability_unbacked() -> None:
    """The links counted agree with the table of standards, and no comparison backs what does not hold."""
    withdrawn = Statement("withdrawn", "NIM", "W-1", date(2026, 4, 1), date(2026, 4, 2))
    at = known(proof=replace(evidence(), statements=(withdrawn,)))
    assert told(at, "standard") == {"NIM W-1": False} and told(at, "capability") == {"L1": False}
    assert told(at, "chain_link") == {"NIM W-1": False, "NIM W-1 ← NIM R-1": False, "NIM R-1 ← NIM R-1": True}
    assert told(at, "capability_compared") == {"L1": False}


def test_an_expired_standard_is_no_valid_link() -> None:
    assert told(known(date(2027, 1, 12)), "chain_link")["NIM W-1"] is False
    assert told(known(date(2027, 1, 12)), "capability_compared") == {"L1": False}


def test_the_dossier_asks_for_as_many_firms_as_the_gate() -> None:
    gate = next(g for g in draft("2").gates if g.id == "G3")
    made = dossier_on(known(), "c")
    assert made is not None and made.enterprises_least == gate.least == 20.0
    few = next(f for f in completeness(made) if f.code == "dossier.enterprises.few")
    assert dict(few.parameters)["least"] == "20"


def test_an_expired_certificate_changes_capability_need_gate_and_score_together() -> None:
    before, after = known(date(2027, 1, 11)), known(date(2027, 1, 12))
    for kind in ("standard", "capability"):
        assert set(told(before, kind).values()) == {True} and set(told(after, kind).values()) == {False}
    assert told(after, "need") == {"N1": False, "N2": False}
    first, second = (scorecard(at, "c", DRAFT) for at in (before, after))
    gates = [{g.gate.id: g.passed for g in card.gates} for card in (first, second)]
    assert (gates[0]["G4"], gates[1]["G4"]) == (True, False) and (gates[0]["G5"], gates[1]["G5"]) == (True, False)
    assert second.high < first.high
    changed = {c.id for c in compare(first, second).changes if "value" in c.why}
    assert {"B1", "C1"} <= changed
    assert compare(first, second).change == pytest.approx(sum(c.change for c in compare(first, second).changes))


def test_a_renewed_certificate_heals_it_and_the_old_one_does_no_harm() -> None:
    item = {"name": {"zh": "量块"}, "manufacturer": "M", "model": "K", "serial": "W-1"}
    new = certificate("W-2", ("R-1",), item=item,
                      ended="2027-01-05", issued="2027-01-06", valid_until="2028-01-05")  # fmt: skip
    proof = evidence()
    grown = Evidence((*proof.certificates, new), anchors=proof.anchors, outcomes=proof.outcomes)
    assert told(known(date(2027, 2, 1), proof=grown), "standard") == {"NIM W-2": True}


def test_any_past_day_gives_the_same_card_again() -> None:
    day = date(2026, 2, 15)
    one, two = (scorecard(known(day), "c", DRAFT) for _ in range(2))
    assert one == two and one.provenance.inputs == two.provenance.inputs
    cards = trend([known(d) for d in (day, DAY, date(2027, 2, 1))], "c", DRAFT)
    assert [card.provenance.day for card in cards] == [day, DAY, date(2027, 2, 1)]
    early = known(date(2026, 1, 19))  # the register was delivered the day after
    assert facts(early, "c") == ()
    assert scorecard(early, "c", DRAFT).high == pytest.approx(100.0) and scorecard(early, "c", DRAFT).low == 0.0


def test_declared_is_shown_and_unknown() -> None:
    scored = scorecards(known(), DRAFT)
    card = scored.card("c")
    money = card.row("E2")
    assert money is not None and money.score_low < money.score_high
    actual = [f for f in scored.facts if f.kind == "fund_actual"]
    assert [f.origin for f in actual] == ["declared"]
    assert scored.opened("c", "E2")["unknown"] == tuple(actual)
    assert [f.code for f in scored.funds("c").warnings] == ["centre.funds.runway_unknown"]
    assert scored.opened("c", "B3")["bad"][0].subject == "L-1"


def test_the_address_of_a_comparison_bears_its_kind_once() -> None:
    of_a_report = Outcome("CMP-3", "comparison:CMP-3:1:ab", "L", {"zh": LAB}, "x", {}, "mm", date(2026, 4, 1),
                          "satisfactory", "E_n", 0.2, 10.0, 1e-4, 2e-5, 1e-4, "length", "10 mm")  # fmt: skip
    grown = Evidence(evidence().certificates, anchors=evidence().anchors, outcomes=(of_a_report,))
    addresses = {fact.evidence for fact in facts(known(proof=grown), "c") if fact.kind == "comparison"}
    assert addresses == {"comparison:CMP-3:1:ab:L:x"}


def test_a_contradicting_comparison_takes_the_capability() -> None:
    proof = evidence()
    failed = Outcome("CMP-2", "e" * 64, "m", {"zh": LAB}, "x", {}, "mm", date(2026, 4, 1), "unsatisfactory", "E_n",
                     3.0, 10.0, 1e-4, 3e-4, 1e-4, "length", "10 mm", (("NIM", "W-1"),))  # fmt: skip
    grown = Evidence(proof.certificates, anchors=proof.anchors, outcomes=(*proof.outcomes, failed))
    at = known(proof=grown)
    assert told(at, "capability") == {"L1": False} and told(at, "comparison")["CMP-2 x"] is False
    assert told(known(date(2026, 3, 1), proof=grown), "capability") == {"L1": True}


def test_a_comparison_is_known_from_its_report_on() -> None:
    proof = evidence()
    failed = replace(proof.outcomes[0], comparison="CMP-2", digest="e" * 64, measured=date(2026, 4, 1),
                     verdict="unsatisfactory", score=3.0, released=date(2026, 5, 10))  # fmt: skip
    grown = replace(proof, outcomes=(*proof.outcomes, failed))
    assert told(known(date(2026, 5, 9), proof=grown), "capability") == {"L1": True}
    assert told(known(date(2026, 5, 10), proof=grown), "capability") == {"L1": False}


def test_a_document_that_nobody_can_look_at_is_a_mere_word() -> None:
    at = known()
    empty = snapshot(at.evidence, replace(at.documents, held=frozenset()), at.day)
    there = snapshot(at.evidence, replace(at.documents, held=frozenset((SHA,))), at.day)
    kinds = ("host", "fund_plan", "environment")
    assert {f.origin for f in facts(empty, "c") if f.kind in kinds} == {"declared"}
    assert {f.origin for f in facts(there, "c") if f.kind in kinds} == {"recorded"}
    assert scorecards(empty, DRAFT).card("c").low < scorecards(there, DRAFT).card("c").low


# ---------------------------------------------------------------- reviews, guards, register, commitments


def event(act: str, day: str, content: dict[str, Any] | None = None, role: str = "host") -> Event:
    return Event(act, datetime.fromisoformat(day + "T09:00:00").replace(tzinfo=UTC), "x", role, content or {})


def cycle(*events: Event, name: str = "centre", number: str = "M1") -> Matter:
    roles = dict.fromkeys(("host", "bureau", "assessor", "reviewer", "authority"), ("x",))
    return Matter(name, number, {"zh": "演示"}, {"zh": LAB}, {"centre": "c"}, roles, events)


APPLIED = {"documents": {"application": SHA, "task_book": SHA, "feasibility": SHA}}


def test_reviewers_scores_and_conflicts_enter() -> None:
    second = draft("2")
    panel = Panel((Criterion("P1", {}, low=0.0, high=10.0),), ("甲", "乙", "丙"), ("c",))
    scores = [Score(who, "c", "P1", value) for who, value in (("甲", 6.0), ("乙", 8.0), ("丙", 7.0))]
    card = scorecard(known(), "c", second, [(panel, scores)])
    row = card.row("P1")
    assert row is not None
    assert row.low == pytest.approx(0.7) and row.spread == pytest.approx(0.1)
    assert card.spread == pytest.approx(0.6)
    assert {g.gate.id: g.passed for g in card.gates}["G7"] is True
    assert {g.gate.id: g.passed for g in scorecard(known(), "c", second).gates}["G7"] is None
    assert scorecard(known(), "c", second).row("P1").unknown  # type: ignore[union-attr]
    at = Asked(known(), cycle(), ((panel, scores),))
    assert CHECKS["review_done"](at) == ()
    few = Asked(known(), cycle(), ((panel, scores[:2]),))
    assert [f.code for f in CHECKS["review_done"](few) or ()] == ["centre.guard.reviewers_few"]
    own = Reviewer(("甲",), (Affiliation((LAB,)),))
    free = Reviewer(("乙",), (Affiliation(("演示大学",)),))
    assert CHECKS["reviewers_free"](Asked(known(), cycle(), (), (free,))) == ()
    assert CHECKS["reviewers_free"](Asked(known(), cycle(), (), (own, free)))
    assert CHECKS["reviewers_free"](Asked(known(), cycle())) is None


def test_scores_of_a_reviewer_in_conflict_never_enter() -> None:
    about = About("c", {"host": (LAB,)})
    reviewers = [Reviewer((who,), (Affiliation((LAB if who == "甲" else "演示大学",)),)) for who in "甲乙丙"]
    conflicts = barred(reviewers, [about], house_rules(), DAY)
    panel = Panel((Criterion("P1", {}, low=0.0, high=10.0),), tuple("甲乙丙"), ("c",), conflicts, competing=False)
    scores = [Score(who, "c", "P1", value) for who, value in (("甲", 10.0), ("乙", 5.0), ("丙", 6.0))]
    card = scorecard(known(), "c", draft("2"), [(panel, scores)])
    row = card.row("P1")
    assert row is not None and row.low == pytest.approx(0.55) and row.facts == 2
    assert {g.gate.id: g.passed for g in card.gates}["G7"] is False


def test_documents_of_the_dossier() -> None:
    assert told(known(), "document") == {}
    at = known(matters=(cycle(event("applied", "2026-03-01", {"documents": {"task_book": SHA}})),))
    draft = scorecard(at, "c", DRAFT)
    assert {g.gate.id: g.passed for g in draft.gates if g.gate.document} == {"G6": True, "G6b": False}
    whole = known(matters=(cycle(event("applied", "2026-03-01", APPLIED)),))
    assert all(g.passed for g in scorecard(whole, "c", DRAFT).gates if g.gate.document)


def test_guards_name_what_stands_against() -> None:
    found = guards(known(matters=(cycle(),)), cycle())
    assert found["centre_known"] == () and [f.code for f in found["survey_done"] or ()] == ["centre.guard.document"]
    codes = {dict(f.parameters)["id"]: f.code for f in found["gates_passed"] or ()}
    assert codes["G3"] == "centre.guard.gate_failed" and codes["G6"] == "centre.guard.gate_unknown"
    assert "G4" not in codes and "G7" not in codes  # the one is passed, the other is for the review
    assert len(found["dossier_complete"] or ()) == 2
    stranger = Matter("centre", "M2", {"zh": "演示"}, {"zh": LAB}, {"centre": "nobody"})
    assert [f.code for f in guards(known(), stranger)["centre_known"] or ()] == ["centre.guard.unknown_centre"]
    assert guards(known(), stranger)["gates_passed"] is None


def test_rectification_closes_only_with_evidence_for_each_finding() -> None:
    opened = event("opened", "2026-03-01", {"findings": ["a", "b"], "documents": {"finding_list": SHA}}, "assessor")
    half = event("submitted", "2026-04-01", {"closures": {"1": SHA}, "documents": {"closure_evidence": SHA}})
    case = cycle(opened, event("planned", "2026-03-05"), half, name="rectification", number="Z1")
    assert [f.code for f in CHECKS["evidence_shown"](Asked(known(), case)) or ()] == ["centre.guard.no_evidence"]
    at = known(matters=(case,))
    assert [f.code for f in CHECKS["findings_closed"](Asked(at, cycle())) or ()] == ["centre.guard.open"]
    full = event("submitted", "2026-04-01", {"closures": {"1": SHA, "2": SHA}})
    assert CHECKS["evidence_shown"](Asked(known(), cycle(opened, full, name="rectification"))) == ()
    closed = cycle(
        opened, full, event("closed", "2026-04-02", {"result": "closed"}, "assessor"), name="rectification", number="Z1"
    )
    assert CHECKS["findings_closed"](Asked(known(matters=(closed,)), cycle())) == ()
    way = (
        ("applied", "host"), ("recommended", "recommender"), ("review_opened", "bureau"),
        ("approved_to_prepare", "authority"), ("preparation_began", "host"), ("acceptance_requested", "host"),
        ("findings_raised", "reviewer"),
    )  # fmt: skip
    raised = cycle(*(event(act, "2026-05-01", role=role) for act, role in way))
    assert [f.code for f in CHECKS["findings_closed"](Asked(known(), raised)) or ()] == ["centre.guard.not_opened"]


def test_the_register_keeps_both_dates() -> None:
    entries = register_of_centres(known())
    assert [(e.state, e.day, e.source) for e in entries[0].events] == [
        ("established", date(2021, 7, 1), "news A"), ("established", date(2024, 3, 1), "news B"),
    ]  # fmt: skip
    assert entries[0].state == "established" and entries[0].since == date(2024, 3, 1)
    assert [f.code for f in entries[0].findings] == ["centre.register.differing"]
    assert set(directory(entries)["industry"]) == {"marine-power"}
    assert map_places(entries)[0].states == {"established": 1}
    lived = register_of_centres(known(matters=(cycle(event("taken_up", "2026-03-01", role="bureau")),)))
    assert (lived[0].state, lived[0].matter) == ("nurturing", "matter:centre/M1") and len(lived[0].events) == 3


def test_commitments_are_computed() -> None:
    def state(*evidence: str, due: date | None = None) -> Status:
        row = Commitment("k", "d", "1", {}, {}, due, evidence)
        return commitments(known(matters=(cycle(event("taken_up", "2026-03-01", role="bureau")),)), [row])[0].status

    assert state() == "no_evidence" and state("document:" + "0" * 64) == "no_evidence"
    assert state("document:" + SHA) == "done"
    assert state("fact:c/standard") == "done" and state("fact:c/standard#2") == "under_way"
    assert state("fact:c/fund_actual") == "no_evidence"  # only declared
    assert state("fact:*/standard", "matter:centre/*#operating") == "under_way"
    assert state("matter:centre/*#nurturing") == "done" and state("matter:centre/M9") == "no_evidence"
    assert state("matter:centre/M9", due=date(2026, 5, 31)) == "overdue"
    assert state("fact:c/standard", due=date(2026, 5, 31)) == "done"
    assert state("scope:centre#established") == "done" and state("scope:carbon_centre#nurturing") == "no_evidence"
    assert state("row:need/N1") == "done" and state("row:centre_record/F2") == "under_way"
    assert {p.status for p in commitments(known(), reply_of_2024())} >= {"done", "no_evidence"}


def test_guidelines_are_found_by_number_scope_and_day() -> None:
    at = known()
    row = at.rows("centre")[0]
    assert guideline_of(at, row) == versions_of(at, "DRAFT-CENTRE")[-1]
    assert guideline_of(at, row, "1") == DRAFT
    assert [g.version for g in versions_of(at, "DRAFT-CENTRE")] == ["1", "2"]


def test_money_in_different_units_is_added_in_one() -> None:
    head = {"centre": "c", "kind": "fund_actual", "title": {"zh": "实际"}, "day": "2026-01-05", "year": "2025",
            "group": "city", "document": SHA}  # fmt: skip
    given = (("60", "万元"), ("500000", "元"))
    scored = scorecards(
        known(centre_record=[head | {"id": f"M{n}", "value": v, "unit": u} for n, (v, u) in enumerate(given)]), DRAFT
    )
    assert [(y.year, y.actual) for y in scored.funds("c").years] == [(2025, 110.0)]
    bare = [head | {"id": "M", "value": "50"}]
    unsure = scorecards(known(centre_record=bare), DRAFT).funds("c")
    assert [y.actual for y in unsure.years] == [None] and unsure.warnings[0].code == "centre.funds.amount"


def test_what_centres_share_counts_once_in_a_commitment() -> None:
    base = rows()["centre"][0]
    twins = [base, base | {"id": "c2", "demand": []}]
    row = Commitment("k", "d", "1", {}, {}, None, ("fact:*/standard#2",))
    shown = commitments(known(centre=twins), [row])[0].shown[0]
    assert shown.state == "partial" and shown.text is not None and shown.text["en"] == "1 found, 2 wanted"


def test_money_of_a_year_to_come_is_not_spent() -> None:
    paid = {"id": "F9", "centre": "c", "kind": "fund_actual", "title": {"zh": "实际"}, "day": "2026-01-05",
            "value": "90", "unit": "万元", "year": "2026", "group": "city", "document": SHA}  # fmt: skip
    kept = known(centre_record=[paid]).documents.registers[0]
    for year, counts in ((2026, True), (2030, False)):
        row = replace(kept.rows["centre_record"][0], year=year)
        delivered = replace(kept, rows={**kept.rows, "centre_record": (row,)})
        kinds = {f.kind for f in all_facts(snapshot(evidence(), Documents((delivered,)), DAY))}
        assert ("fund_actual" in kinds) is counts
