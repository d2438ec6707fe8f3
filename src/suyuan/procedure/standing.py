"""Where a matter stands on a day: a fold of its events by its procedure, so that anybody with both finds the same.

An event that the procedure does not allow where it happened, or not to the role in which somebody acted, moves nothing
and is told: a history may be odd, an answer is given all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from suyuan.procedure.calendar import CHINA, Holidays, days_between, due_day, overdue_days
from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.procedure import Procedure, State, Step, Text
from suyuan.quantity.finding import Finding, Severity, finding, in_both


@dataclass(frozen=True, slots=True)
class Passage:
    """One stay in a state. entered, left: when, None at the beginning and now; by: the event that led here; days: of
    the stay, until now where it lasts; due: last day that counted for it; late: days that it lasted beyond, in the unit
    of the state's deadline (`working`: working days)."""

    state: str
    entered: datetime | None
    left: datetime | None
    by: Event | None
    days: int
    due: date | None
    late: int = 0
    working: bool = False


@dataclass(frozen=True, slots=True)
class Possible:
    """A step that may be taken now, with the persons that hold its roles in this matter."""

    step: Step
    persons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a matter stands.

    state; since: when it began, None before the first event; due: last day for the next step, None without a deadline;
    overdue: days beyond it in the unit of the deadline (`working`: working days), 0 while in time; keeper: role whose
    turn it is, keepers: who holds it; possible: steps that may be taken now; history: stays in order, the present one
    last; documents: name → SHA-256 of those brought so far; missing: documents that a step taken so far should have
    brought; next_documents: what the possible steps ask for and nobody brought yet; findings: what is odd.
    """

    procedure: Procedure
    matter: Matter
    state: State
    since: datetime | None
    due: date | None
    overdue: int
    keeper: str
    keepers: tuple[str, ...]
    possible: tuple[Possible, ...]
    history: tuple[Passage, ...]
    documents: Mapping[str, str]
    missing: tuple[str, ...]
    next_documents: tuple[str, ...]
    findings: tuple[Finding, ...]
    taken: tuple[Event, ...] = ()

    @property
    def working(self) -> bool:
        """Whether the deadline counts working days."""
        return self.state.working

    @property
    def ended(self) -> bool:
        """Whether nothing follows of itself."""
        return self.state.end

    def took(self, act: str) -> Event | None:
        """The last event of a step that was allowed, None where it was never taken."""
        return next((event for event in reversed(self.taken) if event.act == act), None)

    def reached(self, state: str) -> datetime | None:
        """When a state was first entered, None where it never was."""
        return next((p.entered for p in self.history if p.state == state and p.by is not None), None)


Now = datetime | date


def standing(procedure: Procedure, matter: Matter, now: Now, table: Holidays = CHINA) -> Standing:
    """Where a matter stands at a moment, or at the end of a day. Events behind it are not counted. Never raises.

    table: of holidays; a deadline is judged by it, and a year that it does not speak of is told.
    """
    fold = _Fold(procedure, table)
    for event in matter.events:
        if not _behind(event.time, now):
            fold.take(event)
    today = _day(now)
    fold.close(today)
    state = fold.state
    due = fold.due
    overdue = 0 if due is None or state.end else overdue_days(due, today, state.working, table)
    possible = tuple(_possible(matter, step) for step in procedure.from_state(state.name))
    missing = tuple(dict.fromkeys(name for name in fold.missing if name not in fold.documents))
    asked = dict.fromkeys(name for p in possible for name in p.step.documents if name not in fold.documents)
    return Standing(
        procedure, matter, state, fold.since, due, overdue, state.keeper,
        matter.holders(state.keeper) if state.keeper else (), possible, tuple(fold.history), fold.documents, missing,
        tuple(asked), tuple(fold.found), tuple(fold.taken),
    )  # fmt: skip


def _behind(time: datetime, now: Now) -> bool:
    if not isinstance(now, datetime):
        return time.date() > now
    if (time.tzinfo is None) != (now.tzinfo is None):
        return time.replace(tzinfo=None) > now.replace(tzinfo=None)
    return time > now


def _day(now: Now) -> date:
    return now.date() if isinstance(now, datetime) else now


def _possible(matter: Matter, step: Step) -> Possible:
    return Possible(step, tuple(dict.fromkeys(person for role in step.actors for person in matter.holders(role))))


class _Fold:
    """The state while the events go by."""

    def __init__(self, procedure: Procedure, table: Holidays) -> None:
        self.procedure, self.table = procedure, table
        self.state = procedure.states[0]
        self.since: datetime | None = None
        self.by: Event | None = None
        self.due: date | None = None
        self.history: list[Passage] = []
        self.documents: dict[str, str] = {}
        self.missing: list[str] = []
        self.found: list[Finding] = []
        self.taken: list[Event] = []
        self.untold: set[int] = set()
        self.number = 0
        self.last: datetime | None = None

    def report(self, code: str, severity: Severity = "warning", **parameters: object) -> None:
        self.found.append(finding(code, f"/events/{self.number - 1}", severity, "", **parameters))

    def take(self, event: Event) -> None:
        """One more event: told where it is odd, counted where it is allowed."""
        self.number += 1
        step = self.procedure.step(event.act)
        if step is None:
            self.found.append(unknown_act(self.procedure, event, f"/events/{self.number - 1}", "warning"))
            return
        if step not in self.procedure.from_state(self.state.name):
            self.found.append(out_of_order(self.procedure, self.state, step, f"/events/{self.number - 1}", "warning"))
            return
        if event.role not in step.actors:
            self.found.append(wrong_role(self.procedure, event, step, f"/events/{self.number - 1}", "warning"))
            return
        if self.last is not None and _behind(self.last, event.time):
            self.report("procedure.standing.earlier", act=event.act, given=event.time, last=self.last)
        self.last = event.time
        self.taken.append(event)
        brought = documents_of(event)
        self.missing += [name for name in step.documents if name not in brought]
        self.documents.update(brought)
        if step.after or self.since is None:
            self.enter(event, step)
        if "due" in step.fields:
            self.extend(event)

    def enter(self, event: Event, step: Step) -> None:
        state = self.procedure.state(step.after) if step.after else self.state
        if state is None:
            return
        self.leave(event.time, event.time.date())
        self.state, self.since, self.by, self.due = state, event.time, event, None
        if state.days is not None:
            self.due = due_day(event.time.date(), state.days, state.working, self.table)
            if state.days:
                self.untold.update(self.table.unknown(event.time.date() if state.working else self.due, self.due))

    def extend(self, event: Event) -> None:
        """A due day that an event names counts from there on."""
        given = event.content.get("due")
        if given in (None, ""):
            return
        try:
            self.due = date.fromisoformat(str(given))
        except ValueError:
            self.report("procedure.standing.due", act=event.act, given=str(given)[:40])

    def leave(self, moment: datetime | None, day: date) -> None:
        days = 0 if self.since is None else max(0, days_between(self.since.date(), day))
        working, due = self.state.working, self.due
        late = 0 if due is None or self.state.end else overdue_days(due, day, working, self.table)
        if late and due is not None and working:
            self.untold.update(self.table.unknown(due, day))
        self.history.append(Passage(self.state.name, self.since, moment, self.by, days, due, late, working))

    def close(self, today: date) -> None:
        """The stay that lasts, and the years of which only the weekends are known."""
        self.leave(None, today)
        if self.untold:
            years = [str(year) for year in sorted(self.untold)]
            both = {"years_zh": "、".join(years), "years_en": ", ".join(years)}
            self.found.append(finding("procedure.calendar.empty", "/events", "note", "", **both))


def documents_of(event: Event) -> dict[str, str]:
    """The documents that an event brings: name → SHA-256."""
    given: Any = event.content.get("documents")
    if not given:
        return {}
    return {str(name): str(digest) for name, digest in given.items()} if isinstance(given, Mapping) else {}


def listed(key: str, texts: list[Text], otherwise: str) -> dict[str, str]:
    """Several names in both languages, as parameters of a finding."""
    named = [in_both("x", text, otherwise) for text in texts]
    return {
        f"{key}_zh": "、".join(n["x_zh"] for n in named) or "无",
        f"{key}_en": ", ".join(n["x_en"] for n in named) or "none",
    }


def unknown_act(procedure: Procedure, event: Event, where: str, severity: Severity) -> Finding:
    """The procedure has no such step."""
    known = ", ".join(step.act for step in procedure.steps)
    title = in_both("procedure", procedure.title, procedure.name)
    return finding("procedure.step.unknown", where, severity, "", act=event.act[:60], known=known, **title)


def out_of_order(procedure: Procedure, state: State, step: Step, where: str, severity: Severity) -> Finding:
    """A step is not allowed in a state: which states allow it, and what comes first."""
    allowed = procedure.states_before(step)
    parts = {
        **in_both("step", step.title, step.act),
        **in_both("state", state.title, state.name),
        **listed("allowed", [s.title for s in allowed], "—"),
        **listed("first", [s.title for s in way(procedure, state, step)], "—"),
        **listed("possible", [s.title for s in procedure.from_state(state.name)], "—"),
    }
    return finding("procedure.step.order", where, severity, step.source, **parts)


def wrong_role(procedure: Procedure, event: Event, step: Step, where: str, severity: Severity) -> Finding:
    """A step is not for this role: whose it is."""
    parts = {
        **in_both("step", step.title, step.act),
        **in_both("role", procedure.roles.get(event.role, {}), event.role or "—"),
        **listed("actors", [procedure.roles.get(actor, {}) for actor in step.actors], "—"),
    }
    return finding("procedure.step.role", where, severity, step.source, **parts)


def way(procedure: Procedure, state: State, step: Step) -> tuple[Step, ...]:
    """The fewest steps that lead from a state to one in which a step may be taken; () where none do."""
    wanted = {s.name for s in procedure.states_before(step)}
    paths: dict[str, tuple[Step, ...]] = {state.name: ()}
    front = [state.name]
    while front:
        following: list[str] = []
        for name in front:
            if name in wanted:
                return paths[name]
            for taken in procedure.from_state(name):
                if taken.after and taken.after not in paths:
                    paths[taken.after] = (*paths[name], taken)
                    following.append(taken.after)
        front = following
    return ()
