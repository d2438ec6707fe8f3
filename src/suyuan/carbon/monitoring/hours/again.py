"""A month under other certificates from the sums of its minutes, which then need not be read again.

Where a correction is a line, old and new, the sums of readings say all that a certificate can change, as long as no
reading leaves its range and no value becomes implausible; the least and the largest reading tell.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from suyuan.carbon.monitoring.hours.channel import Held
from suyuan.carbon.monitoring.hours.month import Course, Month
from suyuan.carbon.monitoring.hours.sums import Sums, runs


def recertified(month: Month, course: Course) -> tuple[Month | None, tuple[str, ...]]:
    """The month with its sums under the certificates of a course, and the roles whose certificates changed.

    None where minutes could count otherwise than before, or where a sum does not say all.
    """
    changed = {role: one for role, one in course.held.items() if one is not month.held[role]}
    found: dict[str, Sums] = {}
    for role, one in changed.items():
        rows = _under(month, role, one, course)
        if rows is None:
            return None, ()
        found[role] = rows
    return replace(month, sums={**month.sums, **found}, held=course.held), tuple(changed)


def _under(month: Month, role: str, new: Held, course: Course) -> Sums | None:
    """The sums of a channel under other certificates."""
    old, rows, ends = month.held[role], month.sums.get(role), month.ends.get(role)
    if rows is None or ends is None or new.channel != old.channel:
        return None
    if not len(rows.hour):
        return rows
    hours = course.calendar.of_month(month.number)
    begin = course.calendar.begin[hours][rows.hour]
    end = np.append(course.calendar.begin[hours], course.calendar.span(month.number)[1])[rows.hour + 1]
    first = new.windows.at(np.maximum(begin, old.windows.start[rows.window]))
    last = new.windows.at(np.minimum(end, old.windows.end[rows.window]) - 1)
    if not np.array_equal(first, last):
        return None  # a certificate changes within an hour
    if not all(_bears(new, int(window), ends, course, role) for window in first[runs(first)[:-1]]):
        return None
    return Sums(rows.hour, first, rows.count, rows.reading)


def _bears(new: Held, window: int, ends: tuple[float, float], course: Course, role: str) -> bool:
    """Whether a line gives plausible values for all readings between two, within its range."""
    rule, lines = (new.rules[window], new.lines[window]) if window >= 0 else (None, None)
    if rule is None or lines is None:
        return False
    reading = np.array(ends)
    with np.errstate(all="ignore"):
        value = lines[0, 0] + lines[0, 1] * reading
        low, high = course.limits.low.get(role, -np.inf), course.limits.high.get(role, np.inf)
        return rule.outside(rule.raw(reading)) is None and bool(value.min() >= low and value.max() <= high)
