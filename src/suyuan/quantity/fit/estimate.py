"""The estimate of a fit: one solution of weighted least squares with its linear map from the data.

With J = ∂f/∂p, F = diag(∂f/∂x) at the fitted points and the effective covariance V_e = V_y − F V_xy − V_yx F + F V_x F
(V_y alone, or the identity, where only y is uncertain) the Gauss-Newton step is p ← p + K e,
K = (Jᵀ V_e⁻¹ J)⁻¹ Jᵀ V_e⁻¹.
At the solution the parameters move with the data by dp = K·(dy − F dx), and (Jᵀ V_e⁻¹ J)⁻¹ is the block of the
parameters in the inverse Gauss-Newton matrix over the parameters and all ξ (ISO/TS 28037:2010, clause 7 for a line).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.fit.points import Points

Array = NDArray[np.float64]
Sensitivity = Literal["gauss_newton", "exact"]
TALL = 10_000
"""Rows beyond which a Gram matrix is used."""
SENSITIVITIES: tuple[Sensitivity, ...] = get_args(Sensitivity)


class Curve(Protocol):
    """A curve f(x, p) in plain numbers, with its derivatives."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def value(self, x: Array, p: Array) -> Array:
        """f, shape of x."""

    def slopes(self, x: Array, p: Array) -> tuple[Array, Array, Array]:
        """f (n,), ∂f/∂p (n, k), ∂f/∂x (n,)."""

    def curvature(self, x: Array, p: Array) -> tuple[Array, Array, Array]:
        """∂²f/∂x² (n,), ∂²f/∂x∂p (n, k), ∂²f/∂p∂p (n, k, k)."""

    def shown(self, p: Array) -> Array:
        """The parameters in the form in which people know them, in the order of `names`."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """p: (k,); xi: fitted x (n,); jacobian J (n, k), slope F (n,); misfit e = y − f(ξ) − F (x − ξ); multiplier
    λ = V_e⁻¹ e; by_y, by_x: dp = by_y dy + by_x dx; factor: G (k, k) with G Gᵀ = (Jᵀ V_e⁻¹ J)⁻¹."""

    p: Array
    xi: Array
    jacobian: Array
    slope: Array
    misfit: Array
    multiplier: Array
    spread: Array
    by_y: Array
    by_x: Array
    factor: Array

    @property
    def chi_squared(self) -> float:
        """eᵀ V_e⁻¹ e; the residual sum of squares for the ordinary method."""
        return float(self.misfit @ self.multiplier)


class Whitening:
    """V_e = L Lᵀ: applies L⁻¹ and L⁻ᵀ; L is a diagonal where the points are independent."""

    __slots__ = ("root", "variance")

    def __init__(self, variance: Array) -> None:
        self.variance = variance
        if variance.ndim == 1:
            bad = np.flatnonzero(~(variance > 0.0))
            if bad.size:
                raise Refused(finding("fit.uncertainty.not_positive", f"u_y/{bad[0]}", u=0.0, count=bad.size))
            self.root = np.sqrt(variance)
            return
        try:
            self.root = np.linalg.cholesky(variance)
        except np.linalg.LinAlgError:
            least = float(np.linalg.eigvalsh(variance)[0])
            raise Refused(finding("fit.covariance.not_positive", "covariance", least=f"{least:.3g}")) from None

    def of(self, array: Array, transposed: bool = False) -> Array:
        """L⁻¹ array, or L⁻ᵀ array; array: (n,) or (n, m)."""
        if self.root.ndim == 1:
            return array / (self.root if array.ndim == 1 else self.root[:, None])
        from scipy.linalg import solve_triangular

        return np.asarray(solve_triangular(self.root, array, trans="T" if transposed else "N", lower=True))


def effective(points: Points, slope: Array) -> Array:
    """V_e, (n,) or (n, n)."""
    if points.v_x is None:
        return points.v_y
    assert points.v_xy is not None
    if points.v_y.ndim == 1:
        return points.v_y - 2.0 * slope * points.v_xy + slope * slope * points.v_x
    crossed = slope[:, None] * points.v_xy
    return points.v_y - crossed - crossed.T + slope[:, None] * points.v_x * slope


def back_on_curve(points: Points, slope: Array, multiplier: Array) -> Array:
    """The part of x that is taken as error: x − ξ = (V_xy − V_x F) λ; nothing where x is exact."""
    if points.v_x is None:
        return np.zeros(points.n)
    assert points.v_xy is not None
    if points.v_x.ndim == 1:
        return (points.v_xy - points.v_x * slope) * multiplier
    return np.asarray(points.v_xy @ multiplier - points.v_x @ (slope * multiplier))


def estimate(curve: Curve, points: Points, p: Array, xi: Array, where: str = "fit") -> tuple[Estimate, Array]:
    """The estimate at (p, ξ) and the Gauss-Newton step of p from there. Raises Refused where J has not full rank."""
    f, jacobian, slope = curve.slopes(xi, p)
    misfit = points.y.value - f
    if points.v_x is not None:
        bad = np.flatnonzero(~np.isfinite(slope))
        if bad.size:  # a curve that stands upright at a point has no straight line in its place
            raise Refused(finding("fit.model.upright", f"x/{bad[0]}", x=f"{xi[bad[0]]:.6g}"))
        misfit -= slope * (points.x.value - xi)
    white = Whitening(effective(points, slope))
    q, triangle, scale = factored(white.of(jacobian), curve.names, where)
    inverse = np.linalg.inv(triangle) / scale[:, None]
    step = inverse @ (q.T @ white.of(misfit))
    by_y = inverse @ white.of(q, transposed=True).T
    multiplier = white.of(white.of(misfit), transposed=True)
    spread = white.variance
    with np.errstate(invalid="ignore"):  # an upright curve at an exact x: nobody asks for by_x
        by_x = -by_y * slope
    return Estimate(p, xi, jacobian, slope, misfit, multiplier, spread, by_y, by_x, inverse), step


def factored(white: Array, names: Sequence[str], where: str) -> tuple[Array, Array, Array]:
    """Q, R and the lengths s of the columns, with J = Q R diag(s). Raises Refused naming what is not determined."""
    if not np.all(np.isfinite(white)):
        raise Refused(finding("fit.model.not_finite", where, parameters="∂f/∂p"))
    scale = np.linalg.norm(white, axis=0)
    if len(white) < len(names):
        raise Refused(finding("fit.points.few", where, n=len(white), wanted=len(names)))
    if np.any(scale == 0.0):
        unseen = [name for name, s in zip(names, scale, strict=True) if s == 0.0]
        raise Refused(finding("fit.parameters.undetermined", where, names=", ".join(unseen)))
    q, triangle = _qr(white / scale)
    values, rows = np.linalg.svd(triangle)[1:]
    if values[-1] <= 1e-15 * len(names) * values[0]:
        loose = [name for name, c in zip(names, np.abs(rows[-1]), strict=True) if c > 0.1]
        raise Refused(finding("fit.parameters.undetermined", where, names=", ".join(loose)))
    return q, triangle, scale


def _qr(matrix: Array) -> tuple[Array, Array]:
    """Q, R of a tall matrix with columns of length 1: for very many rows by Cholesky of its Gram matrix, twice, which
    needs a few passes and gives the same digits where the columns are not nearly dependent."""
    if len(matrix) < TALL:
        q, triangle = np.linalg.qr(matrix)
        return q, triangle
    gram = matrix.T @ matrix
    if np.linalg.eigvalsh(gram)[0] < 1e-10:
        q, triangle = np.linalg.qr(matrix)
        return q, triangle
    total = np.eye(len(gram))
    for _ in range(2):
        lower = np.linalg.cholesky(matrix.T @ matrix)
        matrix = matrix @ np.linalg.inv(lower).T
        total = lower.T @ total
    return matrix, total


def square_factor(matrix: Array) -> Array:
    """G (k, k) with G Gᵀ = K Kᵀ for K (k, n)."""
    return np.asarray(np.linalg.qr(matrix.T)[1]).T


def exact_sensitivity(curve: Curve, points: Points, at: Estimate) -> tuple[Array, Array]:
    """by_y, by_x of the solution as it is: the implicit function theorem with all second derivatives.

    With λ = V_e⁻¹e, Λ = diag λ and dF = f_xx dξ + f_xp dp the conditions of the minimum give, for a change of the data,
    dξ = dx + V_x (Λ dF + F dλ) − V_xy dλ,  V_e dλ − (V_yx − F V_x) Λ dF = dy − F dx − J dp,
    Σᵢ λᵢ (f_pp dp + f_px dξᵢ) + Jᵀ dλ = 0. Gauss-Newton leaves out what λ multiplies.
    """
    matrix, by_y, by_x = exact_system(curve, points, at)
    solved: Array = np.asarray(np.linalg.solve(matrix, np.concatenate([by_y, by_x], axis=1)), dtype=float)
    upright = ~np.isfinite(at.slope)
    return solved[:, : by_y.shape[1]], np.where(upright, np.nan, solved[:, by_y.shape[1] :])


def exact_system(curve: Curve, points: Points, at: Estimate) -> tuple[Array, Array, Array]:
    """M (k, k), R_y, R_x (k, n) with M dp = R_y dy + R_x dx; −M is the curvature of the sum that is made least, so that
    −M⁻¹ Jᵀλ is Newton's step."""
    f_xx, f_xp, f_pp = curve.curvature(at.xi, at.p)
    lam, upright = at.multiplier, ~np.isfinite(at.slope)
    if points.v_x is None and np.any(upright):  # where x is exact nothing moves along it
        at = replace(at, slope=np.where(upright, 0.0, at.slope))
        f_xx, f_xp = np.where(upright, 0.0, f_xx), np.where(upright[:, None], 0.0, f_xp)
    if points.v_y.ndim == 1:
        return _exact_apart(points, at, lam, (f_xx, f_xp, f_pp))
    n = lam.size
    v_x, v_xy = (np.zeros((n, n)) if v is None else v for v in (points.v_x, points.v_xy))
    slope, turn, cross = at.slope, lam * f_xx, lam[:, None] * f_xp
    mixed = v_xy.T - slope[:, None] * v_x
    eye = np.eye(n)
    # Unknowns dξ, dλ; on the right dp, dx, dy.
    system = np.block([[eye - v_x * turn, v_xy - v_x * slope], [-mixed * turn, at.spread]])
    by_p = np.concatenate([v_x @ cross, mixed @ cross - at.jacobian])
    by_data = np.block([[eye, np.zeros((n, n))], [-np.diag(slope), eye]])
    moved = np.concatenate([cross, at.jacobian]).T @ np.linalg.solve(system, np.concatenate([by_p, by_data], axis=1))
    k = at.p.size
    return np.einsum("i,ijk->jk", lam, f_pp) + moved[:, :k], -moved[:, k + n :], -moved[:, k : k + n]


