"""One month of a stack: what speaks against its hours, which of them count, and the sums of their minutes.

A month is made of its minutes alone (`gathered`, `judged`), so that a year is made of twelve, and one that a
certificate changes is made again without the others being read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.calendar import Calendar
from suyuan.carbon.monitoring.hours.channel import Held
from suyuan.carbon.monitoring.hours.minutes import CLASSES, Mark
from suyuan.carbon.monitoring.hours.plausible import Limits
from suyuan.carbon.monitoring.hours.stack import Model
from suyuan.carbon.monitoring.hours.sums import Sums
from suyuan.carbon.rule import Rules

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.hours.bias import Bias

Array = NDArray[Any]
REASONS = (
    Mark.NO_CERTIFICATE, Mark.OUT_OF_CONTROL, Mark.FAULT, Mark.OUT_OF_RANGE, Mark.IMPLAUSIBLE, Mark.MAINTENANCE,
    Mark.CALIBRATION, Mark.MISSING,
)  # fmt: skip
"""Of marks with equally many minutes in an hour the earlier one is its reason."""


@dataclass(frozen=True, slots=True)
class Implausible:
    """Minutes of a channel that are implausible, or outside the calibrated range, though no flag speaks against them.
    zeros: of them exactly 0; low, high: least and largest of the others, as recorded; hours, at_zero: of the month,
    that have such a minute, and one of exactly 0."""

    minutes: int
    zeros: int
    low: float
    high: float
    hours: NDArray[np.int64]
    at_zero: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Runs of minutes that do not count, whatever their marks, longer than the scheme says. begin (e,): µs; rows (e,);
    mark (e,): all marks of the run together."""

    begin: NDArray[np.int64]
    rows: NDArray[np.int64]
    mark: NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class Month:
    """The hours (h,) of a month.

    number: 1 to 12; operating: fraction of each hour in which the unit ran; reason: mark that took most minutes of an
    hour that is lost, 0 where it is measured, `NOT_OPERATING` where the unit stood, or nothing else took any; rows:
    minutes that were recorded; valid: part of the rate → hours that count; sums: role → sums of its minutes, hours
    numbered within the month; again: times that came twice; implausible, outside: by role; expired: role → hours
    without a certificate; calibrated: hours with a minute of calibration; events: long runs of minutes that do not
    count; held: role → certificates by whose windows the sums are kept; ends: role → least and largest reading, where
    all minutes that are there count for their certificates; source: what was read; load: mean of each hour, NaN where
    it is not known, None without a column; burning: hours in which the load says that the unit stands and its gas that
    it burns; shown: role → least and largest reading as recorded.
    """

    number: int
    operating: NDArray[np.float64]
    reason: NDArray[np.uint16]
    rows: NDArray[np.int64]
    valid: Mapping[str, NDArray[np.bool_]]
    sums: Mapping[str, Sums]
    again: NDArray[np.int64]
    implausible: Mapping[str, Implausible]
    outside: Mapping[str, Implausible]
    expired: Mapping[str, NDArray[np.int64]]
    calibrated: NDArray[np.bool_]
    events: Events
    held: Mapping[str, Held]
    ends: Mapping[str, tuple[float, float]]
    source: str
    load: NDArray[np.float64] | None
    burning: NDArray[np.int64]
    shown: Mapping[str, tuple[float, float]]

    def __len__(self) -> int:
        return len(self.operating)


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """What makes an hour count, as the scheme in force says. scope: «all» where the marks of all channels count
    together, «each» where each part of the rate is judged by itself; minutes, share (%) or quadrants: what is wanted,
    the others None; step: seconds from row to row; event: minutes above which a run of lost ones is listed, day: hours
    that a day needs, both None where the scheme says nothing; apart: minutes between two points that are enough where
    quarters lack readings for `excuses`, None where they never are."""

    scope: str
    minutes: float | None
    share: float | None
    quadrants: int | None
    step: float
    event: float | None = None
    day: int | None = None
    apart: float | None = None
    excuses: int = 0

    @property
    def possible(self) -> int:
        """Rows that an hour can have."""
        return round(3600.0 / self.step)

    def counts(self, valid: Array, operating: Array, quarters: Array) -> NDArray[np.bool_]:
        """Which hours count. valid, operating (h,): rows that are valid, and in which the unit ran; quarters (3, h): as
        `quarters.quarters` tells them, asked for by `quadrants` only."""
        some = valid > 0
        if self.minutes is not None:
            return np.asarray(some & (valid * self.step >= 60.0 * self.minutes))
        if self.share is not None:
            return np.asarray(some & (100.0 * valid >= self.share * operating))
        assert self.quadrants is not None
        return np.asarray(some & ((quarters[0] >= np.minimum(self.quadrants, quarters[1])) | (quarters[2] > 0)))


def judge(rules: Rules, step: float) -> Judge:
    """What the scheme wants of an hour."""

    def stated(name: str) -> Any:
        return rules.value(name) if name in rules.rows else None

    points = stated("two_points") or {"apart": None, "for": ()}
    excuses = reduce(or_, (int(CLASSES[word]) for word in points["for"]), 0)
    return Judge(str(rules.value("valid_scope")), stated("valid_minutes"), stated("valid_share"),
                 stated("valid_quadrants"), step, stated("event_minutes"), stated("day_hours"), points["apart"],
                 excuses)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Course:
    """What a month is made with: calendar, model, certificates by role, what an hour needs, and what is plausible; and
    the biases that the best estimate of the year is corrected for."""

    calendar: Calendar
    model: Model
    held: Mapping[str, Held]
    asks: Judge
    limits: Limits
    biases: tuple[Bias, ...] = ()
