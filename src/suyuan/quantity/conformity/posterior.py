"""What a reading adds to what was known: the distribution of an item after its measurement (JCGM 106:2012 clause 6).

Bayes: f(x | reading) ∝ f₀(x) · f_E(reading − x), prior times likelihood, the error E independent of the item.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.conformity.risk import RULE, Interval, SpecificRisk
from suyuan.quantity.conformity.variable import Variable, ladder
from suyuan.quantity.finding import Refused, finding

Array = NDArray[np.float64]
STEPS_BETWEEN, STEPS_FAR_APART = 65, 257


@dataclass(frozen=True, slots=True)
class Posterior:
    """The item after its reading; see `posterior`. mean, std: its estimate and standard uncertainty.

    prior: the item before; error: of the reading; reading: as indicated.
    """

    prior: Variable
    error: Variable
    reading: float
    mean: float
    std: float

    def conforming(self, limits: Interval) -> SpecificRisk:
        """Specific risk of this item against its limits."""
        x, weight = _weighted(self.prior, self.error, self.reading, (limits.lower, limits.upper))
        inside = limits.holds(x)
        total = math.fsum(weight)
        return SpecificRisk(math.fsum(weight[inside]) / total, math.fsum(weight[~inside]) / total)

    def cdf(self, x: ArrayLike) -> Array:
        """P(X ≤ x | reading), any shape."""
        at = np.asarray(x, float)
        points, weight = _weighted(self.prior, self.error, self.reading, tuple(at.ravel()))
        order = np.argsort(points, kind="stable")
        rising = np.concatenate([[0.0], np.cumsum(weight[order])])
        return np.asarray(rising[np.searchsorted(points[order], at, "right")] / rising[-1])


def posterior(prior: Variable, error: Variable, reading: float) -> Posterior:
    """Knowledge of an item from its prior and one reading.

    prior: the item before measurement (the population that it comes from); error: of the reading, E with reading =
    item + E; reading: in the same unit. Raises Refused where the reading cannot happen, or where both prior and error
    are samples, for which no density is known.

    Normal prior and normal error give the weighted mean, 1/u² = 1/u₀² + 1/u_E²:

    >>> from suyuan.quantity.type_b import normal
    >>> from suyuan.quantity.conformity.variable import variable
    >>> p = posterior(variable(normal(0.0, 1.0)), variable(normal(0.0, 0.5)), 1.0)
    >>> round(p.mean, 9), round(p.std**2, 9)
    (0.8, 0.2)
    """
    if not math.isfinite(reading):
        raise Refused(finding("conformity.value.unknown", "reading", rule=RULE, count=1))
    x, weight = _weighted(prior, error, reading, ())
    total = math.fsum(weight)
    mean = math.fsum(weight * x) / total
    return Posterior(prior, error, reading, mean, math.sqrt(math.fsum(weight * (x - mean) ** 2) / total))


def _weighted(prior: Variable, error: Variable, reading: float, breaks: tuple[float, ...]) -> tuple[Array, Array]:
    """Values of the item with weights in proportion to their probability after the reading."""
    marks = np.asarray(breaks, float)
    if prior.discrete and error.discrete:
        raise Refused(finding("risk.posterior.samples", "error", rule=RULE))
    # Over the probability of the one whose density is infinite somewhere, with the density of the other.
    if prior.discrete or (not error.discrete and (prior.singular or not error.singular)):
        seen = _seen(reading - error.value, error.u, prior)
        x, weight = prior.nodes(np.concatenate([marks, seen, reading - error.features()]))
        weight = weight * error.density(reading - x)
    else:
        seen = _seen(reading - prior.value, prior.u, error)
        e, weight = error.nodes(np.concatenate([reading - marks, seen, reading - prior.features()]))
        x = reading - e
        weight = weight * prior.density(x)
    if not np.sum(weight) > 0.0:
        raise Refused(finding("risk.posterior.impossible", "reading", rule=RULE, reading=f"{reading:g}"))
    return x, weight


def _seen(centre: float, spread: float, over: Variable) -> Array:
    """Breaks about where the density seen through the reading is, and from there to the centre of `over`: where the
    two are far apart the product of the densities lies between them, in the tail of both."""
    margin = 8.0 * min(spread, over.u)
    near = abs(centre - over.value) < 6.0 * math.hypot(spread, over.u)
    steps = STEPS_BETWEEN if near else STEPS_FAR_APART
    between = np.linspace(min(centre, over.value) - margin, max(centre, over.value) + margin, steps)
    return np.concatenate([ladder([centre], spread, over.u), between])
