"""What the traceability page shows: which documents, who used what, and every break, for one document or for all.

More than `MOST` documents are not drawn: then only the broken chains and what they touch, and the rest is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from threading import Lock

from suyuan.quantity.finding import Finding
from suyuan.site.acts import clock, store
from suyuan.traceability.breaks import Break
from suyuan.traceability.chain import Chain
from suyuan.traceability.evidence import Key
from suyuan.traceability.graph import Graph, Link, Node
from suyuan.traceability.survey import Survey
from suyuan.traceability.survey import survey as surveyed
from suyuan.verbs.trace import OPEN, chain_of

MOST = 40
ALIKE = 4
OF_THE_PARENT = frozenset(("withdrawn", "superseded", "missing", "anchor_expired", "no_anchor", "circle"))
"""Breaks whose root is the standard itself; the others belong to one use of it."""
OF_ITS_DAYS = frozenset(("expired", "not_yet_valid", "comparison_failed"))
"""Breaks of several uses of one standard that are one thing to mend: they are counted at the standard."""

_lock = Lock()
_kept: tuple[Graph, Survey] | None = None


def survey() -> Survey:
    """All breaks of the laboratory, checked once for each state of the store."""
    global _kept
    graph, evidence = store.graph(), store.evidence()
    with _lock:
        if _kept is None or _kept[0] is not graph:
            _kept = (graph, surveyed(graph, evidence))
        return _kept[1]


@dataclass(frozen=True)
class Root:
    """One broken thing: the kind, the node at fault, the first break, and what rests on it (certificates, results)."""

    kind: str
    node: Node
    first: Break
    touched: tuple[Node, ...]


@dataclass(frozen=True)
class Scene:
    """What is drawn and listed.

    level: node → layer from the top; roots: what is broken; open: where a chain ends before a declared end, which is
    unfinished and no break; folded: node that stands for others alike → how many more; hidden: how many certificates
    and results are not drawn; chain: of the target, where there is one.
    """

    survey: Survey
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    level: Mapping[str, int]
    roots: tuple[Root, ...]
    open: tuple[Root, ...] = ()
    hidden: int = 0
    folded: Mapping[str, int] = field(default_factory=dict)
    chain: Chain | None = None

    @property
    def target(self) -> Node | None:
        return self.chain.target if self.chain is not None else None

    @property
    def graph(self) -> Graph:
        return self.survey.graph

    def gone(self, id: str) -> date | None:
        """From which day on a document is withdrawn, where it is so today: what uses it after that day is broken."""
        kind, day = self.survey.stated.get(id, ("", None))
        return day if kind == "withdrawn" and day is not None and day <= clock.today() else None

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What could not be judged in the target's chain."""
        return tuple(b.finding for b in self.chain.notes) if self.chain is not None else ()


def whole() -> Scene:
    """The whole laboratory; outcomes of comparisons carry no value, what they break is drawn at the use."""
    known = survey()
    ids = {node.id for node in known.graph.nodes if node.kind != "comparison"}
    return _scene(known, ids, None)


def one(key: Key | str) -> Scene:
    """One document: everything that it rests on, and everything that rests on it.

    Raises Refused for an unknown or ambiguous name.
    """
    known = survey()
    way = chain_of(store.evidence(), key, graph=known.graph)
    ids = {placed.node.id for placed in way.nodes} | {n.id for n in known.graph.downstream(way.target.id)}
    # What else the results below rest on belongs to their chains: without it they would seem to hang on this alone.
    ids |= {link.parent for link in known.links if link.child in ids and link.child != way.target.id}
    return _scene(known, ids, way)


