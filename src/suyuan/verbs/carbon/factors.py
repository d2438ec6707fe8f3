"""Cases of factors: grid electricity, defaults of fuels, emission of one fuel, constants of rules, density of a gas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from suyuan.carbon import factor as published
from suyuan.carbon.fuel.calculation import EXACT, Rounding, by_heat
from suyuan.verbs.assurance.form import Answer, StudyForm, answered, asked_of
from suyuan.verbs.carbon.files import Files
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import absent_or_wrong

AMOUNTS = ("t", "1e4 Nm3")


def grid_factor(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """The factor of electricity for a purpose, year and region, with its source.

    >>> grid_factor({"purpose": "accounting", "region": "全国", "year": 2021})["factor"]
    0.581
    """
    form = StudyForm(body, ("purpose", "region", "year", "basis"))
    purpose, region = text_of(form, "purpose"), text_of(form, "region", "全国")
    basis, year = text_of(form, "basis", published.AVERAGE), form.number("year", "whole_from", 1)
    form.done()
    row = asked_of(lambda: published.grid_factor(purpose, int(year), region, basis))
    return answered(form, {"factor": row["value"], "unit": row["unit"], **_cited(row)}, ())


def default_factor(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Default factors of fuels from one table, in the unit of the case."""
    form = StudyForm(body, ("table", "fuels"))
    table, fuels = text_of(form, "table"), form.body.get("fuels")
    if not isinstance(fuels, list) or not fuels or not all(isinstance(one, str) for one in fuels):
        form.add(absent_or_wrong(form.body, "fuels", "/input", "names"))
    if not form.unit:
        form.add(absent_or_wrong(form.body, "unit", "/input", "unit"))
    form.done()
    rows = asked_of(lambda: [published.fuel_default(one, table) for one in form.body["fuels"]])
    found = asked_of(lambda: [published.default_factor(one, table, form.unit) for one in form.body["fuels"]])
    sources = [{"fuel": row["fuel"], **_cited(row)} for row in rows]
    return answered(form, {"factor": found, "unit": form.unit, "rows": sources}, ())


def fuel_emission(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Heat, carbon content and emission of an amount of fuel, with the rounding that the case asks for."""
    names = ("amount", "net_calorific_value", "carbon_per_heat", "oxidation")
    form = StudyForm(body, (*names, "amount_unit", "round", "half"))
    unit = text_of(form, "amount_unit", "t")
    if unit not in AMOUNTS:
        form.wrong("/input/amount_unit", "one_of", unit, choices=", ".join(AMOUNTS))
    amount, heat, carbon, oxidation = (form.number(name) for name in names)
    steps = form.body.get("round")
    if steps is not None and not isinstance(steps, Mapping):
        form.wrong("/input/round", "object", steps)
    half = text_of(form, "half", "up")
    form.done()
    rounding = asked_of(lambda: Rounding(steps, half)) if steps else EXACT
    burnt = asked_of(lambda: by_heat(amount, heat, carbon, oxidation, rounding))
    answer = {"heat": burnt.heat, "carbon_content": burnt.carbon_content, "emission": burnt.emission,
              "emission_without_rounding": burnt.best}  # fmt: skip
    units = {"heat": "GJ", "carbon_content": f"tC/{unit}", "emission": "tCO2"}
    return answered(form, {**{key: float(value) for key, value in answer.items()}, "units": units}, ())


def constant(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """A constant of a rule, and how far it lies from what else it could be."""
    form = StudyForm(body, ("name", "atomic_weights"))
    name = text_of(form, "name")
    form.done()
    if name == "part75_co2_mass":
        row = published.constant("part75_mass")
        return answered(form, {"relative_difference": published.part75_mass_difference(), **_cited(row)}, ())
    row = asked_of(lambda: published.constant(name))
    if name == "co2_per_carbon":
        weights = form.body.get("atomic_weights")
        answer = {"rule": published.co2_per_carbon(), **_cited(row)}
        if weights is not None:
            values = {one: number_in(weights.get(one)) if isinstance(weights, Mapping) else 0.0 for one in ("C", "O")}
            if not all(value > 0.0 for value in values.values()):
                form.wrong("/input/atomic_weights", "object", weights)
                form.done()
            exact = published.from_atomic_weights(values)
            answer |= {"from_atomic_weights": exact, "relative_difference": exact / answer["rule"] - 1.0}
        return answered(form, answer, ())
    if "sd" in row:
        return answered(form, {"mean_percent": row["value"], "sd_percent": row["sd"], **_cited(row)}, ())
    return answered(form, {"value": row["value"], "unit": row["unit"], **_cited(row)}, ())


def gas_density(body: Mapping[str, Any], files: Files | None = None) -> Answer:
    """Density of a gas by the ideal law, or by a molar volume.

    >>> round(gas_density({"molar_mass_g_per_mol": 44.0095, "molar_volume_l_per_mol": 22.414})["density"], 4)
    1.9635
    """
    form = StudyForm(body, ("molar_mass_g_per_mol", "temperature_K", "pressure_kPa", "molar_volume_l_per_mol"))
    mass = form.number("molar_mass_g_per_mol", "positive")
    if "molar_volume_l_per_mol" in form.body:
        volume = form.number("molar_volume_l_per_mol", "positive")
        form.done()
        return answered(form, {"density": mass / volume, "unit": "kg/m3"}, ())
    temperature, pressure = form.number("temperature_K", "positive"), form.number("pressure_kPa", "positive")
    form.done()
    return answered(form, {"density": published.gas_density(mass, temperature, pressure), "unit": "kg/m3"}, ())


def _cited(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"source": row["source"], "status": row["status"]}


def text_of(form: StudyForm, name: str, otherwise: str = "") -> str:
    value = form.body.get(name, otherwise)
    if isinstance(value, str) and value.strip():
        return value.strip()
    form.add(absent_or_wrong(form.body, name, "/input", "text"))
    return ""
