"""The year of a stack against a loop over its minutes: values, uncertainties, look-backs, days and months."""

from __future__ import annotations

import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.carbon.monitoring.hours.calendar import calendar
from suyuan.carbon.monitoring.hours.minutes import Flags, Mark, Minutes
from suyuan.quantity.budget import by_source
from suyuan.quantity.correction import Correction
from suyuan.quantity.quantity import quantity
from suyuan.verbs.carbon.stack import course_of, stack_year

from .stacks import (
    HJ75,
    HOURS,
    KNOWN,
    LEGEND,
    MINUTE,
    MRR,
    PART75,
    TRUE,
    UNITS,
    Loop,
    certificate,
    certificates,
    hj75_totals,
    law,
    minutes,
    plant,
    year,
)

LOST = ((60 * 200 + 5, 100, 2), (60 * 300, 60 * 5, 2), (60 * 400 + 10, 12, 1), (60 * 500, 60 * 8, 3),
        (60 * 520 + 20, 10, 1), (60 * 520 + 35, 10, 2))  # fmt: skip
"""A fault over two hours, one of five, a short calibration, a stop, and two short marks in one hour that lose it."""


def read(*months: int) -> dict[int, Minutes]:
    return {month: minutes(month, lost=LOST) for month in months}


def test_hours_equal_a_loop_over_minutes() -> None:
    given = read(2, 3)
    found, _ = year(HJ75, given)
    rates, shares = Loop.of_truth().rates(given)
    run = found.operating > 0.0
    assert run.sum() == len(rates)
    expected = np.array([np.nan if x is None else x for x in rates])
    np.testing.assert_allclose(found.value[run], expected, rtol=1e-12)
    np.testing.assert_allclose(found.operating[run], shares)
    legal, best = hj75_totals(rates, shares, 180)
    assert float(found.total().value) == pytest.approx(legal, rel=1e-12)
    assert float(found.total("best").value) == pytest.approx(best, rel=1e-12)
    assert legal > best


def test_marks_are_united_before_minutes_are_counted() -> None:
    found, _ = year(HJ75, read(2))
    hour = HOURS.of_month(2).start + 520
    assert np.isnan(found.value[hour])  # ten minutes of one flag and ten of another leave forty
    assert found.value[HOURS.of_month(2).start + 400] > 0.0  # twelve minutes leave forty-eight


def test_uncertainty_equals_that_of_perturbed_loops() -> None:
    """Each parameter of each certificate moved by a little: a certificate's error moves all hours together."""
    given = read(2)
    found, _ = year(HJ75, given, plant(0.0))
    square = np.zeros(2)
    for role, (gain, u_gain, offset, u_offset) in TRUE.items():
        for name, value, u in (("gain", gain, u_gain), ("offset", offset, u_offset)):
            ends = []
            for step in (-1e-4, 1e-4):
                loop = Loop.of_truth()
                getattr(loop, name)[role] = value + step * u
                ends.append(np.array(hj75_totals(*loop.rates(given), 180)))
            square += ((ends[1] - ends[0]) / 2e-4) ** 2
    total = np.array([float(found.total(kind).value) for kind in ("legal", "best")])
    square += (total * 0.3 / 38.5) ** 2
    assert float(found.total().u) == pytest.approx(np.sqrt(square[0]), rel=1e-6)
    gaps = sum(row.contribution**2 for row in by_source(found.total("best")) if row.source.text.startswith("hours"))
    assert gaps > 0.0
    assert float(found.total("best").u) == pytest.approx(np.sqrt(square[1] + gaps), rel=1e-6)


def test_what_readings_have_of_their_own_averages_out() -> None:
    given = read(2)
    without, _ = year(HJ75, given, plant(0.0))
    noisy, _ = year(HJ75, given, plant(0.2))
    assert float(noisy.total().u) > float(without.total().u)
    assert float(noisy.total().u) == pytest.approx(float(without.total().u), rel=1e-4)
    hour = HOURS.of_month(2).start + 10
    one, plain = noisy.hour(hour), without.hour(hour)
    assert one is not None and plain is not None
    # one hour: 60 readings of each channel, u = 0.2 in each
    own = float(one.variance) - float(plain.variance)
    x = {r: TRUE[r][0] * float(np.mean(given[2].columns[r][600:660])) + TRUE[r][2] for r in UNITS}
    x["temperature"] += 273.15
    relative = sum((TRUE[r][0] / (100.0 - x[r] if r == "moisture" else x[r])) ** 2 for r in UNITS)
    assert own == pytest.approx(float(one.value) ** 2 * relative * 0.2**2 / 60.0, rel=1e-6)


