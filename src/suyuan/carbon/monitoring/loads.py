"""What the load of a unit says of its minutes: its mean by the hour, and zeros that the gas contradicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.channel import Column
from suyuan.carbon.monitoring.minutes import Mark, Minutes
from suyuan.carbon.monitoring.month import Course

Array = NDArray[Any]


def hourly(minutes: Minutes, load: str, edges: Array) -> NDArray[np.float64] | None:
    """Mean load of each hour (h,) over its minutes in which it is above zero, NaN where there is none; None without a
    column of load. edges (h + 1,): places at which hours begin, and the last ends."""
    if not load:
        return None
    given = np.asarray(minutes.columns[load], float)
    there = given > 0.0
    total, count = (np.concatenate(([0.0], np.cumsum(x)))[edges] for x in (np.where(there, given, 0.0), there))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.diff(total) / np.diff(count), float)


def burning(minutes: Minutes, columns: Mapping[str, Column], course: Course) -> NDArray[np.int64]:
    """Places of minutes whose load says that the unit stands while the gas says that it burns: CO2 as much as the row
    `burning` asks, or oxygen as little, and a flow that is plausible. A load of zero is then a missing one."""
    stack, allowed = course.model.stack, course.limits.burning
    column = columns[stack.gas.role]
    if not stack.load or stack.gas.role not in allowed or stack.load not in minutes.columns:
        return np.zeros(0, np.int64)
    places = np.flatnonzero(minutes.columns[stack.load] <= 0)
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
