"""The verbs over a snapshot: registers in, answers of a day out; the same for one capability and for many."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from suyuan.capability.capability import Capability
from suyuan.certificate.certificate import Certificate
from suyuan.procedure.matter import Event, Matter, followed
from suyuan.procedure.read import procedure
from suyuan.procedure.register import Register
from suyuan.quantity.finding import LANGUAGES, sentences
from suyuan.talent.base import Course, TrainingBase
from suyuan.talent.programme import Participation, Programme
from suyuan.talent.records import Requirement
from suyuan.talent.signing import Subject, may, subject_of_capability
from suyuan.talent.write import KINDS
from suyuan.traceability.evidence import Anchor, Evidence, Outcome
from suyuan.verbs.matter.talent_guards import PROCEDURES, guards
from suyuan.verbs.people import standing as talent
from suyuan.verbs.snapshot import Documents, Snapshot, snapshot
from tests.talent.made import DAY, LAB, OTHER, granted, interval, outcome, person, shown, unit

KEY = ("演示国家院", "C-1")
STANDARD = Certificate("typed", *KEY, "c" * 64, "1", ended=date(2026, 1, 10), issued=date(2026, 1, 12),
                       valid_until=date(2027, 1, 9))  # fmt: skip
BASE = TrainingBase("B-1", {"zh": "演示基地"}, LAB, "310000", equipment=(KEY,), instructors=("P-1",), capacity=2)
COURSE = Course("K-1", "B-1", {"zh": "课程"}, ("U-1",), seats=1)
OFFERED = Capability("C-1", LAB, "length", interval(0.5, 100.0, "mm"), item="gauge block", method="JJG 146-2011",
                     persons=2, region="310000", parameters=("kp-1",))  # fmt: skip


def known(
    *values: Any, day: date = DAY, outcomes: tuple[Outcome, ...] = (), matters: tuple[Matter, ...] = ()
) -> Snapshot:
    """A snapshot of one register of the demo laboratory (pairs: of another one)."""
    registers: dict[str, dict[str, list[Any]]] = {}
    for value in values:
        owner, row = value if isinstance(value, tuple) else ("演示甲所", value)
        kind = "capability" if isinstance(row, Capability) else KINDS[type(row)]
        registers.setdefault(owner, {}).setdefault(kind, []).append(row)
    held = tuple(
        Register({"zh": owner}, "R-1", date(2026, 1, 1), {kind: tuple(rows) for kind, rows in kinds.items()})
        for owner, kinds in registers.items()
    )
    evidence = Evidence((STANDARD,), (), (Anchor("cmc", *KEY, {"zh": "演示 CMC"}, "演示来源"),), (), outcomes)
    return snapshot(evidence, Documents(held, matters), day)


def test_persons_of_a_capability() -> None:
    here = known(person(), person("P-2", "演示乙"), unit(), unit("U-2", activity="perform"), granted(),
                 granted("A-2", "P-2", "U-2"), granted("A-3", "P-1", "U-2"), OFFERED)  # fmt: skip
    assert talent.authorised_count(here, OFFERED) == 1  # two may perform, one may sign
    assert talent.authorised_count(here, replace(OFFERED, interval=interval(0.5, 200.0, "mm"))) == 0
    assert talent.authorised_count(here, replace(OFFERED, method="")) is None
    assert talent.authorised_count(here, replace(OFFERED, laboratory=OTHER)) is None
    assert talent.authorised_count(here, replace(OFFERED, quantity="diameter")) == 1
    (risk,) = talent.parameter_risks(here)
    assert (risk.parameter, risk.persons) == ("kp-1", frozenset({"P-1", "P-2"}))


def test_counting_many_says_what_asking_for_one_says() -> None:
    here = known(person(), person("P-2", "演示乙"), unit(), unit("U-2", interval=None, method="", item="", edition=""),
                 unit("U-3", "mass"), granted(), granted("A-2", "P-2", "U-2"), granted("A-3", "P-2", "U-3", edition=""),
                 ("演示乙所", person("P-5", "演示戊", OTHER)),
                 ("演示乙所", granted("A-5", "P-5", laboratory=OTHER)))  # fmt: skip
    changes: list[dict[str, Any]] = [
        {}, {"laboratory": OTHER}, {"quantity": "mass"}, {"item": ""}, {"item": "caliper"}, {"method": "JJG 146-1994"},
        {"interval": interval(0.0, 1.0, "m")}, {"interval": interval(0.001, 0.1, "m")}, 
        {"conditions": {"site": ("lab",)}}, {"quantity": "time"},
    ]  # fmt: skip
    offered = [replace(OFFERED, id=f"C-{n}", **change) for n, change in enumerate(changes)]
    counts = talent.authorised_counts(here, offered)
    for one in offered:
        found = may(talent.records_on(here), "sign", subject_of_capability(one), DAY)
        persons = {p.person for p in found if p.state == "authorised"}
        unknown = not persons and any(p.state == "unknown" for p in found)
        assert counts[one.key] == (None if unknown else len(persons)), one
    assert {counts[one.key] for one in offered} == {0, 1, 2}


def test_a_failed_comparison_changes_who_may_sign_on_its_day() -> None:
    failed = outcome("unsatisfactory", date(2026, 5, 1))
    rows = (person(), unit(), granted(), OFFERED)
    assert talent.authorised_count(known(*rows, day=date(2026, 4, 30), outcomes=(failed,)), OFFERED) == 1
    after = known(*rows, outcomes=(failed,))
    assert talent.authorised_count(after, OFFERED) == 0
    subject = Subject("length", "gauge block", "JJG 146", "2011", interval(1.0, 2.0, "mm"), "", LAB)
    assert talent.who_may(after, subject)[0].state == "evidence_lapsed"
    assert talent.stands(after, "P-1", "U-1").state == "evidence_lapsed"
    assert [p.mentor for p in talent.mentoring_pairs(after)] == [None]


def test_the_whole_day_of_a_base() -> None:
    rule = Requirement("R-1", "U-1", "training", "count", 1.0, 24)
    here = known(
        person(), person("P-2", "演示乙", leader=True), unit(), unit("U-T", activity="teach"), rule,
        granted(), granted("A-2", "P-2"), granted("A-T", "P-1", "U-T"), shown("E-2", person="P-2"), BASE, COURSE,
        OFFERED, Programme("G-1", {"zh": "行动"}, 2026, participants=(Participation("P-1", {}, 60.0, 70.0),)),
    )  # fmt: skip
    assert [b.courses[0].ready for b in talent.base_standings(here)] == [True]
    assert talent.regions(here) == {"演示甲所": "310000", "Demo Lab A": "310000"}
    (wanted,) = [d for d in talent.demands(here) if d.unit == "U-1"]
    assert (wanted.persons, wanted.region, wanted.courses) == (("P-1",), "310000", ("K-1",))
    plan = talent.training_plan(here)
    assert [(r.course, r.start, r.persons) for r in plan.runs if r.persons] == [("K-1", date(2026, 6, 2), ("P-1",))]
    assert [(r.unit, r.level) for r in talent.risks(here)] == [("U-1", "single"), ("U-T", "single")]
    assert [(e.person, e.what) for e in talent.expiring(here, 300)] == [("P-2", "evidence"), ("P-1", "authorisation")]
    assert talent.matrix(here).cells[0, 0] == "evidence_lapsed"
    assert [m.courses for m in talent.gaps_of(here, "P-1")[0].missing] == [("K-1",)]
    assert [p.person for p in talent.leaders(here)] == ["P-2"]
    assert [(y.took_part, y.organisations) for y in talent.programmes(here)] == [(1, 1)]
    assert talent.findings(here) == ()


def application(number: str = "T-1", person: str = "P-1") -> Matter:
    return Matter(
        "training", number, {"zh": "报名"}, LAB, {"course": "K-1", "person": person}, {"applicant": (person,)}
    )


def went(matter: Matter, *steps: tuple[str, dict[str, Any]]) -> Matter:
    law = procedure("suyuan.talent", matter.procedure)
    for hour, (act, content) in enumerate(steps):
        step = law.step(act)
        assert step is not None
        when = datetime(2026, 5, 1, hour, tzinfo=UTC)
        matter = followed(matter, Event(act, when, "x", step.actors[0], content))
    return matter


SUPPORTED: tuple[tuple[str, dict[str, Any]], ...] = (("applied", {"course": "K-1"}), ("supported", {}))
ADMITTED = (*SUPPORTED, ("admitted", {"start": "2026-07-01"}))


def codes(found: Any) -> list[str] | None:
    if found is None:
        return None
    assert all("?" not in "".join(sentences(f, language).values()) for f in found for language in LANGUAGES)
    return [f.code for f in found]


def test_the_guards_of_an_application() -> None:
    rows = (
        person(),
        person("P-2", "演示乙"),
        unit(),
        unit("U-T", activity="teach"),
        granted("A-T", "P-1", "U-T"),
        BASE,
        COURSE,
    )
    other = went(application("T-2", "P-2"), *ADMITTED)
    here = known(*rows, matters=(other,))
    assert codes(guards(here, application(), content={"course": "K-9"})["course_known"]) == ["talent.guard.course"]
    assert codes(guards(here, application(), content={"course": "K-1"})["course_known"]) == []
    one = went(application(), *SUPPORTED)
    assert codes(guards(here, one, content={"start": "2026-07-01"})["seat_free"]) == ["talent.guard.seat"]
    assert codes(guards(here, one, content={"start": "2026-08-01"})["seat_free"]) == []
    assert codes(guards(here, one)["seat_free"]) is None
    assert codes(guards(here, one, content={"start": "20260701"})["seat_free"]) == ["talent.guard.seat"], "one day"
    assert codes(guards(here, one, content={"start": "abc"})["seat_free"]) == ["talent.guard.start"]
    assert codes(guards(here, one, content={"start": "2020-01-01"})["seat_free"]) == ["talent.guard.over"]
    announced = known(*(replace(r, start=date(2026, 9, 1)) if r is COURSE else r for r in rows))
    assert codes(guards(announced, one, content={"start": "2026-08-01"})["seat_free"]) == ["talent.guard.run"]
    assert codes(guards(announced, one, content={"start": "2026-09-01"})["seat_free"]) == []
    gone = known(*rows, matters=(went(application("T-2", "P-2"), *ADMITTED, ("withdrawn", {"reason": "出差"})),))
    assert codes(guards(gone, one, content={"start": "2026-07-01"})["seat_free"]) == []
    assert codes(guards(here, one)["base_ready"]) == []
    untaught = known(*(r for r in rows if getattr(r, "id", "") != "A-T"))
    told = codes(guards(untaught, one)["base_ready"])
    assert told is not None and told[0] == "talent.guard.base"
    attending = went(application(), *ADMITTED, ("began", {}))
    assert codes(guards(here, attending, "P-1")["instructor_authorised"]) == []
    assert codes(guards(here, attending, "P-2")["instructor_authorised"]) == ["talent.guard.instructor"]
    assert codes(guards(here, attending, "nobody")["instructor_authorised"]) is None
    assessed = went(application(), *ADMITTED, ("began", {}), ("assessed", {"passed": "true"}))
    assert codes(guards(here, assessed)["evidence_recorded"]) == ["talent.guard.evidence"]
    proven = known(*rows, shown(day=date(2026, 5, 2), detail={"course": "K-1"}))
    assert codes(guards(proven, assessed)["evidence_recorded"]) == []


def test_the_guards_of_mentoring() -> None:
    fields = {"comparison": "演示比对-1", "measurand": "gb50", "member": "L1"}
    one = Matter("mentoring", "M-1", {"zh": "帮扶"}, LAB, fields)
    rows = (person(), person("P-3", "演示丙", OTHER), unit())
    here = known(*rows, outcomes=(outcome("unsatisfactory", date(2026, 4, 1)),))
    assert codes(guards(here, one, content={"mentor": "P-3"})["independent"]) == []
    assert codes(guards(here, one, content={"mentor": "P-1"})["independent"]) == ["talent.guard.independent"]
    assert codes(guards(here, one, content={"mentor": "P-9"})["independent"]) is None
    helped = went(one, ("proposed", {"mentor": "P-3"}), ("agreed", {}), ("helped", {"cause": "温度", "action": "恒温"}))
    assert codes(guards(here, helped)["remedied"]) == ["talent.guard.remedied"]
    done = known(*rows, outcomes=(outcome("unsatisfactory", date(2026, 4, 1), remedied=date(2026, 5, 20)),))
    assert codes(guards(done, helped)["remedied"]) == []
    assert codes(guards(known(*rows), helped)["remedied"]) is None


def test_every_guard_that_a_procedure_names_is_there() -> None:
    from suyuan.verbs.matter.talent_guards import GUARDS

    named = {guard for name in PROCEDURES for step in procedure("suyuan.talent", name).steps for guard in step.guards}
    assert named == set(GUARDS)
