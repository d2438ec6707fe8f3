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

from suyuan.capability.interval import Interval
from suyuan.capability.need import Need, Tolerance, Wanted
from suyuan.capability.target import rule_named, target_of
from suyuan.capability.taxonomy import PACKAGE, item_named, items, quantities, quantity_named
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.table import Row, load
from suyuan.quantity.unit import Unit, convert, parse_unit, ratio


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
def checks() -> Mapping[str, Row]:
    """Key → what can be checked (rows with zh, en, quantity, units, least, asks)."""
    return {row["key"]: row for row in load(PACKAGE, "questions.checks")}


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
    tolerance_unit: «unit» or %), or low and high, or class; use (a key of `uses`); item: instrument to be calibrated,
    if any; product, organisation, id; conditions by name: a word, or NAME_low, NAME_high (or NAME alone), NAME_unit.

    A shaft of 30 mm ± 10 µm, accepted by a quarter of its tolerance:

    >>> found = draft({"check": "diameter", "nominal": "30", "unit": "mm", "tolerance": "10", "tolerance_unit": "um",
    ...                "use": "accept"})
    >>> found.need.quantity, round(found.need.interval.low, 3), round(found.need.interval.high, 3)
    ('diameter', 29.98, 30.02)
    >>> round(found.need.target.U, 6), found.need.target.unit.symbol, [ask.name for ask in found.asks]
    (0.0025, 'mm', ['ambient_temperature', 'site'])
    """
    fields = Fields(answers)
    steps: list[Finding] = []
    check = _check(fields)
    unit = _unit(fields, "unit", check.quantity if check else "")
    item = _item(fields, check, steps)
    use = _use(fields)
    zone = _zone(fields, check, unit) if check and unit else None
    wanted = _conditions(fields)
    name, product, organisation = fields.text("id") or "draft", fields.names("product"), fields.names("organisation")
    asks = tuple(_ask(key) for key in check.asks if key not in wanted) if check else ()
    if errors(fields.found) or check is None or unit is None or use is None or zone is None:
        return Draft(None, tuple(steps), asks, tuple(fields.found))
    interval = _widened(zone, check, unit)
    half = (zone.high - zone.low) / 2.0
    tolerance = Tolerance(half, unit.as_difference(), use["rule"])
    target, derived = target_of(tolerance)
    steps += _told(zone, interval, unit, use, check)
    steps += derived
    need = Need(
        name, organisation, check.quantity, interval, target, tolerance, title=product or check.names, item=item,
        conditions=wanted, product=product, source="guided question", status="proposed",
    )  # fmt: skip
    return Draft(need, tuple(steps), asks, tuple(fields.found))


# ---------------------------------------------------------------- answers


@dataclass(frozen=True, slots=True)
class _Check:
    """What is checked. key: of the row, or of the kind of quantity where no row has it; least: smallest possible value
    in SI units, None where there is none."""

    key: str
    quantity: str
    names: Mapping[str, str]
    least: float | None
    asks: tuple[str, ...]


def _check(fields: Fields) -> _Check | None:
    text = fields.text("check", required=True)
    if not text:
        return None
    row = checks().get(text) or _row_of(quantity_named(text))
    if row is not None:
        return _Check(row["key"], row["quantity"], {"zh": row["zh"], "en": row["en"]}, row["least"], tuple(row["asks"]))
    key = quantity_named(text)
    if key is None:
        fields.report("capability.question.check_unknown", "check", given=text)
        return None
    kind = quantities()[key]
    return _Check(key, key, {"zh": kind.zh[0], "en": kind.en[0]}, None, ("site",))


def _row_of(quantity: str | None) -> Row | None:
    return next((row for row in checks().values() if row["quantity"] == quantity), None)


def _unit(fields: Fields, key: str, quantity: str) -> Unit | None:
    """The unit of an answer, which must be one of the thing checked."""
    text = fields.text(key, required=key == "unit")
    if not text:
        return None
    try:
        unit = parse_unit(text)
    except Refused as refused:
        fields.found += [Finding(f.code, fields.where(key), f.severity, f.parameters, f.rule) for f in refused.findings]
        return None
    kind = quantities().get(quantity)
    if kind is not None and kind.unit is not None and kind.unit.dimension != unit.dimension:
        names = {"quantity_zh": kind.zh[0], "quantity_en": kind.en[0]}
        usual = ", ".join((_row_of(quantity) or {"units": [kind.unit.symbol]})["units"])
        fields.report("capability.question.unit_dimension", key, severity="error", unit=text, usual=usual, **names)
        return None
    return unit


def _item(fields: Fields, check: _Check | None, steps: list[Finding]) -> str:
    text = fields.text("item")
    if not text:
        if check:
            kind = quantities()[check.quantity]
            told = {"quantity_zh": kind.zh[0], "quantity_en": kind.en[0]}
            steps.append(
                finding("capability.question.step_product", "check", "note", **told, **_both("check", check.names))
            )
        return ""
    key = item_named(text)
    item = items().get(key or "")
    if item is None:
        fields.report("capability.question.item_unknown", "item", severity="warning", given=text)
        return text
    if check is not None and not _measures(item.quantities, check.quantity):
        fields.report(
            "capability.question.item_foreign", "item", severity="warning", given=text, **_both("check", check.names)
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
    unit = _unit(fields, f"{name}_unit", {"ambient_temperature": "temperature", "ambient_humidity": ""}.get(name, name))
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


# ---------------------------------------------------------------- the tolerance


@dataclass(frozen=True, slots=True)
class _Zone:
    """Tolerance zone in the unit of the answers. how: plus_minus, percent, limits, class, one_sided."""

    low: float
    high: float
    how: str


def _zone(fields: Fields, check: _Check, unit: Unit) -> _Zone | None:
    """The tolerance zone; None where there is none, with a finding that says why."""
    before = len(fields.found)
    nominal, low, high = fields.number("nominal"), fields.number("low"), fields.number("high")
    centre = nominal.value if nominal else None
    half, how = _half_width(fields, check, unit, centre)
    if errors(fields.found[before:]):
        return None
    if low is not None or high is not None:
        ends = low.value if low else None, high.value if high else None
        return _limits(fields, _least(check, unit), centre, *ends)
    if half is None:
        fields.report("capability.question.tolerance_missing", "tolerance")
        return None
    if centre is None:
        fields.report("capability.question.nominal_missing", "nominal")
        return None
    if not half > 0.0:
        fields.report("capability.question.tolerance_zero", "tolerance", given=f"{half:g} {unit.symbol}")
        return None
    least = _least(check, unit)
    if least is not None and centre < least:
        fields.report(
            "capability.question.nominal_impossible", "nominal", given=f"{centre:g} {unit.symbol}", least=f"{least:g}"
        )
        return None
    return _Zone(centre - half, centre + half, how)


def _half_width(fields: Fields, check: _Check, unit: Unit, nominal: float | None) -> tuple[float | None, str]:
    """The half width from «±» or a class, in the unit of the answers."""
    tolerance, grade = fields.number("tolerance"), fields.text("class")
    if tolerance is not None:
        text = fields.text("tolerance_unit")
        if text in ("%", "％") and unit.symbol != "%":
            return _share(fields, tolerance.value / 100.0, nominal, "tolerance"), "percent"
        own = _unit(fields, "tolerance_unit", check.quantity) if text else unit
        if own is None:
            return None, ""
        return tolerance.value * ratio(own.as_difference(), unit.as_difference()), "plus_minus"
    if grade:
        number = grade.removesuffix("级").removeprefix("class").strip()
        rows = [row for row in load(PACKAGE, "questions.classes") if check.key in row["checks"]]
        row = next((row for row in rows if number in row["classes"]), None)
        if row is None:
            told = _both("check", check.names)
            fields.report("capability.question.class_unknown", "class", severity="error", given=grade, **told)
            return None, ""
        return _share(fields, float(number) * row["percent_per_class"] / 100.0, nominal, "class"), "class"
    return None, ""


def _share(fields: Fields, share: float, nominal: float | None, key: str) -> float | None:
    if nominal == 0.0:
        fields.report("capability.question.tolerance_of_zero", key)
        return None
    return None if nominal is None else share * abs(nominal)


def _limits(
    fields: Fields, least: float | None, nominal: float | None, low: float | None, high: float | None
) -> _Zone | None:
    """The zone between limits; where one is missing, from the nominal value or the smallest possible one."""
    if low is not None and high is not None:
        if low >= high:
            code = "capability.question.limits_backwards" if low > high else "capability.question.limits_equal"
            fields.found.append(finding(code, fields.where("low"), low=f"{low:g}", high=f"{high:g}"))
            return None
        if nominal is not None and not low <= nominal <= high:
            ends = {"low": f"{low:g}", "high": f"{high:g}"}
            fields.report(
                "capability.question.nominal_outside", "nominal", severity="error", nominal=f"{nominal:g}", **ends
            )
            return None
        return _Zone(low, high, "limits")
    limit = low if low is not None else high
    other = nominal if nominal is not None else (least if high is not None else None)
    if limit is None or other is None:
        fields.report("capability.question.limits_one", "nominal")
        return None
    if limit == other or (low is not None) != (limit < other):
        fields.report(
            "capability.question.nominal_outside",
            "nominal",
            nominal=f"{other:g}",
            low=_or_open(low),
            high=_or_open(high),
        )
        return None
    return _Zone(min(limit, other), max(limit, other), "one_sided")


def _or_open(value: float | None) -> str:
    return "…" if value is None else f"{value:g}"


def _least(check: _Check, unit: Unit) -> float | None:
    if check.quantity == "temperature":
        return float(convert(0.0, parse_unit("K"), unit))
    return check.least


def _widened(zone: _Zone, check: _Check, unit: Unit) -> Interval:
    """The zone with its margin, not below what is possible."""
    margin = _margin()["share"] * (zone.high - zone.low) / 2.0
    least = _least(check, unit)
    low = zone.low - margin
    return Interval(low if least is None else max(low, min(least, zone.low)), zone.high + margin, unit)


def _margin() -> Row:
    return load(PACKAGE, "questions.margins")[0]


# ---------------------------------------------------------------- told


def _told(zone: _Zone, interval: Interval, unit: Unit, use: Row, check: _Check) -> list[Finding]:
    ends = {"low": f"{zone.low:.10g}", "high": f"{zone.high:.10g}", "unit": unit.symbol.removesuffix("1")}
    half = f"{(zone.high - zone.low) / 2.0:.6g}"
    margin = _margin()
    wide = {"low": f"{interval.low:.10g}", "high": f"{interval.high:.10g}", "unit": ends["unit"]}
    rule = rule_named(use["rule"])
    label = rule.label if rule else {"zh": use["rule"], "en": use["rule"]}
    how = _HOW[zone.how]
    return [
        finding("capability.question.step_tolerance", "tolerance", "note", half=half,
                how_zh=how[0], how_en=how[1], **ends),
        finding("capability.question.step_interval", "interval", "note", margin["source"], share=f"{margin['share']:g}",
                reason_zh=margin["zh"], reason_en=margin["en"], status=margin["status"], **wide),
        finding("capability.question.step_use", "use", "note", use["source"], status=use["status"], use_zh=use["zh"],
                use_en=use["en"], reason_zh=use["why_zh"], reason_en=use["why_en"], label_zh=label["zh"],
                label_en=label["en"]),
    ]  # fmt: skip


_HOW = {
    "plus_minus": ("标称值 ± 允差", "nominal value ± tolerance"),
    "percent": ("允差是标称值的百分数", "the tolerance is a percentage of the nominal value"),
    "limits": ("上下限", "lower and upper limit"),
    "class": (
        "准确度等级的数字是标称值的百分数",
        "the number of the accuracy class is a percentage of the nominal value",
    ),
    "one_sided": (
        "只有一个限，另一端取标称值或最小可能值",
        "one limit only, the other end is the nominal or the least value",
    ),
}


def _both(name: str, text: Mapping[str, str]) -> dict[str, str]:
    return {f"{name}_zh": text["zh"], f"{name}_en": text["en"]}
