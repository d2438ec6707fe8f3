"""`suyuan data token|serve|fetch|fetched`: nodes that exchange catalogue, certificates, grants and summaries."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from suyuan.cli import measured, reading, service
from suyuan.cli.command import DataNeeded
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, errors, finding

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
    from suyuan.lake.datasets import shelf_of
    from suyuan.lake.table import now
    from suyuan.series.dataset.certificate_document import as_known

    opened = measured.opened(data)
    shelf = shelf_of(opened.lake)
    instruments = {p.stream.instrument for v in shelf.datasets()[0] for p in v.parts}
    known = as_known(opened.join().corrections, now())
    shelf.add_certificates(c for c in known if c.instrument in instruments)


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
    from suyuan.lake.table import now

    secret = os.environ.get(TOKEN, "")
    if asked.token_file is not None:
        secret = reading.read_bytes(asked.token_file).decode("utf-8", "replace").strip()
    if not secret:
        raise Refused(finding("sharing.token.none", "--token-file"))
    done = exchange(fetched_folder(asked.data), asked.node, Where(asked.url, secret), asked.purpose, now)
    found = (*done.findings, *_agreed(asked.data)[1])
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
    from suyuan.lake.federation.fetched import peers
    from suyuan.lake.table import now
    from suyuan.series.dataset.given import Summary, difference

    moment = now()
    summaries: dict[str, Summary] = {}
    told: list[Finding] = []
    for peer in peers(fetched_folder(asked.data)):
        mine, found = peer.summaries(moment)
        told += found
        summaries |= {f"{peer.name}/{stream}": one for stream, one in mine.items()}
    disputed, about = _agreed(asked.data)
    told += about
    names = [name.strip() for name in asked.difference.split(",") if name.strip()]
    unknown = [name for name in names if name not in summaries]
    if names and (len(names) != 2 or unknown):
        told += [finding("sharing.fetched.none", name, node=name.partition("/")[0]) for name in unknown]
        raise Refused(*(errors(tuple(told)) or (finding("sharing.summary.periods", asked.difference),)))
    shown = list(summaries.items())
    if names:
        begin, apart = difference(summaries[names[0]], summaries[names[1]])
        both = summaries[names[0]]
        end = both.end[[int(i) for i in range(len(both.begin)) if both.begin[i] in set(begin)]]
        shown = [
            (f"{names[0]} − {names[1]}", Summary("", "", both.period, begin, end, both.readings[: len(begin)], apart))
        ]
    rows: list[dict[str, Any]] = [
        {"name": name, "dataset": one.dataset, "begin": measured.iso(int(begin)), "end": measured.iso(int(end)),
         "value": float(value), "u": float(u), "unit": one.quantity.unit.symbol}
        for name, one in shown
        for begin, end, value, u in zip(one.begin, one.end, one.quantity.value, one.quantity.u, strict=True)
    ]  # fmt: skip

    def put(page: Page) -> None:
        lines = []
        for row in rows[: measured.MOST]:
            value, U = measured.pair(row["value"], K * row["u"])
            lines.append([row["name"], measured.shown_time(measured.moment(row["begin"], "")), value, U, row["unit"]])
        heads = service.columns("name", "begins", "value", "U", "unit")
        heads[3] += " (k=2)"
        page.table(heads, lines, (2, 3))
        page.text(measured.rest(measured.MOST, len(rows)), "dim")

    return Answer({"summaries": rows, "disputed": list(disputed)}, put, tuple(told))


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("token", Token, token), ("serve", Serve, serve), ("fetch", Fetch, fetch), ("fetched", Held, fetched),
)  # fmt: skip
