"""Specific and global risks, knowledge after a reading, guard bands: closed forms, quadrature, published numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import ndtr, ndtri, owens_t, stdtr, stdtrit

from suyuan.quantity import type_b
from suyuan.quantity.conformity import guard_band
from suyuan.quantity.conformity.decision import probability_conforming
from suyuan.quantity.conformity.posterior import posterior
from suyuan.quantity.conformity.risk import (
    GlobalRisks,
    Interval,
    breaks_of,
    global_risks,
    interval,
    operating_characteristic,
    risk_curve,
    specific_risk,
)
from suyuan.quantity.conformity.variable import Variable, certain, from_draws, from_quantity, ladder, variable
from suyuan.quantity.finding import Refused, finding_table, sentences
from suyuan.quantity.quantity import quantity, stack
from suyuan.quantity.type_b import Evaluated

RNG = np.random.default_rng(7)
KNOWN: dict[str, Evaluated] = {
    "normal": type_b.normal(0.1, 0.8),
    "student_t": type_b.student_t(0.0, 0.6, 3.0),
    "student_t_std": type_b.student_t_std(0.0, 0.6, 5.0),
    "rectangular": type_b.rectangular(0.1, 1.4),
    "triangular": type_b.triangular(0.0, 1.9),
    "trapezoid": type_b.trapezoid(0.0, 1.8, 0.3),
    "arcsine": type_b.arcsine(0.0, 1.3),
    "curvilinear_trapezoid": type_b.curvilinear_trapezoid(0.0, 1.2, 0.3),
    "curvilinear_to_a_point": type_b.curvilinear_trapezoid(0.0, 1.0, 1.0),
    "gamma": type_b.gamma(4.0, 0.25),
    "gamma_singular": type_b.gamma(0.4, 2.0),
    "exponential": type_b.exponential(0.7),
    "histogram": type_b.histogram([-2.0, -1.0, 0.0, 1.5], [1, 2, 3]),
}
ERRORS: dict[str, Evaluated] = {
    "normal": type_b.normal(0.0, 0.2),
    "sharp": type_b.normal(0.05, 1e-4),
    "wide": type_b.triangular(0.0, 3.0),
    "student_t": type_b.student_t(0.1, 0.2, 3.0),
    "rectangular": type_b.rectangular(0.0, 0.4),
    "arcsine": type_b.arcsine(0.0, 0.3),
    "gamma": type_b.gamma(0.5, 0.2),
    "histogram": type_b.histogram([-0.3, 0.0, 0.2], [1, 1]),
}
TOLERANCE, ACCEPTANCE = Interval(-0.9, 1.0), Interval(-0.8, 0.95)


def refused(call: Callable[[], Any]) -> list[str]:
    with pytest.raises(Refused) as caught:
        call()
    for item in caught.value.findings:
        assert item.code in finding_table()
        for language in ("zh", "en"):
            assert "?" not in "".join(sentences(item, language).values()), item
    return [item.code for item in caught.value.findings]


def bivariate(h: float, k: float, r: float) -> float:
    """P(Z₁ ≤ h, Z₂ ≤ k) of standard normals with correlation r, by Owen's T (1956)."""
    q = math.sqrt(1.0 - r * r)
    result = 0.5 * (ndtr(h) + ndtr(k)) - owens_t(h, (k - r * h) / (h * q)) - owens_t(k, (h - r * k) / (k * q))
    return float(result - (0.0 if h * k > 0 else 0.5))


def closed(item: float, error: float, limits: Interval, zone: Interval) -> tuple[float, float]:
    """Consumer's and producer's risk of centred normals, from the bivariate normal of item and reading."""
    reading = math.hypot(item, error)
    r = item / reading
    a, b = limits.lower / item, limits.upper / item
    c, d = zone.lower / reading, zone.upper / reading
    both = bivariate(b, d, r) - bivariate(a, d, r) - bivariate(b, c, r) + bivariate(a, c, r)
    return float(ndtr(d) - ndtr(c)) - both, float(ndtr(b) - ndtr(a)) - both


