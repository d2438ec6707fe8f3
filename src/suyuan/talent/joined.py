"""The competence registers of all organisations as one value: ids made unique, references followed, indexes laid.

Each organisation numbers its own rows, so «P-1» of two may be two persons. Rows of one id are the same thing where they
say so (a person: a common account or name; a unit: the same fields); else each is known as id@organisation, and a
reference means the row of its own register first. What leads nowhere is told and counts for nobody.

Outcomes of released comparisons become evidence of the person who measured: they are computed, and take the place of
what a register says of the same comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from suyuan.capability.interval import Interval
from suyuan.capability.matching.cover import contains
from suyuan.capability.taxonomy import quantity_key
from suyuan.certificate.certificate import Text, one_line
from suyuan.comparison.round.kinds import nominal_parts
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import parse_unit
from suyuan.talent.records import (
    Authorisation,
    AuthorisationEvent,
    CompetenceUnit,
    EvidenceItem,
    Person,
    Requirement,
)
from suyuan.talent.renewal import renewed
from suyuan.traceability.evidence import Outcome

Owned = tuple[str, Any]
"""The organisation whose register holds a row, and the row."""
KINDS: Mapping[str, Text] = {
    "person": {"zh": "人员", "en": "person"},
    "competence_unit": {"zh": "能力单元", "en": "competence unit"},
    "requirement": {"zh": "要求", "en": "requirement"},
    "evidence": {"zh": "证据", "en": "evidence"},
    "authorisation": {"zh": "授权", "en": "authorisation"},
    "authorisation_event": {"zh": "授权事件", "en": "authorisation event"},
}


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What speaks against a person's competence from a day on. unit, quantity: as of evidence; until: the first day on
    which it does no longer, None while nothing remedied it; about: the comparison or assessment; computed: from a
    report, not from a register; point: nominal value at which it was found, None where none is stated."""

    person: str
    unit: str
    quantity: str
    start: date
    until: date | None
    about: str
    computed: bool
    point: Interval | None = None


@dataclass(frozen=True)
class Records:
    """All competence registers as they count. persons: id → the employments of one person; units; requirements,
    evidence (that of comparisons among it), authorisations; events: id of an authorisation → what happened to it, in
    order of its days; contradictions; outcomes: those with a known person, by id; found: what leads nowhere; renewed:
    id of an authorisation → the one that took its place, before which it ends; owners: unit → the organisation whose
    register states it."""

    persons: Mapping[str, tuple[Person, ...]] = field(default_factory=dict)
    units: Mapping[str, CompetenceUnit] = field(default_factory=dict)
    requirements: tuple[Requirement, ...] = ()
    evidence: tuple[EvidenceItem, ...] = ()
    authorisations: tuple[Authorisation, ...] = ()
    events: Mapping[str, tuple[AuthorisationEvent, ...]] = field(default_factory=dict)
    contradictions: tuple[Contradiction, ...] = ()
    measured: Mapping[str, str] = field(default_factory=dict)
    found: tuple[Finding, ...] = ()
    renewed: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def granted(self) -> Mapping[tuple[str, str], tuple[Authorisation, ...]]:
        """(person, unit) → authorisations."""
        return _grouped(self.authorisations, lambda a: (a.person, a.unit))

    @cached_property
    def of_unit(self) -> Mapping[str, tuple[Authorisation, ...]]:
        """Unit → authorisations."""
        return _grouped(self.authorisations, lambda a: a.unit)

    @cached_property
    def of_activity(self) -> Mapping[str, tuple[CompetenceUnit, ...]]:
        """Activity → units."""
        return _grouped(self.units.values(), lambda u: u.activity)

    @cached_property
    def asked(self) -> Mapping[str, tuple[Requirement, ...]]:
        """Unit → what it asks for."""
        return _grouped(self.requirements, lambda r: r.unit)

    @cached_property
    def shown(self) -> Mapping[tuple[str, str], tuple[EvidenceItem, ...]]:
        """(person, kind) → evidence in order of its days."""
        return _grouped(sorted(self.evidence, key=lambda e: e.day), lambda e: (e.person, e.kind))

    @cached_property
    def evidence_of(self) -> Mapping[str, EvidenceItem]:
        """Id → evidence."""
        return {e.id: e for e in self.evidence}

    @cached_property
    def against(self) -> Mapping[str, tuple[Contradiction, ...]]:
        """Person → what speaks against the person's competence."""
        return _grouped(self.contradictions, lambda c: c.person)

    @cached_property
    def known_as(self) -> Mapping[str, tuple[str, ...]]:
        """Id, account or name → persons."""
        pairs = {(word, id): None for id, rows in self.persons.items() for row in rows for word in _words_of(row)}
        pairs |= {(id, id): None for id in self.persons}
        return {word: tuple(id for _, id in found) for word, found in _grouped(pairs, lambda p: p[0]).items()}

    @cached_property
    def keepers(self) -> frozenset[str]:
        """Names of the organisations that keep a competence register: with a person or an authorisation in it."""
        texts = [row.organisation for rows in self.persons.values() for row in rows]
        texts += [a.laboratory for a in self.authorisations]
        return frozenset(one_line(name) for text in texts for name in text.values())

    def kept_by(self, laboratory: Text) -> bool:
        """Whether a laboratory keeps a competence register: of one that keeps none nobody knows who may do what."""
        return any(one_line(name) in self.keepers for name in laboratory.values())

    def name(self, person: str) -> Text:
        """What a person is called."""
        rows = self.persons.get(person, ())
        return rows[-1].name if rows else {"zh": person, "en": person}

    def title(self, unit: str) -> Text:
        """What a unit is called."""
        found = self.units.get(unit)
        return found.title if found else {"zh": unit, "en": unit}

    def named(self, word: str, laboratory: Text) -> str | None:
        """The person that a document of a laboratory names by id, account or name; None where nobody or several."""
        found = [
            id for id in self.known_as.get(one_line(word), ())
            if not laboratory or any(shares(row.organisation, laboratory) for row in self.persons[id])
        ]  # fmt: skip
        return found[0] if len(found) == 1 else None


