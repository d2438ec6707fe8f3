"""Key comparisons with expected answers, as arrays, and the comparison of an answer at the tolerance of its case."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
FILE = Path(__file__).resolve().parents[1] / "reference" / "comparison.json"


@dataclass(frozen=True)
class Published:
    id: str
    labs: tuple[str, ...]
    x: Array
    u: Array
    dof: Array
    inside: Array
    expected: dict[str, Any]
    tolerance: dict[str, Any]


def key_comparisons(method: str) -> list[Published]:
    """The cases that say what a method gives."""
    path = Path(os.environ.get("SUYUAN_CASES_COMPARISON") or FILE)
    cases = (c for c in json.loads(path.read_text("utf-8")) if c["kind"] == "key_comparison")
    return [_read(c, method) for c in cases if method in c["expected"]]


def _read(case: dict[str, Any], method: str) -> Published:
    rows = case["input"]["data"]
    x, u = (np.array([row[key] for row in rows], float) for key in ("value", "u"))
    dof = np.array([row.get("dof", np.inf) for row in rows], float)
    inside = np.array([row.get("in_kcrv", True) for row in rows], bool)
    labs = tuple(row["lab"] for row in rows)
    return Published(case["id"], labs, x, u, dof, inside, case["expected"][method], case["tolerance"])


def agrees(case: Published, method: str, got: dict[str, Any]) -> None:
    """Fails where a key that the case expects is missing or farther off than allowed."""
    for term, want in case.expected.items():
        if isinstance(want, list) and isinstance(want[0], str):
            assert got[term] == want, (case.id, method, term)
            continue
        keys = (f"{method}.{term}", method, term, "*")
        allowed = next((case.tolerance[key] for key in keys if key in case.tolerance), {"rel": 0.0})
        wanted = np.asarray(want, float)
        relative = np.where(wanted == 0.0, 1.0, np.abs(wanted)) * allowed.get("rel", 0.0)
        limit = np.asarray(allowed.get("abs", relative))
        miss = np.abs(np.asarray(got[term], float) - wanted)
        assert np.all(miss <= limit * (1.0 + 1e-9)), (case.id, method, term, got[term], want)
