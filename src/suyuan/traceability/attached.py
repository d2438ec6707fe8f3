"""What an issued certificate carries inside: the case that it came from and the archive of its results.

Both are files in the description of a used method, marked by refType. With the case any reader can evaluate the
model again; with the archive the influences keep their identity.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from suyuan.certificate.certificate import Attachment, Certificate, CertificateReference
from suyuan.quantity.finding import Finding, finding

CASE = "suyuan_case"
ARCHIVE = "suyuan_archive"

Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseInput:
    """One input of a case that a certificate gives. at: where it is used, in the unit of the certificate's range."""

    name: str
    reference: CertificateReference
    place: str
    index: int | None = None
    at: float | None = None


def attachment(certificate: Certificate, ref_type: str) -> Attachment | None:
    """The first attachment of this meaning, or None."""
    return next((a for a in certificate.attachments if ref_type in a.ref_types), None)


def attached_case(certificate: Certificate) -> tuple[Case | None, tuple[Finding, ...]]:
    """The case inside a certificate, as a JSON value; None where there is none or it cannot be read (a finding)."""
    carried = attachment(certificate, CASE)
    if carried is None:
        return None, ()
    try:
        case = json.loads(carried.content)
    except (ValueError, RecursionError) as fault:
        return None, (finding("traceability.case.unreadable", _where(certificate, carried), reason=str(fault)),)
    if not isinstance(case, dict) or not isinstance(body(case).get("inputs"), list):
        reason = "no list «inputs»"
        return None, (finding("traceability.case.unreadable", _where(certificate, carried), reason=reason),)
    return case, ()


def body(case: Case) -> Mapping[str, Any]:
    """The `input` object of a case document."""
    inner = case.get("input", case)
    return inner if isinstance(inner, dict) else {}


def certificate_inputs(case: Case) -> tuple[CaseInput, ...]:
    """The inputs whose value a certificate gives (distribution «certificate»), and the certificates behind summaries of
    readings («series»), in order; malformed rows are left to the evaluation, which names them."""
    return tuple(_certificate_inputs(case))


def case_day(case: Case) -> date | None:
    """The day of use that the case states."""
    try:
        return date.fromisoformat(str(body(case).get("day") or case.get("day") or ""))
    except ValueError:
        return None


def input_reference(parameters: Mapping[str, Any], where: str) -> CertificateReference:
    """The reference in the parameters of an input of distribution «certificate»."""
    digest = str(parameters.get("sha256") or "").lower()
    return CertificateReference(
        issuer=str(parameters.get("issuer") or ""),
        number=str(parameters.get("number") or ""),
        algorithm="sha256" if digest else "",
        digest=digest,
        where=where,
    )


def _certificate_inputs(case: Case) -> Iterator[CaseInput]:
    for row in body(case).get("inputs", ()):
        parameters = row.get("parameters") if isinstance(row, dict) else None
        if not isinstance(parameters, dict):
            continue
        if row.get("distribution") == "series":
            yield from _behind_readings(str(row.get("name") or ""), parameters)
        if row.get("distribution") != "certificate":
            continue
        name, index, at = str(row.get("name") or ""), parameters.get("index"), parameters.get("at")
        yield CaseInput(
            name,
            input_reference(parameters, f"inputs/{name}"),
            str(parameters.get("place") or ""),
            index if isinstance(index, int) and not isinstance(index, bool) else None,
            float(at) if isinstance(at, int | float) and not isinstance(at, bool) else None,
        )


def _behind_readings(name: str, parameters: Mapping[str, Any]) -> Iterator[CaseInput]:
    """The certificates that correct the readings of a summary, as whoever opened the readings has put them down."""
    listed = parameters.get("certificates")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict):
            yield CaseInput(name, input_reference(one, f"inputs/{name}"), str(one.get("place") or ""))


def _where(certificate: Certificate, carried: Attachment) -> str:
    return f"{certificate.issuer} {certificate.number}: {carried.where or carried.name}"
