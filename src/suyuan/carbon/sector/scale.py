"""The size of a claim: against its stacks, against the claim before, and against what there is.

Amounts of which every month has the same wrong unit agree with one another; it is the stack, the year before or the
size of a plant that shows them. Limits are rows (`rules/amounts.json`), left by name only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from suyuan.carbon.claim.claim import BURNT, MONTHS, Claim, Part
from suyuan.carbon.fuel.amounts import rows_of, scale_told
from suyuan.carbon.plant import Plant
from suyuan.carbon.words import word
from suyuan.quantity.finding import Finding, in_both

BOUGHT = ("electricity", "heat")


def size_told(plant: Plant, parts: Sequence[Part]) -> list[Finding]:
    """Findings where the calculated tonnes leave those that stacks monitored, bought energy leaves what a unit of the
    sector takes, or the year leaves the sizes there are.

    parts: of the claim, those that only check it among them.
    """
    overrides, day = {one.row: one for one in plant.overrides}, plant.made.isoformat()
    burnt, bought = _tonnes(parts, BURNT), _tonnes(parts, BOUGHT)
    counted = math.fsum(t for part in parts if part.counted for t in part.legal)
    told = scale_told(_over_stack(parts), rows_of("stack"), overrides, "/streams", day)
    if burnt > 0.0 and bought > 0.0:
        where = next(one.where("amount") for one in plant.streams if one.kind in BOUGHT)
        told += scale_told(bought / burnt, rows_of("bought", sector=plant.sector), overrides, where, day)
    if plant.streams:
        told += scale_told(counted, rows_of("total", sector=plant.sector), overrides, "/streams", day)
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
            told += scale_told(ratio, rows, overrides, "/streams", day, **in_both("name", word("kind", kind)),
                               former=former.digest[:12])  # fmt: skip
    return told


def _whole(claim: Claim, kind: str) -> bool:
    return not any(math.fsum(part.missing) for part in claim.parts if part.kind == kind)


def _tonnes(parts: Iterable[Part], kinds: Sequence[str]) -> float:
    return math.fsum(t for part in parts if part.kind in kinds for t in part.legal)
