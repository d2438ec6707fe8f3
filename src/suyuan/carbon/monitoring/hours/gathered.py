"""What the minutes of a month say, one pass over them, before its hours are judged: marks, and sums by hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.channel import NONE, Column, column
from suyuan.carbon.monitoring.hours.loads import burning, hourly, standing
from suyuan.carbon.monitoring.hours.minutes import NOTHING, Mark, Marked, Minutes, flagged, united
from suyuan.carbon.monitoring.hours.month import Course, Implausible, Judge
from suyuan.carbon.monitoring.hours.quarters import quarters
from suyuan.carbon.monitoring.hours.sums import Frames, Sums, sums

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Lost:
    """Minutes that do not count, in the order of time. place (l,): among those of the month; mark (l,): all that speaks
    against each; hour (l,): of the month; time (l,): µs; quarters (3, h): as `quarters` tells them, None where the
    scheme does not ask."""

    place: NDArray[np.int64]
    mark: NDArray[np.uint16]
    hour: NDArray[np.int64]
    time: NDArray[np.int64]
    quarters: NDArray[np.int64] | None


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """A month's minutes, told by the hour. rows (h,): that were recorded; lost: part of the rate → minutes that do not
    count; the others are those of `Month`."""

    number: int
    rows: NDArray[np.int64]
    lost: Mapping[str, Lost]
    sums: Mapping[str, Sums]
    again: NDArray[np.int64]
    implausible: Mapping[str, Implausible]
    outside: Mapping[str, Implausible]
    expired: Mapping[str, NDArray[np.int64]]
    ends: Mapping[str, tuple[float, float]]
    source: str
    load: NDArray[np.float64] | None
    burning: NDArray[np.int64]
    shown: Mapping[str, tuple[float, float]]


def gathered(number: int, given: Minutes, course: Course) -> Gathered:
    """What a month's minutes say; rows of other months are left out."""
    first, last = course.calendar.span(number)
    minutes, again = given.ordered()
    if len(minutes) and (minutes.time[0] < first or minutes.time[-1] >= last):
        minutes = minutes.taken(slice(*np.searchsorted(minutes.time, [first, last]).tolist()))
    shape = _shape(minutes.time, course.calendar.begin[course.calendar.of_month(number)], course)
    cuts = shape.edges[:-1] if shape.each else None
    backwards = list(course.held)[::-1]  # what was read last is still in the cache
    columns = {role: column(minutes, course.held[role], course.limits, cuts) for role in backwards}
    columns = {role: columns[role] for role in course.held}
    load = course.model.stack.load
    still = standing(minutes, load) if load else NONE
    burns = burning(still, columns, course)
    flags = flagged(minutes, still[~np.isin(still, burns)] if len(burns) else still)
    lost = _lost(columns, flags, shape, course)
    frames = {key: Frames(one.place, shape.edges, one.hour) for key, one in {id(x): x for x in lost.values()}.items()}
    added = {
        role: sums(columns[role], frames[id(lost[factor])])
        for factor in course.model.factors
        for role in course.model.roles(factor)
    }
    ends = {role: one.ends for role, one in columns.items() if one.ends is not None}
    return Gathered(number, shape.edges[1:] - shape.edges[:-1], lost, added, again, *_doubts(columns, flags, shape),
                    ends, given.source, hourly(minutes, load, shape.edges, still),
                    np.unique(shape.of(burns)) if len(burns) else NONE,
                    {role: one.shown for role, one in columns.items() if one.shown[0] <= one.shown[1]})  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """time (n,): of the minutes; begin (h,): of the hours, µs; edges (h + 1,): places at which they begin, and the last
    ends; each: rows of an hour, 0 where hours differ; asks: what the scheme wants of an hour."""

    time: NDArray[np.int64]
    begin: NDArray[np.int64]
    edges: NDArray[np.int64]
    each: int
    asks: Judge

    def of(self, places: Array) -> Array:
        """The hour of minutes by place."""
        if self.each:
            return places // self.each
        return np.searchsorted(self.edges, places, side="right") - 1

    def lost(self, marks: Marked) -> Lost:
        """Minutes by what speaks against them."""
        hour = self.of(marks.place)
        asks = self.asks
        asked = quarters(self.time, self.begin, self.edges, marks, asks) if asks.quadrants is not None else None
        return Lost(marks.place, marks.mark, hour, self.time[marks.place], asked)


def _shape(time: Array, begin: Array, course: Course) -> _Shape:
    """How minutes lie in hours."""
    possible = course.asks.possible
    if len(time) == len(begin) * possible and bool((time[::possible] == begin).all()):
        return _Shape(time, begin, np.arange(len(begin) + 1) * possible, possible, course.asks)
    return _Shape(time, begin, np.append(time.searchsorted(begin), len(time)).astype(np.int64), 0, course.asks)


def _lost(columns: Mapping[str, Column], flags: Mapping[str, Marked], shape: _Shape, course: Course) -> dict[str, Lost]:
    """Part of the rate → minutes that do not count: by the marks of all channels, or of those that it is made of."""

    def of(roles: Sequence[str]) -> Lost:
        mine = [more for role in roles for more in (flags.get(role, NOTHING), columns[role].marked)]
        return shape.lost(united([flags[""], *mine]))

    model = course.model
    if course.asks.scope == "all":
        every = dict.fromkeys(role for factor in model.factors for role in model.roles(factor))
        return dict.fromkeys(model.factors, of(tuple(every)))
    return {factor: of(model.roles(factor)) for factor in model.factors}


def _doubts(
    columns: Mapping[str, Column], flags: Mapping[str, Marked], shape: _Shape
) -> tuple[dict[str, Implausible], dict[str, Implausible], dict[str, Array]]:
    """By role: minutes that are implausible, or outside the calibrated range, though no flag speaks against them, and
    hours without a certificate."""
    implausible: dict[str, Implausible] = {}
    outside: dict[str, Implausible] = {}
    expired: dict[str, Array] = {}
    for role, one in columns.items():
        if not len(one.marked):
            continue
        loud = united([flags[""], flags.get(role, NOTHING)]).place
        bad = one.marked.having(Mark.IMPLAUSIBLE)
        beyond = one.marked.having(Mark.OUT_OF_RANGE)
        for found, places in ((implausible, bad), (outside, beyond[~np.isin(beyond, bad)])):
            places = places[~np.isin(places, loud)]
            if len(places):
                found[role] = _seen(one, places, shape)
        without = one.marked.having(Mark.NO_CERTIFICATE)
        if len(without):
            expired[role] = np.unique(shape.of(without))
    return implausible, outside, expired


def _seen(one: Column, places: Array, shape: _Shape) -> Implausible:
    reading = one.reading[places]
    others = reading[reading != 0.0] * one.held.channel.resolution
    low, high = (float(others.min()), float(others.max())) if len(others) else (0.0, 0.0)
    hours = shape.of(places)
    return Implausible(len(places), len(reading) - len(others), low, high, np.unique(hours),
                       np.unique(hours[reading == 0.0]))  # fmt: skip
