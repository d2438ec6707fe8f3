"""Mandel's h and k: which laboratory lies apart in its means, and which scatters more than the others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, stdtrit

from suyuan.comparison.precision.repeatability import Cells
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Mandel:
    """h, k: (…, p), NaN for a laboratory that does not count or has no replicates; h_straggler, h_outlier, k_straggler,
    k_outlier: critical values at 5 % and 1 %, (…); h is judged on both sides, k upwards."""

    h: Array
    k: Array
    h_straggler: Array
    h_outlier: Array
    k_straggler: Array
    k_outlier: Array
    findings: tuple[Finding, ...] = ()


def mandel(cells: Cells) -> Mandel:
    """Mandel's consistency statistics: h = (x̄ᵢ − mean of x̄)/s(x̄), k = sᵢ/√(mean of s²).

    cells: of `cells_of` or `Precision.cells`. Critical values of k are exact for equal numbers of replicates; else the
    most common number is taken, as the standard does, and a finding says so. Raises Refused for fewer than 3
    laboratories, or where nothing scatters. Source: ISO 5725-2, 7.3.1.

    >>> from suyuan.comparison.precision.repeatability import cells_of
    >>> found = mandel(cells_of([[1.0, 1.2], [2.0, 2.2], [1.5, 1.9]]))
    >>> found.h.round(3).tolist(), found.k.round(3).tolist()
    ([-1.06, 0.927, 0.132], [0.707, 0.707, 1.414])
    """
    counts, repeated = cells.n > 0, cells.n > 1
    p, q = counts.sum(axis=-1), repeated.sum(axis=-1)
    if p.size and min(p.min(), q.min()) < 3:
        raise Refused(finding("comparison.results.few", "value", n=int(min(p.min(), q.min())), wanted=3))
    mean = np.sum(np.where(counts, cells.mean, 0.0), axis=-1) / p
    away = np.where(counts, cells.mean - mean[..., None], 0.0)
    width = np.sqrt(np.sum(away**2, axis=-1) / (p - 1))
    pooled = np.sqrt(np.sum(np.where(repeated, cells.s**2, 0.0), axis=-1) / q)
    if not (np.all(width > 0.0) and np.all(pooled > 0.0)):
        raise Refused(finding("comparison.precision.no_scatter", "value"))
    h = np.where(counts, away / width[..., None], np.nan)
    n = common_count(cells.n)
    h5, h1 = (_each(lambda p, a=a: h_critical(int(p), a), p) for a in (0.05, 0.01))
    k5, k1 = (_each(lambda q, n, a=a: k_critical(int(q), int(n), a), q, n) for a in (0.05, 0.01))
    told: tuple[Finding, ...] = ()
    if np.any(repeated & (cells.n != n[..., None])):
        told = (finding("comparison.precision.common_count", "value", "note"),)
    return Mandel(h, cells.s / pooled[..., None], h5, h1, k5, k1, told)


def h_critical(p: int, alpha: float) -> float:
    """What |h| of one laboratory exceeds with probability α: (p − 1)t/√(p(t² + p − 2)), t = t₁₋α/₂(p − 2).

    p: laboratories, 3 or more. Source: ISO 5725-2, tables 6 and 7 (printed: 2.06 for p = 8 at 1 %).

    >>> round(h_critical(8, 0.01), 2), round(h_critical(3, 0.01), 2)
    (2.06, 1.15)
    """
    t = float(stdtrit(p - 2, 1.0 - alpha / 2.0))
    return (p - 1) * t / math.sqrt(p * (t * t + p - 2))


def k_critical(p: int, n: int, alpha: float) -> float:
    """What k of one laboratory exceeds with probability α: k²/p is beta distributed with (n − 1)/2, (p − 1)(n − 1)/2.

    p: laboratories, n: replicates of each, 2 or more. Source: ISO 5725-2, tables 6 and 7 (printed: 1.81 for p = 8,
    n = 4 at 1 %).

    >>> round(k_critical(8, 4, 0.01), 2), round(k_critical(3, 2, 0.01), 2)
    (1.81, 1.71)
    """
    return math.sqrt(p * float(betaincinv(0.5 * (n - 1), 0.5 * (p - 1) * (n - 1), 1.0 - alpha)))


def common_count(n: Array) -> Array:
    """The most common number of replicates of those that have two or more, the larger of two equally common; (…)."""
    flat = n.reshape(-1, n.shape[-1])
    most = []
    for row in flat:
        count = np.bincount(row[row > 1]) if np.any(row > 1) else np.zeros(1, int)
        most.append(len(count) - 1 - int(np.argmax(count[::-1])))
    return np.array(most, int).reshape(n.shape[:-1])


def _each(act: Any, *rows: Array) -> Array:
    return np.asarray(np.vectorize(act, otypes=[float])(*rows))
