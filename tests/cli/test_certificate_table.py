"""`suyuan certificate table`: a certificate kept as a sheet corrects readings; what is wrong is told at its cell."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from .conftest import run_in

READINGS = "time;T [degC]\n2026-03-01T00:00:00Z;10.00\n2026-03-01T00:10:00Z;20.00\n2026-03-01T00:20:00Z;50.00\n"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_filled_template_corrects_readings(tmp_path: Path, kind: str) -> None:
    sheet = f"t7.{kind}"
    assert run_in(tmp_path, "certificate", "table", sheet, "--template").code == 0
    ran = run_in(tmp_path, "certificate", "table", sheet, "--out", "c.json", "--correction", "k.json")
    assert ran.code == 0, ran.err + ran.out
    assert run_in(tmp_path, "certificate", "add", "c.json", "k.json", "--data", "d").code == 0
    (tmp_path / "a.csv").write_text(READINGS)
    assert run_in(tmp_path, "lake", "import", "a.csv", "--instrument", "T-7", "--data", "d").code == 0
    columns = run_in(tmp_path, "series", "correct", "T", "--data", "d", "--json").json["columns"]
    assert columns["value"][:2] == pytest.approx([10.11, 20.10]) and columns["value"][2] is None, "beyond the points"
    shown = run_in(tmp_path, "series", "correct", "T", "--data", "d").out
    assert " 20.00 " in shown and " 20.0 " not in shown, "as printed"
    ran = run_in(tmp_path, "series", "total", "T", "--to", "2026-03-01T00:15Z", "--u", "0.01", "--data", "d", "--json")
    assert "20 °C" in {row["parameter"] for row in ran.json["budget"]}, (ran.out, "a point has its name")


def test_what_is_wrong_is_told_at_its_cell(tmp_path: Path) -> None:
    assert run_in(tmp_path, "certificate", "table", "t.csv", "--template").code == 0
    rows = list(csv.reader((tmp_path / "t.csv").read_text("utf-8-sig").splitlines()))
    spoilt = {
        "field": [["isuer", *row[1:]] if row[:1] == ["issuer"] else row for row in rows],
        "form": [["form", "curve"] if row[:1] == ["form"] else row for row in rows],
        "cell": [["20", "", *row[2:]] if row[:1] == ["20"] else row for row in rows],
        "points": rows[:-4],
    }
    for word, some in spoilt.items():
        with (tmp_path / f"{word}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(some)
        ran = run_in(tmp_path, "certificate", "table", f"{word}.csv", "--out", "c.json", "--json")
        codes = {f["code"]: f["where"] for f in ran.json["findings"]}
        assert ran.code == 2 and f"series_join.table.{word}" in codes and not (tmp_path / "c.json").exists()
    unit = [["20", "0.1", "flurb", *row[3:]] if row[:1] == ["20"] else row for row in rows]
    with (tmp_path / "unit.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(unit)
    ran = run_in(tmp_path, "certificate", "table", "unit.csv", "--json")
    place = len(rows) - 1
    assert ran.code == 2 and any(f["where"].endswith(str(place)) for f in ran.json["findings"]), ran.out
    assert run_in(tmp_path, "certificate", "table", "t.pdf", "--template").code == 2


FIELDS = (
    "field,value\nissuer,Lab\nnumber,TH-1\nended,2026-01-10\nissued,2026-01-12\nitem,hygrometer\nserial,4\n"
    "instrument,TH-4\nraw_unit,degC\nform,table\n\n"
)
WARM = "at,value,unit,U,k\n10,0.10,degC,0.2,2\n30,0.20,degC,0.2,2\n"
DAMP = "at,value,unit,U,k\n40,2.0,%RH,1.6,2\n80,1.0,%RH,1.6,2\n"


def test_two_quantities_in_one_table_are_refused_at_the_cell(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text(FIELDS + WARM + "60,2.0,%RH,1.6,2\n")
    ran = run_in(tmp_path, "certificate", "table", "one.csv", "--json")
    told = [(f["code"], f["where"]) for f in ran.json["findings"]]
    assert ran.code == 2 and told == [("series_join.table.quantity", "one!C15")]


def test_two_tables_of_one_certificate_correct_two_quantities(tmp_path: Path) -> None:
    (tmp_path / "two.csv").write_text(FIELDS + WARM + "\nraw_unit,%RH\n" + DAMP)
    ran = run_in(tmp_path, "certificate", "table", "two.csv", "--out", "c.json", "--correction", "k.json", "--json")
    assert ran.code == 0 and ran.json["written"] == ["c.json", "k.json", "k-2.json"], ran.out
    assert run_in(tmp_path, "certificate", "add", "c.json", "k-2.json", "k.json", "--data", "d").code == 0
    lines = "time;T [degC];H [%RH]\n2026-03-01T00:00:00Z;20.00;60.0\n2026-03-01T00:10:00Z;10.00;40.0\n"
    (tmp_path / "a.csv").write_text(lines)
    assert run_in(tmp_path, "lake", "import", "a.csv", "--instrument", "TH-4", "--data", "d").code == 0
    for stream, wanted in (("T", [20.15, 10.10]), ("H", [61.5, 42.0])):
        columns = run_in(tmp_path, "series", "correct", stream, "--data", "d", "--json").json["columns"]
        assert columns["value"] == pytest.approx(wanted)
    (tmp_path / "other.csv").write_text(FIELDS + WARM + "\nnumber,TH-2\nraw_unit,%RH\n" + DAMP)
    ran = run_in(tmp_path, "certificate", "table", "other.csv", "--json")
    assert [f["code"] for f in ran.json["findings"]] == ["series_join.table.other"]
