"""`suyuan match`: verdict, reasons and routes in both languages; a case of kind «match» with its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run, run_in

NEED: dict[str, Any] = {
    "id": "N-031", "title": {"zh": "定距环", "en": "spacer rings"}, "quantity": "length",
    "interval": {"low": 0.5, "high": 100, "unit": "mm"}, "target": {"U": 0.05, "unit": "um", "k": 2},
}  # fmt: skip
NEAR = {
    "id": "L-03", "quantity": "length", "interval": {"low": 0.5, "high": 100, "unit": "mm"},
    "uncertainty": {"form": "root_sum", "a": 0.03, "b": 0.0005, "unit": "um", "k": 2},
    "budget": [{"symbol": "θ", "u": 0.022}, {"symbol": "φ", "u": 0.019}],
}  # fmt: skip
BACKWARDS = {**NEAR, "id": "bad", "interval": {"low": 100, "high": 0.5, "unit": "mm"}}


def written(folder: Path, *rows: dict[str, Any]) -> None:
    register = {"suyuan": "register", "organisation": {"zh": "演示院"}, "number": "1", "day": "2026-01-01",
                "rows": {"capability": list(rows)}}  # fmt: skip
    (folder / "has.json").write_text(json.dumps(register), "utf-8")
    (folder / "need.json").write_text(json.dumps(NEED), "utf-8")


def test_not_accurate_with_reason_and_routes(suyuan: Run, tmp_path: Path) -> None:
    written(tmp_path, NEAR, BACKWARDS)
    ran = suyuan("match", "need.json", "--capabilities", "has.json", "--stated", SUYUAN_LANG="zh")
    assert ran.code == 0
    for words in ("测不准", "演示院 L-03", "U = 0.058 µm", "17 %", "0.5 … 80 mm", "揭榜挑战"):
        assert words in ran.out, words
    assert "区间写反了" in ran.out + ran.err and "/rows/capability/1/interval/low" in ran.out + ran.err
    english = suyuan("match", "need.json", "--capabilities", "has.json", "--stated", SUYUAN_LANG="en").out
    assert "not accurate" in english and "what would help" in english
    whole = suyuan("match", "need.json", "--capabilities", "has.json", "--stated", "--json")
    assert whole.json["matches"][0]["verdict"] == "not_accurate"
    bare = suyuan("match", "need.json", "--capabilities", "has.json", "--json").json["matches"][0]
    states = {gate["name"]: gate["state"] for gate in bare["examined"][0]["gates"]}
    assert states["chain"] == "unknown" and states["interval"] == "passed"


def test_what_is_wrong_is_told(suyuan: Run, tmp_path: Path) -> None:
    written(tmp_path, BACKWARDS)
    assert suyuan("match", "need.json").code == 2
    ran = suyuan("match", "need.json", "--capabilities", "has.json", SUYUAN_LANG="en")
    assert ran.code == 2 and "backwards" in ran.err and "has.json" in ran.err
    (tmp_path / "need.json").write_text(json.dumps({**NEED, "interval": {"low": 1, "high": 2}}), "utf-8")
    written_need = suyuan("match", "need.json", "--capabilities", "has.json", SUYUAN_LANG="en")
    assert written_need.code == 2


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        ({"interval": {"low": 0.5, "high": 100}}, "/interval/unit", "缺少「unit」"),
        ({"interval": {"low": 100, "high": 0.5, "unit": "mm"}}, "/interval/low", "区间写反了"),
        ({"target": {"U": 0.05, "unit": "K", "k": 2}}, "/target/unit", "量纲不同"),
        ({"target": {"U": 0.05, "k": 2}}, "/target/unit", "缺少「unit」"),
        ({"target": {"U": -1, "unit": "um", "k": 2}}, "/target/U", "-1"),
        ({"interval": {"low": "viel", "high": 100, "unit": "mm"}}, "/interval/low", "viel"),
        ({"interval": {"low": 0.5, "high": 100, "unit": "furz"}}, "/interval/unit", "furz"),
    ],
)
def test_a_need_that_cannot_be_read_is_refused_at_its_place(
    suyuan: Run, tmp_path: Path, change: dict[str, Any], place: str, said: str
) -> None:
    written(tmp_path, NEAR)
    (tmp_path / "wrong.json").write_text(json.dumps({**NEED, **change}), "utf-8")
    ran = suyuan("match", "wrong.json", "--capabilities", "has.json", SUYUAN_LANG="zh")
    assert ran.code == 2 and "Traceback" not in ran.out + ran.err
    assert f"wrong.json: {place}" in ran.out + ran.err and said in ran.out + ran.err
    assert "错误" in ran.out + ran.err and "/rows/" not in ran.out + ran.err
    (tmp_path / "list.json").write_text(json.dumps({"needs": [NEED, {**NEED, **change, "id": "second"}]}), "utf-8")
    both = suyuan("match", "list.json", "--capabilities", "has.json", SUYUAN_LANG="zh")
    assert both.code == 0 and f"list.json: /needs/1{place}" in both.out + both.err  # the good one is answered


def test_a_relative_target_that_asks_for_nothing_at_zero_and_a_past_day_are_told(suyuan: Run, tmp_path: Path) -> None:
    written(tmp_path, {**NEAR, "interval": {"low": 0, "high": 100, "unit": "mm"}})
    need = {**NEED, "interval": {"low": 0, "high": 50, "unit": "mm"}, "day": "2020-01-01",
            "target": {"U": 0.1, "relative": True, "k": 2}}  # fmt: skip
    (tmp_path / "need.json").write_text(json.dumps(need), "utf-8")
    ran = suyuan("match", "need.json", "--capabilities", "has.json", "--stated", SUYUAN_LANG="en")
    assert ran.code in (0, 1) and "2020-01-01" in ran.out + ran.err and "need.json: /day" in ran.out + ran.err


def test_a_case_reads_the_file_beside_it(suyuan: Run, tmp_path: Path) -> None:
    row = {"id": "A", "lab": "demo", "quantity": "length", "lo": 0, "hi": 9, "unit": "mm", "u_abs": 1, "u_unit": "um"}
    (tmp_path / "rows.json").write_text(json.dumps({"capabilities": [row]}), "utf-8")
    demand = {"quantity": "length", "lo": 1, "hi": 2, "unit": "mm", "U_absolute": 0.001, "U_unit": "mm"}
    case = {"kind": "match", "input": {"file": "rows.json", "demand": demand}}
    (tmp_path / "case.json").write_text(json.dumps(case), "utf-8")
    ran = suyuan("evaluate", "case.json", "--json")
    assert ran.code == 0 and ran.json["single"] == ["A"] and ran.json["failed"] == {}
    case["input"]["file"] = "../rows.json"  # type: ignore[index]
    (tmp_path / "case.json").write_text(json.dumps(case), "utf-8")
    assert suyuan("evaluate", "case.json").code == 2


def test_needs_of_a_data_folder_in_a_table_and_one_with_its_proof(demo: Path, tmp_path: Path) -> None:
    every = run_in(tmp_path, "match", "--all", "--data", demo, "--json").json["matches"]
    shown = run_in(tmp_path, "match", "--all", "--data", demo).out
    assert every and all(any(line.startswith(m["need"]["id"]) for line in shown.splitlines()) for m in every)
    one = run_in(tmp_path, "match", "--id", "N-2026-031", "--data", demo, "--proof", "p.html", "--json")
    assert one.code == 0 and one.json["written"] == "p.html"
    found = one.json["matches"][0]
    assert found == next(m for m in every if m["need"]["id"] == "N-2026-031")
    written = (tmp_path / "p.html").read_text("utf-8")
    assert "测不准" in written and "35.9" in written
    shown = run_in(tmp_path, "match", "--id", "N-2026-031", "--data", demo).out
    assert "37 % too much" in shown and "35.9 mm" in shown, "what the first page says of it"
    shown = run_in(tmp_path, "match", "--id", "N-2026-052", "--data", demo).out
    assert "HT-01 (-20 … 300 °C) + " in shown and "HT-02 (300 … 500 °C)" in shown, "who can together, each its part"
    assert "sharing" in shown and "DEMO-NMI-T-0301" in shown and "routes" not in shown


def test_which_need_and_which_proof_must_be_clear(demo: Path, tmp_path: Path) -> None:
    for words, named in (
        ((), "--all"), (("--id", "N-2026-999"), "N-2026-0"), (("--all", "--proof", "p.docx"), "--id"),
        (("--id", "N-2026-031", "--proof", "p.exe"), "docx"),
    ):  # fmt: skip
        ran = run_in(tmp_path, "match", *words, "--data", demo)
        assert ran.code == 2 and named in ran.err, ran.err
    assert list(tmp_path.iterdir()) == []


def test_the_day_after_a_certificate_ends_nobody_can(demo: Path) -> None:
    today = run_in(demo.parent, "match", "--id", "N-2026-032", "--data", demo, "--json").json["matches"][0]
    later = run_in(demo.parent, "match", "--id", "N-2026-032", "--day", "2060-01-01", "--data", demo, "--json")
    assert today["verdict"] == "can" and later.json["matches"][0]["verdict"] == "not_accurate"
    gates = {g["name"]: g["state"] for g in later.json["matches"][0]["examined"][0]["gates"]}
    assert gates["chain"] == "failed" and gates["interval"] == "passed"


def test_capabilities_of_a_workbook(suyuan: Run, tmp_path: Path) -> None:
    need, has = "docs/example/need.json", "docs/example/capabilities.csv"
    ran = suyuan("match", need, "--capabilities", has, "--stated", "--json")
    assert ran.code == 0 and ran.json["matches"][0]["verdict"] == "not_accurate"
    backwards = (tmp_path / has).read_text("utf-8") + 'L-03,length,9~1 mm,"U=0.04 µm, k=2",lab\n'
    (tmp_path / "more.csv").write_text(backwards, "utf-8")
    more = suyuan("match", need, "--capabilities", "more.csv", "--stated", "--json")
    assert more.code == 0 and more.json["matches"] == ran.json["matches"]
    found = {f["code"]: f for f in more.json["findings"]}
    assert {f["severity"] for f in found.values()} == {"warning"}, "a bad row takes no good one with it"
    assert any("C4" in f["where"] for f in found.values()), "the backwards interval at its cell"


def test_reasons_are_in_one_language() -> None:
    """Conditions, kinds of quantity and standings have the words of the terminal's language, not their keys."""
    from suyuan.cli import words
    from suyuan.quantity.finding import finding

    said = words.spoken(finding("capability.conditions.met", name="site", wanted="lab", given="on-site, lab"))
    assert dict(said.parameters) == {"name": words.word("site"), "wanted": words.word("lab"),
                                     "given": f"{words.word('on-site')}, {words.word('lab')}"}  # fmt: skip
    assert words.word("lab") in ("实验室", "laboratory") and words.quantity("torque") in ("力矩", "torque")


def test_a_mistyped_item_gets_the_nearest(suyuan: Run, tmp_path: Path) -> None:
    written(tmp_path, {**NEAR, "item": "量块"})
    (tmp_path / "typo.json").write_text(json.dumps({**NEED, "item": "量快"}), "utf-8")
    ran = suyuan("match", "typo.json", "--capabilities", "has.json", "--stated", SUYUAN_LANG="zh")
    said = ran.out + ran.err
    assert "不认识的器具「量快」，是不是" in said and "量块" in said.split("是不是", 1)[1].splitlines()[0]


def test_before_a_need_was_known_the_day_is_told(demo: Path) -> None:
    ran = run_in(demo.parent, "match", "--id", "N-2026-031", "--day", "2019-01-01", "--data", demo)
    assert ran.code == 2 and "was not known yet on 2019-01-01" in " ".join(ran.err.split())
    assert "registered since 20" in " ".join(ran.err.split())
