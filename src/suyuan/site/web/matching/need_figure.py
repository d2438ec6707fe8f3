"""U of capabilities over the interval of a need, with the line that the need draws and the part where nothing suffices.

Drawn by hand, wide and narrow, in the page's own colours: the same curves as the figure of the proof, in a thousandth
of the time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from suyuan.report.service.need_curve import Curve
from suyuan.report.service.proof import Lines
from suyuan.site.terms import term

MOST = 4
"""Curves that are drawn; the table beside has all."""
_WIDE, _NARROW = (470, 300), (358, 280)


def need_figure(lines: Lines, label: str, words: tuple[str, str]) -> SafeString:
    """Both sizes. words: what the line of the need and the lacking part are called."""
    pair = (_svg(lines, label, words, "wide", _WIDE, 96), _svg(lines, label, words, "narrow", _NARROW, 12))
    return mark_safe("".join(pair))


def _svg(lines: Lines, label: str, words: tuple[str, str], kind: str, size: tuple[int, int], room: int) -> str:
    width, height = size
    plane = _Plane(lines, width, height, room)
    body = "".join((*plane.band(), *plane.axes(), *plane.curves(kind == "narrow"), *plane.target(words[0]),
                    *plane.limits(words[1])))  # fmt: skip
    return (
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(label)}">{body}</svg>'
    )


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values in an interval, so many at most.

    >>> ticks(0.0, 100.0), ticks(0.0, 0.072, 5)
    ([0.0, 20.0, 40.0, 60.0, 80.0, 100.0], [0.0, 0.02, 0.04, 0.06])
    """
    width = high - low
    if not width > 0.0 or not math.isfinite(width):
        return [low]
    power = 10.0 ** math.floor(math.log10(width / most))
    step = next(m * power for m in (1.0, 2.0, 5.0, 10.0, 20.0) if width / (m * power) <= most + 1e-9)
    digits = max(0, 1 - math.floor(math.log10(step)))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(n * step, digits) + 0.0 for n in range(first, last + 1)]


