"""Reference values from the stated uncertainties alone: arithmetic, weighted, least squares, median; and the χ² test.

Arrays (…, n): the last axis is the participants, all others are measurands that are evaluated at once. Statistics
exclude nobody: who contributes is a technical decision and an argument.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from suyuan.comparison.consensus.diagnostics import of_consistency, where_true
from suyuan.comparison.consensus.directions import Directions, directions, joint, regular, scatter, weighed
from suyuan.comparison.results import Consensus, bounded, covariance_matrix, mask, only, uncertainties, values
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]
NORMAL_MAD = 1.4826022185056018
"""Standard deviation of a normal distribution in units of its median absolute deviation, 1/Φ⁻¹(3/4)."""


@dataclass(frozen=True, slots=True)
class Consistency:
    """Whether results agree within their stated uncertainties.

    chi2: Σ w(x − x_ref)², w = u⁻², or rᵀV⁻¹r, with dof = n − 1; p: probability of a larger chi2 if they agree;
    birge_ratio: √(chi2/dof); I2: share of chi2 beyond its expectation, 0 to 1.
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
    every, spread, whole = stated(x, u, covariance)
    chosen = mask(contributing, every.shape[-1], 1)
    return fixed(every, spread, whole, chosen / chosen.sum())


def median(
    x: ArrayLike,
    u: ArrayLike | None = None,
    contributing: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
) -> Consensus:
    """The median over the participants, with a robust standard uncertainty from their scatter.

    u = √(π/2)·1.4826·MAD/√(n − 1), MAD the median of |x − x_ref|; where that is zero, with a finding, √(π/2·wᵀVw) from
    the stated uncertainties. Weights are no weights of a sum but mean sensitivities: the chance of each result to be
    the one in the middle, w ∝ 1/u to first order, and u(xᵢ, x_ref) = Σ V w. (`median_monte_carlo` draws both.)
    x, u: (…, n), u None where it is not stated: then covariances are not a number. Raises Refused for bad input.
    Source: J. W. Müller, J. Res. NIST 105 (2000) 551, û = 1.858·MAD/√(n − 1).

    >>> found = median([15.0, 15.0, 30.0, 18.0], [1.0, 1.0, 1.0, 1.0])
    >>> float(found.value), round(float(found.u), 3), found.weights.tolist()
    (16.5, 1.609, [0.25, 0.25, 0.25, 0.25])
    """
    unknown = u is None and covariance is None
    every, spread, whole = stated(x, 1.0 if unknown else u, covariance)
    chosen = mask(contributing, every.shape[-1], 1)
    part, own = only(every, chosen), only(spread, chosen)
    m = part.shape[-1]
    w = np.zeros(every.shape)
    w[..., chosen] = np.min(own, axis=-1, keepdims=True) / own
    found = fixed(every, spread, whole, w / w.sum(axis=-1, keepdims=True))
    value = np.asarray(np.median(part, axis=-1))
    mad = np.median(np.abs(part - value[..., None]), axis=-1)
    told = where_true("comparison.median.ties", mad == 0.0, "warning")
    if unknown and told:
        raise Refused(finding("comparison.robust.ties", "value", n=m))
    wide = math.sqrt(math.pi / 2.0) if m > 2 else 1.0
    u_scatter = math.sqrt(math.pi / 2.0) * NORMAL_MAD * mad / math.sqrt(max(m - 1, 1))
    spread_of = np.where(mad == 0.0, wide * found.u, u_scatter)
    shared = np.full(every.shape, np.nan) if unknown else bounded(found.covariance, found.weights, spread_of)
    return replace(found, value=value, u=spread_of, covariance=shared, findings=told)


def weighted_mean(
    x: ArrayLike, u: ArrayLike, contributing: ArrayLike | None = None, covariance: ArrayLike | None = None
) -> Consensus:
    """The mean weighted by inverse variances.

    x_ref = Σ w x/Σ w, w = u⁻²; u² = 1/Σ w of independent results. With a covariance (n, n) the weights stay those of
    the stated uncertainties (its diagonal) and u² = wᵀVw: procedure A that does not hide the correlation; the best
    weights then are those of `generalised_least_squares`.
    x, u: (…, n) in one unit; contributing: (n,). further: chi2, p and birge_ratio of `consistency`, from two results
    on. Raises Refused for bad input. Source: M. G. Cox, Metrologia 39 (2002) 589, procedure A.

    >>> x = [15, 15, 30, 18, 24, -9, 33, 12.5, 8.8]       # nm, CCL-K1, gauge block of 1 mm
    >>> found = weighted_mean(x, [9, 14, 10, 13, 9, 7, 9, 8.6, 10])
    >>> round(float(found.value), 3), round(float(found.u), 3)
    (14.171, 3.131)
    """
    if covariance is None:
        d = directions(x, u, contributing, None, 1)
        found = weighed(d, 1.0 / d.v)
        test = None if d.y.shape[-1] < 2 else _tested(scatter(d.y, None, 1.0 / d.v)[0], d.y.shape[-1] - 1)
    else:
        every, chosen, whole = joint(x, contributing, covariance, 1)
        own = np.sqrt(np.diagonal(whole))
        w = np.where(chosen, (np.min(own[chosen]) / own) ** 2, 0.0)
        found = fixed(every, np.broadcast_to(own, every.shape), whole, w / w.sum())
        regularly = chosen.sum() > 1 and not _singular(whole[np.ix_(chosen, chosen)])
        test = consistency(every, own, chosen, whole) if regularly else None
    if test is None:
        return found
    further, told = _of_test(test)
    return replace(found, further=further, findings=told)


