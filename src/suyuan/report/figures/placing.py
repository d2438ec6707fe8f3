"""Names beside points of a plane, each where it hides neither a point nor another name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from suyuan.report.figures.dress import PAPER, TEXT, Floats, breadth
from suyuan.report.figures.participants import FINE, Participants

_GAP = 5.0
Box = tuple[float, float, float, float]


def name_points(
    plane: Any, points: Floats, names: Mapping[int, str], participants: Participants, extent: tuple[float, float],
    certain: Sequence[int] = (),
) -> list[int]:  # fmt: skip
    """Write names beside points, in the order given, and leave out what finds no free place.

    points: (n, 2) in the units of the axes, whose limits are set; names: place → text; extent: the plane's width and
    height in points, about; certain: places that are named in any case. Returns the places that are named.
    """
    (x0, x1), (y0, y1) = plane.get_xlim(), plane.get_ylim()
    scale = np.array([extent[0] / (x1 - x0), extent[1] / (y1 - y0)])
    at = (points - np.array([x0, y0])) * scale
    taken: list[Box] = []
    named: list[int] = []
    for i, text in names.items():
        wide, tall = breadth(text) * FINE / TEXT, FINE
        found, border = None, None
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)):
            box = _box(at[i], (dx, dy), wide, tall)
            if _inside(box, extent) and not _hits(box, at, i) and not any(_over(box, other) for other in taken):
                found = box, dx, dy
                break
        if found is None and i in certain:
            side = -1 if at[i, 0] > 0.5 * extent[0] else 1
            found = _box(at[i], (side, 0), wide, tall), side, 0
            border = halo()
        if found is None:
            continue
        box, dx, dy = found
        taken.append(box)
        named.append(i)
        plane.annotate(
            text, tuple(points[i]), xytext=(_GAP * dx, (_GAP - (0.0 if dx == 0 else 1.5)) * dy),
            textcoords="offset points", ha={1: "left", 0: "center", -1: "right"}[dx],
            va={1: "bottom", 0: "center_baseline", -1: "top"}[dy], fontsize=FINE,
            color=participants.colour(i), fontweight=participants.weight(i),
            annotation_clip=False, zorder=6, bbox=border,
        )  # fmt: skip
    return named


def _box(point: Any, way: tuple[int, int], wide: float, tall: float) -> Box:
    dx, dy = way
    left = float(point[0]) + (_GAP if dx > 0 else -_GAP - wide if dx < 0 else -0.5 * wide)
    low = float(point[1]) + (_GAP if dy > 0 else -_GAP - tall if dy < 0 else -0.5 * tall)
    return left, low, left + wide, low + tall


def _inside(box: Box, extent: tuple[float, float]) -> bool:
    return box[0] >= 1.0 and box[1] >= 1.0 and box[2] <= extent[0] + 6.0 and box[3] <= extent[1]


def _over(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _hits(box: Box, at: Floats, own: int) -> bool:
    left, low, right, high = box
    inside = (at[:, 0] > left - 2.5) & (at[:, 0] < right + 2.5) & (at[:, 1] > low - 2.5) & (at[:, 1] < high + 2.5)
    inside[own] = False
    return bool(inside.any())


def halo() -> dict[str, Any]:
    """A border of paper around a text that must lie on a line."""
    return {"facecolor": PAPER, "edgecolor": "none", "pad": 0.8, "alpha": 0.9, "linewidth": 0}
