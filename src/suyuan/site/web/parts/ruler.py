"""The ruler of days: when things run out, numbered like the rows of the table below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.parts.text import MONTHS

CROWDED = 20.0
"""Numbers that stand closer than this are lifted to the next line."""
LINES = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """One end: its day, its number in the table, whether a person is needed."""

    day: date
    number: int
    pressing: bool = False


def ruler_html(today: date, days: int, marks: Sequence[Mark]) -> SafeString:
    """The ruler twice: wide, with a line for every day, and drawn again for a narrow screen."""
    label = escape(term("today.ruler", count=len(marks)))
    return mark_safe(_drawn(today, days, marks, 936, label, "wide") + _drawn(today, days, marks, 358, label, "narrow"))


def _drawn(today: date, days: int, marks: Sequence[Mark], width: int, label: str, kind: str) -> str:
    left, right = 8.0, width - 24.0
    lifted = _lifted(marks, [left + (m.day - today).days * (right - left) / days for m in marks])
    top = 16 + 22 * max((line for _, line in lifted), default=0)
    base = top + 40

    def x(day: date) -> float:
        return left + (day - today).days * (right - left) / days

    parts = []
    for n in range(days + 1):
        day = today + timedelta(days=n)
        at = f"{x(day):.1f}"
        if day.day == 1:
            parts.append(f'<path class="tk" d="M{at} {base}v15"/>')
            if n > (3 if width > 500 else 8) and x(day) < right - 24:
                parts.append(f'<text class="t2" x="{x(day) + 4:.1f}" y="{base + 17}">{escape(_month(day))}</text>')
        elif day.weekday() == 0:
            parts.append(f'<path class="tk" d="M{at} {base}v8"/>')
        elif width > 500:
            parts.append(f'<path class="tkm" d="M{at} {base}v4"/>')
    parts.append(f'<path class="ax" d="M{left:g} {base}H{right:g}"/>')
    parts.append(f'<path class="ac" d="M{left:g} {base + 22}V{base - 30}"/>')
    named = escape(term("today.ruler.today", month=today.month, day=today.day))
    parts.append(f'<text class="acc" x="{left + 6:g}" y="{base + 31}">{named}</text>')
    for mark, (at_x, line) in zip(marks, lifted, strict=True):
        tone = "warn" if mark.pressing else "wh"
        text = "warn tb" if mark.pressing else ""
        y = top - 22 * line
        parts.append(f'<path d="M{at_x:.1f} {base}V{y + 9}" class="{tone}" stroke-width="1.5"/>')
        parts.append(f'<circle cx="{at_x:.1f}" cy="{y}" r="9" class="{tone}" stroke-width="1.25"/>')
        parts.append(f'<text x="{at_x:.1f}" y="{y + 4.3}" text-anchor="middle" class="{text}">{mark.number}</text>')
    height = base + 36
    return (
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )


def _lifted(marks: Sequence[Mark], places: Sequence[float]) -> list[tuple[float, int]]:
    """Where each mark stands, and on which line so that its number covers no other."""
    taken = [-1e9] * LINES
    placed = []
    for _, at in zip(marks, places, strict=True):
        line = next((n for n in range(LINES) if at - taken[n] >= CROWDED), LINES - 1)
        taken[line] = at
        placed.append((at, line))
    return placed


def _month(day: date) -> str:
    return f"{day.month} 月" if current() == "zh" else MONTHS[day.month - 1][:3]
