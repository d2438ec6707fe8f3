"""What a director delivers by hand: money of a year, a mechanism, an environment; each with the file that proves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from suyuan.centre.funds import SCALES, UNIT
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.site.acts import clock
from suyuan.site.acts.regulation import centre as acts
from suyuan.site.acts.regulation.centre import Known


@dataclass(frozen=True, slots=True)
class Form:
    """One form. kind: of the record; fields: names in order; numbers: those that are numbers."""

    kind: str
    fields: tuple[str, ...]
    numbers: tuple[str, ...] = ()


FORMS: tuple[Form, ...] = (
    Form("fund_plan", ("year", "value", "unit", "group"), ("year", "value")),
    Form("fund_actual", ("year", "value", "unit", "group"), ("year", "value")),
    Form("mechanism", ("title", "group", "day", "valid_until")),
    Form("agreement", ("title", "group", "day", "valid_until")),
    Form("environment", ("title", "group", "value", "unit", "low", "high", "day"), ("value", "low", "high")),
    Form("document", ("name", "day", "valid_until")),
)
"""Forms of the page; all other kinds come by the registers."""
PAPERS = ("application", "task_book", "feasibility", "demand_survey", "capability_plan", "funding_letter",
          "yearly_report", "self_assessment", "acceptance_report")  # fmt: skip
MONEY: Mapping[str, tuple[str, str]] = {
    "fund_plan": ("经费计划", "funds planned"),
    "fund_actual": ("经费实际", "funds spent"),
}
UNITS = tuple(unit for unit in SCALES if unit != "CNY")
"""Units of money that are offered."""
LARGEST = 400


def delivered(request: HttpRequest, at: Known) -> str:
    """One record from its form. Raises Refused with findings whose place is the field, PermissionDenied."""
    user: Any = request.user
    chosen = next((form for form in FORMS if form.kind == request.POST.get("kind")), None)
    if chosen is None:
        raise Refused(finding("typed.field.missing", "kind", field="kind"))
    fields, found = _fields(request, chosen)
    upload = request.FILES.get("file")
    file = None
    if isinstance(upload, UploadedFile):
        file = (upload.name or "file", upload.content_type or "", upload.read())
    elif request.POST.get("declared") != "1":
        found.append(finding("centre.page.proof", "file"))
    if found:
        raise Refused(*found)
    try:
        return acts.deliver_record(user, at.row, fields, file)
    except Refused as refused:
        raise Refused(*(_placed(item) for item in refused.findings)) from None


def _fields(request: HttpRequest, chosen: Form) -> tuple[dict[str, Any], list[Finding]]:
    found: list[Finding] = []
    row: dict[str, Any] = {"kind": chosen.kind, "day": clock.today().isoformat()}
    for name in chosen.fields:
        text = request.POST.get(name, "").strip()[:LARGEST]
        if not text:
            continue
        if name in chosen.numbers and not _number(text):
            found.append(finding("centre.page.number", name, given=text[:40]))
        row[name] = text
    if chosen.kind in MONEY:
        wanted = [name for name in ("value", "unit") if name not in row]
        found += [finding("typed.field.missing", name, field=name) for name in wanted]
        if row.get("unit", UNIT) not in UNITS:
            found.append(finding("centre.record.money_unit", "unit", given=row["unit"], known="、".join(UNITS)))
    if chosen.kind in MONEY:
        zh, en = MONEY[chosen.kind]
        row["title"] = {"zh": f"{row.get('year', '')} {zh}".strip(), "en": f"{en} {row.get('year', '')}".strip()}
    elif chosen.kind == "document":
        name = row.pop("name", "")
        if name not in PAPERS:
            found.append(finding("typed.field.missing", "name", field="name"))
        row |= {"title": name or "document", "detail": {"name": name}, "group": name}
    elif "title" not in row:
        found.append(finding("typed.field.missing", "title", field="title"))
    return row, found


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _placed(item: Finding) -> Finding:
    """A finding of the register at the field of the form: /rows/centre_record/0/value → value."""
    return Finding(item.code, item.where.rsplit("/", 1)[-1] or item.where, "error", item.parameters)
