"""The page of a report: draft A, draft B, the released one; its files; and the public page, for whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString

from suyuan.comparison.round.report import STATES, Report
from suyuan.quantity.finding import Finding, Refused
from suyuan.report.papers.all import FORMATS, MEDIA, documents
from suyuan.site.acts.rounds import one as acts
from suyuan.site.acts.rounds import results as made
from suyuan.site.acts.rounds.one import Seen
from suyuan.site.terms import term
from suyuan.site.web.parts.text import both, day_text
from suyuan.site.web.rounds.facts import called, facts, moment_text, title_of
from suyuan.site.web.rounds.help_plans import plans
from suyuan.site.web.rounds.one import capital, said
from suyuan.site.web.rounds.results import (
    choices_of_failed,
    methods_beside,
    pair_figures,
    results,
    verdict_sentence,
)


def report(request: HttpRequest, number: str) -> HttpResponse:
    """The report as the viewer may see it; the pilot hands it out here, a participant says what it thinks of it."""
    user: Any = request.user
    view = acts.seen(number, user)
    if request.method != "POST":
        return _page(request, view)
    do = request.POST.get("do", "")
    try:
        stage = next((s for s in STATES if s == do), None)
        if stage is not None:
            view = made.release(user, number, stage)
        elif do in ("agree", "remark"):
            draft = view.where.draft
            content = {
                "draft": draft.digest if draft is not None else "",
                "agrees": do == "agree",
                "text": request.POST.get("text", "").strip()[:4000],
            }
            view = acts.happen(user, number, "remarked", content)
        elif do == "help_opened":
            member, _, measurand = request.POST.get("result", "").partition(" ")
            content = {"measurand": measurand, "expert": request.POST.get("expert", "").strip()[:400]}
            view = acts.happen(user, number, "help_opened", content, member)
        else:
            raise Http404
    except Refused as refused:
        return _page(request, acts.seen(number, user), refused.findings, request.POST.dict())
    messages.success(request, term(f"comparison.done.{do}"))
    return redirect("comparison_report", number=number)


def _page(
    request: HttpRequest, view: Seen, found: tuple[Finding, ...] = (), given: Mapping[str, str] | None = None
) -> HttpResponse:  # fmt: skip
    shown = made.shown(view)
    if shown is None and not (view.part == "pilot" and view.where.phase == "closed"):
        raise Http404
    given = given or {}
    context = _context(view, shown) | {
        "found": found,
        "given": given,
        "pilot": view.part == "pilot",
        "release": _release(view, shown),
        "check": view.where.phase == "draft_a" and view.me in view.where.waiting,
        "help_for": _help_for(view, shown),
        "public": False,
        "lead": _lead(view, shown),
    }
    return render(request, "comparison_report.html", context)


def _context(view: Seen, shown: Report | None) -> dict[str, Any]:
    rows = results(view) if shown is not None else []
    for row in rows:
        e = row["evaluation"]
        row |= {"methods": methods_beside(view, e), "pairs": pair_figures(view, e), "left": _left_out(view, e)}
    drafts = view.where.drafts
    return {
        "view": view,
        "number": view.row.number,
        "title": title_of(view.protocol),
        "report": shown,
        "results": rows,
        "facts": facts(view.protocol, named=view.named),
        "plans": plans(view),
        "formats": FORMATS if shown is not None else (),
        "state_word": _state_word(view, shown),
        "findings": shown.findings if shown is not None and view.part == "pilot" else (),
        "issued": day_text(shown.issued) if shown is not None and not _not_sent(view, shown) else "",
        "version": shown.version if shown is not None else "",
        "digest": drafts[-1].digest if drafts else "",
        "time": moment_text(drafts[-1].time) if drafts else "",
        **said(view),
        "purpose": view.protocol.purpose,
    }


def _not_sent(view: Seen, shown: Report) -> bool:
    """Whether what the pilot sees is only prepared."""
    return view.part == "pilot" and made.stage_of(view) == shown.state


def _state_word(view: Seen, shown: Report | None) -> str:
    if shown is None:
        return "comparison.stage.none"
    return f"comparison.stage.{'next.' if _not_sent(view, shown) else ''}{shown.state}"


def _left_out(view: Seen, e: Any) -> list[dict[str, Any]]:
    """The reference value without each contributor in turn."""
    from suyuan.site.web.parts.number import quantity_html

    found = e.methods[0] if e.methods else None
    if found is None or found.left_value is None or found.left_u is None:
        return []
    k = view.protocol.decision.coverage
    return [
        {"name": called(view, lab), "value": quantity_html(float(v), k * float(u), e.measurand.unit)}
        for lab, v, u in zip(e.labs, found.left_value, found.left_u, strict=True)
        if v == v
    ]


def _release(view: Seen, shown: Report | None) -> dict[str, Any] | None:
    """What the pilot hands out next, and why it cannot yet."""
    stage = made.stage_of(view)
    if view.part != "pilot" or stage is None:
        return None
    waiting = term("comparison.and").join(view.where.waiting)
    again = view.where.phase == "draft_a"
    blocked = ""
    if view.where.phase == "closed" and waiting:
        blocked = term("comparison.release.sealed", codes=waiting)
    if again and waiting:
        blocked = term("comparison.release.remarks", codes=waiting, until=moment_text(view.where.remarks_end))
    return {"stage": stage, "act": f"comparison.do.{stage}", "blocked": blocked, "again": again}


def _help_for(view: Seen, shown: Report | None) -> list[tuple[str, str]]:
    if view.part != "pilot" or shown is None or view.where.phase == "closed":
        return []
    return choices_of_failed(view, shown.evaluations)


def _lead(view: Seen, shown: Report | None) -> SafeString:
    if shown is None:
        return both(term("comparison.report.none", "zh"), term("comparison.report.none", "en"))
    rows = results(view)
    return both(verdict_sentence(view, rows, "zh"), capital(verdict_sentence(view, rows, "en")))


@login_not_required
def public(request: HttpRequest, number: str) -> HttpResponse:
    """A released report, without signing in; only where the protocol says so."""
    view = acts.everyones(number)
    shown = made.shown(view)
    if shown is None:
        raise Http404
    context = _context(view, shown) | {"public": True, "lead": _lead(view, shown)}
    return render(request, "comparison_report.html", context)


def download(request: HttpRequest, number: str, form: str) -> HttpResponse:
    """A file of the report, as the viewer may see it."""
    return _file(acts.seen(number, request.user), form, request)


@login_not_required
def public_download(request: HttpRequest, number: str, form: str) -> HttpResponse:
    """A file of a released report."""
    return _file(acts.everyones(number), form, request)


def _file(view: Seen, form: str, request: HttpRequest) -> HttpResponse:
    shown = made.shown(view)
    wanted = next((f for f in FORMATS if f == form), None)
    if wanted is None or shown is None:
        raise Http404
    try:
        made_files = documents(shown, "both", (wanted,), viewer=made.viewer_of(view), member=view.me)
    except Refused as refused:
        context = {
            "status": 503,
            "title": "comparison.file.failed",
            "why": "comparison.file.failed.why",
            "findings": refused.findings,
        }
        return render(request, "comparison_file.html", context, status=503)
    (name, data), *_ = made_files.items()
    response = HttpResponse(data, content_type=MEDIA[wanted])
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
