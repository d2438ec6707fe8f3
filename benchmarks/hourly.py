"""Hourly means over a lake, beside the query that one would write by hand on the same files; and memory by streams.

Hourly mean, count and greatest value of each of 500 streams. Ours: `open_on` (which blocks stand, which files, whether
a time has several readings), an expression, DuckDB. By hand: `SELECT … FROM read_parquet('…/*.parquet') GROUP BY`.
Answers are compared row by row. Promise: at most 1.3 times the query by hand at 50 million rows, CPU time, in turn.

Then the peak memory of a fresh process that reads every stream of a lake one after the other, for 1, 10 and 100
streams of equal length. Promise: with 100 at most 1.5 times what it is with 1. Last, that of one that sums a span of
one stream by hours, corrected, for 1 and 5 million readings, piece by piece, and as a whole (no promise).

    python benchmarks/hourly.py [ROWS]      default 5000000

Exits 1 where an answer differs or a promise is broken; the first binds from 50 000 000 on.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import duckdb
import ibis
import numpy as np

from suyuan.lake.engine import Engine
from suyuan.lake.readings import COLUMNS, open_on
from suyuan.lake.table import Lake
from suyuan.lake.upkeep import compact, vacuum
from suyuan.series.block import Block
from suyuan.series.stream import Stream

sys.path.insert(0, str(Path(__file__).resolve().parent))
from append import BATCH, NAMES, START, blocks

LIMIT, BINDS, FLAT = 1.3, 50_000_000, 1.5
HOUR, REPETITIONS, THREADS = 3_600_000_000, 5, 2
LENGTH = 200_000
"""Readings of each stream in the measurement of memory."""
BLOCK = 1_000_000
"""Readings of a block of the span that is summed."""

READER = """
import sys
from suyuan.lake.table import Lake
from suyuan.lake.readings import read
lake, total = Lake(sys.argv[1]), 0
for stream in lake.streams():
    total += read(lake, stream.id).num_rows
