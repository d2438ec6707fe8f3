"""Whether the items of a round were alike and stayed so: homogeneity and stability of ISO 13528, annex B."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri, fdtri

from suyuan.comparison.results import positive, values
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]
PART = 0.3
"""Part of σ_pt that heterogeneity and instability may reach."""


@dataclass(frozen=True, slots=True)
class Homogeneity:
    """Scatter between items beside the limits; every number (…), in the unit of the values or its square.

    mean; s_x: standard deviation of the item means; s_w: within items, pooled; s_s: between items, 0 where the items
    scatter no more than their replicates explain; limit: 0.3 σ_pt; F1, F2: factors for these g and m; expanded_c, and
    its root expanded_limit: what s_s may reach by chance at 5 %; passes: s_s ≤ limit; passes_expanded: s_s ≤
    expanded_limit.
    """

    mean: Array
    s_x: Array
    s_w: Array
    s_s: Array
    limit: Array
    F1: float
    F2: float
    expanded_c: Array
    expanded_limit: Array
    passes: Array
    passes_expanded: Array
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Stability:
    """difference: |ȳ₁ − ȳ₂| (…); u: its standard uncertainty; limit: 0.3 σ_pt; expanded_limit: limit + 2u; passes,
    passes_expanded: the difference is at most that."""

    difference: Array
    u: Array
    limit: Array
    expanded_limit: Array
    passes: Array
    passes_expanded: Array
    findings: tuple[Finding, ...] = ()


def homogeneity(x: ArrayLike, sigma_pt: ArrayLike) -> Homogeneity:
    """Homogeneity of g items with m replicates each, by the plain and by the expanded criterion.

    s_s² = max(0, s_x² − s_w²/m); s_s ≤ 0.3 σ_pt, and expanded s_s ≤ √c, c = F₁(0.3 σ_pt)² + F₂ s_w²,
    F₁ = χ²₀.₉₅(g − 1)/(g − 1), F₂ = (F₀.₉₅(g − 1, g(m − 1)) − 1)/m. The limit is the root of c: c itself is a variance.
    x: (…, g, m), g and m of 2 or more, in one unit; sigma_pt: (…) above 0 in that unit.
    Raises Refused for missing values, fewer items or replicates. A finding tells of fewer than 10 items, and of items
    that fail. Source: ISO 13528, B.2 and B.3.

    >>> x = [[0.185, 0.194], [0.187, 0.189], [0.182, 0.186], [0.188, 0.196], [0.191, 0.181], [0.188, 0.180],
    ...      [0.187, 0.196], [0.177, 0.186], [0.179, 0.187], [0.188, 0.196]]
    >>> found = homogeneity(x, 0.02807)
    >>> round(float(found.s_s), 6), round(float(found.expanded_limit), 6), bool(found.passes)
    (0.000601, 0.012829, True)
    """
    every = values(x)
    if every.ndim < 2 or min(every.shape[-2:]) < 2:
        few = every.shape[-1] if every.ndim < 2 else min(every.shape[-2:])
        raise Refused(finding("comparison.homogeneity.few", "value", n=few))
    g, m = every.shape[-2:]
    limit = PART * positive(sigma_pt, every.shape[:-2], "sigma_pt", "comparison.sigma.not_positive")
    origin = every[..., :1, :1]
    centred = every - origin
    means = centred.mean(axis=-1)
    s_x2 = np.var(means, axis=-1, ddof=1)
    s_w2 = np.mean(np.var(centred, axis=-1, ddof=1), axis=-1)
    s_s = np.sqrt(np.maximum(0.0, s_x2 - s_w2 / m))
    f1, f2 = expanded_factors(g, m)
    c = f1 * limit**2 + f2 * s_w2
    expanded = np.sqrt(np.maximum(c, 0.0))
    passes, wider = s_s <= limit, s_s <= expanded
    told = _told(passes, wider, "comparison.homogeneity.fails", "comparison.homogeneity.expanded")
    if g < 10:
        told = (*told, finding("comparison.homogeneity.few_items", "value", "note", g=g))
    mean = origin[..., 0, 0] + means.mean(axis=-1)
    return Homogeneity(mean, np.sqrt(s_x2), np.sqrt(s_w2), s_s, limit, f1, f2, c, expanded, passes, wider, told)


def expanded_factors(g: int, m: int) -> tuple[float, float]:
    """F₁ and F₂ of the expanded criterion for g items with m replicates. Source: ISO 13528, B.2.3.

    >>> tuple(round(f, 2) for f in expanded_factors(10, 2))
    (1.88, 1.01)
    """
    return float(chdtri(g - 1, 0.05)) / (g - 1), (float(fdtri(g - 1, g * (m - 1), 0.95)) - 1.0) / m


def stability(before: ArrayLike, after: ArrayLike, sigma_pt: ArrayLike) -> Stability:
    """Stability from the same laboratory's results before and after a round, under repeatability conditions.

    |ȳ₁ − ȳ₂| ≤ 0.3 σ_pt; expanded: + 2√(u²(ȳ₁) + u²(ȳ₂)), u(ȳ) = s/√g of the item means.
    before, after: (…, g₁, m), (…, g₂, m) in one unit, or (…, g) of item means; g of 2 or more items; sigma_pt: (…)
    above 0. Raises Refused for missing values and fewer items. Source: ISO 13528, B.5.

    >>> found = stability([10.0, 10.2, 9.9], [10.3, 10.1, 10.4], 0.5)
    >>> round(float(found.difference), 3), bool(found.passes), bool(found.passes_expanded)
    (0.233, False, True)
    """
    groups = []
    for name, given in (("before", before), ("after", after)):
        every = values(given, name)
        items = every.mean(axis=-1) if every.ndim > 1 else every
        if items.shape[-1] < 2:
            raise Refused(finding("comparison.homogeneity.few", name, n=items.shape[-1]))
        groups.append((items.mean(axis=-1), np.var(items, axis=-1, ddof=1) / items.shape[-1]))
    (first, one), (second, two) = groups
    try:
        difference, u = np.abs(first - second), np.sqrt(one + two)
    except ValueError:
        raise Refused(finding("comparison.results.shape", "after", u=second.shape, values=first.shape)) from None
    limit = PART * positive(sigma_pt, difference.shape, "sigma_pt", "comparison.sigma.not_positive")
    wider = limit + 2.0 * u
    passes, expanded = difference <= limit, difference <= wider
    told = _told(passes, expanded, "comparison.stability.fails", "comparison.stability.expanded")
    return Stability(difference, u, limit, wider, passes, expanded, told)


def sigma_with_heterogeneity(sigma_pt: float, s_s: float) -> float:
    """σ_pt widened for items that differ: √(σ_pt² + s_s²). Then s_s does not count in u(x_pt) again.

    Source: ISO 13528, B.2.

    >>> sigma_with_heterogeneity(0.3, 0.4)
    0.5
    """
    return math.hypot(sigma_pt, s_s)


def _told(passes: Array, expanded: Array, fails: str, by_expanded: str) -> tuple[Finding, ...]:
    failed, saved = int(np.sum(~expanded)), int(np.sum(expanded & ~passes))
    told = [finding(fails, "value", "warning", measurands=failed)] if failed else []
    return (*told, *([finding(by_expanded, "value", "note", measurands=saved)] if saved else ()))
