"""Training bases (实训基地) and their courses: scope, equipment, instructors, seats; what of it holds on a day.

No official conditions for such bases were found in public texts, so none are judged here: equipment must be traceable
and instructors authorised to teach, as wherever measurements are made; the rest is shown as it is recorded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from suyuan.capability.holding.support import standards_on
from suyuan.capability.taxonomy import quantity_key
from suyuan.certificate.certificate import Text
from suyuan.procedure.register import Context
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, finding, in_both
from suyuan.talent.joined import Records, own
from suyuan.talent.read import choices, digest, in_order, truth, usable, whole, words
from suyuan.talent.records import EVIDENCE_KINDS, EvidenceItem, EvidenceKind
from suyuan.talent.standing import standing
from suyuan.traceability.evidence import Evidence, Key
from suyuan.traceability.survey import Survey

MOST_SEATS, MOST_DAYS = 100_000, 3660
"""Seats at a time and days of one run, at most: beyond is a typing error."""


@dataclass(frozen=True, slots=True)
class TrainingBase:
    """A training base. organisation: who runs it; region, place; quantities, items: what it trains in; equipment:
    issuer and number of the certificates of its standards and instruments; instructors: persons; capacity: trainees at
    a time, None where it does not say; document: SHA-256 of what proves it; scope: in words; units: competence units
    that it trains for."""

    id: str
    name: Text
    organisation: Text
    region: str = ""
    place: Text = field(default_factory=dict)
    quantities: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    equipment: tuple[Key, ...] = ()
    instructors: tuple[str, ...] = ()
    capacity: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    document: str = ""
    source: str = ""
    demo: bool = False
    scope: Text = field(default_factory=dict)
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """A course of a base. units: competence units that it serves; gives: kinds of evidence that who passes has; hours
    of teaching; days: that one run takes; seats: of one run, at least 1; equipment, instructors: of the base's, () for
    any; price: of a seat; start, end: of the run that is announced; base «»: not said."""

    id: str
    base: str
    title: Text
    units: tuple[str, ...] = ()
    gives: tuple[EvidenceKind, ...] = ("training",)
    hours: float | None = None
    days: int = 1
    seats: int = 1
    equipment: tuple[Key, ...] = ()
    instructors: tuple[str, ...] = ()
    price: float | None = None
    currency: str = "CNY"
    source: str = ""
    demo: bool = False
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that a base relies on. good: None where it is not known; reasons: what is wrong or missing."""

    subject: str
    good: bool | None
    reasons: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class CourseStanding:
    """Whether a course can be held on a day. ready: None where it is not known."""

    course: Course
    ready: bool | None
    reasons: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class BaseStanding:
    """What a base can rely on, on a day."""

    base: TrainingBase
    day: date
    equipment: tuple[Checked, ...]
    instructors: tuple[Checked, ...]
    courses: tuple[CourseStanding, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the records say of a course until a day. trained: persons with evidence from it; passed: of them; mean:
    of the values that are known (scores or hours, as recorded), None where none is."""

    course: str
    trained: int
    passed: int
    mean: float | None
    evidence: tuple[str, ...] = ()


# ---------------------------------------------------------------- reading


def training_base(row: Fields, context: Context) -> TrainingBase | None:
    """A training base from its row."""
    before = len(row.found)
    value = TrainingBase(
        row.text("id", required=True),
        row.names("name", required=True),
        row.names("organisation") or context.organisation,
        row.text("region"),
        row.names("place"),
        words(row, "quantities"),
        words(row, "items"),
        keys(row, "equipment"),
        words(row, "instructors"),
        whole(row, "capacity", 1, MOST_SEATS),
        row.day("valid_from"),
        row.day("valid_until"),
        digest(row, "document"),
        row.text("source"),
        truth(row, "demo") or context.demo,
        row.names("scope"),
        words(row, "units"),
    )
    in_order(row, ("valid_from", value.valid_from), ("valid_until", value.valid_until))
    return value if usable(row, before) else None


def course(row: Fields, context: Context) -> Course | None:
    """A course from its row."""
    before = len(row.found)
    hours, price = row.number("hours"), row.number("price")
    for key, number in (("hours", hours), ("price", price)):
        if number is not None and number.value < 0.0:
            row.report("talent.row.positive", key, field=key, given=number.printed)
    start, end = row.day("start"), row.day("end")
    gives = cast("tuple[EvidenceKind, ...]", choices(row, "gives", EVIDENCE_KINDS))
    value = Course(
        row.text("id", required=True),
        row.text("base"),
        row.names("title", required=True),
        words(row, "units"),
        gives or ("training",),
        None if hours is None else hours.value,
        whole(row, "days", 1, MOST_DAYS) or ((end - start).days + 1 if start and end and start <= end else 1),
        whole(row, "seats", 1, MOST_SEATS) or 1,
        keys(row, "equipment"),
        words(row, "instructors"),
        None if price is None else price.value,
        row.text("currency") or "CNY",
        row.text("source"),
        truth(row, "demo") or context.demo,
        start,
        end,
    )
    in_order(row, ("start", start), ("end", end))
    if not value.units and usable(row, before):
        row.report("talent.course.units", "units", severity="warning", id=value.id)
    return value if usable(row, before) else None


def keys(row: Fields, name: str) -> tuple[Key, ...]:
    """Certificates as a list of {"issuer": …, "number": …}, as rows of capabilities name theirs; [issuer, number] is
    the same in short."""
    given = row.content[name] if row.has(name) else []
    found = [_pair(one) for one in given] if isinstance(given, list) else [None]
    if None in found:
        row.report("typed.field.type", name, field=name, expected_zh='{"issuer": 出具机构, "number": 编号} 的列表',
                   expected_en='list of {"issuer": …, "number": …}')  # fmt: skip
        return ()
    return tuple(pair for pair in found if pair is not None)


def _pair(given: object) -> Key | None:
    if isinstance(given, Mapping) and set(given) == {"issuer", "number"}:
        given = [given["issuer"], given["number"]]
    if not isinstance(given, list | tuple) or len(given) != 2:
        return None
    issuer, number = given
    whole = isinstance(issuer, str) and isinstance(number, str) and issuer.strip() and number.strip()
    return (issuer.strip(), number.strip()) if whole else None


# ---------------------------------------------------------------- standing


def equipment_standing(proof: tuple[Evidence, Survey], keys: Iterable[Key], day: date) -> dict[Key, Checked]:
    """Whether instruments and standards, named by their certificates, are traceable on a day: certificate at hand and
    valid, and nothing broken in the chain that it rests on. proof: evidence and the survey of its graph."""
    evidence, survey = proof
    goods: Mapping[str, bool | None] = {"complete": True, "broken": False, "unknown": None}
    rests = standards_on(keys, survey, evidence, day)
    return {key: Checked(" ".join(key), goods[rest.state], rest.findings) for key, rest in rests.items()}


def instructor_standing(records: Records, person: str, day: date, quantities: Iterable[str] = ()) -> Checked:
    """Whether a person may teach on a day, in some kinds of quantity or () in any: an authorisation to teach holds."""
    wanted = {quantity_key(word) for word in quantities}
    name = own(records.name(person), "zh")
    if person not in records.persons:
        return Checked(person, None, (finding("talent.standing.person", person, person=person),))
    found = [
        standing(records, person, unit.id, day)
        for unit in records.units.values()
        if unit.activity == "teach" and (person, unit.id) in records.granted
        and (not wanted or quantity_key(unit.quantity) in wanted)
    ]  # fmt: skip
    if any(s.authorised for s in found):
        return Checked(name, True)
    reasons = tuple(told for s in found for told in s.reasons)
    names = in_both("person", records.name(person))
    return Checked(name, False, reasons or (finding("talent.base.instructor", person, "error", "", **names),))


def of_base(
    base: TrainingBase, courses: Iterable[Course], records: Records, proof: tuple[Evidence, Survey], day: date
) -> BaseStanding:
    """What a base can rely on, on a day: each piece of equipment, each instructor, each course.

    proof: evidence and the survey of its graph. A course is ready while all its equipment is traceable and, for every
    quantity of its units, one of its instructors may teach.
    """
    own_courses = [one for one in courses if one.base == base.id]
    named = dict.fromkeys((*base.equipment, *(key for one in own_courses for key in one.equipment)))
    equipment = equipment_standing(proof, named, day)
    instructors = {id: instructor_standing(records, id, day) for id in base.instructors}
    found = [
        _of_course(one, base, records, [equipment[key] for key in one.equipment or base.equipment], day)
        for one in own_courses
    ]
    return BaseStanding(base, day, tuple(equipment.values()), tuple(instructors.values()), tuple(found))


def _of_course(
    one: Course, base: TrainingBase, records: Records, equipment: list[Checked], day: date
) -> CourseStanding:
    quantities = {quantity_key(records.units[u].quantity) for u in one.units if u in records.units}
    checked = list(equipment)
    unknown = [u for u in one.units if u not in records.units]
    told = [finding("talent.standing.unit", f"course/{one.id}", "warning", "", unit=u) for u in unknown]
    for quantity in sorted(quantities):
        who = [instructor_standing(records, id, day, (quantity,)) for id in one.instructors or base.instructors]
        if not any(c.good for c in who):
            lack = finding("talent.course.instructor", f"course/{one.id}", "error", "", id=one.id, quantity=quantity)
            checked.append(Checked(quantity, False, (lack, *(f for c in who for f in c.reasons))))
    goods = [c.good for c in checked]
    ready = False if False in goods else None if None in goods or unknown else True
    return CourseStanding(one, ready, (*told, *(f for c in checked if c.good is not True for f in c.reasons)))


def evaluation(records: Records, course: str, day: date) -> Evaluation:
    """What came of a course until a day, from the evidence that names it in its detail."""
    items: list[EvidenceItem] = [e for e in records.evidence if e.detail.get("course") == course and e.day <= day]
    persons, passed = {e.person for e in items}, {e.person for e in items if e.good}
    values = [e.value for e in items if e.value is not None and math.isfinite(e.value)]
    mean = sum(values) / len(values) if values else None
    return Evaluation(course, len(persons), len(passed), mean, tuple(e.id for e in items))
