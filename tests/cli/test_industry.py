"""`suyuan industry`: drafts shown as drafts, counted by status; with a data folder also what is covered."""

from __future__ import annotations

from pathlib import Path

from .conftest import Run, run_in


def test_all_key_parameters_with_their_status(suyuan: Run) -> None:
    ran = suyuan("industry", "--json")
    rows = ran.json["industries"]
    assert ran.code == 0 and sum(row["count"] for row in rows) == 223
    assert all(sum(row["statuses"].values()) == row["count"] for row in rows)
    assert "no official list" in suyuan("industry").out and "from memory" in suyuan("industry").out


def test_one_industry_as_a_tree_and_a_matrix(demo: Path) -> None:
    alone = run_in(demo.parent, "industry", "marine-power", "--json")
    assert alone.code == 0 and len(alone.json["parameters"]) == alone.json["count"] and "matrix" not in alone.json
    whole = run_in(demo.parent, "industry", "marine-power", "--data", demo, "--json").json["whole"]
    assert whole["covered"] + whole["open"] + whole["unknown"] == alone.json["count"]
    assert "maintenance" in run_in(demo.parent, "industry", "marine-power", "--data", demo).out
    assert "寿命周期" in run_in(demo.parent, "industry", "marine-power", "--data", demo, SUYUAN_LANG="zh").out


def test_an_unknown_industry_names_the_known_ones(suyuan: Run) -> None:
    ran = suyuan("industry", "ships")
    assert ran.code == 2 and "shipbuilding" in ran.err
