"""U of capabilities over the interval of a need, the line that the need draws, and where none of them suffices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from suyuan.quantity.notation import behind
from suyuan.report.figures.dress import (
    ACCENT,
    CONTEXT,
    INK,
    TEXT,
    WARN,
    WASH,
    Axis,
    Floats,
    Size,
    breadth,
    drawn,
    italic,
    named,
    number_axis,
    power_of,
    remembered,
    room_of,
    shortened,
)
from suyuan.report.figures.participants import FINE
from suyuan.report.figures.placing import halo
from suyuan.report.papers.document import Number, Table, Text, Word
from suyuan.report.service.drawn import Drawn, both, drawn_by

MOST = 5
"""Curves that are drawn; the table has all."""
DASHES: tuple[Any, ...] = ("-", (0, (1.4, 1.6)), (0, (5, 2)), (0, (5, 2, 1.2, 2)), (0, (3, 1, 1, 1, 1, 1)))
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """One capability. name; x: (n,) ascending, in the need's unit; U: (n,) in the unit of the target, NaN where nothing
    is stated; nearest: the one that the answer is about."""

    name: str
    x: Floats
    U: Floats
    nearest: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """The need. x: (m,) ascending from its low to its high end; U: (m,) target at x, None where nobody stated one;
    lacking: parts on which nothing suffices."""

    x: Floats
    U: Floats | None
    lacking: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedWords:
    """Words of the figure: what the target is called, and what the lacking part is."""

    wanted: str = "需要"
    lacking: str = "测不准"


@remembered
def need_figure(
    curves: Sequence[Curve], wanted: Wanted, axes: tuple[Axis, Axis], words: NeedWords, size: Size = "wide"
) -> str:
    """Curves of U with their names at the right end, the target as a line, a band where no capability suffices.

    curves: the nearest first; axes: of the quantity and of U. Returns the SVG as text. Raises ValueError for curves
    without a place, or no curve and no target at all.
    """
    shown = list(curves[:MOST])
    if any(c.x.shape != c.U.shape or c.x.size == 0 for c in shown) or (not shown and wanted.U is None):
        raise ValueError("need: a curve has no place, or there is nothing to draw")
    highs = [*(c.U[np.isfinite(c.U)] for c in shown), wanted.U if wanted.U is not None else np.zeros(0)]
    every = np.concatenate([h for h in highs if h.size] or [np.ones(1)])
    power_y, power_x = power_of(every), power_of(wanted.x)
    sx, sy = 10.0**-power_x, 10.0**-power_y

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        low, high = float(wanted.x[0]) * sx, float(wanted.x[-1]) * sx
        width = (high - low) or abs(high) or 1.0
        longest = 104.0 if size == "wide" else 72.0
        room = room_of(size, 46.0 + longest)
        plane.set_xlim(low - 0.02 * width, high + 0.04 * width)
        top = float(np.nanmax(every)) * sy * 1.18 or 1.0
        plane.set_ylim(0.0, top)
        for a, b in wanted.lacking:
            plane.axvspan(a * sx, b * sx, color=WASH, linewidth=0, zorder=0)
        _curves(plane, shown, (sx, sy), (longest, top))
        if wanted.U is not None:
            _target(plane, wanted, (sx, sy), words, axes[1], power_y)
        if wanted.lacking:
            a, b = max(wanted.lacking, key=lambda part: part[1] - part[0])
            if (b - a) * sx / width * room > breadth(words.lacking):
                plane.text(0.5 * (a + b) * sx, 0.03 * top, words.lacking, ha="center", va="bottom", weight="bold")
            for edge in {a, b} - {float(wanted.x[0]), float(wanted.x[-1])}:
                plane.plot([edge * sx] * 2, [0.0, 0.9 * top], color=INK, linewidth=0.9, linestyle=(0, (1.5, 2)))
        number_axis(plane.xaxis, room)
        number_axis(plane.yaxis, 150.0)
        named(plane, axes[0].label(power_x), axes[1].label(power_y))

    return drawn(size, 2.9 if size == "wide" else 2.7, paint)


def _curves(plane: Any, curves: Sequence[Curve], scale: Span, room: Span) -> None:
    """Lines with their names; names that would touch are moved apart."""
    sx, sy = scale
    longest, top = room
    ends: list[list[Any]] = []
    for n, curve in enumerate(curves):
        colour = ACCENT if curve.nearest else INK if n < 3 else CONTEXT
        known = np.flatnonzero(np.isfinite(curve.U))
        dash = DASHES[n % len(DASHES)] if not curve.nearest else DASHES[0]
        plane.plot(curve.x * sx, curve.U * sy, color=colour, linewidth=1.5 if curve.nearest else 1.0, linestyle=dash)
        if known.size:
            x, y = float(curve.x[known[-1]]) * sx, float(curve.U[known[-1]]) * sy
            if curve.nearest:
                plane.plot([x], [y], "o", color=colour, markersize=5, zorder=5)
            ends.append([y, x, curve.name, colour, "bold" if curve.nearest else "normal"])
    ends.sort(key=lambda end: end[0])
    least = 0.082 * top
    for n in range(1, len(ends)):
        ends[n].append(ends[n][0])
    at = [end[0] for end in ends]
    for n in range(1, len(at)):
        at[n] = max(at[n], at[n - 1] + least)
    for place, end in zip(at, ends, strict=True):
        plane.annotate(
            shortened(end[2], longest * TEXT / FINE), (plane.get_xlim()[1], place), xytext=(4, 0),
            textcoords="offset points", ha="left", va="center", fontsize=FINE, color=end[3], fontweight=end[4],
            annotation_clip=False,
        )  # fmt: skip


def _target(plane: Any, wanted: Wanted, scale: Span, words: NeedWords, axis: Axis, power: int) -> None:
    assert wanted.U is not None
    sx, sy = scale
    x, y = wanted.x * sx, wanted.U * sy
    plane.plot(x, y, color=WARN, linewidth=1.5, zorder=4)
    flat = float(np.ptp(y)) <= 1e-9 * float(np.max(np.abs(y)))
    unit = behind(axis.unit)
    text = f"{words.wanted} {float(wanted.U[0]):.3g}{unit}" if flat else words.wanted
    plane.annotate(
        text, (float(x[0]), float(y[0])), xytext=(4, 4), textcoords="offset points", ha="left", va="bottom",
        color=WARN, fontweight="bold", zorder=6, bbox=halo(),
    )  # fmt: skip


def need_drawn(
    curves: Sequence[Curve], wanted: Wanted, axes: tuple[Axis, Axis], caption: Text, words: NeedWords
) -> Drawn:
    """The figure with its words and its table: U at the low and high end and at its largest, a row a capability."""
    heads = (both("能力", "Capability"), both(f"{italic('U')} 于下端", f"{italic('U')} at the low end"),
             both(f"{italic('U')} 于上端", f"{italic('U')} at the high end"),
             both("足够准", "sufficient"))  # fmt: skip
    rows = [(c.name, *_ends(c), _sufficient(c, wanted)) for c in curves]
    unit = axes[1].unit
    note = both(f"{italic('U')} 的单位：{unit or '1'}", f"{italic('U')} in {unit or '1'}")
    table = Table(caption, heads, tuple(rows), "lrrl", (note,), "U")
    lacking = "; ".join(f"{a:g}–{b:g}{behind(axes[0].unit)}" for a, b in wanted.lacking)
    first = curves[0].name if curves else "—"
    told = both(
        f"{len(curves)} 项能力的不确定度随{axes[0].name}的曲线与需要的线；"
        f"{f'{lacking} 上没有一项够准' if lacking else '整个区间有能力够准'}；最近的是 {first}",
        f"uncertainty of {len(curves)} capabilities along {axes[0].name}, and the line of the need; "
        f"{f'on {lacking} none suffices' if lacking else 'the whole interval is met'}; the nearest is {first}",
    )
    return drawn_by(lambda size: need_figure(curves, wanted, axes, words, size), caption, told, table)


def _ends(curve: Curve) -> tuple[Number | Text, Number | Text]:
    def one(value: float) -> Number | Text:
        return Number(f"{value:.3g}", value) if np.isfinite(value) else both("未陈述", "not stated")

    return one(float(curve.U[0])), one(float(curve.U[-1]))


def _sufficient(curve: Curve, wanted: Wanted) -> Word:
    if wanted.U is None:
        return Word(both("未知", "unknown"), "warn")
    target = np.interp(curve.x, wanted.x, wanted.U)
    whole = curve.x[0] <= wanted.x[0] * (1 + 1e-12) and curve.x[-1] >= wanted.x[-1] * (1 - 1e-12)
    good = np.isfinite(curve.U) & (target * (1 + 1e-9) >= curve.U)
    if bool(good.all()) and whole:
        return Word(both("整个区间", "whole interval"), "good")
    return Word(both("部分", "in part"), "warn") if bool(good.any()) else Word(both("否", "no"), "bad")