# ---------------------------------------------------------------- specific risk


@pytest.mark.parametrize("name", KNOWN)
def test_specific_risk_is_the_integral_of_the_density(name: str) -> None:
    known = variable(KNOWN[name])
    inner = [x for x in (0.0, *known.features()) if -0.9 < x < 1.0]
    area = quad(lambda x: float(known.density(x)), -0.9, 1.0, points=sorted(inner) or None, limit=400, epsabs=1e-11)[0]
    got = specific_risk(known, TOLERANCE)
    assert got.p_conforming == pytest.approx(area, abs=1e-7)
    assert got.p_conforming + got.p_nonconforming == pytest.approx(1.0, abs=1e-14)
    one = (
        specific_risk(known, interval(None, 1.0)).p_nonconforming
        + specific_risk(known, interval(-0.9, None)).p_nonconforming
    )
    assert one == pytest.approx(got.p_nonconforming, abs=1e-14)


def test_specific_risk_of_t_uses_the_scale() -> None:
    got = specific_risk(variable(type_b.student_t(5.0, 0.1, 4.0)), interval(None, 5.2))
    assert got.p_conforming == pytest.approx(float(stdtr(4.0, 2.0)), abs=1e-14)
    assert got.p_conforming == pytest.approx(probability_conforming(5.0, 0.1, 4.0, upper=5.2), abs=1e-14)


def test_small_tails_keep_their_digits() -> None:
    assert specific_risk(variable(type_b.normal(0.0, 1.0)), interval(None, 12.0)).p_nonconforming == pytest.approx(
        float(ndtr(-12.0)), rel=1e-12
    )
    far = specific_risk(variable(type_b.gamma(4.0, 0.25)), interval(None, 20.0)).p_nonconforming
    assert far == pytest.approx(math.exp(-80) * sum(80.0**k / math.factorial(k) for k in range(4)), rel=1e-10)


def test_sample_and_constant_count_the_ends() -> None:
    """A value on the limit conforms, also where standardising would move it by a last place."""
    draws = [0.1, 0.2, 0.3, 0.7]
    got = specific_risk(from_draws(draws), interval(0.1, 0.3))
    assert got.p_conforming == 0.75 and got.p_nonconforming == 0.25
    assert specific_risk(certain(1.0), interval(0.0, 1.0)).p_conforming == 1.0
    assert specific_risk(variable(type_b.rectangular(2.0, 0.0)), interval(0.0, 1.0)).p_conforming == 0.0


def test_gamma_has_nothing_below_its_zero() -> None:
    assert specific_risk(variable(type_b.gamma(0.4, 2.0)), interval(0.0, None)).p_nonconforming == 0.0


def test_specific_risk_of_a_result() -> None:
    """Of a quantity with effective degrees of freedom, the same as the array function gives."""
    a, b = quantity(5.0, 0.1, "mm", dof=4.0), quantity(1.0, 0.2, "mm")
    for result in (a, b, a - 2.0 * b, a[()]):
        got = specific_risk(from_quantity(result), Interval(2.9, 5.1)).p_conforming
        assert got == pytest.approx(probability_conforming(result.value, result.u, result.dof, 2.9, 5.1), abs=1e-13)
    assert specific_risk(from_quantity(quantity(5.0, None, "mm")), Interval(4.0, 5.0)).p_conforming == 1.0
    assert refused(lambda: from_quantity(stack([a, b]))) == ["risk.quantity.array"]


# ---------------------------------------------------------------- global risks


def test_published_ball_bearing() -> None:
    """JCGM 106:2012 9.5.4: 0.8 % and 1.7 %, with 4.2 % of the bearings outside."""
    r = global_risks(
        variable(type_b.gamma(4.0, 0.25)), variable(type_b.normal(0.0, 0.25)), interval(None, 2.0), interval(None, 2.0)
    )
    assert (round(r.p_nonconforming, 3), round(r.consumer, 3), round(r.producer, 3)) == (0.042, 0.008, 0.017)


