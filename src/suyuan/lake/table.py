"""A lake: a folder with Delta tables of readings, blocks and streams, to which blocks are appended and nothing else.

Readings are written first and the rows of their blocks after; a block counts once its row stands. So a writer that dies
in between leaves the last good version, and what it wrote of readings is in no answer. A block is known by its digest:
delivered twice, or by two writers at once, it is one. Late, repeated and conflicting readings are all kept
(`suyuan.lake.marks` tells them apart).
"""

from __future__ import annotations

import contextlib
import json
import secrets
import time as clock
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.delta import DeltaFiles, delta, opened
from suyuan.lake.layout import (
    GROUPS,
    PARTITIONS,
    Piece,
    Written,
    blocks_schema,
    group_of,
    pieces,
    readings_schema,
    streams_schema,
    table_of,
)
from suyuan.lake.running import first_line
from suyuan.quantity.finding import Refused, finding
from suyuan.series.block import NO_TIME, Block
from suyuan.series.stream import Stream

if TYPE_CHECKING:
    import pyarrow

BUFFERED = 2**20
"""Rows that an append holds before it writes them."""
OPEN_FILES = 48
"""Files that an append writes at once, at most; more months or groups than that are written one after the other."""
KEEP_LOG = {"delta.logRetentionDuration": "interval 36500 days", "delta.enableExpiredLogCleanup": "false"}
"""An old version stays readable as long as its files are there; when those go is said by `suyuan.lake.upkeep`."""
RETRIES = 50

