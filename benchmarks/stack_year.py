"""A stack's year of minutes to its total in tonnes with budget, again after a certificate has changed, and ten stacks.

525 600 minutes × 7 columns (CO2 dry, velocity, temperature, pressure, moisture, load, status) of scaled integers in
Parquet, a row group a month. Each of the five instruments has four certificates in the year (gain and offset), CO2 on a
gas standard that all stacks share. Ours: read; unite the marks of all columns; an hour counts from 45 valid minutes on;
hourly means under the certificates of their times; mass flow by the measurement model, moisture once; lost hours by the
look-backs of HJ 75 beside a best estimate; the year and its budget, legal and best. Then the certificate of the gas
analyser that began with December is replaced by another one in each round, and the year that was made just before is
claimed again: its hours follow from the sums that were kept, no minute is read.
Floor: reading the same columns of the same files into arrays, nothing else. By hand, for the answer: NumPy with partial
derivatives written out.

    python benchmarks/stack_year.py [STACKS]

Promise: one stack, and ten, at most 2 times reading the columns (CPU, in turn); below 300 MB (peak of a fresh process
with ten stacks); the year again at most a tenth of the first. Exits 1 where an answer differs or a promise is broken;
the promises of memory and ten stacks bind from 10 stacks on.
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
from collections.abc import Callable, Sequence
from datetime import UTC, date
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from suyuan.carbon.monitoring.hours.calendar import calendar
from suyuan.carbon.monitoring.hours.minutes import Flags, Minutes
from suyuan.carbon.monitoring.hours.month import Course
from suyuan.carbon.monitoring.hours.stack import Channel, Stack
from suyuan.carbon.monitoring.year.year import KINDS, StackYear
from suyuan.carbon.rule import Rules, rules
from suyuan.quantity.budget import by_influence
from suyuan.quantity.correction import Correction, gain_and_offset
from suyuan.quantity.influence import identity
from suyuan.quantity.notation import notate
from suyuan.quantity.quantity import quantity
from suyuan.verbs.carbon.stack import course_of, reclaimed, stack_year

LIMIT, AGAIN, MEGABYTES, ROUNDS, STACKS = 2.0, 0.1, 300, 9, 10
YEAR, MINUTE, AREA, U_AREA, GAS = 2025, 60_000_000, 38.5, 0.3, 0.006
HOURS = calendar(YEAR, UTC)
STANDARD = quantity(1.0, GAS, label="gas standard", id=identity("gas standard"))
LEGEND = ("measured", "calibration", "fault", "maintenance", "not operating")
# name: unit, resolution, centre and half-width in the unit, gain and offset with u (relative to the centre), u own
COLUMNS = {
    "co2": ("%", 0.01, 12.0, 1.5, 1.005, 0.0, 0.004, 0.002, 0.1),
    "velocity": ("m/s", 0.01, 15.0, 3.0, 0.985, 0.0, 0.015, 0.005, 0.3),
    "temperature": ("degC", 0.1, 120.0, 15.0, 1.0, -0.5, 0.002, 0.004, 0.5),
    "pressure": ("kPa", 0.01, 101.3, 0.4, 1.0, 0.02, 0.0005, 0.0003, 0.02),
    "moisture": ("%", 0.01, 8.0, 1.0, 1.02, 0.0, 0.03, 0.01, 0.1),
}


MONTHS = tuple(range(1, 13))


def write(folder: Path, stacks: int, months: Sequence[int] = MONTHS) -> None:
    """One file a stack: counts that wander with the load, one stop, faults and calibrations."""
    for number in range(stacks):
        rng = np.random.default_rng(number)
        writer = None
        for month in months:
            first, last = HOURS.span(month)
            at = np.arange(first, last, MINUTE)
            load = np.sin(at / MINUTE / 1440.0 + number)
            table = {"stack": np.full(len(at), number), "time": at}
            for name, (_, step, centre, half, *_) in COLUMNS.items():
                noise = 0.05 * rng.standard_normal(len(at))
                table[name] = np.round((centre + half * (0.7 * load + noise)) / step).astype(np.int64)
            table["load"] = np.round(300.0 + 50.0 * load).astype(np.int64)
            status = np.zeros(len(at), np.int64)
            for begin in range(600, len(at), 1440):
                status[begin : begin + 12] = 1  # a calibration a day
            for begin in rng.integers(2000, len(at) - 900, 4):
                status[begin : begin + int(rng.integers(20, 600))] = 2
            status[20_000:24_000] = 4 if month == 7 else status[20_000:24_000]
            table["status"] = status
            arrow = pa.table(table)
            if writer is None:
                writer = pq.ParquetWriter(folder / f"{number}.parquet", arrow.schema, compression="zstd",
                                          use_dictionary=False,
                                          column_encoding=dict.fromkeys(table, "DELTA_BINARY_PACKED"))  # fmt: skip
            writer.write_table(arrow, row_group_size=len(at))
        assert writer is not None
        writer.close()


NAMES = ["time", *COLUMNS, "load", "status"]


def month_of(file: pq.ParquetFile, month: int) -> dict[str, np.ndarray]:
    """The columns of a month as arrays."""
    group = file.read_row_group(month - 1, columns=NAMES, use_threads=False)
    return {name: group.column(name).to_numpy() for name in NAMES}


def read_only(path: Path) -> None:
    """The floor."""
    file = pq.ParquetFile(path)
    for month in range(1, 13):
        month_of(file, month)


def minutes_of(path: Path, asked: list[int] | None = None) -> Callable[[int], Minutes]:
    """Months of a file, which is opened when the first is asked for. asked: takes down which."""
    file = cache(lambda: pq.ParquetFile(path))

    def read(month: int) -> Minutes:
        if asked is not None:
            asked.append(month)
        held = month_of(file(), month)
        flags = (Flags(held.pop("status"), LEGEND),)
        return Minutes(held.pop("time"), held, flags, path.name)

    return read


def stack_of(number: int) -> Stack:
    channels = tuple(
        Channel(name, name, row[0], f"{number} {name}", "dry" if name == "co2" else "wet", u=row[8], resolution=row[1])
        for name, row in COLUMNS.items()
    )
    area = quantity(AREA, U_AREA, "m2", label=f"{number} area", id=identity("area", str(number)))
    return Stack(f"S{number}", channels, {"area": area}, load="load")


def begins() -> list[int]:
    """When the four certificates of an instrument begin."""
    return [int(HOURS.begin[0]) - MINUTE, *(int(HOURS.begin[HOURS.of_month(m).start]) for m in (4, 8, 12))]


def certificates(number: int) -> list[Correction]:
    """Four a year for each instrument."""
    return [certificate(number, name, q) for name in COLUMNS for q in range(4)]


def certificate(number: int, name: str, q: int, changed: int = 0) -> Correction:
    """One of them; changed: what replaces it, with another gain each time."""
    unit, _, centre, _, gain, offset, u_gain, u_offset, _ = COLUMNS[name]
    first = f"{number} {name} {q}"
    mark = f"{first} again {changed}" if changed else first
    g = quantity(gain + 1e-4 * changed, u_gain, id=identity(mark, "gain"), label=f"{mark} gain")
    o = quantity(offset, u_offset * centre, "K" if unit == "degC" else unit, id=identity(mark, "offset"),
                 label=f"{mark} offset")  # fmt: skip
    model, parameters = gain_and_offset(g * STANDARD if name == "co2" else g, o)
    return Correction(mark, f"{number} {name}", model, parameters, begins()[q], 0, raw_unit=unit, unit=unit,
                      range=(centre * 0.5, centre * 1.6), supersedes=(first,) if changed else ())  # fmt: skip


@cache
def held(number: int, changed: int = 0) -> tuple[Stack, list[Correction]]:
    """What a register of stacks and certificates hands out. changed: with what replaces the last one of the gas
    analyser, known beside those there were."""
    if changed:
        return held(number)[0], [*held(number)[1], certificate(number, "co2", 3, changed)]
    return stack_of(number), certificates(number)


def course(number: int, changed: int = 0) -> tuple[Course, Rules]:
    law = rules("HJ 75-2017", date(YEAR, 6, 1))
    stack, every = held(number, changed)
    return course_of(stack, law, every, HOURS.end, YEAR, UTC), law


def one_stack(path: Path, number: int) -> StackYear:
    """The year, its total and the budget of both."""
    made, law = course(number)
    year = stack_year(made, law, HOURS.end, minutes_of(path))
    assert year.complete and float(year.total().u) > 0.0 and float(year.total("best").u) > 0.0
    return year


def once_more(path: Path, number: int, old: StackYear, changed: int = 1) -> StackYear:
    """The same after the certificate has changed."""
    made, law = course(number, changed)
    asked: list[int] = []
    year, again = reclaimed(old, made, law, HOURS.end, minutes_of(path, asked))
    assert again == (12,) and not asked and float(year.total().u) > 0.0 and float(year.total("best").u) > 0.0
    return year


# ---------------------------------------------------------------- by hand


def by_hand(path: Path) -> tuple[float, float]:
    """Legal total and its u, by sums and partial derivatives written out."""
    file = pq.ParquetFile(path)
    held = {name: np.concatenate([month_of(file, m)[name] for m in range(1, 13)]) for name in NAMES}
    good = (held["status"] == 0).reshape(-1, 60)
    runs = (held["status"] != 4).reshape(-1, 60).mean(axis=1)
    count = good.sum(axis=1)
    raw, y = {}, {}
    with np.errstate(invalid="ignore", divide="ignore"):
        for name, (_, step, _, _, gain, offset, *_) in COLUMNS.items():
            raw[name] = (held[name].reshape(-1, 60) * good).sum(axis=1) * step / count
            y[name] = gain * raw[name] + offset
        k = AREA * 3600.0 * 273.15 / 101.325 * 44.0095 / 22.414 / 1e5
        kelvin = y["temperature"] + 273.15
        rate = k * y["co2"] * y["velocity"] * y["pressure"] / kelvin * (1.0 - y["moisture"] / 100.0)
    slope = {"co2": rate / y["co2"], "velocity": rate / y["velocity"], "pressure": rate / y["pressure"],
             "temperature": -rate / kelvin, "moisture": -rate / (100.0 - y["moisture"])}  # fmt: skip
    run, measured = runs > 0.0, (count >= 45) & (runs > 0.0)
    weight, value = np.where(measured, runs, 0.0), np.where(measured, rate, np.nan)
    for hour in np.flatnonzero(run & ~measured):
        start = hour
        while start and (not measured[start - 1]):
            start -= 1
        length = 0
        for other in range(start, len(run)):
            if measured[other]:
                break
            length += bool(run[other])
        last = np.flatnonzero(measured[:start])[-(180 if length <= 24 else 720) :]
        weight[last[np.argmax(value[last])]] += runs[hour]
    total = float(np.nansum(weight * value))
    number = np.searchsorted(begins(), HOURS.begin, side="right") - 1
    square, shared = (total * U_AREA / AREA) ** 2, 0.0
    for name, (_, _, centre, _, gain, _, u_gain, u_offset, own) in COLUMNS.items():
        s = np.where(weight > 0.0, weight * slope[name], 0.0)
        x = np.where(weight > 0.0, raw[name], 0.0)
        square += float(np.sum(np.where(weight > 0.0, (s * gain * own) ** 2 / np.maximum(count, 1), 0.0)))
        for q in range(4):
            mine = number == q
            square += (float((s * x)[mine].sum()) * u_gain) ** 2 + (float(s[mine].sum()) * u_offset * centre) ** 2
        if name == "co2":
            shared = float((s * x).sum()) * gain * GAS
    return total, float(np.sqrt(square + shared**2))


def stack_year_again(path: Path, number: int) -> StackYear:
    """The year from its minutes after the certificate has changed."""
    made, law = course(number, 1)
    return stack_year(made, law, HOURS.end, minutes_of(path))


def apart(a: StackYear, b: StackYear) -> float:
    """The largest relative difference of totals and u, legal and best."""
    pairs = [(a.total(kind), b.total(kind)) for kind in KINDS]
    return max(abs(float(x) / float(y) - 1.0) for p, q in pairs for x, y in ((p.value, q.value), (p.u, q.u)))


def differ(path: Path, number: int) -> float:
    """The largest relative difference from what is written by hand."""
    found, (total, u) = one_stack(path, number).total(), by_hand(path)
    return max(abs(float(found.value) / total - 1.0), abs(float(found.u) / u - 1.0))


# ---------------------------------------------------------------- measuring


def cpu(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def in_turn(*works: Callable[[], object]) -> list[float]:
    """Median CPU seconds of each, one after the other in each round."""
    times = [[cpu(work) for work in works] for _ in range(ROUNDS)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def peak(folder: Path, stacks: int, what: str) -> float:
    """Peak memory of a fresh process in MB."""
    line = [sys.executable, __file__, "--only", what, str(folder), str(stacks)]
    out = subprocess.run(line, capture_output=True, text=True, check=True)
    return int(out.stdout.split()[-1]) * 1024 / 1e6


def only(what: str, folder: Path, stacks: int) -> None:
    """What the fresh process does: all years are kept, and their sum."""
    if what == "read":
        for number in range(stacks):
            read_only(folder / f"{number}.parquet")
    else:
        whole([one_stack(folder / f"{number}.parquet", number) for number in range(stacks)])
    status = Path("/proc/self/status").read_text()  # rusage would count the parent's memory before exec
    print(status.split("VmHWM:")[1].split()[0])


def whole(years: list[StackYear]) -> tuple[float, float]:
    """Sum of the totals and its u."""
    total = years[0].total()
    for year in years[1:]:
        total = total + year.total()
    return float(total.value), float(total.u)


def main() -> int:
    """Write, compare, measure in turn, print, judge."""
    if sys.argv[1:2] == ["--only"]:
        only(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
        return 0
    stacks = int(sys.argv[1]) if len(sys.argv) > 1 else STACKS
    folder = Path(tempfile.mkdtemp(prefix="suyuan-stack-year-"))
    try:
        write(folder, stacks)
        paths = [folder / f"{number}.parquet" for number in range(stacks)]
        worst = max(differ(paths[number], number) for number in (0, stacks - 1))
        print(f"{stacks * len(HOURS) * 60:,} rows × 8 columns; total and u agree with sums by hand to {worst:.0e}")
        if not worst < 1e-9:
            return 1
        years, rounds = [one_stack(paths[0], 0)], iter(range(1, ROUNDS + 1))
        for changed in range(ROUNDS + 1):
            held(0, changed)  # what a register hands out
        read, first, again = in_turn(
            lambda: read_only(paths[0]),
            lambda: years.append(one_stack(paths[0], 0)),
            lambda: once_more(paths[0], 0, years.pop(), next(rounds)),
        )
        old = years[0]
        far = apart(once_more(paths[0], 0, old), stack_year_again(paths[0], 0))
        print(f"claimed again and claimed anew agree to {far:.0e}")
        if not far < 1e-12:
            return 1
        print(f"one stack, CPU: read {1e3 * read:.0f} ms, ours {1e3 * first:.0f} ms: {first / read:.2f} × reading "
              f"(≤ {LIMIT:g}); again {1e3 * again:.0f} ms: {again / first:.2f} × the first (≤ {AGAIN:g})")  # fmt: skip
        all_read, ours = in_turn(
            lambda: [read_only(path) for path in paths],
            lambda: whole([one_stack(path, number) for number, path in enumerate(paths)]),
        )
        size = [peak(folder, stacks, what) for what in ("read", "all")]
        print(f"{stacks} stacks and their sum, CPU: read {all_read:.2f} s, ours {ours:.2f} s: {ours / all_read:.2f} "
              f"× reading (≤ {LIMIT:g}); peak {size[1]:.0f} MB (< {MEGABYTES}), reading {size[0]:.0f} MB")  # fmt: skip
        for kind in ("legal", "best"):
            row = old.total(kind)  # type: ignore[arg-type]
            print(f"stack 0, {kind}: {notate(float(row.value), float(row.u), row.unit).concise}")
        for line in by_influence(old.total())[:5]:
            print(f"  {line.name:28} {100 * line.share:5.1f} %")
        kept = first <= LIMIT * read and again <= AGAIN * first
        if stacks >= STACKS:
            kept = kept and ours <= LIMIT * all_read and size[1] < MEGABYTES
        print("kept" if kept else "BROKEN")
        return 0 if kept else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
