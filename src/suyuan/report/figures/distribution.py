"""The distribution of a result: Monte Carlo draws, the first-order density over them, and the coverage intervals below.

The draws come as a histogram; the density is that of the estimate with its standard uncertainty, a t distribution where
its degrees of freedom are finite. One abscissa serves both: which interval ends where is read without a ruler.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import ticker
from matplotlib.figure import Figure
from scipy import special

from suyuan.report.figures.dress import (
    ACCENT,
    COLOURS,
    DASHED,
    HAIR,
    INK,
    PAPER,
    WASH,
    Axis,
    Floats,
    Size,
    breadth,
    checked,
    close,
    decimals,
    drawn,
    italic,
    named,
    number_axis,
    power_of,
    remembered,
    rising,
    room_of,
    written,
)

MONTE_CARLO, FIRST_ORDER = ACCENT, COLOURS[1]
ROW = 0.24
"""Height of one interval in inches."""


@dataclass(frozen=True, slots=True)
class Draws:
    """A histogram of draws. edges: (n + 1,) in the unit of the result, rising; counts: (n,) how many fell between."""

    name: str
    edges: Floats
    counts: Floats


@dataclass(frozen=True, slots=True)
class Density:
    """A normal density (dof infinite), or a t density of scale u, by what first order says of the result."""

    name: str
    mean: float
    u: float
    dof: float = math.inf

    def __call__(self, x: Floats) -> Floats:
        """The density at x, in one over the unit of the result."""
        z = (x - self.mean) / self.u
        if math.isinf(self.dof):
            logarithm = -0.5 * z**2 - 0.5 * math.log(2.0 * math.pi)
        else:
            half = 0.5 * (self.dof + 1.0)
            logarithm = (
                special.gammaln(half) - special.gammaln(0.5 * self.dof) - 0.5 * math.log(self.dof * math.pi)
                - half * np.log1p(z**2 / self.dof)
            )  # fmt: skip
        result: Floats = np.exp(logarithm) / self.u
        return result


@dataclass(frozen=True, slots=True)
class Interval:
    """A coverage interval with the estimate that belongs to it. first_order: of the propagated u, not of the draws."""

    name: str
    low: float
    high: float
    estimate: float
    first_order: bool = False


@remembered
def distribution_figure(
    draws: Draws | None, density: Density | None, intervals: Sequence[Interval], axis: Axis, ordinate: str,
    size: Size = "wide",
) -> str:  # fmt: skip
    """Draws as an outlined wash, the density as a line, each interval as a bar below them, the estimates as dots.

    draws, density: either may be absent, not both; intervals: at most six, drawn in the order given; axis: the
    abscissa; ordinate: the name of the probability density. Returns the SVG as text. Raises ValueError for numbers that
    cannot be drawn.
    """
    if draws is None and density is None:
        raise ValueError("neither draws nor a density")
    if len(intervals) > 6:
        raise ValueError(f"a figure shows at most six intervals, not {len(intervals)}")
    if draws is not None:
        checked("draws", draws.edges[1:], draws.counts)
        if not rising(draws.edges) or not draws.counts.sum() > 0.0:
            raise ValueError("draws: edges do not rise, or nothing was counted")
    if density is not None and not (density.u > 0.0 and math.isfinite(density.u) and density.dof > 0.0):
        raise ValueError("density: u and degrees of freedom are greater than nil")
    low, high = _range(draws, density, intervals)
    power = power_of(np.array([low, high]))
    view = _View(low, high, 10.0**-power)

    def paint(figure: Figure) -> None:
        above = 2.15 if size == "wide" else 2.0
        rows = ROW * len(intervals)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(above, rows or 0.01))
        close(figure, 0.0)
        room = room_of(size, 30.0 + max([18.0, *(breadth(i.name) for i in intervals)]))
        tallest = _curves(upper, draws, density, view)
        _names(upper, tallest, room)
        _density_axis(upper, Axis(ordinate, one_over(axis.unit)))
        _bars(lower, intervals, view.factor)
        upper.set_xlim(low * view.factor, high * view.factor)
        number_axis(lower.xaxis, room)
        named(lower, axis.label(power), "")

    return drawn(size, 2.75 + ROW * len(intervals) - (0.2 if size == "narrow" else 0.0), paint)


@dataclass(frozen=True, slots=True)
class _View:
    """What of the abscissa is shown, and the factor by which its numbers are drawn."""

    low: float
    high: float
    factor: float


def _range(draws: Draws | None, density: Density | None, intervals: Sequence[Interval]) -> tuple[float, float]:
    """All but the farthest draws, and every interval whole."""
    ends = [end for i in intervals for end in (i.low, i.high)]
    if draws is not None:
        share = np.concatenate([[0.0], np.cumsum(draws.counts)]) / draws.counts.sum()
        ends += [float(np.interp(p, share, draws.edges)) for p in (0.0005, 0.9995)]
    if density is not None and (draws is None or not ends):
        ends += [density.mean - 3.5 * density.u, density.mean + 3.5 * density.u]
    if not np.isfinite(ends).all():
        raise ValueError("an end of an interval is not finite")
    low, high = min(ends), max(ends)
    room = 0.05 * (high - low) or abs(high) * 0.1 or 1.0
    return low - room, high + room


def _curves(plane: Any, draws: Draws | None, density: Density | None, view: _View) -> Floats:
    """Draw them; returns how high they reach at evenly spaced places from left to right."""
    tops = []
    places = np.linspace(view.low, view.high, 401)
    if draws is not None:
        edges, heights = draws.edges, draws.counts / draws.counts.sum() / np.diff(draws.edges)
        shown = np.flatnonzero((edges[1:] >= view.low) & (edges[:-1] <= view.high))
        edges, heights = edges[shown[0] : shown[-1] + 2], heights[shown[0] : shown[-1] + 1]
        plane.stairs(heights, edges * view.factor, fill=True, color=WASH, linewidth=0, zorder=1)
        plane.stairs(heights, edges * view.factor, color=MONTE_CARLO, linewidth=1.0, zorder=2, label=draws.name)
        tops.append(np.interp(places, 0.5 * (edges[1:] + edges[:-1]), heights, left=0.0, right=0.0))
    if density is not None:
        line = density(places)
        plane.plot(
            places * view.factor, line, color=FIRST_ORDER, linestyle=DASHED, linewidth=1.3, zorder=3, label=density.name
        )
        tops.append(line)
    tallest: Floats = np.max(tops, axis=0)
    return tallest


def _names(plane: Any, tallest: Floats, room: float) -> None:
    """The legend on the side where the curves are lower; the ordinate is drawn out where they reach into it."""
    names = plane.get_legend_handles_labels()[1]
    part = min(1.0, (max(breadth(name) for name in names) + 34.0) / room)
    count = max(1, round(part * tallest.size))
    left, right = float(tallest[:count].max()), float(tallest[-count:].max())
    needed = 0.1 * len(names) + 0.04
    plane.set_ylim(0.0, max(1.06 * float(tallest.max()), min(left, right) / (1.0 - needed)))
    plane.legend(loc="upper left" if left < right else "upper right")


def _density_axis(plane: Any, axis: Axis) -> None:
    """Few numbers: a density is compared, hardly ever read."""
    plane.spines["bottom"].set_color(HAIR)
    plane.tick_params(axis="x", which="both", length=0, labelbottom=False)
    top = plane.get_ylim()[1]
    power = power_of(np.array([0.0, top]))
    places = np.asarray(ticker.MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(0.0, top))
    places = places[(places >= 0.0) & (places <= top)]
    after = decimals(float(places[1] - places[0]) * 10.0**-power)
    plane.yaxis.set_major_locator(ticker.FixedLocator(places))
    plane.yaxis.set_major_formatter(ticker.FixedFormatter([written(p * 10.0**-power, after) for p in places]))
    plane.yaxis.set_minor_locator(ticker.NullLocator())
    named(plane, "", axis.label(power))


def one_over(unit: str) -> str:
    """The unit of a density.

    >>> one_over("nm"), one_over("m/s")
    ('nm⁻¹', '(m/s)⁻¹')
    """
    if unit in ("", "1"):
        return ""
    return f"{unit}⁻¹" if unit.isalpha() else f"({unit})⁻¹"


def _bars(plane: Any, intervals: Sequence[Interval], factor: float) -> None:
    """Each interval as a whisker with caps, its estimate as a dot: filled of the draws, hollow of first order."""
    plane.spines["left"].set_visible(False)
    for n, interval in enumerate(intervals):
        colour = FIRST_ORDER if interval.first_order else MONTE_CARLO
        ends = [interval.low * factor, interval.high * factor]
        plane.plot(ends, [n, n], color=colour, linewidth=1.4, linestyle=DASHED if interval.first_order else "-")
        plane.plot(ends, [n, n], color=colour, linestyle="none", marker="|", markersize=7, markeredgewidth=1.4)
        plane.plot(
            [interval.estimate * factor], [n], marker="o", markersize=4.5, markeredgewidth=1.2, markeredgecolor=colour,
            markerfacecolor=PAPER if interval.first_order else colour, linestyle="none", zorder=4,
        )  # fmt: skip
    plane.set_ylim(len(intervals) - 0.25, -0.75)
    plane.set_yticks(range(len(intervals)), [i.name for i in intervals])
    plane.tick_params(axis="y", which="both", length=0, pad=6)
    plane.minorticks_off()
    plane.tick_params(axis="y", colors=INK)


def interval_name(name: str, p: float) -> str:
    """«symmetric 95 %».

    >>> interval_name("shortest", 0.95)
    'shortest 95 %'
    """
    return f"{name} {p * 100:.4g} %"


def density_name(name: str, dof: float, join: str = ", ") -> str:
    """«first order, normal» is said by the caller; with finite degrees of freedom they are added.

    >>> density_name("first order", 16.0)
    'first order, 𝜈 = 16'
    """
    if math.isinf(dof):
        return name
    return f"{name}{join}{italic('ν')} = {dof:.0f}" if dof >= 1000.0 else f"{name}{join}{italic('ν')} = {dof:.3g}"
