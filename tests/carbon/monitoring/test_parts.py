"""Parts that 40 CFR 75 replaces by themselves once the initial rule is over: gas, flow, and moisture downward."""

from __future__ import annotations

import numpy as np
import pytest

from suyuan.carbon.monitoring.lost import Before, Running, replaced
from suyuan.quantity.quantity import quantity

from .stacks import PART75, law


def running(size: int) -> Running:
    nothing = np.zeros(size, np.uint16)
    return Running(np.arange(size), np.ones(size), np.ones(size, np.int64), nothing, np.zeros(size, bool))


def with_gap(size: int, start: int, stop: int) -> np.ndarray:
    found = np.arange(float(size), 0.0, -1.0)
    found[start:stop] = np.nan
    return found


def test_the_initial_rule_ends_after_its_hours() -> None:
    """720 assured hours of gas: the 721st hour is replaced by the standard rule. Availability here is above 95 %."""
    for start, rule in ((719, "part75.initial"), (720, "part75.substitution.1")):
        value = with_gap(3000, start, start + 30)
        found = replaced(law(PART75), running(3000), "concentration", value, None, Before())
        assert found.rows == (rule,)
    before = Before(hours=1)
    found = replaced(law(PART75), running(3000), "concentration", with_gap(3000, 719, 749), None, before)
    assert found.rows == ("part75.substitution.1",)


def test_flow_looks_back_on_more_hours() -> None:
    """A gap of 30 h at more than 95 %: the 90th percentile of 2160 h of flow, of 720 h of gas."""
    value = with_gap(4000, 3000, 3030)
    for target, hours in (("flow", 2160), ("concentration", 720)):
        found = replaced(law(PART75), running(4000), target, value, None, Before())
        rank = int(np.ceil(0.9 * hours))
        assert found.value[3000] == np.sort(value[3000 - hours : 3000])[rank - 1]


def test_moisture_is_conservative_downward() -> None:
    """More water means less dry gas: the percentile is taken from below, and the smaller of it and the mean counts."""
    value = with_gap(4000, 3000, 3030)
    found = replaced(law(PART75), running(4000), "moisture", value, None, Before())
    last = np.sort(value[3000 - 720 : 3000])
    assert found.value[3000] == min((value[2999] + value[3030]) / 2.0, last[720 - int(np.ceil(0.9 * 720))])
    low = with_gap(1000, 720, 900)  # 82 %: the smallest of the look-back
    found = replaced(law(PART75), running(1000), "moisture", low, None, Before())
    assert found.value[720] == low[:720].min()


def test_hours_before_the_year_count_for_look_back_and_availability() -> None:
    value = with_gap(100, 0, 10)
    earlier = quantity(np.arange(1000.0), np.full(1000, 0.1))
    found = replaced(law(PART75), running(100), "concentration", value, None, Before({"concentration": earlier}))
    assert found.ahead == 1000
    assert found.value[0] == pytest.approx((999.0 + value[10]) / 2.0)
    assert found.rows == ("part75.substitution.1",)  # 1000 of 1010 hours
