"""Performance scores of participants against an assigned value (ISO 13528, ISO/IEC 17043).

Values (…, n): the last axis is the participants. `scores` gives all scores with what a reader must know; the functions
below it are the formulas, whose arguments broadcast: a number a measurand has the shape (…, 1) there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.proficiency.reported import mask_of
from suyuan.comparison.results import values
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.kept import numbers

Array = NDArray[Any]
NEGLIGIBLE = 0.3
"""u(x_pt) below this part of σ_pt does not change who is warned (ISO 13528, 9.2.1)."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What participants stated with their values, each (…, n) or None where not stated.

    u: standard uncertainty; U: expanded uncertainty as stated; k: its coverage factor, None where unknown.
    """

    u: ArrayLike | None = None
    U: ArrayLike | None = None
    k: ArrayLike | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """An assigned value for scoring. value, u, in the unit of the results: one for all, one a measurand (…), or, where
    it depends on the time of the visit, one a participant (…, n).

    k: coverage factor of its expanded uncertainty; covariance: u(xᵢ, x_pt) (…, n), where participants took part in it.
    """

    value: ArrayLike
    u: ArrayLike
    k: ArrayLike = 2.0
    covariance: ArrayLike = 0.0


@dataclass(frozen=True, slots=True)
class Scores:
    """All scores of the participants, shape (…, n); None where what they need was not stated.

    D: x − x_pt; D_percent: 100 D/x_pt; z: D/σ_pt; z_prime: with u(x_pt) in the denominator; zeta: by standard
    uncertainties; En: by expanded uncertainties as stated; En_same: by 2u on both sides, at one coverage; U_ratio:
    U/U_ref at one coverage, for a large U earns a small E_n; reported: who reported; others have NaN for a score.
    """

    D: Array
    D_percent: Array | None
    z: Array | None
    z_prime: Array | None
    zeta: Array | None
    En: Array | None
    En_same: Array | None
    U_ratio: Array | None
    reported: Array
    findings: tuple[Finding, ...] = ()


def scores(
    x: ArrayLike,
    assigned: Assigned,
    sigma_pt: ArrayLike | None = None,
    stated: Stated = Stated(),
    reported: ArrayLike | None = None,
) -> Scores:
    """All scores that the given numbers allow, and findings that say which of them to use.

    x: (…, n); sigma_pt: standard deviation for proficiency assessment above 0, one for all, a measurand (…) or a
    participant (…, n), None where scores by it are not wanted; reported: (…, n) true where there is a result.
    Findings: u(x_pt) ≥ 0.3 σ_pt (use z′ or ζ), expanded uncertainties at different coverage (E_n not comparable), x_pt
    near zero (no D%), participants in the assigned value (covariance). Raises Refused for a reported value that is
    missing, shapes that do not go together, and denominators that are not above zero.
    Source: ISO 13528, clause 9.

    >>> given = Stated(u=[0.06, 0.0333], U=[0.12, 0.08], k=[2.0, 2.4])
    >>> found = scores([3.13, 2.96], Assigned(2.99, 0.03), 0.1, given)
    >>> found.z.round(3).tolist(), found.En.round(3).tolist(), found.En_same.round(3).tolist()
    ([1.4, -0.3], [1.043, -0.3], [1.043, -0.335])
    >>> [f.code for f in found.findings]
    ['comparison.score.assigned_uncertain', 'comparison.score.coverage']
    """
    array = np.atleast_1d(numbers(x, "value"))
    there = np.ones(array.shape, bool) if reported is None else mask_of(reported, array.shape)
    values(array[there], "value")
    filled = np.where(there, array, 1.0)
    value, u_pt, k = (_aligned(a, array.shape, "assigned") for a in (assigned.value, assigned.u, assigned.k))
    told = _about_coverage(stated, k, there)
    found: dict[str, Array] = {}
    if sigma_pt is not None:
        sigma = _aligned(sigma_pt, array.shape, "sigma_pt")
        found["z"] = z(filled, value, sigma)
        found["z_prime"] = z(filled, value, sigma, u_pt)
        told = [*about_assigned(u_pt, sigma), *told]
    u, U = _given(stated.u, there), _given(stated.U, there)
    if U is not None:
        found["En"] = en(filled, U, value, k * u_pt)
    if u is None and U is not None and stated.k is not None:
        u = U / np.where(there, _aligned(stated.k, there.shape, "k"), 1.0)
    if u is not None:
        found["zeta"] = zeta(filled, u, value, u_pt, assigned.covariance)
        found["En_same"] = found["zeta"] / 2.0
        sure = np.full(array.shape, np.inf)
        found["U_ratio"] = np.divide(u, u_pt, out=sure, where=np.broadcast_to(u_pt > 0.0, array.shape))
    if np.all(np.abs(value) > 2.0 * u_pt):
        found["D_percent"] = percent_difference(filled, value)
    else:
        told.append(finding("comparison.score.near_zero", "assigned", "note"))
    if np.any(np.asarray(assigned.covariance) != 0.0) and "En" in found:
        told.append(finding("comparison.score.taking_part", "assigned", "note"))
    scored = {name: np.where(there, row, np.nan) for name, row in found.items()}
    return Scores(
        D=np.where(there, difference(filled, value), np.nan),
        D_percent=scored.get("D_percent"),
        z=scored.get("z"),
        z_prime=scored.get("z_prime"),
        zeta=scored.get("zeta"),
        En=scored.get("En"),
        En_same=scored.get("En_same"),
        U_ratio=scored.get("U_ratio"),
        reported=there,
        findings=tuple(told),
    )


def difference(x: ArrayLike, assigned: ArrayLike) -> Array:
    """D = x − x_pt, in the unit of the results."""
    return np.asarray(values(x) - values(np.atleast_1d(np.asarray(assigned)), "assigned"))


def z(x: ArrayLike, assigned: ArrayLike, sigma_pt: ArrayLike, u_assigned: ArrayLike = 0.0) -> Array:
    """z = (x − x_pt)/σ_pt, and z′ = (x − x_pt)/√(σ_pt² + u²(x_pt)) where u_assigned is given.

    x: (…, n); assigned, sigma_pt (above 0), u_assigned: broadcast, in the unit of x. Source: ISO 13528, 9.4 and 9.5.

    >>> float(z([3.13], 2.99, 0.1)[0].round(6)), float(z([3.13], 2.99, 0.1, 0.03)[0].round(6))
    (1.4, 1.340957)
    """
    return _score(x, assigned, sigma_pt, u_assigned)


def zeta(x: ArrayLike, u: ArrayLike, assigned: ArrayLike, u_assigned: ArrayLike, covariance: ArrayLike = 0.0) -> Array:
    """ζ = (x − x_pt)/√(u²(x) + u²(x_pt) − 2 u(x, x_pt)).

    covariance: u(x, x_pt), for participants from whose results the assigned value comes (`Consensus.covariance`).
    Source: ISO 13528, 9.6, for an independent assigned value.

    >>> float(zeta([3.13], [0.06], 2.99, 0.03)[0].round(6))
    2.086997
    """
    return _score(x, assigned, u, u_assigned, covariance)


def en(x: ArrayLike, U: ArrayLike, assigned: ArrayLike, U_assigned: ArrayLike) -> Array:
    """E_n = (x − x_pt)/√(U²(x) + U²(x_pt)), expanded uncertainties as stated, for an independent assigned value.

    For one that the participants made: `Equivalence.En`. Source: ISO 13528, 9.7.

    >>> float(en([3.13], [0.12], 2.99, 0.06)[0].round(6))
    1.043498
    """
    return _score(x, assigned, U, U_assigned)


def percent_difference(x: ArrayLike, assigned: ArrayLike) -> Array:
    """D% = 100 (x − x_pt)/x_pt. Raises Refused for an assigned value of 0.

    >>> float(percent_difference([3.13], 2.99)[0].round(6))
    4.682274
    """
    given = values(np.atleast_1d(np.asarray(assigned)), "assigned")
    if np.any(given == 0.0):
        raise Refused(finding("comparison.score.zero", "assigned"))
    return np.asarray(100.0 * (values(x) - given) / given)


def about_assigned(u_assigned: ArrayLike, sigma_pt: ArrayLike) -> tuple[Finding, ...]:
    """A finding where u(x_pt) ≥ 0.3 σ_pt for some measurand: z then warns the wrong ones, z′ or ζ does not.

    Source: ISO 13528, 9.2.1.

    >>> about_assigned(0.02, 0.1), about_assigned(0.04, 0.1)[0].code
    ((), 'comparison.score.assigned_uncertain')
    """
    u, sigma = numbers(u_assigned, "u_assigned"), numbers(sigma_pt, "sigma_pt")
    u, sigma = np.broadcast_arrays(u, sigma)
    large = u >= NEGLIGIBLE * sigma * (1.0 - 1e-12)
    if not np.any(large):
        return ()
    worst = float(np.max(u / np.where(sigma > 0.0, sigma, np.inf)))
    return (finding("comparison.score.assigned_uncertain", "assigned", "warning", rule="ISO 13528, 9.2.1",
                    measurands=int(np.sum(large)), ratio=f"{worst:.2g}"),)  # fmt: skip


def _aligned(given: ArrayLike, shape: tuple[int, ...], where: str) -> Array:
    """A number for all, a measurand or a participant so that it broadcasts to the results; a row of as many measurands
    as participants is not taken for the other."""
    array = numbers(given, where)
    if array.ndim == 0 or array.shape in (shape, (*shape[:-1], 1), (1,)):
        return np.atleast_1d(array)
    if array.shape == shape[:-1]:
        return np.asarray(array[..., None])
    raise Refused(finding("comparison.results.shape", where, u=array.shape, values=shape))


def _about_coverage(stated: Stated, own: Array, there: Array) -> list[Finding]:
    if stated.U is None:
        return []
    if stated.k is None:
        return [finding("comparison.score.coverage_unknown", "k", "warning")]
    k = np.broadcast_to(_aligned(stated.k, there.shape, "k"), there.shape)
    if not np.all(np.isfinite(k[there]) & (k[there] > 0.0)):
        raise Refused(finding("comparison.coverage", "k", k=np.array2string(np.min(k[there]))))
    other = there & ~np.isclose(k, own, rtol=1e-9)
    return [finding("comparison.score.coverage", "k", "warning", n=int(other.sum()))] if other.any() else []


def _given(row: ArrayLike | None, there: Array) -> Array | None:
    """What participants stated, 1 where they did not report; Refused where one that reported did not state it."""
    if row is None:
        return None
    array = np.broadcast_to(_aligned(row, there.shape, "u"), there.shape)
    values(array[there], "u")
    return np.where(there, array, 1.0)


def _score(
    x: ArrayLike, assigned: ArrayLike, first: ArrayLike, second: ArrayLike, covariance: ArrayLike = 0.0
) -> Array:
    a, b = (np.asarray(values(np.atleast_1d(np.asarray(s)), "u")) for s in (first, second))
    variance = a**2 + b**2 - 2.0 * np.asarray(covariance)
    if np.any(a < 0.0) or np.any(b < 0.0) or not np.all(variance > 0.0):
        raise Refused(finding("comparison.score.spread", "u"))
    return np.asarray(difference(x, assigned) / np.sqrt(variance))
