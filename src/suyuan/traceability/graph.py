"""The graph of calibration events: who used what.

Nodes are events and ends (certificate versions, saved results, declared anchors), never instruments: so time is built
in and there is no circle. A link says that a child used a parent, which document says so, and through which inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np

from suyuan.certificate.certificate import Certificate, CertificateReference, Text
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.traceability.arcs import Arcs, circles
from suyuan.traceability.attached import Case, CaseInput, attached_case, case_day, certificate_inputs
from suyuan.traceability.evidence import Anchor, Evidence, Key, Outcome, SavedResult
from suyuan.traceability.resolve import Resolution, State, describe, latest, resolve

NodeKind = Literal["certificate", "result", "anchor", "missing", "comparison"]
LinkKind = Literal["case", "equipment", "previous", "condition", "linked", "anchor", "tested"]
USES: tuple[LinkKind, ...] = ("case", "equipment", "condition", "linked", "anchor")
"""Links that carry a value upward; «previous» is history of the item and «tested» a comparison in
which the standard stood the test or failed it: neither is a use."""


@dataclass(frozen=True, slots=True)
class Node:
    """One event or end. id: digest of its document (for a missing certificate: what is known of its name).

    day: when it used its parents (stated by the case, else the end of performance, else the issue), None if unknown.
    """

    id: str
    kind: NodeKind
    issuer: str
    number: str
    name: Text = field(default_factory=dict)
    day: date | None = None
    document: Certificate | SavedResult | Anchor | Outcome | None = None
    case: Case | None = None

    @property
    def key(self) -> Key:
        return (self.issuer, self.number)

    @property
    def title(self) -> str:
        return f"{self.issuer} {self.number}".strip()

    @property
    def valid_until(self) -> date | None:
        return self.document.valid_until if isinstance(self.document, Certificate | Anchor) else None


@dataclass(frozen=True, slots=True)
class Link:
    """A child used a parent. child, parent: node ids; reference: as the child states it; inputs: names in the case.

    state: resolved, or why the reference does not lead to one certificate (then the parent is a «missing» node, or for
    a wrong digest the certificate that bears the number); circle: the link closes a circle and is not walked.
    """

    child: str
    parent: str
    kind: LinkKind
    reference: CertificateReference
    state: State = "resolved"
    resolution: Resolution | None = None
    uses: tuple[CaseInput, ...] = ()
    where: str = ""
    circle: bool = False

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(use.name for use in self.uses)


@dataclass(frozen=True)
class Graph:
    """All nodes and links of an evidence, with the tables that closures walk."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    findings: tuple[Finding, ...] = ()

    @cached_property
    def number_of(self) -> dict[str, int]:
        """Node id → its position in `nodes`."""
        return {node.id: i for i, node in enumerate(self.nodes)}

    @cached_property
    def arcs(self) -> Arcs:
        used = [link for link in self.links if link.kind in USES and not link.circle]
        parent, child = _ends(used, self.number_of)
        return Arcs.between(parent, child, len(self.nodes))

    @cached_property
    def _by_child(self) -> dict[str, tuple[Link, ...]]:
        table: dict[str, list[Link]] = {}
        for link in self.links:
            table.setdefault(link.child, []).append(link)
        return {child: tuple(links) for child, links in table.items()}

    @cached_property
    def _by_parent(self) -> dict[str, tuple[Link, ...]]:
        table: dict[str, list[Link]] = {}
        for link in self.links:
            table.setdefault(link.parent, []).append(link)
        return {parent: tuple(links) for parent, links in table.items()}

    @cached_property
    def _by_key(self) -> dict[Key, tuple[Node, ...]]:
        table: dict[Key, list[Node]] = {}
        for node in self.nodes:
            table.setdefault(node.key, []).append(node)
        return {key: tuple(nodes) for key, nodes in table.items()}

    def node(self, id: str) -> Node:
        return self.nodes[self.number_of[id]]

    def parents(self, id: str) -> tuple[Link, ...]:
        """Links from this node up."""
        return self._by_child.get(id, ())

    def children(self, id: str) -> tuple[Link, ...]:
        """Links from this node down."""
        return self._by_parent.get(id, ())

    def downstream(self, id: str) -> tuple[Node, ...]:
        """Every node that rests on this one, nearest first."""
        return tuple(self.nodes[i] for i in self.arcs.downstream([self.number_of[id]]))

    def upstream(self, id: str) -> tuple[Node, ...]:
        """Every node that this one rests on, nearest first."""
        return tuple(self.nodes[i] for i in self.arcs.upstream([self.number_of[id]]))

    @cached_property
    def order(self) -> tuple[Node, ...]:
        """All nodes, every parent before its children."""
        return tuple(self.nodes[i] for i in self.arcs.order)

    def named(self, key: Key | str) -> Node:
        """The certificate or saved result of an issuer and number, of a number alone, or of a digest (or its first 8
        or more digits); a declared anchor where no certificate bears the name. Raises Refused where there is none, or
        more than one: then the digest decides."""
        if isinstance(key, str):
            exact = self.number_of.get(key)
            if exact is not None:
                return self.nodes[exact]
            found = [n for n in self.nodes if n.number == key and n.kind in ("certificate", "result")]
            found = found or [n for n in self.nodes if _starts(n, key)]
        else:
            named = [n for n in self._by_key.get(key, ()) if n.kind != "missing"]
            found = [n for n in named if n.kind != "anchor"] or named
        if len(found) == 1:
            return found[0]
        text = key if isinstance(key, str) else " ".join(key)
        if not found:
            raise Refused(finding("traceability.node.unknown", where=text, key=text))
        versions = ", ".join(f"{n.title} (sha256 {n.id[:12]}…)" for n in found)
        raise Refused(finding("traceability.node.ambiguous", where=text, key=text, versions=versions))


