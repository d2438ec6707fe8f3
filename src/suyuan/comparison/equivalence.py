"""Degrees of equivalence: how far each laboratory is from the reference value and from each other, with uncertainty.

A result that contributes is correlated with the value made of it, and one that shares a standard with a contributor is
too: u²(dᵢ) = u²(xᵢ) + u²(x_ref) − 2 u(xᵢ, x_ref), whatever the estimator. From quantities the shared influences cancel
of themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.consensus import arithmetic_mean, generalised_least_squares
from suyuan.comparison.results import Consensus, covariance_matrix, uncertainties, values
from suyuan.quantity.covariance import covariance as joint
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.quantity import Quantity, stack

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Differences d with standard uncertainty u and expanded uncertainty U = k·u, in the unit of the results.

    Shape (…, n) against a reference value, (…, n, n) between pairs: d[i, j] = xᵢ − xⱼ.
    """

    d: Array
    u: Array
    U: Array
    k: float

    @property
    def En(self) -> Array:
        """d/U with the covariance in U; 0 for a laboratory and itself; infinite for d without uncertainty."""
        sure = np.where(self.d == 0.0, 0.0, np.copysign(np.inf, self.d))
        return np.asarray(np.divide(self.d, self.U, out=sure, where=self.U > 0.0))


def reference_from_outside(value: ArrayLike, u: ArrayLike, n: int) -> Consensus:
    """A reference value that no participant contributed to, and that is independent of all n of them.

    value, u: shape (…) in one unit; u of 0 or more. Raises Refused for anything else.

    >>> given = reference_from_outside(10.0, 0.3, 2)
    >>> degrees_of_equivalence([10.5, 9.0], [0.4, 0.4], given).U.tolist()
    [1.0, 1.0]
    """
    given = values(np.atleast_1d(np.asarray(value)))
    spread = values(np.broadcast_to(np.asarray(u), given.shape), "u")
    if np.any(spread < 0.0):
        raise Refused(finding("comparison.reference.negative", "u"))
    shape = np.shape(value)
    nothing = np.zeros((*shape, n))
    return Consensus(given.reshape(shape), spread.reshape(shape), nothing, nothing, np.zeros(shape))


def degrees_of_equivalence(x: ArrayLike, u: ArrayLike, reference: Consensus, k: float = 2.0) -> Equivalence:
    """The degree of equivalence of each participant with a reference value.

    dᵢ = xᵢ − x_ref, u²(dᵢ) = u²(xᵢ) + u²(x_ref) − 2 u(xᵢ, x_ref): for a contributor of weight w among independent
    results (1 − 2w) u²(xᵢ) + u²(x_ref), with the weighted mean u²(xᵢ) − u²(x_ref); for others u²(xᵢ) + u²(x_ref).
    A dark uncertainty is in u(x_ref) but not in u(xᵢ), which remains what the laboratory stated.
    x, u: (…, n), those from which the reference was found; k: coverage factor. Raises Refused for shapes that differ.
    Sources: M. G. Cox, Metrologia 39 (2002) 589; CIPM MRA.

    >>> from suyuan.comparison.consensus import weighted_mean
    >>> x, u = [15, 15, 30, 18, 24, -9, 33, 12.5, 8.8], [9, 14, 10, 13, 9, 7, 9, 8.6, 10]
    >>> found = degrees_of_equivalence(x, u, weighted_mean(x, u))
    >>> round(float(found.d[5]), 2), round(float(found.U[5]), 2)                  # (7² − 3.13²)^½ · 2
    (-23.17, 12.52)
    """
    every = values(x)
    spread = uncertainties(u, every.shape)
    if reference.covariance.shape[-1:] != every.shape[-1:]:
        got = reference.covariance.shape
        raise Refused(finding("comparison.results.shape", "reference", u=got, values=every.shape))
    variance = spread**2 + (reference.u**2)[..., None] - 2.0 * reference.covariance
    return _equivalence(every - reference.value[..., None], _not_negative(variance, spread), k)


