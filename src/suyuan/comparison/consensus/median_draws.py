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

from suyuan.comparison.consensus.median_network import Medians
from suyuan.comparison.results import Consensus, contributors, covariance_matrix
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.kept import numbers
from suyuan.quantity.montecarlo.stream import CHUNK, Stream

Array = NDArray[Any]
SLICE = 16384
LEAST, MOST = 1_000, 100_000_000
ENDS = (0.025, 0.975)
PILOT = 1
"""Blocks from which the place of the tails is guessed, wide enough (six standard errors) that it holds."""
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

    Results are Gaussian, or x + u·t_ν where dof is given (JCGM 101, 6.4.9), or jointly Gaussian with a covariance.
    The weight of a participant is the share of draws in which it is the median (half of it for even n), which is the
    derivative of the mean to its value. Its covariance with the median is that which makes
    u²(x) + u²(median) − 2u(x, median) the variance of the drawn differences, 0 for an independent one left out.

    x, u: (n,) in one unit; contributing: (n,) those of whom the median is taken; covariance: (n, n), its diagonal
    stands for u; dof: (n,), infinite where not stated; draws: 1000 or more; seed: of the draws.
    Returns a `Consensus` with low, high and further «median» of the values as stated, «d_low», «d_high» (n,): the 95 %
    quantiles of each difference x − median, also for those left out, «draws», «seed».
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
    weights = np.where(part.chosen, seen.shares, 0.0)
    if freedom is None:
        joint = 0.5 * (own**2 + scale**2 * (seen.variance[-1] - seen.variance[:n]))
        joint = np.where(part.chosen, joint, 0.0) if whole is None else joint
    else:
        joint = np.minimum(weights * own**2, 0.5 * (own**2 + scale**2 * seen.variance[-1]))
    low, high = scale * seen.quantiles
    further = {"median": np.asarray(middle), "d_low": low[:n], "d_high": high[:n], "draws": np.asarray(draws),
               "seed": np.asarray(seed)}  # fmt: skip
    tails: tuple[Finding, ...] = ()
    if freedom is not None:
        tails = (finding("comparison.median.tails", "median_monte_carlo", "note"),)
    value, width = np.asarray(middle + scale * seen.mean), np.asarray(scale * np.sqrt(seen.variance[-1]))
    ends = np.asarray(middle + low[n]), np.asarray(middle + high[n])
    return Consensus(value, width, weights, joint, np.zeros(()), *ends, further, tails)


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
        """Blocks (n, CHUNK) of draws, the last one shorter; each is overwritten by the next."""
        ratio = max(float(np.abs(self.x).max()), float(self.u.max())) / float(self.u.min())
        kind = np.float32 if ratio <= SINGLE and self.dof is None else np.float64
        stream, n = Stream(self.seed), self.x.size
        block = np.empty((n, CHUNK), kind)
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
            left = min(CHUNK, draws - number * CHUNK)
            for start in range(0, left, SLICE):
                yield block[:, start : min(start + SLICE, left)]


@dataclass(frozen=True, slots=True)
class _Seen:
    """Of the drawn medians and differences x − median: mean of the median; variances (n + 1,) and quantiles (2, n + 1)
    of the differences and, last, of the median; shares (n,) of draws in which each result is the median."""

    mean: float
    variance: Array
    quantiles: Array
    shares: Array


