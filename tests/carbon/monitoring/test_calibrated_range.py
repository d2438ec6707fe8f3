"""The weekly check of the range of a QAL2: shares and weeks at their edges, tests between, hours that do not count."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.monitoring.quality.calibrated_range import Left, left, months_later
from suyuan.carbon.rule import rules
from suyuan.verbs.carbon.monitored import Stacked

from .test_control import codes, hour, stacked
from .test_stacks_in_claims import HOURS, SHOWN, YEAR, rows

LAW = rules("EN 14181", date(2025, 6, 1))
MONDAY = date(2025, 3, 3)


def weeks(*outside: int, size: int = 100) -> Left | None:
    """Weeks of `size` hours, so many of which are above a range up to 10."""
    week = np.repeat([MONDAY.toordinal() + 7 * n for n in range(len(outside))], size)
    value = np.concatenate([np.where(np.arange(size) < out, 11.0, 10.0) for out in outside])
    return left(LAW, week, value, 10.0)


@pytest.mark.parametrize(("outside", "due"), [(40, False), (41, True)])
def test_one_week_alone(outside: int, due: bool) -> None:
    found = weeks(0, outside, 0)
    assert (found is not None) == due
    if found is not None:
        assert (found.week, found.percent, found.count) == (MONDAY + timedelta(days=7), 41.0, 1)
        assert found.until == date(2025, 9, 16)  # six months from the Sunday


@pytest.mark.parametrize(
    ("outside", "count"), [([6] * 5, 0), ([6] * 6, 6), ([5] * 9, 0), ([6, 0, 6, 5, 6, 6, 0, 6, 6], 6)]
)
def test_more_than_five_weeks_whether_or_not_they_follow_one_another(outside: list[int], count: int) -> None:
    found = weeks(*outside)
    assert (0 if found is None else found.count) == count
    if found is not None:
        assert found.week == MONDAY + timedelta(days=7 * (len(outside) - 1))


def test_hours_without_a_value_are_none() -> None:
    week = np.full(10, MONDAY.toordinal())
    value = np.array([11.0, 11.0, 11.0, 11.0, *[np.nan] * 5, 9.0])
    found = left(LAW, week, value, 10.0)
    assert found is not None and (found.outside, found.hours) == (4, 5)
    assert left(LAW, week, np.full(10, np.nan), 10.0) is None


def test_the_last_day_of_a_shorter_month() -> None:
    assert [months_later(date(2024, 8, day), 6) for day in (28, 31)] == [date(2025, 2, 28)] * 2
    assert months_later(date(2025, 12, 31), 12) == date(2026, 12, 31)


def qal2(day: date, highest: float, kind: str = "qal2") -> dict[str, Any]:
    """A QAL2 of CO2 whose line is y = x, valid up to 1.1 of its largest value."""
    x = np.linspace(0.5, 1.0, 15 if kind == "qal2" else 5) * highest / 1.1
    return {"kind": kind, "role": "co2", "day": day.isoformat(), "reference": x.tolist(), "monitor": x.tolist(),
            **({"elv": 20, "interval_fraction": 0.1, "zero": 0.0} if kind == "qal2" else {})}  # fmt: skip


def monitored(tests: list[dict[str, Any]], status: list[str] | None = None) -> Stacked:
    """Hours of 10 % CO2, and of 12 % from hour 4980 on."""
    return stacked(tests=tests, rules="EU 2018/2066", given=None if status is None else rows(status=status))


def test_the_hours_of_a_stack_are_watched_by_weeks() -> None:
    """A range up to 11 %: all hours from the 4980th on are above it, most of the week in which that is."""
    begin = date(YEAR, 1, 1) + timedelta(hours=4980)
    monday = begin - timedelta(days=begin.weekday())
    one = monitored([qal2(date(YEAR, 1, 1), 11.0)])
    told = codes(one)["qal2.range_left"]
    inside = (np.arange(len(HOURS)) >= hour(monday)) & (np.arange(len(HOURS)) < hour(monday) + 168)
    above = int(np.sum(SHOWN["co2"][inside] > 11.0))
    first = monday if above > 0.4 * 168 else monday + timedelta(days=7)
    (found,) = [item for item in one.findings if item.code == "carbon_monitoring.qal2.range_left"]
    assert found.where == first.isoformat() and found.severity == "warning" and found.rule == "en14181.weekly"
    assert told["renewed"] == "—" and told["until"] == months_later(first + timedelta(days=6), 6).isoformat()
    assert "from memory" in told["status_en"]
    wide = monitored([qal2(date(YEAR, 1, 1), 13.0)])
    assert "qal2.range_left" not in codes(wide)


def test_a_new_qal2_in_time_is_a_note_and_ends_the_watch() -> None:
    one = monitored([qal2(date(YEAR, 1, 1), 11.0), qal2(date(YEAR, 10, 1), 13.5)])
    (found,) = [item for item in one.findings if item.code == "carbon_monitoring.qal2.range_left"]
    assert found.severity == "note" and dict(found.parameters)["renewed"] == f"{YEAR}-10-01"


def test_a_survey_begins_the_count_anew() -> None:
    one = monitored([qal2(date(YEAR, 1, 1), 11.0), qal2(date(YEAR, 11, 3), 11.0, "ast")])
    found = [item for item in one.findings if item.code == "carbon_monitoring.qal2.range_left"]
    assert len(found) == 2 and found[1].where == f"{YEAR}-11-03"


def test_hours_with_a_flag_are_not_counted() -> None:
    status = np.where(np.arange(len(HOURS)) >= 4980, "D", "N").tolist()
    assert "qal2.range_left" not in codes(monitored([qal2(date(YEAR, 1, 1), 11.0)], status))
