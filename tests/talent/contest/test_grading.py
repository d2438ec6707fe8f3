"""Grades: E_n and U together, what is unknown, patterns over items."""

from __future__ import annotations

import pytest

from suyuan.comparison.proficiency.scores import en, z
from suyuan.talent.contest.grading import ItemGrade, grade, pattern
from suyuan.talent.contest.rubric import PARTS, from_fields, rubrics
from suyuan.talent.contest.variants import variant

SEED = b"grades"
RUBRIC = rubrics()["general"]
TASKS = ("gauge_block", "mass_abba", "thermometer", "resistance", "burette", "torque_wrench")


def items(factor: float, shift: float = 0.0) -> list[ItemGrade]:
    """Answers whose U is a multiple of the right one and whose value is off by a part of the right U."""
    made = []
    for name in TASKS:
        v = variant(name, SEED, "pattern")
        value, U = v.truth.true + shift * v.truth.U, factor * v.truth.U
        made.append(grade(v, {"value": f"{value:.6f}", "U": f"{U:.6f}", "k": "2"}, RUBRIC))
    return made


def test_a_large_U_does_not_buy_a_pass() -> None:
    """Both conditions: E_n is small because U is large, and U is above its limit."""
    for one in items(3.0, 1.5):
        assert one.En is not None and abs(one.En) <= 1.0 and one.En_ok and one.U_ok is False and one.passed is False


def test_scores_are_those_of_comparisons() -> None:
    v = variant("mass_abba", SEED, "s")
    one = grade(v, {"value": f"{v.truth.true + 0.03:.6f}", "U": "0.06", "k": "2"}, RUBRIC)
    x = round(v.truth.true + 0.03, 6)
    assert one.En == pytest.approx(float(en([x], [0.06], v.truth.true, 0.0)[0]))
    assert one.z == pytest.approx(float(z([x], v.truth.true, 1.5 / 3.0)[0]))
    assert one.zeta == pytest.approx(2.0 * one.En) if one.En is not None else False
    assert one.U_ratio == pytest.approx(0.06 / v.truth.U)


def test_patterns() -> None:
    assert pattern(items(1.0, 0.4)).budget == "credible"
    padded = pattern(items(4.0, 0.5))
    assert padded.budget == "padded" and padded.findings[0].code == "contest.pattern.padded"
    optimistic = pattern(items(0.3, 0.7))
    assert optimistic.budget == "optimistic" and optimistic.p is not None and optimistic.p < 0.05
    assert optimistic.chi_squared == pytest.approx(6 * (2 * 0.7 / 0.3) ** 2, rel=0.01)
    assert pattern(items(4.0)[:2]).budget == "unknown" and pattern([]).n == 0


def test_what_is_missing_is_unknown_not_wrong() -> None:
    v = variant("thermometer", SEED, "m")
    nothing = grade(v, {}, RUBRIC)
    assert nothing.passed is None and nothing.mark == 0.0 and set(nothing.parts.values()) == {None}
    only = grade(v, {"value": f"{v.truth.value:.3f}"}, RUBRIC)
    assert only.passed is None and only.parts["uncertainty"] is None and only.parts["value"] == 1.0
    assert {f.code for f in only.findings} >= {"contest.answer.missing"}


def test_digits_of_a_result() -> None:
    v = variant("mass_abba", SEED, "digits")
    good = {"value": f"{v.truth.value:.3f}", "U": f"{v.truth.U:.3f}", "k": "2", "unit": "mg"}
    line = f"e = ({good['value']} ± {good['U']}) mg, k = 2"
    assert not grade(v, good | {"result": line}, RUBRIC).findings
    for change, code in (
        ({"U": f"{v.truth.U:.5f}"}, "contest.rounding.digits"),
        ({"value": f"{v.truth.value:.1f}"}, "contest.rounding.place"),
        ({"result": line.replace(good["U"], "9.9")}, "contest.rounding.line"),
        ({"result": line.replace("mg", "")}, "contest.rounding.no_unit"),
    ):
        found = grade(v, good | change, RUBRIC)
        assert code in {f.code for f in found.findings}, code


def test_a_rubric_is_known_by_its_digest() -> None:
    general = rubrics()["general"]
    again, found = from_fields(general.fields())
    assert again == general and again.digest == general.digest and not found
    other, _ = from_fields(general.fields() | {"pass_mark": 61})
    assert other is not None and other.digest != general.digest
    assert set(general.parts) == set(PARTS)


@pytest.mark.parametrize("parts", [{}, {"theory": -1}, {"luck": 3}, {"data": "x"}, {"data": 0}])
def test_a_rubric_with_bad_weights_is_refused(parts: dict[str, object]) -> None:
    made, found = from_fields(rubrics()["general"].fields() | {"parts": parts})
    assert made is None and found[0].code == "contest.rubric.weight"
