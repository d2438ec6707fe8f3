"""`suyuan industry`: key parameters of an industry as a tree, with their status, and who covers which cell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading, service
from suyuan.cli.command import Data, Day, today
from suyuan.cli.gaps import unknown_industry
from suyuan.cli.language import one_of, term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Refused
from suyuan.quantity.notation import behind

if TYPE_CHECKING:
    from suyuan.capability.gaps.industry import Industry, KeyParameter
    from suyuan.capability.gaps.matrix import Cell, Matrix


@dataclass(frozen=True)
class AskedIndustry:
    """One industry, or the list of all; with a data folder also what is covered."""

    id: Annotated[str, typer.Argument(metavar="ID", help=term("help.industry.id"))] = ""
    data: Data = None
    day: Day = ""


def run(asked: AskedIndustry) -> Answer:
    """The industries with the status of their rows, or the tree and matrix of one."""
    from suyuan.capability.gaps.industry import industries, industry

    if not asked.id:
        rows = industries()
        return Answer({"industries": [_summary(item) for item in rows]}, lambda page: _list(page, rows))
    item = industry(asked.id)
    if item is None:
        raise unknown_industry(asked.id)
    values = _summary(item) | {"parameters": [_parameter(row) for row in item.parameters]}
    matrix, damaged = (None, ()) if asked.data is None else _matrix(asked.data, asked.day, item)
    if matrix is not None:
        values["matrix"] = {f"{stage}/{node}": _cell(cell) for (stage, node), cell in matrix.cells.items()}
        values["whole"] = _cell(matrix.whole)
    return Answer(values, lambda page: _show(page, item, matrix), damaged)


def _matrix(data: Path, day: str, item: Industry) -> tuple[Matrix, Any]:
    from suyuan.verbs.matching.gaps import matrix_of_industry

    at, damaged = service.known_on(data, reading.read_day(day, "--day") or today())
    return matrix_of_industry(at, item.id), damaged


def _summary(item: Industry) -> dict[str, Any]:
    return {"id": item.id, "name": dict(item.name), "count": len(item.parameters), "statuses": dict(item.statuses),
            "source": item.source, "status": item.status}  # fmt: skip


def _parameter(row: KeyParameter) -> dict[str, Any]:
    return {
        "id": row.id, "product": dict(row.product), "process": dict(row.process), "name": dict(row.name),
        "quantity": row.quantity, "low": row.low, "high": row.high, "unit": row.unit, "requirement": row.requirement,
        "stages": list(row.stages), "nodes": list(row.nodes), "source": row.source, "status": row.status,
    }  # fmt: skip


def _cell(cell: Cell) -> dict[str, Any]:
    return {"covered": len(cell.covered), "open": len(cell.open), "unknown": len(cell.unknown), "by": dict(cell.by)}


def _list(page: Page, rows: tuple[Industry, ...]) -> None:
    page.text(term("industry.drafts"), "dim")
    names = list(dict.fromkeys(name for item in rows for name in item.statuses))
    page.table(
        [*service.columns("id", "industry", "count"), *(term(f"status.{name.replace(' ', '_')}") for name in names)],
        [[item.id, one_of(item.name), len(item.parameters), *(item.statuses.get(name, 0) for name in names)]
         for item in rows],
        range(2, 3 + len(names)),
    )  # fmt: skip


def _show(page: Page, item: Industry, matrix: Matrix | None) -> None:
    page.title(f"{one_of(item.name)}  {item.id}")
    page.text(term("industry.drafts"), "dim")
    page.facts((term(f"status.{name.replace(' ', '_')}"), count) for name, count in item.statuses.items())
    rows = []
    for processes in item.tree.values():
        for parameters in processes.values():
            for n, row in enumerate(parameters):
                first = (one_of(row.product), one_of(row.process)) if not n else ("", "")
                rows.append([*first, row.id, one_of(row.name), f"{row.low:g} … {row.high:g}{behind(_symbol(row.unit))}",
                             term(f"status.{row.status.replace(' ', '_')}")])  # fmt: skip
    page.table(service.columns("product", "process", "id", "parameter", "interval", "status"), rows)
    if matrix is not None:
        _matrix_shown(page, matrix)


def _matrix_shown(page: Page, matrix: Matrix) -> None:
    from suyuan.capability.capability import NODES, STAGES

    page.title(term("industry.matrix"))
    page.table([term("column.stage"), *(term(f"node.{node}") for node in NODES)], [
        [term(f"stage.{stage}"), *(_share(cell) for cell in matrix.stage(stage))] for stage in STAGES
    ])  # fmt: skip
    page.text(f"{term('industry.whole')}{term('mark.colon')}{_share(matrix.whole)}")


def _symbol(unit: str) -> str:
    """The symbol of a unit that a table writes in letters: degC as °C."""
    from suyuan.quantity.unit import parse_unit

    try:
        return parse_unit(unit).symbol
    except Refused:
        return unit


def _share(cell: Cell) -> str:
    """Covered of all, with what is not known apart; «» where nothing stands."""
    if not cell.count:
        return ""
    return f"{len(cell.covered)}/{cell.count}" + (f" (?{len(cell.unknown)})" if cell.unknown else "")
