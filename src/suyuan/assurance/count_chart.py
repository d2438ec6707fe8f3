"""Control charts of counts and shares: p and np (defective items), c and u (defects).

Limits are those of the binomial and the Poisson distribution by their normal approximation, not below 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.assurance.control_chart import LIMIT, Chart, _spread_said
from suyuan.assurance.observations import above_zero, column, same_length
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[np.float64]
ENOUGH = 5.0
"""Expected count from which the normal approximation is commonly taken as fair."""


def c_chart(values: ArrayLike, limit_factor: float = LIMIT, where: str = "chart") -> tuple[Chart, tuple[Finding, ...]]:
    """Counts of defects in equal areas of opportunity: mean ± 3 √mean, not below 0.

    >>> c, _ = c_chart([16, 14, 28, 16, 12, 20, 10, 12, 10, 17, 19, 17, 14, 16, 15, 13, 14, 16, 11, 20, 11, 19, 16, 31,
    ...                 13])
    >>> c.centre, c.ucl, c.lcl, c.outside.tolist()
    (16.0, 28.0, 4.0, [24])

    Source: NIST/SEMATECH e-Handbook, 6.3.3.1.
    """
    x = _counts(values, where)
    mean = float(np.mean(x))
    return _made("c", x, mean, np.sqrt(mean), limit_factor, mean, where)


def u_chart(
    values: ArrayLike, sizes: ArrayLike, limit_factor: float = LIMIT, where: str = "chart"
) -> tuple[Chart, tuple[Finding, ...]]:
    """Defects per unit: ū ± 3 √(ū/nᵢ), ū = Σ counts/Σ sizes, not below 0.

    values: counts (n,); sizes: units inspected, one number or one each.

    >>> c, _ = u_chart([8, 12], [4, 6])
    >>> c.centre, c.points.tolist()
    (2.0, [2.0, 2.0])
    """
    x = _counts(values, where)
    size = _sizes(sizes, x, where)
    mean = float(np.sum(x) / np.sum(size))
    return _made("u", x / size, mean, np.sqrt(mean / size), limit_factor, mean * float(np.min(size)), where)


def p_chart(
    values: ArrayLike, sizes: ArrayLike, limit_factor: float = LIMIT, where: str = "chart"
) -> tuple[Chart, tuple[Finding, ...]]:
    """Share of defective items: p̄ ± 3 √(p̄(1 − p̄)/nᵢ), not below 0; p̄ weighted by the sample sizes.

    values: fractions in [0, 1], (n,); sizes: of the samples, one number or one each.

    >>> c, _ = p_chart([0.24, 0.16, 0.2], 50)
    >>> round(c.centre, 4), round(c.ucl, 4), round(c.lcl, 4)
    (0.2, 0.3697, 0.0303)

    Source: NIST/SEMATECH e-Handbook, 6.3.3.2.
    """
    x = column(values, f"{where}.values")
    bad = np.flatnonzero((x < 0.0) | (x > 1.0))
    if bad.size:
        place = f"{where}.values.{int(bad[0])}"
        raise Refused(finding("assurance.study.number", place, given=f"{x[bad[0]]:g}", interval="[0, 1]"))
    size = _sizes(sizes, x, where)
    mean = float(np.sum(x * size) / np.sum(size))
    sigma = np.sqrt(mean * (1.0 - mean) / size)
    return _made("p", x, mean, sigma, limit_factor, min(mean, 1.0 - mean) * float(np.min(size)), where)


def np_chart(
    values: ArrayLike, size: float, limit_factor: float = LIMIT, where: str = "chart"
) -> tuple[Chart, tuple[Finding, ...]]:
    """Number of defective items in samples of one size n: n p̄ ± 3 √(n p̄(1 − p̄)), not below 0.

    >>> c, _ = np_chart([12, 8, 10], 50)
    >>> c.centre, round(c.ucl, 3)
    (10.0, 18.485)
    """
    x = _counts(values, where)
    n = above_zero(size, f"{where}.sample_size")
    if np.max(x) > n:
        place = f"{where}.values.{int(np.argmax(x))}"
        raise Refused(finding("assurance.study.number", place, given=f"{np.max(x):g}", interval=f"[0, {n:g}]"))
    p = float(np.mean(x)) / n
    return _made("np", x, n * p, np.sqrt(n * p * (1.0 - p)), limit_factor, n * min(p, 1.0 - p), where)


def _counts(values: ArrayLike, where: str) -> Array:
    x = column(values, f"{where}.values")
    bad = np.flatnonzero((x < 0.0) | (x != np.floor(x)))
    if bad.size:
        place = f"{where}.values.{int(bad[0])}"
        raise Refused(finding("assurance.study.number", place, given=f"{x[bad[0]]:g}", interval="0, 1, 2, …"))
    return x


def _sizes(sizes: ArrayLike, x: Array, where: str) -> Array:
    """Sizes of the samples: one number, or one a point."""
    if np.ndim(sizes) == 0:
        return np.full(x.shape, above_zero(sizes, f"{where}.sample_size"))
    found = column(sizes, f"{where}.sample_size")
    same_length(where, values=x, sample_size=found)
    for i in np.flatnonzero(found <= 0.0)[:1]:
        above_zero(float(found[i]), f"{where}.sample_size.{int(i)}")
    return found


def _made(
    name: str, x: Array, centre: float, sigma: float | Array, limit_factor: float, expected: float, where: str
) -> tuple[Chart, tuple[Finding, ...]]:
    L = above_zero(limit_factor, f"{where}.limit_factor")
    spread: float | Array = float(np.max(sigma)) if np.ptp(sigma) == 0.0 else np.asarray(sigma)
    lower: float | Array = np.maximum(centre - L * spread, 0.0)
    chart = Chart(name, x, centre, centre + L * spread, lower if np.ndim(lower) else float(lower), spread)
    told = list(_spread_said(chart, where))
    if expected < ENOUGH:
        told.append(finding("assurance.chart.small_counts", where, "warning", expected=f"{expected:.3g}"))
    return chart, tuple(told)
