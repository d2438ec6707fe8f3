"""How a capability's uncertainty stands to a target, over an interval: the largest ratio, where, and where it suffices.

    ratio² = U²(y)·(k_target/k)² / U_target²(y)

is, piece by piece, a quotient of polynomials (`uncertainty.pieces`), so its largest value and the places where it
passes 1 are roots and no search. A free formula and the sum of a chain are searched instead: a dense grid, refined.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.interval import Interval
from suyuan.capability.matching.adequacy_roots import Frame, Part, solved
from suyuan.capability.matching.cover import GUARD, Span, both, common, intervals, joined, without
from suyuan.capability.need import Target, Wanted
from suyuan.capability.uncertainty import Uncertainty, at, pieces, unit_at
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import Unit, linear, ratio

GRID = 1025
"""Points of the grid on which a formula is searched."""
ROUNDS, ZOOM = 12, 17
Ratio = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Quantity values in the unit of the need → U/U_target, not-a-number where nothing is stated."""


@dataclass(frozen=True, slots=True)
class Worst:
    """Where U is largest against its target.

    ratio: U/U_target there (infinite where a relative target asks for nothing at the value 0); place: quantity value
    in `unit`; U, target: there, in `U_unit`, with the k of the target; as fractions where U_unit is None (relative
    target); exact: found as a root, not by search.
    """

    ratio: float
    place: float
    unit: Unit
    U: float
    target: float
    U_unit: Unit | None
    exact: bool = True

    @property
    def excess(self) -> float:
        """U minus its target, in `U_unit`."""
        return self.U - self.target

    @property
    def suffices(self) -> bool:
        """Whether U ≤ U_target, equality within rounding included."""
        return self.ratio <= 1.0 + GUARD


@dataclass(frozen=True, slots=True)
class Adequacy:
    """worst: over what is stated of the wanted interval, None where nothing is; adequate: where U ≤ U_target; unstated:
    where no U is stated, all in the unit of the need; findings: why it cannot be compared, and what was assumed."""

    worst: Worst | None = None
    adequate: tuple[Interval, ...] = ()
    unstated: tuple[Interval, ...] = ()
    findings: tuple[Finding, ...] = ()


def compare(
    uncertainty: Uncertainty,
    interval: Interval,
    over: Interval,
    target: Target,
    conditions: Mapping[str, Wanted] | None = None,
    other: bool = False,
) -> Adequacy:
    """A capability's uncertainty against a target, over the part of a wanted interval that the capability covers.

    interval: the capability's; over: the need's, finite; conditions: of the need, for a matrix or formula; other: the
    intervals are of another quantity than the measurand, so that a relative U cannot be made absolute, nor the other
    way round. U of another k is scaled in proportion (both intervals taken as normal), which a note says.
    Never raises: what cannot be compared is a finding of severity error.

    >>> from suyuan.capability.uncertainty import RootSum
    >>> from suyuan.quantity.unit import parse_unit
    >>> mm, um = parse_unit("mm"), parse_unit("um")
    >>> found = compare(Uncertainty(RootSum(0.03, 0.0005), unit=um), Interval(0.5, 100.0, mm),
    ...                 Interval(1.0, 100.0, mm), Target(0.05, um))
    >>> round(found.worst.U, 4), found.worst.place, [(a.low, a.high) for a in found.adequate]
    (0.0583, 100.0, [(1.0, 80.0)])
    """
    try:
        part = common(_ends(interval.to(over.unit)), _ends(over))
        if part is None:
            return Adequacy()
        if not all(map(math.isfinite, part)):
            return Adequacy(findings=(finding("capability.uncertainty.open", low=part[0], high=part[1]),))
        scale, told = _scale(uncertainty, interval, over, target, other)
        whole = pieces(uncertainty, interval, conditions)
        if whole is None:
            return _searched(uncertainty, interval, over, target, conditions or {}, part, told)
        frame = Frame(uncertainty.relative, interval.unit, over.unit, target, scale,
                       _plain(uncertainty, interval, over, target, other))  # fmt: skip
        found = solved(frame, whole, part)
    except Refused as refused:
        return Adequacy(findings=refused.findings)
    return _adequacy(found, part, over.unit, target, True, told)


def worst(
    uncertainty: Uncertainty,
    interval: Interval,
    over: Interval,
    target: Target,
    conditions: Mapping[str, Wanted] | None = None,
) -> Worst | None:
    """The largest ratio U/U_target over an interval, with its place; see `compare`."""
    return compare(uncertainty, interval, over, target, conditions).worst


def adequate(
    uncertainty: Uncertainty,
    interval: Interval,
    over: Interval,
    target: Target,
    conditions: Mapping[str, Wanted] | None = None,
) -> tuple[Interval, ...]:
    """The parts of an interval on which U ≤ U_target; see `compare`."""
    return compare(uncertainty, interval, over, target, conditions).adequate


def _ends(interval: Interval) -> Span:
    return (interval.low, interval.high)


def _scale(
    u: Uncertainty, interval: Interval, over: Interval, target: Target, other: bool
) -> tuple[float, tuple[Finding, ...]]:
    """Factor from U as stated to the target's terms, k included, and what is to be said about it."""
    if other and u.relative != target.relative:
        raise Refused(finding("capability.uncertainty.incomparable"))
    told: tuple[Finding, ...] = ()
    if u.k != target.k:
        told = (finding("capability.uncertainty.factor", "", "note", given=f"{u.k:g}", wanted=f"{target.k:g}"),)
    factor = target.k / u.k
    if _plain(u, interval, over, target, other):
        return factor, told
    return factor * ratio(unit_at(u, interval.unit), target.unit or over.unit), told


