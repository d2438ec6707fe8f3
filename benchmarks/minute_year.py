"""A year of minutes of ten stacks, corrected, valid, as mass flow, by hour, day and year with its budget: time, memory.

Ten stacks × 525 600 minutes × 7 columns (SO2, CO2, flow, temperature, pressure, moisture, status) of scaled integers in
Parquet, a row group a month. Each of the six instruments of a stack has four certificates in the year (gain and offset,
correlated, all on the laboratory's one reference). Ours, stack by stack: read; correct by the certificate of its time;
rows of status 0 and within all calibrated ranges count; sums by hour of SO2 mass flow, c·Q·273.15/T·p/101.325·(1−w),
by a formula over five corrected streams row by row, and of CO2 on its own (what was read is named, not digested: a lake
knows the digests of its blocks; least and greatest counts are those of the file's statistics). Then hours with at least
75 % of their minutes; days and the year with all influences.
Streams, certificates, which counts when and the formula are made once, before. Floor: reading the same columns of the
same months into arrays, nothing else. By hand, for the answer: a segment's NumPy with partial derivatives written out.

    python benchmarks/minute_year.py [STACKS] [MINUTES]

Promise: at most 2 times reading the columns (CPU, in turn), below 300 MB (peak of a fresh process). Exits 1 where an
answer differs or a promise is broken; promises bind from 10 stacks × 525 600 minutes on.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from suyuan.quantity.budget import by_influence
from suyuan.quantity.correction import Correction, gain_and_offset
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.notation import notate
from suyuan.quantity.quantity import joint, quantity
from suyuan.series.asof import Subject, Windows, windows
from suyuan.series.block import Block
from suyuan.series.gathering import gather_views
from suyuan.series.periods import Periods
from suyuan.series.several import Seen, gather_blocks
from suyuan.series.stream import Stream
from suyuan.series.summary import resample
from suyuan.series.view import View, correct

LIMIT, MEGABYTES, ROUNDS = 2.0, 300, 3
STACKS, MINUTES, MINUTE, QUARTERS, MONTH = 10, 525_600, 60_000_000, 4, 525_600 // 12
START = 1_735_689_600_000_000  # 2025-01-01T00:00Z
U_GAIN, U_OFFSET, R, LEAST = 0.004, 0.02, -0.3, 0.75
FORMULA = Formula("so2*1e-6*flow*(273.15/temperature)*(pressure/101.325)*(1-moisture/100)")
# name: kind, unit, resolution, centre and half-width of the counts, u of a reading in counts
COLUMNS = {
    "so2": ("mass_concentration", "mg/m3", "0.01", 3500, 900, 10.0),
    "co2": ("mass_concentration", "mg/m3", "1", 200_000, 20_000, 300.0),
    "flow": ("volume_flow", "m3/h", "1", 400_000, 30_000, 2000.0),
    "temperature": ("temperature", "K", "0.1", 3331, 80, 5.0),
    "pressure": ("pressure", "kPa", "0.01", 10_090, 60, 3.0),
    "moisture": ("ratio", "%", "0.01", 1100, 150, 15.0),
}
USED = ("so2", "flow", "temperature", "pressure", "moisture")


def write(folder: Path, stacks: int, minutes: int) -> None:
    """One file a stack: time, six columns of counts that wander, and a status that is 0 for 97 of 100 minutes."""
    for number in range(stacks):
        rng = np.random.default_rng(number)
        table: dict[str, Any] = {"time": START + np.arange(minutes) * MINUTE}
        for name, (_, _, _, centre, half, _) in COLUMNS.items():
            wander = half * 0.6 * np.sin(np.arange(minutes) / 1440.0 + number)
            table[name] = np.round(centre + wander + half * 0.1 * rng.standard_normal(minutes)).astype(np.int64)
        table["status"] = (np.repeat(rng.random(minutes // 30 + 1), 30)[:minutes] > 0.97).astype(np.int64)
        encoding = dict.fromkeys(table, "DELTA_BINARY_PACKED")
        pq.write_table(pa.table(table), folder / f"{number}.parquet", use_dictionary=False, column_encoding=encoding,
                       compression="zstd", row_group_size=MONTH)  # fmt: skip


def certificates(stack: int, minutes: int) -> dict[str, list[Correction]]:
    """Four a year for each instrument, each beginning on a day of its own."""
    rng = np.random.default_rng(1000 + stack)
    leaf = quantity(0.0, 1.0, id="f" * 32, label="reference")
    made: dict[str, list[Correction]] = {}
    for place, (name, (_, unit, resolution, centre, half, _)) in enumerate(COLUMNS.items()):
        size = centre * float(resolution)
        for q in range(QUARTERS):
            begin = START + (q * minutes // QUARTERS + (place * 997 if q else 0)) * MINUTE
            offset = 1e-3 * size
            g, o = joint([1.0 + rng.normal(0.0, 2e-3), rng.normal(0.0, offset)], [U_GAIN, U_OFFSET * offset],
                         [[1.0, R], [R, 1.0]], ["1", "1"], label=f"{stack} {name} {q}")  # fmt: skip
            model, parameters = gain_and_offset(g, o + (0.001 * size) * leaf)
            span = ((centre - 2 * half) * float(resolution), (centre + 2 * half) * float(resolution))
            made.setdefault(name, []).append(
                Correction(f"{stack} {name} {q}", f"{stack} {name}", model, parameters, begin, 0, raw_unit=unit,
                           unit=unit, range=span)
            )  # fmt: skip
    return made


Ends = dict[str, tuple[int, int]]


def columns_of(file: pq.ParquetFile) -> Iterator[dict[str, np.ndarray]]:
    """The floor: the columns of one stack as arrays, month by month (a row group each)."""
    for month in range(file.num_row_groups):
        table = file.read_row_group(month, use_threads=False)
        yield {name: table[name].chunk(0).to_numpy() for name in table.column_names}


def ends_of(file: pq.ParquetFile) -> Iterator[Ends]:
    """The least and the greatest count of each stream and month, from the statistics of the file."""
    names = file.schema_arrow.names
    for month in range(file.num_row_groups):
        group = file.metadata.row_group(month)
        found = {name: group.column(place).statistics for place, name in enumerate(names) if name in COLUMNS}
        yield {name: (statistics.min, statistics.max) for name, statistics in found.items()}


def read_only(path: Path) -> None:
    """Every column of every month, and nothing else."""
    with pq.ParquetFile(path) as file:
        for _ in columns_of(file):
            pass


@dataclass(frozen=True)
class Stack:
    """What is set up once: streams, and which certificate counts when, as known now."""

    number: int
    streams: dict[str, Stream]
    windows: dict[str, Windows]


def set_up(number: int, minutes: int) -> Stack:
    """Streams and certificates of one stack."""
    streams, held = {}, {}
    for name, made in certificates(number, minutes).items():
        kind, unit, resolution, _, _, _ = COLUMNS[name]
        streams[name] = Stream(f"{number}-{name}", kind, unit, f"{number} {name}", resolution=Decimal(resolution),
                               sampling=60.0)  # fmt: skip
        held[name] = windows(made, 1, Subject.of(streams[name], streams[name].instrument))
    return Stack(number, streams, held)


def views_of(stack: Stack, held: dict[str, np.ndarray], ends: Ends) -> dict[str, View]:
    """Each column as the certificates of its time correct it."""
    found: dict[str, View] = {}
    first: Block | None = None
    for name, stream in stack.streams.items():
        u = COLUMNS[name][5] * float(stream.resolution)
        if first is None:
            first = Block(stream.id, stream.instrument, held["time"], held[name], stream.resolution, u=u)
        block = first.beside(stream, held[name], u=u, ends=ends[name])  # one order of times for all
        found[name] = correct(block, stream, stack.windows[name])
    return found


def one_stack(path: Path, stack: Stack) -> dict[str, Any]:
    """Hours, days and the year of one stack; what belongs together is done together, so that it stays in the cache."""
    hour, name = Periods("hour"), f"{stack.number} mass flow"
    with pq.ParquetFile(path) as file:
        months = list(columns_of(file))
        views = [views_of(stack, held, ends) for held, ends in zip(months, ends_of(file), strict=True)]
    good = [held["status"] == 0 for held in months]
    sources = [f"{path.name} {month}" for month in range(len(months))]
    blocks = [Seen({n: month[n] for n in USED}, *rest) for month, *rest in zip(views, good, sources, strict=True)]
    hours = gather_blocks(FORMULA, blocks, "kg/h", name, hour)
    co2 = gather_views([month["co2"] for month in views], hour, good, sources)
    stream = Stream(name, "mass_flow", "kg/h", name, resolution=Decimal("0.01"), sampling=60.0)
    hourly = resample(hours, stream, LEAST)
    valid = hours.within(hourly.number[hourly.known])
    return {"hours": hours, "hourly": hourly, "days": valid.days().means(), "year": valid.one().means(),
            "co2": co2.one().means()}  # fmt: skip


def by_hand(path: Path, stack: int, minutes: int) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Hourly means and u, the year's mean and u of valid hours, by partial derivatives written out."""
    with pq.ParquetFile(path) as file:
        months = list(columns_of(file))
    held = {name: np.concatenate([month[name] for month in months]) for name in months[0]}
    made = certificates(stack, minutes)
    t = held["time"]
    y, g, raw, q = {}, {}, {}, {}
    good = held["status"] == 0
    for name in USED:
        raw[name] = held[name] * float(COLUMNS[name][2])
        q[name] = np.searchsorted([c.valid_from for c in made[name]], t, side="right") - 1
        gains, offsets = (np.array([float(list(c.parameters.values())[i].value) for c in made[name]]) for i in (0, 1))
        g[name] = gains[q[name]]
        y[name] = g[name] * raw[name] + offsets[q[name]]
        low, high = made[name][0].range or (0.0, 0.0)
        good &= (raw[name] >= low) & (raw[name] <= high)
    z = y["so2"] * 1e-6 * y["flow"] * 273.15 / y["temperature"] * y["pressure"] / 101.325 * (1 - y["moisture"] / 100)
    bar = {n: z / y[n] for n in ("so2", "flow", "pressure")}
    bar |= {"temperature": -z / y["temperature"], "moisture": -z / (100 - y["moisture"])}
    hour = (t - START) // (60 * MINUTE)
    enough = np.bincount(hour, good) >= LEAST * 60

    def spread(group: np.ndarray, keep: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
        def total(x: np.ndarray) -> np.ndarray:
            return np.bincount(group[keep], x[keep], minlength=size)

        count, variance, leaf = total(np.ones(len(z))), np.zeros(size), np.zeros(size)
        for n in USED:
            _, _, resolution, centre, _, u = COLUMNS[n]
            scale = centre * float(resolution)
            variance += total((bar[n] * g[n] * u * float(resolution)) ** 2)
            leaf += total(bar[n]) * 0.001 * scale
            for k in range(QUARTERS):
                mine = bar[n] * (q[n] == k)
                a, b = total(mine * raw[n]) * U_GAIN, total(mine) * U_OFFSET * 1e-3 * scale
                variance += a * a + b * b + 2 * R * a * b
        count = np.maximum(count, 1.0)  # an hour without a row is not enough
        return total(z) / count, np.sqrt(variance + leaf**2) / count

    hours, u = spread(hour, good, len(enough))
    year, u_year = spread(np.zeros(len(z), np.int64), good & enough[hour], 1)
    return hours[enough], u[enough], float(year[0]), float(u_year[0])


def differ(path: Path, stack: int, minutes: int) -> float:
    """The largest relative difference from what is written by hand."""
    found, (hours, u, year, u_year) = one_stack(path, set_up(stack, minutes)), by_hand(path, stack, minutes)
    mine = found["hourly"].quantity
    pairs = [(mine.value, hours), (mine.u, u), (found["year"].value, year), (found["year"].u, u_year)]
    return max(float(np.max(np.abs(np.asarray(a) / b - 1.0))) for a, b in pairs)


def peak(folder: Path, stacks: int, minutes: int, what: str) -> float:
    """Peak memory of a fresh process in MB, also of one that only reads."""
    line = [sys.executable, __file__, "--only", what, str(folder), str(stacks), str(minutes)]
    out = subprocess.run(line, capture_output=True, text=True, check=True)
    return int(out.stdout.split()[-1]) * 1024 / 1e6


def only(what: str, folder: Path, stacks: int, minutes: int) -> None:
    """What the fresh process does."""
    for number in range(stacks):
        path = folder / f"{number}.parquet"
        read_only(path) if what == "read" else one_stack(path, set_up(number, minutes))
    status = Path("/proc/self/status").read_text()  # rusage would count the parent's memory before exec
    print(status.split("VmHWM:")[1].split()[0])


def main() -> int:
    """Write, compare, measure in turn, print, judge."""
    if sys.argv[1:2] == ["--only"]:
        only(sys.argv[2], Path(sys.argv[3]), *map(int, sys.argv[4:6]))
        return 0
    stacks, minutes = (int(sys.argv[i]) if len(sys.argv) > i else x for i, x in ((1, STACKS), (2, MINUTES)))
    folder = Path(tempfile.mkdtemp(prefix="suyuan-minute-year-"))
    try:
        write(folder, stacks, minutes)
        worst = max(differ(folder / f"{number}.parquet", number, minutes) for number in (0, stacks - 1))
        print(f"{stacks * minutes:,} rows × 7 columns; hours and year agree with sums by hand to {worst:.0e}")
        if not worst < 1e-9:
            return 1
        stacked = [set_up(number, minutes) for number in range(stacks)]
        times: list[list[float]] = [[], [], []]
        for turn in range(ROUNDS):
            works: list[Callable[[Path, int], Any]] = [lambda p, n: read_only(p), lambda p, n: one_stack(p, stacked[n])]
            works += [lambda p, n: by_hand(p, n, minutes)] if not turn else []  # slow, and without a promise
            for place, work in enumerate(works):
                begin = time.process_time()
                for number in range(stacks):
                    work(folder / f"{number}.parquet", number)
                times[place].append(time.process_time() - begin)
        read, mine, hand = map(statistics.median, times)
        size = [peak(folder, stacks, minutes, what) for what in ("read", "all")]
        print(f"CPU: read {read:.2f} s, ours {mine:.2f} s, by hand {hand:.2f} s: {mine / read:.2f} × reading "
              f"(≤ {LIMIT:g}), {mine / hand:.2f} × by hand; peak {size[1]:.0f} MB (< {MEGABYTES}), "
              f"reading alone {size[0]:.0f} MB")  # fmt: skip
        row = one_stack(folder / "0.parquet", stacked[0])["year"][0]
        print(f"stack 0: {notate(float(row.value), float(row.u), row.unit).concise}")
        for line in by_influence(row)[:5]:
            print(f"  {line.name:28} {100 * line.share:5.1f} %")
        if stacks * minutes < STACKS * MINUTES:
            print("no verdict: the promises bind at the full size")
            return 0
        kept = mine <= LIMIT * read and size[1] < MEGABYTES
        print("kept" if kept else "BROKEN")
        return 0 if kept else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
