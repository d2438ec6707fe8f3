"""Hierarchical Bayes where the degrees of freedom of the stated uncertainties are known, by quadrature.

A stated u with ν degrees of freedom is itself a measurement of the laboratory's σ: ν u²/σ² ~ χ²(ν). σ is integrated out
on a grid of log σ for each laboratory, which leaves a scale mixture of Gaussians, heavy-tailed where ν is small; μ and
τ are left to the plane.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.consensus.bayes_nodes import consensus_of, prior_scale, standardised
from suyuan.comparison.consensus.bayes_plane import plane_posterior
from suyuan.comparison.consensus.median_draws import degrees_of_freedom
from suyuan.comparison.results import Consensus
from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]
CERTAIN = 1e7
"""Degrees of freedom from which u counts as σ, known to 3e-4 then; what that changes is of the order of its square."""


def hierarchical_bayes_dof(
    x: ArrayLike,
    u: ArrayLike,
    contributing: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    *,
    dof: ArrayLike,
    tau_scale: float | None = None,
    sigma_scale: float | None = None,
) -> Consensus:
    """The posterior mean of the hierarchical model with standard deviations that are known only so well.

    xᵢ ~ N(λᵢ, σᵢ), λᵢ ~ N(μ, τ), νᵢ uᵢ²/σᵢ² ~ χ²(νᵢ), σᵢ half-Cauchy with scale sigma_scale (default median of u),
    τ half-Cauchy with scale tau_scale (default median|xᵢ − median|/Φ⁻¹(0.75)), μ flat. Where ν is infinite σᵢ = uᵢ.

    x, u: (n,) in one unit, three or more that contribute; dof: (n,), infinite where not stated; scales in the unit of
    x. Returns as `hierarchical_bayes`, with further «sigma_scale». Raises Refused for bad input, a prior scale of zero,
    any covariance (the model gives each laboratory a σ of its own, so the likelihood is no joint Gaussian) and where
    uncertainties of very different size would take too long.

    >>> x = [15, 15, 30, 18, 24, -9, 33, 12.5, 8.8]       # nm, CCL-K1, gauge block of 1 mm; published 15.5, u 5.0
    >>> u, dof = [9, 14, 10, 13, 9, 7, 9, 8.6, 10], [500, 119, 94, 9, 50, 72, 205, 5, 55]
    >>> found = hierarchical_bayes_dof(x, u, dof=dof)
    >>> round(float(found.value), 1), round(float(found.u), 1)
    (15.6, 5.0)

    Source: A. Koepke, T. Lafarge, A. Possolo, B. Toman, Metrologia 54 (2017) S34.
    """
    if covariance is not None:
        raise Refused(finding("comparison.bayes.covariance", "covariance", model="dof"))
    data = standardised(x, u, contributing, tau_scale)
    freedom = degrees_of_freedom(dof, data.part.chosen.size)[data.part.chosen]
    given = None if sigma_scale is None else prior_scale(sigma_scale, "sigma_scale")
    sigma = float(np.median(data.part.u)) if given is None else given
    laboratories = KnownDof(data.x, data.u, freedom, sigma / data.scale)
    return consensus_of(data, plane_posterior(data, laboratories, "hierarchical_bayes_dof"), None, sigma_scale=sigma)


class KnownDof:
    """xᵢ ~ N(μ, √(σᵢ² + τ²)) with σᵢ integrated out."""

    def __init__(self, x: Array, u: Array, dof: Array, sigma_scale: float) -> None:
        self.x, self.u, self._dof, self._scale = x, u, dof, sigma_scale
        self._nodes: dict[tuple[int, int], tuple[Array, Array]] = {}

    def cost(self, level: int) -> int:
        return sum(self._at(i, level)[0].size for i in range(self.x.size))

    def density(self, i: int, mu: Array, tau: Array, level: int) -> tuple[Array, Array]:
        variance, c = self._at(i, level)
        r = self.x[i] - mu
        total = variance + tau**2
        half = r * r * 0.5
        if variance.size == 1:
            return -0.5 * np.log(total) - half / total, -r / total
        # about the widest, whose term never vanishes
        inverse = 1.0 / total
        excess = inverse - inverse[:, -1:]
        parts = np.exp(-half[:, :, None] * excess[:, None, :])
        first = c * np.sqrt(inverse)
        sums = parts @ np.stack([first, first * inverse], axis=2)
        return np.log(sums[..., 0]) - half * inverse[:, -1:], -r * sums[..., 1] / sums[..., 0]

    def effect(self, i: int, mu: Array, tau: Array, score: Array) -> Array:
        return np.asarray(mu - tau**2 * score)

    def _at(self, i: int, level: int) -> tuple[Array, Array]:
        """Variances σ² and coefficients of the nodes of one laboratory, rising."""
        if (i, level) not in self._nodes:
            self._nodes[i, level] = _sigma_nodes(float(self.u[i]), float(self._dof[i]), self._scale, level)
        return self._nodes[i, level]


def _sigma_nodes(u: float, dof: float, scale: float, level: int) -> tuple[Array, Array]:
    """Trapezoid nodes of log σ for σ^−ν exp(−ν u²/2σ²)/(1 + σ²/scale²) dσ."""
    if dof > CERTAIN:
        return np.array([u * u]), np.ones(1)

    def log_weight(t: Array) -> Array:  # t = log(σ/u); σ^−ν u^ν keeps it near one
        growth = np.log1p((u * np.exp(t) / scale) ** 2)
        return np.asarray((1.0 - dof) * t - 0.5 * dof * np.expm1(-2.0 * t) - growth)

    reach = 9.0 / math.sqrt(2.0 * dof)
    scan = np.linspace(-min(reach, 4.0), min(reach, 3.0) + 36.0 / (dof + 2.0), 2001)
    with np.errstate(over="ignore"):
        w = log_weight(scan) - np.maximum(scan, 0.0)  # the density of x has 1/σ where σ is large
    kept = np.flatnonzero(w > w.max() - 28.0)
    h = min(0.4 * 0.5 ** min(level, 3), 0.8 / math.sqrt(2.0 * dof))  # of a near Gaussian peak exact to 1e-13
    t = np.arange(scan[kept[0]], scan[kept[-1]] + h, h)
    return (u * np.exp(t)) ** 2, h * np.exp(log_weight(t) - log_weight(t).max())
