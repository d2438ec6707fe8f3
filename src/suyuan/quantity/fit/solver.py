"""Nonlinear least squares from a start vector: several ways in turn, the least sum wins, polished to the last digit.

No single method reaches the solution of every problem from every start. The ways: parameters that enter linearly
eliminated (variable projection); Levenberg-Marquardt; a trust region with scaled variables. Whatever one of
them reaches is polished by Newton steps with residuals in extended precision, and is a result only where such
steps end: where nothing converges that is said, with the best that was seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.fit.distance import standing
from suyuan.quantity.fit.estimate import Curve, Whitening, factored
from suyuan.quantity.fit.points import Points

Array = NDArray[np.float64]
Extended = NDArray[Any]
"""Extended precision where the machine has it."""
MOST_EVALUATIONS = 5_000
MANY = 20_000
"""Beyond so many points the first way that converges is taken."""


class OutOfDomain(Exception):
    """The curve has no finite value at parameters that were tried."""


@dataclass(slots=True)
class Problem:
    """Whitened residuals L⁻¹(y − f) as a function of all parameters, with a count of evaluations."""

    curve: Curve
    points: Points
    white: Whitening
    evaluations: int = 0
    last: tuple[Array, Array, Array] | None = field(default=None)

    def at(self, p: Array) -> tuple[Array, Array]:
        """Residuals (n,) and their Jacobian (n, k)."""
        if self.last is None or not np.array_equal(self.last[0], p):
            self.evaluations += 1
            f, jacobian, _ = self.curve.slopes(self.points.x.value, p)
            with np.errstate(all="ignore"):
                self.last = (p.copy(), self.white.of(self.points.y.value - f), -self.white.of(jacobian))
        return self.last[1], self.last[2]

    def sum(self, p: Array) -> float:
        """Σ of squared residuals; infinite where there is no value."""
        residual, jacobian = self.at(p)
        with np.errstate(all="ignore"):
            total = float(residual @ residual)
        return total if np.isfinite(total) and np.all(np.isfinite(jacobian)) else np.inf


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """Parameters of a minimum; residual y − f at them, as precise as the machine allows; evaluations it took."""

    p: Array
    residual: Array
    evaluations: int


def minimise(curve: Curve, points: Points, start: Array, where: str = "fit") -> Minimum:
    """The minimum of the least sum reached from `start`. Raises Refused where the curve has no value or none converges.

    Where several parameter vectors give the same sum (exchanged terms, opposite signs) the one nearest to the start is
    meant.
    """
    problem = Problem(curve, points, Whitening(points.v_y))
    if not np.isfinite(problem.sum(start)):
        raise Refused(finding("fit.model.not_finite", where, parameters=standing(curve, start)))
    tried, least = start, problem.sum(start)
    minima: list[Polished] = []
    for candidate in _candidates(problem, start):
        if problem.sum(candidate) < least:
            tried, least = candidate, problem.sum(candidate)
        polished = polish(problem, candidate)
        if polished is not None:
            minima.append(polished)
            if points.n > MANY:
                break
    lowest = min((m.sum for m in minima), default=np.inf)
    if not minima:
        factored(problem.at(tried)[1], curve.names, where)  # is it that the data do not determine the parameters?
    if not minima or lowest > least * (1.0 + 1e-6) + _rounding(problem, least):
        raise Refused(finding("fit.not_converged", where, evaluations=problem.evaluations,
                              parameters=standing(curve, tried), value=f"{least:.6g}"))  # fmt: skip
    equal = [m for m in minima if m.sum <= lowest * (1.0 + 1e-8) + _rounding(problem, 0.0)]
    best = min(equal, key=lambda m: _distance(m.p.astype(float), start))
    return Minimum(best.p.astype(float), best.residual, problem.evaluations)


def _rounding(problem: Problem, least: float) -> float:
    """What rounding of y changes in a sum of squares: |(r + δ)² − r²| ≤ 2|r||δ| + δ²."""
    delta = float(np.linalg.norm(4e-16 * problem.white.of(np.abs(problem.points.y.value))))
    return 2.0 * math.sqrt(least) * delta + delta * delta


def _distance(p: Array, start: Array) -> float:
    """How far parameters are from the start: each one's change over the larger of both."""
    larger = np.maximum(np.abs(p), np.abs(start))
    return float(np.sum(((p - start) / np.where(larger > 0.0, larger, 1.0)) ** 2))


def _candidates(problem: Problem, start: Array) -> Iterator[Array]:
    """Where each way ends; one that leaves the curve's domain, or needs more points than there are, is passed over."""
    from suyuan.quantity.fit.projection import projected

    for way in (projected, _levenberg, _trust_region, _trust_region_of_start):
        try:
            yield way(problem, start)
        except (OutOfDomain, ValueError, np.linalg.LinAlgError):
            continue


def _levenberg(problem: Problem, start: Array) -> Array:
    from scipy.optimize import least_squares

    def residual(p: Array) -> Array:
        if not np.isfinite(problem.sum(p)):
            return np.full(problem.points.n, 1e100)  # so the step is refused and shortened
        return problem.at(p)[0]

    def jacobian(p: Array) -> Array:
        if not np.isfinite(problem.sum(p)):
            raise OutOfDomain
        return problem.at(p)[1]

    found = least_squares(residual, start, jacobian, method="lm", x_scale="jac", ftol=1e-15, xtol=1e-15, gtol=1e-15,
                          max_nfev=MOST_EVALUATIONS)  # fmt: skip
    return np.asarray(found.x)


def _trust_region(problem: Problem, start: Array) -> Array:
    return _region(problem, start, "jac")


