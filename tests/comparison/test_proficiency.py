"""Robust statistics of proficiency tests: published cases, plain iteration, brute force, simulation, peers' defects."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq

from suyuan.comparison.proficiency.constants import limit_factors, winsorised_factor
from suyuan.comparison.proficiency.density import Resampling, density
from suyuan.comparison.proficiency.q_method import hampel, psi, q_method, q_method_of_replicates
from suyuan.comparison.proficiency.reported import reported_results
from suyuan.comparison.proficiency.robust import algorithm_a, algorithm_s
from suyuan.comparison.proficiency.spread import made, niqr, qn, sn
from suyuan.quantity.finding import Refused

from .cases import Case, agrees, cases_of

SEED = 20260105
rows = st.lists(st.floats(-50, 50), min_size=3, max_size=20).map(np.array)


def answer(method: str, x: Any) -> dict[str, Any]:
    """What we say to a method of a proficiency test, by the keys of the case form."""
    if method == "classical":
        return {"n": x.size, "mean": x.mean(), "sd": x.std(ddof=1)}
    if method == "median":
        return {"value": np.median(x)}
    if method.startswith("algorithm_A"):
        found = algorithm_a(x, "printed" if method.endswith("iso") else "exact")
        return {"value": found.value, "s": found.s, "u": found.u, "z": (x - found.value) / found.s}
    if method == "hampel":
        return {"value": hampel(x).value}
    spreads = {"MADe": made, "nIQR": niqr, "Qn": qn, "Sn": sn, "Q_method": q_method}
    return {"s": made(x, "printed").s if method == "MADe_iso" else spreads[method](x).s}


@pytest.mark.parametrize("case", cases_of("proficiency"), ids=lambda c: c["id"])
def test_case(case: Case) -> None:
    x = np.array([row["value"] for row in case["input"]["data"]])
    for method, expected in case["expected"].items():
        got = answer(method, x)
        for term, want in expected.items():
            agrees(case, method, term, got[term], want)


# ------------------------------------------------------------------ algorithms A and S


def plain(x: Any) -> tuple[float, float]:
    """Algorithm A as the standard writes it, until nothing moves."""
    mean = float(np.median(x))
    s = 1.4826 * float(np.median(np.abs(x - mean)))
    for _ in range(100_000):
        kept = np.clip(x, mean - 1.5 * s, mean + 1.5 * s)
        new, spread = float(kept.mean()), winsorised_factor() * float(kept.std(ddof=1))
        still = max(abs(new - mean), abs(spread - s)) <= 1e-15 * spread
        mean, s = new, spread
        if still:
            break
    return mean, s


@pytest.mark.parametrize("n", [2, 3, 4, 5, 7, 12, 50, 300])
@pytest.mark.parametrize("shape", ["normal", "cauchy", "two groups", "rounded"])
def test_algorithm_a_is_where_the_plain_iteration_ends(n: int, shape: str) -> None:
    rng = np.random.default_rng(SEED)
    x = rng.standard_normal((40, n))
    if shape == "cauchy":
        x = rng.standard_cauchy((40, n))
    elif shape == "two groups":
        x[:, : n // 3] += 8.0
    elif shape == "rounded":
        x = np.round(x, 1) + 1e-3 * rng.standard_normal((40, n))
    found = algorithm_a(x)
    for i in range(40):
        mean, s = plain(x[i])
        assert found.value[i] == pytest.approx(mean, abs=1e-10 * s)
        assert found.s[i] == pytest.approx(s, rel=1e-10)


def test_a_peer_that_stops_early_differs_in_the_fourth_digit() -> None:
    """A stop at a relative change of 1.2e-4 within 25 steps leaves errors that a report shows."""
    rng = np.random.default_rng(SEED)
    worst = 0.0
    for x in rng.standard_cauchy((100, 12)):
        found, mean = algorithm_a(x), float(np.median(x))
        s = 1.4826 * float(np.median(np.abs(x - mean)))
        for _ in range(25):
            kept = np.clip(x, mean - 1.5 * s, mean + 1.5 * s)
            before, mean, s = s, float(kept.mean()), winsorised_factor() * float(kept.std(ddof=1))
            if abs(s - before) <= 1.2e-4 * s:
                break
        worst = max(worst, abs(s / float(found.s) - 1.0))
        kept = np.clip(x, found.value - 1.5 * found.s, found.value + 1.5 * found.s)
        assert winsorised_factor() * kept.std(ddof=1) == pytest.approx(float(found.s), rel=1e-12)
    assert worst > 1e-4


def test_an_outlier_far_away_costs_no_digits() -> None:
    x = np.random.default_rng(SEED).standard_normal(40)
    for far in (1e6, 1e12, -1e15):
        found, near = algorithm_a(np.append(x, far)), algorithm_a(np.append(x, np.copysign(50.0, far)))
        assert found.s == pytest.approx(float(near.s), rel=1e-11)
        assert found.value == pytest.approx(float(near.value), abs=1e-11)


@given(x=rows, shift=st.floats(-1e5, 1e5), scale=st.sampled_from([-1e6, 1e-6, 3.0]), seed=st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_origin_unit_sign_and_order_change_nothing(x: Any, shift: float, scale: float, seed: int) -> None:
    apart = x + np.linspace(0.0, 1.0, x.size)
    other = np.random.default_rng(seed).permutation((apart + shift) * scale)
    size = 1e-9 * (100 + abs(shift))
    for estimate in (made, niqr, qn, sn, q_method):
        assert estimate(other).s / abs(scale) == pytest.approx(float(estimate(apart).s), abs=size)
    if made(apart).s > 1e-3:
        one, two = algorithm_a(apart), algorithm_a(other)
        assert two.s / abs(scale) == pytest.approx(float(one.s), abs=100 * size)
        assert two.value / scale - shift == pytest.approx(float(one.value), abs=100 * size)


def test_more_than_half_ties_are_told_and_never_started_silently() -> None:
    tied = np.array([5.0] * 6 + [5.2, 4.9, 5.4, 4.6, 5.3])
    with pytest.raises(Refused) as told:
        algorithm_a(tied)
    assert told.value.findings[0].code == "comparison.robust.ties"
    for start in ("nIQR", "Qn", "sd"):
        if start == "Qn":  # more than half of all differences up to the k-th are zero too
            continue
        found = algorithm_a(np.stack([tied, np.arange(11.0)]), tied=start)
        assert [f.code for f in found.findings] == ["comparison.algorithm_a.tied"]
        assert dict(found.findings[0].parameters) == {"measurands": "1", "tied": start}
        kept = np.clip(tied, found.value[0] - 1.5 * found.s[0], found.value[0] + 1.5 * found.s[0])
        assert winsorised_factor() * kept.std(ddof=1) == pytest.approx(found.s[0], rel=1e-9) and found.s[0] > 0.0
        assert found.s[1] == pytest.approx(float(algorithm_a(np.arange(11.0)).s), rel=1e-12)
    assert not algorithm_a(np.arange(11.0), tied="sd").findings
    for start in ("nIQR", "Qn", "sd"):
        with pytest.raises(Refused) as told:
            algorithm_a([5.0] * 9 + [6.0], tied=start)
        assert told.value.findings[0].code == "comparison.algorithm_a.collapsed"


def test_what_was_not_reported_is_told_by_a_mask_and_counted() -> None:
    rng = np.random.default_rng(SEED)
    x = rng.normal(10.0, 2.0, (50, 200))
    there = rng.random((50, 200)) > 0.3
    x[~there] = np.nan
    many = {name: act(x, reported=there) for name, act in
            {"a": algorithm_a, "made": made, "niqr": niqr, "qn": qn, "sn": sn, "q": q_method}.items()}  # fmt: skip
    mean = hampel(x, reported=there)
    for i in range(0, 50, 7):
        row = x[i, there[i]]
        assert many["a"].n[i] == row.size == mean.n[i]
        assert many["a"].s[i] == pytest.approx(float(algorithm_a(row).s), rel=1e-12)
        assert many["a"].u[i] == pytest.approx(1.25 * many["a"].s[i] / row.size**0.5)
        for name, act in (("made", made), ("niqr", niqr), ("qn", qn), ("sn", sn), ("q", q_method)):
            assert many[name].s[i] == pytest.approx(float(act(row).s), rel=1e-12)
        assert mean.value[i] == pytest.approx(float(hampel(row).value), rel=1e-12)
    with pytest.raises(Refused) as told:
        algorithm_a(x)
    assert told.value.findings[0].code == "comparison.results.not_finite"


@pytest.mark.parametrize("dof", [1, 2, 3.5, 9, 40])
def test_algorithm_s_is_where_the_plain_iteration_ends(dof: float) -> None:
    s = np.sqrt(stats.chi2.rvs(dof, size=(10, 12), random_state=SEED) / dof)
    s[:, 0] *= 6.0
    eta, xi = limit_factors(dof)
    found = algorithm_s(s, dof)
    for i in range(10):
        w = float(np.median(s[i]))
        for _ in range(1500):
            w = xi * float(np.sqrt(np.mean(np.minimum(s[i], eta * w) ** 2)))
        assert found.w[i] == pytest.approx(w, rel=1e-12)


def test_limit_and_adjustment_factors_are_those_printed() -> None:
    """ISO 13528, table for algorithm S: ν = 1 … 10; ξ for ν = 10 is 1.0164 and printed as 1.017."""
    printed = [(1.645, 1.097), (1.517, 1.054), (1.444, 1.039), (1.395, 1.032), (1.359, 1.027), (1.332, 1.024),
               (1.310, 1.021), (1.292, 1.019), (1.277, 1.018), (1.264, 1.017)]  # fmt: skip
    for dof, want in enumerate(printed, 1):
        assert limit_factors(dof) == pytest.approx(want, abs=7e-4)


@pytest.mark.parametrize("dof", [1, 4])
def test_factors_make_normal_results_unbiased(dof: int) -> None:
    rng = np.random.default_rng(SEED)
    s = np.sqrt(rng.chisquare(dof, (2000, 400)) / dof)
    assert algorithm_s(s, dof).w.mean() == pytest.approx(1.0, abs=0.003)
    x = rng.standard_normal((2000, 400))
    assert algorithm_a(x).s.mean() == pytest.approx(1.0, abs=0.003)


# ------------------------------------------------------------------ spreads without iteration, Q and Hampel


def test_spreads_are_unbiased_in_small_rounds_and_efficient_in_large() -> None:
    rng = np.random.default_rng(SEED)
    for n in (2, 5, 8, 15):
        x = rng.standard_normal((20_000, n))
        assert qn(x).s.mean() == pytest.approx(1.0, abs=0.02), n
        assert sn(x).s.mean() == pytest.approx(1.0, abs=0.02), n
    x = rng.standard_normal((1200, 120))
    floor = x.std(axis=1, ddof=1).var()
    for act, efficiency in ((qn, 0.82), (sn, 0.58), (made, 0.37), (niqr, 0.37), (q_method, 0.82)):
        s = act(x).s
        assert s.mean() == pytest.approx(1.0, abs=0.02), act
        assert floor / s.var() == pytest.approx(efficiency, abs=0.08), act


def test_quantile_types_are_those_of_numpy_and_differ() -> None:
    x = np.random.default_rng(SEED).normal(0, 1, (20, 9))
    kinds = [niqr(x, kind).s for kind in range(1, 10)]
    np.testing.assert_allclose(kinds[6], 0.7413 * stats.iqr(x, axis=1))
    assert len({round(float(s[0]), 12) for s in kinds}) >= 6


def brute_q(x: Any) -> float:
    """The Q method from its definition, with exact ties counted as integers."""
    p = len(x)
    apart = [abs(a - b) for i, a in enumerate(x) for b in x[i + 1 :]]
    steps = sorted(set(apart))
    h = {v: sum(d <= v for d in apart) / (p * (p - 1) / 2) for v in steps}
    zero = h.get(0, 0.0)
    knots, before = [(0.0, 0.0)], zero
    for v in (v for v in steps if v > 0):
        knots.append((v, 0.5 * (before + h[v])))
        before = h[v]
    wanted = 0.25 + 0.75 * zero
    for (v0, g0), (v1, g1) in pairwise(knots):
        if g1 >= wanted:
            return float((v0 + (wanted - g0) / (g1 - g0) * (v1 - v0))
                         / (2**0.5 * stats.norm.ppf(0.625 + 0.375 * zero)))  # fmt: skip
    raise AssertionError


@given(x=st.lists(st.integers(0, 12), min_size=2, max_size=14).filter(lambda row: len(set(row)) > 1))
@settings(max_examples=150, deadline=None)
def test_q_method_counts_ties_that_rounding_splits(x: list[int]) -> None:
    """0.3 − 0.2 and 0.2 − 0.1 differ in their last bit: a program that compares floats sees two steps for one."""
    want = brute_q(x)
    assert q_method(x).s == pytest.approx(want, rel=1e-12)
    assert q_method(np.array(x) * 0.1 + 7.3).s == pytest.approx(0.1 * want, rel=1e-7)


def test_replicates_weigh_each_pair_of_laboratories_alike() -> None:
    x = np.random.default_rng(SEED).normal(0, 1, 9)
    assert q_method_of_replicates([[v] for v in x]).s == pytest.approx(float(q_method(x).s), rel=1e-12)
    assert q_method_of_replicates([[v, v] for v in x]).s == pytest.approx(float(q_method(x).s), rel=1e-9)
    rng = np.random.default_rng(SEED)
    s = [float(q_method_of_replicates(list(rng.normal(0, 2.0, (25, 1)) + rng.normal(0, 1.0, (25, 3)))).s)
         for _ in range(200)]  # fmt: skip
    assert np.mean(s) == pytest.approx(5**0.5, rel=0.04), "the reproducibility of one result"


def all_roots(x: Any, s: float) -> list[float]:
    """Roots of Hampel's equation by a fine scan and bisection."""
    t = np.linspace(x.min(), x.max(), 4001)
    f = psi((x - t[:, None]) / s).sum(axis=1)
    return [brentq(lambda v: psi((x - v) / s).sum(), t[i], t[i + 1]) for i in np.flatnonzero(f[1:] * f[:-1] < 0)]


