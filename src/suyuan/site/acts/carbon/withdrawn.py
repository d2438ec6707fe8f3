"""Certificates behind standing claims that were withdrawn or replaced: the tonnes and hours that rest on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from suyuan.carbon.claim.claim import Claim, Evidence
from suyuan.quantity.finding import Refused
from suyuan.site.acts import store
from suyuan.site.acts.carbon import held, stacks
from suyuan.traceability.evidence import Statement
from suyuan.verbs.carbon.monitored import Stacked


@dataclass(frozen=True, slots=True)
class Lost:
    """Running hours of a stack by what is known today. more: without a measured value beyond those of the claim; all:
    without one; legal: of them without a legal value."""

    more: int
    all: int
    legal: int


@dataclass(frozen=True, slots=True, eq=False)
class Withdrawn:
    """A certificate behind a claim that a statement withdraws or replaces. months: of the claim that rested on it from
    the statement's day; tonnes: of the legal value in these months, None where it stands behind no part; hours: of its
    stack, None where it is none of a stack's, or cannot be computed today (`unknown`)."""

    claim: Claim
    evidence: Evidence
    statement: Statement
    months: tuple[int, ...]
    tonnes: float | None
    hours: Lost | None
    unknown: bool

    @property
    def counted(self) -> bool:
        """Whether the tonnes are in the claimed value, and do not only check it."""
        return any(part.name == self.evidence.part and part.counted for part in self.claim.parts)


def withdrawn(claims: Iterable[Claim]) -> tuple[Withdrawn, ...]:
    """Of some claims, those that carry most tonnes of what is claimed first, those that only check it last; a
    certificate is told once for each part of a claim."""
    about = {(one.issuer, one.number): one for one in sorted(store.evidence().statements, key=lambda s: s.day,
             reverse=True) if one.kind in ("withdrawn", "superseded")}  # fmt: skip
    found: dict[tuple[str, str, str, str], Withdrawn] = {}
    for claim in claims:
        for item in claim.evidence:
            statement = about.get((item.issuer, item.number))
            months = _months(claim, item, statement.day) if statement is not None else ()
            if statement is None or not months:
                continue
            one = _of(claim, item, statement, months)
            key = (claim.digest, item.issuer, item.number, item.part)
            if key not in found:
                found[key] = one
    return tuple(sorted(found.values(), key=lambda one: (not one.counted, -abs(one.tonnes or 0.0))))


def _months(claim: Claim, item: Evidence, day: date) -> tuple[int, ...]:
    """Months of a claim that a certificate stands behind and that do not end before a day."""
    used = item.months or tuple(range(1, 13))
    return tuple(month for month in used if (claim.year, month) >= (day.year, day.month))


def _of(claim: Claim, item: Evidence, statement: Statement, months: tuple[int, ...]) -> Withdrawn:
    part = next((one for one in claim.parts if one.name == item.part), None)
    tonnes = float(sum(part.legal[month - 1] for month in months)) if part is not None else None
    if part is None or part.kind != "monitoring":
        return Withdrawn(claim, item, statement, months, tonnes, None, False)
    hours = _lost(claim, part.name)
    return Withdrawn(claim, item, statement, months, tonnes, hours, hours is None)


def _lost(claim: Claim, stack: str) -> Lost | None:
    """By what is known today against what was when the claim was made; None where it cannot be computed."""
    behind = held.plant_behind(claim)
    if behind is None:
        return None
    try:
        then, now = (
            next(one for one in stacks.years(behind.plant, behind.digest, at) if one.year.stack == stack)
            for at in (held.known_at(claim), None)
        )
    except (Refused, StopIteration, RuntimeError):
        return None
    return Lost(_unmeasured(now) - _unmeasured(then), _unmeasured(now), round(now.missing))


def _unmeasured(one: Stacked) -> int:
    return int(np.count_nonzero((one.year.operating > 0.0) & (one.year.reason != 0)))
