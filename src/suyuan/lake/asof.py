"""Runs the query for corrected sums on an engine: the small tables of windows are named, the readings are there."""

from __future__ import annotations

from typing import Any

from suyuan.lake.running import Running
from suyuan.quantity.finding import Refused
from suyuan.series.asof_columns import Corrected
from suyuan.series.gathered import Gathered


def corrected_sums(engine: Running, query: Corrected) -> dict[Any, Gathered]:
    """Key in the table of readings → its sums; see `suyuan.series.asof_columns.corrected`.

    Raises Refused as `Running.run`, and with what failed and in how many rows where a correction has no value.
    """
    import pyarrow as pa

    for name, columns in query.tables.items():
        engine.arrow(name, pa.table({column: pa.array(array.tolist()) if array.dtype == object else array
                                     for column, array in columns.items()}))  # fmt: skip
    answers = []
    for part in query.parts:
        try:
            answers.append(engine.run(part.expression))
        except Refused as refused:
            if part.sums is not None:
                engine._explain(part.sums.propagated, refused)
            raise
    tally = engine.run(query.tally)
    try:
        return query.read(answers, tally)
    except Refused as refused:
        for one in (part.sums for part in query.parts if part.sums is not None):
            engine._explain(one.propagated, refused)
        raise
