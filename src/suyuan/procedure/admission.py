"""Which event a matter admits: each rule is a function; an event that breaks one is refused with what it breaks.

Guards are checks that look at the world outside the matter. Whoever calls `admit` brings what they found: a guard that
nobody evaluated is unknown, and unknown is not passed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from suyuan.procedure.matter import Event, Matter, followed
from suyuan.procedure.procedure import Procedure, Step
from suyuan.procedure.read import MOST_EVENTS
from suyuan.procedure.standing import Standing, documents_of, out_of_order, standing, unknown_act, wrong_role
from suyuan.quantity.finding import Finding, Refused, errors, finding, in_both, sentences

_SHA256 = re.compile(r"[0-9a-f]{64}")
Guards = Mapping[str, Sequence[Finding] | None]
"""Name of a guard → what it found; None, or no entry, where nobody could say."""
Roles = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Outside:
    """What an event is judged by beside its matter. guards; roles: held everywhere, not only in this matter; now: the
    moment, None where none is known."""

    guards: Guards
    roles: Roles
    now: datetime | None


def admit(
    procedure: Procedure,
    matter: Matter,
    event: Event,
    guards: Guards | None = None,
    *,
    roles: Roles | None = None,
    now: datetime | None = None,
) -> Matter:
    """The matter with one more event, chained to its last one. Raises Refused with all that stands against it.

    guards: see `Guards`; roles: role → persons that hold it in every matter (a regulator, an organiser); now: no event
    may lie behind it.
    """
    faults = refusals(procedure, matter, event, Outside(guards or {}, roles or {}, now))
    if faults:
        raise Refused(*faults)
    return followed(matter, event)


def admitted(procedure: Procedure, matter: Matter, events: Sequence[Event], guards: Guards | None = None) -> Matter:
    """The matter with several events, all judged with the same guards; Refused at the first that is not allowed."""
    for event in events:
        matter = admit(procedure, matter, event, guards)
    return matter


def refusals(procedure: Procedure, matter: Matter, event: Event, outside: Outside) -> tuple[Finding, ...]:
    """What stands against an event, () where it is admitted."""
    if matter.procedure != procedure.name:
        return (finding("procedure.step.other", "procedure", given=matter.procedure, name=procedure.name),)
    untimely = _in_time(matter, event, outside.now)
    if untimely:
        return untimely
    step = procedure.step(event.act)
    if step is None:
        return (unknown_act(procedure, event, "act", "error"),)
    where = standing(procedure, matter, event.time)
    if step not in procedure.from_state(where.state.name):
        return (out_of_order(procedure, where.state, step, "act", "error"),)
    return (
        *_by_whom(procedure, matter, step, event, outside.roles),
        *_complete(procedure, step, event),
        *_given_only_there(procedure, step, event),
        *_days(step, event, where),
        *_guarded(procedure, step, outside.guards),
    )


def allowed_now(where: Standing, person: str, roles: Roles | None = None) -> tuple[tuple[Step, str], ...]:
    """The steps that a person may take now, each with the role that allows it."""
    given = roles or {}
    return tuple(
        (possible.step, role)
        for possible in where.possible
        for role in possible.step.actors
        if person in (*where.matter.holders(role), *given.get(role, ()))
    )


def _in_time(matter: Matter, event: Event, now: datetime | None) -> tuple[Finding, ...]:
    if event.time.tzinfo is None:
        return (finding("procedure.event.zone", "time", given=event.time.isoformat()),)
    if len(matter.events) >= MOST_EVENTS:
        return (finding("procedure.matter.long", "events", count=len(matter.events) + 1, limit=MOST_EVENTS),)
    last = matter.events[-1].time if matter.events else None
    if last is not None and event.time < last:
        return (finding("procedure.event.earlier", "time", given=event.time, last=last),)
    if now is not None and event.time > now:
        return (finding("procedure.event.future", "time", given=event.time, now=now),)
    return ()


def _by_whom(procedure: Procedure, matter: Matter, step: Step, event: Event, roles: Roles) -> tuple[Finding, ...]:
    """The role may take the step, and the person holds the role."""
    title = in_both("step", step.title, step.act)
    role = in_both("role", procedure.roles.get(event.role, {}), event.role or "—")
    if not event.person:
        return (finding("procedure.step.nobody", "person", "error", step.source, **title),)
    if event.role not in step.actors:
        return (wrong_role(procedure, event, step, "role", "error"),)
    if event.person not in (*matter.holders(event.role), *roles.get(event.role, ())):
        return (finding("procedure.step.holder", "person", "error", step.source, person=event.person, **title, **role),)
    return ()


def _complete(procedure: Procedure, step: Step, event: Event) -> tuple[Finding, ...]:
    """The documents and fields of the step are there."""
    brought, found, title = documents_of(event), [], in_both("step", step.title, step.act)
    for name in step.documents:
        if not brought.get(name):
            words = in_both("document", procedure.documents.get(name, {}), name)
            found.append(finding("procedure.step.document", f"content/documents/{name}", "error", step.source,
                                 **title, **words))  # fmt: skip
    for name, digest in brought.items():
        if digest and not _SHA256.fullmatch(digest):
            words = in_both("document", procedure.documents.get(name, {}), name)
            found.append(finding("procedure.step.digest", f"content/documents/{name}", "error", step.source,
                                 given=digest[:70], **words))  # fmt: skip
    for name in step.fields:
        if event.content.get(name) in (None, "", [], {}) or str(event.content.get(name)).strip() == "":
            words = in_both("field", procedure.fields.get(name, {}), name)
            found.append(finding("procedure.step.field", f"content/{name}", "error", step.source, **title, **words))
    return tuple(found)


def _given_only_there(procedure: Procedure, step: Step, event: Event) -> tuple[Finding, ...]:
    """A new due day and new holders of roles come only with a step whose rule asks for them, else anybody could extend
    a deadline or make themselves the judge."""
    found, title = [], in_both("step", step.title, step.act)
    for name in ("due", "roles"):
        if name in event.content and name not in step.fields:
            found.append(finding("procedure.step.not_asked", f"content/{name}", "error", step.source, field=name,
                                 **title))  # fmt: skip
    roles = event.content.get("roles")
    if "roles" in step.fields and roles:
        known = ", ".join(procedure.roles)
        wrong = list(roles) if isinstance(roles, Mapping) else [str(roles)[:40]]
        wrong = [r for r in wrong if not isinstance(roles, Mapping) or r not in procedure.roles or not _names(roles[r])]
        found += [finding("procedure.event.roles", "content/roles", given=name, known=known) for name in wrong]
    return tuple(found)


def _days(step: Step, event: Event, where: Standing) -> tuple[Finding, ...]:
    """A due day, and the day of a milestone, lies not before the day of the act; an extension ends later than what it
    extends; a period ends not before it begins."""
    given, acted, found = event.content, event.time.date(), []
    rows = given.get("milestones") if "milestones" in step.fields else ()
    rows = rows if isinstance(rows, list | tuple) else ()
    planned = [row.get("day") for row in rows if isinstance(row, Mapping)]
    named = [("content/due", given.get("due") if "due" in step.fields else None)]
    named += [(f"content/milestones/{n}/day", day) for n, day in enumerate(planned)]
    for place, text in named:
        due = _day(text)
        if text in (None, ""):
            continue
        if due is None:
            found.append(finding("procedure.event.due", place, "error", step.source, given=str(text)[:40]))
        elif due < acted:
            found.append(finding("procedure.event.due_past", place, "error", step.source, given=due, day=acted))
        elif place == "content/due" and "reason" in step.fields and where.due is not None and due <= where.due:
            found.append(finding("procedure.event.due_shorter", place, "error", step.source, given=due,
                                 old=where.due))  # fmt: skip
    if {"from", "until"} <= set(step.fields):
        found += _period(given, step.source)
    return tuple(found)


def _period(given: Mapping[str, object], source: str) -> list[Finding]:
    """The first and the last day of what is offered."""
    ends = {name: given.get(name) for name in ("from", "until")}
    read = {name: _day(text) for name, text in ends.items()}
    found = [finding("procedure.event.due", f"content/{name}", "error", source, given=str(text)[:40])
             for name, text in ends.items() if text not in (None, "") and read[name] is None]  # fmt: skip
    first, last = read["from"], read["until"]
    if first is not None and last is not None and last < first:
        found.append(finding("procedure.event.backwards", "content/until", "error", source, first=first, last=last))
    return found


def _day(given: object) -> date | None:
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        return None


def _names(given: object) -> bool:
    return isinstance(given, list | tuple) and all(isinstance(name, str) and name for name in given)


def _guarded(procedure: Procedure, step: Step, guards: Guards) -> tuple[Finding, ...]:
    """Each guard was evaluated and found no error; what it found comes behind the sentence that it did not pass."""
    found: list[Finding] = []
    for name in step.guards:
        told = guards.get(name)
        words = {**in_both("guard", procedure.guards.get(name, {}), name), **in_both("step", step.title, step.act)}
        if told is None:
            found.append(finding("procedure.guard.unknown", f"guards/{name}", "error", step.source, **words))
        elif errors(told):
            reasons = {
                f"reasons_{language}": "; ".join(sentences(f, language)["what"] for f in errors(told))[:2000]
                for language in ("zh", "en")
            }
            found.append(finding("procedure.guard.failed", f"guards/{name}", "error", step.source, **words, **reasons))
            found.extend(told)
    return tuple(found)
