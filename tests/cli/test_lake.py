"""`suyuan lake`: files come in whole or not at all, twice is once, what was not read is told, questions only read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Ran, Run, run_in

TABLE = """time;T [degC];state
2026-03-01 00:00;20,15;
2026-03-01 00:10;20,17;N
2026-03-01 00:20;-200;D
2026-03-01 00:30;20,21;
2026-03-01 00:40;20,20;
2026-03-01 00:50;20,26;
2026-03-01 01:00;20,24;
2026-03-01 01:10;20,25;
2026-03-01 01:20;20,29;
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "t.csv").write_text(TABLE, "utf-8")
    return tmp_path


def came(folder: Path, *more: object, data: str = "d") -> dict[str, object]:
    options = ("--stream", "T", "--instrument", "T-7", "--zone", "Asia/Shanghai", "--data", data, "--json")
    ran = run_in(folder, "lake", "import", "t.csv", *options, *more)
    assert ran.code == 0, ran.err + ran.out
    return ran.json


def codes(ran: Ran) -> set[str]:
    return {f["code"] for f in ran.json["findings"]}


def test_a_look_keeps_nothing(table: Path) -> None:
    ran = run_in(table, "lake", "import", "t.csv", "--dry", "--zone", "Asia/Shanghai")
    assert ran.code == 0 and "degC" in ran.out and not (table / "d").exists()
    assert run_in(table, "lake", "import", "t.csv").code == 2, "a place is needed, or --dry"
    made = run_in(table, "lake", "import", "t.csv", "--dry", "--zone", "Asia/Shanghai", "--json").json
    stream = made["files"][0]["streams"][0]
    assert (stream["readings"], stream["missing"], stream["resolution"]) == (9, 1, "0.01")
    assert stream["first"] == "2026-02-28T16:00:00+00:00"


def test_twice_is_once_and_readings_stay_as_they_came(table: Path) -> None:
    first, second = came(table), came(table)
    assert (first["new"], first["readings"], second["new"], second["known"]) == (1, 9, 0, 1)
    streams = run_in(table, "lake", "streams", "--data", "d", "--json").json["streams"]
    assert [(s["stream"], s["instrument"], s["readings"], s["sampling"]) for s in streams] == [("T", "T-7", 9, 600.0)]
    read = run_in(table, "lake", "read", "T", "--data", "d", "--json").json
    assert read["columns"]["reading"][:4] == [20.15, 20.17, None, 20.21] and read["counting"] == 9
    assert read["columns"]["flag"][1:3] == ["N", "-200"] or "-200" in "".join(read["columns"]["flag"])
    part = run_in(table, "lake", "read", "T", "--from", "2026-03-01T00:30", "--to", "2026-03-01T00:50", "--data", "d",
                  "--out", "part.csv")  # fmt: skip
    assert part.code == 0 and len((table / "part.csv").read_text().splitlines()) == 3
    again = run_in(table, "lake", "read", "T", "--data", "d", "--out", "part.csv")
    assert (again.code == 2 and "never overwritten" in again.err + again.out) or again.code == 2


def test_late_repeated_and_conflicting_readings_are_marked(table: Path) -> None:
    came(table)
    (table / "t.csv").write_text(TABLE.replace("20,21", "20,31"), "utf-8")
    came(table)
    read = run_in(table, "lake", "read", "T", "--data", "d", "--json").json
    columns = read["columns"]
    assert len(columns["time"]) == 18 and sum(columns["counts"]) == 9 and sum(columns["conflict"]) == 2
    assert 20.21 in [v for v, c in zip(columns["reading"], columns["counts"], strict=True) if c], "the first known"
    last = run_in(table, "lake", "read", "T", "--counting", "last", "--data", "d", "--json").json["columns"]
    assert 20.31 in [v for v, c in zip(last["reading"], last["counts"], strict=True) if c]
    assert run_in(table, "lake", "read", "T", "--counting", "best", "--data", "d").code == 2
    assert len(run_in(table, "lake", "blocks", "T", "--data", "d", "--json").json["blocks"]) == 2


def test_a_mapping_is_proposed_saved_and_used(table: Path) -> None:
    ran = run_in(table, "lake", "mapping", "propose", "t.csv", "--out", "m.json", "--json")
    assert ran.code == 0 and ran.json["mapping"]["decimal"] == ","
    assert json.loads((table / "m.json").read_text("utf-8"))["values"][0]["unit"] == "degC"
    made = came(table, "--mapping", "m.json")
    assert "formats.mapping.proposed" not in {f["code"] for f in made["findings"]}  # type: ignore[attr-defined]


