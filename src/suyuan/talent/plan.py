"""A training plan from the gaps: which courses, how many runs and seats, when, within the seats of each base.

Demand goes to the courses that serve it, the most needed first; runs are placed on the earliest days on which the base
has seats. What finds no course and no seat is told, never dropped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from suyuan.quantity.finding import Finding, finding
from suyuan.talent.base import Course, TrainingBase
from suyuan.talent.gap import Demand

LONGEST = 3 * 366
"""Days that a plan looks ahead at most."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a course. start, end: its days, both count; persons: who has a seat by name; unnamed: seats for
    persons whom a laboratory still has to choose."""

    course: str
    base: str
    start: date
    end: date
    persons: tuple[str, ...]
    unnamed: int = 0

    @property
    def seats(self) -> int:
        return len(self.persons) + self.unnamed


@dataclass(frozen=True, slots=True)
class Plan:
    """Runs in order of their days; left: course → seats that found no place within the days looked at; uncovered: units
    that no course serves which can be held, with the persons who need them; found: all that is to be known."""

    start: date
    until: date
    runs: tuple[Run, ...]
    left: Mapping[str, int] = field(default_factory=dict)
    uncovered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    found: tuple[Finding, ...] = ()


@dataclass
class _Wanted:
    """Seats that are wanted in one course."""

    course: Course
    persons: dict[str, None] = field(default_factory=dict)
    unnamed: int = 0

    @property
    def seats(self) -> int:
        return len(self.persons) + self.unnamed


def plan(
    demands: Iterable[Demand],
    courses: Sequence[Course],
    bases: Iterable[TrainingBase],
    start: date,
    days: int = 365,
    ready: Mapping[str, bool | None] | None = None,
) -> Plan:
    """A training plan for demands, from a day on.

    demands: the most needed first, as `gap.demand` gives them; courses, bases: what is offered; start; days: how many
    days are looked at, at most three years; ready: id of a course → whether it can be held (`base.of_base`); one that
    cannot is left out, one of which that is not known is planned with a warning.

    A person has one seat in a course, however many gaps it closes. A run is not larger than the course's seats nor than
    the base's seats that are free on each of its days; of a base that states no capacity every seat is free. One course
    runs once at a time. Of two courses for a unit the one of the same region comes first, then the shorter one.
    """
    last = start + timedelta(min(max(days, 1), LONGEST) - 1)
    known = {base.id: base for base in bases}
    found: list[Finding] = []
    usable = [c for c in courses if _usable(c, ready or {}, found)]
    given = tuple(demands)
    wanted, uncovered = _wanted(given, usable, known)
    offered = {unit for course in courses for unit in course.units}
    for unit in uncovered:
        if unit not in offered:
            found.append(finding("talent.plan.no_course", f"competence_unit/{unit}", "warning", "", unit=unit,
                                 n=sum(max(len(d.persons), d.short) for d in given if d.unit == unit)))  # fmt: skip
    taken: dict[tuple[str, int], int] = {}
    runs: list[Run] = []
    left: dict[str, int] = {}
    for one in sorted(wanted.values(), key=lambda w: -w.seats):
        placed, rest = _placed(one, known.get(one.course.base), (start, last), taken)
        runs += placed
        if rest:
            left[one.course.id] = rest
            found.append(finding("talent.plan.full", f"course/{one.course.id}", "warning", "", course=one.course.id,
                                 seats=rest, until=last))  # fmt: skip
    return Plan(start, last, tuple(sorted(runs, key=lambda r: (r.start, r.course))), left, uncovered, tuple(found))


def _usable(course: Course, ready: Mapping[str, bool | None], found: list[Finding]) -> bool:
    state = ready.get(course.id, True)
    if state is False:
        found.append(finding("talent.plan.not_ready", f"course/{course.id}", "warning", "", course=course.id))
    elif state is None:
        found.append(finding("talent.plan.unknown", f"course/{course.id}", "note", "", course=course.id))
    return state is not False


def _wanted(
    demands: Iterable[Demand], courses: Sequence[Course], bases: Mapping[str, TrainingBase]
) -> tuple[dict[str, _Wanted], dict[str, tuple[str, ...]]]:
    """Course → seats wanted; unit that no course serves → persons."""
    wanted: dict[str, _Wanted] = {}
    uncovered: dict[str, tuple[str, ...]] = {}
    for demand in demands:
        serving = [c for c in courses if demand.unit in c.units]
        if not serving:
            uncovered[demand.unit] = (*uncovered.get(demand.unit, ()), *demand.persons)
            continue
        here = [c for c in serving if demand.region and c.base in bases and bases[c.base].region == demand.region]
        chosen = min(here or serving, key=lambda c: (c.days, c.id))
        row = wanted.setdefault(chosen.id, _Wanted(chosen))
        row.persons |= dict.fromkeys(demand.persons)
        # who has a gap and closes it is one more for his laboratory: only what is short beyond that has no name yet
        row.unnamed += max(demand.short - len(demand.persons), 0)
    return wanted, uncovered


def _placed(
    wanted: _Wanted, base: TrainingBase | None, span: tuple[date, date], taken: dict[tuple[str, int], int]
) -> tuple[list[Run], int]:
    """Runs of one course on the earliest days with free seats, and the seats that found no place."""
    course, persons, rest = wanted.course, list(wanted.persons), wanted.seats
    capacity = math.inf if base is None or base.capacity is None else base.capacity
    first, last = span[0].toordinal(), span[1].toordinal()
    day = max(first, course.start.toordinal()) if course.start is not None else first
    runs = []
    while rest and day + course.days - 1 <= last:
        spent = range(day, day + course.days)
        free = min(capacity - taken.get((course.base, d), 0) for d in spent)
        seats = int(min(course.seats, rest, free))
        if seats < 1:
            day += 1
            continue
        named = tuple(persons[:seats])
        persons = persons[seats:]
        runs.append(Run(course.id, course.base, date.fromordinal(day), date.fromordinal(spent[-1]), named,
                        seats - len(named)))  # fmt: skip
        for d in spent:
            taken[course.base, d] = taken.get((course.base, d), 0) + seats
        rest -= seats
        day += course.days
    return runs, rest
