"""The monitored stacks of a plant: their years from the rows that are at hand, and what they bring to its claim.

A claim stands on what was known when it was made: certificates and statements that came later are told, and change the
next claim. Hours that a rule replaces are told as warnings; hours without any legal value stop a claim that counts
them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.claim.claim import TONNE, Part
from suyuan.carbon.claim.claim import Evidence as Behind
from suyuan.carbon.monitoring.filed import Filed, read_stacks
from suyuan.carbon.monitoring.hours.calendar import Calendar, calendar
from suyuan.carbon.monitoring.hours.channel import held
from suyuan.carbon.monitoring.hours.engine_rows import Told
from suyuan.carbon.monitoring.hours.minutes import Mark, Minutes
from suyuan.carbon.monitoring.hours.month import Course
from suyuan.carbon.monitoring.hours.stack import checked
from suyuan.carbon.monitoring.lost.lost import RATE, Before
from suyuan.carbon.monitoring.quality.control import Test, controlled
from suyuan.carbon.monitoring.year.year import StackYear
from suyuan.carbon.plant import Plant
from suyuan.carbon.rule import Rules, rules
from suyuan.carbon.words import named
from suyuan.quantity.correction import Correction
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, Refused, Severity, errors, finding
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.table import Row
from suyuan.quantity.unit import parse_unit
from suyuan.series.asof import LAST, Status
from suyuan.verbs.carbon.claims import Monitored, monitoring_counts
from suyuan.verbs.carbon.control import tested
from suyuan.verbs.carbon.files import Files
from suyuan.verbs.carbon.stack import MONTHS, course_of, reclaimed, stack_year
from suyuan.verbs.carbon.stack_engine import told_months, year_told
from suyuan.verbs.carbon.stack_rows import fitting

DECLARED = ("carbon_monitoring.unit.", "carbon_monitoring.columns.")
"""What is said of a declaration that does not fit what was recorded: why there is no measured hour at all."""
DAY_OF_HOURS = 24
"""Measured running hours from which on a month without fuel contradicts its stack."""
Rows = Callable[[Filed, Calendar], tuple[Minutes, Sequence[Finding]]]
"""A stack as filed, and the hours of its year → its rows, and what is doubtful about them."""


@dataclass(frozen=True, slots=True, eq=False)
class Stacked:
    """A stack's year. findings: of its rows, its certificates and its hours; tests: of its channels."""

    filed: Filed
    year: StackYear
    findings: tuple[Finding, ...]
    tests: tuple[Test, ...]

    @property
    def missing(self) -> float:
        """Running hours without a legal value: the legal year is incomplete where there are some."""
        return float(self.year.missing("legal").sum())

    @property
    def unknown(self) -> float:
        """Running hours without a best estimate: the best year is incomplete where there are some."""
        return float(self.year.missing("best").sum())


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What the stacks of a plant are made with. corrections: all that a folder makes; at: µs, when the claim is made;
    zone: name of a zone → the zone, of the house for «»; rows: whence rows come; files: whence the checks of analysers
    come, None where none are at hand; told: what an engine says of a stack's rows, which then stay where they lie."""

    corrections: tuple[Correction, ...]
    at: int
    zone: Callable[[str], tzinfo]
    rows: Rows
    files: Files | None = None
    told: Callable[[Filed, Course], Told] | None = None


def stack_years(plant: Plant, known: Known, former: Sequence[Stacked] = ()) -> tuple[Stacked, ...]:
    """The years of all stacks of a plant.

    former: those of the same document and the same rows, made by what was known at another time: of these only what
    another certificate changes is made again. Raises Refused with every fault of the document, then of the rows.
    """
    fields = Fields(plant.content)
    filed = read_stacks(fields, plant.year, plant.overrides)
    if errors(fields.found):
        raise Refused(*fields.found)
    before = {one.year.stack: one for one in former}
    return tuple(_year(one, plant.year, known, tuple(fields.found), before.get(one.stack.id)) for one in filed)