Array = NDArray[Any]
Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do (0: not known)."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did: digests of the blocks that are new, and of those that were there already; readings written;
    the version of the lake in which the new blocks stand."""

    new: tuple[str, ...]
    known: tuple[str, ...]
    readings: int
    version: int


def now() -> int:
    """This moment in µs since 1970-01-01T00:00Z."""
    return clock.time_ns() // 1000


class Lake:
    """The tables of one folder. Raises Refused where it is no lake; `Lake.create` makes one.

    The version of a lake is that of its table of blocks.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not (self.folder / "lake.json").is_file():
            raise Refused(finding("lake.folder.none", str(folder)))
        self.groups = int(json.loads((self.folder / "lake.json").read_text("utf-8"))["groups"])
        self._prefixes: dict[str, Array] = {}
        self._sorted: Array = np.zeros(0, np.uint64)
        self._open: dict[str, Any] = {}
        self._declared: tuple[int, frozenset[str]] = (-1, frozenset())

    @classmethod
    def create(cls, folder: str | Path, groups: int = GROUPS) -> Lake:
        """A lake in a folder, made where there is none; several processes may do so at once.

        groups: of streams; each month of each group has files of its own, so ten thousand streams want tens of them.
        """
        module, place = delta(), Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        schemas = {"readings": readings_schema(), "blocks": blocks_schema(), "streams": streams_schema()}
        for name, schema in schemas.items():
            module.DeltaTable.create(
                str(place / name),
                schema,
                mode="ignore",
                partition_by=list(PARTITIONS) if name == "readings" else None,
                configuration=KEEP_LOG,
            )
        if not (place / "lake.json").exists():
            fresh = place / f"lake.json.{secrets.token_hex(4)}"
            fresh.write_text(json.dumps({"suyuan": "lake-1", "groups": groups}) + "\n", "utf-8")
            with contextlib.suppress(FileExistsError):  # the first one counts
                (place / "lake.json").hardlink_to(fresh)
            fresh.unlink()
        return cls(place)

    def table(self, name: str, version: int | None = None) -> Any:
        """One of the Delta tables, open: «readings», «blocks» or «streams»."""
        return opened(self.folder / name, version)

    def _newest(self, name: str) -> Any:
        """The same in its newest version; what is known of it is not read again."""
        table = self._open.get(name)
        if table is None:
            table = self._open[name] = self.table(name)
        else:
            table.update_incremental()
        return table

    @property
    def version(self) -> int:
        """The newest version."""
        return int(self.table("blocks").version())

    def version_at(self, moment: int) -> int:
        """The version that was the newest at a moment in µs. Raises Refused where the lake was made later."""
        from datetime import UTC, datetime

        table = self.table("blocks")
        made = min(int(row["timestamp"]) for row in table.history())
        if moment < made * 1000:
            raise Refused(finding("lake.version.before", str(self.folder), moment=moment))
        table.load_as_version(datetime.fromtimestamp(moment / 1e6, UTC))
        return int(table.version())

    # ------------------------------------------------------------ streams

    def declare(self, streams: Iterable[Stream]) -> int:
        """Put streams into the lake; how many are new or have changed. An earlier declaration is kept beside."""
        known = {stream.id: stream for stream in self.streams()}
        fresh = {s.id: s for s in streams if known.get(s.id) != s}
        if not fresh:
            return 0
        names = streams_schema().names
        rows = [_stream_row(s, self.groups) for s in fresh.values()]
        table = {name: [row[name] for row in rows] for name in names}
        _commit(lambda: delta().write_deltalake(str(self.folder / "streams"), _table(table, streams_schema()),
                                                mode="append"))  # fmt: skip
        return len(fresh)

    def streams(self, version: int | None = None) -> tuple[Stream, ...]:
        """The streams as declared last, by id."""
        rows = scanned(DeltaFiles.of(self.table("streams", version), self.folder / "streams")).to_pylist()
        rows.sort(key=lambda row: row["declared"])
        return tuple(_stream(row) for _, row in sorted({row["stream"]: row for row in rows}.items()))

    # ------------------------------------------------------------ blocks

    def blocks(
        self, stream: str | None = None, version: int | None = None, *, withdrawn: bool = False
    ) -> pyarrow.Table:
        """The rows of the blocks that count, one a digest, in the order in which they were written.

        withdrawn: also those that were taken out (`suyuan.lake.withdrawn`), whose readings are still there.
        """
        rows = self.rows_of_blocks(stream, version)
        marks = marks_of(rows)
        some = first_of_each(rows.filter(rows["withdrawn"].is_null()) if marks else rows)
        out = [] if withdrawn else [digest for digest, mark in marks.items() if mark["withdrawn"]]
        if out:
            import pyarrow as pa
            import pyarrow.compute as pc

            some = some.filter(pc.invert(pc.is_in(some["digest"], value_set=pa.array(out, pa.string()))))
        return some.drop_columns([name for name in MARK if name in some.column_names])

    def rows_of_blocks(self, stream: str | None = None, version: int | None = None) -> pyarrow.Table:
        """All rows of the table of blocks: those by which blocks count, and those that take them out."""
        return scanned(DeltaFiles.of(self.table("blocks", version), self.folder / "blocks"), stream=stream)

    def append(self, blocks: Iterable[Block], progress: Progress | None = None) -> Appended:
        """Append blocks, all or none; those that are there already are left out.

        Their streams must be declared. progress: called with blocks done, and how many there are where that is known.
        Raises Refused for a stream that is not declared and where the disk does not take it; then nothing counts.
        """
        self._grow()
        total = len(blocks) if isinstance(blocks, Sequence) else 0
        declared = self._known_streams()
        held, known, rows = _Held(self.folder / "readings"), [], []
        seen: set[str] = set()
        base = secrets.randbits(62)  # an identity is drawn, so that a second try is told from the first
        try:
            for number, block in enumerate(blocks):
                if block.stream not in declared:
                    raise Refused(finding("lake.stream.unknown", block.stream, lake=self.folder))
                if block.digest in seen or self._stands(block.digest):
                    known.append(block.digest)
                else:
                    seen.add(block.digest)
                    part = group_of(block.stream, self.groups)
                    rows.append(_block_row(block, base + number, part))
                    held.take(part, pieces(block, base + number))
                if progress:
                    progress(number + 1, total)
            if not rows:
                held.discard()
                return Appended((), tuple(known), 0, self.version)
            readings = held.commit(self._newest("readings"))
        except OSError as error:
            held.discard()
            raise Refused(finding("lake.append.failed", str(self.folder), reason=first_line(error))) from None
        except BaseException:
            held.discard()
            raise
        version = self._stand(rows, readings)
        return Appended(tuple(row["digest"] for row in rows), tuple(known), held.rows, version)

    def _stand(self, rows: list[dict[str, Any]], readings: int) -> int:
        """Write the rows by which the blocks count, with the version of the readings that holds theirs."""
        return self._write([{**row, "written": now(), "readings": readings} for row in rows])

    def mark(self, row: dict[str, Any]) -> int:
        """Add a row that takes a block out or brings it back; the version of the lake from then on."""
        grow(self._newest("blocks"), blocks_schema())
        return self._write([{**row, "written": now()}])

    def _write(self, rows: list[dict[str, Any]]) -> int:
        whole = [{**dict.fromkeys(MARK), **row} for row in rows]
        table = {name: [row[name] for row in whole] for name in blocks_schema().names}
        target = self._newest("blocks")
        _commit(lambda: delta().write_deltalake(target, _table(table, blocks_schema()), mode="append",
                                                commit_properties=_retried()))  # fmt: skip
        return int(target.version())

    def _stands(self, digest: str) -> bool:
        """Whether a block with this digest counts already, as of when the append began."""
        prefix = np.uint64(int(digest[:16], 16))
        at = int(np.searchsorted(self._sorted, prefix))
        if at == len(self._sorted) or self._sorted[at] != prefix:
            return False
        files = DeltaFiles.of(self.table("blocks"), self.folder / "blocks")
        return bool(scanned(files, digest=digest).num_rows)

    def _known_streams(self) -> frozenset[str]:
        version = int(self._newest("streams").version())
        if self._declared[0] != version:
            self._declared = version, frozenset(stream.id for stream in self.streams())
        return self._declared[1]

    def _grow(self) -> None:
        """Read which digests stand, from files not seen yet; add columns that an older lake does not have."""
        for name, schema in (("readings", readings_schema()), ("blocks", blocks_schema())):
            grow(self._newest(name), schema)
        paths = [uri.removeprefix("file://") for uri in self._open["blocks"].file_uris()]
        for path in set(self._prefixes) - set(paths):
            del self._prefixes[path]
            self._sorted = np.zeros(0, np.uint64)
        for path in paths:
            if path not in self._prefixes:
                self._prefixes[path] = _prefixes(path)
                self._sorted = np.zeros(0, np.uint64)
        if sum(map(len, self._prefixes.values())) != len(self._sorted):
            self._sorted = np.sort(np.concatenate(list(self._prefixes.values())))


