"""What sums over hours are made of: weights of hours, scatter, and what nobody can know of a gap.

Every legal value and every best estimate is a weighted sum of hours that were measured.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.month import Course
from suyuan.carbon.monitoring.lost.estimate import Estimate
from suyuan.carbon.monitoring.lost.lost import RATE, Replaced, Running
from suyuan.carbon.monitoring.year.biased import Biased
from suyuan.quantity.influence import Influence, Source, identity
from suyuan.quantity.unit import parse_unit

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.year.made import Made

Array = NDArray[Any]
Spread = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Hours and what each weighs."""
MASS = parse_unit("t")
GAP, OWN = "hours without a measurement", "scatter of readings"
"""Texts of the sources of what is not known of a gap, and of what readings have of their own."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """How hours enter the sums of one period.

    span: its running hours, of which those measured enter both sums by their share; further: (legal, best), measured
    hours that stand for lost ones or have a known bias, with weights; earlier (2, e): of hours before the year; gaps:
    best estimates with the hours of each that fall into the period, times their factors; value (2,): the sums of what
    is known.
    """

    span: slice
    further: tuple[Spread, Spread]
    earlier: NDArray[np.float64]
    gaps: tuple[tuple[Estimate, float], ...]
    value: NDArray[np.float64]


def weights(
    running: Running, parts: Sequence[slice], legal: Replaced | None, found: Sequence[Estimate], tonnes: Array,
    biased: Biased | None = None,
) -> list[Weights]:  # fmt: skip
    """The weights of the hours of periods, which follow one another, with or without hours between them.

    parts: running hours of each; legal: replacement of the rate, None where parts of it are replaced instead; found:
    best estimates; tonnes (2, r): legal and best, 0 where there is none; biased: known biases, of the best sums only.
    """
    ahead = 0 if legal is None else legal.ahead
    earlier = [np.zeros((2, ahead)) for _ in parts]
    more: list[list[tuple[int, float]]] = [[] for _ in parts]
    gaps: list[list[tuple[Estimate, float]]] = [[] for _ in parts]
    shares: dict[tuple[int, int], float] = {}
    whole = bool((running.share == 1.0).all())

    def amount(start: int, stop: int) -> float:
        if whole:
            return float(stop - start)
        if (start, stop) not in shares:  # a gap has a substitute and an estimate
            shares[start, stop] = float(np.add.reduce(running.share[start:stop]))
        return shares[start, stop]

    for one in () if legal is None else legal.made:
        for at, start, stop in _meeting(parts, one.gap.start - ahead, one.gap.stop - ahead):
            hours = amount(start, stop)
            for hour, weight in zip(one.hours, one.weights, strict=True):
                if hour < ahead:
                    earlier[at][0, hour] += hours * weight
                else:
                    more[at].append((hour - ahead, hours * weight))
    for guess in found:
        for at, start, stop in _meeting(parts, guess.gap.start, guess.gap.stop):
            if guess.factor is None:
                gaps[at].append((guess, amount(start, stop)))
            else:
                part = guess.factor[start - guess.gap.start : stop - guess.gap.start]
                gaps[at].append((guess, float(running.share[start:stop] @ part)))
    return [
        Weights(part, (_listed(more[at]), _likely(part, gaps[at], biased)), earlier[at], tuple(gaps[at]),
                np.add.reduce(tonnes[:, part], axis=1))
        for at, part in enumerate(parts)
    ]  # fmt: skip


def _meeting(parts: Sequence[slice], start: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """The periods that hours meet, with the hours in common."""
    if not parts or stop <= parts[0].start or start >= parts[-1].stop:
        return
    at = bisect_right(parts, start, key=lambda part: part.stop)
    while at < len(parts) and parts[at].start < stop:
        low, high = max(start, parts[at].start), min(stop, parts[at].stop)
        if low < high:
            yield at, low, high
        at += 1


def _listed(pairs: Sequence[tuple[int, float]]) -> Spread:
    return np.array([hour for hour, _ in pairs], np.int64), np.array([weight for _, weight in pairs], float)


def _around(gaps: Sequence[tuple[Estimate, float]]) -> Spread:
    """The hours of which best estimates are made."""
    if not gaps:
        return np.zeros(0, np.int64), np.zeros(0)
    sizes = [len(guess.hours) for guess, _ in gaps]
    each = np.array([hours / size for (_, hours), size in zip(gaps, sizes, strict=True)])
    return np.concatenate([guess.hours for guess, _ in gaps]), np.repeat(each, sizes)


def _likely(part: slice, gaps: Sequence[tuple[Estimate, float]], biased: Biased | None) -> Spread:
    """The hours that weigh in the best sum of a period otherwise than by their share: those that stand for lost ones,
    and those of a known bias."""
    hours, each = _around(gaps)
    if biased is None:
        return hours, each
    more = biased.within(part)
    return np.concatenate([hours, more[0]]), np.concatenate([each * biased.gain[hours], more[1]])


@dataclass(frozen=True, slots=True, eq=False)
class Scattered:
    """What rows have of their own. u (n,); edges: where the rows of each month begin, and end."""

    u: NDArray[np.float64]
    edges: NDArray[np.int64]


def scattered(made: Made) -> dict[str, Scattered]:
    """Channel → what its rows have of their own; under «rate» of hours as a whole, where they are replaced as a whole:
    u² = Σ (∂rate/∂mean·u)². Months that an older year has are not done again."""
    channels = {name: one for name, one in made.channels.items() if made.course.held[name].channel.u}
    if RATE not in made.legal or not channels:
        return {name: Scattered(one.own, one.edges) for name, one in channels.items()}
    edges = np.array([*(part.start for part in made.spans), made.spans[-1].stop])
    older = made.kept.own.get(RATE)
    if older is None:
        return {RATE: Scattered(_of_rate(made, slice(0, len(made.running))), edges)}
    u = older.u.copy()
    for at in made.kept.fresh:
        u[made.spans[at]] = _of_rate(made, made.spans[at])
    return {RATE: Scattered(u, edges)}


def _of_rate(made: Made, part: slice) -> NDArray[np.float64]:
    """What some running hours have of their own."""
    square, gains = np.zeros(part.stop - part.start), made.gains(part)
    for name, one in made.channels.items():
        if not made.course.held[name].channel.u:
            continue
        rows = one.span(part)
        hour = one.hour[rows] - part.start
        component = gains[name][hour] * one.own[rows]
        square += np.bincount(hour, component * component, minlength=len(square))
    return np.sqrt(square)


def scatter_of(stack: str, read: str, hours: Mapping[str, Array]) -> Influence:
    """What readings have of their own, an element a row; components say how much in t.

    read: what was read; hours: channel, or «rate», → begin of the hour of each row, µs. The same readings err alike
    under another rule or another certificate, so its identity follows from them, and not from what is made of them.
    """
    held = b"".join(name.encode() + column.astype("<i8").tobytes() for name, column in hours.items())
    size = sum(len(column) for column in hours.values())
    mark = identity("carbon own", stack, read, hashlib.sha256(held).hexdigest())
    return Influence(mark, size, np.ones(size), label=stack, source=Source(text=OWN))


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """What nobody can know of gaps: an influence for each month in which some begin, with an element for each run of
    gaps that hang together.

    of_month: number → influence; place: start of a gap → (month, element); grouped: number → estimates.
    """

    of_month: Mapping[int, Influence]
    place: Mapping[int, tuple[int, int]]
    grouped: Mapping[int, Sequence[Estimate]]


def unknown(course: Course, running: Running, found: Sequence[Estimate], older: Unknown | None = None) -> Unknown:
    """The influences of best estimates; their identity follows from stack, and when and how long: what is not known of
    a gap is the same under another rule or another certificate.

    older: those of an older year, of which months are taken over whose gaps are the same.
    """
    starts = running.place[[guess.group for guess in found]] if found else np.zeros(0, np.int64)
    grouped: dict[int, list[Estimate]] = {}
    for month, guess in zip(course.calendar.month[starts].tolist(), found, strict=True):
        grouped.setdefault(month, []).append(guess)
    influences, place = {}, {}
    for month, mine in grouped.items():
        order = {group: at for at, group in enumerate(dict.fromkeys(guess.group for guess in mine))}
        place.update({guess.gap.start: (month, order[guess.group]) for guess in mine})
        if older is not None and _same(older.grouped.get(month, ()), mine):
            influences[month] = older.of_month[month]
            continue
        begin = course.calendar.begin[running.place[[guess.gap.start for guess in mine]]].astype("<i8").tobytes()
        held = np.array([(one.gap.hours, order[one.group]) for one in mine], "<i8").tobytes()
        mark = identity("carbon gaps", course.model.stack.id, hashlib.sha256(begin + held).hexdigest())
        size = len(order)
        influences[month] = Influence(mark, size, np.ones(size), label=GAP, source=Source(text=GAP))
    return Unknown(influences, place, grouped)


def _same(older: Sequence[Estimate], mine: Sequence[Estimate]) -> bool:
    return len(older) == len(mine) and all(
        a.gap is b.gap and a.group == b.group for a, b in zip(older, mine, strict=True)
    )
