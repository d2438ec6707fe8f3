"""How results lie: kernel densities over a rug of the results, and their modes, so that no two methods are averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import ticker
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from suyuan.report.figures.distribution import one_over
from suyuan.report.figures.dress import (
    ACCENT,
    BAD,
    COLOURS,
    DASHED,
    HAIR,
    INK,
    INK2,
    TEXT,
    Axis,
    Floats,
    Size,
    breadth,
    checked,
    decimals,
    drawn,
    named,
    number_axis,
    power_of,
    remembered,
    rising,
    room_of,
    written,
)
from suyuan.report.figures.marks import handle, marked
from suyuan.report.figures.participants import FINE, Participants, legend_below, legend_lines

DASHES: Sequence[Any] = ("-", DASHED, (0, (1.2, 1.6)))


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel density. name: with its bandwidth, for the legend; x, y: (m,) x rising, y in one over the unit of x;
    modes: (j,) where it has its maxima."""

    name: str
    x: Floats
    y: Floats
    modes: Floats


@dataclass(frozen=True, slots=True)
class Upright:
    """A value that is marked by a line through the plane: an assigned value, a limit."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class DensityWords:
    """Words of the figure: the ordinate, a stroke of the rug, a mode, one's own result, and one that failed."""

    ordinate: str
    result: str
    mode: str
    mine: str = ""
    failed: str = ""


@remembered
def density_figure(
    values: Floats, kernels: Sequence[Kernel], participants: Participants, axis: Axis, words: DensityWords,
    uprights: Sequence[Upright] = (), size: Size = "wide",
) -> str:  # fmt: skip
    """Kernel densities, the first with its modes marked, above a rug with a stroke a result.

    One's own result has a longer stroke, one that failed a triangle, both with their names. Other bandwidths are
    dashed, so that one sees which modes depend on the choice.
    values: (n,); kernels: one to three, the first is the one that counts; uprights: at most three, named at their top.
    Returns the SVG as text. Raises ValueError for lengths that differ, numbers that are not finite, abscissae that do
    not rise, and densities below nil.
    """
    participants.check(values)
    if not 1 <= len(kernels) <= len(DASHES) or len(uprights) > 3:
        raise ValueError("a figure shows one to three densities and at most three marked values")
    for kernel in kernels:
        checked(f"density «{kernel.name}»", kernel.x, kernel.y)
        checked("modes", kernel.modes)
        if not rising(kernel.x) or (kernel.y < 0.0).any():
            raise ValueError(f"density «{kernel.name}»: it is negative, or its abscissa does not rise")
    checked("marked values", [u.value for u in uprights])
    special = any(participants.colour(i) != INK for i in range(values.size))
    foot = -0.25 if special else -0.15
    low = min([float(values.min()), *(float(k.x[0]) for k in kernels), *(u.value for u in uprights)])
    high = max([float(values.max()), *(float(k.x[-1]) for k in kernels), *(u.value for u in uprights)])
    factor = 10.0 ** -(power := power_of(np.array([low, high])))
    handles = _handles(kernels, participants, words)
    lines = legend_lines([h.get_label() for h in handles], size)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        top = max(float(k.y.max()) for k in kernels) or 1.0
        plane.set_xlim(low * factor, high * factor)
        plane.set_ylim(foot * top, top * (1.1 + 0.1 * bool(uprights)))
        _curves(plane, kernels, factor)
        _rug(plane, values * factor, participants, top, room_of(size))
        _uprights(plane, uprights, factor, -foot / (1.1 - foot + 0.1 * bool(uprights)), room_of(size))
        _few_numbers(plane, top, Axis(words.ordinate, one_over(axis.unit)))
        plane.spines["bottom"].set_position(("data", foot * top))
        plane.spines["left"].set_bounds(0.0, plane.get_ylim()[1])
        number_axis(plane.xaxis, room_of(size))
        plane.set_xlabel(axis.label(power), loc="right", labelpad=2)
        legend_below(figure, handles, size)

    return drawn(size, 2.6 + 14.0 * lines / 72.0, paint)


def _curves(plane: Any, kernels: Sequence[Kernel], factor: float) -> None:
    for n, kernel in reversed(list(enumerate(kernels))):
        colour = (INK, COLOURS[1], COLOURS[3])[n]
        plane.plot(
            kernel.x * factor, kernel.y, color=colour, linestyle=DASHES[n], linewidth=1.5 if n == 0 else 1.1, zorder=3
        )
    first = kernels[0]
    heights = np.interp(first.modes, first.x, first.y)
    plane.vlines(first.modes * factor, 0.0, heights, color=INK2, linewidth=0.8, linestyle=(0, (1.5, 2)), zorder=2)
    plane.plot(first.modes * factor, heights, "v", color=INK, markersize=5.5, markeredgewidth=0, zorder=4)
    plane.axhline(0.0, color=HAIR, linewidth=0.75, zorder=1)


