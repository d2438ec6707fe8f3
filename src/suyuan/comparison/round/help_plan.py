"""A help plan (指导帮扶): after a failed comparison an expert, a cause, a corrective action, and a re-measurement whose
E_n closes it or not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from suyuan.comparison.round.events import Event

NUMBERS = ("value", "U", "k", "reference_value", "reference_U", "reference_k")


@dataclass(frozen=True, slots=True)
class Remeasured:
    """A re-measurement against a reference of its own; En at the coverage k = 2 of both."""

    value: float
    U: float
    k: float
    reference_value: float
    reference_U: float
    reference_k: float
    compared_with: str
    measured: date | None

    @property
    def En(self) -> float:
        """E_n = (x − x_ref)/√((2U/k)² + (2U_ref/k_ref)²): both uncertainties at one coverage factor.

        >>> round(Remeasured(10.3, 0.3, 2.0, 10.0, 0.6, 3.0, "", None).En, 9)
        0.6
        """
        spread = math.hypot(2.0 * self.U / self.k, 2.0 * self.reference_U / self.reference_k)
        return (self.value - self.reference_value) / spread


@dataclass(frozen=True, slots=True)
class HelpPlan:
    """closed: the day on which a re-measurement closed it, None while open; causes, actions: as they were stated."""

    member: str
    measurand: str
    expert: str
    opened: date
    causes: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    remeasured: tuple[Remeasured, ...] = ()
    closed: date | None = None

    @property
    def state(self) -> str:
        if self.closed is not None:
            return "closed"
        if self.remeasured:
            return "remeasured"
        return "action" if self.actions else "cause" if self.causes else "opened"


def remeasurement(content: Mapping[str, Any]) -> Remeasured | None:
    """The re-measurement that an event holds, None where a number is missing, is none, or U or k is not above zero."""
    try:
        numbers = {key: float(content[key]) for key in NUMBERS}
        text = str(content.get("measured", ""))
        day = date.fromisoformat(text) if text else None
    except (KeyError, TypeError, ValueError):
        return None
    positive = all(numbers[key] > 0.0 for key in ("U", "k", "reference_U", "reference_k"))
    if not positive or not all(math.isfinite(x) for x in numbers.values()):
        return None
    return Remeasured(**numbers, compared_with=str(content.get("compared_with", "")), measured=day)


def opened(event: Event) -> HelpPlan:
    """The plan that an event opens."""
    measurand, expert = (str(event.content.get(key, "")) for key in ("measurand", "expert"))
    return HelpPlan(event.member, measurand, expert, event.time.date())


def advanced(plan: HelpPlan, event: Event) -> HelpPlan:
    """The plan behind one more event about it."""
    text = str(event.content.get("text", ""))
    if event.kind == "cause":
        return replace(plan, causes=(*plan.causes, text))
    if event.kind == "action":
        return replace(plan, actions=(*plan.actions, text))
    if event.kind == "remeasured":
        measured = remeasurement(event.content)
        return plan if measured is None else replace(plan, remeasured=(*plan.remeasured, measured))
    if event.kind == "help_closed" and event.content.get("closed") is True:
        last = plan.remeasured[-1].measured if plan.remeasured else None
        return replace(plan, closed=last or event.time.date())
    return plan
