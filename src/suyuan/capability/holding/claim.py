"""What a capability claims, held against what the certificates of its standards state: the evidence beats the claim.

    promised U not below the standard's own · interval inside what the standards cover
    budget's u of a certificate as that certificate states it · budget's sum not above the promised U
    its kind of quantity among those that the standards state (`carrying`)

Only what can be compared is compared: same kind of quantity as far as the certificate states it (`stated`), values
inside the interval, no quantity of dimension one. A certificate that gives deviations says nothing about the size of
the thing, so its values are not taken as points.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.capability import Capability, Term
from suyuan.capability.holding.carrying import Standards, largest_U
from suyuan.capability.holding.stated import Dimension, Numbers, Points, points_of
from suyuan.capability.interval import Interval
from suyuan.capability.matching.cover import NEAR
from suyuan.capability.uncertainty import Line, RootSum, Uncertainty, Value, at
from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import Finding, Refused, Severity, finding
from suyuan.quantity.notation import behind
from suyuan.quantity.unit import Unit, linear, ratio
from suyuan.traceability.evidence import Anchor, Key

AGREES = 0.05
"""Relative difference up to which two figures for one uncertainty agree: what two digits leave open. Our choice."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What stands against a claim. reach: hull of what the standards state of its kind of quantity, in the coherent
    unit, where the claimed interval goes beyond it; else None."""

    findings: tuple[Finding, ...] = ()
    reach: Interval | None = None


def claims(
    capabilities: Sequence[Capability], certificates: Mapping[Key, Certificate], anchors: Sequence[Anchor] = ()
) -> dict[tuple[str, str], Claim]:
    """Key of a capability → what stands against its claim; those without any are left out.

    certificates: issuer and number → the certificate of a standard, those at hand; anchors: all that are declared.
    """
    stated = {key: tuple(points_of(certificate)) for key, certificate in certificates.items()}
    found: dict[tuple[str, str], list[Finding]] = {}
    columns = _Columns(capabilities)
    reach: dict[tuple[str, str], Interval] = {}
    for at_row, item in _below(columns, stated):
        found.setdefault(capabilities[at_row].key, []).append(item)
    for at_row, item, hull in _beyond(columns, stated):
        found.setdefault(capabilities[at_row].key, []).append(item)
        if hull is not None:
            reach[capabilities[at_row].key] = hull
    standards = Standards(certificates, stated, anchors)
    for c in capabilities:
        found.setdefault(c.key, []).extend(standards.against(c))
        if c.budget and c.uncertainty is not None:
            found.setdefault(c.key, []).extend(_budget(c, c.uncertainty, stated, certificates))
    return {key: Claim(tuple(items), reach.get(key)) for key, items in found.items() if items}


# ---------------------------------------------------------------- capabilities as columns


@dataclass(frozen=True, slots=True)
class _Scales:
    """From the unit of an interval to coherent SI units: value · slope + shift; U: factor of U, None where U is of
    another dimension than the interval."""

    slope: float
    shift: float
    U: float | None


def _scales(unit: Unit, u_unit: Unit | None) -> _Scales | None:
    """None for a quantity of dimension one: percentages of different things share it."""
    if not any(unit.dimension):
        return None
    shown = u_unit or unit
    fits = shown.dimension == unit.dimension
    return _Scales(*linear(unit, unit.coherent()), ratio(shown, shown.coherent()) if fits else None)


class _Columns:
    """What is compared of all capabilities, as arrays in coherent SI units."""

    def __init__(self, capabilities: Sequence[Capability]) -> None:
        self.capabilities = capabilities
        n = len(capabilities)
        self.low, self.high, self.slope, self.shift = (np.full(n, np.nan) for _ in range(4))
        self.a, self.b, self.scale, self.k = (np.full(n, np.nan) for _ in range(4))
        self.relative, self.sum = np.zeros(n, bool), np.zeros(n, bool)
        self.dimension: list[Dimension | None] = [None] * n
        self.quantities: dict[str, int] = {}
        self.quantity = np.zeros(n, np.intp)
        self.rows: dict[Key, list[int]] = {}
        units: dict[tuple[Unit, Unit | None], _Scales | None] = {}
        for i, c in enumerate(capabilities):
            self.quantity[i] = self.quantities.setdefault(c.quantity, len(self.quantities))
            u_unit = c.uncertainty.unit if c.uncertainty is not None else None
            if (c.interval.unit, u_unit) not in units:
                units[c.interval.unit, u_unit] = _scales(c.interval.unit, u_unit)
            scales = units[c.interval.unit, u_unit]
            if scales is None or c.interval_of:
                continue
            self._put(i, c, scales)
            for key in c.standards:
                self.rows.setdefault(key, []).append(i)

    def _put(self, i: int, c: Capability, scales: _Scales) -> None:
        u = c.uncertainty
        self.slope[i], self.shift[i] = slope, shift = scales.slope, scales.shift
        self.low[i], self.high[i] = c.interval.low * slope + shift, c.interval.high * slope + shift
        self.dimension[i] = c.interval.unit.dimension
        if u is None or scales.U is None:
            return
        self.k[i], self.relative[i], self.scale[i] = u.k, u.relative, scales.U
        if isinstance(u.form, Value):
            self.a[i], self.b[i] = u.form.U, 0.0
        elif isinstance(u.form, RootSum | Line):
            self.a[i], self.b[i] = u.form.a, u.form.b
            self.sum[i] = isinstance(u.form, Line)

    def whole(self, stated: Mapping[Key, object]) -> NDArray[np.bool_]:
        """Which capabilities have all their standards among those stated."""
        lacking = [i for key, rows in self.rows.items() if key not in stated for i in rows]
        result = np.ones(len(self.capabilities), bool)
        result[lacking] = False
        return result

    def of(self, key: Key, dimension: Dimension) -> NDArray[np.intp]:
        """The capabilities that name a standard, of one dimension."""
        return np.array([i for i in self.rows.get(key, ()) if self.dimension[i] == dimension], np.intp)

    def related(self, rows: NDArray[np.intp], points: Points, whole: bool) -> tuple[NDArray[np.bool_], ...]:
        """Which rows are of the kind that a result states, and of which it is not said; see `Points.relation`."""
        words = [points.relation(quantity, whole) for quantity in self.quantities]
        own = [np.array([word == asked for word in words], bool)[self.quantity[rows]] for asked in ("same", "unstated")]
        return own[0], own[1]

    def inside(self, rows: NDArray[np.intp], y: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
        """SI values drawn to the ends of each interval, and which of them belong to it, both (rows, values)."""
        low, high = self.low[rows, None], self.high[rows, None]
        drawn = np.clip(y[None, :], low, high)
        with np.errstate(all="ignore"):
            return drawn, np.abs(drawn - y) <= NEAR * np.maximum(np.abs(low), np.abs(high))

    def largest(self, rows: NDArray[np.intp]) -> tuple[Numbers, NDArray[np.bool_]]:
        """The end of each interval at which U is largest, in SI, and whether U is stated at both, both (rows, 1)."""
        ends = np.stack([self.low[rows], self.high[rows]], 1)
        U = self.U(rows, ends)
        known = np.all(np.isfinite(ends) & np.isfinite(U), axis=1, keepdims=True)
        at_end = np.argmax(np.where(known, U, 0.0), axis=1, keepdims=True)
        return np.take_along_axis(ends, at_end, 1), known

    def U(self, rows: NDArray[np.intp], y: Numbers) -> Numbers:
        """U in coherent SI units at SI values, both (rows, values); not-a-number where nothing is stated."""
        own = (y - self.shift[rows, None]) / self.slope[rows, None]
        part = np.abs(self.b[rows, None] * own)
        form = np.where(self.sum[rows, None], self.a[rows, None] + part, np.hypot(self.a[rows, None], part))
        for j in np.flatnonzero(np.isnan(self.a[rows]) & ~np.isnan(self.k[rows])):
            form[j] = self._other(self.capabilities[int(rows[j])], own[j])
        size = np.where(self.relative[rows, None], np.abs(own), 1.0)
        return np.asarray(form * self.scale[rows, None] * size)

    @staticmethod
    def _other(c: Capability, own: Numbers) -> Numbers:
        assert c.uncertainty is not None
        try:
            U = at(c.uncertainty, own, c.interval.unit)
        except Refused:  # it depends on a condition that only a need can state
            return np.full(own.shape, np.nan)
        with np.errstate(all="ignore"):
            return np.asarray(U / np.abs(own) if c.uncertainty.relative else U)


Told = tuple[int, Finding]


def _below(columns: _Columns, stated: Mapping[Key, tuple[tuple[Dimension, Points], ...]]) -> Iterator[Told]:
    """Promised U below the expanded uncertainty of the standard itself: at its values inside the interval; where it
    gives deviations, which name no place, the largest U at the ends below the smallest of the standard."""
    for key, places in stated.items():
        worst: dict[int, tuple[float, float, float, float]] = {}
        for dimension, points in places:
            rows = columns.of(key, dimension)
            rows = rows[np.logical_or(*columns.related(rows, points, False))]
            u = points.u[points.u > 0.0]
            if not rows.size or not u.size:
                continue
            if points.deviations:
                y, inside = columns.largest(rows)
                least = columns.k[rows, None] * float(u.min())
            else:
                y, inside = columns.inside(rows, points.y[points.u > 0.0])
                least = columns.k[rows, None] * u[None, :]
            U = columns.U(rows, y)
            with np.errstate(all="ignore"):
                share = np.where(inside & np.isfinite(U), U / least, np.inf)
            best = np.argmin(share, axis=1)
            for j in np.flatnonzero(share.min(axis=1) < 1.0 - AGREES):
                p, row = int(best[j]), int(rows[j])
                if row not in worst or share[j, p] < worst[row][0]:
                    worst[row] = (float(share[j, p]), float(y[j, p]), float(U[j, p]), float(least[j, p]))
        for row, (_, place, promised, own) in worst.items():
            yield row, _below_told(columns, row, key, place, promised, own)


def _below_told(columns: _Columns, row: int, key: Key, y: float, promised: float, own: float) -> Finding:
    c = columns.capabilities[row]
    unit = c.interval.unit
    u_unit = c.uncertainty.unit if c.uncertainty is not None and c.uncertainty.unit is not None else None
    shown = u_unit or unit.as_difference()
    scale = ratio(shown, shown.coherent())
    return finding(
        "capability.support.uncertainty.below_standard", " ".join(c.key), "warning", named=" ".join(key).strip(),
        id=c.id, at=f"{(y - columns.shift[row]) / columns.slope[row]:.6g}{behind(unit)}", U=f"{promised / scale:.3g}",
        U_standard=f"{own / scale:.3g}", unit=shown.symbol, k=f"{columns.k[row]:g}",
    )  # fmt: skip


class _Hull:
    """Ends of what the standards of each capability state, joined: an interval a row, inside out where nothing is."""

    def __init__(self, n: int) -> None:
        self.low, self.high = np.full(n, np.inf), np.full(n, -np.inf)

    def join(self, rows: NDArray[np.intp], points: Points) -> None:
        self.low[rows] = np.minimum(self.low[rows], points.low)
        self.high[rows] = np.maximum(self.high[rows], points.high)

    def out(self, columns: _Columns) -> NDArray[np.bool_]:
        """Which claimed intervals reach beyond; a hull of one point (one gauge block) is that point."""
        with np.errstate(all="ignore"):
            slack = NEAR * np.maximum(np.abs(columns.low), np.abs(columns.high))
            beyond = (columns.low < self.low - slack) | (columns.high > self.high + slack)
            return np.asarray((self.high >= self.low) & beyond)


def _beyond(
    columns: _Columns, stated: Mapping[Key, tuple[tuple[Dimension, Points], ...]]
) -> Iterator[tuple[int, Finding, Interval | None]]:
    """The claimed interval reaches beyond the hull of what the standards state of its kind, with that hull; nothing is
    said of a capability with a standard that is not at hand, which may cover the rest.

    Results that do not say their kind count where no other is at hand, which is told; beside others they widen nothing.
    """
    n = len(columns.capabilities)
    sure, all_ = _Hull(n), _Hull(n)
    silent: dict[int, list[Key]] = {}
    for key, places in stated.items():
        for dimension, points in places:
            if math.isnan(points.low):
                continue
            rows = columns.of(key, dimension)
            same, unstated = columns.related(rows, points, True)
            if points.signed:  # a range of differences is none of sizes, which are not below nil
                sizes = columns.low[rows] >= 0.0
                same, unstated = same & ~sizes, unstated & ~sizes
            sure.join(rows[same], points)
            all_.join(rows[same | unstated], points)
            for row in rows[unstated].tolist():
                silent.setdefault(row, []).append(key)
    whole = columns.whole(stated)
    known, beyond = sure.high >= sure.low, sure.out(columns)
    rest = ~known & all_.out(columns)
    for row in np.flatnonzero((beyond | rest) & whole).tolist():
        hull = sure if known[row] else all_
        yield (row, *_beyond_told(columns, row, (float(hull.low[row]), float(hull.high[row]))))
    for row, keys in silent.items():
        wider = all_.low[row] < sure.low[row] or all_.high[row] > sure.high[row]
        if whole[row] and ((beyond[row] and wider) or (not known[row] and all_.high[row] >= all_.low[row])):
            yield row, _silent_told(columns.capabilities[row], keys, bool(known[row])), None


def _silent_told(c: Capability, keys: Sequence[Key], known: bool) -> Finding:
    code = "capability.support.interval.kind_left_out" if known else "capability.support.interval.kind_unstated"
    named = "; ".join(dict.fromkeys(" ".join(key).strip() for key in keys))
    return finding(code, " ".join(c.key), "note", id=c.id, named=named, quantity=c.quantity)


def _beyond_told(columns: _Columns, row: int, hull: tuple[float, float]) -> tuple[Finding, Interval]:
    c = columns.capabilities[row]
    own = [(end - columns.shift[row]) / columns.slope[row] for end in hull]
    told = finding(
        "capability.support.interval.beyond_standards", " ".join(c.key), "warning", id=c.id,
        low=f"{c.interval.low:.6g}", high=f"{c.interval.high:.6g}", start=f"{own[0]:.6g}", end=f"{own[1]:.6g}",
        unit=c.interval.unit.symbol,
    )  # fmt: skip
    return told, Interval(*hull, c.interval.unit.coherent())


# ---------------------------------------------------------------- the budget


def _budget(
    c: Capability,
    u: Uncertainty,
    stated: Mapping[Key, tuple[tuple[Dimension, Points], ...]],
    certificates: Mapping[Key, Certificate],
) -> Iterator[Finding]:
    """Terms held against the certificates that they cite, and the sum against the promise. Where the budget with the
    certificates' values gives more than is promised, the promise is denied by its own evidence."""
    largest = largest_U(c, u)
    cited = {}
    for n, term in enumerate(c.budget):
        if term.certificate is not None and term.certificate in certificates:
            cited[n] = _stated_u(c, u, stated[term.certificate])
    low = {n: most[0] for n, most in cited.items() if most and _high(c.budget[n], c.interval) < most[0] * (1 - AGREES)}
    total = u.k * math.hypot(*(low.get(n, _high(term, c.interval)) for n, term in enumerate(c.budget)))
    denied = not math.isnan(largest) and total > largest * (1.0 + AGREES)
    for n, range_ in cited.items():
        if range_ is not None:
            yield from _term(c, u, n, range_, (largest, total if denied else None))
    total = u.k * math.hypot(*(_high(term, c.interval) for term in c.budget))
    if not math.isnan(largest) and total > largest * (1.0 + AGREES):
        yield finding(
            "capability.support.budget.sum", " ".join(c.key), "warning", id=c.id, U=_shown(largest, u),
            total=_shown(total, u), k=f"{u.k:g}",
        )  # fmt: skip


