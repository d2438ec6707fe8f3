"""Which laboratory reported which measurand: a round is seldom whole, and what is missing is counted, never guessed.

An estimator works on dense blocks: measurands with equally many results, sorted. Missing results are told by a mask; a
number that is missing without the mask saying so is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.results import values
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.kept import numbers

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Reported:
    """x: results (measurands, laboratories), +∞ where none; n: results of each measurand; shape: of the measurands."""

    x: Array
    n: Array
    shape: tuple[int, ...]

    def blocks(self, cells: int) -> Iterator[tuple[Array | slice, Array]]:
        """Measurands with equally many results, at most about `cells` numbers at once: (which, sorted results)."""
        rows, width = self.x.shape
        for n in np.unique(self.n):
            which = np.flatnonzero(self.n == n)
            step = max(1, cells // max(int(n), 1))
            for start in range(0, which.size, step):
                part: Array | slice = which[start : start + step]
                if which.size == rows:
                    part = slice(start, start + step)
                block = np.sort(self.x[part], axis=-1)
                yield part, block if n == width else np.ascontiguousarray(block[:, :n])

    def each(self, act: Callable[[Array], Array], cells: int = 1 << 16) -> Array:
        """What `act` says of each measurand, for a function from sorted blocks (m, n) to (m,)."""
        found = np.empty(len(self.x))
        for which, block in self.blocks(cells):
            found[which] = act(block)
        return found.reshape(self.shape)

    @property
    def count(self) -> Array:
        """Results of each measurand, in their shape."""
        return self.n.reshape(self.shape)


def reported_results(x: ArrayLike, reported: ArrayLike | None, least: int, where: str = "value") -> Reported:
    """The results that were reported, checked. x: (…, n); reported: (…, n) true where there is a result, default all.

    Raises Refused where a reported one is not finite, or fewer than `least` remain for a measurand.
    """
    if reported is None:
        every = values(x, where)
        flat = every.reshape(-1, every.shape[-1])
        counts = np.full(len(flat), flat.shape[-1])
    else:
        every = numbers(x, where)
        there = mask_of(reported, every.shape)
        if not np.all(np.isfinite(every[there])):
            raise Refused(finding("comparison.results.not_finite", where))
        flat = np.where(there, every, np.inf).reshape(-1, every.shape[-1])
        counts = there.reshape(flat.shape).sum(axis=-1)
    if counts.size and counts.min() < least:
        raise Refused(finding("comparison.results.few", where, n=int(counts.min()), wanted=least))
    return Reported(flat, counts, every.shape[:-1])


def mask_of(reported: ArrayLike, shape: tuple[int, ...]) -> Array:
    """A mask of what was reported in the shape of the results, whose last axis is one or more laboratories."""
    given = np.asarray(reported)
    if given.dtype != bool or not shape or shape[-1] == 0:
        raise Refused(finding("comparison.reported.form", "reported", shape=given.shape, values=shape))
    try:
        return np.broadcast_to(given, shape)
    except ValueError:
        raise Refused(finding("comparison.reported.form", "reported", shape=given.shape, values=shape)) from None


def sorted_median(block: Array) -> Array:
    """The median of rows that are sorted."""
    n = block.shape[-1]
    return np.asarray(0.5 * (block[..., (n - 1) // 2] + block[..., n // 2]))
