"""The linear pool: what the laboratories say together, as the mixture of what each says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from suyuan.comparison.consensus.weighted import fixed, stated
from suyuan.comparison.results import Consensus, mask, only

Array = NDArray[Any]
STEPS = 80


def linear_pool(
    x: ArrayLike, u: ArrayLike | None, contributing: ArrayLike | None = None, covariance: ArrayLike | None = None
) -> Consensus:
    """The equal-weight mixture of the laboratories' Gaussian distributions.

    value = x̄, u² = mean(u²) + mean((x − x̄)²); low, high: 2.5 % and 97.5 % quantiles of the mixture. It answers another
    question than a mean: where one more laboratory's value may lie, not how well the common value is known, so u does
    not fall with the number of laboratories. A covariance leaves the mixture as it is, and is in the covariances with
    participants. x, u: (…, n); covariance: (n, n). Raises Refused for bad input.
    Source: NIST Consensus Builder, user's manual (2020).

    >>> found = linear_pool([15, 15, 30, 18, 24, -9, 33, 12.5, 8.8], [9, 14, 10, 13, 9, 7, 9, 8.6, 10])
    >>> round(float(found.value), 1), round(float(found.u), 1)       # nm, printed 16.3 and 15.5, from draws
    (16.4, 15.5)
    """
    every, spread, whole = stated(x, u, covariance)
    chosen = mask(contributing, every.shape[-1], 1)
    found = fixed(every, spread, whole, chosen / chosen.sum())
    part, own = only(every, chosen), only(spread, chosen)
    scale = np.max(own, axis=-1, keepdims=True) + np.ptp(part, axis=-1, keepdims=True)
    part, own = (part - found.value[..., None]) / scale, own / scale
    size = scale[..., 0]
    u_pool = size * np.sqrt(np.mean(own**2, axis=-1) + np.mean(part**2, axis=-1))
    low, high = (found.value + size * _quantile(part, own, p) for p in (0.025, 0.975))
    return replace(found, u=u_pool, low=low, high=high)


def _quantile(x: Array, u: Array, p: float) -> Array:
    """The p-quantile of the mixture, by halving between the least and the greatest quantile of its parts."""
    own = x + u * (-1.959963984540054 if p < 0.5 else 1.959963984540054)
    low, high = own.min(axis=-1), own.max(axis=-1)
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        below = np.mean(ndtr((middle[..., None] - x) / u), axis=-1) < p
        low, high = np.where(below, middle, low), np.where(below, high, middle)
        if np.all(high - low <= 4e-16 * np.maximum(np.abs(low), np.abs(high))):
            break
    return np.asarray(0.5 * (low + high))
