"""Ways to an assigned value and its uncertainty (ISO 13528, clause 7), and whether that uncertainty may be forgotten.

An assigned value is scored against σ_pt; what it does not know of itself must then be small (u ≤ 0.3 σ_pt) or counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.proficiency.q_method import Hampel
from suyuan.comparison.proficiency.reported import reported_results
from suyuan.comparison.proficiency.robust import Robust
from suyuan.comparison.proficiency.scores import NEGLIGIBLE, about_assigned
from suyuan.comparison.results import uncertainties, values
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.kept import numbers

Array = NDArray[Any]
Way = Literal["formulation", "certified reference material", "one laboratory", "expert laboratories", "consensus"]
FEW = 12
"""Below so many participants a consensus is told to be weak: our limit, the standard leaves it to the organiser."""


@dataclass(frozen=True, slots=True)
class Contributions:
    """Standard uncertainties of an assigned value, in its unit; None is «not stated», 0 is «negligible, and known so».

    characterisation: of the value itself; heterogeneity: between items (s_s); instability: during the round; transport:
    on the way.
    """

    characterisation: ArrayLike
    heterogeneity: ArrayLike | None = None
    instability: ArrayLike | None = None
    transport: ArrayLike | None = None


@dataclass(frozen=True, slots=True)
class AssignedValue:
    """value, u: x_pt and its standard uncertainty (…), in one unit; way: how it was found; negligible: u < 0.3 σ_pt,
    None where σ_pt is not given; findings: what was not stated, and which score to use."""

    value: Array
    u: Array
    way: Way
    negligible: Array | None
    findings: tuple[Finding, ...] = ()


def stated_value(
    value: ArrayLike,
    way: Literal["formulation", "certified reference material", "one laboratory"],
    parts: Contributions,
    sigma_pt: ArrayLike | None = None,
    heterogeneity_in_sigma: bool = False,
) -> AssignedValue:
    """An assigned value from outside the round, by formulation, a certified reference material or one laboratory.

    u² = u²(characterisation) + u²(heterogeneity) + u²(instability) + u²(transport).
    value: (…); parts: each (…) or None; sigma_pt: (…) above 0; heterogeneity_in_sigma: σ_pt was already widened for
    unlike items, then a heterogeneity above 0 here counts twice and is refused.
    Raises Refused for negative or missing uncertainties, or a way that is not known. Source: ISO 13528, 7.3 to 7.5.

    >>> found = stated_value(2.99, "certified reference material", Contributions(0.03, 0.04, 0.0, 0.0), 0.1)
    >>> float(found.u), bool(found.negligible), [f.code for f in found.findings]
    (0.05, False, ['comparison.score.assigned_uncertain'])
    """
    if way not in ("formulation", "certified reference material", "one laboratory"):
        known = "formulation, certified reference material, one laboratory"
        raise Refused(finding("comparison.assigned.way", "way", given=way, known=known))
    given = _number(value, "value")
    variance, missing = np.zeros(given.shape), []
    for name in ("characterisation", "heterogeneity", "instability", "transport"):
        part = getattr(parts, name)
        if part is None:
            missing.append(name)
            continue
        u = _not_negative(part, name)
        if name == "heterogeneity" and heterogeneity_in_sigma and np.any(u > 0.0):
            raise Refused(finding("comparison.assigned.twice", name))
        variance = variance + u**2
    told: tuple[Finding, ...] = ()
    if missing:
        told = (finding("comparison.assigned.not_stated", "assigned", "warning", parts=", ".join(missing)),)
    return _assigned(given, np.sqrt(variance), way, sigma_pt, told)


def against_reference_material(
    reference: ArrayLike, u_reference: ArrayLike, differences: ArrayLike, sigma_pt: ArrayLike | None = None
) -> AssignedValue:
    """One laboratory measures items and a closely matched reference material in turn: x_pt = x_RM + d̄.

    u² = u²(x_RM) + s_d²/g. reference, u_reference: (…); differences: (…, g) item − reference material, g of 2 or more;
    heterogeneity between the items is in s_d. Raises Refused for bad input. Source: ISO 13528, 7.5.

    >>> found = against_reference_material(10.0, 0.03, [0.1, 0.2, 0.3, 0.2])
    >>> round(float(found.value), 3), round(float(found.u), 4)
    (10.2, 0.0507)
    """
    d = values(differences, "differences")
    g = d.shape[-1]
    if g < 2:
        raise Refused(finding("comparison.results.few", "differences", n=g, wanted=2))
    u = np.hypot(_not_negative(u_reference, "u_reference"), np.std(d, axis=-1, ddof=1) / math.sqrt(g))
    return _assigned(_number(reference, "reference") + d.mean(axis=-1), u, "one laboratory", sigma_pt, ())


def expert_value(
    value: ArrayLike, u: ArrayLike, sigma_pt: ArrayLike | None = None, reported: ArrayLike | None = None
) -> AssignedValue:
    """A robust centre of p expert laboratories that stated uncertainties: the median, u(x_pt) = 1.25·√(Σu²)/p.

    value, u: (…, p); reported: (…, p). Their uncertainties must be credible: the scatter does not enter. Raises Refused
    for bad input. Source: ISO 13528, 7.6.

    >>> found = expert_value([9.9, 10.0, 10.3], [0.1, 0.1, 0.1])
    >>> float(found.value), round(float(found.u), 4)
    (10.0, 0.0722)
    """
    given = reported_results(value, reported, 1)
    there = np.isfinite(given.x).reshape((*given.shape, -1))
    spread = uncertainties(np.where(there, numbers(u, "u"), 1.0), there.shape)
    middle = np.empty(len(given.x))
    for which, block in given.blocks(1 << 16):
        n = block.shape[-1]
        middle[which] = 0.5 * (block[:, (n - 1) // 2] + block[:, n // 2])
    total = np.sqrt(np.sum(np.where(there, spread**2, 0.0), axis=-1))
    return _assigned(middle.reshape(given.shape), 1.25 * total / given.count, "expert laboratories", sigma_pt, ())


def consensus_value(found: Robust | Hampel, sigma_pt: ArrayLike | None = None) -> AssignedValue:
    """A robust consensus of the participants: u(x_pt) = 1.25 s*/√p.

    It knows nothing of a bias that most share, of stated uncertainties, or of two groups of results (see `density`). A
    finding tells where p is below 12, for then s* is no σ_pt either.
    found: of `algorithm_a` or `hampel`; sigma_pt: (…). Source: ISO 13528, 7.7.3.

    >>> from suyuan.comparison.proficiency.robust import algorithm_a
    >>> x = [24.14, 20.155, 19.5, 20.3, 20.705, 17.57, 20.1, 20.94, 21.185]      # % creosote, ISO 5725-5
    >>> round(float(consensus_value(algorithm_a(x)).u), 4)
    0.4449
    """
    least = int(np.min(found.n))
    told = (finding("comparison.assigned.few", "value", "note", n=least),) if least < FEW else ()
    return _assigned(found.value, found.u, "consensus", sigma_pt, told)


def _assigned(value: Array, u: Array, way: Way, sigma_pt: ArrayLike | None, told: tuple[Finding, ...]) -> AssignedValue:
    u = np.broadcast_to(u, np.broadcast_shapes(value.shape, u.shape))
    if sigma_pt is None:
        return AssignedValue(value, u, way, None, told)
    sigma = numbers(sigma_pt, "sigma_pt")
    if not np.all(np.isfinite(sigma) & (sigma > 0.0)):
        raise Refused(finding("comparison.sigma.not_positive", "sigma_pt"))
    about = about_assigned(u, sigma)
    negligible = u < NEGLIGIBLE * sigma * (1.0 - 1e-12)
    return AssignedValue(value, u, way, np.asarray(negligible), (*told, *about))


def _number(value: ArrayLike, where: str) -> Array:
    array = numbers(value, where)
    if not np.all(np.isfinite(array)):
        raise Refused(finding("comparison.results.not_finite", where))
    return array


def _not_negative(u: ArrayLike, where: str) -> Array:
    array = _number(u, where)
    if np.any(array < 0.0):
        raise Refused(finding("comparison.uncertainty.negative", where))
    return array
