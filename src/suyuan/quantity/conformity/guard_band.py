"""Guard bands: the acceptance limits for a wanted risk, and the rules that documents name.

A guard band of width w moves each limit of the tolerance interval inwards to the acceptance limit (JCGM 106:2012
clause 8). A negative w widens. The choice of risk, or of a rule, belongs to the laboratory and its customer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.conformity.risk import RULE, Interval, global_risks, text
from suyuan.quantity.conformity.variable import Variable
from suyuan.quantity.finding import Refused, finding

GUIDELINE = "ILAC-G8:09/2019"
NEGLIGIBLE = 1e-9
"""Share of accepted items below which a risk among the accepted says nothing."""

FACTORS: Mapping[str, float] = {
    "simple": 0.0,
    "expanded": 1.0,
    "iso_14253_1": 0.83,
    "three_sigma": 1.5,
    "six_sigma": 3.0,
    "uncritical": -1.0,
}
"""Rules with w = r·U of the table in ILAC-G8:09/2019, by r: simple acceptance; w = U, specific risk at most 2.5 %;
ISO 14253-1, 5 %; 3 sigma, 0.16 %; 6 sigma, below 1e-6; reject only what is surely outside. Risks are those of a normal
distribution and U = 2u at one limit."""


@dataclass(frozen=True, slots=True)
class GuardBand:
    """Acceptance interval and what it was made from.

    w_lower, w_upper: widths at the limits, not a number where there is none; ratio: w/U, the larger of the two, not a
    number where U is not given; risk: what was wanted, or not a number for a rule of fixed width.
    """

    acceptance: Interval
    w_lower: float
    w_upper: float
    ratio: float
    rule: str
    risk: float = math.nan


def by_rule(rule: str, limits: Interval, U: float, r: float | None = None, where: str = "guard_band") -> GuardBand:
    """Guard band by a named rule.

    rule: one of `FACTORS`; «proportional», w = r·U; «root_sum_square», half the tolerance T narrowed to √(T² − U²)
    (two limits; Deaver 1994); «dobbert», w = U·M, M = 1.04 − exp(0.38 ln(T/U) − 0.54), not below 0, by which the global
    consumer's risk stays below 2 % whatever the items are (two limits; Dobbert 2008, method 6 of the handbook of
    ANSI/NCSL Z540.3). U: expanded uncertainty of the reading, in the unit of the limits (for the last two with 95 %).
    Raises Refused for an unknown rule, a U that is none, and where nothing would be accepted.

    >>> g = by_rule("expanded", Interval(9.0, 11.0), 0.2)
    >>> g.acceptance.upper, round(g.ratio, 9)
    (10.8, 1.0)
    """
    if not (U >= 0.0 and math.isfinite(U)):
        raise Refused(finding("risk.uncertainty", where, rule=GUIDELINE, value=U))
    if rule in FACTORS:
        w = FACTORS[rule] * U
    elif rule == "proportional":
        if r is None or not math.isfinite(r):
            raise Refused(finding("risk.rule.factor", where, rule=GUIDELINE, value=r))
        w = r * U
    elif rule in _BY_RATIO:
        if not limits.two_sided:
            raise Refused(finding("risk.rule.two_limits", where, name=rule))
        w = _BY_RATIO[rule](0.5 * limits.width, U, where)
    else:
        known = ", ".join((*FACTORS, "proportional", *_BY_RATIO))
        raise Refused(finding("risk.rule.unknown", where, name=rule, known=known))
    return _made(limits, limits.narrowed(w), U, rule, math.nan, where)


def for_specific_risk(
    limits: Interval, error: Variable, risk: float, U: float = math.nan, where: str = "guard_band"
) -> GuardBand:
    """Acceptance limits so that no accepted reading leaves more than this risk that its item does not conform.

    Nothing is known of the item but the reading y: X = y − E, P(X outside) ≤ risk. With one limit it is a quantile,
    upper + F_E⁻¹(risk); with two both tails count. error: E of the reading; risk: 0 < risk < 1; U: for w/U.
    Raises Refused where even the best reading leaves a larger risk.

    >>> from suyuan.quantity.type_b import normal
    >>> from suyuan.quantity.conformity.variable import variable
    >>> g = for_specific_risk(Interval(upper=1.0), variable(normal(0.0, 0.1)), 0.05, U=0.2)
    >>> round(g.w_upper, 4), round(g.ratio, 2)                      # 1.645 u: w = 0.82 U for 5 % at one limit
    (0.1645, 0.82)
    """
    _probability(risk, where)
    low = limits.lower + error.quantile_from_above(risk) if math.isfinite(limits.lower) else -math.inf
    high = limits.upper + error.quantile(risk) if math.isfinite(limits.upper) else math.inf
    if limits.two_sided:
        low, high = _both_tails(limits, error, risk, (low, high), where)
    return _made(limits, Interval(low, high), U, "specific risk", risk, where)


def for_consumer_risk(
    item: Variable, error: Variable, limits: Interval, risk: float, U: float = math.nan, where: str = "guard_band"
) -> GuardBand:
    """Acceptance limits for which P(item outside and accepted) is the wanted risk; with two limits of equal w.

    item, error: as in `risk.global_risks`; risk: between 0 and P(item outside); U: for w/U.
    Raises Refused where the risk cannot be had: at or above P(item outside), or by no limit at all.
    """
    _below_nonconforming(item, limits, risk, where)

    def excess(w: float) -> float:
        zone = limits.narrowed(w)
        return (global_risks(item, error, limits, zone).consumer if zone.lower < zone.upper else 0.0) - risk

    step = _step(item, error)
    narrow = _search(excess, step, lambda e: e < 0.0)
    wide = _search(excess, -step, lambda e: e > 0.0)
    if narrow is None or wide is None:
        raise Refused(finding("risk.target.unreachable", where, rule=RULE, risk=f"{risk:g}"))
    w = _root(excess, wide, narrow)
    if abs(excess(w)) > 1e-6 * risk + 1e-12:
        raise Refused(finding("risk.target.staircase", where, rule=RULE, risk=f"{risk:g}"))
    return _made(limits, limits.narrowed(w), U, "consumer's risk", risk, where)


def for_accepted_risk(
    item: Variable, error: Variable, limits: Interval, risk: float, U: float = math.nan, where: str = "guard_band"
) -> GuardBand:
    """The widest acceptance limits for which P(item outside | accepted) is not above the wanted risk.

    As `for_consumer_risk`, for the share of nonconforming items among the accepted ones. Raises Refused where no guard
    band brings the share down to it.
    """
    _below_nonconforming(item, limits, risk, where)
    step = 0.25 * _step(item, error)
    least = math.inf

    def excess(w: float) -> float:
        zone = limits.narrowed(w)
        found = global_risks(item, error, limits, zone) if zone.lower < zone.upper else None
        enough = found is not None and found.p_accepted > NEGLIGIBLE
        return found.consumer_accepted - risk if found is not None and enough else math.nan

    wide = _search(excess, -step, lambda e: e > 0.0)
    w, before = (0.0 if wide is None else wide), math.nan
    while True:
        e = excess(w)
        if math.isnan(e):
            best = f"{least + risk:.3g}"
            raise Refused(finding("risk.target.not_among_accepted", where, rule=RULE, risk=f"{risk:g}", best=best))
        if e <= 0.0:
            break
        least, before, w = min(least, e), w, w + step
    w = w if math.isnan(before) else _root(excess, before, w)
    return _made(limits, limits.narrowed(w), U, "consumer's risk among the accepted", risk, where)


def _root_sum_square(half: float, U: float, where: str) -> float:
    if not half > U:
        raise Refused(finding("risk.rule.ratio", where, name="root_sum_square", ratio=f"{half / U:.3g}"))
    return half - math.sqrt(half * half - U * U)


def _dobbert(half: float, U: float, where: str) -> float:
    return U * max(0.0, 1.04 - math.exp(0.38 * math.log(half / U) - 0.54)) if U > 0.0 else 0.0


_BY_RATIO: Mapping[str, Callable[[float, float, str], float]] = {
    "root_sum_square": _root_sum_square,
    "dobbert": _dobbert,
}


def _both_tails(
    limits: Interval, error: Variable, risk: float, ends: tuple[float, float], where: str
) -> tuple[float, float]:
    """The readings nearest to the limits whose two tails together make the risk."""

    def excess(y: float) -> float:
        return float(error.outside(y - limits.upper, y - limits.lower)) - risk

    grid = np.linspace(min(ends[0], limits.lower + error.value), max(ends[1], limits.upper + error.value), 401)
    grid = np.append(grid, 0.5 * (limits.lower + limits.upper) + error.value)
    values = np.array([excess(float(y)) for y in grid])
    best = _least(excess, grid, int(np.argmin(values)))
    if excess(best) > 0.0:
        least = f"{excess(best) + risk:.3g}"
        raise Refused(finding("risk.target.specific", where, rule=RULE, risk=f"{risk:g}", best=least))
    below = _search(lambda d: excess(best - d), limits.width, lambda e: e > 0.0)
    above = _search(lambda d: excess(best + d), limits.width, lambda e: e > 0.0)
    if below is None or above is None:
        raise Refused(finding("risk.target.unreachable", where, rule=RULE, risk=f"{risk:g}"))
    return _last(excess, best, best - below), _last(excess, best, best + above)


def _least(excess: Callable[[float], float], grid: NDArray[np.float64], at: int) -> float:
    """The best reading: that of the grid, or a better one between its neighbours."""
    from scipy.optimize import minimize_scalar

    ordered = np.unique(grid)
    best = float(grid[at])
    position = int(np.searchsorted(ordered, best))
    bounds = (float(ordered[max(position - 1, 0)]), float(ordered[min(position + 1, ordered.size - 1)]))
    found = float(minimize_scalar(excess, bounds=bounds, method="bounded").x)
    return found if excess(found) < excess(best) else best


def _last(excess: Callable[[float], float], good: float, bad: float) -> float:
    """The last reading on the way from a good to a bad one that is still good; halving, for steps have no root."""
    for _ in range(200):
        middle = 0.5 * (good + bad)
        if middle in (good, bad):
            break
        good, bad = (middle, bad) if excess(middle) <= 0.0 else (good, middle)
    return good


def _search(excess: Callable[[float], float], step: float, wanted: Callable[[float], bool]) -> float | None:
    """The first w among 0, step, 2 step, 4 step … where it is as wanted."""
    w = 0.0
    for _ in range(60):
        if wanted(excess(w)):
            return w
        w = step if w == 0.0 else 2.0 * w
    return None


def _root(excess: Callable[[float], float], a: float, b: float) -> float:
    """Where the excess changes its sign between a and b."""
    from scipy.optimize import brentq

    return a if a == b else float(brentq(excess, a, b, xtol=1e-14 * (abs(a) + abs(b)), rtol=1e-14))


def _step(item: Variable, error: Variable) -> float:
    """A length of the order of the guard band: the spread of the error, or of the item if the error has none."""
    for u in (error.u, item.u):
        if u > 0.0 and math.isfinite(u):
            return u
    raise Refused(finding("risk.target.certain", "guard_band", rule=RULE))


def _probability(risk: float, where: str) -> None:
    if not 0.0 < risk < 1.0:
        raise Refused(finding("risk.target.probability", where, rule=RULE, risk=risk))


def _below_nonconforming(item: Variable, limits: Interval, risk: float, where: str) -> None:
    _probability(risk, where)
    worst = float(item.outside(limits.lower, limits.upper))
    if risk >= worst:
        raise Refused(finding("risk.target.always_met", where, rule=RULE, risk=f"{risk:g}", worst=f"{worst:.3g}"))


def _made(limits: Interval, acceptance: Interval, U: float, rule: str, risk: float, where: str) -> GuardBand:
    if acceptance.lower > acceptance.upper:
        raise Refused(finding("risk.guard_band.empty", where, rule=RULE, limits=text(limits)))
    w_lower = acceptance.lower - limits.lower if math.isfinite(limits.lower) else math.nan
    w_upper = limits.upper - acceptance.upper if math.isfinite(limits.upper) else math.nan
    ratio = float(np.nanmax([w_lower, w_upper])) / U if U > 0.0 else math.nan
    return GuardBand(acceptance, w_lower, w_upper, ratio, rule, risk)
