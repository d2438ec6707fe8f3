"""Generalised distance regression of any curve: Gauss-Newton over the parameters and all fitted x at once.

The ξ are eliminated exactly in each step, so a step costs as much as one of y alone: O(n·k²) where points are
independent of each other. A fixed point of the iteration is a stationary point of dᵀ V⁻¹ d, not of an approximation of
it (ISO/TS 28037:2010, clause 7 and what follows it for covariances; any curve in the same way).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.fit_estimate import Curve, Estimate, Whitening, back_on_curve, effective, estimate
from suyuan.quantity.fit_points import Points

Array = NDArray[np.float64]
MOST_STEPS = 300
SETTLED = 1e-10
"""Steps of all parameters, in units of their standard uncertainty, below which rounding alone may end the iteration."""


def solve(curve: Curve, points: Points, start: Array, where: str = "fit") -> Estimate:
    """The estimate reached from `start`. Raises Refused where the iteration does not settle, with its last state."""
    p, xi = np.array(start, dtype=float), np.array(points.x.value)
    now, step = estimate(curve, points, p, xi, where)
    last = np.inf
    for count in range(1, MOST_STEPS + 1):
        size = float(np.max(np.abs(step) / np.linalg.norm(now.factor, axis=1)))
        small = np.all(np.abs(step) <= 4e-16 * np.abs(now.p))
        if count > 2 and (small or (size <= SETTLED and size >= 0.5 * last)):
            return now
        last = size
        now, step = _moved(curve, points, now, step, where)
    raise Refused(finding("fit.not_converged", where, evaluations=MOST_STEPS, parameters=standing(curve, now.p),
                          value=f"{now.chi_squared:.6g}"))  # fmt: skip


def _moved(curve: Curve, points: Points, now: Estimate, step: Array, where: str) -> tuple[Estimate, Array]:
    """The next state: the full step, or the part of it that does not make the sum larger."""
    reached = objective(curve, points, now.p, now.xi)
    part = 1.0
    for _ in range(30):
        p = now.p + part * step
        misfit = now.misfit - part * (now.jacobian @ step)
        white = Whitening(now.spread)
        multiplier = white.of(white.of(misfit), transposed=True)
        target = points.x.value - back_on_curve(points, now.slope, multiplier)
        xi = now.xi + part * (target - now.xi)
        value = objective(curve, points, p, xi)
        if value <= reached * (1.0 + 1e-6) + 1e-300 or part * np.max(np.abs(step)) == 0.0:
            return estimate(curve, points, p, xi, where)
        part *= 0.5
    return now, step


def objective(curve: Curve, points: Points, p: Array, xi: Array) -> float:
    """eᵀ V_e⁻¹ e with the curve straightened at ξ: the sum that is made least, to first order. Infinite where the curve
    has no value."""
    f, _, slope = curve.slopes(xi, p)
    misfit = points.y.value - f - slope * (points.x.value - xi)
    if not np.all(np.isfinite(misfit)):
        return np.inf
    try:
        white = Whitening(effective(points, slope)).of(misfit)
    except Refused:
        return np.inf
    return float(white @ white)


def standing(curve: Curve, p: Array) -> str:
    """The parameters as text, for a finding."""
    return ", ".join(f"{name} = {value:.6g}" for name, value in zip(curve.names, p, strict=True))


def without_x(points: Points) -> Points:
    """The same points with x taken as exact: where the fit of both begins."""
    v_y = points.v_y if points.v_y.ndim == 1 else np.diagonal(points.v_y).copy()
    if not np.all(v_y > 0.0):
        v_y = np.ones(points.n)
    return replace(points, v_y=v_y, v_x=None, v_xy=None)
