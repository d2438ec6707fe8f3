"""Money of a centre: one unit for all, and a ratio of the same years."""

from __future__ import annotations

from datetime import date

import pytest

from suyuan.centre.columns import columns
from suyuan.centre.facts import Fact
from suyuan.centre.funds import amount_in, funds
from suyuan.centre.guideline import Rule
from suyuan.centre.measure import measured

DAY = date(2026, 11, 28)


def money(kind: str, year: int, value: float | None) -> Fact:
    return Fact("c", kind, "city", value is not None or None, value, group="city", detail={"year": str(year)})


PLAN_AND_ACTUAL = [
    money("fund_plan", 2025, 300.0), money("fund_plan", 2026, 520.0), money("fund_plan", 2027, 500.0),
    money("fund_actual", 2025, 285.0), money("fund_actual", 2026, 536.0),
]  # fmt: skip


def test_amounts_are_converted_and_without_a_unit_unknown() -> None:
    assert [amount_in(v, u) for v, u in ((60.0, "万元"), (5e5, "元"), (0.5, "亿元"))] == [60.0, 50.0, 5000.0]
    assert amount_in(50.0, "") is None and amount_in(None, "元") is None and amount_in(1.0, "EUR") is None


def test_what_is_planned_for_years_to_come_is_not_yet_to_be_spent() -> None:
    found = measured(columns(PLAN_AND_ACTUAL), Rule("ratio", "fund_actual", "fund_plan"), DAY)
    assert found.low[0] == found.high[0] == pytest.approx(821 / 820)
    ahead = [money("fund_plan", 2027, 500.0), money("fund_actual", 2025, 285.0)]
    assert measured(columns(ahead), Rule("ratio", "fund_actual", "fund_plan"), DAY).unknown[0]


def test_the_run_way_takes_the_pace_of_this_year_once_more_is_spent_in_it() -> None:
    found = funds(PLAN_AND_ACTUAL, "c", DAY)
    assert found.runway == pytest.approx(12 * 500 / 536)
