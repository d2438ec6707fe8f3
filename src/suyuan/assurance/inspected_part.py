"""Inspected characteristics of a part: values corrected by the machine's certificate, U and a verdict for each.

A coordinate measuring machine is calibrated at some lengths; between them its error is the straight line between the
neighbours. What the certificate's values have in common is not stated as a rule, and its larger bound is taken: all its
errors move together, so all characteristics of the part share one influence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.conformity.decision import decide_array
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.quantity import Quantity, quantity

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine by its certificate. length (m,): calibrated, ascending, in the unit of the values; error (m,):
    indication minus true value; u (m,): its standard uncertainty."""

    length: Array
    error: Array
    u: Array


@dataclass(frozen=True, slots=True, eq=False)
class Inspected:
    """Characteristics. value (n,): corrected, correlated; U (n,); state (n,): 1 inside, −1 outside, 0 undecided; share
    (n,): of u² that the machine's certificate has."""

    value: Quantity
    U: Array
    state: NDArray[np.int8]
    share: Array


def machine(length: ArrayLike, error: ArrayLike, u: ArrayLike, where: str = "certificate") -> Machine:
    """A machine's certificate. Raises Refused for columns of different lengths, lengths that do not ascend, and u below
    zero."""
    columns = [np.atleast_1d(np.asarray(column, np.float64)) for column in (length, error, u)]
    if len({len(c) for c in columns}) > 1 or not len(columns[0]):
        lengths = ", ".join(str(len(c)) for c in columns)
        raise Refused(finding("assurance.study.lengths", where, lengths=lengths))
    if not all(np.isfinite(c).all() for c in columns) or (columns[2] < 0.0).any() or (np.diff(columns[0]) <= 0.0).any():
        raise Refused(finding("assurance.inspected.certificate", where))
    return Machine(*columns)


def inspected(
    value: ArrayLike,
    limits: ArrayLike,
    held: Machine,
    u: ArrayLike,
    rule: tuple[float, float] = (2.0, 1.0),
    unit: str = "mm",
    where: str = "inspected",
) -> tuple[Inspected, tuple[Finding, ...]]:
    """Values corrected by the machine's error at their length, U = k·u, and the verdict by w = r·U (JCGM 106).

    value (n,): lengths as measured, in the unit of the certificate's lengths; limits (n, 2): lower and upper, ∓inf for
    none; u: standard uncertainty of a value without the machine's certificate, one number or (n,); rule: k and r.
    Raises Refused for a length beyond those that the certificate states.

    >>> cmm = machine([0.0, 100.0], [0.0, 0.002], [0.0005, 0.0005])
    >>> found, _ = inspected([50.011, 50.0115], [[49.99, 50.01]] * 2, cmm, 0.0)
    >>> found.value.value.round(4).tolist(), found.U.round(4).tolist(), found.state.tolist()
    ([50.01, 50.0105], [0.001, 0.001], [0, 0])

    Source: own formulation; JCGM 106:2012, 8.3.2 (guarded acceptance) with r = 1.
    """
    x = np.atleast_1d(np.asarray(value, np.float64))
    bounds = np.asarray(limits, np.float64).reshape(-1, 2)
    if bounds.shape != (x.size, 2):
        raise Refused(finding("assurance.study.lengths", where, lengths=f"{x.size}, {bounds.shape[0]}"))
    low, high = float(held.length[0]), float(held.length[-1])
    beyond = np.flatnonzero(~((x >= low) & (x <= high)))
    if beyond.size:
        given = f"{x[beyond[0]]:g} {unit}"
        raise Refused(
            finding("assurance.inspected.beyond", f"{where}.{int(beyond[0])}", given=given, low=low, high=high)
        )
    spread = np.broadcast_to(np.asarray(u, np.float64), x.shape)
    if not np.isfinite(spread).all() or (spread < 0.0).any():
        raise Refused(finding("cases.survey.unknown_u", f"{where}.u"))
    one = quantity(1.0, None, unit)
    shared = quantity(0.0, 1.0, label="error of indication of the machine, as its certificate states it (r = 1)")
    own = quantity(x, spread, unit, label="repeatability and the part")
    error = np.interp(x, held.length, held.error)
    u_error = np.interp(x, held.length, held.u)
    corrected = own - error * one - u_error * (shared * one)
    U = rule[0] * corrected.u
    decided = decide_array(corrected.value, U, bounds[:, 0], bounds[:, 1], rule[1], where)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(corrected.u > 0.0, (u_error / corrected.u) ** 2, 0.0)
    return Inspected(corrected, U, decided.state, share), decided.findings
