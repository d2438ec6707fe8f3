"""The page «issue»: the chain first, then the particulars, a preview of what will be read, and the act."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST

from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.site.acts import clock
from suyuan.site.acts.evaluating import draft as drafts
from suyuan.site.acts.evaluating import evaluate as evaluating
from suyuan.site.acts.evaluating import issue as act
from suyuan.site.acts.evaluating.evaluate import ISSUE, Answer, may
from suyuan.site.acts.evaluating.issue import DAYS, DISCLOSURES, FIELDS, REQUIRED, Ahead
from suyuan.site.acts.evidence import document
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.evaluating import outcome
from suyuan.site.web.evidence.picture import certificate_address
from suyuan.site.web.parts.text import pick
from suyuan.site.web.shell import laboratory
from suyuan.verbs.case_form import parse_json

LONG = ("remark",)
GROUPS = (
    ("issuer", "number", "address"), ("item", "item_en", "serial", "manufacturer", "model"),
    ("customer", "received", "began", "ended", "issued", "valid_until"),
    ("calibrated_by", "approved_by", "method", "method_en", "norms", "remark"),
)  # fmt: skip


def first(request: HttpRequest, made: Answer) -> HttpResponse:
    """Coming from the evaluation: particulars filled in as far as they are known."""
    assert made.evaluation is not None
    day = made.evaluation.case.day or clock.today()
    user: Any = request.user
    me = (user.last_name if current() == "zh" else user.first_name) or user.get_username()
    given = {
        "issuer": pick(laboratory(), "zh")[0], "ended": day.isoformat(), "issued": clock.today().isoformat(),
        "began": day.isoformat(), "approved_by": me, "disclosure": "full",
    }  # fmt: skip
    return _page(request, _text(made.evaluation.document), given, made)


def _text(case: Mapping[str, Any]) -> str:
    return json.dumps(case, ensure_ascii=False, allow_nan=False)


@require_POST
def issue(request: HttpRequest) -> HttpResponse:
    """Preview, or issue; whatever is wrong, the form comes back as it was."""
    document.current()
    text = request.POST.get("case", "")
    given = {name: request.POST.get(name, "")[:2000] for name in FIELDS}
    try:
        case = parse_json(text.encode("utf-8"), "case")
        made = evaluating.answer(drafts.from_case(case))
    except Refused as refused:
        return _page(request, text, given, None, refused.findings)
    if not made.usable:
        return _page(request, text, given, made, made.faults or made.findings)
    if request.POST.get("do") == "issue":
        return _issue(request, text, case, given, made)
    try:
        ahead = act.ahead(case, act.particulars(given), request.user)
    except Refused as refused:
        return _page(request, text, given, made, refused.findings)
    return _page(request, text, given, made, ahead=ahead)


def _issue(
    request: HttpRequest, text: str, case: Mapping[str, Any], given: Mapping[str, str], made: Answer
) -> HttpResponse:  # fmt: skip
    if not may(request.user, ISSUE):
        raise PermissionDenied
    try:
        added = act.issue(request.user, case, given)
    except Refused as refused:
        ahead = None
        with contextlib.suppress(Refused):
            ahead = act.ahead(case, act.particulars(given), request.user)
        return _page(request, text, given, made, refused.findings, ahead)
    messages.success(request, term("issue.done", number=given["number"]))
    return HttpResponseRedirect(certificate_address(added.digest))


def _page(
    request: HttpRequest, case: str, given: Mapping[str, str], made: Answer | None,
    found: tuple[Finding, ...] = (), ahead: Ahead | None = None,
) -> HttpResponse:  # fmt: skip
    missing = {f.where for f in found if f.code.startswith("site.issue.")}
    groups = [[_field(name, given.get(name, ""), name in missing) for name in group] for group in GROUPS]
    context: dict[str, Any] = {
        "case": case,
        "given": given,
        "groups": groups,
        "made": made,
        "answer": outcome.answer_html(made) if made is not None and made.evaluation is not None else "",
        "outputs": outcome.outputs(made) if made is not None else [],
        "chain": outcome.chain_view(made) if made is not None and made.usable else None,
        "findings": [_said(f) for f in found],
        "ahead": ahead,
        "preview": preview(ahead) if ahead is not None else None,
        "signing": ahead.signing if ahead is not None else (),
        "reasoned": ahead is not None and bool(ahead.breaks or ahead.deviations),
        "broken": bool(ahead.breaks) if ahead is not None else bool(made and made.chain and not made.chain.complete),
        "disclosures": [{"value": d, "term": f"issue.disclosure.{d}"} for d in DISCLOSURES],
        "unusable": made is not None and bool(made.faults),
        "may_issue": may(request.user, ISSUE),
    }
    return render(request, "issue.html", context, status=422 if errors(found) else 200)


def _field(name: str, value: str, wrong: bool) -> dict[str, Any]:
    return {
        "name": name, "term": f"issue.{name}", "value": value, "required": name in REQUIRED,
        "type": "date" if name in DAYS else "text", "wrong": wrong, "long": name in LONG,
    }  # fmt: skip


def _said(item: Finding) -> Finding:
    """A finding about a field, with the field's own name."""
    if item.code.startswith("site.issue.") and item.where in FIELDS:
        return finding(item.code, term(f"issue.{item.where}"), item.severity, item.rule, **dict(item.parameters))
    return item


def preview(ahead: Ahead) -> dict[str, Any]:
    """What the next laboratory will find in the certificate."""
    certificate = ahead.certificate
    rows = [
        {
            "name": pick(r.name)[0], "value": q.printed[0] if q.printed else "", "unit": ahead_unit(q.unit),
            "U": q.uncertainty.printed[0] if q.uncertainty is not None and q.uncertainty.printed else "",
            "k": q.uncertainty.k if q.uncertainty is not None else None,
        }
        for r in certificate.results for q in r.quantities
    ]  # fmt: skip
    return {
        "certificate": certificate, "rows": rows,
        "equipment": [
            {"name": pick(e.name)[0], "number": e.certificate.number if e.certificate is not None else ""}
            for e in certificate.equipment
        ],
        "files": [f"{a.name}, {len(a.content) / 1024:.1f} kB" for a in certificate.attachments],
        "statements": [pick(s.text)[0] for s in certificate.statements],
        "chain": outcome.chain_lines(ahead.chain), "size": f"{len(ahead.data) / 1024:.1f} kB",
        "rungs": ahead.ladder.rungs,
    }  # fmt: skip


def ahead_unit(unit: str) -> str:
    """The symbol of a D-SI unit."""
    from suyuan.quantity.unit import parse_unit

    try:
        return parse_unit(unit).symbol
    except Refused:
        return unit
