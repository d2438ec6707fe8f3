"""The results of a comparison as checked arrays, and the form of a reference value found from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.kept import numbers

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Consensus:
    """A reference value with what is needed to compare each participant with it.

    Shapes: (…) for the values, (…, n) for what each of n participants has; … are measurands, evaluated at once.
    value, u: reference value and its standard uncertainty; weights: of each participant, 0 for one that does not
    contribute, Σ = 1; covariance: u(xᵢ, x_ref) of each participant with the reference value, also of one that does not
    contribute but is correlated with one that does; tau: standard deviation between laboratories beyond the stated
    uncertainties («dark uncertainty»), 0 where the method has none; low, high: ends of the method's own 95 % interval,
    symmetric in probability, None where it has none; further: what else a method finds, by name («q», «alpha», …);
    findings: what a reader must know before using the value (τ² at its bound, several roots, few laboratories).
    """

    value: Array
    u: Array
    weights: Array
    covariance: Array
    tau: Array
    low: Array | None = None
    high: Array | None = None
    further: Mapping[str, Array] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Contributors:
    """The contributing results alone: x, u (…, m) and chosen (n,), the places that they have among all n."""

    x: Array
    u: Array
    chosen: Array

    def spread(self, weights: Array) -> Array:
        """Weights of the contributors as weights of all participants."""
        full = np.zeros((*weights.shape[:-1], self.chosen.size))
        full[..., self.chosen] = weights
        return full


def values(x: ArrayLike, where: str = "value") -> Array:
    """The values, shape (…, n). Raises Refused for none, or missing ones."""
    array = numbers(x, where)
    if array.ndim == 0 or array.shape[-1] == 0:
        raise Refused(finding("comparison.results.few", where, n=array.size if array.ndim else 1, wanted=1))
    if not np.all(np.isfinite(array)):
        raise Refused(finding("comparison.results.not_finite", where))
    return array


def uncertainties(u: ArrayLike, shape: tuple[int, ...], where: str = "u") -> Array:
    """Standard uncertainties broadcast to the shape of the values. Raises Refused for one that is not above zero."""
    array = numbers(u, where)
    try:
        full = np.broadcast_to(array, shape)
    except ValueError:
        raise Refused(finding("comparison.results.shape", where, u=array.shape, values=shape)) from None
    if not np.all(np.isfinite(full) & (full > 0.0)):
        raise Refused(finding("comparison.uncertainty.not_positive", where))
    return full


def mask(contributing: ArrayLike | None, n: int, least: int) -> Array:
    """Which of n participants contribute, shape (n,). Raises Refused for fewer than are needed."""
    chosen = np.ones(n, bool) if contributing is None else np.asarray(contributing, bool)
    if chosen.shape != (n,):
        raise Refused(finding("comparison.contributing.shape", "contributing", shape=chosen.shape, n=n))
    if chosen.sum() < least:
        raise Refused(finding("comparison.results.few", "contributing", n=int(chosen.sum()), wanted=least))
    return chosen


def contributors(x: ArrayLike, u: ArrayLike, contributing: ArrayLike | None, least: int) -> tuple[Contributors, Array]:
    """The contributing results, checked, and the uncertainties of all."""
    every = values(x)
    spread = uncertainties(u, every.shape)
    chosen = mask(contributing, every.shape[-1], least)
    return Contributors(every[..., chosen], spread[..., chosen], chosen), spread


def covariance_matrix(covariance: ArrayLike, n: int) -> Array:
    """A covariance matrix (n, n), symmetric and positive semidefinite with a positive diagonal, else Refused."""
    matrix = numbers(covariance, "covariance")
    if matrix.shape != (n, n):
        raise Refused(finding("comparison.covariance.shape", "covariance", shape=matrix.shape, n=n))
    diagonal = np.diagonal(matrix)
    if not np.all(np.isfinite(matrix)) or not np.all(diagonal > 0.0):
        raise Refused(finding("comparison.uncertainty.not_positive", "covariance"))
    scale = np.sqrt(diagonal)
    correlation = matrix / np.outer(scale, scale)
    if not np.allclose(correlation, correlation.T, rtol=0.0, atol=1e-9):
        raise Refused(finding("comparison.covariance.indefinite", "covariance"))
    if np.linalg.eigvalsh(correlation)[0] < -1e-9 * n:
        raise Refused(finding("comparison.covariance.indefinite", "covariance"))
    return 0.5 * (matrix + matrix.T)
