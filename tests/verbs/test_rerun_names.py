"""A report in which one number was changed: the rerun names the number and the laboratory whose number it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from suyuan.comparison.round.report_form import report_document
from suyuan.quantity.fields import canonical
from suyuan.verbs.comparison.rerun import rerun
from suyuan.verbs.comparison.round import read_round, report_of
from tests.verbs.test_round import ISSUE

EXAMPLE = Path(__file__).parents[2] / "docs" / "example" / "comparison-round.json"


@pytest.fixture(scope="module")
def report() -> Any:
    return json.loads(report_document(report_of(read_round(EXAMPLE.read_bytes())[0], ISSUE)))


@pytest.mark.parametrize(
    ("path", "lab"),
    [
        (("drift", "change", 0), "A"),  # the pilot has no change: its own line is the drift
        (("drift", "u_reference", 2), "C"),
        (("drift", "covariance", 1, 0), "B"),
        (("drift", "coefficients", 0), ""),
        (("inputs", "pilot_values", 2), "P"),
        (("inputs", "u", 3), "C"),
        (("methods", 0, "further", 0, "values", 0), ""),
        (("methods", 0, "left_u", 1), "A"),
        (("methods", 2, "covariance", 2), "B"),
    ],
)  # fmt: skip
def test_a_changed_number_is_named_with_its_laboratory(report: Any, path: tuple[Any, ...], lab: str) -> None:
    other = json.loads(json.dumps(report))
    inside = other["measurands"][0]
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = str(float(inside[path[-1]]) * 1.25 + 0.5)
    found = rerun(canonical(other))
    assert not found.same
    field = next(step for step in reversed(path) if isinstance(step, str) and step != "values")
    named = {(d.lab, d.field) for d in found.differences}
    assert (lab, field) in named or (lab, "values") in named
