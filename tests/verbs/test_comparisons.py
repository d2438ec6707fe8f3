"""Comparison cases: every documented key, wrong fields with their places, one method that fails beside others."""

from __future__ import annotations

import json
import math
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.finding import Refused, finding_table, sentences
from suyuan.verbs.cases import answer
from suyuan.verbs.comparison.cases import CHOICES

X, U = [15, 15, 30, 18, 24, -9, 33, 12.5, 8.8], [9, 14, 10, 13, 9, 7, 9, 8.6, 10]
ROWS = [{"lab": f"L{i}", "value": x, "u": u} for i, (x, u) in enumerate(zip(X, U, strict=True))]
DOCS = Path(__file__).parents[2] / "docs" / "case.md"


def asked(kind: str, **body: Any) -> dict[str, Any]:
    got = answer({"kind": kind, "input": {"unit": "nm", **body}})
    json.dumps(got, allow_nan=False)
    return got


def compare(**body: Any) -> dict[str, Any]:
    return asked("key_comparison", **{"data": ROWS, "methods": ["weighted_mean"], **body})


def told(kind: str, **body: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        asked(kind, **body)
    for item in refused.value.findings:
        assert item.code in finding_table()
        assert all("?" not in "".join(sentences(item, language).values()) for language in ("zh", "en"))
    return [(f.code, f.where) for f in refused.value.findings]


def codes(got: dict[str, Any]) -> list[str]:
    return [f["code"] for f in got["findings"]]


# ---------------------------------------------------------------- key comparison


@pytest.mark.parametrize(
    "method", [m for m in CHOICES if m not in ("consistency", "pairwise", "hierarchical_bayes_dof")]
)
def test_every_method_gives_degrees_of_equivalence_for_all(method: str) -> None:
    """Also for a laboratory that does not contribute: U² = 4(u² + u²(ref)); Σ weights = 1."""
    data = [*ROWS[:5], {**ROWS[5], "in_kcrv": False}, *ROWS[6:]]
    got = compare(data=data, methods=[method], trials=20_000)[method]
    assert got["d"] == pytest.approx([x - got["value"] for x in X])
    assert got["U"][5] == pytest.approx(2.0 * math.hypot(7.0, got["u"]), rel=1e-9)
    assert len(got["weights"]) == got["n"] == 8 and sum(got["weights"]) == pytest.approx(1.0, abs=1e-6)
    assert len(got["U"]) == 9 and all(v > 0.0 for v in got["U"])


@pytest.mark.parametrize(
    "method", ["weighted_mean", "dersimonian_laird", "mandel_paule", "power_moderated_mean", "reml"]
)
def test_u_of_a_contributor_by_definition(method: str) -> None:
    got = compare(methods=[method])[method]
    w, u = np.array(got["weights"]), np.array(U, float)
    assert got["U"] == pytest.approx(2.0 * np.sqrt((1.0 - 2.0 * w) * u**2 + got["u"] ** 2), rel=1e-9)


def test_least_squares_with_correlated_laboratories_by_matrices() -> None:
    """With r between a contributor and one that is left out: u²(d) = u² + u²(ref) − 2 cov, cov from the weights."""
    correlations = [{"a": "L0", "b": "L1", "r": 0.4}, {"a": "L2", "b": "L5", "r": 0.5}]
    data = [{**row, "in_kcrv": row["lab"] != "L5"} for row in ROWS]
    got = compare(data=data, correlations=correlations, methods=["generalised_least_squares", "pairwise"])
    u = np.array(U, float)
    V = np.diag(u**2)
    V[0, 1] = V[1, 0] = 0.4 * u[0] * u[1]
    V[2, 5] = V[5, 2] = 0.5 * u[2] * u[5]
    chosen = np.arange(9) != 5
    inverse = np.linalg.inv(V[np.ix_(chosen, chosen)])
    w = np.zeros(9)
    w[chosen] = inverse.sum(axis=0) / inverse.sum()
    value, variance = w @ np.array(X, float), w @ V @ w
    gls = got["generalised_least_squares"]
    assert gls["value"] == pytest.approx(value) and gls["u"] == pytest.approx(math.sqrt(variance))
    assert gls["U"] == pytest.approx(2.0 * np.sqrt(u**2 + variance - 2.0 * V @ w), rel=1e-9)
    assert gls["weights"] == pytest.approx(w[chosen])
    expected = 2.0 * np.sqrt(np.add.outer(u**2, u**2) - 2.0 * V)
    np.fill_diagonal(expected, 0.0)
    assert np.array(got["pairwise"]["U"]) == pytest.approx(expected)
    d = np.array(got["pairwise"]["d"])
    assert np.array_equal(d, -d.T)


def test_pairs_and_laboratories_are_listed_in_the_order_asked_for() -> None:
    got = compare(methods=["weighted_mean", "pairwise"], doe_labs=["L6", "L0"], pairs=[["L5", "L0"], ["L0", "L5"]])
    value = got["weighted_mean"]["value"]
    assert got["weighted_mean"]["d"] == pytest.approx([33 - value, 15 - value])
    assert got["pairwise"]["d"] == [-24.0, 24.0]
    assert got["pairwise"]["U"] == pytest.approx([2.0 * math.hypot(7, 9)] * 2)
    assert compare(doe_labs=[])["weighted_mean"]["d"] == []


def test_labels_that_are_numbers_stay_numbers() -> None:
    data = [{**row, "lab": i} for i, row in enumerate(ROWS)]
    got = compare(data=data, methods=["largest_consistent_subset"], doe_labs=[5])["largest_consistent_subset"]
    assert got["labs"] == [0, 1, 2, 3, 4, 6, 7, 8] and len(got["d"]) == 1
    rows = [{"lab": i, "x": float(i), "y": y} for i, y in enumerate((0.1, 1.1, 2.0, 6.0))]
    assert asked("youden", data=rows)["suspect_lab"] == 3


def test_one_method_that_cannot_be_had_leaves_the_others() -> None:
    got = compare(data=[{**ROWS[0]}], methods=["weighted_mean", "dersimonian_laird"])
    assert got["weighted_mean"]["value"] == 15.0 and "dersimonian_laird" not in got
    failed = [f for f in got["findings"] if f["severity"] == "error"]
    assert [(f["code"], f["where"]) for f in failed] == [("comparison.results.few", "/input/methods/1")]
    assert "dersimonian_laird" in failed[0]["en"]["what"]
    assert told("key_comparison", data=[ROWS[0]], methods=["reml"]) == [("comparison.results.few", "/input/methods/0")]


def test_all_methods_that_apply_where_none_is_named() -> None:
    got = asked("key_comparison", data=ROWS, trials=10_000)
    assert set(CHOICES) - set(got) == {"hierarchical_bayes_dof", "generalised_least_squares"}
    assert not [f for f in got["findings"] if f["severity"] == "error"]
    assert got["advice"]["tests"][0]["name"] == "homogeneity"
    assert got["advice"]["tests"][0]["p"] == pytest.approx(got["consistency"]["p"])
    assert all(row["method"] in CHOICES and row["reasons"] for row in got["advice"]["suggestions"])
    assert "advice" not in compare()
    with_more = asked("key_comparison", data=[{**row, "dof": 5} for row in ROWS], trials=10_000,
                      correlations=[{"a": "L0", "b": "L1", "r": 0.1}])  # fmt: skip
    assert set(CHOICES) <= set(with_more) and "comparison.case.correlations_unused" in codes(with_more)


def test_an_uncertainty_that_is_not_stated_is_not_nil() -> None:
    data = [{**ROWS[0], "u": None}, *ROWS[1:]]
    got = compare(data=data, methods=["arithmetic_mean", "median", "weighted_mean"])
    assert got["arithmetic_mean"]["value"] == pytest.approx(np.mean(X)) and got["arithmetic_mean"]["u"] is None
    assert "weighted_mean" not in got and got["median"]["U"][0] is None
    failed = next(f for f in got["findings"] if f["code"] == "comparison.case.u_missing")
    assert failed["severity"] == "error" and "L0" in failed["zh"]["what"]
    left_out = compare(data=[{**data[0], "in_kcrv": False}, *ROWS[1:]])["weighted_mean"]
    assert left_out["U"][0] is None and left_out["d"][0] == pytest.approx(15 - left_out["value"]) and left_out["n"] == 8


def test_rows_in_other_units_are_converted_or_refused() -> None:
    data = [{**ROWS[0], "value": 0.015, "u": 0.009, "unit": "µm"}, *ROWS[1:]]
    one, other = compare(data=data)["weighted_mean"], compare()["weighted_mean"]
    assert all(one[key] == pytest.approx(other[key]) for key in other)
    mixed = [{**ROWS[0], "unit": "kg"}, {**ROWS[1], "unit": "furlong per week"}, *ROWS[2:]]
    found = told("key_comparison", data=mixed, methods=["weighted_mean"])
    assert found[0] == ("comparison.case.unit", "/input/data/0/unit") and found[1][1] == "/input/data/1/unit"


WRONG: list[tuple[dict[str, Any], list[str]]] = [
    ({"data": []}, ["/input/data"]),
    ({"data": {"lab": 1}}, ["/input/data"]),
    ({"data": [{**ROWS[0], "u": 0}, {**ROWS[1], "u": -1}, {**ROWS[2], "u": "9"}]},
     [f"/input/data/{i}/u" for i in range(3)]),
    ({"data": [{"lab": "A", "u": 1}, {"lab": "B", "value": math.nan, "u": 1}, {"value": 1, "u": 1}, 7]},
     ["/input/data/3", "/input/data/2/lab", "/input/data/0/value", "/input/data/1/value"]),
    ({"data": [{**ROWS[0], "in_kcrv": "no"}, {**ROWS[1], "dof": 0}]}, ["/input/data/1/dof", "/input/data/0/in_kcrv"]),
    ({"data": [ROWS[0], ROWS[0], ROWS[1]]}, ["/input/data/1/lab"]),
    ({"methods": ["weighted mean"]}, ["/input/methods/0"]),
    ({"methods": []}, ["/input/methods"]),
    ({"correlations": [{"a": "L0", "b": "Z", "r": 0.1}]}, ["/input/correlations/0/b"]),
    ({"correlations": [{"a": "L0", "b": "L0", "r": 0.1}]}, ["/input/correlations/0"]),
    ({"correlations": [{"a": "L0", "b": "L1", "r": 1.5}]}, ["/input/correlations/0"]),
    ({"correlations": [{"a": "L0", "b": "L1"}]}, ["/input/correlations/0/r"]),
    ({"correlations": [{"a": "L0", "b": "L1", "r": 0.1}, {"a": "L1", "b": "L0", "r": 0.2}]}, ["/input/correlations/1"]),
    ({"correlations": [{"a": "L0", "b": "L1", "r": 0.9}, {"a": "L1", "b": "L2", "r": 0.9},
                       {"a": "L0", "b": "L2", "r": -0.9}]}, ["/input/correlations"] * 2),
    ({"doe_labs": ["L0", "Z"]}, ["/input/doe_labs/1"]),
    ({"doe_labs": "L0"}, ["/input/doe_labs"]),
    ({"pairs": [["L0"], ["L0", "Z"]]}, ["/input/pairs/0", "/input/pairs/1/1"]),
    ({"trials": 3}, ["/input/trials"]),
    ({"unit": 3}, ["/input/unit"]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "places"), WRONG)
def test_wrong_fields(changes: dict[str, Any], places: list[str]) -> None:
    found = told("key_comparison", **{"data": ROWS, "methods": ["weighted_mean"], **changes})
    assert [where for _, where in found] == places


def test_a_field_that_is_not_known_is_told() -> None:
    got = compare(data=[{**ROWS[0], "in_kcvr": False}, *ROWS[1:]], confidence=0.9)
    assert [f["where"] for f in got["findings"] if f["code"] == "case.field.unknown"] == [
        "/input/confidence", "/input/data/0/in_kcvr"
    ]  # fmt: skip


FAST = ["weighted_mean", "dersimonian_laird", "mandel_paule", "power_moderated_mean", "hartung_knapp", "linear_pool"]


@settings(deadline=None, max_examples=50)
@given(st.permutations(range(9)), st.floats(-1e5, 1e5), st.sampled_from([0.001, 1.0, 1000.0]))
def test_shift_scale_and_order(order: list[int], shift: float, scale: float) -> None:
    one = compare(methods=FAST)
    data = [{**ROWS[i], "value": shift + scale * X[i], "u": scale * U[i]} for i in order]
    other = compare(data=data, methods=FAST)
    for method in FAST:
        a, b = one[method], other[method]
        close = 1e-6 + 1e-9 * abs(shift) / scale
        assert (b["value"] - shift) / scale == pytest.approx(a["value"], abs=close)
        assert b["u"] / scale == pytest.approx(a["u"], rel=1e-6, abs=close)
        assert [x / scale for x in b["d"]] == pytest.approx([a["d"][i] for i in order], abs=10 * close)
        assert [x / scale for x in b["U"]] == pytest.approx([a["U"][i] for i in order], rel=1e-5, abs=close)


# ---------------------------------------------------------------- statistics


def test_robust_statistics_of_ties() -> None:
    data = [{"lab": str(i), "value": v} for i, v in enumerate([5.0, 5.0, 5.0, 5.0, 6.0])]
    got = asked("proficiency", data=data, methods=["classical", "MADe", "algorithm_A"])
    assert got["classical"]["mean"] == pytest.approx(5.2) and got["MADe"]["s"] == 0.0 and "algorithm_A" not in got
    assert ("comparison.robust.ties", "/input/methods/2") in [(f["code"], f["where"]) for f in got["findings"]]
    assert told("proficiency", data=data, methods=["z"]) == [("case.field.wrong", "/input/methods/0")]


def test_precision_of_unequal_numbers_and_what_few_laboratories_do_not_allow() -> None:
    rows = [[1.0, 1.2, 1.1], [2.0, 2.2], [1.5, 1.9], [1.4]]
    data = [{"lab": str(i), "values": row} for i, row in enumerate(rows)]
    got = asked("precision", data=data)
    within = sum(np.var(row, ddof=1) * (len(row) - 1) for row in rows if len(row) > 1)
    assert got["s_r"] == pytest.approx(math.sqrt(within / 4)) and got["mean"] == pytest.approx(
        np.mean(np.concatenate(rows))
    )
    assert got["results"] == 8 and len(got["h"]) == 4 and got["k"][3] is None
    two = asked("precision", data=data[:2])
    assert "h" not in two and two["s_r"] > 0.0 and "comparison.results.few" in codes(two)
    assert told("precision", data=[{"lab": "A", "values": [1.0]}, {"lab": "B", "values": [2.0]}])[0][1] == "/input/data"
    assert told("precision", data=[{"lab": "A", "values": [1, "2"]}, {"lab": "B", "values": []}]) == [
        ("case.field.wrong", "/input/data/0/values/1"), ("case.field.wrong", "/input/data/1/values")
    ]  # fmt: skip


def test_an_outlier_is_proposed_and_never_dropped() -> None:
    rows = [[1.0, 1.1], [1.2, 1.1], [0.9, 1.0], [1.1, 1.0], [1.0, 1.2], [1.1, 3.9]]
    got = asked("precision", data=[{"lab": f"L{i}", "values": row} for i, row in enumerate(rows)])
    assert {(p["lab"], p["test"], p["state"]) for p in got["proposals"]} == {
        ("L5", "cochran", "outlier"), ("L5", "grubbs_high", "outlier")
    }  # fmt: skip
    assert got["laboratories"] == 6


def test_homogeneity_needs_as_many_replicates_of_each_item() -> None:
    data = [
        {"item": 1, "values": [1.0, 1.1]},
        {"item": 2, "values": [1.0, 1.1, 1.2]},
        {"item": 3, "values": [1.0, 1.2]},
    ]
    assert told("homogeneity", sigma_pt=0.1, data=data) == [("case.field.wrong", "/input/data/1/values")]
    assert told("homogeneity", data=data[:1]) == [
        ("case.field.missing", "/input/sigma_pt"), ("case.field.wrong", "/input/data")
    ]  # fmt: skip
    bad = [{"item": i, "values": [float(i), i + 0.01]} for i in range(10)]
    got = asked("homogeneity", sigma_pt=0.1, data=bad)
    assert not got["passes"] and not got["passes_expanded"] and "comparison.homogeneity.fails" in codes(got)


def test_scores_of_what_is_stated() -> None:
    data = [
        {"lab": "A", "value": 3.13, "U": 0.12, "k": 2},
        {"lab": "B", "value": 3.0, "u": 0.05},
        {"lab": "C", "value": 2.9},
    ]
    assigned = {"value": 2.99, "U": 0.06, "k": 2}
    got = asked("scores", sigma_pt=0.1, assigned=assigned, data=data)
    assert got["zeta"] == [
        pytest.approx(0.14 / math.hypot(0.06, 0.03)),
        pytest.approx(0.01 / math.hypot(0.05, 0.03)),
        None,
    ]
    assert got["En"] == [pytest.approx(0.14 / math.hypot(0.12, 0.06)), None, None]
    assert got["z"] == pytest.approx([1.4, 0.1, -0.9]) and "comparison.case.score_without_u" in codes(got)
    without = asked("scores", assigned={"value": 0.0, "u": 0.1}, data=data)
    assert "z" not in without and without["D_percent"] == [None] * 3
    assert {"comparison.case.sigma_missing", "comparison.score.near_zero"} <= set(codes(without))
    assert told("scores", sigma_pt=0.0, assigned={"value": 1.0}, data=data) == [
        ("case.field.wrong", "/input/sigma_pt"), ("case.field.missing", "/input/assigned/U")
    ]  # fmt: skip


def test_youden_of_equal_results() -> None:
    data = [{"lab": lab, "x": 1.0, "y": y} for lab, y in zip("ABC", (1.0, 2.0, 4.0), strict=True)]
    got = asked("youden", data=data)
    assert got["pearson_r"] is None and got["suspect_lab"] == "C" and "comparison.case.no_correlation" in codes(got)
    line = asked("youden", data=[{"lab": str(i), "x": i, "y": i + 1.0} for i in range(5)])
    assert (
        line["pearson_r"] == pytest.approx(1.0) and line["spearman_r"] == pytest.approx(1.0) and "ellipse" not in line
    )


# ---------------------------------------------------------------- drift and linking

PILOT = [{"t": t, "value": v} for t, v in ((0, 10.0002), (30, 10.0011), (61, 10.0019), (92, 10.0031))]
VISITS = [{"lab": "A", "t": 10, "value": 10.0013, "u": 0.0008}, {"lab": "B", "t": 120, "value": 10.0001, "u": 0.001}]


@pytest.mark.parametrize("model", ["none", "linear", "polynomial", "random_walk"])
def test_every_model_of_drift(model: str) -> None:
    got = asked("drift", model=model, degree=2, pilot=PILOT, u_pilot=0.0005, participants=VISITS)
    assert got["d"] == pytest.approx([10.0013 - got["reference"][0], 10.0001 - got["reference"][1]])
    u = np.hypot([0.0008, 0.001], got["u_reference"])
    assert got["U"] == pytest.approx(2.0 * u) and got["En"] == pytest.approx(np.array(got["d"]) / (2.0 * u))
    r = got["correlation_d"]
    assert r[0][0] == pytest.approx(1.0) and r[0][1] > 0.0
    outside = next(f for f in got["findings"] if f["code"] == "comparison.drift.outside")
    assert outside["where"] == "/input/participants/1/t"
    other = asked("drift", model=model, degree=2, pilot=PILOT, u_pilot=5.0, participants=VISITS)
    assert np.array(got["covariance_at_date"]) == pytest.approx(np.array(other["covariance_at_date"]), rel=1e-9)
    assert got["value_at_date"] == pytest.approx(other["value_at_date"])


def test_wrong_drift() -> None:
    base: dict[str, Any] = {"pilot": PILOT, "u_pilot": 0.0005, "participants": VISITS}
    assert told("drift", **{**base, "model": "cubic"}) == [("case.field.wrong", "/input/model")]
    assert told("drift", **{**base, "pilot": PILOT[:2]}) == [("comparison.drift.few", "/input/pilot")]
    assert told("drift", **{**base, "pilot": [{**PILOT[0], "u": 0.1}, *PILOT[1:]]}) == [
        ("comparison.case.repeat_some", "/input/pilot")
    ]
    assert told("drift", **{**base, "model": "random_walk", "walk": 0.1}) == [
        ("comparison.drift.walk_alone", "/input/walk")
    ]
    assert told("drift", participants=[{"lab": "A", "t": 1, "value": 2}]) == [
        ("case.field.missing", "/input/u_pilot"), ("case.field.missing", "/input/pilot"),
        ("case.field.missing", "/input/participants/0/u"),
    ]  # fmt: skip


LINKS = [{"lab": "L1", "d_cipm": 0.12, "u_cipm": 0.08, "y_rmo": 0.30, "u_rmo": 0.09, "r": 0.3},
         {"lab": "L2", "d_cipm": -0.05, "u_cipm": 0.06, "y_rmo": 0.16, "u_rmo": 0.07}]  # fmt: skip


def test_linked_laboratories_keep_their_degrees_of_equivalence() -> None:
    got = asked("linking", linking=LINKS, rmo_only=[{"lab": "R1", "y_rmo": 0.25, "u": 0.1}])
    pairs = got["pairs"]
    assert pairs["labs"] == ["L1", "L2", "R1"] and pairs["d"][0][1] == pytest.approx(0.17)
    assert pairs["U"][0][1] == pytest.approx(2.0 * math.hypot(0.08, 0.06))
    assert pairs["d"][2][0] == pytest.approx(got["d"][0] - 0.12)
    assert sum(got["weights"]) == pytest.approx(1.0)
    alone = asked("linking", linking=LINKS[:1])
    assert alone["d"] == [] and codes(alone) == ["comparison.link.single"] and "consistency" not in alone


def test_wrong_links() -> None:
    assert told("linking", linking=[{**LINKS[0], "r": 2}]) == [("case.field.wrong", "/input/linking/0/r")]
    assert told("linking", linking=[{**LINKS[0], "u_rmo": 0.08, "r": 1}]) == [
        ("comparison.link.exact", "/input/linking")
    ]
    assert told("linking", rmo_only=[]) == [("case.field.missing", "/input/linking")]


JUNK: list[Any] = [
    None,
    0,
    -1,
    1e308,
    -1e308,
    math.nan,
    math.inf,
    "x",
    "",
    [],
    {},
    True,
    [1],
    {"a": 1},
    10**400,
    1e-320,
]


def spoiled(rng: Any, tree: Any) -> Any:
    """A copy of a document in which one to three values, anywhere, are something else or gone."""
    copy = json.loads(json.dumps(tree))
    for _ in range(rng.integers(1, 4)):
        here, steps = copy, int(rng.integers(1, 4))
        for step in range(steps):
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            key = keys[int(rng.integers(len(keys)))] if keys else None
            inner = None if key is None else here[key]
            if key is None or (step < steps - 1 and isinstance(inner, dict | list) and inner):
                here = here if key is None else inner
                continue
            if rng.random() < 0.2:
                del here[key]
            else:
                here[key] = deepcopy(JUNK[int(rng.integers(len(JUNK)))])
            break
    return copy


@pytest.mark.parametrize("kind", ["key_comparison", "proficiency", "precision", "homogeneity", "scores", "linking",
                                  "drift", "youden"])  # fmt: skip
def test_whatever_stands_in_a_case_is_answered_or_refused(kind: str) -> None:
    from suyuan.cli.comparison_templates import TEMPLATES

    rng = np.random.default_rng(17)
    body = dict(TEMPLATES[kind][1])
    if kind == "key_comparison":
        body |= {"methods": ["generalised_least_squares", "mandel_paule", "median", "largest_consistent_subset",
                             "power_moderated_mean", "pairwise", "consistency"], "doe_labs": ["L1", "L2"],
                 "correlations": [{"a": "L1", "b": "L2", "r": 0.1}], "pairs": [["L1", "L2"]]}  # fmt: skip
    refused = 0
    for _ in range(120):
        case = spoiled(rng, body)
        try:
            json.dumps(answer({"kind": kind, "input": case}), allow_nan=False)
        except Refused as found:
            refused += 1
            assert all(sentences(f, "en")["what"] for f in found.findings)
    assert 20 < refused < 120


def test_the_document_of_cases_names_every_field_and_method() -> None:
    from suyuan.cli.comparison_templates import TEMPLATES
    from suyuan.verbs.comparison import cases as comparisons
    from suyuan.verbs.comparison.statistics import STATISTICS

    text = DOCS.read_text("utf-8")
    names = {*comparisons.FIELDS, *comparisons.ROW, *CHOICES, *STATISTICS, *TEMPLATES, "degree", "walk", "date"}
    fields = {f for _, body in TEMPLATES.values() for f in body}
    rows = {f for _, body in TEMPLATES.values() for v in body.values() if isinstance(v, list) for row in v
            if isinstance(row, dict) for f in row}  # fmt: skip
    assert not [name for name in sorted(names | fields | rows) if f"`{name}`" not in text and f" {name}" not in text]
