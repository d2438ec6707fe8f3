"""Carbon mass balance: what goes in and does not come out in products, by-products and stock was emitted.

E = (Σ m_in·c_in − Σ m_out·c_out − Σ Δm·c)·44/12. In an integrated steel works the terms are large and their difference
is not: the uncertainty of coke and hot metal is that of the claim, so each flow keeps its influences and a scale that
weighs two flows counts once. In a plant's document each flow is a source stream of the kind input, output or stock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from suyuan.carbon.claim.claim import BALANCE, TONNE
from suyuan.carbon.factor import co2_per_carbon
from suyuan.carbon.fuel.calculation import plain
from suyuan.carbon.fuel.stream import SourceStream, amount_of, factor_of
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.quantity import Quantity, quantity


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Carbon that crosses the boundary. side: input, output, or stock (end − begin); mass: t; carbon: mass fraction, or
    tC to the unit of a gas; numbers, arrays by month, or quantities; most: carbon that there can be, tC to a unit."""

    name: str
    side: str
    mass: Any
    carbon: Any
    most: float = 1.0

    @property
    def content(self) -> Any:
        """Its carbon, tC."""
        return self.mass * self.carbon


@dataclass(frozen=True, slots=True, eq=False)
class Balance:
    """Emission, tCO2, and the carbon of each side, tC; flows: that it is made of."""

    flows: tuple[Flow, ...]
    emission: Quantity
    carbon_in: float
    carbon_out: float
    carbon_stock: float
    findings: tuple[Finding, ...]

    @property
    def closure(self) -> float:
        """Carbon that left or stayed over carbon that came in; the rest was emitted."""
        return (self.carbon_out + self.carbon_stock) / self.carbon_in if self.carbon_in else math.nan


def balance(flows: Sequence[Flow]) -> Balance:
    """The mass balance of a boundary.

    Raises Refused without an input, and for a carbon fraction that cannot be. More carbon out than in is an error: it
    is told, and the emission is shown as it comes.

    >>> found = balance([Flow("coke", "input", 100.0, 0.85), Flow("steel", "output", 200.0, 0.002)])
    >>> round(float(found.emission.value), 4), round(found.closure, 6)
    (310.2, 0.004706)
    """
    if not any(flow.side == "input" for flow in flows):
        raise Refused(finding("carbon.balance.nothing_in", "/streams"))
    total: Any = 0.0
    sides = dict.fromkeys(BALANCE, 0.0)
    for flow in flows:
        share = plain(flow.carbon)
        if not (math.isfinite(float(share.min())) and float(share.min()) >= 0.0 and float(share.max()) <= flow.most):
            raise Refused(
                finding("carbon.balance.fraction", flow.name, name=flow.name, given=f"{float(share.max()):g}")
            )
        content = flow.content
        sides[flow.side] += float(plain(content).sum())
        total = total + content if flow.side == "input" else total - content
    emission: Any = total * co2_per_carbon()
    if not isinstance(emission, Quantity):
        emission = quantity(emission, None, "1")
    left = sides["output"] + sides["stock"]
    told = () if left <= sides["input"] else (
        finding("carbon.balance.negative", "/streams", carbon_in=f"{sides['input']:.6g}", carbon_out=f"{left:.6g}"),
    )  # fmt: skip
    return Balance(tuple(flows), Quantity(emission.value, TONNE, emission.blocks), sides["input"], sides["output"],
                   sides["stock"], told)  # fmt: skip


def balanced(streams: Iterable[SourceStream]) -> Balance | None:
    """The mass balance that source streams make, by month, with all their influences; None where they make none.

    What a unit can hold of carbon was judged as the document was read. Raises Refused where nothing goes in.
    """
    mine = [one for one in streams if one.kind in BALANCE]
    if not mine:
        return None
    return balance([Flow(one.name, one.kind, amount_of(one), factor_of(one, "carbon"), math.inf) for one in mine])


def balance_told(streams: Sequence[SourceStream]) -> tuple[Finding, ...]:
    """What a claim has to tell of the mass balance of its streams; an error where it cannot be.

    Beside one, single factors for what burns or is converted are told: what the balance holds may not count again.
    """
    try:
        found = balanced(streams)
    except Refused as refused:
        return refused.findings
    if found is None:
        return ()
    beside = [one.name for one in streams if one.kind in ("combustion", "process", "credit")]
    told = [finding("carbon.balance.beside", "/streams", "warning", names=", ".join(beside))] if beside else []
    return (*found.findings, *told)
