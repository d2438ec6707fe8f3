"""The list of contests, what waits in them for somebody, and setting one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.site.acts import service
from suyuan.site.acts.talent import contest as acts
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.parts.sentence import count, sentence
from suyuan.site.web.parts.text import both, day_text
from suyuan.site.web.shell import laboratory
from suyuan.site.web.talent import exam
from suyuan.talent.contest.rubric import TEAM_MARKS, TEAM_TIES, Rubric, from_fields, rubrics
from suyuan.talent.contest.theory import Blueprint, bank, blueprint, topics
from suyuan.talent.contest.witnessed import checklists
from suyuan.verbs.people import contest as verbs

MARKS = {
    "published": "open", "running": "waiting", "closed": "sealed", "marked": "awaiting_review", "final": "complete",
    "cancelled": "withdrawn",
}  # fmt: skip
"""State of a contest → the state whose mark stands before its word."""
WAITS = ("answer", "enrol", "watch", "start", "close", "reveal", "decide", "final")


def may_set(user: Any) -> bool:
    """Whether somebody may set a contest."""
    return service.may(user, *acts.SET)


@require_safe
def contests(request: HttpRequest) -> HttpResponse:
    """All contests that somebody may see; what waits for them first."""
    user: Any = request.user
    views = acts.contests(user)
    rows = sorted((_row(view) for view in views), key=lambda row: not row["wait"])
    context = {
        "lead": both(_lead(views, "zh"), _lead(views, "en")), "rows": rows, "may_set": may_set(user),
    }  # fmt: skip
    return render(request, "contests.html", context)


def _lead(views: list[acts.View], language: Language) -> str:
    waits = [first for view in views if (first := wait(view))]
    if not waits:
        return sentence("contests.lead.none" if not views else "contests.lead.nothing", language)
    said = [
        sentence(f"contests.lead.{kind}", language, n=count(waits.count(kind), language))
        for kind in WAITS
        if kind in waits
    ]
    return (" " if language == "en" else "").join(said)


def _row(view: acts.View) -> dict[str, Any]:
    first = wait(view)
    return {
        "number": view.number, "title": view.seen.matter.title, "demo": view.seen.matter.demo,
        "organisation": view.seen.matter.organisation, "mark": MARKS.get(view.state, "unknown"),
        "word": f"contest.state.{view.state}", "since": day_text(view.seen.where.since),
        "people": len(view.contest.people), "wait": f"contests.wait.{first}" if first else "",
        "way": way(view, first) if first else reverse("contest", args=[view.number]),
        "act": f"contests.wait.{first}.act" if first else "contests.look",
    }  # fmt: skip


def wait(view: acts.View) -> str:
    """What waits for the person in a contest, «» where nothing does."""
    contest = view.contest
    if view.state == "running" and view.enrolled and view.may("answered"):
        asked = parts_of(view)
        if any((view.me, part) not in contest.answers for part in asked):
            return "answer"
    if view.state == "published" and view.is_("contestant") and not view.enrolled:
        return "enrol"
    if view.may("watched") and any(not acts.my_sheet(view, person) for person in contest.people):
        return "watch"
    if view.is_("jury") and any(a.decided is None and a.person != view.me for a in contest.appeals):
        return "decide"
    if view.is_("organiser"):
        steps = {"published": "start", "running": "close", "closed": "reveal", "marked": "final"}
        return steps.get(view.state, "")
    return ""


def parts_of(view: acts.View) -> tuple[str, ...]:
    """The parts that are answered on the site."""
    contest = view.contest
    return tuple(
        part for part, there in (("data", bool(contest.templates)), ("theory", contest.blueprint is not None)) if there
    )


def way(view: acts.View, kind: str) -> str:
    """Where somebody does what waits."""
    if kind == "answer":
        part = next(p for p in parts_of(view) if (view.me, p) not in view.contest.answers)
        return reverse(f"contest_{part}", args=[view.number])
    if kind == "watch":
        person = next(p for p in view.contest.people if not acts.my_sheet(view, p))
        return reverse("contest_sheet", args=[view.number, person])
    return reverse("contest", args=[view.number]) + ("#appeals" if kind == "decide" else "")


def waiting(user: Any) -> list[dict[str, Any]]:
    """The contests in which something waits for somebody, for the page of practice."""
    return [row for view in acts.contests(user) if (row := _row(view))["wait"]]


# ---------------------------------------------------------------- setting one


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The draft of a contest; published, it binds rubric, material and seed."""
    user: Any = request.user
    if not may_set(user):
        raise PermissionDenied
    sent = request.POST if request.method == "POST" else _usual()
    found: tuple[Finding, ...] = ()
    if request.method == "POST":
        draft, found = _draft(sent)
        if draft is not None and not found:
            try:
                view = acts.publish(user, draft)
            except Refused as refused:
                found = refused.findings
            else:
                return redirect("contest", view.number)
    return render(request, "contest_new.html", _form(sent, found), status=422 if found else 200)


def _usual() -> QueryDict:
    """What a draft starts from: the general rubric, three data tasks, ten questions, everybody who learns."""
    made = QueryDict(mutable=True)
    general = rubrics()["general"]
    made["rubric"], made["size"], made["pass_mark"] = "general", "10", f"{general.pass_mark:g}"
    for part, weight in general.parts.items():
        made[f"weight-{part}"] = f"{weight:g}"
    made.setlist("template", ["repeatability", "gauge_block", "mass_abba"])
    made.setlist("topic", list(topics()))
    made.setlist("contestant", [a.username for a in acts.accounts("learn")])
    made["checklist"] = next(iter(checklists()))
    return made


