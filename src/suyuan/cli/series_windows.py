"""`suyuan series certificates` and `propose`: which certificate counts when, and how one may correct readings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import measured, reading, series_detach, service
from suyuan.cli.command import DataNeeded, Out
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Refused

if TYPE_CHECKING:
    from suyuan.series.asof import Windows


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """Windows of one stream."""

    stream: measured.StreamName
    data: DataNeeded
    known: measured.Known = ""


def certificates(asked: Certificates) -> Answer:
    """Which certificate counts when, as known now (or at one time), and how that knowledge came about."""
    from suyuan.lake.corrected import stream_of
    from suyuan.series.asof import Subject, windows

    opened = measured.opened(asked.data)
    stream, join, known = stream_of(opened.lake, asked.stream), opened.join(), measured.known_at(asked.known)
    kinds = {(row["instrument"], row["configuration"] or "") for row in opened.lake.blocks(stream.id).to_pylist()}
    subjects = [Subject.of(stream, i, c) for i, c in sorted(kinds or {(stream.instrument, "")})]
    seen = []
    for subject in subjects:
        mine = [one for one in join.corrections if subject.takes(one)]
        at = sorted({m for one in mine for m in one.moments if m <= known})
        steps = [windows(join.corrections, moment, subject) for moment in ([known] if asked.known else [*at, known])]
        seen.append((subject, _changing(steps)))
    values = {
        "stream": stream.id, "known": measured.iso(known),
        "subjects": [
            {"instrument": s.instrument, "configuration": s.configuration, "place": s.place,
             "quantity": s.quantity,
             "known": [{"from": measured.iso(w.known), "windows": _windows(w)} for w in steps]} for s, steps in seen
        ],
    }  # fmt: skip

    def show(page: Page) -> None:
        for subject, steps in seen:
            page.title(" ".join(p for p in (stream.id, subject.instrument, subject.configuration, subject.place) if p))
            for one in reversed(steps):
                page.text(f"{term('series.known_from')} {measured.shown_time(one.known)}", "dim")
                page.table(measured.columns("since", "until", "status", "certificate", "range"), [
                    [measured.shown_time(int(a)), measured.shown_time(int(b)), measured.status(row["status"]),
                     row["certificate"], row["range_text"]]
                    for a, b, row in zip(one.start, one.end, _windows(one), strict=True)
                ])  # fmt: skip

    told = measured.about(join.findings, join.findings, stream.instrument)
    return Answer(values, show, measured.once((*told, *(f for _, steps in seen for f in steps[-1].findings))))


def _changing(steps: list[Windows]) -> list[Windows]:
    """Only those states of knowledge that differ from the one before; the last one stands for the present."""
    from suyuan.series.changed import differing

    kept: list[Windows] = []
    for one in steps:
        if not kept or differing(kept[-1], one):
            kept.append(one)
    return kept


def _windows(one: Windows) -> list[dict[str, Any]]:
    from suyuan.series.asof import Status

    rows = []
    for start, end, status, c in zip(one.start, one.end, one.status, one.corrections, strict=True):
        span = None if c is None or c.range is None else list(c.range)
        rows.append({
            "from": measured.iso(int(start)), "to": measured.iso(int(end)), "status": Status(int(status)).word,
            "certificate": c.certificate if c is not None else "", "range": span,
            "range_text": f"{span[0]:g} … {span[1]:g} {c.raw_unit}" if span and c is not None else "",
            "model": getattr(c.model, "text", "") if c is not None else "",
        })  # fmt: skip
    return rows


# ---------------------------------------------------------------- proposals


@dataclass(frozen=True, kw_only=True)
class Propose:
    """A certificate that may correct readings by its own form."""

    name: Annotated[str, typer.Argument(metavar="CERTIFICATE", help=term("help.name"))]
    data: DataNeeded
    instrument: Annotated[str, typer.Option("--instrument", metavar="ID", help=term("help.series.instrument"))] = ""
    known: Annotated[str, typer.Option("--known", metavar="TIME", help=term("help.series.since"))] = ""
    keep: Annotated[bool, typer.Option("--keep", help=term("help.series.keep"))] = False
    out: Out = None


def propose(asked: Propose) -> Answer:
    """A document «correction» from the certificate's own form: shown, written, or kept."""
    from suyuan.cli.named import certificate_named
    from suyuan.store.correcting import joined
    from suyuan.verbs.series.corrections import corrections
    from suyuan.verbs.series.declared import declared_document, read_declared
    from suyuan.verbs.series.proposal import proposed

    store = reading.open_store(asked.data)
    evidence, damaged = store.load()
    fields, told = proposed(certificate_named(evidence, asked.name), asked.instrument)
    if asked.known:
        measured.moment(asked.known, "--known")
        fields["known"] = asked.known
    document = declared_document(fields)
    one, wrong = read_declared(document)
    if one is None:
        raise Refused(*wrong)
    tried = corrections(evidence, [one], {}, measured.zone_of(""), store.bounds() or "")
    if not tried.corrections:
        raise Refused(*tried.findings)
    name = Path(f"correction-{one.number}.json")
    if asked.out is not None:
        reading.write_new(asked.out, document + b"\n")
    kept = store.add(document, name.name) if asked.keep else None
    now = joined(store)
    values = {"document": fields, "kept": kept and kept.digest, "new": kept and kept.new,
              "written": asked.out and str(asked.out), "corrections": len(now.corrections)}  # fmt: skip

    def show(page: Page) -> None:
        page.text(document.decode("utf-8"))
        if kept is not None:
            page.text("✓ " + term("series.kept", digest=kept.digest[:12]), "green")
        elif asked.out is not None:
            page.text(service.written(asked.out))

    unfit = () if kept is None else series_detach.unfit_of_added(asked.data, {kept.digest})
    replaced = now.replaced({kept.digest}) if kept is not None and kept.new else ()
    return Answer(values, show, measured.once((*damaged, *told, *tried.findings, *replaced, *unfit)))
