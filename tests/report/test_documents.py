"""Documents say what their values say, whatever a person wrote, in every format; equal values give equal bytes."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html
from openpyxl import load_workbook

from suyuan.quantity.finding import Refused, finding
from suyuan.report.figures.columns import Places, score, scores
from suyuan.report.figures.dress import italic
from suyuan.report.papers.all import file_name, spreadsheet
from suyuan.report.papers.document import (
    Document,
    Facts,
    Figure,
    Findings,
    Heading,
    Number,
    PageBreak,
    Paragraph,
    Table,
    Word,
    cleaned,
    runs,
    said,
)
from suyuan.report.papers.html import html
from suyuan.report.papers.typst_pdf import Embedded, attached, chinese_fonts, families, pdf, png
from suyuan.report.papers.word import word
from suyuan.report.papers.xml import read, xml

HOSTILE = (
    '#set page(fill: red) $x^2$ @ref <b>bold</b> <script>alert(1)</script> & ]]> *a* _b_ `c` #pagebreak() "q" \\u{41} '
    "// no /* c */ <!-- --> {{x}} {0} %s 超长 " + "W" * 300 + " עברית \u202eevil\x00\x07\ufffe\r\n新行 =SUM(A1)"
)
SVG = (
    '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="200pt" height="80pt" viewBox="0 0 200 80">'
    '<defs><path id="p" d="M0 0h3"/></defs><use href="#p"/><text x="5" y="40">实验室 A</text></svg>'
)


def zh_en(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def a_document(text: str = "词", *, many: int = 2) -> Document:
    both = zh_en(text, text + " en")
    rows = tuple((text, Number("+1.25", 1.25, "bad"), Word(zh_en("满意", "satisfactory"), "good")) for _ in range(many))
    d = italic("d") + "ᵢ / nm"
    blocks = (
        Paragraph(both, "lead"),
        Figure(SVG, both, zh_en("两点", "two points")),
        Figure(SVG, both, zh_en("又两点", "two more")),
        Heading(both, 1, "1"),
        Facts(((both, both), (zh_en("值", "value"), Number("12345.67", 12345.67)), (both, text))),
        Paragraph(both),
        Heading(both, 2, "1.1"),
        Table(both, (both, zh_en(d, d), zh_en("评价", "Verdict")), rows, "lrl", (both,), "结果"),
        Findings((finding("comparison.results.few", text, n=1, wanted=2),)),
        PageBreak(),
        Table(zh_en("大表", "large"), (both,), ((text,),) * 3, "l", (), "large", only_sheet=True),
    )
    state = zh_en("草案 A · 保密", "DRAFT A · CONFIDENTIAL")
    return Document("SY-1", both, blocks, date(2026, 2, 20), state, zh_en("比对报告", "Report"), True)


def pdf_text(made: bytes, tmp_path: Any) -> str:
    import shutil
    import subprocess

    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not here: apt-get install poppler-utils")
    path = tmp_path / "made.pdf"
    path.write_bytes(made)
    return subprocess.run(["pdftotext", "-enc", "UTF-8", path, "-"], capture_output=True, text=True, check=True).stdout


needs_chinese = pytest.mark.skipif(
    bool(chinese_fonts(families())), reason="no Chinese font: apt-get install fonts-noto-cjk"
)


# ---------------------------------------------------------------- the document


def test_runs_give_the_text_back_in_ordinary_letters() -> None:
    assert runs(italic("u") + "²(" + italic("d") + "ᵢⱼ)") == (
        ("u", "italic"), ("2", "sup"), ("(", ""), ("d", "italic"), ("ij", "sub"), (")", ""),
    )  # fmt: skip


@given(st.text())
def test_cleaned_text_can_stand_in_xml(text: str) -> None:
    kept = cleaned(text).replace("&", "").replace("<", "")
    assert (etree.fromstring(f"<a>{kept}</a>".encode()).text or "") == kept


def test_a_text_in_one_language_is_said_once() -> None:
    assert said({"zh": "A", "en": "A"}, "both") == (("zh", "A"),)
    assert said({"zh": "", "en": "B"}, "zh") == (("en", "B"),)
    assert said({}, "both") == ()


# ---------------------------------------------------------------- PDF


@needs_chinese
@pytest.mark.parametrize("language", ["both", "zh", "en"])
def test_pdf_takes_hostile_text_as_text(language: Any, tmp_path: Any) -> None:
    made = pdf(a_document(HOSTILE), language)
    shown = pdf_text(made, tmp_path)
    for piece in ("#set page(fill: red)", "$x^2$", "<script>alert(1)</script>", "*a* _b_", "=SUM(A1)", "#pagebreak()"):
        assert piece in shown, piece
    assert "\u202e" not in shown
    assert shown.replace("\n", "").count("W" * 40) >= 3


@needs_chinese
def test_pdf_is_a3_with_its_files_and_reproducible() -> None:
    files = [
        Embedded("report.json", "application/json", b'{"a":1}', "source", "the report"),
        Embedded("report.xml", "application/xml", b"<a/>", "alternative"),
    ]
    made = pdf(a_document(), "both", files)
    assert made == pdf(a_document(), "both", files)
    assert attached(made) == {"report.json": b'{"a":1}', "report.xml": b"<a/>"}
    with pikepdf.open(BytesIO(made)) as opened:
        meta = opened.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")
        assert meta["dc:title"] == "词 · 词 en"
        assert str(opened.docinfo["/CreationDate"]).startswith("D:20260220")
        assert opened.Root.MarkInfo.Marked
        relations = {str(spec.UF): str(spec.AFRelationship) for spec in opened.Root.AF}
        assert relations == {"report.json": "/Source", "report.xml": "/Alternative"}
        assert opened.Root.OutputIntents[0].S == "/GTS_PDFA1"
        fonts = [f for p in opened.pages for f in p.Resources.get("/Font", {}).values()]
        descriptors = [f.DescendantFonts[0].FontDescriptor for f in fonts if "/DescendantFonts" in f]
        assert descriptors and all({"/FontFile2", "/FontFile3"} & set(d.keys()) for d in descriptors)


@needs_chinese
def test_a_pdf_says_nothing_of_suspects() -> None:
    """`pdfinfo` told of every PDF that «Suspects object is wrong type», since «false» is what is so without a word."""
    made = pdf(a_document())
    with pikepdf.open(BytesIO(made)) as opened:
        assert dict(opened.Root.MarkInfo) == {"/Marked": True}


def test_a_draft_is_marked_on_every_page(tmp_path: Any) -> None:
    long = replace(a_document(), blocks=(Paragraph(zh_en("一", "one")), PageBreak(), Paragraph(zh_en("二", "two"))))
    pages = pdf_text(pdf(long), tmp_path).split("\f")
    assert len([p for p in pages if "草案 A · 保密" in p]) == 2
    final = replace(long, state={})
    assert "草案" not in pdf_text(pdf(final), tmp_path)


def test_without_a_chinese_font_the_command_is_told() -> None:
    (item,) = chinese_fonts(frozenset({"DejaVu Sans"}))
    assert item.code == "report.font.missing" and dict(item.parameters)["command"]
    assert chinese_fonts(frozenset({"Noto Sans CJK SC"})) == ()


def test_a_figure_becomes_a_picture() -> None:
    assert png(SVG).startswith(b"\x89PNG")


@needs_chinese
def test_a_broken_figure_is_a_finding() -> None:
    broken = replace(a_document(), blocks=(Figure("<svg", zh_en("a", "a"), zh_en("a", "a")),))
    with pytest.raises(Refused) as refused:
        pdf(broken)
    assert refused.value.findings[0].code == "report.pdf.failed"


# ---------------------------------------------------------------- HTML


def test_html_takes_hostile_text_as_text() -> None:
    made = html(a_document(HOSTILE)).decode()
    page = lxml_html.fromstring(made)
    assert not page.xpath("//script | //*[@onload] | //b[text()='bold'] | //link | //iframe")
    assert "<script>alert(1)</script>" in page.xpath("string(//h2)")
    assert "\u202e" not in made and "\x00" not in made
    assert "default-src 'none'" in made
    assert not re.findall(r'(?:src|href)="(?!#)[^"]+"', made)


def test_html_names_are_its_own_and_bytes_the_same() -> None:
    made = html(a_document())
    assert made == html(a_document())
    names = re.findall(rb'\sid="([^"]+)"', made)
    assert len(names) == len(set(names))
    links = set(re.findall(rb'href="#([^"]+)"', made))
    assert links <= set(names)


def test_html_says_numbers_so_that_they_can_be_copied() -> None:
    page = lxml_html.fromstring(html(a_document()).decode())
    assert "12345.67" in page.xpath("string(//dl)")
    assert page.xpath("//table/thead/tr/th[2]//i[@class='sy']/text()") == ["d"]
    assert page.xpath("//figure//*[@role='img']/@aria-label")[0] == "两点 two points"
    assert page.xpath("//th[@scope='row']") and page.xpath("//th[@scope='col']")
    regions = page.xpath("//*[@role='region']/@aria-labelledby")
    assert regions and regions == page.xpath("//table/caption/@id"), "a table that scrolls is named by its caption"


# ---------------------------------------------------------------- Word and Excel


def test_word_takes_hostile_text_as_text_and_has_real_headings() -> None:
    import docx

    made = word(a_document(HOSTILE))
    assert made == word(a_document(HOSTILE))
    opened = docx.Document(BytesIO(made))
    heads = [p for p in opened.paragraphs if p.style.name == "Heading 1"]
    assert "<script>alert(1)</script>" in heads[0].text and heads[0].text.startswith("1")
    table = opened.tables[1]
    assert table.style.name == "Suyuan table" and table.rows[1].cells[1].text == "+1.25"
    assert "#set page(fill: red)" in table.rows[1].cells[0].text
    body = zipfile.ZipFile(BytesIO(made)).read("word/document.xml")
    assert b"w:tblHeader" in body and len(opened.inline_shapes) == 2
    assert opened.core_properties.created.date() == date(2026, 2, 20)


def test_excel_has_numbers_as_numbers_and_no_formula() -> None:
    made = spreadsheet(a_document("=1+1"))
    assert made == spreadsheet(a_document("=1+1"))
    book = load_workbook(BytesIO(made))
    assert len(book.sheetnames) == 3  # what it is, the table, and the one that is too large for a page
    page = book[book.sheetnames[1]]
    assert page["B2"].value == 1.25 and page["A2"].value == "=1+1" and page["A2"].data_type == "s"
    assert page["C2"].value == "✓ 满意 satisfactory"
    assert any(row[0].value and "=1+1 en" in str(row[0].value) for row in page.iter_rows(min_row=5))


def test_a_table_too_large_for_a_page_says_where_it_stands() -> None:
    page = html(a_document()).decode()
    assert "表 2 大表：共 3 行，不印出" in page and "Table 2 large: 3 rows, not printed" in page


@pytest.mark.parametrize("number", ["../../etc/passwd", "a/b\\c:d*", "", "…", "比对 1"])
def test_file_names_stay_in_their_folder(number: str) -> None:
    name = file_name(number)
    assert name and not set(name) & set('/\\:*?"<>| ') and not name.startswith(".")


# ---------------------------------------------------------------- XML

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
trees = st.recursive(
    leaves, lambda t: st.lists(t, max_size=4) | st.dictionaries(st.text(), t, max_size=4), max_leaves=20
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(), trees, max_size=4))
def test_xml_gives_the_fields_back(fields: dict[str, Any]) -> None:
    made = xml(fields)
    assert read(made) == fields and made == xml(fields)


numbers = st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None)
@given(numbers, st.sampled_from(["mm", "nm", "1", "%", "nonsense", ""]), st.floats(0, 1e300), st.floats(0.1, 9))
def test_xml_states_a_value_as_d_si_and_gives_it_back(value: float, unit: str, U: float, k: float) -> None:
    fields = {"value": value, "unit": unit, "U": U, "k": k}
    made = xml({"a": fields})
    assert read(made) == {"a": fields}
    if unit in ("mm", "nm") and k >= 1:
        assert b"<si:expandedMU>" in made


def test_foreign_xml_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        read(b"<a/>")
    assert refused.value.findings[0].code == "report.xml.foreign"
    with pytest.raises(Refused):
        read(b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>")


# ---------------------------------------------------------------- columns


def test_a_column_has_equal_decimals_and_no_false_zero() -> None:
    places = Places.of([0.12, 0.31, 0.25])
    assert [places.value(v, sign=True).text for v in (1.234, -0.5, 0.001, -0.001)] == ["+1.23", "−0.50", "0.00", "0.00"]
    assert places.spread(0.1161).text == "0.12"
    assert places.spread(0.104).text == "0.10"
    assert places.spread(0.0054).text == "0.01"  # the nearest would be half


def test_a_score_beyond_the_limit_never_reads_as_the_limit() -> None:
    assert [n.text for n in scores([1.0, 1.004, -1.00049], 1.0)] == ["+1.00", "+1.004", "−1.0005"]
    assert score(float("inf"), 1.0).text == "+∞"


@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=8))
def test_a_place_shows_every_uncertainty(spreads: list[float]) -> None:
    places = Places.of(spreads)
    for spread in spreads:
        shown = float(places.spread(spread).text) * 10.0**places.power
        assert shown >= 0.949 * spread
        assert shown > 0.0
