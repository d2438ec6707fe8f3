"""Results at one date: what the travelling standard changed on the way is taken from them, with its covariance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.comparison.drift import Drift, Pilot, brought_to_date, drift
from suyuan.comparison.round.inputs import Inputs
from suyuan.comparison.round.protocol import Protocol
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Travelled:
    """x, u: results and standard uncertainties (n,); covariance: (n, n), None where independent; drift: the model, None
    where none was agreed or it could not be found; days: of the laboratories, as ordinals, where the drift was used."""

    x: Array
    u: Array
    covariance: Array | None
    drift: Drift | None = None
    days: Array | None = None


def travelled(protocol: Protocol, given: Inputs) -> tuple[Travelled, tuple[Finding, ...]]:
    """The results of a measurand brought to the mean of the pilot's days, by the drift model of the protocol.

    Without a model they are as reported. Where the model cannot be found (too few measurements of the pilot, a
    laboratory without any day) they are as reported too, with an error finding that says so.
    """
    plain = Travelled(given.value, given.u, given.covariance)
    if protocol.drift.model == "none" or not given.n:
        return plain, ()
    found: list[Finding] = []
    days, unknown = _days(protocol, given)
    if unknown:
        return plain, (finding("comparison.report.no_day", given.measurand, members=", ".join(unknown)),)
    rule, n = protocol.drift, len(given.pilot_days)
    if given.pilot not in given.labs or n < rule.least or len(set(given.pilot_days)) < rule.unknowns:
        return plain, (finding("comparison.report.no_drift", given.measurand, n=n, least=rule.least),)
    at = given.labs.index(given.pilot)
    rest = np.arange(given.n) != at
    pilot = Pilot([d.toordinal() for d in given.pilot_days], given.pilot_values, float(given.u[at]))
    own = None if given.covariance is None else given.covariance[np.ix_(rest, rest)]
    if not rest.any():
        return plain, ()
    try:
        model = drift(pilot, days[rest], protocol.drift.model, protocol.drift.degree)
        x, V = brought_to_date(given.value[rest], given.u[rest], model, own, pilot=True)
    except Refused as refused:
        return plain, refused.findings
    found.extend(model.findings)
    order = np.argsort(np.append(np.flatnonzero(rest), at))  # the pilot came last, and stands where it stood
    x, V = x[order], V[np.ix_(order, order)]
    if given.covariance is not None:
        V[at, rest] += given.covariance[at, rest]
        V[rest, at] += given.covariance[rest, at]
    return Travelled(x, np.sqrt(np.diagonal(V)), V, model, days), tuple(found)


def _days(protocol: Protocol, given: Inputs) -> tuple[Array, list[str]]:
    """The day of each result; where none was reported, the middle of the stay; and members that have neither."""
    measurand = protocol.measurand(given.measurand)
    days, unknown = np.zeros(given.n), []
    for i, (lab, day) in enumerate(zip(given.labs, given.measured, strict=True)):
        if day is None and lab != given.pilot:
            legs = protocol.legs_of(lab, measurand.standard if measurand else "")
            day = _middle(legs[0].arrives, legs[0].leaves) if legs else None
            if day is None:
                unknown.append(lab)
        days[i] = day.toordinal() if day is not None else 0.0
    return days, unknown


def _middle(first: date, last: date) -> date:
    return date.fromordinal((first.toordinal() + last.toordinal()) // 2)
