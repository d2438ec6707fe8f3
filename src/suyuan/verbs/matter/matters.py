"""Matters of all procedures: open one, take a step with its guards asked, see what waits for whom and what is late.

    matter + event ─ role, documents, order (procedure) ─ guards (the world on the day) ─▶ matter with one more event

A guard is a function (snapshot, matter, event) that returns findings, () where it holds, None where nobody can say.
Rooms add theirs by an entry in `GUARDS`, by name or by «procedure.name».
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import import_module, resources
from typing import Any

from suyuan.procedure.admission import Guards, Outside, Roles, admit, refusals
from suyuan.procedure.calendar import CHINA, Holidays
from suyuan.procedure.matter import Event, Matter, head_digest
from suyuan.procedure.procedure import Procedure, Step
from suyuan.procedure.read import procedure
from suyuan.procedure.standing import Now, Standing, standing
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.verbs.snapshot import Snapshot

__all__ = [
    "PROCEDURES", "Waiting", "head_digest", "late", "opened", "outlook", "procedure_named", "stands", "take", "waiting",
]  # fmt: skip

Guard = Callable[[Snapshot, Matter, Event], Sequence[Finding] | None]
ROOMS = ("suyuan.capability", "suyuan.talent", "suyuan.centre", "suyuan.series.dataset")
"""Packages whose rules hold procedures."""
_OWN = "suyuan.verbs.matter.guards"
_ROOMS = "suyuan.verbs.matter.guards_rooms"


def _found() -> dict[str, str]:
    found: dict[str, str] = {}
    for room in ROOMS:
        rules = resources.files(room).joinpath("rules")
        for entry in sorted(rules.iterdir(), key=lambda e: e.name) if rules.is_dir() else ():
            if entry.name.startswith("procedure-") and entry.name.endswith(".json"):
                found.setdefault(entry.name.removeprefix("procedure-").removesuffix(".json"), room)
    return found


PROCEDURES: Mapping[str, str] = _found()
"""Name of a procedure → package whose rules hold it."""

GUARDS: dict[str, str] = {
    name: f"{_OWN}:{name}"
    for name in (
        "need_formed", "not_solvable", "solvable", "not_duplicate", "other_need", "bids_there", "bids_ended", "no_bids",
        "reviewers_free", "reviewer_free", "scores_formed", "scores_there", "first_or_reason", "bid_linked",
        "result_kind_known",
        "gap_closed", "gap_shown", "followed_two_years", "bids_open", "bidder_is_other", "one_bid", "bid_was_chosen",
        "other_was_chosen", "needs_collected", "triage_done", "needs_ended", "gap_named", "milestone_known",
        "result_there", "result_accepted", "examples_recompute", 
        "panel_large_enough", "declaration_formed",
    )
} | {
    name: f"{_OWN}_order:{name}"
    for name in (
        "not_clashing", "resource_open", "impartial", "signer_may", "satisfaction_formed", "answer_overdue",
    )
} | {name: f"suyuan.verbs.matter.panels:{name}" for name in ("all_declared", "has_declared", "chair_free")}  # fmt: skip
"""Guard, or «procedure.guard», → «module:function»."""

MANY: dict[str, str] = {
    "suyuan.centre": f"{_ROOMS}:centre", "suyuan.talent": f"{_ROOMS}:talent",
    "suyuan.series.dataset": f"{_OWN}_sharing:sharing",
}  # fmt: skip
"""Package of procedures → «module:function» that answers several guards at once: (snapshot, matter, event) → Guards."""


def procedure_named(name: str) -> Procedure:
    """The procedure of a name. Raises Refused where the house has none.

    >>> procedure_named("order").states[0].name
    'new'
    """
    if name not in PROCEDURES:
        raise Refused(finding("procedure.rule.file", "procedure", name=name[:60]))
    return procedure(PROCEDURES[name], name)


def stands(matter: Matter, now: Now, table: Holidays = CHINA) -> Standing:
    """Where a matter stands by its own procedure."""
    return standing(procedure_named(matter.procedure), matter, now, table)


# ---------------------------------------------------------------- doing


def opened(matter: Matter, known: Iterable[Matter] = ()) -> tuple[Finding, ...]:
    """What is wrong with a matter before its first event: without number, title or organisation, a number that another
    bears, a role that its procedure does not know."""
    law, found = procedure_named(matter.procedure), []
    for name, value in (("number", matter.number), ("title", matter.title), ("organisation", matter.organisation)):
        if not value:
            found.append(finding("typed.field.missing", name, field=name))
    if any((m.procedure, m.number) == (matter.procedure, matter.number) for m in known):
        found.append(finding("procedure.matter.taken", "number", number=matter.number))
    roles = ", ".join(law.roles)
    found += [
        finding("procedure.event.roles", "roles", given=role, known=roles)
        for role in matter.roles
        if role not in law.roles
    ]
    return tuple(found)


def take(
    known: Snapshot, matter: Matter, event: Event, *, roles: Roles | None = None, now: datetime | None = None
) -> Matter:
    """The matter with one more event, its guards asked of what is known. Raises Refused with all that is against it.

    matter: without events where this one opens it; roles: held in every matter; now: no event may lie behind it.
    """
    law = procedure_named(matter.procedure)
    if not matter.events:
        others = (m for m in known.documents.matters if m.events)
        faults = opened(matter, others)
        if faults:
            raise Refused(*faults)
    step = law.step(event.act)
    names = step.guards if step is not None else ()
    plain = refusals(law, matter, event, Outside(dict.fromkeys(names, ()), roles or {}, now))
    if plain:
        raise Refused(*plain)
    return admit(law, matter, event, evaluated(known, matter, event, names), roles=roles, now=now)


def evaluated(known: Snapshot, matter: Matter, event: Event, names: Iterable[str]) -> Guards:
    """What guards find; one that nobody knows how to ask is unknown."""
    wanted = tuple(names)
    several = MANY.get(PROCEDURES.get(matter.procedure, ""))
    answers: dict[str, Sequence[Finding] | None] = {}
    if several is not None and wanted:
        try:
            answers.update(_function(several)(known, matter, event))
        except Refused as refused:
            answers.update(dict.fromkeys(wanted, refused.findings))
    for name in wanted:
        place = GUARDS.get(f"{matter.procedure}.{name}") or GUARDS.get(name)
        if name not in answers and place is not None:
            answers[name] = _asked(_function(place), known, matter, event)
    return {name: answers.get(name) for name in wanted}


def _asked(guard: Guard, known: Snapshot, matter: Matter, event: Event) -> Sequence[Finding] | None:
    """What a guard finds; where it can compute nothing, the reasons."""
    try:
        return guard(known, matter, event)
    except Refused as refused:
        return refused.findings


@cache
def _function(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


def outlook(known: Snapshot, matter: Matter, now: datetime) -> Mapping[str, Guards]:
    """The guards of each step that may be taken now, as they stand before anybody fills in its fields: what a page
    shows beside the step. Guards that look at the content of the event may still fail for want of it."""
    where = stands(matter, now)
    return {p.step.act: evaluated(known, matter, _empty(p.step, now), p.step.guards) for p in where.possible}


def _empty(step: Step, now: datetime) -> Event:
    return Event(step.act, now, "", step.actors[0])


# ---------------------------------------------------------------- what waits


@dataclass(frozen=True, slots=True)
class Waiting:
    """A matter that waits. standing; persons: whose turn it is, () where nobody holds the role."""

    standing: Standing
    persons: tuple[str, ...]

    @property
    def matter(self) -> Matter:
        return self.standing.matter

    @property
    def due(self) -> date | None:
        return self.standing.due


def waiting(
    matters: Iterable[Matter], now: Now, person: str = "", roles: Roles | None = None, table: Holidays = CHINA
) -> tuple[Waiting, ...]:
    """What waits for whom in all procedures, the most overdue first, then by due day; those without one last.

    person: only what waits for this one, «» for everybody; roles: held in every matter. A matter of a procedure that
    the house does not know is passed over here; the store tells it.
    """
    given = roles or {}
    found = []
    for matter in matters:
        if matter.procedure not in PROCEDURES or not matter.events:
            continue
        where = stands(matter, now, table)
        persons = tuple(dict.fromkeys((*where.keepers, *given.get(where.keeper, ()))))
        if not where.ended and (not person or person in persons):
            found.append(Waiting(where, persons))
    return tuple(sorted(found, key=_urgency))


def _urgency(row: Waiting) -> tuple[int, date, str, str]:
    return (-row.standing.overdue, row.due or date.max, row.matter.procedure, row.matter.number)


def late(matters: Iterable[Matter], now: Now, table: Holidays = CHINA) -> tuple[Waiting, ...]:
    """The matters whose deadline has passed, the latest first."""
    return tuple(row for row in waiting(matters, now, table=table) if row.standing.overdue)
