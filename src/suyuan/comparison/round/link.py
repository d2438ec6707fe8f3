"""The link of a round to an earlier comparison: degrees of equivalence with the reference value found there."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.comparison.linking import linked
from suyuan.comparison.round.inputs import Inputs
from suyuan.comparison.round.protocol import EarlierResult, Protocol
from suyuan.comparison.round.travelled import Travelled
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class LinkedRound:
    """One measurand of n laboratories against the reference value of an earlier comparison, in its unit.

    number: of the earlier comparison; correction, u: what is added to a result of this round to give its degree of
    equivalence there; linking: codes of those that took part there and keep what was found there; d, u_d, U_d: degrees
    of equivalence (n,); weights, differences: of the linking laboratories in the correction (n,), not a number for all
    others; chi2, dof, p: whether they agree about it, not a number for one alone.
    """

    number: str
    correction: float
    u: float
    linking: tuple[str, ...]
    d: Array
    u_d: Array
    U_d: Array
    weights: Array
    differences: Array
    chi2: float
    dof: int
    p: float
    findings: tuple[Finding, ...] = ()


def linked_round(protocol: Protocol, given: Inputs, moved: Travelled) -> LinkedRound | None:
    """The degrees of equivalence of a measurand with the earlier reference value; None where the protocol links none.

    d_i = x_i + Δ with Δ, u(Δ) of the linking laboratories' two results (`comparison.linking.linked`); a linking
    laboratory keeps d and u of the earlier comparison. A result that a decision took out does not link, and one without
    an uncertainty neither. Raises Refused where no linking laboratory is left, or the two results of one have a
    difference without uncertainty. Source: CIPM MRA-D-05.
    """
    rows = protocol.earlier(given.measurand)
    if protocol.linking is None or not rows or not given.n:
        return None
    known = ~np.isnan(moved.u)
    # who does not contribute by the protocol may still link; whom a decision took out may not
    sound = known & np.array([c or why == "protocol" for c, why in zip(given.contributing, given.reasons, strict=True)])
    at = {code: i for i, code in enumerate(given.labs)}
    used = [r for r in rows if r.member in at and sound[at[r.member]]]
    without = [r.member for r in rows if r not in used]
    if not used:
        raise Refused(finding("comparison.link.none", given.measurand))
    taken = np.array([at[r.member] for r in used], dtype=int)
    theirs = {at[r.member]: r for r in rows if r.member in at}
    here = np.array([i for i in range(given.n) if known[i] and (i not in theirs or i in taken)], dtype=int)
    k, middle = protocol.decision.coverage, float(np.median(moved.x))
    places = [(n, int(np.flatnonzero(here == i)[0])) for n, i in enumerate(taken)]
    found = linked([r.d for r in used], moved.x[here] - middle, _covariance(used, moved, here, taken), places, k)
    correction, agree = found.link.correction - middle, found.link.consistency
    d, u = moved.x + correction, np.full(given.n, math.nan)
    others = here[list(found.regional)]
    d[others], u[others] = found.equivalence.d[len(used) :], found.equivalence.u[len(used) :]
    for i, row in theirs.items():
        d[i], u[i] = row.d, row.u_d
    weights, differences = np.full(given.n, math.nan), np.full(given.n, math.nan)
    weights[taken], differences[taken] = found.link.weights, found.link.differences - middle
    told = [replace(f, where=given.measurand) for f in found.link.findings]
    if without:
        told.append(finding("comparison.report.not_linking", given.measurand, "warning", members=", ".join(without)))
    chi2, dof, p = (math.nan, 0, math.nan) if agree is None else (float(agree.chi2), int(agree.dof), float(agree.p))
    return LinkedRound(
        protocol.linking.number, correction, found.link.u, tuple(given.labs[i] for i in sorted(theirs)), d, u, k * u,
        weights, differences, chi2, dof, p, tuple(told),
    )  # fmt: skip


def _covariance(used: list[EarlierResult], moved: Travelled, here: Array, taken: Array) -> Array:
    """Covariance of the earlier degrees of equivalence and of the results of this round, in this order."""
    n = len(used)
    u_d, r = np.array([row.u_d for row in used]), np.array([row.r for row in used])
    V = np.zeros((n + here.size, n + here.size))
    V[np.arange(n), np.arange(n)] = u_d**2
    own = np.diag(moved.u[here] ** 2) if moved.covariance is None else moved.covariance[np.ix_(here, here)]
    V[n:, n:] = own
    for i, lab in enumerate(taken):
        j = n + int(np.flatnonzero(here == lab)[0])
        V[i, j] = V[j, i] = r[i] * u_d[i] * moved.u[lab]
    return V
