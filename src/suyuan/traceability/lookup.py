"""The quantity that a certificate gives at a place: the one door through which an evaluation gets its inputs.

Because everything passes here, a what-if laid over the evidence (another certificate, a shifted value, a re-evaluated
standard) reaches every model without the model knowing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

import numpy as np

from suyuan.certificate.certificate import Certificate, CertificateReference
from suyuan.certificate.quantities import quantities
from suyuan.certificate.shared import BY_NAME
from suyuan.quantity.block import components
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.unit import ONE
from suyuan.traceability.evidence import Evidence, Shift
from suyuan.traceability.resolve import describe, fault, named, resolve

Quantities = tuple[Mapping[str, Quantity], tuple[Finding, ...]]
QuantitiesOf = Callable[[Certificate], Quantities]

_KEPT = 20_000
_cache: dict[str, Quantities] = {}


def lookup(
    evidence: Evidence,
    reference: CertificateReference,
    place: str,
    index: int | None = None,
    quantities_of: QuantitiesOf | None = None,
    within: tuple[str, ...] = (),
) -> tuple[Quantity, tuple[Finding, ...]]:
    """The quantity at `place` (element `index` of a list) of the certificate that `reference` means.

    quantities_of: another way to read a certificate than `certificate.quantities.quantities` (for example with the
    other bound of an unstated correlation); within: digests of the certificates for which this one is looked up.

    Returns it in the certificate's unit with the findings of its certificate that concern the place. Raises Refused
    where the reference leads to no certificate or to several, the digest does not fit, the certificate gives no usable
    quantity there, or the index lies outside the list.
    """
    found = resolve(evidence, reference)
    wrong = fault(found, reference, reference.where)
    if wrong is not None:
        raise Refused(wrong)
    certificate = found.certificate
    if certificate is None:
        raise Refused(finding("traceability.lookup.anchor_only", reference.where, named=named(reference)))
    findings: tuple[Finding, ...] = ()
    value = evidence.overrides.get(certificate.digest, {}).get(place)
    if value is None:
        table, told = certificate_quantities(certificate, quantities_of)
        findings = _concerning(told, certificate, place)
        value = table.get(place)
        if value is None:
            _no_value(certificate, place, table, findings, reference.where)
    value = with_references(value, evidence, (*within, certificate.digest))
    shift = evidence.shifts.get(certificate.digest, {}).get(place)
    if shift is not None:
        value = shifted(value, shift)
    if not found.checked:
        note = finding(
            "traceability.link.digest_unchecked", reference.where, "note",
            named=named(reference), algorithm=reference.algorithm,
        )  # fmt: skip
        findings = (*findings, note)
    return (value if index is None else element(value, index, certificate, reference.where)), findings


def with_references(value: Quantity, evidence: Evidence, within: tuple[str, ...]) -> Quantity:
    """A value whose references are at hand rests on what their certificates give, and so on their own references; one
    that is not at hand stays an influence that all who name it share."""
    for key, block in value.blocks.items():
        source = block.influence.source
        if source.text != BY_NAME:
            continue
        reference = CertificateReference(source.issuer, source.number)
        real = _deviation(evidence, reference, source.place, within)
        if real is None:
            continue
        others = {k: b for k, b in value.blocks.items() if k != key}
        c = components(block, value.shape)[0].reshape(value.shape)
        moved: Quantity = (real * (c if value.ndim else float(c))).relabelled(value.unit.as_difference())
        value = Quantity(value.value, value.unit, others) + moved
    return value


def _deviation(
    evidence: Evidence, reference: CertificateReference, place: str, within: tuple[str, ...]
) -> Quantity | None:
    """The standardised deviation (0 ± 1) of a reference's value at a place, its only one where none is named."""
    found = resolve(evidence, reference)
    certificate = found.certificate
    if fault(found, reference, "") is not None or certificate is None or certificate.digest in within:
        return None
    listed = certificate.quantities()
    place = place or (listed[0].place if len(listed) == 1 else "")
    try:
        value, _ = lookup(evidence, reference, place, None, None, within)
    except Refused:
        return None
    if value.ndim or not float(value.u) > 0.0:
        return None
    away = Quantity(np.zeros(()), ONE, value.blocks)  # its components, whatever their unit, over its u
    scaled: Quantity = away * (1.0 / float(value.u))
    return scaled


def certificate_quantities(certificate: Certificate, quantities_of: QuantitiesOf | None = None) -> Quantities:
    """All quantities of a certificate by place; the usual reading is remembered by the digest of its bytes."""
    if quantities_of is not None:
        return quantities_of(certificate)
    kept = _cache.get(certificate.digest) if certificate.digest else None
    if kept is None:
        kept = quantities(certificate)
        if certificate.digest:
            if len(_cache) >= _KEPT:
                _cache.clear()
            _cache[certificate.digest] = kept
    return kept


def shifted(value: Quantity, d: Shift) -> Quantity:
    """value + d with the same uncertainty and influences; d in the value's unit (for °C: in K)."""
    moved: Quantity = value + quantity(np.asarray(d, float), None, value.unit.as_difference())
    return moved


def element(value: Quantity, index: int, certificate: Certificate, where: str) -> Quantity:
    """One element of a list; a single value has the element 0 only."""
    length = value.shape[0] if value.ndim else 1
    if not 0 <= index < length:
        raise Refused(
            finding("traceability.lookup.index", where, index=index, length=length, named=describe(certificate))
        )
    return value[index] if value.ndim else value


def _no_value(
    certificate: Certificate, place: str, table: Mapping[str, Quantity], findings: tuple[Finding, ...], where: str
) -> NoReturn:
    if certificate.at(place) is None:
        places = ", ".join(list(table)[:12]) or "—"
        raise Refused(
            finding("traceability.lookup.place", where, place=place, named=describe(certificate), places=places)
        )
    raise Refused(
        finding("traceability.lookup.no_value", where, place=place, named=describe(certificate)), *errors(findings)
    )


def _concerning(found: tuple[Finding, ...], certificate: Certificate, place: str) -> tuple[Finding, ...]:
    """Those findings of a certificate that speak of this place or of the whole certificate, not of another place."""
    if not found:
        return ()
    stated = certificate.at(place)
    others = {q.where for q in certificate.quantities() if q.where and (stated is None or q.where != stated.where)}
    return tuple(f for f in found if f.where not in others)
