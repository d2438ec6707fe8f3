"""Conformity: is a value inside its limits, in view of its uncertainty (JCGM 106:2012, ILAC-G8:09/2019).

Simple rule with guard band w = r·U: pass inside the limits narrowed by w, fail outside the limits widened by w,
undecided between. Values are compared unrounded; how they are printed later cannot turn a verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, stdtr

from suyuan.quantity.coverage import Numbers, plain
from suyuan.quantity.finding import Finding, errors, finding

State = Literal["pass", "fail", "undecided"]
STATES: dict[int, State] = {1: "pass", -1: "fail", 0: "undecided"}
RULE = "JCGM 106:2012; ILAC-G8:09/2019"
_LAST_PLACES = 8 * np.finfo(np.float64).eps  # 10.0 + 0.1 and 10.1 differ in binary, not in decimal


@dataclass(frozen=True, slots=True)
class Verdict:
    """Statement of conformity of one value.

    lower_margin = value − lower, upper_margin = upper − value: positive inside, None without that limit;
    w: guard band; rule: document and rule in words; findings: why the verdict is undecided, or can never be a pass.
    """

    state: State
    value: float
    U: float | None
    lower: float | None
    upper: float | None
    guard_factor: float
    w: float | None
    rule: str = RULE
    findings: tuple[Finding, ...] = ()

    @property
    def lower_margin(self) -> float | None:
        """Distance of the value above the lower limit."""
        return None if self.lower is None else self.value - self.lower

    @property
    def upper_margin(self) -> float | None:
        """Distance of the value below the upper limit."""
        return None if self.upper is None else self.upper - self.value

    @property
    def margin(self) -> float | None:
        """Distance to the nearer limit, negative outside; None without limits."""
        known = [m for m in (self.lower_margin, self.upper_margin) if m is not None]
        return min(known) if known else None


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions of an array. state: 1 pass, −1 fail, 0 undecided; margins as in `Verdict`, nan = no limit."""

    state: NDArray[np.int8]
    lower_margin: NDArray[np.float64]
    upper_margin: NDArray[np.float64]
    w: NDArray[np.float64]
    findings: tuple[Finding, ...] = ()


def decide(
    value: float,
    U: float | None,
    lower: float | None = None,
    upper: float | None = None,
    guard_factor: float = 1.0,
    where: str = "limits",
) -> Verdict:
    """Decide one value by the simple rule.

    pass: lower + w ≤ value ≤ upper − w; fail: value < lower − w or value > upper + w; else undecided; w = r·U.
    value, U, lower, upper: in one unit; U, lower, upper None = unknown, no limit; guard_factor: r ≥ 0.
    Never raises: what forbids a decision stands in `findings` and the state is undecided.

    >>> [decide(x, 0.02, upper=10.10).state for x in (10.08, 10.09, 10.13)]
    ['pass', 'undecided', 'fail']
    """
    array = decide_array(value, U, lower, upper, guard_factor, where)
    w = float(array.w)
    return Verdict(
        STATES[int(array.state)],
        value,
        U,
        lower,
        upper,
        guard_factor,
        None if math.isnan(w) else w,
        RULE,
        array.findings,
    )


def decide_array(
    value: ArrayLike,
    U: ArrayLike | None,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    guard_factor: float = 1.0,
    where: str = "limits",
) -> Decisions:
    """Decide each element by the simple rule (see `decide`); arguments broadcast, nan = unknown.

    A limit of −inf or +inf is no limit. Returns states, margins and findings, one finding a kind of fault.
    """
    x, spread, low, high = np.broadcast_arrays(*(_numbers(v) for v in (value, U, lower, upper)))
    limits = (
        np.where(np.isnan(low) | np.isinf(low), -np.inf, low),
        np.where(np.isnan(high) | np.isinf(high), np.inf, high),
    )
    w = np.abs(guard_factor) * spread
    findings = tuple(_faults((x, spread, low, high), (lower is None, upper is None), guard_factor, where))
    noise = _LAST_PLACES * np.fmax(np.abs(x), np.abs(spread))
    with np.errstate(invalid="ignore"):
        inside = (x - w >= limits[0] - noise) & (x + w <= limits[1] + noise)
        outside = (x + w < limits[0] - noise) | (x - w > limits[1] + noise)
        bounded = np.isfinite(limits[0]) | np.isfinite(limits[1])
        # A limit that is stated but not a number is unknown, not absent.
        known = ~(np.isnan(low) & (lower is not None)) & ~(np.isnan(high) & (upper is not None))
        sound = bounded & known & (limits[0] <= limits[1]) & (spread >= 0) & np.isfinite(w) & np.isfinite(x)
    sound = sound & bool(guard_factor >= 0)
    state = np.where(sound & inside, 1, np.where(sound & outside, -1, 0)).astype(np.int8)
    return Decisions(state, x - low, high - x, w, findings)


