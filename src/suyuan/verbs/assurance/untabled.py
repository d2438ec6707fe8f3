"""The input of a study as the table and the options of its layout: what a person edits, what a report prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from suyuan.verbs.assurance.layouts import BY_SUBGROUP, LAYOUTS, Option

Rows = list[list[Any]]


def untabled(kind: str, body: Mapping[str, Any]) -> tuple[list[str], Rows, dict[str, str]]:
    """Heads, rows and options of the input of a study; what is no list of data stays out of the rows.

    >>> heads, rows, options = untabled("linearity", {"reference": [2, 4], "readings": [[2.7], [5.1]], "unit": "mm"})
    >>> heads, rows, options
    (['reference', 'value'], [[2, 2.7], [4, 5.1]], {'unit': 'mm'})
    """
    heads, rows = _rows(kind, body)
    options = {o.name: text for o in LAYOUTS[kind].options if (text := _text(o, body))}
    return heads, rows, options


def _text(option: Option, body: Mapping[str, Any]) -> str:
    *outer, last = option.path
    value: Any = body
    for step in outer:
        value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, Mapping):
        if last == "U" and value.get("U") is None and value.get("u") is not None:
            return f"{2.0 * float(value['u']):.12g}"  # a standard uncertainty, as U with k = 2
        value = value.get(last)
    elif last != "value":
        value = None
    if value is None or (isinstance(value, list) and option.sort == "number"):
        return ""
    if isinstance(value, list) and any(isinstance(one, list) for one in value):
        return ""  # one a point: columns of the table
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _rows(kind: str, body: Mapping[str, Any]) -> tuple[list[str], Rows]:
    if kind == "gauge_rr":
        return _crossed(body, "readings", ("operator", "part", "trial", "value"), ("operators", "parts"))
    if kind == "attribute_agreement":
        return _decisions(body)
    if kind == "gauge_bias":
        return ["artefact", "gauge", "value"], [
            [i, gauge, value]
            for i, row in enumerate(_list(body, "artefacts"), 1)
            for gauge, value in zip(_list(body, "gauge"), row, strict=False)
        ]
    if kind in ("linearity", "stability_study"):
        name = "reference" if kind == "linearity" else "time"
        keys = _list(body, name)
        return [name, "value"], [[k, v] for k, row in zip(keys, _list(body, "readings"), strict=False) for v in row]
    if kind == "energy_balance":
        meters = body.get("meters") or {}
        return ["master", *meters], _beside([_list(body, "master"), *meters.values()])
    if kind == "control_chart":
        return _chart(body)
    if kind == "survey_points":
        body = _by_axis(body)
    columns = [c for c in LAYOUTS[kind].columns if isinstance(body.get(c.field), list)]
    return [c.name for c in columns], _beside([body[c.field] for c in columns])


def _by_axis(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The standard uncertainties of each point as three columns."""
    u = body.get("u")
    if not isinstance(u, list) or not all(isinstance(row, list) and len(row) == 3 for row in u):
        return body
    return {**body, **{f"u_{axis}": [row[k] for row in u] for k, axis in enumerate("xyz")}}


def _list(body: Mapping[str, Any], name: str) -> list[Any]:
    given = body.get(name)
    return given if isinstance(given, list) else []


def _beside(columns: Sequence[Sequence[Any]]) -> Rows:
    """Columns beside each other; where one is shorter its cells stay empty."""
    longest = max(map(len, columns), default=0)
    return [[column[i] if i < len(column) else None for column in columns] for i in range(longest)]


def _names(body: Mapping[str, Any], field: str, n: int, letters: bool) -> list[Any]:
    own = _list(body, field)
    if len(own) == n:
        return own
    return [chr(65 + i) if letters and n <= 26 else i + 1 for i in range(n)]


def _crossed(
    body: Mapping[str, Any], field: str, heads: tuple[str, ...], named: tuple[str, str]
) -> tuple[list[str], Rows]:
    grid = _list(body, field)
    outer = _names(body, named[0], len(grid), True)
    made = []
    for name, row in zip(outer, grid, strict=True):
        inner = _names(body, named[1], len(row), False)
        made += [[name, part, t, v] for part, cell in zip(inner, row, strict=True) for t, v in enumerate(cell, 1)]
    return list(heads), made


def _decisions(body: Mapping[str, Any]) -> tuple[list[str], Rows]:
    heads, rows = _crossed(body, "decisions", ("appraiser", "part", "trial", "decision"), ("appraisers", ""))
    right = _list(body, "reference")
    if right:
        heads = [*heads, "reference"]
        rows = [[*row, right[row[1] - 1]] for row in rows]
    return heads, rows


def _chart(body: Mapping[str, Any]) -> tuple[list[str], Rows]:
    values, chart = _list(body, "values"), body.get("chart", "individuals")
    if chart == "t2":
        return [f"x{j}" for j, _ in enumerate(values[0] if values else (), 1)], [list(row) for row in values]
    if chart in BY_SUBGROUP:
        rows = list(_subgroups(values, chart == "t2_subgroups"))
        heads = [f"x{j}" for j in range(1, len(rows[0]))] if chart == "t2_subgroups" and rows else ["value"]
        return ["subgroup", *heads], rows
    size = _list(body, "sample_size")
    return ["value", *(["size"] if size else [])], _beside([values, *([size] if size else [])])


def _subgroups(values: Sequence[Any], several: bool) -> Iterator[list[Any]]:
    for i, group in enumerate(values, 1):
        for one in group:
            yield [i, *one] if several else [i, one]
