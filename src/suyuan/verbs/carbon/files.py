"""The tables that a carbon case names, as columns: CSV (also gzip) and Parquet, with the filter of the case."""

from __future__ import annotations

import gzip
import io
import math
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, Refused, finding, in_both
from suyuan.verbs.wants import absent_or_wrong, wrong

Files = Callable[[str], bytes]
Columns = Mapping[str, NDArray[Any]]
LARGEST = 512_000_000
"""Bytes of an unpacked table; more is refused."""


def table(body: Mapping[str, Any], files: Files | None, field: str = "file", where: str = "/input") -> Columns:
    """The columns of the table that `body[field]` names, rows in the order of the file, kept by `body["filter"]`.

    A column of numbers is an array of floats with NaN where a cell is empty; any other is an array of texts, so that
    «3» in a column of words stays a word. filter: column → value; a number meets a number, a text the text as written.
    In place of a name the columns themselves may stand there, name → list.
    Raises Refused for a file that is not at hand or is no table, for a column that is absent, and for no row left.

    >>> table({"file": {"D": [30.0, None, 12.5], "plot": ["a", "a", "b"]}, "filter": {"plot": "a"}}, None)["D"]
    array([30., nan])
    """
    name = body.get(field)
    if isinstance(name, Mapping):
        return kept(_inline(name, f"{where}/{field}"), body.get("filter"), f"{where}/filter", field)
    if not isinstance(name, str) or not name.strip():
        raise Refused(absent_or_wrong(body, field, where, "text"))
    if files is None:
        raise Refused(finding("assurance_studies.file.not_at_hand", f"{where}/{field}", name=name[:120]))
    found = _parquet(files(name), name, f"{where}/{field}") if name.endswith(".parquet") else _csv(
        files(name), name, f"{where}/{field}")  # fmt: skip
    return kept(found, body.get("filter"), f"{where}/filter", name)


def kept(columns: Columns, conditions: Any, where: str, name: str) -> Columns:
    """The rows of columns that meet all conditions. Raises Refused for a column that is absent and for no row left."""
    if conditions is None:
        return columns
    if not isinstance(conditions, Mapping):
        raise Refused(wrong(where, "object", conditions))
    size = len(next(iter(columns.values())))
    keep = np.ones(size, dtype=bool)
    for column, value in conditions.items():
        keep &= _meets(of(columns, str(column), f"{where}/{column}", name), value)
    if not keep.any():
        raise Refused(finding("carbon.table.no_row", where, name=name[:120], rows=size))
    return {key: values[keep] for key, values in columns.items()}


def of(columns: Columns, column: str, where: str, name: str) -> NDArray[Any]:
    """One column. Raises Refused that names those there are."""
    if column not in columns:
        raise Refused(finding("carbon.table.column", where, column=column[:60], name=name[:120],
                              known=", ".join(columns)[:400]))  # fmt: skip
    return columns[column]


def numbers(columns: Columns, column: Any, where: str, name: str) -> NDArray[np.float64]:
    """One column of numbers, NaN where a cell is empty. Raises Refused for words, naming the first and its row."""
    if not isinstance(column, str):
        raise Refused(wrong(where, "text", column))
    found = of(columns, column, where, name)
    if found.dtype.kind == "f":
        return np.asarray(found, float)
    for row, cell in enumerate(found, start=1):
        if not _is_number(cell):
            raise Refused(finding("carbon.table.word", where, column=column[:60], row=row, cell=str(cell)[:60],
                                  name=name[:120]))  # fmt: skip
    return np.array([float(cell) if str(cell).strip() else math.nan for cell in found])


def _meets(column: NDArray[Any], value: Any) -> NDArray[np.bool_]:
    if column.dtype.kind == "f":
        return np.asarray(column == float(value), bool) if _is_number(value) else np.zeros(len(column), dtype=bool)
    return np.array([str(cell).strip() == str(value).strip() for cell in column])


def _is_number(cell: Any) -> bool:
    if isinstance(cell, bool):
        return False
    try:
        return not str(cell).strip() or math.isfinite(float(cell))
    except (TypeError, ValueError):
        return False


