"""Figures with axes: the values of a certificate with their expanded uncertainties, as SVG.

The house's own settings of matplotlib (one look for page and print): left and bottom axis only, ticks outward, the name
of the ordinate upright at its top, the name of the abscissa at its right end, no grid, no frame, no title.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from threading import Lock
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib import font_manager
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from numpy.typing import NDArray

Size = Literal["wide", "narrow"]
INK, ACCENT, WARN, WASH = "#15191c", "#17577e", "#8f5f00", "#e3eef5"
COLOURS = ("#17577e", "#c07a1c", "#6f9a86", "#4a1f3a")
MARKERS = ("o", "s", "^", "D")
WIDTH: dict[Size, tuple[float, float]] = {"wide": (5.2, 3.0), "narrow": (3.7, 2.9)}

RC: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "suyuan",
    "savefig.transparent": True,
    "axes.facecolor": "none",
    "font.size": 9,
    "mathtext.fontset": "stix",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.75,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.unicode_minus": True,
    "axes.formatter.useoffset": False,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "xtick.major.size": 4,
    "ytick.major.size": 4,
    "xtick.minor.size": 2.2,
    "ytick.minor.size": 2.2,
    "xtick.minor.visible": True,
    "ytick.minor.visible": True,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "errorbar.capsize": 3,
    "legend.frameon": False,
    "patch.linewidth": 0,
    "axes.prop_cycle": cycler(color=list(COLOURS)),
}

FAMILIES = (
    *("Source Sans 3", "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei"),
    "DejaVu Sans",
)
"""Faces in which text is measured; the page then sets it in its own. Of a collection matplotlib sees the first face."""


@cache
def settings() -> dict[str, Any]:
    """The house's settings with the faces that this machine has: matplotlib complains of every other one, each time."""
    here = {face.name for face in font_manager.fontManager.ttflist}
    return RC | {"font.family": [name for name in FAMILIES if name in here]}


# matplotlib's settings belong to the process: two requests that draw at once must not see each other's.
_lock = Lock()


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
    with _lock, mpl.rc_context(rc=settings()):  # type: ignore[arg-type, unused-ignore]
        figure = Figure(figsize=WIDTH[size], layout="constrained")
        FigureCanvasSVG(figure)
        plane = figure.add_subplot()
        for n, points in enumerate(series):
            _whiskers(plane, points, n)
        for limit in limits:
            if limit is not None:
                plane.axhline(limit, color=WARN, linewidth=1.5, dashes=(6, 3))
        _dressed(plane, axes, series)
        out = BytesIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue().decode("utf-8")


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
        plane.axhline(0.0, color="#cfd6d3", linewidth=0.75, zorder=0)
    if axes.whole:
        plane.xaxis.get_major_locator().set_params(integer=True)
        plane.xaxis.set_minor_locator(mpl.ticker.NullLocator())
    plane.set_xlabel(axes.x, loc="right")
    plane.set_title(axes.y, loc="left", fontsize=9, pad=8)
    if len(series) > 1:
        plane.legend(loc="best", handletextpad=0.4)