def _starts(node: Node, key: str) -> bool:
    return len(key) >= 8 and node.kind in ("certificate", "result") and node.id.startswith(key.lower())


def build(evidence: Evidence) -> Graph:
    """The graph of an evidence. Conflicts, unreadable cases and circles are findings of the graph; a reference that
    leads nowhere is a link to a «missing» node."""
    builder = _Builder(evidence)
    builder.run()
    nodes, found = tuple(builder.nodes.values()), list(builder.findings)
    links, circular = _break_circles(nodes, list(builder.links.values()))
    return Graph(nodes, links, (*conflicts(evidence), *found, *circular))


def conflicts(evidence: Evidence) -> tuple[Finding, ...]:
    """Certificates that share issuer and number but not content, unless one says that it replaces the other."""
    found = []
    for (issuer, number), versions in evidence.by_key.items():
        if not number:
            continue
        for first, second in pairwise(versions):
            if amends(first, second) or amends(second, first):
                continue
            found.append(
                finding(
                    "traceability.certificate.conflict", f"{issuer} {number}", "warning",
                    issuer=issuer, number=number, first=describe(first), second=describe(second),
                )
            )  # fmt: skip
    return tuple(found)


def amends(new: Certificate, old: Certificate) -> bool:
    """Whether `new` says that it replaces `old`: by digest, or by number without a digest."""
    for reference in new.substitutes:
        if reference.algorithm == "sha256" and reference.digest:
            if reference.digest == old.digest:
                return True
        elif reference.number == old.number and reference.issuer in ("", old.issuer) and new.digest != old.digest:
            return True
    return False


def use_day(certificate: Certificate, case: Case | None) -> date | None:
    """The day on which a certificate's measurements used their standards."""
    stated = case_day(case) if case is not None else None
    return stated or certificate.ended or certificate.began or certificate.issued


