"""`suyuan data grant|revoke|read|log`: who may use a dataset for what, its use under a grant, and the log of uses."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from suyuan.cli import measured, reading, service
from suyuan.cli.command import DataNeeded
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Refused, finding

if TYPE_CHECKING:
    from suyuan.quantity.archive.archive import Disclosure
    from suyuan.series.dataset.grant import Grant

Dataset = Annotated[str, typer.Argument(metavar="DATASET", help=term("help.data.name"))]
GrantId = Annotated[str, typer.Option("--grant", metavar="GRANT", help=term("help.data.grant_id"))]
Columns = Annotated[str, typer.Option("--columns", metavar="A,B", help=term("help.data.columns"))]
Streams = Annotated[str, typer.Option("--streams", metavar="A,B", help=term("help.data.streams"))]
Ladder = Annotated[str, typer.Option("--ladder", metavar="STEP", help=term("help.data.ladder"))]
By = Annotated[str, typer.Option("--by", metavar="NAME", help=term("help.data.by"))]


@dataclass(frozen=True, kw_only=True)
class ToGrant:
    """A grant, by options, or as a request was approved."""

    dataset: Annotated[str, typer.Argument(metavar="[DATASET]", help=term("help.data.name"))] = ""
    data: DataNeeded
    grantee: Annotated[str, typer.Option("--grantee", metavar="NAME", help=term("help.data.grantee"))] = ""
    purpose: Annotated[
        list[str] | None, typer.Option("--purpose", metavar="PURPOSE", help=term("help.data.purpose"))
    ] = None
    ladder: Ladder = "statistics"
    begin: Annotated[str, typer.Option("--begin", metavar="TIME", help=term("help.data.begin"))] = ""
    end: Annotated[str, typer.Option("--end", metavar="TIME", help=term("help.data.end"))] = ""
    licence: Annotated[str, typer.Option("--licence", metavar="LICENCE", help=term("help.data.licence"))] = ""
    streams: Streams = ""
    since: measured.Since = ""
    until: measured.Until = ""
    columns: Columns = "value,u"
    step: Annotated[str, typer.Option("--step", metavar="STEP", help=term("help.data.step"))] = ""
    mask: Annotated[str, typer.Option("--mask", metavar="A,B", help=term("help.data.mask"))] = ""
    least: Annotated[int, typer.Option("--least", metavar="N", help=term("help.data.least"))] = 5
    period: Annotated[str, typer.Option("--period", metavar="hour|day|span", help=term("help.data.period"))] = "day"
    complete: Annotated[str, typer.Option("--complete", metavar="SHARE", help=term("help.data.complete"))] = ""
    zone: measured.Zone = ""
    disclosure: Annotated[
        str, typer.Option("--disclosure", metavar="full|grouped|opaque", help=term("help.data.disclosure"))
    ] = "grouped"
    id: Annotated[str, typer.Option("--id", metavar="ID", help=term("help.data.id"))] = ""
    by: By = ""
    request: Annotated[Path | None, typer.Option("--request", metavar="FILE", help=term("help.data.request_file"))] = (
        None
    )


@dataclass(frozen=True, kw_only=True)
class ToRevoke:
    """A grant that shall no longer hold."""

    grant: Annotated[str, typer.Argument(metavar="GRANT", help=term("help.data.grant_id"))]
    data: DataNeeded
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=term("help.data.reason"))]
    by: By = ""


@dataclass(frozen=True, kw_only=True)
class ToRead:
    """A use under a grant."""

    dataset: Dataset
    data: DataNeeded
    grant: GrantId
    purpose: Annotated[str, typer.Option("--purpose", metavar="PURPOSE", help=term("help.data.purpose"))]
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help=term("help.data.out"))]
    grantee: Annotated[str, typer.Option("--as", metavar="NAME", help=term("help.data.as"))] = ""
    streams: Streams = ""
    since: measured.Since = ""
    until: measured.Until = ""
    columns: Columns = ""
    ladder: Ladder = ""


@dataclass(frozen=True, kw_only=True)
class Log:
    """The log, of one grant or dataset or of all."""

    data: DataNeeded
    grant: GrantId = ""
    dataset: Annotated[str, typer.Option("--dataset", metavar="DATASET", help=term("help.data.name"))] = ""
    last: Annotated[str, typer.Option("--last", metavar="DIGEST", help=term("help.data.last"))] = ""


def words(text: str) -> tuple[str, ...]:
    """Words with commas between them."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def grant(asked: ToGrant) -> Answer:
    """A grant in the lake; it is never changed, it ends or is revoked."""
    from suyuan.cli.data_request import approved
    from suyuan.lake.beside import lake_of
    from suyuan.lake.datasets import shelf_of
    from suyuan.series.dataset.moment import text_of

    shelf = shelf_of(lake_of(asked.data))
    made = approved(asked.request, asked.id, asked.by) if asked.request is not None else _made(asked)
    if made.end is not None and made.end <= made.issued:
        about = {"end": text_of(made.end), "now": text_of(made.issued)}
        raise Refused(finding("sharing.grant.ended", made.id, "error", "", **about))
    dataset = f"{made.dataset}@{made.version}" if made.version else made.dataset
    if not made.version:
        known, _ = shelf.datasets()
        if made.dataset not in {v.head.id for v in known}:
            raise Refused(finding("sharing.dataset.unknown", dataset, known=", ".join(v.name for v in known) or "—"))
    else:
        shelf.dataset(dataset)
    new = shelf.add_grant(made)
    return _shown(made, new)


