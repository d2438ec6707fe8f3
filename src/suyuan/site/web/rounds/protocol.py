"""The page of a protocol: a form, faults beside their fields, a preview, and the version that is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from suyuan.comparison.methods import METHODS
from suyuan.comparison.round.protocol import DriftModel, Protocol, RouteKind, Score
from suyuan.quantity.finding import Finding, Refused, errors, finding, sentences
from suyuan.site.acts import clock
from suyuan.site.acts.rounds import one as acts
from suyuan.site.acts.rounds import protocol as form
from suyuan.site.acts.rounds.protocol import Draft
from suyuan.site.acts.rounds.save import objections, save_protocol
from suyuan.site.language import current
from suyuan.site.records.comparison import Round
from suyuan.site.terms import term
from suyuan.site.web.parts.rows import SEVERITY
from suyuan.site.web.rounds.example import example
from suyuan.site.web.rounds.facts import method_word
from suyuan.site.web.shell import laboratory

LARGEST = 2_000_000
PARTS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("about", ("number", "title_zh", "title_en", "organiser_zh", "organiser_en", "purpose_zh", "purpose_en"), ""),
    ("standards", (), "standards"),
    ("measurands", (), "measurands"),
    ("members", (), "members"),
    ("dates", ("opens", "closes", "remark_days"), ""),
    ("route", ("kind",), "legs"),
    ("result", ("uncertainty", "budget", "certificate", "instructions_zh", "instructions_en"), ""),
    ("reference", ("method", "drift", "degree", "repeats", "constants", "draws", "seed"), "given"),
    ("decision", ("score", "limit", "questionable", "coverage"), ""),
    ("secrecy", ("blind", "public", "confidentiality_zh", "confidentiality_en"), ""),
)
"""Sections of the form: name, single fields, kind of rows."""
LONG = frozenset(f"{name}_{lang}" for name in ("purpose", "instructions", "confidentiality") for lang in ("zh", "en"))
TYPES: Mapping[str, str] = {"opens": "date", "closes": "datetime-local", "arrives": "date", "leaves": "date"}
NEEDED = frozenset((
    "number", "title_zh", "organiser_zh", "purpose_zh", "opens", "closes", "id", "name_zh", "quantity", "unit", "code",
    "organisation_zh", "account", "standard", "member", "arrives", "leaves",
))  # fmt: skip


def methods() -> tuple[str, ...]:
    """Every way to a reference value, in the order of the table."""
    return tuple(METHODS)


def choices(name: str, draft: Draft) -> list[tuple[str, str]]:
    """(value, word) of a field that is chosen from a list; empty for one that is typed."""
    if name == "method":
        return [(m, method_word(m)) for m in methods()]
    listed: Mapping[str, tuple[str, ...]] = {
        "kind": get_args(RouteKind),
        "uncertainty": ("expanded", "standard"),
        "drift": get_args(DriftModel),
        "score": get_args(Score),
        "constants": ("exact", "printed"),
    }
    return [(value, term(f"comparison.choice.{name}.{value}")) for value in listed.get(name, ())]


def protocol(request: HttpRequest, number: str = "") -> HttpResponse:
    """A new protocol, or the next version of one that has not opened."""
    user: Any = request.user
    if not acts.may(user, acts.PILOT):
        raise PermissionDenied
    view = acts.seen(number, user) if number else None
    if view is not None and view.part != "pilot":
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, _first(request, view), number, view)
    do = request.POST.get("do", "check")
    draft = form.read_form(request.POST)
    try:
        if do == "upload":
            return _page(request, form.draft_of(_uploaded(request)), number, view, told=True)
        if do == "route":
            return _page(request, form.with_route(draft), number, view)
        if do.startswith(("more-", "less-")):
            return _page(request, form.changed(draft, do), number, view)
    except Refused as refused:
        return _page(request, draft, number, view, refused.findings)
    if do == "show":
        return _page(request, draft, number, view)
    return _check(request, do, draft, number, view)


def _check(request: HttpRequest, do: str, draft: Draft, number: str, view: Any) -> HttpResponse:
    user: Any = request.user
    made, data, found = form.checked(draft, _version(view), settings.DEMO)
    found = (*found, *_own(draft))
    if do != "json" and made is not None:
        found = (*found, *objections(user, made, number))
    if do == "json":
        response = HttpResponse(data, content_type="application/json; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="protocol.json"'
        return response
    if do == "save" and made is not None and not errors(found):
        try:
            row = save_protocol(user, data, made, number)
        except Refused as refused:
            return _page(request, draft, number, view, (*found, *refused.findings))
        messages.success(request, term("comparison.saved", number=row.number, version=row.version))
        return redirect("comparison", number=row.number)
    return _page(request, draft, number, view, found, made if not errors(found) else None)


def _own(draft: Draft) -> Iterable[Finding]:
    """What this site asks beyond what every protocol needs."""
    number = draft.text["number"]
    if number and (number in ("new",) or any(c in number for c in "/?#%\\") or number.startswith(".")):
        yield finding("site.comparison.number_form", "/number", given=number)


def _version(view: Any) -> int:
    return view.protocol.version + 1 if view is not None else 1


def _uploaded(request: HttpRequest) -> bytes:
    file = request.FILES.get("upload")
    if file is None:
        raise Refused(finding("site.comparison.no_file", "upload"))
    if file.size is not None and file.size > LARGEST:
        raise Refused(finding("site.comparison.large", "upload", size=f"{file.size / 1e6:.1f}", limit=LARGEST // 10**6))
    return bytes(file.read())


def _first(request: HttpRequest, view: Any) -> Draft:
    """The form to begin with: the version that holds, a copy of another round, the example, or a blank one."""
    user: Any = request.user
    if view is not None:
        return form.draft_of(bytes(view.row.protocol))
    copied = request.GET.get("from", "")
    if copied:
        other = acts.seen(copied, user)
        draft = form.draft_of(bytes(other.row.protocol))
        return form._with(draft, text=dict(draft.text) | {"number": "", "opens": "", "closes": ""},
                          rows=dict(draft.rows) | {"legs": ()})  # fmt: skip
    if request.GET.get("template") == "ring":
        return form.draft_of(example(clock.today(), user.get_username(), settings.DEMO))
    return form.blank(clock.today(), user.get_username(), laboratory())


def _page(
    request: HttpRequest, draft: Draft, number: str, view: Any, found: Iterable[Finding] = (),
    made: Protocol | None = None, *, told: bool = False,
) -> HttpResponse:  # fmt: skip
    if told:
        _, _, found = form.checked(draft, _version(view), settings.DEMO)
    found = tuple(dict.fromkeys(found))
    beside: dict[str, list[Finding]] = {}
    for item in found:
        beside.setdefault(form.field_of(item.where, draft) if item.where.startswith("/") else item.where, []).append(
            item
        )
    parts = [_part(name, fields, kind, draft, beside) for name, fields, kind in PARTS]
    shown = {f["name"] for p in parts for f in p["fields"]} | {r["kind"] for p in parts for r in p["kinds"]}
    shown |= {f["name"] for p in parts for r in p["kinds"] for row in r["rows"] for f in row["fields"]} | {"upload"}
    wrong, kinds = errors(found), {*form.ROWS, "beside"}
    context = {
        "number": number,
        "version": _version(view),
        "parts": parts,
        "draft": draft,
        "loose": [item for name, items in beside.items() if name not in shown for item in items],
        "wrong": len(wrong),
        "faults": [
            {"address": f"#{'x' if name in kinds else 'i'}-{name}", **sentences(item, current())}
            for name, items in beside.items()
            if name in shown
            for item in errors(items)
        ],
        "checked": made is not None,
        "made": made,
        "preview": _preview(made),
        "upload_told": said_beside(beside.get("upload", ())),
        "rest": json.dumps(draft.rest, ensure_ascii=False),
        "copies": [r.number for r in Round.objects.filter(account=request.user.get_username())][:20]
        if not number
        else [],
    }
    return render(request, "comparison_protocol.html", context)


def _preview(made: Protocol | None) -> Mapping[str, Any] | None:
    from suyuan.site.web.rounds.facts import facts

    return {"facts": facts(made, named=True), "digest": made.digest} if made is not None else None


def _part(name: str, fields: tuple[str, ...], kind: str, draft: Draft, beside: Mapping[str, Any]) -> dict[str, Any]:
    cells = [_single(field, draft, beside) for field in fields]
    kinds = [_rows(kind, draft, beside)] if kind and (kind != "given" or draft.text["method"] == "given") else []
    others = [
        {"value": m, "word": method_word(m), "chosen": m in draft.beside}
        for m in methods()
        if m != draft.text["method"]
    ]
    return {
        "name": name,
        "fields": cells,
        "kinds": kinds,
        "beside": others if name == "reference" else [],
        "beside_told": said_beside(beside.get("beside", ())) if name == "reference" else [],
        "route": name == "route",
        "petal": draft.text["kind"] == "petal",
        "known_next": name == "secrecy" and "blind" in draft.ticks and draft.text["kind"] in ("ring", "petal"),
    }


def _single(name: str, draft: Draft, beside: Mapping[str, Any]) -> dict[str, Any]:
    if name in form.TICKS:
        return _cell(name, name, "", beside) | {"tick": True, "on": name in draft.ticks}
    cell = _cell(name, name, draft.text[name], beside)
    return cell | {"options": choices(name, draft), "area": name in LONG}


def _rows(kind: str, draft: Draft, beside: Mapping[str, Any]) -> dict[str, Any]:
    _, columns = form.ROWS[kind]
    rows = []
    for n, row in enumerate(draft.rows[kind]):
        cells = []
        for column in columns:
            cell = _cell(f"{kind}-{n}-{column}", column, row.get(column, ""), beside)
            if column in ("standard", "member", "measurand"):
                cell["options"] = _named(column, draft, row.get(column, ""))
            cells.append(cell)
        rows.append({"n": n, "fields": cells, "pilot": n == draft.pilot})
    return {"kind": kind, "rows": rows, "told": said_beside(beside.get(kind, ())), "radio": kind == "members"}


def _named(column: str, draft: Draft, value: str) -> list[tuple[str, str]]:
    """What a row may point to: standards, members, measurands of the same form."""
    kind, key = {"standard": ("standards", "id"), "member": ("members", "code"), "measurand": ("measurands", "id")}[
        column
    ]
    names = [row[key] for row in draft.rows[kind] if row[key]]
    return [(name, name) for name in dict.fromkeys(([] if value in names else [value]) + names)]


def _cell(name: str, word: str, value: str, beside: Mapping[str, Any]) -> dict[str, Any]:
    told = said_beside(beside.get(name, ()))
    return {
        "name": name,
        "label": f"comparison.f.{word}",
        "value": value,
        "type": TYPES.get(word, "text"),
        "told": told,
        "bad": any(t["tone"] == "bad" for t in told),
        "needed": word in NEEDED,
    }


def said_beside(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """What is to be said beside a field."""
    rows = []
    for item in found:
        mark, tone = SEVERITY[item.severity]
        rows.append({"mark": mark, "tone": tone, "word": term(f"state.{item.severity}"), **sentences(item, current())})
    return rows
