"""Facts that follow from registers and matters: people, records with their documents, orders, gaps, research, papers.

A row without a document is declared: it is shown, and counts as unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from suyuan.capability.gaps.industry import KeyParameter
from suyuan.capability.interval import Interval
from suyuan.capability.taxonomy import quantity_key
from suyuan.centre.facts import Fact
from suyuan.centre.funds import UNIT, amount_in
from suyuan.centre.records import CentreRecord
from suyuan.centre.shipped import guidelines as shipped
from suyuan.certificate.certificate import Text, one_line
from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.standing import documents_of
from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import parse_unit
from suyuan.talent.base import of_base
from suyuan.talent.columns import CODE
from suyuan.talent.records import CompetenceUnit, EvidenceItem
from suyuan.verbs.matter.matters import stands

if TYPE_CHECKING:
    from suyuan.verbs.centre.facts import Subject

_DOES = ("perform", "sign")
"""Activities in which a unit of competence stands for a key parameter; teaching and assessing are counted elsewhere."""
_CLOSED = ("can",)
"""Verdicts after which a gap is closed."""
_NOVEL = ("device", "reference_material", "crm", "method")
"""Kinds of results of research that are new means of measurement."""


def host(of: Subject) -> Iterator[Fact]:
    """Whether the host is an independent legal person, as far as a document shows it."""
    row = of.centre
    yield Fact(
        row.id, "host", next(iter(row.host.values()), ""), row.host_independent,
        evidence=f"document:{row.document}" if row.document else f"row:centre/{row.id}",
        origin=_origin(of, row.document), title=row.host,
    )  # fmt: skip


# ---------------------------------------------------------------- people


def persons(of: Subject) -> Iterator[Fact]:
    """Persons with an authorisation of the centre's laboratories, and how many there are for each key parameter.

    A person counts once for a key parameter, however many units or authorisations for it there are: perform and sign,
    or two methods, are no second person.
    """
    people, matrix = of.world.people, of.world.authorised
    holders: dict[str, bool] = {}
    units: dict[str, set[str]] = {}
    for granted, code in zip(people.authorisations, matrix.of_authorisation, strict=True):
        if not of.owns(granted.laboratory):
            continue
        valid = int(code) == CODE["authorised"]
        holders[granted.person] = holders.get(granted.person, False) or valid
        mastered = people.units.get(granted.unit)
        if mastered is not None and mastered.activity in _DOES:
            held_by = units.setdefault(granted.unit, set())
            held_by |= {granted.person} if valid else set()
    for person, valid in holders.items():
        yield Fact(of.centre.id, "person", person, valid, evidence=f"row:person/{person}", title=people.name(person))
    yield from _behind(of, units)


def _behind(of: Subject, units: Mapping[str, set[str]]) -> Iterator[Fact]:
    """How many persons stand behind each key parameter of the industry that the centre measures: that a capability
    covers or a unit of its people speaks for; nobody behind it is 0. Without a list of key parameters a parameter is
    a quantity and item of the units."""
    held: dict[str, set[str]] = {}
    shown: dict[str, tuple[Text, str]] = {}
    for parameter in () if of.industry is None else of.industry.parameters:
        speaking = [unit for unit in units if _speaks(of.world.people.units[unit], parameter)]
        if speaking or of.met[parameter.id]:
            held[parameter.id] = {person for unit in speaking for person in units[unit]}
            shown[parameter.id] = parameter.name, f"parameter:{parameter.id}"
    for unit, persons_ in units.items() if of.industry is None else ():
        of_unit = of.world.people.units[unit]
        name = " ".join(filter(None, (quantity_key(of_unit.quantity), one_line(of_unit.item))))
        held.setdefault(name, set()).update(persons_)
        shown.setdefault(name, (of.world.people.title(unit), f"row:competence_unit/{unit}"))
    for name, behind in held.items():
        title, evidence = shown[name]
        yield Fact(
            of.centre.id, "parameter_persons", name, len(behind) >= 2, float(len(behind)), group=name,
            evidence=evidence, title=title, detail={"persons": "、".join(sorted(behind))} if behind else {},
        )  # fmt: skip


def _speaks(unit: CompetenceUnit, parameter: KeyParameter) -> bool:
    """Whether a unit is of the measurand of a key parameter: the same quantity and, where both say so, intervals that
    meet. An interval that is of another quantity, or that cannot be converted, keeps nobody out."""
    if quantity_key(unit.quantity) != quantity_key(parameter.quantity):
        return False
    if unit.interval is None or parameter.interval_of:
        return True
    try:
        wanted = Interval(parameter.low, parameter.high, parse_unit(parameter.unit)).to(unit.interval.unit)
    except Refused:
        return True
    return wanted.low <= unit.interval.high and unit.interval.low <= wanted.high


def leaders(of: Subject) -> Iterator[Fact]:
    """Discipline leaders of the centre; good: a project with a document, or a research matter, shows them at work."""
    people = of.world.people
    for id, rows in people.persons.items():
        row = rows[-1]
        if not row.leader or not of.owns(row.organisation) or (row.employed_until or date.max) < of.snapshot.day:
            continue
        names = {one_line(word) for word in (id, row.account, *row.name.values()) if word}
        projects = [e for e in people.shown.get((id, "project"), ()) if e.document and e.day <= of.snapshot.day]
        running = [m for m in _matters(of, "research") if m.events and _takes_part(m, names)]
        evidence = (
            f"document:{projects[-1].document}"
            if projects
            else _address(running[-1])
            if running
            else f"row:person/{id}"
        )
        yield Fact(of.centre.id, "leader", id, bool(projects or running) or None, evidence=evidence, title=row.name)


def _takes_part(matter: Matter, names: set[str]) -> bool:
    held = {one_line(str(name)) for holders in matter.roles.values() for name in holders}
    return bool(names & held)


def training(of: Subject) -> Iterator[Fact]:
    """Results of training and contests of the centre's people, and of those that it recorded."""
    people = of.world.people
    own = {id for id, rows in people.persons.items() if of.owns(rows[-1].organisation)}
    for item in people.evidence:
        if item.kind in ("training", "contest", "exam") and item.person in own and item.day <= of.snapshot.day:
            yield Fact(
                of.centre.id, "training", item.person, item.good, item.value, group=item.unit, valid_from=item.day,
                evidence=_shown_by(item), origin=_origin(of, item.document), title=item.title,
            )  # fmt: skip


