"""Hotelling's T² chart: several quantities of one thing watched together, single observations or subgroups.

A point may be unusual in none of its quantities and yet in how they go together; T² is its squared distance from the
mean in the metric of the covariance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, fdtri

from suyuan.assurance.observations import enough, fraction, table
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[np.float64]
ALPHA = 0.0027
"""Probability of a false alarm of a 3 s chart."""


@dataclass(frozen=True, slots=True, eq=False)
class Hotelling:
    """T² of each point, (n,). mean: (p,); covariance: (p, p), within subgroups where there are some; ucl: upper limit
    for these points themselves; ucl_future: for points to come; parts: (n, p), how much each variable alone adds to T²
    (T² less T² without it)."""

    t2: Array
    mean: Array
    covariance: Array
    ucl: float
    ucl_future: float
    parts: Array

    @property
    def outside(self) -> NDArray[np.int64]:
        """Numbers of the points above the limit, from 1."""
        return np.asarray(np.flatnonzero(self.t2 > self.ucl) + 1, np.int64)

    @property
    def n_outside(self) -> int:
        return int(self.outside.size)


def hotelling_individuals(
    values: ArrayLike, alpha: float = ALPHA, where: str = "chart"
) -> tuple[Hotelling, tuple[Finding, ...]]:
    """T² of single observations: (x − x̄)ᵀ S⁻¹ (x − x̄), S the sample covariance.

    ucl = (n − 1)²/n · B(1 − α; p/2, (n − p − 1)/2) for these points; ucl_future = p(n + 1)(n − 1)/(n(n − p)) ·
    F(1 − α; p, n − p). values: (n, p), n at least p + 2; alpha: probability of a false alarm of a point. Returns the
    chart and findings. Raises Refused.

    >>> h, _ = hotelling_individuals([[1.0, 2.0], [2.0, 1.0], [3.0, 3.5], [4.0, 3.0], [5.0, 5.5]])
    >>> round(float(h.t2.sum()), 9)                                                      # p (n − 1)
    8.0

    Source: Tracy, Young and Mason, Journal of Quality Technology 24 (1992) 88–95; NIST/SEMATECH e-Handbook, 6.5.4.3.
    """
    x = table(values, f"{where}.values", ("point", "variable"), (3, 1))
    a = fraction(alpha, f"{where}.alpha")
    n, p = x.shape
    enough(n, p + 2, f"{where}.values", "point")
    mean = np.mean(x, axis=0)
    S = np.cov(x, rowvar=False, ddof=1).reshape(p, p)
    t2, parts = _distances(x - mean, S, where)
    ucl = (n - 1) ** 2 / n * float(betaincinv(0.5 * p, 0.5 * (n - p - 1), 1.0 - a))
    future = p * (n + 1) * (n - 1) / (n * (n - p)) * float(fdtri(p, n - p, 1.0 - a))
    return _said(Hotelling(t2, mean, S, ucl, future, parts), where)


def hotelling_subgroups(
    values: ArrayLike, alpha: float = ALPHA, where: str = "chart"
) -> tuple[Hotelling, tuple[Finding, ...]]:
    """T² of subgroup means: m (x̄ᵢ − x̿)ᵀ S⁻¹ (x̄ᵢ − x̿), S the mean covariance within the g subgroups of m.

    ucl = p(g − 1)(m − 1)/(gm − g − p + 1) · F(1 − α; p, gm − g − p + 1), ucl_future with (g + 1) for (g − 1). values:
    (g, m, p). Returns the chart and findings. Raises Refused.

    Source: NIST/SEMATECH e-Handbook, 6.5.4.3.
    """
    x = table(values, f"{where}.values", ("subgroup", "reading", "variable"), (2, 2, 1))
    a = fraction(alpha, f"{where}.alpha")
    g, m, p = x.shape
    dof = g * (m - 1) - p + 1
    enough(g * (m - 1), p, f"{where}.values", "reading")
    means = np.mean(x, axis=1)
    inside = x - means[:, None, :]
    S = np.einsum("gmi,gmj->ij", inside, inside) / (g * (m - 1))
    mean = np.mean(means, axis=0)
    t2, parts = _distances(np.sqrt(m) * (means - mean), S, where)
    factor = p * (m - 1) / dof * float(fdtri(p, dof, 1.0 - a))
    return _said(Hotelling(t2, mean, S, (g - 1) * factor, (g + 1) * factor, parts), where)


def _distances(d: Array, S: Array, where: str) -> tuple[Array, Array]:
    """dᵀS⁻¹d of each row, and what each variable alone adds; a covariance without inverse is refused."""
    spread = np.sqrt(np.diagonal(S))
    if not np.all(spread > 0.0):
        variable = int(np.argmin(spread)) + 1
        raise Refused(finding("assurance.chart.variable_constant", f"{where}.values", variable=variable))
    scaled, R = d / spread, S / np.outer(spread, spread)
    if np.linalg.cond(R) > 1e12:
        raise Refused(finding("assurance.chart.singular", f"{where}.values"))
    inverse = np.linalg.inv(R)
    y = scaled @ inverse
    # T² less T² without variable j is y_j²/(R⁻¹)_jj, y = R⁻¹d: no matrix is inverted again.
    return np.sum(y * scaled, axis=1), np.square(y) / np.diagonal(inverse)


def _said(result: Hotelling, where: str) -> tuple[Hotelling, tuple[Finding, ...]]:
    if not result.n_outside:
        return result, ()
    shown = ", ".join(f"{i} ({int(np.argmax(result.parts[i - 1])) + 1})" for i in result.outside[:10].tolist()) + (
        ", …" if result.n_outside > 10 else ""
    )
    return result, (finding("assurance.chart.t2", where, "warning", count=result.n_outside, points=shown),)
