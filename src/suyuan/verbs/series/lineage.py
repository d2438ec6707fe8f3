"""Lineage: from a dataset or a summary down to blocks and files, and up by certificates to the declared anchors.

A small graph as a value. Each node is known by what identifies it everywhere: a block and a file by their digests, a
certificate by the digest of its bytes, an anchor by its declaration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.asof import Status, Subject, windows
from suyuan.series.dataset.moment import text_of
from suyuan.series.dataset.version import DatasetVersion
from suyuan.series.stream import Stream
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.graph import Graph, build
from suyuan.verbs.trace import chain_of

KINDS = ("dataset", "summary", "stream", "block", "file", "correction", "certificate", "result", "anchor", "missing",
         "comparison")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """One thing. id; kind: one of `KINDS`; title: for people; facts: name → text."""

    id: str
    kind: str
    title: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """`of` rests on `on`. how: «part», «holds», «from», «corrected», «states», or how a certificate used another;
    state: of a certificate in its windows («valid», «withdrawn» …), else «»."""

    of: str
    on: str
    how: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Lineage:
    """Nodes and links in the order in which they were met; root: id of what was asked; findings: broken chains,
    corrections whose certificate is not at hand, blocks whose source is not known."""

    root: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    findings: tuple[Finding, ...]

    def of_kind(self, kind: str) -> tuple[Node, ...]:
        """The nodes of a kind."""
        return tuple(node for node in self.nodes if node.kind == kind)

    def to_json(self) -> dict[str, Any]:
        """The graph for programs."""
        return {
            "root": self.root,
            "nodes": [{"id": n.id, "kind": n.kind, "title": n.title, **n.facts} for n in self.nodes],
            "links": [{"of": k.of, "on": k.on, "how": k.how, "state": k.state} for k in self.links],
        }


@dataclass(frozen=True, slots=True)
class Held:
    """What a lake holds: streams, and rows of its blocks (digest, stream, instrument, configuration, source, first,
    last, n)."""

    streams: Sequence[Stream]
    blocks: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Papers:
    """What certificates there are. corrections: all; used: id of a correction → digest of its certificate (absent where
    the document is elsewhere); evidence: the documents."""

    corrections: Sequence[Correction]
    used: Mapping[str, str]
    evidence: Evidence


def dataset_lineage(version: DatasetVersion, held: Held, papers: Papers) -> Lineage:
    """The lineage of a dataset version: the blocks and the knowledge time are those that it cites."""
    made = _Making(papers)
    root = made.node(Node(f"dataset {version.digest}", "dataset", version.name,
                          {"citation": version.citation, "known": text_of(version.known)}))  # fmt: skip
    rows = {str(row["digest"]): row for row in held.blocks}
    for part in version.parts:
        there = [rows[digest] for digest in part.blocks if digest in rows]
        if len(there) < len(part.blocks):
            lost = len(part.blocks) - len(there)
            made.findings.append(finding("series_quality.lineage.block", part.stream.id, count=lost))
        made.stream(root, part.stream, there, (part.first, part.last), version.known)
    return made.done(root)


def summary_lineage(
    stream: Stream, first: int | None, last: int | None, known: int, held: Held, papers: Papers, what: str = "mean"
) -> Lineage:
    """The lineage of a summary of the readings of a stream with first ≤ time < last in µs, as known at a time."""
    made = _Making(papers)
    span = f"{text_of(first) or '…'} – {text_of(last) or '…'}"
    root = made.node(Node(f"summary {stream.id} {what} {span}", "summary", f"{what} {stream.id} {span}",
                          {"known": text_of(known)}))  # fmt: skip
    rows = [row for row in held.blocks if row["stream"] == stream.id and _meets(row, first, last)]
    made.stream(root, stream, rows, (first, last), known)
    return made.done(root)


def _meets(row: Mapping[str, Any], first: int | None, last: int | None) -> bool:
    if row["first"] is None:
        return first is None and last is None
    return (last is None or row["first"] < last) and (first is None or row["last"] >= first)


class _Making:
    """A graph in the making."""

    def __init__(self, papers: Papers) -> None:
        self.papers = papers
        self.nodes: dict[str, Node] = {}
        self.links: dict[Link, None] = {}
        self.findings: list[Finding] = []
        self._graph: Graph | None = None
        self._seen: set[str] = set()

    def done(self, root: str) -> Lineage:
        return Lineage(root, tuple(self.nodes.values()), tuple(self.links), tuple(dict.fromkeys(self.findings)))

    def node(self, node: Node) -> str:
        self.nodes.setdefault(node.id, node)
        return node.id

    def link(self, of: str, on: str, how: str, state: str = "") -> None:
        self.links.setdefault(Link(of, on, how, state))

    def stream(
        self, root: str, stream: Stream, rows: Sequence[Mapping[str, Any]], span: tuple[int | None, int | None],
        known: int,
    ) -> None:  # fmt: skip
        """A stream, its blocks with their files, and the certificates of its windows over the span."""
        about = {"quantity": stream.quantity, "unit": stream.unit, "instrument": stream.instrument}
        own = self.node(Node(f"stream {stream.id}", "stream", stream.title or stream.id, about))
        self.link(root, own, "part")
        nameless = 0
        for row in rows:
            facts = {"readings": str(row["n"]), "first": text_of(row["first"]), "last": text_of(row["last"]),
                     "received": text_of(row.get("received"))}  # fmt: skip
            block = self.node(Node(f"block {row['digest']}", "block", str(row["digest"])[:12], facts))
            self.link(own, block, "holds")
            if row.get("source"):
                file = self.node(Node(f"file {row['source']}", "file", str(row["source"])[:12]))
                self.link(block, file, "from")
            else:
                nameless += 1
        if nameless:
            self.findings.append(finding("series_quality.lineage.source", stream.id, "note", count=nameless))
        for subject, (low, high) in _subjects(stream, rows, span).items():
            self._windows(own, subject, low, high, known)

    def _windows(self, own: str, subject: Subject, low: int, high: int, known: int) -> None:
        held = windows(self.papers.corrections, known, subject)
        for start, end, status, one in zip(held.start, held.end, held.status, held.corrections, strict=True):
            if start > high or end <= low or one is None:
                continue
            facts = {"instrument": one.instrument, "valid_from": text_of(one.valid_from),
                     "valid_until": text_of(one.valid_until), "known_from": text_of(one.known_from)}  # fmt: skip
            correction = self.node(Node(f"correction {one.id}", "correction", one.certificate, facts))
            self.link(own, correction, "corrected", Status(int(status)).word)
            self._certificate(correction, one)

    def _certificate(self, correction: str, one: Correction) -> None:
        digest = self.papers.used.get(one.id, "")
        if not digest or digest not in self.papers.evidence.by_digest:
            self.findings.append(finding("series_quality.lineage.certificate", one.certificate, "warning"))
            return
        self.link(correction, f"certificate {digest}", "states")
        if digest in self._seen:
            return
        self._seen.add(digest)
        self._graph = self._graph or build(self.papers.evidence)
        try:
            chain = chain_of(self.papers.evidence, digest, None, self._graph)
        except Refused as refused:
            self.node(Node(f"certificate {digest}", "certificate", one.certificate))
            self.findings += refused.findings
            return
        names: dict[str, str] = {}
        for placed in chain.nodes:
            n = placed.node
            facts = {"day": "" if n.day is None else n.day.isoformat(), "level": str(placed.level)}
            names[n.id] = self.node(Node(f"{n.kind} {n.id}", n.kind, n.title, facts))
        for link in chain.links:
            self.link(names[link.child], names[link.parent], link.kind, link.state)
        self.findings += [f for f in chain.findings if f.severity != "note"]


def _subjects(
    stream: Stream, rows: Iterable[Mapping[str, Any]], span: tuple[int | None, int | None]
) -> dict[Subject, tuple[int, int]]:
    """What certificates must be about, with the first and the last time of the readings under it."""
    found: dict[Subject, tuple[int, int]] = {}
    for row in rows:
        if row["first"] is None:
            continue
        low = int(row["first"]) if span[0] is None else max(int(row["first"]), span[0])
        high = int(row["last"]) if span[1] is None else min(int(row["last"]), span[1] - 1)
        subject = Subject.of(stream, row["instrument"], row.get("configuration") or "")
        old = found.get(subject, (low, high))
        found[subject] = (min(old[0], low), max(old[1], high))
    return found
