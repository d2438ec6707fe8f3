"""From what a certificate states to quantities with identity.

The identity of a stated value is that of its certificate, number and place, so the same certificate read twice, by
two laboratories, in two forms, is one influence. An attached archive governs if it rounds to the printed value and U;
if it does not, the result is not usable. What is not stated is not assumed: no U, no quantity; no dof, infinite.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation

import numpy as np

from suyuan.certificate.certificate import Certificate, SharedPart, StatedQuantity, Uncertainty, one_line
from suyuan.certificate.shared import rest, unshared, with_parts
from suyuan.quantity.archive.archive import Archive, load
from suyuan.quantity.coverage import coverage_factor
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, joint, quantity, stack
from suyuan.quantity.unit import Unit, parse_unit

ARCHIVE = "suyuan_archive"
CASE = "suyuan_case"
_DIVISORS = {"standard": 1.0, "half_width": math.sqrt(3.0)}


def quantities(certificate: Certificate, together: bool = False) -> tuple[dict[str, Quantity], tuple[Finding, ...]]:
    """All usable quantities of a certificate by place, and what is not usable and why.

    together: take values about whose correlation nothing is stated as fully correlated (r = 1) instead of independent
    (r = 0); where both bounds matter the caller evaluates both.
    """
    archive, findings = attached_archive(certificate)
    by_place: dict[str, Quantity] = {}
    if archive is not None:
        for q in certificate.quantities():
            if q.place in archive.results:
                found = _agreement(q, archive.results[q.place])
                findings.extend(found)
                if not found:
                    by_place[q.place] = archive.results[q.place]
        return by_place, tuple(findings)
    if findings:
        return {}, tuple(findings)
    spreads: dict[str, tuple[np.ndarray, float]] = {}
    units: dict[str, Unit] = {}
    listed = certificate.quantities()
    for q in listed:
        try:
            units[q.place] = parse_unit(q.unit)
            if q.uncertainty is None:  # so common that it must not cost an exception
                findings.append(_no_uncertainty(q))
            else:
                spread = standard_uncertainty(q)
                rest(spread[0], q.shared, q.where or q.place)
                spreads[q.place] = spread
        except Refused as refused:
            findings.extend(refused.findings)
    groups = _joint_groups(certificate, spreads)
    for group, matrix in groups:
        try:
            by_place.update(_joint(certificate, group, matrix, spreads, units))
        except Refused as refused:
            if not any(q.shared for q in listed if q.place in group):
                raise
            findings.extend(refused.findings)
            spreads = {place: spread for place, spread in spreads.items() if place not in group}
    for q in listed:
        if q.place in spreads and q.place not in by_place:
            if together:
                by_place[q.place] = _along(certificate, q, spreads, units[q.place])
            else:
                by_place[q.place] = _single(certificate, q, spreads[q.place], units[q.place])
    return by_place, tuple(findings)


def attached_archive(certificate: Certificate) -> tuple[Archive | None, list[Finding]]:
    """The archive carried in the certificate, if any; a damaged one is a finding and no archive."""
    for attachment in certificate.attachments:
        if ARCHIVE in attachment.ref_types:
            try:
                return load(attachment.content, f"{certificate.number}: {attachment.name}"), []
            except Refused as refused:
                return None, list(refused.findings)
    return None, []


def standard_uncertainty(q: StatedQuantity) -> tuple[np.ndarray, float]:
    """u (n,) in the quantity's unit, and dof (infinite unless stated). Raises Refused where none can be had."""
    stated = q.uncertainty
    where = q.where or q.place
    if stated is None:
        raise Refused(_no_uncertainty(q))
    u = stated.value / (_DIVISORS.get(stated.kind) or _factor(stated, where))
    if not (np.isfinite(q.value).all() and np.isfinite(u).all() and u.min(initial=0.0) >= 0.0):
        raise Refused(finding("certificate.value.not_finite", where=where, place=q.place))
    if u.shape != q.value.shape:
        u = np.broadcast_to(u, q.value.shape)
    return u, stated.dof if stated.dof is not None else math.inf


