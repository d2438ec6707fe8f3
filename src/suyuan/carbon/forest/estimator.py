"""Estimators of a forest's mean and total from plots: simple random, stratified, ratio, double, model-assisted.

Each gives the mean per hectare as a quantity whose influence is the sampling design, with its degrees of freedom, so
that it multiplies with an area and adds to what trees and allometry contribute. Source: Cochran, Sampling Techniques
(from memory; each is tested against the variance of repeated draws from a known population).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.quantity import Quantity, quantity

Array = NDArray[np.float64]


def simple_random(plots: ArrayLike, unit: str = "t", population: float = math.inf, id: str | None = None) -> Quantity:
    """Mean of plots: ȳ, u² = s²/n·(1 − n/N), dof n − 1. Raises Refused for fewer than two plots.

    id: identity of the sampling error, of its own where None.

    >>> found = simple_random([100.0, 120.0, 110.0, 130.0])
    >>> float(found.value), round(float(found.u), 4)
    (115.0, 6.455)
    """
    y = _column(plots, "plots", 2)
    n = len(y)
    variance = float(y.var(ddof=1)) / n * _finite(n, population)
    return quantity(float(y.mean()), math.sqrt(variance), unit, dof=n - 1, label="sampling: simple random", id=id)


def stratified(
    strata: Mapping[str, ArrayLike], weights: Mapping[str, float], unit: str = "t", id: str | None = None
) -> Quantity:
    """Mean over strata: Σ W_h·ȳ_h, u² = Σ W_h²·s_h²/n_h, dof by Satterthwaite.

    weights: share of the area of each stratum; they sum to 1. Raises Refused for a stratum of fewer than two plots, for
    weights that do not fit.
    """
    if set(weights) != set(strata) or abs(math.fsum(weights.values()) - 1.0) > 1e-6 or min(weights.values()) < 0.0:
        raise Refused(finding("carbon.forest.weights", "weights", given=f"{math.fsum(weights.values()):g}",
                              known=", ".join(strata)))  # fmt: skip
    mean, parts = 0.0, []
    for name, plots in strata.items():
        y = _column(plots, name, 2)
        mean += weights[name] * float(y.mean())
        parts.append((weights[name] ** 2 * float(y.var(ddof=1)) / len(y), len(y) - 1))
    variance = math.fsum(part for part, _ in parts)
    below = math.fsum(part**2 / dof for part, dof in parts)
    dof = variance**2 / below if below > 0.0 else math.inf
    return quantity(mean, math.sqrt(variance), unit, dof=dof, label="sampling: stratified", id=id)


def ratio(y: ArrayLike, x: ArrayLike, mean_x: float, unit: str = "t", id: str | None = None) -> Quantity:
    """Ratio estimate: R·X̄ with R = Σy/Σx, u² = (X̄/x̄)²·Σ(y − R·x)²/(n − 1)/n, dof n − 1.

    x: an auxiliary of each plot (area of crowns, say) whose mean over the whole forest is known, `mean_x` (X̄); x̄: mean
    of the sampled plots. It pays where y goes through the origin with x; its bias is of the order 1/n.

    >>> [round(float(ratio([2.1, 3.9, 6.3], [1.0, 2.0, 3.0], mean).u), 4) for mean in (2.0, 4.0)]
    [0.1041, 0.2082]
    """
    first, second = _column(y, "y", 3), _column(x, "x", 3)
    _same(first, second, "x")
    for name, value in (("x", float(second.sum())), ("mean", mean_x)):
        if not value > 0.0:
            raise Refused(finding("carbon.forest.positive", name, name=name, row=1, given=f"{value:g}"))
    r = float(first.sum() / second.sum())
    n = len(first)
    variance = float(np.sum((first - r * second) ** 2)) / (n - 1) / n * (mean_x / float(second.mean())) ** 2
    return quantity(r * mean_x, math.sqrt(variance), unit, dof=n - 1, label="sampling: ratio", id=id)


def double(y: ArrayLike, x: ArrayLike, large_x: ArrayLike, unit: str = "t", id: str | None = None) -> Quantity:
    """Double sampling with regression: ȳ + b·(x̄′ − x̄), dof n − 2,
    u² = s²_e·(1/n + (x̄′ − x̄)²/Σ(x − x̄)²) + b²·s²_x′/n′.

    y, x: the plots measured in full (n); large_x: the auxiliary of the large first sample (n′), these plots included.
    """
    first, second, large = _column(y, "y", 4), _column(x, "x", 4), _column(large_x, "large_x", 4)
    _same(first, second, "x")
    if len(large) < len(first):
        raise Refused(finding("carbon.forest.first_sample", "large_x", n=len(first), large=len(large)))
    spread = float(np.sum((second - second.mean()) ** 2))
    if not spread > 0.0:
        raise Refused(finding("carbon.forest.alike", "x"))
    b = float(np.sum((second - second.mean()) * (first - first.mean()))) / spread
    residual = first - first.mean() - b * (second - second.mean())
    n, m = len(first), len(large)
    apart = float(large.mean() - second.mean())
    variance = (
        float(np.sum(residual**2)) / (n - 2) * (1.0 / n + apart**2 / spread) + b**2 * float(large.var(ddof=1)) / m
    )
    return quantity(float(first.mean()) + b * apart, math.sqrt(variance), unit, dof=n - 2, label="sampling: double",
                    id=id)  # fmt: skip


def model_assisted(
    y: ArrayLike, predicted: ArrayLike, map_mean: float, unit: str = "t", id: str | None = None
) -> Quantity:
    """Difference estimate with a map: mean of the map + mean residual of the plots, u² = s²_e/n, dof n − 1.

    predicted: what the map says at each plot; map_mean: its mean over the whole forest. A map that is biased is
    corrected by the plots; one that is good lowers u.
    """
    first, second = _column(y, "y", 2), _column(predicted, "predicted", 2)
    _same(first, second, "predicted")
    residual = first - second
    n = len(residual)
    return quantity(map_mean + float(residual.mean()), float(residual.std(ddof=1)) / math.sqrt(n), unit, dof=n - 1,
                    label="sampling: model-assisted", id=id)  # fmt: skip


def of_groups(values: ArrayLike, groups: Sequence[object]) -> Array:
    """Totals of groups (plots) in the order of their first tree."""
    names = {name: at for at, name in enumerate(dict.fromkeys(groups))}
    at = np.fromiter((names[name] for name in groups), np.int64, len(groups))
    found: Array = np.bincount(at, np.asarray(values, float), len(names)).astype(float)
    return found


def _finite(n: int, population: float) -> float:
    if population < n:
        raise Refused(finding("carbon.forest.population", "population", n=n, given=f"{population:g}"))
    return 1.0 - n / population


def _column(values: ArrayLike, name: str, least: int) -> Array:
    found = np.asarray(values, float)
    if found.ndim != 1 or len(found) < least or not np.isfinite(found).all():
        raise Refused(finding("carbon.forest.plots", name, name=name, given=found.size, least=least))
    return found


def _same(first: Array, second: Array, name: str) -> None:
    if len(first) != len(second):
        raise Refused(finding("carbon.forest.numbers", name, name=name, given=len(second), trees=len(first)))
