"""Survey points of a block against its design: deviations with U that share the instrument's certificate, verdicts.

Coordinates of a total station share its scale factor and its zero offset, so the deviations of all points are
correlated. A best-fit alignment takes up part of that common error and adds its own uncertainty; both follow from one
linear step of least squares on the influences, without a covariance matrix of all points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.assurance.observations import above_zero, enough, table
from suyuan.quantity.conformity.decision import decide_array
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.linear_map import correlated, linear_map
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.unit import ONE

Array = NDArray[np.float64]
AXES = ("x", "y", "z")
FLAT = 1e-9
"""Share of the largest spread below which alignment points count as lying on one line."""


@dataclass(frozen=True, slots=True, eq=False)
class Station:
    """A total station by its certificate. scale: relative correction s of distances; offset: additive constant c;
    position: (3,) of the station in the frame of the points."""

    scale: Quantity
    offset: Quantity
    position: Array


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """A rigid motion. rotation: (3, 3); shift: (3,); parameters: three rotations about the axes at the centroid (rad)
    and three shifts, correlated, about the solution; s: weighted standard deviation of the residuals."""

    rotation: Array
    shift: Array
    parameters: Quantity
    s: float


@dataclass(frozen=True, slots=True, eq=False)
class SurveyPoints:
    """Deviations of points. deviation: x, y, z, each (n,), correlated; U: (n, 3); state: (n,) 1 inside, −1 outside,
    0 undecided, the worst of the axes; axis_state: (n, 3); alignment: None without one."""

    deviation: tuple[Quantity, Quantity, Quantity]
    U: Array
    state: NDArray[np.int8]
    axis_state: NDArray[np.int8]
    alignment: Aligned | None

    @property
    def value(self) -> Array:
        """Deviations (n, 3)."""
        return np.stack([d.value for d in self.deviation], axis=1)


def measured(
    points: ArrayLike,
    u: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    station: Station | None = None,
    unit: str = "mm",
    where: str = "survey",
) -> tuple[Quantity, Quantity, Quantity]:
    """Coordinates x, y, z, each (n,), corrected by the certificate: P + (p − P)(1 + s) + c·(p − P)/|p − P|.

    points: (n, 3); u: standard uncertainty of a coordinate, one number, (3,) or (n, 3); or covariance: (3n, 3n), in the
    order x1 y1 z1 x2 …; station: shared influences. Raises Refused.

    >>> s = Station(quantity(2e-5, 1e-5), quantity(0.0, 0.0, "mm"), np.zeros(3))
    >>> x, _, _ = measured([[1000.0, 0.0, 0.0], [2000.0, 0.0, 0.0]], 0.0, station=s)
    >>> x.value.round(6).tolist(), x.u.round(6).tolist()
    ([1000.02, 2000.04], [0.01, 0.02])
    """
    p = table(points, f"{where}.points", ("point", "variable"), (1, 3))
    if p.shape[1] != 3:
        raise Refused(finding("cases.survey.axes", f"{where}.points", n=p.shape[1]))
    if covariance is not None:
        together = correlated(p.reshape(-1), covariance, unit, label="survey points")
        made = [together[k::3] for k in range(3)]
    else:
        if u is None:
            raise Refused(finding("cases.survey.unknown_u", f"{where}.u"))
        spread = _spread(u, p.shape, where)
        made = [quantity(p[:, k], spread[:, k], unit, label=f"coordinate {name}") for k, name in enumerate(AXES)]
    if station is not None:
        away = p - station.position
        distance = np.linalg.norm(away, axis=1)
        at = np.flatnonzero(distance == 0.0)
        if at.size:
            raise Refused(finding("cases.survey.at_station", f"{where}.points.{int(at[0])}", point=int(at[0]) + 1))
        made = [
            q + away[:, k] * (station.scale * quantity(1.0, None, unit)) + away[:, k] / distance * station.offset
            for k, q in enumerate(made)
        ]
    x, y, z = made
    return x, y, z


def survey_points(
    points: tuple[Quantity, Quantity, Quantity],
    design: ArrayLike,
    tolerance: ArrayLike,
    datum: tuple[str, str],
    align: Sequence[int] | NDArray[np.intp] | None = None,
    limits: tuple[float, float] = (2.0, 1.0),
    where: str = "survey",
) -> tuple[SurveyPoints, tuple[Finding, ...]]:
    """Deviations from the design with U = k·u, and a verdict for each point by the guard band w = r·U (JCGM 106).

    points: x, y, z of `measured`; design: (n, 3) in the same unit; tolerance: ± a coordinate, one number or (3,);
    datum: names of the frames of points and design, which differ only where an alignment joins them; align: indices of
    the points that the best fit uses (at least 3, not on one line), None without alignment; limits: k and r.
    Returns the deviations and findings. Raises Refused.

    >>> q = measured([[0.0, 0.0, 0.0], [1000.0, 0.4, 0.0]], 0.05)
    >>> d, _ = survey_points(q, [[0.0, 0.0, 0.0], [1000.0, 0.0, 0.0]], 0.3, ("hull", "hull"))
    >>> d.state.tolist()
    [1, 0]

    Source: own formulation; linear propagation of JCGM 102 through Gauss-Newton's normal equations.
    """
    nominal = table(design, f"{where}.design", ("point", "variable"), (1, 3))
    n = points[0].value.size
    if nominal.shape != (n, 3):
        raise Refused(finding("assurance.study.lengths", f"{where}.design", lengths=f"{n}, {nominal.shape[0]}"))
    _same_datum(datum, align is not None, where)
    half = _spread(tolerance, (1, 3), f"{where}.tolerance")
    for k in range(3):
        above_zero(float(half[0, k]), f"{where}.tolerance")
    fit = None
    if align is None:
        off = tuple(q - nominal[:, k] * quantity(1.0, None, q.unit) for k, q in enumerate(points))
    else:
        fit, off = _aligned(points, nominal, np.asarray(align, np.intp), where)
    x, y, z = off
    U = limits[0] * np.stack([q.u for q in off], axis=1)
    value = np.stack([q.value for q in off], axis=1)
    for k in range(3):
        if not (np.all(np.isfinite(U[:, k])) and np.all(np.isfinite(value[:, k]))):
            raise Refused(finding("cases.survey.beyond", where, axis="xyz"[k]))
    decided = decide_array(value, U, -half, half, limits[1], where)
    state = np.min(decided.state, axis=1)
    found = list(decided.findings)
    count = int(np.count_nonzero(np.any(limits[1] * U > half, axis=1)))
    if count:
        found.append(finding("cases.survey.never_pass", where, "warning", count=count, n=n))
    return SurveyPoints((x, y, z), U, state, decided.state, fit), tuple(found)


def _aligned(
    points: tuple[Quantity, Quantity, Quantity], nominal: Array, used: NDArray[np.intp], where: str
) -> tuple[Aligned, tuple[Quantity, ...]]:
    """Weighted best fit, then the deviations with the influences of the points and of the fit."""
    p = np.stack([q.value for q in points], axis=1)
    _alignable(p, nominal, used, where)
    # weights by each point's own spread, the same along all axes, so that the solution does not depend on the frame
    spread = np.sqrt(np.mean(np.stack([np.square(q.u) for q in points], axis=1), axis=1))[used]
    weight = 1.0 / np.square(spread) if np.all(spread > 0.0) else np.ones(used.size)
    rotation, shift = best_fit(p[used], nominal[used], weight)
    turned = p @ rotation.T + shift
    residual = turned - nominal
    middle = np.average(turned[used], axis=0, weights=weight)
    arm = turned - middle
    # moving by a small rotation w and shift v adds w × arm + v to a point
    J = np.zeros((len(p), 3, 6))
    J[:, 0, 1], J[:, 0, 2] = arm[:, 2], -arm[:, 1]
    J[:, 1, 0], J[:, 1, 2] = -arm[:, 2], arm[:, 0]
    J[:, 2, 0], J[:, 2, 1] = arm[:, 1], -arm[:, 0]
    J[:, :, 3:] = np.eye(3)
    normal = np.einsum("n,nki,nkj->ij", weight, J[used], J[used])
    # the residuals enter the exact derivative of the rotation: N − Σ w(r·a I − a rᵀ) symmetrised
    a, r = arm[used], residual[used]
    normal[:3, :3] += _curvature(a, r, weight)
    moved = _moved(J[used], r, rotation, weight)
    step = -np.linalg.solve(normal, moved.reshape(6, -1)).reshape(6, used.size, 3)
    one = quantity(1.0, None, points[0].unit)
    plain = [q / one for q in points]
    maps = []
    for k in range(3):
        full = np.zeros((6, len(p)))
        np.add.at(full.T, used, step[:, :, k].T)
        maps.append((full, plain[k]))
    theta = linear_map(np.zeros(6), maps, ONE)
    off = []
    for k in range(3):
        total = sum((rotation[k, j] * plain[j] for j in range(1, 3)), rotation[k, 0] * plain[0])
        for i in range(6):
            if np.any(J[:, k, i]):
                total = total + J[:, k, i] * theta[i]
        off.append((total + (shift[k] - nominal[:, k])) * one)
    dof = max(3 * used.size - 6, 1)
    s = float(np.sqrt(np.sum(weight[:, None] * np.square(r)) / np.mean(weight) / dof))
    return Aligned(rotation, shift, theta, s), tuple(off)


def _curvature(a: Array, r: Array, weight: Array) -> Array:
    """Second derivative of the squares by the rotation that residuals add: ½(Σ w(a rᵀ + r aᵀ)) − Σ w(a·r) I."""
    outer = np.einsum("n,ni,nj->ij", weight, a, r)
    return np.asarray(0.5 * (outer + outer.T) - np.trace(outer) * np.eye(3))


def _moved(J: Array, r: Array, rotation: Array, weight: Array) -> Array:
    """Derivative of the gradient Σ w Jᵀr by the points (6, m, 3): Jᵀ R, and [r]×ᵀ R for the arm that moves."""
    by_turned = np.array(np.swapaxes(J, 1, 2))  # (m, 6, 3): a × r moves by a × dr
    # gradient of rotation is Σ w a × r; a moves with the point: da × r
    cross = np.zeros((len(r), 3, 3))
    cross[:, 0, 1], cross[:, 0, 2] = r[:, 2], -r[:, 1]
    cross[:, 1, 0], cross[:, 1, 2] = -r[:, 2], r[:, 0]
    cross[:, 2, 0], cross[:, 2, 1] = r[:, 1], -r[:, 0]
    by_turned[:, :3] += cross
    return np.asarray(np.einsum("n,nik,kj->inj", weight, by_turned, rotation))


def best_fit(points: ArrayLike, design: ArrayLike, weight: ArrayLike) -> tuple[Array, Array]:
    """Rotation R (3, 3) and shift t (3,) that minimise Σ w |R p + t − d|².

    >>> R, t = best_fit([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[5, 0, 0], [5, 1, 0], [4, 0, 0]], [1, 1, 1])
    >>> bool(np.allclose(R @ [0, 1, 0] + t, [4, 0, 0]))
    True

    Source: S. Umeyama, IEEE Trans. PAMI 13 (1991) 376, without scale.
    """
    p, d, w = (np.asarray(x, np.float64) for x in (points, design, weight))
    mid_p, mid_d = np.average(p, axis=0, weights=w), np.average(d, axis=0, weights=w)
    left, _, right = np.linalg.svd((w[:, None] * (d - mid_d)).T @ (p - mid_p))
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = (left * signs) @ right
    return rotation, mid_d - rotation @ mid_p


def _alignable(p: Array, nominal: Array, used: NDArray[np.intp], where: str) -> None:
    """Refuse indices that are no points, fewer than three, or points on one line."""
    bad = [int(i) for i in used if not 0 <= i < len(p)]
    if bad or len(set(used.tolist())) != used.size:
        raise Refused(finding("cases.survey.align", f"{where}.align", n=len(p)))
    enough(used.size, 3, f"{where}.align", "point")
    for q in (p[used], nominal[used]):
        size = np.linalg.svd(q - q.mean(axis=0), compute_uv=False)
        if size[1] <= FLAT * size[0]:
            raise Refused(finding("cases.survey.line", f"{where}.align", n=used.size))


def _spread(given: ArrayLike, shape: tuple[int, ...], where: str) -> Array:
    """Numbers, not negative, in the shape of the points."""
    try:
        array = np.broadcast_to(np.asarray(given, np.float64), shape)
    except (TypeError, ValueError):
        raise Refused(finding("cases.survey.spread", where)) from None
    if not np.all(np.isfinite(array) & (array >= 0.0)):
        raise Refused(finding("cases.survey.spread", where))
    return array


def _same_datum(datum: tuple[str, str], aligned: bool, where: str) -> None:
    for name, field in zip(datum, ("datum", "design_datum"), strict=True):
        if not name.strip():
            raise Refused(finding("cases.survey.no_datum", f"{where}.{field}"))
    if not aligned and datum[0].strip() != datum[1].strip():
        raise Refused(finding("cases.survey.other_datum", f"{where}.datum", given=datum[0][:60], design=datum[1][:60]))
