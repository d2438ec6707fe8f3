"""What a wrong field of a case is told: which field and element, what is written, what should be, in each language."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from suyuan.quantity.finding import Refused, sentences
from suyuan.verbs.cases import answer

A = {"name": "a", "distribution": "normal", "parameters": {"mean": 1.0, "std": 0.1}, "unit": "mm"}
LINE = {"method": "ordinary", "x": [1, 2, 3, 4], "y": [1.1, 2.0, 3.1, 3.9]}


def model(**changes: Any) -> dict[str, Any]:
    return {"kind": "model", "input": {"model": "a", "inputs": [A], "unit": "mm", **changes}}


def told(document: Any, language: str) -> str:
    with pytest.raises(Refused) as refused:
        answer(document)
    return "\n".join(" ".join(sentences(f, language).values()) for f in refused.value.findings)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    (model(coverage_probability=95), "写的是 95，应为：0 与 1 之间的数", "it is 95, but should be a number between 0"),
    (model(trials=10), "1000 到 100000000 的整数", "a whole number from 1000 to 100000000"),
    (model(correlations=[["a", "d", 0.9]]), "「d」不是本例的输入量", "“d” is no input of this case"),
    (model(correlations=[["a", "a", 0.9]]), "「correlations」第 1 项", "“correlations”, element 1,"),
    (model(limits={"lower": "1,5"}), "小数点用点，不用逗号，也不加引号：1.5", "no quotation marks: 1.5"),
    (model(unit={"z": "mm"}), "输出量：result", "outputs: result"),
    ({"kind": "line_fit", "input": {**LINE, "y": [1.1, "2,0", 3.1, 3.9]}}, "「y」第 2 项写法不对：写的是 \"2,0\"",
     "“y”, element 2, is not as expected: it is \"2,0\""),
    ({"kind": "line_fit", "input": {**LINE, "y": [1.1, float("nan"), 3.1, 3.9]}}, "写的是 NaN", "it is NaN"),
    ({"kind": "line_fit", "input": {**LINE, "method": "generalised", "covariance": [[1, 0, 0, "x"]] * 4}},
     "第 1 行第 4 项", "row 1, element 4"),
    ({"kind": "summary_statistics", "input": {"values": ["1.5", 2]}}, "数不加引号：1.5",
     "without quotation marks: 1.5"),
    ({"kind": "coverage_factor", "input": {"region": "ellipsoid", "probability": 0.95, "outputs": 2}},
     "写的是 2，应为：一列整数", "it is 2, but should be a list of whole numbers"),
    ({"kind": "summary_statistics", "input": {"values": []}}, "写的是 []，应为：一列数",
     "it is [], but should be a list"),
    ({"kind": "anova", "input": {"group_stds": [1.0], "group_size": 2}}, "缺少「group_means」：一列数",
     "“group_means” is missing: a list of numbers"),
    (model(inputs=[{**A, "distribution": "uniform"}]), "可能是 rectangular；", "perhaps rectangular; "),
    (model(inputs=[{**A, "parameters": {"mean": 1.0, "sigma": 0.1}}]), "可能是 std；", "perhaps std; "),
    (model(inputs=[{**A, "distribution": "qqqq"}]), "可用的分布：", "the distributions are:"),
    (model(inputs=[{**A, "parameters": {"mean": 1.0, "std": -0.1}}]), "输入量「a」的参数 std 为 -0.1",
     "the input “a” is -0.1"),
    (model(inputs=[{**A, "distribution": "observations", "parameters": {"values": ["1,0", "1,1"]}}]),
     "「a」的读数不是数", "the readings of “a” are not numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "zh", "en"), WRONG)
def test_a_wrong_field_is_told_in_each_language(document: dict[str, Any], zh: str, en: str) -> None:
    chinese, english = told(document, "zh"), told(document, "en")
    assert zh in chinese, chinese
    assert en in english, english
    assert "—" not in chinese and "—" not in english and "⟦" not in chinese + english and "?" not in english
    assert not re.search(r"[\u4e00-\u9fff]", english)
    assert not re.search(r"\b(number|list|should|between|input is)\b", chinese), chinese


def test_the_place_is_a_pointer_that_leads_to_the_field() -> None:
    for document, _, _ in WRONG:
        with pytest.raises(Refused) as refused:
            answer(document)
        for item in refused.value.findings:
            here: Any = json.loads(json.dumps(document))
            *path, last = item.where.split("/")[1:]
            for step in path:
                here = here[int(step)] if isinstance(here, list) else here[step]
            assert isinstance(here, dict) or int(last) < len(here), item.where


def test_the_document_of_cases_names_every_field() -> None:
    from suyuan.verbs import case_form, conformity, fits

    text = (Path(__file__).parents[2] / "docs" / "case.md").read_text("utf-8")
    fields = case_form.FIELDS | case_form.INPUT_FIELDS | set(fits.SHARED) | conformity.FIELDS
    own = {"x_origin", "predict", "inverse", "degree", "model", "parameters", "start", "group_means", "group_stds"}
    more = {"group_size", "values", "blocks", "region", "probability", "outputs", "name", *case_form.DISTRIBUTIONS}
    assert not [name for name in sorted(fields | own | more) if not re.search(rf"[`{{ ]{name}\b", text)]
