"""Are the stated uncertainties credible: deviations against uncertainties, after Naji and after Duewer.

Naji: u² is the abscissa and D the ordinate; where a score is constant lies a parabola. Duewer: both divided by one
spread, where all that is equally comparable lies on a circle about the origin.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    HAIR,
    INK,
    INK2,
    PAPER,
    Axis,
    Floats,
    Size,
    drawn,
    named,
    number_axis,
    power_of,
    remembered,
    room_of,
)
from suyuan.report.figures.marks import handle, marked
from suyuan.report.figures.participants import FINE, Participants, legend_below, legend_lines, signed
from suyuan.report.figures.placing import halo, name_points

DASHES: Sequence[Any] = ("-", DASHED, (0, (1.2, 1.6)))
ALL_NAMED = 16


CIRCLES = (1.0, 2.0, 3.0)
"""Radii of equal comparability in Duewer's figure."""


@dataclass(frozen=True, slots=True)
class Deviations:
    """D: (n,) of the results from the reference value; u: (n,) as stated by the laboratories, ≥ 0; u_ref: of the
    reference value, ≥ 0; all in one unit."""

    D: Floats
    u: Floats
    u_ref: float = 0.0


@dataclass(frozen=True, slots=True)
class Contour:
    """A line of a constant score |D| = factor · √(u² + u_ref²): factor 2 for ζ = ±2, k for E_n = ±1."""

    name: str
    factor: float


@dataclass(frozen=True, slots=True)
class CredibilityWords:
    """Words of the legend: a result, one that failed, one's own, one that lies beyond the figure."""

    result: str
    failed: str
    mine: str = ""
    beyond: str = ""


@remembered
def naji_figure(
    deviations: Deviations, contours: Sequence[Contour], participants: Participants, axes: tuple[Axis, Axis],
    words: CredibilityWords, size: Size = "wide",
) -> str:  # fmt: skip
    """Deviations D against u², with the parabolas of constant score: near the ordinate u is small, and small u with a
    large D is not credible; far to the right a small D says little.

    contours: one to three; axes: of u² and of D, each
    with its unit. A laboratory far beyond all others stands at the edge
    as an arrow head. Returns the
    SVG as text. Raises ValueError for lengths that differ, numbers that are not finite, and negative u.
    """
    D, u, u_ref = deviations.D, deviations.u, deviations.u_ref
    participants.check(D, u)
    _refuse(u, u_ref, contours)
    square = u**2
    edge = _edge(square, 0.0)
    shown = np.minimum(square, edge)
    powers = power_of(np.array([0.0, edge])), power_of(D)
    factors = 10.0 ** -np.array(powers, dtype=np.float64)
    usual = contours[0].factor * float(np.sqrt(np.median(square) + u_ref**2))
    high = _edge(np.abs(D), 1.5 * usual)
    top = 1.12 * max(high, 1.5 * usual) or 1.0
    beyond = _Beyond(square > edge, high < D, -high > D)
    heights = np.clip(D, -0.94 * top, 0.94 * top)
    handles = _handles(participants, words, beyond)
    lines = legend_lines([h.get_label() for h in handles], size)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        plane.set_xlim(0.0, 1.05 * edge * factors[0])
        plane.set_ylim(-top * factors[1], top * factors[1])
        plane.axhline(0.0, color=INK, linewidth=0.75, zorder=1)
        x = np.linspace(0.0, 1.05 * edge, 121)
        for n, contour in enumerate(contours):
            y = contour.factor * np.sqrt(x + u_ref**2)
            for sign in (1.0, -1.0):
                plane.plot(
                    x * factors[0], sign * y * factors[1], color=INK2, linewidth=1.0, linestyle=DASHES[n], zorder=2
                )
            _name_contour(plane, contour.name, x * factors[0], y * factors[1], 0.97 - 0.1 * n)
        points = np.stack([shown * factors[0], heights * factors[1]], axis=1)
        _points(plane, points, participants, beyond)
        number_axis(plane.xaxis, room_of(size))
        number_axis(plane.yaxis, 190.0)
        signed(plane.yaxis)
        named(plane, axes[0].label(powers[0]), axes[1].label(powers[1]))
        _name(plane, points, participants, D, (room_of(size), 200.0))
        legend_below(figure, handles, size)

    return drawn(size, 3.4 + 14.0 * lines / 72.0, paint)


