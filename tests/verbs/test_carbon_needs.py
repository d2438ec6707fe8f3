"""What a plant lacks: each reason, which service answers it, and the need that follows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from suyuan.capability.gaps.industry import parameters
from suyuan.capability.taxonomy import fits, quantity_named
from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.fuel.stream import FACTORS
from suyuan.carbon.plant import Plant, read_plant
from suyuan.certificate.typed import read_typed, to_document
from suyuan.procedure.register import Register
from suyuan.quantity.table import load
from suyuan.quantity.unit import parse_unit
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.carbon.claims import claim_of
from suyuan.verbs.carbon.lacks import Lack, lacks
from suyuan.verbs.carbon.needs import delivery, id_of, wanted
from suyuan.verbs.register.registers import read

DAY = date(2026, 3, 1)
SERVICES = load("suyuan.carbon", "services.services")
SCALE: dict[str, Any] = {"name": "belt weigher", "of": "amount", "U_rel": 0.006, "k": 2, "shared": True}
HEAT: dict[str, Any] = {"name": "default heat value", "of": "heat_value", "u_rel": 0.02, "shared": True}


ADMITTED = {"row": "china.report_days", "person": "A", "reason": "not read", "day": "2026-02-01"}


def given(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "source": "constructed"}


def plant(*components: dict[str, Any], name: str = "coal", **changed: Any) -> Plant:
    stream = {
        "name": name, "kind": "combustion", "amount": [1000] * 12, "amount_unit": "t",
        "heat_value": given(20.0, "GJ/t"), "carbon_per_heat": given(0.026, "tC/GJ"), "oxidation": given(0.99, "1"),
        "components": list(components), **changed,
    }  # fmt: skip
    content = {"suyuan": "carbon-plant", "enterprise": "Demo works", "unit": "1", "sector": "other",
               "scheme": "China 2022", "year": 2025, "made": "2026-02-01",
               "streams": [{key: value for key, value in stream.items() if value is not None}],
               "overrides": [ADMITTED]}  # fmt: skip
    found, told = read_plant(json.dumps(content).encode())
    assert found is not None, told
    return found


def certificate(number: str, ended: str, until: str, serial: str = "BS-01", used: tuple[str, ...] = ()) -> Any:
    row = {"name": {"en": "relative error"}, "value": "0.000", "unit": "1", "U": "0.006", "k": "2",
           "range": {"lower": "100", "upper": "900", "unit": "t/h"}}  # fmt: skip
    fields: dict[str, Any] = {
        "issuer": "Lab", "number": number, "act": "calibration", "ended": ended, "issued": ended, "valid_until": until,
        "item": {"name": {"zh": "皮带秤 BS-01", "en": "belt weigher BS-01"}, "serial": serial}, "results": [row],
    }  # fmt: skip
    if used:
        fields["equipment"] = [{"name": {"en": "weights"}, "certificate": {"issuer": used[0], "number": used[1]}}]
    found, told = read_typed(to_document(fields))
    assert found is not None, told
    return found


def made(one: Plant, *held: Any) -> tuple[Claim, Evidence]:
    evidence = Evidence(certificates=held)
    return replace(claim_of(one, evidence=evidence).claim, digest="d" * 64), evidence


def told(one: Plant, *held: Any, given: bool = True, day: date = DAY) -> tuple[dict[str, Lack], list[str], Claim]:
    """Service → its lack; codes of the findings."""
    claim, evidence = made(one, *held)
    found, findings = lacks(claim, evidence, day, one if given else None)
    return {str(lack.service["id"]).partition(".")[2]: lack for lack in found}, [f.code for f in findings], claim


# ---------------------------------------------------------------- rows


def test_every_link_has_a_service_and_every_row_can_be_a_need() -> None:
    for link in load("suyuan.carbon", "management.links"):
        assert any(row["kind"] in ("", link["kind"]) and row["factor"] in ("", link["factor"]) and not row["words"]
                   for row in SERVICES), link["id"]  # fmt: skip
    for row in SERVICES:
        assert row["kind"] == "" or row["kind"] in (*FACTORS, "monitoring"), row["id"]
        assert quantity_named(row["quantity"]) == row["quantity"] and fits(row["quantity"], parse_unit(row["unit"]))
        assert row["U"] > 0 and row["low"] < row["high"] and (row["U_unit"] or row["low"] > 0)
        assert not row["U_unit"] or not row["moves"] or row["per"] > 0
        assert row["parameter"] == "" or parameters()[row["parameter"]].industry == "carbon"


# ---------------------------------------------------------------- reasons


def test_a_factor_without_certificate_and_one_that_is_too_large() -> None:
    found, codes, claim = told(plant(SCALE, HEAT))
    assert set(found) == {"belt_weigher", "coal_carbon"} and not codes
    coal, scale = found["coal_carbon"], found["belt_weigher"]
    assert coal.reasons == ("none", "large") and scale.reasons == ("none",)
    assert coal.share + scale.share == pytest.approx(1.0) and coal.u_rel == pytest.approx(0.02)
    assert coal.left == pytest.approx(0.015 / 0.04) and scale.left == pytest.approx(0.005 / 0.006)  # as asked for
    (first, second) = wanted(claim, (coal, scale), Evidence(), DAY)
    assert first.need.target is not None and second.need.target is not None
    assert pytest.approx(0.015) == first.need.target.U  # of the service: half of a default is no assay
    assert pytest.approx(0.005) == second.need.target.U and second.need.day is None


def test_gas_wants_gas_meters() -> None:
    found, _, _ = told(
        plant(SCALE | {"name": "flow meter"}, HEAT, name="天然气", carbon_per_heat=given(0.0153, "tC/GJ"))
    )
    assert set(found) == {"gas_meter", "gas_carbon"}


def test_without_the_document_nobody_knows_the_factor() -> None:
    found, codes, _ = told(plant(SCALE, HEAT), given=False)
    assert codes == ["carbon.needs.unplaced"] and found["coal_carbon"].reasons == ("none",)


@pytest.mark.parametrize(
    ("held", "reasons"),
    [
        ((), None),  # to be brought, not calibrated for
        ((("M-1", "2024-05-01", "2026-12-31"),), ("broken",)),
        ((("M-1", "2024-05-01", "2025-06-30"),), ("broken", "ended")),
        ((("M-1", "2024-05-01", "2025-06-30"), ("M-2", "2026-01-05", "2027-01-04")), None),
        ((("M-1", "2024-05-01", "2025-06-30"), ("M-2", "2026-01-05", "2026-02-04")), ("broken", "ended")),
    ],
)
def test_what_a_certificate_lacks(held: Any, reasons: tuple[str, ...] | None) -> None:
    scale = SCALE | {"issuer": "Lab", "number": "M-1", "place": "0/0"}
    found, codes, claim = told(plant(scale, HEAT), *(certificate(*one) for one in held))
    assert codes == ([] if held else ["carbon.needs.absent"])
    if reasons is None:  # also where it was calibrated again since
        assert "belt_weigher" not in found
        return
    lack = found["belt_weigher"]
    assert lack.reasons == reasons and lack.behind is not None and lack.behind.number == "M-1"
    (one,) = wanted(claim, (lack,), made(plant(scale, HEAT), *(certificate(*c) for c in held))[1], DAY)
    assert one.need.target is not None and pytest.approx(0.006) == one.need.target.U  # as well as now
    assert (one.need.interval.low, one.need.interval.high) == ((100.0, 900.0) if held else (50.0, 2000.0))
    assert one.need.day == (date(2026, 12, 31) if reasons == ("broken",) else None)


def test_the_target_is_that_of_the_year_and_not_of_its_worst_month() -> None:
    """A month of few tonnes with a bad assay asked for so little that what was found did not help the year."""
    reports = [{"month": m, "issuer": "Lab", "number": f"R-{m}", "carbon": 60.0, "basis": "ar", "u_method": 0.01,
                "u_month": 1.8 if m == 10 else 0.6, "accredited": "CMA",
                "issued": f"202{5 + m // 12}-{m % 12 + 1:02d}-05"}
               for m in range(1, 13)]  # fmt: skip
    amount = [1000.0] * 9 + [10.0] + [1000.0] * 2
    one = plant(SCALE, heat_value=None, carbon_per_heat=None, reports=reports, amount=amount)
    found, _, claim = told(one)
    lack = found["coal_carbon"]
    mean = ((11000 * 0.01**2 + 10 * 0.03**2) / 11010 + (0.01 / 60) ** 2) ** 0.5  # months, and what they share
    assert lack.u_rel == pytest.approx(mean) and "large" in lack.reasons
    (need,) = wanted(claim, (lack,), Evidence(), DAY)
    assert need.need.target is not None and pytest.approx(2 * mean * lack.left, rel=0.01) == need.need.target.U


def test_the_register_reads_back_and_the_id_stays() -> None:
    found, _, claim = told(plant(SCALE, HEAT))
    chosen = wanted(claim, found.values(), Evidence(), DAY, date(2026, 9, 1), "310000")
    register, findings = read(delivery(claim, chosen, DAY))
    assert isinstance(register, Register) and not findings
    rows = register.rows["need"]
    assert [row.id for row in rows] == [one.row["id"] for one in chosen]
    assert {row.region for row in rows} == {"310000"} and {row.day for row in rows} == {date(2026, 9, 1)}
    assert rows[0].industry == "carbon" and "d" * 12 in rows[0].source
    lack = found["belt_weigher"]
    assert id_of(claim, replace(lack, u=1.0, share=0.5)) == id_of(claim, lack) != id_of(replace(claim, unit="2"), lack)
