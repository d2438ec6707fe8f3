"""Consensus values, degrees of equivalence and scores of published comparisons, read where the cases lie."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suyuan.comparison import consensus
from suyuan.comparison.equivalence import Equivalence, degrees_of_equivalence, pairwise
from suyuan.comparison.methods import Results, estimate
from suyuan.comparison.proficiency import scores
from suyuan.comparison.proficiency.robust import algorithm_a

Case = dict[str, Any]


@pytest.fixture(scope="module")
def cases(reference: Path) -> list[Case]:
    path = reference / "comparison.json"
    if not path.is_file():
        pytest.skip(f"no published comparisons at {path}")
    return list(json.loads(path.read_text("utf-8")))


def tolerance(case: Case, method: str, term: str) -> dict[str, Any]:
    given = case["tolerance"]
    return next((given[key] for key in (f"{method}.{term}", method, term, "*") if key in given), {"rel": 0.0})


def agrees(case: Case, method: str, term: str, got: Any, expected: Any) -> None:
    allowed, want = tolerance(case, method, term), np.asarray(expected, float)
    limit = allowed["abs"] if "abs" in allowed else np.where(want == 0.0, 1.0, np.abs(want)) * allowed["rel"]
    miss = np.abs(np.asarray(got) - want)
    assert np.shape(got) == want.shape
    assert np.all(miss <= np.asarray(limit) * (1 + 1e-9)), (case["id"], method, term, got, expected)


def read(case: Case) -> Results:
    data = case["input"]["data"]
    labs = tuple(row["lab"] for row in data)
    x, u = (np.array([row[key] for row in data], float) for key in ("value", "u"))
    dof = np.array([row.get("dof") or np.inf for row in data], float)
    return Results(labs, x, u, dof, np.array([row.get("in_kcrv", True) for row in data]))


def correlated(case: Case, results: Results) -> Any:
    matrix = np.diag(results.u**2)
    for row in case["input"].get("correlations", ()):
        a, b = results.labs.index(row["a"]), results.labs.index(row["b"])
        matrix[a, b] = matrix[b, a] = row["r"] * results.u[a] * results.u[b]
    return matrix


def estimated(case: Case, method: str) -> dict[str, Any]:
    """What we say to a method of a key comparison by the keys of the case form."""
    results = read(case)
    shown = [results.labs.index(lab) for lab in case["input"].get("doe_labs", results.labs)]
    if method == "consistency":
        test = consensus.consistency(results.x, results.u, results.contributing)
        share = 100 * test.I2
        return {"chi2": test.chi2, "dof": test.dof, "p": test.p, "birge_ratio": test.birge_ratio, "I2_percent": share}
    if method == "pairwise":
        pairs: Equivalence = pairwise(results.x, results.u, correlated(case, results))
        return {"d": pairs.d, "U": pairs.U}
    if method == "generalised_least_squares":
        results = replace(results, covariance=correlated(case, results))
    found = estimate(method, results)
    doe = degrees_of_equivalence(results.x, results.u, found)
    inside = found.further.get("included", results.contributing)
    return {
        "n": inside.sum(),
        "weights": found.weights[inside],
        "labs": [lab for lab, chosen in zip(results.labs, inside, strict=True) if chosen],
        "d": doe.d[shown],
        "U": doe.U[shown],
        "value": found.value,
        "u": found.u,
        "tau": found.tau,
        "tau2": found.tau**2,
        "lo": found.low,
        "hi": found.high,
        **found.further,
    }


def test_key_comparisons(cases: list[Case]) -> None:
    seen: dict[str, int] = {}
    for case in (c for c in cases if c["kind"] == "key_comparison"):
        for method, expected in case["expected"].items():
            got = estimated(case, method)
            seen[method] = seen.get(method, 0) + 1
            for term, want in expected.items():
                if term == "labs":
                    assert got[term] == want, (case["id"], method)
                else:
                    agrees(case, method, term, got[term], want)
    assert {m for c in cases if c["kind"] == "key_comparison" for m in c["expected"]} == set(seen)
    assert seen["power_moderated_mean"] >= 12 and len(seen) >= 17
    assert min(seen[m] for m in ("weighted_mean", "dersimonian_laird", "mandel_paule", "reml", "consistency")) >= 6


def test_robust_mean_of_proficiency_tests(cases: list[Case]) -> None:
    seen = 0
    for case in (c for c in cases if c["kind"] == "proficiency"):
        x = [row["value"] for row in case["input"]["data"]]
        for method, constants in (("algorithm_A", "exact"), ("algorithm_A_iso", "printed")):
            if method in case["expected"]:
                found = algorithm_a(x, constants)  # type: ignore[arg-type]
                got = {"value": found.value, "s": found.s, "u": found.u, "z": scores.z(x, found.value, found.s)}
                for term, want in case["expected"][method].items():
                    seen += 1
                    agrees(case, method, term, got[term], want)
    assert seen > 20


def test_scores(cases: list[Case]) -> None:
    for case in (c for c in cases if c["kind"] == "scores"):
        given, data = case["input"], case["input"]["data"]
        x, u, U = (np.array([row[key] for row in data]) for key in ("value", "u", "U"))
        value, sigma = given["assigned"]["value"], given["sigma_pt"]
        u_assigned = given["assigned"]["U"] / given["assigned"]["k"]
        got = {
            "z": scores.z(x, value, sigma),
            "z_prime": scores.z(x, value, sigma, u_assigned),
            "zeta": scores.zeta(x, u, value, u_assigned),
            "En": scores.en(x, U, value, given["assigned"]["U"]),
            "D_percent": scores.percent_difference(x, value),
        }
        assert set(case["expected"]) == set(got)
        for term, want in case["expected"].items():
            agrees(case, term, term, got[term], want)
