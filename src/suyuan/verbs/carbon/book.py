"""A unit's year as a workbook that people fill in, and back: the same document, every cell with its place.

Sheets are known by the last word of their title and columns by their head, in any order; what is not known is told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from suyuan.carbon.plant import KIND
from suyuan.quantity.finding import Finding, finding, in_both
from suyuan.verbs.carbon.book_sheets import MARK, MONTHS, OWNER, SHEETS, UNIT, Column, Sheet
from suyuan.verbs.register.cells import Table, Value

YES, NO = ("是", "yes", "true", "1", "✓"), ("否", "no", "false", "0")
ADDED = {"stream", "stack"}
"""First columns that say whose a row is."""


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """A workbook as read. data: bytes of the document; places: JSON pointer → cell; findings: of what is not read."""

    data: bytes
    places: Mapping[str, str]
    findings: tuple[Finding, ...]

    def placed(self, found: Iterable[Finding]) -> tuple[Finding, ...]:
        """Findings of the document with the cells where they are to be mended."""
        return tuple(replace(item, where=self._place(item.where)) for item in found)

    def _place(self, where: str) -> str:
        pointer = where
        while pointer.startswith("/"):
            if pointer in self.places:
                return self.places[pointer]
            pointer = pointer.rpartition("/")[0]
        return where


@dataclass(slots=True)
class _Reading:
    content: dict[str, Any] = field(default_factory=lambda: {"suyuan": KIND})
    places: dict[str, str] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)


def from_tables(tables: Sequence[Table]) -> Book:
    """The document of a workbook. Whatever cannot be read is an error with its cell, and the rest is read."""
    made = _Reading()
    sheets: dict[str, Table] = {}
    for table in tables:
        name = table.name.split()[-1].lower() if table.name.split() else ""
        sheet = next((one for one in SHEETS if name in (one.name, one.zh)), None)
        if sheet is None:
            made.found.append(finding("carbon.book.sheet", table.name, "warning", given=table.name[:60],
                                      known=", ".join(one.name for one in SHEETS)))  # fmt: skip
        else:
            sheets[sheet.name] = table
    if UNIT.name not in sheets:
        made.found.append(finding("carbon.book.no_unit", "", title=UNIT.title))
    for one in SHEETS:
        if one.name in sheets:
            (_facts if one is UNIT else _months if one is MONTHS else _rows)(made, one, sheets[one.name])
    data = json.dumps(made.content, ensure_ascii=False, indent=1).encode("utf-8")
    return Book(data, made.places, tuple(made.found))


def _facts(made: _Reading, sheet: Sheet, table: Table) -> None:
    """Rows of key and value."""
    columns = {one.key: one for one in sheet.columns}
    for at, row in enumerate(table.rows):
        key = str(row[0] or "").strip() if row else ""
        if not key or key.startswith(MARK) or key == "field":
            continue
        if key not in columns:
            made.found.append(finding("carbon.book.column", table.place(at, 0), "warning", given=key[:60],
                                      known=", ".join(columns)))  # fmt: skip
            continue
        _put(made, made.content, "", columns[key], row[1] if len(row) > 1 else None, table.place(at, 1))


def _heads(made: _Reading, sheet: Sheet, table: Table) -> tuple[dict[str, int], int]:
    """Key → column of a table, and the first row below heads and explanations."""
    keys = {one.key for one in sheet.columns}
    for at, row in enumerate(table.rows):
        heads = {str(_whole(cell)).strip(): n for n, cell in enumerate(row) if cell not in (None, "")}
        if not heads or next(iter(heads)).startswith(MARK):
            continue
        for given in heads.keys() - keys:
            made.found.append(finding("carbon.book.column", table.place(at, heads[given]), "warning",
                                      given=given[:60], known=", ".join(one.key for one in sheet.columns)))  # fmt: skip
        return {key: n for key, n in heads.items() if key in keys}, at + 1
    return {}, len(table.rows)


def _filled(sheet: Sheet, table: Table, first: int) -> Iterable[tuple[int, tuple[Value, ...]]]:
    for at in range(first, len(table.rows)):
        row = table.rows[at]
        if any(cell not in (None, "") for cell in row) and not str(row[0] or "").startswith(MARK):
            yield at, row


def _rows(made: _Reading, sheet: Sheet, table: Table) -> None:
    """Rows that become objects of a list, of the document or of the row that owns them."""
    heads, first = _heads(made, sheet, table)
    for at, row in _filled(sheet, table, first):
        cells = {key: (row[n] if n < len(row) else None, table.place(at, n)) for key, n in heads.items()}
        owner = _owner(made, sheet, cells, table.place(at)) if sheet.under else (made.content, "")
        if owner is None:
            continue
        held, pointer = owner
        *way, last = sheet.inside.split(".")
        for step in way:
            held, pointer = held.setdefault(step, {}), f"{pointer}/{step}"
        rows = held.setdefault(last, [])
        pointer = f"{pointer}/{last}/{len(rows)}"
        one: dict[str, Any] = {}
        rows.append(one)
        made.places[pointer] = table.place(at)
        for column in sheet.columns:
            if column.key in cells and not (sheet.under and column is sheet.columns[0]):
                _put(made, one, pointer, column, *cells[column.key])


def _owner(
    made: _Reading, sheet: Sheet, cells: Mapping[str, tuple[Value, str]], place: str
) -> tuple[dict[str, Any], str] | None:
    """The stream or stack that a row belongs to, by its first column."""
    by, above = sheet.columns[0].key, sheet.under
    value, cell = cells.get(by, (None, place))
    name = str(_whole(value)).strip() if value not in (None, "") else ""
    rows = made.content.get(above, [])
    for at, one in enumerate(rows):
        if one.get(OWNER[above]) == name:
            return one, f"/{above}/{at}"
    known = ", ".join(str(one.get(OWNER[above], "")) for one in rows)
    made.found.append(finding("carbon.book.owner", cell, given=name[:60], sheet=above, known=known[:300] or "—"))
    return None


def _months(made: _Reading, sheet: Sheet, table: Table) -> None:
    """Rows of twelve numbers of a stream."""
    heads, first = _heads(made, sheet, table)
    by_month = replace(sheet, under="streams")
    for at, row in _filled(sheet, table, first):
        cells = {key: (row[n] if n < len(row) else None, table.place(at, n)) for key, n in heads.items()}
        owner = _owner(made, by_month, cells, table.place(at))
        if owner is None:
            continue
        held, pointer = owner
        of = str(cells.get("of", (None, ""))[0] or "amount").strip()
        months = [cells.get(str(month), (None, table.place(at))) for month in range(1, 13)]
        held[of] = [_number(cell) for cell, _ in months]
        made.places[f"{pointer}/{of}"] = table.place(at)
        made.places |= {f"{pointer}/{of}/{n}": place for n, (_, place) in enumerate(months)}


def _put(made: _Reading, held: dict[str, Any], pointer: str, column: Column, cell: Value, place: str) -> None:
    """One cell into an object; an empty one leaves its field out, and is the place where it would stand."""
    way = column.key.split(".")
    made.places[pointer + "/" + "/".join(way)] = place
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return
    try:
        value = _value(column.kind, cell)
    except ValueError:
        meant = in_both("meant", {"zh": column.zh, "en": column.en})
        made.found.append(finding("carbon.book.cell", place, given=str(cell)[:60], **meant))
        return
    if column.key == "more":
        made.places |= {f"{pointer}/{key}": place for key in value}
        for key, inner in value.items():
            both = isinstance(inner, dict) and isinstance(held.get(key), dict)
            held[key] = {**held[key], **inner} if both else inner
        return
    for step in way[:-1]:
        held = held.setdefault(step, {})
    held[way[-1]] = value


def _value(kind: str, cell: Value) -> Any:
    """A cell as a value of the document; what cannot be one stays as it is, for the reader to tell. ValueError for what
    has a form of its own."""
    if kind == "number":
        return _number(cell)
    if kind == "day":
        return cell.isoformat() if isinstance(cell, date) else str(_whole(cell)).strip().replace("/", "-")
    if kind == "truth":
        return _truth(cell)
    if kind == "months":
        return _listed(str(_whole(cell)))
    if kind == "names":
        pairs = [part.partition("=") for part in re.split(r"[;；\n]", str(cell)) if part.strip()]
        if not all(sign for _, sign, _ in pairs):
            raise ValueError(kind)
        return {mark.strip(): word.strip() for mark, _, word in pairs}
    if kind in ("given", "json"):
        return _given(kind, cell)
    return str(_whole(cell)).strip()


def _given(kind: str, cell: Value) -> Any:
    text = str(cell).strip()
    value = json.loads(text) if text.startswith(("{", "[")) else _number(cell)  # JSONDecodeError is a ValueError
    if kind == "json" and not isinstance(value, dict | list):
        raise ValueError(kind)
    return value


def _whole(cell: Value) -> Value:
    """A number without decimals as one, so that 3.0 is the text «3»."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _number(cell: Value) -> Any:
    if isinstance(cell, str):
        text = cell.strip().replace("，", ",")
        plain = re.sub(r"(?<=\d),(?=\d{3}(?:\D|$))", "", text)
        try:
            return _whole(float(plain)) if plain else None
        except ValueError:
            return text
    return cell.isoformat() if isinstance(cell, date) else _whole(cell)


def _truth(cell: Value) -> bool:
    if isinstance(cell, bool):
        return cell
    word = str(_whole(cell)).strip().lower()
    if word not in YES + NO:
        raise ValueError(word)
    return word in YES


def _listed(text: str) -> list[int]:
    """Months as people list them.

    >>> _listed("1-3, 8、12")
    [1, 2, 3, 8, 12]
    """
    found: list[int] = []
    for part in re.split(r"[,，、;；\s]+", text.strip()):
        first, sign, last = part.replace("–", "-").partition("-")
        found += range(int(first), int(last) + 1) if sign else [int(first)]
    return found
