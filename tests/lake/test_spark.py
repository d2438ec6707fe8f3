"""The same expressions on DuckDB and on a real Apache Spark over Spark Connect, which `script/test` installs."""

from __future__ import annotations

import os
from collections.abc import Iterator

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from suyuan.lake.engine import Running, open_engine
from tests.lake.agreement import rows_agree, sums_agree, told_alike
from tests.lake.spark_cluster import cluster

pytestmark = pytest.mark.skipif(
    "SPARK_HOME" not in os.environ, reason="no SPARK_HOME: script/test sets it for this file"
)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Running]]:
    with (
        cluster(0, tmp_path_factory.mktemp("spark")) as address,
        open_engine("duckdb", threads=1) as duck,
        open_engine(address) as spark,
    ):
        yield duck, spark


@pytest.mark.parametrize("seed", range(8))
def test_random_formulas_agree(both: tuple[Running, Running], seed: int) -> None:
    """Logarithms, ratios, inputs used again."""
    sums_agree(both, seed)


def test_rows_agree(both: tuple[Running, Running]) -> None:
    rows_agree(both)


def test_what_has_no_value_is_told_alike(both: tuple[Running, Running]) -> None:
    told_alike(both)


def test_the_same_parquet(both: tuple[Running, Running], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Cells without a value and Chinese words come alike from one file."""
    path = tmp_path_factory.mktemp("parquet") / "one.parquet"
    pq.write_table(pa.table({"x": [1.0, 2.0, None], "n": pa.array([1, None, 3]), "s": ["a", None, "停"]}), path)
    t = ibis.table({"x": "float64", "n": "int64", "s": "string"}, name="t")
    for engine in both:
        engine.parquet("t", path)
        found = engine.run(t.aggregate(rows=t.count(), x=t["x"].sum(), n=t["n"].count(), s=t["s"].max()))
        assert [found[name][0] for name in ("rows", "x", "n", "s")] == [3, 3.0, 2, "停"], engine.title
