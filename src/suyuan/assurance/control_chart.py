"""Control charts of measured values: individuals, means with ranges or standard deviations, EWMA, CUSUM.

A chart says «out of control», never «bad instrument»: that needs a check measurement. Limits found from the same points
that they judge are for setting up a chart; limits for watching come from a period that was in control.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.assurance.observations import above_zero, column, fraction, number, table
from suyuan.assurance.range_constants import c4, d2, d3, printed
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[np.float64]
LIMIT = 3.0
LAMBDA = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """One chart. chart: its name; points: what is plotted, (n,); centre, ucl, lcl: single numbers or one a point;
    sigma: standard deviation of a point, same shape as ucl; further: other numbers by name («mr_bar», «z», …)."""

    chart: str
    points: Array
    centre: float
    ucl: float | Array
    lcl: float | Array
    sigma: float | Array
    further: Mapping[str, float | Array] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return int(self.points.size)

    @property
    def outside(self) -> NDArray[np.int64]:
        """Numbers of the points beyond the limits, from 1."""
        return np.asarray(np.flatnonzero((self.points > self.ucl) | (self.points < self.lcl)) + 1, np.int64)

    @property
    def n_outside(self) -> int:
        return int(self.outside.size)


@dataclass(frozen=True, slots=True, eq=False)
class Cusum:
    """Tabular cumulative sums. S_high, S_low: (n,); first_signal: number of the first point with a sum above h, None
    where there is none."""

    target: float
    k: float
    h: float
    S_high: Array
    S_low: Array
    first_signal: int | None

    @property
    def n(self) -> int:
        return int(self.S_high.size)

    @property
    def n_outside(self) -> int:
        return int(np.count_nonzero((self.S_high > self.h) | (self.S_low > self.h)))


def individuals(
    values: ArrayLike, limit_factor: float = LIMIT, where: str = "chart"
) -> tuple[Chart, tuple[Finding, ...]]:
    """Individuals chart: mean ± 3 MR̄/d2(2), MR̄ the mean of the moving ranges of two; d2 as printed, 1.128.

    values: in order of time, (n,). Returns the chart and findings. Raises Refused.

    >>> c, _ = individuals([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    >>> round(c.centre, 2), round(c.ucl, 4), round(c.lcl, 4)
    (50.81, 55.8041, 45.8159)

    Source: NIST/SEMATECH e-Handbook, 6.3.2.2.
    """
    x = column(values, f"{where}.values", 2)
    L = above_zero(limit_factor, f"{where}.limit_factor")
    mr_bar = float(np.mean(np.abs(np.diff(x))))
    sigma = mr_bar / printed(d2(2))
    centre = float(np.mean(x))
    chart = Chart("individuals", x, centre, centre + L * sigma, centre - L * sigma, sigma, {"mr_bar": mr_bar})
    return chart, said(chart, where)


def x_bar_r(
    values: ArrayLike, limit_factor: float = LIMIT, where: str = "chart"
) -> tuple[tuple[Chart, Chart], tuple[Finding, ...]]:
    """Means and ranges of subgroups: x̿ ± L R̄/(d2 √m), R̄ (1 ± L d3/d2), not below 0.

    values: (subgroups, readings), two readings or more. Returns both charts and findings. Raises Refused.

    >>> (means, ranges), _ = x_bar_r([[9.0, 11.0], [10.0, 12.0], [9.0, 11.0]])
    >>> round(means.ucl, 3), round(ranges.ucl, 3), ranges.lcl
    (14.093, 6.533, 0.0)

    Source: ISO 7870-2.
    """
    x, L = table(values, f"{where}.values", ("subgroup", "reading"), (2, 2)), above_zero(limit_factor, where)
    m = x.shape[1]
    spread = np.ptp(x, axis=1)
    R = float(np.mean(spread))
    sigma = R / d2(m)
    return _pair("xbar_r", x, sigma, Chart("range", spread, R, *_around(R, L * d3(m) * sigma), d3(m) * sigma), L, where)


def x_bar_s(
    values: ArrayLike, limit_factor: float = LIMIT, where: str = "chart"
) -> tuple[tuple[Chart, Chart], tuple[Finding, ...]]:
    """Means and standard deviations of subgroups: x̿ ± L s̄/(c4 √m), s̄ (1 ± L √(1 − c4²)/c4), not below 0.

    values: (subgroups, readings), two readings or more. Returns both charts and findings. Raises Refused.

    Source: ISO 7870-2.
    """
    x, L = table(values, f"{where}.values", ("subgroup", "reading"), (2, 2)), above_zero(limit_factor, where)
    m = x.shape[1]
    spread = np.std(x, axis=1, ddof=1)
    s = float(np.mean(spread))
    sigma = s / c4(m)
    own = sigma * math.sqrt(1.0 - c4(m) ** 2)
    return _pair("xbar_s", x, sigma, Chart("s", spread, s, *_around(s, L * own), own), L, where)


def ewma(
    values: ArrayLike,
    target: float,
    s: float,
    weight: float = LAMBDA,
    limit_factor: float = LIMIT,
    where: str = "chart",
) -> tuple[Chart, tuple[Finding, ...]]:
    """Exponentially weighted moving average: z₀ = target, z = λx + (1 − λ)z; target ± L·s·√(λ/(2 − λ)).

    values: (n,); s: standard deviation of one value in control; weight: λ, above 0 and at most 1. further «z» begins
    with the target. Returns the chart and findings. Raises Refused.

    >>> c, _ = ewma([52, 47, 53, 49.3], 50, 2.0539, 0.3)
    >>> c.further["z"].round(2).tolist(), round(c.ucl, 4), round(c.lcl, 4)
    ([50.0, 50.6, 49.52, 50.56, 50.18], 52.5884, 47.4116)

    Source: NIST/SEMATECH e-Handbook, 6.3.2.4.
    """
    x = column(values, f"{where}.values")
    start, L = number(target, f"{where}.target"), above_zero(limit_factor, f"{where}.limit_factor")
    spread, w = above_zero(s, f"{where}.s"), fraction(weight, f"{where}.lambda")
    z = smoothed(x, start, w)
    sigma = spread * math.sqrt(w / (2.0 - w))
    further = {"z": np.concatenate(([start], z))}
    chart = Chart("ewma", z, start, start + L * sigma, start - L * sigma, sigma, further)
    return chart, said(chart, where)


def smoothed(x: Array, start: float, weight: float) -> Array:
    """zᵢ = λxᵢ + (1 − λ)zᵢ₋₁ from z₀ = start, (n,)."""
    from scipy.signal import lfilter  # loads half of SciPy, which no other study needs

    return np.asarray(start + lfilter([weight], [1.0, weight - 1.0], x - start))


def cusum(values: ArrayLike, target: float, k: float, h: float, where: str = "chart") -> tuple[
    Cusum, tuple[Finding, ...]
]:  # fmt: skip
    """Tabular cumulative sums: S_high = max(0, S_high + x − target − k), S_low = max(0, S_low + target − k − x).

    values: (n,); k: allowance, h: decision interval, both in the unit of the values. Returns sums and findings. Raises
    Refused.

    >>> c, _ = cusum([10.0, 10.0, 11.5, 12.0, 12.5], 10.0, 0.5, 3.0)
    >>> c.S_high.tolist(), c.first_signal
    ([0.0, 0.0, 1.0, 2.5, 4.5], 5)

    Source: NIST/SEMATECH e-Handbook, 6.3.2.3.
    """
    x = column(values, f"{where}.values")
    start, slack = number(target, f"{where}.target"), number(k, f"{where}.k")
    if slack < 0.0:
        above_zero(slack, f"{where}.k")
    limit = above_zero(h, f"{where}.h")
    high, low = _climbed(x - start - slack), _climbed(start - slack - x)
    signals = np.flatnonzero((high > limit) | (low > limit))
    first = int(signals[0]) + 1 if signals.size else None
    told = () if first is None else (finding("assurance.chart.cusum", where, "warning", point=first, h=f"{limit:g}"),)
    return Cusum(start, slack, limit, high, low, first), told


def _climbed(steps: Array) -> Array:
    """S = max(0, S + step), from 0: the running sum less its running least, which is at most 0."""
    total = np.cumsum(steps)
    return np.asarray(total - np.minimum(np.minimum.accumulate(total), 0.0))


def _around(centre: float, half: float) -> tuple[float, float]:
    """Upper and lower limit of what cannot be negative."""
    return centre + half, max(centre - half, 0.0)


def _pair(
    name: str, x: Array, sigma: float, spread: Chart, L: float, where: str
) -> tuple[tuple[Chart, Chart], tuple[Finding, ...]]:
    means = np.mean(x, axis=1)
    centre, own = float(np.mean(means)), sigma / math.sqrt(x.shape[1])
    chart = Chart(name, means, centre, centre + L * own, centre - L * own, own, {"sigma_within": sigma})
    return (chart, spread), (*said(chart, where), *_spread_said(spread, where))


def said(chart: Chart, where: str) -> tuple[Finding, ...]:
    """What a chart shows: points beyond the limits, or that nothing scatters."""
    if chart.n > 1 and float(np.max(chart.sigma)) == 0.0:
        raise Refused(finding("assurance.chart.no_scatter", f"{where}.values", n=chart.n))
    return _spread_said(chart, where)


def _spread_said(chart: Chart, where: str) -> tuple[Finding, ...]:
    if not chart.n_outside:
        return ()
    shown = ", ".join(str(i) for i in chart.outside[:10]) + (", …" if chart.n_outside > 10 else "")
    texts = {"chart": chart.chart, "count": str(chart.n_outside), "points": shown}
    return (finding("assurance.chart.outside", where, "warning", "", **texts),)
