"""What a case wants beyond first order, and constants that no input gives."""

from __future__ import annotations

from typing import Any

import pytest

from suyuan.quantity.finding import Refused
from suyuan.verbs.cases import answer
from suyuan.verbs.evaluate import evaluate, unusable

INPUTS = [
    {"name": "a", "distribution": "normal", "parameters": {"mean": 0.0, "std": 0.1}},
    {"name": "p", "distribution": "rectangular", "parameters": {"centre": 0.0, "half_width": 0.2}},
]


def case(**changes: Any) -> dict[str, Any]:
    return {"kind": "model", "input": {"model": "a*p", "inputs": INPUTS, "want": ["monte_carlo"], **changes}}


def test_the_same_case_has_the_same_draws_and_another_seed_others() -> None:
    """Also where a case has no identity of its own yet: influences are then named afresh each time."""
    first, again = answer(case()), answer(case())
    assert first == again
    assert answer(case(seed=1)) != first


def test_first_order_does_not_change_the_draws() -> None:
    assert answer(case(want=["first_order", "monte_carlo"]))["monte_carlo"] == answer(case())["monte_carlo"]


def test_what_first_order_does_not_see_the_others_do() -> None:
    got = answer(case(want=["first_order", "second_order", "monte_carlo"]))
    exact = 0.1 * 0.2 / 3**0.5
    assert got["first_order"]["u"] == 0.0
    assert got["second_order"]["u"] == pytest.approx(exact)
    assert got["monte_carlo"]["u"] == pytest.approx(exact, rel=5e-3)


def test_a_model_without_first_order_at_the_estimates_is_simulated() -> None:
    got = answer(case(model="sqrt(a**2 + p**2)"))
    assert got["monte_carlo"]["u"] > 0.0


def test_validation_says_which_order_holds() -> None:
    got = answer(case(want=["first_order", "validation"], digits=1))["validation"]
    assert got["first_order_validated"] is False
    assert got["delta"] == 0.005  # u = 0.0115 is 1 · 10⁻² to one digit


def test_a_method_that_fails_leaves_first_order_standing() -> None:
    body = case(model="abs(a) + p", want=["first_order", "second_order"])
    body["input"]["inputs"] = [{**INPUTS[0], "parameters": {"mean": 1.0, "std": 0.1}}, INPUTS[1]]
    assert evaluate(body).outputs["result"].u > 0.0
    body["input"]["model"] = "sqrt(abs(a - 1)) + p"
    with pytest.raises(Refused):
        answer(body)


def test_too_few_readings_have_no_variance() -> None:
    few = {"name": "a", "distribution": "observations", "parameters": {"values": [1.0, 2.0, 3.0]}}
    with pytest.raises(Refused) as refused:
        answer(case(model="a", inputs=[few]))
    assert refused.value.findings[0].code.startswith("montecarlo.")


def test_constants_come_with_their_correlation() -> None:
    """µ0·ε0·c0² is one without uncertainty, though µ0 and ε0 have some."""
    model = {"one": "mu_0*eps_0*c_0**2", "mu": "mu_0"}
    done = evaluate(case(model=model, inputs=[], want=["first_order"], unit={"one": "1", "mu": "N/A^2"}))
    assert done.outputs["one"].u < 1e-24 < done.outputs["mu"].u
    assert [f.code for f in done.findings].count("evaluation.constant") == 3


def test_an_input_of_the_same_name_wins() -> None:
    mine = {"name": "c_0", "distribution": "normal", "parameters": {"mean": 2.0, "std": 0.5}}
    assert evaluate(case(model="c_0", inputs=[mine], want=["first_order"])).outputs["result"].value == 2.0


def test_thousands_of_inputs_are_no_trouble() -> None:
    names = [f"x{i}" for i in range(1500)]
    parts = {f"s{k}": " + ".join(names[k * 100 : (k + 1) * 100]) for k in range(15)}
    inputs = [{"name": n, "distribution": "normal", "parameters": {"mean": 1.0, "std": 0.1}} for n in names]
    done = evaluate(case(model=" + ".join(parts), definitions=parts, inputs=inputs, want=["first_order"]))
    assert done.outputs["result"].u == pytest.approx(0.1 * 1500**0.5)


def test_what_a_method_refuses_is_told_at_a_place_of_the_case() -> None:
    few = {"name": "b", "distribution": "observations", "parameters": {"values": [1.0, 2.0, 3.0]}}
    wrong = [
        (case(model="log(a + 0.1) + p"), "/input/model (result)", "a = "),
        (case(model="a + b", inputs=[INPUTS[0], few]), "/input/inputs/1", ""),
        (case(coverage_probability=0.999999), "/input/trials", ""),
        (case(model="sqrt(abs(a)) + p", want=["second_order"]), "/input/model (result)", ""),
    ]
    for document, where, example in wrong:
        with pytest.raises(Refused) as refused:
            answer(document)
        told = refused.value.findings[0]
        assert told.where == where
        assert str(dict(told.parameters).get("example", "")).startswith(example)
    three = [{**INPUTS[0], "name": name} for name in "abc"]
    pairs = [["a", "b", 0.9], ["b", "c", 0.9], ["a", "c", -0.9]]
    with pytest.raises(Refused) as refused:
        answer(case(model="a + b + c", inputs=three, correlations=pairs))
    assert {f.where for f in refused.value.findings} == {"/input/correlations"}
    assert {dict(f.parameters)["input"] for f in refused.value.findings} == {"a, b, c"}


