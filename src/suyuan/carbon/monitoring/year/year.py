"""A year of a stack: hours, months and the total in tonnes, legal value and best estimate side by side.

The legal value replaces lost hours as the scheme in force says; that is a bias by design and no uncertainty. The best
estimate says what most likely left the stack, and how uncertain that is. Both are sums of the same measured hours, so
what their certificates have in common is common to both, and to every other stack that shares a certificate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.batch import Measured
from suyuan.carbon.monitoring.hours.calendar import Calendar
from suyuan.carbon.monitoring.hours.month import Course
from suyuan.carbon.monitoring.lost.balanced import balanced
from suyuan.carbon.monitoring.lost.estimate import estimates, filled, reach, reach_rows
from suyuan.carbon.monitoring.lost.lost import RATE, Before, Replaced, Running, capture, replaced
from suyuan.carbon.monitoring.year.biased import biased
from suyuan.carbon.monitoring.year.channelled import Channelled, Channels
from suyuan.carbon.monitoring.year.doubt import doubts
from suyuan.carbon.monitoring.year.kept import Kept, hours_of, kept, with_months, with_rates
from suyuan.carbon.monitoring.year.ledger import gathered_by_reason, substituted
from suyuan.carbon.monitoring.year.made import Made
from suyuan.carbon.monitoring.year.rates import Rates, rates, rates_again
from suyuan.carbon.rule import Rules
from suyuan.carbon.words import named
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.table import Row
from suyuan.quantity.unit import parse_unit

Array = NDArray[Any]
Kind = Literal["legal", "best"]
KINDS: tuple[Kind, Kind] = ("legal", "best")
RATE_UNIT = parse_unit("t/h")


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
        """t of each month that was read, (m,), of the hours of which something is known (`missing` tells how many are
        not); NaN where the unit ran and nothing is known of any hour."""
        found = self.made.by_month[KINDS.index(kind) :: 2]
        nothing = self._nothing(kind)
        return Quantity(np.where(nothing, np.nan, found.value), found.unit, found.blocks) if nothing.any() else found

    def total(self, kind: Kind = "legal") -> Quantity:
        """t of all months that were read, of the hours of which something is known (`missing` tells how many are not);
        NaN where the unit ran and nothing is known of any hour."""
        found = self.made.totals[KINDS.index(kind)]
        ran = bool((self.operating > 0.0).any())
        if ran and np.isnan(self.legal if kind == "legal" else self.best).all():
            return Quantity(np.nan, found.unit, found.blocks)
        return found

    def missing(self, kind: Kind = "legal") -> NDArray[np.float64]:
        """Running hours of each month that was read, (m,), that have no value: a sum over them is incomplete."""
        lost = np.isnan(self.legal if kind == "legal" else self.best) & (self.operating > 0.0)
        return self._by_month(np.where(lost, self.operating, 0.0))

    def _nothing(self, kind: Kind) -> NDArray[np.bool_]:
        ran, lost = self._by_month(np.nan_to_num(self.operating)), self.missing(kind)
        return np.asarray((ran > 0.0) & (lost >= ran * (1.0 - 1e-12)))

    def _by_month(self, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(self.calendar.month, hours, minlength=13)[list(self.asked)].astype(float)

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
        found = np.flatnonzero(self.made.running.place == number).tolist()
        if not found or not self.made.measured[found[0]]:
            return None
        tonnes = self.made.summed([slice(found[0], found[0] + 1)])[0]
        rate: Quantity = tonnes / float(self.made.running.share[found[0]])
        return rate.relabelled(RATE_UNIT)

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


def assembled(
    rules: Rules, known: int, course: Course, months: Mapping[int, Measured], before: Before | None = None,
    previous: StackYear | None = None,
) -> StackYear:  # fmt: skip
    """The year of the months that were read.

    months: by number; before: of the time before the year; previous: a year of the same stack, of which is taken
    over what still holds.
    """
    earlier, months = before or Before(), dict(sorted(months.items()))
    old = previous if previous is not None and _same_hours(previous.made.months, months) else None
    hours = _hours(course, months) if old is None else Hours(old.operating, old.reason, old.made.running)
    holds = Kept() if old is None else kept(old.made, months)
    channels = _channels(course, months, hours.running, holds, None if old is None else old.made)
    by_part = RATE not in rules.value("substituted")
    if old is None:
        found = rates(course.model, channels, len(hours.running))
    else:
        found = rates_again(old.made.rates, course.model, channels, hours_of(old.made, holds.fresh))
        holds = with_rates(holds, old, rules, found, earlier)
    legal, values, told = _replace(rules, course, hours.running, found, earlier, holds)
    known_bias = biased(course.biases, hours.running, found.measured, course.calendar)
    likely = found.rate if known_bias is None else found.rate * known_bias.gain
    guesses = estimates(likely, reach(), hours.running.load, holds.besides, holds.estimates())
    if old is not None:
        holds = with_months(holds, old.made, legal.get(RATE), guesses)
    first = legal[RATE].value if not by_part else np.where(found.measured, found.rate, course.model.rate(values))
    made = Made(course, months, hours.running, channels, found, values, first, filled(likely, guesses.found),
                legal, guesses, earlier, holds, known_bias)  # fmt: skip
    return _year(rules, known, made, hours, (*told, *doubts(made)))


def _load(course: Course, months: Mapping[int, Measured]) -> NDArray[np.float64] | None:
    """The load of all hours (h,), NaN where it is not known; None where no month has it."""
    if not course.model.stack.load:
        return None
    found = np.full(len(course.calendar), np.nan)
    for number, one in months.items():
        if one.month.load is not None:
            found[course.calendar.of_month(number)] = one.month.load
    return found


def _same_hours(old: Mapping[int, Measured], months: Mapping[int, Measured]) -> bool:
    """Whether the same months were read, and their hours ran, and are lost for the same."""
    names = ("operating", "reason", "calibrated")
    return list(old) == list(months) and all(
        old[number] is one or all(_equal(getattr(old[number].month, name), getattr(one.month, name)) for name in names)
        for number, one in months.items()
    )


def _equal(a: Array, b: Array) -> bool:
    return a is b or np.array_equal(a, b)


def _channels(
    course: Course, months: Mapping[int, Measured], running: Running, holds: Kept, old: Made | None
) -> dict[str, Channelled]:
    """Role → means over running hours; those of an older year where hours and means are the same."""
    roles = [role for role in course.held if any(role in course.model.roles(factor) for factor in course.model.factors)]
    several, numbers = Channels(course.calendar, months, running), list(months)
    found: dict[str, Channelled] = {}
    for role in roles:
        again: Channelled | None = None
        if old is not None:
            fresh = [(at, months[numbers[at]].means[role], old.months[numbers[at]].means[role]) for at in holds.fresh]
            other = [at for at, new, before in fresh if new is not before]
            again = several.again(old.channels[role], role, other) if other else old.channels[role]
        found[role] = several.channel(role) if again is None else again
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """operating, reason (h,): of all hours of the year, as `StackYear` has them; running: those in which the unit
    ran."""

    operating: NDArray[np.float64]
    reason: NDArray[np.uint16]
    running: Running


def _hours(course: Course, months: Mapping[int, Measured]) -> Hours:
    """The hours of the months that were read."""
    size = len(course.calendar)
    operating, reason, calibrated = np.full(size, np.nan), np.zeros(size, np.uint16), np.zeros(size, bool)
    for number, one in months.items():
        part = course.calendar.of_month(number)
        operating[part], reason[part], calibrated[part] = one.month.operating, one.month.reason, one.month.calibrated
    place = np.flatnonzero(operating > 0.0)
    quarter = course.calendar.quarter[place].astype(np.int64)
    load = _load(course, months)
    running = Running(place, operating[place], quarter, reason[place], calibrated[place],
                      None if load is None else load[place], course.model.stack.potential.get("load"))  # fmt: skip
    return Hours(operating, reason, running)


def _replace(
    rules: Rules, course: Course, running: Running, found: Rates, before: Before, holds: Kept
) -> tuple[dict[str, Replaced], dict[str, NDArray[np.float64]], list[Finding]]:
    """What lost hours are replaced by, by target, the legal parts (r,), and findings."""
    potential = course.model.stack.potential
    targets = rules.value("substituted")
    if RATE in targets:
        made = replaced(rules, running, RATE, found.rate, potential.get(RATE), before, holds.former)
        return {RATE: made}, {}, list(gathered_by_reason(made, running, course.calendar))
    legal: dict[str, Replaced] = {}
    values: dict[str, NDArray[np.float64]] = {}
    told: list[Finding] = []
    for factor, value in found.parts.items():
        if factor in targets and course.model.roles(factor):
            legal[factor] = replaced(rules, running, factor, value, potential.get(factor), before)
            told += gathered_by_reason(legal[factor], running, course.calendar)
            values[factor] = legal[factor].value
            continue
        legal[factor], said = balanced(rules, running, factor, value, course.model.stack.entered, course.calendar)
        values[factor] = legal[factor].value
        told += said
        lost = np.flatnonzero(np.isnan(values[factor]))
        if len(lost):
            where = course.calendar.told(int(running.place[lost[0]]))
            told.append(finding("carbon_monitoring.substitution.other", where, "error", rules.scheme, hours=len(lost),
                                scheme=rules.scheme, **named("part", "channel", factor)))  # fmt: skip
    return legal, values, told


def _year(rules: Rules, known: int, made: Made, hours: Hours, findings: Sequence[Finding]) -> StackYear:
    """The year from what was made."""
    size, running = len(made.course.calendar), made.running
    value, legal, best = (np.full(size, np.nan) for _ in range(3))
    for column, of_running in ((value, made.rates.rate), (legal, made.mass[0]), (best, made.mass[1])):
        column[running.place] = of_running
    rows = tuple(dict.fromkeys(row for one in made.legal.values() for row in one.rows))
    rule = np.full(size, -1, np.int16)
    for one in made.legal.values():
        if one.target == RATE:  # then it has a row where no measured value is
            rule[running.place] = one.rule
            continue
        number = np.array([*(rows.index(row) for row in one.rows), -1], np.int16)[one.rule]
        there = (number >= 0) & ~made.measured & np.isfinite(made.legal_rate)
        rule[running.place[there]] = number[there]
    used = (*rules.used.values(), *reach_rows())
    told = tuple(dict.fromkeys(findings))
    quarterly = capture(running.period, made.measured)
    caught = {q: float(share) for q, share in enumerate(quarterly.tolist()) if not math.isnan(share)}
    year = StackYear(
        made.course.model.stack.id, rules.scheme, known, made.course.calendar, tuple(made.months), hours.operating,
        hours.reason, rule, rows, value, legal, best, caught, told, used, made,
    )  # fmt: skip
    return replace(year, findings=tuple(dict.fromkeys((*told, *substituted(year)))))
