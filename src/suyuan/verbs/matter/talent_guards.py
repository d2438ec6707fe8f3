"""Guards of training and mentoring: each a function over a snapshot and a matter that says what stands against a step.

() passes; an error forbids; None: nobody can say, and that does not pass (`procedure.admission.Guards`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from suyuan.procedure.admission import Guards
from suyuan.procedure.matter import Matter
from suyuan.procedure.read import procedure
from suyuan.procedure.standing import Standing, standing
from suyuan.quantity.finding import Finding, finding, in_both
from suyuan.talent.base import Course, instructor_standing
from suyuan.talent.columns import CODE
from suyuan.talent.gap import employers
from suyuan.talent.joined import shares
from suyuan.traceability.evidence import Outcome
from suyuan.verbs.people import contest as contests
from suyuan.verbs.people.standing import base_standings, records_on, states_on
from suyuan.verbs.snapshot import Snapshot

Found = tuple[Finding, ...] | None
PACKAGE = "suyuan.talent"
PROCEDURES = ("training", "mentoring")
"""Beside contests, which `verbs.people.contest` answers for."""


@dataclass(frozen=True)
class Asked:
    """What a guard looks at. person: who takes the step; content: what the step brings."""

    snapshot: Snapshot
    matter: Matter
    person: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)

    def given(self, name: str) -> str:
        """A field of the step, else of the last step that gave it, else of the matter."""
        for content in (self.content, *(e.content for e in reversed(self.matter.events)), self.matter.fields):
            if content.get(name):
                return str(content[name])
        return ""

    @property
    def course(self) -> Course | None:
        """The course that the matter is about."""
        id = self.given("course")
        return next((row for row in self.snapshot.rows("course") if row.id == id), None)


def guards(snapshot: Snapshot, matter: Matter, person: str = "", content: Mapping[str, Any] | None = None) -> Guards:
    """All guards that the possible steps of a matter ask for, evaluated.

    person: who is to take the step; content: what it brings (course, start, mentor).
    """
    asked = Asked(snapshot, matter, person, content or {})
    if matter.procedure == "contest":
        return contests.guards(matter)
    possible = _stands(snapshot, matter).possible
    wanted = {name for step in possible for name in step.step.guards}
    return {name: GUARDS[name](asked) for name in sorted(wanted) if name in GUARDS}


def course_known(asked: Asked) -> Found:
    """A register names the course."""
    if asked.course is None:
        return (finding("talent.guard.course", "course", id=asked.given("course") or "—"),)
    return ()


def seat_free(asked: Asked) -> Found:
    """The run of the course that begins on the day has a seat that nobody else was given: the run that is announced,
    while one is, else one of any day that is not over."""
    course, given = asked.course, asked.given("start")
    if course is None or not given:
        return None
    start, day = _day(given), asked.snapshot.day
    if start is None:
        return (finding("talent.guard.start", "start", given=given[:40]),)
    if course.start is not None and course.start >= day and start != course.start:
        return (finding("talent.guard.run", "start", course=course.id, start=start, known=course.start),)
    if start.toordinal() + course.days <= day.toordinal():
        return (finding("talent.guard.over", "start", course=course.id, start=start, day=day),)
    taken = sum(_seated(asked.snapshot, other, course.id, start) for other in asked.snapshot.matters_of("training")
                if other.number != asked.matter.number)  # fmt: skip
    if taken >= course.seats:
        return (finding("talent.guard.seat", "start", course=course.id, start=start, seats=course.seats),)
    return ()


def _day(given: object) -> date | None:
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        return None


def _seated(snapshot: Snapshot, matter: Matter, course: str, start: date) -> bool:
    """Whether a matter holds a seat in a run: admitted to it, and neither withdrawn nor missed."""
    asked, where = Asked(snapshot, matter), _stands(snapshot, matter)
    admitted = where.took("admitted")
    if asked.given("course") != course or admitted is None or _day(admitted.content.get("start")) != start:
        return False
    return where.state.name not in ("withdrawn", "missed")


def _stands(snapshot: Snapshot, matter: Matter) -> Standing:
    return standing(procedure(PACKAGE, matter.procedure), matter, snapshot.day)


def base_ready(asked: Asked) -> Found:
    """The equipment of the course is traceable and somebody may teach it."""
    course = asked.course
    if course is None:
        return None
    found = [c for base in base_standings(asked.snapshot) for c in base.courses if c.course.id == course.id]
    if not found or found[0].ready is None:
        return None
    if not found[0].ready:
        return (finding("talent.guard.base", "course", course=course.id), *found[0].reasons)
    return ()


def instructor_authorised(asked: Asked) -> Found:
    """Who assesses is authorised to teach or to assess."""
    records = records_on(asked.snapshot)
    known = records.known_as.get(asked.person, ())
    if len(known) != 1:
        return None
    if instructor_standing(records, known[0], asked.snapshot.day).good:
        return ()
    held = zip(records.authorisations, states_on(asked.snapshot).of_authorisation, strict=True)
    assesses = any(
        a.person == known[0] and code == CODE["authorised"] and records.units[a.unit].activity == "assess"
        for a, code in held
    )
    return () if assesses else (finding("talent.guard.instructor", "person", person=asked.person),)


def evidence_recorded(asked: Asked) -> Found:
    """A register holds evidence of the person from the course, dated not before the run began."""
    records, began = records_on(asked.snapshot), _stands(asked.snapshot, asked.matter).took("began")
    words = (asked.given("person"), *asked.matter.holders("applicant"))
    persons = {id for word in words for id in records.known_as.get(word, ())}
    course = asked.given("course")
    if not persons or not course:
        return None
    for item in records.evidence:
        late = began is None or item.day >= began.time.date()
        if item.person in persons and item.detail.get("course") == course and late:
            return ()
    return (finding("talent.guard.evidence", "course", course=course),)


def independent(asked: Asked) -> Found:
    """The mentor works for another organisation than the one that is helped."""
    records = records_on(asked.snapshot)
    known = records.known_as.get(asked.given("mentor"), ())
    if len(known) != 1:
        return None
    works = employers(records, known[0], asked.snapshot.day)
    if not works:
        return None
    if any(shares(work, asked.matter.organisation) for work in works):
        same = in_both("laboratory", asked.matter.organisation)
        return (finding("talent.guard.independent", "mentor", "error", "", person=asked.given("mentor"), **same),)
    return ()


def remedied(asked: Asked) -> Found:
    """The failed result that the matter is about is remedied on the day: a re-measurement closed the help plan."""
    named = [asked.given(name) for name in ("comparison", "measurand")]
    found = [
        o for o in asked.snapshot.evidence.outcomes if [o.comparison, o.measurand] == named and _is_theirs(o, asked)
    ]
    if not found:
        return None
    open_ = [o for o in found if o.verdict == "unsatisfactory" and o.remedied is None]
    return tuple(
        finding("talent.guard.remedied", "comparison", comparison=o.comparison, measurand=o.measurand) for o in open_
    )


def _is_theirs(outcome: Outcome, asked: Asked) -> bool:
    return outcome.member == asked.given("member") or shares(outcome.laboratory, asked.matter.organisation)


GUARDS: Mapping[str, Callable[[Asked], Found]] = {
    "course_known": course_known,
    "seat_free": seat_free,
    "base_ready": base_ready,
    "instructor_authorised": instructor_authorised,
    "evidence_recorded": evidence_recorded,
    "independent": independent,
    "remedied": remedied,
}
