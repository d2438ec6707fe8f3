"""Aircraft: deviations of six features of a wing panel from a coordinate measuring machine, panel after panel.

True: each feature has a mean deviation and a spread of its own; the machine adds its error of indication at the length
of the feature, which its certificate states point by point.
"""

from __future__ import annotations

import numpy as np

from suyuan.cli.demo.lake.made import Made, correction, start_of, times
from suyuan.cli.demo.shelf import CITY, Shelf, both, used

SEED, PANELS = 1903, 90
LENGTHS = (100, 250, 400, 550, 700, 850)
ERRORS = (0.4, 0.9, 1.6, 2.1, 2.9, 3.3)
TRUE = ((4.0, 6.0), (-2.0, 7.0), (9.0, 8.0), (-6.0, 8.0), (1.0, 9.0), (12.0, 9.0))
"""Mean and standard deviation of each feature, µm."""


def build(shelf: Shelf) -> Made:
    """The machine's certificate, one correction a feature, and the deviations."""
    made = Made()
    laser = next(c for c in shelf.evidence.certificates if c.number == "DEMO-NMI-L-0633")
    certificate = shelf.paper(
        "DEMO-CITY-L-0207", CITY, ("三坐标测量机 CMM-7", "coordinate measuring machine CMM-7", "CMM-7"), (70, -290),
        [{"name": both("示值", "indication"), "value": [str(n) for n in LENGTHS], "unit": "mm",
          "U": "0.0001", "k": "2"},
         {"name": both("示值误差", "error of indication"), "value": [str(e) for e in ERRORS], "unit": "um",
          "U": ["0.8", "1.0", "1.2", "1.4", "1.6", "1.8"], "k": "2"}],
        equipment=[used(laser)],
    )  # fmt: skip
    rng = np.random.default_rng(SEED)
    time = times(shelf.ago(25), 2700.0, PANELS)
    for k, (length, error, (mean, spread)) in enumerate(zip(LENGTHS, ERRORS, TRUE, strict=True)):
        place = f"孔 H{k + 1} / hole H{k + 1}"
        correction(shelf, certificate, shelf.ago(68), instrument="CMM-7", place=place, form="table", states="error",
                   points=[{"place": "1/0", "index": k}], at=["0"], raw_unit="mm", range=["-0.2", "0.2"])  # fmt: skip
        about = {"name": (f"孔 H{k + 1} 位置", f"hole H{k + 1}, position"),
                 "zh": f"标称 {length} mm，真值均值 {mean:g} µm、离散 {spread:g} µm，种子 {SEED}",
                 "en": f"nominal {length} mm, true mean {mean:g} um, spread {spread:g} um, seed {SEED}",
                 "resolution": "0.0001", "place": place}  # fmt: skip
        stream = made.stream(f"demo-panel-h{k + 1}", "position deviation", "mm", "CMM-7", about)
        shown = (rng.normal(mean, spread, PANELS) + error + rng.normal(0, 0.3, PANELS)) / 1000.0
        made.block(stream, time, shown, 0.0003, start_of(shelf.ago(20)))
    return made
