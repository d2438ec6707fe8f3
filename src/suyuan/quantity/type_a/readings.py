"""Type A evaluation: standard uncertainty from repeated readings (GUM 4.2, annex H.2)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.coverage import Numbers, plain
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.formula.formula import parse
from suyuan.quantity.formula.text import spelling

ENOUGH_FOR_SERIES = 10  # readings below which a lag-1 autocorrelation says nothing


@dataclass(frozen=True, slots=True)
class MeanOfReadings:
    """Arithmetic mean of n readings.

    s: experimental standard deviation of one reading; u = s/√n: that of the mean; dof: of s. Unknown is nan.
    """

    mean: Numbers
    s: Numbers
    n: int
    u: Numbers
    dof: float


@dataclass(frozen=True, slots=True)
class JointMeans:
    """Means of quantities that were observed together, in the same n rows.

    means, u: shape (m,); covariance: of the means, shape (m, m); correlation: of the means; dof = n − 1.
    """

    names: tuple[str, ...]
    means: NDArray[np.float64]
    u: NDArray[np.float64]
    covariance: NDArray[np.float64]
    correlation: NDArray[np.float64]
    n: int
    dof: float


def mean(
    values: ArrayLike, axis: int = -1, where: str = "readings", in_order: bool = False
) -> tuple[MeanOfReadings, tuple[Finding, ...]]:
    """Mean of repeated readings and its standard uncertainty.

    s² = Σ (qₖ − q̄)²/(n − 1), u = s/√n, dof = n − 1 (GUM 4.2.2, 4.2.3).
    values: readings, shape (…, n) along `axis`, in one unit; in_order: in order of time, so look for autocorrelation.
    Returns the mean (nan where it is unknown) and findings; one reading has a mean and no s.
    Raises `Refused` if the readings are not numbers.

    >>> t = [96.90, 98.18, 98.25, 98.61, 99.03, 99.49, 99.56, 99.74, 99.89, 100.07, 100.33, 100.42, 100.68,
    ...      100.95, 101.11, 101.20, 101.57, 101.84, 102.36, 102.72]      # °C, GUM table 1
    >>> m, _ = mean(t)
    >>> round(m.mean, 3), round(m.s, 3), round(m.u, 3), m.dof
    (100.145, 1.489, 0.333, 19.0)
    """
    rows = np.moveaxis(readings(values, where=where), axis, -1)
    n = rows.shape[-1]
    findings = list(_faults(rows, where))
    with np.errstate(all="ignore"):
        unit = power_of_two(rows)
        scaled = rows / unit
        centre = np.sum(scaled, axis=-1) / n if n else np.full(rows.shape[:-1], np.nan)
        # Deviations from the first mean, whose own rounding they correct (two-pass).
        deviation = scaled - centre[..., None]
        centre = unit * (centre + np.sum(deviation, axis=-1) / n if n else centre)
        squares = np.sum(np.square(deviation), axis=-1) - np.square(np.sum(deviation, axis=-1)) / max(n, 1)
        s = unit * np.sqrt(np.maximum(squares, 0.0) / (n - 1)) if n > 1 else np.full(rows.shape[:-1], np.nan)
    if in_order and not findings and rows.ndim == 1:
        findings += autocorrelation(rows, where)[1]
    result = MeanOfReadings(plain(centre), plain(s), n, plain(s / math.sqrt(max(n, 1))), float(max(n - 1, 0)))
    return result, tuple(findings)


def mean_with_pooled(
    values: ArrayLike, pooled_s: float, pooled_dof: float, where: str = "readings"
) -> tuple[MeanOfReadings, tuple[Finding, ...]]:
    """Mean of a few readings with a standard deviation known from earlier measurements of the same kind.

    u = s_p/√n with the degrees of freedom of s_p (GUM 4.2.4); one reading is enough.
    values: readings, shape (n,); pooled_s: s_p in their unit; pooled_dof: its degrees of freedom. Raises `Refused`.
    """
    found, findings = mean(values, where=where)
    if not (math.isfinite(pooled_s) and pooled_s >= 0):
        raise Refused(finding("evaluation.uncertainty.negative", where, value=pooled_s))
    if not pooled_dof > 0:
        raise Refused(finding("evaluation.dof", where, value=pooled_dof))
    result = MeanOfReadings(found.mean, pooled_s, found.n, pooled_s / math.sqrt(max(found.n, 1)), pooled_dof)
    return result, tuple(f for f in findings if f.code != "evaluation.readings.single")


def pooled(s: ArrayLike, n: ArrayLike) -> tuple[float, float]:
    """Pooled standard deviation of several series and its degrees of freedom.

    s_p² = Σ νᵢ sᵢ² / Σ νᵢ, νᵢ = nᵢ − 1 (GUM 4.2.4).
    s: standard deviation of each series, shape (m,); n: readings in each, shape (m,) or one number.
    Raises `Refused` if a standard deviation is negative or unknown, or no series has two readings.

    >>> pooled([0.3, 0.4], [5, 5])
    (0.3535..., 8.0)
    """
    spread = np.asarray(s, np.float64)
    dof = np.broadcast_to(np.asarray(n, np.float64) - 1, spread.shape)
    if np.any(~(spread >= 0)):
        raise Refused(finding("evaluation.uncertainty.negative", "s", value=f"{spread[~(spread >= 0)][0]:g}"))
    if np.any(~(dof >= 0)) or not np.sum(dof) > 0:
        raise Refused(finding("evaluation.readings.few", "n", n=int(np.size(spread)), wanted=2))
    return float(np.sqrt(np.sum(dof * np.square(spread)) / np.sum(dof))), float(np.sum(dof))


def observed_together(
    columns: Mapping[str, ArrayLike], where: str = "observed_together"
) -> tuple[JointMeans, tuple[Finding, ...]]:
    """Means of quantities read in the same rows, with the covariance of the means.

    s(q̄, r̄) = Σ (qₖ − q̄)(rₖ − r̄) / (n(n − 1)) (GUM 5.2.3, formula 17).
    columns: name → n readings, row by row. Raises `Refused` if lengths differ or fewer than two rows are given.

    >>> j, _ = observed_together({"V": [5.007, 4.994, 5.005, 4.990, 4.999],
    ...                           "I": [19.663e-3, 19.639e-3, 19.640e-3, 19.685e-3, 19.678e-3]})   # GUM table H.2
    >>> round(j.means[0], 4), round(j.u[0], 4), round(j.correlation[0, 1], 2)
    (np.float64(4.999), np.float64(0.0032), np.float64(-0.36))
    """
    names = tuple(spelling(name) for name in columns)
    arrays = [
        readings(values, where=f"{where}.{name}").ravel() for name, values in zip(names, columns.values(), strict=True)
    ]
    lengths = {name: a.size for name, a in zip(names, arrays, strict=True)}
    if len(set(lengths.values())) != 1:
        text = ", ".join(f"{name} {size}" for name, size in lengths.items()) or "—"
        raise Refused(finding("evaluation.readings.lengths", where, lengths=text))
    rows = np.stack(arrays)
    m, n = rows.shape
    if n < 2:
        raise Refused(finding("evaluation.readings.few", where, n=n, wanted=2))
    findings = [f for name, row in zip(names, rows, strict=True) for f in _faults(row, f"{where}.{name}")]
    if n - 1 < m:
        findings.append(finding("evaluation.readings.rank", where, "warning", rows=n, quantities=m))
    units = np.array([power_of_two(row) for row in rows])
    with np.errstate(over="ignore", invalid="ignore"):  # readings that are not finite are findings already
        scaled = rows / units[:, None]
        means = np.mean(scaled, axis=1)
        deviation = scaled - means[:, None]
        covariance = deviation @ deviation.T / (n * (n - 1))
        u = np.sqrt(np.diagonal(covariance))
        scale = np.where(u > 0, u, 1.0)
        correlation = np.clip(covariance / np.outer(scale, scale), -1.0, 1.0)
        np.fill_diagonal(correlation, 1.0)
        covariance = covariance * units[:, None] * units
    return JointMeans(names, units * means, units * u, covariance, correlation, n, float(n - 1)), tuple(findings)


def autocorrelation(values: ArrayLike, where: str = "readings") -> tuple[float, tuple[Finding, ...]]:
    """Lag-1 autocorrelation of readings in order of time, with a warning if s/√n is then too small.

    r₁ = Σ eₜ eₜ₊₁ / Σ eₜ², e = deviation from the mean; |r₁| > 2/√n is rare for independent readings. With an
    autocorrelation that dies out as r₁ᵏ the variance of the mean is (1 + r₁)/(1 − r₁) times s²/n; GUM 4.2.7 warns.
    values: readings, shape (n,). Returns r₁ (nan for fewer than three readings or no scatter) and findings.

    >>> round(autocorrelation([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])[0], 3)
    0.7
    """
    row = readings(values, where=where).ravel()
    row = row / power_of_two(row)
    e = row - np.mean(row) if row.size else row
    total = float(np.sum(e * e))
    if row.size < 3 or not total > 0:
        return math.nan, ()
    r = float(np.sum(e[:-1] * e[1:])) / total
    return r, dependent(r, row.size, where)


def dependent(r: float, n: int, where: str = "readings") -> tuple[Finding, ...]:
    """A warning where the lag-1 autocorrelation r of n readings says that s/√n is too small for their mean."""
    if n < ENOUGH_FOR_SERIES or not r > 2 / math.sqrt(n):
        return ()
    factor = math.sqrt((1 + r) / (1 - r)) if r < 1 else math.inf
    code = "evaluation.readings.autocorrelated"
    return (finding(code, where, "warning", "GUM 4.2.7", r=f"{r:.2f}", n=n, factor=f"{factor:.2g}"),)


def readings(
    values: Any,
    columns: Mapping[str, Any] | None = None,
    constants: Mapping[str, float] | None = None,
    where: str = "readings",
) -> NDArray[np.float64]:
    """The readings of an input: a list of numbers, or an expression evaluated row by row over columns.

    values: numbers, shape (…, n), or text; columns: name → vector; constants: name → number.
    Raises `Refused` if they are not numbers, or the expression cannot be evaluated.

    >>> readings("V/I", {"V": [5.007, 4.994], "I": [19.663e-3, 19.639e-3]}).round(2)
    array([254.64, 254.29])
    """
    if isinstance(values, str):
        known = {
            **(constants or {}),
            **{name: readings(v, where=f"columns.{name}") for name, v in (columns or {}).items()},
        }
        formula, findings = parse(values, known, f"{where}.values")
        if formula is None:
            raise Refused(*findings)
        try:
            values = formula.evaluate(known)
        except Refused as refused:
            place = f"{where}.values"
            raise Refused(*(replace(f, where=f.where.replace("formula", place, 1)) for f in refused.findings)) from None
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused(finding("evaluation.readings.form", where, got=repr(values)[:60])) from error
    return array[None] if array.ndim == 0 else array


def power_of_two(rows: ArrayLike) -> float:
    """A scale in which neither squares nor sums of these numbers leave the range of floats; 1 where none is needed.

    Division by a power of two changes no digit.
    """
    largest = float(np.max(np.abs(rows), initial=0.0))
    if 1e-100 < largest < 1e100 or largest == 0.0 or not math.isfinite(largest):
        return 1.0
    return math.ldexp(1.0, min(max(math.frexp(largest)[1], -1021), 1023))


def _faults(rows: NDArray[np.float64], where: str) -> Iterator[Finding]:
    """What makes a mean or its uncertainty unknown (errors), or improbable (warning)."""
    n = rows.shape[-1]
    if n == 0:
        yield finding("evaluation.readings.empty", where)
        return
    bad = ~np.isfinite(rows)
    if np.any(bad):
        first = ", ".join(str(int(i) + 1) for i in np.argwhere(bad)[0])
        yield finding("evaluation.readings.unknown", where, count=int(np.count_nonzero(bad)), first=first)
    elif n == 1:
        yield finding("evaluation.readings.single", where)
    elif np.any(np.all(rows == rows[..., :1], axis=-1)):
        yield finding("evaluation.readings.constant", where, "warning", n=n)
