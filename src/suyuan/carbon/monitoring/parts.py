"""Lost hours of schemes that replace each part of the rate by itself: concentration, flow and moisture of an hour meet
again, whichever of them was measured and whichever was replaced, and keep what their certificates have in common.

A sum of such hours is linear in each part to first order, so it needs one row of weights a part, however many hours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.lost import Replaced
from suyuan.carbon.monitoring.totals import Hours
from suyuan.quantity.quantity import Quantity

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.year import Made

Array = NDArray[Any]


def lost_hours(made: Made, part: slice) -> list[tuple[Array, Quantity]]:
    """What the lost hours of a period bring to the legal sum: pairs of weights (2, n) and the part over n hours.

    Hours of which a part has no substitute bring nothing: they are missing, and findings say so.
    """
    inside = np.arange(part.start, part.stop)
    lost = inside[(made.hours.place[inside] < 0) & np.isfinite(made.rates[0][inside])]
    if not len(lost):
        return []
    model = made.course.model
    x = {factor: made.values[factor][lost] for factor in model.factors}
    terms: list[tuple[Array, Quantity]] = []
    for factor, slope in model.slopes(x).items():
        gain = np.zeros(len(made.running))
        gain[lost] = made.running.share[lost] * slope
        if model.roles(factor):
            terms += _terms(made.parts[factor], made.legal.get(factor), gain)
        else:
            terms.append((np.array([[gain.sum()], [0.0]]), model.constants[factor].reshape(1)))
    return terms


def _terms(hours: Hours, legal: Replaced | None, gain: Array) -> list[tuple[Array, Quantity]]:
    """Weights of the measured hours of one part. gain (r,): what a unit of each running hour brings to the sum."""
    ahead = 0 if legal is None else legal.ahead
    weights, earlier = np.zeros((2, len(hours.place))), np.zeros((2, ahead))
    weights[0] = np.where(hours.place >= 0, gain, 0.0)
    for one in () if legal is None else legal.made:
        amount = float(gain[one.gap.start - ahead : one.gap.stop - ahead].sum())
        if not amount:
            continue
        for hour, weight in zip(one.hours, one.weights, strict=True):
            row, at = (earlier, hour) if hour < ahead else (weights, hour - ahead)
            row[0, at] += amount * weight
        if one.spread:
            weights[0] += amount * _mean_and_spread(hours, one.spread)
    return hours.terms(weights, 0, earlier)


def _mean_and_spread(hours: Hours, factor: float) -> NDArray[np.float64]:
    """Weights (r,) of mean and so many standard deviations of the measured hours.

    w = 1/n + k(x − x̄)/((n − 1)s): Σ w·x has the value and the derivatives of x̄ + k·s.
    """
    at = np.flatnonzero(hours.place >= 0)
    x = hours.value[at]
    n, s = len(x), float(np.std(x, ddof=1))
    found = np.zeros(len(hours.place))
    found[at] = 1.0 / n
    if s:
        found[at] += factor * (x - x.mean()) / ((n - 1) * s)
    return found
