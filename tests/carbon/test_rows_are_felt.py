"""Each leaf of each row of calculation, factors, sectors, meters, verification and forests moves a computation."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.carbon import factor as published
from suyuan.carbon.claim.check import cross_check
from suyuan.carbon.claim.material import materiality
from suyuan.carbon.component import Component
from suyuan.carbon.forest.allometry import biomass
from suyuan.carbon.forest.montecarlo import diameter_sd
from suyuan.carbon.fuel.laboratory import Report, late, outliers
from suyuan.carbon.fuel.plausible import out_of_range, ranges
from suyuan.carbon.fuel.stream import FACTORS, SourceStream, part_of
from suyuan.carbon.fuel.units import COUNTED, in_factor_unit
from suyuan.carbon.management.meters import Meter, examined, rates
from suyuan.carbon.management.oversight import deadlines
from suyuan.carbon.management.tiers import limits_of, tier_of
from suyuan.carbon.plant import read_plant
from suyuan.carbon.rule import rules
from suyuan.carbon.sector.sector import basis_told, checked
from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import quantity
from suyuan.quantity.table import load

from .mutation import unfelt

Row = Mapping[str, Any]
PER = {"combustion": "t", "process": "t", "credit": "t", "electricity": "MW·h", "heat": "GJ"}
BESIDE: dict[str, Any] = {"carbon": 0.5, "heat_value": 20.0, "carbon_per_heat": 0.026, "oxidation": 0.99}


def tonnes(row: Row, kind: str, factor: str, per: str) -> list[float]:
    """The months of a stream whose factor comes from a row, and its components."""
    value, unit = published.given_by(row, kind, factor)
    given: dict[str, Any] = {factor: value * in_factor_unit(unit, factor, per, kind)}
    if kind == "combustion":
        wanted = ("heat_value", "carbon_per_heat", "oxidation")
        given = {name: given.get(name, BESIDE[name]) for name in wanted}
    u_rel = published.u_rel_of(row)
    own = () if u_rel is None else (Component("row", u_rel, True, factor, row=str(row["id"])),)
    part = part_of(SourceStream("x", kind, np.full(12, 100.0), given, own)).part
    return [*part.legal, float(part.months.sum().u)]


def report(month: int, **changed: Any) -> Report:
    return Report(month, "Lab", f"C-{month}", changed.pop("carbon", 60.0), "ar", 0.3, 0.4, heat=22.0,
                  issued=changed.pop("issued", None), accredited="demo")  # fmt: skip


def of_calculation(row: Row) -> Any:
    held = rules(str(row["scheme"]), date(2025, 12, 31))
    mine = held.row(str(row["name"]))
    if "gives" in mine:
        kind = mine["kinds"][0]
        return tonnes(mine, kind, mine["gives"], PER[kind])
    if row["name"] == "report_days":
        last = date(2025, 2, 28).toordinal()
        return [late([report(2, issued=date.fromordinal(last + days))], 2025, held) for days in (39, 40, 41, 42)]
    near = [[report(month, carbon=60.0 * (1.0 + (month == 6) * off)) for month in range(1, 13)]
            for off in (0.0499, 0.0501, 0.0531, 0.0537)]  # fmt: skip
    return [[item.where for item in outliers(one, held)] for one in near]


def test_rows_of_calculation(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not unfelt(monkeypatch, list(load("suyuan.carbon", "calculation")), of_calculation)


def of_fuel(row: Row) -> Any:
    found = published.fuel_default(row["fuel"], row["table"])
    per = str(found.get("amount_unit", "t"))
    heat = tonnes(found, "combustion", "heat_value", per) if "net_calorific_value" in row else []
    return tonnes(found, "combustion", "carbon_per_heat", per), heat


def test_rows_of_fuels(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not unfelt(monkeypatch, list(load("suyuan.carbon", "factors.fuels")), of_fuel)


def of_grid(row: Row) -> Any:
    found = [tonnes(one, "electricity", "factor", "MW·h") for one in load("suyuan.carbon", "factors.grid")
             if one["id"] == row["id"]]  # fmt: skip
    given = (row["region_zh"], row["basis"])
    years = [row["year"]] if "year" in row else range(2018, 2027)
    return found, [_answered(str(row["purpose"]), year, *given) for year in years]


def _answered(purpose: str, year: int, region: str, basis: str) -> Any:
    try:
        return published.grid_factor(purpose, year, region, basis)["value"]
    except Exception as refused:  # what a year without a factor gives is its refusal
        return type(refused).__name__


def test_rows_of_the_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not unfelt(monkeypatch, list(load("suyuan.carbon", "factors.grid")), of_grid)


def of_constant(row: Row) -> Any:
    one = published.constant(str(row["name"]))
    return (published.co2_per_carbon(), published.part75_mass_difference(), published.gas_density(44.0, 273.15, 101.3),
            one.get("sd"), one["value"] if one["name"] == "carbon_fraction_of_biomass" else None)  # fmt: skip


def test_constants(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not unfelt(monkeypatch, list(load("suyuan.carbon", "factors.constants")), of_constant)


def of_range(row: Row) -> Any:
    mine = ranges(str(row["kind"]), str(row["factor"]), str(row["per"]), str(row.get("fuel", [""])[0]))
    one = tuple(held for held in mine if held["id"] == row["id"])
    edges = [math.nextafter(float(row[name]), side) for name in ("low", "high") for side in (-math.inf, math.inf)]
    return [[item.code for item in out_of_range(value, one, {}, "")] for value in edges]


def test_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not unfelt(monkeypatch, list(load("suyuan.carbon", "ranges")), of_range)


def test_no_default_lies_out_of_the_ranges_of_its_fuel() -> None:
    """The default of bituminous coal lay outside its own range, so that only an override was offered for it."""
    out = []
    for row in (*load("suyuan.carbon", "factors.fuels"), *load("suyuan.carbon", "factors.grid"),
                *load("suyuan.carbon", "calculation")):  # fmt: skip
        for kind, factor in ((kind, factor) for kind, names in FACTORS.items() for factor in names[1:]):
            try:
                value, unit = published.given_by(row, kind, factor)
                per = next(one for one in COUNTED[kind] if one == row.get("amount_unit", one))
                value *= in_factor_unit(unit, factor, per, kind)
            except (Refused, StopIteration):  # the row gives something else
                continue
            for fuel in (row.get("fuel", ""), row.get("fuel_zh", "")):
                out += [(row["id"], item) for item in out_of_range(value, ranges(kind, factor, per, fuel), {}, "")]
    assert not out


def of_scheme(row: Row) -> Any:
    told = []
    for year in range(2018, 2029):
        content = {"suyuan": "carbon-plant", "enterprise": "E", "unit": "U", "sector": "other", "year": year,
                   "scheme": row["scheme"], "made": f"{year + 1}-02-01", "streams": []}  # fmt: skip
        told.append([item.code for item in read_plant(json.dumps(content).encode())[1]])
    return told


def test_schemes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not unfelt(monkeypatch, list(load("suyuan.carbon", "schemes")), of_scheme)


def of_sector(row: Row) -> Any:
    sector, kinds = str(row["sector"]), [str(one["kind"]) for one in load("suyuan.carbon", "sectors")]
    there = [kind for kind in dict.fromkeys(kinds) if kind != row["kind"]]
    told = [checked(sector, those, monitored) for monitored in (False, True)
            for those in (there, [kind for kind in there if kind != "input"])]  # fmt: skip
    return told, [item.severity for item in basis_told(sector, True, ())]


def test_sectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a kind is required is felt; «optional» is one word for all that is not required."""
    optional = [(row["id"], "value", "optional-not") for row in load("suyuan.carbon", "sectors")
                if row["value"] == "optional"]  # fmt: skip
    assert sorted(unfelt(monkeypatch, list(load("suyuan.carbon", "sectors")), of_sector)) == sorted(optional)


