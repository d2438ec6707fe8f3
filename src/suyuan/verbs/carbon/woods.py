"""The forests of a plant's document as parts of its claim: what they took up in a year of the time between two
inventories of the same plots, as a negative emission."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.claim.claim import MONTHS, Part
from suyuan.carbon.factor import constant
from suyuan.carbon.forest.allometry import row_named
from suyuan.carbon.forest.filed import ERRS, KIND, Wood, read_forests
from suyuan.carbon.forest.montecarlo import Stand
from suyuan.carbon.forest.parameters import Equation, equation_of, posterior_of
from suyuan.carbon.forest.stated import ALONE
from suyuan.carbon.forest.stock import Inventory, stock, stock_change
from suyuan.carbon.fuel.plausible import out_of_range, ranges
from suyuan.carbon.plant import Plant
from suyuan.carbon.words import listed
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, Refused, errors, finding, in_both
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.table import Row
from suyuan.verbs.carbon.claims import Monitored
from suyuan.verbs.carbon.files import Columns, Files, numbers, of, table
from suyuan.verbs.carbon.plots import design_of

ROUGH = 20
"""Draws that tell whether a stock is of a size that there is."""


def wooded(plant: Plant, files: Files) -> Monitored:
    """What the forests of a plant bring to its claim. Raises Refused with every fault of the document or its tables."""
    fields = Fields(plant.content)
    woods = read_forests(fields, plant.overrides, plant.made.isoformat())
    if errors(fields.found):
        raise Refused(*fields.found)
    rows: dict[str, Row] = {}
    parts, told = [], list(fields.found)
    for wood in woods:
        yearly, unstated, findings = taken_up(wood, files, plant)
        share = -float(yearly.value) / MONTHS
        parts.append(Part(wood.boundary.name, "forest", -yearly * np.full(MONTHS, 1.0 / MONTHS), (share,) * MONTHS,
                          {"calculated": share * MONTHS}, unstated=unstated))  # fmt: skip
        told += findings
        rows |= {str(row["id"]): row for row in _rows(wood)}
    return Monitored(tuple(parts), tuple(rows.values()), (), tuple(dict.fromkeys(told)))


def _rows(wood: Wood) -> list[Row]:
    used = [row_named("equations", wood.equation)] if wood.equation else []
    wrong = [row_named("diameter_error", wood.errors.diameter_error)] if wood.errors.diameter_error else []
    bounds = [row_named("bounds", "wood_density")] if wood.errors.wood_density_sd > 0.0 else []
    return [*used, constant("carbon_fraction_of_biomass"), *wrong, *bounds]


def taken_up(wood: Wood, files: Files, plant: Plant) -> tuple[Quantity, tuple[str, ...], tuple[Finding, ...]]:
    """t CO2 in a year of the time between both inventories, growth is positive; what errs in it and nobody says by how
    much, so that its u is a lower bound; and what was found.

    Residuals are drawn about the fitted line in ln AGB, which lies ½σ² below an equation that gives the mean of a tree.
    What the parameters of an equation err by is in u where its row or the document states it.
    """
    columns = table({"file": wood.table}, files, where=f"{wood.pointer}/table")
    equations = wood.equations or (equation_of(row_named("equations", wood.equation)),)
    trees = _Trees.of(wood, columns, equations)
    posterior, shares = posterior_of(equations, trees.equation, wood.residual_sd)
    before, after = (
        Inventory(trees.stand(wood, columns, when, occasion), posterior, wood.errors, None, shares)
        for occasion, when in enumerate(("before", "after"))
    )
    at = (wood.table, f"{wood.pointer}/estimator")
    design = design_of(wood.design, columns, (trees.plots, trees.plot), files, at)
    change = stock_change(before, after, wood.boundary, wood.draws, wood.seed, design)
    told = [item for one in (before, after) for item in trees.outside(wood, equations, one.stand)]
    told += [item for one in (before, after) for item in _sizes(wood, one.stand, trees.tall, plant)]
    told += _grown(wood, before.stand, after.stand, plant)
    told += _per_hectare(wood, change, after, len(trees.plots), plant)
    unstated = _unstated(wood, equations)
    if unstated:
        named = in_both("factors", listed(unstated)), in_both("fields", {"": ", ".join(map(_field, unstated))})
        told.append(finding("carbon.wood.unknown_u", wood.pointer, "warning", name=wood.boundary.name,
                            **named[0], **named[1]))  # fmt: skip
    if not wood.roots:
        told.append(finding("carbon.wood.roots", wood.pointer, "warning", name=wood.boundary.name))
    return change / wood.years, unstated, tuple(dict.fromkeys(told))


def _sizes(wood: Wood, stand: Stand, tall: NDArray[np.bool_], plant: Plant) -> list[Finding]:
    """Trees of a size that no tree has: a diameter in millimetres, a height in centimetres. Raises Refused where nobody
    admits them."""
    assert stand.there is not None and stand.height is not None
    found = []
    for name, values, read in (("diameter", stand.diameter, stand.there), ("height", stand.height, stand.there & tall)):
        found += [(name, float(edge), "table") for edge in _edges(values[read])]
    return _within(found, wood, plant)


def _grown(wood: Wood, before: Stand, after: Stand, plant: Plant) -> list[Finding]:
    """Trees whose diameter changed as none does, as a point that slipped in one inventory makes it."""
    grown = (after.diameter - before.diameter) / wood.years
    return _within([("growth", edge, "table") for edge in _edges(grown[np.isfinite(grown)])], wood, plant)


def _per_hectare(wood: Wood, change: Quantity, after: Inventory, plots: int, plant: Plant) -> list[Finding]:
    """What a hectare takes up and holds, and the area that one plot stands for. Raises Refused as `_sizes` does."""
    area = wood.boundary.area
    held = stock(replace(after, parameters=()), wood.boundary, ROUGH, wood.seed)
    return _within([("uptake", float(change.value) / wood.years / area, "table"),
                    ("stock", float(held.value) / area, "table"), ("per_plot", area / plots, "area")],
                   wood, plant)  # fmt: skip


def _edges(values: NDArray[np.float64]) -> tuple[float, ...]:
    return (float(values.min()), float(values.max())) if values.size else ()


def _within(values: Sequence[tuple[str, float, str]], wood: Wood, plant: Plant) -> list[Finding]:
    """What of values with their names and keys leaves its range. Raises Refused where nobody admits it."""
    overrides, day = {one.row: one for one in plant.overrides}, plant.made.isoformat()
    found = [item for name, value, key in values
             for item in out_of_range(value, ranges(KIND, name), overrides, f"{wood.pointer}/{key}", day)]  # fmt: skip
    if errors(found):
        raise Refused(*found)
    return found


def _unstated(wood: Wood, equations: Sequence[Equation]) -> tuple[str, ...]:
    """What the tonnes hang on and nobody says the error of: of wood and height only where an equation takes them."""
    dense, tall = (any(one.powers[at] for one in equations) for at in (0, 1))
    counts = {"wood_density": dense, "height": tall, "root_shoot": wood.boundary.root_shoot > 0.0}
    found = tuple(name for name in wood.unstated if counts.get(name, True))
    return found if all(one.parameters for one in equations) else (*found, "equation")


def _field(name: str) -> str:
    """The fields of a document that say what something errs by."""
    return ERRS.get(name, ", ".join(ALONE))


@dataclass(frozen=True, slots=True, eq=False)
class _Trees:
    """What the trees of the table keep, one row a tree, whether it stands in both inventories or in one. equation,
    species, plot: index of each tree's; tall: whose equation needs a height."""

    density: NDArray[np.float64]
    plot: NDArray[np.int64]
    plots: NDArray[Any]
    species: NDArray[np.int64] | None
    equation: NDArray[np.int64]
    tall: NDArray[np.bool_]

    @staticmethod
    def of(wood: Wood, columns: Columns, equations: Sequence[Equation]) -> _Trees:
        where, named = f"{wood.pointer}/table", wood.columns
        cells = of(columns, named["plot"], f"{where}/plot", wood.table).astype(str)
        plots, plot = np.unique(cells, return_inverse=True)
        names, species = None, None
        if named["species"] in columns:
            names = columns[named["species"]].astype(str)
            species = np.unique(names, return_inverse=True)[1].astype(np.int64)
        which = _followed(equations, names, len(cells), wood)
        dense, tall = (np.array([one.powers[at] != 0.0 for one in equations])[which] for at in (0, 1))
        density = np.ones(len(cells))
        if dense.any():
            given = numbers(columns, named["wood_density"], f"{where}/wood_density", wood.table)
            density = np.where(dense, given, 1.0)
        return _Trees(density, plot.astype(np.int64), plots, species, which, tall)

    def stand(self, wood: Wood, columns: Columns, when: str, occasion: int) -> Stand:
        """The trees of one inventory: those with a diameter in it."""
        where = f"{wood.pointer}/table"
        d = numbers(columns, wood.columns[f"diameter_{when}"], f"{where}/diameter_{when}", wood.table)
        h = np.ones(len(d))
        if self.tall.any():
            given = numbers(columns, wood.columns[f"height_{when}"], f"{where}/height_{when}", wood.table)
            h = np.where(self.tall, given, 1.0)
        there = np.isfinite(d)
        absent = [str(name) for at, name in enumerate(self.plots) if not (self.plot[there] == at).any()]
        if absent:
            raise Refused(finding("carbon.wood.plot", f"{where}/plot", plot=absent[0], when=when, name=wood.table[:80]))
        return Stand(d, self.density, h, self.species, self.plot, there, occasion)

    def outside(self, wood: Wood, equations: Sequence[Equation], stand: Stand) -> list[Finding]:
        """Trees outside the diameters that their equation was fitted to."""
        told = []
        for at, one in enumerate(equations):
            with np.errstate(invalid="ignore"):
                bad = (self.equation == at) & ((stand.diameter < one.low) | (stand.diameter > one.high))
            if bad.any():
                first = f"{stand.diameter[bad][0]:g}"
                told.append(finding("carbon.forest.range", f"{wood.pointer}/table", "warning",
                                    taxon=one.species or wood.boundary.name, id=one.name, trees=int(bad.sum()),
                                    low=f"{one.low:g}", high=f"{one.high:g}", first=first))  # fmt: skip
        return told


def _followed(equations: Sequence[Equation], names: NDArray[Any] | None, size: int, wood: Wood) -> NDArray[np.int64]:
    """The index of each tree's equation: that of its species, else that of all others."""
    known = {one.species: at for at, one in enumerate(equations)}
    if names is None:
        names = np.full(size, "")
    found = np.array([known.get(str(name).strip(), known.get("", -1)) for name in names], np.int64)
    if (found < 0).any():
        at = int(np.flatnonzero(found < 0)[0])
        raise Refused(finding("carbon.wood.species", f"{wood.pointer}/table/species", species=str(names[at])[:60],
                              row=at + 1, known=", ".join(known)))  # fmt: skip
    return found
