"""Deadlines: so many calendar or working days after a day, with a table of holidays that is an argument.

The day on which a state begins is not counted (Civil Code of the People's Republic of China, article 201). Working days
leave out Saturdays, Sundays and holidays, and count the weekends that are worked in their stead. A period in calendar
days whose last day is a day off ends on the next day that is worked (article 203).

`CHINA` holds the public holidays of the years whose notice of the State Council was read (`rules/holidays.json`, a
source in every row). They are decided anew each year: of a year that no table speaks of only the weekends are known,
and that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from suyuan.quantity.table import Row, checked, load

MOST_DAYS = 40_000


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days off on weekdays, weekend days that are worked, and the years that the table speaks of."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    def knows(self, first: date, last: date) -> bool:
        """Whether the table speaks of all years from one day to another."""
        return not self.unknown(first, last)

    def unknown(self, first: date, last: date) -> tuple[int, ...]:
        """The years from one day to another that the table does not speak of."""
        return tuple(year for year in range(first.year, last.year + 1) if year not in self.years)


NONE = Holidays()


def holidays(rows: Iterable[Row]) -> Holidays:
    """The table of rows «day», «kind» (off, worked), or «year», «first», «last», «worked» of a notice; each with source
    and status. Raises Refused for a row without them or without a day.

    >>> notice = {"source": "notice of the year", "status": "proposed"}
    >>> table = holidays([{"day": "2026-10-01", "kind": "off", **notice}])
    >>> sorted(table.years)
    [2026]
    """
    rows = [{**row, "valid_from": row.get("day") or row.get("first"), "valid_to": row.get("last")} for row in rows]
    kept = checked(rows, "holidays")
    days = [one for row in kept for one in _days(row)]
    off = frozenset(day for day, kind, _ in days if kind == "off")
    worked = frozenset(day for day, kind, _ in days if kind == "worked")
    return Holidays(off, worked, frozenset(year for _, _, year in days))


def _days(row: Row) -> Iterator[tuple[date, str, int]]:
    """Day, «off» or «worked», and the year that the row belongs to."""
    if "first" not in row:
        day = date.fromisoformat(str(row["day"]))
        yield day, str(row.get("kind")), day.year
        return
    first, last = date.fromisoformat(str(row["first"])), date.fromisoformat(str(row["last"]))
    year = int(row.get("year") or first.year)
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number), "off", year
    for text in row.get("worked", ()):
        yield date.fromisoformat(str(text)), "worked", year


CHINA = holidays(load("suyuan.procedure", "holidays.rows"))
"""Public holidays and the weekends worked in their stead, of the years whose notice was read."""


def is_working(day: date, table: Holidays = CHINA) -> bool:
    """Whether a day is worked.

    >>> is_working(date(2026, 2, 28)), is_working(date(2026, 10, 7)), is_working(date(2026, 10, 8))
    (True, False, True)
    """
    return day in table.worked or (day.weekday() < 5 and day not in table.off)


def _calendar(table: Holidays) -> Any:
    """Holidays in NumPy's form; a worked weekend day is counted apart."""
    return sorted(day for day in table.off if day.weekday() < 5)


def due_day(start: date, days: int, working: bool = False, table: Holidays = CHINA) -> date:
    """The last day of a deadline of so many days that begins on the day after `start`.

    days: from 0 to 40 000; a deadline of none ends on its first day, be it worked or not. In calendar days a last day
    that is off gives way to the next one that is worked. Source: Civil Code, articles 201 and 203.

    >>> due_day(date(2026, 9, 30), 5, working=True)  # National Day until 7 October, Saturday 10 October is worked
    datetime.date(2026, 10, 13)
    >>> due_day(date(2026, 9, 28), 5), due_day(date(2026, 9, 28), 5, table=NONE)
    (datetime.date(2026, 10, 8), datetime.date(2026, 10, 5))
    """
    days = min(max(days, 0), MOST_DAYS)
    try:
        if not days:
            return start
        if not working:
            return _worked_from(start + timedelta(days=days), table)
        day, left = start, days
        while left:
            day += timedelta(days=1)
            left -= is_working(day, table)
        return day
    except OverflowError:
        return date.max


def _worked_from(day: date, table: Holidays) -> date:
    """The day itself where it is worked, else the next one that is."""
    while not is_working(day, table):
        day += timedelta(days=1)
    return day


def days_between(start: date, end: date, working: bool = False, table: Holidays = CHINA) -> int:
    """How many (working) days lie behind `start` up to and with `end`; below 0 where `end` comes first.

    >>> days_between(date(2026, 9, 24), date(2026, 9, 28), working=True)  # 25 September is off
    1
    """
    if not working:
        return (end - start).days
    if end < start:
        return -days_between(end, start, working, table)
    count = int(np.busday_count(start + timedelta(days=1), end + timedelta(days=1), holidays=_calendar(table)))
    return count + sum(start < day <= end and (day.weekday() > 4 or day in table.off) for day in table.worked)


def overdue_days(due: date, day: date, working: bool = False, table: Holidays = CHINA) -> int:
    """How many days of the period's own unit a deadline has been over on a day; 0 while it is not.

    The first day counts as soon as it begins, so that a deadline that ended on a Friday is over on Saturday by one.

    >>> due, day = date(2026, 9, 30), date(2026, 10, 9)
    >>> overdue_days(due, day, working=True), overdue_days(due, day)
    (2, 9)
    """
    return 0 if day <= due else max(1, days_between(due, day, working, table))
