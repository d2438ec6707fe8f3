"""Gaps that hang together, and the valid hours beside them of which their estimate is made."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.lost.substitution import Gap, Series

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """Valid hours beside gaps that hang together, as places among all valid ones.

    gaps; lost: hours of these; first … middle − 1 come before them, after … end − 1 after them; hours: as numbers;
    key: hours lost, before and after, rounded up to the next eighth of an octave.
    """

    gaps: tuple[Gap, ...]
    lost: int
    first: int
    middle: int
    after: int
    end: int
    hours: NDArray[np.int64]
    key: tuple[int, int, int]

    @property
    def start(self) -> int:
        """The first lost hour."""
        return self.gaps[0].start

    @property
    def count(self) -> int:
        """Valid hours on both sides."""
        return self.middle - self.first + self.end - self.after

    def mean(self, there: Array) -> float:
        """Over the hours beside, of a column over all valid hours."""
        if self.after == self.middle:  # no hour between the sides is valid
            return float(np.add.reduce(there[self.first : self.end])) / self.count
        both = np.add.reduce(there[self.first : self.middle]) + np.add.reduce(there[self.after : self.end])
        return float(both) / self.count


def besides(series: Series, gaps: Sequence[Gap], around: int) -> tuple[Beside, ...]:
    """The hours beside all gaps of a series, in order: as many on each side as are lost, `around` at least."""
    return tuple(_beside(series, group, around) for group in _groups(gaps))


def _beside(series: Series, gaps: Sequence[Gap], around: int) -> Beside:
    lost = sum(gap.stop - gap.start for gap in gaps)
    count = max(around, lost)
    before = series.last(gaps[0].start, count)
    after = before.stop if len(gaps) == 1 else series.next(gaps[-1].stop, count).start
    end = min(after + count, len(series.places))
    if after == before.stop:
        hours = series.places[before.start : end]
    else:
        hours = np.concatenate([series.places[before], series.places[after:end]])
    key = _rounded(lost), _rounded(before.stop - before.start), _rounded(end - after)
    return Beside(tuple(gaps), lost, before.start, before.stop, after, end, hours, key)


def _groups(gaps: Sequence[Gap]) -> Iterator[list[Gap]]:
    """Gaps that hang together: fewer valid hours stand between two than the shorter of them has lost."""
    found: list[list[Gap]] = []
    for gap in gaps:
        found.append([gap])
        while len(found) > 1:
            a, b = found[-2:]
            if b[0].start - a[-1].stop >= min(sum(one.hours for one in a), sum(one.hours for one in b)):
                break
            found[-2:] = [a + b]
    yield from found


@lru_cache(maxsize=16384)
def _rounded(hours: int) -> int:
    """The next of eight lengths an octave, so that few are asked for."""
    return hours if hours < 8 else round(2.0 ** (math.ceil(8.0 * math.log2(hours)) / 8.0))
