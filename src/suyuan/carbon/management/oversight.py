"""The regulator's view: who is late, which units lie near an edge of a rule, what changed since the last claim."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from suyuan.carbon.claim.claim import MONTHS, Claim
from suyuan.quantity.table import Row, load


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something due. month: 1 to 12, 0 for the year; due: last day; done: day, None where it is not there."""

    unit: str
    name: str
    month: int
    due: date
    done: date | None
    row: Row

    def late(self, day: date) -> int:
        """Days late on a day: by when it came, or still is; 0 in time."""
        return max(((self.done or day) - self.due).days, 0)


def deadlines(unit: str, year: int, done: Mapping[tuple[str, int], date]) -> tuple[Deadline, ...]:
    """What a unit owes for a year. done: (name of the row, month; 0 for the year) → day on which it came.

    A row's value is a number of days after the end of its month or year, or, in the unit «month-day», a day of the year
    after («03-31»): 90 days after a year end on 30 March where February has 29.

    >>> [one.due.isoformat() for year in (2024, 2027) for one in deadlines("", year, {}) if one.name == "annual_report"]
    ['2025-03-31', '2028-03-31']
    """
    found = []
    for row in load("suyuan.carbon", "management.deadlines"):
        for month in range(1, MONTHS + 1) if row["months"] == "each" else (0,):
            name = str(row["name"])
            found.append(Deadline(unit, name, month, _due(row, year, month or MONTHS), done.get((name, month)), row))
    return tuple(sorted(found, key=lambda one: (one.due, one.name)))


def _due(row: Row, year: int, month: int) -> date:
    if row["unit"] == "month-day":
        return date.fromisoformat(f"{year + 1}-{row['value']}")
    end = date(year + month // MONTHS, month % MONTHS + 1, 1) - timedelta(days=1)
    return end + timedelta(days=int(row["value"]))


@dataclass(frozen=True, slots=True)
class Near:
    """A number of a unit that lies near an edge of a rule. margin: relative distance, below the edge negative."""

    unit: str
    what: str
    value: float
    edge: float

    @property
    def margin(self) -> float:
        return (self.value - self.edge) / abs(self.edge)


def near(
    unit: str, what: str, values: Iterable[float], edges: Sequence[float], within: float = 0.03
) -> tuple[Near, ...]:
    """The values that lie within a relative distance of an edge, nearest first.

    >>> [(n.value, n.edge) for n in near("unit 1", "valid capture, Q1, %", [91.0, 99.0], [75.0, 90.0])]
    [(91.0, 90.0)]
    """
    found = [Near(unit, what, value, edge) for value in values for edge in edges]
    return tuple(sorted((n for n in found if abs(n.margin) <= within), key=lambda n: abs(n.margin)))


def beside(unit: str, what: str, value: float, edges: Sequence[float], within: float = 0.03) -> Near | None:
    """The edge that a number falls short of, however far; else one that it lies above by little; None for neither.

    Of several that it falls short of the lowest counts, which is nearest.

    >>> [n and n.edge for n in (beside("", "", v, [75.0, 90.0]) for v in (22.9, 88.6, 91.0, 99.0))]
    [75.0, 90.0, 90.0, None]
    """
    short = [edge for edge in edges if value < edge]
    close = near(unit, what, [value], edges, within)
    return Near(unit, what, value, min(short)) if short else close[0] if close else None


@dataclass(frozen=True, slots=True)
class Moved:
    """A claim against its predecessor. relative: of the legal values, None where that before was nil, or one of both is
    without some hours; in_u: of the best estimates over the u of their difference with what both share taken out, None
    where it is zero or the estimates are without some hours."""

    unit: str
    before: Claim
    after: Claim
    relative: float | None
    in_u: float | None


def moved(claims: Iterable[Claim]) -> tuple[Moved, ...]:
    """Each unit's last claim against the one before (an earlier year, or superseded), the largest change first, after
    those that nobody can tell."""
    by_unit: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        by_unit.setdefault((claim.enterprise, claim.unit), []).append(claim)
    found = []
    for (_, unit), held in by_unit.items():
        ordered = sorted(held, key=lambda one: (one.year, one.made))
        if len(ordered) < 2:
            continue
        before, after = ordered[-2:]
        apart = after.best - before.best
        u = float(apart.u)
        whole = bool(before.legal) and not before.missing and not after.missing
        known = u > 0.0 and not before.unknown and not after.unknown
        found.append(Moved(unit, before, after, (after.legal - before.legal) / abs(before.legal) if whole else None,
                           float(apart.value) / u if known else None))  # fmt: skip
    return tuple(sorted(found, key=lambda one: -abs(one.relative) if one.relative is not None else -math.inf))
