"""Capability with measurement uncertainty: from the observed index to the real one, and values between their limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from suyuan.report.figures.dress import (
    ACCENT,
    COLOURS,
    DASHED,
    HAIR,
    INK,
    INK2,
    INK3,
    MARKERS,
    WARN,
    Axis,
    Size,
    checked,
    drawn,
    named,
    number_axis,
    power_of,
    remembered,
    room_of,
)
from suyuan.report.figures.participants import FINE, legend_below, legend_lines

Floats = NDArray[np.float64]
DASHES: Any = ("-", (0, (5, 3)), (0, (5, 2, 1, 2)), (0, (1, 1.6)))


@remembered
def real_figure(
    Q: Floats, observed: Floats, real: Floats, axes: tuple[str, str], words: tuple[str, str], size: Size = "wide"
) -> str:
    """Real against observed capability, a line a measuring process; the diagonal is a measurement without uncertainty.

    Q: (i,) Q_MP as fractions, at most four; observed: (j,); real: (i, j), nan where none exists; words: the beginning
    of a line's name («Q_MP = »), the diagonal. Each line ends where the measuring spread alone would fill what was
    observed. Returns the SVG as text. Raises ValueError for more lines than colours.
    """
    if not 0 < Q.size <= len(COLOURS):
        raise ValueError(f"one to {len(COLOURS)} measuring processes are drawn, not {Q.size}")
    checked("capability", observed)
    known = real[np.isfinite(real)]
    top = 1.15 * float(max(known.max(initial=0.0), observed.max()))
    right = 1.12 * float(observed.max())
    handles = [
        Line2D([], [], color=COLOURS[i], linestyle=DASHES[i], marker=MARKERS[i], markersize=4.4, markeredgewidth=0,
               label=f"{words[0]}{100.0 * q:.3g} %")
        for i, q in enumerate(Q)
    ]  # fmt: skip
    handles.append(Line2D([], [], color=INK3, linewidth=0.75, label=words[1]))
    lines = legend_lines([*(f"{words[0]}{100.0 * q:.3g} %" for q in Q), words[1]], size)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        plane.plot([0.0, top], [0.0, top], color=INK3, linewidth=0.75, zorder=1)
        for i, q in enumerate(Q):
            ends = min(right, 0.9999 / (1.5 * q)) if q > 0.0 else right
            x = np.linspace(0.05, ends, 400)
            y = (1.0 / np.square(x) - (1.5 * q) ** 2) ** -0.5
            shown = y <= top
            plane.plot(x[shown], y[shown], color=COLOURS[i], linestyle=DASHES[i], linewidth=1.2, zorder=2)
            plane.plot(observed, real[i], MARKERS[i], color=COLOURS[i], markersize=4.4, markeredgewidth=0, zorder=3)
        plane.set_xlim(0.0, right)
        plane.set_ylim(0.0, top)
        number_axis(plane.xaxis, room_of(size))
        number_axis(plane.yaxis, 150.0)
        named(plane, axes[0], axes[1])
        legend_below(figure, handles, size)

    return drawn(size, 3.2 + 14.0 * lines / 72.0, paint)


@dataclass(frozen=True, slots=True)
class Lines:
    """What stands beside a histogram. lower, upper: limits; centre: mean or reference value; U: of one measurement, the
    band on either side of each limit in which a value decides nothing."""

    lower: float | None = None
    upper: float | None = None
    centre: float | None = None
    U: float | None = None


@remembered
def histogram_figure(
    values: Floats, lines: Lines, axes: tuple[Axis, str], words: tuple[str, str, str, str], size: Size = "wide"
) -> str:
    """Values as a histogram between the limits; a band of ± U at each limit where the uncertainty is known.

    values: (n,); axes: abscissa and name of the ordinate; words: lower limit, upper limit, centre, the band. Returns
    the SVG as text. Raises ValueError for numbers that are not finite.
    """
    checked("values", values)
    given = [v for v in (lines.lower, lines.upper, lines.centre) if v is not None]
    power = power_of(values, np.array(given))
    f = 10.0**-power
    x = values * f
    U = 0.0 if lines.U is None else lines.U * f
    handles = [Line2D([], [], color=HAIR, linewidth=8, solid_capstyle="butt", label=words[3])] if U > 0.0 else []

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        top = _bars(plane, x) * 1.18
        ends = [float(x.min()), float(x.max())]
        for limit, word, side in ((lines.lower, words[0], "right"), (lines.upper, words[1], "left")):
            if limit is not None:
                _limit(plane, (limit * f, U), top, word, side)
                ends += [limit * f - 1.4 * U, limit * f + 1.4 * U]
        if lines.centre is not None:
            plane.plot([lines.centre * f] * 2, [0.0, top * 0.94], color=INK2, linewidth=1.0, linestyle=DASHED, zorder=4)
            plane.annotate(words[2], (lines.centre * f, top * 0.94), (0, 1), textcoords="offset points", ha="center",
                           va="bottom", fontsize=FINE, color=INK2)  # fmt: skip
            ends.append(lines.centre * f)
        room = 0.09 * (max(ends) - min(ends)) or abs(ends[0]) * 0.1 or 1.0
        plane.set_xlim(min(ends) - room, max(ends) + room)
        plane.set_ylim(0.0, top * 1.08)
        number_axis(plane.xaxis, room_of(size))
        number_axis(plane.yaxis, 130.0)
        _whole(plane)
        named(plane, axes[0].label(power), axes[1])
        legend_below(figure, handles, size)

    return drawn(size, 2.9 + (14.0 / 72.0 if handles else 0.0), paint)


def _whole(plane: Any) -> None:
    """Counts have no fractions."""
    places = [p for p in plane.yaxis.get_major_locator()() if abs(p - round(p)) < 1e-9]
    plane.set_yticks(places, [f"{p:g}" for p in places])
    plane.set_yticks([], minor=True)


FEW = 25
"""Values up to which each is a dot."""


def _bars(plane: Any, x: Floats) -> float:
    """Values as bars, few of them as dots one above the other; returns the highest count."""
    distinct = np.unique(x)
    if distinct.size < 2:
        edges = np.array([x[0] - 0.5, x[0] + 0.5])
    elif distinct.size <= FEW and np.diff(distinct).min() * 60 > np.ptp(x):  # as fine as the gauge reads, no finer
        step = float(np.diff(distinct).min())
        edges = np.arange(x.min() - 0.5 * step, x.max() + step, step)
    else:
        edges = np.linspace(x.min(), x.max(), min(max(int(np.ceil(np.sqrt(x.size))), 5), 40) + 1)
    counts, edges = np.histogram(x, edges)
    middles, wide = 0.5 * (edges[1:] + edges[:-1]), np.diff(edges)
    if x.size <= FEW:
        for middle, count in zip(middles, counts, strict=True):
            plane.plot(np.full(count, middle), np.arange(count) + 0.5, "o", color=ACCENT, markersize=5.0,
                       markeredgewidth=0, zorder=3)  # fmt: skip
    else:
        plane.bar(middles, counts, wide * 0.9, color=ACCENT, zorder=2, linewidth=0)
    return float(counts.max())


def _limit(plane: Any, limit: tuple[float, float], top: float, word: str, side: str) -> None:
    at, U = limit
    if U > 0.0:
        plane.axvspan(at - U, at + U, color=HAIR, linewidth=0, zorder=0)
    plane.plot([at, at], [0.0, top], color=WARN, linewidth=1.5, zorder=4)
    plane.annotate(word, (at, top), (0, 1), textcoords="offset points", ha="center", va="bottom", fontsize=FINE,
                   color=WARN)  # fmt: skip


@remembered
def linearity_figure(
    points: tuple[Floats, Floats], line: tuple[float, float], band: tuple[Floats, Floats], axes: tuple[Axis, Axis],
    words: tuple[str, str, str, str], size: Size = "wide",
) -> str:  # fmt: skip
    """Bias of each reading on its reference, the means, the line with its confidence band, and the line of no bias.

    points: reference and bias of each reading (n,); line: intercept and slope; band: x (m,) and its half-width (m,);
    words: reading, mean, line, band. Returns the SVG as text. Raises ValueError for lengths that differ and for numbers
    that are not finite.
    """
    checked("linearity", *points)
    checked("band", *band)
    x, y = points
    references = np.unique(x)
    means = np.array([float(np.mean(y[x == r])) for r in references])
    course = line[0] + line[1] * band[0]
    power, across = power_of(y, course), power_of(x)
    f, g = 10.0**-power, 10.0**-across
    handles: list[Any] = [
        Line2D([], [], linestyle="none", marker="o", markersize=3.2, markerfacecolor="none", markeredgecolor=INK3,
               label=words[0]),
        Line2D([], [], linestyle="none", marker="s", color=INK, markersize=4.6, markeredgewidth=0, label=words[1]),
        Line2D([], [], color=ACCENT, linewidth=1.4, label=words[2]),
        Line2D([], [], color="#e3eef5", linewidth=8, solid_capstyle="butt", label=words[3]),
    ]  # fmt: skip
    lines = legend_lines([h.get_label() for h in handles], size)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        low, high = (course - band[1]) * f, (course + band[1]) * f
        plane.fill_between(band[0] * g, low, high, color="#e3eef5", linewidth=0, zorder=0)
        for edge in (low, high):
            plane.plot(band[0] * g, edge, color=ACCENT, linewidth=0.6, zorder=1)
        plane.axhline(0.0, color=INK, linewidth=0.75, zorder=1)
        plane.plot(band[0] * g, course * f, color=ACCENT, linewidth=1.4, zorder=2)
        plane.plot(x * g, y * f, "o", markersize=3.2, markerfacecolor="none", markeredgecolor=INK3, markeredgewidth=0.8,
                   zorder=3)  # fmt: skip
        plane.plot(references * g, means * f, "s", color=INK, markersize=4.6, markeredgewidth=0, zorder=4)
        margin = 0.05 * float(np.ptp(x)) * g or 1.0
        plane.set_xlim(x.min() * g - margin, x.max() * g + margin)
        every = np.concatenate([y * f, low, high, [0.0]])
        plane.set_ylim(every.min() - 0.08 * np.ptp(every), every.max() + 0.08 * np.ptp(every))
        number_axis(plane.xaxis, room_of(size))
        number_axis(plane.yaxis, 150.0)
        named(plane, axes[0].label(across), axes[1].label(power))
        legend_below(figure, handles, size)

    return drawn(size, 3.0 + 14.0 * lines / 72.0, paint)
