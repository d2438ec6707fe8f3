"""A paper certificate and what it corrects as one table: fields above, points below; for whoever keeps sheets.

The table becomes two documents: the typed certificate, with the digits as printed, and the correction that says what
each of its values does to the readings. Nothing is added that the table does not say.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from suyuan.certificate.typed import read_typed, to_document
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.verbs.register.cells import Table, Value
from suyuan.verbs.series.declared import FORMS, STATES, declared_document, read_declared

CERTIFICATE = ("issuer", "number", "ended", "issued", "valid_until", "item", "serial")
CORRECTION = ("instrument", "raw_unit", "form", "states", "known", "declared_by")
POINTS = ("at", "value", "unit", "U", "k")
KINDS = FORMS[:3]
"""Forms that a table of points can say: for «table» the column «at» holds raw values, for the others names."""

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
    """The documents that a table makes. certificate, correction: bytes to keep; findings: also what is doubtful."""

    certificate: bytes
    correction: bytes
    findings: tuple[Finding, ...] = ()


def template() -> Table:
    """A filled table, openly invented, to save and to put one's own numbers into."""
    rows: list[tuple[Value, ...]] = [("字段 field", "值 value", "说明 what it says")]
    rows += [(name, *_SAID[name]) for name in (*CERTIFICATE, *CORRECTION)]
    return Table("certificate", (*rows, (), POINTS, *_EXAMPLE))


def tabled(table: Table) -> Tabled:
    """The certificate and the correction that a table says.

    table: rows of field and value, then a row with the heads `POINTS` and one row a point.
    Raises Refused with every fault at its cell: series_join.table.…, and what the readers of both documents say.

    >>> made = tabled(template())
    >>> read_typed(made.certificate)[0].number, read_declared(made.correction)[0].at
    ('EX-T-0007', (0.0, 20.0, 40.0))
    """
    head = next((n for n, row in enumerate(table.rows) if _text(_at(row, 0)).casefold() == "at"), None)
    if head is None:
        raise Refused(finding("series_join.table.points", table.place(0), heads=", ".join(POINTS)))
    said, where, found = _fields(table, head)
    points = _points(table, head, found)
    if errors(found):
        raise Refused(*found)
    results = [_result(point, said, n) for n, (_, point) in enumerate(points)]
    item = {"name": {"en": said.pop("item", "")}, "serial": said.pop("serial", "")}
    about = {name: said[name] for name in CERTIFICATE if said.get(name)}
    certificate = to_document({**about, "item": item, "results": results})
    correction = declared_document(_declared(said, [point for _, point in points]))
    for document, read in ((certificate, read_typed), (correction, read_declared)):
        _, told = read(document)
        found += (replace(f, where=_placed(f.where, table, where, points)) for f in told)
    if errors(found):
        raise Refused(*found)
    return Tabled(certificate, correction, tuple(dict.fromkeys(found)))


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


def _fields(table: Table, head: int) -> tuple[dict[str, str], dict[str, int], list[Finding]]:
    """Field → value and row, above the points; a field that is not known, or stands twice, is told."""
    said: dict[str, str] = {}
    where: dict[str, int] = {}
    found: list[Finding] = []
    known = (*CERTIFICATE, *CORRECTION)
    for n, row in enumerate(table.rows[:head]):
        name = _text(_at(row, 0))
        if not name or name == "字段 field" or not _text(_at(row, 1)):
            continue
        if name not in known or name in said:
            near = (difflib.get_close_matches(name, known, 1, 0.5) or [""])[0]
            found.append(finding("series_join.table.field", table.place(n, 0), given=name[:40], nearest=near,
                                 known=", ".join(known)))  # fmt: skip
            continue
        said[name], where[name] = _text(_at(row, 1)), n
    form = said.get("form", "table")
    if form not in KINDS:
        found.append(
            finding("series_join.table.form", table.place(where["form"], 1), given=form, known=", ".join(KINDS))
        )
    if "states" in said and said["states"] not in STATES and form == "table":
        place = table.place(where["states"], 1)
        found.append(finding("series_join.table.form", place, given=said["states"], known=", ".join(STATES)))
    return said, where, found


def _points(table: Table, head: int, found: list[Finding]) -> list[tuple[int, dict[str, str]]]:
    """Row and cells of each point; a point without its value is told."""
    heads = [_text(cell) for cell in table.rows[head]]
    lost = [name for name in ("value", "unit") if name not in heads]
    if lost:
        found.append(finding("series_join.table.points", table.place(head), heads=", ".join(POINTS)))
        return []
    made = []
    for n, row in enumerate(table.rows[head + 1 :], start=head + 1):
        point = {name: _text(_at(row, column)) for column, name in enumerate(heads) if name in POINTS}
        if not any(point.values()):
            continue
        for name in ("at", "value", "unit"):
            if not point.get(name):
                found.append(finding("series_join.table.cell", table.place(n, heads.index(name)), head=name))
        made.append((n, point))
    if not made:
        found.append(finding("series_join.table.points", table.place(head), heads=", ".join(POINTS)))
    return made


def _result(point: Mapping[str, str], said: Mapping[str, str], number: int) -> dict[str, Any]:
    """A point as a result of the certificate, with its digits as printed."""
    unit = said.get("raw_unit", "") if said.get("form", "table") == "table" else ""
    name = f"{said.get('states', 'correction')} at {point['at']} {unit}".strip() if unit else point["at"]
    return {"name": {"en": name}, **{key: point[key] for key in ("value", "unit", "U", "k") if point.get(key)}}


def _declared(said: Mapping[str, str], points: list[dict[str, str]]) -> dict[str, Any]:
    """The fields of the correction."""
    form = said.get("form", "table")
    made: dict[str, Any] = {name: said[name] for name in ("instrument", "raw_unit", "known", "declared_by") if
                            said.get(name)}  # fmt: skip
    made |= {"form": form, "certificate": {key: said.get(key, "") for key in ("issuer", "number")}}
    if form == "table":
        made |= {"states": said.get("states", "correction"), "at": [point["at"] for point in points]}
        made["points"] = [{"place": f"{n}/0"} for n in range(len(points))]
    else:
        made["parameters"] = {point["at"]: {"place": f"{n}/0"} for n, point in enumerate(points)}
    return made


def _placed(pointer: str, table: Table, where: Mapping[str, int], points: list[tuple[int, dict[str, str]]]) -> str:
    """The cell of what a JSON pointer names."""
    _, first, *rest = [*pointer.split("/"), ""]
    if first in ("results", "points", "at") and rest and rest[0].isdigit() and int(rest[0]) < len(points):
        return table.place(points[int(rest[0])][0])
    return table.place(where[first], 1) if first in where else f"{table.name} {pointer}".strip()
