"""Hourly means of a channel under its certificates, from the sums of its minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.channel import Held
from suyuan.carbon.monitoring.hours.sums import Sums, runs
from suyuan.series.form import Applied


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """Hourly means of a channel under its certificates, one row an hour and certificate, in the unit of the model.

    hour (n,): number among the hours, ascending; rule (n,): index into rules; value, own (n,): what the row adds to the
    mean, and the square of what it has of its own; slope (k, n): ∂mean/∂parameter.
    """

    hour: NDArray[np.int64]
    rule: NDArray[np.int64]
    value: NDArray[np.float64]
    own: NDArray[np.float64]
    slope: NDArray[np.float64]
    rules: tuple[Applied, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The rows of a month among means that were made of several months at once. first: its first hour there."""

    means: Means
    rows: slice
    first: int


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of sums that are wanted, in the order of hours. keep (n,): which; hour, count (n,); once: whether each hour
    has one row only."""

    keep: NDArray[np.int64]
    hour: NDArray[np.int64]
    count: NDArray[np.float64]
    once: bool

    def parts(self, first: Sequence[int]) -> list[slice]:
        """The rows of each month. first: the first hour of each, and behind the last."""
        return [slice(a, b) for a, b in pairwise(self.hour.searchsorted(first).tolist())]


def rows_of(hour: NDArray[np.int64], count: NDArray[np.int64], wanted: NDArray[np.bool_]) -> Rows:
    """The rows for the hours that are wanted (h,), of channels of which the same minutes count."""
    keep = np.flatnonzero(wanted[hour] & (count > 0))
    if len(hour) > 1 and not (hour[1:] >= hour[:-1]).all():
        keep = keep[np.argsort(hour[keep], kind="stable")]
    kept = hour[keep]
    return Rows(keep, kept, count[keep].astype(float), bool((kept[1:] > kept[:-1]).all()))


def means(held: Held, rows: Sums, taken: Rows) -> Means:
    """The hourly means of a channel."""
    keep, hour, count = taken.keep, taken.hour, taken.count
    window, mean = rows.window[keep], rows.reading[keep] / count
    ordered = bool((window[1:] >= window[:-1]).all())
    number = np.unique(window).tolist() if not ordered else window[runs(window)[:-1]].tolist()
    used = [w for w in number if held.rules[w] is not None]
    rules = tuple(rule for w in used if (rule := held.rules[w]) is not None)
    wide = max((len(rule.names) for rule in rules), default=0)
    value, own, slope = np.empty(len(hour)), np.empty(len(hour)), np.zeros((wide, len(hour)))
    place = np.empty(len(hour), np.int64)
    for at, w in enumerate(used):
        mine: Any = slice(*window.searchsorted([w, w + 1]).tolist()) if ordered else np.flatnonzero(window == w)
        place[mine] = at
        lines = held.lines[w]
        if lines is None:
            assert rows.curve is not None
            table = rows.curve[keep][mine].T / count[mine]
            value[mine], own[mine] = table[0], table[1] / count[mine]
            slope[: len(rules[at].names), mine] = table[2 : 2 + len(rules[at].names)]
            continue
        (a, b), *rises = lines.tolist()
        x = mean[mine]
        value[mine] = a + b * x
        own[mine] = (b * held.channel.u_of_record) ** 2 / count[mine]
        for k, (a, b) in enumerate(rises):
            slope[k, mine] = a + b * x if b else a
    if not taken.once:  # an hour has several certificates
        share = count / np.bincount(hour, count)[hour]
        value, own, slope = value * share, own * share**2, slope * share
    return Means(hour, place, value, own, slope, rules)
