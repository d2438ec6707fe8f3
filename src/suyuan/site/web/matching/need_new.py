"""State a need: step by step from a product and its tolerance, or at once by who knows the terms.

Both ways answer while one types, before anything is kept; what is wrong stands beside its field, and nothing that was
typed is lost. Kept is one row of a register of the organisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from suyuan.capability.asking.question import checks, draft, uses
from suyuan.capability.gaps.industry import industry
from suyuan.capability.taxonomy import items, quantities
from suyuan.capability.write import need_row
from suyuan.quantity.finding import Finding, Refused, errors
from suyuan.quantity.unit import parse_unit
from suyuan.site.acts.matching import need as acts
from suyuan.site.acts.matching.need import Seen
from suyuan.site.acts.service import require
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.beside import Cells, cells_of
from suyuan.site.web.matching import need_direct
from suyuan.site.web.matching.match import WHOSE
from suyuan.site.web.matching.match_parts import (
    condition_word,
    dial,
    interval_html,
    large,
    need_way,
    quantity_word,
    target_html,
)
from suyuan.site.web.matching.need_direct import Typed
from suyuan.site.web.matching.need_lead import lead
from suyuan.site.web.matching.need_parts import named, offer
from suyuan.site.web.matching.need_shop import hint
from suyuan.site.web.parts.text import text_html

WAYS = ("guided", "direct")
GUIDED = (
    "product", "check", "item", "nominal", "unit", "tolerance", "tolerance_unit", "low", "high", "class", "use",
    "title", "organisation", "organisation_en",
)  # fmt: skip
LIMITS = ("nominal", "tolerance", "low", "high")
LACKING = frozenset(
    {"typed.field.missing", "site.service.organisation"}
    | {f"capability.question.{word}_missing" for word in ("tolerance", "nominal", "range", "mpe")}
)
"""Findings about what was not answered."""


@require_http_methods(["GET", "POST"])
def need_new(request: HttpRequest) -> HttpResponse:
    """The form, with what it comes to so far; kept where everything is well."""
    require(request.user, *acts.STATE)
    typed = typed_of(request)
    before = _before(request, typed)
    if before is not None and request.method == "GET":
        typed = Typed("direct", {**need_direct.values_of(before.need), "of": typed.values["of"],
                                 "organisation": before.key[0]})  # fmt: skip
    status, refused = 200, tuple[Finding, ...]()
    if request.method == "POST" and request.POST.get("do") == "save":
        kept = _kept(request, typed, before)
        if isinstance(kept, HttpResponse):
            return kept
        refused, status = kept, 422
    asked = request.method == "POST"
    context = _context(request, typed, asked, status == 422, refused)
    return render(request, "need_new.html", context, status=status)


def _before(request: HttpRequest, typed: Typed) -> Seen | None:
    """The need that is being changed; None for a new one. PermissionDenied for one of others."""
    if not typed.values.get("of"):
        return None
    view = acts.seen(acts.on(None), typed.values["of"], request.user)
    if not acts.may_change(view, request.user):
        raise PermissionDenied
    return view


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What the form comes to so far, for the page while one types."""
    require(request.user, *acts.STATE)
    return render(request, "part/need_preview.html", _context(request, typed_of(request), True, False))


def typed_of(request: HttpRequest) -> Typed:
    """What was typed, or what the address and the session know."""
    given = request.POST if request.method == "POST" else request.GET
    way = given.get("way", "guided")
    values = {
        key: given.get(key, "").replace("\x00", "").strip()[:4000] for key in given if key != "csrfmiddlewaretoken"
    }
    whose = request.session.get(WHOSE, {})
    if request.method != "POST":
        values.setdefault("organisation", whose.get("zh", ""))
        values.setdefault("organisation_en", whose.get("en", ""))
    return Typed(way if way in WAYS else "guided", values)


# ---------------------------------------------------------------- what it comes to


def read(typed: Typed) -> need_direct.Read:
    """The row that was typed, the need that it is, and what is wrong at which field."""
    if typed.way == "direct":
        return need_direct.read(typed)
    return _guided(typed)


def _guided(typed: Typed) -> need_direct.Read:
    values = {k: v for k, v in typed.values.items() if v and k not in ("way", "do", "organisation", "organisation_en")}
    found = draft({**values, "product": values.get("product", "")})
    told: dict[str, list[Finding]] = {}
    for item in found.findings:
        told.setdefault(item.where.strip("/").split("/")[0], []).append(item)
    row: dict[str, Any] = {}
    if found.need is not None:
        row = need_direct.printed(need_row(found.need))
        row.pop("organisation", None)
        title = values.get("title") or values.get("product")
        if title:
            row["title"] = {current(): title}
        row |= need_direct.further(typed)
        own, findings = acts.read({**row, "id": "draft"}, {"zh": "—"})
        for item in errors(findings):
            told.setdefault("", []).append(item)
        return need_direct.Read(row if own is not None else {}, own, told, found.steps, found.asks)
    return need_direct.Read({}, None, told, found.steps, found.asks)


