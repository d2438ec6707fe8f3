"""Late, repeated and conflicting readings: all are kept, each is marked, and a dated rule says which one counts.

A reading is *late* where its stream had gone on already: its block was known after another one that reaches beyond it.
It is a *duplicate* where the same value for the same time was known before, and in *conflict* where another value was.
A missing reading says nothing: it neither repeats nor contradicts, and counts only where there is no other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.layout import group_of
from suyuan.lake.readings import Standing, rows_of, standing
from suyuan.lake.table import Lake
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import Row, load, valid_on
from suyuan.series.block import NO_TIME
from suyuan.series.resolution import values_of

if TYPE_CHECKING:
    import pyarrow

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """Readings of a stream over a span in the order of time, then of the moment when they were known.

    time (n,), µs; value (n,) in the stream's unit, not corrected, NaN where missing; count (n,), missing (n,); flag
    (n,): the device's own mark as index into the legend of its block, −1 where it makes none; u (n,): of its own, NaN
    where not stated; block (n,): index into `blocks`, row (n,): position in it; late, duplicate, conflict, counts (n,):
    marks; rule: the row of the rule that was applied.
    """

    stream: str
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    count: NDArray[np.int64]
    missing: NDArray[np.bool_]
    flag: NDArray[np.int32]
    u: NDArray[np.float64]
    block: NDArray[np.int64]
    row: NDArray[np.int32]
    late: NDArray[np.bool_]
    duplicate: NDArray[np.bool_]
    conflict: NDArray[np.bool_]
    counts: NDArray[np.bool_]
    blocks: tuple[Mapping[str, Any], ...]
    rule: Row

    def __len__(self) -> int:
        return len(self.time)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """How many readings are late, repeated or in conflict, as warnings and notes."""
        rule, total, stream = str(self.rule["name"]), len(self), self.stream
        found = []
        if n := int(self.conflict.sum()):
            found.append(finding("lake.readings.conflict", stream, "warning", rule=rule, count=n, total=total,
                                 counting=int((self.conflict & self.counts).sum())))  # fmt: skip
        if n := int(self.duplicate.sum()):
            found.append(finding("lake.readings.duplicate", stream, "note", rule=rule, count=n, total=total))
        if n := int(self.late.sum()):
            found.append(finding("lake.readings.late", stream, "note", rule=rule, count=n, total=total))
        return tuple(found)

    def legend(self, block: int) -> tuple[str, ...]:
        """The legend of the marks of one block."""
        text = self.blocks[block]["legend"]
        return tuple(json.loads(text)) if text else ()


def counting_rule(name: str | None = None, day: date | None = None) -> Row:
    """The rule by which one of several readings of a time counts, as in force on a day (today where None).

    name: «first», «last» or «none»; the default where None. Raises Refused for another one.

    >>> counting_rule(day=date(2026, 11, 29))["name"]
    'first'
    """
    rows = valid_on(load("suyuan.lake", "counting.counting"), day or datetime.now(UTC).date())
    for row in rows:
        if row["default"] if name is None else row["name"] == name:
            return row
    known = ", ".join(str(row["name"]) for row in rows)
    raise Refused(finding("lake.rule.unknown", name or "", known=known))


def marked(
    lake: Lake,
    stream: str,
    first: int | None = None,
    last: int | None = None,
    *,
    rule: str | None = None,
    day: date | None = None,
    version: int | None = None,
) -> Marked:
    """The readings of a stream with first ≤ time < last in µs, all that were kept, with their marks.

    rule, day: which rule says what counts, see `counting_rule`; version: of the lake, the newest where None. Readings
    whose time is not known come last, and count for no time. Raises Refused for an unknown rule or version.
    """
    chosen = counting_rule(rule, day)
    return marked_of(standing(lake, version), stream, group_of(stream, lake.groups), (first, last), chosen)


def marked_of(
    found: Standing, stream: str, part: int, span: tuple[int | None, int | None], rule: Row
) -> Marked:  # fmt: skip
    """The same where it is known what stands. part: the stream's group; span: first and last of the times."""
    import pyarrow.compute as pc

    table = rows_of(found, stream, *span, part, _READ)
    blocks = found.blocks.filter(pc.equal(found.blocks["stream"], stream)).sort_by(
        [("received", "ascending"), ("written", "ascending"), ("block", "ascending")]
    )
    table = _by_first_time(table)
    columns = {name: table[name] for name in _READ}
    del table
    return _marked(stream, columns, blocks, rule)


def _by_first_time(table: pyarrow.Table) -> pyarrow.Table:
    """The batches in the order of their first times: files come in any order, but each is in the order of time."""
    import pyarrow as pa

    batches = [batch for batch in table.to_batches() if batch.num_rows]
    batches.sort(key=lambda batch: batch["time"][0].as_py() or NO_TIME)
    return pa.Table.from_batches(batches, table.schema)


