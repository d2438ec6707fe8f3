"""The same expressions on DuckDB and on a real Apache Spark over Spark Connect, which `script/test` installs."""

from __future__ import annotations

import os
from collections.abc import Iterator

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from suyuan.lake.engine import Running, open_engine
from suyuan.quantity.finding import Refused
from suyuan.quantity.formula.formula import Formula
from suyuan.series.propagated import propagated
from suyuan.series.reading import Independent, Reading
from suyuan.series.rows import rows
from suyuan.series.sums import sums
from tests.lake.formulas import formula_of, inputs_of, table_of, worst_difference
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
    """Value, u and the sum of every influence, group by group; logarithms, ratios, inputs used again."""
    query = sums(propagated(Formula(formula_of(seed)), inputs_of(seed)), by=["g"])
    found = []
    for engine in both:
        engine.arrow("readings", table_of(seed))
        found.append(engine.sums(query))
    assert worst_difference(*found, query) <= 1e-10


def test_rows_agree(both: tuple[Running, Running]) -> None:
    query = rows(propagated(Formula("a*log(a/b) + sqrt(k*a)"), inputs_of(5)), ["c"])
    answers = []
    for engine in both:
        engine.arrow("readings", table_of(5))
        kept, found = engine.rows(query)
        order = np.argsort(kept["c"])
        answers.append((found["result"].value[order], found["result"].u[order]))
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-12)


def test_what_has_no_value_is_told_alike(both: tuple[Running, Running]) -> None:
    p = propagated(Formula("a/b + log(a)"), {name: Reading(name, independent=Independent(0.01)) for name in "ab"})
    told = []
    for engine in both:
        engine.arrow("readings", pa.table({"a": [0.5, 1.0, -2.0], "b": [1.0, 0.0, 1.0]}))
        with pytest.raises(Refused) as caught:
            engine.sums(sums(p))
        told.append([(f.code, f.where, f.parameters) for f in caught.value.findings])
    assert told[0] == told[1] and {t[0] for t in told[0]} >= {"series.value.failed"}


def test_the_same_parquet(both: tuple[Running, Running], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Cells without a value and Chinese words come alike from one file."""
    path = tmp_path_factory.mktemp("parquet") / "one.parquet"
    pq.write_table(pa.table({"x": [1.0, 2.0, None], "n": pa.array([1, None, 3]), "s": ["a", None, "停"]}), path)
    t = ibis.table({"x": "float64", "n": "int64", "s": "string"}, name="t")
    for engine in both:
        engine.parquet("t", path)
        found = engine.run(t.aggregate(rows=t.count(), x=t["x"].sum(), n=t["n"].count(), s=t["s"].max()))
        assert [found[name][0] for name in ("rows", "x", "n", "s")] == [3, 3.0, 2, "停"], engine.title
