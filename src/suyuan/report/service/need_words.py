"""What a need asks for, and what a transfer standard does for it, in words of both languages."""

from __future__ import annotations

from collections.abc import Mapping

from suyuan.capability.matching.gates import between
from suyuan.capability.matching.match import Match
from suyuan.capability.need import Need
from suyuan.capability.taxonomy import items, quantities, quantity_key
from suyuan.quantity.notation import behind
from suyuan.quantity.unit import Unit, parse_unit, ratio
from suyuan.report.papers.document import Text
from suyuan.report.service.drawn import both

NAMES: Mapping[str, Text] = {
    "site": both("场所", "site"), "temperature": both("温度", "temperature"), "medium": both("介质", "medium"),
    "ambient_temperature": both("环境温度", "surroundings"), "ambient_humidity": both("环境湿度", "humidity"),
    "matrix": both("基体", "matrix"), "material": both("材料", "material"), "pressure": both("压力", "pressure"),
    "voltage": both("电压", "voltage"), "frequency": both("频率", "frequency"), "accepts": both("受理对象", "accepts"),
    "wavelength": both("波长", "wavelength"),
}  # fmt: skip
WORDS: Mapping[str, Text] = {
    "lab": both("实验室", "laboratory"), "on-site": both("现场", "on site"), "products": both("产品", "products"),
    "laboratory standards": both("实验室标准", "laboratory standards"), "water": both("水", "water"),
    "oil": both("油", "oil"), "air": both("空气", "air"), "steam": both("蒸汽", "steam"),
    "natural gas": both("天然气", "natural gas"),
}  # fmt: skip
_STEPS = ("m", "mm", "um", "nm")
"""Units of length, the largest first, in which a small U is told."""


def what_text(need: Need) -> Text:
    """Quantity and item as the tables name them; a word that they do not know stands as it is.

    >>> from suyuan.capability.interval import Interval
    >>> what_text(Need("N", {}, "length", Interval(1.0, 2.0, parse_unit("mm")), None, item="cmm"))["en"]
    'length · coordinate measuring machine'
    """
    kind, item = quantities().get(quantity_key(need.quantity)), items().get(need.item)
    quantity = both(kind.zh[0], kind.en[0]) if kind is not None else both(need.quantity, need.quantity)
    named = both(item.zh[0], item.en[0]) if item is not None else both(need.item, need.item)
    return {lang: " · ".join(filter(None, (quantity[lang], named[lang], need.analyte))) for lang in ("zh", "en")}


def conditions_text(need: Need) -> Text:
    """The conditions as they are called; {} where there are none."""
    said: dict[str, list[str]] = {"zh": [], "en": []}
    for name, value in need.conditions.items():
        for lang, of in said.items():
            text = WORDS.get(value, both(value, value))[lang] if isinstance(value, str) else between(value)
            of.append(f"{NAMES.get(name, both(name, name))[lang]}{'：' if lang == 'zh' else ': '}{text}")
    return both("；".join(said["zh"]), "; ".join(said["en"])) if said["zh"] else {}


def size_text(value: float, unit: Unit | None, digits: int = 3) -> str:
    """An uncertainty with its unit; a length that is small in its unit is told in a smaller one.

    >>> size_text(0.000059, parse_unit("mm")), size_text(0.02, None), size_text(2.5, parse_unit("um"))
    ('0.059 µm', '2 %', '2.5 µm')
    """
    if unit is None:
        return f"{100.0 * value:.{digits}g} %"
    names = [parse_unit(name) for name in _STEPS]
    if unit in names and 0.0 < abs(value) < 0.01:
        smaller = names[names.index(unit) + 1 :]
        best = next((u for u in smaller if abs(value) * ratio(unit, u) >= 0.01), smaller[-1] if smaller else unit)
        value, unit = value * ratio(unit, best), best
    return f"{value:.{digits}g}{behind(unit)}"


def carried_text(match: Match) -> Text:
    """That a transfer standard would do, where nothing else does; {} where none would."""
    if match.verdict == "can" or not match.chains:
        return {}
    chain = match.chains[0]
    worst, by, name = chain.adequacy.worst, " ".join(chain.capability.capability.key), chain.transfer.id
    if worst is None:
        return {}
    U, target = size_text(worst.U, worst.U_unit), size_text(worst.target, worst.U_unit)
    return both(
        f"经传递标准 {name}（由 {by} 校准）可以：U = {U}，需要 {target}。",
        f"By the transfer standard {name}, calibrated by {by}, it can be: U = {U} against {target}. ",
    )
