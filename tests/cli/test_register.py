"""`suyuan register`: good rows go in, bad ones come back with their cell; nothing is lost, nothing half-written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from suyuan.verbs.register.columns.table import KINDS

from .conftest import Run, run_in

ROWS = """编号,量,区间,扩展不确定度
A-1,length,0.5~100 mm,"U=0.03 µm, k=2"
A-2,length,100~0.5 mm,"U=0.03 µm, k=2"
A-3,length,0.5~100,"U=0.03 µm, k=2"
"""
GOOD: dict[str, Any] = {"id": "L-1", "quantity": "length", "interval": {"low": 1, "high": 9, "unit": "mm"},
                        "uncertainty": {"form": "value", "U": 1, "unit": "um", "k": 2}}  # fmt: skip


def kept(folder: Path, *rows: object, kind: str = "capability") -> None:
    register = {"suyuan": "register", "organisation": {"zh": "演示院"}, "number": "1", "day": "2026-01-01",
                "rows": {kind: list(rows)}}  # fmt: skip
    (folder / "r.json").write_text(json.dumps(register), "utf-8")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "has.csv").write_text(ROWS, "utf-8")
    return tmp_path


def test_good_rows_go_in_and_bad_ones_are_told_by_their_cell(suyuan: Run, table: Path) -> None:
    checked = suyuan("register", "check", "has.csv", "--json")
    file = checked.json["files"][0]
    assert checked.code == 1 and file["rows"] == {"capability": 1} and file["refused"] == 2
    assert [bad["place"] for bad in file["bad"]] == ["has!3", "has!4"]
    assert any("C3" in f["where"] for f in checked.json["findings"])
    assert not (table / "my").exists(), "looking keeps nothing"
    brought = suyuan("register", "import", "has.csv", "--data", "my", "--organisation", "演示院", "--json")
    assert brought.code == 1 and brought.json["files"][0]["new"] is True
    suyuan("register", "export", "capability", "--data", "my", "--out", "all.xlsx")
    again = suyuan("register", "check", "all.xlsx", "--json")
    assert again.code == 0 and again.json["files"][0]["rows"] == {"capability": 1}


def test_bad_rows_come_back_and_can_be_mended(suyuan: Run, table: Path) -> None:
    ran = suyuan("register", "refused", "has.csv", "--out", "back.xlsx", "--json")
    assert ran.code == 0 and ran.json["refused"] == 2
    from openpyxl import load_workbook

    book = load_workbook(table / "back.xlsx")
    page = book.worksheets[0]
    heads = [cell.value for cell in page[1]]
    assert "what is wrong" in str(heads[-1]) and "100 > 0.5" in str(page[2][len(heads) - 1].value)
    page["C2"], page["C3"] = "0.5~100 mm", "0.5~100 mm"
    book.save(table / "mended.xlsx")
    mended = suyuan("register", "check", "mended.xlsx", "--json")
    assert mended.json["files"][0]["rows"] == {"capability": 2} and mended.code == 0


def test_bad_rows_of_a_json_register_too(suyuan: Run, tmp_path: Path) -> None:
    kept(tmp_path, GOOD, {**GOOD, "id": "L-2", "interval": {"low": 9, "high": 1, "unit": "mm"}}, "no row")
    ran = suyuan("register", "check", "r.json", "--json")
    file = ran.json["files"][0]
    assert ran.code == 1 and file["rows"] == {"capability": 1}
    assert [bad["place"] for bad in file["bad"]] == ["/rows/capability/1", "/rows/capability/2"]
    assert suyuan("register", "refused", "r.json", "--out", "back.xlsx", "--json").json["refused"] == 2


def test_a_row_that_cannot_be_read_at_all(suyuan: Run, tmp_path: Path) -> None:
    kept(tmp_path, {**GOOD, "interval": {"low": 9, "high": 1, "unit": "mm"}})
    ran = suyuan("register", "import", "r.json", "--data", "my", "--json")
    assert ran.code == 2 and not (tmp_path / "my" / "documents").exists()


def test_each_template_is_read_again(suyuan: Run, tmp_path: Path) -> None:
    ran = suyuan("register", "template", "--out", "empty.xlsx", "--json")
    assert ran.code == 0 and len(ran.json["kinds"]) == len(KINDS)
    assert suyuan("register", "template", "--out", "empty.xlsx").code == 2, "never overwritten"
    assert suyuan("register", "template", "horoscope", "--out", "x.xlsx").code == 2
    assert not (tmp_path / "x.xlsx").exists()


def test_what_is_wrong_is_told(suyuan: Run, table: Path) -> None:
    (table / "other.json").write_text('{"suyuan": "anchor"}', "utf-8")
    (table / "broken.xlsx").write_bytes(b"PK no workbook")
    for words, named in (
        (("check", "other.json"), "no register"), (("check", "broken.xlsx"), "broken.xlsx"),
        (("import", "has.csv", "--data", "my"), "--organisation"), (("check", "gone.csv"), "not there"),
        (("export", "need", "--data", "my", "--out", "n.xlsx"), "my"),
    ):  # fmt: skip
        ran = suyuan("register", *words)
        assert ran.code == 2 and named in ran.err, (words, ran.err)
    assert not (table / "n.xlsx").exists()


def test_every_kind_of_the_demo_survives_the_way_out_and_in(demo: Path, tmp_path: Path) -> None:
    out = run_in(tmp_path, "register", "export", "--data", demo, "--out", "all.xlsx", "--json")
    assert out.code == 0 and out.json["rows"]["capability"] >= 10
    back = run_in(tmp_path, "register", "check", "all.xlsx", "--json")
    assert back.json["files"][0]["refused"] == 0
    assert back.json["files"][0]["rows"] == out.json["rows"]


def test_an_id_twice_loses_no_row(suyuan: Run, tmp_path: Path) -> None:
    other = {**GOOD, "interval": {"low": 20, "high": 30, "unit": "mm"}, "colour": "red"}
    kept(tmp_path, GOOD, other)
    ran = suyuan("register", "check", "r.json", "--json")
    file = ran.json["files"][0]
    assert ran.code == 1 and file["rows"] == {"capability": 1} and file["refused"] == 1
    assert file["bad"][0]["place"] == "/rows/capability/1" and "/rows/capability/0" in file["bad"][0]["wrong"]
    assert suyuan("register", "refused", "r.json", "--out", "back.xlsx", "--json").json["refused"] == 1
    from openpyxl import load_workbook

    heads, row = load_workbook(tmp_path / "back.xlsx").worksheets[0].iter_rows(values_only=True)
    given = dict(zip(heads, row, strict=True))
    whole = json.loads(str(given["交来的原行 row as delivered"]))
    assert whole["colour"] == "red" and whole.keys() == other.keys(), "also what no column knows comes back"


def test_one_fault_of_a_row_is_told_once(suyuan: Run, tmp_path: Path) -> None:
    kept(tmp_path, GOOD, {**GOOD, "id": "L-2", "interval": {"low": 9, "high": 1, "unit": "mm"}})
    ran = suyuan("register", "check", "r.json", "--json")
    wrong = ran.json["files"][0]["bad"][0]["wrong"]
    assert wrong.count(" / ") == 1 and ";" not in wrong and "interval" in wrong
    assert [f["code"] for f in ran.json["findings"]] == ["capability.read.backwards"]


def test_two_promises_of_one_measurement_are_told_with_both_places(suyuan: Run, tmp_path: Path) -> None:
    better = {**GOOD, "id": "L-2", "uncertainty": {**GOOD["uncertainty"], "U": 2}}
    kept(tmp_path, GOOD, {**GOOD, "id": "L-0", "interval": {"low": 50, "high": 60, "unit": "mm"}}, better)
    told = suyuan("register", "check", "r.json", "--json").json["findings"]
    assert [f["code"] for f in told] == ["capability.support.overlap.contradictory"]
    assert told[0]["severity"] == "warning" and {"L-1", "L-2"} <= set(told[0]["parameters"].values())
    assert "/rows/capability/0" in told[0]["where"] and "/rows/capability/2" in told[0]["where"]
    kept(tmp_path, GOOD)
    assert suyuan("register", "import", "r.json", "--data", "my", "--json").code == 0
    (tmp_path / "t.csv").write_text('编号,量,区间,被测对象,U\nL-9,length,5~6 mm,,"U=2 µm, k=2"\n', "utf-8")
    told = suyuan("register", "import", "t.csv", "--data", "my", "--organisation", "演示院", "--json").json["findings"]
    assert [(f["code"], f["where"]) for f in told] == [("capability.support.overlap.contradictory", "t.csv: t!2")]
    kept(tmp_path, {**GOOD, "uncertainty": {**GOOD["uncertainty"], "U": 2}})
    told = suyuan("register", "import", "r.json", "--data", "my", "--json").json["findings"]
    assert [(f["code"], f["severity"]) for f in told] == [("capability.support.overlap.repeated", "note")], (
        "the row of its own id is replaced, and agrees with the other"
    )