class _Held:
    """Rows on their way into files: a buffer, and one open file a partition."""

    def __init__(self, folder: Path) -> None:
        self.rows = 0
        self._folder, self._buffered = folder, 0
        self._buffer: dict[tuple[int, int], list[Piece]] = {}
        self._files: dict[tuple[int, int], Written] = {}
        self._done: list[Any] = []
        self._closed: list[Written] = []

    def take(self, part: int, some: Iterable[Piece]) -> None:
        for piece in some:
            self._buffer.setdefault((part, piece.month), []).append(piece)
            self._buffered += piece.size
            self.rows += piece.size
        if self._buffered >= BUFFERED:
            self._flush()

    def _flush(self) -> None:
        for key, some in self._buffer.items():
            if key not in self._files and len(self._files) >= OPEN_FILES:
                self._close(next(iter(self._files)))
            self._files.setdefault(key, Written(self._folder, *key)).write(table_of(some))
        self._buffer, self._buffered = {}, 0

    def _close(self, key: tuple[int, int]) -> None:
        file = self._files.pop(key)
        self._done.append(file.close())
        self._closed.append(file)

    def commit(self, table: Any) -> int:
        """Put the files into the table; its version from then on."""
        self._flush()
        for key in list(self._files):
            self._close(key)
        if self._done:
            schema = delta().Schema.from_arrow(readings_schema())
            _commit(lambda: table.create_write_transaction(self._done, "append", schema, list(PARTITIONS),
                                                           commit_properties=_retried()))  # fmt: skip
            self._closed = []  # the log refers to them from here on
            table.update_incremental()
        return int(table.version())

    def discard(self) -> None:
        """Take away what was written: nothing refers to it."""
        for file in (*self._files.values(), *self._closed):
            file.discard()


# ---------------------------------------------------------------- rows


def scanned(files: DeltaFiles, **equal: Any) -> pyarrow.Table:
    """The rows of a small table, where columns have given values (None: any), in the columns that it has now."""
    import pyarrow.compute as pc
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    wanted = {name: value for name, value in equal.items() if value is not None}
    actions = files.within({name: (value, value) for name, value in wanted.items()})
    paths = files.paths(actions)
    if not paths:
        return files.schema.empty_table()
    condition = None
    for name, value in wanted.items():
        condition = (pc.field(name) == value) if condition is None else condition & (pc.field(name) == value)
    if len(paths) == 1 and condition is None and set(pq.read_schema(paths[0]).names) == set(files.schema.names):
        return pq.read_table(paths[0]).select(files.schema.names).cast(files.schema)
    return ds.dataset(paths, schema=files.schema, format="parquet").to_table(filter=condition)


