"""Coverage regions of several outputs (JCGM 102:2011 7.7): ellipsoids and rectangles, from draws and for a Gaussian."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri, gammaincinv, ndtri

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.montecarlo.simulation import Run, check_enough, check_probability, whole

Array = NDArray[Any]
STEP = 1 << 15
"""Draws at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Ellipsoid:
    """{η: (η − y)ᵀ U⁻¹ (η − y) ≤ k²}. names: of the m output numbers; centre: y (m,); covariance: U (m, m); k: k_p."""

    names: tuple[str, ...]
    p: float
    centre: Array
    covariance: Array
    k: float

    @property
    def volume(self) -> float:
        """Area for two outputs, volume for three: π^(m/2)/Γ(m/2 + 1) · k^m · √det U."""
        m = len(self.centre)
        unit = math.pi ** (m / 2) / math.gamma(m / 2 + 1)
        return float(unit * self.k**m * math.sqrt(max(0.0, float(np.linalg.det(self.covariance)))))

    def contains(self, points: ArrayLike) -> Array:
        """Whether points (m, …) lie inside."""
        factor = _factor(self.covariance, self.names)
        return np.asarray(_distances(np.asarray(points, float), self.centre, factor) <= self.k)

    def outline(self, points: int = 181) -> Array:
        """The closed curve of an ellipse, (2, points), for a figure; of two outputs only."""
        if len(self.centre) != 2:
            raise Refused(finding("montecarlo.region.plane", ", ".join(self.names), outputs=len(self.centre)))
        angle = np.linspace(0.0, 2.0 * math.pi, points)
        factor = _factor(self.covariance, self.names)
        return np.asarray(self.centre[:, None] + self.k * factor @ np.stack([np.cos(angle), np.sin(angle)]))


@dataclass(frozen=True, slots=True, eq=False)
class Rectangle:
    """|ηⱼ − yⱼ| ≤ k·u(yⱼ) for every output. low, high: (m,); k: k_q."""

    names: tuple[str, ...]
    p: float
    centre: Array
    u: Array
    k: float

    @property
    def low(self) -> Array:
        return np.asarray(self.centre - self.k * self.u)

    @property
    def high(self) -> Array:
        return np.asarray(self.centre + self.k * self.u)

    @property
    def volume(self) -> float:
        return float(np.prod(2.0 * self.k * self.u))

    def contains(self, points: ArrayLike) -> Array:
        """Whether points (m, …) lie inside."""
        given = np.asarray(points, float)
        axes = (slice(None), *[None] * (given.ndim - 1))
        return np.asarray(((given >= self.low[axes]) & (given <= self.high[axes])).all(axis=0))


def coverage_factor_ellipsoid(p: float, outputs: int) -> float:
    """Coverage factor of the elliptical region of a Gaussian vector.

    k_p² = χ²-quantile p with m degrees of freedom (JCGM 102:2011 6.5).
    p: coverage probability; outputs: m, the number of output numbers. Raises Refused for what is none.

    >>> [round(coverage_factor_ellipsoid(0.95, m), 2) for m in (1, 2, 3)]        # JCGM 102:2011, p = 0.95
    [1.96, 2.45, 2.8]
    """
    _check(p, outputs)
    if p < 0.5:  # the upper tail would lose the digits of p
        return math.sqrt(2.0 * float(gammaincinv(0.5 * outputs, p)))
    return math.sqrt(float(chdtri(outputs, 1.0 - p)))


def coverage_factor_rectangle(p: float, outputs: int) -> float:
    """Coverage factor of the rectangular region of a Gaussian vector, whatever its correlations.

    k_q with q = 1 − (1 − p)/m, the normal quantile (1 + q)/2; at least p is covered (JCGM 102:2011 6.5).

    >>> [round(coverage_factor_rectangle(0.95, m), 2) for m in (1, 2, 3)]
    [1.96, 2.24, 2.39]
    """
    _check(p, outputs)
    return -float(ndtri(0.5 * (1.0 - p) / outputs))


def ellipsoid(run: Run, p: float | None = None) -> Ellipsoid:
    """The elliptical coverage region of a run (JCGM 102:2011 7.7.2).

    With U = L Lᵀ, dᵣ = |L⁻¹(yᵣ − y)|; k_p is the p-quantile of the dᵣ, so the region holds the fraction p of the draws.
    run: of outputs that are simulated together; p: coverage probability, that of the run unless stated. Raises Refused
    for too few draws, and for outputs of which one follows from the others.
    """
    wanted, draws = _wanted(run, p)
    matrix = run.covariance()
    factor = _factor(matrix, run.names)
    parts = range(0, run.trials, STEP)
    d = np.concatenate([_distances(draws[:, i : i + STEP], run.mean, factor) for i in parts])
    return Ellipsoid(run.names, wanted, run.mean, matrix, _quantile(d, wanted))


def rectangle(run: Run, p: float | None = None) -> Rectangle:
    """The rectangular coverage region of a run (JCGM 102:2011 7.7.3).

    dᵣ = maxⱼ |yⱼᵣ − yⱼ|/u(yⱼ); k_q is their p-quantile. Arguments and refusals as for `ellipsoid`.
    """
    wanted, draws = _wanted(run, p)
    u = np.sqrt(np.diag(run.covariance()))
    if not np.all(u > 0.0):
        raise Refused(finding("montecarlo.region.singular", run.names[int(np.argmin(u))], names=", ".join(run.names)))
    parts = range(0, run.trials, STEP)
    d = np.concatenate([np.max(np.abs(draws[:, i : i + STEP] - run.mean[:, None]) / u[:, None], axis=0) for i in parts])
    return Rectangle(run.names, wanted, run.mean, u, _quantile(d, wanted))


def _wanted(run: Run, p: float | None) -> tuple[float, Array]:
    wanted = run.p if p is None else p
    check_probability(wanted)
    check_enough(run.trials, wanted)
    return wanted, run.paired()


def _quantile(d: Array, p: float) -> float:
    """d_(r), r the least integer with r ≥ pM."""
    r = min(d.size, math.ceil(p * d.size * (1.0 - 1e-12)))
    return float(np.partition(d, r - 1)[r - 1])


def _distances(points: Array, centre: Array, factor: Array) -> Array:
    """|L⁻¹(η − y)| of points (m, …)."""
    from scipy.linalg import solve_triangular

    flat = points.reshape(len(centre), -1) - centre[:, None]
    turned = solve_triangular(factor, flat, lower=True, check_finite=False)
    return np.asarray(np.sqrt(np.einsum("ij,ij->j", turned, turned)).reshape(points.shape[1:]))


def _factor(matrix: Array, names: tuple[str, ...]) -> Array:
    """Lower L with L Lᵀ = U, found for the correlation matrix, which has no units that differ by powers of ten."""
    u = np.sqrt(np.diag(matrix))
    if np.all(u > 0.0):
        scaled = matrix / np.outer(u, u)
        if np.linalg.eigvalsh(scaled)[0] > 1e-12:
            return np.asarray(u[:, None] * np.linalg.cholesky(scaled))
    raise Refused(finding("montecarlo.region.singular", names[int(np.argmin(u))], names=", ".join(names)))


def _check(p: Any, outputs: Any) -> None:
    check_probability(p)
    if not whole(outputs) or outputs < 1:
        raise Refused(finding("montecarlo.region.outputs", "outputs", outputs=outputs))
