"""Registers from workbooks and back: a table with heads that people use, to rows that the readers of the house take.

    table ─ heads known? ─ cells read ─ row reader ─▶ good rows, and the others as they were with what is wrong

Good rows go in; a bad one comes back whole, with a column that says what is wrong, so that it is mended and handed in
again. The readers of the rows (`verbs.register.registers`) judge a row alone: what they refuse is told at its cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from suyuan.capability.capability import Capability
from suyuan.capability.taxonomy import unit_said
from suyuan.procedure.register import Context, RowReader
from suyuan.quantity.fields import Fields, canonical
from suyuan.quantity.finding import LANGUAGES, Finding, errors, finding, sentences
from suyuan.verbs.regions import region_code
from suyuan.verbs.register.cells import WRONG, Refused, Table, Value
from suyuan.verbs.register.cells_read import CELL_WHY, Beside, part_of, read_cell
from suyuan.verbs.register.columns.table import Column, Columns, columns, spelled
from suyuan.verbs.register.contradictions import contradictions, other_houses
from suyuan.verbs.register.forms import WHY, Unclear
from suyuan.verbs.register.heads import (
    NOT_READ,
    Heads,
    has_column,
    heads_of,
    kind_of,
    standing_in,
    told_heads,
    told_kind,
)
from suyuan.verbs.register.registers import readers
from suyuan.verbs.register.tables import TEMPLATE_SHEETS, refused_tables, table_of, template

MAX_TOLD = 2000
"""Findings about cells that are told one by one; all stand beside their rows."""
JSONRow = dict[str, Any]
Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """What was read of a table. kind; rows: as JSON, good ones; refused: None where every row went in; findings;
    values: the good rows as values of the house, each with its place."""

    kind: str
    rows: tuple[JSONRow, ...]
    refused: Refused | None
    findings: tuple[Finding, ...]
    values: tuple[tuple[str, Any], ...] = ()


# ---------------------------------------------------------------- rows


def rows_from_table(
    kind: str, table: Table, context: Context, reader: RowReader | None = None, seen: dict[str, str] | None = None
) -> Taken:
    """The rows of a table.

    kind: of row; context: organisation and day of the delivery, as the readers of rows want them; reader: of the
    kind's rows, that of the house where None; seen: ids of good rows of other tables of the kind and where they stand,
    to which those of this one are added. Each finding says where: «能力!B17 «单位»». Rows that are empty, and the
    example of the template, are passed over.
    """
    known = columns(kind)
    heads = heads_of(known, table)
    if heads is None or len(heads.columns) < 2:
        wanted = "、".join(c.zh for c in known.columns if c.required)
        return Taken(kind, (), None, (finding("workbook.heads.missing", table.name, kind=kind, heads=wanted),))
    found = list(told_heads(known, heads, table))
    heads, told = standing_in(known, heads, table)
    found += told
    lacking = [
        c for c in known.columns if c.required and not has_column(c.path, {h.path for h in heads.columns.values()})
    ]
    reading = _Reading(known, heads, table, context, reader or readers()[kind])
    good, refused, values = [], [], []
    seen = {} if seen is None else seen
    for number in range(heads.row + 1, len(table.rows)):
        cells = table.rows[number]
        if all(value is None for value in cells) or _is_example(known, heads, cells) or _is_heads(heads, cells):
            continue
        if remark := _remark(known, heads, cells):
            found.append(finding("workbook.row.remark", table.place(number), "note", given=remark))
            continue
        row, told = reading.row(number)
        told += [finding("workbook.column.missing", table.place(number), column=c.zh, column_en=c.en) for c in lacking]
        id = str(row.get("id", ""))
        if id and id in seen:
            told.append(finding("workbook.row.twice", table.place(number), id=id, first=seen[id]))
        wrong = errors(told)
        found += told
        if wrong:
            refused.append((number, wrong))
        else:
            seen[id] = table.place(number)
            good.append(row)
            values.append((table.place(number), reading.value))
    back = _refused(kind, heads, table, refused)
    return Taken(kind, tuple(good), back, _bounded(found, table.name), tuple(values))


def _is_example(known: Columns, heads: Heads, cells: Sequence[Value]) -> bool:
    """The row that the template bears, untouched; changed in one cell it is somebody's row."""
    shown = {c.path: _as_text(c.example) for c in known.columns if c.example != ""}
    given = {c.path: _as_text(cells[place]) for place, c in heads.columns.items()
             if place < len(cells) and cells[place] is not None}  # fmt: skip
    return len(given) > 1 and "id" in given and all(shown.get(path) == text for path, text in given.items())


