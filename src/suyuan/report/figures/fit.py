"""A fit as it is judged: the data with their uncertainties, the curve with its band, and the residuals below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from suyuan.report.figures.dress import (
    ACCENT,
    HAIR,
    INK,
    WASH,
    Axis,
    Floats,
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

FACTOR = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Data:
    """Measured points. x, y: (n,); U_x, U_y: (n,) half-widths of the whiskers, None where not known."""

    name: str
    x: Floats
    y: Floats
    U_x: Floats | None = None
    U_y: Floats | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """The fitted curve. x, y: (m,), x rising; spread: (m,) half-width of the band (u or U of the curve), None without;
    band: what the band is, for the legend."""

    name: str
    x: Floats
    y: Floats
    spread: Floats | None = None
    band: str = ""


@dataclass(frozen=True, slots=True)
class Residuals:
    """One residual a point. values: (n,) in the unit of the axis; bounds: ± lines inside which most should lie."""

    values: Floats
    axis: Axis
    bounds: float | None = None


@remembered
def fit_figure(
    data: Data, curve: Curve, residuals: Residuals | None, axes: tuple[Axis, Axis], size: Size = "wide"
) -> str:
    """Data with whiskers, the curve with its band, and below on the same abscissa the residuals as stems.

    axes: abscissa and ordinate. Returns the SVG as text. Raises ValueError for lengths that differ and for numbers that
    are not finite.
    """
    checked("data", *(a for a in (data.x, data.y, data.U_x, data.U_y) if a is not None))
    checked("curve", *(a for a in (curve.x, curve.y, curve.spread) if a is not None))
    if residuals is not None:
        checked("residuals", data.x, residuals.values)
    powers = power_of(data.x, curve.x), power_of(data.y, curve.y)
    factors = 10.0 ** -powers[0], 10.0 ** -powers[1]

    def paint(figure: Figure) -> None:
        if residuals is None:
            upper = lower = figure.add_subplot()
        else:
            upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2.6, 1.0))
            close(figure, 0.04)
        _fitted(upper, data, curve, factors)
        upper.set_xlim(*_ends(data, curve, factors[0]))
        upper.set_ylim(*_heights(data, curve, factors[1]))
        number_axis(upper.yaxis, 150.0)
        named(upper, "", axes[1].label(powers[1]))
        _legend(upper, data, curve)
        if residuals is not None:
            upper.tick_params(axis="x", which="both", labelbottom=False)
            _stems(lower, data.x * factors[0], residuals)
        number_axis(lower.xaxis, room_of(size))
        named(lower, axes[0].label(powers[0]), "" if residuals is not None else axes[1].label(powers[1]))

    return drawn(size, 3.1 if residuals is None else 4.1, paint)


def _ends(data: Data, curve: Curve, factor: float) -> tuple[float, float]:
    wide = np.zeros_like(data.x) if data.U_x is None else data.U_x
    low, high = span((data.x - wide) * factor, (data.x + wide) * factor, curve.x * factor, margin=0.03)
    return low, high


def _heights(data: Data, curve: Curve, factor: float) -> tuple[float, float]:
    tall = np.zeros_like(data.y) if data.U_y is None else data.U_y
    band = np.zeros_like(curve.y) if curve.spread is None else curve.spread
    return span(
        (data.y - tall) * factor, (data.y + tall) * factor, (curve.y - band) * factor, (curve.y + band) * factor,
        margin=0.06,
    )  # fmt: skip


def _fitted(plane: Any, data: Data, curve: Curve, factors: FACTOR) -> None:
    fx, fy = factors
    if curve.spread is not None:
        low, high = (curve.y - curve.spread) * fy, (curve.y + curve.spread) * fy
        plane.fill_between(curve.x * fx, low, high, color=WASH, linewidth=0, zorder=0, label=curve.band or None)
        for edge in (low, high):
            plane.plot(curve.x * fx, edge, color=ACCENT, linewidth=0.6, zorder=1)
    plane.plot(curve.x * fx, curve.y * fy, color=ACCENT, linewidth=1.4, zorder=2, label=curve.name)
    whiskers = {"xerr": data.U_x, "yerr": data.U_y}
    whiskers = {key: value * f for (key, value), f in zip(whiskers.items(), factors, strict=True) if value is not None}
    many = data.x.size > 60
    plane.errorbar(
        data.x * fx, data.y * fy, fmt="o", color=INK, ecolor=INK, elinewidth=0.9, capsize=0 if many else 2.5,
        markersize=2.2 if many else 3.6, markeredgewidth=0, zorder=3, label=data.name, **whiskers,
    )  # fmt: skip


def _legend(plane: Any, data: Data, curve: Curve) -> None:
    """In the corner that the points leave free."""
    x, y = data.x, data.y
    middle_x, middle_y = 0.5 * (x.min() + x.max()), 0.5 * (y.min() + y.max())
    upper = y > middle_y
    left, right = np.count_nonzero(upper & (x < middle_x)), np.count_nonzero(upper & (x >= middle_x))
    lower_right = np.count_nonzero(~upper & (x >= middle_x))
    corner = "upper left" if left <= right else "upper right"
    if min(left, right) > lower_right:
        corner = "lower right"
    handles, names = plane.get_legend_handles_labels()
    order = [names.index(name) for name in (data.name, curve.name, curve.band) if name in names]
    plane.legend([handles[n] for n in order], [names[n] for n in order], loc=corner)


def _stems(plane: Any, x: Floats, residuals: Residuals) -> None:
    """Residuals as points on stems, so that a run of one sign is seen."""
    power = power_of(residuals.values) if residuals.axis.unit not in ("", "1") else 0
    values = residuals.values * 10.0**-power
    plane.axhline(0.0, color=INK, linewidth=0.75, zorder=1)
    if residuals.bounds is not None:
        for bound in (-residuals.bounds, residuals.bounds):
            plane.axhline(bound * 10.0**-power, color=HAIR, linewidth=0.9, zorder=0)
    many = x.size > 60
    if not many:
        plane.vlines(x, 0.0, values, color=INK, linewidth=0.9)
    plane.plot(x, values, "o", color=INK, markersize=1.8 if many else 3.2, markeredgewidth=0)
    bounds = [0.0] if residuals.bounds is None else [residuals.bounds * 10.0**-power]
    reach = max(float(np.abs(values).max(initial=0.0)), *bounds) * 1.15 or 1.0
    plane.set_ylim(-reach, reach)
    number_axis(plane.yaxis, 62.0)
    named(plane, "", residuals.axis.label(power))
