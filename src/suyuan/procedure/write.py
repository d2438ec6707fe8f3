"""A matter as its document: canonical JSON, so that the same matter always has the same bytes and the same digest."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from suyuan.procedure.matter import Matter, event_fields, head_fields, last_digest
from suyuan.quantity.fields import canonical

MATTER = "matter"


def matter_fields(matter: Matter) -> dict[str, Any]:
    """The fields of a matter's document: head, events with their digests, and the digest of the last one."""
    events = [{**event_fields(event), "digest": event.digest} for event in matter.events]
    return {"suyuan": MATTER, **head_fields(matter), "events": events, "last": last_digest(matter)}


def matter_document(matter: Matter) -> bytes:
    """A matter as its canonical document. Raises Refused for a text that is no text."""
    return canonical(matter_fields(matter))


def with_digest(matter: Matter) -> Matter:
    """The matter that knows the digest of its document."""
    return replace(matter, digest=hashlib.sha256(matter_document(matter)).hexdigest())
