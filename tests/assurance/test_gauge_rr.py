"""Gauge R&R: loops written out, made-up studies with known components, methods that fall apart, refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from suyuan.assurance.gauge_rr import gauge_rr, k_constants
from suyuan.assurance.gauge_rr_nested import gauge_rr_nested
from suyuan.quantity.finding import Refused, sentences
from suyuan.quantity.type_a.nested import nested

SHAPES = st.tuples(st.integers(2, 4), st.integers(2, 6), st.integers(2, 4))
READINGS = SHAPES.flatmap(lambda s: arrays(np.float64, s, elements=st.floats(-100, 100, width=32)))


def loops(x: Any) -> dict[str, float]:
    """Sums of squares by the textbook's loops."""
    o, p, r = x.shape
    mean = x.mean()
    ss = {"operator": 0.0, "part": 0.0, "repeat": 0.0, "total": 0.0}
    for i in range(o):
        ss["operator"] += p * r * (x[i].mean() - mean) ** 2
    for j in range(p):
        ss["part"] += o * r * (x[:, j].mean() - mean) ** 2
    for i in range(o):
        for j in range(p):
            for k in range(r):
                ss["repeat"] += (x[i, j, k] - x[i, j].mean()) ** 2
                ss["total"] += (x[i, j, k] - mean) ** 2
    ss["interaction"] = ss["total"] - ss["operator"] - ss["part"] - ss["repeat"]
    return ss


