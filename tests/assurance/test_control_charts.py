"""Control charts: loops written out, published cases, T² against its definition, run rules by looking."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from suyuan.assurance.control_chart import Chart, cusum, ewma, individuals, x_bar_r, x_bar_s
from suyuan.assurance.count_chart import c_chart, np_chart, p_chart, u_chart
from suyuan.assurance.multivariate_chart import hotelling_individuals, hotelling_subgroups
from suyuan.assurance.run_rules import pattern, run_rules
from suyuan.quantity.finding import Refused
from suyuan.quantity.table import load

NUMBERS = st.lists(st.floats(-20, 20, width=32), min_size=3, max_size=40)


@settings(max_examples=80, deadline=None)
@given(NUMBERS, st.floats(-5, 5), st.floats(0, 3), st.floats(0.5, 10))
def test_cusum_by_its_loop(values: list[float], target: float, k: float, h: float) -> None:
    found, told = cusum(values, target, k, h)
    high = low = 0.0
    first = None
    for i, x in enumerate(values):
        high, low = max(0.0, high + x - target - k), max(0.0, low + target - k - x)
        assert found.S_high[i] == pytest.approx(high, abs=1e-9)
        assert found.S_low[i] == pytest.approx(low, abs=1e-9)
        if first is None and max(high, low) > h:
            first = i + 1
    assert min(abs(s - h) for s in (*found.S_high, *found.S_low)) < 1e-9 or found.first_signal == first
    assert bool(told) == (found.first_signal is not None)


@settings(max_examples=60, deadline=None)
@given(NUMBERS, st.floats(-5, 5), st.floats(0.01, 1.0), st.floats(0.1, 5))
def test_ewma_by_its_loop(values: list[float], target: float, weight: float, s: float) -> None:
    found, _ = ewma(values, target, s, weight)
    z = [target]
    for x in values:
        z.append(weight * x + (1 - weight) * z[-1])
    assert np.allclose(found.further["z"], z, atol=1e-9)
    assert found.ucl == pytest.approx(target + 3 * s * math.sqrt(weight / (2 - weight)))
    assert found.n_outside == sum(v > found.ucl or v < found.lcl for v in found.points)


def test_individuals_as_the_handbook_prints() -> None:
    chart, told = individuals([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    assert (round(float(chart.ucl), 4), round(float(chart.lcl), 4), told) == (55.8041, 45.8159, ())


@pytest.mark.parametrize("make", [x_bar_r, x_bar_s])
def test_limits_of_means_hold_their_share(make: Any) -> None:
    """Of subgroups in control about 0.27 % lie beyond the limits, and the estimate within is σ."""
    rng = np.random.default_rng(11)
    (means, spread), _ = make(7.0 + 2.0 * rng.standard_normal((20_000, 5)))
    assert means.further["sigma_within"] == pytest.approx(2.0, rel=0.02)
    assert means.n_outside == pytest.approx(54, abs=30)
    assert float(spread.lcl) == 0.0


def test_a2_d4_of_the_tables() -> None:
    (means, ranges), _ = x_bar_r([[0.0, 1.0, 0.5, 0.2, 0.9], [0.1, 1.1, 0.6, 0.3, 1.0]])
    assert (float(means.ucl) - means.centre) / ranges.centre == pytest.approx(0.577, abs=0.0005)
    assert float(ranges.ucl) / ranges.centre == pytest.approx(2.114, abs=0.001)
    (means, spread), _ = x_bar_s([[0.0, 1.0, 0.5, 0.2, 0.9], [0.1, 1.1, 0.6, 0.3, 1.0]])
    assert (float(means.ucl) - means.centre) / spread.centre == pytest.approx(1.427, abs=0.0005)
    assert float(spread.ucl) / spread.centre == pytest.approx(2.089, abs=0.0005)


def test_counts() -> None:
    """NIST/SEMATECH e-Handbook 6.3.3.2: wafers with 50 chips each, share of defective chips."""
    defective = [
        12,
        15,
        8,
        10,
        4,
        7,
        16,
        9,
        14,
        10,
        5,
        6,
        17,
        12,
        22,
        8,
        10,
        5,
        13,
        11,
        20,
        18,
        24,
        15,
        9,
        12,
        7,
        13,
        9,
        6,
    ]
    p, _ = p_chart([d / 50 for d in defective], 50)
    n, _ = np_chart(defective, 50)
    assert (round(p.centre, 4), round(float(p.ucl), 4), round(float(p.lcl), 4)) == (0.2313, 0.4102, 0.0524)
    assert p.outside.tolist() == n.outside.tolist() == [15, 23]
    assert n.centre == pytest.approx(50 * p.centre)


def test_sizes_that_differ() -> None:
    u, _ = u_chart([4, 8, 30], [2, 4, 5])
    assert u.centre == pytest.approx(42 / 11)
    assert np.allclose(u.ucl, u.centre + 3 * np.sqrt(u.centre / np.array([2, 4, 5])))
    p, told = p_chart([0.1, 0.0, 0.2], [10, 40, 10])
    assert p.centre == pytest.approx(3 / 60)
    assert "assurance.chart.small_counts" in {f.code for f in told}


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 3).flatmap(
        lambda p: arrays(np.float64, (p + 6, p), elements=st.floats(-10, 10, width=32), unique=True)
    )
)
def test_t2_of_individuals(x: Any) -> None:
    n, p = x.shape
    S = np.atleast_2d(np.cov(x, rowvar=False))
    if np.linalg.cond(S) > 1e8:
        return
    found, _ = hotelling_individuals(x)
    inverse = np.linalg.inv(S)
    for i in range(n):
        d = x[i] - x.mean(axis=0)
        assert found.t2[i] == pytest.approx(float(d @ inverse @ d), rel=1e-5, abs=1e-7)
        for j in range(p):
            left = [k for k in range(p) if k != j]
            rest = d[left] @ np.linalg.inv(S[np.ix_(left, left)]) @ d[left] if left else 0.0
            assert found.parts[i, j] == pytest.approx(found.t2[i] - rest, rel=1e-4, abs=1e-6)
    assert float(found.t2.sum()) == pytest.approx(p * (n - 1), rel=1e-6)
    assert np.all(found.t2 <= (n - 1) ** 2 / n + 1e-9)


@pytest.mark.parametrize("subgroups", [False, True])
def test_t2_false_alarms(subgroups: bool) -> None:
    """The limits keep the probability that they promise, in small samples."""
    rng = np.random.default_rng(2)
    mix = np.array([[1.0, 0.8], [0.0, 0.5]])
    out = total = 0
    for _ in range(1500):
        if subgroups:
            found, _ = hotelling_subgroups(rng.standard_normal((10, 4, 2)) @ mix, alpha=0.05)
        else:
            found, _ = hotelling_individuals(rng.standard_normal((12, 2)) @ mix, alpha=0.05)
        out, total = out + found.n_outside, total + found.t2.size
    assert out / total == pytest.approx(0.05, abs=0.008)


def test_t2_sees_what_single_charts_do_not() -> None:
    rng = np.random.default_rng(5)
    a = rng.standard_normal(60)
    x = np.column_stack((a, a + 0.1 * rng.standard_normal(60)))
    x[30] = (1.5, -1.5)
    found, told = hotelling_individuals(x)
    assert found.outside.tolist() == [31]
    assert all(individuals(x[:, j])[0].n_outside == 0 for j in (0, 1))
    assert [f.code for f in told] == ["assurance.chart.t2"]


def looked(z: list[float], row: Any, i: int) -> bool:
    """Whether a pattern is complete at point i, by its words."""
    n, sigma = row["of"], row.get("sigma", 0.0)
    window = z[max(i - n + 1, 0) : i + 1]
    if row["form"] == "beyond":
        up, down = sum(v > sigma for v in window), sum(v < -sigma for v in window)
        return (up >= row["count"] and z[i] > sigma) or (down >= row["count"] and z[i] < -sigma)
    if len(window) < n:
        return False
    steps = [b - a for a, b in pairwise(window)]
    return {
        "same_side": all(v > 0 for v in window) or all(v < 0 for v in window),
        "within": all(abs(v) < sigma for v in window),
        "both_sides": all(abs(v) > sigma for v in window),
        "trend": all(s > 0 for s in steps) or all(s < 0 for s in steps),
        "alternating": all(s * t < 0 for s, t in pairwise(steps)),
    }[row["form"]]


@settings(max_examples=120, deadline=None)
@given(st.lists(st.integers(-7, 7), min_size=1, max_size=40), st.booleans())
def test_run_rules_by_looking(halves: list[int], alternate: bool) -> None:
    z = [0.5 * h * (-1) ** (i * alternate) for i, h in enumerate(halves)]
    for row in load("suyuan.assurance", "run_rules"):
        assert pattern(z, row).tolist() == [looked(z, row, i) for i in range(len(z))], row["en"]


def test_run_rules_are_named_with_their_source() -> None:
    chart = Chart("individuals", np.full(9, 0.5), 0.0, 3.0, -3.0, 1.0)
    signals, told = run_rules(chart, "nelson")
    assert [(s.rule, s.points.tolist()) for s in signals] == [("nelson 2", [9])]
    assert "Nelson" in told[0].rule
    assert "from memory" in told[0].rule
    with pytest.raises(Refused):
        run_rules(chart, "made up")


@pytest.mark.parametrize(
    "act",
    [
        lambda: individuals([1.0, 1.0, 1.0]), lambda: individuals([1.0]), lambda: individuals([1.0, math.nan]),
        lambda: individuals(["a", "b"]), lambda: x_bar_r([[1.0], [2.0]]), lambda: x_bar_r([[1.0, 1.0], [2.0, 2.0]]),
        lambda: ewma([1.0], 0.0, 0.0), lambda: ewma([1.0], 0.0, 1.0, 1.5), lambda: cusum([1.0], 0.0, -1.0, 1.0),
        lambda: cusum([1.0], 0.0, 1.0, 0.0), lambda: c_chart([1.5]), lambda: c_chart([-1]), lambda: p_chart([1.5], 10),
        lambda: p_chart([0.5], 0), lambda: np_chart([11], 10), lambda: u_chart([1, 2], [1]),
        lambda: hotelling_individuals([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0], [5.0, 10.0]]),
        lambda: hotelling_individuals([[1.0, 2.0], [2.0, 2.0], [3.0, 2.0], [4.0, 2.0]]),
        lambda: hotelling_individuals([[1.0, 2.0], [2.0, 1.0], [3.0, 5.0]]),
    ],
)  # fmt: skip
def test_refused(act: Any) -> None:
    with pytest.raises(Refused):
        act()
