"""`suyuan matter`: what waits for whom, one matter, and a chain in which nothing can be altered unseen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from suyuan.procedure.write import matter_document
from suyuan.store.folder import Store

from .conftest import Run, run_in


@pytest.fixture(scope="module")
def order(demo: Path) -> bytes:
    """A matter of the demo as it is kept."""
    matters = Store(demo).service().matters
    return matter_document(next(m for m in matters if m.procedure == "order" and len(m.events) > 2))


def test_what_waits_the_most_overdue_first(demo: Path) -> None:
    rows = run_in(demo.parent, "matter", "list", "--data", demo, "--json").json["waiting"]
    late = [row["overdue"] for row in rows]
    assert rows and late == sorted(late, reverse=True) and not any(row["ended"] for row in rows)
    one = next(row["persons"][0] for row in rows if row["persons"])
    mine = run_in(demo.parent, "matter", "list", "--person", one, "--data", demo, "--json").json["waiting"]
    assert mine and all(one in row["persons"] for row in mine) and len(mine) < len(rows)
    nobody = run_in(demo.parent, "matter", "list", "--person", "nobody", "--data", demo)
    assert nobody.code == 0 and "nothing waits" in nobody.out


def test_days_that_count_as_working_days_are_called_so(demo: Path) -> None:
    args = ("matter", "list", "--data", demo)
    late = [row for row in run_in(demo.parent, *args, "--json").json["waiting"] if row["overdue"] > 1]
    assert {row["working_days"] for row in late} == {True, False}
    english, chinese = run_in(demo.parent, *args).out, run_in(demo.parent, *args, SUYUAN_LANG="zh").out
    for row in late:
        told = f"{row['number']} is {row['overdue']} {'working days' if row['working_days'] else 'days'} overdue"
        assert told in " ".join(english.split())
        assert f"逾期{row['overdue']}{'个工作日' if row['working_days'] else '天'}" in "".join(chinese.split())


def test_people_are_named_and_not_their_accounts(demo: Path) -> None:
    args = ("matter", "show", "panel", "PANEL-DEMO-001", "--data", demo)
    shown, chinese = run_in(demo.parent, *args).out, run_in(demo.parent, *args, SUYUAN_LANG="zh").out
    assert "Yan Jian, Lin Hengzhi, Tang Xi" in shown and "严鉴, 林衡之, 唐析" in chinese
    assert "judge" not in shown + chinese
    assert "secretary (regulator)" in shown, "whom no register knows stands behind the role"
    rows = run_in(demo.parent, "matter", "list", "--person", "严鉴", "--data", demo, "--json").json["waiting"]
    assert rows and all("judge" in row["persons"] for row in rows)


def test_one_matter_today_and_before(demo: Path) -> None:
    ran = run_in(demo.parent, "matter", "show", "order", "ORD-DEMO-001", "--data", demo, "--json").json
    states = [row["state"] for row in ran["history"]]
    assert ran["state"] == states[-1] == "closed" and len(states) > 3
    day = ran["history"][2]["entered"][:10]
    before = run_in(demo.parent, "matter", "show", "order", "ORD-DEMO-001", "--day", day, "--data", demo, "--json").json
    assert before["state"] == states[2]
    gone = run_in(demo.parent, "matter", "show", "order", "ORD-X", "--data", demo)
    assert gone.code == 2 and "ORD-DEMO-001" in gone.err


def test_what_the_site_keeps_itself_is_told(suyuan: Run, tmp_path: Path, order: bytes) -> None:
    (tmp_path / "m.json").write_bytes(order)
    assert suyuan("certificate", "add", "m.json", "--data", "folder").code == 0
    number = json.loads(order)["number"]
    assert "site.sqlite3" not in suyuan("matter", "list", "--data", "folder").err
    (tmp_path / "folder" / "site.sqlite3").write_bytes(b"")
    for args in (("list",), ("show", "order", number), ("show", "order", "ORD-X")):
        ran = suyuan("matter", *args, "--data", "folder", "--json")
        assert "cli.matter.on_site" in {f["code"] for f in ran.json["findings"]}, args


def test_a_sound_chain_and_an_altered_one(suyuan: Run, tmp_path: Path, order: bytes) -> None:
    (tmp_path / "m.json").write_bytes(order)
    sound = suyuan("matter", "check", "m.json", "--json")
    assert sound.code == 0 and sound.json["sound"] is True
    document = json.loads(order)
    document["events"][1]["person"] = "somebody else"
    (tmp_path / "altered.json").write_text(json.dumps(document), "utf-8")
    altered = suyuan("matter", "check", "altered.json", "--json")
    assert altered.code == 2 and [f["code"] for f in altered.json["findings"]] == ["procedure.event.altered"]
    del document["events"][1]
    (tmp_path / "short.json").write_text(json.dumps(document), "utf-8")
    short = suyuan("matter", "check", "short.json", "--json")
    assert short.code == 2 and "procedure.event.chain" in {f["code"] for f in short.json["findings"]}
    cut = json.loads(order)
    del cut["events"][-1]
    (tmp_path / "cut.json").write_text(json.dumps(cut), "utf-8")
    gone = suyuan("matter", "check", "cut.json", "--json")
    assert gone.code == 2 and [f["code"] for f in gone.json["findings"]] == ["procedure.event.cut"]
    del cut["last"]  # sound in itself, so the digest has to be known from elsewhere
    (tmp_path / "cut.json").write_text(json.dumps(cut), "utf-8")
    assert suyuan("matter", "check", "cut.json").code == 0
    recorded = suyuan("matter", "check", "cut.json", "--last", sound.json["last"], "--json")
    assert recorded.code == 2 and [f["code"] for f in recorded.json["findings"]] == ["procedure.event.cut"]
    assert suyuan("matter", "check", "m.json", "--last", sound.json["last"]).code == 0
    (tmp_path / "none.json").write_text("{}", "utf-8")
    assert suyuan("matter", "check", "none.json").code == 2


def test_the_procedures_bear_the_status_of_their_steps(suyuan: Run) -> None:
    rows = suyuan("matter", "procedures", "--json").json["procedures"]
    assert {"challenge", "order", "centre", "contest", "panel"} <= {row["name"] for row in rows}
    one = suyuan("matter", "procedures", "order")
    assert one.code == 0 and "proposed" in one.out
    assert suyuan("matter", "procedures", "ordre").code == 2 and "order" in suyuan("matter", "procedures", "ordre").err
