"""The activity data of a claim's document by month: amounts with carbon content, heat value and what else was given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from suyuan.carbon.claim.claim import MONTHS
from suyuan.carbon.fuel.calculation import plain
from suyuan.carbon.fuel.stream import SourceStream
from suyuan.carbon.plant import Plant
from suyuan.carbon.words import word
from suyuan.report.carbon.told import count, heads, section, term, unknown
from suyuan.report.papers.document import Block, Cell, Number, Paragraph, Table, Text

UNITS = {"carbon": "tC", "carbon_content": "tC", "heat_value": "GJ", "factor": "tCO2"}
"""Factor → its unit, to a unit of the amount."""
WHOLE = {"carbon_per_heat": "tC/GJ", "oxidation": "1"}
"""Factor → its unit, whatever the amount is."""


def activity_blocks(plant: Plant) -> Iterator[Block]:
    """A table for each source stream, as the claim computed with it; nothing where the document has no stream."""
    if not plant.streams:
        return
    yield section("activity")
    for stream in plant.streams:
        yield _table(stream, _columns(plant, stream))
    yield Paragraph(term("note.activity"), "note")


def activity_fields(plant: Plant) -> list[dict[str, Any]]:
    """The same as data."""
    return [{"name": one.name, "kind": one.kind, "amount": plain(one.amount).tolist(),
             "factors": {name: column.tolist() for name, column in _columns(plant, one).items()},
             "reports": [{"issuer": e.issuer, "number": e.number, "months": list(e.months)} for e in one.evidence
                         if e.sample]} for one in plant.streams]  # fmt: skip


def _columns(plant: Plant, stream: SourceStream) -> dict[str, Any]:
    """Factor → (12,) as computed with; the heat value that laboratory reports state where it enters no product."""
    found = {name: _given(value) for name, value in stream.given.items()}
    mine = (one for one in plant.content.get("streams", ()) if one.get("name") == stream.name)
    filed: dict[str, Any] = next(mine, {})
    heat = np.full(MONTHS, np.nan)
    for report in filed.get("reports") or ():
        if isinstance(report.get("heat"), int | float) and report.get("month") in range(1, MONTHS + 1):
            heat[report["month"] - 1] = report["heat"]
    if "heat_value" not in found and np.isfinite(heat).any():
        found["heat_value"] = heat
    return found


def _table(stream: SourceStream, columns: dict[str, Any]) -> Table:
    amount = _months(stream.amount)
    rows: list[tuple[Cell, ...]] = [
        (count(month + 1), _cell(amount[month], 7), *(_cell(column[month], 5) for column in columns.values()))
        for month in range(MONTHS)
    ]
    weighted = [_cell(_mean(column, amount), 5) for column in columns.values()]
    rows.append((term("word.year_mean"), _cell(float(amount.sum()), 7), *weighted))
    named = [_head(name) for name in columns]
    caption: Text = {one: f"{stream.name} · {text}" for one, text in term(f"kind.{stream.kind}").items()}
    return Table(caption, (*heads("month", "amount"), *named), tuple(rows), "r" * (2 + len(named)), (),
                 f"activity {stream.name}", size="small")  # fmt: skip


def _head(name: str) -> Text:
    said = word("factor", name)
    if name in WHOLE:
        return {one: text if WHOLE[name] == "1" else f"{text} / ({WHOLE[name]})" for one, text in said.items()}
    per = term("word.per_unit")
    return {one: f"{text} / ({UNITS[name]}/{per[one]})" if name in UNITS else text for one, text in said.items()}


def _given(value: Any) -> Any:
    """A factor by month; unknown where another one was given in its place, which leaves it nil."""
    column = _months(value)
    return np.where(column == 0.0, np.nan, column) if (column != 0.0).any() else column


def _months(value: Any) -> Any:
    return np.broadcast_to(plain(value), (MONTHS,)).astype(float)


def _mean(column: Any, amount: Any) -> float:
    """Weighted by the amounts of the months in which it was given; NaN where there are none."""
    there = np.isfinite(column)
    whole = float(amount[there].sum())
    return float((column[there] * amount[there]).sum() / whole) if whole else float("nan")


def _cell(value: float, digits: int) -> Cell:
    return Number(f"{value:.{digits}g}".replace("-", "\u2212"), float(value)) if np.isfinite(value) else unknown()
