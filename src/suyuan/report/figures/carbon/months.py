"""Totals of months beside each other: estimates with whiskers ± U, and values of a rule as short lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from suyuan.report.figures.dress import (
    COLOURS,
    HAIR,
    MARKERS,
    WARN,
    Axis,
    Floats,
    Size,
    checked,
    drawn,
    named,
    number_axis,
    power_of,
    remembered,
    span,
)
from suyuan.report.figures.participants import legend_below, legend_lines

HEIGHT: dict[Size, float] = {"wide": 2.7, "narrow": 2.8}


@dataclass(frozen=True, slots=True)
class Months:
    """One series. name: for the legend; values (m,); U (m,): expanded uncertainties, None for a value of a rule, which
    has none and is drawn as a short line."""

    name: str
    values: Floats
    U: Floats | None = None


@remembered
def months_figure(
    numbers: tuple[int, ...], series: Sequence[Months], axis: Axis, month: str, size: Size = "wide"
) -> str:
    """Series over months.

    numbers: of the months, 1 to 12; series: one to four; axis: of the ordinate; month: name of the abscissa. A month of
    which nothing is known (NaN) is left blank. Returns the SVG as text. Raises ValueError for lengths that differ, no
    number at all, more series than colours.
    """
    if not 0 < len(series) <= len(COLOURS):
        raise ValueError(f"a figure shows one to {len(COLOURS)} series, not {len(series)}")
    at = np.asarray(numbers, np.float64)
    for one in series:
        checked(one.name, at, np.nan_to_num(one.values), *(() if one.U is None else (np.nan_to_num(one.U),)))
    ends = [one.values if one.U is None else np.concatenate([one.values - one.U, one.values + one.U]) for one in series]
    ends = [end[np.isfinite(end)] for end in ends if np.isfinite(end).any()]
    if not ends:
        raise ValueError("no number of the months is finite")
    power = power_of(*ends)
    factor = 10.0**-power
    handles = [_handle(one, n) for n, one in enumerate(series)]
    lines = legend_lines([one.name for one in series], size)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        low, high = span(*(e * factor for e in ends), margin=0.1)
        plane.set_ylim(low, high)
        plane.set_xlim(at.min() - 0.6, at.max() + 0.6)
        if low < 0.0 < high:
            plane.axhline(0.0, color=HAIR, linewidth=0.75, zorder=0)
        for n, one in enumerate(series):
            _draw(plane, at, one, n, factor)
        plane.set_xticks(at, [f"{n}" for n in numbers])
        plane.set_xticks([], minor=True)
        number_axis(plane.yaxis, 130.0)
        named(plane, month, axis.label(power))
        legend_below(figure, handles, size)

    return drawn(size, HEIGHT[size] + 14.0 * lines / 72.0, paint)


def _draw(plane: Any, at: Floats, one: Months, n: int, factor: float) -> None:
    if one.U is None:
        plane.hlines(one.values * factor, at - 0.33, at + 0.33, color=WARN, linewidth=1.6, zorder=3)
        return
    shift = 0.16 * (n % 2) if n else 0.0
    plane.errorbar(
        at + shift, one.values * factor, one.U * factor, fmt=MARKERS[n], color=COLOURS[n], ecolor=COLOURS[n],
        elinewidth=1.0, capsize=2.5, markersize=4, markeredgewidth=0, zorder=4,
    )  # fmt: skip


def _handle(one: Months, n: int) -> Line2D:
    if one.U is None:
        return Line2D([], [], color=WARN, linewidth=1.6, label=one.name)
    return Line2D([], [], color=COLOURS[n], marker=MARKERS[n], markeredgewidth=0, linewidth=1.0, label=one.name)
