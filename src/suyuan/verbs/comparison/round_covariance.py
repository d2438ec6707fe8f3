"""What the members of a comparison share, from the graph: two results that rest on one certificate are correlated.

Each result becomes a quantity: the certified values that its budget names, with the lineage that their certificates
carry, and a remainder of its own, so that u is as stated. The covariance of the results follows from the influences.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from suyuan.certificate.certificate import Certificate, CertificateReference, one_line
from suyuan.certificate.dcc_read import read as read_dcc
from suyuan.certificate.quantities import standard_uncertainty
from suyuan.certificate.typed import read_typed
from suyuan.comparison.round.inputs import Covariance, Shared
from suyuan.comparison.round.protocol import Measurand, Protocol
from suyuan.comparison.round.submission import BudgetLine, Reported, Submission
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Finding, Refused, finding, reason
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity, stack
from suyuan.quantity.unit import parse_unit
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.lookup import certificate_quantities, lookup

LEAST = 1e-6
"""A correlation below this is none."""
Findings = list[Finding]
Named = tuple[str, str]
"""A standard by the issuer and number of its certificate."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member as the graph sees it: what it submitted, and what can be looked up for it."""

    submission: Submission
    evidence: Evidence


@dataclass
class Uncounted:
    """A standard that several members declare and some of them give no contribution for. members: all that rest on it;
    lacking: those without; measurands: for which."""

    members: dict[str, None] = field(default_factory=dict)
    lacking: dict[str, None] = field(default_factory=dict)
    measurands: dict[str, None] = field(default_factory=dict)


def round_covariances(
    protocol: Protocol, submissions: Mapping[str, Submission], evidence: Evidence | None = None
) -> tuple[dict[str, Covariance], tuple[Finding, ...]]:
    """The covariance of the results of each measurand of which any two share a source, and what is shared.

    submissions: by member, corrected; evidence: certificates that are known (a store's); those that are attached to a
    submission are known too. Measurands without any shared source are not in the answer: their results are independent.
    Findings say which members are correlated, by how much and through what, and which declare one standard without a
    contribution of it, so that nothing could be counted.
    """
    found: Findings = []
    known = evidence or Evidence()
    attached = tuple(c for code, s in submissions.items() for c in _attached(code, s, found))
    everything = replace(known, certificates=(*known.certificates, *_new(known, attached)))
    covariances: dict[str, Covariance] = {}
    apart: dict[Named, Uncounted] = {}
    for m in protocol.measurands:
        rows = _rows(protocol, m, submissions, everything, found)
        _note_uncounted(m.id, submissions, rows, apart)
        one = _covariance(rows)
        if one is not None:
            covariances[m.id] = one
            found.extend(correlated(m.id, s) for s in one.shared)
    found.extend(_uncounted(standard, who) for standard, who in apart.items())
    return covariances, tuple(dict.fromkeys(found))


def correlated(measurand: str, shared: Shared) -> Finding:
    """What is said of two members that share a source."""
    return finding(
        "comparison.round.correlated", measurand, "note", measurand=measurand, first=shared.first,
        second=shared.second, r=f"{shared.r:.2f}", through="; ".join(shared.through) or "—",
    )  # fmt: skip


def _new(known: Evidence, attached: tuple[Certificate, ...]) -> Iterator[Certificate]:
    """Each attached certificate once, and none that is known already."""
    seen = set(known.by_digest)
    for certificate in attached:
        if certificate.digest not in seen:
            seen.add(certificate.digest)
            yield certificate


def _attached(code: str, submission: Submission, found: Findings) -> Iterator[Certificate]:
    """The certificates among the files of a submission; another file is no fault."""
    for file in submission.files:
        start = file.content.lstrip()[:1]
        if start not in (b"<", b"{") or "pdf" in file.media:
            continue
        read = read_dcc if start == b"<" else read_typed
        certificate, told = read(file.content)
        if certificate is not None:
            yield certificate
        else:
            why = reason(told[0]) if told else {"reason": "?"}
            found.append(finding("comparison.round.attached", f"{code}: {file.name}", "warning", member=code,
                                 name=file.name, **why))  # fmt: skip


