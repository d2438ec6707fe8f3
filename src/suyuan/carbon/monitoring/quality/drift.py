"""Checks of HJ 75: zero and span drift of a gas analyser, relative error of the velocity, relative accuracy."""

from __future__ import annotations

from dataclasses import dataclass

from suyuan.assurance.observations import above_zero, number
from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Refused, finding


@dataclass(frozen=True, slots=True)
class Checked:
    """One check. value, limit: in percent (of full scale for a drift); passes: |value| ≤ limit."""

    name: str
    value: float
    limit: float

    @property
    def passes(self) -> bool:
        return abs(self.value) <= self.limit


def drift(rules: Rules, kind: str, reading: float, reference: float, full_scale: float) -> Checked:
    """100·(reading − reference)/full scale, against the limit of the zero or of the span drift.

    kind: «zero» or «span»; reference: what the gas is, or the reading after the last adjustment. Raises Refused.

    Source: HJ 75-2017 (from memory).
    """
    if kind not in ("zero", "span"):
        raise Refused(finding("carbon_monitoring.drift.kind", "kind", name=str(kind)[:40]))
    scale = above_zero(full_scale, "full_scale")
    value = 100.0 * (number(reading, "reading") - number(reference, "reference")) / scale
    return Checked(f"{kind}_drift", value, float(rules.value(f"{kind}_drift")))


def velocity(rules: Rules, monitor: float, reference: float) -> Checked:
    """100·(monitor − reference)/reference of mean velocities in m/s; the limit is wider up to the boundary.

    Source: HJ 75-2017 (from memory).
    """
    level = above_zero(reference, "reference")
    row = rules.value("flow_error")
    limit = row["above"] if level > float(row["boundary"]) else row["below"]
    return Checked("flow_error", 100.0 * (number(monitor, "monitor") - level) / level, float(limit))


def gas_accuracy(rules: Rules, ra_percent: float) -> Checked:
    """The relative accuracy of a gas analyser (`rata.relative_accuracy`) against the limit of HJ 75."""
    return Checked("gas_accuracy", number(ra_percent, "ra_percent"), float(rules.value("gas_accuracy")))
