"""Consistent subsets of correlated results, by a search that drops only what cannot be part of one.

chi2 = rᵀV⁻¹r of a subset grows with every result that is added, so a partial subset beyond the critical value ends its
branch. Each step conditions what is left on a result that is taken (one row of a Cholesky factor); many partial
subsets take it at once, as arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]
NODES = 2_000_000
"""Partial subsets after which the search is given up: about a minute."""
BATCH = 1024
KEPT = 8
"""Subsets of one size that are kept, the best ones."""


def consistent_subsets(x: Array, covariance: Array, critical: Array) -> list[tuple[tuple[int, ...], float]]:
    """The best consistent subsets of the largest size that has one, best first: places of the results, chi2.

    x: (n,); covariance: (n, n) of full rank; critical: (n,) the largest chi2 of 1, 2 … n results. Exact. Raises
    Refused for a singular covariance, and where the answer is not found among two million partial subsets.
    """
    n, scale = x.size, np.sqrt(np.diagonal(covariance))
    correlation = covariance / np.outer(scale, scale)
    if np.linalg.eigvalsh(correlation)[0] < 1e-12 * n:
        raise Refused(finding("comparison.covariance.singular", "covariance"))
    z = x - np.median(x)
    order = np.argsort(-np.abs(z) / scale, kind="stable")  # two that contradict each other meet early
    start = np.empty((n + 2, n + 2))
    start[:n, :n] = correlation[np.ix_(order, order)]
    start[:n, n] = start[n, :n] = (scale.min() / scale)[order]
    start[:n, n + 1] = start[n + 1, :n] = (z / scale)[order]
    start[n:, n:] = 0.0
    spent = 0
    for size in range(n, 1, -1):
        found, nodes = _search(start, size, float(critical[size - 1]) * (1.0 + 1e-12), NODES - spent)
        spent += nodes
        if found:
            rows = [(tuple(sorted(int(order[i]) for i in members)), chi2) for members, chi2 in found]
            limit = min(chi2 for _, chi2 in rows) * (1.0 + 1e-9) + 1e-9
            return sorted(rows, key=lambda row: (0.0, row[0]) if row[1] <= limit else (row[1], row[0]))
    return [((0,), 0.0)]


def _search(start: Array, size: int, critical: float, limit: int) -> tuple[list[tuple[Array, float]], int]:
    """Consistent subsets of one size, the best few, and how many partial ones it took.

    A state is the matrix of what is not decided yet beside 1/u and x/u, conditioned on what is taken; its last corner
    holds the negative sums 1ᵀV⁻¹1, 1ᵀV⁻¹x, xᵀV⁻¹x of what is taken.
    """
    n = start.shape[0] - 2
    stack: list[tuple[Array, Array]] = [(start[None], np.zeros((1, 0), bool))]
    found: list[tuple[Array, float]] = []
    bound, nodes = critical, 0
    while stack:
        states, taken = stack.pop()
        nodes += len(states)
        if nodes > limit:
            raise Refused(finding("comparison.subset.large", "covariance", n=n, nodes=NODES))
        decided = taken.shape[1]
        if decided == n:
            for members, chi2 in zip(taken, _chi2(states), strict=True):
                if chi2 <= bound:
                    found.append((np.flatnonzero(members), float(chi2)))
            found = sorted(found, key=lambda row: row[1])[:KEPT]
            bound = found[-1][1] if len(found) == KEPT else bound
            continue
        count = taken.sum(axis=1)
        may_leave = count + (n - decided - 1) >= size
        left = (states[may_leave][:, 1:, 1:], _with(taken[may_leave], False))
        may_take = count < size
        column = states[may_take][:, :, 0]
        inner = states[may_take][:, 1:, 1:]
        inner = inner - column[:, 1:, None] * column[:, None, 1:] / column[:, :1, None]
        good = _chi2(inner) <= bound
        for part in (left, (inner[good], _with(taken[may_take][good], True))):
            stack.extend((part[0][i : i + BATCH], part[1][i : i + BATCH]) for i in range(0, len(part[0]), BATCH))
    return found, nodes


def _with(taken: Array, last: bool) -> Array:
    return np.concatenate([taken, np.full((len(taken), 1), last)], axis=1)


def _chi2(states: Array) -> Array:
    a, b, c = -states[:, -2, -2], -states[:, -2, -1], -states[:, -1, -1]
    return np.asarray(np.maximum(c - np.divide(b * b, a, out=np.zeros_like(a), where=a > 0.0), 0.0))
