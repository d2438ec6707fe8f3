"""One cell of a workbook to its place in a JSON row, and back to a cell: by the type of its column."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from suyuan.verbs.register.cells import Value
from suyuan.verbs.register.columns.table import Column
from suyuan.verbs.register.forms import (
    NUMBER,
    K,
    Unclear,
    conditions,
    interval,
    number,
    plain,
    tidy,
    uncertainty,
    unit_or_none,
)

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]+\d{1,2}:\d{2}.*)?")
_DAY8 = re.compile(r"(\d{4})(\d{2})(\d{2})")
_PAIRS = re.compile(rf"((?:[^:;]+:[^:;]+;\s*)+[^:;]+:\s*(?:{NUMBER}))\s*(.*)")
"""Points of a table with their U, and the unit of all of them."""
_FIRST = date(1899, 12, 30)
"""Day 0 of a spreadsheet's day numbers."""
YES, NO = ("是", "有", "yes", "true", "y", "1", "√", "✓"), ("否", "无", "no", "false", "n", "0", "×", "✗")
MISSING = ("", "-", "—", "/", "无", "n/a", "na", "未陈述", "未知", "不适用", "not stated", "unknown")
"""Words of a cell that say that nothing is stated: unknown stays unknown."""
FORMULA_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
CELL_WHY: Mapping[str, tuple[str, str]] = {
    "number": ("不是数；只写数，不带单位和说明", "this is no number; write the number alone"),
    "formula": ("格子里是公式的错误", "the cell holds the error of a formula"),
    "whole": ("不是整数", "this is no whole number"),
    "day": ("不是日期；应如 2026-03-01", "this is no day; write 2026-03-01"),
    "truth": ("应写「是」或「否」", "write 是 or 否 (yes or no)"),
    "choice": ("不在可用的词里", "this is none of the words that can be used"),
    "json": ("不是完整的 JSON", "this is no whole JSON"),
    "parts": ("各段用「|」隔开，段数不对", "the parts, parted by “|”, are too few or too many"),
    "tolerance": ("应如「±0.25 µm」或「±0.5%」", "write e.g. “±0.25 µm” or “±0.5%”"),
}
"""Why a cell is not read, in both languages, beside `forms.WHY`."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What the row says beside the cell. unit, k: in the head of the column; interval_unit: of the row's interval;
    part: «%», «‰» or «ppm», where the row's U is typed in it and read as a plain fraction."""

    unit: str = ""
    interval_unit: str = ""
    k: str = ""
    part: str = ""


_PART = re.compile(r"\d\s*(%|‰|ppm)")


def part_of(text: Value, head: str) -> str:
    """The part in which a relative U is typed, «» for a plain fraction. head: unit in the head of its column.

    >>> part_of("Urel=0.5%, k=2", ""), part_of("0.5", "%"), part_of("Urel=0.005", "")
    ('%', '%', '')
    """
    found = _PART.search(tidy(str(text)))
    return found[1] if found else head if head in ("%", "‰", "ppm") else ""


def read_cell(value: Value, column: Column, beside: Beside) -> Any:
    """A cell as JSON, None where it states nothing, Unclear where it cannot be read."""
    if value is None or (isinstance(value, str) and tidy(value).casefold() in _missing(column.type)):
        return None
    if isinstance(value, str) and value.strip().upper() in FORMULA_ERRORS:
        return Unclear("formula", value.strip())
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "[") and column.type in WHOLE:
        return _json(value)
    return _READERS[column.type](value, column, beside)


WHOLE = ("uncertainty", "budget", "conditions", "standings")
"""Types whose cells may hold the JSON of a register, for what has no shorter form (a matrix of U, a formula)."""


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_int=str)
    except (json.JSONDecodeError, RecursionError):
        return Unclear("json", text[:40])


def _missing(kind: str) -> tuple[str, ...]:
    return MISSING[:1] if kind in ("truth", "text") else MISSING


def _text(value: Value, column: Column, beside: Beside) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def _number(value: Value, column: Column, beside: Beside) -> str | Unclear:
    if isinstance(value, bool | date) or (isinstance(value, float) and not math.isfinite(value)):
        return Unclear("number", str(value))
    if isinstance(value, int | float):
        return plain(float(value)) if isinstance(value, float) else str(value)
    found = number(re.sub(r"(?<=\d)[,\s](?=\d{3}\b)", "", tidy(str(value))))
    return Unclear("number", str(value)) if found is None else plain(found)


def _whole(value: Value, column: Column, beside: Beside) -> str | Unclear:
    read = _number(value, column, beside)
    if isinstance(read, Unclear) or float(read) != int(float(read)):
        return Unclear("whole", str(value))
    return str(int(float(read)))


