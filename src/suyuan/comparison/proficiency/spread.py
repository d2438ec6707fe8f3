"""Robust standard deviations of the results of a proficiency test without iteration: MADe, nIQR, Qn and Sn.

Each takes results (…, n) in one unit and gives one number a measurand. `reported` (…, n) is true where a laboratory
reported the measurand; the numbers that counted are said in `Spread.n`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.comparison.proficiency.reported import reported_results, sorted_median
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]
Constants = Literal["exact", "printed"]
QUANTILES = {1: "inverted_cdf", 2: "averaged_inverted_cdf", 3: "closest_observation", 4: "interpolated_inverted_cdf",
             5: "hazen", 6: "weibull", 7: "linear", 8: "median_unbiased", 9: "normal_unbiased"}  # fmt: skip
PAIRS = 1 << 21
"""Differences of pairs held at once."""

QN_SMALL = (0.399356, 0.99365, 0.51321, 0.84401, 0.61220, 0.85877, 0.66993, 0.87344, 0.72014, 0.88906, 0.75743)
SN_SMALL = (0.743, 1.851, 0.954, 1.351, 0.993, 1.198, 1.005, 1.131)


@dataclass(frozen=True, slots=True)
class Spread:
    """s: robust standard deviation (…), in the unit of the results; n: results that counted, of each measurand."""

    s: Array
    n: Array
    findings: tuple[Finding, ...] = ()


def made(x: ArrayLike, constants: Constants = "exact", reported: ArrayLike | None = None) -> Spread:
    """The scaled median absolute deviation: 1.4826·median|x − median|.

    constants: "printed" takes 1.483 as the standard prints it. Zero where half of the results or more are equal (told
    as a finding). Raises Refused for fewer than 2 results. Source: ISO 13528, annex C.

    >>> float(made([1.0, 2.0, 4.0, 8.0, 16.0], "printed").s)
    4.449
    """
    factor = 1.483 if constants == "printed" else 1.4826
    return _spread(x, reported, lambda block: factor * deviation(block))


def niqr(x: ArrayLike, quantile_type: int = 7, reported: ArrayLike | None = None) -> Spread:
    """The normalised interquartile range: 0.7413·(Q₃ − Q₁).

    quantile_type: 1 to 9 as numbered by Hyndman and Fan (Amer. Statist. 50 (1996) 361): in small rounds the choice
    moves the result by several percent, so it belongs in the report. Raises Refused for another type, or fewer than 2
    results. Source: ISO 13528, annex C.

    >>> [round(float(niqr([1.0, 2.0, 4.0, 8.0, 16.0], kind).s), 4) for kind in (6, 7)]
    [7.7836, 4.4478]
    """
    if quantile_type not in QUANTILES:
        raise Refused(finding("comparison.quantile.type", "quantile_type", given=quantile_type))

    def act(block: Array) -> Array:
        method: Any = QUANTILES[quantile_type]
        low, high = np.quantile(block, [0.25, 0.75], axis=-1, method=method)
        return np.asarray(0.7413 * (high - low))

    return _spread(x, reported, act)


def qn(x: ArrayLike, reported: ArrayLike | None = None) -> Spread:
    """Qn: the k-th smallest difference of pairs, k = h(h − 1)/2, h = ⌊n/2⌋ + 1, times 2.21914 and a factor for n.

    Breaks down only where half of the results are wrong, and needs no centre. Finite factors: Croux and Rousseeuw
    (1992) as tabulated and continued in the R package robustbase. Raises Refused for fewer than 2 results.
    Sources: P. J. Rousseeuw, C. Croux, J. Amer. Statist. Assoc. 88 (1993) 1273; ISO 13528, C.5.2.1.

    >>> x = [24.14, 20.155, 19.5, 20.3, 20.705, 17.57, 20.1, 20.94, 21.185]      # % creosote, ISO 5725-5
    >>> round(float(qn(x).s), 6)
    1.172663
    """

    def act(block: Array) -> Array:
        n = block.shape[-1]
        h = n // 2 + 1
        order = h * (h - 1) // 2 - 1
        return np.asarray(2.21914 * qn_factor(n) * np.partition(differences(block), order, axis=-1)[..., order])

    return _spread(x, reported, act, pairs=True)


def sn(x: ArrayLike, reported: ArrayLike | None = None) -> Spread:
    """Sn: 1.1926 times the low median over i of the high median over j of |xᵢ − xⱼ|, times a factor for n.

    Raises Refused for fewer than 2 results. Sources: P. J. Rousseeuw, C. Croux, J. Amer. Statist. Assoc. 88 (1993)
    1273; finite factors as in the R package robustbase.

    >>> x = [24.14, 20.155, 19.5, 20.3, 20.705, 17.57, 20.1, 20.94, 21.185]      # % creosote, ISO 5725-5
    >>> round(float(sn(x).s), 6)
    1.058832
    """

    def act(block: Array) -> Array:
        n = block.shape[-1]
        apart = np.abs(block[:, :, None] - block[:, None, :])
        inner = np.partition(apart, n // 2, axis=-1)[..., n // 2]
        low = (n + 1) // 2 - 1
        return np.asarray(1.1926 * sn_factor(n) * np.partition(inner, low, axis=-1)[..., low])

    return _spread(x, reported, act, pairs=True)


def qn_factor(n: int) -> float:
    """What makes Qn unbiased for n normal results (n of 2 or more).

    >>> qn_factor(2), round(qn_factor(100), 5)
    (0.399356, 0.96436)
    """
    if n <= 12:
        return QN_SMALL[n - 2]
    if n % 2:
        return 1.0 / (1.0 + (1.60188 + (-2.1284 - 5.172 / n) / n) / n)
    return 1.0 / (1.0 + (3.67561 + (1.9654 + (6.987 - 77.0 / n) / n) / n) / n)


def sn_factor(n: int) -> float:
    """What makes Sn unbiased for n normal results (n of 2 or more)."""
    if n <= 9:
        return SN_SMALL[n - 2]
    return n / (n - 0.9) if n % 2 else 1.0


def deviation(block: Array) -> Array:
    """The median absolute deviation of sorted rows, without a factor."""
    return sorted_median(np.sort(np.abs(block - sorted_median(block)[..., None]), axis=-1))


def differences(block: Array) -> Array:
    """The differences of all pairs of sorted rows, (m, n(n − 1)/2), none below zero."""
    i, j = np.triu_indices(block.shape[-1], 1)
    return np.asarray(block[..., j] - block[..., i])


def _spread(x: ArrayLike, reported: ArrayLike | None, act: Callable[[Array], Array], pairs: bool = False) -> Spread:
    given = reported_results(x, reported, 2)
    s = given.each(act, max(PAIRS // given.x.shape[-1], 1) if pairs else 1 << 16)
    nothing = int(np.sum(s == 0.0))
    told = (finding("comparison.spread.zero", "value", "warning", measurands=nothing),) if nothing else ()
    return Spread(s, given.count, told)
