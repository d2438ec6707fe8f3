"""`suyuan centre`: register, score, facts, versions, dossier, annual report, candidates, commitments."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest

from .conftest import run_in

ID = "DEMO-C-01"


def test_the_register_and_the_score(demo: Path) -> None:
    rows = run_in(demo.parent, "centre", "list", "--data", demo, "--json").json["centres"]
    assert ID in {row["id"] for row in rows} and all(row["demo"] for row in rows)
    card = run_in(demo.parent, "centre", "score", ID, "--data", demo, "--json").json
    assert card["low"] < card["high"] <= card["total"], "what is unknown makes an interval"
    assert sum(row["points"][0] for row in card["indicators"]) == pytest.approx(card["low"])
    assert "(≥ 20)" in run_in(demo.parent, "centre", "score", ID, "--data", demo).out, "a gate says its limit"
    assert card["status"] == "proposed" and "not official" in run_in(
        demo.parent, "centre", "score", ID, "--data", demo
    ).out  # fmt: skip


def test_before_there_was_a_register_there_is_no_centre(demo: Path) -> None:
    assert run_in(demo.parent, "centre", "list", "--day", "2001-01-01", "--data", demo, "--json").json["centres"] == []
    ran = run_in(demo.parent, "centre", "score", ID, "--day", "2001-01-01", "--data", demo)
    assert ran.code == 2 and "was not known yet on 2001-01-01" in " ".join(ran.err.split())


def test_facts_bear_the_address_of_their_evidence(demo: Path) -> None:
    card = run_in(demo.parent, "centre", "score", ID, "--data", demo, "--json").json
    counted = next(row for row in card["indicators"] if row["facts"] and not row["unknown"])
    facts = run_in(demo.parent, "centre", "facts", ID, counted["id"], "--data", demo, "--json").json["facts"]
    assert sum(map(len, facts.values())) >= counted["facts"]
    assert all(fact["evidence"] for fact in facts["good"])
    ran = run_in(demo.parent, "centre", "facts", ID, "Z9", "--data", demo)
    assert ran.code == 2 and counted["id"] in ran.err


def test_two_versions_differ_by_their_parts(demo: Path) -> None:
    ran = run_in(demo.parent, "centre", "compare", ID, "--data", demo, "--json").json
    moved = sum(row["by_weight"] + row["by_score"] for row in ran["changes"])
    assert ran["before"] != ran["after"] and moved == pytest.approx(ran["change"], abs=1e-9)
    back = run_in(demo.parent, "centre", "compare", ID, "--from", "2", "--to", "1", "--data", demo, "--json").json
    assert back["change"] == pytest.approx(-ran["change"])
    assert run_in(demo.parent, "centre", "compare", ID, "--from", "77", "--data", demo).code == 2
    assert run_in(demo.parent, "centre", "compare", "DEMO-D-01", "--data", demo).code == 2, "only one version"


def test_a_dossier_is_written_whole_with_its_faults_told(demo: Path, tmp_path: Path) -> None:
    ran = run_in(tmp_path, "centre", "dossier", ID, "--out", "d.docx", "--data", demo, "--json")
    assert ran.code == 1 and ran.json["counts"]["findings"] == len(ran.json["findings"]) > 0
    assert "word/document.xml" in ZipFile(tmp_path / "d.docx").namelist()
    assert run_in(tmp_path, "centre", "dossier", ID, "--out", "d.json", "--data", demo).code == 1
    written = json.loads((tmp_path / "d.json").read_text("utf-8"))
    assert written["suyuan"] == "dossier" and written["centre"] == ID
    for out, named in (("d.json", "overwrit"), ("d.exe", "docx"), ("no/d.pdf", "no")):
        bad = run_in(tmp_path, "centre", "dossier", ID, "--out", out, "--data", demo)
        assert bad.code == 2 and named in bad.err.replace("exist", "overwrit"), bad.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d.docx", "d.json"]


def test_the_annual_report(demo: Path, tmp_path: Path) -> None:
    year = date.today().year
    ran = run_in(tmp_path, "centre", "annual", ID, year, "--out", "a.html", "--data", demo, "--json")
    assert ran.code == 0 and ran.json["year"] == year and ran.json["numbers"]
    assert "<html" in (tmp_path / "a.html").read_text("utf-8")
    for wrong in ("1066", year + 1):
        assert run_in(tmp_path, "centre", "annual", ID, wrong, "--out", "b.html", "--data", demo).code == 2
    assert not (tmp_path / "b.html").exists()


def test_candidates_and_what_they_lack(demo: Path) -> None:
    rows = run_in(demo.parent, "centre", "candidates", "--data", demo, "--json").json["candidates"]
    assert [row["low"] for row in rows] == sorted((row["low"] for row in rows), reverse=True)
    assert all(row["missing"] for row in rows if row["stage"] == "nurture")
    assert run_in(demo.parent, "centre", "candidates", "--scope", "circus", "--data", demo).code == 2


def test_commitments_are_followed_to_their_evidence(demo: Path) -> None:
    ran = run_in(demo.parent, "centre", "commitments", "--data", demo, "--json")
    rows = ran.json["commitments"]
    assert rows and sum(ran.json["counts"].values()) == len(rows)
    assert all(row["status"] != "done" or any(e["found"] for e in row["evidence"]) for row in rows)
    assert ran.code == (1 if ran.json["counts"]["overdue"] else 0)


def test_no_change_has_no_sign() -> None:
    from suyuan.cli.centre import _signed

    assert [_signed(x) for x in (-0.04, 0.0, 0.04, -0.06, 1.0)] == ["0.0", "0.0", "0.0", "−0.1", "+1.0"]


def test_advice_is_not_called_a_state(demo: Path) -> None:
    shown = "".join(run_in(demo.parent, "centre", "candidates", "--data", demo, SUYUAN_LANG="zh").out.split())
    assert "建议（不是状态）" in shown and "阶段" not in shown and "建议先培育" in shown
