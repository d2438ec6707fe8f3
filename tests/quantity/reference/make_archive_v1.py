"""How the reference files of archive version 1 were made. They are kept for ever; this script is not run again.

`python -m tests.quantity.reference.make_archive_v1 FOLDER` writes files of the same content elsewhere for comparison.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from suyuan.quantity.archive.archive import Disclosure, dump
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, joint, quantity


def results() -> tuple[dict[str, Quantity], dict[str, Quantity]]:
    """Results and intermediate quantities with every structure that a block may have."""
    standard = quantity(
        50.000623, 25e-6, "mm", dof=18, label="量块 50 mm", source=Source("国家院", "A-123", "results/0"),
        id=identity("国家院", "A-123", "results/0"),
    )  # fmt: skip
    slope, offset = joint(
        [1.0002, 0.003], [2e-5, 1e-3], [[1.0, -0.75], [-0.75, 1.0]], ["1", "mm"], dof=8, label="fit", id=identity("fit")
    )
    readings = quantity(
        np.array([0.1, 0.2, 0.30000000000000004, 0.4]), [1e-4, 2e-4, 3e-4, 4e-4], "mm", dof=5, label="readings",
        distribution="rectangular", id=identity("readings"), parameters=(("half_width", 3e-4),),
    )  # fmt: skip
    temperature = quantity(20.3, 0.05, "degC", label="air", id=identity("air"))
    warmed = temperature.to("degF") - quantity(68.0, None, "degF")
    lengths = standard * slope + offset + readings
    return {
        "lengths": lengths,
        "mean": lengths.mean(),
        "residuals": readings - readings.mean(),
        "steps": readings[1:] - readings[:-1],
        "table": readings.reshape(2, 2).sum(axis=1),
        "temperature": temperature,
        "warming": warmed,
        "gauge": quantity(1.0, 0.001, "in", id=identity("gauge")),
        "constant": quantity(2.5, None),
        "empty": quantity(np.zeros(0), 0.1, "V", id=identity("empty")),
    }, {"standard": standard, "slope": slope}


def main(folder: Path) -> None:
    """Write the three disclosures."""
    disclosures: tuple[Disclosure, ...] = ("full", "grouped", "opaque")
    for disclosure in disclosures:
        made, between = results()
        (folder / f"archive_v1_{disclosure}.json").write_bytes(dump(made, between, disclosure, name="Reference A-1"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
