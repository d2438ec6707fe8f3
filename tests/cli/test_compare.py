"""`suyuan compare`: cases for people and programs, methods of the command line, sub-commands, published files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from suyuan.cli.comparison_templates import TEMPLATES

from .conftest import Run


def kept(folder: Path, document: dict[str, Any]) -> str:
    (folder / "case.json").write_text(json.dumps(document), "utf-8")
    return "case.json"


def template(kind: str) -> dict[str, Any]:
    source, body = TEMPLATES[kind]
    return {"kind": kind, "source": source, "input": json.loads(json.dumps(body))}


@pytest.mark.parametrize("kind", list(TEMPLATES))
def test_each_kind_is_shown_in_words(suyuan: Run, tmp_path: Path, kind: str) -> None:
    shown = suyuan("compare", kept(tmp_path, template(kind)), SUYUAN_LANG="zh")
    assert shown.code == 0, shown.err
    assert not any(
        word in shown.out for word in ("compare.", "drift.", "linking.", "precision.", "statistic.", "youden.")
    )


def test_evaluate_answers_the_same(suyuan: Run, tmp_path: Path) -> None:
    name = kept(tmp_path, template("drift"))
    assert suyuan("compare", name).out == suyuan("evaluate", name).out
    one, other = suyuan("compare", name, "--json").json, suyuan("evaluate", name, "--json").json
    assert {**one, "command": ""} == {**other, "command": ""}


def test_degrees_of_equivalence_stand_by_d_with_marks(suyuan: Run, tmp_path: Path) -> None:
    shown = suyuan("compare", "case", kept(tmp_path, template("key_comparison"))).out
    table = shown.split("Degrees of equivalence")[1].split("|d|/U by method")[0]
    order = [line.split()[0] for line in table.splitlines() if line[:1] == "L"]
    assert order == ["L6", "L9", "L8", "L1", "L2", "L4", "L5", "L3", "L7"]
    assert [line.split()[0] for line in table.splitlines() if "! > 1" in line] == ["L6", "L7"]
    assert "14.2" in shown and "3.1" in shown and "19.46" in shown and "largest consistent subset" in shown


def test_methods_of_the_command_line(suyuan: Run, tmp_path: Path) -> None:
    name = kept(tmp_path, template("key_comparison"))
    ran = suyuan("compare", name, "--methods", "reml, median", "--json")
    assert ran.code == 0 and {"reml", "median"} <= set(ran.json) and "weighted_mean" not in ran.json
    wrong = suyuan("compare", name, "--methods", "astrology")
    assert wrong.code == 2 and "astrology" in wrong.err and "mandel_paule" in wrong.err
    none = suyuan("compare", kept(tmp_path, template("linking")), "--methods", "reml")
    assert none.code == 2 and "--methods" in none.err


def test_a_method_that_cannot_be_had_ends_with_1(suyuan: Run, tmp_path: Path) -> None:
    case = template("key_comparison")
    case["input"] = {**case["input"], "data": case["input"]["data"][:1], "methods": ["weighted_mean", "reml"]}
    ran = suyuan("compare", kept(tmp_path, case), "--json")
    assert ran.code == 1 and ran.json["weighted_mean"]["value"] == 15.0 and "reml" not in ran.json
    assert [f["where"] for f in ran.json["findings"] if f["severity"] == "error"] == ["case.json: /input/methods/1"]


def test_bad_input_is_told_with_its_place(suyuan: Run, tmp_path: Path) -> None:
    case = template("key_comparison")
    case["input"]["data"][3]["u"] = 0
    ran = suyuan("compare", kept(tmp_path, case), SUYUAN_LANG="zh")
    assert ran.code == 2 and "case.json: /input/data/3/u" in ran.err and "大于零的数" in ran.err
    other = suyuan("compare", kept(tmp_path, {"kind": "anova", "input": {}}))
    assert other.code == 2 and "suyuan evaluate" in other.err
    gone = suyuan("compare", "nothing.json", "--json")
    assert gone.code == 2 and gone.json["findings"][0]["code"] == "cli.file.missing"


def test_the_first_word_may_be_a_sub_command(suyuan: Run) -> None:
    said = suyuan("compare", "--help").out
    assert "bipm" in said and "case" in said and "rerun" in said
    assert suyuan("compare").out == said
    filled = suyuan("compare", "--template", "drift")
    assert filled.code == 0 and filled.json["kind"] == "drift"


def test_a_published_key_comparison(suyuan: Run, tmp_path: Path, reference: Path) -> None:
    file = reference / "dcc" / "dsi" / "bipm-ccri2_Ra-223_database_FAIR.xml"
    shown = suyuan("compare", "bipm", file)
    assert shown.code == 0 and "54530(96) kBq" in shown.out and "−0.27 ± 0.32" in shown.out
    assert shown.out.count("to the digit") == 8 and "value +1, uncertainty 0" in shown.out
    found = suyuan("compare", "bipm", file, "--json").json
    assert found["comparison"] == "BIPM.RI(II)-K1.Ra-223" and [r["year"] for r in found["releases"]] == [2021, 2022]
    (tmp_path / "release.json").write_text(json.dumps(found["releases"][1]["case"]), "utf-8")
    again = suyuan("compare", "release.json", "--json").json["power_moderated_mean"]
    assert again["value"] == pytest.approx(found["releases"][1]["value"])
    refused = suyuan("compare", "bipm", tmp_path / "release.json")
    assert refused.code == 2 and "release.json" in refused.err


def test_figures_go_into_a_new_folder(suyuan: Run, tmp_path: Path) -> None:
    name = kept(tmp_path, template("scores"))
    ran = suyuan("compare", name, "--figures", "drawn", "--json")
    assert ran.code == 0 and sorted(p.name for p in (tmp_path / "drawn").iterdir()) == [
        "scores-En.svg", "scores-z.svg", "scores-z_prime.svg", "scores-zeta.svg",
    ]  # fmt: skip
    assert sorted(ran.json["figures"]) == sorted(str(Path("drawn") / p.name) for p in (tmp_path / "drawn").iterdir())
    before = (tmp_path / "drawn" / "scores-En.svg").read_bytes()
    again = suyuan("compare", name, "--figures", "drawn")
    assert again.code == 2 and "drawn" in again.err and (tmp_path / "drawn" / "scores-En.svg").read_bytes() == before


def test_bad_folders_of_figures_are_refused(suyuan: Run, tmp_path: Path) -> None:
    name = kept(tmp_path, template("scores"))
    assert suyuan("compare", name, "--figures", "no/such", "--json").json["findings"][0]["code"] == "cli.out.folder"
    (tmp_path / "link").symlink_to("nowhere")
    dangling = suyuan("compare", name, "--figures", "link")
    assert dangling.code == 2 and not (tmp_path / "nowhere").exists()
    none = suyuan("compare", kept(tmp_path, template("homogeneity")), "--figures", "empty", "--json")
    assert none.code == 0 and not (tmp_path / "empty").exists()
    assert [f["code"] for f in none.json["findings"]] == ["comparison.case.no_figures"]


@pytest.mark.parametrize("kind", ["comparison-round", "comparison-protocol", "comparison-result", "comparison-report"])
def test_a_document_of_a_round_is_pointed_to_its_command(suyuan: Run, tmp_path: Path, kind: str) -> None:
    ran = suyuan("compare", kept(tmp_path, {"suyuan": kind}))
    command = {"comparison-round": "report", "comparison-report": "rerun"}.get(kind, "seal")
    assert ran.code == 2 and f"suyuan compare {command}" in ran.err and "missing" not in ran.err
