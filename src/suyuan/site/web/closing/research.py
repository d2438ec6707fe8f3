"""Research projects and conversions: milestones late or on time, results, the gap then and now; results into papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from suyuan.capability.challenges.research import linked, milestones, results
from suyuan.procedure.matter import Matter
from suyuan.site.acts import service
from suyuan.site.acts.closing import challenge as opening
from suyuan.site.acts.matching import sight
from suyuan.site.acts.matters import matter as acts
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.matters.drawn import verdict_html
from suyuan.site.web.matters.matter import masked
from suyuan.site.web.matters.words import MASKED, in_both, left, matter_way, need_title, need_way, state_of, way, worded
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.text import both, day_text, text_html
from suyuan.verbs.matching.match import match_need


def research(request: HttpRequest) -> HttpResponse:
    """Projects, their results, conversions."""
    user: Any = request.user
    known = service.now_known()
    projects = [_project(user, known, v) for v in acts.listed(user, "research")]
    projects.sort(key=lambda r: (r["ended"], not r["mine"], -r["late"], r["number"]))
    conversions = acts.listed(user, "conversion")
    visible = {v.key for v in acts.listed(user, "research", "challenge")}
    context = {
        "lead": both(_lead(projects, conversions, "zh"), _lead(projects, conversions, "en")),
        "projects": projects,
        "results": _results(user, known, visible, conversions),
        "conversions": [_conversion(v, known) for v in conversions],
        "may_open": opening.may_open(user, "research"),
        "may_convert": opening.may_open(user, "conversion"),
    }
    return render(request, "research.html", context)


def _lead(projects: list[dict[str, Any]], conversions: list[Seen], language: Language) -> str:
    running = [r for r in projects if not r["ended"]]
    late = [r for r in running if r["late"]]
    if not projects:
        return term("research.lead.none", language)
    said = term("research.lead", language, projects=counted("projects", len(running), language))
    said += term("research.lead.late", language, n=len(late)) if late else term("research.lead.in_time", language)
    if conversions:
        said += term("research.lead.conversions", language, n=len(conversions))
    return said


def _project(user: Any, known: Any, view: Seen) -> dict[str, Any]:
    plan = milestones(view.matter, known.day)
    late = [m for m in plan if m.late and m.reached is None]
    hide = masked(user, view.matter)
    following = next((m for m in plan if m.reached is None), None)
    return {
        "number": view.matter.number, "address": matter_way(view.matter), "state": state_of(view.where),
        "title": in_both(MASKED) if hide else text_html(view.matter.title, beside=True),
        "organisation": in_both(MASKED) if hide else text_html(view.matter.organisation),
        "ended": view.where.ended, "mine": acts.my_turn(view),
        "late": max((m.late for m in late), default=0), "left": left(view.where, known.day),
        "reached": sum(m.reached is not None for m in plan), "plan": len(plan),
        "next": following.name if following is not None else "",
        "next_due": day_text(following.due) if following is not None and following.due else "",
        "results": len(results((view.matter,), known.day)), "gap": gap_of(user, known, view.matter),
    }  # fmt: skip


def needs_behind(known: Any, of: Matter) -> list[Any]:
    """The needs of a project, or of the challenge that it works for."""
    names = list(linked(of, "need"))
    for number in linked(of, "challenge"):
        challenge = next((m for m in known.matters_of("challenge") if m.number == number), None)
        names += linked(challenge, "need") if challenge is not None else ()
    return [n for name in names if (n := sight.need_named(known, name)) is not None]


def gap_of(user: Any, known: Any, of: Matter) -> list[dict[str, Any]]:
    """The gaps that a project is to close: the verdict on the day before its first event, by what was known then, and
    now."""
    keys = sight.open_keys(user, known)
    began = timezone.localtime(of.events[0].time).date() - timedelta(days=1) if of.events else None
    rows = []
    for need in needs_behind(known, of):
        hide = sight.hidden(need, keys)
        before = None
        if began is not None and began < known.day:
            at = service.now_known(began)
            before = match_need(at, need).verdict
        rows.append({
            "title": need_title(need, hide), "address": "" if hide else need_way(need),
            "then": verdict_html(before) if before else "", "now": verdict_html(match_need(known, need).verdict),
            "then_day": day_text(began) if began is not None else "",
        })  # fmt: skip
    return rows


def _results(
    user: Any, known: Any, visible: set[tuple[str, str]], conversions: Iterable[Seen]
) -> list[dict[str, Any]]:  # fmt: skip
    converted = {str(v.matter.fields.get("result", "")): v for v in conversions}
    rows = []
    for result in results(known.matters_of("research", "challenge"), known.day):
        if result.matter not in visible:
            continue
        by = converted.get(result.document)
        rows.append({
            "name": result.name, "kind": f"result.{result.kind}", "day": day_text(result.day),
            "from": result.matter[1], "address": reverse("matter", args=list(result.matter)),
            "conversion": {"number": by.matter.number, "address": matter_way(by.matter)} if by is not None else None,
            "convert": way("matter_new", "conversion", project=result.matter[1], result=result.document)
            if by is None and result.matter[0] == "research" and opening.may_open(user, "conversion") else "",
        })  # fmt: skip
    return rows


def _conversion(view: Seen, known: Any) -> dict[str, Any]:
    first, published = view.matter.last("registered"), view.where.took("published")
    return {
        "number": view.matter.number, "address": matter_way(view.matter), "state": state_of(view.where),
        "title": text_html(view.matter.title, beside=True), "left": left(view.where, known.day),
        "late": bool(view.where.overdue), "target": _target(first.content.get("target") if first is not None else None),
        "paper": str(published.content.get("number", "")) if published is not None else "",
    }  # fmt: skip


def _target(given: Any) -> SafeString | str:
    """The kind of document aimed at: a word of the form, or a text as a document gives it; «» for none."""
    if isinstance(given, Mapping):
        return text_html(given) if any(given.values()) else ""
    return worded("target", str(given)) if given else ""
