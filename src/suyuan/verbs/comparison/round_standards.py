"""A result beside the standards that its member names: no measurement is better than what it was compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from suyuan.certificate.certificate import Certificate, one_line
from suyuan.comparison.round.protocol import Protocol
from suyuan.comparison.round.submission import Submission
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import parse_unit
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.lookup import certificate_quantities

ROUNDING = 1e-3
"""A standard uncertainty found from a rounded U and k may exceed the stated one by this, relatively."""


def below_standards(
    protocol: Protocol, submissions: Mapping[str, Submission], evidence: Evidence
) -> tuple[Finding, ...]:
    """Results whose u is smaller than that of a standard which their member names and whose certificate is known.

    Only a certificate that gives one value of the dimension of the measurand says which one was used.
    """
    return tuple(dict.fromkeys(_below(protocol, submissions, evidence)))


def _below(protocol: Protocol, submissions: Mapping[str, Submission], evidence: Evidence) -> Iterator[Finding]:
    for code, submission in submissions.items():
        for issuer, number in submission.standards:
            known = evidence.by_key.get((one_line(issuer), one_line(number)), ())
            if len(known) != 1:
                continue
            for result in submission.results:
                m, u = protocol.measurand(result.measurand), result.standard
                of_standard = None if m is None else _only_u(known[0], m.unit)
                if m is None or not u or of_standard is None or of_standard <= u * (1.0 + ROUNDING):
                    continue
                yield finding(
                    "comparison.round.below_standard", f"{code}/{m.id}", "warning", member=code, measurand=m.id,
                    u=f"{u:.3g}", of_standard=f"{of_standard:.3g}", unit=m.unit, issuer=issuer, number=number,
                )  # fmt: skip


def _only_u(certificate: Certificate, unit: str) -> float | None:
    """u of the only value of a certificate that is in this dimension, in the unit; None where it has none or more."""
    found = []
    for value in certificate_quantities(certificate)[0].values():
        try:
            found.append(np.ravel(np.asarray(value.to(parse_unit(unit)).u, float)))
        except Refused:
            continue
    return float(found[0][0]) if len(found) == 1 and found[0].size == 1 else None
