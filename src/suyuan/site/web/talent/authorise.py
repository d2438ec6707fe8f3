"""Grant, suspend, resume, withdraw an authorisation; record a new edition of a method; put evidence in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from suyuan.quantity.finding import Finding, Refused
from suyuan.site.acts import clock, service
from suyuan.site.acts.talent import authorise as writing
from suyuan.site.acts.talent import people as acts
from suyuan.site.acts.talent.people import View
from suyuan.site.terms import term
from suyuan.site.web.parts.text import pick
from suyuan.site.web.talent.people_parts import (
    beside,
    evidence_word,
    field,
    name,
    options,
    person_way,
    several,
    standing_html,
    title,
    unit_facts,
    what,
)
from suyuan.site.web.talent.person import item_shown, unit_shown
from suyuan.talent.gap import employers
from suyuan.talent.joined import shares
from suyuan.talent.records import EVIDENCE_KINDS
from suyuan.talent.standing import requirements_met
from suyuan.verbs.people import standing as verbs

GRANT = ("person", "unit", "valid_from", "valid_until", "edition")
EVENT = ("kind", "day", "reason", "edition")
REVISE = ("method", "edition", "day", "reason")
EVIDENCE = ("person", "kind", "unit", "day", "valid_until", "value", "good", "title", "assessor", "course")


@require_http_methods(["GET", "POST"])
def authorise(request: HttpRequest) -> HttpResponse:
    """Grant one: person, unit, basis out of the person's evidence, period."""
    service.require(request.user, acts.AUTHORISE)
    seen = acts.view(request.user)
    if request.method == "GET":
        given = {key: request.GET.get(key, "")[:400] for key in GRANT}
        return _grant_page(request, seen, given, request.GET.getlist("basis"), ())
    given, basis = several(request, GRANT), request.POST.getlist("basis")[:100]
    if request.POST.get("do") == "look":
        return _grant_page(request, seen, given, basis, ())
    try:
        told = {"lacking": request.POST.get("lacking", "")[:4000]}
        _, worth = writing.grant(request.user, seen, {**given, **told}, basis)
    except Refused as refused:
        return _grant_page(request, seen, given, basis, refused.findings)
    person, unit = name(seen.records, given["person"]), title(seen.records, given["unit"])
    if worth.state in ("authorised", "not_yet"):
        messages.success(request, term("authorise.done", person=person, unit=unit))
    else:
        why = "; ".join(row["what"] for row in what(worth.reasons[:2]))
        messages.warning(request, term("authorise.done.not", person=person, unit=unit, why=why))
    return redirect(person_way(given["person"]) + "#units")


def _grant_page(
    request: HttpRequest, seen: View, given: Mapping[str, str], basis: Iterable[str], found: tuple[Finding, ...]
) -> HttpResponse:
    at, loose = beside(found, (*GRANT, "basis"))
    laboratory, today = acts.own_laboratory(seen), clock.today()
    staff = [
        (id, name(seen.records, id)) for id in seen.records.persons
        if any(shares(e, laboratory) for e in employers(seen.records, id, today))
    ]  # fmt: skip
    units = [(id, title(seen.records, id)) for id in seen.records.units]
    person, unit = given.get("person", ""), seen.records.units.get(given.get("unit", ""))
    items = sorted((e for e in seen.records.evidence if e.person == person and e.day <= today), key=lambda e: e.day)
    chosen = set(basis)
    if not chosen and unit is not None and request.method == "GET":
        met = requirements_met(seen.records, person, unit, today) if person in seen.records.persons else ()
        chosen = {id for one in met for id in one.evidence}
    asked = [("", term("people.choose"))]
    fields = [
        field("authorise", "person", given, at, options=options([*asked, *sorted(staff, key=lambda p: p[1])], person)),
        field("authorise", "unit", given, at, options=options([*asked, *sorted(units, key=lambda p: p[1])],
                                                              given.get("unit", "")), facts=unit_facts(unit)),
        field("authorise", "edition", given, at, hint=unit.edition if unit is not None else ""),
        field("authorise", "valid_from", given, at, type="date", value=today.isoformat()) | {
            "value": given.get("valid_from") or today.isoformat()},
        field("authorise", "valid_until", given, at, type="date"),
    ]  # fmt: skip
    missing = []
    if person in seen.records.persons and unit is not None:
        trial = verbs.stands(seen.known, person, unit.id, laboratory)
        from suyuan.talent.standing import lacking

        missing = what(lacking(seen.records, m, person, unit.id) for m in trial.met if not m.good)
    context = {
        "fields": fields, "loose": loose, "basis_told": at.get("basis", []), "lab": laboratory,
        "items": [item_shown(seen, e) | {"chosen": e.id in chosen} for e in reversed(items)], "missing": missing,
        "lacking": writing.shown_lacking(seen, person, given.get("unit", "")),
        "person": person if person in seen.records.persons else "", "person_name": name(seen.records, person),
        "chosen_both": bool(person and unit), "unknown_lab": not laboratory,
    }  # fmt: skip
    return render(request, "people_authorise.html", context, status=422 if found else 200)


