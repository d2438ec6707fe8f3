"""Formulas from text: what they compute, what they refuse and what they say; models, units, weak points."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.finding import Finding, Refused, errors, sentences
from suyuan.quantity.formula.check import check_at, check_model_at
from suyuan.quantity.formula.formula import FUNCTIONS, Formula, parse
from suyuan.quantity.formula.model import RESULT, read_model
from suyuan.quantity.formula.text import MAX_DEPTH, MAX_LENGTH, MAX_STEPS
from suyuan.quantity.formula.units import dimensions, is_pure, model_dimensions
from suyuan.quantity.quantity import joint, quantity
from suyuan.quantity.unit import parse_unit

H1 = "ls + d - ls*(d_alpha*(theta_mean + theta_cyc) + alpha_s*d_theta)"


def codes(findings: tuple[Finding, ...]) -> list[str]:
    for item in findings:
        for language in ("zh", "en"):
            said = sentences(item, language)
            assert all(said.values()), f"{item.code} has no sentence in {language}"
            missing = "?" in "".join(said.values()) and "?" not in str(item.parameters)
            assert not missing, (item, said)
    return [item.code for item in findings]


# ---------------------------------------------------------------- what they compute


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2*3", 7.0),
        ("-2**2", -4.0),
        ("(-2)**2", 4.0),
        ("2**3**2", 512.0),
        ("2**-1", 0.5),
        ("10 - 4 - 3", 3.0),
        ("16/4/2", 2.0),
        ("+3 - -2", 5.0),
        ("sqrt(2)*sqrt(2)", 2.0),
        ("exp(log(3))", 3.0),
        ("log10(1000)", 3.0),
        ("sin(pi/6)", 0.5),
        ("cos(π)", -1.0),
        ("tan(0.5) - sin(0.5)/cos(0.5)", 0.0),
        ("atan2(1, -1)", 3 * math.pi / 4),
        ("asin(1) + acos(1) + atan(1)", 3 * math.pi / 4),
        ("sinh(1)**2 - cosh(1)**2", -1.0),
        ("tanh(0.3) - sinh(0.3)/cosh(0.3)", 0.0),
        ("hypot(3, 4)", 5.0),
        ("abs(-1.5e-3)", 1.5e-3),
        (".5 + 1. + 1E2", 101.5),
    ],
)
def test_value_of_constants(text: str, expected: float) -> None:
    assert float(Formula(text).evaluate({})) == pytest.approx(expected, abs=1e-15, rel=1e-14)


def test_published_values() -> None:
    values = {
        "ls": 50000623,
        "d": 215,
        "d_alpha": 0,
        "theta_mean": -0.1,
        "theta_cyc": 0,
        "alpha_s": 11.5e-6,
        "d_theta": 0,
    }
    assert Formula(H1).evaluate(values) == pytest.approx(50000838)  # GUM H.1, nm
    text = "(m_rc + dm_rc)*(1 + (rho_a - 1.2)*(1/rho_w - 1/rho_r)) - 100000"  # JCGM 101 9.3, mg
    mass = {"m_rc": 1e5, "dm_rc": 1.234, "rho_a": 1.2, "rho_w": 8e3, "rho_r": 8e3}
    assert Formula(text).evaluate(mass) == pytest.approx(1.234, abs=1e-9)
    viscosity = {"mu_c": 4.63, "t_m": 61, "rho_b": 2217, "rho_m": 1180, "t_c": 36.6, "rho_c": 810}  # NIST TN 1900 E3
    assert Formula("mu_c*t_m*(rho_b - rho_m)/(t_c*(rho_b - rho_c))").evaluate(viscosity) == pytest.approx(
        5.69, abs=0.005
    )


def test_chinese_and_greek_names_and_typed_signs() -> None:
    plain = Formula("δα*(长度-L0)/2 + 长度**2")
    typed = Formula("δα×（长度−L０）÷２　＋　长度＊＊2")
    values = {"δα": 0.1, "长度": 3.0, "L0": 1.0}
    assert plain.names == typed.names == ("δα", "长度", "L0")
    assert plain.evaluate(values) == typed.evaluate(values) == pytest.approx(9.1)
    assert Formula("a·b").names == ("a", "b")  # the middle dot is a letter to Python


def test_micro_sign_and_greek_mu_are_one_name() -> None:
    assert Formula("\u00b5*2").evaluate({"\u03bc": 3}) == 6
    assert Formula("\u03bc*2").evaluate({"\u00b5": 3}) == 6


def test_arrays_and_reductions() -> None:
    x = np.array([1.0, 2.0, 4.0])
    y = Formula("sum(a*x)/mean(x)").evaluate({"a": 2, "x": x})
    assert y == pytest.approx(14 / (7 / 3))
    assert Formula("x**2 - a").evaluate({"a": [1, 1, 1], "x": x}).tolist() == [0, 3, 15]
    assert Formula("x - y")(x, 1.0).tolist() == [0, 1, 3]
    assert Formula("x - y")(y=1.0, x=2.0) == 1


def test_other_functions_replace_the_table() -> None:
    seen = []
    table = {
        "exp": lambda x: seen.append(x) or x,
        "multiply": lambda a, b: f"({a}*{b})",
        "add": lambda a, b: f"{a}+{b}",
    }
    assert Formula("a*b + exp(c)").evaluate({"a": "A", "b": "B", "c": "C"}, table) == "(A*B)+C"
    assert seen == ["C"]


def test_numbers_follow_ieee_and_do_not_raise() -> None:
    assert math.isinf(Formula("1/x").evaluate({"x": 0}))
    assert math.isnan(Formula("x**0.5").evaluate({"x": -8}))  # not a complex number
    with pytest.raises(Refused) as caught:
        Formula("1/0 + x").evaluate({"x": 1})
    assert codes(caught.value.findings) == ["formula.value.failed"]
    with pytest.raises(Refused) as caught:
        Formula("a + b").evaluate({"a": np.ones(2), "b": np.ones(3)})
    assert codes(caught.value.findings) == ["formula.value.failed"]
    with pytest.raises(Refused) as caught:
        Formula("alpha + b").evaluate({"alpa": 1, "b": 1})
    assert dict(caught.value.findings[0].parameters)["nearest"] == "alpa"


def test_formula_is_a_value() -> None:
    assert Formula("a + b") == Formula("a + b") != Formula("b + a")
    assert len({Formula("a + b"), Formula("a + b")}) == 1
    with pytest.raises(AttributeError):
        Formula("a").text = "b"  # type: ignore[misc]


# ---------------------------------------------------------------- what they refuse


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("", "formula.empty", None),
        ("  ", "formula.empty", None),
        ("x^2", "formula.power_sign", 2),
        ("r + x²", "formula.power_sign", 6),
        ("y = a*x", "formula.equals", 3),
        ("a.b", "formula.character", 2),
        ("x[0]", "formula.character", 2),
        ("'a'", "formula.character", 1),
        ("50%*x", "formula.character", 3),
        ("R₁ + 2", "formula.character", 2),
        ("a; b", "formula.character", 2),
        ("x # note", "formula.character", 3),
        ("a \\ b", "formula.character", 3),
        ("a\x00b", "formula.character", 2),
        ("a + \ud800", "formula.character", 5),
        ("lambda*f", "formula.name.keyword", 1),
        ("a if b else c", "formula.name.keyword", 3),
        ("x is None", "formula.name.keyword", 3),
        ("(a + b", "formula.parenthesis", 1),
        ("a + b)*c", "formula.parenthesis", 6),
        ("1,5*x", "formula.comma", 2),
        ("（1，5）", "formula.comma", 3),
        ("2x", "formula.operator_missing", 2),
        ("a b", "formula.operator_missing", 3),
        ("(a)(b)", "formula.operator_missing", 4),
        ("0x10", "formula.operator_missing", 2),
        ("1_000", "formula.operator_missing", 2),
        ("1j", "formula.operator_missing", 2),
        ("a +", "formula.operand_missing", 3),
        ("a*/b", "formula.operand_missing", 2),
        ("*a", "formula.operand_missing", 1),
        ("hypot(a,)", "formula.operand_missing", 8),
        ("a//b", "formula.operand_missing", 2),
        ("007", "formula.number", 1),
        ("1" * 41, "formula.number", 1),
        ("x + 1e999", "formula.number.range", 5),
        ("x + 1e-999", "formula.number.range", 5),
        ("x**9999", "formula.exponent", 1),
        ("9**9**9", "formula.exponent", 1),
        ("x**(0/0)", "formula.exponent", 1),
        ("ln(x)", "formula.function.unknown", 1),
        ("k(1 + x)", "formula.function.unknown", 1),
        ("__import__(os)", "formula.function.unknown", 1),
        ("max(a, b)", "formula.function.rough", 1),
        ("atan2(x)", "formula.function.arguments", 1),
        ("sin()", "formula.function.arguments", 1),
        ("2*sin", "formula.function.bare", 3),
        ("()", "formula.construct", 1),
        ("sin(*x)", "formula.operand_missing", 5),
    ],
)
def test_refused_with_place(text: str, code: str, column: int | None) -> None:
    formula, findings = parse(text, where="model")
    assert formula is None
    assert codes(findings)[0] == code
    assert findings[0].severity == "error"
    assert findings[0].where == ("model" if column is None else f"model:{column}")
    with pytest.raises(Refused):
        Formula(text)


def test_refused_text_that_is_none() -> None:
    assert codes(parse(None)[1]) == ["formula.not_text"]  # type: ignore[arg-type]


def test_meant_function_is_named() -> None:
    for text, meant in (
        ("ln(x)", "log"),
        ("lg(x)", "log10"),
        ("arctan(x)", "atan"),
        ("sqr(x)", "sqrt"),
        ("Sin(x)", "sin"),
    ):
        assert dict(parse(text)[1][0].parameters)["nearest"] == meant


def test_unknown_names_are_all_told_with_the_nearest() -> None:
    formula, findings = parse("alpha_s*teta + thta*L", known=["alpha_s", "theta", "L"])
    assert formula is None
    assert codes(findings) == ["formula.name.unknown"] * 2
    assert [f.where for f in findings] == ["formula:9", "formula:16"]
    assert {dict(f.parameters)["nearest"] for f in findings} == {"theta"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * (MAX_LENGTH + 1), "formula.long"),
        ("(" * 3000 + "x" + ")" * 3000, "formula.deep"),
        ("-" * 1500 + "x", "formula.deep"),
        ("a**" * 900 + "a", "formula.deep"),
        ("-".join(["a*("] * 600) + "a" + ")" * 600, "formula.deep"),
        ("-" * 9000 + "x", "formula.many"),
        ("sin(" * 90 + "x" + ")" * 90 + "**-x" * 80, "formula.deep"),
        ("+".join(["x"] * 4999), "formula.many"),
        ("(" * 80 + "a" + ")**1" * 80 + "+" + "-" * 90 + "b", None),
    ],
)
def test_hostile_text_is_refused(text: str, code: str | None) -> None:
    formula, findings = parse(text)
    if code is None:
        assert formula is not None and formula.evaluate({"a": 1.0, "b": 1.0}) == 2
    else:
        assert formula is None and codes(findings)[0] == code


def test_long_sums_are_not_deep() -> None:
    names = [f"x{i}" for i in range(MAX_STEPS // 2)]
    assert len(names) > MAX_DEPTH
    assert Formula("+".join(names)).evaluate(dict.fromkeys(names, 1.0)) == len(names)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="ab1. e()+-*/,^×（）sqrtinλ²=#'\"[]{}\\\n_", max_size=60))
def test_any_text_gives_a_formula_or_findings(text: str) -> None:
    formula, findings = parse(text)
    assert (formula is None) == bool(findings)
    codes(findings)
    if formula is not None:
        check_at(formula, dict.fromkeys(formula.names, 0.5))


_LEAF = st.sampled_from(["a", "b", "2", "0.5", "1e-3"])
_TREES = st.recursive(
    _LEAF,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda t: f"{t[0]} {t[1]} {t[2]}"),
        inner.map(lambda t: f"-{t}"),
        inner.map(lambda t: f"({t})**2"),
        st.tuples(st.sampled_from(["exp", "sin", "cos", "tanh", "atan"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(_TREES, st.floats(0.1, 3), st.floats(0.1, 3))
def test_same_value_as_python_arithmetic(text: str, a: float, b: float) -> None:
    """The grammar is Python's arithmetic: the same text, run by Python on the same numbers, gives the same."""
    names = {**{n: f for n, f in FUNCTIONS.items()}, "a": np.float64(a), "b": np.float64(b), "__builtins__": {}}
    formula, _ = parse(text)
    assert formula is not None
    with np.errstate(all="ignore"):
        try:
            expected = eval(text, names)
        except ArithmeticError:
            return
    assert np.allclose(formula.evaluate({"a": a, "b": b}), expected, rtol=1e-15, equal_nan=True)


