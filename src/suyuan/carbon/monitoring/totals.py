"""What sums over hours are made of: means of channels, weights of hours, scatter, and what nobody can know of a gap.

Every legal value and every best estimate is a weighted sum of hours that were measured.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.batch import Measured
from suyuan.carbon.monitoring.lost import RATE, Estimate, Replaced, Running
from suyuan.carbon.monitoring.month import Course
from suyuan.quantity.influence import Influence, Source, identity
from suyuan.quantity.unit import parse_unit
from suyuan.series.form import Applied

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.made import Made

Array = NDArray[Any]
MASS = parse_unit("t")
GAP, OWN = "hours without a measurement", "scatter of readings"
"""Texts of the sources of what is not known of a gap, and of what readings have of their own."""


@dataclass(frozen=True, slots=True, eq=False)
class Channelled:
    """A channel over the running hours of the year, one row an hour and certificate, in order.

    hour (n,): running hour; rule (n,): index into rules; slope (n, k): ∂mean/∂parameter; own (n,): u of what a row has
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

    def rows(self, hour: Array) -> tuple[Array, Array | None]:
        """The rows of some hours, and which hour each belongs to, None where each has one; an hour may have several."""
        count = self.count[hour]
        if len(hour) and count.min() == 1 == count.max():
            return self.first[hour], None
        owner = np.repeat(np.arange(len(hour)), count)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        return self.first[hour][owner] + within, owner


def channelled(
    course: Course, months: Mapping[int, Measured], running: Running, role: str, beside: Channelled | None = None
) -> Channelled:
    """One channel over the running hours. beside: another one, which has most often rows of the same hours."""
    every = [one.means[role] for one in months.values()]
    rules: dict[int, Applied] = {}
    numbers = []
    for one in every:
        known = [list(rules).index(id(r)) for r in one.rules if rules.setdefault(id(r), r)]
        same = known == list(range(len(known)))
        numbers.append(one.rule if same else np.array(known, np.int64)[one.rule])
    wide = max((one.slope.shape[1] for one in every), default=0)
    slopes = [one.slope if one.slope.shape[1] == wide else
              np.pad(one.slope, ((0, 0), (0, wide - one.slope.shape[1]))) for one in every]  # fmt: skip
    own, value = (np.concatenate([getattr(one, name) for one in every]) for name in ("own", "value"))
    hour = running.at(np.concatenate([one.hour + course.calendar.of_month(m).start
                                      for m, one in zip(months, every, strict=True)]))  # fmt: skip
    edges = np.cumsum([0, *(len(one.hour) for one in every)])
    if beside is not None and np.array_equal(hour, beside.hour):
        hour, first, count = beside.hour, beside.first, beside.count
    else:
        count = np.bincount(hour, minlength=len(running))
        first = np.cumsum(count) - count
    mean = np.bincount(hour, value, minlength=len(running)).astype(float)
    mean[count == 0] = np.nan
    return Channelled(hour, np.concatenate(numbers), np.concatenate(slopes), np.sqrt(own), mean, first, count, edges,
                      tuple(rules.values()))  # fmt: skip


@dataclass(frozen=True, eq=False)
class Weights:
    """How hours enter the sums of one period.

    hour, weight (m,): measured running hours in both sums; further: (legal, best), each hours and weights of measured
    hours that stand for lost ones; earlier (2, e): of hours before the year; gaps: best estimates with the hours of
    each that fall into the period; value (2,): the sums.
    """

    hour: NDArray[np.int64]
    weight: NDArray[np.float64]
    further: tuple[tuple[NDArray[np.int64], NDArray[np.float64]], tuple[NDArray[np.int64], NDArray[np.float64]]]
    earlier: NDArray[np.float64]
    gaps: tuple[tuple[Estimate, float], ...]
    value: NDArray[np.float64]


