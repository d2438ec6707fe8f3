"""Scores of one participant over rounds: what one round is too weak to show (ISO 13528, clause 10).

Sums of z make sense only where σ_pt means the same each time. A round without a result is left out of the sums and
moves no cusum; how many counted is said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, erfc

from suyuan.comparison.proficiency.reported import mask_of
from suyuan.comparison.results import values
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.kept import numbers

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Rounds:
    """Scores over rounds; (…) of a participant or measurand, (…, rounds) after each round.

    n: rounds with a result; RSZ: Σz/√n, which keeps the sign (a bias adds up), p_RSZ: probability of as much without
    bias; SSZ: Σz², which keeps the size, p_SSZ likewise; running: mean of the last `window` scores, NaN before the
    first; cusum_high, cusum_low: sums of what exceeds the slack, upwards and downwards, 0 or more; signal: (…, rounds)
    where either exceeds the decision interval.
    """

    n: Array
    RSZ: Array
    p_RSZ: Array
    SSZ: Array
    p_SSZ: Array
    running: Array
    cusum_high: Array
    cusum_low: Array
    signal: Array
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Watch:
    """How rounds are watched. window: rounds of the running score; slack: z that a cusum forgives each round; interval:
    what it may reach. 0.5 and 5 find a bias of one σ_pt in some ten rounds and warn in vain once in some 465."""

    window: int = 4
    slack: float = 0.5
    interval: float = 5.0


def rounds(
    z: ArrayLike, reported: ArrayLike | None = None, sigma_pt: ArrayLike | None = None, watch: Watch = Watch()
) -> Rounds:
    """Rescaled and squared sums, running score and cusum of the scores of successive rounds.

    RSZ = Σz/√n ~ N(0, 1) and SSZ = Σz² ~ χ²(n), where z ~ N(0, 1) in each round;
    C⁺ = max(0, C⁺ + z − slack), C⁻ = max(0, C⁻ − z − slack).
    z: (…, rounds) in their order; reported: (…, rounds); sigma_pt: σ_pt of the rounds in one unit, (…, rounds): a
    finding tells where they differ. Raises Refused for a missing score that is not told, no result at all, or a watch
    that cannot be. Source: ISO 13528, clause 10; E. S. Page, Biometrika 41 (1954) 100 (cusum).

    >>> found = rounds([1.2, 0.9, 1.6, 1.1])                       # never beyond 2, yet biased
    >>> round(float(found.RSZ), 2), round(float(found.p_RSZ), 3), round(float(found.SSZ), 2)
    (2.4, 0.016, 6.02)
    """
    array = np.atleast_1d(numbers(z, "z"))
    there = np.ones(array.shape, bool) if reported is None else mask_of(reported, array.shape)
    values(array[there], "z")
    if watch.window < 1 or not (watch.slack >= 0.0 and watch.interval > 0.0):
        raise Refused(finding("comparison.rounds.watch", "watch"))
    n = there.sum(axis=-1)
    if n.size and n.min() < 1:
        raise Refused(finding("comparison.results.few", "z", n=0, wanted=1))
    filled = np.where(there, array, 0.0)
    rsz, ssz = filled.sum(axis=-1) / np.sqrt(n), np.sum(filled**2, axis=-1)
    high, low = _cusum(filled, there, watch.slack), _cusum(-filled, there, watch.slack)
    signal = (high > watch.interval) | (low > watch.interval)
    return Rounds(
        n=n,
        RSZ=rsz,
        p_RSZ=erfc(np.abs(rsz) / math.sqrt(2.0)),
        SSZ=ssz,
        p_SSZ=chdtrc(n, ssz),
        running=_running(filled, there, watch.window),
        cusum_high=high,
        cusum_low=low,
        signal=signal,
        findings=_about_sigma(sigma_pt, there),
    )


def _cusum(z: Array, there: Array, slack: float) -> Array:
    found, now = np.empty(z.shape), np.zeros(z.shape[:-1])
    for i in range(z.shape[-1]):
        now = np.where(there[..., i], np.maximum(0.0, now + z[..., i] - slack), now)
        found[..., i] = now
    return found


def _running(z: Array, there: Array, window: int) -> Array:
    """The mean of the last scores that there are, after each round."""
    found, shape = np.full(z.shape, np.nan), (-1, z.shape[-1])
    for row, known, out in zip(z.reshape(shape), there.reshape(shape), found.reshape(shape), strict=True):
        sums = np.concatenate([[0.0], np.cumsum(row[known])])
        last = np.cumsum(known)
        first = np.maximum(last - window, 0)
        np.divide(sums[last] - sums[first], last - first, out=out, where=last > 0)
    return found


def _about_sigma(sigma_pt: ArrayLike | None, there: Array) -> tuple[Finding, ...]:
    if sigma_pt is None:
        return ()
    sigma = np.broadcast_to(numbers(sigma_pt, "sigma_pt"), there.shape)
    low = np.min(sigma, axis=-1, where=there, initial=np.inf)
    high = np.max(sigma, axis=-1, where=there, initial=-np.inf)
    if not np.all(np.isfinite(sigma[there]) & (sigma[there] > 0.0)):
        raise Refused(finding("comparison.sigma.not_positive", "sigma_pt"))
    return (finding("comparison.rounds.sigma", "sigma_pt", "warning"),) if np.any(high > low * (1 + 1e-9)) else ()
