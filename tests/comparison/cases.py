"""The published cases of comparisons for the tests of this folder, and how an answer is compared with one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

Case = dict[str, Any]
CASES = Path(os.environ.get("SUYUAN_CASES_COMPARISON") or Path(__file__).parents[1] / "reference" / "comparison.json")


def cases_of(kind: str) -> list[Case]:
    """The cases of one kind; there is at least one, or the tests would say nothing."""
    found = [case for case in json.loads(CASES.read_text("utf-8")) if case["kind"] == kind]
    assert found, kind
    return found


def agrees(case: Case, method: str, term: str, got: Any, expected: Any) -> None:
    """The answer lies within the tolerance of the case, element by element."""
    given = case["tolerance"]
    allowed = next((given[key] for key in (f"{method}.{term}", method, term, "*") if key in given), {"rel": 0.0})
    want = np.asarray(expected, float)
    limit = allowed["abs"] if "abs" in allowed else np.where(want == 0.0, 1.0, np.abs(want)) * allowed["rel"]
    assert np.shape(got) == want.shape, (case["id"], method, term)
    miss = np.abs(np.asarray(got, float) - want)
    assert np.all(miss <= np.asarray(limit) * (1 + 1e-9)), (case["id"], method, term, got, expected)
