"""The size of a claim: against its stacks, against the claim before, and against what there is.

Amounts of which every month has the same wrong unit agree with one another; it is the stack, the year before or the
size of a plant that shows them. Limits are rows (`rules/amounts.json`), left by name only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from suyuan.carbon.claim.claim import BALANCE, BURNT, MONTHS, Claim, Part
from suyuan.carbon.fuel.amounts import rows_of, scale_told, slips_told, to_others
from suyuan.carbon.fuel.calculation import plain
from suyuan.carbon.fuel.plausible import left, material
from suyuan.carbon.fuel.standstill import standstill
from suyuan.carbon.fuel.units import amount_unit
from suyuan.carbon.plant import Plant
from suyuan.carbon.words import word
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, finding, in_both

BOUGHT = ("electricity", "heat")


def size_told(plant: Plant, parts: Sequence[Part]) -> list[Finding]:
    """Findings where the calculated tonnes leave those that stacks monitored, bought energy leaves what a unit of the
    sector takes, or the year leaves the sizes there are.

    parts: of the claim, those that only check it among them.
    """
    overrides, day = {one.row: one for one in plant.overrides}, plant.made.isoformat()
    counted = math.fsum(t for part in parts if part.counted for t in part.legal)
    told = scale_told(_over_stack(parts), rows_of("stack"), overrides, "/streams", day)
    told += [*_set_to_work(plant, parts), *_bought(plant, parts)]
    if plant.streams:
        told += scale_told(counted, rows_of("total", sector=plant.sector), overrides, "/streams", day)
    return [*told, *flows_told(plant)]


def flows_told(plant: Plant) -> list[Finding]:
    """Warnings where a mass balance loses less than works of the sector do, and where a stock changes by much of what
    its material comes to in the year: amounts of which all months have one slip show there alone."""
    flows = [one for one in plant.streams if one.kind in BALANCE]
    carbon = {
        one.name: float((one.amount * plain(one.given["carbon"])).sum()) for one in flows if "carbon" in one.given
    }
    sides = {kind: math.fsum(carbon[one.name] for one in flows if one.kind == kind) for kind in BALANCE}
    if len(carbon) != len(flows) or sides["input"] <= 0.0:
        return []
    return [*_carried(plant, carbon, sides), *_stocks(plant, carbon, sides["input"])]


def _carried(plant: Plant, carbon: Mapping[str, float], sides: Mapping[str, float]) -> list[Finding]:
    """Carbon that leaves or stays over carbon that comes in; more than all of it is the balance's own error."""
    share = (sides["output"] + sides["stock"]) / sides["input"]
    found = left(share, rows_of("carried", sector=plant.sector), {})
    if found is None or not 0.0 <= share <= 1.0:
        return []
    most = max((one for one in plant.streams if one.kind in ("output", "stock")), key=lambda one: carbon[one.name])
    return [finding("carbon.balance.carried", most.where("amount"), "warning", name=most.name,
                    given=f"{100.0 * share:.3g}", high=f"{100.0 * float(found.row['high']):g}",
                    of=f"{100.0 * carbon[most.name] / sides['input']:.3g}", row=found.row["id"])]  # fmt: skip


def _stocks(plant: Plant, carbon: Mapping[str, float], whole: float) -> Iterator[Finding]:
    """Changes of stocks against the carbon of the inputs and outputs of the same material, against that of all inputs
    where none is. whole: tC of all inputs."""
    made_of = {name: material(fuel, per) for name, fuel, per in _named(plant)}
    for stock in (one for one in plant.streams if one.kind == "stock"):
        alike = [one.name for one in plant.streams if one.kind in ("input", "output")
                 and made_of[one.name] and made_of[one.name] == made_of[stock.name]]  # fmt: skip
        through = math.fsum(carbon[name] for name in alike) if alike else whole
        share = carbon[stock.name] / through if through > 0.0 else math.nan
        found = left(share, rows_of("stock"), {})
        if found is not None:
            yield finding("carbon.balance.stock", stock.where("amount"), "warning", name=stock.name,
                          given=f"{100.0 * share:+.3g}".replace("-", "−"), high=f"{100.0 * float(found.row['high']):g}",
                          of=", ".join(alike), row=found.row["id"])  # fmt: skip


