"""Marks of states in figures: the line marks of the pages as paths, so that a state is read without its colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.path import Path

from suyuan.report.figures.dress import BAD, INK, INK3, WARN

Mark = Literal["ok", "due", "expired", "withdrawn", "fail", "undecided", "unknown", "open", "sealed", "wait"]
Tone = Literal["ok", "warn", "bad", "mute"]
Stroke = Sequence[tuple[float, float]]
TONES: Mapping[str, str] = {"ok": INK, "warn": WARN, "bad": BAD, "mute": INK3}


def _arc(radius: float, start: float = 0.0, end: float = 360.0) -> Stroke:
    angles = np.radians(np.linspace(start, end, max(3, round((end - start) / 15.0) + 1)))
    return [(7.0 + radius * float(np.cos(a)), 7.0 + radius * float(np.sin(a))) for a in angles]


_TRIANGLE: Stroke = ((7.0, 1.4), (13.0, 12.4), (1.0, 12.4), (7.0, 1.4))
_SQUARE: Stroke = ((2.0, 2.0), (12.0, 2.0), (12.0, 12.0), (2.0, 12.0), (2.0, 2.0))
_STROKES: Mapping[str, Sequence[Stroke]] = {
    "ok": (((2.0, 7.5), (5.4, 11.1), (12.0, 3.0)),),
    "due": (_arc(5.2), ((7.0, 3.6), (7.0, 7.0), (9.4, 8.8))),
    "expired": (_arc(5.2), ((1.6, 12.4), (12.4, 1.6))),
    "withdrawn": (((2.2, 2.2), (11.8, 11.8)), ((11.8, 2.2), (2.2, 11.8))),
    "fail": (_TRIANGLE, ((7.0, 5.4), (7.0, 8.8)), ((7.0, 10.2), (7.0, 11.1))),
    "undecided": (((7.0, 1.2), (12.8, 7.0), (7.0, 12.8), (1.2, 7.0), (7.0, 1.2)),),
    "unknown": (
        *(_arc(5.4, n * 60.0 + 8.0, n * 60.0 + 42.0) for n in range(6)),
        ((5.3, 5.6), (5.8, 4.3), (7.0, 3.9), (8.3, 4.3), (8.8, 5.5), (7.2, 7.2), (7.0, 8.3)), ((7.0, 9.6), (7.0, 10.5)),
    ),
    "open": (_SQUARE,),
    "sealed": (_SQUARE, ((4.5, 7.0), (9.5, 7.0))),
    "wait": (
        ((3.0, 2.0), (11.0, 2.0)), ((3.0, 12.0), (11.0, 12.0)), ((4.0, 2.0), (4.6, 4.6), (9.4, 9.4), (10.0, 12.0)),
        ((10.0, 2.0), (9.4, 4.6), (4.6, 9.4), (4.0, 12.0)),
    ),
}  # fmt: skip
"""Strokes in a field of 14 × 14, y down, as the pages draw them."""


def path(mark: Mark) -> Path:
    """The mark as a path around the origin, one unit high."""
    vertices: list[tuple[float, float]] = []
    codes: list[Any] = []
    for stroke in _STROKES[mark]:
        vertices += [((x - 7.0) / 12.0, (7.0 - y) / 12.0) for x, y in stroke]
        codes += [Path.MOVETO] + [Path.LINETO] * (len(stroke) - 1)
    return Path(vertices, codes)


def marked(plane: Any, x: Any, y: Any, mark: Mark, *, colour: str, size: float = 8.0, **more: Any) -> None:
    """The mark at places, `size` points high, in line."""
    plane.plot(x, y, linestyle="none", **style(mark, colour, size), **more)


def style(mark: Mark, colour: str, size: float = 8.0) -> dict[str, Any]:
    """What a line needs to bear the mark."""
    # matplotlib scales a path so that its farthest vertex lies at half the size
    reach = 2.0 * float(np.abs(path(mark).vertices).max())
    return {
        "marker": path(mark), "markersize": size * reach, "markeredgecolor": colour, "markerfacecolor": "none",
        "markeredgewidth": 1.0,
    }  # fmt: skip


def handle(mark: Mark, colour: str, word: str) -> Line2D:
    """Mark and word for a legend."""
    return Line2D([], [], linestyle="none", label=word, **style(mark, colour, 8.0))
