"""Accuracy tests of a stack's document: outcome by scheme, when the next is due; the case, the paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from suyuan.carbon.monitoring.filed import Filed, read_stacks
from suyuan.quantity.fields import Fields
from suyuan.report.carbon.accuracy import accuracy_table
from suyuan.verbs.carbon.accuracy import Accuracy, accuracies, accuracy_fields
from suyuan.verbs.carbon.quality import rata

REFERENCE = [13.3, 12.2, 12.4, 12.2, 11.9, 12.2, 12.8, 11.8, 11.8]
MONITOR = [12.7, 11.8, 12.2, 11.9, 11.7, 11.9, 12.3, 11.7, 11.3]


def stack(scheme: str, *tests: dict[str, Any]) -> Filed:
    channels = [{"role": role, "column": role, "unit": unit, "instrument": role} for role, unit in
                (("co2", "%"), ("velocity", "m/s"), ("temperature", "degC"))]  # fmt: skip
    content = {"stacks": [{"id": "S1", "rules": scheme, "step": "3600", "zone": "UTC", "channels": channels,
                           "table": {"file": "x.csv"}, "tests": list(tests)}]}  # fmt: skip
    fields = Fields(content)
    found = read_stacks(fields, 2025)
    assert found, fields.found
    return found[0]


def filed(role: str = "co2", day: str = "2025-02-11", times: float = 1.0) -> dict[str, Any]:
    return {"kind": "rata", "role": role, "day": day, "reference": [str(x) for x in REFERENCE],
            "monitor": [str(times * x) for x in MONITOR]}  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "given", "outcome", "until"),
    [
        ("40 CFR 75", filed(), "yearly", date(2026, 3, 31)),
        ("40 CFR 75", filed(times=0.95), "half-yearly", date(2025, 9, 30)),
        ("40 CFR 75", filed(times=0.8), "failed", None),
        ("HJ 75-2017", filed(), "passed", None),
        ("HJ 75-2017", filed(times=0.8), "failed", None),
        ("HJ 75-2017", filed("velocity"), "passed", None),
        ("HJ 75-2017", filed("velocity", times=0.8), "failed", None),
        ("HJ 75-2017", filed("temperature"), "unjudged", None),
    ],
)
def test_the_outcome_follows_the_scheme(scheme: str, given: dict[str, Any], outcome: str, until: date | None) -> None:
    (one,) = accuracies([stack(scheme, given)])
    assert (one.outcome, one.until) == (outcome, until)
    assert (one.limit is None) == (outcome == "unjudged") and one.due(date(2026, 4, 1)) == (
        outcome != "passed" and outcome != "unjudged"
    )
    assert accuracy_fields(one)["outcome"] == outcome


def test_the_velocity_has_the_error_of_the_mean_and_co2_the_relative_accuracy() -> None:
    gas, velocity = accuracies([stack("HJ 75-2017", filed(), filed("velocity"))])
    assert gas.value == pytest.approx(3.8454, abs=1e-4)
    assert velocity.value == pytest.approx(100 * (sum(MONITOR) / sum(REFERENCE) - 1))


def test_the_case_says_when_the_next_test_is_due() -> None:
    found = rata({"reference": REFERENCE, "monitor": MONITOR, "parameter": "gas"})
    assert found["next_test"] == "yearly" and found["annual_percent"] == 7.5
    assert "next_test" not in rata({"reference": REFERENCE, "monitor": MONITOR})


def test_the_paper_marks_what_is_due() -> None:
    found = accuracies([stack("40 CFR 75", filed(), filed(day="2025-08-01", times=0.8))])
    rows = accuracy_table(found, date(2026, 4, 1)).rows
    assert [row[5].mark for row in rows] == ["good", "bad"]  # type: ignore[union-attr]
    assert rows[0][7].mark == "bad" and len(rows) == 2  # type: ignore[union-attr]
    later = replace(found[0], until=date(2026, 6, 30))
    assert accuracy_table([later], date(2026, 4, 1)).rows[0][7].mark == ""  # type: ignore[union-attr]
    assert isinstance(later, Accuracy)
