"""Persons on the site: who sees what of whom, where a laboratory's persons stand on a day, and what is written down.

Whoever works for the same laboratory, holds the right to authorise, or is the person sees everything; others see who
is authorised, and no more. What is written is in `authorise`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from suyuan.certificate.certificate import Text, one_line
from suyuan.procedure.attachment import Attachment, read_attachment
from suyuan.quantity.finding import Refused
from suyuan.site.acts import clock, service, store
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matters.matter import name_of
from suyuan.talent.columns import CODE
from suyuan.talent.gap import asked, employers
from suyuan.talent.joined import Records, own, shares
from suyuan.talent.records import Authorisation
from suyuan.talent.standing import STATES, Standing, State, of_authorisation, standing
from suyuan.verbs.people import standing as verbs
from suyuan.verbs.snapshot import Snapshot, snapshot

AUTHORISE = "authorise"
SOON = 90
"""Days ahead in which an end counts as near."""
_MOST_DAYS = 6


@dataclass(frozen=True)
class View:
    """What is known of persons on a day, as somebody sees it. me: persons that the account is; works: the
    organisations that it works for; authorises: may see and grant all."""

    known: Snapshot
    records: Records
    account: str
    me: tuple[str, ...]
    works: tuple[Text, ...]
    authorises: bool

    @property
    def day(self) -> date:
        return self.known.day

    def whole(self, person: str) -> bool:
        """Whether everything about a person may be seen."""
        if self.authorises or person in self.me:
            return True
        rows = self.records.persons.get(person, ())
        return any(shares(row.organisation, own_) for row in rows for own_ in self.works)

    def inside(self, laboratory: Text) -> bool:
        """Whether the persons of a laboratory may be seen as a whole."""
        return self.authorises or any(shares(laboratory, own_) for own_ in self.works)


def view(user: User, day: date | None = None) -> View:
    """Persons on a day, today where none is said, as somebody sees them."""
    known = on_day(day)
    records = verbs.records_on(known)
    account = name_of(user)
    me = tuple(id for id, rows in records.persons.items() if account and any(row.account == account for row in rows))
    today = clock.today()
    works = tuple(organisation for id in me for organisation in employers(records, id, today))
    return View(known, records, account, me, works, service.may(user, AUTHORISE))


def on_day(day: date | None) -> Snapshot:
    """What the registers say today about a day: grants, events and evidence bear their own days, so that a past day is
    answered with all that was delivered since; certificates and comparisons are those of the day."""
    today = service.now_known()
    if day is None or day >= today.day:
        return service.now_known(day)
    kept: dict[date, Snapshot] = today.once("persons on days", dict)
    if day not in kept:
        while len(kept) >= _MOST_DAYS:
            kept.pop(next(iter(kept)))
        kept[day] = _looking_back(today, day)
    return kept[day]


def _looking_back(today: Snapshot, day: date) -> Snapshot:
    ordered = sorted((r for r in today.documents.registers if r.day <= today.day), key=lambda r: r.day)
    # what a later delivery takes out was there on the day
    registers = tuple(r if r.day <= day else replace(r, day=day, removed={}) for r in ordered)
    return snapshot(today.evidence, replace(today.documents, registers=registers), day)


def laboratories(seen: View) -> tuple[Text, ...]:
    """The organisations that keep a competence register, the reader's own first."""
    found: dict[str, Text] = {}
    for text in (*seen.works, *(a.laboratory for a in seen.records.authorisations)):
        found.setdefault(named(text), text)
    return tuple(found.values())


def named(text: Text) -> str:
    """The name by which an organisation is asked for in an address."""
    return one_line(own(text, "zh"))


def own_laboratory(seen: View) -> Text:
    """For whom somebody writes: the employer, else the site's own laboratory, else the only one that there is; {}."""
    from suyuan.site.web.shell import laboratory

    if seen.works:
        return seen.works[0]
    site = laboratory()
    if seen.records.kept_by(site):
        return next((lab for lab in laboratories(seen) if shares(lab, site)), site)
    known = laboratories(seen)
    return known[0] if len(known) == 1 else {}


# ---------------------------------------------------------------- where persons stand


@dataclass(frozen=True, slots=True)
class Cell:
    """One person and one unit at a laboratory. authorisation: the one that counts, «» where there is none; until: the
    end that is printed on it."""

    person: str
    unit: str
    state: State
    authorisation: str = ""
    until: date | None = None


def cells(known: Snapshot, laboratory: Text) -> Mapping[tuple[str, str], Cell]:
    """Persons × units of one laboratory: what it granted, and what is asked of those who work for it."""
    return known.once(f"people cells {named(laboratory)}", lambda: _cells(known, laboratory))


def _cells(known: Snapshot, laboratory: Text) -> Mapping[tuple[str, str], Cell]:
    records = verbs.records_on(known)
    found: dict[tuple[str, str], Cell] = {}
    ours: dict[int, bool] = {}
    for granted, code in zip(records.authorisations, verbs.states_on(known).of_authorisation, strict=True):
        key = id(granted.laboratory)
        if key not in ours:
            ours[key] = shares(granted.laboratory, laboratory)
        if not ours[key] or granted.person not in records.persons or granted.unit not in records.units:
            continue
        cell = Cell(granted.person, granted.unit, STATES[int(code)], granted.id, granted.valid_until)
        other = found.get((cell.person, cell.unit))
        if other is None or _rank(cell) < _rank(other):
            found[cell.person, cell.unit] = cell
    for person, unit in asked(records, known.day):
        if (person, unit) not in found and any(shares(e, laboratory) for e in employers(records, person, known.day)):
            found[person, unit] = Cell(person, unit, "not_authorised")
    return found


def _rank(cell: Cell) -> tuple[int, int]:
    return STATES.index(cell.state), -(cell.until or date.max).toordinal()


def authorisation(records: Records, id: str) -> Authorisation | None:
    """An authorisation by its id."""
    return next((a for a in records.authorisations if a.id == id), None)


def proven(records: Records, cell: Cell, day: date, laboratory: Text | None = None) -> Standing:
    """A field with its reasons and evidence."""
    held_ = records.granted.get((cell.person, cell.unit), ())
    granted = next((a for a in held_ if a.id == cell.authorisation), None)
    if granted is None:
        return standing(records, cell.person, cell.unit, day, laboratory)
    return of_authorisation(records, granted, day)


def held(known: Snapshot, person: str) -> tuple[tuple[Authorisation, State], ...]:
    """Everything that was ever granted to a person, with its state on the day."""
    records = verbs.records_on(known)
    codes = verbs.states_on(known).of_authorisation
    return tuple(
        (a, STATES[int(code)]) for a, code in zip(records.authorisations, codes, strict=True) if a.person == person
    )


def counts(known: Snapshot) -> int:
    """How many authorisations hold on the day."""
    return int((verbs.states_on(known).of_authorisation == CODE["authorised"]).sum())


def file_of(seen: View, digest: str) -> Attachment | None:
    """The document behind a piece of evidence, for whoever may see it; None where nobody names it, or not to him."""
    named_by = [e for e in seen.records.evidence if e.document == digest]
    if not any(seen.whole(e.person) for e in named_by):
        return None
    try:
        data = store.store().read(digest)
    except Refused:
        return None
    return read_attachment(data)[0] or Attachment(f"{digest[:12]}", "application/octet-stream", data, digest)
