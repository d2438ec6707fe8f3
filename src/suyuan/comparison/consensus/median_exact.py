"""The distribution of the median of independent Gaussian results without a draw: from how many lie below a value.

The number of results below t is a sum of independent events of probability Fᵢ(t); its distribution and density follow
by one pass over the results. For even n the two middle results a < b have P(L ≤ a, U > b) = G(a, b), the coefficient
of zᵐ in Π(z Fᵢ(a) + 1 − Fᵢ(b)), n = 2m, and the median is (L + U)/2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
FINEST = 6000
"""Nodes up to which the trapezoid rule is taken; wider ratios of uncertainties are left to the draws."""
MOST_EVEN = 24
"""Results up to which the plane of an even number is worth its time."""
REACH = 8.0
PER_U = 2.5
"""Nodes for each smallest u: the trapezoid rule is then exact to 1e-12."""


class MedianDistribution(NamedTuple):
    """mean, sd; low, high: quantiles of 2.5 % and 97.5 %."""

    mean: float
    sd: float
    low: float
    high: float


def median_distribution(x: Array, u: Array) -> MedianDistribution | None:
    """The distribution of the median of N(xᵢ, uᵢ), independent; None where that would take longer than drawing.

    x, u: (n,), about the origin and of the order of one.
    """
    low, high = float(np.min(x - REACH * u)), float(np.max(x + REACH * u))
    size = math.ceil((high - low) / float(u.min()) * PER_U)
    n = x.size
    if size > FINEST or (n % 2 == 0 and (n > MOST_EVEN or size > 600)):
        return None
    t = np.linspace(low, high, max(size, 200))
    return _odd(x, u, t) if n % 2 else _even(x, u, t)


def _odd(x: Array, u: Array, t: Array) -> MedianDistribution:
    need = (x.size + 1) // 2
    density = _at_least(x, u, t, need)[1]
    mean, variance = _moments(t, density)

    def below(at: float) -> float:
        return float(_at_least(x, u, np.array([at]), need)[0][0])

    return _with_quantiles(mean, variance, below)


def _even(x: Array, u: Array, t: Array) -> MedianDistribution:
    m, h = x.size // 2, float(t[1] - t[0])
    lower, spread_lower = _moments(t, _at_least(x, u, t, m)[1])
    upper, spread_upper = _moments(t, _at_least(x, u, t, m + 1)[1])
    # E[(U − L)²] = 2 ∫∫ G(a, b) over a < b: trapezoid in the middle s, Gauss in the gap, which ends sharply at zero
    gaps, weights = _panels(float(t[-1] - t[0]), float(u.min()))
    total = 0.0
    for gap, weight in zip(gaps, weights, strict=True):
        total += weight * h * float(np.sum(_between(x, u, t - 0.5 * gap, t + 0.5 * gap, m)[0]))
    square = 2.0 * total
    # E[LU] from E[(U − L)²], and the variance of (L + U)/2 from it
    product = 0.5 * (spread_lower + lower**2 + spread_upper + upper**2 - square)
    mean = 0.5 * (lower + upper)
    variance = 0.25 * (spread_lower + spread_upper + 2.0 * (product - lower * upper))

    def below(at: float) -> float:
        # L ≤ at less those whose U > 2·at − L; the gap 2(at − a) runs from zero
        a = at - 0.5 * gaps
        beyond = float(np.sum(0.5 * weights * _between(x, u, a, at + 0.5 * gaps, m)[1]))
        return float(_at_least(x, u, np.array([at]), m)[0][0]) - beyond

    return _with_quantiles(mean, variance, below)


def _moments(t: Array, density: Array) -> tuple[float, float]:
    p = density * (t[1] - t[0])
    mean = float(np.sum(p * t))
    return mean, float(np.sum(p * (t - mean) ** 2))


def _panels(length: float, width: float) -> tuple[Array, Array]:
    """Gauss nodes on panels of about two of the smallest u."""
    count = max(1, math.ceil(length / (2.0 * width)))
    node, weight = np.polynomial.legendre.leggauss(10)
    half = 0.5 * length / count
    starts = (np.arange(count) * 2.0 * half)[:, None]
    return (starts + half * (node + 1.0)).ravel(), np.tile(half * weight, count)


def _at_least(x: Array, u: Array, t: Array, need: int) -> tuple[Array, Array]:
    """Probability that at least so many results lie below t, and its density."""
    from scipy.special import ndtr

    z = (t - x[:, None]) / u[:, None]
    fewer, falling = _polynomial(ndtr(z), ndtr(-z), _density(z) / u[:, None], 1.0, need - 1)
    return 1.0 - fewer.sum(axis=0), -falling.sum(axis=0)


def _between(x: Array, u: Array, a: Array, b: Array, m: int) -> tuple[Array, Array]:
    """G(a, b): exactly m results below a and the others above b; and its derivative to a."""
    from scipy.special import ndtr

    z = (a - x[:, None]) / u[:, None]
    above = ndtr(-(b - x[:, None]) / u[:, None])
    p, d = _polynomial(ndtr(z), above, _density(z) / u[:, None], 0.0, m)
    return p[m], d[m]


def _polynomial(inside: Array, outside: Array, density: Array, both: float, most: int) -> tuple[Array, Array]:
    """Coefficients up to z^most of Π(z·inside + outside), and their derivatives, where inside grows by density and
    outside falls by both·density."""
    p, d = np.zeros((2, most + 1, inside.shape[1]))
    p[0] = 1.0
    for yes, no, f in zip(inside, outside, density, strict=True):
        # the derivative first: it needs the coefficients of the results before
        d[1:] = d[1:] * no + d[:-1] * yes + p[:-1] * f - both * p[1:] * f
        d[0] = d[0] * no - both * p[0] * f
        p[1:] = p[1:] * no + p[:-1] * yes
        p[0] = p[0] * no
    return p, d


def _density(z: Array) -> Array:
    return np.asarray(np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi))


def _with_quantiles(mean: float, variance: float, below: Callable[[float], float]) -> MedianDistribution:
    from suyuan.comparison.consensus.bayes_nodes import root

    sd = math.sqrt(max(variance, 0.0))
    ends = []
    for level in (0.025, 0.975):
        reach = 4.0 * sd
        while below(mean - reach) > level or below(mean + reach) < level:
            reach *= 2.0
        ends.append(root(lambda at, level=level: below(at) - level, mean - reach, mean + reach))  # type: ignore[misc]
    return MedianDistribution(mean, sd, ends[0], ends[1])
