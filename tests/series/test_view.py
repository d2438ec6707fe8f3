"""One correction view, computed four ways: arrays, DuckDB, operators one segment at a time, and dense matrices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from suyuan.lake.asof import corrected_sums
from suyuan.lake.engine import Engine
from suyuan.quantity import block as blocks
from suyuan.quantity.correction import Correction, polynomial, table
from suyuan.quantity.finding import Refused
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.quantity import Quantity, joint, quantity
from suyuan.series.asof import Status, Subject, windows
from suyuan.series.asof_columns import corrected
from suyuan.series.block import NO_TIME, Arrived, Block, from_values
from suyuan.series.gathered import Gathered, together
from suyuan.series.gathering import gather
from suyuan.series.periods import HOUR, SECOND, Periods
from suyuan.series.stream import Stream
from suyuan.series.summary import mean
from suyuan.series.view import View, correct
from suyuan.series.windows_table import Source, Table

from .certificates import counting, gained, leaf, matrix, one_by_one
from .test_against_arrays import ALONE, BOTH

QUIET = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
STREAM = Stream("t1", "", "1", "PT-01", resolution=Decimal("0.001"), sampling=600.0)
STEP = 600 * SECOND
U = 0.01


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=1) as opened:
        yield opened


@st.composite
def formulas(draw: Any) -> str:
    """A formula of raw, p and q with repeated inputs and sub-expressions."""
    pool = ["raw", "p", "q", "raw*p", "raw"]
    for _ in range(draw(st.integers(1, 7))):
        if draw(st.booleans()):
            text = ALONE[draw(st.sampled_from(sorted(set(ALONE) - {"of_e"})))].format(draw(st.sampled_from(pool)))
        else:
            text = BOTH[draw(st.sampled_from(sorted(BOTH)))].format(*(draw(st.sampled_from(pool)) for _ in range(2)))
        if len(text) < 300:
            pool += [text, text]
    return f"p + 0.1*q + ({pool[-1]}) + 0.01*raw"


def world(text: str, seed: int, n: int = 60) -> tuple[Block, list[Correction]]:
    """Readings at irregular times, out of order, some twice, some missing; six certificates on one reference, two of
    them joint with one another."""
    rng = np.random.default_rng(seed)
    time = rng.integers(0, n * 6, n) * (STEP // 6)
    value = np.round(rng.uniform(0.2, 2.0, n), 3)
    value[rng.random(n) < 0.1] = np.nan
    block = from_values(STREAM, time, value, Arrived(u=U))
    a, b = joint([1.1, 0.9], [0.02, 0.03], [[1.0, 0.6], [0.6, 1.0]], id=f"{seed:032x}")
    made = []
    for i, start in enumerate(np.sort(rng.integers(1, n * 6, 6)) * (STEP // 6)):
        p = (a, b)[i] if i < 2 else quantity(rng.uniform(0.5, 1.5), 0.02, id=f"{seed * 10 + i:031x}a")
        q = quantity(rng.uniform(0.5, 1.5), 0.03, id=f"{seed * 10 + i:031x}b") + 0.02 * leaf()
        more: dict[str, Any] = {"range": (0.3, 1.9)} if i == 2 else {}
        more |= {"withdrawn_known": 5} if i == 3 else {"valid_until": int(start) + 5 * STEP} if i == 4 else {}
        made.append(Correction(f"c{i}", "PT-01", Formula(text), {"p": p, "q": q}, int(start), 0, **more))
    return block, made


def piece(block: Block, at: Any) -> Block:
    """Some readings as a block of their own."""
    assert block.missing is not None
    return Block("t1", "PT-01", block.time[at], block.count[at], block.resolution, missing=block.missing[at], u=U)


def naive(block: Block, corrections: list[Correction], known: int) -> tuple[list[str], dict[int, Quantity]]:
    """Status of each reading, and of those with a value the corrected quantity, without what each has of its own."""
    words, found = [], {}
    for i, (time, raw) in enumerate(zip(block.time.tolist(), block.value.tolist(), strict=True)):
        word, one = counting(corrections, "PT-01", time, known)
        if np.isnan(raw):
            word = "missing"
        elif word == "valid" and one and one.range and not one.range[0] <= raw <= one.range[1]:
            word = "outside"
        words.append(word)
        if word == "valid" and one:
            assert isinstance(one.model, Formula)
            found[i] = one_by_one(one.model, dict(one.parameters), [raw])[0]
    return words, found


def slope(correction: Correction, raw: float) -> float:
    """∂y/∂raw by a quantity with u = 1."""
    mark = quantity(raw, 1.0)
    plain = {name: float(q.value) for name, q in correction.parameters.items()}
    assert isinstance(correction.model, Formula)
    y = correction.model.evaluate({**plain, "raw": mark})
    return float(y.u)


@QUIET
@given(formulas(), st.integers(0, 10_000), st.sampled_from([0, 5]))
def test_arrays_agree_with_one_reading_after_another(text: str, seed: int, known: int) -> None:
    block, corrections = world(text, seed)
    view = correct(block, STREAM, corrections, known)
    words, found = naive(block, corrections, known)
    assert [Status(s).word for s in view.status] == words
    assert np.isnan(view.value[[i for i in range(len(block)) if i not in found]]).all()
    assume(found and all(abs(float(y.value)) < 1e4 and float(y.u) < 1e4 for y in found.values()))
    at = list(found)
    np.testing.assert_allclose(view.value[at], [float(found[i].value) for i in at], rtol=1e-10, atol=1e-12)
    own = []
    for i in at:
        one = counting(corrections, "PT-01", int(block.time[i]), known)[1]
        assert one
        own.append(slope(one, float(block.value[i])) * U)
    np.testing.assert_allclose(view.random[at], own, rtol=1e-9, atol=1e-12)
    # dense matrix of all readings: certificates in common, noise on the diagonal
    joined = view.quantity(at)
    expected = np.zeros((len(at), len(at)))
    for a in range(len(at)):
        for key, part in found[at[a]].blocks.items():
            mine = blocks.components(part, ())[:, 0]
            for b in range(len(at)):
                other = found[at[b]].blocks.get(key)
                expected[a, b] += mine @ blocks.components(other, ())[:, 0] if other is not None else 0.0
    expected += np.diag(np.array(own) ** 2)
    size = float(np.abs(expected).max()) + 1e-12
    np.testing.assert_allclose(matrix(joined), expected, rtol=1e-9, atol=1e-11 * size)
    np.testing.assert_allclose(view.u[at] ** 2, np.diag(expected), rtol=1e-9, atol=1e-11 * size)
    ones = np.full(len(at), 1.0 / len(at))
    found_mean = mean(view)
    np.testing.assert_allclose(float(found_mean.variance), ones @ expected @ ones, rtol=1e-8, atol=1e-11 * size)
    np.testing.assert_allclose(float(found_mean.value), view.value[at].mean(), rtol=1e-10, atol=1e-12)
    for key in set(view.influences()) & set(joined.blocks):
        columns = [view.sensitivity(key, e) for e in range(view.influences()[key].size)]
        part = joined.blocks[key]
        np.testing.assert_allclose(
            np.array(columns)[:, at], blocks.components(part, (len(at),)), rtol=1e-9, atol=1e-11 * (1 + size)
        )


def same_sums(found: Gathered, expected: Gathered) -> None:
    """Values, counts, u and the component of every influence in every period."""
    np.testing.assert_array_equal(found.numbers, expected.numbers)
    np.testing.assert_array_equal(found.by_period(found.count), expected.by_period(expected.count))
    a, b = found.means(), expected.means()
    np.testing.assert_allclose(a.value, b.value, rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(a.u, b.u, rtol=1e-9, atol=1e-11)
    shared = [key for key, part in b.blocks.items() if part.dense is not None]
    for key in shared:
        np.testing.assert_allclose(
            blocks.components(a.blocks[key], a.shape), blocks.components(b.blocks[key], b.shape), rtol=1e-9, atol=1e-11
        )


def on_duckdb(
    engine: Engine, block: Block, corrections: list[Correction], known: int, periods: Any, **more: Any
) -> Any:
    count = pa.array(block.count, mask=block.missing)
    rows = {"stream": pa.array(["t1"] * len(block), pa.string()), "time": block.time, "count": count}
    engine.arrow("readings", pa.table(rows))
    source = Source(STREAM, Subject("PT-01"), block.resolution, U)
    span = block.span
    query = corrected({"t1": source}, corrections, known, periods, table=Table(span=span), **more)
    return corrected_sums(engine, query)


@QUIET
@given(formulas(), st.integers(0, 10_000), st.booleans())
def test_an_engine_agrees_with_arrays(engine: Engine, text: str, seed: int, statuses: bool) -> None:
    block, corrections = world(text, seed)
    periods = Periods("hour", timezone(timedelta(hours=5, minutes=30)))
    view = correct(block, STREAM, corrections, 5)
    assume(np.all(np.abs(view.value[view.status == 0]) < 1e4) and (view.status == 0).any())
    assume(np.all(view.u[view.status == 0] < 1e4))
    expected = gather(view, periods)
    found = on_duckdb(engine, block, corrections, 5, periods, statuses=statuses)["t1"]
    same_sums(found, expected)
    number = np.unique(expected.tally[0])
    for status in (Status.VALID, Status.MISSING, *(list(Status) if statuses else ())):
        np.testing.assert_array_equal(found.readings(number, status), expected.readings(number, status))
    np.testing.assert_array_equal(found.readings(number), expected.readings(number))


def test_models_of_several_forms_and_zones_with_summer_time(engine: Engine) -> None:
    """Linear, polynomial and table certificates follow one another over the night in which clocks go forward."""
    n = 400
    start = 1_743_206_400 * SECOND  # 2025-03-29T00:00Z
    rng = np.random.default_rng(4)
    block = from_values(STREAM, start + np.arange(n) * STEP, np.round(rng.uniform(0.0, 2.0, n), 3), Arrived(u=U))
    made = [gained("a", start, range=(0.1, 1.9))]
    model, given_ = polynomial([quantity(0.01, 0.001), quantity(1.0, 1e-4) + 1e-4 * leaf(), quantity(1e-3, 1e-4)])
    made.append(Correction("b", "PT-01", model, given_, start + 90 * STEP, 0))
    model, given_ = table([0.0, 0.5, 1.0, 2.0], [quantity(d, 0.01) + 0.005 * leaf() for d in (0.02, -0.01, 0.0, 0.03)])
    made.append(Correction("c", "PT-01", model, given_, start + 201 * STEP, 0, valid_until=start + 390 * STEP))
    view = correct(block, STREAM, made, 0)
    for periods in (Periods("day", ZoneInfo("Europe/Berlin")), Periods("hour", ZoneInfo("Australia/Lord_Howe"))):
        found = on_duckdb(engine, block, made, 0, periods, statuses=True)["t1"]
        same_sums(found, gather(view, periods))
    assert {s.word for s in view.counts} == {"valid", "outside", "expired"}


def test_an_engine_says_which_operation_has_no_value(engine: Engine) -> None:
    block, _ = world("raw*p*q", 1)
    bad = Correction("a", "PT-01", Formula("p*log(raw - 1)"), {"p": quantity(1.0, 0.1)}, 0, 0)
    with pytest.raises(Refused) as caught:
        on_duckdb(engine, block, [bad], 0, None)
    assert caught.value.findings[0].code == "series.value.failed"
    view = correct(block, STREAM, [bad], 0)
    assert view.counts[Status.FAILED] == int((block.value <= 1.0).sum())


def test_no_certificates_no_readings(engine: Engine) -> None:
    block, corrections = world("raw + p*q", 2)
    empty = Block("t1", "PT-01", np.zeros(0, np.int64), np.zeros(0, np.int64), Decimal("0.001"), u=U)
    for some, every in ((block, []), (empty, corrections)):
        view = correct(some, STREAM, every, 5)
        assert np.isnan(view.value).all() and len(view) == len(some)
        with pytest.raises(Refused, match=r"series\.sums\.none"):
            mean(view)
        found = on_duckdb(engine, some, every, 5, Periods("hour"))
        assert all(not len(sums.period) for sums in found.values())
    missing = replace(block, missing=np.ones(len(block), bool))
    assert correct(missing, STREAM, corrections, 5).counts == {Status.MISSING: len(block)}


def test_the_order_in_which_readings_came_does_not_matter() -> None:
    block, corrections = world("raw*p + log(q)", 3)
    order = np.argsort(block.time, kind="stable")
    tidy = piece(block, order)
    a, b = correct(block, STREAM, corrections, 5), correct(tidy, STREAM, corrections, 5)
    np.testing.assert_array_equal(a.value[order], b.value)
    np.testing.assert_array_equal(a.u[order], b.u)
    np.testing.assert_array_equal(a.window[order], b.window)


def test_readings_without_a_time_have_no_value() -> None:
    block, corrections = world("raw*p*q", 5)
    time = block.time.copy()
    time[[3, 7]] = NO_TIME
    view = correct(replace(block, time=time, missing=None), STREAM, corrections, 5)
    assert view.counts[Status.NO_TIME] == 2 and np.isnan(view.value[[3, 7]]).all()
    assert gather(view, Periods("day")).tally[2].sum() == len(block) - 2


def test_what_is_not_known_of_a_reading_is_not_zero() -> None:
    block, corrections = world("raw*p*q", 6)
    view = correct(replace(block, u=None), STREAM, corrections, 5)
    valid = view.status == 0
    assert np.isnan(view.u[valid]).all() and (view.u_known[valid] > 0.0).all()
    assert "series.view.u_unknown" in {f.code for f in view.findings}
    with pytest.raises(Refused, match=r"series\.sums\.u_unknown"):
        mean(view)
    stated = correct(replace(block, u=None), STREAM, corrections, 5, random=U)
    assert float(mean(stated).u) == float(mean(correct(block, STREAM, corrections, 5)).u)


def test_units_are_converted_at_the_door() -> None:
    """Readings in mV, a certificate in V for values in K, wanted in °C."""
    stream = Stream("t2", "", "mV", "TC", resolution=Decimal("0.1"))
    block = from_values(stream, [0, 1], [1000.0, 2000.0], Arrived(u=0.5))
    given_ = {"k": quantity(10.0, 0.1, "K/V"), "zero": quantity(273.15, 0.2, "K")}
    one = Correction("a", "TC", Formula("k*raw + zero"), given_, 0, 0, raw_unit="V", unit="K", range=(0.0, 1.5))
    view = correct(block, stream, [one], 0, unit="degC")
    np.testing.assert_allclose(view.value, [10.0, np.nan])
    assert view.unit.symbol == "°C" and view.status.tolist() == [Status.VALID, Status.OUTSIDE]
    np.testing.assert_allclose(view.u[0], np.sqrt(0.1**2 + 0.2**2 + 0.005**2))
    with pytest.raises(Refused, match=r"series\.correction\.unit"):
        correct(block, stream, [one], 0, unit="kg")


def test_a_model_that_cannot_be_done_reading_by_reading() -> None:
    block, _ = world("raw*p*q", 1)
    for model in (Formula("raw - mean(raw) + p"), lambda raw, p: raw if raw > 0 else p):
        one = Correction("a", "PT-01", model, {"p": quantity(1.0, 0.1)}, 0, 0)
        with pytest.raises(Refused, match=r"series\.correction\.model"):
            correct(block, STREAM, [one], 0)


def test_a_table_has_a_slope_at_its_points_and_a_kink_has_none() -> None:
    stream = replace(STREAM, resolution=Decimal("0.5"))
    block = from_values(stream, [0, 1, 2], [0.5, 1.0, 1.5], Arrived(u=U))
    model, given_ = table([0.0, 1.0, 2.0], [quantity(d, 0.0) for d in (0.0, 0.2, 0.0)])
    view = correct(block, stream, [Correction("a", "PT-01", model, given_, 0, 0)], 0)
    np.testing.assert_allclose(view.value, [0.6, 1.2, 1.6], rtol=1e-12)
    np.testing.assert_allclose(view.u, np.array([1.2, 1.0, 0.8]) * U, rtol=1e-9)
    kink = Correction("a", "PT-01", Formula("raw + abs(raw - p)"), {"p": quantity(1.0, 0.1)}, 0, 0)
    view = correct(block, stream, [kink], 0)
    assert np.isnan(view.u).tolist() == [False, True, False]
    with pytest.raises(Refused, match=r"series\.sums\.no_slope"):
        mean(view)


def test_a_function_is_a_model_too(engine: Engine) -> None:
    block, _ = world("raw*p*q", 8)
    parameters = {"p": quantity(1.2, 0.1, id="1" * 32), "q": quantity(0.3, 0.1, id="2" * 32)}

    def model(raw: Any, p: Any, q: Any) -> Any:
        return p * np.log(raw) + q * raw

    made = [Correction("a", "PT-01", f, parameters, 0, 0) for f in (model, Formula("p*log(raw) + q*raw"))]
    a, b = (correct(block, STREAM, [one], 0) for one in made)
    np.testing.assert_allclose(a.value, b.value, rtol=1e-15)
    np.testing.assert_allclose(a.u, b.u, rtol=1e-14)
    same_sums(on_duckdb(engine, block, made[:1], 0, None)["t1"], gather(b))


def test_a_parameter_that_is_a_mean_of_many_readings() -> None:
    """An influence with more elements than parameters is kept as rows of weights."""
    many = quantity(np.linspace(0.9, 1.1, 50), 0.05, dof=49).mean()
    block, _ = world("raw*p*q", 9)
    made = [Correction(f"c{i}", "PT-01", Formula("raw*p"), {"p": many * (1.0 + i)}, i * 20 * STEP, 0) for i in range(3)]
    view = correct(block, STREAM, made, 0)
    at = np.flatnonzero(view.status == 0)
    dense = matrix(view.quantity(at))
    np.testing.assert_allclose(float(mean(view).variance), dense.mean(), rtol=1e-10)


def test_blocks_of_one_stream_are_summed_together() -> None:
    block, corrections = world("raw*p + q", 10)
    whole = gather(correct(block, STREAM, corrections, 5), Periods("hour"))
    parts = []
    for at in (slice(0, 50), slice(50, None)):
        parts.append(gather(correct(piece(block, at), STREAM, corrections, 5), Periods("hour")))
    joined = together(parts)
    same_sums(joined, whole)
    np.testing.assert_array_equal(np.stack(joined.tally), np.stack(whole.tally))
    with pytest.raises(Refused, match=r"series\.sums\.periods"):
        together([whole, gather(correct(block, STREAM, corrections, 5), Periods("day"))])


def test_views_refuse_what_they_cannot_know() -> None:
    block, corrections = world("raw*p + q", 11)
    with pytest.raises(Refused, match=r"series\.view\.other_stream"):
        correct(block, replace(STREAM, id="t9"), corrections, 5)
    with pytest.raises(Refused, match=r"series\.view\.no_knowledge_time"):
        correct(block, STREAM, corrections)
    view: View = correct(block, STREAM, windows(corrections, 5, Subject("PT-01")))
    with pytest.raises(Refused, match=r"series\.view\.no_value"):
        view.quantity()


def test_the_hour_of_a_reading_is_the_one_that_holds_it() -> None:
    periods = Periods("hour", ZoneInfo("Asia/Kathmandu"))
    time = np.random.default_rng(1).integers(0, 2**50, 500)
    begin, end = periods.bounds(periods.number(time))
    assert ((begin <= time) & (time < end)).all() and (end - begin <= HOUR).all()
