"""A unit's year as the sheets of its workbook: heads, explanations, and what a document says in their cells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from suyuan.quantity.fields import Printed
from suyuan.verbs.carbon.book_cell import is_plain, whole
from suyuan.verbs.carbon.book_sheets import MARK, MONTHS, OWNER, SHEETS, UNIT, Column, Sheet

Cell = str | int | float | date | None
Rows = list[list[Cell]]
OF_OTHERS = {"streams": ("reports", "components"), "stacks": ("channels", "constants")}
"""Lists of a row that have a sheet of their own."""


def sheets_of(content: Mapping[str, Any]) -> list[tuple[str, list[str], Rows]]:
    """Title, heads and rows of each sheet; the first row explains the columns in both languages.

    content: of a document, as JSON says it or as `quantity.fields` reads it, with each number as its text; what has no
    column stands as JSON in `more`. An empty one gives the empty template.
    """
    content = _with_numbers(content)
    return [(sheet.title, *_sheet(sheet, content)) for sheet in SHEETS]


def _with_numbers(value: Any) -> Any:
    """A document whose numbers are numbers, however they were read."""
    if isinstance(value, Printed):
        return json.loads(value)
    if isinstance(value, Mapping):
        return {key: _with_numbers(one) for key, one in value.items()}
    return [_with_numbers(one) for one in value] if isinstance(value, list) else value


def _sheet(sheet: Sheet, content: Mapping[str, Any]) -> tuple[list[str], Rows]:
    if sheet is UNIT:
        told = [[one.key, _cell(one, _deep(content, one.key)), f"{one.zh} / {one.en}"] for one in sheet.columns]
        return ["field", "value", "说明 / explanation"], told
    heads = [one.key for one in sheet.columns]
    explained: list[Cell] = [f"{one.zh} / {one.en}" for one in sheet.columns]
    explained[0] = f"{MARK} {explained[0]}"
    rows = _months(content) if sheet is MONTHS else [_row(sheet, *pair) for pair in _objects(sheet, content)]
    return heads, [explained, *rows]


def _months(content: Mapping[str, Any]) -> Rows:
    """Amounts and factors by month; of a stock the level at the begin of the year in the last column."""
    found: Rows = []
    for one in content.get("streams", ()):
        for key, value in one.items():
            listed = value["value"] if _origin(value) is not None else value
            if _by_month(listed):
                numbers = list(map(_plain, listed))
                found.append([str(one.get("name", "")), key, *numbers[-12:], *numbers[:-12]])
    return found


def _by_month(value: Any) -> bool:
    return isinstance(value, list) and len(value) in (12, 13) and all(
        isinstance(_plain(one), int | float) and not isinstance(one, bool) for one in value)  # fmt: skip


def _origin(value: Any) -> dict[str, Any] | None:
    """Unit and origin of a factor whose twelve numbers stand in the sheet of months; None where there are none."""
    if not isinstance(value, Mapping) or not _by_month(value.get("value")):
        return None
    return {key: one for key, one in value.items() if key != "value"}


def _plain(value: Any) -> Any:
    """A number that a document has as text, as a number."""
    if isinstance(value, str) and is_plain(value.strip()):
        return whole(float(value))
    return value


def _objects(sheet: Sheet, content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of a sheet, each with the name of its owner."""
    if not sheet.under:
        for one in _deep(content, sheet.inside) or ():
            yield "", one
        return
    for owner in content.get(sheet.under, ()):
        for one in owner.get(sheet.inside, ()):
            yield str(owner.get(OWNER[sheet.under], "")), one


def _row(sheet: Sheet, owner: str, one: Mapping[str, Any]) -> list[Cell]:
    known = {column.key.partition(".")[0] for column in sheet.columns if not (sheet.under and column is
             sheet.columns[0])}  # fmt: skip
    apart = OF_OTHERS.get(sheet.name, ())
    more = {key: value for key, value in one.items() if key not in known and key not in apart
            and not (sheet.name == "streams" and _by_month(value))}  # fmt: skip
    for outer, _, _ in (column.key.partition(".") for column in sheet.columns if "." in column.key):
        inner = one.get(outer)
        rest = {key: value for key, value in inner.items() if f"{outer}.{key}" not in {c.key for c in sheet.columns}
                } if isinstance(inner, Mapping) else {}  # fmt: skip
        more |= {outer: rest} if rest else {}
    cells: list[Cell] = []
    for at, column in enumerate(sheet.columns):
        if sheet.under and at == 0:
            cells.append(owner)
        elif column.key == "more":
            cells.append(json.dumps(more, ensure_ascii=False) if more else None)
        else:
            value = _deep(one, column.key)
            origin = _origin(value) if column.kind == "given" else None
            value = value if origin is None else origin
            cells.append(None if sheet.name == "streams" and _by_month(value) else _cell(column, value))
    return cells


def _deep(held: Any, key: str) -> Any:
    for step in key.split("."):
        held = held.get(step) if isinstance(held, Mapping) else None
    return held


def _cell(column: Column, value: Any) -> Cell:
    if value is None:
        return None
    if column.kind == "truth":
        return "是" if value else "否"
    if column.kind == "months" and isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    if column.kind == "names" and isinstance(value, Mapping):
        return "; ".join(f"{mark}={word}" for mark, word in value.items())
    if column.kind == "day":
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            return str(value)
    if column.kind in ("number", "given"):
        value = _plain(value)
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