def _shown_by(item: EvidenceItem) -> str:
    return f"document:{item.document}" if item.document else f"row:evidence/{item.id}"


def _origin(of: Subject, document: str) -> str:
    """A document that nobody can look at is no more than a word."""
    return "recorded" if of.snapshot.documents.holds(document) else "declared"


# ---------------------------------------------------------------- records of the centre


def records(of: Subject) -> Iterator[Fact]:
    """Money, mechanisms, agreements, novelties, specifications, training, papers of the register."""
    kinds = ("fund_plan", "fund_actual", "mechanism", "agreement", "novelty", "specification", "training")
    for row in _records(of):
        ahead = row.kind == "fund_actual" and (row.year or 0) > of.snapshot.day.year  # nobody has spent it yet
        if row.kind in kinds and not ahead:
            good: bool | None = row.kind != "specification" or row.detail.get("state", "published") == "published"
            detail = {"year": str(row.year)} if row.year is not None else {}
            subject, value = row.id, row.value
            if row.kind in ("fund_plan", "fund_actual"):
                subject, value = row.group or row.id, amount_in(row.value, row.unit)
                detail |= {"unit": UNIT}
                good = None if value is None else good  # money without an amount or a unit: unknown, not nothing
            if row.kind == "mechanism" and row.group:
                subject = row.group
            yield Fact(
                of.centre.id, row.kind, subject, good, value, group=row.group, valid_from=row.day,
                valid_until=row.valid_until, evidence=_of_record(row), origin=_origin(of, row.document),
                title=row.title, detail=detail,
            )  # fmt: skip


