"""Reference values of many measurands at once: DerSimonian-Laird, Mandel-Paule, restricted likelihood.

Measured in one run, on the same numbers, answers compared before a time is printed: DerSimonian-Laird with weights,
covariances and checks for 100 000 measurands × 20 laboratories beside one pass of the weighted sums Σw, Σwx, Σwx² that
any program must form; Mandel-Paule beside a bracketed root for each measurand (`scipy.optimize.brentq`) and restricted
likelihood beside a bounded search for each (`scipy.optimize.minimize_scalar` from each of a grid), and both beside
statsmodels, and metRology and metafor of R, where they are installed. Promise: DerSimonian-Laird takes at most 10 times
the pass of sums.

    python benchmarks/comparison_means.py [measurands] [--no-peer]

CPU seconds (of R elapsed ones that it measured itself), best of several, one BLAS thread. Exits 1 where an answer
differs or the promise is broken; the promise binds from 10 000 measurands on.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from suyuan.comparison.consensus import dersimonian_laird, mandel_paule, reml

LABORATORIES, PROMISE, BINDS, SINGLE = 20, 10.0, 10_000, 100
R_PROGRAM = """
args <- commandArgs(TRUE); d <- as.matrix(read.csv(args[1], header = FALSE)); n <- ncol(d) / 2
for (package in c("metRology", "metafor")) {
  if (!suppressWarnings(suppressMessages(require(package, character.only = TRUE, quietly = TRUE)))) {
    cat(package, "NA NA\\n"); next }
  act <- if (package == "metRology") function(x, u) dsl(x, u)$x
         else function(x, u) rma.uni(yi = x, sei = u, method = "DL")$beta[1]
  start <- proc.time()[1]
  found <- sapply(seq_len(nrow(d)), function(i) act(d[i, 1:n], d[i, (n + 1):(2 * n)]))
  cat(package, (proc.time()[1] - start) / nrow(d), sprintf("%.15g", sum(found)), "\\n")
}
"""


def best(act: Callable[[], Any], repetitions: int = 5) -> tuple[float, Any]:
    """Least CPU seconds of several runs, and the last answer."""
    spent, answer = [], None
    for _ in range(repetitions):
        start = time.process_time()
        answer = act()
        spent.append(time.process_time() - start)
    return min(spent), answer


def drawn(measurands: int) -> tuple[np.ndarray, np.ndarray]:
    """Results with stated uncertainties of one decade and a dark uncertainty as large as a middling one."""
    rng = np.random.default_rng(20_260_101)
    u = 10.0 ** rng.uniform(-0.5, 0.5, (measurands, LABORATORIES))
    return 100.0 + rng.normal(0.0, 1.0, u.shape) * np.hypot(u, 1.0), u


def sums(x: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, ...]:
    """One pass of weighted sums: the floor."""
    w = 1.0 / (u * u)
    wx = w * x
    return w.sum(axis=-1), wx.sum(axis=-1), (wx * x).sum(axis=-1)


def textbook(x: np.ndarray, u: np.ndarray) -> np.ndarray:
    """DerSimonian-Laird as it is printed: only the values."""
    w = u**-2.0
    total = w.sum(axis=-1)
    q = np.sum(w * (x - (np.sum(w * x, axis=-1) / total)[:, None]) ** 2, axis=-1)
    excess = (q - LABORATORIES + 1) / (total - np.sum(w**2, axis=-1) / total)
    w = 1.0 / (u**2 + np.maximum(excess, 0.0)[:, None])
    return np.asarray(np.sum(w * x, axis=-1) / w.sum(axis=-1))


def laird(x: np.ndarray, u: np.ndarray) -> bool:
    """Beside the floor."""
    floor, _ = best(lambda: sums(x, u), 7)
    ours, found = best(lambda: dersimonian_laird(x, u), 7)
    same = np.allclose(found.value, textbook(x, u), rtol=1e-10)
    print(f"DerSimonian-Laird, {len(x)} × {LABORATORIES}: ours {ours * 1e3:.0f} ms, {ours / floor:.1f} × one pass of "
          f"weighted sums ({floor * 1e3:.1f} ms)")  # fmt: skip
    return same and (len(x) < BINDS or ours <= PROMISE * floor)


def by_search(x: np.ndarray, u: np.ndarray, rule: str) -> float:
    """τ² of one measurand by scipy."""
    from scipy.optimize import brentq, minimize_scalar

    def left(t: float) -> tuple[float, float]:
        w = 1.0 / (u * u + t)
        total = w.sum()
        chi2 = float(w @ (x - w @ x / total) ** 2)
        return chi2 - (len(x) - 1), float(np.log(total) - np.log(w).sum()) + chi2

    high = float(np.sum((x - x.mean()) ** 2))
    if rule == "mandel_paule":
        return 0.0 if left(0.0)[0] <= 0.0 else float(brentq(lambda t: left(t)[0], 0.0, high, xtol=1e-14, rtol=1e-14))
    ends = np.concatenate([[0.0], np.geomspace(1e-3 * np.min(u) ** 2, high, 30)])
    tried = [minimize_scalar(lambda t: left(t)[1], bounds=(a, b), method="bounded", options={"xatol": 1e-10})
             for a, b in zip(ends[:-2], ends[2:], strict=True)]  # fmt: skip
    good = min(tried, key=lambda found: found.fun)
    return 0.0 if left(0.0)[1] <= good.fun else float(good.x)


def roots(x: np.ndarray, u: np.ndarray, peer: bool) -> bool:
    """Mandel-Paule and restricted likelihood for each measurand."""
    ok = True
    for act in (mandel_paule, reml):
        rule = act.__name__
        ours, found = best(lambda: act(x, u), 2)  # noqa: B023 (run at once)
        print(f"{rule}, {len(x)} × {LABORATORIES}: ours {ours / len(x) * 1e6:.1f} µs a measurand", end="")
        if not peer:
            print()
            continue
        theirs, tau2 = best(lambda: [by_search(x[i], u[i], rule) for i in range(SINGLE)], 1)  # noqa: B023
        single, _ = best(lambda: [act(x[i], u[i]) for i in range(SINGLE)], 1)  # noqa: B023
        ok &= bool(np.allclose(found.further["tau2"][:SINGLE], tau2, rtol=1e-5, atol=1e-6))
        print(f", {single / SINGLE * 1e6:.0f} µs alone, scipy one by one {theirs / SINGLE * 1e6:.0f} µs: "
              f"{theirs / SINGLE / (ours / len(x)):.0f} ×")  # fmt: skip
    return ok


def statsmodels(x: np.ndarray, u: np.ndarray) -> bool:
    """The peer in Python, where it is installed."""
    if importlib.util.find_spec("statsmodels") is None:
        print("statsmodels is not installed: not measured")
        return True
    from statsmodels.stats.meta_analysis import combine_effects

    ok = True
    for act, name in ((dersimonian_laird, "dl"), (mandel_paule, "iterated")):
        theirs, found = best(lambda: [combine_effects(x[i], u[i] ** 2, method_re=name) for i in range(SINGLE)], 1)  # noqa: B023
        ours, mine = best(lambda: act(x, u), 2)  # noqa: B023
        ok &= bool(np.allclose([f.mean_effect_re for f in found], mine.value[:SINGLE], rtol=1e-4))
        print(
            f"statsmodels {name}: {theirs / SINGLE * 1e6:.0f} µs a measurand, {theirs / SINGLE / (ours / len(x)):.0f} ×"
        )
    return ok


def packages_of_r(x: np.ndarray, u: np.ndarray) -> bool:
    """metRology and metafor, where there is R."""
    program = shutil.which("Rscript")
    if program is None:
        print("R is not installed: metRology and metafor are not measured")
        return True
    ours, mine = best(lambda: dersimonian_laird(x, u), 3)
    expected, ok = float(np.sum(mine.value[:SINGLE])), True
    with tempfile.TemporaryDirectory() as folder:
        np.savetxt(Path(folder, "data.csv"), np.hstack([x[:SINGLE], u[:SINGLE]]), delimiter=",", fmt="%.17g")
        Path(folder, "run.R").write_text(R_PROGRAM, "utf-8")
        run = subprocess.run(
            [program, f"{folder}/run.R", f"{folder}/data.csv"], capture_output=True, text=True, check=False
        )
    for line in run.stdout.splitlines():
        package, each, total = line.split()
        if each == "NA":
            print(f"{package} of R is not installed: not measured")
            continue
        ok &= bool(np.isclose(float(total), expected, rtol=1e-9))
        print(f"{package} of R, DerSimonian-Laird: {float(each) * 1e6:.0f} µs a measurand, "
              f"{float(each) / (ours / len(x)):.0f} ×")  # fmt: skip
    return ok


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measurands", nargs="?", type=int, default=100_000)
    parser.add_argument("--no-peer", action="store_true")
    given = parser.parse_args()
    x, u = drawn(max(given.measurands, SINGLE))
    part = slice(0, 10_000)
    results = [laird(x, u), roots(x[part], u[part], not given.no_peer)]
    if not given.no_peer:
        results += [statsmodels(x, u), packages_of_r(x, u)]
    if not all(results):
        print("an answer differs, or the promise is broken", file=sys.stderr)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
