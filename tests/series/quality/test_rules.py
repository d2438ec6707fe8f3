"""Each rule finds the fault that was planted, exactly there, and none of them speaks of a clean stream."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.finding import Refused, finding, sentences
from suyuan.quantity.quantity import quantity
from suyuan.series.block import NO_TIME, Block
from suyuan.series.quality.check import LACKS, RULES, check
from suyuan.series.quality.examined import Adjusted, Companion, examined
from suyuan.series.quality.observed import MOST
from suyuan.series.quality.plausible import kind_of
from suyuan.series.quality.rows import in_force
from suyuan.series.stream import Stream
from tests.series.quality.streams import MINUTE, NOW, START, STREAM, block, certificate, checked, clean, rows


def test_each_rule_has_a_row_and_each_row_a_rule() -> None:
    table = in_force(date(2026, 11, 29))
    assert [rule.__name__ for rule in RULES] == [rule.__name__ for rule in dict.fromkeys(RULES)]
    assert {rule.__name__ for rule in RULES} == set(table)
    assert {row["needs"] for row in table.values() if "needs" in row} <= set(LACKS)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(300, 4000), st.sampled_from([0.02, 0.05, 0.5]), st.sampled_from([0.0, 5.0]))
def test_a_clean_stream_is_left_alone(seed: int, n: int, noise: float, swing: float) -> None:
    rng = np.random.default_rng(seed)
    time = START + np.arange(n, dtype=np.int64) * MINUTE
    value = np.round(20.0 + swing * np.sin(np.arange(n) / 229.0) + rng.normal(0.0, noise, n), 2)
    assert checked(block(time, value)).observations == ()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(200, 2700), st.integers(1, 60))
def test_a_planted_fault_is_found_where_it_is(seed: int, at: int, size: int) -> None:
    """A code for «missing», a value below absolute zero and a gap, each at a drawn place."""
    time, value = clean(3000, seed)
    coded = value.copy()
    coded[at : at + size] = -200.0
    assert rows(checked(block(time, coded)), "missing_code") == [(0, at, at + size)]
    cold = value.copy()
    cold[at : at + size] = -300.0
    assert rows(checked(block(time, cold)), "impossible") == [(0, at, at + size)]
    kept = np.r_[0:at, at + size : 3000]
    assert rows(checked(block(time[kept], value[kept])), "clock_gap") == [(0, at - 1, at + 1)]


# ---------------------------------------------------------------- certificates


def test_calibrated_as_of_the_reading_and_as_known() -> None:
    time, value = clean(1000)
    begin, end = int(time[100]), int(time[900])
    one = block(time, value)
    late = certificate("c1", begin, valid_until=end)
    assert rows(checked(one, [late]), "calibrated") == [(0, 0, 100), (0, 900, 1000)]
    unknown = replace(late, known_from=NOW + 1)
    assert rows(checked(one, [unknown]), "calibrated") == [(0, 0, 1000)]
    withdrawn = replace(late, withdrawn_known=NOW)
    told = checked(one, [withdrawn], only=("calibrated",)).findings
    assert {dict(f.parameters)["reason_en"] for f in told} >= {"the certificate is withdrawn"}


def test_outside_the_calibrated_range() -> None:
    time, value = clean(1000)
    value[500:510] = 60.0
    found = checked(block(time, value), [certificate("c1", 0, range=(0.0, 50.0))])
    assert rows(found, "calibrated_range") == [(0, 500, 510)]


def test_resolution_against_u() -> None:
    """0.1/√12 = 0.0289 against u = 0.0223: 1.3 times; with 0.01 it is 0.13 times, below the limit of 0.5."""
    time, value = clean(500)
    coarse = np.round(value, 1)
    found = checked(block(time, coarse), only=("resolution",))
    assert rows(found, "resolution") == [(0, 0, 500)]
    assert dict(found.findings[0].parameters)["worst"] == "1.4"
    assert not checked(block(time, value), only=("resolution",)).observations


def test_a_shared_reference_cancels_in_the_step_between_certificates() -> None:
    """0.06 °C is 2.1 times u where both are independent (0.02·√2), far more where they share their reference."""
    time, value = clean(1000)
    shared = quantity(0.0, 0.02, id="a" * 32)
    turn = int(time[600])
    for step, together, told in ((0.05, False, False), (0.06, False, True), (0.05, True, True), (0.0, True, False)):
        old = shared + quantity(0.0, 0.001) if together else quantity(0.0, 0.02)
        new = shared + quantity(step, 0.001) if together else quantity(step, 0.02)
        pair = [certificate("c1", 0, old), certificate("c2", turn, new)]
        found = rows(checked(block(time, value), pair), "certificate_step")
        assert found == ([(0, 0, 600)] if told else []), (step, together)


def test_as_found_against_as_left() -> None:
    time, value = clean(1000)
    off = Adjusted("c2", "PT-01", quantity([0.1, 0.5], 0.02), quantity([0.0, 0.0], 0.02), int(time[700]))
    fine = replace(off, found=quantity([0.01, 0.02], 0.02))
    found = checked(block(time, value), [certificate("c1", int(time[200]))], adjusted=(off,))
    assert rows(found, "as_found") == [(0, 200, 700)]
    assert not rows(checked(block(time, value), adjusted=(fine,)), "as_found")
    assert "as_found" in checked(block(time, value)).unasked


def test_a_broken_chain_is_told_for_the_readings_under_it() -> None:
    time, value = clean(1000)
    wrong = finding("traceability.anchor.absent", "x", named="x")
    found = checked(
        block(time, value), [certificate("c1", 0), certificate("c2", int(time[400]))],
        broken={"c1": (wrong,), "c2": ()},
    )  # fmt: skip
    assert rows(found, "traceable") == [(0, 0, 400)]
    assert checked(block(time, value)).unasked["traceable"] == "chain"


def test_a_certificate_of_another_quantity_is_told_and_corrects_nothing() -> None:
    time, value = clean(300)
    found = checked(block(time, value), [certificate("c1", 0, raw_unit="Pa", unit="Pa")])
    assert found.findings[0].code == "series.asof.unit"
    assert rows(found, "calibrated") == [(0, 0, 300)]


# ---------------------------------------------------------------- course


def test_frozen_is_longer_than_the_resolution_makes_likely() -> None:
    time, value = clean(3000)
    stuck = value.copy()
    stuck[1000:1040] = stuck[1000]
    found = checked(block(time, stuck))
    ((_, first, last),) = rows(found, "frozen")
    assert 998 <= first <= 1000 and 1040 <= last <= 1042
    slow = np.round(20.0 + 2.0 * np.sin(np.arange(3000) / 229.0), 1)  # 0.1 °C a digit: runs of ten are usual
    assert not rows(checked(block(time, slow), only=("frozen",)), "frozen")


def test_a_missing_reading_does_not_hide_the_one_that_was_delivered_late() -> None:
    time, value = clean(1000)
    value[500] += 5.0
    gap = value.copy()
    gap[500] = np.nan
    found = checked([block(time, gap), block(time[500:501], value[500:501], received=NOW - 1)])
    assert rows(found, "spike") == [(1, 0, 1)] and len(found.observations) == 1


def test_a_plant_at_rest_is_a_note() -> None:
    time, value = clean(3000)
    value[1000:1500] = 0.0
    (told,) = checked(block(time, value), only=("frozen",)).findings
    assert told.severity == "note"


def test_a_spike_says_look() -> None:
    time, value = clean(3000)
    value[1234] += 3.0
    found = checked(block(time, value))
    assert rows(found, "spike") == [(0, 1234, 1235)]
    (told,) = found.findings
    assert told.severity == "note" and "bad" not in sentences(told, "en")["what"]


def test_a_step_is_no_spike() -> None:
    time, value = clean(3000)
    value[1500:] += 10.0
    assert not rows(checked(block(time, value)), "spike")


def test_duplicates_by_value() -> None:
    time, value = clean(1000)
    again = block(time[100:103], np.array([value[100], value[101] + 1.0, np.nan]), received=NOW - 5)
    found = checked([block(time, value), again])
    assert rows(found, "duplicate_same") == [(1, 0, 1)]
    assert rows(found, "duplicate_differs") == [(0, 101, 102), (1, 1, 2)]


def test_the_clock() -> None:
    time, value = clean(1000)
    back = time.copy()
    back[500:520] -= 60 * MINUTE
    assert rows(checked(block(back, value)), "clock_back") == [(0, 500, 520)]
    known = block(time, value, received=int(time[900]))
    assert rows(checked(known), "clock_future") == [(0, 902, 1000)]  # one minute is allowed
    without = time.copy()
    without[7] = NO_TIME
    assert rows(checked(block(without, value)), "clock_unknown") == [(0, 7, 8)]
    flag = np.zeros(1000, np.int32)
    flag[3:5] = 1
    marked = block(time, value, flag=flag, legend=("", "time U; EF E"))
    assert rows(checked(marked), "clock_unsynchronised") == [(0, 3, 5)]


def test_records_that_are_not_intact() -> None:
    time, value = clean(100)
    flag = np.zeros(100, np.int32)
    flag[3:5], flag[7], flag[9] = 1, 2, 3
    marked = checked(block(time, value, flag=flag, legend=("", "signature failed; time S", "D", "N; checksum, length")))
    assert rows(marked, "intact") == [(0, 3, 5), (0, 9, 10)]
    (told,) = (one.finding for one in marked.observations if one.rule == "intact")
    assert told.severity == "error" and dict(told.parameters)["marks"] == "checksum, length, signature failed"


def test_the_hour_that_clocks_show_twice() -> None:
    """Berlin, 25 October 2026, 01:00 UTC: readings of both hours, and the same with one offset for both."""
    zone = ZoneInfo("Europe/Berlin")
    turn = int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp()) * 1_000_000
    time = turn + np.arange(-600, 600, dtype=np.int64) * MINUTE
    value = clean(1200)[1]
    right = block(time, value)
    assert not rows(checked(right, zone=zone, only=("clock_doubled",)), "clock_doubled")
    wrong = np.sort(np.where((time >= turn) & (time < turn + 60 * MINUTE), time - 60 * MINUTE, time))
    found = checked(block(wrong, value), zone=zone, only=("clock_doubled",))
    assert rows(found, "clock_doubled") == [(0, 540, 660)]


def test_completeness_of_days() -> None:
    time, value = clean(5 * 1440)
    kept = np.r_[0:1440, 1440 + 400 : 2 * 1440, 3 * 1440 : 5 * 1440]
    found = checked(block(time[kept], value[kept]), only=("completeness",))
    told = dict(found.findings[0].parameters)
    assert (told["periods"], told["of"], told["empty"], told["share"]) == ("1", "4", "1", "72")
    assert found.observations[0].first == int(time[1840])


# ---------------------------------------------------------------- plausible


@pytest.mark.parametrize(
    ("quantity_text", "kind"),
    [("mass concentration of SO2", "mass concentration"), ("SO2质量浓度", "mass concentration"), ("力矩", "torque"),
     ("pressure", "pressure"), ("nonsense", None)],
)  # fmt: skip
def test_the_kind_that_a_text_names(quantity_text: str, kind: str | None) -> None:
    found = kind_of(quantity_text)
    assert (found.en[0] if found else None) == kind


def test_unit_against_quantity() -> None:
    wrong = Stream("t1", "pressure", "degC", "PT-01", resolution=Decimal("0.01"), sampling=60.0)
    time, value = clean(100)
    assert rows(checked(block(time, value, wrong), stream=wrong), "unit") == [(0, 0, 100)]
    assert not rows(checked(block(time, value)), "unit")


def test_zero_that_the_device_calls_invalid() -> None:
    time, value = clean(1000)
    flag = np.zeros(1000, np.int32)
    flag[20:30], value[22:25] = 1, 0.0
    value[500] = 0.0
    found = checked(block(time, value, flag=flag, legend=("N", "D")))
    assert rows(found, "flagged_zero") == [(0, 22, 25)]


def test_noise_about_zero_is_no_impossible_value() -> None:
    stream = Stream("so2", "mass concentration of SO2", "mg/m3", "A-1", resolution=Decimal("0.1"), sampling=60.0)
    time = clean(1000)[0]
    value = np.round(np.abs(np.random.default_rng(3).normal(0.0, 5.0, 1000)), 1)
    value[:50] = -0.1 * (np.arange(50) % 2)
    value[60] = -4.0
    assert rows(checked(block(time, value, stream), [], stream), "impossible") == [(0, 60, 61)]


def test_humidity_above_all() -> None:
    stream = Stream("rh", "relative humidity", "%", "H-1", resolution=Decimal("0.1"), sampling=60.0)
    time = clean(1000)[0]
    value = np.round(50.0 + np.random.default_rng(3).normal(0.0, 1.0, 1000), 1)
    value[10:12] = 104.0
    assert rows(checked(block(time, value, stream), [], stream), "impossible") == [(0, 10, 12)]


def test_a_register_that_falls() -> None:
    stream = Stream("q", "charge capacity", "A.h", "CY-1", resolution=Decimal("0.001"), sampling=60.0)
    time = clean(1000)[0]
    value = np.round(np.r_[np.linspace(0.0, 5.0, 500), np.linspace(0.0, 4.0, 500)], 3)
    found = checked(block(time, value, stream), [], stream)
    assert rows(found, "register_reset") == [(0, 500, 501)]
    assert dict(found.findings[-1].parameters) | {"resets": "1"} == dict(found.findings[-1].parameters)


def test_the_sign_of_a_current() -> None:
    stream = Stream("i", "electric current", "A", "CY-1", resolution=Decimal("0.001"), sampling=60.0)
    time = clean(1200)[0]
    current = np.round(2.0 * np.sin(np.arange(1200) / 50.0), 3)
    charge = Companion("q", time, np.cumsum(current) * 60.0)
    parts = [slice(0, 400), slice(400, 800), slice(800, 1200)]
    right = [block(time[p], current[p], stream) for p in parts]
    assert not rows(checked(right, [], stream, companion=charge), "current_sign")
    mixed = [*right[:2], block(time[parts[2]], -current[parts[2]], stream)]
    assert rows(checked(mixed, [], stream, companion=charge), "current_sign") == [(2, 0, 400)]
    turned = [block(time[p], -current[p], stream) for p in parts]
    (told,) = checked(turned, [], stream, only=("current_sign",), companion=charge).findings
    assert told.code == "series_quality.sign.discharge" and told.severity == "note"
    assert checked(right, [], stream).unasked["current_sign"] == "companion"


# ---------------------------------------------------------------- many


def test_a_million_bad_readings_are_counted_and_located_not_listed() -> None:
    """Every second of two million readings is bad: one observation, a hundred spans, and exact runs for the flags."""
    n = 2_000_000
    time = NOW - np.arange(n, 0, -1, dtype=np.int64) * 1_000_000
    count = np.tile(np.array([2000, -30_000], np.int64), n // 2)
    many = Block("t1", "PT-01", time, count, Decimal("0.01"), received=NOW)
    stream = replace(STREAM, sampling=1.0)
    found = check(examined(stream, [many], [certificate("c1", 0)], NOW), ("impossible",))
    (one,) = found.observations
    assert one.readings == n // 2 and len(one.spans) == MOST and int(one.spans.readings.sum()) == n // 2
    assert len(one.runs) == n // 2
    told = one.to_json()
    assert told["readings"] == n // 2 and len(told["spans"]) == MOST


def test_spans_hold_every_reading_and_the_largest_gaps_stay_between_them() -> None:
    time, value = clean(3000)
    at = np.sort(np.random.default_rng(5).choice(3000, 600, replace=False))
    value[at] = -300.0
    (one,) = checked(block(time, value), only=("impossible",)).observations
    for first, last, readings in zip(one.spans.first, one.spans.last, one.spans.readings, strict=True):
        assert np.count_nonzero((time[at] >= first) & (time[at] <= last)) == readings
    between = one.spans.first[1:] - one.spans.last[:-1]
    assert between.min() > MINUTE


def test_an_unknown_rule_and_an_empty_stream() -> None:
    time, value = clean(10)
    with pytest.raises(Refused) as told:
        checked(block(time, value), only=("nonsense",))
    assert told.value.findings[0].code == "series_quality.rule.unknown"
    assert checked([]).observations == ()
    assert checked(block(time[:0], value[:0])).observations == ()
    assert checked(block(time[:1], value[:1])).observations == ()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(200, 2600), st.integers(40, 120))
def test_other_planted_faults_are_found_where_they_are(seed: int, at: int, size: int) -> None:
    """A frozen stretch, a spike, times that go back, a stretch beyond the range, a repeated delivery; drawn places."""
    time, value = clean(3000, seed)
    frozen = value.copy()
    frozen[at : at + size] = frozen[at]
    ((_, first, last),) = rows(checked(block(time, frozen)), "frozen")
    assert first <= at < at + size <= last and last - first <= size + 4
    spiky = value.copy()
    spiky[at] += 5.0
    assert rows(checked(block(time, spiky)), "spike") == [(0, at, at + 1)]
    back = time.copy()
    back[at : at + size] -= 150 * MINUTE
    assert rows(checked(block(back, value)), "clock_back") == [(0, at, at + size)]
    hot = value.copy()
    hot[at : at + size] += 30.0
    found = checked(block(time, hot), [certificate("c1", 0, range=(0.0, 30.0))])
    assert rows(found, "calibrated_range") == [(0, at, at + size)]
    again = block(time[at : at + size], value[at : at + size], received=NOW - 1)
    found = checked([block(time, value), again])
    assert rows(found, "duplicate_same") == [(1, 0, size)]
    assert {o.rule for o in found.observations} == {"duplicate_same"}


def test_the_codes_of_a_published_set(reference: Path) -> None:
    """CO of the colocated air station: 1683 of 9357 values are −200 (SOURCES of the reference data)."""
    text = (reference / "data" / "airquality" / "AirQualityUCI.csv").read_text("utf-8-sig")
    lines = [line.split(",") for line in text.splitlines()[1:] if line.strip(",")]
    value = np.array([float(cells[2]) for cells in lines])
    time = START + np.arange(len(value), dtype=np.int64) * 60 * MINUTE - 10_000 * 60 * MINUTE
    stream = Stream("co", "mass concentration of CO", "mg/m3", "A-1", resolution=Decimal("0.1"), sampling=3600.0)
    found = checked(block(time, value, stream), [], stream, only=("missing_code", "impossible"))
    assert {o.rule: o.readings for o in found.observations} == {"missing_code": 1683, "impossible": 1683}
    assert len(found.subject) == 9357


def test_readings_without_a_time_are_no_gap() -> None:
    """The hour that clocks show twice: its readings are there, only their times are not known."""
    time, value = clean(200)
    time[60:72] = NO_TIME
    made = checked(block(time, value))
    assert rows(made, "clock_gap") == [] and rows(made, "clock_unknown") == [(0, 60, 72)]
    keep = np.r_[0:100, 110:200]  # ten others are really missing
    (gap,) = (o for o in checked(block(time[keep], value[keep])).observations if o.rule == "clock_gap")
    assert dict(gap.finding.parameters)["lost"] == "10"
