"""Rows that no column takes stand in a file of the lake, as they were, and the import says where."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

pytest.importorskip("deltalake")

from suyuan.lake import kept_rows
from suyuan.lake.formats.imported import Imported

from .conftest import run_in

TABLE = "time,T [degC]\n" + "".join(
    f"2026-01-10T00:{m:02d}Z,20.{m % 10}\n" if m % 5 else f"2026-01-10T00:{m:02d}Z,20.{m % 10},乱,{m}\n"
    for m in range(1, 31)
)


def test_rows_of_another_width_are_kept(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE, "utf-8")
    digest = hashlib.sha256(TABLE.encode()).hexdigest()
    words = ("lake", "import", "t.csv", "--instrument", "T-7", "--data", "d", "--json")
    dry = run_in(tmp_path, *words, "--dry")
    assert dry.code == 0 and not (tmp_path / "d").exists()
    ran = run_in(tmp_path, *words)
    [told] = [f for f in ran.json["findings"] if f["code"] == "lake.intake.aside"]
    place = Path("d", "lake", "aside", f"{digest}.jsonl")
    assert told["where"] == str(place) and told["parameters"]["count"] == "6"
    head, *rows = (json.loads(line) for line in (tmp_path / place).read_text("utf-8").splitlines())
    assert head == {"file": "t.csv", "sha256": digest, "format": "csv", "rows": 6}
    lines = TABLE.splitlines()
    assert [row["line"] for row in rows] == [6, 11, 16, 21, 26, 31]
    assert all(row["text"] == lines[row["line"] - 1] for row in rows), "not a character is lost"
    assert run_in(tmp_path, *words).json["known"] == 1, "done again, it is the same"


def test_a_bound_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_rows, "MOST", 100)
    made = Imported("csv", "", (), aside=tuple((n, "x" * 20) for n in range(2, 9)))
    (told,) = kept_rows.keep_rows(tmp_path, made, "t.csv", "ab")
    about = dict(told.parameters)
    assert told.code == "lake.intake.aside_part" and (about["kept"], about["count"], about["line"]) == ("2", "7", "3")
    assert len((tmp_path / "aside" / "ab.jsonl").read_text().splitlines()) == 3