# ---------------------------------------------------------------- models


def test_model_with_definitions() -> None:
    definitions = {f"R{i}": f"a{i}*Rs" for i in range(1, 11)}
    names = ["Rs", *(f"a{i}" for i in range(1, 11))]
    model, findings = read_model(" + ".join(definitions), definitions, names)
    assert model is not None and findings == ()
    assert set(model.inputs) == set(names)
    values = {"Rs": 1000.0, **dict.fromkeys(names[1:], 1.0)}
    assert model.evaluate(values) == {RESULT: 10000.0}  # GUM 5.2.2
    assert model.function()(**values) == 10000.0
    assert model.all_values(values)[0]["R7"] == 1000.0


def test_model_of_several_outputs() -> None:
    texts = {"mag": "sqrt(s)", "phase": "atan2(x2, x1)"}
    model, findings = read_model(texts, {"s": "x1**2 + x2**2"}, ["x1", "x2"])
    assert model is not None and findings == ()
    assert model.evaluate({"x1": 3, "x2": 4}) == {"mag": 5.0, "phase": pytest.approx(math.atan2(4, 3))}
    assert model.inputs_of("phase") == ("x2", "x1")
    assert model.function("mag")(x1=3, x2=4) == 5.0
    with pytest.raises(Refused) as caught:
        model.function("phas")
    assert codes(caught.value.findings) == ["formula.output.unknown"]


