"""A document as a Word file: real headings, table styles, repeated heads; figures as pictures of their SVG.

Tables are written as XML at once, a cell of a large one costs no object. The file carries the day of issue and no
clock, so the same document gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from suyuan.quantity.finding import told
from suyuan.quantity.notation import grouped
from suyuan.report.papers import document as doc
from suyuan.report.papers.packed import undated
from suyuan.report.papers.typst_pdf import png

LATIN, SANS, SERIF, SYMBOLS = "Source Sans 3", "Microsoft YaHei", "SimSun", "Cambria"
INK, INK2, BAD, WARN, HAIR = "15191C", "485157", "96202A", "8F5F00", "CFD6D3"
PAGE = 9580
"""Width of the matter on A4 in twentieths of a point."""
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_COLOUR = {"bad": BAD, "warn": WARN, "good": INK, "": INK}
Say = Callable[[str], None]


def word(document: doc.Document, language: doc.Language = "both", progress: Say | None = None) -> bytes:
    """The document as .docx.

    language: «zh», «en» or both; progress: told the label of each table and figure as it is set. Returns the bytes.
    """
    import docx
    from docx.shared import Mm

    file = docx.Document()
    _styles(file)
    section = file.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(21), Mm(20)
    section.top_margin, section.bottom_margin = Mm(24), Mm(22)
    _record(file, document, language)
    _running(section, document, language)
    _head(file, document, language)
    for block, label in doc.on_page(document.blocks):
        if label and progress is not None:
            progress(doc.plain(label, "zh"))
        _block(file, block, label, language)
    return _packed(file)


def _block(file: Any, block: object, label: doc.Text, language: doc.Language) -> None:
    match block:
        case doc.Heading():
            paragraph = file.add_paragraph(style=f"Heading {block.level}")
            if block.number:
                _append(paragraph, block.number + "  ")
            _text(paragraph, block.text, language)
        case doc.Paragraph():
            style = {"lead": "Lead", "note": "Note", "text": "Normal", "alert": "State"}[block.kind]
            for n, (name, words) in enumerate(doc.said(block.text, language)):
                _append(file.add_paragraph(style="English" if n and name == "en" else style), words, name)
        case doc.Facts():
            _add_table(file, _facts(block, language))
        case doc.Table():
            _caption(file, block.caption, label, language, True)
            _add_table(file, _table(block, language))
            for note in block.notes:
                for name, words in doc.said(note, language):
                    _append(file.add_paragraph(style="Note"), words, name)
        case doc.Figure():
            _figure(file, block, label, language)
        case doc.Findings():
            for item in block.items:
                for one in ("zh", "en") if language == "both" else (language,):
                    _append(file.add_paragraph(style="Note"), told(item, one), one)
        case doc.PageBreak():
            file.add_page_break()


def _head(file: Any, document: doc.Document, language: doc.Language) -> None:
    kind = file.add_paragraph(style="Note")
    _text(kind, document.kind, language)
    if document.demo:
        _append(kind, "   ")
        _text(kind, {"zh": "【演示数据】", "en": "[demo data]"}, language)
    for n, (name, words) in enumerate(doc.said(document.title, language)):
        _append(file.add_paragraph(style="Subtitle" if n else "Title"), words, name)
    _append(file.add_paragraph(style="Note"), f"{document.number}   {document.issued.isoformat()}")
    if document.state:
        _text(file.add_paragraph(style="State"), document.state, language)


def _caption(file: Any, caption: doc.Text, label: doc.Text, language: doc.Language, keep: bool) -> None:
    for name, words in doc.said(caption, language):
        paragraph = file.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = keep
        paragraph.add_run(label.get(name) or label["zh"]).bold = True
        _append(paragraph, "  " + words, name)


def _figure(file: Any, block: doc.Figure, label: doc.Text, language: doc.Language) -> None:
    from docx.shared import Mm

    paragraph = file.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    picture = paragraph.add_run().add_picture(BytesIO(png(block.svg)), width=Mm(145))
    picture._inline.docPr.set("descr", doc.plain(block.alternative, language))
    _caption(file, block.caption, label, language, False)


# ---------------------------------------------------------------- words


def _append(paragraph: Any, text: str, name: str = "zh") -> None:
    """Runs of one style; a newline is a line break (python-docx makes it so)."""
    for words, style in doc.runs(doc.cleaned(text)):
        run = paragraph.add_run(words)
        if style == "italic":
            run.italic = True
            run.font.name = SYMBOLS
        elif style == "sub":
            run.font.subscript = True
        elif style == "sup":
            run.font.superscript = True


def _text(paragraph: Any, text: doc.Text, language: doc.Language) -> None:
    for n, (name, words) in enumerate(doc.said(text, language)):
        _append(paragraph, "  " + words if n else words, name)


# ---------------------------------------------------------------- tables as XML


def _add_table(file: Any, xml: str) -> None:
    from docx.oxml import parse_xml

    body = file.element.body
    body.insert(len(body) - 1, parse_xml(xml))
    file.add_paragraph(style="After table")


def _facts(block: doc.Facts, language: doc.Language) -> str:
    first, second = 2600, PAGE - 2600
    rows = []
    for name, value in block.rows:
        cells = _td(_plain_runs(name, language, INK2), first, "l") + _td(_cell(value, language, 19), second, "l")
        rows.append(f"<w:tr>{cells}</w:tr>")
    return _frame("".join(rows), (first, second), "Facts")


def _table(block: doc.Table, language: doc.Language) -> str:
    widths = _widths(block, language)
    size = 14 if block.size == "small" or len(block.heads) > 9 else 18
    heads = "".join(
        _td(_stacked(head, language, size), width, side, "bottom")
        for head, width, side in zip(block.heads, widths, block.alignment, strict=True)
    )
    rows = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{heads}</w:tr>"]
    for row in block.rows:
        cells = "".join(
            _td(_cell(cell, language, size), width, side)
            for cell, width, side in zip(row, widths, block.alignment, strict=True)
        )
        rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
    return _frame("".join(rows), widths, "Suyuan table")


def _frame(rows: str, widths: tuple[int, ...], style: str) -> str:
    name = style.replace(" ", "")
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    look = '<w:tblLook w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
    return (
        f'<w:tbl {_W}><w:tblPr><w:tblStyle w:val="{name}"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/>{look}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>'
    )


def _td(inner: str, width: int, side: str, vertical: str = "top") -> str:
    along = '<w:pPr><w:jc w:val="right"/></w:pPr>' if side == "r" else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="{vertical}"/></w:tcPr>'
        f"<w:p>{along}{inner}</w:p></w:tc>"
    )


def _widths(block: doc.Table, language: doc.Language) -> tuple[int, ...]:
    """Widths of the columns that share the page by the breadth of what stands in them."""
    wanted = []
    for n, head in enumerate(block.heads):
        words = [_breadth(row[n], language) for row in block.rows[:200]]
        first = max((_long(text) for _, text in doc.said(head, language)), default=1)
        wanted.append(min(max([min(first, 16), *words, 3]), 36) + 2)
    total = sum(wanted)
    return tuple(max(1, PAGE * part // total) for part in wanted)


def _breadth(cell: doc.Cell, language: doc.Language) -> int:
    if isinstance(cell, doc.Number):
        return len(cell.text)
    return _long(
        cell if isinstance(cell, str) else doc.plain(cell.text if isinstance(cell, doc.Word) else cell, language)
    )


def _long(text: str) -> int:
    return sum(2 if letter > "\u2e7f" else 1 for letter in text)


def _cell(cell: doc.Cell, language: doc.Language, size: int) -> str:
    if isinstance(cell, str):
        return _runs(cell, INK, size)
    if isinstance(cell, doc.Number):
        return _runs(grouped(cell.text), _COLOUR[cell.mark], size, bool(cell.mark))
    if isinstance(cell, doc.Word):
        mark = doc.MARKS[cell.mark] + "\u2009" if cell.mark else ""
        colour, bold = _COLOUR[cell.mark], cell.mark in ("bad", "warn")
        return _runs(mark, colour, size, bold) + _plain_runs(cell.text, language, colour, size, bold)
    return _plain_runs(cell, language, INK, size)


def _plain_runs(text: doc.Text, language: doc.Language, colour: str, size: int = 19, bold: bool = False) -> str:
    parts = []
    for n, (_, words) in enumerate(doc.said(text, language)):
        parts.append(_runs("  " + words if n else words, colour if bold or not n else INK2, size, bold))
    return "".join(parts)


def _stacked(text: doc.Text, language: doc.Language, size: int) -> str:
    lines = [_runs(words, INK2, size - 1) for _, words in doc.said(text, language)]
    return "<w:r><w:br/></w:r>".join(lines)


_STYLED = {
    "italic": f'<w:rFonts w:ascii="{SYMBOLS}" w:hAnsi="{SYMBOLS}"/>{{}}<w:i/>',
    "sub": "{}", "sup": "{}", "": "{}",
}  # fmt: skip
_RAISED = {"sub": '<w:vertAlign w:val="subscript"/>', "sup": '<w:vertAlign w:val="superscript"/>'}


def _runs(text: str, colour: str, size: int, bold: bool = False) -> str:
    parts = []
    for words, style in doc.runs(doc.cleaned(text)):
        kind = _STYLED[style].format("<w:b/>" if bold else "")
        look = f'{kind}<w:color w:val="{colour}"/><w:sz w:val="{size}"/>{_RAISED.get(style, "")}'
        lines = '</w:t><w:br/><w:t xml:space="preserve">'.join(escape(line) for line in words.split("\n"))
        parts.append(f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{lines}</w:t></w:r>')
    return "".join(parts)


# ---------------------------------------------------------------- styles and the file


def _styles(file: Any) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt, RGBColor

    def dressed(name: str, size: float, colour: str = INK, *, serif: bool = False, bold: bool = False) -> Any:
        known = {style.name for style in file.styles}
        style = file.styles[name] if name in known else file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
        style.font.color.rgb = RGBColor.from_string(colour)
        _faces(style, serif)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(0), Pt(5)
        return style

    dressed("Normal", 10)
    for name, size, before in (("Heading 1", 15, 20), ("Heading 2", 12, 14), ("Heading 3", 10.5, 10)):
        head = dressed(name, size, serif=True, bold=True)
        head.paragraph_format.space_before = Pt(before)
        head.paragraph_format.keep_with_next = True
        if name == "Heading 1":
            _rule(head, INK)
    title = dressed("Title", 24, serif=True, bold=True)
    _rule(title, "")
    dressed("Subtitle", 14, INK2, serif=True)
    dressed("Lead", 12)
    dressed("Note", 8.5, INK2)
    dressed("English", 9, INK2)
    dressed("Caption", 9, INK2).paragraph_format.space_before = Pt(6)
    dressed("State", 11, BAD, bold=True)
    dressed("After table", 4)
    for name in ("Header", "Footer"):
        dressed(name, 8, INK2)
    _table_styles(file)


def _faces(style: Any, serif: bool) -> None:
    from docx.oxml.ns import qn

    faces = style.element.get_or_add_rPr().get_or_add_rFonts()
    for old in list(faces.attrib):
        del faces.attrib[old]
    latin = "Source Serif 4" if serif else LATIN
    for where, face in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", SERIF if serif else SANS)):
        faces.set(qn(f"w:{where}"), face)


def _rule(style: Any, colour: str) -> None:
    """A rule above a heading, or none where the template has one below."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn

    properties = style.element.get_or_add_pPr()
    for old in properties.findall(qn("w:pBdr")):
        properties.remove(old)
    if colour:
        border = f'<w:pBdr {_W}><w:top w:val="single" w:sz="6" w:space="6" w:color="{colour}"/></w:pBdr>'
        properties.insert_element_before(
            parse_xml(border), "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:outlineLvl"
        )


