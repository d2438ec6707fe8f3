"""Performance scores of participants against an assigned value (ISO 13528, ISO/IEC 17043)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.results import values
from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]


def z(x: ArrayLike, assigned: ArrayLike, sigma_pt: ArrayLike, u_assigned: ArrayLike = 0.0) -> Array:
    """z = (x − x_pt)/σ_pt, and z′ = (x − x_pt)/√(σ_pt² + u²(x_pt)) where u_assigned is given.

    x: (…, n); assigned, sigma_pt (above 0), u_assigned: broadcast, in the unit of x. Source: ISO 13528.

    >>> float(z([3.13], 2.99, 0.1)[0].round(6)), float(z([3.13], 2.99, 0.1, 0.03)[0].round(6))
    (1.4, 1.340957)
    """
    return _score(x, assigned, sigma_pt, u_assigned)


def zeta(x: ArrayLike, u: ArrayLike, assigned: ArrayLike, u_assigned: ArrayLike, covariance: ArrayLike = 0.0) -> Array:
    """ζ = (x − x_pt)/√(u²(x) + u²(x_pt) − 2 u(x, x_pt)).

    covariance: u(x, x_pt), for participants from whose results the assigned value comes (`Consensus.covariance`).

    >>> float(zeta([3.13], [0.06], 2.99, 0.03)[0].round(6))
    2.086997
    """
    return _score(x, assigned, u, u_assigned, covariance)


def en(x: ArrayLike, U: ArrayLike, assigned: ArrayLike, U_assigned: ArrayLike) -> Array:
    """E_n = (x − x_pt)/√(U²(x) + U²(x_pt)), expanded uncertainties as stated, for an independent assigned value.

    For one that the participants made: `Equivalence.En`.

    >>> float(en([3.13], [0.12], 2.99, 0.06)[0].round(6))
    1.043498
    """
    return _score(x, assigned, U, U_assigned)


def percent_difference(x: ArrayLike, assigned: ArrayLike) -> Array:
    """D% = 100 (x − x_pt)/x_pt. Raises Refused for an assigned value of 0.

    >>> float(percent_difference([3.13], 2.99)[0].round(6))
    4.682274
    """
    given = values(np.atleast_1d(np.asarray(assigned)), "assigned")
    if np.any(given == 0.0):
        raise Refused(finding("comparison.score.zero", "assigned"))
    return np.asarray(100.0 * (values(x) - given) / given)


def _score(
    x: ArrayLike, assigned: ArrayLike, first: ArrayLike, second: ArrayLike, covariance: ArrayLike = 0.0
) -> Array:
    a, b = (np.asarray(values(np.atleast_1d(np.asarray(s)), "u")) for s in (first, second))
    variance = a**2 + b**2 - 2.0 * np.asarray(covariance)
    if np.any(a < 0.0) or np.any(b < 0.0) or not np.all(variance > 0.0):
        raise Refused(finding("comparison.score.spread", "u"))
    difference = values(x) - values(np.atleast_1d(np.asarray(assigned)), "assigned")
    return np.asarray(difference / np.sqrt(variance))
