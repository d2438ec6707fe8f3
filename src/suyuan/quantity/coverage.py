"""Coverage: from standard uncertainty and degrees of freedom to expanded uncertainty (GUM clause 6, annex G)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, erfinv, ndtri, stdtrit

from suyuan.quantity.finding import Refused, finding

Numbers = float | NDArray[np.float64]
"""A float where the arguments are single numbers, otherwise an array of their common shape."""

SMALL = 0.1
"""Below this probability the tails have fewer digits than the middle."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """Expanded uncertainty U = k·u with the coverage interval [low, high] = value ∓ U.

    p: coverage probability; dof: effective degrees of freedom as used for k, after truncation if that was asked.
    """

    value: Numbers
    u: Numbers
    p: float
    dof: Numbers
    k: Numbers
    U: Numbers
    low: Numbers
    high: Numbers


def coverage_factor(p: float, dof: ArrayLike = math.inf) -> Numbers:
    """Coverage factor for a two-sided interval of probability p.

    k = t_{(1+p)/2}(dof), the normal quantile for infinite dof (GUM G.3.4, table G.2).
    p: coverage probability, 0 < p < 1; dof: degrees of freedom > 0, any shape.
    Not-a-number where dof is not positive. Raises `Refused` if p is no probability.

    >>> round(coverage_factor(0.99, 16), 2), round(coverage_factor(0.95), 2)
    (2.92, 1.96)
    """
    if not (isinstance(p, (int, float)) and 0 < p < 1):
        raise Refused(finding("evaluation.coverage.probability", "coverage_probability", p=p))
    nu = np.asarray(dof, np.float64)
    finite = np.isfinite(nu) & (nu > 0)
    if p < SMALL:
        x = betaincinv(0.5, 0.5 * np.where(finite, nu, 1.0), p)  # t²/(ν + t²)
        of_t = np.sqrt(np.where(finite, nu, 1.0) * x / (1.0 - x))
        return plain(np.where(finite, of_t, np.where(nu > 0, math.sqrt(2.0) * erfinv(p), np.nan)))
    tail = 0.5 * (1 - p)  # the lower tail keeps its digits where p is close to 1
    k = np.where(finite, -stdtrit(np.where(finite, nu, 1.0), tail), np.where(nu > 0, -ndtri(tail), np.nan))
    return plain(k)


def welch_satterthwaite(components: ArrayLike, dofs: ArrayLike) -> Numbers:
    """Effective degrees of freedom of a sum of independent components.

    ν_eff = u⁴ / Σ uᵢ⁴/νᵢ with u² = Σ uᵢ² (GUM G.4.1, formula G.2b).
    components: uᵢ = |cᵢ|·u(xᵢ), shape (m, …); dofs: νᵢ > 0, shape (m,) or that of components; infinite is allowed.
    Returns shape (…); infinite where every component with finite dof is nil.

    >>> u = [25, 9.7, 2.9, 16.6]          # nm, GUM H.1.6, printed 16.7 with u² rounded to 1002 nm²
    >>> round(welch_satterthwaite(u, [18, 25.6, 50, 2]), 1)
    16.8
    """
    u = np.asarray(components, np.float64)
    nu = np.asarray(dofs, np.float64)
    nu = nu.reshape(nu.shape + (1,) * (u.ndim - nu.ndim))
    largest = np.max(np.abs(u), axis=0, initial=0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        squared = np.square(u / np.where(largest > 0, largest, 1.0))  # fourth powers neither overflow nor vanish
        denominator = np.sum(np.square(squared) / nu, axis=0)
        dof = np.square(np.sum(squared, axis=0)) / denominator
    return plain(np.where(denominator == 0, np.inf, dof))


def truncated(dof: ArrayLike) -> Numbers:
    """Degrees of freedom cut to the next lower integer (GUM G.4.1 note 1), infinite and below 1 left as they are.

    >>> truncated(16.7), truncated(float("inf")), truncated(17.9999999999999)
    (16.0, inf, 18.0)
    """
    nu = np.asarray(dof, np.float64)
    with np.errstate(invalid="ignore"):
        cut = np.floor(nu * (1 + 1e-12))  # an integer that lost its last bit on the way stays that integer
    return plain(np.where(np.isfinite(nu) & (nu >= 1), cut, nu))


def expanded(value: ArrayLike, u: ArrayLike, dof: ArrayLike, p: float, truncate: bool = False) -> Expanded:
    """Expanded uncertainty and coverage interval of a value.

    U = k·u, k from `coverage_factor` (GUM 6.2.1, G.6.4).
    value, u: in one unit, any shapes that broadcast; dof: effective degrees of freedom; p: coverage probability;
    truncate: cut dof to an integer first. Raises `Refused` if p is no probability or a u is negative.

    >>> e = expanded(50_000_838, 32, 16.7, 0.99, truncate=True)      # nm, GUM H.1.7
    >>> round(e.U), e.dof
    (93, 16.0)
    """
    spread = np.asarray(u, np.float64)
    if np.any(spread < 0):
        raise Refused(finding("evaluation.uncertainty.negative", "u", value=f"{float(np.min(spread)):g}"))
    used = truncated(dof) if truncate else plain(np.asarray(dof, np.float64))
    k = coverage_factor(p, used)
    estimate = np.asarray(value, np.float64)
    half = k * spread
    return Expanded(
        plain(estimate), plain(spread), p, used, k, plain(half), plain(estimate - half), plain(estimate + half)
    )


def plain(array: Any) -> Numbers:
    """A float for a single number, an array otherwise."""
    result = np.asarray(array, np.float64)
    return float(result) if result.ndim == 0 else result
