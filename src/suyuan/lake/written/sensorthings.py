"""SensorThings (OGC 18-088): one thing, one datastream and its observations, each with its uncertainty.

`resultQuality` is free in the standard: here an object with «standardUncertainty» (k = 1, in the unit of the result),
its own part «random», and the signed «components» by the names that the datastream's properties explain.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.written.columns import Columns, status_words, unit_of
from suyuan.series.block import NO_TIME

MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"


def write(made: Columns) -> bytes:
    """A JSON document: a thing with its datastream, as a server takes it in one deep insert."""
    s, unit = made.stream, unit_of(made)
    datastream = {
        "name": s.id,
        "description": s.title or s.quantity or s.id,
        "observationType": MEASUREMENT,
        "unitOfMeasurement": {"name": made.symbol, "symbol": made.symbol, "definition": unit.get("dsi", "")},
        "ObservedProperty": {"name": s.quantity or s.id, "description": s.quantity, "definition": ""},
        "Sensor": {"name": s.instrument, "description": s.instrument, "encodingType": "text/plain", "metadata": ""},
        "properties": made.about(),
        "Observations": _observations(made),
    }
    thing = {"name": s.place or s.instrument or s.id, "description": s.owner, "Datastreams": [datastream]}
    return json.dumps(thing, ensure_ascii=False, allow_nan=False).encode("utf-8")


def _observations(made: Columns) -> list[dict[str, Any]]:
    """Rows with a time; one without a value has a null result and says why."""
    there = made.time != NO_TIME
    rows = np.flatnonzero(there)
    begin = _texts(made.time[rows])
    if made.until is not None:
        begin = [f"{a}/{b}" for a, b in zip(begin, _texts(made.until[rows]), strict=True)]
    value, u, random = (_numbers(c[rows]) for c in (made.value, made.u, made.random))
    parts = [(c.name, _numbers(c.value[rows])) for c in made.components]
    words = status_words(made)[rows].tolist()
    flags = [""] * len(rows) if made.flag is None else made.flag[rows].tolist()
    spoken = [""] * len(rows) if made.flagged_by is None else made.flagged_by[rows].tolist()
    found = []
    for at, time in enumerate(begin):
        quality: dict[str, Any] = {"status": words[at]}
        if flags[at]:
            quality["flag"] = flags[at]
        if spoken[at]:
            quality["flaggedBy"] = spoken[at].split()
        if u[at] is not None:
            quality["standardUncertainty"] = u[at]
        if random[at] is not None:
            quality["random"] = random[at]
        if value[at] is not None and parts:
            quality["components"] = {name: column[at] for name, column in parts}
        found.append({"phenomenonTime": time, "result": value[at], "resultQuality": quality})
    return found


def _texts(time: NDArray[np.int64]) -> list[str]:
    texts = np.datetime_as_string(time.view("M8[us]"), unit="us")
    return [t.replace(".000000", "") + "Z" for t in texts.tolist()]


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [None if x != x else x for x in values.tolist()]
