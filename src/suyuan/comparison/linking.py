"""Linking a regional comparison to the CIPM one, through laboratories that took part in both.

A linking laboratory's two results estimate the shift between the scales of the two comparisons,

    Δ = d_CIPM − y_RMO,   u² = u²(d_CIPM) + u²(y_RMO) − 2 r·u(d_CIPM)·u(y_RMO),

since what the laboratory itself is off drops out. The reference value of the CIPM comparison (KCRV) is not changed, and
whoever took part in it keeps the degree of equivalence that was found there; only those of the others are new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.consensus import Consistency, generalised_least_squares
from suyuan.comparison.equivalence import Equivalence, pairwise
from suyuan.comparison.results import covariance_matrix, uncertainties, values
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]
CONSISTENT = 0.05


@dataclass(frozen=True, slots=True)
class Link:
    """The shift between two comparisons: correction, u in the unit of the results; weights (l,) of the linking
    laboratories, Σ = 1; differences (l,): the shift that each of them gives; consistency: whether they agree, None for
    one laboratory."""

    correction: float
    u: float
    weights: Array
    differences: Array
    consistency: Consistency | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Linked:
    """Degrees of equivalence with the KCRV of all laboratories of two comparisons: first those of the CIPM comparison
    as they were, then those of the regional one alone, in their order.

    equivalence: d, u, U (n,); covariance: of the d (n, n); pairs: between all of them; link: the shift; regional:
    places of the last ones among the rows of the regional comparison.
    """

    equivalence: Equivalence
    covariance: Array
    pairs: Equivalence
    link: Link
    regional: tuple[int, ...]


def link(d_cipm: ArrayLike, u_cipm: ArrayLike, y_rmo: ArrayLike, u_rmo: ArrayLike, r: ArrayLike = 0.0) -> Link:
    """The shift as the weighted mean over l linking laboratories that are independent of each other.

    Δ = Σ w(d_CIPM − y_RMO)/Σ w, w = 1/u²(d_CIPM − y_RMO), u²(Δ) = 1/Σ w. d_cipm, y_rmo, u_cipm, u_rmo: (l,) in one
    unit; r: correlation of the two results of each. Raises Refused for bad input, and where a difference has no
    uncertainty.

    >>> found = link([0.12, -0.05, 0.03], [0.08, 0.06, 0.07], [0.30, 0.16, 0.21], [0.09, 0.07, 0.06], 0.3)
    >>> round(found.correction, 4), round(found.u, 4)
    (-0.1916, 0.0481)
    """
    d, y = values(d_cipm, "d_cipm"), values(y_rmo, "y_rmo")
    if d.ndim != 1 or y.shape != d.shape:
        raise Refused(finding("comparison.results.shape", "y_rmo", u=y.shape, values=d.shape))
    a, b = uncertainties(u_cipm, d.shape, "u_cipm"), uncertainties(u_rmo, d.shape, "u_rmo")
    together = _correlation(r, d.shape)
    return _link(d - y, np.diag(a**2 + b**2 - 2.0 * together * a * b))


def through(y: ArrayLike, u: ArrayLike, found: Link, k: float = 2.0) -> Equivalence:
    """Degrees of equivalence of regional results that are independent of the link: d = y + Δ, u² = u²(y) + u²(Δ).

    y, u: (n,) in the unit of the link.

    >>> found = link([0.12, -0.05, 0.03], [0.08, 0.06, 0.07], [0.30, 0.16, 0.21], [0.09, 0.07, 0.06], 0.3)
    >>> through([0.25], [0.10], found).U.round(4).tolist()
    [0.2219]
    """
    every = values(y, "y_rmo")
    spread = np.hypot(uncertainties(u, every.shape), found.u)
    return Equivalence(every + found.correction, spread, k * spread, k)


def linked(
    d: ArrayLike, y: ArrayLike, covariance: ArrayLike, both: Sequence[tuple[int, int]], k: float = 2.0
) -> Linked:
    """Both comparisons as one least-squares system, with whatever correlation there is between any two results.

    d_i = b_i + e_i (CIPM), y_j = b_j + m + e_j (regional); unknown: the bias b of each laboratory, one for both its
    results, and m = −Δ, the value that the KCRV has in the regional comparison; minimal eᵀV⁻¹e. The KCRV is fixed, so
    the rows of the CIPM comparison keep their d; of the solution only m and the b of the regional laboratories are
    used. A regional result that is correlated with one of a linking laboratory moves with that one's residual.
    d: (a,), y: (b,) in one unit; covariance: V (a + b, a + b), those of d first (degrees of equivalence with a weighted
    mean are correlated: −u²(KCRV)); both: (row of d, row of y) of each linking laboratory.
    Raises Refused for no linking laboratory, or one that stands twice. Sources: C. M. Sutton, Metrologia 41 (2004) 272;
    CIPM MRA-D-05 (the KCRV stays).

    >>> V = np.diag([0.08, 0.06, 0.09, 0.07, 0.10]) ** 2
    >>> found = linked([0.12, -0.05], [0.30, 0.16, 0.25], V, [(0, 0), (1, 1)])
    >>> found.equivalence.d.round(3).tolist()                          # the last is new
    [0.12, -0.05, 0.051]
    """
    first, second = values(d, "d"), values(y, "y")
    a, b = first.size, second.size
    matrix = covariance_matrix(covariance, a + b)
    here, there = _places(both, a, b)
    pick = np.zeros((here.size, a + b))
    rows = np.arange(here.size)
    pick[rows, here], pick[rows, a + there] = 1.0, -1.0
    shift = _link(pick @ np.concatenate([first, second]), pick @ matrix @ pick.T)
    others = np.setdiff1d(np.arange(b), there)
    maps = np.zeros((a + others.size, a + b))
    maps[:a, :a] = np.eye(a)
    # The residuals of the linking laboratories tell part of the error of a result that is correlated with theirs.
    contrast = pick - np.outer(np.ones(here.size), shift.weights @ pick)
    about = np.linalg.pinv(contrast @ matrix @ contrast.T, hermitian=True, rcond=1e-12)
    for row, j in enumerate(others, start=a):
        own = np.zeros(a + b)
        own[a + j] = 1.0
        total = own + shift.weights @ pick
        maps[row] = total - (total @ matrix @ contrast.T) @ about @ contrast
    joint = maps @ matrix @ maps.T
    joint[:a, :a] = matrix[:a, :a]
    joint = 0.5 * (joint + joint.T)
    value = maps @ np.concatenate([first, second])
    spread = np.sqrt(np.diagonal(joint))
    found = Equivalence(value, spread, k * spread, k)
    return Linked(found, joint, pairwise(value, spread, joint, k), shift, tuple(int(j) for j in others))


def _link(differences: Array, covariance: Array) -> Link:
    own = np.diagonal(covariance)
    if not np.all(own > 1e-24 * (1.0 + np.max(np.abs(own)))) or not np.all(np.isfinite(own)):
        raise Refused(finding("comparison.link.exact", "linking"))
    if differences.size == 1:
        told = finding("comparison.link.single", "linking", "warning")
        return Link(float(differences[0]), float(np.sqrt(own[0])), np.ones(1), differences, None, (told,))
    mean, agree = generalised_least_squares(differences, covariance)
    findings: tuple[Finding, ...] = ()
    if float(agree.p) < CONSISTENT:
        values_ = {"chi2": f"{float(agree.chi2):.3g}", "dof": agree.dof, "p": f"{float(agree.p):.2g}"}
        findings = (finding("comparison.link.inconsistent", "linking", "warning", "", **values_),)
    return Link(float(mean.value), float(mean.u), np.asarray(mean.weights), differences, agree, findings)


def _correlation(r: ArrayLike, shape: tuple[int, ...]) -> Array:
    try:
        together = np.broadcast_to(np.asarray(r, float), shape)
    except (TypeError, ValueError):
        raise Refused(finding("comparison.link.correlation", "r")) from None
    if not np.all(np.abs(together) <= 1.0):
        raise Refused(finding("comparison.link.correlation", "r"))
    return together


def _places(both: Sequence[tuple[int, int]], a: int, b: int) -> tuple[Array, Array]:
    here, there = (np.array([pair[i] for pair in both], dtype=int) for i in (0, 1))
    if here.size == 0:
        raise Refused(finding("comparison.link.none", "linking"))
    outside = np.any(here < 0) or np.any(here >= a) or np.any(there < 0) or np.any(there >= b)
    if outside or np.unique(here).size < here.size or np.unique(there).size < there.size:
        raise Refused(finding("comparison.link.twice", "linking"))
    return here, there
