"""How the travelling standard changed: what the pilot found, the line through it with its band, and who had it when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.drift import DriftModel, drift
from suyuan.comparison.drift import Pilot as Measured
from suyuan.report.figures.days import day_axis
from suyuan.report.figures.dress import (
    ACCENT,
    HAIR,
    INK,
    INK3,
    PAPER,
    TEXT,
    WASH,
    Axis,
    Floats,
    Size,
    breadth,
    checked,
    drawn,
    named,
    number_axis,
    power_of,
    remembered,
    rising,
    shortened,
)
from suyuan.report.figures.participants import FINE, TURNED, Participants, legend_below, legend_lines, room_beside


@dataclass(frozen=True, slots=True)
class Pilot:
    """What the pilot found. t: (n,) times, or days as `date.toordinal`; values: (n,); U: (n,) or None."""

    name: str
    t: Floats
    values: Floats
    U: Floats | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """The modelled course. t, values: (m,) t rising; spread: (m,) half-width of the band; band: what it is."""

    name: str
    t: Floats
    values: Floats
    spread: Floats
    band: str

    @classmethod
    def over(
        cls, name: str, band: str, pilot: Measured, visits: ArrayLike, how: tuple[DriftModel, int, float]
    ) -> Trend:
        """The course over the whole way, from the first day of anybody to the last.

        visits: days of the participants (v,); how: model, its degree, and the factor of the band. Raises Refused where
        the model cannot be found.
        """
        model, degree, k = how
        ends = np.append(np.asarray(pilot.t, float), visits)
        t = np.linspace(ends.min(), ends.max(), COURSE)
        found = drift(pilot, t, model, degree)
        spread = k * np.sqrt(np.maximum(np.diagonal(found.change_covariance), 0.0))
        return cls(name, t, np.asarray(found.reference), spread, band)


COURSE = 121
"""Points of a drawn course."""


@dataclass(frozen=True, slots=True)
class Visits:
    """When each participant measured. t: (v,) of its participants; values, U: (v,) its results where they may be seen,
    None before release; name: for the legend."""

    name: str
    t: Floats
    participants: Participants
    values: Floats | None = None
    U: Floats | None = None


@remembered
def drift_figure(
    pilot: Pilot, trend: Trend, visits: Visits | None, axes: tuple[Axis, Axis], size: Size = "wide", *,
    calendar: bool = False,
) -> str:  # fmt: skip
    """Pilot's points with whiskers, the line with its band, and a stroke with a name for each visit.

    axes: of time and of the value; calendar: times are days (`date.toordinal`) and the axis bears dates. Results of
    visitors are hollow squares. Returns the SVG as text. Raises ValueError for lengths that differ, numbers that are
    not finite, times of the line that do not rise, and uncertainties that are negative.
    """
    _refuse(pilot, trend, visits)
    own = np.zeros_like(pilot.values) if pilot.U is None else pilot.U
    ends = [pilot.values - own, pilot.values + own, trend.values - trend.spread, trend.values + trend.spread]
    if visits is not None and visits.values is not None:
        theirs = np.zeros_like(visits.values) if visits.U is None else visits.U
        ends += [visits.values - theirs, visits.values + theirs]
    low, high = (float(f(np.concatenate(ends))) for f in (np.min, np.max))
    room = 0.07 * (high - low) or abs(high) * 0.1 or 1.0
    times = np.concatenate([pilot.t, trend.t, *([] if visits is None else [visits.t])])
    factor = 10.0 ** -(power := power_of(np.array([low - room, high + room])))
    handles = _handles(pilot, trend, visits)
    lines = legend_lines([h.get_label() for h in handles], size)

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        start, end = float(times.min()), float(times.max())
        margin = 0.04 * (end - start) or 1.0
        plane.set_xlim(start - margin, end + margin)
        plane.set_ylim((low - room) * factor, (high + room) * factor)
        number_axis(plane.yaxis, 165.0)
        beside = room_beside(size, plane.yaxis)
        _course(plane, trend, factor)
        above = _visits(plane, visits, factor, beside) if visits is not None else 0.0
        plane.errorbar(
            pilot.t, pilot.values * factor, None if pilot.U is None else pilot.U * factor, fmt="o", color=INK,
            ecolor=INK, elinewidth=1.0, capthick=1.0, capsize=3, markersize=5, zorder=5,
        )  # fmt: skip
        (day_axis if calendar else number_axis)(plane.xaxis, beside)
        named(plane, axes[0].label(), "")
        plane.set_title(axes[1].label(power), loc="left", fontsize=TEXT, pad=8.0 + above)
        legend_below(figure, handles, size)

    tall = 2.9 if visits is None else 3.2
    return drawn(size, tall + 14.0 * lines / 72.0, paint)


def _refuse(pilot: Pilot, trend: Trend, visits: Visits | None) -> None:
    checked("pilot", *(a for a in (pilot.t, pilot.values, pilot.U) if a is not None))
    checked("course", trend.t, trend.values, trend.spread)
    if pilot.t.size == 0 or not rising(trend.t):
        raise ValueError("drift: the pilot has no point, or the times of the line do not rise")
    spreads = [trend.spread] + ([] if pilot.U is None else [pilot.U])
    if visits is not None:
        given = [a for a in (visits.values, visits.U) if a is not None]
        visits.participants.check(visits.t, *given)
        spreads += [] if visits.U is None else [visits.U]
    if any((spread < 0.0).any() for spread in spreads):
        raise ValueError("drift: an uncertainty is negative")


def _course(plane: Any, trend: Trend, factor: float) -> None:
    low, high = (trend.values - trend.spread) * factor, (trend.values + trend.spread) * factor
    plane.fill_between(trend.t, low, high, color=WASH, linewidth=0, zorder=0)
    for edge in (low, high):
        plane.plot(trend.t, edge, color=ACCENT, linewidth=0.6, linestyle=(0, (4, 2)), zorder=1)
    plane.plot(trend.t, trend.values * factor, color=ACCENT, linewidth=1.4, zorder=2)


def _visits(plane: Any, visits: Visits, factor: float, room: float) -> float:
    """A hairline up the plane with the name above, turned where names are many. Returns how high these reach."""
    who = visits.participants
    order = np.argsort(visits.t, kind="stable")
    low, high = plane.get_xlim()
    for i in order:
        colour = who.colour(int(i))
        plane.axvline(float(visits.t[i]), color=HAIR, linewidth=0.7, zorder=0)
        if visits.values is not None:
            plane.errorbar(
                [visits.t[i]], [visits.values[i] * factor], None if visits.U is None else [visits.U[i] * factor],
                fmt="s", color=colour, markerfacecolor=PAPER, ecolor=colour, elinewidth=0.9, capsize=2.5,
                markersize=4.2, markeredgewidth=1.0, zorder=4,
            )  # fmt: skip
    return _names_above(plane, visits, order, room / (high - low))


def _names_above(plane: Any, visits: Visits, order: NDArray[Any], scale: float) -> float:
    who = visits.participants
    at = (visits.t[order] - plane.get_xlim()[0]) * scale
    gaps = np.diff(at)
    widths = np.array([breadth(who.names[i]) * FINE / TEXT for i in order])
    lying = bool(((widths[1:] + widths[:-1]) / 2.0 + 4.0 <= gaps).all())
    kept: list[float] = []
    by_importance = sorted(range(order.size), key=lambda p: (order[p] != who.mine, not who.fails(int(order[p])), p))
    for p in by_importance:
        if not lying and any(abs(at[p] - other) < TURNED for other in kept):
            continue
        kept.append(float(at[p]))
        i = int(order[p])
        plane.annotate(
            shortened(who.names[i], 70.0), (float(visits.t[i]), 1.0), xycoords=("data", "axes fraction"),
            xytext=(0, 2), textcoords="offset points", ha="center", va="bottom", rotation=0 if lying else 90,
            fontsize=FINE, color=who.colour(i), fontweight=who.weight(i), annotation_clip=False,
        )  # fmt: skip
    return FINE if lying else float(min(widths.max(), 70.0 * FINE / TEXT))


def _handles(pilot: Pilot, trend: Trend, visits: Visits | None) -> list[Any]:
    handles: list[Any] = [
        Line2D([], [], linestyle="none", marker="o", color=INK, markersize=5, markeredgewidth=0, label=pilot.name),
        Line2D([], [], color=ACCENT, linewidth=1.4, label=trend.name),
        Patch(facecolor=WASH, edgecolor=ACCENT, linewidth=0.6, linestyle=(0, (4, 2)), label=trend.band),
    ]
    if visits is not None and visits.values is not None:
        handles.append(
            Line2D([], [], linestyle="none", marker="s", color=INK, markerfacecolor=PAPER, markersize=4.2,
                   label=visits.name)
        )  # fmt: skip
    elif visits is not None:
        handles.append(Line2D([], [], color=INK3, linewidth=0.7, label=visits.name))
    return handles
