"""Readings corrected by the certificate of their time: our view, and the product a segment that one writes by hand.

20 million readings of one instrument as scaled integers, 1000 certificates (gain and offset, correlated, all on one
reference), as known at one time. By hand: the edges by a binary search, and for each segment gain·count/10^k + offset
in NumPy. Ours: windows on two time axes, ranges checked, values and statuses, rules for u and every influence.
Promise: at most 2 times the product by hand, in CPU time. Shown beside it, without a promise: sums by day with every
influence, by NumPy and by DuckDB from an Arrow table, against sums by hand.

    python benchmarks/asof.py [n] [certificates]

CPU and wall seconds of this process, medians, in turn. Exits 1 where an answer differs or the promise is broken; the
promise binds from n = 20 000 000 on.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from suyuan.lake.asof import corrected_sums
from suyuan.lake.engine import Engine
from suyuan.quantity.correction import Correction, gain_and_offset
from suyuan.quantity.quantity import joint, quantity
from suyuan.series.asof import Subject
from suyuan.series.asof_columns import corrected
from suyuan.series.block import Block
from suyuan.series.gathered import Gathered
from suyuan.series.gathering import gather
from suyuan.series.periods import DAY, SECOND, Periods
from suyuan.series.stream import Stream
from suyuan.series.view import View, correct
from suyuan.series.windows_table import Source

LIMIT, BINDS = 2.0, 20_000_000
U_GAIN, U_OFFSET, R, U_LEAF, U_READ = 2e-5, 4e-3, -0.5, 3e-3, 0.01
STREAM = Stream("p1", "pressure", "kPa", "PT-01", resolution=Decimal("0.0001"), sampling=1.0)


def readings(n: int) -> Block:
    """One reading a second."""
    rng = np.random.default_rng(20_260_101)
    count = rng.integers(950_000, 1_050_000, n)
    return Block(STREAM.id, STREAM.instrument, np.arange(n) * SECOND, count, STREAM.resolution, u=U_READ)


def certificates(n: int, k: int) -> tuple[list[Correction], np.ndarray, np.ndarray, np.ndarray]:
    """Corrections, and their beginnings, gains and offsets as arrays."""
    rng = np.random.default_rng(7)
    start = np.linspace(0, n, k, endpoint=False).astype(np.int64) * SECOND
    gain, offset = 1.0 + rng.normal(0.0, 1e-4, k), rng.normal(0.0, 0.02, k)
    leaf = quantity(0.0, 1.0, id="f" * 32, label="reference")
    made = []
    for i in range(k):
        g, o = joint([gain[i], offset[i]], [U_GAIN, U_OFFSET], [[1.0, R], [R, 1.0]], ["1", "1"], label=f"C{i}")
        model, parameters = gain_and_offset(g, o + U_LEAF * leaf)
        made.append(
            Correction(f"C{i}", "PT-01", model, parameters, int(start[i]), 0, raw_unit="kPa", unit="kPa",
                       range=(90.0, 110.0))
        )  # fmt: skip
    return made, start, gain, offset


def values_by_hand(block: Block, start: np.ndarray, gain: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """The floor."""
    edges = np.append(np.searchsorted(block.time, start), len(block))
    value = np.empty(len(block))
    for i in range(len(start)):
        at = slice(edges[i], edges[i + 1])
        value[at] = gain[i] * (block.count[at] / 1e4) + offset[i]
    return value


def sums_by_hand(block: Block, start: np.ndarray, gain: np.ndarray, offset: np.ndarray) -> tuple[np.ndarray, ...]:
    """By day: Σ y, u of the mean, with the certificates' and the reference's parts in common."""
    edges = np.append(np.searchsorted(block.time, start), len(block))
    day = block.time // DAY
    days = int(day[-1]) + 1
    total, count, variance, leaf = (np.zeros(days) for _ in range(4))
    for i in range(len(start)):
        at = slice(edges[i], edges[i + 1])
        raw = block.count[at] / 1e4
        first = np.append(0, np.flatnonzero(np.diff(day[at])) + 1)
        which = day[at][first]
        n = np.diff(np.append(first, len(raw)))
        s = np.add.reduceat(raw, first)
        total[which] += gain[i] * s + offset[i] * n
        count[which] += n
        variance[which] += (s * U_GAIN) ** 2 + (n * U_OFFSET) ** 2 + 2.0 * R * s * U_GAIN * n * U_OFFSET
        variance[which] += n * (gain[i] * U_READ) ** 2
        leaf[which] += n * U_LEAF
    return total / count, np.sqrt(variance + leaf**2) / count


def by_days(sums: Gathered) -> tuple[np.ndarray, np.ndarray]:
    """Means and their u."""
    means = sums.means()
    return means.value, means.u


def works(n: int, k: int) -> tuple[dict[str, Callable[[], Any]], Engine]:
    """What is measured, by name: first the values, then the sums."""
    block, (made, *numbers) = readings(n), certificates(n, k)
    assert block.order is None
    engine = Engine(threads=1)
    table = {"stream": pa.array([STREAM.id]).take(pa.array(np.zeros(n, np.int32))), "time": block.time}
    engine.arrow("readings", pa.table({**table, "count": block.count}))
    days = Periods("day")

    def view() -> View:
        return correct(block, STREAM, made, known=1)

    def query() -> Gathered:
        source = Source(STREAM, Subject("PT-01"), u=U_READ)
        return corrected_sums(engine, corrected({STREAM.id: source}, made, 1, days))[STREAM.id]

    found: dict[str, Callable[[], Any]] = {
        "values by hand": lambda: values_by_hand(block, *numbers),
        "view": lambda: view().value,
        "sums by hand": lambda: sums_by_hand(block, *numbers),
        "view, days, influences": lambda: by_days(gather(view(), days)),
        "DuckDB, days, influences": lambda: by_days(query()),
    }
    return found, engine


def same(found: Any, expected: Any) -> float:
    """The largest relative difference."""
    pairs = zip(found, expected, strict=True) if isinstance(found, tuple) else [(found, expected)]
    return max(float(np.max(np.abs(a / b - 1.0))) for a, b in pairs)


def measured(works: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Medians of CPU and wall seconds, in turn, so that all see the same machine; a first round warms up.

    Who takes memory anew from the system pays for each page, so no work may come before its peer in every round.
    """
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name in list(works)[:: 1 if number % 2 else -1]:
            cpu, wall = time.process_time(), time.perf_counter()
            works[name]()
            if number:
                seconds[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    return {name: [statistics.median(column) for column in zip(*row, strict=True)] for name, row in seconds.items()}


def main() -> int:
    """Check the answers, measure in turn, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n", nargs="?", type=int, default=BINDS)
    parser.add_argument("certificates", nargs="?", type=int, default=1000)
    wish = parser.parse_args()
    found, engine = works(wish.n, wish.certificates)
    floors = {"view": "values by hand"} | dict.fromkeys(list(found)[3:], "sums by hand")
    worst = max(same(found[name](), found[floor]()) for name, floor in floors.items())
    if worst > 1e-10:
        print(f"answers differ by {worst:.1e}")
        return 1
    times = measured(dict(list(found.items())[:2]), 9) | measured(dict(list(found.items())[2:]), 3)
    engine.close()
    print(f"n = {wish.n}, {wish.certificates} certificates, answers agree to {worst:.0e}")
    for name, (cpu, wall) in times.items():
        floor = times[floors.get(name, name)]
        print(
            f"{name:25} {cpu:8.3f} s CPU {wall:8.3f} s wall {cpu / floor[0]:8.2f} × CPU {wall / floor[1]:8.2f} × wall"
        )
    if wish.n < BINDS:
        print(f"no verdict: the promise binds from n = {BINDS} on")
        return 0
    ratio = times["view"][0] / times["values by hand"][0]
    print(f"{'kept' if ratio <= LIMIT else 'BROKEN'}: {ratio:.2f} ≤ {LIMIT} times the product by hand")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
