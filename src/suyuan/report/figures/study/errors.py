"""Errors of many things with their expanded uncertainties: meters of a balance, months of a colocation, gauges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from suyuan.report.figures.dress import (
    INK,
    WARN,
    WASH,
    Axis,
    Size,
    drawn,
    named,
    number_axis,
    power_of,
    remembered,
    span,
)
from suyuan.report.figures.participants import (
    FINE,
    Participants,
    arranged,
    legend_below,
    legend_lines,
    room_beside,
    signed,
    write_below,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Errors:
    """who: the things, those at fault as failed; values: (n,); U: (n,) or None; limit: ± allowed, or None; valid:
    places (from, to) in which something was fitted, washed, or None; until: a word at the end of that, «»."""

    who: Participants
    values: Floats
    U: Floats | None = None
    limit: float | None = None
    valid: tuple[int, int] | None = None
    until: str = ""


@remembered
def errors_figure(found: Errors, axis: Axis, words: tuple[str, str, str], size: Size = "wide") -> str:
    """Each value with its whisker ± U over its name, zero as a line, the limits where there are some.

    words: the whisker, a limit, a thing at fault; «» leaves one out of the legend. Returns the SVG as text. Raises
    ValueError for lengths that differ and for numbers that are not finite.
    """
    given = [a for a in (found.values, found.U) if a is not None]
    found.who.check(*given)
    n = found.values.size
    U = np.zeros(n) if found.U is None else found.U
    limits = [0.0] if found.limit is None else [-found.limit, found.limit]
    power = power_of(found.values + U, found.values - U, np.array(limits)) if axis.unit not in ("", "1", "%") else 0
    f = 10.0**-power
    handles = _handles(found, words)
    lines = legend_lines([h.get_label() for h in handles], size)
    foremost = found.who.foremost(range(n))
    guess = arranged(found.who.names, 0.88 * (5.2 if size == "wide" else 3.7) * 72.0, foremost)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        plane.set_ylim(*span((found.values - U) * f, (found.values + U) * f, np.array([*limits, 0.0]) * f, margin=0.07))
        number_axis(plane.yaxis, 150.0)
        signed(plane.yaxis)
        room = room_beside(size, plane.yaxis)
        plane.set_xlim(-0.5, n - 0.5)
        _behind(plane, found, f)
        for i in range(n):
            colour, fails = found.who.colour(i), found.who.fails(i)
            whisker = None if found.U is None else [U[i] * f]
            plane.errorbar(
                [i], [found.values[i] * f], whisker, fmt="^" if fails else "o",
                color=colour, ecolor=colour, elinewidth=1.0, capsize=3 if n < 40 else 1.2, markeredgewidth=0,
                markersize=5.4 if fails else 4.2 if n < 40 else 2.8, zorder=4,
            )  # fmt: skip
        labels = arranged(found.who.names, room, foremost)
        write_below(plane, labels, found.who, np.arange(n))
        plane.set_xticks([])
        plane.xaxis.set_minor_locator(NullLocator())
        named(plane, " ", axis.label(power))
        plane.xaxis.labelpad = labels.height
        legend_below(figure, handles, size)

    return drawn(size, 2.7 + (guess.height + 14.0 * lines) / 72.0, paint)


def _behind(plane: Any, found: Errors, f: float) -> None:
    plane.axhline(0.0, color=INK, linewidth=0.75, zorder=1)
    for limit in () if found.limit is None else (-found.limit, found.limit):
        plane.axhline(limit * f, color=WARN, linewidth=1.2, dashes=(6, 3), zorder=1)
    if found.valid is not None:
        low, high = found.valid
        plane.axvspan(low - 0.5, high + 0.5, color=WASH, linewidth=0, zorder=0)
        plane.axvline(high + 0.5, color=WARN, linewidth=1.5, zorder=2)
        if found.until:
            last = high > 0.6 * found.values.size
            plane.annotate(
                found.until, (high + 0.5, 1.0), (-3 if last else 3, -1), xycoords=("data", "axes fraction"),
                textcoords="offset points", ha="right" if last else "left", va="top", fontsize=FINE, color=WARN,
            )  # fmt: skip


def _handles(found: Errors, words: tuple[str, str, str]) -> list[Any]:
    handles: list[Any] = []
    if words[0]:
        handles.append(Line2D([], [], color=INK, marker="o", markersize=4.2, linewidth=1.0, label=words[0]))
    if words[1] and found.limit is not None:
        handles.append(Line2D([], [], color=WARN, linewidth=1.2, dashes=(6, 3), label=words[1]))
    if words[2] and found.who.failed is not None and found.who.failed.any():
        handles.append(
            Line2D([], [], linestyle="none", marker="^", color="#96202a", markersize=5.4, markeredgewidth=0,
                   label=words[2])
        )  # fmt: skip
    return handles