def first_of_each(blocks: pyarrow.Table) -> pyarrow.Table:
    """One row a digest: the one written first, so that two writers of one block have written one."""
    ordered = blocks.sort_by([("written", "ascending"), ("block", "ascending")])
    digests = ordered["digest"].combine_chunks().dictionary_encode()
    if len(digests.dictionary) == len(digests):
        return ordered
    first = np.unique(digests.indices.to_numpy(), return_index=True)[1]
    return ordered.take(np.sort(first))


MARK = ("withdrawn", "who", "reason")
"""Columns of the table of blocks in rows that take a block out or bring it back."""


def marks_of(rows: pyarrow.Table) -> dict[str, dict[str, Any]]:
    """Digest → the newest row that took the block out or brought it back, for blocks that have one."""
    import pyarrow.compute as pc

    if "withdrawn" not in rows.column_names or rows["withdrawn"].null_count == rows.num_rows:
        return {}
    said = rows.filter(pc.is_valid(rows["withdrawn"])).sort_by([("written", "ascending")])
    return {row["digest"]: row for row in said.to_pylist()}


def grow(table: Any, schema: pyarrow.Schema) -> None:
    """Add the optional columns that a table of an older lake does not have; rows that are there have them empty."""
    have = {field.name for field in table.schema().fields}
    missing = [f for f in delta().Schema.from_arrow(schema).fields if f.name not in have]
    if missing:
        table.alter.add_columns([delta().Field(f.name, f.type, nullable=True) for f in missing])


def _retried() -> Any:
    return delta().CommitProperties(max_commit_retries=RETRIES)


def _commit(act: Callable[[], None]) -> None:
    """Do a commit; where other writers were faster too often, or the disk is full, refuse."""
    module = delta()
    try:
        act()
    except (module.exceptions.DeltaError, OSError) as error:
        raise Refused(finding("lake.append.failed", "", reason=first_line(error))) from None


def _table(columns: dict[str, list[Any]], schema: pyarrow.Schema) -> pyarrow.Table:
    import pyarrow as pa

    return pa.table(columns, schema=schema)


def _prefixes(path: str) -> Array:
    """The first 64 bits of each digest in a file of blocks, sorted."""
    import pyarrow.parquet as pq

    digests = pq.read_table(path, columns=["digest"])["digest"].to_pylist()
    return np.sort(np.array([int(digest[:16], 16) for digest in digests], dtype=np.uint64))


def _block_row(block: Block, identity: int, part: int) -> dict[str, Any]:
    time, ordered = block.time, block.order is None
    if ordered and len(time) and time[0] != NO_TIME:
        span: Any = (int(time[0]), int(time[-1]))
    else:
        span = block.span or (None, None)
    own = isinstance(block.u, np.ndarray)
    return {
        "block": identity, "digest": block.digest, "stream": block.stream, "instrument": block.instrument,
        "configuration": block.configuration, "resolution": format(block.resolution, "f"),
        "legend": json.dumps(list(block.legend), ensure_ascii=False) if block.flag is not None else None,
        "u": None if own else block.u, "received": block.received, "source": block.source, "first": span[0],
        "last": span[1], "n": len(block), "missing": 0 if block.missing is None else int(block.missing.sum()),
        "rising": ordered and bool((time[1:] > time[:-1]).all()), "part": part,
    }  # fmt: skip


def _stream_row(s: Stream, groups: int) -> dict[str, Any]:
    return {
        "stream": s.id, "quantity": s.quantity, "unit": s.unit, "instrument": s.instrument, "place": s.place,
        "resolution": format(s.resolution, "f"), "owner": s.owner, "licence": s.licence, "title": s.title,
        "sampling": s.sampling, "part": group_of(s.id, groups), "declared": now(),
    }  # fmt: skip


def _stream(row: dict[str, Any]) -> Stream:
    return Stream(
        row["stream"], row["quantity"], row["unit"], row["instrument"], row["place"] or "",
        Decimal(row["resolution"]), row["sampling"], row["owner"] or "", row["licence"] or "", row["title"] or "",
    )  # fmt: skip
