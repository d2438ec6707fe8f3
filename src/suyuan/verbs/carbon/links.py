"""Traceability of emissions: each measured factor of a plant, its certificate, and whether that reaches the SI.

A plant's tonnes are a product; each factor of the product that is measured wants a chain. What is listed here is what
the plant has and what it lacks: no certificate named, one that is not in the store, one that did not hold over the
months for which it was used, one whose chain breaks before an anchor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.claim.claim import Evidence as Behind
from suyuan.certificate.certificate import Certificate, CertificateReference
from suyuan.quantity.budget import by_certificate
from suyuan.quantity.finding import Finding, Refused
from suyuan.quantity.table import Row, load
from suyuan.traceability.chain import Chain, chain
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.graph import Graph, build

State = Literal["complete", "broken", "absent", "none"]


@dataclass(frozen=True, slots=True, eq=False)
class FactorLink:
    """One measured factor of a part. part: its name; row: what is wanted; behind: the certificate that is named, None
    where none is; state: «complete» (reaches an anchor), «broken», «absent» (not in the store), «none» (not named);
    anchors: titles of those reached; chain: as found; u: what the certificate contributes to the claim, t."""

    part: str
    row: Row
    behind: Behind | None
    state: State
    anchors: tuple[str, ...] = ()
    chain: Chain | None = None
    u: float = 0.0
    findings: tuple[Finding, ...] = ()


def factor_links(claim: Claim, evidence: Evidence) -> tuple[FactorLink, ...]:
    """What stands behind each measured factor of a claim.

    evidence: the documents of a store. A factor with several certificates (before and after a calibration) has a row
    for each; one that the claim names no certificate for has a row that says so.
    """
    graph = build(evidence)
    contributions = {
        (row.source.issuer, row.source.number): abs(row.contribution) for row in by_certificate(claim.best)
    }
    found: list[FactorLink] = []
    for part in claim.parts:
        rows = [row for row in load("suyuan.carbon", "management.links") if row["kind"] == part.kind]
        named = [behind for behind in claim.evidence if behind.part == part.name]
        for row in rows:
            mine = [behind for behind in named if behind.factor == row["factor"]]
            for behind in mine:
                u = contributions.get((behind.issuer, behind.number), 0.0)
                found.append(_link(part.name, row, behind, u, (graph, evidence), claim.year))
            if not mine and not _left_out(str(row["factor"]), [behind.factor for behind in named]):
                found.append(FactorLink(part.name, row, None, "none"))
    return tuple(found)


def _left_out(factor: str, named: Sequence[str]) -> bool:
    """Whether another factor stands for this one: measured carbon needs no heat value."""
    return factor == "heat_value" and "carbon" in named


def _link(part: str, row: Row, behind: Behind, u: float, known: tuple[Graph, Evidence], year: int) -> FactorLink:
    graph, evidence = known
    certificate = evidence.find(CertificateReference(behind.issuer, behind.number))
    if certificate is None:
        return FactorLink(part, row, behind, "absent", u=u)
    day = min(behind.last_day(year), certificate.valid_until or date.max)
    try:
        way = chain(graph, evidence, certificate.digest, day)
    except Refused as refused:
        return FactorLink(part, row, behind, "broken", u=u, findings=refused.findings)
    ends = tuple(node.title for node in way.anchors)
    ended = row["kind"] != "monitoring" and _ended(certificate, behind, year)  # of a stack it counts by the hour
    state: State = "complete" if way.complete and not ended else "broken"
    return FactorLink(part, row, behind, state, ends, way, u, tuple(b.finding for b in way.breaks))


def _ended(certificate: Certificate, behind: Behind, year: int) -> bool:
    """Whether a certificate ended before the last month that it was used for."""
    return certificate.valid_until is not None and certificate.valid_until < behind.last_day(year)
