"""Measuring intervals: closed, with a unit; converted as points (°C with its zero), never by name."""

from __future__ import annotations

from dataclasses import dataclass

from suyuan.quantity.unit import Unit, convert


@dataclass(frozen=True, slots=True)
class Interval:
    """A measuring interval (VIM 4.7): low ≤ high, both in `unit`, both belong to it; ±inf is an open end."""

    low: float
    high: float
    unit: Unit

    def to(self, unit: Unit) -> Interval:
        """The same interval in another unit, its ends taken as points (0 °C is 273.15 K).

        Raises Refused quantity.unit.dimension.
        """
        if unit == self.unit:
            return self
        ends = sorted(float(convert(end, self.unit, unit)) for end in (self.low, self.high))
        return Interval(ends[0], ends[1], unit)
