"""A stack from its minutes to the tonnes of its year, and again after a certificate has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo

from suyuan.carbon.monitoring.hours.batch import measured, remeasured
from suyuan.carbon.monitoring.hours.calendar import Calendar, calendar
from suyuan.carbon.monitoring.hours.channel import all_held
from suyuan.carbon.monitoring.hours.gathered import gathered
from suyuan.carbon.monitoring.hours.judged import judged
from suyuan.carbon.monitoring.hours.minutes import Minutes
from suyuan.carbon.monitoring.hours.month import Course, judge
from suyuan.carbon.monitoring.hours.plausible import plausible_limits
from suyuan.carbon.monitoring.hours.stack import Stack, checked, model
from suyuan.carbon.monitoring.lost.lost import Before
from suyuan.carbon.monitoring.year.year import StackYear, assembled
from suyuan.carbon.rule import Rules
from suyuan.quantity.correction import Correction

Reader = Callable[[int], Minutes]
"""Month → its minutes; rows of other months may be among them. Only months that are needed are asked for."""
MONTHS = tuple(range(1, 13))


def course_of(
    stack: Stack, rules: Rules, corrections: Iterable[Correction], known: int, year: int, zone: tzinfo
) -> Course:
    """What the months of a stack are made with. Raises Refused where the stack lacks something or bases conflict."""
    checked(stack)
    certificates = {one.channel.role: one for one in all_held(stack.channels, corrections, known)}
    limits = plausible_limits(stack.plausible)
    return Course(calendar(year, zone), model(stack, rules), certificates, judge(rules, stack.step), limits)


def stack_year(
    course: Course, rules: Rules, known: int, read: Reader, months: Sequence[int] = MONTHS, before: Before | None = None
) -> StackYear:
    """The year of a stack: hours, months, total, findings.

    course: from `course_of`; read: month → minutes; months: those that are there, all by default; before: the last
    valid hours of the year before, on which look-backs may go.
    """
    made = [gathered(number, read(number), course) for number in sorted(months)]
    return assembled(rules, known, course, measured(judged(made, course), course), before)


def reclaimed(
    previous: StackYear, course: Course, rules: Rules, known: int, read: Reader, before: Before | None = None
) -> tuple[StackYear, tuple[int, ...]]:
    """The same year under other certificates, and the months that were made again.

    Of these a month is read only where the sums of its minutes do not say all: where a correction bends or starts
    within an hour, or a reading could leave its range. course: with the certificates as known now; what else it says
    must be as before.
    """
    spans = {role: one.differs(previous.made.course.held[role]) for role, one in course.held.items()}
    kept = {role: one if spans[role] else previous.made.course.held[role] for role, one in course.held.items()}
    course = replace(course, held=kept)
    again = _touched(previous, course, spans)
    months = dict(previous.made.months)
    unsaid = []
    for number in again:
        found = remeasured(months[number], course)
        if found is None:
            unsaid.append(gathered(number, read(number), course))
        else:
            months[number] = found
    months |= measured(judged(unsaid, course), course) if unsaid else {}
    return assembled(rules, known, course, months, before, previous), again


def affected(previous: StackYear, course: Course) -> tuple[int, ...]:
    """The months in which another certificate counts than before."""
    spans = {role: one.differs(previous.made.course.held[role]) for role, one in course.held.items()}
    return _touched(previous, course, spans)


def _touched(previous: StackYear, course: Course, spans: Mapping[str, Sequence[tuple[int, int]]]) -> tuple[int, ...]:
    every = [span for found in spans.values() for span in found]
    return tuple(m for m in previous.asked if any(_meet(course.calendar, m, span) for span in every))


def _meet(hours: Calendar, month: int, span: tuple[int, int]) -> bool:
    first, last = hours.span(month)
    return span[0] < last and span[1] > first
