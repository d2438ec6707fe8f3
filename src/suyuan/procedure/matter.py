"""A matter: one thing that goes through a procedure, as its events in the order in which they happened.

Nothing is ever changed: a correction is one more event. Events are chained by digest. `standing` folds them into where
the matter stands on a day; `admission` refuses an event that is not allowed there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from suyuan.procedure.procedure import Text
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, finding


@dataclass(frozen=True, slots=True)
class Event:
    """One event. act: of the procedure's step; time: with its zone; person: who (account or name); role: in which the
    person acted; content: what belongs to the act (texts, numbers as text, lists, objects; `documents`: name → SHA-256
    of a stored document; where the step asks for them `due`: a new due day, `roles`: role → who holds it from here on);
    before: digest of the event before, of the matter's head for the first; digest: of this one with `before`."""

    act: str
    time: datetime
    person: str
    role: str
    content: Mapping[str, Any] = field(default_factory=dict)
    before: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter. procedure: its name; number: unique among its procedure's matters; title; organisation: whose matter
    it is; fields: what it is about, fixed at its opening (a gap, a centre, an order's capability …; `links`: numbers of
    other matters); roles: role → accounts or names that hold it at the opening; events: in order; demo: whether its
    data are invented."""

    procedure: str
    number: str
    title: Text
    organisation: Text
    fields: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    demo: bool = False
    digest: str = ""

    def holders(self, role: str) -> tuple[str, ...]:
        """Who holds a role now: at the opening, or since the last event that says so."""
        held: Any = self.roles.get(role, ())
        for event in self.events:
            said = event.content.get("roles")
            if said and isinstance(said, Mapping) and role in said:
                held = said[role]
        if isinstance(held, str):
            return (held,)
        return tuple(name for name in held if isinstance(name, str)) if isinstance(held, list | tuple) else ()

    def last(self, act: str) -> Event | None:
        """The last event of a step."""
        return next((event for event in reversed(self.events) if event.act == act), None)


def head_fields(matter: Matter) -> dict[str, Any]:
    """What is fixed when a matter is opened, as fields of its document."""
    return {
        "procedure": matter.procedure,
        "number": matter.number,
        "title": written(matter.title),
        "organisation": written(matter.organisation),
        "fields": dict(matter.fields),
        "roles": {role: list(held) for role, held in matter.roles.items()},
        **({"demo": True} if matter.demo else {}),
    }


def written(text: Text) -> Text | str:
    """A text in languages as it was typed: one without a language stands alone."""
    return text[""] if set(text) == {""} else dict(text)


def head_digest(matter: Matter) -> str:
    """SHA-256 of the canonical head: the first event is chained to it, so that it cannot be altered unseen."""
    return hashlib.sha256(canonical(head_fields(matter))).hexdigest()


def event_fields(event: Event) -> dict[str, Any]:
    """An event as the fields of its document, without its own digest."""
    return {
        "act": event.act,
        "time": event.time.isoformat(),
        "person": event.person,
        "role": event.role,
        "content": dict(event.content),
        "before": event.before,
    }


def event_digest(event: Event) -> str:
    """SHA-256 of the canonical form of an event with the digest of the one before in it."""
    return hashlib.sha256(canonical(event_fields(event))).hexdigest()


def followed(matter: Matter, event: Event) -> Matter:
    """The matter with one more event, chained to its last one; whether it is allowed is for `admission` to say."""
    before = matter.events[-1].digest if matter.events else head_digest(matter)
    content = json.loads(canonical(event.content))
    placed = replace(event, content=content, before=before, digest="")
    return replace(matter, events=(*matter.events, replace(placed, digest=event_digest(placed))), digest="")


def last_digest(matter: Matter) -> str:
    """Digest of the last event, of the head where there is none: kept elsewhere, it shows that nothing was cut off."""
    return matter.events[-1].digest if matter.events else head_digest(matter)


def cut(matter: Matter, last: str, where: str = "/events") -> tuple[Finding, ...]:
    """Whether a chain holds the event that was once its last. A chain without its end is sound in itself: only who
    kept that digest sees it. last: SHA-256 of the event."""
    if last in {head_digest(matter), *(event.digest for event in matter.events)}:
        return ()
    return (finding("procedure.event.cut", where, count=len(matter.events), last=last[:16]),)


def verify(matter: Matter) -> tuple[Finding, ...]:
    """What is wrong with the chain of a matter: an altered event or head, one missing, added or moved; () if sound."""
    found, before = [], head_digest(matter)
    for number, event in enumerate(matter.events, start=1):
        where = f"/events/{number - 1}"
        if event.before != before:
            if number == 1:
                found.append(finding("procedure.event.head", where, act=event.act, number=number))
            else:
                found.append(finding("procedure.event.chain", where, act=event.act, number=number))
        elif event.digest != event_digest(event):
            found.append(finding("procedure.event.altered", where, act=event.act, number=number))
        before = event.digest
    return tuple(found)
