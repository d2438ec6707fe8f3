"""Trees and plots: published runs with errors independent and shared, estimators against repeated draws, bad input."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.forest.allometry import biomass, row_named, species_table
from suyuan.carbon.forest.estimator import double, model_assisted, ratio, simple_random, stratified
from suyuan.carbon.forest.height import height_model
from suyuan.carbon.forest.montecarlo import Errors, Posterior, Stand, monte_carlo
from suyuan.carbon.forest.parameters import equation_of
from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import Quantity
from suyuan.store.case_files import case_files
from suyuan.verbs.carbon.files import numbers, table

REFERENCE = Path(os.environ.get("SUYUAN_REFERENCE") or Path(__file__).parents[4] / "shared" / "reference")
FILES = case_files(None, REFERENCE)


def read(name: str) -> Any:
    if not (REFERENCE / "carbon" / name).is_file():
        pytest.skip(f"no {name} in the folder of reference files")
    return table({"file": f"carbon/{name}"}, FILES)


@pytest.fixture(scope="module")
def nouragues() -> tuple[Stand, Posterior]:
    trees, rows = read("nouragues_trees_agb.csv.gz"), read("chave2014_eq4_posterior.csv.gz")
    species = np.unique([f"{g} {s}" for g, s in zip(trees["GenusCorrected"], trees["SpeciesCorrected"], strict=True)],
                        return_inverse=True)[1]  # fmt: skip
    plot = np.unique(trees["Plot"], return_inverse=True)[1]
    posterior = Posterior(rows["intercept"], rows["logagbt"], rows["sd"])
    return Stand(trees["D"], trees["WD"], trees["H_model"], species, plot), posterior


@pytest.mark.parametrize(
    ("shared", "expected"),
    [
        ({}, 2.39),
        ({"wood_density": "species"}, 2.78),
        ({"carbon_fraction": "all"}, 5.02),
        ({"wood_density": "species", "carbon_fraction": "all"}, 5.16),
    ],
)
def test_who_shares_an_error_decides_the_uncertainty(nouragues: Any, shared: Any, expected: float) -> None:
    stand, posterior = nouragues
    errors = Errors("", 0.07, 3.5, (0.4713, 0.0206), shared)
    found = monte_carlo(stand, posterior, errors, None, 600, seed=3)
    assert 100 * found.sd / found.mean == pytest.approx(expected, rel=0.09)  # own simulation of the notes, 1 000 draws


def test_draws_of_one_seed_are_paired_and_of_two_are_not(nouragues: Any) -> None:
    stand, posterior = nouragues
    errors = Errors("chave_2004", 0.07)
    grown = Stand(stand.diameter * 1.02, stand.wood_density, stand.height, stand.species, stand.plot)
    now, then = (monte_carlo(one, posterior, errors, None, 200, seed=5) for one in (grown, stand))
    other = monte_carlo(stand, posterior, errors, None, 200, seed=6)
    assert (now.total - then.total).std() < 0.2 * now.sd < 0.5 * (now.total - other.total).std()
    assert now.plots is not None
    assert now.plots.sum(axis=1) == pytest.approx(now.total)
    assert monte_carlo(stand, posterior, errors, None, 100, seed=5).total == pytest.approx(then.total[:100])


def test_a_printed_equation_lies_where_its_published_draws_lie() -> None:
    rows = read("chave2014_eq4_posterior.csv.gz")
    printed = equation_of(row_named("equations", "chave_2014_eq4"))
    stated = printed.parameters
    assert printed.intercept(0.357) == pytest.approx(rows["intercept"].mean(), abs=0.002)  # ln a would be −2.6986
    assert stated is not None
    spread = rows["intercept"].std(ddof=1), rows["logagbt"].std(ddof=1)
    assert (stated.u_intercept, stated.u_slope) == pytest.approx(spread, rel=1e-4)
    assert stated.r == pytest.approx(np.corrcoef(rows["intercept"], rows["logagbt"])[0, 1], rel=1e-4)


def test_the_height_model_with_weights_gives_the_published_heights() -> None:
    measured, trees = read("nouragues_height_diameter.csv.gz"), read("nouragues_trees_agb.csv.gz")
    model = height_model(measured["D"], measured["H"], "D2H")
    assert model.n == 888
    assert model.height(trees["D"]) == pytest.approx(trees["H_model"], rel=1e-12)


def test_the_species_table_of_china() -> None:
    columns = read("allometry_china.csv.gz")
    found, told = species_table(columns)
    assert len(found) + len(told) == 232 and len(found) >= 225
    maple = next(one for one in found if one.id == "14bf3d")
    mass, outside = maple.biomass(np.array([20.0, 60.0]))
    assert mass[0] == pytest.approx((0.0335 * 20**1.606 + 0.0026 * 20**3.323 + 0.1222 * 20**2.310) / 1000)
    assert [dict(item.parameters)["trees"] for item in outside] == ["1"]
    inside = [one.biomass(np.array([(max(one.low, 1.0) + min(one.high, 60.0)) / 2]))[0][0] for one in found]
    assert np.isfinite(inside).mean() > 0.98 and np.median(inside) < 1.0


def test_equation_seven() -> None:
    expected = np.exp(-2.024 - 0.896 * 0.1 + 0.920 * np.log(0.6) + 2.795 * np.log(30) - 0.0461 * np.log(30) ** 2) / 1000
    assert biomass("chave_2014_eq7", 30.0, 0.6, stress=0.1) == pytest.approx(expected)


# ---------------------------------------------------------------- estimators


def population(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = rng.gamma(4.0, 25.0, 20_000)
    return x, 1.5 * x + 20.0 * rng.standard_normal(20_000)


SAMPLERS: dict[str, Callable[[np.random.Generator, np.ndarray, np.ndarray], Quantity]] = {}


def sampler(function: Any) -> Any:
    SAMPLERS[function.__name__] = function
    return function


@sampler
def _simple(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> Quantity:
    return simple_random(rng.choice(y, 40))


@sampler
def _stratified(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> Quantity:
    low = x < np.median(x)
    return stratified({"low": rng.choice(y[low], 20), "high": rng.choice(y[~low], 20)},
                      {"low": float(low.mean()), "high": float((~low).mean())})  # fmt: skip


@sampler
def _ratio(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> Quantity:
    at = rng.integers(len(x), size=40)
    return ratio(y[at], x[at], float(x.mean()))


@sampler
def _double(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> Quantity:
    first = rng.integers(len(x), size=400)
    return double(y[first[:40]], x[first[:40]], x[first])


@sampler
def _assisted(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> Quantity:
    at, mapped = rng.integers(len(x), size=40), 1.4 * x + 3.0
    return model_assisted(y[at], mapped[at], float(mapped.mean()))


@pytest.mark.parametrize("name", list(SAMPLERS))
def test_an_estimator_tells_its_own_spread(name: str) -> None:
    rng = np.random.default_rng(8)
    x, y = population(rng)
    found = [SAMPLERS[name](rng, x, y) for _ in range(600)]
    values, u = (np.array([float(getattr(q, what)) for q in found]) for what in ("value", "u"))
    assert values.mean() == pytest.approx(y.mean(), abs=4 * values.std() / 600**0.5 + 0.002 * y.mean())
    assert np.sqrt((u**2).mean()) == pytest.approx(values.std(), rel=0.12)


def test_plots_measured_twice_keep_what_they_keep() -> None:
    rng = np.random.default_rng(1)
    before = rng.normal(200.0, 60.0, 30)
    after = before + rng.normal(5.0, 2.0, 30)
    paired = simple_random(after - before)
    apart = float(simple_random(after).u) ** 2 + float(simple_random(before).u) ** 2
    assert float(paired.u) < 0.1 * apart**0.5
    assert float(paired.value) == pytest.approx(float((after - before).mean()))
    assert float(simple_random(before, population=30).u) == 0.0


@pytest.mark.parametrize(
    "act",
    [
        lambda: biomass("chave_2014_eq4", 30.0, 0.6),
        lambda: biomass("chave_2014_eq4", np.array([30.0, 0.0]), 0.6, 20.0),
        lambda: biomass("nobody_2030", 30.0, 0.6, 20.0),
        lambda: simple_random([1.0]),
        lambda: simple_random([1.0, np.nan]),
        lambda: simple_random([1.0, 2.0], population=1),
        lambda: stratified({"a": [1.0, 2.0]}, {"a": 0.5}),
        lambda: stratified({"a": [1.0]}, {"a": 1.0}),
        lambda: ratio([1.0, 2.0, 3.0], [1.0, 2.0], 1.0),
        lambda: ratio([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], 0.0),
        lambda: double([1.0, 2, 3, 4], [1.0, 1, 1, 1], [1.0, 1, 1, 1]),
        lambda: double([1.0, 2, 3, 4, 5], [1.0, 2, 1, 1, 1], [1.0, 1, 1, 1]),
        lambda: height_model(np.full(5, 10.0), np.full(5, 10.0)),
        lambda: height_model(np.full(20, 10.0), np.full(20, 10.0)),
    ],
)
def test_what_cannot_be(act: Callable[[], Any]) -> None:
    with pytest.raises(Refused):
        act()


def test_a_stand_that_cannot_be_drawn() -> None:
    stand = Stand(np.array([10.0, 20.0]), np.array([0.6, 0.5]), np.array([10.0, 12.0]))
    one = Posterior(np.array([-2.7]), np.array([0.97]), np.array([0.35]))
    assert numbers({"a": np.array(["1", ""], dtype=object)}, "a", "", "")[0] == 1.0
    for given, errors, draws in (
        (Stand(stand.diameter, stand.wood_density), Errors(), 100),
        (stand, Errors(shared={"wood_density": "species"}), 100),
        (stand, Errors("nobody"), 100),
        (stand, Errors(), 3),
        (Stand(stand.diameter, stand.wood_density, stand.height, plot=np.array([0])), Errors(), 100),
    ):
        with pytest.raises(Refused):
            monte_carlo(given, one, errors, None, draws)