def _term(
    c: Capability, u: Uncertainty, n: int, range_: tuple[float, float], promised: tuple[float, float | None]
) -> Iterator[Finding]:
    """A term that its certificate denies. promised: the largest U, and what all certificates
    give together where that is more."""
    term, (least, most), (largest, denied) = c.budget[n], range_, promised
    low, high = term.u, _high(term, c.interval)
    if high >= least * (1.0 - AGREES) and low <= most * (1.0 + AGREES):
        return
    less = high < least
    rest = (_high(other, c.interval) for m, other in enumerate(c.budget) if m != n)
    says = least if less else most
    told = {
        "id": c.id, "symbol": term.symbol, "named": " ".join(term.certificate or ()),
        "budget": _shown(high if less else low, u), "certificate": _shown(says, u),
        "recomputed": _shown(denied if less and denied else u.k * math.hypot(says, *rest), u), "k": f"{u.k:g}",
        "U": "—" if math.isnan(largest) else _shown(largest, u),
    }  # fmt: skip
    # severity: a budget that says less than its certificate promises too much; one that says more is only careful
    if less and denied:
        yield finding("capability.support.budget.denied", " ".join(c.key), "warning", "", **told)
    else:
        severity: Severity = "warning" if less else "note"
        yield finding("capability.support.budget.term", " ".join(c.key), severity, "", **told)


