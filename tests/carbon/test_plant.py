"""A plant's year from its document to its claim: complete, with every fault placed, and with certificates judged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from suyuan.carbon.plant import read_plant
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Refused, errors, sentences
from suyuan.quantity.influence import identity
from suyuan.quantity.quantity import quantity
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.carbon.claims import claim_of

COAL = {
    "name": "coal", "kind": "combustion", "amount": [182000, 171000, 180000, 176000, 168000, 174000, 190000, 192000,
    175000, 170000, 178000, 186000],
    "amount_unit": "t", "fuel": "bituminous coal",
    "carbon": {"value": [0.552, 0.549, 0.556, 0.551, 0.547, 0.553, 0.555, 0.55, 0.548, 0.554, 0.556, 0.551],
               "unit": "tC/t", "issuer": "Demo laboratory", "number": "C-2025"},
    "oxidation": {"rule": "oxidation_coal"},
    "components": [
        {"name": "belt scale, calibration", "of": "amount", "U_rel": 0.006, "k": 2, "shared": True, "issuer": "Demo",
         "number": "BS-1", "valid_until": "2025-03-31", "months": [1, 2, 3, 4]},
        {"name": "belt scale, calibration", "of": "amount", "U_rel": 0.006, "k": 2, "shared": True, "issuer": "Demo",
         "number": "BS-2", "valid_until": "2026-04-30", "months": [5, 6, 7, 8, 9, 10, 11, 12]},
        {"name": "belt scale, repeatability", "of": "amount", "u_rel": 0.004, "shared": False},
        {"name": "laboratory", "of": "carbon", "u_rel": 0.006, "shared": True},
        {"name": "sampling", "of": "carbon", "u_rel": 0.008, "shared": False},
        {"name": "oxidation factor", "of": "oxidation", "u_rel": 0.005, "shared": True},
    ],
}  # fmt: skip
POWER = {"name": "bought power", "kind": "electricity", "amount": [100] * 12, "amount_unit": "MW·h",
         "factor": {"purpose": "accounting", "year": 2022}}  # fmt: skip
PRINTED = {"name": "gas standard", "of": "carbon", "shared": True, "issuer": "NMI", "number": "G-1", "place": "0/0",
           "value": 12.5, "unit": "%", "U": 0.125, "k": 2}  # fmt: skip
PLANT = {
    "suyuan": "carbon-plant", "enterprise": "Demo works", "unit": "unit 1", "sector": "power", "scheme": "China 2022",
    "year": 2025, "made": "2026-02-01", "by": "demo", "streams": [COAL, POWER],
    "overrides": [{"row": row, "person": "A. Demo", "reason": "text on order", "day": "2026-01-05"}
                  for row in ("china.oxidation_coal", "grid.accounting.2022")],
}  # fmt: skip


def stated(value: Any, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "status": "stated"}


def written(**changed: Any) -> bytes:
    return json.dumps({**PLANT, **changed}, ensure_ascii=False).encode("utf-8")


def test_the_year_with_two_scale_certificates() -> None:
    plant, told = read_plant(written())
    assert plant is not None and not errors(told), told
    found = claim_of(plant, evidence=Evidence())
    coal, power = (part.months.sum() for part in found.claim.parts)
    assert float(coal.value) == pytest.approx(4291026.63, rel=1e-12)
    assert float(power.value) == pytest.approx(1200 * 0.5703)
    months = [float(t) for t in found.claim.parts[0].legal]
    scale = 0.003 * (sum(months[:4]) ** 2 + sum(months[4:]) ** 2) ** 0.5  # two certificates, two errors
    other = (37575.08928209799**2 - (0.003 * 4291026.63) ** 2) ** 0.5
    assert float(coal.u) == pytest.approx((scale**2 + other**2) ** 0.5, rel=1e-9)
    codes = [item.code for item in found.findings]
    assert codes.count("carbon.evidence.absent") == 3
    assert codes.count("carbon.claim.ended") == 1 and "carbon.rule.overridden" in codes
    assert {row["id"] for row in found.claim.rows} >= {"china.oxidation_coal", "grid.accounting.2022"}
    assert [row.name for row in found.certificates][:1] != []


def test_a_component_as_printed_is_the_influence_of_its_certificate() -> None:
    plant, told = read_plant(written(streams=[{**COAL, "components": [PRINTED]}, POWER]))
    assert plant is not None and not errors(told), told
    best = claim_of(plant).claim.parts[0].months.sum()
    gas = quantity(12.5, 0.0625, "%", id=identity("NMI", "G-1", "0/0"))
    assert float(best.u) == pytest.approx(0.005 * float(best.value), rel=1e-12)
    assert float(covariance(best, gas)) == pytest.approx(0.005 * float(best.value) * 0.0625, rel=1e-12)


def test_a_document_read_twice_gives_the_same_quantity() -> None:
    first, second = (read_plant(written())[0] for _ in range(2))
    assert first is not None and second is not None
    apart = claim_of(first).claim.best - claim_of(second).claim.best
    assert float(apart.u) == 0.0


def test_without_the_override_there_is_no_claim() -> None:
    plant, _ = read_plant(written(overrides=[]))
    assert plant is not None
    with pytest.raises(Refused) as refused:
        claim_of(plant)
    assert "carbon.rule.from_memory" in [item.code for item in refused.value.findings]


def test_a_power_plant_without_bought_power_is_not_whole() -> None:
    plant, _ = read_plant(written(streams=[COAL]))
    assert plant is not None
    with pytest.raises(Refused) as refused:
        claim_of(plant)
    assert "carbon.sector.absent" in [item.code for item in refused.value.findings]


def admitting(*rows: str) -> list[dict[str, str]]:
    return [{"row": row, "person": "B. Demo", "reason": "none published", "day": "2026-01-05"} for row in rows]


def told_of(**changed: Any) -> tuple[list[tuple[str, str, str]], bool]:
    """What a claim tells of where its factors come from, and whether it stands."""
    plant, told = read_plant(written(**changed))
    assert plant is not None, told
    try:
        found, stands = claim_of(plant).findings, True
    except Refused as refused:
        found, stands = refused.findings, False
    mine = [item for item in found if item.code.startswith("carbon.factor") and item.code != "carbon.factor.stated"]
    return [(item.code.rpartition(".")[2], item.severity, item.where) for item in mine], stands


@pytest.mark.parametrize(
    ("year", "factor", "row", "fits"),
    [
        (2022, {"purpose": "accounting", "year": 2022}, "grid.accounting.2022", True),
        (2023, {"purpose": "accounting", "year": 2022}, "grid.accounting.2022", False),
        (2022, {"purpose": "statistics", "year": 2022}, "grid.statistics.2022.china.average", False),
        (2025, {"purpose": "statistics", "year": 2023}, "grid.statistics.2023.china.average", False),
        (2024, {"purpose": "footprint", "year": 2024}, "grid.footprint.2024", False),
    ],
)
def test_a_grid_factor_of_another_use_enters_by_name_only(
    year: int, factor: dict[str, Any], row: str, fits: bool
) -> None:
    """A factor for statistics of 2023 in the accounts of 2025 was taken without a word: 57 091 t of a steel works."""
    streams = [COAL, {**POWER, "factor": factor}]
    coal = admitting("china.oxidation_coal")
    told, stands = told_of(year=year, streams=streams, overrides=coal)
    assert told == ([] if fits else [("other_use", "error", "/streams/1/factor")]) and not stands
    told, stands = told_of(year=year, streams=streams, overrides=[*coal, *admitting(row)])
    assert told == ([] if fits else [("use_admitted", "warning", "/streams/1/factor")]) and stands


def test_what_was_admitted_names_purpose_year_and_person() -> None:
    streams = [COAL, {**POWER, "factor": {"purpose": "statistics", "year": 2023}}]
    rows = admitting("china.oxidation_coal", "grid.statistics.2023.china.average")
    plant, _ = read_plant(written(streams=streams, overrides=rows))
    assert plant is not None
    made = claim_of(plant)
    item = next(one for one in made.findings if one.code == "carbon.factor.use_admitted")
    for language, words in (("zh", ("B. Demo", "能源统计", "2023", "2025")), ("en", ("B. Demo", "statistics", "2023"))):
        assert all(word in sentences(item, language)["what"] for word in words)
    assert {one.row for one in made.claim.overrides} >= {"grid.statistics.2023.china.average"}


@pytest.mark.parametrize(
    ("table", "row", "fits"),
    [
        ("China sector guidelines", "fuel.cn.anthracite", True),
        ("40 CFR 98 table C-1", "fuel.us.anthracite", False),
    ],
)
def test_a_default_of_another_scheme_enters_by_name_only(table: str, row: str, fits: bool) -> None:
    """The American row was read in its text, and is still no default of the Chinese rules."""
    gross = {} if fits else {"heat_basis": "gross"}
    coal = {
        **{key: value for key, value in COAL.items() if key not in ("carbon", "components")}, **gross,
        "fuel": "anthracite", "carbon_per_heat": {"table": table, "fuel": "anthracite"},
        "heat_value": stated(22.0, "GJ/t"),
    }  # fmt: skip
    usual = admitting("china.oxidation_coal", "grid.accounting.2022")
    told, stands = told_of(year=2022, streams=[coal, POWER], overrides=usual)
    assert told == ([] if fits else [("other_scheme", "error", "/streams/0/carbon_per_heat")]) and not stands
    told, stands = told_of(year=2022, streams=[coal, POWER], overrides=[*usual, *admitting(row)])
    assert told == ([] if fits else [("scheme_admitted", "warning", "/streams/0/carbon_per_heat")]) and stands


def test_an_oxidation_of_another_sector_enters_by_name_only() -> None:
    """Coke of a steel works was oxidised as coal of a power plant, 0.99 for 0.93, without a word."""

    def steel(rule: str, *rows: str) -> tuple[list[tuple[str, str, str]], bool]:
        coke = {
            "name": "coke",
            "kind": "combustion",
            "amount": [1000] * 12,
            "amount_unit": "t",
            "carbon": stated(0.85, "tC/t"),
            "oxidation": {"rule": rule},
        }
        flux = {
            "name": "stone",
            "kind": "process",
            "amount": [10] * 12,
            "amount_unit": "t",
            "factor": stated(0.44, "tCO2/t"),
        }
        return told_of(sector="steel", streams=[coke, flux, {**flux, "name": "steel", "kind": "credit"},
                                                {**POWER, "factor": {"purpose": "accounting", "year": 2022}}],
                       year=2022, overrides=admitting("grid.accounting.2022", *rows))  # fmt: skip

    assert steel(
        "oxidation_coal",
    ) == ([("other_sector", "error", "/streams/0/oxidation")], False)
    admitted = [("sector_admitted", "warning", "/streams/0/oxidation")]
    assert steel("oxidation_coal", "china.oxidation_coal") == (admitted, True)
    assert steel("oxidation_coke", "china.oxidation_coke") == ([], True)
    assert steel("oxidation_coke") == ([], False)  # its text was not read
    plant, _ = read_plant(written(streams=[{**COAL, "oxidation": {"rule": "oxidation_coke"}}]))
    assert plant is not None and plant.streams[0].given["oxidation"] == 0.93


@pytest.mark.parametrize(
    ("stream", "factor", "source"),
    [
        (COAL, "oxidation", {"purpose": "statistics", "year": 2022}),
        (COAL, "oxidation", {"rule": "limestone"}),
        (COAL, "heat_value", {"table": "IPCC 2006", "fuel": "coal"}),
        (COAL, "heat_value", {"rule": "oxidation_coal"}),
        (POWER, "factor", {"table": "China sector guidelines", "fuel": "coke"}),
        (POWER, "factor", {"rule": "heat_factor"}),
    ],
)
def test_a_row_of_something_else_gives_no_factor(stream: dict[str, Any], factor: str, source: dict[str, Any]) -> None:
    """A table of CO2 to a unit of heat gave carbon to a unit of heat; one without heat values was a traceback."""
    row = {key: value for key, value in stream.items() if key != "carbon" or factor == "oxidation"}
    plant, told = read_plant(written(streams=[{**row, factor: source}]))
    assert plant is None and "carbon.factor.not_given" in [item.code for item in told]


@pytest.mark.parametrize(
    ("change", "where", "code"),
    [
        ({"year": "soon"}, "/year", "typed.number.syntax"),
        ({"scheme": "GB 1"}, "/scheme", "carbon.rule.scheme"),
        ({"streams": [{**COAL, "amount": [1, 2]}]}, "/streams/0/amount", "carbon.fuel.months"),
        ({"streams": [{**COAL, "amount": [1] * 11 + [None]}]}, "/streams/0/amount/11", "carbon.amount.empty"),
        ({"streams": [{**COAL, "oxidation": {"rule": "oxidation_col"}}]}, "/streams/0/oxidation", "carbon.rule.absent"),
        ({"streams": [{**POWER, "factor": {"purpose": "accounting", "year": 2025}}]},
         "/streams/0/factor/year", "carbon.factor.grid"),
        ({"streams": [{**COAL, "components": [{"name": "x", "of": "amount", "U_rel": 0.01, "shared": True}]}]},
         "/streams/0/components/0/k", "typed.field.missing"),
        ({"streams": [{**COAL, "components": [{**PRINTED, "value": 0}]}]},
         "/streams/0/components/0/value", "carbon.component.printed"),
        ({"streams": [{**COAL, "components": [{**PRINTED, "place": ""}]}]},
         "/streams/0/components/0/place", "typed.field.missing"),
        ({"legal_basis": "feeling"}, "/legal_basis", "typed.field.choice"),
        ({"streams": [{**COAL, "components": [{"name": "x", "of": "amount", "u_rel": 0.01}]}]},
         "/streams/0/components/0/shared", "typed.field.type"),
    ],
)  # fmt: skip
def test_every_fault_has_its_place(change: dict[str, Any], where: str, code: str) -> None:
    plant, told = read_plant(written(**change))
    assert plant is None
    assert (where, code) in [(item.where, item.code) for item in told], told
