"""Registers from workbooks: heads as people write them, good rows in, bad rows back with what is wrong."""

from __future__ import annotations

import json
import math
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from suyuan.capability.capability import Capability, Term
from suyuan.capability.interval import Interval
from suyuan.capability.uncertainty import Formula, Line, Matrix, RootSum, Uncertainty, Value
from suyuan.capability.uncertainty import Table as Points
from suyuan.procedure.register import Context
from suyuan.quantity.finding import sentences
from suyuan.quantity.unit import parse_unit
from suyuan.report.papers.read_sheet import read_sheets
from suyuan.report.service.tables import tables_xlsx
from suyuan.verbs.register.cells import Table
from suyuan.verbs.register.cells_read import CELL_WHY
from suyuan.verbs.register.columns.table import KINDS, columns, spelled
from suyuan.verbs.register.forms import WHY, Unclear, interval, uncertainty
from suyuan.verbs.register.registers import KINDS as READ
from suyuan.verbs.register.registers import read
from suyuan.verbs.register.workbook import (
    WRONG,
    kind_of,
    refused_tables,
    register_from_workbook,
    rows_from_table,
    table_of,
    template,
)

DAY = date(2026, 11, 28)
LAB = {"zh": "演示计量院", "en": "Demo Institute"}
CONTEXT = Context(LAB, DAY)
HEADS = ("编号", "量", "测量区间", "不确定度", "方法", "工作日", "单价（元）")


def capabilities(*rows: tuple[Any, ...], heads: tuple[str, ...] = HEADS) -> Table:
    return Table("校准测量能力", (heads, *rows))


def good(n: int) -> tuple[Any, ...]:
    return (f"C-{n}", "length", "0.5~100 mm", "U=0.03 µm+0.3×10⁻⁶L, k=2", "JJG 146-2011", 10, 300)


def errors_of(findings: Any) -> list[tuple[str, str]]:
    return [(item.code, item.where) for item in findings if item.severity == "error"]


# ---------------------------------------------------------------- every kind


