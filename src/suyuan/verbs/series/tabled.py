"""A paper certificate and what it corrects as one table: fields above, points below; for whoever keeps sheets.

The table becomes two documents: the typed certificate, with the digits as printed, and the correction that says what
each of its values does to the readings. A table holds one quantity; several of one certificate, below one another or on
sheets of their own, make one certificate and a correction each. Nothing is added that the tables do not say.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from suyuan.certificate.typed import read_typed, to_document
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.unit import Unit, parse_unit
from suyuan.verbs.register.cells import Table, Value
from suyuan.verbs.series.declared import FORMS, STATES, declared_document, read_declared

CERTIFICATE = ("issuer", "number", "ended", "issued", "valid_until", "item", "serial")
CORRECTION = ("instrument", "raw_unit", "form", "states", "known", "declared_by")
POINTS = ("at", "value", "unit", "U", "k")
KINDS = FORMS[:3]
"""Forms that a table of points can say: for «table» the column «at» holds raw values, for the others names."""

_HEADS = frozenset({"字段 field", "字段", "字段名", "field", "fields", "name", "名称", "项目"})
"""First cells of a row above the fields that only says what stands below."""
_STATED = {"correction": "修正值", "error": "示值误差", "reference": "参考值"}

_SAID = {
    "issuer": ("Example City Laboratory", "发证机构 / who issued it"),
    "number": ("EX-T-0007", "证书编号 / its number"),
    "ended": ("2026-01-10", "校准结束日 / day on which the calibration ended"),
    "issued": ("2026-01-12", "发证日 / day of issue"),
    "valid_until": ("", "证书上印的有效期，没有就空着 / as printed, else empty"),
    "item": ("thermometer (example, invented)", "被校器具 / what was calibrated"),
    "serial": ("T-7", "器具编号 / its serial number"),
    "instrument": ("T-7", "导入读数时的仪器编号 / the instrument as the readings name it"),
    "raw_unit": ("degC", "读数的单位 / unit of the readings"),
    "form": ("table", "table（逐点）、gain_offset（gain·读数+offset）、polynomial（c0, c1 …）"),
    "states": (
        "correction",
        "correction（修正值）、error（示值误差）、reference（参考值）；只用于 table / for a table only",
    ),
    "known": ("", "何时得知，没有就空着 / since when it is known, else empty"),
    "declared_by": ("Example Plant (invented)", "由谁声明 / who declares it"),
}
_EXAMPLE = (
    ("0", "0.12", "degC", "0.05", "2"),
    ("20", "0.10", "degC", "0.05", "2"),
    ("40", "0.05", "degC", "0.06", "2"),
)


@dataclass(frozen=True, slots=True)
class Tabled:
    """The documents that tables make. certificate: bytes to keep; corrections: one a table, in their order; findings:
    also what is doubtful."""

    certificate: bytes
    corrections: tuple[bytes, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """One table of points with the fields above it. said, where: field → value and its cell; points: cell of the row
    and cells by head."""

    said: dict[str, str]
    where: dict[str, str]
    points: list[tuple[str, dict[str, str]]]


def template() -> Table:
    """A filled table, openly invented, to save and to put one's own numbers into."""
    rows: list[tuple[Value, ...]] = [("字段 field", "值 value", "说明 what it says")]
    rows += [(name, *_SAID[name]) for name in (*CERTIFICATE, *CORRECTION)]
    return Table("certificate", (*rows, (), POINTS, *_EXAMPLE))


