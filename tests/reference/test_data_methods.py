"""Published and constructed cases of data methods, one test a case, through the code that the command line runs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from suyuan.store.case_files import case_files
from suyuan.verbs.cases import answer

from .compare import differences

GIVEN = os.environ.get("SUYUAN_CASES_DATA_METHODS")
FILE = Path(GIVEN or Path(__file__).with_name("data_methods.json"))
CASES = json.loads(FILE.read_text("utf-8"))
REFERENCE = Path(os.environ.get("SUYUAN_REFERENCE") or Path(__file__).parents[3] / "shared" / "reference")
NOT_BUILT: set[str] = set()
"""Kinds that are not built yet; ignored where the environment names the cases."""


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_case(case: dict[str, Any]) -> None:
    if not GIVEN and case["kind"] in NOT_BUILT:
        pytest.skip("not built yet")
    body = case["input"]
    places = (FILE.parent, REFERENCE)
    if not GIVEN and "file" in body and not any((folder / body["file"]).is_file() for folder in places):
        pytest.skip(f"no {body['file']} beside the cases nor in {REFERENCE}")
    got = answer({"kind": case["kind"], "input": body}, files=case_files(FILE.parent, REFERENCE))
    json.dumps(got, allow_nan=False)
    assert not differences(case["expected"], got, case["tolerance"])
    if case["kind"] == "match":
        assert got["failed"] == case["expected"]["failed"]  # no gate and no capability more
