"""The picture of a stream: values with the band of U, and below the axis the certificates and the gaps of the time.

Drawn by the server for the width of the page, so it stands without a script; a script only asks for another span.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from suyuan.series.course import Course, Thinned, merged, thinned
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.series import ticks
from suyuan.store.zone import house_zone


@dataclass(frozen=True, slots=True)
class Size:
    """A picture in pixels: width, left margin, right margin, height of the plot; most marks across and upright."""

    kind: str
    width: int
    left: int
    right: int
    plot: int
    across: int
    upright: int

    @property
    def columns(self) -> int:
        return self.width - self.left - self.right


WIDE = Size("wide", 1120, 62, 10, 248, 10, 6)
NARROW = Size("narrow", 358, 46, 6, 210, 4, 5)
TOP, LANE = 24, 46


@dataclass(frozen=True, slots=True)
class Band:
    """A certificate's time. name: number; state: of the term table; tone: «ok», «warn», «bad», «none»; way: page."""

    first: int
    last: int
    name: str
    state: str
    tone: str
    way: str = ""


def drawn(given: Course, span: tuple[int, int], bands: Sequence[Band], unit: str, size: Size) -> SafeString:
    """One picture of a span."""
    shown = thinned(given, *span, size.columns)
    pen = _Pen(size, shown, unit)
    body = pen.band() + pen.line() + pen.axes() + pen.certificates(bands) + pen.reasons()
    height = pen.height
    low, high = (float(shown.low.min()), float(shown.high.max())) if len(shown) else (None, None)
    label = _label(shown, low, high, unit)
    first, last = span
    return mark_safe(
        f'<svg class="course {size.kind}" viewBox="0 0 {size.width} {height}" width="{size.width}" height="{height}" '
        f'role="img" aria-label="{escape(label)}" data-first="{first}" data-last="{last}" data-left="{size.left}" '
        f'data-columns="{size.columns}" data-top="{TOP}" data-plot="{size.plot}">{body}</svg>'
    )


def _label(shown: Thinned, low: float | None, high: float | None, unit: str) -> str:
    zone = house_zone()
    ends = [ticks.local(t, zone).strftime("%Y-%m-%d %H:%M") for t in (shown.first, shown.last)]
    if low is None or high is None:
        return term("data.figure.empty", first=ends[0], last=ends[1])
    return term(
        "data.figure.label",
        first=ends[0],
        last=ends[1],
        n=shown.readings,
        low=f"{low:.6g}",
        high=f"{high:.6g}",
        unit=unit,
    )


