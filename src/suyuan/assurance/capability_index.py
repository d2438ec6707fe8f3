"""Capability indices of a process: recomputed, compared with what was declared, freed of the measuring spread.

A capability that looks good or bad may be the gauge's. Where the observed spread is smaller than the stated measuring
spread the real one does not exist: an error for the reader, never a number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.assurance.criteria import criterion
from suyuan.assurance.observations import column, number
from suyuan.assurance.range_constants import d2, printed
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Indices:
    """Cp, Cpk and the standard deviation that they come from. Cp is nan where one limit is missing; both are nan where
    nothing scatters."""

    s: float
    Cp: float
    Cpk: float


@dataclass(frozen=True, slots=True)
class Capability:
    """Capability of values against limits. overall: from s of all; within: from R̄/d2 of consecutive subgroups, None
    without a subgroup size; n_out_of_tolerance: values beyond the limits; unused: values after the last full
    subgroup."""

    n: int
    mean: float
    s: float
    n_out_of_tolerance: int
    overall: Indices
    within: Indices | None
    unused: int


def capability(
    values: ArrayLike,
    lower: float | None,
    upper: float | None,
    subgroup_size: int | None = None,
    where: str = "capability",
) -> tuple[Capability, tuple[Finding, ...]]:
    """Cp = (upper − lower)/(6s), Cpk = min(upper − mean, mean − lower)/(3s), from s overall and within subgroups.

    values: in order of time, (n,); lower, upper: limits, one may be missing; subgroup_size: m of consecutive subgroups,
    s_within = R̄/d2(m), d2 as printed to three places. Returns the capability and findings. Raises Refused.

    >>> c, _ = capability([9.0, 11.0, 10.0, 10.5, 9.5, 10.0], 7.0, 13.0, 3)
    >>> round(c.overall.Cp, 4), round(c.within.Cp, 4)
    (1.4142, 1.1287)

    Source: ISO 22514-2 (definitions; from memory).
    """
    x = column(values, f"{where}.values", 2)
    low, high = (None if v is None else number(v, f"{where}.{n}") for v, n in ((lower, "lower"), (upper, "upper")))
    if (low is None and high is None) or (low is not None and high is not None and not low < high):
        raise Refused(finding("assurance.capability.limits", where, lower=low, upper=high))
    mean, s = float(np.mean(x)), float(np.std(x, ddof=1))
    below = np.zeros(x.shape, bool) if low is None else x < low
    out = int(np.count_nonzero(below if high is None else below | (x > high)))
    told = []
    if np.ptp(x) == 0.0:
        s = 0.0
        told.append(finding("assurance.study.constant", f"{where}.values", n=x.size))
    within, unused = None, 0
    if subgroup_size is not None:
        groups, unused = _subgroups(x, subgroup_size, where)
        R_bar = float(np.mean(np.ptp(groups, axis=1)))
        within = indices(mean, R_bar / printed(d2(int(subgroup_size))), low, high)
        if unused:
            told.append(finding("assurance.capability.unused", f"{where}.values", "warning", n=unused))
    result = Capability(int(x.size), mean, s, out, indices(mean, s, low, high), within, unused)
    return result, tuple(told)


def indices(mean: float, s: float, lower: float | None, upper: float | None) -> Indices:
    """Cp and Cpk of one mean and standard deviation."""
    if not s > 0.0:
        return Indices(s, math.nan, math.nan)
    Cp = math.nan if lower is None or upper is None else (upper - lower) / (6.0 * s)
    rooms = ([] if upper is None else [upper - mean]) + ([] if lower is None else [mean - lower])
    return Indices(s, Cp, min(rooms) / (3.0 * s))


def against_declared(
    found: Capability, declared: Mapping[str, float], where: str = "capability"
) -> tuple[Finding, ...]:
    """Findings where a declared Cp or Cpk follows from no standard deviation of the supplier's own values.

    declared: «Cp», «Cpk» → the stated index. An index is told where it differs from each recomputed one by more than
    the limit of the table of criteria.
    """
    told, limit = [], criterion("declared")
    for name, stated in declared.items():
        rows = {"overall": getattr(found.overall, name)}
        if found.within is not None:
            rows["within"] = getattr(found.within, name)
        known = {word: value for word, value in rows.items() if math.isfinite(value)}
        if known and all(abs(stated - value) > limit.low * abs(value) for value in known.values()):
            texts = ", ".join(f"{word} {value:.4g}" for word, value in known.items())
            told.append(
                finding("assurance.capability.declared_apart", where, "warning", limit.rule, index=name,
                        stated=f"{stated:.4g}", recomputed=texts)
            )  # fmt: skip
    return tuple(told)


def real_capability(
    Q_MP: ArrayLike, Cp_observed: ArrayLike, where: str = "capability"
) -> tuple[Array, tuple[Finding, ...]]:
    """Capability of the process alone: Cp_real = (Cp_observed⁻² − (1.5 Q_MP)²)^(−1/2), Q_MP = 4u/T as a fraction.

    Q_MP: (i,); Cp_observed: (j,), above 0. Returns Cp_real (i, j), nan where it does not exist with an error that names
    the pair, and findings. Raises Refused.

    >>> real_capability([0.3], [1.0, 1.33, 1.67])[0].round(3).tolist()
    [[1.12, 1.66, 2.531]]

    Source: ISO 22514-7 and VDA 5 definitions (from memory); the variances of process and measurement add.
    """
    Q, C = column(Q_MP, f"{where}.Q_MP"), column(Cp_observed, f"{where}.Cp_observed")
    for name, x, low in (("Q_MP", Q, Q < 0.0), ("Cp_observed", C, C <= 0.0)):
        for i in np.flatnonzero(low)[:1]:
            interval = "≥ 0" if name == "Q_MP" else "> 0"
            place = f"{where}.{name}.{int(i)}"
            raise Refused(finding("assurance.study.number", place, given=f"{x[i]:g}", interval=interval))
    with np.errstate(divide="ignore", over="ignore"):
        variance = 1.0 / np.square(C)[None, :] - np.square(1.5 * Q)[:, None]
    impossible = ~(variance > 0.0)
    real = np.full(variance.shape, np.nan)
    real[~impossible] = variance[~impossible] ** -0.5
    told = [
        finding("assurance.capability.impossible", where, "error", Q=f"{100.0 * Q[i]:g}", Cp=f"{C[j]:g}",
                most=f"{1.0 / (1.5 * Q[i]):.3g}")
        for i, j in np.argwhere(impossible)[:20]
    ]  # fmt: skip
    limit = criterion("Q_MP_percent")
    for q in Q[limit.low + 1e-9 < 100.0 * Q]:
        texts = {"Q": f"{100.0 * q:g}", "limit": f"{limit.low:g}"}
        told.append(finding("assurance.capability.Q_large", f"{where}.Q_MP", "warning", limit.rule, **texts))
    return real, tuple(told)


def measuring_capability(u_MS: float, u_MP: float, tolerance: float) -> Mapping[str, float]:
    """Q_MS = 2·2u_MS/T, Q_MP = 4u_MP/T in percent, C_MS = 0.3T/(6u_MS), C_MP = 0.3T/(3u_MP).

    >>> {k: round(v, 3) for k, v in measuring_capability(0.0375, 0.075, 1.0).items()}
    {'Q_MS_percent': 15.0, 'Q_MP_percent': 30.0, 'C_MS': 1.333, 'C_MP': 1.333}

    Source: ISO 22514-7 (from memory).
    """
    return {
        "Q_MS_percent": 400.0 * u_MS / tolerance,
        "Q_MP_percent": 400.0 * u_MP / tolerance,
        "C_MS": 0.3 * tolerance / (6.0 * u_MS),
        "C_MP": 0.3 * tolerance / (3.0 * u_MP),
    }


def _subgroups(x: Array, size: int, where: str) -> tuple[Array, int]:
    """Consecutive full subgroups, (g, m), and how many values are left over."""
    whole = isinstance(size, int | np.integer) and not isinstance(size, bool)
    if not whole or not 2 <= size <= x.size:
        raise Refused(finding("assurance.study.subgroup", f"{where}.subgroup_size", given=size, most=x.size))
    groups = x.size // size
    return x[: groups * size].reshape(groups, size), x.size - groups * size
