"""Archives in columns: the content of `archive` with long arrays as columns of a Parquet file.

The file's metadata holds the same document as the JSON form. Where an array is long, {"columns": [first, count],
"shape": …} stands in its place, and its rows are columns of numbers; elementwise components of readings in order need
no index. Columns shorter than the longest are filled with nulls. The digest covers the document and every column.
Needs pyarrow (extra «lake»); bytes in, bytes out, like the JSON form.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.archive import archive, rows
from suyuan.quantity.archive.archive import BODY, Archive, Disclosure
from suyuan.quantity.archive.rows import DAMAGE, LARGEST
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Source
from suyuan.quantity.quantity import Quantity

__all__ = ["VERSION", "dump", "load"]
VERSION = 1
KEY = b"suyuan.archive"
LONG = 64
"""Numbers of a row of an array that make it a column; shorter ones stand in the document."""
IN_ORDER = "elements"
"""Stands for the index of values that are the elements of an influence in order."""
ARRAYS = ("index", "coefficient", "scale", "weights")
FREE, PACKED = 100_000_000, 64
"""Bytes that a file may claim whatever its size, and how many times its size beyond."""
OPTIONS: dict[str, Any] = {"use_dictionary": False, "write_statistics": False}
"""Of the Parquet writer: a dictionary of measured numbers has no equal entries, and nobody asks for their extremes."""
Array = NDArray[Any]


@dataclass(slots=True)
class _Columns:
    """Columns in the making. made: their arrays; known: arrays that have columns, with their place, by a few of their
    numbers."""

    made: list[Array] = field(default_factory=list)
    known: dict[bytes, tuple[Array, dict[str, Any]]] = field(default_factory=dict)

    def put(self, array: Array) -> Any:
        """Nested lists of a short array, the place of the columns of a long one."""
        count = len(array) if array.ndim > 1 else 1
        if not count or array.size // count < LONG:
            return array.tolist()
        lines = np.ascontiguousarray(array).reshape(count, -1)
        key = lines[:, :: max(1, lines.shape[1] // 8)].tobytes()
        before = self.known.get(key)
        if before is not None and before[0].dtype == lines.dtype and np.array_equal(before[0], lines):
            return {**before[1], "shape": list(array.shape)}  # u of readings, say, is their component
        place = {"columns": [len(self.made), count], "shape": list(array.shape)}
        self.made.extend(lines)
        self.known[key] = (lines, place)
        return place


def dump(
    results: Mapping[str, Quantity],
    intermediate: Mapping[str, Quantity] | None = None,
    disclosure: Disclosure = "full",
    name: str = "",
    issued: Source | None = None,
) -> bytes:
    """Results (and named intermediate ones) as a Parquet file; arguments and what is raised as in `archive.dump`.

    Raises Refused quantity.archive.no_columns, too, where pyarrow is not installed.
    """
    arrow, parquet = _pyarrow()
    shown, influences = archive.to_show(results, intermediate, disclosure, name, issued)
    columns = _Columns()
    body: dict[str, Any] = {"disclosure": disclosure, "results": {}, "intermediate": {}}
    for (part, key), q in shown.items():
        body[part][key] = rows.quantity_row(q, columns.put, IN_ORDER)
    body["influences"] = [rows.influence_row(i, columns.put) for i in influences.values()]
    document = {"suyuan": "archive", "version": VERSION, "sha256": _digest(body, columns.made), **body}
    text = json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    sink = io.BytesIO()
    parquet.write_table(_table(arrow, columns.made, {KEY: text}), sink, **OPTIONS)
    return sink.getvalue()


def _table(arrow: Any, made: Sequence[Array], metadata: Mapping[bytes, bytes]) -> Any:
    longest = max(map(len, made), default=0)
    arrays, fields = [], []
    for i, column in enumerate(made):
        short = longest - len(column)
        one = arrow.array(column)
        arrays.append(arrow.concat_arrays([one, arrow.nulls(short, one.type)]) if short else one)
        fields.append(arrow.field(f"c{i}", one.type, nullable=short > 0))
    return arrow.Table.from_arrays(arrays, schema=arrow.schema(fields, metadata=dict(metadata)))


def load(data: bytes, where: str = "") -> Archive:
    """An archive from a Parquet file. Raises Refused if it is damaged, altered, of an unknown version or no archive."""
    arrow, parquet = _pyarrow()
    damage = (*DAMAGE, arrow.ArrowException, OSError, MemoryError)
    try:
        file = parquet.ParquetFile(arrow.BufferReader(data))
        document = archive._DECODER.decode((file.metadata.metadata or {})[KEY].decode())
        version, stated = document["version"], document["sha256"]
        if document["suyuan"] != "archive":
            raise ValueError("not an archive")
    except damage as error:
        raise archive.unreadable(where, error) from None
    if type(version) is not int or version != VERSION:
        raise Refused(finding("quantity.archive.version", where=where, version=str(version)[:20]))
    try:
        made = _read(file, len(data))
        body = {key: document[key] for key in BODY}
        lengths = _lengths(body, len(made))
        columns = [_column(column, n) for column, n in zip(made, lengths, strict=True)]
        digest = _digest(body, columns)
    except damage as error:
        raise archive.unreadable(where, error) from None
    if digest != stated:
        raise Refused(finding("quantity.archive.altered", where=where))
    try:
        _fill(body, columns)
    except damage as error:
        raise archive.unreadable(where, error) from None
    return archive.of_body(body, digest, where, IN_ORDER)


def _read(file: Any, size: int) -> list[Any]:
    """The columns of the file, unless it claims more than it can hold."""
    told = file.metadata
    cells = told.num_rows * told.num_columns
    if not 0 <= told.num_rows <= LARGEST or 8 * cells > FREE + PACKED * size:
        raise ValueError("more numbers claimed than the file can hold")
    return list(file.read(use_threads=False).columns)


def _column(column: Any, length: int) -> Array:
    """A column as numbers without its filling."""
    if not 0 <= length <= len(column) or str(column.type) not in ("double", "int64"):
        raise ValueError("a column of numbers as long as stated expected")
    part = column.slice(0, length)
    if part.null_count or column.null_count != len(column) - length:
        raise ValueError("a number is missing in a column")
    array: Array = part.to_numpy() if part.num_chunks else np.zeros(0)
    return array


def _digest(body: Mapping[str, Any], columns: Sequence[Array]) -> str:
    """SHA-256 of the document's body as in the JSON form, then of each column's bytes, the lowest first."""
    digest = hashlib.sha256(archive._digest(body).encode())
    for column in columns:
        little = column.astype(column.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{little.dtype.str}{len(little)}".encode())
        digest.update(np.ascontiguousarray(little).data)
    return digest.hexdigest()


def _places(body: Mapping[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Where the document stands for columns: the row and the name of the array in it."""
    slots = [(row, "u") for row in rows.a_list(body["influences"])]
    for part in ("results", "intermediate"):
        for row in body[part].values():
            slots.append((row, "value"))
            slots += [(entry, key) for entry in rows.a_list(row["blocks"]) for key in ARRAYS if key in entry]
    return [(row, key) for row, key in slots if isinstance(row[key], dict)]


