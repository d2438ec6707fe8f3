"""Which document a reference means: by the digest of its bytes first, then by issuer and number.

A digest that fits nothing while issuer and number fit is a wrong digest: the certificate is named, never silently
taken for the one that was meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from suyuan.certificate.certificate import Certificate, CertificateReference
from suyuan.quantity.finding import Finding, finding
from suyuan.traceability.evidence import Anchor, Evidence

State = Literal["resolved", "missing", "wrong_digest", "ambiguous", "empty"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a reference led to.

    certificate: the one meant, or for a wrong digest the one that bears the same number; anchor: the declared anchor
    that it names where no certificate is at hand; candidates: those it cannot choose between; checked: whether a
    digest given could be compared (only SHA-256 of the stored bytes is known here).
    """

    state: State
    certificate: Certificate | None = None
    anchor: Anchor | None = None
    candidates: tuple[Certificate, ...] = ()
    checked: bool = True


def resolve(evidence: Evidence, reference: CertificateReference) -> Resolution:
    """Find the certificate or declared anchor that a reference means.

    Order: SHA-256 of the bytes; issuer and number; where no issuer stands, a number that one issuer only uses.
    """
    if not reference.number and not reference.digest:
        return Resolution("empty")
    pinned = reference.digest if reference.algorithm == "sha256" else ""
    if pinned and pinned in evidence.by_digest:
        return Resolution("resolved", evidence.by_digest[pinned])
    checked = not reference.digest or bool(pinned)
    found = _named(evidence, reference)
    anchors = tuple(a for a in evidence.anchors if _same_name(a, reference))
    if pinned and found:
        return Resolution("wrong_digest", found[0] if len(found) == 1 else None, candidates=found)
    if len(found) == 1:
        return Resolution("resolved", found[0], checked=checked)
    if found:
        return Resolution("ambiguous", candidates=found)
    if anchors:
        return Resolution("resolved", anchor=latest(anchors), checked=checked)
    return Resolution("missing")


def latest(anchors: Sequence[Anchor]) -> Anchor | None:
    """Of several declarations of one anchor the one that ends last; one that states no end comes last."""
    return max(anchors, key=lambda a: a.valid_until or date.min) if anchors else None


def describe(certificate: Certificate) -> str:
    """Issuer, number and the start of the digest: enough to tell two versions apart."""
    return f"{certificate.issuer} {certificate.number} (sha256 {certificate.digest[:12]}…)"


def named(reference: CertificateReference) -> str:
    """A reference for people."""
    parts = [part for part in (reference.issuer, reference.number) if part]
    if reference.digest:
        parts.append(f"({reference.algorithm} {reference.digest[:12]}…)")
    return " ".join(parts) or "?"


def fault(resolution: Resolution, reference: CertificateReference, where: str) -> Finding | None:
    """The finding for a reference that did not lead to one certificate or anchor; None where it did."""
    if resolution.state == "resolved":
        return None
    if resolution.state == "ambiguous":
        versions = ", ".join(describe(c) for c in resolution.candidates)
        return finding("traceability.link.ambiguous", where, named=named(reference), versions=versions)
    if resolution.state == "wrong_digest":
        held = ", ".join(describe(c) for c in resolution.candidates)
        return finding("traceability.link.wrong_digest", where, named=named(reference), held=held)
    if resolution.state == "empty":
        return finding("traceability.link.empty", where)
    return finding("traceability.link.missing", where, named=named(reference))


def _named(evidence: Evidence, reference: CertificateReference) -> tuple[Certificate, ...]:
    if reference.issuer:
        return evidence.by_key.get((reference.issuer, reference.number), ())
    return evidence.by_number.get(reference.number, ()) if reference.number else ()


def _same_name(anchor: Anchor, reference: CertificateReference) -> bool:
    return anchor.number == reference.number and reference.issuer in ("", anchor.issuer)
