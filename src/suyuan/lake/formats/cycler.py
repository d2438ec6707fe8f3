"""Battery cyclers: Neware-like and PEC exports and the battery data format (BDF), by the words of their headers.

Units stand in the header's text only; a damaged one is told, never repaired. The sign of the current and the resets of
capacity follow no standard: what the file shows is said as a finding, and the values stay as they are.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.column_mapping import ColumnMapping, ValueColumn
from suyuan.lake.formats.cycler_check import Cycle, checks
from suyuan.lake.formats.delimited import Table
from suyuan.lake.formats.header_unit import Header, header
from suyuan.lake.formats.imported import NO_TIME, Imported, RawStream
from suyuan.lake.formats.mapped import applied
from suyuan.lake.formats.printed import texts
from suyuan.lake.formats.proposed import any_table, clock_of
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import Row, load
from suyuan.quantity.unit import parse_unit

if TYPE_CHECKING:
    import pyarrow as pa

_DURATION = r"^\d+:[0-5]\d:[0-5]\d(\.\d+)?$"
_LABELS = ("cycle", "step", "step type", "record", "cell", "note", "date")


def read(content: bytes, *, name: str = "", zone: str = "", fold: str = "") -> Imported:
    """A cycler's export: one stream a column of values; cycle, step, step type and record are labels.

    Times of day are read in `zone`; durations become streams in seconds. Findings: unit missing, damaged or of another
    dimension; sign of the current; capacity resets; voltages that no cell has, with their lines. No row is dropped.
    Raises Refused formats.file.other where there is neither voltage nor current.

    >>> export = b"Test Time / h,Current / A,Voltage / V\\n0.1,-1.5,3.2\\n0.2,-1.5,3.1\\n"
    >>> [(s.name, s.unit, s.quantity) for s in read(export).streams]
    [('Test Time', 'h', 'time'), ('Current', 'A', 'electric current'), ('Voltage', 'V', 'voltage')]
    """
    _, table = any_table(content, name)
    heads = {column: header(column) for column in table.columns}
    roles = {column: row for column, head in heads.items() if (row := _role(head.name)) is not None}
    named = {row["role"] for row in roles.values()}
    if not named & {"voltage", "current"}:
        raise Refused(
            finding("formats.file.other", name or "line 1", format="cycler", given=", ".join(table.columns)[:60])
        )
    decimal, time, doubt = clock_of(table)
    timed = [c for c, head in heads.items() if c in time.columns]
    durations = {c: d for c in table.columns if (d := _durations(table.columns[c])) is not None}
    labels = tuple(c for c, row in roles.items() if row["role"] in _LABELS and c not in timed and c not in durations)
    values = tuple(
        _value(c, heads[c], roles.get(c))
        for c in table.columns
        if c not in labels and c not in timed and c not in durations and _has_values(c, heads[c], roles)
    )
    found = [
        *doubt,
        *(f for c in table.columns if c not in {*labels, *durations} for f in _units(c, heads[c], roles.get(c))),
    ]
    plan = ColumnMapping(values, time, separator=table.separator, decimal=decimal, labels=labels)
    imported = applied(table, plan, (zone, fold), tuple(found))
    streams = _with_durations(imported.streams, durations, heads, table)
    cycle = Cycle(streams, {c: str(row["role"]) for c, row in roles.items()}, table.lines, heads)
    unread = {k: n for k, n in imported.unread.items() if k.removeprefix("column ") not in durations}
    facts = {**imported.facts, **_head(table), **cycle.facts()}
    told = (*(f for f in imported.findings if f.code != "formats.time.none"), *checks(cycle))
    elapsed, column = _elapsed(cycle)
    return replace(
        imported, format=_maker(table), streams=streams, unread=unread, findings=told, facts=facts, elapsed=elapsed,
        elapsed_in=column,
    )  # fmt: skip


def _elapsed(cycle: Cycle) -> tuple[NDArray[np.float64] | None, str]:
    """Seconds since the start of the test and their column, where no row has a time of day; else None."""
    counted = cycle.of("test time")
    if counted is None or not counted.unit or (counted.time != NO_TIME).any():
        return None, ""
    unit = parse_unit(counted.unit)
    if not unit.converts_to(parse_unit("s")):
        return None, ""
    return counted.value * float(unit.factor), counted.facts["column"]


@cache
def _rows() -> tuple[tuple[re.Pattern[str], Row], ...]:
    return tuple((re.compile(str(r["pattern"]), re.IGNORECASE), r) for r in load("suyuan.lake", "cycler"))


def role_of(column: str) -> str:
    """The role of a column by its header («voltage», «step type» …), «» where it has none."""
    row = _role(header(column).name)
    return "" if row is None else str(row["role"])


def _role(name: str) -> Row | None:
    """What a column is, by its name without the unit."""
    plain = " ".join(name.replace("_", " ").split())
    return next((row for pattern, row in _rows() if pattern.fullmatch(plain)), None)


def _maker(table: Table) -> str:
    """Which family of exports a table belongs to, by its head and its header."""
    if any(row and row[0].startswith("TestRegime") for row in table.head):
        return "PEC"
    if sum(" / " in c for c in table.columns) >= 3:
        return "BDF"
    if any(c.startswith("DChg") for c in table.columns):
        return "Neware-like"
    return "cycler"


def _has_values(column: str, head: Header, roles: dict[str, Row]) -> bool:
    return head.state in ("stated", "damaged", "unknown") or (column in roles and bool(roles[column]["unit"]))


def _value(column: str, head: Header, role: Row | None) -> ValueColumn:
    quantity = "" if role is None else str(role["quantity"])
    return ValueColumn(column, head.name, quantity, head.unit)


def _units(column: str, head: Header, role: Row | None) -> list[Finding]:
    """What is wrong with the unit in a header."""
    wanted = "" if role is None else str(role["unit"])
    if head.state == "damaged":
        return [finding("formats.unit.damaged", column, "warning", column=column, unit=head.likely)]
    if head.state == "unknown":
        return [finding("formats.unit.unknown", column, "warning", column=column, unit=head.likely)]
    if wanted and head.state == "none":
        return [finding("formats.unit.absent", column, "warning", column=column)]
    if wanted and not parse_unit(head.unit).converts_to(parse_unit(wanted)):
        return [finding("formats.unit.dimension", column, column=column, unit=head.unit, expected=wanted)]
    return []


def _durations(cells: pa.Array) -> NDArray[np.float64] | None:
    """A column of «h:mm:ss(.fff)» in seconds; None where it is no such column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    some = cells[:20].filter(pc.not_equal(cells[:20], ""))
    if not len(some) or not pc.all(pc.match_substring_regex(some, _DURATION)).as_py():
        return None
    good = pc.match_substring_regex(cells, _DURATION)
    whole = pc.if_else(good, cells, pa.scalar(None, pa.string()))
    parts = [
        np.asarray(pc.replace_substring_regex(whole, r"^(\d+):(\d\d):([\d.]+)$", rf"\{i}").cast(pa.float64()))
        for i in (1, 2, 3)
    ]
    return np.asarray(parts[0] * 3600 + parts[1] * 60 + parts[2], dtype=np.float64)