def _day(value: Value, column: Column, beside: Beside) -> str | Unclear:
    if isinstance(value, date):
        return value.isoformat()
    found = day_of(_text(value, column, beside) if isinstance(value, str) else value)
    return Unclear("day", tidy(_text(value, column, beside))) if found is None else found


def day_of(value: Value) -> str | None:
    """A cell as a day YYYY-MM-DD, however people write one; None for what is none.

    >>> day_of("2025/2/20"), day_of("2025年2月20日"), day_of("2025.2.20"), day_of("20250220"), day_of(45708)
    ('2025-02-20', '2025-02-20', '2025-02-20', '2025-02-20', '2025-02-20')
    >>> day_of(date(2025, 2, 20)), day_of("2025-02-30"), day_of("soon")
    ('2025-02-20', None, None)
    """
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, int | float) and 20_000 <= value <= 80_000:  # a day that lost its format
        return (_FIRST + timedelta(days=int(value))).isoformat()
    text = tidy(str(value))
    found = _DAY.fullmatch(text) or _DAY8.fullmatch(text)
    try:
        return date(*(int(part) for part in found.groups())).isoformat() if found else None
    except ValueError:
        return None


def _truth(value: Value, column: Column, beside: Beside) -> bool | Unclear:
    if isinstance(value, bool):
        return value
    text = tidy(_text(value, column, beside)).casefold()
    return True if text in YES else False if text in NO else Unclear("truth", text)


def _choice(value: Value, column: Column, beside: Beside) -> str | Unclear:
    text = tidy(_text(value, column, beside))
    code = column.choices.get(text, text.casefold())
    return code if code in column.choices.values() else Unclear("choice", f"{text}: {'、'.join(column.choices)}")


def split(text: str) -> list[str]:
    """Several words of one cell."""
    return [part.strip() for part in re.split(r"[;、\n]|,(?!\d)", tidy(text)) if part.strip()]


def _words(value: Value, column: Column, beside: Beside) -> list[str]:
    return split(_text(value, column, beside))


def _choices(value: Value, column: Column, beside: Beside) -> list[str] | Unclear:
    found = [_choice(part, column, beside) for part in split(_text(value, column, beside).replace("/", ";"))]
    wrong = next((part for part in found if isinstance(part, Unclear)), None)
    return wrong if wrong is not None else [part for part in found if isinstance(part, str)]


def _interval(value: Value, column: Column, beside: Beside) -> Any:
    return interval(_text(value, column, beside), beside.unit)


def _uncertainty(value: Value, column: Column, beside: Beside) -> Any:
    text = tidy(_text(value, column, beside))
    factor = K.search(text)
    bare = text if factor is None else (text[: factor.start()] + text[factor.end() :]).strip(" ,;")
    pairs = _PAIRS.fullmatch(bare)
    if pairs is None:
        return _with_k(uncertainty(text, beside.interval_unit, beside.unit), beside)
    points = [[number(part) for part in pair.split(":")] for pair in pairs[1].split(";")]
    unit = (pairs[2] or beside.unit).strip()
    if any(len(pair) != 2 or None in pair for pair in points):
        return Unclear("uncertainty", text)
    if unit_or_none(unit) is None:
        return Unclear("unknown_unit" if unit else "unit", unit or text)
    return {"form": "table", "points": [plain(p[0]) for p in points if p[0] is not None],
            "U": [plain(p[1]) for p in points if p[1] is not None], "unit": unit,
            **({"k": factor[1]} if factor else {"k": beside.k} if beside.k else {})}  # fmt: skip


def _with_k(found: Any, beside: Beside) -> Any:
    """The k of the head where the cell bears none."""
    return {"k": beside.k, **found} if beside.k and isinstance(found, dict) else found


def _target(value: Value, column: Column, beside: Beside) -> Any:
    found = _with_k(uncertainty(_text(value, column, beside), beside.interval_unit, beside.unit), beside)
    if isinstance(found, Unclear):
        return found
    if found.pop("form") != "value":
        return Unclear("uncertainty", str(value))
    return found


def _tolerance(value: Value, column: Column, beside: Beside) -> Any:
    text = re.sub(r"^(?:MPE|最大允许误差|允差)\s*[:=]?\s*", "", tidy(_text(value, column, beside)), flags=re.IGNORECASE)
    found = re.fullmatch(r"(?:±|\+/-)\s*([\d.eE+-]+)\s*(\S.*)?", text)
    size = number(found[1]) if found else None
    unit = ((found[2] if found else "") or beside.unit or "").strip()
    if size is None or size < 0 or not unit:
        return Unclear("tolerance", text)
    if unit in ("%", "‰"):
        return {"half_width": plain(size.scaleb(-2 if unit == "%" else -3).normalize()), "relative": True}
    return {"half_width": plain(size), "unit": unit} if unit_or_none(unit) else Unclear("unknown_unit", unit)


