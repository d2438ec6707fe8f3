"""`suyuan data`: datasets of a lake: publish a version that can be cited, show, check and compare it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import data_grant, data_node, data_request, measured, reading, service
from suyuan.cli.command import DataNeeded
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused

if TYPE_CHECKING:
    from suyuan.quantity.correction import Correction
    from suyuan.series.dataset.standing import Withdrawn
    from suyuan.series.dataset.version import DatasetVersion, Head, Wanted

Name = Annotated[str, typer.Argument(metavar="DATASET", help=term("help.data.name"))]


@dataclass(frozen=True, kw_only=True)
class Publish:
    """A description of a dataset, and the data folder whose readings it names."""

    description: Annotated[Path, typer.Argument(metavar="DESCRIPTION", help=term("help.data.description"))]
    data: DataNeeded
    certificates: Annotated[
        list[Path] | None, typer.Option("--certificates", metavar="FILE", help=term("help.data.certificates"))
    ] = None
    known: measured.Known = ""


@dataclass(frozen=True, kw_only=True)
class Show:
    """One dataset version, or all."""

    name: Annotated[str, typer.Argument(metavar="[DATASET]", help=term("help.data.name"))] = ""
    data: DataNeeded


@dataclass(frozen=True, kw_only=True)
class Check:
    """One dataset version."""

    name: Name
    data: DataNeeded


@dataclass(frozen=True, kw_only=True)
class Compare:
    """Two versions."""

    before: Name
    after: Annotated[str, typer.Argument(metavar="DATASET", help=term("help.data.name"))]
    data: DataNeeded


def publish(asked: Publish) -> Answer:
    """A version with its citation; the readings and certificates that it names are kept for good."""
    from suyuan.cli.doctor import release
    from suyuan.lake.datasets import publish_dataset
    from suyuan.series.dataset.attributes import missing

    head, wanted = _description(asked.description)
    opened = measured.opened(asked.data)
    join = opened.join()
    corrections = (*join.corrections, *_handed(asked.certificates or ()))
    version = publish_dataset(
        opened.lake, head, wanted, corrections, measured.known_at(asked.known), f"suyuan {release()}"
    )
    instruments = {p.stream.instrument for p in version.parts}
    told = [f for f in join.findings if dict(f.parameters).get("instrument", "") in {"", *instruments}]
    return _shown(version, (*told, *missing(version)))


def _handed(files: tuple[Path, ...] | list[Path]) -> tuple[Correction, ...]:
    from suyuan.series.dataset.certificate_document import read_correction

    return tuple(read_correction(reading.read_bytes(path), str(path)) for path in files)


def _description(path: Path) -> tuple[Head, list[Wanted]]:
    """What a person says of a dataset: fields of `Head`, and its streams. Raises Refused with all that is wrong."""
    from suyuan.quantity.fields import open_document
    from suyuan.quantity.finding import errors
    from suyuan.series.dataset.attributes import attribute_of
    from suyuan.series.dataset.moment import moment_in
    from suyuan.series.dataset.version import Head, Wanted

    zone = measured.zone_of("")
    with reading.about(path):
        root, found = open_document(reading.read_bytes(path), "dataset_description")
        if root is None:
            raise Refused(*found)
        wanted = []
        for row in root.several("streams", required=True):
            u = row.number("u")
            first, last = moment_in(row, "first", zone=zone), moment_in(row, "last", zone=zone)
            wanted.append(Wanted(row.text("id", required=True), first, last, None if u is None else u.value))
            row.close()
        texts = {key: root.text(key) for key in ("licence", "classification", "publisher", "counting", "usable")}
        head = Head(
            root.text("id", required=True), root.text("version", required=True), root.names("title", required=True),
            root.names("description"), grade=root.text("grade") or "general",
            attributes=tuple(attribute_of(row) for row in root.several("attributes")), **texts,
        )  # fmt: skip
        root.close()
        if errors(found):
            raise Refused(*found)
    return head, wanted


def show(asked: Show) -> Answer:
    """The versions there are, or one with its streams, certificates and attributes."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.datasets import shelf_of
    from suyuan.series.dataset.standing import told

    shelf = shelf_of(lake_of(asked.data))
    if asked.name:
        version = shelf.dataset(asked.name)
        return _shown(version, told(version.name, _withdrawn(asked.data, version)))
    known, damaged = shelf.datasets()
    rows: list[dict[str, Any]] = [
        {"name": v.name, "digest": v.digest, "title": dict(v.head.title), "licence": v.head.licence,
         "grade": v.head.grade, "readings": sum(p.readings for p in v.parts)}
        for v in known
    ]  # fmt: skip

    def put(page: Page) -> None:
        page.table(service.columns("dataset", "title", "grade", "licence", "readings", "digest"), [
            [r["name"], service.shown(r["title"]), _grade(r["grade"]), r["licence"], r["readings"], r["digest"][:16]]
            for r in rows
        ], (4,))  # fmt: skip

    return Answer({"datasets": rows}, put, damaged)


