"""Tests of a monitor's accuracy against a reference method, as its stack's document files them: outcome, limit, next.

40 CFR 75 says by the relative accuracy when the next test is due; HJ 75 has limits for gases and for the velocity;
EN 14181 judges the scatter about the line of a QAL2, and at an annual surveillance also the mean difference from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, Literal

import numpy as np

from suyuan.carbon.monitoring.filed import Filed
from suyuan.carbon.monitoring.quality import drift, qal2, rata
from suyuan.carbon.monitoring.quality.filed_tests import FiledTest
from suyuan.carbon.rule import rules
from suyuan.carbon.words import named
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.table import Row
from suyuan.verbs.carbon.control import PARAMETERS, quarters_later

Outcome = Literal["yearly", "half-yearly", "passed", "failed", "unjudged"]
"""The next one is due in a year or half of it; it passed or failed; or the scheme does not judge it."""
Measure = Literal["ra", "error", "scatter", "mean"]
"""What is judged: relative accuracy; error of the mean, of a velocity; s_D about the line; |D̄| from it."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One test of a channel. value, limit: in `unit`, percent of the reference or that of the channel, limit None where
    the scheme has none; baf: bias adjustment factor that it gives, 1 where none; until: last day on which it holds,
    None where nothing says; row: of the limit; kind: of the test; measure: what of it is judged, of several that which
    takes most of its limit."""

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
    kind: str = "rata"
    measure: Measure = "ra"
    unit: str = "%"

    def due(self, today: date) -> bool:
        """Whether the next test should have been by now, or this one failed."""
        return self.outcome == "failed" or (self.until is not None and self.until < today)


def accuracy_fields(one: Accuracy) -> dict[str, Any]:
    """A test as plain values."""
    return {"stack": one.stack, "channel": one.role, "test": one.kind, "day": one.day, "measure": one.measure,
            "value": one.value, "limit": one.limit, "unit": one.unit, "outcome": one.outcome,
            "bias_adjustment": one.baf, "until": one.until, "number": one.number,
            "rule": None if one.row is None else str(one.row["id"])}  # fmt: skip


def accuracies(stacks: Sequence[Filed]) -> tuple[Accuracy, ...]:
    """The accuracy tests of stacks, by day. Raises Refused for one that cannot be computed."""
    found: list[Accuracy] = []
    for filed in stacks:
        lines: dict[str, qal2.Qal2] = {}
        found += [_accuracy(filed, one) if one.kind == "rata" else _calibrated(filed, one, lines)
                  for one in sorted(filed.tests, key=lambda test: test.day)]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.stack, one.role, one.day)))


def _calibrated(filed: Filed, one: FiledTest, lines: dict[str, qal2.Qal2]) -> Accuracy:
    """A QAL2, or a surveillance by the line of the QAL2 before it. lines: role → that line."""
    norm, channel = rules(qal2.SCHEME, one.day), filed.stack.channel(one.role)
    assert channel is not None  # a test is of a channel
    made = partial(Accuracy, filed.stack.id, one.role, one.day, until=one.until, number=one.number, kind=one.kind,
                   unit=channel.unit)  # fmt: skip
    if one.kind == "qal2":
        sigma = qal2.spread_allowed(norm, one.elv, one.interval_fraction)
        lines[one.role] = qal2.calibrated(norm, one.monitor, one.reference, sigma, one.zero, one.method, one.days)[0]
        found = lines[one.role]
        return made(found.s_D, found.sigma_0 * found.kv, "passed" if found.passes else "failed", measure="scatter",
                    row=norm.rows["coverage"])  # fmt: skip
    if one.role not in lines:
        raise Refused(finding("carbon_monitoring.control.no_line", f"{one.pointer}/kind",
                              **named("role", "channel", one.role)))  # fmt: skip
    last = lines[one.role]
    yearly = qal2.surveyed(norm, last.line, one.monitor, one.reference, last.sigma_0)[0]
    factor = norm.rows["ast_factor"]
    scatter = yearly.s_D, float(factor["value"]) * yearly.sigma_0 * yearly.kv
    mean = abs(yearly.mean_difference), yearly.limit
    by_scatter = scatter[0] * mean[1] >= mean[0] * scatter[1]
    return made(*(scatter if by_scatter else mean), "passed" if yearly.passes else "failed",
                measure="scatter" if by_scatter else "mean",
                row=factor if by_scatter else norm.rows["ast_confidence"])  # fmt: skip


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
    measure: Measure = "error" if one.role == "velocity" and "flow_error" in law.rows else "ra"
    if parameter == "gas" and "gas_accuracy" in law.rows:
        checked, name = drift.gas_accuracy(law, found.ra_percent), "gas_accuracy"
    elif one.role == "velocity" and "flow_error" in law.rows:
        checked, name = drift.velocity(law, float(np.mean(one.monitor)), found.mean_reference), "flow_error"
    if checked is None:
        return Accuracy(*whose, found.ra_percent, None, "unjudged", until=one.until, number=one.number)
    return Accuracy(*whose, checked.value, checked.limit, "passed" if checked.passes else "failed", until=one.until,
                    row=law.rows[name], number=one.number, measure=measure)  # fmt: skip