def _refuse(u: Floats, u_ref: float, contours: Sequence[Contour]) -> None:
    if not (u >= 0.0).all() or not (0.0 <= u_ref < np.inf):
        raise ValueError("an uncertainty is negative, or that of the reference value is not finite")
    if not 1 <= len(contours) <= len(DASHES) or not all(0.0 < c.factor < np.inf for c in contours):
        raise ValueError("a figure shows one to three contours, of factors greater than nil")


@dataclass(frozen=True, slots=True)
class _Beyond:
    """Which results lie right of, above and below what is shown."""

    right: NDArray[np.bool_]
    above: NDArray[np.bool_]
    below: NDArray[np.bool_]

    def mark(self, i: int) -> str:
        return "^" if self.above[i] else "v" if self.below[i] else ">" if self.right[i] else ""


def _edge(sizes: Floats, least: float) -> float:
    """The largest that is shown where it belongs: the largest of all, unless it would press the others flat."""
    largest, usual = float(sizes.max()), max(float(np.quantile(sizes, 0.75)), least)
    return (largest if largest <= 6.0 * usual else 2.5 * usual) or 1.0


def _name_contour(plane: Any, name: str, x: Floats, y: Floats, at: float) -> None:
    """On the upper branch, near its right end or where it leaves the plane."""
    top = plane.get_ylim()[1]
    inside = np.flatnonzero(y <= 0.9 * top)
    if inside.size == 0:
        return
    n = min(int(at * (x.size - 1)), int(inside[-1]))
    plane.annotate(
        name, (x[n], y[n]), ha="right" if n > 0.15 * x.size else "left", va="center", fontsize=FINE, color=INK2,
        bbox=halo(), zorder=3,
    )  # fmt: skip


@remembered
def duewer_figure(
    deviations: Deviations, spread: float, contours: Sequence[Contour], participants: Participants,
    axes: tuple[Axis, Axis], words: CredibilityWords, size: Size = "wide",
) -> str:  # fmt: skip
    """Concordance D/s against apparent precision u/s, with half circles of equal comparability √(D² + u²)/s and the
    straight lines of constant |D|/u.

    spread: s, greater than nil, by which both are divided; contours: one to three, |D|/u = factor; axes: of precision
    and concordance. A result beyond one and a half times the largest circle stands at the edge as an arrow head.
    Returns the SVG as text. Raises ValueError for lengths that differ, numbers that are not finite, negative u, or a
    spread that is not above nil.
    """
    participants.check(deviations.D, deviations.u)
    _refuse(deviations.u, deviations.u_ref, contours)
    if not 0.0 < spread < np.inf:
        raise ValueError(f"spread: {spread} divides nothing")
    concordance, precision = deviations.D / spread, deviations.u / spread
    least = 1.08 * CIRCLES[-1]
    top = max(1.06 * min(float(np.abs(concordance).max()), 1.5 * CIRCLES[-1]), least)
    right = max(1.06 * min(float(precision.max()), 1.5 * CIRCLES[-1]), least)
    beyond = _Beyond(precision > right, concordance > top, concordance < -top)
    handles = _handles(participants, words, beyond)
    lines = legend_lines([h.get_label() for h in handles], size)
    tall = min(2.0 * top / right * room_of(size), 300.0 if size == "wide" else 260.0)
    unit = tall / (2.0 * top)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        plane.set_box_aspect(2.0 * top / right)
        plane.set_xlim(0.0, right)
        plane.set_ylim(-top, top)
        plane.axhline(0.0, color=INK, linewidth=0.75, zorder=1)
        angle = np.linspace(-0.5 * np.pi, 0.5 * np.pi, 91)
        for radius in CIRCLES:
            plane.plot(radius * np.cos(angle), radius * np.sin(angle), color=HAIR, linewidth=1.1, zorder=1)
            plane.annotate(
                f"{radius:g}", (radius * np.cos(0.13), -radius * np.sin(0.13)), ha="center", va="center",
                fontsize=FINE, color=INK2, bbox=halo(), zorder=2,
            )  # fmt: skip
        for n, contour in enumerate(contours):
            end = min(right, top / contour.factor)
            for sign in (1.0, -1.0):
                ends = [0.0, sign * end * contour.factor]
                plane.plot([0.0, end], ends, color=INK2, linewidth=1.0, linestyle=DASHES[n], zorder=2)
            side = -1.0 if n % 2 else 1.0  # names of steep lines would lie on each other
            plane.annotate(
                contour.name, (0.93 * end, side * 0.93 * end * contour.factor), ha="center", va="center", fontsize=FINE,
                color=INK2, bbox=halo(), zorder=3,
            )  # fmt: skip
        limits = 0.97 * np.array([right, top])
        points = np.stack([np.minimum(precision, limits[0]), np.clip(concordance, -limits[1], limits[1])], axis=1)
        _points(plane, points, participants, beyond)
        number_axis(plane.xaxis, right * unit)
        number_axis(plane.yaxis, tall)
        signed(plane.yaxis)
        named(plane, axes[0].label(), axes[1].label())
        _name(plane, points, participants, np.hypot(concordance, precision), (right * unit, tall))
        legend_below(figure, handles, size)

    return drawn(size, (tall + 48.0 + 14.0 * lines) / 72.0, paint)


