"""What happens in a round, as events in the order in which they happened; each is chained to the one before.

    prepared → invited → open → closed → draft_a → draft_b → final

Nothing is ever changed: a correction, a withdrawal, an exclusion is one more event. `state` (module `standing`) folds
the events of a round into where it stands, and refuses an event that is not allowed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Phase = Literal["prepared", "invited", "open", "closed", "draft_a", "draft_b", "final"]
EventKind = Literal[
    "invited",  # pilot: member
    "accepted",  # member
    "declined",  # member; reason
    "opened",  # pilot; protocol digest: the protocol is frozen
    "sent",  # whoever holds the standard: standard, to
    "arrived",  # member: standard, condition («good», «damaged», …), remark
    "sealed",  # member: commitment (SHA-256), size; a second one replaces the first until closing
    "retracted",  # member takes its sealed submission back before closing
    "withdrawn",  # member leaves; reason
    "closed",  # the clock: no submission from here on
    "revealed",  # the site or the member: content whose digest is the commitment
    "unopened",  # a sealed submission whose content does not match, or whose key is missing
    "corrected",  # member, after closing, before draft B: what, old, new, reason; both stay in the report
    "decided",  # pilot: member, measurand, in or out of the reference value, outlier kept or dropped; reason
    "draft_a",  # pilot: to the participants; digest of the draft
    "remarked",  # member on a draft: agrees, or text
    "draft_b",  # pilot; digest
    "final",  # pilot; digest; names are released
    "help_opened",  # pilot: member, measurand, expert
    "cause",  # member: cause found
    "action",  # member: corrective action
    "remeasured",  # member: value, U, k of a re-measurement and what it was compared with
    "help_closed",  # pilot: closed or not, with the score of the re-measurement
]


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