def test_there_is_a_table_for_every_kind_of_row() -> None:
    assert set(KINDS) == set(READ)


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_the_template_is_a_good_row_and_survives_the_way_out_and_back(kind: str) -> None:
    sheet = template([kind])[1]
    assert kind_of(sheet) == kind
    row = ("X-1", *sheet.rows[1][1:])
    taken = rows_from_table(kind, Table(sheet.name, (sheet.rows[0], row)), CONTEXT)
    assert not errors_of(taken.findings) and taken.refused is None
    document, refused, _ = register_from_workbook([Table(sheet.name, (sheet.rows[0], row))], LAB, DAY, "R-1")
    assert document is not None and not refused
    register, found = read(document)
    assert register is not None and not found
    again = rows_from_table(kind, table_of(kind, register.rows[kind]), CONTEXT)
    document_again, _, _ = register_from_workbook([table_of(kind, register.rows[kind])], LAB, DAY, "R-1")
    assert len(again.rows) == 1 and document_again is not None
    register_again, _ = read(document_again)
    assert register_again is not None and register_again.rows[kind] == register.rows[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_heads_are_known_in_both_languages_and_name_one_column(kind: str) -> None:
    known = columns(kind)
    for column in known.columns:
        assert known.known[column.zh.replace(" ", "").casefold()].path == column.path, column.zh
        assert column.zh and column.en
    assert len({c.path for c in known.columns}) == len(known.columns)


def test_the_example_row_of_a_template_is_not_registered() -> None:
    document, refused, found = register_from_workbook(template(), LAB, DAY, "R-1")
    assert document is None and not refused
    assert [item.code for item in found] == ["workbook.register.none"]


# ---------------------------------------------------------------- places


def test_a_wrong_cell_is_told_at_its_place_with_its_head() -> None:
    table = capabilities(good(1), ("C-2", "length", "100~0.5 mm", "U=0.1 µm, k=2", "", 5, 1))
    taken = rows_from_table("capability", table, CONTEXT)
    assert errors_of(taken.findings) == [("workbook.cell.unclear", "校准测量能力!C3 «测量区间»")]
    assert [row["id"] for row in taken.rows] == ["C-1"]


def test_what_the_reader_of_the_row_refuses_is_told_at_the_cell() -> None:
    """Three columns instead of one; the row's own reader finds that the range is backwards."""
    heads = ("编号", "参量", "下限", "上限", "单位", "不确定度")
    table = capabilities(("C-1", "length", 100, 0.5, "mm", "U=0.1 µm, k=2"), heads=heads)
    taken = rows_from_table("capability", table, CONTEXT)
    assert errors_of(taken.findings) == [("capability.read.backwards", "校准测量能力!C2 «下限»")]
    unit = capabilities(("C-1", "length", 0.5, 100, "furlongish", "U=0.1 µm, k=2"), heads=heads)
    told = errors_of(rows_from_table("capability", unit, CONTEXT).findings)
    assert any(where == "校准测量能力!E2 «单位»" for _, where in told), told


@pytest.mark.parametrize(
    ("cell", "column", "why"),
    [
        (("C-9", "length", "0.5~100", "U=1 µm, k=2", "", 1, 1), "C2", "unit"),
        (("C-9", "length", "0.5~100 mm", "±1 µm", "", 1, 1), "D2", "plus_minus"),
        (("C-9", "length", "0.5~100 mm", "0.5级", "", 1, 1), "D2", "class"),
        (("C-9", "length", "0.5~100 mm", "MPE: 0.3 mm", "", 1, 1), "D2", "mpe"),
        (("C-9", "length", "0.5~100 mm", "Q[0.03,0.3L] µm", "", 1, 1), "D2", "length_unit"),
        (("C-9", "length", "0.5~100 mm", "U=(0.1~0.3) µm", "", 1, 1), "D2", "spread"),
        (("C-9", "length", "0.5~100 mm", "U=1 µm, k=2", "", "soon", 1), "F2", "number"),
        (("C-9", "length", "很长", "U=1 µm, k=2", "", 1, 1), "C2", "interval"),
    ],
)
def test_what_can_mean_two_things_is_not_guessed(cell: tuple[Any, ...], column: str, why: str) -> None:
    taken = rows_from_table("capability", capabilities(cell), CONTEXT)
    (item,) = [item for item in taken.findings if item.severity == "error"]
    assert item.code == "workbook.cell.unclear" and item.where.startswith(f"校准测量能力!{column} ")
    assert dict(item.parameters)["reason_zh"] == {**WHY, **CELL_WHY}[why][0]
    assert "?" not in sentences(item, "en")["what"].replace("±: tolerance or U?", "")
    assert not taken.rows and taken.refused is not None and taken.refused.rows == (cell,)


@pytest.mark.parametrize(("cell", "U"), [("7", "0.02, k=2"), ("4~9 pH", "0.02 pH, k=2"), ("pH 4~9", "U=0.02 k=2")])
def test_acidity_has_the_unit_one_and_nobody_has_to_write_it(cell: str, U: str) -> None:
    heads = ("编号", "测量区间", "测量不确定度", "量的种类")
    table = Table("能力", (heads, ("P-1", cell, U, "pH")))
    taken = rows_from_table("capability", table, Context({"zh": "演示院"}, date(2026, 11, 1)))
    assert not errors_of(taken.findings), errors_of(taken.findings)
    (row,) = taken.rows
    assert row["interval"]["unit"] == "1" and row["uncertainty"]["U"] == "0.02"


def test_missing_and_unknown_columns_are_told() -> None:
    table = Table(
        "能力表", (("编号", "参数名", "测量区间", "不确定度", "颜色"), ("C-1", "x", "0~1 mm", "U=1 µm", "红"))
    )
    taken = rows_from_table("capability", table, CONTEXT)
    codes = [(item.code, item.where) for item in taken.findings]
    assert ("workbook.column.unknown", "能力表!E1") in codes
    assert ("workbook.column.missing", "能力表!2") in codes
    assert taken.refused is not None and not taken.rows


def test_an_id_twice_is_refused_and_says_where_the_first_stands() -> None:
    taken = rows_from_table("capability", capabilities(good(1), good(2), good(1)), CONTEXT)
    assert errors_of(taken.findings) == [("workbook.row.twice", "校准测量能力!4")]
    assert [row["id"] for row in taken.rows] == ["C-1", "C-2"]


def test_two_columns_that_contradict_each_other() -> None:
    heads = ("编号", "量", "测量区间", "下限")
    taken = rows_from_table("capability", capabilities(("C-1", "length", "0.5~100 mm", 1), heads=heads), CONTEXT)
    assert errors_of(taken.findings) == [("workbook.cell.twice", "校准测量能力!D2 «下限»")]


def test_heads_below_a_title_and_in_two_rows_merged() -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = "能力一览"
    sheet["A1"] = "演示计量院校准能力一览表"
    sheet.merge_cells("A1:F1")
    for place, text in {"A2": "编号", "B2": "参量", "C2": "测量区间", "F2": "扩展不确定度", "C3": "下限", "D3": "上限",
                        "E3": "单位"}.items():  # fmt: skip
        sheet[place] = text
    for area in ("A2:A3", "B2:B3", "C2:E2", "F2:F3", "B4:B5"):
        sheet.merge_cells(area)
    for row, values in (
        (4, ("C-1", "length", 0, 100, "mm", "U=1 µm, k=2")),
        (5, ("C-2", None, 0, 1, "m", "Urel=1%, k=2")),
    ):
        for column, value in enumerate(values, 1):
            if value is not None and not (row == 5 and column == 2):
                sheet.cell(row, column, value)
    out = BytesIO()
    book.save(out)
    tables, found = read_sheets(out.getvalue(), "a.xlsx")
    assert "workbook.cell.merged" in {item.code for item in found}
    assert kind_of(tables[0]) == "capability"
    taken = rows_from_table("capability", tables[0], CONTEXT)
    assert not errors_of(taken.findings)
    assert [(row["id"], row["quantity"], row["interval"]) for row in taken.rows] == [
        ("C-1", "length", {"low": "0", "high": "100", "unit": "mm"}),
        ("C-2", "length", {"low": "0", "high": "1", "unit": "m"}),
    ]


# ---------------------------------------------------------------- nothing is lost


def test_ten_thousand_rows_with_three_hundred_bad_ones() -> None:
    """9700 go in, 300 come back with what is wrong; mended they go in too."""
    rows: list[tuple[Any, ...]] = []
    for n in range(10_000):
        row = list(good(n))
        if n % 100 < 3:
            row[(2, 3, 0)[n % 100]] = ("很多", "0.5级", "")[n % 100] or None
        rows.append(tuple(row))
    document, refused, found = register_from_workbook(
        read_sheets(tables_xlsx([capabilities(*rows)]), "big.xlsx")[0], LAB, DAY, "R-1"
    )
    assert document is not None
    register, told = read(document)
    assert register is not None and len(register.rows["capability"]) == 9700 and register.refused == 0
    assert not errors_of(told)
    (back,) = refused
    assert len(back.rows) == 300 and len(errors_of(found)) == 300
    sheet = read_sheets(tables_xlsx(refused_tables(refused)), "back.xlsx")[0][0]
    assert sheet.rows[0][-1] == WRONG and len(sheet.rows) == 301
    assert str(sheet.rows[1][-1]).startswith("校准测量能力!C2: «测量区间»") or "测量区间" in str(sheet.rows[1][-1])
    mended = [list(row) for row in sheet.rows]
    for n, row in enumerate(mended[1:]):
        row[0], row[2], row[3] = f"M-{n}", "0.5~100 mm", "U=1 µm, k=2"
    again = rows_from_table("capability", Table(sheet.name, tuple(map(tuple, mended))), CONTEXT)
    assert len(again.rows) == 300 and again.refused is None


def test_a_sheet_that_nobody_knows_is_told_and_the_others_go_in() -> None:
    tables = (Table("备忘", (("甲", "乙"), (1, 2))), capabilities(good(1)))
    document, _, found = register_from_workbook(tables, LAB, DAY, "R-1")
    assert document is not None
    assert ("workbook.sheet.unknown", "备忘") in {(item.code, item.where) for item in found}


def test_the_same_tables_give_the_same_bytes() -> None:
    assert tables_xlsx(template()) == tables_xlsx(template())
    one, two = (register_from_workbook([capabilities(good(1))], LAB, DAY, "R-1")[0] for _ in range(2))
    assert one == two


# ---------------------------------------------------------------- forms


FORMS = [
    Value(0.03), RootSum(0.03, 0.0003), Line(0.1, 2e-6), Points((0.5, 50.0, 100.0), (0.03, 0.04, 0.06)),
    Formula("0.03 + 0.001*x"),
    Matrix((0.5, 100.0), "frequency", (10.0, 100.0), parse_unit("Hz"), ((0.1, 0.2), (0.3, 0.4))),
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=lambda f: type(f).__name__)
def test_every_form_of_uncertainty_survives_a_workbook(form: Any) -> None:
    um = parse_unit("um")
    given_ = Capability(
        "C", LAB, "length", Interval(0.5, 100.0, parse_unit("mm")), Uncertainty(form, 2.0, um),
        budget=(Term("s", {"zh": "标准"}, 0.01, 1e-5, ("演示国家院", "N-1"), "ab12"),),
    )  # fmt: skip
    document, refused, _ = register_from_workbook([table_of("capability", [given_])], LAB, DAY, "R")
    assert document is not None, refused
    register, _ = read(document)
    assert register is not None
    (back,) = register.rows["capability"]
    assert (back.uncertainty, back.budget, back.interval) == (given_.uncertainty, given_.budget, given_.interval)


@given(
    st.floats(-1e9, 1e9).map(lambda x: round(x, 9)),
    st.floats(1e-9, 1e9),
    st.sampled_from(["mm", "µm", "°C", "kV", "%", "N·m", "1/s"]),
)
@settings(max_examples=60, deadline=None)
def test_an_interval_is_read_as_it_is_written(low: float, width: float, unit: str) -> None:
    read_ = interval(f"{low!r}~{low + width!r} {unit}")
    assert isinstance(read_, dict)
    assert float(read_["low"]) == pytest.approx(low, rel=1e-12) and read_["unit"] == unit
    assert math.isclose(float(read_["high"]), low + width, rel_tol=1e-12)


@given(st.text(max_size=30))
@settings(max_examples=300, deadline=None)
def test_no_text_raises(text: str) -> None:
    assert isinstance(interval(text), dict | Unclear)
    assert isinstance(uncertainty(text, "mm", "µm"), dict | Unclear)


@given(st.floats(1e-6, 1e3), st.floats(1e-9, 1e-2), st.sampled_from(["mm", "m", "µm"]))
@settings(max_examples=60, deadline=None)
def test_a_slope_is_converted_exactly(a: float, b: float, along: str) -> None:
    """U = a µm + b·L means the same U at the same length, whatever the unit of the interval."""
    read_ = uncertainty(f"U={a!r} µm + {b!r} L", along)
    assert isinstance(read_, dict), read_
    at = {"mm": 1e3, "m": 1.0, "µm": 1e6}[along]  # one metre
    assert float(read_["a"]) + float(read_["b"]) * at == pytest.approx(a + b * 1e6, rel=1e-9)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.5～100mm", {"low": "0.5", "high": "100", "unit": "mm"}),
        ("(10-20) kPa", {"low": "10", "high": "20", "unit": "kPa"}),
        ("-40 ℃ 至 300 ℃", {"low": "-40", "high": "300", "unit": "°C"}),
        ("1×10⁻³~1 Pa", {"low": "0.001", "high": "1", "unit": "Pa"}),
        ("≤100 mm", {"high": "100", "unit": "mm"}), ("500 g～2 kg", {"low": "0.5", "high": "2", "unit": "kg"}),
    ],
)  # fmt: skip
def test_intervals_as_people_write_them(text: str, said: dict[str, str]) -> None:
    assert interval(text) == said


