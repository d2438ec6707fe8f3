"""Reference values that take work: largest consistent subset, procedure B, hierarchical Bayes.

Measured in one run, on the same numbers, answers compared before a time is printed:
- largest consistent subset of 20 results, seven of which have to go, beside an enumeration with itertools (NumPy for
  the sums of twenty thousand subsets at once) and one by doubled prefix sums over all 2²⁰ subsets. Promise: 100 ×
  faster than itertools;
- procedure B, 10⁶ draws of 21 results, with degrees of equivalence and their quantiles, beside drawing the same
  numbers bare: x + u·z, single precision as ours, the same generator, into a block that is used again. Promise: at
  most 1.6 times that;
- hierarchical Bayes beside four chains of 200 000 steps in NumPy, all chains in one array, λ integrated out, Gibbs for
  μ and Metropolis for log τ (and for all log σ, where degrees of freedom are known). Promise: 500 × faster for the
  Gaussian model, with the same answer within the Monte Carlo error of the chains.

    python benchmarks/comparison_estimators.py [--no-peer]

CPU seconds of this process (other jobs do not count), best of several, one BLAS thread. Exits 1 where an answer differs
or a promise is broken. --no-peer leaves out what takes minutes: the chains.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import itertools
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import chdtri

from suyuan.comparison.consensus import (
    hierarchical_bayes,
    hierarchical_bayes_dof,
    largest_consistent_subset,
    median_monte_carlo,
)
from suyuan.quantity.montecarlo.stream import CHUNK, Stream

SUBSET, DRAWS, BAYES = 100.0, 1.6, 500.0
# nm, CCL-K1, gauge block of 1 mm
X = np.array([15.0, 15.0, 30.0, 18.0, 24.0, -9.0, 33.0, 12.5, 8.8])
U = np.array([9.0, 14.0, 10.0, 13.0, 9.0, 7.0, 9.0, 8.6, 10.0])
DOF = np.array([500.0, 119.0, 94.0, 9.0, 50.0, 72.0, 205.0, 5.0, 55.0])


def best(act: Callable[[], Any], repetitions: int) -> tuple[float, Any]:
    """Least CPU seconds of several runs, and the last answer."""
    spent, answer = [], None
    for _ in range(repetitions):
        start = time.process_time()
        answer = act()
        spent.append(time.process_time() - start)
    return min(spent), answer


def enumerated(x: np.ndarray, u: np.ndarray) -> tuple[tuple[int, ...], float]:
    """Sizes downwards, all subsets of a size from itertools, their chi2 at once in slices."""
    w = u**-2.0
    for k in range(x.size, 1, -1):
        limit, smallest, answer = chdtri(k - 1, 0.05), np.inf, None
        rows = itertools.combinations(range(x.size), k)
        while chosen := list(itertools.islice(rows, 20_000)):
            members = np.array(chosen)
            weights, values = w[members], x[members]
            mean = np.sum(weights * values, axis=1) / np.sum(weights, axis=1)
            chi2 = np.sum(weights * (values - mean[:, None]) ** 2, axis=1)
            i = int(np.argmin(chi2))
            if chi2[i] < smallest:
                smallest, answer = float(chi2[i]), tuple(int(j) for j in members[i])
        if answer is not None and smallest <= limit:
            return answer, smallest
    raise ValueError("no two agree")


def doubled(x: np.ndarray, u: np.ndarray) -> tuple[tuple[int, ...], float]:
    """Σw, Σwx, Σwx² of all 2ⁿ subsets, each half from the half before it."""
    w = u**-2.0
    size, a, b, c = np.zeros(1, np.int64), np.zeros(1), np.zeros(1), np.zeros(1)
    for wi, xi in zip(w, x, strict=True):
        size = np.concatenate([size, size + 1])
        a, b, c = (np.concatenate([s, s + t]) for s, t in ((a, wi), (b, wi * xi), (c, wi * xi * xi)))
    chi2 = c - np.divide(b * b, a, out=np.zeros_like(a), where=a > 0.0)
    limits = np.array([-1.0, 0.0, *(chdtri(k - 1, 0.05) for k in range(2, x.size + 1))])
    fits = chi2 <= limits[size]
    k = int(size[fits].max())
    places = np.flatnonzero(fits & (size == k))
    at = int(places[np.argmin(chi2[places])])
    return tuple(i for i in range(x.size) if at >> i & 1), float(chi2[at])


def subset(peer: bool) -> bool:
    rng = np.random.default_rng(20_260_101)
    x, u = np.concatenate([rng.normal(0.0, 0.9, 13), rng.uniform(6.0, 30.0, 7) * rng.choice([-1.0, 1.0], 7)]), None
    order = rng.permutation(20)
    x, u = x[order], rng.uniform(0.7, 1.5, 20)
    ours, found = best(lambda: largest_consistent_subset(x, u), 9)
    members = tuple(int(i) for i in np.flatnonzero(found.further["included"]))
    other, second = best(lambda: doubled(x, u), 3)
    slow, first = best(lambda: enumerated(x, u), 1)
    same = members == first[0] == second[0] and np.isclose(float(found.further["chi2"]), first[1], rtol=1e-9)
    print(f"largest consistent subset, 20 results, {20 - len(members)} dropped: ours {ours * 1e3:.2f} ms, "
          f"{slow / ours:.0f} × faster than itertools, {other / ours:.0f} × than doubled prefix sums")  # fmt: skip
    return bool(same) and len(members) == 13 and slow >= SUBSET * ours


def procedure_b(peer: bool) -> bool:
    rng = np.random.default_rng(20_260_102)
    x, u = rng.normal(0.0, 1.0, 21), rng.uniform(0.5, 2.0, 21)
    draws, block = 1_000_000, np.empty((21, CHUNK), np.float32)
    x4, u4 = x.astype(np.float32)[:, None], u.astype(np.float32)[:, None]

    def bare(scaled: bool) -> None:
        stream = Stream(1)
        for number in range(-(-draws // CHUNK)):
            stream.at("comparison.median", 0, number).standard_normal(dtype=np.float32, out=block)
            if scaled:
                np.multiply(block, u4, out=block)
                np.add(block, x4, out=block)

    def plain() -> tuple[np.ndarray, np.ndarray]:
        z = np.random.Generator(np.random.SFC64(2)).standard_normal((draws, 21)) * u + x
        d = z - np.median(z, axis=1)[:, None]
        return d.std(axis=0), np.quantile(d, [0.025, 0.975], axis=0)

    floor, _ = best(lambda: bare(True), 7)
    standard, _ = best(lambda: bare(False), 7)
    ours, found = best(lambda: median_monte_carlo(x, u, draws=draws), 7)
    slow, (spread, quantiles) = best(plain, 1)
    got = np.stack([found.further["d_low"], found.further["d_high"]])
    own = np.sqrt(u**2 + float(found.u) ** 2 - 2.0 * found.covariance)
    same = np.allclose(own, spread, rtol=0.006) and np.all(np.abs(got - quantiles) < 0.02 * u)
    print(f"procedure B, {draws} draws of 21: ours {ours * 1e3:.0f} ms, {ours / floor:.2f} × drawing them bare "
          f"({ours / standard:.2f} × standard normals alone), {slow / ours:.0f} × faster than plain NumPy")  # fmt: skip
    return bool(same) and ours <= DRAWS * floor


def chains(x: np.ndarray, u: np.ndarray, dof: np.ndarray | None, steps: int, seed: int) -> np.ndarray:
    """μ of four chains (steps, 4): Gibbs for μ, Metropolis for log τ and, with dof, for each log σ."""
    rng = np.random.default_rng(seed)
    n, k = x.size, 4
    scale = np.median(np.abs(x - np.median(x))) / 0.6744897501960817
    wide = np.median(u)
    log_tau, log_sigma = np.log(scale) + rng.normal(0.0, 0.5, k), np.tile(np.log(u), (k, 1))
    kept = np.empty((steps, k))
    gauss, uniform = rng.standard_normal((steps, 2, k)), np.log(rng.random((steps, k)))
    moves, tests = (
        (rng.standard_normal((steps, k, n)), np.log(rng.random((steps, k, n)))) if dof is not None else (0, 0)
    )
    variance = np.exp(2.0 * log_sigma)
    for step in range(steps):
        total = variance + np.exp(2.0 * log_tau)[:, None]
        w = 1.0 / total
        sum_w = w.sum(axis=1)
        mu = (w @ x) / sum_w + gauss[step, 0] / np.sqrt(sum_w)
        kept[step] = mu
        square = (x - mu[:, None]) ** 2
        proposal = log_tau + 0.9 * gauss[step, 1]
        other = variance + np.exp(2.0 * proposal)[:, None]
        now = -0.5 * (np.log(total) + square / total).sum(axis=1) + log_tau - np.log1p(np.exp(2.0 * log_tau) / scale**2)
        new = -0.5 * (np.log(other) + square / other).sum(axis=1) + proposal - np.log1p(np.exp(2 * proposal) / scale**2)
        taken = uniform[step] < new - now
        log_tau = np.where(taken, proposal, log_tau)
        if dof is not None:
            tau2 = np.exp(2.0 * log_tau)[:, None]
            move = log_sigma + moves[step] * 1.5 / np.sqrt(2.0 * dof)
            both = []
            for t in (log_sigma, move):
                v = np.exp(2.0 * t)
                both.append((1.0 - dof) * t - 0.5 * dof * u**2 / v - np.log1p(v / wide**2)
                            - 0.5 * np.log(v + tau2) - 0.5 * square / (v + tau2))  # fmt: skip
            log_sigma = np.where(tests[step] < both[1] - both[0], move, log_sigma)
            variance = np.exp(2.0 * log_sigma)
    return kept


def bayes(peer: bool) -> bool:
    ok = True
    for name, dof in (("Gaussian", None), ("known degrees of freedom", DOF)):
        act = (lambda: hierarchical_bayes(X, U)) if dof is None else (lambda: hierarchical_bayes_dof(X, U, dof=DOF))
        ours, found = best(act, 9)
        if not peer:
            print(f"hierarchical Bayes, {name}: ours {ours * 1e3:.2f} ms")
            continue
        slow, mu = best(lambda: chains(X, U, dof, 200_000, 20_260_103), 1)  # noqa: B023 (run at once)
        mu = mu[5_000:]
        batches = mu[: len(mu) // 1000 * 1000].reshape(-1, 1000, 4).mean(axis=1)
        error = batches.std() / np.sqrt(batches.size)
        off = abs(mu.mean() - float(found.value)) / error
        spread = abs(mu.std() / float(found.u) - 1.0)
        print(f"hierarchical Bayes, {name}: ours {ours * 1e3:.2f} ms, {slow / ours:.0f} × faster than "
              f"4 × 200 000 steps ({slow:.0f} s), whose mean is {off:.1f} of its standard errors away")  # fmt: skip
        ok &= bool(off < 4.0 and spread < 0.02) and (dof is not None or slow >= BAYES * ours)
    return ok


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-peer", action="store_true")
    given = parser.parse_args()
    median_monte_carlo(X, U, draws=1000)
    results = [act(not given.no_peer) for act in (subset, procedure_b, bayes)]
    if not all(results):
        print("an answer differs, or a promise is broken", file=sys.stderr)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