def test_bad_files_are_told_and_the_others_go_in(table: Path) -> None:
    (table / "bad.csv").write_text("nothing here\n", "utf-8")
    (table / "cut.xml").write_text("<QIFDocument><a>", "utf-8")
    ran = run_in(table, "lake", "import", "bad.csv", "t.csv", "cut.xml", "gone.csv", "--instrument", "T-7", "--zone",
                 "Asia/Shanghai", "--data", "d", "--json")  # fmt: skip
    assert ran.code == 2 and ran.json["new"] == 1 and ran.json["readings"] == 9
    assert [bool(f["streams"]) for f in ran.json["files"]] == [False, True, False, False]
    assert all(name in ran.err for name in ("bad.csv", "cut.xml", "gone.csv"))


def test_a_stream_keeps_its_unit_and_a_number_needs_one(table: Path) -> None:
    came(table)
    (table / "t.csv").write_text(TABLE.replace("degC", "degF"), "utf-8")
    ran = run_in(table, "lake", "import", "t.csv", "--stream", "T", "--zone", "UTC", "--data", "d", "--json")
    assert ran.code == 2 and "lake.intake.other_unit" in codes(ran)
    (table / "t.csv").write_text(TABLE.replace(" [degC]", ""), "utf-8")
    ran = run_in(table, "lake", "import", "t.csv", "--stream", "S", "--zone", "UTC", "--data", "d", "--json")
    assert ran.code == 2 and "lake.intake.unit" in codes(ran)
    ok = run_in(table, "lake", "import", "t.csv", "--stream", "S", "--unit", "degC", "--zone", "UTC", "--data", "d")
    assert ok.code == 0 and "instrument" in ok.out, "no instrument is a warning"
    wrong = run_in(table, "lake", "import", "t.csv", "--stream", "U=S", "--data", "d", "--zone", "UTC")
    assert wrong.code == 2 and "U" in wrong.err


def test_questions_only_read(table: Path) -> None:
    came(table)
    ask = ("--data", "d", "--json")
    ran = run_in(table, "lake", "query", "select stream, count(*) as n from readings group by 1", *ask)
    assert ran.code == 0 and ran.json["values"] == [{"stream": "T", "n": 9}]
    assert run_in(table, "lake", "query", "select unit from streams join blocks using (stream)", *ask).json["rows"] == 1
    (table / "secret.csv").write_text("a\n1\n", "utf-8")
    secret = (table / "secret.csv").as_posix()
    for sql in (
        "drop table readings", "delete from blocks", "select 1; select 2", "copy readings to 'x.csv'", "selec", "",
        f"select * from read_csv('{secret}')", f"select * from '{secret}'", "set lock_configuration = false",
        "create table x as select 1", "install httpfs", "attach 'x.db'", "pragma database_list",
        "with a as (select 1) insert into streams select * from a",
    ):  # fmt: skip
        ran = run_in(table, "lake", "query", sql, *ask)
        assert ran.code == 2, sql
    assert not (table / "x.csv").exists() and not (table / "x.db").exists()


def test_upkeep_and_versions(table: Path) -> None:
    for day in ("2026-03-05", "2026-03-06"):
        (table / "t.csv").write_text(TABLE.replace("2026-03-01", day), "utf-8")
        came(table)
    ran = run_in(table, "lake", "compact", "--data", "d", "--json")
    assert ran.code == 0 and ran.json["files_after"] == 1
    versions = run_in(table, "lake", "versions", "--data", "d", "--json").json
    old = run_in(table, "lake", "read", "T", "--version", "1", "--data", "d", "--json").json
    assert versions["newest"] >= 2 and old["readings"] == 9
    assert run_in(table, "lake", "read", "T", "--data", "d", "--json").json["readings"] == 18


def test_what_is_not_there(suyuan: Run) -> None:
    assert suyuan("lake", "streams", "--data", "none").code == 2
    ran = suyuan("lake", "import", "gone.csv", "--data", "d", "--json")
    assert ran.code == 2 and "gone.csv" in ran.err


def test_old_blocks_go_only_when_it_is_meant(table: Path) -> None:
    came(table)
    words = ("lake", "retain", "--before", "2026-04-01", "--data", "d", "--json")
    would = run_in(table, *words).json
    assert (would["blocks"], would["readings"], would["kept"], would["applied"]) == (1, 9, 0, False)
    assert run_in(table, "lake", "streams", "--data", "d", "--json").json["streams"][0]["readings"] == 9
    assert run_in(table, *words[:2], "--before", "2026-01-01", *words[4:], "--apply").json["blocks"] == 0
    done = run_in(table, *words, "--apply").json
    assert (done["blocks"], done["applied"]) == (1, True)
    assert run_in(table, "lake", "streams", "--data", "d", "--json").json["streams"][0]["readings"] == 0
    assert run_in(table, "lake", "retain", "--before", "never", "--data", "d").code == 2
