"""Type A evaluation from readings, Type B evaluation from limits and statements."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from suyuan.quantity import type_b
from suyuan.quantity.finding import Finding, Refused, finding_table, sentences
from suyuan.quantity.type_a import readings as type_a

# GUM table H.2: voltage V, current A, phase rad, five rows
H2 = {
    "V": [5.007, 4.994, 5.005, 4.990, 4.999],
    "I": [19.663e-3, 19.639e-3, 19.640e-3, 19.685e-3, 19.678e-3],
    "φ": [1.0456, 1.0438, 1.0468, 1.0428, 1.0433],
}


def codes(findings: tuple[Finding, ...]) -> list[str]:
    for item in findings:
        assert item.code in finding_table()
        for language in ("zh", "en"):
            assert "?" not in "".join(sentences(item, language).values()), item
    return [item.code for item in findings]


# ---------------------------------------------------------------- Type A


def test_rows_of_readings() -> None:
    table = np.array([[1.0, 2.0, 3.0], [10.0, 10.0, 13.0]])
    m, findings = type_a.mean(table)
    assert findings == ()
    assert m.mean == pytest.approx([2, 11]) and m.s == pytest.approx([1, math.sqrt(3)])
    assert m.u == pytest.approx([1 / math.sqrt(3), 1]) and m.dof == 2 and m.n == 3
    assert type_a.mean(table.T, axis=0)[0].mean == pytest.approx([2, 11])


def test_digits_survive_a_large_offset() -> None:
    """NIST StRD NumAcc4: 1001 values near 10 000 000.2, s = 0.1 exactly."""
    values = [10000000.2] + [10000000.1, 10000000.3] * 500
    m, _ = type_a.mean(values)
    assert m.mean == pytest.approx(10000000.2, rel=1e-15)
    assert m.s == pytest.approx(0.1, rel=1e-7)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([], "evaluation.readings.empty"),
        ([1.0], "evaluation.readings.single"),
        (5.0, "evaluation.readings.single"),
        ([1.0, math.nan, 2.0], "evaluation.readings.unknown"),
        ([1.0, None, 2.0], "evaluation.readings.unknown"),
        ([1.0, math.inf], "evaluation.readings.unknown"),
    ],
)
def test_readings_without_uncertainty(values: Any, code: str) -> None:
    m, findings = type_a.mean(values, where="inputs.q")
    assert codes(findings) == [code] and findings[0].severity == "error"
    assert math.isnan(m.u)  # type: ignore[arg-type]


def test_missing_reading_is_told_by_its_place() -> None:
    assert dict(type_a.mean([1.0, 2.0, math.nan])[1][0].parameters)["first"] == "3"


@pytest.mark.parametrize("values", [["a", "b"], [[1, 2], [3]], {"a": 1}])
def test_readings_that_are_no_numbers(values: Any) -> None:
    with pytest.raises(Refused) as caught:
        type_a.mean(values)
    assert codes(caught.value.findings) == ["evaluation.readings.form"]


def test_equal_readings_are_told() -> None:
    m, findings = type_a.mean([2.0, 2.0, 2.0])
    assert m.u == 0 and codes(findings) == ["evaluation.readings.constant"] and findings[0].severity == "warning"


def test_readings_by_an_expression() -> None:
    values = type_a.readings("V/I*cos(φ)", H2)
    assert np.mean(values) == pytest.approx(127.732, abs=0.001)  # GUM table H.4, Ω
    with pytest.raises(Refused) as caught:
        type_a.readings("V/J", H2, where="inputs.R")
    assert codes(caught.value.findings) == ["formula.name.unknown"]
    assert caught.value.findings[0].where == "inputs.R.values:3"
    assert type_a.readings("c*V", H2, {"c": 2.0})[0] == pytest.approx(10.014)


def test_observed_together_gum_h2() -> None:
    joint, findings = type_a.observed_together(H2)
    assert findings == ()
    assert joint.means == pytest.approx([4.9990, 19.6610e-3, 1.04446], rel=1e-6)
    assert joint.u == pytest.approx([0.0032, 0.0095e-3, 0.00075], rel=0.01)
    r = joint.correlation
    assert (r[0, 1], r[0, 2], r[1, 2]) == pytest.approx((-0.36, 0.86, -0.65), abs=0.006)
    assert joint.dof == 4
    expected = np.cov(np.array(list(H2.values()))) / 5
    assert np.allclose(joint.covariance, expected)


def test_observed_together_refused() -> None:
    for columns, code in (
        ({"a": [1, 2, 3], "b": [1, 2]}, "evaluation.readings.lengths"),
        ({}, "evaluation.readings.lengths"),
        ({"a": [1], "b": [2]}, "evaluation.readings.few"),
    ):
        with pytest.raises(Refused) as caught:
            type_a.observed_together(columns)  # type: ignore[arg-type]
        assert codes(caught.value.findings) == [code]
    _, findings = type_a.observed_together({"a": [1, 2], "b": [2, 4]})
    assert codes(findings) == ["evaluation.readings.rank"]
    _, findings = type_a.observed_together({"a": [1, 2, 3, math.nan], "b": [2, 4, 4, 5]})
    assert [f.where for f in findings] == ["observed_together.a"]


def test_column_without_scatter_has_no_correlation() -> None:
    joint, findings = type_a.observed_together({"a": [1.0, 2.0, 4.0], "b": [3.0, 3.0, 3.0]})
    assert joint.correlation.tolist() == [[1, 0], [0, 1]]
    assert codes(findings) == ["evaluation.readings.constant"]


def test_pooled() -> None:
    rng = np.random.default_rng(3)
    series = rng.normal(5, 0.3, (40, 6))
    s = np.std(series, axis=1, ddof=1)
    sp, dof = type_a.pooled(s, 6)
    assert sp**2 == pytest.approx(np.mean(s**2)) and dof == 200
    assert type_a.pooled([3.0, 99.0], [5, 1]) == (3.0, 4.0)  # one reading adds nothing
    m, findings = type_a.mean_with_pooled([5.1], sp, dof)
    assert (m.mean, m.u, m.dof) == (5.1, sp, 200) and findings == ()
    assert type_a.mean_with_pooled([5.1, 5.3, 5.2, 5.2], sp, dof)[0].u == pytest.approx(sp / 2)
    for call in (
        lambda: type_a.pooled([0.1, -0.1], 5),
        lambda: type_a.pooled([0.1, math.nan], 5),
        lambda: type_a.pooled([0.1], 1),
        lambda: type_a.mean_with_pooled([1.0], -0.1, 5),
        lambda: type_a.mean_with_pooled([1.0], 0.1, 0),
    ):
        with pytest.raises(Refused) as caught:
            call()
        codes(caught.value.findings)


def test_autocorrelation_formula_and_warning() -> None:
    rng = np.random.default_rng(7)
    white = rng.normal(size=400)
    e = white - white.mean()
    r, findings = type_a.autocorrelation(white)
    assert r == pytest.approx(np.sum(e[1:] * e[:-1]) / np.sum(e * e)) and findings == ()
    slow = np.zeros(400)
    for t in range(1, 400):
        slow[t] = 0.8 * slow[t - 1] + white[t]
    _, findings = type_a.mean(slow, in_order=True)
    assert codes(findings) == ["evaluation.readings.autocorrelated"] and findings[0].severity == "warning"
    assert float(dict(findings[0].parameters)["factor"]) == pytest.approx(3.0, abs=0.7)  # √(1.8/0.2)
    assert type_a.mean(slow)[1] == ()
    assert type_a.autocorrelation([1.0, -1.0] * 20)[1] == ()  # alternating readings make s/√n too large
    assert math.isnan(type_a.autocorrelation([1.0, 1.0, 1.0])[0])
    assert math.isnan(type_a.autocorrelation([])[0])


# ---------------------------------------------------------------- Type B

TABLE: list[tuple[str, dict[str, float], float, float, float]] = [
    ("normal", {"mean": 50000623, "std": 25}, 50000623, 25, math.inf),
    ("rectangular", {"centre": 1.15e-05, "half_width": 2e-06}, 1.15e-05, 2e-6 / math.sqrt(3), math.inf),
    ("triangular", {"centre": 100, "half_width": 0.1}, 100, 0.1 / math.sqrt(6), math.inf),
    ("arcsine", {"centre": 0, "half_width": 0.5}, 0, 0.5 / math.sqrt(2), math.inf),
    ("curvilinear_trapezoid", {"centre": 1, "half_width": 0.5, "d": 0.1}, 1, math.sqrt(0.25 / 3 + 0.01 / 9), math.inf),
    ("student_t", {"location": 215, "scale": 6, "dof": 24}, 215, 6, 24),
    ("student_t_std", {"mean": 1.5, "std": 2e-4, "dof": 3}, 1.5, 2e-4, 3),
    ("gamma", {"shape": 4, "scale": 0.25}, 1, 0.5, math.inf),
    ("constant", {"value": 3}, 3, 0, math.inf),
]


@pytest.mark.parametrize(("distribution", "parameters", "value", "u", "dof"), TABLE, ids=[row[0] for row in TABLE])
def test_table_of_distributions(
    distribution: str, parameters: dict[str, float], value: float, u: float, dof: float
) -> None:
    found, findings = type_b.from_case_parameters(distribution, parameters)
    assert findings == ()
    assert found.value == pytest.approx(value) and found.u == pytest.approx(u) and found.dof == dof
    as_text, _ = type_b.from_case_parameters(distribution, {k: str(v) for k, v in parameters.items()})
    assert as_text == found


def draws(distribution: str, p: dict[str, float], n: int) -> np.ndarray[Any, Any]:
    """Draws by definition, from JCGM 101 6.4, not from the code under test."""
    rng = np.random.default_rng(11)
    flat, second = rng.uniform(-1, 1, n), rng.uniform(-1, 1, n)
    if distribution == "curvilinear_trapezoid":
        lower = p["centre"] - p["half_width"] + p["d"] * flat
        return lower + (2 * p["centre"] - 2 * lower) * (second + 1) / 2
    shapes = {
        "rectangular": flat,
        "triangular": (flat + second) / 2,
        "arcsine": np.sin(np.pi * flat),
    }
    if distribution in shapes:
        return p["centre"] + p["half_width"] * shapes[distribution]
    return rng.gamma(p["shape"], p["scale"], n)


@pytest.mark.parametrize("name", ["rectangular", "triangular", "arcsine", "curvilinear_trapezoid", "gamma"])
def test_standard_uncertainty_is_the_standard_deviation(name: str) -> None:
    parameters = next(row[1] for row in TABLE if row[0] == name)
    found, _ = type_b.from_case_parameters(name, parameters)
    sample = draws(name, parameters, 400_000)
    assert np.std(sample) == pytest.approx(found.u, rel=0.01)
    assert np.mean(sample) == pytest.approx(found.value, abs=0.01 * found.u)


def test_scale_and_standard_deviation_of_student_are_kept_apart() -> None:
    by_scale, _ = type_b.from_case_parameters("student_t", {"location": 0, "scale": 1, "dof": 4})
    by_std, _ = type_b.from_case_parameters("student_t_std", {"mean": 0, "std": 1, "dof": 4})
    assert by_scale.u == by_std.u == 1
    assert dict(by_scale.parameters)["scale"] == 1
    assert dict(by_std.parameters)["scale"] == pytest.approx(math.sqrt(0.5))


def test_expanded_uncertainty_with_k_or_p() -> None:
    with_k, _ = type_b.from_case_parameters("normal", {"mean": 10, "U": 0.6, "k": 3})
    assert with_k.u == pytest.approx(0.2) and with_k.dof == math.inf
    with_p, _ = type_b.from_case_parameters("normal", {"mean": 10, "U": 0.6, "p": 0.95})
    assert with_p.u == pytest.approx(0.6 / 1.959964)
    with_t, _ = type_b.from_case_parameters("normal", {"mean": 10, "U": 0.6, "p": 0.95}, dof=5)
    assert with_t.u == pytest.approx(0.6 / 2.570582) and with_t.dof == 5


def test_own_degrees_of_freedom() -> None:
    found, _ = type_b.from_case_parameters("rectangular", {"centre": 0, "half_width": 0.05}, dof=2)
    assert found.dof == 2
    assert type_b.dof_from_relative(0.5) == 2  # GUM H.1.6: u reliable to 50 %
    with pytest.raises(Refused) as caught:
        type_b.dof_from_relative(0)
    assert codes(caught.value.findings) == ["evaluation.relative_uncertainty"]


def test_observations() -> None:
    found, findings = type_b.from_case_parameters("observations", {"values": H2["V"]}, "inputs.V")
    assert findings == ()
    assert (round(found.value, 4), round(found.u, 4), found.dof, found.distribution) == (4.999, 0.0032, 4, "student_t")
    by_text, _ = type_b.from_case_parameters("observations", {"values": "V/I*cos(φ)"}, "inputs.R", columns=H2)
    assert round(by_text.u, 3) == 0.071  # GUM table H.4, Ω


@pytest.mark.parametrize(
    ("distribution", "parameters", "dof", "code"),
    [
        ("normall", {"mean": 1, "std": 1}, None, "evaluation.distribution.unknown"),
        (None, {"mean": 1, "std": 1}, None, "evaluation.distribution.unknown"),
        ("normal", None, None, "evaluation.parameter.form"),
        ("normal", {"mean": 1}, None, "evaluation.parameter.missing"),
        ("normal", {"mean": 1, "std": 1, "sdt": 2}, None, "evaluation.parameter.unknown"),
        ("normal", {"mean": 1, "std": -1}, None, "evaluation.parameter.negative"),
        ("normal", {"mean": 1, "std": None}, None, "evaluation.parameter.form"),
        ("normal", {"mean": 1, "std": "abc"}, None, "evaluation.parameter.form"),
        ("normal", {"mean": 1, "std": True}, None, "evaluation.parameter.form"),
        ("normal", {"mean": 1, "std": math.nan}, None, "evaluation.parameter.form"),
        ("normal", {"mean": math.inf, "std": 1}, None, "evaluation.parameter.form"),
        ("normal", {"mean": 1, "std": 1}, 0, "evaluation.dof"),
        ("normal", {"mean": 1, "std": 1}, "many", "evaluation.dof"),
        ("normal", {"mean": 1, "U": 1}, None, "evaluation.coverage.missing"),
        ("normal", {"mean": 1, "U": 1, "k": 0}, None, "evaluation.parameter.positive"),
        ("normal", {"mean": 1, "U": 1, "p": 95}, None, "evaluation.coverage.probability"),
        ("rectangular", {"centre": 0, "half_width": -1}, None, "evaluation.parameter.negative"),
        ("curvilinear_trapezoid", {"centre": 0, "half_width": 1, "d": 2}, None, "evaluation.parameter.inexactness"),
        ("student_t", {"location": 0, "scale": 1}, None, "evaluation.parameter.missing"),
        ("student_t_std", {"mean": 0, "std": 1, "dof": 2}, None, "evaluation.student.dof"),
        ("gamma", {"shape": 0, "scale": 1}, None, "evaluation.parameter.positive"),
        ("constant", {"value": 1, "std": 0}, None, "evaluation.parameter.unknown"),
        ("observations", {}, None, "evaluation.parameter.missing"),
        ("observations", {"values": [1.0]}, None, "evaluation.readings.single"),
        ("observations", {"values": "a + b"}, None, "formula.name.unknown"),
        ("observations", {"values": ["x"]}, None, "evaluation.readings.form"),
    ],
)
def test_refused_with_the_inputs_name(distribution: Any, parameters: Any, dof: Any, code: str) -> None:
    with pytest.raises(Refused) as caught:
        type_b.from_case_parameters(distribution, parameters, "inputs.x", dof)
    assert code in codes(caught.value.findings)
    assert all(f.where.startswith("inputs.x") for f in caught.value.findings)


def test_zero_uncertainty_is_told_unless_constant() -> None:
    assert codes(type_b.from_case_parameters("normal", {"mean": 1, "std": 0})[1]) == ["evaluation.uncertainty.zero"]
    assert type_b.from_case_parameters("constant", {"value": 1}, dof=5)[1] == ()


def test_nearest_word_is_offered() -> None:
    with pytest.raises(Refused) as caught:
        type_b.from_case_parameters("rectangular", {"center": 0, "half_width": 1})
    unknown = next(f for f in caught.value.findings if f.code == "evaluation.parameter.unknown")
    assert dict(unknown.parameters)["nearest"] == "centre"


@pytest.mark.parametrize("scale", [2.0**-700, 2.0**700, 2.0**1020])
def test_no_size_of_readings_is_too_large_or_too_small(scale: float) -> None:
    rows = {"a": np.array([1.0, 2.0, 4.5, 3.0]), "b": np.array([2.0, 1.5, 1.0, 3.5])}
    one, other = (type_a.mean(rows["a"] * s)[0] for s in (1.0, scale))
    assert (other.mean, other.s, other.u) == (scale * one.mean, scale * one.s, scale * one.u)
    together = [type_a.observed_together({n: v * s for n, v in rows.items()})[0] for s in (1.0, scale)]
    assert np.array_equal(together[1].u, scale * together[0].u)
    assert np.array_equal(together[1].correlation, together[0].correlation)


def test_an_expression_that_fails_is_told_at_its_place() -> None:
    with pytest.raises(Refused) as refused:
        type_a.readings("V*I", {"V": [1.0, 2.0], "I": [1.0, 2.0, 3.0]}, where="a")
    assert refused.value.findings[0].where == "a.values:1"
    with pytest.raises(Refused) as refused:
        type_a.readings([1, 10**400])
    assert refused.value.findings[0].code == "evaluation.readings.form"