def test_hampel_takes_the_root_nearest_to_the_median() -> None:
    """A reweighted iteration that starts at the mean can end in the other group."""
    rng = np.random.default_rng(SEED)
    several = 0
    for _ in range(40):
        x = np.concatenate([rng.normal(0, 1, 11), rng.normal(9, 1, 8)])
        found = hampel(x, s=1.2)
        roots = all_roots(x, 1.2)
        several += len(roots) > 1
        assert found.value == pytest.approx(min(roots, key=lambda t: abs(t - np.median(x))), abs=1e-9)
        assert found.roots == len(roots) and bool(found.findings) == (len(roots) > 1)
    assert several > 10


def test_hampel_between_two_like_groups_is_the_median() -> None:
    x = np.array([-9.0, -8.0, -7.0, 7.0, 8.0, 9.0])
    found = hampel(x, s=1.0)
    assert found.value == 0.0 and found.roots == 2
    assert hampel(x + 3.0, s=1.0).value == 3.0
    lonely = hampel([1.0, 2.0, 3.0, 4.0, 100.0])
    assert lonely.value == pytest.approx(2.5) and lonely.roots == 2, "a far result alone makes a root too"
    assert hampel([1.0, 2.0, 3.0, 4.0, 5.0]).roots == 1


@pytest.mark.parametrize("q", [0.0, 0.7, 1.5, 2.2, 3.0, 3.75, 4.5, 9.0])
def test_psi_has_its_knees(q: float) -> None:
    want = q if q <= 1.5 else 1.5 if q <= 3.0 else 4.5 - q if q < 4.5 else 0.0
    assert psi(np.array([q, -q])).tolist() == pytest.approx([want, -want])


