"""A unit's year as a workbook that people fill in, and back: the same document, every cell with its place.

Sheets are known by the last word of their title and columns by their head, in any order; what is not known is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from suyuan.carbon.plant import KIND, read_plant
from suyuan.quantity.finding import LANGUAGES, Finding, finding, in_both
from suyuan.verbs.carbon.book_cell import Cell, cell_of, is_plain, value_of
from suyuan.verbs.carbon.book_sheets import MARK, MONTHS, OWNER, SHEETS, UNIT, Column, Sheet
from suyuan.verbs.register.cells import Table
from suyuan.verbs.register.cells_read import CELL_WHY
from suyuan.verbs.register.forms import WHY

NOTHING: Mapping[str, Any] = {}
NUMBERS = ("number", "given")
"""Kinds of cells that may hold a number."""


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """A workbook as read. data: bytes of the document; places: JSON pointer → cell; findings: of what is not read."""

    data: bytes
    places: Mapping[str, str]
    findings: tuple[Finding, ...]

    def placed(self, found: Iterable[Finding]) -> tuple[Finding, ...]:
        """Findings of the document, and of the claim that it gives, with the cells where they are to be mended."""
        names = pointers_of(self.data)
        return tuple(replace(item, where=self._place(names.get(item.where, item.where)) or item.where)
                     for item in found)  # fmt: skip

    def _place(self, pointer: str) -> str:
        while pointer.startswith("/"):
            if pointer in self.places:
                return self.places[pointer]
            pointer = pointer.rpartition("/")[0]
        return ""


def pointers_of(data: bytes) -> dict[str, str]:
    """What findings of a claim name by a word, such as a stream, a report or a rule row → where it stands in the
    document."""
    content: Mapping[str, Any] = json.loads(data)
    found = {str(content.get("unit")): "/unit", str(content.get("plan", {}).get("version")): "/plan/version"}
    plant = read_plant(data)[0]
    if plant is not None:
        found |= dict.fromkeys(plant.rules.used, "/scheme")
    for stream in plant.streams if plant is not None else ():
        filed = content["streams"][int(stream.pointer.rpartition("/")[2])]
        found |= {
            f"{stream.name} {one['month']}": f"{stream.pointer}/reports/{at}"
            for at, one in enumerate(filed.get("reports", ()))
        }
        found |= {
            one["name"]: f"{stream.pointer}/components/{at}" for at, one in enumerate(filed.get("components", ()))
        }
        found |= {str(row["id"]): f"{stream.pointer}/{factor}" for factor, row in stream.rows.items()}
    for of, name in (*OWNER.items(), ("forests", "name"), ("overrides", "row")):
        found |= {str(one.get(name)): f"/{of}/{at}" for at, one in enumerate(content.get(of, ()))}
    return found


@dataclass(slots=True)
class _Reading:
    content: dict[str, Any] = field(default_factory=lambda: {"suyuan": KIND})
    places: dict[str, str] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)


def from_tables(tables: Sequence[Table], told: Iterable[Finding] = ()) -> Book:
    """The document of a workbook. Whatever cannot be read is an error with its cell, and the rest is read.

    told: what was found as its sheets were read.
    """
    lost = "workbook.cell.formula_lost"  # told where the cell is wanted
    made = _Reading(found=[item for item in told if item.code != lost])
    sheets: dict[str, Table] = {}
    for table in tables:
        name = table.name.split()[-1].lower() if table.name.split() else ""
        sheet = next((one for one in SHEETS if name in (one.name, one.zh)), None)
        if sheet is None:
            made.found.append(finding("carbon.book.sheet", table.name, "warning", given=table.name[:60],
                                      known=", ".join(one.name for one in SHEETS)))  # fmt: skip
        elif sheet.name in sheets:
            made.found.append(finding("carbon.book.twice", table.name, given=sheet.name, first=sheets[sheet.name].name))
        else:
            sheets[sheet.name] = table
    if UNIT.name not in sheets:
        made.found.append(finding("carbon.book.no_unit", "", title=UNIT.title))
    for one in SHEETS:
        if one.name in sheets:
            (_facts if one is UNIT else _months if one is MONTHS else _rows)(made, one, sheets[one.name])
    data = json.dumps(made.content, ensure_ascii=False, indent=1).encode("utf-8")
    return Book(data, _sheets_of(sheets, made.content) | made.places, tuple(made.found))


def _sheets_of(sheets: Mapping[str, Table], content: Mapping[str, Any]) -> dict[str, str]:
    """Where what stands in no cell would stand: the sheet of a field, of a list, of the amounts of a stream."""
    fields = {UNIT.name: [column.key for column in UNIT.columns],
              MONTHS.name: [f"streams.{at}.amount" for at in range(len(content.get("streams", ())))],
              **{one.name: [one.inside] for one in SHEETS if one.inside and not one.under}}  # fmt: skip
    return {"/" + key.replace(".", "/"): sheets[name].name for name, keys in fields.items() if name in sheets
            for key in keys}  # fmt: skip


def _facts(made: _Reading, sheet: Sheet, table: Table) -> None:
    """Rows of key and value."""
    columns = {one.key: one for one in sheet.columns}
    seen: dict[str, str] = {}
    for at, row in enumerate(table.rows):
        key = str(row[0] or "").strip() if row else ""
        if not key or key.startswith(MARK) or key == "field":
            continue
        place = table.place(at, 0)
        if key not in columns:
            made.found.append(finding("carbon.book.column", place, "warning", given=key[:60],
                                      known=", ".join(columns)))  # fmt: skip
        elif key in seen:
            made.found.append(finding("carbon.book.twice", place, given=key, first=seen[key]))
        else:
            seen[key] = place
            _put(made, made.content, "", columns[key], cell_of(table, at, 1))


def _heads(made: _Reading, sheet: Sheet, table: Table) -> tuple[dict[str, int], int]:
    """Key → column of a table, and the first row below heads and explanations."""
    keys = [one.key for one in sheet.columns]
    for at, row in enumerate(table.rows):
        cells = [cell_of(table, at, n) for n in range(len(row))]
        filled = [cell.text for cell in cells if cell.text]
        if not filled or filled[0].startswith(MARK):
            continue
        heads: dict[str, int] = {}
        for n, cell in enumerate(cells):
            head = cell.text.removesuffix("月") if sheet is MONTHS else cell.text
            if head in heads:
                made.found.append(finding("carbon.book.twice", cell.place, given=head,
                                          first=cells[heads[head]].place))  # fmt: skip
            elif head in keys:
                heads[head] = n
            elif head:
                made.found.append(finding("carbon.book.column", cell.place, "warning", given=head[:60],
                                          known=", ".join(keys)))  # fmt: skip
        return heads, at + 1
    return {}, len(table.rows)


Cells = Mapping[str, Cell]


def _filled(made: _Reading, sheet: Sheet, table: Table) -> Iterator[tuple[str, Cells]]:
    """The rows of a table that say something, each with its place and its cells by key."""
    heads, first = _heads(made, sheet, table)
    for at in range(first, len(table.rows)):
        cells = [cell_of(table, at, n) for n in range(len(table.rows[at]))]
        if any(cell.text or cell.lost for cell in cells) and not cells[0].text.startswith(MARK):
            yield table.place(at), {key: cell_of(table, at, n) for key, n in heads.items()}


def _rows(made: _Reading, sheet: Sheet, table: Table) -> None:
    """Rows that become objects of a list, of the document or of the row that owns them."""
    for place, cells in _filled(made, sheet, table):
        owner = _owner(made, sheet, sheet.under, cells, place) if sheet.under else (made.content, "")
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
        made.places[pointer] = place
        for column in sheet.columns[1:] if sheet.under else sheet.columns:
            if column.key in cells:
                _put(made, one, pointer, column, cells[column.key])


def _owner(made: _Reading, sheet: Sheet, above: str, cells: Cells, place: str) -> tuple[dict[str, Any], str] | None:
    """The stream or stack of the sheet above that a row belongs to, by its first column."""
    cell = cells.get(sheet.columns[0].key, Cell(None, place))
    rows = made.content.get(above, [])
    for at, one in enumerate(rows):
        if one.get(OWNER[above]) == cell.text:
            return one, f"/{above}/{at}"
    known = ", ".join(str(one.get(OWNER[above], "")) for one in rows)
    made.found.append(finding("carbon.book.owner", cell.place, given=cell.text[:60], sheet=above,
                              known=known[:300] or "—"))  # fmt: skip
    return None


def _months(made: _Reading, sheet: Sheet, table: Table) -> None:
    """Rows of twelve numbers of a stream: its amounts (of a stock thirteen levels), or a factor whose unit and origin
    stand in the cell of its column."""
    rows: dict[str, str] = {}
    for place, cells in _filled(made, sheet, table):
        owner = _owner(made, sheet, "streams", cells, place)
        if owner is None:
            continue
        held, pointer = owner
        of = (cells["of"].text if "of" in cells else "") or "amount"
        where = f"{pointer}/{of}"
        if where in rows:
            made.found.append(finding("carbon.book.twice", place, given=f"{cells['stream'].text} {of}",
                                      first=rows[where]))  # fmt: skip
            continue
        rows[where] = place
        months = [cells.get(str(month), Cell(None, place)) for month in range(1, 13)]
        if (begin := cells.get("0")) is not None and (begin.text or begin.lost):
            months = [begin, *months]
        values = [_read(made, "number", cell) for cell in months]
        made.found += [finding("carbon.book.merged", cell.place) for cell in months if cell.spread]
        if isinstance(held.get(of), dict):
            held[of], where = {**held[of], "value": values}, f"{where}/value"
        else:
            held[of] = values
        made.places[where] = place
        made.places |= {f"{where}/{n}": cell.place for n, cell in enumerate(months)}


def _put(made: _Reading, held: dict[str, Any], pointer: str, column: Column, cell: Cell) -> None:
    """One cell into an object; an empty one leaves its field out, and is the place where it would stand."""
    way = column.key.split(".")
    made.places[pointer + "/" + "/".join(way)] = cell.place
    value = _read(made, column.kind, cell, in_both("meant", {"zh": column.zh, "en": column.en}))
    if value is None:
        return
    if column.key == "more":
        made.places |= {f"{pointer}/{key}": cell.place for key in value}
        for key, inner in value.items():
            both = isinstance(inner, dict) and isinstance(held.get(key), dict)
            held[key] = {**held[key], **inner} if both else inner
        return
    for step in way[:-1]:
        held = held.setdefault(step, {})
    held[way[-1]] = value


def _read(made: _Reading, kind: str, cell: Cell, meant: Mapping[str, Any] = NOTHING) -> Any:
    """A cell as a value of the document, None where it is empty or cannot be read, which is told."""
    if cell.lost:
        made.found.append(finding("carbon.book.formula", cell.place))
        return None
    if not cell.text:
        return None
    try:
        value = value_of(kind, cell.value)
    except ValueError as why:
        reason = {**WHY, **CELL_WHY}.get(str(why))
        if reason is None:
            made.found.append(finding("carbon.book.cell", cell.place, given=cell.text[:60], **meant))
        else:
            made.found.append(finding("workbook.cell.unclear", cell.place, given=cell.text[:60],
                                      **in_both("reason", dict(zip(LANGUAGES, reason, strict=True)))))  # fmt: skip
        return None
    if kind in NUMBERS and isinstance(cell.value, str) and isinstance(value, int | float) and not is_plain(cell.text):
        made.found.append(finding("carbon.book.read", cell.place, "warning", given=cell.text[:60], value=repr(value)))
    return value
