"""Rectification of a centre: its findings, each with the document of its closure; there is one reading of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from suyuan.procedure.matter import Event
from suyuan.procedure.standing import documents_of


@dataclass(frozen=True, slots=True)
class Raised:
    """A finding of a rectification. number: from 1; text; digest: of the evidence of its closure, «» without."""

    number: int
    text: str
    digest: str = ""


def closures_of(event: Event) -> dict[str, str]:
    """Number of a finding → digest of the evidence that an event brings for it.

    >>> from datetime import datetime
    >>> closures_of(Event("submitted", datetime(2026, 4, 1), "host", "host", {"closures": {"1": "ab", "2": ""}}))
    {'1': 'ab'}
    """
    given = event.content.get("closures")
    return {str(n): str(sha) for n, sha in given.items() if sha} if isinstance(given, Mapping) else {}


def raised(events: Sequence[Event]) -> tuple[Raised, ...] | None:
    """The findings of a rectification's events; None where none were issued yet. Evidence that was handed in stays
    until newer takes its place; a single finding is also answered by the one document of the step."""
    opened = next((event for event in reversed(events) if event.act == "opened"), None)
    if opened is None:
        return None
    stated = opened.content.get("findings", [])
    rows = list(stated) if isinstance(stated, list | tuple) else [stated]
    given: dict[str, str] = {}
    for event in events:
        if event.act == "submitted":
            single = documents_of(event).get("closure_evidence", "") if len(rows) == 1 else ""
            given |= ({"1": single} if single else {}) | closures_of(event)
    return tuple(Raised(n, _text(row), given.get(str(n), "")) for n, row in enumerate(rows, 1))


def _text(given: object) -> str:
    return str(given.get("zh") or given) if isinstance(given, Mapping) else str(given)
