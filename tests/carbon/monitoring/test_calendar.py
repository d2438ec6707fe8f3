"""Hours of a year by local clocks: where they are set, an hour is shown twice or not at all, and none is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.carbon.monitoring.hours.calendar import calendar, clock_told, from_local
from suyuan.series.periods import HOUR

BERLIN = ZoneInfo("Europe/Berlin")
CHINA = timezone(timedelta(hours=8))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local(*moment: int) -> int:
    return int((datetime(*moment, tzinfo=UTC) - EPOCH).total_seconds()) * 1_000_000  # type: ignore[misc]


@pytest.mark.parametrize(("year", "hours"), [(2023, 8760), (2024, 8784)])
def test_a_year_has_its_hours_whatever_clocks_do(year: int, hours: int) -> None:
    for zone in (CHINA, BERLIN, UTC):
        found = calendar(year, zone)
        assert len(found) == hours
        assert (np.diff(found.begin) == HOUR).all()
        assert found.end - found.begin[-1] == HOUR


def test_months_of_set_clocks() -> None:
    found = calendar(2023, BERLIN)
    sizes = [found.of_month(m).stop - found.of_month(m).start for m in range(1, 13)]
    assert sizes[2] == 31 * 24 - 1 and sizes[9] == 31 * 24 + 1  # the last Sundays of March and October
    assert sum(sizes) == len(found)
    assert found.quarter[found.of_month(4)].tolist() == [2] * 720
    assert np.bincount(found.day)[84] == 23 and np.bincount(found.day)[301] == 25
    assert found.told(0) == "2023-01-01T00:00+01:00"


def test_the_hour_that_clocks_show_twice_is_two_hours() -> None:
    stamps = np.array([local(2023, 10, 29, 1, 30), local(2023, 10, 29, 2, 30), local(2023, 10, 29, 2, 31),
                       local(2023, 10, 29, 2, 30), local(2023, 10, 29, 3, 30)])  # fmt: skip
    time, skipped, unclear = from_local(stamps, BERLIN)
    assert np.diff(time).tolist() == [HOUR, HOUR // 60, HOUR - HOUR // 60, HOUR]
    assert not len(skipped) and not len(unclear)


@pytest.mark.parametrize("minutes", [(0,), (0, 30)])
def test_rows_that_stand_there_twice_are_both_passes(minutes: tuple[int, ...]) -> None:
    """Hourly rows show 02:00 twice and nothing jumps back; nor do half-hourly ones that a sheet has sorted."""
    shown = [local(2023, 10, 29, 2, minute) for minute in minutes for _ in range(2)]
    time, _, unclear = from_local(np.array([local(2023, 10, 29, 1, 0), *shown, local(2023, 10, 29, 3, 0)]), BERLIN)
    assert not len(unclear) and len(np.unique(time)) == len(time)
    assert (time[2:-1:2] - time[1:-1:2]).tolist() == [HOUR] * len(minutes)
    assert time[1] - time[0] == HOUR and time[-1] - time[0] == 3 * HOUR
    twice = np.array([local(2023, 10, 29, 2, 30), local(2023, 10, 29, 2, 30), local(2023, 10, 29, 2, 31)])
    assert from_local(twice, BERLIN)[2].tolist() == [0, 1, 2]  # a row sent twice is no second pass


def test_one_pass_of_that_hour_is_unclear() -> None:
    stamps = np.array([local(2023, 10, 29, 2, 30), local(2023, 10, 29, 3, 30)])
    time, _, unclear = from_local(stamps, BERLIN)
    assert unclear.tolist() == [0] and time[1] - time[0] == 2 * HOUR
    told = clock_told(calendar(2023, BERLIN), np.zeros(0, np.int64), unclear, time)
    assert [f.code for f in told] == ["carbon_monitoring.clock.unclear"]


def test_times_that_clocks_jump_over_are_told() -> None:
    stamps = np.array([local(2023, 3, 26, 1, 59), local(2023, 3, 26, 2, 30), local(2023, 3, 26, 3, 0)])
    time, skipped, unclear = from_local(stamps, BERLIN)
    assert skipped.tolist() == [1] and not len(unclear)
    assert time[2] - time[0] == HOUR // 60
    told = clock_told(calendar(2023, BERLIN), skipped, unclear, time)
    assert [f.code for f in told] == ["carbon_monitoring.clock.skipped"]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 364 * 24), st.integers(1, 400))
def test_stamps_of_a_clock_come_back_as_they_were(start: int, size: int) -> None:
    """Every minute of some hours, as local clocks showed them, is the minute that it was."""
    begin = int(calendar(2023, BERLIN).begin[start])
    true = begin + np.arange(0, size * HOUR, HOUR // 2)
    shown = np.array([
        local(*(EPOCH + timedelta(microseconds=int(t))).astimezone(BERLIN).timetuple()[:6]) for t in true
    ])  # fmt: skip
    time, skipped, unclear = from_local(shown, BERLIN)
    assert not len(skipped)
    if not len(unclear):
        np.testing.assert_array_equal(time, true)


def test_nothing_is_nothing() -> None:
    assert [len(x) for x in from_local(np.zeros(0, np.int64), BERLIN)] == [0, 0, 0]
