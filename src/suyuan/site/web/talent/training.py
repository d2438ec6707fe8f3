"""One application for training: where it stands, what I can do, what happened."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from suyuan.procedure.attachment import read_attachment
from suyuan.quantity.finding import Finding, Refused
from suyuan.site.acts import service, store
from suyuan.site.acts.matters import matter as matters
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.acts.talent import people as people_acts
from suyuan.site.acts.talent import training as acts
from suyuan.site.acts.talent.people import View
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.matters.words import late_as
from suyuan.site.web.parts.text import both, day_text
from suyuan.site.web.talent.bases import applicant, course_row
from suyuan.site.web.talent.people_parts import called, in_address
from suyuan.site.web.talent.training_steps import act, course_line, history, steps, unplaced
from suyuan.talent.joined import own
from suyuan.verbs.people import standing as verbs


@require_http_methods(["GET", "POST"])
def training(request: HttpRequest, number: str) -> HttpResponse:
    """The page of an application; for those who have a part in it, and those who may see the person."""
    view = _mine(request, number)
    tried = ""
    given: dict[str, str] = {}
    found: tuple[Finding, ...] = ()
    if request.method == "POST":
        tried, given, found = act(request, "training", number)
        if not found:
            return redirect("training", number)
        view = matters.seen("training", number, request.user)
    seen = people_acts.view(request.user)
    id = str(view.matter.fields.get("course", ""))
    pair = acts.course_of(seen, id)
    standing = next((c for b in verbs.base_standings(seen.known) for c in b.courses if c.course.id == id), None)
    listed = steps(view, tried, given, found)
    if pair is not None and pair[0].start is not None:
        _suggest(listed, pair[0].start.isoformat())
    context: dict[str, Any] = {
        "view": view, "number": number, "title": view.matter.title, "lead": lead(view, seen),
        "who": applicant(seen, view),
        "course": course_row(standing, seen) if standing is not None else None, "steps": listed,
        "line": course_line(view), "events": history(view, seen),
        "loose": unplaced(view, tried, found), "demo_matter": view.matter.demo,
        "record": _record(request, view, id), "here": reverse("training", args=[number]),
        "roles": [(view.procedure.roles.get(r, {"": r}), called(seen, view.matter.holders(r)))
                  for r in view.procedure.roles if view.matter.holders(r)],
    }  # fmt: skip
    return render(request, "training.html", context, status=422 if found else 200)


def _mine(request: HttpRequest, number: str) -> Seen:
    """The application, for its parties and whoever may see the trainee; 404 for others."""
    view = matters.seen("training", number, request.user)
    seen = people_acts.view(request.user)
    if not view.roles and not seen.authorises and not seen.inside(view.matter.organisation):
        raise Http404
    return view


def _suggest(listed: list[dict[str, Any]], start: str) -> None:
    """The announced run is the day that is asked for, where nothing was typed."""
    for row in listed:
        for field in row["fields"]:
            if field["name"] == "start" and not field["value"]:
                field["value"] = start


def _record(request: HttpRequest, view: Seen, course: str) -> str:
    """Where the result is recorded as evidence, for whoever may."""
    person = str(view.matter.fields.get("person", ""))
    if (
        view.where.state.name != "assessed"
        or not person
        or not service.may(request.user, *service.MAY_DELIVER["evidence"])
    ):
        return ""
    return reverse("people_evidence") + f"?person={in_address(person)}&kind=training&course={in_address(course)}"


def lead(view: Seen, seen: View) -> SafeString:
    """The answer: where it stands and whose turn it is."""
    return both(*(_sentence(view, seen, code) for code in ("zh", "en")))


def _sentence(view: Seen, seen: View, language: Language) -> str:
    state = own(view.where.state.title, language)
    if view.where.ended:
        return term("training.lead.ended", language, state=state)
    keeper = own(view.procedure.roles.get(view.where.keeper, {"": view.where.keeper}), language)
    mine = "training.lead.mine" if view.where.keeper in view.roles else "training.lead.theirs"
    said = term(mine, language, state=state, keeper=keeper)
    gap = " " if language == "en" else ""
    if view.where.overdue:
        said += gap + term(late_as("training.lead.late", view.where), language, days=view.where.overdue)
    elif view.where.due is not None:
        said += gap + term("training.lead.due", language, day=day_text(view.where.due, language))
    return said


def file(request: HttpRequest, procedure: str, number: str, digest: str) -> HttpResponse:
    """A document of an application or a mentoring, for whoever sees it."""
    from suyuan.site.web.talent.people_parts import download

    if procedure not in acts.PROCEDURES:
        raise Http404
    view = _mine(request, number) if procedure == "training" else matters.seen(procedure, number, request.user)
    named = {str(d) for e in view.matter.events for d in dict(e.content.get("documents") or {}).values()}
    if digest not in named:
        raise Http404
    try:
        found = read_attachment(store.store().read(digest))[0]
    except Refused:
        raise Http404 from None
    if found is None:
        raise Http404
    return download(found)
