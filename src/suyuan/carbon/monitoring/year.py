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

from suyuan.carbon.monitoring.batch import Batch
from suyuan.carbon.monitoring.calendar import Calendar
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
from suyuan.carbon.monitoring.month import Course, Month
from suyuan.carbon.monitoring.parts import lost_hours
from suyuan.carbon.monitoring.totals import MASS, Hours, Weights, mark_of, summed, weights
from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.quantity import Quantity, stack
from suyuan.quantity.table import Row

Array = NDArray[Any]
Kind = Literal["legal", "best"]
KINDS: tuple[Kind, Kind] = ("legal", "best")


@dataclass(frozen=True, eq=False)
class Piece:
    """The sums of one month, with what they were made of: an unchanged month is not summed again."""

    weights: Weights
    sources: tuple[Quantity, ...]
    total: Quantity
    settled: bool


@dataclass(frozen=True, eq=False)
class StackYear:
    """A year of a stack under one scheme, as known at one time.

    stack: id; scheme; known: µs; calendar: of all hours (h,); asked: months that were read; operating (h,): fraction in
    which the unit ran; reason (h,): mark that an hour is lost by, 0 where it is measured; rule (h,): index into
    `rules_of_hours` of the row that replaced it, −1 where none did; value (h,): measured t/h; legal, best (h,): t; NaN
    where there is none. monthly: legal and best of each month read, (m, 2); capture: quarter → valid hours in percent
    of running ones; findings; used: rows of rules that the result stands on. hours, running: how the sums are made.
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
    monthly: Quantity
    capture: Mapping[int, float]
    findings: tuple[Finding, ...]
    used: tuple[Row, ...]
    made: Made = field(repr=False)

    def by_month(self, kind: Kind = "legal") -> Quantity:
        """t of each month that was read, (m,)."""
        return self.monthly[:, KINDS.index(kind)]

    def total(self, kind: Kind = "legal") -> Quantity:
        """t of all months that were read."""
        return self.by_month(kind).sum()

    def by_quarter(self, kind: Kind = "legal") -> Mapping[int, Quantity]:
        """Quarter → t of its months that were read."""
        found: dict[int, list[int]] = {}
        for at, month in enumerate(self.asked):
            found.setdefault((month - 1) // 3 + 1, []).append(at)
        months = self.by_month(kind)
        return {quarter: months[places].sum() for quarter, places in found.items()}

    def by_day(self, kind: Kind = "legal") -> tuple[NDArray[np.int16], Quantity]:
        """Days of the year, from 0, that have running hours, and t of each, (d,)."""
        run = self.made.running
        day = self.calendar.day[run.place]
        days, first = np.unique(day, return_index=True)
        edges = np.append(first, len(day))
        sums = [self.made.summed(slice(int(a), int(b))) for a, b in pairwise(edges)]
        return days, stack(sums)[:, KINDS.index(kind)]

    def hour(self, number: int) -> Quantity | None:
        """t/h of a measured hour by its number in the year, with its certificates; None where it is lost."""
        at = np.flatnonzero(self.made.running.place == number)
        if not len(at) or self.made.hours.place[at[0]] < 0:
            return None
        source = self.made.hours.sources[self.made.hours.number[at[0]]]
        found: Quantity = source[int(self.made.hours.place[at[0]])]
        return found

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
    """How a year was made, so that other periods can be summed and a later one need not do all again."""

    course: Course
    months: Mapping[int, Month]
    batch_of: Mapping[int, Batch]
    running: Running
    hours: Hours
    parts: Mapping[str, Hours]
    legal: Mapping[str, Replaced]
    guesses: tuple[Estimate, ...]
    rates: NDArray[np.float64]
    values: Mapping[str, NDArray[np.float64]]
    pieces: Mapping[int, Piece]
    marks: Mapping[int, str]

    def weights(self, part: slice) -> Weights:
        """The weights of some running hours."""
        measured = self.hours.place >= 0
        return weights(self.running, part, measured, self.legal.get(RATE), self.guesses, self.rates)

    def summed(self, part: slice, one: Weights | None = None) -> Quantity:
        """Legal and best (2,) of some running hours."""
        found = one or self.weights(part)
        more = [] if RATE in self.legal else lost_hours(self, part)
        return summed(found, self.hours, self.marks, more)


def assembled(
    rules: Rules, known: int, course: Course, batches: Mapping[int, Batch], before: Before | None = None,
    previous: StackYear | None = None,
) -> StackYear:  # fmt: skip
    """The year of the months that were read.

    batches: month → the batch that it is in; before: of the time before the year; previous: a year of the same stack
    whose months are taken over where nothing about them has changed.
    """
    from suyuan.carbon.monitoring.doubt import doubts

    earlier = before or Before()
    asked = tuple(sorted(batches))
    months = {m: next(one for one in batches[m].months if one.number == m) for m in asked}
    whole = _columns(course, asked, months)
    running = _running(course, whole)
    parts = {name: _hours(course, batches, running, name, earlier) for name in (*course.model.factors, "")}
    legal, rates, values, told = _replace(rules, course, running, parts, earlier)
    guesses, doubtful = estimates(rates[1], int(_best_hours()["value"]))
    rates = np.stack([rates[0], filled(rates[1], guesses)])
    begin = course.calendar.begin[running.place] if len(running) else np.zeros(0, np.int64)
    marks = {g.gap.start: mark_of(course.model.stack.id, int(begin[g.gap.start]), g) for g in guesses}
    made = Made(course, months, batches, running, parts[""], parts, legal, tuple(guesses), rates, values, {}, marks)
    pieces = {m: _piece(made, m, previous) for m in asked}
    object.__setattr__(made, "pieces", pieces)
    return _year(rules, known, made, whole, (*told, *doubtful, *doubts(made)))


@dataclass(frozen=True, eq=False)
class Whole:
    """Columns over all hours of the year (h,). asked: hours of the months that were read."""

    asked: NDArray[np.bool_]
    operating: NDArray[np.float64]
    reason: NDArray[np.uint16]
    calibrated: NDArray[np.bool_]


def _columns(course: Course, asked: Sequence[int], months: Mapping[int, Month]) -> Whole:
    size = len(course.calendar)
    whole = Whole(np.zeros(size, bool), np.full(size, np.nan), np.zeros(size, np.uint16), np.zeros(size, bool))
    for number in asked:
        part, month = course.calendar.of_month(number), months[number]
        whole.asked[part] = True
        for name in ("operating", "reason", "calibrated"):
            getattr(whole, name)[part] = getattr(month, name)
    return whole


def _running(course: Course, whole: Whole) -> Running:
    place = np.flatnonzero(whole.asked & (whole.operating > 0.0))
    quarter = course.calendar.quarter[place].astype(np.int64)
    return Running(place, whole.operating[place], quarter, whole.reason[place], whole.calibrated[place])


def _hours(course: Course, batches: Mapping[int, Batch], running: Running, name: str, before: Before) -> Hours:
    """Where the running hours of a part, or of the rate («»), stand."""
    size = len(course.calendar)
    sources: list[Quantity] = []
    number, place = np.zeros(size, np.int16), np.full(size, -1, np.int64)
    seen: dict[int, int] = {}
    for month, one in sorted(batches.items()):
        inside, part = one.inside(month), course.calendar.of_month(month)
        valid = one.valid[name] if name else one.every
        if not valid[inside].any():
            continue
        first = 0 if name else int(valid[: inside.start].sum())
        source = one.parts[name] if name else one.rates[month]
        if id(source) not in seen:
            seen[id(source)] = len(sources)
            sources.append(source)
        number[part] = seen[id(source)]
        before_it = int(valid[: inside.start].sum()) - first
        place[part] = np.where(valid[inside], np.cumsum(valid[inside]) - 1 + before_it, -1)
    return Hours(tuple(sources), number[running.place], place[running.place], before.values.get(name or RATE))


def _replace(
    rules: Rules, course: Course, running: Running, parts: Mapping[str, Hours], before: Before
) -> tuple[dict[str, Replaced], NDArray[np.float64], dict[str, NDArray[np.float64]], list[Finding]]:
    """What lost hours are replaced by, the rates (2, r), legal and measured, the legal parts (r,), and findings."""
    potential = course.model.stack.potential
    measured = parts[""].value
    targets = rules.value("substituted")
    if RATE in targets:
        made = replaced(rules, running, RATE, measured, potential.get(RATE), before)
        return {RATE: made}, np.stack([made.value, measured]), {}, list(made.findings)
    legal: dict[str, Replaced] = {}
    x: dict[str, NDArray[np.float64]] = {}
    told: list[Finding] = []
    for factor in course.model.factors:
        value = parts[factor].value
        if not course.model.roles(factor):
            value = np.full(len(running), float(course.model.constants[factor].value))
        elif factor in targets:
            legal[factor] = replaced(rules, running, factor, value, potential.get(factor), before)
            told += legal[factor].findings
            value = legal[factor].value
        elif np.isnan(value).any():
            lost = np.flatnonzero(np.isnan(value))
            where = course.calendar.told(int(running.place[lost[0]]))
            told.append(finding("carbon_monitoring.substitution.other", where, "error", rules.scheme, part=factor,
                                hours=len(lost), scheme=rules.scheme))  # fmt: skip
        x[factor] = value
    rate = np.where(np.isfinite(measured), measured, course.model.rate(x))
    return legal, np.stack([rate, measured]), x, told


def _piece(made: Made, month: int, previous: StackYear | None) -> Piece:
    """The sums of a month; those of the year before this one where they are made of the same hours."""
    place = made.course.calendar.of_month(month)
    first, last = np.searchsorted(made.running.place, [place.start, place.stop])
    part = slice(int(first), int(last))
    one = made.weights(part)
    at = np.flatnonzero(one.hours.any(axis=0)) + one.first
    used = tuple(made.hours.sources[n] for n in np.unique(made.hours.number[at]))
    settled = RATE in made.legal or bool((made.hours.place[part] >= 0).all())
    old = previous.made.pieces.get(month) if previous is not None else None
    if old is not None and settled and old.settled and _same(old, one, used):
        return old
    return Piece(one, used, made.summed(part, one), settled)


def _same(old: Piece, one: Weights, used: tuple[Quantity, ...]) -> bool:
    known = [id(source) for source in used] == [id(source) for source in old.sources]
    return known and old.weights.same(one) and np.array_equal(old.weights.value, one.value)


def _best_hours() -> Row:
    from suyuan.carbon.monitoring.doubt import plausible_row

    return plausible_row("best_hours")


def _year(rules: Rules, known: int, made: Made, whole: Whole, findings: Sequence[Finding]) -> StackYear:
    """The year from what was made."""
    size, place, share = len(made.course.calendar), made.running.place, made.running.share
    value, legal, best = (np.full(size, np.nan) for _ in range(3))
    measured = made.hours.place >= 0
    value[place] = np.where(measured, made.rates[0], np.nan)
    legal[place], best[place] = made.rates[0] * share, made.rates[1] * share
    rule, rows = np.full(size, -1, np.int16), []
    for one in made.legal.values():
        for at, row in enumerate(one.rows):
            if row not in rows:
                rows.append(row)
            rule[place[(one.rule == at) & ~measured & np.isfinite(made.rates[0])]] = rows.index(row)
    used = (*rules.used.values(), _best_hours())
    told = tuple(dict.fromkeys(findings))
    quarterly = capture(made.running.period, measured)
    caught = {q: float(quarterly[q]) for q in np.unique(made.running.period).tolist()}
    monthly = stack([piece.total for piece in made.pieces.values()]).relabelled(MASS)
    return StackYear(
        made.course.model.stack.id, rules.scheme, known, made.course.calendar, tuple(made.pieces), whole.operating,
        whole.reason, rule, tuple(rows), value, legal, best, monthly, caught, told, used, made,
    )  # fmt: skip
