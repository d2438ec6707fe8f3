"""Sums with their influences over a table on disk: our expression and the best SQL by hand, on DuckDB.

    y = q·ln(p/r)/(t + 273.15) + k·p/r

q, p, r, t are columns; p and r come from one transmitter (its certificate enters twice, through the ratio and the
logarithm), q from a flow meter (a relative component) with noise of its own, t from a thermometer; k is a constant with
uncertainty. Wanted: Σ y, the signed sums of components for the four influences, and the noise. By hand: derivatives
simplified on paper, each piece computed once, one sum for each input. Promise: at most 1.5 times that, on one Parquet
file of 10 million rows, in CPU time.

    python benchmarks/columns.py [n] [--threads N]

CPU and wall seconds of this process, medians, both programs in turn with the same number of threads. Exits 1 where an
answer differs or the promise is broken; the promise binds from n = 10 000 000 on.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from suyuan.lake.engine import Engine
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.influence import Influence
from suyuan.quantity.quantity import quantity
from suyuan.series.propagated import propagated
from suyuan.series.reading import Independent, Reading, Shared
from suyuan.series.sums import Sums, sums

LIMIT, BINDS = 1.5, 10_000_000
K, UK, UP, UR, UT, UQ, NOISE = 0.8, 0.004, 0.02, 0.03, 0.1, 5e-3, 0.05
BY_HAND = f"""
SELECT count(*), sum(v), {UP}*sum(s/p) - {UR}*sum(s/r), {UQ}*sum(g), -{UT}*sum(g/h), {UK}*sum(x),
  {NOISE**2}*sum(dq*dq)
FROM (SELECT *, g + {K}*x AS v, q/h + {K}*x AS s
  FROM (SELECT *, q*dq AS g
    FROM (SELECT *, ln(x)/h AS dq FROM (SELECT p, r, q, p/r AS x, t + 273.15 AS h FROM readings))))
"""
Answer = np.ndarray


def write(path: Path, n: int) -> None:
    """A table of readings."""
    rng = np.random.default_rng(20_260_101)
    table = pa.table(
        {
            "q": rng.uniform(80.0, 120.0, n),
            "p": rng.uniform(2.0, 5.0, n),
            "r": rng.uniform(1.0, 1.5, n),
            "t": rng.uniform(15.0, 25.0, n),
        }
    )
    pq.write_table(table, path, row_group_size=1_000_000)


def query() -> Sums:
    """Our expression: the formula as anyone would write it, and what is known about its inputs."""
    one = np.ones(1)
    transmitter, meter, thermometer = (
        Influence(letter * 32, u=one, label=label)
        for letter, label in (("a", "pressure transmitter"), ("b", "flow meter"), ("c", "thermometer"))
    )
    inputs = {
        "q": Reading("q", independent=Independent(NOISE), shared=(Shared(meter, UQ, relative=True),)),
        "p": Reading("p", shared=(Shared(transmitter, UP),)),
        "r": Reading("r", shared=(Shared(transmitter, UR),)),
        "t": Reading("t", shared=(Shared(thermometer, UT),)),
        "k": quantity(K, UK, id="d" * 32, label="constant"),
    }
    return sums(propagated(Formula("q*log(p/r)/(t + 273.15) + k*p/r"), inputs))


def ours(engine: Engine, wanted: Sums) -> Callable[[], Answer]:
    """Expression to quantity: printing the SQL, both queries, reading the answer."""

    def run() -> Answer:
        totals = engine.sums(wanted)
        y = totals.quantities["result"]
        parts = {i.label: b for i, b in zip(y.influences(), y.blocks.values(), strict=True)}
        found = [
            float(parts[label].dense.scale[0])  # type: ignore[union-attr]
            for label in ("pressure transmitter", "flow meter", "thermometer", "constant", "q")
        ]
        return np.array([float(totals.count), float(y.value), *found[:4], found[4] ** 2])

    return run


def by_hand(connection: duckdb.DuckDBPyConnection) -> Callable[[], Answer]:
    """The floor."""

    def run() -> Answer:
        row = connection.execute(BY_HAND).fetchone()
        assert row is not None
        return np.array(row, dtype=float)

    return run


def main() -> int:
    """Write the table, check the answers, measure in turn, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n", nargs="?", type=int, default=BINDS)
    parser.add_argument("--threads", type=int, default=1)
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Engine(threads=wish.threads) as engine:
        path = Path(folder) / "readings.parquet"
        write(path, wish.n)
        engine.parquet("readings", path)
        connection = duckdb.connect()
        connection.execute(f"SET threads = {wish.threads}")
        connection.read_parquet(str(path)).create_view("readings")
        works = {"SQL by hand": by_hand(connection), "expression": ours(engine, query())}
        expected = works["SQL by hand"]()
        worst = float(np.max(np.abs(works["expression"]() / expected - 1.0)))
        if worst > 1e-10:
            print(f"answer differs by {worst:.1e}")
            return 1
        seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
        for _ in range(7):  # in turn, so that both see the same machine
            for name, work in works.items():
                cpu, wall = time.process_time(), time.perf_counter()
                work()
                seconds[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    times = {name: [statistics.median(column) for column in zip(*row, strict=True)] for name, row in seconds.items()}
    floor = times["SQL by hand"]
    print(f"n = {wish.n}, {wish.threads} thread(s), answers agree to {worst:.0e}; DuckDB {duckdb.__version__}")
    for name, (cpu, wall) in times.items():
        print(
            f"{name:12} {cpu:8.3f} s CPU {wall:8.3f} s wall {cpu / floor[0]:8.2f} × CPU {wall / floor[1]:8.2f} × wall"
        )
    if wish.n < BINDS:
        print(f"no verdict: the promise binds from n = {BINDS} on")
        return 0
    ratio = times["expression"][0] / floor[0]
    print(f"{'kept' if ratio <= LIMIT else 'BROKEN'}: {ratio:.2f} ≤ {LIMIT} times the SQL by hand")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
