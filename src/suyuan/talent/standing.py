"""Whether a person is authorised for a unit of competence on a day: computed from the records, never stored.

An authorisation holds while it is in force, the person works for the laboratory that granted it, it is neither
suspended nor withdrawn, the method has the edition it was granted for, the evidence that the unit asks for is there and
in date, and no failed comparison or assessment is open. Each reason is a finding. `columns` says the same of many.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, get_args

from suyuan.certificate.certificate import Text
from suyuan.quantity.finding import Finding, finding, in_both
from suyuan.talent.joined import Contradiction, Records, concerns, shares, shows
from suyuan.talent.records import (
    Authorisation,
    AuthorisationEvent,
    CompetenceUnit,
    EvidenceItem,
    EvidenceKind,
    Requirement,
)

State = Literal[
    "authorised", "evidence_lapsed", "method_revised", "suspended", "not_yet", "expired", "withdrawn",
    "not_authorised", "unknown", "superseded",
]  # fmt: skip
STATES: tuple[State, ...] = get_args(State)
"""The best first: of several authorisations for one unit the best counts; one that was renewed counts no more."""
WORDS: Mapping[State, Text] = {
    "authorised": {"zh": "已授权", "en": "authorised"},
    "evidence_lapsed": {"zh": "证据不足", "en": "evidence lacking"},
    "method_revised": {"zh": "方法已修订", "en": "method revised"},
    "suspended": {"zh": "暂停", "en": "suspended"},
    "not_yet": {"zh": "未生效", "en": "not yet in force"},
    "expired": {"zh": "已到期", "en": "expired"},
    "withdrawn": {"zh": "已撤销", "en": "withdrawn"},
    "not_authorised": {"zh": "未授权", "en": "not authorised"},
    "unknown": {"zh": "未知", "en": "unknown"},
    "superseded": {"zh": "已续期", "en": "renewed"},
}
ROUNDING = 1e-9
"""A sum of hours may miss what is asked for by this relative part: decimal fractions are not exact in binary."""
EVIDENCE: Mapping[EvidenceKind, Text] = {
    "education": {"zh": "学历", "en": "education"},
    "exam": {"zh": "理论考试", "en": "theory examination"},
    "registration": {"zh": "注册计量师及项目", "en": "registration as metrologist"},
    "training": {"zh": "培训", "en": "training"},
    "witnessed": {"zh": "现场见证考核", "en": "witnessed assessment"},
    "comparison": {"zh": "测量比对", "en": "measurement comparison"},
    "contest": {"zh": "比武", "en": "contest"},
    "supervised": {"zh": "监督下实操", "en": "supervised practice"},
    "development": {"zh": "继续教育", "en": "continuing education"},
    "project": {"zh": "科研项目", "en": "research project"},
    "paper": {"zh": "论文、专利、规范", "en": "paper, patent, specification"},
}
RULE = "ISO/IEC 17025:2017, 6.2.5, 6.2.6"
_EMPLOYED: Mapping[State, Mapping[str, str]] = {
    "not_authorised": {"fault_zh": "不是该实验室的人员", "fault_en": "is not known as its staff"},
    "expired": {"fault_zh": "已离开该实验室", "fault_en": "has left it"},
    "not_yet": {"fault_zh": "当时尚未到该实验室工作", "fault_en": "had not come to it yet"},
}


@dataclass(frozen=True, slots=True)
class Met:
    """How far a requirement is met on a day. have: count, sum or value, None where nothing with a value is there;
    until: the last day on which what is there suffices, None without an end; evidence: what it rests on; failed: the
    last item of the kind was not good."""

    requirement: Requirement
    good: bool
    have: float | None
    until: date | None
    evidence: tuple[str, ...]
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands in a unit on a day. reasons: what keeps the person from being authorised, warnings beside;
    authorisation: id of the one that counts, «» without; evidence: ids of what proves it; until: the last day on which
    it holds if nothing new happens, None without an end; met: the unit's requirements one by one."""

    person: str
    unit: str
    day: date
    state: State
    reasons: tuple[Finding, ...] = ()
    authorisation: str = ""
    evidence: tuple[str, ...] = ()
    until: date | None = None
    met: tuple[Met, ...] = ()

    @property
    def authorised(self) -> bool:
        return self.state == "authorised"


