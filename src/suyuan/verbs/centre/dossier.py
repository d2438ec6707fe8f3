"""The dossier of a centre from what is known on a day: nothing in it is typed in that a record can say.

    snapshot ─ capabilities with their certificates, needs with their verdicts, persons, money, papers ─▶ Dossier

The pure check of it is `centre.dossier_checks.completeness`; documents are made by `report.service.dossier`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from suyuan.capability.capability import Capability
from suyuan.capability.gaps.industry import parameters
from suyuan.capability.holding.support import standards_on
from suyuan.capability.matching.match import match
from suyuan.centre.dossier import (
    Backing,
    Claimed,
    Demanded,
    Dossier,
    Milestone,
    Money,
    Paper,
    Reviewer,
    Staff,
    Stage,
    documents,
)
from suyuan.centre.guideline import Guideline
from suyuan.centre.records import Centre, CentreRecord
from suyuan.certificate.certificate import Certificate, Text, one_line
from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.standing import documents_of
from suyuan.talent.columns import CODE
from suyuan.talent.records import Authorisation
from suyuan.talent.standing import of_authorisation
from suyuan.traceability.evidence import Key
from suyuan.verbs.centre.facts import Subject, World, facts
from suyuan.verbs.centre.score import guideline_of
from suyuan.verbs.matter.panels import reviewers_of
from suyuan.verbs.people.standing import authorised_persons
from suyuan.verbs.register.written import interval_text, uncertainty_text
from suyuan.verbs.snapshot import Snapshot

_MET = {"can": True, "unknown": None}
_CHAIN = {"complete": True, "broken": False}
_TESTED = {"supported": True, "contradicted": False}
_DAYS = re.compile(r"\d{4}-\d{2}-\d{2}")


def dossier_on(
    snapshot: Snapshot, centre: str, stage: Stage = "apply", texts: Mapping[str, Text] | None = None
) -> Dossier | None:
    """The dossier of a centre on the day of a snapshot; None for a centre that no register names.

    stage: what it is made for; texts: document → what the host wrote in words, whose numbers are held against the
    computed ones.
    """
    row = next((row for row in snapshot.rows("centre") if row.id == centre), None)
    if row is None:
        return None
    of = Subject(snapshot.once("world of centres", lambda: World(snapshot)), row)
    own = [m for m in snapshot.matters_of("centre", "candidate") if str(m.fields.get("centre", "")) == centre]
    found = facts(snapshot, centre)
    return Dossier(
        row, snapshot.day, stage, f"{centre}-{stage}-{snapshot.day:%Y%m%d}",
        tuple(_papers(of, own, texts or {})), tuple(_claimed(of)), tuple(_demanded(of)), tuple(_staff(of)),
        tuple(_money(_records(of))), tuple(_milestones(own)), tuple(_reviewers(snapshot, row, own)),
        {f.subject: f.evidence or f"certificate:{f.subject}" for f in found if f.kind == "standard"}, _term(own),
        _enterprises_least(guideline_of(snapshot, row)),
    )  # fmt: skip


def _enterprises_least(guideline: Guideline | None) -> float | None:
    """The number of firms that the guideline's gate asks for: the same that the page of the centre shows."""
    gates = () if guideline is None else guideline.gates
    return next((g.least for g in gates if g.rule is not None and g.rule.kind == "enterprise"), None)


# ---------------------------------------------------------------- capabilities and needs