def shares(a: Text, b: Text) -> bool:
    """Whether two organisations are one: a name in common.

    >>> shares({"zh": "甲所", "en": "Lab A"}, {"en": "Lab  A"}), shares({}, {})
    (True, False)
    """
    return bool({one_line(x) for x in a.values()} & {one_line(x) for x in b.values()})


def own(text: Text, language: str) -> str:
    """A text in a language, else in the one that there is."""
    return text.get(language) or next(iter(text.values()), "")


def speaks_for(unit: CompetenceUnit, of_unit: str, of_quantity: str) -> bool:
    """Whether evidence that names a unit, or none and perhaps a quantity, speaks for a unit."""
    if of_unit:
        return of_unit == unit.id
    return not of_quantity or quantity_key(of_quantity) == quantity_key(unit.quantity)


def shows(item: EvidenceItem, unit: CompetenceUnit) -> bool:
    """Whether a piece of evidence speaks for a unit. A contest that names no unit speaks for none: what was measured in
    it says nothing of what was not."""
    return not of_no_unit(item) and speaks_for(unit, item.unit, item.quantity)


def of_no_unit(item: EvidenceItem) -> bool:
    """Whether it is a contest without its unit of competence."""
    return item.kind == "contest" and not item.unit


def concerns(against: Contradiction, unit: CompetenceUnit) -> bool:
    """Whether what speaks against a person speaks of a unit: of its quantity, and not of a point outside its interval.
    Without a nominal value it does."""
    if not speaks_for(unit, against.unit, against.quantity):
        return False
    if against.point is None or unit.interval is None or not against.point.unit.converts_to(unit.interval.unit):
        return True
    at = against.point.to(unit.interval.unit).low
    return contains((unit.interval.low, unit.interval.high), (at, at))


# ---------------------------------------------------------------- joining


def join(rows: Mapping[str, Iterable[Owned]], outcomes: Iterable[Outcome] = ()) -> Records:
    """The competence registers as one value.

    rows: kind → rows that count on a day, each with the organisation of its register; outcomes: of comparisons known
    then. Returns the records; `found` tells every reference that leads nowhere, with kind and id as its place.
    """
    ids = _Ids()
    persons = ids.known("person", rows.get("person", ()), _one_person)
    units = ids.known("competence_unit", rows.get("competence_unit", ()), lambda a, b: a == b)
    evidence = tuple(
        replace(row, id=id, person=ids.of(owner, "evidence", row, "person", "person"),
                unit=ids.of(owner, "evidence", row, "unit", "competence_unit"))
        for id, owner, row in ids.each("evidence", rows.get("evidence", ()))
    )  # fmt: skip
    granted = ids.each("authorisation", rows.get("authorisation", ()))
    authorisations, follows = renewed(
        replace(row, id=id, person=ids.of(owner, "authorisation", row, "person", "person"),
                unit=ids.of(owner, "authorisation", row, "unit", "competence_unit"),
                basis=tuple(ids.one(owner, "authorisation", row.id, b, "evidence") for b in row.basis))
        for id, owner, row in granted
    )  # fmt: skip
    requirements = tuple(
        replace(row, unit=ids.of(owner, "requirement", row, "unit", "competence_unit"))
        for owner, row in rows.get("requirement", ())
    )
    by_unit = {id: group[0] for id, group in units.items()}
    owner_of = {id: owner for id, owner, _ in granted}
    events = _events(ids, rows.get("authorisation_event", ()), authorisations, owner_of, by_unit)
    plain = Records(persons, {id: replace(u, id=id) for id, u in by_unit.items()}, requirements, evidence,
                    authorisations, events, renewed=follows, owners=ids.owners("competence_unit"))  # fmt: skip
    return _with_outcomes(replace(plain, found=tuple(ids.found)), tuple(outcomes))


