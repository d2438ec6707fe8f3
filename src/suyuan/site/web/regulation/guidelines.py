"""Guidelines: the list, one version in full with its curves, two versions side by side, and taking in a new version."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString

from suyuan.centre.guideline import Condition, Gate, Guideline, Indicator
from suyuan.centre.read_guideline import read_guideline
from suyuan.centre.shipped import guidelines as shipped
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.report.service.units import unit_behind
from suyuan.site.acts import clock, service, store
from suyuan.site.acts.log import told
from suyuan.site.acts.regulation import centre as acts
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.parts.sentence import counted, sentence
from suyuan.site.web.parts.text import both
from suyuan.site.web.regulation.centre_curve import curve_svg
from suyuan.site.web.regulation.centre_shown import (
    SHARES,
    points,
    source_said,
    status_html,
    value_html,
    value_text,
    whole,
)
from suyuan.verbs.snapshot import Snapshot

LARGEST = 4 * 2**20


def all_of(known: Snapshot) -> dict[tuple[str, str], Guideline]:
    """Those of the package and those delivered; a delivered one stands before one of the package."""
    return {(g.number, g.version): g for g in shipped()} | dict(known.guidelines)


def guidelines(request: HttpRequest) -> HttpResponse:
    """All guidelines with their versions; a regulator takes a new one in here."""
    return _list(request)


def _list(request: HttpRequest, found: tuple[Finding, ...] = (), name: str = "") -> HttpResponse:
    user: Any = request.user
    known = acts.on(None)
    rows = [
        _row(g, known)
        for g in sorted(all_of(known).values(), key=lambda g: (g.scope, g.number, -len(g.version), g.version))
    ]
    official = [row for row in rows if row["confirmed"]]
    key = "guidelines.lead.official" if official else "guidelines.lead.drafts"
    lead = both(*(sentence(key, language, n=counted("guidelines", len(rows), language),
                           official=counted("guidelines", len(official), language))
                  for language in ("zh", "en")))  # fmt: skip
    return render(request, "guidelines.html", {
        "rows": rows, "lead": lead, "may": service.may(user, "regulate"), "found": found, "name": name,
    })  # fmt: skip


def _row(g: Guideline, known: Snapshot) -> dict[str, Any]:
    indicators = sum(len(c.indicators) for c in g.conditions)
    return {
        "g": g,
        "source": source_said(g.source),
        "scope": f"centres.scope.{g.scope}",
        "gates": len(g.gates),
        "indicators": indicators,
        "status": status_html(g.status),
        "confirmed": g.status == "confirmed",
        "measured": sum(row.guideline == g.number for row in known.rows("centre")),
    }


def take_in(request: HttpRequest) -> HttpResponse:
    """A new guideline or version, as a JSON document; refused with the place of every fault, and then not kept."""
    user: Any = request.user
    service.require(user, "regulate")
    upload = request.FILES.get("file")
    if request.method != "POST" or upload is None:
        return _list(
            request, (finding("typed.field.missing", "file", field="file"),) if request.method == "POST" else ()
        )
    content = upload.read(LARGEST + 1)
    made, found = read_guideline(content) if len(content) <= LARGEST else (None, (finding(
        "site.matter.file", "file", name=upload.name, limit=LARGEST // 2**20),))  # fmt: skip
    if made is None:
        return _list(request, errors(found) or found, upload.name or "")
    there = all_of(acts.on(None)).get((made.number, made.version))
    if there is not None and there.digest != made.digest:
        fault = finding("centre.page.guideline", "version", number=made.number, version=made.version)
        return _list(request, (fault,), upload.name or "")
    try:
        added = store.store().add(content, upload.name or "guideline.json")
        if not added.stored:
            raise Refused(*errors(added.findings))
    except Refused as refused:
        return _list(request, refused.findings, upload.name or "")
    told("guideline", user.get_username(), digest=added.digest, number=made.number, version=made.version)
    messages.success(request, term("guidelines.taken_in", number=made.number, version=made.version))
    return redirect("guideline", made.number, made.version)


# ---------------------------------------------------------------- one version


def _asked_wrong(asked: str, known: list[str]) -> tuple[Finding, ...]:
    """What is wrong with the version that another is to be compared with."""
    if not asked or asked in known:
        return ()
    return (finding("centre.page.no_version", "with", "warning", given=asked[:20]),)


def guideline(request: HttpRequest, number: str, version: str) -> HttpResponse:
    """One version; with `?with=` another version beside it."""
    known = acts.on(None)
    there = all_of(known)
    g = there.get((number, version))
    if g is None:
        raise Http404
    others = sorted((v for n, v in there if n == number and v != version), key=lambda v: (len(v), v))
    other = there.get((number, request.GET.get("with", "")))
    other = other if other is not None and other.version != version else None
    return render(
        request,
        "guideline.html",
        {
            "g": g,
            "source": source_said(g.source),
            "other": other,
            "told": _asked_wrong(request.GET.get("with", ""), [*others, version]),
            "others": others,
            "lead": lead(g),
            "status": status_html(g.status),
            "gates": gates(g, other),
            "conditions": conditions(g, other),
            "limits": limits(g, other),
            "scope": f"centres.scope.{g.scope}",
            "documents": list(g.documents.items()),
            "total": whole(_total(g)),
            "measured": [row for row in known.rows("centre") if row.guideline == number],
            "today": clock.today(),
        },
    )


def _total(g: Guideline) -> float:
    return sum(i.weight for c in g.conditions for i in c.indicators)


def lead(g: Guideline) -> SafeString:
    """What it asks for, and whether anybody published its numbers."""
    return both(_lead(g, "zh"), _lead(g, "en"))


def _lead(g: Guideline, language: Language) -> SafeString:
    rows = [i for c in g.conditions for i in c.indicators]
    confirmed = sum(i.status == "confirmed" for i in rows)
    key = "guidelines.said.confirmed" if confirmed == len(rows) else "guidelines.said.some" if confirmed else (
        "guidelines.said.none")  # fmt: skip
    first = sentence(
        "guidelines.said",
        language,
        gates=counted("gates", len(g.gates), language),
        conditions=len(g.conditions),
        indicators=len(rows),
        total=whole(_total(g)),
    )
    said = SafeString(first[:1].upper() + first[1:])
    return SafeString(said + (" " if language == "en" else "") + sentence(key, language, n=confirmed, of=len(rows)))


def gates(g: Guideline, other: Guideline | None) -> list[dict[str, Any]]:
    """The gates, with what the other version has in their place."""
    beside = {row.id: row for row in other.gates} if other else {}
    rows = [
        _gate(row)
        | {
            "other": _gate(beside[row.id]) if row.id in beside else None,
            "differs": other is not None and not _same_gate(row, beside.get(row.id)),
        }
        for row in g.gates
    ]
    own = {row.id for row in g.gates}
    gone = [
        _gate(row) | {"other": _gate(row), "differs": True, "gone": True}
        for row in beside.values()
        if row.id not in own
    ]
    return rows + gone


def _gate(row: Gate) -> dict[str, Any]:
    limit = [
        (f"centres.limit.{key}", value_html(end, end, row))
        for key, end in (("least", row.least), ("most", row.most))
        if end is not None
    ]
    return {
        "id": row.id, "title": row.title, "rule": rule_said(row), "limits": limit, "document": row.document,
        "source": source_said(row.source), "status": status_html(row.status), "gone": False,
    }  # fmt: skip


def _same_gate(a: Gate, b: Gate | None) -> bool:
    return b is not None and (a.rule, a.least, a.most, a.document, a.title) == (
        b.rule,
        b.least,
        b.most,
        b.document,
        b.title,
    )


def rule_said(row: Gate | Indicator) -> str:
    """How it is counted, in words."""
    if row.rule is None:
        document = row.document if isinstance(row, Gate) else ""
        return term("guidelines.by_document") if document else term("centres.judged")
    rule = row.rule
    said = term(f"guidelines.measure.{rule.measure}") + term("centres.colon") + term(f"guidelines.kind.{rule.kind}")
    said += f" ÷ {term(f'guidelines.kind.{rule.against}')}" if rule.against else ""
    said += term("centres.comma") + term("centres.last_years", n=f"{rule.years:g}") if rule.years else ""
    return said + (f" ({', '.join(f'{k} = {v}' for k, v in rule.where.items())})" if rule.where else "")


def conditions(g: Guideline, other: Guideline | None) -> list[dict[str, Any]]:
    """The conditions with their indicators, with what the other version has in their place."""
    beside = {i.id: i for c in other.conditions for i in c.indicators} if other else {}
    own = {i.id for c in g.conditions for i in c.indicators}
    found = [_condition(c, beside, other is not None) for c in g.conditions]
    gone = [i for i in beside.values() if i.id not in own]
    if gone:
        found.append({"id": "", "title": {"zh": term("guidelines.gone", "zh"), "en": term("guidelines.gone", "en")},
                      "weight": "", "rows": [_indicator(i) | {"other": _indicator(i), "differs": True, "gone": True}
                                             for i in gone]})  # fmt: skip
    return found


def _condition(c: Condition, beside: dict[str, Indicator], compared: bool) -> dict[str, Any]:
    rows = []
    for i in c.indicators:
        twin = beside.get(i.id)
        same = twin is not None and (i.rule, i.curve, i.weight, i.judged) == (
            twin.rule,
            twin.curve,
            twin.weight,
            twin.judged,
        )
        rows.append(_indicator(i) | {"other": _indicator(twin) if twin else None, "differs": compared and not same,
                                     "gone": False})  # fmt: skip
    return {"id": c.id, "title": c.title, "weight": points(sum(i.weight for i in c.indicators)), "rows": rows}


def _indicator(i: Indicator) -> dict[str, Any]:
    share = " %" if i.rule is not None and i.rule.measure in SHARES else ""
    return {
        "id": i.id,
        "title": i.title,
        "weight": points(i.weight),
        "rule": rule_said(i),
        "curve": curve_svg(i),
        "points": "; ".join(f"{value_text(a, i.rule)}{share} → {b:g}" for a, b in i.curve),
        "evidence": i.evidence,
        "source": source_said(i.source),
        "status": status_html(i.status),
        "judged": i.judged,
    }


def limits(g: Guideline, other: Guideline | None) -> list[dict[str, Any]]:
    """The named limits with their sources."""
    beside = other.limits if other else {}
    return [
        {"name": f"guidelines.limit.{name}", "value": _limit(row),
         "unit": unit_behind(str(row.get("unit", "")), current()),
         "source": source_said(str(row.get("source", ""))), "status": status_html(str(row.get("status", "proposed"))),
         "other": _limit(beside.get(name, {})),
         "differs": other is not None and beside.get(name, {}).get("value") != row.get("value")}
        for name, row in g.limits.items()
    ]  # fmt: skip


def _limit(row: Any) -> str:
    value = row.get("value")
    return "" if value is None else f"{float(value):g}"


def as_json(request: HttpRequest, number: str, version: str) -> HttpResponse:
    """The document of a version, as it was delivered or shipped: what a new version starts from."""
    g = all_of(acts.on(None)).get((number, version))
    if g is None:
        raise Http404
    body = _document(g)
    answer = HttpResponse(body, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = (
        f'attachment; filename="guideline-{"".join(c for c in number if c.isalnum() or c in "-_")}.json"'
    )
    return answer


def _document(g: Guideline) -> bytes:
    from importlib import resources

    for entry in resources.files("suyuan.centre").joinpath("rules").iterdir():
        if entry.name.startswith("guideline-"):
            data = entry.read_bytes()
            head = json.loads(data)
            if (head.get("number"), head.get("version")) == (g.number, g.version):
                return data
    return store.store().read(g.digest)
