"""All breaks of a laboratory at once: every use of every standard is checked one time, however many chains share it.

`chain` answers for one result; the survey answers for the whole graph in one pass over its links, and says which nodes
are touched: those that rest on a broken use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import finding
from suyuan.traceability.breaks import CHECKS, Break, Known, Use
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.graph import USES, Graph, Link, Node


@dataclass(frozen=True)
class Survey:
    """The uses of a graph with their breaks.

    links: every use that a chain walks, in the order of the graph; breaks: of links and of loose ends, notes left out;
    stated: digest of a certificate → «withdrawn» or «superseded» and the day, where somebody said so.
    """

    graph: Graph
    links: tuple[Link, ...]
    breaks: tuple[Break, ...]
    stated: Mapping[str, tuple[str, date]]

    @cached_property
    def by_link(self) -> Mapping[tuple[str, str], tuple[Break, ...]]:
        """(child, parent) → the breaks of that use."""
        table: dict[tuple[str, str], list[Break]] = {}
        for item in self.breaks:
            if item.link is not None:
                table.setdefault((item.link.child, item.link.parent), []).append(item)
        return {ends: tuple(found) for ends, found in table.items()}

    def breaks_of(self, link: Link) -> tuple[Break, ...]:
        """The breaks of one use."""
        return self.by_link.get((link.child, link.parent), ())

    @cached_property
    def touched(self) -> Mapping[str, tuple[Break, ...]]:
        """Node id → the forbidding breaks that it rests on, directly or through its standards."""
        table: dict[str, dict[int, Break]] = {}
        for item in self.breaks:
            if item.severity != "error":
                continue
            start = item.link.child if item.link is not None else item.node
            for id in (start, *(node.id for node in self.graph.downstream(start))):
                table.setdefault(id, {})[id_of(item)] = item
        return {id: tuple(found.values()) for id, found in table.items()}


def id_of(item: Break) -> int:
    """A break's own identity: two uses may be broken for the same reason."""
    return id(item)


def survey(graph: Graph, evidence: Evidence) -> Survey:
    """Check every use once, with the day of the calibration that used the standard; behind a declared anchor nothing
    is asked for."""
    known = Known()
    links = tuple(_walked(graph))
    found: list[Break] = []
    for link in links:
        use = Use(graph, evidence, known, link, graph.node(link.child), graph.node(link.parent), _day(graph, link))
        for check in CHECKS:
            found.extend(item for item in check(use) if item.severity != "note")
    found.extend(_loose_ends(graph, links))
    return Survey(graph, links, tuple(found), dict(_stated(graph, evidence)))


def _walked(graph: Graph) -> Iterator[Link]:
    for node in graph.nodes:
        up = [link for link in graph.parents(node.id) if link.kind in USES]
        yield from [link for link in up if link.kind == "anchor"] or up


def _day(graph: Graph, link: Link) -> date | None:
    """The child's day; a declaration is relied upon as late as its certificate is."""
    if link.kind != "anchor":
        return graph.node(link.child).day
    days = [graph.node(other.child).day for other in graph.children(link.child) if other.kind in USES]
    return max((day for day in days if day is not None), default=graph.node(link.child).day)


def _loose_ends(graph: Graph, links: tuple[Link, ...]) -> Iterator[Break]:
    """Certificates and results at which a chain ends though nobody declared them an anchor."""
    rising = {link.child for link in links if not link.circle}
    for node in graph.nodes:
        if node.id not in rising and node.kind in ("certificate", "result"):
            yield Break("no_anchor", finding("traceability.anchor.absent", node.title, named=node.title), node.id)


def _stated(graph: Graph, evidence: Evidence) -> Iterator[tuple[str, tuple[str, date]]]:
    by_key: dict[tuple[str, str], list[Node]] = {}
    for node in graph.nodes:
        if isinstance(node.document, Certificate):
            by_key.setdefault(node.key, []).append(node)
    # withdrawn weighs more than superseded, whichever was said last
    for statement in sorted(evidence.statements, key=lambda s: s.kind == "withdrawn"):
        for node in by_key.get((statement.issuer, statement.number), ()):
            yield node.id, (statement.kind, statement.day)
