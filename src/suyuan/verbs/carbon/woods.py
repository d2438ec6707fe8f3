"""The forests of a plant's document as parts of its claim: what they took up in a year of the time between two
inventories of the same plots, as a negative emission."""

from __future__ import annotations

from typing import Any

import numpy as np

from suyuan.carbon.claim.claim import MONTHS, Part
from suyuan.carbon.factor import constant
from suyuan.carbon.forest.allometry import equation
from suyuan.carbon.forest.filed import COLUMNS, Wood, read_forests
from suyuan.carbon.forest.montecarlo import Posterior, Stand
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

    The equation's own scatter is that of a tree; what its parameters err by is not in it unless the published draws are
    there, which is told.
    """
    columns = table({"file": wood.table}, files, where=f"{wood.pointer}/table")
    a, b = equation(wood.equation)["value"][:2]
    draws = Posterior(np.array([np.log(a)]), np.array([float(b)]), np.array([wood.residual_sd]))
    plots = np.unique(of(columns, wood.columns["plot"], f"{wood.pointer}/table/plot", wood.table).astype(str))
    before, after = (Inventory(_stand(wood, columns, plots, when), draws, wood.errors) for when in ("before", "after"))
    change = stock_change(before, after, wood.boundary, wood.draws, wood.seed)
    told = finding("carbon.wood.parameters", wood.pointer, "warning", name=wood.boundary.name, equation=wood.equation)
    return change / wood.years, (told,)


def _stand(wood: Wood, columns: Columns, plots: Any, when: str) -> Stand:
    """The trees of one inventory: those with a diameter in it."""
    where = f"{wood.pointer}/table"
    named = {key: wood.columns[key] for key in COLUMNS}
    d, h, density = (
        numbers(columns, named[key], f"{where}/{key}", wood.table)
        for key in (f"diameter_{when}", f"height_{when}", "wood_density")
    )
    there = np.isfinite(d)
    plot = np.searchsorted(plots, of(columns, named["plot"], f"{where}/plot", wood.table).astype(str))
    absent = [str(name) for at, name in enumerate(plots) if not (plot[there] == at).any()]
    if absent:
        raise Refused(finding("carbon.wood.plot", f"{where}/plot", plot=absent[0], when=when, name=wood.table[:80]))
    species = None
    if named["species"] in columns:
        species = np.unique(columns[named["species"]].astype(str)[there], return_inverse=True)[1].astype(np.int64)
    return Stand(d[there], density[there], h[there], species, plot[there].astype(np.int64))