def _with_durations(
    streams: tuple[RawStream, ...],
    durations: dict[str, NDArray[np.float64]],
    heads: dict[str, Header],
    table: Table,
) -> tuple[RawStream, ...]:
    """Streams with the durations as further ones; a text that is no duration stays as the flag of its row."""
    if not streams:
        return streams
    made = []
    for column, value in durations.items():
        bad = np.isnan(value)
        flag: NDArray[np.int64] | None = None
        flags: tuple[str, ...] = ("",)
        if bad.any():
            kept, index = np.unique(texts(table.columns[column])[bad].astype(str), return_inverse=True)
            flag = np.zeros(len(value), dtype=np.int64)
            flag[bad] = index + 1
            flags = ("", *(str(k) for k in kept))
        made.append(
            RawStream(
                name=heads[column].name,
                time=streams[0].time,
                value=value,
                quantity="time",
                unit="s",
                flag=flag,
                flags=flags,
                labels=streams[0].labels,
                facts={"column": column, "printed as": "h:mm:ss"},
            )
        )
    return (*streams, *made)


def _head(table: Table) -> dict[str, Any]:
    """The lines before the header, as far as they are a name and a text."""
    stated = {row[0].rstrip(":： "): row[1].strip() for row in table.head if len(row) == 2 and row[1].strip()}
    return {"test": stated} if stated else {}
