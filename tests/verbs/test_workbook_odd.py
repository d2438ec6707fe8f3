"""Workbooks as offices really send them: what is odd is told at its cell with its own reason, and nothing is lost."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from suyuan.procedure.register import Context
from suyuan.quantity.finding import sentences
from suyuan.report.papers.read_sheet import read_sheets
from suyuan.verbs.register.cells import Table
from suyuan.verbs.register.cells_read import CELL_WHY
from suyuan.verbs.register.columns.table import columns
from suyuan.verbs.register.forms import WHY
from suyuan.verbs.register.workbook import Taken, register_from_workbook, rows_from_table, template

DAY = date(2026, 11, 28)
LAB = {"zh": "演示计量院"}
HEADS = ("编号", "量的种类", "测量区间", "扩展不确定度", "条件", "工作日", "有效止")


def row(n: int = 1, **over: Any) -> tuple[Any, ...]:
    usual = dict(zip(HEADS, (f"C-{n}", "长度", f"{n}~{n + 1} mm", "U=0.03 µm, k=2", None, 10, None), strict=True))
    return tuple((usual | over).values())


def read(*rows: tuple[Any, ...], heads: tuple[Any, ...] = HEADS) -> Taken:
    return rows_from_table("capability", Table("校准测量能力", (heads, *rows)), Context(LAB, DAY))


@pytest.mark.parametrize(("column", "cell", "why"), [
    ("测量区间", "0,5~100 mm", "comma"), ("测量区间", "1~2 mm；3~4 mm", "several"), ("测量区间", "1~2~3 mm", "several"),
    ("测量区间", "M1～M5", "interval"), ("测量区间", "1～2", "unit"), ("测量区间", "#VALUE!", "formula"),
    ("扩展不确定度", "u=0.015 µm", "standard"), ("扩展不确定度", "Urel=0.5", "fraction"),
    ("扩展不确定度", "#N/A", "formula"), ("测量区间", "1×10^400~2×10^400 mm", "interval"),
    ("扩展不确定度", "见证书", "uncertainty"), ("工作日", "10天", "number"), ("工作日", "#REF!", "formula"),
    ("有效止", "2029-12-315", "day"), ("有效止", "长期", "day"), ("有效止", "2029-02-30", "day"),
    ("条件", "温度=20~30", "unit"), ("条件", "频率=100~10 Hz", "backwards"), ("条件", "20 ℃", "condition"),
])  # fmt: skip
def test_each_cell_is_told_with_its_own_reason(column: str, cell: str, why: str) -> None:
    taken = read(row(1), row(2, **{column: cell}))
    assert [given["id"] for given in taken.rows] == ["C-1"]
    (told,) = [item for item in taken.findings if item.severity == "error"]
    assert told.code == "workbook.cell.unclear" and f"«{column}»" in told.where
    assert {**WHY, **CELL_WHY}[why][0] in sentences(told, "zh")["what"]
    assert taken.refused is not None and cell in taken.refused.rows[0]


@pytest.mark.parametrize(("column", "cell", "path", "value"), [
    ("测量区间", "１～２　ｍｍ", "interval", {"low": "1", "high": "2", "unit": "mm"}),
    ("测量区间", "1,000~2,000 mm", "interval", {"low": "1000", "high": "2000", "unit": "mm"}),
    ("扩展不确定度", "Ｕ＝０．０３μｍ，ｋ＝２", "uncertainty", {"form": "value", "U": "0.03", "unit": "µm", "k": "2"}),
    ("条件", "温度：（20±1）℃", "conditions", {"温度": {"low": "19", "high": "21", "unit": "°C"}}),
    ("条件", "介质=R134a; 电压=220 V/380 V", "conditions", {"介质": ["R134a"], "电压": ["220 V", "380 V"]}),
    ("测量区间", "0.5 fm~1 m", "interval", {"low": "0.0000000000000005", "high": "1", "unit": "m"}),
    ("工作日", "１,０００", "days", "1000"), ("有效止", "2029年12月31日", "valid_until", "2029-12-31"),
    ("有效止", "2029-12-31 00:00:00", "valid_until", "2029-12-31"),
])  # fmt: skip
def test_what_can_mean_one_thing_only_is_read(column: str, cell: str, path: str, value: Any) -> None:
    taken = read(row(1, **{column: cell}))
    assert taken.refused is None, taken.refused
    assert taken.rows[0][path] == value


def test_the_unit_in_the_head_of_an_end_is_that_of_the_interval() -> None:
    heads = ("编号", "量的种类", "下限（mm）", "上限（mm）", "U（µm, k=2）")
    taken = read(("C-1", "长度", 0.5, 100, 0.03), ("C-2", "长度", 100, 0.5, 0.03), heads=heads)
    assert taken.rows[0]["interval"] == {"low": "0.5", "high": "100", "unit": "mm"}
    assert [item.code for item in taken.findings] == ["capability.read.backwards"]


def test_one_head_twice_is_told_and_loses_nothing() -> None:
    heads = ("编号", "量的种类", "测量区间", "扩展不确定度", "扩展不确定度")
    U, other = "U=1 µm, k=2", "U=2 µm, k=2"
    taken = read(("1", "长度", "1~2 mm", U, other), ("2", "长度", "1~2 mm", None, other),
                 ("3", "长度", "1~2 mm", U, U), ("4", "长度", "3~4 mm", U, None), heads=heads)  # fmt: skip
    assert [given["id"] for given in taken.rows] == ["3", "4"] and len(taken.refused.rows if taken.refused else ()) == 2
    assert [item.code for item in taken.findings if item.severity == "warning"] == ["workbook.column.again"]


def test_heads_again_and_remarks_below_are_no_rows() -> None:
    taken = read(
        row(1),
        HEADS,
        row(2),
        ("合计", None, None, None, None, 20, None),
        ("注：演示",),
        ("制表：甲", None, None, "审核：乙"),
    )
    assert [given["id"] for given in taken.rows] == ["C-1", "C-2"] and taken.refused is None
    assert [item.code for item in taken.findings] == ["workbook.row.remark"] * 3
    assert read(("注-1", "长度", "1~2 mm", "U=1 µm, k=2")).rows, "an id may begin so, where the row is filled"


def test_a_sheet_named_after_another_kind() -> None:
    document, _, found = register_from_workbook([Table("测量需求", (HEADS, row(1)))], LAB, DAY, "1")
    assert document is not None and "workbook.sheet.other_kind" in [item.code for item in found]
    _, _, found = register_from_workbook([Table("校准测量能力", (HEADS, row(1)))], LAB, DAY, "1")
    assert not found


def test_an_id_on_two_sheets_of_a_kind_goes_in_once_and_comes_back_once() -> None:
    sheets = [Table("校准测量能力", (HEADS, row(1))), Table("capabilities", (HEADS, row(1, 工作日=20)))]
    document, refused, found = register_from_workbook(sheets, LAB, DAY, "1")
    assert document is not None and [one.places for one in refused] == [("capabilities!2",)]
    assert [dict(item.parameters).get("first") for item in found if item.code == "workbook.row.twice"] == [
        "校准测量能力!2"
    ]


def test_a_bad_row_does_not_take_the_id_of_a_good_one() -> None:
    taken = read(row(1, 测量区间="2~1 mm"), row(1))
    assert len(taken.rows) == 1 and taken.refused is not None and taken.refused.places == ("校准测量能力!2",)


def test_a_field_is_told_by_its_head() -> None:
    taken = read(row(1, 工作日=-3), ("C-2", None, "1~2 mm"))
    said = [sentences(item, "zh")["what"] for item in taken.findings if item.severity == "error"]
    assert any("「工作日」不能小于零" in text for text in said) and any("缺少「量的种类」" in text for text in said)


def test_a_hidden_sheet_and_merged_cells_are_told() -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = "校准测量能力"
    for cells in (HEADS, row(1), row(2, 量的种类=None)):
        page.append(cells)
    page.merge_cells("B2:B3")
    hidden = book.create_sheet("capabilities")
    hidden.sheet_state = "hidden"
    for cells in (HEADS, row(9)):
        hidden.append(cells)
    data = BytesIO()
    book.save(data)
    tables, told = read_sheets(data.getvalue(), "a.xlsx")
    document, refused, _ = register_from_workbook(tables, LAB, DAY, "1")
    assert document is not None and not refused and document.count(b'"quantity"') == 3
    assert {item.code for item in told} == {"workbook.sheet.hidden", "workbook.cell.merged"}


def test_an_example_that_somebody_changed_is_a_row() -> None:
    sheet = template(["capability"])[1]
    context = Context(LAB, DAY)
    assert rows_from_table("capability", Table(sheet.name, sheet.rows), context).rows == ()
    place = [column.path for column in columns("capability").columns].index("uncertainty")
    changed = (*sheet.rows[1][:place], "U=0.5 µm, k=2", *sheet.rows[1][place + 1 :])
    taken = rows_from_table("capability", Table(sheet.name, (sheet.rows[0], changed)), context)
    assert [given["uncertainty"]["U"] for given in taken.rows] == ["0.5"]


@pytest.mark.parametrize(("cell", "good"), [("演示院|1", True), ("；", False), ("演示院|1; 演示院|2", False)])
def test_a_cell_for_one_certificate_holds_one(cell: str, good: bool) -> None:
    """A lone semicolon names none, and of two certificates none is lost without a word."""
    known = columns("resource").columns
    usual = {column.head: column.example or None for column in known}
    mine = {column.head: cell for column in known if column.path == "certificate"} | {known[0].head: "R-9"}
    cells = tuple((usual | mine).values())
    taken = rows_from_table("resource", Table("资源", (tuple(usual), cells)), Context(LAB, DAY))
    assert [f.code for f in taken.findings if f.severity == "error"] == ([] if good else ["workbook.cell.unclear"])
    assert bool(taken.rows) == good


@pytest.mark.parametrize("value", [float("inf"), float("nan"), True, DAY])
def test_what_is_no_number_is_told(value: Any) -> None:
    taken = read(row(1, 工作日=value))
    assert [item.code for item in taken.findings if item.severity == "error"] == ["workbook.cell.unclear"]