def _exact_apart(
    points: Points, at: Estimate, lam: Array, second: tuple[Array, Array, Array]
) -> tuple[Array, Array, Array]:
    """The same for points independent of each other: two unknowns a point, and one k × k system."""
    f_xx, f_xp, f_pp = second
    n = lam.size
    v_x, v_xy = (np.zeros(n) if v is None else v for v in (points.v_x, points.v_xy))
    turn, mixed = lam * f_xx, v_xy - at.slope * v_x
    # [a b; c d] (dξ, dλ) = (dx + r dp, dy − F dx − s dp)
    a, b, c, d = 1.0 - v_x * turn, mixed, -mixed * turn, at.spread
    r = (v_x * lam)[:, None] * f_xp
    s = at.jacobian - (mixed * lam)[:, None] * f_xp
    det = a * d - b * c
    xi_dx, xi_dy = (d + b * at.slope) / det, -b / det
    xi_dp = (d[:, None] * r + b[:, None] * s) / det[:, None]
    lam_dx, lam_dy = (-c - a * at.slope) / det, a / det
    lam_dp = (-c[:, None] * r - a[:, None] * s) / det[:, None]
    cross = lam[:, None] * f_xp
    matrix = np.einsum("i,ijk->jk", lam, f_pp) + cross.T @ xi_dp + at.jacobian.T @ lam_dp
    by_x = -(cross * xi_dx[:, None] + at.jacobian * lam_dx[:, None]).T
    by_y = -(cross * xi_dy[:, None] + at.jacobian * lam_dy[:, None]).T
    return matrix, by_y, by_x