def test_heads_of_a_scope_of_accreditation() -> None:
    """As a laboratory copies them from its scope: k in the head, the unit in the cell or in the head."""
    heads = (
        "序号",
        "编号",
        "测量仪器名称",
        "校准参量",
        "校准规范名称及编号",
        "测量范围",
        "扩展不确定度（k=2）",
        "说明",
    )
    rows = (
        (
            1,
            "1.1",
            "量块",
            "长度",
            "《量块检定规程》JJG 146-2011",
            "(0.5～100) mm",
            "0.03 µm + 0.3×10⁻⁶L",
            "三等及以下",
        ),
        (2, "1.2", "扭矩扳子", "扭矩", "JJG 707-2014", "(5～1000) N·m", "Urel=1%", None),
    )
    taken = rows_from_table("capability", capabilities(*rows, heads=heads), CONTEXT)
    assert not errors_of(taken.findings)
    assert [row["uncertainty"]["k"] for row in taken.rows] == ["2", "2"]
    assert taken.rows[0]["uncertainty"]["b"] == "0.0003" and taken.rows[0]["item"] == "量块"
    assert {i.where for i in taken.findings if i.code == "workbook.column.unknown"} == {
        "校准测量能力!A1", "校准测量能力!H1"
    }  # fmt: skip


