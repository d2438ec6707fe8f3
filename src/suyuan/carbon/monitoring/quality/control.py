"""Hours out of control: from tests that a channel passed, failed, or was not given in time, to marks of its minutes.

What a failed test means for the hours before and after it is a row of the scheme (`control_span`). A row that nobody
has confirmed and no override admits marks nothing; the hours that it would concern are told instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.calendar import Calendar
from suyuan.carbon.monitoring.hours.minutes import Flags, Minutes
from suyuan.carbon.monitoring.hours.plausible import plausible_limits
from suyuan.carbon.monitoring.quality.calibrated_range import Ranged, ranges_left
from suyuan.carbon.rule import Rules
from suyuan.carbon.words import named
from suyuan.quantity.finding import Finding, finding

Array = NDArray[Any]
ROW = "control_span"
KINDS = ("zero", "span", "rata", "qal2", "ast")


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a channel. role; kind: of `KINDS`; start, stop: µs, when it began and was over; passed; due: µs, when
    the next one must have been passed, None where nothing says; ranged: of a QAL2 or AST, what it leaves valid."""

    role: str
    kind: str
    start: int
    stop: int
    passed: bool
    due: int | None = None
    ranged: Ranged | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a channel is out of control. why: «failed» or «expired»."""

    role: str
    kind: str
    start: int
    stop: int
    why: str


def spans(tests: Iterable[Test], since: str, end: int) -> tuple[Span, ...]:
    """The times out of control. since: «failed», from the failed test on, or «passed», from the last passed one before
    it; each lasts until the next passed test of its kind is over, or to the end.

    >>> tests = [Test("co2", "span", day, day, passed) for day, passed in ((10, True), (20, False), (30, True))]
    >>> [(one.start, one.stop) for one in spans(tests, "failed", 99)], spans(tests, "passed", 99)[0].start
    ([(20, 30)], 10)
    """
    found: list[Span] = []
    ordered = sorted(tests, key=lambda one: (one.role, one.kind, one.start))
    for (role, kind), group in groupby(ordered, key=lambda one: (one.role, one.kind)):
        mine = list(group)
        for at, one in enumerate(mine):
            after = next((later.stop for later in mine[at + 1 :] if later.passed), end)
            if one.passed and one.due is not None and one.due < after:
                found.append(Span(role, kind, one.due, after, "expired"))
            if one.passed or (at and not mine[at - 1].passed):
                continue
            start = mine[at - 1].stop if since == "passed" and at else one.start
            found.append(Span(role, kind, start, after, "failed"))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Controlled:
    """Minutes with the marks of what was out of control, and what is to be told."""

    minutes: Minutes
    findings: tuple[Finding, ...]


def controlled(minutes: Minutes, tests: Sequence[Test], rules: Rules, hours: Calendar) -> Controlled:
    """The minutes of a year, with marks where the scheme's row says that a channel was out of control."""
    ranged = [one.ranged for one in tests if one.ranged is not None]
    told = list(ranges_left(minutes, ranged, hours, plausible_limits().codes)) if ranged else []
    row = rules.rows.get(ROW)
    since = str(row["value"]) if row is not None else "passed"
    found = [one for one in spans(tests, since, hours.end) if one.stop > hours.begin[0] and one.start < hours.end]
    admitted = row is not None and (row["status"] != "from memory" or str(row["id"]) in rules.overrides)
    if found and admitted:
        overdue = ("rata_due" for one in found if one.why == "expired")
        for name in dict.fromkeys((ROW, *(f"{one.kind}_control" for one in found), *overdue)):
            if name in rules.rows:
                rules.row(name)
        flags = tuple(_flags(minutes.time, [one for one in found if one.role == role], role)
                      for role in dict.fromkeys(one.role for one in found))  # fmt: skip
        minutes = Minutes(minutes.time, minutes.columns, (*minutes.flags, *flags), minutes.source)
    name = str(row["id"]) if row is not None else f"{rules.scheme} {ROW}"
    return Controlled(minutes, (*told, *_told(found, hours, name, admitted)))


def _flags(time: Array, mine: Sequence[Span], role: str) -> Flags:
    code = np.zeros(len(time), np.int8)
    for one in mine:
        code[slice(*np.searchsorted(time, [one.start, one.stop]).tolist())] = 1
    return Flags(code, ("measured", "out of control"), (role,))


def _told(found: Sequence[Span], hours: Calendar, row: str, admitted: bool) -> Iterator[Finding]:
    """One finding for each channel, kind of test and reason, with its hours."""
    code = "carbon_monitoring.control.applied" if admitted else "carbon_monitoring.control.not_applied"
    keys = dict.fromkeys((one.role, one.kind, one.why) for one in found)
    for role, kind, why in keys:
        inside = np.zeros(len(hours), bool)
        for one in found:
            if (one.role, one.kind, one.why) == (role, kind, why):
                first = max(int(np.searchsorted(hours.begin, one.start, side="right")) - 1, 0)
                inside[first : int(np.searchsorted(hours.begin, one.stop))] = True
        there = np.flatnonzero(inside)
        if len(there):
            yield finding(code, hours.told(int(there[0])), "warning", row, hours=len(there), row=row,
                          last=hours.told(int(there[-1])), **named("role", "channel", role),
                          **named("test", "test", kind), **named("why", "outcome", why))  # fmt: skip
