"""What is missing: per person and unit requirement by requirement, per unit the persons, per region the training.

Whom a unit is asked of follows from the records: a person who was granted it, or has evidence that names it, and works
for somebody on the day. What nobody asked for is left open, not counted as missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from suyuan.certificate.certificate import Text, one_line
from suyuan.quantity.finding import Finding
from suyuan.talent.base import Course
from suyuan.talent.columns import CODE, Columns, columns, states
from suyuan.talent.joined import Records, own, shares
from suyuan.talent.records import Authorisation, EvidenceKind
from suyuan.talent.standing import STATES, Met, Standing, State, employments, lacking, of_authorisation, standing


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is missing. kind: of evidence, «» where something else than evidence is; met: how far the
    requirement is met, None for the rest; why: the finding; courses: ids of those that close it."""

    kind: EvidenceKind | Literal[""]
    met: Met | None
    why: Finding
    courses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """What keeps a person from being authorised for a unit on a day, () where nothing does. until: to when it holds."""

    person: str
    unit: str
    day: date
    state: State
    missing: tuple[Missing, ...]
    until: date | None = None

    @property
    def courses(self) -> tuple[str, ...]:
        """All courses that close something of it."""
        return tuple(dict.fromkeys(id for item in self.missing for id in item.courses))


@dataclass(frozen=True, slots=True)
class Cells:
    """Persons × units for a figure or a table. cells: (row of the person, column of the unit) → state; a field that is
    missing was asked of nobody."""

    persons: tuple[str, ...]
    units: tuple[str, ...]
    cells: Mapping[tuple[int, int], State]


@dataclass(frozen=True, slots=True)
class Risk:
    """How many persons a laboratory has for a unit. persons: authorised on the day."""

    laboratory: Text
    unit: str
    persons: tuple[str, ...]

    @property
    def level(self) -> Literal["nobody", "single", "shared"]:
        return "nobody" if not self.persons else "single" if len(self.persons) == 1 else "shared"


@dataclass(frozen=True, slots=True)
class Expiry:
    """What ends soon. until: last day on which it holds; what: the authorisation itself, the evidence under it, or the
    employment."""

    person: str
    unit: str
    authorisation: str
    until: date
    what: Literal["authorisation", "evidence", "employment"]


@dataclass(frozen=True, slots=True)
class Demand:
    """Training that is needed. region: «» where it is not known; persons: with a gap in the unit; short: how many more
    persons its laboratories need so that none has fewer than two; courses: that serve the unit."""

    unit: str
    region: str
    persons: tuple[str, ...]
    short: int
    courses: tuple[str, ...]


def gap(records: Records, person: str, unit: str, day: date, courses: Iterable[Course] = ()) -> Gap:
    """What keeps a person from being authorised for a unit on a day, and which courses close it."""
    given = tuple(courses)
    found = standing(records, person, unit, day)
    missing = [
        Missing(item.requirement.kind, item, lacking(records, item, person, unit),
                tuple(c.id for c in given if unit in c.units and item.requirement.kind in c.gives))
        for item in found.met if not item.good
    ] + [
        Missing("", None, told, _serving(unit, given))
        for told in found.reasons
        if told.severity == "error" and told.code != "talent.standing.requirement"
    ]  # fmt: skip
    return Gap(person, unit, day, found.state, tuple(missing), found.until)


def _serving(unit: str, courses: Iterable[Course]) -> tuple[str, ...]:
    return tuple(c.id for c in courses if unit in c.units)


def employers(records: Records, person: str, day: date) -> tuple[Text, ...]:
    """For whom a person works on a day."""
    return tuple(
        row.organisation
        for row in records.persons.get(person, ())
        if (row.employed_from or date.min) <= day <= (row.employed_until or date.max)
    )


def asked(records: Records, day: date) -> tuple[tuple[str, str], ...]:
    """Persons and units that are asked of them on a day: granted by a laboratory that they work for, or named by their
    evidence."""
    pairs: dict[tuple[str, str], None] = {}
    works = {id: employers(records, id, day) for id in records.persons}
    for a in records.authorisations:
        if a.unit in records.units and any(shares(e, a.laboratory) for e in works.get(a.person, ())):
            pairs[a.person, a.unit] = None
    for item in records.evidence:
        if item.unit in records.units and item.day <= day and works.get(item.person):
            pairs[item.person, item.unit] = None
    return tuple(pairs)


def gaps_of(records: Records, person: str, day: date, courses: Iterable[Course] = ()) -> tuple[Gap, ...]:
    """The units that are asked of a person on a day, each with what is missing."""
    given = tuple(courses)
    return tuple(gap(records, p, unit, day, given) for p, unit in asked(records, day) if p == person)


def matrix(
    records: Records, day: date, persons: Sequence[str] = (), units: Sequence[str] = (), given: Columns | None = None
) -> Cells:
    """Persons × units with their states on a day. persons, units: which, in this order; () for all who were granted or
    asked for anything, and the units that nobody was ever granted: their columns are empty."""
    pairs = dict.fromkeys((*((a.person, a.unit) for a in records.authorisations), *asked(records, day)))
    known = [(p, u) for p, u in pairs if p in records.persons and u in records.units]
    shown, needed = {p for p, _ in known}, {u for _, u in known} | set(never_granted(records, day))
    rows = tuple(persons) or tuple(p for p in records.persons if p in shown)
    across = tuple(units) or tuple(u for u in records.units if u in needed)
    found = states(given or columns(records), day)
    at_row, at_column = ({id: n for n, id in enumerate(ids)} for ids in (rows, across))
    cells = {(at_row[p], at_column[u]): found.state(p, u) for p, u in known if p in at_row and u in at_column}
    return Cells(rows, across, cells)


