"""The largest consistent subset: as many results as agree with their weighted mean, and who is left out of it.

Independent results need no enumeration. At any fixed m the k results with the smallest (x − m)²/u² have the smallest
sum of them; the best subset of k is therefore that of its own mean, and the order of the n parabolas changes only where
two of them cross, at no more than n(n − 1) places. One subset of each size for each interval between crossings contains
every best one, and with the next result in the place of the last one every second best. Correlated results are searched
in `correlated_subset`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri

from suyuan.comparison.consensus.correlated_subset import consistent_subsets
from suyuan.comparison.consensus.weighted import generalised_least_squares, weighted_mean
from suyuan.comparison.results import Consensus, contributors, covariance_matrix
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]
SLICE = 1 << 20
"""Elements of a work array; crossings are taken in slices, so memory does not grow with their number."""
TIE = 1e-9
"""Two chi2 that differ by less, relative or absolute, are equal: the difference is rounding."""
ROUNDING = 1e-12
"""Of chi2 beside its critical value."""
MANY, GRID = 60, 512
"""Above so many results, points far from any large consistent subset are left out, seen on a grid of so many."""
MET = 64
"""Subsets of a slice that are kept, the best ones."""
NAMED = 3
"""Other subsets that a finding names."""


@dataclass(frozen=True, slots=True)
class Subset:
    """A subset by the places of its results among those searched, in their order, with its chi2."""

    members: tuple[int, ...]
    chi2: float


def largest_consistent_subset(
    x: ArrayLike,
    u: ArrayLike,
    contributing: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    *,
    labs: Sequence[str] | None = None,
    p: float = 0.05,
) -> Consensus:
    """The weighted mean of the largest subset of results that agree with it.

    The largest k for which a subset has Q = Σ w(x − x_w)² ≤ χ²₁₋ₚ(k − 1), and of those of that size the one with the
    smallest Q; where two have the same, the first in the order of the data. Exact for any n of independent results.
    With a covariance Q = rᵀV⁻¹r and the mean is that of least squares.
    The subset is a statistical statement: who is left out has the degree of equivalence of one that did not contribute.

    x, u: (n,) in one unit; contributing: (n,) those searched; covariance: (n, n), its diagonal stands for u;
    labs: names for the findings; p: probability of a larger Q if the results agree.
    Returns a `Consensus` with further «chi2», «size», «critical», «included» (n,) true for the subset, and a finding
    that names who is in and who is out, and one where another subset of that size is consistent too.
    Raises Refused for bad input, if no two results agree, and where correlated results are too many to be searched.

    >>> x = [15, 15, 30, 18, 24, -9, 33, 12.5, 8.8]       # nm, CCL-K1, gauge block of 1 mm
    >>> found = largest_consistent_subset(x, [9, 14, 10, 13, 9, 7, 9, 8.6, 10])
    >>> round(float(found.value), 2), round(float(found.u), 2), found.further["included"].tolist().index(False)
    (19.97, 3.5, 5)

    Source: M. G. Cox, Metrologia 44 (2007) 187.
    """
    part, spread = contributors(x, u, contributing, 2)
    if part.x.ndim != 1:
        raise Refused(finding("comparison.results.shape", "value", u=spread.shape, values="(n,)"))
    if not 0.0 < p < 1.0:
        raise Refused(finding("comparison.subset.probability", "p", p=p))
    n = part.chosen.size
    names = tuple(labs) if labs is not None else tuple(str(i + 1) for i in range(n))
    critical = np.array([chdtri(k - 1, p) if k > 1 else 0.0 for k in range(1, part.x.size + 1)])
    whole = None if covariance is None else covariance_matrix(covariance, n)
    if whole is None:
        found = independent_subsets(part.x, part.u, critical)
    else:
        found = [Subset(*row) for row in consistent_subsets(part.x, whole[np.ix_(part.chosen, part.chosen)], critical)]
    if len(found[0].members) < 2:
        raise Refused(finding("comparison.subset.none", "value", n=part.x.size, p=p))
    places = np.flatnonzero(part.chosen)
    included = np.zeros(n, bool)
    included[places[list(found[0].members)]] = True
    mean = weighted_mean(x, u, included) if whole is None else generalised_least_squares(x, whole, included)[0]
    size = len(found[0].members)
    further = {
        "chi2": np.asarray(found[0].chi2),
        "size": np.asarray(size),
        "critical": np.asarray(critical[size - 1]),
        "included": included,
    }
    told = _findings(found, [names[i] for i in places])
    return Consensus(mean.value, mean.u, mean.weights, mean.covariance, mean.tau, None, None, further, told)


def independent_subsets(x: Array, u: Array, critical: Array) -> list[Subset]:
    """The best consistent subset of the largest size, and others of that size that are consistent, next best first.

    x, u: (n,); critical: (n,) the largest chi2 that a subset of 1, 2 … n results may have. The first and second are
    the best of all; more follow as far as they were met.
    """
    x = x - np.median(x)
    points, half = _middles(x, u)
    if x.size > MANY:
        points = points[_worth(x, u, critical, points, half)]
    parts = [points[i : i + SLICE // x.size + 1] for i in range(0, points.size, SLICE // x.size + 1)]
    first = _prefixes(x, u, parts[0])
    least = np.array([first[0].min(axis=0), *(_prefixes(x, u, part)[0].min(axis=0) for part in parts[1:])])
    # a result that is millions of its u away takes the digits of a sum: what then seems to agree is tried, and dropped
    for size in (np.flatnonzero(least.min(axis=0) <= critical * (1.0 + ROUNDING))[::-1] + 1).tolist():
        if size == 1:
            break
        met: dict[tuple[int, ...], float] = {}
        limit = float(critical[size - 1]) * (1.0 + ROUNDING)
        for i in np.flatnonzero(least[:, size - 1] <= limit):
            chi2, order = first if i == 0 else _prefixes(x, u, parts[i])
            _collect(met, x, u, order[chi2[:, size - 1] <= limit], size, limit)
        if met:
            return ranked(met)
    return [Subset((0,), 0.0)]


def ranked(met: dict[tuple[int, ...], float]) -> list[Subset]:
    """Subsets of one size by chi2; equal ones by the order of the data."""
    rows = sorted((chi2, members) for members, chi2 in met.items())
    limit = rows[0][0] + TIE * max(1.0, rows[0][0])
    equal = sorted((members, chi2) for chi2, members in rows if chi2 <= limit)
    return [Subset(members, chi2) for members, chi2 in (*equal, *((m, c) for c, m in rows if c > limit))]


def _worth(x: Array, u: Array, critical: Array, points: Array, half: Array) -> Array:
    """Which points can lie between the crossings where a large enough consistent subset has its mean.

    At that mean the sum of its (x − m)²/u² is its chi2, so the k results nearest to m have less, where k is a size that
    some subset reaches. The root of that sum moves by no more than √Σw a step, w the k largest: on a coarse grid it is
    known well enough everywhere.
    """
    grid = np.linspace(x.min(), x.max(), GRID)
    reached = np.flatnonzero(_prefixes(x, u, grid)[0].min(axis=0) <= critical)
    k = int(reached[-1]) + 1
    nearest = np.sqrt(np.sum(np.partition(((x - grid[:, None]) / u) ** 2, k - 1, axis=1)[:, :k], axis=1))
    steepest = math.sqrt(float(np.sum(np.sort(u**-2.0)[-k:])))
    at = np.clip(np.rint((points - grid[0]) / (grid[1] - grid[0])), 0, GRID - 1).astype(np.intp)
    least = nearest[at] - steepest * (np.abs(points - grid[at]) + half)
    return np.asarray(~(least > math.sqrt(float(critical[k - 1 :].max())) * (1.0 + 1e-9)))


def _middles(x: Array, u: Array) -> tuple[Array, Array]:
    """A point between every two neighbouring crossings of the parabolas (x − m)²/u², and one beyond each end; and how
    far the crossings are from it."""
    i, j = np.triu_indices(x.size, 1)
    total, apart = u[i] + u[j], u[j] - u[i]
    inner = x[i] + (x[j] - x[i]) * (u[i] / total)
    with np.errstate(divide="ignore", invalid="ignore"):
        outer = x[i] - (x[j] - x[i]) * (u[i] / apart)
    places = np.concatenate([inner, outer[np.isfinite(outer)]])
    inside = places[(places >= x.min()) & (places <= x.max())]  # a mean lies within the results
    edges = np.unique(np.concatenate([[x.min()], inside, [x.max()]]))
    if edges.size < 2:
        return edges, np.zeros(edges.shape)
    return 0.5 * (edges[1:] + edges[:-1]), 0.5 * np.diff(edges)


def _prefixes(x: Array, u: Array, points: Array) -> tuple[Array, Array]:
    """chi2 of the k results nearest to each point, in units of their u, for k = 1 … n; and the order of all."""
    z = (x - points[:, None]) / u
    order = np.argsort(z * z, axis=1)
    w = (1.0 / (u / u.min()) ** 2)[order]
    z = np.take_along_axis(z, order, axis=1)
    total, first = np.cumsum(w, axis=1), np.cumsum(z * np.sqrt(w), axis=1)
    return np.maximum(np.cumsum(z * z, axis=1) - first * first / total, 0.0), order


def _collect(met: dict[tuple[int, ...], float], x: Array, u: Array, order: Array, size: int, limit: float) -> None:
    """Into met: the consistent subsets of the first results of each order, and those with the last one replaced."""
    rows = [order[:, :size]]
    if size < x.size:
        rows.append(np.concatenate([order[:, : size - 1], order[:, size : size + 1]], axis=1))
    every = np.concatenate(rows)
    mark = np.random.Generator(np.random.SFC64(1)).integers(1 << 62, size=x.size)  # a sum of marks tells sets apart
    every = np.sort(every[np.unique(mark[every].sum(axis=1), return_index=True)[1]], axis=1)
    value = _chi2(x[every], u[every])
    good = np.flatnonzero(value <= limit)
    good = good[np.argsort(value[good], kind="stable")[:MET]]
    met.update(zip((_first_of_equal(row, x, u) for row in every[good].tolist()), value[good].tolist(), strict=True))


def _first_of_equal(members: list[int], x: Array, u: Array) -> tuple[int, ...]:
    """The same subset with the first in the order of the data of those that have the same value and uncertainty."""
    inside, chosen = set(members), []
    for i in members:
        twins = np.flatnonzero((x == x[i]) & (u == u[i]))
        chosen.append(int(twins[sum(1 for t in twins.tolist() if t in inside and t < i)]) if twins.size > 1 else i)
    return tuple(sorted(chosen))


def _chi2(x: Array, u: Array) -> Array:
    w = (u.min(axis=-1, keepdims=True) / u) ** 2
    z = x - np.take_along_axis(x, np.argmin(u, axis=-1)[..., None], axis=-1)
    mean = np.sum(w * z, axis=-1, keepdims=True) / np.sum(w, axis=-1, keepdims=True)
    return np.asarray(np.sum(((z - mean) / u) ** 2, axis=-1))


def _findings(found: list[Subset], names: list[str]) -> tuple[Finding, ...]:
    best, rest = found[0], found[1:]
    inside = ", ".join(names[i] for i in best.members)
    out = ", ".join(name for i, name in enumerate(names) if i not in best.members)
    told = []
    if out:
        told.append(finding(
            "comparison.subset.members", "largest_consistent_subset", "note", n=len(names), size=len(best.members),
            inside=inside, out=out,
        ))  # fmt: skip
    if rest:
        tie = rest[0].chi2 <= best.chi2 + TIE * max(1.0, best.chi2)
        others = "; ".join(f"{_exchange(best, other, names)} (Q = {other.chi2:.4g})" for other in rest[:NAMED])
        told.append(finding(
            "comparison.subset.not_unique", "largest_consistent_subset", "warning" if tie else "note",
            size=len(best.members), out=out, chi2=f"{best.chi2:.4g}", others=others,
        ))  # fmt: skip
    return tuple(told)


def _exchange(best: Subset, other: Subset, names: list[str]) -> str:
    """Who leaves and who enters on the way from one subset to another: «−A +B»."""
    leave, enter = sorted(set(best.members) - set(other.members)), sorted(set(other.members) - set(best.members))
    return " ".join([*(f"−{names[i]}" for i in leave), *(f"+{names[i]}" for i in enter)])
