"""Whether values of HJ 212 are of the size that their unit in the table of codes asks for.

The table gives ng/m3 for particles, ammonia and methane; loggers often send µg/m3 or mg/m3 under the same codes, and
a packet names no unit. Nothing is changed: what looks wrong is told.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from suyuan.lake.formats.imported import RawStream
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.table import Row

RULE = "HJ 212-2017"
_FINER = (("µg/m3", 1e3), ("mg/m3", 1e6))
"""Units that a value may be in instead of ng/m3, and how many ng/m3 one of it is."""


def sizes(streams: Iterable[tuple[RawStream, Row | None]]) -> tuple[Finding, ...]:
    """A warning for each stream whose median is below the least that is usual in its unit.

    streams: each with the row of its code, whose «least» is that value, in the unit of the row.
    """
    found = []
    for one, row in streams:
        least = None if row is None else row.get("least")
        known = one.value[np.isfinite(one.value) & (one.value > 0.0)]
        if least is None or row is None or one.unit != row["unit"] or not len(known):
            continue
        median = float(np.median(known))
        if median >= float(least):
            continue
        likely = next((unit for unit, factor in _FINER if median * factor >= float(least)), "mg/m3")
        about = {"median": f"{median:.4g}", "unit": one.unit, "least": f"{float(least):g}", "likely": likely}
        names = {"name_zh": str(row["zh"]), "name_en": str(row["en"]) or str(row["code"])}
        found.append(finding("lake.hj212.size", one.name, "warning", RULE, **about, **names))
    return tuple(found)
