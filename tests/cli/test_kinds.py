"""Every kind of case on the terminal: a filled template that can be evaluated, numbers as people write them, tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from suyuan.verbs.cases import KINDS

from .conftest import Run


def kept(folder: Path, document: dict[str, Any]) -> str:
    (folder / "case.json").write_text(json.dumps(document), "utf-8")
    return "case.json"


@pytest.mark.parametrize("kind", ["model", *KINDS])
def test_the_template_of_each_kind_can_be_evaluated(suyuan: Run, tmp_path: Path, kind: str) -> None:
    printed = suyuan("evaluate", "--template", kind)
    assert printed.code == 0 and printed.json["kind"] == kind and printed.json["source"]
    ran = suyuan("evaluate", kept(tmp_path, printed.json), "--json")
    assert ran.code == 0 and ran.json["kind"] == kind, ran.err


def test_a_template_of_no_kind_names_the_kinds(suyuan: Run) -> None:
    ran = suyuan("evaluate", "--template", "horoscope")
    assert ran.code == 2 and all(kind in ran.err for kind in ("horoscope", "model", *KINDS))
    said = suyuan("evaluate", "--help").out
    assert "docs/case.md" in said and "--template" in said


def test_numbers_are_rounded_by_the_uncertainty_beside_them(suyuan: Run, tmp_path: Path) -> None:
    points = {"x": [1, 2, 3, 4, 5, 6], "y": [3.3, 5.6, 7.1, 9.3, 10.7, 12.1], "u_y": [0.5] * 6}  # ISO/TS 28037:2010
    line = {**points, "method": "weighted", "predict": [{"x": 3.5, "u_x": 0.2}]}
    shown = suyuan("evaluate", kept(tmp_path, {"kind": "line_fit", "input": line})).out
    assert "1.87\n" in shown and "0.47\n" in shown and "1.76\n" in shown and "0.12\n" in shown, shown
    assert "8.02" in shown and "0.41" in shown and "weighted least squares" in shown
    parabola = suyuan("evaluate", kept(tmp_path, {"kind": "polynomial_fit", "input": {**line, "degree": 2}})).out
    rows = [row.split() for row in parabola.split("covariance")[-1].splitlines()]
    assert ["c0", "c1", "c2"] in rows and sum(row[:1] in (["c0"], ["c1"], ["c2"]) for row in rows) == 4


def test_the_correlation_of_several_results_is_shown(suyuan: Run, tmp_path: Path) -> None:
    inputs = [
        {"name": name, "distribution": "normal", "parameters": {"mean": 1.0, "std": 0.1}, "unit": "m"} for name in "ab"
    ]
    body = {"model": {"plus": "a + b", "a_only": "a"}, "inputs": inputs, "unit": "m"}
    shown = suyuan("evaluate", kept(tmp_path, {"kind": "model", "input": body})).out
    table = shown.split("Correlation of the results")[1]
    assert "0.7071" in table and "plus" in table and "a_only" in table
    single = suyuan(
        "evaluate", kept(tmp_path, {"kind": "model", "input": {**body, "model": "a"}}), SUYUAN_LANG="zh"
    ).out
    assert "结果 = (1.00 ± 0.20) m" in single and "相关系数" not in single


CHINESE: list[tuple[tuple[str, ...], bytes | None, str]] = [
    (("evaluate", "a.json", "b.json"), None, "多出了 b.json"),
    (("evaluate", "a.json", "--lang=fr"), None, "「fr」不在可选的"),
    (("serve", "--data", "d", "--port", "abc"), None, "不是整数"),
    (("evaluate", "--data"), None, "选项 --data 后面缺少它的值"),
    (("evaluate", "docs"), None, "docs/case.json"),
    (("evaluate", "case.json"), b'{"kind": "model",\n "input" 3', "第 2 行第 10 列缺少冒号"),
    (("evaluate", "case.json"), b'{kind: "model"}', "第 1 行第 2 列缺少用双引号括起的名称"),
    (("evaluate", "case.json"), b'{"a": 1, "a": 2}', '名称 "a" 出现两次'),
    (("evaluate", "case.json"), b" \n", "里面什么也没有"),
    (("evaluate", "case.json"), b"{}", "缺少「kind」"),
]


@pytest.mark.parametrize(("words", "data", "said"), CHINESE)
def test_chinese_messages_are_chinese(
    suyuan: Run, tmp_path: Path, words: tuple[str, ...], data: bytes | None, said: str
) -> None:
    if data is not None:
        (tmp_path / "case.json").write_bytes(data)
    ran = suyuan(*words, SUYUAN_LANG="zh")
    assert ran.code == 2 and said in ran.err, ran.err
    assert not any(word in ran.err for word in ("Expecting", "unexpected", "Value error", "Input should", "—"))
