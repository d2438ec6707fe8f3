"""What a rule of a guideline gives for every centre at once: one value, or the interval in which it must lie.

A fact whose goodness or value is not known widens the interval; a centre without any fact of the kind has no value.
Unknown is never counted as zero.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from suyuan.centre.columns import BAD, FIRST, GOOD, UNKNOWN, FactColumns
from suyuan.centre.guideline import Rule

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Measured:
    """low, high: the value's interval (c,), equal where it is known, ∓inf where nothing bounds it; facts: how many
    facts were looked at (c,)."""

    low: Floats
    high: Floats
    facts: NDArray[np.int64]

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Where there is no fact, or none that says anything."""
        return np.asarray((self.facts == 0) | (np.isneginf(self.low) & np.isposinf(self.high)))


@dataclass(frozen=True)
class Chosen:
    """The facts of one rule. rows: positions in the columns; the others: of these rows; good: 1, 0, −1 unknown."""

    rows: NDArray[np.int64]
    centre: NDArray[np.int32]
    good: NDArray[np.int8]


def first_day(day: date, years: float) -> int:
    """Ordinal of the first day of the last years: whose day so many calendar months later is not before `day`.

    >>> [date.fromordinal(first_day(date(2026, 6, 1), n)).isoformat() for n in (1, 2, 4)]
    ['2025-06-01', '2024-06-01', '2022-06-01']
    """
    year, month = divmod(day.year * 12 + day.month - 1 - round(12 * years), 12)
    if year < date.min.year:
        return FIRST
    return date(year, month + 1, 1).toordinal() + min(day.day - 1, monthrange(year, month + 1)[1])


def chosen(columns: FactColumns, rule: Rule, day: date, kind: str = "") -> Chosen:
    """The facts of a rule's kind (or of another kind) that count on a day: in force, of the last years, with the wanted
    details. Of a fact without a day nobody knows whether it lies in the last years: it is unknown."""
    at, on = columns.rows(kind or rule.kind), day.toordinal()
    since = columns.since[at]
    alive = since <= on
    alive &= columns.until[at] >= on
    if rule.years:
        alive &= (since >= first_day(day, rule.years)) | (since == FIRST)
    for name, wanted in rule.where.items():
        values = columns.words.get(name, ())
        if wanted not in values:
            alive[:] = False
            break
        alive &= columns.details[name][at] == values.index(wanted)
    if alive.all():
        rows, good = np.arange(at.start, at.stop), columns.good[at]
        centre = columns.centre[at]
    else:
        within = np.flatnonzero(alive)
        rows, good, centre = within + at.start, columns.good[at][within], columns.centre[at][within]
    if rule.years:
        undated = columns.since[rows] == FIRST
        good = np.where(undated & (good == GOOD), UNKNOWN, good)
    return Chosen(rows, centre, good)


def paired(columns: FactColumns, rule: Rule, day: date) -> tuple[Chosen, Chosen]:
    """The facts of a ratio's upper and lower part: of the years of which a centre has both, none ahead of the day.

    A plan for years to come is not yet to be spent; a fact without a year goes with others without one.
    """
    both = chosen(columns, rule, day), chosen(columns, rule, day, rule.against)
    keys = [facts.centre.astype(np.int64) * 10_000 + columns.year[facts.rows] for facts in both]
    common = np.intersect1d(*(key[facts.good != BAD] for key, facts in zip(keys, both, strict=True)))
    kept = [np.isin(key, common) & (key % 10_000 <= day.year) for key in keys]
    upper, lower = (Chosen(f.rows[k], f.centre[k], f.good[k]) for f, k in zip(both, kept, strict=True))
    return upper, lower


def measured(columns: FactColumns, rule: Rule, day: date) -> Measured:
    """The value of a rule for every centre of the columns.

    count: number of good facts; share: good ÷ all; weighted_share: the same, by weight; sum: of the values of good
    facts; ratio: sum ÷ sum of the kind `against`, of the same years; median, least: of all values; distinct: different
    subjects of good facts; years: different years of good facts, of which one whose value is zero covers none.
    """
    facts, count = chosen(columns, rule, day), len(columns.centres)
    looked = np.bincount(facts.centre, minlength=count)
    if rule.measure in ("count", "share", "weighted_share"):
        low, high = _shares(columns, facts, rule.measure, count)
    elif rule.measure == "sum":
        low, high = _sums(columns, facts, count)
    elif rule.measure == "ratio":
        facts, lower = paired(columns, rule, day)
        looked = np.bincount(facts.centre, minlength=count)
        low, high = _ratio(_sums(columns, facts, count), _sums(columns, lower, count))
        looked = np.where(np.bincount(lower.centre, minlength=count) > 0, looked, 0)
    elif rule.measure in ("median", "least"):
        low, high = _middle(columns, facts, rule.measure, count)
    else:
        low, high = _different(columns, facts, rule, count)
    return Measured(np.where(looked, low, -np.inf), np.where(looked, high, np.inf), looked)


