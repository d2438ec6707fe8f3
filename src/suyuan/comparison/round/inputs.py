"""What goes into the evaluation of one measurand, as columns: who reported what, who counts, who is missing and why."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.comparison.round.standing import Standing, submissions
from suyuan.comparison.round.submission import Reported, Submission
from suyuan.quantity.fields import canonical

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Shared:
    """Two members are correlated: r between them, and through what (certificates, as issuer and number)."""

    first: str
    second: str
    r: float
    through: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Covariance:
    """Covariance of the results of one measurand: of the members `labs` (n, n), and where it comes from."""

    labs: tuple[str, ...]
    matrix: Array
    shared: tuple[Shared, ...] = ()


@dataclass(frozen=True, slots=True)
class Inputs:
    """The results of one measurand, in its unit, in the order of the protocol.

    labs: members with a value (n,); value, u, U, k, dof: (n,); u not a number where not stated; U as stated, else k·u
    with the coverage factor of the decision rule; k not a number where not stated, dof infinite; text: digits as
    reported; measured: days; contributing: (n,) with `reasons`, «» for those that count; digests: of the submissions;
    covariance: (n, n), None where independent, with `shared`; pilot: its code; pilot_days, pilot_values: its repeated
    measurements; missing: members without a usable result → why (not_invited, declined, withdrawn, unopened,
    unreadable, no_result, two_results, no_uncertainty: one of zero is none).
    """

    measurand: str
    labs: tuple[str, ...]
    value: Array
    u: Array
    U: Array
    k: Array
    dof: Array
    contributing: Array
    reasons: tuple[str, ...]
    measured: tuple[date | None, ...]
    text: tuple[Mapping[str, str], ...]
    digests: tuple[str, ...]
    pilot: str = ""
    pilot_days: tuple[date, ...] = ()
    pilot_values: Array = field(default_factory=lambda: np.zeros(0))
    covariance: Array | None = None
    shared: tuple[Shared, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return len(self.labs)


def inputs(where: Standing, covariances: Mapping[str, Covariance] | None = None) -> tuple[Inputs, ...]:
    """The inputs of every measurand of a round, from what was revealed, corrected and decided.

    covariances: by measurand, as found from the graph; members that it does not name are independent.
    """
    read = {code: found for code, (found, _) in submissions(where).items()}
    return tuple(_of(where, m.id, read, (covariances or {}).get(m.id)) for m in where.protocol.measurands)


def _of(where: Standing, measurand: str, read: Mapping[str, Submission | None], shared: Covariance | None) -> Inputs:
    rows: list[tuple[str, Reported, str]] = []
    missing: dict[str, str] = {}
    pilot, points = where.protocol.pilot.code, []
    for code, state in where.members.items():
        submission = read.get(code)
        results = [] if submission is None else [r for r in submission.results if r.measurand == measurand]
        if state.document is None:
            missing[code] = "no_result" if state.state == "accepted" else state.state
        elif submission is None:
            missing[code] = "unreadable"
        elif not results:
            missing[code] = "no_result"
        elif len(results) > 1 and code != pilot:
            missing[code] = "two_results"
        elif results[0].standard == 0.0:
            missing[code] = "no_uncertainty"
        else:
            if code == pilot and len(results) > 1:
                points = [(r.measured, r.value) for r in results if r.measured is not None]
                results = [_mean(results)]
            rows.append((code, results[0], submission.digest))
    codes = tuple(code for code, _, _ in rows)
    counted = [where.contributes(code, measurand) for code in codes]
    matrix, pairs = _placed(shared, codes, np.array([r.standard for _, r, _ in rows], float))
    points.sort()
    coverage = where.protocol.decision.coverage
    return Inputs(
        measurand=measurand, labs=codes, value=_column(rows, "value"), u=_column(rows, "standard"),
        U=np.array([_expanded(r, coverage) for _, r, _ in rows], float), k=_column(rows, "k"),
        dof=np.array([math.inf if r.dof is None else r.dof for _, r, _ in rows], float),
        contributing=np.array([c for c, _ in counted], bool), reasons=tuple(why for _, why in counted),
        measured=tuple(r.measured for _, r, _ in rows), text=tuple(r.text for _, r, _ in rows),
        digests=tuple(d for _, _, d in rows), pilot=pilot, pilot_days=tuple(day for day, _ in points),
        pilot_values=np.array([v for _, v in points], float), covariance=matrix, shared=pairs, missing=missing,
    )  # fmt: skip


def _column(rows: list[tuple[str, Reported, str]], key: str) -> Array:
    return np.array([math.nan if (x := getattr(r, key)) is None else x for _, r, _ in rows], float)


def _expanded(result: Reported, coverage: float) -> float:
    if result.U is not None:
        return result.U
    return (result.k or coverage) * (result.standard or math.nan)


def _mean(results: list[Reported]) -> Reported:
    """The pilot's repeated measurements as one result: their mean, and the mean of their uncertainties, because what
    they have in common does not average out."""
    stated = [u for r in results if (u := r.standard) is not None]
    u = sum(stated) / len(stated) if stated else None
    value = sum(r.value for r in results) / len(results)
    return Reported(results[0].measurand, value, k=results[0].k, u=u, dof=results[0].dof, text={})


def _placed(shared: Covariance | None, codes: tuple[str, ...], u: Array) -> tuple[Array | None, tuple[Shared, ...]]:
    """The covariance in the order of the results, with u² on its diagonal as stated; None where nothing is shared.

    Correlations are taken over: the u of a pilot's repeated measurements is not that of the first of them."""
    if shared is None:
        return None, ()
    with np.errstate(invalid="ignore"):  # below zero in a matrix that somebody altered, which is refused later
        there = np.sqrt(np.diagonal(shared.matrix))
    at = [codes.index(c) if c in codes else -1 for c in shared.labs]
    matrix = np.diag(u**2)
    for i, a in enumerate(at):
        for j, b in enumerate(at):
            if a >= 0 and b >= 0 and a != b and shared.matrix[i, j]:
                matrix[a, b] = shared.matrix[i, j] * (u[a] / there[i]) * (u[b] / there[j])
    pairs = tuple(p for p in shared.shared if p.first in codes and p.second in codes)
    if not np.any(matrix - np.diag(np.diagonal(matrix))):
        return None, ()
    return matrix, pairs


def inputs_fields(given: Inputs) -> dict[str, Any]:
    """The inputs as fields of a report."""
    columns = {key: column(getattr(given, key)) for key in ("value", "u", "U", "k", "dof", "pilot_values")}
    return {
        "measurand": given.measurand,
        "labs": list(given.labs),
        **columns,
        "contributing": [bool(c) for c in given.contributing],
        "reasons": list(given.reasons),
        "measured": [None if d is None else d.isoformat() for d in given.measured],
        "text": [dict(t) for t in given.text],
        "digests": list(given.digests),
        "pilot": given.pilot,
        "pilot_days": [d.isoformat() for d in given.pilot_days],
        "covariance": None if given.covariance is None else [column(row) for row in given.covariance],
        "shared": [
            {"first": s.first, "second": s.second, "r": s.r, "through": list(s.through)} for s in given.shared
        ],
        "missing": dict(given.missing),
    }  # fmt: skip


def inputs_digest(given: Inputs) -> str:
    """SHA-256 of the inputs of a measurand: what an evaluation says that it was made of."""
    return hashlib.sha256(canonical(inputs_fields(given))).hexdigest()


def column(values: Array) -> list[float | None]:
    """Numbers as a list; what is not a number or infinite is unknown, not zero."""
    return [float(v) if math.isfinite(v) else None for v in np.ravel(values)]
