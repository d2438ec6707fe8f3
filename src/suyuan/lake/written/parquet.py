"""Parquet: the columns with their units and forms in the metadata of each, and the influences in that of the file."""

from __future__ import annotations

import json

from suyuan.lake.written.columns import Columns, table

KEY = "suyuan"
"""Key of the file's metadata under which `Columns.about` stands as JSON."""


def write(made: Columns) -> bytes:
    """A Parquet file; metadata of a column: unit, form («random» or «systematic»), influence, element, meaning."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    whole = table(made)
    said = {KEY: json.dumps(made.about(), ensure_ascii=False, sort_keys=True)}
    sink = pa.BufferOutputStream()
    pq.write_table(whole.replace_schema_metadata(said), sink, compression="zstd")
    return bytes(sink.getvalue())
