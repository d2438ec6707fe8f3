"""Results of a contest: the ranking, how good the questions were, marks with their diagnosis, and what follows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from suyuan.quantity.finding import Refused
from suyuan.report.papers.sheet import Page, workbook
from suyuan.site.acts.talent import contest as acts
from suyuan.site.terms import term
from suyuan.site.web.parts.sentence import count, sentence
from suyuan.site.web.parts.text import both, day_text, pick, text_html
from suyuan.site.web.talent import exam
from suyuan.talent.contest.marks import Ranked
from suyuan.talent.contest.rubric import PARTS, Rubric
from suyuan.talent.contest.teams import TeamPlace
from suyuan.talent.contest.theory import bank
from suyuan.talent.contest.witnessed import checklists
from suyuan.verbs.people import contest as verbs
from suyuan.verbs.people.contest import Results

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def shown(view: acts.View, names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The results as the page shows them."""
    return _shown(view, acts.results(view), names)


def _shown(view: acts.View, found: Results, names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    rubric = found.contest.rubric
    parts = parts_in_order(rubric)
    return {
        "final": found.contest.final, "waiting": found.waiting, "parts": [f"contest.part.{p}" for p in parts],
        "rows": [_row(view, one, names, parts) for one in found.ranked], "statistics": _statistics(found),
        "mark": rubric.pass_mark if rubric is not None else None,
        "teams": [_team(one, names) for one in found.teams], "team_rule": team_rule(rubric),
        "mark_said": "" if rubric is None or rubric.pass_mark is None else f"{rubric.pass_mark:g}",
    }  # fmt: skip


def team_rule(rubric: Rubric | None) -> dict[str, Any] | None:
    """The rule for teams in words; None where persons alone are ranked."""
    rule = None if rubric is None else rubric.team
    if rule is None:
        return None
    return {"mark": f"contest.team.{rule.mark}", "best": rule.best, "least": rule.least,
            "ties": f"contest.team.ties.{rule.ties}"}  # fmt: skip


def _team(one: TeamPlace, names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    return {
        "rank": one.rank, "team": one.team, "low": f"{one.low:.1f}",
        "high": f"{one.high:.1f}" if one.high - one.low > 0.05 else "",
        "members": [(names.get(p, {"": p}), p in one.counted) for p in one.members],
        "some": len(one.counted) < len(one.members),
    }  # fmt: skip


def parts_in_order(rubric: Rubric | None) -> tuple[str, ...]:
    """The parts of a rubric in the order in which a contest is told: documents sort them by name."""
    return () if rubric is None else tuple(part for part in PARTS if part in rubric.parts)


def _row(
    view: acts.View, one: Ranked, names: Mapping[str, Mapping[str, str]], parts: tuple[str, ...]
) -> dict[str, Any]:
    marked = one.marks
    state = {True: "passed", False: "failed", None: "unknown"}[marked.passed]
    own = marked.person == view.me
    budget = marked.pattern.budget if marked.pattern is not None else "unknown"
    return {
        "rank": one.rank, "person": marked.person, "name": names.get(marked.person, {"": marked.person}), "mine": own,
        "parts": [(f"contest.part.{name}", None if (share := marked.parts.get(name)) is None else f"{100 * share:.1f}")
                  for name in parts],
        "low": f"{marked.low:.1f}", "high": f"{marked.high:.1f}" if marked.high - marked.low > 0.05 else "",
        "low_number": marked.low, "high_number": marked.high, "state": state, "budget": budget,
        "budget_key": f"exam.budget.{budget}", "state_key": f"exam.verdict.{state}", "changed": bool(marked.changed),
        "way": reverse("contest_marks", args=[view.number, marked.person]) if own or view.sees_all else "",
        "badge": reverse("contest_badge", args=[view.number, marked.person])
        if marked.passed and view.contest.final and (own or view.sees_all) else "",
    }  # fmt: skip


def _statistics(found: Results) -> dict[str, Any] | None:
    statistics = found.statistics
    if statistics is None or not statistics.names:
        return None
    rows: list[dict[str, Any]] = [
        {"id": name, "text": bank()[name].text, "topic": f"exam.topic.{bank()[name].topic}",
         "difficulty": _number(statistics.difficulty[i]), "discrimination": _number(statistics.discrimination[i], True),
         "share": float(statistics.difficulty[i]),
         "weak": math.isfinite(statistics.discrimination[i]) and bool(statistics.discrimination[i] < 0.1)}
        for i, name in enumerate(statistics.names)
    ]  # fmt: skip
    rows.sort(key=lambda row: row["share"])
    return {
        "rows": rows, "persons": statistics.persons, "findings": statistics.findings, "kr20": statistics.kr20,
        "alpha": _number(statistics.alpha),
    }  # fmt: skip


def _number(value: float, sign: bool = False) -> str:
    """Two decimals with a real minus; «» where there is no number."""
    if not math.isfinite(value):
        return ""
    return (f"{value:+.2f}" if sign else f"{value:.2f}").replace("-", "−")


# ---------------------------------------------------------------- one person's marks


@require_safe
def marks(request: HttpRequest, number: str, person: str) -> HttpResponse:
    """The marks of a person with every task, its diagnosis and its right treatment."""
    user: Any = request.user
    view = acts.view(number, user)
    if not view.marked:
        raise Http404
    one = acts.marks_of(view, person)
    marked, rubric, contest = one.marks, view.contest.rubric, view.contest
    if rubric is None:  # pragma: no cover - marked contests have one
        raise Http404
    names = acts.names()
    name = names.get(person, {"": person})
    tasks = acts.tasks_of(view, person)
    given = contest.answers.get((person, "theory"))
    paper = exam.paper_form(tasks.paper, given.answers, marked.paper) if (
        tasks.paper is not None and marked.paper is not None and given is not None) else []  # fmt: skip
    checklist = checklists().get(contest.checklist)
    changed = {(a.part, a.item): a for a in marked.changed}
    mine = person == view.me
    context = {
        "number": number, "matter": view.seen.matter, "demo_matter": view.seen.matter.demo, "name": name,
        "row": _row(view, one, names, parts_in_order(rubric)), "mine": mine, "pattern": marked.pattern,
        "lead": both(_said(one, view, "zh"), _said(one, view, "en")),
        "may_appeal": mine and view.may("appealed"), "final": contest.final,
        "data": [
            {"task": exam.task(g.variant), "result": exam.graded(g, rubric),
             "answer": _typed(view, person, g.variant.id), "changed": changed.get(("data", g.variant.id)),
             "item": g.variant.id}
            for g in marked.data
        ],
        "paper": paper, "practice": _practice(marked.practice, checklist), "checklist": checklist,
        "patterns": marked.findings,
    }  # fmt: skip
    return render(request, "contest_marks.html", context)


def _typed(view: acts.View, person: str, task: str) -> list[tuple[str, str]]:
    """What was handed in for a task, field by field."""
    given = view.contest.answers.get((person, "data"))
    answer = given.answers.get(task, {}) if given is not None else {}
    if not isinstance(answer, Mapping):
        return []
    rows = [(f"exam.field.{name}", str(answer[name])) for name in (*exam.NUMBERS, *exam.TEXTS) if answer.get(name)]
    lines = answer.get("budget", ())
    if isinstance(lines, list) and lines:
        rows.append(
            ("exam.budget.own", "; ".join(f"{r.get('name')} {r.get('u')}" for r in lines if isinstance(r, dict)))
        )
    return [(key, term(f"exam.decision.{text}") if key == "exam.field.decision" else text) for key, text in rows]


def _said(one: Ranked, view: acts.View, language: Any) -> str:
    marked = one.marks
    state = {True: "passed", False: "failed", None: "open"}[marked.passed]
    ok = sum(g.passed is True for g in marked.data)
    return sentence(
        f"contest.marks.lead.{state}", language, mark=f"{marked.low:.1f}", rank=one.rank,
        ok=count(ok, language), n=count(len(marked.data), language), people=len(view.contest.people),
    )  # fmt: skip


def _practice(practice: Any, checklist: Any) -> dict[str, Any] | None:
    if practice is None or checklist is None:
        return None
    said = {step.id: text_html({"zh": step.text.get("zh", ""), "en": step.text.get("en", "")})
            for step in checklist.steps}  # fmt: skip
    return {
        "state": {True: "passed", False: "failed", None: "unknown"}[practice.passed],
        "low": "" if practice.low is None else f"{100 * practice.low:.0f}",
        "high": "" if practice.high is None or practice.high == practice.low else f"{100 * practice.high:.0f}",
        "kappa": "" if practice.kappa is None else _number(practice.kappa),
        "agreement": "" if practice.agreement is None else f"{100 * practice.agreement:.0f} %",
        "failed": [said[s] for s in practice.failed if s in said],
        "apart": [said[s] for s in practice.apart if s in said],
        "unseen": [said[s] for s in practice.unseen if s in said], "findings": practice.findings,
    }  # fmt: skip


# ---------------------------------------------------------------- taken home


@login_not_required
@require_safe
def public(request: HttpRequest, number: str) -> HttpResponse:
    """Final results for everybody: with names for whoever is signed in, with numbers for whoever is not."""
    view = acts.public(number)
    found, names = _named(request, view)
    context = {
        "number": number, "matter": view.seen.matter, "demo_matter": view.seen.matter.demo, "view": view,
        "results": _shown(view, found, names), "rubric": view.contest.rubric,
        "seed": view.contest.seed.hex() if view.contest.seed else "", "commitment": view.contest.commitment,
        "signed": request.user.is_authenticated, "day": day_text(acts.final_time(view)),
        "inside": reverse("contest", args=[number]),
    }  # fmt: skip
    return render(request, "contest_public.html", context)


def _named(request: HttpRequest, view: acts.View) -> tuple[Results, Mapping[str, Mapping[str, str]]]:
    found = acts.results(view)
    if request.user.is_authenticated:
        return found, acts.names()
    return acts.without_names(found), {}


@require_safe
def as_json(request: HttpRequest, number: str) -> HttpResponse:
    """What stands: before the revealing the rules alone, afterwards the ranking too."""
    user: Any = request.user
    view = acts.view(number, user)
    contest = view.contest
    made: dict[str, Any] = {
        "number": number, "state": view.state, "title": dict(view.seen.matter.title),
        "rubric": contest.rubric.fields() if contest.rubric else None,
        "rubric_digest": contest.rubric.digest if contest.rubric else None, "seed_commitment": contest.commitment,
        "templates": list(contest.templates), "checklist": contest.checklist, "people": list(contest.people),
    }  # fmt: skip
    if view.marked:
        made |= {"seed": contest.seed.hex() if contest.seed else "", "results": acts.results(view).to_json()}
    if view.state == "running" and view.enrolled:
        made["my_tasks"] = acts.my_tasks(view).to_json()
    return JsonResponse(made, json_dumps_params={"ensure_ascii": False, "indent": 1})


@require_safe
def excel(request: HttpRequest, number: str) -> HttpResponse:
    """The results as a workbook: ranking, questions."""
    user: Any = request.user
    view = acts.view(number, user)
    if not view.marked:
        raise Http404
    found, names = acts.results(view), acts.names()
    rubric = found.contest.rubric
    parts = parts_in_order(rubric)
    heads = [term("contest.rank"), term("contest.person"), *(term(f"contest.part.{p}") for p in parts),
             term("contest.total"), term("contest.total.high"), term("word.state"), term("exam.budget")]  # fmt: skip
    rows = [
        (one.rank, pick(names.get(one.marks.person, {"": one.marks.person}))[0],
         *(None if one.marks.parts.get(p) is None else round(100 * float(one.marks.parts[p] or 0.0), 1) for p in parts),
         round(one.marks.low, 2), round(one.marks.high, 2),
         term(f"exam.verdict.{ {True: 'passed', False: 'failed', None: 'unknown'}[one.marks.passed]}"),
         term(f"exam.budget.{one.marks.pattern.budget if one.marks.pattern else 'unknown'}"))
        for one in found.ranked
    ]  # fmt: skip
    pages = [Page(term("contest.ranking"), heads, rows, (8, 16, *[12] * (len(heads) - 2)))]
    if found.teams:
        keys = ("contest.rank", "contest.team", "contest.team.mark", "contest.total.high", "contest.team.members")
        body = [
            (t.rank, t.team, round(t.low, 2), round(t.high, 2),
             ", ".join(pick(names.get(p, {"": p}))[0] for p in t.members))
            for t in found.teams
        ]  # fmt: skip
        pages.append(Page(term("contest.teams"), [term(k) for k in keys], body, (8, 24, 12, 12, 60)))
    statistics = found.statistics
    if statistics is not None:
        items = [
            (name, pick(bank()[name].text)[0], _finite(statistics.difficulty[i]), _finite(statistics.discrimination[i]),
             float(statistics.answered[i]))
            for i, name in enumerate(statistics.names)
        ]  # fmt: skip
        keys = ("contest.question", "contest.question.text", "contest.difficulty", "contest.discrimination",
                "contest.answered")  # fmt: skip
        pages.append(Page(term("contest.items"), [term(k) for k in keys], items, (18, 60, 12, 12, 12)))
    answer = HttpResponse(workbook(pages), content_type=EXCEL)
    answer["Content-Disposition"] = f'attachment; filename="suyuan-{verbs.quoted(number)}.xlsx"'
    return answer


def _finite(value: float) -> float | None:
    return round(float(value), 3) if math.isfinite(value) else None


@require_safe
def statements(request: HttpRequest, number: str) -> HttpResponse:
    """The final results as xAPI statements."""
    user: Any = request.user
    body = acts.statements(user, number, request.build_absolute_uri("/"))
    return _file(body, f"suyuan-{verbs.quoted(number)}-xapi.json")


@require_safe
def badge(request: HttpRequest, number: str, person: str) -> HttpResponse:
    """The signed badge of a person who passed."""
    user: Any = request.user
    try:
        body = acts.badge(user, number, person)
    except Refused:
        raise Http404 from None
    return _file(body, f"badge-{verbs.quoted(number)}-{verbs.quoted(person)}.json")


def _file(body: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