def _numbers(value: ArrayLike | None) -> NDArray[np.float64]:
    return np.asarray(np.nan if value is None else value, np.float64)


def _faults(
    arrays: tuple[NDArray[np.float64], ...], absent: tuple[bool, bool], guard_factor: float, where: str
) -> Iterator[Finding]:
    """What forbids a decision (error), and limits too narrow for the uncertainty (warning)."""
    x, spread, low, high = arrays
    if not (guard_factor >= 0 and math.isfinite(guard_factor)):
        yield finding("conformity.guard_factor", where, rule=RULE, value=guard_factor)
    if all(absent) or np.any(~np.isfinite(low) & ~np.isfinite(high)):
        yield finding("conformity.limits.absent", where, rule=RULE)
    for name, limit, missing in (("lower", low, absent[0]), ("upper", high, absent[1])):
        if not missing and np.any(np.isnan(limit)):
            yield finding("conformity.limits.unknown", f"{where}.{name}", rule=RULE, count=_count(np.isnan(limit)))
    reversed_limits = low > high
    if np.any(reversed_limits):
        first = np.argmax(reversed_limits)
        lower, upper = f"{low.flat[first]:g}", f"{high.flat[first]:g}"
        yield finding("conformity.limits.reversed", where, rule=RULE, lower=lower, upper=upper)
    if np.any(~np.isfinite(x)):
        yield finding("conformity.value.unknown", where, rule=RULE, count=_count(~np.isfinite(x)))
    if np.any(spread < 0):
        yield finding("conformity.uncertainty.negative", where, rule=RULE, value=f"{np.nanmin(spread):g}")
    if np.any(~np.isfinite(spread)):
        yield finding("conformity.uncertainty.unknown", where, rule=RULE, count=_count(~np.isfinite(spread)))
    narrow = (high - low < 2 * guard_factor * spread) & ~reversed_limits
    if np.any(narrow):
        first = np.argmax(narrow)
        room, guard = f"{(high - low).flat[first]:g}", f"{guard_factor * spread.flat[first]:g}"
        yield finding("conformity.zone.empty", where, "warning", rule=RULE, room=room, guard=guard)


def _count(mask: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(mask))


def usable(verdict: Verdict) -> bool:
    """Whether the verdict rests on sound inputs: no finding forbids its use."""
    return not errors(verdict.findings)


def probability_conforming(
    value: ArrayLike,
    u: ArrayLike,
    dof: ArrayLike = math.inf,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
) -> Numbers:
    """Probability that the true value lies inside the limits (JCGM 106:2012 7.2 to 7.4).

    p_c = F((upper − value)/u) − F((lower − value)/u); F normal for infinite dof, else Student's t with scale u.
    value, u, lower, upper: in one unit, broadcast; a limit None or infinite is absent.
    Not-a-number where value or u is unknown or u negative; for u = 0 it is 1 inside, 0 outside.

    >>> round(probability_conforming(-5.47, 0.05, upper=-5.40), 2)      # V, breakdown voltage, one limit
    0.92
    """
    x, spread, nu = (np.asarray(v, np.float64) for v in (value, u, dof))
    low = np.asarray(-np.inf if lower is None else lower, np.float64)
    high = np.asarray(np.inf if upper is None else upper, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (low - x) / spread, (high - x) / spread
        # Beyond the estimate the complement is taken, so that small tail probabilities keep their digits.
        p = np.where(a > 0, _cdf(-a, nu) - _cdf(-b, nu), _cdf(b, nu) - _cdf(a, nu))
        exact = ((x >= low) & (x <= high)).astype(np.float64)
        p = np.where(spread == 0, exact, p)
    return plain(np.where((spread < 0) | np.isnan(spread) | np.isnan(x), np.nan, p))


def _cdf(z: NDArray[np.float64], dof: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = np.isfinite(dof)
    result: NDArray[np.float64] = np.where(finite, stdtr(np.where(finite, dof, 1.0), z), ndtr(z))
    return result
