"""Variable projection: parameters that enter a curve linearly are solved for, only the others are searched.

f = φ₀ + Σ c_l φ_l(x; α): for each α the best c is a linear fit, so the search runs over α alone and has far fewer wrong
ways (Golub and Pereyra 1973; the Jacobian of the reduced problem in Kaufman's form). Which parameters are linear is
read from the second derivatives of the curve.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.fit.solver import MOST_EVALUATIONS, OutOfDomain, Problem

Array = NDArray[np.float64]
FEW = 256
"""Points at which it is tested whether second derivatives vanish."""


def linear_parameters(problem: Problem, start: Array) -> list[int]:
    """Places of parameters whose second derivatives among each other all vanish; greedy, in order."""
    x = problem.points.x.value
    x = x[:: max(1, x.size // FEW)]
    zero = None
    for p in (start, start * 1.01 + 1e-3 * np.abs(start)):
        second = np.abs(problem.curve.curvature(x, p)[2])
        if not np.all(np.isfinite(second)):
            raise OutOfDomain
        here = np.all(second == 0.0, axis=0)
        zero = here if zero is None else zero & here
    assert zero is not None
    chosen: list[int] = []
    for j in range(start.size):
        if all(zero[j, i] for i in (*chosen, j)):
            chosen.append(j)
    return chosen


def projected(problem: Problem, start: Array) -> Array:
    """Where the search over the nonlinear parameters ends. Raises OutOfDomain where no parameter is linear."""
    from scipy.optimize import least_squares

    linear = linear_parameters(problem, start)
    others = [j for j in range(start.size) if j not in linear]
    if not linear or not others:
        raise OutOfDomain

    def whole(alpha: Array) -> tuple[Array, Array, Array]:
        p = start.copy()
        p[others] = alpha
        residual, jacobian = problem.at(p)
        if not (np.all(np.isfinite(residual)) and np.all(np.isfinite(jacobian))):
            raise OutOfDomain
        design = jacobian[:, linear]
        scale = np.linalg.norm(design, axis=0)
        scale[scale == 0.0] = 1.0
        p[linear] -= np.linalg.lstsq(design / scale, residual, rcond=1e-14)[0] / scale
        residual, jacobian = problem.at(p)
        if not np.all(np.isfinite(residual)):
            raise OutOfDomain
        return p, residual, jacobian

    def residual(alpha: Array) -> Array:
        try:
            return whole(alpha)[1]
        except (OutOfDomain, np.linalg.LinAlgError):
            return np.full(problem.points.n, 1e100)

    def jacobian(alpha: Array) -> Array:
        _, _, table = whole(alpha)
        q = np.linalg.qr(table[:, linear])[0]
        rest = table[:, others]
        return np.asarray(rest - q @ (q.T @ rest))

    whole(start[others])
    found = least_squares(residual, start[others], jacobian, method="lm", x_scale="jac", ftol=1e-15, xtol=1e-15,
                          gtol=1e-15, max_nfev=MOST_EVALUATIONS)  # fmt: skip
    return whole(np.asarray(found.x))[0]
