"""The cross-check says what it would not have seen; it confirms only where independent, fine and measured."""

from __future__ import annotations

import numpy as np
import pytest

from suyuan.carbon.claim.check import Check, check_parts, cross_check
from suyuan.carbon.claim.claim import Part
from suyuan.carbon.component import Component, with_components
from suyuan.quantity.finding import sentences
from suyuan.quantity.influence import Source
from suyuan.quantity.quantity import quantity

CALCULATED = 2_930_000.0


def said(check: Check, language: str = "en") -> str:
    return sentences(check.sentence, language)["what"].replace("\u202f", " ")


def part(kind: str, level: float, u: float, measured: float = 1.0, gas: float = 0.0) -> Part:
    """A source of equal months; measured: share of its year that measured hours gave."""
    parts = [Component(kind, u), Component("gas", gas, source=Source("lab", "G", "x"))]
    months = with_components(np.full(12, level / 12.0), parts, "t")
    shares = {"measured": measured * level, "substituted": (1.0 - measured) * level}
    return Part(kind, kind, months, (level / 12.0,) * 12, shares if kind == "monitoring" else {"calculated": level})


def test_a_fine_independent_and_measured_pair_confirms_to_its_power() -> None:
    found = cross_check(quantity(2_940_000.0, 20_000.0, "t"), quantity(CALCULATED, 15_000.0, "t"), 0.97)
    assert found.seen == pytest.approx(50_000.0) and found.material == pytest.approx(0.02 * CALCULATED)
    assert (found.verdict, found.doubts, len(found.findings)) == ("agree", (), 1)
    assert "they agree; the check would not see less than 50 000 t (1.7 %)" in said(found)
    assert "看不出小于 50 000 t（1.7 %）的差别" in said(found, "zh")


@pytest.mark.parametrize(("u", "doubts"), [(25_978.0, ()), (25_979.0, ("weak",))])
def test_blind_to_what_is_material_is_no_confirmation(u: float, doubts: tuple[str, ...]) -> None:
    """The edge: 2·u of the difference against 2 % of the calculated total, 58 600 t."""
    found = cross_check(quantity(CALCULATED, u, "t"), quantity(CALCULATED, 13_550.0, "t"), 1.0)
    assert found.doubts == doubts
    assert found.material_row["id"] == "materiality.eu_large"
    assert ("confirms nothing" in said(found)) == bool(doubts)


def test_a_small_total_has_the_limit_of_small_ones() -> None:
    found = cross_check(quantity(100_000.0, 1500.0, "t"), quantity(100_000.0, 1500.0, "t"))
    assert found.material == pytest.approx(5000.0) and found.verdict == "agree"
    assert cross_check(quantity(1e8, 1.5e6, "kg"), quantity(1e8, 1.5e6, "kg")).material == pytest.approx(5e6)


@pytest.mark.parametrize(("measured", "doubts"), [(0.9001, ()), (0.8999, ("incomplete",)), (0.57, ("incomplete",))])
def test_hours_that_nobody_measured_confirm_nothing(measured: float, doubts: tuple[str, ...]) -> None:
    parts = [part("monitoring", CALCULATED * 1.001, 0.003, measured), part("combustion", CALCULATED, 0.003)]
    found = check_parts(parts)
    assert found is not None and found.measured == pytest.approx(measured)
    assert found.doubts == doubts and ("confirms nothing" in said(found)) == bool(doubts)


def test_months_with_hours_that_nobody_knows_are_not_compared() -> None:
    """Five months whose flow certificate was withdrawn: the seven others agree, and that confirms nothing; the sum of
    the known hours against the whole year «differed» by the tonnes of five months."""
    whole = part("monitoring", CALCULATED * 1.001, 0.003)
    known = np.array([1.0] * 7 + [0.1] * 5)
    legal = tuple(t * share for t, share in zip(whole.legal, known.tolist(), strict=True))
    stack = Part(
        "S", "monitoring", whole.months * known, legal, {"measured": sum(legal)}, unknown=(0.0,) * 7 + (600.0,) * 5
    )
    found = check_parts([stack, part("combustion", CALCULATED, 0.003)])
    assert found is not None and found.verdict == "agree, unconfirmed" and found.doubts == ("incomplete",)
    assert found.left_out == (8, 9, 10, 11, 12)
    assert found.difference == pytest.approx(7 / 12 * 0.001 * CALCULATED)
    assert [item.code for item in found.findings] == ["carbon.check.unconfirmed", "carbon.check.unknown"]
    assert "3000 running hours" in sentences(found.findings[1], "en")["what"]


def test_without_a_whole_month_nothing_is_compared() -> None:
    whole = part("monitoring", CALCULATED, 0.003)
    stack = Part("S", "monitoring", whole.months, whole.legal, whole.methods, unknown=(1.0,) * 12)
    assert check_parts([stack, part("combustion", CALCULATED, 0.003)]) is None


def test_every_doubt_is_told() -> None:
    found = check_parts(
        [part("monitoring", CALCULATED, 0.02, 0.5, 0.03), part("combustion", CALCULATED, 0.02, 1, 0.03)]
    )
    assert found is not None and found.verdict == "agree, unconfirmed"
    assert found.doubts == ("dependent", "weak", "incomplete")
    codes = [item.code for item in found.findings]
    assert codes == ["carbon.check.unconfirmed", *(f"carbon.check.{doubt}" for doubt in found.doubts)]


def test_a_difference_is_told_whatever_else() -> None:
    found = cross_check(quantity(2 * CALCULATED, 20_000.0, "t"), quantity(CALCULATED, 15_000.0, "t"), 0.5)
    assert found.verdict == "differ" and found.sentence.code == "carbon.check.differ"
    assert found.sentence.severity == "warning" and "year of the documents" in sentences(found.sentence, "en")["remedy"]


def test_a_total_of_nothing_has_no_share() -> None:
    found = cross_check(quantity(0.0, 1.0, "t"), quantity(0.0, 1.0, "t"))
    assert found.doubts == ("weak",) and found.seen_share == float("inf")
    assert check_parts([part("combustion", 1.0, 0.1)]) is None


def test_a_carbon_mass_balance_is_checked_by_the_stack_of_its_gas() -> None:
    """Inputs less outputs are what left the stack: the same numbers as one stream of fuel give the same check."""
    stack = part("monitoring", CALCULATED, 0.003)
    flows = [part("input", 1.2 * CALCULATED, 0.003), part("output", -0.2 * CALCULATED, 0.003)]
    found = check_parts([stack, *flows])
    assert found is not None and found.difference == pytest.approx(0.0, abs=1e-6)
    assert check_parts([stack, part("process", CALCULATED, 0.003)]) is None
