"""The chain of one result: up through every standard used, to the declared anchors, with every break named.

A chain is complete if every way up ends at a declared anchor and no break forbids use. Behind a declared anchor
nothing is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import Finding, finding
from suyuan.traceability.breaks import CHECKS, Break, Known, Use
from suyuan.traceability.evidence import Anchor, Evidence, Key
from suyuan.traceability.graph import USES, Graph, Link, Node


@dataclass(frozen=True, slots=True)
class Placed:
    """A node of the picture. level: 0 at the top (the level that an anchor declares, else by the longest way)."""

    node: Node
    level: int


@dataclass(frozen=True)
class Chain:
    """One result's way up.

    nodes: by level, from the top; links: the uses between them; breaks: what forbids or weakens use; notes: what could
    not be judged; anchors: those reached; first_expiry: the standard of the chain that ends first, on or after the day
    of the result, as (day, node id).
    """

    target: Node
    day: date | None
    nodes: tuple[Placed, ...]
    links: tuple[Link, ...]
    breaks: tuple[Break, ...]
    notes: tuple[Break, ...]
    anchors: tuple[Node, ...]
    first_expiry: tuple[date, str] | None = None
    circular: tuple[Finding, ...] = ()

    @property
    def complete(self) -> bool:
        """Every way up ends at a declared anchor, and no break is an error."""
        return bool(self.anchors) and not any(b.severity == "error" for b in self.breaks)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, breaks before notes."""
        return (*self.circular, *(b.finding for b in self.breaks), *(b.finding for b in self.notes))

    @cached_property
    def levels(self) -> tuple[tuple[Node, ...], ...]:
        """The nodes row by row, from the top; empty levels are left out."""
        rows: dict[int, list[Node]] = {}
        for placed in self.nodes:
            rows.setdefault(placed.level, []).append(placed.node)
        return tuple(tuple(rows[level]) for level in sorted(rows))

    def breaks_of(self, link: Link) -> tuple[Break, ...]:
        """The breaks of one link of the picture."""
        return tuple(b for b in self.breaks if b.link is link)


def chain(graph: Graph, evidence: Evidence, key: Key | str, day: date | None = None) -> Chain:
    """The chain of the certificate or saved result named by issuer and number, or by digest.

    day: the day of use of the target's own standards, where it is not the one that the target states; every standard
    further up is judged with the day of the calibration that used it. Raises Refused for an unknown or ambiguous name.
    """
    target = graph.named(key)
    used_on = day or target.day
    links = _walk(graph, target)
    known = Known()
    found: list[Break] = []
    for link in links:
        child, parent = graph.node(link.child), graph.node(link.parent)
        on = _day_of(link, links, graph, target, used_on)
        use = Use(graph, evidence, known, link, child, parent, on)
        for check in CHECKS:
            found.extend(check(use))
    found.extend(_ends(graph, target, links))
    found.extend(_target_state(evidence, target))
    nodes = _members(graph, target, links)
    return Chain(
        target, used_on, _placed(nodes, links), links,
        tuple(b for b in found if b.severity != "note"),
        tuple(b for b in found if b.severity == "note"),
        tuple(n for n in nodes if n.kind == "anchor"),
        _first_expiry(nodes, target, used_on),
        tuple(f for f in graph.findings if f.code == "traceability.graph.circle" and target.title in _members_of(f)),
    )  # fmt: skip


def _members_of(item: Finding) -> str:
    return dict(item.parameters).get("members", "")


def _walk(graph: Graph, target: Node) -> tuple[Link, ...]:
    """All uses above the target, nearest first; a certificate that is a declared anchor is asked for nothing more."""
    links: list[Link] = []
    seen = {target.id}
    frontier = [target.id]
    while frontier:
        above: list[str] = []
        for id in frontier:
            up = [link for link in graph.parents(id) if link.kind in USES]
            declared = [link for link in up if link.kind == "anchor"]
            for link in declared or up:
                links.append(link)
                if link.parent not in seen and not link.circle:
                    seen.add(link.parent)
                    above.append(link.parent)
        frontier = above
    return tuple(links)


