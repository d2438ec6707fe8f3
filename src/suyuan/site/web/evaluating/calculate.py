"""The pages «calculate»: one form a kind, sent whole; it comes back with all that was typed, and the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.site.acts.evaluating import calculation as act
from suyuan.site.acts.evaluating import draft as drafts
from suyuan.site.acts.evaluating.calculation import Calculation, Form
from suyuan.site.acts.evaluating.calculation_fit import COLUMNS
from suyuan.site.acts.evaluating.calculation_risk import ASKED, OTHER, PARAMETERS, SLOTS, VARIABLES
from suyuan.site.acts.evaluating.calculation_type_a import GIVEN
from suyuan.site.terms import term
from suyuan.site.web.beside import cell
from suyuan.site.web.shown import Shown
from suyuan.verbs.examples import example

KINDS = ("line_fit", "polynomial_fit", "curve_fit", "conformity", "anova", "summary_statistics", "coverage_factor")


def slug(kind: str) -> str:
    """How a kind is written in an address."""
    return kind.replace("_", "-")


@require_http_methods(["GET", "HEAD", "POST"])
def calculations(request: HttpRequest) -> HttpResponse:
    """What can be calculated; a case file of any kind opens its page."""
    if request.method == "POST":
        return _open(request)
    return _index(request, ())


def _index(request: HttpRequest, found: tuple[Finding, ...], status: int = 200) -> HttpResponse:
    kinds = [{"kind": kind, "slug": slug(kind), "name": f"calc.{kind}", "say": f"calc.{kind}.say"} for kind in KINDS]
    pasted = request.POST.get("text", "")[: act.LARGEST]
    return render(request, "calculate.html", {"kinds": kinds, "findings": found, "text": pasted}, status=status)


def _open(request: HttpRequest) -> HttpResponse:
    """The page of a case that was dropped or pasted."""
    upload, text = request.FILES.get("file"), request.POST.get("text", "")
    try:
        if upload is not None:
            name = str(upload.name or "")[:200]
            if (upload.size or 0) > act.LARGEST:
                raise Refused(finding("case.too_large", name, size=upload.size, limit=act.LARGEST))
            data = upload.read()
        elif text.strip():
            data, name = text.encode("utf-8"), term("calc.pasted")
        else:
            raise Refused(finding("site.calculate.nothing", "file"))
        case = act.read(data, name)
    except Refused as refused:
        return _index(request, refused.findings, 422)
    return opened(request, case)


def opened(request: HttpRequest, case: Mapping[str, Any]) -> HttpResponse:
    """The page of a case of any kind, filled in and answered."""
    if case["kind"] == "model":
        from suyuan.site.web.evaluating import evaluate

        return evaluate.page(request, drafts.from_case(case), (), shown=True)
    form = act.forms()[case["kind"]]
    return _page(request, form, act.filled(form, case["input"]), shown=True)


@require_http_methods(["GET", "HEAD", "POST"])
def calculation(request: HttpRequest, kind: str) -> HttpResponse:
    """One kind: write, calculate, take the case along."""
    form = act.forms().get(kind.replace("-", "_"))
    if form is None or slug(form.kind) != kind:
        raise Http404
    if request.method != "POST":
        found = example(request.GET.get("example", "")[:100])
        if found is not None and found.kind == form.kind:
            return _page(request, form, act.filled(form, found.input), shown=True, source=found.source)
        return _page(request, form, act.sent(form, {}))
    given, fields = request.POST, act.sent(form, request.POST)
    do = given.get("do", "calculate")
    if do == "xlsx":
        return _excel(request, form, fields)
    if do == "json":
        return _json(request, form, fields)
    return _page(request, form, fields, shown=do == "calculate" or (given.get("shown") == "1" and do == "show"))


def _json(request: HttpRequest, form: Form, fields: Mapping[str, str]) -> HttpResponse:
    case, found = act.document(form, fields)
    if errors(found):
        return _page(request, form, fields, shown=True)
    response = HttpResponse(act.exported(case), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{slug(form.kind)}.json"'
    return response


def _excel(request: HttpRequest, form: Form, fields: Mapping[str, str]) -> HttpResponse:
    from suyuan.site.web.evaluating import take

    made = act.calculate(form, fields)
    if made.answer is None:
        return _page(request, form, fields, shown=True)
    return take.calculation(made, _answer(made), slug(form.kind))


# ---------------------------------------------------------------- the page


def _page(
    request: HttpRequest, form: Form, fields: Mapping[str, str], *, shown: bool = False, source: str = ""
) -> HttpResponse:
    made = act.calculate(form, fields) if shown else None
    answer = _answer(made) if made is not None and made.answer is not None else None
    told = made.findings if made is not None else ()
    choices = _choices(form, fields)
    unseen = {"", *_unseen(form, fields, choices)}
    placed = [(act.field_of(form, f), f) for f in told]
    loose = [f for name, f in placed if name in unseen]
    if answer is not None:
        loose += answer.findings
    context: dict[str, Any] = {
        "kind": form.kind,
        "slug": slug(form.kind),
        "name": f"calc.{form.kind}",
        "lead": f"calc.{form.kind}.lead",
        "title": fields.get("title", ""),
        "form_part": f"part/ask_{form.kind}.html",
        "cells": {
            name: _cell(name, fields.get(name, ""), [f for at, f in placed if at == name]) for name in form.names
        },
        "rest": fields.get("rest", ""),
        "made": made,
        "answer": answer,
        "loose": loose,
        "wrong": len(errors(told)),
        "source": source,
        **choices,
    }
    return render(request, "calculation.html", context, status=422 if made is not None and answer is None else 200)


def _answer(made: Calculation) -> Shown:
    """The answer as shown, by the module of its kind."""
    from suyuan.site.web.evaluating import calculate_fit, calculate_risk, calculate_type_a

    if made.kind.endswith("_fit"):
        return calculate_fit.shown(made)
    return calculate_risk.shown(made) if made.kind == "conformity" else calculate_type_a.shown(made)


def _cell(name: str, value: str, own: Sequence[Finding]) -> dict[str, Any]:
    return cell(name, value, own) | {"lines": min(16, max(4, value.count("\n") + 2))}


def _choices(form: Form, fields: Mapping[str, str]) -> dict[str, Any]:
    """What the selects of a form offer, and which columns its data have."""
    if form.kind.endswith("_fit"):
        method = fields.get("method", "ordinary")
        return {
            "methods": [(m, f"calc.method.{m}") for m in COLUMNS],
            "method": method,
            "columns": [_column(c) for c in COLUMNS.get(method, ("x", "y"))],
        }
    if form.kind == "conformity":
        return {
            "questions": [(q, f"calc.ask.{q}") for q in ASKED],
            "asked": fields.get("asked", "value"),
            "variables": {name: _variable(name, fields) for name in VARIABLES},
        }
    if form.kind == "anova":
        return {"ways": [(way, f"calc.given.{way}") for way in GIVEN], "given": fields.get("given", "readings")}
    return {}


def _unseen(form: Form, fields: Mapping[str, str], choices: Mapping[str, Any]) -> set[str]:
    """Fields that travel along without being shown: what is wrong with them is said at the top."""
    unseen: set[str] = {"region"}
    if form.kind.endswith("_fit") and fields.get("method") != "generalised":
        unseen.add("covariance")
    if form.kind == "anova" and fields.get("given") != "means":
        unseen.add("size")
    if form.kind == "conformity":
        asked = fields.get("asked", "value")
        unseen |= {"accept_lower", "accept_upper"} if asked != "acceptance" else set()
        unseen |= {"target"} if asked != "target" else set()
        for name, shown in choices["variables"].items():
            unseen |= set(shown["hidden"])
            if (name == "value") != (asked == "value"):
                unseen |= {f"{name}_distribution", *(slot["cell"] for slot in shown["slots"])}
    return unseen


def _column(name: str) -> tuple[str, str]:
    """Symbol and, in brackets, of what: u(y)."""
    symbol, _, of = name.partition("_")
    return symbol, of


def _variable(name: str, fields: Mapping[str, str]) -> dict[str, Any]:
    distribution = fields.get(f"{name}_distribution", "normal")
    slots = [
        {"cell": f"{name}_{slot}", "term": f"evaluate.slot.{key}"}
        for key, slot in zip(PARAMETERS.get(distribution, ()), SLOTS, strict=False)
    ]
    hidden = [*(f"{name}_{slot}" for slot in SLOTS[len(slots) :]), f"{name}_raw"]
    options = [(d, f"distribution.{d}") for d in PARAMETERS]
    if distribution == OTHER:
        options.append((OTHER, "evaluate.kind.other"))
    return {
        "name": name, "distribution": distribution, "slots": slots, "hidden": hidden,
        "distributions": options, "other": fields.get(f"{name}_raw", "")[:200] if distribution == OTHER else "",
    }  # fmt: skip
