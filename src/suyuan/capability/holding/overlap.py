"""Rows of one laboratory that promise the same measurement twice: repeated, or contradicting each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.capability.matching.cover import GUARD, Span, common
from suyuan.capability.taxonomy import condition_word, item_key, quantity_key
from suyuan.capability.uncertainty import Uncertainty, at, unit_at
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import Unit, ratio


def overlaps(capabilities: Iterable[Capability]) -> tuple[Finding, ...]:
    """Findings about rows of one laboratory with the same measurand, item, analyte, method and conditions whose
    intervals share more than an end: warnings where their U differs there, notes where it does not.

    Where one of the two states no U nothing is contradicted; rows that only meet at an end adjoin and are fine.
    """
    groups: dict[tuple[Any, ...], list[Capability]] = {}
    for c in capabilities:
        groups.setdefault(_same(c), []).append(c)
    return tuple(item for rows in groups.values() if len(rows) > 1 for item in _pairs(rows))


def _same(c: Capability) -> tuple[Any, ...]:
    conditions = frozenset(
        (name, stated.to(stated.unit.coherent()) if isinstance(stated, Interval) else _words(stated))
        for name, stated in c.conditions.items()
    )
    place = (c.key[0], quantity_key(c.quantity), item_key(c.item), c.analyte, c.interval_of, c.method)
    return (*place, conditions, c.interval.unit.dimension)


def _words(stated: tuple[str, ...]) -> frozenset[str]:
    return frozenset(condition_word(word) for word in stated)


def _pairs(rows: list[Capability]) -> Iterator[Finding]:
    """Each row beside those before it that still reach over its beginning: the first that it contradicts, else the
    first that it repeats. All pairs of many rows would say the same over and over. Of those with one U only the
    farthest stays open: all begin before the next row, so it shares most with it."""
    unit = rows[0].interval.unit
    open_: dict[tuple[Uncertainty | None, Unit], tuple[Capability, Span]] = {}
    ordered = sorted(((c, _span(c, unit)) for c in rows), key=lambda pair: pair[1])
    for c, span in ordered:
        open_ = {promise: (other, there) for promise, (other, there) in open_.items() if there[1] >= span[0]}
        told = None
        for other, there in open_.values():
            shared = common(there, span)
            if shared is not None and (shared[0] < shared[1] or there == span):
                item = _told(other, c, shared)
                told = item if told is None or item.severity == "warning" else told
                if told.severity == "warning":
                    break
        if told is not None:
            yield told
        promise = (c.uncertainty, c.interval.unit)
        if promise not in open_ or open_[promise][1][1] < span[1]:
            open_[promise] = (c, span)


def _span(c: Capability, unit: Unit) -> Span:
    there = c.interval.to(unit)
    return (there.low, there.high)


def _told(first: Capability, second: Capability, shared: Span) -> Finding:
    unit = first.interval.unit
    told: dict[str, Any] = {
        "laboratory": first.key[0], "first": first.id, "second": second.id,
        "low": f"{shared[0]:.6g}", "high": f"{shared[1]:.6g}", "unit": unit.symbol,
    }  # fmt: skip
    differs = _differs(first, second, Interval(*shared, unit))
    where = f"{first.key[0]} {first.id}, {second.id}"
    if differs is None:
        return finding("capability.support.overlap.repeated", where, "note", **told)
    U, other, U_unit = differs
    return finding(
        "capability.support.overlap.contradictory", where, "warning", **told, U_first=U, U_second=other, U_unit=U_unit
    )


def _differs(first: Capability, second: Capability, shared: Interval) -> tuple[str, str, str] | None:
    """Both U, with one k, at the point of a shared interval where they differ most; None where they agree."""
    if first.uncertainty is None or second.uncertainty is None:
        return None
    low, high = (float(np.clip(end, -1e300, 1e300)) for end in (shared.low, shared.high))
    places = [low, (low + high) / 2.0, high]
    try:
        a, b = (_U(c, [Interval(y, y, shared.unit).to(c.interval.unit).low for y in places]) for c in (first, second))
        unit = unit_at(first.uncertainty, first.interval.unit)
        b = b * ratio(unit_at(second.uncertainty, second.interval.unit), unit)
    except Refused:
        return None
    apart = np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-300)
    if not np.any(np.isfinite(apart)) or np.nanmax(apart) <= 1e3 * GUARD:
        return None
    i = int(np.nanargmax(apart))
    return f"{a[i]:.3g}", f"{b[i]:.3g}", unit.symbol


def _U(c: Capability, places: list[float]) -> Any:
    """U with k = 2, so that rows of another k are comparable."""
    assert c.uncertainty is not None
    return at(c.uncertainty, places, c.interval.unit) * (2.0 / c.uncertainty.k)
