"""Tiers of the EU scheme: which tier the uncertainty of a year's activity data, or of monitored tonnes, reaches.

A tier is a largest expanded uncertainty over the year: of the amount of fuel or material where it is calculated, of the
annual mean hourly emission where it is monitored (its relative uncertainty is that of the year's tonnes). Tiers of
calculation factors are methods and no numbers; they are not judged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from suyuan.carbon.claim.claim import Evidence, Part
from suyuan.carbon.component import with_components
from suyuan.carbon.fuel.stream import SourceStream
from suyuan.carbon.rule import rules
from suyuan.quantity.budget import Budget, by_influence
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.table import Row, load

SCHEME = "EU 2018/2066"
COVERAGE = 2.0
"""The scheme states uncertainties for 95 %."""
Judged = Literal["activity", "emission"]


@dataclass(frozen=True, slots=True, eq=False)
class TierProof:
    """What a source reaches. what: that is judged; value: of the year; percent: U in percent of it, None where no
    component of uncertainty is stated; row: of the limits, None where the rules have none for its kind; tier: reached,
    0 for none, None where it cannot be said; budget: of the value by influence; evidence: certificates behind it."""

    name: str
    kind: str
    what: Judged
    value: float
    percent: float | None
    row: Row | None
    tier: int | None
    budget: Budget
    evidence: tuple[Evidence, ...] = ()

    @property
    def limits(self) -> tuple[float, ...]:
        """Percent, from tier 1 on."""
        return tuple(float(one) for one in self.row["value"]) if self.row is not None else ()


def tier_of(percent: float, limits: Sequence[float]) -> int:
    """The highest tier whose limit is not exceeded; 0 where even tier 1 is not reached.

    >>> tier_of(2.5, [7.5, 5.0, 2.5, 1.5]), tier_of(2.51, [7.5, 5.0, 2.5, 1.5]), tier_of(8.0, [7.5])
    (3, 2, 0)
    """
    return max((n for n, limit in enumerate(limits, 1) if percent <= limit * (1.0 + 1e-9)), default=0)


def limits_of(kind: str, day: date) -> Row | None:
    """The rule row of a kind of source on a day; None where there is none.

    >>> limits_of("monitoring", date(2025, 12, 31))["value"]
    [10.0, 7.5, 5.0, 2.5]
    """
    if kind == "monitoring":
        return rules(SCHEME, day).row("tier_limits.CO2")
    return next((row for row in load("suyuan.carbon", "management.tiers") if row["kind"] == kind), None)


def tier_proofs(streams: Iterable[SourceStream], monitored: Iterable[Part], day: date) -> tuple[TierProof, ...]:
    """The tier of each source stream by its activity data, and of each monitored part by its tonnes."""
    found = []
    for stream in streams:
        mine = [one for one in stream.components if one.of == "amount"]
        proof = _proof(stream.name, stream.kind, "activity", with_components(stream.amount, mine).sum(), day)
        found.append(replace(proof, evidence=tuple(e for e in stream.evidence if e.factor == "amount")))
    found += [_proof(part.name, part.kind, "emission", part.months.sum(), day) for part in monitored]
    return tuple(found)


def _proof(name: str, kind: str, what: Judged, year: Quantity, day: date) -> TierProof:
    row, value, u = limits_of(kind, day), float(year.value), float(year.u)
    percent = 100.0 * COVERAGE * u / abs(value) if value and u > 0.0 else None
    tier = None if row is None or percent is None else tier_of(percent, [float(one) for one in row["value"]])
    return TierProof(name, kind, what, value, percent, row, tier, by_influence(year))