def _draft(sent: QueryDict) -> tuple[acts.Draft | None, tuple[Finding, ...]]:
    """The draft from its form, with everything that is wrong with it."""
    rubric, wrong = _rubric(sent)
    found = list(wrong)
    plan: Blueprint | None = None
    parts = rubric.parts if rubric is not None else {"theory": 1.0}
    if "theory" in parts:
        shares = {t: str(sum(1 for q in bank().values() if q.topic == t)) for t in sent.getlist("topic")}
        plan, wrong = blueprint({"questions": sent.get("size", ""), "shares": shares, "minutes": "60"})
        found += [replace(f, where="questions") for f in wrong]
    known = [t.id for t in verbs.exercises()]
    chosen = [t for t in sent.getlist("template") if t in known] if "data" in parts else []
    checklist = sent.get("checklist", "") if "practice" in parts else ""
    if rubric is None:
        return None, tuple(found)
    draft = acts.Draft(
        {"zh": sent.get("title_zh", "").strip()[:200], "en": sent.get("title_en", "").strip()[:200]},
        laboratory(), rubric, chosen, plan, checklist if checklist in checklists() else "",
        _accounts(sent, "contestant"), _accounts(sent, "assessor") if checklist else (), _accounts(sent, "jury"),
    )  # fmt: skip
    told = {f.where for f in found}
    found += [f for f in draft.faults() if f.where not in told]
    return draft, tuple(found)


def _accounts(sent: QueryDict, role: str) -> tuple[str, ...]:
    there = {a.username for a in acts.accounts(*ROLES[role])}
    return tuple(name for name in dict.fromkeys(sent.getlist(role)) if name in there)


ROLES: Mapping[str, tuple[str, ...]] = {
    "contestant": ("learn",), "assessor": ("judge", "teach"), "jury": ("judge", "teach"),
}  # fmt: skip
"""Role in a contest → acts of which one is needed to be chosen for it."""


def _rubric(sent: QueryDict) -> tuple[Rubric | None, tuple[Finding, ...]]:
    """The chosen rubric with the weights and the pass mark of the form; a weight of 0 leaves a part out."""
    base = rubrics().get(sent.get("rubric", ""), rubrics()["general"])
    given = {part: sent.get(f"weight-{part}", "").strip() for part in ("theory", "practice", "data")}
    parts = {part: text for part, text in given.items() if text not in ("", "0", "0.0")}
    mark = sent.get("pass_mark", "").strip()
    fields = base.fields() | {"parts": parts, "pass_mark": mark or None}
    fields["ties"] = [name for name in base.ties if name in parts]
    if sent.get("team_mark", ""):
        fields["team"] = {"mark": sent["team_mark"], "best": sent.get("team_best", "").strip() or "0",
                          "least": sent.get("team_least", "").strip() or "2",
                          "ties": sent.get("team_ties", "") or "shared"}  # fmt: skip
    made, found = from_fields(fields)
    if made is not None and (made.parts, made.pass_mark, made.team) != (base.parts, base.pass_mark, base.team):
        made = replace(made, name=f"{base.name}-own", status="proposed")
    wrong_mark = mark and made is not None and (made.pass_mark is None or made.pass_mark > 100.0)
    more = (finding("site.contest.pass_mark", "pass_mark", given=mark[:20]),) if wrong_mark else ()
    return made, (*(replace(f, where="team" if "/team" in f.where else "weights") for f in found), *more)


def _form(sent: QueryDict, found: tuple[Finding, ...]) -> dict[str, Any]:
    names = acts.names()
    beside: dict[str, list[Finding]] = {}
    for one in found:
        beside.setdefault(one.where.strip("/").split("/")[0], []).append(one)

    def told(name: str) -> dict[str, Any]:
        return exam.cell(name, str(sent.get(name, "")), beside.get(name, ()))

    people = {
        role: [
            {"name": a.username, "said": names[a.username], "here": a.username in sent.getlist(role)}
            for a in acts.accounts(*wanted)
        ]
        for role, wanted in ROLES.items()
    }
    title = told("title")
    return {
        "title_zh": exam.cell("title_zh", sent.get("title_zh", ""), beside.get("title", ())),
        "title_en": exam.cell("title_en", sent.get("title_en", ""), ()), "title_told": title,
        "cells": {n: told(n) for n in ("weights", "pass_mark", "templates", "questions", "checklist", "contestants",
                                        "assessors", "jury", "team")},
        "weights": [(f"weight-{p}", f"contest.part.{p}", sent.get(f"weight-{p}", "")) for p in
                    ("theory", "practice", "data")],
        "team_marks": [("", "contest.team.without"), *((m, f"contest.team.{m}") for m in TEAM_MARKS)],
        "team_mark": sent.get("team_mark", ""), "team_best": sent.get("team_best", ""),
        "team_least": sent.get("team_least", ""), "team_tie": sent.get("team_ties", ""),
        "team_ties": [(t, f"contest.team.ties.{t}") for t in TEAM_TIES],
        "pass_mark": sent.get("pass_mark", ""), "rubric": sent.get("rubric", "general"), "size": sent.get("size", ""),
        "item": [(f"exam.part.{n}", f"{w:g}") for n, w in rubrics()["general"].item.items()],
        "templates": [
            {"id": t.id, "title": t.title, "level": t.level, "here": t.id in sent.getlist("template")}
            for t in verbs.exercises()
        ],
        "topics": [
            {"id": t, "key": f"exam.topic.{t}", "here": t in sent.getlist("topic"),
             "n": sum(1 for q in bank().values() if q.topic == t)}
            for t in topics()
        ],
        "checklists": [{"id": c.id, "title": c.title, "here": c.id == sent.get("checklist")} for c in
                       checklists().values()],
        "people": people, "wrong": len(found), "error": term("contest.new.wrong"),
    }  # fmt: skip