def _no_uncertainty(q: StatedQuantity) -> Finding:
    return finding("certificate.uncertainty.missing", where=q.where or q.place, place=q.place)


def _factor(stated: Uncertainty, where: str) -> float:
    if stated.k is not None and stated.k > 0.0:
        return stated.k
    if stated.p is not None and 0.0 < stated.p < 1.0 and stated.distribution in ("normal", "gauss", "Gaussian", ""):
        return float(coverage_factor(stated.p, math.inf))
    raise Refused(finding("certificate.uncertainty.no_factor", where=where))


def _place_id(certificate: Certificate, place: str) -> str:
    if certificate.issuer and certificate.number:
        return identity(one_line(certificate.issuer), one_line(certificate.number), place)
    return identity(certificate.digest, place)


def _source(certificate: Certificate, place: str) -> Source:
    return Source(certificate.issuer, certificate.number, place)


def _label(certificate: Certificate, q: StatedQuantity | None) -> str:
    names = list((q.name if q is not None else {}).values()) or [""]
    return f"{certificate.number} {q.name.get('zh') or names[0]}".strip() if q is not None else certificate.number


def _single(certificate: Certificate, q: StatedQuantity, spread: tuple[np.ndarray, float], unit: Unit) -> Quantity:
    u, dof = spread
    assert q.uncertainty is not None
    shape = "rectangular" if q.uncertainty.kind == "half_width" else _shape(dof)
    value = q.value if q.value.size > 1 else q.value[0]
    if q.shared:
        u = rest(u, q.shared, q.where or q.place)
    own = quantity(
        value, u if q.value.size > 1 else u[0], unit, dof=dof, distribution=shape,
        label=_label(certificate, q), source=_source(certificate, q.place), id=_place_id(certificate, q.place),
    )  # fmt: skip
    return with_parts(own, q.shared)


def _shape(dof: float) -> str:
    """U with k and ν says a t distribution scaled by U/k (JCGM 101 6.4.9.7)."""
    return "student_t" if math.isfinite(dof) else "normal"


def _along(
    certificate: Certificate, q: StatedQuantity, spreads: dict[str, tuple[np.ndarray, float]], unit: Unit
) -> Quantity:
    """Everything that the certificate leaves open moves together: one influence for the whole certificate, with the
    smallest degrees of freedom that it states."""
    u, _ = spreads[q.place]
    dof = min(dof for _, dof in spreads.values())
    one = quantity(
        0.0, 1.0, "1", dof=dof, distribution=_shape(dof), label=_label(certificate, None),
        source=_source(certificate, ""), id=_place_id(certificate, "together"),
    )  # fmt: skip
    value = q.value if q.value.size > 1 else q.value[0]
    if q.shared:
        u = rest(u, q.shared, q.where or q.place)
    shifted: Quantity = one * (u if q.value.size > 1 else u[0]) + value
    return with_parts(shifted.relabelled(unit), q.shared)


def _joint_groups(
    certificate: Certificate, spreads: dict[str, tuple[np.ndarray, float]]
) -> list[tuple[list[str], np.ndarray]]:
    """Groups of scalar places whose correlations are stated, with their matrices; lists with a matrix of their own.

    A chain of pairs is one group, in whichever result each pair is stated: r(a, b) and r(b, c) concern one matrix.
    """
    pairs = [p for result in certificate.results for p in result.joint if p[0] in spreads and p[1] in spreads]
    chained: list[set[str]] = []
    for a, b, _ in pairs:
        touching = [members for members in chained if members & {a, b}]
        chained = [members for members in chained if members not in touching] + [{a, b}.union(*touching)]
    groups: list[tuple[list[str], np.ndarray]] = []
    for places in (sorted(members) for members in chained):
        matrix = np.eye(len(places))
        for a, b, r in pairs:
            if a in places:
                i, j = places.index(a), places.index(b)
                matrix[i, j] = matrix[j, i] = r
        groups.append((places, matrix))
    for q in certificate.quantities():
        if q.correlation is not None and q.place in spreads:
            groups.append(([q.place], q.correlation))
    return groups


