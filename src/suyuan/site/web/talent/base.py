"""One training base: what it trains in, what it relies on today, its courses, and what came of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from suyuan.capability.taxonomy import item_named, items, quantities, quantity_named
from suyuan.quantity.finding import Finding, Refused
from suyuan.site.acts import service
from suyuan.site.acts.day import missing
from suyuan.site.acts.talent import people as people_acts
from suyuan.site.acts.talent import training as acts
from suyuan.site.acts.talent.people import View
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.parts.text import both
from suyuan.site.web.talent.bases import applications, course_row
from suyuan.site.web.talent.people_parts import name, person_way, read_day, title
from suyuan.site.web.ways import certificate_way
from suyuan.talent.base import BaseStanding, Checked, evaluation
from suyuan.verbs.people import standing as verbs


def base(request: HttpRequest, id: str, found: tuple[Finding, ...] = (), tried: str = "") -> HttpResponse:
    """The page of a base; 404 where no register names it."""
    day = read_day(request.GET.get("day", ""))
    seen = people_acts.view(request.user, day)
    one = next((b for b in verbs.base_standings(seen.known) if b.base.id == id), None)
    if one is None:
        raise missing(seen.known, "training_base", "", id)
    row = one.base
    courses = [course_row(c, seen) | {"evaluation": _evaluated(seen, c.course.id)} for c in one.courses]
    context: dict[str, Any] = {
        "base": row, "lead": lead(one), "day": seen.day, "courses": courses, "tried": tried, "found": found,
        "loose": found if tried not in {c["id"] for c in courses} else (),
        "equipment": [_equipment(seen, key, checked) for key, checked in zip(_keys(one), one.equipment, strict=True)],
        "instructors": [_instructor(seen, p, c) for p, c in zip(row.instructors, one.instructors, strict=True)],
        "quantities": [_quantity(q) for q in row.quantities], "items": [_item(i) for i in row.items],
        "units": [title(seen.records, u) for u in row.units], "may_learn": service.may(request.user, acts.LEARN),
        "mine": [m for m in applications(request, seen) if m["number"] in _numbers(seen, one)],
    }  # fmt: skip
    return render(request, "base_one.html", context, status=422 if found else 200)


def _numbers(seen: View, one: BaseStanding) -> set[str]:
    courses = {c.course.id for c in one.courses}
    return {m.number for m in seen.known.matters_of("training") if m.fields.get("course") in courses}


def _keys(one: BaseStanding) -> list[tuple[str, str]]:
    return list(dict.fromkeys((*one.base.equipment, *(k for c in one.courses for k in c.course.equipment))))


def _quantity(word: str) -> str:
    row = quantities().get(quantity_named(word) or "")
    return (row.zh if current() == "zh" else row.en)[0] if row else word


def _item(word: str) -> str:
    row = items().get(item_named(word) or "")
    return (row.zh if current() == "zh" else row.en)[0] if row else word


def _equipment(seen: View, key: tuple[str, str], checked: Checked) -> dict[str, Any]:
    state, word = {True: ("valid", "bases.traceable"), False: ("broken", "bases.not_traceable"),
                   None: ("unknown", "bases.unknown")}[checked.good]  # fmt: skip
    known = seen.known.evidence.by_key.get(key, ())
    said: Any = known[0].items[0].name if known and known[0].items else {"": key[1]}
    return {"issuer": key[0], "number": key[1], "name": said, "state": state, "word": word, "reasons": checked.reasons,
            "address": certificate_way(known[0].digest) if known else ""}  # fmt: skip


def _instructor(seen: View, person: str, checked: Checked) -> dict[str, Any]:
    state, word = {True: ("valid", "bases.may_teach"), False: ("failed", "bases.may_not_teach"),
                   None: ("unknown", "bases.unknown")}[checked.good]  # fmt: skip
    there = person in seen.records.persons
    return {"name": name(seen.records, person), "address": person_way(person, seen.day) if there else "",
            "state": state, "word": word, "reasons": checked.reasons if seen.whole(person) else ()}  # fmt: skip


def _evaluated(seen: View, course: str) -> dict[str, Any]:
    found = evaluation(seen.records, course, seen.day)
    scores = [
        float(e.content["score"]) for m in seen.known.matters_of("training") if m.fields.get("course") == course
        for e in m.events if e.act == "evaluated" and _is_number(e.content.get("score"))
    ]  # fmt: skip
    mean = None if found.mean is None else f"{found.mean:.3g}"
    return {"trained": found.trained, "passed": found.passed, "mean": mean, "said": len(scores),
            "score": f"{sum(scores) / len(scores):.3g}" if scores else ""}  # fmt: skip


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def lead(one: BaseStanding) -> SafeString:
    """The answer: whether what the base relies on holds, and which courses can be held."""
    return both(*(_sentence(one, code) for code in ("zh", "en")))


def _sentence(one: BaseStanding, language: Language) -> str:
    gap = " " if language == "en" else ""
    broken = sum(c.good is False for c in one.equipment)
    unknown = sum(c.good is None for c in one.equipment)
    parts = []
    if not one.equipment:
        parts.append(term("base.lead.no_equipment", language))
    elif broken or unknown:
        key = "base.lead.broken" if broken and not unknown else "base.lead.unknown" if not broken else "base.lead.both"
        parts.append(term(key, language, broken=broken, unknown=unknown, of=len(one.equipment)))
    else:
        parts.append(term("base.lead.sound", language, of=len(one.equipment)))
    good = sum(c.good is True for c in one.instructors)
    parts.append(term("base.lead.teachers", language, good=good, of=len(one.instructors)))
    ready = sum(c.ready is True for c in one.courses)
    parts.append(term("base.lead.courses", language, ready=ready, of=len(one.courses)))
    return gap.join(parts)


@require_POST
def apply(request: HttpRequest, id: str) -> HttpResponse:
    """Apply for a course of the base; refused, the page comes back with the reason beside the course."""
    seen = people_acts.view(request.user)
    course = request.POST.get("course", "")[:200]
    try:
        view = acts.apply(request.user, seen, course)
    except Refused as refused:
        return base(request, id, refused.findings, course)
    messages.success(request, term("training.applied", number=view.matter.number))
    return redirect("training", view.matter.number)