def _table_styles(file: Any) -> None:
    from docx.oxml import parse_xml

    margins = '<w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="140" w:type="dxa"/></w:tblCellMar>'
    spacing = '<w:pPr><w:spacing w:before="36" w:after="36"/></w:pPr>'
    hair = f'<w:insideH w:val="single" w:sz="4" w:space="0" w:color="{HAIR}"/>'
    thick = f'w:val="single" w:sz="9" w:space="0" w:color="{INK}"'
    under = f'<w:tcBorders><w:bottom w:val="single" w:sz="6" w:space="0" w:color="{INK}"/></w:tcBorders>'
    first = f'<w:tblStylePr w:type="firstRow"><w:tcPr>{under}</w:tcPr></w:tblStylePr>'
    ends = {
        "Suyuan table": (f"<w:top {thick}/><w:bottom {thick}/>{hair}", first),
        "Facts": (f'<w:bottom w:val="single" w:sz="4" w:space="0" w:color="{HAIR}"/>{hair}', ""),
    }
    for name, (borders, extra) in ends.items():
        look = f"<w:tblPr><w:tblBorders>{borders}</w:tblBorders>{margins}</w:tblPr>{extra}"
        kind = f'<w:style {_W} w:type="table" w:customStyle="1" w:styleId="{name.replace(" ", "")}">'
        file.styles.element.append(parse_xml(f'{kind}<w:name w:val="{name}"/>{spacing}{look}</w:style>'))


