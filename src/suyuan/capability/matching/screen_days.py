"""Screens of needs that wish different days: each by what the capabilities rest on on its own day of the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np

from suyuan.capability.capability import Capability
from suyuan.capability.matching.columns import CapabilityColumns
from suyuan.capability.matching.gate import Proof, Support
from suyuan.capability.matching.screen import Screen, screen
from suyuan.capability.matching.screen_rests import Rests, resting
from suyuan.capability.need import Need


def resting_some(
    capabilities: Sequence[Capability], places: Sequence[int], supports: Mapping[tuple[str, str], Support],
    proof: Proof = "evidence",
) -> Rests:  # fmt: skip
    """What some capabilities rest on, of as many places as there are capabilities. places: of those that are looked at;
    of the others nothing is asked."""
    some, n = resting([capabilities[at] for at in places], supports, proof), len(capabilities)
    whole = Rests(np.zeros(n, np.uint8), np.full(n, -np.inf), np.full(n, np.inf))
    at = np.asarray(places, np.intp)
    whole.bits[at], whole.low[at], whole.high[at] = some.bits, some.low, some.high
    return whole


def by_day(
    columns: CapabilityColumns, needs: Sequence[Need], rests: Callable[[date | None, Sequence[Need]], Rests],
    day: date | None = None,
) -> Screen:  # fmt: skip
    """Screen capabilities for needs, each with what they rest on on its own day of the service.

    rests: gives it for a day and the needs that are judged on it; day: that is asked for.
    """
    groups: dict[date | None, list[int]] = {}
    for number, need in enumerate(needs):
        groups.setdefault(need.service_day(day), []).append(number)
    if len(groups) < 2:
        return screen(columns, needs, rests(next(iter(groups), day), needs), day)
    found: dict[int, tuple[Screen, int]] = {}
    for when, numbers in groups.items():
        own = [needs[number] for number in numbers]
        part = screen(columns, own, rests(when, own), day)
        found |= {number: (part, place) for place, number in enumerate(numbers)}
    ordered = [found[number] for number in range(len(needs))]
    pairs = [part.of(place) for part, place in ordered]
    at = np.cumsum([0, *(len(rows) for rows, _ in pairs)])
    return Screen(
        tuple(part.verdict[place] for part, place in ordered), tuple(part.single[place] for part, place in ordered),
        at.astype(np.int64), np.concatenate([rows for rows, _ in pairs]), np.concatenate([bits for _, bits in pairs]),
    )  # fmt: skip
