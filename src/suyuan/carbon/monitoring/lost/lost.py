"""The lost hours of a year: which they are, and what the scheme replaces them by.

An hour counts here where the unit ran; hours in which it stood are in no gap and in no look-back. The legal value is
what the scheme in force says; what they most likely were is told by `estimate`.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.minutes import Mark
from suyuan.carbon.monitoring.hours.sums import runs
from suyuan.carbon.monitoring.lost import part75
from suyuan.carbon.monitoring.lost.load_ranges import FLOW, Pools, by_load, has_ranges, pools
from suyuan.carbon.monitoring.lost.substitution import (
    Gap,
    Series,
    Substitute,
    band,
    by_row,
    edges,
    gaps_of,
    substitute,
)
from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Finding
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.table import Row

Array = NDArray[Any]
RATE = "rate"


@dataclass(frozen=True, eq=False)
class Before:
    """What is known of the time before the year. values: «rate» or part of it → last valid hours, ascending, in the
    units of the model; hours: quality-assured hours that came before these."""

    values: Mapping[str, Quantity] = field(default_factory=dict)
    hours: int = 0


@dataclass(frozen=True, eq=False)
class Running:
    """The hours in which the unit ran (r,), in order. place (r,): number among the hours of the year; share (r,): of
    the hour; period (r,): within which availability is counted; reason (r,): why it is lost, 0 where it is not;
    calibrated (r,): whether it has a minute of calibration; load (r,): NaN where it is not known, None where nothing
    records it; most: the largest load by the monitoring plan."""

    place: NDArray[np.int64]
    share: NDArray[np.float64]
    period: NDArray[np.int64]
    reason: NDArray[np.uint16]
    calibrated: NDArray[np.bool_]
    load: NDArray[np.float64] | None = None
    most: float | None = None

    def __len__(self) -> int:
        return len(self.place)

    @cached_property
    def _number(self) -> NDArray[np.int64]:
        found = np.full(int(self.place[-1]) + 1 if len(self) else 0, -1, np.int64)
        found[self.place] = np.arange(len(self))
        return found

    def at(self, place: Array) -> NDArray[np.int64]:
        """The running hours of some that ran, by number among the hours of the year."""
        return self._number[place]

    def same(self, other: Running) -> bool:
        """Whether the same hours ran, and are lost for the same."""
        names = ("place", "share", "period", "reason", "calibrated")
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in names)


@dataclass(frozen=True, eq=False)
class Replaced:
    """What one target (the rate, or a part of it) is replaced by.

    target; ahead: hours of the time before that stand in front of the running hours in `Substitute.hours`; value (r,):
    legal, NaN where there is none; made: one for each gap, or part of one, in order; told: what is doubtful about each;
    rule (r,): index into `rows` of the row that replaced an hour, −1 where it is measured or missing; rows: ids.
    """

    target: str
    ahead: int
    value: NDArray[np.float64]
    made: tuple[Substitute, ...]
    told: tuple[tuple[Finding, ...], ...]
    rule: NDArray[np.int16]
    rows: tuple[str, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is doubtful, gap after gap."""
        return tuple(one for told in self.told for one in told)


@dataclass(frozen=True, eq=False)
class Former:
    """How the lost hours of an older year were replaced, where the same hours are lost and certificates changed.

    legal; rows: id → rule as it was; changed (r + 1,): how many running hours before each have another rate now.
    """

    legal: Replaced
    rows: Mapping[str, Row]
    changed: NDArray[np.int64]

    @property
    def gaps(self) -> list[Gap]:
        """The gaps that lost hours make."""
        return [one.gap for one in self.legal.made]

    @cached_property
    def _standing(self) -> list[bool]:
        """Of each substitute whether the hours that it depends on are as before."""
        spans = np.array([one.span or (0, 0) for one in self.legal.made], np.int64).reshape(-1, 2)
        same = (self.changed[spans[:, 0]] == self.changed[spans[:, 1]]) & (spans[:, 1] > 0)
        found: list[bool] = same.tolist()
        return found

    def substitute(self, at: int, row: Mapping[str, Any] | None) -> tuple[Substitute, tuple[Finding, ...]] | None:
        """What replaces a gap by a row and what is doubtful about it, where that is as before."""
        if row is None or not self._standing[at]:
            return None
        old = self.legal.made[at]
        before = self.rows.get(old.rule)
        if old.rule != row["id"] or (before is not row and before != row):
            return None
        return old, self.legal.told[at]


