"""The day's work of carbon, and for who oversees units the same page with who is late and near an edge first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.management.meters import Ending
from suyuan.carbon.management.oversight import Moved
from suyuan.carbon.words import word
from suyuan.site.acts import clock, service
from suyuan.site.acts.carbon import day as acts
from suyuan.site.acts.carbon import held
from suyuan.site.acts.carbon.day import Day, Edge, Late, Retest
from suyuan.site.language import LANGUAGES, Language, current
from suyuan.site.terms import term
from suyuan.site.web.carbon.rules import source_of, status, what_of
from suyuan.site.web.carbon.shown import (
    K,
    claim_row,
    claim_way,
    percent,
    reference,
    role_said,
    spans,
    spread,
    tonnes,
)
from suyuan.site.web.carbon.statement import statement_row
from suyuan.site.web.carbon.withdrawn import shared_rows, withdrawn_rows
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import count, joined, sentence
from suyuan.site.web.parts.text import both, day_text, unbroken
from suyuan.verbs.carbon.engagement import standing

MOST = 30
"""Rows of a list; the rest is counted."""


@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """The page."""
    today = clock.today()
    found = acts.day(request.user, today)
    stated = tuple(reversed(standing(held.statements(request.user))))
    oversees, whole = service.may(request.user, *held.OVERSEE), service.may(request.user, *held.SEE)
    return render(request, "carbon.html", {
        "lead": both(*(_lead(found, whole, language) for language in LANGUAGES)), "today": today,
        "oversees": oversees, "may_make": held.may_make(request.user), "whole": whole,
        "claims": [claim_row(one) | {"plant": _plant(one)} for one in found.standing[:MOST]],
        "total": len(found.standing), "unclaimed": [_unclaimed(one) for one in found.unclaimed[:MOST]],
        "withdrawn": withdrawn_rows(found.withdrawn[:MOST]), "all_withdrawn": len(found.withdrawn),
        "shared": shared_rows(found.shared[:MOST]),
        "ending": [_ending(one, found) for one in found.ending[:MOST]], "all_ending": len(found.ending),
        "late": [*(_late(one) for one in found.late[:MOST]), *(_retest(one) for one in found.retests[:MOST])],
        "all_late": len(found.late) + len(found.retests),
        "unknown": term("strip.join").join(what_of(row) for row in found.unknown),
        "statements": [statement_row(one) for one in stated[:MOST]], "all_statements": len(stated),
        "ahead": acts.AHEAD, "close": percent(acts.CLOSE, 0),
        "near": [_near(one) for one in found.near[:MOST]], "moved": [_moved(one) for one in found.moved[:MOST]],
        "damaged": held.damaged() if service.may(request.user, *held.SEE) else (),
    })  # fmt: skip


def _lead(found: Day, whole: bool, language: Language) -> Any:
    if not found.standing:
        return sentence("carbon.day.lead.none" if whole else "carbon.day.lead.nothing", language)
    first = _many("carbon.day.lead", len(found.standing), language, sums=_sums(found.standing, language))
    late = {(one.enterprise, one.unit) for one in found.late if not one.done}
    over = [one for one in found.retests if one.days < 0 or one.until is None]
    said = [first, *_ends(found, language), *_gone(found, language)]
    for key, rows in (("late", late), ("retests", over), ("near", found.near)):
        if rows:
            said.append(_many(f"carbon.day.lead.{key}", len(rows), language))
    return joined(said, language)


def _many(key: str, n: int, language: Language, **more: Any) -> SafeString:
    """A sentence about so many, in words; about one by the row «.one» where there is one."""
    one = f"{key}.one"
    return sentence(one if n == 1 and term(one) != one else key, language, n=count(n, language), **more)


def _ends(found: Day, language: Language) -> Iterator[SafeString]:
    """How many certificates end, and the heaviest of them; those that only check a claim apart."""
    heavy = [one for one in found.ending if one.u]
    if heavy:
        one = heavy[0]
        ended = "ended" if one.days < 0 else "ending"
        yield _many(f"carbon.day.lead.{ended}", len(heavy), language, number=unbroken(one.evidence.number),
                    t=spread(K * one.u))  # fmt: skip
    if checks := len(found.ending) - len(heavy):
        yield _many("carbon.day.lead.ends.checks", checks, language)


def _gone(found: Day, language: Language) -> Iterator[SafeString]:
    """How many certificates were withdrawn under what is claimed, and the heaviest of them; those that only check it
    apart."""
    counted = [one for one in found.withdrawn if one.counted]
    if counted:
        yield _many("carbon.day.lead.withdrawn", len(counted), language,
                    number=unbroken(counted[0].evidence.number))  # fmt: skip
    if checks := len(found.withdrawn) - len(counted):
        yield _many("carbon.day.lead.withdrawn.checks", checks, language)


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


def _ending(one: Ending, found: Day) -> dict[str, Any]:
    item = one.evidence
    gone = [w.statement.day for w in found.withdrawn
            if (w.evidence.issuer, w.evidence.number) == (item.issuer, item.number)]  # fmt: skip
    return reference(item.issuer, item.number) | {
        "role": role_said(item), "until": item.valid_until, "left": _left(one.days), "ended": one.days < 0,
        "u": spread(K * one.u), "share": percent(one.share), "none": not one.u, "gone": min(gone, default=None),
        "enterprises": [houses(name) for name in one.enterprises],
    }  # fmt: skip


def _left(days: int) -> str:
    return term("carbon.day.ended_ago", n=-days) if days < 0 else term("carbon.day.left", n=days)


def _late(one: Late) -> dict[str, Any]:
    key = "over_late" if one.over else "came_late" if one.done else "not_here"
    return {"unit": one.unit, "enterprise": houses(one.enterprise), "year": one.year, "what": what_of(one.row),
            "months": spans(tuple(month for month in one.months if month)), "days": one.days,
            "state": (*(("ok", "due") if one.done else ("bad", "gap")), f"carbon.day.{key}"),
            "status": status(one.row), "source": source_of(one.row)}  # fmt: skip


def _retest(one: Retest) -> dict[str, Any]:
    """A test to repeat, as a row beside what is late."""
    key = "failed" if one.until is None else "over" if one.days < 0 else "due"
    tone, mark = {"failed": ("bad", "fail"), "over": ("bad", "expired"), "due": ("warn", "due")}[key]
    until = day_text(one.until) if one.until is not None else ""
    return {"unit": one.unit, "enterprise": houses(one.enterprise), "year": "",
            "state": (tone, mark, f"carbon.day.test_{key}"),
            "what": word("test", one.kind)[current()], "detail": f"{one.stack} {word('channel', one.role)[current()]}",
            "until": term("carbon.day.test_until", day=one.day, until=until) if until else
            term("carbon.day.test_done", day=one.day), "days": max(-one.days, 0),
            "status": status(one.row) if one.row is not None else None,
            "source": source_of(one.row) if one.row is not None else ""}  # fmt: skip


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
        "made": day_text(one.after.made),
    }  # fmt: skip
