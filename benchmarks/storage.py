"""Bytes a reading, by column, of a lake after a merge: regular minute data, and data with gaps, marks and uncertainty.

Streams: «walk» (a step of −9 to 9 counts a minute), «noise» (independent, 100 counts wide), «gaps» (a walk, every
tenth reading missing or delayed by some seconds), «marked» (a walk with a device's mark on one in fifty and an
uncertainty of its own for each reading, of three kinds). Promise: the regular walk takes at most 1.5 bytes a reading.
What comes back is compared with what went in, block by block, by digest.

    python benchmarks/storage.py [ROWS]     default 2000000, a quarter of it for each kind

Exits 1 where a digest differs or the promise is broken.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from suyuan.lake.readings import block
from suyuan.lake.table import Lake
from suyuan.lake.upkeep import compact, vacuum
from suyuan.series.block import Block
from suyuan.series.stream import Stream

LIMIT = 1.5
START, BLOCK = 1_767_225_600_000_000, 20_000
KINDS = ("walk", "noise", "gaps", "marked")


def made(kind: str, number: int) -> Block:
    """One block of a kind."""
    rng = np.random.default_rng((KINDS.index(kind), number))
    times = START + (number * BLOCK + np.arange(BLOCK)) * 60_000_000
    counts = np.cumsum(rng.integers(-9, 10, BLOCK)) if kind != "noise" else rng.integers(0, 100, BLOCK)
    more: dict[str, object] = {}
    if kind == "gaps":
        some = rng.random(BLOCK) < 0.1
        times = times + np.where(some, rng.integers(0, 20, BLOCK) * 1_000_000, 0)
        more["missing"] = some & (rng.random(BLOCK) < 0.5)
    if kind == "marked":
        more = {"flag": (rng.random(BLOCK) < 0.02).astype(np.int32), "legend": ("", "D"),
                "u": rng.choice([0.1, 0.2, 0.5], BLOCK)}  # fmt: skip
    return Block(kind, "meter", times, counts, Decimal("0.01"), **more)  # type: ignore[arg-type]


def columns_of(folder: Path) -> tuple[int, dict[str, int]]:
    """Rows, and bytes of each column, of all files."""
    rows, sizes = 0, dict.fromkeys(("stream", "block", "row", "time", "count", "flag", "u"), 0)
    for path in folder.rglob("*.parquet"):
        data = pq.ParquetFile(path).metadata
        rows += data.num_rows
        for group in range(data.num_row_groups):
            for index in range(data.num_columns):
                column = data.row_group(group).column(index)
                sizes[column.path_in_schema] += column.total_compressed_size
    return rows, sizes


def main() -> int:
    """One lake a kind, so that sizes do not mix."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    each = max(1, n // len(KINDS) // BLOCK)
    ok = True
    print(f"{'':8}{'total':>7}{'time':>7}{'count':>7}{'row':>7}{'flag':>7}{'u':>7}{'rest':>7}   bytes a reading")
    for kind in KINDS:
        folder = Path(tempfile.mkdtemp(prefix="suyuan-storage-"))
        try:
            lake = Lake.create(folder, 1)
            lake.declare([Stream(kind, "mass", "kg", "meter", resolution=Decimal("0.01"))])
            some = [made(kind, number) for number in range(each)]
            lake.append(some)
            compact(lake)
            vacuum(lake, hours=0)
            rows, sizes = columns_of(folder / "readings")
            whole = sum(p.stat().st_size for p in (folder / "readings").rglob("*.parquet")) / rows
            parts = [sizes[name] / rows for name in ("time", "count", "row", "flag", "u")]
            same = all(block(lake, one.digest).digest == one.digest for one in some)
            print(f"{kind:8}" + "".join(f"{x:7.3f}" for x in (whole, *parts, whole - sum(parts))), end="")
            print("" if same else "   DIFFERS")
            ok = ok and same and (kind != "walk" or whole <= LIMIT)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"regular data ≤ {LIMIT:g} bytes a reading: {'kept' if ok else 'BROKEN'}")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