def _rows(
    protocol: Protocol, m: Measurand, submissions: Mapping[str, Submission], evidence: Evidence, found: Findings
) -> dict[str, Quantity]:
    """The result of each member that states an uncertainty, as the graph sees it."""
    rows = {}
    for code, submission in submissions.items():
        result = next((r for r in submission.results if r.measurand == m.id), None)
        if result is not None and result.standard:
            own = identity("comparison", protocol.digest, code, m.id)
            rows[code] = _quantity(Member(submission, evidence), result, m, own, found)
    return rows


def _note_uncounted(
    measurand: str, submissions: Mapping[str, Submission], rows: Mapping[str, Quantity], apart: dict[Named, Uncounted]
) -> None:
    """Standards of several results that not all of these have a contribution of."""
    resting: dict[Named, dict[str, bool]] = {}
    for code, row in rows.items():
        submission = submissions[code]
        result = next(r for r in submission.results if r.measurand == measurand)
        counted = {(source.issuer, source.number) for x in row.blocks.values() for source in (x.influence.source,)}
        counted |= {_named(x.issuer, x.certificate) for x in result.budget if x.u * x.sensitivity}
        for standard in (_named(*one) for one in submission.standards):
            resting.setdefault(standard, {})[code] = standard in counted
        for standard in counted:
            resting.setdefault(standard, {})[code] = True
    for standard, members in resting.items():
        if len(members) > 1 and not all(members.values()):
            who = apart.setdefault(standard, Uncounted())
            who.members |= dict.fromkeys(members)
            who.lacking |= dict.fromkeys(code for code, given in members.items() if not given)
            who.measurands[measurand] = None


def _named(issuer: str, number: str) -> Named:
    return one_line(issuer), one_line(number)


def _uncounted(standard: Named, who: Uncounted) -> Finding:
    members = ", ".join(who.members)
    return finding(
        "comparison.round.uncounted", members, "warning", members=members, lacking=", ".join(who.lacking),
        standard=" ".join(standard), measurands=", ".join(who.measurands),
    )  # fmt: skip


def _covariance(by_member: Mapping[str, Quantity]) -> Covariance | None:
    """The covariance of results of one measurand, None where no two share a source."""
    codes, rows = tuple(by_member), list(by_member.values())
    sources = [frozenset(q.blocks) for q in rows]
    if len(rows) < 2 or not any(a & b for i, a in enumerate(sources) for b in sources[:i]):
        return None
    row = stack(rows)
    matrix = np.asarray(covariance(row, row), float)
    spread = np.sqrt(np.diagonal(matrix))
    r = matrix / np.outer(spread, spread)
    pairs = [(i, j) for i in range(len(codes)) for j in range(i) if abs(r[i, j]) > LEAST]
    if not pairs:
        return None
    pairs.sort(key=lambda p: p[::-1])
    shared = tuple(Shared(codes[j], codes[i], float(r[i, j]), _through(rows[i], rows[j])) for i, j in pairs)
    return Covariance(codes, matrix, shared)


def _through(a: Quantity, b: Quantity) -> tuple[str, ...]:
    """What two results share, as issuer and number, each once."""
    blocks = [a.blocks[key] for key in a.blocks if key in b.blocks]
    named = (str(replace(x.influence.source, place="")) or x.influence.label or x.influence.id[:8] for x in blocks)
    return tuple(dict.fromkeys(named))


