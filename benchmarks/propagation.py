"""Propagation: arrays, single numbers, memory, against hand-fused NumPy and other packages.

Arrays: `(a·x + b)·exp(−c·t)` with shared correlated a, b, c and independent x, t; wanted are u of each value and u of
the sum. `propagate`, the operators, a hand-fused NumPy program and the naive three-operand einsum; and, at 100 000
values, arrays of the packages `uncertainties` and GTC, whose inputs are made before the clock starts, as ours are.
Single numbers: value and u of short expressions, beside `uncertainties`.
Memory: the peak of a fresh process that does the arrays once, ours and hand-fused.
All must agree before a figure is printed.

    python benchmarks/propagation.py [--no-peer]

CPU seconds of this process (other jobs do not count), medians, one BLAS thread. Exits 1 where an answer differs or a
promise is broken.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

VALUES = (1.2, 0.3, 0.5)
SPREAD = (0.01, 0.02, 0.005)
CORRELATION = ((1.0, 0.3, -0.2), (0.3, 1.0, 0.1), (-0.2, 0.1, 1.0))
SLICE = 16_384
"""Values a slice of the hand-fused program: the quickest of 4 096 … 32 768."""


FLOOR, MEMORY, NUMBERS = 2.0, 1.5, 2.0
"""Promises: times hand-fused, times its peak memory, times `uncertainties` on single numbers."""


GAIN = {"uncertainties": 2000.0, "GTC": 5000.0}
Answer = tuple[np.ndarray, float]
"""u of each value, u of the sum."""


@dataclass(frozen=True)
class Problem:
    """The numbers that all programs share."""

    x: np.ndarray
    t: np.ndarray
    ux: np.ndarray
    ut: np.ndarray

    @classmethod
    def of(cls, n: int) -> Problem:
        rng = np.random.default_rng(20_260_101)
        x = rng.uniform(1.0, 2.0, n)
        return cls(x, rng.uniform(0.0, 1.0, n), 1e-3 * x, np.full(n, 2e-3))


def model(a: Any, b: Any, c: Any, x: Any, t: Any, exp: Callable[[Any], Any] = np.exp) -> Any:
    """The measurement model, as anyone would write it."""
    return (a * x + b) * exp(-c * t)


def ours(p: Problem) -> dict[str, Callable[[], Answer]]:
    """`propagate` and the operators."""
    from suyuan.quantity.propagate import propagate
    from suyuan.quantity.quantity import joint, quantity

    inputs = (*joint(VALUES, SPREAD, CORRELATION), quantity(p.x, p.ux), quantity(p.t, p.ut))

    def answer(y: Any) -> Answer:
        return y.u, float(y.sum().u)

    return {"propagate": lambda: answer(propagate(model, *inputs)), "operators": lambda: answer(model(*inputs))}


def hand_fused(p: Problem) -> Callable[[], Answer]:
    """The floor: derivatives by hand, one pass over the cache, nothing kept but the answer."""
    factor = (np.linalg.cholesky(np.array(CORRELATION)) * np.array(SPREAD)[:, None]).T.copy()
    a, b, c = VALUES
    n = p.x.size

    def run() -> Answer:
        value, u, total, own = np.empty(n), np.empty(n), np.zeros(3), 0.0
        rows, buffer, more = np.empty((3, SLICE)), np.empty((3, SLICE)), np.empty((2, SLICE))
        for start in range(0, n, SLICE):
            stop = min(n, start + SLICE)
            x, t = p.x[start:stop], p.t[start:stop]
            gradient, shared, (part, square) = (m[:, : stop - start] for m in (rows, buffer, more))
            e = gradient[1]
            np.multiply(t, -c, out=e)
            np.exp(e, out=e)
            np.multiply(e, x, out=gradient[0])
            y = value[start:stop]
            np.multiply(gradient[0], a, out=y)
            np.multiply(e, b, out=part)
            y += part
            np.multiply(y, t, out=gradient[2])
            np.negative(gradient[2], out=gradient[2])
            np.matmul(factor, gradient, out=shared)
            variance = u[start:stop]
            np.einsum("ij,ij->j", shared, shared, out=variance)
            total += gradient.sum(axis=1)
            np.multiply(e, p.ux[start:stop], out=part)
            part *= a
            np.multiply(part, part, out=square)
            variance += square
            own += square.sum()
            np.multiply(y, p.ut[start:stop], out=part)
            part *= c
            np.multiply(part, part, out=square)
            variance += square
            own += square.sum()
            np.sqrt(variance, out=variance)
        common = factor @ total
        return u, float(np.sqrt(common @ common + own))

    return run


def einsum(p: Problem) -> Callable[[], Answer]:
    """What one writes first: whole arrays, Jᵀ V J with three operands."""
    covariance = np.array(CORRELATION) * np.outer(SPREAD, SPREAD)
    a, b, c = VALUES

    def run() -> Answer:
        e = np.exp(-c * p.t)
        y = (a * p.x + b) * e
        gradient = np.stack([p.x * e, e, -p.t * y])
        own = (a * e * p.ux) ** 2 + (c * y * p.ut) ** 2
        u = np.sqrt(np.einsum("in,ij,jn->n", gradient, covariance, gradient) + own)
        total = gradient.sum(axis=1)
        return u, float(np.sqrt(total @ covariance @ total + own.sum()))

    return run


def uncertainties(p: Problem) -> Callable[[], Answer]:
    """The package `uncertainties`, arrays of its objects."""
    from uncertainties import correlated_values, unumpy

    a, b, c = correlated_values(VALUES, np.array(CORRELATION) * np.outer(SPREAD, SPREAD))
    x, t = unumpy.uarray(p.x, p.ux), unumpy.uarray(p.t, p.ut)

    def run() -> Answer:
        y = model(a, b, c, x, t, unumpy.exp)
        return unumpy.std_devs(y), float(y.sum().std_dev)

    return run


def gtc(p: Problem) -> Callable[[], Answer]:
    """The package GTC, arrays of its objects; its sum is quadratic from left to right, so it is made as a tree."""
    import GTC

    shared = [GTC.ureal(v, u, independent=False) for v, u in zip(VALUES, SPREAD, strict=True)]
    for i in range(3):
        for j in range(i):
            GTC.set_correlation(CORRELATION[i][j], shared[i], shared[j])
    x, t = (
        GTC.la.uarray([GTC.ureal(v, u) for v, u in zip(values.tolist(), spread.tolist(), strict=True)])
        for values, spread in ((p.x, p.ux), (p.t, p.ut))
    )

    def run() -> Answer:
        row = list(model(*shared, x, t, GTC.exp))
        u = np.array([y.u for y in row])
        while len(row) > 1:
            row = [sum(row[i + 1 : i + 2], row[i]) for i in range(0, len(row), 2)]
        return u, float(row[0].u)

    return run


PEERS: dict[str, Callable[[Problem], Callable[[], Answer]]] = {"uncertainties": uncertainties, "GTC": gtc}


def median(work: Callable[[], Any], times: int) -> float:
    """Median CPU seconds."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