def _shares(columns: FactColumns, facts: Chosen, measure: str, count: int) -> tuple[Floats, Floats]:
    weights = columns.weight[facts.rows] if measure == "weighted_share" else None
    key = facts.centre * np.int32(3) + (facts.good + np.int8(1))
    table = np.bincount(key, weights, 3 * count).reshape(count, 3).astype(float)
    good, open_ = table[:, GOOD + 1], table[:, UNKNOWN + 1]
    if measure == "count":
        return good, good + open_
    whole = table.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = good / whole, (good + open_) / whole
    weightless = whole == 0.0  # nothing that weighs: no share can be said
    return np.where(weightless, -np.inf, low), np.where(weightless, np.inf, high)


def _sums(columns: FactColumns, facts: Chosen, count: int) -> tuple[Floats, Floats]:
    value, centre = columns.value[facts.rows], facts.centre
    missing = np.isnan(value) & (facts.good != BAD)
    value = np.where(np.isnan(value) | (facts.good == BAD), 0.0, value)
    sure = facts.good == GOOD
    low = np.bincount(centre, np.where(sure, value, np.minimum(value, 0.0)), count)
    high = np.bincount(centre, np.where(sure, value, np.maximum(value, 0.0)), count)
    open_ = np.bincount(centre[missing], minlength=count) > 0
    return np.where(open_, -np.inf, low), np.where(open_, np.inf, high)


def _ratio(upper: tuple[Floats, Floats], lower: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Bounds of a ratio of sums of amounts; where the lower part may be nothing, nothing bounds the ratio."""
    sound = (lower[0] > 0.0) & np.isfinite(lower[1])
    c, d = np.where(sound, lower[0], 1.0), np.where(sound, lower[1], 1.0)
    low = np.where(upper[0] >= 0.0, upper[0] / d, upper[0] / c)
    high = np.where(upper[1] >= 0.0, upper[1] / c, upper[1] / d)
    return np.where(sound, low, -np.inf), np.where(sound, high, np.inf)


def _middle(columns: FactColumns, facts: Chosen, measure: str, count: int) -> tuple[Floats, Floats]:
    """Median or smallest of all values; an unknown one may lie anywhere, or not belong to them at all.

    The known values of a centre stand in ascending order already; u unknown ones at −∞ shift the wanted place down by
    u, at +∞ they lie behind the last.
    """
    value = columns.value[facts.rows]
    known = (facts.good != UNKNOWN) & ~np.isnan(value)
    value, centre = value[known], facts.centre[known]
    size, sure = np.bincount(facts.centre, minlength=count), np.bincount(centre, minlength=count)
    first = np.cumsum(sure) - sure
    unknown = size - sure
    places = (np.zeros(count, np.int64),) if measure == "least" else ((size - 1) // 2, size // 2)
    ends = []
    for shift, outside in ((unknown, -np.inf), (np.zeros(count, np.int64), np.inf)):
        found = [_at(value, first, sure, place - shift, outside) for place in places]
        same = found[0] == found[-1]  # also −inf and −inf, whose mean is no number by halves
        ends.append(np.where(same, found[0], found[0] / 2 + found[-1] / 2))
    return ends[0], ends[1]


def _at(value: Floats, first: Places, size: Places, place: Places, outside: float) -> Floats:
    """The value at a place among each centre's known ones; `outside` where the place is not among them."""
    inside = (place >= 0) & (place < size)
    found = np.full(first.size, outside)
    found[inside] = value[(first + place)[inside]]
    return found


def _different(columns: FactColumns, facts: Chosen, rule: Rule, count: int) -> tuple[Floats, Floats]:
    """Number of subjects, or of years, that have a good fact; or one that may be good."""
    if rule.measure == "distinct":
        groups, at = columns.named(rule.kind), columns.rows(rule.kind)
        state = np.zeros(at.stop - at.start, np.int8)  # 0: not in force, or bad
        state[facts.rows - at.start] = _WEIGHED[facts.good]
        best = np.maximum.reduceat(state[groups.order], groups.starts) if state.size else state
        low, high = (np.bincount(groups.centre[best >= least], minlength=count).astype(float) for least in (2, 1))
        return low, high
    year = columns.year[facts.rows].astype(np.int64)
    dated, least = year > 0, int(year[year > 0].min(initial=9999))
    span = max(1, int(year.max(initial=0)) - least + 1)
    ends = []
    something = columns.value[facts.rows] != 0.0  # no money covers no year; what is not known (NaN) may
    for wanted in ((facts.good == GOOD) & something, (facts.good != BAD) & something):
        seen, chosen_ = np.zeros(count * span, bool), wanted & dated
        seen[facts.centre[chosen_] * span + year[chosen_] - least] = True
        ends.append(seen.reshape(count, span).sum(axis=1).astype(float))
    undated = np.bincount(facts.centre[~dated & (facts.good != BAD) & something], minlength=count)
    return ends[0], ends[1] + undated


_WEIGHED = np.array([0, 2, 1], np.int8)
"""By goodness 0 (bad), 1 (good), −1 (unknown): the larger may stand for the smaller."""
