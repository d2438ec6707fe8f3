"""The channels of a stack over the running hours of its year, from the means of its months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.batch import Measured
from suyuan.carbon.monitoring.hours.calendar import Calendar
from suyuan.carbon.monitoring.hours.means import Means, Part
from suyuan.carbon.monitoring.hours.sums import runs
from suyuan.carbon.monitoring.lost.lost import Running
from suyuan.series.form import Applied

Array = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Channelled:
    """A channel over the running hours of the year, one row an hour and certificate, in order.

    hour (n,): running hour; rule (n,): index into rules; slope (k, n): ∂mean/∂parameter; own (n,): u of what a row has
    of its own; value (r,): hourly mean, NaN where there is none; first, count (r,): place and number of an hour's rows;
    edges: where the rows of each month begin, and end.
    """

    hour: NDArray[np.int64]
    rule: NDArray[np.int64]
    slope: NDArray[np.float64]
    own: NDArray[np.float64]
    value: NDArray[np.float64]
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    edges: NDArray[np.int64]
    rules: tuple[Applied, ...]

    def span(self, part: slice) -> slice:
        """The rows of some running hours that follow one another."""
        ends = [int(self.first[at]) if at < len(self.first) else len(self.hour) for at in (part.start, part.stop)]
        return slice(*ends)

    def rows(self, hour: Array) -> tuple[Array, Array | None]:
        """The rows of some hours, and which hour each belongs to, None where each has one; an hour may have several."""
        count = self.count[hour]
        if len(hour) and count.min() == 1 == count.max():
            return self.first[hour], None
        owner = np.repeat(np.arange(len(hour)), count)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        return self.first[hour][owner] + within, owner


class Channels:
    """Makes channels, and keeps for the next what is the same: mostly all have rows of the same hours."""

    def __init__(self, calendar: Calendar, months: Mapping[int, Measured], running: Running) -> None:
        self.months, self.running = months, running
        self.starts = [calendar.of_month(number).start for number in months]
        self._hours: dict[tuple[int, ...], tuple[Array, Array, Array, Array]] = {}

    def channel(self, role: str) -> Channelled:
        """One channel over the running hours."""
        parts = [one.means[role] for one in self.months.values()]
        hour, first, count, edges = self._placed(parts)
        whole = parts[0].means if parts else None
        if whole is not None and edges[-1] == len(whole.hour) and all(one.means is whole for one in parts):
            rule, value, own, slope, rules = whole.rule, whole.value, whole.own, whole.slope, whole.rules
        else:
            rule, value, own, slope, rules = _joined(parts)
        mean = np.full(len(self.running), np.nan)
        if len(first) and count.max() > 1:
            mean[hour] = 0.0
            np.add.at(mean, hour, value)
        else:
            mean[hour] = value
        return Channelled(hour, rule, slope, np.sqrt(own), mean, first, count, edges, rules)

    def again(self, old: Channelled, role: str, places: Sequence[int]) -> Channelled | None:
        """A channel of which some months, by place, are other ones; None where they have other rows than before."""
        parts = [one.means[role] for one in self.months.values()]
        fresh = [(parts[at], slice(int(old.edges[at]), int(old.edges[at + 1]))) for at in places]
        for (part, rows), at in zip(fresh, places, strict=True):
            if not np.array_equal(self._hour(part, at), old.hour[rows]):
                return None
        rules = list(old.rules)
        for part, _ in fresh:
            rules += [rule for rule in part.means.rules if not any(rule is known for known in rules)]
        wide = max(old.slope.shape[0], *(part.means.slope.shape[0] for part, _ in fresh))
        slope = np.zeros((wide, len(old.hour)))
        slope[: len(old.slope)] = old.slope
        rule, own, value = old.rule.copy(), old.own.copy(), old.value.copy()
        for part, rows in fresh:
            one = part.means
            rule[rows] = _numbers(one, rules)[part.rows]
            own[rows] = np.sqrt(one.own[part.rows])
            slope[:, rows] = 0.0
            slope[: len(one.slope), rows] = one.slope[:, part.rows]
            hour = old.hour[rows]
            value[hour] = 0.0
            np.add.at(value, hour, one.value[part.rows])
        rule, kept = _in_use(rule, rules)
        return Channelled(old.hour, rule, slope, own, value, old.first, old.count, old.edges, kept)

    def _placed(self, parts: Sequence[Part]) -> tuple[Array, Array, Array, Array]:
        """Running hours of all rows; place and number of the rows of each running hour; and where months begin."""
        key = tuple(id(one.means.hour) for one in parts)
        if key not in self._hours:
            found = [self._hour(one, at) for at, one in enumerate(parts)]
            hour = np.concatenate(found) if found else np.zeros(0, np.int64)
            count = np.bincount(hour, minlength=len(self.running))
            edges = np.cumsum([0, *(len(one) for one in found)])
            self._hours[key] = hour, np.cumsum(count) - count, count, edges
        return self._hours[key]

    def _hour(self, part: Part, at: int) -> Array:
        return self.running.at(part.means.hour[part.rows] + (self.starts[at] - part.first))


def _numbers(means: Means, rules: Sequence[Applied]) -> Array:
    """The rules of rows as places in a longer list."""
    places = [next(at for at, known in enumerate(rules) if known is rule) for rule in means.rules]
    return means.rule if places == list(range(len(places))) else np.array(places, np.int64)[means.rule]


def _in_use(rule: Array, rules: Sequence[Applied]) -> tuple[Array, tuple[Applied, ...]]:
    """Rows with the rules that they have, and no others."""
    used = np.zeros(len(rules), bool)
    used[rule[runs(rule)[:-1]]] = True
    if used.all():
        return rule, tuple(rules)
    return (np.cumsum(used) - 1)[rule], tuple(one for one, is_used in zip(rules, used.tolist(), strict=True) if is_used)


def _joined(parts: Sequence[Part]) -> tuple[Array, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64],
                                            tuple[Applied, ...]]:  # fmt: skip
    """rule, value, own, slope and rules of months that were not made together."""
    if not parts:
        none = np.zeros(0)
        return np.zeros(0, np.int64), none, none, np.zeros((0, 0)), ()
    rules = list({id(rule): rule for part in parts for rule in part.means.rules}.values())
    wide = max(part.means.slope.shape[0] for part in parts)
    edges = np.cumsum([0, *(part.rows.stop - part.rows.start for part in parts)]).tolist()
    slope = np.zeros((wide, edges[-1]))
    for part, (a, b) in zip(parts, pairwise(edges), strict=True):
        slope[: len(part.means.slope), a:b] = part.means.slope[:, part.rows]
    value, own = (np.concatenate([getattr(part.means, name)[part.rows] for part in parts]) for name in ("value", "own"))
    rule, kept = _in_use(np.concatenate([_numbers(part.means, rules)[part.rows] for part in parts]), rules)
    return rule, value, own, slope, kept