def differs(name: str, found: Answer, expected: Answer) -> bool:
    """Whether an answer is another one; says so."""
    worst = max(float(np.max(np.abs(found[0] / expected[0] - 1.0))), abs(found[1] / expected[1] - 1.0))
    if worst > 1e-10:
        print(f"{name}: answer differs by {worst:.1e}")
    return worst > 1e-10


def verdict(text: str, kept: bool) -> bool:
    """Print a promise and whether it is kept."""
    print(f"{text} {'kept' if kept else 'BROKEN'}")
    return kept


def arrays(n: int, peers: list[str]) -> bool:
    """Check the answers, measure, print, judge."""
    p = Problem.of(n)
    works = {"hand-fused NumPy": hand_fused(p), "naive einsum": einsum(p), **ours(p)}
    expected = works["hand-fused NumPy"]()
    if any(differs(name, work(), expected) for name, work in works.items()):
        return False
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(5):  # in turn, so that all see the same machine
        for name, work in works.items():
            seconds[name].append(median(work, 9))
    times = {name: statistics.median(row) for name, row in seconds.items()}
    for name in peers:
        work = PEERS[name](p)
        start = time.process_time()
        found = work()
        times[name] = time.process_time() - start
        if differs(name, found, expected):
            return False
    floor = times["hand-fused NumPy"]
    print(f"\nn = {n}, answers agree to 1e-10; NumPy {np.__version__}")
    for name, value in times.items():
        print(f"{name:18} {value * 1e3:10.2f} ms {value / n * 1e9:10.1f} ns/value {value / floor:10.2f} × floor")
    slower = times["propagate"] / floor
    kept = [verdict(f"propagate ≤ {FLOOR:g} × hand-fused: {slower:.2f}", slower <= FLOOR)]
    for name in peers:
        faster = times[name] / times["propagate"]
        kept.append(verdict(f"propagate ≥ {GAIN[name]:g} × {name}: {faster:.0f}", faster >= GAIN[name]))
    return all(kept)


