"""Algorithm A of ISO 13528 for many measurands at once, beside one sort of the same numbers and the plain iteration.

Measured in one run, on the same numbers: 100 000 measurands of 50 laboratories, half of them with heavy tails, some
with two groups. Ours goes to the fixed point; the plain iteration winsorises whole arrays until x* and s* move by less
than 10⁻¹⁰ of s*, and again to 10⁻¹⁴ to compare answers. Promise: ours takes at most 20 times one `np.sort` of the
array, and the answers agree to 10⁻⁹ of s*.

    python benchmarks/comparison_robust.py [measurands] [--no-peer]

CPU seconds of this process (other jobs do not count), best of several, one BLAS thread. Exits 1 where an answer differs
or a promise is broken; the promise binds from 10 000 measurands on. Where R with metRology is on the machine, its algA
is measured on the first 500 measurands; its answers, from a loose stop, are compared loosely.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from suyuan.comparison.proficiency.constants import winsorised_factor
from suyuan.comparison.proficiency.q_method import hampel, q_method
from suyuan.comparison.proficiency.robust import algorithm_a
from suyuan.comparison.proficiency.spread import qn

LABORATORIES, LIMIT, BINDS = 50, 20.0, 10_000
R_PROGRAM = """
suppressMessages(library(metRology))
x <- as.matrix(read.csv(commandArgs(TRUE)[1], header = FALSE))
began <- proc.time()[["user.self"]]
found <- apply(x, 1, function(row) { a <- algA(row); c(a$mu, a$s) })
cat(proc.time()[["user.self"]] - began, "\\n")
write.table(t(found), commandArgs(TRUE)[2], row.names = FALSE, col.names = FALSE)
"""


def best(act: Callable[[], Any], repetitions: int) -> tuple[float, Any]:
    """Least CPU seconds of several runs, and the last answer."""
    spent, answer = [], None
    for _ in range(repetitions):
        start = time.process_time()
        answer = act()
        spent.append(time.process_time() - start)
    return min(spent), answer


def results(measurands: int) -> np.ndarray:
    """Results of a round: normal ones, heavy tails, and a second group of a fifth of the laboratories."""
    rng = np.random.default_rng(20_260_103)
    x = rng.standard_normal((measurands, LABORATORIES))
    x[1::2] = rng.standard_t(2, x[1::2].shape)
    x[::5, : LABORATORIES // 5] += 6.0
    return 100.0 + x


def plain(x: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray, int]:
    """Algorithm A as the standard writes it, on whole arrays, only those iterated on that still move."""
    mean = np.median(x, axis=1)
    s = 1.4826 * np.median(np.abs(x - mean[:, None]), axis=1)
    factor, live, step = winsorised_factor(), np.arange(len(x)), 0
    while live.size:
        step += 1
        wide = 1.5 * s[live]
        kept = np.clip(x[live], (mean[live] - wide)[:, None], (mean[live] + wide)[:, None])
        new, spread = kept.mean(axis=1), factor * kept.std(axis=1, ddof=1)
        moved = np.maximum(np.abs(new - mean[live]), np.abs(spread - s[live])) > tolerance * spread
        mean[live], s[live] = new, spread
        live = live[moved] if step < 2000 else live[:0]
    return mean, s, step


def peer(x: np.ndarray) -> tuple[float, np.ndarray] | None:
    """CPU seconds and answers of metRology's algA, None where it is not on the machine."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        given, found, program = (Path(folder) / name for name in ("x.csv", "found.txt", "run.R"))
        np.savetxt(given, x, delimiter=",", fmt="%.17g")
        program.write_text(R_PROGRAM, "utf-8")
        run = subprocess.run(["Rscript", program, given, found], capture_output=True, text=True, check=False)
        return (float(run.stdout), np.loadtxt(found)) if run.returncode == 0 else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measurands", nargs="?", type=int, default=100_000)
    parser.add_argument("--no-peer", action="store_true")
    given = parser.parse_args()
    x = results(given.measurands)
    n = len(x)
    floor, _ = best(lambda: np.sort(x, axis=1), 5)
    ours, found = best(lambda: algorithm_a(x), 5)
    iterated, (mean, s, steps) = best(lambda: plain(x, 1e-10), 1)
    mean, s, _ = plain(x, 1e-14)
    away = max(float(np.max(np.abs(found.value - mean) / s)), float(np.max(np.abs(found.s / s - 1.0))))
    ok = away <= 1e-9
    print(f"algorithm A, {n} measurands × {LABORATORIES} laboratories: {ours / floor:.2f} × one np.sort "
          f"({ours * 1e3:.0f} ms beside {floor * 1e3:.0f} ms), counted {found.steps.mean():.1f} times, "
          f"at most {found.steps.max()}")  # fmt: skip
    print(f"  plain iteration to 1e-10 on whole arrays: {iterated / ours:.0f} × ours, up to {steps} steps; "
          f"answers differ by at most {away:.1e} of s*")  # fmt: skip
    ok &= n < BINDS or ours <= LIMIT * floor
    part = x[: min(n, 2000)]
    for name, act in (("Qn", qn), ("Q method", q_method), ("Hampel", hampel)):
        spent, _ = best(lambda: act(part), 1)  # noqa: B023 (run at once)
        print(f"  {name}: {spent / len(part) * 1e6:.0f} µs a measurand, "
              f"algorithm A {ours / n * 1e6:.1f} µs")  # fmt: skip
    other = None if given.no_peer else peer(x[: min(n, 500)])
    if other is not None:
        spent, answers = other
        m = len(answers)
        ok &= bool(np.allclose(answers[:, 1], found.s[:m], rtol=5e-3))
        worst = float(np.max(np.abs(answers[:, 1] / found.s[:m] - 1.0)))
        print(f"  metRology algA: {spent / m / (ours / n):.0f} × ours a measurand, s* off by up to {worst:.0e}")
    if not ok:
        print("an answer differs, or a promise is broken", file=sys.stderr)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
