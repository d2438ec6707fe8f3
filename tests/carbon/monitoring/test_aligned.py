"""Minutes of a stack from blocks of streams, also through a lake: nothing moves, nothing is invented."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from suyuan.carbon.monitoring.aligned import minutes_of
from suyuan.lake.readings import blocks_between
from suyuan.lake.table import Lake
from suyuan.quantity.finding import Refused
from suyuan.series.block import Block
from suyuan.series.stream import Stream
from suyuan.verbs.carbon.stack import course_of, stack_year

from .stacks import HJ75, HOURS, KNOWN, LEGEND, MINUTE, UNITS, YEAR, ZONE, certificates, law, minutes, plant, year

WORDS = ("N", "C", "D", "F", "", "M")
"""Marks of HJ 212 in the order of `LEGEND`; nothing is out of control here."""


def blocks(lost: list[tuple[int, int, int]]) -> dict[str, Block]:
    """One block a stream, with two decimals and the marks of the device on the stream of CO2."""
    given = minutes(2, lost=lost)
    return {
        role: Block(role, f"{role}-1", given.time, np.round(column * 100.0).astype(np.int64), Decimal("0.01"),
                    flag=given.flags[0].code.astype(np.int32) if role == "co2" else None,
                    legend=WORDS if role == "co2" else ("",))
        for role, column in given.columns.items()
    }  # fmt: skip


LOST = [(60 * 100, 90, 2), (60 * 200, 60 * 5, 3), (60 * 300, 12, 1)]


def test_a_year_out_of_a_lake_is_that_of_its_columns(tmp_path: Path) -> None:
    made = blocks(LOST)
    lake = Lake.create(tmp_path / "lake")
    lake.declare(Stream(role, "ratio", unit, f"{role}-1", resolution=Decimal("0.01")) for role, unit in UNITS.items())
    lake.append(made.values())
    first, last = HOURS.span(2)
    course = course_of(plant(), law(), certificates(), KNOWN, YEAR, ZONE)

    def read(month: int):  # type: ignore[no-untyped-def]
        begin, end = HOURS.span(month)
        found = {role: list(blocks_between(lake, role, begin, end)) for role in UNITS}
        return minutes_of(found, law().value("flags"))

    found = stack_year(course, law(), KNOWN, read, (2,))
    given = minutes(2, lost=LOST)
    for role, column in given.columns.items():
        given.columns[role][:] = np.round(column * 100.0) / 100.0
    plain, _ = year(HJ75, {2: given})
    assert float(found.total().value) == pytest.approx(float(plain.total().value), rel=1e-12)
    np.testing.assert_array_equal(found.reason, plain.reason)
    assert first < last and LEGEND[2] == "fault"


def test_streams_with_times_of_their_own_lie_on_one_axis() -> None:
    one = Block("co2", "co2-1", np.array([0, 1, 2]) * MINUTE, np.array([1, 2, 3]), Decimal(1))
    two = Block("flow", "F", np.array([1, 2, 3]) * MINUTE, np.array([10, 20, 30]), Decimal(1),
                missing=np.array([False, True, False]))  # fmt: skip
    found = minutes_of({"co2": [one], "flow": [two]}, {})
    assert (found.time // MINUTE).tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(found.columns["co2"], [1.0, 2.0, 3.0, np.nan])
    np.testing.assert_array_equal(found.columns["flow"], [np.nan, 10.0, np.nan, 30.0])


def test_of_several_readings_of_a_time_the_first_that_is_there_counts() -> None:
    first = Block("co2", "co2-1", np.array([0, MINUTE]), np.array([1, 2]), Decimal(1), missing=np.array([True, False]))
    late = Block("co2", "co2-1", np.array([MINUTE, 0]), np.array([9, 7]), Decimal(1))
    found = minutes_of({"co2": [first, late]}, {})
    assert found.columns["co2"].tolist() == [7.0, 2.0]


def test_marks_concern_the_channels_that_they_are_said_to() -> None:
    one = Block("co2", "co2-1", np.array([0, MINUTE]), np.array([1, 2]), Decimal(1), flag=np.array([0, 1], np.int32),
                legend=("N", "D"))  # fmt: skip
    found = minutes_of({"co2": [one]}, {"N": "measured", "D": "fault"}, {"co2": ("co2",)})
    (flags,) = found.flags
    assert flags.roles == ("co2",) and [flags.legend[c] for c in flags.code] == ["measured", "fault"]


def test_unknown_marks_and_nothing_at_all_are_refused() -> None:
    one = Block("co2", "co2-1", np.array([0]), np.array([1]), Decimal(1), flag=np.array([0], np.int32), legend=("X",))
    for given in ({"co2": [one]}, {"co2": []}):
        with pytest.raises(Refused):
            minutes_of(given, {"N": "measured"})
