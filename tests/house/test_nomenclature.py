"""The table of words names places that exist in the code."""

from __future__ import annotations

import dataclasses
import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

TABLE = Path(__file__).resolve().parents[2] / "docs" / "nomenclature.md"
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in TABLE.read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| English")
]


def resolve(identifier: str) -> object:
    """The module, class, function or field that a dotted name below `suyuan` means."""
    thing: object = importlib.import_module("suyuan")
    path = "suyuan"
    for part in identifier.split("."):
        path += "." + part
        if isinstance(thing, ModuleType) and not hasattr(thing, part):
            thing = importlib.import_module(path)
        elif isinstance(thing, ModuleType) or hasattr(thing, part):
            thing = getattr(thing, part)
        elif dataclasses.is_dataclass(thing) and part in {f.name for f in dataclasses.fields(thing)}:
            return part
        else:
            raise AttributeError(path)
    return thing


def test_each_row_is_whole() -> None:
    assert len(ROWS) > 40
    for row in ROWS:
        assert len(row) == 6, row
        assert row[0] and re.search(r"[\u4e00-\u9fff]", row[1]) and row[2] and row[5], row


@pytest.mark.parametrize("row", [r for r in ROWS if r[5] != "—"], ids=lambda r: r[0])
def test_identifier_exists(row: list[str]) -> None:
    found = re.fullmatch(r"`([\w.]+)`", row[5])
    assert found, row
    assert resolve(found[1]) is not None