def _points(plane: Any, points: Floats, participants: Participants, beyond: _Beyond) -> None:
    small = points.shape[0] > 80
    for i, (x, y) in enumerate(points):
        colour = participants.colour(i)
        fill = PAPER if participants.hollow(i) else colour
        if beyond.mark(i):
            plane.plot([x], [y], beyond.mark(i), color=colour, markerfacecolor=fill, markersize=5.5, zorder=4)
        elif participants.fails(i):
            marked(plane, [x], [y], "fail", colour=colour, size=7.0, zorder=4, clip_on=False)
        else:
            large = 6.0 if i == participants.mine else 3.0 if small else 4.4
            plane.plot(
                [x], [y], "o", color=colour, markersize=large, markerfacecolor=fill, markeredgewidth=0.9, zorder=4,
                clip_on=False,
            )  # fmt: skip


def _name(plane: Any, points: Floats, participants: Participants, far: Floats, extent: tuple[float, float]) -> None:
    n = points.shape[0]
    order = [int(i) for i in np.argsort(-np.abs(far), kind="stable")]
    wanted = [i for i in order if n <= ALL_NAMED or participants.fails(i) or i == participants.mine]
    first = [i for i in wanted if i == participants.mine] + [i for i in wanted if i != participants.mine]
    name_points(
        plane, points, {i: participants.names[i] for i in first}, participants, extent,
        first[:1] if participants.mine is not None else [],
    )  # fmt: skip


def _handles(participants: Participants, words: CredibilityWords, beyond: _Beyond) -> list[Any]:
    dot: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 4.4, "color": INK}
    handles: list[Any] = [Line2D([], [], label=words.result, **dot)]
    if participants.mine is not None:
        handles.append(Line2D([], [], label=words.mine, **(dot | {"color": ACCENT, "markersize": 6.0})))
    if any(participants.fails(i) and not beyond.mark(i) for i in range(len(participants.names))):
        handles.append(handle("fail", BAD, words.failed))
    marks = [beyond.mark(i) for i in range(len(participants.names)) if beyond.mark(i)]
    if marks:
        handles.append(Line2D([], [], label=words.beyond, **(dot | {"marker": marks[0], "markersize": 5.5})))
    return handles
