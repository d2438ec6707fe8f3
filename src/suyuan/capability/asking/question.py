"""A guided question for people who are not metrologists: from a product and its tolerance to a need.

    what is checked ─▶ measurand    nominal value ± tolerance, or limits, or a class ─▶ half width T ─▶ interval
    how the answer is used ─▶ rule ─▶ target U = share of T                            conditions ─▶ what else to ask

Every step is told in Chinese and English with the row of the rules that it comes from (`rules/questions.json`). What
makes no sense is refused with a finding at the answer that is wrong; nothing is guessed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from suyuan.capability.asking.pasted import unpasted
from suyuan.capability.asking.question_limits import (
    Check,
    Zone,
    least_of,
    plainly_wrong,
    row_of,
    unit_of,
    zone_of,
)
from suyuan.capability.asking.question_limits import checks as checks
from suyuan.capability.interval import Interval
from suyuan.capability.need import Need, Tolerance, Wanted
from suyuan.capability.target import rule_named, status_words, target_of
from suyuan.capability.taxonomy import PACKAGE, item_named, items, quantities, quantity_named
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, errors, finding, in_both
from suyuan.quantity.table import Row, load
from suyuan.quantity.unit import Unit


@dataclass(frozen=True, slots=True)
class Ask:
    """A condition that is still to be asked for. name; zh, en: the question; kind: «word» or «interval»; words, units:
    usual answers."""

    name: str
    zh: str
    en: str
    kind: str
    words: tuple[str, ...]
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What follows from the answers. need: None where one of them makes no sense; steps: how each part of the need came
    about, notes in both languages; asks: conditions that nobody has answered yet; findings: wrong or doubtful."""

    need: Need | None
    steps: tuple[Finding, ...]
    asks: tuple[Ask, ...]
    findings: tuple[Finding, ...]


@cache
def uses() -> Mapping[str, Row]:
    """Key → how an answer can be used (rows with zh, en, rule, why_zh, why_en)."""
    return {row["key"]: row for row in load(PACKAGE, "questions.uses")}


@cache
def conditions() -> Mapping[str, Row]:
    """Name → the question about a condition."""
    return {row["key"]: row for row in load(PACKAGE, "questions.conditions")}


def draft(answers: Mapping[str, Any]) -> Draft:
    """A need from answers, each a text as it was typed.

    answers: check (a key of `checks`, or any name of a kind of quantity), unit, nominal, then tolerance (half width;
    tolerance_unit: «unit» or %), or low and high; of an instrument low and high are its measuring range, and tolerance
    (in a unit, %, or %FS of the upper end) or class its maximum permissible error, nominal alone the point at which it
    is calibrated; use (a key of `uses`); item:
    instrument to be calibrated, if any; product, organisation, id; conditions by name: a word, or NAME_low, NAME_high
    (or NAME alone), NAME_unit. «25 ±0.01 mm» in nominal is taken apart.

    A shaft of 30 mm ± 10 µm, accepted by a quarter of its tolerance:

    >>> found = draft({"check": "diameter", "nominal": "30", "unit": "mm", "tolerance": "10", "tolerance_unit": "um",
    ...                "use": "accept"})
    >>> found.need.quantity, round(found.need.interval.low, 3), round(found.need.interval.high, 3)
    ('diameter', 29.98, 30.02)
    >>> round(found.need.target.U, 6), found.need.target.unit.symbol, [ask.name for ask in found.asks]
    (0.0025, 'mm', ['ambient_temperature', 'site'])
    """
    answers, pasted = unpasted(answers)
    fields = Fields(answers)
    fields.found += errors(pasted)
    steps = [said for said in pasted if said.severity == "note"]
    check = _check(fields)
    unit = unit_of(fields, "unit", check.quantity if check else "")
    item = _item(fields, check, steps)
    use = _use(fields)
    instrument = bool(item) or bool(use and use["instrument"])
    if instrument:  # then no product is measured
        steps = [said for said in steps if said.code != "capability.question.step_product"]
    zone = zone_of(fields, check, unit, instrument) if check and unit else None
    if not (check and unit):
        plainly_wrong(fields)
    if not (check and unit) and not any(fields.has(key) for key in ("tolerance", "low", "high", "class")):
        fields.report(f"capability.question.{'mpe' if instrument else 'tolerance'}_missing", "tolerance")
    wanted = _conditions(fields)
    name, product, organisation = fields.text("id") or "draft", fields.names("product"), fields.names("organisation")
    asks = tuple(_ask(key) for key in check.asks if key not in wanted) if check else ()
    if errors(fields.found) or check is None or unit is None or use is None or zone is None:
        return Draft(None, tuple(steps), asks, tuple(fields.found))
    interval = _widened(zone, check, unit)
    tolerance = Tolerance(zone.half, None if zone.relative else unit.as_difference(), use["rule"])
    target, derived = target_of(tolerance)
    steps += _told(zone, interval, unit, use)
    steps += derived
    need = Need(
        name, organisation, check.quantity, interval, target, tolerance, title=product or check.names, item=item,
        conditions=wanted, product=product, source="guided question", status="proposed",
    )  # fmt: skip
    return Draft(need, tuple(steps), asks, tuple(fields.found))


