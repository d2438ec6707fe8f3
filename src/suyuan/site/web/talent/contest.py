"""The page of a contest, and what is done there: enrol, start, close, reveal; tasks, the assessor's sheet, appeals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.site.acts import service
from suyuan.site.acts.talent import contest as acts
from suyuan.site.acts.talent import contest_seal, people
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.parts.sentence import count, sentence
from suyuan.site.web.parts.text import both, day_text, pick
from suyuan.site.web.talent import contest_results, contests, exam
from suyuan.talent.contest.rubric import ITEM_PARTS
from suyuan.talent.contest.tasks import templates
from suyuan.talent.contest.witnessed import checklists

PLAIN_ACTS = ("enrolled", "started", "closed", "revealed", "final", "cancelled", "appealed", "appeal_decided")
FIRST = {"published": "started", "running": "closed", "closed": "revealed", "marked": "final"}
"""State → the step of the organiser that leads on."""


@require_http_methods(["GET", "POST"])
def contest(request: HttpRequest, number: str) -> HttpResponse:
    """A contest: its rules, its people, what the person may do now, and its results."""
    user: Any = request.user
    view = acts.view(number, user)
    found: tuple[Finding, ...] = ()
    if request.method == "POST":
        do = request.POST.get("do", "")
        try:
            told = _act(user, view, do, request.POST)
        except Refused as refused:
            found = refused.findings
        else:
            messages.success(request, told)
            return redirect("contest", number)
    lost = contest_seal.lost(view.seen.matter)
    context = _page(view, user) | {"findings": (*found, *lost), "typed": request.POST}
    return render(request, "contest.html", context, status=422 if found else 200)


def _act(user: Any, view: acts.View, do: str, sent: Mapping[str, str]) -> str:
    """One act of the page; returns what to say. Raises Refused, PermissionDenied."""
    number = view.number
    if do == "deliver":
        done = acts.deliver(user, number)
        return term("contest.delivered", n=done.rows)
    if do not in PLAIN_ACTS:
        raise Http404
    if not view.may(do):
        # The step may be refused because of its state: that is said; who holds no role that takes it is turned away.
        step = view.seen.procedure.step(do)
        if step is None or not any(view.is_(role) for role in step.actors):
            raise PermissionDenied
    if do == "revealed":
        acts.reveal(user, number)
    else:
        acts.take(user, number, do, _content(do, sent), _role(view, do))
    return term(f"contest.did.{do}")


def _role(view: acts.View, do: str) -> str:
    """Somebody who both runs a contest and takes part enrols as what they are."""
    return "contestant" if do in ("enrolled", "appealed") and view.is_("contestant") else ""


def _content(do: str, sent: Mapping[str, str]) -> dict[str, Any]:
    names = {
        "cancelled": ("reason",), "appealed": ("part", "item", "reason"), "enrolled": ("person", "team"),
        "appeal_decided": ("person", "part", "item", "decision", "share", "reason"),
    }  # fmt: skip
    given = {name: str(sent.get(name, "")).strip()[:2000] for name in names.get(do, ())}
    return {name: text for name, text in given.items() if text}


# ---------------------------------------------------------------- the page


def _page(view: acts.View, user: Any) -> dict[str, Any]:
    contest, names = view.contest, acts.names()
    first = FIRST.get(view.state, "")
    rubric = contest.rubric
    own = _own(view)
    return {
        "view": view, "number": view.number, "matter": view.seen.matter, "names": names, "state": view.state,
        "mark": contests.MARKS.get(view.state, "unknown"), "word": f"contest.state.{view.state}",
        "demo_matter": view.seen.matter.demo, "lead": both(_lead(view, "zh"), _lead(view, "en")),
        "first": first if view.is_("organiser") and view.may(first) else "",
        "may_cancel": view.is_("organiser") and view.may("cancelled"),
        "may_enrol": view.is_("contestant") and view.may("enrolled") and not view.enrolled, "own": own,
        "no_enrol": no_enrol(view),
        "rubric": rubric, "team_rule": contest_results.team_rule(rubric), "team": _own_team(user),
        "parts": [(f"contest.part.{n}", f"{rubric.parts[n]:g}") for n in contest_results.parts_in_order(rubric)]
        if rubric else [],
        "item": [(f"exam.part.{n}", f"{rubric.item[n]:g}") for n in ITEM_PARTS if n in rubric.item]
        if rubric else [],
        "templates": [templates()[name].title for name in contest.templates], "plan": contest.blueprint,
        "topics": [f"exam.topic.{t}" for t in contest.blueprint.shares] if contest.blueprint else [],
        "checklist": checklists().get(contest.checklist), "commitment": contest.commitment,
        "seed": contest.seed.hex() if contest.seed is not None else "",
        "people": [_person(view, person, names) for person in contest.people],
        "watches": view.is_("assessor") and bool(contest.checklist), "may_watch": view.may("watched"),
        "appeals": _appeals(view, names), "results": contest_results.shown(view, names) if view.marked else None,
        "events": [
            {"title": _title(view, e.act), "who": names.get(e.person, {"": e.person}), "day": day_text(e.time),
             "digest": e.digest}
            for e in view.seen.matter.events if e.act not in ("answered", "watched") or e.person == view.me
            or view.marked
        ],
        "hidden": sum(e.act in ("answered", "watched") and e.person != view.me for e in view.seen.matter.events)
        if not view.marked else 0,
        "delivered": contest.final and view.is_("organiser") and acts.delivered(view),
        "may_deliver": contest.final and view.is_("organiser") and service.may(user, "teach"),
        "to_deliver": contest.final and any(r.marks.passed is not None for r in acts.results(view).ranked),
        "sees_all": view.sees_all,
    }  # fmt: skip


def no_enrol(view: acts.View) -> str:
    """Why somebody cannot enrol though others can, as a term; «» for who can or has."""
    if view.state != "published" or view.enrolled or (view.is_("contestant") and view.may("enrolled")):
        return ""
    runs = any(view.is_(role) for role in ("organiser", "assessor", "jury"))
    return "contest.no_enrol.runs" if runs else "contest.no_enrol.named"


def _title(view: acts.View, act: str) -> Mapping[str, str]:
    step = view.seen.procedure.step(act)
    return step.title if step is not None else {"": act}


def _lead(view: acts.View, language: Language) -> str:
    """Where it stands, aloud."""
    n = count(len(view.contest.people), language)
    key = f"contest.lead.{view.state}"
    if view.state in ("marked", "final") and view.marked:
        ranked = acts.results(view).ranked
        best = ranked[0].marks if ranked else None
        passed = count(sum(r.marks.passed is True for r in ranked), language)
        name = acts.names().get(best.person, {"zh": best.person, "en": best.person}) if best else {"zh": "", "en": ""}
        low = f"{best.low:.1f}" if best else ""
        return sentence(key, language, n=n, passed=passed, best=name[language], mark=low)
    done = len({person for person, _ in view.contest.answers})
    return sentence(key, language, n=n, done=count(done, language))


def _own_team(user: Any) -> str:
    """What the field of a team starts with: for whom the person works."""
    works = people.view(user).works
    return pick(works[0], "zh")[0] if works else ""


def _own(view: acts.View) -> list[dict[str, Any]]:
    """The parts that the person answers, each with when it was handed in."""
    if not view.enrolled or view.state not in ("running", "closed", "marked", "final"):
        return []
    rows = []
    for part in contests.parts_of(view):
        given = view.contest.answers.get((view.me, part))
        rows.append({
            "part": f"contest.part.{part}", "way": reverse(f"contest_{part}", args=[view.number]),
            "given": day_text(given.time) if given else "", "digest": given.event if given else "",
            "open": view.state == "running",
        })  # fmt: skip
    return rows


def _person(view: acts.View, person: str, names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """A contestant: who, and to whoever runs the contest what has come in."""
    answers = view.contest.answers
    parts = [
        {"key": f"contest.part.{part}", "state": "sealed" if (person, part) in answers else "open"}
        for part in contests.parts_of(view)
    ]
    return {
        "id": person, "name": names.get(person, {"": person}), "parts": parts if view.sees_all else [],
        "mine": person == view.me, "watched": bool(acts.my_sheet(view, person)) if view.is_("assessor") else False,
        "sheet": reverse("contest_sheet", args=[view.number, person]),
        "sheets": len(view.contest.sheets.get(person, ())) if view.sees_all else None,
    }  # fmt: skip


def _appeals(view: acts.View, names: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Appeals: all to whoever decides or runs, one's own to the contestant."""
    rows = []
    for one in view.contest.appeals:
        if not (view.sees_all or one.person == view.me):
            continue
        rows.append({
            "person": one.person, "name": names.get(one.person, {"": one.person}), "part": one.part, "item": one.item,
            "part_key": f"contest.part.{one.part}", "reason": one.reason, "decided": one.decided or "",
            "share": one.share, "grounds": one.grounds, "day": day_text(one.time),
            "may": one.decided is None and view.may("appeal_decided") and view.is_("jury") and one.person != view.me,
            "marks": reverse("contest_marks", args=[view.number, one.person]),
        })  # fmt: skip
    return rows


