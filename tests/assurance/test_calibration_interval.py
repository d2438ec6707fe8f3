"""Calibration intervals: published cases, an independent maximum, simulated calibrations, refusals."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from suyuan.assurance.calibration_interval import from_attributes, from_drift, interval_test
from suyuan.assurance.reliability import MODELS
from suyuan.quantity.finding import Refused, sentences

# NASA-HDBK-8739.19-5, table 5-1: days, calibrated, in tolerance.
DAYS = [21, 42, 63, 84, 140, 189, 269.5, 346.5]
CALIBRATED = [4, 6, 14, 13, 22, 49, 18, 6]
IN_TOLERANCE = [4, 5, 9, 8, 12, 20, 9, 2]
# Tables 7-2 and 7-3: days, drift.
TIMES, DRIFT = [70, 86, 104, 135, 167, 173], [0.1, 0.11, 0.251, 0.299, 0.403, 0.615]


def published(reference: Path, kind: str) -> list[dict[str, Any]]:
    cases = [c for c in json.loads((reference / "data-methods.json").read_text("utf-8")) if c["kind"] == kind]
    assert cases
    return cases


def codes(findings: Any) -> set[str]:
    return {f.code.removeprefix("assurance.interval.") for f in findings}


def refusal(call: Any) -> str:
    with pytest.raises(Refused) as caught:
        call()
    (found,) = caught.value.findings
    for language in ("zh", "en"):
        assert "?" not in "".join(sentences(found, language).values())
    return found.code.removeprefix("assurance.interval.")


def test_published_attributes(reference: Path) -> None:
    for case in published(reference, "interval_attributes"):
        given, rel = case["input"], case["tolerance"]["*"]["rel"]
        found, findings = from_attributes(
            given["time"], given["n"], given["in_tolerance"], given["target"], given["models"]
        )
        for name, expected in case["expected"].items():
            fit = found[name]
            ours = {"AIC": fit.aic, "interval": fit.interval, "log_likelihood": fit.log_likelihood}
            ours |= {"a": fit.a, "b": fit.b}
            for key, value in expected.items():
                # Far inside the tolerance of the case: the digits that it states.
                assert ours[key] == pytest.approx(value, rel=min(rel, 2e-5)), (name, key)
        assert "spread" in codes(findings)


def test_published_drift(reference: Path) -> None:
    for case in published(reference, "interval_variables"):
        given, expected = case["input"], case["expected"]
        found, findings = from_drift(given["time"], given["drift"], given["degree"], given["u0"], given["u_target"])
        assert found.coefficients == pytest.approx(expected["coefficients"], rel=1e-5)
        assert found.covariance == pytest.approx(np.array(expected["covariance"]), rel=1e-5)
        assert (found.s, found.interval) == pytest.approx((expected["s"], expected["interval"]), rel=1e-5)
        assert codes(findings) == {"extrapolated"}


def test_spread_of_the_models() -> None:
    found, _ = from_attributes(DAYS, CALIBRATED, IN_TOLERANCE, 0.8)
    assert found.best == "random_walk" and set(found.supported) == set(MODELS)
    assert (found.shortest, found.longest) == (found["weibull"].interval, found["exponential"].interval)
    for fit in found.fits:
        assert fit.lower < fit.interval < fit.upper
        model = MODELS[fit.model]
        assert float(model.reliability(fit.interval, fit.a, fit.b)) == pytest.approx(0.8, rel=1e-6)
        assert 0.05 < fit.p < 1.0 and fit.dof == 8 - model.count


def minus_log_likelihood(name: str, a: float, b: float, t: Any, n: Any, g: Any) -> float:
    r = np.clip(MODELS[name].reliability(t, a, b), 1e-300, 1.0 - 1e-16)
    return -float(np.sum(g * np.log(r) + (n - g) * np.log1p(-r)))


counts = st.lists(st.tuples(st.integers(1, 30), st.floats(0, 1)), min_size=3, max_size=7)


@settings(max_examples=12, deadline=None)
@given(counts)
@example([(15, 0.1875), (22, 0.15625), (23, 0.75)])
@example([(8, 1.0), (2, 0.0), (1, 0.0)])
def test_no_parameters_do_better(rows: list[tuple[int, float]]) -> None:
    """The maximum found is not exceeded by a simplex search from many starts, in the parameters of the table."""
    t = np.arange(1.0, len(rows) + 1.0)
    n = np.array([row[0] for row in rows], float)
    g = np.floor(n * [row[1] for row in rows])
    if not 0 < g.sum() < n.sum():
        return
    found, _ = from_attributes(t, n, g, 0.9)
    for fit in found.fits:
        for start in ((-2.0, 0.0), (-4.0, -1.0)):
            best = optimize.minimize(
                lambda q, name=fit.model: minus_log_likelihood(name, *np.exp(np.clip(q, -40, 40)), t, n, g),
                start, method="Nelder-Mead", options={"maxiter": 300},
            )  # fmt: skip
            assert fit.log_likelihood >= -best.fun - 1e-5
        if not (math.isnan(fit.a) or math.isinf(fit.b)):
            again = -minus_log_likelihood(fit.model, fit.a, fit.b, t, n, g)
            assert fit.log_likelihood == pytest.approx(again, rel=1e-6, abs=1e-5)


@settings(max_examples=8, deadline=None)
@given(st.floats(1e-6, 1e6))
def test_a_unit_of_time_changes_nothing_else(unit: float) -> None:
    plain, _ = from_attributes(DAYS, CALIBRATED, IN_TOLERANCE, 0.8, ("weibull", "exponential"))
    other, _ = from_attributes(np.array(DAYS) * unit, CALIBRATED, IN_TOLERANCE, 0.8, ("weibull", "exponential"))
    for one, two in zip(plain.fits, other.fits, strict=True):
        assert two.interval == pytest.approx(one.interval * unit, rel=1e-5)
        assert two.upper == pytest.approx(one.upper * unit, rel=1e-5)
        assert two.aic == pytest.approx(one.aic)


def test_limits_of_the_interval_by_brute_force() -> None:
    """The weibull limits are where the best of a fine row of shapes, T fixed, has fallen by χ²/2."""
    t, n, g = (np.array(c, float) for c in (DAYS, CALIBRATED, IN_TOLERANCE))
    fit = from_attributes(t, n, g, 0.8, ("weibull",))[0]["weibull"]
    shapes = np.linspace(0.05, 3.0, 6000)
    for end in (fit.lower, fit.upper):
        r = np.maximum(0.8 ** ((t / end) ** shapes[:, None]), 1e-300)
        height = np.max(np.sum(g * np.log(r) + (n - g) * np.log1p(-r), axis=1))
        assert 2.0 * (fit.log_likelihood - height) == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-3)


@pytest.mark.parametrize(("model", "a", "b", "runs"), [("exponential", 0.1, 1.0, 250), ("weibull", 0.1, 1.6, 40)])
def test_limits_hold_the_true_interval_as_often_as_they_say(model: str, a: float, b: float, runs: int) -> None:
    random = np.random.default_rng(20)
    t, n = np.array([1.0, 2.0, 4.0, 7.0, 10.0]), 40
    truth = optimize.brentq(lambda time: float(MODELS[model].reliability(time, a, b)) - 0.8, 1e-3, 1e3)
    held, intervals = 0, []
    for _ in range(runs):
        g = random.binomial(n, MODELS[model].reliability(t, a, b))
        fit = from_attributes(t, np.full(5, n), g, 0.8, (model,), confidence=0.9)[0].fits[0]
        held += fit.lower <= truth <= fit.upper
        intervals.append(fit.interval)
    assert stats.binomtest(held, runs, 0.9).pvalue > 0.005
    assert np.median(intervals) == pytest.approx(truth, rel=0.05)


def test_reliability_that_does_not_fall() -> None:
    found, findings = from_attributes([1, 2, 3], [20, 20, 20], [14, 16, 18], 0.9)
    assert {"no_decline", "limiting"} & codes(findings)
    assert math.isnan(found["weibull"].interval) and math.isnan(found["random_walk"].interval)
    assert found["exponential"].interval > 0.0


def test_a_fall_too_slow_for_any_time_gives_no_interval() -> None:
    """Two bins seven decades apart that hardly differ: the target would come after 10²¹¹ days, which is never."""
    found, findings = from_attributes([1e-4, 2676], [59453, 9097], [58923, 8544], 0.05, ("mixed_exponential",))
    assert "no_decline" in codes(findings)
    fit = found.fits[0]
    assert math.isnan(fit.interval) and math.isnan(fit.lower) and math.isnan(fit.upper)


def test_target_never_reached() -> None:
    found, findings = from_attributes([10, 100, 200], [100, 100, 100], [70, 60, 52], 0.95, ("random_walk",))
    assert codes(findings) >= {"never"}
    assert math.isnan(found.fits[0].interval) and math.isnan(found.shortest)
    assert float(MODELS["random_walk"].reliability(0.0, found.fits[0].a, found.fits[0].b)) < 0.95


def test_a_step_has_no_place() -> None:
    found, findings = from_attributes([1, 2, 3, 4], [9, 9, 9, 9], [9, 9, 0, 0], 0.9, ("weibull",))
    assert "step" in codes(findings) and math.isnan(found.fits[0].interval)


def test_mixed_exponential_tends_to_its_limit() -> None:
    t = np.array([1.0, 2.0, 3.0])
    found, findings = from_attributes(t, [50, 50, 50], [47, 38, 25], 0.9, ("exponential", "mixed_exponential"))
    assert "limiting" in codes(findings)
    assert found["mixed_exponential"].interval == pytest.approx(found["exponential"].interval, rel=1e-6)
    assert found["mixed_exponential"].aic == pytest.approx(found["exponential"].aic + 2.0)


def test_a_model_that_does_not_fit_is_named() -> None:
    _, findings = from_attributes([1, 2, 3], [100, 100, 100], [99, 50, 95], 0.9, ("exponential",))
    assert codes(findings) == {"misfit"}
    assert "unjudged" in codes(from_attributes([1, 2], [10, 10], [9, 7], 0.8, ("weibull",))[1])


def test_equal_times_are_one_bin() -> None:
    once = from_attributes([1, 2, 3], [20, 20, 20], [19, 15, 12], 0.9)[0]
    twice = from_attributes([1, 1, 2, 3], [8, 12, 20, 20], [8, 11, 15, 12], 0.9)[0]
    assert [f.aic for f in once.fits] == pytest.approx([f.aic for f in twice.fits])
    assert [f.dof for f in once.fits] == [f.dof for f in twice.fits]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"time": [0, 2, 3]}, "time"),
        ({"time": [1, -2, 3]}, "time"),
        ({"time": [1, math.nan, 3]}, "numbers"),
        ({"time": ["soon", 2, 3]}, "numbers"),
        ({"time": [1, 2]}, "lengths"),
        ({"in_tolerance": [5, 6, 3]}, "counts"),
        ({"in_tolerance": [4, 2.5, 3]}, "counts"),
        ({"n": [5, 0, 5], "in_tolerance": [4, 0, 3]}, "counts"),
        ({"in_tolerance": [5, 5, 5]}, "all_in"),
        ({"in_tolerance": [0, 0, 0]}, "all_out"),
        ({"time": [2, 2, 2]}, "bins"),
        ({"target": 80}, "probability"),
        ({"confidence": 1.0}, "probability"),
        ({"models": ["gamma"]}, "model"),
        ({"models": []}, "model"),
    ],
)
def test_refused_attributes(change: dict[str, Any], code: str) -> None:
    arguments = {"time": [1, 2, 3], "n": [5, 5, 5], "in_tolerance": [5, 4, 3], "target": 0.8} | change
    assert refusal(lambda: from_attributes(**arguments)) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"time": [0, *TIMES[1:]]}, "time"),
        ({"drift": DRIFT[1:]}, "lengths"),
        ({"degree": 0}, "degree"),
        ({"degree": 6}, "drifts"),
        ({"time": [70] * 6}, "drifts"),
        ({"u0": -0.1}, "uncertainty"),
        ({"u0": math.nan}, "uncertainty"),
        ({"u_target": 0.0}, "uncertainty"),
        ({"u_target": 0.285}, "exceeded"),
        ({"drift": TIMES, "degree": 1}, "no_scatter"),
    ],
)
def test_refused_drift(change: dict[str, Any], code: str) -> None:
    arguments = {"time": TIMES, "drift": DRIFT, "degree": 2, "u0": 0.28, "u_target": 0.5} | change
    assert refusal(lambda: from_drift(**arguments)) == code


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3), st.integers(0, 2**32 - 1), st.floats(1.02, 4.0), st.floats(1e-3, 1e3))
def test_drift_interval_is_the_first_time_at_the_target(degree: int, seed: int, room: float, unit: float) -> None:
    random = np.random.default_rng(seed)
    t = np.sort(random.uniform(0.1, 1.0, 8)) * unit
    y = random.normal(t / unit, 0.1)
    start = from_drift(t, y, degree, 0.2, 1e6)[0]
    target = room * math.hypot(0.2, start.s)
    found, _ = from_drift(t, y, degree, 0.2, target)
    assert found.predicted(found.interval)[1] == pytest.approx(target, rel=1e-6)
    before = np.linspace(0.0, 0.9999 * found.interval, 400)
    assert np.all(found.predicted(before)[1] <= target * (1.0 + 1e-9))
    powers = t[:, None] ** np.arange(1, degree + 1)
    assert found.coefficients == pytest.approx(np.linalg.lstsq(powers / unit, y, rcond=None)[0] / unit, rel=1e-4)


def test_predicted_drift_scatters_as_it_says() -> None:
    """Of new drifts at a later time, those within t·u of the prediction are as many as the t distribution says."""
    random = np.random.default_rng(7)
    t, later, runs = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), 8.0, 2000
    held = 0
    for _ in range(runs):
        found = from_drift(t, 0.3 * t + random.normal(0.0, 0.1, 6), 1, 0.0, 10.0)[0]
        drift, u = found.predicted(later)
        held += abs(0.3 * later + random.normal(0.0, 0.1) - drift) <= stats.t.ppf(0.9, found.dof) * u
    assert stats.binomtest(int(held), runs, 0.8).pvalue > 0.005


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.floats(0, 1), st.floats(0.02, 0.98))
def test_interval_test_against_the_binomial_distribution(n: int, share: float, target: float) -> None:
    g = round(share * n)
    found, _ = interval_test(n, g, target, 0.9)
    too_few, too_many = stats.binom.cdf(g, n, target) < 0.05, stats.binom.sf(g - 1, n, target) < 0.05
    assert found.decision == ("shorten" if too_few else "lengthen" if too_many else "keep")
    exact = stats.binomtest(g, n).proportion_ci(0.9, "exact")
    assert (found.lower, found.upper) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_a_test_that_cannot_ask_for_more_says_so() -> None:
    found, findings = interval_test(10, 10, 0.9)
    assert found.decision == "keep" and codes(findings) == {"blind"}
    wanted = int(dict(findings[0].parameters)["wanted"])
    assert interval_test(wanted, wanted, 0.9)[0].decision == "lengthen"
    assert interval_test(wanted - 1, wanted - 1, 0.9)[0].decision == "keep"
    assert refusal(lambda: interval_test(3, 4, 0.9)) == "counts"
    assert refusal(lambda: interval_test(3, 2, 0.0)) == "probability"
