"""Drift of the travelling standard, from the pilot's repeated measurements, and what it means for each participant.

The pilot's values give the standard's value on each participant's day. What the pilot's own standard may be off is in
all of them alike, and the fitted line joins them too, so the references of the participants are correlated, and with
them the degrees of equivalence. In the *change* of the standard between two days the pilot's common part cancels:
results that are brought to one day can feed any estimator of a reference value, with their covariance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, fdtrc

from suyuan.comparison.equivalence import Equivalence
from suyuan.comparison.random_walk import random_walk
from suyuan.comparison.results import covariance_matrix, uncertainties, values
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.fit.polynomial import fit_polynomial

Array = NDArray[Any]
DriftModel = Literal["none", "linear", "polynomial", "random_walk"]
MODELS: tuple[DriftModel, ...] = ("none", "linear", "polynomial", "random_walk")
HIGHEST = 5
"""The highest degree of a polynomial: a standard that needs more is no standard."""
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Pilot:
    """The pilot's measurements of the travelling standard.

    t, value: dates (as numbers, such as days) and values (m,); u: standard uncertainty that all of them share (the
    pilot's standard); repeat: standard uncertainty of each one apart from it, (m,) or one for all, None where the
    scatter tells; walk: standard deviation of a random walk per square root of the unit of t, None for its estimate.
    """

    t: ArrayLike
    value: ArrayLike
    u: float = 0.0
    repeat: ArrayLike | None = None
    walk: float | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """The standard on the participants' days.

    reference, u_reference (n,), covariance (n, n): value of the standard on each day and the joint uncertainty, with
    the pilot's common part; change (n,), change_covariance (n, n): reference less the value on `date`, where that part
    cancels; start, u_start: the value on `date`; start_covariance (n,): of it with the changes.
    coefficients, u_coefficients: of the powers of t, constant first (empty for a walk), these without the pilot's
    common part (with it the constant has √(u² + u_pilot²)); residual_sd: of one reading, None where it is stated; dof:
    of it, infinite where stated; chi2: of stated readings about the model, else None;
    walk: standard deviation per √time, None without one; p: probability of a change this large where there is none,
    None where it cannot be tested.
    """

    model: DriftModel
    date: float
    reference: Array
    u_reference: Array
    covariance: Array
    change: Array
    change_covariance: Array
    start: float
    u_start: float
    start_covariance: Array
    coefficients: Array
    u_coefficients: Array
    residual_sd: float | None
    dof: float
    chi2: float | None
    walk: float | None
    p: float | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A model at some days: value (n,), covariance (n, n) without the pilot's common part; the rest as in `Drift`."""

    value: Array
    covariance: Array
    coefficients: Array
    u_coefficients: Array
    residual_sd: float | None
    dof: float
    chi2: float | None = None
    walk: float | None = None
    p: float | None = None


def drift(
    pilot: Pilot, t: ArrayLike, model: DriftModel = "linear", degree: int = 1, date: float | None = None
) -> Drift:
    """The travelling standard on the days t of n participants.

    linear: x(t) = a + b·t by least squares, ordinary (u from the scatter s) or weighted by the stated `repeat`;
    u²(x(t)) = u_pilot² + s²(1/m + (t − t̄)²/S_tt), and u_pilot² + s²(1/m + (t − t̄)(t′ − t̄)/S_tt) between two days;
    polynomial: the same with powers up to `degree`; none: a constant; random_walk: see `random_walk`.
    t: (n,), as `pilot.t`; date: the day to which `change` refers, by default the mean of the pilot's days.
    Raises Refused: too few measurements of the pilot for the model (and its scatter), numbers that are none.

    >>> pilot = Pilot([0, 30, 61, 92], [10.0002, 10.0011, 10.0019, 10.0031], u=0.0005)
    >>> found = drift(pilot, [10, 20, 45, 75])
    >>> found.reference.round(5).tolist(), round(found.residual_sd, 6)
    ([10.00047, 10.00078, 10.00155, 10.00248], 0.000127)
    """
    days, y, repeat = _checked(pilot, model, degree)
    at = values(t, "t")
    if at.ndim != 1:
        raise Refused(finding("comparison.results.shape", "t", u=at.shape, values=f"({at.size},)"))
    if date is None:
        date = float(np.mean(days))
    every = np.append(at, float(values([date], "date")[0]))
    n = at.size
    if model == "random_walk":
        fitted = _walked(days, y, every, repeat, pilot.walk)
    else:
        fitted = _fitted(days, y, every, repeat, {"none": 0, "linear": 1, "polynomial": degree}[model])
    joint = fitted.covariance
    covariance = joint[:n, :n] + pilot.u**2
    change_covariance = joint[:n, :n] - joint[:n, n:] - joint[n:, :n] + joint[n, n]
    return Drift(
        model, date, fitted.value[:n], np.sqrt(np.maximum(np.diagonal(covariance), 0.0)), covariance,
        fitted.value[:n] - fitted.value[n], change_covariance, float(fitted.value[n]),
        math.sqrt(max(joint[n, n], 0.0) + pilot.u**2), joint[:n, n] - joint[n, n], fitted.coefficients,
        fitted.u_coefficients, fitted.residual_sd, fitted.dof, fitted.chi2, fitted.walk, fitted.p,
        tuple(_told(model, days, at, fitted)),
    )  # fmt: skip


def against_drift(
    x: ArrayLike, u: ArrayLike, standard: Drift, covariance: ArrayLike | None = None, k: float = 2.0
) -> tuple[Equivalence, Array]:
    """How each result differs from the standard's value on that day, and the covariance of the differences.

    d = x − reference, cov(d) = V + covariance of the references: the pilot's common part makes all d correlated.
    x, u: (n,); covariance: V of the results (n, n), whose diagonal then stands for u; independent of the pilot.

    >>> pilot = Pilot([0, 30, 61, 92], [10.0002, 10.0011, 10.0019, 10.0031], u=0.0005)
    >>> found, joint = against_drift([10.0013, 10.0001], [0.0008, 0.001], drift(pilot, [10, 20]))
    >>> found.En.round(4).tolist(), round(float(joint[0, 1] / found.u[0] / found.u[1]), 2)
    ([0.4387, -0.3024], 0.24)
    """
    every, own = _results(x, u, standard, covariance)
    joint = own + standard.covariance
    spread = np.sqrt(np.diagonal(joint))
    return Equivalence(every - standard.reference, spread, k * spread, k), joint


def brought_to_date(
    x: ArrayLike, u: ArrayLike, standard: Drift, covariance: ArrayLike | None = None, pilot: bool = False
) -> tuple[Array, Array]:
    """Results as they would have been on one day, with their covariance: for any estimator of a reference value.

    x′ = x − change, V′ = V + covariance of the changes; what the pilot's standard may be off is not in it.
    x, u: (n,); covariance: V of the results, whose diagonal then stands for u; pilot: append the pilot's own result,
    its value on the day with its common uncertainty, correlated with the others by the line. Returns (n or n + 1,) and
    the matrix.

    >>> pilot = Pilot([0, 1, 2], [5.0, 6.0, 7.1], u=0.3)
    >>> x, V = brought_to_date([5.6, 6.4], [0.1, 0.1], drift(pilot, [0, 2], date=1.0))
    >>> x.round(3).tolist()
    [6.65, 5.35]
    """
    every, own = _results(x, u, standard, covariance)
    moved, joint = every - standard.change, own + standard.change_covariance
    if not pilot:
        return moved, joint
    side = -standard.start_covariance
    return np.append(moved, standard.start), np.block([[joint, side[:, None]], [side[None, :], standard.u_start**2]])


def _results(x: ArrayLike, u: ArrayLike, standard: Drift, covariance: ArrayLike | None) -> tuple[Array, Array]:
    every = values(x)
    if every.shape != standard.reference.shape:
        raise Refused(finding("comparison.results.shape", "x", u=every.shape, values=standard.reference.shape))
    if covariance is not None:
        return every, covariance_matrix(covariance, every.size)
    return every, np.diag(uncertainties(u, every.shape) ** 2)


def _checked(pilot: Pilot, model: str, degree: int) -> tuple[Array, Array, Array | None]:
    """Dates, values and stated uncertainties of the pilot, enough for the model."""
    if model not in MODELS:
        raise Refused(finding("comparison.drift.model", "model", model=model, known=", ".join(MODELS)))
    if model == "polynomial" and not 1 <= degree <= HIGHEST:
        raise Refused(finding("comparison.drift.degree", "degree", degree=degree, highest=HIGHEST))
    days, y = values(pilot.t, "pilot/t"), values(pilot.value, "pilot/value")
    if days.ndim != 1 or y.shape != days.shape:
        raise Refused(finding("comparison.results.shape", "pilot/value", u=y.shape, values=days.shape))
    if not (math.isfinite(pilot.u * pilot.u) and pilot.u >= 0.0):
        raise Refused(finding("comparison.drift.u_pilot", "u_pilot", u=pilot.u))
    repeat = None if pilot.repeat is None else uncertainties(pilot.repeat, y.shape, "pilot/u")
    if pilot.walk is not None and not (math.isfinite(pilot.walk) and pilot.walk >= 0.0):
        raise Refused(finding("comparison.drift.walk", "walk", walk=pilot.walk))
    if pilot.walk is not None and repeat is None:
        raise Refused(finding("comparison.drift.walk_alone", "walk"))
    terms = {"none": 1, "linear": 2, "polynomial": degree + 1}.get(model, 1 if pilot.walk is not None else 2)
    wanted = terms if repeat is not None else terms + 1
    if np.unique(days).size < terms or days.size < wanted:
        raise Refused(finding("comparison.drift.few", "pilot", n=days.size, wanted=wanted, days=terms))
    return days, y, repeat


def _fitted(days: Array, y: Array, at: Array, repeat: Array | None, degree: int) -> _Fitted:
    """A polynomial, about the middle of the days for the values and about t = 0 for the coefficients."""
    method = "ordinary" if repeat is None else "weighted"
    middle = float(np.mean(days))
    fit = fit_polynomial(days, y, degree, method, u_y=repeat, x_origin=middle)
    printed = fit if middle == 0.0 else fit_polynomial(days, y, degree, method, u_y=repeat)
    basis = np.vander(at - middle, degree + 1, increasing=True)
    tested = max(degree, 1)  # a constant is tested against a line
    p = _changing(days, y, repeat, tested) if np.unique(days).size > tested else None
    dof = float(fit.dof) if repeat is None else math.inf
    return _Fitted(
        basis @ fit.estimates, basis @ fit.covariance @ basis.T, np.asarray(printed.estimates), np.asarray(printed.u),
        fit.s, dof, fit.chi_squared, None, p,
    )  # fmt: skip


def _changing(days: Array, y: Array, repeat: Array | None, degree: int) -> float | None:
    """Probability of so much less scatter about a polynomial than about a constant, where nothing changes."""
    if repeat is None and days.size < degree + 2:
        return None
    method, origin = ("ordinary" if repeat is None else "weighted"), float(np.mean(days))
    still, moving = (fit_polynomial(days, y, k, method, u_y=repeat, x_origin=origin) for k in (0, degree))
    if repeat is not None:
        return float(chdtrc(degree, max((still.chi_squared or 0.0) - (moving.chi_squared or 0.0), 0.0)))
    explained = max(still.rss - moving.rss, 0.0)
    if moving.rss <= 1e-28 * float(np.sum((y - np.mean(y)) ** 2)):
        return 0.0 if explained > 0.0 else 1.0
    return float(fdtrc(degree, moving.dof, (explained / degree) / (moving.rss / moving.dof)))


def _walked(days: Array, y: Array, at: Array, repeat: Array | None, sigma: float | None) -> _Fitted:
    found = random_walk(days, y, at, repeat, sigma)
    nothing = np.zeros(0)
    s, dof = (found.s, float(days.size - 1)) if repeat is None else (None, math.inf)
    return _Fitted(found.reference, found.covariance, nothing, nothing, s, dof, None, found.sigma, found.p)


def _told(model: str, days: Array, at: Array, fitted: _Fitted) -> Iterator[Finding]:
    """What a reader must know before using the references."""
    if days.size < 3:
        yield finding("comparison.drift.unchecked", "pilot", "warning", n=days.size)
    for i in np.flatnonzero((at < days.min()) | (at > days.max())):
        yield finding(
            "comparison.drift.outside", f"participants/{i}/t", "warning", t=f"{at[i]:g}", first=f"{days.min():g}",
            last=f"{days.max():g}",
        )  # fmt: skip
    if fitted.residual_sd == 0.0 and days.size > 1:
        yield finding("comparison.drift.no_scatter", "pilot", "warning")
    dof = days.size - max(fitted.coefficients.size, 1)
    if fitted.chi2 is not None and dof > 0 and float(chdtrc(dof, fitted.chi2)) < SIGNIFICANT:
        yield finding("comparison.drift.scatter", "pilot", "warning", chi2=f"{fitted.chi2:.3g}", dof=dof)
    if model == "none" and fitted.p is not None and fitted.p < SIGNIFICANT:
        yield finding("comparison.drift.significant", "model", "warning", p=f"{fitted.p:.2g}")
    if model in ("linear", "polynomial") and fitted.p is not None and fitted.p >= SIGNIFICANT:
        yield finding("comparison.drift.insignificant", "model", "note", p=f"{fitted.p:.2g}")
    if fitted.walk == 0.0:
        yield finding("comparison.drift.still", "model", "note")
