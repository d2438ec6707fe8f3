"""Monte Carlo of two examples of JCGM 101:2008, the mass of 9.3 and the gauge block of 9.5: mean, u, both intervals.

Measured in one run, on the same inputs: `monte_carlo`; two floors, bare NumPy in chunks that stay in the cache (draw
the inputs, arithmetic in place, mean and standard deviation, one sort, both intervals): one with NumPy's own variates,
one with the faster ones of `suyuan.quantity.montecarlo.draw`; and the packages `suncal` and `openturns` where they are
installed (`pip install suyuan[bench]`). All must agree with the published answer, or with ours for the same laws,
before a time is printed. The packages are given rectangles where the gauge block has curvilinear trapezoids: less work.
Promise, from 10⁷ draws on: at most 1.3 times either floor, at least 3 times faster than suncal and 6 times faster than
OpenTURNS, peak memory of a process that does nothing else below 250 MB.

    python benchmarks/montecarlo.py [draws] [--no-peer]

CPU seconds of this process (other jobs do not count), one BLAS thread. Exits 1 where an answer differs or a promise is
broken.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import math
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np

from suyuan.quantity.influence import Influence
from suyuan.quantity.montecarlo.draw import SAMPLERS
from suyuan.quantity.montecarlo.interval import shortest, symmetric
from suyuan.quantity.montecarlo.simulation import monte_carlo
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.type_b import DISTRIBUTIONS

DRAWS, BINDS = 10_000_000, 10_000_000
FLOOR, SUNCAL, OPENTURNS, MEMORY = 1.3, 3.0, 6.0, 250.0
PIECE = 16_384
"""Draws a chunk of the bare programs; the fastest of the powers of two on the machine of the README."""
Input = tuple[str, str, dict[str, float]]
"""Name, distribution and parameters in the words of the case form."""


@dataclass(frozen=True)
class Answer:
    """Mean, standard deviation, symmetric and shortest interval."""

    mean: float
    u: float
    ends: tuple[float, float]
    short: tuple[float, float]


@dataclass(frozen=True)
class Problem:
    """One example: its inputs, the model for people, the same for a package that reads text, and in place."""

    name: str
    p: float
    inputs: tuple[Input, ...]
    model: Callable[..., Any]
    text: str
    in_place: Callable[[list[np.ndarray], np.ndarray], np.ndarray]
    published: Answer
    tolerance: float


def mass(m: Any, dm: Any, a: Any, w: Any, r: Any) -> Any:
    """Deviation from 100 g, mg (JCGM 101 9.3)."""
    return (m + dm) * (1 + (a - 1.2) * (1 / w - 1 / r)) - 100_000


def mass_in_place(x: list[np.ndarray], work: np.ndarray) -> np.ndarray:
    """The same, spending its inputs."""
    m, dm, a, w, r = x
    m += dm
    a -= 1.2
    np.divide(1.0, w, out=w)
    np.divide(1.0, r, out=r)
    w -= r
    a *= w
    a += 1.0
    m *= a
    m -= 100_000.0
    return m


def block(ls: Any, d: Any, d1: Any, d2: Any, alpha: Any, theta: Any, delta: Any, da: Any, dt: Any) -> Any:
    """Deviation from 50 mm, nm (JCGM 101 9.5)."""
    return ls + d + d1 + d2 - ls * (da * (theta + delta) + alpha * dt) - 50_000_000


def block_in_place(x: list[np.ndarray], work: np.ndarray) -> np.ndarray:
    """The same, spending its inputs."""
    ls, d, d1, d2, alpha, theta, delta, da, dt = x
    theta += delta
    theta *= da
    alpha *= dt
    theta += alpha
    theta *= ls
    ls += d
    ls += d1
    ls += d2
    ls -= theta
    ls -= 50_000_000.0
    return ls


PROBLEMS = (
    Problem(
        "mass, JCGM 101 9.3", 0.95,
        (
            ("m", "normal", {"mean": 100_000.0, "std": 0.05}),
            ("dm", "normal", {"mean": 1.234, "std": 0.02}),
            ("a", "rectangular", {"centre": 1.2, "half_width": 0.1}),
            ("w", "rectangular", {"centre": 8000.0, "half_width": 1000.0}),
            ("r", "rectangular", {"centre": 8000.0, "half_width": 50.0}),
        ),
        mass, "(m + dm)*(1 + (a - 1.2)*(1/w - 1/r)) - 100000", mass_in_place,
        Answer(1.2341, 0.0754, (1.084, 1.383), (1.0834, 1.3825)), 0.003,
    ),
    Problem(
        "gauge block, JCGM 101 9.5", 0.99,
        (
            ("ls", "student_t", {"location": 50_000_623.0, "scale": 25.0, "dof": 18.0}),
            ("d", "student_t", {"location": 215.0, "scale": 6.0, "dof": 24.0}),
            ("d1", "student_t", {"location": 0.0, "scale": 4.0, "dof": 5.0}),
            ("d2", "student_t", {"location": 0.0, "scale": 7.0, "dof": 8.0}),
            ("alpha", "rectangular", {"centre": 11.5e-6, "half_width": 2e-6}),
            ("theta", "normal", {"mean": -0.1, "std": 0.2}),
            ("delta", "arcsine", {"centre": 0.0, "half_width": 0.5}),
            ("da", "curvilinear_trapezoid", {"centre": 0.0, "half_width": 1e-6, "d": 1e-7}),
            ("dt", "curvilinear_trapezoid", {"centre": 0.0, "half_width": 0.05, "d": 0.025}),
        ),
        block, "ls + d + d1 + d2 - ls*(da*(theta + delta) + alpha*dt) - 50000000", block_in_place,
        Answer(838.0, 36.0, (745.0, 932.0), (745.0, 932.0)), 2.0,
    ),
)  # fmt: skip


def quantities(inputs: tuple[Input, ...]) -> list[Quantity]:
    """The inputs as quantities, as anyone would state them."""
    made = []
    for name, distribution, parameters in inputs:
        x = DISTRIBUTIONS[distribution](**parameters)
        made.append(quantity(x.value, x.u, dof=x.dof, distribution=x.distribution, parameters=x.parameters, label=name))
    return made


def ours(problem: Problem, draws: int) -> Answer:
    """`monte_carlo`, from statement to answer."""
    y = monte_carlo(problem.model, *quantities(problem.inputs), p=problem.p, trials=draws)
    return Answer(y.mean, y.u, tuple(y.symmetric), tuple(y.shortest))


# ---------------------------------------------------------------- the floors

Draw = Callable[[np.random.Generator, np.ndarray, np.ndarray], None]


def numpy_draw(distribution: str, p: dict[str, float]) -> Draw:
    """An input by NumPy's own variates, in place."""

    def affine(x: np.ndarray, scale: float, shift: float) -> None:
        x *= scale
        x += shift

    def draw(g: np.random.Generator, x: np.ndarray, work: np.ndarray) -> None:
        if distribution == "normal":
            g.standard_normal(out=x)
            affine(x, p["std"], p["mean"])
        elif distribution == "student_t":
            np.multiply(g.standard_t(p["dof"], x.size), p["scale"], out=x)
            x += p["location"]
        elif distribution == "rectangular":
            g.random(out=x)
            affine(x, 2.0 * p["half_width"], p["centre"] - p["half_width"])
        elif distribution == "arcsine":
            g.random(out=x)
            x *= 2.0 * math.pi
            np.sin(x, out=x)
            affine(x, p["half_width"], p["centre"])
        else:
            g.random(out=work)
            affine(work, 2.0 * p["d"], p["half_width"] - p["d"])
            g.random(out=x)
            affine(x, 2.0, -1.0)
            x *= work
            x += p["centre"]

    return draw


