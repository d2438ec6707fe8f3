"""Where the marks of an axis stand: round numbers, and round times of the house's clock."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from suyuan.site.language import Language

SECOND = 1_000_000
_STEPS = (
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000),
    864_000,
)
"""Seconds between marks up to ten days; beyond, months and years."""
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


def numbers(low: float, high: float, most: int) -> tuple[list[float], int]:
    """Round numbers between two, and how many decimals tell them apart."""
    span = high - low
    if not span > 0.0 or not math.isfinite(span):
        return [low], 2
    rough = span / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1.0, 2.0, 5.0, 10.0) if power * m >= rough)
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    return [(first + i) * step for i in range(count)], max(0, -math.floor(math.log10(step) + 1e-9))


def local(time: int, zone: tzinfo) -> datetime:
    """A moment by the clock of the house."""
    return datetime.fromtimestamp(time // SECOND, UTC).replace(microsecond=time % SECOND).astimezone(zone)


def micros(when: datetime) -> int:
    """The moment of a clock, µs."""
    return round(when.timestamp() * 1e6)


def times(first: int, last: int, most: int, zone: tzinfo) -> tuple[list[int], float]:
    """Round moments of a span, and the seconds between them."""
    rough = (last - first) / SECOND / max(1, most)
    step = next((s for s in _STEPS if s >= rough), 0)
    if step:
        return _even(first, last, step, zone), step
    months = next((m for m in _MONTHS if m * 2_630_000 >= rough), _MONTHS[-1])
    found, at = [], local(first, zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while micros(at) < last:
        if micros(at) >= first and ((at.year * 12 + at.month - 1) % months == 0):
            found.append(micros(at))
        at = (at + timedelta(days=32)).replace(day=1)
    return found, months * 2_630_000


def _even(first: int, last: int, step: int, zone: tzinfo) -> list[int]:
    """Multiples of a step since a midnight; days by the calendar."""
    at = local(first, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if step >= 86_400:
        days, found = step // 86_400, []
        while micros(at) < last:
            if micros(at) >= first and (at.toordinal() % days == 0):
                found.append(micros(at))
            at = at + timedelta(days=1)
        return found
    begin = micros(at)
    size = step * SECOND
    return list(range(begin + -(-(first - begin) // size) * size, last, size))


def labels(marks: list[int], step: float, zone: tzinfo, language: Language) -> list[tuple[str, str]]:
    """Two lines a mark: what changes, and where that begins anew what it belongs to."""
    made = []
    for before, here in pairwise([None, *marks]):
        assert here is not None
        now, was = local(here, zone), None if before is None else local(before, zone)
        made.append(_label(now, was, step, language))
    return made


def _label(now: datetime, was: datetime | None, step: float, language: Language) -> tuple[str, str]:
    year = f"{now.year} 年" if language == "zh" else str(now.year)
    if step >= 2_630_000 * 12:
        return year, ""
    if step >= 2_630_000:
        upper = f"{now.month} 月" if language == "zh" else now.strftime("%b")
        return upper, year if was is None or was.year != now.year else ""
    day = f"{now.month} 月 {now.day} 日" if language == "zh" else f"{now.day} {now.strftime('%b')}"
    if step >= 86_400:
        return day, year if was is None or was.year != now.year else ""
    clock = now.strftime("%H:%M" if step >= 60 else "%H:%M:%S")
    return clock, (
        f"{year} {day}" if language == "zh" else f"{day} {year}"
    ) if was is None or was.date() != now.date() else ""