@given(
    item=st.floats(0.05, 20.0),
    error=st.floats(0.001, 20.0),
    zone=st.tuples(st.floats(-3.0, -0.1), st.floats(0.1, 3.0)),
)
@settings(max_examples=60, deadline=None)
def test_normal_risks_agree_with_the_bivariate_normal(item: float, error: float, zone: tuple[float, float]) -> None:
    limits, accepted = Interval(-1.0, 1.2), Interval(*zone)
    got = global_risks(variable(type_b.normal(0.0, item)), variable(type_b.normal(0.0, error)), limits, accepted)
    consumer, producer = closed(item, error, limits, accepted)
    assert got.consumer == pytest.approx(consumer, abs=2e-13)
    assert got.producer == pytest.approx(producer, abs=2e-13)
    assert got.p_accepted + got.p_rejected == pytest.approx(1.0, abs=1e-13)


def adaptive(item: Variable, error: Variable) -> float:
    """Consumer's risk by adaptive quadrature over the probability of the item."""

    def chance(q: float) -> float:
        x = item.quantile(q)
        return float(error.inside(ACCEPTANCE.lower - x, ACCEPTANCE.upper - x))

    marks = np.concatenate([breaks_of(item, error, TOLERANCE, ACCEPTANCE), item.features()])
    edges = np.unique(np.clip(item.law.cdf((marks - item.value) / item.u), 1e-13, 1.0 - 1e-13))
    edges = np.unique(np.concatenate([[1e-13], edges, [1.0 - 1e-13]]))
    total = 0.0
    for a, b in pairwise(edges):
        if b - a > 1e-14 and not TOLERANCE.lower <= item.quantile(0.5 * (a + b)) <= TOLERANCE.upper:
            total += quad(chance, a, b, epsabs=1e-12, epsrel=1e-9, limit=200)[0]
    return total


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("item", "error"), [
    *((name, "normal") for name in KNOWN), *(("normal", name) for name in ERRORS), ("arcsine", "arcsine"),
    ("gamma_singular", "gamma"), ("histogram", "histogram"), ("student_t", "sharp"), ("exponential", "wide"),
])  # fmt: skip
def test_any_item_and_error_agree_with_adaptive_quadrature(item: str, error: str) -> None:
    x, e = variable(KNOWN[item]), variable(ERRORS[error])
    got = global_risks(x, e, TOLERANCE, ACCEPTANCE)
    assert got.consumer == pytest.approx(adaptive(x, e), abs=1e-10)
    assert got.p_accepted - got.consumer == pytest.approx(got.p_conforming - got.producer, abs=1e-12)


@pytest.mark.parametrize("name", KNOWN)
def test_monte_carlo_agrees(name: str) -> None:
    x, e = variable(KNOWN[name]), variable(ERRORS["student_t"])
    n = 200_000
    item = x.value + x.u * x.law.ppf(RNG.uniform(1e-12, 1.0, n))
    reading = item + e.value + e.u * e.law.ppf(RNG.uniform(1e-12, 1.0, n))
    inside, accepted = TOLERANCE.holds(item), ACCEPTANCE.holds(reading)
    got = global_risks(x, e, TOLERANCE, ACCEPTANCE)
    for p, hits in ((got.consumer, ~inside & accepted), (got.producer, inside & ~accepted), (got.p_accepted, accepted)):
        assert np.mean(hits) == pytest.approx(p, abs=5.0 * math.sqrt(max(p * (1.0 - p), 1e-6) / n))


