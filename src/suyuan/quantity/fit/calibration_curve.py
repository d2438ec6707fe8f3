"""A calibration curve in use: y for a given x, and x for a given reading y, with every influence kept.

`predict`: u²(y) = Σᵢⱼ fᵢ fⱼ u(pᵢ, pⱼ) + f_x² u²(x); for a line var a + t² var b + 2 t cov + b² u²(x), t = x − x_origin.
`inverse`: x solves f(x) = y, so dx = (dy − Σ fᵢ dpᵢ)/f_x; for a line u²(x) = (u²(y) + var a + t² var b + 2 t cov)/b².

Results are quantities. A reading that shares a standard with the calibration (whoever made it) comes out with the right
uncertainty, since the parameters still carry the influences of the calibration.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.fit.fit import Fit
from suyuan.quantity.fit.polynomial_curve import PowerCurve
from suyuan.quantity.linear_map import linear_map
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.unit import Unit

Array = NDArray[np.float64]
PIECES = 512
"""Pieces of the interval in which a root is looked for; two roots in one of them are not seen."""
MANY = 4096


def predict(fit: Fit, x: Any, u_x: ArrayLike | None = None) -> tuple[Quantity, tuple[Finding, ...]]:
    """y = f(x) at given x.

    x: plain numbers in the unit of the fit, with u_x (None: exact), or a quantity; any shape. Returns y in the unit of
    the fitted y, and a warning for each side beyond the range of the calibration. Raises Refused: x not finite, u_x
    negative, or the curve has no value there.

    >>> from suyuan.quantity.fit.polynomial import fit_line
    >>> f = fit_line([1, 2, 3, 4, 5, 6], [3.3, 5.6, 7.1, 9.3, 10.7, 12.1], u_y=0.5)   # ISO/TS 28037:2010, clause 6
    >>> y, _ = predict(f, 3.5, 0.2)
    >>> round(float(y.value), 3), round(float(y.u), 3)
    (8.017, 0.406)
    """
    given = _given(x, u_x, fit.x_unit, "x")
    at = given.value.ravel()
    value, by_p, slope = fit.curve.slopes(at, fit.estimates)
    _finite("predict", at, value, by_p, slope)
    y = _joined(value.reshape(given.shape), fit.y_unit, fit.parameters, by_p, [(slope, given)])
    return y, extrapolated(fit, at)


def inverse(
    fit: Fit,
    y: Any,
    u_y: ArrayLike | None = None,
    *,
    readings: int | None = None,
    interval: tuple[float, float] | None = None,
) -> tuple[Quantity, tuple[Finding, ...]]:
    """x at which the curve has given values y.

    y: plain numbers in the unit of the fit, with u_y, or a quantity; any shape. u_y None for plain numbers of an
    ordinary fit: the residual standard deviation s of the fit, over √readings where each y is a mean of so many (its
    degrees of freedom count beside those of the curve, though both come from one s); else exact. interval: where x is
    looked for, the range of the calibration otherwise; a line needs none. Returns x in its unit and a warning for
    extrapolation. Raises Refused: no x, or more than one, in the interval; a curve without slope there.

    >>> from suyuan.quantity.fit.polynomial import fit_line
    >>> f = fit_line([1, 2, 3, 4, 5, 6], [3.3, 5.6, 7.1, 9.3, 10.7, 12.1], u_y=0.5)   # ISO/TS 28037:2010, clause 6
    >>> x, _ = inverse(f, 10.5, 0.5)
    >>> round(float(x.value), 3), round(float(x.u), 3)
    (4.913, 0.322)
    """
    given = _reading(fit, y, u_y, readings)
    wanted = given.value.ravel()
    if isinstance(fit.curve, PowerCurve) and fit.curve.degree == 1:
        intercept, slope_of_line = fit.estimates
        _sloped(np.array([slope_of_line]), wanted[:1])
        found = fit.curve.origin + (wanted - intercept) / slope_of_line
    else:
        found = _roots(fit, wanted, interval or (fit.low, fit.high))
    _, by_p, slope = fit.curve.slopes(found, fit.estimates)
    _finite("inverse", wanted, found, by_p, slope)
    _sloped(slope, wanted)
    value = found.reshape(given.shape)
    x = _joined(value, fit.x_unit, fit.parameters, -by_p / slope[:, None], [(1.0 / slope, given)])
    return x, extrapolated(fit, found)


def extrapolated(fit: Fit, x: Array) -> tuple[Finding, ...]:
    """A warning where x lies beyond the points of the calibration."""
    beyond = np.flatnonzero((x < fit.low) | (x > fit.high))
    if not beyond.size:
        return ()
    worst = beyond[np.argmax(np.maximum(fit.low - x[beyond], x[beyond] - fit.high))]
    return (
        finding("fit.extrapolation", f"x/{worst}", "warning", x=f"{x[worst]:.6g}", low=f"{fit.low:.6g}",
                high=f"{fit.high:.6g}", count=beyond.size),
    )  # fmt: skip


def _given(x: Any, u: ArrayLike | None, unit: Unit, where: str) -> Quantity:
    """The argument as a quantity in the unit of the fit."""
    if isinstance(x, Quantity):
        if u is not None:
            raise Refused(finding("fit.points.twice", f"u_{where}"))
        return x.to(unit)
    try:
        values = np.array(x, dtype=float)
    except (TypeError, ValueError):
        raise Refused(finding("fit.points.form", where, got=repr(x)[:60])) from None
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise Refused(
            finding("fit.points.not_finite", f"{where}/{bad[0]}", count=bad.size, value=values.ravel()[bad[0]])
        )
    return quantity(values, u, unit, label=where)


def _reading(fit: Fit, y: Any, u_y: ArrayLike | None, readings: int | None) -> Quantity:
    if readings is not None and (fit.s is None or u_y is not None or isinstance(y, Quantity) or not readings >= 1):
        raise Refused(finding("fit.readings", "readings", readings=readings))
    if u_y is not None or isinstance(y, Quantity) or fit.s is None:
        return _given(y, u_y, fit.y_unit, "y")
    plain = _given(y, None, fit.y_unit, "y")
    u = fit.s / np.sqrt(float(readings or 1))
    return quantity(plain.value, u, fit.y_unit, dof=fit.dof, distribution="student_t", label="y")


def _joined(value: Array, unit: Unit, p: Quantity, by_p: Array, terms: list[tuple[Array, Quantity]]) -> Quantity:
    """Σ by_p·parameters + Σ slope·argument, for every influence."""
    flat = linear_map(np.zeros(len(by_p)), [(by_p, p)])
    gathered: dict[str, list[blocks.Term]] = {k: [(1.0, b, 1)] for k, b in flat.blocks.items()}
    for slope, q in terms:
        for key, part in q.blocks.items():
            line = blocks.reshape(part, q.shape, (q.size,))
            gathered.setdefault(key, []).append((slope, line, 1))
    parts: dict[str, Block] = {key: blocks.combine(rows, (len(by_p),)) for key, rows in gathered.items()}
    shaped = {key: blocks.reshape(part, (len(by_p),), value.shape) for key, part in parts.items()}
    return Quantity(value, unit, shaped)


def _finite(act: str, at: Array, *arrays: Array) -> None:
    for array in arrays if at.size else ():
        bad = np.flatnonzero(~np.all(np.isfinite(array.reshape(at.size, -1)), axis=1))
        if bad.size:
            raise Refused(finding("fit.model.not_finite", f"{act}/{bad[0]}", parameters=f"{at[bad[0]]:.6g}"))


def _sloped(slope: Array, y: Array) -> None:
    flat = np.flatnonzero(slope == 0.0)
    if flat.size:
        raise Refused(finding("fit.inverse.flat", f"y/{flat[0]}", y=f"{y[flat[0]]:.6g}"))


def _roots(fit: Fit, y: Array, interval: tuple[float, float]) -> Array:
    """The one x of each y in the interval, all at once: signs on a grid, then bisection with Newton's steps."""
    low, high = (float(v) for v in interval)
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise Refused(finding("fit.interval", "interval", low=low, high=high))
    grid = np.linspace(low, high, PIECES + 1)
    curve = fit.curve.value(grid, fit.estimates)
    if not np.all(np.isfinite(curve)):
        place = grid[np.flatnonzero(~np.isfinite(curve))[0]]
        raise Refused(finding("fit.model.not_finite", "interval", parameters=f"{place:.6g}"))
    left = np.empty_like(y)
    for start in range(0, y.size, MANY):
        part = slice(start, start + MANY)
        place, count = _bracket(curve, y[part])
        odd = np.flatnonzero(count != 1)
        if odd.size:
            i = start + int(odd[0])
            code = "fit.inverse.none" if not count[odd[0]] else "fit.inverse.several"
            raise Refused(finding(code, f"y/{i}", y=f"{y[i]:.6g}", low=f"{low:.6g}", high=f"{high:.6g}",
                                  count=count[odd[0]], least=f"{curve.min():.6g}",
                                  most=f"{curve.max():.6g}"))  # fmt: skip
        left[part] = grid[place]
    return _refined(fit, y, left, np.minimum(left + (high - low) / PIECES, high))


