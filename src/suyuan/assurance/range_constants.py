"""Constants of control charts and of the range method: d2, d3, c4 and what follows from them, computed.

W = range of n independent standard normal deviates: d2 = E W, d3 = √(E W² − d2²); c4 = E s/σ. Printed tables round them
to three or four places; `printed` gives those digits where a published number was found with them.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy.special import gammaln, log_ndtr, ndtr

from suyuan.quantity.finding import Refused, finding

LARGEST = 1000
"""Readings in a subgroup; far more are no subgroup, and their range says little."""
_FAR, _POINTS = 9.0, 900


def d2(n: int) -> float:
    """Expected range of n standard normal deviates, ∫ 1 − Φⁿ − (1 − Φ)ⁿ.

    >>> [round(d2(n), 3) for n in (2, 3, 5, 10)]                 # ISO 7870-2:2023 and every textbook table
    [1.128, 1.693, 2.326, 3.078]
    """
    return _moments(_size(n))[0]


def d3(n: int) -> float:
    """Standard deviation of the range of n standard normal deviates.

    >>> [round(d3(n), 3) for n in (2, 3, 5, 10)]
    [0.853, 0.888, 0.864, 0.797]
    """
    mean, square = _moments(_size(n))
    return math.sqrt(square - mean * mean)


def c4(n: int) -> float:
    """Expected standard deviation (n − 1) of n standard normal deviates, √(2/(n − 1)) Γ(n/2)/Γ((n − 1)/2).

    >>> [round(c4(n), 4) for n in (2, 3, 5, 10)]
    [0.7979, 0.8862, 0.94, 0.9727]
    """
    n = _size(n, math.inf)
    return math.sqrt(2.0 / (n - 1)) * math.exp(float(gammaln(n / 2) - gammaln((n - 1) / 2)))


def d2_star(n: int, subgroups: int = 1) -> float:
    """√(d2² + d3²/m): divisor that makes the square of a mean range of m subgroups unbiased for σ².

    >>> round(1 / d2_star(3), 4), round(1 / d2_star(10), 4)           # K2 of 3 operators, K3 of 10 parts (AIAG MSA)
    (0.5231, 0.3146)

    Source: Duncan's approximation, as used for K2 and K3 in AIAG MSA (from memory; the two values above agree).
    """
    return math.sqrt(d2(n) ** 2 + d3(n) ** 2 / subgroups)


def printed(constant: float, digits: int = 3) -> float:
    """A constant as tables print it.

    >>> printed(d2(2))
    1.128
    """
    return round(constant, digits)


def _size(n: int, most: float = LARGEST) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or not 2 <= n <= most:
        raise Refused(finding("assurance.study.subgroup", "subgroup_size", given=n, most=LARGEST))
    return int(n)


@lru_cache(maxsize=256)
def _moments(n: int) -> tuple[float, float]:
    """E W and E W², W = range of n standard normal deviates.

    E W² = 2 ∫∫_{x<y} 1 − Φ(y)ⁿ − (1 − Φ(x))ⁿ + (Φ(y) − Φ(x))ⁿ dx dy; the integrands are smooth and vanish at ±9, so
    the trapezoid rule converges faster than any power of the step.
    """
    x = np.linspace(-_FAR, _FAR, _POINTS)
    step = float(x[1] - x[0])
    below, above = ndtr(x), ndtr(-x)
    mean = step * float(np.sum(-np.expm1(n * log_ndtr(x)) - above**n))
    # W > w if the spread of the sample exceeds w: P(W ≤ w) = n ∫ φ(x) (Φ(x + w) − Φ(x))^(n−1) dx.
    w = np.linspace(0.0, 2.0 * _FAR, _POINTS)
    density = np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
    inside = n * step * (density[:, None] * (ndtr(x[:, None] + w) - below[:, None]) ** (n - 1)).sum(axis=0)
    tail = 2.0 * w * (1.0 - inside)
    h = float(w[1] - w[0])
    # The integrand of E W² = ∫ 2w P(W > w) is not periodic at 0 (slope 2 there): Simpson-like end correction h²/12·f'.
    square = h * float(np.sum(tail) - 0.5 * (tail[0] + tail[-1])) + h * h / 12.0 * 2.0
    return mean, square
