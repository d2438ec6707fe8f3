"""What a challenge, a call, a bid is about: needs with today's verdict, bids, the review, what came of a call."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from suyuan.capability.challenges.challenge import bids_of, outcomes
from suyuan.capability.challenges.research import linked
from suyuan.capability.gaps.gap import gap
from suyuan.procedure.matter import Matter
from suyuan.procedure.review import Reviewed
from suyuan.quantity.finding import Refused
from suyuan.report.service.shown import spread_of
from suyuan.site.acts import service
from suyuan.site.acts.closing import challenge as acts
from suyuan.site.acts.matters import matter as matters
from suyuan.site.acts.matters.called import called
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.closing.challenges import COUNTED, need_rows, verdict_today
from suyuan.site.web.closing.gaps import gap_row
from suyuan.site.web.closing.sides import sides_of
from suyuan.site.web.matters.drawn import shown, verdict_html
from suyuan.site.web.matters.happened import STEERING
from suyuan.site.web.matters.matter import masked
from suyuan.site.web.matters.words import MASKED, in_both, left, matter_way, person_names, state_of, way
from suyuan.site.web.parts.text import day_text, pick, text_html
from suyuan.verbs.matching.match import match_need
from suyuan.verbs.matter.panels import comments_of, criteria_for, review_of, scores_wanted


def challenge(user: Any, view: Seen, hide: bool) -> dict[str, Any]:
    """Needs, gap then and now, bids, review."""
    known = service.now_known()
    rows = need_rows(user, known, linked(view.matter, "need"))
    for row in rows:
        match = match_need(known, row["need"])
        found = gap(match)
        row |= {"verdict": verdict_html(match.verdict), "gap": gap_row(found, row["hide"]) if found else None}
    then = view.matter.fields.get("gap")
    return {
        "needs": rows,
        "then": verdict_html(str(then["kind"])) if isinstance(then, Mapping) and then.get("kind") else "",
        "then_day": str(then.get("day", "")) if isinstance(then, Mapping) else "",
        "bids": _bids(user, known, view),
        "may_bid": view.where.state.name == "published" and acts.may_open(user, "bid") and not hide,
        "bid_address": f"{reverse('matter_new', args=['bid'])}?challenge={view.matter.number}",
        "research_address": f"{reverse('matter_new', args=['research'])}?challenge={view.matter.number}"
        if acts.may_open(user, "research") and not view.where.ended else "",
        "review": _review(user, known, view),
        "sides": sides_of(user, view),
    }  # fmt: skip


def _bids(user: Any, known: Any, view: Seen) -> list[dict[str, Any]]:
    """The bids; whose they are is for who organises or reviews, for the bidder, and of the chosen one for all."""
    rows = []
    inside = acts.sees_bidders(user, view)
    for bid in bids_of(view.matter, known.matters, known.day):
        where = matters_stands(bid, known)
        mine = view.me in bid.holders("bidder") and bool(view.me)
        open_ = inside or mine or where.state.name == "chosen"
        rows.append({
            "number": bid.number, "address": matter_way(bid) if open_ and (inside or mine) else "", "mine": mine,
            "name": text_html(bid.organisation, beside=True) if open_ else "", "state": state_of(where),
            "day": day_text(bid.events[0].time if bid.events else None),
        })  # fmt: skip
    return rows


def matters_stands(of: Matter, known: Any) -> Any:
    """Where a matter stands on the snapshot's day."""
    from suyuan.verbs.matter.matters import stands

    return stands(of, known.day)


# ---------------------------------------------------------------- the review


def _review(user: Any, known: Any, view: Seen) -> dict[str, Any] | None:
    """The table of the review for who steers it; for a reviewer the own scores; nothing for others."""
    if view.where.took("review_opened") is None:
        return None
    if STEERING & set(view.roles):
        return steered(known, view.matter)
    return own_scores(view) if "reviewer" in view.roles else None


def steered(known: Any, of: Matter) -> dict[str, Any]:
    """Scores by reviewer and subject, means, spread, places with their intervals, agreement, conflicts."""
    try:
        found = review_of(known, of, known.day)
    except Refused as refused:
        return {"whole": True, "findings": called(refused.findings), "rows": []}
    names = {m.number: m.organisation for m in known.matters_of("bid")}
    drawn = spread_of(found, names, current())
    return {
        "whole": True, "findings": called(found.findings), "rows": _rows(found, names),
        "reviewers": [person_names((name,)) for name in found.reviewers],
        "agreement": _agreement(found), "waiting": [person_names((n,)) for n in _silent(of, found)],
        "refused": [(person_names((c.reviewer,)), called((c.finding(),))[0]) for c in found.refused],
        "drawn": shown(drawn, "spread"),
        "comments": [(person_names((name,)), said) for name, said in comments_of(of).items() if said],
    }  # fmt: skip