def _shown(version: DatasetVersion, found: tuple[Finding, ...] = ()) -> Answer:
    """One version, with what is known of it today."""
    from suyuan.series.dataset.attributes import described
    from suyuan.series.dataset.version import dataset_fields

    rows = described(version)
    values = {
        "citation": version.citation, "digest": version.digest, "dataset": dataset_fields(version),
        "attributes": [{"scheme": d.rule["scheme"], "name": d.rule["name"], "value": d.value,
                        "status": d.rule["status"], "source": d.rule["source"]} for d in rows],
    }  # fmt: skip

    def put(page: Page) -> None:
        page.title(service.shown(version.head.title, version.name))
        page.facts((
            (term("data.citation"), version.citation), (term("data.known"), measured.shown_time(version.known)),
            (term("column.licence"), version.head.licence), (term("column.grade"), _grade(version.head.grade)),
            (term("column.rule_of_use"), version.head.usable),
            (term("column.certificate"), "; ".join(n.certificate for n in version.certificates)),
        ))  # fmt: skip
        page.table(measured.columns("stream", "quantity", "unit", "instrument", "readings", "begins", "ends"), [
            [p.stream.id, p.stream.quantity, p.stream.unit, p.stream.instrument, p.readings,
             measured.shown_time(p.first), measured.shown_time(p.last)] for p in version.parts
        ], (4,))  # fmt: skip
        page.table(service.columns("scheme", "name", "value", "rule_status"), [
            [d.rule["scheme"], service.shown({"zh": d.rule["title_zh"], "en": d.rule["title_en"]}), d.value,
             term(f"status.{d.rule['status'].replace(' ', '_')}")] for d in rows if d.value
        ])  # fmt: skip

    return Answer(values, put, found)


def _withdrawn(data: Path, version: DatasetVersion) -> tuple[Withdrawn, ...]:
    """The cited certificates that are withdrawn, as the documents beside the lake and what it has learnt say today."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.datasets import standing
    from suyuan.lake.table import now

    try:
        known: tuple[Correction, ...] = measured.opened(data).join().corrections
    except Refused:
        known = ()
    return standing(lake_of(data), version, now(), known)


def _grade(name: str) -> str:
    from suyuan.series.dataset.attributes import grade_named

    row = grade_named(name)
    return name if row is None else service.shown({"zh": row["title_zh"], "en": row["title_en"]})


def check(asked: Check) -> Answer:
    """Whether a version can be computed again as cited: every block and certificate there with its digest."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.datasets import checked, shelf_of
    from suyuan.series.dataset.standing import told

    lake = lake_of(asked.data)
    version = shelf_of(lake).dataset(asked.name)
    found = checked(lake, version)
    gone = _withdrawn(asked.data, version)
    blocks = sum(len(p.blocks) for p in version.parts)
    values = {"citation": version.citation, "whole": not found, "blocks": blocks,
              "certificates": len(version.certificates), "withdrawn": [w.fields() for w in gone]}  # fmt: skip

    def put(page: Page) -> None:
        if not found:
            page.text("✓ " + term("data.whole", blocks=blocks, certificates=len(version.certificates)), "green")
        page.facts(((term("data.citation"), version.citation),))

    return Answer(values, put, (*found, *told(version.name, gone)))


def compare(asked: Compare) -> Answer:
    """What differs: blocks, certificates, and how many values changed by more than their u."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.datasets import compared, shelf_of

    lake = lake_of(asked.data)
    shelf = shelf_of(lake)
    found = compared(lake, shelf.dataset(asked.before), shelf.dataset(asked.after))
    came, went, other = found.certificates
    values: dict[str, Any] = {
        "before": found.before, "after": found.after, "fields": list(found.told), "beyond_u": found.beyond,
        "blocks": [{"stream": b.stream, "came": list(b.came), "went": list(b.went), "stayed": b.stayed}
                   for b in found.blocks],
        "certificates": {"came": list(came), "went": list(went), "other": list(other),
                         "withdrawn": [{"certificate": n, "from": measured.iso(t)} for n, t in found.withdrawn]},
        "values": {stream: {change.word: n for change, n in one.items()} for stream, one in found.values.items()},
        "lost": found.lost, "gained": found.gained, "flagged": found.flagged,
    }  # fmt: skip

    def put(page: Page) -> None:
        page.title(f"{found.before} → {found.after}")
        page.facts((
            (term("data.fields"), ", ".join(term(f"data.field.{word}") for word in found.told)),
            (term("data.came"), ", ".join(came)),
            (term("data.went"), ", ".join(went)), (term("data.other"), ", ".join(other)),
            (term("data.withdrawn_from"), ", ".join(f"{n}: {measured.shown_time(t)}" for n, t in found.withdrawn)),
            (term("data.beyond"), found.beyond),
        ))  # fmt: skip
        heads = (
            "stream",
            "blocks_came",
            "blocks_went",
            "changed",
            "out_by_rule",
            "times_lost",
            "times_gained",
            "worst",
        )
        page.table(service.columns(*heads), [
            [b.stream, len(b.came), len(b.went), _counts(values["values"].get(b.stream, {})), found.flagged[b.stream],
             found.lost[b.stream], found.gained[b.stream], _worst(found.worst.get(b.stream, math.nan))]
            for b in found.blocks
        ], (1, 2, 4, 5, 6, 7))  # fmt: skip

    return Answer(values, put)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{term('data.change.' + word)} {n}" for word, n in counts.items())


def _worst(ratio: float) -> str:
    return "" if math.isnan(ratio) else "∞" if math.isinf(ratio) else f"{ratio:.3g}"


COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("publish", Publish, publish), ("show", Show, show), ("check", Check, check), ("compare", Compare, compare),
    *data_request.COMMANDS, *data_grant.COMMANDS, *data_node.COMMANDS,
)  # fmt: skip