def pairwise(x: ArrayLike, u: ArrayLike, covariance: ArrayLike | None = None, k: float = 2.0) -> Equivalence:
    """The degrees of equivalence between all pairs, which need no reference value.

    d[i, j] = xᵢ − xⱼ (antisymmetric), u² = uᵢ² + uⱼ² − 2 u(xᵢ, xⱼ). x, u: (…, n); covariance: (n, n), whose diagonal
    then stands for u.

    >>> found = pairwise([1.0, 2.0], [0.3, 0.4])
    >>> found.d.tolist(), found.U.tolist()
    ([[0.0, -1.0], [1.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]])
    """
    every = values(x)
    spread = uncertainties(u, every.shape)
    difference = every[..., :, None] - every[..., None, :]
    if covariance is None:
        variance = spread[..., :, None] ** 2 + spread[..., None, :] ** 2
    else:
        matrix = covariance_matrix(covariance, every.shape[-1])
        own = np.diagonal(matrix)
        variance = np.broadcast_to(own[:, None] + own - 2.0 * matrix, difference.shape)
    n = every.shape[-1]
    variance = np.where(np.eye(n, dtype=bool), 0.0, np.maximum(variance, 0.0))
    return _equivalence(difference, variance, k)


def equivalence_of_quantities(
    results: Sequence[Quantity] | Quantity,
    method: Literal["weighted", "arithmetic"] = "weighted",
    contributing: ArrayLike | None = None,
) -> tuple[Quantity, Quantity, Consensus]:
    """Reference value and degrees of equivalence as quantities: what all participants share cancels in the differences.

    The covariance of the results comes from their influences (a shared standard, a shared method). "weighted" is
    generalised least squares with it, "arithmetic" gives equal weights. The weights count as constants.
    results: n scalar quantities of one dimension or an array (n,); contributing: (n,).
    Returns the reference (scalar), d = x − reference (n,), both in the unit of the first, and the same as numbers.
    Raises Refused for units that do not convert, a result without uncertainty, or a singular covariance.

    >>> from suyuan.quantity.quantity import quantity
    >>> standard, a, b = quantity(0.0, 5.0), quantity(10.0, 0.3), quantity(11.0, 0.4)
    >>> _, d, _ = equivalence_of_quantities([a + standard, b + standard], "arithmetic")
    >>> d.u.round(9).tolist()                                      # u(a − b)/2: the standard is in neither
    [0.25, 0.25]
    """
    row = results if isinstance(results, Quantity) else stack(results)
    if row.ndim != 1:
        raise Refused(finding("comparison.results.shape", "results", u=row.shape, values=f"({row.size},)"))
    matrix = joint(row, row)
    if method == "weighted":
        found = generalised_least_squares(row.value, matrix, contributing)[0]
    elif method == "arithmetic":
        found = arithmetic_mean(row.value, row.u, contributing, matrix)
    else:
        raise Refused(finding("comparison.method.unknown", "method", method=method, known="weighted, arithmetic"))
    origin = row[int(np.argmax(found.weights != 0.0))]
    reference = (
        origin + ((row - origin) * found.weights).sum()
    )  # differences, so that points of a scale have a mean too
    return reference, row - reference, found


def _equivalence(d: Array, variance: Array, k: float) -> Equivalence:
    if not (math.isfinite(k) and k > 0.0):
        raise Refused(finding("comparison.coverage", "k", k=k))
    u = np.sqrt(variance)
    return Equivalence(d, u, k * u, k)


def _not_negative(variance: Array, spread: Array) -> Array:
    """Rounding below zero is zero; more says that reference and results do not belong together."""
    if np.any(variance < -1e-9 * spread**2):
        raise Refused(finding("comparison.reference.foreign", "reference"))
    return np.maximum(variance, 0.0)
