"""Best estimates of lost hours: known blocks are left out of constructed years, and errors are as large as is said."""

from __future__ import annotations

import json

import numpy as np
import pytest

from suyuan.carbon.monitoring.hours.minutes import Minutes
from suyuan.carbon.monitoring.lost.estimate import Estimate, Reach, Unguessed, estimates, reach
from suyuan.carbon.monitoring.lost.substitution import Gap

from .stacks import HJ75, HOURS, minutes, plant, year

N = 8760
FAR = Reach(24, N, N, 0.0, reach().blocks, reach().growth)


def year_of(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Load from 0.4 to 1 by season, day and a slow wander, and t/h that follow it but for a slow drift."""
    rng, n = np.random.default_rng(seed), np.arange(N)
    season = 0.70 + 0.10 * np.cos(4.0 * np.pi * n / N + rng.uniform(0.0, 6.0))
    slow = np.convolve(rng.normal(0.0, 0.25, N + 47), np.full(48, 1.0 / 48.0), "valid")
    load = np.clip(season + 0.14 * np.sin(2.0 * np.pi * (n % 24 - 8) / 24.0) + slow, 0.4, 1.0)
    return load, 505.0 * load * (1.0 + np.cumsum(rng.normal(0.0, 4e-4, N))) * (1.0 + rng.normal(0.0, 0.01, N))


def left_out(seed: int, days: int, by_load: bool) -> tuple[float, float]:
    """Error and standard uncertainty of the mean of a block that is taken out of a year."""
    load, rate = year_of(seed)
    size = 24 * days
    first = int(np.random.default_rng(seed + 10**6).integers(0, N - size))
    value = rate.copy()
    value[first : first + size] = np.nan
    made = estimates(value, FAR, 600.0 * load if by_load else None)
    assert not made.none
    (one,) = made.found
    factor = 1.0 if one.factor is None else float(one.factor.mean())
    return one.value * factor - float(rate[first : first + size].mean()), one.sd * factor


@pytest.mark.parametrize(("days", "low"), [(1, 0.7), (10, 0.7), (60, 0.6), (200, 0.0)])
@pytest.mark.parametrize("by_load", [False, True])
def test_errors_of_blocks_left_out_are_as_large_as_is_said(days: int, low: float, by_load: bool) -> None:
    error, u = np.array([left_out(seed, days, by_load) for seed in range(40)]).T
    z = np.sqrt(np.mean((error / u) ** 2))
    assert low < z < 1.45, z


def test_the_load_of_lost_hours_tells_what_they_were() -> None:
    plain, by_load = (np.array([left_out(seed, 60, known) for seed in range(20)]) for known in (False, True))
    assert np.sqrt(np.mean(by_load[:, 0] ** 2)) < 0.2 * np.sqrt(np.mean(plain[:, 0] ** 2))
    assert by_load[:, 1].max() < 0.5 * plain[:, 1].min()


def of(value: np.ndarray, load: np.ndarray | None = None) -> tuple[tuple[Estimate, ...], tuple[Unguessed, ...]]:
    made = estimates(value, reach(), load)
    return made.found, made.none


def test_beyond_its_reach_there_is_no_estimate() -> None:
    load, rate = year_of(1)
    for size, known, why in ((1440, None, ""), (1441, None, "long"), (1441, load, ""), (4380, load, ""),
                             (4381, load, "share")):  # fmt: skip
        value = rate.copy()
        value[2000 : 2000 + size] = np.nan
        found, none = of(value, known)
        assert [one.why for one in none] == ([why] if why else []) and len(found) == (not why)
    value = np.full(N, np.nan)
    value[4000:4072] = rate[4000:4072]
    found, none = of(value)
    assert not found and {one.why for one in none} == {"share"}
    with_hole = load.copy()
    with_hole[3000] = np.nan  # of one lost hour no load is known
    value = rate.copy()
    value[2000:3441] = np.nan
    assert [one.why for one in of(value, with_hole)[1]] == ["long"]


def test_some_measured_hours_without_a_load_spoil_no_estimate() -> None:
    load, rate = year_of(3)
    value, partly = rate.copy(), load.copy()
    value[2000:2240] = np.nan
    partly[5000:5300] = np.nan
    whole, some = of(value, load)[0][0], of(value, partly)[0][0]
    assert whole.factor is not None and some.factor is not None
    assert some.sd == pytest.approx(whole.sd, rel=0.1)
    partly[5000:5900] = np.nan  # more than a tenth
    assert of(value, partly)[0][0].factor is None


def test_a_single_valid_hour_makes_no_two_short_gaps_of_a_long_one() -> None:
    _, rate = year_of(2)
    value = rate.copy()
    value[2000:3500] = np.nan
    value[2700] = rate[2700]
    assert {one.why for one in of(value)[1]} == {"long"}
    value[2000:2500] = rate[2000:2500]
    found, none = of(value)
    assert not none and [one.gap for one in found] == [Gap(2500, 2700), Gap(2701, 3500)]
    assert found[0].group == found[1].group == 2500 and found[0].sd == found[1].sd


def test_a_month_without_any_value_is_unknown_and_the_year_says_how_many_hours_lack() -> None:
    """March is a fault from end to end, in a quarter of 48 % capture: the scheme replaces no hour of it."""
    given = {2: minutes(2), 3: minutes(3, lost=[(0, 60 * 744, 2)]), 4: minutes(4)}
    found, _ = year(HJ75, given)
    months = found.by_month("legal").value
    assert np.isnan(months[1]) and not np.isnan(months[[0, 2]]).any()
    assert found.missing("legal").tolist() == [0.0, 744.0, 0.0] and found.missing("best").sum() == 0.0
    assert float(found.total("legal").value) == pytest.approx(np.nansum(found.legal), rel=1e-12)
    best = found.by_month("best")
    assert float(best.u[1]) > 0.02 * float(best.value[1]) > float(best.u[0])
    short = {2: given[2], 3: given[3]}
    lone, _ = year(HJ75, short)
    assert np.isnan(lone.by_month("best").value[1]) and lone.missing("best").tolist() == [0.0, 744.0]
    assert "carbon_monitoring.best.share" in {item.code for item in lone.findings}
    json.dumps([item.to_json() for item in lone.findings])


def test_the_year_takes_the_load_of_its_minutes() -> None:
    """The load is the sine that the constructed minutes follow: a lost week is estimated by it, hour by hour."""
    given: dict[int, Minutes] = {}
    whole: dict[int, Minutes] = {}
    for month in (2, 3, 4):
        for read, lost in ((given, [(60 * 300, 60 * 168, 2)] if month == 3 else []), (whole, [])):
            one = minutes(month, lost=lost)
            load = 500.0 * (1.0 + 0.2 * np.sin(np.arange(len(one)) / 700.0 + month))
            read[month] = Minutes(one.time, {**one.columns, "load": load}, one.flags, "x")
    with_load, _ = year(HJ75, given, plant(load="load"))
    without, _ = year(HJ75, given)
    true, _ = year(HJ75, whole)
    gap = slice(HOURS.of_month(3).start + 300, HOURS.of_month(3).start + 468)
    errors = [float(np.sum(one.best[gap] - true.best[gap])) for one in (with_load, without)]
    u = [max(guess.sd for guess in one.made.guesses.found) for one in (with_load, without)]
    assert abs(errors[0]) < 0.1 * abs(errors[1]) and u[0] < 0.1 * u[1]
    assert np.abs(with_load.best[gap] / true.best[gap] - 1.0).max() < 0.01