def _made(asked: ToGrant) -> Grant:
    """The grant that the options describe."""
    from suyuan.lake.table import now
    from suyuan.series.dataset.grant import Grant, made
    from suyuan.series.resolution import decimal

    id, _, version = asked.dataset.partition(" ")[0].partition("@")
    moment = now()
    begin = measured.moment(asked.begin, "--begin")
    return made(Grant(
        asked.id or f"g-{secrets.token_hex(6)}", id, asked.grantee, tuple(asked.purpose or ()),
        moment if begin is None else begin, measured.moment(asked.end, "--end", over=True), version, asked.licence,
        asked.ladder, words(asked.streams), measured.moment(asked.since, "--from"),
        measured.moment(asked.until, "--to", over=True), words(asked.columns),
        decimal(asked.step, "--step") if asked.step else None, words(asked.mask), asked.least, asked.period,
        cast("Disclosure", asked.disclosure), moment, asked.by, zone=str(measured.zone_of(asked.zone)),
        complete=measured.number_of(asked.complete, "--complete") if asked.complete else None,
    ))  # fmt: skip


def _shown(made: Grant, new: bool) -> Answer:
    from suyuan.series.dataset.grant import grant_fields

    def put(page: Page) -> None:
        page.text("✓ " + term("data.granted" if new else "data.granted_before", grant=made.id), "green")
        page.facts((
            (term("column.dataset"), f"{made.dataset}@{made.version or '*'}"), (term("column.grantee"), made.grantee),
            (term("column.purpose"), ", ".join(made.purpose)), (term("column.ladder"), made.ladder),
            (term("column.begins"), measured.shown_time(made.begin)),
            (term("column.ends"), measured.shown_time(made.end)),
        ))  # fmt: skip

    return Answer({"grant": grant_fields(made), "digest": made.digest, "new": new}, put)


def revoke(asked: ToRevoke) -> Answer:
    """From now on the grant does not hold; other nodes learn it at their next contact."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.datasets import shelf_of
    from suyuan.lake.table import now
    from suyuan.series.dataset.grant import Revocation

    moment = now()
    shelf_of(lake_of(asked.data)).revoke(Revocation(asked.grant, moment, asked.reason, asked.by))

    def put(page: Page) -> None:
        page.text("✓ " + term("data.revoked", grant=asked.grant), "green")

    return Answer({"grant": asked.grant, "time": measured.iso(moment), "reason": asked.reason}, put)


def read(asked: ToRead) -> Answer:
    """What the grant gives, in a new file; the log has its line before the file is there."""
    from suyuan.cli.data_node import learn
    from suyuan.lake.beside import lake_of
    from suyuan.lake.datasets import shelf_of
    from suyuan.lake.handed import hand_over
    from suyuan.lake.table import now
    from suyuan.lake.written.rows_csv import TELLS
    from suyuan.series.dataset.grant import Asked

    form = asked.out.suffix.lower().removeprefix(".")
    beside = asked.out.with_name(asked.out.name + TELLS)
    for place in (asked.out, beside) if form == "csv" else (asked.out,):
        reading.free(place)
    lake = lake_of(asked.data)
    held = shelf_of(lake).grant(asked.grant)
    wanted = Asked(
        asked.grantee or held.grantee, asked.purpose, words(asked.streams), measured.moment(asked.since, "--from"),
        measured.moment(asked.until, "--to", over=True), words(asked.columns), asked.ladder,
    )  # fmt: skip
    with contextlib.suppress(Refused):  # a lake without documents beside it knows what it knows
        learn(asked.data)
    found = hand_over(lake, asked.dataset, asked.grant, wanted, form, now())
    reading.write_new(asked.out, found.data)
    if found.beside is not None:
        reading.write_new(beside, found.beside(asked.out.name))
    values = {
        "dataset": found.permission.dataset.citation, "grant": asked.grant, "ladder": found.permission.ladder,
        "rows": found.rows, "line": found.line, "written": str(asked.out),
        "metadata": None if found.beside is None else str(beside),
    }  # fmt: skip

    def put(page: Page) -> None:
        page.text(service.written(asked.out))
        if found.beside is not None:
            page.text(service.written(beside))
        page.facts((
            (term("data.citation"), values["dataset"]), (term("column.ladder"), values["ladder"]),
            (term("column.rows_given"), found.rows), (term("data.line"), found.line),
        ))  # fmt: skip

    return Answer(values, put, found.findings)


def log(asked: Log) -> Answer:
    """The uses and what was refused; whether the chain is whole."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.datasets import shelf_of
    from suyuan.series.dataset.ledger import uses

    lines, found = shelf_of(lake_of(asked.data)).ledger.read(asked.last)
    rows: list[dict[str, Any]] = [
        {"number": x.number, "time": measured.iso(x.use.time), "who": x.use.who, "grant": x.use.grant,
         "dataset": x.use.dataset, "act": x.use.act, "rows": x.use.rows, "columns": list(x.use.columns),
         "purpose": x.use.purpose, "content": x.use.content, "note": x.use.note, "digest": x.digest}
        for x in uses(lines, asked.grant, asked.dataset)
    ]  # fmt: skip
    last = lines[-1].digest if lines else ""

    def put(page: Page) -> None:
        heads = ("number", "time", "grantee", "grant", "dataset", "act", "rows_given", "purpose", "note")
        page.table(measured.columns(*heads), [
            [r["number"], measured.shown_time(measured.moment(r["time"] or "", "")), r["who"], r["grant"],
             r["dataset"].partition(" ")[0], term(f"data.act.{r['act']}"), r["rows"], r["purpose"], r["note"]]
            for r in rows[-measured.MOST :]
        ], (0, 6))  # fmt: skip
        page.facts(((term("data.line"), last),))

    return Answer({"lines": rows, "last": last, "count": len(lines)}, put, found)


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("grant", ToGrant, grant), ("revoke", ToRevoke, revoke), ("read", ToRead, read), ("log", Log, log),
)  # fmt: skip
