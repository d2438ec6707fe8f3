"""Control charts: points in their order, centre, limits and zones, with marks where a limit or a run rule speaks.

A point beyond a limit is a triangle, a run signal a lozenge: without colour both are read. Also EWMA, cumulative sums
and T², and a check standard with its baseline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from suyuan.report.figures.dress import (
    ACCENT,
    BAD,
    COLOURS,
    HAIR,
    INK,
    INK3,
    WARN,
    Axis,
    Size,
    checked,
    close,
    drawn,
    named,
    number_axis,
    power_of,
    remembered,
    room_of,
    span,
)
from suyuan.report.figures.marks import handle, marked
from suyuan.report.figures.participants import FINE, legend_below, legend_lines

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DASH = (0, (5, 3))
MANY = 80
"""Points from which single marks are small."""


@dataclass(frozen=True, slots=True)
class Course:
    """One plane of a chart. points: (n,); centre: a number, or None; ucl, lcl: (n,) or None; sigma: (n,) of one point
    for zones at 1 and 2 sigma, None without; outside, runs: numbers of points from 1; behind: (n,) raw values as faint
    rings; axis: the ordinate."""

    axis: Axis
    points: Floats
    centre: float | None
    ucl: Floats | None = None
    lcl: Floats | None = None
    sigma: Floats | None = None
    outside: Ints | None = None
    runs: Ints | None = None
    behind: Floats | None = None

    def ends(self) -> list[Floats]:
        given = (self.points, self.ucl, self.lcl, self.behind)
        return [np.asarray(a) for a in given if a is not None] + (
            [] if self.centre is None else [np.array(self.centre)]
        )


@dataclass(frozen=True, slots=True)
class ChartWords:
    """Words of the legend and of the limits, and the name of the abscissa; «» leaves one out."""

    number: str
    ucl: str
    centre: str
    lcl: str
    outside: str
    run: str = ""
    point: str = ""
    behind: str = ""


@remembered
def chart_figure(
    upper: Course, lower: Course | None, words: ChartWords, size: Size = "wide", *, start: int | None = None,
    x: tuple[float, ...] = (),
) -> str:  # fmt: skip
    """A chart, and below it that of ranges or standard deviations where there is one.

    start: number of the first point that is watched: a hairline parts it from the baseline before; x: abscissa where
    points do not count 1, 2, 3 …. Returns the SVG as text. Raises ValueError for what cannot be drawn.
    """
    n = upper.points.size
    at = np.asarray(x, np.float64) if x else np.arange(1.0, n + 1.0)
    for course in (upper, lower):
        if course is not None:
            checked("chart", at, *(a for a in (course.points, course.ucl, course.lcl, course.behind) if a is not None))
    planes = [c for c in (upper, lower) if c is not None]
    handles = _handles(planes, words)
    lines = legend_lines([h.get_label() for h in handles], size)

    def paint(figure: Figure) -> None:
        made = [figure.add_subplot()] if lower is None else figure.subplots(2, 1, sharex=True, height_ratios=(1.7, 1.0))
        if lower is not None:
            close(figure, 0.06)
        for plane, course in zip(made, planes, strict=True):
            _course(plane, course, at, words, 140.0 if course is upper else 78.0)
            if start is not None:
                between = 0.5 * (at[start - 2] + at[start - 1]) if start > 1 else at[0]
                plane.axvline(between, color=INK3, linewidth=0.75, linestyle=(0, (1, 2)), zorder=0)
        if lower is not None:
            made[0].tick_params(axis="x", which="both", labelbottom=False)
        room = 0.5 if not x else 0.03 * float(np.ptp(at)) or 0.5
        made[-1].set_xlim(at.min() - room, at.max() + room)
        _numbers(made[-1], x, size)
        named(made[-1], words.number, "" if lower is not None or len(made) > 1 else upper.axis.label(_power(upper)))
        legend_below(figure, handles, size)

    return drawn(size, (3.0 if lower is None else 4.1) + 14.0 * lines / 72.0, paint)


def _power(course: Course) -> int:
    return power_of(*course.ends())


def _numbers(plane: Any, x: Sequence[float], size: Size) -> None:
    number_axis(plane.xaxis, room_of(size, 90.0))
    if not x:  # between two points there is nothing
        places = [p for p in plane.xaxis.get_major_locator()() if abs(p - round(p)) < 1e-9]
        plane.set_xticks(places, [f"{p:g}" for p in places])
        plane.set_xticks([], minor=True)


def _course(plane: Any, course: Course, at: Floats, words: ChartWords, tall: float) -> None:
    power = _power(course)
    f = 10.0**-power
    plane.set_ylim(*span(*(end * f for end in course.ends()), margin=0.1))
    for name, values, how in (("ucl", course.ucl, WARN), ("lcl", course.lcl, WARN)):
        if values is not None:
            _limit(plane, at, values * f, how, getattr(words, name))
    if course.centre is not None:
        plane.axhline(course.centre * f, color=INK, linewidth=0.75, zorder=1)
        _label(plane, course.centre * f, words.centre, INK)
        for k in (1.0, 2.0) if course.sigma is not None and words.run else ():
            for sign in (-1.0, 1.0):
                assert course.sigma is not None
                zone = np.broadcast_to(np.asarray(course.centre + sign * k * course.sigma) * f, at.shape)
                plane.step(at, zone, where="mid", color=HAIR, linewidth=0.7, zorder=0)
    if course.behind is not None:
        plane.plot(at, course.behind * f, "o", markersize=3.4, markerfacecolor="none", markeredgecolor=INK3,
                   markeredgewidth=0.8, zorder=2)  # fmt: skip
    fine = at.size > MANY
    plane.plot(at, course.points * f, "-", color=ACCENT, linewidth=0.7 if fine else 1.0, zorder=3)
    bad = np.zeros(at.size, bool) if course.outside is None else np.isin(np.arange(1, at.size + 1), course.outside)
    run = np.zeros(at.size, bool) if course.runs is None else np.isin(np.arange(1, at.size + 1), course.runs) & ~bad
    plane.plot(at[~bad], (course.points * f)[~bad], "o", color=ACCENT, markersize=2.0 if fine else 3.6,
               markeredgewidth=0, zorder=4)  # fmt: skip
    if bad.any():
        marked(plane, at[bad], (course.points * f)[bad], "fail", colour=BAD, size=9.0, zorder=6)
    if run.any():
        marked(plane, at[run], (course.points * f)[run], "undecided", colour=WARN, size=9.0, zorder=5)
    number_axis(plane.yaxis, tall)
    named(plane, "", course.axis.label(power))


def _limit(plane: Any, at: Floats, values: Floats, colour: str, word: str) -> None:
    """A limit as a line, in steps where it differs from point to point."""
    if np.ptp(values) == 0.0:
        plane.axhline(float(values[0]), color=colour, linewidth=1.2, dashes=(6, 3), zorder=1)
    else:
        plane.step(at, values, where="mid", color=colour, linewidth=1.2, dashes=(6, 3), zorder=1)
    _label(plane, float(values[-1]), word, colour)


def _label(plane: Any, y: float, word: str, colour: str) -> None:
    """The word of a line at its right end, beside the plane."""
    if word:
        plane.annotate(word, (1.0, y), (3, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                       va="center", fontsize=FINE, color=colour, annotation_clip=False)  # fmt: skip


def _handles(planes: Sequence[Course], words: ChartWords) -> list[Any]:
    found: list[Any] = []
    if words.point:
        found.append(Line2D([], [], color=ACCENT, marker="o", markersize=3.6, markeredgewidth=0, label=words.point))
    if words.behind and any(c.behind is not None for c in planes):
        found.append(Line2D([], [], linestyle="none", marker="o", markersize=3.4, markerfacecolor="none",
                            markeredgecolor=INK3, label=words.behind))  # fmt: skip
    if words.outside and any(c.outside is not None and c.outside.size for c in planes):
        found.append(handle("fail", BAD, words.outside))
    if words.run and any(c.runs is not None and c.runs.size for c in planes):
        found.append(handle("undecided", WARN, words.run))
    return found


@remembered
def cusum_figure(
    high: Floats, low: Floats, h: float, axis: Axis, words: tuple[str, str, str, str], size: Size = "wide"
) -> str:
    """Cumulative sums: upward above the line, downward below it, with the decision interval on both sides.

    high, low: (n,) not negative; words: the abscissa, the two sums, a signal. Returns the SVG as text. Raises
    ValueError for lengths that differ and for numbers that are not finite.
    """
    checked("sums", high, low)
    at = np.arange(1.0, high.size + 1.0)
    power = power_of(high, low, h)
    f = 10.0**-power
    out = [bool((sums > h).any()) for sums in (high, low)]
    handles: list[Any] = [
        Line2D([], [], color=COLOURS[m], marker="os"[m], markersize=3.8, markeredgewidth=0, label=words[1 + m],
               linestyle=("-", DASH)[m])
        for m in range(2)
    ]  # fmt: skip
    handles += [handle("fail", BAD, words[3])] if any(out) else []
    lines = legend_lines([k.get_label() for k in handles], size)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        plane.axhline(0.0, color=INK, linewidth=0.75, zorder=1)
        for m, sums in enumerate((high * f, -low * f)):
            plane.plot(at, sums, linestyle=("-", DASH)[m], color=COLOURS[m], linewidth=1.1, zorder=2)
            beyond = np.abs(sums) > h * f
            plane.plot(at[~beyond], sums[~beyond], "os"[m], color=COLOURS[m], markersize=3.8, markeredgewidth=0,
                       zorder=3)  # fmt: skip
            marked(plane, at[beyond], sums[beyond], "fail", colour=BAD, size=9.0, zorder=4)
            limit = (h * f, -h * f)[m]
            plane.axhline(limit, color=WARN, linewidth=1.2, dashes=(6, 3), zorder=1)
            _label(plane, limit, ("+", "\u2212")[m] + "h", WARN)
        plane.set_ylim(*span(high * f, -low * f, [h * f, -h * f], margin=0.1))
        plane.set_xlim(0.5, at.size + 0.5)
        number_axis(plane.yaxis, 140.0)
        _numbers(plane, (), size)
        named(plane, words[0], axis.label(power))
        legend_below(figure, handles, size)

    return drawn(size, 3.0 + 14.0 * lines / 72.0, paint)