def test_days_months_and_quarters_are_sums_of_the_same_hours() -> None:
    found, _ = year(HJ75, read(3, 4), plant(0.1))
    for kind in ("legal", "best"):
        days, amounts = found.by_day(kind)
        assert len(days) == 61
        total = found.total(kind)
        assert amounts.sum().same_as(total, 1e-9)
        quarters = found.by_quarter(kind)
        assert set(quarters) == {1, 2}
        assert (quarters[1] + quarters[2]).same_as(total, 1e-9)
        hours = found.legal if kind == "legal" else found.best
        assert np.nansum(hours) == pytest.approx(float(total.value), rel=1e-12)


def test_methods_have_shares_that_add_to_the_whole() -> None:
    found, _ = year(HJ75, read(2))
    hours, tonnes = (sum(row[i] for row in found.shares.values()) for i in (0, 1))
    assert set(found.shares) == {"measured", "hj75.substitution.1"}
    assert hours == pytest.approx(np.nansum(found.operating))
    assert tonnes == pytest.approx(float(found.total().value), rel=1e-12)
    assert found.complete
    json.dumps([f.to_json() for f in found.findings])


def test_an_hour_in_which_the_unit_stood_is_in_no_gap() -> None:
    found, _ = year(HJ75, read(2))
    stood = slice(HOURS.of_month(2).start + 500, HOURS.of_month(2).start + 508)
    assert (found.operating[stood] == 0.0).all()
    assert np.isnan(found.legal[stood]).all()
    assert (found.reason[stood] == Mark.NOT_OPERATING).all()
    lost = 2 + 5 + 1
    assert found.capture[1] == pytest.approx(100.0 * (1.0 - lost / (696 - 8)))


def test_an_hour_too_short_to_count_is_lost_for_the_standing_and_for_nothing_else() -> None:
    """20 minutes ran and are all good: no certificate lacks, no minute is missing."""
    found, _ = year(HJ75, {2: minutes(2, lost=[(60 * 100, 40, 3)])})
    hour = HOURS.of_month(2).start + 100
    assert found.operating[hour] == pytest.approx(1.0 / 3.0) and np.isnan(found.value[hour])
    assert Mark(int(found.reason[hour])) == Mark.NOT_OPERATING
    assert found.complete and found.shares["measured"][0] == 695.0


def test_a_month_in_which_the_unit_stood_is_nothing_and_knows_it() -> None:
    found, _ = year(HJ75, {2: minutes(2, lost=[(0, 60 * 696, 3)])})
    assert float(found.total().value) == 0.0 == float(found.total().u)
    assert found.complete and found.capture == {} and not found.findings


def test_an_hour_under_two_certificates_has_both() -> None:
    """A new certificate at half past: the mean is of both halves, and so is its uncertainty."""
    half = int(HOURS.begin[HOURS.of_month(2).start + 30]) + 30 * MINUTE
    every = [*certificates(), replace(certificate("co2", since=half, number="co2-C2"), known_from=0)]
    given = {2: minutes(2)}
    found, _ = year(HJ75, given, every=every)
    plain, _ = year(HJ75, given)
    hour = HOURS.of_month(2).start + 30
    one, before = found.hour(hour), plain.hour(hour)
    assert one is not None and before is not None
    assert float(one.value) == pytest.approx(float(before.value), rel=1e-12)  # both say the same of a reading
    assert float(one.u) < float(before.u)  # and half of their errors are independent
    assert {"co2-C1 gain", "co2-C2 gain"} <= {i.label for i in one.influences()}


def test_counts_with_a_resolution_are_readings() -> None:
    given = minutes(2, lost=LOST)
    counts = {role: np.round(column * 100.0).astype(np.int64) for role, column in given.columns.items()}
    counts["moisture"][60 * 650 : 60 * 652] = -900  # −9 with two decimals
    rounded = {role: column / 100.0 for role, column in counts.items()}
    stack = plant(0.05)
    counted = replace(stack, channels=tuple(replace(one, resolution=0.01) for one in stack.channels))
    first, _ = year(HJ75, {2: Minutes(given.time, counts, given.flags, "x")}, counted)
    second, _ = year(HJ75, {2: Minutes(given.time, rounded, given.flags, "x")}, stack)
    np.testing.assert_allclose(first.value, second.value, rtol=1e-12)
    np.testing.assert_array_equal(first.reason, second.reason)
    assert float(first.total().u) == pytest.approx(float(second.total().u), rel=1e-12)


def test_a_gap_at_the_start_has_nothing_to_look_back_on() -> None:
    found, _ = year(HJ75, {2: minutes(2, lost=[(0, 180, 2)])})
    assert not found.complete
    assert np.isnan(found.legal[HOURS.of_month(2).start])
    codes = {f.code for f in found.findings}
    assert "carbon_monitoring.substitution.nothing" in codes
    assert found.shares["missing"][0] == 3.0