def _running(section: Any, document: doc.Document, language: doc.Language) -> None:
    header = section.header.paragraphs[0]
    _append(header, f"{document.number}   {doc.plain(document.title, 'en' if language == 'en' else 'zh')}")
    if document.state:
        from docx.shared import RGBColor

        run = header.add_run("   " + doc.plain(document.state, language))
        run.bold = True
        run.font.color.rgb = RGBColor.from_string(BAD)
    footer = section.footer.paragraphs[0]
    for part in _page_of(document):
        footer._p.append(part)


def _page_of(document: doc.Document) -> Iterator[Any]:
    from docx.oxml import parse_xml

    yield parse_xml(f'<w:r {_W}><w:t xml:space="preserve">{escape(doc.cleaned(document.number))}   </w:t></w:r>')
    yield parse_xml(f'<w:fldSimple {_W} w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>')
    yield parse_xml(f'<w:r {_W}><w:t xml:space="preserve"> / </w:t></w:r>')
    yield parse_xml(f'<w:fldSimple {_W} w:instr="NUMPAGES"><w:r><w:t>1</w:t></w:r></w:fldSimple>')


def _record(file: Any, document: doc.Document, language: doc.Language) -> None:
    day = datetime.combine(document.issued, time(), UTC).replace(tzinfo=None)
    record = file.core_properties
    record.title, record.subject = (
        doc.plain(document.title, language, " · ")[:255],
        doc.plain(document.kind, language)[:255],
    )
    record.author = doc.cleaned(document.author or "Suyuan")[:255]
    record.last_modified_by = record.author
    record.keywords, record.comments = doc.cleaned(document.number)[:255], ""
    record.created = record.modified = day
    record.revision = 1


def _packed(file: Any) -> bytes:
    out = BytesIO()
    file.save(out)
    return undated(out.getvalue())
