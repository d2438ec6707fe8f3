"""Each laboratory against a reference value to which it did not contribute.

The reference value is found again without each contributor in turn; its difference from that value carries
u²(x) + u²(ref), with a plus sign since it is no part of it, less what the two share through a given covariance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.comparison import consensus
from suyuan.comparison.equivalence import Equivalence, degrees_of_equivalence
from suyuan.comparison.methods import Results, Settings, estimate
from suyuan.comparison.results import Consensus, mask
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]
MANY_AT_ONCE = {
    "arithmetic_mean": consensus.arithmetic_mean,
    "weighted_mean": consensus.weighted_mean,
    "dersimonian_laird": consensus.dersimonian_laird,
    "mandel_paule": consensus.mandel_paule,
    "power_moderated_mean": consensus.power_moderated_mean,
}
"""Estimators that take rows of measurands; the n comparisons without one laboratory each go to them as n rows."""
DEFAULT = Settings()


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """What each laboratory is compared with when it is left out, and how far it is from it.

    labs: names; value, u: reference without each (n,), for one that does not contribute the reference of all; shift:
    that value less the reference of all (n,), 0 for one that does not contribute; equivalence: d, u and U (n,).
    """

    labs: tuple[str, ...]
    value: Array
    u: Array
    shift: Array
    equivalence: Equivalence


@dataclass(frozen=True, slots=True)
class WithoutEach:
    """The reference value without each contributor, columns (n,): value, u, and covariance with that laboratory; not a
    number for one that does not contribute and where the method gives none. refused: why it gives none."""

    value: Array
    u: Array
    covariance: Array
    refused: tuple[Finding, ...] = ()


def references_without_each(results: Results, method: str, settings: Settings = DEFAULT) -> WithoutEach:
    """The reference value without each contributor in turn. results: one measurand, n laboratories.

    Raises Refused for fewer than two contributors; where the method cannot do without a laboratory, the others stand.
    """
    x, u = np.asarray(results.x, float), np.asarray(results.u, float)
    chosen = mask(results.contributing, x.size, 2)
    value, width, joint = (np.full(x.size, math.nan) for _ in range(3))
    refused: list[Finding] = []
    places = np.flatnonzero(chosen)
    if method in MANY_AT_ONCE and results.covariance is None:
        others = np.array([np.delete(places, i) for i in range(places.size)])
        found = MANY_AT_ONCE[method](x[others], u[others])
        value[places], width[places], joint[places] = found.value, found.u, 0.0
        return WithoutEach(value, width, joint)
    for place in places:
        less = chosen & (np.arange(x.size) != place)
        one = Results(results.labs, x, u, results.dof, less, results.covariance)
        try:
            found = estimate(method, one, settings)
        except Refused as why:
            refused.extend(why.findings)
            continue
        value[place], width[place], joint[place] = found.value, found.u, found.covariance[place]
    return WithoutEach(value, width, joint, tuple(dict.fromkeys(refused)))


def leave_one_out(results: Results, method: str, settings: Settings = DEFAULT, k: float = 2.0) -> LeaveOneOut:
    """The reference value without each contributor, and each laboratory's degree of equivalence with that.

    results: one measurand, n laboratories; method: a name of `METHODS`; k: coverage factor. Monte Carlo takes the same
    seed each time, so differences between references are not noise. Raises Refused for what the method refuses, also
    when one laboratory less is one too few.

    >>> found = leave_one_out(Results.of([10.0, 10.2, 10.7], [0.3, 0.4, 0.5]), "weighted_mean")
    >>> round(float(found.value[2]), 3), round(float(found.equivalence.u[2]), 4)     # (0.24² + 0.5²)^½
    (10.072, 0.5546)
    """
    x, u = np.asarray(results.x, float), np.asarray(results.u, float)
    if x.ndim != 1:
        raise Refused(finding("comparison.results.shape", "value", u=x.shape, values="(n,)"))
    whole = estimate(method, results, settings)
    left = references_without_each(results, method, settings)
    if left.refused:
        raise Refused(*left.refused)
    own_part = mask(results.contributing, x.size, 2)
    value, width = np.where(own_part, left.value, float(whole.value)), np.where(own_part, left.u, float(whole.u))
    joint = np.where(own_part, left.covariance, np.asarray(whole.covariance, float))
    own = u if results.covariance is None else np.sqrt(np.diagonal(results.covariance))
    # a column of n measurands of one laboratory each: the one formula for all degrees of equivalence
    equivalence = degrees_of_equivalence(x[:, None], own[:, None], _each(value, width, joint), k)
    flat = Equivalence(equivalence.d[:, 0], equivalence.u[:, 0], equivalence.U[:, 0], k)
    return LeaveOneOut(tuple(results.labs), value, width, value - float(whole.value), flat)


def _each(value: Array, u: Array, joint: Array) -> Consensus:
    return Consensus(value, u, np.zeros((value.size, 1)), joint[:, None], np.zeros(value.size))
