"""`suyuan register`: good rows go in, bad ones come back with their cell; nothing is lost, nothing half-written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

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
    assert ran.code == 0 and len(ran.json["kinds"]) == 15
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
