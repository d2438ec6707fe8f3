"""`suyuan gaps`: clusters of proven gaps, ranked; the unknown apart; nothing of a confidential need."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Run, run_in


def test_gaps_are_the_needs_that_nobody_is_shown_to_meet(demo: Path) -> None:
    every = run_in(demo.parent, "match", "--all", "--data", demo, "--json").json["matches"]
    open_ = {m["need"]["id"] for m in every if m["verdict"] in ("cannot", "partly", "not_accurate")}
    ran = run_in(demo.parent, "gaps", "--data", demo, "--json")
    assert ran.code == 0 and {gap["need"] for gap in ran.json["gaps"]} == open_ and open_
    assert sum(ran.json["counts"].values()) == len(every)
    weights = [row["weight"] for row in ran.json["clusters"]]
    assert weights == sorted(weights, reverse=True) and ran.json["clusters"][0]["id"] == "G-1"
    shown = run_in(demo.parent, "gaps", "--data", demo).out
    assert "criticality × firms" in shown and "proposed" in shown


def test_of_an_industry_and_of_a_centre(demo: Path) -> None:
    needs = run_in(demo.parent, "gaps", "--industry", "marine-power", "--data", demo, "--json").json
    drafts = run_in(demo.parent, "gaps", "--industry", "marine-power", "--drafts", "--data", demo, "--json")
    assert drafts.code == 0 and sum(drafts.json["counts"].values()) > sum(needs["counts"].values())
    centre = run_in(demo.parent, "gaps", "--centre", "DEMO-C-01", "--data", demo, "--json").json
    own = run_in(demo.parent, "gaps", "--centre", "DEMO-C-01", "--own", "--data", demo, "--json").json
    assert own["counts"]["can"] <= centre["counts"]["can"]


def test_what_there_is_not_is_told_with_what_is_near(demo: Path) -> None:
    for words, named in (
        (("--industry", "marin-power"), "marine-power"), (("--centre", "DEMO-C-1"), "DEMO-C-01"),
        (("--industry", "x", "--centre", "y"), "only one"),
    ):  # fmt: skip
        ran = run_in(demo.parent, "gaps", *words, "--data", demo)
        assert ran.code == 2 and named in ran.err, ran.err
    assert run_in(demo.parent, "gaps", "--data", "nowhere").code == 2


def test_a_confidential_need_is_told_by_its_kind_only(suyuan: Run, tmp_path: Path) -> None:
    need = {"id": "N-1", "title": {"zh": "不公开的题目"}, "quantity": "length", "confidential": True,
            "interval": {"low": 1, "high": 7, "unit": "mm"}, "target": {"U": 1, "unit": "um", "k": 2}}  # fmt: skip
    register = {"suyuan": "register", "organisation": {"zh": "演示厂"}, "number": "1", "day": "2026-01-01",
                "rows": {"need": [need]}}  # fmt: skip
    (tmp_path / "r.json").write_text(json.dumps(register), "utf-8")
    assert suyuan("register", "import", "r.json", "--data", "my").code == 0
    for words in (("gaps",), ("gaps", "--json"), ("match", "--all", "--json"), ("match", "--id", "N-1")):
        ran = suyuan(*words, "--data", "my", SUYUAN_LANG="zh")
        assert ran.code == 0 and "不公开的题目" not in ran.out and "7 mm" not in ran.out and "演示厂" not in ran.out
    assert suyuan("match", "--id", "N-1", "--pdf", "p.html", "--data", "my").code == 0
    assert "不公开的题目" not in (tmp_path / "p.html").read_text("utf-8")
