"""Forests of a plant's document in its claim: against the product, as the same claim twice, and what can be wrong."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.claim.claim import document
from suyuan.carbon.forest.allometry import biomass
from suyuan.carbon.plant import Plant, read_plant
from suyuan.quantity.budget import by_influence
from suyuan.quantity.finding import Refused, sentences
from suyuan.verbs.carbon.claims import claim_of
from suyuan.verbs.carbon.woods import wooded

FOREST: dict[str, Any] = {
    "name": "W", "area": 1200, "plot_area": 0.06, "years": 5, "root_shoot": 0.25, "u_root_shoot": 0.05,
    "residual_sd": 0, "draws": 20, "table": {"file": "trees.csv"},
}  # fmt: skip
N = np.arange(60)
TREES = {"plot": [f"P{n // 6}" for n in N], "wood_density": 0.5 + 0.002 * N, "diameter_before": 10.0 + 0.3 * N,
         "diameter_after": 12.0 + 0.33 * N, "height_before": 8.0 + 0.1 * N, "height_after": 9.0 + 0.11 * N}  # fmt: skip


def plant(**changes: Any) -> Plant:
    content = {"suyuan": "carbon-plant", "enterprise": "E", "unit": "U", "sector": "forest", "scheme": "China 2022",
               "year": 2025, "made": "2026-02-01", "forests": [{**FOREST, **changes}]}  # fmt: skip
    found, told = read_plant(json.dumps(content).encode())
    assert found is not None, told
    return found


def table(**changes: Any) -> bytes:
    given = {**TREES, **changes}
    rows = zip(*(np.asarray(column).astype(str).tolist() for column in given.values()), strict=True)
    return ("\n".join([",".join(given), *(",".join(row) for row in rows)]) + "\n").encode()


def test_the_year_takes_up_its_share_of_the_change() -> None:
    one = plant()
    found = claim_of(one, wooded(one, lambda name: table())).claim
    each = [biomass("chave_2014_eq4", TREES[f"diameter_{w}"], TREES["wood_density"], TREES[f"height_{w}"])
            for w in ("after", "before")]  # fmt: skip
    change = (each[0].sum() - each[1].sum()) / 10 / 0.06 * 1.25 * 0.4713 * 1200 * 44 / 12
    assert found.legal == pytest.approx(-change / 5)
    assert float(found.best.value) == pytest.approx(-change / 5)
    assert {part.kind for part in found.parts} == {"forest"} and "forest.chave_2014_eq4" in {
        r["id"] for r in found.rows
    }


def test_the_same_forest_twice_is_the_same_claim() -> None:
    made = [
        claim_of(one, wooded(one, lambda name: table())) for one in (plant(residual_sd=0.3), plant(residual_sd=0.3))
    ]
    assert document(made[0].claim) == document(made[1].claim)


def test_residuals_do_not_raise_the_mean() -> None:
    exact, scattered = (
        -float(wooded(plant(residual_sd=sd, draws=600), lambda name: table()).parts[0].months.value.sum())
        for sd in (0, 0.357)
    )
    assert scattered == pytest.approx(exact, rel=0.02)  # exp(½·0.357²) would be 1.066 of it


def test_ingrowth_and_mortality_leave_the_other_trees_paired() -> None:
    def trees(**changes: Any) -> float:
        one = plant(residual_sd=0.357, draws=400, wood_density_sd=0.05, shared={"wood_density": "species"})
        found = wooded(one, lambda name: table(species=[f"s{n % 7}" for n in N], **changes)).parts[0].months.sum()
        return abs({row.name: row.contribution for row in by_influence(found)}["trees and allometry"])

    before, after = (TREES[f"diameter_{when}"].astype(str) for when in ("before", "after"))
    before[3], after[57] = "", ""  # one grew in, one large tree died
    small = TREES["diameter_before"].astype(str)
    small[0] = ""
    assert trees(diameter_before=small) == pytest.approx(trees(), rel=0.1)
    died = [float(TREES[key][57]) for key in ("diameter_before", "wood_density", "height_before")]
    own = biomass("chave_2014_eq4", *died) * 0.37 / 10 / 0.06 * 1.25 * 0.4713 * 1200 * 44 / 12 / 5  # of its residual
    assert trees(diameter_before=before, diameter_after=after) < 1.15 * np.hypot(trees(), own)


def test_what_an_equation_states_of_its_parameters_is_in_u() -> None:
    found = wooded(plant(), lambda name: table())
    names = [row.name for row in by_influence(found.parts[0].months.sum())]
    assert "equation chave_2014_eq4: slope alone" in names and "equation" not in found.parts[0].unstated
    left_out = wooded(plant(equation="zeng_2018_conifers"), lambda name: table())
    assert "equation" in left_out.parts[0].unstated
    names = [row.name for row in by_influence(left_out.parts[0].months.sum())]
    assert not [name for name in names if name.startswith("equation")]


FIR: dict[str, Any] = {
    "species": "fir", "a": 0.09, "b": 2.3, "powers": [0, 0, 1], "gives": "median", "residual_sd": 0.2, "low": 11,
    "high": 40, "u_ln_a": 0.04, "u_b": 0.02, "r": -0.9, "source": "felled trees of 2024",
}  # fmt: skip
OTHERS: dict[str, Any] = {
    "name": "rest",
    "a": 0.07,
    "b": 0.97,
    "powers": [1, 1, 2],
    "gives": "mean",
    "source": "somebody 2020",
}
MIXED = ["fir" if n % 2 else "oak" for n in N]


def test_species_follow_equations_of_their_own() -> None:
    one = plant(equations=[FIR, OTHERS], draws=800)
    found = wooded(one, lambda name: table(species=MIXED, height_before=["" if n % 2 else "9" for n in N],
                                           height_after=["" if n % 2 else "9" for n in N]))  # fmt: skip
    fir, d = N % 2 == 1, {when: TREES[f"diameter_{when}"] for when in ("before", "after")}
    each = {when: np.where(fir, 0.09 * x**2.3 * np.exp(0.2**2 / 2), 0.07 * (TREES["wood_density"] * 9 * x**2) ** 0.97)
            for when, x in d.items()}  # fmt: skip
    scale = 1 / 1000 / 10 / 0.06 * 1.25 * 0.4713 * 1200 * 44 / 12 / 5
    year = found.parts[0].months.sum()
    assert -float(year.value) == pytest.approx((each["after"] - each["before"]).sum() * scale, rel=0.01)
    of_a, of_b = ((np.where(fir, each["after"] * x[0] - each["before"] * x[1], 0).sum() * scale) for x in
                  ((1.0, 1.0), (np.log(d["after"]), np.log(d["before"]))))  # fmt: skip
    expected = ((0.04 * of_a) ** 2 + (0.02 * of_b) ** 2 - 2 * 0.9 * 0.04 * 0.02 * of_a * of_b) ** 0.5
    rows = {row.name: row.contribution for row in by_influence(year) if row.name.startswith("equation fir")}
    assert np.hypot(*rows.values()) == pytest.approx(expected, rel=0.02)
    told = {item.code: dict(item.parameters) for item in found.findings}
    assert "equation" in found.parts[0].unstated and told["carbon.forest.range"]["id"] == "fir"
    assert "forest.chave_2014_eq4" not in {row["id"] for row in found.rows}


def test_an_equation_without_height_reads_none() -> None:
    found = wooded(plant(equation="zeng_2018_conifers"), lambda name: table(height_before=[""] * 60))
    d = [TREES[f"diameter_{when}"] for when in ("after", "before")]
    each = [0.294 * TREES["wood_density"] * one ** (7 / 3) / 1000 for one in d]
    change = (each[0].sum() - each[1].sum()) / 10 / 0.06 * 1.25 * 0.4713 * 1200 * 44 / 12
    assert float(found.parts[0].months.sum().value) == pytest.approx(-change / 5)


@pytest.mark.parametrize(
    ("change", "rows", "code"),
    [
        ({"years": 0}, {}, "carbon.wood.years"),
        ({"area": -1}, {}, "carbon.forest.boundary"),
        ({"table": {"file": "trees.csv", "plot": "stand"}}, {}, "carbon.table.column"),
        ({"equation": "guess"}, {}, "carbon.forest.equation"),
        ({"equation": "chave_2014_eq7"}, {}, "carbon.forest.needs"),
        ({"equation": "chave_2014_eq4", "equations": [OTHERS]}, {}, "carbon.wood.equations"),
        ({"equations": [FIR, FIR]}, {}, "carbon.wood.twice"),
        ({"equations": [FIR]}, {"species": MIXED}, "carbon.wood.species"),
        ({"equations": [{**FIR, "powers": [1]}]}, {}, "carbon.wood.equation"),
        ({"equations": [{**FIR, "r": 2}]}, {}, "carbon.forest.parameters"),
        ({"equations": [{key: FIR[key] for key in FIR if key != "r"}]}, {}, "typed.field.missing"),
        ({"equations": [{**FIR, "gives": "mode"}]}, {}, "typed.field.choice"),
        ({"shared": {"wood_density": "nobody"}}, {}, "typed.field.choice"),
        ({"years": 0.1}, {}, "carbon.plausible.range"),
        ({"plot_area": 600}, {}, "carbon.plausible.range"),  # m² for ha
        ({"seed": -1}, {}, "carbon.forest.seed"),
        ({"equations": [{**FIR, "residual_sd": 1e300}]}, {}, "carbon.plausible.range"),
        ({"residual_sd": 50}, {}, "carbon.plausible.range"),  # the claim was of 0 t
        ({}, {"diameter_after": (10.0 * TREES["diameter_after"]) + 250.0}, "carbon.plausible.range"),  # mm for cm
        ({}, {"height_after": 100.0 * TREES["height_after"]}, "carbon.plausible.range"),
        ({}, {"diameter_after": ["" if n < 6 else str(12.0 + n) for n in N]}, "carbon.wood.plot"),
        ({}, {"height_after": [""] + ["9"] * 59}, "carbon.forest.positive"),
    ],
)
def test_a_wrong_forest_is_refused_with_its_reason(change: dict[str, Any], rows: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        wooded(plant(**change), lambda name: table(**rows))
    assert code in [item.code for item in refused.value.findings]


STATED = {"diameter_error": "chave_2004", "wood_density_sd": 0.07, "height_sd": 0.5}


def test_an_error_that_nobody_states_leaves_u_a_lower_bound() -> None:
    """What was left out counted as exact, and U looked whole."""
    whole = wooded(plant(**STATED), lambda name: table())
    assert whole.parts[0].unstated == () and not [one for one in whole.findings if "unknown_u" in one.code]
    assert wooded(plant(**STATED, u_root_shoot=0), lambda name: table()).parts[0].unstated == ()  # said to be none
    bare = wooded(plant(u_root_shoot=None), lambda name: table())
    assert bare.parts[0].unstated == ("diameter", "wood_density", "height", "root_shoot") and bare.parts[0].least
    (told,) = (one for one in bare.findings if one.code == "carbon.wood.unknown_u")
    assert sentences(told, "en")["what"].endswith("unknown: diameter, wood density, height, root to shoot")
    assert "Write diameter_error, wood_density_sd, height_sd, u_root_shoot;" in sentences(told, "en")["remedy"]
    flat = wooded(plant(equation="zeng_2018_conifers"), lambda name: table())
    assert flat.parts[0].unstated == ("diameter", "wood_density", "equation")  # which takes no height


def test_roots_that_are_not_stated_are_told_and_not_none() -> None:
    codes = [one.code for one in wooded(plant(root_shoot=None, u_root_shoot=None), lambda name: table()).findings]
    assert "carbon.wood.roots" in codes
    assert "carbon.wood.roots" not in [one.code for one in wooded(plant(root_shoot=0), lambda name: table()).findings]


def test_every_row_that_a_forest_took_is_in_its_claim() -> None:
    assert {row["id"] for row in wooded(plant(**STATED), lambda name: table()).rows} == {
        "forest.chave_2014_eq4", "constant.carbon_fraction_of_biomass", "forest.diameter.chave_2004",
        "forest.wood_density",
    }  # fmt: skip


def test_a_wood_density_is_read_only_where_the_equation_takes_it() -> None:
    bare = ["" if n % 2 else "0.6" for n in N]
    found = wooded(plant(equations=[FIR, OTHERS]), lambda name: table(species=MIXED, wood_density=bare))
    assert float(found.parts[0].months.sum().value) < 0.0


@pytest.mark.parametrize("draws", [0, 9, 1_000_001])
def test_so_many_draws_are_refused(draws: int) -> None:
    with pytest.raises(Refused):
        wooded(plant(draws=draws), lambda name: table())


def test_a_range_of_forests_is_left_by_name() -> None:
    content = json.loads(json.dumps(dict(plant(residual_sd=2).content)))
    content["overrides"] = [{"row": "range.forest.residual_sd", "person": "A", "reason": "shrubs", "day": "2026-01-05"}]
    one, told = read_plant(json.dumps(content).encode())
    assert one is not None, told
    codes = [item.code for item in wooded(one, lambda name: table()).findings]
    assert "carbon.plausible.admitted" in codes


def test_one_forest_does_not_count_twice() -> None:
    content = json.loads(json.dumps(dict(plant().content)))
    content["forests"] *= 2
    one, told = read_plant(json.dumps(content).encode())
    assert one is not None, told
    with pytest.raises(Refused) as refused:
        claim_of(one, wooded(one, lambda name: table()))
    assert "carbon.claim.part_twice" in [item.code for item in refused.value.findings]


# ---------------------------------------------------------------- slips of area, years and diameters

HALVES = {"design": "stratified", "stratum": "site", "areas": {"good": 700, "poor": 500}}
HUGE = 13.0 * TREES["diameter_before"]
SITES = ["good" if n // 6 < 5 else "poor" for n in N]


def test_the_area_is_the_sum_of_its_strata() -> None:
    """Square metres for hectares: −773 million tonnes, and not a word."""
    found = wooded(plant(estimator=HALVES), lambda name: table(site=SITES))
    assert not [item for item in found.findings if item.code in ("carbon.plausible.range", "carbon.forest.strata")]
    for area in (1_200_000, 1188, 1212):
        with pytest.raises(Refused) as refused:
            wooded(plant(estimator=HALVES, area=area), lambda name: table(site=SITES))
        (item,) = [one for one in refused.value.findings if one.code == "carbon.forest.area_of_strata"]
        assert item.where == "/forests/0/area"
        assert f"{area:,}" in sentences(item, "zh")["what"] and "1,200" in sentences(item, "en")["what"]
    wooded(plant(estimator=HALVES, area=1202), lambda name: table(site=SITES))  # strata are rounded


@pytest.mark.parametrize(
    ("change", "rows", "row"),
    [
        ({"area": 18_600_000}, {}, "range.forest.area"),
        ({"area": 1_860_000}, {}, "range.forest.per_plot"),  # 186 ha in m², ten plots
        ({"years": 0.6}, {}, "range.forest.growth"),
        ({"plot_area": 0.002}, {}, "range.forest.uptake"),
        ({}, {"diameter_before": HUGE, "diameter_after": HUGE + 0.5}, "range.forest.stock"),
        ({}, {"diameter_after": np.where(N == 20, 10.0, 1.0) * TREES["diameter_after"]}, "range.forest.growth"),
    ],
)
def test_what_no_hectare_and_no_tree_does_is_refused_and_left_by_name(
    change: dict[str, Any], rows: dict[str, Any], row: str
) -> None:
    one = plant(**change)
    with pytest.raises(Refused) as refused:
        wooded(one, lambda name: table(**rows))
    assert row in [dict(item.parameters).get("row") for item in refused.value.findings]
    content = json.loads(json.dumps(dict(one.content)))
    every = [f"range.forest.{name}" for name in ("area", "per_plot", "uptake", "stock", "growth")]
    content["overrides"] = [{"row": name, "person": "A", "reason": "so it is", "day": "2026-01-05"} for name in every]
    admitted, told = read_plant(json.dumps(content).encode())
    assert admitted is not None, told
    found = wooded(admitted, lambda name: table(**rows)).findings
    assert row in [dict(i.parameters)["row"] for i in found if i.code == "carbon.plausible.admitted"]