@pytest.mark.parametrize(
    ("model", "definitions", "inputs", "code", "where"),
    [
        ("a + b", {}, ["a"], "formula.name.unknown", "model:5"),
        ({"y": "a", "z": "c"}, {}, ["a"], "formula.name.unknown", "model.z:1"),
        ("a + b", {"b": "a*q"}, ["a"], "formula.name.unknown", "definitions.b:3"),
        ("b", {"b": "c", "c": "d + a", "d": "b"}, ["a"], "formula.definition.circular", "definitions.b"),
        ("b", {"b": "b + a"}, ["a"], "formula.definition.circular", "definitions.b"),
        ("a + b", {"a": "2*b"}, ["a", "b"], "formula.definition.input", "definitions.a"),
        ("a + b", [("b", "2*a"), ("b", "3*a")], ["a"], "formula.name.duplicate", "definitions.b"),
        ("a", {}, ["a", "a"], "formula.name.duplicate", "inputs.a"),
        ("\u00b5", {}, ["\u00b5", "\u03bc"], "formula.name.duplicate", "inputs.\u03bc"),
        ("a", {}, ["a", "lambda"], "formula.name.keyword", "inputs.lambda"),
        ("a", {}, ["a", "sin"], "formula.name.reserved", "inputs.sin"),
        ("a", {}, ["a", "pi"], "formula.name.reserved", "inputs.pi"),
        ("a", {}, ["a", "1 b"], "formula.name.invalid", "inputs.1 b"),
        ("a", {"x y": "a"}, ["a"], "formula.name.invalid", "definitions.x y"),
        ({}, {}, [], "formula.empty", "model"),
        ({"y": "2a"}, {}, ["a"], "formula.operator_missing", "model.y:2"),
    ],
)
def test_model_refused(model: object, definitions: object, inputs: list[str], code: str, where: str) -> None:
    result, findings = read_model(model, definitions, inputs)  # type: ignore[arg-type]
    assert result is None
    assert (code, where) in [(f.code, f.where) for f in findings]
    codes(findings)


