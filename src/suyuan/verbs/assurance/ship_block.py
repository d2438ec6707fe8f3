"""A ship block made by us, with a seed and its true values told: no open set of survey points of a block is known."""

from __future__ import annotations

from typing import Any

import numpy as np

SEED, SHRINKAGE, U = 5150, 3e-4, 0.5
TRUE = {"scale": 2e-5, "offset": 0.6}
STATION = (-18000.0, 9000.0, 1500.0)


def ship_block(seed: int = SEED) -> dict[str, Any]:
    """The input of a case `survey_points`: 40 points of a block as a total station shows them, in mm.

    True: the design shrunk along x by 0.3 mm a metre; the station's distances need a factor 1 + 2e-5 and 0.6 mm; each
    coordinate scatters by 0.5 mm. The replaced certificate is one of another station: 0.6 mm less offset.

    >>> len(ship_block()["points"]), ship_block(1)["x"] == ship_block(2)["x"]
    (40, False)
    """
    rng = np.random.default_rng(seed)
    at = np.arange(40)
    design = np.stack([at // 4 * 1200.0, at % 4 * 900.0, 2400.0 + 150.0 * rng.integers(0, 5, 40)], axis=1)
    true = design * [1.0 - SHRINKAGE, 1.0, 1.0]
    away = true - np.array(STATION)
    distance = np.linalg.norm(away, axis=1, keepdims=True)
    shown = np.array(STATION) + away / distance * (distance - TRUE["offset"]) / (1.0 + TRUE["scale"])
    shown = np.round(shown + rng.normal(0.0, U, shown.shape), 1)
    columns = {name: shown[:, k].tolist() for k, name in enumerate("xyz")}
    columns |= {f"design_{name}": design[:, k].tolist() for k, name in enumerate("xyz")}
    return {
        "unit": "mm", "title": f"B-12 (seed {seed})", "points": [f"P{i + 1:02d}" for i in at], **columns, "u": U,
        "tolerance": [3.0, 3.0, 4.0],
        "datum": "block B-12", "design_datum": "block B-12", "station": list(STATION),
        "certificate": {"scale": {"value": 2e-5, "U": 1e-5, "k": 2}, "offset": {"value": 0.6, "U": 0.4, "k": 2}},
        "replaced_by": {"scale": {"value": 2e-5, "U": 1e-5, "k": 2}, "offset": {"value": 0.0, "U": 0.4, "k": 2}},
    }  # fmt: skip
