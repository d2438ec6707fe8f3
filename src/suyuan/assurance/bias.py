"""Bias, linearity and stability of a measuring system, and its first capability (type 1) at one reference.

A reference comes with a certificate: given as a quantity, its influences stand in the bias, so two studies with one
standard are correlated as they are, and a withdrawn certificate reaches the bias. A reference that is a plain number is
taken as exact, and a finding says that its uncertainty is missing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr

from suyuan.assurance.criteria import criterion
from suyuan.assurance.observations import above_zero, column, enough, number, same_length
from suyuan.quantity.coverage import expanded
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.fit.fit import Fit
from suyuan.quantity.fit.polynomial import fit_line
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.type_a.observed import as_quantity
from suyuan.quantity.type_a.readings import mean as mean_of

Array = NDArray[np.float64]
Reference = Quantity | float


@dataclass(frozen=True, slots=True, eq=False)
class Bias:
    """Bias at one reference. mean, s: of n readings; bias = mean − reference, with the influences of both; t = bias
    over s/√n and p: of the scatter alone (nan without scatter); U: expanded uncertainty of the bias, 95 %."""

    n: int
    mean: float
    s: float
    bias: Quantity
    t: float
    p: float
    U: float


@dataclass(frozen=True, slots=True, eq=False)
class Linearity:
    """Bias along the range. bias_mean: at each reference; line: bias on reference through all readings, its parameters
    quantities; s: residual standard deviation; t_slope, t_intercept: estimate over its standard error, p_slope,
    p_intercept; R_squared: nan where the bias is the same everywhere."""

    bias_mean: Array
    line: Fit
    s: float
    R_squared: float
    t_slope: float
    t_intercept: float
    p_slope: float
    p_intercept: float

    @property
    def slope(self) -> Quantity:
        return self.line.parameter("slope")

    @property
    def intercept(self) -> Quantity:
        return self.line.parameter("intercept")


@dataclass(frozen=True, slots=True, eq=False)
class TypeOne:
    """Type 1 study. Cg, Cgk: nan where nothing scatters (a finding says why); bias = mean − reference as a quantity;
    resolution_percent: of the tolerance, nan where the resolution is not stated."""

    n: int
    mean: float
    s: float
    Cg: float
    Cgk: float
    bias: Quantity
    resolution_percent: float


def bias(
    values: ArrayLike, reference: Reference, unit: str = "1", where: str = "bias"
) -> tuple[Bias, tuple[Finding, ...]]:
    """Bias at one reference: mean of readings less the reference, u² = s²/n + u²(reference).

    values: readings, shape (n,), in the unit of the reference, or in `unit` where that is a plain number; reference:
    the certified value as a quantity. Returns the study and findings. Raises Refused.

    >>> b, _ = bias([5.8, 5.7, 5.9, 5.9, 6.0, 6.1, 6.0, 6.1, 6.4, 6.3, 6.0, 6.1], quantity(6.0, 0.05))
    >>> round(float(b.bias.value), 4), round(float(b.bias.u), 4), round(b.t, 3)     # AIAG MSA linearity data, at 6
    (0.025, 0.0755, 0.442)

    Source: AIAG MSA, 4th ed., chapter III (independent sample method); u of the reference by GUM.
    """
    x = column(values, f"{where}.values", 2)
    found, known = _mean(x, reference, unit, where)
    difference = known[0] - known[1]
    t = float(difference.value) / (found.s / math.sqrt(x.size)) if found.s > 0.0 else math.nan
    U = float(np.asarray(expanded(difference.value, difference.u, difference.dof, 0.95).U)) if difference.u else 0.0
    p = _two_sided(t, x.size - 1)
    told = list(about_reference(reference, where))
    if found.s == 0.0:
        told.append(finding("assurance.study.constant", f"{where}.values", "warning", n=x.size))
    if abs(float(difference.value)) > U > 0.0:
        texts = {"bias": f"{float(difference.value):.4g}", "U": f"{U:.2g}"}
        told.append(finding("assurance.bias.significant", where, "warning", **texts))
    return Bias(x.size, found.mean, found.s, difference, t, p, U), tuple(told)


def linearity(
    reference: Quantity | Sequence[float] | Array,
    readings: Sequence[ArrayLike],
    unit: str = "1",
    where: str = "linearity",
) -> tuple[Linearity, tuple[Finding, ...]]:
    """Linearity: ordinary line of bias on reference through all readings.

    reference: g different values, (g,), as numbers or one array quantity; readings: those at each reference, which may
    differ in number. An influence that several references share (their standard) passes into slope and intercept
    beside the scatter. Returns the study and findings. Raises Refused.

    >>> x = [[2.7, 2.5, 2.4], [5.1, 3.9, 4.2], [5.8, 5.7, 5.9]]
    >>> l, _ = linearity([2.0, 4.0, 6.0], x)
    >>> l.bias_mean.round(4).tolist(), round(float(l.slope.value), 4)
    ([0.5333, 0.4, -0.2], -0.1833)

    Source: AIAG MSA, 4th ed., chapter III.
    """
    at = column(reference.value if isinstance(reference, Quantity) else reference, f"{where}.reference", 2, "reference")
    if not isinstance(readings, Sequence | np.ndarray) or isinstance(readings, str) or len(readings) != at.size:
        got = len(readings) if isinstance(readings, Sequence | np.ndarray) else 0
        text = f"reference {at.size}, readings {got}"
        raise Refused(finding("assurance.study.lengths", f"{where}.readings", lengths=text))
    if np.unique(at).size < at.size:
        raise Refused(finding("assurance.linearity.same_reference", f"{where}.reference"))
    rows = [column(row, f"{where}.readings.{i}") for i, row in enumerate(readings)]
    which = np.repeat(np.arange(at.size), [row.size for row in rows])
    y = np.concatenate(rows)
    enough(y.size, 3, f"{where}.readings", "reading")
    known = reference if isinstance(reference, Quantity) else quantity(at, None, unit)
    x = known[which]
    deviation = quantity(y, None, known.unit) - x
    line = fit_line(x, deviation, "ordinary")
    (a, b), error, s = line.estimates, _standard_errors(line, at[which]), float(line.s or 0.0)
    t = [value / e if e > 0.0 else math.nan for value, e in zip((a, b), error, strict=True)]
    total = float(np.sum(np.square(deviation.value - np.mean(deviation.value))))
    R2 = 1.0 - line.rss / total if total > 0.0 else math.nan
    p = [_two_sided(value, line.dof) for value in t]
    bias_mean = np.bincount(which, deviation.value) / np.bincount(which)
    result = Linearity(bias_mean, line, s, R2, t[1], t[0], p[1], p[0])
    return result, (*about_reference(reference, where), *_about_line(result, where))


def type_1(
    values: ArrayLike,
    reference: Reference,
    tolerance: float,
    counts: ArrayLike | None = None,
    resolution: float | None = None,
    unit: str = "1",
    where: str = "type_1",
) -> tuple[TypeOne, tuple[Finding, ...]]:
    """First capability at one reference: Cg = 0.2T/(6s), Cgk = (0.1T − |mean − reference|)/(3s).

    values: readings of one reference part, (n,), or distinct values with counts of each; tolerance: T, width, in the
    unit of the readings; resolution: of the instrument. Returns the study and findings. Raises Refused.

    >>> t, _ = type_1([19.998, 20.000, 20.002], 20.0, 0.1, counts=[5, 10, 5])
    >>> t.n, round(t.s, 6), round(t.Cg, 3), round(t.Cgk, 3)
    (20, 0.001451, 2.297, 2.297)

    Source: VDA 5 and ISO 22514-7 practice; factors 0.2 and 6 are a choice of the customer (some use 4 s).
    """
    x = _counted(values, counts, where)
    enough(x.size, 2, f"{where}.values", "reading")
    width = above_zero(tolerance, f"{where}.tolerance")
    found, known = _mean(x, reference, unit, where)
    difference = known[0] - known[1]
    told = list(about_reference(reference, where))
    Cg = Cgk = math.nan
    if found.s == 0.0:
        told.append(finding("assurance.type_1.no_scatter", f"{where}.values", n=x.size))
    else:
        Cg = 0.2 * width / (6.0 * found.s)
        Cgk = (0.1 * width - abs(float(difference.value))) / (3.0 * found.s)
    least, n = criterion("Cg"), criterion("type_1_n")
    for name, value in (("Cg", Cg), ("Cgk", Cgk)):
        if value < least.low:
            told.append(
                finding("assurance.type_1.low", where, "warning", least.rule, index=name, got=f"{value:.3g}",
                        least=f"{least.low:g}")
            )  # fmt: skip
    if x.size < n.low:
        told.append(finding("assurance.type_1.few", f"{where}.values", "note", n.rule, n=x.size, usual=f"{n.low:g}"))
    share = math.nan
    if resolution is not None:
        share = 100.0 * above_zero(resolution, f"{where}.resolution") / width
        if share > 5.0:
            told.append(finding("assurance.type_1.resolution", where, "warning", share=f"{share:.3g}"))
    return TypeOne(x.size, found.mean, found.s, Cg, Cgk, difference, share), tuple(told)


@dataclass(frozen=True, slots=True)
class _Mean:
    mean: float
    s: float


def _mean(x: Array, reference: Reference, unit: str, where: str) -> tuple[_Mean, tuple[Quantity, Quantity]]:
    """Mean and s of readings; the mean and the reference as quantities in one unit."""
    if not isinstance(reference, Quantity):
        reference = quantity(number(reference, f"{where}.reference"), None, unit)
    elif reference.ndim:
        raise Refused(finding("assurance.study.number", f"{where}.reference", given="…", interval="(−∞, ∞)"))
    found, findings = mean_of(x, where=f"{where}.values")
    if errors(findings):
        raise Refused(*errors(findings))
    s = float(found.s)
    middle = quantity(float(found.mean), None, reference.unit)
    if s > 0.0:
        middle = as_quantity(found, reference.unit, label="mean of readings")
    return _Mean(float(found.mean), s), (middle, reference)


def _counted(values: ArrayLike, counts: ArrayLike | None, where: str) -> Array:
    """Readings, each value as often as it was counted."""
    x = column(values, f"{where}.values")
    if counts is None:
        return x
    times = column(counts, f"{where}.counts")
    same_length(where, values=x, counts=times)
    bad = np.flatnonzero((times < 0.0) | (times != np.floor(times)) | (times > 1e7))
    if bad.size:
        place = f"{where}.counts.{int(bad[0])}"
        raise Refused(finding("assurance.study.number", place, given=f"{times[bad[0]]:g}", interval="0, 1, 2, …"))
    return np.repeat(x, times.astype(np.int64))


def _standard_errors(line: Fit, x: Array) -> tuple[float, float]:
    """Standard errors of intercept and slope from the scatter alone, as the t of AIAG has them."""
    s, middle = float(line.s or 0.0), float(np.mean(x))
    spread = float(np.sum(np.square(x - middle)))
    return s * math.sqrt(1.0 / x.size + middle**2 / spread), s / math.sqrt(spread)


def _two_sided(t: float, dof: int) -> float:
    return 2.0 * float(stdtr(dof, -abs(t))) if math.isfinite(t) and dof > 0 else math.nan


def about_reference(reference: object, where: str) -> tuple[Finding, ...]:
    """A note where a reference value comes without uncertainty."""
    if isinstance(reference, Quantity) and np.any(reference.u > 0.0):
        return ()
    return (finding("assurance.bias.reference_exact", f"{where}.reference", "note"),)


def _about_line(result: Linearity, where: str) -> list[Finding]:
    alpha, told = criterion("alpha"), []
    if not result.s > 0.0:
        told.append(finding("assurance.study.constant", f"{where}.readings", "warning", n=result.line.n))
    for zh, en, p in (("斜率", "slope", result.p_slope), ("截距", "intercept", result.p_intercept)):
        if p < alpha.low:
            texts = {"term_zh": zh, "term_en": en, "p": f"{p:.2g}"}
            told.append(finding("assurance.linearity.significant", where, "warning", alpha.rule, **texts))
    return told
