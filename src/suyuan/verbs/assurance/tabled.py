"""A study from a table, and back: rows with heads become the `input` of a case, a case becomes rows that may be edited.

Every place in the case that came from a cell is known, so that what is wrong is told at its cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.verbs.assurance.columns import number_of
from suyuan.verbs.assurance.layouts import BY_SUBGROUP, LAYOUTS, Column, Layout, Option
from suyuan.verbs.assurance.reader import TOLD, Reader
from suyuan.verbs.register.cells import Table


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

    options: those of the layout, and name of a column → how the table calls it («part» → «Teil», or its number).

    >>> made = tabled("linearity", Table("t", (("reference", "value"), (2, 2.7), (2, 2.5), (4, 5.1), (4, 3.9))), {})
    >>> made.body
    {'readings': [[2.7, 2.5], [5.1, 3.9]], 'reference': [2.0, 4.0]}
    """
    layout = LAYOUTS[kind]
    roles = {c.name for c in layout.columns if layout.option(c.name) is None}
    heads = {name: text.strip() for name, text in options.items() if name in roles and text.strip()}
    body, wrong = from_options(layout, {name: text for name, text in options.items() if name not in roles})
    if kind == "gauge_rr" and body.get("design", "crossed") == "crossed":
        body.setdefault("constants", "computed")
    layout = _shaped(kind, layout, body)
    reader = Reader(kind, layout, table, heads)
    if not reader.faults:
        {"columns": _columns, "groups": _grouped, "open": _open}[layout.shape](reader, body)
    wrong = [*reader.faults, *wrong]
    if wrong:
        raise Refused(*wrong)
    return Tabled(body, {**_places(layout), **reader.places}, tuple(reader.told))


def _places(layout: Layout) -> dict[str, str]:
    """Where the options of a layout stand in the case."""
    found = {}
    for option in reversed(layout.options):
        *outer, last = option.path
        found["/".join(("/input", *option.path))] = option.name
        if last == "value":
            found["/".join(("/input", *outer))] = option.name
    return found


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
            known = ", ".join((*(o.name for o in layout.options), *(c.name for c in layout.columns)))
            wrong.append(finding("study_table.option.unknown", name, option=name[:40], known=known))
        elif text.strip():
            value = _option(option, text.strip(), wrong)
            inner = body
            for step in option.path[:-1]:
                inner = inner.setdefault(step, {})
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
    parts = _parts(text) if option.sort == "numbers" else [text]
    values = [number_of(part) for part in parts]
    if not all(math.isfinite(v) for v in values):
        wrong.append(finding("study_table.option.number", option.name, option=option.name, given=text[:40]))
    if option.sort == "whole" and math.isfinite(values[0]) and values[0] == math.floor(values[0]):
        return int(values[0])
    return values if option.sort == "numbers" else values[0]


def _parts(text: str) -> list[str]:
    """Numbers side by side; a comma parts them where it cannot be a decimal comma.

    >>> _parts("3,3,4"), _parts("0,5 1,5"), _parts("6;5.15")
    (['3', '3', '4'], ['0,5', '1,5'], ['6', '5.15'])
    """
    found = text.replace(";", " ").replace("，", " ").split()
    return [own for part in found for own in ([part] if math.isfinite(number_of(part)) else part.split(","))]


# ---------------------------------------------------------------- rows into lists


def _columns(reader: Reader, body: dict[str, Any]) -> None:
    for column in reader.layout.columns:
        if column.name in reader.at and column.field:
            _listed(reader, column.name, column.words, f"{column.field}", body)


def _listed(reader: Reader, name: str, words: bool, term: str, body: dict[str, Any], place: int | None = None) -> None:
    found = reader.column(name, words, place)
    body[term] = [value for value, _ in found]
    for i, (_, where) in enumerate(found):
        reader.put(f"/input/{term}/{i}", where)


def _open(reader: Reader, body: dict[str, Any]) -> None:
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


def _grouped(reader: Reader, body: dict[str, Any]) -> None:
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


def _even(reader: Reader, outer: Mapping[Any, Mapping[Any, list[Any]]], order: Mapping[Any, list[Any]]) -> None:
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
    reader: Reader, body: dict[str, Any], columns: tuple[Sequence[Column], Column], grid: list[list[Any]],
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


def _put(reader: Reader, term: str, rows: Sequence[Sequence[tuple[Any, str]]]) -> list[list[Any]]:
    for i, row in enumerate(rows):
        reader.put(f"/input/{term}/{i}", row[0][1])
        for j, (_, where) in enumerate(row):
            reader.put(f"/input/{term}/{i}/{j}", where)
    return [[value for value, _ in row] for row in rows]