def test_model_warnings_leave_a_model() -> None:
    model, findings = read_model("b + a", {"b": "2*c", "c": "3*a", "q": "a"}, ["a", "t"])
    assert model is not None and not errors(findings)
    assert model.evaluate({"a": 1}) == {RESULT: 7}
    assert {(f.code, f.where) for f in findings} == {
        ("formula.definition.order", "definitions.b"),
        ("formula.definition.unused", "definitions.q"),
        ("formula.input.unused", "inputs.t"),
    }
    codes(findings)


# ---------------------------------------------------------------- weak points at the estimates


@pytest.mark.parametrize(
    ("text", "values", "code", "part"),
    [
        ("a/(b - c)", {"a": 1, "b": 2, "c": 2}, "formula.value.division", "a/(b - c)"),
        ("1 + b**-2", {"b": 0}, "formula.value.division", "b**-2"),
        ("3*sqrt(b - c)", {"b": 1, "c": 2}, "formula.value.domain", "sqrt(b - c)"),
        ("log(x)", {"x": 0}, "formula.value.domain", "log(x)"),
        ("log10(x)", {"x": -1}, "formula.value.domain", "log10(x)"),
        ("asin(x)", {"x": 1.5}, "formula.value.domain", "asin(x)"),
        ("x**0.5", {"x": -8}, "formula.value.domain", "x**0.5"),
        ("x**309", {"x": -10}, "formula.value.overflow", "x**309"),
        ("2*exp(x) + 1", {"x": 1000}, "formula.value.overflow", "exp(x)"),
        ("a*b", {"a": np.ones(2), "b": np.ones(3)}, "formula.value.shape", "a*b"),
        ("sqrt(x)", {"x": 0}, "formula.value.not_differentiable", "sqrt(x)"),
        ("abs(x - 1)", {"x": 1}, "formula.value.not_differentiable", "abs(x - 1)"),
        ("x**0.5", {"x": 0}, "formula.value.not_differentiable", "x**0.5"),
        ("hypot(x, y)", {"x": 0, "y": 0}, "formula.value.not_differentiable", "hypot(x, y)"),
        ("acos(x)", {"x": -1}, "formula.value.not_differentiable", "acos(x)"),
        ("x**n", {"x": -2, "n": 2}, "formula.value.not_differentiable", "x**n"),
    ],
)
def test_weak_points(text: str, values: dict[str, float], code: str, part: str) -> None:
    findings = check_at(Formula(text), values)
    assert codes(findings) == [code]
    assert dict(findings[0].parameters)["part"] == part
    assert findings[0].severity == ("warning" if code.endswith("not_differentiable") else "error")
    assert findings[0].where == f"formula:{text.index(part) + 1}"


