"""`suyuan trace chain`: the way of a result up to its anchors, breaks first, then the picture level by level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading
from suyuan.cli.command import DataNeeded, Day
from suyuan.cli.language import one_of, term
from suyuan.cli.output import MARKS, Answer, Page

if TYPE_CHECKING:
    from suyuan.traceability.chain import Chain as Found
    from suyuan.traceability.graph import Link, Node

SHAPES = {"anchor": "◆", "certificate": "●", "result": "■", "missing": "○"}


@dataclass(frozen=True)
class Chain:
    """Whose chain, and on which day of use."""

    name: Annotated[str, typer.Argument(metavar="NAME", help=term("help.name"))]
    data: DataNeeded
    day: Day = ""


def run(asked: Chain) -> Answer:
    """The chain of a certificate or saved result."""
    from suyuan.cli.named import key_named
    from suyuan.verbs.trace import chain_of

    day = reading.read_day(asked.day, "--day")
    evidence, damaged = reading.evidence_of(asked.data)
    chain = chain_of(evidence, key_named(evidence, asked.name), day)
    findings = tuple(dict.fromkeys((*damaged, *chain.findings)))

    def show(page: Page) -> None:
        show_chain(page, chain)
        page.findings(damaged)

    return Answer(chain_json(chain), show, findings, told=True)


def chain_json(chain: Found) -> dict[str, Any]:
    """The picture as JSON: nodes with level, links with state and breaks."""
    levels = {placed.node.id: placed.level for placed in chain.nodes}
    return {
        "target": chain.target.id,
        "complete": chain.complete,
        "day": chain.day,
        "nodes": [node_json(placed.node) | {"level": levels[placed.node.id]} for placed in chain.nodes],
        "links": [
            {
                "child": link.child, "parent": link.parent, "kind": link.kind, "state": link.state,
                "inputs": list(link.inputs), "where": link.where, "circle": link.circle,
                "breaks": [b.kind for b in chain.breaks_of(link)],
            }
            for link in chain.links
        ],
        "breaks": [{"kind": b.kind, "node": b.node, "finding": b.finding} for b in chain.breaks],
        "notes": [{"kind": b.kind, "node": b.node, "finding": b.finding} for b in chain.notes],
        "anchors": [node.id for node in chain.anchors],
        "first_expiry": chain.first_expiry and {"day": chain.first_expiry[0], "node": chain.first_expiry[1]},
    }  # fmt: skip


def node_json(node: Node) -> dict[str, Any]:
    """A node of the graph for `--json`."""
    return {
        "id": node.id, "kind": node.kind, "issuer": node.issuer, "number": node.number, "name": node.name,
        "day": node.day, "valid_until": node.valid_until,
    }  # fmt: skip


def show_chain(page: Page, chain: Found) -> None:
    """Breaks first; then every level from the top, each node with the standards that it used."""
    page.title(f"{term('word.chain')}{term('mark.colon')}{chain.target.title}  {one_of(chain.target.name)}".rstrip())
    broken = len(chain.breaks)
    if chain.complete:
        page.text("✓ " + term("chain.complete", anchors=len(chain.anchors)), "green")
    else:
        page.text("✗ " + term("chain.incomplete", breaks=broken), "bold red")
    first = chain.first_expiry
    ends = f"{first[0]}  {_title(chain, first[1])}" if first else ""
    page.facts(((term("chain.day"), chain.day), (term("chain.first_expiry"), ends)))
    page.findings((*chain.circular, *(b.finding for b in chain.breaks)))
    page.title(term("chain.picture"))
    numbers = {node.id: i for i, node in enumerate((n for row in chain.levels for n in row), 1)}
    for level, row in enumerate(chain.levels):
        if level:
            page.text("    │", "dim")
        for node in row:
            _node(page, chain, node, numbers)
    if chain.notes:
        page.title(term("chain.notes"))
        page.findings(b.finding for b in chain.notes)


def _title(chain: Found, id: str) -> str:
    return next((placed.node.title for placed in chain.nodes if placed.node.id == id), id)


def _node(page: Page, chain: Found, node: Node, numbers: Mapping[str, int]) -> None:
    own = [b for b in chain.breaks if b.node == node.id]
    style = "bold red" if any(b.severity == "error" for b in own) else "yellow" if own else ""
    dates = f"{node.day or ''}{' → ' + str(node.valid_until) if node.valid_until else ''}"
    name = f"{numbers[node.id]:>3} {SHAPES[node.kind]} {node.title}"
    parts = (name, one_of(node.name), term(f"node.{node.kind}"), dates)
    page.text("  ".join(part for part in parts if part), style)
    loose = [b for b in own if b.link is None]
    if loose:
        page.text(f"        {_words(loose)}", style)
    for link in chain.links:
        if link.child == node.id:
            _link(page, chain, link, numbers)


def _link(page: Page, chain: Found, link: Link, numbers: Mapping[str, int]) -> None:
    breaks = chain.breaks_of(link)
    worst = "error" if any(b.severity == "error" for b in breaks) else "warning" if breaks else ""
    mark, style = MARKS[worst] if worst else ("↑", "dim")
    inputs = f" ({', '.join(dict.fromkeys(link.inputs))})" if link.inputs else ""
    said = f"{term('link.' + link.kind)}{inputs} [{numbers[link.parent]}]  {_words(breaks)}".rstrip()
    page.text(f"      {mark} {said}", style)


def _words(breaks: Iterable[Any]) -> str:
    return "，".join(dict.fromkeys(term(f"break.{b.kind}") for b in breaks))
