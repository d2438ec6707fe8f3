"""A mapping of columns, saved as data: which column is the time, which are values, of what, in which unit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from suyuan.lake.formats.doubled import FOLDS
from suyuan.quantity.fields import Fields, open_document
from suyuan.quantity.finding import Refused, errors
from suyuan.quantity.unit import parse_unit

KIND = "column mapping"
FORMATS = ("csv", "excel", "parquet")
LAYOUTS = ("wide", "long")
UNIX = ("unix s", "unix ms", "unix us")


@dataclass(frozen=True, slots=True)
class TimeColumns:
    """Where the time stands. columns: joined by one blank before they are read; patterns: strptime patterns without
    fraction and zone, or «unix s», «unix ms», «unix us»; zone: IANA name for times without one; fold: which of two
    hours it was, where the clock showed one twice («order» of the rows, «first», «second»)."""

    columns: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    zone: str = ""
    fold: str = ""


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """One column of values. name: of the stream, else the column; flag, u: columns beside it; missing: codes that
    stand for «no value», beside those of the whole mapping; resolution: where it is known better than from print."""

    column: str
    name: str = ""
    quantity: str = ""
    unit: str = ""
    instrument: str = ""
    place: str = ""
    flag: str = ""
    u: str = ""
    missing: tuple[str, ...] = ()
    resolution: float | None = None


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How to read a table. format: csv, excel or parquet; separator, header (its line, from 1; 0 is found), sheet,
    decimal: of the file; layout: «wide» has a column a measurand, «long» has one column of values and one of names
    (`names`, with an optional column of units `units`); labels: columns kept as text beside each reading."""

    values: tuple[ValueColumn, ...]
    time: TimeColumns = TimeColumns()
    format: str = "csv"
    layout: str = "wide"
    separator: str = ""
    header: int = 0
    sheet: str = ""
    decimal: str = "."
    missing: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    names: str = ""
    units: str = ""
    instrument: str = ""
    place: str = ""

    def to_json(self) -> dict[str, Any]:
        """The mapping as a JSON object, without what is empty; `read_mapping` reads it again."""
        return {"suyuan": KIND, **_filled(asdict(self))}

    def to_bytes(self) -> bytes:
        """The mapping as the bytes of a JSON document."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1).encode()


def _filled(content: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in content.items():
        if isinstance(value, dict):
            value = _filled(value)
        elif isinstance(value, tuple | list):
            value = [_filled(v) if isinstance(v, dict) else v for v in value]
        if value not in ("", None, 0, [], {}):
            made[key] = value
    return made


def read_mapping(document: bytes) -> ColumnMapping:
    """The mapping in a JSON document.

    Raises Refused with every fault of the document at its JSON pointer (typed.…, formats.mapping.…).

    >>> read_mapping(b'{"suyuan": "column mapping", "values": [{"column": "T", "unit": "degC"}]}').values[0].unit
    'degC'
    """
    root, found = open_document(document, KIND)
    if root is None:
        raise Refused(*found)
    time = root.inner("time")
    mapping = ColumnMapping(
        values=tuple(_value(v) for v in root.several("values", required=True)),
        time=TimeColumns() if time is None else _time(time),
        format=root.choice("format", FORMATS, "csv"),
        layout=root.choice("layout", LAYOUTS, "wide"),
        separator=_separator(root),
        header=root.whole("header") or 0,
        sheet=root.text("sheet"),
        decimal=root.choice("decimal", (".", ","), "."),
        missing=_texts(root, "missing"),
        labels=_texts(root, "labels"),
        names=root.text("names"),
        units=root.text("units"),
        instrument=root.text("instrument"),
        place=root.text("place"),
    )
    if not 0 <= mapping.header < 100_000:
        root.report("formats.mapping.header", "header", given=mapping.header)
    if mapping.layout == "long":
        if not mapping.names:
            root.report("typed.field.missing", "names", field="names")
        if len(mapping.values) > 1:
            root.report("formats.mapping.long", "values", count=len(mapping.values))
    root.close()
    if errors(found):
        raise Refused(*errors(found))
    return mapping


def _separator(root: Fields) -> str:
    """The separator as typed: a tab must not be lost as an outer blank."""
    given = root.content.get("separator", "")
    if given in ("\t", "\\t", "tab"):
        root.asked.add("separator")
        return "\t"
    text = root.text("separator")
    if len(text) > 1:
        root.report("formats.mapping.separator", "separator", given=text[:20])
    return text[:1]


def _time(fields: Fields) -> TimeColumns:
    fold = fields.choice("fold", FOLDS[1:]) if fields.has("fold") else ""
    made = TimeColumns(_texts(fields, "columns"), _texts(fields, "patterns"), fields.text("zone"), fold)
    if not made.columns:
        fields.report("typed.field.missing", "columns", field="columns")
    for i, pattern in enumerate(made.patterns):
        if pattern not in UNIX and "%" not in pattern:
            fields.report("formats.mapping.pattern", "patterns", i, given=pattern)
    fields.close()
    return made


def _value(fields: Fields) -> ValueColumn:
    resolution = fields.number("resolution")
    made = ValueColumn(
        column=fields.text("column", required=True),
        name=fields.text("name"),
        quantity=fields.text("quantity"),
        unit=fields.text("unit"),
        instrument=fields.text("instrument"),
        place=fields.text("place"),
        flag=fields.text("flag"),
        u=fields.text("u"),
        missing=_texts(fields, "missing"),
        resolution=None if resolution is None else resolution.value,
    )
    if made.resolution is not None and made.resolution <= 0:
        fields.report("formats.mapping.resolution", "resolution", given=made.resolution)
    if made.unit:
        try:
            parse_unit(made.unit)
        except Refused as refused:
            fields.found.extend(replace(f, where=fields.where("unit")) for f in refused.findings)
    fields.close()
    return made


def _texts(fields: Fields, key: str) -> tuple[str, ...]:
    """A list of texts; a number counts as the text that it was typed as."""
    if not fields.has(key):
        return ()
    given = fields.content[key]
    if not isinstance(given, list) or not all(isinstance(g, str) for g in given):
        fields.report("formats.mapping.texts", key, given=key)
        return ()
    return tuple(str(g) for g in given)
