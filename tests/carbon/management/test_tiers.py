"""Tiers by the uncertainty of a year: at the edge of each limit, with what months share, and what cannot be said."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from suyuan.carbon.claim.claim import Part
from suyuan.carbon.component import Component, with_components
from suyuan.carbon.fuel.stream import SourceStream
from suyuan.carbon.management.tiers import TierProof, limits_of, tier_of, tier_proofs

DAY = date(2025, 12, 31)
AMOUNT = np.full(12, 100.0)


def proof(kind: str, *components: Component) -> TierProof:
    factor = {"combustion": {"carbon": 0.5, "oxidation": 1.0}}.get(kind, {"factor": 1.0})
    return tier_proofs([SourceStream("s", kind, AMOUNT, factor, components)], (), DAY)[0]


def monitored(u: float) -> TierProof:
    months = with_components(AMOUNT, [Component("q", u)], "t")
    return tier_proofs((), [Part("m", "monitoring", months, (100.0,) * 12, {"measured": 1200.0})], DAY)[0]


@pytest.mark.parametrize(("percent", "tier"), [(1.5, 4), (1.51, 3), (2.5, 3), (2.51, 2), (5.0, 2), (5.01, 1), (7.5, 1),
                                               (7.51, 0)])  # fmt: skip
def test_a_fuel_reaches_the_tier_of_its_amount(percent: float, tier: int) -> None:
    found = proof("combustion", Component("scale", percent / 200, of="amount"), Component("lab", 0.5, of="carbon"))
    assert found.percent == pytest.approx(percent) and found.tier == tier
    assert proof("credit", Component("scale", percent / 200, of="amount")).tier == tier


@pytest.mark.parametrize(("percent", "tier"), [(2.5, 4), (5.0, 3), (7.5, 2), (10.0, 1), (10.01, 0)])
def test_a_stack_reaches_the_tier_of_its_tonnes(percent: float, tier: int) -> None:
    assert monitored(percent / 200).tier == tier


def test_what_months_share_does_not_average_out() -> None:
    shared, own = (proof("combustion", Component("scale", 0.01, one, "amount")).percent for one in (True, False))
    assert shared == pytest.approx(2.0) and own == pytest.approx(2.0 / 12**0.5)


def test_unknown_is_not_a_tier() -> None:
    bare = proof("combustion", Component("lab", 0.01, of="carbon"))
    assert bare.percent is None and bare.tier is None and bare.row is not None
    power = proof("electricity", Component("meter", 0.001, of="amount"))
    assert power.row is None and power.tier is None and power.limits == ()


def test_limits_have_their_status() -> None:
    rows = {kind: limits_of(kind, DAY) for kind in ("combustion", "credit", "monitoring", "heat")}
    assert rows["heat"] is None
    assert [rows[kind]["status"] for kind in ("combustion", "credit", "monitoring")] == [  # type: ignore[index]
        "from memory", "from memory", "confirmed",
    ]  # fmt: skip
    assert tier_of(0.0, []) == 0
