"""A Frictionless data package: the series and its influences as CSV, described with types, units and digests.

Source: Frictionless Data, Data Package and Table Schema (v1).
"""

from __future__ import annotations

import csv as text_csv
import hashlib
import io
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from suyuan.lake.written import rows_csv
from suyuan.lake.written.columns import Columns, table
from suyuan.lake.written.csv_web import csv
from suyuan.lake.written.rows_csv import Several

if TYPE_CHECKING:
    import pyarrow as pa

_TYPES = {"double": "number", "int64": "integer", "string": "string"}
SERIES, INFLUENCES, ROWS = "series.csv", "influences.csv", "rows.csv"


def write(made: Columns) -> dict[str, bytes]:
    """Name → bytes of the package: `datapackage.json`, the series, the influences."""
    whole = table(made)
    files = {SERIES: csv(whole), INFLUENCES: _influences(made)}
    said = made.about()
    package: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": _name(made.stream.id),
        "title": made.stream.title or made.stream.id,
        "description": said["rule"],
        "suyuan": said,
        "resources": [
            _resource(SERIES, files[SERIES], _series_fields(whole)),
            _resource(INFLUENCES, files[INFLUENCES], _influence_fields()),
        ],
    }
    if made.stream.licence:
        package["licenses"] = [{"name": made.stream.licence}]
    if made.stream.owner:
        package["contributors"] = [{"title": made.stream.owner, "role": "publisher"}]
    text = json.dumps(package, ensure_ascii=False, indent=1)
    return {"datapackage.json": text.encode("utf-8"), **files}


def write_rows(several: Several, terms: Mapping[str, Any]) -> dict[str, bytes]:
    """Name → bytes of a package of the rows that a grant gives: `datapackage.json` with its terms, and the rows."""
    rows = rows_csv.write(several)
    names = ["stream", *dict.fromkeys(name for _, one in several for name in one.columns)]
    units = {part.stream.unit for part, _ in several}
    own = {"unit": next(iter(units))} if len(units) == 1 else {}
    fields = []
    for name in names:
        kind, meaning = rows_csv.MEANING[name]
        form = {"type": "datetime", "format": "any"} if kind == "dateTime" else {"type": kind}
        fields.append({"name": name, **form, "description": meaning, **(own if kind == "number" else {})})
    package: dict[str, Any] = {
        "profile": "tabular-data-package", "name": _name(str(terms["dataset"]).split()[0]), "id": terms["dataset"],
        "description": terms["conditions"], "suyuan": dict(terms), "resources": [_resource(ROWS, rows, fields)],
    }  # fmt: skip
    if terms["licence"]:
        package["licenses"] = [{"name": terms["licence"]}]
    kept = {key: value for key, value in package.items() if value not in ("", None)}
    text = json.dumps(kept, ensure_ascii=False, allow_nan=False, indent=1)
    return {"datapackage.json": text.encode("utf-8"), ROWS: rows}


def _name(text: str) -> str:
    """A package name: lower case, digits, «-», «_», «.»."""
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-") or "series"


def _resource(path: str, content: bytes, fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": path.removesuffix(".csv"), "path": path, "profile": "tabular-data-resource", "format": "csv",
        "mediatype": "text/csv", "encoding": "utf-8", "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": {"fields": fields, "missingValues": [""]},
    }  # fmt: skip


def _series_fields(whole: pa.Table) -> list[dict[str, Any]]:
    found = []
    for field in whole.schema:
        said = {k.decode(): v.decode("utf-8") for k, v in (field.metadata or {}).items()}
        kind = "datetime" if str(field.type).startswith("timestamp") else _TYPES[str(field.type)]
        own = {"description": said.pop("meaning", ""), **said}
        found.append({"name": field.name, "type": kind, **({"format": "any"} if kind == "datetime" else {}), **own})
    return found


def _influence_fields() -> list[dict[str, Any]]:
    kinds = {"element": "integer", "degrees_of_freedom": "number"}
    names = ("name", "influence", "element", "label", "source", "degrees_of_freedom", "form")
    return [{"name": n, "type": kinds.get(n, "string")} for n in names]


def _influences(made: Columns) -> bytes:
    names = [f["name"] for f in _influence_fields()]
    out = io.StringIO(newline="")
    writer = text_csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for c in made.components:
        row = c.to_json()
        writer.writerow(["" if row[n] is None else row[n] for n in names])
    return out.getvalue().encode("utf-8")
