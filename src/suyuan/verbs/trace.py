"""Trace: the chain of a result, and what a change of a standard costs, from evidence alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from suyuan.quantity.archive.archive import dump
from suyuan.quantity.finding import Refused
from suyuan.traceability.chain import Chain, chain
from suyuan.traceability.evidence import Evidence, Key, SavedResult
from suyuan.traceability.graph import Graph, build
from suyuan.traceability.impact import Impact, impact
from suyuan.traceability.scenario import Scenario
from suyuan.verbs.evaluate import Evaluation, evaluate

OPEN = frozenset(("missing", "no_anchor", "empty"))
"""Breaks that say «we do not have it» rather than «it is wrong»: the chain is unknown, not failed."""

AHEAD = "0" * 64
"""Stands for the digest of a result that is not kept."""


def chain_of(evidence: Evidence, key: Key | str, day: date | None = None, graph: Graph | None = None) -> Chain:
    """The way of one certificate or saved result up to its anchors, with every break named.

    key: (issuer, number), a number that only one bears, or the SHA-256 of a certificate; day: of use, where it is not
    the one stated. Raises Refused for an unknown or ambiguous name.
    """
    return chain(graph or build(evidence), evidence, key, day)


def impact_of(evidence: Evidence, scenario: Scenario, graph: Graph | None = None) -> Impact:
    """Every result downstream of a changed standard, evaluated again, sorted by what it costs; nothing is written."""
    return impact(evidence, scenario, evaluate, graph)


def archive_of(evaluation: Evaluation) -> bytes:
    """The archive of an evaluation: its results, and its inputs as intermediate quantities."""
    outputs = {name: o.quantity for name, o in evaluation.outputs.items()}
    return dump(outputs, {name: i.quantity for name, i in evaluation.inputs.items()})


def chain_ahead(evaluation: Evaluation, evidence: Evidence, day: date, name: str = "→") -> Chain | None:
    """The chain that a result would have if it were kept: judged on the day of use before anything is written.

    day: of use, where the case states none; name: how the result is called in findings. None where no certificate was
    used (there is no chain to judge).
    """
    if all(i.certificate is None and i.entry.distribution != "series" for i in evaluation.inputs.values()):
        return None
    on = evaluation.case.day or day
    result = SavedResult(name, on, evaluation.document, archive_of(evaluation), evaluation.title, "", AHEAD)
    try:
        return chain_of(replace(evidence, results=(*evidence.results, result)), AHEAD, on)
    except Refused:
        return None


def known_wrong(chain: Chain) -> bool | None:
    """Whether a chain is broken: False if it is complete, None if only certificates or anchors are not at hand."""
    wrong = {b.kind for b in chain.breaks if b.severity == "error"}
    return None if wrong and wrong <= OPEN else bool(wrong)