def test_weak_point_names_the_element() -> None:
    finding = check_at(Formula("1/x"), {"x": np.array([1.0, 2.0, 0.0])})[0]
    assert dict(finding.parameters)["value"] == "0 [2]"


def test_inputs_that_are_no_numbers() -> None:
    findings = check_at(Formula("a + b + c + d"), {"a": math.nan, "b": math.inf, "c": "x"})
    assert codes(findings) == ["formula.value.input"] * 3 + ["formula.name.unknown"]


def test_sound_formulas_have_no_weak_points() -> None:
    assert check_at(Formula("x1**2 + x2**2"), {"x1": 0, "x2": 0}) == ()  # JCGM 101 9.4
    assert check_at(Formula("sqrt(0)*x"), {"x": 1}) == ()


def test_weak_point_of_a_model_stands_in_its_definition() -> None:
    model, _ = read_model({"y": "1/d"}, {"d": "a - b"}, ["a", "b"])
    assert model is not None
    findings = check_model_at(model, {"a": 1.0, "b": 1.0})
    assert [(f.code, f.where) for f in findings] == [("formula.value.division", "model.y:1")]
    model, _ = read_model({"y": "2*d", "z": "d + a"}, {"d": "sqrt(-a)"}, ["a"])
    assert model is not None  # told once, where it happens
    assert [f.where for f in check_model_at(model, {"a": 1.0})] == ["definitions.d:1"]


# ---------------------------------------------------------------- units


def units(**texts: str) -> dict[str, object]:
    return {name: parse_unit(text) for name, text in texts.items()}


