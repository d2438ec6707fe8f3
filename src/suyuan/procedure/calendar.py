"""Deadlines: so many calendar or working days after a day, with a table of holidays that is an argument.

The day on which a state begins is not counted (Civil Code of the People's Republic of China, article 201). Working days
leave out Saturdays, Sundays and holidays, and count the weekends that are worked in their stead. No table of holidays
comes with the house, since it is decided anew each year: with an empty one only weekends are left out, and that is
said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from suyuan.quantity.table import Row, checked

MOST_DAYS = 40_000


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days off on weekdays, weekend days that are worked, and the years that the table speaks of."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    def knows(self, first: date, last: date) -> bool:
        """Whether the table speaks of all years from one day to another."""
        return all(year in self.years for year in range(first.year, last.year + 1))


NONE = Holidays()


def holidays(rows: Iterable[Row]) -> Holidays:
    """The table of rows «day», «kind» (off, worked), source, status. Raises Refused for a row without source or day.

    >>> notice = {"source": "notice of the year", "status": "proposed"}
    >>> table = holidays([{"day": "2026-10-01", "kind": "off", **notice}])
    >>> sorted(table.years)
    [2026]
    """
    kept = checked([{**row, "valid_from": row.get("day")} for row in rows], "holidays")
    days = [(date.fromisoformat(str(row["day"])), row.get("kind")) for row in kept]
    off = frozenset(day for day, kind in days if kind == "off")
    worked = frozenset(day for day, kind in days if kind == "worked")
    return Holidays(off, worked, frozenset(day.year for day, _ in days))


def is_working(day: date, table: Holidays = NONE) -> bool:
    """Whether a day is worked."""
    return day in table.worked or (day.weekday() < 5 and day not in table.off)


def _calendar(table: Holidays) -> Any:
    """Holidays in NumPy's form; a worked weekend day is counted apart."""
    return sorted(day for day in table.off if day.weekday() < 5)


def due_day(start: date, days: int, working: bool = False, table: Holidays = NONE) -> date:
    """The last day of a deadline of so many days that begins on the day after `start`.

    days: from 0 to 40 000; a deadline of none ends on its first day, be it worked or not.

    >>> due_day(date(2026, 9, 29), 5, working=True, table=NONE)
    datetime.date(2026, 10, 6)
    >>> due_day(date(2026, 9, 29), 5)
    datetime.date(2026, 10, 4)
    """
    days = min(max(days, 0), MOST_DAYS)
    try:
        if not working or not days:
            return start + timedelta(days=days)
        day, left = start, days
        while left:
            day += timedelta(days=1)
            left -= is_working(day, table)
        return day
    except OverflowError:
        return date.max


def days_between(start: date, end: date, working: bool = False, table: Holidays = NONE) -> int:
    """How many (working) days lie behind `start` up to and with `end`; below 0 where `end` comes first.

    >>> days_between(date(2026, 9, 25), date(2026, 9, 28), working=True)
    1
    """
    if not working:
        return (end - start).days
    if end < start:
        return -days_between(end, start, working, table)
    count = int(np.busday_count(start + timedelta(days=1), end + timedelta(days=1), holidays=_calendar(table)))
    return count + sum(start < day <= end and (day.weekday() > 4 or day in table.off) for day in table.worked)
