"""Readings that cannot be, channel by channel over the year: zeros, another unit, exchanged columns, single ones.

Where most readings of a month are implausible or outside the calibrated range, that is no fault of an instrument but a
declaration that does not fit what was recorded: another unit, or the column of another channel. What is told are the
numbers as they were recorded, in the unit that the document declares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from suyuan.carbon.monitoring.hours.month import Course, Implausible
from suyuan.carbon.monitoring.hours.plausible import Limits
from suyuan.carbon.monitoring.hours.stack import Channel
from suyuan.carbon.words import named
from suyuan.quantity.finding import Finding, finding, in_both
from suyuan.quantity.unit import convert, parse_unit

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.year.made import Made

OTHER_UNITS: Mapping[str, tuple[str, ...]] = {
    "temperature": ("degC", "K", "degF"), "pressure": ("Pa", "hPa", "kPa", "bar"), "velocity": ("m/s", "km/h"),
    "co2": ("%", "1", "ppm"), "o2": ("%", "1", "ppm"), "moisture": ("%", "1"), "flow": ("m3/h", "m3/s", "m3/min"),
}  # fmt: skip
"""Units that are taken for one another."""


@dataclass(slots=True)
class _Seen:
    """Readings of a year. rows; zeros: of them; hours: numbers in the year; months; low, high: as recorded."""

    rows: int = 0
    zeros: int = 0
    hours: set[int] = field(default_factory=set)
    months: int = 0
    low: float = np.inf
    high: float = -np.inf

    def add(self, one: Implausible, first: int, only_zeros: bool = False) -> None:
        self.rows, self.zeros = self.rows + one.minutes, self.zeros + one.zeros
        self.hours |= {first + int(hour) for hour in (one.at_zero if only_zeros else one.hours)}
        self.low, self.high = min(self.low, one.low), max(self.high, one.high)

    @property
    def order(self) -> list[int]:
        return sorted(self.hours)


def rows_word(step: float, count: int) -> dict[str, str]:
    """What so many rows are called, by how far they stand apart.

    >>> rows_word(60.0, 3)["en"], rows_word(3600.0, 1)["en"]
    ('3 minutes', '1 hourly row')
    """
    many = "" if count == 1 else "s"
    if step == 60.0:
        return {"zh": f"{count} 分钟", "en": f"{count} minute{many}"}
    if step == 3600.0:
        return {"zh": f"{count} 个小时值", "en": f"{count} hourly row{many}"}
    return {"zh": f"{count} 行", "en": f"{count} row{many}"}


def misread(made: Made) -> Iterator[Finding]:
    """What is told of readings that cannot be."""
    zeros: dict[str, _Seen] = {}
    most: dict[str, _Seen] = {}
    few: dict[tuple[str, str], _Seen] = {}
    for number, one in made.months.items():
        month, first = one.month, made.course.calendar.of_month(number).start
        ran = float(month.rows @ month.operating)
        for role in dict.fromkeys((*month.implausible, *month.outside)):
            parts = [(name, found[role]) for name, found in (("implausible", month.implausible),
                                                              ("outside", month.outside)) if role in found]  # fmt: skip
            for _, part in parts:
                if part.zeros:
                    zeros.setdefault(role, _Seen()).add(part, first, True)
            bad = [(name, part) for name, part in parts if part.minutes > part.zeros]
            if sum(part.minutes - part.zeros for _, part in bad) > ran / 2:
                most.setdefault(role, _Seen()).months += 1
                for _, part in bad:
                    most[role].add(part, first)
                continue
            for name, part in bad:
                few.setdefault((role, name), _Seen()).add(part, first)
    for role, seen in zeros.items():
        code = "carbon_monitoring.zero.co2" if role == "co2" else "carbon_monitoring.zero.missing"
        yield _told(made.course, role, seen, code, "error", seen.zeros)
    yield from _declared(made, most)
    for (role, name), seen in few.items():
        limits, channel = made.course.limits, made.course.held[role].channel
        code, allowed = "carbon_monitoring.outside.value", _calibrated(made.course, role)
        if name == "implausible":
            code = "carbon_monitoring.implausible.value"
            allowed = f"{_as_recorded(limits.low[role], channel):g} … {_as_recorded(limits.high[role], channel):g}"
        yield _told(made.course, role, seen, code, "warning", seen.rows - seen.zeros, allowed=allowed)


def _told(course: Course, role: str, seen: _Seen, code: str, severity: Any, count: int, **more: Any) -> Finding:
    channel, hours = course.held[role].channel, seen.order
    return finding(
        code, course.calendar.told(hours[0]), severity, "", hours=len(hours), minutes=count,
        last=course.calendar.told(hours[-1]), instrument=channel.instrument, low=f"{seen.low:.4g}",
        high=f"{seen.high:.4g}", recorded=channel.unit, **in_both("rows", rows_word(course.asks.step, count)),
        **named("role", "channel", role), **more,
    )  # fmt: skip


def _declared(made: Made, most: Mapping[str, _Seen]) -> Iterator[Finding]:
    """Declarations that do not fit: a unit, exchanged columns, or nothing that we know."""
    course = made.course
    shown = _shown(made)
    done: set[str] = set()
    for role, seen in most.items():
        if role in done:
            continue
        about: dict[str, Any] = {"months": seen.months}
        unit, gauge = _fitting(course, role, (seen.low, seen.high)), _gauge(course, role, seen)
        other = "" if unit or gauge else _exchanged(course, role, {**shown, role: (seen.low, seen.high)})
        done |= {role, other}
        if other:
            code = "carbon_monitoring.columns.exchanged"
            about |= {**named("other", "channel", other), "unit": course.held[other].channel.unit}
        else:
            code = "carbon_monitoring.unit.unclear"
            if unit or gauge:
                code = "carbon_monitoring.unit.swapped" if unit else "carbon_monitoring.unit.gauge"
            share = {"zh": "（小数：0.12 即 12 %）", "en": " (a fraction: 0.12 is 12 %)"} if unit == "1" else {}
            about |= {"fitting": unit, **in_both("hint", share)}
        yield _told(course, role, seen, code, "error", seen.rows - seen.zeros, **about)


def _shown(made: Made) -> dict[str, tuple[float, float]]:
    """Least and largest reading of each channel over the year, as recorded."""
    found: dict[str, tuple[float, float]] = {}
    for one in made.months.values():
        for role, (low, high) in one.month.shown.items():
            before = found.get(role, (low, high))
            found[role] = min(before[0], low), max(before[1], high)
    return found


def _fitting(course: Course, role: str, ends: tuple[float, float]) -> str:
    """The other unit in which what was recorded would be plausible; empty where none is."""
    channel = course.held[role].channel
    own = parse_unit(channel.unit)
    for name in OTHER_UNITS.get(role, ()):
        unit = parse_unit(name)
        if unit != own and unit.converts_to(channel.target) and _plausible(ends, name, channel, course.limits):
            return name
    return ""


def _gauge(course: Course, role: str, seen: _Seen) -> bool:
    """Whether what was recorded would be plausible as a pressure above or below that of the air."""
    if role != "pressure":
        return False
    channel = course.held[role].channel
    above = convert(np.array([seen.low, seen.high]), parse_unit(channel.unit), channel.target)
    ends = (np.asarray(above) + course.model.pressure).tolist()
    return bool(min(ends) >= course.limits.low[role] and max(ends) <= course.limits.high[role])


def _exchanged(course: Course, role: str, shown: Mapping[str, tuple[float, float]]) -> str:
    """The other channel whose column this one may have, and the other way round; empty where there is none."""
    mine = course.held[role].channel
    for other, held in course.held.items():
        if other == role or other not in shown:
            continue
        his = held.channel
        fits = _plausible(shown[role], his.unit, his, course.limits)
        if fits and _plausible(shown[other], mine.unit, mine, course.limits):
            return other
    return ""


def _plausible(ends: Sequence[float], unit: str, channel: Channel, limits: Limits) -> bool:
    """Whether readings from one end to the other, taken in a unit, are plausible for a channel."""
    low, high = sorted(float(convert(np.float64(x), parse_unit(unit), channel.target)) for x in ends)
    return low >= limits.low[channel.role] and high <= limits.high[channel.role]


def _as_recorded(value: float, channel: Channel) -> float:
    return float(convert(np.float64(value), channel.target, parse_unit(channel.unit)))


def _calibrated(course: Course, role: str) -> str:
    """The ranges of the certificates that count for a channel, as they state them."""
    held = course.held[role]
    ranges = {(one.range, one.raw_unit) for at in held.windows.usable.tolist()
              if (one := held.windows.corrections[at]) is not None and one.range is not None}  # fmt: skip
    return "; ".join(f"{low:g} … {high:g} {unit}" for (low, high), unit in sorted(ranges))
