"""A known bias of a channel: the best estimate is corrected for it, whatever the scheme adjusts.

A law adjusts one way only (40 CFR 75 multiplies a flow that a RATA found to read low, and leaves one that reads high),
and its factor has no uncertainty. The best estimate corrects a significant bias of either sign, with what is not known
of the correction (GUM 3.2.4), from the day of the test until the next one. So it differs from the legal value in
measured hours too.
"""

from __future__ import annotations

from dataclasses import dataclass

from suyuan.quantity.quantity import Quantity

PROPORTIONAL = ("co2", "flow", "velocity")
"""Channels that the rate is proportional to: a relative bias of theirs is one of the rate."""


@dataclass(frozen=True, slots=True, eq=False)
class Bias:
    """What the best estimate multiplies the rate by, from start to stop (µs), beyond what the legal value has."""

    role: str
    start: int
    stop: int
    factor: Quantity
