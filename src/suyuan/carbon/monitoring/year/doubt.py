"""What a verifier would ask about a year of a stack: findings, each with its hours and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.lost.estimate import reach
from suyuan.carbon.monitoring.year.misread import misread
from suyuan.carbon.monitoring.year.still import still
from suyuan.carbon.words import named
from suyuan.quantity.finding import Finding, finding
from suyuan.series.asof import Status

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.year.made import Made

Array = NDArray[Any]


def doubts(made: Made) -> Iterator[Finding]:
    """All findings of a year."""
    yield from misread(made)
    yield from still(made)
    yield from _twice(made)
    yield from _unknown(made)
    yield from _burning(made)
    yield from _expired(made)
    yield from _absent(made)


NO_ESTIMATE = {
    "long": "carbon_monitoring.best.long", "share": "carbon_monitoring.best.share",
    "beside": "carbon_monitoring.best.beside",
}  # fmt: skip
"""Why there is no best estimate → finding."""


def _unknown(made: Made) -> Iterator[Finding]:
    """Lost hours without a best estimate, by why there is none."""
    calendar, by = made.course.calendar, reach()
    given: dict[str, Any] = {"longest": by.longest, "by_load": by.longest_by_load, "share": f"{by.share:g}"}
    for why in dict.fromkeys(one.why for one in made.guesses.none):
        mine = [one.gap for one in made.guesses.none if one.why == why]
        yield finding(NO_ESTIMATE[why], calendar.told(int(made.running.place[mine[0].start])), "warning",
                      hours=sum(gap.hours for gap in mine),
                      last=calendar.told(int(made.running.place[mine[-1].stop - 1])), **given)  # fmt: skip


def _burning(made: Made) -> Iterator[Finding]:
    """Hours whose load says that the unit stands while its gas says that it burns."""
    calendar = made.course.calendar
    hours = [calendar.of_month(number).start + int(hour)
             for number, one in made.months.items() for hour in one.month.burning]  # fmt: skip
    if hours:
        yield finding("carbon_monitoring.zero.load", calendar.told(hours[0]), "error", hours=len(hours),
                      last=calendar.told(hours[-1]), load=made.course.model.stack.load)  # fmt: skip


def _twice(made: Made) -> Iterator[Finding]:
    """Times that came twice."""
    calendar = made.course.calendar
    again = [one.month.again for one in made.months.values() if len(one.month.again)]
    if again:
        first, last = ((np.searchsorted(calendar.begin, at, side="right") - 1) for at in (again[0][0], again[-1][-1]))
        yield finding("carbon_monitoring.hour.twice", calendar.told(int(first)), "warning", rows=sum(map(len, again)),
                      last=calendar.told(int(last)))  # fmt: skip


def _expired(made: Made) -> Iterator[Finding]:
    """Certificates that did not count for hours of the year, with these hours."""
    calendar = made.course.calendar
    ran: set[int] = set()
    for role, held in made.course.held.items():
        hours = [
            calendar.of_month(number).start + int(hour)
            for number, one in made.months.items()
            for hour in one.month.expired.get(role, ())
        ]
        ran = ran or (set(made.running.place.tolist()) if hours else ran)
        hours = [hour for hour in hours if hour in ran]
        if not hours:
            continue
        window = int(held.windows.at(np.array([calendar.begin[hours[0]]]))[0])
        one = held.windows.corrections[window]
        status = Status(int(held.windows.status[window])).word
        yield finding(
            "carbon_monitoring.certificate.hours", calendar.told(hours[0]), "error", hours=len(hours),
            instrument=held.channel.instrument, last=calendar.told(hours[-1]),
            certificate=one.certificate if one is not None else "—", **named("role", "channel", role),
            **named("status", "state", status),
        )  # fmt: skip


def _absent(made: Made) -> Iterator[Finding]:
    """Hours of which no row was recorded."""
    calendar = made.course.calendar
    hours = [
        calendar.of_month(number).start + int(hour)
        for number, one in made.months.items()
        for hour in np.flatnonzero(one.month.rows == 0)
    ]
    if hours:
        yield finding("carbon_monitoring.hour.missing", calendar.told(hours[0]), "warning", hours=len(hours),
                      last=calendar.told(hours[-1]))  # fmt: skip