import pyarrow as pa
status = open("/proc/self/status").read()  # the peak of rusage would count the parent's memory before exec
print(total, int(status.split("VmHWM:")[1].split()[0]) // 1024, pa.default_memory_pool().max_memory() // 2**20)
"""


SUMS = """
import sys
from suyuan.lake.corrected import Span, counting, sums, views
from suyuan.lake.pieces import sums_by_pieces
from suyuan.lake.table import Lake
from suyuan.quantity.correction import Correction, gain_and_offset
from suyuan.quantity.quantity import quantity
from suyuan.series.periods import Periods
model, parameters = gain_and_offset(quantity(1.0, 0.001), quantity(0.1, 0.01))
every = [Correction("c", "meter", model, parameters, 0, 0, raw_unit="kg", unit="kg")]
lake, span, hours = Lake(sys.argv[1]), Span("s"), Periods("hour")
if sys.argv[2] == "pieces":
    made = sums_by_pieces(lake, span, every, 1, hours)
else:
    found = counting(lake, span)
    made = sums(found, views(found, every, 1), hours)
status = open("/proc/self/status").read()
print(int(made.count.sum()), int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def ours(lake: Lake) -> tuple[dict[str, np.ndarray], float]:
    """The answer and its CPU seconds, with all that is asked before the query."""
    start = time.process_time()
    with Engine(THREADS) as engine:
        open_on(lake, engine)
        t = ibis.table(COLUMNS, name="readings")
        hour = (t["time"] - t["time"] % HOUR).name("hour")
        found = engine.run(t.group_by("stream", hour).aggregate(
            mean=t["count"].mean(), n=t["count"].count(), high=t["count"].max()))  # fmt: skip
    return found, time.process_time() - start


def by_hand(lake: Lake) -> tuple[dict[str, np.ndarray], float]:
    """The same by the query that one would write."""
    start = time.process_time()
    with duckdb.connect() as connection:
        connection.execute("SET threads = ?", [THREADS])
        found = connection.execute(
            f"SELECT stream, time - time % {HOUR} AS hour, avg(count) AS mean, count(count) AS n, max(count) AS high "
            f"FROM read_parquet('{lake.folder}/readings/**/*.parquet') GROUP BY 1, 2"
        ).fetchnumpy()
    return found, time.process_time() - start


def same(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> bool:
    """Whether two answers agree, row by row."""
    one, two = (np.lexsort((x["hour"], x["stream"].astype(str))) for x in (a, b))
    return all(np.array_equal(a[name][one], b[name][two]) for name in ("stream", "hour", "n", "high")) and np.allclose(
        np.asarray(a["mean"], float)[one], np.asarray(b["mean"], float)[two], rtol=1e-12
    )


def memory(folder: Path, streams: int) -> tuple[int, int, int]:
    """Readings, peak memory of a process that reads all streams of a lake one after the other, and the most that Arrow
    held at once, both in MiB."""
    lake = Lake.create(folder / f"lake-{streams}")
    names = [f"s{i}" for i in range(streams)]
    lake.declare([Stream(name, "mass", "kg", "meter", resolution=Decimal("0.01")) for name in names])
    times = START + np.arange(LENGTH) * 60_000_000
    for number, name in enumerate(names):
        counts = np.cumsum(np.random.default_rng(number).integers(-9, 10, LENGTH))
        lake.append([Block(name, "meter", times, counts, Decimal("0.01"))])
    out = subprocess.run([sys.executable, "-c", READER, str(lake.folder)], capture_output=True, text=True, check=True)
    total, peak, arrow = map(int, out.stdout.split())
    return total, peak, arrow


def span(folder: Path, blocks: int) -> Path:
    """A lake with one stream of some blocks, a reading a second; its folder."""
    lake = Lake.create(folder / f"span-{blocks}")
    lake.declare([Stream("s", "mass", "kg", "meter", resolution=Decimal("0.01"))])
    for number in range(blocks):
        times = START + (number * BLOCK + np.arange(BLOCK)) * 1_000_000
        counts = np.cumsum(np.random.default_rng(number).integers(-9, 10, BLOCK))
        lake.append([Block("s", "meter", times, counts, Decimal("0.01"), u=0.02)])
    return lake.folder


def summed(folder: Path, blocks: int, what: str) -> tuple[int, int]:
    """Readings and peak memory in MiB of a process that sums a span of so many blocks."""
    line = [sys.executable, "-c", SUMS, str(folder), what]
    out = subprocess.run(line, capture_output=True, text=True, check=True)
    total, peak = map(int, out.stdout.split())
    return total, peak


def of_a_span(folder: Path) -> bool:
    """Print the peak memory of processes that sum spans; whether each has summed all of its span."""
    ok = True
    for many in (1, 5):
        lake = span(folder, many)
        for what in ("pieces", "whole"):
            total, peak = summed(lake, many, what)
            ok = ok and total == many * BLOCK
            print(f"{total:,} readings of one stream summed by hours, {what}: peak {peak} MiB")
    return ok


def main() -> int:
    """Fill a lake, merge it, ask both ways, compare; then memory."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    rows = max(1, n // BATCH) * BATCH
    folder = Path(tempfile.mkdtemp(prefix="suyuan-hourly-"))
    ok = True
    try:
        lake = Lake.create(folder / "lake")
        lake.declare([Stream(name, "mass", "kg", "meter", resolution=Decimal("0.01")) for name in NAMES])
        for number in range(rows // BATCH):
            lake.append(blocks(number))
        for state in ("as appended", "merged"):
            if state == "merged":
                done = compact(lake)
                vacuum(lake, hours=0)
                size = done.bytes_after / rows
                print(f"merged {done.files_before} files into {done.files_after}; {size:.2f} bytes a reading")
            times: list[list[float]] = [[], []]
            for _ in range(REPETITIONS):
                a, first = ours(lake)
                b, second = by_hand(lake)
                times[0].append(first)
                times[1].append(second)
            mine, hand = map(statistics.median, times)
            agree = same(a, b)
            word = "" if rows < BINDS else "kept" if mine <= LIMIT * hand else "BROKEN"
            print(f"{rows:,} rows, {state}: ours {mine:.2f} s, by hand {hand:.2f} s CPU: {mine / hand:.2f} "
                  f"(≤ {LIMIT:g} {word}); {len(a['n']):,} rows {'agree' if agree else 'DIFFER'}")  # fmt: skip
            ok = ok and agree and word != "BROKEN"
        peaks = {}
        for streams in (1, 10, 100):
            total, peaks[streams], arrow = memory(folder, streams)
            ok = ok and total == streams * LENGTH
            print(f"{streams:3} streams of {LENGTH:,} readings, read one after the other: peak {peaks[streams]} MiB, "
                  f"readings at once {arrow} MiB")  # fmt: skip
        flat = peaks[100] <= FLAT * peaks[1]
        print(
            f"100 streams: {peaks[100] / peaks[1]:.2f} of the memory of 1 (≤ {FLAT:g} {'kept' if flat else 'BROKEN'})"
        )
        return 0 if of_a_span(folder) and ok and flat else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
