"""Check a certificate up its whole ladder: form, schema, rules, units, meaning, and its chain in the evidence.

Signature, revocation and scope are «not checked» here. A rung that fails does not forbid keeping the certificate; it
forbids using it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from suyuan.certificate.certificate import Certificate
from suyuan.certificate.ladder import Ladder, Rung, climb, climb_value, rung
from suyuan.certificate.schema import Schemas
from suyuan.certificate.typed import read_typed
from suyuan.quantity.finding import Refused
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.graph import Graph
from suyuan.verbs.trace import chain_of, known_wrong


def check(
    data: bytes,
    schemas: Schemas,
    evidence: Evidence | None = None,
    day: date | None = None,
    graph: Graph | None = None,
) -> Ladder:
    """The ladder of a DCC (XML) or a typed certificate (JSON).

    schemas: the installed schema files; evidence: what is known besides, for the chain; day: of use, where it is not
    that of the calibration; graph: of this evidence, where somebody has built it.
    """
    typed = data.lstrip()[:1] == b"{"
    ladder = climb_value(*read_typed(data)) if typed else climb(data, schemas)
    if ladder.certificate is None:
        return ladder
    return ladder.supplied(chain_rung(ladder.certificate, evidence or Evidence(), day, graph))


def chain_rung(
    certificate: Certificate, evidence: Evidence, day: date | None = None, graph: Graph | None = None
) -> Rung:
    """The chain as a rung: passed where every way up ends at an anchor, unknown where certificates are not at hand."""
    known = evidence
    if certificate.digest not in evidence.by_digest:
        graph = None
        known = replace(evidence, certificates=(*evidence.certificates, certificate))
    try:
        chain = chain_of(known, certificate.digest, day, graph)
    except Refused as refused:
        return rung("chain", refused.findings)
    if known_wrong(chain) is None:
        return rung("chain", chain.findings, "unknown")
    return rung("chain", chain.findings)
