"""Biomass of trees from what is measured of them: published equations by name, species equations as text.

Above-ground biomass (AGB) in Mg a tree, the mean of trees of one size. Chave 2014 eq. 4: AGB =
0.0673·(ρ·H·D²)^0.976/1000, with D in cm, H in m and ρ, the wood density, in g/cm³. 0.0673 has the correction of the
logarithm in it, so where residuals are drawn its line lies ½σ² lower (`parameters.Equation`). Zeng 2018: AGB =
a·ρ·D^(7/3)/1000. Species equations of a table are formulas of «dbh» in the table's units; they hold between the
diameters of the sample that they were fitted to, and a tree outside is told, never silently extrapolated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.table import Row, load

Array = NDArray[np.float64]
KILOGRAM = 1e-3
"""In Mg."""
LENGTHS: Mapping[str, float] = {"cm": 1.0, "mm": 10.0, "m": 0.01}
"""What a diameter in cm is multiplied by for a table's unit."""
MASSES: Mapping[str, float] = {"kg": 1e-3, "g": 1e-6, "Mg": 1.0, "t": 1.0}
"""What a table's biomass is multiplied by for Mg."""


def row_named(table: str, name: str) -> Row:
    """The row of a name in a table of forests («equations», «diameter_error», «bounds»). Raises Refused that names
    those there are."""
    rows = load("suyuan.carbon", f"forest.{table}")
    for row in rows:
        if row["name"] == name:
            return row
    raise Refused(finding("carbon.forest.equation", table, given=name[:60],
                          known=", ".join(str(row["name"]) for row in rows)))  # fmt: skip


def biomass(name: str, diameter: Any, wood_density: Any, height: Any = None, stress: Any = None) -> Any:
    """Above-ground biomass of each tree, Mg; plain arrays or quantities.

    diameter: cm; wood_density: g/cm³; height: m; stress: E of eq. 7. Raises Refused for what the equation needs and
    does not get, and for a value that is not above zero.

    >>> round(float(biomass("chave_2014_eq4", 30.0, 0.6, 20.0)), 4)
    0.5816
    """
    row = row_named("equations", name)
    given = {"diameter": diameter, "wood_density": wood_density, "height": height, "stress": stress}
    for key in row["needs"]:
        if given[key] is None:
            raise Refused(finding("carbon.forest.needs", key, equation=name, needs=key))
        if key != "stress":
            above_zero(given[key], key)
    if "powers" in row:
        p, q, r = row["powers"]
        tall = height**q if q else 1.0
        return row["value"][0] * (wood_density**p * tall * diameter**r) ** row["value"][1] * KILOGRAM
    return _FORMS[name](row["value"], **{key: given[key] for key in row["needs"]})


def _stress_form(c: Sequence[float], diameter: Any, wood_density: Any, stress: Any) -> Any:
    d = np.log(diameter)
    return np.exp(c[0] + c[1] * stress + c[2] * np.log(wood_density) + c[3] * d + c[4] * d**2) * KILOGRAM


_FORMS: Mapping[str, Callable[..., Any]] = {"chave_2014_eq7": _stress_form}
"""Equations that are no power of wood density, height and diameter."""


def above_zero(value: Any, name: str) -> None:
    """Refuse a value that is not finite or not above zero, naming the first place."""
    plain = np.asarray(getattr(value, "value", value), float)
    bad = ~(np.isfinite(plain) & (plain > 0.0))
    if bad.any():
        at = int(np.flatnonzero(bad.ravel())[0])
        raise Refused(finding("carbon.forest.positive", f"{name}/{at}" if plain.ndim else name, name=name, row=at + 1,
                              given=f"{plain.ravel()[at]:g}"))  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Species:
    """One species equation of a table. formula: of `dbh` in `diameter_unit`, as printed: tables seldom say whether it
    gives the mean or the median of trees, so no residual is drawn about it; low, high: fitted range, cm, as printed;
    gives: what it gives («Total aboveground biomass»); sample: trees it was fitted to; source: of the row."""

    id: str
    taxon: str
    formula: Formula
    diameter_unit: str
    mass_unit: str
    low: float
    high: float
    gives: str
    area: str
    sample: str
    source: str

    def biomass(self, diameter: Array) -> tuple[Array, tuple[Finding, ...]]:
        """Biomass of trees, Mg, and the trees outside the fitted range. diameter: cm, above zero."""
        above_zero(diameter, "diameter")
        with np.errstate(all="ignore"):
            found = self.formula.evaluate({"dbh": diameter * LENGTHS[self.diameter_unit]}) * MASSES[self.mass_unit]
        outside = np.flatnonzero((diameter < self.low) | (diameter > self.high))
        if not len(outside):
            return np.asarray(found, float), ()
        return np.asarray(found, float), (
            finding("carbon.forest.range", f"diameter/{outside[0]}", "warning", taxon=self.taxon, id=self.id,
                    trees=len(outside), low=f"{self.low:g}", high=f"{self.high:g}",
                    first=f"{diameter[outside[0]]:g}"),
        )  # fmt: skip


def species_table(columns: Mapping[str, NDArray[Any]]) -> tuple[tuple[Species, ...], tuple[Finding, ...]]:
    """The species equations of a table by column name, and the rows that cannot be read, each with its number.

    columns: equation_id, equation_allometry, equation_taxa, dbh_units_original, output_units_original, and where they
    are dbh_min_cm, dbh_max_cm, dependent_variable, geographic_area, sample_size, ref_id.
    """
    found, told = [], []
    size = len(columns["equation_allometry"])
    for row in range(size):
        cell = {key: values[row] for key, values in columns.items()}
        units = str(cell["dbh_units_original"]).strip(), str(cell["output_units_original"]).strip()
        try:
            formula = Formula(str(cell["equation_allometry"]).replace("^", "**"))
        except Refused as refused:
            told.append(finding("carbon.forest.formula", f"row {row + 1}", "warning", row=row + 1,
                                id=cell["equation_id"], reason=refused.findings[0].code))  # fmt: skip
            continue
        if units[0] not in LENGTHS or units[1] not in MASSES or set(formula.names) != {"dbh"}:
            told.append(finding("carbon.forest.formula", f"row {row + 1}", "warning", row=row + 1,
                                id=cell["equation_id"], reason=f"{units[0]}, {units[1]}"))  # fmt: skip
            continue
        low, high = (float(cell.get(key, math.nan)) for key in ("dbh_min_cm", "dbh_max_cm"))
        found.append(Species(
            str(cell["equation_id"]), str(cell["equation_taxa"]), formula, units[0], units[1],
            low if math.isfinite(low) else 0.0, high if math.isfinite(high) else math.inf,
            str(cell.get("dependent_variable", "")), str(cell.get("geographic_area", "")),
            str(cell.get("sample_size", "")), str(cell.get("ref_id", "")),
        ))  # fmt: skip
    return tuple(found), tuple(told)