def tabled(*tables: Table) -> Tabled:
    """The certificate and the corrections that tables say.

    tables: rows of field and value, then a row with the heads `POINTS` and one row a point; below it, or on a further
    sheet, the next one, with those fields only that differ; a sheet without such heads says nothing.
    Raises Refused with every fault at its cell: series_join.table.…, and what the readers of both documents say.

    >>> made = tabled(template())
    >>> read_typed(made.certificate)[0].number, read_declared(made.corrections[0])[0].at
    ('EX-T-0007', (0.0, 20.0, 40.0))
    """
    found: list[Finding] = []
    parts: list[_Part] = []
    for table in tables:
        for rows in _cuts(table):
            parts.append(_part(table, rows, parts[-1] if parts else None, found))
    if not parts:
        place = tables[0].place(0) if tables else ""
        raise Refused(finding("series_join.table.points", place, heads=", ".join(POINTS)))
    if errors(found):
        raise Refused(*found)
    said = parts[0].said
    every = [(part, place, point) for part in parts for place, point in part.points]
    results = [_result(point, part.said) for part, _, point in every]
    item = {"name": {"en": said.get("item", "")}, "serial": said.get("serial", "")}
    about = {name: said[name] for name in CERTIFICATE if name not in ("item", "serial") and said.get(name)}
    certificate = to_document({**about, "item": item, "results": results})
    _, told = read_typed(certificate)
    found += (replace(f, where=_placed(f.where, parts[0], [place for _, place, _ in every])) for f in told)
    corrections, before = [], 0
    for part in parts:
        corrections.append(declared_document(_declared(part, before)))
        before += len(part.points)
        _, told = read_declared(corrections[-1])
        found += (replace(f, where=_placed(f.where, part, [place for place, _ in part.points])) for f in told)
    if errors(found):
        raise Refused(*found)
    return Tabled(certificate, tuple(corrections), tuple(dict.fromkeys(found)))


def _cuts(table: Table) -> Iterator[tuple[int, int, int]]:
    """Each table on a sheet: its first row, that of its heads, and the row after its last."""
    names = [_text(_at(row, 0)) for row in table.rows]
    heads = [n for n, name in enumerate(names) if name.casefold() == "at"]
    first = 0
    for number, head in enumerate(heads):
        end = heads[number + 1] if number + 1 < len(heads) else len(names)
        fields = [n for n in range(head + 1, end) if names[n] in (*CERTIFICATE, *CORRECTION)]
        blank = [n for n in range(head + 1, end) if not any(map(_text, table.rows[n]))]
        after = (fields or blank[-1:] or [end])[0] if number + 1 < len(heads) else end
        yield first, head, after
        first = after


def _part(table: Table, rows: tuple[int, int, int], before: _Part | None, found: list[Finding]) -> _Part:
    """One table; what its own fields leave open the table before says."""
    first, head, end = rows
    said, where = _fields(table, first, head, found)
    if before is not None:
        for name in CERTIFICATE:
            if said.get(name, given := before.said.get(name, "")) != given:
                found.append(
                    finding("series_join.table.other", where[name], field=name, given=said[name], before=given)
                )
        said, where = {**before.said, **said}, {**before.where, **where}
    points = _points(table, head, end, found)
    part = _Part(said, where, points)
    if said.get("form", "table") == "table":
        found += _mixed(part)
    return part


def _mixed(part: _Part) -> Iterator[Finding]:
    """Points of a table in units of another quantity than the readings: each is told at its cell."""
    of, *units = (_unit(text) for text in (part.said.get("raw_unit", ""), *(p.get("unit", "") for _, p in part.points)))
    wanted = of or next((u for u in units if u is not None), None)
    for unit, (place, point) in zip(units, part.points, strict=True):
        if unit is not None and wanted is not None and not unit.converts_to(wanted):
            yield finding("series_join.table.quantity", place, at=point.get("at", ""), unit=point["unit"],
                          wanted=part.said.get("raw_unit") or wanted.symbol)  # fmt: skip


def _unit(text: str) -> Unit | None:
    """The step of a unit; None where it is none, which the readers of the documents tell."""
    try:
        return parse_unit(text).as_difference() if text else None
    except Refused:
        return None


def _at(row: tuple[Value, ...], column: int) -> Value:
    return row[column] if column < len(row) else None


