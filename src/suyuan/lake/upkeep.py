"""Upkeep of a lake: many small files become few sorted ones, what no version needs is taken away, old data retire.

Nothing here changes what a reading is. Merging copies rows; retiring takes the row of a block away, so that it no
longer counts; files go at last, by a rule, and never those of a published version.
"""

from __future__ import annotations

import time as clock
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from suyuan.disk.lock import held
from suyuan.lake.delta import DeltaFiles, delta
from suyuan.lake.layout import PARTITIONS, Written
from suyuan.lake.readings import readings_version
from suyuan.lake.running import first_line
from suyuan.lake.table import KEEP_LOG, RETRIES, Lake, Progress, now, scanned
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.table import Row, load

if TYPE_CHECKING:
    import pyarrow

UPKEEP = "upkeep.lock"
"""Files are replaced by one process at once. Appends need no lock, since the log of a Delta table takes them one after
the other; two merges of the same files would both succeed there and leave each row twice."""
FEW = 16
"""Files of the table of blocks that need no merging."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a merge did: files and bytes before and after; rows left out since their block does not stand."""

    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    dropped: int


def keeping_rule(name: str = "default") -> Row:
    """How long what nothing refers to is kept: `hours`, `orphan_hours`, and `rows` of a merged file.

    >>> keeping_rule()["hours"]
    168
    """
    for row in load("suyuan.lake", "counting.keeping"):
        if row["name"] == name:
            return row
    raise Refused(finding("lake.rule.unknown", name, known="default"))


def compact(lake: Lake, rule: Row | None = None, progress: Progress | None = None) -> Compacted:
    """Merge the small files of each month and group into files sorted by stream and time.

    Rows whose block does not stand are left out where their file is older than the rule's `orphan_hours`: a younger one
    may belong to an append that is not finished. progress: called with partitions done and their number. Other writers
    may append meanwhile; a second merge waits for the first. Raises Refused where the disk does not take it.
    """
    with held(lake.folder / UPKEEP):
        return _compacted(lake, rule or keeping_rule(), progress)


def _compacted(lake: Lake, rule: Row, progress: Progress | None) -> Compacted:
    table = lake.table("readings")
    files = DeltaFiles.of(table, lake.folder / "readings")
    blocks = np.sort(lake.blocks(withdrawn=True)["block"].to_numpy())  # what was taken out is not taken away
    before_count, before_bytes = files.actions.num_rows, sum(files.actions["size_bytes"].to_pylist())
    parts = list(_partitions(files))
    dropped = 0
    for number, (key, actions) in enumerate(parts, start=1):
        for batch in _batches(actions, int(rule["rows"]), files.rows != _stands(lake)):
            dropped += _merge(lake, table, files, (key, batch), (blocks, float(rule["orphan_hours"])))
        if progress:
            progress(number, len(parts))
    if lake.table("blocks").get_add_actions().num_rows > FEW:
        lake.table("blocks").optimize.compact()
    after = DeltaFiles.of(lake.table("readings"), lake.folder / "readings").actions
    return Compacted(before_count, after.num_rows, before_bytes, sum(after["size_bytes"].to_pylist()), dropped)


def _stands(lake: Lake) -> int:
    return int(sum(lake.blocks(withdrawn=True)["n"].to_pylist()))


def _partitions(files: DeltaFiles) -> Iterator[tuple[tuple[int, int], list[dict[str, Any]]]]:
    by_key: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for action in files.actions.to_pylist():
        by_key.setdefault((action["partition.part"], action["partition.month"]), []).append(action)
    yield from sorted(by_key.items())


def _batches(actions: list[dict[str, Any]], rows: int, dirty: bool) -> Iterator[list[dict[str, Any]]]:
    """Files to merge into one: small ones side by side in time, up to a number of rows."""
    batch: list[dict[str, Any]] = []
    size = 0
    for action in sorted(actions, key=lambda a: (a["min.time"] or 0, a["path"])):
        if action["num_records"] * 2 > rows and not dirty:
            continue
        if batch and size + action["num_records"] > rows:
            yield batch
            batch, size = [], 0
        batch.append(action)
        size += action["num_records"]
    if len(batch) > 1 or (batch and dirty):
        yield batch


