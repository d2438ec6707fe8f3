"""Hierarchical Bayes of a comparison by quadrature: laboratories with effects of their own, Gaussian or Laplace.

For Gaussian effects everything but τ is integrated by hand and a trapezoid rule over τ does the rest; no chain, no
seed, the same digits each time. Laplace effects take a plane of nodes over μ and τ (`bayes_plane`).
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.consensus.bayes_nodes import (
    Posterior,
    Standardised,
    TauNodes,
    consensus_of,
    quantile_of_tau,
    root,
    spread_of_tau,
    standardised,
    tau_nodes,
)
from suyuan.comparison.consensus.bayes_plane import LaplaceEffects, plane_posterior
from suyuan.comparison.results import Consensus, covariance_matrix
from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]
EFFECTS = ("gauss", "laplace")
ACCURACY = 1e-9
LEVELS = 9


def hierarchical_bayes(
    x: ArrayLike,
    u: ArrayLike,
    contributing: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    *,
    effects: Literal["gauss", "laplace"] = "gauss",
    tau_scale: float | None = None,
) -> Consensus:
    """The posterior mean of a hierarchical model in which each laboratory measures a value of its own.

    xᵢ ~ N(λᵢ, uᵢ), λᵢ ~ N(μ, τ) or a Laplace distribution with mean μ and standard deviation τ (scale τ/√2);
    μ flat, τ half-Cauchy with scale tau_scale, by default median|xᵢ − median|/Φ⁻¹(0.75). With a covariance V the
    results are N(μ1, V + τ²I). Absolute accuracy 1e-6 of the larger of tau_scale and median u.

    x, u: (n,) in one unit, three or more that contribute (with two the posterior variance is infinite); contributing:
    (n,); covariance: (n, n), its diagonal stands for u, Gaussian effects only; tau_scale: in the unit of x.
    Returns a `Consensus`: value and u posterior mean and standard deviation of μ, low and high its 95 % interval, tau
    the posterior median of τ; weights ∂value/∂xᵢ at a given tau_scale (they sum to one, some may be negative);
    further «tau_scale», «tau_median», «tau_sd», «effects» (posterior means of λᵢ of those that contribute).
    Raises Refused for bad input, a prior scale of zero, and a covariance with Laplace effects.

    >>> x = [15, 15, 30, 18, 24, -9, 33, 12.5, 8.8]       # nm, CCL-K1, gauge block of 1 mm
    >>> found = hierarchical_bayes(x, [9, 14, 10, 13, 9, 7, 9, 8.6, 10])
    >>> round(float(found.value), 3), round(float(found.u), 3), round(float(found.tau), 2)
    (15.519, 5.018, 9.85)

    Source: A. Koepke, T. Lafarge, A. Possolo, B. Toman, Metrologia 54 (2017) S34.
    """
    data = standardised(x, u, contributing, tau_scale)
    if effects not in EFFECTS:
        raise Refused(finding("comparison.bayes.model", "effects", model=effects, known=", ".join(EFFECTS)))
    if effects == "laplace":
        if covariance is not None:
            raise Refused(finding("comparison.bayes.covariance", "covariance", model="laplace"))
        return consensus_of(data, plane_posterior(data, LaplaceEffects(data.x, data.u), "hierarchical_bayes"), None)
    whole = None if covariance is None else covariance_matrix(covariance, data.part.chosen.size)
    return consensus_of(data, _gauss(data, whole), whole)


def _gauss(data: Standardised, whole: Array | None) -> Posterior:
    """Steps halved until mean, standard deviation and τ stand still; each step keeps the nodes of the one before."""
    if whole is None:
        size, vectors = data.u**2, None
    else:
        chosen = data.part.chosen
        size, vectors = np.linalg.eigh(whole[np.ix_(chosen, chosen)] / data.scale**2)
        if size[0] < 1e-12 * size[-1]:
            raise Refused(finding("comparison.covariance.singular", "covariance"))
    model = _Rotated(size, vectors, data.x)
    n, extent = data.x.size, float(np.ptp(data.x) + np.sqrt(size.max()))
    before, h = None, min(0.3, 1.0 / np.sqrt(2.0 * n))
    for _ in range(LEVELS):
        nodes = tau_nodes(float(np.sqrt(size.min())), n, extent, data.tau_scale, h)
        p, mean, width = model.posterior(nodes)
        value = float(p @ mean)
        spread = float(np.sqrt(p @ (width**2 + (mean - value) ** 2)))
        now = np.array([value, spread, float(np.sqrt(p @ nodes.tau**2))])
        if before is not None and np.all(np.abs(now - before) <= ACCURACY * (1.0 + np.abs(now))):
            return model.summary(nodes, p, mean, width)
        before, h = now, 0.5 * h
    raise Refused(finding("comparison.bayes.accuracy", "hierarchical_bayes", left=f"{np.abs(now - before).max():.1g}"))


class _Rotated:
    """The results in the axes in which V + τ²I is diagonal for every τ: size λ, g = Rᵀ1, z = Rᵀx."""

    __slots__ = ("g", "size", "vectors", "z")

    def __init__(self, size: Array, vectors: Array | None, x: Array) -> None:
        self.size, self.vectors = size, vectors
        self.g: Array = np.ones(x.size) if vectors is None else vectors.sum(axis=0)
        self.z: Array = x if vectors is None else vectors.T @ x

    def posterior(self, nodes: TauNodes) -> tuple[Array, Array, Array]:
        """Probability of each node of τ, and mean and standard deviation of μ there."""
        variance = self.size + (nodes.tau**2)[:, None]
        w = self.g / variance
        total = w @ self.g
        mean = (w @ self.z) / total
        q = np.sum((self.z - self.g * mean[:, None]) ** 2 / variance, axis=1)
        log_p = nodes.log_weight - 0.5 * (np.sum(np.log(variance), axis=1) + np.log(total) + q)
        p = np.exp(log_p - log_p.max())
        return p / p.sum(), mean, total**-0.5

    def summary(self, nodes: TauNodes, p: Array, mean: Array, width: Array) -> Posterior:
        value = float(p @ mean)
        spread = float(np.sqrt(p @ (width**2 + (mean - value) ** 2)))
        variance = self.size + (nodes.tau**2)[:, None]
        # score ∂ log p/∂x = −(V + τ²I)⁻¹(x − μ1); its covariance with μ is the derivative of the posterior mean
        weights = (p * width**2) @ (self.g / variance)
        pull = (self.g * mean[:, None] - self.z) / variance
        weights = weights + (p * (mean - value)) @ pull
        effects = p @ mean * self.g - (p * nodes.tau**2) @ pull
        if self.vectors is not None:
            weights, effects = self.vectors @ weights, self.vectors @ effects
            effects = effects + p @ mean * (1.0 - self.vectors @ self.g)
        kept = p > 1e-13
        low, high = (_quantile(p[kept], mean[kept], width[kept], level, value, spread) for level in (0.025, 0.975))
        tau_median, tau_sd = quantile_of_tau(nodes, p, 0.5), spread_of_tau(nodes, p)
        return Posterior(value, spread, low, high, tau_median, tau_sd, weights, effects)


def _quantile(p: Array, mean: Array, width: Array, level: float, value: float, spread: float) -> float:
    """A quantile of a mixture of Gaussians."""
    from scipy.special import ndtr

    def below(at: float) -> float:
        return float(p @ ndtr((at - mean) / width)) - level

    reach = 4.0 * spread
    while below(value - reach) > 0.0 or below(value + reach) < 0.0:
        reach *= 2.0
    return root(below, value - reach, value + reach)
