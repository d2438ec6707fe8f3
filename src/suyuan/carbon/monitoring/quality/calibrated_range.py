"""The valid calibration range of a QAL2, week by week: whether hours leave it so often that a new QAL2 is due.

Hourly values by the calibration function are counted by weeks that begin on Monday, between two tests of the channel
(EN 14181, 6.5). What counts is how many are above the range, not whether another certificate corrects the channel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.calendar import Calendar
from suyuan.carbon.monitoring.hours.channel import NONE, present
from suyuan.carbon.monitoring.hours.loads import standing
from suyuan.carbon.monitoring.hours.minutes import NOTHING, Mark, Minutes, flagged, marked, united
from suyuan.carbon.monitoring.quality.qal2 import SCHEME, Line
from suyuan.carbon.rule import Rules, rules
from suyuan.carbon.words import named
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.table import Row

Array = NDArray[Any]
ROW = "weekly"
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Ranged:
    """What a QAL2 or an AST leaves valid. role, column: of the channel, load: column of the load, «» for none; day: of
    the test, start: µs, when it began; line: calibration function; highest: upper end of its valid range, in the unit
    of the reference; renews: whether it is a QAL2."""

    role: str
    column: str
    load: str
    day: date
    start: int
    line: Line
    highest: float
    renews: bool


@dataclass(frozen=True, slots=True)
class Left:
    """A week that makes a new QAL2 due. week: its Monday; hours: that have a value; outside: of them above the range;
    count: weeks since the last test that had more than the smaller share outside; until: last day for the new QAL2."""

    week: date
    hours: int
    outside: int
    count: int
    until: date

    @property
    def percent(self) -> float:
        return 100.0 * self.outside / self.hours


def left(law: Rules, week: Array, value: Array, highest: float) -> Left | None:
    """The first week that makes a new QAL2 due: more of its hours than one share are above the range, or it is one week
    more than the rule allows with more than the smaller share.

    week (h,): ordinal of the Monday of each hour, ascending; value (h,): by the calibration function, NaN where there
    is none.

    Source: EN 14181, 6.5 (from memory).
    """
    says = law.value(ROW)
    mondays, at = np.unique(week[np.isfinite(value)], return_inverse=True)
    hours = np.bincount(at, minlength=len(mondays))
    outside = np.bincount(at, value[np.isfinite(value)] > highest, minlength=len(mondays))
    many = 100.0 * outside > float(says["share"]) * hours
    count = np.cumsum(many)
    due = np.flatnonzero((100.0 * outside > float(says["alone"]) * hours) | (many & (count > int(says["weeks"]))))
    if not len(due):
        return None
    one = int(due[0])
    monday = date.fromordinal(int(mondays[one]))
    return Left(monday, int(hours[one]), int(outside[one]), int(count[one]),
                months_later(monday + WEEK - timedelta(days=1), int(says["months"])))  # fmt: skip


def months_later(day: date, months: int) -> date:
    """The same day of a later month, its last one where it is shorter.

    >>> months_later(date(2025, 8, 31), 6)
    datetime.date(2026, 2, 28)
    """
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))


def ranges_left(
    minutes: Minutes, ranged: Sequence[Ranged], hours: Calendar, codes: Sequence[float]
) -> Iterator[Finding]:
    """Findings about the weeks of a year in which values left the range of a QAL2, one at most between two tests.

    minutes: of the year, in order; codes: numbers that stand for «missing».
    """
    norm = rules(SCHEME, date(hours.year, 12, 31))
    week = hours.day.astype(np.int64) + date(hours.year, 1, 1).toordinal()
    week = week - (week - 1) % 7
    for role in dict.fromkeys(one.role for one in ranged if one.column in minutes.columns):
        mine = sorted((one for one in ranged if one.role == role), key=lambda one: one.start)
        shown = _hourly(minutes, mine[0], hours, codes)
        for one, after in zip(mine, [*mine[1:], None], strict=True):
            end = hours.end if after is None else after.start
            part = slice(*np.searchsorted(hours.begin, [one.start, end]).tolist())
            found = left(norm, week[part], one.line(shown[part]), one.highest)
            if found is not None:
                yield _told(found, one, mine, norm.row(ROW))


def _hourly(minutes: Minutes, one: Ranged, hours: Calendar, codes: Sequence[float]) -> NDArray[np.float64]:
    """Hourly means of a channel as recorded, of rows without a flag while the unit runs; NaN where there are none."""
    reading, lost, _ = present(np.asarray(minutes.columns[one.column]), 1.0, codes)
    flags = flagged(minutes, standing(minutes, one.load) if one.load else NONE)
    against = united([flags[""], flags.get(one.role, NOTHING), marked(lost, Mark.MISSING)]).place
    good = np.ones(len(reading))
    good[against] = 0.0
    edges = np.append(minutes.time.searchsorted(hours.begin), minutes.time.searchsorted(hours.end))
    count, total = (np.diff(np.append(0.0, np.cumsum(x))[edges]) for x in (good, reading * good))
    with np.errstate(invalid="ignore"):
        return np.asarray(total / count)


def _told(found: Left, one: Ranged, mine: Sequence[Ranged], row: Row) -> Finding:
    """A note where a later QAL2 was in time, else a warning."""
    days = (other.day for other in mine if other.renews and found.week < other.day <= found.until)
    renewed = next(days, None)
    says = row["value"]
    return finding(
        "carbon_monitoring.qal2.range_left", found.week.isoformat(), "warning" if renewed is None else "note",
        str(row["id"]), percent=f"{found.percent:.1f}", outside=found.outside, hours=found.hours, count=found.count,
        highest=f"{one.highest:.6g}", share=says["share"], weeks=says["weeks"], alone=says["alone"],
        until=found.until.isoformat(), renewed="—" if renewed is None else renewed.isoformat(), row=row["id"],
        **named("role", "channel", one.role), **named("status", "status", str(row["status"])),
    )  # fmt: skip
