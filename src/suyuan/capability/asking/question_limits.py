"""The numbers of a guided question: what is checked, its unit, and how far it may deviate.

    product      nominal ± T, two limits, or one limit       ─▶ a zone of values, T its half width
    instrument   measuring range from … to …, and its error  ─▶ the range is the interval, T its error limit
                 nominal value alone, and its error          ─▶ that point, or with a lower end the upper end

Answers that say the same in two ways must agree; what fits nowhere is told and never left out silently.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from suyuan.capability.taxonomy import PACKAGE, quantities, unit_said
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, Refused, errors, finding, in_both
from suyuan.quantity.notation import behind
from suyuan.quantity.table import Row, load
from suyuan.quantity.unit import Unit, convert, parse_unit, ratio


@cache
def checks() -> Mapping[str, Row]:
    """Key → what can be checked (rows with zh, en, quantity, units, least, asks)."""
    return {row["key"]: row for row in load(PACKAGE, "questions.checks")}


@dataclass(frozen=True, slots=True)
class Check:
    """What is checked. key: of the row, or of the kind of quantity where no row has it; least: smallest possible value
    in SI units, None where there is none."""

    key: str
    quantity: str
    names: Mapping[str, str]
    least: float | None
    asks: tuple[str, ...]


def row_of(quantity: str | None) -> Row | None:
    return next((row for row in checks().values() if row["quantity"] == quantity), None)


def unit_of(fields: Fields, key: str, quantity: str) -> Unit | None:
    """The unit of an answer, which must be one of the thing checked."""
    text = unit_said(fields.text(key), quantity) if key == "unit" or fields.has(key) else ""
    if not text:
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
        usual = ", ".join((row_of(quantity) or {"units": [kind.unit.symbol]})["units"])
        fields.report("capability.question.unit_dimension", key, severity="error", unit=text, usual=usual, **names)
        return None
    return unit


def plainly_wrong(fields: Fields) -> None:
    """What is wrong with the numbers in any unit, told also where the unit is wrong: all faults come at once."""
    low, high, tolerance = (fields.number(key) for key in ("low", "high", "tolerance"))
    if low is not None and high is not None:
        _ordered(fields, low.value, high.value)
    if tolerance is not None and not tolerance.value > 0.0:
        fields.report("capability.question.tolerance_zero", "tolerance", given=f"{tolerance.value:g}")


def _ordered(fields: Fields, low: float, high: float) -> bool:
    """Whether the lower end lies below the upper one, told if not."""
    if low < high:
        return True
    code = "capability.question.limits_backwards" if low > high else "capability.question.limits_equal"
    fields.report(code, "low", severity="error", low=f"{low:g}", high=f"{high:g}")
    return False


# ---------------------------------------------------------------- the tolerance


@dataclass(frozen=True, slots=True)
class Zone:
    """What the numbers say. low, high: the zone of allowed values, or the measuring range, in the unit of the answers;
    half: T in that unit, a plain fraction where relative; how: plus_minus, percent, limits, class, class_upper,
    upper, one_sided; measuring: whether low and high are a measuring range."""

    low: float
    high: float
    half: float
    how: str
    relative: bool = False
    measuring: bool = False


def zone_of(fields: Fields, check: Check, unit: Unit, instrument: bool) -> Zone | None:
    """The zone, or the measuring range with its error; None where there is none, with a finding that says why."""
    before = len(fields.found)
    nominal, low, high = (fields.number(key) for key in ("nominal", "low", "high"))
    ends = low.value if low else None, high.value if high else None
    centre = nominal.value if nominal else None
    if fields.has("tolerance_unit") and not fields.has("tolerance"):
        fields.report("capability.question.surplus_unit", "tolerance_unit", severity="warning",
                      given=fields.text("tolerance_unit"))  # fmt: skip
    if instrument:
        return None if errors(fields.found[before:]) else _measuring(fields, check, unit, centre, *ends)
    half, how = _half_width(fields, check, unit, centre)
    if errors(fields.found[before:]):
        return None
    if ends != (None, None):
        zone = _limits(fields, least_of(check, unit), centre, *ends)
        return zone if zone and _agree(fields, zone, centre, half, ends) else None
    return _plus_minus(fields, check, unit, centre, half, how)


def _plus_minus(
    fields: Fields, check: Check, unit: Unit, centre: float | None, half: float | None, how: str
) -> Zone | None:
    if half is None and not (centre is None and (fields.has("tolerance") or fields.has("class"))):
        fields.report("capability.question.tolerance_missing", "tolerance")
        return None
    if centre is None or half is None:
        fields.report("capability.question.nominal_missing", "nominal")
        return None
    if not half > 0.0:
        fields.report("capability.question.tolerance_zero", "tolerance", given=f"{half:g}{behind(unit)}")
        return None
    if _below(fields, check, unit, centre):
        return None
    return Zone(centre - half, centre + half, half, how)


def _agree(
    fields: Fields, zone: Zone, centre: float | None, half: float | None, ends: tuple[float | None, float | None]
) -> bool:
    """Whether limits and a tolerance that stand beside each other say the same."""
    key = "tolerance" if fields.has("tolerance") else "class"
    if key == "class" and fields.has("class"):
        fields.report("capability.question.class_of_product", "class", given=fields.text("class"))
        return False
    if half is None and not fields.has("tolerance"):
        return True
    middle = centre if centre is not None else (zone.low + zone.high) / 2.0
    shown = [middle + sign * half if half is not None else math.nan for sign in (-1.0, 1.0)]
    if all(end is None or math.isclose(end, s, rel_tol=1e-9, abs_tol=1e-9 * zone.half)
           for end, s in zip(ends, shown, strict=True)):  # fmt: skip
        return True
    fields.report("capability.question.contradiction", key, low=_or_open(ends[0]), high=_or_open(ends[1]),
                  given=f"± {fields.text('tolerance')} {fields.text('tolerance_unit')}".strip())  # fmt: skip
    return False


# ---------------------------------------------------------------- an instrument

_OF_UPPER = re.compile(r"[%％]\s*(?:F\.?S\.?|满量程|满度|量程|上限)", re.IGNORECASE)
_OF_VALUE = re.compile(r"[%％]\s*(?:读数|示值|rdg|of reading)?", re.IGNORECASE)


def _measuring(
    fields: Fields, check: Check, unit: Unit, nominal: float | None, low: float | None, high: float | None
) -> Zone | None:
    """A measuring range with the maximum permissible error; the error is asked for as well where the range is wrong.

    A nominal value alone is the point at which the instrument is calibrated, with a lower end the upper one: an
    instrument has no values beyond its range, so nothing is widened.
    """
    before = len(fields.found)
    if nominal is not None and high is None:
        low, high, nominal = nominal if low is None else low, nominal, None
        if _below(fields, check, unit, high):
            return None
    point = low is not None and low == high and not fields.has("high")
    if point:
        pass
    elif low is None or high is None:
        fields.report("capability.question.range_missing", "low" if low is None else "high")
    elif _ordered(fields, low, high) and nominal is not None:
        told = {"nominal": f"{nominal:g}", "low": f"{low:g}", "high": f"{high:g}"}
        inside = low <= nominal <= high
        code = "capability.question.nominal_surplus" if inside else "capability.question.nominal_outside"
        fields.found.append(finding(code, fields.where("nominal"), "warning" if inside else "error", **told))
    errors_said = [said for said in (_by_tolerance(fields, check, unit, high), _by_class(fields, check, high)) if said]
    if not fields.has("tolerance") and not fields.has("class"):
        fields.report("capability.question.mpe_missing", "tolerance")
    if errors(fields.found[before:]) or low is None or high is None or not errors_said:
        return None
    half, relative, how = errors_said[0]
    if len(errors_said) == 2 and (relative, True) != (errors_said[1][1], math.isclose(half, errors_said[1][0])):
        said = f"± {fields.text('tolerance')} {fields.text('tolerance_unit') or unit.symbol}"
        fields.report("capability.question.mpe_contradiction", "class", given=said, grade=fields.text("class"))
        return None
    if not half > 0.0:
        fields.report("capability.question.tolerance_zero", "tolerance", given=f"{half:g}")
        return None
    if relative and low <= 0.0 <= high:
        fields.report("capability.question.mpe_at_zero", "low", low=f"{low:g}", high=f"{high:g}")
        return None
    return Zone(low, high, half, how, relative, True)


def _below(fields: Fields, check: Check, unit: Unit, nominal: float) -> bool:
    """Whether a nominal value lies below what is possible, told if so."""
    least = least_of(check, unit)
    if least is None or nominal >= least:
        return False
    given = f"{nominal:g}{behind(unit)}"
    fields.report("capability.question.nominal_impossible", "nominal", given=given, least=f"{least:g}")
    return True


def _by_tolerance(fields: Fields, check: Check, unit: Unit, high: float | None) -> tuple[float, bool, str] | None:
    """T, whether it is relative, and how it was said: in a unit, in per cent of the value, or of the upper end."""
    number, text = fields.number("tolerance"), fields.text("tolerance_unit")
    if number is None:
        return None
    if unit.symbol != "%" or text not in ("", "%", "％"):
        if _OF_UPPER.fullmatch(text):
            return (number.value / 100.0 * abs(high), False, "upper") if high is not None else None
        if _OF_VALUE.fullmatch(text):
            return number.value / 100.0, True, "percent"
    own = unit_of(fields, "tolerance_unit", check.quantity) if text else unit
    if own is None:
        return None
    return number.value * ratio(own.as_difference(), unit.as_difference()), False, "mpe"


def _by_class(fields: Fields, check: Check, high: float | None) -> tuple[float, bool, str] | None:
    """The same from an accuracy class, whose number is per cent of the value or of the upper end by kind."""
    row = _class(fields, check)
    if row is None:
        return None
    share = row[0] * row[1]["percent_per_class"] / 100.0
    if row[1]["of"] == "value":
        return share, True, "class"
    return (share * abs(high), False, "class_upper") if high is not None else None


def _class(fields: Fields, check: Check) -> tuple[float, Row] | None:
    """The number of the class that was named, and the row that says what it means; a finding where there is none."""
    grade = fields.text("class")
    if not grade:
        return None
    number = grade.lower().removesuffix("级").removeprefix("class").strip()
    rows = [row for row in load(PACKAGE, "questions.classes") if check.key in row["checks"]]
    row = next((row for row in rows if number in row["classes"]), None)
    if row is None:
        told = in_both("check", check.names)
        fields.report("capability.question.class_unknown", "class", severity="error", given=grade, **told)
        return None
    return float(number), row


# ---------------------------------------------------------------- a product


def _half_width(fields: Fields, check: Check, unit: Unit, nominal: float | None) -> tuple[float | None, str]:
    """The half width from «±» or a class, in the unit of the answers; both must say the same."""
    tolerance, row = fields.number("tolerance"), _class(fields, check)
    by_class = (
        _share(fields, row[0] * row[1]["percent_per_class"] / 100.0, nominal, "class") if row is not None else None
    )
    if tolerance is None:
        return (by_class, "class") if row is not None else (None, "")
    text = fields.text("tolerance_unit")
    half: float | None
    if text in ("%", "％") and unit.symbol != "%":
        half, how = _share(fields, tolerance.value / 100.0, nominal, "tolerance"), "percent"
    else:
        own = unit_of(fields, "tolerance_unit", check.quantity) if text else unit
        if own is None:
            return None, ""
        half, how = tolerance.value * ratio(own.as_difference(), unit.as_difference()), "plus_minus"
    if row is not None and half is not None and by_class is not None and not math.isclose(half, by_class):
        said = f"± {fields.text('tolerance')} {text or unit.symbol}"
        fields.report("capability.question.mpe_contradiction", "class", given=said, grade=fields.text("class"))
        return None, ""
    return half, how


def _share(fields: Fields, share: float, nominal: float | None, key: str) -> float | None:
    if nominal == 0.0:
        fields.report("capability.question.tolerance_of_zero", key)
        return None
    return None if nominal is None else share * abs(nominal)


def _limits(
    fields: Fields, least: float | None, nominal: float | None, low: float | None, high: float | None
) -> Zone | None:
    """The zone between limits; where one is missing, from the nominal value or the smallest possible one."""
    if low is not None and high is not None:
        if not _ordered(fields, low, high):
            return None
        if nominal is not None and not low <= nominal <= high:
            ends = {"low": f"{low:g}", "high": f"{high:g}"}
            fields.report(
                "capability.question.nominal_outside", "nominal", severity="error", nominal=f"{nominal:g}", **ends
            )
            return None
        return Zone(low, high, (high - low) / 2.0, "limits")
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
    return Zone(min(limit, other), max(limit, other), abs(limit - other) / 2.0, "one_sided")


def _or_open(value: float | None) -> str:
    return "…" if value is None else f"{value:g}"


def least_of(check: Check, unit: Unit) -> float | None:
    if check.quantity == "temperature":
        return float(convert(0.0, parse_unit("K"), unit))
    return check.least
