"""Bias, linearity, type 1, stability: joined with the certificate of the reference; loops; refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from suyuan.assurance.bias import bias, linearity, type_1
from suyuan.assurance.stability import stability
from suyuan.quantity.covariance import correlation
from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import quantity

X = [10.012, 10.015, 10.011, 10.013, 10.014]
NUMBERS = st.lists(st.floats(-50, 50, width=32), min_size=2, max_size=30).filter(lambda v: np.ptp(v) > 1e-2)


def test_the_certificate_enters_the_bias() -> None:
    standard = quantity(10.0, 0.003, "mm", label="certificate of the standard")
    found, told = bias(X, standard)
    assert float(found.bias.u) == pytest.approx(math.hypot(found.s / math.sqrt(5), 0.003))
    assert standard.influences()[0].id in {i.id for i in found.bias.influences()}
    assert str(found.bias.unit) == "mm"
    assert {f.code for f in told} == {"assurance.bias.significant"}


def test_two_studies_with_one_standard_are_correlated() -> None:
    standard = quantity(10.0, 0.003, "mm")
    a, b = bias(X, standard)[0].bias, bias([x + 0.001 for x in X], standard)[0].bias
    assert float(correlation(a, b)) > 0.9
    assert float((a - b).u) < float(a.u)


def test_a_plain_reference_is_said_to_be_exact() -> None:
    assert "assurance.bias.reference_exact" in {f.code for f in bias(X, 10.0)[1]}


@settings(max_examples=40, deadline=None)
@given(NUMBERS, st.floats(-50, 50))
def test_t_of_bias(values: list[float], reference: float) -> None:
    found, _ = bias(values, reference)
    t, p = stats.ttest_1samp(values, reference)
    assert found.t == pytest.approx(float(t), rel=1e-6, abs=1e-6)
    assert found.p == pytest.approx(float(p), rel=1e-6, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(NUMBERS, min_size=2, max_size=5))
def test_linearity_is_a_line_through_all_readings(rows: list[list[float]]) -> None:
    reference = [2.0 * i for i in range(len(rows))]
    found, _ = linearity(reference, rows)
    x = np.repeat(reference, [len(r) for r in rows])
    y = np.concatenate(rows) - x
    other = stats.linregress(x, y)
    scale = float(np.ptp(y)) + 1.0
    assert found.line.estimates[1] == pytest.approx(other.slope, abs=1e-8 * scale)
    assert found.line.estimates[0] == pytest.approx(other.intercept, abs=1e-8 * scale)
    if len(y) > 2 and np.ptp(y) > 1e-3:
        assert found.R_squared == pytest.approx(other.rvalue**2, abs=1e-7)
        if other.stderr > 1e-6:
            assert found.t_slope == pytest.approx(other.slope / other.stderr, rel=1e-5, abs=1e-6)
            assert found.p_slope == pytest.approx(other.pvalue, rel=1e-4, abs=1e-8)


def test_a_standard_shared_by_all_references_moves_the_intercept() -> None:
    """Its error shifts every bias alike: it is in u(intercept), not in u(slope)."""
    rows = [[2.1, 2.0, 2.2], [4.0, 4.1, 4.2], [6.1, 6.2, 6.0]]
    plain, _ = linearity([2.0, 4.0, 6.0], rows)
    shared = quantity(np.array([2.0, 4.0, 6.0]), None) + quantity(0.0, 0.5)
    joined, _ = linearity(shared, rows)
    assert float(joined.intercept.u) == pytest.approx(math.hypot(float(plain.intercept.u), 0.5))
    assert float(joined.slope.u) == pytest.approx(float(plain.slope.u))
    assert joined.t_slope == pytest.approx(plain.t_slope)


def test_type_1_counts_are_readings() -> None:
    one, _ = type_1([6.001, 6.002, 5.999], 6.0, 0.05, counts=[10, 20, 5])
    other, _ = type_1([6.001] * 10 + [6.002] * 20 + [5.999] * 5, 6.0, 0.05)
    assert (one.n, one.Cg, one.Cgk) == (35, other.Cg, other.Cgk)
    assert one.Cg == pytest.approx(0.2 * 0.05 / (6 * one.s))
    assert one.Cgk == pytest.approx((0.1 * 0.05 - abs(one.mean - 6.0)) / (3 * one.s))


def test_type_1_without_scatter_is_unknown_not_infinite() -> None:
    found, told = type_1([1.0] * 30, 1.0, 0.1, resolution=0.02)
    assert math.isnan(found.Cg)
    assert [f.code for f in told if f.severity == "error"] == ["assurance.type_1.no_scatter"]
    assert "assurance.type_1.resolution" in {f.code for f in told}


@pytest.mark.parametrize("counts", [[1], [1, -1], [1, 0.5], [1, "2"]])
def test_counts_that_are_none(counts: Any) -> None:
    with pytest.raises(Refused):
        type_1([1.0, 2.0], 1.0, 1.0, counts=counts)


@pytest.mark.parametrize(
    ("reference", "readings"),
    [([1.0], [[1.0, 2.0, 3.0]]), ([1.0, 1.0], [[1.0], [2.0]]), ([1.0, 2.0], [[1.0]]), ([1.0, 2.0], [[1.0], []]),
     ([1.0, 2.0], [[1.0], ["b"]]), ([1.0, 2.0], [[1.0], [2.0]]), ([1.0, 2.0], "ab"), ([1.0, math.nan], [[1.0], [2.0]])],
)  # fmt: skip
def test_linearity_refused(reference: Any, readings: Any) -> None:
    with pytest.raises(Refused):
        linearity(reference, readings)


def test_a_drifting_reference_part() -> None:
    rng = np.random.default_rng(3)
    t = np.arange(20.0)
    x = 5.0 + 0.02 * t[:, None] + 0.01 * rng.standard_normal((20, 5))
    found, told = stability(t, x, quantity(5.0, 0.004, "mm"))
    assert float(found.drift.value) == pytest.approx(0.02, abs=4 * float(found.drift.u))
    assert {"assurance.check.drift", "assurance.chart.outside"} <= {f.code for f in told}
    assert found.signals
    assert found.bias is not None
    assert float(correlation(found.bias[0], found.bias[19])) == pytest.approx(
        0.004**2 / (0.004**2 + float(found.means.sigma) ** 2), rel=1e-9
    )
