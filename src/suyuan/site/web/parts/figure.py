"""The small figures: the interval strip (value ± U against its limits) and the bar of a budget."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from suyuan.site.terms import term
from suyuan.site.web.parts.number import plain, spoken_number


@dataclass(frozen=True, slots=True)
class Interval:
    """What a strip shows: an estimate with its expanded uncertainty (None: not stated)."""

    value: float
    uncertainty: float | None = None

    @property
    def ends(self) -> tuple[float, float]:
        """Low and high end of the whisker."""
        half = self.uncertainty or 0.0
        return self.value - half, self.value + half


@dataclass(frozen=True, slots=True)
class Scale:
    """From a quantity's values to pixels; values beyond the ends are drawn at the ends."""

    low: float
    high: float
    left: float
    right: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.left + min(1.0, max(0.0, share)) * (self.right - self.left)

    def beyond(self, value: float) -> bool:
        """Whether a value lies outside the drawn stretch."""
        slack = 1e-9 * (self.high - self.low)
        return value < self.low - slack or value > self.high + slack


def domain(lower: float | None, upper: float | None, *shown: Interval | None) -> tuple[float, float]:
    """The stretch a strip draws: limits and whiskers with a margin; far values leave the limits readable."""
    ends = [end for interval in shown if interval for end in interval.ends if math.isfinite(end)]
    gates = [gate for gate in (lower, upper) if gate is not None]
    if lower is not None and upper is not None and upper > lower:
        middle, gate_half = (lower + upper) / 2, (upper - lower) / 2
        half = max([gate_half * 1.25, *(abs(end - middle) * 1.08 for end in ends)])
        half = min(half, gate_half * 6)
        return middle - half, middle + half
    everything = [*ends, *gates]
    if not everything:
        return -1.0, 1.0
    low, high = min(everything), max(everything)
    margin = 0.12 * (high - low) or abs(high) * 0.1 or 1.0
    return low - margin, high + margin


def _whisker(scale: Scale, shown: Interval, y: float, cap: float, kind: tuple[str, str], radius: float) -> str:
    line, dot = kind
    low, high = shown.ends
    parts = []
    if shown.uncertainty:
        x1, x2 = scale(low), scale(high)
        path = f"M{x1:.1f} {y:g}H{x2:.1f}"
        if not scale.beyond(high):
            path += f"M{x2:.1f} {y - cap:g}v{2 * cap:g}"
        if not scale.beyond(low):
            path += f"M{x1:.1f} {y - cap:g}v{2 * cap:g}"
        parts.append(f'<path class="{line}" d="{path}"/>')
    x = scale(shown.value)
    if scale.beyond(shown.value):
        tip = 1 if shown.value > scale.high else -1
        parts.append(
            f'<path class="{line}" d="M{x - 5 * tip:.1f} {y - 4:g}L{x:.1f} {y:g}L{x - 5 * tip:.1f} {y + 4:g}"/>'
        )
    else:
        parts.append(f'<circle class="{dot}" cx="{x:.1f}" cy="{y:g}" r="{radius:g}"/>')
    return "".join(parts)


def _gates(scale: Scale, lower: float | None, upper: float | None, top: float, bottom: float) -> str:
    drawn = ""
    if lower is not None and not scale.beyond(lower):
        drawn += f'<path class="tol" d="M{scale(lower) + 4:.1f} {top:g}h-4V{bottom:g}h4"/>'
    if upper is not None and not scale.beyond(upper):
        drawn += f'<path class="tol" d="M{scale(upper) - 4:.1f} {top:g}h4V{bottom:g}h-4"/>'
    return drawn


def describe(
    shown: Interval, lower: float | None, upper: float | None, old: Interval | None, unit: str, label: str
) -> str:
    """The same as a sentence, for who does not see the strip."""
    told = [label] if label else []
    if old is not None:
        told.append(f"{term('strip.old')} {spoken_number(old.value, old.uncertainty, unit)}")
    told.append(spoken_number(shown.value, shown.uncertainty, unit))
    if lower is not None or upper is not None:
        ends = " … ".join("" if gate is None else plain(gate) for gate in (lower, upper)).strip()
        told.append(f"{term('word.limits')} {ends} {unit}".strip())
    return term("strip.join").join(told)


def strip_svg(
    shown: Interval,
    limits: tuple[float | None, float | None] = (None, None),
    *,
    stretch: tuple[float, float] | None = None,
    old: Interval | None = None,
    unit: str = "",
    label: str = "",
    width: int = 236,
) -> SafeString:
    """The interval strip: a hairline, two gates [ ], a whisker ± U and a dot; the old one hollow above the new."""
    lower, upper = limits
    low, high = stretch or domain(lower, upper, shown, old)
    scale = Scale(low, high, 6.0, width - 6.0)
    height, y = (34, 23.0) if old else (26, 13.0)
    body = f'<path class="hl" d="M2 {y:g}H{width - 2}"/>'
    if lower is not None and upper is not None:
        body += f'<path class="tkm" d="M{scale((lower + upper) / 2):.1f} {y - 3:g}v6"/>'
    body += _gates(scale, lower, upper, 3 if old else 4, height - 3 if old else 22)
    if old is not None:
        body += _whisker(scale, old, 10.0, 3, ("old", "fold"), 3)
    body += _whisker(scale, shown, y, 4, ("ac", "fac"), 3.4)
    told = escape(describe(shown, lower, upper, old, unit, label))
    return mark_safe(
        f'<svg class="strip" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{told}">{body}</svg>'
    )


def bar_svg(value: float, largest: float, *, first: bool = False, label: str = "", width: int = 250) -> SafeString:
    """A budget's bar from a common zero; the largest term in accent."""
    share = 0.0 if not largest > 0 else max(0.0, min(1.0, abs(value) / largest))
    kind = "bar1" if first else "bar"
    bar = f'<rect class="{kind}" x="1" y="5" width="{share * (width - 4):.1f}" height="8"/>' if share else ""
    return mark_safe(
        f'<svg class="strip" viewBox="0 0 {width} 18" width="{width}" height="18" role="img" '
        f'aria-label="{escape(label)}"><path class="hl" d="M.5 0V18"/>{bar}</svg>'
    )