def test_samples_are_summed_exactly() -> None:
    """All four pairs of sample and density, against the plain double sum or the plain mean."""
    items, errors = np.round(RNG.normal(0.0, 1.0, 300), 3), np.round(RNG.normal(0.0, 0.3, 200), 3)
    reading = items[:, None] + errors
    outside = ~TOLERANCE.holds(items)[:, None]
    accepted = (reading >= ACCEPTANCE.lower - 1e-9) & (reading <= ACCEPTANCE.upper + 1e-9)
    both = global_risks(from_draws(items), from_draws(errors), TOLERANCE, ACCEPTANCE)
    assert both.consumer == pytest.approx(np.mean(outside & accepted), abs=2e-4)
    assert both.p_accepted == pytest.approx(np.mean(accepted), abs=2e-4)
    normal = variable(type_b.normal(0.0, 0.3))
    one = global_risks(from_draws(items), normal, TOLERANCE, ACCEPTANCE)
    chance = ndtr((ACCEPTANCE.upper - items) / 0.3) - ndtr((ACCEPTANCE.lower - items) / 0.3)
    assert one.consumer == pytest.approx(np.mean(chance * outside[:, 0]), abs=1e-14)
    other = global_risks(variable(type_b.normal(0.0, 1.0)), from_draws(errors), TOLERANCE, ACCEPTANCE)
    near = [global_risks(variable(type_b.normal(0.0, 1.0)), variable(type_b.normal(e, 1e-9)), TOLERANCE, ACCEPTANCE)
            for e in errors[:40]]  # fmt: skip
    few = global_risks(variable(type_b.normal(0.0, 1.0)), from_draws(errors[:40]), TOLERANCE, ACCEPTANCE)
    assert few.consumer == pytest.approx(np.mean([r.consumer for r in near]), abs=1e-8)
    assert few.producer == pytest.approx(np.mean([r.producer for r in near]), abs=1e-8)
    assert other.p_accepted + other.p_rejected == pytest.approx(1.0, abs=1e-14)


def test_certain_items_and_certain_errors() -> None:
    error = variable(type_b.normal(0.0, 0.5))
    bad = global_risks(certain(1.5), error, interval(None, 1.0), interval(None, 1.0))
    assert bad.consumer == pytest.approx(float(ndtr(-1.0)), abs=1e-15) and bad.producer == 0.0
    ideal = global_risks(variable(type_b.normal(0.0, 1.0)), certain(0.0), TOLERANCE, TOLERANCE)
    assert (ideal.consumer, ideal.producer) == (0.0, 0.0)
    biased = global_risks(variable(type_b.normal(0.0, 1.0)), certain(0.1), interval(None, 1.0), interval(None, 1.0))
    assert biased.producer == pytest.approx(float(ndtr(1.0) - ndtr(0.9)), abs=1e-14)


def test_risks_among_the_accepted_and_rejected() -> None:
    r = GlobalRisks(0.9, 0.1, 0.8, 0.2, 0.04, 0.14)
    assert r.consumer_accepted == pytest.approx(0.05) and r.producer_rejected == pytest.approx(0.7)
    nothing = GlobalRisks(0.9, 0.1, 0.0, 1.0, 0.0, 0.9)
    assert math.isnan(nothing.consumer_accepted)


def test_operating_characteristic_has_the_shape_of_the_true_values() -> None:
    error = variable(type_b.rectangular(0.0, 0.5))
    p = operating_characteristic(np.array([[-1.0, -0.25], [0.75, 1.25]]), error, interval(None, 1.0))
    assert p.tolist() == pytest.approx(np.array([[1.0, 1.0], [0.75, 0.25]]))


def test_risk_curve_falls_for_the_consumer_and_rises_for_the_producer() -> None:
    item, error = variable(type_b.normal(0.0, 0.5)), variable(type_b.normal(0.0, 0.125))
    curve = risk_curve(item, error, Interval(-1.0, 1.0), 0.25, np.linspace(-1.0, 5.0, 25))
    assert np.all(np.diff(curve.consumer) <= 0.0) and np.all(np.diff(curve.producer) >= 0.0)
    at_zero = global_risks(item, error, Interval(-1.0, 1.0), Interval(-1.0, 1.0))
    assert curve.consumer[4] == at_zero.consumer and curve.w[4] == 0.0
    assert curve.consumer[-1] == 0.0 and math.isnan(curve.consumer_accepted[-1])


# ---------------------------------------------------------------- after a reading


