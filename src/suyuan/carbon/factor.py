"""Published factors: grid electricity keyed by purpose, year and region; defaults of fuels; constants of rules.

A factor without its purpose and year is not a factor: «statistics» (for energy statistics, by data year), «accounting»
(what enterprises were told to use, by accounting year) and «footprint» differ by up to 7 % for one year. None is ever
taken for a neighbouring year, and a claim takes one of another purpose, year or sector only where somebody admits it by
name (`foreign`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from suyuan.carbon.claim.claim import BALANCE
from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Finding, Refused, finding, in_both
from suyuan.quantity.table import Row, load, valid_on
from suyuan.quantity.unit import convert, parse_unit

PACKAGE = "suyuan.carbon"
PURPOSES = ("statistics", "accounting", "footprint")
CLAIMED = "accounting"
"""The purpose of the factors that a claim takes: those that enterprises were told to use for its year."""
NAMED: Mapping[str, Mapping[str, str]] = {
    "statistics": {"zh": "能源统计", "en": "statistics"},
    "accounting": {"zh": "企业核算", "en": "accounting"},
    "footprint": {"zh": "碳足迹", "en": "footprints"},
}
AVERAGE = "average"
NORMAL_95 = 1.959963984540054
"""Standard deviations on each side of the mean that hold 95 % of a normal distribution."""
MMBTU_IN_GJ = 1.05505585262
"""One million British thermal units (International Table), ISO 80000-5."""


def grid_factor(purpose: str, year: int, region: str = "全国", basis: str = AVERAGE) -> Row:
    """The row of the factor of electricity, t CO2/(MW·h).

    purpose: one of PURPOSES; year: data year («statistics», «footprint») or accounting year («accounting»); region: its
    name in Chinese or English; basis: which power is averaged. The value stands at «value».
    Raises Refused `carbon.factor.grid` that names the years, regions and bases there are.

    >>> grid_factor("statistics", 2022)["value"], grid_factor("accounting", 2022)["value"]
    (0.5366, 0.5703)
    """
    if purpose not in PURPOSES:
        raise Refused(finding("carbon.factor.purpose", "purpose", given=purpose[:60], known=", ".join(PURPOSES)))
    mine = [row for row in load(PACKAGE, "factors.grid") if row["purpose"] == purpose]
    there = [row for row in mine if region in (row["region_zh"], row["region_en"]) and row["basis"] == basis]
    found = [row for row in there if _in_year(row, year)]
    if len(found) != 1:
        known = _known(there) or ", ".join(dict.fromkeys(f"{row['region_zh']} {row['basis']}" for row in mine))
        asked = f"{region[:40]} {year} {basis[:40]}"
        raise Refused(finding("carbon.factor.grid", "year" if there else "region", purpose=purpose, asked=asked,
                              known=known))  # fmt: skip
    return found[0]


def listed(purpose: str = "", table: str = "") -> list[Row]:
    """The factors of electricity of a purpose, or the fuels of a table; all where neither is asked.

    Raises Refused that names the purposes or the tables there are.

    >>> len(listed("footprint")) < len(listed())
    True
    """
    if purpose and purpose not in PURPOSES:
        raise Refused(finding("carbon.factor.purpose", "purpose", given=purpose[:60], known=", ".join(PURPOSES)))
    fuels = load(PACKAGE, "factors.fuels")
    if table and table not in (known := list(dict.fromkeys(str(row["table"]) for row in fuels))):
        raise Refused(finding("carbon.factor.table", "table", given=table[:80], known=", ".join(known)))
    grid = [row for row in load(PACKAGE, "factors.grid") if row["purpose"] == purpose or not purpose]
    return [*(grid if purpose or not table else []),
            *(row for row in fuels if row["table"] == table or not (table or purpose))]  # fmt: skip


def _in_year(row: Row, year: int) -> bool:
    if "year" in row:
        return bool(row["year"] == year)
    return 0 < year < 10000 and bool(valid_on([row], date(year, 7, 1)))


def _known(rows: list[Row]) -> str:
    """The years that rows stand for, as a reader would write them."""
    return ", ".join(
        str(row["year"]) if "year" in row else "–".join(dict.fromkeys((row.get("valid_from", ""), row["valid_to"])))
        for row in rows
    )


def fuel_default(fuel: str, table: str) -> Row:
    """The row of a fuel in a table of defaults. Raises Refused that names the tables or the fuels there are.

    >>> fuel_default("natural gas", "China sector guidelines")["net_calorific_value"]
    389.31
    """
    mine = [row for row in load(PACKAGE, "factors.fuels") if row["table"] == table]
    if not mine:
        known = ", ".join(dict.fromkeys(str(row["table"]) for row in load(PACKAGE, "factors.fuels")))
        raise Refused(finding("carbon.factor.table", "table", given=table[:80], known=known))
    for row in mine:
        if fuel in (row["fuel"], row["fuel_zh"]):
            return row
    raise Refused(finding("carbon.factor.fuel", "fuels", given=fuel[:60], table=table,
                          known=", ".join(str(row["fuel"]) for row in mine)))  # fmt: skip


def default_factor(fuel: str, table: str, unit: str) -> float:
    """The default factor of a fuel in a unit, such as «kg CO2/mmBtu» or «t/GJ».

    Raises Refused for a table, fuel or unit that does not fit: mass of carbon and mass of CO2 are both masses, so the
    word CO2 is taken where the row states CO2 only.

    >>> default_factor("anthracite", "40 CFR 98 table C-1", "kg CO2/mmBtu")
    103.69
    """
    row = fuel_default(fuel, table)
    of_carbon = "carbon_per_heat" in row
    if of_carbon and "CO2" in unit:
        raise Refused(finding("carbon.factor.substance", "unit", given=unit[:40], table=table))
    wanted, held = (text.replace(" CO2", "").replace("CO2", "").replace(" ", "") for text in (unit, str(row["unit"])))
    if wanted == held:
        return float(row["value"])
    (first, one), (second, other) = _metric(held), _metric(wanted)
    return float(convert(float(row["value"]) * first, parse_unit(one), parse_unit(other))) / second


def _metric(text: str) -> tuple[float, str]:
    """Text of a unit with GJ for mmBtu, and what its number has to be multiplied by."""
    return (1.0 / MMBTU_IN_GJ, text.replace("mmBtu", "GJ")) if text.endswith("mmBtu") else (1.0, text)


def constant(name: str) -> Row:
    """The row of a constant of a rule. Raises Refused that names those there are.

    >>> constant("co2_per_carbon")["numerator"], constant("co2_per_carbon")["denominator"]
    (44, 12)
    """
    rows = load(PACKAGE, "factors.constants")
    for row in rows:
        if row["name"] == name:
            return row
    raise Refused(finding("carbon.factor.constant", "name", given=name[:60],
                          known=", ".join(str(row["name"]) for row in rows)))  # fmt: skip


def given_by(row: Row, kind: str, factor: str) -> tuple[float, str]:
    """What a row gives for a factor of a kind of source (`suyuan.carbon.fuel.stream.FACTORS`): a number and its unit,
    which says of what its tonnes are.

    Raises Refused `carbon.factor.not_given` where the row is of something else: an emission factor is no oxidation.

    >>> coke = fuel_default("coke", "China sector guidelines")
    >>> given_by(coke, "combustion", "heat_value"), given_by(coke, "combustion", "carbon_per_heat")
    ((28.435, 'GJ/(t)'), (0.02942, 'tC/GJ'))
    >>> given_by(fuel_default("coal", "IPCC 2006"), "combustion", "carbon_per_heat")
    (94600.0, 'kgCO2/TJ')

    For a mass balance carbon follows from heat value times carbon per heat, or from the CO2 that a row gives.

    >>> given_by(coke, "input", "carbon")
    (0.8365577, 'tC/(t)')
    """
    if kind in BALANCE and factor == "carbon":
        return _carbon_of(row, kind)
    held: dict[tuple[str, str], tuple[object, str]] = {}
    if "purpose" in row:
        held["electricity", "factor"] = row["value"], "tCO2/(MW·h)"
    elif "table" in row:
        held["combustion", "heat_value"] = row.get("net_calorific_value"), f"GJ/({row.get('amount_unit', '')})"
        mass, per = str(row["unit"]).split("/", 1)
        of = "C" if "carbon_per_heat" in row else "CO2"
        held["combustion", "carbon_per_heat"] = row["value"], f"{mass}{of}/{per}"
    else:
        held |= {(one, str(row.get("gives"))): (row.get("value"), str(row["unit"])) for one in row.get("kinds", ())}
    value, unit = held.get((kind, factor), (None, ""))
    if value is None:
        raise Refused(finding("carbon.factor.not_given", factor, row=row["id"], kind=kind, factor=factor))
    return float(str(value)), unit


def _carbon_of(row: Row, kind: str) -> tuple[float, str]:
    """The carbon of what crosses the boundary of a mass balance, by its unit as carbon or as CO2."""
    if "table" in row and row.get("net_calorific_value") is not None:
        heat, _ = given_by(row, "combustion", "heat_value")
        carbon, unit = given_by(row, "combustion", "carbon_per_heat")
        if unit.endswith("/GJ"):
            return round(heat * carbon, 12), f"{unit.split('/', 1)[0]}/({row.get('amount_unit', '')})"
    elif row.get("gives") == "factor" and {"process", "credit"} & set(row.get("kinds", ())):
        return float(row["value"]), str(row["unit"])
    raise Refused(finding("carbon.factor.not_given", "carbon", row=row["id"], kind=kind, factor="carbon"))


def u_rel_of(row: Row) -> float | None:
    """Relative standard uncertainty that a row states, as `u_rel` or as the ends of a 95 % range; None where unknown.

    >>> round(u_rel_of(fuel_default("coal", "IPCC 2006")), 4), u_rel_of(fuel_default("coke", "China sector guidelines"))
    (0.0275, None)
    """
    if "u_rel" in row:
        return float(row["u_rel"])
    if "lower" in row and "upper" in row:
        return (float(row["upper"]) - float(row["lower"])) / (2.0 * NORMAL_95 * float(row["value"]))
    return None


def foreign(row: Row, year: int, sector: str, held: Rules, where: str) -> tuple[Finding, ...]:
    """What a claim has to tell of a row that gives a factor and was made for another scheme, sector, purpose or year.

    year, sector: of the claim; held: its rules with the overrides; where: the factor that the row gives. An error where
    no override admits the row; else a warning that names who did, and why.
    """
    key = str(row["id"])
    one = held.overrides.get(key)
    told: list[tuple[str, str, dict[str, Any]]] = []
    if held.scheme not in row.get("schemes", (held.scheme,)):
        told.append(("carbon.factor.other_scheme", "carbon.factor.scheme_admitted",
                     {"table": row["table"], "scheme": held.scheme}))  # fmt: skip
    if (of := str(row.get("sector", sector))) != sector:
        told.append(("carbon.factor.other_sector", "carbon.factor.sector_admitted",
                     {"of": of, "sector": sector, "source": row["source"]}))  # fmt: skip
    if "purpose" in row and (row["purpose"] != CLAIMED or not _in_year(row, year)):
        told.append(("carbon.factor.other_use", "carbon.factor.use_admitted",
                     {**in_both("purpose", NAMED[row["purpose"]]), "years": _known([row]), "year": year,
                      "known": _accounted()}))  # fmt: skip
    if one is None:
        return tuple(finding(code, where, row=key, **said) for code, _, said in told)
    return tuple(finding(code, where, "warning", row=key, person=one.person, reason=one.reason, **said)
                 for _, code, said in told)  # fmt: skip


def _accounted() -> str:
    """The years for which there is a factor that a claim takes."""
    return _known([row for row in load(PACKAGE, "factors.grid") if row["purpose"] == CLAIMED])


def co2_per_carbon() -> float:
    """44/12: tonnes of CO2 to a tonne of carbon, as every rule has it.

    The rule's constant is the rule's: atomic weights give 3.6642, 0.068 % less (`from_atomic_weights`).
    """
    row = constant("co2_per_carbon")
    return float(row["value"])


def from_atomic_weights(weights: Mapping[str, float]) -> float:
    """(C + 2 O)/C of atomic weights.

    >>> round(from_atomic_weights({"C": 12.0107, "O": 15.9994}), 5)
    3.66419
    """
    return (weights["C"] + 2.0 * weights["O"]) / weights["C"]


def part75_mass_difference() -> float:
    """How far the constant of F-11 lies from that of G-4: 5.7e-7/(44/(385·2000)/100) − 1.

    Monitored and calculated mass differ by this much before anything is measured.

    >>> round(part75_mass_difference(), 5)
    -0.0025
    """
    volume, pounds = (float(constant(f"part75_{name}")["value"]) for name in ("molar_volume", "pounds_per_ton"))
    from_fuel = float(constant("co2_per_carbon")["numerator"]) / (volume * pounds)
    return float(constant("part75_mass")["value"]) / (from_fuel / 100.0) - 1.0


def gas_density(molar_mass: float, temperature: float, pressure: float) -> float:
    """Density of an ideal gas, kg/m³: p·M/(R·T).

    molar_mass: g/mol; temperature: K; pressure: kPa. R is exact in the SI (CODATA 2018).

    >>> round(gas_density(44.0095, 273.15, 101.325), 4)
    1.9635
    """
    return pressure * molar_mass / (float(constant("gas_constant")["value"]) * temperature)