def _as_text(value: Value) -> str:
    """A cell as text, the same for a number and a day that lost or won their type on the way."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def _is_heads(heads: Heads, cells: Sequence[Value]) -> bool:
    """The heads once more, as on each page of a printed table."""
    given = [
        (spelled(value), spelled(head)) for value, head in zip(cells, heads.texts, strict=False) if value is not None
    ]
    return len(given) > 1 and all(value == head for value, head in given)


_REMARK = re.compile(r"(?:注|备注|说明|合计|总计|小计|制表|填表|审核|批准|notes?\b|total\b|remarks?\b)", re.IGNORECASE)


def _remark(known: Columns, heads: Heads, cells: Sequence[Value]) -> str:
    """What a row says that is no row: a remark or a total below the table, without anything that is required; «»."""
    first = next((str(value).strip() for value in cells if value is not None), "")
    if not _REMARK.match(first):
        return ""
    needed = [place for place, column in heads.columns.items() if column.required and column.path != "id"]
    return "" if any(place < len(cells) and cells[place] is not None for place in needed) else first[:60]


def _refused(kind: str, heads: Heads, table: Table, wrong: Sequence[tuple[int, Sequence[Finding]]]) -> Refused | None:
    if not wrong:
        return None
    said = tuple("; ".join(dict.fromkeys(_in_a_line(item) for item in items)) for _, items in wrong)
    told = tuple({language: _said(items, language) for language in LANGUAGES} for _, items in wrong)
    kept = [n for n, head in enumerate(heads.texts) if spelled(head) not in NOT_READ]
    ids = {place for place, column in heads.columns.items() if column.path == "id"}
    rows = []
    for n, items in wrong:
        # An id that the delivery took in already stands in «what is wrong» only: handed in again as it is, the row
        # would take the place of the first one without anybody having said so.
        emptied = ids if any(item.code == "workbook.row.twice" for item in items) else ()
        cells = (*table.rows[n], *[None] * len(heads.texts))
        rows.append(tuple(None if place in emptied else cells[place] for place in kept))
    places = tuple(table.place(n) for n, _ in wrong)
    return Refused(kind, tuple(heads.texts[n] for n in kept), tuple(rows), said, places, told)


def _said(items: Sequence[Finding], language: str) -> str:
    """What is wrong with a row, each fault behind the head of its column."""
    mark = "；" if language == "zh" else "; "
    said = (f"{item.where.partition(' ')[2]} {sentences(item, language)['what']}".strip() for item in items)
    return mark.join(dict.fromkeys(said))


def _in_a_line(item: Finding) -> str:
    column = item.where.partition(" ")[2]
    told = {language: sentences(item, language)["what"] for language in LANGUAGES}
    return f"{column} {told['zh']} / {told['en']}".strip()


def _bounded(found: Sequence[Finding], where: str) -> tuple[Finding, ...]:
    if len(found) <= MAX_TOLD:
        return tuple(found)
    return (*found[:MAX_TOLD], finding("workbook.findings.many", where, "note", count=len(found) - MAX_TOLD))


class _Reading:
    """Reads the rows of one table; equal cells of a column are read once. value: of the last row, where it is good."""

    def __init__(self, known: Columns, heads: Heads, table: Table, context: Context, reader: RowReader) -> None:
        self.known, self.heads, self.table, self.context, self.reader = known, heads, table, context, reader
        self.value: Any = None
        self._kept: dict[tuple[str, type, Value, Beside], Any] = {}
        order = sorted(heads.columns, key=lambda n: heads.columns[n].path.count("."))
        late = {"uncertainty": 1, "target": 1, "budget": 2}
        # All want the quantity, U and the target want the interval's unit, a budget how U is typed.
        self._order = sorted(
            order, key=lambda n: -1 if heads.columns[n].path == "quantity" else late.get(heads.columns[n].type, 0)
        )
        self._places = {column.path: place for place, column in heads.columns.items()}

    def row(self, number: int) -> tuple[JSONRow, list[Finding]]:
        """A row as JSON with what is to be said of it."""
        cells = self.table.rows[number]
        self.value = None
        row: JSONRow = {}
        told: list[Finding] = list(self._twice(number, cells))
        self._head_units(cells, row)
        for place in self._order:
            column = self.heads.columns[place]
            value = cells[place] if place < len(cells) else None
            if value is None:
                continue
            read = self._read(value, column, place, row, self._part(cells, row) if column.type == "budget" else "")
            if isinstance(read, Unclear):
                if read == _NO_INTERVAL and any(item.code == "workbook.cell.unclear" for item in told):
                    continue  # a function of what could not be read: one fault is told once
                told.append(self._unclear(number, place, read, value))
            elif read is not None and not _put(row, column.path.split("."), read):
                told.append(finding("workbook.cell.twice", self._where(number, place), given=str(value)[:60]))
        for place, name in self.heads.conditions.items():
            value = cells[place] if place < len(cells) else None
            read = None if value is None else read_cell(f"{name}={value}", _CONDITION, Beside())
            if isinstance(read, Unclear):
                told.append(self._unclear(number, place, read, value))
            elif isinstance(read, dict) and not _put(row, ["conditions"], read):
                told.append(finding("workbook.cell.twice", self._where(number, place), given=str(value)[:60]))
        told += self._region(number, row)
        if not errors(told):
            told += self._judged(number, row)
        else:
            told += self._further(number, row, {item.where for item in told})
            self.value = None
        return row, told

    def _region(self, number: int, row: JSONRow) -> Iterator[Finding]:
        """A region by the name of a province becomes its code; what no table knows is refused."""
        given = row.get("region")
        if not isinstance(given, str) or not given.strip():
            return
        code = region_code(given)
        if code is None:
            yield finding("workbook.cell.region", self._cell(number, "/region"), given=given[:60])
        else:
            row["region"] = code

    def _further(self, number: int, row: JSONRow, places: set[str]) -> Iterator[Finding]:
        """Faults of the cells that could be read, beside those that could not: a row names all of them at once."""
        fields = Fields(row, "")
        self.reader(fields, self.context)
        for item in errors(fields.found):
            known = item.where.strip("/").split("/")[0] in row and self._column(item.where) is not None
            if known and self._cell(number, item.where) not in places:
                yield self._named(number, item)

    def _twice(self, number: int, cells: Sequence[Value]) -> Iterator[Finding]:
        """Cells of a column that is there twice under one head, where they do not agree with the first."""
        for place, first in self.heads.again.items():
            pair = [cells[n] if n < len(cells) else None for n in (place, first)]
            same_head = spelled(self.heads.texts[place]) == spelled(self.heads.texts[first])
            if same_head and pair[0] is not None and pair[0] != pair[1]:
                yield finding("workbook.cell.twice", self._where(number, place), given=str(pair[0])[:60])

    def _head_units(self, cells: Sequence[Value], row: JSONRow) -> None:
        """The unit in the head of a column of lower or upper ends, «下限（mm）», is that of the interval."""
        for path in ("interval.low", "interval.high"):
            place = self._places.get(path)
            unit = self.heads.units.get(place, "") if place is not None else ""
            if unit and place is not None and place < len(cells) and cells[place] is not None:
                row.setdefault("interval", {}).setdefault("unit", unit)

    def _part(self, cells: Sequence[Value], row: JSONRow) -> str:
        """In which part of one the U of a row is typed, where it was read as a plain fraction."""
        place, read = self._places.get("uncertainty"), row.get("uncertainty")
        if place is None or place >= len(cells) or not isinstance(read, Mapping) or read.get("unit"):
            return ""
        return part_of(cells[place], self.heads.units.get(place, "")) if read.get("relative") is True else ""

    def _read(self, value: Value, column: Column, place: int, row: JSONRow, part: str = "") -> Any:
        inner = row.get("interval")
        unit = str(inner.get("unit", "")) if isinstance(inner, Mapping) else ""
        own = self.heads.units.get(place, "") or _unit_given(row, column)
        if column.type in _SIZED and (bare := unit_said("", str(row.get("quantity", "")))):
            own = own or bare
            value = _PH.sub("", value) if isinstance(value, str) else value
        beside = Beside(own, unit, self.heads.factors.get(place, ""), part)
        key = (column.path, type(value), value, beside)
        if key not in self._kept:
            self._kept[key] = read_cell(value, column, beside)
        read = self._kept[key]
        return dict(read) if isinstance(read, dict) else read

    def _where(self, number: int, place: int) -> str:
        return f"{self.table.place(number, place)} «{self.heads.texts[place].strip()}»"

    def _unclear(self, number: int, place: int, read: Unclear, value: Value) -> Finding:
        zh, en = {**WHY, **CELL_WHY}[read.key]
        return finding("workbook.cell.unclear", self._where(number, place), given=str(value)[:60],
                       reason_zh=zh, reason_en=en, piece=read.given[:60])  # fmt: skip

    def _judged(self, number: int, row: JSONRow) -> Iterable[Finding]:
        """What the reader of the row says, at the cells that it speaks of."""
        fields = Fields(row, "")
        self.value = self.reader(fields, self.context)
        fields.close()
        if self.value is None and not errors(fields.found):
            fields.report("workbook.row.unread")
        yield from (self._named(number, item) for item in fields.found)

    def _named(self, number: int, item: Finding) -> Finding:
        """What a reader said, at the cell and in the words of the head."""
        said, column = dict(item.parameters), self._column(item.where)
        if column is not None and said.get("field") == item.where.rpartition("/")[2]:
            said |= {"field_zh": column.zh, "field_en": column.en}  # people know the head, not the key
        told = tuple(sorted(said.items()))
        return Finding(item.code, self._cell(number, item.where), item.severity, told, item.rule)

    def _column(self, pointer: str) -> Column | None:
        path = ".".join(part for part in pointer.split("/") if part and not part.isdigit())
        return self.known.at(path) if path else None

    def _cell(self, number: int, pointer: str) -> str:
        """The cell that a place in the row came from; of what stands in none of its own, that which it is a part of."""
        column = self._column(pointer)
        if column is None:
            return self.table.place(number)
        place = self._places.get(column.path)
        if place is None:
            place = self._places.get(column.path.rpartition(".")[0])
        inside = [n for known, n in self._places.items() if known.startswith(column.path + ".")]
        if place is None and inside:
            place = min(inside)
        return f"{self.table.place(number)} «{column.zh}»" if place is None else self._where(number, place)


_NO_INTERVAL = Unclear("unit", "")
_SIZED = ("interval", "uncertainty", "target", "tolerance")
_PH = re.compile(r"(?<![a-z])ph(?![a-z])\s*", re.IGNORECASE)
"""What people write before or behind a number of acidity, whose unit is one."""
_CONDITION = Column("conditions", "conditions", "条件", "conditions")


def _unit_given(row: JSONRow, column: Column) -> str:
    """A unit that stands in a column of its own; it was read before, as its path is longer only by «unit»."""
    inner = row.get(column.path)
    return str(inner.get("unit", "")) if isinstance(inner, Mapping) and column.type != "text" else ""


def _put(row: JSONRow, path: Sequence[str], value: Any) -> bool:
    """Put a value at its path; objects are joined. False where the place is taken by another value."""
    here = row
    for key in path[:-1]:
        inner = here.setdefault(key, {})
        if not isinstance(inner, dict):
            return False
        here = inner
    last = path[-1]
    if last not in here:
        here[last] = value
        return True
    if isinstance(here[last], dict) and isinstance(value, dict):
        agree = all(here[last].get(k, v) == v for k, v in value.items())
        here[last] = {**value, **here[last]}
        return agree
    return bool(here[last] == value)


# ---------------------------------------------------------------- registers


def register_from_workbook(
    tables: Iterable[Table], organisation: Text, day: date, number: str, demo: bool = False,
    registered: Iterable[Capability] = (),
) -> tuple[bytes | None, tuple[Refused, ...], tuple[Finding, ...]]:  # fmt: skip
    """A register document from the tables of a workbook.

    organisation, day, number: of the delivery; registered: capabilities that count already, which the delivered ones
    must not contradict. Returns the canonical bytes of the register (None where no row went
    in), the rows that did not, table by table, and everything that is to be said.
    """
    rows: dict[str, list[JSONRow]] = {}
    refused: list[Refused] = []
    found: list[Finding] = []
    context = Context(organisation, day, demo)
    seen: dict[str, dict[str, str]] = {}
    capabilities: list[tuple[str, Any]] = []
    for table in tables:
        kind = kind_of(table)
        if kind is None:
            if spelled(table.name) not in {spelled(name) for name in TEMPLATE_SHEETS}:
                found.append(finding("workbook.sheet.unknown", table.name, "warning", sheet=table.name))
            continue
        found += told_kind(table)
        taken = rows_from_table(kind, table, context, seen=seen.setdefault(kind, {}))
        found += taken.findings
        capabilities += taken.values if kind == "capability" else ()
        rows.setdefault(kind, []).extend(taken.rows)
        refused += [taken.refused] if taken.refused else []
    found += other_houses(organisation, (item for _, item in capabilities))
    found += contradictions(capabilities, registered)
    if not any(rows.values()):
        bad = sum(len(one.rows) for one in refused)
        empty = finding("workbook.register.empty", "", refused=bad) if bad else finding("workbook.register.none", "")
        return None, tuple(refused), (*found, empty)
    document = {"suyuan": "register", "organisation": dict(organisation), "number": number, "day": day.isoformat(),
                "demo": True if demo else None, "rows": rows}  # fmt: skip
    return canonical(document), tuple(refused), tuple(found)


__all__ = ["WRONG", "Refused", "Table", "Taken", "kind_of", "refused_tables", "register_from_workbook",
           "rows_from_table", "table_of", "template"]  # fmt: skip