@given(u0=st.floats(0.1, 5.0), u=st.floats(0.1, 5.0), away=st.floats(-15.0, 15.0))
@settings(max_examples=40, deadline=None)
def test_normal_posterior_is_the_weighted_mean(u0: float, u: float, away: float) -> None:
    reading = 1.0 + away * math.hypot(u0, u)
    p = posterior(variable(type_b.normal(1.0, u0)), variable(type_b.normal(0.0, u)), reading)
    variance = 1.0 / (1.0 / u0**2 + 1.0 / u**2)
    mean = variance * (1.0 / u0**2 + reading / u**2)
    assert p.mean == pytest.approx(mean, abs=1e-9 * (1 + abs(mean)))
    assert p.std == pytest.approx(math.sqrt(variance), rel=1e-8)
    limits = Interval(mean - variance**0.5, mean + 2.0 * variance**0.5)
    assert p.conforming(limits).p_conforming == pytest.approx(float(ndtr(2.0) - ndtr(-1.0)), abs=1e-9)
    assert p.cdf([mean]) == pytest.approx([0.5], abs=1e-9)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("prior", "error"), [
    *((name, "student_t") for name in KNOWN), ("normal", "arcsine"), ("gamma", "gamma"), ("arcsine", "normal"),
    ("histogram", "rectangular"),
])  # fmt: skip
def test_posterior_agrees_with_quadrature_of_the_densities(prior: str, error: str) -> None:
    x, e, reading = variable(KNOWN[prior]), variable(ERRORS[error]), 0.6

    def weight(at: float) -> float:
        return float(x.density(at) * e.density(reading - at))

    marks = np.concatenate([[-0.9, 1.0, 0.6, 0.0], x.features(), reading - e.features()])
    marks = np.unique(np.clip(marks, -40.0, 40.0))

    def area(low: float, high: float) -> float:
        edges = np.unique(np.concatenate([[low, high], marks[(marks > low) & (marks < high)]]))
        return sum(quad(weight, a, b, limit=200, epsabs=1e-12)[0] for a, b in pairwise(edges))

    expected = area(-0.9, 1.0) / area(-40.0, 40.0)
    got = posterior(x, e, reading).conforming(TOLERANCE)
    # The reference meets infinite densities at its ends, which limits it and not the answer.
    assert got.p_conforming == pytest.approx(expected, abs=2e-6 if x.singular or e.singular else 1e-8)
    assert got.p_conforming + got.p_nonconforming == pytest.approx(1.0, abs=1e-12)


def test_posterior_of_samples() -> None:
    draws = RNG.normal(0.0, 1.0, 40_000)
    p = posterior(from_draws(draws), variable(type_b.normal(0.0, 0.5)), 1.0)
    assert p.mean == pytest.approx(0.8, abs=0.01) and p.std == pytest.approx(0.2**0.5, abs=0.01)
    q = posterior(variable(type_b.normal(0.0, 1.0)), from_draws(draws * 0.5), 1.0)
    assert q.mean == pytest.approx(0.8, abs=0.01)
    assert refused(lambda: posterior(from_draws(draws), from_draws(draws), 1.0)) == ["risk.posterior.samples"]


def test_posterior_that_cannot_be() -> None:
    x, e = variable(type_b.rectangular(0.0, 1.0)), variable(type_b.rectangular(0.0, 0.1))
    assert refused(lambda: posterior(x, e, 3.0)) == ["risk.posterior.impossible"]
    assert refused(lambda: posterior(x, e, math.nan)) == ["conformity.value.unknown"]


# ---------------------------------------------------------------- guard bands


@pytest.mark.parametrize(("rule", "r"), [("simple", 0.0), ("expanded", 1.0), ("iso_14253_1", 0.83),
                                         ("three_sigma", 1.5), ("six_sigma", 3.0), ("uncritical", -1.0)])  # fmt: skip
def test_rules_of_ilac_g8(rule: str, r: float) -> None:
    """The risks that the table of ILAC-G8:09/2019 states for a reading on the acceptance limit, U = 2u."""
    stated = {"simple": 0.5, "expanded": 0.025, "iso_14253_1": 0.05, "three_sigma": 0.0016, "six_sigma": 1e-6}
    band = guard_band.by_rule(rule, interval(None, 10.0), 0.2)
    assert band.acceptance.upper == pytest.approx(10.0 - 0.2 * r) and band.ratio == pytest.approx(r)
    reading = variable(type_b.normal(band.acceptance.upper, 0.1))
    risk = specific_risk(reading, interval(None, 10.0)).p_nonconforming
    assert risk <= stated.get(rule, 0.98)


