"""A centre's life played through the doors of the house: every guard asked of live evidence, nothing waved through."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from suyuan.capability.capability import Term
from suyuan.capability.interval import Interval
from suyuan.centre.records import Centre, CentreRecord
from suyuan.centre.shipped import guideline
from suyuan.procedure.matter import Event, Matter
from suyuan.quantity.unit import parse_unit
from suyuan.talent.base import Course, TrainingBase
from suyuan.talent.records import Authorisation, AuthorisationEvent, CompetenceUnit, EvidenceItem, Person
from suyuan.traceability.evidence import Statement
from suyuan.verbs.centre.facts import facts
from suyuan.verbs.centre.score import reviews_of, scorecard
from suyuan.verbs.matter.matters import outlook, procedure_named
from suyuan.verbs.snapshot import Documents, snapshot
from tests.capability.service import BIDDER, SHA, World, at, capability, documents, need, person, traced

CYCLE, PANEL = ("centre", "M-1"), ("panel", "P-1")
BUREAU, HOST, AUTHORITY, CITY = ("b", "bureau"), ("h", "host"), ("a", "authority"), ("r", "recommender")
ROLES: Any = {"bureau": ("b",), "host": ("h",), "authority": ("a",), "recommender": ("r",), "reviewer": ()}
FREE, OWN, HOUSE = ("赵", "钱", "孙"), "李", "演示评审院"
APPLIED = documents("application", "task_book", "feasibility")
CENTRE = Centre("c", {"zh": "演示中心"}, "centre", "municipal", {"zh": BIDDER}, True, (BIDDER,), "marine-power",
                document=SHA, demand=("N-1",), guideline="DRAFT-CENTRE")  # fmt: skip


def record(id: str, kind: Any, day: str, **more: Any) -> CentreRecord:
    return CentreRecord(id, "c", kind, {"zh": id}, date.fromisoformat(day), document=SHA, **more)


@pytest.fixture
def world() -> World:
    """A host with a traceable capability, a demand list of ten firms, reviewers of another house and one of its own."""
    made = World()
    traced(made)
    budget = (Term("s", {"zh": "标准"}, 0.05),)
    wanted = [replace(need(f"N-{n}"), organisation={"zh": f"演示企业{n}"}) for n in range(1, 11)]
    made.register("2026-11-02", BIDDER, capability=[replace(capability(), budget=budget)], person=[person(OWN, BIDDER)])
    made.register("2026-02-01", "演示局", need=wanted, centre=[replace(CENTRE, demand=tuple(n.id for n in wanted))])
    made.register("2026-02-01", HOUSE, person=[person(name, HOUSE) for name in FREE])
    made.open(*CYCLE, BIDDER, {"centre": "c", "guideline_version": "1", "links": {"panel": "P-1"}}, **ROLES)
    return made


def test_taken_up_only_with_a_survey(world: World) -> None:
    given: dict[str, Any] = {"mentor": "m", "documents": documents("demand_survey")}
    assert "centre.guard.document" in world.refused(CYCLE, "taken_up", "2026-03-01", *BUREAU, **given)
    world.register("2026-03-02", "演示局", centre_record=[record("S", "survey", "2026-03-02")])
    assert world.step(CYCLE, "taken_up", "2026-03-03", *BUREAU, **given).state.name == "nurturing"


def test_applies_only_while_every_gate_is_passed(world: World) -> None:
    short = documents("application", "task_book")
    assert world.refused(CYCLE, "applied", "2026-12-01", *HOST, documents=short)[0] == "procedure.step.document"
    withdrawn = Statement("withdrawn", "NIM", "R-1", date(2026, 11, 20), date(2026, 11, 20))
    sound, world.evidence = world.evidence, replace(world.evidence, statements=(withdrawn,))
    assert "centre.guard.gate_failed" in world.refused(CYCLE, "applied", "2026-12-01", *HOST, documents=APPLIED)
    world.evidence = sound
    assert world.step(CYCLE, "applied", "2026-12-01", *HOST, documents=APPLIED).state.name == "applied"


def test_what_a_step_brings_is_not_asked_for_before(world: World) -> None:
    at_ = world.known("2026-12-01")
    found = outlook(at_, world.matters[CYCLE], at("2026-12-01"))["applied"]
    for guard in ("gates_passed", "dossier_complete"):
        told = {str(dict(item.parameters).get("title_zh")) + item.where for item in found[guard] or ()}
        assert not any("任务书" in one or "可行性" in one or "申报书" in one for one in told), guard


def to_review(world: World) -> None:
    world.step(CYCLE, "applied", "2026-12-01", *HOST, documents=APPLIED)
    world.step(CYCLE, "recommended", "2026-12-02", *CITY, documents=documents("recommendation_letter"))


def test_nobody_judges_their_own_house(world: World) -> None:
    to_review(world)
    with_own: dict[str, Any] = {"roles": {"reviewer": [*FREE[:2], OWN]}}
    assert "procedure.conflict.found" in world.refused(CYCLE, "review_opened", "2026-12-03", *AUTHORITY, **with_own)
    free: dict[str, Any] = {"roles": {"reviewer": list(FREE)}}
    assert world.step(CYCLE, "review_opened", "2026-12-03", *AUTHORITY, **free).state.name == "under_review"


def reviewed(world: World, scorers: int = 3) -> None:
    """A panel whose scores are closed."""
    to_review(world)
    world.step(CYCLE, "review_opened", "2026-12-03", *AUTHORITY, roles={"reviewer": list(FREE)})
    fields = {
        "subjects": ["c"],
        "criteria": [{"id": "P1", "title": {"zh": "定位"}, "low": "0", "high": "10", "weight": "1"}],
    }
    panel = Matter(
        *PANEL, {"zh": "评审"}, {"zh": "演示局"}, fields, {"reviewer": FREE, "secretary": ("b",), "chair": ("k",)}
    )
    scored = [
        Event("scored", at(f"2026-12-0{6 + n}"), who, "reviewer", {"scores": {"c": {"P1": str(6 + n)}}})
        for n, who in enumerate(FREE[:scorers])
    ]
    acts = [Event("named", at("2026-12-04"), "b", "secretary", {"roles": {"reviewer": list(FREE)}}),
            Event("opened", at("2026-12-05"), "b", "secretary", {"documents": documents("material")}),
            *scored]  # fmt: skip
    opinion = {"documents": documents("opinion"), "conclusion": "x"}
    world.matters[PANEL] = replace(panel, events=(
        *acts, Event("closed", at("2026-12-10"), "b", "secretary"),
        Event("concluded", at("2026-12-11"), "k", "chair", opinion),
    ))  # fmt: skip


def test_scores_of_a_concluded_panel_enter_and_only_then(world: World) -> None:
    reviewed(world)
    second = guideline("DRAFT-CENTRE", "2")
    assert second is not None
    assert reviews_of(world.known("2026-12-10")) == (), "closed, but no opinion yet"
    row = scorecard(world.known("2026-12-11"), "c", second).row("P1")
    assert row is not None and row.low == pytest.approx(0.7) and row.spread == pytest.approx(0.1)
    before = scorecard(world.known("2026-12-09"), "c", second).row("P1")
    assert before is not None and before.unknown


def test_approval_asks_for_three_scorings(world: World) -> None:
    reviewed(world, scorers=2)
    given: dict[str, Any] = {"term": "3 a", "documents": documents("panel_opinion", "approval_letter")}
    told = world.refused(CYCLE, "approved_to_prepare", "2026-12-12", *AUTHORITY, **given)
    assert "centre.guard.reviewers_few" in told
    world.matters.pop(CYCLE), world.matters.pop(PANEL)
    world.open(*CYCLE, BIDDER, {"centre": "c", "guideline_version": "1", "links": {"panel": "P-1"}}, **ROLES)
    reviewed(world)
    assert (
        world.step(CYCLE, "approved_to_prepare", "2026-12-12", *AUTHORITY, **given).state.name == "approved_to_prepare"
    )


def test_scores_of_a_panel_without_an_opinion_approve_nothing(world: World) -> None:
    reviewed(world)
    given: dict[str, Any] = {"term": "3 a", "documents": documents("panel_opinion", "approval_letter")}
    told = outlook(world.known("2026-12-10"), world.matters[CYCLE], at("2026-12-10"))["approved_to_prepare"]
    assert told["review_done"] is None, "closed, but no opinion yet: nobody can say"
    assert world.refused(CYCLE, "approved_to_prepare", "2026-12-10", *AUTHORITY, **given)
    assert world.step(CYCLE, "approved_to_prepare", "2026-12-12", *AUTHORITY, **given).state.name


def test_from_preparation_to_operation(world: World) -> None:
    reviewed(world)
    letter: dict[str, Any] = {"documents": documents("panel_opinion", "approval_letter"), "term": "3 a"}
    world.step(CYCLE, "approved_to_prepare", "2026-12-12", *AUTHORITY, **letter)
    given: dict[str, Any] = {"documents": documents("task_book", "funding_letter")}
    assert "centre.guard.funds" in world.refused(CYCLE, "preparation_began", "2026-12-13", *HOST, **given)
    plan = record("F", "fund_plan", "2026-12-13", value=100.0, unit="万元", year=2027, group="city")
    world.register("2026-12-14", "演示局", centre_record=[plan])
    world.step(CYCLE, "preparation_began", "2026-12-15", *HOST, **given)
    asked: dict[str, Any] = {"documents": documents("self_assessment")}
    assert "centre.guard.score" in world.refused(CYCLE, "acceptance_requested", "2026-12-16", *HOST, **asked)
    assert "procedure.step.order" in world.refused(CYCLE, "began_to_operate", "2026-12-16", *HOST, published="x")


# ---------------------------------------------------------------- facts of registers and matters


def told(world: World, kind: str, day: str = "2026-12-01") -> dict[str, tuple[bool | None, float | None]]:
    return {f.subject: (f.good, f.value) for f in facts(world.known(day), "c") if f.kind == kind}


def test_people_are_counted_by_what_holds_on_the_day(world: World) -> None:
    unit = CompetenceUnit("U", {"zh": "量块"}, "perform", "length")
    signing = CompetenceUnit("S", {"zh": "量块签字"}, "sign", "length")
    long = CompetenceUnit("L", {"zh": "长尺"}, "perform", "length", interval=Interval(5.0, 50.0, parse_unit("m")))
    teaching = CompetenceUnit("T", {"zh": "授课"}, "teach", "length")
    staff = [Person(id, {"zh": id}, {"zh": BIDDER}, leader=id == "p", employed_from=date(2020, 1, 1)) for id in "pqx"]
    begin = date(2026, 1, 1)
    granted = [
        Authorisation(f"A-{who}-{of}", who, of, {"zh": BIDDER}, begin, begin, date(2027, 1, 1), "z")
        for who in "pq" for of in "UTS"
    ]  # fmt: skip
    granted.append(Authorisation("A-x-L", "x", "L", {"zh": BIDDER}, begin, begin, date(2027, 1, 1), "z"))
    stops = [AuthorisationEvent(f"E-{of}", f"A-q-{of}", "suspended", date(2026, 10, 1), "z") for of in "US"]
    proof = [
        EvidenceItem("V1", "p", "training", date(2026, 5, 1), document=SHA),
        EvidenceItem("V2", "q", "contest", date(2026, 5, 1)),
    ]
    units = [unit, teaching, signing, long]
    world.register("2026-02-01", BIDDER, person=staff, competence_unit=units, authorisation=granted,
                   authorisation_event=stops, evidence=proof)  # fmt: skip
    # two units and two authorisations of a person for one key parameter are one person; metres do not speak for 0.1 mm
    two, one = (True, 2.0), (False, 1.0)
    clearances = ("mp-bearing-clearance", "mp-gap-sag")
    assert told(world, "parameter_persons", "2026-09-30") == dict.fromkeys(clearances, two)
    assert told(world, "parameter_persons", "2026-10-01") == dict.fromkeys(clearances, one)
    assert told(world, "person") == {"p": (True, None), "q": (True, None), "x": (True, None)}  # q may still teach
    origins = {f.subject: f.origin for f in facts(world.known("2026-12-01"), "c") if f.kind == "training"}
    assert origins == {"p": "recorded", "q": "declared"}
    assert told(world, "leader") == {"p": (None, None)}  # nobody saw a project
    world.open("research", "R-1", BIDDER, {}, leader=("p",))
    world.matters["research", "R-1"] = replace(
        world.matters["research", "R-1"], events=(Event("proposed", at("2026-03-01"), "p", "leader"),)
    )
    assert told(world, "leader") == {"p": (True, None)}


def grown(
    world: World,
    procedure: str,
    number: str,
    owner: str,
    fields: dict[str, Any],
    *steps: tuple[str, str, dict[str, Any]],
) -> None:
    """A matter with its events, each in the first role that may take the step."""
    law = procedure_named(procedure)
    made = [Event(act, at(day), "x", step.actors[0], content) for act, day, content in steps if (step := law.step(act))]
    assert len(made) == len(steps)
    world.matters[procedure, number] = Matter(procedure, number, {"zh": number}, {"zh": owner}, fields, {}, tuple(made))


ORDERED: Any = (("asked", "2026-02-01", {}), ("offered", "2026-02-02", {}), ("accepted", "2026-02-03", {}))
SENT: Any = (*ORDERED, ("received", "2026-03-01", {}), ("measured", "2026-03-05", {}), ("certified", "2026-03-11", {}))
RUN: Any = (("proposed", "2026-03-01", {}), ("approved", "2026-03-02", {}), ("started", "2026-03-03", {}))


def test_orders(world: World) -> None:
    grown(world, "order", "O-1", "演示企业1", {"provider": BIDDER}, *SENT)
    grown(world, "order", "O-2", BIDDER, {"provider": BIDDER}, *SENT)
    grown(world, "order", "O-3", "演示企业1", {"provider": "演示研究院"}, *SENT)
    grown(world, "order", "O-4", "演示企业1", {"provider": BIDDER}, *SENT[:4])
    grown(world, "order", "O-5", "演示企业1", {"provider": BIDDER}, *SENT[:2], SENT[-1])  # out of order
    assert told(world, "order") == {"O-1": (True, 10.0), "O-2": (False, 10.0)}


def project(world: World, number: str, shown: dict[str, Any], *results: tuple[str, str, dict[str, Any]]) -> None:
    ended: Any = (("delivered", "2026-04-20", {}), ("accepted", "2026-05-01", {}), ("gap_shown", "2026-06-01", shown))
    grown(world, "research", number, BIDDER, {}, *RUN, *results, *ended)


def test_results_and_gaps(world: World) -> None:
    both: dict[str, Any] = {"documents": documents("evidence_before", "evidence_after")}
    device = {"result_kind": "device", "result_name": "干涉仪"}
    found = (("result", "2026-04-01", device), ("result", "2026-04-02", {"result_kind": "specification"}))
    project(world, "R-1", both | {"verdict_before": "cannot", "verdict_after": "can"}, *found)
    project(world, "R-2", {"verdict_after": "can"})
    project(world, "R-3", both | {"verdict_after": "not_accurate"})
    grown(world, "research", "R-4", BIDDER, {}, RUN[0], ("gap_shown", "2026-06-01", both | {"verdict_after": "can"}))
    assert told(world, "gap_closed") == {"R-1": (True, 2026.0), "R-2": (None, 2026.0), "R-3": (False, 2026.0)}
    assert told(world, "novelty") == {"R-1.1": (True, None)}
    assert told(world, "novelty", "2026-04-30") == {}  # not before it was accepted
    drafted: Any = (("registered", "2026-03-01", {}), ("drafted", "2026-04-01", {}), ("submitted", "2026-05-01", {}))
    done: Any = (("approved", "2026-06-01", {}), ("published", "2026-09-01", {}))
    grown(world, "conversion", "V-1", BIDDER, {}, *drafted, *done)
    grown(world, "conversion", "V-2", BIDDER, {}, *drafted)
    assert told(world, "specification") == {"V-1": (True, None), "V-2": (False, None)}


def test_records_need_documents_and_limits(world: World) -> None:
    rows = [
        record("E1", "environment", "2026-03-01", value=21.0, low=19.0, high=20.0, group="room"),
        record("E2", "environment", "2026-11-01", value=19.5, low=19.0, high=20.0, group="room"),
        record("E3", "environment", "2026-11-01", value=19.5, group="hall"),
        record("S1", "stability", "2026-11-01", value=0.9, detail={"budget": "1.0"}, group="s",
               valid_until=date(2026, 12, 31)),
        record("S2", "stability", "2026-11-01", value=1.1, high=1.0, valid_until=date(2026, 12, 31), group="t"),
        record("S3", "stability", "2026-11-01", value=0.9, high=1.0, group="u"),
        record("S4", "stability", "2026-06-01", value=0.9, high=1.0, valid_until=date(2026, 11, 30), group="v"),
        record("P1", "specification", "2026-11-01", detail={"state": "draft"}),
        record("X1", "agreement", "2027-01-01"),
    ]  # fmt: skip
    world.register("2026-02-01", "演示局", centre_record=rows)
    assert {k: v[0] for k, v in told(world, "environment").items()} == {"room": True, "hall": None}
    assert {k: v[0] for k, v in told(world, "environment", "2026-04-01").items()} == {"room": False}
    assert {k: v[0] for k, v in told(world, "stability").items()} == {"s": True, "t": False, "u": None, "v": False}
    assert told(world, "specification") == {"P1": (False, None)} and told(world, "agreement") == {}


def test_courses_of_the_own_base(world: World) -> None:
    base = TrainingBase("B", {"zh": "演示基地"}, {"zh": BIDDER}, equipment=(("NIM", "R-1"),))
    world.register("2026-02-01", BIDDER, training_base=[base], course=[Course("K", "B", {"zh": "课"})])
    assert told(world, "course") == {"K": (True, None)}
    assert told(world, "course", "2029-02-01") == {"K": (False, None)}  # its standard has expired by then


def test_facts_are_the_same_on_the_same_day_however_much_came_later(world: World) -> None:
    early = facts(world.known("2026-06-01"), "c")
    grown(
        world,
        "order",
        "O-1",
        "演示企业1",
        {"provider": BIDDER},
        ("received", "2026-07-01", {}),
        ("certified", "2026-07-02", {}),
    )
    world.register("2026-07-01", "演示局", centre_record=[record("A", "agreement", "2026-07-01")])
    assert facts(world.known("2026-06-01"), "c") == early
    assert facts(world.known("2026-12-01"), "c") != early
    assert facts(snapshot(world.evidence, Documents(), date(2026, 6, 1)), "c") == ()
