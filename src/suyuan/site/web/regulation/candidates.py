"""The pipeline of candidates: who is ripe, who nearly, what each lacks; «when one is ripe, recommend one»."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString

from suyuan.centre.candidates import LEAST, Missing, Readiness
from suyuan.centre.funds import limit
from suyuan.report.papers.sheet import sheet
from suyuan.site.acts import clock
from suyuan.site.acts.matters import matter
from suyuan.site.acts.regulation import centre as acts
from suyuan.site.acts.regulation.centre import Known
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.matters.words import late_as
from suyuan.site.web.parts.sentence import counted, joined, sentence
from suyuan.site.web.parts.text import both
from suyuan.site.web.regulation.centre_shown import points, span, title_in, way
from suyuan.site.web.regulation.centres import XLSX
from suyuan.verbs.snapshot import Snapshot

STAGES = {"recommend": ("passed", "ok"), "nearly": ("due", ""), "nurture": ("waiting", ""),
          "open": ("unknown", "")}  # fmt: skip
DONE = ("established", "operating", "annual_assessment", "periodic_review", "rectifying", "revoked", "withdrawn",
        "rejected", "renamed_merged")  # fmt: skip
"""States of a life cycle in which nobody is a candidate any more."""
SHOWN = 6


def stage_of(ready: Readiness) -> str:
    """The stage, or that too little is known to say one."""
    return ready.stage if ready.known else "open"


def candidates(request: HttpRequest) -> HttpResponse:
    """All that are not established, the ripest first, with what each lacks."""
    user: Any = request.user
    day = acts.day_of(request.GET.get("day", ""))
    known = acts.on(day)
    rows = [row_context(request, at, ready, day) for at, ready in pipeline(known)]
    return render(
        request,
        "candidates.html",
        {
            "known": known,
            "lead": lead(pipeline(known)),
            "rows": rows,
            "day_query": f"?day={day}" if day else "",
            "ahead": day is not None and day > clock.today(),
            "excel": reverse("candidates_excel") + (f"?day={day}" if day else ""),
            "least": _least(known),
            "may": "bureau" in matter.everywhere(user),
        },
    )


def pipeline(known: Snapshot) -> list[tuple[Known, Readiness]]:
    """The candidates of all scopes, the ripest first."""
    order = {"recommend": 0, "nearly": 1, "nurture": 2}
    found = []
    for entry in acts.register(known):
        at = acts.of_entry(known, entry)
        if at.scored is None or entry.state in DONE:
            continue
        ready = next((row for row in at.scored.readiness if row.centre == at.row.id), None)
        if ready is not None:
            found.append((at, ready))
    return sorted(
        found,
        key=lambda pair: (
            not pair[1].known,
            order[pair[1].stage],
            -pair[1].gates_passed,
            -pair[1].low,
            -pair[1].high,
            pair[1].centre,
        ),
    )


def _least(known: Snapshot) -> str:
    limits = {limit(at.guideline, "candidate_least", LEAST) for at, _ in pipeline(known) if at.guideline}
    return ", ".join(f"{value:g}" for value in sorted(limits)) or f"{LEAST:g}"


def row_context(request: HttpRequest, at: Known, ready: Readiness, day: Any) -> dict[str, Any]:
    """One candidate."""
    user: Any = request.user
    cases = acts.matters_of(user, at.row.id, "candidate")
    case = cases[0] if cases else None
    missing = [missing_row(at, one) for one in ready.missing]
    return {
        "id": at.row.id,
        "name": at.row.name,
        "address": reverse("centre", args=[at.row.id]) + (f"?day={day}" if day else ""),
        "scope": f"centres.scope.{at.row.scope}",
        "stage": f"candidates.stage.{stage_of(ready)}",
        "mark": STAGES[stage_of(ready)][0],
        "tone": STAGES[stage_of(ready)][1],
        "score": span(ready.low, ready.high),
        "gates": ready.gates_passed,
        "of": ready.gates,
        "missing": missing[:SHOWN],
        "rest": missing[SHOWN:],
        "case": None
        if case is None
        else {
            "number": case.matter.number,
            "state": case.where.state.title,
            "due": case.where.due,
            "overdue": case.where.overdue,
            "late_as": late_as("centres.overdue", case.where),
            "address": way("matter", "candidate", case.matter.number),
        },
        "state": at.entry.title,
    }


def missing_row(at: Known, one: Missing) -> dict[str, Any]:
    """What a candidate lacks, with the way to where it is counted."""
    mark = {"gate_failed": "failed", "gate_unknown": "unknown", "unknown": "unknown", "low": "open"}[one.kind]
    return {
        "id": one.row.id,
        "title": one.row.title,
        "kind": f"candidates.kind.{one.kind}",
        "mark": mark,
        "points": points(one.points) if one.points else "",
        "way": reverse("centre_facts", args=[at.row.id, one.row.id]),
    }


def lead(rows: list[tuple[Known, Readiness]]) -> SafeString:
    """Who may be recommended, and what the next one lacks."""
    return both(_lead(rows, "zh"), _lead(rows, "en"))


def _lead(rows: list[tuple[Known, Readiness]], language: Language) -> SafeString:
    if not rows:
        return sentence("candidates.lead.none", language)
    ripe = [at for at, ready in rows if ready.stage == "recommend"]
    if ripe:
        said = [sentence("candidates.lead.ripe", language, n=counted("candidates", len(ripe), language),
                         name=title_in(ripe[0].row.name, language))]  # fmt: skip
    else:
        said = [sentence("candidates.lead.unripe", language, n=counted("candidates", len(rows), language))]
    at, ready = next((pair for pair in rows if pair[1].stage != "recommend"), (None, None))
    if at is not None and ready is not None:
        failed = sum(one.kind == "gate_failed" for one in ready.missing)
        open_ = sum(one.kind == "gate_unknown" for one in ready.missing)
        said.append(
            sentence(
                "candidates.lead.next" if failed else "candidates.lead.next_open",
                language,
                open=counted("gates", open_, language),
                name=title_in(at.row.name, language),
                gates=counted("gates", failed, language),
                score=span(ready.low, ready.high, language),
            )
        )
    return joined([SafeString(s[:1].upper() + s[1:]) for s in said], language)


def excel(request: HttpRequest) -> HttpResponse:
    """The pipeline with everything that is missing, a row a missing thing."""
    known = acts.on(acts.day_of(request.GET.get("day", "")))
    keys = ("word.number", "centres.name", "centres.name_en", "candidates.stage", "centres.low", "centres.high",
            "candidates.kind", "candidates.what", "candidates.title", "candidates.points")  # fmt: skip
    body = sheet(
        term("rooms.candidates"), [term(key) for key in keys], _cells(known), (14, 34, 34, 12, 9, 9, 14, 10, 40, 9)
    )
    answer = HttpResponse(body, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="suyuan-candidates-{known.day}.xlsx"'
    return answer


def _cells(known: Snapshot) -> Iterator[tuple[Any, ...]]:
    for at, ready in pipeline(known):
        head = (
            at.row.id,
            at.row.name.get("zh", ""),
            at.row.name.get("en", ""),
            term(f"candidates.stage.{stage_of(ready)}"),
            round(ready.low, 2),
            round(ready.high, 2),
        )
        for one in ready.missing:
            yield (
                *head,
                term(f"candidates.kind.{one.kind}"),
                one.row.id,
                title_in(one.row.title, "zh"),
                round(one.points, 2),
            )
