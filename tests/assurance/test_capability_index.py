"""Capability: variances that add, what cannot be, declared against recomputed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.assurance.capability_index import against_declared, capability, real_capability
from suyuan.quantity.finding import Refused, sentences


@settings(max_examples=60, deadline=None)
@given(st.floats(0.3, 5.0), st.floats(0.0, 0.6).map(lambda q: round(q, 9)))
def test_observed_variance_is_process_and_measurement(Cp: float, Q: float) -> None:
    """s_process² = s_observed² − u², with T = 1: s_observed = 1/(6 Cp), u = Q/4."""
    real, told = real_capability([Q], [Cp])
    left = (1 / (6 * Cp)) ** 2 - (Q / 4) ** 2
    if left > 1e-9:
        assert real[0, 0] == pytest.approx(1 / (6 * math.sqrt(left)), rel=1e-6)
        assert not [f for f in told if f.severity == "error"]
    elif left < -1e-9:
        assert math.isnan(real[0, 0])
        assert [f.code for f in told if f.severity == "error"] == ["assurance.capability.impossible"]


def test_the_impossible_is_told_in_both_languages() -> None:
    _, told = real_capability([0.4], [1.67])
    (error,) = [f for f in told if f.severity == "error"]
    assert "1.67" in sentences(error, "zh")["what"]
    assert "1.67" in sentences(error, "en")["what"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-10, 10, width=32), min_size=6, max_size=30).filter(lambda v: np.ptp(v) > 0.1))
def test_indices_by_their_definition(x: list[float]) -> None:
    found, _ = capability(x, -12.0, 15.0, 3)
    s, mean = float(np.std(x, ddof=1)), float(np.mean(x))
    assert found.overall.Cp == pytest.approx(27 / (6 * s))
    assert found.overall.Cpk == pytest.approx(min(15 - mean, mean + 12) / (3 * s))
    groups = [x[i : i + 3] for i in range(0, len(x) - 2, 3)]
    R = sum(max(g) - min(g) for g in groups) / len(groups)
    assert found.within is not None
    if R > 0:
        assert found.within.Cp == pytest.approx(27 / (6 * R / 1.693))
    assert found.unused == len(x) % 3


def test_one_sided() -> None:
    found, _ = capability([1.0, 2.0, 3.0], None, 5.0)
    assert math.isnan(found.overall.Cp)
    assert found.overall.Cpk == pytest.approx(1.0)


def test_constant_values_have_no_index() -> None:
    found, told = capability([2.0, 2.0, 2.0], 1.0, 3.0)
    assert math.isnan(found.overall.Cp)
    assert [f.severity for f in told] == ["error"]


def test_a_declared_index_that_follows_from_nothing() -> None:
    found, _ = capability([9.0, 11.0, 10.0, 10.5, 9.5, 10.0], 7.0, 13.0, 3)
    assert [f.code for f in against_declared(found, {"Cp": 3.0, "Cpk": found.overall.Cpk})] == [
        "assurance.capability.declared_apart"
    ]
    assert not against_declared(found, {"Cp": 1.13})  # within, rounded


@pytest.mark.parametrize(
    "act",
    [
        lambda: capability([1.0], 0.0, 2.0), lambda: capability([1.0, 2.0], 2.0, 1.0),
        lambda: capability([1.0, 2.0], None, None), lambda: capability([1.0, 2.0], 0.0, math.nan),
        lambda: capability([1.0, 2.0], 0.0, 3.0, 5), lambda: capability([1.0, 2.0], 0.0, 3.0, 1),
        lambda: capability([1.0, "2"], 0.0, 3.0), lambda: real_capability([-0.1], [1.0]),
        lambda: real_capability([0.1], [0.0]), lambda: real_capability([0.1], [math.inf]),
    ],
)  # fmt: skip
def test_refused(act: Any) -> None:
    with pytest.raises(Refused):
        act()
