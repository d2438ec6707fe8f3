"""From one claim to another: which rule row and which data moved the tonnes, step by step."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from suyuan.carbon.claim.claim import Claim
from suyuan.quantity.finding import Finding, Refused
from suyuan.site.acts.carbon import held
from suyuan.site.acts.carbon.changing import between
from suyuan.site.language import LANGUAGES, Language
from suyuan.site.terms import term
from suyuan.site.web.carbon.figures import change_figures
from suyuan.site.web.carbon.rules import scheme_said
from suyuan.site.web.carbon.shown import K, claim_way, percent, said, tonnes
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.text import both, pick
from suyuan.verbs.carbon.change import BASIS, Change, Component, Step

SHOWN = 12
"""Fields of a step that the page lists; the document has all."""


@require_safe
def change(request: HttpRequest) -> HttpResponse:
    """The page; `?before=` and `?after=` are digests of claims."""
    known = held.claims(request.user)
    asked = [request.GET.get(name, "")[:64] for name in ("before", "after")]
    before, after = (next((one for one in known if one.digest == digest), None) for digest in asked)
    found: Change | None = None
    told: tuple[Finding, ...] = ()
    if any(asked):
        try:
            found = between(before, after)
        except Refused as refused:
            told = refused.findings
    stands = held.standing(known)
    context: dict[str, Any] = {
        "lead": both(*(_lead(found, before, after, language) for language in LANGUAGES)), "told": told,
        "known": [{"digest": one.digest, "said": _entry(one, one in stands)} for one in reversed(known)],
        "before": asked[0], "after": asked[1], "found": found, "said": found.findings if found is not None else (),
    }  # fmt: skip
    if found is not None and before is not None and after is not None:
        context |= _shown(found, before, after)
    return render(request, "carbon_change.html", context, status=422 if told else 200)


def _entry(one: Claim, stands: bool) -> str:
    """A claim in a list to choose from: two of one day differ by digest and by what stands."""
    state = term("carbon.standing" if stands else "carbon.claim.superseded")
    return f"{one.unit} {one.year} · {one.made} · {state} · {one.digest[:8]} · {houses(one.enterprise)}"


def _shown(found: Change, before: Claim, after: Claim) -> dict[str, Any]:
    names = tuple(f"{one.unit} {one.year}" for one in (before, after))
    if names[0] == names[1]:
        names = tuple(f"{one.unit} {one.year}, {one.made}" for one in (before, after))
    running = found.start
    rows = []
    for step in found.steps:
        running += step.effect
        rows.append({"cause": f"carbon.cause.{step.cause}", "name": _named(step), "before": _side(step.before),
                     "after": _side(step.after), "effect": tonnes(step.effect, sign=True), "then": tonnes(running),
                     "share": percent(step.effect / found.start, 2, True) if found.start else "",
                     "fields": [pick(one.said)[0] for one in step.fields[:SHOWN]],
                     "more": max(len(step.fields) - SHOWN, 0)})  # fmt: skip
    apart = after.best - before.best
    return {
        "first": before, "last": after, "ways": (claim_way(before.digest), claim_way(after.digest)), "rows": rows,
        "start": tonnes(found.start), "end": tonnes(found.end), "schemes": tuple(map(scheme_said, found.schemes)),
        "figure": change_figures(found, (names[0], names[1]), _named), "k": K,
        "difference": tonnes(float(apart.value), K * float(apart.u), True),
        "parts": [_component(one) for one in found.parts], "reason": found.reason,
    }  # fmt: skip


def _component(one: Component) -> dict[str, Any]:
    moved, best = one.moved, one.best
    return {
        "name": one.name, "kind": f"carbon.kind.{one.kind}", "counted": one.counted,
        "lacking": "" if one.alike else term("carbon.change.lacking", before=f"{one.lacks[0]:.6g}",
                                             after=f"{one.lacks[1]:.6g}"),
        "before": _known(one.before), "after": _known(one.after), "unknown": one.unknown,
        "moved": tonnes(moved, sign=True) if moved is not None else "",
        "best": tonnes(float(best.value), K * float(best.u), True) if best is not None else "",
    }  # fmt: skip


def _known(value: float | None) -> Any:
    return "" if value is None else tonnes(value)


def _side(text: str) -> Any:
    """What stood there: a row's value as it is, tonnes of a source as people write them."""
    value, _, unit = text.partition(" ")
    if unit != "t":
        return text
    return format_html('{}<span class="un">t</span>', tonnes(float(value)))


def _named(step: Step) -> str:
    return term("carbon.change.basis") if step.name == BASIS else step.name or term("carbon.cause.rest")


def _lead(found: Change | None, before: Claim | None, after: Claim | None, language: Language) -> Any:
    if found is None or before is None or after is None:
        return said("carbon.change.lead.none", language)
    rule = found.by_rule / found.start if found.start else float("nan")
    checks = any(not one.counted and one.moved for one in found.parts)
    key = "carbon.change.lead.checks" if checks and not found.steps else "carbon.change.lead"
    return said(key, language, start=tonnes(found.start), end=tonnes(found.end),
                share=percent(found.relative, 2, True), rule=percent(rule, 2, True))  # fmt: skip
