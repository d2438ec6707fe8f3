"""`suyuan practice`: an exercise of a number is the same each time; the right answer passes, a slip is named."""

from __future__ import annotations

import json
from pathlib import Path

from suyuan.verbs.people.contest import exercise, exercises

from .conftest import Run


def answer(folder: Path, **given: str) -> str:
    (folder / "answer.json").write_text(json.dumps(given), "utf-8")
    return "answer.json"


def test_the_right_answer_passes_and_one_without_the_resolution_is_told(suyuan: Run, tmp_path: Path) -> None:
    truth = exercise("mass_abba", "7").truth
    right = answer(tmp_path, value=f"{truth.value:.3f}", U=f"{truth.U:.3f}", k="2")
    ran = suyuan("practice", "mass_abba", "7", "--answer", right, "--json")
    assert ran.code == 0 and ran.json["passed"] is True and ran.json["mark"] > 90
    half = answer(tmp_path, value=f"{truth.value:.3f}", U=f"{truth.U / 2:.3f}", k="1")
    slip = suyuan("practice", "mass_abba", "7", "--answer", half)
    assert "consistent with" in slip.out
    far = answer(tmp_path, value=f"{truth.value + 5 * truth.U:.3f}", U=f"{truth.U:.3f}", k="2")
    assert suyuan("practice", "mass_abba", "7", "--answer", far).code == 1


def test_the_same_number_gives_the_same_and_shows_no_truth(suyuan: Run) -> None:
    first, again = (suyuan("practice", "mass_abba", "7", "--json").json for _ in range(2))
    assert first == again and first["task"] != suyuan("practice", "mass_abba", "8", "--json").json["task"]
    assert "truth" not in first["task"] and len(suyuan("practice", "--json").json["exercises"]) == 13
    assert "ABBA" in suyuan("practice", "mass_abba", "7").out


def test_what_is_wrong_is_told(suyuan: Run, tmp_path: Path) -> None:
    assert suyuan("practice", "mass").code == 2 and "mass_abba" in suyuan("practice", "mass").err
    assert suyuan("practice", "mass_abba", "7", "--answer", "gone.json").code == 2
    words = suyuan("practice", "mass_abba", "7", "--answer", answer(tmp_path, value="many", U="few"))
    assert words.code in (1, 2) and "answer.json" in words.out + words.err


def test_everything_that_is_given_is_shown(suyuan: Run) -> None:
    told = 0
    for template in (one.id for one in exercises()):
        ran = suyuan("practice", template, "3")
        assert ran.code == 0, ran.err
        stated = [
            f"{name} = {given[name]}"
            for given in exercise(template, "3").to_json()["given"]
            for name in ("value", "U", "half_width", "s", "r") if name in given
        ]  # fmt: skip
        assert not [one for one in stated if one not in ran.out], template
        told += len(stated)
    assert told > 10
