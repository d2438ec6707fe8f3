"""Rows of a grant as a plain CSV file, and beside it what they are: CSV on the Web (W3C tabular data model).

The CSV begins with its header and shows as many digits as the readings justify: u to two significant digits of the
smallest u of its stream, the value to the same place, or to the step that the grant rounds to. This adds at most 3 % of
that u, in quadrature 0.05 %; whoever wants every binary digit takes Parquet. Terms, units and citation stand in the
metadata, whose file is named as the recommendation says. Source: W3C, Metadata Vocabulary for Tabular Data (2015), 5.1;
GUM 7.2.6.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.written.columns import FLAGGED_BY
from suyuan.lake.written.csv_web import CONTEXT, PROPERTY
from suyuan.series.block import NO_TIME
from suyuan.series.dataset.given import Rows
from suyuan.series.dataset.moment import text_of
from suyuan.series.dataset.version import Part

Several = list[tuple[Part, Rows]]
MEANING = {
    "stream": ("string", "stream that the reading belongs to"),
    "time": ("dateTime", "time of the reading, UTC"),
    "value": ("number", "value as the certificate of its time corrects it"),
    "u": ("number", "standard uncertainty, k = 1; of rounded values with the rounding in it"),
    "status": ("string", "why there is a value or none"),
    "flag": ("string", "mark of the device, as reported"),
    "flagged_by": ("string", FLAGGED_BY),
    "certificate": ("string", "certificate that corrects the reading"),
}
TELLS = "-metadata.json"
"""What the name of the metadata ends with, after that of the CSV file."""


def places(least_u: float | None, resolution: Decimal) -> int:
    """Decimals that a stream's values deserve: two significant digits of the smallest u, else the resolution's.

    >>> places(0.0347, Decimal("0.1")), places(None, Decimal("0.1")), places(120.0, Decimal("10"))
    (3, 1, 0)
    """
    if least_u is None:
        return _decimals(resolution)
    return max(0, 1 - math.floor(math.log10(least_u)))


def _decimals(step: Decimal) -> int:
    exponent = step.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def write(several: Several) -> bytes:
    """The CSV file, UTF-8; an empty cell is what is not known."""
    names = list(dict.fromkeys(name for _, rows in several for name in rows.columns))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["stream", *names])
    for part, rows in several:
        fine = places(rows.least_u, part.stream.resolution)
        step = rows.meta.get("step")
        digits = {"u": fine, "value": fine if step is None else _decimals(Decimal(step))}
        columns = [_texts(name, rows.columns[name], digits.get(name, 0)) for name in names if name in rows.columns]
        if len(rows):
            writer.writerows(zip([part.stream.id] * len(rows), *columns, strict=True))
    return text.getvalue().encode("utf-8")


def _texts(name: str, column: NDArray[Any], digits: int) -> list[Any]:
    """A column as cells: times ISO 8601 in UTC, numbers with so many decimals, nothing where nothing is known."""
    if name == "time":
        return [None if t == NO_TIME else text_of(int(t)) for t in column]
    if column.dtype.kind != "f":
        return list(column.tolist())
    shown = np.char.mod(f"%.{digits}f", column)
    return list(np.where(np.isfinite(column), shown, "").tolist())


def metadata(name: str, several: Several, terms: Mapping[str, Any]) -> bytes:
    """What stands beside a CSV file of a name: its columns with their meaning, terms of use, units by stream."""
    names = ["stream", *dict.fromkeys(name for _, rows in several for name in rows.columns)]
    units = list(dict.fromkeys(part.stream.unit for part, _ in several))
    own = {f"{PROPERTY}unit": units[0]} if len(units) == 1 else {}
    described = [
        {"name": n, "titles": n, "datatype": MEANING[n][0], "required": n == "stream", "dc:description": MEANING[n][1],
         **(own if n in ("value", "u") else {})}
        for n in names
    ]  # fmt: skip
    body = {
        "@context": [CONTEXT, {"@language": "en"}], "url": name, "dc:identifier": terms["dataset"],
        "dc:license": terms["licence"], "dc:description": terms["conditions"], f"{PROPERTY}terms": dict(terms),
        "dialect": {"delimiter": ",", "header": True, "encoding": "utf-8"}, "tableSchema": {"columns": described},
    }  # fmt: skip
    kept = {key: value for key, value in body.items() if value not in ("", None)}
    return json.dumps(kept, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8")