def test_capture_below_the_lowest_band_leaves_hours_missing() -> None:
    found, _ = year(HJ75, {2: minutes(2, lost=[(60 * 200, 60 * 200, 2)])})
    assert found.capture[1] == pytest.approx(100.0 * 496 / 696)
    assert "carbon_monitoring.substitution.no_band" in {f.code for f in found.findings}
    assert found.shares["missing"][0] == 200.0


def test_out_of_control_looks_back_from_the_last_calibration() -> None:
    high = 60 * 350  # the largest hours come after the calibration and before the loss of control
    given = minutes(2, lost=[(60 * 300, 12, 1), (60 * 400, 120, 4)])
    given.columns["co2"][high : high + 600] += 5.0
    found, _ = year(HJ75, {2: given})
    first = HOURS.of_month(2).start
    before = found.value[first + 120 : first + 300]
    assert found.legal[first + 400] == pytest.approx(before.max())
    fault, _ = year(HJ75, {2: Minutes(given.time, given.columns, (
        Flags(np.where(given.flags[0].code == 4, 2, given.flags[0].code).astype(np.int8), LEGEND),))})  # fmt: skip
    assert fault.legal[first + 400] == pytest.approx(found.value[first + 220 : first + 400].max())
    assert fault.legal[first + 400] > found.legal[first + 400]


@pytest.mark.parametrize("scheme", [PART75, MRR])
def test_each_part_is_judged_and_replaced_by_itself(scheme: str) -> None:
    """The gas analyser fails; the flow goes on being measured, and its hours stand as they were."""
    given = minutes(2)
    code = np.zeros(len(given), np.int8)
    code[60 * 500 : 60 * 503] = 2
    flags = (Flags(code, LEGEND, ("co2",)),)
    found, course = year(scheme, {2: Minutes(given.time, given.columns, flags, "x")})
    hour = HOURS.of_month(2).start + 501
    clean, _ = year(scheme, {2: minutes(2)})
    assert np.isnan(found.value[hour]) and found.reason[hour] == Mark.FAULT
    gas = clean.made.rates.parts["concentration"]
    if scheme == PART75:  # fewer than 720 assured hours: the mean of the hour before and after
        instead = (gas[499] + gas[503]) / 2.0
        assert found.rules_of_hours == ("part75.initial",)
    else:
        kept = np.delete(gas, [500, 501, 502])
        instead = kept.mean() + 2.0 * kept.std(ddof=1)
    flow, wet = (clean.made.rates.parts[name][501] for name in ("flow", "moisture"))
    expected = course.model.rate({"concentration": instead, "flow": flow, "moisture": wet})
    assert found.legal[hour] == pytest.approx(expected, rel=1e-12)
    assert np.nansum(found.legal) == pytest.approx(float(found.total().value), rel=1e-12)
    assert float(found.total().u) == pytest.approx(float(clean.total().u), rel=0.01)


@pytest.mark.parametrize("scheme", [HJ75, PART75, MRR])
def test_uncertainty_of_replaced_parts_is_that_of_moved_certificates(scheme: str) -> None:
    """What a certificate's error does to measured and replaced hours, found by moving its parameters."""
    given = minutes(2)
    flags = []
    for role, first in (("co2", 500), ("velocity", 550), ("moisture", 600)):
        code = np.zeros(len(given), np.int8)
        if scheme != MRR or role == "co2":
            code[60 * first : 60 * (first + 30)] = 2
        flags.append(Flags(code, LEGEND, (role,)))
    read = {2: Minutes(given.time, given.columns, tuple(flags), "x")}
    stack = plant(potential={"concentration": 20.0})
    found, _ = year(scheme, read, stack)
    square = np.zeros(2)
    for role in UNITS:
        for name in ("gain", "offset"):
            ends = []
            for sign in (-1.0, 1.0):
                every = [one for one in certificates() if one.instrument != f"{role}-1"]
                ends.append(year(scheme, read, stack, [*every, moved(role, name, sign * 1e-4)])[0])
            square += [float((b.value - a.value) / 2e-4) ** 2 for a, b in
                       zip(*[(one.total(), one.total("best")) for one in ends], strict=True)]  # fmt: skip
    total = np.array([float(found.total(kind).value) for kind in ("legal", "best")])
    square += (total * 0.3 / 38.5) ** 2
    gaps = sum(row.contribution**2 for row in by_source(found.total("best")) if row.source.text.startswith("hours"))
    assert float(found.total().u) == pytest.approx(np.sqrt(square[0]), rel=1e-6)
    assert float(found.total("best").u) == pytest.approx(np.sqrt(square[1] + gaps), rel=1e-6)
    lost = {HJ75: 90, PART75: 90, MRR: 30}[scheme]
    assert np.isnan(found.value[HOURS.of_month(2)]).sum() == lost and found.complete


