"""The values of a certificate or a series with their expanded uncertainties, and the limits, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from suyuan.report.figures.dress import COLOURS, HAIR, MARKERS, WARN, Size, drawn, named, remembered

HEIGHT: dict[Size, float] = {"wide": 3.0, "narrow": 2.9}


@dataclass(frozen=True)
class Points:
    """One series. x, y: (n,) in the units of the axes; U: (n,) expanded uncertainties, None where not stated."""

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    U: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Axes:
    """Names of the axes as quantity and unit; whole: the abscissa counts (1, 2, 3 …)."""

    x: str
    y: str
    whole: bool = False


@remembered
def values_figure(
    series: Sequence[Points],
    axes: Axes,
    limits: tuple[float | None, float | None] = (None, None),
    size: Size = "wide",
) -> str:
    """Values with whiskers ± U, and the limits as lines where there are some.

    series: at most four, each with its own marker; limits: lower and upper, in the unit of the ordinate.
    Returns the SVG as text, the same for the same values.
    """
    if not 0 < len(series) <= len(COLOURS):
        raise ValueError(f"a figure shows one to {len(COLOURS)} series, not {len(series)}")

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        for n, points in enumerate(series):
            _whiskers(plane, points, n)
        for limit in limits:
            if limit is not None:
                plane.axhline(limit, color=WARN, linewidth=1.5, dashes=(6, 3))
        _dressed(plane, axes, series)

    return drawn(size, HEIGHT[size], paint)


def _whiskers(plane: Any, points: Points, n: int) -> None:
    colour = COLOURS[n]
    known = points.U if points.U is not None else np.zeros_like(points.y)
    plane.errorbar(
        points.x, points.y, yerr=known if points.U is not None else None, fmt=MARKERS[n], color=colour,
        ecolor=colour, elinewidth=1.0, markeredgewidth=0, label=points.name,
    )  # fmt: skip


def _dressed(plane: Any, axes: Axes, series: Sequence[Points]) -> None:
    plane.margins(x=0.04, y=0.1)
    low, high = plane.get_ylim()
    if low < 0.0 < high:
        plane.axhline(0.0, color=HAIR, linewidth=0.75, zorder=0)
    if axes.whole:
        plane.xaxis.get_major_locator().set_params(integer=True)
        plane.xaxis.set_minor_locator(mpl.ticker.NullLocator())
    named(plane, axes.x, axes.y)
    if len(series) > 1:
        plane.legend(loc="best", handletextpad=0.4)
