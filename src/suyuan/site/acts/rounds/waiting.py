"""What a round waits for, and from whom: one list for the round's page, the list of rounds and the first page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from suyuan.comparison.round.protocol import Leg
from suyuan.site.acts import clock
from suyuan.site.acts.rounds.one import Seen


@dataclass(frozen=True)
class Wait:
    """One thing that somebody waits for. kind: answer, arrive, submit, send, code, check, cause, action, remeasure;
    of the pilot also invite, open, draft_a, draft_b, final, help_close; until: when it is due, None where nothing says;
    about: a standard, or member and measurand."""

    kind: str
    until: datetime | date | None = None
    about: str = ""

    @property
    def days(self) -> int | None:
        """Days that are left, negative when late."""
        if self.until is None:
            return None
        day = timezone.localtime(self.until).date() if isinstance(self.until, datetime) else self.until
        return (day - clock.today()).days


def waits(view: Seen) -> list[Wait]:
    """What waits for whoever looks, the first thing first."""
    own = [*_member(view)] if view.me else []
    return [*own, *_help(view), *(_pilot(view) if view.part == "pilot" else ())]


def _member(view: Seen) -> Iterator[Wait]:
    where, state = view.where, view.where.members[view.me]
    if state.answer == "invited" and where.phase in ("invited", "open"):
        yield Wait("answer", view.protocol.opens)
    if where.phase == "prepared" or not state.active:
        return
    travel = list(travels(view))
    if where.phase in ("invited", "open"):
        yield from (wait for wait in travel if wait.kind == "arrive")
    if where.phase == "open":
        if state.sealed is None:
            yield Wait("submit", view.protocol.closes)
        yield from (wait for wait in travel if wait.kind == "send")
    if where.phase == "closed" and state.state == "sealed":
        yield Wait("code")
    if where.phase == "draft_a" and view.me in where.waiting:
        yield Wait("check", where.remarks_end)


def travels(view: Seen) -> Iterator[Wait]:
    """The arrivals and departures that a member can record; once the round is closed nobody waits for them."""
    for standard, held in view.where.holders.items():
        leg = leg_of(view, standard, view.me)
        if held.to == view.me:
            yield Wait("arrive", leg.arrives if leg else None, standard)
        elif held.member == view.me and not held.to and next_leg(view, standard) is not None:
            yield Wait("send", leg.leaves if leg else None, standard)


def _help(view: Seen) -> Iterator[Wait]:
    step = {"opened": "cause", "cause": "action", "action": "remeasure"}
    for plan in view.where.help_plans:
        if plan.closed is None and plan.member == view.me and plan.state in step:
            yield Wait(step[plan.state], None, plan.measurand)
        if plan.closed is None and view.part == "pilot" and plan.state == "remeasured":
            yield Wait("help_close", None, f"{plan.member} {plan.measurand}")


def _pilot(view: Seen) -> Iterator[Wait]:
    where, phase = view.where, view.where.phase
    others = [m for m in where.members.values() if m.code != view.me]
    if phase == "prepared" or (phase == "invited" and any(m.answer == "" for m in others)):
        yield Wait("invite", view.protocol.opens)
    elif phase == "invited" and not where.waiting:
        yield Wait("open", view.protocol.opens)
    elif phase == "closed" and not where.waiting:
        yield Wait("draft_a")
    elif phase == "draft_a" and (not where.waiting or (where.remarks_end and clock.now() >= where.remarks_end)):
        yield Wait("draft_b")
    elif phase == "draft_b":
        yield Wait("final")


def travelled(view: Seen, standard: str) -> int:
    """How many legs of a standard have begun: each arrival is one, the first leg begins with the pilot."""
    return 1 + sum(1 for e in view.events if e.kind == "arrived" and e.content.get("standard") == standard)


def legs(view: Seen, standard: str) -> list[Leg]:
    """The legs of one standard in order."""
    return [leg for leg in view.protocol.route.legs if leg.standard == standard]


def next_leg(view: Seen, standard: str) -> Leg | None:
    """The leg after the present one, leaving out members that do not take part."""
    later = legs(view, standard)[travelled(view, standard) :]
    return next((leg for leg in later if view.where.members[leg.member].active), None)


def leg_of(view: Seen, standard: str, member: str) -> Leg | None:
    """The present or next leg of a member with a standard, else its last one."""
    listed = legs(view, standard)
    begun = travelled(view, standard)
    ahead = [leg for leg in listed[max(begun - 1, 0) :] if leg.member == member]
    return ahead[0] if ahead else next((leg for leg in reversed(listed) if leg.member == member), None)
