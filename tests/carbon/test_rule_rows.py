"""Rule rows: what is «confirmed» was read; what was not is admitted by name; materiality of each scheme."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import suyuan.carbon
from suyuan.carbon.claim.material import materiality

RULES = sorted((Path(suyuan.carbon.__file__).parent / "rules").glob("*.json"))
SECOND_HAND = re.compile(
    r"not read|recalled|memory|quote[sd]|manufacturer|front end|regulator-side|secondary|public descriptions"
    r"|public table|public cop|news page|the press"
)


def rows(content: Any) -> Iterator[dict[str, Any]]:
    if isinstance(content, dict) and "status" in content:
        yield content
    elif isinstance(content, dict | list):
        for inner in content.values() if isinstance(content, dict) else content:
            yield from rows(inner)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_what_is_confirmed_was_read_in_its_own_text(path: Path) -> None:
    """A summary, a maker's page or somebody's program is not the text of a standard."""
    found = list(rows(json.loads(path.read_text("utf-8"))))
    assert found
    told = [row["id"] for row in found if row["status"] == "confirmed" and SECOND_HAND.search(row["source"])]
    assert not told


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_what_was_not_read_says_so(path: Path) -> None:
    """The status and the source of a row do not contradict each other the other way round either."""
    found = list(rows(json.loads(path.read_text("utf-8"))))
    told = [row["id"] for row in found if row["status"] == "recomputed" and "not read" in row["source"]]
    assert not told


def test_the_chinese_scheme_has_a_materiality_that_nobody_confirmed() -> None:
    limit, row = materiality("China", 2_000_000.0)
    assert limit == pytest.approx(100_000.0) and (row["id"], row["status"]) == ("materiality.china", "from memory")
    assert "name no percentage" in row["source"]
