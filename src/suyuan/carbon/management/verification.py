"""The verifier's view: materiality, a sampling plan that anybody can draw again, findings and the opinion.

The sample is drawn by tonnes (monetary unit sampling): every tonne of the legal value has the same chance, so a month
of a large source is looked at more often than one of a small source. A seed makes the draw repeatable. Items of at
least the step (all tonnes over size) are looked at for certain; of the others each draw stands for a step, so the share
by which an item is wrong is projected on it. Where not all items are drawn, an error of −ln(1 − confidence) steps may
have gone unseen, and more where errors were found; but never more than the tonnes that nobody looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
from scipy.special import gammaincinv

from suyuan.carbon.claim.claim import MONTHS, Claim
from suyuan.carbon.claim.material import materiality
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import Row, load

Opinion = Literal["reasonable", "qualified", "adverse"]
Topic = Literal["boundary", "data", "meter", "plan", "calculation", "other"]
TOPICS: tuple[Topic, ...] = ("boundary", "data", "meter", "plan", "calculation", "other")
MOST = 2000
"""Items of a sample; more is a census."""
CONFIDENCE = "verification.confidence"
"""The row that says with which confidence errors beyond the sample are bounded."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """One item to look at: a month (1 to 12) of a part; tonnes: its legal value, below zero where it is deducted; hits:
    how often it was drawn."""

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
    if seed < 0:
        raise Refused(finding("carbon.verify.seed", "seed", given=seed))
    items = [(part.name, month + 1, part.legal[month]) for part in claim.parts if part.counted
             for month in range(MONTHS)]  # fmt: skip
    tonnes = np.abs([item[2] for item in items])
    whole = float(tonnes.sum())
    if not whole > 0.0:
        raise Refused(finding("carbon.claim.nothing", claim.unit))
    step = whole / size
    start = float(np.random.Generator(np.random.PCG64(seed)).uniform(0.0, step))
    edges = np.cumsum(tonnes)
    hits = np.bincount(np.searchsorted(edges, start + step * np.arange(size), side="right").clip(max=len(items) - 1),
                       minlength=len(items))  # fmt: skip
    drawn = [Sampled(*items[at], int(hits[at])) for at in np.flatnonzero(hits)]
    return tuple(sorted(drawn, key=lambda one: (-abs(one.tonnes), one.part, one.month)))


@dataclass(frozen=True, slots=True)
class Population:
    """From what a sample is drawn: the tonnes of each month of each part that has any, deductions as amounts."""

    tonnes: tuple[float, ...]

    @classmethod
    def of(cls, claim: Claim) -> Population:
        """All counted months of a claim."""
        return cls(tuple(abs(t) for part in claim.parts if part.counted for t in part.legal if t))

    @property
    def gross(self) -> float:
        """All tonnes."""
        return math.fsum(self.tonnes)

    @property
    def items(self) -> int:
        """How many there are."""
        return len(self.tonnes)


def confidence() -> float:
    """Confidence with which an error beyond the sample is bounded."""
    (row,) = (one for one in load("suyuan.carbon", "management.verification") if one["id"] == CONFIDENCE)
    return float(row["value"])


def needed(population: Population, limit: float) -> int:
    """The draws after which less than a material error can have gone unseen where none is found, MOST at most.

    With n draws that is −ln(1 − confidence)·gross/n, or the tonnes of the items below the step gross/n where these are
    fewer: the others are looked at for certain.

    >>> needed(Population((2.0,) * 500), 50.0), needed(Population((960.0, 30.0, 10.0)), 50.0)
    (60, 2)
    """
    sizes, tonnes = np.arange(1, MOST + 1), np.sort(population.tonnes)
    step = population.gross / sizes
    below = np.concatenate([[0.0], np.cumsum(tonnes)])[np.searchsorted(tonnes, step)]
    enough = np.minimum(-math.log(1.0 - confidence()) * step, below) < limit
    return int(sizes[enough.argmax()]) if enough.any() else MOST


def escaped(population: Population, drawn: Sequence[Sampled], size: int, wrong: Iterable[float]) -> float:
    """The error that may have gone unseen beside a sample, tCO2, with the confidence of the rule.

    step·(R₀ + Σ (Rᵢ − Rᵢ₋₁ − 1)·tᵢ), with Rᵢ the mean of a Poisson distribution that gives i or fewer errors with
    probability 1 − confidence (R₀ = −ln(1 − confidence)), and t the shares by which items below the step are wrong, the
    largest first: what their projection adds is not certain either. At most the tonnes that nobody looked at.

    wrong: those shares, without sign. Source: sampling by monetary units as audits have it (3.00, 4.75, 6.30 steps for
    0, 1, 2 errors at 95 %), from memory; the quantiles are computed.

    >>> full = Population((1.0,) * 1000)
    >>> [round(escaped(full, [Sampled("coal", 1, 1.0, 1)], 1000, (1.0,) * n) + n, 2) for n in range(3)]
    [3.0, 4.74, 6.3]
    """
    if len(drawn) >= population.items:
        return 0.0
    shares = sorted(wrong, reverse=True)
    most = gammaincinv(np.arange(1, len(shares) + 2), confidence())
    steps = float(most[0]) + float((np.diff(most) - 1.0) @ np.array(shares, float))
    unlooked = population.gross - math.fsum(abs(one.tonnes) for one in drawn)
    return max(min(steps * population.gross / size, unlooked), 0.0)


@dataclass(frozen=True, slots=True)
class Misstatement:
    """What a verifier found in an item. found: the right tonnes, those of the claim where they were; note: why."""

    part: str
    month: int
    found: float
    note: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What was found beside the sample: a nonconformity, or an error elsewhere. tonnes: that the claim has too many, 0
    where none follow; corrected: before the statement, which tonnes of a claim that nobody edits cannot be."""

    topic: Topic
    text: str
    tonnes: float = 0.0
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Engagement:
    """What a verifier did. claim: digest of the claim, whole or its first 12 digits at least; scheme: of materiality;
    size, seed: of the sample; misstatements: of items, also those that turned out right; rest_checked: that all other
    items of the sample were looked at and are right; remarks: beside the sample; supersedes: digest of the statement on
    the same claim that the new one replaces, with the reason."""

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
    remarks: tuple[Remark, ...] = ()
    rest_checked: bool = False


