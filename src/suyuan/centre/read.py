"""Rows of registers about centres: the centre itself, what is recorded of it, commitments of a public reply or plan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import cast

from suyuan.centre.funds import SCALES
from suyuan.centre.read_guideline import guideline_document, read_guideline
from suyuan.centre.records import GRADES, RECORD_KINDS, SCOPES, Centre, CentreRecord, Commitment, RecordKind, Scope
from suyuan.procedure.register import Context
from suyuan.quantity.fields import Fields, Printed

__all__ = ["centre", "centre_record", "commitment", "guideline_document", "read_guideline"]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MONEY = ("fund_plan", "fund_actual")
_YEARS = (1949, 2149)
"""A year outside is a typing error."""


def centre(row: Fields, context: Context) -> Centre | None:
    """A centre, data base, training base or carbon centre; None where it has no id, name, scope or host."""
    before = len(row.found)
    id, name = row.text("id", required=True), row.names("name", required=True)
    value = Centre(
        id,
        name,
        cast("Scope", row.choice("scope", SCOPES, "centre")),
        row.choice("grade", GRADES),
        row.names("host", required=True),
        truth(row, "host_independent"),
        laboratories=words(row, "laboratories"),
        industry=row.text("industry"),
        demand=words(row, "demand"),
        region=row.text("region"),
        partners=words(row, "partners"),
        guideline=row.text("guideline"),
        document=_digest(row, "document"),
        source=row.text("source"),
        demo=truth(row, "demo") is True or context.demo,
    )
    if not value.laboratories and id:
        row.report("centre.row.laboratories", "laboratories", severity="warning", id=id)
    return value if len(row.found) == before or _usable(row, before) else None


def centre_record(row: Fields, context: Context) -> CentreRecord | None:
    """One recorded thing of a centre; None where what its kind needs is absent or impossible."""
    before = len(row.found)
    id, owner = row.text("id", required=True), row.text("centre", required=True)
    kind = cast("RecordKind", row.choice("kind", RECORD_KINDS))
    title, day = row.names("title", required=True), row.day("day", required=True)
    value, year = row.number("value", required=kind in ("environment", "stability")), row.whole("year")
    low, high, until = row.number("low"), row.number("high"), row.day("valid_until")
    detail = _detail(row)
    record = CentreRecord(
        id, owner, kind, title, day or date.min, None if value is None else value.value, row.text("unit"), year,
        row.text("group"), None if low is None else low.value, None if high is None else high.value, until,
        _digest(row, "document"), detail,
    )  # fmt: skip
    _record_faults(row, record, context)
    return record if _usable(row, before) else None


def _record_faults(row: Fields, record: CentreRecord, context: Context) -> None:
    if record.kind in _MONEY:
        if record.year is None:
            row.report("centre.record.year", "year", given="—")
        if record.value is None and not row.has("value"):
            row.report("centre.record.amount", "value", severity="warning", id=record.id)
        if record.value is not None and record.value < 0:
            row.report("centre.record.negative", "value", given=f"{record.value:g}")
        if record.value is not None and record.unit not in SCALES:
            row.report(
                "centre.record.money_unit",
                "unit",
                severity="warning",
                given=record.unit or "—",
                known="、".join(SCALES),
            )
    if record.year is not None and not _YEARS[0] <= record.year <= _YEARS[1]:
        row.report("centre.record.year", "year", given=record.year)
    if record.low is not None and record.high is not None and record.low > record.high:
        row.report("centre.record.limits", "low", low=f"{record.low:g}", high=f"{record.high:g}")
    if record.kind == "environment" and record.low is None and record.high is None:
        row.report("centre.record.limitless", "low", severity="warning")
    if record.kind == "status" and not record.detail.get("state"):
        row.report("centre.record.state", "detail")
    if record.valid_until is not None and record.valid_until < record.day:
        row.report("centre.record.period", "valid_until", day=record.day, end=record.valid_until)
    if record.day > context.day:
        row.report("centre.record.future", "day", day=record.day, delivered=context.day)
    if record.kind == "fund_actual" and record.year is not None and context.day.year < record.year <= _YEARS[1]:
        row.report("centre.record.actual_ahead", "year", given=record.year, delivered=context.day)


def commitment(row: Fields, context: Context) -> Commitment | None:
    """One clause of a public reply or plan; None where document, clause or text is absent."""
    before = len(row.found)
    value = Commitment(
        row.text("id", required=True),
        row.text("document", required=True),
        row.text("clause", required=True),
        row.names("text", required=True),
        row.names("owner") or context.organisation,
        row.day("due"),
        words(row, "evidence"),
        row.text("source"),
        truth(row, "demo") is True or context.demo,
    )
    for place, address in enumerate(value.evidence):
        if address.partition(":")[0] not in ADDRESSES or not address.partition(":")[2]:
            row.report("centre.commitment.address", "evidence", place, given=address, known=", ".join(ADDRESSES))
    return value if _usable(row, before) else None


ADDRESSES: Mapping[str, str] = {
    "matter": "matter:<procedure>/<number>, with «#<state>» where a state must be reached",
    "fact": "fact:<centre>/<kind>, with «#<number>» where at least so many good ones are wanted",
    "document": "document:<SHA-256>",
    "row": "row:<kind of register row>/<id>",
    "scope": "scope:<centre, data_base …>#<state>: one of them reached it",
}
"""How the evidence of a commitment is named; «*» stands for any centre or number."""


def words(row: Fields, key: str) -> tuple[str, ...]:
    """A list of texts, or one text; anything else is a finding."""
    if not row.has(key):
        return ()
    given = row.content[key]
    items = given if isinstance(given, list) else [given]
    if not all(isinstance(item, str) and not isinstance(item, Printed) for item in items):
        row.report("centre.field.words", key, field=key)
        return ()
    return tuple(dict.fromkeys(text for item in items if (text := " ".join(str(item).split()))))


def truth(row: Fields, key: str) -> bool | None:
    """True or false; None where it is not given or is neither (then a finding)."""
    if not row.has(key):
        return None
    given = row.content[key]
    if given is True or given is False:
        return bool(given)
    told = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}
    if isinstance(given, str) and given.strip().lower() in told:
        return told[given.strip().lower()]
    row.report("centre.field.truth", key, field=key, given=given)
    return None


def _detail(row: Fields) -> Mapping[str, str]:
    inner = row.inner("detail")
    return {} if inner is None else {key: text for key in inner.content if (text := inner.text(key))}


def _digest(row: Fields, key: str) -> str:
    text = row.text(key).lower()
    if text and not _SHA256.fullmatch(text):
        row.report("centre.field.digest", key, field=key, given=text)
        return ""
    return text


def _usable(row: Fields, before: int) -> bool:
    return not any(item.severity == "error" for item in row.found[before:])
