"""Lost hours of schemes that replace each part of the rate by itself: concentration, flow and moisture of an hour meet
again as quantities, whichever of them was measured and whichever was replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.lost import Replaced
from suyuan.carbon.monitoring.substitution import Substitute
from suyuan.carbon.monitoring.totals import Hours
from suyuan.quantity.linear_map import linear_map
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.year import Made

Array = NDArray[Any]


def lost_hours(made: Made, part: slice) -> list[tuple[Array, Quantity]]:
    """What the lost hours of a period add to the legal sum: pairs of weights (2, n) and t/h (n,).

    Hours of which a part has no substitute add nothing: they are missing, and findings say so.
    """
    inside = np.arange(part.start, part.stop)
    lost = inside[(made.hours.place[inside] < 0) & np.isfinite(made.rates[0][inside])]
    if not len(lost):
        return []
    x = {}
    for factor in made.course.model.factors:
        if not made.course.model.roles(factor):
            x[factor] = next(iter(made.batch_of.values())).parts[factor]
            continue
        x[factor] = _part(made.parts[factor], made.legal.get(factor), lost)
    rate = made.course.model.rate(x)
    share = made.running.share[lost]
    return [(np.stack([share, np.zeros(len(share))]), rate.relabelled(ONE))]


def _part(hours: Hours, legal: Replaced | None, lost: Array) -> Quantity:
    """One part over some running hours (l,): as measured, or as replaced."""
    ahead = 0 if legal is None else legal.ahead
    table: dict[int, dict[int, float]] = {}
    plain = np.zeros(len(lost))
    spread: dict[Substitute, Array] = {}
    for row, hour in enumerate(lost.tolist()):
        if hours.place[hour] >= 0:
            table.setdefault(hour + ahead, {})[row] = 1.0
            continue
        assert legal is not None  # else the hour has no legal value
        one = next(m for m in legal.made if m.gap.start <= hour + ahead < m.gap.stop)
        for source, weight in zip(one.hours, one.weights, strict=True):
            column = table.setdefault(source, {})
            column[row] = column.get(row, 0.0) + weight
        if one.spread:
            spread.setdefault(one, np.zeros(len(lost)))[row] = 1.0
        elif not one.hours:
            plain[row] = one.value
    made = _combined(hours, table, ahead, len(lost), plain)
    for one, mask in spread.items():
        made = made + _mean_and_spread(hours, one.spread) * mask
    return made


def _combined(hours: Hours, table: dict[int, dict[int, float]], ahead: int, size: int, plain: Array) -> Quantity:
    weights, earlier = np.zeros((size, len(hours.place))), np.zeros((size, ahead))
    for source, rows in table.items():
        into, at = (earlier, source) if source < ahead else (weights, source - ahead)
        for row, weight in rows.items():
            into[row, at] = weight
    terms = hours.terms(weights, 0, earlier)
    value = plain + sum((k @ q.value for k, q in terms), np.zeros(size))
    return linear_map(value, terms, ONE)


def _mean_and_spread(hours: Hours, factor: float) -> Quantity:
    """Mean and so many standard deviations of the measured hours: Σ w·x with w = 1/n + k(x − x̄)/((n − 1)s), whose
    value and derivatives are those of x̄ + k·s."""
    at = np.flatnonzero(hours.place >= 0)
    x = hours.value[at]
    n, s = len(x), float(np.std(x, ddof=1))
    row = np.full(n, 1.0 / n)
    if s:
        row += factor * (x - x.mean()) / ((n - 1) * s)
    weights = np.zeros((1, len(hours.place)))
    weights[0, at] = row
    made = linear_map(np.array([row @ x]), hours.terms(weights), ONE)
    return made[0]
