"""Laboratories in pairs: a matrix of |d|/U, where a dark field is a pair that does not agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from suyuan.report.figures.dress import (
    ACCENT,
    BAD,
    CONTEXT,
    HAIR,
    INK,
    PAPER,
    TEXT,
    WIDTH,
    Floats,
    Size,
    breadth,
    drawn,
    remembered,
    shortened,
)
from suyuan.report.figures.participants import ENDS, FINE, TURNED, legend_below, legend_lines

TINT = 0.2
LEGIBLE = 12.6
"""Side of a field in points from which on it holds its number in the smallest size that the house allows: 24
laboratories in a wide figure, 18 in a narrow one."""


@dataclass(frozen=True, slots=True)
class PairWords:
    """Words of the figure: the fields up to one half, up to one, and beyond it."""

    close: str
    within: str
    beyond: str


@remembered
def pairwise_figure(
    names: tuple[str, ...], d: Floats, U: Floats, words: PairWords, size: Size = "wide", mine: int | None = None
) -> str:
    """All pairs as a square of fields, from the laboratory with the smallest value to that with the largest.

    A field is paper up to |dᵢⱼ|/Uᵢⱼ = 0.5, grey up to 1, and framed with a bold number beyond; dᵢⱼ = xᵢ − xⱼ of row i
    and column j, so that the sign above and below the diagonal differs. Of so many laboratories that a number cannot be
    read, about 25, a field beyond 1 is dark, and the table beside the figure has the numbers.
    d, U: (n, n) in one unit, d antisymmetric, U greater than nil beside the diagonal. Returns the SVG as text. Raises
    ValueError for shapes that differ, numbers that are not finite, fewer than two laboratories, or d that is not
    antisymmetric.
    """
    n = len(names)
    ratio = _ratios(n, d, U)
    if mine is not None and not 0 <= mine < n:
        raise ValueError(f"mine: there is no place {mine} among {n} laboratories")
    order = np.argsort(d.mean(axis=1), kind="stable")
    ratio = ratio[np.ix_(order, order)]
    ordered = [names[i] for i in order]
    longest = max(breadth(name) for name in names) * FINE / TEXT
    beside = min(longest + 0.5, 72.0) + 8.0
    side = min(WIDTH[size] * 72.0 - beside - 10.0, 44.0 * n, 300.0 if size == "wide" else 250.0)
    lines = legend_lines((words.close, words.within, words.beyond), size)
    lying = longest + 3.0 <= side / n
    above = FINE + 6.0 if lying else beside
    tall = (side + above + 14.0 * lines + 14.0) / 72.0

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        # a plane of given length and height: the fields are squares, and their numbers fit
        figure.set_layout_engine("none")
        wide = WIDTH[size] * 72.0
        plane.set_position((beside / wide, 1.0 - (above + side) / (72.0 * tall), side / wide, side / (72.0 * tall)))
        plane.set_xlim(0, n)
        plane.set_ylim(n, 0)
        plane.set_axis_off()
        numbered = side / n >= LEGIBLE
        _fields(plane, ratio, side / n, numbered)
        if numbered:
            _numbers(plane, ratio, side / n)
        colours = [ACCENT if i == mine else INK for i in order]
        _names(plane, ordered, colours, side, beside - 8.0, lying)
        handles = [
            Patch(facecolor=PAPER, edgecolor=INK, linewidth=0.6, label=words.close),
            Patch(facecolor=HAIR, edgecolor=INK, linewidth=0.6, label=words.within),
            Patch(facecolor=(BAD, TINT if numbered else 1.0), edgecolor=BAD, linewidth=1.3, label=words.beyond),
        ]
        legend_below(figure, handles, size)

    return drawn(size, tall, paint)


def _ratios(n: int, d: Floats, U: Floats) -> Floats:
    if n < 2:
        raise ValueError(f"pairs: {n} laboratories make none")
    for name, matrix in (("d", d), ("U", U)):
        if matrix.shape != (n, n) or not np.isfinite(matrix).all():
            raise ValueError(f"{name}: {(n, n)} finite numbers are wanted, not {matrix.shape}")
    if not np.allclose(d, -d.T, rtol=1e-9, atol=1e-12 * float(np.abs(d).max())):
        raise ValueError("d: a pair has not the opposite difference the other way round")
    apart = ~np.eye(n, dtype=bool)
    if not (U[apart] > 0.0).all():
        raise ValueError("U: a pair has no uncertainty")
    return np.divide(d, U, out=np.zeros((n, n)), where=apart)


def _fields(plane: Any, ratio: Floats, field: float, numbered: bool) -> None:
    """The two darker tones. Of many laboratories fields in a row are one stroke as thick as a row is high, all of one
    path: 200 laboratories are 40 000 fields. The diagonal is a hairline."""
    n = ratio.shape[0]
    large = np.abs(ratio)
    for colour, chosen in ((HAIR, (large > 0.5) & (large <= 1.0)), (BAD, large > 1.0)):
        if not numbered:
            row, first, after = _runs(chosen).T
            ends = np.stack([np.stack([first, row + 0.5], axis=1), np.stack([after, row + 0.5], axis=1)], axis=1)
            strokes = Path(ends.reshape(-1, 2), np.tile([Path.MOVETO, Path.LINETO], row.size))
            # lines of many points are thinned else, and a field would be lost
            strokes.should_simplify = False
            plane.add_patch(PathPatch(strokes, fill=False, edgecolor=colour, linewidth=field, capstyle="butt"))
        else:
            squares = [((c, r), (c + 1, r), (c + 1, r + 1), (c, r + 1)) for r, c in np.argwhere(chosen)]
            alpha = TINT if colour == BAD else 1.0
            plane.add_collection(PolyCollection(squares, facecolors=colour, alpha=alpha, linewidths=0, zorder=1))
            if colour == BAD:
                plane.add_collection(
                    PolyCollection(squares, facecolors="none", edgecolors=BAD, linewidths=1.3, zorder=3, clip_on=False)
                )
    if numbered:
        plane.vlines(range(1, n), 0, n, color=PAPER, linewidth=2.0, zorder=1)
        plane.hlines(range(1, n), 0, n, color=PAPER, linewidth=2.0, zorder=1)
        plane.vlines(range(1, n), 0, n, color=HAIR, linewidth=0.5, zorder=2)
        plane.hlines(range(1, n), 0, n, color=HAIR, linewidth=0.5, zorder=2)
    steps = np.arange(n)
    stairs = np.stack([steps, steps + 1.0, np.full(n, np.nan)], axis=1).ravel()
    plane.plot(stairs, stairs, color=CONTEXT, linewidth=0.7, clip_on=False)
    plane.plot([0, n, n, 0, 0], [0, 0, n, n, 0], color=INK, linewidth=0.75, clip_on=False)


def _runs(chosen: NDArray[np.bool_]) -> NDArray[Any]:
    """Fields beside each other in a row as one: (m, 3) row, first column, column after the last."""
    turns = np.diff(np.pad(chosen, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, first = np.nonzero(turns == 1)
    _, after = np.nonzero(turns == -1)
    return np.stack([rows, first, after], axis=1).astype(np.float64)


def _numbers(plane: Any, ratio: Floats, field: float) -> None:
    """With sign and two decimals where there is room, else one decimal without it; bold beyond 1."""
    decimals, sign = (2, True) if field >= 25.0 else (1, False)
    for i, j in np.ndindex(ratio.shape):
        if i == j:
            continue
        value = float(ratio[i, j])
        text = f"{abs(value):.{decimals}f}" if abs(value) < 9.95 else f"{abs(value):.0f}"
        if sign:
            text = ("+" if value > 0.0 else "\u2212" if value < 0.0 else "") + text
        plane.text(
            j + 0.5, i + 0.5, text, ha="center", va="center_baseline", fontsize=FINE, color=INK, zorder=4,
            fontweight="bold" if abs(value) > 1.0 else "normal",
        )  # fmt: skip


def _names(plane: Any, names: list[str], colours: list[str], side: float, room: float, lying: bool) -> None:
    """Names at the left and above; of more than have room, the outermost and every n-th."""
    n = len(names)
    slot = side / n
    step = max(1, int(np.ceil(TURNED / slot)))
    places = [p for p in range(0, n, step)] if step == 1 else _some(n, step, colours)
    for place in places:
        text = shortened(names[place], room * TEXT / FINE)
        common: dict[str, Any] = {
            "fontsize": FINE,
            "color": colours[place],
            "annotation_clip": False,
            "textcoords": "offset points",
            "fontweight": "bold" if colours[place] == ACCENT else "normal",
        }
        plane.annotate(text, (0, place + 0.5), xytext=(-4, 0), ha="right", va="center_baseline", **common)
        if lying:
            plane.annotate(text, (place + 0.5, 0), xytext=(0, 3), ha="center", va="bottom", **common)
        else:
            plane.annotate(text, (place + 0.5, 0), xytext=(0, 4), ha="center", va="bottom", rotation=90, **common)


def _some(n: int, step: int, colours: list[str]) -> list[int]:
    """Mine, the ends, and then evenly what stands far enough from those."""
    kept: list[int] = []
    ends = [p for k in range(ENDS) for p in (k, n - 1 - k)]
    for place in [p for p in range(n) if colours[p] == ACCENT] + ends + list(range(0, n, step)):
        if all(abs(place - other) >= step for other in kept):
            kept.append(place)
    return sorted(kept)