def numbers(times: int = 2000) -> bool:
    """Value and u of expressions of single numbers; the shortest is the promise."""
    from uncertainties import ufloat, umath

    from suyuan.quantity.quantity import quantity

    given = ((1.2, 0.1), (2.3, 0.2), (0.5, 0.01), (0.7, 0.01))
    a, b, c, d = (quantity(v, u) for v, u in given)
    x, y, z, w = (ufloat(v, u) for v, u in given)
    pairs: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "a + b": (lambda: (a + b).u, lambda: (x + y).std_dev),
        "a · b": (lambda: (a * b).u, lambda: (x * y).std_dev),
        "a²/(c·d)": (lambda: (a**2 / (c * d)).u, lambda: (x**2 / (z * w)).std_dev),
        "(a·c + b·d)/(c + d) − b": (
            lambda: ((a * c + b * d) / (c + d) - b).u,
            lambda: ((x * z + y * w) / (z + w) - y).std_dev,
        ),
        "a·exp(−c)": (lambda: (a * np.exp(-c)).u, lambda: (x * umath.exp(-z)).std_dev),
        "sum of 1000": (lambda: sum([a, b, c, d] * 250).u, lambda: sum([x, y, z, w] * 250).std_dev),
    }
    print("\nsingle numbers, value and u:    ours, µs  uncertainties, µs  ratio")
    ratios = {}
    for name, (mine, theirs) in pairs.items():
        if abs(float(mine()) / theirs() - 1.0) > 1e-12:
            print(f"{name}: answer differs")
            return False
        count = times // 100 if name.startswith("sum") else times
        row: tuple[list[float], list[float]] = ([], [])
        for _ in range(7):
            for work, found in zip((mine, theirs), row, strict=True):
                found.append(median(lambda work=work, count=count: [work() for _ in range(count)], 1) / count * 1e6)
        first, second = (statistics.median(found) for found in row)
        ratios[name] = first / second
        print(f"{name:28} {first:12.2f} {second:18.2f} {ratios[name]:6.2f}")
    return verdict(f"a + b ≤ {NUMBERS:g} × uncertainties: {ratios['a + b']:.2f}", ratios["a + b"] <= NUMBERS)


def memory(n: int) -> bool:
    """Peak memory of fresh processes that import only what they need."""
    peaks = {}
    for name in ("hand-fused", "propagate"):
        told = subprocess.run(
            [sys.executable, str(Path(__file__)), "--alone", name, str(n)], capture_output=True, text=True, check=True
        )
        total, peaks[name] = (float(word) for word in told.stdout.split())
        print(f"{name:12} n = {n}: peak {peaks[name]:6.1f} MiB, u of the sum {total:.10g}")
    ratio = peaks["propagate"] / peaks["hand-fused"]
    return verdict(f"peak memory ≤ {MEMORY:g} × hand-fused: {ratio:.2f}", ratio <= MEMORY)


def alone(name: str, n: int) -> None:
    """One evaluation in this process; prints u of the sum and the peak of resident memory in MiB."""
    work = hand_fused(Problem.of(n)) if name == "hand-fused" else ours(Problem.of(n))["propagate"]
    _, total = work()
    lines = Path("/proc/self/status").read_text().splitlines()  # of this program only; ru_maxrss knows its parent's
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    print(total, peak / 1024)


def main() -> int:
    """All measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-peer", action="store_true", help="leave other packages out (they take half a minute)")
    parser.add_argument("--alone", nargs=2, metavar=("PROGRAM", "N"), help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.alone:
        alone(wish.alone[0], int(wish.alone[1]))
        return 0
    kept = []
    if Path("/proc/self/status").exists():
        kept.append(memory(1_000_000))
    peers = [] if wish.no_peer else list(PEERS)
    for name in list(peers):
        if importlib.util.find_spec(name) is None:
            print(f"{name} is not installed: left out")
            peers.remove(name)
    kept += [arrays(100_000, peers), arrays(1_000_000, [])]
    if "uncertainties" in peers:
        kept.append(numbers())
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
