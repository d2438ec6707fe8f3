"""The forests of a plant's document (key «forests»): boundary, table of trees measured twice, what errs, and who shares
it. Trees of both inventories stand in one table, so that what belongs to a tree is the same in both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from suyuan.carbon.forest.design import FiledDesign, read_design, strata_told
from suyuan.carbon.forest.montecarlo import SHARINGS, Errors
from suyuan.carbon.forest.parameters import Equation
from suyuan.carbon.forest.stated import read_equations
from suyuan.carbon.forest.stock import Boundary
from suyuan.carbon.fuel.plausible import out_of_range, ranges
from suyuan.carbon.rule import Override
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Refused, errors

COLUMNS = (
    "plot", "species", "wood_density", "diameter_before", "diameter_after", "height_before", "height_after",
)  # fmt: skip
"""Columns of the table of trees, of the same name where the document names no other."""
ERRS: Mapping[str, str] = {
    "diameter": "diameter_error", "wood_density": "wood_density_sd", "height": "height_sd",
    "root_shoot": "u_root_shoot",
}  # fmt: skip
"""What errs in a forest, as words name it → the field that says by how much."""
KIND = "forest"
"""Of the rows that say within what its numbers lie."""
DRAWS = 1000
USUAL = "chave_2014_eq4"
"""The equation of a forest that names none."""


@dataclass(frozen=True, slots=True, eq=False)
class Wood:
    """A forest as it is filed. years: between both inventories; columns: of COLUMNS → name in the table; equation: name
    of a row, «» where `equations` are stated in the document; residual_sd: of ln AGB of a tree about the fitted line,
    which gives the median of a tree; source: where that comes from; design: of its plots; unstated: of ERRS, what
    nobody says the error of (0 says that there is none); roots: whether a root-to-shoot ratio is stated."""

    boundary: Boundary
    years: float
    table: str
    columns: Mapping[str, str]
    errors: Errors
    equation: str
    equations: tuple[Equation, ...]
    residual_sd: float
    source: str
    draws: int
    seed: int
    pointer: str
    design: FiledDesign
    unstated: tuple[str, ...] = ()
    roots: bool = True


def read_forests(content: Fields, overrides: Iterable[Override] = (), day: str = "") -> tuple[Wood, ...]:
    """The forests of a document, those without a fault; faults are in `content.found`.

    overrides: of rows, ranges among them, that somebody admits; day: on which one could be written.
    """
    by_row = {one.row: one for one in overrides}
    return tuple(wood for one in content.several("forests") if (wood := _wood(one, by_row, day)) is not None)


def _wood(one: Fields, overrides: Mapping[str, Override], day: str) -> Wood | None:
    before = len(errors(one.found))
    name, table = one.text("name", True), one.inner("table", True)
    equation, source, equations = one.text("equation"), one.text("source"), read_equations(one)
    if equation and one.has("equations"):
        one.report("carbon.wood.equations", "equations", equation=equation[:60])
    sizes = {key: number.value for key in ("area", "plot_area", "years", "residual_sd")
             if (number := one.number(key, True)) is not None}  # fmt: skip
    more = {key: number.value if (number := one.number(key)) else 0.0
            for key in ("root_shoot", "u_root_shoot", "wood_density_sd", "height_sd")}  # fmt: skip
    wrong, unstated = one.text("diameter_error"), tuple(name for name, key in ERRS.items() if not one.has(key))
    shared, design = _shared(one), read_design(one)
    draws, seed = one.whole("draws"), one.whole("seed")
    file, columns = _table(table)
    one.asked.add("note")
    one.close()
    if len(errors(one.found)) > before:
        return None
    if not sizes["years"] > 0.0 or not sizes["residual_sd"] >= 0.0:
        one.report("carbon.wood.years", "years", years=f"{sizes['years']:g}", sd=f"{sizes['residual_sd']:g}")
        return None
    try:
        boundary = Boundary(name, sizes["area"], sizes["plot_area"], more["root_shoot"], more["u_root_shoot"])
    except Refused as refused:
        one.found.extend(refused.findings)
        return None
    stated = [(("equations", at, "residual_sd"), eq.residual_sd) for at, eq in enumerate(equations)
              if eq.residual_sd is not None]  # fmt: skip
    for way, value in (*(((key,), value) for key, value in (*sizes.items(), *more.items())), *stated):
        one.found.extend(out_of_range(value, ranges(KIND, str(way[-1])), overrides, one.where(*way), day))
    one.found.extend(strata_told(design, boundary.area, one.where("area")))
    if len(errors(one.found)) > before:
        return None
    made = Errors(wrong, more["wood_density_sd"], more["height_sd"], None, shared)  # type: ignore[arg-type]
    return Wood(boundary, sizes["years"], file, columns, made, "" if equations else equation or USUAL, equations,
                sizes["residual_sd"], source, DRAWS if draws is None else draws, seed or 0, one.pointer, design,
                unstated, one.has("root_shoot"))  # fmt: skip


def _shared(one: Fields) -> dict[str, str]:
    inner = one.inner("shared")
    if inner is None:
        return {}
    found = {key: word for key in ("wood_density",) if (word := inner.choice(key, SHARINGS, "tree"))}
    inner.close()
    return found


def _table(table: Fields | None) -> tuple[str, dict[str, str]]:
    if table is None:
        return "", {}
    file, columns = table.text("file", True), {key: table.text(key) or key for key in COLUMNS}
    table.close()
    return file, columns
