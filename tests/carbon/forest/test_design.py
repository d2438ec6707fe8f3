"""Designs of inventories: what a plot weighs, cases of plots against each estimator, forests of a claim, bad input."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from tests.carbon.forest.test_woods import TREES, plant, table

from suyuan.carbon.forest import estimator
from suyuan.carbon.forest.allometry import biomass
from suyuan.carbon.forest.design import Design, estimated, weights
from suyuan.quantity.budget import by_influence
from suyuan.quantity.finding import Refused
from suyuan.verbs.carbon.forest import plot_estimator
from suyuan.verbs.carbon.woods import wooded

Y = np.array([98.0, 131.0, 120.0, 64.0, 71.0, 55.0])
X = np.array([9.1, 12.2, 11.6, 6.5, 7.4, 5.2])
STRATA = ["a", "a", "a", "b", "b", "b"]
FIRST = [9.0, 12.0, 11.0, 6.0, 7.0, 5.0, 8.0, 10.0, 9.5, 6.6]
DESIGNS = {
    "simple_random": Design(),
    "stratified": Design("stratified", tuple(STRATA), {"a": 300.0, "b": 700.0}),
    "ratio": Design("ratio", x=X, known=8.0),
    "double": Design("double", x=X, large=np.array(FIRST)),
    "model_assisted": Design("model_assisted", x=X * 10.0, known=85.0),
}
FILED: dict[str, Any] = {
    "simple_random": "simple_random",
    "stratified": {"design": "stratified", "stratum": "s", "areas": {"a": 300, "b": 700}},
    "ratio": {"design": "ratio", "auxiliary": "x", "mean": 8},
    "double": {"design": "double", "auxiliary": "x", "first_sample": FIRST},
    "model_assisted": {"design": "model_assisted", "predicted": "map", "map_mean": 85},
}
PLOTS = {"y": Y.tolist(), "x": X.tolist(), "s": STRATA, "map": (X * 10.0).tolist()}


@pytest.mark.parametrize("name", DESIGNS)
def test_a_mean_moves_by_what_a_plot_weighs(name: str) -> None:
    design = DESIGNS[name]
    first = float(estimated(Y, design).value)
    moved = [float(estimated(Y + np.eye(6)[at], design).value) - first for at in range(6)]
    assert weights(design, 6) == pytest.approx(moved)


@pytest.mark.parametrize("name", DESIGNS)
def test_the_case_of_plots_takes_every_design(name: str) -> None:
    y = Y / 0.5  # the map, too, speaks of a hectare
    expected = {
        "simple_random": lambda: estimator.simple_random(y),
        "stratified": lambda: estimator.stratified({"a": y[:3], "b": y[3:]}, {"a": 0.3, "b": 0.7}),
        "ratio": lambda: estimator.ratio(y, X, 8.0),
        "double": lambda: estimator.double(y, X, FIRST),
        "model_assisted": lambda: estimator.model_assisted(y, X * 10.0, 85.0),
    }[name]()
    asked = {"file": PLOTS, "value_column": "y", "estimator": FILED[name], "plot_area": 0.5, "area": 1000}
    found = plot_estimator(asked)
    assert (found["estimator"], found["n"], found["unit"]) == (name, 6, "Mg/ha")
    assert (found["mean"], found["se"]) == pytest.approx((float(expected.value), float(expected.u)))
    assert found["total"] == pytest.approx(1000 * float(expected.value)) and found["dof"] == pytest.approx(expected.dof)


def test_trees_of_strata_are_summed_by_plot() -> None:
    trees = {"D": [20.0, 22.0, 30.0, 31.0, 12.0, 13.0, 15.0, 11.0], "WD": [0.5] * 8, "H": [15.0] * 8,
             "plot": ["p", "p", "q", "q", "r", "r", "z", "z"], "s": ["a"] * 4 + ["b"] * 4}  # fmt: skip
    asked = {"file": trees, "equation": "chave_2014_eq4", "group_column": "plot", "estimator": FILED["stratified"],
             "columns": {"diameter": "D", "wood_density": "WD", "height": "H"}}  # fmt: skip
    each = biomass("chave_2014_eq4", np.array(trees["D"]), np.array(trees["WD"]), np.array(trees["H"]))
    plots = np.asarray(each).reshape(4, 2).sum(axis=1)
    assert plot_estimator(asked)["mean"] == pytest.approx(0.3 * plots[:2].mean() + 0.7 * plots[2:].mean())


def test_a_first_sample_may_stand_in_a_table() -> None:
    tables = {"plots.csv": "y,x\n" + "\n".join(f"{a},{b}" for a, b in zip(Y, X, strict=True)),
              "first.csv": "x\n" + "\n".join(map(str, FIRST))}  # fmt: skip
    filed = {"design": "double", "auxiliary": "x", "first_sample": {"file": "first.csv"}}
    found = plot_estimator({"file": "plots.csv", "value_column": "y", "estimator": filed},
                           lambda name: (tables[name] + "\n").encode())  # fmt: skip
    assert found["mean"] == pytest.approx(float(estimator.double(Y, X, FIRST).value))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("stratified", "carbon.forest.design"),
        ("lottery", "typed.field.choice"),
        ({"design": "stratified", "stratum": "s", "areas": {"a": 300}}, "carbon.forest.strata"),
        ({"design": "stratified", "stratum": "s", "areas": {"a": 300, "b": -1}}, "carbon.forest.area"),
        ({"design": "stratified", "stratum": "gone", "areas": {"a": 300, "b": 1}}, "carbon.table.column"),
        ({"design": "ratio", "auxiliary": "x"}, "typed.field.missing"),
        ({"design": "double", "auxiliary": "x", "first_sample": [9.0, 12.0, 11.0, 6.0]}, "carbon.forest.first_sample"),
        ({"design": "simple_random", "population": 5}, "carbon.forest.population"),
    ],
)
def test_a_design_that_does_not_fit_is_refused(given: Any, code: str) -> None:
    with pytest.raises(Refused) as refused:
        plot_estimator({"file": PLOTS, "value_column": "y", "estimator": given})
    assert code in [item.code for item in refused.value.findings]
    assert all(item.where.startswith("/input/") for item in refused.value.findings)


# ---------------------------------------------------------------- in a claim

SIDE = [f"{'ab'[n // 30]}" for n in range(60)]
AREAS = {"design": "stratified", "stratum": "side", "areas": {"a": 900, "b": 300}}


def test_a_forest_of_a_claim_stands_on_its_design() -> None:
    one = plant(estimator=AREAS)
    part = wooded(one, lambda name: table(side=SIDE)).parts[0]
    each = [biomass("chave_2014_eq4", TREES[f"diameter_{w}"], TREES["wood_density"], TREES[f"height_{w}"])
            for w in ("after", "before")]  # fmt: skip
    plots = (np.asarray(each[0]) - np.asarray(each[1])).reshape(10, 6).sum(axis=1) / 0.06
    mean = 0.75 * plots[:5].mean() + 0.25 * plots[5:].mean()
    assert -float(part.months.value.sum()) == pytest.approx(mean * 1.25 * 0.4713 * 1200 * 44 / 12 / 5)
    rows = {row.name: abs(row.contribution) for row in by_influence(part.months.sum())}
    u = (0.75**2 * plots[:5].var(ddof=1) / 5 + 0.25**2 * plots[5:].var(ddof=1) / 5) ** 0.5
    assert rows["sampling: stratified"] / part.months.value.sum() == pytest.approx(-u / mean)
    again = wooded(plant(estimator=AREAS), lambda name: table(side=SIDE)).parts[0].months
    assert float((part.months.sum() - again.sum()).u) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("given", "side", "code"),
    [
        ({"design": "stratified", "stratum": "side"}, SIDE, "typed.field.missing"),
        (AREAS, ["a", "b"] * 30, "carbon.forest.plot_differs"),
        (AREAS, ["a"] * 60, "carbon.forest.strata"),
        ({"design": "ratio", "auxiliary": "side", "mean": 1}, SIDE, "carbon.table.word"),
    ],
)
def test_a_forest_whose_design_does_not_fit_is_refused(given: Any, side: list[str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        wooded(plant(estimator=given), lambda name: table(side=side))
    (told,) = [item for item in refused.value.findings if item.code == code]
    assert told.where.startswith("/forests/0/estimator") and json.dumps(dict(told.parameters), default=str)
