"""Coverage intervals of a sample: the probabilistically symmetric and the shortest one (JCGM 101:2008 7.7)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STEP = 1 << 18
"""Interval lengths compared at a time."""


class Interval(NamedTuple):
    """Ends of a coverage interval: numbers, or arrays of the output's shape."""

    low: float | Array
    high: float | Array


def covered(p: float, trials: int) -> int:
    """q = pM, or the integer part of pM + ½ where that is no integer (JCGM 101 7.7.1)."""
    return min(trials - 1, int(p * trials + 0.5))


def symmetric(draws: Array, p: float) -> tuple[float, float]:
    """[y_(r), y_(r+q)] with r = (M − q)/2, or the integer part of (M − q + 1)/2 (JCGM 101 7.7.2).

    draws: sorted, shape (M,); p: coverage probability.

    >>> symmetric(np.arange(1.0, 101.0), 0.95)
    (3.0, 98.0)
    """
    trials = draws.size
    q = covered(p, trials)
    r = (trials - q + 1) // 2 if (trials - q) % 2 else (trials - q) // 2
    return float(draws[r - 1]), float(draws[r - 1 + q])


def shortest(draws: Array, p: float) -> tuple[float, float]:
    """[y_(r), y_(r+q)] of the r for which it is shortest (JCGM 101 7.7.3).

    draws: sorted, shape (M,). Where several are equally short, as in a sample of few distinct values, the middle one
    of them: the first would lean to low values.

    >>> shortest(np.array([0.0] * 30 + [1.0] * 70), 0.6)
    (1.0, 1.0)
    """
    trials = draws.size
    q = covered(p, trials)
    least, found = np.inf, [np.zeros(1, int)]
    for start in range(0, trials - q, STEP):
        stop = min(trials - q, start + STEP)
        lengths = draws[start + q : stop + q] - draws[start:stop]
        best = float(lengths.min())
        if best <= least:
            here = np.flatnonzero(lengths == best) + start
            found = [here] if best < least else [*found, here]
            least = best
    tied = np.concatenate(found)
    r = tied[tied.size // 2]
    return float(draws[r]), float(draws[r + q])


def quantile(draws: Array, q: float | Array) -> Array:
    """Quantiles of sorted draws (last axis) by the broken line through (r − ½)/M (JCGM 101 7.5.1)."""
    trials = draws.shape[-1]
    place = np.clip(np.asarray(q, float) * trials - 0.5, 0.0, trials - 1.0)
    low = np.floor(place).astype(int)
    part = place - low
    below, above = draws[..., low], draws[..., np.minimum(low + 1, trials - 1)]
    return np.asarray(below + part * (above - below))