def _plain(u: Uncertainty, interval: Interval, over: Interval, target: Target, other: bool) -> bool:
    """Whether U and target are fractions of one value (a fraction of °C is none of K)."""
    return u.relative and target.relative and (other or interval.unit.offset == over.unit.offset)


def _adequacy(
    found: list[Part], part: Span, unit: Unit, target: Target, exact: bool, told: tuple[Finding, ...]
) -> Adequacy:
    unstated = without(part, [p.span for p in found if p.branch == 0])
    if not found:
        return Adequacy(None, (), intervals(unstated, unit), told)
    top = max(found, key=lambda p: p.ratio)
    good: tuple[Span, ...] | None = None
    for branch in sorted({p.branch for p in found}):
        own = joined(span for p in found if p.branch == branch for span in p.adequate)
        good = own if good is None else both(good, own)
    at_worst = Worst(top.ratio, top.place, unit, top.ratio * target.U, target.U, target.unit, exact)
    return Adequacy(at_worst, intervals(good or (), unit), intervals(unstated, unit), told)


# ---------------------------------------------------------------- by search


def _searched(
    u: Uncertainty, interval: Interval, over: Interval, target: Target,
    conditions: Mapping[str, Wanted], part: Span, told: tuple[Finding, ...],
) -> Adequacy:  # fmt: skip
    against = ratio_at(u, interval, over, target, conditions)
    note = finding("capability.uncertainty.searched", "", "note", points=GRID)
    return searched(against, part, over.unit, target, (*told, note))


def ratio_at(
    u: Uncertainty, interval: Interval, over: Interval, target: Target, conditions: Mapping[str, Wanted]
) -> Ratio:
    """U/U_target as a function of quantity values in the need's unit, for search. Raises Refused as `at` does."""
    factor = target.k / u.k * ratio(unit_at(u, interval.unit), target.unit or over.unit)
    slope, intercept = linear(over.unit, interval.unit)

    def against(Y: NDArray[np.float64]) -> NDArray[np.float64]:
        if target.relative:  # at nil both may vanish; next to nil their ratio is known
            Y = np.where(Y == 0.0, 1e-300, Y)
        U = factor * at(u, slope * Y + intercept, interval.unit, conditions)
        with np.errstate(all="ignore"):
            found = np.asarray(U / (target.U * (np.abs(Y) if target.relative else 1.0)))
        return np.where(found > 1e200, np.inf, found)  # something against nothing

    return against


def searched(
    against: Ratio, part: Span, unit: Unit, target: Target, told: tuple[Finding, ...], breaks: tuple[float, ...] = ()
) -> Adequacy:
    """Like `compare` for any ratio: a grid with the given breaks, refined about its largest value and its crossings."""
    with np.errstate(all="ignore"):
        Y = _grid(part, (*breaks, 0.0) if target.relative else breaks)
        values = against(Y)
        known = np.isfinite(values) | np.isposinf(values)
        spans = _runs(Y, known)
        if not spans:
            return Adequacy(None, (), intervals((part,), unit), told)
        top = int(np.nanargmax(np.where(known, values, -np.inf)))
        ratio_there, place = _refined(against, Y, top)
        good = [_edged(against, Y, values, run) for run in _indices(known & (values <= 1.0 + GUARD))]
    found = [Part(span, 0.0, span[0], (), 0) for span in spans]
    found[0] = Part(spans[0], ratio_there, place, joined(good), 0)
    return _adequacy(found, part, unit, target, False, told)


def _grid(part: Span, breaks: tuple[float, ...]) -> NDArray[np.float64]:
    low, high = part
    grid = [np.linspace(low, high, GRID), np.asarray([b for b in breaks if low < b < high])]
    if low > 0.0 and high / low > 10.0:
        grid.append(np.geomspace(low, high, GRID))
    return np.unique(np.clip(np.concatenate(grid), low, high))


def _indices(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each run of true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _runs(Y: NDArray[np.float64], mask: NDArray[np.bool_]) -> list[Span]:
    return [(float(Y[a]), float(Y[b])) for a, b in _indices(mask)]


def _refined(against: Ratio, Y: NDArray[np.float64], top: int) -> tuple[float, float]:
    """The largest ratio near a point of the grid, by a finer and finer grid."""
    low, high = float(Y[max(top - 1, 0)]), float(Y[min(top + 1, len(Y) - 1)])
    best, place = float(against(Y[top : top + 1])[0]), float(Y[top])
    for _ in range(ROUNDS):
        fine = np.linspace(low, high, ZOOM)
        values = np.where(np.isnan(v := against(fine)), -np.inf, v)
        i = int(np.argmax(values))
        if values[i] > best:
            best, place = float(values[i]), float(fine[i])
        low, high = float(fine[max(i - 1, 0)]), float(fine[min(i + 1, ZOOM - 1)])
    return best, place


def _edged(against: Ratio, Y: NDArray[np.float64], values: NDArray[np.float64], run: tuple[int, int]) -> Span:
    """A run of sufficient points with its ends moved to where the ratio passes one."""
    ends = []
    for inside, outside in ((run[0], run[0] - 1), (run[1], run[1] + 1)):
        good = float(Y[inside])
        if 0 <= outside < len(Y) and not np.isnan(values[outside]):
            bad = float(Y[outside])
            for _ in range(60):
                middle = (good + bad) / 2.0
                good, bad = (middle, bad) if against(np.asarray([middle]))[0] <= 1.0 else (good, middle)
        ends.append(good)
    return (ends[0], ends[1])
