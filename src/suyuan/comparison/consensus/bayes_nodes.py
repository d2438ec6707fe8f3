"""Nodes, priors and distribution functions for the quadrature of hierarchical models.

A posterior density of τ is even in τ and analytic, so the trapezoid rule over τ = a·sinh(y), −∞ < y < ∞, converges
exponentially; and so does the distribution function that the same nodes give, Σ pₖ[½ + Si(π(y − yₖ)/h)/π].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.results import Consensus, Contributors, bounded, contributors
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]
FEW = 3
"""With two results the posterior variance of the mean is infinite."""
SMALL = 7
"""Up to this number of results a finding says that the prior matters."""
QUARTILE = 0.6744897501960817
"""Φ⁻¹(0.75)."""


@dataclass(frozen=True, slots=True)
class Standardised:
    """The contributing results in units of a scale about their median: x, u (m,); tau_scale in that unit."""

    part: Contributors
    spread: Array
    middle: float
    scale: float
    x: Array
    u: Array
    tau_scale: float

    @property
    def findings(self) -> tuple[Finding, ...]:
        n = self.x.size
        return (finding("comparison.bayes.few", "contributing", "note", n=n),) if n <= SMALL else ()


def standardised(x: ArrayLike, u: ArrayLike, contributing: ArrayLike | None, tau_scale: float | None) -> Standardised:
    """The results as the quadrature takes them. Raises Refused for bad input and a prior scale of zero."""
    part, spread = contributors(x, u, contributing, FEW)
    if part.x.ndim != 1:
        raise Refused(finding("comparison.results.shape", "value", u=spread.shape, values="(n,)"))
    middle = float(np.median(part.x))
    given = prior_scale(tau_scale, "tau_scale") if tau_scale is not None else None
    prior = float(np.median(np.abs(part.x - middle))) / QUARTILE if given is None else given
    if not prior > 0.0:
        raise Refused(finding("comparison.bayes.scale", "tau_scale"))
    scale = max(prior, float(np.median(part.u)))
    return Standardised(part, spread, middle, scale, (part.x - middle) / scale, part.u / scale, prior / scale)


def prior_scale(scale: float, where: str) -> float:
    """A scale given for a prior. Raises Refused for one that is not finite and above zero."""
    if not (math.isfinite(scale) and scale > 0.0):
        raise Refused(finding("comparison.bayes.scale_given", where, scale=scale))
    return float(scale)


@dataclass(frozen=True, slots=True)
class TauNodes:
    """Places of τ = a·sinh(y), y ≥ 0 at step h from a first one; log_weight: step, dτ/dy and half-Cauchy prior."""

    a: float
    h: float
    y: Array
    tau: Array
    log_weight: Array


def tau_nodes(smallest: float, n: int, spread: float, tau_scale: float, h: float) -> TauNodes:
    """Nodes from 0 to where the posterior variance of the mean has less than 1e-10 of itself left.

    Density of τ far out: τ^(−n − 1), times τ² for the variance. smallest, spread: least u and largest extent.
    """
    a = min(smallest, tau_scale)
    end = math.asinh(10.0 * max(spread, tau_scale) / a) + 23.0 / (n - 2)
    return tau_range(a, np.arange(math.ceil(end / h) + 1) * h, h, tau_scale)


def tau_range(a: float, y: Array, h: float, tau_scale: float) -> TauNodes:
    """Nodes at given places y; the place 0 counts half."""
    tau = a * np.sinh(y)
    with np.errstate(over="ignore"):
        log_weight = np.log(h * a) + np.logaddexp(y, -y) - math.log(2.0) - np.log1p((tau / tau_scale) ** 2)
    log_weight = np.where(y == 0.0, log_weight - math.log(2.0), log_weight)
    return TauNodes(a, h, y, tau, log_weight)


def spread_of_tau(nodes: TauNodes, p: Array) -> float:
    """The standard deviation of τ. Its mean is odd in τ, with an error of h² and h⁴, which coarser steps take away."""
    once, twice, four = (k * float(p[::k] @ nodes.tau[::k]) for k in (1, 2, 4))
    first, second = (4.0 * once - twice) / 3.0, (4.0 * twice - four) / 3.0
    mean = (16.0 * first - second) / 15.0
    return math.sqrt(max(float(p @ nodes.tau**2) - mean**2, 0.0))


def quantile_of_tau(nodes: TauNodes, p: Array, level: float) -> float:
    """The quantile of τ from probabilities p of the nodes, by the even distribution function of y."""
    y = np.concatenate([-nodes.y[::-1], nodes.y])
    both = 0.5 * np.concatenate([p[::-1], p])
    kept = both > 1e-15
    cumulative = sinc_distribution(y[kept], both[kept], nodes.h)
    top = float(nodes.y[-1])
    return nodes.a * math.sinh(root(lambda at: cumulative(at) - 0.5 * (1.0 + level), 0.0, top))


def sinc_distribution(y: Array, p: Array, h: float) -> Callable[[float], float]:
    """The distribution function from probabilities p at places y with step h, exponentially accurate."""
    from scipy.special import sici

    def at(place: float) -> float:
        return float(np.sum(p * (0.5 + sici(math.pi * (place - y) / h)[0] / math.pi)))

    return at


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """The zero of a rising function between two places, to double precision."""
    from scipy.optimize import brentq

    below, above = function(low), function(high)
    if below >= 0.0:
        return low
    if above <= 0.0:
        return high
    return float(brentq(function, low, high, xtol=1e-13 * max(1.0, abs(low), abs(high)), rtol=1e-14))


@dataclass(frozen=True, slots=True)
class Posterior:
    """What a quadrature found, in the unit of the standardised results.

    mean, sd, low, high: of μ; tau_median, tau_sd; weights: ∂E[μ]/∂xᵢ (m,); effects: posterior means of λᵢ (m,).
    """

    mean: float
    sd: float
    low: float
    high: float
    tau_median: float
    tau_sd: float
    weights: Array
    effects: Array


def consensus_of(data: Standardised, found: Posterior, joint: Array | None, **further: float) -> Consensus:
    """The posterior as a reference value; joint: covariance matrix of all participants, None where independent."""
    part, scale = data.part, data.scale
    weights = part.spread(found.weights)
    shared = weights * data.spread**2 if joint is None else weights @ joint
    u = scale * found.sd
    named = {"tau_scale": scale * data.tau_scale, "tau_median": scale * found.tau_median,
             "tau_sd": scale * found.tau_sd, **further}  # fmt: skip
    values = {key: np.asarray(value) for key, value in named.items()}
    value, low, high = (np.asarray(data.middle + scale * f) for f in (found.mean, found.low, found.high))
    values["effects"] = data.middle + scale * found.effects
    # a bimodal posterior can move with one result by more than its width
    shared = bounded(shared, weights, np.asarray(u))
    tau = np.asarray(scale * found.tau_median)
    return Consensus(value, np.asarray(u), weights, shared, tau, low, high, values, data.findings)
