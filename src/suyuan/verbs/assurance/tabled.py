"""A study from a table, and back: rows with heads become the `input` of a case, a case becomes rows that may be edited.

Every place in the case that came from a cell is known, so that what is wrong is told at its cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.verbs.assurance.columns import _number as number_of
from suyuan.verbs.assurance.layouts import BY_SUBGROUP, LAYOUTS, Column, Layout, Option
from suyuan.verbs.register.cells import Table, Value

TOLD = 20
"""Cells that are told one by one."""


@dataclass(frozen=True, slots=True)
class Tabled:
    """body: the `input` of a case; places: pointer of the case → place of its cell; findings: warnings and notes."""

    body: dict[str, Any]
    places: Mapping[str, str]
    findings: tuple[Finding, ...] = ()

    def at_cells(self, found: Iterable[Finding]) -> tuple[Finding, ...]:
        """Findings of the case, each at the cell that it speaks of."""
        return tuple(replace(f, where=self._cell(f.where)) for f in found)

    def _cell(self, where: str) -> str:
        path = where
        while path.count("/") > 1:
            if path in self.places:
                return self.places[path]
            path = path.rpartition("/")[0]
        return where.removeprefix("/input").strip("/").replace("/", " ")  # an option, or the study as a whole


def tabled(kind: str, table: Table, options: Mapping[str, str]) -> Tabled:
    """The input of a study from a table and options as typed. Raises Refused with every fault found.

    >>> made = tabled("linearity", Table("t", (("reference", "value"), (2, 2.7), (2, 2.5), (4, 5.1), (4, 3.9))), {})
    >>> made.body
    {'readings': [[2.7, 2.5], [5.1, 3.9]], 'reference': [2.0, 4.0]}
    """
    layout = LAYOUTS[kind]
    body, wrong = from_options(layout, options)
    if kind == "gauge_rr" and body.get("design", "crossed") == "crossed":
        body.setdefault("constants", "computed")
    layout = _shaped(kind, layout, body)
    reader = _Reader(layout, table)
    if not reader.faults:
        {"columns": _columns, "groups": _grouped, "open": _open}[layout.shape](reader, body)
    wrong = [*reader.faults, *wrong]
    if wrong:
        raise Refused(*wrong)
    return Tabled(body, reader.places, tuple(reader.told))


def _shaped(kind: str, layout: Layout, body: Mapping[str, Any]) -> Layout:
    """The layout of a control chart is that of its chart."""
    if kind != "control_chart":
        return layout
    chart = body.get("chart", "individuals")
    value, subgroup, size = layout.columns
    if chart == "t2":
        return replace(layout, columns=())
    if chart in BY_SUBGROUP:
        columns: tuple[Column, ...] = (replace(subgroup, needed=True),)
        return replace(layout, columns=columns) if chart == "t2_subgroups" else replace(
            layout, columns=(*columns, value), shape="groups")  # fmt: skip
    return replace(layout, columns=(value, size) if chart in ("p", "u", "np") else (value,), shape="columns")


# ---------------------------------------------------------------- options


def from_options(layout: Layout, options: Mapping[str, str]) -> tuple[dict[str, Any], list[Finding]]:
    """What stands beside the table, in its places of the input; and what is wrong with it."""
    body: dict[str, Any] = {}
    wrong = []
    for name, text in options.items():
        option = layout.option(name)
        if option is None:
            known = ", ".join(o.name for o in layout.options)
            wrong.append(finding("study_table.option.unknown", name, option=name[:40], known=known))
        elif text.strip():
            value = _option(option, text.strip(), wrong)
            inner = body if len(option.path) == 1 else body.setdefault(option.path[0], {})
            inner[option.path[-1]] = value
    for option in layout.options:
        if option.sort == "one_of" and option.name == "chart":
            body.setdefault("chart", option.choices[0])
        if option.needed and not options.get(option.name, "").strip():
            wrong.append(finding("study_table.option.needed", option.name, option=option.name))
    for name, given in list(body.items()):
        if isinstance(given, dict) and set(given) == {"value"}:
            body[name] = given["value"]
    return body, wrong


def _option(option: Option, text: str, wrong: list[Finding]) -> Any:
    if option.sort == "text":
        return text
    if option.sort == "texts":
        return [part for part in text.replace("，", " ").replace(",", " ").split() if part]
    if option.sort == "one_of":
        if text not in option.choices:
            known = ", ".join(option.choices)
            wrong.append(
                finding("study_table.option.choice", option.name, option=option.name, given=text[:40], known=known)
            )
        return text
    parts = text.replace(";", " ").split() if option.sort == "numbers" else [text]
    values = [number_of(part) for part in parts]
    if not all(math.isfinite(v) for v in values):
        wrong.append(finding("study_table.option.number", option.name, option=option.name, given=text[:40]))
    if option.sort == "whole" and values[0] == math.floor(values[0]):
        return int(values[0])
    return values if option.sort == "numbers" else values[0]


# ---------------------------------------------------------------- reading


@dataclass
class _Reader:
    """The rows of a table by the columns of a layout."""

    layout: Layout
    table: Table
    at: dict[str, int] = field(default_factory=dict)
    further: dict[str, int] = field(default_factory=dict)
    rows: list[tuple[int, tuple[Value, ...]]] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)
    told: list[Finding] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        filled = [(n, row) for n, row in enumerate(self.table.rows) if any(_text(cell) for cell in row)]
        names = [c.name for c in self.layout.columns]
        if not filled:
            self.faults.append(finding("study_table.empty", self.table.name, columns=", ".join(names)))
            return
        head = [_text(cell) for cell in filled[0][1]]
        while not head[-1]:
            head.pop()
        if names and all(math.isfinite(_value(cell)) for cell in head if cell) and all(head):
            self.at = {c.name: n for n, c in enumerate(c for c in self.layout.columns if c.needed) if n < len(head)}
            self.rows = filled
        else:
            self._named(filled[0][0], head)
            self.rows = filled[1:]
        missing = [c.name for c in self.layout.columns if c.needed and c.name not in self.at]
        given = ", ".join(filter(None, head))[:200]
        self.faults += [
            finding("study_table.column.missing", self.table.place(filled[0][0]), column=name, given=given,
                    columns=", ".join(names))
            for name in missing
        ]  # fmt: skip
        if not self.rows and not self.faults:
            self.faults.append(finding("study_table.empty", self.table.name, columns=", ".join(names)))

    def _named(self, row: int, head: Sequence[str]) -> None:
        """Which column is which, by what stands above it; units in brackets do not count."""
        for n, text in enumerate(head):
            plain = text.replace("（", "(").partition("(")[0].partition("/")[0].strip()
            column = next((c for c in self.layout.columns if _is(c, text) or _is(c, plain)), None)
            if column is None and text:
                self.further[text] = n
            elif column is not None and column.name in self.at:
                self.faults.append(finding("study_table.column.twice", self.table.place(row, n), column=column.name))
            elif column is not None:
                self.at[column.name] = n
        if self.further and self.layout.shape != "open":
            known = ", ".join(c.name for c in self.layout.columns)
            given = ", ".join(self.further)[:200]
            place = self.table.place(row)
            self.told.append(finding("study_table.column.unused", place, "note", columns=given, known=known))

    def column(self, name: str, words: bool, place: int | None = None) -> list[tuple[Any, str]]:
        """Values of a column, each with the place of its cell."""
        at = self.at[name] if place is None else place
        found: list[tuple[Any, str]] = []
        for n, row in self.rows:
            cell = row[at] if at < len(row) else None
            where, text, line = self.table.place(n, at), _text(cell), self.table.first + n
            if not text:
                if self.layout.blank == "skipped":
                    continue
                if self.layout.blank == "refused" and len(self.faults) < TOLD:
                    self.faults.append(finding("study_table.cell.empty", where, line=line, column=name))
                found.append((None, where))
            elif words:
                found.append((text, where))
            else:
                value = _value(cell)
                if not math.isfinite(value) and len(self.faults) < TOLD:
                    self.faults.append(
                        finding("study_table.cell.number", where, line=line, column=name, given=text[:40])
                    )
                found.append((value, where))
        return found

    def put(self, pointer: str, cell: str) -> None:
        self.places.setdefault(pointer, cell)


def _is(column: Column, text: str) -> bool:
    names = (column.name, column.field, *column.also)
    return bool(text) and text.casefold() in (name.casefold() for name in names if name)


def _text(cell: Value) -> str:
    return "" if cell is None else str(cell).strip()


def _value(cell: Value) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    return number_of(str(cell).replace("\u2212", "-").replace("\u2009", "")) if cell is not None else math.nan


def _columns(reader: _Reader, body: dict[str, Any]) -> None:
    for column in reader.layout.columns:
        if column.name in reader.at and column.field:
            _listed(reader, column.name, column.words, f"{column.field}", body)


def _listed(reader: _Reader, name: str, words: bool, term: str, body: dict[str, Any], place: int | None = None) -> None:
    found = reader.column(name, words, place)
    body[term] = [value for value, _ in found]
    for i, (_, where) in enumerate(found):
        reader.put(f"/input/{term}/{i}", where)


def _open(reader: _Reader, body: dict[str, Any]) -> None:
    """Further columns by name (meters), or side by side (variables of a chart)."""
    layout = reader.layout
    if layout.rest == "meters":
        _columns(reader, body)
        meters: dict[str, Any] = {}
        for name, place in reader.further.items():
            found = reader.column(name, False, place)
            meters[name] = [value for value, _ in found]
            for i, (_, where) in enumerate(found):
                reader.put(f"/input/meters/{name}/{i}", where)
        body["meters"] = meters
        return
    columns = [reader.column(name, False, place) for name, place in reader.further.items()]
    rows = [[value for value, _ in row] for row in zip(*columns, strict=True)]
    for i, row in enumerate(zip(*columns, strict=True)):
        for j, (_, where) in enumerate(row):
            reader.put(f"/input/values/{i}/{j}", where)
    if "subgroup" in reader.at:
        keys = [key for key, _ in reader.column("subgroup", True)]
        groups: dict[str, list[Any]] = {}
        for key, row in zip(keys, rows, strict=True):
            groups.setdefault(key, []).append(row)
        body["values"] = list(groups.values())
    else:
        body["values"] = rows


def _grouped(reader: _Reader, body: dict[str, Any]) -> None:
    """Nested lists of the last needed column by the others, in the order in which their values first appear."""
    needed = [c for c in reader.layout.columns if c.needed]
    *keys, last = needed
    cells = [reader.column(c.name, c.words) for c in (*keys, last)]
    if reader.faults:
        return
    outer: dict[Any, dict[Any, list[tuple[Any, str]]]] = {}
    for row in zip(*cells, strict=True):
        own = [value for value, _ in row[:-1]]
        inner = outer.setdefault(own[0], {})
        inner.setdefault(own[1] if len(own) > 1 else None, []).append(row[-1])
    names = list(outer)
    if len(keys) == 1:
        body[last.field] = _put(reader, last.field, [rows[None] for rows in outer.values()])
        if keys[0].field:
            body[keys[0].field] = names
        return
    inner_names = list(dict.fromkeys(name for rows in outer.values() for name in rows))
    own_parts = body.get("design") == "nested"  # of a nested study each operator has parts of its own
    order = {name: list(rows) if own_parts else inner_names for name, rows in outer.items()}
    _even(reader, outer, order)
    if reader.faults:
        return
    grid = [[outer[name][part] for part in order[name]] for name in names]
    _fill(reader, body, (keys, last), grid, names if keys[0].field else [], [] if own_parts else inner_names)


def _even(reader: _Reader, outer: Mapping[Any, Mapping[Any, list[Any]]], order: Mapping[Any, list[Any]]) -> None:
    counts = [len(rows) for inner in outer.values() for rows in inner.values()]
    wanted = max(set(counts), key=counts.count)
    for name, parts in order.items():
        for part in parts:
            n = len(outer[name].get(part, ()))
            if n != wanted and len(reader.faults) < TOLD:
                first = outer[name].get(part) or next(iter(outer[name].values()))
                group = f"{name}, {part}"
                reader.faults.append(
                    finding("study_table.group.uneven", first[0][1], group=group[:60], n=n, wanted=wanted)
                )


def _fill(
    reader: _Reader, body: dict[str, Any], columns: tuple[Sequence[Column], Column], grid: list[list[Any]],
    outer: Sequence[Any], inner: Sequence[Any],
) -> None:  # fmt: skip
    keys, last = columns
    nested = [_put(reader, f"{last.field}/{i}", rows) for i, rows in enumerate(grid)]
    if last.field == "artefacts":  # one value of each gauge
        nested = [[rows[0] for rows in row] for row in nested]
    body[last.field] = nested
    if outer:
        body[keys[0].field] = list(outer)
    if inner and keys[1].field and last.field != "decisions":
        body[keys[1].field] = list(inner)
    if last.field == "decisions" and "reference" in reader.at:
        parts = [part for part, _ in reader.column(keys[1].name, True)]
        right = dict(zip(parts, (value for value, _ in reader.column("reference", True)), strict=True))
        body["reference"] = [right[part] for part in inner]


def _put(reader: _Reader, term: str, rows: Sequence[Sequence[tuple[Any, str]]]) -> list[list[Any]]:
    for i, row in enumerate(rows):
        reader.put(f"/input/{term}/{i}", row[0][1])
        for j, (_, where) in enumerate(row):
            reader.put(f"/input/{term}/{i}/{j}", where)
    return [[value for value, _ in row] for row in rows]