def standing(records: Records, person: str, unit: str, day: date, laboratory: Text | None = None) -> Standing:
    """Where a person stands in a unit on a day.

    laboratory: only what this one granted counts; None: whichever did. An authorisation never travels: with another
    laboratory the person needs one of that laboratory.
    Returns the best standing of all authorisations; «not_authorised» where there is none, «unknown» where nobody knows
    the person or the unit. Source: ISO/IEC 17025:2017, 6.2.
    """
    if person not in records.persons:
        return Standing(person, unit, day, "unknown", (finding("talent.standing.person", person, person=person),))
    if unit not in records.units:
        return Standing(person, unit, day, "unknown", (finding("talent.standing.unit", unit, unit=unit),))
    granted = [
        a for a in records.granted.get((person, unit), ()) if laboratory is None or shares(a.laboratory, laboratory)
    ]
    if not granted:
        told = finding("talent.standing.none", "", "error", RULE, **names(records, person, unit))
        met = requirements_met(records, person, records.units[unit], day)
        return Standing(person, unit, day, "not_authorised", (told,), met=met)
    found = [of_authorisation(records, a, day) for a in granted]
    # of two that hold the one that holds longer counts, of two that do not the later one
    return min(found, key=lambda s: (STATES.index(s.state), -(s.until or date.max).toordinal()))


def of_authorisation(records: Records, granted: Authorisation, day: date) -> Standing:
    """What one authorisation is worth on a day."""
    unit = records.units.get(granted.unit)
    if granted.person not in records.persons or unit is None:
        return replace(standing(records, granted.person, granted.unit, day), authorisation=granted.id)
    met = requirements_met(records, granted.person, unit, day)
    faults = list(_faults(records, granted, unit, day, met))
    state: State = faults[0][0] if faults else "authorised"
    used = tuple(dict.fromkeys(id for m in met for id in m.evidence))
    rests = (end for _, end in _based(records, granted, unit, day) if day <= end < date.max)
    ends = [d for d in (_until(records, granted), *(m.until for m in met if m.good), *rests,
                        _employed_until(records, granted, day)) if d is not None]  # fmt: skip
    return Standing(granted.person, unit.id, day, state, tuple(told for _, told in faults), granted.id,
                    tuple(dict.fromkeys((*granted.basis, *used))), min(ends, default=None), met)  # fmt: skip


def _until(records: Records, granted: Authorisation) -> date | None:
    """The last day of an authorisation, or of the one that takes its place without a gap and holds when it begins."""
    newer = next((a for a in records.granted.get((granted.person, granted.unit), ())
                  if a.id == records.renewed.get(granted.id)), None)  # fmt: skip
    if newer is None:
        return granted.valid_until
    follows = of_authorisation(records, newer, newer.valid_from)
    return follows.until if follows.authorised else granted.valid_until