def _text(value: Value) -> str:
    """A cell as it was typed; a number of a spreadsheet as its shortest decimal."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _fields(table: Table, first: int, head: int, found: list[Finding]) -> tuple[dict[str, str], dict[str, str]]:
    """Field → value and cell, above the points; a field that is not known, or stands twice, is told."""
    said: dict[str, str] = {}
    where: dict[str, str] = {}
    known = (*CERTIFICATE, *CORRECTION)
    for n, row in enumerate(table.rows[first:head], start=first):
        name = _text(_at(row, 0))
        if not name or name.casefold() in _HEADS or not _text(_at(row, 1)):
            continue
        if name not in known or name in said:
            near = (difflib.get_close_matches(name, known, 1, 0.5) or [""])[0]
            found.append(finding("series_join.table.field", table.place(n, 0), given=name[:40], nearest=near,
                                 known=", ".join(known)))  # fmt: skip
            continue
        said[name], where[name] = _text(_at(row, 1)), table.place(n, 1)
    form = said.get("form", "table")
    if form not in KINDS:
        found.append(finding("series_join.table.form", where["form"], given=form, known=", ".join(KINDS)))
    if "states" in said and said["states"] not in STATES and form == "table":
        found.append(finding("series_join.table.form", where["states"], given=said["states"], known=", ".join(STATES)))
    return said, where


def _points(table: Table, head: int, end: int, found: list[Finding]) -> list[tuple[str, dict[str, str]]]:
    """The cell of the unit and the cells of each point; a point without its value is told."""
    heads = [_text(cell) for cell in table.rows[head]]
    lost = [name for name in ("value", "unit") if name not in heads]
    if lost:
        found.append(finding("series_join.table.points", table.place(head), heads=", ".join(POINTS)))
        return []
    made = []
    for n, row in enumerate(table.rows[head + 1 : end], start=head + 1):
        point = {name: _text(_at(row, column)) for column, name in enumerate(heads) if name in POINTS}
        if not any(point.values()):
            continue
        for name in ("at", "value", "unit"):
            if not point.get(name):
                found.append(finding("series_join.table.cell", table.place(n, heads.index(name)), head=name))
        made.append((table.place(n, heads.index("unit")), point))
    if not made:
        found.append(finding("series_join.table.points", table.place(head), heads=", ".join(POINTS)))
    return made


def _result(point: Mapping[str, str], said: Mapping[str, str]) -> dict[str, Any]:
    """A point as a result of the certificate, with its digits as printed."""
    unit = said.get("raw_unit", "") if said.get("form", "table") == "table" else ""
    states, at = said.get("states", "correction"), f"{point['at']} {unit}".strip()
    name = {"zh": f"{at} 处的{_STATED[states]}", "en": f"{states} at {at}"} if unit else {"en": at}
    return {"name": name, **{key: point[key] for key in ("value", "unit", "U", "k") if point.get(key)}}


def _declared(part: _Part, before: int) -> dict[str, Any]:
    """The fields of the correction. before: how many points of earlier tables the certificate has."""
    said, points = part.said, [point for _, point in part.points]
    form = said.get("form", "table")
    made: dict[str, Any] = {name: said[name] for name in ("instrument", "raw_unit", "known", "declared_by") if
                            said.get(name)}  # fmt: skip
    made |= {"form": form, "certificate": {key: said.get(key, "") for key in ("issuer", "number")}}
    places = [{"place": f"{before + n}/0"} for n in range(len(points))]
    if form == "table":
        made |= {"states": said.get("states", "correction"), "at": [point["at"] for point in points], "points": places}
    else:
        made["parameters"] = {point["at"]: place for point, place in zip(points, places, strict=True)}
    return made


def _placed(pointer: str, part: _Part, points: Sequence[str]) -> str:
    """The cell of what a JSON pointer names."""
    _, first, *rest = [*pointer.split("/"), ""]
    if first in ("results", "points", "at") and rest and rest[0].isdigit() and int(rest[0]) < len(points):
        return points[int(rest[0])]
    return part.where.get(first, pointer)