def _inline(given: Mapping[str, Any], where: str) -> Columns:
    """Columns that stand in the case. Raises Refused for what is no list, and for lists of different length."""
    lists = {str(key): cells for key, cells in given.items()}
    for key, cells in lists.items():
        if not isinstance(cells, list) or not cells:
            raise Refused(wrong(f"{where}/{key}", "numbers", cells))
    lengths = {key: len(cells) for key, cells in lists.items()}
    if len(set(lengths.values())) != 1:
        said = ", ".join(f"{key}: {n}" for key, n in lengths.items())
        raise Refused(finding("carbon.table.unreadable", where, name="…", **in_both("reason", {"": said[:200]})))
    return {
        key: np.array([math.nan if cell is None else float(cell) for cell in cells])
        if all(cell is None or (_is_number(cell) and not isinstance(cell, str)) for cell in cells)
        else np.array([str(cell) for cell in cells], dtype=object)
        for key, cells in lists.items()
    }


def _csv(data: bytes, name: str, where: str) -> Columns:
    from pyarrow import ArrowInvalid, csv, string

    try:
        if data[:2] == b"\x1f\x8b":
            data = _unpacked(data, name, where)
        header = data[: data.find(b"\n") if b"\n" in data else None].decode("utf-8-sig").strip("\r")
        names = [one.strip().strip('"') for one in header.split(",")]
        read = csv.read_csv(
            io.BytesIO(data), convert_options=csv.ConvertOptions(column_types={one: string() for one in names})
        )
    except UnicodeDecodeError:
        raise Refused(_not_readable(where, name, "不是 UTF-8 文本", "its text is not UTF-8")) from None
    except ArrowInvalid as error:
        raise Refused(_cut(str(error).splitlines()[0], where, name)) from None
    return {key: _typed(read.column(key)) for key in read.column_names}


def _not_readable(where: str, name: str, zh: str, en: str) -> Finding:
    return finding("carbon.table.unreadable", where, name=name[:120], **in_both("reason", {"zh": zh, "en": en}))


def _cut(said: str, where: str, name: str) -> Finding:
    """What Arrow says of a text, in words of ours where it is a row of another width."""
    found = re.search(r"(?:Row #(\d+): )?Expected (\d+) columns, got (\d+)", said)
    if found is None:
        return _not_readable(where, name, said[:200], said[:200])
    row, wanted, got = found.groups()
    zh, en = (f"第 {row} 行", f"row {row}") if row else ("有一行", "a row")
    return _not_readable(where, name, f"{zh}有 {got} 格，表头有 {wanted} 格",
                         f"{en} has {got} cells, where the head has {wanted}")  # fmt: skip


def _unpacked(data: bytes, name: str, where: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as opened:
            content = opened.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Refused(finding("carbon.table.unreadable", where, name=name[:120],
                              **in_both("reason", {"": str(error)[:200]}))) from None  # fmt: skip
    if len(content) > LARGEST:
        raise Refused(finding("carbon.table.unreadable", where, name=name[:120],
                              **in_both("reason", {"": f"> {LARGEST} B"})))  # fmt: skip
    return content


def _typed(column: Any) -> NDArray[Any]:
    """Texts of a column as numbers where all that stands there are numbers."""
    from pyarrow import ArrowInvalid, compute, float64

    texts = compute.utf8_trim_whitespace(column)
    filled = compute.if_else(compute.equal(texts, ""), None, texts)
    try:
        cast = compute.cast(filled, float64())
    except ArrowInvalid:
        return np.asarray(texts.to_numpy(zero_copy_only=False), dtype=object)
    if cast.null_count == len(cast):
        return np.asarray(texts.to_numpy(zero_copy_only=False), dtype=object)
    return np.asarray(compute.fill_null(cast, math.nan).to_numpy(zero_copy_only=False), float)


def _parquet(data: bytes, name: str, where: str) -> Columns:
    from pyarrow import ArrowInvalid, compute, float64, parquet, timestamp, types

    try:
        read = parquet.read_table(io.BytesIO(data))
    except (ArrowInvalid, OSError) as error:
        reason = str(error).splitlines()[0][:200]
        raise Refused(_not_readable(where, name, reason, reason)) from None
    found: dict[str, NDArray[Any]] = {}
    for key in read.column_names:
        column = read.column(key)
        if types.is_floating(column.type) or types.is_integer(column.type):
            found[key] = np.asarray(compute.fill_null(compute.cast(column, float64()), math.nan).to_numpy(), float)
        elif types.is_timestamp(column.type):  # by columns: a year of minutes has half a million of them
            form = "%Y-%m-%dT%H:%M:%SZ" if column.type.tz else "%Y-%m-%dT%H:%M:%S"
            plain = compute.cast(column, timestamp("us", "UTC" if column.type.tz else None))
            found[key] = np.asarray(compute.strftime(plain, format=form).to_numpy(), dtype=object)
        else:
            found[key] = np.asarray([str(cell) for cell in column.to_pylist()], dtype=object)
    return found