@pytest.mark.parametrize(
    ("text", "inputs", "declared", "expected"),
    [
        ("a + b", {"a": "nm", "b": "nm"}, "nm", []),
        ("a + b", {"a": "nm", "b": "um"}, "nm", ["formula.unit.scale"]),
        ("a + 1000*b", {"a": "nm", "b": "um"}, "nm", []),  # the literal converts
        ("a + 2*b", {"a": "nm", "b": "um"}, "nm", ["formula.unit.scale"]),  # it does not
        ("a + b", {"a": "nm", "b": "s"}, None, ["formula.unit.dimension"]),
        ("atan2(a, b)", {"a": "mm", "b": "um"}, "rad", ["formula.unit.scale"]),
        ("hypot(a, b)", {"a": "mm", "b": "mm"}, "mm", []),
        ("a*b", {"a": "mm", "b": "mm"}, "mm", ["formula.unit.result"]),
        ("a*b", {"a": "mm", "b": "mm"}, "mm^2", []),
        ("L/2", {"L": "mm"}, "um", ["formula.unit.result_scale"]),
        ("1000*L", {"L": "mm"}, "um", []),
        ("pi*d**2/4", {"d": "mm"}, "mm^2", []),
        ("pi*d**2/4", {"d": "mm"}, "m^2", ["formula.unit.result_scale"]),
        ("sqrt(a/b)", {"a": "m", "b": "m/s^2"}, "s", []),
        (
            "1000*m*P/(V_flask + V_rep + V_T)",
            {"m": "mg", "P": "1", "V_flask": "mL", "V_rep": "mL", "V_T": "mL"},
            "mg/L",
            [],
        ),
        ("m*P/V", {"m": "mg", "P": "1", "V": "mL"}, "mg/L", ["formula.unit.result_scale"]),
        ("exp(-c*t)", {"c": "1/s", "t": "s"}, "1", []),
        ("exp(-c*t)", {"c": "1/s", "t": "min"}, "1", ["formula.unit.dimensionless"]),
        ("sin(φ)", {"φ": "rad"}, "1", []),
        ("sin(φ)", {"φ": "deg"}, "1", ["formula.unit.dimensionless"]),
        ("sin(φ*pi/180)", {"φ": "deg"}, "1", []),
        ("log(p)", {"p": "Pa"}, "1", ["formula.unit.dimensionless"]),
        ("x**n", {"x": "1", "n": "m"}, None, ["formula.unit.dimensionless"]),
        ("x**n", {"x": "m", "n": "1"}, None, ["formula.unit.dimensionless"]),
        ("p*V/T", {"p": "Pa", "V": "m^3", "T": "degC"}, "J/K", ["formula.unit.point"]),
        ("p*V/(t + 273.15)", {"p": "Pa", "V": "m^3", "t": "degC"}, "J/K", []),
        ("alpha*(t1 - t2)", {"alpha": "1/degC", "t1": "degC", "t2": "degC"}, "1", []),
        ("T - 273.15", {"T": "K"}, "degC", []),
        ("T - 273.15", {"T": "K"}, "K", []),
        ("-273.15 + (T1 + T2)/2", {"T1": "K", "T2": "K"}, "degC", []),
        ("273.15 - T", {"T": "K"}, "degC", ["formula.unit.result_point"]),
        ("T + 273.15", {"T": "K"}, "degC", ["formula.unit.result_point"]),
        ("T - 273.15", {"T": "mK"}, "degC", ["formula.unit.result_point"]),
        ("t + c", {"t": "degC", "c": "K"}, "degC", []),
        ("(t1 + t2)/2", {"t1": "degC", "t2": "degC"}, "degC", []),
        ("5", {}, "m", []),
    ],
)
def test_dimensions(text: str, inputs: dict[str, str], declared: str | None, expected: list[str]) -> None:
    wanted = None if declared is None else parse_unit(declared)
    _, findings = dimensions(Formula(text), units(**inputs), wanted)  # type: ignore[arg-type]
    assert codes(findings) == expected
    assert not errors(findings)


