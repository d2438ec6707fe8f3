"""Survey points against a design: the deviations along three axes with U and limits, a plane an axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from suyuan.report.figures.dress import (
    BAD,
    INK,
    WARN,
    Axis,
    Size,
    breadth,
    checked,
    close,
    drawn,
    italic,
    named,
    number_axis,
    remembered,
    room_of,
    shortened,
    span,
)
from suyuan.report.figures.participants import legend_below, legend_lines, signed

Floats = NDArray[np.float64]
MARKS = {1: ("o", INK), 0: ("D", WARN), -1: ("^", BAD)}
"""State → marker and colour: a point, a lozenge where nothing is decided, a triangle where it fails."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """names: of the points; value, U: (n, 3); state: (n, 3) 1 inside, 0 undecided, −1 outside; limit: (3,)."""

    names: tuple[str, ...]
    value: Floats
    U: Floats
    state: NDArray[np.int8]
    limit: Floats

    def check(self) -> None:
        checked("survey", self.value, self.U)
        checked("limits", self.limit)
        if self.value.shape != (len(self.names), 3) or self.U.shape != self.state.shape != (len(self.names), 3):
            raise ValueError("three deviations are wanted for each name")


@remembered
def survey_figure(found: Surveyed, unit: str, point: str, words: tuple[str, str, str, str], size: Size = "wide") -> str:
    """Each deviation with its whisker ± U between the limits of its axis; all planes share the points.

    point: name of the abscissa; words: whisker, limit, undecided, outside. Returns the SVG as text. Raises ValueError
    for lengths that differ and for numbers that are not finite.
    """
    found.check()
    n = len(found.names)
    handles = _handles(found, words)
    lines = legend_lines([h.get_label() for h in handles], size)

    def paint(figure: Figure) -> None:
        planes = figure.subplots(3, 1, sharex=True)
        close(figure, 0.09)
        for k, plane in enumerate(planes):
            _plane(plane, found, k)
            number_axis(plane.yaxis, 78.0)
            signed(plane.yaxis)
            plane.tick_params(axis="x", which="both", length=0, labelbottom=k == 2)
        planes[-1].set_xlim(-0.6, n - 0.4)
        room = room_of(size) / n
        step = max(1, int(np.ceil(min(max(breadth(name) for name in found.names) + 5.0, 40.0) / room)))
        places = list(range(0, n, step))
        planes[-1].set_xticks(places, [shortened(found.names[i], max(room * step - 4.0, 16.0)) for i in places])
        planes[-1].xaxis.set_minor_locator(NullLocator())
        for k, plane in enumerate(planes):
            named(plane, point if k == 2 else "", Axis(f"Δ{italic('xyz'[k])}", unit).label())
        legend_below(figure, handles, size)

    return drawn(size, 4.9 + 14.0 * lines / 72.0, paint)


def _plane(plane: Any, found: Surveyed, k: int) -> None:
    value, U, limit = found.value[:, k], found.U[:, k], float(found.limit[k])
    many = value.size > 60
    plane.axhline(0.0, color=INK, linewidth=0.75, zorder=1)
    for end in (-limit, limit):
        plane.axhline(end, color=WARN, linewidth=1.2, dashes=(6, 3), zorder=1)
    for state, (marker, colour) in MARKS.items():
        at = np.flatnonzero(found.state[:, k] == state)
        if at.size:
            plane.errorbar(
                at, value[at], U[at], fmt=marker, color=colour, ecolor=colour, elinewidth=0.7 if many else 1.0,
                capsize=0 if many else 2, markeredgewidth=0, markersize=2.6 if many else 4.4, zorder=3,
            )  # fmt: skip
    plane.set_ylim(*span(value - U, value + U, np.array([-limit, limit]), margin=0.08))


def _handles(found: Surveyed, words: tuple[str, str, str, str]) -> list[Any]:
    handles: list[Any] = [
        Line2D([], [], color=INK, marker="o", markersize=4.4, markeredgewidth=0, linewidth=1.0, label=words[0]),
        Line2D([], [], color=WARN, linewidth=1.2, dashes=(6, 3), label=words[1]),
    ]
    for state, word in ((0, words[2]), (-1, words[3])):
        if np.any(found.state == state):
            marker, colour = MARKS[state]
            handles.append(Line2D([], [], linestyle="none", marker=marker, color=colour, markersize=4.8,
                                  markeredgewidth=0, label=word))  # fmt: skip
    return handles