def _merge(lake: Lake, table: Any, files: DeltaFiles, what: tuple[tuple[int, int], list[dict[str, Any]]],
           keep: tuple[Any, float]) -> int:  # fmt: skip
    """Merge some files of a partition in one transaction; how many rows were left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from deltalake.transaction import RemoveAction

    (part, month), actions = what
    blocks, hours = keep
    names = [f.name for f in files.schema if f.name not in PARTITIONS]
    tables, dropped = [], 0
    young = (clock.time() - 3600.0 * hours) * 1000.0
    for path, action in zip(_paths(files, actions), actions, strict=True):
        rows = _aligned(pq.read_table(path, partitioning=None), names, files.schema)
        if action["modification_time"] < young:
            mask = np.isin(rows["block"].to_numpy(), blocks)
            if not mask.all():
                dropped += int((~mask).sum())
                rows = rows.filter(pa.array(mask))
        tables.append(rows)
    if len(actions) == 1 and not dropped:
        return 0
    merged = _sorted(pa.concat_tables(tables))
    added = []
    if merged.num_rows:
        file = Written(lake.folder / "readings", part, month, lasting=True)
        file.write(merged)
        added.append(file.close(data_change=False))
    removed = [
        RemoveAction(a["path"], False, int(clock.time() * 1000), a["size_bytes"],
                     {"part": str(part), "month": str(month)}) for a in actions
    ]  # fmt: skip
    schema = delta().Schema.from_arrow(files.schema)
    module = delta()
    try:
        properties = module.CommitProperties(max_commit_retries=RETRIES)
        table.create_write_transaction(
            [*added, *removed], "append", schema, list(PARTITIONS), commit_properties=properties
        )
    except (module.exceptions.DeltaError, OSError) as error:
        if merged.num_rows:
            file.discard()
        raise Refused(finding("lake.compact.failed", str(lake.folder), reason=first_line(error))) from None
    return dropped


def _paths(files: DeltaFiles, actions: list[dict[str, Any]]) -> list[str]:
    from urllib.parse import unquote

    return [str(files.folder / unquote(action["path"])) for action in actions]


def _aligned(rows: pyarrow.Table, names: list[str], schema: pyarrow.Schema) -> pyarrow.Table:
    """The columns of the table in its order; empty where the file has none."""
    import pyarrow as pa

    return pa.table(
        {
            name: rows[name].cast(schema.field(name).type) if name in rows.column_names
            else pa.nulls(rows.num_rows, schema.field(name).type)
            for name in names
        }
    )  # fmt: skip


def _sorted(rows: pyarrow.Table) -> pyarrow.Table:
    """In the order of stream, time, block and position; the stream as a dictionary."""
    import pyarrow as pa

    stream = rows["stream"].combine_chunks().dictionary_encode()
    names = np.array(stream.dictionary.to_pylist(), dtype=object)
    rank = np.argsort(np.argsort(names.astype(str)))
    codes = rank[stream.indices.to_numpy()] if len(names) else np.zeros(0, np.int64)
    time = rows["time"].fill_null(np.iinfo(np.int64).max).to_numpy()
    order = np.lexsort((rows["row"].to_numpy(), rows["block"].to_numpy(), time, codes))
    ordered = pa.array(sorted(names.astype(str).tolist()), pa.string())
    moved = rows.take(pa.array(order))
    coded = pa.DictionaryArray.from_arrays(codes[order].astype(np.int32), ordered)
    return moved.set_column(moved.column_names.index("stream"), "stream", coded)


# ---------------------------------------------------------------- published versions, retirement, files that may go


def publish(lake: Lake, name: str, version: int | None = None) -> int:
    """Give a version of the lake a name; its files are kept for good. The number of the version.

    Raises Refused for a name that stands for another version.
    """
    import pyarrow as pa

    number = lake.version if version is None else version
    named = published(lake)
    if name in named:
        if named[name] == number:
            return number
        raise Refused(finding("lake.version.named", name, version=named[name]))
    readings = readings_version(lake.blocks(version=number))
    schema = pa.schema([("name", pa.string()), ("version", pa.int64()), ("readings", pa.int64()), ("at", pa.int64())])
    row = {"name": [name], "version": [number], "readings": [readings], "at": [now()]}
    delta().write_deltalake(
        str(lake.folder / "published"), pa.table(row, schema=schema), mode="append", configuration=KEEP_LOG
    )
    return number


def published(lake: Lake) -> dict[str, int]:
    """Name → version of each published version."""
    return {row["name"]: row["version"] for row in _published(lake)}


def _published(lake: Lake) -> list[dict[str, Any]]:
    folder = lake.folder / "published"
    if not (folder / "_delta_log").is_dir():
        return []
    return list(scanned(DeltaFiles.read(folder)).sort_by("at").to_pylist())


def old_blocks(lake: Lake, before: int, streams: Collection[str] | None = None) -> pyarrow.Table:
    """The blocks that end before a moment in µs, of some streams or of all."""
    import pyarrow as pa
    import pyarrow.compute as pc

    blocks = lake.blocks()
    old = blocks.filter(pc.less(blocks["last"], before))
    return old if streams is None else old.filter(pc.is_in(old["stream"], pa.array(list(streams), pa.string())))


def retire(
    lake: Lake, before: int, streams: Collection[str] | None = None, keep: Collection[str] = frozenset()
) -> int:  # fmt: skip
    """Let the blocks that end before a moment in µs no longer count (of some streams, or of all); how many these are.

    keep: digests of blocks that stay. An earlier version still has them until `vacuum`, a published one for good.
    """
    digests = [d for d in old_blocks(lake, before, streams)["digest"].to_pylist() if d not in keep]
    for begin in range(0, len(digests), 1000):
        some = ", ".join(f"'{digest}'" for digest in digests[begin : begin + 1000])
        lake.table("blocks").delete(f"digest IN ({some})")
    return len(digests)


def vacuum(lake: Lake, rule: Row | None = None, hours: float | None = None, dry: bool = False) -> int:
    """Take away files of readings that no version needs by the rule, and of appends that never ended; their number.

    The rows of blocks stay for good: they are a thousandth of the data, and say what an old version held.

    hours: how long instead of the rule's; dry: only count. Files of published versions stay. A version without a name
    can no longer be read once its files are gone (`lake.version.gone`).
    """
    rule = rule or keeping_rule()
    age = int(rule["hours"] if hours is None else hours)
    with held(lake.folder / UPKEEP):
        return _vacuumed(lake, age, dry)


def _vacuumed(lake: Lake, age: int, dry: bool) -> int:
    table = lake.table("readings")
    kept = {int(row["readings"]) for row in _published(lake)} | {int(table.version())}
    gone = table.vacuum(
        retention_hours=age, dry_run=dry, enforce_retention_duration=False, full=True, keep_versions=sorted(kept)
    )
    return len(gone)