_READ = ("block", "row", "time", "count", "flag", "u")


def _marked(stream: str, columns: dict[str, Any], blocks: pyarrow.Table, rule: Row) -> Marked:
    """columns: as read, which are let go one after the other: a span may hold millions of readings."""
    rows = tuple(blocks.to_pylist())
    identity = blocks["block"].to_numpy()
    by_identity = np.argsort(identity)
    block = by_identity[np.searchsorted(identity[by_identity], columns.pop("block").to_numpy())]
    time, row = columns.pop("time").fill_null(NO_TIME).to_numpy(), columns.pop("row").to_numpy()
    unknown = time == NO_TIME
    order: Any = slice(None)
    once = not unknown.any() and bool((time[1:] > time[:-1]).all())  # as read: in order, and no time twice
    if not once:
        order = np.lexsort((row, block, time, unknown))
        block, time, row, unknown = block[order], time[order], row[order], unknown[order]
    given = columns.pop("count")
    missing = given.is_null().to_numpy()[order] if given.null_count else np.zeros(len(time), bool)
    count = given.fill_null(0).to_numpy()[order]
    del given
    value, u = _values(count, missing, block, rows), _own(columns.pop("u"), order, block, rows)
    late = (time < _reached(rows)[block]) & ~unknown if len(rows) else np.zeros(0, bool)
    if once:  # nothing repeats or contradicts
        duplicate, conflict, counts = np.zeros(len(time), bool), np.zeros(len(time), bool), np.ones(len(time), bool)
    else:
        duplicate, conflict, counts = _compared(time, value, missing, unknown, str(rule["name"]))
    flag = columns.pop("flag").fill_null(-1).to_numpy()[order].astype(np.int32, copy=False)
    held = (time, value, count, missing, flag, u, block, row, late, duplicate, conflict, counts)
    for array in held:
        array.setflags(write=False)  # so that blocks are cut from them, not copied
    return Marked(stream, *held, rows, rule)


def _values(count: Array, missing: Array, block: Array, rows: tuple[Mapping[str, Any], ...]) -> Array:
    resolutions = [row["resolution"] for row in rows]
    if len(set(resolutions)) == 1:
        value = values_of(count, Decimal(resolutions[0]))
    else:
        value = np.empty(len(count))
        for resolution in set(resolutions):
            mine = np.array([r == resolution for r in resolutions])[block]
            value[mine] = values_of(count[mine], Decimal(resolution))
    value[missing] = np.nan
    return value


def _own(column: Any, order: Any, block: Array, rows: tuple[Mapping[str, Any], ...]) -> Array:
    given = np.array([np.nan if row["u"] is None else row["u"] for row in rows], dtype=float)
    if column.null_count == len(column):
        return given[block] if len(rows) else np.zeros(0)
    own = column.cast("float64").fill_null(np.nan).to_numpy()[order]
    return np.where(np.isnan(own), given[block], own)


def _reached(rows: tuple[Mapping[str, Any], ...]) -> NDArray[np.int64]:
    """For each block (in the order in which they were known) how far the stream reached before it was known."""
    reached, found, best, pending = NO_TIME, [], NO_TIME, None
    for row in rows:
        if row["received"] != pending:
            reached, pending = best, row["received"]
        found.append(reached)
        best = max(best, row["last"] if row["last"] is not None else NO_TIME)
    return np.array(found, dtype=np.int64)


def _compared(time: Array, value: Array, missing: Array, unknown: Array, rule: str) -> tuple[Array, Array, Array]:
    """duplicate, conflict and counts; readings stand in the order of time and of the moment when they were known."""
    size = len(time)
    if not size:
        return np.zeros(0, bool), np.zeros(0, bool), np.zeros(0, bool)
    group = np.cumsum(np.r_[True, (time[1:] != time[:-1]) | unknown[1:]]) - 1
    groups = int(group[-1]) + 1
    low, high = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.minimum.at(low, group[~missing], value[~missing])
    np.maximum.at(high, group[~missing], value[~missing])
    present = np.bincount(group[~missing], minlength=groups)
    differs = (low < high)[group]
    conflict = differs & ~missing
    order = np.lexsort((np.arange(size), np.where(missing, np.nan, value), group))  # equal values side by side
    same = np.r_[False, (group[order][1:] == group[order][:-1]) & (value[order][1:] == value[order][:-1])]
    duplicate = np.zeros(size, bool)
    duplicate[order[same]] = True
    place = np.arange(size)
    candidate = ~missing | (present == 0)[group]
    pick = np.full(groups, -1 if rule == "last" else size)
    (np.maximum if rule == "last" else np.minimum).at(pick, group[candidate], place[candidate])
    counts = (pick[group] == place) & ~unknown
    return duplicate, conflict, counts & ~conflict if rule == "none" else counts
