"""Published cases of comparisons, one test a case, through the code that the command line runs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from suyuan.verbs.cases import answer

from .compare import differences

GIVEN = os.environ.get("SUYUAN_CASES_COMPARISON")
CASES = json.loads(Path(GIVEN or Path(__file__).with_name("comparison.json")).read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_case(case: dict[str, Any]) -> None:
    got = answer({"kind": case["kind"], "input": case["input"]})
    json.dumps(got, allow_nan=False)
    assert not differences(case["expected"], got, case["tolerance"])
