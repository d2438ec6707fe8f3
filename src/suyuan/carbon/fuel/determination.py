"""Determination of an emission factor from assays: EF = C·44/12 with the uncertainty of laboratory and sampling.

u²(C) = u²(laboratory) + u²(moisture) + u²(sampling and preparation). A factor stands for what was burnt in a period as
far as the samples do: the share of the amount behind the samples is its representativeness, and without it a factor of
three good assays would pass for a year.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from suyuan.carbon.factor import co2_per_carbon
from suyuan.carbon.fuel.laboratory import Report, as_one
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.table import load


@dataclass(frozen=True, slots=True, eq=False)
class Determined:
    """A determined factor. carbon: as received, tC to a tonne; factor: tCO2 to a tonne; per_heat: tCO2/GJ, None without
    heat values; reports: by month; representativeness: share of the amount that they stand for; version: of what went
    in."""

    carbon: Quantity
    factor: Quantity
    per_heat: Quantity | None
    reports: tuple[Report, ...]
    representativeness: float
    version: str
    findings: tuple[Finding, ...]

    @property
    def months(self) -> tuple[int, ...]:
        """That were sampled."""
        return tuple(one.month for one in self.reports)


def least_share() -> float:
    """Share of the amount that samples must stand for before a factor is called that of the period.

    >>> least_share()
    0.9
    """
    return float(next(r["value"] for r in load("suyuan.carbon", "claims.determination") if r["name"] == "least_share"))


def determine(
    reports: Sequence[Report], amounts: Sequence[float], oxidation: float = 1.0, sampled: float | None = None
) -> Determined:
    """The factor of a fuel from its reports, weighted by the amounts burnt in their months.

    amounts: t by month (12,); oxidation: 0 to 1; sampled: standard uncertainty of sampling and preparation that
    duplicates show (`sampling`), % of carbon: it counts where a report states less. What the laboratory does to all
    reports is shared, what sampling does to one is its own. Raises Refused without a report or an amount, for two
    reports of a month, for a bad oxidation.
    """
    burnt = np.asarray(amounts, float)
    if burnt.shape != (12,) or not np.isfinite(burnt).all() or (burnt < 0.0).any() or not burnt.sum() > 0.0:
        raise Refused(finding("carbon.fuel.months", "amounts", name="amounts", given=burnt.size, months=12))
    if not 0.0 < oxidation <= 1.0:
        raise Refused(
            finding("carbon.fuel.range", "oxidation", name="oxidation", given=f"{oxidation:g}", low=0, high=1)
        )
    ordered = sorted(reports, key=lambda one: one.month)
    months = [one.month for one in ordered]
    if not ordered or len(set(months)) < len(months) or not all(1 <= month <= 12 for month in months):
        raise Refused(finding("carbon.determination.reports", "reports", given=", ".join(map(str, months)) or "∅"))
    weight = burnt[np.array(months) - 1]
    if not weight.sum() > 0.0:
        raise Refused(finding("carbon.determination.weight", "amounts", months=", ".join(map(str, months))))
    told = []
    carbon: Any = 0.0
    for share, one in zip(weight / weight.sum(), ordered, strict=True):
        if sampled is not None and one.u_month < sampled:
            told.append(finding("carbon.determination.sampling", f"reports/{one.month}", "warning", month=one.month,
                                stated=f"{one.u_month:g}", shown=f"{sampled:.2g}"))  # fmt: skip
        u = one.u_month if sampled is None else max(one.u_month, sampled)
        carbon = carbon + as_one(replace(one, u_month=u)) * float(share)
    factor = carbon * (oxidation * co2_per_carbon())
    heats = np.array([math.nan if one.heat is None else one.heat for one in ordered])
    mean_heat = float(np.sum(weight * heats) / weight.sum())
    share = float(weight.sum() / burnt.sum())
    if share < (least := least_share()):
        told.append(finding("carbon.determination.share", "reports", "warning", share=f"{100 * share:.0f}",
                            least=f"{100 * least:.0f}"))  # fmt: skip
    text = "|".join([*map(repr, ordered), repr(burnt.tolist()), repr(oxidation), repr(sampled)])
    return Determined(
        carbon, factor, factor / mean_heat if math.isfinite(mean_heat) and mean_heat > 0.0 else None, tuple(ordered),
        share, hashlib.sha256(text.encode("utf-8")).hexdigest()[:16], tuple(told),
    )  # fmt: skip


def sampling(duplicates: Sequence[Sequence[float]]) -> Quantity:
    """Standard uncertainty of sampling and preparation from duplicate samples of lots, in the unit of the assays.

    duplicates: lots of two or more assays each; u² = Σ(n_i − 1)s_i²/Σ(n_i − 1), with as many degrees of freedom. Given
    as a quantity of value 0 that is added to each single assay. Raises Refused for a lot of one.

    >>> found = sampling([[60.0, 60.4], [58.0, 57.6], [61.0, 61.2]])
    >>> round(float(found.u), 4), float(found.dof)
    (0.2449, 3.0)
    """
    lots = [np.asarray(lot, float) for lot in duplicates]
    if not lots or any(lot.ndim != 1 or len(lot) < 2 or not np.isfinite(lot).all() for lot in lots):
        raise Refused(finding("carbon.determination.lots", "duplicates", n=len(lots)))
    dof = sum(len(lot) - 1 for lot in lots)
    variance = math.fsum(float(((lot - lot.mean()) ** 2).sum()) for lot in lots) / dof
    return quantity(0.0, math.sqrt(variance), "1", dof=dof, label="sampling and preparation")
