"""One door to a comparison report in every format: PDF, HTML, Word, Excel, JSON and XML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Any, Literal

from suyuan.comparison.round.report import Report, Viewer, blinded
from suyuan.comparison.round.report_form import report_fields
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Refused, finding
from suyuan.report.comparison.report import comparison_document
from suyuan.report.papers.document import (
    Cell,
    Document,
    Facts,
    Language,
    Number,
    Table,
    cleaned,
    labelled,
    plain,
    spoken_cell,
)
from suyuan.report.papers.html import html
from suyuan.report.papers.packed import undated
from suyuan.report.papers.sheet import Cell as SheetCell
from suyuan.report.papers.sheet import LowerBound, Page, workbook
from suyuan.report.papers.typst_pdf import Embedded, pdf
from suyuan.report.papers.word import word
from suyuan.report.papers.xml import xml

Format = Literal["pdf", "html", "docx", "xlsx", "json", "xml"]
FORMATS: tuple[Format, ...] = ("pdf", "html", "docx", "xlsx", "json", "xml")
MEDIA: Mapping[Format, str] = {
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "xml": "application/xml",
}
Progress = Callable[[str, float], None]
"""Told what is being made and how much is done, 0 to 1."""


def documents(
    report: Report, language: Language = "both", formats: Sequence[Format] = FORMATS, *,
    viewer: Viewer = "participant", member: str = "", progress: Progress | None = None,
) -> Mapping[str, bytes]:  # fmt: skip
    """The documents of a comparison report by file name, «NUMBER-vVERSION.pdf» and so on.

    report: as it was made; what its reader may not see yet is left out here: a draft of a blind round names nobody,
    unless the viewer is the pilot. viewer, member: whose eyes it is for (`round.report.blinded`); language: «zh»,
    «en» or both, Chinese first; formats: of `FORMATS`; progress: told what is being made. The PDF (A-3) carries the
    JSON and the XML. Equal arguments give equal bytes. Raises Refused for a format that is not known, a report that
    the viewer may not see, and `report.font.missing` where a PDF has no Chinese font.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise Refused(finding("report.format.unknown", "formats", given=", ".join(unknown), known=", ".join(FORMATS)))
    say = progress or _silent
    shown = blinded(report, viewer, member)
    name = f"{file_name(shown.number)}-v{shown.version}"
    wanted, made = set(formats), {}
    if wanted & {"json", "pdf", "xml"}:
        say("JSON", 0.0)
        fields = report_fields(shown)
        made["json"] = canonical(fields)
        say("XML", 0.05)
        made["xml"] = xml(fields, {m.id: m.unit for m in shown.protocol.measurands})
    if wanted & {"pdf", "html", "docx", "xlsx"}:
        document = comparison_document(shown, language, lambda what, part: say(what, 0.1 + 0.3 * part))
        made |= _set(document, language, wanted, made, say)
    say("", 1.0)
    return {f"{name}.{kind}": made[kind] for kind in FORMATS if kind in wanted}


def _silent(what: str, part: float) -> None:
    """Nobody listens."""


def _set(
    document: Document, language: Language, wanted: set[Format], made: Mapping[str, bytes], say: Progress
) -> dict[str, bytes]:
    """The formats that are made of the document."""
    found: dict[str, bytes] = {}
    if "html" in wanted:
        say("HTML", 0.4)
        found["html"] = html(document, language)
    if "xlsx" in wanted:
        say("Excel", 0.45)
        found["xlsx"] = spreadsheet(document, language)
    if "docx" in wanted:
        say("Word", 0.6)
        found["docx"] = word(document, language)
    if "pdf" in wanted:
        say("PDF", 0.7)
        files = (
            Embedded("report.json", MEDIA["json"], made["json"], "source", "the report as canonical JSON"),
            Embedded("report.xml", MEDIA["xml"], made["xml"], "alternative", "the report as XML with D-SI quantities"),
        )
        found["pdf"] = pdf(document, language, files)
    return found


def spreadsheet(document: Document, language: Language = "both") -> bytes:
    """The tables of a document as a workbook, a sheet each, with what is noted under them; the first sheet says what
    it is. Numbers are numbers. The same bytes for the same document."""
    made = workbook([_cover(document, language), *_pages(document, language)])
    return undated(made, datetime.combine(document.issued, time()))


def _cover(document: Document, language: Language) -> Page:
    both = language == "both"
    rows: list[tuple[SheetCell, SheetCell]] = [
        ("编号 Number" if both else "Number" if language == "en" else "编号", cleaned(document.number)),
        ("日期 Date" if both else "Date" if language == "en" else "日期", document.issued.isoformat()),
    ]
    if document.state:
        rows.append(
            ("状态 State" if both else "State" if language == "en" else "状态", plain(document.state, language))
        )
    if document.demo:
        rows.append(("", "演示数据 demo data" if both else "demo data" if language == "en" else "演示数据"))
    facts = next((block for block in document.blocks if isinstance(block, Facts)), Facts(()))
    rows += [(plain(fact, language), _value(cell, language)) for fact, cell in facts.rows]
    heads = (plain(document.kind, language), plain(document.title, language))
    return Page(plain(document.kind, "en" if language == "en" else "zh"), heads, rows, (18, 90))


def _pages(document: Document, language: Language) -> Iterator[Page]:
    for block, label in labelled(document.blocks):
        if not isinstance(block, Table):
            continue
        name: Language = "en" if language == "en" else "zh"
        named = block.sheet if name == "en" and block.sheet else plain(block.caption, name)
        title = f"{plain(label, name)} {named}"
        heads = [plain(head, language) for head in block.heads]
        widths = [max(9, min(30, 2 + sum(2 if c > "\u2e7f" else 1 for c in head))) for head in heads]
        yield Page(title, heads, _rows(block, label, language), widths)


def _rows(block: Table, label: Any, language: Language) -> Iterator[Sequence[SheetCell]]:
    for row in block.rows:
        yield [_value(cell, language) for cell in row]
    yield ()
    yield (f"{plain(label, language)} {plain(block.caption, language)}",)
    for note in block.notes:
        yield (plain(note, language),)


def _value(cell: Cell, language: Language) -> SheetCell:
    if isinstance(cell, Number) and cell.value is not None:
        return LowerBound(cell.value) if cell.text.startswith("≥") else cell.value
    return spoken_cell(cell, language)


def file_name(number: str) -> str:
    """A number as the beginning of a file's name, on every system.

    >>> file_name("SY/L-K1 2026: «α»")
    'SY-L-K1-2026-α'
    """
    return re.sub(r"[^\w.-]+", "-", cleaned(number)).strip("-.")[:80] or "report"
