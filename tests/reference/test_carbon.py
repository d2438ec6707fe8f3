"""Published, recomputed and constructed cases of carbon metrology, one test a case, through the command line's code."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from suyuan.store.case_files import case_files
from suyuan.verbs.cases import answer

from .compare import differences

GIVEN = os.environ.get("SUYUAN_CASES_CARBON")
FILE = Path(GIVEN or Path(__file__).with_name("carbon.json"))
CASES = json.loads(FILE.read_text("utf-8"))
REFERENCE = Path(os.environ.get("SUYUAN_REFERENCE") or Path(__file__).parents[3] / "shared" / "reference")


def named(body: Any) -> Iterator[str]:
    """The files that an input names, at any depth."""
    if isinstance(body, dict):
        for key, value in body.items():
            if isinstance(value, str) and (key == "file" or key.endswith("_file")):
                yield value
            yield from named(value)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_case(case: dict[str, Any]) -> None:
    body = case["input"]
    places = (FILE.parent, REFERENCE)
    absent = [name for name in named(body) if not any((folder / name).is_file() for folder in places)]
    if absent and not GIVEN:
        pytest.skip(f"no {absent[0]} beside the cases nor in {REFERENCE}")
    got = answer({"kind": case["kind"], "input": body}, files=case_files(FILE.parent, REFERENCE))
    json.dumps(got, allow_nan=False)
    assert not differences(case["expected"], got, case["tolerance"])
