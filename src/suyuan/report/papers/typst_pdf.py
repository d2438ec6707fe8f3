"""A document as PDF/A-3 by typst, with files embedded; tagged, so that it can be read aloud.

The template is fixed and every word is data in a JSON file beside it, so what a person wrote is never read as markup.
The day of issue is the day of the file: the same document gives the same pages. Source: ISO 19005-3 (PDF/A-3);
ISO 14289-1 (PDF/UA-1).
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache
from importlib import resources
from typing import Any

from suyuan.quantity.finding import Finding, Refused, finding, told
from suyuan.quantity.notation import groups
from suyuan.report.papers import document as doc

SANS = ("Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "WenQuanYi Zen Hei")
SERIF = ("Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", "Noto Serif SC", "STZhongsong", "SimSun")
SIGNS = ("Source Sans 3", "Liberation Sans", "Arial", "Helvetica Neue", "DejaVu Sans", "Libertinus Serif")
_UNSUSPECTED = b"/Suspects false"
"""What typst says of its tags is what is so without a word, and poppler takes the word for a syntax error; spaces in
its place leave every offset of the file as it is."""
PAGE = 476.0
"""Width of the matter on A4 in points."""
FIGURE = 400.0


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file inside the PDF. relationship: as PDF/A-3 names it («source», «data», «alternative», «supplement»)."""

    name: str
    media: str
    content: bytes
    relationship: str = "source"
    description: str = ""


@cache
def families() -> frozenset[str]:
    """The font families that typst finds on this machine."""
    import typst

    return frozenset(typst.Fonts().families())


def chinese_fonts(here: frozenset[str]) -> tuple[Finding, ...]:
    """What is missing for Chinese text, with the command that installs it; nothing where a face is there."""
    if any(name in here for name in (*SANS, *SERIF)):
        return ()
    return (finding("report.font.missing", "PDF", "warning", command=install_command()),)


def install_command() -> str:
    """The command that installs a Chinese font on this machine."""
    if shutil.which("apt-get"):
        return "sudo apt-get update && sudo apt-get install -y fonts-noto-cjk"
    if shutil.which("dnf"):
        return "sudo dnf install -y google-noto-sans-cjk-fonts google-noto-serif-cjk-fonts"
    return "fonts-noto-cjk"


def pdf(document: doc.Document, language: doc.Language = "both", embedded: Sequence[Embedded] = ()) -> bytes:
    """The document as PDF/A-3 (level A, tagged), with its files embedded.

    language: «zh», «en» or both, Chinese first; embedded: files with their relationship to the document. Returns the
    bytes, the same for the same arguments and fonts. Raises Refused `report.font.missing` where Chinese text has no
    font, `report.pdf.failed` where typst cannot set a figure.
    """
    import typst

    lacking = chinese_fonts(families())
    if lacking and language != "en":
        raise Refused(*lacking)
    sources: Any = {
        "main": resources.files("suyuan.report").joinpath("document.typ").read_bytes(),
        "document.json": json.dumps(_data(document, language, embedded), ensure_ascii=False).encode("utf-8"),
        **{file.name: file.content for file in embedded},
    }
    try:
        made = typst.compile(
            sources,
            format="pdf",
            pdf_standards=["a-3a"],
            timestamp=datetime.combine(document.issued, time(), UTC),
        )
    except typst.TypstError as error:
        raise Refused(finding("report.pdf.failed", document.number, detail=str(error.message)[:300])) from None
    return bytes(made).replace(_UNSUSPECTED, b" " * len(_UNSUSPECTED), 1)


def png(svg: str, ppi: float = 200.0) -> bytes:
    """A figure as PNG, for formats that take no vectors."""
    import typst

    page = (
        "#set page(width: auto, height: auto, margin: 0pt, fill: white)\n"
        '#image("figure.svg", format: "svg", width: 400pt)'
    )
    sources: Any = {"main": page.encode(), "figure.svg": svg.encode("utf-8")}
    made = typst.compile(sources, format="png", ppi=ppi)
    return bytes(made)


# ---------------------------------------------------------------- the document as data for the template