def _lengths(body: Mapping[str, Any], count: int) -> list[int]:
    """How long each column is, as the document says wherever it stands for one."""
    lengths: list[int | None] = [None] * count
    for node, key in _places(body):
        first, number, shape = _whole(node[key], count)
        row = math.prod(shape) // number
        for i in range(first, first + number):
            if lengths[i] not in (None, row):
                raise ValueError("a column of two lengths")
            lengths[i] = row
    known = [n for n in lengths if n is not None]
    if len(known) != count:
        raise ValueError("a column that nothing refers to")
    return known


def _whole(place: Mapping[str, Any], count: int) -> tuple[int, int, tuple[int, ...]]:
    """First column, number of columns and shape of an array kept in columns."""
    first, number = (rows.whole(x) for x in rows.a_list(place["columns"]))
    shape = tuple(rows.whole(x) for x in rows.a_list(place["shape"]))
    if number < 1 or first + number > count or math.prod(shape) % number or (len(shape) > 1 and shape[0] != number):
        raise ValueError("columns beyond the file")
    return first, number, shape


def _fill(body: Mapping[str, Any], columns: Sequence[Array]) -> None:
    """Arrays where the document stands for columns."""
    for node, key in _places(body):
        first, number, shape = _whole(node[key], len(columns))
        made = columns[first : first + number]
        node[key] = made[0].reshape(shape) if number == 1 else np.stack(made).reshape(shape)


def _pyarrow() -> tuple[Any, Any]:
    """pyarrow and its Parquet; only this form needs them."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise Refused(finding("quantity.archive.no_columns")) from None
    return pyarrow, pyarrow.parquet
