"""Risks of a decision: specific for one item, global for a producer and a consumer (JCGM 106:2012 clauses 7 and 9).

The item is X before measurement, the reading is X + E, the item conforms inside the tolerance interval, and it is
accepted if the reading lies inside the acceptance interval. Any two distributions may be given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity.conformity.variable import Variable, ladder
from suyuan.quantity.finding import Refused, finding

Array = NDArray[np.float64]
RULE = "JCGM 106:2012"


@dataclass(frozen=True, slots=True)
class Interval:
    """Tolerance or acceptance interval, its ends included; an infinite end is no limit. See `interval`."""

    lower: float = -math.inf
    upper: float = math.inf

    @property
    def two_sided(self) -> bool:
        return math.isfinite(self.lower) and math.isfinite(self.upper)

    @property
    def width(self) -> float:
        return self.upper - self.lower

    def narrowed(self, w: float) -> Interval:
        """Each limit moved inwards by w (outwards where w is negative)."""
        return Interval(self.lower + w, self.upper - w)

    def holds(self, x: Array) -> NDArray[np.bool_]:
        return (x >= self.lower) & (x <= self.upper)


@dataclass(frozen=True, slots=True)
class SpecificRisk:
    """Probability that the one item conforms to its limits, and that it does not (JCGM 106:2012 clause 7)."""

    p_conforming: float
    p_nonconforming: float


@dataclass(frozen=True, slots=True)
class GlobalRisks:
    """Probabilities over all items (JCGM 106:2012 clause 9).

    p_conforming, p_nonconforming: of the items; p_accepted, p_rejected: of the readings; consumer: P(item outside its
    limits and accepted); producer: P(item inside and rejected).
    """

    p_conforming: float
    p_nonconforming: float
    p_accepted: float
    p_rejected: float
    consumer: float
    producer: float

    @property
    def consumer_accepted(self) -> float:
        """P(outside | accepted), the conditional false accept; not a number where nothing is accepted."""
        return self.consumer / self.p_accepted if self.p_accepted > 0.0 else math.nan

    @property
    def producer_rejected(self) -> float:
        """P(inside | rejected), the conditional false reject; not a number where nothing is rejected."""
        return self.producer / self.p_rejected if self.p_rejected > 0.0 else math.nan


@dataclass(frozen=True, slots=True)
class RiskCurve:
    """Global risks as functions of the guard band factor r, w = r·U: arrays of one length."""

    factor: Array
    w: Array
    p_accepted: Array
    consumer: Array
    producer: Array
    consumer_accepted: Array
    producer_rejected: Array


def interval(lower: float | None, upper: float | None, where: str = "limits") -> Interval:
    """An interval from its limits, None = none on that side.

    Raises Refused where both are absent, one is not a number, or lower is not below upper.
    """
    low, high = -math.inf if lower is None else float(lower), math.inf if upper is None else float(upper)
    for name, limit in (("lower", low), ("upper", high)):
        if math.isnan(limit):
            raise Refused(finding("conformity.limits.unknown", f"{where}.{name}", rule=RULE, count=1))
    if math.isinf(low) and math.isinf(high):
        raise Refused(finding("conformity.limits.absent", where, rule=RULE))
    if low >= high:
        raise Refused(finding("risk.interval.reversed", where, rule=RULE, lower=f"{low:g}", upper=f"{high:g}"))
    return Interval(low, high)


def specific_risk(known: Variable, limits: Interval) -> SpecificRisk:
    """Conformance probability of one item from the knowledge of it after measurement.

    p_c = F(upper) − F(lower); both probabilities keep their digits where they are small.
    known: value of the item; limits: tolerance interval, in one unit.

    >>> from suyuan.quantity.type_b import normal
    >>> from suyuan.quantity.conformity.variable import variable
    >>> round(specific_risk(variable(normal(-5.47, 0.05)), interval(None, -5.40)).p_conforming, 2)
    0.92
    """
    return SpecificRisk(float(known.inside(limits.lower, limits.upper)),
                        float(known.outside(limits.lower, limits.upper)))  # fmt: skip


def global_risks(item: Variable, error: Variable, limits: Interval, acceptance: Interval) -> GlobalRisks:
    """Consumer's and producer's risk.

    R_C = ∫_{x outside} P(x + E accepted) f(x) dx, R_P = ∫_{x inside} P(x + E rejected) f(x) dx (JCGM 106:2012 9.5).
    item: X, before measurement; error: E, independent of it; limits: tolerance interval; acceptance: acceptance
    interval, of the reading; all in one unit. Raises Refused for an acceptance interval that makes no sense.

    >>> from suyuan.quantity.type_b import gamma, normal
    >>> from suyuan.quantity.conformity.variable import variable
    >>> bearing, error = variable(gamma(4.0, 0.25)), variable(normal(0.0, 0.25))
    >>> r = global_risks(bearing, error, interval(None, 2.0), interval(None, 2.0))     # µm, JCGM 106:2012 9.5.4
    >>> round(r.consumer, 3), round(r.producer, 3)
    (0.008, 0.017)
    """
    _check_sense(limits, acceptance)
    if error.discrete and not item.discrete:
        return _over_errors(item, error, limits, acceptance)
    x, weight = item.nodes(breaks_of(item, error, limits, acceptance))
    accepted = operating_characteristic(x, error, acceptance)
    rejected = error.outside(acceptance.lower - x, acceptance.upper - x)
    inside = limits.holds(x)
    return GlobalRisks(
        float(item.inside(limits.lower, limits.upper)),
        float(item.outside(limits.lower, limits.upper)),
        float(np.sum(weight * accepted)),
        float(np.sum(weight * rejected)),
        float(np.sum(weight * accepted * ~inside)),
        float(np.sum(weight * rejected * inside)),
    )


def operating_characteristic(true_value: ArrayLike, error: Variable, acceptance: Interval) -> Array:
    """P(accepted) as a function of the true value (JCGM 106:2012 clause 9).

    P(lower ≤ x + E ≤ upper). true_value: any shape; returns that shape.

    >>> from suyuan.quantity.type_b import normal
    >>> from suyuan.quantity.conformity.variable import variable
    >>> operating_characteristic([-1.0, 0.0, 1.0], variable(normal(0.0, 0.5)), interval(-1.0, 1.0)).round(4)
    array([0.5   , 0.9545, 0.5   ])
    """
    x = np.asarray(true_value, float)
    return error.inside(acceptance.lower - x, acceptance.upper - x)


def risk_curve(item: Variable, error: Variable, limits: Interval, U: float, factors: Sequence[float]) -> RiskCurve:
    """Global risks for acceptance intervals narrowed by w = r·U, for each r.

    U: expanded uncertainty of the reading; factors: r, negative ones widen. A factor that leaves no acceptance
    interval accepts nothing: consumer's risk 0, producer's risk P(conforming).
    """
    if not (U > 0.0 and math.isfinite(U)):
        raise Refused(finding("risk.uncertainty", "U", value=U))
    r = np.asarray(factors, float).ravel()
    rows = []
    for w in r * U:
        zone = limits.narrowed(float(w))
        if zone.lower >= zone.upper:
            p, q = (float(f(limits.lower, limits.upper)) for f in (item.inside, item.outside))
            rows.append(GlobalRisks(p, q, 0.0, 1.0, 0.0, p))
        else:
            rows.append(global_risks(item, error, limits, zone))
    names = ("p_accepted", "consumer", "producer", "consumer_accepted", "producer_rejected")
    return RiskCurve(r, r * U, *(np.array([getattr(row, name) for row in rows]) for name in names))


def breaks_of(item: Variable, error: Variable, limits: Interval, acceptance: Interval) -> Array:
    """True values where the chance of acceptance, or conformity, is not smooth, or changes fast."""
    ends = np.array([acceptance.lower, acceptance.upper])
    ends = ends[np.isfinite(ends)]
    if error.discrete:
        return np.array([limits.lower, limits.upper])
    steps = ladder(ends - error.value, error.u, item.u)
    kinks = (ends[:, None] - error.features()).ravel()
    return np.concatenate([[limits.lower, limits.upper], steps, kinks])


def _over_errors(item: Variable, error: Variable, limits: Interval, acceptance: Interval) -> GlobalRisks:
    """Exact sums over the values of an error that is known by them, with the distribution function of the item."""
    low, high = acceptance.lower - error.points, acceptance.upper - error.points
    inside = item.inside(limits.lower, limits.upper)
    both = item.inside(np.maximum(low, limits.lower), np.minimum(high, limits.upper))
    beyond = item.inside(low, np.minimum(high, limits.lower)) + item.inside(np.maximum(low, limits.upper), high)
    rejected = item.inside(limits.lower, np.minimum(low, limits.upper))
    rejected = rejected + item.inside(np.maximum(high, limits.lower), limits.upper)
    return GlobalRisks(
        float(inside),
        float(item.outside(limits.lower, limits.upper)),
        float(np.mean(both + beyond)),
        float(np.mean(item.outside(low, high))),
        float(np.mean(beyond)),
        float(np.mean(rejected)),
    )


def _check_sense(limits: Interval, acceptance: Interval) -> None:
    """An acceptance interval bounds the reading on a side where the item is bounded, and meets the tolerance."""
    lower = math.isfinite(limits.lower) and math.isfinite(acceptance.lower)
    upper = math.isfinite(limits.upper) and math.isfinite(acceptance.upper)
    if not (lower or upper):
        side = "upper" if math.isfinite(limits.upper) else "lower"
        raise Refused(finding("risk.acceptance.side", "acceptance", rule=RULE, side=side))
    if acceptance.lower > limits.upper or acceptance.upper < limits.lower:
        raise Refused(finding("risk.acceptance.apart", "acceptance", rule=RULE, acceptance=text(acceptance),
                              limits=text(limits)))  # fmt: skip


def text(zone: Interval) -> str:
    """An interval as people write it."""
    low = "(−∞" if math.isinf(zone.lower) else f"[{zone.lower:g}"
    high = "+∞)" if math.isinf(zone.upper) else f"{zone.upper:g}]"
    return f"{low}, {high}"
