"""The curve of an indicator: value → score from 0 to 1, straight lines between its points; a centre as a dot."""

from __future__ import annotations

import math

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from suyuan.centre.guideline import Indicator
from suyuan.site.terms import term
from suyuan.site.web.regulation.centre_shown import SHARES, unit_word, value_text

WIDE, TALL, LEFT, BELOW = 236, 92, 26, 20


def curve_svg(of: Indicator, low: float = math.nan, high: float = math.nan) -> SafeString:
    """The curve; low, high: the value of a centre, nothing where it is unknown."""
    if not of.curve:
        return SafeString("")
    first, last = _stretch(of, low, high)

    def x(value: float) -> float:
        return LEFT + (WIDE - LEFT - 10.0) * (value - first) / (last - first)

    def y(score: float) -> float:
        return (TALL - BELOW) - (TALL - BELOW - 8.0) * score

    ends = [(first, of.curve[0][1]), *of.curve, (last, of.curve[-1][1])]
    line = " ".join(f"{'L' if n else 'M'}{x(a):.1f} {y(b):.1f}" for n, (a, b) in enumerate(ends))
    parts = [f'<path class="ax" d="M{LEFT} 4V{TALL - BELOW}H{WIDE}"/>', f'<path class="ln" d="{line}"/>']
    for score in (0, 1):
        parts.append(f'<text x="{LEFT - 6}" y="{y(score) + 4:.1f}" text-anchor="end" class="t11">{score}</text>')
    unit = "%" if of.rule is not None and of.rule.measure in SHARES else unit_word(of.unit)
    before = -100.0
    for value in sorted({first, *(a for a, _ in of.curve)}):
        at = x(value)
        parts.append(f'<path class="tk" d="M{at:.1f} {TALL - BELOW}v4"/>')
        if at - before > 26.0:
            parts.append(f'<text x="{at:.1f}" y="{TALL - 3}" text-anchor="middle" class="t11">'
                         f"{escape(value_text(value, of.rule))}</text>")  # fmt: skip
            before = at
    parts.append(f'<text x="{WIDE}" y="{TALL - BELOW - 4}" text-anchor="end" class="t11 t2">{escape(unit)}</text>')
    known = [end for end in (low, high) if math.isfinite(end)]
    if known:
        a, b = min(known), max(known)
        parts.append(f'<path class="wh" d="M{x(a):.1f} {TALL - BELOW - 1}H{x(b):.1f}"/>')
        for end in {a, b}:
            parts.append(f'<circle class="fac" cx="{x(end):.1f}" cy="{y(_score(of, end)):.1f}" r="3.6"/>')
    said = term("guidelines.curve", points="; ".join(f"{value_text(a, of.rule)} → {b:g}" for a, b in of.curve))
    return mark_safe(
        f'<svg class="curve" viewBox="0 0 {WIDE} {TALL}" width="{WIDE}" height="{TALL}" role="img" '
        f'aria-label="{escape(said)}">{"".join(parts)}</svg>'
    )


def _stretch(of: Indicator, low: float, high: float) -> tuple[float, float]:
    ends = [a for a, _ in of.curve] + [end for end in (low, high) if math.isfinite(end)]
    share = of.rule is not None and of.rule.measure in SHARES
    first, last = min([*ends, 0.0]), max([*ends, 1.0] if share else ends)
    if first == last:
        return first - 1.0, last + 1.0
    return first, last + 0.06 * (last - first)


def _score(of: Indicator, value: float) -> float:
    before = of.curve[0]
    if value <= before[0]:
        return before[1]
    for point in of.curve[1:]:
        if value <= point[0]:
            share = (value - before[0]) / (point[0] - before[0])
            return before[1] + share * (point[1] - before[1])
        before = point
    return before[1]
