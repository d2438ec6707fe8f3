"""From one total to another, step by step: each step floats where the one before it ended.

The two totals are points on the abscissa, not bars from nil: steps of a percent would vanish beside those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib import ticker
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from suyuan.report.figures.dress import (
    ACCENT,
    COLOURS,
    HAIR,
    INK,
    INK2,
    PAPER,
    WIDTH,
    Axis,
    Size,
    breadth,
    checked,
    drawn,
    named,
    number_axis,
    power_of,
    remembered,
    room_of,
    shortened,
    span,
)
from suyuan.report.figures.participants import legend_below, legend_lines

Cause = Literal["rule", "data", "known", "rest"]
FILLS: dict[Cause, str] = {"rule": ACCENT, "data": COLOURS[1], "known": COLOURS[2], "rest": PAPER}
ROW: dict[Size, float] = {"wide": 0.29, "narrow": 0.46}
MOST = 14
"""Steps that are drawn; the smaller ones are one."""


@dataclass(frozen=True, slots=True)
class Fall:
    """One step. name: of it; text: what is written at its end; effect: on the total, in the unit of the axis."""

    name: str
    text: str
    effect: float
    cause: Cause


@dataclass(frozen=True, slots=True)
class Ends:
    """The two totals: (name, text at the point, value)."""

    first: tuple[str, str, float]
    last: tuple[str, str, float]


@remembered
def waterfall_figure(
    ends: Ends, falls: Sequence[Fall], axis: Axis, causes: dict[str, str], size: Size = "wide"
) -> str:  # fmt: skip
    """The first total, its steps and the last total, one row each, downward.

    falls: in their order, at most `MOST`; causes: cause → word for the legend. Returns the SVG as text. Raises
    ValueError for numbers that are not finite, for too many steps and for steps that do not lead to the last total.
    """
    effects = np.array([fall.effect for fall in falls])
    checked("steps", effects)
    start, end = ends.first[2], ends.last[2]
    checked("ends", np.array([start, end]))
    edges = start + np.concatenate([[0.0], np.cumsum(effects)])
    if len(falls) > MOST:
        raise ValueError(f"a figure shows up to {MOST} steps, not {len(falls)}")
    if not np.isclose(edges[-1], end, rtol=1e-9, atol=1e-6):
        raise ValueError("the steps do not lead from the first total to the last")
    power = power_of(edges)
    factor = 10.0**-power
    used: tuple[Cause, ...] = ("rule", "data", "known", "rest")
    there = [one for one in used if any(fall.cause == one for fall in falls)]
    handles = [Patch(facecolor=FILLS[one], edgecolor=INK2, linewidth=0.8, label=causes[one]) for one in there]
    lines = legend_lines([causes[one] for one in there], size)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        plane.set_ylim(len(falls) + 1.6, -0.7 if size == "wide" else -1.0)
        low, high = span(edges * factor, margin=0.02)
        room = 0.34 * (high - low) if size == "narrow" else 0.24 * (high - low)
        plane.set_xlim(low - room, high + room)
        taken = _names(plane, [ends.first[0], *(fall.name for fall in falls), ends.last[0]], size)
        _total(plane, 0, ends.first, factor)
        for n, fall in enumerate(falls):
            _step(plane, n + 1, fall, edges[n] * factor, edges[n + 1] * factor)
        _total(plane, len(falls) + 1, ends.last, factor)
        number_axis(plane.xaxis, room_of(size, taken))
        named(plane, axis.label(power), "")
        legend_below(figure, handles, size)

    return drawn(size, 0.75 + ROW[size] * (len(falls) + 2) + 14.0 * lines / 72.0, paint)


def _total(plane: Any, row: int, total: tuple[str, str, float], factor: float) -> None:
    x = total[2] * factor
    plane.plot([x, x], [row - 0.3, row + 0.3], color=INK, linewidth=2.2, solid_capstyle="butt", zorder=4)
    _text(plane, x, row, total[1], 1, bold=True)


def _step(plane: Any, row: int, fall: Fall, begin: float, end: float) -> None:
    plane.plot([begin, begin], [row - 0.7, row + 0.28], color=INK2, linewidth=0.6, zorder=1)
    plane.plot([end, end], [row - 0.28, row + 0.7], color=INK2, linewidth=0.6, zorder=1)
    plane.barh(row, end - begin, left=begin, height=0.44, color=FILLS[fall.cause], edgecolor=INK2,
               linewidth=0.8 if fall.cause == "rest" else 0.0, zorder=3)  # fmt: skip
    right = end >= begin
    _text(plane, end, row, fall.text, 1 if right else -1)


def _text(plane: Any, x: float, row: int, text: str, side: int, bold: bool = False) -> None:
    plane.annotate(
        text, (x, row), xytext=(5 * side, 0), textcoords="offset points", va="center",
        ha="left" if side > 0 else "right", fontweight="bold" if bold else "normal", zorder=5,
        bbox={"boxstyle": "square,pad=0.1", "facecolor": PAPER, "linewidth": 0},
    )  # fmt: skip


def _names(plane: Any, names: Sequence[str], size: Size) -> float:
    """At the left of the rows; above them on a narrow page. Returns what they take of the width, in points."""
    plane.yaxis.set_minor_locator(ticker.NullLocator())
    plane.tick_params(axis="y", which="both", length=0, pad=6)
    for row in range(len(names)):
        plane.axhline(row, color=HAIR, linewidth=0.4, zorder=0)
    if size == "wide":
        room = WIDTH[size] * 72.0 * 0.36
        plane.set_yticks(range(len(names)), [shortened(name, room) for name in names])
        return 24.0 + min(room, max(breadth(name) for name in names))
    plane.set_yticks([])
    room = WIDTH[size] * 72.0 - 24.0
    for row, name in enumerate(names):
        plane.annotate(
            shortened(name, room), (0.0, row - 0.3), xycoords=("axes fraction", "data"), xytext=(4, 0),
            textcoords="offset points", va="bottom",
            bbox={"boxstyle": "square,pad=0.05", "facecolor": PAPER, "linewidth": 0},
        )  # fmt: skip
    return 16.0
