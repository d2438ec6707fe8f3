"""Mean of readings that depend on those before them: an autocorrelated series in equal steps of time.

The variance of the mean of n readings with autocorrelation ρ_k is σ²/n·(1 + 2Σ(1 − k/n)ρ_k) = σ²/n_eff, and s² is too
small on the average, since readings near in time look alike (A. Zięba, Metrology and Measurement Systems 17 (2010)
3–16). The sample autocorrelation is noise at long lags; the sum ends before its first value that is not positive
(first transit through zero: A. Zięba, P. Ramza, Metrology and Measurement Systems 18 (2011) 529–542). Taken about the
mean of the same series it is too small by about (1 − ρ_k)/n_eff (Marriott and Pope, Biometrika 41 (1954) 390–402).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.coverage import Numbers, plain
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.type_a.readings import readings

Array = NDArray[np.float64]
RULE = "GUM 4.2.7"
LEAST = 10
"""Readings below which a sample autocorrelation says nothing."""
LEAST_EFFECTIVE, FEW_EFFECTIVE = 4.0, 10.0
"""Effective readings below which the series is one drift (a ramp, a step or one wave of any length has fewer), and
below which their number, estimated from the same data, is itself doubtful."""


@dataclass(frozen=True, slots=True)
class MeanOfSeries:
    """Mean of an autocorrelated series.

    mean; s: standard deviation of one reading, freed of the bias by autocorrelation; n; n_eff: effective number of
    independent readings; lags: terms of the autocorrelation that count; u = s/√n_eff; dof = n_eff − 1.
    """

    mean: Numbers
    s: Numbers
    n: int
    n_eff: Numbers
    lags: NDArray[np.int64]
    u: Numbers
    dof: Numbers


def mean_of_series(
    values: ArrayLike, axis: int = -1, where: str = "series"
) -> tuple[MeanOfSeries, tuple[Finding, ...]]:
    """Mean of readings in order of time, its standard uncertainty and effective degrees of freedom.

    n_eff = n/(1 + 2Σ_{k≤m} r_k), r_k = Σeₜeₜ₊ₖ/Σeₜ², which holds the factor 1 − k/n, and m the last lag before it first
    falls to zero; then once more with r_k + (1 − k/n)(1 − r_k)/n_eff, which takes the bias of r_k back.
    u² = S (n − 1)/(n (n_eff − 1)), S = Σe²/(n − 1). dof = n_eff − 1 is on the safe side: it leaves to the interval
    what n_eff, itself an estimate, may miss. A negative autocorrelation never lowers u below S^½/√n.
    values: shape (…, n) along `axis`, in equal steps of time, n at least 10, in one unit; each row a series of its own.
    Returns the mean and findings; u is nan, with an error, where fewer than four effective readings are left.
    Raises Refused for missing readings or too few.

    >>> m, _ = mean_of_series([0, 1] * 8)                          # no positive dependence: n_eff = n
    >>> m.n_eff, round(m.u, 4)
    (16.0, 0.1291)
    """
    rows = np.moveaxis(readings(values, where=where), axis, -1)
    n = rows.shape[-1]
    if n < LEAST:
        raise Refused(finding("type_a.series.short", where, n=n, wanted=LEAST))
    if not np.all(np.isfinite(rows)):
        bad = ~np.isfinite(rows)
        first = ", ".join(str(int(i) + 1) for i in np.argwhere(bad)[0])
        raise Refused(finding("evaluation.readings.unknown", where, count=int(np.count_nonzero(bad)), first=first))
    mean = np.mean(rows, axis=-1)
    deviation = rows - mean[..., None]
    rest = np.mean(deviation, axis=-1)
    mean, deviation = mean + rest, deviation - rest[..., None]
    squares = np.sum(np.square(deviation), axis=-1) / (n - 1)
    r = sample_autocorrelation(deviation)
    counted = np.logical_and.accumulate(r[..., 1:] > 0.0, axis=-1)
    n_eff = n / (1.0 + 2.0 * np.sum(np.where(counted, r[..., 1:], 0.0), axis=-1))
    bias = (1.0 - np.arange(1, n) / n) * (1.0 - r[..., 1:]) / n_eff[..., None]
    n_eff = n / (1.0 + 2.0 * np.sum(np.where(counted, r[..., 1:] + bias, 0.0), axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(n_eff >= LEAST_EFFECTIVE, squares * (n - 1) / (n * (n_eff - 1.0)), np.nan)
    u = np.sqrt(variance)
    result = MeanOfSeries(
        plain(mean), plain(u * np.sqrt(n_eff)), n, plain(n_eff), np.count_nonzero(counted, axis=-1), plain(u),
        plain(np.where(n_eff >= LEAST_EFFECTIVE, n_eff - 1.0, np.nan)),
    )  # fmt: skip
    return result, _remarks(result, squares, where)


def sample_autocorrelation(deviation: ArrayLike) -> Array:
    """r_k = Σ eₜeₜ₊ₖ/Σ eₜ² for k = 0 … n − 1, along the last axis; 0 beyond k = 0 where there is no scatter.

    deviation: from the mean of the series, shape (…, n). By fast Fourier transform, n log n.

    >>> sample_autocorrelation([-1.5, -0.5, 0.5, 1.5]).round(4)
    array([ 1.  ,  0.25, -0.3 , -0.45])
    """
    e = np.asarray(deviation, np.float64)
    n = e.shape[-1]
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(e, size, axis=-1)
    products = np.fft.irfft(np.square(np.abs(spectrum)), size, axis=-1)[..., :n]
    total = np.sum(np.square(e), axis=-1, keepdims=True)
    r = np.divide(products, total, out=np.zeros_like(products), where=total > 0.0)
    r[..., 0] = 1.0
    return np.asarray(r)


def _remarks(found: MeanOfSeries, squares: Array, where: str) -> tuple[Finding, ...]:
    n_eff = np.asarray(found.n_eff)
    least = float(n_eff.min())
    if np.any(squares == 0.0):
        return (finding("evaluation.readings.constant", where, "warning", n=found.n),)
    if math.isnan(float(np.sum(np.asarray(found.u)))):
        return (finding("type_a.series.drift", where, "error", RULE, n=found.n, effective=f"{least:.2g}"),)
    if least < FEW_EFFECTIVE:
        return (finding("type_a.series.few", where, "warning", RULE, n=found.n, effective=f"{least:.2g}"),)
    return ()
