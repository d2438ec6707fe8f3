"""A unit's year as a workbook: the same document comes back, and a fault has its sheet and cell."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO
from typing import Any

import pytest

from suyuan.carbon.plant import read_plant
from suyuan.quantity.finding import Refused, errors, sentences
from suyuan.report.papers.read_sheet import read_sheets
from suyuan.report.papers.sheet import Page, workbook
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.carbon.book import Book, from_tables
from suyuan.verbs.carbon.book_examples import EXAMPLES, example, left_in
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


def test_a_document_that_is_kept_comes_back_with_its_numbers() -> None:
    """As a store reads it each number is its text: the sheet of months was empty, and every number a text cell."""
    from openpyxl import load_workbook

    folder = demonstration(DAY) / "carbon"
    for name in ("power.json", "steel.json", "steel-balance.json", "forest.json"):
        data = (folder / name).read_bytes()
        plant, told = read_plant(data)
        assert plant is not None, told
        book = read(written(plant.content))
        assert json.loads(book.data) == filled(json.loads(data)) and not book.findings, name
        pages = load_workbook(BytesIO(written(plant.content))).worksheets
        typed = {page.title.split()[-1]: [[cell.value for cell in row] for row in page.iter_rows()] for page in pages}
        assert len(typed["months"]) == 2 + len(plant.streams), name
        assert all(isinstance(cell, int | float) for row in typed["months"][2:] for cell in row[2:14])
    assert typed["forests"][2][1] == json.loads(data)["forests"][0]["area"]


def test_twelve_numbers_of_a_factor_stand_by_month_and_their_origin_in_its_cell() -> None:
    content = example("power")
    coal = content["streams"][0]
    del coal["reports"]
    coal["carbon"] = {"value": [0.5 + month / 100 for month in range(12)], "unit": "tC/t", "status": "stated"}
    months = next(rows for title, _, rows in sheets_of(content) if title.endswith("months"))
    assert months[2][:3] == ["入炉煤", "carbon", 0.5]
    assert json.loads(read(written(content)).data) == {"suyuan": "carbon-plant", **content}
    typed = content | {"streams": [{**coal, "amount": [str(one) for one in coal["amount"]]}, content["streams"][1]]}
    assert json.loads(read(written(typed)).data) == {"suyuan": "carbon-plant", **content}  # a number as text is one


def test_what_is_the_examples_own_is_known_again() -> None:
    """«例：碳管理员» admitted rule rows, and EX-2022-01 was the evidence of a claim."""
    for kind in EXAMPLES:
        told = left_in(example(kind))
        assert all(item.code == "carbon.book.example" and item.severity == "error" for item in told)
        assert {"/enterprise", "/by", "/note", "/overrides/0/reason"} <= {item.where for item in told}
    told = left_in(example("power"))
    numbers = [item.where for item in told if item.where.endswith("number")]
    assert len(numbers) == 14  # twelve reports, two meters
    mended = json.loads(json.dumps(example("power"), ensure_ascii=False).replace("例：", "").replace("算例", "")
                        .replace("EX-", "HB-"))  # fmt: skip
    assert not left_in(mended)
    folder = demonstration(DAY) / "carbon"
    assert not any(left_in(json.loads(file.read_text("utf-8"))) for file in folder.glob("*.json"))


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
        ("components", "G3", "maybe", "workbook.cell.unclear", "不确定度 components!G3"),
        ("streams", "J3", "{broken", "carbon.book.cell", "源流 streams!J3"),
        ("meters", "E3", "maybe", "workbook.cell.unclear", "计量器具 meters!E3"),
    ],
)  # fmt: skip
def test_a_fault_has_its_sheet_and_cell(sheet: str, cell: str, value: Any, code: str, place: str) -> None:
    book = changed(example("power"), sheet, cell, value)
    found = (*book.findings, *book.placed(read_plant(book.data)[1]))
    wrong = errors(found)
    assert place in [item.where for item in wrong], [(item.code, item.where) for item in wrong]
    assert not code or code in [item.code for item in wrong]


@pytest.mark.parametrize(
    ("value", "code", "read_as"),
    [
        ("150000", "", 150000),
        ("150 000", "carbon.book.read", 150000),
        ("１５００００", "carbon.book.read", 150000),
        ("1,150,000", "carbon.book.read", 1150000),
        ("150,000.5", "carbon.book.read", 150000.5),
        ("150,000", "workbook.cell.unclear", None),
        ("150000,5", "workbook.cell.unclear", None),
        ("150，000", "workbook.cell.unclear", None),
        ("15万", "workbook.cell.unclear", None),
        ("150000 t", "workbook.cell.unclear", None),
        (True, "workbook.cell.unclear", None),
        (date(2022, 1, 1), "workbook.cell.unclear", None),
        ("#DIV/0!", "workbook.cell.unclear", None),
        ("=C4*2", "carbon.book.formula", None),
    ],
)  # fmt: skip
def test_a_number_in_a_cell_is_read_as_it_can_only_be_meant(value: Any, code: str, read_as: Any) -> None:
    book = changed(example("power"), "months", "C3", value)
    assert json.loads(book.data)["streams"][0]["amount"][0] == read_as
    told = [(item.code, item.where) for item in book.findings if not item.code.startswith("workbook.cell.formula")]
    assert told == ([(code, "各月 months!C3")] if code else [])
    assert bool(errors(book.findings)) == (read_as is None)


@pytest.mark.parametrize("value", ["2022/3/20", "2022年3月20日", "2022.3.20", "2022-3-20", "20220320", 44640,
                                   date(2022, 3, 20), " 2022/03/20 "])  # fmt: skip
@pytest.mark.parametrize(("sheet", "cell", "way"), [
    ("reports", "M4", ("streams", 0, "reports", 1, "issued")), ("components", "N3", ("streams", 0, "components", 0,
     "valid_until")), ("meters", "L3", ("meters", 0, "due")), ("overrides", "D3", ("overrides", 0, "day")),
    ("unit", "B7", ("made",)), ("unit", "B19", ("plan", "filed")),
])  # fmt: skip
def test_a_day_is_read_however_people_write_it(value: Any, sheet: str, cell: str, way: tuple[Any, ...]) -> None:
    held = json.loads(changed(example("power"), sheet, cell, value).data)
    for step in way:
        held = held[step]
    assert held == "2022-03-20"


def test_an_empty_month_is_called_empty() -> None:
    """It was «null», and a formula whose value no program had kept was the same."""
    book = changed(example("power"), "months", "C3", None)
    (item,) = errors(book.placed(read_plant(book.data)[1]))
    assert (item.code, item.where) == ("carbon.amount.empty", "各月 months!C3")
    formula = changed(example("power"), "months", "C3", "=SUM(D3:E3)")
    (item,) = errors(formula.findings)
    assert "公式" in sentences(item, "zh")["what"] and "Open and save" in sentences(item, "en")["remedy"]


def twice(sheet: str, row: int) -> Book:
    """A workbook in which a row stands twice."""
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(written(example("power"))))
    page = next(page for page in book if page.title.endswith(sheet))
    page.append([cell.value for cell in page[row]])
    out = BytesIO()
    book.save(out)
    return read(out.getvalue())


@pytest.mark.parametrize(("sheet", "row", "first"), [("months", 3, "各月 months!3"), ("unit", 6, "机组 unit!A6")])
def test_what_stands_twice_is_refused(sheet: str, row: int, first: str) -> None:
    (item,) = errors(twice(sheet, row).findings)
    assert item.code == "carbon.book.twice" and dict(item.parameters)["first"] == first


def test_months_that_share_a_cell_are_refused() -> None:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(written(example("power"))))
    next(page for page in book if page.title.endswith("months")).merge_cells("C3:D3")
    out = BytesIO()
    book.save(out)
    (item,) = errors(read(out.getvalue()).findings)
    assert (item.code, item.where) == ("carbon.book.merged", "各月 months!D3")


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "code", "severity"),
    [
        ("meters", "L3", "soon", "typed.date.impossible", "error"),
        ("meters", "C3", "coal", "typed.field.choice", "error"),
        ("plan", "C3", "guessed", "typed.field.choice", "error"),
        ("meters", "I3", "焦煤", "carbon.register.stream", "warning"),
        ("plan", "A3", "焦煤", "carbon.register.stream", "warning"),
        ("streams", "E3", "BS-99", "carbon.register.meter", "warning"),
        ("components", "H3", "院", "carbon.component.half", "warning"),
        ("components", "O3", "5-1", "carbon.book.cell", "error"),
        ("unit", "B4", "发电", "carbon.sector.unknown", "error"),
        ("unit", "B13", -1, "carbon.fuel.rounding_digits", "error"),
    ],
)  # fmt: skip
def test_what_was_silent_is_told_at_its_cell(sheet: str, cell: str, value: Any, code: str, severity: str) -> None:
    """Faults of meters and plan were read and forgotten; 5-1 were all months; half a certificate was none."""
    book = changed(example("power"), sheet, cell, value)
    plant, told = read_plant(book.data)
    if plant is not None:
        try:
            told += claim_of(plant).findings
        except Refused as refused:
            told += refused.findings
    found = [item for item in (*book.findings, *book.placed(told)) if item.code == code and item.where.endswith(cell)]
    if code == "carbon.component.half":
        found = [item for item in book.placed(told) if item.code == code and item.where.endswith("I3")]
    assert [item.severity for item in found] == [severity]


def test_two_heads_of_one_name_are_refused() -> None:
    (item,) = errors(changed(example("power"), "months", "D1", 1).findings)
    assert (item.code, item.where) == ("carbon.book.twice", "各月 months!D1")


def test_heads_of_months_may_bear_their_word() -> None:
    assert changed(example("power"), "months", "C1", "1月").data == read(written(example("power"))).data


def test_a_stock_has_its_level_at_the_begin_of_the_year() -> None:
    content = example("power")
    content["streams"].append({"name": "煤场", "kind": "stock", "amount_unit": "t", "amount": list(range(500, 513)),
                               "carbon": {"value": 0.55, "unit": "tC/t", "status": "stated"}})  # fmt: skip
    book = read(written(content))
    assert not book.findings and json.loads(book.data) == {"suyuan": "carbon-plant", **content}
    assert book.places["/streams/2/amount/0"] == "各月 months!O5" and book.places["/streams/2/amount/1"].endswith("C5")


def test_a_factor_by_month_has_the_origin_of_its_column() -> None:
    content = example("power")
    coal = content["streams"][0]
    coal["carbon"] = {"unit": "tC/t", "issuer": "例：化验室", "number": "EX-1"}
    del coal["reports"]
    sheets = {title: (heads, rows) for title, heads, rows in sheets_of(content)}
    months = next(rows for title, (_, rows) in sheets.items() if title.endswith("months"))
    months.append(["入炉煤", "carbon", *[0.55] * 11, 0.9])
    book = read(workbook([Page(title, *one) for title, one in sheets.items()]))
    plant, told = read_plant(book.data)
    assert plant is not None, told
    assert plant.streams[0].given["carbon"].tolist() == [0.55] * 11 + [0.9]
    months[-1][-1] = None
    book = read(workbook([Page(title, *one) for title, one in sheets.items()]))
    assert errors(book.placed(read_plant(book.data)[1]))[0].where == f"各月 months!N{len(months) + 1}"


@pytest.mark.parametrize("strip", [False, True])
@pytest.mark.parametrize("kind", ["power", "steel"])
def test_whatever_is_found_of_a_workbook_has_its_cell(kind: str, strip: bool) -> None:
    """Findings of a claim said «stream/factor» or the id of a rule row where a cell was to be mended."""
    content = example(kind)
    if strip:
        content["overrides"], content["plan"] = [], None
    else:
        content["plan"] = {"version": "2022-1", "year": 2021, "filed": "2021-12-20"}
    book = read(written(content))
    plant, told = read_plant(book.data)
    assert plant is not None, told
    try:
        more = claim_of(plant, evidence=Evidence()).findings
    except Refused as refused:
        more = refused.findings
    assert len(more) > 5
    lost = [(item.code, item.where) for item in book.placed((*told, *more)) if "!" not in item.where]
    assert not lost


def test_what_is_not_known_is_told_and_nothing_else_is_lost() -> None:
    book = changed(example("power"), "streams", "N1", "colour")
    assert [item.code for item in book.findings] == ["carbon.book.column"]
    empty = from_tables([])
    assert [item.code for item in empty.findings] == ["carbon.book.no_unit"]
