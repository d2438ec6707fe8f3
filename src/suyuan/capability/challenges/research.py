"""Research projects (技术攻关): the gap that they are to close, milestones, results with documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.standing import documents_of
from suyuan.quantity.finding import Finding, finding

ResultKind = Literal["method", "device", "reference_material", "specification"]
RESULT_KINDS: tuple[ResultKind, ...] = get_args(ResultKind)


@dataclass(frozen=True, slots=True)
class Milestone:
    """A milestone. due: as planned, None where the plan has none; reached: day, None while it is not; late: days."""

    name: str
    due: date | None
    reached: date | None
    document: str
    late: int


@dataclass(frozen=True, slots=True)
class Result:
    """A result. kind; name; day; document: SHA-256; matter: procedure and number that it came out of."""

    kind: str
    name: str
    day: date
    document: str
    matter: tuple[str, str]


def linked(matter: Matter, kind: str) -> tuple[str, ...]:
    """What a matter is linked to: «need», «challenge», «research», «bid» … → ids or numbers.

    >>> linked(Matter("bid", "1", {}, {}, {"links": {"challenge": "7"}}), "challenge")
    ('7',)
    """
    links = matter.fields.get("links")
    given = links.get(kind, ()) if isinstance(links, Mapping) else ()
    return (given,) if isinstance(given, str) else tuple(str(g) for g in given if g)


def milestones(matter: Matter, day: date) -> tuple[Milestone, ...]:
    """Planned milestones in the order of the plan, then those that were reached without one; late ones by days."""
    plan: dict[str, date | None] = {}
    reached: dict[str, Event] = {}
    for event in matter.events:
        if event.time.date() > day:
            break
        for row in rows_of(event.content.get("milestones")):
            plan[str(row.get("name", ""))] = _day(row.get("day"))
        if event.act == "milestone":
            reached.setdefault(str(event.content.get("milestone", "")), event)
    names = dict.fromkeys((*plan, *reached))
    return tuple(_milestone(name, plan.get(name), reached.get(name), day) for name in names)


def _milestone(name: str, due: date | None, event: Event | None, day: date) -> Milestone:
    until = day if event is None else event.time.date()
    document = "" if event is None else documents_of(event).get("milestone_report", "")
    late = 0 if due is None else max(0, (until - due).days)
    return Milestone(name, due, None if event is None else until, document, late)


def results(matters: Iterable[Matter], day: date) -> tuple[Result, ...]:
    """What came out of projects and challenges until a day; a result without a document is none."""
    return tuple(
        Result(str(event.content.get("result_kind")), str(event.content.get("result_name") or _name(matter)),
               event.time.date(), document, (matter.procedure, matter.number))
        for matter in matters
        for event in matter.events
        if event.time.date() <= day and event.content.get("result_kind") in RESULT_KINDS
        and (document := next((d for d in documents_of(event).values() if d), ""))
    )  # fmt: skip


def _name(matter: Matter) -> str:
    return next(iter(matter.title.values()), matter.number)


def gap_named(matter: Matter, known: Iterable[str]) -> tuple[Finding, ...]:
    """A project names the needs or the challenge whose gap it is to close. known: ids and numbers that exist."""
    named = (*linked(matter, "need"), *linked(matter, "challenge"))
    if not named:
        return (finding("capability.research.no_gap", "fields/links", number=matter.number),)
    lost = sorted(set(named) - set(known))
    return tuple(finding("capability.research.lost_gap", "fields/links", named=name) for name in lost)


def milestone_known(matter: Matter, event: Event) -> tuple[Finding, ...]:
    """A milestone that is reached stands in the plan."""
    plan = [m.name for m in milestones(matter, event.time.date())]
    name = str(event.content.get("milestone", ""))
    if name in plan:
        return ()
    return (finding("capability.research.milestone", "content/milestone", name=name, known=", ".join(plan) or "—"),)


def result_kind_known(event: Event) -> tuple[Finding, ...]:
    """A result is a method, a device, a reference material or a specification."""
    given = str(event.content.get("result_kind", ""))
    if given in RESULT_KINDS:
        return ()
    known = ", ".join(RESULT_KINDS)
    return (finding("capability.research.kind", "content/result_kind", given=given[:40], known=known),)


def result_there(matter: Matter, day: date) -> tuple[Finding, ...]:
    """A project that is delivered has a result."""
    if results((matter,), day):
        return ()
    return (finding("capability.research.nothing", "events", number=matter.number),)


def rows_of(given: Any) -> Sequence[Mapping[str, Any]]:
    """A list of objects in an event's content; anything else is none."""
    return [row for row in given if isinstance(row, Mapping)] if isinstance(given, list | tuple) else []


def _day(given: Any) -> date | None:
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        return None
