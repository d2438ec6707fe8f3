"""Random-effects means: a common variance between laboratories beyond what they state, by several rules."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.consensus.weighted import mean_by_tau, middle_of, scale_of, scatter
from suyuan.comparison.results import Consensus, Contributors, contributors
from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]
STEPS = 500
"""Newton steps for the between-laboratory variance; it doubles at each until it is near, so 500 are never reached."""


def dersimonian_laird(x: ArrayLike, u: ArrayLike, contributing: ArrayLike | None = None) -> Consensus:
    """The random-effects mean with the between-laboratory variance of DerSimonian and Laird.

    τ² = max(0, (Q − n + 1)/(Σw − Σw²/Σw)), then weights 1/(u² + τ²) and u² = 1/Σ of them, which does not know that τ
    is an estimate. x, u: (…, n) independent, two or more that contribute.
    Source: R. DerSimonian, N. Laird, Controlled Clinical Trials 7 (1986) 177.

    >>> x = [15, 15, 30, 18, 24, -9, 33, 12.5, 8.8]       # nm, printed: 15.75, u 5.0, dark uncertainty 11.3
    >>> found = dersimonian_laird(x, [9, 14, 10, 13, 9, 7, 9, 8.6, 10])
    >>> round(float(found.value), 2), round(float(found.u), 2), round(float(found.tau), 1)
    (15.75, 5.0, 11.3)
    """
    part, spread = contributors(x, u, contributing, 2)
    scale = scale_of(part)
    w = (part.u / scale[..., None]) ** -2.0  # in units of the smallest u: no square overflows or vanishes
    chi2, _ = scatter(part, np.zeros(part.x.shape[:-1]))
    total = np.sum(w, axis=-1)
    excess = (chi2 - part.x.shape[-1] + 1) / (total - np.sum(w**2, axis=-1) / total)
    return mean_by_tau(part, spread, scale * np.sqrt(np.maximum(excess, 0.0)))


def mandel_paule(x: ArrayLike, u: ArrayLike, contributing: ArrayLike | None = None) -> Consensus:
    """The random-effects mean with the between-laboratory variance of Mandel and Paule.

    Σ(x − x_ref)²/(u² + τ²) = n − 1, τ = 0 where the left side is smaller at once. The left side is convex and falling
    in τ² (a quadratic over a linear form, minimised over x_ref), so Newton from τ² = 0 climbs to the only root and
    never passes it; from any start beyond the root it may fall below zero and be taken for «no root».
    x, u: (…, n) independent, two or more that contribute. Source: R. C. Paule, J. Mandel, J. Res. NBS 87 (1982) 377.

    >>> found = mandel_paule([15, 15, 30, 18, 24, -9, 33, 12.5, 8.8], [9, 14, 10, 13, 9, 7, 9, 8.6, 10])
    >>> round(float(found.value), 3), round(float(found.tau), 3)
    (15.567, 9.442)
    """
    part, spread = contributors(x, u, contributing, 2)
    return mean_by_tau(part, spread, mandel_paule_tau(part))


def mandel_paule_tau(part: Contributors) -> Array:
    n, scale = part.x.shape[-1], scale_of(part)
    unit = Contributors((part.x - middle_of(part)) / scale[..., None], part.u / scale[..., None], part.chosen)
    t = np.zeros(part.x.shape[:-1])
    for _ in range(STEPS):
        chi2, slope = scatter(unit, np.sqrt(t))
        step = np.maximum((chi2 - (n - 1)) / np.where(slope > 0.0, slope, 1.0), 0.0)
        t = t + step
        if np.all(step <= 4e-16 * t):
            return np.asarray(scale * np.sqrt(t))
    raise Refused(finding("comparison.iteration", "mandel_paule", steps=STEPS))
