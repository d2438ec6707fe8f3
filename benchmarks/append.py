"""Appending blocks to a lake, beside writing the same rows with bare `deltalake`.

Readings of 500 streams, one a minute, a step of a random walk in whole counts: batches of a million rows, 2 000 of each
stream. Ours: digest of each block, refusal of what stands, files by month and group, two commits. Bare: the same
columns (stream, block, row, time, count, flag, u) as an Arrow table, `write_deltalake(mode="append")` by default.
Promise: at 50 million rows at least 0.6 of the bare rate, in CPU time. Both are read back and compared: rows, sums.

    python benchmarks/append.py [ROWS]      default 5000000

CPU and wall seconds of this process with all its threads; making the readings is not in it. Exits 1 where an answer
differs or the promise is broken; the promise binds from 50 000 000 on.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import deltalake
import duckdb
import numpy as np
import pyarrow as pa

from suyuan.lake.table import Lake
from suyuan.series.block import Block
from suyuan.series.stream import Stream

LIMIT, BINDS = 0.6, 50_000_000
BATCH, STREAMS, START = 1_000_000, 500, 1_767_225_600_000_000
NAMES = [f"station-{i:03d}" for i in range(STREAMS)]


def batch(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Time (n,) of one stream and counts (streams, n) of a batch."""
    rng = np.random.default_rng(number)
    each = BATCH // STREAMS
    time_of = START + (number * each + np.arange(each)) * 60_000_000
    return time_of, np.cumsum(rng.integers(-9, 10, (STREAMS, each)), axis=1)


def blocks(number: int) -> list[Block]:
    """The batch as blocks."""
    time_of, counts = batch(number)
    return [
        Block(n, "meter", time_of, row, Decimal("0.01"), received=number) for n, row in zip(NAMES, counts, strict=True)
    ]


def table(number: int) -> pa.Table:
    """The batch as the bare writer takes it."""
    time_of, counts = batch(number)
    each = len(time_of)
    return pa.table(
        {
            "stream": pa.DictionaryArray.from_arrays(np.repeat(np.arange(STREAMS, dtype=np.int32), each), NAMES).cast(
                pa.string()
            ),
            "block": np.repeat(number * STREAMS + np.arange(STREAMS), each),
            "row": np.tile(np.arange(each, dtype=np.int32), STREAMS),
            "time": np.tile(time_of, STREAMS),
            "count": counts.ravel(),
            "flag": pa.nulls(BATCH, pa.int32()),
            "u": pa.nulls(BATCH, pa.float64()),
        }
    )


def answer(folder: Path) -> tuple[object, ...]:
    """Rows, and sums of time and count, of all Parquet files."""
    files = [str(path) for path in folder.rglob("*.parquet")]
    row = duckdb.sql(f"SELECT count(*), sum(time), sum(count), count(DISTINCT stream) FROM read_parquet({files})")
    found: tuple[object, ...] = row.fetchall()[0]
    return found


def main() -> int:
    """Write both ways batch by batch, compare, print."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    folder = Path(tempfile.mkdtemp(prefix="suyuan-append-"))
    seconds = {"bare deltalake": [0.0, 0.0], "ours": [0.0, 0.0]}
    try:
        lake = Lake.create(folder / "lake")
        lake.declare([Stream(name, "mass", "kg", "meter", resolution=Decimal("0.01")) for name in NAMES])
        for number in range(max(1, n // BATCH)):
            bare, some = table(number), blocks(number)
            works = {
                "bare deltalake": lambda bare=bare: deltalake.write_deltalake(
                    str(folder / "bare"), bare, mode="append"
                ),
                "ours": lambda some=some: lake.append(some),
            }
            for name in sorted(works, reverse=number % 2 == 0):
                cpu, wall = time.process_time(), time.perf_counter()
                works[name]()
                seconds[name][0] += time.process_time() - cpu
                seconds[name][1] += time.perf_counter() - wall
        rows = max(1, n // BATCH) * BATCH
        same = answer(folder / "bare") == answer(folder / "lake" / "readings")
        for name, (cpu, wall) in seconds.items():
            print(f"{name:15} {rows / cpu / 1e6:6.1f} M rows per CPU second, {rows / wall / 1e6:6.1f} per wall second")
        for name, path in (("bare", folder / "bare"), ("ours", folder / "lake" / "readings")):
            files = list(path.rglob("*.parquet"))
            print(f"{name:15} {sum(p.stat().st_size for p in files) / rows:.2f} bytes a reading, {len(files)} files")
        part = seconds["bare deltalake"][0] / seconds["ours"][0]
        wall = seconds["bare deltalake"][1] / seconds["ours"][1]
        binds = rows >= BINDS
        word = "" if not binds else "kept" if part >= LIMIT else "BROKEN"
        print(f"{rows:,} rows: {part:.2f} of the bare rate in CPU time (≥ {LIMIT:g} {word}), {wall:.2f} in wall time")
        print(f"rows and sums {'agree' if same else 'DIFFER'}")
        return 0 if same and (part >= LIMIT or not binds) else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
