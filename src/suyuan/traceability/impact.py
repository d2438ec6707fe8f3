"""What a change of one standard costs: every result downstream, evaluated again, sorted by what it loses.

Where a result carries its model, the model is evaluated again with what its standards would now give; where it carries
only sensitivities, it is moved linearly and says so; where it carries neither, it is «not computable». A withdrawn
standard without replacement leaves no traceable value. Correlations survive, because an intermediate certificate
passes on its quantity with its influences, not only value and U. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.influence import identity
from suyuan.quantity.quantity import Quantity
from suyuan.traceability.attached import ARCHIVE, Case, attachment, body
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.graph import USES, Graph, Link, Node, build
from suyuan.traceability.impact_rows import Row, State, compared, moved_row, stated_rows
from suyuan.traceability.lookup import with_references
from suyuan.traceability.scenario import Overlay, Replaced, Scenario, Withdrawn, hits, linear_shift, stated


class Evaluation(Protocol):
    """What the walk needs of an evaluation; `suyuan.verbs.evaluate` gives it."""

    @property
    def outputs(self) -> Mapping[str, Any]: ...
    @property
    def findings(self) -> tuple[Finding, ...]: ...


Evaluate = Callable[[Case, Evidence], Evaluation]


@dataclass(frozen=True)
class Impact:
    """The rows, the costliest first; untouched: how many certificates and results the scenario leaves as they are;
    after: the evidence as whoever uses the standard would then read it."""

    scenario: Scenario
    seed: Node
    rows: tuple[Row, ...]
    untouched: int
    findings: tuple[Finding, ...] = ()
    after: Evidence = field(default_factory=Evidence, repr=False)


def impact(evidence: Evidence, scenario: Scenario, evaluate: Evaluate, graph: Graph | None = None) -> Impact:
    """Every result that a scenario changes, with old and new value, U and verdict.

    evidence: without a what-if of its own; evaluate: the same function that made the results: case, evidence →
    evaluation, reading its inputs through `lookup`, raising Refused where it cannot; graph: of this evidence, if there.

    Raises Refused for a standard that is unknown or ambiguous, and for a scenario that does not fit it.
    """
    graph = graph or build(evidence)
    seed = graph.named(scenario.key)
    if not isinstance(scenario, Withdrawn) and not isinstance(seed.document, Certificate):
        raise Refused(finding("traceability.impact.no_certificate", seed.title, named=seed.title))
    walk = _Walk(graph, seed, scenario, evidence, evaluate)
    rows = sorted(walk.rows(), key=lambda row: row.cost)
    touched = {row.node.id for row in rows} | {seed.id}
    untouched = sum(1 for n in graph.nodes if n.kind in ("certificate", "result") and n.id not in touched)
    circles = tuple(f for f in graph.findings if f.code == "traceability.graph.circle")
    told = (*circles, *_other_item(seed, scenario), *walk.findings)
    return Impact(scenario, seed, tuple(rows), untouched, told, walk.overlay.inside)


def _other_item(seed: Node, scenario: Scenario) -> tuple[Finding, ...]:
    """A certificate replaced by one of another thing: no number of the one stands on the other."""
    if not isinstance(scenario, Replaced) or not isinstance(seed.document, Certificate):
        return ()
    old, new = (
        {n.value.strip() for item in c.items for n in item.identifications if n.value.strip()}
        for c in (seed.document, scenario.by)
    )
    if not old or not new or old & new:
        return ()
    told = {"old": ", ".join(sorted(old)), "new": ", ".join(sorted(new))}
    return (finding("traceability.impact.other_item", seed.title, "warning", **told),)


class _Walk:
    """One pass down from the seed, parents before children."""

    def __init__(self, graph: Graph, seed: Node, scenario: Scenario, evidence: Evidence, evaluate: Evaluate) -> None:
        self.graph, self.seed, self.scenario, self.evidence, self.evaluate = graph, seed, scenario, evidence, evaluate
        self.overlay = Overlay(evidence, seed, scenario)
        self.state: dict[str, State] = {}
        self.findings: list[Finding] = []

    def rows(self) -> Iterator[Row]:
        numbers = self.graph.arcs.downstream([self.graph.number_of[self.seed.id]])
        depth = self.graph.arcs.levels[numbers]
        for i in numbers[np.argsort(depth, kind="stable")]:
            node = self.graph.nodes[i]
            if node.kind == "missing":
                self.state[node.id] = "not_computable"
                continue
            used = self.changed_links(node)
            if used:
                yield from self.node_rows(node, used)

    def changed_links(self, node: Node) -> tuple[Link, ...]:
        """The uses through which a change reaches this node."""
        found = []
        for link in self.graph.parents(node.id):
            if link.kind not in USES or link.circle:
                continue
            if link.parent == self.seed.id:
                if hits(self.scenario, node.day):
                    found.append(link)
                    self.note_unknown_day(node)
            elif link.parent in self.state:
                found.append(link)
        return tuple(found)

    def note_unknown_day(self, node: Node) -> None:
        if node.day is None and getattr(self.scenario, "between", None) is not None:
            self.findings.append(finding("traceability.impact.day_unknown", node.title, "warning", named=node.title))

    def node_rows(self, node: Node, used: tuple[Link, ...]) -> Iterator[Row]:
        reached = {self.parent_state(link) for link in used}
        if "no_traceable_value" in reached:
            yield from self.without_value(node, "no_traceable_value", ())
        elif "not_computable" in reached:
            why = finding("traceability.impact.parent_not_computable", node.title, "warning", named=node.title)
            yield from self.without_value(node, "not_computable", (why,))
        elif node.case is not None and all(link.uses for link in used):
            yield from self.evaluated(node, node.case, used)
        else:
            yield from self.linear(node, used, ())

    def parent_state(self, link: Link) -> State:
        if link.parent == self.seed.id:
            return "no_traceable_value" if isinstance(self.scenario, Withdrawn) else "evaluated"
        return self.state[link.parent]

    def evaluated(self, node: Node, case: Case, used: tuple[Link, ...]) -> Iterator[Row]:
        """The model again, with what its standards would give now."""
        hit = any(link.parent == self.seed.id for link in used)
        case = identified(case, node)
        try:
            old = self.evaluate(case, self.evidence)
        except Refused as refused:
            yield from self.linear(node, used, refused.findings)
            return
        if not _gives_the_print(node, case, old):
            told = finding("traceability.impact.case_differs", node.title, "warning", named=node.title)
            yield from self.linear(node, used, (told,))
            return
        try:
            new = self.evaluate(case, self.overlay.view(hit))
        except Refused as refused:  # the model has no value there: a straight line through it would be invented
            yield from self.without_value(node, "not_computable", refused.findings)
            return
        after = new.outputs
        if all(name in after and _same(before.quantity, after[name].quantity) for name, before in old.outputs.items()):
            return
        self.state[node.id] = "evaluated"
        if isinstance(node.document, Certificate):
            places = output_places(node.document, case, tuple(new.outputs))
            self.overlay.put(node, {places[name]: o.quantity for name, o in new.outputs.items() if name in places})
        for name, before in old.outputs.items():
            yield compared(node, name, "evaluated", (before, after.get(name)), new.findings)

    def linear(self, node: Node, used: tuple[Link, ...], why: tuple[Finding, ...]) -> Iterator[Row]:
        """Without a usable model: along the archived sensitivities, else not computable."""
        moved = self.moved(node, used) if isinstance(node.document, Certificate) else None
        if moved is None:
            told = finding("traceability.impact.not_computable", node.title, "warning", named=node.title)
            yield from self.without_value(node, "not_computable", (*why, told))
            return
        before = self.stated(node)
        changed = {place: q for place, q in moved.items() if not _same(before[place], q)}
        if not changed:
            return
        self.state[node.id] = "linear"
        self.overlay.put(node, changed)
        told = finding("traceability.impact.linear", node.title, "note", named=node.title)
        for place, q in changed.items():
            yield moved_row(node, place, before[place], q, (*why, told))

    def moved(self, node: Node, used: tuple[Link, ...]) -> dict[str, Quantity] | None:
        """The node's quantities moved along their sensitivities to every changed parent; None if one says nothing."""
        assert isinstance(node.document, Certificate)
        shown = attachment(node.document, ARCHIVE) is not None or any(q.shared for q in node.document.quantities())
        if not shown:
            return None
        result = dict(self.stated(node))
        for link in used:
            parent = self.graph.node(link.parent)
            own, changes = self.own_influences(parent), self.overlay.changes(parent)
            after = {place: linear_shift(q, changes, own) for place, q in result.items()}
            if all(q is None for q in after.values()):
                return None
            result = {place: q if (q := after[place]) is not None else result[place] for place in result}
        return result or None

    def stated(self, node: Node) -> Mapping[str, Quantity]:
        """What a certificate states, on the influences of its references where it says what they contribute."""
        assert isinstance(node.document, Certificate)
        within = (node.document.digest,)
        return {place: with_references(q, self.evidence, within) for place, q in stated(node).items()}

    def own_influences(self, parent: Node) -> frozenset[str]:
        """Influences that only this standard brings; all of it, where it shares every one with its own standards."""
        ids = {i.id for q in stated(parent).values() for i in q.influences()}
        above = {
            i.id
            for link in self.graph.parents(parent.id)
            for q in stated(self.graph.node(link.parent)).values()
            for i in q.influences()
        }
        return frozenset(ids - above or ids)

    def without_value(self, node: Node, state: State, why: tuple[Finding, ...]) -> Iterator[Row]:
        self.state[node.id] = state
        old: Mapping[str, Any] = {}
        if node.case is not None:
            try:
                old = self.evaluate(identified(node.case, node), self.evidence).outputs
            except Refused as refused:
                why = (*why, *refused.findings)
        for name, before in old.items():
            yield compared(node, name, state, (before, None), why)
        if not old:
            yield from stated_rows(node, state, why)


