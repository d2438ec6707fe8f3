"""Tests of a monitor's accuracy against a reference method, as its stack's document files them: outcome, limit, next.

40 CFR 75 says by the relative accuracy when the next test is due; HJ 75 has limits for gases and for the velocity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np

from suyuan.carbon.monitoring.filed import Filed
from suyuan.carbon.monitoring.quality import drift, rata
from suyuan.carbon.monitoring.quality.filed_tests import FiledTest
from suyuan.carbon.rule import rules
from suyuan.quantity.table import Row
from suyuan.verbs.carbon.control import PARAMETERS, quarters_later

Outcome = Literal["yearly", "half-yearly", "passed", "failed", "unjudged"]
"""The next one is due in a year or half of it; it passed or failed; or the scheme does not judge it."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One test of a channel. value, limit: percent of the reference, limit None where the scheme has none; baf: bias
    adjustment factor that it gives, 1 where none; until: last day on which it holds, None where nothing says; row: of
    the limit."""

    stack: str
    role: str
    day: date
    value: float
    limit: float | None
    outcome: Outcome
    baf: float = 1.0
    until: date | None = None
    row: Row | None = None
    number: str = ""

    def due(self, today: date) -> bool:
        """Whether the next test should have been by now, or this one failed."""
        return self.outcome == "failed" or (self.until is not None and self.until < today)


def accuracy_fields(one: Accuracy) -> dict[str, Any]:
    """A test as plain values."""
    return {"stack": one.stack, "channel": one.role, "day": one.day, "value": one.value, "limit": one.limit,
            "unit": "%", "outcome": one.outcome, "bias_adjustment": one.baf, "until": one.until, "number": one.number,
            "rule": None if one.row is None else str(one.row["id"])}  # fmt: skip


def accuracies(stacks: Sequence[Filed]) -> tuple[Accuracy, ...]:
    """The accuracy tests of stacks, by day. Raises Refused for one that cannot be computed."""
    found = [_accuracy(filed, one) for filed in stacks for one in filed.tests if one.kind == "rata"]
    return tuple(sorted(found, key=lambda one: (one.stack, one.role, one.day)))


def _accuracy(filed: Filed, one: FiledTest) -> Accuracy:
    law = filed.rules
    found, _ = rata.relative_accuracy(rules("40 CFR 75", one.day), one.reference, one.monitor)
    whose = (filed.stack.id, one.role, one.day)
    parameter = PARAMETERS.get(one.role)
    if parameter is not None and f"rata_{parameter}" in law.rows:
        allowed = rata.limits(law, parameter, one.speed)
        word = rata.next_test(found, allowed)
        until = one.until
        if until is None and word != "failed" and "rata_due" in law.rows:
            until = quarters_later(one.day, int(law.rows["rata_due"]["value"][word])) - timedelta(days=1)
        return Accuracy(*whose, found.ra_percent, allowed["semiannual_percent"], word, found.baf, until,  # type: ignore[arg-type]
                        law.rows[f"rata_{parameter}"], one.number)  # fmt: skip
    checked, name = None, ""
    if parameter == "gas" and "gas_accuracy" in law.rows:
        checked, name = drift.gas_accuracy(law, found.ra_percent), "gas_accuracy"
    elif one.role == "velocity" and "flow_error" in law.rows:
        checked, name = drift.velocity(law, float(np.mean(one.monitor)), found.mean_reference), "flow_error"
    if checked is None:
        return Accuracy(*whose, found.ra_percent, None, "unjudged", until=one.until, number=one.number)
    return Accuracy(*whose, checked.value, checked.limit, "passed" if checked.passes else "failed", until=one.until,
                    row=law.rows[name], number=one.number)  # fmt: skip
