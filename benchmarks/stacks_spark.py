"""Hours of many stacks of minutes on an engine over Spark Connect, by the expressions of the house, and how it grows.

525 600 minutes × 8 columns a stack, one Parquet file each, as in `stack_year.py`. The engine does what grows with the
minutes (`series.counted`): minutes against which nothing can speak, added by stack and hour; all others are told one by
one. From these come marks, hours, certificates, look-backs, totals with every influence, and the sum of all stacks,
which share the gas standard. A Sail server in this process answers Spark Connect.

    python benchmarks/stacks_spark.py [STACKS [MONTHS]]      default 100 and 12; measured at 1, 10 and STACKS

Promise: answers are the same in every digit on both engines; totals and u, legal and best, of the first and the last
stack agree to 1e-12 with those made of minutes. No promise is made for times. CPU seconds are of this process, the
server included. The line for 1000 stacks is an extrapolation. Exits 1 where an answer differs.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parent))
from stack_year import COLUMNS, HOURS, LEGEND, course, month_of, write

from suyuan.carbon.monitoring.hours.engine_rows import Answer, Shelf, Told, rows_of
from suyuan.carbon.monitoring.hours.minutes import Flags, Minutes
from suyuan.carbon.monitoring.year.year import KINDS, StackYear
from suyuan.lake.engine import Running, open_engine
from suyuan.quantity.quantity import Quantity
from suyuan.series.counted import hours, others
from suyuan.verbs.carbon.stack import stack_year
from suyuan.verbs.carbon.stack_engine import in_order, year_told

AGREES, STACKS = 1e-12, 100
KINDS_OF = dict.fromkeys(["stack", "time", *COLUMNS, "load", "status"], "int64")
SHELF = Shelf("minutes", KINDS_OF, "time", "status", dict(enumerate(LEGEND)), "stack")
ROWS = rows_of(course(0)[0], SHELF, (int(HOURS.begin[0]), HOURS.end))
"""What the engine is asked: all stacks have instruments of one kind."""
Answers = tuple[Answer, Answer]
"""Hours of plain minutes, and the other minutes, in the order of stacks and time."""


def asked(engine: Running, paths: list[Path]) -> Answers:
    """What an engine says of some stacks."""
    engine.parquet("minutes", *paths)
    return (in_order(engine.run(hours(ROWS)), "stack", "hour"), in_order(engine.run(others(ROWS)), "stack", "time"))


def years(answers: Answers, months: Sequence[int]) -> Iterator[StackYear]:
    """The years of all stacks of an answer, one after the other."""
    for number in np.unique(answers[0]["stack"]).tolist():
        mine = []
        for answer in answers:
            rows = slice(*np.searchsorted(answer["stack"], [number, number + 1]).tolist())
            mine.append({name: column[rows] for name, column in answer.items()})
        made, law = course(number)
        yield year_told(Told(ROWS, SHELF, *mine, "an engine"), made, law, HOURS.end, months)


def summed(answers: Answers, months: Sequence[int]) -> tuple[Quantity, dict[int, StackYear]]:
    """The legal total of all stacks, and the first and the last year; the others are not kept."""
    numbers, ends, total = np.unique(answers[0]["stack"]).tolist(), {}, None
    for number, year in zip(numbers, years(answers, months), strict=True):
        total = year.total() if total is None else total + year.total()
        if number in (numbers[0], numbers[-1]):
            ends[number] = year
    assert total is not None and float(total.u) > 0.0
    return total, ends


def from_minutes(path: Path, number: int, months: Sequence[int]) -> StackYear:
    """The same without an engine."""
    file, (made, law) = pq.ParquetFile(path), course(number)

    def read(m: int) -> Minutes:
        held = month_of(file, m)
        flags = (Flags(held.pop("status"), LEGEND),)
        return Minutes(held.pop("time"), held, flags, path.name)

    return stack_year(made, law, HOURS.end, read, months)


def differ(found: StackYear, wanted: StackYear) -> float:
    """The largest relative difference of totals and u."""
    pairs = [(found.total(kind), wanted.total(kind)) for kind in KINDS]
    assert np.array_equal(found.reason, wanted.reason) and found.complete and wanted.complete
    return max(abs(float(a) / float(b) - 1.0) for x, y in pairs for a, b in ((x.value, y.value), (x.u, y.u)))


@contextmanager
def sail() -> Iterator[str]:
    """The address of a server of our own."""
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer()
    server.start(background=True)
    host, port = server.listening_address
    try:
        yield f"sc://{host}:{port}"
    finally:
        server.stop()


def timed(work: Any) -> tuple[Any, float, float]:
    """The answer, wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return answer, time.perf_counter() - wall, time.process_time() - cpu