# ---------------------------------------------------------------- answers


def _check(fields: Fields) -> Check | None:
    text = fields.text("check", required=True)
    if not text:
        return None
    row = checks().get(text) or row_of(quantity_named(text))
    if row is not None:
        return Check(row["key"], row["quantity"], {"zh": row["zh"], "en": row["en"]}, row["least"], tuple(row["asks"]))
    key = quantity_named(text)
    if key is None:
        fields.report("capability.question.check_unknown", "check", given=text)
        return None
    kind = quantities()[key]
    return Check(key, key, {"zh": kind.zh[0], "en": kind.en[0]}, None, ("site",))


def _item(fields: Fields, check: Check | None, steps: list[Finding]) -> str:
    text = fields.text("item")
    if not text:
        if check:
            kind = quantities()[check.quantity]
            told = {"quantity_zh": kind.zh[0], "quantity_en": kind.en[0]}
            steps.append(
                finding("capability.question.step_product", "check", "note", **told, **in_both("check", check.names))
            )
        return ""
    key = item_named(text)
    item = items().get(key or "")
    if item is None:
        fields.report("capability.question.item_unknown", "item", severity="warning", given=text)
        return text
    if check is not None and not _measures(item.quantities, check.quantity):
        fields.report(
            "capability.question.item_foreign", "item", severity="warning", given=text, **in_both("check", check.names)
        )
    steps.append(
        finding("capability.question.step_item", "item", "note", given=text, item_zh=item.zh[0], item_en=item.en[0])
    )
    return item.key


def _measures(own: tuple[str, ...], quantity: str) -> bool:
    """Whether one of an item's quantities is the wanted one, a case of it, or what it is a case of."""
    known = quantities()
    return any(q == quantity or known[q].broader == quantity or known[quantity].broader == q for q in own)


def _use(fields: Fields) -> Row | None:
    text = fields.text("use", required=True)
    if text and text not in uses():
        fields.report("capability.question.use_unknown", "use", given=text, known=", ".join(uses()))
    return uses().get(text)


def _conditions(fields: Fields) -> dict[str, Wanted]:
    """The conditions that were answered; a value without a unit is a finding."""
    found: dict[str, Wanted] = {}
    for name, row in conditions().items():
        if row["kind"] == "word":
            if text := fields.text(name):
                found[name] = text
        elif fields.has(name) or fields.has(f"{name}_low") or fields.has(f"{name}_high"):
            interval = _range(fields, name)
            if interval is not None:
                found[name] = interval
    return found


