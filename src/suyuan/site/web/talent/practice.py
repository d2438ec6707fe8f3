"""Practice: data tasks without end and theory papers; an answer is graded at once, and the slip is named."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from suyuan.quantity.finding import Refused
from suyuan.site.acts.talent import practice as acts
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.parts.sentence import count, sentence
from suyuan.site.web.parts.text import both, day_text, text_html
from suyuan.site.web.talent import contests, exam
from suyuan.talent.contest.rubric import rubrics
from suyuan.talent.contest.theory import Blueprint, bank, topics
from suyuan.verbs.people import contest as verbs

NUMBER = re.compile(r"[A-Za-z0-9-]{1,40}")
PAPER_SIZES = (5, 10, 20)
EVERY = "all"
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@require_safe
def practice(request: HttpRequest) -> HttpResponse:
    """What can be practised, what waits in contests, and the own list where one is kept."""
    user: Any = request.user
    asked = request.GET.get("number", "").strip()
    if asked and NUMBER.fullmatch(asked) and request.GET.get("template") in _known():
        return redirect("practice_exercise", request.GET["template"], asked)
    templates = verbs.exercises()
    n = len(templates)
    context = {
        "lead": both(*(sentence("practice.lead", spoken, n=count(n, spoken)) for spoken in LANGUAGES)),
        "rows": [
            {"id": t.id, "title": t.title, "title_html": exam.symbols(text_html(t.title, beside=True)),
             "topic": f"exam.topic.{t.topic}", "level": t.level,
             "asks": [f"exam.ask.{a}" for a in t.asks], "inputs": len(t.rule["inputs"])}
            for t in templates
        ],
        "topics": [
            {"id": topic, "key": f"exam.topic.{topic}", "n": sum(1 for q in bank().values() if q.topic == topic)}
            for topic in topics()
        ],
        "questions": len(bank()), "sizes": PAPER_SIZES, "asked": asked, "wrong": bool(asked),
        "running": contests.waiting(user), "kept": [_kept_row(row) for row in acts.kept(user)],
        "may_set": contests.may_set(user),
    }  # fmt: skip
    return render(request, "practice.html", context)


def _known() -> set[str]:
    return {template.id for template in verbs.exercises()}


def _kept_row(row: Any) -> dict[str, Any]:
    try:
        day = day_text(datetime.fromisoformat(str(row.get("time"))))
    except ValueError:
        day = ""
    template, number = str(row.get("template", "")), str(row.get("number", ""))
    there = template in _known() and NUMBER.fullmatch(number)
    return {
        "day": day, "title": next((t.title for t in verbs.exercises() if t.id == template), {}), "number": number,
        "way": reverse("practice_exercise", args=[template, number]) if there else "", "mark": row.get("mark", ""),
        "state": row.get("verdict") if row.get("verdict") in ("passed", "failed") else "unknown",
        "what": row.get("slips", ()),
    }  # fmt: skip


@require_safe
def fresh(request: HttpRequest, template: str) -> HttpResponse:
    """A new exercise: the site draws its number."""
    if template not in _known():
        raise Http404
    return redirect("practice_exercise", template, acts.new_number())


@require_http_methods(["GET", "POST"])
def exercise(request: HttpRequest, template: str, number: str) -> HttpResponse:
    """An exercise; after a try with its grade, the diagnosis and the solution."""
    if template not in _known() or not NUMBER.fullmatch(number):
        raise Http404
    variant = verbs.exercise(template, number)
    answer = exam.typed(request.POST) if request.method == "POST" else {}
    grade, status = None, 200
    if request.method == "POST":
        grade = verbs.check_exercise(template, number, answer)
        status = 200 if grade.answer.value is not None else 422
    found = [f for f in grade.findings if not f.code.startswith("contest.rounding")] if grade else []
    shown = exam.graded(grade, rubrics()[verbs.EXERCISE_RUBRIC]) if grade else None
    kept = False
    if shown and shown["tried"] and request.POST.get("keep"):
        row = {"template": template, "number": number, "verdict": shown["verdict"], "mark": shown["mark"],
               "slips": [s["code"] for s in shown["slips"]]}  # fmt: skip
        kept = acts.keep(request.user, row)
    context = {
        "task": exam.task(variant), "number": number, "template": template, "result": shown, "kept": kept,
        "cells": exam.form(answer, variant.template.unit, "", found), "prefix": "",
        "lines": _lines(answer, variant.template.unit, found), "keep": bool(request.POST.get("keep")),
        "here": reverse("practice_exercise", args=[template, number]),
    }  # fmt: skip
    return render(request, "practice_exercise.html", context, status=status)


def _lines(answer: Any, unit: str, found: Any, prefix: str = "") -> list[tuple[Any, Any]]:
    cells = exam.form(answer, unit, prefix, found)
    return [(cells[f"b{i}_name"], cells[f"b{i}_u"]) for i in range(exam.LINES)]


@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Empty the own list."""
    acts.forget(request.user)
    messages.success(request, term("practice.forgotten"))
    return redirect("practice")


# ---------------------------------------------------------------- theory


@require_safe
def fresh_paper(request: HttpRequest) -> HttpResponse:
    """A new paper of the topic and size that were chosen."""
    topic, size = request.GET.get("topic", EVERY), request.GET.get("size", "10")
    if topic not in (EVERY, *topics()) or not size.isascii() or not size.isdigit():
        raise Http404
    return redirect("practice_paper", topic, _size(topic, int(size)), acts.new_number())


def _size(topic: str, asked: int) -> int:
    there = sum(1 for q in bank().values() if topic in (EVERY, q.topic))
    return max(1, min(asked, there, max(PAPER_SIZES)))


@require_http_methods(["GET", "POST"])
def paper(request: HttpRequest, topic: str, size: int, number: str) -> HttpResponse:
    """A practice paper; after it is handed in, what was right and where that stands."""
    if topic not in (EVERY, *topics()) or size != _size(topic, size) or not NUMBER.fullmatch(number):
        raise Http404
    shares = {t: float(sum(1 for q in bank().values() if q.topic == t)) for t in topics() if topic in (EVERY, t)}
    plan = Blueprint(size, shares)
    try:
        sheet = verbs.practice_paper(number, plan)
    except Refused:
        raise Http404 from None
    answers = exam.paper_typed(request.POST, sheet) if request.method == "POST" else {}
    marks = verbs.check_practice_paper(number, plan, answers) if answers else None
    context = {
        "number": number, "topic": f"exam.topic.{topic}", "questions": exam.paper_form(sheet, answers, marks),
        "marks": marks, "score": f"{100 * marks.score:.0f}" if marks else "", "size": size,
        "right": sum(1 for s in marks.shares.values() if s == 1.0) if marks else 0,
        "empty": request.method == "POST" and not answers,
        "again": f"{reverse('practice_paper_new')}?topic={topic}&size={size}",
        "here": reverse("practice_paper", args=[topic, size, number]),
    }  # fmt: skip
    return render(request, "practice_paper.html", context, status=422 if context["empty"] else 200)
