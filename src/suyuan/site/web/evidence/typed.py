"""Type a paper certificate in: a form that follows the typed document, errors beside their fields, nothing typed lost.

Every button works without JavaScript: it sends the whole form, which comes back as it was typed with one row more, or
with the quantities that it would give, or is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from suyuan.certificate.accuracy_class import rows as class_rows
from suyuan.quantity.finding import Finding, finding, sentences
from suyuan.quantity.notation import rounded_uncertainty
from suyuan.site.acts import clock
from suyuan.site.acts.evidence import certificate as acts
from suyuan.site.acts.evidence import document
from suyuan.site.language import current
from suyuan.site.records.document import Document
from suyuan.site.terms import term
from suyuan.site.web.evidence import classes
from suyuan.site.web.evidence.find import Asked, find
from suyuan.site.web.evidence.results import Single, range_text, single
from suyuan.site.web.parts.rows import SEVERITY
from suyuan.site.web.ways import certificate_way

RESULTS, EQUIPMENT, CORRELATIONS = 40, 20, 60
"""Rows that a form may have; a longer certificate comes as a file."""
SUGGESTED = 12
LINES = re.compile(r"[\n;；]+")

HEAD = ("issuer", "number", "act", "received", "began", "ended", "issued", "valid_until", "basis", "customer")
ITEM = ("item_zh", "item_en", "manufacturer", "model", "serial")
RESULT = ("zh", "en", "value", "unit", "by", "U", "k", "u", "p", "dof", "class", "find", "nominal", "lower", "upper",
          "range_unit")  # fmt: skip
USED = ("zh", "en", "number", "issuer", "sha256")
DAYS = ("received", "began", "ended", "issued", "valid_until")
_DAY = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?")
WAYS = ("U", "u", "class", "none")


@dataclass
class Form:
    """The form as typed. head: fields of the certificate; results, equipment, correlations: rows of text; kept: rows of
    each kind that are not empty; errors: by field name; loose: findings of no single field."""

    head: dict[str, str]
    results: list[dict[str, str]]
    equipment: list[dict[str, str]]
    correlations: list[dict[str, str]]
    kept: dict[str, list[int]] = field(default_factory=dict)
    errors: dict[str, list[Finding]] = field(default_factory=dict)
    loose: list[Finding] = field(default_factory=list)

    @classmethod
    def of(cls, sent: QueryDict) -> Form:
        """From what was sent; rows that were emptied stay where they are, so that nothing moves under the hand."""

        def rows(prefix: str, names: tuple[str, ...], most: int) -> list[dict[str, str]]:
            number = re.compile(rf"{prefix}-(\d{{1,3}})-")
            numbers = {int(m[1]) for key in sent if (m := number.match(key))}
            count = min(max(numbers, default=-1) + 1, most)
            return [{n: sent.get(f"{prefix}-{i}-{n}", "").strip() for n in names} for i in range(count)]

        head = {name: sent.get(name, "").strip() for name in (*HEAD, *ITEM)}
        return cls(
            head,
            rows("r", RESULT, RESULTS) or [_empty(RESULT)],
            rows("e", USED, EQUIPMENT),
            rows("c", ("i", "j", "r"), CORRELATIONS),
        )


def _empty(names: tuple[str, ...]) -> dict[str, str]:
    return {name: "" for name in names}


@require_http_methods(["GET", "POST"])
def type_in(request: HttpRequest) -> HttpResponse:
    """The form: blank, with a row more, with its preview, or kept."""
    if not acts.may_receive(request.user):
        raise PermissionDenied
    document.current()
    form = Form.of(request.POST)
    act = request.POST.get("do", "") if request.method == "POST" else ""
    preview: list[dict[str, Any]] | None = None
    ready, status = False, 200
    if request.method == "GET":
        form.equipment = [_empty(USED)]
    _act_on_rows(form, act)
    if act in ("preview", "save"):
        fields, troubles = fields_of(form)
        made = acts.typed(fields)
        if act == "save" and made.usable and not troubles:
            kept, added = acts.type_in(request.user, fields)
            if added is not None and added.stored:
                said = "typed.kept" if added.new else "typed.known"
                messages.success(request, term(said, number=added.number, issuer=added.issuer))
                return _gone_to(request, certificate_way(added.digest))
            made = kept
        _place(form, (*troubles, *made.findings))
        ready = made.usable and not any(f.severity == "error" for f in troubles)
        preview = _preview(made) if made.certificate is not None else None
        status = 200 if ready else 422
    context = {
        "form": form,
        "head": {n: _cell(form, n, form.head[n]) for n in form.head},
        "results": [_result(form, n, row) for n, row in enumerate(form.results)],
        "equipment": [_used(form, n, row) for n, row in enumerate(form.equipment)],
        "correlations": [
            {n: _cell(form, f"c-{i}-{n}", row[n]) for n in row} for i, row in enumerate(form.correlations)
        ],
        "preview": preview,
        "ready": ready,
        "asked": act,
        "loose": form.loose,
        "wrong": sum(len(found) for found in form.errors.values()) + len(form.loose),
        "ways": [{"value": way, "term": f"typed.by.{way}"} for way in WAYS],
    }
    if request.headers.get("HX-Request") == "true":
        # htmx swaps in only what succeeded; a form with errors is an answer too.
        return render(request, "part/typing.html", context)
    return render(request, "typed.html", context, status=status)


def _gone_to(request: HttpRequest, address: str) -> HttpResponse:
    """To another page; htmx would follow a plain redirect and put that page into the form's place."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _act_on_rows(form: Form, act: str) -> None:
    if act == "add_result" and len(form.results) < RESULTS:
        form.results.append(_empty(RESULT) | {"unit": form.results[-1]["unit"], "by": form.results[-1]["by"]})
    elif act == "add_equipment" and len(form.equipment) < EQUIPMENT:
        form.equipment.append(_empty(USED))
    elif act == "add_correlation" and len(form.correlations) < CORRELATIONS:
        form.correlations.append({"i": "", "j": "", "r": ""})
    elif act.startswith("drop-"):
        kind, _, number = act.removeprefix("drop-").partition("-")
        rows = {"r": form.results, "e": form.equipment, "c": form.correlations}.get(kind, [])
        if number.isdigit() and int(number) < len(rows):
            del rows[int(number)]
        if not form.results:
            form.results.append(_empty(RESULT))