@dataclass(frozen=True, slots=True)
class Opined:
    """What follows from a sample, tCO2. stated, projected: error found, and projected on the whole claim; unseen: what
    may have escaped the sample; limit: the material misstatement; opinion: see `opined`."""

    stated: float
    projected: float
    unseen: float
    limit: float
    opinion: Opinion


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A verification statement on one claim; issued, it is never edited, another one supersedes it.

    engagement: with the whole digest of the claim; enterprise, unit, year, legal, U: of the claim, tCO2, U (k = 2) of
    the best estimate; population, sample: that it stands on; row: that says what is material; digest: SHA-256 of its
    document, «» before it is written; least: whether U is a lower bound.
    """

    engagement: Engagement
    enterprise: str
    unit: str
    year: int
    legal: float
    U: float
    population: Population
    sample: tuple[Sampled, ...]
    row: Row
    opined: Opined
    digest: str = ""
    least: bool = False

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
        """What was found, item by item and beside; what was put right is a note. A sample too small, and a claim whose
        U is beyond what is material, are told."""
        held = {(one.part, one.month): one.tonnes for one in self.sample}
        found, about = self.opined, f"{self.unit}/{self.year}"
        more = []
        if abs(found.projected) < found.limit <= abs(found.projected) + found.unseen:
            more.append(finding("carbon.verify.small", "size", "warning", unseen=f"{found.unseen:.6g}",
                                limit=f"{found.limit:.6g}", size=needed(self.population, found.limit)))  # fmt: skip
        if found.limit <= self.U:
            more.append(finding("carbon.verify.uncertain", about, "warning", limit=f"{found.limit:.6g}",
                                U=f"≥ {self.U:.6g}" if self.least else f"{self.U:.6g}"))  # fmt: skip
        elif self.least:
            more.append(finding("carbon.verify.bounded", about, "warning", U=f"{self.U:.6g}",
                                limit=f"{found.limit:.6g}"))  # fmt: skip
        more += [finding("carbon.verify.remark", about, "note" if one.corrected else "warning", text=one.text,
                         tonnes=f"{one.tonnes:+.6g}") for one in self.engagement.remarks]  # fmt: skip
        return (*more, *(
            finding("carbon.verify.misstated", f"{one.part}/{one.month}", "warning",
                    part=one.part, month=one.month, stated=f"{held[one.part, one.month]:.6g}", found=f"{one.found:.6g}",
                    note=one.note)
            for one in self.engagement.misstatements if one.found != held[one.part, one.month]
        ))  # fmt: skip


def opined(legal: float, population: Population, drawn: Sequence[Sampled], did: Engagement, row: Row) -> Opined:
    """What follows for a claim from what was found in a sample and beside it.

        projected = Σ e·(step/|tonnes|)·hits of items below the step + Σ e of the others + Σ e beside the sample
        e = tonnes of the claim − right tonnes; step = gross/size

    Adverse: the error, found or projected, reaches the material misstatement. Qualified: with what may have
    escaped the sample (`escaped`) it might, or a remark is open. Reasonable assurance: else.
    Raises Refused for an item that was not sampled or of nothing, one that nobody looked at, tonnes beyond those of the
    claim, and a remark that is corrected and has tonnes: these stand in the claim that supersedes this one.

    >>> did = Engagement("", "A", date(2026, 4, 1), "EU", 1, 1, (Misstatement("coal", 1, 96.0, "scale"),))
    >>> opined(100.0, Population((100.0,)), [Sampled("coal", 1, 100.0, 1)], did, {"value": 0.05}).opinion
    'reasonable'
    """
    if not all((drawn, did.size >= 1, all(one.tonnes for one in drawn))):
        raise Refused(finding("carbon.verify.size", "sample", given=min(len(drawn), did.size), most=MOST))
    if edited := [one for one in did.remarks if one.corrected and one.tonnes]:
        raise Refused(*(finding("carbon.verify.corrected", one.topic, text=one.text, tonnes=f"{one.tonnes:+.6g}")
                        for one in edited))  # fmt: skip
    looked = _looked(population, drawn, did.misstatements)
    step = population.gross / did.size
    stated = projected = 0.0
    wrong: list[float] = []
    for one, item in looked:
        error = one.tonnes - item.found
        certain = abs(one.tonnes) >= step
        whole = error if certain else error / abs(one.tonnes) * step * one.hits
        wrong += [] if certain or not error else [abs(error / one.tonnes)] * one.hits
        projected += whole
        stated += error
    beside = math.fsum(one.tonnes for one in did.remarks)
    stated, projected = stated + beside, projected + beside
    unseen = escaped(population, drawn, did.size, wrong)
    limit = abs(legal) * float(row["value"])
    opinion: Opinion = "reasonable"
    if max(abs(stated), abs(projected)) >= limit:
        opinion = "adverse"
    elif abs(projected) + unseen >= limit or any(not one.corrected for one in did.remarks):
        opinion = "qualified"
    return Opined(stated, projected, unseen, limit, opinion)


def _looked(
    population: Population, drawn: Sequence[Sampled], found: Sequence[Misstatement]
) -> list[tuple[Sampled, Misstatement]]:
    """Each item of a sample with what was found in it. Raises Refused with all that is wrong."""
    held = {(one.part, one.month): one for one in drawn}
    by_item = {(item.part, item.month): item for item in found}
    told = [finding("carbon.verify.not_sampled", item.part, part=item.part, month=item.month)
            for key, item in by_item.items() if key not in held]  # fmt: skip
    told += [finding("carbon.verify.beyond", f"{item.part}/{item.month}", part=item.part, month=item.month,
                     given=f"{item.found:.6g}", most=f"{population.gross:.6g}")
             for item in found if not abs(item.found) <= population.gross]  # fmt: skip
    told += [finding("carbon.verify.sign", f"{item.part}/{item.month}", part=item.part, month=item.month,
                     given=f"{item.found:.6g}", stated=f"{one.tonnes:.6g}")
             for key, item in by_item.items() if (one := held.get(key)) and one.tonnes * item.found < 0.0]  # fmt: skip
    missing = [one for key, one in held.items() if key not in by_item]
    if missing:
        first = missing[0]
        told.append(finding("carbon.verify.unchecked", f"{first.part}/{first.month}", count=len(missing),
                            size=len(drawn), part=first.part, month=first.month))  # fmt: skip
    if told:
        raise Refused(*told)
    return [(one, by_item[key]) for key, one in held.items()]


def statement(claim: Claim, engagement: Engagement) -> Statement:
    """The statement on a claim from a verifier's engagement; the sample is drawn again, so that nobody can choose it.

    Raises Refused for no verifier, an item that was not sampled or not looked at, one that supersedes another without a
    reason, a day before the claim was made, and as `sample` and `materiality` do.
    """
    if not engagement.verifier.strip():
        raise Refused(finding("carbon.verify.nobody", "verifier"))
    if engagement.supersedes and not engagement.reason.strip():
        raise Refused(finding("carbon.verify.reason", "reason"))
    if engagement.day < claim.made:
        raise Refused(finding("carbon.verify.day", "day", given=engagement.day, made=claim.made))
    drawn = sample(claim, engagement.size, engagement.seed)
    _, row = materiality(engagement.scheme, claim.legal)
    known = {(item.part, item.month) for item in engagement.misstatements}
    rest = (Misstatement(one.part, one.month, one.tonnes, "") for one in drawn if (one.part, one.month) not in known)
    every = (*engagement.misstatements, *(rest if engagement.rest_checked else ()))
    whole = replace(engagement, claim=claim.digest, misstatements=every, rest_checked=False)
    population = Population.of(claim)
    found = opined(claim.legal, population, drawn, whole, row)
    whose = claim.enterprise, claim.unit, claim.year, claim.legal, 2.0 * float(claim.best.u)
    return Statement(whole, *whose, population, drawn, row, found, least=claim.least)
