"""Tables as people have them, as plain CSV: sheets of Excel, semicolons or tabs, and encodings other than UTF-8."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import PurePosixPath

from suyuan.lake.formats.delimited import Table, separated, workbook

SHEETS = (".xlsx", ".xlsm")
_LOOKED_AT = 65_536


def plain(content: bytes, name: str) -> bytes:
    """A table as comma-separated UTF-8; what is so already, packed or Parquet stays as it is.

    Raises Refused formats.… for a sheet or a text that cannot be read.

    >>> plain("时间;CO2\\n2025/1/1 0:00;11,5\\n2025/1/1 1:00;11,6\\n".encode("gbk"), "a.csv").decode().splitlines()[1]
    '"2025/1/1 0:00","11.5"'
    """
    if PurePosixPath(name).suffix.lower() in SHEETS:
        return _written(workbook(content, name))
    if name.lower().endswith((".parquet", ".gz")) or content[:2] == b"\x1f\x8b" or _is_plain(content):
        return content
    return _written(separated(content, name))


def plainly(files: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """A reader of files whose tables come as plain CSV."""
    return lambda name: plain(files(name), name)


def _is_plain(content: bytes) -> bool:
    start = content[:_LOOKED_AT]
    start = start if len(start) == len(content) else start[: start.rfind(b"\n") + 1]
    try:
        head = start.decode("utf-8-sig").split("\n", 1)[0]
    except UnicodeDecodeError:
        return False
    return "," in head and ";" not in head and "\t" not in head


def _written(table: Table) -> bytes:
    """The columns as CSV; where commas do not part cells, those within numbers are decimal ones."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as arrow_csv

    columns = {name: pc.cast(column, pa.string()) for name, column in table.columns.items()}
    if table.separator not in ("", ","):
        columns = {name: pc.replace_substring_regex(column, r"^\s*([+-]?\d+),(\d+)\s*$", r"\1.\2")
                   for name, column in columns.items()}  # fmt: skip
    sink = io.BytesIO()
    arrow_csv.write_csv(pa.table(columns), sink)
    return sink.getvalue()