def _one_person(a: Person, b: Person) -> bool:
    if a.account and b.account:
        return a.account == b.account
    return shares(a.name, b.name)


class _Ids:
    """Which row an id of a register means."""

    def __init__(self) -> None:
        self.found: list[Finding] = []
        self._of: dict[tuple[str, str, str], str] = {}
        self._all: dict[tuple[str, str], list[str]] = {}

    def known(self, kind: str, rows: Iterable[Owned], alike: Callable[[Any, Any], bool]) -> dict[str, tuple[Any, ...]]:
        """Unique id → rows that are the same thing; the newest of a register stands last."""
        groups: dict[str, list[Owned]] = {}
        for owner, row in rows:
            groups.setdefault(row.id, []).append((owner, row))
        known: dict[str, tuple[Any, ...]] = {}
        for id, group in groups.items():
            one = len(group) == 1 or all(alike(group[0][1], row) for _, row in group[1:])
            if not one:
                self.found.append(_told("talent.record.shared", kind, id, ", ".join(owner for owner, _ in group), "id"))
            for owner, row in group:
                unique = id if one else f"{id}@{owner}"
                known[unique] = (*known.get(unique, ()), row)
                self._of[kind, owner, id] = unique
                self._all.setdefault((kind, id), [])
                if unique not in self._all[kind, id]:
                    self._all[kind, id].append(unique)
        return known

    def owners(self, kind: str) -> dict[str, str]:
        """Unique id → the first organisation whose register holds it."""
        found: dict[str, str] = {}
        for (of_kind, owner, _), unique in self._of.items():
            if of_kind == kind:
                found.setdefault(unique, owner)
        return found

    def each(self, kind: str, rows: Iterable[Owned]) -> list[tuple[str, str, Any]]:
        """(unique id, owner, row) of rows that are never the same thing."""
        given = list(rows)
        self.known(kind, given, lambda a, b: False)
        return [(self._of[kind, owner, row.id], owner, row) for owner, row in given]

    def of(self, owner: str, kind: str, row: Any, name: str, of_kind: str) -> str:
        """The unique id that a field of a row means, as `one`; «» stays."""
        given = str(getattr(row, name))
        return self.one(owner, kind, row.id, given, of_kind) if given else ""

    def one(self, owner: str, kind: str, id: str, given: str, of_kind: str) -> str:
        """The unique id that a word in a register means: of its own row, else of the only one there is."""
        own = self._of.get((of_kind, owner, given))
        known = self._all.get((of_kind, given), [])
        if own is not None or len(known) == 1:
            return own if own is not None else known[0]
        self.found.append(_told("talent.record.unknown", kind, id, given, of_kind))
        return given


def _told(code: str, kind: str, id: str, given: str, of_kind: str) -> Finding:
    of = KINDS.get(of_kind, {"zh": of_kind, "en": of_kind})
    words = {"kind_zh": KINDS[kind]["zh"], "kind_en": KINDS[kind]["en"], "of_zh": of["zh"], "of_en": of["en"]}
    return finding(code, f"{kind}/{id}", "warning", "", id=id, given=given, **words)


def _events(ids: _Ids, rows: Iterable[Owned], authorisations: Sequence[Authorisation], owner_of: Mapping[str, str],
            units: Mapping[str, CompetenceUnit]) -> dict[str, tuple[AuthorisationEvent, ...]]:  # fmt: skip
    """What happened to each authorisation. A revision that names none reaches all of its method in its own register;
    from an organisation that grants none (who publishes specifications) those of all."""
    by_method: dict[tuple[str, str], list[str]] = {}
    for a in authorisations:
        if a.unit in units and units[a.unit].method:
            method = one_line(units[a.unit].method)
            for owner in ("", owner_of[a.id]):
                by_method.setdefault((owner, method), []).append(a.id)
    granting = set(owner_of.values())
    events: dict[str, list[AuthorisationEvent]] = {}
    for owner, row in sorted(rows, key=lambda pair: pair[1].day):
        if row.authorisation:
            reached = [ids.of(owner, "authorisation_event", row, "authorisation", "authorisation")]
        else:
            reached = by_method.get((owner if owner in granting else "", one_line(row.method)), [])
        for id in reached:
            events.setdefault(id, []).append(replace(row, authorisation=id))
    return {id: tuple(found) for id, found in events.items() if id in owner_of}


