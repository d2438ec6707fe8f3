"""Nested analysis of variance over time: readings within days within runs, u of what drifts from level to level.

Balanced: y_lkj = µ + γ_l + δ_k(l) + ε_j(kl), L runs of K days of J readings, all effects random. The standard deviation
of the run means already holds a share of the two levels below; the components are freed of it (NIST/SEMATECH e-Handbook
of Statistical Methods, chapter 2, three-level nested design; GUM H.5 has the two-level one).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc

from suyuan.quantity.coverage import Numbers, plain
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.type_a.readings import MeanOfReadings, readings

RULE = "NIST/SEMATECH e-Handbook of Statistical Methods, chapter 2"


@dataclass(frozen=True, slots=True)
class Nested:
    """Result of a three-level nested analysis.

    mean; s1, s2, s3: standard deviations of readings within a day, of day means within a run, of run means, with dof1 =
    LK(J − 1), dof2 = L(K − 1), dof3 = L − 1; sigma_readings = s1; sigma_days, sigma_runs: components of the levels
    alone, 0 where the estimated variance is negative; F_days, F_runs with p_days, p_runs: against the level below;
    u_mean = s3/√L with dof_mean = L − 1; u_reading: of a single reading on one day of one run, dof_reading by
    Satterthwaite.
    """

    mean: Numbers
    s1: Numbers
    s2: Numbers
    s3: Numbers
    dof1: float
    dof2: float
    dof3: float
    sigma_days: Numbers
    sigma_runs: Numbers
    F_days: Numbers
    p_days: Numbers
    F_runs: Numbers
    p_runs: Numbers
    u_mean: Numbers
    dof_mean: float
    u_reading: Numbers
    dof_reading: Numbers

    @property
    def sigma_readings(self) -> Numbers:
        """Standard deviation of readings within a day (repeatability)."""
        return self.s1

    @property
    def of_runs(self) -> MeanOfReadings:
        """The mean, the run means being the sample."""
        return MeanOfReadings(self.mean, self.s3, int(self.dof3) + 1, self.u_mean, self.dof_mean)


def nested(values: ArrayLike, where: str = "nested") -> tuple[Nested, tuple[Finding, ...]]:
    """Three-level nested analysis.

    σ_days² = s2² − s1²/J, σ_runs² = s3² − s2²/K; u_reading² = s3² + (K − 1)/K s2² + (J − 1)/J s1².
    values: shape (…, L, K, J), runs × days × readings, each at least 2, in one unit.
    Returns the analysis and findings. Raises Refused for another shape or missing readings.

    >>> n, _ = nested([[[1.0, 3.0], [5.0, 7.0]], [[2.0, 4.0], [2.0, 4.0]]])
    >>> round(n.s1**2, 9), round(n.s2**2, 9), round(n.s3**2, 9), round(n.sigma_days**2, 9)
    (2.0, 4.0, 0.5, 3.0)
    """
    table = readings(values, where=where)
    if table.ndim < 3 or min(table.shape[-3:]) < 2:
        raise Refused(finding("type_a.nested.shape", where, rule=RULE, shape="×".join(map(str, table.shape))))
    if not np.all(np.isfinite(table)):
        bad = ~np.isfinite(table)
        first = ", ".join(str(int(i) + 1) for i in np.argwhere(bad)[0])
        raise Refused(finding("evaluation.readings.unknown", where, count=int(np.count_nonzero(bad)), first=first))
    L, K, J = table.shape[-3:]
    days = np.mean(table, axis=-1)
    runs = np.mean(days, axis=-1)
    mean = np.mean(runs, axis=-1)
    one = np.sum(np.square(table - days[..., None]), axis=(-3, -2, -1)) / (L * K * (J - 1))
    two = np.sum(np.square(days - runs[..., None]), axis=(-2, -1)) / (L * (K - 1))
    three = np.sum(np.square(runs - mean[..., None]), axis=-1) / (L - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        F2, F3 = J * two / one, K * three / two
        weights = (np.square(three) / (L - 1), np.square((K - 1) / K * two) / (L * (K - 1)),
                   np.square((J - 1) / J * one) / (L * K * (J - 1)))  # fmt: skip
        total = three + (K - 1) / K * two + (J - 1) / J * one
        dof = np.square(total) / sum(weights)
    result = Nested(
        plain(mean), plain(np.sqrt(one)), plain(np.sqrt(two)), plain(np.sqrt(three)), float(L * K * (J - 1)),
        float(L * (K - 1)), float(L - 1), _root(two - one / J), _root(three - two / K), plain(F2),
        _tail(L * (K - 1), L * K * (J - 1), F2), plain(F3), _tail(L - 1, L * (K - 1), F3),
        plain(np.sqrt(three) / math.sqrt(L)), float(L - 1), plain(np.sqrt(total)), plain(dof),
    )  # fmt: skip
    warn = np.any(one == 0.0) or np.any(two == 0.0)
    return result, (finding("type_a.groups.no_scatter", where, "warning", RULE),) if warn else ()


def _root(variance: NDArray[np.float64]) -> Numbers:
    return plain(np.sqrt(np.maximum(variance, 0.0)))


def _tail(upper: int, lower: int, F: NDArray[np.float64]) -> Numbers:
    """Probability of an F as large without the effect; nan where F is unknown."""
    unknown = np.isnan(F)
    return plain(np.where(unknown, np.nan, fdtrc(upper, lower, np.where(unknown, 1.0, F))))