def _named(plant: Plant) -> Iterator[tuple[str, str, str]]:
    """Name, material as written and unit in which the amounts count, of the flows of a mass balance."""
    for one in Fields(plant.content).several("streams"):
        if (kind := one.text("kind")) in BALANCE:
            yield one.text("name"), one.text("fuel") or one.text("name"), amount_unit(one.text("amount_unit"), kind)[1]


def _bought(plant: Plant, parts: Sequence[Part]) -> list[Finding]:
    """Bought energy against that of fuel: refused where it is also more than a unit can buy in a month, as a slip of
    its unit makes it; a unit that is set to work buys more than it burns, and is told."""
    burnt, bought = _tonnes(parts, BURNT), _tonnes(parts, BOUGHT)
    mine = [one for one in plant.streams if one.kind in BOUGHT]
    if not (burnt > 0.0 and bought > 0.0 and mine):
        return []
    large = [one for one in mine if left(one.amount, rows_of("bought_month", one.kind), {}) is not None]
    rows = rows_of("bought", sector=plant.sector)
    rows = rows if large else tuple({**row, "severity": "warning"} for row in rows)
    overrides = {one.row: one for one in plant.overrides}
    return scale_told(bought / burnt, rows, overrides, (*large, *mine)[0].where("amount"), plant.made.isoformat())


def _set_to_work(plant: Plant, parts: Sequence[Part]) -> list[Finding]:
    """Errors for months of little fuel that look like a standstill while the stack shows as much as in the others."""
    calculated, shown = (to_others(np.sum([part.legal for part in parts if part.kind in kinds] or [(0.0,) * MONTHS],
                                          axis=0)) for kinds in (BURNT, ("monitoring",)))  # fmt: skip
    (steady,) = rows_of("steady")
    against = (calculated < float(steady["low"])) & (shown >= float(steady["low"]))
    told: list[Finding] = []
    for one in plant.streams:
        amount = np.broadcast_to(one.amount, (MONTHS,))
        ratio = to_others(amount)
        doubtful = against & standstill(amount, ratio, one.kind) & (ratio < float(steady["low"]))
        rows = [row for row in rows_of("month", one.kind) if row["severity"] == "error"]
        told += slips_told(ratio, rows, {own.row: own for own in plant.overrides}, one.where("amount"),
                           plant.made.isoformat(), spared=~doubtful, name=one.name)  # fmt: skip
    return told


def _over_stack(parts: Sequence[Part]) -> float:
    """Calculated over monitored tonnes of the months whose every hour has a legal value; NaN where there are none, or
    where nothing is calculated in the whole year."""
    stacks = [part for part in parts if part.kind == "monitoring"]
    burnt = [part for part in parts if part.kind in BURNT]
    if not stacks or not np.any([part.legal for part in burnt]):
        return math.nan
    whole = np.all([np.equal(part.missing or np.zeros(MONTHS), 0.0) for part in stacks], axis=0)
    calculated, monitored = (float(np.sum([part.legal for part in those], axis=0)[whole].sum())
                             for those in (burnt, stacks))  # fmt: skip
    return calculated / monitored if monitored > 0.0 else math.nan


def former_told(claim: Claim, former: Claim, replaced: bool = False) -> list[Finding]:
    """Findings where the tonnes of a kind of source leave those of a claim before; a kind of which running hours have
    no legal value in either compares with nothing.

    former: of the year before, or the one that this one supersedes; replaced: whether it is that one, so that nothing
    is refused.
    """
    overrides, day, told = {one.row: one for one in claim.overrides}, claim.made.isoformat(), []
    for kind in dict.fromkeys(part.kind for part in claim.parts):
        then = _tonnes(former.parts, (kind,))
        if then and _whole(claim, kind) and _whole(former, kind):
            ratio = _tonnes(claim.parts, (kind,)) / then
            rows = [{**row, "severity": "warning"} if replaced else row for row in rows_of("year", kind)]
            told += slips_told(ratio, rows, overrides, "/streams", day, **in_both("name", word("kind", kind)),
                               former=former.digest[:12])  # fmt: skip
    return told


def _whole(claim: Claim, kind: str) -> bool:
    return not any(math.fsum(part.missing) for part in claim.parts if part.kind == kind)


def _tonnes(parts: Iterable[Part], kinds: Sequence[str]) -> float:
    return math.fsum(t for part in parts if part.kind in kinds for t in part.legal)