def _faults(records: Records, granted: Authorisation, unit: CompetenceUnit, day: date,
            met: Iterable[Met]) -> Iterator[tuple[State, Finding]]:  # fmt: skip
    """What keeps an authorisation from holding, the gravest first. An end of it comes before everything that could be
    mended; then who the person works for; then the rest."""
    about = {**names(records, granted.person, unit.id), "id": granted.id}

    def told(code: str, **more: object) -> Finding:
        return finding(code, f"authorisation/{granted.id}", "error", RULE, **about, **more)

    events = [e for e in records.events.get(granted.id, ()) if e.day <= day]
    withdrawn = next((e for e in events if e.kind == "withdrawn"), None)
    if withdrawn is not None:
        yield "withdrawn", told("talent.standing.withdrawn", day=withdrawn.day, **in_both("reason", withdrawn.reason))
    if day < granted.valid_from:
        yield "not_yet", told("talent.standing.not_yet", day=granted.valid_from)
    if granted.valid_until is not None and granted.valid_until < day:
        if granted.id in records.renewed:
            newer = records.renewed[granted.id]
            yield "superseded", told("talent.standing.renewed", day=granted.valid_until, renewed=newer)
        yield "expired", told("talent.standing.expired", day=granted.valid_until)
    employed = _employment(records, granted, day)
    if employed is not None:
        lab = in_both("laboratory", granted.laboratory)
        yield employed, told("talent.standing.employer", **lab, **_EMPLOYED[employed])
    stopped = [e for e in events if e.kind in ("suspended", "resumed")]
    if stopped and stopped[-1].kind == "suspended":
        last = stopped[-1]
        yield "suspended", told("talent.standing.suspended", day=last.day, **in_both("reason", last.reason))
    revised = _revision(granted, unit, events)
    if revised is not None:
        yield "method_revised", told("talent.standing.method_revised", method=unit.method, **revised)
    for item in met:
        if not item.good:
            yield "evidence_lapsed", lacking(records, item, granted.person, unit.id)
    for basis in lapsed_basis(records, granted, unit, day):
        yield "evidence_lapsed", told("talent.standing.basis", evidence=basis.id, **kind_words(basis.kind),
                                      day=basis.valid_until)  # fmt: skip
    for against in records.against.get(granted.person, ()):
        if contradicts(against, unit, day):
            code = "talent.standing.comparison" if against.computed else "talent.standing.assessment"
            yield "evidence_lapsed", told(code, about=against.about, day=against.start)


def lacking(records: Records, item: Met, person: str, unit: str) -> Finding:
    """What a requirement that is not met asks for, and what is there."""
    rule = item.requirement
    have = "—" if item.have is None else f"{item.have:g}"
    return finding(
        "talent.standing.requirement", f"person/{person}", "error", rule.source or RULE,
        **names(records, person, unit), **kind_words(rule.kind), requirement=rule.id, least=f"{rule.least:g}",
        have=have, months=rule.months or "",
    )  # fmt: skip


def kind_words(kind: EvidenceKind) -> dict[str, str]:
    """A kind of evidence in words, as parameters of a finding."""
    return in_both("kind", EVIDENCE[kind])


def names(records: Records, person: str, unit: str) -> dict[str, object]:
    """Person and unit by their names, as parameters of a finding."""
    return {**in_both("person", records.name(person)), **in_both("unit", records.title(unit))}


# ---------------------------------------------------------------- employer and method


def employments(records: Records, granted: Authorisation) -> list[tuple[date, date]]:
    """The days from … to … on which the person worked for the laboratory that granted an authorisation."""
    return [
        (row.employed_from or date.min, row.employed_until or date.max)
        for row in records.persons.get(granted.person, ())
        if shares(row.organisation, granted.laboratory)
    ]


def _employment(records: Records, granted: Authorisation, day: date) -> State | None:
    periods = employments(records, granted)
    if any(start <= day <= end for start, end in periods):
        return None
    if not periods:
        return "not_authorised"
    return "expired" if any(start <= day for start, _ in periods) else "not_yet"


def _employed_until(records: Records, granted: Authorisation, day: date) -> date | None:
    last = None
    for start, end in sorted(employments(records, granted)):  # one that begins the day after goes on
        if start <= day <= end or (last is not None and start.toordinal() <= last.toordinal() + 1):
            last = max(end, last or end)
    return None if last == date.max else last


def cleared(granted: Authorisation, revision: AuthorisationEvent, events: Iterable[AuthorisationEvent]) -> date | None:
    """From when on an authorisation covers the revised method: at once where it was granted for the new edition or,
    without naming one, after the revision; else from a resumption for the new edition; None: never."""
    if granted.edition:
        if granted.edition == revision.edition:
            return date.min
    elif granted.granted >= revision.day:
        return date.min
    renewed = [e.day for e in events if e.kind == "resumed" and e.edition and e.edition == revision.edition]
    return min((d for d in renewed if d >= revision.day), default=None)


