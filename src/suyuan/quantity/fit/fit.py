"""The result of a fit: correlated parameters that keep every influence of the data, residuals, the test of the model.

A fit is one node: dp = K·d(data) at the solution, by implicit differentiation; iterations are never differentiated.

What becomes of the influences:
- uncertainties known (weighted, generalised, errors in both): each influence of x and y passes through K;
- ordinary: u(y) is not asked, so the scatter s of the residuals speaks for whatever differs from point to point, as one
  joint influence with n − p degrees of freedom (GUM H.3). An influence element of x or y that touches one point only
  is part of that scatter and is not counted twice. One that touches several points (a standard used for all of
  them) hardly shows in residuals; it passes through K and is added.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import covariance as covariances
from suyuan.quantity.block import Block, Dense
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.fit.points import Method, Points
from suyuan.quantity.influence import Influence, Source, fresh_id
from suyuan.quantity.linear_map import linear_map, only_shared, shared_elements
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE, Unit

if TYPE_CHECKING:
    from suyuan.quantity.fit.estimate import Curve

Array = NDArray[np.float64]
CONSISTENT = 0.95
"""The observed χ² is compared with this quantile of its distribution."""


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """What a way of fitting hands over, in plain numbers.

    p: estimates (k,); factor: G with G Gᵀ = covariance for variance 1 of the weights; by_y, by_x: K, or None where
    nothing passes through it; residual y − f(ξ), x_residual x − ξ, misfit e (of the straightened curve), all (n,);
    own_variance: variance of e that is left after the fit, V_e − J C Jᵀ on the diagonal, (n,); least: eᵀ V_e⁻¹ e.
    """

    p: Array
    factor: Array
    by_y: Array | None
    by_x: Array | None
    residual: Array
    x_residual: Array
    misfit: Array
    own_variance: Array
    least: float


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted curve.

    parameters: one quantity of k correlated values in plain numbers, in the order of `names`; units: of each of them;
    covariance: of the parameters; residuals: y − f at the fitted x; x_residuals: x − ξ (nil where x is exact);
    misfits, misfit_variance: e of the straightened curve, and its variance after the fit; n, dof = n − k;
    s: residual standard deviation (ordinary), else None; rss: Σ residuals²; chi_squared: eᵀ V⁻¹ e at the solution,
    None for ordinary; curve: the function; low, high: range of x; findings: what speaks against the fit.
    """

    method: Method
    names: tuple[str, ...]
    parameters: Quantity
    units: tuple[Unit, ...]
    covariance: Array
    residuals: Array
    x_residuals: Array
    misfits: Array
    misfit_variance: Array
    n: int
    dof: int
    s: float | None
    rss: float
    chi_squared: float | None
    curve: Curve
    low: float
    high: float
    x_unit: Unit
    y_unit: Unit
    findings: tuple[Finding, ...] = ()

    @property
    def estimates(self) -> Array:
        return self.parameters.value

    @property
    def u(self) -> Array:
        """Standard uncertainties of the parameters."""
        return np.sqrt(np.diagonal(self.covariance))

    @property
    def correlation(self) -> Array:
        """r of the parameters; nil beside a parameter without uncertainty."""
        spread = np.where(self.u > 0.0, self.u, 1.0)
        return np.asarray(self.covariance / np.multiply.outer(spread, spread))

    @property
    def chi_squared_per_dof(self) -> float | None:
        return None if self.chi_squared is None or not self.dof else self.chi_squared / self.dof

    @property
    def standardised(self) -> Array:
        """Residuals over their own standard deviations less what the fit takes up; nil where that is all."""
        largest = float(np.max(self.misfit_variance))
        left = np.where(self.misfit_variance > 1e-12 * largest, self.misfit_variance, np.inf)
        return np.asarray(self.misfits / np.sqrt(left))

    def __repr__(self) -> str:
        from suyuan.quantity.written import fit_text

        return fit_text(self)

    def _repr_html_(self) -> str:
        from suyuan.quantity.notebook_methods import fit_html

        return fit_html(self)

    def parameter(self, name: str) -> Quantity:
        """One parameter as a quantity in its unit, correlated with the others. Raises Refused for an unknown name."""
        if name not in self.names:
            raise Refused(finding("fit.parameter.unknown", name, name=name, known=", ".join(self.names)))
        place = self.names.index(name)
        return self.parameters[place].relabelled(self.units[place])


