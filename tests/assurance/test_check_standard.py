"""Check standards, gauges against each other, three levels: definitions, certificates, NIST's wafers, refusals."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suyuan.assurance.check_standard import against_baseline, check_standard
from suyuan.assurance.control_chart import individuals
from suyuan.assurance.gauge_study import gauge_bias, three_levels
from suyuan.quantity.covariance import correlation
from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import quantity


def test_bias_carries_the_certificate() -> None:
    mass = quantity(-19.5, 0.004, "mg", label="certificate of the check standard")
    found, _ = check_standard([-19.46, -19.47, -19.465, -19.462], certified=mass)
    other, _ = check_standard([-19.45, -19.46, -19.455, -19.452], certified=mass)
    assert found.bias is not None and other.bias is not None
    assert float(found.bias.u) == pytest.approx(math.hypot(found.s_level2 / 2, 0.004))
    shared = 0.004**2 / (float(found.bias.u) * float(other.bias.u))
    assert float(correlation(found.bias, other.bias)) == pytest.approx(shared)


def test_a_slow_drift_shows_in_the_ewma() -> None:
    rng = np.random.default_rng(8)
    t = np.arange(120.0)
    x = rng.standard_normal(120) + np.maximum(t - 60.0, 0.0) * 0.025
    (base, later), told = against_baseline(x, t, 60.0)
    assert base.n == later.n == 60
    assert later.n_outside <= 2 < later.n_outside_ewma
    assert later.first_signal is not None
    assert "assurance.check.out_of_control" in {f.code for f in told}
    found, told = check_standard(x, time=t)
    assert found.slope is not None
    assert float(found.slope.value) > 2 * float(found.slope.u)
    assert "assurance.check.drift" in {f.code for f in told}
    assert individuals(x)[0].n_outside < 10


def test_pooled_by_degrees_of_freedom() -> None:
    found, _ = check_standard([1.0, 2.0, 4.0], [0.1, 0.2, 0.3], [2, 5, 9])
    assert found.s_level1 == pytest.approx(math.sqrt((2 * 0.01 + 5 * 0.04 + 9 * 0.09) / 16))
    assert found.dof_level1 == 16


def test_wafers_of_the_handbook(reference: Path) -> None:
    """NIST/SEMATECH e-Handbook 2.6.1: probe 2362, five wafers, two runs of six days."""
    table = np.loadtxt(reference / "data" / "nist" / "MPC61.DAT", skiprows=50)
    rows = table[table[:, 2] == 2362]
    found, told = three_levels(rows[:, 0].tolist(), rows[:, 1].tolist(), rows[:, 7], rows[:, 8])
    assert told == ()
    assert found.runs == ("1", "2")
    for i, run in enumerate((1.0, 2.0)):
        one = rows[rows[:, 0] == run]
        assert found.s_level1[i] == pytest.approx(math.sqrt(np.mean(one[:, 8] ** 2)))
        within = [one[one[:, 1] == w, 7] for w in np.unique(one[:, 1])]
        pooled = sum(float(np.sum((v - v.mean()) ** 2)) for v in within) / sum(v.size - 1 for v in within)
        assert found.s_level2[i] == pytest.approx(math.sqrt(pooled))
    assert [round(float(s), 4) for s in found.s_level2] == [0.0333, 0.0388]
    assert round(found.s_level3, 4) == 0.0196


def test_gauge_with_a_bias_of_its_own() -> None:
    rng = np.random.default_rng(4)
    x = 100.0 + np.arange(6.0) + 0.001 * rng.standard_normal((5, 6))
    x[3] += 0.05
    found, told = gauge_bias(["a", "b", "c", "d", "e"], x)
    assert found.mean_bias[3] == pytest.approx(0.04, abs=0.002)
    assert float(np.sum(found.mean_bias)) == pytest.approx(0.0, abs=1e-12)
    assert "d" in {dict(f.parameters)["gauge"] for f in told}


@pytest.mark.parametrize(
    "act",
    [
        lambda: check_standard([1.0]), lambda: check_standard([1.0, 2.0], [0.1], [1]),
        lambda: check_standard([1.0, 2.0], [0.1, -0.1], [1, 1]), lambda: check_standard([1.0, 2.0], [0.1, 0.1], [1, 0]),
        lambda: check_standard([1.0, 2.0], [0.1, 0.1]), lambda: check_standard([1.0, 2.0, 3.0], time=[1.0, 1.0, 1.0]),
        lambda: against_baseline([1.0, 2.0, 3.0], [1, 2, 3], 1.5), lambda: against_baseline([1.0, 2.0], [1, 2], 9),
        lambda: against_baseline([1.0, 2.0, 3.0], [1, 2, 3], 2.5, weight=2.0),
        lambda: three_levels([1, 2, 3], [1, 1, 1], [1, 2, 3], [1, 1, 1]),
        lambda: three_levels([1, 1, 2, 2], [1, 1, 2, 2], [1, 2, 3, 4], [1, 1, 1, 1]),
        lambda: three_levels([1, 2], [1, 1], [1, 2], [1, 1]), lambda: three_levels([1, 2], [1], [1, 2], [1, 1]),
        lambda: three_levels([1, 1, 2, 2], [1, 1, 1, 1], [1, 2, 3, 4], [1, -1, 1, 1]),
        lambda: gauge_bias([1, 1], [[1.0, 2.0], [2.0, 3.0]]), lambda: gauge_bias([1], [[1.0, 2.0]]),
    ],
)  # fmt: skip
def test_refused(act: Any) -> None:
    with pytest.raises(Refused):
        act()
