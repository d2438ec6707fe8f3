"""Which term of a budget makes an uncertainty too large, and how small it would have to be.

At the place where U/U_target is largest, with u = U/k as stated and the contributions cᵢ:

    needed² = (U_target/k)² − (u² − c²)        of the largest c; none where the rest alone is too large

u is taken as stated where the terms do not add up to it, so what a budget leaves out stays in the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from suyuan.capability.capability import Term
from suyuan.capability.matching.compose import contribution
from suyuan.capability.matching.gate import Examined
from suyuan.capability.need import Need
from suyuan.capability.uncertainty import at
from suyuan.quantity.finding import Refused
from suyuan.quantity.notation import behind, fraction_unit
from suyuan.quantity.unit import Unit, convert


@dataclass(frozen=True, slots=True)
class Contribution:
    """A term at one quantity value. u: standard uncertainty contribution in the terms of the target (its unit, or a
    fraction); share: of the variance that the capability states."""

    term: Term
    u: float
    share: float


@dataclass(frozen=True, slots=True)
class Dominant:
    """The largest term where U is largest against its target.

    contribution: standard uncertainty in `unit` (a fraction where None); share: of the stated variance; needed: what it
    would have to become, all else unchanged, so that U meets its target there; None where even nil does not suffice;
    place: quantity value in the unit of the need.
    """

    term: Term
    contribution: float
    share: float
    needed: float | None
    unit: Unit | None
    place: float

    def said(self, u: float) -> str:
        """A contribution as text with its unit."""
        scale, unit = (1.0, self.unit.symbol) if self.unit is not None else fraction_unit(u)
        return f"{scale * u:.3g}{behind(unit)}"


def budget_at_worst(need: Need, item: Examined) -> tuple[Contribution, ...]:
    """The budget of a capability where U is largest against the target, the largest term first; empty where it has no
    budget or U is not comparable there."""
    worst, target, u = item.adequacy.worst, need.target, item.capability.uncertainty
    if worst is None or target is None or u is None or not math.isfinite(worst.U) or not item.capability.budget:
        return ()
    y = float(convert(worst.place, worst.unit, item.capability.interval.unit))
    try:
        stated = float(at(u, y, item.capability.interval.unit, need.conditions))
    except Refused:
        return ()
    if not stated > 0.0:
        return ()
    scale = (worst.U / target.k) / (stated / u.k) * (abs(y) if u.relative else 1.0)
    total = worst.U / target.k
    rows = [(term, scale * float(contribution(term, y))) for term in item.capability.budget]
    rows.sort(key=lambda row: row[1], reverse=True)
    return tuple(Contribution(term, c, (c / total) * (c / total)) for term, c in rows)


def dominant_term(need: Need, item: Examined) -> Dominant | None:
    """The largest term of a capability whose U is too large for a need, and what would close the gap."""
    rows, worst, target = budget_at_worst(need, item), item.adequacy.worst, need.target
    if not rows or worst is None or target is None or worst.suffices:
        return None
    first = rows[0]
    total = max(worst.U / target.k, math.hypot(*(row.u for row in rows)))
    share = first.u / total  # of squares of ratios: no size of U leaves the range of a double
    square = (worst.target / target.k / total) ** 2 - (1.0 - share * share)
    needed = total * math.sqrt(square) if square > 0.0 else None
    return Dominant(first.term, first.u, first.share, needed, worst.U_unit, worst.place)