def generalised_least_squares(
    x: ArrayLike, covariance: ArrayLike, contributing: ArrayLike | None = None
) -> tuple[Consensus, Consistency]:
    """The best linear unbiased mean of correlated results, with its consistency test.

    u² = 1/(1ᵀV⁻¹1), x_ref = u²·1ᵀV⁻¹x, chi2 = rᵀV⁻¹r. Strong correlation can give negative weights, and then a value
    outside the range of the results: that is what the covariance says, and a finding says it too.
    x: (…, n); covariance: (n, n) of all participants, also of those that do not contribute. Raises Refused for a
    matrix that is none, or singular among those who contribute. Source: M. G. Cox, Metrologia 39 (2002) 589.

    >>> found, _ = generalised_least_squares([10.0, 10.2], [[0.09, 0.02], [0.02, 0.16]])
    >>> [round(float(w), 4) for w in found.weights]
    [0.6667, 0.3333]
    """
    d = _whitened(x, contributing, covariance, 2)
    found = weighed(d, d.v)
    test = _tested(scatter(d.y, d.h, d.v)[0], d.y.shape[-1] - 1)
    further, told = _of_test(test)
    row = found.weights.reshape(-1, found.weights.shape[-1])[0]
    places = np.flatnonzero(row < -1e-9) + 1
    if places.size:
        listed = ", ".join(map(str, places))
        told = (finding("comparison.weights.negative", "results", "warning", places=listed), *told)
    return replace(found, further=further, findings=told), test


def consistency(
    x: ArrayLike, u: ArrayLike | None, contributing: ArrayLike | None = None, covariance: ArrayLike | None = None
) -> Consistency:
    """The χ² test of results against their best mean, with Birge ratio and I².

    Q = Σ w(x − x_ref)², with a covariance rᵀV⁻¹r; p = P(χ²(n − 1) > Q); √(Q/(n − 1)); max(0, (Q − n + 1)/Q).
    x, u: (…, n), two or more that contribute, else Refused.
    Sources: M. G. Cox, Metrologia 39 (2002) 589; R. T. Birge, Phys. Rev. 40 (1932) 207.

    >>> found = consistency([15, 15, 30, 18, 24, -9, 33, 12.5, 8.8], [9, 14, 10, 13, 9, 7, 9, 8.6, 10])
    >>> round(float(found.chi2), 2), found.dof, round(float(found.p), 4), round(float(found.birge_ratio), 2)
    (19.46, 8, 0.0126, 1.56)
    """
    d = directions(x, u, contributing) if covariance is None else _whitened(x, contributing, covariance, 2)
    return _tested(scatter(d.y, d.h, 1.0 / d.v)[0], d.y.shape[-1] - 1)


def stated(x: ArrayLike, u: ArrayLike | None, covariance: ArrayLike | None) -> tuple[Array, Array, Array | None]:
    """Results and uncertainties (…, n) and, if given, the covariance (n, n), whose diagonal then stands for u."""
    every = values(x)
    if covariance is None:
        return every, uncertainties(np.nan if u is None else u, every.shape), None
    whole = covariance_matrix(covariance, every.shape[-1])
    return every, np.broadcast_to(np.sqrt(np.diagonal(whole)), every.shape), whole


def fixed(every: Array, spread: Array, whole: Array | None, weights: Array) -> Consensus:
    """The mean by weights that count as constants, (n,) or (…, n): u² = wᵀVw."""
    weights = np.broadcast_to(weights, every.shape)
    centre = np.take_along_axis(every, np.argmax(weights, axis=-1)[..., None], axis=-1)
    value = centre[..., 0] + np.sum(weights * (every - centre), axis=-1)
    shared = weights * spread**2 if whole is None else weights @ whole
    return Consensus(value, np.sqrt(np.sum(weights * shared, axis=-1)), weights, shared, np.zeros_like(value))


def _whitened(x: ArrayLike, contributing: ArrayLike | None, covariance: ArrayLike, least: int) -> Directions:
    """Directions of variance 1 by the Cholesky factor of the correlation, which no ratio of uncertainties spoils."""
    every, chosen, whole = joint(x, contributing, covariance, least)
    own = np.sqrt(np.diagonal(whole))
    part, u = only(every, chosen), own[chosen]
    scale = np.min(u)
    factor = np.linalg.cholesky(regular(whole[np.ix_(chosen, chosen)]))
    turn = np.linalg.inv(factor) * (scale / u)
    centre = part[..., np.argmin(u)]
    y = ((part - centre[..., None]) / scale) @ turn.T
    spread = np.broadcast_to(own, every.shape)
    ones = np.ones(len(u))
    return Directions(y, ones, turn.sum(axis=1), turn, centre, np.full(centre.shape, scale), chosen, spread, whole)


def _singular(covariance: Array) -> bool:
    try:
        regular(covariance)
    except Refused:
        return True
    return False


def _tested(chi2: Array, dof: int) -> Consistency:
    q = np.asarray(chi2)
    excess = np.maximum(q - dof, 0.0) / np.where(q > 0.0, q, 1.0)
    return Consistency(q, dof, np.asarray(chdtrc(dof, q)), np.sqrt(q / dof), excess)


def _of_test(test: Consistency) -> tuple[dict[str, Array], tuple[Finding, ...]]:
    further = {"chi2": test.chi2, "dof": np.asarray(test.dof), "p": test.p, "birge_ratio": test.birge_ratio}
    return further, of_consistency(test.chi2, test.dof, test.p, test.birge_ratio)
