"""A year of a stack: hours, months and the total in tonnes, legal value and best estimate side by side.

The legal value replaces lost hours as the scheme in force says; that is a bias by design and no uncertainty. The best
estimate says what most likely left the stack, and how uncertain that is. Both are sums of the same measured hours, so
what their certificates have in common is common to both, and to every other stack that shares a certificate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.batch import Measured
from suyuan.carbon.monitoring.calendar import Calendar
from suyuan.carbon.monitoring.doubt import doubts, plausible_row
from suyuan.carbon.monitoring.lost import (
    RATE,
    Before,
    Estimate,
    Replaced,
    Running,
    capture,
    estimates,
    filled,
    replaced,
)
from suyuan.carbon.monitoring.month import Course
from suyuan.carbon.monitoring.parts import lost_hours
from suyuan.carbon.monitoring.totals import (
    MASS,
    Channelled,
    Scattered,
    Weights,
    channelled,
    mark_of,
    scatter_of,
    scattered,
    summed,
    weights,
)
from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.influence import Influence
from suyuan.quantity.linear_map import linear_map
from suyuan.quantity.quantity import Quantity, stack
from suyuan.quantity.table import Row
from suyuan.quantity.unit import parse_unit

Array = NDArray[Any]
Kind = Literal["legal", "best"]
KINDS: tuple[Kind, Kind] = ("legal", "best")
RATE_UNIT = parse_unit("t/h")


@dataclass(frozen=True, eq=False)
class Piece:
    """The sums of one month, with what they were made of: an unchanged month is not summed again. sources: the months
    that its hours are of; group, row: where the sums stand, legal at 2·row; settled: whether the weights say all."""

    weights: Weights
    sources: tuple[Measured, ...]
    group: Quantity
    row: int
    settled: bool


@dataclass(frozen=True, eq=False)
class StackYear:
    """A year of a stack under one scheme, as known at one time.

    stack: id; scheme; known: µs; calendar: of all hours (h,); asked: months that were read; operating (h,): fraction in
    which the unit ran; reason (h,): mark that an hour is lost by, 0 where it is measured; rule (h,): index into
    `rules_of_hours` of the row that replaced it, −1 where none did; value (h,): measured t/h; legal, best (h,): t; NaN
    where there is none. capture: quarter → valid hours in percent of running ones; findings; used: rows of rules that
    the result stands on; made: how, so that any sum can be had with its influences.
    """

    stack: str
    scheme: str
    known: int
    calendar: Calendar
    asked: tuple[int, ...]
    operating: NDArray[np.float64]
    reason: NDArray[np.uint16]
    rule: NDArray[np.int16]
    rules_of_hours: tuple[str, ...]
    value: NDArray[np.float64]
    legal: NDArray[np.float64]
    best: NDArray[np.float64]
    capture: Mapping[int, float]
    findings: tuple[Finding, ...]
    used: tuple[Row, ...]
    made: Made = field(repr=False)

    def by_month(self, kind: Kind = "legal") -> Quantity:
        """t of each month that was read, (m,)."""
        return self._months[:, KINDS.index(kind)]

    @cached_property
    def _months(self) -> Quantity:
        """Legal and best of each month, (m, 2)."""
        pieces = tuple(self.made.pieces.values())
        rows = np.array([[2 * piece.row, 2 * piece.row + 1] for piece in pieces])
        if len({id(piece.group) for piece in pieces}) == 1:
            return pieces[0].group[rows]
        return stack([piece.group[at] for piece, at in zip(pieces, rows, strict=True)])

    def total(self, kind: Kind = "legal") -> Quantity:
        """t of all months that were read."""
        return self._total[KINDS.index(kind)]

    @cached_property
    def _total(self) -> Quantity:
        """Legal and best (2,)."""
        groups: dict[int, tuple[NDArray[np.float64], Quantity]] = {}
        for piece in self.made.pieces.values():
            rows, _ = groups.setdefault(id(piece.group), (np.zeros((2, piece.group.size)), piece.group))
            rows[[0, 1], [2 * piece.row, 2 * piece.row + 1]] = 1.0
        value = sum((piece.weights.value for piece in self.made.pieces.values()), np.zeros(2))
        return linear_map(value, list(groups.values()), MASS)

    def by_quarter(self, kind: Kind = "legal") -> Mapping[int, Quantity]:
        """Quarter → t of its months that were read."""
        found: dict[int, list[int]] = {}
        for at, month in enumerate(self.asked):
            found.setdefault((month - 1) // 3 + 1, []).append(at)
        months = self.by_month(kind)
        return {quarter: months[places].sum() for quarter, places in found.items()}

    def by_day(self, kind: Kind = "legal") -> tuple[NDArray[np.int16], Quantity]:
        """Days of the year, from 0, that have running hours, and t of each, (d,)."""
        day = self.calendar.day[self.made.running.place]
        days, first = np.unique(day, return_index=True)
        parts = [slice(int(a), int(b)) for a, b in pairwise(np.append(first, len(day)))]
        return days, self.made.summed(parts)[KINDS.index(kind) :: 2]

    def hour(self, number: int) -> Quantity | None:
        """t/h of a measured hour by its number in the year, with its certificates; None where it is lost."""
        at = np.flatnonzero(self.made.running.place == number)
        if not len(at) or not self.made.measured[at[0]]:
            return None
        value = self.made.rates[0][at[0]]
        none = np.zeros(0, np.int64), np.zeros(0)
        one = Weights(at, np.ones(1), (none, none), np.zeros((2, 0)), (), np.array([value, value]))
        return summed(self.made, [one], [{}])[0].relabelled(RATE_UNIT)

    @property
    def valid_days(self) -> NDArray[np.int16]:
        """Days of the year, from 0, with as many measured hours as the scheme wants of a day; all running days where it
        wants nothing."""
        measured = np.bincount(self.calendar.day[~np.isnan(self.value)], minlength=1)
        return np.flatnonzero(measured >= (self.made.course.asks.day or 1)).astype(np.int16)

    @property
    def complete(self) -> bool:
        """Whether every running hour has a legal value."""
        return not np.isnan(self.legal[self.operating > 0.0]).any()

    @cached_property
    def shares(self) -> Mapping[str, tuple[float, float]]:
        """Method → (running hours, t of the legal value): «measured», the id of each row that replaced hours,
        «missing» with 0 t, which is not known."""
        ran = self.operating > 0.0
        measured = ran & (self.reason == 0)
        found = {"measured": _share(self, measured)}
        for at, row in enumerate(self.rules_of_hours):
            found[row] = _share(self, ran & (self.rule == at))
        lost = ran & np.isnan(self.legal)
        if lost.any():
            found["missing"] = (float(self.operating[lost].sum()), 0.0)
        return found


def _share(year: StackYear, hours: Array) -> tuple[float, float]:
    return float(year.operating[hours].sum()), float(np.nansum(year.legal[hours]))


@dataclass(frozen=True, eq=False)
class Made:
    """How a year was made, so that other periods can be summed and a later one need not do all again.

    months: number → month with its means; channels: role → means over running hours; parts, values: part of the rate →
    as measured, and legal (r,); measured (r,): hours in which all parts are; rates (2, r): legal and best t/h; gain:
    name of a channel or constant → ∂rate/∂name (r,), 0 where an hour is lost; part_gain: part → the same for it;
    legal: target → replacement; guesses: best estimates; marks: start of a gap → identity of what is not known of it.
    """

    course: Course
    months: Mapping[int, Measured]
    running: Running
    channels: Mapping[str, Channelled]
    parts: Mapping[str, NDArray[np.float64]]
    values: Mapping[str, NDArray[np.float64]]
    measured: NDArray[np.bool_]
    rates: NDArray[np.float64]
    gain: Mapping[str, NDArray[np.float64]]
    part_gain: Mapping[str, Mapping[str, NDArray[np.float64]]]
    legal: Mapping[str, Replaced]
    guesses: tuple[Estimate, ...]
    before: Before
    marks: Mapping[int, str]
    pieces: dict[int, Piece]

    @property
    def hours_before(self) -> Quantity | None:
        """The rate before the year."""
        return self.before.values.get(RATE)

    @cached_property
    def own(self) -> Mapping[str, Scattered]:
        """What hours have of their own."""
        return scattered(self)

    @cached_property
    def offsets(self) -> Mapping[str, list[int]]:
        """Name → where its rows begin among the scatter of each month."""
        found: dict[str, list[int]] = {}
        done = np.zeros(len(self.months), np.int64)
        for role, one in self.own.items():
            found[role] = done.tolist()
            done = done + np.diff(one.edges)
        return found

    def scatter(self, month: int) -> Influence:
        """What the readings of a month have of their own, by its place among the months."""
        u = np.concatenate([one.u[one.edges[month] : one.edges[month + 1]] for one in self.own.values()])
        number = list(self.months)[month]
        return scatter_of(self.course.model.stack.id, self.course.calendar.span(number)[0], u)

    def weights(self, part: slice) -> Weights:
        """The weights of some running hours."""
        return weights(self.running, part, self.measured, self.legal.get(RATE), self.guesses, self.rates)

    def summed(self, parts: Sequence[slice], given: Sequence[Weights] | None = None) -> Quantity:
        """Legal and best of periods of running hours, one after the other (2p,)."""
        periods = given or [self.weights(part) for part in parts]
        more = [{} if RATE in self.legal else lost_hours(self, part) for part in parts]
        return summed(self, periods, more)


def assembled(
    rules: Rules, known: int, course: Course, months: Mapping[int, Measured], before: Before | None = None,
    previous: StackYear | None = None,
) -> StackYear:  # fmt: skip
    """The year of the months that were read.

    months: by number; before: of the time before the year; previous: a year of the same stack whose months are taken
    over where nothing about them has changed.
    """
    earlier = before or Before()
    months = dict(sorted(months.items()))
    whole = _columns(course, months)
    running = _running(course, whole)
    channels = {role: channelled(course, months, running, role) for role in course.held if _used(course, role)}
    x = {role: one.value for role, one in channels.items()}
    parts = {factor: course.model.part(factor, x) for factor in course.model.factors}
    parts = {factor: np.broadcast_to(np.asarray(part, float), len(running)) for factor, part in parts.items()}
    legal, values, told = _replace(rules, course, running, parts, earlier)
    rate = course.model.rate(parts)
    guesses, doubtful = estimates(rate, int(plausible_row("best_hours")["value"]))
    first = legal[RATE].value if RATE in legal else np.where(np.isfinite(rate), rate, course.model.rate(values))
    begin = course.calendar.begin[running.place]
    marks = {g.gap.start: mark_of(course.model.stack.id, int(begin[g.gap.start]), g) for g in guesses}
    gain, part_gain = _gains(course, x, parts)
    made = Made(
        course, months, running, channels, parts, values, np.isfinite(rate), np.stack([first, filled(rate, guesses)]),
        gain, part_gain, legal, tuple(guesses), earlier, marks, {},
    )  # fmt: skip
    made.pieces.update(_pieces(made, previous))
    return _year(rules, known, made, whole, (*told, *doubtful, *doubts(made)))


def _used(course: Course, role: str) -> bool:
    return any(role in course.model.roles(factor) for factor in course.model.factors)


def _gains(
    course: Course, x: Mapping[str, Array], parts: Mapping[str, Array]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, dict[str, NDArray[np.float64]]]]:
    """∂rate/∂name and ∂part/∂name over running hours, 0 where they cannot be had."""
    size = len(next(iter(parts.values())))
    whole: dict[str, NDArray[np.float64]] = {}
    each: dict[str, dict[str, NDArray[np.float64]]] = {}
    for factor, slope in course.model.slopes(parts).items():
        each[factor] = {}
        for name, rise in course.model.part_slopes(factor, x).items():
            each[factor][name] = np.nan_to_num(np.broadcast_to(rise, size))
            whole[name] = whole.get(name, 0.0) + np.nan_to_num(slope * rise)
    return whole, each


@dataclass(frozen=True, eq=False)
class Whole:
    """Columns over all hours of the year (h,). asked: hours of the months that were read."""

    asked: NDArray[np.bool_]
    operating: NDArray[np.float64]
    reason: NDArray[np.uint16]
    calibrated: NDArray[np.bool_]


def _columns(course: Course, months: Mapping[int, Measured]) -> Whole:
    size = len(course.calendar)
    whole = Whole(np.zeros(size, bool), np.full(size, np.nan), np.zeros(size, np.uint16), np.zeros(size, bool))
    for number, one in months.items():
        part = course.calendar.of_month(number)
        whole.asked[part] = True
        for name in ("operating", "reason", "calibrated"):
            getattr(whole, name)[part] = getattr(one.month, name)
    return whole


def _running(course: Course, whole: Whole) -> Running:
    place = np.flatnonzero(whole.asked & (whole.operating > 0.0))
    quarter = course.calendar.quarter[place].astype(np.int64)
    return Running(place, whole.operating[place], quarter, whole.reason[place], whole.calibrated[place])


def _replace(
    rules: Rules, course: Course, running: Running, parts: Mapping[str, Array], before: Before
) -> tuple[dict[str, Replaced], dict[str, NDArray[np.float64]], list[Finding]]:
    """What lost hours are replaced by, by target, the legal parts (r,), and findings."""
    potential = course.model.stack.potential
    targets = rules.value("substituted")
    if RATE in targets:
        made = replaced(rules, running, RATE, course.model.rate(parts), potential.get(RATE), before)
        return {RATE: made}, {}, list(made.findings)
    legal: dict[str, Replaced] = {}
    values: dict[str, NDArray[np.float64]] = {}
    told: list[Finding] = []
    for factor, value in parts.items():
        values[factor] = value
        lost = np.flatnonzero(np.isnan(value))
        if factor in targets and course.model.roles(factor):
            legal[factor] = replaced(rules, running, factor, value, potential.get(factor), before)
            told += legal[factor].findings
            values[factor] = legal[factor].value
        elif len(lost):
            where = course.calendar.told(int(running.place[lost[0]]))
            told.append(finding("carbon_monitoring.substitution.other", where, "error", rules.scheme, part=factor,
                                hours=len(lost), scheme=rules.scheme))  # fmt: skip
    return legal, values, told


def _pieces(made: Made, previous: StackYear | None) -> dict[int, Piece]:
    """The sums of each month; those of the year before this one where they are made of the same hours."""
    found: dict[int, Piece] = {}
    fresh: list[tuple[int, slice, Weights, tuple[Measured, ...], bool]] = []
    for month in made.months:
        place = made.course.calendar.of_month(month)
        first, last = np.searchsorted(made.running.place, [place.start, place.stop]).tolist()
        one = made.weights(slice(first, last))
        sources = _sources(made, one)
        settled = RATE in made.legal or bool(made.measured[first:last].all())
        old = previous.made.pieces.get(month) if previous is not None else None
        if old is not None and settled and old.settled and _same(old, one, sources):
            found[month] = old
        else:
            fresh.append((month, slice(first, last), one, sources, settled))
    group = made.summed([row[1] for row in fresh], [row[2] for row in fresh]) if fresh else None
    for at, (month, _, one, sources, settled) in enumerate(fresh):
        assert group is not None
        found[month] = Piece(one, sources, group, at, settled)
    return dict(sorted(found.items()))


def _sources(made: Made, one: Weights) -> tuple[Measured, ...]:
    """The months that the hours of some weights are of."""
    hours = (one.hour, one.further[0][0], one.further[1][0])
    ends = [(int(hour.min()), int(hour.max())) for hour in hours if len(hour)]
    if not ends:
        return ()
    place = made.running.place[[min(low for low, _ in ends), max(high for _, high in ends)]]
    first, last = made.course.calendar.month[place].tolist()
    return tuple(made.months[m] for m in range(first, last + 1) if m in made.months)


def _same(old: Piece, one: Weights, sources: tuple[Measured, ...]) -> bool:
    known = [id(source) for source in sources] == [id(source) for source in old.sources]
    return known and old.weights.same(one)


def _year(rules: Rules, known: int, made: Made, whole: Whole, findings: Sequence[Finding]) -> StackYear:
    """The year from what was made."""
    size, place, share = len(made.course.calendar), made.running.place, made.running.share
    value, legal, best = (np.full(size, np.nan) for _ in range(3))
    measured = made.measured
    value[place] = np.where(measured, made.rates[0], np.nan)
    legal[place], best[place] = made.rates[0] * share, made.rates[1] * share
    rule, rows = np.full(size, -1, np.int16), []
    for one in made.legal.values():
        for at, row in enumerate(one.rows):
            if row not in rows:
                rows.append(row)
            rule[place[(one.rule == at) & ~measured & np.isfinite(made.rates[0])]] = rows.index(row)
    used = (*rules.used.values(), plausible_row("best_hours"))
    told = tuple(dict.fromkeys(findings))
    quarterly = capture(made.running.period, measured)
    caught = {q: float(quarterly[q]) for q in np.unique(made.running.period).tolist()}
    return StackYear(
        made.course.model.stack.id, rules.scheme, known, made.course.calendar, tuple(made.pieces), whole.operating,
        whole.reason, rule, tuple(rows), value, legal, best, caught, told, used, made,
    )  # fmt: skip