def _data(document: doc.Document, language: doc.Language, embedded: Sequence[Embedded]) -> dict[str, Any]:
    here = families()
    title = doc.plain(document.title, language, " · ")
    return {
        "fonts": {
            "sans": [name for name in SANS if name in here],
            "serif": [name for name in SERIF if name in here],
            "signs": [name for name in SIGNS if name in here],
            "latin": [],
        },
        "title": title,
        "author": doc.cleaned(document.author) or "Suyuan",
        "keywords": [document.number],
        "description": doc.plain(document.kind, language),
        "lang": "en" if language == "en" else "zh",
        "issued": [document.issued.year, document.issued.month, document.issued.day],
        "head": _text(document.title, language),
        "kind": _text(document.kind, language),
        "state": _text(document.state, language),
        "demo": _text({"zh": "演示数据", "en": "demo data"}, language) if document.demo else [],
        "running": _runs(f"{document.number}  {doc.plain(document.title, 'en' if language == 'en' else 'zh')}"),
        "foot": _runs(f"{document.number}  {document.issued.isoformat()}"),
        "attached": [
            {"name": e.name, "media": e.media, "relationship": e.relationship, "description": e.description}
            for e in embedded
        ],
        "blocks": [_block(block, label, language) for block, label in doc.on_page(document.blocks)],
    }


def _block(block: doc.Block, label: doc.Text, language: doc.Language) -> dict[str, Any]:
    match block:
        case doc.Heading():
            return {"k": "heading", "level": block.level, "number": block.number, "text": _text(block.text, language)}
        case doc.Paragraph():
            return {"k": "paragraph", "kind": block.kind, "text": _text(block.text, language)}
        case doc.Facts():
            widest = max((_breadth(doc.plain(name, language)) for name, _ in block.rows), default=8)
            rows = [[_text(name, language), _cell(value, language)] for name, value in block.rows]
            return {"k": "facts", "rows": rows, "names": min(40 + 4.6 * widest, 190.0)}
        case doc.Table():
            return _table(block, label, language)
        case doc.Figure():
            width = min(_width(block.svg) or FIGURE, PAGE)
            return {"k": "figure", "svg": block.svg, "width": width, "alt": doc.plain(block.alternative, language),
                    "caption": _text(block.caption, language), "label": _text(label, language)}  # fmt: skip
        case doc.Findings():
            items = [{"severity": f.severity, "lines": _told(f, language)} for f in block.items]
            return {"k": "findings", "items": items}
        case doc.PageBreak():
            return {"k": "break"}


def _told(item: Finding, language: doc.Language) -> list[list[Any]]:
    return [[one, _runs(told(item, one))] for one in (("zh", "en") if language == "both" else (language,))]


def _table(block: doc.Table, label: doc.Text, language: doc.Language) -> dict[str, Any]:
    many = len(block.heads)
    small = block.size == "small" or many > 9
    return {
        "k": "table",
        "caption": _text(block.caption, language),
        "label": _text(label, language),
        "heads": [_text(head, language) for head in block.heads],
        "rows": [[_cell(cell, language) for cell in row] for row in block.rows],
        "align": list(block.alignment),
        "columns": _columns(block, language),
        "notes": [_text(note, language) for note in block.notes],
        "size": 7.0 if small else 8.5,
        "gap": 3.5 if small else 6.5,
        "high": 2.6 if small else 3.4,
    }


LOOKED_AT = 200
"""Rows from which the widths of columns are taken."""


SHORT = 22
"""Breadth, in letters, up to which a column is as wide as what stands in it."""


UNBROKEN = 18
"""Letters of a word from which on it may be broken."""


def _columns(block: doc.Table, language: doc.Language) -> list[float]:
    """0 for a column as wide as what stands in it; columns of longer words share the rest by their breadth. Where all
    columns are short they share the page by breadth, if all of them have room so."""
    breadths = [_widest(block, n, language) for n in range(len(block.heads))]
    letter = 3.6 if block.size == "small" or len(breadths) > 9 else 4.4
    if all(breadth <= SHORT for breadth in breadths):
        needed = sum(letter * (breadth + 3) for breadth in breadths)
        return [float(breadth + 3) for breadth in breadths] if needed <= PAGE else [0.0] * len(breadths)
    long = sum(breadth > SHORT for breadth in breadths)
    rest = PAGE - sum(letter * (breadth + 3) for breadth in breadths if breadth <= SHORT)
    shares = [0.0 if breadth <= SHORT else float(min(breadth, 60)) for breadth in breadths]
    tight = [share for n, share in enumerate(shares) if share and rest * share / sum(shares) < letter * _least(
        block, n, language)]  # fmt: skip
    if rest >= 80.0 * long and not tight:
        return shares
    return _squeezed(block, [min(breadth, 60) for breadth in breadths], PAGE / letter, language)


