"""Calls and challenges: open ones first, with days left and bids; what came of each call; need sheets."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html

from suyuan.capability.challenges.challenge import bids_by_challenge, needs_of, outcomes
from suyuan.capability.challenges.research import linked
from suyuan.quantity.finding import Refused
from suyuan.quantity.notation import behind
from suyuan.report.papers.all import MEDIA
from suyuan.report.service.files import files
from suyuan.report.service.lists import Challenge, challenge_list
from suyuan.report.service.need_sheet import need_fields
from suyuan.report.service.need_sheet import need_sheet as sheet_of
from suyuan.report.service.proof import target_text
from suyuan.site.acts import clock, service
from suyuan.site.acts.closing import challenge as acts
from suyuan.site.acts.matching import sight
from suyuan.site.acts.matters import matter as matters
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.matters.drawn import verdict_html
from suyuan.site.web.matters.files import sent
from suyuan.site.web.matters.matter import masked
from suyuan.site.web.matters.words import MASKED, in_both, left, matter_way, need_way, plainly, state_of
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.text import both, day_text, text_html, unbroken
from suyuan.verbs.matching.match import match_need
from suyuan.verbs.matter.guards import worst

OPEN = ("published",)
AT_WORK = ("collected", "returned", "reviewing", "matched", "contracted", "under_way", "resulted", "follow_up")
COUNTED = ("needs", "published", "bids", "matched", "contracted", "resulted", "accepted", "gap_shown", "unsolved")
"""What is said of a call, in the order in which it happens."""
PAPERS = ("docx", "pdf")


def challenges(request: HttpRequest) -> HttpResponse:
    """The list: open for bids, at work, ended; calls with what came of them."""
    user: Any = request.user
    known = service.now_known()
    views = matters.listed(user, "challenge")
    bids = bids_by_challenge(known.matters, known.day)
    rows = [_row(user, known, view, len(bids.get(view.matter.number, ()))) for view in views]
    groups = [
        ("open", [r for r in rows if r["name"] in OPEN]),
        ("at_work", [r for r in rows if r["name"] in AT_WORK]),
        ("ended", [r for r in rows if r["ended"]]),
    ]
    for _, listed_ in groups:
        listed_.sort(key=lambda r: (not r["mine"], r["due"] is None, r["due"] or known.day))
    for n, row in enumerate(r for _, listed_ in groups for r in listed_ if r["mine"]):
        row["first"] = n == 0
    context = {
        "lead": lead(groups[0][1], [r for r in rows if r["mine"]]),
        "groups": [(key, listed_) for key, listed_ in groups if listed_],
        "calls": [_call(known, view) for view in matters.listed(user, "call")],
        "none": not rows,
        "may_submit": acts.may_open(user, "challenge"),
        "may_bid": acts.may_open(user, "bid"),
        "may_call": acts.may_open(user, "call"),
        "my_bids": [_bid(view) for view in matters.listed(user, "bid") if "bidder" in view.roles],
    }
    return render(request, "challenges.html", context)


def lead(rows: list[dict[str, Any]], mine: list[dict[str, Any]]) -> Any:
    """How many are open for bids and when the next one closes; how many wait for me."""
    return both(_lead(rows, mine, "zh"), _lead(rows, mine, "en"))


def _lead(rows: list[dict[str, Any]], mine: list[dict[str, Any]], language: Language) -> str:
    said = [term("challenges.lead.none", language)]
    if rows:
        due = min((r["due"] for r in rows if r["due"] is not None), default=None)
        many = counted("challenges", len(rows), language)
        said = [term("challenges.lead.open", language, challenges=many[:1].upper() + many[1:])]
        if due is not None:
            said.append(term("challenges.lead.next", language, day=day_text(due, language)))
    if mine:
        said.append(term("challenges.lead.mine", language, challenges=counted("challenges", len(mine), language)))
    return (" " if language == "en" else "").join(said)


def _row(user: Any, known: Any, view: Seen, bids: int) -> dict[str, Any]:
    hide = masked(user, view.matter)
    where = view.where
    return {
        "number": view.matter.number, "address": matter_way(view.matter), "name": where.state.name,
        "ended": where.ended, "state": state_of(where), "due": where.due, "left": left(where, known.day),
        "late": bool(where.overdue), "mine": matters.my_turn(view), "bids": bids,
        "title": in_both(MASKED) if hide else text_html(view.matter.title, beside=True),
        "organisation": in_both(MASKED) if hide else text_html(view.matter.organisation),
        "verdict": verdict_html(verdict_today(known, view)), "call": linked(view.matter, "call"),
    }  # fmt: skip


def verdict_today(known: Any, view: Seen) -> str:
    """The worst verdict of a challenge's needs today; unknown where they are not registered any more."""

    def made() -> str:
        needs = needs_of(view.matter, known.needs)
        if not needs:
            return "unknown"
        return worst({need.id: match_need(known, need).verdict for need in needs}) or "unknown"

    return str(known.once(f"site verdict {view.matter.number}", made))


