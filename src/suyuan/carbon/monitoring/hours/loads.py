"""What the load of a unit says of its minutes: its mean by the hour, and zeros that the gas contradicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.channel import NONE, Column, add
from suyuan.carbon.monitoring.hours.minutes import Mark, Minutes
from suyuan.carbon.monitoring.hours.month import Course
from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]


def standing(minutes: Minutes, load: str) -> NDArray[np.int64]:
    """Places of minutes whose load says that the unit stands. Raises Refused for a column that is not there."""
    given = minutes.columns.get(load)
    if given is None:
        raise Refused(finding("carbon_monitoring.minutes.column", load, role="load", known=", ".join(minutes.columns)))
    if not len(given) or np.minimum.reduce(given) > 0:
        return NONE
    return np.flatnonzero(given <= 0)


def hourly(minutes: Minutes, load: str, edges: Array, still: Array) -> NDArray[np.float64] | None:
    """Mean load of each hour (h,) over its minutes in which it is above zero, NaN where there is none; None without a
    column of load. edges (h + 1,): places at which hours begin, and the last ends; still: places where it is not."""
    if not load:
        return None
    given, there = minutes.columns[load], None
    if len(still) or (given.dtype.kind == "f" and not np.isfinite(np.add.reduce(given))):
        there = given > 0.0
        given = np.where(there, given, 0)
    size = edges[1:] - edges[:-1]
    full = bool(size.all())
    some = slice(None) if full else np.flatnonzero(size)
    found, begin = np.full(len(size), np.nan), edges[:-1][some]
    if not len(begin):
        return found
    total = add(given, begin)
    count = size[some] if there is None else np.add.reduceat(there, begin, dtype=np.int64)
    with np.errstate(invalid="ignore"):
        found[some] = total / count
    return found


def burning(still: NDArray[np.int64], columns: Mapping[str, Column], course: Course) -> NDArray[np.int64]:
    """Places of minutes whose load says that the unit stands while the gas says that it burns: CO2 as much as the row
    `burning` asks, or oxygen as little, and a flow that is plausible. A load of zero is then a missing one."""
    stack, allowed, places = course.model.stack, course.limits.burning, still
    column = columns[stack.gas.role]
    if not len(still) or stack.gas.role not in allowed:
        return NONE
    for role in (stack.gas.role, stack.mover.role):
        against = columns[role].marked
        places = places[~np.isin(places, against.having(int(Mark.MISSING | Mark.IMPLAUSIBLE)))]
    burns = np.zeros(len(places), bool)
    for start, stop, window in column.stretches:
        lines = column.held.lines[window]
        inside = (places >= start) & (places < stop)
        if lines is None or not inside.any():
            continue
        value = lines[0, 0] + lines[0, 1] * column.reading[places[inside]]
        burns[inside] = value >= allowed["co2"] if stack.gas.role == "co2" else value <= allowed["o2"]
    return places[burns]
