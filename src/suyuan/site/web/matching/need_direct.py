"""The direct form of a need: fields as typed to a row as a register has it, and findings back to their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from suyuan.capability.asking.question import Ask
from suyuan.capability.gaps.industry import KeyParameter, need_of, parameters
from suyuan.capability.need import Need
from suyuan.capability.target import rules
from suyuan.capability.taxonomy import items, quantity_key
from suyuan.capability.write import need_row
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.unit import Unit
from suyuan.site.acts.day import as_written
from suyuan.site.acts.matching import need as acts
from suyuan.site.language import current
from suyuan.site.terms import term

FIELDS = (
    "title", "quantity", "item", "analyte", "interval_low", "interval_high", "interval_unit", "target_U", "target_unit",
    "target_k", "half", "half_unit", "rule", "temperature_low", "temperature_high", "site", "medium",
)  # fmt: skip
FURTHER = ("standing", "region", "day", "days_most", "price_most", "volume", "firms", "criticality", "confidential")
STANDINGS = ("accredited", "authorised", "cmc", "examined")
_PLACES: Mapping[str, str] = {
    "interval/low": "interval_low", "interval/high": "interval_high", "interval/unit": "interval_unit",
    "interval": "interval_low", "target/U": "target_U", "target/unit": "target_unit", "target/k": "target_k",
    "target": "target_U", "target/relative": "target_unit", "tolerance/half_width": "half",
    "tolerance/unit": "half_unit", "tolerance/rule": "rule", "tolerance": "half", "tolerance/relative": "half_unit",
    "conditions/temperature/low": "temperature_low", "conditions/temperature/high": "temperature_high",
    "conditions/temperature/unit": "temperature_low", "conditions/temperature": "temperature_low",
}  # fmt: skip
"""JSON pointer of a row → the field that it was typed in."""


@dataclass(frozen=True)
class Typed:
    """A form as it was typed. way: guided or direct; values: text by field."""

    way: str
    values: dict[str, str]


@dataclass
class Read:
    """What a form comes to. row: as a register has it, empty where it cannot be read; need; told: findings by field, «»
    for those of none; steps: how it came about; asks: conditions not asked for yet."""

    row: dict[str, Any]
    need: Need | None
    told: dict[str, list[Finding]] = field(default_factory=dict)
    steps: tuple[Finding, ...] = ()
    asks: tuple[Ask, ...] = ()


def read(typed: Typed) -> Read:
    """The need of the direct form."""
    row = with_parameter(row_of(typed), typed)
    told = _missing(row)
    if not any(key in row for key in ("quantity", "interval")):
        return Read({}, None, told)
    need, found = acts.read({"id": "draft", **row}, {"zh": "—"})
    found = tuple(_of_day(item, row) for item in found)
    for item in (f for f in found if f.code != "typed.field.missing" or place_of(f.where) not in told):
        if item.code != "capability.read.k_assumed" or typed.values.get("target_U"):
            told.setdefault(place_of(item.where), []).append(item)
    steps = tuple(f for f in found if f.code == "capability.target.derived")
    return Read(row if need is not None else {}, need, told, steps)


def _missing(row: dict[str, Any]) -> dict[str, list[Finding]]:
    """What no need is without and nobody answered, by field; of an interval one end may be open."""
    interval = row.get("interval", {})
    names = [] if "quantity" in row else ["quantity"]
    if not any(end in interval for end in ("low", "high")):
        names += ["interval_low", "interval_high"]
    names += [] if "unit" in interval else ["interval_unit"]
    return {name: [finding("typed.field.missing", name, field=name)] for name in names}


def place_of(pointer: str) -> str:
    """The field that a finding is about; «» for none.

    >>> place_of("/interval/low"), place_of("/conditions/site"), place_of("/nothing")
    ('interval_low', 'site', '')
    """
    path = pointer.strip("/")
    if path in _PLACES:
        return _PLACES[path]
    last = path.rpartition("/")[2]
    return last if last in (*FIELDS, *FURTHER) else ""


def row_of(typed: Typed) -> dict[str, Any]:
    """The row, only with what was typed."""
    given = {name: text for name in (*FIELDS, *FURTHER) if (text := typed.values.get(name, ""))}
    row: dict[str, Any] = {name: given[name] for name in ("quantity", "item", "analyte") if name in given}
    if "title" in given:
        row["title"] = {current(): given["title"]}
    interval = {end: given[f"interval_{end}"] for end in ("low", "high", "unit") if f"interval_{end}" in given}
    if interval:
        row["interval"] = interval
    if "target_U" in given:
        row["target"] = {"U": given["target_U"], **_unit(given.get("target_unit", "")), "k": given.get("target_k", "2")}
    if "half" in given:
        row["tolerance"] = {
            "half_width": given["half"], **_unit(given.get("half_unit", "") or given.get("interval_unit", "")),
            "rule": given.get("rule", ""),
        }  # fmt: skip
    conditions: dict[str, Any] = {name: given[name] for name in ("site", "medium") if name in given}
    ends = {end: given[f"temperature_{end}"] for end in ("low", "high") if f"temperature_{end}" in given}
    if ends:
        conditions["temperature"] = {**ends, "unit": "degC"}
    if conditions:
        row["conditions"] = conditions
    return row | further(typed)


ENTRIES = ("title", "quantity", "item", "analyte", "interval", "target", "tolerance", *FURTHER)
"""Entries of a row that the form asks for; the others are kept when a need is changed."""
CONDITIONS = ("temperature", "site", "medium")
PERCENT = ("%", "％")


def values_of(need: Need) -> dict[str, str]:
    """The fields of the form for a need that there is already."""
    row = printed(need_row(need))
    values = {name: row[name] for name in ("quantity", "item", "analyte", *FURTHER) if isinstance(row.get(name), str)}
    if (item := items().get(need.item)) is not None:
        values["item"] = (item.zh if current() == "zh" else item.en)[0]
    title = row.get("title", "")
    values["title"] = title if isinstance(title, str) else title.get(current()) or next(iter(title.values()), "")
    values |= {f"interval_{end}": row["interval"].get(end, "") for end in ("low", "high", "unit")}
    if need.target is not None:
        scale, unit = _shown(need.target.unit)
        values |= {"target_U": f"{need.target.U * scale:.12g}", "target_unit": unit, "target_k": f"{need.target.k:g}"}
    if need.tolerance is not None:
        scale, unit = _shown(need.tolerance.unit)
        values |= {"half": f"{need.tolerance.half_width * scale:.12g}", "half_unit": unit, "rule": need.tolerance.rule}
    stated = row.get("conditions", {})
    values |= {name: stated[name] for name in ("site", "medium") if isinstance(stated.get(name), str)}
    if isinstance(stated.get("temperature"), dict) and stated["temperature"].get("unit") in ("degC", "°C"):
        values |= {f"temperature_{end}": stated["temperature"].get(end, "") for end in ("low", "high")}
    return values | ({"confidential": "true"} if need.confidential else {})


def _shown(unit: Unit | None) -> tuple[float, str]:
    """By what a size is multiplied for the form, and its unit there: «%» is read as relative, so that an absolute size
    in it (0.3 % of mass, say) is shown as a number."""
    if unit is None:
        return 100.0, "%"
    return (unit.factor, "1") if unit.symbol in PERCENT else (1.0, unit.symbol)


def changed(row: dict[str, Any], need: Need) -> dict[str, Any]:
    """A row of the form over a need that there is already: what the form does not ask for stays."""
    before = printed(need_row(need))
    before.pop("organisation", None)
    kept = {name: value for name, value in before.items() if name not in (*ENTRIES, "conditions", "id")}
    stated = {name: value for name, value in before.get("conditions", {}).items() if name not in CONDITIONS}
    stated |= row.get("conditions", {})
    if isinstance(before.get("title"), dict) and isinstance(row.get("title"), dict):
        row = row | {"title": {**before["title"], **row["title"]}}
    return {**kept, **row, **({"conditions": stated} if stated else {})}


def parameter_of(typed: Typed) -> KeyParameter | None:
    """The key parameter that a need is stated for; None where there is none of that id."""
    return parameters().get(typed.values.get("parameter", ""))


def with_parameter(row: dict[str, Any], typed: Typed) -> dict[str, Any]:
    """A row with what the key parameter says and the form does not ask for: industry, product, process, stage, node,
    and what exactly is measured while the kind of quantity is still that of the parameter."""
    parameter = parameter_of(typed)
    need = need_of(parameter)[0] if parameter is not None and row else None
    if need is None:
        return row
    own = quantity_key(row.get("quantity", "")) == quantity_key(need.quantity)
    names = (*FROM_PARAMETER, *(OF_MEASURAND if own else ()))
    before = printed(need_row(need))
    return {name: before[name] for name in names if name in before} | row


FROM_PARAMETER = ("parameter", "industry", "product", "process", "stage", "node")
OF_MEASURAND = ("measurand", "interval_of")


def _unit(unit: str) -> dict[str, Any]:
    if unit in PERCENT:
        return {"unit": "%", "relative": True}
    return {"unit": unit} if unit else {}


def further(typed: Typed) -> dict[str, Any]:
    """What both forms ask besides."""
    row: dict[str, Any] = {name: typed.values[name] for name in FURTHER if typed.values.get(name)}
    if "confidential" in row:
        row["confidential"] = True
    if "day" in row:
        row["day"] = as_written(row["day"])
    return row


def _of_day(item: Finding, row: Mapping[str, Any]) -> Finding:
    """What is said of the wished day, in the words of the form."""
    if item.code != "typed.date.impossible" or item.where.strip("/") != "day":
        return item
    return finding("site.day.wished", item.where, given=str(row.get("day", ""))[:40])


def printed(value: Any) -> Any:
    """A row with its numbers as people would type them: 29.979999999999997 is 29.98.

    >>> printed({"low": 29.979999999999997, "k": 2.0, "confidential": True})
    {'low': '29.98', 'k': '2', 'confidential': True}
    """
    if isinstance(value, dict):
        return {key: printed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [printed(inner) for inner in value]
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        return f"{value:.12g}"
    return value


def no_organisation() -> Finding:
    """That nobody said whose need it is."""
    return finding("site.service.organisation", "organisation")


def choices() -> dict[str, Any]:
    """What can be chosen in the direct form."""
    return {
        "rules": [(name, rule.label.get(current()) or name) for name, rule in rules().items()],
        "standings": [(name, term(f"capability.standing.{name}")) for name in STANDINGS],
    }