def _high(term: Term, interval: Interval) -> float:
    end = max((abs(x) for x in (interval.low, interval.high) if math.isfinite(x)), default=0.0)
    return math.hypot(term.u, term.slope * end)


def _stated_u(c: Capability, u: Uncertainty, places: Iterable[tuple[Dimension, Points]]) -> tuple[float, float] | None:
    """Smallest and largest standard uncertainty that a certificate states, in the terms of the capability's U."""
    wanted = c.interval.unit.dimension if u.unit is None else u.unit.dimension
    found: list[Numbers] = []
    for dimension, points in places:
        if dimension != wanted or (u.unit is None and points.deviations) or not points.u.size:
            continue
        if dimension == c.interval.unit.dimension and points.relation(c.quantity, False) == "other":
            continue
        if u.unit is None:
            with np.errstate(all="ignore"):
                found.append(points.u / np.abs(points.y))
        else:
            found.append(points.u / ratio(u.unit, u.unit.coherent()))
    all_ = np.concatenate(found) if found else np.empty(0)
    all_ = all_[np.isfinite(all_) & (all_ > 0.0)]
    return (float(all_.min()), float(all_.max())) if all_.size else None


def _shown(value: float, u: Uncertainty) -> str:
    return f"{value:.3g}" + ("" if u.unit is None else behind(u.unit))
