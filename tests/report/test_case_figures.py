"""Figures of comparison cases: each kind gives those that suit it, with the numbers of its answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import etree

from suyuan.cli.comparison_templates import TEMPLATES
from suyuan.quantity.finding import Refused
from suyuan.report.figures.case_figures import case_figures
from suyuan.verbs.cases import answer

EXPECTED = {
    "key_comparison": [
        "equivalence-weighted_mean", "equivalence-mandel_paule", "equivalence-largest_consistent_subset", "references",
        "density", "naji", "duewer",
    ],
    "proficiency": ["density", "scores-z"],
    "scores": ["scores-En", "scores-zeta", "scores-z", "scores-z_prime"],
    "precision": ["mandel"],
    "youden": ["youden"],
    "drift": ["drift"],
    "linking": ["equivalence", "pairwise"],
    "homogeneity": [],
    "stability": [],
    "assigned_value": [],
    "within_laboratory": [],
    "multi_round": [],
}  # fmt: skip


def a_case(kind: str, **changes: Any) -> dict[str, Any]:
    body = json.loads(json.dumps(TEMPLATES[kind][1]))
    return {"kind": kind, "input": {**body, **changes}}


def drawn(case: dict[str, Any], language: Any = "en") -> dict[str, str]:
    return case_figures(case, answer(case), language)


def written(svg: str) -> str:
    return " ".join(etree.fromstring(svg.encode()).itertext())


@pytest.mark.parametrize("kind", list(TEMPLATES))
def test_each_kind_has_its_figures(kind: str) -> None:
    figures = drawn(a_case(kind))
    assert list(figures) == EXPECTED[kind]
    assert all(etree.fromstring(svg.encode()).tag.endswith("svg") for svg in figures.values())


def test_they_name_the_laboratories_and_what_failed() -> None:
    figures = drawn(a_case("key_comparison"))
    words = written(figures["equivalence-weighted_mean"])
    assert all(f"L{i}" in words for i in range(1, 10))
    assert "linked laboratory" in written(drawn(a_case("linking"))["equivalence"])
    assert "outlier" in written(drawn(a_case("precision"))["mandel"])


def test_the_words_are_in_the_language_that_is_asked_for() -> None:
    case = a_case("youden")
    assert "medians" in written(drawn(case)["youden"]) and "中位值" in written(drawn(case, "zh")["youden"])


def test_without_methods_only_the_first_has_its_degrees_and_pairs_are_drawn() -> None:
    case = a_case("key_comparison")
    del case["input"]["methods"]
    case["input"]["trials"] = 10_000
    figures = drawn(case)
    assert [name for name in figures if name.startswith("equivalence")] == ["equivalence-arithmetic_mean"]
    assert "pairwise" in figures


def test_a_laboratory_without_uncertainty_has_an_open_end() -> None:
    case = a_case("key_comparison", methods=["median", "weighted_mean"])
    del case["input"]["data"][3]["u"]
    del case["input"]["data"][3]
    whole = drawn(case)
    case = a_case("key_comparison", methods=["median"])
    del case["input"]["data"][3]["u"]
    open_ended = drawn(case)
    assert ") unknown" in written(open_ended["equivalence-median"])
    assert ") unknown" not in written(whole["equivalence-median"])
    assert "L4" in written(open_ended["equivalence-median"]) and "L4" not in written(open_ended["naji"])


def test_rows_in_other_units_are_drawn_in_that_of_the_case() -> None:
    case, other = a_case("drift"), a_case("drift")
    for row in other["input"]["pilot"]:
        row["value"], row["unit"] = row["value"] * 1e3, "mV"
    assert drawn(case)["drift"] == drawn(other)["drift"]


def test_numbers_that_no_axis_holds_are_refused() -> None:
    case = a_case("youden")
    case["input"]["data"][0] |= {"x": 1.7e308, "y": -1.7e308}
    case["input"]["data"][1] |= {"x": -1.7e308, "y": 1.7e308}
    with pytest.raises(Refused) as refused:
        case_figures(case, {"outside": []})
    assert refused.value.findings[0].code == "comparison.case.undrawable"
