"""The claim of a plant's year: source streams, monitored stacks, the certificates behind them, their cross-check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from suyuan.carbon.claim.check import Check, check_parts, unchecked
from suyuan.carbon.claim.claim import BURNT, Claim, Part, claimed
from suyuan.carbon.claim.claim import Evidence as Behind
from suyuan.carbon.fuel.stream import part_of
from suyuan.carbon.plant import Plant
from suyuan.carbon.sector.balance import balance_told
from suyuan.carbon.sector.scale import size_told
from suyuan.carbon.sector.sector import checked
from suyuan.carbon.words import named, used_for
from suyuan.certificate.certificate import Certificate, CertificateReference
from suyuan.certificate.validity import state
from suyuan.quantity.budget import Budget, by_certificate, by_influence
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.table import Row
from suyuan.traceability.evidence import Evidence, Statement
from suyuan.verbs.carbon.cited import Factors, cited, determined, stands_behind
from suyuan.verbs.carbon.compared import compared
from suyuan.verbs.carbon.register import departures
from suyuan.verbs.carbon.uncovered import lapsed

NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Monitored:
    """What stacks and forests bring to a claim: their parts, the rule rows used, the certificates, what was found."""

    parts: tuple[Part, ...] = ()
    rows: tuple[Row, ...] = ()
    evidence: tuple[Behind, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __add__(self, other: Monitored) -> Monitored:
        return Monitored(self.parts + other.parts, self.rows + other.rows, self.evidence + other.evidence,
                         self.findings + other.findings)  # fmt: skip

    @property
    def stacks(self) -> tuple[str, ...]:
        """The names of its monitored stacks."""
        return tuple(part.name for part in self.parts if part.kind == "monitoring")


@dataclass(frozen=True, slots=True, eq=False)
class Claimed:
    """A claim that may stand, what it tells, and the cross-check where the year was both monitored and calculated."""

    claim: Claim
    findings: tuple[Finding, ...]
    check: Check | None

    @property
    def certificates(self) -> Budget:
        """The year's budget, one row a certificate."""
        return by_certificate(self.claim.best)

    @property
    def influences(self) -> Budget:
        """The year's budget, one row an influence."""
        return by_influence(self.claim.best)


def claim_of(
    plant: Plant, monitored: Monitored = Monitored(), evidence: Evidence | None = None, filed: str = "",
    factors: Factors = NOTHING,
) -> Claimed:  # fmt: skip
    """The claim of a plant's year.

    monitored: the year of its stacks; evidence: the documents of a store, in which certificates are looked up and
    judged over the year; None where there is no store, which is told; filed: SHA-256 of the plant's document where a
    store keeps it, so that the claim is bound to it; factors: the determined ones of a store by SHA-256: those that
    the document cites count with all their influences (`suyuan.verbs.carbon.cited`).
    Raises Refused with every reason why there can be no claim (see `suyuan.carbon.claim.claim.claimed`).
    """
    told_of_cited = cited(plant, factors)
    plant, withdrawn = lapsed(determined(plant, factors), evidence)
    streamed = [part_of(stream) for stream in plant.streams]
    told = [item for one in streamed for item in one.findings]
    kinds = [*(s.kind for s in plant.streams), *(p.kind for p in monitored.parts if p.kind != "monitoring")]
    told += [*balance_told(plant.streams), *monitored.findings,
             *checked(plant.sector, kinds, bool(monitored.stacks), plant.basis_admitted)]  # fmt: skip
    parts = counted([one.part for one in streamed], monitored.parts, plant)
    told += size_told(plant, parts)
    behind = tuple(dict.fromkeys((*(e for s in plant.streams for e in s.evidence), *monitored.evidence)))
    judged, found = _judged(behind, plant.year, evidence, monitored.stacks, factors)
    told += [*told_of_cited, *withdrawn, *compared(plant, evidence, factors), *departures(plant)]
    rows: dict[tuple[str, str], Row] = {}  # a row of defaults gives several numbers
    of_factors = (row for stream in plant.streams for row in stream.rows.values())
    judged_by = (row for row in plant.rules.used.values() if "gives" not in row)  # those that give a factor are its own
    for row in (*judged_by, *of_factors, *monitored.rows):
        rows.setdefault((str(row["id"]), str(row["unit"]) if "table" in row else ""), row)
    claim = Claim(
        plant.enterprise, plant.unit, plant.year, plant.rules.scheme, parts, tuple(rows.values()), plant.overrides,
        judged, plant.made, plant.by, plant.supersedes, plant.reason, tuple((*told, *found)), plant=filed,
    )  # fmt: skip
    stands, findings = claimed(claim)
    check = check_parts(parts)
    return Claimed(stands, (*findings, *(check.findings if check else unchecked(parts))), check)


def counted(calculated: Sequence[Part], monitored: Sequence[Part], plant: Plant) -> tuple[Part, ...]:
    """All parts; of combustion (or a mass balance) and monitoring the one that is not the legal basis only checks."""
    monitoring = any(part.kind == "monitoring" for part in monitored) and monitoring_counts(plant)
    return (
        *(replace(part, counted=not (monitoring and part.kind in BURNT)) for part in calculated),
        *(replace(part, counted=monitoring or part.kind != "monitoring") for part in monitored),
    )


def monitoring_counts(plant: Plant) -> bool:
    """Whether monitored stacks make the legal total: where the document says so, or nothing is calculated to do so."""
    burnt = any(stream.kind in BURNT for stream in plant.streams)
    return plant.content.get("legal_basis", "calculation") == "monitoring" or not burnt


