"""Needs and who meets them: one box to find who can measure what, my needs and all others with today's verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from suyuan.capability.asking.query import asked
from suyuan.capability.asking.search import Hit, Why
from suyuan.capability.asking.typed_values import HowWell
from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.site.acts.matching import capability as capabilities
from suyuan.site.acts.matching import need as acts
from suyuan.site.acts.matching.need import Seen
from suyuan.site.acts.matching.need_answer import answered
from suyuan.site.acts.service import may
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.days import asked_day, day_context, when
from suyuan.site.web.matching.find import (
    as_need,
    better_first,
    enough_at,
    heard,
    place_of,
    short_of,
    there_of,
    well_of,
)
from suyuan.site.web.matching.match_parts import (
    DIAL,
    capability_way,
    interval_html,
    item_word,
    laboratory,
    need_title,
    need_way,
    quantity_word,
    spread,
    target_html,
    uncertainty_html,
)
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.text import both, unbroken
from suyuan.verbs.matching.transfers import transfers_for
from suyuan.verbs.snapshot import Snapshot

HITS, PAGE, MINE = 8, 25, 100
ORDER = ("cannot", "partly", "unknown", "not_accurate", "can")
LONGEST = 200
WHOSE = "suyuan_organisation"
"""Name of the organisation in the session."""


@require_http_methods(["GET", "POST"])
def match(request: HttpRequest) -> HttpResponse:
    """The page; POST remembers whose needs are mine."""
    if request.method == "POST":
        name = request.POST.get("organisation", "").strip()[:400]
        if name:
            request.session[WHOSE] = {"zh": name}
        else:
            request.session.pop(WHOSE, None)
        return redirect("match")
    snapshot = acts.on(asked_day(request))
    said = day_context(snapshot)
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    verdict = request.GET.get("verdict", "")
    views, found = _ordered(snapshot, request)
    whose = request.session.get(WHOSE, {})
    own = next(iter(whose.values()), "")
    user: Any = request.user
    mine = acts.mine(user, snapshot, views, own)
    hidden = {view.key for view in mine}
    shown = [v for v in views if v.key not in hidden and (not verdict or found["/".join(v.key)][0] == verdict)]
    page, pages = _page(request, len(shown))
    context = {
        "lead": lead([found["/".join(view.key)][0] for view in views], snapshot.day),
        "words": words,
        "hits": find(snapshot, words) if words else None,
        "mine": _rows(snapshot, mine[:MINE], found, said["iso"]),
        "mine_total": len(mine),
        "rows": _rows(snapshot, shown[(page - 1) * PAGE : page * PAGE], found, said["iso"]),
        "total": len(shown),
        "page": page, "pages": pages,
        "before": _way(verdict, page - 1, said["iso"]) if page > 1 else "",
        "after": _way(verdict, page + 1, said["iso"]) if page < pages else "",
        "verdict": verdict if verdict in ORDER else "",
        "verdicts": [(name, f"match.verdict.{name}") for name in ORDER],
        "may_state": may(request.user, *acts.STATE),
        "may_offer": may(request.user, "offer"),
        **said,
        "whose": own,
        "organisations": sorted({view.register.owner for view in views if view.whole}),
        "demo_row": any(need.demo for _, need in acts.known(snapshot).values()),
    }  # fmt: skip
    return render(request, "match.html", context)


def _page(request: HttpRequest, total: int) -> tuple[int, int]:
    pages = max(1, -(-total // PAGE))
    text = request.GET.get("page", "1")
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    return min(max(page, 1), pages), pages


def _way(verdict: str, page: int, day: str) -> str:
    asked_for = {"page": str(page)} | ({"verdict": verdict} if verdict else {}) | ({"day": day} if day else {})
    return f"{reverse('match')}?{urlencode(asked_for)}#open"


# ---------------------------------------------------------------- needs


def _ordered(snapshot: Snapshot, request: HttpRequest) -> tuple[list[Seen], Mapping[str, tuple[Any, int]]]:
    """All needs, what nobody can do first; the newest first among equals; and how each stands."""
    found = acts.verdicts(snapshot)
    views = acts.views(list(acts.known(snapshot).values()), request.user)
    views.sort(key=lambda view: (ORDER.index(found["/".join(view.key)][0]), -view.register.day.toordinal(), view.key))
    return views, found


def _rows(
    snapshot: Snapshot, views: Sequence[Seen], found: Mapping[str, tuple[Any, int]], day: str
) -> list[dict[str, Any]]:
    replied = answered(frozenset(view.register.digest for view in views))
    return [
        _row(view, found, replied, day) | {"carried": _carried(snapshot, view, found["/".join(view.key)][0])}
        for view in views
    ]


def _carried(snapshot: Snapshot, view: Seen, verdict: str) -> bool:
    """Whether a need that nobody meets alone or together is met by a transfer standard."""
    if verdict == "can" or not view.whole or not transfers_for(snapshot, view.need)[0]:
        return False
    return bool(acts.answer(snapshot, view.need, "evidence", "/".join(view.key)).chains)


def _row(
    view: Seen, found: Mapping[str, tuple[Any, int]], replied: frozenset[tuple[str, str]], day: str
) -> dict[str, Any]:  # fmt: skip
    verdict, single = found["/".join(view.key)]
    need = view.need
    return {
        "verdict": verdict, "single": single, "whole": view.whole, "id": need.id,
        "organisation": need.organisation or view.register.organisation, "title": need_title(need),
        "quantity": quantity_word(need.quantity), "interval": interval_html(need.interval),
        "target": target_html(need.target), "way": need_way("/".join(view.key), day=day),
        "answered": (view.register.digest, need.id) in replied,
    }  # fmt: skip


def lead(verdicts: Sequence[str], day: date) -> SafeString:
    """How many needs there are on a day, and how they stand."""
    return both(_said(verdicts, day, "zh"), _said(verdicts, day, "en"))


def _said(verdicts: Sequence[str], day: date, language: Language) -> str:
    if not verdicts:
        return term("match.lead.empty", language)
    parts = [
        term(f"match.lead.part.{name}", language, n=count)
        for name in (*DIAL[::-1], "unknown")
        if (count := verdicts.count(name))
    ]
    comma = "，" if language == "zh" else ", "
    needs = counted("needs", len(verdicts), language)
    said = term("match.lead.list", language, when=when(day, language), count=needs, parts=comma.join(parts))
    return said[:1].upper() + said[1:]


# ---------------------------------------------------------------- the box


def find(snapshot: Snapshot, words: str) -> dict[str, Any]:
    """The capabilities that a query finds: why, what each can, and whether it holds today."""
    wanted = asked(words)
    found = better_first(capabilities.search(snapshot, words), wanted)
    held = capabilities.states(snapshot)
    place, well = place_of(wanted), well_of(wanted)
    day = day_context(snapshot)["iso"]
    rows = [hit_row(c, hit, place, well, day) | {"holding": held[c.key]} for c, hit in found[:HITS]]
    return {"rows": rows, "total": len(found), "shown": len(rows), "heard": heard(wanted),
            "short": short_of(found, wanted),
            "state": f"{reverse('need_new')}?{urlencode(as_need(words))}",
            "all": f"{reverse('capabilities')}?{urlencode({'q': words} | ({'day': day} if day else {}))}"}  # fmt: skip


def hit_row(
    c: Capability, hit: Hit | None, place: Interval | None = None, target: HowWell | None = None, day: str = ""
) -> dict[str, Any]:
    """A capability as a row. place: value at which U is told; target: U that is wanted there; day: a past
    one, which its link keeps."""
    row: dict[str, Any] = {
        "lab": laboratory(c), "id": unbroken(c.id), "way": capability_way(c.key, day),
        "quantity": quantity_word(c.quantity), "item": item_word(c.item), "interval": interval_html(c.interval),
        "interval_of": c.interval_of,
        "U": uncertainty_html(c.uncertainty, c.interval.unit), "why": [_why(w) for w in hit.why] if hit else [],
        "region": c.region, "demo": c.demo,
    }  # fmt: skip
    there = there_of(c, place) if place is not None else None
    if there is not None and place is not None:
        relative = there.relative
        point = Interval(place.high, place.high, place.unit)
        row["at"] = {"U": spread(there.U, there.unit), "place": interval_html(point),
                     "relative": spread(relative, None) if math.isfinite(relative) else ""}  # fmt: skip
        if (enough := enough_at(there, target)) is not None:
            row["at"]["enough"] = enough
    return row


def _why(why: Why) -> str:
    return term(f"match.why.{why.by}", term=why.term, word=why.word)
