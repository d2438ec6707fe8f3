"""Carbon mass balance: what goes in and does not come out in products, by-products and stock was emitted.

E = (Σ m_in·c_in − Σ m_out·c_out − Σ Δm·c)·44/12. In an integrated steel works the terms are large and their difference
is not: the uncertainty of coke and hot metal is that of the claim, so each flow keeps its influences and a scale that
weighs two flows counts once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from suyuan.carbon.claim.claim import TONNE
from suyuan.carbon.factor import co2_per_carbon
from suyuan.carbon.fuel.calculation import plain
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.quantity import Quantity

Side = Literal["in", "out", "stock"]


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Carbon that crosses the boundary. side: in, out, or stock (end − begin); mass: t; carbon: mass fraction; numbers,
    arrays by month, or quantities."""

    name: str
    side: Side
    mass: Any
    carbon: Any


@dataclass(frozen=True, slots=True, eq=False)
class Balance:
    """Emission, tCO2, and the carbon of each side, tC; closure: outgoing carbon over ingoing."""

    emission: Quantity
    carbon_in: float
    carbon_out: float
    carbon_stock: float
    findings: tuple[Finding, ...]


def balance(flows: Sequence[Flow]) -> Balance:
    """The mass balance of a boundary.

    Raises Refused without a flow in, and for a carbon fraction outside 0 to 1. More carbon out than in is an error: it
    is told, and the emission is shown as it comes.

    >>> found = balance([Flow("coke", "in", 100.0, 0.85), Flow("steel", "out", 200.0, 0.002)])
    >>> round(float(found.emission.value), 4)
    310.2
    """
    if not any(flow.side == "in" for flow in flows):
        raise Refused(finding("carbon.balance.nothing_in", "flows"))
    for flow in flows:
        share = plain(flow.carbon)
        if not (math.isfinite(float(share.min())) and float(share.min()) >= 0.0 and float(share.max()) <= 1.0):
            raise Refused(
                finding("carbon.balance.fraction", flow.name, name=flow.name, given=f"{float(share.max()):g}")
            )
    total: Any = 0.0
    sides = {"in": 0.0, "out": 0.0, "stock": 0.0}
    for flow in flows:
        carbon = flow.mass * flow.carbon
        sides[flow.side] += float(plain(carbon).sum())
        total = total + carbon if flow.side == "in" else total - carbon
    emission: Any = total * co2_per_carbon()
    if not isinstance(emission, Quantity):
        from suyuan.quantity.quantity import quantity

        emission = quantity(emission, None, "1")
    told = []
    if sides["out"] + sides["stock"] > sides["in"]:
        told.append(finding("carbon.balance.negative", "flows", carbon_in=f"{sides['in']:.6g}",
                            carbon_out=f"{sides['out'] + sides['stock']:.6g}"))  # fmt: skip
    return Balance(Quantity(emission.value, TONNE, emission.blocks), sides["in"], sides["out"], sides["stock"],
                   tuple(told))  # fmt: skip