def _said(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")


def _short(value: float) -> str:
    """An end of what suffices, to three digits, rounded down."""
    if not value or not math.isfinite(value):
        return _said(value)
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    return _said(
        value if abs(round(value / step) * step - value) < 1e-9 * abs(value) else math.floor(value / step) * step
    )


class _Plane:
    """The axes of one size."""

    def __init__(self, lines: Lines, width: int, height: int, room: int) -> None:
        self.lines = lines
        self.shown = [c for c in lines.curves[:MOST] if np.isfinite(c.U).any()]
        self.low, self.high = float(lines.wanted.x[0]), float(lines.wanted.x[-1])
        if self.high <= self.low:
            pad = abs(self.low) * 0.05 or 1.0
            self.low, self.high = self.low - pad, self.high + pad
        near = [float(np.nanmax(c.U)) for c in self.shown]
        target = float(np.max(lines.wanted.U)) if lines.wanted.U is not None else 0.0
        first = near[0] if near else target
        # A capability ten times worse than the nearest would flatten all that matters: it leaves the plane.
        self.top = 1.18 * max([target, *(u for u in near if u <= 4.0 * max(first, target))], default=1.0) or 1.0
        self.y_ticks = ticks(0.0, self.top, 5)
        widest = max(len(_said(t)) for t in self.y_ticks)
        self.left = 16 + 7 * widest
        self.right, self.bottom, self.roof = width - room, height - 40, 26

    def x(self, value: float) -> float:
        return self.left + (value - self.low) / (self.high - self.low) * (self.right - self.left)

    def y(self, value: float) -> float:
        return self.bottom - value / self.top * (self.bottom - self.roof)

    def band(self) -> Iterator[str]:
        for a, b in self.lines.wanted.lacking:
            x, y = self.x(a), self.x(b)
            yield f'<path class="band" d="M{x:.1f} {self.bottom}V{self.roof}H{y:.1f}V{self.bottom}z"/>'

    def axes(self) -> Iterator[str]:
        for value in self.y_ticks:
            at = self.y(value)
            yield f'<path class="tk" d="M{self.left - 5} {at:.1f}h5"/>'
            yield f'<text x="{self.left - 9}" y="{at + 4:.1f}" text-anchor="end">{_said(value)}</text>'
        for value in ticks(self.low, self.high, 6):
            at = self.x(value)
            yield f'<path class="tk" d="M{at:.1f} {self.bottom}v5"/>'
            yield f'<text x="{at:.1f}" y="{self.bottom + 19}" text-anchor="middle">{_said(value)}</text>'
        yield f'<path class="ax" d="M{self.left} 20V{self.bottom}H{self.right + 4}"/>'
        unit = "" if self.lines.U_unit in ("", "1") else f" / {escape(self.lines.U_unit)}"
        yield f'<text x="{self.left + 6}" y="18"><tspan class="ts">U</tspan>{unit}</text>'
        symbol = escape(self.lines.unit) if self.lines.unit not in ("", "1") else "1"
        yield (f'<text x="{self.right}" y="{self.bottom + 35}" text-anchor="end"><tspan class="ts">x</tspan> / '
               f"{symbol}</text>")  # fmt: skip

    def curves(self, inside: bool) -> Iterator[str]:
        taken: list[float] = []
        styles = ('class="ac"', 'class="wh"', 'class="wh" stroke-dasharray="6 3"', 'class="old" stroke-dasharray="2 3"')
        for n, curve in enumerate(self.shown):
            known = np.isfinite(curve.U) & (self.top >= curve.U)
            if not known.any():
                continue
            yield f'<path {styles[0 if curve.nearest else max(n, 1)]} d="{self._path(curve, known)}"/>'
            last = int(np.flatnonzero(known)[-1])
            x, y = self.x(float(curve.x[last])), self.y(float(curve.U[last]))
            if curve.nearest:
                yield f'<circle class="fac" cx="{x:.1f}" cy="{y:.1f}" r="3.6"/>'
            yield self._name(curve, x, y, inside, taken)

    def _path(self, curve: Curve, known: Any) -> str:
        pen, parts = "M", []
        for x, u, here in zip(curve.x[::2], curve.U[::2], known[::2], strict=True):
            if here:
                parts.append(f"{pen}{self.x(float(x)):.1f} {self.y(float(u)):.1f}")
            pen = "L" if here else "M"
        return "".join(parts)

    def _name(self, curve: Curve, x: float, y: float, inside: bool, taken: list[float]) -> str:
        at = y + 4 if not inside else y - 7
        while any(abs(at - other) < 14 for other in taken):
            at += 4 if not inside else -4
        at = min(max(at, 38.0), self.bottom - 6.0)
        taken.append(at)
        name = curve.name.split(" ")[-1]
        style = "tb acc" if curve.nearest else "t2"
        if inside:
            end = min(x, self.right) - (8.0 if curve.nearest else 0.0)
            return f'<text x="{end:.1f}" y="{at:.1f}" text-anchor="end" class="{style}">{escape(name)}</text>'
        return f'<text x="{x + 9:.1f}" y="{at:.1f}" class="{style}">{escape(name)}</text>'

    def target(self, word: str) -> Iterator[str]:
        U = self.lines.wanted.U
        if U is None:
            return
        y, first = self.y(float(U[0])), self.x(float(self.lines.wanted.x[0]))
        end = self.x(float(self.lines.wanted.x[-1]))
        if end <= first:
            first, end = first - 8.0, end + 8.0
        unit = "" if self.lines.U_unit == "1" else f" {self.lines.U_unit}"
        yield f'<path class="warn" stroke-width="2" d="M{first:.1f} {y:.1f}H{end:.1f}v-7"/>'
        yield (f'<text class="warn tb" x="{first + 8:.1f}" y="{y - 7:.1f}">{escape(word)} {_said(float(U[0]))}'
               f"{escape(unit)}</text>")  # fmt: skip

    def limits(self, word: str) -> Iterator[str]:
        """Where the nearest ceases to suffice, and what the part beyond is called."""
        for a, b in self.lines.wanted.lacking:
            x, y = self.x(a), self.x(b)
            for edge, value in ((x, a), (y, b)):
                if self.low < value < self.high:
                    yield f'<path class="wh" d="M{edge:.1f} {self.roof}V{self.bottom}" stroke-dasharray="2 3"/>'
            if y - x > 13 * len(word) * (1.0 if word[:1] > "\u2e00" else 0.55):
                yield (f'<text x="{(x + y) / 2:.1f}" y="{self.bottom - 8}" text-anchor="middle" class="tb">'
                       f"{escape(word)}</text>")  # fmt: skip
            if a > self.low:
                said = escape(term("match.figure.until", value=_short(a), unit=self.lines.unit))
                yield f'<text x="{x - 6:.1f}" y="{self.bottom - 8}" text-anchor="end">{said}</text>'
