"""Before and after: the interval covers, the effect size is the noncentral one, and no before means no effect."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from suyuan.talent.programme import Participation, Programme, effect, of_year, trend


@pytest.mark.parametrize(("n", "shift"), [(3, 5.0), (4, 0.0), (10, 1.0), (25, -2.0), (150, 0.3)])
def test_the_effect_against_plain_statistics(n: int, shift: float) -> None:
    rng = np.random.default_rng(n)
    before = rng.normal(60.0, 8.0, n)
    after = before + shift + rng.normal(0.0, 3.0, n)
    found = effect(before, after)
    plain = stats.ttest_rel(after, before)
    low, high = plain.confidence_interval(0.95)
    assert found.low == pytest.approx(low) and found.high == pytest.approx(high)
    correction = special.gamma((n - 1) / 2) / special.gamma((n - 2) / 2) / math.sqrt((n - 1) / 2)
    assert correction == pytest.approx(1.0 - 3.0 / (4.0 * (n - 1) - 1.0), abs=0.01)
    assert found.size is not None and found.size_low is not None and found.size_high is not None
    assert found.size / correction * math.sqrt(n) == pytest.approx(plain.statistic)
    for end, p in ((found.size_low, 0.975), (found.size_high, 0.025)):
        ncp = end / correction * math.sqrt(n)
        assert stats.nct.cdf(plain.statistic, n - 1, ncp) == pytest.approx(p, abs=1e-6)


def test_a_smaller_deviation_is_an_improvement_where_lower_is_better() -> None:
    found = effect([2.0, 3.0, 4.0], [1.0, 1.5, 2.0], "lower")
    assert found.difference == pytest.approx(1.5) and found.size is not None and found.size > 0.0


def test_nothing_is_made_up() -> None:
    assert effect([], []).difference is None
    one = effect([60.0], [70.0])
    assert (one.difference, one.low, one.size) == (10.0, None, None)
    two = effect([60.0, 61.0], [70.0, 73.0])
    assert two.difference == 11.0 and two.low is not None and two.size is None
    alike = effect([60.0, 70.0], [65.0, 75.0])
    assert (alike.difference, alike.low, alike.high, alike.size) == (5.0, 5.0, 5.0, None)


def test_who_has_no_before_took_part_and_has_no_effect() -> None:
    rows = (Participation("P-1", {"zh": "甲"}, 60.0, 70.0), Participation("P-2", {"zh": "乙"}, None, 80.0),
            Participation("P-3", {"zh": "甲"}))  # fmt: skip
    found = of_year(Programme("G-1", {"zh": "行动"}, 2026, participants=rows))
    assert (found.took_part, found.organisations, found.effect.n) == (3, 2, 1)
    assert [f.code for f in found.found] == ["talent.programme.no_before"]
    assert [y.programme.year for y in trend((Programme("G-2", {}, 2027), Programme("G-1", {}, 2026)))] == [2026, 2027]
