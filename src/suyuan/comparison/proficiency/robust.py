"""Algorithms A and S of ISO 13528, each to its fixed point, for any number of measurands at once.

Between two results that change sides of a limit, the fixed point has a closed form: with the counts of low and high
results held, x* and s* solve a linear and a quadratic equation. So an iteration counts, solves, and counts again; where
the counts stand, the answer is exact and not merely slow to move. Huber's equations have one solution, so it is the one
that the iteration of the standard tends to; where counts do not settle, that iteration itself takes over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.proficiency.constants import A_CUT, limit_factors, winsorised_factor
from suyuan.comparison.proficiency.reported import reported_results, sorted_median
from suyuan.comparison.proficiency.spread import Constants, deviation, niqr, qn
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.kept import numbers

Array = NDArray[Any]
STEPS, LEAPS = 5000, 20
CELLS = 1 << 17
"""Numbers sorted at once: a block and its sums stay in the cache of one core."""

Start = Literal["refuse", "nIQR", "Qn", "sd"]


@dataclass(frozen=True, slots=True)
class Robust:
    """Robust mean x* and standard deviation s* of each measurand, shape (…), in the unit of the results.

    value: x*; s: s*; u: standard uncertainty of x* as an assigned value, 1.25·s*/√n; n: results that counted; steps:
    how often the results were counted against the limits until nothing changed; findings: measurands started otherwise.
    """

    value: Array
    s: Array
    u: Array
    n: Array
    steps: Array
    findings: tuple[Finding, ...] = ()


def algorithm_a(
    x: ArrayLike, constants: Constants = "exact", reported: ArrayLike | None = None, tied: Start = "refuse"
) -> Robust:
    """Robust mean and standard deviation by winsorising at x* ± 1.5 s*, taken to the fixed point.

    x* = mean of the winsorised results, s* = 1.1334·their standard deviation; start: median and 1.4826·median|x − x*|.
    x: (…, n) in one unit; reported: (…, n) true where there is a result; constants: "printed" takes 1.483 and 1.134 as
    in the standard, "exact" 1.13339…; tied: where half of the results or more are equal the start has no spread:
    "refuse", or start from "nIQR" (type 7), "Qn" or "sd" (mean and standard deviation), told as a finding.
    Raises Refused for fewer than 2 results, ties, or a start that has no spread either.
    Source: ISO 13528, algorithm A (C.3.1).

    >>> x = [0.040, 0.055, 0.178, 0.202, 0.206, 0.227, 0.228, 0.230, 0.230, 0.235, 0.236, 0.237, 0.243, 0.244, 0.245,
    ...      0.2555, 0.260, 0.264, 0.267, 0.270, 0.273, 0.274, 0.274, 0.278, 0.281, 0.287, 0.287, 0.288, 0.289, 0.295,
    ...      0.296, 0.311, 0.331, 0.4246]                    # µg/l atrazine, printed s* = 0.0395
    >>> round(float(algorithm_a(x, "printed").s), 4)
    0.0395
    """
    given = reported_results(x, reported, 2)
    m = len(given.x)
    value, s, steps, other = np.empty(m), np.empty(m), np.empty(m, int), np.zeros(m, bool)
    for which, block in given.blocks(CELLS):
        first = deviation(block)
        flat = ~(first > 0.0)
        start = np.where(flat, 1.0, 1.483 if constants == "printed" else 1.4826)
        if flat.any():
            other[which] = flat
            first[flat] = _start(block[flat], tied)
        middle = sorted_median(block)
        scaled = np.ascontiguousarray(((block - middle[:, None]) / first[:, None]).T)
        mean, spread, taken = _fixed_point(scaled, start, 1.134 if constants == "printed" else winsorised_factor())
        value[which], s[which], steps[which] = middle + mean * first, spread * first, taken
    if np.any(s == 0.0):
        raise Refused(finding("comparison.algorithm_a.collapsed", "value", measurands=int(np.sum(s == 0.0)), tied=tied))
    told: tuple[Finding, ...] = ()
    if other.any():
        told = (finding("comparison.algorithm_a.tied", "value", "warning", measurands=int(other.sum()), tied=tied),)
    shape = given.shape
    value, s, n = value.reshape(shape), s.reshape(shape), given.count
    return Robust(value, s, 1.25 * s / np.sqrt(n), n, steps.reshape(shape), told)


@dataclass(frozen=True, slots=True)
class RobustWithin:
    """w: robust pooled standard deviation w* (…); eta, xi: limit and adjustment factor; n: laboratories; steps."""

    w: Array
    eta: float
    xi: float
    n: Array
    steps: Array


def algorithm_s(s: ArrayLike, dof: ArrayLike, reported: ArrayLike | None = None) -> RobustWithin:
    """The pooled standard deviation within laboratories, robust against a few that scatter too much.

    Start w* = median; standard deviations above η·w* are set to it; w* = ξ·√(Σ s²/n), to the fixed point. η is exceeded
    by a tenth of the standard deviations with ν degrees of freedom, ξ makes w*² unbiased then: both computed for any ν.
    s: (…, n) standard deviations of 0 or more, all with `dof` degrees of freedom (from ranges of two: range/√2, ν = 1);
    reported: (…, n). Raises Refused for a negative one, ν not above 0, or where half or more are zero.
    Source: ISO 13528, algorithm S (annex C).

    >>> found = algorithm_s([0.3, 0.2, 0.4, 0.3, 2.0], 3)
    >>> round(float(found.w), 4), round(found.eta, 3), round(found.xi, 3)
    (0.3864, 1.444, 1.039)
    """
    given = reported_results(s, reported, 1, "s")
    if given.x.size and given.x.min() < 0.0:
        raise Refused(finding("comparison.uncertainty.negative", "s"))
    common = np.unique(numbers(dof, "dof"))
    if common.size != 1:
        raise Refused(finding("comparison.robust.dof", "dof", dof=", ".join(f"{v:g}" for v in common)))
    eta, xi = limit_factors(float(common[0]))
    w, steps = np.empty(len(given.x)), np.empty(len(given.x), int)
    for which, block in given.blocks(CELLS):
        first = sorted_median(block)
        if not np.all(first > 0.0):
            raise Refused(finding("comparison.algorithm_s.zeros", "s", n=block.shape[-1]))
        pooled, taken = _pooled((block / first[:, None]).T, eta, xi)
        w[which], steps[which] = pooled * first, taken
    return RobustWithin(w.reshape(given.shape), eta, xi, given.count, steps.reshape(given.shape))


def _start(block: Array, tied: Start) -> Array:
    """The spread that starts measurands whose median absolute deviation is zero."""
    if tied == "refuse":
        raise Refused(finding("comparison.robust.ties", "value", n=block.shape[-1]))
    if tied not in ("nIQR", "Qn", "sd"):
        raise Refused(finding("comparison.algorithm_a.start", "tied", given=tied, known="refuse, nIQR, Qn, sd"))
    spread = np.std(block, axis=-1, ddof=1) if tied == "sd" else (niqr(block) if tied == "nIQR" else qn(block)).s
    found = np.where(block[:, -1] > block[:, 0], spread, 0.0)  # a mean of equal values can differ from them
    if not np.all(found > 0.0):
        nothing = int(np.sum(found == 0.0))
        raise Refused(finding("comparison.algorithm_a.collapsed", "value", measurands=nothing, tied=tied))
    return found


def _fixed_point(x: Array, start: Array, factor: float) -> tuple[Array, Array, Array]:
    """x* and s* of columns (n, m) of sorted results with median 0, from s* = start; and how often they were counted."""
    n, m = x.shape
    first, second = _outward(x), _outward(x * x)
    mean_of, s_of, steps_of, live = np.zeros(m), np.zeros(m), np.zeros(m, int), np.arange(m)
    mean, s = np.zeros(m), start.astype(float)
    solved = np.full((2, m), -1)
    for step in range(1, STEPS + 1):
        low, high = _counted(x, mean - A_CUT * s), n - _counted(x, mean + A_CUT * s)
        stands = (low == solved[0]) & (high == solved[1])
        if not stands.all():
            new, spread, leapt = _solved(low, high, (mean, s), (first, second), factor, step)
            still = np.maximum(np.abs(new - mean), np.abs(spread - s)) <= 1e-14 * spread
            mean, s = np.where(stands, mean, new), np.where(stands, s, spread)
            stands |= still | (s == 0.0)
            solved = np.where(leapt, [low, high], -1)
        done = live[stands]
        mean_of[done], s_of[done], steps_of[done] = mean[stands], s[stands], step
        if stands.all():
            return mean_of, s_of, steps_of
        if stands.any():
            keep = np.flatnonzero(~stands)
            x, first, second, solved = (np.take(a, keep, axis=1) for a in (x, first, second, solved))
            mean, s, live = mean[keep], s[keep], live[keep]
    raise Refused(finding("comparison.iteration", "algorithm_a", steps=STEPS))


def _solved(
    low: Array, high: Array, at: tuple[Array, Array], sums: tuple[Array, Array], factor: float, step: int
) -> tuple[Array, Array, Array]:
    """The next x*, s*: the solution with these counts of low and high results, else one step of the standard."""
    (mean, s), n = at, sums[0].shape[0] - 1
    inside = n - low - high
    total, squares = (_between(p, low, n - high) for p in sums)
    scale = factor**2 / (n - 1)
    wide = np.maximum(inside, 1)
    centre, out, lean = total / wide, low + high, high - low
    within = np.maximum(squares - wide * centre**2, 0.0)
    left = 1.0 - scale * A_CUT**2 * (out + lean**2 / wide)
    leaps = (inside > 0) & (left > 1e-9) & (step <= LEAPS)
    leap = np.sqrt(scale * within / np.where(leaps, left, 1.0))
    leap[within <= 1e-26] = 0.0
    bottom, top = mean - A_CUT * s, mean + A_CUT * s
    plain = (total + low * bottom + high * top) / n
    around = within + inside * (centre - plain) ** 2 + low * (bottom - plain) ** 2 + high * (top - plain) ** 2
    new = np.where(leaps, centre + lean * A_CUT * leap / wide, plain)
    return new, np.where(leaps, leap, np.sqrt(scale * around)), leaps


def _outward(x: Array) -> Array:
    """Sums from the middle outwards, (n + 1, m): p[j] − p[i] = Σ x[i:j], free of the rounding of an outlier beyond."""
    n, m = x.shape
    middle = n // 2
    sums = np.zeros((n + 1, m))
    for i in range(middle, n):  # row by row: a running sum down the columns of an array is several times slower
        np.add(sums[i], x[i], out=sums[i + 1])
    for i in range(middle, 0, -1):
        np.subtract(sums[i], x[i - 1], out=sums[i - 1])
    return sums


def _between(sums: Array, low: Array, high: Array) -> Array:
    columns = np.arange(sums.shape[1])
    return np.asarray(sums[high, columns] - sums[low, columns])


def _counted(x: Array, limit: Array) -> Array:
    """How many of each column lie below its limit."""
    below = np.less(x, limit)
    if len(x) < 256:
        return np.asarray(np.add.reduce(below.view(np.uint8), axis=0, dtype=np.uint8), np.intp)
    return np.asarray(below.sum(axis=0))


def _pooled(s: Array, eta: float, xi: float) -> tuple[Array, Array]:
    """w* of columns (n, m) of sorted standard deviations with median 1, by the same leaps."""
    n, m = s.shape
    sums = np.concatenate([np.zeros((1, m)), np.cumsum(s * s, axis=0)])
    columns, w = np.arange(m), np.ones(m)
    solved, steps, done = np.full(m, -1), np.zeros(m, int), np.zeros(m, bool)
    for step in range(1, STEPS + 1):
        inside = _counted(s, eta * w)
        out = n - inside
        settled = inside == solved
        left = 1.0 - (xi * eta) ** 2 * out / n
        leaps = (left > 1e-9) & (step <= LEAPS)
        leap = xi * np.sqrt(sums[inside, columns] / n / np.where(leaps, left, 1.0))
        plain = xi * np.sqrt((sums[inside, columns] + out * (eta * w) ** 2) / n)
        new = np.where(done | settled, w, np.where(leaps, leap, plain))
        settled |= np.abs(new - w) <= 1e-14 * new
        steps[settled & ~done] = step
        done |= settled
        w, solved = new, np.where(leaps, inside, -1)
        if done.all():
            return w, steps
    raise Refused(finding("comparison.iteration", "algorithm_s", steps=STEPS))
