"""Stock of a forest and its change: closed form without errors, what is shared and what is not, who stands in one
inventory only, parameters of the equation, bad boundaries."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from suyuan.carbon.forest.allometry import biomass, row_named
from suyuan.carbon.forest.montecarlo import Errors, Posterior, Stand, monte_carlo
from suyuan.carbon.forest.parameters import Parameters, equation_of, posterior_of
from suyuan.carbon.forest.stock import Boundary, Inventory, stock, stock_change
from suyuan.quantity.budget import by_influence
from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import Quantity

CERTAIN = Posterior(np.array([np.log(0.0673)]), np.array([0.976]), np.array([0.0]))
SPREAD = Posterior(
    np.random.default_rng(2).normal(np.log(0.0673) - 0.3**2 / 2, 0.05, 500), np.full(500, 0.976), np.full(500, 0.3)
)
SCATTERED = posterior_of([equation_of(row_named("equations", "chave_2014_eq4"))], np.zeros(1, np.int64), 0.357)[0]
FOREST = Boundary("demo forest", 1200.0, 0.06, 0.25, 0.05)


def inventory(growth: float = 1.0, posterior: Posterior = CERTAIN, errors: Errors = Errors()) -> Inventory:  # noqa: B008
    rng = np.random.default_rng(4)
    d = rng.uniform(10, 40, 300) * growth
    return Inventory(Stand(d, np.full(300, 0.55), 1.3 + d**0.9, plot=np.repeat(np.arange(20), 15)), posterior, errors)


def test_without_errors_it_is_the_product() -> None:
    one = inventory()
    found = stock(one, FOREST, 10)
    each = biomass("chave_2014_eq4", one.stand.diameter, one.stand.wood_density, one.stand.height)
    per_hectare = each.sum() / 20 / 0.06
    assert float(found.value) == pytest.approx(per_hectare * 1.25 * 0.4713 * 1200 * 44 / 12)
    rows = {row.name: row.contribution for row in by_influence(found)}
    assert rows["carbon fraction of biomass"] == pytest.approx(float(found.value) * 2.06 / 47.13)
    assert rows["root to shoot"] == pytest.approx(float(found.value) * 0.05 / 1.25)
    plots = each.reshape(20, 15).sum(axis=1) / 0.06
    assert rows["sampling: simple random"] == pytest.approx(
        float(found.value) * plots.std(ddof=1) / 20**0.5 / plots.mean()
    )


def test_what_both_inventories_share_cancels() -> None:
    errors = Errors("chave_2004", 0.07, shared={"wood_density": "all"})
    before, after = (inventory(growth, SPREAD, errors) for growth in (1.0, 1.05))
    found = stock_change(before, after, FOREST, 300, seed=1)
    now, then = stock(after, FOREST, 300, seed=1), stock(before, FOREST, 300, seed=1)
    assert float(found.value) == pytest.approx(float(now.value) - float(then.value))
    apart = (float(now.u) ** 2 + float(then.u) ** 2) ** 0.5
    assert float(found.u) < 0.3 * apart


def test_a_printed_equation_stays_the_mean_of_trees_with_residuals() -> None:
    exact, scattered = stock(inventory(), FOREST, 10), stock(inventory(posterior=SCATTERED), FOREST, 400)
    assert float(scattered.value) == pytest.approx(float(exact.value), rel=0.01)  # not 1.0658 of it


def test_a_tree_in_one_inventory_only_shifts_no_other() -> None:
    every = Stand(np.linspace(10.0, 40.0, 30), np.full(30, 0.6), np.linspace(8.0, 25.0, 30), np.arange(30) % 3,
                  np.arange(30))  # fmt: skip
    errors = Errors("chave_2004", 0.07, 0.5, (0.47, 0.02), {"wood_density": "species", "carbon_fraction": "species"})
    there = np.arange(30) != 4
    gap = np.where(there, 1.0, np.nan)  # of a tree that is not there nothing is known
    part = replace(every, diameter=every.diameter * gap, height=every.height * gap, there=there)  # type: ignore[operator]
    whole, one_less = (monte_carlo(stand, SCATTERED, errors, None, 100, 3).plots for stand in (every, part))
    assert whole is not None and one_less is not None
    assert (one_less[:, 4] == 0.0).all() and (one_less[:, there] == whole[:, there]).all()


def test_what_belongs_to_a_measurement_is_not_shared() -> None:
    def trees(before: Inventory, after: Inventory) -> float:
        found = {row.name: row.contribution for row in by_influence(stock_change(before, after, FOREST, 400))}
        return found.get("trees and allometry", 0.0)

    def on(occasion: int, posterior: Posterior, errors: Errors) -> Inventory:
        one = inventory(posterior=posterior, errors=errors)
        return replace(one, stand=replace(one.stand, occasion=occasion))

    measured, tree = Errors("chave_2004", 0.0, 0.5), Errors("", 0.07)
    alone = {row.name: row.contribution for row in by_influence(stock(on(0, CERTAIN, measured), FOREST, 400))}
    apart = trees(on(0, CERTAIN, measured), on(1, CERTAIN, measured))
    assert apart == pytest.approx(alone["trees and allometry"] * 2**0.5, rel=0.12)
    assert trees(on(0, SPREAD, tree), on(1, SPREAD, tree)) == pytest.approx(0.0, abs=1e-6)  # nothing grew


def test_parameters_of_the_equation_against_their_closed_form() -> None:
    stated = Parameters(0.0215, 0.00275, -0.9646, "one", ("rule", "one"))
    one = replace(inventory(), parameters=((stated, np.ones(300)),))
    assert one.stand.height is not None
    x = np.log(one.stand.wood_density * one.stand.height * one.stand.diameter**2)
    mass = 0.0673 * np.exp(0.976 * x)
    of_a, of_b = 0.0215 * mass.sum(), 0.00275 * (mass * x).sum()
    expected = np.sqrt(of_a**2 + of_b**2 - 2 * 0.9646 * of_a * of_b) / mass.sum()
    found, other = stock(one, FOREST, 10), stock(one, Boundary("other", 800.0, 0.06), 10)

    def part(of: Quantity) -> float:
        return float(np.sqrt(sum(row.contribution**2 for row in by_influence(of) if row.name.startswith("equation"))))

    assert part(found) == pytest.approx(float(found.value) * expected, rel=1e-4)
    assert part(found + other) == pytest.approx(part(found) + part(other))  # one equation, one error
    assert part(stock_change(one, one, FOREST, 10)) == 0.0
    for wrong in ((-0.1, 0.0, 0.0), (0.1, 0.1, 1.1)):
        with pytest.raises(Refused):
            Parameters(*wrong, "x", ("x",))
    fewer = Stand(*(values[:290] for values in (one.stand.diameter, one.stand.wood_density, one.stand.height)),
                  plot=np.repeat(np.arange(20), 15)[:290])  # fmt: skip
    for other_one in (inventory(), replace(one, stand=fewer)):
        with pytest.raises(Refused):
            stock_change(one, other_one, FOREST, 10)


def test_two_forests_share_the_carbon_fraction() -> None:
    first = stock(inventory(), FOREST, 10)
    second = stock(inventory(), Boundary("other", 800.0, 0.06), 10)
    total = first + second
    rows = {row.name: row.contribution for row in by_influence(total)}
    assert rows["carbon fraction of biomass"] == pytest.approx(float(total.value) * 2.06 / 47.13)


def test_bad_boundaries() -> None:
    for given in ((0.0, 0.06, 0.2), (1.0, -1.0, 0.2), (1.0, 0.06, -0.1)):
        with pytest.raises(Refused):
            Boundary("x", *given)
    one = inventory()
    with pytest.raises(Refused):
        stock(
            Inventory(Stand(one.stand.diameter, one.stand.wood_density, one.stand.height), CERTAIN, Errors()),
            FOREST,
            10,
        )
