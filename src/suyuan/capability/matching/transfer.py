"""Transfer standards as rows of a register, and what each step of a chain by one brings.

    {"id": "T-1", "name": {"zh": …, "en": …}, "quantity": "length", "item": "step gauge", "serves": ["cmm"],
     "interval": {"low": "0", "high": "500", "unit": "mm"}, "uncertainty": {…}, "budget": […], "conditions": {…},
     "standards": [{"issuer", "number"}], "calibrated_by": "laboratory/id", "region", "days", "price",
     "available_from", "available_until", "source"}

`uncertainty` is what transport, stability and comparison add, in any form that a capability has; its own calibration is
not in it: that is the capability's. What both rest on is named in both budgets, by identity or certificate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from suyuan.capability.capability import Capability
from suyuan.capability.matching.adequacy import ratio_at
from suyuan.capability.matching.compose import Chain, Transfer
from suyuan.capability.need import Need
from suyuan.capability.read import capability
from suyuan.capability.read_fields import words
from suyuan.procedure.register import Context
from suyuan.quantity.fields import Fields
from suyuan.quantity.unit import Unit


def transfer(row: Fields, context: Context) -> Transfer | None:
    """A transfer standard from its row, or None where a finding of severity error was reported about it."""
    before = len(row.found)
    name, serves, by = row.names("name"), words(row, "serves"), row.text("calibrated_by")
    since, until = row.day("available_from"), row.day("available_until")
    step = capability(row, context)
    row.found[before:] = [f for f in row.found[before:] if f.code != "capability.read.no_uncertainty"]
    if not row.has("uncertainty"):
        row.report("capability.transfer.no_uncertainty", "uncertainty")
    if not row.text("item", required=True) or step is None or step.uncertainty is None:
        return None
    if since and until and since > until:
        row.report("capability.transfer.period", "available_from", since=since, until=until)
        return None
    if not step.standards and not by:
        row.report("capability.transfer.unproven", "calibrated_by", severity="warning", id=step.id)
    return Transfer(
        step.id, step.laboratory, step.quantity, step.item, step.interval, step.uncertainty, serves, step.conditions,
        step.budget, name, step.standards, by, step.region, step.days, step.price, step.currency, since, until,
        step.source, step.status, step.demo,
    )  # fmt: skip


def as_capability(transfer: Transfer) -> Capability:
    """What its own certificates are looked at by: a capability of its owner that rests on them."""
    return Capability(transfer.id, transfer.owner, transfer.quantity, transfer.interval, transfer.uncertainty,
                      item=transfer.item, standards=transfer.standards)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a chain where it is worst, as expanded uncertainties with the k of the target, in `unit` (fractions
    where None). laboratory: of the capability; carried: of the transfer standard; shared: U² that what both rest on
    adds; together; apart: what it would be without that; target."""

    laboratory: float
    carried: float
    shared: float
    together: float
    apart: float
    target: float
    unit: Unit | None


def steps(need: Need, chain: Chain) -> Steps | None:
    """What each step of a chain brings where both together are worst; None where that is not known.

    U² = U_laboratory² + U_carried² + shared
    """
    worst, own = chain.adequacy.worst, chain.capability.capability
    if worst is None or need.target is None or own.uncertainty is None:
        return None
    place = np.array([worst.place])
    first = ratio_at(own.uncertainty, own.interval, need.interval, need.target, {})(place)[0] * worst.target
    second = ratio_at(chain.transfer.uncertainty, chain.transfer.interval, need.interval, need.target,
                      need.conditions)(place)[0] * worst.target  # fmt: skip
    apart = math.hypot(first, second)
    return Steps(float(first), float(second), max(0.0, worst.U**2 - apart**2), worst.U, apart, worst.target,
                 worst.U_unit)  # fmt: skip
