"""Check standards: a stable artefact measured again and again shows whether the measuring process stays what it was.

Level 1 is the scatter within an occasion, level 2 that of the occasions. A slow drift that a 3 s chart hardly shows
stands out in the EWMA. With the certified value of the check standard as a quantity, the bias of the process carries
the certificate's influences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr

from suyuan.assurance.bias import Reference
from suyuan.assurance.control_chart import LAMBDA, LIMIT, smoothed
from suyuan.assurance.criteria import criterion
from suyuan.assurance.observations import above_zero, column, enough, fraction, not_negative, number, same_length
from suyuan.quantity.coverage import expanded
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.fit.polynomial import fit_line
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.type_a.observed import as_quantity
from suyuan.quantity.type_a.readings import mean as mean_of

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """Values of a period that was in control. limits: mean ∓ L·s."""

    n: int
    mean: float
    s: float
    limits: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Monitored:
    """Later values against a baseline. n_outside: beyond its limits; z: EWMA begun at the baseline mean, (n,), with
    ewma_limits, n_outside_ewma beyond them and first_signal: number among the monitored values, None where there is
    none."""

    n: int
    mean: float
    n_outside: int
    z: Array
    ewma_limits: tuple[float, float]
    n_outside_ewma: int
    first_signal: int | None


@dataclass(frozen=True, slots=True, eq=False)
class CheckStandard:
    """Result for one check standard. value: mean as a quantity (u = s_level2/√n); s_level1 with its degrees of freedom
    None without standard deviations of occasions; slope of values on time as a quantity, u_slope, None without times;
    bias: mean − certified value, with the influences of both, None without one."""

    n: int
    mean: float
    s_level2: float
    dof_level2: int
    value: Quantity
    s_level1: float | None = None
    dof_level1: int | None = None
    slope: Quantity | None = None
    baseline: Baseline | None = None
    monitored: Monitored | None = None
    bias: Quantity | None = None


def check_standard(
    values: ArrayLike,
    stds: ArrayLike | None = None,
    dofs: ArrayLike | None = None,
    time: ArrayLike | None = None,
    certified: Reference | None = None,
    unit: str = "1",
    where: str = "check_standard",
) -> tuple[CheckStandard, tuple[Finding, ...]]:
    """Level-1 and level-2 standard deviations of a check standard, its drift, its bias from the certified value.

    s_level2² = Σ (x − x̄)²/(n − 1); s_level1² = Σ νᵢsᵢ²/Σ νᵢ. values: one an occasion, (n,); stds, dofs: of the
    readings of each occasion; time: of each, in any unit; certified: the value of the certificate. Returns the result
    and findings. Raises Refused.

    >>> c, _ = check_standard([10.1, 10.3, 10.2], [0.3, 0.4, 0.5], [5, 5, 5])
    >>> round(c.s_level2, 4), round(c.s_level1, 4), c.dof_level1
    (0.1, 0.4082, 15)

    Source: NIST/SEMATECH e-Handbook, 2.2 and 2.6.2.
    """
    x = column(values, f"{where}.values", 2)
    found, _ = mean_of(x, where=f"{where}.values")
    s = float(found.s)
    told: list[Finding] = []
    basis = certified.unit if isinstance(certified, Quantity) else unit
    if s == 0.0:
        told.append(finding("assurance.study.constant", f"{where}.values", "warning", n=x.size))
        value = quantity(float(found.mean), None, basis)
    else:
        value = as_quantity(found, basis, label="mean of the check standard")
    level1 = _level_1(x, stds, dofs, where)
    slope = None if time is None else _drift(x, time, told, where)
    bias = None if certified is None else _bias(value, certified, told, where)
    n, mean = int(x.size), float(found.mean)
    return CheckStandard(n, mean, s, n - 1, value, *level1, slope=slope, bias=bias), tuple(told)


def against_baseline(
    values: ArrayLike,
    time: ArrayLike,
    baseline_before: float,
    limit_factor: float = LIMIT,
    weight: float = LAMBDA,
    where: str = "check_standard",
) -> tuple[tuple[Baseline, Monitored], tuple[Finding, ...]]:
    """A baseline (time below `baseline_before`) and the rest against it, by its limits and by an EWMA.

    limits mean ∓ L·s; EWMA with λ begun at the baseline mean, limits mean ± L·s·√(λ/(2 − λ)); both in the order of the
    rows. Returns both and findings. Raises Refused for fewer than two values before and one after.

    >>> (b, m), _ = against_baseline([1.0, 3.0, 2.0, 9.0], [0, 1, 2, 3], 2.5)
    >>> b.n, b.mean, b.limits, m.n_outside
    (3, 2.0, (-1.0, 5.0), 1)

    Source: NIST/SEMATECH e-Handbook, 2.2.2 (check standards) and 6.3.2.4 (EWMA).
    """
    x, t = column(values, f"{where}.values", 2), column(time, f"{where}.time", 2)
    same_length(where, values=x, time=t)
    before = t < number(baseline_before, f"{where}.baseline_before")
    L, w = above_zero(limit_factor, f"{where}.limit_factor"), fraction(weight, f"{where}.ewma_lambda")
    enough(int(np.count_nonzero(before)), 2, f"{where}.baseline_before", "reading")
    enough(int(np.count_nonzero(~before)), 1, f"{where}.baseline_before", "reading")
    first, later = x[before], x[~before]
    mean, s = float(np.mean(first)), float(np.std(first, ddof=1))
    base = Baseline(int(first.size), mean, s, (mean - L * s, mean + L * s))
    half = L * s * math.sqrt(w / (2.0 - w))
    z = smoothed(later, mean, w)
    outside, beyond = _beyond(later, base.limits), _beyond(z, (mean - half, mean + half))
    signal = int(np.flatnonzero(beyond)[0]) + 1 if np.any(beyond) else None
    counted = int(np.count_nonzero(outside)), int(np.count_nonzero(beyond))
    rest = Monitored(
        int(later.size), float(np.mean(later)), counted[0], z, (mean - half, mean + half), counted[1], signal
    )
    told = []
    if s == 0.0:
        told.append(finding("assurance.study.constant", f"{where}.values", "warning", n=first.size))
    elif any(counted):
        texts = {"n": str(later.size), "outside": str(counted[0]), "ewma": str(counted[1])}
        told.append(finding("assurance.check.out_of_control", where, "warning", "", **texts))
    return (base, rest), tuple(told)


def _beyond(x: Array, limits: tuple[float, float]) -> NDArray[np.bool_]:
    return (x < limits[0]) | (x > limits[1])


def _level_1(x: Array, stds: ArrayLike | None, dofs: ArrayLike | None, where: str) -> tuple[float | None, int | None]:
    if stds is None and dofs is None:
        return None, None
    s, nu = (column(() if c is None else c, f"{where}.{n}") for c, n in ((stds, "stds"), (dofs, "dofs")))
    same_length(where, values=x, stds=s, dofs=nu)
    for i in np.flatnonzero(s < 0.0)[:1]:
        not_negative(float(s[i]), f"{where}.stds.{int(i)}")
    for i in np.flatnonzero((nu < 1.0) | (nu != np.floor(nu)))[:1]:
        place = f"{where}.dofs.{int(i)}"
        raise Refused(finding("assurance.study.number", place, given=f"{nu[i]:g}", interval="1, 2, 3, …"))
    total = float(np.sum(nu))
    return math.sqrt(float(np.sum(nu * s * s)) / total), int(total)


def _drift(x: Array, time: ArrayLike, told: list[Finding], where: str) -> Quantity | None:
    """Slope of values on time; a warning where it is not nil by its own uncertainty."""
    t = column(time, f"{where}.time")
    same_length(where, values=x, time=t)
    enough(np.unique(t).size, 2, f"{where}.time", "reading")
    enough(x.size, 3, f"{where}.time", "reading")
    slope = fit_line(t, x, "ordinary", x_origin=float(np.mean(t))).parameter("slope")
    alpha = criterion("alpha")
    b, u = float(slope.value), float(slope.u)
    p = 2.0 * float(stdtr(x.size - 2, -abs(b / u))) if u > 0.0 else math.nan
    if p < alpha.low:
        texts = {"slope": f"{b:.4g}", "u": f"{u:.2g}", "p": f"{p:.2g}"}
        told.append(finding("assurance.check.drift", where, "warning", **texts))
    return slope


def _bias(value: Quantity, certified: Reference, told: list[Finding], where: str) -> Quantity:
    known = certified
    if not isinstance(known, Quantity):
        known = quantity(number(known, f"{where}.certified"), None, value.unit)
        told.append(finding("assurance.bias.reference_exact", f"{where}.certified", "note"))
    difference: Quantity = value - known
    u = float(difference.u)
    U = float(np.asarray(expanded(difference.value, difference.u, difference.dof, 0.95).U)) if u else 0.0
    if abs(float(difference.value)) > U > 0.0:
        texts = {"bias": f"{float(difference.value):.4g}", "U": f"{U:.2g}"}
        told.append(finding("assurance.bias.significant", where, "warning", **texts))
    return difference