@require_http_methods(["GET", "POST"])
def authorisation(request: HttpRequest, id: str) -> HttpResponse:
    """One authorisation: its history, and what can happen to it."""
    service.require(request.user, acts.AUTHORISE)
    seen = acts.view(request.user)
    granted = acts.authorisation(seen.records, id)
    if granted is None:
        raise Http404
    given: Mapping[str, str] = {"day": clock.today().isoformat()}
    found: tuple[Finding, ...] = ()
    if request.method == "POST":
        given = several(request, EVENT)
        try:
            writing.happened(request.user, seen, id, given["kind"], given)
        except Refused as refused:
            found = refused.findings
        else:
            unit = title(seen.records, granted.unit)
            messages.success(request, term(f"authorise.{given['kind']}.done", person=name(seen.records, granted.person),
                                           unit=unit))  # fmt: skip
            return redirect(person_way(granted.person) + "#units")
    state = next(s for a, s in acts.held(seen.known, granted.person) if a.id == id)
    at, loose = beside(found, EVENT)
    kinds = writing.possible(seen.records, granted, state)
    wanted = given.get("kind") or request.GET.get("kind", "")
    fields = [
        field("authorise", "day", given, at, type="date"),
        field("authorise", "reason", given, at, area=True),
    ]
    if "resumed" in kinds:
        fields.insert(1, field("authorise", "edition", given, at))
    context = {
        "row": unit_shown(seen, granted, state, True), "id": id, "person": name(seen.records, granted.person),
        "address": person_way(granted.person), "kinds": kinds, "wanted": wanted, "fields": fields, "loose": loose,
        "kind_told": at.get("kind", []), "state": standing_html(state), "person_id": granted.person,
        "unit_id": granted.unit,
    }  # fmt: skip
    return render(request, "people_authorisation.html", context, status=422 if found else 200)


@require_http_methods(["GET", "POST"])
def revise(request: HttpRequest) -> HttpResponse:
    """A new edition of a method: which authorisations it stops."""
    service.require(request.user, acts.AUTHORISE)
    seen = acts.view(request.user)
    laboratory = acts.own_laboratory(seen)
    given = {key: request.GET.get(key, "")[:400] for key in REVISE} | {"day": clock.today().isoformat()}
    found: tuple[Finding, ...] = ()
    if request.method == "POST":
        given = several(request, REVISE)
        if request.POST.get("do") != "look":
            try:
                many = writing.revise(request.user, seen, given)
            except Refused as refused:
                found = refused.findings
            else:
                edition = given["edition"]
                said = term("authorise.revised.done", method=given["method"], edition=edition, many=many)
                messages.success(request, said)
                return redirect("people")
    at, loose = beside(found, REVISE)
    methods = sorted({u.method for u in seen.records.units.values() if u.method})
    reached = writing.touched(seen, laboratory, given["method"]) if given["method"] else ()
    context = {
        "fields": [
            field("authorise", "method", given, at, options=options(
                [("", term("people.choose")), *((m, m) for m in methods)], given["method"])),
            field("authorise", "edition", given, at), field("authorise", "day", given, at, type="date"),
            field("authorise", "reason", given, at, area=True),
        ],
        "loose": loose, "method": given["method"],
        "reached": [{"person": name(seen.records, a.person), "address": person_way(a.person),
                     "unit": title(seen.records, a.unit)} for a in reached],
    }  # fmt: skip
    return render(request, "people_revise.html", context, status=422 if found else 200)


@require_http_methods(["GET", "POST"])
def evidence(request: HttpRequest) -> HttpResponse:
    """One piece of evidence of a person, with its document."""
    service.require(request.user, *service.MAY_DELIVER["evidence"])
    seen = acts.view(request.user)
    given = {key: request.GET.get(key, "")[:400] for key in EVIDENCE} | {"good": "1"}
    given["day"] = given["day"] or clock.today().isoformat()
    found: tuple[Finding, ...] = ()
    if request.method == "POST":
        given = several(request, EVIDENCE)
        file = request.FILES.get("document")
        sent = (str(file.name or "file"), str(file.content_type or ""), file.read()) if file is not None else None
        try:
            writing.add_evidence(request.user, seen, given, sent)
        except Refused as refused:
            found = refused.findings
        else:
            messages.success(request, term("evidence.done", person=name(seen.records, given["person"])))
            return redirect(person_way(given["person"]) + "#evidence")
    at, loose = beside(found, (*EVIDENCE, "document"))
    ask = [("", term("people.choose"))]
    known = [(id, name(seen.records, id)) for id in seen.records.persons if seen.whole(id)]
    kinds = [(k, evidence_word(k)) for k in EVIDENCE_KINDS]
    units = [("", term("evidence.all_units")), *((id, title(seen.records, id)) for id in seen.records.units)]
    courses = [("", term("evidence.no_course")), *((c.id, pick(c.title)[0]) for c in seen.known.rows("course"))]
    goods = [("1", term("evidence.good.yes")), ("0", term("evidence.good.no"))]
    fields = [
        field("evidence", "person", given, at, options=options([*ask, *sorted(known, key=lambda p: p[1])],
                                                               given["person"])),
        field("evidence", "kind", given, at, options=options(kinds, given["kind"])),
        field("evidence", "unit", given, at, options=options(units, given["unit"])),
        field("evidence", "day", given, at, type="date"), field("evidence", "valid_until", given, at, type="date"),
        field("evidence", "good", given, at, options=options(goods, given["good"])),
        field("evidence", "value", given, at, numeric=True), field("evidence", "assessor", given, at),
        field("evidence", "course", given, at, options=options(courses, given["course"])),
        field("evidence", "title", given, at, wide=True),
    ]  # fmt: skip
    context = {"fields": fields, "loose": loose, "document_told": at.get("document", [])}
    return render(request, "people_evidence.html", context, status=422 if found else 200)
