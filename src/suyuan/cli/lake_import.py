"""`suyuan lake import`: measurement files into the lake: recognised, previewed, appended whole or not at all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import measured, reading, service
from suyuan.cli.command import Data, Files, Out
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.cli.series_detach import unfit
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.lake.formats.imported import Imported
    from suyuan.lake.intake import Brought, Given
    from suyuan.series.stream import Stream


@dataclass(frozen=True, kw_only=True)
class Import:
    """Files to bring in, and what they do not say themselves."""

    files: Files
    data: Data = None
    mapping: Annotated[Path | None, typer.Option("--mapping", metavar="FILE", help=term("help.lake.mapping_file"))] = (
        None
    )
    stream: Annotated[
        list[str] | None, typer.Option("--stream", metavar="[NAME=]ID", help=term("help.lake.stream"))
    ] = None
    quantity: Annotated[
        list[str] | None, typer.Option("--quantity", metavar="[NAME=]TEXT", help=term("help.lake.quantity"))
    ] = None
    unit: Annotated[list[str] | None, typer.Option("--unit", metavar="[NAME=]UNIT", help=term("help.lake.unit"))] = None
    instrument: Annotated[
        list[str] | None, typer.Option("--instrument", metavar="[NAME=]ID", help=term("help.lake.instrument"))
    ] = None
    place: Annotated[str, typer.Option("--place", metavar="TEXT", help=term("help.lake.place"))] = ""
    configuration: Annotated[
        str, typer.Option("--configuration", metavar="TEXT", help=term("help.lake.configuration"))
    ] = ""
    owner: Annotated[str, typer.Option("--owner", metavar="TEXT", help=term("help.lake.owner"))] = ""
    licence: Annotated[str, typer.Option("--licence", metavar="TEXT", help=term("help.lake.licence"))] = ""
    sampling: Annotated[str, typer.Option("--sampling", metavar="SECONDS", help=term("help.lake.sampling"))] = ""
    resolution: Annotated[
        list[str] | None, typer.Option("--resolution", metavar="[NAME=]STEP", help=term("help.lake.resolution"))
    ] = None
    start: Annotated[str, typer.Option("--start", metavar="TIME", help=term("help.lake.start"))] = ""
    own_u: Annotated[str, typer.Option("--u", metavar="U", help=term("help.lake.u"))] = ""
    received: Annotated[str, typer.Option("--received", metavar="TIME", help=term("help.lake.received"))] = ""
    zone: Annotated[str, typer.Option("--zone", metavar="ZONE", help=term("help.lake.zone"))] = ""
    fold: Annotated[str, typer.Option("--fold", metavar="order|first|second", help=term("help.lake.fold"))] = ""
    dry: Annotated[bool, typer.Option("--dry", help=term("help.lake.dry"))] = False


@dataclass(frozen=True)
class Read:
    """One file as read: its measurands, or why there are none; refused: why nothing of it can go in."""

    path: Path
    imported: Imported | None
    brought: tuple[Brought, ...] = ()
    refused: tuple[Finding, ...] = ()

    @property
    def good(self) -> list[Brought]:
        return [one for one in self.brought if one.block is not None]


def run(asked: Import) -> Answer:
    """Read the files, show what is in them, and append it unless only a look was asked for."""
    if asked.data is None and not asked.dry:
        raise Refused(finding("cli.option.needs", "lake import", option="lake import", needed="--data FOLDER"))
    given = _given(asked)
    known = _known(asked)
    read: list[Read] = []
    with measured.progress(term("lake.reading")) as told:
        for number, path in enumerate(asked.files):
            read.append(_read(asked, path, given, known))
            known = [*known, *(one.stream for one in read[-1].good if one.stream is not None)]
            told(number + 1, len(asked.files))
    kept, done = ([], None) if asked.dry else _append(asked, read)
    values: dict[str, Any] = {"files": [_plain(one, set() if done is None else set(done.known)) for one in read]}
    if done is not None:
        values |= {"new": len(done.new), "known": len(done.known), "readings": done.readings, "version": done.version}
    again = [*kept, *_withdrawn(asked, done)]
    found = [f for one in read for f in (*(one.imported.findings if one.imported else ()), *_of_streams(one))] + again
    if done is not None and asked.data is not None:
        found += unfit(asked.data, {b.stream.id for one in read for b in one.good if b.stream is not None})
    lost = tuple(f for one in read for f in one.refused)
    return Answer(values, lambda page: _show(page, asked, read, values), measured.once(found), measured.once(lost))


def _of_streams(one: Read) -> list[Finding]:
    """What is told of the measurands of a file; where none goes in, that is why the file is refused."""
    return [f for brought in one.brought for f in brought.findings if one.good or brought.block is not None]


def _withdrawn(asked: Import, done: Any) -> list[Finding]:
    """Blocks that came again after they were taken out: they stay out, and that is told."""
    if done is None or not done.known or asked.data is None:
        return []
    from suyuan.lake.beside import lake_of
    from suyuan.lake.withdrawn import withdrawn

    out = {row["digest"]: row for row in withdrawn(lake_of(asked.data))}
    return [
        finding("lake.withdrawn.again", row["stream"], "error", digest=digest[:16], who=row["who"],
                reason=row["reason"], at=measured.shown_time(row["at"]))
        for digest in done.known if (row := out.get(digest)) is not None
    ]  # fmt: skip


def _known(asked: Import) -> list[Stream]:
    from suyuan.lake.beside import NAME, lake_of

    there = asked.data is not None and (asked.data / NAME / "lake.json").is_file()
    return list(lake_of(asked.data).streams()) if there and asked.data is not None else []


def _given(asked: Import) -> Given:
    from suyuan.lake.intake import Given
    from suyuan.lake.table import now
    from suyuan.quantity.unit import parse_unit

    ids, units, quantities = (_named(some) for some in (asked.stream, asked.unit, asked.quantity))
    for option, some in (("--unit", units), ("--quantity", quantities)):
        if some and asked.mapping is not None:
            raise Refused(finding("lake.intake.mapping_units", option))
    for unit in units.values():
        with reading.about("--unit"):
            parse_unit(unit)
    u: float | str | None = None
    if asked.own_u:
        u = "resolution" if asked.own_u == "resolution" else measured.number_of(asked.own_u, "--u")
    sampling = measured.number_of(asked.sampling, "--sampling") or None if asked.sampling else None
    received = measured.moment(asked.received, "--received")
    instruments, resolutions = _named(asked.instrument), _named(asked.resolution)
    return Given(
        ids, quantities, units, instruments.pop("", ""), asked.place, asked.configuration, asked.owner, asked.licence,
        sampling, resolutions.pop("", ""), u, now() if received is None else received, "", instruments, resolutions,
        measured.moment(asked.start, "--start"),
    )  # fmt: skip


def _named(some: list[str] | None) -> dict[str, str]:
    """«NAME=TEXT» as name → text; «» for a text without a name."""
    return {name: text for name, _, text in (one.rpartition("=") for one in some or ())}


def _read(asked: Import, path: Path, given: Given, known: list[Stream]) -> Read:
    """One file; what is wrong with it is told, and the others are read."""
    from suyuan.lake.formats import mapped, recognise
    from suyuan.lake.intake import brought

    try:
        content = reading.read_bytes(path)
        with reading.about(path):
            if asked.mapping is not None:
                mapping = reading.read_bytes(asked.mapping)
                imported = mapped.read(content, name=path.name, zone=asked.zone, fold=asked.fold, mapping=mapping)
            else:
                imported = recognise.read(content, name=path.name, zone=asked.zone, fold=asked.fold)
            whole = replace(given, source=hashlib.sha256(content).hexdigest())
            made = brought(imported, whole, known)
    except Refused as refused:
        return Read(path, None, refused=refused.findings)
    if any(one.block is not None for one in made):
        return Read(path, imported, made)
    return Read(path, imported, made, tuple(reading.in_file(f, path) for one in made for f in one.findings))


def _append(asked: Import, read: list[Read]) -> tuple[list[Finding], Any]:
    """Declare the streams and append all blocks of all files in one go; nothing where nothing can go in. Rows that no
    reader could use are kept first, and that is told."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.kept_rows import keep_rows

    good = [one for file in read for one in file.good]
    if not good or asked.data is None:
        return [], None
    asked.data.mkdir(parents=True, exist_ok=True)
    lake = lake_of(asked.data, new=True)
    latest = {one.stream.id: one.stream for one in good if one.stream is not None}
    lake.declare(latest.values())
    aside = [
        told
        for file in read
        if file.imported is not None and file.good and (block := file.good[0].block) is not None
        for told in keep_rows(lake.folder, file.imported, file.path.name, block.source)
    ]
    blocks = [one.block for one in good if one.block is not None]
    with measured.progress(term("lake.appending")) as told:
        return aside, lake.append(blocks, told)