def test_the_k_of_a_cell_counts_before_that_of_its_head() -> None:
    heads = ("编号", "量", "测量区间", "U(µm, k=2)")
    table = capabilities(("a", "length", "0~1 mm", "0.5, k=3"), ("b", "length", "0~1 mm", 0.5), heads=heads)
    taken = rows_from_table("capability", table, CONTEXT)
    assert [(r["uncertainty"]["U"], r["uncertainty"]["k"], r["uncertainty"]["unit"]) for r in taken.rows] == [
        ("0.5", "3", "µm"), ("0.5", "2", "µm"),
    ]  # fmt: skip


BUDGETED = ("编号", "量", "测量区间", "不确定度", "预算")


@pytest.mark.parametrize(("U", "budget", "u"), [
    ("Urel=0.5 %, k=2", "s|标准|0.1; t|温度|0.2", (0.001, 0.002)),
    ("Urel=0.5%, k=2", "s|标准|0.1 %; t|温度|2 ‰", (0.001, 0.002)),
    ("Urel=0.005, k=2", "s|标准|0.001; t|温度|0.2 %", (0.001, 0.002)),
    ("U=0.03 µm, k=2", "s|标准|0.007; t|温度|7 nm", (0.007, 0.007)),
    ("", "s|标准|0.007; t|温度|7 nm", (0.007, 7.0)),
    ('{"form": "value", "U": "0.5", "unit": "%", "k": "2"}', "s|标准|0.1; t|温度|0.002 1", (0.001, 0.002)),
])  # fmt: skip
def test_a_budget_is_in_the_unit_of_U_unless_it_says_its_own(U: str, budget: str, u: tuple[float, float]) -> None:
    row = ("C-1", "length", "0.5~100 mm", U or None, budget)
    document, refused, found = register_from_workbook([capabilities(row, heads=BUDGETED)], LAB, DAY, "R-1")
    assert document is not None and not refused, found
    register, _ = read(document)
    assert register is not None
    first = register.rows["capability"][0]
    assert tuple(term.u for term in first.budget) == pytest.approx(u, rel=1e-12)
    again, _, _ = register_from_workbook([table_of("capability", [first])], LAB, DAY, "R-1")
    assert again is not None
    back, _ = read(again)
    assert back is not None and back.rows["capability"][0] == first
    raw, _, _ = register_from_workbook(
        [table_of("capability", json.loads(document)["rows"]["capability"])], LAB, DAY, "R"
    )
    assert raw is not None
    same, _ = read(raw)
    assert same is not None and [t.u for t in same.rows["capability"][0].budget] == pytest.approx(u, rel=1e-12)


