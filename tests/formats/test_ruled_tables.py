"""Tables below a rule of dashes: the handbook data of NIST, their rows counted by eye of the file's own lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from suyuan.lake.formats import ruled
from suyuan.quantity.finding import Refused


@pytest.mark.parametrize(
    ("name", "columns", "rows"),
    [
        ("MPC61.DAT", 9, 300),
        ("MPC62.DAT", 13, 25),
        ("MPC5312.DAT", 6, 5),
        ("LOADCELL.DAT", 2, 33),
        ("MASS.DAT", 6, 217),
        ("CALIBRATIONLINE.DAT", 5, 40),
        ("MONITOR-6_3_3_1.DAT", 2, 25),
    ],
)
def test_handbook_data(reference: Path, name: str, columns: int, rows: int) -> None:
    data = (reference / "data" / "nist" / name).read_bytes()
    made = ruled.read(data)
    lines = data.decode("latin-1").splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip(" ") and not line.strip(" -"))
    expected = [[float(c) for c in line.split()] for line in lines[start + 1 :] if line.strip()]
    assert (len(expected), len(expected[0])) == (rows, columns)
    assert np.array_equal(np.column_stack([s.value for s in made.streams]), np.array(expected))
    assert made.facts["description"].startswith("This is") and made.unread == {}


def test_check_standard_at_its_published_digits(reference: Path) -> None:
    made = ruled.read((reference / "data" / "nist" / "MPC62.DAT").read_bytes())
    value = next(s for s in made.streams if s.name == "CHECKSTD")
    assert value.resolution == 0.001 and value.value.std(ddof=1) == pytest.approx(0.0268, abs=5e-5), (
        "24 dof, NIST 2.3.5"
    )


def test_odd_rows_are_kept_aside() -> None:
    made = ruled.read(b"words\nX Y\n--------\n1 2\n1 2 3\n3 x\n")
    assert made.unread == {"row of another width": 1}
    assert made.findings[0].code == "formats.table.width" and made.findings[0].where == "line 5"
    with pytest.raises(Refused):
        ruled.read(b"no rule here\n1 2\n")
