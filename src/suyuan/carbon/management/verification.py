"""The verifier's view: materiality, a sampling plan that anybody can draw again, findings and the opinion.

The sample is drawn by tonnes (monetary unit sampling): every tonne of the legal value has the same chance, so a month
of a large source is looked at more often than one of a small source. A seed makes the draw repeatable; hours are drawn
inside the months of monitored stacks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
class Engagement:
    """What a verifier did. claim: digest of the claim, whole or its first 12 digits at least; scheme: of materiality;
    size, seed: of the sample; misstatements: of items, also those that turned out right; supersedes: digest of the
    statement on the same claim that the new one replaces, with the reason."""

    claim: str
    verifier: str
    day: date
    scheme: str
    size: int
    seed: int
    misstatements: tuple[Misstatement, ...] = ()
    note: str = ""
    supersedes: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Opined:
    """What follows from a sample, tCO2. stated, projected: error found, and projected on the whole claim; limit: the
    material misstatement; opinion: see `opined`."""

    stated: float
    projected: float
    limit: float
    opinion: Opinion


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A verification statement on one claim; issued, it is never edited, another one supersedes it.

    engagement: with the whole digest of the claim; enterprise, unit, year, legal: of the claim, legal in tCO2; sample:
    that it stands on; row: that says what is material; digest: SHA-256 of its document, «» before it is written.
    """

    engagement: Engagement
    enterprise: str
    unit: str
    year: int
    legal: float
    sample: tuple[Sampled, ...]
    row: Row
    opined: Opined
    digest: str = ""

    @property
    def issuer(self) -> str:
        """Whose document it is, as a store lists it."""
        return self.engagement.verifier

    @property
    def number(self) -> str:
        """Unit and year, as a store lists it."""
        return f"{self.unit} {self.year}"

    @property
    def day(self) -> date:
        """Of the statement."""
        return self.engagement.day

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, item by item; corrected errors are notes."""
        held = {(one.part, one.month): one.tonnes for one in self.sample}
        return tuple(
            finding("carbon.verify.misstated", f"{one.part}/{one.month}", "note" if one.corrected else "warning",
                    part=one.part, month=one.month, stated=f"{held[one.part, one.month]:.6g}", found=f"{one.found:.6g}",
                    note=one.note)
            for one in self.engagement.misstatements if one.found != held[one.part, one.month]
        )  # fmt: skip


def opined(legal: float, drawn: Sequence[Sampled], errors: Sequence[Misstatement], row: Row) -> Opined:
    """What follows for a claim from what was found in a sample.

    The ratio of found to stated tonnes of the sample is projected on the claim (ratio estimate). Opinion: reasonable
    where neither the uncorrected nor the projected error reaches the material misstatement; qualified where only the
    projected one does; adverse where what was found alone does.
    Raises Refused for an item that was not sampled and for an empty sample.

    >>> row = {"value": 0.05}
    >>> opined(1000.0, [Sampled("coal", 1, 100.0, 1)], [Misstatement("coal", 1, 96.0, "scale")], row).opinion
    'reasonable'
    """
    if not drawn:
        raise Refused(finding("carbon.verify.size", "sample", given=0, most=MOST))
    held = {(one.part, one.month): one for one in drawn}
    open_, all_ = [], []
    for item in errors:
        one = held.get((item.part, item.month))
        if one is None:
            raise Refused(finding("carbon.verify.not_sampled", item.part, part=item.part, month=item.month))
        all_.append(one.tonnes - item.found)
        open_ += [] if item.corrected else all_[-1:]
    base = math.fsum(one.tonnes for one in held.values())
    stated, projected = math.fsum(open_), math.fsum(all_) / base * abs(legal) if base else 0.0
    limit = abs(legal) * float(row["value"])
    opinion: Opinion = "adverse" if abs(stated) >= limit else "qualified" if abs(projected) >= limit else "reasonable"
    return Opined(stated, projected, limit, opinion)


def statement(claim: Claim, engagement: Engagement) -> Statement:
    """The statement on a claim from a verifier's engagement; the sample is drawn again, so that nobody can choose it.

    Raises Refused for no verifier, an item that was not sampled, one that supersedes another without a reason, and as
    `sample` and `materiality` do.
    """
    if not engagement.verifier.strip():
        raise Refused(finding("carbon.verify.nobody", "verifier"))
    if engagement.supersedes and not engagement.reason.strip():
        raise Refused(finding("carbon.verify.reason", "reason"))
    drawn = sample(claim, engagement.size, engagement.seed)
    _, row = materiality(engagement.scheme, claim.legal)
    found = opined(claim.legal, drawn, engagement.misstatements, row)
    whole = replace(engagement, claim=claim.digest)
    return Statement(whole, claim.enterprise, claim.unit, claim.year, claim.legal, drawn, row, found)
