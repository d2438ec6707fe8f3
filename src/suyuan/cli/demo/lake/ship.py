"""Ships: survey points of a hull block by a total station, one stream a coordinate.

True: the points of the design, moved by a shrinkage of 0.3 mm a metre along x; the station's distances are 4 mm a
kilometre too short, and its additive constant is 0.6 mm.
"""

from __future__ import annotations

import numpy as np

from suyuan.cli.demo.lake.made import Made, correction, start_of, times
from suyuan.cli.demo.shelf import CITY, Shelf, used, value

SEED, POINTS = 5150, 64


def build(shelf: Shelf) -> Made:
    """The station's certificate and the coordinates of the points."""
    made = Made()
    laser = next(c for c in shelf.evidence.certificates if c.number == "DEMO-NMI-L-0633")
    certificate = shelf.paper(
        "DEMO-CITY-L-0311", CITY, ("全站仪 TS-11", "total station TS-11", "TS-11"), (100, -260),
        [value("乘常数", "scale correction", "0.000004", "1", {"U": "0.000002", "k": "2"}, ("0", "300", "m")),
         value("加常数", "additive constant", "0.6", "mm", {"U": "0.5", "k": "2"}, ("0", "300", "m"))],
        equipment=[used(laser)], correlations=[[0, 1, "-0.30"]],
    )  # fmt: skip
    correction(shelf, certificate, shelf.ago(97), instrument="TS-11", form="formula", model="raw*(1 + s) + c",
               raw_unit="mm", parameters={"s": {"place": "0/0", "unit": "1"}, "c": {"place": "1/0", "unit": "mm"}},
               range=["0", "300000"])  # fmt: skip
    rng = np.random.default_rng(SEED)
    time = times(shelf.ago(8), 45.0, POINTS)
    design = np.stack([np.repeat(np.arange(16) * 800.0, 4), np.tile(np.arange(4) * 900.0, 16),
                       2400.0 + 150.0 * rng.integers(0, 5, POINTS)], axis=1) + 5000.0  # fmt: skip
    true = design + np.stack([-3e-4 * (design[:, 0] - 5000.0), np.zeros(POINTS), np.zeros(POINTS)], axis=1)
    for axis, name in enumerate("xyz"):
        about = {
            "name": (f"分段 B-12 测点 {name}", f"block B-12, points, {name}"),
            "zh": f"设计点，x 向收缩 0.3 mm/m，种子 {SEED}",
            "en": f"design points, shrinkage 0.3 mm/m, seed {SEED}",
            "resolution": "0.1",
            "place": "分段 B-12 / block B-12",
        }
        stream = made.stream(f"demo-block12-{name}", f"coordinate {name}", "mm", "TS-11", about)
        shown = (true[:, axis] - 0.6) / (1.0 + 4e-6) + rng.normal(0.0, 0.5, POINTS)
        made.block(stream, time, shown, 0.5, start_of(shelf.ago(8)) + 7_200_000_000)
    return made