def _rug(plane: Any, values: Floats, participants: Participants, top: float, room: float) -> None:
    """Strokes between the density and the abscissa; those that stand out last, so that none is hidden, with their names
    as far as those have room, one's own first."""
    out = [i for i in range(values.size) if participants.colour(i) != INK]
    plain = np.setdiff1d(np.arange(values.size), out)
    plane.vlines(values[plain], -0.12 * top, -0.03 * top, color=INK, linewidth=0.7, alpha=0.75, zorder=2)
    low, high = plane.get_xlim()
    taken: list[tuple[float, float]] = []
    for i in sorted(out, key=lambda i: (i != participants.mine, -abs(values[i] - float(np.median(values))))):
        colour = participants.colour(i)
        if participants.fails(i):
            marked(plane, [values[i]], [-0.075 * top], "fail", colour=colour, size=6.5, zorder=4)
        else:
            plane.vlines([values[i]], -0.14 * top, 0.0, color=colour, linewidth=1.8, zorder=5)
        half = (0.5 * breadth(participants.names[i]) * FINE / TEXT + 2.0) * (high - low) / room
        at = float(np.clip(values[i], low + half, high - half))
        if any(abs(at - other) < half + width for other, width in taken):
            continue
        taken.append((at, half))
        plane.annotate(
            participants.names[i],
            (at, -0.145 * top),
            ha="center",
            va="top",
            fontsize=FINE,
            color=colour,
            zorder=5,
            fontweight=participants.weight(i),
        )


def _uprights(plane: Any, uprights: Sequence[Upright], factor: float, foot: float, room: float) -> None:
    """Named at the top, on the side of the line where there is room, the next one a line lower."""
    low, high = plane.get_xlim()
    for n, upright in enumerate(sorted(uprights, key=lambda u: u.value)):
        place = upright.value * factor
        plane.axvline(place, color=ACCENT, linewidth=1.1, linestyle=DASHES[n], ymin=foot, zorder=2)
        right = (high - place) / (high - low) * room > breadth(upright.name) + 6.0
        plane.annotate(
            upright.name, (place, 1.0), xycoords=("data", "axes fraction"), xytext=(4 if right else -4, -12.0 * n),
            textcoords="offset points", ha="left" if right else "right", va="top", color=ACCENT,
        )  # fmt: skip


def _few_numbers(plane: Any, top: float, axis: Axis) -> None:
    """A density is compared, hardly ever read: few numbers, none below nil."""
    power = power_of(np.array([0.0, top]))
    low, high = plane.get_ylim()
    places = np.asarray(ticker.MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]).tick_values(0.0, top))
    places = places[(places >= 0.0) & (places <= high)]
    after = decimals(float(places[1] - places[0]) * 10.0**-power)
    plane.yaxis.set_major_locator(ticker.FixedLocator(places))
    plane.yaxis.set_major_formatter(ticker.FixedFormatter([written(p * 10.0**-power, after) for p in places]))
    plane.yaxis.set_minor_locator(ticker.NullLocator())
    plane.set_ylim(low, high)
    named(plane, "", axis.label(power))


def _handles(kernels: Sequence[Kernel], participants: Participants, words: DensityWords) -> list[Any]:
    handles: list[Any] = [
        Line2D([], [], color=(INK, COLOURS[1], COLOURS[3])[n], linestyle=DASHES[n], linewidth=1.5 if n == 0 else 1.1,
               label=kernel.name)
        for n, kernel in enumerate(kernels)
    ]  # fmt: skip
    if kernels[0].modes.size:
        handles.append(Line2D([], [], linestyle="none", marker="v", color=INK, markersize=5.5, label=words.mode))
    stroke: dict[str, Any] = {"linestyle": "none", "marker": "|", "markersize": 7}
    handles.append(Line2D([], [], color=INK, markeredgewidth=0.8, label=words.result, **stroke))
    if participants.mine is not None and not participants.fails(participants.mine):
        handles.append(Line2D([], [], color=ACCENT, markeredgewidth=1.8, label=words.mine, **stroke))
    if participants.failed is not None and participants.failed.any():
        handles.append(handle("fail", BAD, words.failed))
    return handles
