"""`suyuan lake`: what is in the lake of a data folder, its readings as they came, its upkeep, questions in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import lake_import, lake_retain, lake_withdraw, listen, measured, send, service
from suyuan.cli.command import DataNeeded, Out
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page

if TYPE_CHECKING:
    from suyuan.lake.marks import Marked
    from suyuan.lake.table import Lake


@dataclass(frozen=True)
class Whole:
    """A data folder."""

    data: DataNeeded


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """A data folder, perhaps one stream of it."""

    stream: Annotated[str, typer.Argument(metavar="[STREAM]", help=term("help.stream"))] = ""
    data: DataNeeded


@dataclass(frozen=True, kw_only=True)
class Readings:
    """Readings of one stream as they came."""

    stream: measured.StreamName
    data: DataNeeded
    since: measured.Since = ""
    until: measured.Until = ""
    counting: measured.Counting = ""
    version: Annotated[int | None, typer.Option("--version", metavar="N", help=term("help.lake.version"))] = None
    out: Out = None


@dataclass(frozen=True, kw_only=True)
class Query:
    """A question in SQL."""

    sql: Annotated[str, typer.Argument(metavar="SQL", help=term("help.lake.sql"))]
    data: DataNeeded
    engine: Annotated[str, typer.Option("--engine", metavar="ADDRESS", help=term("help.engine"))] = "duckdb"
    out: Out = None


def _lake(asked: Any) -> Lake:
    from suyuan.lake.beside import lake_of

    return lake_of(asked.data)


def streams(asked: Whole) -> Answer:
    """Each stream with what it is and how much of it there is."""
    lake = _lake(asked)
    totals: dict[str, dict[str, Any]] = {}
    for row in lake.blocks().to_pylist():
        one = totals.setdefault(row["stream"], {"blocks": 0, "readings": 0, "missing": 0, "first": None, "last": None})
        one["blocks"] += 1
        one["readings"] += row["n"]
        one["missing"] += row["missing"] or 0
        for name, pick in (("first", min), ("last", max)):
            ends = [x for x in (one[name], row[name]) if x is not None]
            one[name] = pick(ends) if ends else None
    nothing = {"blocks": 0, "readings": 0, "missing": 0, "first": None, "last": None}
    out = lake_withdraw.listed(lake)
    rows = []
    for stream in lake.streams():
        total = totals.get(stream.id, nothing)
        rows.append({
            "stream": stream.id, "quantity": stream.quantity, "unit": stream.unit, "instrument": stream.instrument,
            "place": stream.place, "resolution": format(stream.resolution, "f"), "sampling": stream.sampling,
            "owner": stream.owner, "licence": stream.licence, "title": stream.title, **total,
            "first": measured.iso(total["first"]), "last": measured.iso(total["last"]),
            "withdrawn": sum(one["stream"] == stream.id for one in out),
        })  # fmt: skip

    def show(page: Page) -> None:
        heads = measured.columns("stream", "quantity", "unit", "instrument", "place", "readings", "missing", "begins",
                                "ends")  # fmt: skip
        page.table(heads, [
            [r["stream"], r["quantity"], r["unit"], r["instrument"], r["place"], r["readings"], r["missing"],
             measured.shown_time(totals.get(r["stream"], nothing)["first"]),
             measured.shown_time(totals.get(r["stream"], nothing)["last"])] for r in rows
        ], (5, 6))  # fmt: skip
        lake_withdraw.show(page, out)

    return Answer({"streams": rows, "version": lake.version, "withdrawn": out}, show)


def blocks(asked: Blocks) -> Answer:
    """Each block: whose readings, how many, when known, from which file."""
    from suyuan.lake.corrected import stream_of

    lake = _lake(asked)
    if asked.stream:
        stream_of(lake, asked.stream)
    found = lake.blocks(asked.stream or None).sort_by([("received", "ascending"), ("written", "ascending")])
    out = lake_withdraw.listed(lake, asked.stream or None)
    rows = [
        {
            "digest": row["digest"], "stream": row["stream"], "instrument": row["instrument"],
            "configuration": row["configuration"] or "", "readings": row["n"], "missing": row["missing"],
            "resolution": row["resolution"], "u": row["u"], "first": measured.iso(row["first"]),
            "last": measured.iso(row["last"]), "received": measured.iso(row["received"]), "source": row["source"],
        }
        for row in found.to_pylist()
    ]  # fmt: skip

    def show(page: Page) -> None:
        heads = measured.columns("digest", "stream", "instrument", "readings", "missing", "begins", "ends", "received")
        page.table(heads, [
            [r["digest"][:12], r["stream"], r["instrument"], r["readings"], r["missing"],
             *(measured.shown_time(measured.moment(r[k] or "", k)) for k in ("first", "last", "received"))]
            for r in rows[: measured.MOST]
        ], (3, 4))  # fmt: skip
        page.text(measured.rest(measured.MOST, len(rows)), "dim")
        lake_withdraw.show(page, out)

    return Answer({"blocks": rows, "withdrawn": out}, show)


def read(asked: Readings) -> Answer:
    """Readings with their marks: late, repeated, in conflict, and which of them counts; not corrected."""
    from suyuan.lake.corrected import stream_of
    from suyuan.lake.marks import marked

    measured.check_out(asked.out)
    lake = _lake(asked)
    stream = stream_of(lake, asked.stream)
    first, last = measured.moment(asked.since, "--from"), measured.moment(asked.until, "--to", over=True)
    found = marked(lake, stream.id, first, last, rule=asked.counting or None, version=asked.version)
    columns = _columns(found)
    if asked.out is not None:
        measured.write_table(asked.out, columns)
    values: dict[str, Any] = {
        "stream": stream.id, "unit": stream.unit, "readings": len(found), "counting": int(found.counts.sum()),
        "rule": found.rule["name"], "written": asked.out and str(asked.out),
    }  # fmt: skip
    if asked.out is None:
        values["columns"] = columns | {"time": [measured.iso(int(t)) for t in found.time]}

    def show(page: Page) -> None:
        page.title(f"{stream.id}  {stream.quantity}  {stream.instrument}".rstrip())
        page.facts(((term("lake.readings"), len(found)), (term("lake.counting"), values["counting"])))
        if asked.out is not None:
            page.text(service.written(asked.out))
            return
        rows = []
        for i in range(min(len(found), measured.MOST)):
            marks = [term(f"mark.{m}") for m in ("late", "duplicate", "conflict") if getattr(found, m)[i]]
            value = "" if found.missing[i] else columns["reading"][i]
            flag, counts = columns["flag"][i], "✓" if found.counts[i] else "–"
            rows.append([measured.shown_time(int(found.time[i])), value, flag, counts, ", ".join(marks)])
        heads = measured.columns("time", "reading", "flag", "counts", "marks")
        page.table([heads[0], f"{heads[1]}, {stream.unit}", *heads[2:]], rows, (1,))
        page.text(measured.rest(measured.MOST, len(found)), "dim")

    return Answer(values, show, found.findings)


def _columns(found: Marked) -> dict[str, Any]:
    """Readings as columns; times as timestamps in UTC."""
    import numpy as np
    import pyarrow as pa

    from suyuan.series.block import NO_TIME

    legends = [found.legend(number) for number in range(len(found.blocks))]
    flags = ["" if f < 0 else legends[b][f] for f, b in zip(found.flag, found.block, strict=True)]
    digests = np.array([row["digest"] for row in found.blocks] or [""], dtype=object)
    return {
        "time": pa.array(found.time, pa.timestamp("us", "UTC"), mask=found.time == NO_TIME),
        "reading": pa.array(found.value, mask=found.missing), "u": pa.array(found.u, mask=np.isnan(found.u)),
        "flag": flags, "counts": found.counts, "late": found.late, "duplicate": found.duplicate,
        "conflict": found.conflict, "block": digests[found.block] if len(found) else [],
    }  # fmt: skip


def compact(asked: Whole) -> Answer:
    """Many small files become few sorted ones."""
    from suyuan.lake.upkeep import compact as merge

    with measured.progress(term("lake.compacting")) as told:
        done = merge(_lake(asked), progress=told)
    values = {name: getattr(done, name) for name in ("files_before", "files_after", "bytes_before", "bytes_after",
                                                     "dropped")}  # fmt: skip

    def show(page: Page) -> None:
        page.facts((term(f"lake.{name}"), value) for name, value in values.items())

    return Answer(values, show)


def versions(asked: Whole) -> Answer:
    """The versions of the lake: when each was written, and which have a name."""
    from suyuan.lake.upkeep import published

    lake = _lake(asked)
    named: dict[int, list[str]] = {}
    for name, version in published(lake).items():
        named.setdefault(version, []).append(name)
    rows = []
    for row in sorted(lake.table("blocks").history(), key=lambda r: r["version"]):
        at = int(row["timestamp"]) * 1000
        rows.append({"version": row["version"], "written": measured.iso(at), "operation": row.get("operation"),
                     "names": named.get(row["version"], [])})  # fmt: skip

    def show(page: Page) -> None:
        page.table(service.columns("version", "written", "what", "names"), [
            [r["version"], measured.shown_time(measured.moment(str(r["written"]), "")), r["operation"],
             ", ".join(r["names"])] for r in rows
        ], (0,))  # fmt: skip

    return Answer({"versions": rows, "newest": lake.version}, show)


def query(asked: Query) -> Answer:
    """The answer to a question; nothing can be changed by it."""
    from suyuan.lake.engine import open_engine
    from suyuan.lake.question import question

    measured.check_out(asked.out)
    with open_engine(asked.engine) as engine:
        table = question(engine, _lake(asked), asked.sql)
    if asked.out is not None:
        measured.write_table(asked.out, {name: table[name] for name in table.column_names})
    rows = table.slice(0, measured.MOST).to_pylist()
    values: dict[str, Any] = {"columns": table.column_names, "rows": table.num_rows}
    values |= {"written": str(asked.out)} if asked.out is not None else {"values": table.to_pylist()}

    def show(page: Page) -> None:
        if asked.out is not None:
            page.text(service.written(asked.out))
            return
        right = [
            i for i, name in enumerate(table.column_names) if str(table[name].type).startswith(("int", "dou", "dec"))
        ]
        page.table(table.column_names, [[_cell(v) for v in row.values()] for row in rows], right)
        page.text(measured.rest(measured.MOST, table.num_rows), "dim")

    return Answer(values, show)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        from suyuan.quantity.notation import grouped, number

        return grouped(number(value, 8))
    return str(value)


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("import", lake_import.Import, lake_import.run), ("streams", Whole, streams), ("blocks", Blocks, blocks),
    ("read", Readings, read), ("withdraw", lake_withdraw.Withdraw, lake_withdraw.run),
    ("compact", Whole, compact), ("retain", lake_retain.Retain, lake_retain.run),
    ("versions", Whole, versions), ("query", Query, query),
    ("listen", listen.Listen, listen.run), ("send", send.Send, send.run),
)  # fmt: skip
MAPPING: tuple[tuple[str, Any, Any], ...] = (("propose", lake_import.Propose, lake_import.propose),)
