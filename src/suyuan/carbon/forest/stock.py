"""Stock of a forest and its change, t CO2, from plots measured once or twice, with every shared error named.

Carbon = area · mean biomass per hectare · (1 + root to shoot) · carbon fraction; CO2 = carbon · 44/12. Between two
inventories of the same plots sampling, allometry, carbon fraction and root-to-shoot ratio are the same errors twice:
they cancel in part. Their difference taken as that of two independent inventories is several times too uncertain.
Both stand on one table of trees: a tree that is in one only (in-growth, mortality) is not there in the other, and the
errors of all others stay theirs. Errors of measuring are those of an occasion, and two occasions have their own.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from suyuan.carbon.claim.claim import TONNE
from suyuan.carbon.factor import co2_per_carbon, constant
from suyuan.carbon.forest.design import Design, estimated, weights
from suyuan.carbon.forest.height import HeightModel
from suyuan.carbon.forest.montecarlo import Drawn, Errors, Posterior, Stand, monte_carlo
from suyuan.carbon.forest.parameters import Shares, with_parameters
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity

SHIFTED = 200
"""Draws of a run whose parameters are moved: two runs of the same draws differ by the move alone, so few are enough."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """What a stand stands for. area: of the forest, ha; plot_area: of one plot, ha; root_shoot: below- to above-ground
    biomass, u_root_shoot: its standard uncertainty; name: of the forest."""

    name: str
    area: float
    plot_area: float
    root_shoot: float = 0.0
    u_root_shoot: float = 0.0

    def __post_init__(self) -> None:
        if not (self.area > 0.0 and self.plot_area > 0.0 and self.root_shoot >= 0.0 and self.u_root_shoot >= 0.0):
            given = f"{self.area:g} ha, {self.plot_area:g} ha, {self.root_shoot:g} ± {self.u_root_shoot:g}"
            raise Refused(finding("carbon.forest.boundary", self.name, name=self.name[:60], given=given))


@dataclass(frozen=True, slots=True, eq=False)
class Inventory:
    """One inventory: its trees with their plots, and what errs. model: for heights that were not measured; parameters:
    of the equations, empty where they are not stated or the posterior has them in its draws."""

    stand: Stand
    posterior: Posterior
    errors: Errors
    model: HeightModel | None = None
    parameters: Shares = ()


SIMPLE = Design()


def stock(one: Inventory, of: Boundary, draws: int = 1000, seed: int = 0, design: Design = SIMPLE) -> Quantity:
    """The stock of a forest, t CO2: influences sampling, trees and allometry, parameters of the equation where they are
    stated, carbon fraction, root to shoot.

    design: of its plots, in the order of their index.
    """
    drawn = _drawn(one, draws, seed)
    plots = _plots(drawn)
    above = estimated(plots / of.plot_area, design, "t", _sampling(of, plots, design))
    share = weights(design, plots.shape[0]) / of.plot_area
    fewer = min(draws, SHIFTED)

    def standing(p: Posterior) -> float:
        return float(_plots(_drawn(replace(one, posterior=p), fewer, seed)) @ share)

    above = above + _measured(_each(drawn) @ share, of, seed)
    return _as_co2(with_parameters(above, one.parameters, one.posterior, standing), of)


def stock_change(
    before: Inventory, after: Inventory, of: Boundary, draws: int = 1000, seed: int = 0, design: Design = SIMPLE
) -> Quantity:
    """The change of stock between two inventories of the same plots, t CO2; growth is positive.

    What a plot gained is the sample, so what it keeps cancels: taken as two independent inventories u is often several
    times larger. Draws are paired (one seed, one table of trees), so what both inventories share cancels. design: of
    the plots; an auxiliary or a map stands for their change. Raises Refused for another number of trees or plots, and
    for two equations.
    """
    if not _one_equation(before, after):
        raise Refused(finding("carbon.forest.two_equations", of.name, name=of.name[:60]))
    if len(before.stand.diameter) != len(after.stand.diameter):
        raise Refused(finding("carbon.forest.numbers", "trees", name="trees", given=len(after.stand.diameter),
                              trees=len(before.stand.diameter)))  # fmt: skip
    first, second = _drawn(before, draws, seed), _drawn(after, draws, seed)
    one, other = _plots(first), _plots(second)
    if len(one) != len(other):
        raise Refused(finding("carbon.forest.numbers", "after", name="after", given=len(other), trees=len(one)))
    apart = estimated((other - one) / of.plot_area, design, "t", _sampling(of, np.stack([one, other]), design))
    share = weights(design, one.shape[0]) / of.plot_area
    trees = (_each(second) - _each(first)) @ share
    fewer = min(draws, SHIFTED)

    def grown(p: Posterior) -> float:
        then, now = (_plots(_drawn(replace(inventory, posterior=p), fewer, seed)) for inventory in (before, after))
        return float((now - then) @ share)

    return _as_co2(with_parameters(apart + _measured(trees, of, seed), after.parameters, after.posterior, grown), of)


def _one_equation(before: Inventory, after: Inventory) -> bool:
    """Whether both inventories have the same equations with the same parameters."""
    if [one for one, _ in before.parameters] != [one for one, _ in after.parameters]:
        return False
    first, second = ((p.intercept, p.slope, *p.powers) for p in (before.posterior, after.posterior))
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def _drawn(one: Inventory, draws: int, seed: int) -> Drawn:
    if one.stand.plot is None:
        raise Refused(finding("carbon.forest.needs", "plot", equation="stock", needs="plot"))
    return monte_carlo(one.stand, one.posterior, one.errors, one.model, draws, seed)


def _each(drawn: Drawn) -> Any:
    """The draws of each plot (draws, plots), Mg."""
    assert drawn.plots is not None
    return drawn.plots


def _plots(drawn: Drawn) -> Any:
    """The mean of the draws of each plot, Mg."""
    return _each(drawn).mean(axis=0)


def _sampling(of: Boundary, plots: Any, design: Design) -> str:
    """The identity of the sampling error, by what was sampled and how: one inventory twice is one quantity."""
    sampled = hashlib.sha256(np.ascontiguousarray(plots).tobytes()).hexdigest()
    return identity(of.name, "forest", "sampling", sampled, *((design.key,) if design.key else ()))


def _measured(totals: Any, of: Boundary, seed: int) -> Quantity:
    """What measuring trees and the allometry contribute to the mean per hectare: their spread over the draws."""
    key = identity(of.name, "forest", f"trees and allometry {seed} {np.asarray(totals).tobytes()[:64].hex()}")
    return quantity(0.0, float(np.std(totals, ddof=1)), "t", label="trees and allometry", id=key,
                    source=Source(text="Monte Carlo of trees, heights and allometry"))  # fmt: skip


def _as_co2(per_hectare: Any, of: Boundary) -> Quantity:
    """Biomass per hectare, t, as CO2 of the whole area, with what every forest of this world shares."""
    row = constant("carbon_fraction_of_biomass")
    source, key = Source(text=str(row["source"])), identity("rule", str(row["id"]), "value")
    fraction = quantity(row["value"] / 100.0, row["sd"] / 100.0, "1", label="carbon fraction of biomass",
                        id=key, source=source)  # fmt: skip
    roots: Any = 1.0 + of.root_shoot
    if of.u_root_shoot > 0.0:
        roots = quantity(roots, of.u_root_shoot, "1", label="root to shoot",
                         id=identity(of.name, "forest", "root to shoot"))  # fmt: skip
    whole = per_hectare * roots * fraction * (of.area * co2_per_carbon())
    return Quantity(whole.value, TONNE, whole.blocks)
