"""The order of those that can: place, then price, then time; and why the first comes before the second.

Only after proof: nothing here changes a verdict. What is not stated comes behind what is: an unknown price is not low.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from suyuan.capability.capability import Capability
from suyuan.capability.need import Need
from suyuan.quantity.finding import Finding, finding

Order = tuple[int, bool, str, float, float]
ALIKE = (6, 4, 2)
"""Digits of a region code (GB/T 2260: province, city, county) that agree, the nearest first."""
ELSEWHERE, UNSTATED = 3, 4


def apart(need: Need, capability: Capability) -> int:
    """How far a laboratory is: 0 in the region of the need, 1 in its city, 2 in its province, 3 elsewhere, 4 where it
    does not say; 0 for all where the need names no region.

    >>> from suyuan.capability.interval import Interval
    >>> from suyuan.quantity.unit import ONE
    >>> wants = Need("N", {}, "length", Interval(0.0, 1.0, ONE), region="310115")
    >>> regions = ("310115", "310112", "440300", "")
    >>> [apart(wants, Capability("C", {}, "length", wants.interval, region=region)) for region in regions]
    [0, 1, 3, 4]
    """
    wanted, own = need.region, capability.region
    if not wanted:
        return 0
    if not own:
        return UNSTATED
    return next((n for n, digits in enumerate(ALIKE) if own[:digits] == wanted[:digits]), ELSEWHERE)


def rank(need: Need, capability: Capability) -> Order:
    """Order among those that can: place, then price, then time; what is not stated comes last."""
    price = capability.price
    days = capability.days if capability.days is not None else math.inf
    currency = "" if price is None else capability.currency
    return apart(need, capability), price is None, currency, price or 0.0, days


def why_first(need: Need, ordered: Sequence[Capability]) -> Finding | None:
    """Why the first of those that can comes before the second; None where there are not two.

    ordered: by `rank`, the first one first.
    """
    if len(ordered) < 2:
        return None
    first, second = ordered[:2]
    told = {"first": first.id, "second": second.id}
    one, other = rank(need, first), rank(need, second)
    if one[0] != other[0]:
        code = "capability.rank.place_unstated" if other[0] == UNSTATED else "capability.rank.place"
        return finding(code, "region", "note", region=need.region, **told)
    if one[1] != other[1]:
        return finding("capability.rank.price_unknown", "price", "note", **told)
    if not one[1] and one[2] != other[2]:
        return finding("capability.rank.currency", "price", "note", one=first.currency, other=second.currency, **told)
    alike, open_ = ("地点一样", "alike in place"), ("需求没有写地区，不比地点", "the need names no region")
    told |= dict(zip(("place_zh", "place_en"), alike if need.region else open_, strict=True))
    if one[3] != other[3]:
        return finding("capability.rank.price", "price", "note", low=f"{one[3]:g}", high=f"{other[3]:g}",
                       currency=first.currency, **told)  # fmt: skip
    if one[4] != other[4]:
        if math.isinf(other[4]):
            return finding("capability.rank.days_unknown", "days", "note", **told)
        return finding("capability.rank.days", "days", "note", short=f"{one[4]:g}", long=f"{other[4]:g}", **told)
    return finding("capability.rank.alike", "", "note", first=first.id, second=second.id)
