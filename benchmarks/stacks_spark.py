"""Many stacks on an engine: hours by one expression on DuckDB and over Spark Connect, then the tonnes of each stack.

A year of minutes × 8 columns a stack, one Parquet file each, as in `stack_year.py`. The engine does what grows with
the minutes: marks as columns, united; minutes that count, that were lost to each mark, and the sum of each channel's
counts by stack and hour. From these few numbers an hour come certificates, look-backs, totals with every influence, and
the sum of all stacks, which share the gas standard. A Sail server in this process answers Spark Connect.

    python benchmarks/stacks_spark.py [STACKS [MONTHS]]      default 100 and 12; measured at 1, 10 and STACKS

Promise: hours are the same in every digit on both engines; totals and u, legal and best, of the first and the last
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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent))
from stack_year import COLUMNS, HOURS, LEGEND, course, month_of, write

from suyuan.carbon.monitoring.batch import measured
from suyuan.carbon.monitoring.minutes import Flags, Mark, Minutes
from suyuan.carbon.monitoring.month import Course, Events, Month
from suyuan.carbon.monitoring.sums import Sums
from suyuan.carbon.monitoring.year import KINDS, StackYear, assembled
from suyuan.lake.engine import Running, open_engine
from suyuan.quantity.quantity import Quantity
from suyuan.verbs.carbon.stack import stack_year

AGREES, HOUR, STACKS = 1e-12, 3_600_000_000, 100
SCHEMA = dict.fromkeys(["stack", "time", *COLUMNS, "load", "status"], "int64")
LOST = {"fault": Mark.FAULT, "calibration": Mark.CALIBRATION}
"""Marks that take minutes of these stacks, in the order in which the first of equals is an hour's reason."""


def hours() -> Any:
    """Stack and hour → rows, minutes that count, that stood, that each mark took, and sums of counts."""
    t = ibis.table(SCHEMA, name="minutes")
    stood = (t["status"] == LEGEND.index("not operating")) | (t["load"] <= 0)
    good = (t["status"] == 0) & ~stood
    for name, (_, step, centre, *_) in COLUMNS.items():  # what no certificate covers does not count
        good = good & t[name].between(int(np.ceil(0.5 * centre / step)), int(np.floor(1.6 * centre / step)))
    taken = {name: (t["status"] == LEGEND.index(name)).sum() for name in LOST}
    added = {name: good.ifelse(t[name], 0).sum() for name in COLUMNS}
    hour = (t["time"] - t["time"] % HOUR).name("hour")
    return t.group_by("stack", hour).aggregate(rows=t.count(), n=good.sum(), stood=stood.sum(), **taken, **added)


Answer = dict[str, NDArray[np.int64]]


def asked(engine: Running, paths: list[Path]) -> Answer:
    """The hours of some stacks, in order."""
    engine.parquet("minutes", *paths)
    found = {name: np.asarray(column, np.int64) for name, column in engine.run(hours()).items()}
    order = np.lexsort((found["hour"], found["stack"]))
    return {name: column[order] for name, column in found.items()}


def month(number: int, rows: Mapping[str, NDArray[np.int64]], made: Course) -> Month:
    """A month from its hours, as `of_minutes` makes one from its minutes."""
    part = made.calendar.of_month(number)
    begin = made.calendar.begin[part]
    inside = {name: column[slice(*np.searchsorted(rows["hour"], [begin[0], begin[-1] + 1]))]
              for name, column in rows.items()}  # fmt: skip
    assert np.array_equal(inside["hour"], begin)
    possible, at, none = made.asks.possible, np.arange(len(begin)), np.zeros(0, np.int64)
    good = made.asks.counts(inside["n"], possible - inside["stood"], inside["n"])
    operating = 1.0 - np.minimum(inside["stood"] / possible, 1.0)
    counts = np.array([*(inside[name] for name in LOST), possible - inside["rows"]])
    reason = np.array([*LOST.values(), Mark.MISSING], np.uint16)[np.argmax(counts, axis=0)]
    reason[good], reason[(operating == 0.0) | ~(good | counts.any(axis=0))] = 0, int(Mark.NOT_OPERATING)
    sums = {role: Sums(at, one.windows.at(begin), inside["n"], inside[role].astype(float))
            for role, one in made.held.items()}  # fmt: skip
    return Month(
        number, operating, reason, inside["rows"], dict.fromkeys(made.model.factors, good), sums, none, {}, {},
        inside["calibration"] > 0, Events(none, none, none.astype(np.uint16)), made.held, {}, "hours of an engine",
    )  # fmt: skip


def years(answer: Answer, months: Sequence[int]) -> Iterator[StackYear]:
    """The years of all stacks of an answer, one after the other."""
    for number in np.unique(answer["stack"]).tolist():
        rows = slice(*np.searchsorted(answer["stack"], [number, number + 1]).tolist())
        made, law = course(number)
        mine = {name: column[rows] for name, column in answer.items()}
        yield assembled(law, HOURS.end, made, measured([month(m, mine, made) for m in months], made))


def summed(answer: Answer, months: Sequence[int]) -> tuple[Quantity, dict[int, StackYear]]:
    """The legal total of all stacks, and the first and the last year; the others are not kept."""
    numbers, ends, total = np.unique(answer["stack"]).tolist(), {}, None
    for number, year in zip(numbers, years(answer, months), strict=True):
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
    same = all(np.array_equal(there[name], here[name]) for name in here)
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
