"""Lost flows of the European rule from a balance that the enterprise enters: value, uncertainty, log, bad entries."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from suyuan.quantity.budget import by_certificate
from suyuan.quantity.finding import Refused
from suyuan.report.carbon.substituted import gaps_of_year
from suyuan.verbs.carbon.monitored import Stacked, evidence_of, stack_years

from .test_control import codes, of_rows
from .test_stacks_in_claims import FLOW, GAS, HOURS, LOST, OVERRIDES, SHOWN, STACK, YEAR, known, plant, rows

EU = {**STACK, "rules": "EU 2018/2066"}
GONE = np.arange(LOST.start, LOST.start + 10)
"""Ten hours whose flow is not there; CO2 is, from 08:00 of 28 July on."""
DAY = f"{YEAR}-07-28"
ENTRY: dict[str, Any] = {"part": "flow", "begin": f"{DAY}T08:00", "end": f"{DAY}T18:00", "value": 900000,
                         "unit": "m3/h", "U": 45000, "k": 2, "method": "energy balance",
                         "source": "boiler, HB-7"}  # fmt: skip


@cache
def table() -> bytes:
    flow = np.array(SHOWN["flow"], float)
    flow[GONE] = np.nan
    return rows(status=["N"] * len(HOURS), flow=np.where(np.isnan(flow), "", flow.astype(str)))


def entered(*entries: dict[str, Any], **changes: Any) -> Stacked:
    stack = {**EU, "substitutes": list(entries), **changes}
    how = replace(known(), rows=lambda filed, hours: of_rows(table()))
    (one,) = stack_years(plant(stack, overrides=[*OVERRIDES, {**OVERRIDES[0], "row": "mrr.balance"}]), how)
    return one


def rate(co2: float, flow: float) -> float:
    return co2 * GAS / 100.0 * flow * 44.0095 / 22.414 / 1000.0


def test_the_hours_are_ten_of_july() -> None:
    assert HOURS.told(int(GONE[0]))[:16] == f"{DAY}T08:00"


def test_without_an_entry_the_hours_stay_missing() -> None:
    one = entered()
    assert np.isnan(one.year.legal[GONE]).all() and codes(one)["substitution.other"]["hours"] == "10"


def test_an_entered_flow_meets_the_measured_concentration() -> None:
    one = entered(ENTRY)
    assert one.year.legal[GONE] == pytest.approx([rate(x, 900000.0) for x in SHOWN["co2"][GONE]], rel=1e-9)
    assert one.year.complete and "substitution.other" not in codes(one)
    told = codes(one)["entered.applied"]
    around = [*range(GONE[0] - 5, GONE[0]), *range(GONE[-1] + 1, GONE[-1] + 6)]
    assert float(told["mean"]) == 900000 and told["hours"] == "10"
    assert float(told["beside"]) == pytest.approx(float(np.mean(FLOW * SHOWN["flow"][around])), rel=1e-4)
    assert "mrr.balance" in {str(row["id"]) for row in one.year.used} and "energy balance" in told["method_en"]


def test_what_is_not_known_of_an_entry_is_one_error_of_the_legal_value() -> None:
    """22 500 m³/h (k = 1) over ten hours, against the same year with half of it."""
    one, half = entered(ENTRY), entered({**ENTRY, "U": 22500})
    whole = sum(rate(x, 22500.0) for x in SHOWN["co2"][GONE])
    apart = float(one.year.total("legal").u) ** 2 - float(half.year.total("legal").u) ** 2
    assert apart == pytest.approx(0.75 * whole**2, rel=1e-6)
    assert float(one.year.total("best").u) == float(half.year.total("best").u)
    named = entered({**ENTRY, "issuer": "Institute", "number": "HB-7"})
    found = {row.source.number: row.contribution for row in by_certificate(named.year.total("legal"))}
    assert found["HB-7"] == pytest.approx(whole, rel=1e-6)
    assert ("Institute", "HB-7") in {(item.issuer, item.number) for item in evidence_of(named.year)}
    july = one.year.by_month("legal")[6]
    assert float(july.u) > float(half.year.by_month("legal")[6].u)


def test_an_entry_is_shown_in_the_log_with_its_row() -> None:
    one = entered({**ENTRY, "value": [900000 + 1000 * n for n in range(10)]})
    gaps = [gap for gap in gaps_of_year(one.year) if gap.target == "flow"]
    assert [gap.made.value for gap in gaps] == [900000 + 1000 * n for n in range(10)]
    assert {gap.made.how for gap in gaps} == {"entered"} and {gap.made.rule for gap in gaps} == {"mrr.balance"}
    assert one.year.shares["mrr.balance"][0] == 10.0


def test_a_month_and_another_unit() -> None:
    entry = {key: value for key, value in ENTRY.items() if key not in ("begin", "end")}
    one = entered({**entry, "month": 7, "value": 250, "unit": "m3/s", "U": 12.5})
    assert one.year.legal[GONE] == pytest.approx(entered(ENTRY).year.legal[GONE], rel=1e-12)
    assert float(one.year.total("legal").u) == pytest.approx(float(entered(ENTRY).year.total("legal").u), rel=1e-9)
    idle = entered({**entry, "month": 8})
    assert "entered.idle" in codes(idle) and not idle.year.complete


def test_part_of_the_hours_stays_missing() -> None:
    one = entered({**ENTRY, "end": f"{DAY}T14:00"})
    assert np.isnan(one.year.legal[GONE[6:]]).all() and not np.isnan(one.year.legal[GONE[:6]]).any()
    assert codes(one)["substitution.other"]["hours"] == "4"


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([ENTRY, {**ENTRY, "begin": f"{DAY}T12:00"}], "carbon_monitoring.entered.twice"),
        ([{**ENTRY, "value": [1e6, 2e6]}], "carbon_monitoring.entered.count"),
        ([{**ENTRY, "end": ENTRY["begin"]}], "carbon_monitoring.entered.order"),
        ([{**ENTRY, "value": -9}], "carbon_monitoring.entered.negative"),
        ([{**ENTRY, "month": 13}], "carbon_monitoring.entered.month"),
        ([{**ENTRY, "begin": "noon"}], "typed.date.impossible"),
        ([{**ENTRY, "U": None}], "typed.field.missing"),
        ([{**ENTRY, "source": ""}], "typed.field.missing"),
        ([{**ENTRY, "unit": "kg/h"}], "quantity.unit.dimension"),
        ([{**ENTRY, "part": "concentration"}], "typed.field.choice"),
    ],
)  # fmt: skip
def test_bad_entries_are_told(entries: list[dict[str, Any]], code: str) -> None:
    with pytest.raises(Refused) as refused:
        entered(*entries)
    assert code in [item.code for item in refused.value.findings]


@pytest.mark.parametrize("scheme", ["HJ 75-2017", "40 CFR 75"])
def test_schemes_with_formulas_take_no_entry(scheme: str) -> None:
    with pytest.raises(Refused) as refused:
        entered(ENTRY, rules=scheme)
    assert [item.code for item in refused.value.findings] == ["carbon_monitoring.entered.scheme"]


def test_a_moisture_that_nothing_asks_for_is_told() -> None:
    one = entered({**ENTRY, "part": "moisture", "value": 8, "unit": "%", "U": 1})
    assert "entered.idle" in codes(one)
