"""The order of those that can, and the reason that is told: what is not stated never counts as nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.capability.matching.ranking import apart, rank, why_first
from suyuan.capability.need import Need
from suyuan.quantity.finding import sentences
from suyuan.quantity.unit import parse_unit

MM = Interval(0.0, 1.0, parse_unit("mm"))
NEED = Need("N", {"zh": "厂"}, "length", MM, region="310115")


def offer(id: str, region: str = "310115", price: float | None = 100.0, days: float | None = 5.0) -> Capability:
    return Capability(id, {"zh": id}, "length", MM, region=region, price=price, days=days)


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (offer("a", price=900.0), offer("b", "440300", 1.0), "place"),
        (offer("a", "310112", 900.0), offer("b", "320500", 1.0), "place"),
        (offer("a", "440300", 900.0), offer("b", "", 1.0), "place_unstated"),
        (offer("a", price=900.0, days=None), offer("b", price=None, days=1.0), "price_unknown"),
        (offer("a", price=0.0), offer("b", price=None), "price_unknown"),
        (offer("a", price=90.0, days=None), offer("b", price=100.0, days=1.0), "price"),
        (offer("a", days=4.0), offer("b", days=5.0), "days"),
        (offer("a", days=400.0), offer("b", days=None), "days_unknown"),
        (offer("a", price=None, days=4.0), offer("b", price=None, days=5.0), "days"),
        (offer("a", price=None, days=4.0), replace(offer("b", price=None, days=5.0), currency="AUD"), "days"),
        (offer("a"), offer("b"), "alike"),
        (offer("a", price=900.0), replace(offer("b", price=1.0), currency="EUR"), "currency"),
    ],
)
def test_the_first_is_first_for_the_reason_that_is_told(first: Capability, second: Capability, code: str) -> None:
    for order in permutations((first, second)):
        ranked = sorted(order, key=lambda c: rank(NEED, c))
        if code != "alike":
            assert [c.id for c in ranked] == ["a", "b"]
    told = why_first(NEED, [first, second])
    assert told is not None and told.code == f"capability.rank.{code}" and told.severity == "note"
    assert all("a" in sentences(told, language)["what"] for language in ("zh", "en"))


def test_without_a_region_place_says_nothing_and_of_one_nothing_is_told() -> None:
    anywhere = replace(NEED, region="")
    assert apart(anywhere, offer("a", "")) == apart(anywhere, offer("b", "440300")) == 0
    assert why_first(NEED, [offer("a")]) is None and why_first(NEED, []) is None


def test_where_no_region_is_asked_places_are_not_called_alike() -> None:
    told = why_first(replace(NEED, region=""), [offer("a", price=1.0), offer("b", price=2.0)])
    assert told is not None and "需求没有写地区" in sentences(told, "zh")["what"]
    assert "地点一样" not in sentences(told, "zh")["what"]
