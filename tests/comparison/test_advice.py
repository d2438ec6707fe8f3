"""Advice: each question answered yes and no; and each laboratory against a reference that it is not in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from suyuan.comparison.advice import Advice, advise
from suyuan.comparison.leave_one_out import MANY_AT_ONCE, leave_one_out
from suyuan.comparison.methods import METHODS, Results, Settings, estimate
from suyuan.quantity.finding import LANGUAGES, Refused, sentences

SEED = 20260101
X = np.array([15.0, 15.0, 30.0, 18.0, 24.0, -9.0, 33.0, 12.5, 8.8])
U = np.array([9.0, 14.0, 10.0, 13.0, 9.0, 7.0, 9.0, 8.6, 10.0])


def codes(found: Advice, place: int = 0) -> set[str]:
    return {f.code.removeprefix("comparison.advice.") for f in found.suggestions[place].reasons}


def cautions(found: Advice) -> set[str]:
    return {f.code.removeprefix("comparison.advice.") for f in found.cautions}


def test_consistent_results() -> None:
    x = np.array([10.0, 10.2, 9.9, 10.1, 9.8, 10.0, 10.1, 9.95, 10.05])
    found = advise(x, np.full(9, 0.15))
    assert found.suggestions[0].method == "weighted_mean" and codes(found) == {"consistent"}
    assert not found.tests[0].speaks_against and not found.cautions


def test_inconsistent_gaussian_results() -> None:
    found = advise(X, U)
    assert found.tests[0].statistic == pytest.approx(19.46, abs=0.005) and found.tests[0].p == pytest.approx(
        0.0126, abs=5e-5
    )
    assert found.suggestions[0].method == "hierarchical_bayes" and "inconsistent" in codes(found)
    assert advise(X, U, dof=np.full(9, 50.0)).suggestions[0].method == "hierarchical_bayes_dof"


def test_skewed_results() -> None:
    x = np.concatenate([np.linspace(0.0, 1.0, 15), [4.0, 7.0, 11.0, 15.0, 22.0]])
    found = advise(x, np.full(20, 0.3))
    assert found.tests[1].name == "symmetry" and found.tests[1].speaks_against
    assert found.suggestions[0].method == "median_monte_carlo" and "skewed" in codes(found)


def test_heavy_tails() -> None:
    x = np.concatenate([np.linspace(-1.0, 1.0, 16), [-30.0, 30.0]])
    found = advise(x, np.full(18, 0.3))
    assert not found.tests[1].speaks_against and found.tests[2].speaks_against
    assert found.suggestions[0].method == "hierarchical_bayes_laplace" and "tails" in codes(found)


def test_symmetry_has_the_size_that_it_claims() -> None:
    """Of Gaussian samples about one in twenty is called asymmetric."""
    rng = np.random.default_rng(SEED)
    called = [advise(x, np.ones(30)).tests[1].speaks_against for x in rng.normal(0.0, 1.0, (400, 30))]
    assert 0.02 < np.mean(called) < 0.09


def test_few_laboratories_dominance_and_dof() -> None:
    found = advise(
        [1.0, 1.1, 0.9, 1.02], [0.5, 0.4, 0.05, 0.6], dof=[50.0, 4.0, 60.0, np.inf], labs=("A", "B", "C", "D")
    )
    assert cautions(found) == {"few", "dominates", "small_dof"}
    assert dict(found.cautions[1].parameters)["lab"] == "C" and found.largest_weight > 0.9
    assert found.suggestions[0].method == "power_moderated_mean", "a weighted mean would be one laboratory"


def test_correlations() -> None:
    covariance = np.diag(U**2) + 9.0
    found = advise(X, U, covariance=covariance)
    assert found.suggestions[0].method == "hierarchical_bayes" and "inconsistent" in codes(found)
    calm = advise(10.0 + 0.01 * X, U, covariance=covariance)
    assert calm.suggestions[0].method == "generalised_least_squares" and codes(calm) == {"correlated", "consistent"}


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_unit_changes_nothing(scale: float) -> None:
    first, other = advise(X, U), advise(X * scale, U * scale)
    assert [t.p for t in other.tests] == pytest.approx([t.p for t in first.tests], rel=1e-6)
    assert [s.method for s in other.suggestions] == [s.method for s in first.suggestions]


def test_two_results_and_equal_results() -> None:
    assert [t.name for t in advise([1.0, 2.0], [1.0, 1.0]).tests] == ["homogeneity"]
    assert advise([1.0, 5.0], [0.1, 0.1]).suggestions[0].method == "mandel_paule"
    equal = advise(np.full(5, 3.0), np.full(5, 0.1))
    assert equal.ratio == 0.0 and equal.suggestions[0].method == "weighted_mean"
    ties = advise([3.0, 3.0, 3.0, 3.0, 9.0], np.full(5, 0.1))
    assert all(np.isfinite(t.p) for t in ties.tests)


def test_every_suggestion_is_a_method_and_every_reason_is_said() -> None:
    rng = np.random.default_rng(SEED)
    for _ in range(60):
        n = int(rng.integers(2, 15))
        x, u = rng.standard_t(2, n) * rng.choice([0.2, 3.0]), rng.uniform(0.2, 1.0, n)
        found = advise(x, u, covariance=np.diag(u**2) if rng.random() < 0.3 else None)
        assert {s.method for s in found.suggestions} <= set(METHODS)
        told = [*found.cautions, *(f for s in found.suggestions for f in s.reasons)]
        assert all(f.severity == "note" for f in told)
        for f in told:
            for language in LANGUAGES:
                assert "?" not in "".join(sentences(f, language).values())


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("results.few", lambda: advise([1.0], [0.1])),
        ("uncertainty.not_positive", lambda: advise([1.0, 2.0], [0.1, 0.0])),
        ("results.not_finite", lambda: advise([1.0, np.nan], [0.1, 0.1])),
        ("results.shape", lambda: advise(np.ones((2, 2)), np.ones((2, 2)))),
    ],
)
def test_bad_input_is_told(code: str, asked: Any) -> None:
    with pytest.raises(Refused) as told:
        asked()
    assert told.value.findings[0].code == f"comparison.{code}"


SOME = Settings(draws=5_000)
LEFT = ("arithmetic_mean", "weighted_mean", "mandel_paule", "reml", "hierarchical_bayes", "median_monte_carlo",
        "power_moderated_mean", "dersimonian_laird", "linear_pool")  # fmt: skip


@pytest.mark.parametrize("method", LEFT)
def test_left_out_one_by_one(method: str) -> None:
    """Each reference is the one found from the others alone, and the laboratory is independent of it."""
    results = Results.of(X, U, contributing=np.arange(9) != 2)
    found = leave_one_out(results, method, SOME)
    whole = estimate(method, results, SOME)
    for i in range(9):
        less = results.contributing & (np.arange(9) != i)
        alone = estimate(method, Results.of(X, U, contributing=less), SOME)
        assert found.value[i] == pytest.approx(float(alone.value), rel=1e-12)
        assert found.equivalence.d[i] == pytest.approx(X[i] - float(alone.value), rel=1e-12)
        assert found.equivalence.u[i] == pytest.approx(np.hypot(U[i], float(alone.u)), rel=1e-12)
        assert found.shift[i] == pytest.approx(float(alone.value) - float(whole.value), abs=1e-12)
    assert found.shift[2] == 0.0, "who does not contribute leaves nothing behind"


def test_at_once_or_in_turn() -> None:
    """The rows of a vectorised estimator are those of the loop, which a diagonal covariance takes."""
    for method in MANY_AT_ONCE:
        rows = leave_one_out(Results.of(X, U), method)
        turn = leave_one_out(Results.of(X, U, covariance=np.diag(U**2)), method)
        np.testing.assert_allclose(rows.value, turn.value, rtol=1e-9)
        np.testing.assert_allclose(rows.equivalence.U, turn.equivalence.U, rtol=1e-9)


def test_left_out_but_correlated() -> None:
    covariance = np.diag(U**2) + 30.0
    u = np.sqrt(np.diagonal(covariance))
    found = leave_one_out(Results.of(X, u, covariance=covariance), "generalised_least_squares")
    weights = np.linalg.inv(covariance[1:, 1:]).sum(axis=0)
    weights /= weights.sum()
    variance = covariance[0, 0] + weights @ covariance[1:, 1:] @ weights - 2.0 * weights @ covariance[1:, 0]
    assert found.equivalence.u[0] == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert found.equivalence.u[0] < np.hypot(u[0], found.u[0])


def test_too_few_to_leave_one_out() -> None:
    one, two, three = (Results.of(x, np.ones(len(x))) for x in ([1.0], [1.0, 2.0], [1.0, 2.0, 4.0]))
    for results, method in ((one, "weighted_mean"), (two, "mandel_paule"), (three, "hierarchical_bayes")):
        with pytest.raises(Refused) as told:
            leave_one_out(results, method)
        assert told.value.findings[0].code == "comparison.results.few"
