"""Stock of a forest and its change: closed form without errors, shared errors cancel, bad boundaries."""

from __future__ import annotations

import numpy as np
import pytest

from suyuan.carbon.forest.allometry import biomass
from suyuan.carbon.forest.montecarlo import Errors, Posterior, Stand
from suyuan.carbon.forest.stock import Boundary, Inventory, stock, stock_change
from suyuan.quantity.budget import by_influence
from suyuan.quantity.finding import Refused

CERTAIN = Posterior(np.array([np.log(0.0673)]), np.array([0.976]), np.array([0.0]))
SPREAD = Posterior(np.random.default_rng(2).normal(np.log(0.0673), 0.05, 500), np.full(500, 0.976), np.full(500, 0.3))
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
