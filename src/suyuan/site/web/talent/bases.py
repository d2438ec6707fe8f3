"""Training bases: which can be relied on today, which courses are held when, and the plan that the gaps ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString

from suyuan.report.papers.sheet import sheet
from suyuan.site.acts import clock, service
from suyuan.site.acts.matters import matter as matters
from suyuan.site.acts.talent import people as people_acts
from suyuan.site.acts.talent import training as acts
from suyuan.site.acts.talent.people import View
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.matters.words import late_as
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.text import both, pick
from suyuan.site.web.talent.people_parts import name, title
from suyuan.talent.base import BaseStanding, CourseStanding
from suyuan.talent.joined import own
from suyuan.talent.plan import Plan, Run
from suyuan.verbs.people import standing as verbs

LOOKS = {True: ("valid", "bases.ready"), False: ("failed", "bases.not_ready"), None: ("unknown", "bases.unknown")}
"""Whether a thing can be relied on → state and word."""


def bases(request: HttpRequest) -> HttpResponse:
    """The list of bases, courses, applications and the plan."""
    seen = people_acts.view(request.user)
    found = verbs.base_standings(seen.known)
    plan = verbs.training_plan(seen.known)
    mine = applications(request, seen)
    context = {
        "lead": lead(found, plan, seen), "rows": [_row(one) for one in found],
        "courses": [course_row(one, seen) for base in found for one in base.courses],
        "plan": [run_row(run, seen) for run in plan.runs], "span": plan, "left": _left(plan, seen),
        "mine": mine, "may_learn": service.may(request.user, acts.LEARN),
        "may_teach": service.may(request.user, "teach"),
        "may_base": service.may(request.user, *service.MAY_DELIVER["training_base"]),
        "inside": bool(seen.works) or seen.authorises,
    }  # fmt: skip
    return render(request, "bases.html", context)


def lead(found: Sequence[BaseStanding], plan: Plan, seen: View) -> SafeString:
    """The answer: how many courses can be held today, and what the gaps ask for."""
    return both(*(_sentence(found, plan, code) for code in ("zh", "en")))


def _sentence(found: Sequence[BaseStanding], plan: Plan, language: Language) -> str:
    if not found:
        return term("bases.lead.none", language)
    courses = [one for base in found for one in base.courses]
    ready = sum(one.ready is True for one in courses)
    key = "bases.lead" if ready else "bases.lead.not_one"
    said = term(key, language, bases=counted("bases", len(found), language),
                courses=counted("courses", len(courses), language), ready=ready)  # fmt: skip
    seats = sum(run.seats for run in plan.runs)
    gap = " " if language == "en" else ""
    if seats:
        said += gap + term("bases.lead.plan", language, runs=counted("courseruns", len(plan.runs), language),
                           seats=counted("seats", seats, language))  # fmt: skip
    if plan.uncovered:
        said += gap + term("bases.lead.uncovered", language, units=len(plan.uncovered))
    return said[:1].upper() + said[1:]


def _row(one: BaseStanding) -> dict[str, Any]:
    base = one.base
    return {
        "id": base.id, "name": base.name, "organisation": base.organisation, "capacity": base.capacity,
        "address": reverse("base", args=[base.id]), "demo": base.demo,
        "equipment": sum(c.good is True for c in one.equipment), "of": len(one.equipment),
        "teachers": sum(c.good is True for c in one.instructors), "of_teachers": len(one.instructors),
        "courses": len(one.courses), "ready": sum(c.ready is True for c in one.courses),
        "sound": all(c.good is True for c in (*one.equipment, *one.instructors)),
    }  # fmt: skip


def course_row(one: CourseStanding, seen: View) -> dict[str, Any]:
    """A course with its run, its seats and whether it can be held."""
    course = one.course
    state, word = LOOKS[one.ready]
    taken = seats_taken(seen, course.id, course.start.isoformat() if course.start else "")
    return {
        "id": course.id, "title": course.title, "base": course.base, "address": reverse("base", args=[course.base]),
        "units": [title(seen.records, u) for u in course.units], "hours": course.hours, "days": course.days,
        "seats": course.seats, "free": max(0, course.seats - taken), "start": course.start, "price": course.price,
        "currency": course.currency, "state": state, "word": word, "reasons": one.reasons,
        "over": course.start is not None and course.start < seen.day, "gives": course.gives,
    }  # fmt: skip


def seats_taken(seen: View, course: str, start: str) -> int:
    """How many were admitted to a run."""
    count = 0
    for matter in seen.known.matters_of("training"):
        admitted = next((e for e in reversed(matter.events) if e.act == "admitted"), None)
        gone = any(e.act in ("withdrawn", "missed") for e in matter.events)
        if admitted is not None and not gone and matter.fields.get("course") == course:
            count += str(admitted.content.get("start", "")) == start
    return count


def run_row(run: Run, seen: View) -> dict[str, Any]:
    """One run of the plan; names only for whoever may see them."""
    courses = {row.id: row for row in seen.known.rows("course")}
    course = courses.get(run.course)
    named = [name(seen.records, p) for p in run.persons if seen.whole(p)]
    return {
        "start": run.start, "end": run.end, "title": course.title if course else {"": run.course}, "seats": run.seats,
        "persons": named, "others": run.seats - len(named),
        "address": reverse("base", args=[run.base]) if run.base else "",
    }  # fmt: skip


def _left(plan: Plan, seen: View) -> list[dict[str, Any]]:
    """What the plan has no place for: units without a course that can be held, courses that are full."""
    wanted: dict[str, int] = {}
    for demand in verbs.demands(seen.known):
        wanted[demand.unit] = wanted.get(demand.unit, 0) + max(len(demand.persons), demand.short)
    rows = [
        {"what": title(seen.records, unit), "why": term("bases.left.no_course"), "many": wanted.get(unit, len(persons))}
        for unit, persons in plan.uncovered.items()
    ]
    courses = {row.id: row for row in seen.known.rows("course")}
    rows += [
        {"what": pick(courses[id].title)[0] if id in courses else id, "why": term("bases.left.full"), "many": seats}
        for id, seats in plan.left.items()
    ]
    return rows


def applications(request: HttpRequest, seen: View) -> list[dict[str, Any]]:
    """The applications that somebody has a part in, those that wait first."""
    waiting = {v.key for v in matters.waiting(request.user, "training")}
    views = [v for v in matters.listed(request.user, "training") if v.roles]
    views.sort(key=lambda v: (v.key not in waiting, v.where.due or clock.today()))
    return [
        {"number": v.matter.number, "title": v.matter.title, "state": v.where.state.title, "due": v.where.due,
         "late": v.where.overdue, "late_as": late_as("bases.late", v.where), "mine": v.key in waiting,
         "address": reverse("training", args=[v.matter.number]),
         "who": applicant(seen, v), "ended": v.where.ended}
        for v in views
    ]  # fmt: skip


def applicant(seen: View, view: matters.Seen) -> str:
    """The trainee's name, else the account."""
    account = next(iter(view.matter.holders("applicant")), "")
    known = seen.records.known_as.get(account, ())
    return name(seen.records, known[0]) if len(known) == 1 else account


def plan_excel(request: HttpRequest) -> HttpResponse:
    """The training plan as an Excel file."""
    seen = people_acts.view(request.user)
    plan = verbs.training_plan(seen.known)
    heads = [term(k) for k in ("bases.start", "bases.end", "bases.course", "bases.seats", "bases.persons")]
    body = [
        (run.start, run.end, pick(row["title"])[0], run.seats, ", ".join(row["persons"]))
        for run in plan.runs for row in (run_row(run, seen),)
    ]  # fmt: skip
    answer = HttpResponse(
        sheet(term("bases.plan"), heads, body, (14, 14, 36, 8, 40)),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    answer["Content-Disposition"] = f'attachment; filename="suyuan-training-plan-{seen.day}.xlsx"'
    return answer


def base_name(seen: View, id: str, language: Language | None = None) -> str:
    """What a base is called."""
    row = next((b for b in seen.known.rows("training_base") if b.id == id), None)
    return own(row.name, language or "zh") if row is not None else id
