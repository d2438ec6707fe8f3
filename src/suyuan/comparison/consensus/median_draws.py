"""The median of the results with its distribution, by Monte Carlo: Cox's procedure B.

Draws come in blocks that fit the cache, keyed by seed and block, so they are the same on every machine and whatever
the number of draws; nothing is kept but sums and the tails, from which the quantiles are exact order statistics. Every
participant is drawn, so leaving one out of the median changes no draw of another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.consensus.median_exact import MedianDistribution, median_distribution
from suyuan.comparison.consensus.median_network import Medians
from suyuan.comparison.results import Consensus, bounded, contributors, covariance_matrix
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.kept import numbers
from suyuan.quantity.montecarlo.stream import CHUNK, Stream

Array = NDArray[Any]
LEAST, MOST = 1_000, 100_000_000
ENDS = (0.025, 0.975)
PILOT = 2
"""Blocks from which the places of the quantiles are guessed."""
SINGLE = 4096.0
"""Single precision serves up to this ratio of the spread of the results to the smallest uncertainty: its rounding is
then below 1/4000 of that uncertainty, a hundredth of the Monte Carlo error of a million draws."""


def median_monte_carlo(
    x: ArrayLike,
    u: ArrayLike,
    contributing: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    *,
    dof: ArrayLike | None = None,
    draws: int = 1_000_000,
    seed: int = 1,
) -> Consensus:
    """The median of results that are drawn from their distributions: mean, standard deviation and quantiles of it.

    Of independent Gaussian results the four numbers of the median itself are evaluated without draws (`median_exact`)
    where that is no slower, as always for odd n and uncertainties within a factor of a few hundred; the draws then
    serve the participants. Results are Gaussian, or x + u·t_ν where dof is given (JCGM 101, 6.4.9), or jointly
    Gaussian with a covariance.
    The weight of a participant is the share of draws in which it is the median (half of it for even n), which is the
    derivative of the mean to its value. Its covariance with the median is that which makes
    u²(x) + u²(median) − 2u(x, median) the variance of the drawn differences, 0 for an independent one left out.
    With dof it is the weight times u², since draws of few degrees of freedom have a large variance or none.

    x, u: (n,) in one unit; contributing: (n,) those of whom the median is taken; covariance: (n, n), its diagonal
    stands for u; dof: (n,), infinite where not stated; draws: 1000 or more; seed: of the draws.
    Returns a `Consensus` with low, high and further «median» of the values as stated, «d_low», «d_high» (n,): the 95 %
    quantiles of each difference x − median, also for those left out, «draws», «seed», «exact» true where value, u,
    low and high are not from draws.
    Raises Refused for bad input, and for a covariance together with degrees of freedom.

    >>> x = [15, 15, 30, 18, 24, -9, 33, 12.5, 8.8]       # nm, CCL-K1, gauge block of 1 mm
    >>> found = median_monte_carlo(x, [9, 14, 10, 13, 9, 7, 9, 8.6, 10], draws=200_000)
    >>> round(float(found.value), 1), round(float(found.u), 1)
    (17.1, 5.0)

    Source: M. G. Cox, Metrologia 39 (2002) 589, procedure B.
    """
    part, spread = contributors(x, u, contributing, 1)
    if part.x.ndim != 1:
        raise Refused(finding("comparison.results.shape", "value", u=spread.shape, values="(n,)"))
    if not LEAST <= draws <= MOST or draws != int(draws):
        raise Refused(finding("comparison.median.draws", "draws", draws=draws, least=LEAST, most=MOST))
    every, n = np.asarray(x, float), part.chosen.size
    freedom = None if dof is None else degrees_of_freedom(dof, n)
    if freedom is not None and not np.any(np.isfinite(freedom)):
        freedom = None
    if freedom is not None and covariance is not None:
        raise Refused(finding("comparison.median.dof_correlated", "covariance"))
    whole = None if covariance is None else covariance_matrix(covariance, n)
    own = spread if whole is None else np.sqrt(np.diagonal(whole))
    middle, scale = np.median(part.x), float(own[part.chosen].max())
    root = None if whole is None else _root(whole / scale**2)
    law = _Law((every - middle) / scale, own / scale, root, freedom, seed)
    seen = _simulate(law, part.chosen, int(draws))
    independent = whole is None and freedom is None
    exact = median_distribution(law.x[part.chosen], law.u[part.chosen]) if independent else None
    of_median = exact or seen.of_median()
    weights = np.where(part.chosen, seen.shares, 0.0)
    value, width, low, high = (np.asarray(scale * v) for v in of_median)
    if freedom is None:
        joint = 0.5 * (own**2 + width**2 - scale**2 * seen.variance[:n])
        joint = np.where(part.chosen, joint, 0.0) if independent else joint
    else:
        joint = bounded(weights * own**2, weights, width)
    d_low, d_high = scale * seen.quantiles[:, :n]
    further = {"median": middle, "d_low": d_low, "d_high": d_high, "draws": draws, "seed": seed,
               "exact": exact is not None}  # fmt: skip
    told: tuple[Finding, ...] = ()
    if freedom is not None:
        told = (finding("comparison.median.tails", "median_monte_carlo", "note"),)
    named = {name: np.asarray(number) for name, number in further.items()}
    ends = middle + low, middle + high
    return Consensus(middle + value, width, weights, joint, np.zeros(()), *ends, named, told)


def degrees_of_freedom(dof: ArrayLike, n: int) -> Array:
    """Degrees of freedom (n,), infinite allowed. Raises Refused for one that is missing or not above zero."""
    freedom = np.broadcast_to(numbers(dof, "dof"), (n,)) if np.ndim(dof) == 0 else numbers(dof, "dof")
    if freedom.shape != (n,):
        raise Refused(finding("comparison.results.shape", "dof", u=freedom.shape, values=f"({n},)"))
    if not np.all(freedom > 0.0):
        raise Refused(finding("comparison.dof.not_positive", "dof"))
    return freedom


@dataclass(frozen=True, slots=True)
class _Law:
    """How the results are drawn, in a common unit: values, standard uncertainties, root of the covariance or None."""

    x: Array
    u: Array
    root: Array | None
    dof: Array | None
    seed: int

    def blocks(self, draws: int) -> Iterator[Array]:
        """Blocks (n + 1, CHUNK) of draws and a free row, the last one shorter; each is overwritten by the next."""
        ratio = max(float(np.abs(self.x).max()), float(self.u.max())) / float(self.u.min())
        kind = np.float32 if ratio <= SINGLE and self.dof is None else np.float64
        stream, n = Stream(self.seed), self.x.size
        whole = np.empty((n + 1, CHUNK), kind)
        block = whole[:n]
        x, u = self.x.astype(kind)[:, None], self.u.astype(kind)[:, None]
        root = None if self.root is None else self.root.astype(kind)
        for number in range(-(-draws // CHUNK)):
            generator = stream.at("comparison.median", 0, number)
            generator.standard_normal(dtype=kind, out=block)
            if self.dof is not None:
                for row, freedom in zip(block, self.dof, strict=True):
                    if np.isfinite(freedom):
                        row /= np.sqrt(generator.chisquare(freedom, CHUNK) / freedom)
            if root is None:
                np.multiply(block, u, out=block)
            else:
                np.matmul(root, block.copy(), out=block)
            np.add(block, x, out=block)
            yield whole[:, : min(CHUNK, draws - number * CHUNK)]


@dataclass(frozen=True, slots=True)
class _Seen:
    """Of the drawn medians and differences x − median: mean of the median; variances (n + 1,) and quantiles (2, n + 1)
    of the differences and, last, of the median; shares (n,) of draws in which each result is the median."""

    mean: float
    variance: Array
    quantiles: Array
    shares: Array

    def of_median(self) -> MedianDistribution:
        low, high = self.quantiles[:, -1]
        return MedianDistribution(self.mean, float(np.sqrt(self.variance[-1])), float(low), float(high))


def _simulate(law: _Law, chosen: Array, draws: int) -> _Seen:
    """One pass over the draws for sums and tails; another in the rare case that a window was guessed too narrow."""
    n, places, margin = chosen.size, np.flatnonzero(chosen), 4.5
    while True:
        windows = _Windows(draws, margin)
        first, second, shares = np.zeros(n + 1), np.zeros(n + 1), np.zeros(n)
        for d, counts in _differences(law, places, draws):
            first += d @ np.ones(d.shape[1], d.dtype)
            second += [float(np.dot(row, row)) for row in d]
            shares[places] += counts
            windows.add(d)
        quantiles = windows.quantiles()
        if quantiles is not None:
            break
        margin *= 4.0
    variance = np.maximum(second - first**2 / draws, 0.0) / (draws - 1)
    return _Seen(float(first[-1] / draws), variance, quantiles, shares / draws)


def _differences(law: _Law, places: Array, draws: int) -> Iterator[tuple[Array, Array]]:
    """Blocks (n + 1, m) of the differences of all n from the median and, last, the median; and in how many of the m
    draws each contributor is the median, ties shared."""
    medians, flags = Medians(places.size), np.empty(CHUNK, bool)
    for block in law.blocks(draws):
        rows, last = [block[i] for i in places], block[-1]
        lower, upper = medians.of(rows)
        middles = [lower] if lower is upper else [lower, upper]
        counts = sum(_shares(rows, middle, flags[: last.size]) for middle in middles) / len(middles)
        np.add(lower, upper, out=last)
        last *= 0.5
        block[:-1] -= last
        yield block, np.asarray(counts)


def _shares(rows: list[Array], middle: Array, flags: Array) -> Array:
    counts = np.array([np.count_nonzero(np.equal(row, middle, out=flags)) for row in rows], float)
    if counts.sum() == middle.size:
        return counts
    equal = np.stack(rows) == middle  # results that are equal in a draw, as with a correlation of one
    return np.asarray(np.sum(equal / np.sum(equal, axis=0), axis=1))


class _Windows:
    """What lies in a window about either quantile, and how much beyond it, for each row of the blocks that are added.

    The windows come from the first blocks, margin standard errors to either side; a narrow one keeps few numbers.
    """

    __slots__ = ("_beyond", "_draws", "_flags", "_kept", "_limits", "_margin", "_waiting")

    def __init__(self, draws: int, margin: float) -> None:
        self._draws, self._margin = draws, margin
        self._waiting: list[Array] = []
        self._limits = self._beyond = np.empty(0)
        self._kept: list[list[Array]] = []
        self._flags = np.empty((3, 0), bool)

    def add(self, rows: Array) -> None:
        if self._kept:
            self._sort_in(rows)
        else:
            self._waiting.append(rows.copy())
            if len(self._waiting) == PILOT:
                self._open()

    def _open(self) -> None:
        first = np.sort(np.concatenate(self._waiting, axis=1), axis=1)
        m = first.shape[1]
        reach = self._margin * (ENDS[0] * ENDS[1] / m) ** 0.5 + 2.0 / m
        self._limits = np.full((4, len(first)), -np.inf, first.dtype)  # from, to at the lower and the upper end
        self._limits[1::2] = np.inf
        for end, p in enumerate(ENDS):
            if p - reach > 0.0:
                self._limits[2 * end] = first[:, int((p - reach) * m)]
            if p + reach < 1.0:
                self._limits[2 * end + 1] = first[:, int((p + reach) * m)]
        self._beyond = np.zeros((2, len(first)), int)
        self._kept = [[] for _ in first]
        for rows in self._waiting:
            self._sort_in(rows)
        self._waiting = []

    def _sort_in(self, rows: Array) -> None:
        if self._flags.shape[1:] != rows.shape:
            self._flags = np.empty((3, *rows.shape), bool)
        below, above, near = self._flags
        a, b, c, d = self._limits[..., None]
        np.less(rows, a, out=below)
        np.greater(rows, d, out=above)
        self._beyond += [[np.count_nonzero(row) for row in part] for part in (below, above)]
        np.less_equal(rows, b, out=near)
        np.not_equal(near, below, out=near)
        np.greater_equal(rows, c, out=below)
        np.not_equal(below, above, out=below)
        np.logical_or(near, below, out=near)
        for row, flags, kept in zip(rows, near, self._kept, strict=True):
            kept.append(row.compress(flags))

    def quantiles(self) -> Array | None:
        """Quantiles (2, rows) by linear interpolation of the order statistics; None if a window does not hold them."""
        if self._waiting:
            return np.asarray(np.quantile(np.concatenate(self._waiting, axis=1).astype(float), ENDS, axis=1))
        found = np.empty((2, len(self._kept)))
        place = (self._draws - 1) * ENDS[0]
        for row, kept in enumerate(self._kept):
            near = np.concatenate(kept)
            a, b, c, d = self._limits[:, row]
            for end, window in enumerate((near[(near >= a) & (near <= b)], -near[(near >= c) & (near <= d)])):
                rank = int(place) - int(self._beyond[end, row])
                if rank < 0 or window.size < rank + 2:
                    return None
                part = np.partition(window, rank)
                first, second = float(part[rank]), float(part[rank + 1 :].min())
                found[end, row] = (first + (place - int(place)) * (second - first)) * (1.0 if end == 0 else -1.0)
        return found


def _root(matrix: Array) -> Array:
    """R with R Rᵀ = matrix, also where it is singular."""
    size, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(size, 0.0)))
