"""What became of the lost hours of a year, told once for each reason: by rule row, and where no rule reaches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from suyuan.carbon.monitoring.hours.calendar import Calendar
from suyuan.carbon.monitoring.lost.lost import Replaced, Running
from suyuan.carbon.monitoring.lost.substitution import Gap
from suyuan.quantity.finding import Finding, finding, in_both

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.year.year import StackYear


def gathered_by_reason(made: Replaced, running: Running, calendar: Calendar) -> Iterator[Finding]:
    """The findings of gaps, one for each that is the same of several: with their number, hours, first and last."""
    groups: dict[tuple[str, ...], list[tuple[Gap, Finding]]] = {}
    for gap, told in zip((one.gap for one in made.made), made.told, strict=True):
        for item in told:
            key = item.code, item.severity, item.rule, dict(item.parameters).get("wanted", "")
            groups.setdefault(key, []).append((gap, item))
    for (code, *_), mine in groups.items():
        given = [dict(item.parameters) for _, item in mine]
        about = dict(given[0]) | {"gaps": str(len({gap.ends for gap, _ in mine}))}
        if "hours" in about:  # of a gap that runs into the next period each part has its own
            about["hours"] = str(sum(gap.stop - gap.start for gap, _ in mine))
        if "availability" in about:
            ends = sorted({float(one["availability"]) for one in given})
            about["availability"] = "–".join(f"{x:.2f}" for x in dict.fromkeys((ends[0], ends[-1])))
        if "there" in about:
            about["there"] = str(min(int(one["there"]) for one in given))
        first, last = (calendar.told(int(running.place[max(gap.start - made.ahead, 0)]))
                       for gap in (mine[0][0], mine[-1][0]))  # fmt: skip
        yield finding(code, first, mine[0][1].severity, mine[0][1].rule, **{**about, "last": last})


def substituted(year: StackYear) -> Iterator[Finding]:
    """The hours that each row replaced, with their legal and their best tonnes."""
    for at, row in enumerate(year.rules_of_hours):
        hours = np.flatnonzero(year.rule == at)
        if not len(hours):
            continue
        legal, best = year.legal[hours], year.best[hours]
        known = f"{float(best.sum()):.0f} t" if np.isfinite(best).all() else ""
        guess = {"zh": known or "未知", "en": known or "unknown"}
        yield finding("carbon_monitoring.substituted.hours", year.calendar.told(int(hours[0])), "warning", row,
                      hours=len(hours), last=year.calendar.told(int(hours[-1])), row=row,
                      legal=f"{float(np.nansum(legal)):.0f}", **in_both("best", guess))  # fmt: skip
