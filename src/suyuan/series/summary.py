"""Summaries of corrected readings: means, sums, integrals, hours and days, lines; as quantities that stay correlated.

Whatever is linear in the readings is a weighted sum, and `gathered` makes those exactly. Two summaries that rest on one
certificate, or on two that share a reference, keep that in common: their difference has the right uncertainty.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE, Unit, parse_unit
from suyuan.series.asof import Status
from suyuan.series.gathered import Gathered, together
from suyuan.series.gathering import gather, gather_views
from suyuan.series.periods import HOUR, SECOND, Periods, offsets
from suyuan.series.stream import Stream
from suyuan.series.view import View

Array = NDArray[Any]
LEAST = 0.75
"""Share of the expected readings below which a period has no value: a custom of monitoring, not an official rule; name
the one of your programme."""
MOST_PERIODS = 5_000_000


def _gathered(given: View | Gathered | Iterable[View]) -> Gathered:
    if isinstance(given, Gathered):
        return given.one()
    return gather(given) if isinstance(given, View) else gather_views(list(given))


def mean(given: View | Gathered | Iterable[View]) -> Quantity:
    """The mean of all readings with a value, ȳ = Σ y/n, a scalar.

    u²(ȳ) = Σ over influences (Σ c)²/n² + Σ u²/n²: what readings have in common does not shrink with n (GUM 5.2.2).
    given: a view, the views of several blocks of a stream, or sums. Raises Refused where no reading has a value.
    """
    return _gathered(given).means()[0]


def total(given: View | Gathered | Iterable[View]) -> Quantity:
    """The sum of all readings with a value, a scalar. Raises Refused for temperatures that count from a zero of their
    own."""
    return _gathered(given).sums()[0]


def weighted(view: View, weight: Array, unit: str = "1") -> Quantity:
    """Σ w·y over the readings with a value, a scalar; weight (n,): exact numbers in `unit`."""
    return gather(view, None, np.asarray(weight, float), parse_unit(unit)).sums()[0]


@dataclass(frozen=True, slots=True, eq=False)
class Integral:
    """∫ y dt in the unit times seconds; covered: seconds of it that lie between readings near enough; gaps: how many
    intervals were left out; sums: what the quantity was made of."""

    quantity: Quantity
    covered: float
    gaps: int
    sums: Gathered


def integral(view: View, longest: float) -> Integral:
    """The time integral by trapezoids between neighbouring readings with a value.

    longest: seconds between two readings beyond which nothing is known of what lies between, and nothing is added.
    Raises Refused where no two readings are near enough.
    """
    order = np.arange(len(view)) if view.block.order is None else view.block.order
    order = order[view.status[order] == Status.VALID]
    step = np.diff(view.block.time[order]) / SECOND
    near = step <= longest
    weight = np.zeros(len(view))
    half = np.where(near, step, 0.0) / 2.0
    np.add.at(weight, order[:-1], half)
    np.add.at(weight, order[1:], half)
    if not near.any():
        raise Refused(finding("series.sums.none", view.stream.id))
    found = gather(view, None, weight, parse_unit("s"))
    return Integral(found.sums()[0], float(step[near].sum()), int((~near).sum()), found)


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """A stream by hours or days; periods follow one another without a gap from the first reading to the last.

    number, begin, end (g,): the periods; valued (g,): readings with a value, readings (g,): all; expected (g,): by the
    sampling, NaN where that is not known; known (g,): enough of them; quantity: of the known periods, in their order;
    flagged (g,): readings with a value that somebody speaks against, None where nobody does.
    """

    stream: str
    unit: Unit
    periods: Periods
    number: NDArray[np.int64]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    valued: NDArray[np.int64]
    readings: NDArray[np.int64]
    expected: NDArray[np.float64]
    known: NDArray[np.bool_]
    quantity: Quantity | None
    findings: tuple[Finding, ...] = ()
    flagged: NDArray[np.int64] | None = None

    @property
    def share(self) -> NDArray[np.float64]:
        """Readings with a value as a share of those expected (g,)."""
        return self.valued / self.expected

    @property
    def value(self) -> NDArray[np.float64]:
        """Values (g,), NaN where not known."""
        return self._column("value")

    @property
    def u(self) -> NDArray[np.float64]:
        """Standard uncertainties (g,), NaN where not known."""
        return self._column("u")

    def _column(self, name: str) -> NDArray[np.float64]:
        found = np.full(len(self.number), np.nan)
        if self.quantity is not None:
            found[self.known] = getattr(self.quantity, name)
        return found

    def of(self, number: Array) -> Quantity:
        """The quantities of some known periods by number (k,)."""
        mine = self.number[self.known]
        at = np.searchsorted(mine, number)
        if self.quantity is None or (at >= len(mine)).any() or (mine[at] != number).any():
            raise Refused(finding("series.resample.unknown", self.stream))
        return self.quantity[at]


def within(made: Resampled, kept: Array) -> Resampled:
    """Some periods of a resampling; kept (g,): which."""
    known = made.known[kept]
    return replace(
        made, number=made.number[kept], begin=made.begin[kept], end=made.end[kept], valued=made.valued[kept],
        readings=made.readings[kept], expected=made.expected[kept], known=known,
        quantity=made.of(made.number[kept & made.known]) if known.any() else None,
        flagged=None if made.flagged is None else made.flagged[kept],
    )  # fmt: skip


def resample(
    given: Gathered | Iterable[Gathered],
    stream: Stream,
    least: float | None = LEAST,
    every: float | None = None,
    what: Literal["mean", "sum"] = "mean",
) -> Resampled:
    """Means or sums by hour or day, where enough readings have a value.

    given: sums by period, of one or several blocks (`gather`, or an engine's); least: share of the expected readings
    that a period must have, None for any; every: seconds between readings, the stream's sampling where None.
    Raises Refused for sums that are not by period, for a share outside 0 to 1, and where one is wanted but the sampling
    is not known.
    """
    sums = given if isinstance(given, Gathered) else together(given)
    seconds = stream.sampling if every is None else every
    if sums.periods is None:
        raise Refused(finding("series.resample.no_periods", stream.id))
    if least is not None and not 0.0 <= least <= 1.0:
        raise Refused(finding("series.resample.least", stream.id, given=f"{least:g}"))
    if least is not None and seconds is None:
        raise Refused(finding("series.resample.sampling", stream.id))
    number = _every(sums)
    begin, end = sums.periods.bounds(number)
    valued, readings = sums.valued(number)
    expected = np.full(len(number), np.nan) if seconds is None else (end - begin) / SECOND / seconds
    known = valued > 0
    if least is not None:
        known &= valued >= least * expected - 1e-9
    chosen = sums.within(number[known])
    quantity = None if not known.any() else chosen.means() if what == "mean" else chosen.sums()
    unit = sums.unit if quantity is None else quantity.unit
    return Resampled(
        stream.id, unit, sums.periods, number, begin, end, valued, readings, expected, known, quantity,
        _told(stream.id, sums.periods, known, readings, expected), flagged_in(sums, number),
    )  # fmt: skip


def flagged_in(sums: Gathered, number: Array) -> NDArray[np.int64] | None:
    """Readings with a value that somebody speaks against, by period (g,); None where nobody does."""
    period, _, count = sums.flagged
    if not len(period):
        return None
    found: NDArray[np.int64] = np.bincount(np.searchsorted(number, period), count, minlength=len(number)).astype(
        np.int64
    )
    return found


def _every(sums: Gathered) -> Array:
    """All periods from the first with a reading to the last."""
    assert sums.periods is not None
    some = sums.tally[0]
    if not len(some):
        return np.zeros(0, dtype=np.int64)
    first, last = int(some.min()), int(some.max())
    step = 1 if sums.periods.kind == "day" else HOUR // 2
    if (last - first) // step > MOST_PERIODS:
        raise Refused(finding("series.resample.span", sums.stream, periods=(last - first) // step))
    if sums.periods.kind == "day":
        return np.arange(first, last + 1, dtype=np.int64)
    if len(offsets(sums.periods.zone, first, last).begin) == 1:  # no clock is set in between
        return np.arange(first, last + 1, HOUR, dtype=np.int64)
    every = sums.periods.number(np.arange(first, last + 1, step, dtype=np.int64))
    found: Array = every[np.append(True, every[1:] > every[:-1])]
    return found


def _told(stream: str, periods: Periods, known: Array, readings: Array, expected: Array) -> tuple[Finding, ...]:
    found = []
    if not known.all():
        about: dict[str, Any] = {"unknown": int((~known).sum()), "periods": len(known), "kind": periods.kind}
        found.append(finding("series.resample.incomplete", stream, "warning", **about))
    more = readings > expected * 1.01 + 1.0
    if more.any():
        found.append(finding("series.resample.more", stream, "warning", count=int(more.sum()), periods=len(known)))
    return tuple(found)


def common(first: Resampled, second: Resampled) -> tuple[NDArray[np.int64], Quantity, Quantity]:
    """The periods that both know, and the quantities of each. Raises Refused for other periods, or none in common."""
    if first.periods.name != second.periods.name:
        raise Refused(finding("series.sums.periods", f"{first.stream}, {second.stream}"))
    number = np.intersect1d(first.number[first.known], second.number[second.known])
    if not len(number):
        raise Refused(finding("series.resample.unknown", f"{first.stream}, {second.stream}"))
    return number, first.of(number), second.of(number)


def difference(first: Resampled, second: Resampled) -> tuple[NDArray[np.int64], Quantity]:
    """The periods that both know, and first − second there: what they have in common cancels."""
    number, a, b = common(first, second)
    return number, a - b


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """y = at_origin + slope·(x − origin), least squares with equal weights.

    at_origin, slope: scalar quantities, correlated; origin: in the unit of x; s: standard deviation of the residuals
    (n − 2), NaN for n = 2, which is not in u; n: pairs.
    """

    at_origin: Quantity
    slope: Quantity
    origin: float
    s: float
    n: int


def line_on_time(given: View | Resampled, time_unit: str = "s") -> Line:
    """The line of a stream over time; origin: the mean time, in `time_unit` since 1970-01-01T00:00Z.

    slope = Σ (t − t̄)y/Σ (t − t̄)²: weights are exact, so certificates enter exactly. given: a view (every reading with
    a value), or hours or days (their middle). Raises Refused for fewer than two different times.
    """
    unit = parse_unit(time_unit)
    scale = 1.0 / (unit.factor * SECOND)
    if isinstance(given, Resampled):
        if given.quantity is None:
            raise Refused(finding("series.line.times", given.stream))
        time = ((given.begin + given.end)[given.known] / 2.0) * scale
        weights, centre = _weights(time, given.stream)
        y = given.quantity
        at_origin = y.mean()
        plain = y.relabelled(ONE)
        slope = (plain * weights).sum()
    else:
        valid = given.status == Status.VALID
        time = given.block.time[valid] * scale
        weights, centre = _weights(time, given.stream.id)
        y_value = np.zeros(len(given))
        y_value[valid] = weights
        at_origin = mean(given)
        slope = gather(given, None, y_value).total(ONE)[0]
    value = given.quantity.value if isinstance(given, Resampled) else given.value[valid]  # type: ignore[union-attr]
    rate = given.unit.as_difference() / unit
    residual = value - at_origin.value - float(slope.value) * (time - centre)
    return Line(at_origin, slope.relabelled(rate), centre, _scatter(residual), len(time))


def _weights(time: Array, where: str) -> tuple[Array, float]:
    centre = float(time.mean()) if len(time) else math.nan
    away = time - centre
    square = float(away @ away)
    if len(time) < 2 or not square > 0.0:
        raise Refused(finding("series.line.times", where))
    return away / square, centre


def _scatter(residual: Array) -> float:
    return math.sqrt(float(residual @ residual) / (len(residual) - 2)) if len(residual) > 2 else math.nan


def line_on_stream(y: Resampled, x: Resampled) -> Line:
    """The ordinary line of one stream on another over the periods that both know; origin: the mean of x.

    First order in the influences of both, so that what they share (one reference, one certificate) enters as it should;
    that x has an uncertainty of its own makes the slope too small (attenuation), which an errors-in-variables fit of
    `quantity.fit` corrects. Raises Refused for fewer than two periods, or an x that does not vary.
    """
    _, a, b = common(y, x)
    p, q = a.relabelled(ONE), b.relabelled(ONE)
    if len(p) < 2 or not np.ptp(q.value) > 0.0:
        raise Refused(finding("series.line.times", f"{y.stream}, {x.stream}"))
    away, centre = q - q.mean(), q.mean()
    slope = (away * (p - p.mean())).sum() / (away * away).sum()
    residual = p.value - float(p.mean().value) - float(slope.value) * away.value
    at_origin = p.mean() - slope * (centre - float(centre.value))
    rate = y.unit.as_difference() / x.unit.as_difference()
    return Line(at_origin.relabelled(y.unit), slope.relabelled(rate), float(centre.value), _scatter(residual), len(p))
