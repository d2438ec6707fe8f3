"""How readings lie in files: columns, partitions by stream group and month, delta coding; one Parquet writer.

A reading is a row of whole numbers: its time in µs and its count of units of the resolution. Neighbours differ little,
so differences are stored (DELTA_BINARY_PACKED) and packed: regular data take about one byte a reading. What a
block's readings share (instrument, resolution, legend, one uncertainty) stands once, in the table of blocks.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from suyuan.series.block import NO_TIME, Block

if TYPE_CHECKING:
    import pyarrow

GROUPS = 4
"""Groups of streams of a new lake; a lake keeps the number that it was made with."""
ROW_GROUP = 2**18
"""Rows that are read or left out together."""
NEVER = 0
"""The month of readings without a time."""
PARTITIONS = ("part", "month")

Array = NDArray[Any]


@cache
def readings_schema() -> pyarrow.Schema:
    """stream; block (identity of one append); row (position in the block); time, µs (empty: not known); count (empty:
    missing); flag (index into the block's legend); u (only where each reading has one of its own); part; month."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("stream", pa.string(), nullable=False), pa.field("block", pa.int64(), nullable=False),
            pa.field("row", pa.int32(), nullable=False), ("time", pa.int64()), ("count", pa.int64()),
            ("flag", pa.int32()), ("u", pa.float64()), ("part", pa.int32()), ("month", pa.int32()),
        ]
    )  # fmt: skip


@cache
def blocks_schema() -> pyarrow.Schema:
    """block, digest, stream, instrument, configuration, resolution (decimal text), legend (JSON), u, received, source,
    first and last (µs), n, missing, rising (no time twice, none before another), part, written (µs), readings (the
    version of the table of readings that holds its rows).

    withdrawn: empty in the row by which a block counts; a later row of the same block says true (taken out) or false
    (brought back), with who and reason."""
    import pyarrow as pa

    text, whole = pa.string(), pa.int64()
    return pa.schema(
        [
            pa.field("block", whole, nullable=False), pa.field("digest", text, nullable=False),
            pa.field("stream", text, nullable=False), ("instrument", text), ("configuration", text),
            ("resolution", text), ("legend", text), ("u", pa.float64()), ("received", whole), ("source", text),
            ("first", whole), ("last", whole), pa.field("n", whole, nullable=False), ("missing", whole),
            ("rising", pa.bool_()), ("part", pa.int32()), ("written", whole), ("readings", whole),
            ("withdrawn", pa.bool_()), ("who", text), ("reason", text),
        ]
    )  # fmt: skip


@cache
def streams_schema() -> pyarrow.Schema:
    """The fields of `Stream`, and when they were declared (µs); the last declaration of an id counts."""
    import pyarrow as pa

    text = pa.string()
    names = ("quantity", "unit", "instrument", "place", "resolution", "owner", "licence", "title")
    more = [("sampling", pa.float64()), ("part", pa.int32()), ("declared", pa.int64())]
    return pa.schema([pa.field("stream", text, nullable=False), *((name, text) for name in names), *more])


def group_of(stream: str, groups: int) -> int:
    """The group that a stream belongs to, the same on every machine.

    >>> group_of("t1", 4), group_of("t1", 1)
    (2, 0)
    """
    return int.from_bytes(hashlib.sha256(stream.encode("utf-8")).digest()[:8], "big") % groups