def _judged(
    behind: Sequence[Behind],
    year: int,
    evidence: Evidence | None,
    stacks: Sequence[str],
    factors: Factors,
) -> tuple[tuple[Behind, ...], tuple[Finding, ...]]:
    """Certificates with digest and end as the store knows them, and what of them did not hold over the year.

    Those of stacks are judged by the hour already: an hour that one did not cover has no value.
    """
    if evidence is None:
        return tuple(behind), ((finding("carbon.evidence.no_store", "", "warning", n=len(behind)),) if behind else ())
    found, told = [], []
    for item in behind:
        certificate = evidence.find(CertificateReference(item.issuer, item.number))
        if certificate is None and stands_behind(item, factors):
            found.append(item)
            continue
        if certificate is None:
            told.append(finding("carbon.evidence.absent", item.role, "warning", issuer=item.issuer, number=item.number,
                                **used_for(item.part, item.role)))  # fmt: skip
            found.append(item)
            continue
        until = certificate.valid_until or item.valid_until
        found.append(replace(item, digest=certificate.digest, valid_until=until))
        told += [] if item.part in stacks else _over(certificate, item, year, evidence)
    return tuple(found), tuple(told)


def _over(certificate: Any, item: Behind, year: int, evidence: Evidence) -> list[Finding]:
    """The first day of its months on which a certificate was withdrawn, superseded, expired or not yet there."""
    day = date(year, 1, 1)
    while day.year == year:
        if item.months and day.month not in item.months:
            day += timedelta(days=1)
            continue
        now, _ = state(certificate, day, evidence.statements)
        if now in ("withdrawn", "superseded", *(() if item.sample else ("expired", "not_yet"))):
            return [finding("carbon.evidence.state", item.role, "warning", issuer=item.issuer, number=item.number,
                            day=day.isoformat(), **named("state", "state", now),
                            **used_for(item.part, item.role))]  # fmt: skip
        day += timedelta(days=1)
    return []


def plant_told(claim: Claim, kept: Sequence[tuple[str, Plant]]) -> tuple[Finding, ...]:
    """What is to be said of the document that a claim was made from: bound to none, not here, or another came later.

    kept: digest and value of the documents of units' years in the order in which a store got them. A later one of the
    same unit and year that says the same is no other.
    """
    if not claim.plant:
        return (finding("carbon.claim.unbound", claim.unit, "note", unit=claim.unit, year=claim.year),)
    place = next((at for at, (digest, _) in enumerate(kept) if digest == claim.plant), None)
    if place is None:
        return (finding("carbon.claim.plant_absent", claim.unit, "warning", digest=claim.plant[:12]),)
    mine = kept[place][1]
    later = [(digest, one) for digest, one in kept[place + 1 :]
             if (one.issuer, one.number) == (mine.issuer, mine.number) and one.content != mine.content]  # fmt: skip
    if not later:
        return ()
    digest, one = later[-1]
    return (finding("carbon.claim.plant_superseded", claim.unit, "warning", digest=claim.plant[:12],
                    later=digest[:12], made=one.made.isoformat()),)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """The certificates behind a claim. now: → state by the documents of today; then: by the statements that were known
    when the claim was made, of the certificate that it named by its SHA-256."""

    now: Mapping[Behind, str]
    then: Mapping[Behind, str]


def standing(
    claim: Claim, evidence: Evidence, factors: Factors = NOTHING, then: Sequence[Statement] | None = None
) -> Standing:
    """Each certificate behind a claim → its state on the last day of the claim's year, «used» where it does not hold
    then and did in the months for which it was used, «absent» where the store does not have it. What was withdrawn by
    that day is withdrawn, whenever it was used; a certificate of a stack counts by the hour, so it held while it did.

    factors: the determined ones of the store by SHA-256, of which one that is cited holds while it is used;
    then: the statements that were known when the claim was made, where a store can tell; else those of its day.
    """
    stacks = [part.name for part in claim.parts if part.kind == "monitoring"]
    cited = {item: "used" for item in claim.evidence if stands_behind(item, factors)}
    said = [one for one in evidence.statements if one.known <= claim.made] if then is None else then
    first = {item: _held(evidence.by_digest.get(item.digest), item, claim.year, said, item.part in stacks)
             for item in claim.evidence}  # fmt: skip
    now = held_over(claim.evidence, claim.year, evidence, stacks)
    return Standing({**now, **cited}, {**first, **cited})


def held_over(
    items: Iterable[Behind], year: int, evidence: Evidence, stacks: Sequence[str] = ()
) -> Mapping[Behind, str]:
    """The state by the documents of today of certificates that stand in no claim yet; stacks: names of the monitored
    ones."""
    found = {}
    for item in items:
        certificate = evidence.find(CertificateReference(item.issuer, item.number))
        found[item] = _held(certificate, item, year, evidence.statements, item.part in stacks)
    return found


def _held(
    certificate: Certificate | None, item: Behind, year: int, statements: Sequence[Statement], of_stack: bool
) -> str:
    """year: in which it was used; statements: those that are known."""
    if certificate is None:
        return "absent"
    now = state(certificate, date(year, 12, 31), statements)[0]
    if item.sample and now in ("expired", "unknown"):  # it follows its months, and has no end
        return "used"
    if now not in ("expired", "superseded"):
        return now
    if of_stack:
        return "used"
    end = item.valid_until if certificate.valid_until is None else certificate.valid_until
    last = item.last_day(year)
    then = state(certificate, last, statements)[0]
    return now if then in ("withdrawn", "superseded") or (end is not None and end < last) else "used"
