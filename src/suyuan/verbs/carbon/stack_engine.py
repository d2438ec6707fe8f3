"""A stack's year from what an engine says of its rows; most rows stay where they lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from suyuan.carbon.monitoring.hours.batch import measured
from suyuan.carbon.monitoring.hours.engine_rows import Answer, Shelf, Told, doubled, gathered_of, rows_of
from suyuan.carbon.monitoring.hours.judged import judged
from suyuan.carbon.monitoring.hours.month import Course
from suyuan.carbon.monitoring.lost.lost import Before
from suyuan.carbon.monitoring.year.year import StackYear, assembled
from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Refused, finding
from suyuan.series.counted import hours, others, times
from suyuan.verbs.carbon.stack import MONTHS

Run = Callable[[Any], Answer]
"""An unbound expression → its columns, as an engine gives them."""


def told_by(run: Run, course: Course, shelf: Shelf, source: str) -> Told:
    """What an engine says of the rows of a stack's year.

    Raises Refused for what an engine cannot do, for two rows of one time, and for a flag that has no class.
    """
    rows = rows_of(course, shelf, (int(course.calendar.begin[0]), course.calendar.end))
    found = Told(rows, shelf, in_order(run(hours(rows)), "hour"), in_order(run(others(rows)), rows.time), source)
    if doubled(found.hours):
        _single(in_order(run(times(rows)), "hour"), course)
    if rows.status:
        marks = np.ma.asarray(found.others[rows.status]).tolist()
        for mark in dict.fromkeys(marks):
            if mark not in shelf.classes:
                raise Refused(finding("carbon.stack.mark", f"{shelf.name} {rows.status}", mark=str(mark or "∅")[:40],
                                      known=", ".join(map(str, shelf.classes))))  # fmt: skip
    return found


def _single(found: Answer, course: Course) -> None:
    """Refuse two rows of one time."""
    twice = np.flatnonzero(found["rows"] != found["times"])
    if len(twice):
        hour = int(np.searchsorted(course.calendar.begin, found["hour"][twice[0]], side="right")) - 1
        where = course.calendar.told(hour)
        raise Refused(finding("carbon.engine.twice", where, stack=course.model.stack.id, hour=where))


def in_order(answer: Answer, *keys: str) -> Answer:
    """An answer in the order of columns."""
    order = np.lexsort([answer[key] for key in reversed(keys)])
    return {name: column[order] for name, column in answer.items()}


def year_told(
    told: Told, course: Course, rules: Rules, known: int, months: Sequence[int] = MONTHS, before: Before | None = None
) -> StackYear:
    """The year from what an engine said; the same as `stack_year` makes of rows."""
    made = [gathered_of(number, told, course) for number in sorted(months)]
    return assembled(rules, known, course, measured(judged(made, course), course), before)


def told_months(told: Told, course: Course) -> list[int]:
    """The months of which there are rows."""
    spans = {month: np.searchsorted(told.hours["hour"], course.calendar.span(month)).tolist() for month in MONTHS}
    return [month for month, (first, last) in spans.items() if first < last]
