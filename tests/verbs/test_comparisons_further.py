"""Further comparison cases: rounds, stability, assigned values, algorithm S, decisions, references without each."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suyuan.cli.comparison_answers import show
from suyuan.cli.comparison_templates import TEMPLATES
from suyuan.cli.output import Page
from suyuan.comparison.consensus import hartung_knapp, weighted_mean
from suyuan.comparison.leave_one_out import leave_one_out
from suyuan.comparison.methods import Results
from suyuan.comparison.precision.decisions import Names, OutlierDecision
from suyuan.comparison.precision.repeatability import repeatability, repeatability_e691
from suyuan.comparison.proficiency.density import density
from suyuan.comparison.proficiency.homogeneity import homogeneity, stability
from suyuan.comparison.proficiency.multi_round import Watch, rounds
from suyuan.comparison.proficiency.q_method import q_method_of_replicates
from suyuan.comparison.proficiency.robust import algorithm_a, algorithm_s
from suyuan.quantity.finding import Refused, finding_table, sentences
from suyuan.report.figures.case_figures import case_figures
from suyuan.verbs.cases import answer

from .test_comparisons import spoiled

GLUCOSE = [[41.03, 41.45, 41.37], [41.17, 42, 41.15], [41.01, 40.68, 42.66], [39.37, 42.37, 42.63],
           [41.88, 41.19, 41.32], [43.28, 40.5, 42.28], [41.08, 41.27, 39.02], [43.36, 42.65, 41.72]]  # fmt: skip
"""mg/dl, ASTM E691, material A."""
CREOSOTE = [(24.28, 24.0), (20.4, 19.91), (19.3, 19.7), (20.3, 20.3), (20.53, 20.88), (18.56, 16.58), (19.7, 20.5),
            (21.1, 20.78), (20.71, 21.66)]  # fmt: skip
MEANS = [sum(row) / 2.0 for row in CREOSOTE]
X, U = [15.0, 15.0, 30.0, 18.0, 24.0, -9.0, 33.0, 12.5, 8.8], [9.0, 14.0, 10.0, 13.0, 9.0, 7.0, 9.0, 8.6, 10.0]
GAUGE = [{"lab": f"L{i}", "value": x, "u": u} for i, (x, u) in enumerate(zip(X, U, strict=True))]
DOCS = Path(__file__).parents[2] / "docs" / "case.md"


def asked(kind: str, **body: Any) -> dict[str, Any]:
    got = answer({"kind": kind, "input": body})
    json.dumps(got, allow_nan=False)
    for row in got["findings"]:
        assert row["code"] in finding_table() and row["zh"]["what"] and row["en"]["what"]
    return got


def told(kind: str, **body: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        asked(kind, **body)
    for item in refused.value.findings:
        assert all("?" not in "".join(sentences(item, language).values()) for language in ("zh", "en"))
    return [(f.code, f.where) for f in refused.value.findings]


def shown(kind: str, body: dict[str, Any], got: dict[str, Any]) -> str:
    stream = io.StringIO()
    show(Page(stream), {"kind": kind, "input": body}, {key: value for key, value in got.items() if key != "findings"})
    return stream.getvalue()


def codes(got: dict[str, Any]) -> list[tuple[str, str]]:
    return [(f["code"], f["where"]) for f in got["findings"]]


def labelled(rows: Any, field: str = "values") -> list[dict[str, Any]]:
    return [{"lab": str(i + 1), field: list(row) if field == "values" else row} for i, row in enumerate(rows)]


def data_of(kind: str, **changes: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(TEMPLATES[kind][1])), **changes}


# ---------------------------------------------------------------- rounds


def test_sums_and_cusums_over_rounds_by_hand() -> None:
    """RSZ = 4.8/√4; χ²(4) beyond 6.02 is e^−3.01·(1 + 3.01); C⁺ with slack 0.5: 0.7, 1.1, stays, 2.2, 2.8."""
    z = [1.2, 0.9, None, 1.6, 1.1]
    got = asked(
        "multi_round", data=[{"lab": "A", "z": z}, {"lab": "B", "z": [-x if x else None for x in z]}], interval=2.5
    )
    assert got["RSZ"] == pytest.approx([2.4, -2.4]) and got["n"] == [4, 4]
    assert got["p_RSZ"] == pytest.approx([math.erfc(2.4 / math.sqrt(2.0))] * 2)
    assert got["SSZ"] == pytest.approx([6.02] * 2)
    assert got["p_SSZ"] == pytest.approx([math.exp(-3.01) * 4.01] * 2)
    assert got["cusum_high"][0] == pytest.approx([0.7, 1.1, 1.1, 2.2, 2.8]) == got["cusum_low"][1]
    assert got["signal"] == [[False, False, False, False, True]] * 2
    assert got["running"][0] == pytest.approx([1.2, 1.05, 1.05, 3.7 / 3.0, 1.2])


def test_rounds_are_those_of_the_function() -> None:
    body = data_of("multi_round", window=3, slack=0.25, interval=2.0)
    z = np.array([[np.nan if x is None else x for x in row["z"]] for row in body["data"]])
    want, got = rounds(z, np.isfinite(z), watch=Watch(3, 0.25, 2.0)), asked("multi_round", **body)
    for key in ("RSZ", "p_RSZ", "SSZ", "p_SSZ", "running", "cusum_high", "cusum_low"):
        np.testing.assert_array_equal(np.array(got[key]), getattr(want, key))
    late = asked("multi_round", data=[{"lab": "A", "z": [None, 1.0]}])
    assert late["running"] == [[None, 1.0]], "nothing before the first round"


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"data": [{"lab": "A", "z": [None, None]}]}, ["data/0/z"]),
        ({"data": [{"lab": "A", "z": [1.0, "2"]}, {"lab": "B", "z": [1.0]}]}, ["data/0/z/1", "data/1/z"]),
        ({"data": [{"lab": "A"}, {"z": 3}]}, ["data/1/lab", "data/0/z", "data/1/z"]),
        ({"window": 0, "slack": -1, "interval": 0}, ["window", "slack", "interval"]),
        ({"data": []}, ["data"]),
    ],
)
def test_wrong_rounds(changes: dict[str, Any], places: list[str]) -> None:
    found = told("multi_round", **{"data": [{"lab": "A", "z": [1.0]}], **changes})
    assert [where for _, where in found] == [f"/input/{place}" for place in places]


# ---------------------------------------------------------------- homogeneity and stability


def test_stability_by_hand_and_by_the_function() -> None:
    """|10.0333 − 10.2667| = 0.2333; u² = (0.152753² + 0.152753²)/3."""
    before, after = [10.0, 10.2, 9.9], [10.3, 10.1, 10.4]
    got = asked("stability", sigma_pt=0.5, before=before, after=after)
    assert got["difference"] == pytest.approx(0.7 / 3.0) and got["limit"] == pytest.approx(0.15)
    assert got["u"] == pytest.approx(math.sqrt(2.0 * (0.07 / 3.0) / 3.0))
    assert (got["passes"], got["passes_expanded"]) == (False, True)
    assert codes(got) == [("comparison.stability.expanded", "/input/after")]
    pairs = [[10.0, 10.1], [10.2, 10.0], [9.8, 9.9]]
    found = stability(pairs, after, 0.1)
    again = asked("stability", sigma_pt=0.1, before=pairs, after=after)
    assert again["difference"] == float(found.difference) and again["expanded_limit"] == float(found.expanded_limit)


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"before": None}, ["before"]),
        ({"after": [1.0]}, ["after"]),
        ({"after": [[1.0, 2.0], [1.0]]}, ["after/1"]),
        ({"after": [[1.0, "x"], 3]}, ["after/0/1", "after/1"]),
        ({"sigma_pt": 0, "before": [1, True]}, ["sigma_pt", "before/1"]),
    ],
)
def test_wrong_stability(changes: dict[str, Any], places: list[str]) -> None:
    found = told("stability", **{"sigma_pt": 1.0, "before": [1.0, 2.0], "after": [1.0, 2.0], **changes})
    assert [where for _, where in found] == [f"/input/{place}" for place in places]


def test_items_that_fail_show_what_sigma_would_be() -> None:
    body = data_of("homogeneity")
    assert "sigma_pt_with_heterogeneity" not in asked("homogeneity", **body)
    tight = asked("homogeneity", **{**body, "sigma_pt": 0.001})
    s_s = float(homogeneity([row["values"] for row in body["data"]], 0.001).s_s)
    assert not tight["passes"] and tight["sigma_pt_with_heterogeneity"] == pytest.approx(math.hypot(0.001, s_s))


# ---------------------------------------------------------------- assigned values


def test_the_parts_of_an_assigned_value() -> None:
    """√(0.03² + 0.04²) = 0.05, not below 0.3·0.1; without two parts a warning names them."""
    body = {"value": 2.99, "u": 0.03, "u_heterogeneity": 0.04, "sigma_pt": 0.1}
    got = asked("assigned_value", way="formulation", **body)
    assert got["value"] == 2.99 and got["u"] == pytest.approx(0.05) and got["negligible"] is False
    assert {code for code, _ in codes(got)} == {"comparison.assigned.not_stated", "comparison.score.assigned_uncertain"}
    assert "instability, transport" in got["findings"][0]["en"]["what"]
    full = asked(
        "assigned_value", way="reference_material", **{**body, "u_instability": 0, "u_transport": 0, "sigma_pt": 1}
    )
    assert full["negligible"] is True and full["findings"] == []
    assert asked("assigned_value", way="formulation", value=1.0, u=0.0)["negligible"] is None


def test_items_against_a_reference_material_by_hand() -> None:
    """10 + 0.2; u² = 0.03² + (0.081650/√4)²."""
    got = asked("assigned_value", way="reference_material", value=10.0, u=0.03, differences=[0.1, 0.2, 0.3, 0.2])
    assert got["value"] == pytest.approx(10.2) and got["n"] == 4
    assert got["u"] == pytest.approx(math.sqrt(0.03**2 + 0.02 / 3.0 / 4.0))


def test_experts_and_consensus() -> None:
    data = [{"lab": str(i), "value": x, "u": 0.1} for i, x in enumerate([9.9, 10.0, 10.3])]
    got = asked("assigned_value", way="expert", data=data)
    assert got["value"] == 10.0 and got["u"] == pytest.approx(1.25 * math.sqrt(0.03) / 3.0) and got["n"] == 3
    rows = labelled(MEANS, "value")
    agreed, want = asked("assigned_value", way="consensus", data=rows, sigma_pt=5.0), algorithm_a(MEANS)
    assert agreed["u"] == pytest.approx(0.4449, abs=5e-5), "creosote, ISO 5725-5"
    assert agreed["value"] == float(want.value) and agreed["s"] == float(want.s) and agreed["method"] == "algorithm_A"
    assert codes(agreed) == [("comparison.assigned.few", "/input")]
    hampel = asked("assigned_value", way="consensus", data=rows, method="hampel")
    assert hampel["value"] == pytest.approx(20.412143, abs=5e-7), "ISO 5725-5 creosote"
    other = asked(
        "assigned_value", unit="mm", way="expert", data=[{"lab": "A", "value": 1.0, "u": 0.002, "unit": "cm"}]
    )
    assert other["value"] == pytest.approx(10.0) and other["u"] == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({}, ["way"]),
        ({"way": ["formulation"]}, ["way"]),
        ({"way": "formulation", "u": -1, "u_transport": "0"}, ["value", "u", "u_transport"]),
        ({"way": "formulation", "value": 1, "u": 0.1, "data": [], "method": "hampel"}, ["data", "method"]),
        ({"way": "formulation", "value": 1, "u": 0.1, "differences": [1, 2]}, ["differences"]),
        ({"way": "reference_material", "value": 1, "u": 0.1, "differences": [1], "u_transport": 0.1},
         ["u_transport", "differences"]),
        ({"way": "expert", "data": [{"lab": "A", "value": 1}, {"lab": "B", "u": 0}]},
         ["data/1/value", "data/0/u", "data/1/u"]),
        ({"way": "consensus", "method": "mean", "data": [{"lab": "A", "value": 1}]}, ["method", "data"]),
        ({"way": "formulation", "value": 1, "u": 0.1, "sigma_pt": 0}, ["sigma_pt"]),
        ({"way": "formulation", "value": 1, "u": 0.1, "u_heterogeneity": 0.1, "heterogeneity_in_sigma": True},
         ["u_heterogeneity"]),
        ({"way": "consensus", "data": [{"lab": str(i), "value": 1} for i in range(5)]}, ["data"]),
    ],
)  # fmt: skip
def test_wrong_assigned_values(body: dict[str, Any], places: list[str]) -> None:
    assert [where for _, where in told("assigned_value", **body)] == [f"/input/{place}" for place in places]


# ---------------------------------------------------------------- proficiency


def test_algorithm_s_by_its_printed_factors_and_its_equation() -> None:
    """ISO 13528 prints η 1.444, ξ 1.039 for ν = 3; w² = ξ²(Σ s² of the four + (ηw)²)/5."""
    s = [0.3, 0.2, 0.4, 0.3, 2.0]
    got = asked("within_laboratory", unit="mg", dof=3, data=labelled(s, "s"))
    assert (round(got["eta"], 3), round(got["xi"], 3)) == (1.444, 1.039)
    share = got["xi"] ** 2 / 5.0
    assert got["w"] ** 2 == pytest.approx(share * 0.38 / (1.0 - share * got["eta"] ** 2), rel=1e-12)
    assert got["w"] == float(algorithm_s(s, 3).w) and got["n"] == 5
    assert got["above"] == ["5"] and got["limit"] == pytest.approx(got["eta"] * got["w"])
    assert told("within_laboratory", dof=0, data=[{"lab": "A", "s": -1}]) == [
        ("case.field.wrong", "/input/dof"), ("case.field.wrong", "/input/data/0/s")]  # fmt: skip
    zeros = labelled([0, 0, 1], "s")
    assert told("within_laboratory", dof=1, data=zeros) == [("comparison.algorithm_s.zeros", "/input/data")]


def test_replicates_go_to_the_q_method_alone() -> None:
    """Two results of each laboratory; of differences 1, 2, 3 (one result each) the hand finds s by the formula."""
    got = asked("proficiency", unit="%", data=labelled(CREOSOTE))
    assert set(got) == {"Q_method", "findings"}
    assert got["Q_method"]["s"] == float(q_method_of_replicates(CREOSOTE).s)
    mixed: list[dict[str, Any]] = [
        {"lab": "A", "values": [1.0]},
        {"lab": "B", "value": 2.0},
        {"lab": "C", "values": [4.0]},
    ]
    one = [{"lab": row["lab"], "value": row.get("value", row.get("values", [0])[0])} for row in mixed]
    several, single = (asked("proficiency", methods=["Q_method"], data=rows)["Q_method"]["s"] for rows in (mixed, one))
    # H₁(0) = 0; G₁ midway: 1/6 at 1, 1/2 at 2; G₁⁻¹(1/4) = 1.25; Φ⁻¹(0.625) = 0.318639
    assert several == single == pytest.approx(1.25 / (math.sqrt(2.0) * 0.3186393639643752))
    both = asked("proficiency", methods=["Q_method", "algorithm_A"], data=mixed)
    assert codes(both) == [("comparison.case.replicates", "/input/methods/1")] and "algorithm_A" not in both
    rows = [{"lab": "A", "values": [0.1, 0.1], "unit": "cm"}, {"lab": "B", "value": 2}, {"lab": "C", "value": 4}]
    assert asked("proficiency", unit="mm", data=rows)["Q_method"]["s"] == pytest.approx(single)
    assert (
        "Q_method" in both and case_figures({"kind": "proficiency", "input": {"data": mixed}}, both, "en") is not None
    )


def test_wrong_replicates() -> None:
    rows = [
        {"lab": "A", "value": 1, "values": [1]},
        {"lab": "B", "values": []},
        {"lab": "C", "values": [1, "2"]},
        {"lab": "D"},
    ]
    places = [where for _, where in told("proficiency", data=rows)]
    assert places == [f"/input/data/{at}" for at in ("0/values", "1/values", "2/values/1", "3/value")]


def test_modes_of_a_density() -> None:
    """Two groups 5 apart with bandwidth 0.5: the modes stand at the means of the groups, 10.025 and 14.967."""
    x = [9.8, 10.0, 10.1, 10.2, 14.8, 15.0, 15.1]
    rows, want = labelled(x, "value"), density(x, bandwidth=0.5)
    got = asked("proficiency", methods=["density"], bandwidth=0.5, data=rows)["density"]
    assert got["modes"] == want.modes.tolist() and got["support"] == want.support.tolist() and got["bandwidth"] == 0.5
    assert got["modes"] == pytest.approx([10.025, 14.967], abs=0.01) and min(got["support"]) > 0.9
    by_sigma = asked("proficiency", methods=["density"], sigma_pt=2.0, data=rows)
    assert by_sigma["density"]["bandwidth"] == 1.5
    alone = asked("proficiency", methods=["density", "median"], data=labelled([1.0] * 5, "value"))
    assert "density" not in alone and alone["findings"][0]["where"] == "/input/methods/0"
    assert told("proficiency", methods=["density"], bandwidth=0, sigma_pt="1", data=rows) == [
        ("case.field.wrong", "/input/bandwidth"), ("case.field.wrong", "/input/sigma_pt")]  # fmt: skip
    many = labelled(np.linspace(0.0, 1.0, 1001).tolist(), "value")
    assert told("proficiency", methods=["density"], data=many) == [("comparison.case.density_many", "/input/methods/0")]
    far = labelled([*x, 1e15], "value")
    assert told("proficiency", methods=["density"], data=far) == [("comparison.case.density_far", "/input/methods/0")]


# ---------------------------------------------------------------- precision


def test_glucose_by_astm_e691() -> None:
    """Printed, material A: mean 41.518, s_x 0.6061, s_r 1.063, s_R 1.063, r, R 2.98; h 2.15, k 2.06 at 0.5 %."""
    got = asked("precision", unit="mg/dl", standard="ASTM E691", data=labelled(GLUCOSE))
    assert [round(got["mean"], 3), round(got["s_x"], 4), round(got["s_r"], 3), round(got["s_R"], 3)] == [
        41.518, 0.6061, 1.063, 1.063]  # fmt: skip
    assert [round(got[key], 2) for key in ("r_limit", "R_limit", "h_crit_0.5", "k_crit_0.5")] == [
        2.98,
        2.98,
        2.15,
        2.06,
    ]
    assert got["standard"] == "ASTM E691" and "s_L" not in got
    assert got["s_x"] == float(repeatability_e691(GLUCOSE).s_x)
    usual = asked("precision", unit="mg/dl", data=labelled(GLUCOSE))
    assert (
        usual["standard"] == "ISO 5725-2" and "s_x" not in usual and usual["r_limit"] == float(repeatability(GLUCOSE).r)
    )
    unequal = labelled([[1.0, 2.0], [1.0, 2.0, 3.0], [2.0, 3.0]])
    assert told("precision", standard="ASTM E691", data=unequal) == [("comparison.precision.unequal", "/input/data")]
    assert told("precision", standard="E691", data=unequal) == [("case.field.wrong", "/input/standard")]


def test_a_laboratory_is_left_out_by_a_person_with_a_reason() -> None:
    rows = [*labelled([[1.0, 1.1], [1.2, 1.1], [0.9, 1.0], [1.1, 1.0], [1.0, 1.2]]), {"lab": 6, "values": [1.1, 3.9]}]
    signed = {"lab": 6, "test": "cochran", "kept": False, "person": "demo person", "reason": "demo: a vial was shared"}
    kept = {"lab": "1", "test": "technical", "kept": True}
    got = asked("precision", data=rows, decisions=[signed, kept])
    x = np.array([row["values"] for row in rows])
    whole = repeatability(x[:5])
    assert got["s_r"] == pytest.approx(float(whole.s_r)) and got["laboratories"] == 5 and got["left_out"] == ["6"]
    # by hand: Σ of half squared differences 0.005·(1 + 1 + 1 + 1 + 4)/5
    assert got["s_r"] == pytest.approx(math.sqrt(0.005 * 8 / 5))
    first, second = got["decisions"]
    assert (first["person"], first["reason"], first["kept"], first["state"]) == (
        "demo person", "demo: a vial was shared", False, "outlier")  # fmt: skip
    assert first["statistic"] == pytest.approx(3.92 / 3.96) and second["statistic"] is None and second["kept"]
    assert got["h"][5] is None and not [p for p in got["proposals"] if p["lab"] == "6"]
    decision = OutlierDecision("6", "", "cochran", None, None, "correct", False, "p", "r")
    assert float(repeatability(x, None, [decision], Names(tuple("123456"))).s_R) == got["s_R"]
    open_ones = asked("precision", data=rows, decisions=[{**signed, "kept": True}])["proposals"]
    assert {(p["lab"], p["test"]): p["decided"] for p in open_ones} == {
        ("6", "cochran"): True,
        ("6", "grubbs_high"): False,
    }


@pytest.mark.parametrize("changes", [{"person": " "}, {"reason": ""}, {"person": None}])
def test_nobody_is_left_out_silently(changes: dict[str, Any]) -> None:
    row = {"lab": "2", "test": "technical", "kept": False, "person": "demo", "reason": "demo", **changes}
    found = told("precision", data=labelled(GLUCOSE), decisions=[row])
    assert found == [("comparison.decision.unsigned", "/input/decisions/0")]


def test_wrong_decisions() -> None:
    rows = [{"lab": "Z", "test": "t", "kept": 1, "person": 3, "reason": "r"}, {"kept": True}, 7]
    found = [where for _, where in told("precision", data=labelled(GLUCOSE), decisions=rows)]
    assert found == [
        f"/input/decisions/{at}" for at in ("2", "0/lab", "0/test", "0/kept", "0/person", "1/lab", "1/test")
    ]
    assert told("precision", data=labelled(GLUCOSE), decisions={"lab": 1}) == [("case.field.wrong", "/input/decisions")]
    out = [{"lab": str(i), "test": "technical", "kept": False, "person": "p", "reason": "r"} for i in range(1, 8)]
    assert told("precision", data=labelled(GLUCOSE), decisions=out) == [("comparison.precision.few", "/input/data")]


# ---------------------------------------------------------------- key comparison


def test_each_laboratory_against_the_reference_without_it() -> None:
    """By hand for the weighted mean of three: without the third 10.072, u 0.24; u²(d) = 0.24² + 0.5²."""
    rows = [{"lab": a, "value": x, "u": u} for a, x, u in zip("ABC", (10.0, 10.2, 10.7), (0.3, 0.4, 0.5), strict=True)]
    got = asked("key_comparison", methods=["weighted_mean"], leave_one_out=True, data=rows)["weighted_mean"][
        "leave_one_out"
    ]
    assert (
        got["labs"] == ["A", "B", "C"]
        and got["value"][2] == pytest.approx(10.072)
        and got["u"][2] == pytest.approx(0.24)
    )
    assert got["d"][2] == pytest.approx(0.628) and got["U"][2] == pytest.approx(2.0 * math.hypot(0.24, 0.5))


def test_references_without_each_are_those_of_the_function() -> None:
    data = [*GAUGE[:5], {**GAUGE[5], "in_kcrv": False}, *GAUGE[6:], {"lab": "no u", "value": 3.0, "in_kcrv": False}]
    methods = ["consistency", "mandel_paule", "reml"]
    got = asked("key_comparison", methods=methods, leave_one_out=methods[1:], doe_labs=["L6", "no u", "L5"], data=data)
    counted = np.arange(9) != 5
    for method in ("mandel_paule", "reml"):
        want, found = leave_one_out(Results.of(X, U, contributing=counted), method), got[method]["leave_one_out"]
        assert found["labs"] == ["L6", "no u", "L5"]
        for key, column in (("value", want.value), ("u", want.u), ("shift", want.shift), ("d", want.equivalence.d),
                            ("U", want.equivalence.U)):  # fmt: skip
            assert found[key] == [pytest.approx(column[6]), None, pytest.approx(column[5])], key
    first = asked("key_comparison", methods=["consistency", "mandel_paule", "reml"], leave_one_out=True, data=GAUGE)
    assert "leave_one_out" in first["mandel_paule"] and "leave_one_out" not in first["reml"]
    few = asked("key_comparison", methods=["reml"], leave_one_out=True, data=GAUGE[:2])
    assert "leave_one_out" not in few["reml"] and "comparison.results.few" in [code for code, _ in codes(few)]


def test_correlated_results_without_each() -> None:
    """GLS with r(A, B) = 0.5: without A the reference is B and C alone; u²(d_A) = u²(A) + u²(ref) − 2·w_B·u(A, B)."""
    rows = [{"lab": a, "value": x, "u": 1.0} for a, x in zip("ABC", (1.0, 2.0, 4.0), strict=True)]
    r, method = [{"a": "A", "b": "B", "r": 0.5}], "generalised_least_squares"
    found = asked("key_comparison", methods=[method], leave_one_out=True, data=rows, correlations=r)
    got = found[method]["leave_one_out"]
    assert got["value"][0] == pytest.approx(3.0) and got["d"][0] == pytest.approx(-2.0)
    assert got["U"][0] == pytest.approx(2.0 * math.sqrt(1.0 + 0.5 - 2.0 * 0.5 * 0.5))


@pytest.mark.parametrize("rule", ["reml", "mandel_paule", "dersimonian_laird"])
def test_hartung_knapp_by_a_rule(rule: Any) -> None:
    got = asked("key_comparison", methods=["hartung_knapp", "hartung_knapp_modified"], between=rule, data=GAUGE)
    for name in ("hartung_knapp", "hartung_knapp_modified"):
        want = hartung_knapp(X, U, modified=name.endswith("modified"), between=rule)
        assert (got[name]["value"], got[name]["u"], got[name]["tau"]) == (
            float(want.value),
            float(want.u),
            float(want.tau),
        )
    taus = {"dersimonian_laird": 11.3, "mandel_paule": 9.4}  # printed for this block of 1 mm
    assert rule not in taus or got["hartung_knapp"]["tau"] == pytest.approx(taus[rule], abs=0.05)


def test_wrong_options_of_a_key_comparison() -> None:
    def places(**changes: Any) -> list[str]:
        return [
            where for _, where in told("key_comparison", **{"methods": ["weighted_mean"], "data": GAUGE, **changes})
        ]

    assert places(leave_one_out=1, between=["reml"]) == ["/input/leave_one_out", "/input/between"]
    assert places(leave_one_out=["weighted_mean", "reml", {}]) == ["/input/leave_one_out/1", "/input/leave_one_out/2"]
    assert places(leave_one_out=[]) == ["/input/leave_one_out"]
    unused = asked("key_comparison", methods=["weighted_mean"], between="reml", data=GAUGE)
    assert ("comparison.case.between_unused", "/input/between") in codes(unused)
    assert unused["weighted_mean"]["value"] == float(weighted_mean(X, U).value)


# ---------------------------------------------------------------- whatever stands in them


FURTHER: dict[str, dict[str, Any]] = {
    **{kind: data_of(kind) for kind in ("stability", "assigned_value", "within_laboratory", "multi_round")},
    "proficiency": {"methods": ["Q_method", "density"], "bandwidth": 0.5, "data": [{"lab": "A", "values": [1.0, 2.0]},
                    {"lab": "B", "value": 1.5}, {"lab": "C", "value": 1.7}]},
    "precision": {"standard": "ASTM E691", "data": labelled(GLUCOSE), "decisions": [
        {"lab": "2", "test": "cochran", "kept": False, "person": "demo", "reason": "demo"}]},
    "key_comparison": {"methods": ["hartung_knapp", "median"], "leave_one_out": ["median", "hartung_knapp"],
                       "between": "reml", "data": GAUGE},
}  # fmt: skip


@pytest.mark.parametrize("kind", list(FURTHER))
def test_whatever_stands_in_a_further_case_is_answered_or_refused(kind: str) -> None:
    rng = np.random.default_rng(23)
    refused = 0
    for _ in range(100):
        case = spoiled(rng, FURTHER[kind])
        try:
            got = answer({"kind": kind, "input": case})
        except Refused as found:
            refused += 1
            assert all(sentences(f, "en")["what"] for f in found.findings)
            continue
        json.dumps(got, allow_nan=False)
        shown(kind, case, got)
    assert 10 < refused < 100


@pytest.mark.parametrize("kind", list(FURTHER))
def test_people_read_it_in_words(kind: str) -> None:
    """No key of the table of terms is left bare, and the marks of what is beyond a limit stand there."""
    text = shown(kind, FURTHER[kind], asked(kind, **FURTHER[kind]))
    bare = (
        "compare.",
        "precision.",
        "statistic.",
        "density.",
        "stability.",
        "assigned.",
        "within.",
        "rounds.",
        "kind.",
    )
    assert not [word for word in bare if word in text]
    marks = {
        "precision": "✗",
        "within_laboratory": "!",
        "multi_round": "!",
        "stability": "✓",
        "key_comparison": "! > 1",
    }
    assert marks.get(kind, "") in text


def test_the_document_names_the_further_fields_and_answers() -> None:
    text = DOCS.read_text("utf-8")
    names = {f for body in FURTHER.values() for f in body if f != "unit"} | {
        "differences",
        "heterogeneity_in_sigma",
        "left_out",
    }
    for kind in ("stability", "assigned_value", "within_laboratory", "multi_round"):
        names |= set(asked(kind, **data_of(kind)))
    assert not [name for name in sorted(names) if f"`{name}`" not in text]