def moved(role: str, name: str, steps: float) -> Correction:
    """The certificate of a channel with one parameter moved by so many standard uncertainties."""
    one = certificate(role)
    q = one.parameters[name]
    unit = "1" if name == "gain" else UNITS[role]
    return replace(one, parameters={**one.parameters, name: quantity(float(q.value) + steps * float(q.u), None, unit)})


def test_a_lost_flow_under_the_european_rule_wants_a_balance() -> None:
    given = minutes(2)
    code = np.zeros(len(given), np.int8)
    code[60 * 500 : 60 * 503] = 2
    found, _ = year(MRR, {2: Minutes(given.time, given.columns, (Flags(code, LEGEND, ("velocity",)),), "x")})
    assert found.shares["missing"][0] == 3.0
    assert not found.complete
    assert "carbon_monitoring.substitution.other" in {f.code for f in found.findings}


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.integers(200, 600), st.integers(1, 400), st.sampled_from([1, 2, 5])), max_size=6))
def test_the_legal_value_is_never_below_what_was_measured_around(lost: list[tuple[int, int, int]]) -> None:
    """HJ 75: a lost hour is at least any of the last 180 valid ones, so the legal total is at least the best one."""
    found, _ = year(HJ75, {2: minutes(2, lost=[(60 * h, n, code) for h, n, code in lost])})
    run = np.flatnonzero(found.operating > 0.0)
    value, legal = found.value[run], found.legal[run]
    for at in np.flatnonzero(np.isnan(value) & ~np.isnan(legal)):
        earlier = value[:at][~np.isnan(value[:at])][-180:]
        assert legal[at] >= earlier.max() - 1e-9


@settings(max_examples=5, deadline=None)
@given(st.lists(st.tuples(st.integers(12_000, 41_000), st.integers(1, 300), st.sampled_from([1, 2, 3, 5])), max_size=5))
def test_totals_equal_a_loop_whatever_is_lost(lost: list[tuple[int, int, int]]) -> None:
    given = {2: minutes(2, lost=lost)}
    found, _ = year(HJ75, given)
    rates, shares = Loop.of_truth().rates(given)
    long = max((len(run) for run in runs(rates)), default=0) > 24
    legal, best = hj75_totals(rates, shares, 720 if long else 180)
    if not long:  # a long gap looks back further than short ones beside it
        assert float(found.total().value) == pytest.approx(legal, rel=1e-12)
    assert float(found.total("best").value) == pytest.approx(best, rel=1e-12)


def runs(rates: list[float | None]) -> list[list[None]]:
    """Runs of lost hours."""
    found: list[list[None]] = [[]]
    for rate in rates:
        if rate is None:
            found[-1].append(None)
        elif found[-1]:
            found.append([])
    return found


def test_a_month_in_which_clocks_are_set() -> None:
    """March in Berlin has 743 hours and a day of 23; October an hour twice, and neither hour nor tonne is lost."""
    zone = ZoneInfo("Europe/Berlin")
    hours = calendar(2023, zone)
    law_ = law(MRR)

    def read(month: int) -> Minutes:
        first, last = hours.span(month)
        time = np.arange(first, last, MINUTE)
        one = {"co2": 12.0, "velocity": 15.0, "temperature": 120.0, "pressure": 101.3, "moisture": 8.0}
        return Minutes(time, {role: np.full(len(time), value) for role, value in one.items()})

    corrections = [replace(one, valid_from=int(hours.begin[0]) - 1) for one in certificates()]
    course = course_of(plant(), law_, corrections, KNOWN, 2023, zone)
    found = stack_year(course, law_, KNOWN, read, (3, 10))
    months, rate = found.by_month().value, float(np.nanmax(found.value))
    np.testing.assert_allclose(months, [743 * rate, 745 * rate], rtol=1e-12)
    days, amounts = found.by_day()
    short, long = (int(np.flatnonzero(days == day)[0]) for day in (84, 301))
    np.testing.assert_allclose(amounts.value[[short, long]], [23 * rate, 25 * rate], rtol=1e-12)
    assert not found.findings


@settings(max_examples=8, deadline=None)
@given(st.permutations([0, 1, 2]), st.integers(0, 2**31))
def test_the_order_of_flag_columns_does_not_matter(order: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    given = minutes(2, hours=200)
    columns = []
    for what in (1, 2, 5):
        code = np.zeros(len(given), np.int8)
        for begin in rng.integers(0, len(given) - 60, 8):
            code[begin : begin + rng.integers(1, 60)] = what
        columns.append(Flags(code, LEGEND))
    sets = [Minutes(given.time, given.columns, tuple(columns[i] for i in o), "x") for o in ([0, 1, 2], order)]
    first, second = (year(HJ75, {2: one})[0] for one in sets)
    np.testing.assert_array_equal(first.value, second.value)
    np.testing.assert_array_equal(first.reason, second.reason)
    assert float(first.total().u) == float(second.total().u)
