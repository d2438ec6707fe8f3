"""The same centre on earlier days, under two versions of its guideline, and among the others under other weights."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from suyuan.centre.compare_versions import Change, compare
from suyuan.centre.scorecard import Scorecard
from suyuan.centre.sensitivity import sensitivity, smallest_swap
from suyuan.report.service.drawn import both as texts
from suyuan.report.service.score_figures import Bar, score_drawn
from suyuan.report.service.shown import ranks_of
from suyuan.site.acts.regulation import centre as acts
from suyuan.site.acts.regulation.centre import Known
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.parts.text import day_text
from suyuan.site.web.regulation.centre_shown import drawn_context, kept, points, span, whole
from suyuan.verbs.centre.facts import facts
from suyuan.verbs.centre.score import scored

QUARTERS = 4
DRAWS = 2000


def past(at: Known) -> dict[str, Any]:
    """All three."""
    return {"trend": trend(at), "versions": versions(at), "ranks": ranks(at)}


def quarter_ends(day: date, count: int) -> tuple[date, ...]:
    """The last days of so many quarters before a day, the latest first.

    >>> [str(d) for d in quarter_ends(date(2026, 11, 28), 3)]
    ['2026-09-30', '2026-06-30', '2026-03-31']
    """
    found, first = [], date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    for _ in range(count):
        last = first - timedelta(days=1)
        found.append(last)
        first = date(last.year, 3 * ((last.month - 1) // 3) + 1, 1)
    return tuple(found)


# ---------------------------------------------------------------- earlier days


def trend(at: Known) -> dict[str, Any] | None:
    """The score at the ends of the last quarters, each from what was known then, by today's guideline."""
    if at.guideline is None or at.card is None:
        return None
    first = acts.first_known(at.snapshot, at.row.id)
    days = tuple(d for d in quarter_ends(at.snapshot.day, QUARTERS) if first is None or d >= first)
    if not days:
        return None
    cards = [(at.snapshot.day, at.card), *zip(days, _cards(at, days), strict=True)]
    bars = [
        Bar(day_text(day), card.low, max(card.low, card.high), card.total, day == at.snapshot.day)
        for day, card in cards
    ]
    caption = texts("各季度末的得分（按当日已知重算）", "Score at the ends of quarters, from what was known then")
    drawn = kept(
        at.snapshot, f"trend {at.row.id} {at.guideline.version}", lambda: score_drawn(bars, caption, current())
    )
    return {
        "figure": drawn_context(drawn, "trend"),
        "days": [{"day": day, "score": span(card.low, card.high),
                  "failed": sum(g.passed is False for g in card.gates), "iso": day.isoformat()} for day, card in cards],
    }  # fmt: skip


def _cards(at: Known, days: tuple[date, ...]) -> tuple[Scorecard, ...]:
    guideline = at.guideline
    assert guideline is not None
    name = f"trend cards {at.row.id} {guideline.digest}"

    def made() -> tuple[Scorecard, ...]:
        return tuple(
            scored(facts(then, at.row.id), (at.row.id,), then, guideline).card(at.row.id)
            for then in acts.earlier(at.snapshot, days)
        )

    return at.snapshot.once(name, made)


# ---------------------------------------------------------------- two versions


def versions(at: Known) -> dict[str, Any] | None:
    """What the version before would have given, and why it differs."""
    known = acts.versions(at)
    if at.guideline is None or at.card is None or len(known) < 2:
        return None
    place = [g.version for g in known].index(at.guideline.version)
    other = known[place - 1] if place else known[1]
    earlier, later = (other, at.guideline) if place else (at.guideline, other)
    cards = [acts.scored_by(at.snapshot, g).card(at.row.id) for g in (earlier, later)]
    found = compare(*cards)
    return {
        "before": earlier,
        "after": later,
        "score_before": span(cards[0].low, cards[0].high),
        "score_after": span(cards[1].low, cards[1].high),
        "change": signed(found.change),
        "total": whole(cards[1].total),
        "rows": [_change(change) for change in found.changes if change.why != ("same",)],
        "same": sum(change.why == ("same",) for change in found.changes),
        "gates": [
            {
                "id": g.id,
                "title": next(row.gate.title for row in (g.after, g.before) if row is not None),
                "limit": g.limit_changed,
                "before": _passed(g.before),
                "after": _passed(g.after),
            }
            for g in found.gates
        ],
    }


def _change(change: Change) -> dict[str, Any]:
    row = change.after or change.before
    assert row is not None
    return {
        "id": change.id,
        "title": row.indicator.title,
        "why": term("centres.and").join(term(f"centres.why.{why}") for why in change.why),
        "before": span(*change.before.points) if change.before else "",
        "after": span(*change.after.points) if change.after else "",
        "change": signed(change.change),
        "weight": signed(change.by_weight),
        "score": signed(change.by_score),
    }


def _passed(row: Any) -> str:
    return "" if row is None else {True: "passed", False: "failed", None: "unknown"}[row.passed]


def signed(value: float) -> str:
    """A change in points, with its sign and a real minus.

    >>> signed(-1.25)
    '−1.2'
    """
    text = f"{value:+.1f}".replace("-", "−")
    return "0.0" if text in ("+0.0", "−0.0") else text


# ---------------------------------------------------------------- ranks


def ranks(at: Known) -> dict[str, Any] | None:
    """The rank among all centres of the scope when the weights are others; None where there is nobody else."""
    if at.scored is None or len(at.scored.cards.centres) < 2 or at.guideline is None:
        return None
    cards, names = at.scored.cards, {row.id: row.name for row in at.snapshot.rows("centre")}
    found = at.snapshot.once(f"sensitivity {at.guideline.digest}", lambda: sensitivity(cards, DRAWS))
    drawn = kept(at.snapshot, f"ranks {at.guideline.digest}", lambda: ranks_of(found, names, current()))
    me = found.centres.index(at.row.id)
    shares = found.shares[me]
    likeliest = int(shares.argmax())
    nearest = min(
        (smallest_swap(cards, at.row.id, other) for other in found.centres if other != at.row.id),
        key=lambda swap: swap.share,
    )
    other = nearest.second if nearest.first == at.row.id else nearest.first
    return {
        "figure": drawn_context(drawn, "ranks"), "rank": likeliest + 1, "share": 100.0 * float(shares[likeliest]),
        "best": int(found.best[me]), "worst": int(found.worst[me]), "of": len(found.centres), "draws": DRAWS,
        "other": names.get(other, {"": other}), "swap": points(nearest.moved) if nearest.to else "",
    }  # fmt: skip
