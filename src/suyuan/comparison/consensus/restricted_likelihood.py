"""The maxima of the restricted likelihood of the variance between laboratories, all of them.

−2 log L(t) = Σ log(v + t) + log Σ h²/(v + t) + Σ (y − hμ)²/(v + t), t = τ². Each term changes on the scale of v + t, so
on a grid of half an e-fold in t every rise and fall shows as a sign of the slope; beyond t = Σ(x − x̄)² it only falls.
Each change from rise to fall is a maximum and is closed in; t = 0 is one where the likelihood falls at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.comparison.consensus.directions import Directions, blocks
from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]
SPACING = 0.5
LOWEST = 1e-2
"""Of the least variance: below it the slope is a straight line in t."""
STEPS = 200


@dataclass(frozen=True, slots=True)
class Peaks:
    """best: the highest maximum (…), in units of scale²; count: how many there are (…); found, height: all maxima of
    the last measurand and their log-likelihoods, for one measurand a list to show."""

    best: Array
    count: Array
    found: Array
    height: Array


def peaks(d: Directions) -> Peaks:
    """All maxima of the restricted likelihood for each measurand, and the highest."""
    shape = d.y.shape[:-1]
    best, count = np.zeros(shape).reshape(-1), np.ones(shape, int).reshape(-1)
    t = height = np.zeros(1)
    for rows, y, v in blocks(d):
        row, t, height = _maxima(y, v, d.h)
        order = np.lexsort((height, row))
        last = np.append(np.diff(row[order]) > 0, True)  # the highest of each row
        best[rows] = t[order][last]
        count[rows] = np.bincount(row, minlength=len(y))
    single = best.size == 1
    return Peaks(best.reshape(shape), count.reshape(shape), t if single else t[:0], height if single else height[:0])


def _maxima(y: Array, v: Array, h: Array | None) -> tuple[Array, Array, Array]:
    """Row, place and log-likelihood of every maximum of rows y, v (rows, m)."""
    grid = _grid(y, v, h)
    rising = np.array([_slope(y, v, h, t) > 0.0 for t in grid])
    rising[-1] = False
    step, row = np.nonzero(rising[:-1] & ~rising[1:])
    inside = _closed_in(y[row], v[row], h, grid[step, row], grid[step + 1, row])
    at_zero = np.flatnonzero(~rising[0])
    row, t = np.concatenate([row, at_zero]), np.concatenate([inside, np.zeros(at_zero.size)])
    return row, t, _height(y[row], v[row], h, t)


def _grid(y: Array, v: Array, h: Array | None) -> Array:
    """Zero, and from far below the least variance by equal steps in log t to where the likelihood only falls."""
    centred = y - y.mean(axis=-1, keepdims=True) if h is None else y - np.multiply.outer(y @ h / (h @ h), h)
    low = LOWEST * v[:, 0]
    high = np.maximum(np.einsum("...i,...i->...", centred, centred), 2.0 * low)
    reach = np.log(high / low)
    steps = int(np.ceil(np.max(reach) / SPACING))
    grid = low * np.exp(np.multiply.outer(np.arange(steps + 1) / steps, reach))
    return np.concatenate([np.zeros((1, len(y))), grid])


def _slope(y: Array, v: Array, h: Array | None, t: Array) -> Array:
    """d(2 log L)/dt = Σ a²r² − Σ a + Σ(h²a)·a/Σ h²a, a = 1/(v + t).

    The last two are Σ a(1 − p), p the shares of Σ h²a. The first direction has the greatest a and may have p near 1:
    its 1 − p is summed from the others, so that nothing vanishes in a difference.
    """
    a = 1.0 / (v + t[:, None])
    leaning = a if h is None else a * h
    share = a if h is None else leaning * h
    rest = share[:, 1:].sum(axis=-1)
    total = share[:, 0] + rest
    mean = np.einsum("...i,...i->...", leaning, y) / total
    residual = a * (y - (mean[:, None] if h is None else mean[:, None] * h))
    others = a[:, 1:]
    spare = a[:, 0] * rest + others.sum(axis=-1) * total - np.einsum("...i,...i->...", others, share[:, 1:])
    return np.asarray(np.einsum("...i,...i->...", residual, residual) - spare / total)


def _height(y: Array, v: Array, h: Array | None, t: Array) -> Array:
    variance = v + t[:, None]
    a = 1.0 / variance
    leaning = a if h is None else a * h
    total = leaning.sum(axis=-1) if h is None else leaning @ h
    mean = np.einsum("...i,...i->...", leaning, y) / total
    residual = y - (mean[:, None] if h is None else mean[:, None] * h)
    chi2 = np.einsum("...i,...i,...i->...", a, residual, residual)
    return np.asarray(-0.5 * (np.log(variance).sum(axis=-1) + np.log(total) + chi2))


def _closed_in(y: Array, v: Array, h: Array | None, low: Array, high: Array) -> Array:
    """The zero of the slope between low, where it is above zero, and high, where it is not: regula falsi, Illinois."""
    found, active = 0.5 * (low + high), np.arange(len(low))
    a, b = low.copy(), high.copy()
    slope_a, slope_b = _slope(y, v, h, a), np.minimum(_slope(y, v, h, b), 0.0)
    side = np.zeros(len(low), int)
    for _ in range(STEPS):
        k = active
        if k.size == 0:
            return np.asarray(found)
        new = (a[k] * slope_b[k] - b[k] * slope_a[k]) / (slope_b[k] - slope_a[k])
        new = np.where((new > a[k]) & (new < b[k]), new, 0.5 * (a[k] + b[k]))
        slope = _slope(y[k], v[k], h, new)
        up = slope > 0.0
        slope_b[k] = np.where(up & (side[k] == 1), 0.5 * slope_b[k], slope_b[k])
        slope_a[k] = np.where(~up & (side[k] == -1), 0.5 * slope_a[k], slope_a[k])
        a[k], slope_a[k] = np.where(up, new, a[k]), np.where(up, slope, slope_a[k])
        b[k], slope_b[k] = np.where(up, b[k], new), np.where(up, slope_b[k], slope)
        side[k] = np.where(up, 1, -1)
        moved = np.abs(new - found[k])
        found[k] = new
        active = k[(moved > 1e-14 * new) & (slope != 0.0) & (b[k] - a[k] > 4e-16 * new)]
    raise Refused(finding("comparison.iteration", "reml", steps=STEPS))
