"""Fit of any curve f(x, p): ordinary, weighted, generalised, errors in both coordinates.

The parameters come back as correlated quantities like those of a line; the iteration is not differentiated, its
solution is (`fit_estimate`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.fit.distance import solve, without_x
from suyuan.quantity.fit.estimate import (
    SENSITIVITIES,
    Sensitivity,
    Whitening,
    estimate,
    exact_sensitivity,
    square_factor,
)
from suyuan.quantity.fit.fit import Fit, Solution, result
from suyuan.quantity.fit.points import Points, read_points
from suyuan.quantity.fit.polynomial import own_variance
from suyuan.quantity.fit.recorded_curve import Model, RecordedCurve, read_curve
from suyuan.quantity.fit.solver import minimise
from suyuan.quantity.unit import ONE, Unit, parse_unit

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve whose abscissa in the formula is not called x, or whose parameters have units.

    model: as in `fit_curve`; variable: the name of the abscissa in a formula; units: name → unit of a parameter, 1
    otherwise.
    """

    model: Model
    variable: str = "x"
    units: Mapping[str, str | Unit] = field(default_factory=dict)


def fit_curve(
    model: Model | Curve,
    x: Any,
    y: Any,
    start: Mapping[str, float] | Sequence[float],
    method: str | None = None,
    *,
    u_x: ArrayLike | None = None,
    u_y: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    sensitivity: Sensitivity = "gauss_newton",
) -> Fit:
    """Least squares of a curve y = f(x, p).

    model: a formula (or its text) in x and the parameters, or a Python function f(x, p₁, …) in arithmetic and NumPy's
    elementary functions (columns of further, exact variables may stand in it); it sees plain numbers, x and y in their
    own units. A `Curve` names another abscissa or the units of the parameters. start: name → value, or values in the
    order of the function's arguments.
    x, y, method, u_x, u_y, covariance, sensitivity: as in `fit_line`. With `exact` the covariance of a curve contains
    what its curvature and the residuals add; the certified values of NIST are of `gauss_newton`, s²(JᵀJ)⁻¹.
    Raises Refused: as `fit_line`; a formula and start values that do not agree; no finite value at the start; no
    convergence, with what was reached.

    >>> x, y = [109, 149, 149, 191, 213, 224], [1, 2, 3, 5, 7, 10]
    >>> fit_curve("a*exp(b*x)", x, y, {"a": 0.1, "b": 0.02}).dof
    4
    >>> fit_curve(Curve("a*exp(b*t)", "t", {"a": "mm"}), x, y, {"a": 0.1, "b": 0.02}).units[0].symbol
    'mm'
    """
    points = read_points(x, y, method, u_x=u_x, u_y=u_y, covariance=covariance)
    if sensitivity not in SENSITIVITIES:
        raise Refused(
            finding("fit.sensitivity.unknown", "sensitivity", given=sensitivity, known=", ".join(SENSITIVITIES))
        )
    asked = model if isinstance(model, Curve) else Curve(model)
    curve, first = read_curve(asked.model, start, points.x.value, asked.variable)
    wanted = len(curve.names) + (points.method == "ordinary")
    if points.n < wanted:
        raise Refused(finding("fit.points.few", "x", n=points.n, wanted=wanted))
    return result(points, _solved(points, curve, first, sensitivity), curve, _units(curve, asked.units))


def _units(curve: RecordedCurve, given: Mapping[str, str | Unit]) -> list[Unit]:
    for name in given:
        if name not in curve.names:
            raise Refused(finding("fit.parameter.unknown", f"units.{name}", name=name, known=", ".join(curve.names)))
    return [parse_unit(u) if isinstance(u := given.get(name, ONE), str) else u for name in curve.names]


def _solved(points: Points, curve: RecordedCurve, start: Array, sensitivity: str) -> Solution:
    x, y = points.x.value, points.y.value
    if points.v_x is None:
        found = minimise(curve, points, start)
        at, _ = estimate(curve, points, found.p, x)
        misfit = residual = found.residual
    else:
        at = solve(curve, points, minimise(curve, without_x(points), start).p)
        misfit, residual = at.misfit, y - curve.value(at.xi, at.p)
    by_y, by_x, factor = at.by_y, at.by_x, at.factor
    if sensitivity == "exact":
        by_y, by_x = exact_sensitivity(curve, points, at)
        if points.method == "ordinary":
            factor = square_factor(by_y)
    white = Whitening(at.spread).of(misfit)
    return Solution(
        at.p, factor, by_y, by_x, residual, x - at.xi, misfit, own_variance(at), float(white @ white)
    )  # fmt: skip
