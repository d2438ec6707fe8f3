"""The random walk of a travelling standard: how far it wandered, from repeated measurements at known dates.

    y_i = x(t_i) + e_i,   u(e_i) known or one unknown s,   x(t) − x(s) ~ N(0, σ²·|t − s|)

The level is unknown (flat), so only contrasts of the readings say something about σ: its estimate is that of the
restricted likelihood (REML), and the walk between and beyond the dates is the best linear unbiased prediction, which
is what a Kalman smoother with a diffuse start computes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

Array = NDArray[Any]
GRID = 400
"""Points at which a restricted likelihood is looked at before its highest one is refined: it may have two maxima."""
NARROWED = 80
"""Steps of the golden section; each takes 0.618 of the interval."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk evaluated at some dates.

    reference: x at the dates (n,); covariance: of these (n, n), without what all readings have in common; sigma: step
    per square root of time; s: standard deviation of one reading (that of a reading of relative uncertainty 1 where
    uncertainties are stated); p: probability of a likelihood ratio as large where nothing walks.
    """

    reference: Array
    covariance: Array
    sigma: float
    s: float
    p: float


def random_walk(t: Array, y: Array, at: Array, u: Array | None = None, sigma: float | None = None) -> Walk:
    """The walk through readings y at dates t, at the dates `at`.

    u: standard uncertainties of the readings apart from what they share, None for one unknown s; sigma: of the walk,
    None for its estimate; a given sigma needs u. At sigma = 0 the reference is the (weighted) mean.

    >>> found = random_walk(np.array([0.0, 1.0]), np.array([5.0, 7.0]), np.array([0.5, 1.0]), np.array([1.0, 1.0]), 0.0)
    >>> found.reference.tolist(), found.covariance.round(3).tolist()
    ([6.0, 6.0], [[0.5, 0.5], [0.5, 0.5]])
    """
    middle = float(np.median(y))
    noise = np.ones(t.size) if u is None else np.asarray(u, float)
    # A flat level absorbs any constant in the kernel: this one keeps it positive definite, whatever the dates.
    first, last = min(t.min(), at.min()), max(t.max(), at.max())
    span = float(last - first) or 1.0
    origin = first - span
    kernel = (np.minimum.outer(t, t) - origin) / span
    found, size = _contrasts((y - middle) / noise, 1.0 / noise, kernel / np.outer(noise, noise))
    if sigma is None:
        q, s, ratio = _stated(found, size) if u is not None else _unknown(found, size)
    else:
        q, s = sigma**2 * span, 1.0
        ratio = 2.0 * (_log_likelihood(found, size, q) - _log_likelihood(found, size, 0.0))
    p = 0.5 * float(chdtrc(1, ratio)) if ratio > 0.0 else 1.0
    to, among = (np.minimum.outer(at, t) - origin) / span, (np.minimum.outer(at, at) - origin) / span
    value, covariance = _predicted(y - middle, np.diag(s**2 * noise**2) + q * kernel, q * to, q * among)
    return Walk(middle + value, covariance, math.sqrt(q / span), s, p)


def _contrasts(y: Array, one: Array, kernel: Array) -> tuple[Array, Array]:
    """Readings without their level, as independent parts z, and the variance λ of each for a walk of variance 1."""
    basis = np.linalg.qr(one[:, None], mode="complete")[0][:, 1:]
    size, axes = np.linalg.eigh(basis.T @ kernel @ basis)
    return axes.T @ (basis.T @ y), np.maximum(size, 0.0)


def _log_likelihood(z: Array, size: Array, q: Array | float) -> Any:
    """The restricted likelihood of walk variances q where readings have the variance 1."""
    variance = 1.0 + np.multiply.outer(q, size)
    return -0.5 * np.sum(np.log(variance) + z**2 / variance, axis=-1)


def _stated(z: Array, size: Array) -> tuple[float, float, float]:
    """(walk variance, 1, likelihood ratio) where the readings' uncertainties are known."""
    some = size > 0.0
    highest = float(np.max(z[some] ** 2 / size[some], initial=0.0))  # beyond it the likelihood only falls
    lowest = 1e-10 / float(size.max())
    none = float(_log_likelihood(z, size, 0.0))
    if highest <= lowest:
        return 0.0, 1.0, 0.0
    log_q = _maximum(lambda x: _log_likelihood(z, size, np.exp(x)), math.log(lowest), math.log(highest))
    best = float(_log_likelihood(z, size, math.exp(log_q)))
    return (math.exp(log_q), 1.0, 2.0 * (best - none)) if best > none + 1e-12 * abs(none) else (0.0, 1.0, 0.0)


def _unknown(z: Array, size: Array) -> tuple[float, float, float]:
    """(walk variance, s, likelihood ratio) where one s of the readings is estimated too; the share g of the walk in
    the variance of a contrast is what is searched, so that both ends are ordinary points."""
    m, typical = z.size, float(np.mean(size))
    if not np.any(z):
        return 0.0, 0.0, 0.0

    def variance(x: Array | float) -> Array:
        share = 1.0 / (1.0 + np.exp(-np.asarray(x, float)))
        return np.asarray((1.0 - share)[..., None] + share[..., None] * size / typical)

    def profile(x: Array | float) -> Any:
        v = variance(x)
        return -0.5 * (np.sum(np.log(v), axis=-1) + m * np.log(np.sum(z**2 / v, axis=-1)))

    none = float(-0.5 * m * np.log(np.sum(z**2)))
    at = _maximum(profile, -20.0, 20.0)
    best = float(profile(at))
    if not best > none + 1e-9:
        return 0.0, math.sqrt(float(np.mean(z**2))), 0.0
    scale = float(np.mean(z**2 / variance(at)))
    share = 1.0 / (1.0 + math.exp(-at))
    return scale * share / typical, math.sqrt(scale * (1.0 - share)), 2.0 * (best - none)


def _maximum(function: Callable[[Any], Any], low: float, high: float) -> float:
    """Where a function is highest: the best of a grid, refined between its neighbours by the golden section."""
    grid = np.linspace(low, high, GRID)
    best = int(np.argmax(function(grid)))
    a, b = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, GRID - 1)])
    ratio = (math.sqrt(5.0) - 1.0) / 2.0
    for _ in range(NARROWED):
        left, right = b - ratio * (b - a), a + ratio * (b - a)
        a, b = (a, right) if function(left) >= function(right) else (left, b)
    return 0.5 * (a + b)


def _predicted(y: Array, variance: Array, to: Array, among: Array) -> tuple[Array, Array]:
    """Best linear unbiased prediction with a flat level, and its covariance."""
    if not np.any(variance):
        return np.full(to.shape[0], float(np.mean(y))), np.zeros(among.shape)
    scale = np.sqrt(np.diagonal(variance))
    inverse = np.linalg.pinv(variance / np.outer(scale, scale), hermitian=True, rcond=1e-14) / np.outer(scale, scale)
    total = float(inverse.sum())
    level = float(inverse.sum(axis=0) @ y) / total
    gain = to @ inverse
    left = 1.0 - gain.sum(axis=1)
    covariance = among - gain @ to.T + np.outer(left, left) / total
    return level + gain @ (y - level), 0.5 * (covariance + covariance.T)
