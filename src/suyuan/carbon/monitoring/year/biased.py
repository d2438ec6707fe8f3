"""Known biases over the hours of a year: what they change of the best estimate, and what they bring to its sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.hours.bias import Bias
from suyuan.carbon.monitoring.hours.calendar import Calendar
from suyuan.carbon.monitoring.lost.lost import Running
from suyuan.quantity.quantity import Quantity

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.year.made import Made
    from suyuan.carbon.monitoring.year.totals import Weights

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Biased:
    """Biases over the running hours. gain (r,): of each hour; spans: hours of each bias, with its factor; hour, extra
    (m,): measured hours whose gain is not 1, and what they weigh in the best sums beyond their share."""

    gain: NDArray[np.float64]
    spans: tuple[tuple[slice, Quantity], ...]
    hour: NDArray[np.int64]
    extra: NDArray[np.float64]

    def within(self, part: slice) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """`hour` and `extra` of a period."""
        inside = slice(*np.searchsorted(self.hour, [part.start, part.stop]).tolist())
        return self.hour[inside], self.extra[inside]


def biased(biases: Sequence[Bias], running: Running, measured: Array, hours: Calendar) -> Biased | None:
    """Biases over the running hours of a year; None where there are none. measured (r,): hours with a rate."""
    if not biases:
        return None
    gain, begin, spans = np.ones(len(running)), hours.begin[running.place], []
    for one in biases:
        span = slice(*np.searchsorted(begin, [one.start, one.stop]).tolist())
        gain[span] *= float(one.factor.value)
        spans.append((span, one.factor))
    hour = np.flatnonzero(measured & (gain != 1.0))
    return Biased(gain, tuple(spans), hour, running.share[hour] * (gain[hour] - 1.0))


def terms(made: Made, period: Weights) -> Iterator[tuple[Array, Quantity]]:
    """What the factors bring to the sums of a period: t of its best estimate that each is in, over the factor."""
    if made.biased is None:
        return
    hour, weight = period.further[1]
    for span, factor in made.biased.spans:
        part = slice(max(span.start, period.span.start), min(span.stop, period.span.stop))
        inside = (hour >= span.start) & (hour < span.stop)
        amount = float(np.nansum(made.measured_share[part] * made.rates.rate[part]) if part.start < part.stop else 0.0)
        amount += float(weight[inside] @ made.rates.rate[hour[inside]])
        if amount:
            yield np.array([[0.0], [amount / float(factor.value)]]), factor.reshape(1)
