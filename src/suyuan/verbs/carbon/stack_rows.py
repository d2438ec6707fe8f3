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

from suyuan.carbon.monitoring.filed import Filed
from suyuan.carbon.monitoring.hours.calendar import Calendar, clock_told, from_local
from suyuan.carbon.monitoring.hours.minutes import Flags, Minutes
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


def fitting(filed: Filed, rows: Minutes, hours: Calendar) -> None:
    """Raises Refused where no row is of the year, and where rows stand another time apart than the document says: an
    hour would be judged by rows that it cannot have."""
    inside = np.searchsorted(rows.time, [hours.begin[0], hours.end])
    if len(rows) and inside[0] == inside[1]:
        first, last = (str(np.datetime64(int(at), "us").astype("datetime64[D]")) for at in rows.time[[0, -1]])
        raise Refused(finding("carbon.stack.other_year", f"{filed.pointer}/table", source=rows.source[:80],
                              year=hours.year, first=first, last=last))  # fmt: skip
    apart = np.diff(rows.time)
    apart = apart[apart > 0]
    if not len(apart):
        return
    found = float(np.median(apart)) / 1e6
    if not math.isclose(found, filed.stack.step, rel_tol=0.02):
        raise Refused(finding("carbon.stack.step_times", f"{filed.pointer}/step", given=f"{filed.stack.step:g}",
                              found=f"{found:g}", source=rows.source[:80]))  # fmt: skip


def _times(cells: Array, hours: Calendar, where: str) -> tuple[NDArray[np.int64], tuple[Finding, ...]]:
    """µs since 1970-01-01T00:00Z of times as people write them, to the second, all with an offset or none with one.

    Raises Refused with the first that is none.
    """
    from pyarrow import ArrowInvalid, array, compute, string, timestamp

    if cells.dtype.kind == "f":
        stamps = _serial(cells, where)
    else:
        given = array([str(cell) for cell in cells.tolist()], string())
        texts = _iso(given)
        try:
            return _plain(compute.cast(texts, timestamp("us", "UTC"))), ()
        except ArrowInvalid:
            pass
        try:
            stamps = _plain(compute.cast(texts, timestamp("us")))
        except ArrowInvalid:
            raise _unread(given, texts, where) from None
    time, skipped, unclear = from_local(stamps, hours.zone)
    return time, clock_told(hours, skipped, unclear, time)


WRITTEN = (
    r"^\s*(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?[ T]*"
    r"(?P<h>\d{1,2})?(?:[:：时点](?P<n>\d{1,2})?)?(?:[:：分](?P<s>\d{1,2}))?(?:[.,]\d+)?\s*秒?\s*分?(?P<z>Z|[+-]\d{2}:?\d{2})?\s*$"
)
"""Times as tables print them: 2025/1/1 0:00, 2025-01-01 00:00:00, 2025年1月1日 0时30分."""
EXCEL, SERIALS = -2_209_161_600, (20_000.0, 80_000.0)
"""Seconds from 1970 to day 0 of a sheet, 1899-12-30; day numbers of a sheet that are taken for times (1954 to 2119)."""


def _iso(texts: Any) -> Any:
    """Times as people write them as ISO 8601; what is none stays as it is."""
    from pyarrow import compute

    if compute.all(compute.match_substring_regex(texts, r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")).as_py():
        return texts
    parts = compute.extract_regex(texts, WRITTEN)

    def part(name: str) -> Any:
        return compute.utf8_lpad(compute.struct_field(parts, name), 2, "0")

    made = compute.binary_join_element_wise(
        compute.binary_join_element_wise(compute.struct_field(parts, "y"), part("m"), part("d"), "-"), "T", part("h"),
        ":", part("n"), ":", part("s"), compute.struct_field(parts, "z"), "",
    )  # fmt: skip
    return compute.if_else(compute.is_valid(parts), made, texts)


def _serial(cells: Array, where: str) -> NDArray[np.int64]:
    """Day numbers of a sheet as µs without a zone."""
    bad = np.flatnonzero(~((cells >= SERIALS[0]) & (cells <= SERIALS[1])))
    if len(bad):
        raise Refused(_no_time(int(bad[0]), "" if np.isnan(cells[bad[0]]) else f"{cells[bad[0]]:g}", where))
    seconds = np.round(cells * 86_400.0).astype(np.int64) + EXCEL
    return np.asarray(seconds * 1_000_000, np.int64)


def _unread(given: Any, texts: Any, where: str) -> Refused:
    """The finding about the first cell that is no time, or has an offset where others have none."""
    from pyarrow import compute

    timed = compute.match_substring_regex(texts, r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?")
    zoned = compute.match_substring_regex(texts, r"(Z|[+-]\d{2}:?\d{2})$")
    good = np.asarray(timed.to_numpy(zero_copy_only=False), bool)
    offset = np.asarray(zoned.to_numpy(zero_copy_only=False), bool) & good
    bad = np.flatnonzero(~good) if not good.all() else np.flatnonzero(offset != offset[0])
    at = int(bad[0]) if len(bad) else _first_that_is_none(texts)
    return Refused(_no_time(at, str(given[at].as_py()), where))


def _first_that_is_none(texts: Any) -> int:
    """The place of the first text of the right form that is no time, such as the 13th month."""
    from pyarrow import ArrowInvalid, compute, timestamp

    first, stop = 0, len(texts)
    while stop - first > 1:
        middle = (first + stop) // 2
        try:
            compute.cast(texts[first:middle], timestamp("us"))
        except ArrowInvalid:
            stop = middle
        else:
            first = middle
    return first


def _no_time(at: int, cell: str, where: str) -> Finding:
    return finding("carbon.stack.time", where if where.endswith("/time") else f"{where}/time", row=at + 1,
                   cell=cell[:40] or "∅")  # fmt: skip


def _plain(column: Any) -> NDArray[np.int64]:
    """To the whole second: sheets keep times as fractions of a day."""
    from pyarrow import ArrowInvalid, int64

    if column.null_count:
        raise ArrowInvalid("a time is empty")
    time = np.asarray(column.cast(int64()).to_numpy(zero_copy_only=False), np.int64)
    return np.asarray((time + 500_000) // 1_000_000 * 1_000_000, np.int64)


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