def _plain(one: Read, known: set[str]) -> dict[str, Any]:
    """One file for programs."""
    if one.imported is None:
        return {"file": str(one.path), "format": None, "streams": [], "unread": {}}
    from suyuan.series.block import NO_TIME

    streams = []
    for made in one.brought:
        row: dict[str, Any] = {"name": made.name, "stream": None}
        if made.stream is not None and made.block is not None:
            stream, block = made.stream, made.block
            first, last = block.span or (None, None)
            row |= {
                "stream": stream.id, "quantity": stream.quantity, "unit": stream.unit, "instrument": block.instrument,
                "place": stream.place, "readings": len(block), "resolution": _resolution(made),
                "missing": 0 if block.missing is None else int(block.missing.sum()),
                "untimed": int((block.time == NO_TIME).sum()), "first": measured.iso(first),
                "last": measured.iso(last), "sampling": stream.sampling, "digest": block.digest,
                "new": block.digest not in known,
            }  # fmt: skip
        streams.append(row)
    return {
        "file": str(one.path), "format": one.imported.format, "version": one.imported.version, "streams": streams,
        "unread": dict(one.imported.unread), "local": one.imported.local,
    }  # fmt: skip


def _resolution(made: Brought) -> str | None:
    """The resolution of a measurand; None where its digits say nothing of the instrument."""
    assert made.block is not None
    unknown = any(f.code == "lake.intake.resolution_unknown" for f in made.findings)
    return None if unknown else format(made.block.resolution, "f")


