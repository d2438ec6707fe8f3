"""The contributing results along directions in which they are independent, so that one formula serves correlated ones.

With V = Qᵀ diag(v) Q and y = Q x the model xᵢ = μ + eᵢ becomes yₖ = hₖ μ + eₖ, h = Q 1, with independent errors of
variance vₖ, and V + τ²I only adds τ² to each v. Independent results are their own directions, h = 1. Everything is
centred at the most precise contributor and counted in its standard uncertainty: then no square overflows or vanishes,
and Σ a y² − (Σ a y)²/Σ a loses at most a factor n + 1 of its digits, because that contributor itself has y = 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.results import Consensus, contributors, covariance_matrix, mask, only, values
from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]
BLOCK = 1 << 15
"""Numbers in a block of measurands that are iterated on together: they stay in the cache."""


@dataclass(frozen=True, slots=True)
class Directions:
    """m contributors of n participants, for (…) measurands, in units of `scale` from `centre`, both (…).

    y, v: values and variances along the directions (…, m), v of given correlations (m,); h: (m,), None where all are 1;
    turn: (m, m) from results to directions, None where they are the same; chosen: (n,) who contributes; spread: (…, n)
    stated uncertainties of all; whole: (n, n) covariance of all, None where they are independent.
    """

    y: Array
    v: Array
    h: Array | None
    turn: Array | None
    centre: Array
    scale: Array
    chosen: Array
    spread: Array
    whole: Array | None

    def stated(self) -> Array:
        """The stated variances of the contributors (…, m), in units of scale²."""
        return np.asarray((only(self.spread, self.chosen) / self.scale[..., None]) ** 2)

    def shared(self, weights: Array) -> Array:
        """u(xᵢ, x_ref) of each of all participants with the mean by these weights (…, n)."""
        return np.asarray(weights * self.spread**2 if self.whole is None else weights @ self.whole)

    def everyone(self, weights: Array) -> Array:
        """Weights of the contributors (…, m) as weights of all participants (…, n)."""
        if self.chosen.all():
            return weights
        full = np.zeros((*weights.shape[:-1], self.chosen.size))
        full[..., self.chosen] = weights
        return full


def directions(
    x: ArrayLike,
    u: ArrayLike | None,
    contributing: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    least: int = 2,
) -> Directions:
    """The contributors along their directions; a covariance (n, n) stands for u. Raises Refused for a singular one."""
    if covariance is None:
        part, spread = contributors(x, np.nan if u is None else u, contributing, least)
        at = np.argmin(part.u, axis=-1)[..., None]
        centre, scale = (np.take_along_axis(a, at, axis=-1)[..., 0] for a in (part.x, part.u))
        y, v = _counted(part.x, centre, scale), (part.u * (1.0 / scale)[..., None]) ** 2
        return Directions(y, v, None, None, centre, scale, part.chosen, spread, None)
    every, chosen, whole = joint(x, contributing, covariance, least)
    spread = np.broadcast_to(np.sqrt(np.diagonal(whole)), every.shape)
    x, own = only(every, chosen), np.sqrt(np.diagonal(whole))[chosen]
    centre, scale = x[..., np.argmin(own)], np.full(x.shape[:-1], np.min(own))
    v, turn = _independent(regular(whole[np.ix_(chosen, chosen)]), own / np.min(own))
    y = _counted(x, centre, scale) @ turn.T
    return Directions(y, v, turn.sum(axis=1), turn, centre, scale, chosen, spread, whole)


def joint(
    x: ArrayLike, contributing: ArrayLike | None, covariance: ArrayLike, least: int
) -> tuple[Array, Array, Array]:
    """Results (…, n), who contributes (n,) and the covariance of all (n, n), each checked."""
    every = values(x)
    n = every.shape[-1]
    return every, mask(contributing, n, least), covariance_matrix(covariance, n)


def regular(covariance: Array) -> Array:
    """The correlation matrix of a covariance matrix. Raises Refused where it is singular."""
    scale = np.sqrt(np.diagonal(covariance))
    correlation = covariance / scale[:, None] / scale
    if np.linalg.eigvalsh(correlation)[0] < 1e-12 * len(scale):
        raise Refused(finding("comparison.covariance.singular", "covariance"))
    return np.asarray(correlation)


def _counted(x: Array, centre: Array, scale: Array) -> Array:
    """(x − centre)/scale, of halves: the difference of two numbers near the largest does not overflow."""
    return np.asarray((x - centre[..., None]) * (1.0 / scale)[..., None])


def _independent(correlation: Array, u: Array) -> tuple[Array, Array]:
    """Variances along the directions, the least first, and the turn to them.

    From the singular values of diag(u) L with correlation L Lᵀ: their relative accuracy suffers from the ratio of the
    uncertainties, that of eigenvalues from its square. Who is correlated with nobody is a direction of its own.
    """
    m = len(u)
    linked = np.any((correlation != 0.0) & ~np.eye(m, dtype=bool), axis=1)
    v, turn = u**2, np.eye(m)
    if np.any(linked):
        places = np.flatnonzero(linked)
        factor = np.linalg.cholesky(correlation[np.ix_(places, places)]) * u[places, None]
        left, singular, _ = np.linalg.svd(factor)
        v[places] = singular**2
        turn[np.ix_(places, places)] = left.T
    order = np.argsort(v, kind="stable")
    return v[order], turn[order]


def weighed(d: Directions, precision: Array, tau: Array | None = None, **more: Any) -> Consensus:
    """The mean by precisions a of the directions, in units of scale⁻²: u² = 1/Σ h²a, weights h a/Σ h²a turned back."""
    leaning = precision if d.h is None else precision * d.h
    total = leaning.sum(axis=-1) if d.h is None else leaning @ d.h
    offset = np.einsum("...i,...i->...", leaning, d.y) / total
    weights = leaning * (1.0 / total)[..., None]
    if d.turn is not None:
        weights = np.broadcast_to(weights @ d.turn, d.y.shape)
    weights = d.everyone(weights)
    value = d.centre + d.scale * offset
    tau = np.zeros(value.shape) if tau is None else tau
    return Consensus(value, d.scale / np.sqrt(total), weights, d.shared(weights), tau, **more)


def scatter(y: Array, h: Array | None, a: Array) -> tuple[Array, Array]:
    """Q = Σ a(y − hμ)², μ the mean by the precisions a, and Σ a²(y − hμ)², the negative of its slope in τ²."""
    leaning = a if h is None else a * h
    total = leaning.sum(axis=-1) if h is None else leaning @ h
    mean = np.einsum("...i,...i->...", leaning, y) / total
    residual = y - (mean[..., None] if h is None else mean[..., None] * h)
    weighted = a * residual
    return np.einsum("...i,...i->...", weighted, residual), np.einsum("...i,...i->...", weighted, weighted)


def blocks(d: Directions) -> Iterator[tuple[slice, Array, Array]]:
    """Measurands in blocks of rows: which of the flattened (…), y and v (rows, m), the least v in the first column."""
    m = d.y.shape[-1]
    y, v = d.y.reshape(-1, m), np.broadcast_to(d.v, d.y.shape).reshape(-1, m)
    size = max(1, BLOCK // m)
    for start in range(0, len(y), size):
        rows = slice(start, start + size)
        ours, theirs = y[rows].copy(), v[rows].copy()
        every, at = np.arange(len(ours)), np.argmin(theirs, axis=-1)
        for array in (ours, theirs):
            array[every, at], array[:, 0] = array[:, 0].copy(), array[every, at]
        yield rows, ours, theirs