def our_draw(distribution: str, p: dict[str, float]) -> Draw:
    """An input by the variates that ours uses, in place."""
    x = DISTRIBUTIONS[distribution](**p)
    influence = Influence("x", 1, np.array([x.u]), x.dof, x.distribution, parameters=x.parameters)
    how = SAMPLERS[x.distribution](influence, 0, dict(x.parameters))
    scale, shift = x.u * how.scale, x.value + x.u * how.shift

    def draw(g: np.random.Generator, out: np.ndarray, work: np.ndarray) -> None:
        how.fill(g, out, work)
        out *= scale
        if shift:
            out += shift

    return draw


def floor(problem: Problem, draws: int, variates: Callable[[str, dict[str, float]], Draw]) -> Answer:
    """Draw, compute, sum up, sort, cut: one generator, nothing kept but the answer."""
    g = np.random.Generator(np.random.SFC64(1))
    fills = [variates(distribution, parameters) for _, distribution, parameters in problem.inputs]
    rows, work, y = np.empty((len(fills), PIECE)), np.empty(PIECE), np.empty(draws)
    count, mean, square = 0, 0.0, 0.0
    for start in range(0, draws, PIECE):
        n = min(PIECE, draws - start)
        x = [row[:n] for row in rows]
        for fill, one in zip(fills, x, strict=True):
            fill(g, one, work[:n])
        piece = problem.in_place(x, work[:n])
        y[start : start + n] = piece
        here = float(piece.mean())
        piece -= here
        piece *= piece
        step = here - mean
        square += float(piece.sum()) + step * step * count * n / (count + n)
        mean += step * n / (count + n)
        count += n
    y.sort()
    return Answer(mean, math.sqrt(square / (draws - 1)), symmetric(y, problem.p), shortest(y, problem.p))


