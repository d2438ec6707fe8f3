"""Forests of a plant's document in its claim: against the product, as the same claim twice, and what can be wrong."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.claim.claim import document
from suyuan.carbon.forest.allometry import biomass
from suyuan.carbon.plant import Plant, read_plant
from suyuan.quantity.finding import Refused
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
    assert "carbon.wood.parameters" in [item.code for item in made[0].findings]


@pytest.mark.parametrize(
    ("change", "rows", "code"),
    [
        ({"years": 0}, {}, "carbon.wood.years"),
        ({"area": -1}, {}, "carbon.forest.boundary"),
        ({"table": {"file": "trees.csv", "plot": "stand"}}, {}, "carbon.table.column"),
        ({"equation": "guess"}, {}, "carbon.forest.equation"),
        ({"shared": {"wood_density": "nobody"}}, {}, "typed.field.choice"),
        ({}, {"diameter_after": ["" if n < 6 else str(12.0 + n) for n in N]}, "carbon.wood.plot"),
        ({}, {"height_after": [""] + ["9"] * 59}, "carbon.forest.positive"),
    ],
)
def test_a_wrong_forest_is_refused_with_its_reason(change: dict[str, Any], rows: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        wooded(plant(**change), lambda name: table(**rows))
    assert code in [item.code for item in refused.value.findings]