def test_units_that_are_none_are_told_at_their_place() -> None:
    body = case(model="a + p", want=["first_order"])
    for unit, where in (("flurb", "/input/unit (result)"), ({"result": "m"}, "/input/unit"), (5, "/input/unit")):
        with pytest.raises(Refused) as refused:
            answer({**body, "input": {**body["input"], "unit": unit}})
        assert refused.value.findings[0].where == where
    with pytest.raises(Refused) as refused:
        answer({**body, "input": {**body["input"], "model": {"y": "a + p"}, "unit": {"y": 5}}})
    assert refused.value.findings[0].where == "/input/unit"


def test_a_relative_uncertainty_beyond_all_floats_is_null() -> None:
    tiny = {**INPUTS[0], "parameters": {"mean": 5e-324, "std": 1.0}}
    assert answer(case(model="a", inputs=[tiny], want=["first_order"]))["first_order"]["u_relative"] is None


def test_faults_of_formulas_stand_at_json_pointers() -> None:
    wrong = [
        ({"model": "a + zz"}, "/input/model:5"),
        ({"model": {"y": "a*p", "z": "a +"}}, "/input/model/z:3"),
        ({"model": "b*a", "definitions": {"b": "p(1)"}}, "/input/definitions/b:1"),
        ({"model": "a*p", "inputs": [*INPUTS, {**INPUTS[0], "name": "sin"}]}, "/input/inputs/2"),
        ({"model": "a/p"}, "/input/model:1"),
    ]
    for changes, where in wrong:
        with pytest.raises(Refused) as refused:
            answer(case(want=["first_order"], **changes))
        assert refused.value.findings[0].where == where
    lengths = [{**row, "unit": unit} for row, unit in zip(INPUTS, ("m", "s"), strict=True)]
    done = evaluate(case(model={"y": "2*a + p"}, inputs=lengths, want=["first_order"]))
    assert "/input/model/y:1" in [f.where for f in done.findings if f.code == "formula.unit.dimension"]


def wide(**changes: Any) -> dict[str, Any]:
    """A root of a sum of squares near zero, where first order is wrong."""
    inputs = [
        {"name": name, "distribution": "normal", "parameters": {"mean": mean, "std": 0.1}, "unit": "m"}
        for name, mean in (("a", 0.05), ("b", 0.0))
    ]
    return case(model="sqrt(a**2 + b**2)", unit="m", inputs=inputs, **changes)


def test_a_verdict_that_monte_carlo_contradicts_is_none() -> None:
    """First order passes with U = 0.20, the interval of the draws ends beyond the limit."""
    alone = evaluate(wide(want=["first_order"], limits={"upper": 0.26}))
    assert alone.outputs["result"].verdict.state == "pass"  # type: ignore[union-attr]
    both = evaluate(wide(want=["first_order", "monte_carlo"], limits={"upper": 0.26}))
    assert both.outputs["result"].verdict.state == "undecided"  # type: ignore[union-attr]
    assert "evaluation.verdict.contradicted" in [f.code for f in unusable(both)]
    agreed = evaluate(wide(want=["first_order", "monte_carlo"], limits={"upper": 0.5}))
    assert agreed.outputs["result"].verdict.state == "pass"  # type: ignore[union-attr]
    assert not unusable(agreed)


def test_the_share_of_draws_inside_the_limits() -> None:
    got = answer(wide(want=["monte_carlo"], limits={"lower": 0.0, "upper": 0.26}))
    assert got["monte_carlo"]["p_conforming"] == pytest.approx(0.949, abs=0.005)


def test_units_count_without_first_order_too() -> None:
    body = wide(want=["monte_carlo"])
    body["input"]["inputs"][1]["unit"] = "s"
    with pytest.raises(Refused) as refused:
        answer(body)
    assert "formula.unit.dimension" in [f.code for f in refused.value.findings]


def test_degrees_of_freedom_that_are_not_drawn_are_told() -> None:
    body = wide(want=["first_order", "monte_carlo"])
    body["input"]["inputs"][0]["dof"] = 4
    assert "evaluation.dof.not_drawn" in [f.code for f in evaluate(body).findings]
    body["input"]["want"] = ["first_order"]
    assert "evaluation.dof.not_drawn" not in [f.code for f in evaluate(body).findings]