def other_edition(granted: Authorisation, unit: CompetenceUnit) -> bool:
    """Whether the unit is meant for another edition than the authorisation."""
    return bool(granted.edition and unit.edition and granted.edition != unit.edition)


def _revision(granted: Authorisation, unit: CompetenceUnit, events: list[AuthorisationEvent]) -> dict[str, str] | None:
    """Edition and day of the revision that an authorisation does not cover; None where it covers the method."""
    revisions = [e for e in events if e.kind == "method_revised"]
    if revisions:
        last = revisions[-1]
        since = cleared(granted, last, events)
        return None if since is not None else {"edition": last.edition, "day": last.day.isoformat()}
    if other_edition(granted, unit):
        return {"edition": unit.edition, "day": ""}
    return None


# ---------------------------------------------------------------- evidence


def after_months(day: date, months: int) -> date:
    """The day so many months later; the last day of the month where it has no such day.

    >>> after_months(date(2024, 1, 31), 1), after_months(date(2023, 5, 10), 24)
    (datetime.date(2024, 2, 29), datetime.date(2025, 5, 10))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def end_of(item: EvidenceItem, rule: Requirement) -> date:
    """The last day on which an item counts for a requirement."""
    window = after_months(item.day, rule.months) if rule.months else date.max
    return min(item.valid_until or date.max, window)


def requirements_met(records: Records, person: str, unit: CompetenceUnit, day: date) -> tuple[Met, ...]:
    """The requirements of a unit for a person, one by one."""
    return tuple(met(records, rule, person, unit, day) for rule in records.asked.get(unit.id, ()))


def met(records: Records, rule: Requirement, person: str, unit: CompetenceUnit, day: date) -> Met:
    """How far a person meets a requirement on a day.

    count: good items in date; sum: of their values; latest: the last item until the day is good, in date, and its value
    at least as large. An item without a value adds nothing: what is not known is not counted.
    """
    items = [e for e in records.shown.get((person, rule.kind), ()) if e.day <= day and shows(e, unit)]
    failed = bool(items) and not items[-1].good
    if rule.measure == "latest":
        items = items[-1:]
    valid = sorted((e for e in items if e.good and end_of(e, rule) >= day), key=lambda e: end_of(e, rule), reverse=True)
    values = [1.0 if rule.measure == "count" else e.value for e in valid]
    known = [(e, x) for e, x in zip(valid, values, strict=True) if x is not None]
    have = sum(x for _, x in known) if known or rule.measure != "latest" else None
    good = have is not None and have >= rule.least * (1.0 - ROUNDING)
    total, until = 0.0, date.max
    for item, x in known:  # those that last longest first: the one that reaches the least is the first to be missed
        total += x
        if good and total >= rule.least * (1.0 - ROUNDING):
            until = end_of(item, rule)
            break
    return Met(rule, good, have, None if until == date.max else until, tuple(e.id for e, _ in known), failed)


def contradicts(against: Contradiction, unit: CompetenceUnit, day: date) -> bool:
    """Whether a failed comparison or assessment speaks against a unit on a day."""
    return against.start <= day < (against.until or date.max) and concerns(against, unit)


def lapsed_basis(records: Records, granted: Authorisation, unit: CompetenceUnit, day: date) -> list[EvidenceItem]:
    """What an authorisation rests on and has run out, with nothing in its place: what expired grants no skill."""
    return [item for item, end in _based(records, granted, unit, day) if end < day]


def _based(records: Records, granted: Authorisation, unit: CompetenceUnit,
           day: date) -> Iterator[tuple[EvidenceItem, date]]:  # fmt: skip
    """What an authorisation rests on and runs out, with the last day of it or of what holds in its place on the day."""
    for item in (records.evidence_of.get(id) for id in granted.basis):
        if item is not None and item.valid_until is not None:
            others = records.shown.get((granted.person, item.kind), ())
            held = [e for e in others if _holds(e, day) and shows(e, unit)]
            yield item, max([item.valid_until, *(e.valid_until or date.max for e in held)])


def _holds(item: EvidenceItem, day: date) -> bool:
    return item.good and item.day <= day <= (item.valid_until or date.max)
