"""`suyuan certificate table`: a certificate kept as a sheet becomes its documents; a template to fill."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from suyuan.cli import reading, service
from suyuan.cli.command import Out
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Refused, errors, finding


@dataclass(frozen=True)
class Tabled:
    """A sheet with a certificate and what it corrects, or where a template goes."""

    file: Annotated[Path, typer.Argument(metavar="FILE", help=term("help.certificate.table_file"))]
    out: Out = None
    correction: Annotated[
        Path | None, typer.Option("--correction", metavar="FILE", help=term("help.certificate.table_correction"))
    ] = None
    template: Annotated[bool, typer.Option("--template", help=term("help.certificate.table_template"))] = False


def run(asked: Tabled) -> Answer:
    """Write a template, or make the documents of a filled one."""
    return _template(asked.file) if asked.template else _documents(asked)


def _template(path: Path) -> Answer:
    from suyuan.report.service.tables import tables_xlsx
    from suyuan.verbs.series.tabled import template

    table = template()
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise Refused(finding("series_join.table.kind", str(path), given=path.suffix or path.name))
    if path.suffix.lower() == ".xlsx":
        data = tables_xlsx([table])
    else:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(table.rows)
        data = text.getvalue().encode("utf-8-sig")  # without the mark a spreadsheet takes it for another encoding
    reading.write_new(path, data)
    return Answer({"written": str(path)}, lambda page: page.text(service.written(path)))


def _documents(asked: Tabled) -> Answer:
    from suyuan.report.papers.read_sheet import read_sheets
    from suyuan.verbs.series.tabled import tabled

    tables, told = read_sheets(reading.read_bytes(asked.file), asked.file.name)
    if not tables or errors(told):
        raise Refused(*(told or (finding("series_join.table.points", str(asked.file), heads="at, value, unit"),)))
    made = tabled(*tables)
    named = [_numbered(asked.correction, n) for n in range(len(made.corrections))]
    documents = [(asked.out, made.certificate), *zip(named, made.corrections, strict=True)]
    for path, _ in documents:
        if path is not None:
            reading.free(path)
    for path, data in documents:
        if path is not None:
            reading.write_new(path, data + b"\n")
    values: dict[str, Any] = {
        "written": [str(path) for path, _ in documents if path is not None],
        "certificate": json.loads(made.certificate),
        "corrections": [json.loads(data) for data in made.corrections],
    }

    def show(page: Page) -> None:
        for path, data in documents:
            page.text(service.written(path) if path is not None else data.decode("utf-8"))

    return Answer(values, show, (*told, *made.findings))


def _numbered(path: Path | None, number: int) -> Path | None:
    """The file of one correction of several: k.json, k-2.json …"""
    return path if path is None or not number else path.with_name(f"{path.stem}-{number + 1}{path.suffix}")


COMMANDS = (("table", Tabled, run),)