def _claimed(of: Subject) -> Iterator[Claimed]:
    persons = authorised_persons(of.snapshot, of.capabilities)
    rests = standards_on(
        {key for c in of.capabilities for key in c.standards}, of.snapshot.survey, of.snapshot.evidence, of.snapshot.day
    )
    withdrawn = {(s.issuer, s.number) for s in of.snapshot.evidence.statements if s.kind == "withdrawn"}
    for c in of.capabilities:
        support, held = of.supports[c.key], persons[c.key]
        backings = tuple(_backing(of, key, rests[key].state, key in withdrawn) for key in c.standards)
        ends = [s.valid_until for s in c.standings if s.valid_until is not None]
        yield Claimed(
            c.id, c.measurand or c.item_name or {"": c.quantity}, _own_name(of, c), _industry(of, c),
            interval_text(c.interval),
            "" if c.uncertainty is None else uncertainty_text(c.uncertainty, c.interval.unit.symbol), backings,
            len(c.budget), _CHAIN.get(support.chain), None if held is None else tuple(sorted(held)),
            max(ends) if ends and len(ends) == len(c.standings) else None, _TESTED.get(support.tested),
            f"row:capability/{c.id}",
        )  # fmt: skip


def _one(names: Text) -> str:
    """The Chinese name, else any."""
    return names.get("zh") or next(iter(names.values()), "")


def _own_name(of: Subject, c: Capability) -> str:
    """The name under which the centre lists the laboratory, else its own."""
    listed = {one_line(name): name for name in of.centre.laboratories}
    return next((listed[one_line(n)] for n in c.laboratory.values() if one_line(n) in listed), c.key[0])


def _industry(of: Subject, c: Capability) -> str:
    """The centre's industry where the capability serves it, else the one that its key parameters are of."""
    known = parameters()
    served = [known[p].industry for p in c.parameters if p in known]
    return of.centre.industry if not served or of.centre.industry in served else served[0]


def _backing(of: Subject, key: Key, state: str, withdrawn: bool) -> Backing:
    """Its own certificate: an anchor has none, and what is broken above it is the chain's fault, not its own."""
    nodes = of.world.by_key.get(key, ())
    certificate = next((n.document for n in nodes if isinstance(n.document, Certificate)), None)
    until = None if certificate is None else certificate.valid_until
    if withdrawn and state == "broken":
        return Backing(key[0], key[1], until, "withdrawn")
    if until is not None and until < of.snapshot.day:
        return Backing(key[0], key[1], until, "expired")
    known = certificate is not None or state == "complete"
    return Backing(key[0], key[1], until, "valid" if known else "unknown")


def _demanded(of: Subject) -> Iterator[Demanded]:
    for need in of.needs:
        verdict = match(need, of.capabilities, of.supports, of.snapshot.day).verdict
        yield Demanded(
            need.id, need.title or need.measurand, _one(need.organisation), need.industry,
            need.quantity, interval_text(need.interval), "" if need.target is None else uncertainty_text(need.target),
            _MET.get(verdict, False), float(need.criticality), f"row:need/{need.id}",
        )  # fmt: skip


# ---------------------------------------------------------------- persons and money


_ENDED = ("expired", "suspended", "withdrawn")


def _staff(of: Subject) -> Iterator[Staff]:
    """Whom the centre's laboratories ever authorised, with the best state on the day."""
    people, matrix = of.world.people, of.world.authorised
    states = {code: state for state, code in CODE.items()}
    granted: dict[str, list[tuple[Authorisation, str]]] = {}
    for one, code in zip(people.authorisations, matrix.of_authorisation, strict=True):
        if of.owns(one.laboratory):
            granted.setdefault(one.person, []).append((one, states[int(code)]))
    for id, rows in granted.items():
        until: dict[str, date] = {}
        for one, state in rows:
            if state == "authorised":
                end = of_authorisation(people, one, of.snapshot.day).until or date.max
                until[one.unit] = max(end, until.get(one.unit, end))
        ends = list(until.values()) or [one.valid_until or date.max for one, _ in rows]
        person = people.persons[id][-1] if people.persons.get(id) else None
        names = {} if person is None else person.organisation
        yield Staff(
            id, people.name(id), _one(names),
            tuple(until), _open(max(ends)),
            "valid" if until else _worst(state for _, state in rows), None if person is None else person.employed_until,
            f"row:person/{id}", tuple(map(_open, until.values())),
        )  # fmt: skip


def _open(end: date) -> date | None:
    """None for what has no end."""
    return None if end == date.max else end


