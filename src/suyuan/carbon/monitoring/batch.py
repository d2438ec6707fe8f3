"""Months with the hourly means of their channels, made at once for all that were read together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from suyuan.carbon.monitoring.again import recertified
from suyuan.carbon.monitoring.channel import Means, Rows, Sums, means, rows_of, together
from suyuan.carbon.monitoring.month import Course, Month


@dataclass(frozen=True, eq=False)
class Measured:
    """A month and its hourly means. means: role → means over the hours of the month that count."""

    month: Month
    means: Mapping[str, Means]


def measured(months: Sequence[Month], course: Course) -> dict[int, Measured]:
    """Month → its hourly means."""
    first = np.concatenate(([0], np.cumsum([len(month) for month in months]))).tolist()
    found: dict[str, list[Means]] = {}
    shared: dict[tuple[int, ...], Rows] = {}
    for factor in course.model.factors:
        valid = np.concatenate([month.valid[factor] for month in months])
        for role in course.model.roles(factor):
            rows = together([_moved(month.sums[role], at) for month, at in zip(months, first, strict=False)])
            key = tuple(id(x) for m in months for x in (m.sums[role].hour, m.sums[role].count, m.valid[factor]))
            if key not in shared:  # mostly the same minutes count for all channels
                shared[key] = rows_of(rows.hour, rows.count, valid)
            found[role] = means(course.held[role], rows, shared[key]).parted(first)
    return {
        month.number: Measured(month, {role: parts[at] for role, parts in found.items()})
        for at, month in enumerate(months)
    }


def remeasured(old: Measured, course: Course) -> Measured | None:
    """The same month under other certificates, from the sums of its minutes; None where these must be read again."""
    month, changed = recertified(old.month, course)
    if month is None:
        return None
    found = {
        role: means(course.held[role], one, rows_of(one.hour, one.count, month.valid[factor]))
        for factor in course.model.factors
        for role in course.model.roles(factor)
        if role in changed and (one := month.sums[role])
    }
    return Measured(month, {**old.means, **found})


def _moved(rows: Sums, offset: int) -> Sums:
    return Sums(rows.hour + offset, rows.window, rows.count, rows.reading, rows.curve)
