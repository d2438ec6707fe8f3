"""Mentoring: each failed comparison that is not remedied, who may help, and where the help stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from suyuan.quantity.finding import Finding, Refused
from suyuan.site.acts import service
from suyuan.site.acts.matters import matter as matters
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.acts.talent import people as people_acts
from suyuan.site.acts.talent import training as acts
from suyuan.site.acts.talent.people import View
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.matters.words import late_as
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.text import both
from suyuan.site.web.reach import opened_named
from suyuan.site.web.talent.people_parts import beside, called, name, person_way
from suyuan.site.web.talent.training import lead as matter_lead
from suyuan.site.web.talent.training_steps import act, course_line, history, steps, unplaced
from suyuan.talent.mentoring import Expert, Pair
from suyuan.verbs.people import standing as verbs


@require_http_methods(["GET", "POST"])
def mentoring(request: HttpRequest) -> HttpResponse:
    """The failed results with who may help; pairing one opens its mentoring."""
    seen = people_acts.view(request.user)
    found: tuple[Finding, ...] = ()
    tried = ""
    if request.method == "POST":
        tried, mentor = request.POST.get("outcome", "")[:200], request.POST.get("mentor", "")[:200]
        try:
            view = acts.open_mentoring(request.user, seen, tried, mentor)
        except Refused as refused:
            found = refused.findings
        else:
            messages.success(request, term("mentoring.opened", number=view.matter.number))
            return redirect("mentoring_one", view.matter.number)
    pairs = verbs.mentoring_pairs(seen.known)
    rows = [_row(request, seen, pair, found if pair.outcome.id == tried else ()) for pair in pairs]
    loose = found if found and tried not in {p.outcome.id for p in pairs} else ()
    context = {
        "lead": lead(pairs, rows), "rows": rows, "may": service.may(request.user, acts.HELP), "loose": loose,
        "open": [_listed(view) for view in matters.listed(request.user, "mentoring")],
    }  # fmt: skip
    return render(request, "people_mentoring.html", context, status=422 if found else 200)


def lead(pairs: Sequence[Pair], rows: Sequence[dict[str, Any]]) -> SafeString:
    """The answer: how many failed results are open, and for how many nobody helps yet."""
    return both(*(_sentence(pairs, rows, code) for code in ("zh", "en")))


def _sentence(pairs: Sequence[Pair], rows: Sequence[dict[str, Any]], language: Language) -> str:
    if not pairs:
        return term("mentoring.lead.none", language)
    many = counted("failures", len(pairs), language)
    alone = sum(not row["opened"] for row in rows)
    nobody = sum(not pair.experts for pair in pairs)
    said = term("mentoring.lead" if alone else "mentoring.lead.helped", language, many=many, alone=alone)
    if nobody:
        said += (" " if language == "en" else "") + term("mentoring.lead.nobody", language, nobody=nobody)
    return said[:1].upper() + said[1:]


def _row(request: HttpRequest, seen: View, pair: Pair, found: Sequence[Finding]) -> dict[str, Any]:
    about = pair.outcome
    opened = acts.opened_for(request.user, pair)
    at, loose = beside(found, ("mentor",))
    report = opened_named("comparison_public", about.comparison) or ""
    person = pair.person if pair.person and seen.whole(pair.person) else ""
    return {
        "id": about.id, "comparison": about.comparison, "report": report, "measurand": about.measurand,
        "name": about.name, "laboratory": about.laboratory,
        "score": None if about.score is None else f"{about.score:.2f}", "score_name": about.score_name,
        "measured": about.measured, "person": name(seen.records, person) if person else "",
        "experts": [_expert(seen, e, pair.mentor) for e in pair.experts], "found": pair.found,
        "opened": _listed(opened) if opened is not None and not opened.where.ended else None,
        "told": at.get("mentor", []), "loose": loose,
    }  # fmt: skip


def _expert(seen: View, expert: Expert, mentor: str | None) -> dict[str, Any]:
    return {
        "id": expert.person, "name": name(seen.records, expert.person), "address": person_way(expert.person),
        "organisation": expert.organisations[0] if expert.organisations else {}, "passed": len(expert.satisfied),
        "level": f"people.level_of.{expert.level}" if expert.level else "", "proposed": expert.person == mentor,
    }  # fmt: skip


def _listed(view: Seen) -> dict[str, Any]:
    return {
        "number": view.matter.number, "title": view.matter.title, "state": view.where.state.title,
        "organisation": view.matter.organisation, "due": view.where.due, "late": view.where.overdue,
        "late_as": late_as("bases.late", view.where),
        "address": reverse("mentoring_one", args=[view.matter.number]), "ended": view.where.ended,
        "mine": view.where.keeper in view.roles and not view.where.ended,
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One mentoring: where it stands, what I can do, what happened."""
    view = matters.seen("mentoring", number, request.user)
    tried = ""
    given: dict[str, str] = {}
    found: tuple[Finding, ...] = ()
    if request.method == "POST":
        tried, given, found = act(request, "mentoring", number)
        if not found:
            return redirect("mentoring_one", number)
        view = matters.seen("mentoring", number, request.user)
    seen = people_acts.view(request.user)
    comparison = str(view.matter.fields.get("comparison", ""))
    context: dict[str, Any] = {
        "view": view, "number": number, "title": view.matter.title, "lead": matter_lead(view, seen),
        "steps": steps(view, tried, given, found), "line": course_line(view), "events": history(view, seen),
        "loose": unplaced(view, tried, found),
        "organisation": view.matter.organisation, "comparison": comparison,
        "report": (opened_named("comparison_public", comparison) if comparison else None) or "",
        "measurand": str(view.matter.fields.get("measurand", "")), "demo_matter": view.matter.demo,
        "here": reverse("mentoring_one", args=[number]), "mentor": called(seen, view.matter.holders("mentor")),
    }  # fmt: skip
    return render(request, "people_mentoring_one.html", context, status=422 if found else 200)
