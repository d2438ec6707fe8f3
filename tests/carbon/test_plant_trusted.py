"""What a unit's document says is not trusted: units, origins, dates, doubles and ranges, each fault with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.claim.claim import document, read_claim
from suyuan.carbon.factor import constant
from suyuan.carbon.fuel.stream import FACTORS, part_of
from suyuan.carbon.fuel.units import COUNTED
from suyuan.carbon.plant import Plant, read_plant, untimely
from suyuan.carbon.rule import rows as rule_rows
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Finding, Refused, errors, sentences
from suyuan.quantity.table import load
from suyuan.verbs.carbon.claims import Claimed, claim_of

OVERRIDES = [{"row": row, "person": "A. Demo", "reason": "text on order", "day": "2025-01-05"}
             for row in ("china.oxidation_coal", "grid.accounting.2022", "china.report_days")]  # fmt: skip
UNITS = {kind: units[0] for kind, units in COUNTED.items()}


def number(value: Any, unit: str, **more: Any) -> dict[str, Any]:
    return {"value": value, "unit": unit, **(more or {"source": "constructed"})}


COAL: dict[str, Any] = {
    "name": "coal", "kind": "combustion", "amount": [1000.0] * 12, "amount_unit": "t", "fuel": "bituminous coal",
    "carbon": number(0.55, "tC/t"), "oxidation": {"rule": "oxidation_coal"},
    "components": [{"name": "scale", "of": "amount", "u_rel": 0.004, "shared": True}],
}  # fmt: skip
POWER: dict[str, Any] = {"name": "power", "kind": "electricity", "amount": [100.0] * 12, "amount_unit": "MW·h",
                         "factor": {"purpose": "accounting", "year": 2022}}  # fmt: skip


def report(month: int, **changed: Any) -> dict[str, Any]:
    issued = f"2024-{month + 1:02d}-10" if month < 12 else "2025-01-10"
    return {"month": month, "issuer": "Lab", "number": f"C-{month}", "carbon": 60.0, "basis": "ad", "u_method": 0.3,
            "u_month": 0.4, "moisture_ar": 10.0, "u_moisture": 0.2, "moisture_ad": 2.0, "heat": 21.0, "issued": issued,
            "accredited": "demo", **changed}  # fmt: skip


REPORTED: dict[str, Any] = {**{key: value for key, value in COAL.items() if key != "carbon"},
                            "reports": [report(month) for month in range(1, 13)]}  # fmt: skip


def read(*streams: Any, **changed: Any) -> tuple[Plant | None, tuple[Finding, ...]]:
    content = {"suyuan": "carbon-plant", "enterprise": "Demo", "unit": "1", "sector": "power", "scheme": "China 2022",
               "year": 2024, "made": "2025-02-20", "streams": list(streams or (COAL, POWER)),
               "overrides": OVERRIDES, **changed}  # fmt: skip
    return read_plant(json.dumps({key: value for key, value in content.items() if value is not None}).encode())


def claimed(*streams: Any, **changed: Any) -> Claimed:
    changed.setdefault("year", 2022)
    changed.setdefault("made", "2023-03-01")
    changed.setdefault("overrides", [{**one, "day": "2023-01-05"} for one in OVERRIDES])
    plant, told = read(*streams, **changed)
    assert plant is not None, told
    return claim_of(plant)


def tonnes(*streams: Any, **changed: Any) -> float:
    return claimed(*streams, **changed).claim.legal


def told(*streams: Any, **changed: Any) -> set[tuple[str, str]]:
    return {(item.code, item.where) for item in errors(read(*streams, **changed)[1])}


# ---------------------------------------------------------------- units of amounts


@pytest.mark.parametrize(("unit", "times"), [("t", 1.0), ("kg", 1e-3), ("万吨", 1e4), ("Mt", 1e6), ("吨", 1.0)])
def test_amounts_of_fuel_count_in_tonnes(unit: str, times: float) -> None:
    amount = [1000.0 / times] * 12
    assert tonnes({**COAL, "amount": amount, "amount_unit": unit}, POWER) == pytest.approx(tonnes(), rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "times"), [("kW·h", 1e-3), ("万kW·h", 10.0), ("万千瓦时", 10.0), ("GW·h", 1e3), ("GJ", 1 / 3.6)]
)
def test_amounts_of_power_count_in_megawatt_hours(unit: str, times: float) -> None:
    power = {**POWER, "amount": [100.0 / times] * 12, "amount_unit": unit}
    assert tonnes(COAL, power) == pytest.approx(tonnes(), rel=1e-12)


@pytest.mark.parametrize(("unit", "times"), [("Nm³", 1e-4), ("10⁴ Nm³", 1.0), ("万Nm3", 1.0), ("万标立方米", 1.0)])
def test_amounts_of_gas_count_in_ten_thousand_normal_cubic_metres(unit: str, times: float) -> None:
    gas = {"name": "天然气", "kind": "combustion", "amount": [21.0 / times] * 12, "amount_unit": unit,
           "heat_value": {"table": "China sector guidelines", "fuel": "natural gas"},
           "carbon_per_heat": number(15.32, "kgC/GJ"), "oxidation": number(99, "%")}  # fmt: skip
    admitted = [{**OVERRIDES[0], "row": row, "day": "2023-01-05"} for row in ("fuel.cn.natural_gas",)]
    assert tonnes(gas, sector="other", overrides=admitted) == pytest.approx(12 * 454.653192, rel=1e-9)


@pytest.mark.parametrize(
    ("stream", "unit", "code"),
    [(COAL, "", "absent"), (COAL, "t/h", "rate"), (POWER, "MW", "rate"), (COAL, "m³", "state"), (COAL, "MW·h", "other"),
     (POWER, "t", "other"), (COAL, "sack", "unknown"), (COAL, "Nm³/h", "rate"), (POWER, "Nm³", "other")],
)  # fmt: skip
def test_another_unit_is_refused_with_what_to_write(stream: dict[str, Any], unit: str, code: str) -> None:
    assert told({**stream, "amount_unit": unit}) == {(f"carbon.amount.{code}", "/streams/0/amount_unit")}
    (item,) = errors(read({**stream, "amount_unit": unit})[1])
    assert ("t" if stream is COAL else "MW·h") in sentences(item, "en")["why"]


# ---------------------------------------------------------------- units, origins and ranges of factors


def sources() -> Iterator[dict[str, Any]]:
    yield from ({"rule": row["name"]} for row in rule_rows() if row["scheme"] == "China 2022")
    yield from ({"table": row["table"], "fuel": row["fuel"]} for row in load("suyuan.carbon", "factors.fuels"))
    for row in load("suyuan.carbon", "factors.grid"):
        year = row.get("year") or int(row["valid_to"])
        yield {"purpose": row["purpose"], "year": year, "region": row["region_zh"]}


def test_every_row_for_every_factor_is_a_number_in_range_or_a_finding() -> None:
    """Rows of CO2 to a unit of heat gave carbon, rows without a heat value were a traceback: none of 1200 pairs is."""
    taken: dict[tuple[str, str], int] = {}
    for kind, factors in FACTORS.items():
        for factor in factors[1:]:
            for source in sources():
                for unit in dict.fromkeys((UNITS[kind], "1e4 Nm3" if kind == "combustion" else UNITS[kind])):
                    stream = {"name": "x", "kind": kind, "amount": [1] * (13 if kind == "stock" else 12),
                              "amount_unit": unit, factor: source}  # fmt: skip
                    plant, found = read(stream)
                    assert plant is None or not errors(found)
                    assert plant is not None or any(item.where.startswith(f"/streams/0/{factor}") for item in found), (
                        found
                    )
                    if plant is not None:
                        taken[kind, factor] = taken.get((kind, factor), 0) + 1
    assert set(taken) == {(kind, factor) for kind, factors in FACTORS.items() for factor in factors[1:]} - {
        ("combustion", "carbon")
    }


def per_heat(source: dict[str, Any], **changed: Any) -> float:
    stream = {**COAL, "heat_value": number(21, "GJ/t"), "carbon_per_heat": source, **changed}
    plant, found = read({key: value for key, value in stream.items() if key != "carbon"})
    assert plant is not None, found
    return float(plant.streams[0].given["carbon_per_heat"])


def test_co2_to_a_unit_of_heat_is_carbon_by_twelve_forty_fourths() -> None:
    carbon = 12 / 44
    assert per_heat({"table": "IPCC 2006", "fuel": "coal"}) == pytest.approx(0.0946 * carbon)
    american = {"table": "40 CFR 98 table C-1", "fuel": "bituminous"}
    assert per_heat(american, heat_basis="gross") == pytest.approx(0.09328 / 1.05505585262 * carbon)
    assert per_heat(number(94.6, "kgCO2/GJ")) == pytest.approx(0.0946 * carbon)
    assert per_heat(number(25.8, "tC/TJ")) == pytest.approx(0.0258)
    plant, found = read({**COAL, "carbon": None, "heat_value": number(21, "GJ/t"), "carbon_per_heat": american})
    assert plant is None and [item.code for item in errors(found)] == ["carbon.factor.heat_basis"]


@pytest.mark.parametrize(
    ("factor", "given", "code"),
    [
        ("carbon", number(55, "tC/t"), "carbon.plausible.range"),
        ("carbon", number(0.55, "%"), "carbon.plausible.range"),
        ("carbon", number(0.55, "t/t"), "carbon.factor.unit"),
        ("carbon", number(0.025, "tC/GJ"), "carbon.factor.unit"),
        ("carbon", {"table": "China sector guidelines", "fuel": "anthracite"}, "carbon.factor.not_given"),
        ("carbon", 0.55, "carbon.factor.bare"),
        ("carbon", [0.55] * 12, "carbon.factor.bare"),
        ("carbon", {"value": 0.55, "unit": "tC/t"}, "carbon.factor.unsourced"),
        ("carbon", {"source": "a paper"}, "carbon.factor.way"),
        ("oxidation", number(0.5, "1"), "carbon.plausible.range"),
        ("oxidation", number(0.99, "%"), "carbon.plausible.range"),
        ("oxidation", {"rule": "carbon_heat_band"}, "carbon.factor.not_given"),
    ],
)
def test_a_factor_that_cannot_be_is_refused(factor: str, given: Any, code: str) -> None:
    found = errors(read({**COAL, factor: given}, POWER)[1])
    assert code in [item.code for item in found]
    assert all(item.where.startswith(f"/streams/0/{factor}") for item in found)


def test_percent_and_fraction_are_the_same_carbon() -> None:
    assert tonnes({**COAL, "carbon": number(55, "%")}, POWER) == pytest.approx(tonnes())


def test_the_heat_of_another_fuel_leaves_its_band() -> None:
    heat = {key: value for key, value in COAL.items() if key != "carbon"} | {"heat_value": number(21, "GJ/t")}
    assert not told({**heat, "carbon_per_heat": number(0.0262, "tC/GJ")}, POWER)
    slip = {**heat, "carbon_per_heat": {"table": "China sector guidelines", "fuel": "fuel oil"}}
    assert told(slip, POWER) == {("carbon.plausible.range", "/streams/0/carbon_per_heat")}
    admitted = [*OVERRIDES, {**OVERRIDES[0], "row": "range.carbon_per_heat.coal"}]
    plant, found = read(slip, POWER, overrides=admitted)
    assert plant is not None and "carbon.plausible.admitted" in [item.code for item in found]


def test_the_override_to_write_stands_ready() -> None:
    (item,) = errors(read({**COAL, "oxidation": number(0.7, "1")}, POWER)[1])
    remedy = sentences(item, "zh")["remedy"]
    row = json.loads(remedy[remedy.index("{") : remedy.rindex("}") + 1])
    assert row["row"] == "range.oxidation" and row["day"] == "2025-02-20"
    row |= {"person": "A. Demo", "reason": "measured ash"}
    plant, found = read({**COAL, "oxidation": number(0.7, "1")}, POWER, overrides=[*OVERRIDES, row])
    assert plant is not None and not errors(found)
    with pytest.raises(Refused) as refused:
        claimed(overrides=None)
    memory = next(one for one in refused.value.findings if one.code == "carbon.rule.from_memory")
    assert '{"row": "china.oxidation_coal", "person"' in sentences(memory, "en")["remedy"]


# ---------------------------------------------------------------- what is there twice, too early, negative


def test_an_empty_month_is_named_as_json_has_it() -> None:
    for empty in (None, ""):
        (item,) = errors(read({**COAL, "amount": [1000.0] * 11 + [empty]}, POWER)[1])
        assert item.where == "/streams/0/amount/11" and "12 月" in sentences(item, "zh")["what"]
    (item,) = errors(read({key: value for key, value in COAL.items() if key != "amount"}, POWER)[1])
    assert (item.code, item.where) == ("carbon.amount.empty", "/streams/0/amount")


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [("1000", "", ""), ("1 000", "carbon.amount.read", "warning"), ("１０００", "carbon.amount.read", "warning"),
     ("1,000", "typed.number.syntax", "error"), ("1000,0", "typed.number.syntax", "error")],
)  # fmt: skip
def test_a_text_in_a_month_is_read_where_it_can_mean_one_number(text: str, code: str, severity: str) -> None:
    plant, found = read({**COAL, "amount": [1000.0] * 11 + [text]}, POWER)
    assert [(item.code, item.severity, item.where) for item in found] == (
        [(code, severity, "/streams/0/amount/11")] if code else []
    )
    assert severity == "error" or (plant is not None and plant.streams[0].amount[11] == 1000.0)


def test_a_report_without_its_month_lacks_it() -> None:
    reports = [*REPORTED["reports"][:2], {**report(3), "month": None}, *REPORTED["reports"][3:]]
    assert told({**REPORTED, "reports": reports}, POWER) == {("typed.field.missing", "/streams/0/reports/2/month")}


def test_a_moisture_without_uncertainty_makes_a_lower_bound() -> None:
    stated = REPORTED["reports"]
    lacking = [*stated[:4], report(5, u_moisture=None), *stated[5:]]
    for reports, months in ((stated, ()), (lacking, (5,))):
        plant, found = read({**REPORTED, "reports": reports}, POWER)
        assert plant is not None
        assert ("carbon.report.moisture_u" in [item.code for item in found]) == bool(months)
        carbon = plant.streams[0].unstated.get("carbon")
        assert (tuple((np.flatnonzero(carbon) + 1).tolist()) if carbon is not None else ()) == months


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"carbon": number(0.55, "tC/t")}, "carbon.stream.two_ways", "/streams/0/carbon"),
        ({"carbon_per_heat": {"rule": "penalty_carbon_per_heat"}}, "carbon.stream.two_ways",
         "/streams/0/carbon_per_heat"),
        ({"amount": [1000.0] * 11 + [0.0]}, "carbon.report.nothing_burnt", "/streams/0/reports/11"),
        ({"amount": [1000.0] * 11 + [-5.0]}, "carbon.amount.negative", "/streams/0/amount/11"),
        ({"amount_unit": "Nm³"}, "carbon.report.not_mass", "/streams/0/reports"),
        ({"defaults": [12]}, "carbon.report.default", "/streams/0/defaults"),
    ],
)  # fmt: skip
def test_what_a_stream_with_reports_cannot_have(change: dict[str, Any], code: str, where: str) -> None:
    assert not told(REPORTED, POWER)
    assert (code, where) in told({**REPORTED, **change}, POWER)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"issued": "2024-02-15"}, "carbon.report.early", "issued"),
        ({"issued": "2023-04-10"}, "carbon.report.early", "issued"),
        ({"issued": "2025-03-01"}, "carbon.report.after", "issued"),
        ({"moisture_ar": 1.0}, "carbon.report.moistures", "moisture_ar"),
        ({"carbon": 0.611}, "carbon.plausible.range", "carbon"),
        ({"u_method": 33.0}, "carbon.plausible.range", "u_method"),
        ({"u_method": 0.0}, "carbon.plausible.range", "u_method"),
        ({"u_month": 0.004}, "carbon.plausible.range", "u_month"),
        ({"moisture_ar": 0.12, "moisture_ad": None}, "carbon.plausible.range", "moisture_ar"),
        ({"moisture_ad": 0.02}, "carbon.plausible.range", "moisture_ad"),
        ({"basis": "daf", "ash_ar": 0.2}, "carbon.plausible.range", "ash_ar"),
        ({"heat": 21000.0}, "carbon.plausible.range", "heat"),
        ({"number": "C-1"}, "carbon.report.number", "number"),
        ({"basis": "ar", "heat": 19.0}, "carbon.plausible.range", ""),
    ],
)
def test_what_a_report_cannot_say(change: dict[str, Any], code: str, field: str) -> None:
    reports = [*REPORTED["reports"][:2], report(3, **change), *REPORTED["reports"][3:]]
    place = "/streams/0/reports/2" + (f"/{field}" if field else "")
    assert (code, place) in told({**REPORTED, "reports": reports}, POWER)


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"streams": [COAL, COAL, POWER]}, "carbon.stream.twice", "/streams/1/name"),
        ({"streams": [COAL, {**POWER, "amount": [-1] * 12}]}, "carbon.amount.negative", "/streams/1/amount/0"),
        ({"overrides": [{**OVERRIDES[0], "row": "china.oxidation_cole"}]}, "carbon.override.row", "/overrides/0/row"),
        ({"overrides": [{**OVERRIDES[0], "reason": "."}]}, "carbon.override.reason", "/overrides/0/reason"),
        ({"overrides": [{**OVERRIDES[0], "day": "1900-01-01"}]}, "carbon.override.day", "/overrides/0/day"),
        ({"overrides": [{**OVERRIDES[0], "day": "2025-03-01"}]}, "carbon.override.day", "/overrides/0/day"),
        ({"overrides": [OVERRIDES[0], OVERRIDES[0]]}, "carbon.override.twice", "/overrides/1/row"),
        ({"round": {"heat": 2, "carbon_content": 2}}, "carbon.fuel.rounding_ways", "/round"),
        ({"made": "2024-11-01"}, "carbon.plant.early", "/made"),
        ({"year": 2010}, "carbon.scheme.years", "/scheme"),
        ({"scheme": "China 2021"}, "carbon.scheme.years", "/scheme"),
        ({"scheme": "HJ 75-2017"}, "carbon.rule.scheme", "/scheme"),
        ({"legal_basis": "monitoring"}, "carbon.sector.basis", "/legal_basis"),
    ],
)
def test_what_a_year_cannot_be(change: dict[str, Any], code: str, where: str) -> None:
    streams = change.pop("streams", ())
    assert (code, where) in told(*streams, **change)


@pytest.mark.parametrize(
    ("row", "change"),
    [("scheme.china_2022", {"year": 2020, "made": "2021-02-01"}),
     ("sector.power.combustion", {"legal_basis": "monitoring"})],
)  # fmt: skip
def test_a_scheme_or_basis_enters_by_name(row: str, change: dict[str, Any]) -> None:
    day = "2021-01-05" if "year" in change else "2025-01-05"
    assert told(**change, overrides=[])
    plant, found = read(**change, overrides=[{"row": row, "person": "A", "reason": "none other", "day": day}])
    assert plant is not None and [item.severity for item in found if item.code.endswith("admitted")] == ["warning"]


def test_a_day_to_come_is_refused() -> None:
    plant, _ = read()
    assert plant is not None
    assert not untimely(plant, plant.made)
    assert [item.code for item in untimely(plant, plant.made.replace(day=1))] == ["carbon.plant.ahead"]
    early = replace(plant, made=date(2024, 12, 31))
    assert [item.code for item in untimely(early, plant.made)] == ["carbon.plant.early"]


@pytest.mark.parametrize(
    ("component", "code", "field"),
    [
        ({"name": "s", "of": "amount", "U_rel": 0.5, "k": 2, "shared": True}, "carbon.plausible.range", "U_rel"),
        ({"name": "s", "of": "amount", "u_rel": 0, "shared": True}, "carbon.component.nil", "u_rel"),
        ({"name": "s", "of": "amount", "shared": True}, "carbon.component.none", "u_rel"),
        (
            {"name": "s", "of": "amount", "u_rel": 0.01, "U_rel": 0.02, "k": 2, "shared": True},
            "carbon.component.both",
            "U_rel",
        ),
        ({"name": "scale", "of": "amount", "u_rel": 0.01, "shared": True}, "carbon.component.twice", "name"),
        ({"name": "o", "of": "oxidation", "u_rel": 0.01, "shared": False}, "carbon.component.row_shared", "shared"),
    ],
)
def test_what_a_component_cannot_be(component: dict[str, Any], code: str, field: str) -> None:
    found = told({**COAL, "components": [*COAL["components"], component]}, POWER)
    assert (code, f"/streams/0/components/1/{field}") in found


def test_one_certificate_counts_once_a_month() -> None:
    one = {"name": "first", "of": "amount", "U_rel": 0.006, "k": 2, "shared": True, "issuer": "A", "number": "1"}
    assert told({**COAL, "components": [one, {**one, "name": "second"}]}, POWER) == {
        ("carbon.component.twice", "/streams/0/components/1/name")
    }
    parted = [{**one, "months": [1, 2, 3]}, {**one, "name": "second", "months": [4, 5]}]
    assert not told({**COAL, "components": parted}, POWER)


# ---------------------------------------------------------------- shares by method, months without a report


def test_the_share_by_method_follows_from_where_factors_come_from() -> None:
    def methods(**changed: Any) -> dict[str, float]:
        return dict(claimed({**COAL, **changed}, POWER).claim.methods)

    power = 1200 * 0.5703
    assert methods() == pytest.approx({"stated": 12000 * 0.55 * 0.99 * 44 / 12, "default": power})
    measured = methods(carbon=number(0.55, "tC/t", issuer="Lab", number="C-1"))
    assert measured == pytest.approx({"calculated": 12000 * 0.55 * 0.99 * 44 / 12, "default": power})
    stated = number(0.99, "1", status="stated")
    assert set(methods(carbon=number(0.55, "tC/t", issuer="Lab", number="C-1"), oxidation=stated)) == {
        "stated", "default"}  # fmt: skip


def test_a_stated_number_is_shown_as_such_in_the_claim() -> None:
    made = claimed({**COAL, "carbon": number(0.55, "tC/t", status="stated")}, POWER)
    again, _ = read_claim(document(made.claim))
    assert again is not None
    row = next(row for row in again.rows if row["status"] == "stated")
    assert (row["id"], row["value"], row["unit"]) == ("stated.coal.carbon", [0.55], "tC/t")
    assert "carbon.factor.stated" in [item.code for item in made.findings]


def test_a_month_without_a_report_takes_the_default_of_the_rule() -> None:
    eleven = [one for one in REPORTED["reports"] if one["month"] != 5]
    lacking = {**REPORTED, "reports": eleven, "defaults": [5]}
    assert told(lacking, POWER) == {("carbon.report.default_factor", f"/streams/0/{factor}")
                                    for factor in ("carbon_per_heat", "heat_value")}  # fmt: skip
    for item in errors(read(lacking, POWER)[1]):
        remedy = sentences(item, "en")["remedy"]
        example = json.loads("{" + remedy[remedy.index('"') : remedy.rindex("}") + 1] + "}")
        lacking |= example
    rows = ("china.penalty_carbon_per_heat", "fuel.cn.anthracite", *(one["row"] for one in OVERRIDES))
    admitted = [{**OVERRIDES[0], "row": row} for row in rows]
    plant, found = read(lacking, POWER, overrides=admitted)
    assert plant is not None, found
    part = part_of(plant.streams[0]).part
    measured, default = 0.6 * 90 / 98, 22.867 * 0.03085
    assert part.legal[4] == pytest.approx(1000 * default * 0.99 * 44 / 12)
    assert part.legal[5] == pytest.approx(1000 * measured * 0.99 * 44 / 12)
    assert part.methods == pytest.approx({"calculated": 11 * part.legal[5], "default": part.legal[4]})
    assert float(part.months.sum().value) == pytest.approx(sum(part.legal))
    assert told({**REPORTED, "reports": eleven}, POWER) == {("carbon.report.absent", "/streams/0/reports")}


def test_a_claim_shows_the_numbers_that_it_took() -> None:
    """A row of defaults stood in the claim by its carbon to heat where its heat value alone was used, and for a month
    in which nothing was burnt."""
    eleven = [one for one in REPORTED["reports"] if one["month"] != 5]
    lacking = {**REPORTED, "reports": eleven, "defaults": [5], "carbon_per_heat": {"rule": "penalty_carbon_per_heat"},
               "heat_value": {"table": "China sector guidelines", "fuel": "anthracite"}}  # fmt: skip
    extra = [{**OVERRIDES[0], "row": row} for row in ("china.penalty_carbon_per_heat", "fuel.cn.anthracite")]
    made = claimed(lacking, POWER, year=2024, made="2025-02-20", overrides=[*OVERRIDES, *extra])
    shown = {(row["id"], row["value"], row["unit"]) for row in made.claim.rows}
    assert shown >= {("fuel.cn.anthracite", 22.867, "GJ/(t)"), ("china.penalty_carbon_per_heat", 0.03085, "tC/GJ")}
    assert not [row for row in shown if row[0] == "fuel.cn.anthracite" and row[1] == 0.02749]
    idle = {**lacking, "amount": [1000.0] * 4 + [0.0] + [1000.0] * 7}
    made = claimed(idle, POWER, year=2024, made="2025-02-20", overrides=OVERRIDES)
    assert not {row["id"] for row in made.claim.rows} & {"fuel.cn.anthracite", "china.penalty_carbon_per_heat"}


def test_a_month_in_which_nothing_was_burnt_needs_no_report() -> None:
    eleven = [one for one in REPORTED["reports"] if one["month"] != 5]
    amount = [1000.0] * 4 + [0.0] + [1000.0] * 7
    plant, found = read({**REPORTED, "reports": eleven, "amount": amount}, POWER)
    assert plant is not None and not errors(found), found


# ---------------------------------------------------------------- uncertainty of factors of rows


def test_an_uncertainty_that_nobody_states_is_told_and_not_nil() -> None:
    made = claimed()
    again, _ = read_claim(document(made.claim))
    assert again is not None
    assert [part.unstated for part in again.parts] == [("carbon", "oxidation"), ("amount", "factor")]
    told_of = [item for item in made.findings if item.code == "carbon.stream.unknown_u"]
    assert len(told_of) == 2 and "下限" in sentences(told_of[0], "zh")["why"]


def test_a_row_brings_the_uncertainty_that_it_states() -> None:
    heat = {key: value for key, value in COAL.items() if key != "carbon"}
    coal = {**heat, "heat_value": number(21, "GJ/t"), "carbon_per_heat": {"table": "IPCC 2006", "fuel": "coal"}}
    rows = [*OVERRIDES, {**OVERRIDES[0], "row": "fuel.ipcc.coal"}]
    plant, found = read({**coal, "components": []}, POWER, overrides=rows)
    assert plant is not None, found
    (component,) = plant.streams[0].components
    assert component.u_rel == pytest.approx((99700 - 89500) / 2 / 1.96 / 94600, rel=1e-4)
    assert "carbon_per_heat" not in plant.streams[0].unstated


def test_the_error_of_a_row_is_one_in_all_streams_and_plants() -> None:
    oxidation = {"name": "of the row", "of": "oxidation", "u_rel": 0.005, "shared": True}
    coal = {**COAL, "components": [oxidation]}
    first = claimed(coal, POWER).claim.best
    other = claimed({**coal, "name": "other coal"}, POWER, enterprise="Another works").claim.best
    assert float(covariance(first, other)) == pytest.approx((0.005 * 12000 * 0.55 * 0.99 * 44 / 12) ** 2)
    two = claimed(coal, {**coal, "name": "other coal"}, POWER).claim.best
    assert float(two.u) == pytest.approx(2 * float(first.u))
    own = claimed({**coal, "oxidation": number(0.99, "1")}, POWER, enterprise="Another works").claim.best
    assert float(covariance(first, own)) == 0.0


def test_the_rule_of_carbon_and_co2_is_the_row() -> None:
    row = constant("co2_per_carbon")
    assert row["value"] == pytest.approx(row["numerator"] / row["denominator"])