@settings(max_examples=60, deadline=None)
@given(READINGS.filter(lambda x: np.ptp(x) > 1e-3))
def test_against_loops(x: Any) -> None:
    study, _ = gauge_rr(x, k_constants(*x.shape), tolerance=10.0, sigma_multiples=(5.15, 6.0))
    ss, found = loops(x), study.anova.SS
    scale = 1e-9 * (1.0 + ss["total"])
    for name in ("operator", "part", "interaction", "repeat"):
        assert abs(getattr(found, name) - ss[name]) < scale
    o, p, r = x.shape
    ms = {"interaction": ss["interaction"] / ((o - 1) * (p - 1)), "repeat": ss["repeat"] / (o * p * (r - 1))}
    full = study.anova.with_interaction
    assert full is not None
    s2 = max(ms["interaction"] - ms["repeat"], 0.0) / r
    assert abs(full.s_interaction**2 - s2) < scale
    assert full.percent_tolerance[1] == pytest.approx(60.0 * full.s_grr)
    for part in (full, study.anova.pooled):
        assert part.s_total**2 == pytest.approx(part.s_grr**2 + part.s_part**2)
        if part.s_total:
            assert part.percent_GRR**2 + part.percent_PV**2 == pytest.approx(1e4)
            assert part.percent_contribution_GRR == pytest.approx(part.percent_GRR**2 / 100)
    if ms["repeat"] > 1e-9 * ss["total"]:
        F = ms["interaction"] / ms["repeat"]
        p_value = stats.f.sf(F, (o - 1) * (p - 1), o * p * (r - 1))
        assert study.anova.p_interaction == pytest.approx(p_value, rel=1e-5, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(READINGS.filter(lambda x: np.ptp(x) > 1e-3), st.floats(-1e4, 1e4), st.floats(0.01, 100))
def test_shift_and_scale(x: Any, shift: float, scale: float) -> None:
    """Percentages know neither the zero nor the unit of the readings."""
    one, other = gauge_rr(x)[0].anova.chosen, gauge_rr(scale * x + shift)[0].anova.chosen
    if one.s_total > 1e-6:
        assert other.percent_GRR == pytest.approx(one.percent_GRR, rel=1e-4, abs=1e-4)


def test_components_that_were_put_in() -> None:
    rng = np.random.default_rng(1)
    o, p, r = 40, 60, 3
    x = (
        100.0 + 0.5 * rng.standard_normal((o, 1, 1)) + 2.0 * rng.standard_normal((1, p, 1))
        + 0.8 * rng.standard_normal((o, p, 1)) + 0.3 * rng.standard_normal((o, p, r))
    )  # fmt: skip
    found = gauge_rr(x)[0].anova
    assert found.advised == "with_interaction"
    full = found.chosen
    assert full.s_repeatability == pytest.approx(0.3, rel=0.05)
    assert full.s_interaction == pytest.approx(0.8, rel=0.05)
    assert full.s_part == pytest.approx(2.0, rel=0.25)
    assert full.s_operator == pytest.approx(0.5, rel=0.35)


def test_the_range_method_hides_an_interaction() -> None:
    """Operators who see the parts apart differently: ranges call the gauge good, the analysis of variance does not."""
    x = [[[1.0, 1.1], [2.0, 2.2], [3.0, 3.1]], [[1.5, 1.4], [2.0, 2.1], [2.5, 2.6]]]
    study, told = gauge_rr(x, k_constants(2, 3, 2))
    codes = {f.code: f for f in told}
    assert {"assurance.grr.interaction", "assurance.grr.methods_apart"} <= set(codes)
    assert study.average_range is not None
    assert study.average_range.percent_GRR < 30 < study.anova.chosen.percent_GRR
    for language, word in (("zh", "极差法"), ("en", "ranges")):
        assert word in sentences(codes["assurance.grr.methods_apart"], language)["what"]


def test_one_trial_has_no_interaction() -> None:
    study, told = gauge_rr([[[1.0], [2.0], [3.0]], [[1.1], [2.3], [2.9]]], k_constants(2, 3, 2))
    assert study.anova.with_interaction is None
    assert study.average_range is None
    assert math.isnan(study.anova.p_interaction)
    assert "assurance.grr.one_trial" in {f.code for f in told}


@settings(max_examples=40, deadline=None)
@given(READINGS.filter(lambda x: np.ptp(x) > 1e-3))
def test_nested_is_the_nested_analysis(x: Any) -> None:
    found, told = gauge_rr_nested(x)
    other, _ = nested(x)
    unit = np.ptp(x)
    assert found.components.s_repeatability == pytest.approx(float(other.s1), abs=1e-6 * unit)
    assert found.components.s_part == pytest.approx(float(other.sigma_days), abs=1e-6 * unit)
    assert found.components.s_operator == pytest.approx(float(other.sigma_runs), abs=1e-6 * unit)
    assert "assurance.grr.within_batch" in {f.code for f in told}


@pytest.mark.parametrize(
    ("readings", "code"),
    [
        ([[[1, 2], [1, 2]]], "assurance.study.few"),
        ([[[1, 2], [1]], [[1, 2], [1, 2]]], "assurance.study.ragged"),
        ([[[1, 2], ["x", 1]], [[1, 2], [1, 2]]], "assurance.study.numbers"),
        ([[[1, math.nan], [2, 1]], [[1, 2], [1, 2]]], "assurance.study.numbers"),
        ([[[1, None], [2, 1]], [[1, 2], [1, 2]]], "assurance.study.numbers"),
        ([[[1, "1.5"], [2, 1]], [[1, 2], [1, 2]]], "assurance.study.numbers"),
        ([[[1, True], [2, 1]], [[1, 2], [1, 2]]], "assurance.study.numbers"),
        ([[1, 2], [1, 2]], "assurance.study.shape"),
        ([[[1, 1], [1, 1]], [[1, 1], [1, 1]]], "assurance.grr.constant"),
        ("abc", "assurance.study.numbers"),
        ([], "assurance.study.shape"),
    ],
)
def test_refused(readings: Any, code: str) -> None:
    with pytest.raises(Refused) as caught:
        gauge_rr(readings)
    (told,) = caught.value.findings
    assert told.code == code
    assert all("?" not in text for language in ("zh", "en") for text in sentences(told, language).values())


@pytest.mark.parametrize("tolerance", [0.0, -1.0, math.nan, math.inf, "1", True])
def test_no_tolerance(tolerance: Any) -> None:
    with pytest.raises(Refused) as caught:
        gauge_rr([[[1, 2], [2, 3]], [[1, 2], [2, 4]]], tolerance=tolerance)
    assert caught.value.findings[0].where.endswith("tolerance")


def test_both_methods_give_the_share_of_the_tolerance() -> None:
    from suyuan.verbs.assurance.examples import PARTS

    study, told = gauge_rr(PARTS, k_constants(3, 5, 3), 13.0, (6.0, 5.15))
    ranges, chosen = study.average_range, study.anova.chosen
    assert ranges is not None
    assert ranges.percent_tolerance == pytest.approx((600.0 * ranges.GRR / 13.0, 515.0 * ranges.GRR / 13.0))
    assert chosen.percent_tolerance[0] == pytest.approx(14.4, abs=0.1) and chosen.percent_GRR > 30.0
    found = {f.code: f for f in told}
    assert "assurance.grr.bases_apart" in found
    assert "14.4" in sentences(found["assurance.grr.bases_apart"], "en")["what"]
    assert "the tolerance" in sentences(found["assurance.grr.conditional"], "en")["what"]
    assert "the total variation" in sentences(found["assurance.grr.not_acceptable"], "en")["what"]
    without, _ = gauge_rr(PARTS, k_constants(3, 5, 3))
    assert without.average_range is not None and without.average_range.percent_tolerance == ()


def test_methods_that_fall_apart_on_the_tolerance_are_told() -> None:
    from suyuan.verbs.assurance.examples import PARTS

    study, _ = gauge_rr(PARTS, k_constants(3, 5, 3))
    assert study.average_range is not None
    between = 6.0 * 0.5 * (study.average_range.GRR + study.anova.chosen.s_grr) / 0.3
    _, told = gauge_rr(PARTS, k_constants(3, 5, 3), between)
    assert "assurance.grr.methods_apart_tolerance" in {f.code for f in told}
