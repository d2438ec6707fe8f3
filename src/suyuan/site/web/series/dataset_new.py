"""Publish a dataset: streams, a span, a title, who may know of it; what counts now becomes a version that is cited."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import load
from suyuan.series.dataset.attributes import PACKAGE
from suyuan.series.dataset.version import Head, Wanted
from suyuan.site.acts.series import held, sharing
from suyuan.site.acts.series.asked import asked
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.series.ways import rules_of_use

FIELDS = (
    "id",
    "version",
    "title_zh",
    "title_en",
    "description_zh",
    "description_en",
    "licence",
    "classification",
    "publisher",
    "grade",
    "usable",
    "from",
    "to",
)


@require_http_methods(["GET", "HEAD", "POST"])
def dataset_new(request: HttpRequest) -> HttpResponse:
    """The form, and the act."""
    if not sharing.may_publish(request.user):
        raise PermissionDenied
    typed = {name: request.POST.get(name, "").replace("\x00", "").strip()[:2000] for name in FIELDS}
    chosen = [s for s in request.POST.getlist("stream") if s in held.streams()]
    if request.method != "POST":
        return _page(request, {**typed, "version": "1", "grade": "general"}, chosen, ())
    try:
        head, wanted = _read(typed, chosen)
        made, wants = sharing.publish(request.user, head, wanted, f"suyuan {_release()}")
    except Refused as refused:
        return _page(request, typed, chosen, refused.findings)
    messages.success(request, term("data.set.published", name=made.name))
    if wants:
        messages.warning(request, term("data.set.wants", n=len(wants)))
    return redirect("dataset", made.name)


def _read(typed: dict[str, str], chosen: list[str]) -> tuple[Head, list[Wanted]]:
    given = asked(typed)
    if given.findings:
        raise Refused(*given.findings)
    if not chosen:
        raise Refused(finding("site.data.set_streams", "stream"))
    title = {lang: typed[f"title_{lang}"] for lang in ("zh", "en") if typed[f"title_{lang}"]}
    description = {lang: typed[f"description_{lang}"] for lang in ("zh", "en") if typed[f"description_{lang}"]}
    head = Head(
        typed["id"],
        typed["version"],
        title,
        description,
        typed["licence"],
        typed["classification"],
        typed["grade"],
        typed["publisher"],
        usable=given.usable,
    )
    return head, [Wanted(id, given.first, given.last) for id in chosen]


def _release() -> str:
    try:
        return version("suyuan")
    except PackageNotFoundError:
        return ""


def _page(request: HttpRequest, typed: dict[str, str], chosen: list[str], found: tuple[Finding, ...]) -> HttpResponse:
    grades = [
        (str(row["name"]), str(row[f"title_{current()}"]), row["name"] == typed["grade"])
        for row in load(PACKAGE, "grades.grades")
    ]
    context: dict[str, Any] = {
        "typed": typed,
        "found": found,
        "grades": grades,
        "rules": rules_of_use(typed["usable"]),
        "streams": [(s, s.id in chosen) for s in held.streams().values()],
    }
    return render(request, "dataset_new.html", context, status=422 if found else 200)
