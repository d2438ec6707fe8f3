"""Rows of the rules of monitoring at their edges: boundary cases through the code that fail when the row changes.

That every row is felt by some computation is tried by `test_rows_are_felt`.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from suyuan.carbon.monitoring.hours.minutes import CLASSES, Flags, Mark, Minutes
from suyuan.carbon.monitoring.hours.month import judge
from suyuan.carbon.monitoring.hours.plausible import plausible_limits
from suyuan.carbon.monitoring.hours.stack import UNITS, density
from suyuan.carbon.rule import rules
from suyuan.quantity.table import load
from suyuan.verbs.carbon.monitoring import tier_limits

from .stacks import HJ75, HOURS, LEGEND, MRR, PART75, law, minutes, plant, year

TABLES = ("monitoring_china", "monitoring_part75", "monitoring_europe", "monitoring_plausible")
ROWS = [row for name in TABLES for row in load("suyuan.carbon", name)]
OFF = LEGEND.index("not operating")


def valid_hours(scheme: str, lost: list[tuple[int, int, int]]) -> np.ndarray:
    found, _ = year(scheme, {2: minutes(2, lost=lost)})
    return ~np.isnan(found.value[HOURS.of_month(2)])


@pytest.mark.parametrize(("count", "valid"), [(15, True), (16, False)])
def test_valid_minutes_of_hj75(count: int, valid: bool) -> None:
    assert valid_hours(HJ75, [(60 * 100 + 20, count, 1)])[100] == valid


@pytest.mark.parametrize(("count", "valid"), [(12, True), (13, False)])
def test_valid_share_of_the_european_rule(count: int, valid: bool) -> None:
    assert valid_hours(MRR, [(60 * 100 + 20, count, 1)])[100] == valid


FAULT, CALIBRATION, MAINTENANCE = (LEGEND.index(word) for word in ("fault", "calibration", "maintenance"))


@pytest.mark.parametrize(("first", "count", "valid"), [(1, 56, False), (16, 28, True), (15, 15, False), (1, 13, True)])
def test_valid_quadrants_of_part75(first: int, count: int, valid: bool) -> None:
    assert valid_hours(PART75, [(60 * 100 + first, count, FAULT)])[100] == valid


@pytest.mark.parametrize(
    ("lost", "valid"),
    [
        ([(0, 45, CALIBRATION)], False),  # fourteen minutes between the first and the last point that are left
        ([(0, 44, CALIBRATION)], True),  # fifteen
        ([(1, 58, MAINTENANCE)], True),  # the first minute and the last one
        ([(0, 59, CALIBRATION)], False),  # one point is no two
        ([(0, 60, CALIBRATION)], False),
        ([(0, 30, CALIBRATION), (30, 15, FAULT)], False),  # a quarter is lost for another reason
        ([(0, 14, CALIBRATION), (14, 1, FAULT)], False),
        ([(0, 30, CALIBRATION), (30, 14, FAULT)], True),
        ([(0, 15, CALIBRATION), (15, 30, OFF)], False),  # the points of one quarter only are left
        ([(0, 10, OFF), (10, 20, CALIBRATION), (30, 15, OFF)], False),
        ([(0, 30, CALIBRATION), (45, 15, OFF)], False),
        ([(1, 30, CALIBRATION), (45, 15, OFF)], True),
        ([(0, 46, OFF), (46, 14, CALIBRATION)], False),  # it ran in one quarter only
    ],
)
def test_two_points_do_in_hours_of_quality_assurance(lost: list[tuple[int, int, int]], valid: bool) -> None:
    """40 CFR 75.10(d)(1): quarters without readings for calibration or maintenance, two points 15 minutes apart."""
    assert valid_hours(PART75, [(60 * 100 + first, count, code) for first, count, code in lost])[100] == valid


@pytest.mark.parametrize(("lost", "valid"), [([], True), ([1], True), ([1, 2], True), ([0, 1, 2], False)])
def test_two_points_of_a_recorder_with_a_row_a_quarter(lost: list[int], valid: bool) -> None:
    given = minutes(2)
    taken = given.taken(np.arange(0, len(given), 15))
    code = np.zeros(len(taken), np.int8)
    code[[400 + quarter for quarter in lost]] = CALIBRATION
    found, _ = year(PART75, {2: Minutes(taken.time, taken.columns, (Flags(code, LEGEND),), "x")}, plant(step=900.0))
    assert ~np.isnan(found.value[HOURS.of_month(2)])[100] == valid


def test_a_quarter_in_which_the_unit_stood_needs_no_reading() -> None:
    asks = judge(law(PART75), 60.0)
    assert asks.counts(np.array([30]), np.array([30]), np.array([[2], [2], [0]])).tolist() == [True]
    assert asks.counts(np.array([30]), np.array([31]), np.array([[2], [3], [0]])).tolist() == [False]


@pytest.mark.parametrize(("lost", "valid"), [((5, 8), True), ((5, 10), False)])
def test_each_quarter_in_which_the_unit_ran_needs_a_reading(lost: tuple[int, int], valid: bool) -> None:
    """The unit runs from minute 5 to 20 of the hour, in two quarters; where the first of them has no reading of its
    running minutes, the readings of the other are not enough."""
    first, count = lost
    stood = [(60 * 100, 5, OFF), (60 * 100 + 20, 40, OFF)]
    found, _ = year(PART75, {2: minutes(2, lost=[*stood, (60 * 100 + first, count, 2)])})
    assert ~np.isnan(found.value[HOURS.of_month(2)])[100] == valid


@pytest.mark.parametrize("step", [900, 1800, 3600])
def test_a_row_longer_than_a_quarter_stands_for_all_that_it_spans(step: int) -> None:
    """Hourly means of a recorder are hours of 40 CFR 75; one that is missing is none."""
    given = minutes(2)
    rows = np.arange(0, len(given), step // 60)
    code = np.zeros(len(rows), np.int8)
    code[100 * 3600 // step] = 2
    taken = given.taken(rows)
    hourly = Minutes(taken.time, taken.columns, (Flags(code, LEGEND),), "hourly")
    found, _ = year(PART75, {2: hourly}, plant(step=float(step)))
    measured = ~np.isnan(found.value[HOURS.of_month(2)])
    assert not measured[100] and measured.sum() == len(measured) - 1


def test_an_hour_that_ran_in_part_is_no_hour_of_missing_readings() -> None:
    """Thirty minutes run and all thirty measured: lost by the rule of 45 minutes, but nothing was missing."""
    given = minutes(2, lost=[(60 * 100, 30, OFF)])
    columns = {name: column.copy() for name, column in given.columns.items()}
    for column in columns.values():
        column[60 * 100 : 60 * 100 + 30] = np.nan
    found, _ = year(HJ75, {2: Minutes(given.time, columns, given.flags, "part run")})
    month = found.made.months[2].month
    assert not month.valid["concentration"][100] and month.operating[100] == 0.5
    assert month.reason[100] == Mark.NOT_OPERATING


def test_scope_of_an_hour() -> None:
    """HJ 75 loses the whole hour where one channel fails, the others only a part of it."""
    given = minutes(2)
    code = np.zeros(len(given), np.int8)
    code[6000:6060] = 2
    for scheme, whole in ((HJ75, True), (PART75, False), (MRR, False)):
        found, _ = year(scheme, {2: Minutes(given.time, given.columns, (Flags(code, LEGEND, ("co2",)),), "x")})
        month = found.made.months[2].month
        assert not month.valid["concentration"][100]
        assert month.valid["flow"][100] == (not whole)


@pytest.mark.parametrize(("hours", "valid"), [(4, True), (5, False)])
def test_hours_of_a_valid_day(hours: int, valid: bool) -> None:
    found, _ = year(HJ75, {2: minutes(2, lost=[(60 * 24 * 3, 60 * hours, 2)])})
    assert (31 + 3 in found.valid_days) == valid


@pytest.mark.parametrize(("second", "events"), [(15, 0), (16, 1)])
def test_long_runs_are_events_whatever_their_marks(second: int, events: int) -> None:
    """Ten minutes of calibration that go over into a fault are one run."""
    begin = 60 * 100
    found, _ = year(HJ75, {2: minutes(2, lost=[(begin, 10, 1), (begin + 10, second - 10, 2)])})
    listed = found.made.months[2].month.events
    assert len(listed.begin) == events
    if events:
        assert listed.begin[0] == HOURS.begin[HOURS.of_month(2).start + 100]
        assert (listed.rows[0], listed.mark[0]) == (16, Mark.CALIBRATION | Mark.FAULT)


def test_tiers_are_printed_upward() -> None:
    table = "2018/2066 annex VIII table 1"
    assert tier_limits({"table": table, "subject": "CO2"})["limits"] == [10.0, 7.5, 5.0, 2.5]
    assert tier_limits({"table": table, "subject": "N2O"})["limits"] == [10.0, 7.5, 5.0]
    old = "601/2012 annex II table 1"
    assert tier_limits({"table": old, "subject": "combustion"})["limits"] == [7.5, 5.0, 2.5, 1.5]
    assert tier_limits({"table": old, "subject": "flaring"})["limits"] == [17.5, 12.5, 7.5]


def test_the_old_regulation_ended() -> None:
    assert "tier_limits.combustion" in rules("EU 601/2012", date(2020, 12, 31)).rows
    assert "tier_limits.combustion" not in rules("EU 601/2012", date(2021, 1, 1)).rows


def test_density_of_dilute_carbon_dioxide() -> None:
    for scheme in (HJ75, MRR):
        assert density(law(scheme)) == pytest.approx(1.963482, abs=1e-6)  # not 1.977, that of the pure gas


def test_flags_of_the_chinese_protocol_have_classes() -> None:
    marks = {flag: CLASSES[word] for flag, word in law(HJ75).value("flags").items()}
    assert marks["N"] == 0 and marks["F"] == Mark.NOT_OPERATING and marks["S"] == Mark.MISSING
    assert {marks[x] for x in "MDCTB"} == {  # one mark for each
        Mark.MAINTENANCE,
        Mark.FAULT,
        Mark.CALIBRATION,
        Mark.OUT_OF_RANGE,
        Mark.MISSING,
    }


def test_what_is_plausible_is_complete() -> None:
    limits = plausible_limits()
    assert set(limits.low) == set(limits.high) == set(UNITS)
    assert all(limits.low[role] < limits.high[role] for role in UNITS)


def test_every_row_says_what_it_is() -> None:
    for row in ROWS:
        assert row["what_zh"] and row["what_en"] and row["source"]


def test_standard_conditions_and_air_of_other_schemes() -> None:
    for scheme in (HJ75, MRR):
        assert (law(scheme).value("standard_temperature"), law(scheme).value("standard_pressure")) == (273.15, 101325)
        assert law(scheme).value("oxygen_in_air") == 20.9


@pytest.mark.parametrize(
    ("role", "inside", "outside"),
    [
        ("o2", 20.5, 20.6),
        ("velocity", 40.0, 40.1),
        ("moisture", 0.5, 0.4),
        ("flow", 1e7, 1.1e7),
        ("pressure", 120000.0, 120001.0),
        ("co2", 0.5, 0.49),
    ],
)
def test_the_edges_of_what_is_plausible(role: str, inside: float, outside: float) -> None:
    limits = plausible_limits()
    assert limits.low[role] <= inside <= limits.high[role]
    assert not limits.low[role] <= outside <= limits.high[role]