def test_rules_by_ratio() -> None:
    """T = 1, U = 1/4: √(1 − 1/16) for the root sum of squares; M = 1.04 − e^(0.38 ln 4 − 0.54)."""
    assert guard_band.by_rule("root_sum_square", Interval(-1.0, 1.0), 0.25).acceptance.upper == pytest.approx(
        0.968246, abs=1e-6
    )
    m = 1.04 - math.exp(0.38 * math.log(4.0) - 0.54)
    assert guard_band.by_rule("dobbert", Interval(-1.0, 1.0), 0.25).w_upper == pytest.approx(0.25 * m)
    assert guard_band.by_rule("dobbert", Interval(-1.0, 1.0), 0.1).w_upper == 0.0
    assert guard_band.by_rule("proportional", Interval(-1.0, 1.0), 0.25, 0.5).w_upper == pytest.approx(0.125)


@pytest.mark.parametrize("spread", [0.2, 0.4, 0.6, 1.0, 3.0])
def test_dobbert_keeps_two_per_cent(spread: float) -> None:
    """Whatever the spread of the items, the global consumer's risk stays below 2 %."""
    for ratio in (1.5, 2.0, 3.0, 4.0):
        band = guard_band.by_rule("dobbert", Interval(-1.0, 1.0), 1.0 / ratio)
        error = variable(type_b.normal(0.0, 0.5102 / ratio))
        risk = global_risks(variable(type_b.normal(0.0, spread)), error, Interval(-1.0, 1.0), band.acceptance).consumer
        assert risk < 0.0203


def test_specific_guard_band_by_quantile() -> None:
    normal = guard_band.for_specific_risk(interval(None, 1.0), variable(type_b.normal(0.0, 0.1)), 0.025, 0.2)
    assert normal.w_upper == pytest.approx(0.1 * float(ndtri(0.975)), rel=1e-12)
    t = guard_band.for_specific_risk(interval(2.0, None), variable(type_b.student_t(0.0, 0.1, 5.0)), 0.05, 0.2)
    assert t.w_lower == pytest.approx(0.1 * float(stdtrit(5.0, 0.95)), rel=1e-12) and math.isnan(t.w_upper)
    biased = guard_band.for_specific_risk(interval(None, 1.0), variable(type_b.rectangular(0.3, 0.2)), 0.1)
    assert biased.acceptance.upper == pytest.approx(1.0 + 0.3 - 0.2 + 0.04)


@pytest.mark.parametrize("name", ["normal", "student_t", "rectangular", "arcsine", "gamma", "histogram"])
def test_specific_guard_band_with_both_tails(name: str) -> None:
    error, limits = variable(ERRORS[name]), Interval(-1.0, 1.0)
    band = guard_band.for_specific_risk(limits, error, 0.1)
    for y in (band.acceptance.lower, band.acceptance.upper):
        assert float(error.outside(y - limits.upper, y - limits.lower)) == pytest.approx(0.1, abs=1e-9)
    middle = np.linspace(band.acceptance.lower, band.acceptance.upper, 50)[1:-1]
    assert np.all(error.outside(middle - limits.upper, middle - limits.lower) <= 0.1 + 1e-12)
    assert refused(lambda: guard_band.for_specific_risk(Interval(-0.01, 0.01), error, 0.1)) == ["risk.target.specific"]