def roots(known: Survey, ids: set[str]) -> tuple[Root, ...]:
    """The broken things among these nodes, what touches most first."""
    groups: dict[tuple[str, str], list[Break]] = {}
    for item in known.breaks:
        link = item.link
        if item.severity != "error" or (link.child if link is not None else item.node) not in ids:
            continue
        own = item.kind in OF_THE_PARENT or item.kind in OF_ITS_DAYS or link is None
        groups.setdefault((item.kind, item.node if own else link.child), []).append(item)  # type: ignore[union-attr]
    found = []
    for (kind, id), members in groups.items():
        touched: dict[str, Node] = {}
        for item in members:
            start = item.link.child if item.link is not None else item.node
            below = (known.graph.node(start), *known.graph.downstream(start))
            touched.update((n.id, n) for n in below if n.kind in ("certificate", "result"))
        found.append(Root(kind, known.graph.node(id), members[0], tuple(touched.values())))
    return tuple(sorted(found, key=lambda root: (-len(root.touched), root.node.number)))


def _scene(known: Survey, ids: set[str], way: Chain | None) -> Scene:
    countable = {n.id for n in known.graph.nodes if n.id in ids and n.kind in ("certificate", "result")}
    kept = ids if len(ids) <= MOST else _worst(known, ids, way)
    links = [link for link in known.links if link.child in kept and link.parent in kept and not link.circle]
    folded = _folded(known, kept, links, way)
    kept = kept - {id for others in folded.values() for id in others}
    if len(kept) > MOST:
        order = sorted(kept, key=lambda id: (way is None or id != way.target.id, id not in known.touched))
        kept = set(order[: MOST + 10])
    links = [link for link in links if link.child in kept and link.parent in kept]
    nodes = tuple(node for node in known.graph.order if node.id in kept)
    drawn = {node.id for node in nodes} | {id for others in folded.values() for id in others}
    found = roots(known, ids)
    return Scene(
        known, nodes, tuple(links), _levels(nodes, links), tuple(root for root in found if root.kind not in OPEN),
        tuple(root for root in found if root.kind in OPEN), len(countable - drawn),
        {id: len(others) for id, others in folded.items()}, way,
    )  # fmt: skip


def _worst(known: Survey, ids: set[str], way: Chain | None) -> set[str]:
    """Broken and touched chains, and the way of the target itself."""
    kept = {id for id in ids if id in known.touched}
    kept |= {item.node for item in known.breaks if item.severity == "error" and item.node in ids}
    if way is not None:
        kept |= {placed.node.id for placed in way.nodes}
        if len(kept) <= MOST:
            near = [link.child for link in known.graph.children(way.target.id)]
            kept |= set(near[: MOST - len(kept)])
    for id in tuple(kept):
        kept |= {node.id for node in known.graph.upstream(id) if node.id in ids}
    return kept


def _folded(known: Survey, kept: set[str], links: Iterable[Link], way: Chain | None) -> dict[str, list[str]]:
    """Ends that hang on the same standards in the same state: the first of them stands for the many others."""
    up: dict[str, list[str]] = {}
    has_children = set()
    for link in links:
        up.setdefault(link.child, []).append(link.parent)
        has_children.add(link.parent)
    groups: dict[tuple[object, ...], list[str]] = {}
    for node in known.graph.order:
        own = way is not None and node.id == way.target.id
        if node.id in kept and node.id not in has_children and not own and node.kind != "anchor":
            kinds = tuple(sorted({b.kind for b in known.touched.get(node.id, ())}))
            groups.setdefault((tuple(sorted(up.get(node.id, ()))), kinds), []).append(node.id)
    return {members[ALIKE - 1]: members[ALIKE:] for members in groups.values() if len(members) > ALIKE}


def _levels(nodes: Iterable[Node], links: Iterable[Link]) -> dict[str, int]:
    """Layers from the top by the longest way; a loose end stands just above its highest child."""
    up: dict[str, list[str]] = {}
    down: dict[str, list[str]] = {}
    for link in links:
        up.setdefault(link.child, []).append(link.parent)
        down.setdefault(link.parent, []).append(link.child)
    level: dict[str, int] = {}
    listed = list(nodes)
    for node in listed:
        level[node.id] = max((level[parent] + 1 for parent in up.get(node.id, ())), default=0)
    for node in listed:
        if not up.get(node.id) and node.kind != "anchor":
            below = [level[child] for child in down.get(node.id, ())]
            level[node.id] = max(0, min(below) - 1) if below else 1
    first = min(level.values(), default=0)
    return {id: at - first for id, at in level.items()}
