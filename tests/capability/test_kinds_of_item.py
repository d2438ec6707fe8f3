"""The diameter of a ring gauge is its length: a need for one is met by a capability of the other, for one item."""

from __future__ import annotations

import pytest

from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.capability.matching.columns import CapabilityColumns
from suyuan.capability.matching.match import match
from suyuan.capability.matching.screen import screen
from suyuan.capability.matching.screen_rests import Rests, resting
from suyuan.capability.need import Need, Target
from suyuan.capability.uncertainty import Uncertainty, Value
from suyuan.quantity.unit import parse_unit

MM, UM = parse_unit("mm"), parse_unit("um")


def offer(id: str, quantity: str, item: str) -> Capability:
    return Capability(id, {"zh": "院"}, quantity, Interval(1.0, 100.0, MM), Uncertainty(Value(0.5), unit=UM), item=item)


def wants(quantity: str, item: str) -> Need:
    return Need("N", {"zh": "厂"}, quantity, Interval(10.0, 60.0, MM), Target(1.0, UM), item=item)


OFFERS = (offer("L", "length", "ring gauge"), offer("D", "diameter", "环规"), offer("B", "length", "gauge block"),
          offer("A", "length", ""), offer("P", "length", "plug gauge"))  # fmt: skip


@pytest.mark.parametrize(
    ("quantity", "item", "ids"),
    [("diameter", "环规", {"L", "D"}), ("length", "ring gauge", {"L", "A"}), ("diameter", "塞规", {"P"}),
     ("diameter", "", {"D"}), ("diameter", "shaft", set())],
)  # fmt: skip
def test_only_for_the_same_item(quantity: str, item: str, ids: set[str]) -> None:
    need = wants(quantity, item)
    found = match(need, OFFERS, proof="stated")
    assert {e.capability.id for e in found.examined} == ids
    rests: Rests = resting(OFFERS, {}, "stated")
    screened = screen(CapabilityColumns.of(OFFERS), [need, wants("diameter", "环规")], rests)
    assert {OFFERS[int(n)].id for n in screened.of(0)[0]} == ids and screened.verdict[0] == found.verdict


def test_the_proof_says_so() -> None:
    found = match(wants("diameter", "环规"), OFFERS, proof="stated")
    codes = {e.capability.id: [f.code for f in e.gate("measurand").findings] for e in found.examined}
    assert found.verdict == "can" and "capability.measurand.of_item" in codes["L"]
    assert "capability.measurand.of_item" not in codes["D"]
