"""`suyuan compare tested`: what comparisons say of a laboratory, a standard, a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Run, run_in


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tested")
    assert run_in(folder, "demo", "--data", "d").code == 0
    return folder


def test_a_failed_laboratory_is_contradicted(demo: Path) -> None:
    ran = run_in(demo, "compare", "tested", "--data", "d", "--laboratory", "演示港口量具站", "--json")
    assert ran.code == 1
    assert ran.json["state"] == "contradicted" and len(ran.json["contradicts"]) == 1
    assert [f["code"] for f in ran.json["findings"]] == ["cli.tested.contradicted"]
    assert abs(ran.json["contradicts"][0]["d"]) > ran.json["contradicts"][0]["U_d"]


def test_a_standard_and_a_person_that_stood_the_test(demo: Path) -> None:
    for asked in (("--standard", "DEMO-NMI-L-0202"), ("--person", "演示校准员")):
        ran = run_in(demo, "compare", "tested", "--data", "d", *asked, "--json")
        assert (ran.code, ran.json["state"]) == (0, "supported"), asked
    shown = run_in(demo, "compare", "tested", "--data", "d", "--standard", "DEMO-NMI-L-0202").out
    assert "DEMO-L-K1" in shown and "±" in shown and "Notation" not in shown


def test_before_the_comparison_nothing_was_settled(demo: Path) -> None:
    ran = run_in(demo, "compare", "tested", "--data", "d", "--day", "2000-01-01", "--json")
    assert (ran.code, ran.json["state"], ran.json["supports"]) == (0, "untested", [])


def test_one_question_at_a_time(suyuan: Run) -> None:
    ran = suyuan("compare", "tested", "--data", "d", "--person", "x", "--standard", "y", "--json")
    assert ran.code == 2 and ran.json["findings"][0]["code"] == "cli.tested.one"
