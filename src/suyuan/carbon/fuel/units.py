"""Units of amounts and factors of source streams, as people in the trade write them, through `quantity.unit`.

An amount counts by what its kind of source is measured in: tonnes, 10⁴ Nm³, MW·h or GJ. A factor says what it is of:
tonnes of carbon and tonnes of CO2 are both masses and differ by 44/12, so the word stands in the unit («tC/GJ»). A
volume of gas is one at 0 °C and 101.325 kPa and is written with its N; cubic metres alone are refused, as is a rate.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from suyuan.carbon.claim.claim import BALANCE
from suyuan.carbon.factor import MMBTU_IN_GJ, co2_per_carbon
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.unit import Unit, convert, parse_unit

MASS, GAS, POWER, HEAT = "t", "1e4 Nm3", "MW·h", "GJ"
COUNTED: Mapping[str, tuple[str, ...]] = {
    "combustion": (MASS, GAS),
    "process": (MASS, GAS),
    "credit": (MASS, GAS),
    "electricity": (POWER,),
    "heat": (HEAT,),
    **dict.fromkeys(BALANCE, (MASS, GAS)),
}
"""Kind of source → units in which its amounts count."""
USUAL: Mapping[str, Mapping[float, tuple[str, str]]] = {
    MASS: {1e-3: ("kg", "kg"), 1.0: ("t", "t"), 1e3: ("kt", "kt"), 1e4: ("万吨", "10^4 t"), 1e6: ("Mt", "Mt")},
    GAS: {1e-4: ("Nm³", "Nm³"), 0.1: ("千Nm³", "10^3 Nm³"), 1.0: ("万Nm³", "10^4 Nm³"), 1e4: ("亿Nm³", "10^8 Nm³")},
    POWER: {1e-3: ("kW·h", "kW·h"), 1.0: ("MW·h", "MW·h"), 10.0: ("万kW·h", "10^4 kW·h"), 1e3: ("GW·h", "GW·h"),
            1e5: ("亿kW·h", "10^8 kW·h")},
    HEAT: {1e-3: ("MJ", "MJ"), 1.0: ("GJ", "GJ"), 1e3: ("TJ", "TJ"), 1e4: ("万GJ", "10^4 GJ")},
}  # fmt: skip
"""Unit in which amounts count → how many of it → the unit of that size in which people write amounts, in Chinese and
English."""
TIMES: Mapping[str, float] = {"万": 1e4, "亿": 1e8, "千": 1e3, "百万": 1e6}
WORDS: Mapping[str, str] = {"度": "kW·h", "吉焦": "GJ", "太焦": "TJ", "兆焦": "MJ", "千焦": "kJ", "立方米": "m3"}
"""Chinese words of units that `quantity.unit` does not know."""
_TIMES = re.compile(r"(百万|万|亿|千(?!克|瓦|焦))?(?:(?:1[eE]|10\^)(\d)|(10)(?= |[^\d.]))?")
_NORMAL = re.compile(r"(?:N ?m\^?3|标准?(?:立方米?|方|m\^?3)|m\^?3 ?\(标\))")
_SUBSTANCE = re.compile(r"(.*?[a-zA-Z吨克]) ?\(?(CO2|C|碳|二氧化碳)\)?")


def amount_unit(text: str, kind: str) -> tuple[float, str]:
    """What a number in a unit has to be multiplied by, and the unit in which amounts of the kind count.

    Raises Refused `carbon.amount.*` for a unit that is not known, a rate, a volume without its state, and what does not
    measure this kind of source.

    >>> amount_unit("万吨", "combustion"), amount_unit("kW·h", "electricity"), amount_unit("Nm³", "combustion")
    ((10000.0, 't'), (0.001, 'MW·h'), (0.0001, '1e4 Nm3'))
    """
    said: dict[str, Any] = {"given": text[:40], "known": ", ".join(COUNTED[kind])}
    times, rest = _times(_plain(text))
    if _NORMAL.fullmatch(rest):
        if GAS in COUNTED[kind]:
            return times / 1e4, GAS
        raise Refused(finding("carbon.amount.other", "amount_unit", **said))
    if _NORMAL.match(rest) and "/" in rest:
        raise Refused(finding("carbon.amount.rate", "amount_unit", **said))
    try:
        unit = parse_unit(WORDS.get(rest, rest))
    except Refused:
        raise Refused(finding("carbon.amount.unknown", "amount_unit", **said)) from None
    for base in (one for one in COUNTED[kind] if one != GAS):
        wanted = parse_unit(base)
        if unit.converts_to(wanted):
            return times * float(convert(1.0, unit, wanted)), base
        if _is_rate(unit, wanted):
            raise Refused(finding("carbon.amount.rate", "amount_unit", **said))
    if unit.converts_to(parse_unit("m3")) and GAS in COUNTED[kind]:
        raise Refused(finding("carbon.amount.state", "amount_unit", **said))
    raise Refused(finding("carbon.amount.other", "amount_unit", **said))


def usual_unit(size: float, per: str) -> dict[str, str]:
    """The unit of a size in which people write amounts, by language; none where there is no usual one.

    >>> usual_unit(1e-3, "MW·h"), usual_unit(10.0, "t")
    ({'zh': 'kW·h', 'en': 'kW·h'}, {})
    """
    for one, (zh, en) in USUAL.get(per, {}).items():
        if math.isclose(one, size, rel_tol=1e-6):
            return {"zh": zh, "en": en}
    return {}


def factor_unit(factor: str, per: str) -> str:
    """The unit in which a factor counts. per: the unit in which the amounts of its stream count.

    >>> factor_unit("carbon", "t"), factor_unit("factor", "MW·h")
    ('tC/t', 'tCO2/(MW·h)')
    """
    below = f"({per})" if per in (GAS, POWER) else per
    return {"carbon": f"tC/{below}", "heat_value": f"GJ/{below}", "carbon_per_heat": "tC/GJ", "oxidation": "1",
            "factor": f"tCO2/{below}"}[factor]  # fmt: skip


def in_factor_unit(text: str, factor: str, per: str, kind: str) -> float:
    """What a number in a unit has to be multiplied by to count as a factor (`factor_unit`).

    CO2 is carbon times 44/12; one million British thermal units are 1.055 GJ; kilojoules to a kilogram and percent of
    carbon are taken too. Raises Refused `carbon.factor.unit` for a unit of something else, and for tonnes that do not
    say of what.

    >>> round(in_factor_unit("kgCO2/mmBtu", "carbon_per_heat", "t", "combustion") * 93.28, 5)
    0.02411
    >>> in_factor_unit("%", "carbon", "t", "combustion"), in_factor_unit("kJ/kg", "heat_value", "t", "combustion")
    (0.01, 0.001)
    """
    wanted = factor_unit(factor, per)
    refused = Refused(finding("carbon.factor.unit", factor, factor=factor, given=text[:40], known=wanted))
    plain = _plain(text)
    if plain in ("%", "1") and (factor == "oxidation" or (factor == "carbon" and per == MASS)):
        return 0.01 if plain == "%" else 1.0
    above, _, below = plain.partition("/")
    if not below or factor == "oxidation":
        raise refused
    try:
        size = _above(above.strip(), factor)
        return size / (_heat(below) if factor == "carbon_per_heat" else _below(below, kind, per))
    except (Refused, ValueError):
        raise refused from None


def _above(text: str, factor: str) -> float:
    """The numerator in GJ, or in tonnes of what the factor is of; ValueError where a mass does not say of what."""
    if factor == "heat_value":
        return _heat(text)
    found = _SUBSTANCE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    mass = float(convert(1.0, parse_unit(WORDS.get(found[1], found[1])), parse_unit(MASS)))
    is_carbon, wants_carbon = found[2] in ("C", "碳"), factor != "factor"
    return mass if is_carbon == wants_carbon else mass * co2_per_carbon() if is_carbon else mass / co2_per_carbon()


def _heat(text: str) -> float:
    text = text.strip().removeprefix("(").removesuffix(")").strip()
    if text == "mmBtu":
        return MMBTU_IN_GJ
    return float(convert(1.0, parse_unit(WORDS.get(text, text)), parse_unit(HEAT)))


def _below(text: str, kind: str, per: str) -> float:
    size, base = amount_unit(text.strip().removeprefix("(").removesuffix(")"), kind)
    if base != per:
        raise ValueError(text)
    return size


def _plain(text: str) -> str:
    """Superscripts as digits, one way to write powers and dots."""
    raised = re.sub("10([⁰¹²³⁴⁵⁶⁷⁸⁹])", lambda m: "10^" + unicodedata.normalize("NFKC", m[1]), text.strip())
    return unicodedata.normalize("NFKC", raised).replace("（", "(").replace("）", ")")


def _times(text: str) -> tuple[float, str]:
    """A multiple before a unit, and the unit: «万吨» is 10⁴ t."""
    found = _TIMES.match(text)
    if found is None or not found[0]:
        return 1.0, text
    power = 10.0 ** int(found[2]) if found[2] else 10.0 if found[3] else 1.0
    return TIMES.get(found[1] or "", 1.0) * power, text[found.end() :].strip(" ·×*")


def _is_rate(unit: Unit, wanted: Unit) -> bool:
    """Whether an amount of this unit comes by the hour: t/h, kW, MW."""
    return (unit * parse_unit("h")).converts_to(wanted)