# ---------------------------------------------------------------- handing in


@require_http_methods(["GET", "POST"])
def data(request: HttpRequest, number: str) -> HttpResponse:
    """The data tasks of the person: read, answer, hand in; again until closing."""
    user: Any = request.user
    view = acts.view(number, user)
    if not view.contest.templates:
        raise Http404
    tasks = acts.my_tasks(view).data
    prefixes = [f"t{i}-" for i in range(len(tasks))]
    found: tuple[Finding, ...] = ()
    unread: Mapping[str, tuple[Finding, ...]] = {}
    if request.method == "POST":
        given = {v.id: exam.typed(request.POST, p) for v, p in zip(tasks, prefixes, strict=True)}
        answers = {name: answer for name, answer in given.items() if exam.is_given(answer)}
        unread = {v.id: exam.unread(answers[v.id], v.template) for v in tasks if v.id in answers}
        try:
            if wrong := sum(map(len, unread.values())):
                raise Refused(finding("site.contest.unread", "answers", count=wrong))
            acts.hand_in(user, number, "data", answers, bool(request.POST.get("emptier")))
        except Refused as refused:
            found = refused.findings
        else:
            messages.success(request, term("contest.did.answered"))
            return redirect("contest", number)
    else:
        given = {v.id: acts.my_answers(view, "data").get(v.id, {}) for v in tasks}
    rows = []
    for variant, prefix in zip(tasks, prefixes, strict=True):
        answer = given[variant.id] if isinstance(given[variant.id], Mapping) else {}
        cells = exam.form(answer, variant.template.unit, prefix, unread.get(variant.id, ()))
        lines = [(cells[f"b{i}_name"], cells[f"b{i}_u"]) for i in range(exam.LINES)]
        rows.append({"task": exam.task(variant), "cells": cells, "lines": lines, "prefix": prefix})
    context = _sitting(view, "data", found) | {"rows": rows}
    return render(request, "contest_data.html", context, status=422 if found else 200)