def test_per_cent_is_written_back_as_per_cent() -> None:
    row = ("C-1", "torque", "1~100 N·m", "Urel=0.7 %, k=2", "s|标准|0.1|院|7; t|温度|0.3")
    document, _, _ = register_from_workbook([capabilities(row, heads=BUDGETED)], LAB, DAY, "R-1")
    assert document is not None
    register, _ = read(document)
    assert register is not None
    cells = dict(zip(*table_of("capability", register.rows["capability"]).rows, strict=True))
    told = [cells[c.head] for c in columns("capability").columns if c.path in ("uncertainty", "budget")]
    assert told == ["Urel=0.7%, k=2", "s|标准|0.1%|院|7; t|温度|0.3%"]


def test_a_term_in_another_kind_of_unit_is_told_at_its_cell() -> None:
    for U, budget in (("U=0.03 µm, k=2", "t|温度|0.1 K"), ("Urel=0.5 %, k=2", "t|温度|0.1 µm")):
        taken = rows_from_table(
            "capability", capabilities(("C-1", "length", "1~9 mm", U, budget), heads=BUDGETED), CONTEXT
        )
        assert errors_of(taken.findings) == [("capability.read.term_unit", "校准测量能力!E2 «预算»")]


@pytest.mark.parametrize("kind", KINDS)
def test_each_head_names_one_column_and_says_what_it_takes(kind: str) -> None:
    known = columns(kind).columns
    for language in ("zh", "en"):
        heads = [spelled(getattr(column, language)) for column in known]
        assert len(set(heads)) == len(heads)
    names = [spelled(name) for column in known for name in {column.zh, column.en, *column.synonyms}]
    assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1]
    for column in known:
        assert column.note.get("zh") and column.note.get("en"), column.path
    explained, sheet = template([kind])
    assert [row[1] for row in explained.rows[1:]] == list(sheet.rows[0])
    assert all(row[3] and row[4] and row[5] for row in explained.rows[1:])


