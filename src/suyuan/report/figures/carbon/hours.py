"""The hours of a year as a field: a column a day, a row an hour of the day, a tone for what became of the hour.

What was measured is the ground; every other hour is drawn on it as part of a run, so that a year is a few hundred
strokes and no picture. Tones differ in lightness: the field reads in print without colours too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch, Rectangle
from matplotlib.path import Path
from numpy.typing import NDArray

from suyuan.report.figures.dress import BAD, HAIR, INK2, INK3, PAPER, WASH, Size, close, drawn, named, remembered
from suyuan.report.figures.participants import FINE, legend_below, legend_lines

CLASSES = ("measured", "standing", "care", "instrument", "missing", "no_certificate", "unknown")
"""What became of an hour: measured; the unit stood; calibration or maintenance; fault, out of control, out of range or
implausible; no data; no certificate; lost without any legal value."""
TONES: dict[str, str] = {
    "measured": WASH, "standing": PAPER, "care": "#a5bdb0", "instrument": "#c07a1c", "missing": INK3,
    "no_certificate": "#4a1f3a", "unknown": BAD,
}  # fmt: skip
HOURS = 24
DAYS: dict[Size, int] = {"wide": 190, "narrow": 130}
"""Days that one row of the figure takes."""
Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class HourField:
    """Hours of days. first: the first day; codes (d, 24): index into `CLASSES` by local hour, −1 where there is none or
    it was not read. A clock set back shows one hour twice: the worse of the two is drawn."""

    first: date
    codes: Codes


@remembered
def hours_figure(field: HourField, words: tuple[str, ...], axes: tuple[str, str], size: Size = "wide") -> str:
    """The field, cut into rows of days that are wide enough to be read.

    words: one a class; axes: names of the days and of the hours. Returns the SVG as text. Raises ValueError for another
    shape, codes or number of words.
    """
    days = field.codes.shape[0] if field.codes.ndim == 2 else 0
    if not days or field.codes.shape[1] != HOURS or len(words) != len(CLASSES):
        raise ValueError(f"days of {HOURS} hours and {len(CLASSES)} words are wanted")
    if field.codes.min() < -1 or field.codes.max() >= len(CLASSES):
        raise ValueError("codes are places among the classes, or −1")
    rows = -(-days // DAYS[size])
    cuts = _cuts(field.first, days, rows)
    there = [c for c in range(len(CLASSES)) if (field.codes == c).any()]
    handles = [
        Patch(facecolor=TONES[CLASSES[c]], edgecolor=INK3, linewidth=0.5, label=words[c]) for c in there
    ]  # fmt: skip
    lines = legend_lines([words[c] for c in there], size)
    longest = max(b - a for a, b in cuts)

    def paint(figure: Figure) -> None:
        planes = np.ravel(figure.subplots(rows, 1))
        close(figure, 0.12)
        for n, (plane, (a, b)) in enumerate(zip(planes, cuts, strict=True)):
            _plane(plane, field, (a, b), longest)
            named(plane, axes[0] if n == rows - 1 else "", axes[1] if n == 0 else "")
        legend_below(figure, handles, size)

    return drawn(size, 0.55 + rows * (1.42 if size == "wide" else 1.25) + 14.0 * lines / 72.0, paint)


def _cuts(first: date, days: int, rows: int) -> list[tuple[int, int]]:
    """Rows that begin with a month where the whole is longer than one row."""
    if rows == 1:
        return [(0, days)]
    starts = [n for n in range(days) if (first + timedelta(days=n)).day == 1] or [0]
    edges = [0]
    for row in range(1, rows):
        edges.append(min(starts, key=lambda n: abs(n - row * days / rows)))
    edges.append(days)
    return [(a, b) for a, b in pairwise(edges) if b > a]


def _plane(plane: Any, field: HourField, part: tuple[int, int], longest: int) -> None:
    a, b = part
    codes = field.codes[a:b]
    plane.set_xlim(0, longest)
    plane.set_ylim(HOURS, 0)
    plane.add_patch(Rectangle((0, 0), b - a, HOURS, facecolor=PAPER, edgecolor=HAIR, linewidth=0.75, zorder=0))
    for number, name in enumerate(CLASSES):
        boxes = _boxes(codes == number, across=name == "measured")
        if boxes and name != "standing":
            _fill(plane, boxes, TONES[name], 1 + number)
        elif boxes:
            _fill(plane, boxes, PAPER, 1 + number, ringed=True)
    _ticks(plane, field.first + timedelta(days=a), b - a)


def _boxes(mask: NDArray[np.bool_], across: bool) -> list[tuple[int, int, int, int]]:
    """Rectangles (x0, y0, x1, y1) that make up a mask: runs of hours within a day; whole days side by side as one."""
    found = []
    full = mask.all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], full, [False]]).astype(np.int8)))
    found += [(int(s), 0, int(e), HOURS) for s, e in zip(edges[::2], edges[1::2], strict=True)]
    rest = mask & ~np.asarray(full)[:, None]
    padded = np.pad(rest, ((0, 0), (1, 1))).astype(np.int8)
    day, at = np.nonzero(np.diff(padded, axis=1))
    found += [(int(d), int(s), int(d) + 1, int(e)) for d, s, e in zip(day[::2], at[::2], at[1::2], strict=True)]
    return found


def _fill(plane: Any, boxes: Sequence[tuple[int, int, int, int]], tone: str, order: int, ringed: bool = False) -> None:
    """All boxes of a class as one path; a hair of its own tone around each keeps a single hour visible."""
    corners = np.array([[(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)] for x0, y0, x1, y1 in boxes], float)
    codes = np.tile([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], len(boxes))
    path = Path(corners.reshape(-1, 2), codes)
    plane.add_patch(PathPatch(path, facecolor=tone, edgecolor=HAIR if ringed else tone, linewidth=0.3, zorder=order))


def _ticks(plane: Any, first: date, days: int) -> None:
    """Months at their first days, hours at every sixth."""
    for side in ("left", "bottom"):
        plane.spines[side].set_visible(False)
    starts = [n for n in range(days) if (first + timedelta(days=n)).day == 1]
    few = len(starts) < 2
    places = sorted({0, *starts}) if not few else list(range(0, days, max(1, days // 4)))
    labels = [_label(first + timedelta(days=n), n == 0, few) for n in places]
    plane.set_xticks(places, labels, ha="left", fontsize=FINE)
    plane.set_xticks([], minor=True)
    for n in starts:
        if n:
            plane.axvline(n, color=INK2, linewidth=0.4, alpha=0.6, zorder=20)
    plane.set_yticks([0, 6, 12, 18, 24], ["0", "6", "12", "18", "24"], fontsize=FINE)
    plane.set_yticks([], minor=True)
    plane.tick_params(length=3, pad=2)


def _label(day: date, first: bool, few: bool) -> str:
    if few:
        return f"{day:%Y-%m-%d}" if first else f"{day:%m-%d}"
    return f"{day:%Y-%m}" if first else f"{day:%m}"
