"""A saved result: an evaluated case that was kept but not issued, as a document.

It holds the case (so that it can be evaluated again) and the archive of its results (so that its influences keep their
identity), with number, laboratory and day. The digest of its bytes is its version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from suyuan.certificate.certificate import Text
from suyuan.quantity.archive.archive import load
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.traceability.attached import body
from suyuan.traceability.evidence import SavedResult

KIND = "result"


def result_document(
    number: str, laboratory: str, day: date, case: Mapping[str, Any], archive: bytes, title: Text | None = None
) -> bytes:
    """The document of a saved result; the same content gives the same bytes.

    case: the case document with its `evaluation`; archive: the bytes of `quantity.archive.archive.dump`.
    """
    document = {
        "suyuan": KIND,
        "number": number,
        "laboratory": laboratory,
        "day": day.isoformat(),
        "title": dict(title or {}),
        "case": case,
        "archive": json.loads(archive),
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, indent=1).encode("utf-8")


def read_result(document: bytes) -> tuple[SavedResult | None, tuple[Finding, ...]]:
    """The saved result that a document states, or None with what is wrong; each finding has a JSON pointer."""
    try:
        content = json.loads(document)
    except (ValueError, RecursionError) as fault:
        return None, (finding("traceability.result.unreadable", "", reason=str(fault)[:200]),)
    if not isinstance(content, dict) or content.get("suyuan") != KIND:
        return None, (finding("traceability.result.unreadable", "/suyuan", reason=f"“suyuan” is not “{KIND}”"),)
    found: list[Finding] = []
    number = _text(content, "number", found)
    day = _day(content, found)
    case, archive = content.get("case"), b""
    if not isinstance(case, dict) or not isinstance(body(case).get("inputs"), list):
        found.append(finding("traceability.result.field", "/case", field="case"))
    if isinstance(content.get("archive"), dict):
        archive = json.dumps(content["archive"], ensure_ascii=False).encode("utf-8")
        found.extend(_checked(archive))
    else:
        found.append(finding("traceability.result.field", "/archive", field="archive"))
    if found or day is None or not isinstance(case, dict):
        return None, tuple(found)
    title = content.get("title")
    return (
        SavedResult(
            number, day, case, archive,
            {str(k): str(v) for k, v in title.items()} if isinstance(title, dict) else {},
            str(content.get("laboratory") or ""), hashlib.sha256(document).hexdigest(),
        ),
        (),
    )  # fmt: skip


def _text(content: Mapping[str, Any], field: str, found: list[Finding]) -> str:
    value = content.get(field)
    if isinstance(value, str) and value.strip():
        return value
    found.append(finding("traceability.result.field", f"/{field}", field=field))
    return ""


def _day(content: Mapping[str, Any], found: list[Finding]) -> date | None:
    try:
        return date.fromisoformat(str(content.get("day")))
    except ValueError:
        found.append(finding("traceability.result.field", "/day", field="day"))
        return None


def _checked(archive: bytes) -> tuple[Finding, ...]:
    """A damaged or altered archive, found before anything rests on it."""
    try:
        load(archive, "/archive")
    except Refused as refused:
        return refused.findings
    return ()