class _Pen:
    """Places of one picture."""

    def __init__(self, size: Size, shown: Thinned, unit: str) -> None:
        self.size, self.shown, self.unit = size, shown, unit
        self.base = TOP + size.plot
        self.low, self.high = _range(shown)
        self.lane = self.base + 58
        self.height = self.lane + LANE + 26

    def x(self, time: Any) -> Any:
        share = (np.asarray(time, np.float64) - self.shown.first) / (self.shown.last - self.shown.first)
        return self.size.left + np.clip(share, 0.0, 1.0) * self.size.columns

    def y(self, value: Any) -> Any:
        return self.base - (np.asarray(value) - self.low) / (self.high - self.low) * self.size.plot

    def _runs(self) -> list[tuple[int, int]]:
        begin = np.flatnonzero(self.shown.broken)
        return list(pairwise([*begin.tolist(), len(self.shown)]))

    def band(self) -> str:
        """The band of U about each unbroken run."""
        under, over = self.y(self.shown.U_low), self.y(self.shown.U_high)
        return "".join(
            f'<path class="ub" d="{_closed(self.x(self.shown.time), over, under, run)}"/>' for run in self._runs()
        )

    def line(self) -> str:
        """Between least and greatest; one reading a point: a line, and dots where there is room."""
        x, top, bottom = self.x(self.shown.time), self.y(self.shown.high), self.y(self.shown.low)
        if not self.shown.single:
            return "".join(f'<path class="en0" d="{_closed(x, top, bottom, run)}"/>' for run in self._runs())
        parts = [f'<path class="ln" d="M{_points(x[a:b], top[a:b])}"/>' for a, b in self._runs() if b - a > 1]
        alone = [a for a, b in self._runs() if b - a == 1]
        dots = range(len(x)) if len(x) * 7 <= self.size.columns else alone
        parts += [f'<circle class="pt" cx="{x[i]:.1f}" cy="{top[i]:.1f}" r="2"/>' for i in dots]
        return "".join(parts)

    def axes(self) -> str:
        left, right, base = self.size.left, self.size.left + self.size.columns, self.base
        out = [
            f'<path class="ax" d="M{left} {TOP - 4}V{base}H{right}"/>',
            f'<text class="t2" x="0" y="11">{escape(self._unit())}</text>',
        ]
        marks, decimals = ticks.numbers(self.low, self.high, self.size.upright)
        for value in marks:
            y = float(self.y(value))
            text = f"{value + 0.0:.{decimals}f}".replace("-", "−")
            out.append(
                f'<path class="tk" d="M{left - 5} {y:.1f}h5"/><text x="{left - 9}" y="{y + 4:.1f}" '
                f'text-anchor="end">{text}</text>'
            )
        zone = house_zone()
        found, step = ticks.times(self.shown.first, self.shown.last, self.size.across, zone)
        for time, (upper, lower) in zip(found, ticks.labels(found, step, zone, current()), strict=True):
            x = float(self.x(time))
            anchor = "start" if x < left + 16 else "end" if x > right - 24 else "middle"
            out.append(
                f'<path class="tk" d="M{x:.1f} {base}v5"/><text x="{x:.1f}" y="{base + 18}" '
                f'text-anchor="{anchor}">{escape(upper)}</text>'
            )
            if lower:
                out.append(
                    f'<text class="t2" x="{x:.1f}" y="{base + 33}" text-anchor="{anchor}">{escape(lower)}</text>'
                )
        return "".join(out)

    def _unit(self) -> str:
        return term("data.figure.axis", unit=self.unit or "1")

    def certificates(self, bands: Sequence[Band]) -> str:
        """The times of certificates, and a hairline up through the values where one begins."""
        y, out = self.lane, [self._lane_name("data.lane.certificates", self.lane)]
        for one in bands:
            if one.last <= self.shown.first or one.first >= self.shown.last:
                continue
            a, b = float(self.x(one.first)), float(self.x(one.last))
            if one.first > self.shown.first:
                out.append(f'<path class="hl" d="M{a:.1f} {TOP}V{self.base}M{a:.1f} {y - 8}v8"/>')
            bar = f'<path class="cb {one.tone}" d="M{a + 1:.1f} {y}H{max(a + 2, b - 1):.1f}"/>'
            words = self._fit(one, b - a)
            text = "" if not words else f'<text class="{one.tone}" x="{a + 1:.1f}" y="{y + 16}">{escape(words)}</text>'
            out.append(f'<a href="{escape(one.way)}">{bar}{text}</a>' if one.way else bar + text)
        return "".join(out)

    def _fit(self, one: Band, room: float) -> str:
        state = term(f"data.status.{one.state}")
        whole = f"{one.name} {state}" if one.name and one.state != "valid" else one.name or state
        return next((text for text in (whole, one.name, state) if text and _long(text) <= room), "")

    def reasons(self) -> str:
        """Where there is no value, and why, as bars below."""
        near = max(1, (self.shown.last - self.shown.first) // self.size.columns)
        y, out = self.lane + LANE, [self._lane_name("data.lane.gaps", self.lane + LANE)]
        gaps = merged(self.shown.gaps, near) if len(self.shown.gaps) else self.shown.gaps
        taken = -1.0
        for first, last, code in zip(gaps.first.tolist(), gaps.last.tolist(), gaps.status.tolist(), strict=True):
            a, b = float(self.x(first)), float(self.x(last))
            out.append(f'<path class="cb {tone(code)}" d="M{a:.1f} {y}H{max(a + 1.5, b):.1f}"/>')
            words = term(f"data.status.{word(code)}")
            if a > taken and _long(words) <= max(b - a, 0.0):
                out.append(f'<text class="t2" x="{a + 1:.1f}" y="{y + 16}">{escape(words)}</text>')
                taken = a + _long(words)
        if not len(gaps):
            out.append(
                f'<text class="t2" x="{self.size.left + 1}" y="{y + 4}">{escape(term("data.lane.no_gaps"))}</text>'
            )
        return "".join(out)

    def _lane_name(self, key: str, y: int) -> str:
        return f'<text class="t2 t11" x="0" y="{y + 4}">{escape(term(key))}</text>'


def _range(shown: Thinned) -> tuple[float, float]:
    """What the upright axis spans: all values with their U, and a little air."""
    if not len(shown):
        return 0.0, 1.0
    low, high = float(shown.U_low.min()), float(shown.U_high.max())
    air = 0.04 * (high - low) or abs(high) * 1e-3 or 1.0
    return low - air, high + air


def _points(x: Any, y: Any) -> str:
    return "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))


def _closed(x: Any, over: Any, under: Any, run: tuple[int, int]) -> str:
    """A run as an area, at least a pixel wide and high."""
    a, b = run
    xs, top, bottom = x[a:b], over[a:b], under[a:b]
    thin = bottom - top < 1.0
    top, bottom = np.where(thin, top - 0.5, top), np.where(thin, bottom + 0.5, bottom)
    if b - a == 1:
        xs, top, bottom = (np.repeat(v, 2) for v in (xs, top, bottom))
        xs = xs + np.array([-0.5, 0.5])
    return f"M{_points(xs, top)}L{_points(xs[::-1], bottom[::-1])}Z"


def _long(text: str) -> float:
    """About how wide a text of 12 px is."""
    return sum(12.0 if ord(c) > 0x2E80 else 6.8 for c in text) + 4.0


def word(code: int) -> str:
    """The word of a status code, `SILENT` among them."""
    from suyuan.series.asof import Status

    return "silent" if code < 0 else Status(code).word


def tone(code: int) -> str:
    """How much a reason concerns a person."""
    found = word(code)
    return "bad" if found == "withdrawn" else "none" if found in ("silent", "missing", "no_certificate") else "warn"


Draw = Callable[[Size], SafeString]


def both(draw: Draw) -> SafeString:
    """The picture for either width of the page."""
    return mark_safe(draw(WIDE) + draw(NARROW))
