"""The rows of a stack as columns: from a table with a time and marks of the device, or from blocks of streams.

Times with their offset are taken as they are; times of local clocks are read by the zone that the document names, so
that the hour that clocks show twice is two hours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.monitoring.calendar import Calendar, from_local
from suyuan.carbon.monitoring.doubt import clock_told
from suyuan.carbon.monitoring.filed import Filed
from suyuan.carbon.monitoring.minutes import Flags, Minutes
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.block import Block
from suyuan.verbs.carbon.files import Columns, Files, numbers, of, table

Array = NDArray[Any]
Blocks = Callable[[str], tuple[str, Sequence[Block]]]
"""Stream → its unit, and the blocks whose readings count, oldest first."""


def of_table(filed: Filed, files: Files, hours: Calendar) -> tuple[Minutes, tuple[Finding, ...]]:
    """The rows of a table in the order of time, and what its clocks leave open.

    Raises Refused for a table that is not at hand, a column that is absent, times or numbers that cannot be read, and a
    mark that has no class.
    """
    where = f"{filed.pointer}/table"
    columns = table({"file": filed.table}, files, where=where)
    time, told = _times(of(columns, filed.time, f"{where}/time", filed.table), hours, where)
    names = [one.column for one in filed.stack.channels] + ([filed.stack.load] if filed.stack.load else [])
    found = {name: numbers(columns, name, f"{filed.pointer}/channels", filed.table) for name in dict.fromkeys(names)}
    flags = (_flags(filed, columns, where),) if filed.status else ()
    return _in_order(Minutes(time, found, flags, filed.table)), told


def stepped(filed: Filed, rows: Minutes) -> None:
    """Raises Refused where the rows stand another time apart than the document says: an hour would be judged by rows
    that it cannot have."""
    apart = np.diff(rows.time)
    apart = apart[apart > 0]
    if not len(apart):
        return
    found = float(np.median(apart)) / 1e6
    if not math.isclose(found, filed.stack.step, rel_tol=0.02):
        raise Refused(finding("carbon.stack.step_times", f"{filed.pointer}/step", given=f"{filed.stack.step:g}",
                              found=f"{found:g}", source=rows.source[:80]))  # fmt: skip


def _times(cells: Array, hours: Calendar, where: str) -> tuple[NDArray[np.int64], tuple[Finding, ...]]:
    """µs since 1970-01-01T00:00Z of ISO 8601 texts, all with an offset or none with one."""
    from pyarrow import ArrowInvalid, array, compute, string, timestamp

    try:
        texts = array(cells.tolist() if cells.dtype == object else cells.astype(str).tolist(), string())
        try:
            return _plain(compute.cast(texts, timestamp("us", "UTC"))), ()
        except ArrowInvalid:
            stamps = _plain(compute.cast(texts, timestamp("us")))
    except ArrowInvalid as error:
        reason = str(error).splitlines()[0][:160]
        raise Refused(finding("carbon.stack.time", f"{where}/time", reason=reason)) from None
    time, skipped, unclear = from_local(stamps, hours.zone)
    return time, clock_told(hours, skipped, unclear, time)


def _plain(column: Any) -> NDArray[np.int64]:
    from pyarrow import ArrowInvalid, int64

    if column.null_count:
        raise ArrowInvalid("a time is empty")
    return np.asarray(column.cast(int64()).to_numpy(zero_copy_only=False), np.int64)


def _flags(filed: Filed, columns: Columns, where: str) -> Flags:
    """The column of marks as classes."""
    cells = of(columns, filed.status, f"{where}/status", filed.table)
    marks, code = np.unique(cells.astype(str), return_inverse=True)
    legend = _legend(filed.classes(), [mark.strip() for mark in marks.tolist()], f"{where}/status")
    return Flags(code.astype(np.int16), legend)


def _legend(known: Mapping[str, str], marks: Sequence[str], where: str) -> tuple[str, ...]:
    for mark in marks:
        if mark not in known:
            raise Refused(finding("carbon.stack.mark", where, mark=mark[:40] or "∅", known=", ".join(known)))
    return tuple(known[mark] for mark in marks)


def _in_order(rows: Minutes) -> Minutes:
    if bool((rows.time[1:] >= rows.time[:-1]).all()):
        return rows
    return rows.taken(np.argsort(rows.time, kind="stable"))


def of_blocks(filed: Filed, blocks: Blocks) -> Minutes:
    """The rows that streams of a lake make: one for each time that any of them has.

    A mark of the device speaks against its own channel. Raises Refused for a stream of another unit or instrument than
    the document says, and for a mark that has no class.
    """
    read = {name: _read(filed, name, blocks) for name in filed.streams}
    every = [time for time, _, _ in read.values() if len(time)]
    time = np.unique(np.concatenate(every)) if every else np.zeros(0, np.int64)
    columns, flags = {}, []
    roles = {one.column: one.role for one in filed.stack.channels}
    for name, (own, value, marks) in read.items():
        at = np.searchsorted(time, own)
        column = np.full(len(time), np.nan)
        column[at] = value
        columns[name] = column
        if marks is not None and name in roles:
            code, legend = marks
            wide = np.full(len(time), len(legend), np.int16)
            wide[at] = code
            flags.append(Flags(wide, (*legend, "measured"), (roles[name],)))
    return Minutes(time, columns, tuple(flags), ", ".join(filed.streams))


def _read(filed: Filed, name: str, blocks: Blocks) -> tuple[Array, Array, tuple[Array, tuple[str, ...]] | None]:
    """Times, values, and marks with their classes of one stream, in order; the first of each time."""
    unit, given = blocks(name)
    channel = next((one for one in filed.stack.channels if one.column == name), None)
    where = f"{filed.pointer}/channels"
    if channel is not None:
        if unit != channel.unit:
            raise Refused(finding("carbon.stack.unit", where, stream=name, unit=unit, filed=channel.unit))
        for one in given:
            if one.instrument != channel.instrument:
                raise Refused(finding("carbon.stack.instrument", where, stream=name, instrument=one.instrument,
                                      filed=channel.instrument))  # fmt: skip
    if not given:
        return np.zeros(0, np.int64), np.zeros(0), None
    time, value = (np.concatenate([getattr(one, key) for one in given]) for key in ("time", "value"))
    legend: dict[str, int] = {}
    code = np.concatenate([_code(one, legend) for one in given])
    _, first = np.unique(time, return_index=True)
    marks = None
    if any(legend):
        marks = (code[first], _legend({"": "measured", **filed.classes()}, list(legend), where))
    return time[first], value[first], marks


def _code(one: Block, legend: dict[str, int]) -> NDArray[np.int16]:
    """The marks of a block, numbered by one legend for all blocks."""
    table = np.array([legend.setdefault(mark, len(legend)) for mark in one.legend], np.int16)
    return np.full(len(one), table[0]) if one.flag is None else table[one.flag]
