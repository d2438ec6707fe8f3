"""Published cases of uncertainty evaluation, one test a case, through the code that the command line runs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from suyuan.verbs.cases import answer

from .compare import differences

GIVEN = os.environ.get("SUYUAN_CASES_UNCERTAINTY")
CASES = json.loads(Path(GIVEN or Path(__file__).with_name("uncertainty.json")).read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_case(case: dict[str, Any]) -> None:
    got = answer({"kind": case["kind"], "input": case["input"]})
    assert not differences(case["expected"], got, case["tolerance"])
