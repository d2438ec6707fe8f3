"""The page of a submission: a form a measurand, a check before sealing, the seal, and the receipt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from suyuan.quantity.finding import Finding, Refused, errors
from suyuan.site.acts.rounds import one as acts
from suyuan.site.acts.rounds import submission as form
from suyuan.site.acts.rounds.one import Receipt, Seen
from suyuan.site.acts.rounds.paste import pasted
from suyuan.site.acts.rounds.submission import Form
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.parts.text import text_html
from suyuan.site.web.rounds.facts import moment_text, short_moment, timed, title_of, unit_text
from suyuan.site.web.rounds.protocol import said_beside


@never_cache
@sensitive_post_parameters()
def submit(request: HttpRequest, number: str) -> HttpResponse:
    """Type, check, seal. What is typed lives in this request alone; after sealing nobody can read it until closing."""
    user: Any = request.user
    view = acts.seen(number, user)
    if not view.me or view.where.phase in ("prepared", "invited"):
        raise Http404
    state = view.where.members[view.me]
    if view.where.phase != "open" or not state.active:
        return render(request, "comparison_submit.html", _closed(view))
    if request.method != "POST":
        name = user.last_name if current() == "zh" else user.first_name
        return _page(request, view, form.first(view, name or user.get_username()))
    do = request.POST.get("do", "check")
    try:
        typed = form.read_form(request.POST, request.FILES)
    except Refused as refused:
        return _page(request, view, form.read_form(request.POST, {}), refused.findings)
    if do == "paste":
        try:
            filled, told = pasted(view, typed, request.POST.get("paste", "")[:200_000])
            return _page(request, view, filled, told)
        except Refused as refused:
            return _page(request, view, typed, refused.findings, paste=request.POST.get("paste", ""))
    if do.startswith("more-") and view.part == "pilot":
        return _page(request, view, form.one_more(typed, do.removeprefix("more-")))
    if do == "show":
        return _page(request, view, typed)
    document = form.document_of(view, typed)
    _, found = acts.check_submission(view, document)
    remarks = [f for f in found if f.severity == "warning"]
    if do == "seal" and not errors(found) and (not remarks or request.POST.get("sure")):
        try:
            receipt = acts.seal_submission(user, number, document, bool(request.POST.get("own_code")))
        except Refused as refused:
            return _page(request, view, typed, refused.findings)
        return render(request, "comparison_receipt.html", _receipt(view, receipt))
    return _page(request, view, typed, found, checked=True, own_code=bool(request.POST.get("own_code")))


def _receipt(view: Seen, receipt: Receipt) -> dict[str, Any]:
    key = "comparison.receipt.lead.code" if receipt.code else "comparison.receipt.lead"
    return {
        "number": view.row.number,
        "receipt": receipt,
        "time": moment_text(receipt.time),
        "lead": timed(key, view.protocol.closes),
        "own": view.me,
    }


def _closed(view: Seen) -> dict[str, Any]:
    lead = timed("comparison.submit.closed", view.protocol.closes)
    return {"number": view.row.number, "title": title_of(view.protocol), "closed": True, "lead": lead}


def _page(
    request: HttpRequest, view: Seen, typed: Form, found: Iterable[Finding] = (), *, checked: bool = False,
    paste: str = "", own_code: bool = False,
) -> HttpResponse:  # fmt: skip
    found = tuple(dict.fromkeys(found))
    beside: dict[str, list[Finding]] = {}
    for item in found:
        where = form.field_of(item.where, typed) if item.where.startswith("/") else item.where
        beside.setdefault(where, []).append(item)
    rows = [_row(view, typed, n, beside) for n in range(len(typed.rows))]
    standards = [_standard(typed, n, beside) for n in range(len(typed.standards))]
    shown = {f["name"] for r in (*rows, *standards) for f in r["fields"]} | {"certificate", "paste"}
    wrong = errors(found)
    remarks = [f for f in found if f.severity == "warning"]
    state, expanded = view.where.members[view.me], view.protocol.form.uncertainty == "expanded"
    context = {
        "view": view,
        "number": view.row.number,
        "title": title_of(view.protocol),
        "rows": rows,
        "standards": standards,
        "typed": typed,
        "loose": [i for name, items in beside.items() if name not in shown for i in items],
        "wrong": len(wrong),
        "sound": checked and not wrong,
        "remarks": len(remarks),
        "lead": timed(_lead(checked and not wrong, len(remarks)), view.protocol.closes, n=len(remarks)),
        "replaces": state.sealed,
        "replaces_time": short_moment(state.sealed.time) if state.sealed else "",
        "file_told": said_beside(beside.get("certificate", ())),
        "paste_told": said_beside(beside.get("paste", ())),
        "paste": paste,
        "paste_columns": term("comparison.and").join(("U", "k") if expanded else ("u", term("comparison.f.dof"))),
        "own_code": own_code,
        "instructions": view.protocol.instructions,
        "pilot": view.part == "pilot",
        "asks_certificate": view.protocol.form.certificate,
        "asks_budget": view.protocol.form.budget,
    }
    return render(request, "comparison_submit.html", context)


def _lead(sound: bool, remarks: int) -> str:
    """What the page says first."""
    if not sound:
        return "comparison.submit.lead"
    if not remarks:
        return "comparison.submit.ready"
    return "comparison.submit.remarks.one" if remarks == 1 else "comparison.submit.remarks"


def _row(view: Seen, typed: Form, n: int, beside: Mapping[str, list[Finding]]) -> dict[str, Any]:
    row = typed.rows[n]
    measurand = view.protocol.measurand(row["measurand"])
    expanded = view.protocol.form.uncertainty == "expanded"
    columns = ("value", "U", "k", "dof") if expanded else ("value", "u", "dof")
    cells = [_cell(n, row, c, beside, numeric=True) for c in columns]
    cells += [_cell(n, row, "measured", beside, type="date"), _cell(n, row, "remark", beside, extra="remark")]
    return {
        "n": n,
        "id": row["measurand"],
        "unit": unit_text(measurand.unit) if measurand else "",
        "name": text_html(measurand.name) if measurand else "",
        "nominal": measurand.nominal if measurand else "",
        "conditions": text_html(measurand.conditions) if measurand and measurand.conditions else "",
        "fields": [*cells, _cell(n, row, "budget", beside)],
        "cells": cells,
        "budget": _cell(n, row, "budget", beside),
        "hidden": [(c, row[c]) for c in ("measurand", "unit")],
        "last": n + 1 == len(typed.rows) or typed.rows[n + 1]["measurand"] != row["measurand"],
        "wrong": [t for c in ("measurand", "unit") for t in said_beside(beside.get(f"r-{n}-{c}", ()))],
    }


def _cell(
    n: int, row: Mapping[str, str], column: str, beside: Mapping[str, list[Finding]], **more: Any
) -> dict[str, Any]:
    name = f"r-{n}-{column}"
    told = said_beside(beside.get(name, ()))
    return {
        "name": name,
        "label": f"comparison.f.{column}",
        "value": row[column],
        "type": "text",
        "told": told,
        "bad": any(t["tone"] == "bad" for t in told),
        "needed": column == "value",
        "single": True,
        "placeholder": term("comparison.f.k.example") if column == "k" else "",
        **more,
    }


def _standard(typed: Form, n: int, beside: Mapping[str, list[Finding]]) -> dict[str, Any]:
    cells = []
    for column, value in zip(("issuer", "number"), typed.standards[n], strict=True):
        name = f"s-{n}-{column}"
        told = said_beside(beside.get(name, ()))
        word = term(f"comparison.f.standard_{column}")
        cells.append({"name": name, "label": f"comparison.f.standard_{column}", "value": value, "type": "text",
                      "told": told, "bad": bool(told), "word": word})  # fmt: skip
    return {"fields": cells}
