"""How the reference files of the form in columns, and of the optional fields of version 1 (samples, complex
quantities), were made. They are kept for ever; this script is not run again.

`python -m tests.quantity.reference.make_archive_columns_v1 FOLDER` writes files of the same content elsewhere.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from suyuan.quantity.archive import archive
from suyuan.quantity.archive import columns as archive_columns
from suyuan.quantity.complex_quantity import complex_quantity
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity


def results() -> tuple[dict[str, Quantity], dict[str, Quantity]]:
    """Long and short arrays, in order, gathered, weighted, dense; a sample; a complex vector."""
    at = np.arange(100.0)
    standard = quantity(
        10.000012, 4e-6, "V", dof=18, label="标准电池", source=Source("国家院", "V-7", "results/0"),
        id=identity("国家院", "V-7", "results/0"),
    )  # fmt: skip
    sample = quantity(
        1.0, 2e-6, distribution="sample", label="ratio", id=identity("ratio"),
        parameters=(("values", (0.999998, 1.0, 1.000002)),),
    )  # fmt: skip
    readings = quantity(1.0 + at / 1000.0, 1e-6 * (1.0 + at / 100.0), dof=9, label="readings", id=identity("readings"))
    volts = standard * sample * readings
    z = complex_quantity(np.exp(1j * at / 50.0), 1e-3 + 2e-3j, r=0.25, dof=5, label="z", id=identity("z"))
    return {
        "volts": volts,
        "steps": volts[1:] - volts[:-1],
        "residuals": readings - readings.mean(),
        "table": volts.reshape(4, 25),
        "mean": volts.mean(),
        "wave": z * standard,
        "constant": quantity(2.5, None),
    }, {"standard": standard}


def main(folder: Path) -> None:
    """Write both forms."""
    made, between = results()
    (folder / "archive_v1_optional.json").write_bytes(archive.dump(made, between))
    (folder / "archive_columns_v1.parquet").write_bytes(archive_columns.dump(made, between))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
