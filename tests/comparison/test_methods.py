"""Every method by its name: what must hold of all of them, sensitivities of the robust ones, and bad input by names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.comparison.consensus import algorithm_a_mean, hampel_mean, median, median_monte_carlo
from suyuan.comparison.equivalence import degrees_of_equivalence
from suyuan.comparison.methods import METHODS, WITHOUT_U, Results, Settings, estimate
from suyuan.comparison.proficiency.q_method import hampel
from suyuan.comparison.proficiency.robust import algorithm_a
from suyuan.quantity.finding import Refused, told

SEED = 20260108
CHOICES = Settings(draws=20_000, given=(1.5, 0.2), options={"pilot": "B"})
SLOW = {"hierarchical_bayes_dof", "hierarchical_bayes_laplace", "median_monte_carlo"}
FAST = sorted(set(METHODS) - SLOW)
rows = st.lists(
    st.tuples(st.integers(-5000, 5000), st.integers(200, 3000)), min_size=5, max_size=9, unique_by=lambda row: row[0]
).map(lambda drawn: [(x / 1000, u / 1000) for x, u in drawn])


def made(data: Any, **more: Any) -> Results:
    x, u = (np.array(column) for column in zip(*data, strict=True))
    return Results(tuple("ABCDEFGHIJKL"[: len(x)]), x, u, np.full(x.shape, 20.0), np.arange(len(x)) != 3, **more)


def answered(method: str, data: Results, choices: Settings = CHOICES) -> Any:
    """The estimate, None where the data allow none: no two results agree, or they have no robust spread."""
    try:
        return estimate(method, data, choices)
    except Refused as refused:
        allowed = {"comparison.subset.none", "comparison.hampel.no_spread", "comparison.robust.ties"}
        assert {f.code for f in refused.findings} <= allowed, method
        return None


@pytest.mark.parametrize("method", FAST)
@given(data=rows, shift=st.floats(-1e3, 1e3), scale=st.sampled_from([1e-6, 1.0, 1e6]), turn=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_all_reference_values(method: str, data: Any, shift: float, scale: float, turn: int) -> None:
    given_ = made(data)
    found = answered(method, given_)
    if found is None:
        return
    n = len(data)
    assert np.shape(found.value) == () and found.weights.shape == found.covariance.shape == (n,)
    assert found.u >= 0.0
    if method != "given":
        assert found.weights.sum() == pytest.approx(1.0, abs=1e-9)
    doe = degrees_of_equivalence(given_.x, given_.u, found)
    assert np.all(np.isfinite(doe.u))
    if method != "pilot":
        assert found.covariance[3] == 0.0 and doe.u[3] == pytest.approx(np.hypot(given_.u[3], float(found.u)))
    moved = replace(given_, x=scale * (given_.x + shift), u=scale * given_.u)
    outside = replace(CHOICES, given=(scale * (1.5 + shift), scale * 0.2))
    other = answered(method, moved, outside)
    if other is not None:
        size = 10.0 + abs(shift)
        if method != "hampel":  # of two roots equally near the median rounding may choose
            assert other.value / scale - shift == pytest.approx(float(found.value), abs=1e-7 * size)
        assert other.u / scale == pytest.approx(float(found.u), rel=1e-4, abs=1e-12 * size)
    order = np.roll(np.arange(n), turn)
    names = tuple(given_.labs[i] for i in order)
    turned = Results(names, given_.x[order], given_.u[order], given_.dof[order], given_.contributing[order])
    again = estimate(method, turned, CHOICES)
    assert again.value == pytest.approx(float(found.value), abs=1e-7)
    np.testing.assert_allclose(again.weights, found.weights[order], atol=1e-6)


@pytest.mark.parametrize("method", sorted(SLOW))
def test_the_slower_ones_once(method: str) -> None:
    given_ = made([(1.0, 0.5), (1.4, 0.3), (0.2, 0.6), (5.0, 0.4), (1.1, 0.8), (2.0, 0.5)])
    found = estimate(method, given_, CHOICES)
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-6)
    doe = degrees_of_equivalence(given_.x, given_.u, found)
    assert doe.u[3] == pytest.approx(np.hypot(0.4, float(found.u)), rel=1e-9)
    moved = estimate(method, replace(given_, x=given_.x * 1e4 + 7e4, u=given_.u * 1e4), CHOICES)
    assert moved.value / 1e4 - 7.0 == pytest.approx(float(found.value), abs=2e-3)


@pytest.mark.parametrize("method", ["arithmetic_mean", "weighted_mean", "median", "linear_pool"])
@given(data=rows)
@settings(max_examples=25, deadline=None)
def test_every_laboratory_twice_gives_the_same_value(method: str, data: Any) -> None:
    one = Results.of(*zip(*data, strict=True))
    two = Results.of(np.tile(one.x, 2), np.tile(one.u, 2))
    assert estimate(method, two).value == pytest.approx(float(estimate(method, one).value), abs=1e-9)


@pytest.mark.parametrize("method", sorted(set(FAST) - {"given", "pilot"}))
def test_with_covariance_differences_know_what_is_shared(method: str) -> None:
    """A laboratory that does not contribute but shares a standard with those who do is correlated with their value."""
    given_ = made([(1.0, 0.5), (1.4, 0.4), (0.7, 0.6), (1.5, 0.5), (1.1, 0.8), (1.3, 0.5)])
    matrix = np.diag(given_.u**2)
    shared = np.ix_([0, 1, 2, 3], [0, 1, 2, 3])
    matrix[shared] += 0.1 * (1.0 - np.eye(4))
    found = estimate(method, replace(given_, covariance=matrix), CHOICES)
    alone = estimate(method, given_, CHOICES)
    assert found.covariance[3] > 0.0 == alone.covariance[3]
    doe = degrees_of_equivalence(given_.x, given_.u, found)
    assert 0.0 < doe.u[3] < np.hypot(given_.u[3], float(found.u))


def shifted(act: Any, x: Any) -> Any:
    """∂value/∂xᵢ by central differences."""
    step = 1e-6
    both = [(act(x + step * e), act(x - step * e)) for e in np.eye(len(x))]
    return np.array([(float(a.value) - float(b.value)) / (2 * step) for a, b in both])


@pytest.mark.parametrize("seed", range(8))
def test_robust_weights_are_derivatives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.concatenate([rng.normal(10.0, 1.0, 9), rng.normal(15.0, 2.0, 2), [2.0]])
    np.testing.assert_allclose(algorithm_a_mean(x).weights, shifted(algorithm_a, x), atol=2e-5)
    s = float(hampel(x).s)
    np.testing.assert_allclose(hampel_mean(x).weights, shifted(lambda y: hampel(y, s), x), atol=2e-5)
    assert np.all(np.isnan(algorithm_a_mean(x).covariance)), "an uncertainty that is not stated is not nil"


def test_the_median_shares_as_much_as_drawn() -> None:
    """Covariances of the median to first order beside those of the drawn medians, results that agree."""
    u = np.array([0.5, 0.8, 0.6, 1.0, 0.7, 0.9, 0.6, 0.8, 1.2, 0.5, 0.7])
    rng = np.random.default_rng(SEED)
    draws = rng.standard_normal((200_000, 11)) * u
    middle = np.median(draws, axis=1)
    seen = draws.T @ middle / len(draws)
    x = u * np.array([0.1, -1.2, 1.5, -0.3, 0.9, -0.8, 0.2, -0.1, 1.0, -1.6, 0.6])
    np.testing.assert_allclose(median(x, u).weights * u**2, seen, rtol=0.12)
    assert median(x, u).u == pytest.approx(float(median_monte_carlo(x, u, draws=20_000).u), rel=0.4)


def test_half_of_the_results_equal() -> None:
    found = median([1.0, 1.0, 1.0, 2.0], [0.1, 0.1, 0.1, 0.1])
    assert [f.code for f in found.findings] == ["comparison.median.ties"]
    assert found.u == pytest.approx((np.pi / 2.0) ** 0.5 * 0.05)


@pytest.mark.parametrize("method", sorted(WITHOUT_U - {"given"}))
def test_a_proficiency_test_states_no_uncertainties(method: str) -> None:
    x = np.array([9.8, 10.0, 10.1, 10.3, 10.4, 14.0])
    given_ = Results.of(x, np.full(6, np.nan))
    assert 9.8 < estimate(method, given_).value < 10.6
    with pytest.raises(Refused):
        degrees_of_equivalence(x, given_.u, estimate(method, given_))
    with pytest.raises(Refused) as refused:
        estimate("weighted_mean", given_)
    assert len(refused.value.findings) == 6


GOOD = made([(1.0, 0.5), (1.4, 0.4), (0.7, 0.6), (1.5, 0.5)])
NO_MATRIX = np.array([[1.0, 0.9, 0.0, 0.0], [0.9, 1.0, 0.9, 0.0], [0.0, 0.9, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])


@pytest.mark.parametrize(
    ("code", "method", "data", "names"),
    [
        ("uncertainty.not_positive", "reml", replace(GOOD, u=np.array([0.5, 0.0, -1.0, np.nan])), ("B", "C", "D")),
        ("results.not_finite", "median", replace(GOOD, x=np.array([1.0, np.inf, 0.7, 1.5])), ("B",)),
        ("results.magnitude", "weighted_mean", replace(GOOD, x=np.array([1.0, 1e200, 0.7, 1.5])), ("B",)),
        ("results.magnitude", "weighted_mean", replace(GOOD, u=np.array([1.0, 0.1, 1e-200, 1.5])), ("C",)),
        ("results.shape", "weighted_mean", replace(GOOD, u=np.array([0.1, 0.2, 0.3])), ()),
        ("labs.twice", "weighted_mean", replace(GOOD, labs=("A", "B", "A", "D")), ("A",)),
        ("covariance.diagonal", "weighted_mean", replace(GOOD, covariance=np.diag([0.25, 1.0, 0.36, 0.25])), ("B",)),
        ("covariance.variance", "weighted_mean", replace(GOOD, covariance=np.diag([0.25, 0.16, 0.0, 0.25])), ("C",)),
        ("results.shape", "weighted_mean", replace(GOOD, labs=("A", "B")), ()),
        ("results.few", "mandel_paule", replace(GOOD, contributing=np.array([True, False, False, False])), ()),
        ("method.unknown", "mode", GOOD, ()),
        ("pilot.unknown", "pilot", GOOD, ()),
        ("reference.missing", "given", GOOD, ()),
    ],
)
def test_bad_input_names_the_laboratory(code: str, method: str, data: Results, names: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as refused:
        estimate(method, data)
    assert {f.code for f in refused.value.findings} == {f"comparison.{code}"}
    assert tuple(dict(f.parameters)["lab"] for f in refused.value.findings if names) == names
    for item in refused.value.findings:
        for language in ("zh", "en"):
            assert "?" not in told(item, language) and "⟦" not in told(item, language)


def test_options_reach_their_methods() -> None:
    def with_option(method: str, **options: Any) -> Any:
        return estimate(method, replace(GOOD, u=GOOD.u / 4), Settings(draws=20_000, options=options))

    assert with_option("hartung_knapp", between="reml").u != with_option("hartung_knapp").u
    assert with_option("hierarchical_bayes", tau_scale=9.0).u > with_option("hierarchical_bayes", tau_scale=0.1).u
    assert with_option("median_monte_carlo", dof=True).u > 1.01 * with_option("median_monte_carlo").u
    for pilot in ("B", 1):
        assert with_option("pilot", pilot=pilot).value == 1.4
    with pytest.raises(Refused) as refused:
        with_option("reml", betwen="reml")
    assert refused.value.findings[0].code == "comparison.option.unknown"


def test_correlations_that_cannot_be_name_the_pair() -> None:
    ones = replace(GOOD, u=np.ones(4))
    with pytest.raises(Refused) as refused:
        estimate("weighted_mean", replace(ones, covariance=NO_MATRIX))
    first, second = refused.value.findings
    assert (first.code, second.code) == ("comparison.covariance.indefinite", "quantity.correlation.pair")
    assert "r(A, B) = 0.9 ∉ [-0.4359, 0.4359]" in dict(second.parameters)["blame"]


def test_a_negative_weight_is_told_by_name() -> None:
    data = Results(("A", "B"), np.array([1.0, 1.1]), np.array([1.0, 2.0]), np.full(2, np.inf), np.ones(2, bool),
                   np.array([[1.0, 1.9], [1.9, 4.0]]))  # fmt: skip
    found = estimate("generalised_least_squares", data)
    assert found.value < 1.0
    item = next(f for f in found.findings if f.code == "comparison.weights.negative")
    assert dict(item.parameters) == {"labs": "B", "places": "2"}
    assert "B" in told(item, "zh") and "(B)" in told(item, "en")


def test_one_without_u_does_not_take_the_others_covariance_with_the_median() -> None:
    x, u = np.array([15.0, 15.0, 30.0, 18.0, 24.0]), np.array([9.0, 14.0, 10.0, np.nan, 9.0])
    whole = estimate("median", Results(tuple("ABCDE"), x, np.where(np.isnan(u), 9.5, u), np.full(5, np.inf),
                                       np.ones(5, bool)))  # fmt: skip
    found = estimate("median", Results(tuple("ABCDE"), x, u, np.full(5, np.inf), np.ones(5, bool)))
    assert (found.value, found.u) == (whole.value, whole.u)
    np.testing.assert_array_equal(found.covariance, np.where(np.isnan(u), np.nan, whole.covariance))
