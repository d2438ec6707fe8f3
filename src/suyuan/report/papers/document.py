"""A document as a value: headings, paragraphs, facts, tables and figures, which every renderer sets in its own way.

Texts are mappings of languages («zh», «en» → text). Letters of quantity symbols are sloped ones (`dress.italic`) and
indices are the subscript signs (ᵢ, ₙ); `runs` turns both into ordinary letters with a style, so that no renderer needs
a markup and nothing that a person wrote can be one. What a person wrote is data: it is cleaned of control characters
and of signs that turn the direction of writing, and never interpreted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from suyuan.quantity.finding import Finding
from suyuan.report.figures.dress import italic

Text = Mapping[str, str]
Language = Literal["zh", "en", "both"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a table. text: as it is written, with a real minus and equal decimals within a column; value: the
    number itself for a spreadsheet, None where only the writing is known; mark: «bad» where it needs a person."""

    text: str
    value: float | None = None
    mark: Literal["", "bad"] = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A state in a table: a word, with a mark where it needs a person («bad», «warn»), so that it reads in print."""

    text: Text
    mark: Literal["", "good", "bad", "warn"] = ""


Cell = str | Number | Word | Text


@dataclass(frozen=True, slots=True)
class Heading:
    """level: 1 to 3; number: «3», «3.1», «A», «» for none."""

    text: Text
    level: int = 1
    number: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """kind: «lead» says the answer, «note» is set small, «alert» is what nobody may overlook."""

    text: Text
    kind: Literal["text", "lead", "note", "alert"] = "text"


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they are."""

    rows: tuple[tuple[Text, Cell], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """caption, heads: texts; rows: a cell a column; alignment: «l» or «r» a column; notes: under the table; sheet: its
    name in a workbook; only_sheet: too large for a page, only in the workbook; size: «small» for many columns."""

    caption: Text
    heads: tuple[Text, ...]
    rows: tuple[tuple[Cell, ...], ...]
    alignment: str
    notes: tuple[Text, ...] = ()
    sheet: str = ""
    only_sheet: bool = False
    size: Literal["", "small"] = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """svg: as text; alternative: what the figure says, for those who do not see it; narrow: drawn again for a small
    screen, «» for the same."""

    svg: str
    caption: Text
    alternative: Text
    narrow: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """What checks saw, each with what, where, why and what to do."""

    items: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page."""


Block = Heading | Paragraph | Facts | Table | Figure | Findings | PageBreak


@dataclass(frozen=True, slots=True)
class Document:
    """number, title: what it is; state: what a reader must know on every page («draft A, confidential»), «» once
    released; demo: marked as demo data; issued: the day of issue; keywords: for the file's own record."""

    number: str
    title: Text
    blocks: tuple[Block, ...]
    issued: date
    state: Text
    kind: Text
    demo: bool = False
    author: str = ""


# ---------------------------------------------------------------- what is written


_UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\ufeff]"
)


def cleaned(text: str) -> str:
    """The text without control characters and without signs that turn the direction of what follows.

    >>> cleaned("a\\x00b\\u202ec\\r\\nd")
    'abc\\nd'
    """
    return _UNWRITABLE.sub(
        "", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\t", " ")
    )


def said(text: Text, language: Language) -> tuple[tuple[str, str], ...]:
    """(language, text) pairs to be set: one, or Chinese and English where they differ.

    >>> said({"zh": "比对", "en": "Comparison"}, "both"), said({"zh": "比对"}, "en")
    ((('zh', '比对'), ('en', 'Comparison')), (('zh', '比对'),))
    >>> said({"zh": "A", "en": "A"}, "both")
    (('zh', 'A'),)
    """
    have = [(name, cleaned(text.get(name, ""))) for name in ("zh", "en")]
    have = [(name, words) for name, words in have if words.strip()]
    if not have:
        return tuple((name, cleaned(words)) for name, words in text.items() if words.strip())[:1]
    if language == "both":
        return tuple(have[:1]) if len(have) == 2 and have[0][1] == have[1][1] else tuple(have)
    return tuple(pair for pair in have if pair[0] == language) or (have[0],)