# ---------------------------------------------------------------- from the form to the document


def fields_of(form: Form) -> tuple[dict[str, Any], list[Finding]]:
    """The typed document, and what only the form can know: certificates that are not here, rows half filled."""
    troubles: list[Finding] = []
    fields: dict[str, Any] = {name: form.head[name] for name in HEAD}
    for name in DAYS:
        fields[name] = form.head[name] = iso_day(form.head[name])
    item_name = {"zh": form.head["item_zh"], "en": form.head["item_en"]}
    fields["item"] = {"name": item_name} | {n: form.head[n] for n in ("manufacturer", "model", "serial")}
    for kind, rows in (("results", form.results), ("equipment", form.equipment), ("correlations", form.correlations)):
        # Rows left empty stay on the page and out of the document; findings are led back to the rows as typed.
        form.kept[kind] = [n for n, row in enumerate(rows) if any(v for k, v in row.items() if k not in ("by", "find"))]
    fields["results"] = [_result_fields(form.results[n]) for n in form.kept["results"]]
    fields["equipment"] = [
        _equipment_fields(m, form.equipment[n], troubles) for m, n in enumerate(form.kept["equipment"])
    ]
    fields["correlations"] = [
        [_numbered(form, row["i"]), _numbered(form, row["j"]), row["r"]]
        for row in (form.correlations[n] for n in form.kept["correlations"])
    ]
    return {key: value for key, value in fields.items() if value not in ("", [], {})}, troubles


def iso_day(text: str) -> str:
    """A day as people print it, written as the document wants it; what is no day stays as typed.

    >>> iso_day("2026年3月6日"), iso_day("2026.3.6"), iso_day("6 March")
    ('2026-03-06', '2026-03-06', '6 March')
    """
    found = _DAY.fullmatch(text)
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}" if found else text


def _numbered(form: Form, text: str) -> str:
    """People count the rows of the page from one, the document its results from nought."""
    row = int(text) - 1 if text.isdigit() and len(text) < 4 else -1
    return str(form.kept["results"].index(row)) if row in form.kept["results"] else "-1"


def _many(text: str) -> Any:
    """One number, or a list where several lines (or a semicolon) stand in the field."""
    parts = [p.strip() for p in LINES.split(text) if p.strip()]
    return parts if len(parts) > 1 else (parts[0] if parts else "")


