"""Survey points: GSI-8 and GSI-16, and tables of points with coordinates in a declared datum or frame.

A coordinate without its frame says nothing: where the file declares none (in a line of its head or a column), a
finding of severity «error» asks for it. Easting and northing are never guessed from their order.
"""

from __future__ import annotations

import re
from dataclasses import replace

from suyuan.lake.formats.column_mapping import ColumnMapping, ValueColumn
from suyuan.lake.formats.decoded import decoded
from suyuan.lake.formats.delimited import Table
from suyuan.lake.formats.gsi import is_gsi
from suyuan.lake.formats.gsi import read as read_gsi
from suyuan.lake.formats.header_unit import header, is_unit
from suyuan.lake.formats.imported import Imported
from suyuan.lake.formats.mapped import applied
from suyuan.lake.formats.printed import texts
from suyuan.lake.formats.proposed import any_table, clock_of
from suyuan.quantity.finding import Finding, Refused, finding

_POINT = re.compile(
    r"point( ?(id|no\.?|name|number))?|pt( ?(id|no\.?))?|id|name|点号|点名|测点(编号)?|编号", re.IGNORECASE
)
_COORDINATES = {
    "x": r"x|x坐标|坐标x",
    "y": r"y|y坐标|坐标y",
    "z": r"z|z坐标|坐标z",
    "easting": r"e|east(ing)?|东(向)?(坐标)?",
    "northing": r"n|north(ing)?|北(向)?(坐标)?",
    "height": r"h|height|elev(ation)?|高程",
}
_DESIGN = re.compile(
    r"(.*?)[ _]*(design|nominal|theo(retical)?|设计|理论)(值)?$|(design|nominal|设计|理论)[ _]*(.*)", re.IGNORECASE
)
_U = re.compile(r"(?:u|s|sigma|σ)[ _(]*([a-z]+)\)?", re.IGNORECASE)
_DECLARED = re.compile(
    r"^[#;/\s\"]*(datum|frame|reference frame|coordinate system|crs|坐标系|坐标框架|基准面?)"
    r"\s*[:=,：\t;]\s*(.+?)[\s\";,]*$",
    re.IGNORECASE,
)
_HEAD_UNIT = re.compile(r"^[#;/\s\"]*(unit|units|单位)\s*[:=,：\t;]\s*(\S+?)[\s\";,]*$", re.IGNORECASE)
_FRAME_COLUMN = re.compile(r"datum|frame|crs|坐标系|基准|坐标框架", re.IGNORECASE)


def read(content: bytes, *, name: str = "", zone: str = "", fold: str = "") -> Imported:
    """Survey points from GSI or from a table (CSV, Excel): one stream a coordinate, with the point as label.

    A column «u x» or «sigma_x» is the standard uncertainty of x; «x design» is a stream of its own. The frame stands in
    the facts of the file and of each stream, or as a label where it changes from point to point.
    Raises Refused formats.survey.columns where no column of points or no coordinate is named.

    >>> points = b"# frame: yard 3\\nPoint,X (mm),Y (mm)\\nP1,1200.4,-30.5\\n"
    >>> made = read(points)
    >>> [(s.name, s.unit, s.value.tolist(), s.facts["frame"]) for s in made.streams]
    [('x', 'mm', [1200.4], 'yard 3'), ('y', 'mm', [-30.5], 'yard 3')]
    """
    if content[:4] not in (b"PK\x03\x04", b"PAR1") and is_gsi(decoded(content, name)[0]):
        return read_gsi(content, name=name, zone=zone)
    _, table = any_table(content, name)
    point = next((c for c in table.columns if _POINT.fullmatch(header(c).name)), None)
    columns = _coordinates(table)
    if point is None or not any(not design for _, design in columns.values()):
        raise Refused(finding("formats.survey.columns", name or "line 1", given=", ".join(table.columns)[:80]))
    decimal, time, doubt = clock_of(table)
    frame = _stated(table, _DECLARED)
    frame_column = next((c for c in table.columns if _FRAME_COLUMN.fullmatch(c)), "")
    found: list[Finding] = list(doubt)
    unit = _stated(table, _HEAD_UNIT)
    if unit and not is_unit(unit):
        found.append(finding("formats.unit.unknown", "head", "warning", column="head", unit=unit))
        unit = ""
    values = _values(table, columns, unit)
    nameless = [v.column for v in values if not v.unit]
    if nameless:
        found.append(finding("formats.unit.missing", ", ".join(nameless), "warning", count=len(nameless)))
    if not frame and not (frame_column and any(texts(table.columns[frame_column]) != "")):
        found.append(finding("formats.survey.datum", name or "head", "error"))
    used = {v.column for v in values} | {v.u for v in values} | {*time.columns}
    labels = tuple(c for c in table.columns if c not in used and not header(c).unit)
    plan = ColumnMapping(values, time, separator=table.separator, decimal=decimal, labels=labels)
    made = applied(table, plan, (zone, fold), tuple(found))
    return _named(made, point, frame, columns)


def is_points(table: Table) -> bool:
    """Whether a table has a column of points and at least two measured coordinates."""
    named = any(_POINT.fullmatch(header(c).name) for c in table.columns)
    return named and sum(not design for _, design in _coordinates(table).values()) >= 2


def _coordinates(table: Table) -> dict[str, tuple[str, bool]]:
    """Column → the coordinate that it holds, and whether it is the design's."""
    made: dict[str, tuple[str, bool]] = {}
    for column in table.columns:
        plain = header(column).name
        match = _DESIGN.fullmatch(plain)
        bare = (match[1] or match[6] or "").strip(" _") if match else plain
        for coordinate, pattern in _COORDINATES.items():
            if re.fullmatch(pattern, bare, re.IGNORECASE):
                made[column] = (coordinate, match is not None)
    return made


def _values(table: Table, columns: dict[str, tuple[str, bool]], unit: str) -> tuple[ValueColumn, ...]:
    made = []
    for column, (coordinate, design) in columns.items():
        u = "" if design else _u_column(table, column, coordinate)
        name = f"{coordinate} design" if design else coordinate
        made.append(ValueColumn(column, name, "length", header(column).unit or unit, u=u))
    return tuple(made)


def _u_column(table: Table, column: str, coordinate: str) -> str:
    """The column of the standard uncertainty of a coordinate, named after it or after its column."""
    wanted = {coordinate.casefold(), header(column).name.casefold()}
    for other in table.columns:
        match = _U.fullmatch(header(other).name)
        if other != column and match is not None and match[1].casefold() in wanted:
            return other if header(other).unit in ("", header(column).unit) else ""
    return ""


def _stated(table: Table, pattern: re.Pattern[str]) -> str:
    """What a line before the header declares."""
    for row in table.head:
        match = pattern.match(",".join(row).strip(", "))
        if match is not None:
            return match[2].strip()
    return ""


def _named(made: Imported, point: str, frame: str, columns: dict[str, tuple[str, bool]]) -> Imported:
    """Streams with the label «point» and their frame; no note for the absence of times, which points need not have."""
    streams = []
    for stream in made.streams:
        labels = {"point" if k == point else k: v for k, v in stream.labels.items()}
        design = columns[stream.facts["column"]][1]
        facts = {**stream.facts, **({"frame": frame} if frame else {}), **({"role": "design"} if design else {})}
        streams.append(replace(stream, labels=labels, facts=facts))
    told = tuple(f for f in made.findings if f.code != "formats.time.none")
    facts_of_file = {**made.facts, **({"frame": frame} if frame else {})}
    return replace(made, format="survey points", streams=tuple(streams), findings=told, facts=facts_of_file)
