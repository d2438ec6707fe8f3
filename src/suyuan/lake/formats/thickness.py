"""Thickness tables of ships: one row a gauged place, in CSV or Excel, with measured and original thickness."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.column_mapping import ColumnMapping, ValueColumn
from suyuan.lake.formats.delimited import Table
from suyuan.lake.formats.header_unit import header, is_unit
from suyuan.lake.formats.imported import Imported, RawStream
from suyuan.lake.formats.mapped import applied
from suyuan.lake.formats.proposed import any_table, clock_of
from suyuan.quantity.finding import Finding, Refused, Severity, finding
from suyuan.quantity.unit import parse_unit

_ORIGINAL = re.compile(
    r".*(original|as[ -]?built|nominal|design|rule|minimum|allowable|原始|设计|建造|公称|许用|最小).*", re.IGNORECASE
)
_DIMINUTION = re.compile(r".*(diminution|loss|wastage|corrosion|减薄|腐蚀|损耗).*", re.IGNORECASE)
_THICKNESS = re.compile(
    r".*(thickness|gauged|gauging|measured|reading|厚度|板厚|测厚|实测).*|t ?\d*|th(k|ick)\.?( ?\d+)?", re.IGNORECASE
)
_PLACE = re.compile(
    r".*(location|position|point|item|member|strake|plate|frame|side|structure|部位|位置|测点|构件|列板|肋位|舷).*|no\.?|编号|序号",
    re.IGNORECASE,
)
_HEAD = re.compile(r"^[#;/\s\"]*([^:=：,;\t]{1,40})\s*[:=：,\t;]\s*(.+?)[\s\";,]*$")
_POSSIBLE = 500.0
"""Thickness, in mm, above which no plate of a ship is: our own choice, told with the finding."""


def read(content: bytes, *, name: str = "", zone: str = "", fold: str = "") -> Imported:
    """A thickness table: one stream a column of thickness; the place of each reading stands in the labels.

    Names of streams keep the header's words; facts hold their role («measured», «original», «diminution»), and what
    the lines before the header state (probe, velocity, couplant …). Findings: unit missing, thickness that cannot be,
    measured above original. Raises Refused formats.thickness.columns.

    >>> sheet = b"Frame,Side,Gauged thickness (mm),Original thickness (mm)\\n12,P,10.9,12.0\\n12,S,11.1,12.0\\n"
    >>> [(s.facts["role"], s.unit, s.value.tolist()) for s in read(sheet).streams]
    [('measured', 'mm', [10.9, 11.1]), ('original', 'mm', [12.0, 12.0])]
    """
    _, table = any_table(content, name)
    roles = _roles(table)
    if "measured" not in roles.values():
        raise Refused(finding("formats.thickness.columns", name or "line 1", given=", ".join(table.columns)[:80]))
    decimal, time, doubt = clock_of(table)
    head = _head(table)
    found: list[Finding] = list(doubt)
    unit = next((head[k] for k in ("unit", "units", "Unit", "Units", "单位") if k in head), "")
    if unit and not is_unit(unit):
        found.append(finding("formats.unit.unknown", "head", "warning", column="head", unit=unit))
        unit = ""
    values = tuple(
        ValueColumn(c, header(c).name, "" if _is_relative(c) else "length", header(c).unit or unit) for c in roles
    )
    nameless = [v.column for v in values if not v.unit]
    if nameless:
        found.append(finding("formats.unit.missing", ", ".join(nameless), "warning", count=len(nameless)))
    labels = tuple(c for c in table.columns if c not in roles and c not in time.columns and _is_label(c))
    plan = ColumnMapping(values, time, separator=table.separator, decimal=decimal, labels=labels)
    made = applied(table, plan, (zone, fold), tuple(found))
    streams = tuple(replace(s, facts={**s.facts, "role": roles[s.facts["column"]]}) for s in made.streams)
    told = (*(f for f in made.findings if f.code != "formats.time.none"), *_checks(streams, table.lines))
    return replace(
        made,
        format="thickness table",
        streams=streams,
        findings=told,
        facts={**made.facts, **({"test": head} if head else {})},
    )


def is_thickness(table: Table) -> bool:
    """Whether a table has a column of measured thickness and one of places."""
    return "measured" in _roles(table).values() and any(_PLACE.fullmatch(c) for c in table.columns) and _is_plain(table)


def _is_plain(table: Table) -> bool:
    """Whether the word thickness itself stands in a header: «reading» alone says too little."""
    return any(re.search(r"thick|厚", c, re.IGNORECASE) for c in table.columns)


def _roles(table: Table) -> dict[str, str]:
    """Column → what its thickness is."""
    made: dict[str, str] = {}
    for column in table.columns:
        plain = header(column).name
        if _DIMINUTION.fullmatch(plain):
            made[column] = "diminution"
        elif _ORIGINAL.fullmatch(plain) and (_THICKNESS.fullmatch(plain) or header(column).unit):
            made[column] = "original"
        elif _THICKNESS.fullmatch(plain) and not re.search(
            r"point|place|date|time|点号|时间|日期", plain, re.IGNORECASE
        ):
            made[column] = "measured"
    return made


def _is_relative(column: str) -> bool:
    return header(column).unit in ("%", "1")


def _is_label(column: str) -> bool:
    """Columns of places, and others without a unit, belong to each reading."""
    return bool(column) and (bool(_PLACE.fullmatch(column)) or not header(column).unit)


def _head(table: Table) -> dict[str, str]:
    """The lines before the header that state something: «probe: 5 MHz»."""
    matches = (_HEAD.match(",".join(c for c in row if c.strip())) for row in table.head)
    return {m[1].strip(): m[2].strip() for m in matches if m is not None}


def _checks(streams: tuple[RawStream, ...], lines: NDArray[np.int64]) -> list[Finding]:
    found = []
    originals = [s for s in streams if s.facts["role"] == "original" and s.unit]
    for stream in (s for s in streams if s.facts["role"] == "measured"):
        factor = parse_unit(stream.unit).factor * 1000 if stream.unit else 1.0
        column = stream.facts["column"]
        odd = (stream.value <= 0) | (stream.value * factor > _POSSIBLE)
        found += _told("formats.thickness.impossible", column, odd, lines, "warning")
        if originals and stream.unit:
            own = originals[0].value * parse_unit(originals[0].unit).factor * 1000
            found += _told("formats.thickness.above", column, ~odd & (stream.value * factor > own * 1.1), lines, "note")
    return found


def _told(
    code: str, column: str, rows: NDArray[np.bool_], lines: NDArray[np.int64], severity: Severity
) -> list[Finding]:
    if not rows.any():
        return []
    at = lines[np.flatnonzero(rows)]
    return [finding(code, f"line {at[0]}", severity, column=column, count=len(at), lines=", ".join(map(str, at[:10])))]
