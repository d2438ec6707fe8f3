"""Scores of participants, rounds of them, and the uncertainty of the value that they are scored against."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.comparison.consensus import weighted_mean
from suyuan.comparison.equivalence import degrees_of_equivalence
from suyuan.comparison.proficiency.assigned import (
    Contributions,
    against_reference_material,
    consensus_value,
    expert_value,
    stated_value,
)
from suyuan.comparison.proficiency.multi_round import Watch, rounds
from suyuan.comparison.proficiency.robust import algorithm_a
from suyuan.comparison.proficiency.scores import Assigned, Stated, about_assigned, percent_difference, scores
from suyuan.quantity.finding import Refused

from .cases import Case, agrees, cases_of

SEED = 20260102
K30 = Stated(u=[0.044, 0.0206572769], U=[0.088, 0.044], k=[2.0, 2.13])


def codes(found: Any) -> list[str]:
    return [f.code.removeprefix("comparison.") for f in found.findings]


@pytest.mark.parametrize("case", cases_of("scores"), ids=lambda c: c["id"])
def test_case(case: Case) -> None:
    told, data = case["input"], case["input"]["data"]
    x, u, U, k = (np.array([row[key] for row in data]) for key in ("value", "u", "U", "k"))
    assigned = Assigned(told["assigned"]["value"], told["assigned"]["U"] / told["assigned"]["k"], told["assigned"]["k"])
    found = scores(x, assigned, told["sigma_pt"], Stated(u, U, k))
    assert set(case["expected"]) == {"z", "z_prime", "zeta", "En", "D_percent"}
    for term, want in case["expected"].items():
        agrees(case, term, term, getattr(found, term), want)
    assert "score.coverage" in codes(found), "laboratories with k ≠ 2 are told"


def test_expanded_uncertainties_of_other_coverage_are_shown_at_one() -> None:
    found = scores([2.95, 3.2], Assigned(2.99, 0.03), stated=K30)
    assert found.En is not None and found.En_same is not None and found.U_ratio is not None and found.zeta is not None
    assert found.En[0] == pytest.approx(found.En_same[0])
    assert found.En[1] != pytest.approx(found.En_same[1], rel=1e-3)
    np.testing.assert_allclose(found.En_same, found.zeta / 2.0)
    np.testing.assert_allclose(found.U_ratio, [0.044 / 0.03, 0.0206572769 / 0.03])
    by_k = scores([2.95, 3.2], Assigned(2.99, 0.03), stated=Stated(U=K30.U, k=K30.k))
    np.testing.assert_allclose(by_k.zeta, found.zeta, rtol=1e-8)
    unknown = scores([2.95, 3.2], Assigned(2.99, 0.03), stated=Stated(U=K30.U))
    assert unknown.zeta is None and codes(unknown) == ["score.coverage_unknown"]


def test_a_number_a_measurand_is_not_taken_for_one_a_participant() -> None:
    x = np.arange(9.0).reshape(3, 3)
    found = scores(x, Assigned([0.0, 3.0, 6.0], 0.01), [1.0, 2.0, 4.0])
    assert found.z is not None
    np.testing.assert_allclose(found.z, [[0, 1, 2], [0, 0.5, 1], [0, 0.25, 0.5]])
    visited = scores(x[0], Assigned([0.0, 1.0, 1.5], 0.01), 1.0)
    np.testing.assert_allclose(visited.D, [0.0, 0.0, 0.5])
    with pytest.raises(Refused) as told:
        scores(np.ones((2, 3)), Assigned([1.0, 2.0, 3.0], 0.01), 1.0)
    assert told.value.findings[0].code == "comparison.results.shape"


def test_which_score_to_use_is_said() -> None:
    assert "score.assigned_uncertain" not in codes(scores([3.0], Assigned(2.99, 0.0299), 0.1))
    found = scores([3.0], Assigned(2.99, 0.03), 0.1)
    assert "score.assigned_uncertain" in codes(found)
    assert dict(about_assigned(0.05, 0.1)[0].parameters)["ratio"] == "0.5"


def test_a_relative_difference_from_a_value_that_may_be_zero_is_not_given() -> None:
    found = scores([0.02, -0.01], Assigned(0.01, 0.02), 0.1)
    assert found.D_percent is None and "score.near_zero" in codes(found)
    np.testing.assert_allclose(found.D, [0.01, -0.02])
    with pytest.raises(Refused):
        percent_difference([1.0], 0.0)


def test_who_took_part_is_scored_with_the_covariance() -> None:
    x, u = np.array([1.0, 2.0, 4.0]), np.array([0.5, 0.4, 1.0])
    reference = weighted_mean(x, u)
    found = scores(x, Assigned(reference.value, reference.u, 2.0, reference.covariance), stated=Stated(u, 2 * u, 2.0))
    np.testing.assert_allclose(found.En_same, degrees_of_equivalence(x, u, reference).En)
    assert "score.taking_part" in codes(found)
    assert np.all(np.abs(found.zeta) > np.abs(scores(x, Assigned(reference.value, reference.u), stated=Stated(u)).zeta))


def test_simulated_scores_of_those_who_took_part_have_unit_variance() -> None:
    rng = np.random.default_rng(SEED)
    u = np.array([0.5, 0.4, 1.0, 0.7])
    x = rng.normal(10.0, u, (100_000, 4))
    reference = weighted_mean(x, u)
    found = scores(
        x, Assigned(reference.value, reference.u, 2.0, reference.covariance), stated=Stated(np.tile(u, (100_000, 1)))
    )
    assert found.zeta is not None
    np.testing.assert_allclose(found.zeta.std(axis=0), 1.0, rtol=0.012)


def test_who_did_not_report_has_no_score() -> None:
    x = np.array([[1.0, np.nan, 3.0], [1.0, 2.0, 3.0]])
    there = ~np.isnan(x)
    found = scores(x, Assigned([[2.0], [2.5]], 0.01), 1.0, Stated(u=np.full(x.shape, 0.1)), there)
    assert found.z is not None and np.isnan(found.z[0, 1]) and np.isfinite(found.z[there]).all()
    np.testing.assert_allclose(found.z[1], [-1.5, -0.5, 0.5])
    with pytest.raises(Refused) as told:
        scores(x, Assigned(2.0, 0.01), 1.0)
    assert told.value.findings[0].code == "comparison.results.not_finite"


@given(
    x=st.lists(st.floats(-100, 100), min_size=1, max_size=6),
    shift=st.floats(-1000, 1000),
    scale=st.sampled_from([1e-6, 1e6]),
)
@settings(max_examples=50, deadline=None)
def test_scores_do_not_depend_on_unit_or_origin(x: list[float], shift: float, scale: float) -> None:
    row = np.array(x)
    one = scores(row, Assigned(5.0, 0.3), 0.8, Stated(u=np.full(row.shape, 0.4)))
    other = scores((row + shift) * scale, Assigned((5.0 + shift) * scale, 0.3 * scale), 0.8 * scale,
                   Stated(u=np.full(row.shape, 0.4 * scale)))  # fmt: skip
    for term in ("z", "z_prime", "zeta", "U_ratio"):
        np.testing.assert_allclose(getattr(one, term), getattr(other, term), atol=1e-10 * (1 + abs(shift)))


def test_ways_to_an_assigned_value() -> None:
    whole = stated_value(10.0, "formulation", Contributions(0.03, 0.04, 0.0, 0.12), 1.0)
    assert whole.u == pytest.approx(0.13) and whole.negligible and not whole.findings
    part = stated_value(10.0, "certified reference material", Contributions(0.4), 1.0)
    assert codes(part) == ["assigned.not_stated", "score.assigned_uncertain"] and not part.negligible
    assert "transport" in dict(part.findings[0].parameters)["parts"]
    with pytest.raises(Refused) as told:
        stated_value(10.0, "formulation", Contributions(0.1, 0.2), 1.0, heterogeneity_in_sigma=True)
    assert told.value.findings[0].code == "comparison.assigned.twice"
    lab = against_reference_material(10.0, 0.03, [0.1, 0.2, 0.3, 0.2])
    assert lab.value == pytest.approx(10.2) and lab.u == pytest.approx(np.hypot(0.03, 0.0816496581 / 2))
    expert = expert_value([9.9, np.nan, 10.3, 10.0], [0.1, 0.1, 0.2, 0.2], reported=[True, False, True, True])
    assert expert.value == pytest.approx(10.0) and expert.u == pytest.approx(1.25 * 0.3 / 3)
    x = np.random.default_rng(SEED).normal(0, 1, (2, 20))
    consensus = consensus_value(algorithm_a(x), 1.0)
    np.testing.assert_allclose(consensus.u, 1.25 * algorithm_a(x).s / np.sqrt(20))
    assert codes(consensus_value(algorithm_a(x[:, :5])))[0] == "assigned.few"


def test_the_uncertainty_of_a_consensus_is_about_that_of_the_robust_mean() -> None:
    """1.25 s*/√p is generous: algorithm A has an efficiency of some 0.95 at normal results, so 1.03 would do."""
    x = np.random.default_rng(SEED).normal(0, 1, (20_000, 30))
    found = algorithm_a(x)
    assert 1.0 < found.value.std() * np.sqrt(30) < 1.06
    assert np.mean(found.u) * np.sqrt(30) == pytest.approx(1.25, rel=0.02)


def test_rounds_add_up_what_one_is_too_weak_to_show() -> None:
    z = np.array([[0.5, 1.5, np.nan, 1.0, 2.0], [3.0, -3.0, 3.0, -3.0, 0.0]])
    there = ~np.isnan(z)
    found = rounds(z, there, watch=Watch(2, 0.5, 1.5))
    np.testing.assert_array_equal(found.n, [4, 5])
    np.testing.assert_allclose(found.RSZ, [5.0 / 2.0, 0.0])
    np.testing.assert_allclose(found.SSZ, [7.5, 36.0])
    assert found.p_RSZ[1] == 1.0 and found.p_SSZ[1] < 1e-4 < found.p_SSZ[0]
    np.testing.assert_allclose(found.running[0], [0.5, 1.0, 1.0, 1.25, 1.5])
    np.testing.assert_allclose(found.cusum_high[0], [0.0, 1.0, 1.0, 1.5, 3.0])
    np.testing.assert_allclose(found.cusum_low[1], [0.0, 2.5, 0.0, 2.5, 2.0])
    np.testing.assert_array_equal(found.signal[0], [False, False, False, False, True])
    same = rounds(z, there, sigma_pt=[[1.0] * 5, [2.0] * 5])
    assert not same.findings and codes(rounds(z, there, sigma_pt=[1, 1, 1, 1, 2])) == ["rounds.sigma"]
    first = rounds([[np.nan, 1.0]], [[False, True]])
    assert np.isnan(first.running[0, 0]) and first.running[0, 1] == 1.0


def test_sums_of_scores_are_distributed_as_stated() -> None:
    z = np.random.default_rng(SEED).standard_normal((40_000, 6))
    found = rounds(z)
    for p in (found.p_RSZ, found.p_SSZ):
        assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.005)


def test_a_cusum_warns_in_vain_as_seldom_as_said() -> None:
    """Average run length of slack 0.5 and interval 5, both sides: 465 in the tables of cusum charts."""
    z = np.random.default_rng(SEED).standard_normal((4000, 2500))
    signal = rounds(z).signal
    length = np.where(signal.any(axis=1), np.argmax(signal, axis=1) + 1, signal.shape[1])
    assert length.mean() == pytest.approx(465, rel=0.06)


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("sigma.not_positive", lambda: consensus_value(algorithm_a([1.0, 2.0, 3.0]), 0.0)),
        ("assigned.way", lambda: stated_value(1.0, "hearsay", Contributions(0.1))),  # type: ignore[arg-type]
        ("uncertainty.negative", lambda: stated_value(1.0, "formulation", Contributions(-0.1))),
        ("results.not_finite", lambda: stated_value(1.0, "formulation", Contributions(float("nan")))),
        ("results.few", lambda: against_reference_material(1.0, 0.1, [0.1])),
        ("uncertainty.not_positive", lambda: expert_value([1.0, 2.0], [0.1, 0.0])),
        ("score.spread", lambda: scores([1.0], Assigned(1.0, 0.0), 0.0)),
        ("coverage", lambda: scores([1.0], Assigned(1.0, 0.1), None, Stated(U=[0.1], k=[0.0]))),
        ("rounds.watch", lambda: rounds([1.0], watch=Watch(0))),
        ("results.few", lambda: rounds([1.0], [False])),
        ("sigma.not_positive", lambda: rounds([1.0, 2.0], sigma_pt=[1.0, 0.0])),
        ("reported.form", lambda: rounds([1.0, 2.0], [1, 0])),
    ],
)
def test_bad_input_is_told(code: str, asked: Any) -> None:
    with pytest.raises(Refused) as told:
        asked()
    assert told.value.findings[0].code == f"comparison.{code}"
