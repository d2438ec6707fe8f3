"""What to improve first: how much of a claim's uncertainty goes away when one meter, assay or standard gets better.

With u² = Σ cᵢ², an influence whose standard uncertainty becomes f times itself leaves u′² = u² − cᵢ²·(1 − f²). Worth
first is what lowers U most, for its cost where one is known; what carries a tenth of the variance can never lower U by
more than a twentieth. That U, `saved`, is what knowing better is worth here (its value of information, in tonnes of U):
it needs no prices, and where a cost is given, cost over saved ranks. What a measure was worth afterwards is compared by
`suyuan.carbon.claim.improved`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from suyuan.quantity.budget import Budget, BudgetRow, by_certificate, by_influence
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Source
from suyuan.quantity.quantity import Quantity

HALF = 0.5
"""What a better meter is taken to leave of its standard uncertainty where nothing is said."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One possible improvement: of what has one name, as the calibrations of one weigher have. sources: the documents
    that state it, largest share first; share: of the variance now; factor: what is left of its own u; u_before,
    u_after: of the total, t; saved: U (k = 2) that goes away, t; cost: as given, None where unknown; per_tonne: cost
    for a tonne of U less, None where there is no cost or no gain."""

    name: str
    sources: tuple[Source, ...]
    share: float
    factor: float
    u_before: float
    u_after: float
    cost: float | None

    @property
    def saved(self) -> float:
        return 2.0 * (self.u_before - self.u_after)

    @property
    def per_tonne(self) -> float | None:
        return self.cost / self.saved if self.cost is not None and self.saved > 0.0 else None


def measures(
    total: Quantity, factors: Mapping[str, float] | None = None, costs: Mapping[str, float] | None = None,
    by: str = "influence",
) -> tuple[Measure, ...]:  # fmt: skip
    """Possible improvements, the largest gain first.

    total: scalar; factors: name of rows → what is left of their u (0 to 1), HALF where nothing is said; costs: name →
    cost; by: «influence» or «certificate». Raises Refused for a factor outside 0 to 1 and for a name that has no row.

    >>> from suyuan.quantity.quantity import quantity
    >>> flow, gas = quantity(0.0, 3.0, "t", label="flow"), quantity(100.0, 4.0, "t", label="gas")
    >>> best = measures(flow + gas)[0]
    >>> best.name, round(best.share, 2), round(best.u_after, 3)
    ('gas', 0.64, 3.606)
    """
    budget: Budget = by_certificate(total) if by == "certificate" else by_influence(total)
    possible(factors or {}, budget)
    named: dict[str, list[BudgetRow]] = {}
    for row in budget:
        named.setdefault(row.name, []).append(row)
    u = float(total.u)
    found = []
    for name, rows in named.items():
        factor = (factors or {}).get(name, HALF)
        lost = math.fsum(row.contribution**2 for row in rows) * (1.0 - factor * factor)
        after, share = math.sqrt(max(u * u - lost, 0.0)), math.fsum(row.share for row in rows)
        sources = tuple(dict.fromkeys(row.source for row in rows))
        found.append(Measure(name, sources, share, factor, u, after, (costs or {}).get(name)))
    return tuple(sorted(found, key=lambda m: (-m.saved, m.name)))


def together(total: Quantity, factors: Mapping[str, float]) -> float:
    """u of the total with several improvements at once, t: u² − Σ cᵢ²·(1 − fᵢ²) over all influences of those names, as
    two calibrations of one weigher have one."""
    lost = math.fsum(row.contribution**2 * (1.0 - factors.get(row.name, 1.0) ** 2) for row in by_influence(total))
    return math.sqrt(max(float(total.u) ** 2 - lost, 0.0))


def possible(factors: Mapping[str, float], budget: Budget) -> None:
    """Refuse a name that a budget does not have, and what is left of a u outside 0 to 1."""
    names = [row.name for row in budget]
    for name, factor in factors.items():
        if name not in names:
            raise Refused(finding("carbon.measure.unknown", name, given=name[:60], known=", ".join(names[:12])))
        if not 0.0 <= factor <= 1.0:
            raise Refused(finding("carbon.measure.factor", name, name=name[:60], given=f"{factor:g}"))
