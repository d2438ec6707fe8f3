"""Robust means of ISO 13528 as reference values, with sensitivities: differences from them know what they share.

Their uncertainty comes from the scatter of the results, 1.25·s*/√n, whatever the laboratories state.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.proficiency.constants import A_CUT, winsorised_factor
from suyuan.comparison.proficiency.q_method import KNEES, hampel
from suyuan.comparison.proficiency.robust import Start, algorithm_a
from suyuan.comparison.proficiency.spread import Constants
from suyuan.comparison.results import Consensus, bounded, covariance_matrix, mask, only, values

Array = NDArray[Any]


def algorithm_a_mean(
    x: ArrayLike,
    u: ArrayLike | None = None,
    contributing: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    constants: Constants = "exact",
    tied: Start = "refuse",
) -> Consensus:
    """Algorithm A's robust mean as a reference value, u = 1.25·s*/√n.

    weights: ∂x*/∂xᵢ at the fixed point, with s* moving along: 0 for a winsorised result, Σ = 1; u(xᵢ, x_ref) = Σ V w.
    x: (…, n); u: (…, n) or None, not a number where it is not stated: so then is that covariance; constants, tied: as
    of `algorithm_a`. further: s. Raises Refused for bad input, ties. Source: ISO 13528, algorithm A.

    >>> found = algorithm_a_mean([5.0, 9.4, 9.8, 10.0, 10.2, 10.6, 15.0], [0.1] * 7)
    >>> found.weights.round(3).tolist()
    [0.0, 0.2, 0.2, 0.2, 0.2, 0.2, 0.0]
    """
    every = values(x)
    chosen = mask(contributing, every.shape[-1], 2)
    part = only(every, chosen)
    found = algorithm_a(part, constants, None, tied)
    factor = 1.134 if constants == "printed" else winsorised_factor()
    weights = np.zeros(every.shape)
    weights[..., chosen] = _winsorised_weights(part, found.value, found.s, factor)
    shared = _shared(every.shape, weights, u, covariance, found.u)
    return Consensus(
        found.value, found.u, weights, shared, np.zeros(found.value.shape), further={"s": found.s},
        findings=found.findings,
    )  # fmt: skip


def hampel_mean(
    x: ArrayLike,
    u: ArrayLike | None = None,
    contributing: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
) -> Consensus:
    """Hampel's mean with the Q method's s as a reference value, u = 1.25·s/√n.

    weights: ψ′ of each result over their sum, s taken as fixed; below zero where ψ falls. x, u, covariance: as of
    `algorithm_a_mean`. further: s, roots. Raises Refused for bad input. Source: ISO 13528, C.5.3.3.

    >>> found = hampel_mean([9.8, 10.0, 10.1, 10.3, 14.0], [0.1, 0.1, 0.1, 0.1, 0.1])
    >>> round(float(found.value), 3), found.weights.tolist()
    (10.05, [0.25, 0.25, 0.25, 0.25, 0.0])
    """
    every = values(x)
    chosen = mask(contributing, every.shape[-1], 2)
    part = only(every, chosen)
    found = hampel(part)
    size = np.abs(part - found.value[..., None]) / found.s[..., None]
    a, b, c = KNEES
    slope = np.where(size < a, 1.0, np.where((size > b) & (size < c), -a / (c - b), 0.0))
    total = slope.sum(axis=-1, keepdims=True)
    equal = np.full(part.shape, 1.0 / part.shape[-1])
    weights = np.zeros(every.shape)
    weights[..., chosen] = np.divide(slope, total, out=equal, where=total > 0.0)
    shared = _shared(every.shape, weights, u, covariance, found.u)
    return Consensus(
        found.value, found.u, weights, shared, np.zeros(found.value.shape),
        further={"s": found.s, "roots": found.roots}, findings=found.findings,
    )  # fmt: skip


def _winsorised_weights(x: Array, mean: Array, s: Array, factor: float) -> Array:
    """∂x*/∂xᵢ from the two equations of the fixed point, with m inside, h held above and l below:

    m dx* − c(h − l) ds* = Σ dxᵢ,  −c(h − l) dx* + ((n − 1)/f² − c²(h + l)) ds* = Σ zᵢ dxᵢ, z = (x − x*)/s*, inside.
    """
    z = (x - mean[..., None]) / s[..., None]
    inside = np.abs(z) < A_CUT
    high, low = (np.sum(held, axis=-1) for held in (z >= A_CUT, z <= -A_CUT))
    n = x.shape[-1]
    lean, stiff = A_CUT * (high - low), (n - 1) / factor**2 - A_CUT**2 * (high + low)
    count = np.sum(inside, axis=-1)
    determinant = count * stiff - lean**2
    weights = np.where(inside, stiff[..., None] + lean[..., None] * z, 0.0) / determinant[..., None]
    return np.asarray(weights)


def _shared(
    shape: tuple[int, ...], weights: Array, u: ArrayLike | None, covariance: ArrayLike | None, u_ref: Array
) -> Array:
    if covariance is not None:
        shared = weights @ covariance_matrix(covariance, shape[-1])
    else:
        shared = weights * np.broadcast_to(np.nan if u is None else np.asarray(u, float), shape) ** 2
    return bounded(shared, weights, u_ref)
