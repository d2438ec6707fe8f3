"""The page on which an instrument, or one certificate of it, is taken from a stream from a day on, and given back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.changed import Change
from suyuan.site.acts.day import as_written
from suyuan.site.acts.series import detach as acts
from suyuan.site.acts.series import held
from suyuan.site.acts.series.detach import Detaching
from suyuan.site.terms import term
from suyuan.site.web.series.ways import heading, stream_way

FIELDS = ("since", "instrument", "certificate", "reason", "again")
LONGEST = 300


@require_http_methods(["GET", "HEAD", "POST"])
def detach(request: HttpRequest, id: str) -> HttpResponse:
    """The page; POST `do`: look (what it would do) or declare; `again`: take a declaration back."""
    if not acts.may_detach(request.user):
        raise PermissionDenied
    stream = held.streams().get(id)
    if stream is None:
        raise Http404
    if request.method != "POST":
        return _page(request, id, {}, None, ())
    given = {name: request.POST.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in FIELDS}
    given["since"] = as_written(given["since"]).strip()
    try:
        if not given["since"] and not given["again"]:
            raise Refused(finding("series_join.taken.start", "since"))
        wanted = acts.wanted_of(request.user, stream, given)
        if request.POST.get("do") != "declare":
            return _page(request, id, given, acts.look(request.user, wanted), ())
        one = acts.declare(request.user, wanted)
    except Refused as refused:
        return _page(request, id, given, None, refused.findings, 422)
    key = "data.detach.back" if wanted.again else "data.detach.done"
    messages.success(request, term(key, instrument=one.number or one.instrument, stream=id))
    return redirect(stream_way(id) + "#certificates")


def _page(
    request: HttpRequest, id: str, given: dict[str, str], made: Detaching | None, found: tuple[Finding, ...],
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    stream, rows = held.streams()[id], [row for row in held.block_rows() if row["stream"] == id]
    mine, used = held.mine(held.join(), stream, rows), held.join().used
    papers = {used[one.id]: one.certificate for one in mine if one.id in used}
    return render(
        request,
        "series_detach.html",
        {
            "stream": stream,
            "title": heading(stream),
            "way": stream_way(id),
            "given": given,
            "found": found,
            "instruments": list(dict.fromkeys([stream.instrument, *(row["instrument"] for row in rows)])),
            "papers": list(papers.items()),
            "made": made,
            "counts": _counts(made),
            "standing": acts.standing_of(id),
        },
        status=status,
    )


def _counts(made: Detaching | None) -> list[tuple[str, int]]:
    """How many readings lose their value, or have one again."""
    if made is None or made.effect is None:
        return []
    names = {Change.GONE: "data.change.gone", Change.CAME: "data.change.came", Change.MORE: "data.change.more"}
    found: dict[str, Any] = {}
    for change, n in made.effect.counts.items():
        key = names.get(change, "data.change.less")
        found[key] = found.get(key, 0) + n
    return list(found.items())