def _simulate(law: _Law, chosen: Array, draws: int) -> _Seen:
    """One pass over the draws for sums and tails; a second one in the rare case that a tail was guessed too short."""
    n, places = chosen.size, np.flatnonzero(chosen)
    pilot = [d.copy() for d, _ in _differences(law, places, min(draws, PILOT * CHUNK))]
    guess = np.concatenate(pilot, axis=1)
    margin = 6.0 * np.sqrt(ENDS[0] * ENDS[1] / guess.shape[1]) + 2.0 / guess.shape[1]
    while True:
        share = ENDS[0] + margin
        every = np.full((2, n + 1), [[np.inf], [-np.inf]])
        tails = _Tails(every if share > 0.5 else np.quantile(guess, [share, 1.0 - share], axis=1), draws)
        first, second, shares = np.zeros(n + 1), np.zeros(n + 1), np.zeros(n)
        for d, counts in _differences(law, places, draws):
            ones = np.ones(d.shape[1], d.dtype)
            first += d @ ones
            second += [float(np.dot(row, row)) for row in d]
            shares[places] += counts
            tails.add(d)
        quantiles = tails.quantiles()
        if quantiles is not None:
            break
        margin *= 2.0
    variance = (second - first**2 / draws) / (draws - 1)
    return _Seen(float(first[-1] / draws), variance, quantiles, shares / draws)


def _differences(law: _Law, places: Array, draws: int) -> Iterator[tuple[Array, Array]]:
    """Blocks (n + 1, m) of the differences of all n from the median and, last, the median; and in how many of the m
    draws each contributor is the median, ties shared."""
    medians, work, flags = Medians(places.size), None, np.empty(CHUNK, bool)
    for block in law.blocks(draws):
        size = block.shape[1]
        lower, upper = medians.of([block[i] for i in places])
        middles = [lower] if lower is upper else [lower, upper]
        counts = sum(_shares([block[i] for i in places], middle, flags[:size]) for middle in middles) / len(middles)
        if work is None or work.shape[1] != size:
            work = np.empty((block.shape[0] + 1, size), block.dtype)
        np.add(lower, upper, out=work[-1])
        work[-1] *= 0.5
        np.subtract(block, work[-1], out=work[:-1])
        yield work, np.asarray(counts)


def _shares(rows: list[Array], middle: Array, flags: Array) -> Array:
    counts = np.array([np.count_nonzero(np.equal(row, middle, out=flags)) for row in rows], float)
    if counts.sum() == middle.size:
        return counts
    equal = np.stack(rows) == middle  # results that are equal in a draw, as with a correlation of one
    return np.asarray(np.sum(equal / np.sum(equal, axis=0), axis=1))


class _Tails:
    """What lies beyond a limit at either end, for each row of the blocks that are added."""

    __slots__ = ("_draws", "_flags", "_kept", "_limits")

    def __init__(self, limits: Array, draws: int) -> None:
        self._limits, self._draws, self._flags = limits, draws, np.empty((2, CHUNK), bool)
        self._kept: list[list[Array]] = [[] for _ in range(limits.shape[1])]

    def add(self, rows: Array) -> None:
        low, high = self._limits.astype(rows.dtype)
        below, above = self._flags[:, : rows.shape[1]]
        for row, kept, a, b in zip(rows, self._kept, low, high, strict=True):
            np.less_equal(row, a, out=below)
            np.greater_equal(row, b, out=above)
            np.logical_or(below, above, out=below)
            kept.append(row.compress(below))

    def quantiles(self) -> Array | None:
        """Quantiles (2, rows) by linear interpolation of the order statistics; None if a tail does not reach them."""
        found = np.empty((2, len(self._kept)))
        place = (self._draws - 1) * ENDS[0]
        rank = int(place)
        for row, kept in enumerate(self._kept):
            beyond = np.concatenate(kept)
            low, high = self._limits[:, row].astype(beyond.dtype)
            for end, tail in enumerate((beyond[beyond <= low], -beyond[beyond >= high])):
                if tail.size < rank + 2:
                    return None
                part = np.partition(tail, rank)
                first, second = float(part[rank]), float(part[rank + 1 :].min())
                found[end, row] = (first + (place - rank) * (second - first)) * (1.0 if end == 0 else -1.0)
        return found


def _root(matrix: Array) -> Array:
    """R with R Rᵀ = matrix, also where it is singular."""
    size, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(size, 0.0)))
