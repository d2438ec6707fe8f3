"""Meters of a unit's document in its claim and its register: due within the year, of a stream that is not there."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from suyuan.carbon.plant import read_plant
from suyuan.quantity.finding import Finding
from suyuan.verbs.carbon.claims import claim_of
from suyuan.verbs.carbon.register import register

POWER = {"name": "power", "kind": "electricity", "amount": ["100"] * 12, "amount_unit": "MW·h", "meter": "EM-01",
         "factor": {"value": "0.5", "unit": "tCO2/(MW·h)", "source": "constructed"}}  # fmt: skip
METER = {"id": "EM-01", "carrier": "electricity", "level": "unit", "fitted": True, "stream": "power", "issuer": "L",
         "number": "E-1", "due": "2026-12-24"}  # fmt: skip


def told(**changes: Any) -> tuple[list[Finding], list[Finding]]:
    """What the claim says of a meter, and what the register does on the day of the claim."""
    content = {"suyuan": "carbon-plant", "enterprise": "E", "unit": "U", "sector": "other", "scheme": "China 2022",
               "year": 2025, "made": "2026-02-01", "streams": [POWER], "meters": [{**METER, **changes}]}  # fmt: skip
    plant, found = read_plant(json.dumps(content).encode())
    assert plant is not None, found
    return [[item for item in items if item.code.startswith("carbon.register.")]
            for items in (claim_of(plant).findings, register(plant, date(2026, 2, 1)).told)]  # type: ignore[return-value]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"due": "2025-03-15"}, "/meters/0/due"),
        ({"due": "2025-12-30"}, "/meters/0/due"),
        ({"due": "2025-12-31"}, ""),
        ({"due": "2025-03-15", "fitted": False}, ""),
        ({"due": ""}, ""),
    ],
)
def test_a_meter_that_fell_due_within_the_claimed_year_is_told(changes: dict[str, Any], where: str) -> None:
    found, _ = told(**{key: value for key, value in changes.items() if value != ""})
    assert [item.where for item in found if item.code == "carbon.register.due"] == ([where] if where else [])
    assert all(item.severity == "warning" for item in found)


def test_a_meter_of_an_unknown_stream_is_told_by_claim_and_register() -> None:
    for items in told(stream="焦煤"):
        assert [(item.code, item.where) for item in items] == [("carbon.register.stream", "/meters/0/stream")]