def test_dimension_of_published_models() -> None:
    h1 = units(ls="nm", d="nm", alpha_s="1/K", theta_mean="K", theta_cyc="K", d_alpha="1/K", d_theta="K")
    assert dimensions(Formula(H1), h1, parse_unit("nm")) == (parse_unit("nm"), ())  # type: ignore[arg-type]
    text = "(m_rc + dm_rc)*(1 + (rho_a - 1.2)*(1/rho_w - 1/rho_r)) - 100000"
    mass = units(m_rc="mg", dm_rc="mg", rho_a="kg/m^3", rho_w="kg/m^3", rho_r="kg/m^3")
    assert dimensions(Formula(text), mass, parse_unit("mg")) == (parse_unit("mg"), ())  # type: ignore[arg-type]
    hcl = (
        "rep*1000*(0.3888 + lin1 - lin2)*P*(14.89 + V2_cal + V2_temp)/((18.64 + V1_cal + V1_temp)"
        "*(8*M_C + 5*M_H + 4*M_O + M_K)*(15 + Vh_cal + Vh_temp))"
    )
    volumes = {f"V{i}_{kind}": "mL" for i in "12h" for kind in ("cal", "temp")}
    molar = {f"M_{e}": "g/mol" for e in ("C", "H", "O", "K")}
    known = units(rep="1", lin1="g", lin2="g", P="1", **volumes, **molar)
    assert dimensions(Formula(hcl), known, parse_unit("mol/L"))[1] == ()  # type: ignore[arg-type]


def test_scale_is_unknown_rather_than_guessed() -> None:
    assert dimensions(Formula("1000*L"), units(L="mm")) == (None, ())  # type: ignore[arg-type]
    assert dimensions(Formula("a*b"), units(a="mm")) == (None, ())  # type: ignore[arg-type]
    assert dimensions(Formula("2*L"), units(L="mm"))[0] == parse_unit("mm")  # type: ignore[arg-type]
    assert [is_pure(c) for c in (1.0, -2.0, 0.5, math.pi / 4, 10.0, 60.0, 0.001, 0.0)] == [True] * 4 + [False] * 4


def test_dimensions_of_a_model() -> None:
    model, _ = read_model({"area": "w*h", "ratio": "w/h"}, {"w": "a + b"}, ["a", "b", "h"])
    assert model is not None
    declared = {"area": parse_unit("mm^2"), "ratio": parse_unit("mm")}
    found, findings = model_dimensions(model, units(a="mm", b="mm", h="mm"), declared)  # type: ignore[arg-type]
    assert found["w"] == parse_unit("mm") and found["area"] == parse_unit("mm^2")
    assert [(f.code, f.where) for f in findings] == [("formula.unit.result", "model.ratio")]


# ---------------------------------------------------------------- with uncertain quantities


def test_gauge_block_gum_h1() -> None:
    """GUM H.1: 50 000 838 nm, u = 32 nm, ν_eff = 16 after truncation."""
    inputs = {
        "ls": quantity(50000623, 25, dof=18),
        "d": quantity(215, 9.7, dof=25.6),
        "alpha_s": quantity(11.5e-6, 2e-6 / math.sqrt(3)),
        "theta_mean": quantity(-0.1, 0.2),
        "theta_cyc": quantity(0, 0.5 / math.sqrt(2)),
        "d_alpha": quantity(0, 1e-6 / math.sqrt(3), dof=50),
        "d_theta": quantity(0, 0.05 / math.sqrt(3), dof=2),
    }
    y = Formula(H1).evaluate(inputs)
    assert float(y.value) == pytest.approx(50000838)
    assert float(y.u) == pytest.approx(31.7, abs=0.05)
    assert math.floor(float(y.dof)) == 16


def test_correlated_inputs_gum_h2() -> None:
    """GUM H.2: resistance, reactance and impedance from V, I and φ observed together."""
    correlation = [[1, -0.355, 0.858], [-0.355, 1, -0.645], [0.858, -0.645, 1]]
    v, i, φ = joint([4.9990, 19.6610e-3, 1.04446], [0.0032, 0.0095e-3, 0.00075], np.array(correlation), dof=4)
    model, _ = read_model({"R": "V/I*cos(φ)", "X": "V/I*sin(φ)", "Z": "V/I"}, None, ["V", "I", "φ"])
    assert model is not None
    y = model.evaluate({"V": v, "I": i, "φ": φ})
    assert [round(float(q.value), 2) for q in y.values()] == [127.73, 219.85, 254.26]
    assert [float(q.u) for q in y.values()] == pytest.approx([0.071, 0.295, 0.236], rel=0.02)