# ------------------------------------------------------------------ density


def test_density_is_the_sum_of_its_kernels() -> None:
    x = np.random.default_rng(SEED).normal(100.0, 3.0, 40)
    found = density(x)
    assert found.bandwidth == pytest.approx(0.9 * float(algorithm_a(x).s) / 40**0.2)
    assert density(x, sigma_pt=2.0).bandwidth == 1.5
    want = stats.gaussian_kde(x, found.bandwidth / x.std(ddof=1))(found.x)
    np.testing.assert_allclose(found.y, want, rtol=1e-9)
    assert np.trapezoid(found.y, found.x) == pytest.approx(1.0, abs=0.003)


def test_modes_are_found_wherever_they_lie() -> None:
    rng = np.random.default_rng(SEED)
    x = np.concatenate([rng.normal(0, 1, 30), rng.normal(8, 1, 20), [1e7]])
    found = density(x, bandwidth=0.8, resampling=Resampling(100, 3))
    fine = np.linspace(-6, 14, 20_001)
    y = np.exp(-0.5 * ((fine[:, None] - x) / 0.8) ** 2).sum(axis=1)
    tops = fine[1:-1][(y[1:-1] > y[:-2]) & (y[1:-1] >= y[2:])]
    np.testing.assert_allclose(np.sort(found.modes)[:-1], tops, atol=2e-3)
    assert found.modes[-1] == pytest.approx(1e7) and 0.4 < found.support[-1] < 0.85, "one result is a mode by chance"
    assert (found.support[:2] > 0.7).all() and found.findings[0].code == "comparison.density.modes"
    assert np.all(np.diff(found.heights) <= 0) and found.shares.sum() == pytest.approx(1.0)
    again = density(x, bandwidth=0.8, resampling=Resampling(100, 3))
    np.testing.assert_array_equal(again.support, found.support)


