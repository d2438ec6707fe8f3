"""CSV on the Web (W3C tabular data model): a CSV file and its metadata, each column with its meaning.

The columns of uncertainty carry their form and influence as common properties, so that a program need not guess from
names. Source: W3C, Metadata Vocabulary for Tabular Data (2015).
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from suyuan.lake.written.columns import Columns, table

if TYPE_CHECKING:
    import pyarrow as pa

CONTEXT = "http://www.w3.org/ns/csvw"
PROPERTY = "urn:suyuan:"
"""Prefix of our common properties, absolute as the vocabulary asks: «form», «influence», «element», «unit»."""
_TYPES = {"double": "double", "int64": "integer", "string": "string"}


def csv(whole: pa.Table) -> bytes:
    """A table as comma-separated values in UTF-8: times ISO 8601 in UTC, an empty cell where nothing is known."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as arrow_csv

    for at, field in enumerate(whole.schema):
        if pa.types.is_timestamp(field.type):
            plain = whole[field.name].cast(pa.timestamp("us"))
            with contextlib.suppress(pa.ArrowInvalid):  # parts of a second, which then are written
                plain = plain.cast(pa.timestamp("s"))
            whole = whole.set_column(at, field.name, pc.strftime(plain, format="%Y-%m-%dT%H:%M:%SZ"))
    sink = pa.BufferOutputStream()
    arrow_csv.write_csv(whole, sink)
    return bytes(sink.getvalue())


def write(made: Columns, name: str = "data.csv") -> dict[str, bytes]:
    """The CSV file under its name, and its metadata under the name that the recommendation gives it."""
    whole = table(made)
    described = [_column(f.name, str(f.type), _said(f.metadata)) for f in whole.schema]
    s = made.stream
    metadata: dict[str, Any] = {
        "@context": [CONTEXT, {"@language": "en"}],
        "url": name,
        "dc:title": s.title or s.id,
        **({"dc:license": s.licence} if s.licence else {}),
        **({"dc:rightsHolder": s.owner} if s.owner else {}),
        "dc:description": made.about()["rule"],
        f"{PROPERTY}series": json.dumps(made.about(), ensure_ascii=False, sort_keys=True),
        "dialect": {"delimiter": ",", "header": True, "encoding": "utf-8"},
        "tableSchema": {"columns": described},
    }
    text = json.dumps(metadata, ensure_ascii=False, indent=1)
    return {name: csv(whole), f"{name}-metadata.json": text.encode("utf-8")}


def _said(metadata: Any) -> dict[str, str]:
    return {k.decode(): v.decode("utf-8") for k, v in (metadata or {}).items()}


def _column(name: str, kind: str, said: dict[str, str]) -> dict[str, Any]:
    time = kind.startswith("timestamp")
    own = {f"{PROPERTY}{k}": v for k, v in said.items() if k != "meaning"}
    return {
        "name": name, "titles": name, "datatype": "dateTime" if time else _TYPES[kind], "required": False,
        "dc:description": said.get("meaning", ""), **own,
    }  # fmt: skip
