"""Parts that 40 CFR 75 replaces by themselves once the initial rule is over: gas, flow, and moisture downward."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from suyuan.carbon.monitoring.hours.minutes import Flags, Minutes
from suyuan.carbon.monitoring.lost.lost import Before, Replaced, Running, replaced
from suyuan.quantity.quantity import quantity

from .stacks import HOURS, LEGEND, PART75, law, minutes, plant, year


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
    early = replaced(law(PART75), running(3000), "concentration", with_gap(3000, 50, 57), None, Before())
    assert len(early.made) == 1  # no band cuts it
    before = Before(hours=1)
    found = replaced(law(PART75), running(3000), "concentration", with_gap(3000, 719, 749), None, before)
    assert found.rows == ("part75.substitution.1",)


def test_flow_looks_back_on_more_hours() -> None:
    """A gap of 30 h at more than 95 %: the 90th percentile of 2160 h of flow, of 720 h of gas. A unit without a load is
    one range."""
    value = with_gap(4000, 3000, 3030)
    for target, hours in (("flow", 2160), ("concentration", 720)):
        found = replaced(law(PART75), running(4000), target, value, None, Before())
        rank = int(np.ceil(0.9 * hours))
        assert found.value[3000] == np.sort(value[3000 - hours : 3000])[rank - 1]


SIZE = 6000
LOADS = np.array([25.0, 30.0, 95.0, 140.0, 150.5, 299.0])[np.arange(SIZE) % 6]
"""Of a unit of 300 MW: ranges 1, 1, 4, 5, 6 and 10."""
RANGES = np.array([1, 1, 4, 5, 6, 10])[np.arange(SIZE) % 6]


def flows(lost: list[tuple[int, int]]) -> np.ndarray:
    found = 1e5 * RANGES + np.random.default_rng(3).normal(0.0, 2e3, SIZE)
    for start, stop in lost:
        found[start:stop] = np.nan
    return found


def by_hand(value: np.ndarray, ranges: np.ndarray, hour: int) -> np.ndarray:
    """The last 2160 measured hours before a gap in the range of an hour."""
    there = np.flatnonzero(np.isfinite(value[:hour]) & (ranges[:hour] == ranges[hour]))
    return value[there][-2160:]


def of_flow(value: np.ndarray, load: np.ndarray | None = LOADS, most: float | None = 300.0, **more: float) -> Replaced:
    one = replace(running(len(value)), load=load, most=most)
    return replaced(law(PART75), one, "flow", value, more.get("potential"), Before())


def test_a_lost_flow_is_the_mean_of_the_hours_at_its_load() -> None:
    """Twelve hours at more than 95 %: each of them by its own load."""
    value = flows([(4000, 4012)])
    found = of_flow(value)
    for hour in range(4000, 4012):
        clean = value.copy()
        back = by_hand(clean, RANGES, hour)
        assert found.value[hour] == pytest.approx(back.mean(), rel=1e-12)
    assert found.rows == ("part75.flow.1",) and {one.gap.hours for one in found.made} == {12}


@pytest.mark.parametrize(
    ("lost", "hour", "row", "percent"),
    [
        ([(4000, 4030)], 4005, "part75.flow.1", 90.0),
        ([(3000, 3300), (4000, 4009)], 4005, "part75.flow.2", 95.0),
        ([(3000, 3500), (4000, 4009)], 4005, "part75.flow.3", 100.0),
    ],
)
def test_longer_gaps_and_lower_availability_take_the_upper_hours_at_the_load(
    lost: list[tuple[int, int]], hour: int, row: str, percent: float
) -> None:
    value = flows(lost)
    found = of_flow(value, potential=9e6)
    back = np.sort(by_hand(value, RANGES, hour))
    start, stop = lost[-1]
    expected = back[max(int(np.ceil(percent / 100.0 * len(back) - 1e-9)), 1) - 1]
    if percent < 100.0:
        expected = max(expected, (value[start - 1] + value[stop]) / 2.0)
    assert found.value[hour] == pytest.approx(expected, rel=1e-12)
    assert found.rows[found.rule[hour]] == row


def test_a_short_gap_between_90_and_95_percent_takes_the_mean_at_the_load() -> None:
    value = flows([(3000, 3300), (4000, 4008)])
    found = of_flow(value)
    assert found.value[4003] == pytest.approx(by_hand(value, RANGES, 4003).mean(), rel=1e-12)


def test_below_80_percent_the_potential_flow_stands() -> None:
    value = flows([(2200, 4000)])
    found = of_flow(value, potential=9e6)
    assert found.value[3999] == 9e6 and found.rows[found.rule[3999]] == "part75.flow.4"
    assert np.isnan(of_flow(value).value[3999])


def test_a_range_without_hours_takes_the_next_higher_one() -> None:
    """The largest of its hours; within the first 2160 hours their mean; the potential value where none is higher."""
    load = LOADS.copy()
    load[4005], load[4006] = 35.0, 100.0  # range 2 has no hour, nor has range 3; the other is range 4
    value = flows([(4000, 4012)])
    found = of_flow(value, load)
    back = value[:4000][RANGES[:4000] == 4]
    assert found.value[4005] == back[-2160:].max() and found.rows[found.rule[4005]] == "part75.flow.higher"
    early = flows([(1000, 1012)])
    load = LOADS.copy()
    load[1005] = 35.0
    first = of_flow(early, load)
    assert first.value[1005] == pytest.approx(early[:1000][RANGES[:1000] == 4].mean(), rel=1e-12)
    assert first.value[1004] == pytest.approx(by_hand(early, RANGES, 1004).mean(), rel=1e-12)
    assert set(first.rows) == {"part75.flow.initial", "part75.flow.higher"}
    top = np.where(RANGES == 10, 35.0, LOADS)
    top[1005] = 299.0
    assert np.isnan(of_flow(early, top).value[1005])
    assert of_flow(early, top, potential=9e6).value[1005] == 9e6


def test_a_load_that_is_not_known_is_no_range() -> None:
    load = LOADS.copy()
    load[4005] = np.nan
    value = flows([(4000, 4012)])
    whole = value[:4000][-2160:].mean()
    assert of_flow(value, load).value[4005] == pytest.approx(whole, rel=1e-12)
    assert of_flow(value, None).value[4006] == pytest.approx(whole, rel=1e-12)
    assert of_flow(value, most=None).value[4006] == of_flow(value, most=299.0).value[4006]
    told = [{item.code.rpartition(".")[2] for item in one.findings} - {"short"}
            for one in (of_flow(value, load, None), of_flow(value), of_flow(value, None))]  # fmt: skip
    assert told == [{"no_load", "most_load"}, set(), set()]


def test_the_load_of_a_stack_reaches_its_lost_flow() -> None:
    """A velocity that fails for six hours of February, the load being 100 and 290 MW by turns, of a unit of 300 MW."""
    given = minutes(2)
    load = np.where(np.arange(len(given)) // 60 % 2 > 0, 290.0, 100.0)
    code = np.zeros(len(given), np.int8)
    code[60 * 300 : 60 * 306] = 2
    read = {2: Minutes(given.time, {**given.columns, "load": load}, (Flags(code, LEGEND, ("velocity",)),), "x")}
    one, _ = year(PART75, read, plant(load="load", potential={"load": 300.0, "flow": 9e6}))
    measured = one.made.rates.parts["flow"][:300]
    for hour in range(300, 306):
        assert one.made.values["flow"][hour] == pytest.approx(measured[hour % 2 :: 2].mean(), rel=1e-12)
    legal, by_hour = one.total("legal"), one.legal[HOURS.of_month(2)]
    assert float(legal.value) == pytest.approx(by_hour.sum(), rel=1e-12)
    assert float(legal.u) == pytest.approx(float(one.total("best").u), rel=0.01)


def test_moisture_is_conservative_downward() -> None:
    """More water means less dry gas: the percentile is taken from below, and the smaller of it and the mean counts."""
    value = with_gap(4000, 3000, 3030)
    found = replaced(law(PART75), running(4000), "moisture", value, None, Before())
    last = np.sort(value[3000 - 720 : 3000])
    assert found.value[3000] == min((value[2999] + value[3030]) / 2.0, last[720 - int(np.ceil(0.9 * 720))])
    low = with_gap(1000, 720, 900)  # falls to 80 %: the smallest of the look-back
    found = replaced(law(PART75), running(1000), "moisture", low, None, Before())
    assert found.value[899] == low[:720].min()


def test_the_availability_of_each_hour_decides() -> None:
    """A gap of 100 h after 720 hours: from 95 % down below 90 %, each hour by the band that it is in; its length is
    that of the whole gap."""
    value = with_gap(1000, 720, 820)
    found = replaced(law(PART75), running(1000), "concentration", value, None, Before())
    share = 100.0 * 720 / np.arange(721, 821)
    wanted = np.select([share >= 95.0, share >= 90.0], [0, 1], 2)
    names = ["part75.substitution.1", "part75.substitution.2", "part75.substitution.3"]
    assert [found.rows[at] for at in found.rule[720:820]] == [names[at] for at in wanted]
    back = np.sort(value[:720])
    mean = (value[719] + value[820]) / 2.0
    expected = [max(mean, back[int(np.ceil(0.9 * 720)) - 1]), max(mean, back[int(np.ceil(0.95 * 720)) - 1]), back[-1]]
    assert found.value[720:820].tolist() == [expected[at] for at in wanted]
    assert {one.gap.hours for one in found.made} == {100}


def test_hours_before_the_year_count_for_look_back_and_availability() -> None:
    value = with_gap(100, 0, 10)
    earlier = quantity(np.arange(1000.0), np.full(1000, 0.1))
    found = replaced(law(PART75), running(100), "concentration", value, None, Before({"concentration": earlier}))
    assert found.ahead == 1000
    assert found.value[0] == pytest.approx((999.0 + value[10]) / 2.0)
    assert found.rows == ("part75.substitution.1",)  # 1000 of 1010 hours
