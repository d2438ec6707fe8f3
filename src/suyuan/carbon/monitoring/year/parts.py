"""Lost hours of schemes that replace each part of the rate by itself: concentration, flow and moisture of an hour meet
again, whichever of them was measured and whichever was replaced, and keep what their certificates have in common.

A sum of such hours is linear in each part to first order, so it needs one row of weights a part, however many hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.lost.lost import Replaced
from suyuan.quantity.quantity import Quantity

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.year.made import Made

Array = NDArray[Any]


def lost_hours(made: Made, part: slice) -> dict[str, Any]:
    """What the lost hours of a period bring to the legal sum: name of a channel or constant → weights of its means
    (r,); under «» pairs of weights (2, e) and quantities of the time before the year.

    Hours of which a part has no substitute bring nothing: they are missing, and findings say so.
    """
    inside = np.arange(part.start, part.stop)
    lost = inside[~made.measured[inside] & np.isfinite(made.legal_rate[inside])]
    if not len(lost):
        return {}
    model = made.course.model
    x = {factor: made.values[factor][lost] for factor in model.factors}
    found: dict[str, Any] = {"": []}
    for factor, slope in model.slopes(x).items():
        gain = np.zeros(len(made.running))
        gain[lost] = made.running.share[lost] * slope
        weights, earlier = _weights(made, factor, made.legal.get(factor), gain)
        before = made.before.values.get(factor)
        if before is not None and earlier.any():
            found[""].append((np.stack([earlier, np.zeros(len(earlier))]), before))
        found[""] += _entered(made.legal.get(factor), gain)
        for name, rise in made.part_gains[factor].items():
            found[name] = found.get(name, 0.0) + weights * rise
    return found


def _entered(legal: Replaced | None, gain: Array) -> Iterator[tuple[Array, Quantity]]:
    """What is not known of values that were entered, with what they bring to the legal sum."""
    for one in () if legal is None else legal.made:
        amount = float(gain[one.gap.start : one.gap.stop].sum())
        if one.error is not None and amount:
            yield np.array([[amount], [0.0]]), one.error.reshape(1)


def _weights(made: Made, factor: str, legal: Replaced | None, gain: Array) -> tuple[Array, Array]:
    """Weights of the measured hours of one part (r,), and of hours before the year (e,).

    gain (r,): what a unit of the part brings to the sum in each running hour.
    """
    measured = np.isfinite(made.rates.parts[factor])
    ahead = 0 if legal is None else legal.ahead
    weights, earlier = np.where(measured, gain, 0.0), np.zeros(ahead)
    for one in () if legal is None else legal.made:
        amount = float(gain[one.gap.start - ahead : one.gap.stop - ahead].sum())
        if not amount:
            continue
        hours, shares = np.array(one.hours, np.int64), amount * np.array(one.weights)
        before = hours < ahead
        earlier[hours[before]] += shares[before]
        weights[hours[~before] - ahead] += shares[~before]
        if one.spread:
            row, column = _mean_and_spread(made, factor, one.spread, made.before.values.get(factor))
            weights += amount * row
            earlier += amount * column
    return weights, earlier


def _mean_and_spread(made: Made, factor: str, k: float, before: Quantity | None) -> tuple[Array, Array]:
    """Weights of mean and k standard deviations of the measured hours.

    w = 1/n + k(x − x̄)/((n − 1)s): Σ w·x has the value and the derivatives of x̄ + k·s.
    """
    ahead = np.zeros(0) if before is None else np.asarray(before.value, float)
    column = np.concatenate([ahead, made.rates.parts[factor]])
    at = np.flatnonzero(np.isfinite(column))
    x = column[at]
    n, s = len(x), float(np.std(x, ddof=1))
    found = np.zeros(len(column))
    found[at] = 1.0 / n
    if s:
        found[at] += k * (x - x.mean()) / ((n - 1) * s)
    return found[len(ahead) :], found[: len(ahead)]
