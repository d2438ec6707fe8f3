"""Published cases of uncertainty evaluation, one test a case, through the code that the command line runs."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest

from suyuan.quantity.finding import Refused
from suyuan.verbs.cases import answer

from .compare import differences
from .not_built import NOT_BUILT

GIVEN = os.environ.get("SUYUAN_CASES_UNCERTAINTY")
CASES = json.loads(Path(GIVEN or Path(__file__).with_name("uncertainty.json")).read_text("utf-8"))


def built_part(case: dict[str, Any]) -> dict[str, Any] | None:
    """The case without the wants that are not built; None if nothing is left."""
    kind, wants = case["kind"], case["input"].get("want", ["*"])
    shapes = {i["distribution"] for i in case["input"].get("inputs", []) if isinstance(i, dict)} | {"*"}
    left = [w for w in wants if not any((kind, w, s) in NOT_BUILT or (kind, "*", s) in NOT_BUILT for s in shapes)]
    if GIVEN or left == wants:
        return case
    if not left:
        return None
    part = copy.deepcopy(case)
    part["input"]["want"] = left
    part["expected"] = {w: case["expected"][w] for w in left if w in case["expected"]}
    return part


@pytest.mark.parametrize("case", [p for c in CASES if (p := built_part(c))], ids=lambda c: c["id"])
def test_case(case: dict[str, Any]) -> None:
    got = answer({"kind": case["kind"], "input": case["input"]})
    assert not differences(case["expected"], got, case["tolerance"])


@pytest.mark.skipif(bool(GIVEN), reason="the list of what is not built does not count for given cases")
@pytest.mark.parametrize("case", [c for c in CASES if built_part(c) is None], ids=lambda c: c["id"])
def test_not_built_is_refused(case: dict[str, Any]) -> None:
    """What stands in the list fails clearly; once it is built this test fails and the list is shortened."""
    with pytest.raises(Refused) as refused:
        answer({"kind": case["kind"], "input": case["input"]})
    assert refused.value.findings[0].code == "case.want.not_built"
