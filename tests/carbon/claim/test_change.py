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
