"""The results of a comparison as checked arrays, and the form of a reference value found from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.kept import numbers
from suyuan.quantity.nearest_correlation import complaint

Array = NDArray[Any]
SHOWN = 50
"""Faulty numbers that are told one by one; so many are no slip of a single laboratory."""


LARGE = 1e150
"""Beyond it, and below its inverse, the square of an uncertainty is no number of double precision."""


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


def values(x: ArrayLike, where: str = "value", labs: Sequence[str] = ()) -> Array:
    """The values, shape (…, n), read-only. Raises Refused for none, and for each missing one by place and name."""
    array = _read_only(numbers(x, where, own=False))
    if array.ndim == 0 or array.shape[-1] == 0:
        raise Refused(finding("comparison.results.few", where, n=array.size if array.ndim else 1, wanted=1))
    if array.size and not -LARGE <= np.min(array) <= np.max(array) <= LARGE:  # not true of a number that is none
        fault = ~np.isfinite(array)
        if np.any(fault):
            raise Refused(*each("comparison.results.not_finite", where, array, fault, labs))
        raise Refused(*each("comparison.results.magnitude", where, array, np.abs(array) > LARGE, labs))
    return array


def uncertainties(u: ArrayLike, shape: tuple[int, ...], where: str = "u", labs: Sequence[str] = ()) -> Array:
    """Standard uncertainties broadcast to the shape of the values. Raises Refused for each that is not above zero."""
    array = numbers(u, where, own=False)
    full = fitted(array, shape, where)
    if array.size and 1.0 / LARGE <= np.min(array) <= np.max(array) <= LARGE:
        return full
    fault = ~((full > 0.0) & (full < np.inf))
    if np.any(fault):
        if array.size == 1 and full.size > 1:  # one number for all is one fault
            raise Refused(finding("comparison.uncertainty.not_positive", where, given=f"{float(array.flat[0]):g}"))
        raise Refused(*each("comparison.uncertainty.not_positive", where, full, fault, labs))
    fault = (full < 1.0 / LARGE) | (full > LARGE)
    if np.any(fault):
        raise Refused(*each("comparison.results.magnitude", where, full, fault, labs))
    return full


def fitted(array: Array, shape: tuple[int, ...], where: str) -> Array:
    """Numbers broadcast to the shape of the results. Raises Refused where they do not fit."""
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise Refused(finding("comparison.results.shape", where, u=array.shape, values=shape)) from None


def positive(given: ArrayLike, shape: tuple[int, ...], where: str, fault: str) -> Array:
    """Numbers above zero in the shape of the results. Raises Refused with the finding `fault` for any other."""
    full = fitted(numbers(given, where), shape, where)
    if not np.all(np.isfinite(full) & (full > 0.0)):
        raise Refused(finding(fault, where))
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
    return Contributors(only(every, chosen), only(spread, chosen), chosen), spread


def only(every: Array, chosen: Array) -> Array:
    """The chosen of all participants; the same array where all are chosen."""
    return every if chosen.all() else every[..., chosen]


def covariance_matrix(covariance: ArrayLike, n: int, labs: Sequence[str] = ()) -> Array:
    """A covariance matrix (n, n), symmetric and positive semidefinite with a positive diagonal.

    Raises Refused for anything else; where it is the correlations that cannot hold together, a second finding names the
    pair to suspect first, and the nearest values that can.
    """
    matrix = numbers(covariance, "covariance")
    if matrix.shape != (n, n):
        raise Refused(finding("comparison.covariance.shape", "covariance", shape=matrix.shape, n=n))
    diagonal = np.diagonal(matrix)
    fault = ~((diagonal > 0.0) & (diagonal < np.inf))
    if np.any(fault):
        raise Refused(*each("comparison.covariance.variance", "covariance", diagonal, fault, labs))
    scale = np.sqrt(diagonal)
    correlation = matrix / scale[:, None] / scale
    sound = bool(np.all(np.isfinite(matrix))) and np.allclose(correlation, correlation.T, rtol=0.0, atol=1e-9)
    if not sound or np.linalg.eigvalsh(correlation)[0] < -1e-9 * n:
        blame, nearest = complaint(_unit_diagonal(correlation), labs)
        told = finding("comparison.covariance.indefinite", "covariance")
        raise Refused(told, finding("quantity.correlation.pair", "covariance", blame=blame, nearest=nearest))
    return 0.5 * (matrix + matrix.T)


def bounded(covariance: Array, weights: Array, u: Array) -> Array:
    """Covariances with participants, made smaller where u claims less than the weights give.

    Where u² < wᵀVw no two quantities can have both; with covariances by the factor u²/wᵀVw each difference has a
    variance that is not negative. covariance, weights: (…, n); u: (…).
    """
    linear = np.sum(weights * covariance, axis=-1)
    factor = np.divide(u**2, linear, out=np.ones(np.shape(u)), where=u**2 < linear)
    return np.asarray(covariance * factor[..., None])


def each(code: str, where: str, array: Array, fault: Array, labs: Sequence[str]) -> list[Finding]:
    """One finding for each faulty number, by its place from 1 along the participants and among the measurands."""
    told = []
    for place in np.argwhere(fault)[:SHOWN]:
        lab = str(labs[place[-1]]) if len(labs) == array.shape[-1] else ""
        measurand = ", ".join(str(i + 1) for i in place[:-1])
        given = f"{float(array[tuple(place)]):g}"
        told.append(finding(code, where, place=place[-1] + 1, lab=lab, measurand=measurand, given=given))
    return told


def _unit_diagonal(correlation: Array) -> Array:
    unit = correlation.copy()
    np.fill_diagonal(unit, 1.0)
    return unit


def _read_only(array: Array) -> Array:
    view = array.view()
    view.setflags(write=False)
    return view