def monitored(of: Subject) -> Iterator[Fact]:
    """Environment and stability: of each place or standard the newest record counts, with its limits."""
    newest: dict[tuple[str, str], CentreRecord] = {}
    for row in sorted(_records(of), key=lambda r: r.day):
        if row.kind in ("environment", "stability"):
            newest[row.kind, row.group or row.id] = row
    for (kind, group), row in newest.items():
        good = _within(row)
        if kind == "stability" and good:
            good = None if row.valid_until is None else row.valid_until >= of.snapshot.day
        yield Fact(
            of.centre.id, kind, group, good, row.value, group=group, valid_from=row.day, evidence=_of_record(row),
            origin=_origin(of, row.document), title=row.title,
        )  # fmt: skip


def _within(row: CentreRecord) -> bool | None:
    """Whether a value lies inside its limits; unknown without a value or without a limit."""
    low, high = row.low, row.high
    if row.kind == "stability" and row.detail.get("budget"):
        try:
            high = float(row.detail["budget"])
        except ValueError:
            return None
    if row.value is None or (low is None and high is None):
        return None
    return (low is None or row.value >= low) and (high is None or row.value <= high)


def _records(of: Subject) -> list[CentreRecord]:
    rows = of.snapshot.rows("centre_record")
    return [row for row in rows if row.centre == of.centre.id and row.day <= of.snapshot.day]


def _of_record(row: CentreRecord) -> str:
    return f"document:{row.document}" if row.document else f"row:centre_record/{row.id}"


# ---------------------------------------------------------------- matters


def orders(of: Subject) -> Iterator[Fact]:
    """Orders that the centre finished: for an outside customer or its own; days from being accepted to the result."""
    for matter in _matters(of, "order"):
        done = matter.last("certified")
        if done is None or not _provides(of, matter):
            continue
        begun = matter.last("received") or matter.last("accepted")
        days = None if begun is None else (done.time - begun.time).total_seconds() / 86400.0
        yield Fact(
            of.centre.id, "order", matter.number, not of.owns(matter.organisation), days, valid_from=done.time.date(),
            evidence=_address(matter), title=matter.title,
        )  # fmt: skip


def _matters(of: Subject, *names: str) -> Iterator[Matter]:
    """The matters of some procedures with the events that their procedure allowed: a step out of order, or taken in
    another's role, counts for nothing."""
    for matter in of.snapshot.matters_of(*names):
        yield of.snapshot.once(f"allowed {matter.procedure}/{matter.number}", partial(_allowed, of, matter))


def _allowed(of: Subject, matter: Matter) -> Matter:
    return replace(matter, events=tuple(stands(matter, of.snapshot.day).taken))


def _provides(of: Subject, matter: Matter) -> bool:
    """Whether an order went to the centre: by the owner of what was ordered, else by who provides."""
    for name in ("capability", "resource"):
        given = matter.fields.get(name)
        if isinstance(given, Mapping) and given.get("owner"):
            return of.owns(str(given["owner"]))
    for name in ("owner", "provider", "laboratory"):
        given = matter.fields.get(name)
        if given:
            return of.owns({str(k): str(v) for k, v in given.items()} if isinstance(given, Mapping) else str(given))
    return any(of.owns(str(holder)) for holder in matter.holders("provider"))


def gaps(of: Subject) -> Iterator[Fact]:
    """Gaps closed by research or challenge of the centre: the step was taken with evidence before and after, and ends
    with «can»."""
    for matter in _matters(of, "research", "challenge"):
        shown = matter.last("gap_shown")
        if shown is None or not _of_centre(of, matter):
            continue
        after, papers = str(shown.content.get("verdict_after", "")), documents_of(shown)
        both = bool(papers.get("evidence_before")) and bool(papers.get("evidence_after"))
        yield Fact(
            of.centre.id, "gap_closed", matter.number, (after in _CLOSED) if both else None, float(shown.time.year),
            valid_from=shown.time.date(), evidence=_address(matter), title=matter.title,
            detail={"before": str(shown.content.get("verdict_before", "")), "after": after},
        )  # fmt: skip


