"""Which rule and which data moved the tonnes; what to improve first."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.claim.improve import measures, together
from suyuan.carbon.component import Component, with_components
from suyuan.quantity.finding import Refused
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import quantity
from suyuan.verbs.carbon.change import Change, document
from suyuan.verbs.carbon.change import change as between
from suyuan.verbs.carbon.differs import differences
from suyuan.verbs.carbon.rebuilt import Side


def given(value: Any, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "source": "constructed"}


GAS = {"name": "gas", "kind": "combustion", "amount": [21] * 12, "amount_unit": "1e4 Nm3",
       "heat_value": given(389.31, "GJ/(1e4 Nm3)"), "carbon_per_heat": given(0.01532, "tC/GJ"),
       "oxidation": {"rule": "oxidation_gas"}}  # fmt: skip
UNKNOWN = {"name": "coal", "kind": "combustion", "amount": [1000] * 12, "amount_unit": "t",
           "heat_value": given(20.0, "GJ/t"),
           "carbon_per_heat": {"rule": "penalty_carbon_per_heat"}, "oxidation": given(1.0, "1")}  # fmt: skip


def plant(scheme: str = "China 2021", streams: Any = (GAS, UNKNOWN)) -> bytes:
    return json.dumps({
        "suyuan": "carbon-plant", "enterprise": "Demo", "unit": "1", "sector": "other", "scheme": scheme, "year": 2025,
        "made": "2026-02-01", "streams": list(streams),
        "overrides": [{"row": "scheme.china_2021", "person": "P", "reason": "constructed", "day": "2026-01-02"}],
    }).encode("utf-8")  # fmt: skip


def change(before: bytes, after: bytes) -> Change:
    return between(Side(before), Side(after))


def test_same_data_new_rule() -> None:
    found = change(plant(), plant("China 2022"))
    effect = 12000 * 20.0 * (0.03085 - 0.03356) * 44 / 12
    assert [(step.cause, step.name) for step in found.steps] == [("rule", "penalty_carbon_per_heat")]
    assert found.steps[0].effect == pytest.approx(effect) == pytest.approx(found.by_rule)
    assert found.relative == pytest.approx(effect / found.start)
    said = json.loads(document(found, "a" * 64, "b" * 64))
    assert float(said["by_rule"]) == pytest.approx(effect) and said["schemes"] == ["China 2021", "China 2022"]


def test_steps_of_rules_and_data_add_up() -> None:
    after = plant("China 2022", [{**UNKNOWN, "amount": [900] * 12}, {**GAS, "name": "other gas"}])
    found = change(plant(), after)
    assert [(s.cause, s.name) for s in found.steps] == [
        ("rule", "penalty_carbon_per_heat"), ("data", "gas"), ("data", "coal"), ("data", "other gas"),
    ]  # fmt: skip
    assert sum(step.effect for step in found.steps) == pytest.approx(found.end - found.start)
    assert found.steps[1].after == "—" and found.steps[3].before == "—"


def test_a_step_says_month_field_and_both_values() -> None:
    """A month's amount, a report's carbon and the end of a certificate; rows count by their names, not their places."""
    report = {"month": 3, "issuer": "L", "number": "C-3", "carbon": 60.2, "basis": "ad"}
    scale = {"name": "scale", "of": "amount", "U_rel": 0.006, "k": 2, "months": [1, 2]}
    old = {**GAS, "reports": [report], "components": [scale, {**scale, "name": "other"}]}
    amount = [21.0] * 12
    amount[1] = 155.013
    new = {**GAS, "amount": amount, "reports": [{"month": 4}, {**report, "carbon": 63.2}],
           "components": [{**scale, "name": "other"}, {**scale, "U_rel": 0.012, "months": [1, 2, 3]}]}  # fmt: skip
    found = {(one.inside, one.field, one.row, one.month): (one.before, one.after) for one in differences(old, new)}
    assert found == {
        ("", "amount", "", 2): ("21 1e4 Nm3", "155.013 1e4 Nm3"), ("reports", "carbon", "3", 3): ("60.2", "63.2"),
        ("reports", "", "4", 4): ("—", '{"month": 4}'), ("components", "U_rel", "scale", 0): ("0.006", "0.012"),
        ("components", "months", "scale", 0): ("[1, 2]", "[1, 2, 3]"),
    }  # fmt: skip
    said = [one.said for one in differences(old, new)]
    assert said[0] == {"zh": "2 月 · 用量：21 1e4 Nm3 → 155.013 1e4 Nm3",
                       "en": "month 2 · amount: 21 1e4 Nm3 → 155.013 1e4 Nm3"}  # fmt: skip
    assert "相对扩展不确定度" in "".join(one["zh"] for one in said)
    step = change(plant(), plant(streams=[{**GAS, "amount": amount}, UNKNOWN])).steps[0]
    assert [(one.month, one.after) for one in step.fields] == [(2, "155.013 1e4 Nm3")]
    assert not differences({}, new) and not differences(new, new)


def test_a_document_that_is_none_and_twice_the_same() -> None:
    with pytest.raises(Refused):
        change(plant(), b"{}")
    with pytest.raises(Refused):
        change(plant(), plant())
    with pytest.raises(Refused):
        document(change(plant(), plant("China 2022")), "a", "a")


def test_what_to_improve_first() -> None:
    parts = [Component("flow", 0.03), Component("gas standard", 0.01), Component("single hours", 0.02, False)]
    total = with_components(np.full(12, 100.0), parts, "t").sum()
    found = measures(total, {"gas standard": 0.0}, {"flow": 1000.0})
    assert [m.name for m in found] == ["flow", "gas standard", "single hours"]
    u2 = 36.0**2 + 12.0**2 + 12 * 4.0
    assert found[0].u_after == pytest.approx((u2 - 36.0**2 * 0.75) ** 0.5)
    assert found[1].u_after == pytest.approx((u2 - 12.0**2) ** 0.5)
    assert found[0].per_tonne == pytest.approx(1000.0 / found[0].saved) and found[1].per_tonne is None
    assert together(total, {"flow": 0.0, "gas standard": 0.0}) == pytest.approx((12 * 4.0) ** 0.5)
    for wrong in ({"flow": 1.5}, {"flaw": 0.5}):
        with pytest.raises(Refused):
            measures(total, wrong)


def test_two_calibrations_of_one_weigher_are_one_measure() -> None:
    scale = [quantity(0.0, u, "t", label="scale", id=identity("scale", number), source=Source("lab", number))
             for number, u in (("M-1", 3.0), ("M-2", 4.0))]  # fmt: skip
    total = scale[0] + scale[1] + quantity(100.0, 12.0, "t", label="gas")
    found = {m.name: m for m in measures(total, {"scale": 0.0})}
    assert list(found) == ["gas", "scale"] and found["scale"].share == pytest.approx(25.0 / 169.0)
    assert found["scale"].u_after == pytest.approx(12.0) == together(total, {"scale": 0.0})
    assert [source.number for source in found["scale"].sources] == ["M-2", "M-1"]
