"""`suyuan study`: a measurement study from its case or from a table, answered in a sentence, with its report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading
from suyuan.cli.command import today
from suyuan.cli.language import language, one_of, term
from suyuan.cli.output import Answer, Page
from suyuan.cli.template import print_template
from suyuan.quantity.finding import Refused, finding

if TYPE_CHECKING:
    from suyuan.report.papers.document import Cell, Table
    from suyuan.report.study.handed import Handed
    from suyuan.report.study.report import Study

FORMATS = ("pdf", "html", "docx", "xlsx", "json")
LONG = 40
"""Rows of a table that a terminal shows; the report and `--json` have them all."""
STYLES = {"good": ("✓ ", "green"), "bad": ("✗ ", "bold red"), "warn": ("? ", "yellow"), "": ("", "")}


@dataclass(frozen=True)
class AskedStudy:
    """What is asked for."""

    file: Annotated[Path, typer.Argument(metavar="FILE", help=term("help.study.file"))]
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help=term("help.study.kind"))] = ""
    options: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help=term("help.study.set"))
    ] = None  # fmt: skip
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE", help=term("help.study.report"))] = None
    template: Annotated[
        str, typer.Option("--template", metavar="KIND", is_eager=True, callback=print_template,
                          help=term("help.template"))
    ] = ""  # fmt: skip


def run(asked: AskedStudy) -> Answer:
    """Answer a study and write its report where one is wanted; nothing is written before all is known to be right."""
    from suyuan.report.study.handed import studied

    form = _form(asked.report)
    handed = _handed(asked)
    with reading.about(asked.file):
        study = studied(handed, language().value)
    values: dict[str, Any] = {"kind": study.kind, "sentence": dict(study.sentence), **study.answer}
    if asked.report is not None:
        values["report"] = _write(asked.report, form, handed, study)
    told = tuple(reading.in_file(item, asked.file) for item in (*handed.findings, *study.findings))
    return Answer(values, lambda page: _show(page, study, values), tuple(dict.fromkeys(told)))


def _form(report: Path | None) -> str:
    """The format of the report by the ending of its name; its place is looked at first."""
    if report is None:
        return ""
    form = report.suffix.lstrip(".").lower()
    if form not in FORMATS:
        raise Refused(finding("study_table.format.unknown", "--report", given=report.name[:80],
                              known=", ".join(f".{one}" for one in FORMATS)))  # fmt: skip
    reading.free(report)
    return form


def _handed(asked: AskedStudy) -> Handed:
    from suyuan.report.study.handed import case_handed, is_case, table_handed, table_of
    from suyuan.report.study.report import KINDS
    from suyuan.store.case_files import case_files

    if asked.file.is_dir():
        raise Refused(finding("cli.file.folder_for_one", str(asked.file)))
    data, name = reading.read_bytes(asked.file), asked.file.name
    with reading.about(asked.file):
        if is_case(data):
            beside = None if asked.file == reading.STDIN else asked.file.absolute().parent
            if asked.options or asked.kind:
                option = "--set" if asked.options else "--kind"
                raise Refused(finding("cli.option.needs", option, option=option, needed="CSV, XLSX"))
            return case_handed(data, name, case_files(beside))
        if not asked.kind:
            raise Refused(finding("study_table.kind.needed", "--kind", known=", ".join(KINDS)))
        table, told = table_of(data, name)
        return table_handed(asked.kind, table, _options(asked.options or ()), told)


def _options(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign:
            why = {"reason_zh": f"「{text[:40]}」缺少等号", "reason_en": f"“{text[:40]}” has no equals sign"}
            raise Refused(finding("cli.usage.value", "--set", "error", "", name="--set", command="suyuan study", **why))
        found[name.strip()] = value
    return found


def _write(report: Path, form: str, handed: Handed, study: Study) -> dict[str, Any]:
    """Write the report; the file bears the name that was asked for."""
    import hashlib

    from suyuan.cli.doctor import release
    from suyuan.report.service.files import files
    from suyuan.report.study.report import study_document, study_fields

    document = study_document(study, today(), handed.source, software=f"Suyuan {release()}")
    fields = study_fields(study, handed.source)
    data = next(iter(files(document, fields, language().value, (form,)).values()))  # type: ignore[arg-type]
    reading.write_new(report, data)
    return {"file": report, "number": document.number, "sha256": hashlib.sha256(data).hexdigest()}


# ---------------------------------------------------------------- for people


def _show(page: Page, study: Study, values: Mapping[str, Any]) -> None:
    from suyuan.report.service.drawn import Drawn
    from suyuan.report.study.told import term as word_of
    from suyuan.verbs.assurance.kinds import NAMES

    page.title(one_of(NAMES[study.kind]))
    page.text(_upright(study.sentence))
    page.facts([(one_of(word_of("word.method")), _upright(study.method))])
    for part in study.parts:
        _table(page, part.table if isinstance(part, Drawn) else part)
    if "report" in values:
        page.title(term("study.written", file=values["report"]["file"]))


def _table(page: Page, table: Table) -> None:
    page.title(_upright(table.caption))
    heads = [_upright(head) for head in table.heads]
    right = [n for n, side in enumerate(table.alignment) if side == "r"]
    rows = list(table.rows)
    page.table(heads, [[_cell(cell) for cell in row] for row in _worst(rows)], right)
    if len(rows) > LONG:
        page.text(f"  {term('study.rest', shown=LONG, total=len(rows))}", "dim")
    for note in table.notes:
        page.text(f"  {_upright(note)}", "dim")


def _worst(rows: Sequence[Sequence[Cell]]) -> Iterable[Sequence[Cell]]:
    """All rows, or of many those first that need a person."""
    if len(rows) <= LONG:
        return rows
    return sorted(rows, key=lambda row: not any(getattr(cell, "mark", "") in ("bad", "warn") for cell in row))[:LONG]


def _cell(cell: Cell) -> object:
    from suyuan.report.papers.document import Number, Word

    if isinstance(cell, Word):
        mark, style = STYLES[cell.mark]
        return f"{mark}{_upright(cell.text)}", style
    if isinstance(cell, Number):
        return (cell.text, "bold red") if cell.mark == "bad" else cell.text
    return cell if isinstance(cell, str) else _upright(cell)


def _upright(text: Mapping[str, str]) -> str:
    """A text in the language of this process, its symbols in ordinary letters."""
    from suyuan.report.papers.document import plain

    return plain(text, language().value)