def _squeezed(block: doc.Table, wanted: list[int], room: float, language: doc.Language) -> list[float]:
    """Each column has room for its longest word; what is left goes where more is wanted, so that no column is set
    letter by letter."""
    least = [min(want, _least(block, n, language)) for n, want in enumerate(wanted)]
    spare = max(0.0, room - sum(least) - 3.0 * len(least))
    more = [want - one for want, one in zip(wanted, least, strict=True)]
    part = spare / max(1, sum(more))
    return [one + 3.0 + part * extra for one, extra in zip(least, more, strict=True)]


def _least(block: doc.Table, n: int, language: doc.Language) -> int:
    """Breadth of the longest piece of a column that cannot be broken; a Chinese word wants three signs beside each
    other."""
    cells = [row[n] for row in block.rows[:LOOKED_AT]]
    heads = [words for _, words in doc.said(block.heads[n], language)]
    texts = [_flat(c, language) for c in cells] + ([] if block.alignment[n] == "r" else heads)
    words = [word for text in texts for word in text.split()] + ([] if texts[len(cells) :] else heads)
    numbers = [len(cell.text) for cell in cells if isinstance(cell, doc.Number)]
    return max([3, *numbers, *(min(_breadth(w), 6 if w[-1] > "\u2e7f" else UNBROKEN) for w in words)])


def _widest(block: doc.Table, n: int, language: doc.Language) -> int:
    """Breadth of the widest cell of a column; the long head of a column of numbers is set on two lines."""
    heads = [_breadth(words) for _, words in doc.said(block.heads[n], language)]
    if block.alignment[n] == "r":
        heads = [breadth if breadth <= SHORT else min(breadth, max(SHORT, breadth // 2 + 3)) for breadth in heads]
    return max([3, *heads, *(_breadth(_flat(row[n], language)) for row in block.rows[:LOOKED_AT])])


def _flat(cell: doc.Cell, language: doc.Language) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, doc.Number):
        return cell.text
    if isinstance(cell, doc.Word):
        return ("✓ " if cell.mark else "") + doc.plain(cell.text, language)
    return doc.plain(cell, language)


def _breadth(text: str) -> int:
    return sum(2 if letter > "\u2e7f" else 1 for letter in text)


_SIZE = re.compile(r'<svg[^>]*?\swidth="([\d.]+)pt"')


def _width(svg: str) -> float | None:
    found = _SIZE.search(svg)
    return float(found[1]) if found else None


def _cell(cell: doc.Cell, language: doc.Language) -> Any:
    if isinstance(cell, str):
        pieces = _runs(cell)
        return pieces[0] if len(pieces) == 1 and isinstance(pieces[0], str) else {"t": "x", "x": [["zh", pieces]]}
    if isinstance(cell, doc.Number):
        return {"t": "n", "d": groups(cell.text), "m": cell.mark}
    if isinstance(cell, doc.Word):
        return {"t": "w", "m": cell.mark, "x": _text(cell.text, language)}
    return {"t": "x", "x": _text(cell, language)}


def _text(text: doc.Text, language: doc.Language) -> list[list[Any]]:
    return [[name, _runs(words)] for name, words in doc.said(text, language)]


_UNBROKEN = re.compile(r"[^\s\u2e80-\uffff\u200b]{18,}")


def _runs(text: str) -> list[Any]:
    """Runs of one style, with places where a very long word may be broken."""
    return [_broken(words) if not style else [words, style] for words, style in doc.runs(doc.cleaned(text))] or [""]


def _broken(text: str) -> str:
    """The text with places where a very long word may be broken: after dots and strokes, else every eight letters."""
    return _UNBROKEN.sub(lambda word: "\u200b".join(re.findall(r"[^._/-]{0,17}[._/-]+|.{1,8}", word[0])), text)


def attached(made: bytes) -> Mapping[str, bytes]:
    """The files that a PDF carries, by name."""
    from io import BytesIO

    import pikepdf

    with pikepdf.open(BytesIO(made)) as opened:
        return {name: spec.get_file().read_bytes() for name, spec in opened.attachments.items()}
