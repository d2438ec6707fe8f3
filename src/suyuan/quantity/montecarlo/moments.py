"""Means and standard deviations of many draws, from those of their chunks, without loss of digits.

A chunk gives its mean and its sum of squared deviations from that mean; the means are joined as deviations from the
first of them. Values near 10⁷ that vary by 0.1 (NIST StRD NumAcc4) keep all the digits that they have.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def chunk_moments(values: Array, work: Array) -> tuple[float, float]:
    """Mean and Σ (y − mean)² of values (n,); work: an array of the same length."""
    rough = float(values.mean())
    np.subtract(values, rough, out=work)
    rest = float(work.mean())
    np.multiply(work, work, out=work)
    return rough + rest, float(work.sum()) - values.size * rest * rest


def merged(counts: Any, means: Array, squares: Array) -> tuple[Array, Array]:
    """Mean and standard deviation (divisor N − 1) of all draws, from chunks along the first axis.

    counts: draws a chunk, (c,); means, squares: (c, …), of `chunk_moments`.

    >>> mean, std = merged([2, 2], np.array([1.0, 3.0]), np.array([0.5, 0.5]))       # 0.5, 1.5, 2.5, 3.5
    >>> float(mean), round(float(std), 4)
    (2.0, 1.291)
    """
    n = np.asarray(counts, float).reshape(-1, *[1] * (means.ndim - 1))
    total = n.sum()
    mean = means[0] + (n * (means - means[0])).sum(axis=0) / total
    square = squares.sum(axis=0) + (n * (means - mean) ** 2).sum(axis=0)
    return np.asarray(mean), np.asarray(np.sqrt(np.maximum(square, 0.0) / (total - 1.0)))


def covariance(draws: Array, mean: Array, step: int = 1 << 15) -> Array:
    """Covariance matrix (m, m) of draws (m, M) with known means (divisor M − 1; JCGM 102:2011 7.6)."""
    rows, trials = draws.shape
    total = np.zeros((rows, rows))
    for start in range(0, trials, step):
        part = draws[:, start : start + step] - mean[:, None]
        total += part @ part.T
    return np.asarray(total / (trials - 1.0))