def _day_of(link: Link, links: tuple[Link, ...], graph: Graph, target: Node, used_on: date | None) -> date | None:
    """The day of use of a link: the child's; an anchor's declaration is relied upon whenever its certificate is."""
    if link.child == target.id:
        return used_on
    if link.kind != "anchor":
        return graph.node(link.child).day
    days = [used_on if other.child == target.id else graph.node(other.child).day
            for other in links if other.parent == link.child]  # fmt: skip
    known = [day for day in days if day is not None]
    return max(known) if known else graph.node(link.child).day


def _ends(graph: Graph, target: Node, links: tuple[Link, ...]) -> list[Break]:
    """Certificates at which the chain ends though nobody declared them an anchor."""
    parents = {link.child for link in links if not link.circle}
    ids = dict.fromkeys((target.id, *(link.parent for link in links)))
    found = []
    for id in ids:
        node = graph.node(id)
        if id not in parents and node.kind in ("certificate", "result"):
            below = next((link for link in links if link.parent == id), None)
            item = finding("traceability.anchor.absent", node.title, named=node.title)
            found.append(Break("no_anchor", item, id, below))
    return found


def _target_state(evidence: Evidence, target: Node) -> list[Break]:
    """The target itself withdrawn or replaced, whatever the day."""
    found = []
    for statement in evidence.statements:
        if isinstance(target.document, Certificate) and (statement.issuer, statement.number) == target.key:
            by = " ".join(statement.replaced_by) if statement.replaced_by else "—"
            told: dict[str, Any] = {"named": target.title, "since": statement.day, "replaced_by": by}
            if statement.kind == "withdrawn":
                item = finding("traceability.target.withdrawn", target.title, **told)
            else:
                item = finding("traceability.target.superseded", target.title, "warning", **told)
            found.append(Break(statement.kind, item, target.id))
    return found


def _members(graph: Graph, target: Node, links: tuple[Link, ...]) -> tuple[Node, ...]:
    ids = dict.fromkeys((target.id, *(end for link in links for end in (link.child, link.parent))))
    return tuple(graph.node(id) for id in ids)


def _placed(nodes: tuple[Node, ...], links: tuple[Link, ...]) -> tuple[Placed, ...]:
    """Levels for drawing: an anchor's declared level, else one below the lowest parent; a loose end without a declared
    level stands just above its highest child."""
    up: dict[str, list[str]] = {node.id: [] for node in nodes}
    down: dict[str, list[str]] = {node.id: [] for node in nodes}
    for link in links:
        if not link.circle:
            up[link.child].append(link.parent)
            down[link.parent].append(link.child)
    order = _topological(up, down)
    anchors = ((n.id, n.document) for n in nodes if isinstance(n.document, Anchor))
    declared = {id: anchor.level for id, anchor in anchors if anchor.level is not None}
    level: dict[str, int] = {}
    for id in order:
        level[id] = max(declared.get(id, 0), max((level[parent] + 1 for parent in up[id]), default=0))
    for id in order:
        if not up[id] and id not in declared and down[id]:
            level[id] = max(0, min(level[child] for child in down[id]) - 1)
    return tuple(sorted((Placed(node, level[node.id]) for node in nodes), key=lambda p: p.level))


def _topological(up: Mapping[str, list[str]], down: Mapping[str, list[str]]) -> list[str]:
    waiting = {id: len(parents) for id, parents in up.items()}
    ready = [id for id, count in waiting.items() if not count]
    order = []
    while ready:
        id = ready.pop()
        order.append(id)
        for child in down[id]:
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    return order


def _first_expiry(nodes: tuple[Node, ...], target: Node, day: date | None) -> tuple[date, str] | None:
    ends = [
        (node.valid_until, node.id)
        for node in nodes
        if node.id != target.id and node.valid_until is not None and (day is None or node.valid_until >= day)
    ]
    return min(ends) if ends else None
