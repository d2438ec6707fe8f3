"""The power-moderated mean of key comparisons of radionuclides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.consensus.diagnostics import of_random_effects, where_true
from suyuan.comparison.consensus.directions import directions, weighed
from suyuan.comparison.consensus.random_effects import variance_between
from suyuan.comparison.results import Consensus, bounded, only, values

Array = NDArray[Any]
NARROW = 0.9
"""A u below this share of what the stated uncertainties give the weighted sum is told."""


def power_moderated_mean(
    x: ArrayLike, u: ArrayLike | None, contributing: ArrayLike | None = None, covariance: ArrayLike | None = None
) -> Consensus:
    """The power-moderated mean: between weighted and arithmetic mean, by how far the stated uncertainties hold.

    s: Mandel-Paule's τ; S² = n·max(u²(arithmetic mean from the scatter), u²(Mandel-Paule)); α = 2 − 3/n;
    w ∝ 1/[(u² + s²)^(α/2)·S^(2 − α)], u² = 1/Σ. tau holds s. Nobody is left out. With a covariance s and
    u(Mandel-Paule) are those of correlated results, the weights take its diagonal for u², and u² grows by
    wᵀVw − Σw²u², or, where u² is less than Σw²u², by the factor wᵀVw/Σw²u². Where u² then claims so little that a
    difference from the mean would have a negative variance, covariances with participants shrink by u²/wᵀVw.
    x, u: (…, n), two or more that contribute; covariance: (n, n). further: alpha, s_added.
    Source: S. Pommé, J. Keightley, Metrologia 52 (2015) S200.

    >>> found = power_moderated_mean([10.0, 10.1, 9.9, 10.4], [0.1, 0.1, 0.1, 0.1])
    >>> round(float(found.value), 6), [round(float(w), 6) for w in found.weights]
    (10.1, [0.25, 0.25, 0.25, 0.25])
    """
    d = directions(x, u, contributing, covariance)
    t = variance_between(d, "mandel_paule").variance
    precision = 1.0 / (d.v + t[..., None])
    best = precision.sum(axis=-1) if d.h is None else precision @ d.h**2
    x_of = (only(values(x), d.chosen) - d.centre[..., None]) / d.scale[..., None]
    n = x_of.shape[-1]
    typical = n * np.maximum(np.var(x_of, axis=-1, ddof=1) / n, 1.0 / best)
    alpha = 2.0 - 3.0 / n
    weight = (d.stated() + t[..., None]) ** (-alpha / 2.0) * typical[..., None] ** (alpha / 2.0 - 1.0)
    own = replace(d, y=x_of, v=d.stated(), h=None, turn=None)
    found = weighed(own, weight, d.scale * np.sqrt(t))
    told = of_random_effects(found.tau, n, True)
    found = replace(found, further={"alpha": np.full(found.value.shape, alpha), "s_added": found.tau}, findings=told)
    if d.whole is not None:
        spread = _correlated(found, d.spread)
        found = replace(found, u=spread, covariance=_tenable(found, spread, d.spread))
    needed = np.sqrt(np.sum(found.weights * d.shared(found.weights), axis=-1))
    narrow = where_true(
        "comparison.power_moderated.narrow", found.u < NARROW * needed, "warning", u=found.u, needed=needed
    )
    return replace(found, findings=(*found.findings, *narrow))


def _correlated(found: Consensus, spread: Array) -> Array:
    """The rule's own u² and what the correlations add to it; by their ratio where the rule claims less than the mean of
    independent results has, so that it stays above zero."""
    claimed = found.u**2
    alone = np.sum((found.weights * spread) ** 2, axis=-1)
    together = np.sum(found.weights * found.covariance, axis=-1)
    return np.asarray(np.sqrt(np.where(claimed >= alone, claimed + together - alone, claimed * together / alone)))


def _tenable(found: Consensus, u: Array, spread: Array) -> Array:
    """Covariances with participants; smaller for a measurand where one of its differences had a negative variance."""
    variance = spread**2 + (u**2)[..., None] - 2.0 * found.covariance
    lost = np.any(variance < 0.0, axis=-1, keepdims=True)
    return np.where(lost, bounded(found.covariance, found.weights, u), found.covariance)
