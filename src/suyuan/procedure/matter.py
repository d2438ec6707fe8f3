"""A matter: one thing that goes through a procedure, as its events in the order in which they happened.

Nothing is ever changed: a correction is one more event. Events are chained by digest. `standing` folds them into where
the matter stands on a day; `admission` refuses an event that is not allowed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from suyuan.procedure.procedure import Text


@dataclass(frozen=True, slots=True)
class Event:
    """One event. act: of the procedure's step; time: with its zone; person: who (account or name); role: in which the
    person acted; content: what belongs to the act (texts, numbers as text, lists, objects; `documents`: name → SHA-256
    of a stored document); before: digest of the event before, «» for the first; digest: of this one with `before`."""

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
    it is; fields: what it is about, fixed at its opening (a gap, a centre, an order's capability …); roles: role →
    accounts or names that hold it in this matter; events: in order; demo: whether its data are invented."""

    procedure: str
    number: str
    title: Text
    organisation: Text
    fields: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    demo: bool = False
    digest: str = ""
