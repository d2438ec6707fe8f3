"""The points of a fit: x and y with what is known of their uncertainty, and how that enters as weights.

| method | what is least | what must be known |
|---|---|---|
| ordinary | Σ (y − f(x))² | nothing; the scatter of the residuals is the uncertainty |
| weighted | Σ (y − f(x))²/u²(y) | u(y) |
| generalised | (y − f(x))ᵀ V⁻¹ (y − f(x)) | covariance matrix V of y |
| errors_in_both | dᵀ V⁻¹ d, d = (x − ξ, y − f(ξ)), over parameters and all ξ | u(x), u(y), or covariance of both |

Every influence of a quantity stays; plain numbers with an uncertainty get influences of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.covariance import LARGEST, covariance
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.linear_map import correlated, shared_elements
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.unit import ONE, Unit

Array = NDArray[np.float64]
Method = Literal["ordinary", "weighted", "generalised", "errors_in_both"]
METHODS: tuple[Method, ...] = get_args(Method)


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """n points in plain numbers. x, y: quantities under unit 1; x_unit, y_unit: in which they are; method: as used.

    v_x, v_y, v_xy: variances and covariance of the points, (n,) where points are independent of each other, else
    (n, n); v_x and v_xy are None unless the method is errors_in_both, v_y is all one for ordinary.
    """

    x: Quantity
    y: Quantity
    x_unit: Unit
    y_unit: Unit
    method: Method
    v_y: Array
    v_x: Array | None = None
    v_xy: Array | None = None

    @property
    def n(self) -> int:
        return self.x.size

    @property
    def uncertain(self) -> bool:
        """Whether x or y has any influence."""
        return bool(self.x.blocks or self.y.blocks)


def read_points(
    x: Any,
    y: Any,
    method: str | None = None,
    *,
    u_x: ArrayLike | None = None,
    u_y: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
) -> Points:
    """Points from plain numbers or array quantities; raises Refused with every fault found.

    x, y: (n,); u_x, u_y: standard uncertainties of plain numbers, (n,) or one for all; covariance: of y, (n, n), or of
    x and y one after the other, (2n, 2n). method: None takes what the known uncertainties allow: errors_in_both where x
    is uncertain, else generalised where the y are correlated, else weighted, else ordinary.
    """
    faults: list[Finding] = []
    values = {"x": _values(x, "x", faults), "y": _values(y, "y", faults)}
    n = values["x"].size
    if values["y"].size != n:
        faults.append(finding("fit.points.lengths", "y", x=n, y=values["y"].size))
    spreads = {"x": _spread(x, u_x, n, "u_x", faults), "y": _spread(y, u_y, n, "u_y", faults)}
    if covariance is not None and (u_x is not None or u_y is not None or _uncertain(x) or _uncertain(y)):
        faults.append(finding("fit.points.twice", "covariance"))
    if method is not None and method not in METHODS:
        faults.append(finding("fit.method.unknown", "method", method=method, known=", ".join(METHODS)))
    if method == "ordinary":
        stated = (("u_x", u_x), ("u_y", u_y), ("covariance", covariance))
        faults += [finding("fit.uncertainty.unused", name) for name, value in stated if value is not None]
    if faults:
        raise Refused(*faults)
    if covariance is not None:
        members = _from_matrix(values["x"], values["y"], np.asarray(covariance, dtype=float))
    else:
        members = _member(x, values["x"], spreads["x"], "x"), _member(y, values["y"], spreads["y"], "y")
    units = [given.unit if isinstance(given, Quantity) else ONE for given in (x, y)]
    return _weighed(members[0], members[1], units[0], units[1], method)


def _values(given: Any, where: str, faults: list[Finding]) -> Array:
    try:
        raw = given.value if isinstance(given, Quantity) else np.asarray(given)
        if raw.dtype.kind == "c":
            raise TypeError
        array = np.array(raw, dtype=float)
    except (TypeError, ValueError):
        faults.append(finding("fit.points.form", where, got=repr(given)[:60]))
        return np.zeros(0)
    if array.ndim != 1:
        faults.append(finding("fit.points.form", where, got="×".join(map(str, array.shape)) or "1"))
        return np.zeros(0)
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        faults.append(finding("fit.points.not_finite", f"{where}/{bad[0]}", count=bad.size, value=array[bad[0]]))
    return array


def _spread(given: Any, u: ArrayLike | None, n: int, where: str, faults: list[Finding]) -> Array | None:
    if u is None:
        return None
    if _uncertain(given):
        faults.append(finding("fit.points.twice", where))
    try:
        array = np.array(u, dtype=float)
    except (TypeError, ValueError):
        faults.append(finding("fit.points.form", where, got=repr(u)[:60]))
        return None
    if array.ndim > 1 or (array.ndim == 1 and array.size != n):
        faults.append(finding("fit.points.lengths", where, x=n, y=array.size))
        return None
    spread = np.broadcast_to(array, (n,))
    allowed = spread > 0.0 if where == "u_y" else spread >= 0.0
    bad = np.flatnonzero(~(allowed & np.isfinite(spread)))
    if bad.size:
        faults.append(finding("fit.uncertainty.not_positive", f"{where}/{bad[0]}", u=spread[bad[0]], count=bad.size))
    return spread


def _uncertain(given: Any) -> bool:
    return isinstance(given, Quantity) and bool(given.blocks)


def _member(given: Any, values: Array, u: Array | None, label: str) -> Quantity:
    if isinstance(given, Quantity):
        return given.relabelled(ONE)
    return Quantity._of(values, ONE, {}) if u is None else quantity(values, u, label=label)


def _from_matrix(x: Array, y: Array, matrix: Array) -> tuple[Quantity, Quantity]:
    """x and y with the influences of one covariance matrix."""
    if matrix.shape == (2 * x.size, 2 * x.size) and x.size:
        both = correlated(np.concatenate([x, y]), matrix, label="x, y")
        return both[: x.size], both[x.size :]
    return quantity(x), correlated(y, matrix, label="y")


def _weighed(x: Quantity, y: Quantity, x_unit: Unit, y_unit: Unit, method: str | None) -> Points:
    """The variances and covariances that the method uses."""
    shared: Mapping[str, Array | None] = {}
    if x.blocks or method in (None, "generalised", "errors_in_both"):
        shared = shared_elements([x, y])
    together = any(kept is None or kept.any() for kept in shared.values())
    if method is None:
        known = "generalised" if together else "weighted"
        method = "errors_in_both" if x.blocks else known if y.blocks else "ordinary"
    if method != "ordinary" and not y.blocks and not (method == "errors_in_both" and x.blocks):
        raise Refused(finding("fit.uncertainty.missing", "u_y", method=method))
    if method == "errors_in_both" and not x.blocks:
        raise Refused(finding("fit.uncertainty.missing", "u_x", method=method))
    if method == "ordinary":
        return Points(x, y, x_unit, y_unit, "ordinary", np.broadcast_to(1.0, (y.size,)))
    if method == "weighted" or (method == "generalised" and not together):
        return Points(x, y, x_unit, y_unit, "weighted" if method == "weighted" else "generalised", _positive(y))
    if together and x.size**2 > LARGEST:
        raise Refused(finding("fit.covariance.too_large", "y", n=x.size, most=int(LARGEST**0.5)))
    if method == "generalised":
        return Points(x, y, x_unit, y_unit, "generalised", covariance(y, y))
    if together:
        return Points(
            x, y, x_unit, y_unit, "errors_in_both", covariance(y, y), covariance(x, x), covariance(x, y)
        )  # fmt: skip
    between = _between(x, y)
    return Points(x, y, x_unit, y_unit, "errors_in_both", np.array(y.variance), np.array(x.variance), between)


def _positive(y: Quantity) -> Array:
    variance = np.array(y.variance)
    bad = np.flatnonzero(~(variance > 0.0))
    if bad.size:
        raise Refused(finding("fit.uncertainty.not_positive", f"u_y/{bad[0]}", u=0.0, count=bad.size))
    return variance


def _between(x: Quantity, y: Quantity) -> Array:
    """Covariance of x and y of each point, from (x + y) and (x − y): nothing where they share no influence."""
    if x.blocks.keys().isdisjoint(y.blocks.keys()):
        return np.zeros(x.size)
    return np.asarray(0.25 * ((x + y).variance - (x - y).variance))
