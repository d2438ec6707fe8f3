"""Fit of a straight line or a polynomial: ordinary, weighted, generalised, errors in both coordinates.

y = Σ pₖ (x − origin)ᵏ. Ordinary and weighted fits of some thousand points are solved in exact arithmetic
(`fit_exact`); everything else in a basis in which rounding does no harm (`polynomial_curve`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.fit import exact as fit_exact
from suyuan.quantity.fit.distance import solve, without_x
from suyuan.quantity.fit.estimate import (
    SENSITIVITIES,
    Estimate,
    Sensitivity,
    estimate,
    exact_sensitivity,
    square_factor,
)
from suyuan.quantity.fit.fit import Fit, Solution, result
from suyuan.quantity.fit.points import Points, read_points
from suyuan.quantity.fit.polynomial_curve import ChebyshevCurve, PowerCurve, to_powers

Array = NDArray[np.float64]
HIGHEST = 40
LINE = ("intercept", "slope")


def fit_line(
    x: Any,
    y: Any,
    method: str | None = None,
    *,
    u_x: ArrayLike | None = None,
    u_y: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    x_origin: float = 0.0,
    sensitivity: Sensitivity = "gauss_newton",
) -> Fit:
    """Straight line y = intercept + slope·(x − x_origin).

    x, y: n values, plain numbers or array quantities; u_x, u_y: standard uncertainties of plain numbers, (n,) or one
    for all; covariance: of y (n, n), or of x and y one after the other (2n, 2n), instead of u.
    method: ordinary, weighted, generalised, errors_in_both (`fit_points`); None takes what is known into account.
    sensitivity: how the parameters move with the data. gauss_newton: as ISO/TS 28037 has it, covariance = block of
    (a, b) in the inverse Gauss-Newton matrix; exact: the derivative of the estimates themselves, with all second
    derivatives. The two agree but for errors in both (and for x that is uncertain though the method ignores it), where
    they differ by what the residuals multiply.
    Raises Refused: points that cannot be used, all x equal, too few points, no convergence.

    >>> x, y = [1.2, 1.9, 2.9, 4.0, 4.7, 5.9], [3.4, 4.4, 7.2, 8.5, 10.8, 13.5]
    >>> f = fit_line(x, y, u_x=0.2, u_y=[0.2, 0.2, 0.2, 0.4, 0.4, 0.4])         # ISO/TS 28037:2010, clause 7
    >>> f.estimates.round(4), f.u.round(4), round(f.chi_squared, 3)
    (array([0.5788, 2.1597]), array([0.4764, 0.1355]), 2.743)
    """
    points = read_points(x, y, method, u_x=u_x, u_y=u_y, covariance=covariance)
    return _fit(points, 1, x_origin, sensitivity, LINE)


def fit_polynomial(
    x: Any,
    y: Any,
    degree: int,
    method: str | None = None,
    *,
    u_x: ArrayLike | None = None,
    u_y: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    x_origin: float = 0.0,
    sensitivity: Sensitivity = "gauss_newton",
) -> Fit:
    """Polynomial y = Σ bₖ (x − x_origin)ᵏ, k = 0 … degree; names b0, b1, …; all else as in `fit_line`.

    Ordinary and weighted fits of moderate n are exact to the last digit: NIST's Wampler, Pontius and Filip (degree 10).

    >>> f = fit_polynomial(range(5), [1.0, 2.0, 5.0, 10.0, 17.0], 2)
    >>> f.estimates.tolist(), f.dof, f.s
    ([1.0, 0.0, 1.0], 2, 0.0)
    """
    if not isinstance(degree, int | np.integer) or isinstance(degree, bool) or not 0 <= degree <= HIGHEST:
        raise Refused(finding("fit.degree", "degree", degree=degree, most=HIGHEST))
    points = read_points(x, y, method, u_x=u_x, u_y=u_y, covariance=covariance)
    return _fit(points, int(degree), x_origin, sensitivity, tuple(f"b{k}" for k in range(degree + 1)))


def _fit(points: Points, degree: int, origin: float, sensitivity: str, names: tuple[str, ...]) -> Fit:
    if not math.isfinite(origin):
        raise Refused(finding("fit.points.not_finite", "x_origin", count=1, value=origin))
    if sensitivity not in SENSITIVITIES:
        raise Refused(
            finding("fit.sensitivity.unknown", "sensitivity", given=sensitivity, known=", ".join(SENSITIVITIES))
        )
    _check_determined(points, names)
    curve = PowerCurve(degree, float(origin), names)
    plain = points.v_x is None and points.v_y.ndim == 1
    exact = plain and fit_exact.affordable(points.x.value, points.y.value, degree, curve.origin)
    if exact and not points.uncertain:
        solution = _exactly(points, curve)
    elif plain and degree == 1 and not exact and not (points.x.blocks and sensitivity == "exact"):
        solution = _straight(points, curve)
    else:
        solution = _in_basis(points, curve, sensitivity)
        if exact:
            solution = _refined(points, curve, solution)
    units = [points.y_unit if not k else points.y_unit.as_difference() / points.x_unit.as_difference() ** k
             for k in range(degree + 1)]  # fmt: skip
    return result(points, solution, curve, units)


def _check_determined(points: Points, names: tuple[str, ...]) -> None:
    x, k = points.x.value, len(names)
    wanted = k + (points.method == "ordinary")
    if points.n < wanted:
        raise Refused(finding("fit.points.few", "x", n=points.n, wanted=wanted))
    different = 1 + np.count_nonzero(np.diff(np.sort(x))) if k > 2 else 1 + (x.min() < x.max())
    if different < k:
        raise Refused(finding("fit.x.equal", "x", different=different, wanted=k, names=", ".join(names[different:])))


def _exactly(points: Points, curve: PowerCurve) -> Solution:
    """Ordinary fit without any influence of the data: exact estimate and factor."""
    x, y = points.x.value, points.y.value
    found = _exact(x, y, None, curve)
    residual = y - curve.value(x, found.coefficients)
    basis = _basis(x, curve)
    leverage = np.sum(np.linalg.qr(basis.basis(x))[0] ** 2, axis=1)
    return Solution(found.coefficients, found.factor, None, None, residual, np.zeros_like(x), residual,
                    1.0 - leverage, found.rss)  # fmt: skip


def _exact(x: Array, y: Array, weights: Array | None, curve: PowerCurve) -> fit_exact.ExactFit:
    try:
        return fit_exact.polynomial(x, y, weights, curve.degree, curve.origin)
    except OverflowError:  # a whole number or fraction that no float can hold
        raise Refused(finding("fit.result.not_finite", "fit")) from None


def _refined(points: Points, curve: PowerCurve, solution: Solution) -> Solution:
    """The estimate and factor in exact arithmetic; the map of the influences stays that of the float solution."""
    x, y = points.x.value, points.y.value
    weights = None if points.method == "ordinary" or np.ptp(points.v_y) == 0.0 else 1.0 / points.v_y
    found = _exact(x, y, weights, curve)
    unit = 1.0 if weights is not None else float(points.v_y[0])
    residual = y - curve.value(x, found.coefficients)
    return Solution(
        found.coefficients, math.sqrt(unit) * found.factor, solution.by_y, solution.by_x, residual,
        solution.x_residual, residual, solution.own_variance, found.rss / unit,
    )  # fmt: skip


def _straight(points: Points, curve: PowerCurve) -> Solution:
    """A line through very many independent points: sums of deviations from the weighted mean, a few passes."""
    x, y = points.x.value, points.y.value
    w = None if points.method == "ordinary" else 1.0 / points.v_y
    total = float(x.size) if w is None else float(w.sum())
    middle = float(x.sum() if w is None else w @ x) / total
    dx = x - middle
    middle += float(dx.sum() if w is None else w @ dx) / total
    dx = x - middle
    heavy = dx if w is None else w * dx
    spread = float(heavy @ dx)
    level, slope = 0.0, 0.0
    residual = y
    for _ in range(2):  # the second pass takes up the rounding of the first
        level += float(residual.sum() if w is None else w @ residual) / total
        slope += float(heavy @ residual) / spread
        residual = y - (level + slope * dx)
    arm = curve.origin - middle
    p = np.array([level + slope * arm, slope])
    factor = np.array([[1.0 / math.sqrt(total), arm / math.sqrt(spread)], [0.0, 1.0 / math.sqrt(spread)]])
    by_y = by_x = None
    if points.uncertain:
        by_y = np.empty((2, x.size))
        np.divide(heavy, spread, out=by_y[1])
        np.multiply(by_y[1], arm, out=by_y[0])
        by_y[0] += (1.0 if w is None else w) / total
        by_x = -slope * by_y if points.x.blocks else None
    variance = 1.0 if w is None else points.v_y
    own = variance - (1.0 / total + dx * dx / spread)
    with np.errstate(over="ignore"):
        least = float(residual @ residual if w is None else (w * residual) @ residual)
    return Solution(p, factor, by_y, by_x, residual, np.broadcast_to(0.0, x.shape), residual, own, least)


def _basis(x: Array, curve: PowerCurve) -> ChebyshevCurve:
    low, high = float(x.min()), float(x.max())
    half = (0.5 * high - 0.5 * low) or 1.0
    return ChebyshevCurve(curve.degree, 0.5 * low + 0.5 * high, half, curve.names, curve.origin)


def _in_basis(points: Points, curve: PowerCurve, sensitivity: str) -> Solution:
    """Any method, in the Chebyshev basis, brought back to powers."""
    x, y = points.x.value, points.y.value
    basis = _basis(x, curve)
    at = linear_estimate(basis, without_x(points) if points.v_x is not None else points)
    if points.v_x is not None:
        at = solve(basis, points, at.p)
    by_y, by_x, factor = at.by_y, at.by_x, at.factor
    if sensitivity == "exact":
        by_y, by_x = exact_sensitivity(basis, points, at)
        if points.method == "ordinary":
            factor = square_factor(by_y)
    back = to_powers(curve.degree, basis.middle, basis.half, curve.origin)
    residual = y - basis.value(at.xi, at.p)
    return Solution(
        back @ at.p, back @ factor, back @ by_y, back @ by_x, residual, x - at.xi, at.misfit, own_variance(at),
        at.chi_squared,
    )  # fmt: skip


def linear_estimate(basis: ChebyshevCurve, points: Points) -> Estimate:
    """The estimate of a curve that is linear in its parameters, x exact: one step, and one for its rounding."""
    p = np.zeros(basis.degree + 1)
    for _ in range(2):
        _, step = estimate(basis, points, p, points.x.value)
        p = p + step
    return estimate(basis, points, p, points.x.value)[0]


def own_variance(at: Estimate) -> Array:
    """Variance of each misfit after the fit: V_e − J C Jᵀ, diagonal."""
    given = at.spread if at.spread.ndim == 1 else np.diagonal(at.spread)
    return np.asarray(given - np.sum((at.jacobian @ at.factor) ** 2, axis=1))
