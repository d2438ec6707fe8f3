"""Consensus values of an interlaboratory comparison, each with weights and covariance to every participant.

Arrays (…, n): the last axis is the participants, all others are measurands that are evaluated at once. The values are
centred at their median before anything is squared, so large values with small differences keep their digits. Statistics
exclude nobody: who contributes is a technical decision and an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from suyuan.comparison.results import Consensus, Contributors, contributors, covariance_matrix, mask, values
from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Consistency:
    """Whether results agree within their stated uncertainties.

    chi2: Σ w(x − x_ref)², w = u⁻², with dof = n − 1; p: probability of a larger chi2 if they agree; birge_ratio:
    √(chi2/dof); I2: share of chi2 beyond its expectation, 0 to 1.
    """

    chi2: Array
    dof: int
    p: Array
    birge_ratio: Array
    I2: Array


def arithmetic_mean(
    x: ArrayLike, u: ArrayLike, contributing: ArrayLike | None = None, covariance: ArrayLike | None = None
) -> Consensus:
    """The mean with equal weights and the uncertainty that the stated ones give it.

    x_ref = Σ x/m, u² = wᵀVw; x, u: (…, n) in one unit; contributing: (n,) true for the m that count, default all;
    covariance: (n, n) in the square of the unit, whose diagonal then stands for u. Raises Refused for bad input.

    >>> kept = arithmetic_mean([10.0, 10.2], [0.3, 0.4])
    >>> float(kept.value), float(kept.u)
    (10.1, 0.25)
    """
    part, spread = contributors(x, u, contributing, 1)
    weights = part.spread(np.full(part.x.shape, 1.0 / part.x.shape[-1]))
    middle = middle_of(part)
    value = middle[..., 0] + np.mean(part.x - middle, axis=-1)
    n = weights.shape[-1]
    joint = weights * spread**2 if covariance is None else weights @ covariance_matrix(covariance, n)
    return Consensus(value, np.sqrt(np.sum(weights * joint, axis=-1)), weights, joint, np.zeros_like(value))


def median(x: ArrayLike, contributing: ArrayLike | None = None) -> Array:
    """The median over the participants, shape (…), for x (…, n).

    It is no weighted mean: its uncertainty, and that of differences from it, are a matter of Monte Carlo.

    >>> float(median([15.0, 15.0, 30.0, 18.0]))
    16.5
    """
    every = values(x)
    return np.asarray(np.median(every[..., mask(contributing, every.shape[-1], 1)], axis=-1))


def weighted_mean(x: ArrayLike, u: ArrayLike, contributing: ArrayLike | None = None) -> Consensus:
    """The mean weighted by inverse variances, of independent results.

    x_ref = Σ w x/Σ w, u² = 1/Σ w, w = u⁻²; x, u: (…, n) in one unit; contributing: (n,). Raises Refused for bad input.
    Correlated results: `generalised_least_squares`. Source: M. G. Cox, Metrologia 39 (2002) 589, procedure A.

    >>> x = [15, 15, 30, 18, 24, -9, 33, 12.5, 8.8]       # nm, CCL-K1, gauge block of 1 mm
    >>> found = weighted_mean(x, [9, 14, 10, 13, 9, 7, 9, 8.6, 10])
    >>> round(float(found.value), 3), round(float(found.u), 3)
    (14.171, 3.131)
    """
    part, spread = contributors(x, u, contributing, 1)
    return mean_by_tau(part, spread, np.zeros(part.x.shape[:-1]))


def generalised_least_squares(
    x: ArrayLike, covariance: ArrayLike, contributing: ArrayLike | None = None
) -> tuple[Consensus, Consistency]:
    """The best linear unbiased mean of correlated results, with its consistency test.

    u² = 1/(1ᵀV⁻¹1), x_ref = u²·1ᵀV⁻¹x, chi2 = rᵀV⁻¹r. Strong correlation can give negative weights, and then a value
    outside the range of the results: that is what the covariance says.
    x: (…, n); covariance: (n, n) of all participants, also of those that do not contribute. Raises Refused for a
    matrix that is none, or singular among those who contribute. Source: M. G. Cox, Metrologia 39 (2002) 589.

    >>> found, _ = generalised_least_squares([10.0, 10.2], [[0.09, 0.02], [0.02, 0.16]])
    >>> [round(float(w), 4) for w in found.weights]
    [0.6667, 0.3333]
    """
    every = values(x)
    n = every.shape[-1]
    whole = covariance_matrix(covariance, n)
    chosen = mask(contributing, n, 1)
    part = Contributors(every[..., chosen], np.sqrt(np.diagonal(whole))[chosen], chosen)
    scale = part.u
    correlation = whole[np.ix_(chosen, chosen)] / np.outer(scale, scale)
    if np.linalg.eigvalsh(correlation)[0] < 1e-12 * len(scale):
        raise Refused(finding("comparison.covariance.singular", "covariance"))
    inverse = np.linalg.inv(correlation) / np.outer(scale, scale)
    precision = inverse.sum()
    weights = part.spread(np.broadcast_to(inverse.sum(axis=0) / precision, part.x.shape))
    middle = middle_of(part)
    offset = np.sum(weights[..., chosen] * (part.x - middle), axis=-1)
    residual = part.x - middle - offset[..., None]
    chi2 = np.einsum("...i,ij,...j->...", residual, inverse, residual)
    value = middle[..., 0] + offset
    u = np.full(value.shape, precision**-0.5)
    found = Consensus(value, u, weights, weights @ whole, np.zeros_like(value))
    return found, _consistency(chi2, len(scale) - 1)


def consistency(x: ArrayLike, u: ArrayLike, contributing: ArrayLike | None = None) -> Consistency:
    """The χ² test of independent results against their weighted mean, with Birge ratio and I².

    Q = Σ w(x − x_ref)²; p = P(χ²(n − 1) > Q); √(Q/(n − 1)); max(0, (Q − n + 1)/Q). x, u: (…, n), two or more that
    contribute, else Refused. Sources: M. G. Cox, Metrologia 39 (2002) 589; R. T. Birge, Phys. Rev. 40 (1932) 207.

    >>> found = consistency([15, 15, 30, 18, 24, -9, 33, 12.5, 8.8], [9, 14, 10, 13, 9, 7, 9, 8.6, 10])
    >>> round(float(found.chi2), 2), found.dof, round(float(found.p), 4), round(float(found.birge_ratio), 2)
    (19.46, 8, 0.0126, 1.56)
    """
    part, _ = contributors(x, u, contributing, 2)
    chi2, _ = scatter(part, np.zeros(part.x.shape[:-1]))
    return _consistency(chi2, part.x.shape[-1] - 1)


def mean_by_tau(part: Contributors, spread: Array, tau: Array) -> Consensus:
    scale = scale_of(part)
    precision = 1.0 / ((part.u / scale[..., None]) ** 2 + ((tau / scale) ** 2)[..., None])
    return mean_by_precision(part, spread, precision, scale, tau)


def mean_by_precision(part: Contributors, spread: Array, precision: Array, scale: Array, tau: Array) -> Consensus:
    """The weighted mean by precisions in units of scale⁻²; Σ precision is that of the mean."""
    total = np.sum(precision, axis=-1)
    weights = part.spread(precision / total[..., None])
    middle = middle_of(part)
    value = middle[..., 0] + np.sum(precision * (part.x - middle), axis=-1) / total
    return Consensus(value, scale / np.sqrt(total), weights, weights * spread**2, tau)


def scatter(part: Contributors, tau: Array) -> tuple[Array, Array]:
    """Σ(x − x_ref)²/(u² + τ²), and the negative of its slope in τ²."""
    variance = part.u**2 + (tau**2)[..., None]
    centred = part.x - middle_of(part)
    mean = np.sum(centred / variance, axis=-1) / np.sum(1.0 / variance, axis=-1)
    terms = (centred - mean[..., None]) ** 2 / variance
    return np.sum(terms, axis=-1), np.sum(terms / variance, axis=-1)


def _consistency(chi2: Array, dof: int) -> Consistency:
    q = np.asarray(chi2)
    if dof < 1:
        raise Refused(finding("comparison.results.few", "contributing", n=dof + 1, wanted=2))
    excess = np.maximum(q - dof, 0.0) / np.where(q > 0.0, q, 1.0)
    return Consistency(q, dof, np.asarray(chdtrc(dof, q)), np.sqrt(q / dof), excess)


def middle_of(part: Contributors) -> Array:
    return np.asarray(np.median(part.x, axis=-1, keepdims=True))


def scale_of(part: Contributors) -> Array:
    return np.asarray(np.min(part.u, axis=-1)) * np.ones(part.x.shape[:-1])
