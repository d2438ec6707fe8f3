"""The form of a submission: rows as typed or pasted, and the document that they make. Nothing of it is kept before it
is sealed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from suyuan.comparison.round.read_submission import LARGEST_FILES
from suyuan.comparison.round.write import SUBMISSION
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Refused, finding
from suyuan.site.acts.rounds.one import Seen

COLUMNS = ("measurand", "value", "U", "k", "u", "dof", "unit", "measured", "remark", "budget")
LINE = ("name", "u", "sensitivity", "dof", "distribution", "issuer", "certificate", "place")
"""What a line of a budget holds, in this order."""
STANDARDS = 4
MOST_ROWS = 400
_LONGEST = 8000


@dataclass(frozen=True)
class Form:
    """A submission as typed. rows: one a result; standards: issuer and number; file: name, media type and bytes as
    base64, empty without one."""

    rows: tuple[Mapping[str, str], ...]
    standards: tuple[tuple[str, str], ...]
    measured_by: str = ""
    conditions: str = ""
    file: tuple[str, str, str] = ("", "", "")


def first(view: Seen, name: str) -> Form:
    """An empty form: a row for each measurand. No coverage factor is assumed."""
    blank = dict.fromkeys(COLUMNS, "")
    rows = tuple(blank | {"measurand": m.id} for m in view.protocol.measurands)
    return Form(rows, (("", ""),) * 2, name)


def read_form(post: Any, files: Any) -> Form:
    """What was sent. Raises Refused for a file that is too large."""
    rows, n = [], 0
    while n < MOST_ROWS and f"r-{n}-measurand" in post:
        rows.append({c: post.get(f"r-{n}-{c}", "").strip()[:_LONGEST] for c in COLUMNS})
        n += 1
    standards = tuple(
        (post.get(f"s-{i}-issuer", "").strip()[:400], post.get(f"s-{i}-number", "").strip()[:400])
        for i in range(STANDARDS) if f"s-{i}-issuer" in post
    )  # fmt: skip
    return Form(
        tuple(rows), standards, post.get("measured_by", "").strip()[:400], post.get("conditions", "").strip()[:2000],
        _file(post, files),
    )  # fmt: skip


def _file(post: Any, files: Any) -> tuple[str, str, str]:
    sent = files.get("certificate")
    if sent is not None:
        if sent.size > LARGEST_FILES:
            raise Refused(finding("comparison.submission.files", "certificate", size=sent.size, limit=LARGEST_FILES))
        return sent.name[:200], sent.content_type or "", base64.b64encode(sent.read()).decode("ascii")
    if post.get("drop_file"):
        return "", "", ""
    kept = post.get("file_content", "")
    try:
        base64.b64decode(kept, validate=True)
    except (binascii.Error, ValueError):
        kept = ""
    return (post.get("file_name", "")[:200], post.get("file_media", "")[:100], kept) if kept else ("", "", "")


def document_of(view: Seen, form: Form) -> bytes:
    """The submission's document, digits as they were typed; rows without a value are left out."""
    results = []
    for row in form.rows:
        if not row["value"] and not row["U"] and not row["u"]:
            continue
        fields: dict[str, Any] = {c: row[c] for c in COLUMNS if c != "budget"}
        fields["budget"] = [line for text in row["budget"].splitlines() if (line := _line(text))]
        results.append(fields)
    name, media, content = form.file
    return canonical({
        "suyuan": SUBMISSION,
        "protocol": view.protocol.digest,
        "member": view.me,
        "measured_by": form.measured_by,
        "conditions": form.conditions,
        "standards": [{"issuer": i, "number": n} for i, n in form.standards if i or n],
        "results": results,
        "files": [{"name": name, "media": media, "content": content}] if content else [],
    })  # fmt: skip


def _line(text: str) -> dict[str, str]:
    """A line of a budget: cells between tabs or semicolons."""
    if not text.strip():
        return {}
    cells = text.split("\t") if "\t" in text else text.replace("；", ";").split(";")
    return {key: cell.strip() for key, cell in zip(LINE, cells, strict=False) if cell.strip()}


def kept_rows(form: Form) -> list[int]:
    """Numbers of the rows that went into the document."""
    return [n for n, row in enumerate(form.rows) if row["value"] or row["U"] or row["u"]]


def field_of(pointer: str, form: Form) -> str:
    """The field of the form that a place in the document belongs to, «» where there is none."""
    parts = pointer.strip("/").split("/")
    kept = kept_rows(form)
    if parts[0] == "results" and len(parts) > 1 and parts[1].isdecimal() and int(parts[1]) < len(kept):
        column = parts[2] if len(parts) > 2 and parts[2] in COLUMNS else "value"
        return f"r-{kept[int(parts[1])]}-{column}"
    if parts[0] == "standards" and len(parts) > 1 and parts[1].isdecimal():
        filled = [n for n, pair in enumerate(form.standards) if any(pair)]
        if int(parts[1]) < len(filled):
            return f"s-{filled[int(parts[1])]}-{parts[2] if len(parts) > 2 else 'issuer'}"
    return {"files": "certificate", "results": "results"}.get(parts[0], parts[0])


def one_more(form: Form, measurand: str) -> Form:
    """A further result of a measurand, for whoever measures the standard again."""
    blank = dict.fromkeys(COLUMNS, "") | {"measurand": measurand}
    rows = list(form.rows)
    at = max((n for n, row in enumerate(rows) if row["measurand"] == measurand), default=len(rows) - 1)
    rows.insert(at + 1, blank)
    return replace(form, rows=tuple(rows))
