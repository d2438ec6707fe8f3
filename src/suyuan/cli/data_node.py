"""`suyuan data token|serve|fetch|fetched`: nodes that exchange catalogue, certificates, grants and summaries."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import measured, reading, service
from suyuan.cli.command import DataNeeded
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, errors, finding

if TYPE_CHECKING:
    from suyuan.series.dataset.summarised import Summary

TOKEN = "SUYUAN_TOKEN"
K = 2.0
"""Coverage factor of the expanded uncertainties that are shown."""


@dataclass(frozen=True, kw_only=True)
class Token:
    """Whose token is to be made, or taken away."""

    grantee: Annotated[str, typer.Argument(metavar="NAME", help=term("help.data.grantee"))]
    data: DataNeeded
    forget: Annotated[bool, typer.Option("--forget", help=term("help.data.forget"))] = False


@dataclass(frozen=True, kw_only=True)
class Serve:
    """A node."""

    data: DataNeeded
    port: Annotated[int, typer.Option("--port", metavar="PORT", help=term("help.port"))] = 8100
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help=term("help.host"))] = "127.0.0.1"
    name: Annotated[str, typer.Option("--name", metavar="NAME", help=term("help.data.node"))] = ""


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """Another node to ask."""

    url: Annotated[str, typer.Argument(metavar="URL", help=term("help.data.url"))]
    data: DataNeeded
    node: Annotated[str, typer.Option("--node", metavar="NAME", help=term("help.data.node"))]
    purpose: Annotated[str, typer.Option("--purpose", metavar="PURPOSE", help=term("help.data.purpose"))]
    token_file: Annotated[
        Path | None, typer.Option("--token-file", metavar="FILE", help=term("help.data.token_file"))
    ] = None


@dataclass(frozen=True, kw_only=True)
class Held:
    """What was fetched."""

    data: DataNeeded
    difference: Annotated[str, typer.Option("--difference", metavar="A,B", help=term("help.data.difference"))] = ""


def fetched_folder(data: Path) -> Path:
    """Where a data folder keeps what it fetched; it may have no lake of its own."""
    return data / "lake" / "sharing" / "fetched"


def learn(data: Path) -> None:
    """Put what the documents of a data folder now say of shared certificates beside what was said before."""
    from suyuan.lake import datasets
    from suyuan.lake.table import now

    opened = measured.opened(data)
    datasets.learn(opened.lake, opened.join().corrections, now())


def token(asked: Token) -> Answer:
    """A new token, shown this once; only its digest is kept."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.datasets import shelf_of
    from suyuan.lake.table import now
    from suyuan.series.dataset.moment import text_of

    shelf = shelf_of(lake_of(asked.data))
    if asked.forget:
        gone = shelf.forget(asked.grantee)
        return Answer({"grantee": asked.grantee, "forgotten": gone}, lambda page: page.text(
            term("data.forgotten", count=gone, grantee=asked.grantee)))  # fmt: skip
    made = shelf.token_for(asked.grantee, text_of(now()))

    def put(page: Page) -> None:
        page.text(term("data.token", grantee=asked.grantee))
        page.text(made, "bold")

    return Answer({"grantee": asked.grantee, "token": made}, put)


def serve(asked: Serve) -> Answer:
    """Answer other nodes until stopped."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.federation.server import LOOPBACK, Node

    lake = lake_of(asked.data)
    found: tuple[Finding, ...] = ()
    if asked.host not in LOOPBACK:
        found = (finding("sharing.node.open", asked.host, "warning"),)
        Page(sys.stderr).findings(found)
    address = (asked.host, asked.port)
    with Node(lake, asked.name or asked.data.resolve().name, address, lambda: learn(asked.data)) as node:
        print(term("data.serving", name=node.name, url=node.url), flush=True)

        def stop(*_: Any) -> None:
            raise KeyboardInterrupt

        signal.signal(signal.SIGTERM, stop)
        with contextlib.suppress(KeyboardInterrupt):
            node.serve_forever()
    return Answer({"node": node.name, "url": node.url}, lambda page: None)


def fetch(asked: Fetch) -> Answer:
    """One exchange; where it breaks off, asking again goes on from there."""
    from suyuan.lake.federation.fetch import Where
    from suyuan.lake.federation.fetch import fetch as exchange
    from suyuan.lake.federation.fetched import Peer, rests_on_withdrawn
    from suyuan.lake.table import now

    secret = os.environ.get(TOKEN, "")
    if asked.token_file is not None:
        secret = reading.read_bytes(asked.token_file).decode("utf-8", "replace").strip()
    if not secret:
        raise Refused(finding("sharing.token.none", "--token-file"))
    done = exchange(fetched_folder(asked.data), asked.node, Where(asked.url, secret), asked.purpose, now)
    held, _ = Peer(fetched_folder(asked.data), asked.node).summaries(now())
    found = (*done.findings, *_agreed(asked.data)[1], *rests_on_withdrawn(asked.node, held))
    values = {"node": asked.node, "new": done.new, "same": done.same}

    def put(page: Page) -> None:
        page.text("✓ " + term("data.fetched", node=asked.node, new=len(done.new), same=len(done.same)), "green")

    return Answer(values, put, found)


def _agreed(data: Path) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Ids of certificates about which nodes disagree, and what is said of all."""
    from suyuan.lake.datasets import shelf_of
    from suyuan.lake.federation.fetched import peers, together
    from suyuan.lake.table import Lake

    folder = data / "lake"
    own = shelf_of(Lake(folder)).certificates()[0] if (folder / "lake.json").is_file() else ()
    found = together(own, peers(fetched_folder(data)), term("data.here"))
    return found.disputed, found.findings


