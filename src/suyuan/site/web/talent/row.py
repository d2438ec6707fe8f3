"""A form for one new row: competence unit, requirement, training base, course; many at once go by the workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from suyuan.quantity.finding import Refused
from suyuan.site.acts import service
from suyuan.site.acts.talent import authorise as writing
from suyuan.site.acts.talent import people as acts
from suyuan.site.acts.talent import row as rows
from suyuan.site.acts.talent.people import View
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.parts.text import both, pick
from suyuan.site.web.talent.people_parts import beside, name, title
from suyuan.talent.gap import employers
from suyuan.talent.joined import shares
from suyuan.verbs.register.columns.table import Column, columns

BACK = {"competence_unit": "people", "requirement": "people", "training_base": "bases", "course": "bases"}
TYPES = {"day": "date"}
MANY = ("choices", "words")
NUMBERS = ("number", "whole")


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """One new row of a kind; a refused one comes back as it was typed, with what is wrong beside each field."""
    if kind not in rows.KINDS:
        raise Http404
    service.require(request.user, *service.MAY_DELIVER[kind])
    seen = acts.view(request.user)
    fields = rows.asked(kind)
    if request.method == "GET":
        given = {column.path: request.GET.get(column.path, "")[:200] for column in fields}
        return _page(request, seen, kind, {**given, "id": given["id"] or rows.free_id(seen, kind)})
    given = {column.path: _typed(request, column) for column in fields}
    try:
        id = rows.add(request.user, seen, kind, given)
    except Refused as refused:
        at, loose = beside(refused.findings, [column.path for column in fields])
        return _page(request, seen, kind, given, at, loose)
    messages.success(request, term("row.done", kind=columns(kind).title.get(current(), kind), id=id))
    return redirect(BACK[kind])


def _typed(request: HttpRequest, column: Column) -> str:
    """What a field holds: of several ticks the words of one cell."""
    given = [text.strip()[:2000] for text in request.POST.getlist(column.path)[:200]]
    return ";".join(text for text in given if text) if column.type in MANY else (given[0] if given else "")


def _page(
    request: HttpRequest, seen: View, kind: str, given: Mapping[str, str], at: Mapping[str, Any] | None = None,
    loose: Iterable[Any] = (),
) -> HttpResponse:  # fmt: skip
    told = at or {}
    known = columns(kind)
    context = {
        "kind": kind, "title": both(term(f"row.new.{kind}", "zh"), term(f"row.new.{kind}", "en")),
        "called": term(f"row.new.{kind}"),
        "fields": [_field(seen, column, given, told) for column in rows.asked(kind)],
        "lab": acts.own_laboratory(seen), "loose": list(loose), "back": reverse(BACK[kind]),
        "template": reverse("register_template", args=[kind]), "sheet": known.title,
    }  # fmt: skip
    return render(request, "people_row.html", context, status=422 if told or loose else 200)


def _field(seen: View, column: Column, given: Mapping[str, str], told: Mapping[str, Any]) -> dict[str, Any]:
    value = given.get(column.path, "")
    chosen = {part.strip() for part in value.replace("；", ";").split(";")} if column.type in MANY else {value}
    options = _options(seen, column)
    if options and column.type not in MANY:
        options = [("", term("people.choose")), *options]
    return {
        "name": column.path, "label": both(column.zh, column.en), "note": _note(column),
        "value": value,
        "required": column.required, "type": TYPES.get(column.type, "text"), "numeric": column.type in NUMBERS,
        "several": bool(options) and column.type in MANY, "told": told.get(column.path, []),
        "bad": column.path in told,
        "options": [{"value": v, "label": label, "here": v in chosen} for v, label in options],
    }  # fmt: skip


def _note(column: Column) -> str:
    """How to fill a field in, where that says more than its name; an id here is never an update."""
    if column.path == "id":
        return term("row.id")
    said = column.note.get(current(), "")
    return said if len(said) > len(column.zh if current() == "zh" else column.en) + 3 else ""


def _options(seen: View, column: Column) -> list[tuple[str, str]]:
    """What a field can be: the words of its column, or the rows of the registers that it names."""
    if column.choices:
        first: dict[str, str] = {}
        for word, code in column.choices.items():
            first.setdefault(code, word)
        return [(word, word if current() == "zh" else code.replace("_", " ")) for code, word in first.items()]
    own, records = acts.own_laboratory(seen), seen.records
    if column.path in ("unit", "units"):
        return [(writing.raw(id, own), f"{writing.raw(id, own)} {title(records, id)}") for id in records.units]
    if column.path == "base":
        return [(base.id, f"{base.id} {pick(base.name)[0]}") for base in seen.known.rows("training_base")]
    if column.path == "instructors":
        return [
            (writing.raw(id, own), name(records, id)) for id in records.persons
            if any(shares(e, own) for e in employers(records, id, seen.day))
        ]  # fmt: skip
    return []
