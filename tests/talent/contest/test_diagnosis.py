"""Each typical slip, made by hand on a variant, is named; the right answer is not accused of any."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.fields import Number
from suyuan.quantity.notation import rounded_uncertainty
from suyuan.talent.contest.answers import Answer
from suyuan.talent.contest.diagnosis import VALUES, _single, same_U
from suyuan.talent.contest.grading import ItemGrade, grade
from suyuan.talent.contest.rubric import rubrics
from suyuan.talent.contest.tasks import templates
from suyuan.talent.contest.variants import Variant, variant

SEED = b"slips"
RUBRIC = rubrics()["general"]


def graded(v: Variant, number: float, spread: float | None, **more: object) -> ItemGrade:
    """An answer with U to two digits and the value to the same place."""
    answer: dict[str, object] = {"k": f"{v.truth.k:.2f}", "unit": v.template.unit}
    if spread is not None:
        text = rounded_uncertainty(spread)
        answer["U"] = format(text, "f")
        answer["value"] = f"{number:.{max(0, -int(text.as_tuple().exponent))}f}"
    else:
        answer["value"] = f"{number:.2f}"
    if v.truth.decision:
        answer["decision"] = v.truth.decision
    if v.truth.extra is not None:
        answer["extra"] = f"{v.truth.extra:.5f}"
    return grade(v, answer | more, RUBRIC)


def codes(found: ItemGrade) -> set[str]:
    return {slip.code.removeprefix("contest.slip.") for slip in found.slips}


def test_type_a_by_hand() -> None:
    """Slips with s, n, √n, k and the resolution, computed here without the code under test."""
    v = variant("repeatability", SEED, "hand")
    x = np.array([float(row[0]) for row in v.inputs["x"].rows])
    n, s, d = x.size, float(np.std(x, ddof=1)), 0.01
    u_r = d / (2.0 * math.sqrt(3.0))
    k = v.truth.k
    assert v.truth.u == pytest.approx(math.hypot(s / math.sqrt(n), u_r))
    u = v.truth.u
    made = {
        "s_not_mean": 2.57 * math.hypot(s, u_r),
        "U_is_u": u,
        "dof_ignored": 2.0 * u,
        "k_twice": 2.0 * k * u,
        "type_a_forgotten": 1.96 * u_r,
        "tolerance_as_U": 0.3,
    }
    for name, U in made.items():
        assert name in codes(graded(v, float(x.mean()), U)), name


def test_certificates_limits_and_corrections_by_hand() -> None:
    v = variant("gauge_block", SEED, "hand")
    i = v.inputs
    L, t, dt_half = v.numbers["L"], i["t"].value, 0.3
    d = np.array([float(row[0]) for row in i["d"].rows])
    es, da = i["e_s"].value, i["a_x"].value - i["a_s"].value
    right = es + float(d.mean()) - L * da * (t - 20.0) / 1000.0
    u_d = float(np.std(d, ddof=1)) / math.sqrt(d.size)
    u_res = 0.01 / (2.0 * math.sqrt(3.0))
    u_a = L * (t - 20.0) / 1000.0 * 0.5 / math.sqrt(3.0)
    u_t = L * da / 1000.0 * dt_half / math.sqrt(3.0)

    def U(cert: float = 0.03, a: float = 1.0, temperature: float = 1.0) -> float:
        return 2.0 * math.sqrt(cert**2 + u_d**2 + u_res**2 + 2.0 * (a * u_a) ** 2 + (temperature * u_t) ** 2)

    assert v.truth.value == pytest.approx(right) and abs(v.truth.U - U()) < 1e-9
    root3 = math.sqrt(3.0)
    assert codes(graded(v, right, U())) == set()
    assert "certificate_k" in codes(graded(v, right, U(cert=0.06)))
    assert "certificate_forgotten" in codes(graded(v, right, U(cert=0.0)))
    assert "half_width" in codes(graded(v, right, U(a=root3, temperature=root3)))
    both = codes(graded(v, right, U(cert=0.06, a=root3, temperature=root3)))
    assert {"certificate_k", "half_width"} <= both
    assert codes(graded(v, es + float(d.mean()), U())) == {"correction_forgotten"}
    assert codes(graded(v, right + 2.0 * L * da * (t - 20.0) / 1000.0, U())) == {"correction_sign"}


def test_units_of_the_answer() -> None:
    """µm given as mm: a converted unit is right; the number in mm under the name µm is a slip."""
    v = variant("gauge_block", SEED, "unit")
    value, U = v.truth.value, v.truth.U
    converted = graded(v, value, U, unit="mm", value=f"{value / 1000:.5f}", U=f"{U / 1000:.5f}")
    assert converted.passed and not converted.slips
    wrong = graded(v, value, U, value=f"{value / 1000:.7f}", U=f"{U / 1000:.5f}")
    assert "unit" in codes(wrong) and not wrong.passed
    other = graded(v, value, U, unit="kg")
    assert other.En is None and other.passed is None
    assert "contest.answer.unit" in {f.code for f in other.findings}


def test_correlation_linear_sum_and_rounding_down() -> None:
    v = variant("correlated_weights", SEED, "r")
    b = dict(v.truth.budget or {})
    assert "correlation_ignored" in codes(graded(v, v.truth.value, 2.0 * math.hypot(*b.values())))
    assert "added_linearly" in codes(graded(v, v.truth.value, 2.0 * sum(b.values())))
    down = graded(v, v.truth.value, 1.0, U="1", value=f"{v.truth.value:.0f}")
    assert "rounded_down" in codes(down)


def test_k_not_stated_and_decision() -> None:
    v = next(w for i in range(200) if (w := variant("conformity", SEED, f"d{i}")).truth.decision == "undecided")
    found = graded(v, v.truth.value, v.truth.U, k="", decision="pass" if v.truth.value <= 25.05 else "fail")
    assert {"k_not_stated", "guard_forgotten"} <= codes(found)
    assert found.zeta is None and found.En is not None and found.parts["k"] is None and found.parts["decision"] == 0.0


def test_an_answer_without_any_typical_slip_says_so() -> None:
    v = variant("mass_abba", SEED, "none")
    found = graded(v, v.truth.value + 3.7 * v.truth.U, 7.77 * v.truth.U)
    assert codes(found) == {"value_none", "U_none"}


@pytest.mark.parametrize("name", [n for n, t in templates().items() if t.alternatives])
def test_every_alternative_formula_is_named(name: str) -> None:
    from suyuan.talent.contest.tasks import number

    v = variant(name, SEED, "alternatives")
    values = {one.name: one.value for one in v.inputs.values()}
    for slip, formula in v.template.alternatives.items():
        found = graded(v, number(formula, values), v.truth.U or None)
        assert VALUES[slip] in {f.code for f in found.slips}, slip
        if v.template.k:
            assert all(f.severity == "note" for f in found.slips)
        text = found.slips[0].to_json()
        assert text["en"]["what"].startswith("consistent with") and text["zh"]["what"].startswith("与此相符")


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(sorted(templates())),
    value=st.one_of(
        st.none(),
        st.sampled_from(["0e5000", "1e-5000", "1e308", "-1e308", "1e300"]),
        st.text(max_size=8),
        st.floats(),
        st.integers(),
        st.lists(st.integers(), max_size=2),
    ),
    U=st.one_of(
        st.none(),
        st.text(max_size=8),
        st.floats(),
        st.sampled_from(["0", "-1", "1e-320", "9e307", "1e300", "1e-300", "0.00"]),
    ),
    k=st.sampled_from(["2", "1e300", "1e-300", "", "0", "x", None, True]),
    decision=st.sampled_from(["pass", "fail", "maybe", "", None]),
)
def test_no_answer_brings_the_grading_down(name: str, value: object, U: object, k: object, decision: object) -> None:
    v = variant(name, SEED, "any")
    found = grade(v, {"value": value, "U": U, "k": k, "decision": decision, "budget": [{"name": 1}]}, RUBRIC)
    assert 0.0 <= found.mark <= 100.0
    json.dumps(found.to_json(), allow_nan=False)


def test_a_line_of_the_own_budget_points_at_the_slip() -> None:
    v = variant("gauge_block", SEED, "lines")
    right = dict(v.truth.budget or {})
    wrong = right | {"t.limit": right["t.limit"] * math.sqrt(3.0)}
    lines = [{"name": name, "u": f"{u:.5f}"} for name, u in wrong.items()]
    found = graded(v, v.truth.value, 2.0 * math.hypot(*wrong.values()), budget=lines)
    told = [f for f in found.slips if f.where == "budget"]
    assert [f.code for f in told] == ["contest.slip.half_width"] and "t.limit" in dict(told[0].parameters)["input_en"]
    assert not [f for f in graded(v, v.truth.value, v.truth.U, budget=[
        {"name": n, "u": f"{u:.5f}"} for n, u in right.items()]).slips]  # fmt: skip


@pytest.mark.parametrize("name", [n for n, t in templates().items() if t.k])
def test_every_slip_that_shows_is_named_among_few(name: str) -> None:
    """Each single slip of the catalogue, made on a variant and rounded as people round, is named; few others are."""
    v = variant(name, SEED, "catalogue")
    named = []
    for made in _single(v):
        if not made.U > 0.0 or same_U(_answer(v, made.U), v.truth.U):
            continue  # it changes nothing that shows
        slips = {(f.code, f.parameters) for f in graded(v, v.truth.value, made.U).slips if f.where == "U"}
        assert {(f.code, f.parameters) for f in made.slips} <= slips or "contest.slip.rounded_down" in {
            code for code, _ in slips
        }
        named.append(len({code for code, _ in slips}))
    assert not named or sum(named) / len(named) <= 4.0


def _answer(v: Variant, U: float) -> Answer:
    text = format(rounded_uncertainty(U), "f")
    return Answer("", U=Number(float(text), text))