def result(points: Points, solution: Solution, curve: Curve, units: Sequence[Unit], label: str = "fit") -> Fit:
    """The result from a solution: influences, s or χ², standardised residuals, findings."""
    n, k = points.n, solution.p.size
    dof = n - k
    ordinary = points.method == "ordinary"
    if ordinary and not dof:
        raise Refused(finding("fit.points.few", label, n=n, wanted=k + 1))
    variance = solution.least / dof if ordinary else 1.0
    if not (np.isfinite(solution.least) and np.all(np.isfinite(solution.p)) and np.all(np.isfinite(solution.factor))):
        raise Refused(finding("fit.result.not_finite", label))
    with np.errstate(over="ignore", invalid="ignore"):  # refused just below
        parameters = _parameters(points, solution, variance, dof, label)
        if ordinary and len(parameters.blocks) == 1:
            matrix = variance * (solution.factor @ solution.factor.T)
        else:
            matrix = covariances.covariance(parameters, parameters)
    _within_range(points, solution, matrix, label)
    x = points.x.value
    chi_squared = None if ordinary else solution.least
    return Fit(
        method=points.method, names=tuple(curve.names), parameters=parameters, units=tuple(units),
        covariance=np.asarray(matrix), residuals=solution.residual, x_residuals=solution.x_residual,
        misfits=solution.misfit, misfit_variance=variance * solution.own_variance, n=n, dof=dof,
        s=math.sqrt(variance) if ordinary else None,
        rss=solution.least if ordinary else float(solution.residual @ solution.residual), chi_squared=chi_squared,
        curve=curve, low=float(x.min()), high=float(x.max()), x_unit=points.x_unit, y_unit=points.y_unit,
        findings=consistency(chi_squared, dof, label),
    )  # fmt: skip


def _within_range(points: Points, solution: Solution, matrix: Array, label: str) -> None:
    """Refused where a variance is beyond the range of numbers, above or below: u would be infinite or nil."""
    spread = np.diagonal(matrix)
    visible = 1e-12 * float(np.max(np.abs(points.y.value)))  # less is rounding
    scattered = points.method != "ordinary" or bool(np.any(np.abs(solution.residual) > visible))
    lost = scattered & (spread <= 0.0) & np.any(solution.factor != 0.0, axis=1)
    if not np.all(np.isfinite(matrix)) or np.any(lost):
        raise Refused(finding("fit.result.not_finite", label))


def _parameters(points: Points, solution: Solution, variance: float, dof: int, label: str) -> Quantity:
    """The parameters with their influences (see above)."""
    terms: list[tuple[Any, Quantity]] = []
    if points.uncertain:
        x, y = points.x, points.y
        if points.method == "ordinary":
            shared = shared_elements([x, y])
            x, y = only_shared(x, shared), only_shared(y, shared)
        terms = [(k, q) for k, q in ((solution.by_x, x), (solution.by_y, y)) if q.blocks and k is not None]
    passed = linear_map(solution.p, terms)
    if points.method != "ordinary":
        return passed
    factor = math.sqrt(variance) * solution.factor
    scatter = Influence(
        fresh_id(), factor.shape[1], np.linalg.norm(factor, axis=1), float(dof), "student_t", label=label,
        source=Source(text="scatter of residuals"), joint=True,
    )  # fmt: skip
    block = Block(scatter, None, Dense(np.ascontiguousarray(factor.T)))
    return Quantity(solution.p, ONE, {**passed.blocks, scatter.id: block})


def consistency(chi_squared: float | None, dof: int, where: str) -> tuple[Finding, ...]:
    """A warning where χ² is above its 95 % quantile: curve, stated uncertainties and data do not agree."""
    if chi_squared is None or dof < 1:
        return ()
    from scipy.special import chdtrc, chdtri

    limit = float(chdtri(dof, 1.0 - CONSISTENT))
    if chi_squared <= limit:
        return ()
    return (
        finding("fit.chi_squared.high", where, "warning", "ISO/TS 28037:2010", chi_squared=f"{chi_squared:.4g}",
                limit=f"{limit:.4g}", dof=dof, probability=f"{float(chdtrc(dof, chi_squared)):.2g}"),
    )  # fmt: skip
