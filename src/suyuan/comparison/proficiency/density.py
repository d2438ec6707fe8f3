"""Kernel density of the results of a round, its modes, and how firmly they stand (ISO 13528, 10.3).

A round with two modes has no one assigned value: two methods, or two ways to report, are not averaged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.proficiency.robust import algorithm_a
from suyuan.comparison.results import values
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]
STEP = 0.05
"""Steps of the search for modes, in bandwidths."""

REACH = 24
"""A mode lies within one bandwidth of a result, since the density is concave there: 24 steps and one to spare."""

FIRM = 0.5


@dataclass(frozen=True, slots=True)
class Density:
    """A kernel density. x, y: (points,) abscissae in the unit of the results, density in one over it; bandwidth h.

    modes, heights: (j,) where the density has its maxima and how high, highest first; support: share of the resampled
    rounds that have a mode within h of it; shares: share of them with 1, 2, 3 … modes; n: results.
    """

    x: Array
    y: Array
    bandwidth: float
    modes: Array
    heights: Array
    support: Array
    shares: Array
    n: int
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Resampling:
    """How often rounds are drawn anew from the results, and from which seed."""

    draws: int = 200
    seed: int = 1


def density(
    x: ArrayLike,
    bandwidth: float | None = None,
    sigma_pt: float | None = None,
    resampling: Resampling = Resampling(),
    points: int = 512,
) -> Density:
    """The Gaussian kernel density of the results for one measurand, with its modes.

    y(t) = Σ φ((t − xᵢ)/h)/(n h). h: as given, else 0.75 σ_pt where σ_pt is given, else 0.9 s*/n^0.2 with s* of
    algorithm A. The modes are all maxima, found where they can be (within h of a result), so an outlier far away costs
    nothing and hides nothing. Resampling keeps h.
    x: (n,), 2 or more. Raises Refused for bad input, and where s* has no spread (give a bandwidth then).
    Sources: ISO 13528, 10.3; B. W. Silverman, Density Estimation (1986), 3.4.2.

    >>> found = density([9.8, 10.0, 10.1, 10.2, 14.8, 15.0, 15.1], bandwidth=0.5)
    >>> found.modes.round(1).tolist(), (found.support > 0.9).tolist()
    ([10.0, 15.0], [True, True])
    """
    every = values(x)
    if every.ndim != 1:
        raise Refused(finding("comparison.results.shape", "value", u=every.shape, values="(n,)"))
    n = every.size
    if n < 2:
        raise Refused(finding("comparison.results.few", "value", n=n, wanted=2))
    h = _bandwidth(every, bandwidth, sigma_pt)
    if points < 2 or resampling.draws < 0:
        raise Refused(finding("comparison.density.settings", "density"))
    origin = float(np.median(every))
    q = (every - origin) / h
    near = np.unique(np.round(q[:, None] / STEP).astype(np.int64) + np.arange(-REACH, REACH + 1)) * STEP
    kernel = np.exp(-0.5 * (near[:, None] - q) ** 2)
    total = kernel.sum(axis=1)
    peaks = np.flatnonzero(_maxima(total[:, None])[:, 0])
    at, high = _vertex(near, total, peaks)
    order = np.argsort(-high, kind="stable")
    at, high = at[order], high[order]
    support, shares = _support(kernel, near, at, resampling)
    scale = 1.0 / (n * h * math.sqrt(2.0 * math.pi))
    t = np.linspace(q.min() - 3.0, q.max() + 3.0, points)
    y = np.exp(-0.5 * (t[:, None] - q) ** 2).sum(axis=1) * scale
    firm = int(np.sum(support >= FIRM))
    told = (finding("comparison.density.modes", "value", "warning", modes=firm),) if firm > 1 else ()
    return Density(origin + h * t, y, h, origin + h * at, high * scale, support, shares, n, told)


def _bandwidth(x: Array, bandwidth: float | None, sigma_pt: float | None) -> float:
    if bandwidth is not None:
        h = bandwidth
    elif sigma_pt is not None:
        h = 0.75 * sigma_pt
    else:
        h = 0.9 * float(algorithm_a(x).s) / x.size**0.2
    if not (math.isfinite(h) and h > 0.0):
        raise Refused(finding("comparison.density.bandwidth", "bandwidth", bandwidth=h))
    return h


def _maxima(curves: Array) -> Array:
    """Where columns (G, m) have a local maximum: above what is before, not below what follows."""
    edge = np.full((1, curves.shape[1]), -np.inf)
    before, after = np.concatenate([edge, curves[:-1]]), np.concatenate([curves[1:], edge])
    return np.asarray((curves > before) & (curves >= after) & (curves > 0.0))


def _vertex(t: Array, y: Array, at: Array) -> tuple[Array, Array]:
    """The tops of parabolas through three neighbours; at a place with wider neighbours the middle itself."""
    inner = np.clip(at, 1, t.size - 2)
    a, b, c = y[inner - 1], y[inner], y[inner + 1]
    bend = a - 2.0 * b + c
    usable = (inner == at) & np.isclose(t[inner + 1] - t[inner - 1], 2.0 * STEP) & (bend < 0.0)
    shift = np.where(usable, 0.5 * (a - c) / np.where(usable, bend, 1.0), 0.0)
    return t[at] + STEP * shift, y[at] - 0.25 * (a - c) * shift * usable


def _support(kernel: Array, t: Array, modes: Array, resampling: Resampling) -> tuple[Array, Array]:
    """Share of resampled rounds with a mode within h of each mode, and with 1, 2, … modes."""
    n, draws = kernel.shape[1], resampling.draws
    if not draws:
        return np.full(modes.size, np.nan), np.zeros(0)
    weight = np.random.default_rng(resampling.seed).multinomial(n, np.full(n, 1.0 / n), draws).astype(float)
    peaks = _maxima(kernel @ weight.T)
    counts = peaks.sum(axis=0)
    near = np.abs(t[:, None] - modes) <= 1.0
    support = np.array([np.mean(np.any(peaks[near[:, j]], axis=0)) for j in range(modes.size)])
    return support, np.bincount(counts, minlength=2)[1:] / draws
