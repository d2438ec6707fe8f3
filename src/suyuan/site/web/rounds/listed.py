"""The list of comparisons: what waits for me first, in a sentence; then every round with its state and next date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString

from suyuan.site.acts.rounds import one as acts
from suyuan.site.acts.rounds.one import Seen
from suyuan.site.acts.rounds.waiting import Wait, waits
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.text import both, day_text, text_html
from suyuan.site.web.rounds.facts import moment_text, title_of

PHASES = {
    "prepared": "open", "invited": "waiting", "open": "sealed", "closed": "waiting", "draft_a": "waiting",
    "draft_b": "waiting", "final": "passed",
}  # fmt: skip
"""Phase → the state whose mark stands before its word."""
KINDS = (
    "submit", "answer", "arrive", "send", "code", "check", "cause", "action", "remeasure", "invite", "open", "draft_a",
    "draft_b", "final", "help_close",
)  # fmt: skip


def comparisons(request: HttpRequest) -> HttpResponse:
    """Everybody's own rounds; the released ones for everybody."""
    user: Any = request.user
    listed = _listed(user)
    context = {
        "lead": lead([(view, found[0]) for view, found in listed if found], bool(listed)),
        "rows": [_row(view, found) for view, found in listed],
        "may_pilot": acts.may(user, acts.PILOT),
        "others": [
            {"number": row.number, "title": text_html(acts.protocol_of(row).title)}
            for row in acts.released()
        ],
    }  # fmt: skip
    return render(request, "comparisons.html", context)


def _listed(user: Any) -> list[tuple[Seen, list[Wait]]]:
    """The rounds of somebody with what waits in each, the most pressing first."""
    listed = [(view, waits(view)) for view in acts.rounds_of(user)]
    listed.sort(key=lambda pair: (not pair[1], pair[1][0].days if pair[1] and pair[1][0].days is not None else 999))
    return listed


def waiting_rows(user: Any) -> list[dict[str, Any]]:
    """The rounds in which something waits for somebody, for the first page."""
    return [_row(view, found) | {"first": (view, found[0])} for view, found in _listed(user) if found]


def waiting_lead(rows: Sequence[dict[str, Any]]) -> SafeString:
    """How many rounds wait for what, for the first page; nothing where none does."""
    return lead([row["first"] for row in rows], True) if rows else SafeString("")


def lead(waiting: Sequence[tuple[Seen, Wait]], any_round: bool) -> SafeString:
    """The answer: how many rounds wait for what from me."""
    return both(_sentence(waiting, any_round, "zh"), _sentence(waiting, any_round, "en"))


def _sentence(waiting: Sequence[tuple[Seen, Wait]], any_round: bool, language: Language) -> str:
    if not waiting:
        return term("comparison.lead.nothing" if any_round else "comparison.lead.none", language)
    parts = []
    for kind in KINDS:
        many = sum(1 for _, wait in waiting if wait.kind == kind)
        if many:
            said = term(f"comparison.lead.{kind}", language, rounds=counted("rounds", many, language))
            parts.append(said[:1].upper() + said[1:])
    return (" " if language == "en" else "").join(parts)


def _row(view: Seen, found: list[Wait]) -> dict[str, Any]:
    first = found[0] if found else None
    return {
        "number": view.row.number,
        "title": title_of(view.protocol),
        "address": reverse("comparison", args=[view.row.number]),
        "state": PHASES[view.where.phase],
        "word": f"comparison.phase.{view.where.phase}",
        "part": f"comparison.part_in.{view.part}",
        "code": view.me,
        "next": next_date(view),
        "wait": f"comparison.wait.{first.kind}" if first else "",
        "left": left(first) if first else "",
        "late": first is not None and first.days is not None and first.days < 0,
        "way": wait_way(view, first) if first else reverse("comparison", args=[view.row.number]),
        "act": f"comparison.wait.{first.kind}.act" if first else "comparison.look",
    }


def wait_way(view: Seen, wait: Wait) -> str:
    """Where somebody does what waits."""
    if wait.kind == "submit":
        return reverse("comparison_submit", args=[view.row.number])
    if wait.kind in ("draft_a", "draft_b", "final", "check"):
        return reverse("comparison_report", args=[view.row.number])
    return reverse("comparison", args=[view.row.number]) + "#now"


def left(wait: Wait) -> str:
    """How long until it is due."""
    if wait.days is None:
        return ""
    if wait.days == 0:
        return term("comparison.today")
    key = "comparison.days.late" if wait.days < 0 else "comparison.days.left"
    return term(key, days=counted("days", abs(wait.days), figures=True))


def next_date(view: Seen) -> str:
    """The next day that the protocol names."""
    phase, protocol = view.where.phase, view.protocol
    if phase in ("prepared", "invited"):
        return term("comparison.next.opens", day=day_text(protocol.opens))
    if phase == "open":
        return term("comparison.next.closes", day=moment_text(protocol.closes))
    if phase == "draft_a":
        return term("comparison.next.remarks", day=day_text(view.where.remarks_end))
    if phase == "final" and view.where.draft is not None:
        return term("comparison.next.released", day=moment_text(view.where.draft.time))
    return ""