# ---------------------------------------------------------------- the peers


def as_rectangles(problem: Problem) -> tuple[Input, ...]:
    """The inputs with rectangles of the same half-width in place of curvilinear trapezoids."""
    return tuple(
        (n, "rectangular", {"centre": p["centre"], "half_width": p["half_width"]})
        if d.startswith("curv")
        else (n, d, p)
        for n, d, p in problem.inputs
    )


def with_suncal(problem: Problem, draws: int) -> Answer:
    """The package suncal; its t takes a standard deviation, so it is given scale·√(ν/(ν − 2))."""
    from suncal import Model

    model = Model(f"y = {problem.text}")
    for name, distribution, p in as_rectangles(problem):
        variable = model.var(name).measure(p.get("mean", p.get("location", p.get("centre"))))
        if distribution == "normal":
            variable.typeb(dist="normal", std=p["std"])
        elif distribution == "student_t":
            variable.typeb(dist="t", std=p["scale"] * math.sqrt(p["dof"] / (p["dof"] - 2.0)), df=p["dof"])
        else:
            variable.typeb(dist={"rectangular": "uniform", "arcsine": "arcsine"}[distribution], a=p["half_width"])
    result = model.monte_carlo(samples=draws)
    both = [result.expand(conf=problem.p, shortest=short) for short in (False, True)]
    ends = [(float(one[0]), float(one[1])) for one in both]
    return Answer(float(result.expected["y"]), float(result.uncertainty["y"]), ends[0], ends[1])


def with_openturns(problem: Problem, draws: int) -> Answer:
    """The package OpenTURNS; the shortest interval, which it has not, by hand."""
    import openturns as ot

    ot.RandomGenerator.SetSeed(1)
    laws = []
    for _, distribution, p in as_rectangles(problem):
        if distribution == "normal":
            laws.append(ot.Normal(p["mean"], p["std"]))
        elif distribution == "student_t":
            laws.append(ot.Student(p["dof"], p["location"], p["scale"]))
        else:
            made = ot.Uniform if distribution == "rectangular" else ot.Arcsine
            laws.append(made(p["centre"] - p["half_width"], p["centre"] + p["half_width"]))
    names = [name for name, _, _ in problem.inputs]
    function = ot.SymbolicFunction(names, [problem.text.replace("**", "^")])
    y = function(ot.JointDistribution(laws).getSample(draws))
    tail = 0.5 * (1.0 - problem.p)
    ends = tuple(y.computeQuantilePerComponent(q)[0] for q in (tail, 1.0 - tail))
    ordered = np.sort(np.array(y)[:, 0])
    return Answer(y.computeMean()[0], y.computeStandardDeviation()[0], ends, shortest(ordered, problem.p))


PEERS = {"suncal": (with_suncal, SUNCAL), "openturns": (with_openturns, OPENTURNS)}


# ---------------------------------------------------------------- measure and judge


