"""Two results together: their draws and the coverage regions, an ellipse and a rectangle (JCGM 102)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from suyuan.report.figures.dress import (
    ACCENT,
    COLOURS,
    CONTEXT,
    DASHED,
    PAPER,
    Axis,
    Floats,
    Size,
    checked,
    drawn,
    named,
    number_axis,
    power_of,
    remembered,
    room_of,
    span,
)

MOST = 1000
"""Points that are drawn; of more every n-th is taken, so that the picture is the same for the same draws."""


@dataclass(frozen=True, slots=True)
class Ellipse:
    """All η with (η − mean)ᵀ V⁻¹ (η − mean) ≤ k². mean: (2,); covariance: (2, 2)."""

    name: str
    mean: Floats
    covariance: Floats
    k: float


@dataclass(frozen=True, slots=True)
class Rectangle:
    """All η with |ηᵢ − meanᵢ| ≤ halfᵢ. mean, half: (2,)."""

    name: str
    mean: Floats
    half: Floats


@remembered
def region_figure(
    points: Floats | None, regions: Sequence[Ellipse | Rectangle], axes: tuple[Axis, Axis], cloud: str,
    size: Size = "wide",
) -> str:  # fmt: skip
    """Draws of two results as a cloud, with the regions that cover them.

    points: (n, 2) draws, or None; regions: at most four; axes: abscissa and ordinate; cloud: name of the draws. Returns
    the SVG as text. Raises ValueError for numbers that cannot be drawn.
    """
    if not 0 < len(regions) <= len(COLOURS):
        raise ValueError(f"a figure shows one to {len(COLOURS)} regions, not {len(regions)}")
    outlines = [outline(region) for region in regions]
    checked("regions", np.concatenate(outlines))
    taken = thinned(points) if points is not None else np.empty((0, 2))
    checked("draws", taken)
    every = np.concatenate([*outlines, taken])
    powers = power_of(every[:, 0]), power_of(every[:, 1])
    factors = 10.0 ** -np.array(powers, dtype=np.float64)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        if taken.size:
            _cloud(plane, taken * factors, cloud)
        for n, (region, line) in enumerate(zip(regions, outlines, strict=True)):
            closed = np.vstack([line, line[:1]]) * factors
            colour, dash = (ACCENT, "-") if isinstance(region, Ellipse) else (COLOURS[1], DASHED)
            plane.plot(*closed.T, color=colour, linestyle=dash, linewidth=1.5, label=region.name, zorder=3 + n)
        centre = regions[0].mean * factors
        plane.plot(
            [centre[0]], [centre[1]], marker="o", markersize=5, color=ACCENT, markeredgecolor=PAPER, markeredgewidth=0.8
        )
        plane.set_xlim(*span(every[:, 0] * factors[0]))
        plane.set_ylim(*span(every[:, 1] * factors[1]))
        number_axis(plane.xaxis, room_of(size))
        number_axis(plane.yaxis, 170.0)
        named(plane, axes[0].label(powers[0]), axes[1].label(powers[1]))
        figure.legend(loc="outside lower left", ncols=3, columnspacing=1.6)

    return drawn(size, 3.7 if size == "wide" else 3.4, paint)


def thinned(points: Floats) -> Floats:
    """Every n-th of the draws, so that at most 1000 remain."""
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"draws of two results have the shape (n, 2), not {points.shape}")
    return points[:: max(1, -(-points.shape[0] // MOST))]


def outline(region: Ellipse | Rectangle) -> Floats:
    """Points on the border of a region, (n, 2)."""
    if isinstance(region, Rectangle):
        corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
        return np.asarray(region.mean + corners * region.half)
    values, vectors = np.linalg.eigh(region.covariance)
    if values.min() < -1e-9 * abs(values).max():
        raise ValueError("a covariance with a negative variance")
    angle = np.linspace(0.0, 2.0 * np.pi, 181)[:-1]
    circle = np.stack([np.cos(angle), np.sin(angle)])
    return np.asarray(region.mean + region.k * (vectors @ (np.sqrt(np.maximum(values, 0.0))[:, None] * circle)).T)


def _cloud(plane: Any, points: Floats, name: str) -> None:
    """All points as one path of dots: a mark of its own for each would be ten times as long."""
    pairs = np.repeat(points, 2, axis=0)
    # strokes of no length are left out when the path is written
    pairs[1::2, 0] += 1e-4 * (np.ptp(points[:, 0]) or 1.0)
    codes = np.tile([Path.MOVETO, Path.LINETO], points.shape[0])
    plane.add_patch(
        PathPatch(
            Path(pairs, codes), fill=False, edgecolor=CONTEXT, linewidth=2.0, alpha=0.55, capstyle="round", zorder=1
        )
    )
    plane.plot([], [], "o", color=CONTEXT, alpha=0.6, markersize=2.6, markeredgewidth=0, label=name)