def _result_fields(row: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": {"zh": row["zh"], "en": row["en"]}, "unit": row["unit"]}
    made["value"] = _many(row["value"])
    by = row["by"] or "U"
    if by == "U":
        made |= {"U": _many(row["U"]), "k": row["k"], "p": row["p"], "dof": row["dof"]}
    elif by == "u":
        made |= {"u": _many(row["u"]), "dof": row["dof"]}
    elif by == "class":
        nominal = row["nominal"] or (row["value"] if not LINES.search(row["value"]) else "")
        made["class"] = {"row": row["class"], "nominal": nominal, "unit": row["unit"]}
    if row["lower"] or row["upper"]:
        made["range"] = {"lower": row["lower"], "upper": row["upper"], "unit": row["range_unit"] or row["unit"]}
    return made


def _equipment_fields(n: int, row: dict[str, str], troubles: list[Finding]) -> dict[str, Any]:
    """A standard used; a number that one stored certificate bears brings its issuer, its name and its SHA-256."""
    where = f"/equipment/{n}/certificate/number"
    number, _, issuer = (part.strip() for part in row["number"].partition(" · "))
    issuer = row["issuer"] or issuer
    held = Document.objects.certificates().filter(number=number)
    held = held.filter(issuer=issuer) if issuer else held
    found = list(held[:3]) if number else []
    if len(found) == 1:
        one = found[0]
        row |= {"number": one.number, "issuer": one.issuer, "sha256": one.digest}
        row["zh"], row["en"] = row["zh"] or one.name_zh, row["en"] or one.name_en
    elif len(found) > 1 and not row["sha256"]:
        troubles.append(finding("site.typed.ambiguous", where, given=number, count=held.count()))
    elif number and not found and not issuer:
        troubles.append(finding("site.typed.reference", where, given=number))
    elif not found:
        row["sha256"] = ""
    made: dict[str, Any] = {"name": {"zh": row["zh"] or number, "en": row["en"]}}
    if number:
        made["certificate"] = {"issuer": row["issuer"] or issuer, "number": number, "sha256": row["sha256"]}
    return made


_PLACES = (
    (re.compile(r"^/item/name(?:/(zh|en))?$"), lambda m: f"item_{m[1] or 'zh'}"),
    (re.compile(r"^/item/(manufacturer|model|serial)$"), lambda m: m[1]),
    (re.compile(r"^/item$"), lambda m: "item_zh"),
    (re.compile(r"^/results/(\d+)/(value|unit|U|k|u|p|dof)(?:/\d+)?$"), lambda m: f"r-{m[1]}-{m[2]}"),
    (re.compile(r"^/results/(\d+)/name(?:/(zh|en))?$"), lambda m: f"r-{m[1]}-{m[2] or 'zh'}"),
    (re.compile(r"^/results/(\d+)/range/(lower|upper)$"), lambda m: f"r-{m[1]}-{m[2]}"),
    (re.compile(r"^/results/(\d+)/range/unit$"), lambda m: f"r-{m[1]}-range_unit"),
    (re.compile(r"^/results/(\d+)/class/(nominal|reading)$"), lambda m: f"r-{m[1]}-nominal"),
    (re.compile(r"^/results/(\d+)/class"), lambda m: f"r-{m[1]}-class"),
    (re.compile(r"^/results/(\d+)"), lambda m: f"r-{m[1]}-value"),
    (re.compile(r"^/results$"), lambda m: "r-0-value"),
    (re.compile(r"^/equipment/(\d+)/name"), lambda m: f"e-{m[1]}-zh"),
    (re.compile(r"^/equipment/(\d+)/certificate/issuer"), lambda m: f"e-{m[1]}-issuer"),
    (re.compile(r"^/equipment/(\d+)"), lambda m: f"e-{m[1]}-number"),
    (re.compile(r"^/correlations/(\d+)"), lambda m: f"c-{m[1]}-r"),
    (re.compile(rf"^/({'|'.join(HEAD)})$"), lambda m: m[1]),
)
"""JSON pointer of a finding → the field beside which it is shown."""


_ROW = re.compile(r"^/(results|equipment|correlations)/(\d+)")


def _row_of(form: Form, kind: str, n: int) -> int:
    """The row of the page that became the n-th of the document."""
    kept = form.kept.get(kind, [])
    return kept[n] if n < len(kept) else n


def _place(form: Form, found: tuple[Finding, ...]) -> None:
    for item in dict.fromkeys(found):
        where = _ROW.sub(lambda m: f"/{m[1]}/{_row_of(form, m[1], int(m[2]))}", item.where, count=1)
        name = next((of(m) for pattern, of in _PLACES if (m := pattern.match(where))), "")
        if name:
            form.errors.setdefault(name, []).append(item)
        else:
            form.loose.append(item)


# ---------------------------------------------------------------- what the page shows


def _cell(form: Form, name: str, value: str) -> dict[str, Any]:
    found = form.errors.get(name, [])
    tone = "bad" if any(f.severity == "error" for f in found) else "warn" if found else ""
    told = []
    for item in found:
        mark, its_tone = SEVERITY[item.severity]
        said = sentences(item, current())
        if item.code == "typed.field.missing":
            # Beside its field it needs no name, least of all that of the document's own field.
            said = {"what": term("typed.needed"), "remedy": term("typed.needed.remedy")}
        told.append({"mark": mark, "tone": its_tone, "word": term(f"state.{item.severity}"), "what": said["what"],
                     "remedy": said["remedy"]})  # fmt: skip
    return {"name": name, "value": value, "told": told, "tone": tone}


def _result(form: Form, n: int, row: Mapping[str, str]) -> dict[str, Any]:
    cells: dict[str, Any] = {name: _cell(form, f"r-{n}-{name}", row[name]) for name in RESULT}
    cells["lines"] = min(12, len(LINES.findall(row["value"])) + 1)
    chosen = class_rows().get(row["class"])
    at = row["nominal"] or row["value"], row["unit"]
    return {
        "n": n, "count": n + 1, "cells": cells, "by": row["by"] or "U",
        "class_row": classes.shown(chosen, *at) if chosen else None,
        "classes": classes.groups(row["find"], row["class"], *at) if row["by"] == "class" else [],
    }  # fmt: skip


def _used(form: Form, n: int, row: Mapping[str, str]) -> dict[str, Any]:
    cells = {name: _cell(form, f"e-{n}-{name}", row[name]) for name in USED}
    return {"n": n, "count": n + 1, "cells": cells, "digest": row["sha256"],
            "address": certificate_way(row["sha256"]) if row["sha256"] else ""}  # fmt: skip


def _preview(made: acts.Typed) -> list[dict[str, Any]]:
    """The quantities that an evaluation would take: value, standard uncertainty, degrees of freedom."""
    rows = []
    assert made.certificate is not None
    for q in made.certificate.quantities():
        y = made.quantities.get(q.place)
        shown: list[Single] = []
        if q.value.size == 1:
            shown = [single(q, y, None, None)]
        u = None if y is None else np.ravel(y.u)
        rows.append(
            {
                "name": q.name, "count": int(q.value.size), "shown": shown[0] if shown else None,
                "first": q.printed[0] if q.printed else "", "last": q.printed[-1] if q.printed else "",
                "unit": y.unit.symbol if y is not None else q.unit, "usable": y is not None,
                "u": None if u is None or not u.size else _spread(float(u.max())),
                "u_unit": y.unit.as_difference().symbol if y is not None else "",
                "dof": None if y is None else ("∞" if np.isinf(np.min(y.dof)) else f"{float(np.min(y.dof)):.3g}"),
                "class_row": classes.shown(class_rows()[q.class_row]) if q.class_row in class_rows() else None,
                "range": range_text(q),
            }
        )  # fmt: skip
    return rows


def _spread(u: float) -> str:
    return format(rounded_uncertainty(u), "f") if u > 0.0 else "0"


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Stored certificates that a few letters may mean, as options of the number field."""
    document.current()
    words = next((str(v) for k, v in request.GET.items() if k.startswith("e-") and k.endswith("-number")), "")
    asked = Asked(words[:80])
    rows = find(asked, clock.today(), clock.due()).certificates() if words.strip() else Document.objects.none()
    return render(request, "part/suggested.html", {"rows": rows[:SUGGESTED]})


@require_safe
def class_status(request: HttpRequest) -> HttpResponse:
    """What stands behind a chosen row of the class table: its standard, its clause, its status."""
    asked = _asked(request)
    row = class_rows().get(asked["class"])
    shown = classes.shown(row, asked["nominal"] or asked["value"], asked["unit"]) if row is not None else None
    return render(request, "part/class_row.html", {"class_row": shown})


@require_safe
def class_options(request: HttpRequest) -> HttpResponse:
    """The rows of the class table that a few words mean, each with its limit at the nominal value typed so far."""
    asked = _asked(request)
    found = classes.groups(asked["find"][:80], asked["class"], asked["nominal"] or asked["value"], asked["unit"])
    return render(request, "part/class_options.html", {"classes": found, "chosen": asked["class"]})


def _asked(request: HttpRequest) -> dict[str, str]:
    """The fields of the one row of results that asks."""
    return {name: next((str(v) for k, v in request.GET.items() if k.startswith("r-") and k.endswith(f"-{name}")), "")
            for name in ("class", "find", "nominal", "value", "unit")}  # fmt: skip
