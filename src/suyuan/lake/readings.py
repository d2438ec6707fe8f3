"""Reading a lake back: one stream over a span, a block as it was, or all that counts as a table of an engine.

What is asked for is looked up in the logs first: files of another group, month, stream or time are not opened. Rows
whose block does not stand (their writer died, or another writer had written the same block) are in no answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.delta import DeltaFiles
from suyuan.lake.layout import NEVER, group_of
from suyuan.lake.running import Running, first_line
from suyuan.lake.table import Lake
from suyuan.quantity.finding import Refused, finding
from suyuan.series.block import NO_TIME, Block

if TYPE_CHECKING:
    import pyarrow

COLUMNS = {
    "stream": "string", "block": "int64", "row": "int32", "time": "int64", "count": "int64", "flag": "int32",
    "u": "float64",
}  # fmt: skip
"""Columns of the readings → their types for expressions."""

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """The blocks that count in a version of a lake, and the files in which their readings are."""

    blocks: pyarrow.Table
    files: DeltaFiles

    @property
    def whole(self) -> bool:
        """Whether the files hold no row that does not count."""
        import pyarrow.compute as pc

        return self.files.rows == (pc.sum(self.blocks["n"]).as_py() or 0)


def standing(lake: Lake, version: int | None = None) -> Standing:
    """What counts in the newest version, or in an earlier one.

    An earlier version reads the files that it had; where those were merged since, the merged ones, which hold the same.
    Raises Refused `lake.version.gone` where blocks of that version have been removed and their files taken away.
    """
    blocks = lake.blocks(version=version)
    if version is None:
        return Standing(blocks, DeltaFiles.of(lake.table("readings"), lake.folder / "readings"))
    number = readings_version(blocks)
    files = DeltaFiles.of(lake.table("readings", number), lake.folder / "readings")
    if all(Path(path).is_file() for path in files.paths(files.actions)):
        return Standing(blocks, files)
    import pyarrow.compute as pc

    today = lake.blocks(withdrawn=True)
    same = today.filter(pc.is_in(today["digest"], blocks["digest"]))  # another writer's rows of the same block will do
    if same.num_rows < blocks.num_rows:
        gone = blocks.num_rows - same.num_rows
        raise Refused(finding("lake.version.gone", str(lake.folder), version=version, count=gone))
    return Standing(same, DeltaFiles.of(lake.table("readings"), lake.folder / "readings"))


def readings_version(blocks: pyarrow.Table) -> int:
    """The first version of the table of readings that holds the rows of all these blocks."""
    import pyarrow.compute as pc

    return pc.max(blocks["readings"]).as_py() or 0


def read(
    lake: Lake, stream: str, first: int | None = None, last: int | None = None, version: int | None = None
) -> pyarrow.Table:
    """The readings of a stream that stand, first ≤ time < last in µs, in no order; with the columns `COLUMNS`.

    Without bounds also those whose time is not known. Files and row groups of other streams are not read.
    """
    found = standing(lake, version)
    return rows_of(found, stream, first, last, group_of(stream, lake.groups))


def rows_of(
    found: Standing, stream: str, first: int | None, last: int | None, part: int,
    columns: Sequence[str] = tuple(COLUMNS),
) -> pyarrow.Table:  # fmt: skip
    """The same where it is known what stands. part: the stream's group; columns: those that are wanted.

    Raises Refused for a file gone or cut.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    blocks = found.blocks.filter(pc.equal(found.blocks["stream"], stream))
    bounds = {"part": (part, part), "stream": (stream, stream), "time": (first, None if last is None else last - 1)}
    actions = found.files.within(bounds)
    schema = pa.schema([f for f in found.files.schema if f.name in COLUMNS])
    if not actions.num_rows or not blocks.num_rows:
        return schema.empty_table().select(list(columns))
    condition = (pc.field("stream") == stream) & pc.field("block").isin(blocks["block"])
    if first is not None:
        condition = condition & (pc.field("time") >= first)
    if last is not None:
        condition = condition & (pc.field("time") < last)
    data = ds.dataset(found.files.paths(actions), schema=schema, format="parquet")
    scanner = data.scanner(filter=condition, columns=list(columns), batch_readahead=2, fragment_readahead=1)
    try:
        return scanner.to_table()
    except (OSError, pa.ArrowInvalid) as error:  # a file is gone, or cut
        raise Refused(finding("lake.readings.unreadable", stream, reason=first_line(error))) from None


