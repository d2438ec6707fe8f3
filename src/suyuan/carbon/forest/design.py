"""The design of an inventory: how its plots were chosen, what is known of the whole forest, and what a plot weighs.

Every estimator is linear in what the plots say, given their strata and auxiliaries: mean = c + Σ w_i·y_i. The weights
carry to the mean what each tree errs by, beside what sampling errs by.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.forest import estimator
from suyuan.carbon.fuel.plausible import left, ranges
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.quantity import Quantity

Array = NDArray[np.float64]
ESTIMATORS: Mapping[str, str] = {
    "simple_random": "", "stratified": "stratum", "ratio": "auxiliary", "double": "auxiliary",
    "model_assisted": "predicted",
}  # fmt: skip
"""Design → what it wants to know of each plot, as the document names the column."""
KNOWN: Mapping[str, str] = {"ratio": "mean", "model_assisted": "map_mean"}
"""Design → the mean of that over the whole forest, as the document names it."""
SAMPLE = "first_sample"
"""The auxiliary of the large first sample of double sampling, as the document names it."""


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """How plots were chosen. name: of ESTIMATORS; strata (plots,): names; areas: of each stratum, ha; x (plots,): the
    auxiliary, or what the map says; known: its mean over the whole forest; large: the auxiliary of the first sample;
    population: plots that the forest could be cut into, infinite where it is not stated."""

    name: str = "simple_random"
    strata: tuple[str, ...] = ()
    areas: Mapping[str, float] = field(default_factory=dict)
    x: Array | None = None
    known: float = math.nan
    large: Array | None = None
    population: float = math.inf

    @property
    def shares(self) -> Mapping[str, float]:
        """Share of the area of each stratum."""
        whole = math.fsum(self.areas.values())
        return {name: area / whole for name, area in self.areas.items()}

    @property
    def key(self) -> str:
        """What tells one design from another, for the identity of its sampling error."""
        if self.name == "simple_random" and math.isinf(self.population):
            return ""
        parts = [self.name, *self.strata, repr(sorted(self.areas.items())), repr(self.known), repr(self.population)]
        arrays = [one.tobytes() for one in (self.x, self.large) if one is not None]
        return hashlib.sha256("|".join(parts).encode("utf-8") + b"".join(arrays)).hexdigest()


def estimated(plots: Array, design: Design, unit: str = "t", id: str | None = None) -> Quantity:
    """The mean of plots (plots,) by their design, with its sampling error. Raises Refused for a design that does not
    fit them.

    >>> halves = Design("stratified", ("a", "a", "b", "b"), {"a": 30.0, "b": 10.0})
    >>> float(estimated(np.array([100.0, 120.0, 40.0, 60.0]), halves).value)
    95.0
    """
    if design.name == "simple_random":
        return estimator.simple_random(plots, unit, design.population, id)
    if design.name == "stratified":
        return estimator.stratified(_by_stratum(plots, design), design.shares, unit, id)
    x = design.x if design.x is not None else np.zeros(0)
    if design.name == "ratio":
        return estimator.ratio(plots, x, design.known, unit, id)
    if design.name == "double":
        return estimator.double(plots, x, design.large if design.large is not None else np.zeros(0), unit, id)
    return estimator.model_assisted(plots, x, design.known, unit, id)


def weights(design: Design, n: int) -> Array:
    """What each of n plots weighs in the mean (plots,): ∂mean/∂y. The design fits its plots (`estimated`).

    >>> weights(Design("stratified", ("a", "a", "b", "b"), {"a": 30.0, "b": 10.0}), 4).tolist()
    [0.375, 0.375, 0.125, 0.125]
    """
    even = np.full(n, 1.0 / n)
    if design.name == "stratified":
        counts = {name: design.strata.count(name) for name in design.areas}
        return np.array([design.shares[name] / counts[name] for name in design.strata], float)
    if design.x is None or design.name == "model_assisted":
        return even
    if design.name == "ratio":
        return np.full(n, design.known / float(design.x.sum()))
    assert design.large is not None
    apart = design.x - design.x.mean()
    moved: Array = even + float(design.large.mean() - design.x.mean()) * apart / float(np.sum(apart**2))
    return moved


def _by_stratum(plots: Array, design: Design) -> dict[str, Array]:
    names = np.array(design.strata)
    if len(names) != len(plots):
        raise Refused(finding("carbon.forest.numbers", "stratum", name="stratum", given=len(names), trees=len(plots)))
    return {name: plots[names == name] for name in dict.fromkeys(design.strata)}


# ---------------------------------------------------------------- as it is filed


@dataclass(frozen=True, slots=True, eq=False)
class FiledDesign:
    """A design as a document files it: what is known of each plot stands in the table of plots or trees. column: there;
    file, of_file: table and column of the first sample; first: the sample itself; the rest as `Design` has it."""

    name: str = "simple_random"
    column: str = ""
    areas: Mapping[str, float] = field(default_factory=dict)
    known: float = math.nan
    first: tuple[float, ...] = ()
    file: str = ""
    of_file: str = ""
    population: float = math.inf


def read_design(fields: Fields, key: str = "estimator") -> FiledDesign:
    """The design of a document; a word alone is its name. Faults are in `fields.found`."""
    if isinstance(fields.content.get(key), str):
        name = fields.choice(key, ESTIMATORS, "simple_random")
        if name and name != "simple_random":
            fields.report("carbon.forest.design", key, design=name, wanted=_wanted(name))
        return FiledDesign()
    inner = fields.inner(key)
    if inner is None:
        return FiledDesign()
    before = len(errors(inner.found))
    name = inner.choice("design", ESTIMATORS)
    column = inner.text(wanted, True) if (wanted := ESTIMATORS.get(name, "")) else ""
    areas = _areas(inner) if name == "stratified" else {}
    number = inner.number(KNOWN[name], True) if name in KNOWN else None
    whole = inner.number("population") if name == "simple_random" else None
    file, of_file, first = _first(inner, column) if name == "double" else ("", "", ())
    inner.asked.add("note")
    inner.close()
    if len(errors(inner.found)) > before:
        return FiledDesign()
    return FiledDesign(name, column, areas, number.value if number else math.nan, first, file, of_file,
                       whole.value if whole else math.inf)  # fmt: skip


def strata_told(design: FiledDesign, area: float, where: str) -> list[Finding]:
    """An error where the areas of strata are not, but for rounding, the area of their forest, ha."""
    whole = math.fsum(design.areas.values())
    if left(area / whole if whole > 0.0 else 1.0, ranges("forest", "area_of_strata"), {}) is None:
        return []
    return [finding("carbon.forest.area_of_strata", where, area=f"{area:,.10g}", strata=f"{whole:,.10g}",
                    names=", ".join(design.areas))]  # fmt: skip


def _areas(inner: Fields) -> dict[str, float]:
    listed = inner.inner("areas", True)
    if listed is None:
        return {}
    found = {name: number.value for name in listed.content if (number := listed.number(name, True)) is not None}
    for name, area in found.items():
        if not area > 0.0:
            listed.report("carbon.forest.area", name, stratum=name, given=f"{area:g}")
    return found


def _first(inner: Fields, column: str) -> tuple[str, str, tuple[float, ...]]:
    """The first sample: a list of numbers, or a table with its column, of the same name where none is named."""
    if isinstance(inner.content.get(SAMPLE), Mapping):
        listed = inner.inner(SAMPLE, True)
        assert listed is not None
        file, of_file = listed.text("file", True), listed.text("column") or column
        listed.close()
        return file, of_file, ()
    return "", "", tuple(number.value for number in inner.numbers(SAMPLE, True))


def _wanted(name: str) -> str:
    """What the object of a design says, as text to write."""
    rest: dict[str, Any] = {"design": name, ESTIMATORS[name]: "…"}
    rest |= {"areas": {"…": 0}} if name == "stratified" else {SAMPLE: "…"} if name == "double" else {KNOWN[name]: 0}
    return ", ".join(rest)
