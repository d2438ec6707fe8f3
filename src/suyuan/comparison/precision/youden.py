"""Youden's plot of two like materials: who lies along the diagonal is biased, who lies off it scatters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.proficiency.reported import mask_of
from suyuan.comparison.proficiency.robust import algorithm_a
from suyuan.comparison.results import values
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.kept import numbers

Array = NDArray[Any]
CHI2 = -2.0 * math.log(0.05)
"""The square that a pair of normal deviates exceeds 5 times in 100: χ²₀.₉₅ for 2 degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Region:
    """An ellipse of 95 %: all points with dᵀV⁻¹d ≤ k². mean: (2,); covariance: (2, 2); half_axes: (2,) the longer
    first, in the unit of the results; angle: of the longer one from the x axis, radians."""

    mean: Array
    covariance: Array
    k: float
    half_axes: Array
    angle: float


@dataclass(frozen=True, slots=True)
class Youden:
    """Two materials against each other. median_x, median_y: where the 45° line passes; pearson_r, spearman_r; distance:
    (n,) from that line, with sign, in the unit of the results, NaN for one that did not report both; suspect: place of
    the farthest; outside: (n,) beyond the ellipse; ellipse; n: laboratories with both results."""

    median_x: float
    median_y: float
    pearson_r: float
    spearman_r: float
    distance: Array
    suspect: int
    outside: Array
    ellipse: Region
    n: int


def youden(
    x: ArrayLike,
    y: ArrayLike,
    reported: ArrayLike | None = None,
    ellipse: Literal["robust", "classical"] = "robust",
) -> Youden:
    """Medians, correlation, distance from the 45° line, and the 95 % ellipse of two materials in one unit.

    distance = ((y − med y) − (x − med x))/√2. Ellipse: "robust": centre at the medians, standard deviations of
    algorithm A, correlation (v − w)/(v + w) with v, w = s*² of the sum and of the difference of the standardised
    results (Gnanadesikan and Kettenring), so that those outside do not widen it; "classical": means and sample
    covariance. Both with k² = χ²₀.₉₅(2) = 5.99.
    x, y: (n,), 3 or more; reported: (n,) true for laboratories with both. Raises Refused for fewer, for a material
    without scatter, or results without a robust spread. Source: W. J. Youden, Ind. Qual. Control 15 (1959) 24.

    >>> found = youden([1.0, 2.0, 3.0, 4.0, 5.0], [1.1, 2.2, 2.9, 6.0, 5.1])
    >>> found.suspect, round(found.pearson_r, 3), round(found.spearman_r, 3)
    (3, 0.916, 0.9)
    """
    first, second = numbers(x, "x"), numbers(y, "y")
    if first.ndim != 1 or first.shape != second.shape:
        raise Refused(finding("comparison.results.shape", "y", u=second.shape, values=first.shape))
    there = np.ones(first.shape, bool) if reported is None else mask_of(reported, first.shape)
    if there.sum() < 3:
        raise Refused(finding("comparison.results.few", "value", n=int(there.sum()), wanted=3))
    a, b = values(first[there], "x"), values(second[there], "y")
    if np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        raise Refused(finding("comparison.precision.no_scatter", "value"))
    if ellipse not in ("robust", "classical"):
        raise Refused(finding("comparison.youden.ellipse", "ellipse", given=ellipse))
    middle = np.array([np.median(a), np.median(b)])
    away = ((b - middle[1]) - (a - middle[0])) / math.sqrt(2.0)
    region = _region(a, b, middle, ellipse)
    d = np.stack([a, b]) - region.mean[:, None]
    beyond = np.sum(d * np.linalg.solve(region.covariance, d), axis=0) > region.k**2
    distance, outside = np.full(first.shape, np.nan), np.zeros(first.shape, bool)
    distance[there], outside[there] = away, beyond
    suspect = int(np.flatnonzero(there)[np.argmax(np.abs(away))])
    return Youden(float(middle[0]), float(middle[1]), correlation(a, b), correlation(ranks(a), ranks(b)), distance,
                  suspect, outside, region, int(there.sum()))  # fmt: skip


def correlation(a: Array, b: Array) -> float:
    """Pearson's correlation coefficient of two rows that scatter."""
    p, q = a - a.mean(), b - b.mean()
    p, q = p / np.abs(p).max(), q / np.abs(q).max()
    return float(np.clip(p @ q / math.sqrt((p @ p) * (q @ q)), -1.0, 1.0))


def ranks(row: Array) -> Array:
    """Ranks from 1, equal values sharing the mean of theirs.

    >>> ranks(np.array([3.0, 1.0, 3.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, place, count = np.unique(row, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - 0.5 * (count - 1))[place])


def _region(a: Array, b: Array, middle: Array, kind: str) -> Region:
    if kind == "classical":
        mean, covariance = np.array([a.mean(), b.mean()]), np.cov(a, b)
    else:
        s, t = (float(algorithm_a(row).s) for row in (a, b))
        p, q = (a - middle[0]) / s, (b - middle[1]) / t
        r = _robust_correlation(p, q)
        mean, covariance = middle, np.array([[s * s, r * s * t], [r * s * t, t * t]])
    sizes, directions = np.linalg.eigh(covariance)
    if not sizes[0] > 1e-12 * sizes[1]:
        raise Refused(finding("comparison.youden.line", "value"))
    longer = directions[:, 1]
    k = math.sqrt(CHI2)
    return Region(mean, covariance, k, k * np.sqrt(sizes[::-1]), math.atan2(longer[1], longer[0]) % math.pi)


def _robust_correlation(p: Array, q: Array) -> float:
    """Of standardised rows, by the robust spread of their sum and difference; within ±1 by construction."""
    together, apart = float(algorithm_a(p + q).s) ** 2, float(algorithm_a(p - q).s) ** 2
    return (together - apart) / (together + apart)
