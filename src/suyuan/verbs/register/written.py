"""Values of the house, or JSON rows of a register, as the cells that a workbook of the house has for them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from suyuan.capability.need import Need
from suyuan.capability.target import target_of
from suyuan.verbs.register.cells import Value
from suyuan.verbs.register.columns.table import Column, Columns
from suyuan.verbs.register.forms import number, plain

_CLOSE = ("%", "‰")


def cells_of(row: Any, known: Columns) -> tuple[Value, ...]:
    """One row: a cell a column, None where nothing is stated. row: a value of the house or a mapping."""
    return tuple(_cell(row, column) for column in known.columns)


def cells_as_given(row: Mapping[str, Any], known: Columns) -> tuple[Value, ...]:
    """The same of a row as somebody typed it, which need not have the shape of its kind: what cannot be written as its
    column has it stands there as it was typed."""
    return tuple(_as_given(row, column) for column in known.columns)


def _as_given(row: Mapping[str, Any], column: Column) -> Value:
    value: Any = row
    for key in column.path.split("."):
        value = _at(value, key)
    if isinstance(value, str) and column.type not in ("text", "number", "whole", "day", "choice"):
        return value if column.path.count(".") == 0 else None
    try:
        return _cell(row, column)
    except (AttributeError, TypeError, ValueError, LookupError, ArithmeticError):  # any JSON may stand there
        return json.dumps(value, ensure_ascii=False)


def _cell(row: Any, column: Column) -> Value:
    value: Any = row
    for key in column.path.split("."):
        value = _at(value, key)
    inside = column.path.count(".") == 1 and not column.path.endswith((".zh", ".en"))
    if inside or value is None or value == "" or value == () or value == [] or value == {}:
        rule = column.path == "tolerance.rule" and isinstance(value, str) and value
        return value if rule else None  # one column says all of an interval or an uncertainty
    if column.path == "target" and isinstance(row, Need) and _derived(row):
        return None  # it follows from the tolerance again, with all its digits
    if column.type in ("uncertainty", "target"):
        return uncertainty_text(value, _unit(_at(row, "interval")))
    if column.type == "budget":
        return budget_text(value, _at(row, "uncertainty"))
    return _WRITERS[column.type](value, column)


def _derived(need: Need) -> bool:
    """Whether the target of a need is nothing but what follows from its tolerance."""
    return need.tolerance is not None and target_of(need.tolerance)[0] == need.target


def _at(value: Any, key: str) -> Any:
    if value is None:
        return None
    if isinstance(value, Mapping):
        found = value.get(key)
        return value.get("") if found is None and key == "zh" else found
    if isinstance(value, str):
        return value if key == "zh" else None
    return getattr(value, key, None)


def _text(value: Any, column: Column) -> Value:
    return str(value.get("zh") or next(iter(value.values()), "")) if isinstance(value, Mapping) else str(value)


def _number(value: Any, column: Column) -> Value:
    if isinstance(value, int | float):
        return value
    read = number(str(value))
    return None if read is None else int(read) if read == int(read) and abs(read) < 10**15 else float(read)


def _day(value: Any, column: Column) -> Value:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return str(value)


def _truth(value: Any, column: Column) -> Value:
    return "是" if value else "否"


def _choice(value: Any, column: Column) -> Value:
    return next((word for word, code in column.choices.items() if code == value), str(value))


def _choices(value: Any, column: Column) -> Value:
    return "、".join(str(_choice(one, column)) for one in value)


def _words(value: Any, column: Column) -> Value:
    return str(value) if isinstance(value, str) else "; ".join(map(str, value))


def written(value: object) -> str:
    """A number as a cell bears it inside a text: the shortest digits that give it again.

    >>> written(100.0), written(0.1 + 0.2), written(1e-05)
    ('100', '0.30000000000000004', '0.00001')
    """
    if isinstance(value, float):
        text = plain(Decimal(repr(value)))
        return text.rstrip("0").rstrip(".") if "." in text and "E" not in text else text
    return str(value)


def _unit(value: Any) -> str:
    unit = _at(value, "unit")
    return "" if unit is None else str(unit)


def _behind(unit: str) -> str:
    return unit if unit in _CLOSE else f" {unit}" if unit and unit != "1" else ""


def interval_text(value: Any) -> str:
    """An interval as text: «0.5~100 mm»."""
    low, high, unit = _at(value, "low"), _at(value, "high"), _behind(_unit(value)) or " 1"
    if low is None or low == -math.inf:
        return f"≤{written(high)}{unit}"
    if high is None or high == math.inf:
        return f"≥{written(low)}{unit}"
    return f"{written(low)}~{written(high)}{unit}"


def _interval(value: Any, column: Column) -> Value:
    return interval_text(value)


def uncertainty_text(value: Any, along: str = "") -> str:
    """An uncertainty, or a target, as text: «U=0.03 µm, k=2»; what no cell can hold is its form's name.

    along: unit of the interval, in which the quantity of a function is taken.
    """
    if isinstance(value, Mapping) and "value" in value:
        value = {**value, "U": value["value"]}
    form, k = _at(value, "form"), _at(value, "k")
    tail = f", k={written(k)}" if k is not None else ""
    inner = value if form is None or isinstance(form, str) else form
    unit = _unit(value)
    relative = not unit
    name = form if isinstance(form, str) else type(inner).__name__.casefold()
    if name in ("value", "target", "statedu") or (form is None and _at(inner, "U") is not None):
        U = _at(inner, "U")
        return f"Urel={percent(U)}%{tail}" if relative else f"U={written(U)}{_behind(unit)}{tail}"
    if name == "table":
        pairs = zip(_at(inner, "points"), _at(inner, "U"), strict=False)
        return "; ".join(f"{written(x)}:{written(u)}" for x, u in pairs) + _behind(unit) + tail
    if name in ("root_sum", "rootsum", "line"):
        a, b = written(_at(inner, "a")), written(_at(inner, "b"))
        shape = f"({a}+{b}L)" if name == "line" else f"Q[{a}, {b}L]"
        return f"{shape}{_behind(unit)}{tail}, L in {along}" if along else f"{shape}{_behind(unit)}{tail}"
    return _as_json(_whole(value, inner, name, unit, k))


def percent(value: Any) -> str:
    """A plain fraction in per cent, digit by digit.

    >>> percent(0.007), percent("0.005")
    ('0.7', '0.5')
    """
    read = number(written(value))
    return (
        str(value) if read is None else written(float(value) if abs(read) > 1e15 else plain(read.scaleb(2).normalize()))
    )


def _whole(value: Any, inner: Any, name: str, unit: str, k: Any) -> Any:
    """A matrix or a formula as a register has it."""
    if isinstance(value, Mapping):
        return value
    found: dict[str, Any] = {"form": name, "k": written(k), **({"unit": unit} if unit else {"relative": True})}
    if name == "formula":
        units = {symbol: str(of) for symbol, of in value.units}
        return found | {"text": inner.text} | ({"units": units} if units else {})
    grid, points = ([written(float(x)) for x in row] for row in (inner.grid, inner.points))
    return found | {"points": points, "condition": inner.condition, "grid": grid, "grid_unit": str(inner.unit),
                    "U": [[written(float(u)) for u in row] for row in inner.U]}  # fmt: skip


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _stated_u(value: Any, column: Column) -> Value:
    return uncertainty_text(value)


def _tolerance(value: Any, column: Column) -> Value:
    size, unit = _at(value, "half_width"), _unit(value)
    return f"±{written(size)}{_behind(unit)}" if unit else f"±{written(100.0 * float(size))}%"


def _conditions(value: Any, column: Column) -> Value:
    return "; ".join(f"{name}={_condition(one)}" for name, one in value.items())


def _condition(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return "/".join(map(str, value))
    return interval_text(value)


def _detail(value: Any, column: Column) -> Value:
    return "; ".join(f"{name}={text}" for name, text in value.items())


def _pair(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "|".join(map(str, value))
    return f"{_text(_at(value, 'issuer') or '', _ANY)}|{_at(value, 'number')}"


def _keys(value: Any, column: Column) -> Value:
    return "; ".join(map(_pair, value))


def _key(value: Any, column: Column) -> Value:
    return _pair(value)


def _participants(value: Any, column: Column) -> Value:
    rows = []
    for one in value:
        parts = [_at(one, name) for name in ("person", "before", "after", "day", "organisation")]
        texts = ["" if part is None else str(_text(part, column)) if part or part == 0 else "" for part in parts]
        rows.append("|".join(texts).rstrip("|"))
    return "; ".join(rows)


_STANDING = {"accredited": "认可", "authorised": "授权", "cmc": "CMC", "examined": "考核"}


def _standings(value: Any, column: Column) -> Value:
    parts = []
    for one in value:
        kind = str(_at(one, "kind"))
        rest = (_at(one, name) or "" for name in ("body", "number", "valid_from", "valid_until", "source"))
        parts.append("|".join((_STANDING.get(kind, kind), *map(str, rest))).rstrip("|"))
    return "; ".join(parts)


def budget_text(value: Any, uncertainty: Any) -> str:
    """A budget as text, each term with its unit: that of U, per cent where U is a plain fraction.

    uncertainty: of the same row, None where it states none: then no unit is known.
    """
    if any(_at(one, "slope") or _at(one, "identity") or _at(one, "source") for one in value):
        stated = _unit(uncertainty) if isinstance(uncertainty, Mapping) else ""
        return _as_json([_term(one) | ({"unit": stated} if stated and not _at(one, "unit") else {}) for one in value])
    own = "" if uncertainty is None else _unit(uncertainty)
    parts = []
    for one in value:
        certificate, unit = _at(one, "certificate"), _at(one, "unit") or own
        u = written(_at(one, "u"))
        if not unit and uncertainty is not None:
            u, unit = percent(u), "%"
        behind = _behind(str(unit)) or (f" {unit}" if unit else "")
        first = (str(_at(one, "symbol")), str(_text(_at(one, "label") or "", _ANY)), f"{u}{behind}")
        parts.append("|".join((*first, *(() if certificate is None else (_pair(certificate),)))))
    return "; ".join(parts)


def _term(one: Any) -> dict[str, Any]:
    found = {name: _at(one, name) for name in ("symbol", "u", "unit", "slope", "identity", "source")}
    found = {name: written(text) for name, text in found.items() if text}
    label, certificate = _at(one, "label"), _at(one, "certificate")
    if label:
        found["label"] = dict(label) if isinstance(label, Mapping) else label
    if certificate is not None:
        issuer, _, number = _pair(certificate).partition("|")
        found["certificate"] = {"issuer": issuer, "number": number}
    return {"u": "0", **found}


_ANY = Column("", "text", "", "")
_WRITERS: Mapping[str, Callable[[Any, Column], Value]] = {
    "text": _text, "number": _number, "whole": _number, "day": _day, "truth": _truth, "choice": _choice,
    "choices": _choices, "words": _words, "interval": _interval, "tolerance": _tolerance, "conditions": _conditions,
    "detail": _detail, "keys": _keys, "key": _key, "pairs": _keys, "participants": _participants,
    "stated_u": _stated_u, "standings": _standings,
}  # fmt: skip
"""Type of a column → its writer; `_cell` itself writes an uncertainty, a target and a budget, beside other columns."""
