"""Open data: the tables of a day as CSV and JSON with their dictionary, the licence, and its choice by the steward."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from suyuan.quantity.finding import Finding, Refused
from suyuan.report.service.open_data import Dataset, packed
from suyuan.site.acts import public as acts
from suyuan.site.acts.service import may
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.account.public import day_context, day_query
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import both, day_text
from suyuan.site.web.shell import laboratory

MEDIA = {"csv": "text/csv; charset=utf-8", "json": "application/json", "": "text/plain; charset=utf-8"}


@login_not_required
def open_data(request: HttpRequest) -> HttpResponse:
    """What can be downloaded, and under which licence."""
    if request.method == "POST":
        return _choose(request)
    return _page(request, {})


def _page(request: HttpRequest, typed: Mapping[str, str], found: tuple[Finding, ...] = ()) -> HttpResponse:
    day = acts.day_of(request.GET.get("day", ""))
    listed = acts.datasets(day)
    chosen = acts.licence(day)
    texts = dict(chosen.text) if chosen is not None else {}
    return render(request, "open_data.html", day_context(day) | {
        "lead": both(_lead(listed, day, chosen, "zh"), _lead(listed, day, chosen, "en")),
        "rows": [_row(one, day) for one in listed],
        "zip": _way("all.zip", day), "sums": _way("SHA256SUMS", day), "dictionary": [
            ("CSV", _way("dictionary.csv", day)), ("JSON", _way("dictionary.json", day))],
        "licence": chosen, "may": may(request.user, "steward"), "faults": found,
        "fields": [
            {"name": name, "label": f"open_data.licence.{name}", "value": typed.get(name, texts.get(name, "")),
             "told": [item for item in found if item.where == name]}
            for name in ("zh", "en")
        ],
    })  # fmt: skip


def _lead(listed: tuple[Dataset, ...], day: Any, chosen: Any, language: Language) -> Any:
    key = "open_data.lead" if chosen is not None else "open_data.lead.no_licence"
    return sentence(key, language, n=len(listed), rows=sum(len(one.rows) for one in listed),
                    day=day_text(day, language))  # fmt: skip


def _row(one: Dataset, day: Any) -> dict[str, Any]:
    return {
        "name": one.name, "title": both(one.zh, one.en), "rows": len(one.rows), "fields": [
            {"name": f.name, "said": both(f.zh, f.en), "unit": f.unit, "source": f.source} for f in one.fields],
        "files": [("CSV", _way(f"{one.name}.csv", day)), ("JSON", _way(f"{one.name}.json", day))],
    }  # fmt: skip


def _way(name: str, day: Any) -> str:
    return f"{reverse('open_data_file', args=[name])}{day_query(day)}"


def _choose(request: HttpRequest) -> HttpResponse:
    if not may(request.user, "steward"):
        raise PermissionDenied
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in ("zh", "en")}
    try:
        acts.choose_licence(request.user, typed["zh"], typed["en"])
    except Refused as refused:
        return _page(request, typed, refused.findings)
    messages.success(request, term("open_data.chosen"))
    return redirect("open_data")


@login_not_required
def download(request: HttpRequest, name: str) -> HttpResponse:
    """One file of a day, or all of them in an archive; the same bytes for the same documents."""
    day = acts.day_of(request.GET.get("day", ""))
    files = acts.files(day, laboratory())
    if name == "all.zip":
        return _answer(packed(files), "application/zip", f"suyuan-open-data-{day}.zip")
    if name not in files:
        raise Http404
    stem, _, ending = name.partition(".")
    return _answer(files[name], MEDIA[ending], f"{stem}-{day}.{ending}" if ending else name)


def _answer(body: bytes, media: str, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=media)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