def _joint(
    certificate: Certificate,
    group: Sequence[str],
    matrix: np.ndarray,
    spreads: dict[str, tuple[np.ndarray, float]],
    units: dict[str, Unit],
) -> dict[str, Quantity]:
    stated = [certificate.at(place) for place in group]
    values = np.concatenate([q.value for q in stated if q is not None])
    spread = np.concatenate([spreads[place][0] for place in group])
    per_value = [units[place] for place, q in zip(group, stated, strict=True) if q is not None for _ in q.value]
    dof = min(spreads[place][1] for place in group)
    shared = _shared(stated)
    if shared:
        matrix, spread = unshared(matrix, spread, shared, "+".join(group))
    members = joint(
        values.tolist(), spread.tolist(), matrix, per_value, dof=dof, distribution=_shape(dof),
        label=_label(certificate, stated[0]), source=_source(certificate, "+".join(group)),
        id=_place_id(certificate, "+".join(group)),
    )  # fmt: skip
    members = tuple(with_parts(member, shared.get(i, ())) for i, member in enumerate(members))
    if len(group) == 1:
        return {group[0]: stack(members)}
    return dict(zip(group, members, strict=True))


def _shared(stated: Sequence[StatedQuantity | None]) -> dict[int, tuple[SharedPart, ...]]:
    """Position among all values of a group → what references contribute to that value."""
    found: dict[int, tuple[SharedPart, ...]] = {}
    at = 0
    for q in stated:
        assert q is not None
        for i in range(q.value.size):
            if q.shared:
                found[at + i] = tuple(replace(p, u=p.u[i : i + 1] if p.u.size > 1 else p.u) for p in q.shared)
        at += q.value.size
    return found


def _agreement(q: StatedQuantity, archived: Quantity) -> list[Finding]:
    """The archive must round to what is printed: the value to half its last digit, U to one of its last digit."""
    if archived.size != q.value.size:
        return [_disagreement(q, q.value.size, archived.size)]
    try:
        there = archived.to(parse_unit(q.unit))
    except Refused as refused:
        return list(refused.findings)
    value, u = np.ravel(there.value), np.ravel(there.u)
    printed = q.printed if len(q.printed) == q.value.size else tuple(repr(float(v)) for v in q.value)
    for text, number, exact in zip(printed, q.value, value, strict=True):
        if abs(number - exact) > 0.5 * _last_place(text) * (1 + 1e-6) + 1e-12 * abs(exact):
            return [_disagreement(q, number, exact)]
    stated = q.uncertainty
    if stated is not None and stated.kind in ("expanded", "standard"):
        factor = 1.0 if stated.kind == "standard" else _factor(stated, q.place)
        texts = stated.printed or tuple(repr(float(v)) for v in stated.value)
        places = [_last_place(text) for text in texts] * (1 if len(texts) == value.size else value.size)
        for step, number, exact in zip(places, np.broadcast_to(stated.value, u.shape), u * factor, strict=False):
            # k is printed to two or three digits: allow for its rounding beside that of U
            if abs(number - exact) > step * (1 + 1e-6) + 0.006 * exact:
                return [_disagreement(q, number, exact)]
    return []


def _disagreement(q: StatedQuantity, printed: object, archived: object) -> Finding:
    return finding(
        "certificate.archive.disagrees", where=q.where or q.place, place=q.place, printed=printed, archived=archived
    )


def _last_place(text: str) -> float:
    try:
        exponent = Decimal(text).as_tuple().exponent
    except InvalidOperation:
        return 0.0
    return 10.0**exponent if isinstance(exponent, int) else 0.0
