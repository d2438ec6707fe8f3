"""Means and standard deviations of many draws, from those of their chunks, without loss of digits.

A chunk gives its mean and its sum of squared deviations from that mean; the means are joined as deviations from the
first of them. Values near 10⁷ that vary by 0.1 (NIST StRD NumAcc4) keep all the digits that they have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, finding

Array = NDArray[np.float64]
MOST_SHARE = 0.2
"""Of the sum of squares, that one draw may have."""


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


def unsettled(names: Sequence[str], mean: Any, u: Any, ordered: Array) -> tuple[Finding, ...]:
    """A warning for each output whose u one single draw makes: it has no variance, or far more draws are needed.

    A draw has 1/M of Σ (y − mean)² or, the farthest of a normal sample, 2 ln M/M; where the variance is infinite the
    farthest keeps its share however many are drawn.
    mean, u: (m,); ordered: draws (m, M), each row sorted.
    """
    centre, spread = np.atleast_1d(mean), np.atleast_1d(u)
    rows = ordered.reshape(centre.size, -1)
    with np.errstate(all="ignore"):
        farthest = np.maximum(centre.ravel() - rows[:, 0], rows[:, -1] - centre.ravel()) / spread.ravel()
        share = farthest**2 / (rows.shape[-1] - 1.0)
    found = []
    for i in map(int, np.flatnonzero(share > MOST_SHARE)):
        told = {"u": f"{spread.ravel()[i]:.3g}", "share": f"{100.0 * share[i]:.0f}", "trials": rows.shape[-1]}
        found.append(finding("montecarlo.variance.unsettled", names[i], "warning", "JCGM 101:2008 7.6", **told))
    return tuple(found)
