"""What a rule of a guideline gives for every centre at once: one value, or the interval in which it must lie.

A fact whose goodness or value is not known widens the interval; a centre without any fact of the kind has no value.
Unknown is never counted as zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from suyuan.centre.columns import BAD, FIRST, GOOD, UNKNOWN, FactColumns
from suyuan.centre.guideline import Rule

YEAR = 365.2425
"""Mean days of a Gregorian year."""

Floats = NDArray[np.float64]


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


def chosen(columns: FactColumns, rule: Rule, day: date, kind: str = "") -> Chosen:
    """The facts of a rule's kind (or of another kind) that count on a day: in force, of the last years, with the wanted
    details. Of a fact without a day nobody knows whether it lies in the last years: it is unknown."""
    at, on = columns.rows(kind or rule.kind), day.toordinal()
    since = columns.since[at]
    alive = since <= on
    alive &= columns.until[at] >= on
    if rule.years:
        alive &= (since >= on - rule.years * YEAR) | (since == FIRST)
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


def measured(columns: FactColumns, rule: Rule, day: date) -> Measured:
    """The value of a rule for every centre of the columns.

    count: number of good facts; share: good ÷ all; weighted_share: the same, by weight; sum: of the values of good
    facts; ratio: sum ÷ sum of the kind `against`; median, least: of all values; distinct: different subjects of good
    facts; years: different years of good facts.
    """
    facts, count = chosen(columns, rule, day), len(columns.centres)
    looked = np.bincount(facts.centre, minlength=count)
    if rule.measure in ("count", "share", "weighted_share"):
        low, high = _shares(columns, facts, rule.measure, count)
    elif rule.measure == "sum":
        low, high = _sums(columns, facts, count)
    elif rule.measure == "ratio":
        lower = chosen(columns, rule, day, rule.against)
        low, high = _ratio(_sums(columns, facts, count), _sums(columns, lower, count))
        looked = np.where(np.bincount(lower.centre, minlength=count) > 0, looked, 0)
    elif rule.measure in ("median", "least"):
        low, high = _middle(columns, facts, rule.measure, count)
    else:
        low, high = _different(columns, facts, rule.measure, count)
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
    """Median or smallest of all values; an unknown one may lie anywhere, or not belong to them at all."""
    value = columns.value[facts.rows]
    unknown = np.isnan(value) | (facts.good == UNKNOWN)
    return tuple(  # type: ignore[return-value]
        _ranked(facts.centre, np.where(unknown, end, value), measure, count) for end in (-np.inf, np.inf)
    )


def _ranked(centre: NDArray[np.int32], value: Floats, measure: str, count: int) -> Floats:
    if measure == "least":
        least = np.full(count, np.inf)
        np.minimum.at(least, centre, value)
        return least
    value = value[np.lexsort((value, centre))]
    size = np.bincount(centre, minlength=count)
    first = np.concatenate([[0], np.cumsum(size)[:-1]])
    there = size > 0
    middle = np.full(count, np.nan)
    lower, upper = first + (size - 1) // 2, first + size // 2
    a, b = value[lower[there]], value[upper[there]]
    same = a == b  # also −inf and −inf, whose mean is no number by halves
    middle[there] = np.where(same, a, a / 2 + b / 2)
    # between −inf and +inf lies anything; halves of them are never met in one row, as all unknown stand at one end
    return middle


def _different(columns: FactColumns, facts: Chosen, measure: str, count: int) -> tuple[Floats, Floats]:
    name = (columns.subject if measure == "distinct" else columns.year)[facts.rows].astype(np.int64)
    named = (name >= 0) if measure == "distinct" else (name > 0)
    span = int(name.max(initial=0)) + 1
    key = facts.centre.astype(np.int64) * span + name

    def distinct(mask: NDArray[np.bool_]) -> Floats:
        return np.bincount(np.unique(key[mask]) // span, minlength=count).astype(float)

    nameless = np.bincount(facts.centre[~named & (facts.good != BAD)], minlength=count)
    return distinct((facts.good == GOOD) & named), distinct((facts.good != BAD) & named) + nameless
