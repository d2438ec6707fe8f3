"""Mandel's h and k: which laboratory lies apart in its means, and which repeats worse than the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import offset_copy

from suyuan.report.figures.dress import (
    ACCENT,
    BAD,
    COLOURS,
    DASHED,
    HAIR,
    INK,
    PAPER,
    TEXT,
    WARN,
    WASH,
    Floats,
    Size,
    breadth,
    close,
    drawn,
    named,
    number_axis,
    remembered,
    room_of,
    shortened,
)
from suyuan.report.figures.marks import handle, marked
from suyuan.report.figures.participants import FINE, TURNED, legend_below, legend_lines, signed
from suyuan.report.figures.placing import halo


@dataclass(frozen=True, slots=True)
class Statistic:
    """Mandel's h or k. name: «ℎ», «𝑘»; values: (m, n), a row a material and a column a laboratory, nan where it did not
    measure; straggler, outlier: critical values at 5 % and 1 %, one for each material (m,)."""

    name: str
    values: Floats
    straggler: Floats
    outlier: Floats


@dataclass(frozen=True, slots=True)
class MandelWords:
    """Words of the legend: beyond the 5 % line, beyond the 1 % line, and those two lines."""

    usual: str
    straggler: str
    outlier: str
    line_5: str
    line_1: str
    mine: str = ""


@remembered
def mandel_figure(
    h: Statistic, k: Statistic, laboratories: tuple[str, ...], materials: tuple[str, ...], words: MandelWords,
    size: Size = "wide", *, mine: int | None = None,
) -> str:  # fmt: skip
    """h above and k below, grouped by material, in each group a column a laboratory in the same order.

    Open: usual; half dark: beyond the 5 % line; dark with a triangle: beyond the 1 % line, named by its laboratory.
    Where all columns have room for their names, all bear them. Returns the SVG as text. Raises ValueError for shapes
    that differ, infinite numbers, and critical values that are not 0 < 5 % ≤ 1 %.
    """
    shape = (len(materials), len(laboratories))
    for one in (h, k):
        _refuse(one, shape)
    if mine is not None and not 0 <= mine < shape[1]:
        raise ValueError(f"mine: there is no place {mine} among {shape[1]} laboratories")
    handles = _handles(h, k, words, mine)
    lines = legend_lines([one.get_label() for one in handles], size)
    places, wide = _places(shape)
    slot = room_of(size, 40.0) * 1.0 / (wide + 0.6)
    codes = max(breadth(name) for name in laboratories) * FINE / TEXT
    all_named = slot >= TURNED
    below = (min(codes, 60.0) + 6.0 if all_named else 0.0) + 16.0

    def paint(figure: Figure) -> None:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1.35, 1.0))
        close(figure, 0.06)
        for plane, one, both in ((upper, h, True), (lower, k, False)):
            plane.set_xlim(-0.8, wide - 0.2)
            plane.set_ylim(*_height(one, both))
            number_axis(plane.yaxis, 110.0 if both else 82.0)
            if both:
                signed(plane.yaxis)
            _critical(plane, one, places, both)
            _columns(plane, one, places, mine)
            if not all_named:
                _outlying(plane, one, places, laboratories, slot)
            plane.axhline(0.0, color=INK, linewidth=0.75, zorder=4)
            plane.spines["bottom"].set_visible(False)
            plane.tick_params(axis="x", which="both", length=0, labelbottom=False)
            plane.set_xticks([])
            named(plane, "", one.name)
        _groups(lower, places, laboratories, materials, (slot, all_named, codes), mine)
        legend_below(figure, handles, size)

    return drawn(size, 3.5 + (below + 14.0 * lines) / 72.0, paint)


def _refuse(one: Statistic, shape: tuple[int, int]) -> None:
    if 0 in shape or one.values.shape != shape or np.isinf(one.values).any() or np.isnan(one.values).all():
        raise ValueError(f"{one.name}: finite numbers of the shape {shape} are wanted, not {one.values.shape}")
    for critical in (one.straggler, one.outlier):
        if critical.shape != shape[:1] or not np.isfinite(critical).all():
            raise ValueError(f"{one.name}: {shape[0]} finite critical values are wanted, one a material")
    if not ((one.straggler > 0.0) & (one.straggler <= one.outlier)).all():
        raise ValueError(f"{one.name}: critical values are greater than nil, that of 5 % not beyond that of 1 %")


def _places(shape: tuple[int, int]) -> tuple[Floats, float]:
    """Abscissa of each column (m, n), and the width of all; between two groups one and a half columns are free."""
    materials, laboratories = shape
    gap = max(1.5, 0.06 * laboratories)
    starts = np.arange(materials) * (laboratories + gap)
    places: Floats = np.asarray(starts[:, None] + np.arange(laboratories), dtype=np.float64)
    return places, float(starts[-1] + laboratories)


def _height(one: Statistic, both: bool) -> tuple[float, float]:
    top = 1.16 * max(float(np.nanmax(np.abs(one.values))), 1.05 * float(one.outlier.max()))
    return (-top if both else 0.0), top


def _critical(plane: Any, one: Statistic, places: Floats, both: bool) -> None:
    for row, (five, single) in enumerate(zip(one.straggler, one.outlier, strict=True)):
        ends = [places[row, 0] - 0.6, places[row, -1] + 0.6]
        for sign in (1.0, -1.0) if both else (1.0,):
            plane.plot(ends, [sign * five] * 2, color=WARN, linewidth=1.0, linestyle=DASHED, zorder=2)
            plane.plot(ends, [sign * single] * 2, color=BAD, linewidth=1.0, zorder=2)


def _columns(plane: Any, one: Statistic, places: Floats, mine: int | None) -> None:
    count = places.size
    edge = 0.9 if count <= 45 else 0.5 if count <= 140 else 0.0
    low, high = plane.get_ylim()
    for (row, lab), value in np.ndenumerate(one.values):
        if np.isnan(value):
            continue
        x = float(places[row, lab])
        colour, fill = (ACCENT, WASH) if lab == mine else (INK, PAPER)
        if abs(value) > one.outlier[row]:
            colour, fill = BAD, BAD
        elif abs(value) > one.straggler[row]:
            colour, fill = WARN, COLOURS[1]
        if edge == 0.0 and fill == PAPER:
            fill = INK
        plane.bar([x], [value], 0.66 if edge else 0.85, facecolor=fill, edgecolor=colour, linewidth=edge, zorder=3)
        if fill == BAD:
            tip = value + np.sign(value) * 0.03 * (high - low)
            marked(plane, [x], [tip], "fail", colour=BAD, size=6.5 if count <= 45 else 4.5, zorder=5, clip_on=False)


def _outlying(plane: Any, one: Statistic, places: Floats, laboratories: Sequence[str], slot: float) -> None:
    """The names of those beyond the 1 % line beside their triangles, those beyond the 5 % line where there is room."""
    taken: list[tuple[float, float]] = []
    wanted = np.argwhere(np.abs(one.values) > one.straggler[:, None])
    by_size = sorted(wanted.tolist(), key=lambda rl: -abs(one.values[rl[0], rl[1]]) / one.outlier[rl[0]])
    for row, lab in by_size:
        value, x = float(one.values[row, lab]), float(places[row, lab])
        text = shortened(laboratories[lab], 60.0)
        half = (0.5 * breadth(text) + 4.0) / slot
        if any(abs(x - other) < half + width for other, width in taken):
            continue
        taken.append((x, half))
        up = value > 0.0
        away = 9.0 if abs(value) > one.outlier[row] else 2.0
        plane.annotate(
            text, (x, value), xytext=(0, away if up else -away), textcoords="offset points", ha="center",
            va="bottom" if up else "top", fontsize=FINE, zorder=6, annotation_clip=False,
            color=BAD if abs(value) > one.outlier[row] else WARN, bbox=halo(),
        )  # fmt: skip


def _groups(
    plane: Any, places: Floats, laboratories: Sequence[str], materials: Sequence[str],
    how: tuple[float, bool, float], mine: int | None,
) -> None:  # fmt: skip
    """Codes under the columns where all have room, then a rule a group with the name of its material."""
    slot, all_named, codes = how
    down = 4.0
    if all_named:
        for (_, lab), x in np.ndenumerate(places):
            plane.annotate(
                shortened(laboratories[lab], 60.0 * TEXT / FINE), (float(x), 0.0), xycoords=("data", "axes fraction"),
                xytext=(0, -4), textcoords="offset points", ha="center", va="top", rotation=90, fontsize=FINE,
                color=ACCENT if lab == mine else INK,
                fontweight="bold" if lab == mine else "normal", annotation_clip=False,
            )  # fmt: skip
        down += min(codes, 60.0) + 4.0
    for row, name in enumerate(materials):
        wide = (places[row, -1] - places[row, 0] + 1.0) * slot
        first = places[row, 0] - 0.5, places[row, -1] + 0.5
        plane.annotate(
            "", (first[0], 0.0), (first[1], 0.0), xycoords=_lowered(plane, down), textcoords=_lowered(plane, down),
            arrowprops={"arrowstyle": "-", "color": HAIR, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0},
            annotation_clip=False,
        )  # fmt: skip
        plane.annotate(
            shortened(name, wide), (0.5 * (first[0] + first[1]), 0.0), xycoords=("data", "axes fraction"),
            xytext=(0, -down - 3.0), textcoords="offset points", ha="center", va="top", annotation_clip=False,
        )  # fmt: skip


def _lowered(plane: Any, down: float) -> Any:
    return offset_copy(plane.get_xaxis_transform(), plane.figure, 0.0, -down, "points")


def _handles(h: Statistic, k: Statistic, words: MandelWords, mine: int | None) -> list[Any]:
    large = [np.abs(one.values) for one in (h, k)]
    beyond = any((v > one.outlier[:, None]).any() for v, one in zip(large, (h, k), strict=True))
    middle = any(
        ((v > one.straggler[:, None]) & (v <= one.outlier[:, None])).any() for v, one in zip(large, (h, k), strict=True)
    )
    handles: list[Any] = [Patch(facecolor=PAPER, edgecolor=INK, linewidth=0.9, label=words.usual)]
    if mine is not None:
        handles.append(Patch(facecolor=WASH, edgecolor=ACCENT, linewidth=0.9, label=words.mine))
    if middle:
        handles.append(Patch(facecolor=COLOURS[1], edgecolor=WARN, linewidth=0.9, label=words.straggler))
    if beyond:
        handles.append(handle("fail", BAD, words.outlier))
    handles.append(Line2D([], [], color=WARN, linewidth=1.0, linestyle=DASHED, label=words.line_5))
    handles.append(Line2D([], [], color=BAD, linewidth=1.0, label=words.line_1))
    return handles
