"""Trace: the chain of a result, and what a change of a standard costs, from evidence alone."""

from __future__ import annotations

from datetime import date

from suyuan.traceability.chain import Chain, chain
from suyuan.traceability.evidence import Evidence, Key
from suyuan.traceability.graph import Graph, build
from suyuan.traceability.impact import Impact, impact
from suyuan.traceability.scenario import Scenario
from suyuan.verbs.evaluate import evaluate


def chain_of(evidence: Evidence, key: Key | str, day: date | None = None, graph: Graph | None = None) -> Chain:
    """The way of one certificate or saved result up to its anchors, with every break named.

    key: (issuer, number), a number that only one bears, or the SHA-256 of a certificate; day: of use, where it is not
    the one stated. Raises Refused for an unknown or ambiguous name.
    """
    return chain(graph or build(evidence), evidence, key, day)


def impact_of(evidence: Evidence, scenario: Scenario, graph: Graph | None = None) -> Impact:
    """Every result downstream of a changed standard, evaluated again, sorted by what it costs; nothing is written."""
    return impact(evidence, scenario, evaluate, graph)
