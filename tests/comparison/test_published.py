"""Consensus values, degrees of equivalence and scores of published comparisons, read where the cases lie."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suyuan.comparison import consensus
from suyuan.comparison.equivalence import Equivalence, degrees_of_equivalence, pairwise
from suyuan.comparison.proficiency import scores
from suyuan.comparison.proficiency.robust import algorithm_a
from suyuan.comparison.results import Consensus

Case = dict[str, Any]
ESTIMATORS: dict[str, Callable[..., Consensus]] = {
    "weighted_mean": consensus.weighted_mean,
    "dersimonian_laird": consensus.dersimonian_laird,
    "mandel_paule": consensus.mandel_paule,
    "power_moderated_mean": consensus.power_moderated_mean,
}


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


def doe(reference: Consensus, x: Any, u: Any, rows: list[int]) -> dict[str, Any]:
    found = degrees_of_equivalence(x, u, reference)
    return {"d": found.d[rows], "U": found.U[rows]}


def estimated(case: Case, method: str) -> dict[str, Any] | None:
    """What we say to a method of a key comparison by the keys of the case form, None where we do not have it."""
    data = case["input"]["data"]
    labs = [row["lab"] for row in data]
    x, u = (np.array([row[key] for row in data], float) for key in ("value", "u"))
    inside = np.array([row.get("in_kcrv", True) for row in data])
    rows = [labs.index(lab) for lab in case["input"].get("doe_labs", labs)]
    if method in ESTIMATORS:
        found = ESTIMATORS[method](x, u, inside)
        n, tau = int(inside.sum()), found.tau
        extra = {"tau": tau, "tau2": tau**2, "s_added": tau, "alpha": 2.0 - 3.0 / n, "weights": found.weights[inside]}
        return {"value": found.value, "u": found.u, **extra, **doe(found, x, u, rows)}
    if method == "arithmetic_mean":
        return {"value": consensus.arithmetic_mean(x, u, inside).value, "n": inside.sum()}
    if method == "median":
        return {"value": consensus.median(x, u, inside).value}
    if method == "consistency":
        test = consensus.consistency(x, u, inside)
        share = 100 * test.I2
        return {"chi2": test.chi2, "dof": test.dof, "p": test.p, "birge_ratio": test.birge_ratio, "I2_percent": share}
    matrix = np.diag(u**2)
    for row in case["input"].get("correlations", ()):
        a, b = labs.index(row["a"]), labs.index(row["b"])
        matrix[a, b] = matrix[b, a] = row["r"] * u[a] * u[b]
    if method == "generalised_least_squares":
        found, test = consensus.generalised_least_squares(x, matrix, inside)
        return {"value": found.value, "u": found.u, "chi2": test.chi2, **doe(found, x, u, rows)}
    if method == "pairwise":
        pairs: Equivalence = pairwise(x, u, matrix)
        return {"d": pairs.d, "U": pairs.U}
    return None


def test_key_comparisons(cases: list[Case]) -> None:
    seen: dict[str, int] = {}
    for case in (c for c in cases if c["kind"] == "key_comparison"):
        for method, expected in case["expected"].items():
            got = estimated(case, method)
            if got is not None:
                seen[method] = seen.get(method, 0) + 1
                for term, want in expected.items():
                    agrees(case, method, term, got[term], want)
    assert seen["power_moderated_mean"] >= 12
    assert min(seen[m] for m in ("weighted_mean", "dersimonian_laird", "mandel_paule", "consistency", "median")) >= 6
    assert seen["generalised_least_squares"] and seen["pairwise"] and seen["arithmetic_mean"]


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
