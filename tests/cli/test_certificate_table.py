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
