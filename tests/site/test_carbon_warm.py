"""The stacks behind the last claims are made before anybody opens the page, and their tables are read once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_after_the_warm_up_the_page_makes_no_stack(stocked: Path, client: Callable[..., Any]) -> None:
    from suyuan.site.acts.carbon import stacks
    from suyuan.site.acts.warm import STEPS

    stacks._made.clear()
    STEPS["stacks"](None)  # type: ignore[arg-type]
    made = dict(stacks._made)
    assert made
    assert client("director").get("/carbon").status_code == 200
    assert dict(stacks._made) == made


def test_a_table_is_read_again_when_its_file_has_changed(stocked: Path) -> None:
    from suyuan.site.acts.carbon import stacks
    from suyuan.site.acts.warm import STEPS

    def read() -> dict[Any, Any]:
        stacks._made.clear()
        STEPS["stacks"](None)  # type: ignore[arg-type]
        return dict(stacks._read)

    stacks._read.clear()
    first = read()
    assert first and read() == first
    table = next((stocked / "carbon").glob("*/stack*.csv"))
    os.utime(table, ns=(1, 1))
    assert set(read()) > set(first)