@pytest.mark.parametrize("item", ["normal", "student_t", "gamma", "arcsine", "exponential", "histogram"])
@pytest.mark.parametrize("limits", [interval(None, 1.1), interval(0.2, None), Interval(-0.8, 1.1)])
@pytest.mark.parametrize("share", [1e-6, 0.1, 0.95])
def test_guard_band_for_a_consumer_risk(item: str, limits: Interval, share: float) -> None:
    """Also a risk that simple acceptance stays below: then the acceptance limit lies outside the tolerance."""
    x, e = variable(KNOWN[item]), variable(ERRORS["normal"])
    worst = specific_risk(x, limits).p_nonconforming
    target = share * worst
    band = guard_band.for_consumer_risk(x, e, limits, target, U=0.4)
    assert global_risks(x, e, limits, band.acceptance).consumer == pytest.approx(target, rel=1e-10)
    assert band.ratio == pytest.approx(np.nanmax([band.w_lower, band.w_upper]) / 0.4)
    assert share < 0.9 or band.ratio < 0.0
    assert refused(lambda: guard_band.for_consumer_risk(x, e, limits, worst)) == ["risk.target.always_met"]


def test_guard_band_of_closed_form() -> None:
    """Normal items and error: the limit found gives back the risk of the bivariate normal, to ten digits."""
    x, e, limits = variable(type_b.normal(0.0, 0.5)), variable(type_b.normal(0.0, 0.125)), Interval(-1.0, 1.0)
    target, _ = closed(0.5, 0.125, limits, Interval(-0.91, 0.91))
    assert guard_band.for_consumer_risk(x, e, limits, target).acceptance.upper == pytest.approx(0.91, abs=1e-10)


def test_guard_band_for_a_sample() -> None:
    x = from_draws(RNG.normal(0.0, 1.0, 2000))
    e = variable(type_b.normal(0.0, 0.2))
    band = guard_band.for_consumer_risk(x, e, interval(None, 1.5), 0.01)
    assert global_risks(x, e, interval(None, 1.5), band.acceptance).consumer == pytest.approx(0.01, rel=1e-9)
    few = from_draws([0.0, 1.0, 2.0])
    code = refused(lambda: guard_band.for_consumer_risk(few, from_draws([-0.1, 0.1]), interval(None, 1.5), 0.1))
    assert code == ["risk.target.staircase"]


def test_guard_band_for_a_risk_among_the_accepted() -> None:
    x, e, limits = variable(type_b.normal(0.0, 0.5)), variable(type_b.normal(0.0, 0.125)), Interval(-1.0, 1.0)
    band = guard_band.for_accepted_risk(x, e, limits, 0.002)
    assert global_risks(x, e, limits, band.acceptance).consumer_accepted == pytest.approx(0.002, rel=1e-9)
    wide = variable(type_b.normal(0.0, 5.0))
    assert refused(lambda: guard_band.for_accepted_risk(x, wide, limits, 0.001)) == ["risk.target.not_among_accepted"]


# ---------------------------------------------------------------- bad input

NORMAL = variable(type_b.normal(0.0, 1.0))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: interval(None, None), "conformity.limits.absent"),
        (lambda: interval(2.0, 1.0), "risk.interval.reversed"),
        (lambda: interval(math.nan, 1.0), "conformity.limits.unknown"),
        (lambda: global_risks(NORMAL, NORMAL, interval(None, 1.0), interval(0.0, None)), "risk.acceptance.side"),
        (lambda: global_risks(NORMAL, NORMAL, Interval(-1.0, 1.0), Interval(2.0, 3.0)), "risk.acceptance.apart"),
        (lambda: risk_curve(NORMAL, NORMAL, Interval(-1.0, 1.0), -0.1, [1.0]), "risk.uncertainty"),
        (lambda: guard_band.by_rule("generous", Interval(-1.0, 1.0), 0.1), "risk.rule.unknown"),
        (lambda: guard_band.by_rule("expanded", Interval(-1.0, 1.0), -0.1), "risk.uncertainty"),
        (lambda: guard_band.by_rule("expanded", Interval(-1.0, 1.0), 1.5), "risk.guard_band.empty"),
        (lambda: guard_band.by_rule("proportional", Interval(-1.0, 1.0), 0.1), "risk.rule.factor"),
        (lambda: guard_band.by_rule("dobbert", interval(None, 1.0), 0.1), "risk.rule.two_limits"),
        (lambda: guard_band.by_rule("root_sum_square", Interval(-1.0, 1.0), 1.0), "risk.rule.ratio"),
        (lambda: guard_band.for_specific_risk(Interval(-1.0, 1.0), NORMAL, 0.0), "risk.target.probability"),
        (lambda: guard_band.for_consumer_risk(NORMAL, NORMAL, Interval(-1.0, 1.0), 1.5), "risk.target.probability"),
        (
            lambda: guard_band.for_consumer_risk(certain(2.0), certain(0.0), Interval(-1.0, 1.0), 0.5),
            "risk.target.certain",
        ),
        (lambda: from_draws([1.0, 2.0]).density(1.0), "evaluation.distribution.no_density"),
        (lambda: from_draws([1.0]), "evaluation.readings.few"),
    ],
)
def test_bad_input(call: Callable[[], Any], code: str) -> None:
    assert refused(call) == [code]