def _bracket(curve: Array, y: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each y the piece of the grid in which the curve passes it, and how many there are."""
    steps = np.diff(curve)
    if np.all(steps > 0.0) or np.all(steps < 0.0):  # one branch: no need to look at every piece
        rising = curve if steps[0] > 0.0 else curve[::-1]
        inside = np.clip(np.searchsorted(rising, y, side="right") - 1, 0, steps.size - 1)
        place = inside if steps[0] > 0.0 else steps.size - 1 - inside
        return place, ((y >= rising[0]) & (y <= rising[-1])).astype(np.intp)
    above = curve >= y[:, None]
    crossed = above[:, 1:] != above[:, :-1]
    count = np.count_nonzero(crossed, axis=1)
    place = np.argmax(crossed, axis=1)
    touched = curve == y[:, None]  # at an end of the interval, where nothing is crossed
    only = (count == 0) & touched.any(axis=1)
    place = np.where(only, np.minimum(np.argmax(touched, axis=1), curve.size - 2), place)
    return place, np.where(only, 1, count)


def _refined(fit: Fit, y: Array, low: Array, high: Array) -> Array:
    """Roots between ends of opposite sign: Newton's step where it stays inside, else the middle."""
    rising = fit.curve.value(high, fit.estimates) >= fit.curve.value(low, fit.estimates)
    x, size, moved = 0.5 * (low + high), np.maximum(np.abs(low), np.abs(high)), np.inf
    for _ in range(100):
        value, _, slope = fit.curve.slopes(x, fit.estimates)
        miss = value - y
        right = (miss > 0.0) == rising
        high, low = np.where(right, x, high), np.where(right, low, x)
        with np.errstate(all="ignore"):
            step = x - miss / slope
        inside = np.isfinite(step) & (step >= low) & (step <= high)
        following = np.where(inside, step, 0.5 * (low + high))
        last, moved = moved, float(np.max(np.abs(following - x) / size, initial=0.0))
        x = following
        if moved <= 2e-16 or (moved < 1e-12 and moved >= 0.5 * last):  # rounding goes on for ever
            break
    return x
