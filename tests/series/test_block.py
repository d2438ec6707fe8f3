"""Readings as scaled integers: nothing is rounded, nothing is lost, and what a block holds says who it is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.finding import Refused
from suyuan.series.block import NO_TIME, Arrived, Block, from_values
from suyuan.series.resolution import counts_of, decimal, derived, values_of
from suyuan.series.stream import Stream

STREAM = Stream("t1", "temperature", "degC", "PT-01", "hall 2", Decimal("0.01"), 60.0)


def block(**changes: object) -> Block:
    made = from_values(STREAM, [0, 60, 120], [20.15, float("nan"), -3.0], Arrived(received=5, source="ab"))
    return replace(made, **changes)  # type: ignore[arg-type]


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1), st.sampled_from(["0.01", "0.0001", "0.25", "5", "1e-6"]))
def test_printed_decimals_come_back_as_they_were(counts: list[int], text: str) -> None:
    resolution = decimal(text)
    printed = np.array([float(Decimal(c) * resolution) for c in counts])
    found, bad = counts_of(printed, resolution)
    assert not bad.any() and found.tolist() == counts
    assert values_of(found, resolution).tolist() == printed.tolist()


def test_a_value_between_two_steps_is_refused_with_its_row() -> None:
    with pytest.raises(Refused) as caught:
        from_values(STREAM, [0, 1, 2], [20.15, 20.151, 20.16])
    (found,) = caught.value.findings
    assert found.code == "series.block.no_multiple"
    assert {"row": "2", "count": "1", "first": "20.151"}.items() <= dict(found.parameters).items()


def test_a_resolution_is_derived_from_values() -> None:
    assert derived(np.array([1.0, 2.5, 2.125])) == Decimal("0.001")
    assert from_values(STREAM, [0, 1], [20.151, 3.0], derive=True).resolution == Decimal("0.001")
    with pytest.raises(Refused, match=r"series\.resolution\.none"):
        derived(np.array([1e9 / 3.0, 1.1e-9]))


@pytest.mark.parametrize("text", ["0", "-0.1", "nan", "", "a", "1e-19"])
def test_a_resolution_that_is_none(text: str) -> None:
    with pytest.raises(Refused, match=r"series\.resolution\.wrong"):
        decimal(text)


def test_infinite_readings_are_refused_and_missing_ones_kept() -> None:
    with pytest.raises(Refused, match=r"series\.block\.infinite"):
        from_values(STREAM, [0, 1], [1.0, np.inf])
    assert np.isnan(block().value[1]) and block().value[[0, 2]].tolist() == [20.15, -3.0]


def test_the_digest_is_of_what_the_block_holds() -> None:
    first = block()
    assert first.digest == block(received=9, source="other file").digest
    assert len({first.digest, block(count=np.array([2015, 0, -301])).digest, block(time=np.array([0, 60, 121])).digest,
                block(u=0.01).digest, block(u=np.full(3, 0.01)).digest, block(configuration="10 V").digest,
                block(flag=np.array([0, 0, 1]), legend=("", "D")).digest, block(missing=None).digest}) == 8  # fmt: skip
    other = block(time=np.array([0, 60, 120], dtype=">i8"), count=np.array([2015, 77, -300], dtype=np.int32))
    assert first.digest == other.digest  # neither the order of bytes nor what stands under a missing reading counts
    assert first.digest == "e790a707a93647989c59a88b7dd4654a47866c986480229523fc2f93913384c2"


def test_columns_must_fit() -> None:
    for changes, code in (
        ({"count": np.zeros(2, np.int64)}, "length"), ({"count": np.zeros(3)}, "type"), ({"u": -0.1}, "negative"),
        ({"flag": np.array([0, 1, 2]), "legend": ("", "N")}, "flag"), ({"u": np.zeros(2)}, "length"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=code):
            block(**changes)


def test_a_block_cannot_be_written_and_does_not_follow_the_callers_array() -> None:
    time = np.arange(6)
    made, other = block(time=time[:3]), block(time=time[3:].copy())
    time[0] = 99
    assert made.time[0] == 0 and other.time[0] == 3
    with pytest.raises(ValueError, match="read-only"):
        made.count[0] = 1


def test_order_and_span() -> None:
    assert block().order is None and block().span == (0, 120)
    late = block(time=np.array([120, NO_TIME, 60]))
    assert late.order is not None and late.order.tolist() == [1, 2, 0] and late.span == (60, 120)
    empty = Block("t1", "PT-01", np.zeros(0, np.int64), np.zeros(0, np.int64), Decimal(1))
    assert empty.order is None and empty.span is None and len(empty.digest) == 64


@settings(max_examples=30)
@given(st.lists(st.integers(-5, 5), max_size=8))
def test_equal_times_keep_the_order_in_which_they_came(times: list[int]) -> None:
    n = len(times)
    made = Block("t1", "PT-01", np.array(times, np.int64), np.arange(n), Decimal(1))
    order = np.arange(n) if made.order is None else made.order
    assert order.tolist() == sorted(range(n), key=lambda i: (times[i], i))


def test_streams_say_what_is_wrong() -> None:
    for changes in ({"id": " "}, {"unit": "furlongs!"}, {"sampling": 0.0}, {"resolution": Decimal(0)}):
        with pytest.raises(Refused):
            replace(STREAM, **changes)