@pytest.mark.parametrize("bins", [7, 5000])
def test_histogram_of_many_bins(bins: int) -> None:
    """Items in rectangles, normal error: ∫ Φ = zΦ(z) + φ(z) gives the risk in closed form."""
    edges = np.linspace(-2.0, 2.0, bins + 1)
    counts = RNG.integers(1, 100, bins)
    u = 0.3

    def primitive(x: np.ndarray) -> np.ndarray:
        z = (0.8 - x) / u
        return -u * (z * ndtr(z) + np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi))

    low, high = np.maximum(edges[:-1], 1.0), np.maximum(edges[1:], 1.0)
    per_bin = (primitive(high) - primitive(low)) / np.diff(edges)
    expected = float(np.sum(per_bin * counts / counts.sum()))
    item, error = variable(type_b.histogram(edges, counts)), variable(type_b.normal(0.0, u))
    got = global_risks(item, error, interval(None, 1.0), interval(None, 0.8))
    assert got.consumer == pytest.approx(expected, abs=1e-10)


def any_known(rng: np.random.Generator) -> Variable:
    """A random distribution, its spread from 1e-4 to 30."""
    s, c = 10.0 ** rng.uniform(-4.0, 1.5), 0.5 * rng.normal()
    made = [
        type_b.normal(c, s),
        type_b.student_t(c, s, rng.uniform(0.4, 8.0)),
        type_b.rectangular(c, s),
        type_b.triangular(c, s),
        type_b.trapezoid(c, s, rng.uniform()),
        type_b.arcsine(c, s),
        type_b.curvilinear_trapezoid(c, s, s * rng.uniform()),
        type_b.gamma(10.0 ** rng.uniform(-1.3, 1.0), s),
        type_b.exponential(s),
        type_b.histogram(np.sort(rng.normal(c, s, 6)), rng.uniform(size=5)),
    ]
    return variable(made[rng.integers(len(made))])


@given(st.integers(0, 100_000))
@settings(max_examples=60, deadline=None)
def test_item_and_error_may_change_places(seed: int) -> None:
    """Over the error instead of the item: E [P(X beyond the tolerance, and within the acceptance − E)]."""
    rng = np.random.default_rng(seed)
    item, error = any_known(rng), any_known(rng)
    lower, upper = np.sort(rng.normal(size=2))
    limits, zone = Interval(lower, upper), Interval(lower + 0.01, upper - 0.02)
    if zone.lower >= zone.upper:
        return
    ends = np.array([zone.lower, zone.upper])
    corners = np.concatenate([ends - lower, ends - upper, (ends[:, None] - item.features()).ravel()])
    e, weight = error.nodes(np.concatenate([corners, ladder(ends - item.value, item.u, error.u),
                                            ladder(corners[:4], item.u, error.u)]))  # fmt: skip
    low, high = zone.lower - e, zone.upper - e
    beyond = item.inside(low, np.minimum(high, lower)) + item.inside(np.maximum(low, upper), high)
    got = global_risks(item, error, limits, zone)
    assert got.consumer == pytest.approx(float(np.sum(weight * beyond)), abs=1e-12)
    assert got.p_accepted + got.p_rejected == pytest.approx(1.0, abs=1e-12)