def measure(spark: Running, duck: Running, paths: list[Path], months: Sequence[int]) -> tuple[bool, list[float]]:
    """One size on both engines: whether answers agree, and CPU seconds of both queries and of all after them."""
    there, wall, query = timed(lambda: asked(spark, paths))
    here, _, local = timed(lambda: asked(duck, paths))
    same = all(np.array_equal(a[name], b[name]) for a, b in zip(there, here, strict=True) for name in b)
    (total, ends), _, rest = timed(lambda: summed(there, months))
    worst = max(differ(year, from_minutes(paths[k], k, months)) for k, year in ends.items())
    rows = sum(pq.ParquetFile(path).metadata.num_rows for path in paths)
    word = "equal" if same else "DIFFER"
    print(f"{len(paths)} stacks, {rows:,} rows, CPU: hours on Spark Connect {query:.2f} s (wall {wall:.2f}), on DuckDB "
          f"{local:.2f} s, {word}; then certificates to tonnes {rest:.2f} s; against minutes {worst:.0e}; sum "
          f"{float(total.value):.5g} t, u {float(total.u):.2g} t", flush=True)  # fmt: skip
    return same and worst <= AGREES, [query, local, rest]


def grows(sizes: Sequence[int], costs: Sequence[Sequence[float]]) -> None:
    """What a stack more takes between the two largest sizes, and where that line leads."""
    each = [(b - a) / (sizes[-1] - sizes[-2]) for a, b in zip(costs[-2], costs[-1], strict=True)]
    far = [cost + (1000 - sizes[-1]) * one for cost, one in zip(costs[-1], each, strict=True)]
    for word, times, unit in ((f"a stack more, from {sizes[-2]} to {sizes[-1]}", [1e3 * one for one in each], "ms"),
                              ("1000 stacks, extrapolated on that line, not measured", far, "s")):  # fmt: skip
        print(f"{word}: hours on Spark Connect {times[0]:.1f} {unit}, on DuckDB {times[1]:.1f} {unit}, certificates to "
              f"tonnes {times[2]:.1f} {unit}")  # fmt: skip


def main() -> int:
    """Write, run at each size, compare, print how it grows."""
    stacks = int(sys.argv[1]) if len(sys.argv) > 1 else STACKS
    months = range(1, 1 + (int(sys.argv[2]) if len(sys.argv) > 2 else 12))
    folder = Path(tempfile.mkdtemp(prefix="suyuan-stacks-spark-"))
    try:
        write(folder, stacks, months)
        paths = [folder / f"{number}.parquet" for number in range(stacks)]
        sizes, costs, ok = sorted({size for size in (1, 10, stacks) if size <= stacks}), [], True
        with sail() as address, open_engine(address) as spark, open_engine("duckdb") as duck:
            asked(spark, paths[:1]), asked(duck, paths[:1])  # the first question also starts what answers it
            for size in sizes:
                agree, cost = measure(spark, duck, paths[:size], months)
                ok, costs = ok and agree, [*costs, cost]
        if len(sizes) > 1:
            grows(sizes, costs)
        print("kept" if ok else "BROKEN")
        return 0 if ok else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