def output_places(certificate: Certificate, case: Case, outputs: tuple[str, ...]) -> dict[str, str]:
    """Output of a case → place in the certificate issued from it: as its `places` says, else in order."""
    given = body(case).get("places")
    if isinstance(given, dict):
        return {str(name): str(place) for name, place in given.items()}
    places = [q.place for q in certificate.quantities() if q.uncertainty is not None]
    return dict(zip(outputs, places, strict=False))


def identified(case: Case, node: Node) -> Case:
    """A case whose own influences keep one identity between two evaluations, also where it states none."""
    inside = body(case)
    if inside.get("evaluation"):
        return case
    return {**case, "input": {**inside, "evaluation": identity("what-if", node.id)}}


def _gives_the_print(node: Node, case: Case, old: Evaluation) -> bool:
    """Whether the attached case gives what the certificate states; one that does not is not its model."""
    if not isinstance(node.document, Certificate):
        return True
    places = output_places(node.document, case, tuple(old.outputs))
    known = stated(node)
    for name, output in old.outputs.items():
        q = known.get(places.get(name, ""))
        if q is None or q.shape != output.quantity.shape or not q.unit.converts_to(output.quantity.unit):
            continue
        given = output.quantity.to(q.unit)
        close = np.abs(given.value - q.value) <= 1e-6 * q.u + 1e-12 * np.abs(q.value)
        if not np.all(close & (np.abs(given.u - q.u) <= 1e-6 * q.u)):
            return False
    return True


def _same(a: Quantity, b: Quantity) -> bool:
    """Nothing has changed: not the value, not one component."""
    return a.shape == b.shape and a.unit.converts_to(b.unit) and a.same_as(b, 1e-14)
