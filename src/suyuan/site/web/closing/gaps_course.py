"""The gaps over the last months: how many needs are met and not, what was closed with both sides, what came open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from suyuan.site.acts.closing import gaps as acts
from suyuan.site.acts.matching import sight
from suyuan.site.terms import term
from suyuan.site.web.closing.sides import side_row
from suyuan.site.web.days import day_context
from suyuan.site.web.matters.drawn import verdict_html
from suyuan.site.web.matters.words import need_title, need_way
from suyuan.site.web.parts.text import day_text, text_html

ORDER = ("cannot", "partly", "not_accurate", "unknown", "can")
FILLS = {"cannot": "bar", "partly": "bar", "not_accurate": "bar", "unknown": "old", "can": "fac"}


def course_context(known: Any, keys: frozenset[tuple[str, str]] | None) -> dict[str, Any]:
    """Counts a month as figure and table, closings, openings; nothing before the first need was known."""
    passage = acts.course(known)
    if passage is None:
        return {"course": [], "course_many": True}
    query = str(day_context(known)["day_query"])
    rows = [
        {"day": day, "said": day_text(day), "iso": day.isoformat(), "counts": [counts[k] for k in ORDER],
         "open": sum(counts[k] for k in ORDER[:3]), "all": sum(counts.values())}
        for day, counts in zip(passage.days, passage.counts, strict=True)
    ]  # fmt: skip
    first = next((n for n, row in enumerate(rows) if row["all"]), len(rows))
    rows = rows[first:]
    return {
        "course": rows, "course_heads": [f"match.verdict.{k}" for k in ORDER],
        "course_figure": {"wide": _figure(rows, 640), "narrow": _figure(rows, 340)} if len(rows) > 1 else None,
        "closings": [_closing(c, keys, query) for c in passage.closings],
        "opened": [
            {"day": day_text(day), "title": need_title(g.need, sight.hidden(g.need, keys)),
             "verdict": verdict_html(g.kind),
             "address": "" if sight.hidden(g.need, keys) else need_way(g.need) + query}
            for day, g in passage.opened
        ],
        "per_year": list(passage.per_year.items()),
    }  # fmt: skip


def _closing(closing: Any, keys: frozenset[tuple[str, str]] | None, query: str) -> dict[str, Any]:
    hide = sight.hidden(closing.need, keys)
    return {
        "title": need_title(closing.need, hide), "address": "" if hide else need_way(closing.need) + query,
        "kind": verdict_html(closing.kind),
        "before": side_row(closing.before, hide),
        "after": side_row(closing.after, hide),
        "organisation": "" if hide else text_html(closing.need.organisation),
    }  # fmt: skip


def _figure(rows: Sequence[dict[str, Any]], width: int) -> SafeString:
    """A column a month: met needs as a line of filled squares, open ones above as outlines; the number at the top."""
    if not rows:
        return SafeString("")
    most = max(row["all"] for row in rows) or 1
    left, foot, top, tall = 30.0, 26.0, 16.0, 120.0
    step = (width - left - 8.0) / len(rows)
    wide = min(22.0, step * 0.62)
    body = [f'<path class="ax" d="M{left} {top + tall}H{width}M{left} {top}V{top + tall}"/>']
    for n, row in enumerate(rows):
        x = left + step * n + (step - wide) / 2
        met, open_ = row["counts"][-1] / most * tall, row["open"] / most * tall
        other = row["counts"][3] / most * tall
        y = top + tall - met
        body.append(f'<rect class="bar1" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{met:.1f}"/>')
        y -= open_
        body.append(f'<rect class="bar" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{open_:.1f}"/>')
        if other:
            body.append(f'<rect class="old" x="{x:.1f}" y="{y - other:.1f}" width="{wide:.1f}" height="{other:.1f}"/>')
        body.append(f'<text class="t2" x="{x + wide / 2:.1f}" y="{y - other - 4:.1f}" text-anchor="middle">'
                    f"{row['open']}</text>")  # fmt: skip
        if n % max(1, round(46 / step)) == 0 or n == len(rows) - 1:
            body.append(f'<text class="t2" x="{x + wide / 2:.1f}" y="{top + tall + 18:.0f}" text-anchor="middle">'
                        f"{_month(row['day'], n == len(rows) - 1)}</text>")  # fmt: skip
    body.append(f'<text class="t2" x="{left - 6:.0f}" y="{top + 4:.0f}" text-anchor="end">{most}</text>')
    body.append(f'<text class="t2" x="{left - 6:.0f}" y="{top + tall:.0f}" text-anchor="end">0</text>')
    label = term("gaps.course.label", first=rows[0]["said"], last=rows[-1]["said"], before=rows[0]["open"],
                 after=rows[-1]["open"])  # fmt: skip
    kind = "wide" if width > 400 else "narrow"
    height = top + tall + foot
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>',
        kind, width, f"{height:.0f}", width, f"{height:.0f}", label, mark_safe("".join(body)),
    )  # fmt: skip


def _month(day: date, last: bool) -> str:
    return f"{day:%m-%d}" if last else f"{day:%Y-%m}"
