"""Two like materials against each other: who lies along the diagonal is biased, who lies off it is imprecise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from suyuan.report.figures.dress import (
    ACCENT,
    BAD,
    DASHED,
    INK,
    INK3,
    PAPER,
    Axis,
    Floats,
    Size,
    drawn,
    named,
    number_axis,
    power_of,
    remembered,
)
from suyuan.report.figures.marks import handle, marked
from suyuan.report.figures.participants import Participants, legend_below, legend_lines
from suyuan.report.figures.placing import name_points
from suyuan.report.figures.region import Ellipse, outline

ALL_NAMED = 16
"""Up to so many laboratories each is named; of more those outside the ellipse and one's own."""


@dataclass(frozen=True, slots=True)
class YoudenWords:
    """Words of the legend: a laboratory inside and outside, the lines through the medians, and the 45° line."""

    inside: str
    outside: str
    medians: str
    diagonal: str
    mine: str = ""


@remembered
def youden_figure(
    x: Floats, y: Floats, participants: Participants, ellipse: Ellipse | None, axes: tuple[Axis, Axis],
    words: YoudenWords, size: Size = "wide",
) -> str:  # fmt: skip
    """A point a laboratory, the lines through both medians, the 45° line through their crossing, and the ellipse.

    Both axes have the same length in the same unit, else 45° would be no 45°. `participants.failed` are drawn as
    triangles (outside the ellipse, as the caller decides; where it is None, the ellipse decides).
    x, y: (n,) results for the two materials. Returns the SVG as text. Raises ValueError for lengths that differ,
    numbers that are not finite, and units that differ.
    """
    participants.check(x, y)
    if axes[0].unit != axes[1].unit:
        raise ValueError(f"two materials in one unit are wanted, not {axes[0].unit!r} and {axes[1].unit!r}")
    border = np.empty((0, 2)) if ellipse is None else outline(ellipse)
    if not np.isfinite(border).all():
        raise ValueError("ellipse: a number is not finite")
    if participants.failed is None and ellipse is not None:
        participants = Participants(participants.names, participants.contributing, _outside(x, y, ellipse),
                                    participants.mine)  # fmt: skip
    centre = np.array([np.median(x), np.median(y)])
    points = np.stack([x, y], axis=1)
    half = 1.1 * float(np.abs(np.concatenate([points, border]) - centre).max()) or abs(float(centre[0])) or 1.0
    factor = 10.0 ** -(power := power_of(centre[0] + half, centre[0] - half, centre[1] + half, centre[1] - half))
    side = 270.0 if size == "wide" else 205.0
    handles = _handles(participants, ellipse, words)
    lines = legend_lines([h.get_label() for h in handles], size)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        plane.set_box_aspect(1.0)
        plane.set_xlim((centre[0] - half) * factor, (centre[0] + half) * factor)
        plane.set_ylim((centre[1] - half) * factor, (centre[1] + half) * factor)
        number_axis(plane.xaxis, side)
        number_axis(plane.yaxis, side)
        named(plane, axes[0].label(power), axes[1].label(power))
        _lines(plane, centre * factor, half * factor)
        if border.size:
            plane.plot(*np.vstack([border, border[:1]]).T * factor, color=INK, linewidth=1.1, zorder=2)
        _points(plane, points * factor, participants)
        n = x.size
        far = np.argsort(-np.hypot(*(points - centre).T), kind="stable")
        wanted = [int(i) for i in far if n <= ALL_NAMED or participants.fails(int(i)) or i == participants.mine]
        certain = [i for i in wanted if participants.fails(i) or i == participants.mine][:12]
        name_points(
            plane, points * factor, {i: participants.names[i] for i in wanted},
            participants, (side, side), certain,
        )  # fmt: skip
        legend_below(figure, handles, size)

    return drawn(size, (side + 48.0 + 14.0 * lines) / 72.0, paint)


def _outside(x: Floats, y: Floats, ellipse: Ellipse) -> NDArray[np.bool_]:
    away = np.stack([x, y], axis=1) - ellipse.mean
    squared = np.einsum("ni,ij,nj->n", away, np.linalg.pinv(ellipse.covariance), away)
    return np.asarray(squared > ellipse.k**2)


def _lines(plane: Any, centre: Floats, half: float) -> None:
    plane.axvline(centre[0], color=INK3, linewidth=0.8, linestyle=(0, (1.5, 2)), zorder=1)
    plane.axhline(centre[1], color=INK3, linewidth=0.8, linestyle=(0, (1.5, 2)), zorder=1)
    ends = np.array([-half, half])
    plane.plot(centre[0] + ends, centre[1] + ends, color=INK3, linewidth=1.0, linestyle=DASHED, zorder=1)


def _points(plane: Any, points: Floats, participants: Participants) -> None:
    small = points.shape[0] > 80
    for i, (x, y) in enumerate(points):
        colour = participants.colour(i)
        if participants.fails(i):
            marked(plane, [x], [y], "fail", colour=colour, size=7.0, zorder=4)
        else:
            plane.plot(
                [x], [y], "o", color=colour, markersize=6.0 if i == participants.mine else 3.0 if small else 4.4,
                markerfacecolor=PAPER if participants.hollow(i) else colour, markeredgewidth=0.9, zorder=4,
            )  # fmt: skip


def _handles(participants: Participants, ellipse: Ellipse | None, words: YoudenWords) -> list[Any]:
    dot: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 4.4, "color": INK}
    handles: list[Any] = [Line2D([], [], label=words.inside, **dot)]
    if participants.mine is not None:
        handles.append(Line2D([], [], label=words.mine, **(dot | {"color": ACCENT, "markersize": 6.0})))
    if participants.failed is not None and participants.failed.any():
        handles.append(handle("fail", BAD, words.outside))
    if ellipse is not None:
        handles.append(Line2D([], [], color=INK, linewidth=1.1, label=ellipse.name))
    handles.append(Line2D([], [], color=INK3, linewidth=0.8, linestyle=(0, (1.5, 2)), label=words.medians))
    handles.append(Line2D([], [], color=INK3, linewidth=1.0, linestyle=DASHED, label=words.diagonal))
    return handles
