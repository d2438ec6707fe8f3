"""Hours, days, sums, integrals and lines: against whole covariance matrices, and against the clock on the wall."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.finding import Refused
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.series.block import Arrived, Block, from_values
from suyuan.series.gathering import gather
from suyuan.series.periods import DAY, HOUR, SECOND, Periods, offsets
from suyuan.series.stream import Stream
from suyuan.series.summary import (
    difference,
    integral,
    line_on_stream,
    line_on_time,
    mean,
    resample,
    total,
    weighted,
)
from suyuan.series.view import View, correct

from .certificates import gained, leaf, matrix

MINUTE = 60 * SECOND
STREAM = Stream("t1", "", "1", "PT-01", resolution=Decimal("0.001"), sampling=60.0)
OTHER = replace(STREAM, id="t2", instrument="PT-02")
U = 0.01


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * SECOND


def view_of(stream: Stream, n: int, seed: int, step: int = MINUTE, start: int = 0) -> View:
    """n readings a step apart under two certificates that share a reference."""
    rng = np.random.default_rng(seed)
    time = start + np.arange(n) * step
    block = from_values(stream, time, np.round(rng.uniform(0.5, 2.0, n), 3), Arrived(u=U))
    name = stream.instrument
    made = [gained(f"{name} a", start, instrument=name), gained(f"{name} b", start + n // 2 * step, instrument=name)]
    return correct(block, stream, made, 0)


# ---------------------------------------------------------------- against dense matrices


def dense(*views: View) -> tuple[np.ndarray, np.ndarray]:
    """Values and covariance matrix of all readings of some views together."""
    parts = [v.quantity() for v in views]
    value = np.concatenate([q.value for q in parts])
    rows: dict[str, list[np.ndarray]] = {}
    from suyuan.quantity import block as blocks

    size = 0
    for q in parts:
        for key, part in q.blocks.items():
            table = blocks.components(part, q.shape)
            full = rows.setdefault(key, [np.zeros((table.shape[0], len(value)))])[0]
            full[:, size : size + q.size] += table
        size += q.size
    return value, sum((r[0].T @ r[0] for r in rows.values()), np.zeros((len(value), len(value))))


def agrees(found: Quantity, weights: np.ndarray, value: np.ndarray, covariance: np.ndarray) -> None:
    """A weighted sum of readings, made without the matrix and with it."""
    np.testing.assert_allclose(float(found.value), weights @ value, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(float(found.variance), weights @ covariance @ weights, rtol=1e-10, atol=1e-18)


def test_means_sums_and_differences_of_streams_on_one_reference() -> None:
    a, b = view_of(STREAM, 120, 1), view_of(OTHER, 80, 2)
    value, covariance = dense(a, b)
    first, second = np.repeat([1.0, 0.0], [120, 80]), np.repeat([0.0, 1.0], [120, 80])
    agrees(mean(a), first / 120, value, covariance)
    agrees(total(b), second, value, covariance)
    agrees(mean(a) - mean(b), first / 120 - second / 80, value, covariance)
    apart = float(np.hypot(mean(a).u, mean(b).u))
    assert float((mean(a) - mean(b)).u) < apart  # the reference cancels
    weight = np.random.default_rng(3).normal(size=120)
    agrees(weighted(a, weight), np.append(weight, np.zeros(80)), value, covariance)


def test_an_integral_by_trapezoids_leaves_gaps_out() -> None:
    view = view_of(STREAM, 60, 4)
    time = view.block.time.copy()
    time[30:] += HOUR  # an hour without readings
    held = replace(view.block, time=time)
    made = [c for c in view.windows.corrections if c]
    view = correct(held, STREAM, made, 0)
    found = integral(view, longest=90.0)
    value, covariance = dense(view)
    weights = np.full(60, 60.0)
    weights[[0, 29, 30, 59]] = 30.0
    agrees(found.quantity, weights, value, covariance)
    assert (found.covered, found.gaps) == (58 * 60.0, 1)
    assert found.quantity.unit.symbol == "s"
    with pytest.raises(Refused, match=r"series\.sums\.none"):
        integral(view, longest=1.0)


def test_hours_are_correlated_by_their_certificate_and_days_made_of_hours_are_the_days() -> None:
    view = view_of(STREAM, 60 * 48, 5)
    hours = resample(gather(view, Periods("hour")), STREAM)
    days = resample(gather(view, Periods("day")), STREAM)
    assert hours.quantity is not None and days.quantity is not None and len(hours.number) == 48
    for day in range(2):
        made = hours.quantity[24 * day : 24 * day + 24].mean()
        np.testing.assert_allclose(float(made.value), days.value[day], rtol=1e-12)
        np.testing.assert_allclose(float(made.u), days.u[day], rtol=1e-12)
    correlation = matrix(hours.quantity) / np.outer(hours.u, hours.u)
    assert correlation[0, 23] > 0.9 and 0.05 < correlation[0, 47] < correlation[0, 23]


def test_lines_on_time() -> None:
    view = view_of(STREAM, 100, 6)
    value, covariance = dense(view)
    away = np.arange(100) - 49.5
    line = line_on_time(view, "h")
    agrees(line.slope, away / (away @ away) * 60.0, value, covariance)
    agrees(line.at_origin, np.full(100, 0.01), value, covariance)
    fitted = np.polyfit(np.arange(100) / 60.0, value, 1)
    np.testing.assert_allclose(float(line.slope.value), fitted[0], rtol=1e-9)
    residual = value - np.polyval(fitted, np.arange(100) / 60.0)
    np.testing.assert_allclose(line.s, np.sqrt(residual @ residual / 98), rtol=1e-10)
    with pytest.raises(Refused, match=r"series\.line\.times"):
        line_on_time(view_of(STREAM, 1, 1))


def test_lines_of_one_stream_on_another() -> None:
    """Against shifting each influence by its u: finite differences of a plain least-squares fit."""
    a, b = view_of(STREAM, 60 * 30, 7), view_of(OTHER, 60 * 30, 8)
    y, x = (resample(gather(v, Periods("hour")), v.stream) for v in (a, b))
    line = line_on_stream(y, x)
    assert y.quantity is not None and x.quantity is not None
    slope, _ = np.polyfit(x.value, y.value, 1)
    np.testing.assert_allclose(float(line.slope.value), slope, rtol=1e-9)
    from suyuan.quantity import block as blocks

    variance = 0.0
    for key in {*y.quantity.blocks, *x.quantity.blocks}:
        tables = [
            blocks.components(q.blocks[key], q.shape) if key in q.blocks else None for q in (y.quantity, x.quantity)
        ]
        for element in range(next(len(t) for t in tables if t is not None)):
            dy, dx = (t[element] if t is not None else np.zeros(30) for t in tables)
            h = 1e-3
            up, down = (np.polyfit(x.value + s * h * dx, y.value + s * h * dy, 1)[0] for s in (1.0, -1.0))
            variance += ((up - down) / (2.0 * h)) ** 2
    np.testing.assert_allclose(float(line.slope.u), np.sqrt(variance), rtol=1e-6)


def test_temperatures_have_means_but_no_sums() -> None:
    stream = replace(STREAM, unit="degC")
    block = from_values(stream, np.arange(120) * MINUTE, np.full(120, 20.0), Arrived(u=U))
    given_ = {"gain": quantity(1.0, 1e-3), "offset": quantity(0.1, 0.02, "K") + quantity(0.0, 0.01, "K")}
    from suyuan.quantity.correction import Correction

    one = Correction("a", "PT-01", Formula("gain*raw + offset"), given_, 0, 0, raw_unit="degC", unit="degC")
    view = correct(block, stream, [one], 0)
    assert mean(view).unit.symbol == "°C" and mean(view).unit.kind == "point"
    hours = resample(gather(view, Periods("hour")), stream)
    _, apart = difference(hours, hours)
    assert apart.unit.kind == "difference" and float(apart.u.max()) == 0.0
    assert line_on_time(view, "h").slope.unit.symbol == "°C/h"
    assert line_on_time(hours, "h").slope.unit.symbol == "°C/h"
    with pytest.raises(Refused, match=r"quantity\.unit\.point"):
        total(view)
    with pytest.raises(Refused, match=r"quantity\.unit\.point"):
        integral(view, 90.0)


# ---------------------------------------------------------------- clocks


def test_days_of_23_and_25_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for first, hours in (("2025-03-30T00:00:00+01:00", 23), ("2025-10-26T00:00:00+02:00", 25)):
        start = at(first)
        time = start - DAY + np.arange(3 * 24 * 60) * MINUTE
        block = from_values(STREAM, time, np.ones(len(time)), Arrived(u=U))
        view = correct(block, STREAM, [gained("a", 0)], 0)
        days = resample(gather(view, Periods("day", berlin)), STREAM)
        whole = int(np.flatnonzero(days.begin == start)[0])
        assert (days.end[whole] - start) // HOUR == hours
        assert (days.valued[whole], days.expected[whole], days.known[whole]) == (hours * 60, hours * 60.0, True)
        by_hour = resample(gather(view, Periods("hour", berlin)), STREAM)
        assert (by_hour.end - by_hour.begin == HOUR).all() and (by_hour.valued[1:-1] == 60).all()
        assert len(np.unique(by_hour.number)) == 72  # the hour that clocks show twice is two


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Shanghai", "Pacific/Apia", "UTC"]
    ),
    st.integers(at("1985-01-01T00:00:00+00:00") // SECOND, at("2030-01-01T00:00:00+00:00") // SECOND),
)
def test_days_are_those_of_the_wall_clock(name: str, second: int) -> None:
    zone = ZoneInfo(name)
    time = np.array([second, second + 3601, second + 86_400 * 40]) * SECOND
    periods = Periods("day", zone)
    number = periods.number(time)
    begin, end = periods.bounds(number)
    for t, n, a, b in zip(time.tolist(), number.tolist(), begin.tolist(), end.tolist(), strict=True):
        local = datetime.fromtimestamp(t // SECOND, UTC).astimezone(zone)
        assert n == (local.date() - datetime(1970, 1, 1).date()).days
        assert a <= t < b
        first = datetime.fromtimestamp(a // SECOND, UTC).astimezone(zone)
        assert first.date() == local.date() and (first.hour, first.minute) in ((0, 0), (0, 1), (1, 0))
        last = datetime.fromtimestamp(b // SECOND - 1, UTC).astimezone(zone)
        assert last.date() <= local.date() or name == "America/St_Johns"


def test_a_zone_is_an_object_and_a_period_an_hour_or_a_day() -> None:
    for given_, code in ((("week", UTC), "kind"), (("day", "Asia/Shanghai"), "zone")):
        with pytest.raises(Refused, match=rf"series\.periods\.{code}"):
            Periods(*given_)
    stretch = offsets(ZoneInfo("Europe/Berlin"), at("2025-01-01T00:00:00+00:00"), at("2025-12-31T00:00:00+00:00"))
    assert stretch.begin[1:].tolist() == [at("2025-03-30T01:00:00+00:00"), at("2025-10-26T01:00:00+00:00")]


# ---------------------------------------------------------------- completeness


def test_a_period_with_too_few_readings_is_unknown() -> None:
    time = np.concatenate([np.arange(60), 60 + np.arange(44), 120 + np.arange(45), 300 + np.arange(60)]) * MINUTE
    value = np.ones(len(time))
    value[:20] = np.nan
    block = from_values(STREAM, time, value, Arrived(u=U))
    view = correct(block, STREAM, [gained("a", 0)], 0)
    sums = gather(view, Periods("hour"))
    found = resample(sums, STREAM)
    assert found.valued.tolist() == [40, 44, 45, 0, 0, 60] and found.readings.tolist() == [60, 44, 45, 0, 0, 60]
    assert found.known.tolist() == [False, False, True, False, False, True]
    assert np.isnan(found.value).tolist() == (~found.known).tolist() and found.quantity is not None
    assert [f.code for f in found.findings] == ["series.resample.incomplete"]
    assert resample(sums, STREAM, least=None).known.tolist() == [True, True, True, False, False, True]
    assert resample(sums, STREAM, every=30.0).known.tolist() == [False] * 6
    with pytest.raises(Refused, match=r"series\.resample\.unknown"):
        found.of(np.array([0]))


def test_completeness_needs_a_sampling() -> None:
    view = view_of(STREAM, 10, 1)
    silent = replace(STREAM, sampling=None)
    with pytest.raises(Refused, match=r"series\.resample\.sampling"):
        resample(gather(view, Periods("hour")), silent)
    assert resample(gather(view, Periods("hour")), silent, least=None).known.all()
    with pytest.raises(Refused, match=r"series\.resample\.no_periods"):
        resample(gather(view), STREAM)
    for share in (5.0, -0.1, float("nan")):
        with pytest.raises(Refused, match=r"series\.resample\.least"):
            resample(gather(view, Periods("hour")), STREAM, least=share)


def test_readings_that_came_twice_are_told() -> None:
    view = view_of(STREAM, 60, 1)
    doubled = replace(view.block, time=np.tile(view.block.time, 2), count=np.tile(view.block.count, 2))
    again = correct(doubled, STREAM, [c for c in view.windows.corrections if c], 0)
    found = resample(gather(again, Periods("hour")), STREAM)
    assert [f.code for f in found.findings] == ["series.resample.more"]


def test_a_wrong_time_far_away_is_told_before_memory_ends() -> None:
    time = np.array([0, 2**61])
    block = Block("t1", "PT-01", time, np.ones(2, np.int64), Decimal("0.001"), u=U)
    view = correct(block, STREAM, [gained("a", 0)], 0)
    with pytest.raises(Refused, match=r"series\.resample\.span"):
        resample(gather(view, Periods("hour")), STREAM)


def test_streams_are_compared_by_equal_periods() -> None:
    view = view_of(STREAM, 120, 1)
    a = resample(gather(view, Periods("hour")), STREAM)
    b = resample(gather(view, Periods("hour", timezone(timedelta(hours=8)))), STREAM)
    with pytest.raises(Refused, match=r"series\.sums\.periods"):
        difference(a, b)
    number, apart = difference(a, a)
    assert number.tolist() == a.number.tolist() and float(np.abs(apart.u).max()) == 0.0
    assert float(leaf().u) == 1.0
