"""Accuracy tests of a stack's document from the terminal: the year of stacks, the quality report, the case."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest

from suyuan.cli import carbon_cems, carbon_papers
from suyuan.cli.output import Page

from .conftest import run_in

REFERENCE = [13.3, 12.2, 12.4, 12.2, 11.9, 12.2, 12.8, 11.8, 11.8]
MONITOR = [12.7, 11.8, 12.2, 11.9, 11.7, 11.9, 12.3, 11.7, 11.3]


def test_tests_of_a_stack_are_told_with_their_limit(demo: Path, tmp_path: Path) -> None:
    content = json.loads((demo / "carbon" / "power.json").read_text("utf-8"))
    year = content["year"]
    content["stacks"][0]["tests"] = [
        {"kind": "rata", "role": role, "day": f"{year}-02-11", "until": f"{year + 1}-02-10", "reference": REFERENCE,
         "monitor": MONITOR} for role in ("velocity", "co2")
    ]  # fmt: skip
    file = tmp_path / "power.json"
    file.write_text(json.dumps(content), "utf-8")
    answer = carbon_cems.cems(carbon_cems.AskStacks(file=file, data=demo))
    tests = {one["channel"]: one for one in answer.values["stacks"][0]["tests"]}
    assert tests["co2"]["value"] == pytest.approx(3.8454, abs=1e-4) and tests["co2"]["limit"] == 15
    assert tests["velocity"]["value"] == pytest.approx(100 * (sum(MONITOR) / sum(REFERENCE) - 1))
    assert {one["outcome"] for one in tests.values()} == {"passed"}
    told = StringIO()
    answer.show(Page(told))
    assert f"{year + 1}-02-10" in told.getvalue() and "3.85 %" in told.getvalue()
    asked = carbon_papers.AskPaper(file=file, kind="quarter", quarter=1, data=demo, out=tmp_path / "q.json")
    carbon_papers.report(asked)
    kept = json.loads((tmp_path / "q.json").read_text("utf-8"))
    assert [one["channel"] for one in kept["accuracy"]] == ["co2", "velocity"]


def test_a_case_says_when_the_next_one_is_due(tmp_path: Path) -> None:
    case = {"kind": "rata", "input": {"reference": REFERENCE, "monitor": MONITOR, "parameter": "gas"}}
    (tmp_path / "case.json").write_text(json.dumps(case), "utf-8")
    ran = run_in(tmp_path, "carbon", "cems", "case.json", "--json")
    assert ran.code == 0 and ran.json["next_test"] == "yearly"