def _range(fields: Fields, name: str) -> Interval | None:
    single = fields.number(name)
    low, high = fields.number(f"{name}_low") or single, fields.number(f"{name}_high") or single
    unit = unit_of(
        fields, f"{name}_unit", {"ambient_temperature": "temperature", "ambient_humidity": ""}.get(name, name)
    )
    if not fields.has(f"{name}_unit"):
        fields.report("typed.field.missing", f"{name}_unit", field=f"{name}_unit")
    if unit is None or (low is None and high is None):
        return None
    ends = (low.value if low else -math.inf, high.value if high else math.inf)
    if ends[0] > ends[1]:
        fields.report("capability.question.limits_backwards", f"{name}_low", low=f"{ends[0]:g}", high=f"{ends[1]:g}")
        return None
    return Interval(ends[0], ends[1], unit)


def _ask(name: str) -> Ask:
    row = conditions()[name]
    return Ask(name, row["zh"], row["en"], row["kind"], tuple(row["words"]), tuple(row["units"]))


# ---------------------------------------------------------------- told


def _widened(zone: Zone, check: Check, unit: Unit) -> Interval:
    """The zone with its margin, not below what is possible; a measuring range as it is."""
    if zone.measuring:
        return Interval(zone.low, zone.high, unit)
    margin = _margin()["share"] * (zone.high - zone.low) / 2.0
    least = least_of(check, unit)
    low = zone.low - margin
    return Interval(low if least is None else max(low, min(least, zone.low)), zone.high + margin, unit)


def _margin() -> Row:
    return load(PACKAGE, "questions.margins")[0]


def _told(zone: Zone, interval: Interval, unit: Unit, use: Row) -> list[Finding]:
    ends = {"low": f"{zone.low:.10g}", "high": f"{zone.high:.10g}", "unit": unit.symbol.removesuffix("1")}
    half = f"{zone.half:.6g}"
    margin = _margin()
    wide = {"low": f"{interval.low:.10g}", "high": f"{interval.high:.10g}", "unit": ends["unit"]}
    rule = rule_named(use["rule"])
    label = rule.label if rule else {"zh": use["rule"], "en": use["rule"]}
    how = _HOW[zone.how]
    used = finding("capability.question.step_use", "use", "note", use["source"], **status_words(use["status"]),
                   use_zh=use["zh"], use_en=use["en"], reason_zh=use["why_zh"], reason_en=use["why_en"],
                   label_zh=label["zh"], label_en=label["en"])  # fmt: skip
    if zone.measuring:
        point = zone.low == zone.high
        mpe = f"{100.0 * zone.half:.6g} %" if zone.relative else f"{zone.half:.6g} {ends['unit']}"
        return [
            finding("capability.question.step_point", "nominal", "note", given=ends["low"], unit=ends["unit"])
            if point
            else finding("capability.question.step_range", "low", "note", **ends),
            finding("capability.question.step_mpe", "tolerance", "note", mpe=mpe, how_zh=how[0], how_en=how[1]),
            used,
        ]
    return [
        finding("capability.question.step_tolerance", "tolerance", "note", half=half,
                how_zh=how[0], how_en=how[1], **ends),
        finding("capability.question.step_interval", "interval", "note", margin["source"], share=f"{margin['share']:g}",
                reason_zh=margin["zh"], reason_en=margin["en"], **status_words(margin["status"]), **wide),
        used,
    ]  # fmt: skip


_HOW = {
    "plus_minus": ("标称值 ± 允差", "nominal value ± tolerance"),
    "percent": (
        "允差是标称值（量程内为示值）的百分数",
        "a percentage of the nominal value, or of the value in a range",
    ),
    "limits": ("上下限", "lower and upper limit"),
    "class": (
        "准确度等级的数字是标称值或示值的百分数",
        "the number of the accuracy class is a percentage of the nominal or indicated value",
    ),
    "mpe": ("以单位写出的最大允许误差", "the error limit as stated in a unit"),
    "upper": ("量程上限的百分数", "a percentage of the upper end of the range"),
    "class_upper": (
        "准确度等级的数字是量程上限的百分数",
        "the number of the accuracy class is a percentage of the upper end of the range",
    ),
    "one_sided": (
        "只有一个限，另一端取标称值或最小可能值",
        "one limit only, the other end is the nominal or the least value",
    ),
}
