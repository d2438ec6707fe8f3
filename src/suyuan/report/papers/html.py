"""A document as one HTML file: nothing is fetched, no script runs, and it prints as it reads.

Every word is escaped; figures are the house's own SVG, inlined so that their words can be found and copied. The file
forbids itself to load anything (Content-Security-Policy).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from importlib import resources

from suyuan.quantity.finding import told
from suyuan.quantity.notation import groups
from suyuan.report.papers import document as doc

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
SHORT = 16
"""Letters of a word that is not broken in a table: a day, a code."""
_TAGS = {"italic": ('<i class="sy">', "</i>"), "sub": ("<sub>", "</sub>"), "sup": ("<sup>", "</sup>"), "": ("", "")}


def html(document: doc.Document, language: doc.Language = "both") -> bytes:
    """The document as a self-contained HTML file in UTF-8, the same bytes for the same document."""
    return "\n".join(_lines(document, language)).encode("utf-8")


def _lines(document: doc.Document, language: doc.Language) -> Iterator[str]:
    style = resources.files("suyuan.report").joinpath("document.css").read_text("utf-8")
    root = "en" if language == "en" else "zh-CN"
    yield f'<!doctype html>\n<html lang="{root}">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield f"<title>{escape(document.number)} {escape(doc.plain(document.title, language, ' · '))}</title>"
    yield f"<style>\n{style}</style>\n</head>\n<body>"
    if document.state:
        yield f'<p class="state" role="note">{_line(document.state, language)}</p>'
    yield "<header>"
    demo = {"zh": "演示数据", "en": "demo data"}
    shown = f'<span class="demo">{_line(demo, language)}</span>' if document.demo else ""
    yield f'<p class="kind"><span>{_line(document.kind, language)}</span>{shown}</p>'
    yield f"<h1>{_stacked(document.title, language)}</h1>"
    day = document.issued.isoformat()
    yield f'<p class="number"><bdi>{escape(doc.cleaned(document.number))}</bdi> <time datetime="{day}">{day}</time></p>'
    yield "</header>"
    yield "<main>"
    first = next((n for n, b in enumerate(document.blocks) if isinstance(b, doc.Heading)), -1)
    for place, (block, label) in enumerate(doc.on_page(document.blocks)):
        if place == first:  # the answer comes before the contents
            yield from _contents(document, language)
        yield from _block(block, label, language, place)
    yield "</main>"
    yield f"<footer><bdi>{escape(doc.cleaned(document.number))}</bdi> {day} Suyuan 溯源</footer>\n</body>\n</html>\n"


def _contents(document: doc.Document, language: doc.Language) -> Iterator[str]:
    heads = [(n, b) for n, b in enumerate(document.blocks) if isinstance(b, doc.Heading) and b.level == 1]
    if len(heads) < 4:
        return
    name = "Contents" if language == "en" else "目录"
    yield f'<nav aria-label="{name}"><ol>'
    for place, head in heads:
        number = f'<span class="no">{escape(head.number)}</span>'
        yield f'<li><a href="#b{place}">{number} {_line(head.text, language)}</a></li>'
    yield "</ol></nav>"


def _block(block: doc.Block, label: doc.Text, language: doc.Language, place: int) -> Iterator[str]:
    match block:
        case doc.Heading():
            level = min(block.level + 1, 6)
            number = f'<span class="no">{escape(block.number)}</span> ' if block.number else ""
            yield f'<h{level} id="b{place}">{number}{_line(block.text, language)}</h{level}>'
        case doc.Paragraph():
            yield f'<div class="p {block.kind}">'
            for n, (name, words) in enumerate(doc.said(block.text, language)):
                yield f"<p{_lang(name, n, language)}>{_words(words)}</p>"
            yield "</div>"
        case doc.Facts():
            yield '<dl class="facts">'
            for fact, value in block.rows:
                yield f"<div><dt>{_line(fact, language)}</dt><dd>{_cell(value, language)}</dd></div>"
            yield "</dl>"
        case doc.Table():
            yield from _table(block, label, language, place)
        case doc.Figure():
            yield from _figure(block, label, language, place)
        case doc.Findings():
            for item in block.items:
                yield f'<div class="finding {escape(item.severity)}">'
                for n, one in enumerate(("zh", "en") if language == "both" else (language,)):
                    yield f"<p{_lang(one, n, language)}>{_words(told(item, one))}</p>"
                yield "</div>"
        case doc.PageBreak():
            yield '<div class="break"></div>'


def _table(block: doc.Table, label: doc.Text, language: doc.Language, place: int) -> Iterator[str]:
    caption = f"<b>{_line(label, language)}</b> {_line(block.caption, language)}"
    kind = " small" if block.size == "small" or len(block.heads) > 9 else ""
    yield f'<div class="table{kind}" id="b{place}" role="region" tabindex="0" aria-labelledby="c{place}">'
    yield f'<table>\n<caption id="c{place}">{caption}</caption>\n<thead><tr>'
    for head, side in zip(block.heads, block.alignment, strict=True):
        yield f'<th scope="col"{_side(side)}>{_stacked(head, language)}</th>'
    yield "</tr></thead>\n<tbody>"
    sides = [_side(side) for side in block.alignment]
    for row in block.rows:
        cells = [f"<td{side}>{_cell(cell, language)}</td>" for cell, side in zip(row[1:], sides[1:], strict=True)]
        yield f'<tr><th scope="row"{sides[0]}>{_cell(row[0], language)}</th>{"".join(cells)}</tr>'
    yield "</tbody></table></div>"
    for note in block.notes:
        for n, (name, words) in enumerate(doc.said(note, language)):
            yield f'<p class="note"{_lang(name, n, language)}>{_words(words)}</p>'


def _figure(block: doc.Figure, label: doc.Text, language: doc.Language, place: int) -> Iterator[str]:
    yield f'<figure id="b{place}">'
    told_of = escape(doc.plain(block.alternative, language), quote=True)
    for n, (svg, kind) in enumerate(((block.svg, "wide"), (block.narrow, "narrow"))):
        if svg:
            only = kind if block.narrow else "every"
            yield f'<div class="{only}" role="img" aria-label="{told_of}">{_inline(svg, f"f{place}{n}-")}</div>'
    yield f"<figcaption><b>{_line(label, language)}</b> {_line(block.caption, language)}</figcaption>\n</figure>"


def _side(side: str) -> str:
    return ' class="r"' if side == "r" else ""


# ---------------------------------------------------------------- words


def _words(text: str) -> str:
    """Runs of one style; lines stay lines."""
    parts = []
    for words, style in doc.runs(doc.cleaned(text)):
        opened, closed = _TAGS[style]
        parts.append(f"{opened}{escape(words)}{closed}")
    return "".join(parts).replace("\n", "<br>")


def _lang(name: str, place: int, language: doc.Language) -> str:
    second = ' class="en"' if place else ""
    return f' lang="en"{second}' if name == "en" and language != "en" else second


def _line(text: doc.Text, language: doc.Language) -> str:
    """A text in its languages, the second beside the first and smaller."""
    parts = []
    for n, (name, words) in enumerate(doc.said(text, language)):
        inner = _words(words)
        parts.append(
            f'<span class="en" lang="en">{inner}</span>' if n else f"<span{_lang(name, n, language)}>{inner}</span>"
        )
    return " ".join(parts)


def _stacked(text: doc.Text, language: doc.Language) -> str:
    """A text in its languages, the second below the first."""
    parts = []
    for n, (name, words) in enumerate(doc.said(text, language)):
        inner = _words(words)
        parts.append(
            f'<span class="en below" lang="en">{inner}</span>'
            if n
            else f"<span{_lang(name, n, language)}>{inner}</span>"
        )
    return "".join(parts)


def _cell(cell: doc.Cell, language: doc.Language) -> str:
    if isinstance(cell, str):
        whole = ' class="n"' if len(cell) <= SHORT and " " not in cell else ""
        return f"<bdi{whole}>{_words(cell)}</bdi>"
    if isinstance(cell, doc.Number):
        first, *rest = groups(cell.text)
        digits = escape(first) + "".join(f'<span class="g">{escape(piece)}</span>' for piece in rest)
        return f'<span class="n {cell.mark}">{digits}</span>' if cell.mark else f'<span class="n">{digits}</span>'
    if isinstance(cell, doc.Word):
        mark = f'<span class="m" aria-hidden="true">{doc.MARKS[cell.mark]}</span>' if cell.mark else ""
        return f'<span class="st {cell.mark}">{mark}{_line(cell.text, language)}</span>'
    return _line(cell, language)


# ---------------------------------------------------------------- figures

_PROLOG = re.compile(r"<\?xml.*?\?>|<!DOCTYPE[^>]*>|<metadata>.*?</metadata>", re.DOTALL)
_NAMED = re.compile(r'(\sid="|url\(#|href="#)')


def _inline(svg: str, prefix: str) -> str:
    """An SVG without prolog, its names made its own: two figures in one page must not share them."""
    return _NAMED.sub(lambda found: found[1] + prefix, _PROLOG.sub("", svg)).strip()
