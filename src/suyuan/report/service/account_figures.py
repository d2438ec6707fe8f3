"""An indicator of the public account over days: what is proven as dots on a line, what is unknown as a whisker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matplotlib.figure import Figure

from suyuan.report.figures.dress import ACCENT, INK3, Size, drawn, named, number_axis, remembered
from suyuan.report.papers.document import Number, Table, Text
from suyuan.report.service.drawn import Drawn, both, drawn_by, pick


@dataclass(frozen=True, slots=True)
class Point:
    """An indicator on a day, in the unit of the figure. low, high: None where there was nothing to count from."""

    day: date
    low: float | None
    high: float | None


@remembered
def trend_figure(points: Sequence[Point], unit: str, size: Size = "wide") -> str:
    """Dots of what is proven, joined where days follow one another; whiskers for what is unknown.

    Returns the SVG as text. Raises ValueError for no day.
    """
    if not points:
        raise ValueError("trend: there is no day")
    known = [p for p in points if p.low is not None]

    def paint(figure: Figure) -> None:
        plane = figure.add_subplot()
        first, last = points[0].day.toordinal(), points[-1].day.toordinal()
        width = max(1.0, float(last - first))
        plane.set_xlim(first - 0.05 * width, last + 0.05 * width)
        tops = [p.high if p.high is not None else p.low or 0.0 for p in known]
        plane.set_ylim(0.0, max([1e-9, *tops]) * 1.15 if any(tops) else 1.0)
        _runs(plane, points)
        for p in known:
            x, low, high = p.day.toordinal(), p.low or 0.0, p.high if p.high is not None else p.low or 0.0
            if high > low:
                plane.plot([x, x], [low, high], color=INK3, linewidth=1.0, linestyle=(0, (2, 2)), zorder=1)
                plane.plot([x], [high], "_", color=INK3, markersize=8, zorder=1)
        plane.plot([p.day.toordinal() for p in known], [p.low or 0.0 for p in known], "o", color=ACCENT, markersize=5,
                   linestyle="none", zorder=3, clip_on=False)  # fmt: skip
        plane.set_xticks([p.day.toordinal() for p in points], _labels([p.day for p in points]))
        plane.tick_params(axis="x", which="minor", length=0)
        number_axis(plane.yaxis, 110.0)
        named(plane, "", unit)

    return drawn(size, 2.2, paint)


def _labels(days: Sequence[date]) -> list[str]:
    """The year stands at the first day and wherever it changes.

    >>> _labels([date(2025, 11, 29), date(2026, 3, 1), date(2026, 5, 31)])
    ['2025-11-29', '2026-03-01', '05-31']
    """
    years = [None, *(day.year for day in days)]
    return [day.isoformat() if day.year != before else f"{day:%m-%d}" for day, before in zip(days, years, strict=False)]


def _runs(plane: Any, points: Sequence[Point]) -> None:
    """The line, interrupted where there is no value."""
    run: list[Point] = []
    for p in (*points, Point(date.max, None, None)):
        if p.low is None:
            if len(run) > 1:
                plane.plot([q.day.toordinal() for q in run], [q.low or 0.0 for q in run], color=ACCENT, linewidth=1.2,
                           linestyle="-", zorder=2)  # fmt: skip
            run = []
        else:
            run.append(p)


def trend_drawn(points: Sequence[Point], caption: Text, unit: str, language: str = "zh") -> Drawn:
    """The figure with its words and table."""
    heads = (both("日期", "Day"), both(f"已证实 / {unit or '1'}", f"Proven / {unit or '1'}"),
             both(f"连同未知 / {unit or '1'}", f"With the unknown / {unit or '1'}"))  # fmt: skip
    unknown = both("未知", "unknown")

    def cell(value: float | None) -> Number | Text:
        return unknown if value is None else Number(f"{value:.4g}", value)

    rows = tuple((p.day.isoformat(), cell(p.low), cell(p.high)) for p in points)
    known = [p for p in points if p.low is not None]
    told = (
        both(f"{len(points)} 个日期，{known[0].day} 为 {known[0].low:.4g}，{known[-1].day} 为 {known[-1].low:.4g}",
             f"{len(points)} days, {known[0].low:.4g} on {known[0].day}, {known[-1].low:.4g} on {known[-1].day}")
        if known else both("没有一个日期有数据", "no day has data")
    )  # fmt: skip
    note = both(
        "点：有证据的；虚线：未知部分若都算上。没有登记的日子没有点。",
        "Dots: proven; dashed: if all that is unknown counted. Days without registers have no dot.",
    )
    axis = pick(both(unit, unit), language)
    return drawn_by(lambda size: trend_figure(points, axis, size), caption, told,
                    Table(caption, heads, rows, "lrr", (note,), "trend"))  # fmt: skip
