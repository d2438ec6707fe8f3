"""Measuring intervals: closed, with a unit; converted as points (°C with its zero), never by name."""

from __future__ import annotations

from dataclasses import dataclass

from suyuan.quantity.unit import Unit, linear

DECIMALS = 10
"""Of a temperature after a change of zero: 273.15 K is 0 °C and not 5.7e-14 °C."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A measuring interval (VIM 4.7): low ≤ high, both in `unit`, both belong to it; ±inf is an open end."""

    low: float
    high: float
    unit: Unit

    def to(self, unit: Unit) -> Interval:
        """The same interval in another unit, its ends taken as points (0 °C is 273.15 K).

        Raises Refused quantity.unit.dimension.

        >>> from suyuan.quantity.unit import parse_unit
        >>> there = Interval(273.15, 573.15, parse_unit("K")).to(parse_unit("degC"))
        >>> there.low, there.high
        (0.0, 300.0)
        """
        if unit == self.unit:
            return self
        slope, intercept = linear(self.unit, unit)
        ends = sorted(slope * end + intercept for end in (self.low, self.high))
        if intercept:
            ends = [round(end, DECIMALS) for end in ends]
        return Interval(ends[0], ends[1], unit)
