"""Type A beyond plain means: autocorrelated series, a few readings, models evaluated row by row, summaries."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.covariance import correlation
from suyuan.quantity.coverage import coverage_factor
from suyuan.quantity.finding import Refused, finding_table, sentences
from suyuan.quantity.formula.model import read_model
from suyuan.quantity.propagate import propagate
from suyuan.quantity.type_a import readings as type_a
from suyuan.quantity.type_a.observed import as_quantity, means_together, row_by_row
from suyuan.quantity.type_a.series import mean_of_series, sample_autocorrelation
from suyuan.quantity.type_a.small_sample import scaled_t, scaled_t_with_prior
from suyuan.quantity.type_a.summary import Block, summary

# GUM table H.2: voltage V, current A, phase rad, five rows
H2 = {
    "V": [5.007, 4.994, 5.005, 4.990, 4.999],
    "I": [19.663e-3, 19.639e-3, 19.640e-3, 19.685e-3, 19.678e-3],
    "phi": [1.0456, 1.0438, 1.0468, 1.0428, 1.0433],
}
TEXT = {"R": "V/I*cos(phi)", "X": "V/I*sin(phi)", "Z": "V/I"}


def codes(findings: tuple[Any, ...]) -> list[str]:
    for item in findings:
        assert item.code in finding_table()
        for language in ("zh", "en"):
            assert "?" not in "".join(sentences(item, language).values()), item
    return [item.code for item in findings]


# ---------------------------------------------------------------- rows of a model


def test_gum_h2_approach_2() -> None:
    """GUM table H.4: R = 127.732(71), X = 219.847(295), Z = 254.260(236) Ω; r = −0.588, −0.485, 0.993."""
    model, _ = read_model(TEXT)
    assert model is not None
    z, findings = row_by_row(model, H2, dict.fromkeys("RXZ", "ohm"))
    assert findings == ()
    printed = {"R": (127.732, 0.071), "X": (219.847, 0.295), "Z": (254.260, 0.236)}
    assert {k: (round(float(q.value), 3), round(float(q.u), 3)) for k, q in z.items()} == printed
    r = {a + b: round(float(correlation(z[a], z[b])), 3) for a, b in ("RX", "RZ", "XZ")}
    assert r == {"RX": -0.588, "RZ": -0.485, "XZ": 0.993}
    assert [float(q.dof) for q in z.values()] == pytest.approx([4.0, 4.0, 4.0])
    assert len({i.id for q in z.values() for i in q.influences()}) == 1
    assert z["R"].influences()[0].joint and z["R"].influences()[0].distribution == "student_t"


def test_gum_h2_both_approaches() -> None:
    """GUM table H.3: approach 1 gives R = 127.732(71), X = 219.847(295), Z = 254.260(236) Ω as well."""
    q, _ = means_together(H2, {"V": "V", "I": "A"})
    Z = propagate(lambda v, i: v / i, q["V"], q["I"])
    R = propagate(lambda v, i, p: v / i * np.cos(p), q["V"], q["I"], q["phi"])
    assert (round(float(R.value), 3), round(float(R.u), 3)) == (127.732, 0.071)
    assert (round(float(Z.value), 3), round(float(Z.u), 3)) == (254.260, 0.236)
    assert float(correlation(R, Z)) == pytest.approx(-0.485, abs=5e-4)


@given(seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_both_approaches_agree_for_linear_models(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = {name: rng.normal(size=7).tolist() for name in "abc"}
    w = rng.normal(size=(2, 3))
    means, _ = means_together(rows)
    first = [sum(c * means[n] for c, n in zip(v, "abc", strict=True)) for v in w]
    second, _ = row_by_row(lambda a, b, c: [v[0] * a + v[1] * b + v[2] * c for v in w], rows)
    assert list(second) == ["result 1", "result 2"]
    for x, y in zip(first, second.values(), strict=True):
        assert float(x.value) == pytest.approx(float(y.value), abs=1e-12)  # type: ignore[union-attr]
        assert float(x.u) == pytest.approx(float(y.u), rel=1e-9)  # type: ignore[union-attr]
        assert float(y.dof) == pytest.approx(6.0)
    assert float(correlation(*first)) == pytest.approx(float(correlation(*second.values())), abs=1e-9)  # type: ignore[arg-type]


def test_lineage_continues_after_row_by_row() -> None:
    """Two results of the same rows cancel in a combination that cancels in every row."""
    z, _ = row_by_row(lambda a, b: {"s": a + b, "d": a - b}, {"a": [1.0, 2.0, 4.0], "b": [0.0, 1.0, 5.0]})
    twice_a = z["s"] + z["d"]
    assert float(twice_a.value) == pytest.approx(14.0 / 3.0)
    assert float(twice_a.u) == pytest.approx(2.0 * np.std([1.0, 2.0, 4.0], ddof=1) / math.sqrt(3))


def test_one_result_and_constants() -> None:
    one, _ = row_by_row(lambda x, c: c * x, {"x": [1.0, 2.0, 3.0], "c": 10.0}, {"result": "mm"})
    q = one["result"]
    assert float(q.value) == 20.0 and float(q.u) == pytest.approx(10.0 / math.sqrt(3)) and q.unit.symbol == "mm"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: row_by_row(lambda a, b: a / b, {"a": [1.0, 2.0], "b": [0.0, 1.0]}), "type_a.rows.not_finite"),
        (lambda: row_by_row(lambda a: np.sum(a), {"a": [1.0, 2.0]}), "type_a.rows.shape"),
        (lambda: row_by_row(lambda a, b: a, {"a": [1.0, 2.0], "b": [1.0, 2.0, 3.0]}), "evaluation.readings.lengths"),
        (lambda: row_by_row(lambda a: a, {"a": [1.0, math.nan]}), "evaluation.readings.unknown"),
        (lambda: row_by_row(lambda a: a, {"a": [1.0]}), "evaluation.readings.lengths"),
        (lambda: means_together({"a": [1.0], "b": [2.0]}), "evaluation.readings.few"),
        (lambda: means_together({"a": [1.0, math.inf], "b": [2.0, 1.0]}), "evaluation.readings.unknown"),
        (lambda: as_quantity(type_a.mean([1.0])[0], label="x"), "type_a.uncertainty.unknown"),
        (lambda: mean_of_series(list(range(9))), "type_a.series.short"),
        (lambda: mean_of_series([1.0] * 10 + [math.nan]), "evaluation.readings.unknown"),
        (lambda: scaled_t([1.0]), "evaluation.readings.single"),
        (lambda: scaled_t_with_prior([1.0], 0.0, 5.0), "evaluation.uncertainty.negative"),
        (lambda: scaled_t_with_prior([1.0], 0.1, 0.0), "evaluation.dof"),
        (lambda: scaled_t_with_prior([], 0.1, 5.0), "evaluation.readings.empty"),
        (lambda: summary([]), "evaluation.readings.empty"),
        (lambda: summary([Block(np.array([1.0, math.inf]))]), "evaluation.readings.unknown"),
    ],
)
def test_bad_input(call: Callable[[], Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        call()
    assert code in codes(caught.value.findings)


# ---------------------------------------------------------------- quantities


def test_means_as_quantities() -> None:
    table = np.array([[1.0, 2.0, 3.0], [10.0, 10.0, 13.0]])
    q = as_quantity(type_a.mean(table)[0], "mm", label="table")
    assert (
        q.value.tolist() == [2.0, 11.0]
        and q.u == pytest.approx([1 / math.sqrt(3), 1.0])
        and q.dof == pytest.approx([2.0, 2.0])
    )
    assert len(q.influences()) == 1 and float(correlation(q[0], q[1])) == 0.0
    pooled = as_quantity(type_a.mean_with_pooled([5.0], 0.1, 20.0)[0], "mm", id="0" * 32)
    assert (float(pooled.u), float(pooled.dof)) == pytest.approx((0.1, 20.0))
    assert pooled.influences()[0].id == "0" * 32


def test_series_of_different_dof_keep_their_own() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(2, 200))
    noise[1] = np.convolve(noise[1], np.ones(5), "same")
    found, _ = mean_of_series(noise)
    q = as_quantity(found, "V", label="channel")
    assert q.dof == pytest.approx(found.dof) and q.u == pytest.approx(found.u)
    assert [i.label for i in q.influences()] == ["channel 1", "channel 2"]
    with pytest.raises(Refused) as caught:
        as_quantity(found, "V", id="0" * 32)
    assert codes(caught.value.findings) == ["type_a.identity.several"]


# ---------------------------------------------------------------- series


def autoregressive(rng: np.random.Generator, phi: float, series: int, n: int) -> np.ndarray:
    """Stationary AR(1): ρ_k = φᵏ, variance 1/(1 − φ²)."""
    e = rng.normal(size=(series, n))
    e[:, 0] /= math.sqrt(1.0 - phi * phi)
    for t in range(1, n):
        e[:, t] += phi * e[:, t - 1]
    return e


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=40))
@settings(max_examples=60, deadline=None)
def test_autocorrelation_by_definition(values: list[float]) -> None:
    e = np.array(values) - np.mean(values)
    total = float(np.sum(e * e))
    r = sample_autocorrelation(e)
    assert r[0] == 1.0
    if total > 1e-6:
        assert r[1:] == pytest.approx([np.sum(e[:-k] * e[k:]) / total for k in range(1, e.size)], abs=1e-9)


@pytest.mark.parametrize(
    ("phi", "n", "least"), [(0.0, 100, 0.935), (0.5, 200, 0.935), (0.8, 500, 0.925), (0.9, 1000, 0.92)]
)
def test_interval_covers_the_mean_of_a_dependent_series(phi: float, n: int, least: float) -> None:
    """95 % intervals from u and dof cover; those from s/√n do not."""
    x = autoregressive(np.random.default_rng(11), phi, 2000, n)
    m, _ = mean_of_series(x)
    assert least < np.mean(np.abs(m.mean) <= coverage_factor(0.95, m.dof) * m.u) < 0.975
    assert np.sqrt(np.mean(np.square(m.u))) == pytest.approx(np.std(m.mean), rel=0.12)
    expected = n * (1.0 - phi) / (1.0 + phi)
    assert np.median(m.n_eff) == pytest.approx(expected, rel=0.15)
    assert np.mean(np.square(m.s)) == pytest.approx(1.0 / (1.0 - phi * phi), rel=0.05)
    if phi:
        naive = coverage_factor(0.95, n - 1) * x.std(axis=1, ddof=1) / math.sqrt(n)
        assert np.mean(np.abs(m.mean) <= naive) < 0.8


def test_negative_dependence_does_not_lower_u() -> None:
    """NIST NumAcc4 alternates: r₁ = −0.999; u stays s/√n."""
    values = [10000000.2] + [10000000.1, 10000000.3] * 500
    m, findings = mean_of_series(values)
    plain, _ = type_a.mean(values)
    assert findings == () and m.n_eff == 1001 and m.u == pytest.approx(plain.u, rel=1e-6)


def test_drift_and_short_memory_are_told() -> None:
    """Whatever its length, a series that is one ramp, step or wave does not tell the uncertainty of its mean."""
    noise = 0.1 * np.random.default_rng(2).normal(size=400)
    for n in (12, 400):
        t = np.linspace(0.0, 1.0, n)
        for shape in (t, t + noise[:n], np.floor(2 * t), np.sin(2 * math.pi * t), np.exp(-4 * t)):
            drift, findings = mean_of_series(shape)
            assert codes(findings) == ["type_a.series.drift"] and findings[0].severity == "error"
            assert math.isnan(drift.u) and math.isnan(drift.dof)  # type: ignore[arg-type]
    slow = autoregressive(np.random.default_rng(2), 0.95, 300, 60)
    told = [codes(mean_of_series(row)[1]) for row in slow]
    assert sum(bool(row) for row in told) > 0.8 * len(told)
    assert ["type_a.series.few"] in told
    constant, findings = mean_of_series([2.0] * 20)
    assert constant.u == 0.0 and codes(findings) == ["evaluation.readings.constant"]


def test_series_along_an_axis() -> None:
    x = autoregressive(np.random.default_rng(5), 0.5, 3, 50)
    a, b = mean_of_series(x)[0], mean_of_series(x.T, axis=0)[0]
    assert a.u == pytest.approx(b.u)
    assert mean_of_series(x[1])[0].u == pytest.approx(a.u[1])  # type: ignore[index]


# ---------------------------------------------------------------- a few readings


@pytest.mark.parametrize("n", [2, 3])
def test_infinite_standard_deviation_is_told(n: int) -> None:
    t, findings = scaled_t([1.0, 2.0, 4.0][:n])
    assert codes(findings) == ["type_a.few.infinite"] and findings[0].severity == "warning"
    assert math.isinf(t.std) and t.dof == n - 1 and t.u > 0.0
    q = as_quantity(t, "mm")
    assert float(q.dof) == pytest.approx(n - 1) and dict(q.influences()[0].parameters)["scale"] == t.u


def test_four_readings_have_a_standard_deviation() -> None:
    """JCGM 101 6.4.9.4: u² = (n − 1)/(n − 3) · s²/n."""
    values = [10.0, 10.2, 10.4, 10.3]
    t, findings = scaled_t(values)
    assert findings == () and t.std**2 == pytest.approx(3.0 * np.var(values, ddof=1) / 4.0)


def test_prior_pools_the_standard_deviation() -> None:
    """s_p² is the pooled variance of the earlier and the new readings; without scatter information it is the prior."""
    t, _ = scaled_t_with_prior([10.0, 10.2, 10.4], 0.1, 8.0)
    s, dof = type_a.pooled([0.1, 0.2], [9, 3])
    assert (t.s, t.dof, t.u) == pytest.approx((s, dof, s / math.sqrt(3)))
    single, findings = scaled_t_with_prior([10.0], 0.1, 8.0)
    assert findings == () and (single.u, single.dof) == (0.1, 8.0)
    assert single.std == pytest.approx(0.1 * math.sqrt(8.0 / 6.0))


def test_prior_is_the_posterior_of_bayes() -> None:
    """The scaled t agrees with the posterior of µ integrated numerically over σ² for the conjugate prior."""
    values, s0, nu0 = np.array([0.3, -0.2, 0.5]), 0.4, 5.0
    t, _ = scaled_t_with_prior(values, s0, nu0)
    mu = np.linspace(-6.0, 6.0, 24_001)
    log_v = np.linspace(math.log(1e-3), math.log(1e4), 1500)
    v = np.exp(log_v)
    sums = np.sum((values[:, None] - mu) ** 2, axis=0)
    density = np.zeros_like(mu)
    for variance in v:  # scaled inverse χ² prior, in log σ²
        prior = variance ** (-nu0 / 2.0) * math.exp(-nu0 * s0**2 / (2.0 * variance))
        density += prior * variance ** (-values.size / 2.0) * np.exp(-sums / (2.0 * variance))
    density /= np.sum(density)
    mean = float(np.sum(mu * density))
    assert mean == pytest.approx(t.mean, abs=1e-6)
    assert math.sqrt(float(np.sum((mu - mean) ** 2 * density))) == pytest.approx(t.std, rel=2e-3)


# ---------------------------------------------------------------- summaries


@given(
    st.lists(
        st.tuples(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=4), st.integers(1, 5)), min_size=1, max_size=4
    )
)
@settings(max_examples=80, deadline=None)
def test_blocks_are_as_their_values_written_out(rows: list[tuple[list[float], int]]) -> None:
    values = np.concatenate([np.tile(v, times) for v, times in rows])
    got = summary([Block(np.array(v), times) for v, times in rows])
    assert got.n == values.size and got.mean == pytest.approx(values.mean(), abs=1e-9)
    if values.size > 1:
        assert got.std == pytest.approx(values.std(ddof=1), rel=1e-9, abs=1e-9)
    e = values - values.mean()
    if np.sum(e * e) > 1e-6:
        assert got.autocorrelation == pytest.approx(np.sum(e[:-1] * e[1:]) / np.sum(e * e), abs=1e-9)


def test_strd_numacc4_and_its_likes() -> None:
    """NIST StRD NumAcc1 to NumAcc4: certified mean, standard deviation 1 or 0.1, lag-1 autocorrelation."""
    one = summary([Block(np.array([10000001.0, 10000003.0, 10000002.0]))])
    assert (one.mean, one.std, one.autocorrelation) == (10000002.0, 1.0, -0.5)
    two = summary([Block(np.array([1.2])), Block(np.array([1.1, 1.3]), 500)])
    assert two.mean == 1.2 and two.std == pytest.approx(0.1, abs=1e-15) and two.autocorrelation == pytest.approx(-0.999)
    four = summary([Block(np.array([10000000.2])), Block(np.array([10000000.1, 10000000.3]), 500)])
    assert four.mean == pytest.approx(10000000.2, abs=1e-8) and four.std == pytest.approx(0.1, abs=1e-8)


def test_ten_million_values_by_repetition() -> None:
    got = summary([Block(np.array([10000000.1, 10000000.3]), 5_000_000)])
    assert got.n == 10_000_000 and got.std == pytest.approx(0.1, abs=1e-8)
    assert got.autocorrelation == pytest.approx(-1.0 + 1e-7, abs=1e-12)


def test_single_value_and_no_scatter() -> None:
    got = summary([Block(np.array([3.0]))])
    assert got.mean == 3.0 and math.isnan(got.std) and math.isnan(got.autocorrelation)
    assert summary([Block(np.array([3.0]), 4)]).std == 0.0