def _conditions(value: Value, column: Column, beside: Beside) -> Any:
    return conditions(_text(value, column, beside))


def _detail(value: Value, column: Column, beside: Beside) -> Any:
    found = {}
    for piece in re.split(r"[;\n]", tidy(_text(value, column, beside))):
        name, sign, text = piece.partition("=")
        if piece.strip() and not (sign and name.strip() and text.strip()):
            return Unclear("condition", piece)
        if piece.strip():
            found[name.strip()] = text.strip()
    return found


def _parts(value: Value, fewest: int, most: int) -> list[list[str]] | Unclear:
    found = []
    for piece in re.split(r"[;\n]", tidy(str(value))):
        parts = [part.strip() for part in piece.split("|")]
        if not piece.strip():
            continue
        if not fewest <= len(parts) <= most:
            return Unclear("parts", piece)
        found.append(parts)
    return found


def _keys(value: Value, column: Column, beside: Beside) -> Any:
    parts = _parts(value, 2, 2)
    return parts if isinstance(parts, Unclear) else [{"issuer": one[0], "number": one[1]} for one in parts]


def _key(value: Value, column: Column, beside: Beside) -> Any:
    found = _keys(value, column, beside)
    if isinstance(found, list) and len(found) != 1:
        return Unclear("parts", str(value))
    return found if isinstance(found, Unclear) else found[0]


_STANDING = {"认可": "accredited", "CNAS": "accredited", "授权": "authorised", "计量授权": "authorised", "CMC": "cmc",
             "考核": "examined", "计量标准考核": "examined"}  # fmt: skip


def _pairs(value: Value, column: Column, beside: Beside) -> Any:
    return _parts(value, 2, 2)


def _participants(value: Value, column: Column, beside: Beside) -> Any:
    parts = _parts(str(value).replace("、", ";"), 1, 5)
    if isinstance(parts, Unclear):
        return parts
    found = []
    for one in parts:
        named = dict(zip(("person", "before", "after", "day", "organisation"), one, strict=False))
        wrong = next((named[key] for key in ("before", "after") if named.get(key) and number(named[key]) is None), None)
        if wrong is not None:
            return Unclear("number", wrong)
        found.append({key: text for key, text in named.items() if text})
    return found


def _stated_u(value: Value, column: Column, beside: Beside) -> Any:
    found = _target(value, column, beside)
    if isinstance(found, Unclear):
        return found
    named = {"value": found["U"], "unit": found.get("unit"), "k": found.get("k")}
    return {key: text for key, text in named.items() if text is not None}


def _standings(value: Value, column: Column, beside: Beside) -> Any:
    parts = _parts(value, 1, 6)
    if isinstance(parts, Unclear):
        return parts
    found = []
    for one in parts:
        one = one + [""] * (6 - len(one))
        days = [_day(part, column, beside) if part else "" for part in one[3:5]]
        wrong = next((day for day in days if isinstance(day, Unclear)), None)
        if wrong is not None:
            return wrong
        kind = _STANDING.get(one[0], one[0])
        if kind not in _STANDING.values():
            return Unclear("choice", f"{one[0]}: {'、'.join(_STANDING)}")
        named = zip(("kind", "body", "number", "valid_from", "valid_until", "source"),
                    (kind, *one[1:3], *days, one[5]), strict=True)  # fmt: skip
        found.append({key: text for key, text in named if text})
    return found


def _budget(value: Value, column: Column, beside: Beside) -> Any:
    parts = _parts(value, 3, 5)
    if isinstance(parts, Unclear):
        return parts
    found: list[dict[str, Any]] = []
    for one in parts:
        sized = _SIZED.fullmatch(one[2])
        u = number(sized[1]) if sized else None
        if sized is None or u is None:
            return Unclear("number", one[2])
        term: dict[str, Any] = {"symbol": one[0], "label": {"zh": one[1]}, "u": plain(u)}
        if unit := (sized[2] or beside.unit or beside.part).strip():
            term["unit"] = unit
        if len(one) == 5:
            term["certificate"] = {"issuer": one[3], "number": one[4]}
        found.append(term)
    return found


_SIZED = re.compile(rf"({NUMBER})\s*(\S.*)?")
Reader = Callable[[Value, Column, Beside], Any]
_READERS: Mapping[str, Reader] = {
    "text": _text, "number": _number, "whole": _whole, "day": _day, "truth": _truth, "choice": _choice,
    "choices": _choices, "words": _words, "interval": _interval, "uncertainty": _uncertainty, "target": _target,
    "tolerance": _tolerance, "conditions": _conditions, "detail": _detail, "keys": _keys, "key": _key,
    "pairs": _pairs, "participants": _participants, "stated_u": _stated_u,
    "standings": _standings, "budget": _budget,
}  # fmt: skip
