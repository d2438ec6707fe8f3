"""The day's work of carbon, and for who oversees units the same page with who is late and near an edge first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.management.oversight import Moved
from suyuan.site.acts import clock, service
from suyuan.site.acts.carbon import day as acts
from suyuan.site.acts.carbon import held
from suyuan.site.acts.carbon.day import Day, Edge
from suyuan.site.language import LANGUAGES, Language
from suyuan.site.terms import term
from suyuan.site.web.carbon.due import due_said, ending_row, late_row, many, retest_row
from suyuan.site.web.carbon.rules import status, what_of
from suyuan.site.web.carbon.shown import (
    claim_row,
    claim_way,
    percent,
    tonnes,
)
from suyuan.site.web.carbon.statement import statement_row
from suyuan.site.web.carbon.withdrawn import shared_rows, withdrawn_rows
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import joined, sentence
from suyuan.site.web.parts.text import both
from suyuan.verbs.carbon.engagement import standing

MOST = 30
"""Rows of a list; the rest is counted."""


@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """The page."""
    today = clock.today()
    found = acts.day(request.user, today)
    waits = found.due
    stated = tuple(reversed(standing(held.statements(request.user))))
    oversees, whole = service.may(request.user, *held.OVERSEE), service.may(request.user, *held.SEE)
    return render(request, "carbon.html", {
        "lead": both(*(_lead(found, whole, language) for language in LANGUAGES)), "today": today,
        "oversees": oversees, "may_make": held.may_make(request.user), "whole": whole,
        "claims": [claim_row(one) | {"plant": _plant(one)} for one in found.standing[:MOST]],
        "total": len(found.standing), "unclaimed": [_unclaimed(one) for one in found.unclaimed[:MOST]],
        "withdrawn": withdrawn_rows(waits.withdrawn[:MOST]), "all_withdrawn": len(waits.withdrawn),
        "shared": shared_rows(found.shared[:MOST]),
        "ending": [ending_row(one, waits) for one in waits.ending[:MOST]], "all_ending": len(waits.ending),
        "late": [*map(late_row, waits.late[:MOST]), *map(retest_row, waits.retests[:MOST])],
        "all_late": len(waits.late) + len(waits.retests),
        "unknown": term("strip.join").join(what_of(row) for row in found.unknown),
        "statements": [statement_row(one) for one in stated[:MOST]], "all_statements": len(stated),
        "ahead": acts.AHEAD, "close": percent(acts.CLOSE, 0),
        "near": [_near(one) for one in found.near[:MOST]], "moved": [_moved(one) for one in found.moved[:MOST]],
        "damaged": held.damaged() if service.may(request.user, *held.SEE) else (),
    })  # fmt: skip


def _lead(found: Day, whole: bool, language: Language) -> Any:
    if not found.standing:
        return sentence("carbon.day.lead.none" if whole else "carbon.day.lead.nothing", language)
    first = many("carbon.day.lead", len(found.standing), language, sums=_sums(found.standing, language))
    said = [first, *due_said(found.due, language)]
    if found.near:
        said.append(many("carbon.day.lead.near", len(found.near), language))
    return joined(said, language)


BOUGHT, REMOVED = ("electricity", "heat"), ("forest",)
"""Kinds of parts that are emitted elsewhere for bought energy, and that took up carbon; no one total has both."""


def _sums(claims: Iterable[Claim], language: Language) -> SafeString:
    """Legal values of direct emissions, of bought energy and of removals, apart; those that nothing has left out."""
    totals = {"direct": 0.0, "bought": 0.0, "removed": 0.0}
    for part in (part for claim in claims for part in claim.parts if part.counted):
        name = "bought" if part.kind in BOUGHT else "removed" if part.kind in REMOVED else "direct"
        totals[name] += sum(part.legal)
    said = [sentence(f"carbon.day.sum.{name}", language, t=tonnes(value)) for name, value in totals.items() if value]
    return format_html_join(term("carbon.day.sum.join", language), "{}", ((one,) for one in said))


def _margin(one: Edge) -> Any:
    """How far and on which side of an edge a number lies, in its unit."""
    apart, side = one.near.value - one.near.edge, "below" if one.near.value < one.near.edge else "above"
    if one.kind == "materiality":
        return sentence(f"carbon.day.margin.{side}.t", edge=tonnes(one.near.edge), apart=tonnes(abs(apart)))
    return sentence(f"carbon.day.margin.{side}", edge=f"{one.near.edge:g}", apart=f"{abs(apart):.1f}")


def _plant(claim: Any) -> str:
    behind = held.plant_behind(claim)
    return reverse("carbon_meters", args=[behind.digest]) if behind else ""


def _unclaimed(one: Any) -> dict[str, Any]:
    return {"unit": one.plant.unit, "enterprise": houses(one.plant.enterprise), "year": one.plant.year,
            "way": f"{reverse('carbon_new')}?from={one.digest}",
            "meters": reverse("carbon_meters", args=[one.digest])}  # fmt: skip


def _near(one: Edge) -> dict[str, Any]:
    value = tonnes(one.near.value) if one.kind == "materiality" else digits(f"{one.near.value:.1f}")
    edge = tonnes(one.near.edge) if one.kind == "materiality" else digits(f"{one.near.edge:g}")
    return {"unit": one.claim.unit, "enterprise": houses(one.claim.enterprise), "kind": f"carbon.near.{one.kind}",
            "detail": one.detail, "value": value, "edge": edge, "unit_of": "t" if one.kind == "materiality" else "%",
            "margin": _margin(one), "below": one.kind == "capture" and one.near.margin < 0.0,
            "way": claim_way(one.claim.digest), "status": status(one.row),
            "row": one.row["id"], "says": what_of(one.row)}  # fmt: skip


def _moved(one: Moved) -> dict[str, Any]:
    behind, after = held.plant_behind(one.before), held.plant_behind(one.after)
    way = ""
    if behind is not None and after is not None and behind.digest != after.digest:
        way = f"{reverse('carbon_change')}?before={one.before.digest}&after={one.after.digest}"
    return {
        "unit": one.unit, "enterprise": houses(one.after.enterprise), "before": one.before.year,
        "after": one.after.year,
        "relative": percent(one.relative, 2, True) if one.relative is not None else "",
        "ratio": f"{abs(one.in_u):.1f}" if one.in_u is not None else "",
        "way": way, "claim": claim_way(one.after.digest), "from": tonnes(one.before.legal),
        "to": tonnes(one.after.legal),
    }  # fmt: skip
