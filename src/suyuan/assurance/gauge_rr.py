"""Crossed gauge study: repeatability and reproducibility, by average and range and by analysis of variance.

Every operator measures every part several times. Both methods are given side by side: with a significant interaction of
operator and part the range method hides it, and the two may fall on different sides of a limit, so the method decides
between accept and reject.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc

from suyuan.assurance.criteria import criterion
from suyuan.assurance.observations import above_zero, column, table
from suyuan.assurance.range_constants import LARGEST, d2, d2_star
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[np.float64]
CATEGORIES = 1.41
"""√2 as AIAG prints it."""


@dataclass(frozen=True, slots=True)
class Constants:
    """Factors that turn a range into a standard deviation: K1 of the trials, K2 of operator means, K3 of part means."""

    K1: float
    K2: float
    K3: float


@dataclass(frozen=True, slots=True)
class AverageRange:
    """Result of the average and range method, in the unit of the readings; percent of TV. ndc is not truncated; it and
    the percentages are nan where their divisor is nil; percent_tolerance: 100·m·GRR/tolerance for each sigma multiple
    m, empty without a tolerance."""

    R_bar: float
    X_diff: float
    R_p: float
    EV: float
    AV: float
    GRR: float
    PV: float
    TV: float
    percent_EV: float
    percent_AV: float
    percent_GRR: float
    percent_PV: float
    ndc: float
    percent_tolerance: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Components:
    """Components of one analysis of variance as standard deviations; negative estimates of a variance are 0.

    percent of s_total (percent_AV: operator and interaction together); percent_contribution_GRR = 100 (s_grr/s_total)²;
    percent_tolerance: 100·m·s_grr/tolerance for each sigma multiple m, empty without a tolerance.
    """

    s_repeatability: float
    s_operator: float
    s_interaction: float
    s_grr: float
    s_part: float
    s_total: float
    percent_EV: float
    percent_AV: float
    percent_GRR: float
    percent_PV: float
    percent_contribution_GRR: float
    ndc: float
    percent_tolerance: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SumsOfSquares:
    """Sums of squares and degrees of freedom of a crossed study."""

    operator: float
    part: float
    interaction: float
    repeat: float
    dof_operator: int
    dof_part: int
    dof_interaction: int
    dof_repeat: int


@dataclass(frozen=True, slots=True)
class CrossedAnova:
    """Analysis of variance of a crossed study.

    with_interaction is None where there is one trial only: then interaction and repeatability cannot be told apart.
    F_interaction, p_interaction: nan where they are unknown; advised: pooled where p > alpha.
    """

    SS: SumsOfSquares
    F_interaction: float
    p_interaction: float
    with_interaction: Components | None
    pooled: Components
    advised: str

    @property
    def chosen(self) -> Components:
        """The components of the advised analysis."""
        full = self.with_interaction
        return self.pooled if self.advised == "pooled" or full is None else full


@dataclass(frozen=True, slots=True)
class GaugeRR:
    """Result of a crossed study; average_range is None where it was not asked for."""

    anova: CrossedAnova
    average_range: AverageRange | None


def k_constants(operators: int, parts: int, trials: int) -> Constants:
    """K1 = 1/d2(trials), K2 = 1/d2*(operators), K3 = 1/d2*(parts).

    >>> k = k_constants(3, 10, 3)
    >>> round(k.K1, 4), round(k.K2, 4), round(k.K3, 4)                   # AIAG MSA: 0.5908, 0.5231, 0.3146
    (0.5908, 0.5231, 0.3146)
    """
    return Constants(1.0 / d2(trials), 1.0 / d2_star(operators), 1.0 / d2_star(parts))


def gauge_rr(
    readings: ArrayLike,
    constants: Constants | None = None,
    tolerance: float | None = None,
    sigma_multiples: Sequence[float] = (6.0,),
    alpha: float | None = None,
    where: str = "gauge_rr",
) -> tuple[GaugeRR, tuple[Finding, ...]]:
    """Crossed gauge study by average and range, and by analysis of variance with and without interaction.

    readings: shape (operators, parts, trials), operators and parts at least 2; constants: of the range method, which is
    left out without them or with one trial; tolerance: width; sigma_multiples: 6, 5.15 …; alpha: significance below
    which the interaction is kept. Returns the study and findings. Raises Refused.

    >>> x = [[[1.0, 1.2], [2.0, 2.1], [3.1, 2.9]], [[1.1, 1.3], [2.2, 2.1], [3.0, 3.2]]]
    >>> study, _ = gauge_rr(x, k_constants(2, 3, 2))
    >>> round(study.anova.SS.part, 4), round(study.average_range.R_bar, 4)
    (7.22, 0.1667)

    Source: AIAG Measurement Systems Analysis, 4th ed., chapter III (formulas recomputed from its worked example).
    """
    x = table(readings, f"{where}.readings", ("operator", "part", "trial"), (2, 2, 1))
    varied(x, where)
    width = None if tolerance is None else above_zero(tolerance, f"{where}.tolerance")
    multiples = column(sigma_multiples, f"{where}.sigma_multiples")
    for i, m in enumerate(multiples):
        above_zero(float(m), f"{where}.sigma_multiples.{i}")
    limit = criterion("alpha").low if alpha is None else alpha
    anova = crossed_anova(x, width, tuple(multiples.tolist()), limit)
    ranges = None
    if constants is not None and x.shape[2] >= 2 and max(x.shape) <= LARGEST:
        for name in ("K1", "K2", "K3"):
            above_zero(getattr(constants, name), f"{where}.constants.{name}")
        ranges = average_range(x, constants, width, tuple(multiples.tolist()))
    study = GaugeRR(anova, ranges)
    return study, tuple(_said(study, x, limit, where))


def average_range(
    x: Array, constants: Constants, tolerance: float | None = None, multiples: Sequence[float] = ()
) -> AverageRange:
    """Average and range method.

    EV = R̄·K1; AV = √((X_diff·K2)² − EV²/(p·r)), 0 where that is negative; PV = R_p·K3; GRR² = EV² + AV²; TV² = GRR² +
    PV²; ndc = 1.41 PV/GRR. x: (operators, parts, trials); tolerance: width, of which m·GRR is given for
    each multiple m.
    """
    _, parts, trials = x.shape
    R_bar = float(np.mean(np.ptp(x, axis=2)))
    X_diff = float(np.ptp(np.mean(x, axis=(1, 2))))
    R_p = float(np.ptp(np.mean(x, axis=(0, 2))))
    EV = R_bar * constants.K1
    AV = math.sqrt(max((X_diff * constants.K2) ** 2 - EV**2 / (parts * trials), 0.0))
    GRR, PV = math.hypot(EV, AV), R_p * constants.K3
    TV = math.hypot(GRR, PV)
    share = [100.0 * ratio(part, TV) for part in (EV, AV, GRR, PV)]
    ndc = CATEGORIES * ratio(PV, GRR)
    of_tolerance = () if tolerance is None else tuple(100.0 * m * GRR / tolerance for m in multiples)
    return AverageRange(R_bar, X_diff, R_p, EV, AV, GRR, PV, TV, share[0], share[1], share[2], share[3], ndc,
                        of_tolerance)  # fmt: skip


def crossed_anova(x: Array, tolerance: float | None, multiples: Sequence[float], alpha: float) -> CrossedAnova:
    """Two-way analysis of variance with random effects.

    With interaction: s_int² = (MS_int − MS_rep)/r, s_op² = (MS_op − MS_int)/(p·r), s_part² = (MS_part − MS_int)/(o·r);
    pooled: MS_int and MS_rep both become (SS_int + SS_rep)/(their degrees of freedom), s_int = 0.
    """
    ss = _sums(x)
    o, p, r = x.shape
    operator, part = ss.operator / ss.dof_operator, ss.part / ss.dof_part
    interaction = ss.interaction / ss.dof_interaction
    together = (ss.interaction + ss.repeat) / (ss.dof_interaction + ss.dof_repeat)
    pooled = components(
        together, (operator - together) / (p * r), 0.0, (part - together) / (o * r), tolerance, multiples
    )
    if r == 1:
        return CrossedAnova(ss, math.nan, math.nan, None, pooled, "pooled")
    repeat = ss.repeat / ss.dof_repeat
    full = components(
        repeat, (operator - interaction) / (p * r), (interaction - repeat) / r, (part - interaction) / (o * r),
        tolerance, multiples,
    )  # fmt: skip
    F = ratio(interaction, repeat)
    P = float(fdtrc(ss.dof_interaction, ss.dof_repeat, F)) if math.isfinite(F) else math.nan
    keep = alpha >= P or (math.isnan(P) and interaction > 0.0)
    return CrossedAnova(ss, F, P, full, pooled, "with_interaction" if keep else "pooled")


def components(
    repeat: float, operator: float, interaction: float, part: float, tolerance: float | None, multiples: Sequence[float]
) -> Components:
    """Components from variances (negative ones are 0), with their shares of the total and of the tolerance."""
    e2, o2, i2, p2 = (max(v, 0.0) for v in (repeat, operator, interaction, part))
    g2 = e2 + o2 + i2
    e, o, i, g, p, t = (math.sqrt(v) for v in (e2, o2, i2, g2, p2, g2 + p2))
    EV, AV, GRR, PV = (100.0 * ratio(v, t) for v in (e, math.hypot(o, i), g, p))
    of_tolerance = () if tolerance is None else tuple(100.0 * m * g / tolerance for m in multiples)
    contribution, ndc = 100.0 * ratio(g2, g2 + p2), CATEGORIES * ratio(p, g)
    return Components(e, o, i, g, p, t, EV, AV, GRR, PV, contribution, ndc, of_tolerance)


def varied(x: Array, where: str) -> None:
    """Refuse readings without any variation: gauge and parts cannot be told apart."""
    if np.ptp(x) == 0.0:
        raise Refused(finding("assurance.grr.constant", f"{where}.readings", n=x.size))


def ratio(a: float, b: float) -> float:
    """a/b; nan where b is nil."""
    return a / b if b > 0.0 else math.nan


def _sums(x: Array) -> SumsOfSquares:
    o, p, r = x.shape
    x = x - np.mean(x)  # large readings with a small scatter keep their digits
    cells, operators, parts = np.mean(x, axis=2), np.mean(x, axis=(1, 2)), np.mean(x, axis=(0, 2))
    mean = float(np.mean(x))
    left = cells - operators[:, None] - parts[None, :] + mean
    repeat = float(np.sum(np.square(x - cells[:, :, None])))
    return SumsOfSquares(
        p * r * float(np.sum(np.square(operators - mean))), o * r * float(np.sum(np.square(parts - mean))),
        r * float(np.sum(np.square(left))), repeat, o - 1, p - 1, (o - 1) * (p - 1), o * p * (r - 1),
    )  # fmt: skip


def _said(study: GaugeRR, x: Array, alpha: float, where: str) -> list[Finding]:
    """What a reader must know before using the study."""
    anova, found = study.anova, []
    if x.shape[2] == 1:
        found.append(finding("assurance.grr.one_trial", where, "warning"))
    rule = criterion("alpha").rule
    P = anova.p_interaction
    if anova.SS.repeat == 0.0 and x.shape[2] > 1:
        found.append(finding("assurance.grr.no_repeatability", where, "warning"))
    if math.isfinite(P) and alpha >= P:
        found.append(finding("assurance.grr.interaction", where, "warning", rule, p=f"{P:.2g}", alpha=f"{alpha:g}"))
    found += _negative(anova, x.shape, where)
    chosen = anova.chosen
    found += judged(chosen.percent_GRR, chosen.ndc, where, chosen.percent_tolerance)
    ranges = study.average_range
    if ranges is not None and side(ranges.percent_GRR) != side(chosen.percent_GRR):
        found.append(_apart("assurance.grr.methods_apart", ranges.percent_GRR, chosen.percent_GRR, where))
    if ranges is not None and chosen.percent_tolerance:
        own, other = chosen.percent_tolerance[0], ranges.percent_tolerance[0]
        if side(own) != side(other):
            found.append(_apart("assurance.grr.methods_apart_tolerance", other, own, where))
    return found


def _apart(code: str, ranges: float, anova: float, where: str) -> Finding:
    """Two methods on different sides of a limit."""
    limits = criterion("percent_GRR")
    ends = {"low": f"{limits.low:g}", "high": f"{limits.high:g}"}
    return finding(code, where, "warning", limits.rule, ranges=f"{ranges:.4g}", anova=f"{anova:.4g}", **ends)


def judged(percent_GRR: float, ndc: float, where: str, percent_tolerance: Sequence[float] = ()) -> list[Finding]:
    """How a share of the total variation, one of the tolerance, and a number of categories stand to the usual criteria.

    percent_tolerance: by sigma multiple, the first one counts.
    """
    found = []
    limits, wanted = criterion("percent_GRR"), criterion("ndc")
    low, high = f"{limits.low:g}", f"{limits.high:g}"
    shares = [(percent_GRR, "总变差", "the total variation")]
    shares += [(percent_tolerance[0], "公差", "the tolerance")] if percent_tolerance else []
    for percent, of_zh, of_en in shares:
        told = {"share": f"{percent:.3g}", "of_zh": of_zh, "of_en": of_en}
        if side(percent) == 2:
            found.append(finding("assurance.grr.not_acceptable", where, "warning", limits.rule, high=high, **told))
        elif side(percent) == 1:
            found.append(finding("assurance.grr.conditional", where, "note", limits.rule, low=low, high=high, **told))
    if percent_tolerance and side(percent_tolerance[0]) != side(percent_GRR):
        told = {"variation": f"{percent_GRR:.3g}", "tolerance": f"{percent_tolerance[0]:.3g}"}
        found.append(finding("assurance.grr.bases_apart", where, "warning", limits.rule, low=low, high=high, **told))
    if math.isfinite(ndc) and math.floor(ndc) < wanted.low:
        told = {"ndc": f"{ndc:.3g}", "wanted": f"{wanted.low:g}"}
        found.append(finding("assurance.grr.categories", where, "warning", wanted.rule, **told))
    return found


def _negative(anova: CrossedAnova, shape: tuple[int, ...], where: str) -> list[Finding]:
    """A note for each component whose estimated variance is negative, and was set to nil."""
    ss, r = anova.SS, shape[2]
    if r == 1 or anova.with_interaction is None:
        return []
    repeat, interaction = ss.repeat / ss.dof_repeat, ss.interaction / ss.dof_interaction
    base = interaction
    if anova.advised == "pooled":
        base = (ss.interaction + ss.repeat) / (ss.dof_interaction + ss.dof_repeat)
    negative = {
        "interaction": ("交互作用", "interaction", anova.advised != "pooled" and interaction < repeat),
        "operator": ("操作者", "operator", ss.operator / ss.dof_operator < base),
        "part": ("零件", "part", ss.part / ss.dof_part < base),
    }
    return [
        finding("assurance.grr.negative", where, "note", component_zh=zh, component_en=en)
        for zh, en, is_negative in negative.values()
        if is_negative
    ]


def side(percent: float) -> int:
    """0, 1, 2: acceptable, perhaps, not.

    >>> side(9.9), side(30.0), side(30.1)
    (0, 1, 2)
    """
    limits = criterion("percent_GRR")
    return int(percent >= limits.low) + int(percent > limits.high)