def _show(page: Page, asked: Import, read: list[Read], values: dict[str, Any]) -> None:
    heads = measured.columns("stream", "quantity", "unit", "instrument", "readings", "missing", "untimed", "resolution",
                             "begins", "ends")  # fmt: skip
    for one, row in zip(read, values["files"], strict=True):
        if one.imported is None:
            continue
        page.title(f"{one.path}  {row['format']} {row['version']}".rstrip())
        rows = []
        for made, line in zip(one.brought, row["streams"], strict=True):
            if made.block is None:
                rows.append([f"✗ {made.name}"])
                continue
            first, last = made.block.span or (None, None)
            rows.append([
                line["stream"], line["quantity"], line["unit"], line["instrument"], line["readings"], line["missing"],
                line["untimed"], line["resolution"] or term("lake.unknown"), measured.shown_time(first),
                measured.shown_time(last),
            ])  # fmt: skip
        if rows:
            page.table(heads, [[*r, *[""] * (len(heads) - len(r))] for r in rows], (4, 5, 6, 7))
        if row["unread"]:
            page.text(term("lake.unread", what=", ".join(f"{k} ({n})" for k, n in row["unread"].items())), "yellow")
    if asked.dry:
        page.text(term("lake.dry"), "dim")
    elif "new" in values:
        page.text(
            "✓ " + term("lake.appended", **{k: values[k] for k in ("new", "known", "readings", "version")}), "green"
        )


# ---------------------------------------------------------------- mappings


@dataclass(frozen=True)
class Propose:
    """A table whose columns are to be guessed."""

    file: Annotated[Path, typer.Argument(metavar="FILE", help=term("help.lake.table"))]
    out: Out = None


def propose(asked: Propose) -> Answer:
    """A mapping guessed from a table, each guess with its reason; for a person to look at and save."""
    from suyuan.lake.formats.proposed import propose as guess

    if asked.out is not None:
        reading.free(asked.out)
    content = reading.read_bytes(asked.file)
    with reading.about(asked.file):
        made = guess(content, asked.file.name)
    if asked.out is not None:
        reading.write_new(asked.out, made.mapping.to_bytes() + b"\n")
    values = {"mapping": made.mapping.to_json(), "sample": made.sample, "written": asked.out and str(asked.out)}

    def show(page: Page) -> None:
        if asked.out is None:
            page.text(json.dumps(values["mapping"], ensure_ascii=False, indent=1))
        else:
            page.text(service.written(asked.out))
        page.findings(made.reasons)

    return Answer(values, show, made.reasons, told=True)
