"""The rows of the class table as a person chooses among them: each with what it bounds, its standard and its limit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

from suyuan.certificate.accuracy_class import Amount, Row, Use, limit, rows
from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import parse_unit
from suyuan.site.acts.evaluating.numbers import number_of
from suyuan.site.language import Language, current
from suyuan.site.terms import term

Shown = dict[str, Any]
_TYPE = re.compile(r"type (\w+) class (\w+)")


def shown(row: Row, nominal: str = "", unit: str = "") -> Shown:
    """One row. nominal, unit: as typed so far; with them the label says the limit at that very value."""
    at = limit_at(row, nominal, unit)
    measures = str(row.get("measures", "limit"))
    told = label(str(row["id"]), current())
    return {
        "id": row["id"],
        "label": f"{told} · {at}" if at else told,
        "standard": f"{row['standard']} {row.get('edition', '')}".strip(),
        "clause": row.get("clause", ""),
        "status": row["status"],
        "confirmed": row["status"] == "confirmed",
        "mode": row["mode"],
        "source": row.get("source", ""),
        "unfit": "" if measures == "limit" else f"class.unfit.{measures.replace(' ', '_')}",
    }


def groups(words: str = "", chosen: str = "", nominal: str = "", unit: str = "") -> list[tuple[str, list[Shown]]]:
    """Rows by standard; words: only those that contain each of them, in either language; chosen: stays in the list."""
    wanted = words.casefold().split()
    found: dict[str, list[Shown]] = {}
    for id, row in rows().items():
        if id == chosen or all(word in searched(id) for word in wanted):
            found.setdefault(str(row["standard"]), []).append(shown(row, nominal, unit))
    return sorted(found.items())


@cache
def searched(id: str) -> str:
    """Everything by which somebody may look for a row."""
    return " ".join((id, label(id, "zh"), label(id, "en"), str(rows()[id].get("note", "")))).casefold()


def label(id: str, language: Language) -> str:
    """Instrument, class, quantity, standard with edition, limit: no two rows are called the same."""
    return _labels(language)[id]


@cache
def _labels(language: Language) -> Mapping[str, str]:
    made = {id: _label(row, language) for id, row in rows().items()}
    often = Counter(made.values())
    return {id: text if often[text] == 1 else f"{text} · {id}" for id, text in made.items()}


def _label(row: Row, language: Language) -> str:
    instrument = str(row["instrument_zh"] if language == "zh" else row["instrument_en"])
    standard = f"{row['standard']}:{row['edition']}" if row.get("edition") else str(row["standard"])
    parts = [
        f"{instrument} {_class(str(row['class']), language)}".strip(),
        term(f"class.of.{row['quantity']}", language),
        *(_said(str(text), language) for text in row.get("conditions", {}).values()),
        standard,
        form(row, language),
    ]
    return " · ".join(part for part in parts if part)


def _class(name: str, language: Language) -> str:
    if name == "-":
        return ""
    if language == "en":
        name = name.replace("…", " to ")
        if name[-1:] in "级等":
            return f"{'class' if name.endswith('级') else 'order'} {name[:-1]}"
        return name.replace("等", "") if " " in name else f"class {name}"
    if found := _TYPE.fullmatch(name):
        return f"{found[1]} 型 {found[2]} 级"
    if name.startswith("scale interval "):
        return f"分度值 {name.removeprefix('scale interval ')}"
    if name.startswith("type "):
        return name.removeprefix("type ").replace(" (single channel)", " 型（单道）")
    name = name.replace(" (order)", "")
    return f"{name[:-1]} {name[-1]}" if name[-1:] in "级等" else f"{name} 级"


def _said(text: str, language: Language) -> str:
    """A word of the table that has a row among the terms; figures stand for themselves."""
    key = f"class.by.{text}"
    told = term(key, language)
    return text if told == key else told


def form(row: Row, language: Language) -> str:
    """How the limit is given: ±0.12 … ±2 µm, ±0.25 % of the upper limit, ±(0.1 + 0.0017·|x|) °C."""
    spec: Mapping[str, Any] = row["mpe"] if "mpe" in row else row["U"]
    unit = _unit(str(spec["unit"]), language)
    sign = "U ≤ " if row["mode"] == "order" else "±" if row.get("measures", "limit") == "limit" else "≤ "
    match spec["kind"]:
        case "absolute":
            return f"{sign}{spec['value']:g} {unit}"
        case "relative" | "fraction of mpe":
            of = _said(str(spec["of"]), language)
            return f"{sign}{spec['value']:.3g} {unit}" + (f"（{of}）" if language == "zh" else f" {of}")
        case "formula":
            text = str(spec["form"]).replace("abs(x)", "|x|")
            for name in "abc":
                text = re.sub(rf"\b{name}\b", f"{spec.get(name, 0):g}", text)
            text = text.replace("*", "·")
            text = text if text.startswith("max") else f"({text})"
            return f"{sign}{text} {unit}, x: {_said(str(spec['x']), language)}"
    numbers = [abs(n) for entry in spec["rows"] for n in _bounds(spec, entry) if n is not None]
    low, high = min(numbers), max(numbers)
    return f"{sign}{low:g} {unit}" if low == high else f"{sign}{low:g} … {sign}{high:g} {unit}"


def _bounds(spec: Mapping[str, Any], entry: Any) -> tuple[float | None, ...]:
    """The limits in an entry of a table, after the columns that say where it holds."""
    return tuple(entry[2:] if "interval" in spec["match"] else entry[1:])


def _unit(name: str, language: Language) -> str:
    told = _said(name, language)
    if told != name or name == "e":
        return told
    try:
        return parse_unit(name).symbol
    except Refused:
        return name


def limit_at(row: Row, nominal: str, unit: str) -> str:
    """The limit at a nominal value, as ±0.2 µm (50 mm); «» where the row needs more than that, or does not hold."""
    value = number_of(nominal)
    if value is None or not unit.strip():
        return ""
    try:
        parse_unit(unit.strip())
        found, _ = limit(str(row["id"]), Use(Amount(value, unit.strip())))
    except Refused:
        return ""
    if found is None or found.plus is None:
        return ""
    sign = "U ≤ " if found.mode == "order" else "±" if found.measures == "limit" else "≤ "
    return f"{sign}{found.plus:.6g} {_unit(found.unit, current())} ({value:g} {unit.strip()})"