def of_check(row: Row) -> Any:
    shared = quantity(0.0, 1.0, "1", id="shared")
    found = []
    for apart in (1.99, 2.01, 2.13, 2.15):
        pair = quantity(1e6 + apart * 1e3, 0.6e3, "t", id="a"), quantity(1e6, 0.8e3, "t", id="b")
        found.append(cross_check(*pair).verdict)
    for joint in (0.299, 0.301, 0.32, 0.322):
        own = math.sqrt(1.0 - joint)
        pair = tuple(quantity(1e6, own * 1e3, "t", id=name) + 1e3 * math.sqrt(joint) * shared.to("1").relabelled(
            quantity(1.0, None, "t").unit) for name in "ab")  # fmt: skip
        found.append(cross_check(*pair).verdict)
    plain = quantity(1e6, 1e3, "t", id="c"), quantity(1e6, 1e3, "t", id="d")
    return found + [cross_check(*plain, measured).verdict for measured in (0.899, 0.901, 0.962, 0.964)]


def test_the_cross_check(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not unfelt(monkeypatch, list(load("suyuan.carbon", "claims.cross_check")), of_check)


def of_fitting(row: Row) -> Any:
    carrier, level = str(row["carrier"]), str(row["level"])
    every = [[Meter(str(at), "", carrier, level, at < fitted) for at in range(100)] for fitted in range(60, 101)]
    last = [{item.code for item in examined(every[-1][:1], date(2026, 2, day))} for day in (1, 2)]
    return [*(rates(one)[0].kept for one in every), last]


def test_fitting_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not unfelt(monkeypatch, list(load("suyuan.carbon", "management.fitting")), of_fitting)


def of_class(row: Row) -> Any:
    day = date(2026, 1, 1)
    every = [Meter("M", "", "gas", "unit", True, str(row["kind"]), float(row["value"]) * times, number="1")
             for times in (0.999, 1.001, 1.069, 1.071, 3.1)]  # fmt: skip
    return [[item.code for item in examined([one], day)] for one in every]


def test_classes_of_meters(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not unfelt(monkeypatch, list(load("suyuan.carbon", "management.classes")), of_class)


def test_materiality(monkeypatch: pytest.MonkeyPatch) -> None:
    def of_materiality(row: Row) -> Any:
        edge = float(row.get("up_to", row.get("above", 1e6)))
        return [materiality(str(row["scheme"]), legal)[0] for legal in (edge * 0.5, edge, edge + 0.5, edge * 2.0)]

    assert not unfelt(monkeypatch, list(load("suyuan.carbon", "management.materiality")), of_materiality)


def test_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    def of_deadline(row: Row) -> Any:
        return [(one.name, one.due) for one in deadlines("U", 2025, {})]

    rows = list(load("suyuan.carbon", "management.deadlines"))
    assert not unfelt(monkeypatch, rows, of_deadline)


def test_tiers(monkeypatch: pytest.MonkeyPatch) -> None:
    def of_tier(row: Row) -> Any:
        limits = limits_of(str(row["kind"]), date(2025, 12, 31))
        percents = [float(one) * times for one in row["value"] for times in (0.999, 1.001, 1.069, 1.071)]
        return [tier_of(percent, [float(one) for one in limits["value"]]) for percent in percents] if limits else None

    assert not unfelt(monkeypatch, list(load("suyuan.carbon", "management.tiers")), of_tier)


def test_equations_of_forests(monkeypatch: pytest.MonkeyPatch) -> None:
    def of_equation(row: Row) -> Any:
        given = {"diameter": 30.0, "wood_density": 0.6, "height": 20.0, "stress": 0.1}
        return biomass(str(row["name"]), **{key: given[key] for key in row["needs"]})

    rows = list(load("suyuan.carbon", "forest.equations"))
    unused = [(row["id"], "powers") for row in rows if row.get("powers", [1, 1])[1] == 0]
    found = [(key, name) for key, name, _ in unfelt(monkeypatch, rows, of_equation)]
    assert found in ([], unused)  # a power of a height that the equation does not take


def test_errors_of_diameters(monkeypatch: pytest.MonkeyPatch) -> None:
    def of_error(row: Row) -> Any:
        small, *large = diameter_sd(str(row["name"]), np.array([10.0, 30.0]))
        return small.tolist(), large

    assert not unfelt(monkeypatch, list(load("suyuan.carbon", "forest.diameter_error")), of_error)


def test_what_stands_twice_in_a_row_is_the_same() -> None:
    for row in load("suyuan.carbon", "factors.fuels"):
        assert row.get("carbon_per_heat", row["value"]) == row["value"]
    ratio = published.constant("co2_per_carbon")
    assert ratio["numerator"] / ratio["denominator"] == ratio["value"]
