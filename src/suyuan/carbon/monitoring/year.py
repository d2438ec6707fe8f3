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
from suyuan.carbon.monitoring.kept import Kept, kept, with_months
from suyuan.carbon.monitoring.lost import (
    RATE,
    Before,
    Replaced,
    Running,
    capture,
    estimates,
    filled,
    replaced,
)
from suyuan.carbon.monitoring.made import Made
from suyuan.carbon.monitoring.month import Course
from suyuan.carbon.monitoring.tables import summed, total
from suyuan.carbon.monitoring.totals import (
    Channelled,
    Weights,
    channelled,
)
from suyuan.carbon.rule import Rules
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
        """t of each month that was read, (m,)."""
        return self.made.by_month[KINDS.index(kind) :: 2]

    def total(self, kind: Kind = "legal") -> Quantity:
        """t of all months that were read."""
        return total(self.made.by_month, KINDS.index(kind))

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


def assembled(
    rules: Rules, known: int, course: Course, months: Mapping[int, Measured], before: Before | None = None,
    previous: StackYear | None = None,
) -> StackYear:  # fmt: skip
    """The year of the months that were read.

    months: by number; before: of the time before the year; previous: a year of the same stack, of which is taken
    over what still holds.
    """
    earlier = before or Before()
    months = dict(sorted(months.items()))
    whole = _columns(course, months)
    running = _running(course, whole)
    channels = _channels(course, months, running, previous.made if previous is not None else None)
    x = {role: one.value for role, one in channels.items()}
    parts = {factor: course.model.part(factor, x) for factor in course.model.factors}
    parts = {factor: np.broadcast_to(np.asarray(part, float), len(running)) for factor, part in parts.items()}
    rate = np.asarray(course.model.rate(parts))
    holds = kept(previous, rules, months, running, rate, earlier)
    legal, values, told = _replace(rules, course, running, parts, earlier, holds)
    guesses, doubtful = estimates(rate, int(plausible_row("best_hours")["value"]), holds)
    holds = with_months(holds, previous.made if previous is not None else None, months, legal.get(RATE), guesses)
    first = legal[RATE].value if RATE in legal else np.where(np.isfinite(rate), rate, course.model.rate(values))
    gain, part_gain = _gains(course, x, parts, RATE not in legal)
    made = Made(
        course, months, running, channels, parts, values, np.isfinite(rate), np.stack([first, filled(rate, guesses)]),
        gain, part_gain, legal, tuple(guesses), earlier, holds,
    )  # fmt: skip
    return _year(rules, known, made, whole, (*told, *doubtful, *doubts(made)))


def _channels(
    course: Course, months: Mapping[int, Measured], running: Running, old: Made | None
) -> dict[str, Channelled]:
    """Role → means over running hours; those of an older year where hours and means are the same."""
    roles = [role for role in course.held if any(role in course.model.roles(factor) for factor in course.model.factors)]
    kept: set[str] = set()
    if old is not None and list(old.months) == list(months) and running.same(old.running):
        kept = {r for r in roles if all(one.means[r] is old.months[m].means[r] for m, one in months.items())}
    found: dict[str, Channelled] = {}
    for role in roles:
        if old is not None and role in kept:
            found[role] = old.channels[role]
        else:
            found[role] = channelled(course, months, running, role, next(iter(found.values()), None))
    return found


def _gains(
    course: Course, x: Mapping[str, Array], parts: Mapping[str, Array], by_part: bool
) -> tuple[dict[str, NDArray[np.float64]], dict[str, dict[str, NDArray[np.float64]]]]:
    """∂rate/∂name and, where lost hours are replaced by part, ∂part/∂name over running hours; 0 where they cannot be
    had."""
    size = len(next(iter(parts.values())))
    whole: dict[str, NDArray[np.float64]] = {}
    each: dict[str, dict[str, NDArray[np.float64]]] = {}
    for factor, slope in course.model.slopes(parts).items():
        each[factor] = {}
        for name, rise in course.model.part_slopes(factor, x).items():
            if by_part:
                each[factor][name] = np.nan_to_num(np.broadcast_to(rise, size))
            both = np.asarray(slope * rise)
            both[~np.isfinite(both)] = 0.0
            whole[name] = whole[name] + both if name in whole else both
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
    rules: Rules, course: Course, running: Running, parts: Mapping[str, Array], before: Before, holds: Kept
) -> tuple[dict[str, Replaced], dict[str, NDArray[np.float64]], list[Finding]]:
    """What lost hours are replaced by, by target, the legal parts (r,), and findings."""
    potential = course.model.stack.potential
    targets = rules.value("substituted")
    if RATE in targets:
        made = replaced(rules, running, RATE, course.model.rate(parts), potential.get(RATE), before, holds)
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
        made.course.model.stack.id, rules.scheme, known, made.course.calendar, tuple(made.months), whole.operating,
        whole.reason, rule, tuple(rows), value, legal, best, caught, told, used, made,
    )  # fmt: skip
