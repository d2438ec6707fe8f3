"""Gauge studies: readings by part and by operator, the components of variation, and the interaction of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from suyuan.report.figures.dress import (
    ACCENT,
    COLOURS,
    HAIR,
    INK,
    INK2,
    INK3,
    MARKERS,
    WARN,
    WIDTH,
    Axis,
    Size,
    breadth,
    checked,
    close,
    drawn,
    named,
    number_axis,
    power_of,
    remembered,
    room_of,
    shortened,
    span,
)
from suyuan.report.figures.participants import FINE, legend_below, legend_lines

Floats = NDArray[np.float64]
DASHES: Sequence[Any] = ("-", (0, (5, 3)), (0, (5, 2, 1, 2)), (0, (1, 1.6)))
FEW = len(COLOURS)
"""Operators up to which each has a line of its own colour and dash."""


@dataclass(frozen=True, slots=True)
class Crossed:
    """A study as drawn. readings: (operators, parts, trials); operators, parts: their names."""

    readings: Floats
    operators: tuple[str, ...]
    parts: tuple[str, ...]

    def check(self) -> None:
        checked("readings", self.readings)
        if self.readings.shape[:2] != (len(self.operators), len(self.parts)):
            raise ValueError("a name is wanted for each operator and each part")


@remembered
def readings_figure(study: Crossed, axis: Axis, words: tuple[str, str], size: Size = "wide") -> str:
    """All readings by part and, below, by operator: small rings, the means as filled points joined by a line.

    words: names of the two abscissas. Returns the SVG as text. Raises ValueError for what cannot be drawn.
    """
    study.check()
    x = study.readings
    power = power_of(x)
    x = x * 10.0**-power

    def paint(figure: Figure) -> None:
        upper, lower = figure.subplots(2, 1)
        close(figure, 0.09)
        by_part = [x[:, p, :].ravel() for p in range(x.shape[1])]
        by_operator = [x[o].ravel() for o in range(x.shape[0])]
        low, high = span(x, margin=0.08)
        both = zip((upper, lower), (by_part, by_operator), (study.parts, study.operators), words, strict=True)
        for plane, groups, names, word in both:
            _groups(plane, groups)
            plane.set_ylim(low, high)
            number_axis(plane.yaxis, 105.0)
            _below(plane, names, size)
            named(plane, word, "")
        named(upper, "", axis.label(power))

    return drawn(size, 4.3, paint)


def _groups(plane: Any, groups: Sequence[Floats]) -> None:
    for n, values in enumerate(groups):
        aside = np.linspace(-0.13, 0.13, values.size) if values.size > 1 else np.zeros(1)
        plane.plot(n + aside, values, "o", markersize=3.0, markerfacecolor="none", markeredgecolor=INK2,
                   markeredgewidth=0.7, zorder=2)  # fmt: skip
    means = [float(np.mean(values)) for values in groups]
    plane.plot(range(len(groups)), means, "-", color=ACCENT, linewidth=1.1, zorder=3)
    plane.plot(range(len(groups)), means, "o", color=ACCENT, markersize=4.4, markeredgewidth=0, zorder=4)
    plane.set_xlim(-0.5, len(groups) - 0.5)


def _below(plane: Any, names: Sequence[str], size: Size) -> None:
    """Names of places at the abscissa; of many, those that have room."""
    room = room_of(size) / len(names)
    widest = max(breadth(name) for name in names)
    step = max(1, int(np.ceil(min(widest + 5.0, 40.0) / room)))
    places = list(range(0, len(names), step))
    plane.set_xticks(places, [shortened(names[n], max(room * step - 4.0, 16.0)) for n in places])
    plane.xaxis.set_minor_locator(NullLocator())
    plane.tick_params(axis="x", length=0, pad=4)


@remembered
def interaction_figure(study: Crossed, axes: tuple[str, Axis], size: Size = "wide") -> str:
    """The mean of each operator on each part, a line an operator: parallel lines show no interaction.

    axes: name of the abscissa, and the ordinate. More than four operators share one quiet line. Returns the SVG as
    text. Raises ValueError for what cannot be drawn.
    """
    study.check()
    means = np.mean(study.readings, axis=2)
    power = power_of(means)
    means = means * 10.0**-power
    few = len(study.operators) <= FEW
    handles = [
        Line2D([], [], color=COLOURS[o], linestyle=DASHES[o], marker=MARKERS[o], markersize=4.2, markeredgewidth=0,
               label=name)
        for o, name in enumerate(study.operators)
    ] if few else []  # fmt: skip
    lines = legend_lines(study.operators if few else (), size)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        for o, row in enumerate(means):
            how = {"color": COLOURS[o], "linestyle": DASHES[o], "marker": MARKERS[o]} if few else {"color": INK3}
            plane.plot(range(row.size), row, markersize=4.2, markeredgewidth=0, **how)
        plane.set_xlim(-0.5, len(study.parts) - 0.5)
        plane.set_ylim(*span(means, margin=0.08))
        number_axis(plane.yaxis, 140.0)
        _below(plane, study.parts, size)
        named(plane, axes[0], axes[1].label(power))
        legend_below(figure, handles, size)

    return drawn(size, 2.9 + 14.0 * lines / 72.0, paint)


@dataclass(frozen=True, slots=True)
class Bars:
    """Shares by source and method. sources: names of the rows; methods: names of the bars of a row; share: (sources,
    methods) in percent, nan where a method knows no such source; limits: of the rows `judged`."""

    sources: tuple[str, ...]
    methods: tuple[str, ...]
    share: Floats
    limits: tuple[float, float]
    judged: tuple[int, ...]


@remembered
def components_figure(bars: Bars, axis: str, size: Size = "wide") -> str:
    """Shares of the total variation as lying bars, a bar a method; the two limits cross the row that is judged.

    Standard deviations add in squares, so that the shares do not sum to 100 %. Returns the SVG as text. Raises
    ValueError for shares that do not fit the names.
    """
    if bars.share.shape != (len(bars.sources), len(bars.methods)):
        raise ValueError("a share is wanted for each source and method")
    many = len(bars.methods)
    handles = [
        Line2D([], [], color=COLOURS[m], linewidth=6, solid_capstyle="butt", label=name)
        for m, name in enumerate(bars.methods)
    ]  # fmt: skip
    lines = legend_lines(bars.methods, size)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        tall = 0.62 / many
        for m in range(many):
            for s, share in enumerate(bars.share[:, m]):
                y = s + (m - (many - 1) / 2.0) * tall
                if np.isfinite(share):
                    plane.barh(y, share, tall * 0.86, color=COLOURS[m], zorder=2)
                    plane.annotate(f"{share:.1f}", (share, y), (3, 0), textcoords="offset points", va="center",
                                   fontsize=FINE, color=INK)  # fmt: skip
        for limit, row in ((limit, row) for limit in bars.limits for row in bars.judged):
            plane.plot([limit, limit], [row - 0.4, row + 0.4], color=WARN, linewidth=1.5, zorder=3)
            plane.annotate(f"{limit:g}", (limit, row - 0.4), (0, 1), textcoords="offset points", ha="center",
                           va="bottom", fontsize=FINE, color=WARN)  # fmt: skip
        largest = float(np.nanmax(bars.share)) if np.isfinite(bars.share).any() else 100.0
        plane.set_xlim(0.0, max(largest * 1.12, bars.limits[1] * 1.1))
        plane.set_ylim(len(bars.sources) - 0.5, -0.75)
        plane.set_yticks(range(len(bars.sources)), bars.sources)
        plane.yaxis.set_minor_locator(NullLocator())
        plane.tick_params(axis="y", length=0)
        number_axis(plane.xaxis, WIDTH[size] * 72.0 - max(breadth(s) for s in bars.sources) - 20.0)
        named(plane, axis, "")
        plane.spines["left"].set_visible(True)
        plane.spines["left"].set_color(HAIR)
        legend_below(figure, handles, size)

    rows = len(bars.sources) * (0.24 + 0.19 * many)
    return drawn(size, 0.65 + rows + 14.0 * lines / 72.0, paint)