def _year(filed: Filed, year: int, known: Known, told: tuple[Finding, ...], former: Stacked | None) -> Stacked:
    told += checked(filed.stack)
    zone = known.zone(filed.zone)
    hours = calendar(year, zone)
    tests = tested(filed, zone, known.corrections, known.files, hours.end)
    known = replace(known, corrections=tests.corrections)
    made_of = _of_rows if known.told is None else _of_engine
    make, doubtful = made_of(filed, known, tests.tests, hours)
    course = course_of(filed.stack, filed.rules, known.corrections, known.at, year, zone)
    course = replace(course, biases=tests.biases)
    old = former.year if former is not None and former.tests == tests.tests else None  # tests mark rows
    made = make(course, filed.rules, MONTHS, before(filed, known, year, make), old)
    assert made is not None  # all months are asked for
    windows = [item for one in course.held.values() for item in one.windows.findings]
    said = (*told, *doubtful, *tests.findings, *windows, *_later(made, known), *made.findings)
    return Stacked(filed, made, tuple(dict.fromkeys(said)), tests.tests)


Make = Callable[[Course, Rules, Sequence[int] | None, Before | None, StackYear | None], StackYear | None]
"""A year of a stack from its course, rules, months (None: those of which there are rows), the time before, and the same
year under other certificates; None where there is no month."""


def _of_rows(filed: Filed, known: Known, tests: Sequence[Test], hours: Calendar) -> tuple[Make, tuple[Finding, ...]]:
    """Years from rows in memory, and what is doubtful about these."""
    given, doubtful = known.rows(filed, hours)
    fitting(filed, given, hours)
    control = controlled(given, tests, filed.rules, hours)
    rows = control.minutes

    def make(course: Course, law: Rules, months: Sequence[int] | None, earlier: Before | None,
             old: StackYear | None = None) -> StackYear | None:  # fmt: skip
        parts = {month: slice(*np.searchsorted(rows.time, course.calendar.span(month)).tolist()) for month in MONTHS}

        def read(month: int) -> Minutes:
            return rows.taken(parts[month])

        if old is not None:
            return reclaimed(old, course, law, known.at, read, earlier)[0]
        if months is None:
            months = [month for month, part in parts.items() if part.start < part.stop]
        return stack_year(course, law, known.at, read, months, earlier) if months else None

    return make, (*doubtful, *control.findings)


def _of_engine(filed: Filed, known: Known, tests: Sequence[Test], hours: Calendar) -> tuple[Make, tuple[Finding, ...]]:
    """Years from what an engine says of rows. Raises Refused for tests of analysers, which mark rows one by one."""
    tell = known.told
    assert tell is not None
    if tests:
        raise Refused(finding("carbon.engine.control", filed.pointer, stack=filed.stack.id))

    def make(course: Course, law: Rules, months: Sequence[int] | None, earlier: Before | None,
             old: StackYear | None = None) -> StackYear | None:  # fmt: skip
        told = tell(filed, course)
        months = told_months(told, course) if months is None else months
        return year_told(told, course, law, known.at, months, earlier) if months else None

    return make, ()


def before(filed: Filed, known: Known, year: int, make: Make) -> Before | None:
    """The last valid hours of the year before, as far as rows of them are there and the scheme replaces the rate.

    They are made as those of the year are, under the certificates of their time. None where there are none.
    """
    targets = filed.rules.rows.get("substituted")
    if targets is None or RATE not in targets["value"]:
        return None
    law = rules(filed.rules.scheme, date(year - 1, 12, 31), filed.rules.overrides.values())
    course = course_of(filed.stack, law, known.corrections, known.at, year - 1, known.zone(filed.zone))
    earlier = make(course, law, None, None, None)
    if earlier is None:
        return None
    made = earlier.made
    valid = np.flatnonzero(made.measured)[-_most(filed.rules) :]
    if not len(valid):
        return None
    tonnes = made.summed([slice(hour, hour + 1) for hour in valid.tolist()])[::2]
    rate = tonnes / made.running.share[valid]
    return Before({RATE: Quantity(rate.value, parse_unit("t/h"), rate.blocks)}, int(made.measured.sum()))


def _most(law: Rules) -> int:
    """The most hours that a row of the scheme looks back on."""
    rows = [row["value"] for name, row in law.rows.items() if name.startswith("substitution.")]
    return max((int(side.get("hours") or 0) for row in rows for side in (row["within"], row["beyond"])), default=0) or 1


def _later(made: StackYear, known: Known) -> list[Finding]:
    """Channels for which another certificate counts by what became known after the claim was made."""
    found = []
    first, last = int(made.calendar.begin[0]), made.calendar.end
    for role, one in made.made.course.held.items():
        now = held(one.channel, known.corrections, LAST)
        spans = [span for span in now.differs(one) if span[0] < last and span[1] > first]
        if spans:
            at = int(np.searchsorted(made.calendar.begin, max(spans[0][0], first), side="right") - 1)
            found.append(finding("carbon.stack.later", made.calendar.told(at), "warning", stack=made.stack,
                                 instrument=one.channel.instrument, **named("role", "channel", role)))  # fmt: skip
    return found