def _quantity(member: Member, result: Reported, m: Measurand, own: str, found: Findings) -> Quantity:
    """A result as a quantity of plain numbers in the unit of the measurand, u as stated."""
    where, u = f"{member.submission.member}/{m.id}", float(result.standard or 0.0)
    whole = _from_certificate(member, result, m)
    if whole is None:
        parts = [_line(member, line, result.factor, where, found) for line in result.budget]
        shared = [p for p in parts if p is not None]
        if not shared:
            return quantity(result.value, u, "1", id=own, label=member.submission.member)
        whole = shared[0]
        for part in shared[1:]:
            whole = whole + part
        whole = whole + result.value
    spread = float(whole.u)
    if spread > u * (1.0 + 1e-9):
        if spread > 1.05 * u:
            found.append(finding("comparison.round.more_than_u", where, "warning", member=member.submission.member,
                                 measurand=m.id, shared=f"{spread:.3g}", u=f"{u:.3g}"))  # fmt: skip
        fitting: Quantity = (whole - result.value) * (u / spread) + result.value
        return fitting
    rest = math.sqrt(max(u**2 - spread**2, 0.0))
    full: Quantity = whole + quantity(0.0, rest, "1", id=own, label=member.submission.member)
    return full


def _line(member: Member, line: BudgetLine, factor: float, where: str, found: Findings) -> Quantity | None:
    """What a certified value brings to the result: c·u of the budget, along the influences of the certificate."""
    if not (line.issuer and line.certificate) or not line.u * line.sensitivity:
        return None
    share = factor * line.sensitivity * line.u
    standardised = _known_value(member.evidence, line, where, found)
    if standardised is None:
        issuer, number = one_line(line.issuer), one_line(line.certificate)
        source = Source(issuer, number, line.place)
        standardised = quantity(0.0, 1.0, "1", id=identity(issuer, number, line.place, "standardised"), source=source)
    part: Quantity = standardised * share
    return part


def _known_value(evidence: Evidence, line: BudgetLine, where: str, found: Findings) -> Quantity | None:
    """The certified value itself, less its estimate and over its u; None where its certificate is not known, or gives
    no usable value there."""
    issuer, number = one_line(line.issuer), one_line(line.certificate)
    known = evidence.by_key.get((issuer, number), ())
    if len(known) != 1:
        return None
    place = line.place
    if not place:
        places = list(certificate_quantities(known[0])[0])
        place = places[0] if len(places) == 1 else ""
    try:
        value, _ = lookup(evidence, CertificateReference(issuer, number, where=where), place)
    except Refused as refused:
        found.append(finding("comparison.round.place", where, "warning", issuer=issuer, number=number,
                             place=line.place or "—", **reason(refused.findings[0])))  # fmt: skip
        return None
    one = (value[0] if value.ndim else value).relabelled(parse_unit("1"))
    if not float(one.u) > 0.0:
        return None
    standardised: Quantity = (one - float(one.value)) / float(one.u)
    return standardised


def _from_certificate(member: Member, result: Reported, m: Measurand) -> Quantity | None:
    """The result as an attached certificate of the member states it, where that carries more than the bare number: its
    value and u round to those reported, and its influences are known. Else None."""
    attached = {file.digest for file in member.submission.files}
    for certificate in member.evidence.certificates:
        if certificate.digest not in attached:
            continue
        for stated in certificate.quantities():
            if stated.value.size != 1 or stated.uncertainty is None:
                continue
            try:
                u, _ = standard_uncertainty(stated)
                there = certificate_quantities(certificate)[0].get(stated.place)
                value = None if there is None else there.to(parse_unit(m.unit))
            except Refused:
                continue
            if value is None or len(value.blocks) < 2 or not u.all():
                continue
            bare = (value[0] if value.ndim else value).relabelled(parse_unit("1"))
            x, spread = float(bare.value), float(bare.u)
            if _same(x, result.value, 0.5 * spread) and _same(spread, result.standard, 0.1 * spread):
                moved: Quantity = bare + (result.value - x)
                return moved
    return None


def _same(a: float, b: float | None, within: float) -> bool:
    return b is not None and abs(a - b) <= within
