"""Analysis of variance of readings in groups: is there an effect between groups, and what is u of the mean (GUM H.5).

Readings y_jk = µ + α_j + ε_jk, groups j = 1 … J (days, positions, operators) of n_j readings. The between-group effect
α_j and the scatter within are random with the variances σ_B² and σ_W².
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc

from suyuan.quantity.coverage import Numbers, plain
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.type_a.readings import MeanOfReadings, power_of_two, readings

Array = NDArray[np.float64]
RULE = "GUM H.5"


@dataclass(frozen=True, slots=True)
class OneWay:
    """Result of a one-way analysis.

    groups: J; n: readings in each group; mean: of the group means; s_means: standard deviation of the group means;
    s_between (s_a of GUM H.5), s_within (s_b): roots of the mean squares; F = s_between²/s_within²; p: probability of
    an F as large without a between-group effect; dof_between, dof_within: of the mean squares.
    sigma_between: standard deviation of the effect itself (0 where its estimated variance is negative), with
    dof_sigma by Satterthwaite; sigma_within = s_within.
    u_mean = s_means/√J, dof_mean = J − 1: with the effect. mean_all, u_all, dof_all: of all readings as one sample,
    which holds only where there is no effect. Unknown is nan.
    """

    groups: int
    n: NDArray[np.int64]
    mean: Numbers
    s_means: Numbers
    s_between: Numbers
    s_within: Numbers
    F: Numbers
    p: Numbers
    dof_between: float
    dof_within: float
    sigma_between: Numbers
    dof_sigma: Numbers
    u_mean: Numbers
    dof_mean: float
    mean_all: Numbers
    u_all: Numbers
    dof_all: float

    @property
    def sigma_within(self) -> Numbers:
        """Standard deviation of a reading about its group."""
        return self.s_within

    @property
    def of_groups(self) -> MeanOfReadings:
        """The mean with a between-group effect: the J group means are the sample."""
        return MeanOfReadings(self.mean, self.s_means, self.groups, self.u_mean, self.dof_mean)

    @property
    def of_all(self) -> MeanOfReadings:
        """The mean without an effect: all N readings are one sample."""
        N = int(self.n.sum())
        return MeanOfReadings(self.mean_all, plain(np.asarray(self.u_all) * math.sqrt(N)), N, self.u_all, self.dof_all)

    def significant(self, level: float = 0.05) -> NDArray[np.bool_]:
        """Whether an F as large is rarer than `level` without an effect; not where F is unknown."""
        return np.asarray(self.p) < level


def one_way(values: ArrayLike | Sequence[ArrayLike], where: str = "anova") -> tuple[OneWay, tuple[Finding, ...]]:
    """One-way analysis of readings in groups, balanced or not.

    values: shape (…, J, n), or a list of J groups of any length; all in one unit. With unequal groups the group means
    count alike in `mean`; σ_B² = (s_a² − s_b²)/n₀, n₀ = (N − Σn_j²/N)/(J − 1).
    Returns the analysis and findings. Raises Refused for fewer than two groups, no group with two readings, or readings
    that are missing or not numbers.

    >>> a, _ = one_way([[9.9, 10.1, 10.0], [10.4, 10.6, 10.5], [10.0, 10.2, 10.1]])
    >>> round(a.F, 6), round(a.sigma_between, 4), round(a.p, 4)
    (21.0, 0.2582, 0.002)
    """
    groups = _groups(values, where)
    if len(groups) < 2:
        raise Refused(finding("type_a.groups.few", where, rule=RULE, groups=len(groups)))
    n = np.array([g.shape[-1] for g in groups])
    unit = max(power_of_two(g) for g in groups)
    means, squares = zip(*(_mean_and_squares(g / unit) for g in groups), strict=True)
    return _analysed(np.stack(means, axis=-1), np.stack(squares, axis=-1), n, where, unit)


def one_way_from_means(
    means: ArrayLike, stds: ArrayLike, n: ArrayLike, where: str = "anova"
) -> tuple[OneWay, tuple[Finding, ...]]:
    """The same from the mean, the standard deviation and the number of readings of each group.

    means, stds: shape (…, J); n: one number, or J numbers; stds of groups with one reading do not count.

    >>> days = [172, 116, 13, 144, 106, 31, 60, 125, 163, 41]          # µV above 10 V, GUM table H.9
    >>> s = [60, 77, 111, 101, 67, 93, 80, 73, 88, 86]                 # µV
    >>> a, _ = one_way_from_means(days, s, 5)
    >>> round(a.s_between), round(a.s_within), round(a.u_mean), round(a.u_all)
    (128, 85, 18, 13)
    """
    centre, spread = readings(means, where=f"{where}.means"), readings(stds, where=f"{where}.stds")
    if centre.shape != spread.shape:
        lengths = f"means {centre.shape[-1]}, stds {spread.shape[-1]}"
        raise Refused(finding("type_a.groups.lengths", where, lengths=lengths))
    count = np.asarray(n, float)
    if count.ndim > 1 or (count.ndim == 1 and count.size != centre.shape[-1]):
        raise Refused(finding("type_a.groups.lengths", where, lengths=f"means {centre.shape[-1]}, n {count.size}"))
    count = np.broadcast_to(count, centre.shape[-1:])
    if not np.all((count >= 1) & (count == np.floor(count))):
        raise Refused(finding("type_a.groups.size", where, got=str(n)[:60]))
    used = np.where(count > 1, spread, 0.0)
    if not np.all(used >= 0.0):
        raise Refused(finding("evaluation.uncertainty.negative", f"{where}.stds", value=f"{np.nanmin(used):g}"))
    unit = max(power_of_two(centre), power_of_two(used))
    return _analysed(centre / unit, np.square(used / unit) * (count - 1), count.astype(np.int64), where, unit)


def _analysed(
    means: Array, squares: Array, n: NDArray[np.int64], where: str, unit: float
) -> tuple[OneWay, tuple[Finding, ...]]:
    """The analysis from group means and sums of squares within, shape (…, J), both in `unit`."""
    J, N = n.size, int(n.sum())
    if J < 2:
        raise Refused(finding("type_a.groups.few", where, rule=RULE, groups=J))
    if N <= J:
        raise Refused(finding("type_a.groups.single", where, rule=RULE, groups=J))
    if not (np.all(np.isfinite(means)) and np.all(np.isfinite(squares))):
        raise Refused(finding("type_a.groups.unknown", where))
    mean = np.mean(means, axis=-1)
    all_ = mean + np.sum((means - mean[..., None]) * n, axis=-1) / N
    s_means = np.sqrt(np.sum(np.square(means - mean[..., None]), axis=-1) / (J - 1))
    ss_between = np.sum(np.square(means - all_[..., None]) * n, axis=-1)
    ss_within = np.sum(squares, axis=-1)
    a, b = ss_between / (J - 1), ss_within / (N - J)
    n0 = (N - float(np.sum(np.square(n))) / N) / (J - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = a / b
        component = np.maximum(a - b, 0.0)
        dof = np.square(component) / (np.square(a) / (J - 1) + np.square(b) / (N - J))
    s_all = np.sqrt((ss_between + ss_within) / (N - 1))
    spreads = (plain(unit * s) for s in (s_means, np.sqrt(a), np.sqrt(b), np.sqrt(component / n0), s_all))
    of_means, between, within, effect, all_readings = spreads
    result = OneWay(
        J, n, plain(unit * mean), of_means, between, within, plain(ratio),
        plain(np.where(np.isnan(ratio), np.nan, fdtrc(J - 1, N - J, np.where(np.isnan(ratio), 1.0, ratio)))),
        float(J - 1), float(N - J), effect, plain(np.where(component > 0.0, dof, np.nan)),
        of_means / math.sqrt(J), float(J - 1), plain(unit * all_), all_readings / math.sqrt(N), float(N - 1),
    )  # fmt: skip
    return result, tuple(_remarks(result, n, where))


def _remarks(found: OneWay, n: NDArray[np.int64], where: str) -> list[Finding]:
    remarks = []
    if np.any(np.asarray(found.s_within) == 0.0):
        remarks.append(finding("type_a.groups.no_scatter", where, "warning", RULE))
    elif np.any(found.significant()):
        p = f"{float(np.min(np.asarray(found.p))):.2g}"
        remarks.append(finding("type_a.groups.effect", where, "note", RULE, p=p))
    if n.min() < n.max():
        remarks.append(finding("type_a.groups.unequal", where, "note", RULE, least=n.min(), most=n.max()))
    return remarks


def _groups(values: Any, where: str) -> list[Array]:
    """The groups as arrays (…, n_j)."""
    if isinstance(values, np.ndarray) and values.dtype != object:
        table = readings(values, where=where)
        if table.ndim < 2:
            raise Refused(finding("type_a.groups.few", where, rule=RULE, groups=1))
        groups = [table[..., j, :] for j in range(table.shape[-2])]
    elif isinstance(values, Sequence) and not isinstance(values, str):
        try:  # a rectangular table, perhaps with leading axes
            table = np.asarray(values, np.float64)
        except (TypeError, ValueError):
            table = np.zeros(0)
        if table.ndim > 2:
            return _groups(table, where)
        groups = [readings(g, where=f"{where}.{j + 1}") for j, g in enumerate(values)]
        if any(g.ndim != 1 for g in groups):
            raise Refused(finding("evaluation.readings.form", where, got=repr(values)[:60]))
    else:
        raise Refused(finding("evaluation.readings.form", where, got=repr(values)[:60]))
    for j, g in enumerate(groups):
        if g.shape[-1] == 0:
            raise Refused(finding("evaluation.readings.empty", f"{where}.{j + 1}"))
        bad = ~np.isfinite(g)
        if np.any(bad):
            first = ", ".join(str(int(i) + 1) for i in np.argwhere(bad)[0])
            code = "evaluation.readings.unknown"
            raise Refused(finding(code, f"{where}.{j + 1}", count=int(np.count_nonzero(bad)), first=first))
    return groups


def _mean_and_squares(group: Array) -> tuple[Array, Array]:
    """Mean and sum of squared deviations, two-pass with the rounding of the first mean corrected."""
    n = group.shape[-1]
    first = np.mean(group, axis=-1)
    deviation = group - first[..., None]
    rest = np.sum(deviation, axis=-1)
    return first + rest / n, np.maximum(np.sum(np.square(deviation), axis=-1) - np.square(rest) / n, 0.0)
