"""An abscissa of days: ticks at the first of years, quarters, months or at Mondays, whichever have room."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from matplotlib import ticker

from suyuan.report.figures.dress import breadth


def day_axis(axis: Any, room: float) -> None:
    """Ticks at calendar days. axis: with its limits set, in proleptic ordinals (`date.toordinal`); room: its length in
    points. The year stands at the first tick and wherever it changes.

    Raises ValueError for limits that are no days of the calendar.
    """
    low, high = axis.get_view_interval()
    if not (1.0 <= low < high <= date.max.toordinal()):
        raise ValueError(f"days: {low} to {high} are none of the calendar")
    first, last = date.fromordinal(int(low) + (low > int(low))), date.fromordinal(int(high))
    for step in ("day", "week", "month", "quarter", "year", "5 years", "25 years"):
        if (last - first).days > _MOST_DAYS[step]:
            continue
        places = _ticks(first, last, step)
        labels = _labels(places, step)
        if sum(breadth(text) + 10.0 for text in labels) <= room:
            break
    axis.set_major_locator(ticker.FixedLocator([p.toordinal() for p in places]))
    axis.set_major_formatter(ticker.FixedFormatter(labels))
    axis.set_minor_locator(ticker.NullLocator())


_MOST_DAYS = {"day": 40, "week": 300, "month": 1500, "quarter": 5000, "year": 40_000, "5 years": 200_000,
              "25 years": 4_000_000}  # fmt: skip


def _ticks(first: date, last: date, step: str) -> list[date]:
    if step in ("day", "week"):
        start = first if step == "day" else first + timedelta(days=-first.weekday() % 7)
        every = 1 if step == "day" else 7
        return [start + timedelta(days=n) for n in range(0, (last - start).days + 1, every)]
    months = {"month": 1, "quarter": 3, "year": 12, "5 years": 60, "25 years": 300}[step]
    from_, to = 12 * first.year + first.month - 1, 12 * last.year + last.month - 1
    starts = [date(m // 12, m % 12 + 1, 1) for m in range(-(-from_ // months) * months, to + 1, months) if m >= 12]
    return [start for start in starts if first <= start <= last]


def _labels(places: list[date], step: str) -> list[str]:
    """«2026-03», then «04», «05»; of days «2026-03-02», then «03-09».

    >>> _labels([date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)], "month")
    ['2025-12', '2026-01', '02']
    """
    found = []
    for n, place in enumerate(places):
        new = n == 0 or places[n - 1].year != place.year
        if step.endswith(("year", "years")):
            found.append(f"{place.year}")
        elif step in ("day", "week"):
            found.append(place.isoformat() if new else f"{place:%m-%d}")
        else:
            found.append(f"{place.year}-{place:%m}" if new else f"{place:%m}")
    return found
