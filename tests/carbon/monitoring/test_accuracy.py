"""Accuracy tests of a stack's document: outcome by scheme, when the next is due; the case, the paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.monitoring.filed import Filed, read_stacks
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Refused
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
    assert [row[7].mark for row in rows] == ["good", "bad"]  # type: ignore[union-attr]
    assert rows[0][9].mark == "bad" and len(rows) == 2  # type: ignore[union-attr]
    later = replace(found[0], until=date(2026, 6, 30))
    assert accuracy_table([later], date(2026, 4, 1)).rows[0][9].mark == ""  # type: ignore[union-attr]
    assert isinstance(later, Accuracy)


X = np.linspace(9.0, 14.0, 15)


def parallel(kind: str, day: str, reference: Any, **more: Any) -> dict[str, Any]:
    pairs = {"reference": [str(y) for y in reference], "monitor": [str(x) for x in X[: len(reference)]]}
    more = {"elv": "20", "interval_fraction": "0.1", "zero": "0", **more} if kind == "qal2" else more
    return {"kind": kind, "role": "co2", "day": day, **pairs, **more}


def test_qal2_and_ast_stand_in_the_table_with_what_is_judged() -> None:
    """sigma_0 = 0.1·20/1.96, times k_v(15) = 0.9761; a shift of 4 % fails by the mean, a scatter by s_D."""
    wave = 0.3 * (-1.0) ** np.arange(15)
    sound = parallel("qal2", "2025-02-01", X + wave, until="2028-01-31", number="Q-1")
    shifted = parallel("ast", "2025-05-05", X[:5] + 4.0)
    spread = parallel("ast", "2025-08-05", X[:5] + 3.0 * (-1.0) ** np.arange(5))
    first, second, third = found = accuracies([stack("EU 2018/2066", shifted, spread, sound)])
    assert (first.kind, first.measure, first.outcome, first.unit) == ("qal2", "scatter", "passed", "%")
    assert first.value == pytest.approx(np.std(X + wave - np.polyval(np.polyfit(X, X + wave, 1), X), ddof=1))
    assert first.limit == pytest.approx(0.1 * 20 / 1.96 * 0.9761, rel=1e-4) and first.until == date(2028, 1, 31)
    assert (second.measure, second.outcome) == ("mean", "failed") and second.value == pytest.approx(4.0, abs=0.2)
    assert (third.measure, third.outcome) == ("scatter", "failed") and third.due(date(2025, 8, 6))
    rows = accuracy_table(found, date(2026, 4, 1)).rows
    assert [row[2]["zh"][:3] for row in rows] == ["QAL", "年度监", "年度监"]  # type: ignore[index]
    assert [row[7].mark for row in rows] == ["good", "bad", "bad"]  # type: ignore[union-attr]
    with pytest.raises(Refused):
        accuracies([stack("EU 2018/2066", shifted)])
