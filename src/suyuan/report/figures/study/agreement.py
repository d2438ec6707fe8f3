"""Decisions of appraisers on parts: each decision a mark, those that differ from what is right stand out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from suyuan.report.figures.dress import (
    BAD,
    HAIR,
    INK2,
    Size,
    breadth,
    drawn,
    named,
    remembered,
    room_of,
    shortened,
)
from suyuan.report.figures.participants import legend_below, legend_lines


@dataclass(frozen=True, slots=True)
class Decided:
    """appraisers, parts: names; differs: (appraisers, parts, trials), True where a decision differs."""

    appraisers: tuple[str, ...]
    parts: tuple[str, ...]
    differs: NDArray[np.bool_]


@remembered
def agreement_figure(found: Decided, part: str, words: tuple[str, str], size: Size = "wide") -> str:
    """A row a trial, grouped by appraiser; a column a part; a ring where the decision is right, else a triangle.

    part: name of the abscissa; words: right, differs. Returns the SVG as text. Raises ValueError where names and
    decisions do not fit.
    """
    o, p, r = found.differs.shape
    if (o, p) != (len(found.appraisers), len(found.parts)):
        raise ValueError("a name is wanted for each appraiser and each part")
    handles = [
        Line2D([], [], linestyle="none", marker="o", markersize=4.4, markerfacecolor="none", markeredgecolor=INK2,
               label=words[0]),
        Line2D([], [], linestyle="none", marker="^", markersize=5.4, color=BAD, markeredgewidth=0, label=words[1]),
    ]  # fmt: skip
    handles = handles if found.differs.any() else handles[:1]
    lines = legend_lines([str(h.get_label()) for h in handles], size)
    step = min(1.0, 0.7 / r)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        for a in range(o):
            rows = a + (np.arange(r) - (r - 1) / 2.0) * step
            x, y = np.meshgrid(np.arange(p), rows, indexing="ij")
            bad = found.differs[a]
            plane.plot(x[~bad], y[~bad], "o", markersize=4.4 if p <= 40 else 2.6, markerfacecolor="none",
                       markeredgecolor=INK2, markeredgewidth=0.8)  # fmt: skip
            plane.plot(x[bad], y[bad], "^", markersize=5.4 if p <= 40 else 3.4, color=BAD, markeredgewidth=0)
            if a:
                plane.axhline(a - 0.5, color=HAIR, linewidth=0.75)
        plane.set_xlim(-0.7, p - 0.3)
        plane.set_ylim(o - 0.45, -0.55)
        plane.set_yticks(range(o), [shortened(name, 90.0) for name in found.appraisers])
        plane.tick_params(axis="both", length=0)
        room = room_of(size, 90.0) / p
        every = max(1, int(np.ceil(min(max(breadth(name) for name in found.parts) + 5.0, 40.0) / room)))
        places = list(range(0, p, every))
        plane.set_xticks(places, [shortened(found.parts[n], max(room * every - 4.0, 14.0)) for n in places])
        for axis in (plane.xaxis, plane.yaxis):
            axis.set_minor_locator(NullLocator())
        named(plane, part, "")
        legend_below(figure, handles, size)

    return drawn(size, 0.8 + o * (0.24 + 0.17 * min(r, 6)) + 14.0 * lines / 72.0, paint)
