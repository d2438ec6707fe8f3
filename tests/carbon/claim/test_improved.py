"""Before and after a measure: what each measurement brought to U, at the same tonnes; only like with like."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.claim.claim import Claim, Evidence, Part
from suyuan.carbon.claim.improve import measures, together
from suyuan.carbon.claim.improved import Improved, improved, merged, supposed
from suyuan.carbon.component import Component, with_components
from suyuan.quantity.finding import Refused
from suyuan.quantity.influence import Source

FLOW = Component("flow", 0.02)
GAS = Component("gas standard", 0.006, source=Source("Demo gas", "G-1", "CO2"))
BETTER = Component("gas standard of the year", 0.003, source=Source("Demo gas", "G-2", "CO2"))


def claim(level: float, parts: list[Component], year: int = 2025, number: str = "G-1", **changed: Any) -> Claim:
    months = with_components(np.full(12, level), parts, "t")
    one = Part("stack 1", "monitoring", months, tuple([level] * 12), {"measured": level * 12.0})
    evidence = (Evidence("gas standard", "Demo gas", number, "", None, (), "stack 1", "co2"),)
    return replace(Claim("Demo works", "unit 1", year, "HJ 75-2017", (one,), (), (), evidence), **changed)


BEFORE = claim(1000.0, [FLOW, GAS])


def rows(found: Improved) -> dict[str, tuple[str, float]]:
    return {row.name: (row.state, row.effect) for row in found.rows}


def test_a_new_certificate_is_the_same_measurement_and_worth_what_u_lost() -> None:
    after = claim(500.0, [FLOW, BETTER], number="G-2")
    found = improved(BEFORE, after)
    was, now = math.hypot(0.02, 0.006), math.hypot(0.02, 0.003)
    assert found.relative == pytest.approx((2 * was, 2 * now))
    assert found.saved == pytest.approx(2 * 6000.0 * (was - now))  # at the tonnes after, not at those before
    assert found.u_as_before == pytest.approx(6000.0 * was)
    assert rows(found) == {"gas standard": ("changed", pytest.approx(-found.saved)), "flow": ("same", 0.0)}
    gas = found.rows[0]
    assert gas.before is not None and gas.after is not None
    assert (gas.before.numbers, gas.after.numbers) == (("G-1",), ("G-2",))
    assert (gas.share_before, gas.share_after) == pytest.approx(((0.006 / was) ** 2, (0.003 / now) ** 2))
    assert found.findings == ()


def test_steps_add_up_where_one_meter_goes_and_another_comes() -> None:
    after = claim(1000.0, [Component("ultrasonic meter", 0.01), BETTER], number="G-2")
    found = improved(BEFORE, after)
    assert [(row.name, row.state) for row in found.rows] == [
        ("flow", "gone"), ("ultrasonic meter", "new"), ("gas standard", "changed"),
    ]  # fmt: skip
    assert math.fsum(row.effect for row in found.rows) == pytest.approx(-found.saved)
    worse = improved(after, BEFORE)
    assert worse.saved == pytest.approx(-found.saved)
    assert math.fsum(row.effect for row in worse.rows) == pytest.approx(found.saved)
    two = merged(found, 2)
    assert [row.name for row in two.rows] == ["flow", ""]
    assert math.fsum(row.effect for row in two.rows) == pytest.approx(-found.saved)
    assert two.rows[1].share_after == pytest.approx(1.0) and merged(found, 3) is found


def test_other_years_and_schemes_are_told() -> None:
    after = replace(claim(900.0, [FLOW, GAS], 2026), scheme="HJ 75-2030")
    found = improved(BEFORE, after)
    assert [item.code for item in found.findings] == ["carbon.improved.year", "carbon.improved.scheme"]
    assert found.saved == pytest.approx(0.0, abs=1e-9) and {state for state, _ in rows(found).values()} == {"same"}


@pytest.mark.parametrize(
    ("after", "code"),
    [
        (replace(BEFORE, unit="unit 2"), "carbon.improved.unit"),
        (replace(BEFORE, parts=(replace(BEFORE.parts[0], name="stack 2"),)), "carbon.improved.boundary"),
        (replace(BEFORE, parts=(*BEFORE.parts, replace(BEFORE.parts[0], name="stack 2"))), "carbon.improved.boundary"),
        (replace(BEFORE, digest="a" * 64), "carbon.improved.same"),
        (claim(0.0, [FLOW, GAS]), "carbon.improved.nil"),
    ],
)
def test_only_like_with_like(after: Claim, code: str) -> None:
    with pytest.raises(Refused) as refused:
        improved(replace(BEFORE, digest="a" * 64), after)
    assert [item.code for item in refused.value.findings] == [code]


def test_what_is_supposed_is_what_improving_first_says() -> None:
    (first, *_) = measures(BEFORE.best, {"flow": 0.5})
    found = supposed(BEFORE, {"flow": 0.5})
    assert first.name == "flow" and found.saved == pytest.approx(first.saved)
    assert rows(found)["flow"][1] == pytest.approx(-first.saved) and rows(found)["gas standard"] == ("same", 0.0)
    for wrong in ({"flaw": 0.5}, {"flow": 1.5}):
        with pytest.raises(Refused):
            supposed(BEFORE, wrong)


def test_two_calibrations_of_one_weigher_are_improved_together() -> None:
    """Both have the weigher's name; of two rows of one name only the last was taken."""
    halves = [Component("weigher", 0.01, source=Source("Demo", number, "0/0"), places=places) for number, places in (
        ("W-1", frozenset(range(6))), ("W-2", frozenset(range(6, 12))))]  # fmt: skip
    best = claim(1000.0, [*halves, FLOW]).best
    assert together(best, {"weigher": 0.0}) == pytest.approx(0.02 * 12_000.0)
    assert 2.0 * together(best, {"weigher": 0.5}) == pytest.approx(supposed(
        claim(1000.0, [*halves, FLOW]), {"weigher": 0.5}).u[1] * 2.0)  # fmt: skip


def test_what_a_forest_took_up_has_no_uncertainty_below_zero() -> None:
    def forest(level: float) -> Claim:
        months = with_components(np.full(12, -level), [FLOW], "t")
        return replace(BEFORE, parts=(Part("wood", "forest", months, (-level,) * 12, {"calculated": -12 * level}),))

    found = improved(forest(1000.0), forest(1200.0))
    assert found.relative == pytest.approx((0.04, 0.04)) and found.saved == pytest.approx(0.0)
    assert improved(forest(1000.0), forest(-1000.0)).u_as_before == pytest.approx(0.02 * 12_000.0)  # it burnt down
