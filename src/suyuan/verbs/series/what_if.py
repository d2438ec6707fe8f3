"""What readings would be if a certificate were withdrawn, replaced or off, or had never come: two joins to compare.

What happened to a certificate upstream reaches the certificates issued from it through the same walk as every other
result (`suyuan.traceability.impact`); here it goes on to the readings that they correct.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from typing import Any, Literal

from suyuan.certificate.certificate import Certificate, CertificateReference
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.traceability.evidence import Evidence, Key, Shift, Statement
from suyuan.traceability.scenario import Replaced, Scenario, Shifted, Withdrawn
from suyuan.verbs.series.corrections import Join, corrections
from suyuan.verbs.series.declared import Declared
from suyuan.verbs.trace import impact_of

_RULE = "ISO/IEC 17025:2017, 7.10"


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What a laboratory has: evidence, declared corrections, since when (digest → µs), zone of its days, its choice
    where correlations are left open; today: of statements that are only supposed."""

    evidence: Evidence
    declared: tuple[Declared, ...]
    since: Mapping[str, int]
    zone: tzinfo
    today: date
    bounds: str = ""

    def join(self, evidence: Evidence | None = None, declared: Sequence[Declared] | None = None) -> Join:
        """The corrections, with other evidence or declarations where given."""
        return corrections(
            evidence or self.evidence, self.declared if declared is None else declared, self.since, self.zone,
            self.bounds,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Corrections before and after an event, and what is to be said of it; unknown: why what it does to readings cannot
    be computed, so that no change found does not mean that nothing changes."""

    before: Join
    after: Join
    findings: tuple[Finding, ...] = ()
    unknown: tuple[Finding, ...] = ()


def withdrawn(known: Known, certificate: Certificate, day: date) -> Pair:
    """A withdrawal that takes effect on a day; also of what was issued from the certificate."""
    said = _statement("withdrawn", certificate, day, known.today)
    after, told, reached = _downstream(known, Withdrawn(certificate.digest), day)
    later = known.join(replace(after, statements=(*after.statements, said)))
    return Pair(known.join(), later, told, _uncorrected(known, certificate, reached))


def replaced(known: Known, old: Certificate, new: Certificate) -> Pair:
    """A certificate in the place of another, from its own day on; the corrections of the old one are carried over to
    the same places of the new one where nobody has declared others. Before: as if the new one had not come."""
    without = _without(known.evidence, new)
    before = replace(
        without, statements=tuple(s for s in without.statements if not (_of(s, old) and s.replaced_by == new.key))
    )
    day = new.ended or new.issued
    if day is None:
        raise Refused(finding("series_join.no_start", new.number, named=new.number))
    after, told, reached = _downstream(replace(known, evidence=before), Replaced(old.digest, new), day)
    mine = tuple(d for d in known.declared if _means(d, new))
    moved = () if mine else tuple(_moved(d, new) for d in known.declared if _means(d, old))
    if moved:
        names = ", ".join(sorted({d.instrument for d in moved}))
        told = (*told, finding("series_join.carried_over", new.number, "warning", old=old.number, instruments=names))
    said = _statement("superseded", old, day, known.today, new.key)
    after = replace(after, certificates=(*before.certificates, new))
    others = tuple(d for d in known.declared if not _means(d, new))
    first, unknown = known.join(before, others), _uncorrected(known, old, reached)
    later = known.join(replace(after, statements=(*before.statements, said)), (*others, *mine, *moved))
    if first.of(old.digest) and not later.of(new.digest):  # the old one's readings are left as they are: not known
        about = finding("series_join.no_replacement", new.number, **_named(old, new))
        unknown = (*_not_made(later, new), about)
        later = known.join(replace(after, statements=before.statements), others)
    return Pair(first, later, told, unknown)


def off(known: Known, certificate: Certificate, place: str, d: Shift) -> Pair:
    """A certificate whose value at a place was off: true value = certified + d, in its unit."""
    after, told, reached = _downstream(known, Shifted(certificate.digest, place, d), None)
    later = known.join(replace(after, shifts={certificate.digest: {place: d}}))
    return Pair(known.join(), later, told, _uncorrected(known, certificate, reached))


def happened(known: Known, certificate: Certificate) -> Pair:
    """What is kept already: against what counted without the statements about the certificate and those that take its
    place, or, where there are none, without the certificate itself and what it supersedes."""
    said = [s for s in known.evidence.statements if _of(s, certificate)]
    if not said:
        without = _without(known.evidence, certificate)
        left = tuple(s for s in without.statements if s.replaced_by != certificate.key)
        before = known.join(replace(without, statements=left), _but(known, certificate))
        return Pair(before, known.join(), unknown=_no_correction(known, certificate))
    successors = [c for s in said if s.replaced_by for c in known.evidence.by_key.get(s.replaced_by, ())]
    evidence = replace(known.evidence, statements=tuple(s for s in known.evidence.statements if s not in said))
    declared = known.declared
    for one in successors:
        evidence = _without(evidence, one)
        declared = tuple(d for d in declared if not _means(d, one))
    pair, unknown = Pair(known.join(evidence, declared), known.join()), _no_correction(known, certificate)
    for one in () if unknown else successors:
        if pair.before.of(certificate.digest) and not pair.after.of(one.digest):
            about = finding("series_join.no_replacement", one.number, **_named(certificate, one))
            unknown = (*unknown, *_not_made(pair.after, one), about)
    return replace(pair, unknown=unknown)


def _no_correction(known: Known, certificate: Certificate) -> tuple[Finding, ...]:
    """The same of a certificate about which nothing is supposed: what was issued from it is looked up."""
    if any(_means(d, certificate) for d in known.declared):
        return ()
    return _uncorrected(known, certificate, _downstream(known, Withdrawn(certificate.digest), None)[2])


def _uncorrected(known: Known, certificate: Certificate, reached: Sequence[Certificate]) -> tuple[Finding, ...]:
    """Why nothing is known of readings: no correction cites the certificate, nor one issued from it."""
    if any(_means(d, one) for d in known.declared for one in (certificate, *reached)):
        return ()
    return (finding("series_join.no_correction", certificate.number, "error", _RULE, number=certificate.number),)


def _not_made(join: Join, certificate: Certificate) -> tuple[Finding, ...]:
    """Why a correction by a certificate could not be made."""
    return tuple(f for f in join.findings if f.severity == "error" and f.where.startswith(f"{certificate.number} → "))


def _named(old: Certificate, new: Certificate) -> dict[str, Any]:
    return {"old": old.number, "new": new.number}


def _but(known: Known, certificate: Certificate) -> tuple[Declared, ...]:
    return tuple(d for d in known.declared if not _means(d, certificate))


def _downstream(
    known: Known, scenario: Scenario, day: date | None
) -> tuple[Evidence, tuple[Finding, ...], tuple[Certificate, ...]]:
    """The evidence after an event, without what it does to the standard itself, and the certificates issued from it."""
    found = impact_of(known.evidence, scenario)
    said: dict[str, Statement] = {}
    told, reached = list(found.findings), []
    for row in found.rows:
        document = row.node.document
        if not isinstance(document, Certificate):
            continue
        reached.append(document)
        if row.state == "no_traceable_value" and day is not None:
            said[document.digest] = _statement("withdrawn", document, day, known.today)
        elif row.state == "not_computable":
            told.append(finding("series_join.not_computable", document.number, "warning", _RULE))
    after = replace(found.after, substitutes={}, statements=(*known.evidence.statements, *said.values()))
    return after, tuple(dict.fromkeys(told)), tuple(reached)


def _statement(
    kind: Literal["withdrawn", "superseded"], about: Certificate, day: date, known: date, by: Key | None = None
) -> Statement:
    return Statement(kind, about.issuer, about.number, day, min(day, known), replaced_by=by, source="what if")


def _of(statement: Statement, certificate: Certificate) -> bool:
    return (statement.issuer, statement.number) == certificate.key


def _means(one: Declared, certificate: Certificate) -> bool:
    """Whether a correction is by a certificate: by digest where it gives one, else by issuer and number."""
    if not one.corrects:
        return False
    if one.certificate.digest:
        return one.certificate.digest == certificate.digest
    return (one.issuer, one.number) == certificate.key


def _moved(one: Declared, new: Certificate) -> Declared:
    digest = hashlib.sha256(f"{one.digest} {new.digest}".encode()).hexdigest()
    reference = CertificateReference(new.issuer, new.number, "sha256", new.digest)
    return replace(
        one, issuer=new.issuer, number=new.number, certificate=reference, digest=digest, valid_from="",
        valid_until="", known="",
    )  # fmt: skip


def _without(evidence: Evidence, certificate: Certificate) -> Evidence:
    kept = tuple(c for c in evidence.certificates if c.digest != certificate.digest)
    return replace(evidence, certificates=kept)
