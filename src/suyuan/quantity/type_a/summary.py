"""Summary statistics of a long series that is written as blocks laid end to end: exact for any number of repetitions.

Deviations are taken from the mean before they are squared (two passes), so that no digits are lost where the values are
large beside their scatter (NIST StRD, univariate summary statistics, NumAcc1 to NumAcc4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.type_a.readings import power_of_two


@dataclass(frozen=True, slots=True)
class Block:
    """Values, shape (m,), repeated end to end `times` times."""

    values: NDArray[np.float64]
    times: int = 1


@dataclass(frozen=True, slots=True)
class Summary:
    """n; mean; std with n − 1, nan for one value; autocorrelation of lag 1, nan where nothing scatters."""

    n: int
    mean: float
    std: float
    autocorrelation: float


def summary(blocks: Sequence[Block]) -> Summary:
    """Mean, standard deviation and lag-1 autocorrelation of blocks laid end to end.

    r₁ = Σ eₜeₜ₊₁/Σ eₜ², e = deviation from the mean; s² = Σe²/(n − 1). Cost and memory are those of the blocks written
    once. Raises Refused where there is no value, or one is not finite.

    >>> s = summary([Block(np.array([10000000.2])), Block(np.array([10000000.1, 10000000.3]), 500)])   # NIST NumAcc4
    >>> s.mean, round(s.std, 8), round(s.autocorrelation, 3)
    (10000000.2, 0.1, -0.999)
    """
    used = [b for b in blocks if b.values.size and b.times > 0]
    if not used:
        raise Refused(finding("evaluation.readings.empty", "blocks"))
    for i, b in enumerate(used):
        if not np.all(np.isfinite(b.values)):
            bad = np.flatnonzero(~np.isfinite(b.values))
            code = "evaluation.readings.unknown"
            raise Refused(finding(code, f"blocks.{i}", count=bad.size, first=int(bad[0]) + 1))
    unit = max(power_of_two(b.values) for b in used)
    used = [Block(b.values / unit, b.times) for b in used]
    n = sum(b.times * b.values.size for b in used)
    origin = float(used[0].values[0])
    mean = origin + math.fsum(b.times * math.fsum(b.values - origin) for b in used) / n
    deviations = [b.values - mean for b in used]
    # What the first mean lost to rounding shows as a mean of the deviations; they are small, so it is exact enough.
    rest = math.fsum(b.times * math.fsum(e) for b, e in zip(used, deviations, strict=True)) / n
    mean, deviations = mean + rest, [e - rest for e in deviations]
    squares = math.fsum(b.times * math.fsum(e * e) for b, e in zip(used, deviations, strict=True))
    products = math.fsum(_neighbours(used, deviations))
    std = math.sqrt(squares / (n - 1)) if n > 1 else math.nan
    return Summary(n, unit * mean, unit * std, products / squares if squares > 0.0 else math.nan)


def _neighbours(blocks: Sequence[Block], deviations: Sequence[NDArray[np.float64]]) -> list[float]:
    """Sums of products of neighbours: inside the blocks, where repetitions meet, where blocks meet."""
    terms: list[float] = []
    last: float | None = None
    for b, e in zip(blocks, deviations, strict=True):
        first, end = float(e[0]), float(e[-1])
        terms.append(b.times * math.fsum(e[:-1] * e[1:]))
        terms.append((b.times - 1) * end * first)
        if last is not None:
            terms.append(last * first)
        last = end
    return terms
