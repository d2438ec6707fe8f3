"""Each «yes» of the feature table names a test that exists, and a place in the code that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in (ROOT / "docs" / "features.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| feature")
]


@pytest.mark.parametrize("row", [r for r in ROWS if r[1] == "yes"], ids=lambda r: r[0])
def test_a_test_stands_behind_it(row: list[str]) -> None:
    path, _, name = row[3].strip("`").partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, f"{path} has no {name}"


def test_every_place_exists() -> None:
    for row in ROWS:
        place = row[2].strip("`")
        if place and "/" not in place:
            parts = place.split(".")
            found = [ROOT.joinpath("src", "suyuan", *parts[:n]) for n in range(1, len(parts) + 1)]
            assert any(p.is_dir() or p.with_suffix(".py").is_file() for p in found[-2:]), place
        elif place:
            assert (ROOT / place).exists(), place


def test_the_table_is_whole() -> None:
    assert len(ROWS) > 30
    assert all(len(row) == 4 and re.fullmatch(r"yes|Apache-2.0", row[1]) for row in ROWS)
