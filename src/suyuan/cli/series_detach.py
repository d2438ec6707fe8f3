"""`suyuan series detach`: take an instrument, or a certificate of it, from a stream; and the warning of other units.

Nothing is edited: a document says from when on nothing corrects the readings of the stream, and is kept beside the
others. A later one of the same stream, instrument and certificate takes its place, or takes it back.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import measured, reading, series_impact
from suyuan.cli.command import DataNeeded, today
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.series.stream import Stream
    from suyuan.store.folder import Store
    from suyuan.verbs.series.detachment import Wanted


@dataclass(frozen=True, kw_only=True)
class Detach:
    """A stream, and what is taken from it."""

    stream: measured.StreamName
    data: DataNeeded
    since: Annotated[str, typer.Option("--from", metavar="TIME", help=term("help.series.detach.from"))] = ""
    instrument: Annotated[str, typer.Option("--instrument", metavar="ID", help=term("help.series.instrument"))] = ""
    certificate: Annotated[
        str, typer.Option("--certificate", metavar="CERTIFICATE", help=term("help.series.detach.certificate"))
    ] = ""
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=term("help.series.detach.reason"))] = ""
    again: Annotated[bool, typer.Option("--again", help=term("help.series.detach.again"))] = False
    dry: Annotated[bool, typer.Option("--dry", help=term("help.series.detach.dry"))] = False
    zone: measured.Zone = ""
    own_u: measured.Own = ""


def detach(asked: Detach) -> Answer:
    """Keep the document, and show what it does to the readings of the stream."""
    from suyuan.lake.corrected import stream_of
    from suyuan.lake.effect import State
    from suyuan.lake.table import now
    from suyuan.store.correcting import known_of
    from suyuan.verbs.series.detachment import detachment

    opened = measured.opened(asked.data)
    moment = now()
    wanted = _wanted(asked, opened.store, stream_of(opened.lake, asked.stream), moment)
    known, damaged = known_of(opened.store, today())
    document, one = detachment(wanted, known.declared)
    before, after = known.join(), known.join(declared=(*known.declared, one))
    pair = State(before.corrections, moment), State(after.corrections, moment)
    effects, stopped = series_impact.effects_of(asked, opened.lake, *pair)
    kept = None if asked.dry else opened.store.add(document, f"{asked.stream}.json")
    values: dict[str, Any] = {"document": json.loads(document), "kept": kept and kept.digest, "new": kept and kept.new}
    answer = series_impact.answer(
        asked.data, asked.zone, effects, values, asked.stream, (*damaged, *stopped, *after.findings)
    )

    def show(page: Page) -> None:
        answer.show(page)
        word = "series.attached" if asked.again else "series.detached"
        said = term(word, stream=asked.stream, instrument=one.instrument, since=asked.since)
        page.text(f"{'·' if asked.dry else '✓'} {said}", "dim" if asked.dry else "green")

    told = measured.about(answer.findings, after.findings, one.instrument)
    return Answer(answer.values, show, measured.once(told))


def _wanted(asked: Detach, store: Store, stream: Stream, moment: int) -> Wanted:
    """What is asked for. Raises Refused for a day that is none and a certificate that is not there."""
    from suyuan.cli.named import certificate_named
    from suyuan.verbs.series.detachment import Wanted

    if not asked.since and not asked.again:
        raise Refused(finding("series_join.taken.start", "--from"))
    measured.moment(asked.since, "--from")
    named = certificate_named(store.load()[0], asked.certificate).key if asked.certificate else None
    known = measured.iso(moment) or ""
    return Wanted(stream, asked.instrument, named, asked.since, known, asked.again, asked.reason)


# ---------------------------------------------------------------- the warning


def unfit(data: Path, streams: Collection[str] | None = None, instruments: Collection[str] = ()) -> tuple[Finding, ...]:
    """Streams of a data folder whose unit goes with no correction of their instrument, and corrections that count for
    several quantities of one.

    streams: only these, by id; None: those whose readings were made with some of the instruments.
    """
    from suyuan.lake.beside import NAME, lake_of
    from suyuan.lake.effect import spans
    from suyuan.series.asof import mixed
    from suyuan.series.asof import unfit as of_subject

    if not (data / NAME / "lake.json").is_file():
        return ()
    every = tuple(spans(lake_of(data)))
    subjects = [
        one for one in every
        if (one.stream in streams if streams is not None else one.instrument in instruments)
    ]  # fmt: skip
    if not subjects:
        return ()
    made = measured.opened(data).join().corrections
    beside = mixed(made, (one for one in every if one.instrument in {mine.instrument for mine in subjects}))
    return measured.once([*(f for one in subjects for f in of_subject(made, one)), *beside])


def unfit_of_added(data: Path, digests: Collection[str]) -> tuple[Finding, ...]:
    """The same for the instruments of corrections that have just been kept."""
    from suyuan.store.correcting import declared

    mine = {d.instrument for d in declared(reading.open_store(data)) if d.corrects and d.digest in digests}
    return unfit(data, None, mine) if mine else ()