def untimed_of(lake: Lake, stream: str, version: int | None = None) -> int:
    """How many readings of a stream have no time: they stand in files of their own, and no others are opened."""
    found, part = standing(lake, version), group_of(stream, lake.groups)
    bounds = {"part": (part, part), "stream": (stream, stream), "month": (NEVER, NEVER)}
    files = replace(found.files, actions=found.files.within(bounds))
    return int(rows_of(replace(found, files=files), stream, None, None, part)["time"].null_count)


def blocks_between(
    lake: Lake, stream: str, first: int | None = None, last: int | None = None, version: int | None = None
) -> Iterator[Block]:
    """The blocks of a stream that have a reading in first ≤ time < last, whole and as they were, oldest first known.

    One is in memory at a time. Raises Refused `lake.block.damaged` for one whose digest is another now.
    """
    import pyarrow.compute as pc

    found = standing(lake, version)
    rows = found.blocks.filter(pc.equal(found.blocks["stream"], stream)).sort_by(
        [("received", "ascending"), ("written", "ascending"), ("block", "ascending")]
    )
    for row in rows.to_pylist():
        begin, end = row["first"], row["last"]
        if (last is not None and (begin is None or begin >= last)) or (
            first is not None and (end is None or end < first)
        ):
            continue
        yield _block(found, row)


def block(lake: Lake, digest: str, version: int | None = None) -> Block:
    """The block with a digest, as it was. Raises Refused where there is none, and where its digest is another now."""
    import pyarrow.compute as pc

    found = standing(lake, version)
    rows = found.blocks.filter(pc.equal(found.blocks["digest"], digest)).to_pylist()
    if not rows:
        raise Refused(finding("lake.block.unknown", digest, lake=lake.folder))
    return _block(found, rows[0])


def _block(found: Standing, row: dict[str, Any]) -> Block:
    import pyarrow.compute as pc

    timeless = found.blocks.filter(pc.equal(found.blocks["block"], row["block"]))
    part = int(row["part"])
    if row["first"] is None or row["n"] == 0:
        first = last = None
    else:
        first, last = int(row["first"]), int(row["last"]) + 1
    narrow = Standing(timeless, found.files)
    table = rows_of(narrow, row["stream"], first, last, part)
    if table.num_rows < row["n"]:  # readings without a time lie elsewhere
        table = rows_of(narrow, row["stream"], None, None, part)
    order = np.argsort(table["row"].to_numpy(), kind="stable")
    table = table.take(order)
    missing = table["count"].is_null().to_numpy(zero_copy_only=False)
    flagged = row["legend"] is not None
    own = table["u"].null_count < table.num_rows
    made = Block(
        row["stream"], row["instrument"], table["time"].fill_null(NO_TIME).to_numpy(),
        table["count"].fill_null(0).to_numpy(), Decimal(row["resolution"]), row["configuration"] or "",
        missing if missing.any() else None,
        table["flag"].fill_null(0).to_numpy() if flagged else None,
        tuple(json.loads(row["legend"])) if flagged else ("",),
        table["u"].to_numpy() if own else row["u"], row["received"] or 0, row["source"] or "",
    )  # fmt: skip
    if made.digest != row["digest"]:
        raise Refused(finding("lake.block.damaged", row["digest"], stream=row["stream"], found=made.digest))
    return made


# ---------------------------------------------------------------- on an engine