def plain(text: Text, language: Language, between: str = " ") -> str:
    """The text in one line of ordinary letters, for sheets, titles and alternative texts."""
    joined = between.join(words for _, words in said(text, language))
    return " ".join(joined.translate(_UPRIGHT).split())


# ---------------------------------------------------------------- symbols

Style = Literal["", "italic", "sub", "sup"]
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzαβγδεζηθικλμνξοπρςστυφχψω"
_SLOPED = {italic(letter): letter for letter in _LETTERS if italic(letter) != letter}
_UPRIGHT = str.maketrans(_SLOPED)
_LOW = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+\u2212=()aeijklmnoprstuvx", strict=True))
_HIGH = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿ", "0123456789+\u2212=()in", strict=True))
_STYLED = re.compile(f"([{''.join(_SLOPED)}]+)|([{''.join(_LOW)}]+)|([{''.join(_HIGH)}]+)")


def runs(text: str) -> tuple[tuple[str, Style], ...]:
    """The text cut into runs of one style: sloped letters, subscripts and superscripts as ordinary letters.

    >>> runs(italic("E") + "ₙ ≤ 1, 10⁻⁶ m")
    (('E', 'italic'), ('n', 'sub'), (' ≤ 1, 10', ''), ('−6', 'sup'), (' m', ''))
    """
    return tuple(_cut(text))


def _cut(text: str) -> Iterator[tuple[str, Style]]:
    end = 0
    for match in _STYLED.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], ""
        table, style = ((_SLOPED, "italic"), (_LOW, "sub"), (_HIGH, "sup"))[(match.lastindex or 1) - 1]
        yield "".join(table[letter] for letter in match[0]), style  # type: ignore[misc]
        end = match.end()
    if end < len(text):
        yield text[end:], ""


# ---------------------------------------------------------------- numbers of tables and figures


def labelled(blocks: tuple[Block, ...]) -> Iterator[tuple[Block, Text]]:
    """Each block with its label: «表 1», «Table 1» and «图 1», «Figure 1» in their order, empty for others."""
    tables = figures = 0
    for block in blocks:
        if isinstance(block, Table):
            tables += 1
            yield block, {"zh": f"表 {tables}", "en": f"Table {tables}"}
        elif isinstance(block, Figure):
            figures += 1
            yield block, {"zh": f"图 {figures}", "en": f"Figure {figures}"}
        else:
            yield block, {}


ELSEWHERE = {
    "zh": "{label} {caption}：共 {rows} 行，不印出；全部在 Excel 工作簿以及随报告的 JSON 和 XML 中。",
    "en": "{label} {caption}: {rows} rows, not printed; all of them are in the workbook and in the JSON and XML that "
    "go with the report.",
}


def on_page(blocks: tuple[Block, ...]) -> Iterator[tuple[Block, Text]]:
    """Blocks with labels as `labelled` gives them; a table that is too large for a page is a sentence that says where
    it stands."""
    for block, label in labelled(blocks):
        if isinstance(block, Table) and block.only_sheet:
            rows, caption = len(block.rows), block.caption
            yield Paragraph({one: text.format(label=label[one], caption=caption.get(one, ""), rows=rows)
                             for one, text in ELSEWHERE.items()}, "note"), {}  # fmt: skip
        else:
            yield block, label


MARKS = {"good": "✓", "bad": "△", "warn": "◇", "": ""}
"""Marks of states that read without colour."""


def spoken_cell(cell: Cell, language: Language) -> str:
    """A cell in one line of ordinary letters."""
    if isinstance(cell, str):
        return " ".join(cleaned(cell).split())
    if isinstance(cell, Number):
        return cell.text
    if isinstance(cell, Word):
        return " ".join(filter(None, (MARKS[cell.mark], plain(cell.text, language))))
    return plain(cell, language)
