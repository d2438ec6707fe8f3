"""Spreadsheets as people hand them in, and files that are none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from suyuan.report.papers import read_sheet
from suyuan.report.papers.read_sheet import read_sheets
from suyuan.verbs.register.cells import letters


def made(fill: Callable[[Any], None]) -> bytes:
    book = Workbook()
    fill(book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def codes(found: Any) -> list[str]:
    return [item.code for item in found]


def test_cells_keep_their_kind_and_their_place() -> None:
    def fill(book: Any) -> None:
        sheet = book.active
        sheet.title = "能力"
        sheet.append(["编号", None, "数"])
        sheet.append([None, None, None])
        sheet.append(["C-1", datetime(2026, 3, 1), 0.5, True, 7])

    (table,), found = read_sheets(made(fill), "a.xlsx")
    assert table.rows == (("编号", None, "数"), (), ("C-1", date(2026, 3, 1), 0.5, True, 7))
    assert not found and table.place(2, 1) == "能力!B3" and table.source == "a.xlsx"


def test_a_formula_is_told_and_not_evaluated() -> None:
    """openpyxl keeps no computed value, as a file that was never opened in a spreadsheet program."""
    (table,), found = read_sheets(made(lambda book: book.active.append(["x", "=1+1", "y"])))
    assert table.rows == (("x", None, "y"),)
    assert codes(found) == ["workbook.cell.formula", "workbook.cell.formula_lost"]
    assert found[1].where == "Sheet!B1"


def test_a_hidden_sheet_is_read_and_told() -> None:
    def fill(book: Any) -> None:
        book.active.append(["a"])
        hidden = book.create_sheet("暗")
        hidden.append(["b"])
        hidden.sheet_state = "hidden"

    tables, found = read_sheets(made(fill))
    assert [table.name for table in tables] == ["Sheet", "暗"] and codes(found) == ["workbook.sheet.hidden"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_csv_in_the_encodings_of_offices(encoding: str, sign: str) -> None:
    text = sign.join(("编号", "测量区间", "备注")) + "\n" + sign.join(("C-1", "0.5~100 mm", f'"甲{sign}乙"')) + "\n"
    (table,), found = read_sheets(text.encode(encoding), "能力.csv")
    assert not found and table.name == "能力"
    assert table.rows == (("编号", "测量区间", "备注"), ("C-1", "0.5~100 mm", f"甲{sign}乙"))


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"", "workbook.file.empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "workbook.file.old"),
        (b"PK\x03\x04 broken", "workbook.file.broken"),
        (b"%PDF-1.7\x00\x00\x00", "workbook.file.foreign"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xff", "workbook.file.foreign"),
        (b" , ,\n,,\n", "workbook.file.empty"),
    ],
)
def test_a_file_that_is_none_is_told(document: bytes, code: str) -> None:
    tables, found = read_sheets(document, "f")
    assert not tables and codes(found) == [code]


def test_an_archive_that_is_no_workbook() -> None:
    import zipfile

    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("word/document.xml", "<x/>")
    assert codes(read_sheets(out.getvalue())[1]) == ["workbook.file.foreign"]


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    document = made(lambda book: [book.active.append([1, 2, 3]) for _ in range(30)])
    for name, value, code in (
        ("MAX_ROWS", 20, "workbook.file.rows"),
        ("MAX_CELLS", 80, "workbook.file.cells"),
        ("MAX_UNPACKED", 100, "workbook.file.large"),
        ("MAX_BYTES", 100, "workbook.file.large"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(read_sheet, name, value)
            assert codes(read_sheets(document)[1]) == [code], name


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_bytes_raise(document: bytes) -> None:
    sheets, found = read_sheets(document, "x")
    assert sheets or codes(found), "what is neither workbook nor text is said to be none"


@given(st.binary(min_size=1, max_size=40), st.integers(0, 4000))
@settings(max_examples=40, deadline=None)
def test_a_damaged_workbook_never_raises(damage: bytes, at: int) -> None:
    whole = bytearray(made(lambda book: book.active.append(["a", 1, "=A1"])))
    at %= len(whole)
    whole[at : at + len(damage)] = damage
    sheets, found = read_sheets(bytes(whole), "x")
    assert sheets or codes(found), "nothing is lost without a word"


@given(st.integers(0, 18_000))
def test_letters_count_as_spreadsheets_do(column: int) -> None:
    from openpyxl.utils import get_column_letter

    assert letters(column) == get_column_letter(column + 1)


def test_what_stands_too_far_to_the_right_is_not_lost_silently() -> None:
    def fill(book: Any) -> None:
        book.active.cell(3, read_sheet.MAX_COLUMNS + 5, "x")

    tables, found = read_sheets(made(fill))
    assert not tables and codes(found) == ["workbook.file.columns"] and found[0].where == "Sheet!3"
    wide = ("a," * read_sheet.MAX_COLUMNS + "b\n").encode()
    assert codes(read_sheets(wide, "w")[1]) == ["workbook.file.columns"]