def replaced(
    rules: Rules,
    running: Running,
    target: str,
    value: Array,
    potential: float | None,
    before: Before,
    former: Former | None = None,
) -> Replaced:
    """The legal values of a target over the running hours.

    value (r,): as measured, NaN where it is lost; potential: its largest value by the monitoring plan; former: of an
    older year.
    """
    earlier = before.values.get(target)
    ahead = 0 if earlier is None else earlier.size
    column = value if earlier is None else np.concatenate([earlier.value, value])
    lowest = target == "moisture" and "moisture_inverted" in rules.rows and bool(rules.value("moisture_inverted"))
    valid = np.isfinite(value)
    series = Series(column, valid if earlier is None else np.isfinite(column), potential, lowest)
    level = _availability(rules, running, valid, ahead)
    ranges = pools(rules, series, running.load, running.most) if has_ranges(rules, target) else None
    standard = _standard(rules, series, target, before)
    gaps = former.gaps if former is not None and not _controlled(rules, running) else []
    if not gaps:
        gaps = _gaps(rules, running, valid, ahead, _cuts(rules, running, level, ranges, standard[ahead:]))
    made: list[Substitute] = []
    told: list[tuple[Finding, ...]] = []
    bands: dict[float, Mapping[str, Any] | None] = {}
    for at, (gap, share) in enumerate(zip(gaps, level[[gap.stop - 1 - ahead for gap in gaps]].tolist(), strict=True)):
        initial = not standard[gap.ends[0]]
        if ranges is not None:
            one, findings = by_load(rules, ranges, gap, None if initial else share)
        else:
            if share not in bands:
                bands[share] = band(rules, share)
            row = bands[share]
            old = former.substitute(at, row) if former is not None else None
            one, findings = old or _replace(rules, series, gap, share, row, initial)
        made.append(one)
        told.append(findings)
    rows = tuple(dict.fromkeys(one.rule for one in made if one.known))
    legal, rule = value.copy(), np.full(len(value), -1, np.int16)
    if made:
        lost, sizes = ~valid, [one.gap.stop - one.gap.start for one in made]
        legal[lost] = np.repeat([one.value for one in made], sizes)
        rule[lost] = np.repeat(np.array([rows.index(one.rule) if one.known else -1 for one in made], np.int16), sizes)
    return Replaced(target, ahead, legal, tuple(made), tuple(told), rule, rows)


def _standard(rules: Rules, series: Series, target: str, before: Before) -> NDArray[np.bool_]:
    """Hours (n,) at which the initial rule of the scheme is over: enough quality-assured ones came before."""
    if "initial" not in rules.rows:
        return np.ones(len(series.valid), bool)
    parameter = "flow" if target == "flow" else "gas_concentration"
    return np.asarray(before.hours + np.cumsum(series.valid) >= part75.initial_hours(rules, (parameter,))[0])


def _replace(
    rules: Rules, series: Series, gap: Gap, level: float, row: Mapping[str, Any] | None, initial: bool
) -> tuple[Substitute, tuple[Finding, ...]]:
    """By the initial rule of the scheme while it counts, else by the row of the availability."""
    if initial:
        made, told = by_row(rules.row("initial"), series, gap)
        if made.known:
            return made, told
    return by_row(row, series, gap) if row is not None else substitute(rules, series, gap, level)


def _controlled(rules: Rules, running: Running) -> bool:
    """Whether the scheme looks back beyond a calibration for hours out of control, and there are some."""
    return "out_of_control" in rules.rows and bool((running.reason & np.uint16(Mark.OUT_OF_CONTROL)).any())


def _cuts(rules: Rules, running: Running, level: Array, ranges: Pools | None, standard: Array) -> list[int]:
    """Running hours at which gaps are cut: a period of availability ends, its band changes once the initial rule is
    over, or the load its range."""
    if rules.value("availability") == "quarter":
        return (np.flatnonzero(np.diff(running.period)) + 1).tolist()
    least = edges(rules) if ranges is None else edges(rules, FLOW)
    other = (np.diff(np.searchsorted(list(least.values()), level, side="right")) != 0) & standard[1:]
    if ranges is not None:
        other |= np.diff(ranges.number[len(ranges.number) - len(level) :]) != 0
    return (np.flatnonzero(other) + 1).tolist()


def _gaps(rules: Rules, running: Running, valid: Array, ahead: int, cuts: Sequence[int]) -> list[Gap]:
    """Gaps of running hours, cut where something else decides; numbered with the hours ahead."""
    wild = (running.reason & np.uint16(Mark.OUT_OF_CONTROL)) != 0
    controlled = _controlled(rules, running)
    found = []
    for gap in gaps_of(~valid):
        whole = (gap.start + ahead, gap.stop + ahead)
        back = None
        if controlled and wild[gap.start : gap.stop].any():
            rules.row("out_of_control")
            earlier = np.flatnonzero(running.calibrated[: gap.start])
            back = int(earlier[-1]) + ahead if len(earlier) else None
        inside = [gap.start, *cuts[bisect_right(cuts, gap.start) : bisect_left(cuts, gap.stop)], gap.stop]
        found += [Gap(a + ahead, b + ahead, back, whole) for a, b in pairwise(inside)]
    return found


def _availability(rules: Rules, running: Running, valid: Array, ahead: int) -> NDArray[np.float64]:
    """Percent at each running hour, as the scheme counts it: of its quarter, of the year, or cumulative."""
    way = rules.value("availability")
    if way == "cumulative":
        everyone = np.concatenate([np.ones(ahead, bool), valid])
        return part75.availability(rules, np.ones(len(everyone), bool), everyone)[ahead:]
    if way == "year":
        return np.full(len(valid), 100.0 * np.mean(valid) if len(valid) else math.nan)
    return capture(running.period, valid)[running.period]


def capture(period: Array, valid: Array) -> NDArray[np.float64]:
    """Valid hours in percent of the running hours by number of period; NaN where the unit did not run.

    period (r,): ascending.

    >>> capture(np.array([1, 1, 2, 2]), np.array([True, False, True, True])).tolist()[1:]
    [50.0, 100.0]
    """
    if not len(period):
        return np.zeros(0)
    bounds = runs(period)
    found = np.full(int(period[-1]) + 1, np.nan)
    good = np.add.reduceat(valid, bounds[:-1], dtype=np.int64)
    found[period[bounds[:-1]]] = 100.0 * good / (bounds[1:] - bounds[:-1])
    return found
