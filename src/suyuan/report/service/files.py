"""A document of the service system in the formats that an office asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Refused, finding
from suyuan.report.papers.all import file_name, spreadsheet
from suyuan.report.papers.document import Document, Language
from suyuan.report.papers.html import html
from suyuan.report.papers.typst_pdf import Embedded, pdf
from suyuan.report.papers.word import word

Format = Literal["pdf", "docx", "xlsx", "html", "json"]
FORMATS: tuple[Format, ...] = ("pdf", "docx", "xlsx", "html", "json")


def files(
    document: Document, fields: Mapping[str, Any], language: Language = "both", formats: Sequence[Format] = FORMATS
) -> Mapping[str, bytes]:
    """The document by file name, «NUMBER.pdf» and so on.

    fields: the same as data, which the PDF (A-3) carries and JSON is; formats: of `FORMATS`. Equal arguments give
    equal bytes. Raises Refused for a format that is not known, and where a PDF has no Chinese font.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise Refused(finding("report.format.unknown", "formats", given=", ".join(unknown), known=", ".join(FORMATS)))
    name, data = file_name(document.number), canonical(fields)
    found: dict[str, bytes] = {}
    for kind in formats:
        match kind:
            case "pdf":
                source = Embedded("fields.json", "application/json", data, "source", "the document as canonical JSON")
                made = pdf(document, language, (source,))
            case "docx":
                made = word(document, language)
            case "xlsx":
                made = spreadsheet(document, language)
            case "html":
                made = html(document, language)
            case _:
                made = data
        found[f"{name}.{kind}"] = made
    return found
