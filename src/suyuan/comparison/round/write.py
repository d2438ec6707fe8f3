"""Protocol, submission and events as documents: canonical JSON, so that the same content has the same digest."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

from suyuan.comparison.round.events import Event, event_fields
from suyuan.comparison.round.protocol import Protocol
from suyuan.comparison.round.submission import Attached, BudgetLine, Reported, Submission
from suyuan.quantity.fields import canonical

PROTOCOL = "comparison-protocol"
SUBMISSION = "comparison-result"
TEXTS = ("title", "purpose", "organiser", "instructions", "confidentiality", "name", "organisation", "conditions")
"""Fields of a protocol that are texts in languages."""


def protocol_fields(protocol: Protocol) -> dict[str, Any]:
    """The fields of a protocol's document; its digest is none of them."""
    fields: dict[str, Any] = dataclasses.asdict(protocol)
    del fields["digest"]
    fields["route"]["legs"] = [dataclasses.asdict(leg) for leg in protocol.route.legs]
    if protocol.drift.repeats == 1:
        del fields["drift"]["repeats"]
    given = protocol.reference.given.items()
    fields["reference"]["given"] = [{"measurand": m, "value": value, "u": u} for m, (value, u) in given]
    named = (fields, *fields["standards"], *fields["measurands"], *fields["members"])
    for row in named:
        row |= {key: _text(row[key]) for key in TEXTS if key in row}
    return {"suyuan": PROTOCOL, **fields}


def _text(text: Mapping[str, str]) -> Mapping[str, str] | str:
    """A text without a language stands alone, as it was typed."""
    return text[""] if set(text) == {""} else text


def protocol_document(protocol: Protocol) -> bytes:
    """A protocol as its canonical document."""
    return canonical(protocol_fields(protocol))


def protocol_digest(protocol: Protocol) -> str:
    """SHA-256 of the canonical document: what freezes a protocol when its round opens."""
    return hashlib.sha256(protocol_document(protocol)).hexdigest()


def with_digest(protocol: Protocol) -> Protocol:
    """The protocol that knows its digest."""
    return dataclasses.replace(protocol, digest=protocol_digest(protocol))


def submission_fields(submission: Submission) -> dict[str, Any]:
    """The fields of a submission's document: digits as they were reported, the rest as numbers."""
    return {
        "suyuan": SUBMISSION,
        "protocol": submission.protocol,
        "member": submission.member,
        "measured_by": submission.measured_by,
        "conditions": submission.conditions,
        "standards": [{"issuer": issuer, "number": number} for issuer, number in submission.standards],
        "results": [reported_fields(result) for result in submission.results],
        "files": [attached_fields(file) for file in submission.files],
    }


def submission_document(submission: Submission) -> bytes:
    """A submission as its canonical document: what is sealed."""
    return canonical(submission_fields(submission))


def reported_fields(result: Reported) -> dict[str, Any]:
    """One result; where its digits are not known as text, the number itself is written."""
    numbers = {key: result.text.get(key, getattr(result, key)) for key in ("value", "U", "k", "u", "dof")}
    return {
        "measurand": result.measurand,
        **numbers,
        "unit": result.text.get("unit", ""),
        "measured": result.measured,
        "budget": [_line(line) for line in result.budget],
        "remark": result.remark,
    }


def _line(line: BudgetLine) -> Mapping[str, Any]:
    return dataclasses.asdict(line)


def attached_fields(file: Attached) -> dict[str, Any]:
    """A file that goes with a submission, its bytes as base64."""
    return {"name": file.name, "media": file.media, "content": base64.b64encode(file.content).decode("ascii")}


def events_fields(events: tuple[Event, ...]) -> list[dict[str, Any]]:
    """The events of a round with their digests, for a report or a file."""
    return [{**event_fields(event), "digest": event.digest} for event in events]
