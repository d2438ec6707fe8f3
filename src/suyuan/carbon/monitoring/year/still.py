"""Readings that stand still: an hourly mean that is the same hour after hour while the load or another channel moves.

An analyser that hangs shows its last reading without a flag. Nothing is taken out for it: that a reading stands is no
proof that it is wrong, and a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.plausible import plausible_row
from suyuan.carbon.words import named
from suyuan.quantity.finding import Finding, finding

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.year.made import Made

Array = NDArray[Any]
SAME = 1e-9
"""Means nearer than this share to each other are one: sums of minutes are rounded."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A time in which a channel stood. first, last: running hours; hours: of these that have a mean."""

    first: int
    last: int
    hours: int


def still(made: Made) -> Iterator[Finding]:
    """A finding for each channel that stood for as many hours as the row `still_hours` says."""
    row = plausible_row("still_hours")
    for role, channel in made.channels.items():
        times = [one for one in standing(channel.value, int(row["value"])) if _others_move(made, role, one)]
        if not times:
            continue
        longest, held = max(times, key=lambda one: one.hours), made.course.held[role].channel
        told = [made.course.calendar.told(int(made.running.place[at])) for at in (longest.first, longest.last)]
        yield finding(
            "carbon_monitoring.still.value", told[0], "warning", "", hours=longest.hours, last=told[1],
            value=f"{_recorded(made, role, longest.first):.6g}", recorded=held.unit, instrument=held.instrument,
            times=len(times), total=sum(one.hours for one in times), row=str(row["id"]), least=int(row["value"]),
            **named("role", "channel", role), **named("status", "status", str(row["status"])),
        )  # fmt: skip


def standing(value: NDArray[np.float64], least: int) -> list[Standing]:
    """The times in which hourly means (r,) stay the same for at least so many hours; lost hours between, NaN, do not
    end one.

    >>> standing(np.array([1.0, 2.0, np.nan, 2.0, 2.0, 3.0]), 3)
    [Standing(first=1, last=4, hours=3)]
    """
    there = np.flatnonzero(~np.isnan(value))
    x = value[there]
    other = np.abs(np.diff(x)) > SAME * np.abs(x[1:])
    if len(other) - np.count_nonzero(other) + 1 < least:  # nearly always
        return []
    edges = np.concatenate(([0], np.flatnonzero(other) + 1, [len(x)]))
    size = np.diff(edges)
    return [Standing(int(there[edges[at]]), int(there[edges[at + 1] - 1]), int(size[at]))
            for at in np.flatnonzero(size >= least).tolist()]  # fmt: skip


def _others_move(made: Made, role: str, one: Standing) -> bool:
    """Whether the load or another channel changed while one stood."""
    part = slice(one.first, one.last + 1)
    others = [channel.value[part] for other, channel in made.channels.items() if other != role]
    if made.running.load is not None:
        others.append(made.running.load[part])
    return any(_moves(column[~np.isnan(column)]) for column in others)


def _moves(x: Array) -> bool:
    return len(x) > 1 and bool(np.ptp(x) > SAME * np.abs(x).max())


def _recorded(made: Made, role: str, hour: int) -> float:
    """The mean of a running hour as it was recorded, in the unit of the channel."""
    place = int(made.running.place[hour])
    number = int(made.course.calendar.month[place])
    sums = made.months[number].month.sums[role]
    mine = sums.hour == place - made.course.calendar.of_month(number).start
    mean = sums.reading[mine].sum() / sums.count[mine].sum()
    return float(mean * made.course.held[role].channel.resolution)
