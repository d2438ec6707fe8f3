"""Robust mean and standard deviation of the results of a proficiency test: algorithm A of ISO 13528."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.results import values
from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]
CUT = 1.5
STEPS = 5000


@dataclass(frozen=True, slots=True)
class Robust:
    """value: robust mean x*; s: robust standard deviation s*; u: 1.25·s*/√n; steps: iterations until nothing moved."""

    value: Array
    s: Array
    u: Array
    steps: int


def winsorised_factor(cut: float = CUT) -> float:
    """(E[winsorised z²])^−½ of a standard normal z cut at ±cut: makes the winsorised standard deviation unbiased.

    >>> round(winsorised_factor(), 5)
    1.13339
    """
    inside = math.erf(cut / math.sqrt(2.0))
    density = math.exp(-0.5 * cut * cut) / math.sqrt(2.0 * math.pi)
    return float((inside - 2.0 * cut * density + cut * cut * (1.0 - inside)) ** -0.5)


def algorithm_a(x: ArrayLike, constants: Literal["exact", "printed"] = "exact") -> Robust:
    """Robust mean and standard deviation, iterated until they stand still (1e-13 of s*), not to three digits.

    Start x* = median, s* = 1.4826·median|x − x*|; then winsorise at x* ± 1.5 s*, x* = mean, s* = 1.1334·standard
    deviation.     x: (…, n) in one unit, n of 2 or more; constants: "printed" takes 1.483 and 1.134 as in the standard.
    Raises Refused where half of the results or more are equal, so that the start has no spread.
    Source: ISO 13528, algorithm A (C.3.1).

    >>> x = [0.040, 0.055, 0.178, 0.202, 0.206, 0.227, 0.228, 0.230, 0.230, 0.235, 0.236, 0.237, 0.243, 0.244, 0.245,
    ...      0.2555, 0.260, 0.264, 0.267, 0.270, 0.273, 0.274, 0.274, 0.278, 0.281, 0.287, 0.287, 0.288, 0.289, 0.295,
    ...      0.296, 0.311, 0.331, 0.4246]                    # µg/l atrazine, printed s* = 0.0395
    >>> round(float(algorithm_a(x, "printed").s), 4)
    0.0395
    """
    every = values(x)
    n = every.shape[-1]
    if n < 2:
        raise Refused(finding("comparison.results.few", "value", n=n, wanted=2))
    start, factor = (1.483, 1.134) if constants == "printed" else (1.4826, winsorised_factor())
    middle = np.median(every, axis=-1, keepdims=True)
    centred = every - middle
    first = np.median(np.abs(centred), axis=-1)
    if not np.all(first > 0.0):
        raise Refused(finding("comparison.robust.ties", "value", n=n))
    scaled = centred / first[..., None]
    mean, s = np.zeros(first.shape), np.full(first.shape, start)
    for step in range(1, STEPS + 1):
        kept = np.clip(scaled, (mean - CUT * s)[..., None], (mean + CUT * s)[..., None])
        new, spread = np.mean(kept, axis=-1), factor * np.std(kept, axis=-1, ddof=1)
        moved = np.maximum(np.abs(new - mean), np.abs(spread - s))
        mean, s = new, spread
        if np.all(moved <= 1e-13 * s + 1e-15):
            width = s * first
            return Robust(middle[..., 0] + mean * first, width, 1.25 * width / math.sqrt(n), step)
    raise Refused(finding("comparison.iteration", "algorithm_a", steps=STEPS))