def fetched(asked: Held) -> Answer:
    """Summaries of other nodes that may still be used, with their age; the difference of two."""
    from suyuan.lake.federation.fetched import peers, rests_on_withdrawn
    from suyuan.lake.table import now

    moment = now()
    known: list[tuple[str, Summary]] = []
    told: list[Finding] = []
    for peer in peers(fetched_folder(asked.data)):
        mine, found = peer.summaries(moment)
        told += [*found, *rests_on_withdrawn(peer.name, mine)]
        known += [(peer.name, one) for one in mine]
    disputed, about = _agreed(asked.data)
    told += about
    names = [name.strip() for name in asked.difference.split(",") if name.strip()]
    shown = [(f"{node}/{one.stream}", one) for node, one in known]
    if names:
        shown = [_apart(names, known, errors(tuple(told)))]
    rows = [row for name, one in shown for row in _rows(name, one)]

    def put(page: Page) -> None:
        heads = service.columns("name", "dataset", "begins", "value", "U", "unit", "n_of", "completeness", "flagged",
                                "rests_on_withdrawn")  # fmt: skip
        heads[4] += " (k=2)"
        page.table(heads, [_line(row) for row in rows[: measured.MOST]], (3, 4, 6, 7, 8))
        page.text(measured.rest(measured.MOST, len(rows)), "dim")

    return Answer({"summaries": rows, "disputed": list(disputed)}, put, tuple(told))


def _apart(names: list[str], known: list[tuple[str, Summary]], against: tuple[Finding, ...]) -> tuple[str, Summary]:
    """The difference of two summaries by name. Raises Refused where a name is unknown, or may mean several."""
    from suyuan.lake.federation.fetched import chosen
    from suyuan.series.dataset.summarised import apart

    if len(names) != 2:
        raise Refused(finding("sharing.summary.periods", ",".join(names)))
    first, second = (chosen(known, name, against) for name in names)
    return f"{names[0]} − {names[1]}", apart(first, second)


def _rows(name: str, one: Summary) -> list[dict[str, Any]]:
    """The periods of a summary as JSON values; what is not known is nothing."""
    number = range(len(one.begin))
    return [
        {"name": name, "dataset": one.dataset, "grant": one.grant, "begin": measured.iso(int(one.begin[i])),
         "end": measured.iso(int(one.end[i])), "value": float(one.quantity.value[i]), "u": float(one.quantity.u[i]),
         "unit": one.quantity.unit.symbol, "readings": int(one.readings[i]),
         "expected": None if one.expected is None else measured.worth(float(one.expected[i])),
         "share": measured.worth(float(one.share[i])), "flagged": None if one.flagged is None else int(one.flagged[i]),
         "withdrawn": [{"certificate": c, "from": start, "known": since} for c, start, since in one.withdrawn]}
        for i in number
    ]  # fmt: skip


def _line(row: dict[str, Any]) -> list[Any]:
    """A row of the table for people."""
    value, U = measured.pair(row["value"], K * row["u"])
    of = "" if row["expected"] is None else f" / {row['expected']:.0f}"
    share = "" if row["share"] is None else f"{row['share']:.0%}"
    gone = "; ".join(f"{w['certificate']} ({w['known'][:10]})" for w in row["withdrawn"])
    begin, flagged = measured.shown_time(measured.moment(row["begin"], "")), row["flagged"]
    return [row["name"], row["dataset"].partition(" ")[0], begin, value, U, row["unit"], f"{row['readings']}{of}",
            share, "" if flagged is None else flagged, gone]  # fmt: skip


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("token", Token, token), ("serve", Serve, serve), ("fetch", Fetch, fetch), ("fetched", Held, fetched),
)  # fmt: skip