def differs(found: Answer, wanted: Answer, tolerance: float) -> str:
    """What is further off than the tolerance; the shortest interval's ends float more than the others."""
    pairs = [("mean", found.mean, wanted.mean, 1.0), ("u", found.u, wanted.u, 1.0)]
    pairs += [("symmetric", a, b, 1.0) for a, b in zip(found.ends, wanted.ends, strict=True)]
    pairs += [("shortest", a, b, 2.0) for a, b in zip(found.short, wanted.short, strict=True)]
    return "; ".join(f"{name} {a:.6g} for {b:.6g}" for name, a, b, wide in pairs if not abs(a - b) <= wide * tolerance)


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds and the answer."""
    start = time.process_time()
    answer = work()
    return time.process_time() - start, answer


def memory(index: int, draws: int) -> float:
    """Peak resident MB of a fresh process that runs ours only."""
    run = subprocess.run([sys.executable, __file__, str(draws), "--alone", str(index)], capture_output=True, text=True,
                         check=True)  # fmt: skip
    return float(run.stdout)


def measure(problem: Problem, draws: int, peers: bool, peak: float) -> bool:
    """One example: check, measure in turn, print. True where all promises are kept."""
    works = {
        "NumPy's variates": lambda: floor(problem, draws, numpy_draw),
        "our variates": lambda: floor(problem, draws, our_draw),
        "monte_carlo": lambda: ours(problem, draws),
    }
    spent: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(3):  # in turn, so that all see the same machine
        for name, work in works.items():
            time_, answer = seconds(work)
            spent[name].append(time_)
            if wrong := differs(answer, problem.published, problem.tolerance):
                print(f"{problem.name}: {name}: {wrong}")
                return False
    times = {name: statistics.median(row) for name, row in spent.items()}
    if peers:
        same = Problem(**{**vars(problem), "inputs": as_rectangles(problem)})
        expected = ours(same, min(draws, 1_000_000))
        for name, (peer, _) in PEERS.items():
            if find_spec(name) is None:
                print(f"{name} is not installed: not compared (pip install suyuan[bench])")
                continue
            peer(problem, 1000)  # imports and the reading of the model are not counted
            times[name], answer = seconds(lambda peer=peer: peer(problem, draws))
            if wrong := differs(answer, expected, problem.tolerance):
                print(f"{problem.name}: {name}: {wrong}")
                return False
    return _print(problem, times, peak, draws)


def _print(problem: Problem, times: dict[str, float], peak: float, draws: int) -> bool:
    mine = times["monte_carlo"]
    print(f"\n{problem.name}, {draws} draws, answers agree; NumPy {np.__version__}")
    for name, value in times.items():
        shown = f"{name} {version(name)}" if name in PEERS else name
        print(f"{shown:22} {value:8.3f} s {value / draws * 1e9:8.1f} ns/draw {value / mine:8.2f} × ours")
    print(f"peak memory of a process that runs ours only: {peak:.0f} MB")
    if draws < BINDS:
        print(f"no verdict: the promise binds from {BINDS} draws on")
        return True
    checks = [(f"≤ {FLOOR:g} × {n}", mine / times[n], mine <= FLOOR * times[n]) for n in list(times)[:2]]
    checks += [(f"{gain:g} × faster than {n}", times[n] / mine, times[n] >= gain * mine)
               for n, (_, gain) in PEERS.items() if n in times]  # fmt: skip
    checks += [(f"memory < {MEMORY:g} MB", peak, peak < MEMORY)]
    for promise, value, kept in checks:
        print(f"{promise}: {value:.2f} {'kept' if kept else 'BROKEN'}")
    return all(kept for _, _, kept in checks)


def main() -> int:
    """Check the answers, measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("draws", nargs="?", type=int, default=DRAWS)
    parser.add_argument("--no-peer", action="store_true", help="leave suncal and OpenTURNS out")
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.alone is not None:
        ours(PROBLEMS[wish.alone], wish.draws)
        unit = 1e6 if sys.platform == "darwin" else 1e3
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)
        return 0
    peaks = [memory(index, wish.draws) for index in range(len(PROBLEMS))]  # first: a child inherits its parent's peak
    kept = [measure(problem, wish.draws, not wish.no_peer, peak) for problem, peak in zip(PROBLEMS, peaks, strict=True)]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