def _rows(found: Reviewed, names: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    order = list(found.ranking.order) + [i for i in range(len(found.subjects)) if i not in found.ranking.order]
    return [
        {
            "number": found.subjects[i],
            "name": text_html(names[found.subjects[i]]) if found.subjects[i] in names else "",
            "totals": [total_text(found.total[j, i]) for j in range(len(found.reviewers))],
            "mean": total_text(found.mean[i]),
            "s": total_text(found.s[i]), "count": int(found.count[i]), "place": _place(found, i),
            "first": f"{100 * found.ranking.first[i]:.0f} %" if math.isfinite(found.ranking.first[i]) else "",
        }
        for i in order
    ]  # fmt: skip


def total_text(share: float) -> str:
    """A total on the scale 0 to 1, «» where unknown."""
    return f"{share:.3f}" if math.isfinite(share) else ""


def _place(found: Reviewed, i: int) -> str:
    ranking = found.ranking
    if not math.isfinite(ranking.place[i]):
        return ""
    low, high = ranking.low[i], ranking.high[i]
    place = f"{ranking.place[i]:.0f}"
    return place if low == high else f"{place} ({low:.0f}–{high:.0f})"


def _agreement(found: Reviewed) -> list[tuple[str, str]]:
    rows = []
    if found.concordance is not None:
        rows.append(("W", f"{found.concordance.W:.2f}"))
    if found.agreement is not None:
        rows.append(("ICC(2,1)", f"{found.agreement.value:.2f}"))
    return rows


def _silent(of: Matter, found: Reviewed) -> list[str]:
    """Reviewers who have not given all their scores; those in conflict are not waited for."""
    known = service.now_known()
    return [name for name in of.holders("reviewer") if scores_wanted(known, of, name, known.day)]


def own_scores(view: Seen) -> dict[str, Any] | None:
    """What a reviewer gave, by criterion and subject."""
    mine = next((e for e in reversed(view.matter.events) if e.act == "scored" and e.person == view.me), None)
    scores = mine.content.get("scores") if mine is not None else None
    if not isinstance(scores, Mapping):
        return {"whole": False, "rows": [], "none": True}
    subjects = list(scores)
    rows = [
        {"title": text_html(c.title or {"": c.id}, beside=True), "cells": [scores[s].get(c.id, "") for s in subjects]}
        for c in criteria_for(view.matter)
    ]
    return {"whole": False, "subjects": subjects, "rows": rows, "none": False}


# ---------------------------------------------------------------- a call, a bid


def call(user: Any, view: Seen, hide: bool) -> dict[str, Any]:
    """The challenges of a call and what came of them."""
    known = service.now_known()
    found = outcomes(known.matters, known.day, view.matter.number)
    rows = []
    for one in matters.listed(user, "challenge"):
        if view.matter.number in linked(one.matter, "call"):
            secret = masked(user, one.matter)
            rows.append({
                "number": one.matter.number, "address": matter_way(one.matter), "state": state_of(one.where),
                "left": left(one.where, known.day), "verdict": verdict_html(verdict_today(known, one)),
                "title": in_both(MASKED) if secret else text_html(one.matter.title, beside=True),
            })  # fmt: skip
    return {
        "challenges": rows, "counts": [(f"call.{key}", found.count(key)) for key in COUNTED],
        "amount": f"{found.amount:.0f}" if found.amount else "", "unstated": found.unstated,
        "may_submit": acts.may_open(user, "challenge") and view.where.state.name == "collecting",
        "submit_address": f"{reverse('matter_new', args=['challenge'])}?call={view.matter.number}",
        "papers": [(form, reverse("call_list", args=[view.matter.number, form])) for form in ("docx", "pdf", "xlsx")],
    }  # fmt: skip


def bid(user: Any, view: Seen, hide: bool) -> dict[str, Any]:
    """What a bid is for, and how it would be done."""
    fields = view.matter.fields
    number = next(iter(linked(view.matter, "challenge")), "")
    first = view.matter.last("submitted")
    return {
        "challenge_number": number, "challenge_address": way("matter", "challenge", number) if number else "",
        "approach": _said(first.content.get("approach", "")) if first is not None else "",
        "partners": _listed(fields.get("partners")), "team": _listed(fields.get("team")),
        "bidder": text_html(view.matter.organisation, beside=True),
    }  # fmt: skip


def _said(given: Any) -> str:
    """A text, or one in languages, as the page says it."""
    return pick(given)[0] if isinstance(given, Mapping) else str(given or "")


def _listed(given: Any) -> str:
    return term("matter.and").join(_said(g) for g in given) if isinstance(given, list) else _said(given)
