"""Tests of Cochran and Grubbs for laboratories that lie apart: they propose, persons decide.

A straggler lies beyond the critical value at 5 %, an outlier beyond that at 1 %. Critical values come from the
distributions: Cochran's and the single Grubbs test's by the sum of the probabilities of each laboratory, as the
standard does (exact where no two can lie beyond at once), the double Grubbs test's by an exact integral.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtri, stdtrit

from suyuan.comparison.precision.decisions import NAMELESS, Names, OutlierDecision, State
from suyuan.comparison.precision.mandel import common_count
from suyuan.comparison.precision.repeatability import Cells
from suyuan.comparison.results import values
from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]
Side = Literal["high", "low"]
STRAGGLER, OUTLIER = 0.05, 0.01


@dataclass(frozen=True, slots=True)
class OutlierTest:
    """A test of each measurand, shape (…). statistic; straggler, outlier: critical values at 5 % and 1 %; which: (…, j)
    places of the laboratories that it tests; small: whether a small statistic is the conspicuous one."""

    statistic: Array
    straggler: float
    outlier: float
    which: Array
    small: bool = False

    @property
    def state(self) -> Array:
        """«correct», «straggler» or «outlier», shape (…)."""
        sign = -1.0 if self.small else 1.0
        beyond = [sign * self.statistic > sign * limit for limit in (self.outlier, self.straggler)]
        return np.select(beyond, ["outlier", "straggler"], "correct")


def cochran(s: ArrayLike, n: int) -> OutlierTest:
    """Cochran's test of the largest variance: C = s²max/Σs².

    Critical value f/(f + p − 1), f = F₁₋α/ₚ(n − 1, (p − 1)(n − 1)). s: (…, p) standard deviations of 2 or more
    laboratories; n: replicates of each, 2 or more (the most common number where they differ). Raises Refused for bad
    input and where all are zero. Source: ISO 5725-2, 7.3.3.

    >>> found = cochran([0.59, 2.17, 1.73, 6.63, 1.20, 1.29, 2.13, 1.04], 3)     # glucose C, mg/dl, ASTM E691
    >>> round(float(found.statistic), 3), round(found.outlier, 4), str(found.state)
    (0.724, 0.6152, 'outlier')
    """
    row = values(s, "s")
    if np.any(row < 0.0):
        raise Refused(finding("comparison.uncertainty.negative", "s"))
    p = row.shape[-1]
    if p < 2 or n < 2:
        raise Refused(finding("comparison.precision.few", "s", p=p, dof=p * (n - 1)))
    top = row.max(axis=-1)
    if not np.all(top > 0.0):
        raise Refused(finding("comparison.precision.no_scatter", "s"))
    share = 1.0 / np.sum((row / top[..., None]) ** 2, axis=-1)
    which = np.argmax(row, axis=-1)[..., None]
    return OutlierTest(share, cochran_critical(p, n, STRAGGLER), cochran_critical(p, n, OUTLIER), which)


def grubbs(means: ArrayLike, side: Side) -> OutlierTest:
    """Grubbs' test of the largest or smallest mean: G = (max − mean)/s, (mean − min)/s.

    means: (…, p) of 3 or more laboratories. Raises Refused for fewer, or where all are equal.
    Source: ISO 5725-2, 7.3.4.

    >>> found = grubbs([41.28, 41.44, 41.45, 41.46, 41.46, 42.02, 40.46, 42.58], "high")  # glucose A, ASTM E691
    >>> round(found.straggler, 3), str(found.state)
    (2.127, 'correct')
    """
    row, away, s = _standardised(means, 3)
    p = row.shape[-1]
    high = side == "high"
    which = (np.argmax(away, axis=-1) if high else np.argmin(away, axis=-1))[..., None]
    top = np.abs(np.take_along_axis(away, which, axis=-1))[..., 0]
    return OutlierTest(top / s, grubbs_critical(p, STRAGGLER), grubbs_critical(p, OUTLIER), which)


def grubbs_double(means: ArrayLike, side: Side) -> OutlierTest:
    """Grubbs' test of the two largest or two smallest means: the sum of squares without them over that of all.

    A small ratio is conspicuous. means: (…, p) of 4 or more laboratories. Raises Refused for fewer, or where all are
    equal. Source: ISO 5725-2, 7.3.4.

    >>> found = grubbs_double([10.1, 10.2, 9.9, 10.0, 9.8, 10.1, 14.0, 14.4], "high")
    >>> str(found.state), found.which.tolist()
    ('outlier', [6, 7])
    """
    row, away, s = _standardised(means, 4)
    p = row.shape[-1]
    order = np.argsort(away, axis=-1, kind="stable")
    which, rest = (order[..., -2:], order[..., :-2]) if side == "high" else (order[..., :2], order[..., 2:])
    left = np.take_along_axis(away, rest, axis=-1)
    squares = np.sum((left - left.mean(axis=-1, keepdims=True)) ** 2, axis=-1)
    limits = grubbs_double_critical(p, STRAGGLER), grubbs_double_critical(p, OUTLIER)
    return OutlierTest(squares / ((p - 1) * s**2), *limits, which, small=True)


def outlier_tests(cells: Cells, names: Names = NAMELESS) -> tuple[OutlierDecision, ...]:
    """What the tests find among the laboratories that count, as proposals that keep everyone until a person decides.

    For each measurand Cochran's test of the variances; the single Grubbs tests of the means; the double ones where no
    single one finds an outlier. Only stragglers and outliers are listed. After a decision ask again with the cells
    without those left out. cells: (…, p) of `cells_of`. Where too few laboratories count or nothing scatters a test is
    not made. Source: ISO 5725-2, 7.3.

    >>> from suyuan.comparison.precision.repeatability import cells_of
    >>> x = [[1.0, 1.1], [1.2, 1.1], [0.9, 1.0], [1.1, 1.0], [1.0, 1.2], [1.1, 3.9]]
    >>> [(d.lab, d.test, d.state, d.kept) for d in outlier_tests(cells_of(x))]
    [('6', 'cochran', 'outlier', True), ('6', 'grubbs_high', 'outlier', True)]
    """
    labs, measurands = names.full(cells.n.shape)
    shape = (-1, cells.n.shape[-1])
    common = common_count(cells.n).reshape(-1)
    found: list[OutlierDecision] = []
    rows = zip(measurands, *(a.reshape(shape) for a in (cells.n, cells.mean, cells.s)), common, strict=True)
    for measurand, n, mean, s, most in rows:
        for test, seen, places in _tests(n, mean, s, int(most)):
            state: State = str(seen.state)  # type: ignore[assignment]
            critical = seen.outlier if state == "outlier" else seen.straggler
            if state != "correct":
                found += [
                    OutlierDecision(labs[places[i]], measurand, test, float(seen.statistic), critical, state)
                    for i in seen.which
                ]
    return tuple(found)


def _tests(n: Array, mean: Array, s: Array, most: int) -> Iterator[tuple[str, OutlierTest, Array]]:
    """The tests that can be made of one measurand, with the places of the laboratories that each looks at."""
    repeated, counts = np.flatnonzero(n > 1), np.flatnonzero(n > 0)
    if repeated.size > 1 and np.any(s[repeated] > 0.0):
        yield "cochran", cochran(s[repeated], most), repeated
    means = mean[counts]
    if counts.size < 3 or np.ptp(means) == 0.0:
        return
    high, low = grubbs(means, "high"), grubbs(means, "low")
    yield "grubbs_high", high, counts
    yield "grubbs_low", low, counts
    if counts.size >= 4 and "outlier" not in (high.state, low.state):
        yield "grubbs_double_high", grubbs_double(means, "high"), counts
        yield "grubbs_double_low", grubbs_double(means, "low"), counts


def _standardised(means: ArrayLike, least: int) -> tuple[Array, Array, Array]:
    row = values(means, "means")
    if row.shape[-1] < least:
        raise Refused(finding("comparison.results.few", "means", n=row.shape[-1], wanted=least))
    away = row - row[..., :1]
    away = away - away.mean(axis=-1, keepdims=True)
    s = np.std(away, axis=-1, ddof=1)
    if not np.all(np.ptp(row, axis=-1) > 0.0):
        raise Refused(finding("comparison.precision.no_scatter", "means"))
    return row, away, s


def cochran_critical(p: int, n: int, alpha: float) -> float:
    """Critical value of Cochran's test, α: probability that one of p equally precise laboratories exceeds it.

    >>> round(cochran_critical(8, 3, 0.05), 4), round(cochran_critical(8, 3, 0.01), 4)
    (0.5157, 0.6152)
    """
    f = float(fdtri(n - 1, (p - 1) * (n - 1), 1.0 - alpha / p))
    return f / (f + p - 1)


def grubbs_critical(p: int, alpha: float) -> float:
    """Critical value of the single Grubbs test on one side, both sides together at α: t at 1 − α/(2p), p − 2 degrees.

    >>> round(grubbs_critical(8, 0.05), 3), round(grubbs_critical(10, 0.01), 3)
    (2.127, 2.482)
    """
    t = float(stdtrit(p - 2, 1.0 - alpha / (2 * p)))
    return (p - 1) / math.sqrt(p) * math.sqrt(t * t / (p - 2 + t * t))


@cache
def grubbs_double_critical(p: int, alpha: float) -> float:
    """Critical value of the double Grubbs test on one side, both sides together at α.

    The ratio of the sums of squares for a fixed pair is beta distributed with (p − 3)/2 and 1, independent of the
    direction of the pair and of the shape of the others; exactly one pair is the two largest. So
    P(G < g) = C(p, 2) E[min(g, c²/(c² + M²))^((p − 3)/2)] with c the least distance of the pair from the mean of the
    others in its direction, M the largest of the others' deviations, both for a sum of squares of one. The expectation
    is an integral over the direction and over M, whose distribution follows by recursion from p to p + 1. It reproduces
    the values that ISO 5725-2 prints (p = 10: 0.1150 at 1 %, 0.1864 at 5 %). p: 4 or more.

    >>> [round(grubbs_double_critical(p, 0.05), 4) for p in (6, 10)], round(grubbs_double_critical(10, 0.01), 3)
    ([0.0349, 0.1865], 0.115)
    """
    q = p - 2
    edge = math.atan(math.sqrt(p / q))
    nodes, weights = np.polynomial.legendre.leggauss(64)
    angle = 0.5 * edge * (nodes + 1.0)
    c2 = (np.cos(angle) * math.sqrt(p / (2.0 * q)) - np.sin(angle) / math.sqrt(2.0)) ** 2
    bound = c2[:, None] / (c2[:, None] + _largest_deviation(q) ** 2)
    power, pairs = 0.5 * (p - 3), 0.5 * p * (p - 1)

    def probability(g: float) -> float:
        inner = np.mean(np.minimum(g, bound) ** power, axis=1)
        return float(pairs * np.sum(weights * inner) * 0.5 * edge / math.pi)

    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if probability(middle) < 0.5 * alpha else (low, middle)
    return 0.5 * (low + high)


def _largest_deviation(n: int, parts: int = 1000, points: int = 4001) -> Array:
    """Middles of equally probable parts of the largest of n deviations whose squares sum to one.

    With sin φ = √(n/(n − 1)) · deviation, one deviation has a density ∝ cosⁿ⁻³φ, and it is the largest where that of
    the other n − 1, themselves scaled, lies below √(n/(n − 1)) tan φ.
    """
    if n == 2:
        return np.array([math.sqrt(0.5)])
    angle = np.linspace(math.asin(1.0 / 2.0), 0.5 * math.pi, points)
    below = np.linspace(0.0, 1.0, points)
    for m in range(4, n + 1):
        new = np.linspace(math.asin(1.0 / (m - 1)), 0.5 * math.pi, points)
        others = math.sqrt(m / (m - 1)) * np.tan(new[:-1]) / math.sqrt((m - 2) / (m - 1))
        share = np.interp(np.arcsin(np.minimum(others, 1.0)), angle, below, left=0.0)
        density = np.append(share, 1.0) * np.cos(new) ** (m - 3)
        sums = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
        angle, below = new, sums / sums[-1]
    middles = (np.arange(parts) + 0.5) / parts
    return np.asarray(math.sqrt((n - 1) / n) * np.sin(np.interp(middles, below, angle)))


def undecided(proposals: Sequence[OutlierDecision], decisions: Sequence[OutlierDecision]) -> list[OutlierDecision]:
    """The proposals about a laboratory and measurand on which nobody has decided yet."""
    done = {(d.lab, d.measurand, d.test) for d in decisions if d.person and d.reason}
    return [d for d in proposals if (d.lab, d.measurand, d.test) not in done]