# ---------------------------------------------------------------- into the claim


def monitored(plant: Plant, years: Iterable[Stacked]) -> Monitored:
    """What stacks bring to a claim; hours without a legal value are an error where monitoring counts. Of a stack of
    which no hour is measured nothing is known: its hours are unknown, and what it lacks is told."""
    counts = monitoring_counts(plant)
    parts, evidence = [], []
    told: list[Finding] = []
    rows: dict[str, Row] = {}
    for one in years:
        if not one.year.made.measured.any():
            told += _nothing(one, "error" if counts else "warning")
            parts += unknown_part(one)
            continue
        parts.append(part_of(one))
        evidence += evidence_of(one.year)
        rows |= {str(row["id"]): row for row in one.year.used}
        told += [replace(item, severity="warning") if item.severity == "error" else item for item in one.findings]
        told += _burnt(plant, one)
        if one.missing:
            told.append(finding("carbon.stack.incomplete", one.year.stack, "error" if counts else "warning",
                                stack=one.year.stack, hours=f"{one.missing:.6g}"))  # fmt: skip
        if one.unknown:
            told.append(finding("carbon.stack.unknown", one.year.stack, "warning", stack=one.year.stack,
                                hours=f"{one.unknown:.6g}"))  # fmt: skip
    return Monitored(tuple(parts), tuple(rows.values()), tuple(evidence), tuple(dict.fromkeys(told)))


def _burnt(plant: Plant, one: Stacked) -> Iterator[Finding]:
    """Months in which a stack ran, and none of the plant's fuels was burnt: an amount of zero is then a missing one.

    An error where the legal total stands on those amounts; nothing where none of the year is calculated by fuel and it
    stands on monitoring.
    """
    fuels = [np.broadcast_to(stream.amount, (12,)) for stream in plant.streams if stream.kind == "combustion"]
    counts = monitoring_counts(plant)
    if not fuels or (counts and not np.any(fuels)):
        return
    severity: Severity = "warning" if counts else "error"
    ran = np.bincount(one.year.calendar.month, np.nan_to_num(one.year.operating), minlength=13)[1:]
    measured = np.bincount(one.year.calendar.month, ~np.isnan(one.year.value), minlength=13)[1:]
    for month in np.flatnonzero((np.sum(fuels, axis=0) == 0.0) & (measured >= DAY_OF_HOURS)).tolist():
        tonnes = float(np.nansum(one.year.best[one.year.calendar.of_month(month + 1)]))
        yield finding("carbon.stack.no_fuel", one.year.stack, severity, stack=one.year.stack, month=month + 1,
                      hours=f"{ran[month]:.6g}", tonnes=f"{tonnes:.0f}")  # fmt: skip


def _nothing(one: Stacked, severity: Severity) -> Iterator[Finding]:
    """What is to be said of a stack without a measured hour: a unit or column that does not fit, each channel that no
    certificate counts for, and all that is told of the stack."""
    yield from (replace(item, severity=severity) for item in one.findings if item.code.startswith(DECLARED))
    year, hours = one.year.stack, one.year.calendar
    for role, channel in one.year.made.course.held.items():
        windows = channel.windows
        inside = (windows.start < hours.end) & (windows.end > int(hours.begin[0]))
        if (windows.status[inside] == Status.VALID).any():
            continue
        ended = next((c for c, here in zip(windows.corrections, inside, strict=True) if here and c is not None), None)
        about = {} if ended is None else {"certificate": f"{ended.issuer} {ended.number}"}
        yield finding("carbon.stack.bare", year, severity, stack=year, instrument=channel.channel.instrument,
                      **about, **named("role", "channel", role))  # fmt: skip
    yield finding("carbon.stack.nothing", year, severity, stack=year)
    yield from (replace(item, severity="warning") if item.severity == "error" else item for item in one.findings
                if not item.code.startswith(DECLARED))  # fmt: skip


def unknown_part(one: Stacked) -> list[Part]:
    """The part of a claim of a stack without a measured hour: the hours that it ran, their tonnes unknown; nothing
    where it did not run."""
    ran = np.bincount(one.year.calendar.month, np.nan_to_num(one.year.operating), minlength=13)[1:]
    if not ran.any():
        return []
    lost = tuple(ran.tolist())
    return [Part(one.year.stack, "monitoring", Quantity(np.zeros(len(MONTHS)), TONNE, {}), (0.0,) * len(MONTHS),
                 {"measured": 0.0}, True, lost, lost)]  # fmt: skip


