"""A unit's year as a workbook: the same document comes back, and a fault has its sheet and cell."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO
from typing import Any

import pytest

from suyuan.carbon.plant import read_plant
from suyuan.quantity.finding import errors
from suyuan.report.papers.read_sheet import read_sheets
from suyuan.report.papers.sheet import Page, workbook
from suyuan.verbs.carbon.book import Book, from_tables
from suyuan.verbs.carbon.book_examples import EXAMPLES, example
from suyuan.verbs.carbon.book_sheets import SHEETS
from suyuan.verbs.carbon.book_written import sheets_of
from suyuan.verbs.carbon.claims import claim_of
from tests.demonstration import demonstration

DAY = date(2026, 11, 23)


def written(content: Any) -> bytes:
    return workbook([Page(*one) for one in sheets_of(content)])


def filled(value: Any) -> Any:
    """A document without its empty texts and lists: an empty cell and none are one."""
    if isinstance(value, dict):
        return {key: filled(one) for key, one in value.items() if one not in ("", [])}
    return [filled(one) for one in value] if isinstance(value, list) else value


def read(data: bytes) -> Book:
    tables, told = read_sheets(data, "book.xlsx")
    assert not errors(told)
    return from_tables(tables)


def changed(content: Any, sheet: str, cell: str, value: Any) -> Book:
    """A workbook in which somebody typed something else into a cell."""
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(written(content)))
    next(page for page in book if page.title.endswith(sheet))[cell] = value
    out = BytesIO()
    book.save(out)
    return read(out.getvalue())


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_example_comes_back_and_can_be_claimed(kind: str) -> None:
    content = example(kind)
    book = read(written(content))
    assert not book.findings and json.loads(book.data) == {"suyuan": "carbon-plant", **content}
    plant, told = read_plant(book.data)
    assert plant is not None, told
    if kind != "forest":
        assert claim_of(plant).claim.legal > 1_000_000


def test_the_documents_of_the_demo_come_back() -> None:
    folder = demonstration(DAY) / "carbon"
    seen = 0
    for file in sorted(folder.glob("*.json")):
        content = json.loads(file.read_text("utf-8"))
        if content.get("suyuan") == "carbon-plant":
            book = read(written(content))
            assert json.loads(book.data) == filled(content) and not book.findings, file.name
            seen += 1
    assert seen >= 4


def test_every_column_is_explained_in_both_languages() -> None:
    for sheet in SHEETS:
        keys = [one.key for one in sheet.columns]
        assert len(keys) == len(set(keys)) and all(one.zh and one.en for one in sheet.columns), sheet.name


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "code", "place"),
    [
        ("unit", "B6", "soon", "", "机组 unit!B6"),
        ("months", "C3", None, "", "各月 months!C3"),
        ("months", "C3", "many", "", "各月 months!C3"),
        ("streams", "B3", "burning", "", "源流 streams!B3"),
        ("reports", "G5", "xx", "", "化验 reports!G5"),
        ("components", "A3", "无此源流", "carbon.book.owner", "不确定度 components!A3"),
        ("components", "G3", "maybe", "carbon.book.cell", "不确定度 components!G3"),
        ("streams", "J3", "{broken", "carbon.book.cell", "源流 streams!J3"),
        ("meters", "E3", "maybe", "carbon.book.cell", "计量器具 meters!E3"),
    ],
)  # fmt: skip
def test_a_fault_has_its_sheet_and_cell(sheet: str, cell: str, value: Any, code: str, place: str) -> None:
    book = changed(example("power"), sheet, cell, value)
    found = (*book.findings, *book.placed(read_plant(book.data)[1]))
    wrong = errors(found)
    assert place in [item.where for item in wrong], [(item.code, item.where) for item in wrong]
    assert not code or code in [item.code for item in wrong]


def test_what_is_not_known_is_told_and_nothing_else_is_lost() -> None:
    book = changed(example("power"), "streams", "N1", "colour")
    assert [item.code for item in book.findings] == ["carbon.book.column"]
    empty = from_tables([])
    assert [item.code for item in empty.findings] == ["carbon.book.no_unit"]
