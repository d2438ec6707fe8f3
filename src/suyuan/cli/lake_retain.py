"""`suyuan lake retain`: old blocks go by a date, after a look at what that would be; never what a version cites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import measured
from suyuan.cli.command import DataNeeded
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page

if TYPE_CHECKING:
    from suyuan.lake.retention import Aged


@dataclass(frozen=True, kw_only=True)
class Retain:
    """A date, perhaps some streams, and whether it is meant."""

    data: DataNeeded
    before: Annotated[str, typer.Option("--before", metavar="TIME", help=term("help.lake.retain_before"))]
    stream: Annotated[
        list[str] | None, typer.Option("--stream", metavar="STREAM", help=term("help.lake.retain_stream"))
    ] = None
    apply: Annotated[bool, typer.Option("--apply", help=term("help.lake.retain_apply"))] = False


def run(asked: Retain) -> Answer:
    """Show which blocks would go and which a published version keeps; with --apply let them go."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.corrected import stream_of
    from suyuan.lake.retention import aged, retain
    from suyuan.lake.upkeep import vacuum
    from suyuan.quantity.finding import Refused, finding

    lake = lake_of(asked.data)
    before = measured.moment(asked.before, "--before")
    if before is None:
        raise Refused(finding("cli.series.time", "--before", given=asked.before))
    streams = [stream_of(lake, name).id for name in asked.stream or ()] or None
    found = aged(lake, before, streams)
    going = [one for one in found if not one.cited]
    values: dict[str, Any] = {
        "before": measured.iso(before), "applied": asked.apply, "blocks": len(going),
        "readings": sum(one.readings for one in going), "kept": len(found) - len(going),
        "rows": [{"digest": one.digest, "stream": one.stream, "readings": one.readings,
                  "first": measured.iso(one.first), "last": measured.iso(one.last), "cited": list(one.cited)}
                 for one in found],
    }  # fmt: skip
    if asked.apply:
        done = retain(lake, before, streams)
        values |= {"blocks": done.blocks, "dropped": done.dropped, "files": done.files}
    else:
        values["files"] = vacuum(lake, dry=True)
    return Answer(values, lambda page: _show(page, values, found))


def _show(page: Page, values: dict[str, Any], found: Sequence[Aged]) -> None:
    heads = measured.columns("stream", "digest", "readings", "begins", "ends", "what")
    page.table(heads, [
        [one.stream, one.digest[:12], one.readings, measured.shown_time(one.first), measured.shown_time(one.last),
         term("lake.retain.cited", names=", ".join(one.cited)) if one.cited else term("lake.retain.goes")]
        for one in found[: measured.MOST]
    ], (2,))  # fmt: skip
    page.text(measured.rest(measured.MOST, len(found)), "dim")
    about = {name: values[name] for name in ("blocks", "readings", "kept", "files")}
    page.text(term("lake.retain.done" if values["applied"] else "lake.retain.would", **about))
