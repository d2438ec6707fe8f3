"""Corrected sums by a real Sail server over Spark Connect: the same as by arrays and by DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from suyuan.lake.asof import corrected_sums
from suyuan.lake.connect import Connect
from suyuan.lake.engine import Engine
from suyuan.lake.running import Running
from suyuan.quantity import block as blocks
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Refused
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.quantity import Quantity, joint, quantity
from suyuan.series.asof import Status, Subject
from suyuan.series.asof_columns import corrected
from suyuan.series.block import Arrived, Block, from_values
from suyuan.series.gathered import Gathered
from suyuan.series.gathering import gather
from suyuan.series.periods import SECOND, Periods
from suyuan.series.stream import Stream
from suyuan.series.view import correct
from suyuan.series.windows_table import Source, Table

STREAMS = [Stream(f"t{i}", "", "1", f"PT-{i}", sampling=600.0) for i in range(3)]
LEAF = quantity(0.0, 1.0, id="f" * 32, label="reference")
MODELS = ("gain*raw + offset", "gain*log(1 + raw)/(raw + offset) + raw*gain", "raw*exp(offset)/gain - abs(raw - 1.005)")
START = 1_761_350_400 * SECOND  # 2025-10-25T00:00Z: clocks in Berlin go back in the night that follows


@pytest.fixture(scope="module")
def engines() -> Iterator[tuple[Running, Running]]:
    """DuckDB, and a session with a Sail server of our own."""
    server = pytest.importorskip("pysail.spark", reason="pysail is not installed").SparkConnectServer()
    server.start(background=True)
    host, port = server.listening_address
    with Engine(threads=1) as duck, Connect(f"sc://{host}:{port}") as spark:
        yield duck, spark
    server.stop()


def readings(stream: Stream, seed: int, n: int = 500) -> Block:
    rng = np.random.default_rng(seed)
    value = np.round(rng.uniform(0.2, 2.0, n), 2)
    value[rng.random(n) < 0.05] = np.nan
    time = START + rng.permutation(n) * 600 * SECOND
    return from_values(stream, time, value, Arrived(u=0.01), resolution="0.01")


def certificates(stream: Stream, seed: int) -> list[Correction]:
    rng = np.random.default_rng(seed)
    made = []
    for i, start in enumerate((5, 80, 200, 330)):
        gain, offset = joint([1.0 + rng.normal(0, 0.01), 0.1], [1e-3, 0.01], [[1.0, -0.4], [-0.4, 1.0]])
        given = {"gain": gain, "offset": offset + 0.02 * LEAF}
        made.append(
            Correction(
                f"{stream.id} {i}", stream.instrument, Formula(MODELS[i % 3]), given, START + start * 600 * SECOND, 0,
                range=(0.3, 1.9) if i == 1 else None, withdrawn_known=5 if i == 2 else None,
            )
        )  # fmt: skip
    return made


def same(found: Gathered, expected: Gathered) -> None:
    np.testing.assert_array_equal(found.numbers, expected.numbers)
    a, b = found.means(), expected.means()
    np.testing.assert_allclose(a.value, b.value, rtol=1e-10)
    np.testing.assert_allclose(a.u, b.u, rtol=1e-10)
    for key, part in b.blocks.items():
        if part.dense is not None:
            table = [blocks.components(q.blocks[key], q.shape) for q in (a, b)]
            np.testing.assert_allclose(*table, rtol=1e-10, atol=1e-14)
    number = np.unique(expected.tally[0])
    for status in Status:
        np.testing.assert_array_equal(found.readings(number, status), expected.readings(number, status))


@pytest.mark.parametrize(
    "periods", [Periods("hour", timezone(timedelta(hours=8))), Periods("day", ZoneInfo("Europe/Berlin"))]
)
def test_three_streams_on_one_reference(engines: tuple[Running, Running], periods: Periods) -> None:
    held = {s.id: readings(s, i) for i, s in enumerate(STREAMS)}
    every = [c for i, s in enumerate(STREAMS) for c in certificates(s, i)]
    table = pa.table(
        {
            "stream": [key for key, b in held.items() for _ in range(len(b))],
            "time": np.concatenate([b.time for b in held.values()]),
            "count": pa.concat_arrays([pa.array(b.count, mask=b.missing) for b in held.values()]),
        }
    )
    sources = {s.id: Source(s, Subject(s.instrument), held[s.id].resolution, 0.01) for s in STREAMS}
    span = (int(table["time"].to_numpy().min()), int(table["time"].to_numpy().max()))
    query = corrected(sources, every, 9, periods, table=Table(span=span), statuses=True)
    expected = {s.id: gather(correct(held[s.id], s, every, 9), periods) for s in STREAMS}
    for engine in engines:
        engine.arrow("readings", table)
        found = corrected_sums(engine, query)
        assert found.keys() == expected.keys()
        for key, sums in found.items():
            same(sums, expected[key])
        means: list[Quantity] = [sums.one().means()[0] for sums in found.values()]
        wanted = [sums.one().means()[0] for sums in expected.values()]
        apart, wished = means[0] - means[1], wanted[0] - wanted[1]
        np.testing.assert_allclose(float(apart.u), float(wished.u), rtol=1e-10)
        assert float(apart.u) < float(np.hypot(means[0].u, means[1].u))  # the reference is common


def test_u_of_each_reading_in_a_column(engines: tuple[Running, Running]) -> None:
    stream, held = STREAMS[0], readings(STREAMS[0], 7)
    u = np.random.default_rng(1).uniform(0.001, 0.02, len(held))
    block = Block(stream.id, stream.instrument, held.time, held.count, held.resolution, missing=held.missing, u=u)
    every = certificates(stream, 3)
    view = correct(block, stream, every, 0)
    expected, some = gather(view, Periods("day")), int(np.flatnonzero(view.status == Status.VALID)[0])
    names = Table(key="block", u="u", text=False)
    query = corrected(
        {3: Source(stream, Subject(stream.instrument), held.resolution)}, every, 0, Periods("day"), "", names
    )
    columns = {"block": np.full(len(u), 3), "time": held.time, "count": pa.array(held.count, mask=held.missing), "u": u}
    for engine in engines:
        engine.arrow("readings", pa.table(columns))
        found = corrected_sums(engine, query)[3]
        np.testing.assert_allclose(found.means().u, expected.means().u, rtol=1e-10)
        empty = pa.array(u, mask=np.arange(len(u)) == some)
        engine.arrow("readings", pa.table({**columns, "u": empty}))
        with pytest.raises(Refused, match=r"series\.sums\.u_unknown"):
            corrected_sums(engine, query)[3].means()


def test_a_zone_whose_clocks_are_set_needs_a_span() -> None:
    source = {"t0": Source(STREAMS[0], Subject("PT-0"))}
    with pytest.raises(Refused, match=r"series\.periods\.span"):
        corrected(source, certificates(STREAMS[0], 1), 0, Periods("day", ZoneInfo("Europe/Berlin")))


def test_one_certificate_under_two_keys_is_two_sums(engines: tuple[Running, Running]) -> None:
    """Two blocks of one instrument: what is under one key stays there."""
    stream, parts = STREAMS[0], [readings(STREAMS[0], seed, 200) for seed in (11, 12)]
    every = certificates(stream, 4)
    table = pa.table({
        "block": np.repeat([1, 2], 200),
        "time": np.concatenate([b.time for b in parts]),
        "count": pa.concat_arrays([pa.array(b.count, mask=b.missing) for b in parts]),
    })  # fmt: skip
    sources = {n + 1: Source(stream, Subject(stream.instrument), b.resolution, 0.01) for n, b in enumerate(parts)}
    query = corrected(sources, every, 9, Periods("day"), table=Table(key="block", text=False), statuses=True)
    expected = [gather(correct(b, stream, every, 9), Periods("day")) for b in parts]
    for engine in engines:
        engine.arrow("readings", table)
        found = corrected_sums(engine, query)
        for n, wanted in enumerate(expected):
            same(found[n + 1], wanted)


@pytest.mark.parametrize("keys", [1, 2])
@pytest.mark.parametrize("late", [0, 7 * SECOND])
def test_readings_out_of_range_of_lines(engines: tuple[Running, Running], keys: int, late: int) -> None:
    """By cells of time where certificates begin with them, else row by row; some readings are out of range."""
    from suyuan.series.windows_table import aligned, pieces_of

    held, every, sources, tables = {}, [], {}, []
    for number, stream in enumerate(STREAMS[:keys]):
        given = readings(stream, 20 + number)
        u = np.random.default_rng(number).uniform(0.001, 0.02, len(given))
        block = Block(
            stream.id, stream.instrument, given.time, given.count, given.resolution, missing=given.missing, u=u
        )
        mine = []
        for at in (0, 100, 300):
            gain, offset = joint([1.01, 0.1], [1e-3, 0.01], [[1.0, -0.4], [-0.4, 1.0]])
            mine.append(
                Correction(f"{stream.id} {at}", stream.instrument, Formula(MODELS[0]),
                           {"gain": gain, "offset": offset + 0.02 * LEAF}, START + at * 600 * SECOND + late, 0,
                           range=(0.25, 1.95))
            )  # fmt: skip
        held[number], sources[number] = (stream, block), Source(stream, Subject(stream.instrument), block.resolution)
        every += mine
        tables.append(pa.table({"key": np.full(len(u), number), "time": block.time, "u": u,
                                "count": pa.array(block.count, mask=block.missing)}))  # fmt: skip
    days, names = Periods("day"), Table(key="key", u="u", text=False)
    query = corrected(sources, every, 0, days, "", names)
    pieces = pieces_of({n: correct(b, s, every, 0).windows for n, (s, b) in held.items()}, days, None)
    assert aligned(pieces, days) == (None if late else 2400 * SECOND)
    for engine in engines:
        engine.arrow("readings", pa.concat_tables(tables))
        for number, sums in corrected_sums(engine, query).items():
            stream, block = held[number]
            expected = gather(correct(block, stream, every, 0), days)
            assert int(expected.readings(expected.numbers, Status.OUTSIDE).sum()) > 3
            np.testing.assert_array_equal(sums.by_period(sums.count), expected.by_period(expected.count))
            np.testing.assert_allclose(sums.means().value, expected.means().value, rtol=1e-10)
            np.testing.assert_allclose(sums.means().u, expected.means().u, rtol=1e-10)