def _worst(states: Iterable[str]) -> Any:
    """What is told of a person without a valid authorisation."""
    found = set(states)
    return next((state for state in _ENDED if state in found), "none")


def _records(of: Subject) -> list[CentreRecord]:
    rows = of.snapshot.rows("centre_record")
    return [row for row in rows if row.centre == of.centre.id and row.day <= of.snapshot.day]


def _money(rows: Iterable[CentreRecord]) -> Iterator[Money]:
    for row in rows:
        if row.kind in ("fund_plan", "fund_actual") and row.document:  # what is only declared counts nowhere
            yield Money(
                row.id, "plan" if row.kind == "fund_plan" else "actual", row.year, row.value, row.group,
                f"document:{row.document}", row.unit,
            )  # fmt: skip


# ---------------------------------------------------------------- papers, milestones, reviewers


def _papers(of: Subject, own: Iterable[Matter], texts: Mapping[str, Text]) -> Iterator[Paper]:
    """Of each document the newest that was brought in the life cycle or recorded."""
    known = {row["name"] for row in documents()}
    found: dict[str, Paper] = {}
    for matter in own:
        for event in matter.events:
            for name, digest in documents_of(event).items():
                if name in known and digest:
                    found[name] = Paper(name, digest, event.time.date(), None, event.person, "", texts.get(name, {}))
    for row in _records(of):
        name = row.detail.get("name") or row.group
        if row.kind == "document" and name in known and (name not in found or row.day > (found[name].day or date.min)):
            signed = row.detail.get("signed", "")
            found[name] = Paper(name, row.document, row.day, row.valid_until, signed, row.detail.get("centre", ""),
                                texts.get(name, {}))  # fmt: skip
    yield from found.values()
    for name, text in texts.items():
        if name not in found:
            yield Paper(name, text=text)


def _last(own: Iterable[Matter], key: str) -> Any:
    """The newest content of a name in the life cycle."""
    events: list[Event] = sorted((e for m in own for e in m.events), key=lambda e: e.time)
    return next((e.content[key] for e in reversed(events) if key in e.content), None)


def _term(own: Iterable[Matter]) -> tuple[date, date] | None:
    given = _last(own, "term")
    if isinstance(given, Mapping):
        given = f"{given.get('from', given.get('start', ''))} {given.get('until', given.get('end', ''))}"
    days = [_day(text) for text in _DAYS.findall(str(given))] if given else []
    known = sorted(day for day in days if day is not None)
    return (known[0], known[-1]) if len(known) >= 2 else None


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def _milestones(own: Iterable[Matter]) -> Iterator[Milestone]:
    given = _last(own, "milestones")
    for row in given if isinstance(given, list | tuple) else ():
        if isinstance(row, Mapping):
            title, after = row.get("title", ""), row.get("after", ())
            yield Milestone(
                str(row.get("id", "")), title if isinstance(title, Mapping) else {"": str(title)},
                _day(row.get("start")), _day(row.get("end")), str(row.get("owner", "")),
                tuple(map(str, after)) if isinstance(after, list | tuple) else (str(after),),
            )  # fmt: skip


def _reviewers(snapshot: Snapshot, row: Centre, own: Iterable[Matter]) -> Iterator[Reviewer]:
    seen: set[str] = set()
    panels = (m for m in snapshot.matters_of("panel_review", "review") if str(m.fields.get("centre", "")) == row.id)
    for matter in (*own, *panels):
        for one in reviewers_of(snapshot, matter):
            if one.name in seen:
                continue
            seen.add(one.name)
            lasting = [a for a in one.affiliations if (a.until or date.max) >= snapshot.day]
            host = {one_line(name) for name in (*row.host.values(), *row.laboratories, *row.partners)}
            names = [name for a in lasting for name in a.names]
            own_ = next((name for name in names if one_line(name) in host), names[0] if names else "")
            yield Reviewer(one.name, own_, ())