def risks(
    records: Records, day: date, laboratory: Text | None = None, given: Columns | None = None
) -> tuple[Risk, ...]:
    """For every unit that a laboratory ever granted: who is authorised for it there on the day; the fewest first. One
    that was never granted stands with nobody, at the laboratory whose register states it."""
    found = states(given or columns(records), day).of_authorisation
    groups: dict[tuple[str, str], tuple[Text, dict[str, None]]] = {}
    for granted, code in zip(records.authorisations, found, strict=True):
        if granted.valid_from > day or granted.unit not in records.units:
            continue
        if laboratory is not None and not shares(granted.laboratory, laboratory):
            continue
        _, persons = groups.setdefault((_name(granted.laboratory), granted.unit), (granted.laboratory, {}))
        if code == CODE["authorised"]:
            persons[granted.person] = None
    rows = [Risk(text, unit, tuple(persons)) for (_, unit), (text, persons) in groups.items()]
    rows += [
        Risk(text, unit, ())
        for unit, text in never_granted(records, day).items()
        if laboratory is None or shares(text, laboratory)
    ]
    return tuple(sorted(rows, key=lambda r: (len(r.persons), _name(r.laboratory), r.unit)))


def never_granted(records: Records, day: date) -> dict[str, Text]:
    """Units that nobody was ever granted up to a day, with the laboratory that states them; those of an organisation
    without persons (who publishes specifications) are asked of no laboratory."""
    granted = {a.unit for a in records.authorisations if a.valid_from <= day}
    texts = [row.organisation for rows in records.persons.values() for row in rows]
    named = {one_line(name): text for text in texts for name in text.values()}
    return {
        unit: named[one_line(owner)]
        for unit, owner in records.owners.items()
        if unit in records.units and unit not in granted and one_line(owner) in named
    }


def _name(text: Text) -> str:
    return one_line(own(text, "zh"))


def expiring(records: Records, day: date, days: int = 90, given: Columns | None = None) -> tuple[Expiry, ...]:
    """What holds on a day and ends within so many days after it if nothing new happens; the first to end first.

    days: how far one looks ahead; the last of these days counts.
    """
    table = given or columns(records)
    ahead = day + timedelta(days) if (date.max - day).days > days else date.max
    now = states(table, day).of_authorisation
    then = states(table, min(ahead, date.max - timedelta(1)) + timedelta(1)).of_authorisation
    rows = []
    for granted, code, later in zip(records.authorisations, now, then, strict=True):
        if code == CODE["authorised"] != later:  # only few end: the rest is not looked at one by one
            found = of_authorisation(records, granted, day)
            if found.until is not None and found.until <= ahead:
                what = what_ends(records, granted, found)
                rows.append(Expiry(granted.person, granted.unit, granted.id, found.until, what))
    return tuple(sorted(rows, key=lambda e: (e.until, e.person, e.unit)))


def what_ends(
    records: Records, granted: Authorisation, found: Standing
) -> Literal["authorisation", "evidence", "employment"]:
    """What ends first: the authorisation itself with its renewals, evidence under it, or the employment."""
    newest = granted
    while newest.id in records.renewed:
        newest = next(a for a in records.granted[granted.person, granted.unit] if a.id == records.renewed[newest.id])
    if found.until in (granted.valid_until, newest.valid_until):
        return "authorisation"
    if any(m.until == found.until for m in found.met):
        return "evidence"
    return "employment" if any(end == found.until for _, end in employments(records, granted)) else "evidence"


def suspensions(records: Records, authorisation: str) -> tuple[tuple[date, date | None], ...]:
    """The days from … to before … on which an authorisation was suspended; None: it still is."""
    found: list[tuple[date, date | None]] = []
    for event in records.events.get(authorisation, ()):
        if event.kind == "suspended" and (not found or found[-1][1] is not None):
            found.append((event.day, None))
        elif event.kind == "resumed" and found and found[-1][1] is None:
            found[-1] = (found[-1][0], event.day)
    return tuple(found)


def demand(
    records: Records, day: date, courses: Iterable[Course], regions: Mapping[str, str], least: int = 2
) -> tuple[Demand, ...]:
    """Training that the gaps of a day ask for, per unit and region; the most needed first.

    regions: name of an organisation → region code; least: authorised persons that a laboratory should have for a unit,
    two so that nobody is the only one.
    """
    given, table = tuple(courses), columns(records)
    found = states(table, day)
    persons: dict[tuple[str, str], dict[str, None]] = {}
    short: dict[tuple[str, str], int] = {}
    for person, unit in asked(records, day):
        if found.state(person, unit) not in ("authorised", "not_yet"):
            for employer in employers(records, person, day)[:1]:
                persons.setdefault((unit, _region(employer, regions)), {})[person] = None
    for risk in risks(records, day, given=table):
        lacking = least - len(risk.persons)
        if lacking > 0:
            key = (risk.unit, _region(risk.laboratory, regions))
            short[key] = short.get(key, 0) + lacking
    rows = [
        Demand(
            unit, region, tuple(persons.get((unit, region), ())), short.get((unit, region), 0), _serving(unit, given)
        )
        for unit, region in dict.fromkeys((*persons, *short))
    ]
    return tuple(sorted(rows, key=lambda d: (-max(len(d.persons), d.short), d.unit, d.region)))


def _region(organisation: Text, regions: Mapping[str, str]) -> str:
    return next((regions[one_line(n)] for n in organisation.values() if one_line(n) in regions), "")


def counted(cells: Cells) -> Mapping[State, int]:
    """How many fields of a matrix have each state, all states named."""
    totals = dict.fromkeys(STATES, 0)
    for state in cells.cells.values():
        totals[state] += 1
    return totals