def _of_centre(of: Subject, matter: Matter) -> bool:
    if str(matter.fields.get("centre", "")) == of.centre.id or of.owns(matter.organisation):
        return True
    roles = ("leader", "bidder", "project_leader", "institution")
    return any(of.owns(str(holder)) for role in roles for holder in matter.holders(role))


def results(of: Subject) -> Iterator[Fact]:
    """What research brought into service once accepted, and what conversions published as specifications."""
    for matter in _matters(of, "research"):
        accepted = matter.last("accepted")
        if accepted is not None and _of_centre(of, matter):
            for number, event in enumerate(_of_act(matter, "result"), 1):
                kind = str(event.content.get("result_kind", ""))
                if kind in _NOVEL:
                    yield Fact(
                        of.centre.id, "novelty", f"{matter.number}.{number}", True,
                        valid_from=accepted.time.date(), group=kind, evidence=_address(matter),
                        title=_named(event.content.get("result_name"), matter.title),
                    )  # fmt: skip
    for matter in _matters(of, "conversion"):
        if matter.last("registered") is None or not _of_centre(of, matter):
            continue
        published = matter.last("published")
        last = published or matter.events[-1]
        yield Fact(
            of.centre.id, "specification", matter.number, published is not None, valid_from=last.time.date(),
            evidence=_address(matter), title=matter.title,
        )  # fmt: skip


def _of_act(matter: Matter, act: str) -> Iterable[Event]:
    return (event for event in matter.events if event.act == act)


def _named(given: Any, otherwise: Text) -> Text:
    if isinstance(given, Mapping):
        return {str(k): str(v) for k, v in given.items()}
    return {"": str(given)} if given else otherwise


def papers(of: Subject) -> Iterator[Fact]:
    """Documents of the dossier: those brought in the life cycle or recorded; of the guideline's list those that are not
    there are known to be missing once a life cycle has begun."""
    brought: dict[str, str] = {}
    own = [m for m in _matters(of, "centre", "candidate") if str(m.fields.get("centre", "")) == of.centre.id]
    for matter in own:
        for event in matter.events:
            brought |= {name: f"document:{digest}" for name, digest in documents_of(event).items() if digest}
    for row in _records(of):
        if row.kind == "document" and row.document:
            brought[row.detail.get("name") or row.group] = f"document:{row.document}"
    known = (*shipped(), *of.snapshot.guidelines.values())
    listed = [g.documents for g in known if g.number == of.centre.guideline]
    wanted = {name: title for documents in listed for name, title in documents.items()}
    for name in dict.fromkeys((*brought, *(wanted if own else ()))):
        there = brought.get(name, "")
        yield Fact(
            of.centre.id, "document", name, name in brought, evidence=there,
            origin=_origin(of, there.removeprefix("document:")) if there else "recorded",
            title=wanted.get(name, {}), detail={"name": name},
        )  # fmt: skip


def courses(of: Subject) -> Iterator[Fact]:
    """Courses of the training bases that the centre's organisation runs; good: could be held on the day."""
    all_courses = of.snapshot.rows("course")
    proof = (of.snapshot.evidence, of.snapshot.survey)
    for base in of.snapshot.rows("training_base"):
        if of.owns(base.organisation):
            for found in of_base(base, all_courses, of.world.people, proof, of.snapshot.day).courses:
                yield Fact(
                    of.centre.id, "course", found.course.id, found.ready, evidence=f"row:course/{found.course.id}",
                    title=found.course.title,
                )  # fmt: skip


def _address(matter: Matter) -> str:
    return f"matter:{matter.procedure}/{matter.number}"


RECORDED: tuple[Callable[[Subject], Iterator[Fact]], ...] = (
    host, persons, leaders, training, records, monitored, orders, gaps, results, papers, courses,
)  # fmt: skip


def counted(facts: Iterable[Fact]) -> Mapping[str, int]:
    """Kind → number of facts, for a first look.

    >>> counted([Fact("c", "standard", "a"), Fact("c", "standard", "b")])
    {'standard': 2}
    """
    return dict(Counter(fact.kind for fact in facts))
