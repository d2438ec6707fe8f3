"""One expression, two engines: DuckDB in this process and a real Sail server over Spark Connect."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suyuan.lake.engine import Engine, Running, open_engine
from suyuan.lake.readings import COLUMNS, open_on
from suyuan.lake.table import Lake
from suyuan.quantity.finding import Refused
from suyuan.quantity.formula.formula import Formula
from suyuan.series.block import Block
from suyuan.series.propagated import propagated
from suyuan.series.reading import Independent, Reading
from suyuan.series.sql import to_sql
from suyuan.series.stream import Stream
from suyuan.series.sums import sums
from tests.lake.agreement import rows_agree, sums_agree, told_alike


@pytest.fixture(scope="module")
def sail() -> Iterator[str]:
    """The address of a Sail server of our own."""
    server = pytest.importorskip("pysail.spark", reason="pysail is not installed").SparkConnectServer()
    pytest.importorskip("pyspark", reason="pyspark-client is not installed")
    server.start()
    host, port = server.listening_address
    yield f"sc://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def both(sail: str) -> Iterator[tuple[Running, Running]]:
    with open_engine("duckdb", threads=1) as duck, open_engine(sail) as spark:
        yield duck, spark


def code(caught: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [f.code for f in caught.value.findings]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6))
def test_random_formulas_agree(both: tuple[Running, Running], seed: int) -> None:
    sums_agree(both, seed)


def test_rows_agree(both: tuple[Running, Running]) -> None:
    rows_agree(both)


def test_what_has_no_value_is_told_alike(both: tuple[Running, Running]) -> None:
    told_alike(both)


def test_infinite_readings_are_told_alike(both: tuple[Running, Running]) -> None:
    p = propagated(Formula("a*2"), {"a": Reading("a", independent=Independent(0.01))})
    for engine in both:
        engine.arrow("readings", pa.table({"a": [0.5, np.inf, 1.0, np.nan]}))
        with pytest.raises(Refused) as caught:
            engine.sums(sums(p))
        (first, *_) = caught.value.findings
        assert first.code == "series.column.not_finite" and dict(first.parameters)["count"] == "2", engine.title


def test_the_same_tables(both: tuple[Running, Running], tmp_path: Path) -> None:
    """Parquet, Delta in two versions, Arrow with empty cells, and a table defined by another."""
    deltalake = pytest.importorskip("deltalake")
    table = pa.table({"x": [1.0, 2.0, None], "n": pa.array([1, None, 3]), "s": ["a", None, "停"]})
    pq.write_table(table, tmp_path / "one.parquet")
    for _ in range(2):
        deltalake.write_deltalake(str(tmp_path / "delta"), table, mode="append", partition_by=["s"])
    t = ibis.table({"x": "float64", "n": "int64", "s": "string"}, name="t")
    for engine in both:
        for versions, open_table in (
            (1, lambda e: e.arrow("t", table)),
            (1, lambda e: e.parquet("t", tmp_path / "one.parquet")),
            (2, lambda e: e.delta("t", tmp_path / "delta")),
            (1, lambda e: e.delta("t", tmp_path / "delta", 0)),
        ):
            open_table(engine)
            assert set(engine.tables["t"]) == {"x", "n", "s"}
            found = engine.run(t.aggregate(rows=t.count(), x=t["x"].sum(), n=t["n"].count(), s=t["s"].max()))
            assert (found["rows"][0], found["x"][0], found["n"][0], found["s"][0]) == (
                3 * versions, 3.0 * versions, 2 * versions, "停",
            ), engine.title  # fmt: skip
        engine.define("few", t.filter(t["x"] > 1.5))
        few = ibis.table({"x": "float64", "n": "int64"}, name="few")
        cells = engine.run(few.select("x", "n"))
        assert cells["x"].tolist() == [2.0] and np.ma.getmaskarray(cells["n"]).tolist() == [True]


def test_what_an_engine_cannot_do_is_refused(both: tuple[Running, Running], tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    for engine in both:
        for act, expected in (
            (lambda e: e.delta("x", tmp_path / "none"), "lake.delta.unreadable"),
            (lambda e: e.parquet("x", tmp_path / "absent.parquet"), "lake.file.missing"),
            (lambda e: e.run(ibis.table({"x": "int64"}, name="absent")), "lake.table.unknown"),
        ):
            with pytest.raises(Refused) as caught:
                act(engine)
            assert code(caught) == [expected], engine.title
        engine.arrow("readings", pa.table({"x": ["1.0", "fault"]}))
        with pytest.raises(Refused) as caught:
            engine.sums(sums(propagated(Formula("x"), {"x": Reading("x")})))
        assert code(caught) == ["lake.query.failed"]


def test_addresses() -> None:
    with open_engine() as engine:
        assert isinstance(engine, Engine)
    for address, expected in (
        ("postgres://x", "lake.engine.address"),
        ("sc://127.0.0.1:9", "lake.connect.unreachable"),
    ):
        with pytest.raises(Refused) as caught:
            open_engine(address)
        assert code(caught)[0] in (expected, "lake.connect.missing")


def test_a_dialect_that_is_not_known_and_an_operation_that_is_not_there() -> None:
    t = ibis.table({"time": "timestamp", "x": "float64"}, name="t")
    with pytest.raises(Refused) as caught:
        to_sql(t, "cobol")
    assert code(caught) == ["series.sql.dialect"]
    with pytest.raises(Refused) as caught:
        to_sql(t.mutate(b=t["time"].bucket(minutes=15)), "spark")
    assert code(caught) == ["series.sql.unsupported"]


def test_a_lake_answers_alike(both: tuple[Running, Running], tmp_path: Path) -> None:
    """Hours of two streams whose blocks overlap; Sail reads the Delta table itself, DuckDB its files."""
    pytest.importorskip("deltalake")
    lake = Lake.create(tmp_path / "lake", 2)
    lake.declare([Stream(name, "mass", "kg", "M", resolution=Decimal("0.1")) for name in ("s", "z")])
    rng = np.random.default_rng(3)
    for number, name in enumerate("szs"):
        times = (np.arange(500) + 200 * number) * 60_000_000
        lake.append([Block(name, "M", times, rng.integers(0, 9, 500), Decimal("0.1"), received=number)])
    version = lake.version
    lake.append([Block("z", "M", np.array([1]), np.array([10**6]), Decimal("0.1"))])
    answers = []
    for engine in both:
        open_on(lake, engine, version=version, counting="last")
        t = ibis.table(COLUMNS, name="readings")
        hour = (t["time"] - t["time"] % 3_600_000_000).name("hour")
        found = engine.run(t.group_by("stream", hour).aggregate(n=t.count(), total=t["count"].sum()))
        answers.append(sorted(zip(*(found[name].tolist() for name in ("stream", "hour", "n", "total")), strict=True)))
    assert answers[0] == answers[1] and sum(row[2] for row in answers[0]) == 1500 - 100  # 100 minutes came twice
