"""A matter as its records keep it: from bytes to the value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from suyuan.procedure.matter import Event, Matter
from suyuan.site.acts.talent import contest_seal
from suyuan.site.records.matter import MatterEvent, MatterRecord


def matter_of(row: MatterRecord) -> Matter:
    """A matter from its bytes."""
    head = json.loads(bytes(row.opening))
    events = tuple(_event(e, row.number) for e in sorted(row.events.all(), key=lambda e: e.place))
    return Matter(
        row.procedure, row.number, _text(head.get("title")), _text(head.get("organisation")), head.get("fields", {}),
        {role: tuple(held) for role, held in head.get("roles", {}).items()}, events, bool(head.get("demo")),
        row.digest,
    )  # fmt: skip


def _text(given: Any) -> Mapping[str, str]:
    return given if isinstance(given, dict) else {"": str(given or "")}


def _event(row: MatterEvent, number: str) -> Event:
    document = contest_seal.opened(bytes(row.document), {"number": number, "place": row.place})
    if document is None:
        time = timezone.localtime(row.time)
        return Event(row.act, time, row.person, "", {"hidden": contest_seal.LOST}, "", row.digest)
    fields = json.loads(document)
    return Event(
        fields["act"], datetime.fromisoformat(fields["time"]), fields.get("person", ""), fields.get("role", ""),
        fields.get("content", {}), fields.get("before", ""), row.digest,
    )  # fmt: skip
