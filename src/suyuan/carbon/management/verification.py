"""The verifier's view: materiality, a sampling plan that anybody can draw again, findings and the statement.

The sample is drawn by tonnes (monetary unit sampling): every tonne of the legal value has the same chance, so a month
of a large source is looked at more often than one of a small source. A seed makes the draw repeatable; hours are drawn
inside the months of monitored stacks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from suyuan.carbon.claim.claim import MONTHS, Claim
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import Row, load

Opinion = Literal["reasonable", "qualified", "adverse"]
MOST = 2000
"""Items of a sample; more is a census."""


def materiality(scheme: str, legal: float) -> tuple[float, Row]:
    """The material misstatement, tCO2, for a claim, and the row that says so. Raises Refused for another scheme.

    >>> materiality("ISO 14064-3", 1000.0)[0]
    50.0
    """
    rows = load("suyuan.carbon", "management.materiality")
    for row in rows:
        if row["scheme"] != scheme:
            continue
        if abs(legal) <= row.get("up_to", math.inf) and abs(legal) > row.get("above", -1.0):
            return abs(legal) * float(row["value"]), row
    known = ", ".join(dict.fromkeys(str(row["scheme"]) for row in rows))
    raise Refused(finding("carbon.verify.scheme", "scheme", given=scheme[:40], known=known))


@dataclass(frozen=True, slots=True)
class Sampled:
    """One item to look at: a month (1 to 12) of a part; tonnes: its legal value; hits: how often it was drawn."""

    part: str
    month: int
    tonnes: float
    hits: int


def sample(claim: Claim, size: int, seed: int) -> tuple[Sampled, ...]:
    """A systematic sample of months of parts by tonnes, largest first.

    size: number of draws, 1 to MOST; seed: for the start, so that the draw can be repeated. Each item of at least the
    step (all tonnes over size) is certainly in. Raises Refused for a size out of bounds and a claim of nothing.
    """
    if not 1 <= size <= MOST:
        raise Refused(finding("carbon.verify.size", "size", given=size, most=MOST))
    items = [(part.name, month + 1, abs(part.legal[month])) for part in claim.parts if part.counted
             for month in range(MONTHS)]  # fmt: skip
    tonnes = np.array([item[2] for item in items])
    whole = float(tonnes.sum())
    if not whole > 0.0:
        raise Refused(finding("carbon.claim.nothing", claim.unit))
    step = whole / size
    start = float(np.random.Generator(np.random.PCG64(seed)).uniform(0.0, step))
    edges = np.cumsum(tonnes)
    hits = np.bincount(np.searchsorted(edges, start + step * np.arange(size), side="right").clip(max=len(items) - 1),
                       minlength=len(items))  # fmt: skip
    drawn = [Sampled(*items[at], int(hits[at])) for at in np.flatnonzero(hits)]
    return tuple(sorted(drawn, key=lambda one: (-one.tonnes, one.part, one.month)))


@dataclass(frozen=True, slots=True)
class Misstatement:
    """What a verifier found in an item. found: the right tonnes; note: why; corrected: whether the operator corrected
    it before the statement."""

    part: str
    month: int
    found: float
    note: str
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A verification statement. stated, projected: error found, and projected on the whole claim, tCO2; limit: the
    material misstatement; opinion: see `verified`."""

    claim: str
    verifier: str
    day: date
    sampled: int
    stated: float
    projected: float
    limit: float
    row: str
    opinion: Opinion
    findings: tuple[Finding, ...]


def verified(
    claim: Claim, drawn: Sequence[Sampled], errors: Iterable[Misstatement], scheme: str, verifier: str, day: date
) -> Statement:
    """The statement on a claim from what was found in a sample.

    The ratio of found to stated tonnes of the sample is projected on the claim (ratio estimate). Opinion: reasonable
    where neither the uncorrected nor the projected error reaches the material misstatement; qualified where only the
    projected one does; adverse where what was found alone does.
    Raises Refused for an item that was not sampled, an empty sample, and no verifier.
    """
    if not verifier.strip():
        raise Refused(finding("carbon.verify.nobody", "verifier"))
    if not drawn:
        raise Refused(finding("carbon.verify.size", "sample", given=0, most=MOST))
    held = {(one.part, one.month): one for one in drawn}
    told: list[Finding] = []
    open_, all_ = 0.0, 0.0
    for item in errors:
        one = held.get((item.part, item.month))
        if one is None:
            raise Refused(finding("carbon.verify.not_sampled", item.part, part=item.part, month=item.month))
        apart = one.tonnes - item.found
        all_ += apart
        open_ += 0.0 if item.corrected else apart
        told.append(finding("carbon.verify.misstated", f"{item.part}/{item.month}", "note" if item.corrected else
                            "warning", part=item.part, month=item.month, stated=f"{one.tonnes:.6g}",
                            found=f"{item.found:.6g}", note=item.note))  # fmt: skip
    base = math.fsum(one.tonnes for one in held.values())
    projected = all_ / base * abs(claim.legal) if base else 0.0
    limit, row = materiality(scheme, claim.legal)
    opinion: Opinion = "adverse" if abs(open_) >= limit else "qualified" if abs(projected) >= limit else "reasonable"
    return Statement(claim.digest, verifier, day, len(held), open_, projected, limit, str(row["id"]), opinion,
                     tuple(told))  # fmt: skip
