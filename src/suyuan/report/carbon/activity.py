"""The activity data of a claim's document by month: amounts, factors, and the tonnes that they make with how and U."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from suyuan.carbon.claim.claim import MONTHS, Claim, Part
from suyuan.carbon.fuel.calculation import plain
from suyuan.carbon.fuel.stream import SourceStream
from suyuan.carbon.fuel.units import GAS, MASS, amount_unit, factor_unit
from suyuan.carbon.plant import Plant
from suyuan.carbon.words import word
from suyuan.report.carbon.told import COVERAGE, count, heads, joined, section, term, tonnes, unknown, with_u
from suyuan.report.papers.document import Block, Cell, Number, Paragraph, Table, Text


def activity_blocks(plant: Plant, claim: Claim) -> Iterator[Block]:
    """A table for each source stream, as the claim computed with it; nothing where the document has no stream."""
    if not plant.streams:
        return
    yield section("activity")
    for stream in plant.streams:
        yield _table(stream, _unit(plant, stream), claim)
    yield Paragraph(term("note.activity"), "note")


def activity_fields(plant: Plant) -> list[dict[str, Any]]:
    """The same as data."""
    return [{"name": one.name, "kind": one.kind, "unit": _unit(plant, one),
             "amount": plain(one.amount).tolist(),
             "factors": {name: column.tolist() for name, column in _columns(one).items()},
             "reports": [{"issuer": e.issuer, "number": e.number, "months": list(e.months)} for e in one.evidence
                         if e.sample]} for one in plant.streams]  # fmt: skip


def _unit(plant: Plant, stream: SourceStream) -> str:
    """The unit in which its amounts count."""
    filed: dict[str, Any] = next(
        (one for one in plant.content.get("streams", ()) if one.get("name") == stream.name), {}
    )
    return amount_unit(str(filed.get("amount_unit", MASS)), stream.kind)[1]


def _columns(stream: SourceStream) -> dict[str, Any]:
    """Factor → (12,) as computed with, NaN in months in which it is not used; the heat value that laboratory reports
    state where it enters no product."""
    heat = np.full(MONTHS, np.nan) if stream.heat is None else stream.heat
    found = {name: np.where(stream.used(name), _months(value), heat if name == "heat_value" else np.nan)
             for name, value in stream.given.items()}  # fmt: skip
    found.setdefault("heat_value", heat)
    return {name: column for name, column in found.items() if np.isfinite(column).any()}


def _table(stream: SourceStream, unit: str, claim: Claim) -> Table:
    columns, amount = _columns(stream), _months(stream.amount)
    rows = [[count(month + 1), _cell(amount[month], 7), *(_cell(one[month], 5) for one in columns.values())]
            for month in range(MONTHS)]  # fmt: skip
    means = [_cell(_mean(column, amount), 5) for column in columns.values()]
    rows.append([term("word.year_mean"), _cell(float(amount.sum()), 7), *means])
    names, sides = [*heads("month"), *(_head(name, unit) for name in ("amount", *columns))], "r" * (2 + len(columns))
    part = next((part for part in claim.parts if (part.name, part.kind) == (stream.name, stream.kind)), None)
    if part is not None:
        rows = [[*row, *more] for row, more in zip(rows, _tonnes(part), strict=True)]
        names, sides = [*names, *heads("emission", "U", "method")], sides + "rrl"
    caption: Text = {one: f"{stream.name} · {text}" for one, text in term(f"kind.{stream.kind}").items()}
    return Table(caption, tuple(names), tuple(map(tuple, rows)), sides, (), f"activity {stream.name}",
                 size="small")  # fmt: skip


def _tonnes(part: Part) -> Iterator[tuple[Cell, Cell, Cell]]:
    """Legal tonnes, U and how they came about, of each month and of the year."""
    months, year = range(1, MONTHS + 1), part.months.sum()
    best, u = [*part.months.value.tolist(), float(year.value)], [*part.months.u.tolist(), float(year.u)]
    legal = tonnes([*part.legal, sum(part.legal)])
    _, spread = with_u(best, [COVERAGE * one for one in u], [*(part.least_in(month) for month in months), part.least])
    how = [*(part.methods_in(month) for month in months), tuple(part.methods)]
    words = [joined([term(f"method.{name}") for name in names]) for names in how]
    return zip(legal, spread, words, strict=True)


def _head(name: str, unit: str) -> Text:
    """A factor with its unit, the amount with its own."""
    of = unit if name == "amount" else factor_unit(name, unit)
    of = of.replace(GAS, "10⁴ Nm³")
    said = word("factor", name) | {"en": word("factor", name)["en"].capitalize()}
    return said if of == "1" else {one: f"{text} / {f'({of})' if '/' in of else of}" for one, text in said.items()}


def _months(value: Any) -> Any:
    return np.broadcast_to(plain(value), (MONTHS,)).astype(float)


def _mean(column: Any, amount: Any) -> float:
    """Weighted by the amounts of the months in which it was given; NaN where there are none."""
    there = np.isfinite(column)
    whole = float(amount[there].sum())
    return float((column[there] * amount[there]).sum() / whole) if whole else float("nan")


def _cell(value: float, digits: int) -> Cell:
    return Number(f"{value:.{digits}g}".replace("-", "\u2212"), float(value)) if np.isfinite(value) else unknown()
