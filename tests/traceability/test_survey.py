"""The survey says the same as every chain by itself."""

from __future__ import annotations

from datetime import date

from tests.demonstration import demonstration

from suyuan.store.folder import Store
from suyuan.traceability.graph import build
from suyuan.traceability.survey import survey
from suyuan.verbs.trace import chain_of


def test_survey_and_chains_agree() -> None:
    evidence = Store(demonstration(date(2026, 11, 23))).evidence()
    graph = build(evidence)
    found = survey(graph, evidence)
    compared = 0
    for node in graph.nodes:
        if node.kind not in ("certificate", "result"):
            continue
        way = chain_of(evidence, node.id, graph=graph)
        of_chain = {(b.kind, b.node, b.link.child) for b in way.breaks if b.severity == "error" and b.link is not None}
        touching = found.touched.get(node.id, ())
        assert {(b.kind, b.node, b.link.child) for b in touching if b.link is not None} == of_chain, node.number
        assert way.complete == (not touching or all(b.kind == "withdrawn" and not of_chain for b in touching)) or any(
            b.link is None for b in way.breaks
        )
        compared += bool(of_chain)
    assert compared == 10
    numbers = {graph.node(id).number: kind for id, (kind, _) in found.stated.items()}
    assert numbers == {
        "DEMO-NMI-L-0198": "superseded", "DEMO-NMI-L-0201": "withdrawn", "DEMO-CITY-G-0101": "superseded",
        "DEMO-CITY-P-0077": "withdrawn", "DEMO-CITY-F-0042": "withdrawn",
    }  # fmt: skip