# ---------------------------------------------------------------- comparisons


def _with_outcomes(records: Records, outcomes: tuple[Outcome, ...]) -> Records:
    """The records with what comparisons found about persons, and with all that speaks against one."""
    items: list[EvidenceItem] = []
    against: list[Contradiction] = []
    measured: dict[str, str] = {}
    found = list(records.found)
    for outcome in outcomes:
        if not outcome.measured_by:
            continue
        person = records.named(outcome.measured_by, outcome.laboratory)
        if person is None:
            found.append(finding("talent.record.measured_by", f"comparison/{outcome.comparison}", "note",
                                 comparison=outcome.comparison, person=outcome.measured_by))  # fmt: skip
            continue
        measured[outcome.id] = person
        if not outcome.quantity:
            found.append(finding("talent.record.no_quantity", f"comparison/{outcome.comparison}", "note",
                                 comparison=outcome.comparison, measurand=outcome.measurand))  # fmt: skip
            continue
        good = outcome.measured if outcome.verdict == "satisfactory" else outcome.remedied
        if good is not None:
            items.append(_item(outcome, person, good))
        if outcome.verdict == "unsatisfactory":
            about = f"{outcome.comparison} {outcome.measurand}"
            failed = Contradiction(person, "", outcome.quantity, outcome.measured, outcome.remedied, about, True)
            against.append(replace(failed, point=_point(outcome)))
    numbers = {(measured[o.id], one_line(o.comparison)) for o in outcomes if o.id in measured}
    kept = tuple(e for e in records.evidence if not _computed(e, numbers))
    evidence = (*kept, *items)
    return replace(records, evidence=evidence, contradictions=(*against, *_assessed(kept)), measured=measured,
                   found=tuple(found))  # fmt: skip


def _point(outcome: Outcome) -> Interval | None:
    """The nominal value of a measurand, where it is a number with a unit."""
    parts = nominal_parts(outcome.nominal)
    if parts is None:
        return None
    try:
        return Interval(parts[0], parts[0], parse_unit(parts[1] or outcome.unit))
    except Refused:
        return None


def _item(outcome: Outcome, person: str, day: date) -> EvidenceItem:
    value = None if outcome.score is None or day != outcome.measured else abs(outcome.score)
    return EvidenceItem(
        outcome.id, person, "comparison", day, value=value, title=outcome.name, quantity=outcome.quantity,
        document=outcome.digest, detail={"comparison": outcome.comparison, "computed": True},
    )  # fmt: skip


def _computed(item: EvidenceItem, known: set[tuple[str, str]]) -> bool:
    """Whether the same comparison is known from its report: what can be computed is not taken from a register."""
    number = str(item.detail.get("comparison") or item.detail.get("round") or "")
    return item.kind == "comparison" and (item.person, one_line(number)) in known


def _assessed(evidence: Iterable[EvidenceItem]) -> list[Contradiction]:
    """Failed comparisons and witnessed assessments of registers, until a later good one of the same kind and scope."""
    scopes: dict[tuple[str, str, str, str], list[EvidenceItem]] = {}
    for item in sorted(evidence, key=lambda e: e.day):
        if item.kind in ("comparison", "witnessed"):
            key = (item.person, item.kind, item.unit, quantity_key(item.quantity) if item.quantity else "")
            scopes.setdefault(key, []).append(item)
    found: list[Contradiction] = []
    for (person, _, unit, quantity), items in scopes.items():
        remedy: date | None = None
        for item in reversed(items):
            if item.good:
                remedy = item.day
            else:
                found.append(Contradiction(person, unit, quantity, item.day, remedy, item.id, False))
    return found


Row = TypeVar("Row")
Name = TypeVar("Name")


def _grouped(rows: Iterable[Row], name: Callable[[Row], Name]) -> dict[Name, tuple[Row, ...]]:
    groups: dict[Name, list[Row]] = {}
    for row in rows:
        groups.setdefault(name(row), []).append(row)
    return {key: tuple(group) for key, group in groups.items()}


def _words_of(person: Person) -> tuple[str, ...]:
    return tuple(one_line(word) for word in (person.id, person.account, *person.name.values()) if word)