def month_of(time: Array) -> NDArray[np.int32]:
    """The month (UTC) of times in µs as a number like 202611; 0 where the time is not known."""
    months = time.astype("datetime64[us]").astype("datetime64[M]")
    number = months.astype(np.int64)
    found = (1970 + number // 12) * 100 + number % 12 + 1
    return np.where(np.isnat(months), NEVER, found).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Piece:
    """The rows of a block that lie in one month: `rows` is a slice, or positions where they are scattered."""

    block: Block
    identity: int
    month: int
    rows: slice | Array
    size: int


def pieces(block: Block, identity: int) -> Iterator[Piece]:
    """A block cut by month."""
    size = len(block)
    if not size:
        return
    time = block.time
    if block.order is None and time[0] != NO_TIME:
        edges = _month_edges()
        low, high = bisect_right(edges, int(time[0])), bisect_right(edges, int(time[-1]))
        cuts = [0, *np.searchsorted(time, edges[low:high]).tolist(), size]
        for number, (begin, end) in enumerate(pairwise(cuts), start=low - 1):
            if end > begin:  # months are counted from the first of year 1
                month = (number // 12 + 1) * 100 + number % 12 + 1
                yield Piece(block, identity, month, slice(begin, end), end - begin)
        return
    months = month_of(time)
    for month in np.unique(months).tolist():
        rows = np.flatnonzero(months == month)
        yield Piece(block, identity, month, rows, len(rows))


@cache
def _month_edges() -> list[int]:
    """The beginnings of the months of the years 1 to 9999, µs."""
    months = np.arange("0001-01", "9999-12", dtype="datetime64[M]")
    return [int(edge) for edge in months.astype("datetime64[us]").astype(np.int64)]


def table_of(some: Sequence[Piece]) -> pyarrow.Table:
    """Pieces as one table in the order of stream and time of their first row, without the columns of the path."""
    import pyarrow as pa

    ordered = sorted(some, key=lambda p: (p.block.stream, int(p.block.time[p.rows][0])))
    sizes = np.array([p.size for p in ordered])
    names = sorted({p.block.stream for p in ordered})
    place = {name: i for i, name in enumerate(names)}
    codes = np.repeat(np.array([place[p.block.stream] for p in ordered], np.int32), sizes)
    time = np.concatenate([p.block.time[p.rows] for p in ordered])
    count = np.concatenate([p.block.count[p.rows] for p in ordered])
    rows = np.concatenate([_positions(p) for p in ordered])
    columns: dict[str, Any] = {
        "stream": pa.DictionaryArray.from_arrays(codes, pa.array(names, pa.string())),
        "block": np.repeat(np.array([p.identity for p in ordered], np.int64), sizes),
        "row": rows,
        "time": pa.array(time, mask=time == NO_TIME if ordered[0].month == NEVER else None),
        "count": _masked(count, [p.block.missing is None for p in ordered], ordered, "missing"),
        "flag": _own(ordered, "flag", pa.int32()),
        "u": _own(ordered, "u", pa.float64()),
    }
    return pa.table(columns)


def _positions(piece: Piece) -> NDArray[np.int32]:
    rows = piece.rows
    return np.arange(rows.start, rows.stop, dtype=np.int32) if isinstance(rows, slice) else rows.astype(np.int32)


def _masked(values: Array, whole: list[bool], some: Sequence[Piece], name: str) -> Any:
    import pyarrow as pa

    if all(whole):
        return pa.array(values)
    parts = [np.zeros(p.size, bool) if w else getattr(p.block, name)[p.rows] for p, w in zip(some, whole, strict=True)]
    return pa.array(values, mask=np.concatenate(parts))


def _own(some: Sequence[Piece], name: str, kind: Any) -> Any:
    """A column that a block may have or not: empty where it has none."""
    import pyarrow as pa

    given = [getattr(p.block, name) for p in some]
    if not any(isinstance(x, np.ndarray) for x in given):
        return pa.nulls(sum(p.size for p in some), kind)
    parts = [
        pa.array(x[p.rows], kind) if isinstance(x, np.ndarray) else pa.nulls(p.size, kind)
        for x, p in zip(given, some, strict=True)
    ]
    return pa.chunked_array(parts, kind)


class Written:
    """One Parquet file while it is written, and then its line for the log of the Delta table.

    lasting: merged files are packed better and say of each row group which streams it holds; what is appended waits for
    a merge, and the log of the table says of the whole file which streams those are.
    """

    def __init__(self, folder: Path, part: int, month: int, lasting: bool = False) -> None:
        self.part, self.month, self._lasting = part, month, lasting
        self.path = f"part={part}/month={month}/{uuid4().hex}.parquet"
        self._file = folder / self.path
        self._writer: Any = None
        self._stats = _Statistics()

    @property
    def rows(self) -> int:
        return self._stats.rows

    def write(self, table: pyarrow.Table) -> None:
        """Add rows (without the columns of the path)."""
        import pyarrow.parquet as pq

        if self._writer is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            schema = table.schema
            coded = [name for name in ("row", "time", "count") if name in schema.names]
            self._writer = pq.ParquetWriter(
                self._file, schema, compression="zstd" if self._lasting else "snappy",
                store_schema=False, write_statistics=True if self._lasting else ["time"],
                use_dictionary=[name for name in schema.names if name not in coded],
                column_encoding=dict.fromkeys(coded, "DELTA_BINARY_PACKED"),
            )  # fmt: skip
        self._writer.write_table(table, row_group_size=ROW_GROUP)
        self._stats.add(table)

    def close(self, data_change: bool = True) -> Any:
        """The action that adds the file to the table; data_change: whether its rows are new."""
        from deltalake.transaction import AddAction

        self._writer.close()
        state = self._file.stat()
        values: Mapping[str, str | None] = {"part": str(self.part), "month": str(self.month)}
        moment = int(state.st_mtime * 1000)
        return AddAction(self.path, state.st_size, values, moment, data_change, self._stats.text())

    def discard(self) -> None:
        """Take the file away: nothing refers to it."""
        if self._writer is not None:
            self._writer.close()
            self._file.unlink(missing_ok=True)


class _Statistics:
    """Least and greatest value and the number of empty cells, as the log of a Delta table wants them."""

    def __init__(self) -> None:
        self.rows = 0
        self._low: dict[str, Any] = {}
        self._high: dict[str, Any] = {}
        self._empty: dict[str, int] = {}

    def add(self, table: pyarrow.Table) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        self.rows += table.num_rows
        for name in table.column_names:
            column = table[name]
            self._empty[name] = self._empty.get(name, 0) + column.null_count
            if name not in ("stream", "block", "time") or column.null_count == len(column):
                continue
            if pa.types.is_dictionary(column.type):
                column = pc.unique(column).cast(pa.string()) if len(column) else column
            ends = pc.min_max(column).as_py()
            self._low[name] = min(self._low.get(name, ends["min"]), ends["min"])
            self._high[name] = max(self._high.get(name, ends["max"]), ends["max"])

    def text(self) -> str:
        return json.dumps(
            {"numRecords": self.rows, "minValues": self._low, "maxValues": self._high, "nullCount": self._empty},
            ensure_ascii=False,
        )
