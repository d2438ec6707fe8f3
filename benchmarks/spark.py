"""Apache Spark with workers of one core each on the loopback address: the same answers as DuckDB, and the times.

    script/spark [ROWS]

Wanted: hourly sums with value, u and every influence of a formula with a ratio, a logarithm and a shared input, on one
table of Parquet; sums by day of readings corrected by the certificate of their time (two streams, two models, a hundred
certificates), also on Parquet; and 20 random formulas on a small table. Each is run by DuckDB in this process and over
Spark Connect by a standalone cluster with one worker, then with two. Promise: value, u and every influence sum agree to
1e-10. Times are wall seconds, of the hourly sums the best of three; no promise is made for them: on two cores, master,
service and workers share what there is. Exits 1 where an answer differs. Left out of `script/bench`, since it needs
Java and its own installation.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from suyuan.lake.asof import corrected_sums
from suyuan.lake.engine import Running, open_engine
from suyuan.quantity.block import components
from suyuan.quantity.correction import Correction
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.influence import Influence
from suyuan.quantity.quantity import joint, quantity
from suyuan.series.asof import Subject
from suyuan.series.asof_columns import corrected
from suyuan.series.gathered import Gathered
from suyuan.series.periods import Periods
from suyuan.series.propagated import Propagated, propagated
from suyuan.series.reading import Independent, Reading, Shared
from suyuan.series.stream import Stream
from suyuan.series.sums import Sums, sums
from suyuan.series.windows_table import Source, Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.lake.formulas import formula_of, inputs_of, table_of, worst_difference
from tests.lake.spark_cluster import cluster

AGREES = 1e-10
REPETITIONS = 3


def write(folder: Path, n: int) -> list[Path]:
    """A table of readings in eight files, so that two workers have something to share."""
    rng = np.random.default_rng(20_260_101)
    paths = []
    for number in range(8):
        size = n // 8
        minute = number * size + np.arange(size)
        table = pa.table(
            {
                "q": rng.uniform(80.0, 120.0, size), "p": rng.uniform(2.0, 5.0, size),
                "r": rng.uniform(1.0, 1.5, size), "t": rng.uniform(15.0, 25.0, size), "hour": minute // 60,
            }
        )  # fmt: skip
        paths.append(folder / f"readings-{number}.parquet")
        pq.write_table(table, paths[-1])
    return paths


def hourly() -> Sums:
    """q·ln(p/r)/(t + 273.15) + k·p/r by hour: one transmitter for p and r, a flow meter, a thermometer, a constant."""
    transmitter = Influence("1" * 32, u=np.ones(1), label="transmitter")
    meter = Influence("2" * 32, u=np.ones(1), label="flow meter")
    inputs = {
        "q": Reading("q", independent=Independent(0.05, id="a" * 32), shared=(Shared(meter, 5e-3, relative=True),)),
        "p": Reading("p", shared=(Shared(transmitter, 0.02),)),
        "r": Reading("r", shared=(Shared(transmitter, 0.03),)),
        "t": Reading("t", shared=(Shared(Influence("3" * 32, u=np.ones(1), label="thermometer"), 0.1),)),
        "k": quantity(0.8, 0.004, label="k"),
    }
    p: Propagated = propagated(Formula("q*log(p/r)/(t + 273.15) + k*p/r"), inputs)
    return sums(p, by=["hour"])


def timed(engine: Running, query: Sums) -> tuple[object, float]:
    """The answer, and the best wall time of several."""
    best, totals = float("inf"), None
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        totals = engine.sums(query)
        best = min(best, time.perf_counter() - start)
    return totals, best


def readings(folder: Path, n: int) -> list[Path]:
    """Two streams of minutes as counts in four files, a hundredth missing."""
    rng = np.random.default_rng(7)
    paths = []
    for number in range(4):
        size = n // 4
        counts = rng.integers(900_000, 1_100_000, size)
        table = pa.table(
            {
                "stream": [f"s{number % 2}"] * size,
                "time": (number // 2 * size + np.arange(size, dtype=np.int64)) * 60_000_000,
                "count": pa.array(counts, mask=rng.random(size) < 0.01),
            }
        )
        paths.append(folder / f"counts-{number}.parquet")
        pq.write_table(table, paths[-1])
    return paths


def certificates(n: int) -> list[Correction]:
    """Fifty certificates an instrument on one reference; two models: a line, and a curve with a square."""
    rng, leaf = np.random.default_rng(8), quantity(0.0, 1.0, id="f" * 32, label="reference")
    made = []
    for instrument in range(2):
        for i in range(50):
            g, o = joint([1.0 + rng.normal(0.0, 1e-4), rng.normal(0.0, 0.02)], [2e-5, 4e-3], [[1.0, -0.5], [-0.5, 1.0]],
                         ["1", "1"], label=f"C{instrument}-{i}")  # fmt: skip
            parameters = {"g": g, "o": o + 3e-3 * leaf}
            text = "g*raw + o"
            if i % 2:
                text, parameters["c"] = "g*raw + o + c*raw*raw", quantity(1e-6, 1e-7, label=f"curve {instrument}-{i}")
            begin = i * (n // 2) // 50 * 60_000_000
            made.append(Correction(f"C{instrument}-{i}", f"I{instrument}", Formula(text), parameters, begin, 0,
                                   raw_unit="kPa", unit="kPa", range=(91.0, 109.0)))  # fmt: skip
    return made


def asof(engine: Running, paths: list[Path], n: int, made: list[Correction]) -> tuple[dict[str, Gathered], float]:
    """The as-of query by day: sums of corrected readings with every influence, and its wall seconds."""
    engine.parquet("counts", *paths)
    sources = {
        f"s{i}": Source(
            Stream(f"s{i}", "pressure", "kPa", f"I{i}", resolution=Decimal("0.0001")), Subject(f"I{i}"), u=0.01
        )
        for i in range(2)
    }
    table = Table(name="counts", span=(0, n // 2 * 60_000_000))
    query = corrected(sources, made, 1, Periods("day"), "kPa", table, statuses=True)
    start = time.perf_counter()
    return corrected_sums(engine, query), time.perf_counter() - start


def asof_difference(a: dict[str, Gathered], b: dict[str, Gathered]) -> float:
    """The greatest difference of values, u and every influence, each relative to its largest."""
    worst = 0.0
    for key, first in a.items():
        one, two = first.means(), b[key].means()
        if not all(np.array_equal(x, y) for x, y in zip(first.tally, b[key].tally, strict=True)):
            return float("inf")
        parts = [(q.value, q.u) for q in (one, two)]
        pairs = list(zip(*parts, strict=True))
        shared = [m for m, block in one.blocks.items() if block.dense is not None]
        if {m for m, block in two.blocks.items() if block.dense is not None} != set(shared):
            return float("inf")
        pairs += [(components(one.blocks[m], one.shape), components(two.blocks[m], two.shape)) for m in shared]
        for x, y in pairs:
            differs = float(np.max(np.abs(x - y)) / max(np.max(np.abs(x)), 1e-300))
            worst = max(worst, differs if np.isfinite(differs) else float("inf"))
    return worst


def main() -> int:
    """Write, run on each, compare, print."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    if "SPARK_HOME" not in os.environ:
        print("left out: SPARK_HOME is not set; script/spark sets all up")
        return 0
    folder = Path(tempfile.mkdtemp(prefix="suyuan-spark-"))
    try:
        paths, query = write(folder, n), hourly()
        formulas = [(formula_of(seed), seed) for seed in range(20)]
        worst, counts, made = 0.0, readings(folder, n), certificates(n)
        with open_engine("duckdb") as duck:
            by_day, seconds = asof(duck, counts, n, made)
            print(f"{n:,} readings of 2 streams by 100 certificates of their time, days; DuckDB {seconds:.2f} s")
            duck.parquet("readings", *paths)
            expected, seconds = timed(duck, query)
            print(f"{n:,} rows, hourly sums with four influences; DuckDB {seconds:.2f} s")
            for workers in (1, 2):
                start = time.perf_counter()
                with cluster(workers, folder) as address, open_engine(address) as spark:
                    spark.parquet("readings", *paths)
                    up = time.perf_counter() - start
                    found, seconds = timed(spark, query)
                    differs = worst_difference(expected, found, query)
                    worst = max(worst, differs)
                    print(f"  Spark, {workers} worker(s) of one core: {seconds:.2f} s (ready after {up:.0f} s); "
                          f"greatest relative difference {differs:.1e}", flush=True)  # fmt: skip
                    also, seconds = asof(spark, counts, n, made)
                    differs = asof_difference(by_day, also)
                    worst = max(worst, differs)
                    print(f"  Spark, the certificates of their time: {seconds:.2f} s; value, u, every influence and "
                          f"status by day: greatest relative difference {differs:.1e}", flush=True)  # fmt: skip
                    if workers == 2:
                        worst = max(worst, random_formulas(duck, spark, formulas))
        print(
            f"value, u and every influence agree to {AGREES:g}: {worst:.1e} {'kept' if worst <= AGREES else 'BROKEN'}"
        )
        return 0 if worst <= AGREES else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def random_formulas(duck: Running, spark: Running, formulas: list[tuple[str, int]]) -> float:
    """The greatest relative difference of 20 random formulas."""
    worst = 0.0
    for text, seed in formulas:
        table = table_of(seed)
        query = sums(propagated(Formula(text), inputs_of(seed), table="drawn"), by=["g"])
        for engine in (duck, spark):
            engine.arrow("drawn", table)
        worst = max(worst, worst_difference(duck.sums(query), spark.sums(query), query))
    print(f"  {len(formulas)} random formulas: greatest relative difference {worst:.1e}")
    return worst


if __name__ == "__main__":
    sys.exit(main())