def test_the_measurand_of_a_scope_stands_in_for_the_kind_of_quantity() -> None:
    heads = ("编号", "测量仪器名称", "被测量", "测量范围", "扩展不确定度（k=2）")
    rows = (("C-1", "量块", "长度", "0.5~100 mm", "0.1 µm"), ("C-2", "环规", "直径尺", "5~100 mm", "0.5 µm"))
    taken = rows_from_table("capability", capabilities(*rows, heads=heads), CONTEXT)
    assert [row["quantity"] for row in taken.rows] == ["长度", "直径尺"] and taken.refused is None
    codes = [item.code for item in taken.findings]
    assert codes == ["workbook.column.stands_in", "capability.read.quantity"]
    both = rows_from_table("capability", capabilities(("C-1", "量块", "长度", "中心长度", "1~2 mm"), heads=(
        "编号", "测量仪器名称", "量的种类", "被测量", "测量范围")), CONTEXT)  # fmt: skip
    assert both.rows[0]["measurand"] == {"zh": "中心长度"} and both.rows[0]["quantity"] == "长度"


@pytest.mark.parametrize(("field", "near"), [
    ("uncertanty", "uncertainty"), ("upper", "interval.high"), ("编号", "id"), ("器具名称", "item"),
    ("range", "interval"), ("周期", "days"), ("expanded uncertainty", "uncertainty"),
])  # fmt: skip
def test_an_unknown_field_of_a_row_names_the_nearest_known_one(field: str, near: str) -> None:
    row = {"id": "C1", "quantity": "length", "interval": {"low": 1, "high": 2, "unit": "mm"}, field: "x"}
    document = {
        "suyuan": "register",
        "organisation": LAB,
        "number": "1",
        "day": "2026-01-01",
        "rows": {"capability": [row]},
    }
    _, found = read(json.dumps(document).encode())
    told = [dict(item.parameters)["nearest"] for item in found if item.code == "typed.field.unknown"]
    assert told == [near]


def test_a_target_that_follows_from_the_tolerance_is_not_written_beside_it() -> None:
    from suyuan.capability.need import Need, Tolerance
    from suyuan.capability.target import target_of

    tolerance = Tolerance(5.0, parse_unit("um"), "one_third")
    need = Need(
        "N", {"zh": "演示厂"}, "length", Interval(1.0, 2.0, parse_unit("mm")), target_of(tolerance)[0], tolerance
    )
    assert "1.6666" not in str(table_of("need", [need]).rows)


def test_a_region_by_its_name_becomes_its_code_and_an_unknown_one_is_refused() -> None:
    heads = ("编号", "量", "测量区间", "地区")
    named = ("C-1", "length", "0.5~100 mm", "上海"), ("C-2", "length", "0.5~100 mm", "某地")
    taken = rows_from_table("capability", capabilities(*named, heads=heads), CONTEXT)
    assert [row["region"] for row in taken.rows] == ["310000"]
    assert [code for code, _ in errors_of(taken.findings)] == ["workbook.cell.region"]
