"""Factors that make the algorithms A and S unbiased for normal results, computed and not tabulated."""

from __future__ import annotations

import math
from functools import cache

from scipy.special import chdtr, chdtri

from suyuan.quantity.finding import Refused, finding

A_CUT = 1.5
"""Algorithm A winsorises at x* ± 1.5 s*."""

S_PART = 0.1
"""The part of the standard deviations that algorithm S expects above its limit."""


@cache
def winsorised_factor(cut: float = A_CUT) -> float:
    """(E[winsorised z²])^−½ of a standard normal z cut at ±cut: makes the winsorised standard deviation unbiased.

    The standard prints 1.134. Source: ISO 13528, C.3.1.

    >>> round(winsorised_factor(), 5)
    1.13339
    """
    inside = math.erf(cut / math.sqrt(2.0))
    density = math.exp(-0.5 * cut * cut) / math.sqrt(2.0 * math.pi)
    return float((inside - 2.0 * cut * density + cut * cut * (1.0 - inside)) ** -0.5)


@cache
def limit_factors(dof: float) -> tuple[float, float]:
    """η and ξ of algorithm S for ν degrees of freedom.

    η = √(χ²₀.₉(ν)/ν); ξ = (P(χ²(ν + 2) < νη²) + 0.1 η²)^−½, the inverse root of the mean winsorised variance.
    dof: ν above 0, of each standard deviation. Raises Refused for anything else. The standard prints 1.645 and 1.097
    for ν = 1, 1.517 and 1.054 for ν = 2. Source: ISO 13528, annex C.

    >>> [tuple(round(f, 3) for f in limit_factors(dof)) for dof in (1, 2, 9)]
    [(1.645, 1.097), (1.517, 1.054), (1.277, 1.018)]
    """
    if not (math.isfinite(dof) and dof > 0.0):
        raise Refused(finding("comparison.robust.dof", "dof", dof=dof))
    limit = float(chdtri(dof, S_PART))
    eta = math.sqrt(limit / dof)
    return eta, float((chdtr(dof + 2.0, limit) + S_PART * eta**2) ** -0.5)