def _context(
    request: HttpRequest, typed: Typed, asked: bool, refused: bool, found: tuple[Finding, ...] = ()
) -> dict[str, Any]:
    done = read(typed)
    for item in found:
        done.told.setdefault("organisation" if item.where == "/organisation" else "", []).append(item)
    told = done.told if asked else {}
    if refused and not typed.values.get("organisation"):
        told = {**told, "organisation": [need_direct.no_organisation()]}
    missing = _missing(told, typed)
    # A field that nobody has come to yet is no fault while one types.
    if not refused:
        told = {k: [f for f in v if f.code not in LACKING] for k, v in told.items()}
    cells = cells_of(typed.values, told, (*GUIDED, *need_direct.FIELDS, *need_direct.FURTHER))
    context: dict[str, Any] = {
        "typed": typed, "way": typed.way, "cells": cells, "beside": cells, "asked": asked, "refused": refused,
        "wrong": sum(len([f for f in v if f.severity == "error"]) for v in told.values()),
        "missing": missing, "loose": told.get("", []), "values": typed.values,
        "checks": [(key, row[current()]) for key, row in checks().items()],
        "uses": [(key, row[current()], row[f"why_{current()}"]) for key, row in uses().items()],
        "units": checks()[typed.values["check"]]["units"] if typed.values.get("check") in checks() else [],
        "asks": [_ask(ask, typed.values, cells) for ask in done.asks] + _answered(typed, done, cells),
        "steps": done.steps, "organisations": _organisations(),
        "items": [(i.zh if current() == "zh" else i.en)[0] for i in items().values()],
        "quantities": [(k.zh if current() == "zh" else k.en)[0] for k in quantities().values()],
        "direct": need_direct.choices(), "parameter": _parameter(typed),
    }  # fmt: skip
    return context | _preview(request, done)


def _parameter(typed: Typed) -> dict[str, Any] | None:
    """The key parameter that the need is stated for, with the way to its row."""
    parameter = need_direct.parameter_of(typed)
    if parameter is None:
        return None
    item = industry(parameter.industry)
    name = text_html(item.name) if item is not None else parameter.industry
    return {"id": parameter.id, "name": text_html(parameter.name), "industry": name,
            "way": f"{reverse('industry', args=[parameter.industry])}#{parameter.id}"}  # fmt: skip


def _missing(told: Mapping[str, list[Finding]], typed: Typed) -> str:
    """What is needed and was not answered, in words; «» for nothing."""
    names = [name for name, found in told.items() if any(f.code in LACKING for f in found)]
    if typed.way == "guided":
        limits = [name for name in names if name in LIMITS]
        names = [name for name in names if name not in limits] + limits[:1]
    words = [term("match.new.limits.short" if typed.way == "guided" and name in LIMITS else f"match.new.{name}")
             for name in names]  # fmt: skip
    return term("match.new.comma").join(words)


def _organisations() -> list[str]:
    return sorted({register.owner for register, need in acts.known(acts.on(None)).values() if not need.confidential})


def _ask(ask: Any, values: Mapping[str, str], cells: Cells) -> dict[str, Any]:
    names = [ask.name, f"{ask.name}_low", f"{ask.name}_high", f"{ask.name}_unit"]
    shown = cells_of(values, {}, names)
    return {
        "name": ask.name, "question": ask.zh if current() == "zh" else ask.en, "kind": ask.kind,
        "words": [(w, condition_word(w)) for w in ask.words],
        "units": [_symbol(unit) for unit in ask.units],
        "value": values.get(ask.name, ""), "low": shown[names[1]], "high": shown[names[2]],
        "unit": values.get(names[3], "") or (_symbol(ask.units[0]) if ask.units else ""),
    }  # fmt: skip


def _symbol(unit: str) -> str:
    """A unit as people write it: °C, not degC."""
    return parse_unit(unit).symbol


def _answered(typed: Typed, done: need_direct.Read, cells: Cells) -> list[dict[str, Any]]:
    """Questions about conditions that were answered stay on the page."""
    row = checks().get(typed.values.get("check", ""))
    if typed.way != "guided" or row is None:
        return []
    from suyuan.capability.asking.question import Ask, conditions

    open_ = {ask.name for ask in done.asks}
    made = []
    for name in row["asks"]:
        if name not in open_:
            c = conditions()[name]
            made.append(_ask(Ask(name, c["zh"], c["en"], c["kind"], tuple(c["words"]), tuple(c["units"])), typed.values,
                             cells))  # fmt: skip
    return made


def _preview(request: HttpRequest, done: need_direct.Read) -> dict[str, Any]:
    """The verdict before anything is kept."""
    if done.need is None:
        return {"preview": None}
    snapshot = acts.on(None)
    found = acts.answer(snapshot, done.need)
    best = found.single[0] if found.single else found.nearest
    return {
        "preview": {
            "verdict": found.verdict, "large": large(found), "dial": dial(large(found)), "lead": lead(found),
            "quantity": quantity_word(done.need.quantity), "interval": interval_html(done.need.interval),
            "target": target_html(done.need.target), "has_target": done.need.target is not None,
            "best": named(best) if best is not None else None, "findings": found.findings,
            "shop": hint(found), "offer": offer(best) if best is not None and best.can else "",
        }
    }  # fmt: skip


# ---------------------------------------------------------------- keeping it


def _kept(request: HttpRequest, typed: Typed, before: Seen | None) -> HttpResponse | tuple[Finding, ...]:
    """Kept and gone to its page; where something is wrong, what stands against keeping it beside what reading told."""
    done = read(typed)
    organisation = {k: v for k, v in (("zh", typed.values.get("organisation", "")),
                                      ("en", typed.values.get("organisation_en", ""))) if v}  # fmt: skip
    if done.need is None or not organisation.get("zh") or any(errors(v) for v in done.told.values()):
        return ()
    row = done.row
    if before is not None:
        id, organisation, row = (
            before.need.id,
            dict(before.register.organisation),
            need_direct.changed(row, before.need),
        )
    else:
        id = acts.next_id(acts.on(None), organisation)
    try:
        acts.put_in(request.user, {**row, "id": id}, organisation)
    except Refused as refused:
        return refused.findings
    if before is None:
        request.session[WHOSE] = organisation
    messages.success(request, term("match.new.kept", id=id))
    owner = organisation.get("zh") or next(iter(organisation.values()))
    way = need_way(f"{owner}/{id}")
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": way})
    return redirect(way)