def open_on(
    lake: Lake,
    engine: Running,
    name: str = "readings",
    *,
    streams: Sequence[str] | None = None,
    first: int | None = None,
    last: int | None = None,
    version: int | None = None,
    counting: str | None = "first",
) -> Standing:
    """Name the readings of a lake on an engine: columns `COLUMNS`, one reading a stream and time.

    streams, first, last: what is wanted (first ≤ time < last in µs), so that other files are left out. counting: the
    rule for several readings of one time («first» or «last» known, «none» of those that differ); None: all rows.
    Beside `name`, `name`_files and `name`_blocks are named. An engine without a reader for Delta gets the files.
    """
    import ibis

    found = standing(lake, version)
    parts = sorted({group_of(stream, lake.groups) for stream in streams}) if streams else None
    bounds: dict[str, tuple[Any, Any]] = {"time": (first, None if last is None else last - 1)}
    if parts:
        bounds |= {"part": (parts[0], parts[-1]), "stream": (min(streams or ()), max(streams or ()))}
    _files_on(engine, f"{name}_files", found, bounds)
    kinds = {column: COLUMNS.get(column, "int32") for column in engine.tables[f"{name}_files"]}
    table = ibis.table(kinds, name=f"{name}_files")
    if streams is not None:
        table = table.filter(table["stream"].isin(list(streams)))
    if first is not None:
        table = table.filter(table["time"] >= first)
    if last is not None:
        table = table.filter(table["time"] < last)
    some = found.blocks.select(["block", "stream", "received", "written"])
    engine.arrow(f"{name}_blocks", some)
    named = {"block": "int64", "stream": "string", "received": "int64", "written": "int64"}
    blocks = ibis.table(named, name=f"{name}_blocks")
    if not found.whole:
        table = table.semi_join(blocks, "block")
    if counting is not None:
        again = [s for s in overlapping(found.blocks) if streams is None or s in set(streams)]
        table = _counted(table, blocks, again, counting) if again else table
    engine.define(name, table.select(*COLUMNS))
    return found


def _files_on(engine: Running, name: str, found: Standing, bounds: dict[str, tuple[Any, Any]]) -> None:
    files = found.files
    try:
        engine.delta(name, files.folder, files.version, bounds)
    except Refused as refused:
        paths = files.paths(files.within(bounds))
        if not paths or refused.findings[0].code != "lake.delta.unsupported":
            raise
        engine.parquet(name, *paths)


def _counted(table: Any, blocks: Any, again: Sequence[str], counting: str) -> Any:
    """One reading a time for streams that have several; a missing reading never counts before one that is there."""
    import ibis

    if counting not in ("first", "last", "none"):
        raise Refused(finding("lake.rule.unknown", counting, known="first, last, none"))
    mixed = table["stream"].isin(list(again)) & table["time"].notnull()
    order = blocks.select("block", "received", "written")
    some = table.filter(mixed).join(order, "block")
    keys = [some["received"], some["written"], some["block"], some["row"]]
    if counting == "last":
        keys = [ibis.desc(key) for key in keys]
    window = ibis.window(group_by=[some["stream"], some["time"]], order_by=[some["count"].isnull(), *keys])
    of_time = ibis.window(group_by=[some["stream"], some["time"]])
    marked = some.mutate(
        rank=ibis.row_number().over(window),
        low=some["count"].min().over(of_time),
        high=some["count"].max().over(of_time),
    )
    kept = marked.filter(marked["rank"] == 0)
    if counting == "none":
        kept = kept.filter((kept["low"] == kept["high"]) | kept["low"].isnull())
    rest = table.filter(~mixed)  # a reading without a time is the second of no other
    return rest.select(*COLUMNS).union(kept.select(*COLUMNS), distinct=False)


def overlapping(blocks: pyarrow.Table) -> list[str]:
    """Streams that may have several readings of one time: their blocks overlap, or a block has a time twice."""
    by_stream: dict[str, list[tuple[int, int]]] = {}
    again: dict[str, None] = {}
    columns = [blocks[name].to_pylist() for name in ("stream", "first", "last", "rising")]
    for stream, first, last, rising in zip(*columns, strict=True):
        if not rising:
            again[stream] = None
        if first is not None:
            by_stream.setdefault(stream, []).append((first, last))
    for stream, spans in by_stream.items():
        spans.sort()
        if any(begin <= end for (_, end), (begin, _) in pairwise(spans)):
            again[stream] = None
    return list(again)
