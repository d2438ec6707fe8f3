"""Months with the hourly means of their channels, made at once for all that were read together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from suyuan.carbon.monitoring.hours.again import recertified
from suyuan.carbon.monitoring.hours.means import Part, Rows, means, rows_of
from suyuan.carbon.monitoring.hours.month import Course, Month
from suyuan.carbon.monitoring.hours.sums import Sums, together


@dataclass(frozen=True, eq=False)
class Measured:
    """A month and its hourly means. means: role → means over the hours of the month that count."""

    month: Month
    means: Mapping[str, Part]


def measured(months: Sequence[Month], course: Course) -> dict[int, Measured]:
    """Month → its hourly means."""
    first = list(accumulate((len(month) for month in months), initial=0))
    found: dict[str, list[Part]] = {}
    shared: dict[tuple[int, ...], tuple[Sums, Rows, list[slice]]] = {}
    for factor in course.model.factors:
        for role in course.model.roles(factor):
            given = [month.sums[role] for month in months]
            valid = [month.valid[factor] for month in months]
            key = tuple(id(x) for one, good in zip(given, valid, strict=True) for x in (one.hour, one.count, good))
            if key in shared:  # mostly the same minutes count for all channels
                rows, taken, parts = shared[key]
                rows = together(given, rows.hour, rows.count)
            else:
                rows = together([_moved(one, at) for one, at in zip(given, first, strict=False)])
                taken = rows_of(rows.hour, rows.count, np.concatenate(valid))
                parts = taken.parts(first)
                shared[key] = rows, taken, parts
            made = means(course.held[role], rows, taken)
            found[role] = [Part(made, part, at) for part, at in zip(parts, first, strict=False)]
    return {
        month.number: Measured(month, {role: parts[at] for role, parts in found.items()})
        for at, month in enumerate(months)
    }


def remeasured(old: Measured, course: Course) -> Measured | None:
    """The same month under other certificates, from the sums of its minutes; None where these must be read again."""
    month, changed = recertified(old.month, course)
    if month is None:
        return None
    found: dict[str, Part] = {}
    for factor in course.model.factors:
        for role in set(changed).intersection(course.model.roles(factor)):
            one = month.sums[role]
            made = means(course.held[role], one, rows_of(one.hour, one.count, month.valid[factor]))
            found[role] = Part(made, slice(0, len(made.hour)), 0)
    return Measured(month, {**old.means, **found})


def _moved(rows: Sums, offset: int) -> Sums:
    return Sums(rows.hour + offset, rows.window, rows.count, rows.reading, rows.curve)
