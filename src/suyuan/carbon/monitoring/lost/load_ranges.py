"""Lost hours of a flow under 40 CFR 75: replaced by hours at the same load, in ranges of the largest load of the unit.

The row of the availability says what is taken; it is taken of hours whose load is in the range of the lost one, else of
the next higher range that has some, else the potential value stands. A unit without a load is one range; so are, by our
own choice, lost hours whose load is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.lost.substitution import Gap, Series, Substitute, acted, band, by_act, by_row
from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Finding, finding

Array = NDArray[Any]
ROW, FLOW = "load_ranges", "flow"
POTENTIAL = {"take": "potential"}


def has_ranges(rules: Rules, target: str) -> bool:
    """Whether a scheme replaces a target by ranges of load."""
    return target == FLOW and ROW in rules.rows


@dataclass(frozen=True, eq=False)
class Pools:
    """Hours by range of load. series: all; number (n,): range of each hour from 1 to count, 0 where its load is not
    known; most: largest load of the unit, None where no load is recorded; stated: whether the plan says it."""

    series: Series
    number: NDArray[np.int64]
    count: int
    most: float | None = None
    stated: bool = False
    _of: dict[int, Series] = field(default_factory=dict)

    def of(self, number: int) -> Series:
        """The hours of one range; all of them where the range is not known."""
        if not number:
            return self.series
        if number not in self._of:
            one = self.series
            self._of[number] = Series(one.value, one.valid & (self.number == number), one.potential, one.lowest)
        return self._of[number]


def range_of(load: Array, most: float, count: int) -> NDArray[np.int64]:
    """The range of each load (n,): number i of `count` goes from above (i − 1)/count of the largest load to i/count.

    load: NaN where it is not known, which gives 0.

    >>> range_of(np.array([0.0, 30.0, 30.1, 300.0, 310.0, np.nan]), 300.0, 10).tolist()
    [1, 1, 2, 10, 10, 0]

    Source: 40 CFR 75, appendix C, table C-1 (from memory).
    """
    share = np.ceil(np.nan_to_num(load) * (count / most) - 1e-9)
    return np.where(np.isfinite(load), np.clip(share, 1, count), 0).astype(np.int64)


def pools(rules: Rules, series: Series, load: Array | None, most: float | None) -> Pools:
    """Hours by range of load. load (r,): of the last hours of the series, None where none is recorded; most: largest
    load of the unit, else the largest that was recorded."""
    count, size = int(rules.value(ROW)), len(series.value)
    known = np.zeros(0) if load is None else load[np.isfinite(load)]
    top = float(known.max(initial=0.0)) if most is None else most
    if load is None or top <= 0.0:
        return Pools(series, np.zeros(size, np.int64), count)
    ahead = np.zeros(size - len(load), np.int64)
    return Pools(series, np.concatenate([ahead, range_of(load, top, count)]), count, top, most is not None)


def by_load(
    rules: Rules, ranges: Pools, gap: Gap, availability: float | None
) -> tuple[Substitute, tuple[Finding, ...]]:
    """What lost hours of one range of load are replaced by. availability: in percent, None while the initial rule of
    the scheme counts."""
    row = rules.row(f"{FLOW}.initial") if availability is None else band(rules, availability, FLOW)
    assert row is not None  # the lowest band begins at 0
    if acted(row, gap) == POTENTIAL:
        return by_row(row, ranges.series, gap)
    mine = int(ranges.number[gap.start])
    for number in range(mine, ranges.count + 1 if mine else 1):
        pool = ranges.of(number)
        before = pool.last(gap.ends[0], 1)
        if before.start == before.stop:
            continue
        if number == mine:
            made, told = by_row(row, ranges.series, gap, pool)
        else:
            higher = rules.row(f"{FLOW}.higher")
            way = higher["value"]["initial" if availability is None else "standard"]
            made, told = by_act(way, str(higher["id"]), ranges.series, gap, pool)
        return made, (*told, *_doubts(ranges, gap, made.rule))
    return by_act(POTENTIAL, str(row["id"]), ranges.series, gap)


def _doubts(ranges: Pools, gap: Gap, row: str) -> Iterator[Finding]:
    """That the largest load is only the largest that was recorded, or that the load of lost hours is not known."""
    where = f"hours.{gap.start}"
    if ranges.most is not None and not int(ranges.number[gap.start]):
        yield finding("carbon_monitoring.substitution.no_load", where, "warning", row, hours=gap.hours, gaps=1,
                      last=where)  # fmt: skip
    elif ranges.most is not None and not ranges.stated:
        yield finding("carbon_monitoring.substitution.most_load", where, "warning", row, hours=gap.hours, gaps=1,
                      last=where, most=f"{ranges.most:g}")  # fmt: skip