def _trust_region_of_start(problem: Problem, start: Array) -> Array:
    return _region(problem, start, np.where(start != 0.0, np.abs(start), 1.0))


def _region(problem: Problem, start: Array, scale: str | Array) -> Array:
    from scipy.optimize import least_squares

    def residual(p: Array) -> Array:
        return problem.at(p)[0] if np.isfinite(problem.sum(p)) else np.full(problem.points.n, 1e100)

    def jacobian(p: Array) -> Array:
        if not np.isfinite(problem.sum(p)):
            raise OutOfDomain
        return problem.at(p)[1]

    found = least_squares(residual, start, jacobian, method="trf", x_scale=scale, ftol=1e-15, xtol=1e-15, gtol=1e-15,
                          max_nfev=MOST_EVALUATIONS // 5)  # fmt: skip
    return np.asarray(found.x)


@dataclass(frozen=True, slots=True, eq=False)
class Polished:
    """p and y − f in extended precision, and the sum of squares."""

    p: Extended
    residual: Array
    sum: float


def polish(problem: Problem, start: Array) -> Polished | None:
    """Newton's method to the last digit; None where its steps do not end or end at no minimum.

    Residuals are computed in extended precision from the decimals that were written, so that a sum of squares that
    lies near the rounding of y is still right; a machine without it gets what double precision gives.
    """
    fine = Fine(problem, _decimals(problem.points.x.value), _decimals(problem.points.y.value))
    p, size = start.astype(np.longdouble), np.inf
    for count in range(200):
        residual, total = fine.at(p)
        step, curved = _newton(problem, p, residual)
        if step is None or not np.isfinite(total):
            return None
        least = np.maximum(fine.smallest(p), np.abs(p))
        p, part = _shortened(fine, p, step, float(np.max(np.abs(step) / least)))
        last, size = size, float(np.max(np.abs(part * step) / least))
        if size <= 1e-17 or (count > 2 and size <= 1e-9 and size > 0.3 * last):
            residual, total = fine.at(p)
            return Polished(p, residual, total) if curved else None
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Fine:
    """Residuals in extended precision."""

    problem: Problem
    x: Extended
    y: Extended

    def at(self, p: Extended) -> tuple[Array, float]:
        """y − f, rounded after the difference is taken, and the whitened sum of squares."""
        with np.errstate(all="ignore"):
            residual = (self.y - self.problem.curve.value(self.x, p)).astype(float)
            white = self.problem.white.of(residual)
            total = float(white @ white)
        return residual, total if np.isfinite(total) else np.inf

    def smallest(self, p: Extended) -> Array:
        """Parameters below this change f by less than a millionth of y: near 0 their own digits mean nothing."""
        reach = np.linalg.norm(self.problem.at(p.astype(float))[1], axis=0)
        size = float(np.linalg.norm(self.problem.white.of(self.problem.points.y.value)))
        return np.maximum(1e-6 * size / np.where(reach > 0.0, reach, np.inf), 1e-300)


def _newton(problem: Problem, p: Extended, residual: Array) -> tuple[Extended | None, bool]:
    """The step (I − R⁻ᵀ S R⁻¹) R δ = Qᵀ r, J = Q R, S = Σ λ f_pp: Newton's, in which the condition of J is not squared.

    Where the matrix is not positive definite the curvature is left out (Gauss-Newton). Returns the step and whether
    the sum curves upwards in all directions.
    """
    flat = p.astype(float)
    if not np.isfinite(problem.sum(flat)):
        return None, False
    jacobian = -problem.at(flat)[1]
    scale = np.linalg.norm(jacobian, axis=0)
    if np.any(scale == 0.0):
        return None, False
    white = problem.white.of(residual)
    q, triangle = np.linalg.qr(jacobian / scale)
    curved = True
    target: Array = q.T @ white
    try:
        matrix = np.eye(p.size) - _curvature(problem, flat, white, triangle, scale)
        if np.linalg.eigvalsh(matrix)[0] > 1e-8:
            target = np.asarray(np.linalg.solve(matrix, target), dtype=float)
        else:
            curved = False
        solved = np.linalg.solve(triangle, target) / scale
    except np.linalg.LinAlgError:
        return None, False
    return (solved.astype(np.longdouble), curved) if np.all(np.isfinite(solved)) else (None, False)


def _curvature(problem: Problem, p: Array, white: Array, triangle: Array, scale: Array) -> Array:
    """R⁻ᵀ S R⁻¹ with S = Σ λ f_pp, λ = L⁻ᵀ white, symmetric; J = Q R diag(scale)."""
    if problem.points.n > MANY:
        return np.zeros((p.size, p.size))
    second = problem.curve.curvature(problem.points.x.value, p)[2]
    total = np.einsum("i,ijk->jk", problem.white.of(white, transposed=True), second) / np.multiply.outer(scale, scale)
    half = np.linalg.solve(triangle.T, total)
    full = np.linalg.solve(triangle.T, half.T)
    return np.asarray(0.5 * (full + full.T))


def _shortened(fine: Fine, p: Extended, step: Extended, relative: float) -> tuple[Extended, float]:
    """The parameters after the step, halved until the sum does not grow, and the part of it that was taken."""
    reached = fine.at(p)[1]
    part = 1.0
    for _ in range(30):
        moved = p + part * step
        if part * relative < 1e-9 or fine.at(moved)[1] <= reached * (1.0 + 1e-9):
            return moved, part
        part /= 2.0
    return p + part * step, part


def _decimals(values: Array) -> Extended:
    """The decimals of floats in extended precision; for very many points the floats."""
    if values.size > MANY:
        return values.astype(np.longdouble)
    return np.array([np.longdouble(repr(v)) for v in values.tolist()], dtype=np.longdouble)
