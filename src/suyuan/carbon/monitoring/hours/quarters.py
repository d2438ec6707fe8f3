"""Quarters of an hour with a reading: what 40 CFR 75 asks of an hour that counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.minutes import Mark, Marked
from suyuan.carbon.monitoring.hours.month import Judge
from suyuan.series.periods import HOUR

Array = NDArray[Any]
QUARTER = 900.0
"""Seconds in a quarter of an hour."""
MINUTE = 60_000_000


def quarters(time: Array, begin: Array, edges: Array, marks: Marked, asks: Judge) -> NDArray[np.int64]:
    """Of each hour (3, h): quarters with a row that counts, quarters in which the unit ran, and 1 where two points are
    enough: quarters lack rows only for what is excused, and the first and last row that count are far enough apart.

    time (n,): of rows, in order; begin (h,): of hours, µs; edges (h + 1,): places at which hours begin, and the last
    ends; marks: rows that do not count. A row that is longer than a quarter is a mean of all that it spans.
    """
    off = (marks.mark & np.uint16(Mark.NOT_OPERATING)) != 0
    long, size = asks.step / QUARTER, len(begin)
    if long > 1.0:
        hour = np.searchsorted(edges, marks.place, side="right") - 1
        rows = np.diff(edges) - np.bincount(hour, minlength=size)
        ran = asks.possible - np.bincount(hour[off], minlength=size)
        both = np.minimum(4, np.ceil(np.stack([rows, ran]) * long - 1e-9))
        return np.concatenate([both, np.zeros((1, size))]).astype(np.int64)
    places = np.searchsorted(time, (begin[:, None] + np.arange(4) * (HOUR // 4)).ravel())
    bounds = np.append(places, len(time))
    quarter = np.searchsorted(bounds, marks.place, side="right") - 1

    def count(some: Array) -> Array:
        return np.bincount(quarter[some], minlength=4 * size).reshape(-1, 4)

    valid = np.diff(bounds).reshape(-1, 4) > count(np.ones(len(marks), bool))
    running = count(off) < round(1.0 / long)
    excuse = (marks.mark & np.uint16(asks.excuses)) != 0
    excused = (count(excuse) > 0) & (count(~excuse & ~off) == 0)
    lacking = running & ~valid
    may = lacking.any(axis=1) & (excused | ~lacking).all(axis=1) & (running.sum(axis=1) > 1)
    found = np.zeros((3, size), np.int64)
    found[0], found[1] = valid.sum(axis=1), running.sum(axis=1)
    if asks.apart is not None and may.any():
        found[2, may] = _span(time, edges, marks, np.flatnonzero(may)) >= asks.apart * MINUTE
    return found


def _span(time: Array, edges: Array, marks: Marked, hours: Array) -> Array:
    """From the first to the last row of some hours that counts, µs; −1 where there is none."""
    good = np.delete(np.arange(len(time)), marks.place)
    first, behind = good.searchsorted(edges[hours]), good.searchsorted(edges[hours + 1])
    found = np.full(len(hours), -1, np.int64)
    some = behind > first
    found[some] = time[good[behind[some] - 1]] - time[good[first[some]]]
    return found