def _sitting(view: acts.View, part: str, found: tuple[Finding, ...]) -> dict[str, Any]:
    given = view.contest.answers.get((view.me, part))
    return {
        "number": view.number, "matter": view.seen.matter, "open": view.state == "running", "part": part,
        "given": day_text(given.time) if given else "", "here": reverse(f"contest_{part}", args=[view.number]),
        "demo_matter": view.seen.matter.demo, "findings": found,
        "emptier": any(f.code == "site.contest.emptier" for f in found),
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
def theory(request: HttpRequest, number: str) -> HttpResponse:
    """The theory paper of the person."""
    user: Any = request.user
    view = acts.view(number, user)
    sheet = acts.my_tasks(view).paper
    if sheet is None:
        raise Http404
    found: tuple[Finding, ...] = ()
    answers: Mapping[str, Any] = acts.my_answers(view, "theory")
    if request.method == "POST":
        answers = exam.paper_typed(request.POST, sheet)
        try:
            acts.hand_in(user, number, "theory", answers, bool(request.POST.get("emptier")))
        except Refused as refused:
            found = refused.findings
        else:
            messages.success(request, term("contest.did.answered"))
            return redirect("contest", number)
    context = _sitting(view, "theory", found) | {
        "questions": exam.paper_form(sheet, answers), "plan": view.contest.blueprint,
    }  # fmt: skip
    return render(request, "contest_theory.html", context, status=422 if found else 200)


# ---------------------------------------------------------------- the assessor's sheet


@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, number: str, person: str) -> HttpResponse:
    """The checklist about a person: what this assessor saw; the other's sheet is shown to nobody."""
    user: Any = request.user
    view = acts.view(number, user)
    checklist = checklists().get(view.contest.checklist)
    if checklist is None or person not in view.contest.people:
        raise Http404
    if not view.is_("assessor"):
        raise PermissionDenied
    found: tuple[Finding, ...] = ()
    kept = acts.my_sheet(view, person)
    shares, remarks = dict(kept.get("shares", {})), dict(kept.get("remarks", {}))
    typed = {name: str(kept.get(name, "")) for name in ("serial", "certificate")}
    if request.method == "POST":
        shares = {s.id: v for s in checklist.steps if (v := request.POST.get(f"s-{s.id}", ""))}
        remarks = {s.id: v[:400] for s in checklist.steps if (v := request.POST.get(f"r-{s.id}", "").strip())}
        typed = {name: request.POST.get(name, "").strip()[:120] for name in typed}
        row = {"person": person, "checklist": checklist.id, "shares": shares, "remarks": remarks, **typed}
        try:
            acts.hand_in_sheet(user, number, row)
        except Refused as refused:
            found = refused.findings
        else:
            messages.success(request, term("contest.did.watched"))
            return redirect("contest", number)
    context = {
        "number": number, "matter": view.seen.matter, "person": acts.names().get(person, {"": person}),
        "checklist": checklist, "typed": typed, "findings": found, "open": view.may("watched"),
        "demo_matter": view.seen.matter.demo, "given": bool(kept),
        "steps": [{"step": s, "share": str(shares.get(s.id, "")), "remark": remarks.get(s.id, "")}
                  for s in checklist.steps],
        "options": (("1", "contest.sheet.done"), ("0.5", "contest.sheet.half"), ("0", "contest.sheet.not_done"),
                    ("", "contest.sheet.unseen")),
    }  # fmt: skip
    return render(request, "contest_sheet.html", context, status=422 if found else 200)