def weights(
    running: Running, part: slice, measured: Array, legal: Replaced | None, found: Sequence[Estimate], value: Array
) -> Weights:
    """The weights of the hours of one period.

    part: its running hours; measured (r,): which of them are; legal: replacement of the rate, None where parts of it
    are replaced instead; found: best estimates; value (2, r): legal and best t/h.
    """
    ahead = 0 if legal is None else legal.ahead
    base = np.flatnonzero(measured[part]) + part.start
    share = running.share[base]
    earlier = np.zeros((2, ahead))
    more: list[tuple[int, float]] = []
    for one in () if legal is None else legal.within(part):
        start, stop = max(one.gap.start - ahead, part.start), min(one.gap.stop - ahead, part.stop)
        hours = float(np.add.reduce(running.share[start:stop]))
        for hour, weight in zip(one.hours, one.weights, strict=True):
            if hour < ahead:
                earlier[0, hour] += hours * weight
            else:
                more.append((hour - ahead, hours * weight))
    gaps = []
    for guess in found:
        if guess.gap.start < part.stop and guess.gap.stop > part.start:
            inside = running.share[max(guess.gap.start, part.start) : min(guess.gap.stop, part.stop)]
            gaps.append((guess, float(np.add.reduce(inside))))
    sums = np.nansum(value[:, part] * running.share[part], axis=1)
    legal_hours = np.array([hour for hour, _ in more], np.int64), np.array([weight for _, weight in more])
    none = np.zeros(0, np.int64)
    best_hours = (
        np.concatenate([none, *(guess.hours for guess, _ in gaps)]),
        np.concatenate([np.zeros(0), *(np.full(len(g.hours), hours / len(g.hours)) for g, hours in gaps)]),
    )
    return Weights(base, share, (legal_hours, best_hours), earlier, tuple(gaps), sums)


@dataclass(frozen=True, slots=True, eq=False)
class Scattered:
    """What rows have of their own. u (n,); edges: where the rows of each month begin, and end."""

    u: NDArray[np.float64]
    edges: NDArray[np.int64]


def scattered(made: Made) -> dict[str, Scattered]:
    """Channel → what its rows have of their own; under «rate» of hours as a whole, where they are replaced as a whole:
    u² = Σ (∂rate/∂mean·u)²."""
    channels = {name: one for name, one in made.channels.items() if made.course.held[name].channel.u}
    if RATE not in made.legal or not channels:
        return {name: Scattered(one.own, one.edges) for name, one in channels.items()}
    square = np.zeros(len(made.running))
    for name, one in channels.items():
        square += np.bincount(one.hour, (made.gain[name][one.hour] * one.own) ** 2, minlength=len(square))
    place = [made.course.calendar.of_month(month) for month in made.months]
    edges = np.searchsorted(made.running.place, [*(one.start for one in place), place[-1].stop])
    return {RATE: Scattered(np.sqrt(square), edges)}


def scatter_of(stack: str, begin: int, u: Array) -> Influence:
    """What readings of a month have of their own; its identity follows from what it holds."""
    mark = identity("carbon own", stack, str(begin), hashlib.sha256(np.ascontiguousarray(u).tobytes()).hexdigest())
    return Influence(mark, len(u), u, label=stack, source=Source(text=OWN))


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """What nobody can know of gaps: an influence for each month in which some begin, with an element a gap.

    of_month: number → influence; place: start of a gap → (month, element).
    """

    of_month: Mapping[int, Influence]
    place: Mapping[int, tuple[int, int]]


def unknown(course: Course, running: Running, found: Sequence[Estimate]) -> Unknown:
    """The influences of best estimates; their identity follows from stack, and when, how long and how uncertain."""
    grouped: dict[int, list[Estimate]] = {}
    for guess in found:
        grouped.setdefault(int(course.calendar.month[running.place[guess.gap.start]]), []).append(guess)
    influences, place = {}, {}
    for month, mine in grouped.items():
        begin = course.calendar.begin[running.place[[guess.gap.start for guess in mine]]].astype("<i8").tobytes()
        sd = np.array([guess.sd for guess in mine])
        held = np.array([(guess.gap.hours, guess.value, guess.sd) for guess in mine], "<f8").tobytes()
        mark = identity("carbon gaps", course.model.stack.id, hashlib.sha256(begin + held).hexdigest())
        influences[month] = Influence(mark, len(sd), sd, unit="t/h", label=GAP, source=Source(text=GAP))
        place.update({guess.gap.start: (month, at) for at, guess in enumerate(mine)})
    return Unknown(influences, place)