def test_one_group_has_one_firm_mode() -> None:
    x = stats.norm.ppf((np.arange(60) + 0.5) / 60)
    found = density(x, bandwidth=0.6)
    assert found.modes.tolist() == pytest.approx([0.0], abs=1e-6) and found.support[0] > 0.95 and not found.findings


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("results.few", lambda: algorithm_a([1.0])),
        ("results.few", lambda: q_method([[1.0, 2.0], [1.0, 2.0]], [[True, True], [True, False]])),
        ("reported.form", lambda: made([1.0, 2.0, 3.0], reported=[True, False])),
        ("results.not_finite", lambda: made([1.0, float("inf")])),
        ("quantile.type", lambda: niqr([1.0, 2.0], 10)),
        ("algorithm_a.start", lambda: algorithm_a([1.0, 1.0, 1.0, 2.0], tied="mean")),  # type: ignore[arg-type]
        ("algorithm_a.collapsed", lambda: algorithm_a([0.1] * 5, tied="sd")),
        ("uncertainty.negative", lambda: algorithm_s([-1.0, 1.0], 2)),
        ("robust.dof", lambda: algorithm_s([1.0, 1.0], 0)),
        ("robust.dof", lambda: algorithm_s([1.0, 1.0], [2, 3])),
        ("algorithm_s.zeros", lambda: algorithm_s([0.0, 0.0, 1.0], 2)),
        ("hampel.no_spread", lambda: hampel([1.0, 1.0])),
        ("hampel.no_spread", lambda: hampel([1.0, 2.0], s=0.0)),
        ("results.shape", lambda: hampel([1.0, 2.0], s=[1.0, 2.0])),
        ("results.few", lambda: q_method_of_replicates([[1.0]])),
        ("results.shape", lambda: density([[1.0, 2.0]])),
        ("density.bandwidth", lambda: density([1.0, 2.0], bandwidth=0.0)),
        ("density.settings", lambda: density([1.0, 2.0], points=1)),
    ],
)  # fmt: skip
def test_bad_input_is_told(code: str, asked: Any) -> None:
    with pytest.raises(Refused) as told:
        asked()
    assert told.value.findings[0].code == f"comparison.{code}"


def test_equal_results_have_no_spread_and_a_finding() -> None:
    for act in (made, niqr, qn, sn, q_method):
        found = act([[0.1] * 6, [0.1, 0.2, 0.3, 0.4, 0.5, 0.7]])
        assert found.s[0] == 0.0 and found.s[1] > 0.0
        assert dict(found.findings[0].parameters) == {"measurands": "1"}


def test_blocks_hold_every_measurand_once() -> None:
    there = np.random.default_rng(SEED).random((33, 9)) > 0.4
    there[:, 0] = True
    given_rows = reported_results(np.arange(297.0).reshape(33, 9), there, 1)
    seen = np.zeros(33, int)
    for which, block in given_rows.blocks(20):
        seen[which] += 1
        assert np.isfinite(block).all() and np.all(np.diff(block, axis=1) > 0)
    assert np.all(seen == 1)