def _bid(view: Seen) -> dict[str, Any]:
    return {"number": view.matter.number, "address": matter_way(view.matter), "state": state_of(view.where),
            "title": text_html(view.matter.title), "for": ", ".join(linked(view.matter, "challenge"))}  # fmt: skip


def _call(known: Any, view: Seen) -> dict[str, Any]:
    found = outcomes(known.matters, known.day, view.matter.number)
    return {
        "number": view.matter.number, "address": matter_way(view.matter), "state": state_of(view.where),
        "title": text_html(view.matter.title, beside=True), "left": left(view.where, known.day),
        "late": bool(view.where.overdue), "counts": [(f"call.{key}", found.count(key)) for key in COUNTED],
    }  # fmt: skip


# ---------------------------------------------------------------- paper


def need_sheet(request: HttpRequest, form: str) -> HttpResponse:
    """The need sheet of a need as Word or PDF; only for whoever may see the whole need."""
    user: Any = request.user
    known = service.now_known()
    need = sight.need_named(known, request.GET.get("need", ""))
    if need is None or form not in PAPERS or sight.hidden(need, sight.open_keys(user, known)):
        raise Http404
    return _paper(sheet_of(need, known.day), need_fields(need), form)


def _paper(document: Any, fields: Any, form: str) -> HttpResponse:
    try:
        made = files(document, fields, "both", (form,))  # type: ignore[arg-type]
    except Refused:
        raise Http404 from None
    name, body = next(iter(made.items()))
    return sent(body, name, MEDIA[form])  # type: ignore[index]


def listed(request: HttpRequest, number: str, form: str) -> HttpResponse:
    """The list of a call's published challenges as a paper."""
    user: Any = request.user
    if form not in ("docx", "pdf", "xlsx"):
        raise Http404
    view = matters.seen("call", number, user)
    known = service.now_known()
    rows = [
        _paper_row(user, known, one)
        for one in matters.listed(user, "challenge")
        if number in linked(one.matter, "call") and one.where.took("published") is not None
    ]
    document = challenge_list(rows, clock.today(), view.matter.title, demo=view.matter.demo)
    return _paper(document, {"suyuan": "challenge-list", "call": number, "numbers": [r.number for r in rows]}, form)


def _paper_row(user: Any, known: Any, view: Seen) -> Challenge:
    needs = needs_of(view.matter, known.needs) or ()
    hide = masked(user, view.matter)
    wanted = "; ".join(
        f"{n.quantity}, {n.interval.low:g}–{n.interval.high:g}{behind(n.interval.unit)}"
        + (f", U ≤ {target_text(n)}" if n.target else "")
        for n in needs
    )
    return Challenge(
        view.matter.number, view.matter.title, plainly(view.matter.organisation), wanted, verdict_today(known, view),
        sum(n.firms for n in needs) or 1, "", view.where.due, view.where.state.title, not hide,
    )  # fmt: skip


def need_rows(user: Any, known: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Needs by name, each with its sheet and verdict today."""
    keys = sight.open_keys(user, known)
    rows = []
    for name in names:
        need = sight.need_named(known, name)
        if need is not None:
            rows.append({"need": need, "name": name, "hide": sight.hidden(need, keys), "address": need_way(need),
                         "said": format_html("{} {}", text_html(need.organisation), unbroken(need.id))})  # fmt: skip
    return rows
