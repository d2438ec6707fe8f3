"""Posterior of μ and τ on a plane of nodes, for laboratories whose density has no closed posterior.

Rows τ = a·sinh(y) (`bayes_nodes`), and in each row μ = c + s·sinh(v) about the weighted mean c with its width s for
that τ: fine where the posterior is narrow, out to where its tails end. Steps are halved until the answer stands still.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from suyuan.comparison.consensus.bayes_nodes import (
    Posterior,
    Standardised,
    TauNodes,
    quantile_of_tau,
    root,
    sinc_distribution,
    spread_of_tau,
    tau_nodes,
    tau_range,
)
from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]
ACCURACY = np.array([1e-6, 1e-6, 3e-5])
"""Of mean, standard deviation and root mean square of τ between one step and its half. What is left is a fraction of
it: of τ a seventh, where Laplace effects of few laboratories have sharp peaks in rows of large τ."""
CELLS = 40_000_000
"""Densities evaluated at one step; beyond, the answer is refused rather than waited for."""
NEGLIGIBLE = 1e-13


class Laboratories(Protocol):
    """What a model says of one result when μ and τ are given."""

    x: Array
    u: Array

    def cost(self, level: int) -> int:
        """Elementary densities for each pair of μ and τ, of all laboratories."""
        ...

    def density(self, i: int, mu: Array, tau: Array, level: int) -> tuple[Array, Array]:
        """log p(xᵢ | μ, τ), and its derivative to xᵢ; mu (r, m), tau (r, 1); level: fineness of inner nodes."""
        ...

    def effect(self, i: int, mu: Array, tau: Array, score: Array) -> Array:
        """E[λᵢ | μ, τ, x] from that derivative."""
        ...


class LaplaceEffects:
    """xᵢ ~ N(λᵢ, uᵢ), λᵢ Laplace about μ with standard deviation τ: the convolution in closed form."""

    def __init__(self, x: Array, u: Array) -> None:
        self.x, self.u = x, u

    def cost(self, level: int) -> int:
        return 4 * int(self.x.size)

    def density(self, i: int, mu: Array, tau: Array, level: int) -> tuple[Array, Array]:
        u = float(self.u[i])
        r, b = self.x[i] - mu, np.maximum(tau, 1e-8 * u) / math.sqrt(2.0)
        right, left = _log_half(r, u, b), _log_half(-r, u, b)
        return np.logaddexp(right, left) - np.log(4.0 * b), -np.tanh(0.5 * (right - left)) / b

    def effect(self, i: int, mu: Array, tau: Array, score: Array) -> Array:
        return np.asarray(self.x[i] + self.u[i] ** 2 * score)  # Tweedie


def _log_half(r: Array, u: float, b: Array) -> Array:
    """log[exp(u²/2b² − r/b)·erfc((u/b − r/u)/√2)], without overflow on either side."""
    from scipy.special import erfc, erfcx

    z = (u / b - r / u) / math.sqrt(2.0)
    positive = np.maximum(z, 0.0)
    near = np.log(erfcx(positive)) - 0.5 * (r / u) ** 2
    far = 0.5 * (u / b) ** 2 - r / b + np.log(erfc(np.minimum(z, 0.0)))
    return np.asarray(np.where(z >= 0.0, near, far))


@dataclass(frozen=True, slots=True)
class _Plane:
    """Nodes of both variables with their probabilities p (r, m), and the scores of all laboratories (n, r, m)."""

    rows: TauNodes
    step: float
    v: Array
    centre: Array
    width: Array
    mu: Array
    p: Array
    scores: Array


def plane_posterior(data: Standardised, laboratories: Laboratories, where: str) -> Posterior:
    """The posterior by steps halved until mean, standard deviation and τ stand still (`ACCURACY`).

    Raises Refused where that would take more than forty million densities at a step.
    """
    n = data.x.size
    h, step = min(0.3, 1.0 / math.sqrt(2.0 * n)), 0.25
    extent = float(np.ptp(data.x) + data.u.max())
    rows = tau_nodes(float(data.u.min()), n, extent, data.tau_scale, h)
    reach = math.asinh((2.0 * np.ptp(data.x)) / _widths(data.u, rows.tau).min() + 60.0)
    v = np.arange(-math.ceil(reach / step), math.ceil(reach / step) + 1) * step
    before, left = None, math.inf
    level = 0
    while rows.y.size * v.size * laboratories.cost(level) <= CELLS:
        plane = _evaluated(data, laboratories, rows, v, step, level)
        now = _moments(plane)
        if before is not None:
            moved = np.abs(now - before) / (1.0 + np.abs(now))
            left = float(moved.max())
            if np.all(moved <= ACCURACY):
                return _summary(plane, laboratories, now)
        before, level = now, level + 1
        h, step = 0.5 * h, 0.5 * step
        rows, v = _trimmed(plane, data.tau_scale, h, step)
    raise Refused(finding("comparison.bayes.accuracy", where, left=f"{left:.1g}"))


def _widths(u: Array, tau: Array) -> Array:
    return np.asarray(np.sum(1.0 / (u**2 + (tau**2)[:, None]), axis=1) ** -0.5)


def _evaluated(
    data: Standardised, laboratories: Laboratories, rows: TauNodes, v: Array, step: float, level: int
) -> _Plane:
    width = _widths(data.u, rows.tau)
    centre = width**2 * np.sum(data.x / (data.u**2 + (rows.tau**2)[:, None]), axis=1)
    mu = centre[:, None] + width[:, None] * np.sinh(v)
    tau = rows.tau[:, None]
    log_p = rows.log_weight[:, None] + np.log(width)[:, None] + np.log(np.cosh(v)) + math.log(step)
    scores = np.empty((data.x.size, *mu.shape))
    for i in range(data.x.size):
        log_density, scores[i] = laboratories.density(i, mu, tau, level)
        log_p = log_p + log_density
    p = np.exp(log_p - log_p.max())
    return _Plane(rows, step, v, centre, width, mu, p / p.sum(), scores)


def _moments(plane: _Plane) -> Array:
    """E[μ], sd of μ, √E[τ²]."""
    mean = float(np.sum(plane.p * plane.mu))
    spread = math.sqrt(np.sum(plane.p * (plane.mu - mean) ** 2))
    return np.array([mean, spread, math.sqrt(plane.p.sum(axis=1) @ plane.rows.tau**2)])


def _trimmed(plane: _Plane, tau_scale: float, h: float, step: float) -> tuple[TauNodes, Array]:
    """Nodes at half the steps, where probability or what it adds to a variance is not negligible."""
    mean = np.sum(plane.p * plane.mu)
    mass = plane.p * (1.0 + (plane.mu - mean) ** 2 + (plane.rows.tau**2)[:, None])
    floor = NEGLIGIBLE * mass.sum()
    in_row, in_column = np.flatnonzero(mass.sum(axis=1) > floor), np.flatnonzero(mass.sum(axis=0) > floor)
    first, last = max(in_row[0] - 1, 0), min(in_row[-1] + 1, plane.rows.y.size - 1)
    y = plane.rows.y[first] + h * np.arange(2 * (last - first) + 1)
    left, right = max(in_column[0] - 1, 0), min(in_column[-1] + 1, plane.v.size - 1)
    return tau_range(plane.rows.a, y, h, tau_scale), plane.v[left] + step * np.arange(2 * (right - left) + 1)


def _summary(plane: _Plane, laboratories: Laboratories, moments: Array) -> Posterior:
    mean, spread = float(moments[0]), float(moments[1])
    tau = plane.rows.tau[:, None]
    pull = plane.p * (plane.mu - mean)
    weights = np.einsum("rm,nrm->n", pull, plane.scores)
    effects = np.array([
        np.sum(plane.p * laboratories.effect(i, plane.mu, tau, score)) for i, score in enumerate(plane.scores)
    ])  # fmt: skip
    low, high = (_quantile(plane, level, mean, spread) for level in (0.025, 0.975))
    row = plane.p.sum(axis=1)
    tau_median, tau_sd = quantile_of_tau(plane.rows, row, 0.5), spread_of_tau(plane.rows, row)
    return Posterior(mean, spread, low, high, tau_median, tau_sd, weights, effects)


def _quantile(plane: _Plane, level: float, mean: float, spread: float) -> float:
    kept = plane.p.sum(axis=1) > 1e-12
    p, centre, width = plane.p[kept], plane.centre[kept][:, None], plane.width[kept][:, None]
    step, v = plane.step, plane.v

    def below(at: float) -> float:
        shift = np.arcsinh((at - centre) / width) - v
        return sinc_distribution(-shift, p, step)(0.0) - level

    reach = 4.0 * spread
    while below(mean - reach) > 0.0 or below(mean + reach) < 0.0:
        reach *= 2.0
    return root(below, mean - reach, mean + reach)
