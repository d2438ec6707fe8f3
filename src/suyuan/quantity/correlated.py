"""Quantities with a given covariance, by a factor of as few columns as the covariance has independent directions.

V = F·Fᵀ with F of shape (n, r). A covariance matrix of n values is never kept: the influence has r elements, one for
each direction in which the values vary together, and a million values that share ten effects cost ten million numbers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.block import Block, Dense
from suyuan.quantity.components import NOTHING, Components
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, Source, fresh_id
from suyuan.quantity.kept import locked, numbers
from suyuan.quantity.uncertain import Quantity
from suyuan.quantity.unit import Unit, parse_unit

Array = NDArray[Any]
TOLERANCE = 1e-9
"""How negative an eigenvalue of the correlation matrix may be: printed coefficients are rounded."""


LARGEST = 25_000_000
"""Entries of a covariance matrix: 0.2 GB, a square one of 5000 values. Beyond, give a factor."""


def correlated(
    values: ArrayLike,
    *,
    covariance: ArrayLike | None = None,
    factor: ArrayLike | None = None,
    unit: str | Unit = "1",
    dof: float = math.inf,
    distribution: str = "normal",
    label: str = "",
    source: Source | None = None,
    id: str | None = None,
) -> Quantity:
    """One array quantity from n estimates and their covariance: one joint influence of rank r ≤ n.

    V = F·Fᵀ (JCGM 102:2011 5.2 writes V as U_x)

    values: shape (n,), or any shape of n values; covariance: V, (n, n), in the square of the unit; factor: F, (n, r),
    in the unit, instead of V; dof: of the whole group, which was observed together. The influence's elements are the
    principal directions, its u the singular values of F; directions of no weight are left out, and without any a
    constant remains. Raises Refused where both or neither is given, a shape does not fit, a number is not finite, or V
    is not positive semidefinite (with the most negative eigenvalue and its direction).

    >>> q = correlated([1.0, 2.0], covariance=[[0.04, 0.02], [0.02, 0.01]], unit="V")
    >>> q.influences()[0].size, [round(float(u), 6) for u in q.u], round(float((q[0] - 2.0 * q[1]).u), 12)
    (1, [0.2, 0.1], 0.0)
    """
    array = numbers(values, label)
    resolved = parse_unit(unit) if isinstance(unit, str) else unit
    if not np.all(np.isfinite(array)):
        raise Refused(finding("quantity.value.not_finite", where=label))
    if not dof > 0.0:
        raise Refused(finding("quantity.dof.not_positive", where=label, dof=dof))
    if (covariance is None) == (factor is None):
        raise Refused(finding("quantity.covariance.which", where=label))
    given = _root(covariance, array.size, label) if covariance is not None else _factor(factor, array.size, label)
    scale, spread = _principal(given)
    if not len(spread):
        return Quantity._of(array, resolved, NOTHING)
    difference = resolved.as_difference()
    influence = Influence(
        id or fresh_id(), len(spread), spread, float(dof), distribution,
        difference.dsi or difference.symbol, label, source or Source(), True,
    )  # fmt: skip
    part = Block(influence, None, Dense(scale.reshape(len(spread), *array.shape)))
    return Quantity._of(array, resolved, Components.of({influence.id: part}))


def _factor(factor: ArrayLike | None, n: int, where: str) -> Array:
    given = numbers(factor, where, own=False)
    if given.ndim != 2 or len(given) != n or not np.all(np.isfinite(given)):
        raise Refused(finding("quantity.covariance.invalid", where=where, values=n))
    return given


def _root(covariance: ArrayLike, n: int, where: str) -> Array:
    """F with F·Fᵀ = V, from the eigenvectors of the correlation matrix, whose scale does not depend on units."""
    v = numbers(covariance, where, own=False)
    if v.size > LARGEST:
        raise Refused(finding("quantity.covariance.too_large", entries=v.size))
    if v.shape != (n, n) or not np.all(np.isfinite(v)) or np.any(np.diag(v) < 0.0):
        raise Refused(finding("quantity.covariance.invalid", where=where, values=n))
    d = np.sqrt(np.diag(v))
    scale = np.outer(d, d)
    largest = np.max(d, initial=0.0) ** 2
    if np.any(np.abs(v - v.T) > TOLERANCE * np.maximum(scale, 1e-300)) or np.any(v[scale == 0.0] != 0.0):
        raise Refused(finding("quantity.covariance.invalid", where=where, values=n))
    if largest == 0.0:
        return np.zeros((n, 0))
    known = d > 0.0
    r = (0.5 * (v + v.T))[np.ix_(known, known)] / scale[np.ix_(known, known)]
    eigenvalues, vectors = np.linalg.eigh(r)
    if eigenvalues[0] < -TOLERANCE * len(r):
        direction = _named(vectors[:, 0], np.flatnonzero(known))
        raise Refused(
            finding(
                "quantity.covariance.indefinite", where=where, eigenvalue=float(eigenvalues[0]), direction=direction
            )
        )
    kept = eigenvalues > len(r) * np.finfo(float).eps * eigenvalues[-1]
    root = np.zeros((n, int(kept.sum())))
    root[known] = d[known, None] * vectors[:, kept] * np.sqrt(eigenvalues[kept])
    return root


def _principal(factor: Array) -> tuple[Array, Array]:
    """Rows of components (r, n), orthogonal to each other, and their lengths, from a factor (n, r)."""
    if not factor.size:
        return np.zeros((0, len(factor))), locked(np.zeros(0))
    triangle = np.linalg.qr(factor, mode="r")  # the table of n rows is not kept twice
    _, lengths, turn = np.linalg.svd(triangle)
    lengths = np.concatenate([lengths, np.zeros(len(turn) - len(lengths))])
    kept = lengths > max(factor.shape) * np.finfo(float).eps * lengths[0]
    return locked(turn[kept] @ factor.T), locked(lengths[kept].copy())


def _named(vector: Array, positions: Array) -> str:
    """The largest weights of a direction, as «0.71·x[0] − 0.70·x[3]»."""
    order = np.argsort(-np.abs(vector), kind="stable")[:3]
    words = [f"{'−' if vector[i] < 0 else '+'} {abs(vector[i]):.2f}·x[{positions[i]}]" for i in order]
    rest = " …" if len(vector) > 3 else ""
    return " ".join(words).removeprefix("+ ") + rest
