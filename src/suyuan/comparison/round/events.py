"""What happens in a round, as events in the order in which they happened; each is chained to the one before.

    prepared → invited → open → closed → draft_a → draft_b → final

Nothing is ever changed: a correction, a withdrawal, an exclusion is one more event. Module `standing` folds the events
of a round into where it stands; module `admission` refuses an event that is not allowed there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, get_args

from suyuan.comparison.round.words import worded
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, finding

Phase = Literal["prepared", "invited", "open", "closed", "draft_a", "draft_b", "final"]
EventKind = Literal[
    "invited",  # pilot: member
    "accepted",  # member
    "declined",  # member; reason
    "opened",  # pilot; protocol: its digest, by which it is frozen
    "sent",  # who holds it: standard, to, condition, remark
    "arrived",  # member: standard, condition («good», «damaged», …), remark
    "sealed",  # member: commitment (SHA-256), size; a second one replaces the first until closing
    "retracted",  # member takes its sealed submission back before closing; reason
    "withdrawn",  # member leaves; reason
    "closed",  # the clock: no submission from here on
    "revealed",  # the site or the member: nonce (hexadecimal), document (base64): content of the current commitment
    "unopened",  # a sealed submission whose content does not match, or whose key is missing; reason
    "corrected",  # member, after closing, before draft B: measurand, field, old, new, reason; both stay in the report
    "decided",  # pilot: member, measurand («» for all), decision (in, out, kept, dropped), reason
    "draft_a",  # pilot: to the participants; draft: its digest
    "remarked",  # member: draft: the digest that it speaks of, agrees (true or false), text
    "draft_b",  # pilot; draft
    "final",  # pilot; draft; names are released
    "help_opened",  # pilot: member, measurand, expert
    "cause",  # member: measurand, text
    "action",  # member: measurand, text
    "remeasured",  # member: measurand, measured, value, U, k, reference_value, reference_U, reference_k, compared_with
    "help_closed",  # pilot: measurand, closed (true or false), reason
]
KINDS: tuple[EventKind, ...] = get_args(EventKind)
OF_PILOT = frozenset(("invited", "opened", "decided", "draft_a", "draft_b", "final", "help_opened", "help_closed"))
"""What only the pilot does, about whomever it is."""
OF_MEMBER = frozenset(
    ("accepted", "declined", "arrived", "sealed", "retracted", "corrected", "remarked", "cause", "action", "remeasured")
)
"""What a member does for itself."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. time: with its zone; person: who did it (an account or a name), «» for the clock; member: the code of
    the laboratory that it is about; content: what belongs to the kind; before: digest of the event before, «» for the
    first; digest: of this one in canonical form with `before` in it."""

    kind: EventKind
    time: datetime
    person: str
    member: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    before: str = ""
    digest: str = ""


def event_fields(event: Event) -> dict[str, Any]:
    """An event as the fields of its document, without its own digest."""
    return {
        "kind": event.kind,
        "time": event.time.isoformat(),
        "person": event.person,
        "member": event.member,
        "content": dict(event.content),
        "before": event.before,
    }


def event_digest(event: Event) -> str:
    """SHA-256 of the canonical form of an event with the digest of the one before in it."""
    return hashlib.sha256(canonical(event_fields(event))).hexdigest()


def chained(event: Event, before: str) -> Event:
    """The event behind another: content as the canonical form writes it (numbers as text), its place, its digest."""
    content = json.loads(canonical(event.content))
    placed = replace(event, content=content, before=before, digest="")
    return replace(placed, digest=event_digest(placed))


def verify(events: Sequence[Event]) -> tuple[Finding, ...]:
    """What is wrong with a chain of events: an altered one, one that is missing, added or moved; empty where sound."""
    found, before = [], ""
    for i, event in enumerate(events):
        if event.before != before:
            found.append(finding("comparison.event.chain", f"/events/{i}", kind=event.kind, number=i + 1))
        elif event.digest != event_digest(event):
            found.append(finding("comparison.event.altered", f"/events/{i}", kind=event.kind, number=i + 1))
        before = event.digest
    return worded(found)