class _Builder:
    """Collects nodes and links while walking the evidence once."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.nodes: dict[str, Node] = {}
        self.links: dict[tuple[str, str, bool], Link] = {}
        self.findings: list[Finding] = []

    def run(self) -> None:
        for certificate in self.evidence.certificates:
            self.add_certificate(certificate)
        for result in self.evidence.results:
            identity = result.digest or f"result:{result.laboratory}|{result.number}"
            self.nodes.setdefault(
                identity,
                Node(
                    identity, "result", result.laboratory, result.number, result.title,
                    case_day(result.case) or result.day, result, result.case,
                ),
            )  # fmt: skip
        for node in tuple(self.nodes.values()):
            for kind, reference, uses in references(node):
                self.link(node, kind, reference, uses)
        for outcome in self.evidence.outcomes:
            self.outcome(outcome)
        for anchor in _latest_of_each(self.evidence.anchors):
            self.anchor(anchor)
            for certificate in self.evidence.by_key.get((anchor.issuer, anchor.number), ()):
                reference = CertificateReference(anchor.issuer, anchor.number)
                self.put(Link(certificate.digest, self.anchor(anchor).id, "anchor", reference, where=anchor.source))

    def outcome(self, outcome: Outcome) -> None:
        """What a comparison found, below the standards that it tested."""
        laboratory = next(iter(outcome.laboratory.values()), outcome.member)
        node = Node(
            outcome.id, "comparison", laboratory, outcome.comparison, outcome.name, outcome.measured, outcome
        )  # fmt: skip
        self.nodes.setdefault(outcome.id, node)
        for issuer, number in outcome.standards:
            reference = CertificateReference(issuer, number)
            if resolve(self.evidence, reference).certificate is not None:  # one not at hand is no gap of any chain
                self.link(node, "tested", reference)

    def add_certificate(self, certificate: Certificate) -> None:
        case, found = attached_case(certificate)
        self.findings.extend(found)
        name = certificate.items[0].name if certificate.items else {}
        self.nodes.setdefault(
            certificate.digest,
            Node(
                certificate.digest, "certificate", certificate.issuer, certificate.number, name,
                use_day(certificate, case), certificate, case,
            ),
        )  # fmt: skip

    def link(
        self, child: Node, kind: LinkKind, reference: CertificateReference, uses: tuple[CaseInput, ...] = ()
    ) -> None:
        found = resolve(self.evidence, reference)
        parent = self.parent(child, found, reference)
        self.put(Link(child.id, parent.id, kind, reference, found.state, found, uses, reference.where))
        if parent.kind == "missing":
            # What is not at hand may still say where it came from.
            for linked in reference.linked:
                self.link(parent, "linked", linked)

    def parent(self, child: Node, found: Resolution, reference: CertificateReference) -> Node:
        if found.certificate is not None:
            return self.nodes[found.certificate.digest]
        for candidate in found.candidates:
            # A case that pins the digest has already said which of several versions was used.
            if (child.id, candidate.digest, True) in self.links and not reference.digest:
                return self.nodes[candidate.digest]
        if found.anchor is not None:
            return self.anchor(found.anchor)
        identity = f"missing:{reference.issuer}|{reference.number}|{reference.digest}"
        if found.state == "empty":
            identity += f"|{child.id}|{reference.where}"
        return self.nodes.setdefault(identity, Node(identity, "missing", reference.issuer, reference.number))

    def anchor(self, anchor: Anchor) -> Node:
        identity = f"anchor:{anchor.digest or f'{anchor.issuer}|{anchor.number}'}"
        node = Node(identity, "anchor", anchor.issuer, anchor.number, anchor.name, None, anchor)
        return self.nodes.setdefault(identity, node)

    def put(self, link: Link) -> None:
        """One link for a child and a parent: the first to say so names the kind, the worst state stays."""
        place = (link.child, link.parent, link.kind in USES)
        old = self.links.get(place)
        if old is None:
            self.links[place] = link
            return
        worse = link if old.state == "resolved" and link.state not in ("resolved", "ambiguous") else old
        self.links[place] = replace(
            old, uses=(*old.uses, *link.uses), state=worse.state, reference=worse.reference,
            resolution=worse.resolution, where=worse.where,
        )  # fmt: skip


def _latest_of_each(anchors: Sequence[Anchor]) -> Iterator[Anchor]:
    """One declaration for each anchor: a renewed one takes the place of the old."""
    named: dict[Key, list[Anchor]] = {}
    for anchor in anchors:
        named.setdefault((anchor.issuer, anchor.number), []).append(anchor)
    for declarations in named.values():
        chosen = latest(declarations)
        if chosen is not None:
            yield chosen


def references(node: Node) -> Iterator[tuple[LinkKind, CertificateReference, tuple[CaseInput, ...]]]:
    """What a node says it used: inputs of its case, then equipment, previous reports, conditions."""
    if node.case is not None:
        for use in certificate_inputs(node.case):
            yield "case", use.reference, (use,)
    document = node.document
    if not isinstance(document, Certificate):
        return
    for equipment in document.equipment:
        if equipment.certificate is not None:
            yield "equipment", equipment.certificate, ()
    for previous in document.previous:
        yield "previous", previous, ()
    for condition in document.conditions:
        if condition.certificate is not None:
            yield "condition", condition.certificate, ()


def _ends(links: Sequence[Link], number_of: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    parent = np.array([number_of[link.parent] for link in links], np.int32)
    child = np.array([number_of[link.child] for link in links], np.int32)
    return parent, child


def _break_circles(nodes: tuple[Node, ...], links: list[Link]) -> tuple[tuple[Link, ...], tuple[Finding, ...]]:
    """Mark the links that lie in a circle, so that no walk is endless, and name the members."""
    number_of = {node.id: i for i, node in enumerate(nodes)}
    used = [i for i, link in enumerate(links) if link.kind in USES]
    if not used:
        return tuple(links), ()
    parent, child = _ends([links[i] for i in used], number_of)
    inside, label = circles(parent, child, len(nodes))
    members: dict[int, dict[str, None]] = {}
    for at in np.flatnonzero(inside):
        link = links[used[at]]
        links[used[at]] = replace(link, circle=True)
        titles = members.setdefault(int(label[child[at]]), {})
        titles[nodes[child[at]].title] = None
        titles[nodes[parent[at]].title] = None
    found = []
    for titles in members.values():
        names = list(titles)
        text = ", ".join(names[:8]) + (f" … ({len(names)})" if len(names) > 8 else "")
        found.append(finding("traceability.graph.circle", names[0], members=text))
    return tuple(links), tuple(found)
