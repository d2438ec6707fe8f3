"""The forests of a plant's document as parts of its claim: what they took up in a year of the time between two
inventories of the same plots, as a negative emission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.claim.claim import MONTHS, Part
from suyuan.carbon.factor import constant
from suyuan.carbon.forest.allometry import equation
from suyuan.carbon.forest.filed import Wood, read_forests
from suyuan.carbon.forest.montecarlo import Stand
from suyuan.carbon.forest.parameters import parameters_of, posterior_of
from suyuan.carbon.forest.stock import Inventory, stock_change
from suyuan.carbon.plant import Plant
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.table import Row, load
from suyuan.verbs.carbon.claims import Monitored
from suyuan.verbs.carbon.files import Columns, Files, numbers, of, table


def wooded(plant: Plant, files: Files) -> Monitored:
    """What the forests of a plant bring to its claim. Raises Refused with every fault of the document or its tables."""
    fields = Fields(plant.content)
    woods = read_forests(fields)
    if errors(fields.found):
        raise Refused(*fields.found)
    rows: dict[str, Row] = {}
    parts, told = [], list(fields.found)
    for wood in woods:
        yearly, findings = taken_up(wood, files)
        share = -float(yearly.value) / MONTHS
        parts.append(Part(wood.boundary.name, "forest", -yearly * np.full(MONTHS, 1.0 / MONTHS), (share,) * MONTHS,
                          {"calculated": share * MONTHS}))  # fmt: skip
        told += findings
        rows |= {str(row["id"]): row for row in _rows(wood)}
    return Monitored(tuple(parts), tuple(rows.values()), (), tuple(dict.fromkeys(told)))


def _rows(wood: Wood) -> list[Row]:
    used = [equation(wood.equation), constant("carbon_fraction_of_biomass")]
    wrong = [row for row in load("suyuan.carbon", "forest.diameter_error") if row["name"] == wood.errors.diameter_error]
    return used + wrong


def taken_up(wood: Wood, files: Files) -> tuple[Quantity, tuple[Finding, ...]]:
    """t CO2 in a year of the time between both inventories; growth is positive.

    The residual of the document is drawn about the line in ln AGB, so the equation's a, which gives the mean of a tree,
    is taken as ln a − ½σ² (`of_mean`). What the equation's parameters err by is in u where its row states it; else a
    finding says that it is left out.
    """
    columns = table({"file": wood.table}, files, where=f"{wood.pointer}/table")
    row = equation(wood.equation)
    posterior, parameters = posterior_of(row, wood.residual_sd), parameters_of(row)
    trees = _Trees.of(wood, columns)
    before, after = (
        Inventory(trees.stand(wood, columns, when, occasion), posterior, wood.errors, None, parameters)
        for occasion, when in enumerate(("before", "after"))
    )
    change = stock_change(before, after, wood.boundary, wood.draws, wood.seed)
    told = () if parameters else (
        finding("carbon.wood.parameters", wood.pointer, "warning", name=wood.boundary.name, equation=wood.equation),
    )  # fmt: skip
    return change / wood.years, told


@dataclass(frozen=True, slots=True, eq=False)
class _Trees:
    """What the trees of the table keep: one row a tree, whether it stands in both inventories or in one."""

    density: NDArray[np.float64]
    plot: NDArray[np.int64]
    plots: NDArray[Any]
    species: NDArray[np.int64] | None

    @staticmethod
    def of(wood: Wood, columns: Columns) -> _Trees:
        where, named = f"{wood.pointer}/table", wood.columns
        density = numbers(columns, named["wood_density"], f"{where}/wood_density", wood.table)
        cells = of(columns, named["plot"], f"{where}/plot", wood.table).astype(str)
        plots, plot = np.unique(cells, return_inverse=True)
        species = None
        if named["species"] in columns:
            species = np.unique(columns[named["species"]].astype(str), return_inverse=True)[1].astype(np.int64)
        return _Trees(density, plot.astype(np.int64), plots, species)

    def stand(self, wood: Wood, columns: Columns, when: str, occasion: int) -> Stand:
        """The trees of one inventory: those with a diameter in it."""
        where = f"{wood.pointer}/table"
        d = numbers(columns, wood.columns[f"diameter_{when}"], f"{where}/diameter_{when}", wood.table)
        h = None
        if "height" in equation(wood.equation)["needs"]:
            h = numbers(columns, wood.columns[f"height_{when}"], f"{where}/height_{when}", wood.table)
        there = np.isfinite(d)
        absent = [str(name) for at, name in enumerate(self.plots) if not (self.plot[there] == at).any()]
        if absent:
            raise Refused(finding("carbon.wood.plot", f"{where}/plot", plot=absent[0], when=when, name=wood.table[:80]))
        return Stand(d, self.density, h, self.species, self.plot, there, occasion)
