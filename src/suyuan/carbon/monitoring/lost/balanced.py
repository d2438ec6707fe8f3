"""Lost hours replaced by what an enterprise entered for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.calendar import Calendar
from suyuan.carbon.monitoring.hours.entered import HOW, ROW, UNITS, Entered
from suyuan.carbon.monitoring.lost.lost import Replaced, Running
from suyuan.carbon.monitoring.lost.substitution import Gap, Substitute, gaps_of
from suyuan.carbon.rule import Rules
from suyuan.carbon.words import named
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]


def balanced(
    law: Rules, running: Running, part: str, value: Array, entered: Sequence[Entered], hours: Calendar
) -> tuple[Replaced, tuple[Finding, ...]]:
    """The legal values of a part over the running hours, lost ones as entered; NaN where nothing was.

    value (r,): as measured, NaN where it is lost. Raises Refused for two entries of one hour.
    """
    mine = [one for one in entered if one.part == part]
    owner, legal = np.full(len(value), -1), value.copy()
    told: list[Finding] = []
    for at, one in enumerate(mine):
        span = one.hours(hours)
        inside = slice(*np.searchsorted(running.place, [span.start, span.stop]).tolist())
        if (owner[inside] >= 0).any():
            raise Refused(finding("carbon_monitoring.entered.twice", one.pointer, **named("part", "channel", part)))
        owner[inside] = at
        each = one.value if len(one.value) == 1 else one.value[running.place[inside] - span.start]
        lost = np.isnan(value[inside])
        legal[inside] = np.where(lost, each, value[inside])
        told.append(_told(one, value, legal, np.flatnonzero(lost) + inside.start, running, hours))
    row = str(law.row(ROW)["id"]) if mine else ""
    taken = np.isnan(value) & (owner >= 0)
    made = tuple(_substitutes(taken, owner, legal, mine, row))
    rule = np.where(taken, 0, -1).astype(np.int16)
    return Replaced(part, 0, legal, made, ((),) * len(made), rule, (row,) if made else ()), tuple(told)


def _substitutes(taken: Array, owner: Array, legal: Array, mine: Sequence[Entered], row: str) -> Iterator[Substitute]:
    """Runs of lost hours of one entry and one value."""
    for gap in gaps_of(taken):
        part = slice(gap.start, gap.stop)
        other = (np.diff(owner[part]) != 0) | (np.diff(legal[part]) != 0)
        edges = [gap.start, *(np.flatnonzero(other) + gap.start + 1).tolist(), gap.stop]
        for start, stop in pairwise(edges):
            one = Gap(start, stop, None, (gap.start, gap.stop))
            yield Substitute(one, float(legal[start]), (), (), row, HOW, error=mine[int(owner[start])].error)


def _told(one: Entered, value: Array, legal: Array, lost: Array, running: Running, hours: Calendar) -> Finding:
    """What an entry replaced, beside as many measured hours around: the comparison that the regulation asks for."""
    if not len(lost):
        return one.idle()
    there = np.flatnonzero(np.isfinite(value))
    first, last = there.searchsorted([lost[0], lost[-1]])
    side = -(-len(lost) // 2)
    beside = value[np.concatenate([there[max(first - side, 0) : first], there[last : last + side]])]
    return finding(
        "carbon_monitoring.entered.applied", hours.told(int(running.place[lost[0]])), "note", hours=len(lost),
        last=hours.told(int(running.place[lost[-1]])), mean=_shown(float(legal[lost].mean())), unit=UNITS[one.part],
        beside=_shown(float(beside.mean())) if len(beside) else "?", **one.about(),
    )  # fmt: skip


def _shown(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
