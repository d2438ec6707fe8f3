"""The page «what if»: one standard changed, every result downstream old and new; the trial writes nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.site.acts import clock, store
from suyuan.site.acts.carbon.resting import Resting, resting
from suyuan.site.acts.evidence import document
from suyuan.site.acts.evidence import what_if as act
from suyuan.site.acts.evidence.what_if import Asked
from suyuan.site.terms import term
from suyuan.site.web.carbon.resting import day_html, offered, rest_rows
from suyuan.site.web.evidence.picture import certificate_address, in_both, name_of, tight
from suyuan.site.web.evidence.results import symbol_of
from suyuan.site.web.evidence.trace import title_html, unknown
from suyuan.site.web.evidence.what_if_said import answer_html, scenario_html, value_html
from suyuan.site.web.evidence.what_if_table import Line, excel
from suyuan.site.web.parts.text import day_text, pick
from suyuan.site.web.reach import opened_named
from suyuan.traceability.graph import Node
from suyuan.traceability.impact import Impact
from suyuan.traceability.scenario import Replaced, Shifted

CHOICES = 12


@require_http_methods(["GET", "HEAD", "POST"])
def what_if(request: HttpRequest, key: str = "") -> HttpResponse:
    """Choose, evaluate, look; export; adopt."""
    document.current()
    wanted = key or request.GET.get("of", "")
    if not wanted:
        return HttpResponseRedirect(reverse("trace"))
    if not key:
        return HttpResponseRedirect(reverse("what_if", args=[wanted]))
    try:
        node, certificate = act.of(key)
    except Refused as refused:
        return unknown(request, key, refused.findings)
    given = request.POST if request.method == "POST" else request.GET
    asked, found = _asked(request, given)
    if request.method == "POST" and given.get("do") == "adopt":
        return _adopt(request, node, certificate, asked)
    return _answer(request, node, certificate, asked, found)


def _asked(request: HttpRequest, given: Mapping[str, str]) -> tuple[Asked, tuple[Finding, ...]]:
    """What was chosen; a file comes with the request, or is carried from the trial before."""
    found: tuple[Finding, ...] = ()
    name, data = given.get("carried_name", "")[:200], b""
    upload = request.FILES.get("file")
    if upload is not None:
        name = str(upload.name or "")[:200]
        if (upload.size or 0) > act.LARGEST:
            found = (finding("site.what_if.large", name, limit=act.LARGEST // 2**20),)
        else:
            data = upload.read()
    elif given.get("carried"):
        try:
            data = base64.b64decode(given["carried"], validate=True)
        except (binascii.Error, ValueError):
            found = (finding("site.what_if.choose", "file"),)
    if given.get("by") and upload is None and given.get("by") != "file":
        data, name = b"", ""
    texts = {field: given.get(field, "")[:300] for field in ("kind", "by", "place", "d", "unit")}
    asked = Asked(**texts, file=data, name=name, since=given.get("from", "")[:40], until=given.get("to", "")[:40])
    return asked, found


def _answer(
    request: HttpRequest, node: Node, certificate: Certificate, asked: Asked, found: tuple[Finding, ...],
    status: int = 200, wrong: str = "",
) -> HttpResponse:  # fmt: skip
    impact: Impact | None = None
    if asked.kind in act.KINDS and (not found or wrong == "adopt"):
        try:
            impact = act.trial(node, certificate, asked)
        except Refused as refused:
            found = refused.findings
    if impact is not None and _given(request, "format") == "xlsx":
        return excel(node, impact, asked)
    same, alike = act.candidates(certificate)
    statement, claims = act.said(certificate), _claims(request, node)
    by = impact.scenario.by if impact is not None and isinstance(impact.scenario, Replaced) else None
    context: dict[str, Any] = {
        "node": node,
        "certificate": certificate,
        "name": name_of(node),
        "title": title_html("what_if.title", node),
        "address": certificate_address(node.id),
        "data_way": opened_named("data_impact", certificate.digest),
        "day": clock.today(),
        "asked": asked,
        "carried": base64.b64encode(asked.file).decode("ascii") if asked.file else "",
        "same": [_choice(c) for c in same[:CHOICES]],
        "alike": [_choice(c) for c in alike[:CHOICES]],
        "chosen_by": asked.by or (same[0].digest if same and not asked.file else ""),
        "places": _places(certificate),
        "findings": found,
        "impact": impact,
        "rows": [Line.of(row, node, by) for row in impact.rows] if impact is not None else [],
        "scenario": scenario_html(node, impact, asked) if impact is not None else "",
        "answer": answer_html(impact, claims) if impact is not None else "",
        "meaningless": impact is not None and act.meaningless(impact),
        "value": value_html(certificate, impact) if impact is not None else "",
        "query": _query(asked),
        "adopt": _adoption(request, certificate, asked, by) if _may_become_fact(impact) else None,
        "statement": statement,
        "statement_word": term(f"state.{statement.kind}") if statement is not None else "",
        "statement_by": _by_text(statement) if statement is not None else "",
        "wrong": wrong,
        "confirm": _to_confirm(request, node, asked, by) if wrong == "confirm" else "",
        **_claimed(request, certificate, claims, asked),
    }
    return render(request, "what_if.html", context, status=status)


def _claims(request: HttpRequest, node: Node) -> Resting:
    """The claims of carbon that rest on it, or on what was issued from it."""
    below = (n.key for n in store.graph().downstream(node.id) if n.kind == "certificate")
    return resting(request.user, {node.key, *below})


def _claimed(request: HttpRequest, certificate: Certificate, claims: Resting, asked: Asked) -> dict[str, Any]:
    """What the page says of them: the rows, and what the day of a withdrawal reaches, with days that reach more."""
    found, trial = act.said(certificate), asked.kind in ("withdrawn", "replaced")
    day = found.day if found is not None and not _given(request, "day") else _day_of(request)
    since = day if trial or found is not None else None
    return {
        "claims": claims, "claim_rows": rest_rows(claims, certificate.key, since), "claims_since": since,
        "claims_day": day_html(claims, since) if since is not None else "",
        "days": offered(claims, certificate, day) if trial else [],
    }  # fmt: skip


def _day_of(request: HttpRequest) -> date:
    """The day that was asked for, today where none was or it is none."""
    try:
        return date.fromisoformat(_given(request, "day"))
    except ValueError:
        return clock.today()


def _may_become_fact(impact: Impact | None) -> bool:
    """A shift is only supposed; a replacement that says nothing about this standard is none."""
    return impact is not None and not isinstance(impact.scenario, Shifted) and not act.meaningless(impact)


def _given(request: HttpRequest, name: str) -> str:
    return str((request.POST if request.method == "POST" else request.GET).get(name, ""))


def _choice(certificate: Certificate) -> dict[str, Any]:
    item = pick(certificate.items[0].name)[0] if certificate.items else ""
    first = next((q for q in certificate.quantities() if q.value.size == 1), None)
    shown = (
        f"{first.printed[0] if first.printed else first.value[0]} {symbol_of(first.unit)}" if first is not None else ""
    )
    return {
        "digest": certificate.digest, "number": certificate.number, "issuer": certificate.issuer, "item": item,
        "value": shown, "day": certificate.issued or certificate.ended,
    }  # fmt: skip


def _places(certificate: Certificate) -> list[dict[str, str]]:
    return [{"place": q.place, "name": pick(q.name)[0] or q.place, "unit": symbol_of(q.unit)}
            for q in certificate.quantities()]  # fmt: skip


def _query(asked: Asked) -> str:
    fields = {"kind": asked.kind, "by": asked.by, "place": asked.place, "d": asked.d, "unit": asked.unit}
    return urlencode({k: v for k, v in {**fields, "from": asked.since, "to": asked.until}.items() if v})


# ---------------------------------------------------------------- adopt


def _adoption(request: HttpRequest, certificate: Certificate, asked: Asked, by: Certificate | None) -> dict[str, Any]:
    """Whether the scenario may become fact here, and if not, why."""
    why = ""
    if not act.may_adopt(request.user):
        why = term("what_if.adopt.not_allowed")
    elif by is not None and by.digest not in store.evidence().by_digest:
        why = term("what_if.adopt.only_stored")
    key = "what_if.adopt.replace" if asked.kind == "replaced" else "what_if.adopt.withdraw"
    return {
        "why": why, "act": term(key), "day": _given(request, "day") or clock.today().isoformat(),
        "reason": _given(request, "reason"), "source": _given(request, "source"),
        "kind": _given(request, "statement") or "withdrawn", "by": by,
    }  # fmt: skip


def _to_confirm(request: HttpRequest, node: Node, asked: Asked, by: Certificate | None) -> SafeString:
    """What will be written, in one sentence, before it is."""
    kind = "superseded" if by is not None and request.POST.get("statement") == "superseded" else "withdrawn"
    day = date.fromisoformat(request.POST.get("day", ""))
    touched = sum(1 for n in store.graph().downstream(node.id) if n.kind in ("certificate", "result"))

    def told() -> str:
        return term(
            "what_if.confirm" + {0: ".none", 1: ".one"}.get(touched, ""), name=f"{name_of(node)} {node.number}",
            day=day_text(day), word=term(f"state.{kind}"), touched=touched,
            by=term("what_if.adopt.already.by", by=by.number) if by is not None else "",
        )  # fmt: skip

    return in_both(told)


def _adopt(request: HttpRequest, node: Node, certificate: Certificate, asked: Asked) -> HttpResponse:
    try:
        by = act.replacement(certificate, asked) if asked.kind == "replaced" else None
        if by is not None and by.digest not in store.evidence().by_digest:
            raise Refused(finding("site.what_if.only_stored", by.number, number=by.number))
        if by is not None and act.meaningless(act.trial(node, certificate, asked)):
            raise Refused(finding("site.what_if.meaningless", by.number, number=by.number))
        day = date.fromisoformat(request.POST.get("day", ""))
        act.before_adopting(request.user, request.POST.get("reason", "")[:2000])
        if request.POST.get("confirm") != "1":
            return _answer(request, node, certificate, asked, (), wrong="confirm")
        act.adopt(
            request.user, certificate, request.POST.get("statement", "withdrawn"), by, day,
            request.POST.get("reason", "")[:2000], request.POST.get("source", "")[:500],
        )  # fmt: skip
    except Refused as refused:
        return _answer(request, node, certificate, asked, refused.findings, 422, "adopt")
    except ValueError:
        wrong = finding("site.what_if.day", "day", given=request.POST.get("day", "")[:40])
        return _answer(request, node, certificate, asked, (wrong,), 422, "adopt")
    said = act.said(certificate)
    word = term(f"state.{said.kind}") if said is not None else ""
    told = tight(term("what_if.adopt.done", name=node.number, day=day_text(day), word=word))
    messages.success(request, told)
    return HttpResponseRedirect(reverse("trace", args=[node.id]))


def _by_text(statement: Any) -> str:
    return term("what_if.adopt.already.by", by=statement.replaced_by[1]) if statement.replaced_by else ""
