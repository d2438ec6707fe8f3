"""How far reviewers agree: Kendall's W for their rankings, ICC(2,1) for their scores, and who stands apart.

Each takes totals as (m reviewers, n subjects), NaN where unknown. W and ICC need complete rows: reviewers who did not
score every subject that is scored at all are left out of these two, and their number is kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtri

Array = NDArray[Any]
APART = 2.0
"""A reviewer stands apart beyond so many standard deviations of the others: our limit, proposed."""


@dataclass(frozen=True, slots=True)
class Kendall:
    """W: 0 (no agreement) to 1 (the same order); chi2, p: of no agreement, with n − 1 degrees of freedom, good for more
    than 7 subjects; reviewers, subjects: that it rests on."""

    W: float
    chi2: float
    p: float
    reviewers: int
    subjects: int


@dataclass(frozen=True, slots=True)
class Intraclass:
    """ICC(2,1): reliability of one reviewer's score as an absolute number, with its interval at a level."""

    value: float
    low: float
    high: float
    level: float
    reviewers: int
    subjects: int


@dataclass(frozen=True, slots=True)
class Apart:
    """Each reviewer against the mean of the others, columns (m,): shift: mean difference over the subjects that both
    scored; z: shift in standard deviations of the others; correlation: of ranks with the mean of the others; NaN where
    unknown; deviates: |z| above `APART`, or an order that runs against that of the others."""

    shift: Array
    z: Array
    correlation: Array
    deviates: Array


def complete(total: Array) -> Array:
    """The rows without gaps, over the subjects that anybody scored."""
    scored = total[:, ~np.all(np.isnan(total), axis=0)] if total.size else total
    return np.asarray(scored[~np.any(np.isnan(scored), axis=1)])


def ranks(values: Array) -> Array:
    """Ranks 1 to n in each row, equal values share the middle of theirs.

    >>> ranks(np.array([[3.0, 1.0, 3.0]])).tolist()
    [[2.5, 1.0, 2.5]]
    """
    ordered = np.sort(values, axis=1)
    pairs = zip(ordered, values, strict=True)
    found = [(np.searchsorted(o, v, "left") + np.searchsorted(o, v, "right") + 1) / 2 for o, v in pairs]
    return np.array(found).reshape(values.shape)


def kendall_w(total: Array) -> Kendall | None:
    """Kendall's coefficient of concordance with correction for ties; None for fewer than 2 reviewers or subjects, or
    where every reviewer gives all the same.

    W = 12 Σ (R_i − R̄)² / (m² (n³ − n) − m Σ_j Σ_ties (t³ − t)), χ² = m (n − 1) W.
    Source: M. G. Kendall, B. Babington Smith, The problem of m rankings, Ann. Math. Statist. 10 (1939).

    >>> kendall_w(np.array([[1.0, 2, 3], [1, 2, 3], [1, 3, 2]])).W.__round__(4)
    0.7778
    """
    rows = complete(total)
    m, n = rows.shape
    if m < 2 or n < 2:
        return None
    ranked = ranks(rows)
    ties = sum(float(np.sum(t**3 - t)) for t in (np.unique(row, return_counts=True)[1] for row in ranked))
    S = float(np.sum((ranked.sum(axis=0) - m * (n + 1) / 2) ** 2))
    below = m**2 * (n**3 - n) - m * ties
    if below <= 0:
        return None
    W = 12 * S / below
    chi2 = m * (n - 1) * W
    return Kendall(W, chi2, float(chdtrc(n - 1, chi2)), m, n)


def intraclass(total: Array, level: float = 0.95) -> Intraclass | None:
    """ICC(2,1), two-way random, absolute agreement of single scores; None where it is not defined.

    ICC = (BMS − EMS)/(BMS + (k − 1) EMS + k (JMS − EMS)/n) with mean squares between n subjects, k judges, and error.
    Source: P. E. Shrout, J. L. Fleiss, Intraclass correlations, Psychol. Bull. 86 (1979), table 2; interval after
    K. O. McGraw, S. P. Wong, Psychol. Methods 1 (1996), case 2A.

    >>> given = np.array([[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7.0]])
    >>> found = intraclass(given)
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (0.29, 0.02, 0.76)
    """
    rows = complete(total)
    k, n = rows.shape
    if k < 2 or n < 2:
        return None
    mean = rows.mean()
    BMS = k * float(np.sum((rows.mean(axis=0) - mean) ** 2)) / (n - 1)
    JMS = n * float(np.sum((rows.mean(axis=1) - mean) ** 2)) / (k - 1)
    residual = rows - rows.mean(axis=0) - rows.mean(axis=1)[:, None] + mean
    EMS = float(np.sum(residual**2)) / ((n - 1) * (k - 1))
    below = BMS + (k - 1) * EMS + k * (JMS - EMS) / n
    if below <= 0:
        return None
    value = (BMS - EMS) / below
    low, high = _interval(value, (BMS, JMS, EMS), (n, k), level)
    return Intraclass(value, low, high, level, k, n)


def _interval(
    value: float, squares: tuple[float, float, float], size: tuple[int, int], level: float
) -> tuple[float, float]:
    (BMS, JMS, EMS), (n, k) = squares, size
    if EMS <= 0 or not value < 1:
        return (math.nan, math.nan) if value < 1 else (1.0, 1.0)
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    v = (a * JMS + b * EMS) ** 2 / ((a * JMS) ** 2 / (k - 1) + (b * EMS) ** 2 / ((n - 1) * (k - 1)))
    upper = 1 - (1 - level) / 2
    below, above = float(fdtri(n - 1, v, upper)), float(fdtri(v, n - 1, upper))
    rest = k * JMS + (k * n - k - n) * EMS
    return n * (BMS - below * EMS) / (below * rest + n * BMS), n * (above * BMS - EMS) / (rest + n * above * BMS)


def standing_apart(total: Array, limit: float = APART) -> Apart:
    """Each reviewer against the mean of the others (leave one out).

    z = shift / (s √(1 + 1/(m − 1))), s² the mean over the subjects of the variance between the other reviewers.
    Fewer than 3 reviewers cannot say who stands apart.
    """
    m = total.shape[0]
    shift, z, correlation = (np.full(m, math.nan) for _ in range(3))
    for j in range(m if m > 2 else 0):
        others = np.delete(total, j, axis=0)
        count = np.sum(~np.isnan(others), axis=0)
        both = ~np.isnan(total[j]) & (count > 0)
        if not both.any():
            continue
        mean = np.nanmean(others[:, both], axis=0)
        shift[j] = float(np.mean(total[j, both] - mean))
        several = both & (count > 1)
        if several.any():
            s = math.sqrt(float(np.mean(np.nanvar(others[:, several], axis=0, ddof=1))))
            width = s * math.sqrt(1 + 1 / (m - 1))
            z[j] = shift[j] / width if width > 0 else (math.copysign(math.inf, shift[j]) if shift[j] else 0.0)
        correlation[j] = _rank_correlation(total[j, both], mean)
    with np.errstate(invalid="ignore"):
        deviates = (np.abs(z) > limit) | (correlation < 0)
    return Apart(shift, z, correlation, deviates)


def _rank_correlation(one: Array, other: Array) -> float:
    """Spearman's rank correlation; NaN for fewer than 3 subjects or where one of them gives all the same."""
    if len(one) < 3:
        return math.nan
    a, b = ranks(one[None, :])[0], ranks(other[None, :])[0]
    a, b = a - a.mean(), b - b.mean()
    below = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / below if below > 0 else math.nan