def part_of(one: Stacked) -> Part:
    """The part of a claim that a stack makes: legal value and best estimate by month, shares by method, and the hours
    of which neither is known."""
    legal = tuple(float(t) for t in one.year.made.by_month.value[::2])
    shares = {name: tonnes for name, (_, tonnes) in one.year.shares.items()}
    measured = shares.pop("measured", 0.0)
    methods = {"measured": measured, "substituted": sum(shares.values())}
    missing, unknown = (
        tuple(hours.tolist()) if (hours := one.year.missing(kind)).any() else () for kind in ("legal", "best")
    )
    return Part(one.year.stack, "monitoring", one.year.made.by_month[1::2], legal,
                {name: tonnes for name, tonnes in methods.items() if tonnes} or {"measured": 0.0}, True, missing,
                unknown)  # fmt: skip


def evidence_of(year: StackYear) -> list[Behind]:
    """The certificates that count for a stack, each with the months in which it does, and those of its constants, of
    values that were entered, and of known biases."""
    hours, found = year.calendar, []
    for role, channel in year.made.course.held.items():
        for window in channel.windows.usable.tolist():
            certificate = channel.windows.corrections[window]
            assert certificate is not None  # a window that gives values
            start, end = int(channel.windows.start[window]), int(channel.windows.end[window])
            months = tuple(m for m in MONTHS if start < hours.span(m)[1] and end > hours.span(m)[0])
            held_all = len(months) == len(MONTHS)
            if months:
                found.append(Behind(f"{year.stack} {role}", certificate.issuer, certificate.number, "", None,
                                    () if held_all else months, year.stack, _factor(role)))  # fmt: skip
    course = year.made.course
    entered = [(one.part, one.error) for one in course.model.stack.entered]
    others = [*course.model.stack.constants.items(), *entered, *((one.role, one.factor) for one in course.biases)]
    for name, q in others:
        for block in q.blocks.values():
            source = block.influence.source
            if source.issuer and source.number:
                found.append(Behind(f"{year.stack} {name}", source.issuer, source.number, "", None, (),
                                    year.stack, _factor(name)))  # fmt: skip
    return list(dict.fromkeys(found))


def _factor(role: str) -> str:
    return "flow" if role == "velocity" else role


# ---------------------------------------------------------------- the hour ledger


@dataclass(frozen=True, slots=True)
class Lost:
    """A run of hours that are replaced alike. begin: of the first, as text; hours: running ones; reason: word of what
    took most minutes; row: id of the rule row, «» where nothing replaces them; rate: t/h, NaN where there is none;
    best: what they most likely were, t/h."""

    begin: str
    hours: int
    reason: str
    row: str
    rate: float
    best: float


def lost_runs(year: StackYear) -> tuple[Lost, ...]:
    """The lost hours of a year, runs of one reason and one replacement together."""
    running = np.flatnonzero(year.operating > 0.0)
    lost = running[np.isnan(year.value[running])]
    if not len(lost):
        return ()
    rate = np.divide(year.legal[lost], year.operating[lost])
    place = np.searchsorted(running, lost)
    same = (np.diff(place) == 1) & (np.diff(year.reason[lost]) == 0) & (np.diff(year.rule[lost]) == 0)
    same &= np.isclose(rate[1:], rate[:-1], rtol=1e-12, atol=0.0, equal_nan=True)
    starts = np.append(0, np.flatnonzero(~same) + 1)
    stops = np.append(starts[1:], len(lost))
    return tuple(
        Lost(year.calendar.told(int(lost[a])), b - a, _word(int(year.reason[lost[a]])), _row(year, int(lost[a])),
             float(rate[a]), _mean(year.best[lost[a:b]] / year.operating[lost[a:b]]))
        for a, b in zip(starts.tolist(), stops.tolist(), strict=True)
    )  # fmt: skip


def _row(year: StackYear, hour: int) -> str:
    return year.rules_of_hours[int(year.rule[hour])] if year.rule[hour] >= 0 else ""


def _mean(rate: NDArray[np.float64]) -> float:
    there = rate[np.isfinite(rate)]
    return float(there.mean()) if len(there) else math.nan


def _word(reason: int) -> str:
    return (Mark(reason).name or "missing").lower() if reason else "missing"
