"""Generalised distance regression of any curve: Gauss-Newton over the parameters and all fitted x at once.

For given parameters the best ξ are the feet of the points on the curve, found first; the step of the parameters then
goes downhill in the sum that is left, and costs O(n·k²) where points are independent of each other. Where it ends,
dᵀ V⁻¹ d is stationary, not an approximation of it (ISO/TS 28037:2010, clause 7, for a line; any curve and any
covariance in the same way).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.fit.estimate import Curve, Estimate, Whitening, back_on_curve, effective, estimate, exact_system
from suyuan.quantity.fit.points import Points

Array = NDArray[np.float64]
MOST_STEPS = 300
MOST_FEET = 50
SLOW, MANY, FEW = 12, 20_000, 300
"""Steps after which Newton's are tried, and the points up to which they are: independent ones, correlated ones."""
SETTLED = 1e-10
"""Steps of all parameters, in units of their standard uncertainty, below which rounding alone may end the iteration."""


def solve(curve: Curve, points: Points, start: Array, where: str = "fit") -> Estimate:
    """The estimate reached from `start`. Raises Refused where the iteration does not settle, with its last state."""
    p, xi = np.array(start, dtype=float), np.array(points.x.value)
    xi, value = feet(curve, points, p, xi)
    last = np.inf
    for count in range(MOST_STEPS):
        now, step = estimate(curve, points, p, xi, where)
        size = float(np.max(np.abs(step) / np.linalg.norm(now.factor, axis=1)))
        small = np.all(np.abs(step) <= 4e-16 * np.abs(p))
        if count and (small or (size <= SETTLED and size >= 0.5 * last)):
            return now
        last = size
        if count > SLOW and points.n <= (MANY if points.v_y.ndim == 1 else FEW):
            step = _newton(curve, points, now, step)
        p, xi, value = _moved(curve, points, now, step, value)
    raise Refused(finding("fit.not_converged", where, evaluations=MOST_STEPS, parameters=standing(curve, p),
                          value=f"{value:.6g}"))  # fmt: skip


def _newton(curve: Curve, points: Points, now: Estimate, step: Array) -> Array:
    """Newton's step where the sum curves upwards, for fits whose residuals make Gauss-Newton slow; else `step`."""
    matrix, _, _ = exact_system(curve, points, now)
    curvature = -0.5 * (matrix + matrix.T)
    scale = np.linalg.norm(now.factor, axis=1)
    try:
        np.linalg.cholesky(curvature * np.multiply.outer(scale, scale))
    except np.linalg.LinAlgError:
        return step
    return np.asarray(np.linalg.solve(curvature, now.jacobian.T @ now.multiplier))


def _moved(curve: Curve, points: Points, now: Estimate, step: Array, reached: float) -> tuple[Array, Array, float]:
    """Parameters, ξ and sum after the step, or the part of it that does not make the sum larger."""
    part = 1.0
    for _ in range(40):
        p = now.p + part * step
        xi, value = feet(curve, points, p, now.xi)
        if value <= reached * (1.0 + 1e-12) + 1e-300:
            break
        part *= 0.5
    return p, xi, value


def feet(curve: Curve, points: Points, p: Array, xi: Array) -> tuple[Array, float]:
    """The ξ that are best for given parameters, and dᵀ V⁻¹ d there; infinite where the curve has no value.

    Straightening the curve at ξ gives the next ξ; for a line the first is right.
    """
    value = np.inf
    for _ in range(MOST_FEET):
        f, _, slope = curve.slopes(xi, p)
        with np.errstate(invalid="ignore"):
            misfit = points.y.value - f - slope * (points.x.value - xi)
        if not np.all(np.isfinite(misfit)):
            return xi, np.inf
        white = Whitening(effective(points, slope))
        half = white.of(misfit)
        last, value = value, float(half @ half)
        following = points.x.value - back_on_curve(points, slope, white.of(half, transposed=True))
        moved, xi = float(np.max(np.abs(following - xi))), following
        if moved <= 1e-14 * float(np.max(np.abs(xi))) or abs(value - last) <= 1e-15 * value:
            break
    return xi, value


def standing(curve: Curve, p: Array) -> str:
    """The parameters as text, for a finding."""
    return ", ".join(f"{name} = {value:.6g}" for name, value in zip(curve.names, curve.shown(p), strict=True))


def without_x(points: Points) -> Points:
    """The same points with x taken as exact: where the fit of both begins."""
    v_y = points.v_y if points.v_y.ndim == 1 else np.diagonal(points.v_y).copy()
    if not np.all(v_y > 0.0):
        v_y = np.ones(points.n)
    return replace(points, v_y=v_y, v_x=None, v_xy=None)
