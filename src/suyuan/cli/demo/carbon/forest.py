"""The demo's forest: thirty plots measured twice, five years apart; what it took up stands in a claim.

True: trees of 8 to 32 cm that grow 0.9 cm a year in diameter, heights 1.3 m + 1.9·D^0.7 m, five species. Plots lie in
two strata by the quality of their site, as a map of soils would have drawn them before.
"""

from __future__ import annotations

import json

import numpy as np

from suyuan.cli.demo.carbon.desk import MADE_UP, MANAGER, SCHEME, Desk, of_years
from suyuan.cli.demo.shelf import Row

ENTERPRISE, NAME = "演示南岭林场", "人工林"
SEED, PLOTS, YEARS = 60118, 30, 5
GOOD, POOR = "好立地", "差立地"
DESIGN: Row = {"design": "stratified", "stratum": "stratum", "areas": {GOOD: 905.0, POOR: 955.0}}
AREA, PLOT_AREA = 1860.0, 0.06
DENSITIES = {"演示树种甲": 0.46, "演示树种乙": 0.52, "演示树种丙": 0.57, "演示树种丁": 0.61, "演示树种戊": 0.66}


def build(desk: Desk) -> None:
    """The table of trees, the document and its claim."""
    file = "trees.csv"
    desk.table(ENTERPRISE, file, _trees())
    content = {
        "title": "人工林碳汇（演示） / uptake of a plantation (demo)", "note": MADE_UP, "enterprise": ENTERPRISE,
        "unit": NAME, "sector": "forest", "scheme": SCHEME, "year": desk.year,
        "overrides": of_years(desk.year, desk.on(3, 1, 1)), "made": desk.on(3, 20, 1).isoformat(), "by": MANAGER,
        "forests": [_forest(file)],
    }  # fmt: skip
    columns = {"diameter": "diameter_after", "wood_density": "wood_density", "height": "height_after"}
    asked = {"file": f"{ENTERPRISE}/{file}", "columns": columns, "equation": "chave_2014_eq4", "group_column": "plot",
             "estimator": DESIGN, "plot_area": PLOT_AREA, "area": AREA}  # fmt: skip
    case = json.dumps({"kind": "plot_estimator", "input": asked}, ensure_ascii=False, indent=1)
    (desk.folder / "plots.json").write_text(case, encoding="utf-8")
    desk.claim(desk.plant("forest.json", content), "claim-forest.json")


def _forest(file: str) -> Row:
    return {
        "name": NAME, "area": AREA, "plot_area": PLOT_AREA, "estimator": DESIGN, "years": YEARS,
        "root_shoot": 0.25, "u_root_shoot": 0.05,
        "equation": "chave_2014_eq4", "residual_sd": 0.357,
        "source": "Chave et al. 2014: residual standard error of ln AGB, 0.357; mean of the published draws 0.3574",
        "diameter_error": "chave_2004", "wood_density_sd": 0.07, "height_sd": 0.5,
        "shared": {"wood_density": "species"},
        "draws": 500, "seed": 1, "table": {"file": file},
    }  # fmt: skip


def _trees() -> dict[str, list[str]]:
    rng = np.random.default_rng(SEED)
    plot = np.repeat(np.arange(1, PLOTS + 1), rng.integers(28, 46, PLOTS))
    quality = rng.normal(1.0, 0.12, PLOTS)[plot - 1]
    strata = np.where(quality >= 1.0, GOOD, POOR)
    before = rng.uniform(8.0, 32.0, len(plot)) * quality
    after = before + 0.9 * YEARS * quality * rng.uniform(0.6, 1.4, len(plot))
    names = np.array(list(DENSITIES))[rng.integers(0, len(DENSITIES), len(plot))]
    heights = {when: 1.3 + 1.9 * d**0.7 + rng.normal(0.0, 0.5, len(plot)) for when, d in
               (("before", before), ("after", after))}  # fmt: skip
    return {
        "plot": [f"P{n:02d}" for n in plot], "stratum": strata.tolist(),
        "tree": [str(n) for n in range(1, len(plot) + 1)],
        "species": names.tolist(), "wood_density": [f"{DENSITIES[name]:.2f}" for name in names.tolist()],
        "diameter_before": [f"{x:.1f}" for x in before], "height_before": [f"{x:.1f}" for x in heights["before"]],
        "diameter_after": [f"{x:.1f}" for x in after], "height_after": [f"{x:.1f}" for x in heights["after"]],
    }  # fmt: skip
